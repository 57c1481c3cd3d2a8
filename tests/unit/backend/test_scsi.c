/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools of type scsi on a made-up sysfs: which host an adapter is, units as volumes, and the life of a virtual port. */
#include "fixture.h"

#include "../fake_sysfs.h"

#include <errno.h>

static const AljBackend *const scsi = &aljibe_backend;

typedef struct World {
    Fixture fixture;
    char *root;
} World;

/* host0 and host1 are ports that may have virtual ones; host3 is of a PCI device and has two disks. */
static void
set_up(World *w, gconstpointer unused)
{
    fixture_set_up(&w->fixture, NULL);
    w->root = g_build_filename(w->fixture.base, "root", NULL);
    fake_file(w->root, "calls", "", 0);
    fake_run(w->root, "mkdir -p sys/class/fc_host sys/class/scsi_host dev; "
                      "d=sys/devices/pci0000:00/0000:00:1f.2/ata4/host3/scsi_host/host3; mkdir -p $d; echo 4 >$d/unique_id; : >$d/scan; "
                      "ln -s ../../../$d sys/class/scsi_host/host3; "
                      "for i in 0 1; do d=sys/devices/host$i/fc_host/host$i; mkdir -p $d sys/class/scsi_host/host$i; "
                      ": >sys/class/scsi_host/host$i/scan; ln -s ../../../$d sys/class/fc_host/host$i; cd $d; "
                      "echo 0x200000000000000$i >node_name; echo 0x210000000000000$i >port_name; echo Online >port_state; "
                      ": >vport_create; : >vport_delete; echo 8 >max_npiv_vports; echo $i >npiv_vports_inuse; cd - >/dev/null; done");
    fake_unit(w->root, "3:0:0:0", 0, "sda", "131072", PAGE83_TGT);
    fake_unit(w->root, "3:0:0:1", 0, "sdb", "2048", NULL);
    AljPoolDef *pool = alj_pool_def_new(ALJ_POOL_SCSI);
    pool->name = g_strdup("p");
    pool->target_path = g_strdup("/dev");
    pool->adapter = g_new0(AljPoolAdapter, 1);
    pool->adapter->managed = -1;
    alj_pool_def_unref(w->fixture.pool);
    w->fixture.pool = pool;
    alj_host_set_root(w->fixture.host, w->root);
}

static void
tear_down(World *w, gconstpointer unused)
{
    fixture_tear_down(&w->fixture, NULL);
    g_free(w->root);
}

static AljPoolAdapter *
named(World *w, const char *name)
{
    AljPoolAdapter *adapter = w->fixture.pool->adapter;
    g_free(adapter->type);
    g_free(adapter->name);
    adapter->type = g_strdup("scsi_host");
    adapter->name = g_strdup(name);
    return adapter;
}

static AljPoolAdapter *
port(World *w)
{
    AljPoolAdapter *adapter = w->fixture.pool->adapter;
    adapter->type = g_strdup("fc_host");
    adapter->wwnn = g_strdup("2001001b32a90002");
    adapter->wwpn = g_strdup("2101001b32a90002");
    return adapter;
}

static AljInventory *
scan(World *w, GError **error)
{
    return scsi->scan(&w->fixture.call, w->fixture.pool, NULL, error);
}

static void
assert_scan_fails(World *w, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljInventory) inventory = scan(w, &error);
    fixture_assert_fails(inventory != NULL, error, text);
}

static bool
is_active(World *w)
{
    bool is_up = false;
    g_autoptr(GError) error = NULL;
    g_assert_true(scsi->pool_probe(&w->fixture.call, w->fixture.pool, &is_up, &error));
    g_assert_no_error(error);
    return is_up;
}

/* ---- units ---- */

static void
assert_units(World *w)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljInventory) inventory = scan(w, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(inventory->vols->len, ==, 2);
    const AljVolDef *first = inventory->vols->pdata[0], *second = inventory->vols->pdata[1];
    g_assert_cmpstr(first->name, ==, "unit:0:0:0");
    g_assert_cmpstr(first->key, ==, "360000000000000000e00000000020001");
    g_assert_cmpstr(first->path, ==, "/dev/sda");
    g_assert_cmpstr(second->key, ==, "/dev/sdb"); /* it says nothing of itself */
    g_assert_cmpuint(inventory->live.capacity_bytes, ==, (131072 + 2048) * 512);
    g_assert_cmpuint(inventory->live.available_bytes, ==, 0);
    g_assert_cmpuint(inventory->problems->len, ==, 0);
    fake_run(w->root, "[ \"$(cat sys/class/scsi_host/host3/scan)\" = '- - -' ]");
}

static void
test_names(World *w, gconstpointer unused)
{
    static const char *const names[] = { "host3", "scsi_host3", "fc_host3" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        named(w, names[i]);
        g_assert_true(is_active(w));
        assert_units(w);
    }
    named(w, "host99");
    g_assert_false(is_active(w));
    assert_scan_fails(w, "Could not open '/sys/class/scsi_host/host99/scan' to trigger host scan: No such file or directory");
    named(w, "foo");
    assert_scan_fails(w, "internal error: Invalid adapter name 'foo' for SCSI pool");
    named(w, "hostx");
    assert_scan_fails(w, "internal error: Invalid adapter name 'x' for SCSI pool");
}

static void
test_address(World *w, gconstpointer unused)
{
    AljPoolAdapter *adapter = named(w, NULL);
    adapter->has_parentaddr = true;
    adapter->slot = 0x1f;
    adapter->function = 2;
    adapter->unique_id = 4;
    g_assert_true(is_active(w));
    assert_units(w);
    adapter->unique_id = 5;
    g_assert_false(is_active(w));
    assert_scan_fails(w, "XML error: Failed to find scsi_host using PCI '0000:00:1f.2' and unique_id='5'");
}

static void
test_target(World *w, gconstpointer unused)
{
    named(w, "host3");
    g_free(w->fixture.pool->target_path);
    w->fixture.pool->target_path = g_strdup("/nowhere");
    assert_scan_fails(w, "invalid argument: unable to use target path '/nowhere' for dev 'sda'");
    fake_run(w->root, "rm -r sys/bus/scsi/devices/*");
    g_autoptr(GError) error = NULL;
    g_autoptr(AljInventory) none = scan(w, &error); /* nothing needs a path */
    g_assert_no_error(error);
    g_assert_cmpuint(none->vols->len, ==, 0);
}

static void
test_volumes(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    AljVolStat stat;
    named(w, "host3");
    g_autoptr(AljVolDef) vol = scsi->vol_probe(&w->fixture.call, w->fixture.pool, "unit:0:0:1", &error);
    g_assert_no_error(error);
    fake_run(w->root, "echo 4096 >sys/bus/scsi/devices/3:0:0:1/block/sdb/size"); /* it has grown */
    g_assert_true(scsi->vol_stat(&w->fixture.call, w->fixture.pool, vol, &stat, &error));
    g_assert_cmpuint(stat.capacity_bytes, ==, 4096 * 512);
    g_assert_cmpuint(stat.allocation_bytes, ==, 4096 * 512);
    fake_run(w->root, "rm -r sys/bus/scsi/devices/3:0:0:1");
    fixture_assert_fails(scsi->vol_stat(&w->fixture.call, w->fixture.pool, vol, &stat, &error), error,
                         "Storage volume not found: no storage vol with matching name 'unit:0:0:1'");
    g_assert_null(scsi->vol_probe(&w->fixture.call, w->fixture.pool, "unit:0:0:1", &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_NO_VOL));
}

/* ---- virtual ports ---- */

/* What the kernel does once something is written to vport_create of host1. */
#define MAKE_PORT                                                                                              \
    "d=sys/devices/host1/vport-1:0-0/host5/fc_host/host5; mkdir -p $d sys/class/scsi_host/host5; : >sys/class/scsi_host/host5/scan; " \
    "echo 0x2001001b32a90002 >$d/node_name; echo 0x2101001b32a90002 >$d/port_name; echo Linkdown >$d/port_state; "                  \
    "ln -s ../../../$d sys/class/fc_host/host5"

static bool
start(World *w, GError **error)
{
    return scsi->pool_start(&w->fixture.call, w->fixture.pool, error);
}

static void
must_stop(World *w)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(scsi->pool_stop(&w->fixture.call, w->fixture.pool, &error));
    g_assert_no_error(error);
}

static void
test_port(World *w, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    port(w);
    /* The port is there only after the start has failed to see it: this kernel is slow. It counts as the pool's. */
    fixture_assert_fails(start(w, &error), error, "internal error: host0 made no virtual port with wwnn='2001001b32a90002', "
                                                  "wwpn='2101001b32a90002'");
    fake_run(w->root, "grep -q ^2101001b32a90002:2001001b32a90002$ sys/class/fc_host/host0/vport_create; " MAKE_PORT);
    g_assert_true(start(w, &error));
    g_assert_true(is_active(w));
    g_autoptr(AljInventory) inventory = scan(w, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(inventory->problems->pdata[0], ==, "fibre channel port host5 is not online: Linkdown");
    must_stop(w);
    fake_run(w->root, "grep -q ^2101001b32a90002:2001001b32a90002$ sys/class/fc_host/host1/vport_delete; : >sys/class/fc_host/host1/vport_delete");
    must_stop(w); /* it is not the pool's any more */
    fake_run(w->root, "[ ! -s sys/class/fc_host/host1/vport_delete ]");
}

static void
test_managed(World *w, gconstpointer unused)
{
    AljPoolAdapter *adapter = port(w);
    g_autoptr(GError) error = NULL;
    fake_run(w->root, MAKE_PORT);
    g_assert_true(start(w, &error));
    must_stop(w); /* somebody else made it */
    adapter->managed = 0;
    must_stop(w);
    fake_run(w->root, "[ ! -s sys/class/fc_host/host1/vport_delete ]");
    adapter->managed = 1;
    must_stop(w);
    fake_run(w->root, "[ -s sys/class/fc_host/host1/vport_delete ]");
}

static void
test_parents(World *w, gconstpointer unused)
{
    AljPoolAdapter *adapter = port(w);
    g_autoptr(GError) error = NULL;
    adapter->parent = g_strdup("scsi_host3");
    fixture_assert_fails(start(w, &error), error, "XML error: parent 'scsi_host3' specified for vHBA does not exist");
    g_clear_pointer(&adapter->parent, g_free);
    adapter->parent_wwnn = g_strdup("2000000000000009");
    adapter->parent_wwpn = g_strdup("2100000000000009");
    fixture_assert_fails(start(w, &error), error, "XML error: cannot find parent using provided wwnn/wwpn");
    g_clear_pointer(&adapter->parent_wwnn, g_free);
    adapter->parent_fabric_wwn = g_strdup("1000000000000009");
    fixture_assert_fails(start(w, &error), error, "XML error: cannot find parent using provided fabric_wwn");
    g_clear_pointer(&adapter->parent_fabric_wwn, g_free);
    fake_run(w->root, "rm sys/class/fc_host/host?/vport_create");
    fixture_assert_fails(start(w, &error), error, "XML error: 'parent' for vHBA not specified, and cannot find one on this host");
    adapter->parent = g_strdup("scsi_host0");
    fixture_assert_fails(start(w, &error), error, "Requested operation is not valid: virtual ports are not supported by host0");
    fake_run(w->root, MAKE_PORT);
    fixture_assert_fails(start(w, &error), error, "XML error: Parent attribute 'host0' does not match parent 'host1' determined for the "
                                                  "'host5' wwnn/wwpn lookup.");
    g_free(adapter->wwnn);
    g_free(adapter->wwpn);
    adapter->wwnn = g_strdup("2000000000000000");
    adapter->wwpn = g_strdup("2100000000000000");
    fixture_assert_fails(start(w, &error), error, "unsupported configuration: the wwnn/wwpn for 'host0' are assigned to an HBA");
    fake_run(w->fixture.base, "[ -z \"$(ls virtual-ports)\" ]"); /* a port that was not made is not remembered */
}

#define add(path, function) g_test_add("/backend/scsi/" path, World, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("names", test_names);
    add("address", test_address);
    add("target", test_target);
    add("volumes", test_volumes);
    add("port", test_port);
    add("managed", test_managed);
    add("parents", test_parents);
    return g_test_run();
}
