/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* find-storage-pool-sources-as: what a pool could be made of, asked with options. */
#include "cli/pool_as.h"
#include "cli/show.h"
#include "cli/xml_build.h"

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *host = alj_args_text(args, "host");
    const char *initiator = alj_args_text(args, "initiator");
    if (!host) /* without it the other options say nothing */
        return alj_cli_find_sources(cli, args, NULL);
    AljXml xml;
    alj_xml_init(&xml);
    alj_xml_open(&xml, "source", NULL);
    alj_xml_empty(&xml, "host", "name", host, "port", alj_args_text(args, "port"), NULL);
    if (initiator) {
        alj_xml_open(&xml, "initiator", NULL);
        alj_xml_empty(&xml, "iqn", "name", initiator, NULL);
        alj_xml_close(&xml, "initiator");
    }
    alj_xml_close(&xml, "source");
    g_autofree char *spec = alj_xml_steal(&xml);
    return alj_cli_find_sources(cli, args, spec);
}

const AljCommand alj_cmd_find_storage_pool_sources_as = {
    .name = "find-storage-pool-sources-as",
    .group = "pool",
    .summary = N_("find what a pool could be made of, asked with options"),
    .description = N_("Prints a document of the sources the server finds: exports, targets, volume groups."),
    .example = "aljibe find-storage-pool-sources-as netfs nas.example.org",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_TYPE("type of the pool to find sources for"),
        ALJ_OPT_VALUE("host", ALJ_OPTION_TEXT, "host to ask"),
        ALJ_OPT_VALUE("port", ALJ_OPTION_TEXT, "port on that host"),
        ALJ_OPT_VALUE("initiator", ALJ_OPTION_TEXT, "iSCSI name to ask with"),
        { 0 },
    },
    .run = run,
};
