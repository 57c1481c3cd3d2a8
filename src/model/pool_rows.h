/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The row tables of a pool definition's parts: used to parse, format, free and compare them. Private to model/. */
#pragma once

#include "model/pool.h"
#include "model/xml_rows.h"

extern const AljXmlRow alj_pool_host_rows[];
extern const AljXmlRow alj_pool_device_rows[];
extern const AljXmlRow alj_pool_adapter_rows[];
extern const AljXmlRow alj_pool_auth_rows[];
extern const AljXmlRow alj_pool_secret_rows[]; /* of AljPoolAuth, attributes of <secret> */
extern const AljXmlRow alj_pool_option_rows[];

/** alj_pool_source_rows: leaf members below <source>; the places below are their indexes, in output order. */
extern const AljXmlRow alj_pool_source_rows[];
enum {
    ALJ_ROW_SOURCE_DIR,
    ALJ_ROW_SOURCE_NAME,
    ALJ_ROW_SOURCE_INITIATOR,
    ALJ_ROW_SOURCE_PROTOCOL,
    ALJ_ROW_SOURCE_VENDOR,
    ALJ_ROW_SOURCE_PRODUCT,
};

void alj_pool_adapter_free(AljPoolAdapter *adapter);
void alj_pool_auth_free(AljPoolAuth *auth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljPoolAdapter, alj_pool_adapter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljPoolAuth, alj_pool_auth_free)

/** alj_pool_hosts_new: a list of AljPoolHost that frees what it holds. */
GPtrArray *alj_pool_hosts_new(void);
