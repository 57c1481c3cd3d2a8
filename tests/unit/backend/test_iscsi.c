/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type iscsi on a stand-in for iscsiadm that keeps records and sessions as the real one and its kernel do: the command lines,
 * the session that is chosen, what is left after each failure, and that the password is in no command line.
 */
#include "fixture.h"

#include "../fake_sysfs.h"
#include "backend/iscsi/iscsiadm_parse.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TARGET    "iqn.2026-01.org.aljibe:t1"
#define INTERFACE "aljibe-8c4a1a3c-0d1f-4b6e-9a53-6c0f2b1d7e55"
#define PASSWORD  "labpassword12"

static const AljBackend *const iscsi = &aljibe_backend;

/*
 * Writes its command line to "calls". Records are files; a login makes a session of which sysfs tells, with one disk; the words in
 * "plan" are an action and an exit status: that action fails with it.
 */
static const char stand_in[] =
    "#!/bin/sh\n"
    "cd \"$(dirname \"$0\")/../..\" || exit 99\n"
    "echo \"$*\" >>calls\n"
    "all=\" $* \"; target= interface=default portal= value= session=\n"
    "while [ $# -gt 0 ]; do case $1 in --targetname) target=$2;; --interface) interface=$2;; --portal) portal=$2;; --value) value=$2;;\n"
    "  -r) session=$2;; esac; shift; done\n"
    "while read -r action status; do case $all in *$action*) echo 'it failed' >&2; exit $status;; esac; done <plan\n"
    "record=\"etc/iscsi/nodes/$target/$(echo $portal | sed 's/^\\[//; s/\\]//; s/:\\([0-9]*\\),/,\\1,/')/$interface\"\n"
    "case $all in\n"
    "*'--mode iface --interface'*'--op new'*) mkdir -p etc/iscsi/ifaces; echo \"# $interface\" >etc/iscsi/ifaces/$interface ;;\n"
    "*'--mode iface'*'--op update'*) echo \"$value\" >etc/iscsi/ifaces/$interface ;;\n"
    "*'--mode iface'*'--op delete'*) rm etc/iscsi/ifaces/$interface ;;\n"
    "*'--mode node'*'--op new'*) mkdir -p \"$(dirname \"$record\")\"; umask 077\n"
    "  printf '# BEGIN RECORD 2.1.8\\nnode.session.auth.authmethod = None\\n# END RECORD\\n' >\"$record\" ;;\n"
    "*'--mode node'*'--op delete'*) rm -r etc/iscsi/nodes/$target/*/$interface ;;\n"
    "*--login*) cp \"$record\" record; ./make-session 1 $target $interface ;;\n"
    "*--logout*) rm -r sys/class/iscsi_session/session$session sys/devices/platform/host$session sys/bus ;;\n"
    "*discovery*) cat output ;;\n"
    "*'--mode iface'*) cat output ;;\n"
    "esac\n";

static const char make_session[] =
    "#!/bin/sh -e\n"
    "d=sys/devices/platform/host$1/session$1/iscsi_session/session$1; mkdir -p $d sys/class/iscsi_session; ln -s ../.. $d/device\n"
    "echo $2 >$d/targetname; echo $3 >$d/ifacename; echo LOGGED_IN >$d/state; echo ${4:-iqn.x:default} >$d/initiatorname\n"
    "ln -s ../../../$d sys/class/iscsi_session/session$1\n"
    "c=sys/class/iscsi_connection/connection$1:0; mkdir -p $c; echo 127.0.0.1 >$c/persistent_address; echo 3260 >$c/persistent_port\n"
    "u=sys/bus/scsi/devices/$1:0:0:1; mkdir -p $u/block/sdz; echo 0 >$u/type; echo 2048 >$u/block/sdz/size\n";

typedef struct World {
    Fixture fixture;
    char *root;
    int udev_fd;
    const char *password; /* NULL: there is no secret */
} World;

static World *world;

static GBytes *
get_auth_secret(AljCall *call, const AljPoolAuth *auth, GError **error)
{
    if (world->password)
        return g_bytes_new(world->password, strlen(world->password));
    alj_fail(error, ALJ_ERROR_NO_SECRET, "no secret with matching usage '%s'", auth->secret_usage);
    return NULL;
}

static void
write_program(World *w, const char *path, const char *text)
{
    fake_file(w->root, path, text, -1);
    fake_run(w->root, "chmod 755 %s", path);
}

static void
set_up(World *w, gconstpointer unused)
{
    world = w;
    fixture_set_up(&w->fixture, NULL);
    w->root = g_build_filename(w->fixture.base, "root", NULL);
    write_program(w, "usr/sbin/iscsiadm", stand_in);
    write_program(w, "make-session", make_session);
    fake_run(w->root, ": >plan; : >calls; : >output; mkdir -p dev/disk/by-path run/udev etc/iscsi; : >dev/sdz; "
                      "ln -s ../../sdz dev/disk/by-path/lun-1");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_autofree char *path = g_build_filename(w->root, "run/udev/control", NULL);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    w->udev_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(w->udev_fd, (struct sockaddr *) &address, sizeof address), ==, 0);
    g_assert_cmpint(listen(w->udev_fd, 1000), ==, 0);

    AljPoolDef *pool = alj_pool_def_new(ALJ_POOL_ISCSI);
    pool->name = g_strdup("p");
    pool->target_path = g_strdup("/dev/disk/by-path");
    g_assert_true(alj_uuid_parse("8c4a1a3c-0d1f-4b6e-9a53-6c0f2b1d7e55", &pool->uuid));
    alj_pool_def_add_host(pool, "127.0.0.1", 0);
    alj_pool_def_add_device(pool, TARGET);
    alj_pool_def_unref(w->fixture.pool);
    w->fixture.pool = pool;
    w->fixture.call.get_auth_secret = get_auth_secret;
    alj_host_set_root(w->fixture.host, w->root);
}

static void
tear_down(World *w, gconstpointer unused)
{
    close(w->udev_fd);
    fixture_tear_down(&w->fixture, NULL);
    g_free(w->root);
}

static void
assert_text(World *w, const char *name, const char *expected)
{
    g_autofree char *path = g_build_filename(w->root, name, NULL), *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, expected);
}

static bool
start(World *w, GError **error)
{
    return iscsi->pool_start(&w->fixture.call, w->fixture.pool, error);
}

static void
must_start(World *w)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(start(w, &error));
    g_assert_no_error(error);
}

static void
must_stop(World *w)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(iscsi->pool_stop(&w->fixture.call, w->fixture.pool, &error));
    g_assert_no_error(error);
}

static bool
is_active(World *w)
{
    bool is_up = false;
    g_autoptr(GError) error = NULL;
    g_assert_true(iscsi->pool_probe(&w->fixture.call, w->fixture.pool, &is_up, &error));
    g_assert_no_error(error);
    return is_up;
}

/* Nothing of the pool's own is anywhere. */
static void
assert_clean(World *w)
{
    fake_run(w->root, "mkdir -p sys; ! find etc sys -name '*aljibe-*' | grep . && ! grep -rl aljibe- sys");
}

/* ---- life ---- */

#define NODE "--mode node --portal 127.0.0.1:3260,1 --targetname " TARGET " --interface " INTERFACE
#define FORGET "--mode node --targetname " TARGET " --interface " INTERFACE " --op delete\n" \
               "--mode iface --interface " INTERFACE " --op delete\n"

static void
test_life(World *w, gconstpointer unused)
{
    g_assert_false(is_active(w));
    must_start(w);
    assert_text(w, "calls", "--mode iface --interface " INTERFACE " --op new\n" NODE " --op new\n" NODE " --login\n");
    assert_text(w, "record", "# BEGIN RECORD 2.1.8\nnode.session.auth.authmethod = None\nnode.session.initial_login_retry_max = 3\n"
                             "# END RECORD\n");
    g_assert_true(is_active(w));
    fake_run(w->root, ": >calls");
    must_start(w); /* it is there */
    assert_text(w, "calls", "");
    must_stop(w);
    assert_text(w, "calls", "--mode session -r 1 --logout\n" FORGET);
    g_assert_false(is_active(w));
    assert_clean(w);
}

static void
test_initiator(World *w, gconstpointer unused)
{
    w->fixture.pool->initiator = g_strdup("iqn.2026-01.org.aljibe:me");
    fake_run(w->root, "./make-session 5 " TARGET " default iqn.2026-01.org.aljibe:another");
    must_start(w); /* a session under another name is none */
    assert_text(w, "calls", "--mode iface --interface " INTERFACE " --op new\n"
                            "--mode iface --interface " INTERFACE
                            " --op update --name iface.initiatorname --value iqn.2026-01.org.aljibe:me\n" NODE " --op new\n" NODE
                            " --login\n");
}

static void
test_portals(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    alj_pool_def_add_host(w->fixture.pool, "::1", 3261);
    fake_run(w->root, "echo '127.0.0.1:3260*--login 8' >plan");
    must_start(w);
    assert_text(w, "calls", "--mode iface --interface " INTERFACE " --op new\n" NODE " --op new\n" NODE " --login\n"
                            "--mode node --portal [::1]:3261,1 --targetname " TARGET " --interface " INTERFACE " --op new\n"
                            "--mode node --portal [::1]:3261,1 --targetname " TARGET " --interface " INTERFACE " --login\n");
    must_stop(w);
    assert_clean(w);
    fake_run(w->root, "echo '--login 8' >plan");
    g_assert_false(start(w, &error));
    g_assert_true(g_str_has_suffix(error->message, " --login) unexpected exit status 8: it failed\n"));
    assert_clean(w);
}

/* ---- CHAP ---- */

static void
add_auth(World *w, const char *type)
{
    AljPoolAuth *auth = g_new0(AljPoolAuth, 1);
    auth->type = g_strdup(type);
    auth->username = g_strdup("labuser");
    auth->secret_usage = g_strdup("lab");
    w->fixture.pool->auth = auth;
}

static void
test_password(World *w, gconstpointer unused)
{
    add_auth(w, "chap");
    w->password = PASSWORD;
    must_start(w);
    assert_text(w, "record", "# BEGIN RECORD 2.1.8\nnode.session.initial_login_retry_max = 3\nnode.session.auth.authmethod = CHAP\n"
                             "node.session.auth.username = labuser\nnode.session.auth.password = " PASSWORD "\n# END RECORD\n");
    fake_run(w->root, "! grep -q " PASSWORD " calls; ! grep -q labuser calls; "
                      "[ $(stat -c %%a etc/iscsi/nodes/*/*/" INTERFACE ") = 600 ]");
    must_stop(w);
    fake_run(w->root, "! grep -r " PASSWORD " etc sys");
}

static void
test_refused(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    add_auth(w, "chap");
    fixture_assert_fails(start(w, &error), error, "Secret not found: no secret with matching usage 'lab'");
    w->password = PASSWORD;
    fake_run(w->root, "echo '--login 24' >plan");
    fixture_assert_fails(start(w, &error), error, "operation failed: target '" TARGET "' at 127.0.0.1:3260 refuses CHAP user "
                                                  "'labuser': the name or the password is wrong");
    assert_clean(w);
    static const char *const bad[] = { "", " a", "a ", "a\nnode.startup = automatic", "a\001b" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        w->password = bad[i];
        fixture_assert_fails(start(w, &error), error, "Invalid secret: CHAP takes names and secrets of 1 to 255 bytes in one line, "
                                                      "without blanks at their ends");
        assert_clean(w);
    }
    g_free(w->fixture.pool->auth->type);
    w->fixture.pool->auth->type = g_strdup("ceph");
    fixture_assert_fails(start(w, &error), error, "XML error: iscsi pool only supports 'chap' auth type");
}

static void
test_words(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    AljPoolHost *host = w->fixture.pool->hosts->pdata[0];
    AljPoolDevice *device = w->fixture.pool->devices->pdata[0];
    g_free(host->name);
    host->name = g_strdup("-Phost");
    fixture_assert_fails(start(w, &error), error, "unsupported configuration: '-Phost' cannot be the name of a host");
    g_free(device->path);
    device->path = g_strdup("../default");
    fixture_assert_fails(start(w, &error), error, "unsupported configuration: '../default' cannot be the name of an iSCSI target");
    assert_clean(w);
}

/* ---- other people's sessions ---- */

static void
test_foreign(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    fake_run(w->root, "./make-session 5 " TARGET " default; ./make-session 6 " TARGET " aljibe-of-another-pool");
    must_start(w);
    assert_text(w, "calls", "");
    g_autoptr(AljInventory) inventory = iscsi->scan(&w->fixture.call, w->fixture.pool, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(inventory->vols->len, ==, 1);
    g_assert_cmpuint(inventory->problems->len, ==, 1);
    g_assert_cmpstr(inventory->problems->pdata[0], ==, "session 5 with target '" TARGET "' was there before the pool, by interface "
                                                       "'default': it stays when the pool stops");
    must_stop(w);
    assert_text(w, "calls", "--mode session -r 5 -R\n");
    g_assert_true(is_active(w));
    fake_run(w->root, "rm -r sys/class/iscsi_session/session5");
    g_assert_false(is_active(w));
}

static void
test_broken(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    must_start(w);
    fake_run(w->root, "echo FAILED >sys/class/iscsi_session/session1/state; : >calls");
    AljInventory *none = iscsi->scan(&w->fixture.call, w->fixture.pool, NULL, &error);
    fixture_assert_fails(none != NULL, error, "operation failed: target '" TARGET "' at 127.0.0.1:3260 does not answer; its session is in "
                                              "state FAILED");
    assert_text(w, "calls", "");
    g_assert_true(is_active(w));
    must_start(w); /* a new session in place of the broken one */
    fake_run(w->root, "grep -q -- --logout calls; grep -q -- --login calls");
    must_stop(w);
    none = iscsi->scan(&w->fixture.call, w->fixture.pool, NULL, &error);
    fixture_assert_fails(none != NULL, error, "Requested operation is not valid: there is no session with target '" TARGET "' any more; "
                                              "destroy and start the pool");
}

/* ---- scan ---- */

static void
test_scan(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    must_start(w);
    fake_run(w->root, "ln -s ../../sdz dev/disk/by-path/another; ln -s ../../sdy dev/disk/by-path/aaa");
    g_autoptr(AljInventory) inventory = iscsi->scan(&w->fixture.call, w->fixture.pool, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(inventory->vols->len, ==, 1);
    const AljVolDef *vol = inventory->vols->pdata[0];
    g_assert_cmpstr(vol->name, ==, "unit:0:0:1");
    g_assert_cmpstr(vol->path, ==, "/dev/disk/by-path/another");
    g_assert_cmpstr(vol->key, ==, vol->path);
    g_assert_cmpuint(vol->capacity_bytes, ==, 1 << 20);
    g_assert_cmpuint(inventory->live.capacity_bytes, ==, 1 << 20);
    g_assert_cmpuint(inventory->live.default_port, ==, 3260);

    fake_run(w->root, "rm dev/disk/by-path/*");
    g_autoptr(AljInventory) unlinked = iscsi->scan(&w->fixture.call, w->fixture.pool, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(unlinked->vols->len, ==, 0);
    g_assert_cmpstr(unlinked->problems->pdata[0], ==, "unit:0:0:1: no link leads to it in /dev/disk/by-path");

    fake_run(w->root, "rm run/udev/control"); /* nobody makes links */
    g_autoptr(AljInventory) nodes = iscsi->scan(&w->fixture.call, w->fixture.pool, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(((AljVolDef *) nodes->vols->pdata[0])->path, ==, "/dev/sdz");
}

/* ---- failures ---- */

/* Each call of the host fails once: the pool is up in the end or nothing of it is left. */
static void
test_each_failure(World *w, gconstpointer unused)
{
    add_auth(w, "chap");
    w->password = PASSWORD;
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(w->fixture.host, nth, EIO);
        bool is_up = start(w, &error);
        bool was_reached = alj_host_calls(w->fixture.host) >= nth;
        alj_host_fail_nth(w->fixture.host, 0, 0);
        g_assert_true(is_up || error);
        if (is_up) {
            must_stop(w);
            if (!was_reached)
                break;
        } else if (is_active(w)) {
            must_stop(w); /* the session could not be seen; it goes with the next stop */
        }
        assert_clean(w);
    }
}

/* A crash in the middle of a start: what it left goes when the pool is looked at. */
static void
test_crash(World *w, gconstpointer unused)
{
    static const char *const left[] = {
        "mkdir -p etc/iscsi/ifaces; : >etc/iscsi/ifaces/" INTERFACE,
        "mkdir -p etc/iscsi/nodes/" TARGET "/127.0.0.1,3260,1; : >etc/iscsi/nodes/" TARGET "/127.0.0.1,3260,1/" INTERFACE,
        ": >etc/iscsi/.aljibe-new." INTERFACE,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
        fake_run(w->root, "%s", left[i]);
        g_assert_false(is_active(w));
        assert_clean(w);
    }
}

/* ---- output of iscsiadm ---- */

static char *
golden(const char *name)
{
    char *text = NULL;
    g_autofree char *path = g_build_filename(GOLDEN_DIR, "tool-output", name, NULL);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
test_output(void)
{
    g_autofree char *discovery = golden("iscsiadm-discovery.txt"), *interfaces = golden("iscsiadm-iface.txt");
    g_autoptr(GPtrArray) targets = alj_iscsiadm_parse_targets(discovery);
    g_assert_cmpuint(targets->len, ==, 2);
    g_assert_cmpstr(targets->pdata[0], ==, "iqn.2026-01.org.aljibe:lio");
    g_assert_cmpstr(targets->pdata[1], ==, "iqn.2026-01.org.aljibe:lio2");
    g_autofree char *mine = alj_iscsiadm_parse_interface(interfaces, "iqn.2026-01.org.aljibe:other");
    g_autofree char *none = alj_iscsiadm_parse_interface(interfaces, "iqn.2026-01.org.aljibe");
    g_assert_cmpstr(mine, ==, "libvirt-iface-71f8e7a1");
    g_assert_null(none);
}

static void
test_strange_output(void)
{
    g_autoptr(GPtrArray) targets = alj_iscsiadm_parse_targets(
        "\nx\n127.0.0.1:3260,1\n127.0.0.1:3260 iqn.a:b\n127.0.0.1,1 iqn.a:b\n:3260,1 iqn.a:b\n1:2,x iqn.a:b\n1:,1 iqn.a:b\n"
        "1:2,3 -oX\n1:2,3 a/b\n1:2,3 iqn.a:b c\n1:2,3 iqn.a:b\n4:5,6 iqn.a:b\n[::1]:2,3 eui.0123\r\n[::1]:2,3\teui.0123");
    g_assert_cmpuint(targets->len, ==, 2);
    g_assert_cmpstr(targets->pdata[0], ==, "iqn.a:b");
    g_assert_cmpstr(targets->pdata[1], ==, "eui.0123");
}

static void
test_discovery(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljSourceSpec) spec = alj_source_spec_parse("<source><host name='127.0.0.1'/></source>", &error);
    fake_run(w->root, "echo '127.0.0.1:3260,1 iqn.a:b' >output");
    g_autoptr(GPtrArray) found = iscsi->sources(&w->fixture.call, spec, &error);
    g_assert_no_error(error);
    g_autofree char *text = alj_sources_format(found);
    g_assert_cmpstr(text, ==, "<sources>\n  <source>\n    <host name='127.0.0.1' port='3260'/>\n    <device path='iqn.a:b'/>\n  </source>\n"
                              "</sources>\n");
    assert_text(w, "calls", "--mode discovery --type sendtargets --portal 127.0.0.1:3260,1 --op nonpersistent\n");
    spec->initiator = g_strdup("iqn.x:y");
    fixture_assert_fails(iscsi->sources(&w->fixture.call, spec, &error) != NULL, error,
                         "operation failed: no iSCSI interface defined for IQN iqn.x:y");
    fake_run(w->root, "echo 'mine tcp,<empty>,<empty>,<empty>,iqn.x:y' >output; : >calls");
    g_autoptr(GPtrArray) none = iscsi->sources(&w->fixture.call, spec, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(none->len, ==, 0);
    assert_text(w, "calls", "--mode iface\n--mode discovery --type sendtargets --portal 127.0.0.1:3260,1 --interface mine --op nonpersistent\n");
}

#define add(path, function) g_test_add("/backend/iscsi/" path, World, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("life", test_life);
    add("initiator", test_initiator);
    add("portals", test_portals);
    add("password", test_password);
    add("refused", test_refused);
    add("words", test_words);
    add("foreign", test_foreign);
    add("broken", test_broken);
    add("scan", test_scan);
    add("each-failure", test_each_failure);
    add("crash", test_crash);
    g_test_add_func("/backend/iscsi/output", test_output);
    g_test_add_func("/backend/iscsi/strange-output", test_strange_output);
    add("discovery", test_discovery);
    return g_test_run();
}
