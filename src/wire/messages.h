/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C structs of what travels; field tables are in messages.c, one `alj_wire_…` table per struct. */
#pragma once

#include "base/uuid.h"
#include "wire/xdr.h"

typedef struct AljWirePool {
    char *name;
    AljUuid uuid;
} AljWirePool;

typedef struct AljWireVol {
    char *pool, *name, *key;
} AljWireVol;

typedef struct AljWireSecret {
    AljUuid uuid;
    int32_t usage; /* AljSecretUsage */
    char *usage_id;
} AljWireSecret;

typedef struct AljWireDomain {
    char *name;
    AljUuid uuid;
    int32_t id;
} AljWireDomain;

typedef struct AljWireNet {
    char *name;
    AljUuid uuid;
} AljWireNet;

/** AljWireError: payload of an ERROR reply or stream packet. */
typedef struct AljWireError {
    int32_t code, domain;
    char *message;
    int32_t level;
    AljWireDomain *dom;
    char *str1, *str2, *str3;
    int32_t int1, int2;
    AljWireNet *net;
} AljWireError;

typedef struct AljWireHole {
    int64_t length;
    uint32_t flags;
} AljWireHole;

typedef enum AljWireParamType {
    ALJ_PARAM_INT = 1,
    ALJ_PARAM_UINT,
    ALJ_PARAM_LLONG,
    ALJ_PARAM_ULLONG,
    ALJ_PARAM_DOUBLE,
    ALJ_PARAM_BOOLEAN,
    ALJ_PARAM_STRING
} AljWireParamType;

/** ALJ_IDENTITY_TOKEN: the parameter of CONNECT_SET_IDENTITY by which root's daemons of libvirt know each other: a secret. */
#define ALJ_IDENTITY_TOKEN "system.token"

typedef struct AljWireParam {
    char *field;
    int32_t type; /* AljWireParamType */
    union {
        int32_t i;
        uint32_t ui;
        int64_t l;
        uint64_t ul;
        double d;
        int32_t b;
        char *s;
    } value;
} AljWireParam;

/* Shapes of arguments and results, named by what they hold; many procedures share one. */
typedef struct AljWireText { char *text; } AljWireText;                    /* str */
typedef struct AljWireOptText { char *text; } AljWireOptText;              /* str? */
typedef struct AljWireI32 { int32_t value; } AljWireI32;
typedef struct AljWireU64 { uint64_t value; } AljWireU64;
typedef struct AljWireFlags { uint32_t flags; } AljWireFlags;
typedef struct AljWireOpen { char *name; uint32_t flags; } AljWireOpen;    /* name is str? */
typedef struct AljWireUuidArg { AljUuid uuid; } AljWireUuidArg;
typedef struct AljWireNames { AljXdrArray names; } AljWireNames;           /* char * */
typedef struct AljWireInts { AljXdrArray ints; } AljWireInts;              /* int32_t */
typedef struct AljWireListArgs { int32_t need_results; uint32_t flags; } AljWireListArgs;
typedef struct AljWirePoolArg { AljWirePool pool; } AljWirePoolArg;
typedef struct AljWirePoolFlags { AljWirePool pool; uint32_t flags; } AljWirePoolFlags;
typedef struct AljWirePoolI32 { AljWirePool pool; int32_t value; } AljWirePoolI32; /* autostart, maxnames */
typedef struct AljWirePoolName { AljWirePool pool; char *name; } AljWirePoolName;
typedef struct AljWirePoolXml { AljWirePool pool; char *xml; uint32_t flags; } AljWirePoolXml;
typedef struct AljWireXmlFlags { char *xml; uint32_t flags; } AljWireXmlFlags;
typedef struct AljWireFindSources { char *type; char *spec; uint32_t flags; } AljWireFindSources; /* spec is str? */
typedef struct AljWirePoolInfo { uint8_t state; uint64_t capacity, allocation, available; } AljWirePoolInfo;
typedef struct AljWirePoolList { AljXdrArray pools; uint32_t ret; } AljWirePoolList; /* AljWirePool */
typedef struct AljWireVolList { AljXdrArray vols; uint32_t ret; } AljWireVolList;    /* AljWireVol */
typedef struct AljWirePoolListAll { AljWirePool pool; int32_t need_results; uint32_t flags; } AljWirePoolListAll;
typedef struct AljWireDomainList { AljXdrArray domains; uint32_t ret; } AljWireDomainList;
typedef struct AljWireVolArg { AljWireVol vol; } AljWireVolArg;
typedef struct AljWireVolFlags { AljWireVol vol; uint32_t flags; } AljWireVolFlags;
typedef struct AljWireVolWipe { AljWireVol vol; uint32_t algorithm, flags; } AljWireVolWipe;
typedef struct AljWireVolResize { AljWireVol vol; uint64_t capacity; uint32_t flags; } AljWireVolResize;
typedef struct AljWireVolRange { AljWireVol vol; uint64_t offset, length; uint32_t flags; } AljWireVolRange;
typedef struct AljWireVolInfo { int32_t type; uint64_t capacity, allocation; } AljWireVolInfo;
typedef struct AljWireVolCopy { AljWirePool pool; char *xml; AljWireVol from; uint32_t flags; } AljWireVolCopy;
typedef struct AljWireRegister { int32_t event; AljWirePool *pool; } AljWireRegister; /* pool? */
typedef struct AljWireLifecycle { int32_t callback; AljWirePool pool; int32_t event, detail; } AljWireLifecycle;
typedef struct AljWireRefresh { int32_t callback; AljWirePool pool; } AljWireRefresh;
typedef struct AljWireNodeInfo {
    char model[32];
    uint64_t memory_kib;
    int32_t cpus, mhz, nodes, sockets, cores, threads;
} AljWireNodeInfo;
typedef struct AljWireNodeMemArgs { int32_t n_params, cell; uint32_t flags; } AljWireNodeMemArgs;
typedef struct AljWireNodeMemStat { char *field; uint64_t value; } AljWireNodeMemStat;
typedef struct AljWireNodeMem { AljXdrArray params; int32_t n_params; } AljWireNodeMem;
typedef struct AljWireIdentity { AljXdrArray params; uint32_t flags; } AljWireIdentity; /* AljWireParam */
typedef struct AljWireSecretArg { AljWireSecret secret; } AljWireSecretArg;
typedef struct AljWireSecretFlags { AljWireSecret secret; uint32_t flags; } AljWireSecretFlags;
typedef struct AljWireSecretSet { AljWireSecret secret; AljXdrArray value; uint32_t flags; } AljWireSecretSet;
typedef struct AljWireSecretValue { AljXdrArray value; } AljWireSecretValue;
typedef struct AljWireSecretUsage { int32_t usage; char *usage_id; } AljWireSecretUsage;
typedef struct AljWireSecretList { AljXdrArray secrets; uint32_t ret; } AljWireSecretList; /* AljWireSecret */
typedef struct AljWireSecretRegister { int32_t event; AljWireSecret *secret; } AljWireSecretRegister; /* secret? */
typedef struct AljWireSecretLifecycle {
    int32_t callback;
    AljWireSecret secret;
    int32_t event, detail;
} AljWireSecretLifecycle;
typedef struct AljWireSecretChanged { int32_t callback; AljWireSecret secret; } AljWireSecretChanged;

extern const AljXdrField alj_wire_pool[], alj_wire_vol[], alj_wire_error[], alj_wire_hole[], alj_wire_text[],
    alj_wire_opt_text[], alj_wire_i32[], alj_wire_u64[], alj_wire_flags[], alj_wire_open[], alj_wire_uuid_arg[], alj_wire_names[],
    alj_wire_ints[], alj_wire_auth_types[], alj_wire_list_args[], alj_wire_pool_arg[], alj_wire_pool_flags[], alj_wire_pool_i32[],
    alj_wire_pool_name[], alj_wire_pool_xml[], alj_wire_xml_flags[], alj_wire_find_sources[], alj_wire_pool_info[],
    alj_wire_pool_list[], alj_wire_vol_list[], alj_wire_pool_list_all[], alj_wire_domain_list[], alj_wire_vol_arg[],
    alj_wire_vol_flags[], alj_wire_vol_wipe[], alj_wire_vol_resize[], alj_wire_vol_range[], alj_wire_vol_info[],
    alj_wire_vol_copy[], alj_wire_register[], alj_wire_lifecycle[], alj_wire_refresh[], alj_wire_node_info[],
    alj_wire_node_mem_args[], alj_wire_node_mem[], alj_wire_identity[], alj_wire_secret[], alj_wire_secret_arg[],
    alj_wire_secret_flags[], alj_wire_secret_set[], alj_wire_secret_value[], alj_wire_secret_usage[], alj_wire_secret_list[],
    alj_wire_secret_register[], alj_wire_secret_lifecycle[], alj_wire_secret_changed[];

/** alj_wire_error_fill: the wire form of @error by the rules of docs/internals/wire.md; clear with alj_xdr_clear(alj_wire_error, …). */
void alj_wire_error_fill(const GError *error, AljWireError *ret);
