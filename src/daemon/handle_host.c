/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that have nothing to do with storage but without which some client turns away: facts about the
 * host, and empty lists of what a storage daemon has none of. Loop thread.
 */
#include "daemon/handlers.h"

#include "daemon/node.h"

#include <stdio.h>

/* The libvirt whose behaviour is followed; clients choose features by it. */
#define LIBVIRT_VERSION 9000000
/* Clients take a smaller version for one that cannot do qcow2. */
#define LEAST_VERSION   1002000

static AljOutcome
answer_text(AljRequest *request, char *take_text, AljWireText *result)
{
    result->text = alj_request_keep(request, take_text, g_free);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(connect_get_type)
{
    return answer_text(request, g_strdup("storage"), out);
}

static uint64_t
own_version(void)
{
    unsigned major = 0, minor = 0, micro = 0;
    (void) sscanf(ALJIBE_VERSION, "%u.%u.%u", &major, &minor, &micro); /* missing parts are 0 */
    return major * 1000000u + minor * 1000u + micro;
}

ALJ_HANDLER(connect_get_version)
{
    AljWireU64 *result = out;
    result->value = MAX(own_version(), LEAST_VERSION);
    return ALJ_ANSWERED;
}

ALJ_HANDLER(connect_get_lib_version)
{
    AljWireU64 *result = out;
    result->value = LIBVIRT_VERSION;
    return ALJ_ANSWERED;
}

ALJ_HANDLER(connect_get_hostname)
{
    return answer_text(request, g_strdup(g_get_host_name()), out);
}

/* UNIX sockets only: nobody else can listen. */
ALJ_HANDLER(connect_is_secure)
{
    AljWireI32 *result = out;
    result->value = 1;
    return ALJ_ANSWERED;
}

ALJ_HANDLER(connect_get_capabilities)
{
    AljCore *core = alj_request_core(request);
    GString *text = g_string_new("<capabilities>\n\n  <pool>\n    <enum name='type'>\n");
    for (AljPoolType type = 0; type < ALJ_N_POOL_TYPES; type++) {
        if (alj_core_has_backend(core, type))
            g_string_append_printf(text, "      <value>%s</value>\n", alj_pool_type_info(type)->name);
    }
    g_string_append(text, "    </enum>\n  </pool>\n\n</capabilities>\n");
    return answer_text(request, g_string_free(text, FALSE), out);
}

ALJ_HANDLER(connect_get_storage_pool_capabilities)
{
    return answer_text(request, alj_core_pool_capabilities(alj_request_core(request)), out);
}

ALJ_HANDLER(node_get_info)
{
    alj_node_info(out);
    return ALJ_ANSWERED;
}

/* Clients ask twice: with 0 for the number, then with that number for the values. */
ALJ_HANDLER(node_get_memory_stats)
{
    const AljWireNodeMemArgs *args = data;
    AljWireNodeMem *result = out;
    AljWireNodeMemStat *stats = alj_request_keep(request, g_new0(AljWireNodeMemStat, ALJ_NODE_MEMORY_MAX), g_free);
    unsigned count = alj_node_memory(args->cell, stats, error);
    if (count == 0)
        return ALJ_FAILED;
    result->n_params = (int32_t) count;
    if (args->n_params == 0)
        return ALJ_ANSWERED;
    if (args->n_params < (int32_t) count) {
        alj_fail_area(error, ALJ_AREA_DOMAIN, ALJ_ERROR_INVALID_ARG, "nparams in virNodeGetMemoryStats must be equal to %u", count);
        return ALJ_FAILED;
    }
    result->params = (AljXdrArray){ count, stats };
    return ALJ_ANSWERED;
}

/* The zeroed result is the answer: no items, number 0. */
ALJ_HANDLER(empty)
{
    return ALJ_ANSWERED;
}
