/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type zfs without zfs: what its programs print is parsed, and a script stands in their place that insists on every
 * command line, in order, and says what the real ones say. Nodes of volumes are files. That real zfs takes these command
 * lines is shown by tests/lab/zfs.py.
 */
#include "fixture.h"

#include "backend/zfs/parse.h"
#include "base/guard.h"
#include "host/run.h"
#include "host/zvols.h"

#include <fcntl.h>
#include <string.h>

#define FIELDS "-o " ALJ_ZFS_FIELDS
#define LIST   "zfs list -Hp -d 1 -t filesystem,volume " FIELDS
#define LOOK   "zfs list -Hp -t filesystem,volume " FIELDS
#define NAMES  "zfs list -Hp -d 1 -t filesystem,volume -o name"
#define SNAPS  "zfs list -Hp -d 1 -t snapshot -s createtxg -o name,clones,defer_destroy"
#define SWEEP  "zfs list -Hp -d 2 -t snapshot -s createtxg -o name,clones,defer_destroy tank"
#define OWN    "zfs get -Hp -s local -o value aljibe:unfinished"
#define PARENT "tank\tfilesystem\t1000\t9000\t-\t-\t0\t500\t0\t-\t-\n"
#define CREATE "zfs create -o volmode=dev -o aljibe:unfinished=MARK"
#define KEEP   "zfs inherit aljibe:unfinished"
#define VOLUME(name, size) "tank/" name "\tvolume\t4096\t9000\t" size "\t8192\t4096\t0\t-\t-\n"
#define MIB    (UINT64_C(1) << 20)

static const AljBackend *const zfs = &aljibe_backend;

/* ---- the script ---- */

/* A command line and its output; FAILS: it ends with status 1. MARK and SNAP stand for what is made up anew each time. */
typedef struct Step {
    const char *command, *output;
} Step;

#define FAILS NULL
#define DONE  ""

static struct {
    const Step *next; /* ends with a NULL command */
    GString *mark, *snapshot;
    const char *node; /* the file that is every node */
} script;

static void
note(const char *command, const char *prefix, const char *ends, GString *ret)
{
    const char *found = strstr(command, prefix);
    if (found)
        g_string_append_len(g_string_truncate(ret, 0), found, (gssize) strcspn(found, ends));
}

static char *
replace_all(const char *text, const char *from, const char *to)
{
    g_autoptr(GString) replaced = g_string_new(text);
    if (*from)
        g_string_replace(replaced, from, to, 0);
    return g_strdup(replaced->str);
}

char *__wrap_alj_run(AljHost *host, const AljRun *run, AljTask *task, GError **error);

char *
__wrap_alj_run(AljHost *host, const AljRun *run, AljTask *task, GError **error)
{
    g_autofree char *command = g_strjoinv(" ", (char **) run->argv);
    const Step *step = script.next;
    g_assert_cmpint(run->timeout_usec, >, 0);
    if (strcmp(run->argv[0], "udevadm") == 0) /* waited for where there is one */
        return g_strdup("");
    if (!alj_task_check(task, "zfs", error))
        return NULL;
    note(command, ".aljibe-new.", " ", script.mark);
    note(command, "aljibe-clone-", " ", script.snapshot);
    g_autofree char *marked = replace_all(command, script.mark->str, "MARK");
    g_autofree char *plain = replace_all(marked, script.snapshot->str, "SNAP");
    if (!step->command)
        g_error("not expected: %s", plain);
    g_assert_cmpstr(plain, ==, step->command);
    script.next++;
    if (!step->output) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "Child process (%s) unexpected exit status 1: no", plain);
        return NULL;
    }
    g_autofree char *with_mark = replace_all(step->output, "MARK", script.mark->str);
    return replace_all(with_mark, "SNAP", script.snapshot->str);
}

int __wrap_alj_zvol_open(AljHost *host, const char *dataset, const char *link, int flags, gint64 wait_usec, const AljTask *task,
                         char **ret_path, GError **error);

int
__wrap_alj_zvol_open(AljHost *host, const char *dataset, const char *link, int flags, gint64 wait_usec, const AljTask *task,
                     char **ret_path, GError **error)
{
    g_autofree char *named = g_strconcat("/dev/zvol/", dataset, NULL);
    g_assert_cmpstr(link, ==, named);
    if (ret_path)
        *ret_path = g_strdup(script.node);
    int fd = open(script.node, flags & ~O_EXCL);
    if (fd < 0)
        alj_fail(error, ALJ_ERROR_TIMEOUT, "volume '%s' has no device node", dataset);
    return fd;
}

#define play(...) (script.next = (const Step[]) { __VA_ARGS__, { NULL, NULL } })

/* That all of the script was played. */
#define assert_played() g_assert_cmpstr(script.next->command, ==, NULL)

static void
set_up(Fixture *f, gconstpointer unused)
{
    fixture_set_up(f, NULL);
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_ZFS);
    f->pool->name = g_strdup("p");
    f->pool->source_name = g_strdup("tank");
    f->pool->target_path = g_strdup("/dev/zvol/tank");
    script.mark = g_string_new(NULL);
    script.snapshot = g_string_new(NULL);
    script.node = g_build_filename(f->base, "node", NULL);
    g_assert_true(g_file_set_contents(script.node, "", 0, NULL));
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
    g_string_free(script.mark, TRUE);
    g_string_free(script.snapshot, TRUE);
    g_free((char *) script.node);
    fixture_tear_down(f, NULL);
}

/* ---- parsing ---- */

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
        "tank\tsnapshot\t1\t1\t-\t-\t1\t1\t-\t-",
        "\tvolume\t1\t1\t1\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t1\t1\t-1\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t1\t1\t1.5M\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t1\t1\t18446744073709551616\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t1\t1\t1\t1\t18446744073709551615\t1\t-\t-",
        "tank/\xff\tvolume\t1\t1\t1\t1\t1\t1\t-\t-",
        "tank/v\tvolume\t1\t1\t1\t1\t1\t1\t-",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
        unsigned skipped;
        g_autofree char *text = g_strconcat(PARENT, odd[i], "\n", NULL);
        g_autoptr(GPtrArray) datasets = alj_zfs_parse_datasets(text, &skipped);
        g_assert_cmpuint(datasets->len, ==, 1);
        g_assert_cmpuint(skipped, ==, 1);
    }
    g_autoptr(GPtrArray) tabs = parse_datasets("tank/v\tvolume\t1\t1\t1\t1\t1\t1\tno snapshot\ta\tb\n");
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

/* ---- the pool ---- */

static void
test_start(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_active = true;
    play({ LOOK " tank", PARENT });
    g_assert_true(zfs->pool_start(&f->call, f->pool, &error));
    play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "tanker\nother\n" });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "Requested operation is not valid: there is no zfs pool 'tank'; one that was exported comes back with "
                         "'zpool import tank', a new one is made by pool-build");
    play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "" });
    g_assert_true(zfs->pool_probe(&f->call, f->pool, &is_active, &error));
    g_assert_false(is_active);
    play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "tank\n" }); /* it is there, and does not answer */
    fixture_assert_fails(zfs->pool_probe(&f->call, f->pool, &is_active, &error), error,
                         "internal error: Child process (" LOOK " tank) unexpected exit status 1: no");
    play({ LOOK " tank", VOLUME("v", "8192") });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "internal error: zfs list does not describe 'tank' as expected");
    assert_played();
}

static void
set_dataset(Fixture *f, const char *name)
{
    g_free(f->pool->source_name);
    g_free(f->pool->target_path);
    f->pool->source_name = g_strdup(name);
    f->pool->target_path = g_strconcat("/dev/zvol/", name, NULL);
}

static void
test_start_dataset(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    set_dataset(f, "tank/vms/a");
    play({ LOOK " tank/vms/a", FAILS }, { NAMES " tank/vms", FAILS }, { NAMES " tank", "tank\ntank/other\n" });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "Requested operation is not valid: there is no zfs dataset 'tank/vms/a'; pool-build makes it");
    play({ LOOK " tank/vms/a", FAILS }, { NAMES " tank/vms", FAILS }, { NAMES " tank", FAILS }, { "zpool list -Hp -o name", FAILS });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "internal error: Child process (" LOOK " tank/vms/a) unexpected exit status 1: no");
    set_dataset(f, "tank/v");
    play({ LOOK " tank/v", VOLUME("v", "8192") });
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "Requested operation is not valid: 'tank/v' is a volume, which has none in it");
    set_dataset(f, "tank/a b");
    fixture_assert_fails(zfs->pool_start(&f->call, f->pool, &error), error,
                         "unsupported configuration: 'tank/a b' cannot be the name of a zfs dataset");
    assert_played();
}

static void
test_scan(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    play({ LOOK " tank", PARENT },
         { LIST " tank", PARENT VOLUME("a", "16384") "tank/sub\tfilesystem\t1\t1\t-\t-\t0\t1\t0\t-\t-\n"
                         "tank/b c\tvolume\t1\t1\t1\t1\t1\t1\t-\t-\nnonsense\n"
                         "tank/c\tvolume\t9\t9\t8192\t8192\t8\t9000\ttank/a@s\t-\n" },
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
#define MARKED(name, origin) "tank/" name "\tvolume\t9\t9\t8192\t8192\t8\t0\t" origin "\t.aljibe-new.mark\n"
    g_autoptr(GError) error = NULL;
    char uuid[ALJ_UUID_TEXT_SIZE];
    g_autofree char *own = g_strconcat(alj_host_tmp_prefix(f->host), alj_uuid_format(&f->pool->uuid, uuid), ".1\n", NULL);
    g_autofree char *digits = g_strndup(alj_host_tmp_prefix(f->host) + strlen(".aljibe-new."), 16);
    g_autofree char *clone = g_strdup_printf("tank/x@aljibe-clone-%s-1", digits);
    g_autofree char *clone_line = g_strdup_printf("tank/e\tvolume\t9\t9\t8192\t8192\t8\t0\t%s\tm\n", clone);
    g_autofree char *listing = g_strconcat(PARENT, MARKED("a", "-"), MARKED("b", "-"), MARKED("c", "-"), MARKED("d", "-"),
                                           clone_line, MARKED("f", "-"), MARKED("g", "-"), NULL);
    g_autofree char *other = g_strconcat(alj_host_tmp_prefix(f->host), "11111111-2222-3333-4444-555555555555.1\n", NULL);
    g_autofree char *snapshots = g_strdup_printf("%s\t\toff\ntank/x@aljibe-clone-%s-2\ttank/y\toff\n"
                                                 "tank/x@aljibe-clone-0000000000000000-1\t\toff\ntank/x@user\t\toff\n", clone, digits);
    f->call.own_name(&f->call, "d", true);
    play({ LOOK " tank", PARENT }, { LIST " tank", listing },
         { OWN " tank/a", own }, { "zfs destroy tank/a", DONE },
         { OWN " tank/b", "" },                                  /* it came down from above */
         { OWN " tank/c", ".aljibe-new.0123456789abcdef.1\n" },  /* another host's */
         { OWN " tank/e", own }, { "zfs destroy -d tank/x@SNAP", DONE }, { "zfs destroy tank/e", DONE },
         { OWN " tank/f", own }, { "zfs destroy tank/f", FAILS }, { "zfs destroy tank/f", FAILS }, { "zfs destroy tank/f", FAILS },
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
    play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "" });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, 0, &error), error,
                         "unsupported configuration: missing source devices");
    static const char luks[] = { 'L', 'U', 'K', 'S', '\xba', '\xbe', 0, 1 };
    g_autofree char *empty = make_device(f, "empty", "", 0), *used = make_device(f, "used", luks, sizeof luks);
    g_autofree char *holds = g_strdup_printf("Storage pool already built: Device '%s' holds crypto_LUKS, forced overwrite is "
                                             "necessary", used);
    g_autofree char *forced = g_strdup_printf("zpool create -m none -f tank %s %s", empty, used);
    for (unsigned flags = 0; flags <= ALJ_BUILD_NO_OVERWRITE; flags += ALJ_BUILD_NO_OVERWRITE) {
        play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "" });
        fixture_assert_fails(zfs->pool_build(&f->call, f->pool, flags, &error), error, holds);
    }
    play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "" }, { forced, DONE });
    g_assert_true(zfs->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error));
    g_ptr_array_set_size(f->pool->devices, 1);
    g_autofree char *plain = g_strdup_printf("zpool create -m none tank %s", empty);
    play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "" }, { plain, DONE });
    g_assert_true(zfs->pool_build(&f->call, f->pool, 0, &error));
    play({ LOOK " tank", PARENT });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error), error,
                         "Storage pool already built: zfs pool 'tank' already exists");
    alj_pool_def_add_device(f->pool, "mirror");
    play({ LOOK " tank", FAILS }, { "zpool list -Hp -o name", "" });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, 0, &error), error,
                         "unsupported configuration: source device 'mirror' is not an absolute path");
    assert_played();
}

static void
test_build_dataset(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    set_dataset(f, "tank/vms");
    play({ LOOK " tank/vms", FAILS }, { NAMES " tank", "tank\n" }, { "zfs create -o mountpoint=none tank/vms", DONE });
    g_assert_true(zfs->pool_build(&f->call, f->pool, 0, &error));
    play({ LOOK " tank/vms", "tank/vms\tfilesystem\t1\t1\t-\t-\t0\t1\t0\t-\t-\n" });
    fixture_assert_fails(zfs->pool_build(&f->call, f->pool, 0, &error), error,
                         "Storage pool already built: zfs dataset 'tank/vms' already exists");
    assert_played();
}

static void
test_pool_delete(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 1, &error), error,
                         "unsupported flags (0x1) in function virStorageBackendZFSDeletePool");
    play({ LOOK " tank", PARENT }, { LIST " tank", PARENT VOLUME("a", "8192") "tank/home\tfilesystem\t1\t1\t-\t-\t0\t1\t0\t-\t-\n" });
    fixture_assert_fails(zfs->pool_delete(&f->call, f->pool, 0, &error), error,
                         "Requested operation is not valid: 'tank/home' is no volume of this pool and would be lost with it");
    play({ LOOK " tank", PARENT }, { LIST " tank", PARENT VOLUME("a", "8192") }, { "zpool destroy tank", DONE });
    g_assert_true(zfs->pool_delete(&f->call, f->pool, 0, &error));
    set_dataset(f, "tank/vms");
    play({ LOOK " tank/vms", "tank/vms\tfilesystem\t1\t1\t-\t-\t0\t1\t0\t-\t-\n" },
         { LIST " tank/vms", "tank/vms\tfilesystem\t1\t1\t-\t-\t0\t1\t0\t-\t-\n" }, { "zfs destroy -r tank/vms", DONE });
    g_assert_true(zfs->pool_delete(&f->call, f->pool, 0, &error));
    assert_played();
}

static void
test_sources(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    play({ "zpool list -Hp -o name", "tank\nodd name\nfast\n" });
    g_autoptr(GPtrArray) found = zfs->sources(&f->call, NULL, &error);
    g_autofree char *text = alj_sources_format(found);
    g_assert_cmpstr(text, ==, "<sources>\n  <source>\n    <name>tank</name>\n  </source>\n"
                              "  <source>\n    <name>fast</name>\n  </source>\n</sources>\n");
    play({ "zpool list -Hp -o name", "" });
    g_autoptr(GPtrArray) none = zfs->sources(&f->call, NULL, &error);
    g_assert_cmpuint(none->len, ==, 0);
}

/* ---- volumes ---- */

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

/* Whatever fails, what was made goes, and only that: it must carry the mark of this very operation. */
static void
test_create_undone(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) full = request(f, "v", MIB, MIB);
    play({ CREATE " -V 1048576 tank/v", FAILS }, { OWN " tank/v", "" }); /* somebody else's */
    fixture_assert_fails(zfs->vol_create(&f->call, f->pool, full, 0, &error), error,
                         "internal error: Child process (" CREATE " -V 1048576 tank/v) unexpected exit status 1: no");
    play({ CREATE " -V 1048576 tank/v", FAILS }, { OWN " tank/v", "MARK\n" }, { "zfs destroy tank/v", DONE }); /* made after all */
    g_assert_null(zfs->vol_create(&f->call, f->pool, full, 0, &error));
    g_clear_error(&error);
    play({ CREATE " -V 1048576 tank/v", FAILS }, { OWN " tank/v", ".aljibe-new.0123456789abcdef.1\n" });
    g_assert_null(zfs->vol_create(&f->call, f->pool, full, 0, &error));
    g_clear_error(&error);
    play({ CREATE " -V 1048576 tank/v", DONE }, { LOOK " tank/v", VOLUME("v", "1048576") }, { KEEP " tank/v", FAILS },
         { OWN " tank/v", "MARK\n" }, { "zfs destroy tank/v", DONE });
    g_assert_null(zfs->vol_create(&f->call, f->pool, full, 0, &error));
    g_clear_error(&error);
    assert_played();
    g_free((char *) script.node);
    script.node = g_strdup("/nonexistent");
    play({ CREATE " -V 1048576 tank/v", DONE }, { LOOK " tank/v", VOLUME("v", "1048576") }, { OWN " tank/v", "MARK\n" },
         { "zfs destroy tank/v", DONE });
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
    play({ OWN " tank/v", "" });
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
    from->capacity_bytes = 8192;
    return from;
}

static void
test_clone(Fixture *f, gconstpointer unused)
{
#define CLONE "zfs clone -o volmode=dev -o aljibe:unfinished=MARK tank/a@SNAP tank/v"
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) from = source("tank/a"), thin = request(f, "v", 8192, 0), large = request(f, "v", 10000, 10000);
    play({ "zfs snapshot tank/a@SNAP", DONE }, { CLONE, DONE }, { LOOK " tank/v", VOLUME("v", "8192") },
         { LOOK " tank/v", VOLUME("v", "8192") }, { "zfs destroy -d tank/a@SNAP", DONE }, { KEEP " tank/v", DONE },
         { LOOK " tank/v", VOLUME("v", "8192") });
    g_autoptr(AljVolDef) made = zfs->vol_copy(&f->call, f->pool, thin, from, ALJ_POOL_ZFS, ALJ_VOL_CREATE_REFLINK, &error);
    g_assert_no_error(error);
    g_assert_nonnull(made);
    play({ "zfs snapshot tank/a@SNAP", DONE }, { CLONE, DONE }, { LOOK " tank/v", VOLUME("v", "8192") },
         { "zfs set volsize=16384 refreservation=auto tank/v", FAILS }, { OWN " tank/v", "MARK\n" }, { "zfs destroy tank/v", DONE },
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
    play({ LOOK " tank/a", VOLUME("a", "106496") }, { "zfs set volsize=8192 refreservation=auto tank/a", DONE },
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
    const Step look = { LOOK " tank/a", VOLUME("a", "8192") };
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, ALJ_VOL_DELETE_ZEROED, &error), error,
                         "unsupported flags (0x1) in function virStorageBackendZFSDeleteVol");
    play(look, { SNAPS " tank/a", "" }, { "zfs destroy tank/a", DONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, 0, &error));
    play(look, { SNAPS " tank/a", "tank/a@monday\t\toff\n" });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, "Requested operation is not valid: volume 'a' "
                         "has snapshots ('tank/a@monday'), which would be lost; vol-delete --delete-snapshots deletes them, too");
    play(look, { SNAPS " tank/a", "tank/a@monday\t\toff\n" }, { "zfs destroy -r tank/a", DONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, ALJ_VOL_DELETE_WITH_SNAPSHOTS, &error));
    /* The newest snapshot with clones is taken over, by a clone of this pool. */
    play(look, { SNAPS " tank/a", "tank/a@1\ttank/b\ton\ntank/a@2\tother/c,tank/x/y,tank/d\ton\n" }, { "zfs promote tank/d", DONE },
         { "zfs destroy tank/a", DONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, 0, &error));
    play(look, { SNAPS " tank/a", "tank/a@1\ttank/b\ton\ntank/a@2\ttank/vms/c\ton\n" });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error, "Requested operation is not valid: "
                         "'tank/vms/c', which is not in this pool, is a clone of volume 'a'; 'zfs promote tank/vms/c' makes it independent");
    play({ LOOK " tank/a", "tank/a\tfilesystem\t1\t1\t-\t-\t0\t1\t0\t-\t-\n" });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error,
                         "Storage volume not found: no storage vol with matching name 'a'");
    assert_played();
}

/* Where udev has it open for a moment, zfs refuses at first. */
static void
test_delete_busy(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    const Step look = { LOOK " tank/a", VOLUME("a", "8192") }, none = { SNAPS " tank/a", "" };
    play(look, none, { "zfs destroy tank/a", FAILS }, { "zfs destroy tank/a", DONE });
    g_assert_true(zfs->vol_delete(&f->call, f->pool, vol, 0, &error));
    play(look, none, { "zfs destroy tank/a", FAILS }, { "zfs destroy tank/a", FAILS }, { "zfs destroy tank/a", FAILS });
    fixture_assert_fails(zfs->vol_delete(&f->call, f->pool, vol, 0, &error), error,
                         "internal error: Child process (zfs destroy tank/a) unexpected exit status 1: no");
    assert_played();
}

static void
test_wipe(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) vol = source("tank/a");
    for (int how = ALJ_WIPE_NNSA; how <= ALJ_WIPE_RANDOM; how++)
        fixture_assert_fails(zfs->vol_wipe(&f->call, f->pool, vol, (AljWipe) how, &error), error, "argument unsupported: zfs never "
                             "writes over the old bytes of volume 'a': only the algorithms 'zero' and 'trim' have an effect");
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
    play({ LOOK " tank/a", FAILS }, { NAMES " tank", "tank\ntank/b\n" });
    fixture_assert_fails(zfs->vol_stat(&f->call, f->pool, vol, &stat, &error), error,
                         "Storage volume not found: no storage vol with matching name 'a'");
}

#define add(name, function) g_test_add("/backend/zfs/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backend/zfs/datasets", test_datasets);
    g_test_add_func("/backend/zfs/odd-datasets", test_odd_datasets);
    g_test_add_func("/backend/zfs/snapshots", test_snapshots);
    g_test_add_func("/backend/zfs/names", test_names);
    add("start", test_start);
    add("start-dataset", test_start_dataset);
    add("scan", test_scan);
    add("sweep", test_sweep);
    add("build", test_build);
    add("build-dataset", test_build_dataset);
    add("pool-delete", test_pool_delete);
    add("sources", test_sources);
    add("plan", test_plan);
    add("create", test_create);
    add("create-undone", test_create_undone);
    add("create-cancelled", test_create_cancelled);
    add("clone", test_clone);
    add("resize", test_resize);
    add("delete", test_delete);
    add("delete-busy", test_delete_busy);
    add("wipe", test_wipe);
    add("stat", test_stat);
    return g_test_run();
}
