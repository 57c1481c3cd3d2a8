/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks a gluster server for its volumes and reads the answer, which is as trustworthy as the server. Owns nothing. Runs on
 * a worker that belongs to no pool.
 */
#include "backend/gluster_volumes.h"

#include "base/text.h"
#include "host/run.h"
#include "model/xml.h"

#include <string.h>

#define QUERY_USEC (30 * G_USEC_PER_SEC)

bool
alj_gluster_is_volume(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!g_ascii_isalnum(*c) && *c != '_' && *c != '-')
            return false;
    return *name && *name != '-';
}

/* What the program itself says of its question. */
static bool
check_result(const AljXmlNode *root, GError **error)
{
    g_autofree char *result = NULL, *reason = NULL;
    if (!alj_xml_read(root, "opRet", &result, error) || !alj_xml_read(root, "opErrstr", &reason, error))
        return false;
    return g_strcmp0(result, "0") == 0
        || alj_fail(error, ALJ_ERROR_INTERNAL, "gluster does not tell its volumes: %s", reason && *reason ? reason : "no reason given");
}

char **
alj_gluster_volumes_parse(const char *xml, GError **error)
{
    const AljXmlNode *volumes = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(xml, -1, "gluster_volumes", error);
    const AljXmlNode *root = doc ? alj_xml_doc_root(doc, "cliOutput", error) : NULL;
    if (!root || !check_result(root, error) || !alj_xml_find(root, "volInfo/volumes", &volumes, error))
        return NULL;
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    const AljXmlNode *volume = volumes ? alj_xml_first(volumes, NULL, "volume") : NULL;
    for (; volume; volume = alj_xml_next(volume)) {
        g_autofree char *name = NULL;
        if (!alj_xml_read(volume, "name", &name, error))
            return NULL;
        if (name && alj_gluster_is_volume(name))
            g_strv_builder_add(names, name);
    }
    return g_strv_builder_end(names);
}

char **
alj_gluster_volumes(AljCall *call, const char *host, GError **error)
{
    g_autofree char *program = alj_run_find("gluster");
    if (!program) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "'gluster' command line tool not found");
        return NULL;
    }
    g_autofree char *server = g_strconcat("--remote-host=", host, NULL);
    const char *argv[] = { program, "--mode=script", "--xml", "--log-file=/dev/null", "volume", "info", "all", server, NULL };
    AljRun run = { .argv = argv, .timeout_usec = QUERY_USEC };
    g_autofree char *answer = alj_run(call->host, &run, call->task, error);
    return answer ? alj_gluster_volumes_parse(answer, error) : NULL;
}
