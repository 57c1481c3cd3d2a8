/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search for pool sources. On a worker that belongs to no pool: it may wait for servers. */
#include "core/op_rows.h"

#include "core/core_private.h"
#include "model/source.h"

bool
alj_op_sources(AljJob *job, GError **error)
{
    const char *name = job->op->text;
    g_autoptr(AljSourceSpec) spec = NULL;
    AljPoolType type;
    if (!alj_pool_type_find(name, &type))
        return alj_fail(error, ALJ_ERROR_INTERNAL, "unknown storage pool type %s", name);
    const AljPoolTypeInfo *info = alj_pool_type_info(type);
    const AljBackend *backend = alj_core_backend(job->core, type);
    if (!alj_op_check_type(type, error))
        return false;
    if (!info->has_search)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "pool type '%s' does not support source discovery", name);
    if (job->op->xml && info->search_required && !(spec = alj_source_spec_parse(job->op->xml, error)))
        return false;
    if (!alj_source_spec_check(type, spec, error))
        return false;
    if (!backend->sources)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT,
                        "no backend that can search for sources of pool type '%s' is installed (aljibe-backend-%s.so)", name,
                        name);
    g_autoptr(GPtrArray) sources = backend->sources(&job->call, spec, error);
    if (!sources)
        return false;
    job->ret_text = alj_sources_format(sources);
    return true;
}
