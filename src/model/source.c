/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two documents of a search for pool sources: what is asked for, and what was found. Pure; any thread. */
#include "model/source.h"

#include "base/error.h"
#include "model/pool_rows.h"
#include "model/pool_xml.h"

void
alj_source_spec_free(AljSourceSpec *spec)
{
    if (!spec)
        return;
    g_ptr_array_unref(spec->hosts);
    g_free(spec->initiator);
    g_free(spec);
}

AljSourceSpec *
alj_source_spec_parse(const char *xml, GError **error)
{
    static const AljXmlRow rows[] = { ALJ_XML(TEXT, AljSourceSpec, initiator, "initiator/iqn/@name"), { 0 } };
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(xml, -1, "storage_source_specification", error);
    const AljXmlNode *root = doc ? alj_xml_doc_root(doc, "source", error) : NULL;
    if (!root)
        return NULL;
    g_autoptr(AljSourceSpec) spec = g_new0(AljSourceSpec, 1);
    spec->hosts = alj_pool_hosts_new();
    if (!alj_xml_rows_parse(rows, root, spec, error) || !alj_pool_hosts_parse(root, spec->hosts, error))
        return NULL;
    return g_steal_pointer(&spec);
}

bool
alj_source_spec_check(AljPoolType type, const AljSourceSpec *spec, GError **error)
{
    const AljPoolTypeInfo *info = alj_pool_type_info(type);
    if (!spec && (info->search_required & ALJ_SOURCE_HOST))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "hostname must be specified for %s sources",
                        type == ALJ_POOL_ISCSI_DIRECT ? "iscsi" : info->name);
    if (spec && (info->search_required & ALJ_SOURCE_HOST) && spec->hosts->len != 1)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "Expected exactly 1 host for the storage pool");
    if (spec && (info->search_required & ALJ_SOURCE_INITIATOR) && !spec->initiator)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "missing initiator IQN");
    return true;
}

char *
alj_sources_format(const GPtrArray *sources)
{
    AljXmlOut out;
    alj_xml_out_init(&out, 0);
    alj_xml_out_open(&out, "sources");
    alj_xml_out_body(&out);
    for (guint i = 0; i < sources->len; i++)
        alj_pool_source_format(sources->pdata[i], NULL, &out);
    alj_xml_out_close(&out);
    return alj_xml_out_end(&out);
}
