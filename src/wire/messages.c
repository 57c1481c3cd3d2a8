/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The field tables of everything that travels, in the order of the wire. Constant data. Source: libvirt's published protocol
 * (remote_protocol.x, virnetprotocol.x) and messages captured from libvirtd 9.0.
 */
#include "wire/messages.h"

#define AUTH_TYPES_MAX   20
#define IDENTITY_MAX     20
#define MEMORY_STATS_MAX 1024

const AljXdrField alj_wire_pool[] = {
    ALJ_XDR(STRING, AljWirePool, name),
    ALJ_XDR(UUID, AljWirePool, uuid),
    { 0 },
};

const AljXdrField alj_wire_vol[] = {
    ALJ_XDR(STRING, AljWireVol, pool),
    ALJ_XDR(STRING, AljWireVol, name),
    ALJ_XDR(STRING, AljWireVol, key),
    { 0 },
};

static const AljXdrField domain[] = {
    ALJ_XDR(STRING, AljWireDomain, name),
    ALJ_XDR(UUID, AljWireDomain, uuid),
    ALJ_XDR(I32, AljWireDomain, id),
    { 0 },
};

static const AljXdrField net[] = {
    ALJ_XDR(STRING, AljWireNet, name),
    ALJ_XDR(UUID, AljWireNet, uuid),
    { 0 },
};

const AljXdrField alj_wire_error[] = {
    ALJ_XDR(I32, AljWireError, code),
    ALJ_XDR(I32, AljWireError, domain),
    ALJ_XDR(OPT_STRING, AljWireError, message),
    ALJ_XDR(I32, AljWireError, level),
    ALJ_XDR(OPT_STRUCT, AljWireError, dom, .size = sizeof(AljWireDomain), .fields = domain),
    ALJ_XDR(OPT_STRING, AljWireError, str1),
    ALJ_XDR(OPT_STRING, AljWireError, str2),
    ALJ_XDR(OPT_STRING, AljWireError, str3),
    ALJ_XDR(I32, AljWireError, int1),
    ALJ_XDR(I32, AljWireError, int2),
    ALJ_XDR(OPT_STRUCT, AljWireError, net, .size = sizeof(AljWireNet), .fields = net),
    { 0 },
};

const AljXdrField alj_wire_hole[] = {
    ALJ_XDR(I64, AljWireHole, length),
    ALJ_XDR(U32, AljWireHole, flags),
    { 0 },
};

const AljXdrField alj_wire_text[] = { ALJ_XDR(STRING, AljWireText, text), { 0 } };
const AljXdrField alj_wire_opt_text[] = { ALJ_XDR(OPT_STRING, AljWireOptText, text), { 0 } };
const AljXdrField alj_wire_i32[] = { ALJ_XDR(I32, AljWireI32, value), { 0 } };
const AljXdrField alj_wire_u64[] = { ALJ_XDR(U64, AljWireU64, value), { 0 } };
const AljXdrField alj_wire_flags[] = { ALJ_XDR(U32, AljWireFlags, flags), { 0 } };
const AljXdrField alj_wire_uuid_arg[] = { ALJ_XDR(UUID, AljWireUuidArg, uuid), { 0 } };
const AljXdrField alj_wire_names[] = { ALJ_XDR(STRINGS, AljWireNames, names), { 0 } };
const AljXdrField alj_wire_ints[] = { ALJ_XDR(INTS, AljWireInts, ints), { 0 } };
const AljXdrField alj_wire_auth_types[] = { ALJ_XDR(INTS, AljWireInts, ints, .max = AUTH_TYPES_MAX), { 0 } };

const AljXdrField alj_wire_open[] = {
    ALJ_XDR(OPT_STRING, AljWireOpen, name),
    ALJ_XDR(U32, AljWireOpen, flags),
    { 0 },
};

const AljXdrField alj_wire_list_args[] = {
    ALJ_XDR(I32, AljWireListArgs, need_results),
    ALJ_XDR(U32, AljWireListArgs, flags),
    { 0 },
};

const AljXdrField alj_wire_pool_arg[] = {
    ALJ_XDR(STRUCT, AljWirePoolArg, pool, .fields = alj_wire_pool),
    { 0 },
};

const AljXdrField alj_wire_pool_flags[] = {
    ALJ_XDR(STRUCT, AljWirePoolFlags, pool, .fields = alj_wire_pool),
    ALJ_XDR(U32, AljWirePoolFlags, flags),
    { 0 },
};

const AljXdrField alj_wire_pool_i32[] = {
    ALJ_XDR(STRUCT, AljWirePoolI32, pool, .fields = alj_wire_pool),
    ALJ_XDR(I32, AljWirePoolI32, value),
    { 0 },
};

const AljXdrField alj_wire_pool_name[] = {
    ALJ_XDR(STRUCT, AljWirePoolName, pool, .fields = alj_wire_pool),
    ALJ_XDR(STRING, AljWirePoolName, name),
    { 0 },
};

const AljXdrField alj_wire_pool_xml[] = {
    ALJ_XDR(STRUCT, AljWirePoolXml, pool, .fields = alj_wire_pool),
    ALJ_XDR(STRING, AljWirePoolXml, xml),
    ALJ_XDR(U32, AljWirePoolXml, flags),
    { 0 },
};

const AljXdrField alj_wire_xml_flags[] = {
    ALJ_XDR(STRING, AljWireXmlFlags, xml),
    ALJ_XDR(U32, AljWireXmlFlags, flags),
    { 0 },
};

const AljXdrField alj_wire_find_sources[] = {
    ALJ_XDR(STRING, AljWireFindSources, type),
    ALJ_XDR(OPT_STRING, AljWireFindSources, spec),
    ALJ_XDR(U32, AljWireFindSources, flags),
    { 0 },
};

const AljXdrField alj_wire_pool_info[] = {
    ALJ_XDR(U8W, AljWirePoolInfo, state),
    ALJ_XDR(U64, AljWirePoolInfo, capacity),
    ALJ_XDR(U64, AljWirePoolInfo, allocation),
    ALJ_XDR(U64, AljWirePoolInfo, available),
    { 0 },
};

const AljXdrField alj_wire_pool_list[] = {
    ALJ_XDR(ARRAY, AljWirePoolList, pools, .size = sizeof(AljWirePool), .fields = alj_wire_pool),
    ALJ_XDR(U32, AljWirePoolList, ret),
    { 0 },
};

const AljXdrField alj_wire_vol_list[] = {
    ALJ_XDR(ARRAY, AljWireVolList, vols, .size = sizeof(AljWireVol), .fields = alj_wire_vol),
    ALJ_XDR(U32, AljWireVolList, ret),
    { 0 },
};

const AljXdrField alj_wire_pool_list_all[] = {
    ALJ_XDR(STRUCT, AljWirePoolListAll, pool, .fields = alj_wire_pool),
    ALJ_XDR(I32, AljWirePoolListAll, need_results),
    ALJ_XDR(U32, AljWirePoolListAll, flags),
    { 0 },
};

const AljXdrField alj_wire_domain_list[] = {
    ALJ_XDR(ARRAY, AljWireDomainList, domains, .size = sizeof(AljWireDomain), .fields = domain),
    ALJ_XDR(U32, AljWireDomainList, ret),
    { 0 },
};

const AljXdrField alj_wire_vol_arg[] = {
    ALJ_XDR(STRUCT, AljWireVolArg, vol, .fields = alj_wire_vol),
    { 0 },
};

const AljXdrField alj_wire_vol_flags[] = {
    ALJ_XDR(STRUCT, AljWireVolFlags, vol, .fields = alj_wire_vol),
    ALJ_XDR(U32, AljWireVolFlags, flags),
    { 0 },
};

const AljXdrField alj_wire_vol_wipe[] = {
    ALJ_XDR(STRUCT, AljWireVolWipe, vol, .fields = alj_wire_vol),
    ALJ_XDR(U32, AljWireVolWipe, algorithm),
    ALJ_XDR(U32, AljWireVolWipe, flags),
    { 0 },
};

const AljXdrField alj_wire_vol_resize[] = {
    ALJ_XDR(STRUCT, AljWireVolResize, vol, .fields = alj_wire_vol),
    ALJ_XDR(U64, AljWireVolResize, capacity),
    ALJ_XDR(U32, AljWireVolResize, flags),
    { 0 },
};

const AljXdrField alj_wire_vol_range[] = {
    ALJ_XDR(STRUCT, AljWireVolRange, vol, .fields = alj_wire_vol),
    ALJ_XDR(U64, AljWireVolRange, offset),
    ALJ_XDR(U64, AljWireVolRange, length),
    ALJ_XDR(U32, AljWireVolRange, flags),
    { 0 },
};

const AljXdrField alj_wire_vol_info[] = {
    ALJ_XDR(I32, AljWireVolInfo, type),
    ALJ_XDR(U64, AljWireVolInfo, capacity),
    ALJ_XDR(U64, AljWireVolInfo, allocation),
    { 0 },
};

const AljXdrField alj_wire_vol_copy[] = {
    ALJ_XDR(STRUCT, AljWireVolCopy, pool, .fields = alj_wire_pool),
    ALJ_XDR(STRING, AljWireVolCopy, xml),
    ALJ_XDR(STRUCT, AljWireVolCopy, from, .fields = alj_wire_vol),
    ALJ_XDR(U32, AljWireVolCopy, flags),
    { 0 },
};

const AljXdrField alj_wire_register[] = {
    ALJ_XDR(I32, AljWireRegister, event),
    ALJ_XDR(OPT_STRUCT, AljWireRegister, pool, .size = sizeof(AljWirePool), .fields = alj_wire_pool),
    { 0 },
};

const AljXdrField alj_wire_lifecycle[] = {
    ALJ_XDR(I32, AljWireLifecycle, callback),
    ALJ_XDR(STRUCT, AljWireLifecycle, pool, .fields = alj_wire_pool),
    ALJ_XDR(I32, AljWireLifecycle, event),
    ALJ_XDR(I32, AljWireLifecycle, detail),
    { 0 },
};

const AljXdrField alj_wire_refresh[] = {
    ALJ_XDR(I32, AljWireRefresh, callback),
    ALJ_XDR(STRUCT, AljWireRefresh, pool, .fields = alj_wire_pool),
    { 0 },
};

const AljXdrField alj_wire_node_info[] = {
    ALJ_XDR(CHAR32, AljWireNodeInfo, model),
    ALJ_XDR(U64, AljWireNodeInfo, memory_kib),
    ALJ_XDR(I32, AljWireNodeInfo, cpus),
    ALJ_XDR(I32, AljWireNodeInfo, mhz),
    ALJ_XDR(I32, AljWireNodeInfo, nodes),
    ALJ_XDR(I32, AljWireNodeInfo, sockets),
    ALJ_XDR(I32, AljWireNodeInfo, cores),
    ALJ_XDR(I32, AljWireNodeInfo, threads),
    { 0 },
};

const AljXdrField alj_wire_node_mem_args[] = {
    ALJ_XDR(I32, AljWireNodeMemArgs, n_params),
    ALJ_XDR(I32, AljWireNodeMemArgs, cell),
    ALJ_XDR(U32, AljWireNodeMemArgs, flags),
    { 0 },
};

static const AljXdrField node_mem_stat[] = {
    ALJ_XDR(STRING, AljWireNodeMemStat, field),
    ALJ_XDR(U64, AljWireNodeMemStat, value),
    { 0 },
};

const AljXdrField alj_wire_node_mem[] = {
    ALJ_XDR(ARRAY, AljWireNodeMem, params, .max = MEMORY_STATS_MAX, .size = sizeof(AljWireNodeMemStat),
            .fields = node_mem_stat),
    ALJ_XDR(I32, AljWireNodeMem, n_params),
    { 0 },
};

const AljXdrField alj_wire_identity[] = {
    ALJ_XDR(PARAMS, AljWireIdentity, params, .max = IDENTITY_MAX),
    ALJ_XDR(U32, AljWireIdentity, flags),
    { 0 },
};

const AljXdrField alj_wire_secret[] = {
    ALJ_XDR(UUID, AljWireSecret, uuid),
    ALJ_XDR(I32, AljWireSecret, usage),
    ALJ_XDR(STRING, AljWireSecret, usage_id),
    { 0 },
};

const AljXdrField alj_wire_secret_arg[] = {
    ALJ_XDR(STRUCT, AljWireSecretArg, secret, .fields = alj_wire_secret),
    { 0 },
};

const AljXdrField alj_wire_secret_flags[] = {
    ALJ_XDR(STRUCT, AljWireSecretFlags, secret, .fields = alj_wire_secret),
    ALJ_XDR(U32, AljWireSecretFlags, flags),
    { 0 },
};

const AljXdrField alj_wire_secret_set[] = {
    ALJ_XDR(STRUCT, AljWireSecretSet, secret, .fields = alj_wire_secret),
    ALJ_XDR(SECRET, AljWireSecretSet, value),
    ALJ_XDR(U32, AljWireSecretSet, flags),
    { 0 },
};

const AljXdrField alj_wire_secret_value[] = { ALJ_XDR(SECRET, AljWireSecretValue, value), { 0 } };

const AljXdrField alj_wire_secret_usage[] = {
    ALJ_XDR(I32, AljWireSecretUsage, usage),
    ALJ_XDR(STRING, AljWireSecretUsage, usage_id),
    { 0 },
};

const AljXdrField alj_wire_secret_list[] = {
    ALJ_XDR(ARRAY, AljWireSecretList, secrets, .size = sizeof(AljWireSecret), .fields = alj_wire_secret),
    ALJ_XDR(U32, AljWireSecretList, ret),
    { 0 },
};

const AljXdrField alj_wire_secret_register[] = {
    ALJ_XDR(I32, AljWireSecretRegister, event),
    ALJ_XDR(OPT_STRUCT, AljWireSecretRegister, secret, .size = sizeof(AljWireSecret), .fields = alj_wire_secret),
    { 0 },
};

const AljXdrField alj_wire_secret_lifecycle[] = {
    ALJ_XDR(I32, AljWireSecretLifecycle, callback),
    ALJ_XDR(STRUCT, AljWireSecretLifecycle, secret, .fields = alj_wire_secret),
    ALJ_XDR(I32, AljWireSecretLifecycle, event),
    ALJ_XDR(I32, AljWireSecretLifecycle, detail),
    { 0 },
};

const AljXdrField alj_wire_secret_changed[] = {
    ALJ_XDR(I32, AljWireSecretChanged, callback),
    ALJ_XDR(STRUCT, AljWireSecretChanged, secret, .fields = alj_wire_secret),
    { 0 },
};
