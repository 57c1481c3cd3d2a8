/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool definition as memory: making, counting, comparing. Which members there are is said by the row tables. */
#include "model/pool.h"

#include "model/pool_rows.h"

const AljXmlRow alj_pool_host_rows[] = {
    ALJ_XML(TEXT, AljPoolHost, name, "@name"),
    ALJ_XML(NUMBER, AljPoolHost, port, "@port", .max = 65535, .hint = " Expected integer value"),
    { 0 },
};

const AljXmlRow alj_pool_device_rows[] = {
    ALJ_XML(TEXT, AljPoolDevice, path, "@path"),
    ALJ_XML(YES_NO, AljPoolDevice, part_separator, "@part_separator"),
    { 0 },
};

const AljXmlRow alj_pool_adapter_rows[] = {
    ALJ_XML(TEXT, AljPoolAdapter, type, "@type"),
    ALJ_XML(TEXT, AljPoolAdapter, name, "@name"),
    ALJ_XML(TEXT, AljPoolAdapter, parent, "@parent"),
    ALJ_XML(TEXT, AljPoolAdapter, parent_wwnn, "@parent_wwnn"),
    ALJ_XML(TEXT, AljPoolAdapter, parent_wwpn, "@parent_wwpn"),
    ALJ_XML(TEXT, AljPoolAdapter, parent_fabric_wwn, "@parent_fabric_wwn"),
    ALJ_XML(YES_NO, AljPoolAdapter, managed, "@managed"),
    ALJ_XML(TEXT, AljPoolAdapter, wwnn, "@wwnn"),
    ALJ_XML(TEXT, AljPoolAdapter, wwpn, "@wwpn"),
    { 0 },
};

const AljXmlRow alj_pool_auth_rows[] = {
    ALJ_XML(TEXT, AljPoolAuth, type, "@type"),
    ALJ_XML(TEXT, AljPoolAuth, username, "@username"),
    { 0 },
};

const AljXmlRow alj_pool_secret_rows[] = {
    ALJ_XML(TEXT, AljPoolAuth, secret_type, "@type"),
    ALJ_XML(TEXT, AljPoolAuth, secret_usage, "@usage"),
    { 0 },
};

const AljXmlRow alj_pool_option_rows[] = {
    ALJ_XML(TEXT, AljPoolOption, name, "@name"),
    ALJ_XML(TEXT, AljPoolOption, value, "@value"),
    { 0 },
};

const AljXmlRow alj_pool_source_rows[] = {
    [ALJ_ROW_SOURCE_DIR] = ALJ_XML(TEXT, AljPoolDef, source_dir, "dir/@path"),
    [ALJ_ROW_SOURCE_NAME] = ALJ_XML(TEXT, AljPoolDef, source_name, "name"),
    [ALJ_ROW_SOURCE_INITIATOR] = ALJ_XML(TEXT, AljPoolDef, initiator, "initiator/iqn/@name"),
    [ALJ_ROW_SOURCE_PROTOCOL] = ALJ_XML(TEXT, AljPoolDef, protocol_ver, "protocol/@ver"),
    [ALJ_ROW_SOURCE_VENDOR] = ALJ_XML(TEXT, AljPoolDef, vendor, "vendor/@name"),
    [ALJ_ROW_SOURCE_PRODUCT] = ALJ_XML(TEXT, AljPoolDef, product, "product/@name"),
    { 0 },
};

static void
free_host(gpointer host)
{
    alj_xml_rows_clear(alj_pool_host_rows, host);
    g_free(host);
}

static void
free_device(gpointer device)
{
    alj_xml_rows_clear(alj_pool_device_rows, device);
    g_free(device);
}

static void
free_option(gpointer option)
{
    alj_xml_rows_clear(alj_pool_option_rows, option);
    g_free(option);
}

void
alj_pool_adapter_free(AljPoolAdapter *adapter)
{
    if (!adapter)
        return;
    alj_xml_rows_clear(alj_pool_adapter_rows, adapter);
    g_free(adapter);
}

void
alj_pool_auth_free(AljPoolAuth *auth)
{
    if (!auth)
        return;
    alj_xml_rows_clear(alj_pool_auth_rows, auth);
    alj_xml_rows_clear(alj_pool_secret_rows, auth);
    g_free(auth);
}

GPtrArray *
alj_pool_hosts_new(void)
{
    return g_ptr_array_new_with_free_func(free_host);
}

AljPoolDef *
alj_pool_def_new(AljPoolType type)
{
    AljPoolDef *def = g_new0(AljPoolDef, 1);
    alj_refs_init(&def->refs);
    def->type = type;
    def->cow = def->refresh_allocation = -1;
    def->hosts = alj_pool_hosts_new();
    def->devices = g_ptr_array_new_with_free_func(free_device);
    def->options = g_ptr_array_new_with_free_func(free_option);
    return def;
}

AljPoolDef *
alj_pool_def_ref(AljPoolDef *def)
{
    alj_refs_inc(&def->refs);
    return def;
}

void
alj_pool_def_unref(AljPoolDef *def)
{
    if (!def || !alj_refs_dec(&def->refs))
        return;
    g_free(def->name);
    g_ptr_array_unref(def->hosts);
    g_ptr_array_unref(def->devices);
    alj_xml_rows_clear(alj_pool_source_rows, def);
    alj_pool_adapter_free(def->adapter);
    alj_pool_auth_free(def->auth);
    g_free(def->target_path);
    alj_permissions_clear(&def->permissions);
    g_ptr_array_unref(def->options);
    g_free(def);
}

void
alj_pool_def_add_host(AljPoolDef *def, const char *name, unsigned port)
{
    AljPoolHost *host = g_new0(AljPoolHost, 1);
    host->name = g_strdup(name);
    host->port = port;
    g_ptr_array_add(def->hosts, host);
}

void
alj_pool_def_add_device(AljPoolDef *def, const char *path)
{
    AljPoolDevice *device = g_new0(AljPoolDevice, 1);
    device->path = g_strdup(path);
    device->part_separator = -1;
    g_ptr_array_add(def->devices, device);
}

void
alj_permissions_clear(AljPermissions *permissions)
{
    g_clear_pointer(&permissions->label, g_free);
    *permissions = (AljPermissions) { 0 };
}

void
alj_permissions_copy(const AljPermissions *from, AljPermissions *to)
{
    *to = *from;
    to->label = g_strdup(from->label);
}

static bool
permissions_equal(const AljPermissions *a, const AljPermissions *b)
{
    return a->has_mode == b->has_mode && (!a->has_mode || a->mode == b->mode) && a->has_owner == b->has_owner &&
           (!a->has_owner || a->owner == b->owner) && a->has_group == b->has_group &&
           (!a->has_group || a->group == b->group) && g_strcmp0(a->label, b->label) == 0;
}

static bool
lists_equal(const AljXmlRow *rows, const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return false;
    for (guint i = 0; i < a->len; i++) {
        if (!alj_xml_rows_equal(rows, a->pdata[i], b->pdata[i]))
            return false;
    }
    return true;
}

static bool
adapters_equal(const AljPoolAdapter *a, const AljPoolAdapter *b)
{
    if (!a || !b)
        return a == b;
    return alj_xml_rows_equal(alj_pool_adapter_rows, a, b) && a->has_parentaddr == b->has_parentaddr &&
           a->unique_id == b->unique_id && a->domain == b->domain && a->bus == b->bus && a->slot == b->slot &&
           a->function == b->function;
}

static bool
auths_equal(const AljPoolAuth *a, const AljPoolAuth *b)
{
    if (!a || !b)
        return a == b;
    return alj_xml_rows_equal(alj_pool_auth_rows, a, b) && alj_xml_rows_equal(alj_pool_secret_rows, a, b) &&
           a->has_secret_uuid == b->has_secret_uuid &&
           (!a->has_secret_uuid || alj_uuid_equal(&a->secret_uuid, &b->secret_uuid));
}

bool
alj_pool_def_equal(const AljPoolDef *a, const AljPoolDef *b)
{
    return a->type == b->type && g_strcmp0(a->name, b->name) == 0 && alj_uuid_equal(&a->uuid, &b->uuid) &&
           a->cow == b->cow && lists_equal(alj_pool_host_rows, a->hosts, b->hosts) &&
           lists_equal(alj_pool_device_rows, a->devices, b->devices) && adapters_equal(a->adapter, b->adapter) &&
           alj_xml_rows_equal(alj_pool_source_rows, a, b) && g_strcmp0(a->format, b->format) == 0 &&
           auths_equal(a->auth, b->auth) && g_strcmp0(a->target_path, b->target_path) == 0 &&
           permissions_equal(&a->permissions, &b->permissions) &&
           a->has_subvolumes == b->has_subvolumes && a->refresh_allocation == b->refresh_allocation &&
           lists_equal(alj_pool_option_rows, a->options, b->options);
}
