/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes of zfs pools: made, cloned, resized, wiped, deleted, and told from others of their names. Without zfs: see zfs_script.h. */
#include "zfs_script.h"

#include "base/guard.h"
#include "base/task.h"

#include <fcntl.h>
#include <string.h>

#define CREATE "zfs create -o volmode=dev -o aljibe:unfinished=MARK"
#define CLONE  "zfs clone -o volmode=dev -o aljibe:unfinished=MARK tank/a@SNAP tank/v"
#define BUSY   "{\"return\":16}\n"
#define KEEP   "zfs inherit aljibe:unfinished"

static const AljBackend *const zfs = &aljibe_backend;

static AljVolDef *
request(Fixture *f, const char *name, uint64_t capacity_bytes, uint64_t allocation_bytes)
{
    g_autoptr(GError) error = NULL;
    AljVolDef *vol = alj_vol_def_new(name);
    vol->capacity_bytes = capacity_bytes;
    vol->allocation_bytes = allocation_bytes;
    g_assert_true(zfs->vol_plan(&f->call, f->pool, vol, 0, &error));
    g_assert_no_error(error);
    return vol;
}

static void
test_plan(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = request(f, "v", 1, 1);
    g_assert_cmpstr(vol->key, ==, "tank/v");
    g_assert_cmpstr(vol->path, ==, "/dev/zvol/tank/v");
    g_autoptr(AljVolDef) odd = alj_vol_def_new("-r");
    fixture_assert_fails(zfs->vol_plan(&f->call, f->pool, odd, 0, &error), error,
                         "this function is not supported by the connection driver: volume capacity required for this storage pool");
    odd->capacity_bytes = 1;
    fixture_assert_fails(zfs->vol_plan(&f->call, f->pool, odd, 0, &error), error,
                         "invalid argument: '-r' cannot be the name of a zfs volume");
    odd->encryption = g_new0(AljEncryption, 1);
    fixture_assert_fails(zfs->vol_plan(&f->call, f->pool, odd, 0, &error), error,
                         "unsupported configuration: storage pool does not support encrypted volumes");
    vol->backing = alj_backing_new("/dev/zvol/tank/a");
    fixture_assert_fails(zfs->vol_create(&f->call, f->pool, vol, 0, &error), error, "unsupported configuration: a volume of a zfs "
                         "pool has a backing store only as a clone, which vol-clone makes");
}

static void
test_create(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) full = request(f, "v", 10000, 10000), thin = request(f, "v", MIB, 4096);
    play({ CREATE " -V 10000 tank/v", DONE }, { LOOK " tank/v", VOLUME("v", "16384") }, { KEEP " tank/v", DONE });
    g_autoptr(AljVolDef) made = zfs->vol_create(&f->call, f->pool, full, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(made->capacity_bytes, ==, 16384);
    play({ CREATE " -s -o refreservation=4096 -V 1048576 tank/v", DONE }, { LOOK " tank/v", VOLUME("v", "1048576") },
         { KEEP " tank/v", DONE });
    g_autoptr(AljVolDef) sparse = zfs->vol_create(&f->call, f->pool, thin, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(sparse);
    assert_played();
}

/* Whatever fails, what was made goes, and only that: zfs is told to look for the mark of this very operation. */
static void
test_create_undone(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) full = request(f, "v", MIB, MIB);
    play({ CREATE " -V 1048576 tank/v", FAILS }, { DESTROY_MARKED("v"), SAID("other") });
    fixture_assert_fails(zfs->vol_create(&f->call, f->pool, full, 0, &error), error,
                         "internal error: Child process (" CREATE " -V 1048576 tank/v) unexpected exit status 1: no");
    play({ CREATE " -V 1048576 tank/v", FAILS }, { DESTROY_MARKED("v"), GONE }); /* made after all */
    g_assert_null(zfs->vol_create(&f->call, f->pool, full, 0, &error));
    g_clear_error(&error);
    play({ CREATE " -V 1048576 tank/v", DONE }, { LOOK " tank/v", VOLUME("v", "1048576") }, { KEEP " tank/v", FAILS },
         { DESTROY_MARKED("v"), GONE });
    g_assert_null(zfs->vol_create(&f->call, f->pool, full, 0, &error));
    g_clear_error(&error);
    assert_played();
    g_free(zfs_script.node);
    zfs_script.node = g_strdup("/nonexistent");
    play({ CREATE " -V 1048576 tank/v", DONE }, { LOOK " tank/v", VOLUME("v", "1048576") }, { DESTROY_MARKED("v"), GONE });
    fixture_assert_fails(zfs->vol_create(&f->call, f->pool, full, 0, &error), error,
                         "Timed out during operation: volume 'tank/v' has no device node");
    assert_played();
}

/* A cancelled operation still takes back what it made. */
static void
test_create_cancelled(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) full = request(f, "v", MIB, MIB);
    atomic_store(&f->task.is_cancelled, true);
    play({ DESTROY_MARKED("v"), SAID("gone") });
    g_assert_null(zfs->vol_create(&f->call, f->pool, full, 0, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED));
    assert_played();
}

static AljVolDef *
source(const char *key)
{
    AljVolDef *from = alj_vol_def_new(strrchr(key, '/') + 1);
    from->type = ALJ_VOL_BLOCK;
    from->key = g_strdup(key);
    from->path = g_strconcat("/dev/zvol/", key, NULL);
    from->identity = GUID;
    from->capacity_bytes = 8192;
    return from;
}

static void
test_clone(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) from = source("tank/a"), thin = request(f, "v", 8192, 0), large = request(f, "v", 10000, 10000);
    play({ LOOK " tank/a", VOLUME("a", "8192") }, { "zfs snapshot tank/a@SNAP", DONE }, { CLONE, DONE }, { LOOK " tank/v", VOLUME("v", "8192") },
         { LOOK " tank/v", VOLUME("v", "8192") }, { "zfs destroy -d tank/a@SNAP", DONE }, { KEEP " tank/v", DONE },
         { LOOK " tank/v", VOLUME("v", "8192") });
    g_autoptr(AljVolDef) made = zfs->vol_copy(&f->call, f->pool, thin, from, ALJ_POOL_ZFS, ALJ_VOL_CREATE_REFLINK, &error);
    g_assert_no_error(error);
    g_assert_nonnull(made);
    play({ LOOK " tank/a", VOLUME("a", "8192") }, { "zfs snapshot tank/a@SNAP", DONE }, { CLONE, DONE }, { LOOK " tank/v", VOLUME("v", "8192") },
         { "zfs set volsize=16384 refreservation=auto tank/v", FAILS }, { DESTROY_MARKED("v"), GONE },
         { "zfs destroy -d tank/a@SNAP", DONE });
    g_assert_null(zfs->vol_copy(&f->call, f->pool, large, from, ALJ_POOL_ZFS, 0, &error));
    g_clear_error(&error);
    g_autoptr(AljVolDef) elsewhere = source("other/a");
    fixture_assert_fails(zfs->vol_copy(&f->call, f->pool, thin, elsewhere, ALJ_POOL_ZFS, ALJ_VOL_CREATE_REFLINK, &error), error,
                         "Operation not supported: volume 'a' is in another zfs pool, and cannot share its blocks");
    assert_played();
}

static void
test_resize(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    play({ LOOK " tank/a", VOLUME("a", "8192") }, { "zfs set volsize=106496 tank/a", DONE }, { LOOK " tank/a", VOLUME("a", "106496") });
    g_autoptr(AljVolDef) grown = zfs->vol_resize(&f->call, f->pool, vol, 100000, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(grown->capacity_bytes, ==, 106496);
    play({ LOOK " tank/a", VOLUME("a", "106496") }, { LOOK " tank/a", VOLUME("a", "106496") },
         { "zfs set volsize=8192 refreservation=auto tank/a", DONE },
         { LOOK " tank/a", VOLUME("a", "8192") });
    g_autoptr(AljVolDef) cut = zfs->vol_resize(&f->call, f->pool, vol, 1, ALJ_VOL_RESIZE_SHRINK | ALJ_VOL_RESIZE_ALLOCATE, &error);
    g_assert_no_error(error);
    g_assert_nonnull(cut);
    play({ LOOK " tank/a", VOLUME("a", "8192") }, { "zfs set volsize=16384 tank/a", DONE }, { LOOK " tank/a", VOLUME("a", "8192") });
    fixture_assert_fails(zfs->vol_resize(&f->call, f->pool, vol, 16384, 0, &error), error,
                         "operation failed: zfs gave volume 'a' 8192 bytes instead of 16384");
    play({ LOOK " tank/a", VOLUME("a", "8192") });
    fixture_assert_fails(zfs->vol_resize(&f->call, f->pool, vol, INT64_MAX, 0, &error), error,
                         "numerical overflow: volume 'tank/a' cannot have 9223372036854775807 bytes");
    assert_played();
}

static void
test_delete(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    const ZfsStep look = { LOOK " tank/a", VOLUME("a", "8192") };
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, ALJ_VOL_DELETE_ZEROED, &error), error,
                         "unsupported flags (0x1) in function virStorageBackendZFSDeleteVol");
    play(look, { SNAPS " tank/a", "" }, { DESTROY("a"), GONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, 0, &error));
    play(look, { SNAPS " tank/a", "tank/a@monday\t\toff\n" });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, "Requested operation is not valid: volume 'a' "
                         "has snapshots ('tank/a@monday'), which would be lost; vol-delete --delete-snapshots deletes them, too");
    play(look, { SNAPS " tank/a", "tank/a@monday\t\toff\n" }, look, { DESTROY_ALL("a"), GONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, ALJ_VOL_DELETE_WITH_SNAPSHOTS, &error));
    /* The newest snapshot with clones is taken over, by a clone of this pool. */
    play(look, { SNAPS " tank/a", "tank/a@1\ttank/b\ton\ntank/a@2\tother/c,tank/x/y,tank/d\ton\n" }, { "zfs promote tank/d", DONE },
         { DESTROY("a"), GONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, 0, &error));
    play(look, { SNAPS " tank/a", "tank/a@1\ttank/b\ton\ntank/a@2\ttank/vms/c\ton\n" });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, "Requested operation is not valid: "
                         "'tank/vms/c', which is not in this pool, is a clone of 'a'; 'zfs promote tank/vms/c' makes it independent");
    play({ LOOK " tank/a", SYSTEM("tank/a") });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error,
                         "Storage volume not found: no storage vol with matching name 'a'");
    assert_played();
}

/* Of the volume that has the name by now nothing is touched, whenever it came. */
static void
test_replaced(Fixture *f, gconstpointer unused)
{
    static const char other[] = "Requested operation is not valid: volume 'a' is another one than when the pool was read; refresh the pool";
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a"), request_of_clone = request(f, "v", 8192, 0);
    const ZfsStep same = { LOOK " tank/a", VOLUME("a", "8192") }, replaced = { LOOK " tank/a", VOLUME_OF("a", "8192", "43") };
    play(replaced);
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, other);
    play(replaced);
    fixture_assert_fails(zfs->vol_wipe(&f->call, f->pool, vol, ALJ_WIPE_ZERO, &error), error, other);
    play(replaced);
    fixture_assert_fails(zfs->vol_resize(&f->call, f->pool, vol, MIB, 0, &error), error, other);
    play(replaced);
    fixture_assert_fails(zfs->vol_open(&f->call, f->pool, vol, O_RDWR, &error), error, other);
    play(replaced, { DESTROY_MARKED("v"), SAID("gone") });
    fixture_assert_fails(zfs->vol_copy(&f->call, f->pool, request_of_clone, vol, ALJ_POOL_ZFS, 0, &error), error, other);
    /* Between the look and the end: zfs looks itself. */
    play(same, { SNAPS " tank/a", "" }, { DESTROY("a"), SAID("other") });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, other);
    play(same, { SNAPS " tank/a", "" }, { DESTROY("a"), SAID("gone") });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error,
                         "Storage volume not found: no storage vol with matching name 'a'");
    play(same, { SNAPS " tank/a", "" }, { DESTROY("a"), SAID("snapshots") });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error,
                         "Requested operation is not valid: volume 'a' has snapshots by now, which would be lost");
    /* Renamed while it was opened. */
    zfs_script.node_name = "tank/b";
    play(same);
    fixture_assert_fails(zfs->vol_open(&f->call, f->pool, vol, O_RDWR, &error), error, other);
    assert_played();
}

/* Where udev has it open for a moment, zfs refuses at first. */
static void
test_delete_busy(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    const ZfsStep look = { LOOK " tank/a", VOLUME("a", "8192") }, none = { SNAPS " tank/a", "" };
    play(look, none, { DESTROY("a"), BUSY }, { DESTROY("a"), GONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, 0, &error));
    play(look, none, { DESTROY("a"), BUSY }, { DESTROY("a"), BUSY }, { DESTROY("a"), BUSY });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error,
                         "resource busy: volume 'a' is in use: somebody has it open");
    play(look, none, { DESTROY("a"), "{\"return\":17}\n" });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, "cannot destroy 'tank/a': File exists");
    assert_played();
}

static void
test_wipe(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    const ZfsStep look = { LOOK " tank/a", VOLUME("a", "8192") }, none = { SNAPS " tank/a", "" };
    for (int how = ALJ_WIPE_NNSA; how <= ALJ_WIPE_RANDOM; how++)
        fixture_assert_fails(zfs->vol_wipe(&f->call, f->pool, vol, (AljWipe) how, &error), error, "argument unsupported: zfs never "
                             "writes over the old bytes of volume 'a': only the algorithms 'zero' and 'trim' have an effect");
    play(look, none, none, look);
    g_autoptr(AljVolDef) wiped = zfs->vol_wipe(&f->call, f->pool, vol, ALJ_WIPE_ZERO, &error);
    g_assert_no_error(error);
    g_assert_nonnull(wiped);
    assert_played();
}

/* What others hold of its bytes no wipe reaches, and none says so. */
static void
test_wipe_shared(Fixture *f, gconstpointer unused)
{
    static const char snapshots[] = "Requested operation is not valid: volume 'a' has snapshots ('tank/a@monday'), which keep its old "
                                    "bytes: no wipe reaches them before they are deleted ('zfs destroy tank/a@monday')";
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    const ZfsStep look = { LOOK " tank/a", VOLUME("a", "8192") }, taken = { SNAPS " tank/a", "tank/a@monday\t\toff\n" };
    g_assert_true(g_file_set_contents(zfs_script.node, "old", 3, NULL));
    play(look, taken);
    fixture_assert_fails(zfs->vol_wipe(&f->call, f->pool, vol, ALJ_WIPE_ZERO, &error), error, snapshots);
    play(look, { SNAPS " tank/a", "tank/a@1\ttank/b,tank/c\ton\n" });
    fixture_assert_fails(zfs->vol_wipe(&f->call, f->pool, vol, ALJ_WIPE_TRIM, &error), error, "Requested operation is not valid: volume "
                         "'a' has clones ('tank/b'), which keep its old bytes: no wipe reaches them before they are deleted");
    play({ LOOK " tank/a", "tank/a\tvolume\t42\t1\t1\t8192\t8192\t1\t0\ttank/o@1\t-\n" });
    fixture_assert_fails(zfs->vol_wipe(&f->call, f->pool, vol, ALJ_WIPE_ZERO, &error), error, "Requested operation is not valid: volume "
                         "'a' is a clone of 'tank/o@1', which keeps the old bytes they share: no wipe reaches them; vol-delete gives "
                         "back what is the clone's own");
    g_autofree char *bytes = NULL;
    g_assert_true(g_file_get_contents(zfs_script.node, &bytes, NULL, NULL));
    g_assert_cmpstr(bytes, ==, "old");
    play(look, { SNAPS " tank/a", "" }, taken); /* meanwhile */
    fixture_assert_fails(zfs->vol_wipe(&f->call, f->pool, vol, ALJ_WIPE_ZERO, &error), error, snapshots);
    assert_played();
}

/* Nothing is begun in a zpool that has stopped: it might never end. */
static void
test_suspended(Fixture *f, gconstpointer unused)
{
    static const char suspended[] = "operation failed: zfs pool 'tank' is suspended: devices of it fail or are gone, see 'zpool status "
                                    "tank'; 'zpool clear tank' lets it go on once they are back";
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a"), new = request(f, "v", MIB, MIB);
    AljVolStat stat = { 0 };
    bool is_active;
    alj_host_set_root(f->host, f->base);
    g_autofree char *kstat = g_build_filename(f->base, "proc/spl/kstat/zfs/tank", NULL), *state = g_build_filename(kstat, "state", NULL);
    g_assert_cmpint(g_mkdir_with_parents(kstat, 0755), ==, 0);
    g_assert_true(g_file_set_contents(state, "SUSPENDED\n", -1, NULL));
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error, suspended);
    fixture_assert_fails(zfs->pool_probe(&f->call, f->pool, &is_active, &error), error, suspended);
    fixture_assert_fails(zfs->scan(&f->call, f->pool, NULL, &error), error, suspended);
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error, suspended);
    fixture_assert_fails(zfs->vol_stat(&f->call, f->pool, vol, &stat, &error), error, suspended);
    fixture_assert_fails(zfs->vol_create(&f->call, f->pool, new, 0, &error), error, suspended);
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, suspended);
    fixture_assert_fails(zfs->vol_open(&f->call, f->pool, vol, O_RDWR, &error), error, suspended);
    g_assert_true(g_file_set_contents(state, "ONLINE\n", -1, NULL));
    play({ LOOK " tank/a", VOLUME("a", "8192") });
    g_assert_true(zfs->vol_stat(&f->call, f->pool, vol, &stat, &error));
    assert_played();
}

static void
test_stat(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    AljVolStat stat = { 0 };
    play({ LOOK " tank/a", VOLUME("a", "16384") });
    g_assert_true(zfs->vol_stat(&f->call, f->pool, vol, &stat, &error));
    g_assert_cmpuint(stat.capacity_bytes, ==, 16384);
    g_assert_cmpuint(stat.allocation_bytes, ==, 4096);
    g_assert_true(stat.has_backing);
    g_assert_null(stat.backing);
    play({ LOOK " tank/a", "tank/a\tvolume\t42\t1\t1\t8192\t8192\t1\t0\ttank/o@1\t-\n" });
    g_assert_true(zfs->vol_stat(&f->call, f->pool, vol, &stat, &error));
    g_assert_cmpstr(stat.backing->path, ==, "/dev/zvol/tank/o@1");
    alj_vol_stat_clear(&stat);
    play({ LOOK " tank/a", FAILS }, { NAMES " tank", "tank\ntank/b\n" });
    fixture_assert_fails(zfs->vol_stat(&f->call, f->pool, vol, &stat, &error), error,
                         "Storage volume not found: no storage vol with matching name 'a'");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    zfs_add("plan", test_plan);
    zfs_add("create", test_create);
    zfs_add("create-undone", test_create_undone);
    zfs_add("create-cancelled", test_create_cancelled);
    zfs_add("clone", test_clone);
    zfs_add("resize", test_resize);
    zfs_add("delete", test_delete);
    zfs_add("replaced", test_replaced);
    zfs_add("delete-busy", test_delete_busy);
    zfs_add("wipe", test_wipe);
    zfs_add("wipe-shared", test_wipe_shared);
    zfs_add("suspended", test_suspended);
    zfs_add("stat", test_stat);
    return g_test_run();
}
