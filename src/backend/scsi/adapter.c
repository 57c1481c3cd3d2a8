/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the adapter in a document to the number of a SCSI host. Runs on a pool's workers. */
#include "backend/scsi/adapter.h"

#include "host/fc.h"
#include "host/scsi.h"

#include <string.h>

bool
alj_adapter_is_port(const AljPoolDef *pool)
{
    return strcmp(pool->adapter->type, "fc_host") == 0;
}

bool
alj_adapter_number(const char *name, unsigned *ret_number, GError **error)
{
    static const char *const prefixes[] = { "scsi_host", "fc_host", "host" };
    const char *digits = name;
    uint64_t number;
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes) && digits == name; i++)
        if (g_str_has_prefix(name, prefixes[i]))
            digits += strlen(prefixes[i]);
    const char *shown = digits;
    if (digits == name || !alj_sys_number(&digits, '\0', &number) || number > UINT32_MAX)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "Invalid adapter name '%s' for SCSI pool", shown);
    *ret_number = (unsigned) number;
    return true;
}

static bool
find_by_parent(AljCall *call, const AljPoolAdapter *adapter, AljLunHost *ret, GError **error)
{
    g_autofree char *address = g_strdup_printf("%04x:%02x:%02x.%x", adapter->domain, adapter->bus, adapter->slot, adapter->function);
    return alj_scsi_find_by_parent(call->host, address, adapter->unique_id, &ret->number)
        || alj_fail(error, ALJ_ERROR_XML, "Failed to find scsi_host using PCI '%s' and unique_id='%u'", address, adapter->unique_id);
}

static bool
find_port(AljCall *call, const AljPoolAdapter *adapter, AljLunHost *ret, GError **error)
{
    ret->is_virtual = true;
    return alj_fc_find(call->host, adapter->wwnn, adapter->wwpn, &ret->number)
        || alj_fail(error, ALJ_ERROR_XML, "Failed to find SCSI host with wwnn='%s', wwpn='%s'", adapter->wwnn, adapter->wwpn);
}

bool
alj_adapter_find(AljCall *call, const AljPoolDef *pool, AljLunHost *ret, GError **error)
{
    *ret = (AljLunHost){ 0 };
    if (alj_adapter_is_port(pool))
        return find_port(call, pool->adapter, ret, error);
    return pool->adapter->has_parentaddr ? find_by_parent(call, pool->adapter, ret, error)
                                         : alj_adapter_number(pool->adapter->name, &ret->number, error);
}

bool
alj_adapter_is_there(AljCall *call, const AljPoolDef *pool, bool *ret_is_there, GError **error)
{
    GError *failure = NULL;
    AljLunHost lun_host;
    bool is_found = alj_adapter_find(call, pool, &lun_host, &failure);
    *ret_is_there = is_found && alj_scsi_host_exists(call->host, lun_host.number);
    if (is_found || alj_error_is(failure, ALJ_ERROR_XML)) { /* there is no such host */
        g_clear_error(&failure);
        return true;
    }
    g_propagate_error(error, failure);
    return false;
}
