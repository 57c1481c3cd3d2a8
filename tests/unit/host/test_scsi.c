/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SCSI hosts, fibre channel ports and iSCSI sessions as the kernel shows them: a recorded sysfs in a directory. */
#include "host/fc.h"
#include "host/iscsi.h"
#include "host/scsi.h"

#include "base/sealed.h"
#include "base/workers.h"
#include "../fake_sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

typedef struct World {
    char *root;
    AljHost *host;
} World;

static void
set_up(World *w, gconstpointer unused)
{
    w->root = g_dir_make_tmp("aljibe-sysfs-XXXXXX", NULL);
    g_assert_nonnull(w->root);
    w->host = alj_host_new("/nonexistent");
    alj_host_set_root(w->host, w->root);
}

static void
tear_down(World *w, gconstpointer unused)
{
    fake_run("/", "rm -rf '%s'", w->root);
    alj_host_free(w->host);
    g_free(w->root);
}

/* ---- identity ---- */

static void
assert_identity(const char *page83, const char *page80, const char *serial, const char *port_group)
{
    g_auto(AljScsiIdentity) identity = { 0 };
    g_autoptr(GBytes) first = page83 ? fake_bytes(page83) : NULL, second = page80 ? fake_bytes(page80) : NULL;
    alj_scsi_identify(first, second, "QEMU", "QEMU HARDDISK", &identity);
    g_assert_cmpstr(identity.serial, ==, serial);
    g_assert_cmpstr(identity.port_group, ==, port_group);
}

/* Serials as scsi_id printed them for the same devices. */
static void
test_identity(void)
{
    assert_identity(PAGE83_TGT, NULL, "360000000000000000e00000000020001", NULL);
    assert_identity(PAGE83_QEMU, PAGE80_QEMU, "0QEMU_QEMU_HARDDISK_lab1", NULL);
    assert_identity(PAGE83_DEBUG, NULL, "33333333000000fa0", "200");
    assert_identity(NULL, PAGE80_QEMU, "SQEMU_QEMU_HARDDISK_lab1", NULL);
    assert_identity(NULL, NULL, NULL, NULL);
}

static char *
digest_of(const char *page83, const char *page80)
{
    g_auto(AljScsiIdentity) identity = { 0 };
    g_autoptr(GBytes) first = page83 ? fake_bytes(page83) : NULL, second = page80 ? fake_bytes(page80) : NULL;
    alj_scsi_identify(first, second, NULL, NULL, &identity);
    return g_steal_pointer(&identity.digest);
}

static void
assert_same_unit(bool is_same, const char *page83, const char *page80, const char *other83, const char *other80)
{
    g_autofree char *first = digest_of(page83, page80), *second = digest_of(other83, other80);
    g_assert_nonnull(first);
    g_assert_true((g_strcmp0(first, second) == 0) == is_same);
}

/* N-241. Every name of the unit counts, and so does its number; what is of its port or of groups does not. */
static void
test_digest(void)
{
    static const char of_place[] = "0083001802030008" "6000000000000001" "0201000449455431" "02080000";
    assert_same_unit(true, PAGE83_TGT, PAGE80_QEMU, PAGE83_TGT, PAGE80_QEMU);
    assert_same_unit(false, PAGE83_TGT, PAGE80_QEMU, PAGE83_TGT, NULL);
    assert_same_unit(false, PAGE83_TGT, NULL, PAGE83_QEMU, NULL);
    assert_same_unit(false, NULL, PAGE80_QEMU, NULL, "008000046c616232");
    assert_same_unit(false, of_place, NULL, "0083001802030008" "6000000000000001" "0201000449455432" "02080000", NULL);
    assert_same_unit(true, "0083000802000004" "6c616231", NULL, "0083001002000004" "6c616231" "0115000400000002", NULL);
    assert_same_unit(true, "0083000802000004" "6c616231", NULL, "0083001002000004" "6c616231" "0106000400000002", NULL);
    static const char *const nothing[] = { "", "0083", "00830008021100046c616231", "0083000c02000010" "6c616231" };
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++) {
        g_autofree char *digest = digest_of(nothing[i], "0080");
        g_assert_null(digest);
    }
}

static void
test_identity_of_nonsense(void)
{
    assert_identity("", "", NULL, NULL);
    assert_identity("0083", "0080", NULL, NULL);
    assert_identity("00830008020000056c616231", NULL, NULL, NULL);                /* longer than the page */
    assert_identity("0083ffff020000046c616231", NULL, "0QEMU_QEMU_HARDDISK_lab1", NULL); /* the page is longer than what came */
    assert_identity("008300040103000", NULL, NULL, NULL);                         /* an empty name */
    assert_identity("00830008020000042f2e2e0a", NULL, "0QEMU_QEMU_HARDDISK__..", NULL); /* "/..\n" */
    assert_identity("0083000802000004c3a92041", NULL, "0QEMU_QEMU_HARDDISK____A", NULL);
    assert_identity("00830008021100046c616231", NULL, NULL, NULL);                /* of the port, not of the unit */
    assert_identity(NULL, "0080ffff6c616231", "SQEMU_QEMU_HARDDISK_lab1", NULL);
}

/* ---- units ---- */

static char *
units_text(World *w, unsigned number)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GPtrArray) luns = alj_scsi_luns(w->host, number);
    for (guint i = 0; i < luns->len; i++) {
        const AljScsiLun *lun = g_ptr_array_index(luns, i);
        g_string_append_printf(text, "%u:%u:%" G_GUINT64_FORMAT " %s %s %" G_GUINT64_FORMAT " %s\n", lun->bus, lun->target, lun->lun,
                               lun->is_disk ? "disk" : "rom", lun->node ? lun->node : "-", lun->size_bytes,
                               lun->identity.serial ? lun->identity.serial : "-");
    }
    return g_string_free(text, FALSE);
}

static void
test_units(World *w, gconstpointer unused)
{
    fake_unit(w->root, "3:0:0:10", 0, "sdc", "2048", NULL);
    fake_unit(w->root, "3:0:0:2", 0, "sdb", "131072", PAGE83_TGT);
    fake_unit(w->root, "3:0:0:3", 0, NULL, NULL, NULL);
    fake_unit(w->root, "3:0:0:0", 12, NULL, NULL, NULL); /* tgt's controller */
    fake_unit(w->root, "3:0:1:0", 5, "sr0", "2097151", NULL);
    fake_unit(w->root, "31:0:0:0", 0, "sdd", "8", NULL);
    fake_unit(w->root, "3:1:0:0", 0, "cciss!c0d0", "8", NULL);
    fake_unit(w->root, "3:0:0:2147483649", 0, "sde", "x", NULL);
    fake_run(w->root, "mkdir sys/bus/scsi/devices/target3:0:0 sys/bus/scsi/devices/3:0:0 sys/bus/scsi/devices/3:0:0:-1");
    g_autofree char *text = units_text(w, 3), *none = units_text(w, 4);
    g_assert_cmpstr(text, ==, "0:0:2 disk sdb 67108864 360000000000000000e00000000020001\n"
                              "0:0:3 disk - 0 -\n"
                              "0:0:10 disk sdc 1048576 -\n"
                              "0:0:2147483649 disk - 0 -\n"
                              "0:1:0 rom sr0 1073741312 -\n"
                              "1:0:0 disk cciss/c0d0 4096 -\n");
    g_assert_cmpstr(none, ==, "");
}

static void
test_unit_of_device(World *w, gconstpointer unused)
{
    fake_unit(w->root, "3:0:0:2", 0, "sdb", "131072", PAGE83_TGT);
    fake_run(w->root, "mkdir -p sys/dev/block/8:16; ln -s ../../../bus/scsi/devices/3:0:0:2 sys/dev/block/8:16/device");
    g_autoptr(AljScsiLun) lun = alj_scsi_lun_of_device(w->host, 3, makedev(8, 16));
    g_assert_nonnull(lun);
    g_assert_cmpuint(lun->lun, ==, 2);
    g_assert_null(alj_scsi_lun_of_device(w->host, 4, makedev(8, 16)));
    g_assert_null(alj_scsi_lun_of_device(w->host, 3, makedev(8, 32)));
}

/* ---- hosts ---- */

static void
test_hosts(World *w, gconstpointer unused)
{
    unsigned number = 99;
    g_autoptr(GError) error = NULL;
    fake_run(w->root, "mkdir -p sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/scsi_host/host0 "
                      "sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/scsi_host/host1 sys/class/scsi_host; "
                      "for i in 0 1; do d=sys/devices/pci0000:00/0000:00:1f.2/ata$((i+1))/host$i/scsi_host/host$i; "
                      "ln -s ../../../$d sys/class/scsi_host/host$i; echo $((i+1)) >$d/unique_id; : >$d/scan; done");
    g_assert_true(alj_scsi_find_by_parent(w->host, "0000:00:1f.2", 2, &number));
    g_assert_cmpuint(number, ==, 1);
    g_assert_false(alj_scsi_find_by_parent(w->host, "0000:00:1f.2", 3, &number));
    g_assert_false(alj_scsi_find_by_parent(w->host, "0000:00:1f.1", 1, &number));
    g_assert_true(alj_scsi_host_exists(w->host, 0));
    g_assert_false(alj_scsi_host_exists(w->host, 7));
    g_assert_true(alj_scsi_rescan(w->host, 1, NULL, &error));
    g_assert_no_error(error);
    g_autofree char *wrote = alj_sys_attr(w->host, "/sys/class/scsi_host/host1", "scan");
    g_assert_cmpstr(wrote, ==, "- - -");
    g_assert_false(alj_scsi_rescan(w->host, 7, NULL, &error));
    g_assert_cmpstr(error->message, ==,
                    "Could not open '/sys/class/scsi_host/host7/scan' to trigger host scan: No such file or directory");
    g_clear_error(&error);
    alj_host_fail_nth(w->host, 1, EIO);
    g_assert_false(alj_scsi_rescan(w->host, 1, NULL, &error));
    g_assert_cmpstr(error->message, ==, "Write to '/sys/class/scsi_host/host1/scan' to trigger host scan failed: Input/output error");
}

/* N-244. A FIFO nobody reads takes nothing, as an adapter that hangs. Who asks does not wait for it, once his time is over, nor does the
 * next one; both are served once it is back. */
static void
test_rescan_that_hangs(World *w, gconstpointer unused)
{
    AljTask task = { 0 };
    g_autoptr(GError) error = NULL;
    fake_run(w->root, "mkdir -p sys/class/scsi_host/host1; mkfifo sys/class/scsi_host/host1/scan");
    for (unsigned i = 0; i < 2; i++) {
        atomic_store(&task.deadline_usec, g_get_monotonic_time() + 1);
        g_assert_false(alj_scsi_rescan(w->host, 1, &task, &error));
        g_assert_cmpstr(error->message, ==, "'scan' did not end in time");
        g_assert_true(alj_error_is(error, ALJ_ERROR_TIMEOUT));
        g_clear_error(&error);
        atomic_store(&task.is_cancelled, i == 0);
        g_assert_cmpint(alj_sys_write(w->host, "/sys/class/scsi_host/host1/scan", "x", 0, NULL), ==, ETIMEDOUT);
        g_assert_cmpint(alj_sys_write(w->host, "/sys/class/scsi_host/host1/scan", "x", G_USEC_PER_SEC, &task), ==, ECANCELED);
        atomic_store(&task.is_cancelled, false);
    }
    g_autofree char *path = g_build_filename(w->root, "sys/class/scsi_host/host1/scan", NULL);
    char text[16] = "";
    int fd = open(path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(read(fd, text, sizeof text - 1), ==, 5);
    g_assert_cmpstr(text, ==, "- - -");
    g_assert_true(alj_scsi_rescan(w->host, 1, NULL, &error)); /* the one that hung is over, or this would wait for it */
    g_assert_cmpint(read(fd, text, sizeof text - 1), ==, 5);
    close(fd);
    g_assert_true(alj_workers_drain(60 * G_USEC_PER_SEC));
}

/* ---- fibre channel ---- */

static void
make_ports(World *w)
{
    fake_run(w->root, "mkdir -p sys/class/fc_host sys/class/scsi_host; for i in 0 1 2; do d=sys/devices/host$i/fc_host/host$i; "
                      "[ $i = 2 ] && d=sys/devices/host0/vport-0:0-0/host2/fc_host/host2; mkdir -p $d; "
                      "ln -s ../../../$d sys/class/fc_host/host$i; echo 0x200000000000000$i >$d/node_name; "
                      "echo 0x210000000000000$i >$d/port_name; echo 0x1000000000000abc >$d/fabric_name; echo Online >$d/port_state; done; "
                      "for i in 0 1; do cd sys/class/fc_host/host$i; : >vport_create; : >vport_delete; "
                      "echo 8 >max_npiv_vports; echo $((3-i)) >npiv_vports_inuse; cd ../../../..; done");
}

static void
test_ports(World *w, gconstpointer unused)
{
    unsigned number = 99;
    make_ports(w);
    g_assert_true(alj_fc_find(w->host, "2000000000000001", "0x2100000000000001", &number));
    g_assert_cmpuint(number, ==, 1);
    g_assert_false(alj_fc_find(w->host, "2000000000000001", "2100000000000000", &number));
    g_assert_true(alj_fc_find_fabric(w->host, "1000000000000ABC", &number));
    g_assert_cmpuint(number, ==, 0);
    g_assert_true(alj_fc_find_parent(w->host, &number)); /* the one with more room */
    g_assert_cmpuint(number, ==, 1);
    fake_run(w->root, "echo Linkdown >sys/class/fc_host/host1/port_state");
    g_assert_true(alj_fc_find_parent(w->host, &number));
    g_assert_cmpuint(number, ==, 0);
    fake_run(w->root, "echo 8 >sys/class/fc_host/host0/npiv_vports_inuse");
    g_assert_false(alj_fc_find_parent(w->host, &number));
    g_assert_true(alj_fc_parent_of(w->host, 2, &number));
    g_assert_cmpuint(number, ==, 0);
    g_assert_false(alj_fc_parent_of(w->host, 1, &number));
}

static void
test_virtual_ports(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    make_ports(w);
    g_assert_true(alj_fc_port_create(w->host, 1, "0x2001001b32a90002", "2101001b32a90002", &error));
    g_autofree char *wrote = alj_sys_attr(w->host, "/sys/class/fc_host/host1", "vport_create");
    g_assert_cmpstr(wrote, ==, "2101001b32a90002:2001001b32a90002");
    g_assert_false(alj_fc_port_delete(w->host, 2, "2001001b32a90002", "2101001b32a90002", &error));
    g_assert_cmpstr(error->message, ==, "virtual ports are not supported by host2");
}

/* ---- iSCSI ---- */

static void
test_sessions(World *w, gconstpointer unused)
{
    fake_run(w->root, "d=sys/devices/platform/host4/session7; mkdir -p $d/iscsi_session/session7 sys/class/iscsi_session "
                      "sys/class/iscsi_connection/connection7:0; cd $d/iscsi_session/session7; ln -s ../.. device; "
                      "echo iqn.2026-01.org.aljibe:t1 >targetname; echo iqn.2026-01.org.aljibe:i >initiatorname; "
                      "echo default >ifacename; echo LOGGED_IN >state; cd - >/dev/null; "
                      "ln -s ../../../$d/iscsi_session/session7 sys/class/iscsi_session/; "
                      "echo ::1 >sys/class/iscsi_connection/connection7:0/persistent_address; "
                      "echo 3260 >sys/class/iscsi_connection/connection7:0/persistent_port; "
                      "mkdir sys/class/iscsi_session/session8 sys/class/iscsi_session/other");
    g_autoptr(GPtrArray) sessions = alj_iscsi_sessions(w->host);
    g_assert_cmpuint(sessions->len, ==, 1);
    const AljIscsiSession *session = g_ptr_array_index(sessions, 0);
    g_assert_cmpuint(session->id, ==, 7);
    g_assert_cmpuint(session->host_number, ==, 4);
    g_assert_cmpstr(session->target, ==, "iqn.2026-01.org.aljibe:t1");
    g_assert_cmpstr(session->initiator, ==, "iqn.2026-01.org.aljibe:i");
    g_assert_cmpstr(session->interface, ==, "default");
    g_assert_cmpstr(session->address, ==, "::1");
    g_assert_cmpuint(session->port, ==, 3260);
    g_assert_true(alj_iscsi_session_is_up(session));
}

#define RECORD                                                                                                 \
    "# BEGIN RECORD 2.1.8\nnode.name = iqn.x:t\nnode.session.auth.authmethod = None\nnode.session.auth.password_in = x\n" \
    "node.conn[0].port = 3260\n# END RECORD\n"

static void
test_record_text(void)
{
    const AljIscsiSetting settings[] = { { "node.session.auth.authmethod", "CHAP" }, { "node.session.auth.password", "p = q" },
                                         { NULL, NULL } };
    char *text = alj_iscsi_record_edit(RECORD, settings);
    g_assert_cmpstr(text, ==, "# BEGIN RECORD 2.1.8\nnode.name = iqn.x:t\nnode.session.auth.password_in = x\nnode.conn[0].port = 3260\n"
                              "node.session.auth.authmethod = CHAP\nnode.session.auth.password = p = q\n# END RECORD\n");
    alj_wipe_text(text);
    g_assert_null(alj_iscsi_record_edit("", settings));
    g_assert_null(alj_iscsi_record_edit("node.name = x\n", settings));
    g_assert_null(alj_iscsi_record_edit("node.name = # END RECORD\n", settings));
}

static void
test_records(World *w, gconstpointer unused)
{
    const AljIscsiSetting settings[] = { { "node.session.auth.authmethod", "CHAP" }, { NULL, NULL } };
    const char *const path = "var/lib/iscsi/nodes/iqn.x:t/127.0.0.1,3260,1/aljibe-1";
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *file = g_build_filename(w->root, path, NULL);
    GStatBuf st;
    g_assert_false(alj_iscsi_record_set(w->host, "iqn.x:t", "aljibe-1", settings, &error));
    g_assert_cmpstr(error->message, ==, "iscsiadm made no node record of target 'iqn.x:t' for interface 'aljibe-1'");
    g_clear_error(&error);
    g_assert_false(alj_iscsi_record_exists(w->host, "iqn.x:t", "aljibe-1"));

    fake_file(w->root, path, RECORD, -1);
    fake_file(w->root, "var/lib/iscsi/nodes/iqn.x:t/127.0.0.1,3260,1/default", RECORD, -1);
    fake_file(w->root, "var/lib/iscsi/.aljibe-new.aljibe-1", "left by a crash", -1);
    g_assert_true(alj_iscsi_record_exists(w->host, "iqn.x:t", "aljibe-1"));
    g_assert_true(alj_iscsi_record_set(w->host, "iqn.x:t", "aljibe-1", settings, &error));
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "\nnode.session.auth.authmethod = CHAP\n"));
    g_assert_cmpint(g_stat(file, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    fake_run(w->root, "grep -q 'authmethod = None' var/lib/iscsi/nodes/iqn.x:t/*/default; [ ! -e var/lib/iscsi/.aljibe-new.aljibe-1 ]");

    alj_host_fail_nth(w->host, 2, ENOSPC); /* listing is the first */
    g_assert_false(alj_iscsi_record_set(w->host, "iqn.x:t", "aljibe-1", settings, &error));
    g_clear_error(&error);
    fake_run(w->root, "[ ! -e var/lib/iscsi/.aljibe-new.aljibe-1 ]; mkdir -p etc/iscsi; : >etc/iscsi/.aljibe-new.aljibe-2");
    g_assert_true(alj_iscsi_record_exists(w->host, "iqn.x:t", "aljibe-2"));
    alj_iscsi_record_sweep(w->host, "aljibe-2");
    g_assert_false(alj_iscsi_record_exists(w->host, "iqn.x:t", "aljibe-2"));
}

#define add(path, function) g_test_add(path, World, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/scsi/identity", test_identity);
    g_test_add_func("/host/scsi/digest", test_digest);
    g_test_add_func("/host/scsi/identity/nonsense", test_identity_of_nonsense);
    add("/host/scsi/units", test_units);
    add("/host/scsi/unit-of-device", test_unit_of_device);
    add("/host/scsi/hosts", test_hosts);
    add("/host/scsi/rescan-that-hangs", test_rescan_that_hangs);
    add("/host/fc/ports", test_ports);
    add("/host/fc/virtual-ports", test_virtual_ports);
    add("/host/iscsi/sessions", test_sessions);
    g_test_add_func("/host/iscsi/record-text", test_record_text);
    add("/host/iscsi/records", test_records);
    return g_test_run();
}
