/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directory pools whose volumes are sub-volumes, on a real btrfs, mounted in a namespace of this test: where the bytes are, copies
 * that share, and what is left when any call fails or the process dies at it.
 */
#include "fixture.h"

#include "backend/files/files.h"
#include "base/guard.h"
#include "host/files.h"
#include "host/subvol.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define MIB (UINT64_C(1) << 20)
#define RAW "<capacity>4194304</capacity><allocation>0</allocation>"
#define QCOW2 "<capacity>4194304</capacity><target><format type='qcow2'/></target>"

static const AljBackend *const dir = &aljibe_backend;
static bool can_mount;

static void
set_up(Fixture *f, gconstpointer unused)
{
    fixture_set_up(f, NULL);
    if (!can_mount)
        g_test_skip("mounting is not allowed here");
    else if (fixture_has_tool("mkfs.btrfs"))
        f->pool->has_subvolumes = true;
    if (!f->pool->has_subvolumes)
        return;
    g_autofree char *complaint = fixture_shell(f, "truncate -s 256M ../disk; mkfs.btrfs -q ../disk >/dev/null 2>&1; "
                                                 "mount -o loop ../disk . || echo no");
    if (*complaint) {
        f->pool->has_subvolumes = false;
        g_test_skip("a btrfs image cannot be mounted here");
    }
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
    (void) umount2(f->pool->target_path, MNT_DETACH); /* the loop device goes with it */
    fixture_tear_down(f, NULL);
}

static char *
path_of(const Fixture *f, const char *name)
{
    return g_build_filename(f->pool->target_path, name, ALJ_SUBVOL_FILE, NULL);
}

static AljVolDef *
copy(Fixture *f, const char *from, const char *name, unsigned flags, GError **error)
{
    g_autoptr(AljVolDef) request = alj_vol_def_copy(fixture_find(f, from));
    g_free(request->name);
    request->name = g_strdup(name);
    return alj_files_vol_plan(&f->call, f->pool, request, flags, error)
        ? alj_files_vol_copy(&f->call, f->pool, request, fixture_find(f, from), ALJ_POOL_DIR, flags, error) : NULL;
}

static void
test_layout(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!f->pool->has_subvolumes)
        return;
    fixture_create(f, "raw", RAW);
    fixture_create(f, "image", QCOW2);
    shell(f, "echo x >plain; mkdir empty; btrfs -q subvolume create other; btrfs -q subvolume create linked; ln -s ../plain linked/disk");
    fixture_scan(f);
    g_autofree char *path = path_of(f, "raw");
    const AljVolDef *raw = fixture_find(f, "raw");
    g_assert_cmpstr(raw->path, ==, path);
    g_assert_cmpstr(raw->key, ==, path);
    g_assert_cmpint(raw->type, ==, ALJ_VOL_FILE);
    g_assert_cmpuint(raw->capacity_bytes, ==, 4 * MIB);
    g_assert_cmpint(fixture_find(f, "image")->format, ==, ALJ_FORMAT_QCOW2);
    g_assert_cmpint(fixture_find(f, "plain")->type, ==, ALJ_VOL_FILE);
    g_assert_cmpint(fixture_find(f, "empty")->type, ==, ALJ_VOL_DIR);
    g_assert_cmpint(fixture_find(f, "other")->type, ==, ALJ_VOL_DIR);
    g_assert_cmpint(fixture_find(f, "linked")->type, ==, ALJ_VOL_DIR); /* nothing is read through a link */
    g_autofree char *inodes = fixture_shell(f, "stat -c '%%n %%i %%a' raw raw/disk | cut -d' ' -f1,2,3 | sed 's/ 25[789] / file /'");
    g_assert_cmpstr(inodes, ==, "raw 256 711\nraw/disk file 600\n");
    AljVolStat stat = { 0 };
    g_assert_true(alj_files_vol_stat(&f->call, f->pool, raw, &stat, &error));
    g_assert_cmpuint(stat.capacity_bytes, ==, 4 * MIB);
    /* Without the element the same directory shows what libvirt would show. */
    f->pool->has_subvolumes = false;
    alj_inventory_free(g_steal_pointer(&f->inventory));
    fixture_scan(f);
    g_assert_cmpint(fixture_find(f, "raw")->type, ==, ALJ_VOL_DIR);
    f->pool->has_subvolumes = true;
}

static void
test_bytes(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!f->pool->has_subvolumes)
        return;
    fixture_create(f, "raw", RAW);
    AljVolDef *raw = fixture_find(f, "raw");
    g_autoptr(AljMedium) medium = alj_files_vol_open(&f->call, f->pool, raw, O_RDWR, &error);
    g_assert_no_error(error);
    g_assert_true(medium->ops->write(medium, "hello", 5, MIB, &error));
    shell(f, "test \"$(tail -c +1048577 raw/disk | head -c 5)\" = hello");
    g_autoptr(AljVolDef) larger = alj_files_vol_resize(&f->call, f->pool, raw, 8 * MIB, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(larger->capacity_bytes, ==, 8 * MIB);
    g_autoptr(AljVolDef) wiped = alj_files_vol_wipe(&f->call, f->pool, larger, ALJ_WIPE_ZERO, &error);
    g_assert_no_error(error);
    shell(f, "cmp -n 8388608 raw/disk /dev/zero");
}

static uint64_t
used_bytes(Fixture *f)
{
    struct statvfs fs;
    shell(f, "sync -f .");
    g_assert_cmpint(statvfs(f->pool->target_path, &fs), ==, 0);
    return (uint64_t) (fs.f_blocks - fs.f_bfree) * fs.f_frsize;
}

/* Copies share, whatever room the source takes; also without copy on write, which sub-volumes take over from the directory. */
static void
test_copies_share(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!f->pool->has_subvolumes)
        return;
    for (int without_cow = 0; without_cow <= 1; without_cow++) {
        g_autofree char *name = g_strdup_printf("full%d", without_cow), *twin = g_strdup_printf("twin%d", without_cow);
        shell(f, without_cow ? "chattr +C ." : "true");
        fixture_create(f, name, "<capacity>33554432</capacity>");
        shell(f, "head -c 33554432 /dev/urandom >%s/disk; lsattr -l %s | grep -c No_COW | grep -qx %d", name, name, without_cow);
        fixture_scan(f);
        uint64_t before_bytes = used_bytes(f);
        g_autoptr(AljVolDef) made = copy(f, name, twin, 0, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(made->allocation_bytes, ==, 32 * MIB);
        shell(f, "cmp %s/disk %s/disk", name, twin);
        g_assert_cmpuint(used_bytes(f), <, before_bytes + 4 * MIB);
    }
    fixture_scan(f);
    g_autoptr(AljVolDef) asked = copy(f, "full0", "asked", ALJ_VOL_CREATE_REFLINK, &error);
    g_assert_no_error(error);
    g_assert_nonnull(asked);
}

/* A base is known by its path, from the first scan on. */
static void
test_overlay(Fixture *f, gconstpointer unused)
{
    if (!f->pool->has_subvolumes)
        return;
    fixture_create(f, "base", QCOW2);
    g_autofree char *base = path_of(f, "base");
    g_autofree char *inner = g_strdup_printf(QCOW2 "<backingStore><path>%s</path></backingStore>", base);
    fixture_create(f, "over", inner);
    shell(f, "qemu-img create -q -f qcow2 -b ../base/disk -F qcow2 -u relative.img 4M; mkdir x; btrfs -q subvolume create rel;"
             "mv relative.img rel/disk");
    alj_inventory_free(g_steal_pointer(&f->inventory));
    fixture_scan(f);
    static const char *const overlays[] = { "over", "rel" };
    for (size_t i = 0; i < G_N_ELEMENTS(overlays); i++) {
        const AljVolDef *over = fixture_find(f, overlays[i]);
        g_autofree char *clean = g_canonicalize_filename(over->backing->path, "/");
        g_assert_cmpstr(clean, ==, base);
        g_assert_cmpint(over->backing->format, ==, ALJ_FORMAT_QCOW2);
        g_assert_true(over->backing->permissions.has_mode);
    }
}

/* Who may write in the pool's directory can put a link in the place of a sub-volume: it is not followed when it is copied. */
static void
test_exchanged(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!f->pool->has_subvolumes)
        return;
    fixture_create(f, "a", RAW);
    shell(f, "mkdir ../outside; echo secret >../outside/disk; mv a b; chmod 777 .; ln -s ../outside a");
    fixture_assert_fails(copy(f, "a", "new", 0, &error), error,
                         "cannot open volume 'a': Too many levels of symbolic links");
    g_autoptr(AljMedium) medium = alj_files_vol_open(&f->call, f->pool, fixture_find(f, "a"), O_RDONLY, &error);
    g_assert_null(medium);
    shell(f, "rm -r ../outside");
}

static void
test_delete(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!f->pool->has_subvolumes)
        return;
    fixture_create(f, "a", RAW);
    fixture_create(f, "b", RAW);
    shell(f, "echo precious >b/notes; echo x >plain");
    fixture_scan(f);
    g_assert_true(alj_files_vol_delete(&f->call, f->pool, fixture_find(f, "a"), 0, &error));
    g_assert_no_error(error);
    fixture_assert_fails(alj_files_vol_delete(&f->call, f->pool, fixture_find(f, "b"), 0, &error), error,
                         "Requested operation is not valid: the sub-volume of volume 'b' holds more than the volume; remove the rest by hand");
    g_assert_true(alj_files_vol_delete(&f->call, f->pool, fixture_find(f, "plain"), 0, &error));
    g_autofree char *left = fixture_shell(f, "ls -A . b");
    g_assert_cmpstr(left, ==, ".:\nb\n\nb:\ndisk\nnotes\n");
}

/* Between the first look at the sub-volume and its end somebody puts a file in, by the name it has then. */
static void
put_in(AljCall *call, const char *name, bool add)
{
    Fixture *f = call->core_data;
    if (add)
        shell(f, "echo precious >a/notes");
}

static void
test_delete_late_file(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!f->pool->has_subvolumes)
        return;
    fixture_create(f, "a", RAW);
    fixture_scan(f);
    void (*own_name)(AljCall *call, const char *name, bool add) = f->call.own_name;
    f->call.own_name = put_in;
    fixture_assert_fails(alj_files_vol_delete(&f->call, f->pool, fixture_find(f, "a"), 0, &error), error,
                         "Requested operation is not valid: the sub-volume of volume 'a' holds more than the volume; remove the rest by hand");
    f->call.own_name = own_name;
    g_autofree char *left = fixture_shell(f, "cat a/notes; ls -A . a; btrfs property get a ro");
    g_assert_cmpstr(left, ==, "precious\n.:\na\n\na:\ndisk\nnotes\nro=false\n");
    /* What a crash has left under a hidden name is not swept either while it holds that. */
    g_autofree char *tmp = alj_entry_tmp_name(f->host);
    shell(f, "mv a %s", tmp);
    fixture_scan(f);
    shell(f, "grep -q precious %s/notes; rm %s/notes", tmp, tmp);
    fixture_scan(f);
    g_autofree char *none = fixture_shell(f, "ls -A");
    g_assert_cmpstr(none, ==, "");
}

#define RIVAL_USEC 3000 /* a deletion takes about as long */

/** Rival: makes a file in a sub-volume at some moment of its end, through a descriptor that no name leads to. */
typedef struct Rival {
    int fd;
    bool has_made;
} Rival;

static void *
make_file(void *data)
{
    Rival *rival = data;
    g_usleep((gulong) g_random_int_range(0, RIVAL_USEC));
    alj_autofd fd = openat(rival->fd, "notes", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    rival->has_made = fd >= 0;
    return NULL;
}

/* Whoever comes first, the other one loses; no file that could be made is lost. */
static void
test_delete_race(Fixture *f, gconstpointer unused)
{
    if (!f->pool->has_subvolumes)
        return;
    for (unsigned round = 0; round < 40; round++) {
        g_autoptr(GError) error = NULL;
        fixture_create(f, "a", RAW);
        g_autofree char *path = g_build_filename(f->pool->target_path, "a", NULL), *notes = g_build_filename(path, "notes", NULL);
        alj_autofd fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        g_assert_cmpint(fd, >=, 0);
        Rival rival = { .fd = fd };
        g_autoptr(AljVolDef) vol = alj_vol_def_ref(fixture_find(f, "a"));
        GThread *thread = g_thread_new("rival", make_file, &rival);
        bool is_deleted = alj_files_vol_delete(&f->call, f->pool, vol, 0, &error);
        g_thread_join(thread);
        g_assert_true(!is_deleted || !rival.has_made);
        g_assert_cmpint(access(notes, F_OK), ==, rival.has_made ? 0 : -1);
        if (rival.has_made)
            shell(f, "test -e a/disk; btrfs -q subvolume delete a");
    }
}

/* ---- failures ---- */

static bool
try_create(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) request = fixture_request(f, "new", QCOW2);
    g_autoptr(AljVolDef) made = alj_files_vol_plan(&f->call, f->pool, request, 0, error)
        ? alj_files_vol_create(&f->call, f->pool, request, 0, error) : NULL;
    return made != NULL;
}

static bool
try_copy(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) made = copy(f, "a", "new", 0, error);
    return made != NULL;
}

static bool
try_delete(Fixture *f, GError **error)
{
    return alj_files_vol_delete(&f->call, f->pool, fixture_find(f, "a"), 0, error);
}

static void
remove_new(Fixture *f)
{
    shell(f, "btrfs -q subvolume delete new");
}

static void
restore_a(Fixture *f)
{
    shell(f, "test -e a || { btrfs -q subvolume create a; chmod 711 a; truncate -s 4M a/disk; chmod 600 a/disk;"
             "printf data | dd of=a/disk conv=notrunc status=none; }");
}

static void
make_a(Fixture *f)
{
    fixture_create(f, "a", RAW);
    shell(f, "printf data | dd of=a/disk conv=notrunc status=none");
    fixture_scan(f);
}

static void
test_each_failure(Fixture *f, gconstpointer unused)
{
    if (!f->pool->has_subvolumes)
        return;
    make_a(f);
    fixture_fail_each(f, try_create, remove_new);
    fixture_fail_each(f, try_copy, remove_new);
    fixture_fail_each(f, try_delete, restore_a);
}

/* Lets a child do @attempt and die at its @nth call. Returns: whether it died; else it was done before. */
static bool
die_at(Fixture *f, Attempt attempt, unsigned nth)
{
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        alj_host_die_nth(f->host, nth);
        _exit(attempt(f, NULL) ? 0 : 1);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* After every death the next scan finds the pool as it was before, or as it should become, and nothing else. */
static void
die_each(Fixture *f, Attempt attempt, const char *done, void (*take_back)(Fixture *f))
{
    g_autofree char *before = fixture_list(f);
    unsigned nth = 1;
    for (bool has_died = true; has_died; nth++) {
        has_died = die_at(f, attempt, nth);
        fixture_scan(f);
        g_autofree char *after = fixture_list(f);
        bool is_done = strcmp(before, after) != 0;
        g_autofree char *names = fixture_shell(f, "ls -A | tr '\\n' ' '");
        if (is_done)
            g_assert_cmpstr(names, ==, done);
        g_assert_true(is_done || has_died);
        if (is_done)
            take_back(f);
        fixture_scan(f);
    }
    g_assert_cmpuint(nth, >, 5);
}

static void
test_each_death(Fixture *f, gconstpointer unused)
{
    if (!f->pool->has_subvolumes)
        return;
    make_a(f);
    die_each(f, try_create, "a new ", remove_new);
    die_each(f, try_copy, "a new ", remove_new);
    die_each(f, try_delete, "", restore_a);
}

static void
test_elsewhere(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_active = true;
    if (!f->pool->has_subvolumes)
        return;
    shell(f, "mkdir -p /dev/shm/aljibe-test-$PPID");
    g_free(f->pool->target_path);
    g_autofree char *base = g_steal_pointer(&f->base);
    f->base = g_strdup_printf("/dev/shm/aljibe-test-%d", (int) getpid());
    f->pool->target_path = g_build_filename(f->base, "pool", NULL);
    g_autofree char *text = g_strdup_printf("unsupported configuration: volumes of pool 'p' are to be sub-volumes, but '%s' is not on "
                                            "btrfs", f->pool->target_path);
    fixture_assert_fails(dir->pool_build(&f->call, f->pool, 0, &error), error, text);
    g_assert_cmpint(access(f->pool->target_path, F_OK), ==, -1); /* and taken back */
    g_assert_cmpint(mkdir(f->pool->target_path, 0755), ==, 0);
    fixture_assert_fails(dir->pool_start(&f->call, f->pool, &error), error, text);
    g_assert_true(dir->pool_probe(&f->call, f->pool, &is_active, &error));
    g_assert_false(is_active);
    g_autofree char *mounted = g_build_filename(base, "pool", NULL);
    g_assert_cmpint(umount2(mounted, MNT_DETACH), ==, 0);
    shell(f, "rm -rf '%s'", base);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    can_mount = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    static const struct {
        const char *path;
        void (*run)(Fixture *f, gconstpointer unused);
    } tests[] = {
        { "/subvolumes/layout", test_layout },           { "/subvolumes/bytes", test_bytes },
        { "/subvolumes/copies-share", test_copies_share }, { "/subvolumes/overlay", test_overlay },
        { "/subvolumes/exchanged", test_exchanged },     { "/subvolumes/delete", test_delete },
        { "/subvolumes/delete-late-file", test_delete_late_file },
        { "/subvolumes/delete-race", test_delete_race },
        { "/subvolumes/each-failure", test_each_failure },
        { "/subvolumes/each-death", test_each_death },   { "/subvolumes/elsewhere", test_elsewhere },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
