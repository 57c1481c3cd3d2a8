/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol-create-as: a volume from options. */
#include "cli/lookup.h"
#include "cli/value.h"
#include "cli/xml_build.h"

#include <stdlib.h>

static const char *const formats[] = {
    "raw", "qcow2", "qcow", "qed", "vmdk", "vdi", "vpc", "iso", "dir", NULL
};

static char *
make_document(const AljArgs *args, uint64_t capacity_bytes, const uint64_t *allocation_bytes,
              const char *backing_path)
{
    const char *format = alj_args_text(args, "format");
    const char *backing_format = alj_args_text(args, "backing-vol-format");
    g_autofree char *capacity = g_strdup_printf("%" G_GUINT64_FORMAT, capacity_bytes);
    g_autofree char *allocation =
        allocation_bytes ? g_strdup_printf("%" G_GUINT64_FORMAT, *allocation_bytes) : NULL;
    AljXml xml;
    alj_xml_init(&xml);
    alj_xml_open(&xml, "volume", NULL);
    alj_xml_leaf(&xml, "name", alj_args_text(args, "name"));
    alj_xml_leaf(&xml, "capacity", capacity);
    alj_xml_leaf(&xml, "allocation", allocation);
    if (format) {
        alj_xml_open(&xml, "target", NULL);
        alj_xml_empty(&xml, "format", "type", format, NULL);
        alj_xml_close(&xml, "target");
    }
    if (backing_path) {
        alj_xml_open(&xml, "backingStore", NULL);
        alj_xml_leaf(&xml, "path", backing_path);
        if (backing_format)
            alj_xml_empty(&xml, "format", "type", backing_format, NULL);
        alj_xml_close(&xml, "backingStore");
    }
    alj_xml_close(&xml, "volume");
    return alj_xml_steal(&xml);
}

/* The path of --backing-vol, or NULL if there is none. Returns false if it cannot be had. */
static bool
find_backing(AljCli *cli, const AljArgs *args, AljibePool *pool, char **ret_path)
{
    const char *text = alj_args_text(args, "backing-vol");
    *ret_path = NULL;
    if (!text)
        return true;
    g_autoptr(AljibeVol) vol = alj_cli_find_vol(cli, pool, text);
    if (!vol) {
        (void) alj_cli_fail(cli, "failed to get vol '%s'", text);
        return false;
    }
    *ret_path = aljibe_vol_get_path(vol, alj_cli_error(cli));
    return *ret_path;
}

static int
run(AljCli *cli, const AljArgs *args)
{
    const char *name = alj_args_text(args, "name");
    const char *allocation_text = alj_args_text(args, "allocation");
    bool has_allocation = allocation_text && *allocation_text; /* an empty one is none, as in virsh */
    unsigned flags = alj_args_has(args, "prealloc-metadata") ? ALJIBE_VOL_CREATE_PREALLOC_METADATA : 0;
    uint64_t capacity = 0, allocation = 0;
    g_autofree char *backing_path = NULL;
    g_autoptr(AljibePool) pool = alj_cli_need_pool(cli, args, "pool");
    const char *capacity_text = pool ? alj_cli_need_size(cli, args, "capacity") : NULL;
    if (!capacity_text || !alj_cli_read_size(cli, capacity_text, &capacity) ||
        (has_allocation && !alj_cli_read_size(cli, allocation_text, &allocation)) ||
        !find_backing(cli, args, pool, &backing_path))
        return EXIT_FAILURE;

    g_autofree char *xml = make_document(args, capacity, has_allocation ? &allocation : NULL, backing_path);
    if (alj_args_has(args, "print-xml")) {
        alj_cli_print(cli, "%s", xml);
        return EXIT_SUCCESS;
    }
    g_autoptr(AljibeVol) vol = aljibe_vol_create_xml(pool, xml, flags, alj_cli_error(cli));
    if (!vol)
        return alj_cli_fail(cli, "Failed to create vol %s", name);
    alj_cli_say(cli, "Vol %s created\n", name);
    return EXIT_SUCCESS;
}

const AljCommand alj_cmd_vol_create_as = {
    .name = "vol-create-as",
    .group = "volume",
    .summary = N_("create a volume from options"),
    .description = N_("Makes the volume document from the options, then the volume.\n"
                   "Sizes are numbers of bytes or have a suffix: k, M, G, T and KiB, MiB, GiB, TiB\n"
                   "are powers of 1024; KB, MB, GB, TB are powers of 1000."),
    .example = "aljibe vol-create-as images db.qcow2 20G --format qcow2\n"
               "aljibe vol-create-as images test.qcow2 20G --format qcow2 --backing-vol web.qcow2",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL_ACTIVE("pool"),
        ALJ_OPT_NEEDED("name", ALJ_OPTION_TEXT, "name of the volume"),
        ALJ_OPT_NEEDED("capacity", ALJ_OPTION_SIZE, "size the guest sees"),
        ALJ_OPT_VALUE("allocation", ALJ_OPTION_SIZE, "space to take from the pool now"),
        { .name = "format", .kind = ALJ_OPTION_WORD, .words = formats, .help = N_("format of the image") },
        { .name = "backing-vol", .kind = ALJ_OPTION_VOL, .help = N_("volume to put this one on as an overlay") },
        { .name = "backing-vol-format", .kind = ALJ_OPTION_WORD, .words = formats,
          .help = N_("format of that volume") },
        ALJ_OPT_PREALLOC,
        ALJ_OPT_FLAG("print-xml", "print the document instead of using it"),
        { 0 },
    },
    .run = run,
};
