/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When two pools would use one source. The rule is written once, as keys: pools conflict when they share a key
 * (and, for servers, what a key cannot say does not tell them apart). Pure.
 */
#include "model/pool.h"

#include "base/error.h"
#include "model/xml_rows.h"

#include <string.h>

#define SEP "\x1f" /* no document can contain it, so joined keys cannot be mistaken for each other */

static void
add_devices(const AljPoolDef *def, const char *prefix, const char *suffix, GPtrArray *keys)
{
    for (guint i = 0; i < def->devices->len; i++) {
        const AljPoolDevice *device = def->devices->pdata[i];
        g_ptr_array_add(keys, g_strconcat(prefix, SEP, device->path, SEP, suffix, NULL));
    }
}

/* host5, scsi_host5 and fc_host5 are names of one host. */
static bool
find_host_number(const char *name, guint64 *ret)
{
    static const char *const prefixes[] = { "host", "scsi_host", "fc_host" };
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(name, prefixes[i]) &&
            alj_xml_number(name + strlen(prefixes[i]), 10, UINT32_MAX, ret))
            return true;
    }
    return false;
}

static void
add_adapter(const AljPoolAdapter *adapter, GPtrArray *keys)
{
    guint64 number = 0;
    if (!strcmp(adapter->type, "fc_host"))
        g_ptr_array_add(keys, g_strconcat("scsi-wwn", SEP, adapter->wwnn, SEP, adapter->wwpn, NULL));
    else if (adapter->has_parentaddr)
        g_ptr_array_add(keys, g_strdup_printf("scsi-address" SEP "%x:%x:%x.%x" SEP "%u", adapter->domain, adapter->bus,
                                              adapter->slot, adapter->function, adapter->unique_id));
    else if (find_host_number(adapter->name, &number))
        g_ptr_array_add(keys, g_strdup_printf("scsi-host" SEP "%" G_GUINT64_FORMAT, number));
}

static void
add_server(const AljPoolDef *def, const char *prefix, GPtrArray *keys)
{
    const AljPoolHost *host = def->hosts->pdata[0];
    g_ptr_array_add(keys, g_strconcat(prefix, SEP, host->name, SEP, def->source_dir, SEP,
                                      def->source_name ? def->source_name : "", NULL));
}

char **
alj_pool_def_source_keys(const AljPoolDef *def)
{
    GPtrArray *keys = g_ptr_array_new();
    switch (def->type) {
    case ALJ_POOL_DIR:
        g_ptr_array_add(keys, g_strconcat("dir", SEP, def->target_path, NULL));
        break;
    case ALJ_POOL_NETFS:
        add_server(def, "netfs", keys);
        break;
    case ALJ_POOL_GLUSTER:
        add_server(def, "gluster", keys);
        break;
    case ALJ_POOL_FS:
    case ALJ_POOL_DISK:
    case ALJ_POOL_LOGICAL:
    case ALJ_POOL_ZFS:
        add_devices(def, "device", "", keys);
        break;
    case ALJ_POOL_ISCSI:
        add_devices(def, "iscsi", def->initiator ? def->initiator : "", keys);
        break;
    case ALJ_POOL_SCSI:
        add_adapter(def->adapter, keys);
        break;
    case ALJ_POOL_MPATH:
        g_ptr_array_add(keys, g_strdup("mpath"));
        break;
    case ALJ_POOL_ISCSI_DIRECT:
    case ALJ_POOL_RBD:
    case ALJ_POOL_SHEEPDOG:
    case ALJ_POOL_VSTORAGE:
    case ALJ_N_POOL_TYPES:
        break;
    }
    g_ptr_array_add(keys, NULL);
    return (char **) g_ptr_array_free(keys, FALSE);
}

/*
 * A server may offer two things at one path on two ports; only a new definition that says its port can mean that. Two lists
 * of servers are not compared.
 */
static bool
is_other_server(const AljPoolDef *new_def, const AljPoolDef *other)
{
    if (new_def->type != ALJ_POOL_NETFS && new_def->type != ALJ_POOL_GLUSTER)
        return false;
    if (new_def->hosts->len > 1 && other->hosts->len > 1)
        return true;
    const AljPoolHost *wanted = new_def->hosts->pdata[0], *used = other->hosts->pdata[0];
    return wanted->port != 0 && wanted->port != used->port;
}

bool
alj_pool_def_conflicts(const AljPoolDef *new_def, const AljPoolDef *other)
{
    if (!strcmp(new_def->name, other->name))
        return false;
    g_auto(GStrv) wanted = alj_pool_def_source_keys(new_def);
    g_auto(GStrv) used = alj_pool_def_source_keys(other);
    for (char **key = wanted; *key; key++) {
        if (g_strv_contains((const char *const *) used, *key))
            return !is_other_server(new_def, other);
    }
    return false;
}
