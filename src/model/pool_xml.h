/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of documents that more than one document has. Private to model/. */
#pragma once

#include "model/pool.h"
#include "model/xml.h"
#include "model/xml_out.h"

#define ALJ_PATH_MAX 4095 /* bytes of a path in a document */

/** alj_pool_source_parse: the <source> element into @def; parts the type does not use are not looked at. */
bool alj_pool_source_parse(const AljXmlNode *source, AljPoolDef *def, GError **error);

/** alj_pool_source_check: what must be there once all of the document is known, the name's default included. */
bool alj_pool_source_check(const AljPoolDef *def, GError **error);

/** alj_pool_source_format: the <source> element. @live: (nullable) */
void alj_pool_source_format(const AljPoolDef *def, const AljPoolLive *live, AljXmlOut *out);

/** alj_pool_hosts_parse: every <host> below @source into @hosts. */
bool alj_pool_hosts_parse(const AljXmlNode *source, GPtrArray *hosts, GError **error);

/** alj_pool_adapter_parse: @node is the <adapter>. It may still have no type. Returns: NULL with an error. */
AljPoolAdapter *alj_pool_adapter_parse(const AljXmlNode *node, GError **error);

/** alj_pool_adapter_check: that @adapter (nullable) is there and says enough to find it. */
bool alj_pool_adapter_check(const AljPoolAdapter *adapter, GError **error);
void alj_pool_adapter_format(const AljPoolAdapter *adapter, AljXmlOut *out);

/** alj_permissions_parse: <permissions> below @parent, if there. alj_permissions_format: the element, if anything is known. */
bool alj_permissions_parse(const AljXmlNode *parent, AljPermissions *permissions, GError **error);
void alj_permissions_format(const AljPermissions *permissions, AljXmlOut *out);
