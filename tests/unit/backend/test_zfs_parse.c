/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What zfs prints, as structs; which names it may have. */
#include "backend/zfs/parse.h"

#include <string.h>

static GPtrArray *
parse_golden(const char *name, GPtrArray *(*parse)(const char *text))
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(GOLDEN_DIR, "tool-output", name, NULL);
    g_autofree char *text = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return parse(text);
}

static GPtrArray *
parse_datasets(const char *text)
{
    unsigned skipped;
    GPtrArray *datasets = alj_zfs_parse_datasets(text, &skipped);
    g_assert_cmpuint(skipped, ==, 0);
    return datasets;
}

static void
test_datasets(void)
{
    g_autoptr(GPtrArray) datasets = parse_golden("zfs-list.txt", parse_datasets);
    g_assert_cmpuint(datasets->len, ==, 6);
    const AljZfsDataset *parent = g_ptr_array_index(datasets, 0), *clone = g_ptr_array_index(datasets, 1);
    const AljZfsDataset *full = g_ptr_array_index(datasets, 4);
    g_assert_cmpstr(parent->name, ==, "tank");
    g_assert_false(parent->is_volume);
    g_assert_cmpuint(parent->guid, ==, UINT64_C(9793178812454527092));
    g_assert_cmpuint(parent->used_bytes, ==, 216055808);
    g_assert_cmpuint(parent->available_bytes, ==, 1662992384);
    g_assert_cmpuint(parent->volume_bytes, ==, 0);
    g_assert_cmpstr(clone->name, ==, "tank/c1");
    g_assert_true(clone->is_volume);
    g_assert_cmpuint(clone->taken_bytes, ==, 1024);
    g_assert_cmpstr(clone->origin, ==, "tank/v1@aljibe-clone-1234");
    g_assert_cmpstr(clone->mark, ==, "x");
    g_assert_cmpstr(full->name, ==, "tank/v1");
    g_assert_cmpuint(full->volume_bytes, ==, 104865792);
    g_assert_cmpuint(full->block_bytes, ==, 8192);
    g_assert_cmpuint(full->taken_bytes, ==, 21192704 + 110370816);
    g_assert_null(full->origin);
    g_assert_null(full->mark);
}

static void
test_odd_datasets(void)
{
    static const char *const odd[] = {
        "tank",
        "tank\tsnapshot\t7\t1\t1\t-\t-\t1\t1\t-\t-",
        "\tvolume\t7\t1\t1\t1\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t7\t1\t1\t-1\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t7\t1\t1\t1.5M\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t7\t1\t1\t18446744073709551616\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t7\t1\t1\t1\t1\t18446744073709551615\t1\t-\t-",
        "tank/v\tvolume\t-\t1\t1\t1\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t0\t1\t1\t1\t1\t1\t1\t-\t-",
        "tank/\xff\tvolume\t7\t1\t1\t1\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t7\t1\t1\t1\t1\t1\t1\t-",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
        unsigned skipped;
        g_autofree char *text = g_strconcat("tank\tfilesystem\t7\t1000\t9000\t-\t-\t500\t0\t-\t-\n", odd[i], "\n", NULL);
        g_autoptr(GPtrArray) datasets = alj_zfs_parse_datasets(text, &skipped);
        g_assert_cmpuint(datasets->len, ==, 1);
        g_assert_cmpuint(skipped, ==, 1);
    }
    g_autoptr(GPtrArray) tabs = parse_datasets("tank/v\tvolume\t7\t1\t1\t1\t1\t1\t1\tno snapshot\ta\tb\n");
    const AljZfsDataset *volume = g_ptr_array_index(tabs, 0);
    g_assert_null(volume->origin);
    g_assert_cmpstr(volume->mark, ==, "a\tb");
}

static void
test_snapshots(void)
{
    g_autoptr(GPtrArray) snapshots = parse_golden("zfs-snapshots.txt", alj_zfs_parse_snapshots);
    g_assert_cmpuint(snapshots->len, ==, 3);
    const AljZfsSnapshot *own = g_ptr_array_index(snapshots, 0), *plain = g_ptr_array_index(snapshots, 1);
    const AljZfsSnapshot *two = g_ptr_array_index(snapshots, 2);
    g_assert_cmpstr(own->clones[0], ==, "tank/c1");
    g_assert_true(own->is_deferred);
    g_assert_cmpstr(plain->name, ==, "tank/v1@monday");
    g_assert_null(plain->clones[0]);
    g_assert_false(plain->is_deferred);
    g_assert_cmpstr(two->clones[1], ==, "tank/vms/c3");
    g_autoptr(GPtrArray) none = alj_zfs_parse_snapshots("no snapshot\t-\toff\ntank@a\toff\n\n\t\t\n");
    g_assert_cmpuint(none->len, ==, 0);
}

static void
test_names(void)
{
    static const char *const good[] = { "a", "Vol_1.2:3-4", ".hidden" };
    static const char *const bad[] = { "", "-r", ".", "..", "a/b", "a@b", "a b", "a,b", "a%b", "a\nb", "\xc3\xb1" };
    g_autofree char *longest = g_strnfill(255, 'a'), *too_long = g_strnfill(256, 'a');
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(alj_zfs_is_name(good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(alj_zfs_is_name(bad[i]));
    g_assert_true(alj_zfs_is_name(longest));
    g_assert_false(alj_zfs_is_name(too_long));
    g_assert_true(alj_zfs_is_dataset("tank/vms/a"));
    g_assert_false(alj_zfs_is_dataset("tank//a"));
    g_assert_false(alj_zfs_is_dataset("tank/-a"));
    g_assert_false(alj_zfs_is_dataset(longest));
    g_assert_cmpstr(alj_zfs_child("tank", "tank/a"), ==, "a");
    g_assert_cmpstr(alj_zfs_child("tank", "tank/a/b"), ==, NULL);
    g_assert_cmpstr(alj_zfs_child("tank", "tanker/a"), ==, NULL);
    g_assert_cmpstr(alj_zfs_child("tank", "tank"), ==, NULL);
    g_assert_true(alj_zfs_same_pool("tank/a@s", "tank"));
    g_assert_false(alj_zfs_same_pool("tank/a", "tanker"));
    g_assert_false(alj_zfs_same_pool("", ""));
}

static void
test_objects(void)
{
    static const char *const odd[] = { "-\n", "1\n-\n", "-1\n", "1K\n", "18446744073709551615\n1\n" };
    uint64_t objects = 7;
    g_assert_true(alj_zfs_parse_objects("", &objects));
    g_assert_cmpuint(objects, ==, 0);
    g_assert_true(alj_zfs_parse_objects("1\n20\n", &objects));
    g_assert_cmpuint(objects, ==, 21);
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++)
        g_assert_false(alj_zfs_parse_objects(odd[i], &objects));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backend/zfs/datasets", test_datasets);
    g_test_add_func("/backend/zfs/odd-datasets", test_odd_datasets);
    g_test_add_func("/backend/zfs/snapshots", test_snapshots);
    g_test_add_func("/backend/zfs/names", test_names);
    g_test_add_func("/backend/zfs/objects", test_objects);
    return g_test_run();
}
