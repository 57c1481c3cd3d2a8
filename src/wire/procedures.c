/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of procedures: what each takes and gives, what a caller needs to be allowed it, and which flags it knows. Login
 * state, read-only connections, rights and flags are checked from here, once, before any handler. Constant data; any thread.
 * Source: docs/internals/wire.md; the function names in flag errors were read off libvirtd 9.0.
 */
#include "wire/procedures.h"

#include <string.h>

#include "wire/refused.h"

enum {
    HELLO = ALJ_PROC_BEFORE_OPEN,
    RO = ALJ_PROC_READONLY,
    SLOW = ALJ_PROC_SLOW,
    STREAM = ALJ_PROC_STREAM,
    EVENT = ALJ_PROC_EVENT,
    FLAGGED = ALJ_PROC_HAS_FLAGS,
    HIDDEN = ALJ_PROC_SECRET,
};

#define ROW(number, whose, text)   .name = #number, .area = ALJ_AREA_##whose, .api = text
#define MAY(needed, bits)          .right = ALJ_RIGHT_##needed, .traits = bits
#define ARGS(type, table)          .args = alj_wire_##table, .args_size = sizeof(AljWire##type)
#define RET(type, table)           .ret = alj_wire_##table, .ret_size = sizeof(AljWire##type)
#define FLAGS(type, known, where)  .flags = known, .flags_function = where, .flags_offset = offsetof(AljWire##type, flags)

/* CONNECT_OPEN and CONNECT_SET_IDENTITY carry flags that are not looked at: clients send their own in the first and must not
 * fail in the second. The lists of other objects (networks, …) are always empty, so any shape of an item will do. */
/* clang-format off */
static const AljProcedure procedures[ALJ_PROC_LAST + 1] = {
    [ALJ_PROC_CONNECT_OPEN] = { ROW(CONNECT_OPEN, DOMAIN, "virConnectOpen"),
        MAY(NONE, HELLO | RO), ARGS(Open, open) },
    [ALJ_PROC_CONNECT_CLOSE] = { ROW(CONNECT_CLOSE, DOMAIN, "virConnectClose"),
        MAY(NONE, HELLO | RO) },
    [ALJ_PROC_CONNECT_GET_TYPE] = { ROW(CONNECT_GET_TYPE, DOMAIN, "virConnectGetType"),
        MAY(READ, RO), RET(Text, text) },
    [ALJ_PROC_CONNECT_GET_VERSION] = { ROW(CONNECT_GET_VERSION, DOMAIN, "virConnectGetVersion"),
        MAY(NONE, RO), RET(U64, u64) },
    [ALJ_PROC_NODE_GET_INFO] = { ROW(NODE_GET_INFO, DOMAIN, "virNodeGetInfo"),
        MAY(READ, RO), RET(NodeInfo, node_info) },
    [ALJ_PROC_CONNECT_GET_CAPABILITIES] = {
        ROW(CONNECT_GET_CAPABILITIES, DOMAIN, "virConnectGetCapabilities"),
        MAY(READ, RO), RET(Text, text) },
    [ALJ_PROC_CONNECT_LIST_DEFINED_DOMAINS] = {
        ROW(CONNECT_LIST_DEFINED_DOMAINS, DOMAIN, "virConnectListDefinedDomains"),
        MAY(READ, RO), ARGS(I32, i32), RET(Names, names) },
    [ALJ_PROC_CONNECT_NUM_OF_DEFINED_DOMAINS] = {
        ROW(CONNECT_NUM_OF_DEFINED_DOMAINS, DOMAIN, "virConnectNumOfDefinedDomains"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_LIST_DEFINED_NETWORKS] = {
        ROW(CONNECT_LIST_DEFINED_NETWORKS, NETWORK, "virConnectListDefinedNetworks"),
        MAY(READ, RO), ARGS(I32, i32), RET(Names, names) },
    [ALJ_PROC_CONNECT_LIST_DOMAINS] = { ROW(CONNECT_LIST_DOMAINS, DOMAIN, "virConnectListDomains"),
        MAY(READ, RO), ARGS(I32, i32), RET(Ints, ints) },
    [ALJ_PROC_CONNECT_LIST_NETWORKS] = { ROW(CONNECT_LIST_NETWORKS, NETWORK, "virConnectListNetworks"),
        MAY(READ, RO), ARGS(I32, i32), RET(Names, names) },
    [ALJ_PROC_CONNECT_NUM_OF_DEFINED_NETWORKS] = {
        ROW(CONNECT_NUM_OF_DEFINED_NETWORKS, NETWORK, "virConnectNumOfDefinedNetworks"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_NUM_OF_DOMAINS] = { ROW(CONNECT_NUM_OF_DOMAINS, DOMAIN, "virConnectNumOfDomains"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_NUM_OF_NETWORKS] = { ROW(CONNECT_NUM_OF_NETWORKS, NETWORK, "virConnectNumOfNetworks"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_GET_HOSTNAME] = { ROW(CONNECT_GET_HOSTNAME, DOMAIN, "virConnectGetHostname"),
        MAY(READ, RO), RET(Text, text) },
    [ALJ_PROC_CONNECT_SUPPORTS_FEATURE] = {
        ROW(CONNECT_SUPPORTS_FEATURE, DOMAIN, "virConnectSupportsFeature"),
        MAY(NONE, HELLO | RO), ARGS(I32, i32), RET(I32, i32) },
    [ALJ_PROC_AUTH_LIST] = { ROW(AUTH_LIST, NONE, "virAuthList"),
        MAY(NONE, HELLO | RO), RET(Ints, auth_types) },
    [ALJ_PROC_AUTH_POLKIT] = { ROW(AUTH_POLKIT, NONE, "virAuthPolkit"),
        MAY(NONE, HELLO | RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_NUM_OF_STORAGE_POOLS] = {
        ROW(CONNECT_NUM_OF_STORAGE_POOLS, STORAGE, "virConnectNumOfStoragePools"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_LIST_STORAGE_POOLS] = {
        ROW(CONNECT_LIST_STORAGE_POOLS, STORAGE, "virConnectListStoragePools"),
        MAY(READ, RO), ARGS(I32, i32), RET(Names, names) },
    [ALJ_PROC_CONNECT_NUM_OF_DEFINED_STORAGE_POOLS] = {
        ROW(CONNECT_NUM_OF_DEFINED_STORAGE_POOLS, STORAGE, "virConnectNumOfDefinedStoragePools"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_LIST_DEFINED_STORAGE_POOLS] = {
        ROW(CONNECT_LIST_DEFINED_STORAGE_POOLS, STORAGE, "virConnectListDefinedStoragePools"),
        MAY(READ, RO), ARGS(I32, i32), RET(Names, names) },
    [ALJ_PROC_CONNECT_FIND_STORAGE_POOL_SOURCES] = {
        ROW(CONNECT_FIND_STORAGE_POOL_SOURCES, STORAGE, "virConnectFindStoragePoolSources"),
        MAY(SCAN, SLOW | FLAGGED), ARGS(FindSources, find_sources), RET(Text, text),
        FLAGS(FindSources, 0, "storageConnectFindStoragePoolSources") },
    [ALJ_PROC_STORAGE_POOL_CREATE_XML] = { ROW(STORAGE_POOL_CREATE_XML, STORAGE, "virStoragePoolCreateXML"),
        MAY(POOL_MANAGE, SLOW | FLAGGED), ARGS(XmlFlags, xml_flags), RET(PoolArg, pool_arg),
        FLAGS(XmlFlags, 7, "storagePoolCreateXML") },
    [ALJ_PROC_STORAGE_POOL_DEFINE_XML] = { ROW(STORAGE_POOL_DEFINE_XML, STORAGE, "virStoragePoolDefineXML"),
        MAY(POOL_MANAGE, SLOW | FLAGGED), ARGS(XmlFlags, xml_flags), RET(PoolArg, pool_arg),
        FLAGS(XmlFlags, 1, "storagePoolDefineXML") },
    [ALJ_PROC_STORAGE_POOL_CREATE] = { ROW(STORAGE_POOL_CREATE, STORAGE, "virStoragePoolCreate"),
        MAY(POOL_MANAGE, SLOW | FLAGGED), ARGS(PoolFlags, pool_flags),
        FLAGS(PoolFlags, 7, "storagePoolCreate") },
    [ALJ_PROC_STORAGE_POOL_BUILD] = { ROW(STORAGE_POOL_BUILD, STORAGE, "virStoragePoolBuild"),
        MAY(POOL_BUILD, SLOW | FLAGGED), ARGS(PoolFlags, pool_flags),
        FLAGS(PoolFlags, 15, "virStorageBackendFileSystemBuild") },
    [ALJ_PROC_STORAGE_POOL_DESTROY] = { ROW(STORAGE_POOL_DESTROY, STORAGE, "virStoragePoolDestroy"),
        MAY(POOL_MANAGE, SLOW), ARGS(PoolArg, pool_arg) },
    [ALJ_PROC_STORAGE_POOL_DELETE] = { ROW(STORAGE_POOL_DELETE, STORAGE, "virStoragePoolDelete"),
        MAY(POOL_BUILD, SLOW | FLAGGED), ARGS(PoolFlags, pool_flags),
        FLAGS(PoolFlags, 1, "virStorageBackendDeleteLocal") },
    [ALJ_PROC_STORAGE_POOL_UNDEFINE] = { ROW(STORAGE_POOL_UNDEFINE, STORAGE, "virStoragePoolUndefine"),
        MAY(POOL_MANAGE, SLOW), ARGS(PoolArg, pool_arg) },
    [ALJ_PROC_STORAGE_POOL_REFRESH] = { ROW(STORAGE_POOL_REFRESH, STORAGE, "virStoragePoolRefresh"),
        MAY(SCAN, SLOW | FLAGGED), ARGS(PoolFlags, pool_flags), FLAGS(PoolFlags, 0, "storagePoolRefresh") },
    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME] = {
        ROW(STORAGE_POOL_LOOKUP_BY_NAME, STORAGE, "virStoragePoolLookupByName"),
        MAY(READ, RO), ARGS(Text, text), RET(PoolArg, pool_arg) },
    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_UUID] = {
        ROW(STORAGE_POOL_LOOKUP_BY_UUID, STORAGE, "virStoragePoolLookupByUUID"),
        MAY(READ, RO), ARGS(UuidArg, uuid_arg), RET(PoolArg, pool_arg) },
    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_VOLUME] = {
        ROW(STORAGE_POOL_LOOKUP_BY_VOLUME, STORAGE, "virStoragePoolLookupByVolume"),
        MAY(READ, RO), ARGS(VolArg, vol_arg), RET(PoolArg, pool_arg) },
    [ALJ_PROC_STORAGE_POOL_GET_INFO] = { ROW(STORAGE_POOL_GET_INFO, STORAGE, "virStoragePoolGetInfo"),
        MAY(READ, RO), ARGS(PoolArg, pool_arg), RET(PoolInfo, pool_info) },
    [ALJ_PROC_STORAGE_POOL_GET_XML_DESC] = {
        ROW(STORAGE_POOL_GET_XML_DESC, STORAGE, "virStoragePoolGetXMLDesc"),
        MAY(READ, RO | FLAGGED), ARGS(PoolFlags, pool_flags), RET(Text, text),
        FLAGS(PoolFlags, 1, "storagePoolGetXMLDesc") },
    [ALJ_PROC_STORAGE_POOL_GET_AUTOSTART] = {
        ROW(STORAGE_POOL_GET_AUTOSTART, STORAGE, "virStoragePoolGetAutostart"),
        MAY(READ, RO), ARGS(PoolArg, pool_arg), RET(I32, i32) },
    [ALJ_PROC_STORAGE_POOL_SET_AUTOSTART] = {
        ROW(STORAGE_POOL_SET_AUTOSTART, STORAGE, "virStoragePoolSetAutostart"),
        MAY(POOL_MANAGE, SLOW), ARGS(PoolI32, pool_i32) },
    [ALJ_PROC_STORAGE_POOL_NUM_OF_VOLUMES] = {
        ROW(STORAGE_POOL_NUM_OF_VOLUMES, STORAGE, "virStoragePoolNumOfVolumes"),
        MAY(READ, RO), ARGS(PoolArg, pool_arg), RET(I32, i32) },
    [ALJ_PROC_STORAGE_POOL_LIST_VOLUMES] = {
        ROW(STORAGE_POOL_LIST_VOLUMES, STORAGE, "virStoragePoolListVolumes"),
        MAY(READ, RO), ARGS(PoolI32, pool_i32), RET(Names, names) },
    [ALJ_PROC_STORAGE_VOL_CREATE_XML] = { ROW(STORAGE_VOL_CREATE_XML, STORAGE, "virStorageVolCreateXML"),
        MAY(VOLUME_MANAGE, SLOW | FLAGGED), ARGS(PoolXml, pool_xml), RET(VolArg, vol_arg),
        FLAGS(PoolXml, 5, "storageVolCreateXML") },
    [ALJ_PROC_STORAGE_VOL_DELETE] = { ROW(STORAGE_VOL_DELETE, STORAGE, "virStorageVolDelete"),
        MAY(VOLUME_MANAGE, SLOW | FLAGGED), ARGS(VolFlags, vol_flags),
        FLAGS(VolFlags, 3, "virStorageBackendVolDeleteLocal") },
    [ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME] = {
        ROW(STORAGE_VOL_LOOKUP_BY_NAME, STORAGE, "virStorageVolLookupByName"),
        MAY(READ, RO), ARGS(PoolName, pool_name), RET(VolArg, vol_arg) },
    [ALJ_PROC_STORAGE_VOL_LOOKUP_BY_KEY] = {
        ROW(STORAGE_VOL_LOOKUP_BY_KEY, STORAGE, "virStorageVolLookupByKey"),
        MAY(READ, RO), ARGS(Text, text), RET(VolArg, vol_arg) },
    [ALJ_PROC_STORAGE_VOL_LOOKUP_BY_PATH] = {
        ROW(STORAGE_VOL_LOOKUP_BY_PATH, STORAGE, "virStorageVolLookupByPath"),
        MAY(READ, RO), ARGS(Text, text), RET(VolArg, vol_arg) },
    [ALJ_PROC_STORAGE_VOL_GET_INFO] = { ROW(STORAGE_VOL_GET_INFO, STORAGE, "virStorageVolGetInfo"),
        MAY(READ, RO), ARGS(VolArg, vol_arg), RET(VolInfo, vol_info) },
    [ALJ_PROC_STORAGE_VOL_GET_XML_DESC] = { ROW(STORAGE_VOL_GET_XML_DESC, STORAGE, "virStorageVolGetXMLDesc"),
        MAY(READ, RO | FLAGGED), ARGS(VolFlags, vol_flags), RET(Text, text),
        FLAGS(VolFlags, 0, "storageVolGetXMLDesc") },
    [ALJ_PROC_STORAGE_VOL_GET_PATH] = { ROW(STORAGE_VOL_GET_PATH, STORAGE, "virStorageVolGetPath"),
        MAY(READ, RO), ARGS(VolArg, vol_arg), RET(Text, text) },
    [ALJ_PROC_CONNECT_GET_URI] = { ROW(CONNECT_GET_URI, DOMAIN, "virConnectGetURI"),
        MAY(NONE, RO), RET(Text, text) },
    [ALJ_PROC_STORAGE_VOL_CREATE_XML_FROM] = {
        ROW(STORAGE_VOL_CREATE_XML_FROM, STORAGE, "virStorageVolCreateXMLFrom"),
        MAY(VOLUME_MANAGE, SLOW | FLAGGED), ARGS(VolCopy, vol_copy), RET(VolArg, vol_arg),
        FLAGS(VolCopy, 7, "storageVolCreateXMLFrom") },
    [ALJ_PROC_CONNECT_NUM_OF_SECRETS] = { ROW(CONNECT_NUM_OF_SECRETS, SECRET, "virConnectNumOfSecrets"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_CONNECT_LIST_SECRETS] = { ROW(CONNECT_LIST_SECRETS, SECRET, "virConnectListSecrets"),
        MAY(READ, RO), ARGS(I32, i32), RET(Names, names) },
    [ALJ_PROC_SECRET_LOOKUP_BY_UUID] = { ROW(SECRET_LOOKUP_BY_UUID, SECRET, "virSecretLookupByUUID"),
        MAY(READ, RO), ARGS(UuidArg, uuid_arg), RET(SecretArg, secret_arg) },
    [ALJ_PROC_SECRET_DEFINE_XML] = { ROW(SECRET_DEFINE_XML, SECRET, "virSecretDefineXML"),
        MAY(SECRET_MANAGE, SLOW | FLAGGED), ARGS(XmlFlags, xml_flags), RET(SecretArg, secret_arg),
        FLAGS(XmlFlags, 1, "secretDefineXML") },
    [ALJ_PROC_SECRET_GET_XML_DESC] = { ROW(SECRET_GET_XML_DESC, SECRET, "virSecretGetXMLDesc"),
        MAY(READ, RO | FLAGGED), ARGS(SecretFlags, secret_flags), RET(Text, text),
        FLAGS(SecretFlags, 0, "secretGetXMLDesc") },
    [ALJ_PROC_SECRET_SET_VALUE] = { ROW(SECRET_SET_VALUE, SECRET, "virSecretSetValue"),
        MAY(SECRET_MANAGE, SLOW | FLAGGED | HIDDEN), ARGS(SecretSet, secret_set), FLAGS(SecretSet, 0, "secretSetValue") },
    [ALJ_PROC_SECRET_GET_VALUE] = { ROW(SECRET_GET_VALUE, SECRET, "virSecretGetValue"),
        MAY(SECRET_READ, FLAGGED), ARGS(SecretFlags, secret_flags), RET(SecretValue, secret_value),
        FLAGS(SecretFlags, 0, "secretGetValue") },
    [ALJ_PROC_SECRET_UNDEFINE] = { ROW(SECRET_UNDEFINE, SECRET, "virSecretUndefine"),
        MAY(SECRET_MANAGE, SLOW), ARGS(SecretArg, secret_arg) },
    [ALJ_PROC_SECRET_LOOKUP_BY_USAGE] = { ROW(SECRET_LOOKUP_BY_USAGE, SECRET, "virSecretLookupByUsage"),
        MAY(READ, RO), ARGS(SecretUsage, secret_usage), RET(SecretArg, secret_arg) },
    [ALJ_PROC_CONNECT_IS_SECURE] = { ROW(CONNECT_IS_SECURE, DOMAIN, "virConnectIsSecure"),
        MAY(READ, RO), RET(I32, i32) },
    [ALJ_PROC_STORAGE_POOL_IS_ACTIVE] = { ROW(STORAGE_POOL_IS_ACTIVE, STORAGE, "virStoragePoolIsActive"),
        MAY(READ, RO), ARGS(PoolArg, pool_arg), RET(I32, i32) },
    [ALJ_PROC_STORAGE_POOL_IS_PERSISTENT] = {
        ROW(STORAGE_POOL_IS_PERSISTENT, STORAGE, "virStoragePoolIsPersistent"),
        MAY(READ, RO), ARGS(PoolArg, pool_arg), RET(I32, i32) },
    [ALJ_PROC_CONNECT_GET_LIB_VERSION] = { ROW(CONNECT_GET_LIB_VERSION, DOMAIN, "virConnectGetLibVersion"),
        MAY(NONE, RO), RET(U64, u64) },
    [ALJ_PROC_STORAGE_VOL_WIPE] = { ROW(STORAGE_VOL_WIPE, STORAGE, "virStorageVolWipe"),
        MAY(VOLUME_WRITE, SLOW | FLAGGED), ARGS(VolFlags, vol_flags),
        FLAGS(VolFlags, 0, "storageVolWipePattern") },
    [ALJ_PROC_STORAGE_VOL_UPLOAD] = { ROW(STORAGE_VOL_UPLOAD, STORAGE, "virStorageVolUpload"),
        MAY(VOLUME_WRITE, SLOW | STREAM | FLAGGED), ARGS(VolRange, vol_range),
        FLAGS(VolRange, 1, "storageVolUpload") },
    [ALJ_PROC_STORAGE_VOL_DOWNLOAD] = { ROW(STORAGE_VOL_DOWNLOAD, STORAGE, "virStorageVolDownload"),
        MAY(VOLUME_READ, SLOW | STREAM | FLAGGED), ARGS(VolRange, vol_range),
        FLAGS(VolRange, 1, "storageVolDownload") },
    [ALJ_PROC_NODE_GET_MEMORY_STATS] = { ROW(NODE_GET_MEMORY_STATS, DOMAIN, "virNodeGetMemoryStats"),
        MAY(READ, RO), ARGS(NodeMemArgs, node_mem_args), RET(NodeMem, node_mem) },
    [ALJ_PROC_STORAGE_VOL_WIPE_PATTERN] = {
        ROW(STORAGE_VOL_WIPE_PATTERN, STORAGE, "virStorageVolWipePattern"),
        MAY(VOLUME_WRITE, SLOW | FLAGGED), ARGS(VolWipe, vol_wipe),
        FLAGS(VolWipe, 0, "storageVolWipePattern") },
    [ALJ_PROC_STORAGE_VOL_RESIZE] = { ROW(STORAGE_VOL_RESIZE, STORAGE, "virStorageVolResize"),
        MAY(VOLUME_MANAGE, SLOW | FLAGGED), ARGS(VolResize, vol_resize),
        FLAGS(VolResize, 7, "storageVolResize") },
    [ALJ_PROC_CONNECT_LIST_ALL_DOMAINS] = { ROW(CONNECT_LIST_ALL_DOMAINS, DOMAIN, "virConnectListAllDomains"),
        MAY(READ, RO), ARGS(ListArgs, list_args), RET(DomainList, domain_list) },
    [ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS] = {
        ROW(CONNECT_LIST_ALL_STORAGE_POOLS, STORAGE, "virConnectListAllStoragePools"),
        MAY(READ, RO | FLAGGED), ARGS(ListArgs, list_args), RET(PoolList, pool_list),
        FLAGS(ListArgs, 0xfffff, "storageConnectListAllStoragePools") },
    [ALJ_PROC_STORAGE_POOL_LIST_ALL_VOLUMES] = {
        ROW(STORAGE_POOL_LIST_ALL_VOLUMES, STORAGE, "virStoragePoolListAllVolumes"),
        MAY(READ, RO | FLAGGED), ARGS(PoolListAll, pool_list_all), RET(VolList, vol_list),
        FLAGS(PoolListAll, 0, "storagePoolListAllVolumes") },
    [ALJ_PROC_CONNECT_LIST_ALL_NETWORKS] = {
        ROW(CONNECT_LIST_ALL_NETWORKS, NETWORK, "virConnectListAllNetworks"),
        MAY(READ, RO), ARGS(ListArgs, list_args), RET(PoolList, pool_list) },
    [ALJ_PROC_CONNECT_LIST_ALL_INTERFACES] = {
        ROW(CONNECT_LIST_ALL_INTERFACES, INTERFACE, "virConnectListAllInterfaces"),
        MAY(READ, RO), ARGS(ListArgs, list_args), RET(PoolList, pool_list) },
    [ALJ_PROC_CONNECT_LIST_ALL_NODE_DEVICES] = {
        ROW(CONNECT_LIST_ALL_NODE_DEVICES, NODEDEV, "virConnectListAllNodeDevices"),
        MAY(READ, RO), ARGS(ListArgs, list_args), RET(PoolList, pool_list) },
    [ALJ_PROC_CONNECT_LIST_ALL_SECRETS] = { ROW(CONNECT_LIST_ALL_SECRETS, SECRET, "virConnectListAllSecrets"),
        MAY(READ, RO | FLAGGED), ARGS(ListArgs, list_args), RET(SecretList, secret_list),
        FLAGS(ListArgs, 15, "secretConnectListAllSecrets") },
    [ALJ_PROC_CONNECT_REGISTER_CLOSE_CALLBACK] = {
        ROW(CONNECT_REGISTER_CLOSE_CALLBACK, DOMAIN, "virConnectRegisterCloseCallback"),
        MAY(NONE, RO) },
    [ALJ_PROC_CONNECT_UNREGISTER_CLOSE_CALLBACK] = {
        ROW(CONNECT_UNREGISTER_CLOSE_CALLBACK, DOMAIN, "virConnectUnregisterCloseCallback"),
        MAY(NONE, RO) },
    [ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY] = {
        ROW(CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY, STORAGE, "virConnectStoragePoolEventRegisterAny"),
        MAY(READ, RO), ARGS(Register, register), RET(I32, i32) },
    [ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY] = {
        ROW(CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY, STORAGE, "virConnectStoragePoolEventDeregisterAny"),
        MAY(READ, RO), ARGS(I32, i32) },
    [ALJ_PROC_STORAGE_POOL_EVENT_LIFECYCLE] = { ROW(STORAGE_POOL_EVENT_LIFECYCLE, STORAGE, NULL),
        MAY(NONE, EVENT), ARGS(Lifecycle, lifecycle) },
    [ALJ_PROC_STORAGE_POOL_EVENT_REFRESH] = { ROW(STORAGE_POOL_EVENT_REFRESH, STORAGE, NULL),
        MAY(NONE, EVENT), ARGS(Refresh, refresh) },
    [ALJ_PROC_STORAGE_VOL_GET_INFO_FLAGS] = {
        ROW(STORAGE_VOL_GET_INFO_FLAGS, STORAGE, "virStorageVolGetInfoFlags"),
        MAY(READ, RO | FLAGGED), ARGS(VolFlags, vol_flags), RET(VolInfo, vol_info),
        FLAGS(VolFlags, 1, "storageVolGetInfoFlags") },
    [ALJ_PROC_CONNECT_SECRET_EVENT_REGISTER_ANY] = {
        ROW(CONNECT_SECRET_EVENT_REGISTER_ANY, SECRET, "virConnectSecretEventRegisterAny"),
        MAY(READ, RO), ARGS(SecretRegister, secret_register), RET(I32, i32) },
    [ALJ_PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY] = {
        ROW(CONNECT_SECRET_EVENT_DEREGISTER_ANY, SECRET, "virConnectSecretEventDeregisterAny"),
        MAY(READ, RO), ARGS(I32, i32) },
    [ALJ_PROC_SECRET_EVENT_LIFECYCLE] = { ROW(SECRET_EVENT_LIFECYCLE, SECRET, NULL),
        MAY(NONE, EVENT), ARGS(SecretLifecycle, secret_lifecycle) },
    [ALJ_PROC_SECRET_EVENT_VALUE_CHANGED] = { ROW(SECRET_EVENT_VALUE_CHANGED, SECRET, NULL),
        MAY(NONE, EVENT), ARGS(SecretChanged, secret_changed) },
    [ALJ_PROC_STORAGE_POOL_LOOKUP_BY_TARGET_PATH] = {
        ROW(STORAGE_POOL_LOOKUP_BY_TARGET_PATH, STORAGE, "virStoragePoolLookupByTargetPath"),
        MAY(READ, RO), ARGS(Text, text), RET(PoolArg, pool_arg) },
    [ALJ_PROC_CONNECT_GET_STORAGE_POOL_CAPABILITIES] = {
        ROW(CONNECT_GET_STORAGE_POOL_CAPABILITIES, STORAGE, "virConnectGetStoragePoolCapabilities"),
        MAY(READ, RO | FLAGGED), ARGS(Flags, flags), RET(Text, text),
        FLAGS(Flags, 0, "storageConnectGetStoragePoolCapabilities") },
    [ALJ_PROC_CONNECT_SET_IDENTITY] = { ROW(CONNECT_SET_IDENTITY, DOMAIN, "virConnectSetIdentity"),
        MAY(NONE, RO | HIDDEN), ARGS(Identity, identity) },
};
/* clang-format on */

const AljProcedure *
alj_procedure_find(int32_t number)
{
    if (number <= 0 || number > ALJ_PROC_LAST)
        return NULL;
    return procedures[number].name ? &procedures[number] : &alj_refused_procedures[number];
}

bool
alj_procedure_is_implemented(const AljProcedure *procedure)
{
    return procedure->api && !(procedure->traits & ALJ_PROC_EVENT);
}

/* Words that libvirt's API does not write as "Word". */
static const struct {
    const char *word, *in_api;
} special_words[] = {
    { "CPU", "CPU" },           { "DHCP", "DHCP" },         { "FD", "FD" },
    { "FSFREEZE", "FSFreeze" }, { "FSINFO", "FSInfo" },     { "FSTHAW", "FSThaw" },
    { "FSTRIM", "FSTrim" },     { "ID", "ID" },             { "IOTHREAD", "IOThread" },
    { "MAC", "MAC" },           { "NMI", "NMI" },           { "NWFILTER", "NWFilter" },
    { "NWFILTERS", "NWFilters" }, { "OS", "OS" },           { "PM", "PM" },
    { "SCSI", "SCSI" },         { "SEV", "SEV" },           { "SSH", "SSH" },
    { "URI", "URI" },           { "UUID", "UUID" },         { "WWN", "WWN" },
    { "XML", "XML" },
};

static void
append_word(GString *api, const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(special_words); i++) {
        if (strcmp(word, special_words[i].word) == 0) {
            g_string_append(api, special_words[i].in_api);
            return;
        }
    }
    g_autofree char *lower = g_ascii_strdown(word, -1);
    lower[0] = g_ascii_toupper(lower[0]);
    g_string_append(api, lower);
}

char *
alj_procedure_api(const AljProcedure *procedure)
{
    if (procedure->api)
        return g_strdup(procedure->api);
    bool is_registration = strstr(procedure->name, "_EVENT_CALLBACK_") && strstr(procedure->name, "REGISTER");
    g_auto(GStrv) words = g_strsplit(procedure->name, "_", -1);
    g_autoptr(GString) api = g_string_new("vir");
    for (char **word = words; *word; word++) {
        if (!is_registration || strcmp(*word, "CALLBACK") != 0)
            append_word(api, *word);
    }
    return g_string_free(g_steal_pointer(&api), FALSE);
}
