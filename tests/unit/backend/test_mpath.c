/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which maps of the kernel are volumes of a multipath pool: on a sysfs of the test's own. Bytes and lost paths need
 * real ones: tests/lab/mpath.py.
 */
#include "fixture.h"

#include <glib/gstdio.h>

static const AljBackend *const mpath = &aljibe_backend;

static void
put(Fixture *f, const char *path, const char *text)
{
    g_autofree char *file = g_strconcat(f->base, path, NULL);
    g_autofree char *dir = g_path_get_dirname(file);
    g_assert_cmpint(g_mkdir_with_parents(dir, 0755), ==, 0);
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
}

static void
add_map(Fixture *f, const char *number, const char *uuid, const char *name, const char *units)
{
    g_autofree char *at_uuid = g_strdup_printf("/sys/block/%s/dm/uuid", number);
    g_autofree char *at_name = g_strdup_printf("/sys/block/%s/dm/name", number);
    g_autofree char *at_size = g_strdup_printf("/sys/block/%s/size", number);
    put(f, at_uuid, uuid);
    put(f, at_name, name);
    put(f, at_size, units);
}

static void
set_up(Fixture *f, gconstpointer unused)
{
    fixture_set_up(f, unused);
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_MPATH);
    alj_host_set_root(f->host, f->base);
    add_map(f, "dm-0", "mpath-3600140\n", "mpatha\n", "131072\n");
    put(f, "/dev/mapper/mpatha", "");
}

static AljInventory *
must_scan(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    AljInventory *inventory = mpath->scan(&f->call, f->pool, NULL, &error);
    g_assert_no_error(error);
    return inventory;
}

static void
test_scan(Fixture *f, gconstpointer unused)
{
    add_map(f, "dm-1", "part1-mpath-3600140\n", "mpatha-part1\n", "2048\n");
    add_map(f, "dm-2", "LVM-abc\n", "vg-lv\n", "2048\n");
    add_map(f, "dm-3", "\n", "plain\n", "2048\n");
    add_map(f, "dm-10", "mpath-3600141\n", "data\\x20disk\n", "2048\n");
    put(f, "/dev/mapper/data\\x20disk", "");
    put(f, "/sys/block/sda/size", "131072\n");
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 2);
    const AljVolDef *first = inventory->vols->pdata[0], *second = inventory->vols->pdata[1];
    g_assert_cmpstr(first->name, ==, "dm-0");
    g_assert_cmpstr(first->path, ==, "/dev/mapper/mpatha");
    g_assert_cmpstr(first->key, ==, "/dev/mapper/mpatha");
    g_assert_cmpuint(first->capacity_bytes, ==, 64 << 20);
    g_assert_cmpstr(second->path, ==, "/dev/mapper/data\\x20disk");
    g_assert_cmpuint(inventory->live.capacity_bytes, ==, (64 << 20) + (1 << 20));
    g_assert_cmpuint(inventory->live.allocation_bytes, ==, inventory->live.capacity_bytes);
    g_assert_cmpuint(inventory->problems->len, ==, 0);
}

/* What sysfs never says, and what it says while a map comes or goes. */
static void
test_odd(Fixture *f, gconstpointer unused)
{
    add_map(f, "dm-1", "mpath-1\n", "\n", "2048\n");
    add_map(f, "dm-2", "mpath-2\n", "../sda\n", "2048\n");
    add_map(f, "dm-3", "mpath-3\n", "c\n", "99999999999999999999\n");
    add_map(f, "dm-4", "mpath-4\n", "d\n", "-1\n");
    put(f, "/sys/block/dm-5/dm/uuid", "mpath-5\n");
    add_map(f, "dm-6", "mpath-6\n", "late\n", "2048\n");
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 1);
    g_assert_cmpuint(inventory->problems->len, ==, 1);
    g_assert_nonnull(strstr(inventory->problems->pdata[0], "dm-6: no storage vol with matching path"));
}

static void
test_no_maps(Fixture *f, gconstpointer unused)
{
    g_autofree char *empty = g_build_filename(f->base, "empty", NULL);
    alj_host_set_root(f->host, empty);
    g_autoptr(AljInventory) inventory = must_scan(f);
    g_assert_cmpuint(inventory->vols->len, ==, 0);
}

static void
test_probe(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    AljVolStat stat = { 0 };
    g_autoptr(AljVolDef) vol = mpath->vol_probe(&f->call, f->pool, "dm-0", &error);
    g_assert_no_error(error);
    put(f, "/sys/block/dm-0/size", "262144\n");
    g_assert_true(mpath->vol_stat(&f->call, f->pool, vol, &stat, &error));
    g_assert_cmpuint(stat.capacity_bytes, ==, 128 << 20);
    alj_permissions_clear(&stat.permissions);
    static const char *const none[] = { "dm-1", "sda", "dm-0/dm", "../block/dm-0", "" };
    for (unsigned i = 0; i < G_N_ELEMENTS(none); i++) {
        g_autofree char *text = g_strdup_printf("Storage volume not found: no storage vol with matching name '%s'", none[i]);
        fixture_assert_fails(mpath->vol_probe(&f->call, f->pool, none[i], &error), error, text);
    }
    put(f, "/sys/block/dm-0/dm/name", "other\n"); /* the number is another map's now */
    fixture_assert_fails(mpath->vol_stat(&f->call, f->pool, vol, &stat, &error), error,
                         "Storage volume not found: no storage vol with matching name 'dm-0'");
}

#define add(path, function) g_test_add(path, Fixture, NULL, set_up, function, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/mpath/scan", test_scan);
    add("/mpath/odd", test_odd);
    add("/mpath/no-maps", test_no_maps);
    add("/mpath/probe", test_probe);
    return g_test_run();
}
