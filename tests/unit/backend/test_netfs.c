/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type netfs without a server. Stand-ins for mount, umount and showmount lie over the programs in a namespace of this test:
 * they note their command lines, and a tmpfs is mounted under the name that a server's directory would have.
 */
#include "fixture.h"

#include "backend/files/files.h"
#include "backend/netfs/netfs.h"
#include "base/guard.h"
#include "host/run.h"
#include "model/source.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const AljBackend *const netfs = &aljibe_backend;
static bool can_mount;

/* Notes its command line and what a credentials file says; fails, hangs or mounts a tmpfs. */
#define MOUNT_SCRIPT                                                                                         \
    "#!/bin/sh\n"                                                                                            \
    "echo \"mount $*\" >>HOME/calls\n"                                                                          \
    "case $* in *credentials=*) file=${*##*credentials=}; cat \"${file%%[, ]*}\" >>HOME/credentials;; esac\n"   \
    "[ ! -e HOME/hang ] || exec sleep 1000\n"                                                                   \
    "[ ! -e HOME/fail ] || { echo 'mount.nfs: Connection refused' >&2; exit 32; }\n"                            \
    "while [ $# -gt 2 ]; do shift; done\n"                                                                   \
    "exec HOME/real-mount -t tmpfs \"$1\" \"$2\"\n"
#define UMOUNT_SCRIPT                                                                                        \
    "#!/bin/sh\n"                                                                                            \
    "echo \"umount $*\" >>HOME/calls\n"                                                                         \
    "[ ! -e HOME/hang ] || exec sleep 1000\n"                                                                   \
    "exec HOME/real-umount \"$@\"\n"
#define SHOWMOUNT_SCRIPT                                                                                     \
    "#!/bin/sh\n"                                                                                            \
    "echo \"showmount $*\" >>HOME/calls\n"                                                                      \
    "[ ! -e HOME/fail ] || { echo 'clnt_create: RPC: Unable to receive' >&2; exit 1; }\n"                       \
    "[ ! -e HOME/exports ] || cat HOME/exports\n"
#define GLUSTER_SCRIPT                                                                                       \
    "#!/bin/sh\n"                                                                                            \
    "[ -e HOME/volumes ] || exit 1\n"                                                                           \
    "cat HOME/volumes\n"

static const struct {
    const char *program, *script;
} programs[] = {
    { "mount", MOUNT_SCRIPT },
    { "umount", UMOUNT_SCRIPT },
    { "showmount", SHOWMOUNT_SCRIPT },
    { "gluster", GLUSTER_SCRIPT },
};

static char *
in_base(Fixture *f, const char *name)
{
    return g_build_filename(f->base, name, NULL);
}

static void
write_file(Fixture *f, const char *name, const char *text)
{
    g_autofree char *path = in_base(f, name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
remove_file(Fixture *f, const char *name)
{
    g_autofree char *path = in_base(f, name);
    g_assert_cmpint(unlink(path), ==, 0);
}

/* Puts a script over @program, and the program itself beside the others as real-PROGRAM. */
static void
replace_program(Fixture *f, const char *program, const char *script)
{
    g_autofree char *path = alj_run_find(program);
    g_autofree char *real_name = g_strconcat("real-", program, NULL), *fake_name = g_strconcat("fake-", program, NULL);
    g_autofree char *real = in_base(f, real_name), *fake = in_base(f, fake_name);
    g_autoptr(GString) text = g_string_new(script);
    g_autofree char *bytes = NULL;
    gsize length;
    g_string_replace(text, "HOME", f->base, 0);
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL) && g_file_set_contents(real, bytes, (gssize) length, NULL));
    g_assert_true(g_file_set_contents(fake, text->str, -1, NULL));
    g_assert_cmpint(chmod(real, 0755), ==, 0);
    g_assert_cmpint(chmod(fake, 0755), ==, 0);
    g_assert_cmpint(mount(fake, path, NULL, MS_BIND, NULL), ==, 0);
}

static GBytes *
get_auth_secret(AljCall *call, const AljPoolAuth *auth, GError **error)
{
    if (auth->secret_usage) {
        alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_NO_SECRET, "no secret with matching usage '%s'", auth->secret_usage);
        return NULL;
    }
    return g_bytes_new_static("pass,word ", 10);
}

static void
set_up(Fixture *f, gconstpointer unused)
{
    fixture_set_up(f, NULL);
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_NETFS);
    f->pool->name = g_strdup("p");
    f->pool->format = "nfs";
    f->pool->target_path = in_base(f, "pool");
    f->pool->source_dir = g_strdup("/srv/images");
    alj_pool_def_add_host(f->pool, "nas", 0);
    f->call.get_auth_secret = get_auth_secret;
    if (!can_mount)
        g_test_skip("mounting is not allowed here");
    for (size_t i = 0; can_mount && i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *path = alj_run_find(programs[i].program);
        if (path)
            replace_program(f, programs[i].program, programs[i].script);
    }
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
    while (umount2(f->pool->target_path, UMOUNT_NOFOLLOW) == 0)
        continue;
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *path = alj_run_find(programs[i].program);
        if (path && can_mount)
            g_assert_cmpint(umount2(path, MNT_DETACH), ==, 0);
    }
    fixture_tear_down(f, NULL);
}

#define netfs_add(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

/* What the stand-ins were called with since the last time. The base directory stands as BASE. */
static void
assert_calls(Fixture *f, const char *expected)
{
    g_autofree char *path = in_base(f, "calls"), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        text = g_strdup("");
    g_autoptr(GString) calls = g_string_new(text);
    g_string_replace(calls, f->base, "BASE", 0);
    (void) unlink(path); /* none: nothing was called */
    g_assert_cmpstr(calls->str, ==, expected);
}

static void
assert_start_fails(Fixture *f, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(expected);
    g_string_replace(text, "BASE", f->base, 0);
    fixture_assert_fails(netfs->pool_start(&f->call, f->pool, &error), error, text->str);
}

static void
must(bool is_done, GError *error)
{
    g_assert_no_error(error);
    g_assert_true(is_done);
}

static void
must_start(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    must(netfs->pool_start(&f->call, f->pool, &error), error);
}

static void
must_stop(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    must(netfs->pool_stop(&f->call, f->pool, &error), error);
}

static bool
is_active(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    bool is_up = false;
    must(netfs->pool_probe(&f->call, f->pool, &is_up, &error), error);
    return is_up;
}

static void
add_option(Fixture *f, const char *name)
{
    AljPoolOption *option = g_new0(AljPoolOption, 1);
    option->name = g_strdup(name);
    g_ptr_array_add(f->pool->options, option);
}

static void
set_text(char **place, const char *text)
{
    g_free(*place);
    *place = g_strdup(text);
}

static AljPoolHost *
host_of(Fixture *f)
{
    return g_ptr_array_index(f->pool->hosts, 0);
}

/* ---- exports ---- */

static void
assert_exports(const char *output, const char *expected)
{
    g_autoptr(GPtrArray) paths = alj_netfs_parse_exports(output);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < paths->len; i++)
        g_string_append_printf(text, "[%s]", (const char *) g_ptr_array_index(paths, i));
    g_assert_cmpstr(text->str, ==, expected);
}

static void
test_exports(void)
{
    g_autofree char *recorded = NULL;
    g_assert_true(g_file_get_contents(GOLDEN_DIR "/tool-output/showmount-exports.txt", &recorded, NULL, NULL));
    assert_exports(recorded, "[/export/with blank][/export/squash][/][/export/ro][/export/pool][/srv/images]");
    assert_exports("", "");
    assert_exports("/a *\n/a x,y\n", "[/a]");
    assert_exports("/only-a-path\n", "");
    assert_exports("relative *\n-t *\n *\n\n", "");
    assert_exports("/tab\tin *\n/bell\a *\n/latin\xe9 *\n/good *", "[/good]");
}

static void
test_exports_many(void)
{
    g_autoptr(GString) output = g_string_new(NULL);
    for (int i = 0; i < 5000; i++)
        g_string_append_printf(output, "/export/%d *\n", i);
    g_autoptr(GPtrArray) paths = alj_netfs_parse_exports(output->str);
    g_assert_cmpuint(paths->len, ==, 4096);
}

/* ---- command lines ---- */

/* mission: A2-04 */
static void
test_command_lines(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *format, *version, *host, *dir, *option, *words;
    } rows[] = {
        { "nfs", NULL, "nas", "/srv", NULL, "nodev,nosuid,noexec -t nfs nas:/srv" },
        { "nfs", "4.2", "nas", "/srv", "hard,noatime", "nodev,nosuid,noexec,nfsvers=4.2,hard,noatime -t nfs nas:/srv" },
        { "nfs", NULL, "nas", "/", NULL, "nodev,nosuid,noexec -t nfs nas:/" },
        { "nfs", NULL, "2001:db8::1", "/srv", NULL, "nodev,nosuid,noexec -t nfs [2001:db8::1]:/srv" },
        { "nfs", NULL, "[2001:db8::1]", "/srv", NULL, "nodev,nosuid,noexec -t nfs [2001:db8::1]:/srv" },
        { "auto", "3", "nas", "/srv", "exec", "nodev,nosuid,noexec,nfsvers=3,exec nas:/srv" },
        { "glusterfs", NULL, "nas", "/vol", "log-level=ERROR",
          "nodev,nosuid,noexec,direct-io-mode=1,log-level=ERROR -t glusterfs nas:/vol" },
        { "cifs", NULL, "nas", "share", NULL, "nodev,nosuid,noexec,guest -t cifs //nas/share" },
        { "cifs", NULL, "nas", "/share/sub dir", "vers=3.1.1", "nodev,nosuid,noexec,guest,vers=3.1.1 -t cifs //nas/share/sub dir" },
        { "cifs", NULL, "nas", "share", "credentials=/etc/x", "nodev,nosuid,noexec,credentials=/etc/x -t cifs //nas/share" },
        { "cifs", NULL, "nas", "share", "sec=krb5", "nodev,nosuid,noexec,sec=krb5 -t cifs //nas/share" },
        { "cifs", NULL, "nas", "share", "sec=krb5i", "nodev,nosuid,noexec,sec=krb5i -t cifs //nas/share" },
        { "cifs", NULL, "nas", "share", "sec=none", "nodev,nosuid,noexec,sec=none -t cifs //nas/share" },
        { "cifs", NULL, "nas", "share", "sec=ntlmssp", "nodev,nosuid,noexec,guest,sec=ntlmssp -t cifs //nas/share" },
    };
    write_file(f, "fail", "");
    for (size_t i = 0; can_mount && i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *expected = g_strdup_printf("mount -o %s BASE/pool\n", rows[i].words);
        f->pool->format = rows[i].format;
        set_text(&f->pool->protocol_ver, rows[i].version);
        set_text(&host_of(f)->name, rows[i].host);
        set_text(&f->pool->source_dir, rows[i].dir);
        g_ptr_array_set_size(f->pool->options, 0);
        if (rows[i].option)
            add_option(f, rows[i].option);
        if (i == 9) /* there is no such file for the stand-in to read */
            write_file(f, "credentials", "");
        g_assert_false(netfs->pool_start(&f->call, f->pool, &error));
        assert_calls(f, expected);
    }
}

static void
test_start_refusals(Fixture *f, gconstpointer unused)
{
    if (!can_mount)
        return;
    write_file(f, "fail", "");
    assert_start_fails(f, "internal error: Child process (/bin/mount -o nodev,nosuid,noexec -t nfs nas:/srv/images BASE/pool) "
                       "unexpected exit status 32: mount.nfs: Connection refused\n");
    g_assert_false(is_active(f));
    assert_calls(f, "mount -o nodev,nosuid,noexec -t nfs nas:/srv/images BASE/pool\n");
    add_option(f, "noatime,bg");
    assert_start_fails(f, "unsupported configuration: with mount option 'bg' nobody could tell whether the pool has started");
    g_ptr_array_set_size(f->pool->options, 0);
    add_option(f, "remount");
    assert_start_fails(f, "unsupported configuration: mount option 'remount' does not mount the source device");
    g_ptr_array_set_size(f->pool->options, 0);
    set_text(&host_of(f)->name, "/dev/sda1 x");
    assert_start_fails(f, "unsupported configuration: '/dev/sda1 x' is no name or address of a host");
    set_text(&host_of(f)->name, "-v");
    assert_start_fails(f, "unsupported configuration: '-v' is no name or address of a host");
    set_text(&host_of(f)->name, "nas");
    alj_pool_def_add_host(f->pool, "other", 0);
    assert_start_fails(f, "unsupported configuration: expected exactly 1 host for the storage pool");
    g_ptr_array_set_size(f->pool->hosts, 1);
    g_assert_cmpint(rmdir(f->pool->target_path), ==, 0);
    assert_start_fails(f, "Requested operation is not valid: cannot open directory 'BASE/pool': No such file or directory; "
                       "pool-build makes it");
    assert_calls(f, "");
}

/* ---- login ---- */

static void
set_auth(Fixture *f, const char *type, const char *username, const char *usage)
{
    AljPoolAuth *auth = g_new0(AljPoolAuth, 1);
    auth->type = g_strdup(type);
    auth->username = g_strdup(username);
    auth->secret_usage = g_strdup(usage);
    f->pool->auth = auth;
}

static void
clear_auth(Fixture *f)
{
    g_free(f->pool->auth->type);
    g_free(f->pool->auth->username);
    g_free(f->pool->auth->secret_usage);
    g_clear_pointer(&f->pool->auth, g_free);
}

/* That the last mount was told @expected in a file, and that only. */
static void
assert_credentials(Fixture *f, const char *expected)
{
    g_autofree char *path = in_base(f, "credentials"), *text = NULL, *calls_path = in_base(f, "calls"), *calls = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL) && g_file_get_contents(calls_path, &calls, NULL, NULL));
    g_assert_cmpstr(text, ==, expected);
    g_assert_null(strstr(calls, "pass"));
    g_assert_nonnull(strstr(calls, ",credentials=/dev/fd/"));
    g_assert_null(strstr(calls, "guest"));
    g_assert_true(unlink(path) == 0 && unlink(calls_path) == 0);
}

static void
test_login(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!can_mount)
        return;
    f->pool->format = "cifs";
    set_text(&f->pool->source_dir, "share");
    set_auth(f, "chap", "ana", NULL);
    must_start(f);
    assert_credentials(f, "username=ana\npassword=pass,word \n");
    g_assert_true(is_active(f));
    must_stop(f);
    assert_calls(f, "umount BASE/pool\n");
    write_file(f, "fail", "");
    assert_start_fails(f, "internal error: Child process (/bin/mount -o nodev,nosuid,noexec,credentials=SECRET -t cifs //nas/share "
                       "BASE/pool) unexpected exit status 32: mount.nfs: Connection refused\n");
    assert_credentials(f, "username=ana\npassword=pass,word \n");
    add_option(f, "sec=ntlmsspi,seal"); /* how, not who */
    g_assert_false(netfs->pool_start(&f->call, f->pool, &error));
    g_clear_error(&error);
    assert_credentials(f, "username=ana\npassword=pass,word \n");
    g_ptr_array_set_size(f->pool->options, 0);
    clear_auth(f);
    add_option(f, "username=ana,password=passwd");
    g_assert_false(netfs->pool_start(&f->call, f->pool, &error));
    assert_credentials(f, "password=passwd\n");
}

static void
test_login_refusals(Fixture *f, gconstpointer unused)
{
    if (!can_mount)
        return;
    f->pool->format = "cifs";
    set_auth(f, "ceph", "ana", NULL);
    assert_start_fails(f, "unsupported configuration: a cifs server knows names and passwords: auth type 'chap', not 'ceph'");
    clear_auth(f);
    set_auth(f, "chap", "ana", "nosuch");
    assert_start_fails(f, "Secret not found: no secret with matching usage 'nosuch'");
    clear_auth(f);
    set_auth(f, "chap", "ana\npassword=x", NULL);
    assert_start_fails(f, "invalid argument: the username for the cifs server is not one line of 1 to 512 bytes");
    clear_auth(f);
    set_auth(f, "chap", "ana,uid=0", NULL);
    assert_start_fails(f, "invalid argument: the username for the cifs server has a comma, which would begin a mount option");
    clear_auth(f);
    g_autofree char *endless = g_strnfill(513, 'a');
    set_auth(f, "chap", endless, NULL);
    assert_start_fails(f, "invalid argument: the username for the cifs server is not one line of 1 to 512 bytes");
    clear_auth(f);
    set_auth(f, "chap", "ana", NULL);
    add_option(f, "username=eva");
    assert_start_fails(f, "unsupported configuration: both <auth> and the mount options say who logs in");
    g_ptr_array_set_size(f->pool->options, 0);
    add_option(f, "sec=krb5");
    assert_start_fails(f, "unsupported configuration: both <auth> and the mount options say who logs in");
    clear_auth(f);
    g_ptr_array_set_size(f->pool->options, 0);
    add_option(f, "password=");
    assert_start_fails(f, "invalid argument: the password for the cifs server is not one line of 1 to 512 bytes");
    g_ptr_array_set_size(f->pool->options, 0);
    set_text(&f->pool->source_dir, "share/a,uid=0");
    assert_start_fails(f, "invalid argument: the directory for the cifs server has a comma, which would begin a mount option");
    set_text(&f->pool->source_dir, "share");
    add_option(f, "password=old,Password2=new");
    assert_start_fails(f, "unsupported configuration: mount option 'Password2' would show a password to every user: use <auth>, or "
                       "'password='");
    assert_calls(f, "");
}

/* ---- life ---- */

/* mission: A2-04 */
static void
test_life(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!can_mount)
        return;
    g_assert_cmpint(rmdir(f->pool->target_path), ==, 0);
    fixture_assert_fails(netfs->pool_build(&f->call, f->pool, ALJ_BUILD_OVERWRITE, &error), error,
                         "Requested operation is not valid: No source device specified when formatting pool 'p'");
    g_assert_cmpint(access(f->pool->target_path, F_OK), ==, -1);
    must(netfs->pool_build(&f->call, f->pool, 0, &error), error);
    g_assert_false(is_active(f));
    must_start(f);
    must_start(f); /* mounted already: by whomever */
    assert_calls(f, "mount -o nodev,nosuid,noexec -t nfs nas:/srv/images BASE/pool\n");
    g_assert_true(is_active(f));
    g_autoptr(AljInventory) inventory = netfs->scan(&f->call, f->pool, NULL, &error);
    must(inventory != NULL, error);
    g_assert_cmpuint(inventory->vols->len, ==, 0);
    must_stop(f);
    must_stop(f);
    assert_calls(f, "umount BASE/pool\n");
    g_assert_null(netfs->scan(&f->call, f->pool, NULL, &error)); /* never the bare directory */
    g_assert_true(alj_error_is(error, ALJ_ERROR_BAD_STATE));
    g_clear_error(&error);
    must(netfs->pool_delete(&f->call, f->pool, 0, &error), error);
    g_assert_cmpint(access(f->pool->target_path, F_OK), ==, -1);
}

static void
test_hidden(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!can_mount)
        return;
    must_start(f);
    g_assert_cmpint(mount("over", f->pool->target_path, "tmpfs", 0, NULL), ==, 0);
    g_assert_true(is_active(f));
    g_assert_null(netfs->scan(&f->call, f->pool, NULL, &error));
    g_clear_error(&error);
    g_assert_false(netfs->pool_stop(&f->call, f->pool, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_BUSY));
    g_assert_cmpint(umount2(f->pool->target_path, 0), ==, 0);
    must_stop(f);
}

/* A program that does not end is ended at the deadline, and what it did is taken back. */
static void
test_late(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = NULL;
    if (!can_mount)
        return;
    write_file(f, "hang", "");
    atomic_store(&f->task.deadline_usec, g_get_monotonic_time() + 200 * G_TIME_SPAN_MILLISECOND);
    g_assert_false(netfs->pool_start(&f->call, f->pool, &error));
    g_assert_cmpstr(error->message, ==, "the server of 'nas:/srv/images' did not answer in time");
    g_assert_true(alj_error_is(error, ALJ_ERROR_TIMEOUT));
    g_clear_error(&error);
    g_assert_false(is_active(f));
    remove_file(f, "hang");
    atomic_store(&f->task.deadline_usec, 0);
    must_start(f);
    write_file(f, "hang", "");
    atomic_store(&f->task.deadline_usec, g_get_monotonic_time() + 200 * G_TIME_SPAN_MILLISECOND);
    expected = g_strdup_printf("the server of 'nas:/srv/images' did not answer in time, so it stays mounted; destroy the pool when it "
                               "answers, or give up what was not written back with `umount -f -l %s` and destroy the pool then",
                               f->pool->target_path);
    g_assert_false(netfs->pool_stop(&f->call, f->pool, &error));
    g_assert_cmpstr(error->message, ==, expected);
    g_assert_true(is_active(f));
}

/* After a failure nothing is mounted. */
static void
test_start_each_failure(Fixture *f, gconstpointer unused)
{
    bool is_done = false;
    for (unsigned nth = 1; can_mount && !is_done; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EIO);
        is_done = netfs->pool_start(&f->call, f->pool, &error);
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(is_active(f) == is_done);
        g_assert_cmpuint(nth, <, 50);
    }
}

static bool
try_build(Fixture *f)
{
    return netfs->pool_build(&f->call, f->pool, 0, NULL);
}

static bool
try_start(Fixture *f)
{
    return netfs->pool_start(&f->call, f->pool, NULL);
}

static bool
try_stop(Fixture *f)
{
    return netfs->pool_stop(&f->call, f->pool, NULL);
}

static bool
try_delete(Fixture *f)
{
    return netfs->pool_delete(&f->call, f->pool, 0, NULL);
}

/* Lets a child do @step and die at its @nth call. Returns: whether it died; else it was done before. */
static bool
die_at(Fixture *f, bool (*step)(Fixture *f), unsigned nth)
{
    int status = 0;
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        alj_host_die_nth(f->host, nth);
        _exit(step(f) ? 0 : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* Wherever a step of the pool's life was interrupted: it can be done again, at most one mount is there, and the next steps go on. */
static void
test_each_death(Fixture *f, gconstpointer unused)
{
    static bool (*const steps[])(Fixture *f) = { try_build, try_start, try_stop, try_delete };
    const unsigned n = G_N_ELEMENTS(steps);
    bool has_died = can_mount;
    if (can_mount)
        g_assert_cmpint(rmdir(f->pool->target_path), ==, 0);
    for (unsigned nth = 1; has_died; nth++) {
        has_died = false;
        for (unsigned i = 0; i < n; i++) {
            bool dies = die_at(f, steps[i], nth);
            bool is_gone = steps[i] == try_delete && access(f->pool->target_path, F_OK) < 0;
            g_assert_true(is_gone || steps[i](f));
            g_assert_true(is_active(f) == (steps[i] == try_start));
            has_died = has_died || dies;
        }
        g_assert_cmpint(access(f->pool->target_path, F_OK), ==, -1); /* rmdir works on no mount, so there was but one */
        g_assert_cmpuint(nth, <, 50);
    }
}

/* ---- search ---- */

static char *
search(Fixture *f, const char *host, GError **error)
{
    g_autoptr(AljSourceSpec) spec = g_new0(AljSourceSpec, 1);
    spec->hosts = g_ptr_array_ref(f->pool->hosts);
    set_text(&host_of(f)->name, host);
    g_autoptr(GPtrArray) sources = netfs->sources(&f->call, spec, error);
    return sources ? alj_sources_format(sources) : NULL;
}

static void
test_search(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!can_mount || !fixture_has_tool("showmount"))
        return;
    g_autofree char *none = search(f, "nas", &error); /* an empty list is an answer */
    g_assert_cmpstr(none, ==, "<sources>\n</sources>\n");
    assert_calls(f, "showmount --no-headers --exports nas\n");
    write_file(f, "exports", "/ *\n/srv/a b   (everyone)\n");
    g_autofree char *found = search(f, "nas", &error);
    g_assert_cmpstr(found, ==,
                    "<sources>\n  <source>\n    <host name='nas'/>\n    <dir path='/'/>\n    <format type='nfs'/>\n  </source>\n"
                    "  <source>\n    <host name='nas'/>\n    <dir path='/srv/a b'/>\n    <format type='nfs'/>\n  </source>\n"
                    "</sources>\n");
    write_file(f, "fail", "");
    g_autofree char *failed = search(f, "nas", &error);
    fixture_assert_fails(failed != NULL, error, "operation failed: no storage pools were found on host 'nas'");
    g_autofree char *refused = search(f, "na s", &error);
    fixture_assert_fails(refused != NULL, error, "unsupported configuration: 'na s' is no name or address of a host");
}

/* A gluster server need not be one of NFS. */
static void
test_search_gluster(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!can_mount || !fixture_has_tool("showmount") || !fixture_has_tool("gluster"))
        return;
    write_file(f, "fail", "");
    write_file(f, "volumes", "<cliOutput><opRet>0</opRet><volInfo><volumes><volume><name>vms</name></volume></volumes></volInfo>"
               "</cliOutput>");
    g_autofree char *found = search(f, "nas", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(found, ==, "<sources>\n  <source>\n    <host name='nas'/>\n    <dir path='vms'/>\n"
                    "    <format type='glusterfs'/>\n  </source>\n</sources>\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    can_mount = unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    g_test_add_func("/netfs/exports", test_exports);
    g_test_add_func("/netfs/exports-many", test_exports_many);
    netfs_add("/netfs/command-lines", test_command_lines);
    netfs_add("/netfs/start-refusals", test_start_refusals);
    netfs_add("/netfs/login", test_login);
    netfs_add("/netfs/login-refusals", test_login_refusals);
    netfs_add("/netfs/life", test_life);
    netfs_add("/netfs/hidden", test_hidden);
    netfs_add("/netfs/late", test_late);
    netfs_add("/netfs/start-each-failure", test_start_each_failure);
    netfs_add("/netfs/each-death", test_each_death);
    netfs_add("/netfs/search", test_search);
    netfs_add("/netfs/search-gluster", test_search_gluster);
    return g_test_run();
}
