/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools of type zfs: found, scanned, swept, built, deleted. Without zfs: see zfs_script.h. */
#include "zfs_script.h"

#include "base/guard.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SWEEP  "zfs list -Hp -d 100 -t snapshot -s createtxg -o " ALJ_ZFS_SNAPSHOT_FIELDS " tank"
#define SNAPS_BELOW "zfs list -Hp -d 2 -t snapshot -s createtxg -o " ALJ_ZFS_SNAPSHOT_FIELDS
#define SYNC   "zpool sync tank"
#define FILES  "zfs userspace -Hpn -o objused"

static const AljBackend *const zfs = &aljibe_backend;

static void
test_start(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_active = true;
    play({ LOOK " tank", PARENT });
    g_assert_true(zfs->pool_start(&f->call, f->pool, &error));
    play({ LOOK " tank", FAILS }, { POOLS, "tanker\nother\n" });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "Requested operation is not valid: there is no zfs pool 'tank'; one that was exported comes back with "
                         "'zpool import tank', a new one is made by pool-build");
    play({ LOOK " tank", FAILS }, { POOLS, "" });
    g_assert_true(zfs->pool_probe(&f->call, f->pool, &is_active, &error));
    g_assert_false(is_active);
    play({ LOOK " tank", FAILS }, { POOLS, "tank\n" }); /* it is there, and does not answer */
    fixture_assert_fails(zfs->pool_probe(&f->call, f->pool, &is_active, &error), error,
                         "internal error: Child process (" LOOK " tank) unexpected exit status 1: no");
    play({ LOOK " tank", VOLUME("v", "8192") });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "internal error: zfs list does not describe 'tank' as expected");
    assert_played();
}

static void
test_start_dataset(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    zfs_set_dataset(f, "tank/vms/a");
    play({ LOOK " tank/vms/a", FAILS }, { NAMES " tank/vms", FAILS }, { NAMES " tank", "tank\ntank/other\n" });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "Requested operation is not valid: there is no zfs dataset 'tank/vms/a'; pool-build makes it");
    play({ LOOK " tank/vms/a", FAILS }, { NAMES " tank/vms", FAILS }, { NAMES " tank", FAILS }, { POOLS, FAILS });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "internal error: Child process (" LOOK " tank/vms/a) unexpected exit status 1: no");
    zfs_set_dataset(f, "tank/v");
    play({ LOOK " tank/v", VOLUME("v", "8192") });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "Requested operation is not valid: 'tank/v' is a volume, which has none in it");
    zfs_set_dataset(f, "tank/a b");
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "unsupported configuration: 'tank/a b' cannot be the name of a zfs dataset");
    assert_played();
}

static void
test_scan(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    play({ LOOK " tank", PARENT },
         { LIST " tank", PARENT VOLUME("a", "16384") SYSTEM("tank/sub")
                         "tank/b c\tvolume\t1\t1\t1\t1\t1\t1\t1\t-\t-\nnonsense\n"
                         "tank/c\tvolume\t3\t9\t9\t8192\t8192\t8\t9000\ttank/a@s\t-\n" },
         { SWEEP, "tank/a@monday\t\toff\n" });
    g_autoptr(AljInventory) inventory = zfs->scan(&f->call, f->pool, NULL, &error);
    g_assert_no_error(error);
    assert_played();
    g_assert_cmpuint(inventory->vols->len, ==, 2);
    g_assert_cmpuint(inventory->n_skipped, ==, 2);
    g_assert_cmpuint(inventory->live.capacity_bytes, ==, 10000);
    g_assert_cmpuint(inventory->live.allocation_bytes, ==, 1000);
    g_assert_cmpuint(inventory->live.available_bytes, ==, 9000);
    const AljVolDef *a = g_ptr_array_index(inventory->vols, 0), *c = g_ptr_array_index(inventory->vols, 1);
    g_assert_cmpstr(a->name, ==, "a");
    g_assert_cmpstr(a->key, ==, "tank/a");
    g_assert_cmpstr(a->path, ==, "/dev/zvol/tank/a");
    g_assert_cmpint(a->type, ==, ALJ_VOL_BLOCK);
    g_assert_cmpuint(a->capacity_bytes, ==, 16384);
    g_assert_cmpuint(a->allocation_bytes, ==, 4096);
    g_assert_null(a->backing);
    g_assert_cmpuint(c->allocation_bytes, ==, 8192);
    g_assert_cmpstr(c->backing->path, ==, "/dev/zvol/tank/a@s");
    /* Later scans look for no snapshots: what this process makes is not left over. */
    play({ LOOK " tank", PARENT }, { LIST " tank", PARENT });
    g_autoptr(AljInventory) again = zfs->scan(&f->call, f->pool, inventory, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->vols->len, ==, 0);
}

/* What carries the mark of this host, and belongs to nobody, goes; everything else that looks alike stays. */
static void
test_sweep(Fixture *f, gconstpointer unused)
{
#define MARKED(name, origin) "tank/" name "\tvolume\t3\t9\t9\t8192\t8192\t8\t0\t" origin "\t.aljibe-new.mark\n"
    g_autoptr(GError) error = NULL;
    char uuid[ALJ_UUID_TEXT_SIZE];
    g_autofree char *own = g_strconcat(alj_host_tmp_prefix(f->host), alj_uuid_format(&f->pool->uuid, uuid), ".1\n", NULL);
    g_autofree char *digits = g_strndup(alj_host_tmp_prefix(f->host) + strlen(".aljibe-new."), 16);
    g_autofree char *clone = g_strdup_printf("tank/x@aljibe-clone-%s-%s-1", digits, uuid);
    g_autofree char *clone_line = g_strdup_printf("tank/e\tvolume\t3\t9\t9\t8192\t8192\t8\t0\t%s\tm\n", clone);
    g_autofree char *listing = g_strconcat(PARENT, MARKED("a", "-"), MARKED("b", "-"), MARKED("c", "-"), MARKED("d", "-"),
                                           clone_line, MARKED("f", "-"), MARKED("g", "-"), NULL);
    g_autofree char *other = g_strconcat(alj_host_tmp_prefix(f->host), "11111111-2222-3333-4444-555555555555.1\n", NULL);
    g_autofree char *snapshots = g_strdup_printf("%s\t\toff\ntank/x@aljibe-clone-%s-%s-2\ttank/y\toff\n"
                                                 "tank/x@aljibe-clone-0000000000000000-%s-1\t\toff\ntank/x@user\t\toff\n"
                                                 "tank/vms/x@aljibe-clone-%s-11111111-2222-3333-4444-555555555555-1\t\toff\n",
                                                 clone, digits, uuid, uuid, digits);
    f->call.own_name(&f->call, "d", true);
    play({ LOOK " tank", PARENT }, { LIST " tank", listing },
         { OWN " tank/a", own }, { DESTROY_MARKED("a"), GONE },
         { OWN " tank/b", "" },                                  /* it came down from above */
         { OWN " tank/c", ".aljibe-new.0123456789abcdef.1\n" },  /* another host's */
         { OWN " tank/e", own }, { "zfs destroy -d tank/x@SNAP", DONE }, { DESTROY_MARKED("e"), GONE },
         { OWN " tank/f", own }, { DESTROY_MARKED("f"), FAILS },
         { OWN " tank/g", other },                               /* another pool's on the same dataset */
         { SWEEP, snapshots }, { "zfs destroy -d tank/x@SNAP", DONE });
    g_autoptr(AljInventory) inventory = zfs->scan(&f->call, f->pool, NULL, &error);
    g_assert_no_error(error);
    assert_played();
    f->call.own_name(&f->call, "d", false);
    g_assert_cmpuint(inventory->vols->len, ==, 4);
    const AljVolDef *b = g_ptr_array_index(inventory->vols, 0), *c = g_ptr_array_index(inventory->vols, 1);
    const AljVolDef *left = g_ptr_array_index(inventory->vols, 2), *g = g_ptr_array_index(inventory->vols, 3);
    g_assert_cmpstr(b->name, ==, "b");
    g_assert_null(b->problem);
    g_assert_cmpstr(c->problem, ==, "another host, or pool, did not complete it");
    g_assert_cmpstr(left->name, ==, "f");
    g_assert_true(g_str_has_prefix(left->problem, "it was not completed, and cannot be taken away: "));
    g_assert_cmpstr(g->problem, ==, c->problem);
    g_assert_cmpuint(inventory->problems->len, ==, 3);
}

/* @begin: what the device holds in its first bytes */
static char *
make_device(Fixture *f, const char *name, const char *begin, size_t bytes)
{
    char *path = g_build_filename(f->base, name, NULL);
    alj_autofd fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    g_assert_cmpint(ftruncate(fd, 16 * MIB), ==, 0);
    g_assert_cmpint(pwrite(fd, begin, bytes, 0), ==, bytes);
    alj_pool_def_add_device(f->pool, path);
    return path;
}

static void
test_build(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, ALJ_BUILD_REPAIR, &error), error,
                         "unsupported flags (0x1) in function virStorageBackendZFSBuildPool");
    play({ LOOK " tank", FAILS }, { POOLS, "" });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, 0, &error), error,
                         "unsupported configuration: missing source devices");
    static const char luks[] = { 'L', 'U', 'K', 'S', '\xba', '\xbe', 0, 1 };
    g_autofree char *empty = make_device(f, "empty", "", 0), *used = make_device(f, "used", luks, sizeof luks);
    g_autofree char *holds = g_strdup_printf("Storage pool already built: Device '%s' holds crypto_LUKS, forced overwrite is "
                                             "necessary", used);
    g_autofree char *forced = g_strdup_printf("zpool create -m none -f tank %s %s", empty, used);
    for (unsigned flags = 0; flags <= ALJ_BUILD_NO_OVERWRITE; flags += ALJ_BUILD_NO_OVERWRITE) {
        play({ LOOK " tank", FAILS }, { POOLS, "" });
        fixture_assert_fails(zfs->pool_build(&f->call, f->pool, flags, &error), error, holds);
    }
    play({ LOOK " tank", FAILS }, { POOLS, "" }, { forced, DONE });
    g_assert_true(zfs->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error));
    g_ptr_array_set_size(f->pool->devices, 1);
    g_autofree char *plain = g_strdup_printf("zpool create -m none tank %s", empty);
    play({ LOOK " tank", FAILS }, { POOLS, "" }, { plain, DONE });
    g_assert_true(zfs->pool_build(&f->call, f->pool, 0, &error));
    play({ LOOK " tank", PARENT });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error), error,
                         "Storage pool already built: zfs pool 'tank' already exists");
    alj_pool_def_add_device(f->pool, "mirror");
    play({ LOOK " tank", FAILS }, { POOLS, "" });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, 0, &error), error,
                         "unsupported configuration: source device 'mirror' is not an absolute path");
    assert_played();
}

static void
test_build_dataset(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    zfs_set_dataset(f, "tank/vms");
    play({ LOOK " tank/vms", FAILS }, { NAMES " tank", "tank\n" }, { "zfs create -o mountpoint=none tank/vms", DONE });
    g_assert_true(zfs->pool_build(&f->call, f->pool, 0, &error));
    play({ LOOK " tank/vms", SYSTEM("tank/vms") });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, 0, &error), error,
                         "Storage pool already built: zfs dataset 'tank/vms' already exists");
    assert_played();
}

/* Volumes go with their pool, and nothing else does. */
static void
test_pool_delete(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    const ZfsStep look = { LOOK " tank", PARENT }, list = { LIST " tank", PARENT VOLUME("a", "8192") };
    const ZfsStep snaps = { SNAPS_BELOW " tank", "tank/a@1\ttank/b\ton\n" }, sync = { SYNC, DONE }, empty = { FILES " tank", "1\n" };
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 1, &error), error,
                         "unsupported flags (0x1) in function virStorageBackendZFSDeletePool");
    play(look, { LIST " tank", PARENT VOLUME("a", "8192") SYSTEM("tank/home") });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error,
                         "Requested operation is not valid: 'tank/home' is no volume of this pool and would be lost with it");
    play(look, { LIST " tank", PARENT VOLUME("a b", "8192") });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error,
                         "Requested operation is not valid: 'tank/a b' is no volume of this pool and would be lost with it");
    play(look, { LIST " tank", PARENT "nonsense\n" });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error,
                         "Requested operation is not valid: 'tank' holds 1 datasets that cannot be told apart and would be lost with it");
    play(look, list, { SNAPS_BELOW " tank", "tank@x\t\toff\n" });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error,
                         "Requested operation is not valid: 'tank@x' is no volume of this pool and would be lost with it");
    play(look, list, { SNAPS_BELOW " tank", "tank/a@1\ttank/b,tank/x/y\ton\n" });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error, "Requested operation is not valid: 'tank/x/y', which is "
                         "not in this pool, is a clone of 'tank/a@1'; 'zfs promote tank/x/y' makes it independent");
    play(look, list, snaps, sync, { FILES " tank", "1\n3\n" });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error, "Requested operation is not valid: there are files in "
                         "'tank', which would be lost with it ('zfs mount' shows where)");
    play(look, list, snaps, sync, { FILES " tank", "-\n" });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error,
                         "Requested operation is not valid: zfs does not tell whether there are files in 'tank'");
    play(look, list, snaps, sync, empty, { "zpool destroy tank", DONE });
    g_assert_true(zfs->pool_delete(&f->call, f->pool, 0, &error));
    zfs_set_dataset(f, "tank/vms");
    play({ LOOK " tank/vms", SYSTEM("tank/vms") }, { LIST " tank/vms", SYSTEM("tank/vms") }, { SNAPS_BELOW " tank/vms", "" }, sync,
         { FILES " tank/vms", "1\n" }, { "zfs destroy -r tank/vms", DONE });
    g_assert_true(zfs->pool_delete(&f->call, f->pool, 0, &error));
    assert_played();
}

static void
test_sources(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    play({ POOLS, "tank\nodd name\nfast\n" });
    g_autoptr(GPtrArray) found = zfs->sources(&f->call, NULL, &error);
    g_autofree char *text = alj_sources_format(found);
    g_assert_cmpstr(text, ==, "<sources>\n  <source>\n    <name>tank</name>\n  </source>\n"
                              "  <source>\n    <name>fast</name>\n  </source>\n</sources>\n");
    play({ POOLS, "" });
    g_autoptr(GPtrArray) none = zfs->sources(&f->call, NULL, &error);
    g_assert_cmpuint(none->len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    zfs_add("start", test_start);
    zfs_add("start-dataset", test_start_dataset);
    zfs_add("scan", test_scan);
    zfs_add("sweep", test_sweep);
    zfs_add("build", test_build);
    zfs_add("build-dataset", test_build_dataset);
    zfs_add("pool-delete", test_pool_delete);
    zfs_add("sources", test_sources);
    return g_test_run();
}
