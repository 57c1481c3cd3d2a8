/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for what zfs prints: any text, as a listing of datasets and of snapshots. What is found can be used as it is. */
#include "backend/zfs/parse.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned skipped;
    uint64_t objects;
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autoptr(GPtrArray) datasets = alj_zfs_parse_datasets(text, &skipped);
    g_autoptr(GPtrArray) snapshots = alj_zfs_parse_snapshots(text);
    (void) alj_zfs_parse_objects(text, &objects);
    for (guint i = 0; i < datasets->len; i++) {
        const AljZfsDataset *dataset = g_ptr_array_index(datasets, i);
        const char *child = alj_zfs_child("tank", dataset->name);
        g_assert_cmpuint(dataset->guid, !=, 0);
        g_assert_true(*dataset->name && !strpbrk(dataset->name, "\t\n"));
        g_assert_true(!dataset->origin || strchr(dataset->origin, '@'));
        g_assert_true(!child || (*child && *child != '-' && !strchr(child, '/')));
        (void) alj_zfs_same_pool(dataset->name, "tank");
    }
    for (guint i = 0; i < snapshots->len; i++) {
        const AljZfsSnapshot *snapshot = g_ptr_array_index(snapshots, i);
        g_assert_true(strchr(snapshot->name, '@') && snapshot->clones);
    }
    return 0;
}
