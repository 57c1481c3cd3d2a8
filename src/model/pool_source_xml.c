/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The <source> of a pool: what it is made of and where that is found. Parts that the type does not use are not
 * looked at; login, protocol version, vendor and product stay for every type, as clients expect. Pure.
 */
#include "model/pool_xml.h"

#include "base/error.h"
#include "base/text.h"
#include "model/pool_rows.h"

#include <string.h>

bool
alj_pool_hosts_parse(const AljXmlNode *source, GPtrArray *hosts, GError **error)
{
    for (const AljXmlNode *node = alj_xml_first(source, NULL, "host"); node; node = alj_xml_next(node)) {
        AljPoolHost *host = g_new0(AljPoolHost, 1);
        g_ptr_array_add(hosts, host);
        if (!alj_xml_rows_parse(alj_pool_host_rows, node, host, error))
            return false;
        if (!host->name)
            return alj_fail(error, ALJ_ERROR_XML, "missing storage pool host name");
        /* tools would take it for an option */
        if (host->name[0] == '-')
            return alj_fail(error, ALJ_ERROR_XML, "host name '%s' must not begin with '-'", host->name);
    }
    return true;
}

static bool
parse_devices(const AljXmlNode *source, GPtrArray *devices, GError **error)
{
    for (const AljXmlNode *node = alj_xml_first(source, NULL, "device"); node; node = alj_xml_next(node)) {
        AljPoolDevice *device = g_new0(AljPoolDevice, 1);
        g_ptr_array_add(devices, device);
        alj_xml_rows_init(alj_pool_device_rows, device);
        if (!alj_xml_rows_parse(alj_pool_device_rows, node, device, error))
            return false;
        if (!device->path)
            return alj_fail(error, ALJ_ERROR_XML, "missing storage pool source device path");
    }
    return true;
}

static bool
parse_adapter(const AljXmlNode *source, AljPoolDef *def, GError **error)
{
    const AljXmlNode *node = NULL;
    if (!alj_xml_find(source, "adapter", &node, error))
        return false;
    if (node)
        def->adapter = alj_pool_adapter_parse(node, error);
    return !node || def->adapter;
}

static bool
parse_format(const AljXmlNode *source, AljPoolDef *def, GError **error)
{
    const AljPoolTypeInfo *info = alj_pool_type_info(def->type);
    g_autofree char *name = NULL;
    if (!info->pool_formats)
        return true;
    if (!alj_xml_read(source, "format/@type", &name, error))
        return false;
    if (!name || !*name)
        return true;
    for (const char *const *known = info->pool_formats; *known; known++) {
        if (!strcmp(*known, name)) {
            def->format = *known;
            return true;
        }
    }
    return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown pool format type %s", name);
}

static bool
parse_secret(const AljXmlNode *auth_node, AljPoolAuth *auth, GError **error)
{
    const AljXmlNode *node = NULL;
    g_autofree char *uuid = NULL;
    if (!alj_xml_find(auth_node, "secret", &node, error))
        return false;
    if (!node)
        return alj_fail(error, ALJ_ERROR_XML, "Missing <secret> element in auth");
    if (!alj_xml_rows_parse(alj_pool_secret_rows, node, auth, error) || !alj_xml_read(node, "@uuid", &uuid, error))
        return false;
    if (!uuid && !auth->secret_usage)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "missing secret uuid or usage attribute");
    if (uuid && auth->secret_usage)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "either secret uuid or usage expected");
    if (uuid && !alj_uuid_parse(uuid, &auth->secret_uuid))
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "invalid secret uuid '%s'", uuid);
    auth->has_secret_uuid = uuid != NULL;
    return true;
}

static bool
parse_auth(const AljXmlNode *source, AljPoolDef *def, GError **error)
{
    const AljXmlNode *node = NULL;
    g_autoptr(AljPoolAuth) auth = g_new0(AljPoolAuth, 1);
    if (!alj_xml_find(source, "auth", &node, error))
        return false;
    if (!node)
        return true;
    if (!alj_xml_rows_parse(alj_pool_auth_rows, node, auth, error))
        return false;
    if (!auth->username)
        return alj_fail(error, ALJ_ERROR_XML, "missing username for auth");
    bool is_untyped = g_strcmp0(auth->type, "none") == 0 || !auth->type;
    if (!is_untyped && strcmp(auth->type, "chap") != 0 && strcmp(auth->type, "ceph") != 0)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown auth type '%s'", auth->type);
    if (!parse_secret(node, auth, error))
        return false;
    if (is_untyped)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "storage pool missing auth type");
    def->auth = g_steal_pointer(&auth);
    return true;
}

/* The version of a network protocol is NFS's business alone; it ends up among mount options. */
static bool
check_protocol(const AljPoolDef *def, GError **error)
{
    if (!def->protocol_ver)
        return true;
    if (def->type == ALJ_POOL_NETFS && def->format && strcmp(def->format, "auto") != 0 &&
        strcmp(def->format, "nfs") != 0)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED,
                        "storage pool protocol ver unsupported for pool type '%s'", def->format);
    if (strchr(def->protocol_ver, ','))
        return alj_fail(error, ALJ_ERROR_XML_DETAIL, "storage pool protocol ver '%s' must not contain ','",
                        def->protocol_ver);
    return true;
}

/* Parts that other types have are forgotten again, so that they are neither checked nor stored. */
static void
drop_unused(AljPoolDef *def, AljSourceParts parts)
{
    if (!(parts & ALJ_SOURCE_DIR))
        g_clear_pointer(&def->source_dir, g_free);
    if (!(parts & ALJ_SOURCE_NAME))
        g_clear_pointer(&def->source_name, g_free);
    if (!(parts & ALJ_SOURCE_INITIATOR))
        g_clear_pointer(&def->initiator, g_free);
}

bool
alj_pool_source_parse(const AljXmlNode *source, AljPoolDef *def, GError **error)
{
    const AljSourceParts parts = alj_pool_type_info(def->type)->parts;
    if (!alj_xml_rows_parse(alj_pool_source_rows, source, def, error))
        return false;
    drop_unused(def, parts);
    if ((alj_pool_type_info(def->type)->required & ALJ_SOURCE_NAME) && !def->source_name) /* rbd alone requires one */
        return alj_fail(error, ALJ_ERROR_XML, "element 'name' is mandatory for RBD pool");
    if (def->source_dir) {
        char *clean = alj_text_clean_path(def->source_dir);
        g_free(def->source_dir);
        def->source_dir = clean;
    }
    return parse_format(source, def, error) &&
           (!(parts & ALJ_SOURCE_HOST) || alj_pool_hosts_parse(source, def->hosts, error)) &&
           (!(parts & ALJ_SOURCE_DEVICE) || parse_devices(source, def->devices, error)) &&
           (!(parts & ALJ_SOURCE_ADAPTER) || parse_adapter(source, def, error)) && parse_auth(source, def, error) &&
           check_protocol(def, error);
}

bool
alj_pool_source_check(const AljPoolDef *def, GError **error)
{
    const AljSourceParts required = alj_pool_type_info(def->type)->required;
    if ((required & ALJ_SOURCE_HOST) && def->hosts->len == 0)
        return alj_fail(error, ALJ_ERROR_XML, "missing storage pool source host name");
    if ((required & ALJ_SOURCE_DIR) && !def->source_dir)
        return alj_fail(error, ALJ_ERROR_XML, "missing storage pool source path");
    if ((required & ALJ_SOURCE_ADAPTER) && !alj_pool_adapter_check(def->adapter, error))
        return false;
    if ((required & ALJ_SOURCE_INITIATOR) && !def->initiator)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "missing initiator IQN");
    if ((required & ALJ_SOURCE_DEVICE) && def->devices->len == 0)
        return alj_fail(error, ALJ_ERROR_XML, "missing storage pool source device name");
    return true;
}

static void
format_host(const AljPoolHost *host, unsigned default_port, AljXmlOut *out)
{
    AljPoolHost shown = { .name = host->name, .port = host->port ? host->port : default_port };
    alj_xml_out_open(out, "host");
    alj_xml_rows_format(alj_pool_host_rows, &shown, out);
    alj_xml_out_close(out);
}

static void
format_device(const AljPoolDevice *device, const GArray *free_extents, AljXmlOut *out)
{
    alj_xml_out_open(out, "device");
    alj_xml_rows_format(alj_pool_device_rows, device, out);
    for (guint i = 0; free_extents && i < free_extents->len; i++) {
        const AljFreeExtent *extent = &g_array_index(free_extents, AljFreeExtent, i);
        alj_xml_out_open(out, "freeExtent");
        alj_xml_out_attrf(out, "start", "%" G_GUINT64_FORMAT, extent->start_bytes);
        alj_xml_out_attrf(out, "end", "%" G_GUINT64_FORMAT, extent->end_bytes);
        alj_xml_out_close(out);
    }
    alj_xml_out_close(out);
}

static void
format_auth(const AljPoolAuth *auth, AljXmlOut *out)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    alj_xml_out_open(out, "auth");
    alj_xml_rows_format(alj_pool_auth_rows, auth, out);
    alj_xml_out_open(out, "secret");
    alj_xml_out_attr(out, "type", auth->secret_type);
    if (auth->has_secret_uuid)
        alj_xml_out_attr(out, "uuid", alj_uuid_format(&auth->secret_uuid, uuid));
    alj_xml_out_attr(out, "usage", auth->secret_usage);
    alj_xml_out_close(out);
    alj_xml_out_close(out);
}

void
alj_pool_source_format(const AljPoolDef *def, const AljPoolLive *live, AljXmlOut *out)
{
    const char *format = live && live->format ? live->format : def->format;
    alj_xml_out_open(out, "source");
    alj_xml_out_body(out);
    for (guint i = 0; i < def->hosts->len; i++)
        format_host(def->hosts->pdata[i], live ? live->default_port : 0, out);
    for (guint i = 0; i < def->devices->len; i++)
        format_device(def->devices->pdata[i], live && i == 0 ? live->free_extents : NULL, out);
    alj_xml_row_format(&alj_pool_source_rows[ALJ_ROW_SOURCE_DIR], def, out);
    if (def->adapter)
        alj_pool_adapter_format(def->adapter, out);
    alj_xml_row_format(&alj_pool_source_rows[ALJ_ROW_SOURCE_NAME], def, out);
    alj_xml_row_format(&alj_pool_source_rows[ALJ_ROW_SOURCE_INITIATOR], def, out);
    if (format) {
        alj_xml_out_open(out, "format");
        alj_xml_out_attr(out, "type", format);
        alj_xml_out_close(out);
    }
    if (def->auth)
        format_auth(def->auth, out);
    alj_xml_row_format(&alj_pool_source_rows[ALJ_ROW_SOURCE_PROTOCOL], def, out);
    alj_xml_row_format(&alj_pool_source_rows[ALJ_ROW_SOURCE_VENDOR], def, out);
    alj_xml_row_format(&alj_pool_source_rows[ALJ_ROW_SOURCE_PRODUCT], def, out);
    alj_xml_out_close(out);
}
