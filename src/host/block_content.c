/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is on a device, by libblkid's low-level probing and libfdisk's labels: never out of a cache, which is keyed by a name that another
 * device may have had. Nothing else in the program decides whether a device may be overwritten. Runs on a pool's workers.
 */
#include "host/blocks.h"

#include "base/error.h"
#include "host/partitions.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <string.h>

#define MAX_SIGNATURES 64 /* a hostile device could go on for long */

void
alj_content_clear(AljContent *content)
{
    g_clear_pointer(&content->names, g_strfreev);
    content->kind = ALJ_CONTENT_NONE;
}

bool
alj_content_has(const AljContent *content, const char *name)
{
    return content->names && g_strv_contains((const char *const *) content->names, name);
}

char *
alj_content_text(const AljContent *content)
{
    return content->names ? g_strjoinv(", ", content->names) : g_strdup("");
}

static void
free_probe(blkid_probe *probe)
{
    if (*probe)
        blkid_free_probe(*probe);
}

/* One signature: (transfer full) its name. One without a name would still be something. */
static char *
read_signature(blkid_probe probe, AljContentKind *ret_kind)
{
    const char *name = NULL, *usage = NULL;
    if (blkid_probe_lookup_value(probe, "TYPE", &name, NULL) == 0) {
        bool is_fs = blkid_probe_lookup_value(probe, "USAGE", &usage, NULL) == 0 && strcmp(usage, "filesystem") == 0;
        *ret_kind = is_fs ? ALJ_CONTENT_FS : ALJ_CONTENT_MEMBER;
        return g_strdup(name);
    }
    bool is_table = blkid_probe_lookup_value(probe, "PTTYPE", &name, NULL) == 0;
    *ret_kind = is_table ? ALJ_CONTENT_TABLE : ALJ_CONTENT_MEMBER;
    return g_strdup(is_table ? name : "unknown");
}

/* libblkid misses a label that libfdisk makes and reads: bsd in the second sector. */
static bool
add_label(AljHost *host, int fd, const char *name, GPtrArray *names, AljContentKind *ret_kind, GError **error)
{
    g_autoptr(AljPartTable) table = alj_partitions_read(host, fd, name, error);
    if (table && table->label) {
        g_ptr_array_add(names, g_strdup(table->label));
        *ret_kind = ALJ_CONTENT_TABLE;
    }
    return table != NULL;
}

/* Returns: 0 or an errno. */
static int
collect_signatures(blkid_probe probe, GPtrArray *names, AljContentKind *ret_kind)
{
    int found = 0;
    for (int i = 0; i < MAX_SIGNATURES && (found = blkid_do_probe(probe)) == 0; i++) {
        g_autofree char *name = read_signature(probe, ret_kind);
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    return found < 0 ? EIO : 0;
}

static void
take_names(GPtrArray *names, AljContentKind last_kind, AljContent *ret)
{
    guint protective;
    if (g_ptr_array_find_with_equal_func(names, "gpt", g_str_equal, NULL)
        && g_ptr_array_find_with_equal_func(names, "PMBR", g_str_equal, &protective))
        g_ptr_array_remove_index(names, protective);
    ret->kind = names->len == 0 ? ALJ_CONTENT_NONE : names->len == 1 ? last_kind : ALJ_CONTENT_CONTRADICTS;
    g_ptr_array_add(names, NULL);
    ret->names = (char **) g_ptr_array_steal(names, NULL);
}

bool
alj_block_probe(AljHost *host, int fd, const char *name, AljContent *ret, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    AljContentKind kind = ALJ_CONTENT_NONE;
    int failed = alj_host_gate(host, "probe device");
    __attribute__((cleanup(free_probe))) blkid_probe probe = failed ? NULL : blkid_new_probe();
    if (!probe)
        return alj_fail_errno(error, failed ? failed : ENOMEM, "cannot read '%s'", name);
    if (blkid_probe_set_device(probe, fd, 0, 0) < 0)
        return alj_fail_errno(error, errno ? errno : EIO, "cannot read '%s'", name);
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_BADCSUM);
    blkid_probe_enable_partitions(probe, 1);
    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT);
    failed = collect_signatures(probe, names, &kind);
    if (failed)
        return alj_fail_errno(error, failed, "cannot read '%s'", name);
    if (names->len == 0 && !add_label(host, fd, name, names, &kind, error))
        return false;
    take_names(names, kind, ret);
    return true;
}
