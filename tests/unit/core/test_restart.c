/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is there again after the core has ended and another one has begun, and what a reload changes. */
#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define ASSERT_TEXT(call, expected) \
    do { \
        g_autofree char *text_ = (call); \
        g_assert_cmpstr(text_, ==, expected); \
    } while (0)

/* "name:flags" of all pools: active, persistent, autostart. */
static char *
listed(Fixture *fx)
{
    g_autoptr(GPtrArray) pools = alj_core_pools(fx->core, 0);
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < pools->len; i++) {
        AljPool *pool = g_ptr_array_index(pools, i);
        g_string_append_printf(text, "%s%s:%s%s%s", i ? " " : "", alj_pool_name(pool), alj_pool_is_active(pool) ? "a" : "",
                               alj_pool_is_persistent(pool) ? "p" : "", alj_pool_is_autostart(pool) ? "s" : "");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
create_transient(Fixture *fx, const char *name, const char *uuid)
{
    g_autoptr(AljOp) op = op_new(fx, ALJ_OP_POOL_CREATE, NULL, NULL);
    g_autoptr(GError) error = NULL;
    op->xml = pool_xml(name, uuid);
    fake_make(name);
    alj_op_run(op, &error);
    g_assert_no_error(error);
}

static void
set_autostart(Fixture *fx, AljPool *pool, bool is_on)
{
    g_autoptr(AljOp) op = op_new(fx, ALJ_OP_POOL_AUTOSTART, pool, NULL);
    op->number = is_on;
    g_assert_true(alj_op_run(op, NULL));
}

static char *
names_in(Fixture *fx, const char *pool_name)
{
    g_autoptr(AljPool) pool = alj_core_pool_by_name(fx->core, pool_name, NULL);
    return pool ? vol_names(pool) : g_strdup("no such pool");
}

/* Exactly what was active is active again (D-12), transient pools too; a running pool's new definition still waits. */
static void
test_active(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_clear_pointer(&(AljPool *) { define(&fx, "off") }, alj_pool_unref);
    g_clear_pointer(&(AljPool *) { define_netfs(&fx, "net") }, alj_pool_unref);
    AljPool *on = define_started(&fx, "on");
    create_vol(&fx, on, "v", 5);
    char uuid[ALJ_UUID_TEXT_SIZE];
    g_autoptr(AljOp) op = op_new(&fx, ALJ_OP_POOL_DEFINE, NULL, NULL);
    op->xml = g_strdup_printf("<pool type='dir'><name>on</name><uuid>%s</uuid><target><path>/new</path></target></pool>",
                              alj_uuid_format(alj_pool_uuid(on), uuid));
    g_assert_true(alj_op_run(op, NULL));
    alj_pool_unref(on);
    g_clear_pointer(&op->ret_pool, alj_pool_unref);
    create_transient(&fx, "trans", UUID_1);
    fake_make("off"); /* its directory exists, which makes libvirt start it */
    fake_set_up("off", true);
    fixture_restart(&fx, true);
    ASSERT_TEXT(listed(&fx), "net:ap off:p on:ap trans:a");
    ASSERT_TEXT(names_in(&fx, "on"), "v");
    g_autoptr(AljPool) again = alj_core_pool_by_name(fx.core, "on", NULL);
    g_autofree char *live = alj_pool_xml(again, false), *stored = alj_pool_xml(again, true);
    g_assert_nonnull(strstr(live, "<path>/fake/on</path>"));
    g_assert_nonnull(strstr(stored, "<path>/new</path>"));
    g_assert_cmpuint(fake_calls("pool-start", "on"), ==, 1); /* taken as it was, not started again */
    fixture_close(&fx);
}

static void
test_storage_gone(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_clear_pointer(&(AljPool *) { define_started(&fx, "p") }, alj_pool_unref);
    create_transient(&fx, "t", UUID_1);
    fake_set_up("p", false);
    fake_set_up("t", false);
    fixture_restart(&fx, true);
    ASSERT_TEXT(listed(&fx), "p:p");
    ASSERT_TEXT(list_dir(fx.state_dir), "autostarted driver.pid intents");
    fixture_close(&fx);
}

/* A pool that cannot be read after the restart stays active, says so, and never that a volume does not exist. */
static void
test_storage_silent(void)
{
    Fixture fx = { 0 };
    AljPoolHealth health;
    AljVolRef ref = { 0 };
    GError *error = NULL;
    fixture_open(&fx);
    g_clear_pointer(&(AljPool *) { define_started(&fx, "p") }, alj_pool_unref);
    fixture_restart(&fx, false);
    g_autoptr(AljPool) pool = alj_core_pool_by_name(fx.core, "p", NULL);
    g_assert_true(alj_pool_is_active(pool));
    g_assert_false(alj_pool_vol_by_name(pool, "v", &ref, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_BAD_STATE, "Requested operation is not valid: the volumes of storage "
                 "pool 'p' are not known yet: it is being read");
    fake_fail("scan", "p", ALJ_ERROR_SYSTEM, "server is down");
    alj_core_run(fx.core);
    settle(&fx);
    g_assert_true(alj_pool_is_active(pool));
    alj_pool_health(pool, &health);
    g_assert_true(health.is_stale);
    alj_pool_health_clear(&health);
    fake_put("p", "v", 1, 1);
    run_ok(&fx, ALJ_OP_POOL_REFRESH, pool, 0);
    ASSERT_TEXT(vol_names(pool), "v");
    fixture_close(&fx);
}

/* Whoever asks for its volumes makes such a pool be read again, once a second however often he asks. */
static void
test_storage_back(void)
{
    Fixture fx = { 0 };
    const char *silent = "!the volumes of storage pool 'p' are not known yet: server is down";
    fixture_open(&fx);
    g_clear_pointer(&(AljPool *) { define_started(&fx, "p") }, alj_pool_unref);
    fixture_restart(&fx, false);
    fake_fail("scan", "p", ALJ_ERROR_SYSTEM, "server is down");
    alj_core_run(fx.core);
    settle(&fx);
    fake_put("p", "v", 1, 1);
    g_autoptr(AljPool) pool = alj_core_pool_by_name(fx.core, "p", NULL);
    fake_fail("scan", "p", ALJ_ERROR_SYSTEM, "server is down");
    unsigned before = fake_calls("scan", "p");
    for (int i = 0; i < 100; i++)
        ASSERT_TEXT(vol_names(pool), silent);
    settle(&fx);
    g_assert_cmpuint(fake_calls("scan", "p") - before, ==, 1);
    ASSERT_TEXT(vol_names(pool), silent);
    g_usleep(1100 * 1000);
    AljOp *create = op_new(&fx, ALJ_OP_VOL_CREATE, pool, NULL);
    create->xml = vol_xml("w", 1, 1);
    run_fails(create, ALJ_ERROR_BAD_STATE, "Requested operation is not valid: the volumes of storage pool 'p' are not known yet: "
              "server is down");
    settle(&fx);
    ASSERT_TEXT(vol_names(pool), "v");
    fixture_close(&fx);
}

/* Once per boot: the marker is in a directory that a boot empties. */
static void
test_autostart(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    AljPool *a = define(&fx, "a"), *b = define_started(&fx, "b");
    g_clear_pointer(&(AljPool *) { define(&fx, "c") }, alj_pool_unref);
    set_autostart(&fx, a, true);
    set_autostart(&fx, a, true); /* no-op */
    set_autostart(&fx, b, true);
    run_ok(&fx, ALJ_OP_POOL_STOP, b, 0);
    alj_pool_unref(a);
    alj_pool_unref(b);
    fixture_restart(&fx, true);
    ASSERT_TEXT(listed(&fx), "a:ps b:ps c:p");
    g_autofree char *marker = g_build_filename(fx.state_dir, "autostarted", NULL);
    g_unlink(marker);
    fake_fail("pool-start", "a", ALJ_ERROR_SYSTEM, "bad disk"); /* is only logged */
    fixture_restart(&fx, true);
    ASSERT_TEXT(listed(&fx), "a:ps b:aps c:p");
    run_ok(&fx, ALJ_OP_RELOAD, NULL, 0); /* whatever the marker says */
    settle(&fx);
    ASSERT_TEXT(listed(&fx), "a:aps b:aps c:p");
    g_autoptr(AljPool) again = alj_core_pool_by_name(fx.core, "a", NULL);
    set_autostart(&fx, again, false);
    g_autofree char *links = g_build_filename(fx.config_dir, "autostart", NULL);
    ASSERT_TEXT(list_dir(links), "b.xml");
    fixture_close(&fx);
}

static void
test_reload(void)
{
    Fixture fx = { 0 };
    GError *error = NULL;
    fixture_open(&fx);
    g_autoptr(AljPool) off = define(&fx, "off"), on = define_started(&fx, "on"), edited = define_started(&fx, "edited");
    g_autofree char *off_file = g_build_filename(fx.config_dir, "off.xml", NULL);
    g_autofree char *on_file = g_build_filename(fx.config_dir, "on.xml", NULL);
    g_autofree char *new_file = g_build_filename(fx.config_dir, "new.xml", NULL);
    g_autofree char *edited_file = g_build_filename(fx.config_dir, "edited.xml", NULL);
    g_autofree char *new_xml = pool_xml("new", UUID_1);
    g_unlink(off_file);
    g_unlink(on_file);
    g_assert_true(g_file_set_contents(new_file, new_xml, -1, NULL));
    char uuid[ALJ_UUID_TEXT_SIZE];
    g_autofree char *edited_xml = g_strdup_printf("<pool type='dir'><name>edited</name><uuid>%s</uuid><target><path>/e</path>"
                                                  "</target></pool>", alj_uuid_format(alj_pool_uuid(edited), uuid));
    g_assert_true(g_file_set_contents(edited_file, edited_xml, -1, NULL));
    run_ok(&fx, ALJ_OP_RELOAD, NULL, 0);
    settle(&fx);
    ASSERT_TEXT(listed(&fx), "edited:ap new:p on:a"); /* D-30; the running one lasts until it stops */
    g_autofree char *live = alj_pool_xml(edited, false), *stored = alj_pool_xml(edited, true);
    g_assert_nonnull(strstr(live, "/fake/edited"));
    g_assert_nonnull(strstr(stored, "<path>/e</path>"));
    g_assert_null(alj_core_pool_by_name(fx.core, "off", &error));
    g_clear_error(&error);
    run_ok(&fx, ALJ_OP_POOL_STOP, on, 0);
    ASSERT_TEXT(listed(&fx), "edited:ap new:p");
    g_unlink(new_file); /* removed by hand, without a reload: undefine still works */
    g_autoptr(AljPool) new_pool = alj_core_pool_by_name(fx.core, "new", NULL);
    run_ok(&fx, ALJ_OP_POOL_UNDEFINE, new_pool, 0);
    ASSERT_TEXT(listed(&fx), "edited:ap");
    fixture_close(&fx);
}

/* The file of a pool goes while it is being started: if the start fails, nothing is left of it. */
static void
test_reload_starting(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define(&fx, "p");
    g_autofree char *file = g_build_filename(fx.config_dir, "p.xml", NULL);
    fake_hang("pool-start", "p", false);
    Background *start = background(op_new(&fx, ALJ_OP_POOL_START, pool, NULL));
    fake_await("pool-start", "p");
    g_unlink(file);
    run_ok(&fx, ALJ_OP_RELOAD, NULL, 0);
    ASSERT_TEXT(listed(&fx), "p:");
    fake_fail("pool-start", "p", ALJ_ERROR_SYSTEM, "bad disk");
    fake_release("pool-start", "p");
    assert_error(background_join(start), ALJ_ERROR_SYSTEM, "bad disk");
    settle(&fx);
    ASSERT_TEXT(listed(&fx), "");
    fixture_close(&fx);
}

/* Two files for one directory: the first by name is taken, whatever order the directory gives (D-29). */
static void
test_conflicting_files(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_mkdir_with_parents(fx.config_dir, 0755);
    static const char *const names[] = { "b", "a", "z" };
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *file = g_strdup_printf("%s/%s.xml", fx.config_dir, names[i]);
        g_autofree char *xml = g_strdup_printf("<pool type='%s'><name>%s</name><source><host name='h'/><name>n</name></source>"
                                               "<target><path>/same</path></target></pool>", i < 2 ? "dir" : "rbd", names[i]);
        g_assert_true(g_file_set_contents(file, xml, -1, NULL));
    }
    fixture_restart(&fx, true);
    ASSERT_TEXT(listed(&fx), "a:p z:p"); /* and what has no backend is kept as a definition */
    fixture_close(&fx);
}

/* A failed redefinition keeps the old definition, active or not (S-15). */
static void
test_readonly_config(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    char uuid[ALJ_UUID_TEXT_SIZE];
    alj_uuid_format(alj_pool_uuid(pool), uuid);
    g_autofree char *aside = g_strconcat(fx.config_dir, ".aside", NULL);
    g_assert_cmpint(g_rename(fx.config_dir, aside), ==, 0); /* root ignores modes: a file in place of the directory does not */
    g_assert_true(g_file_set_contents(fx.config_dir, "", -1, NULL));
    AljOp *op = op_new(&fx, ALJ_OP_POOL_DEFINE, NULL, NULL);
    op->xml = g_strdup_printf("<pool type='dir'><name>p</name><uuid>%s</uuid><target><path>/new</path></target></pool>", uuid);
    g_autofree char *text = g_strdup_printf("cannot create config directory %s: Not a directory", fx.config_dir);
    run_fails(op, ALJ_ERROR_SYSTEM, text);
    AljOp *fresh = op_new(&fx, ALJ_OP_POOL_DEFINE, NULL, NULL);
    fresh->xml = pool_xml("q", NULL);
    run_fails(fresh, ALJ_ERROR_SYSTEM, text);
    ASSERT_TEXT(listed(&fx), "p:ap");
    g_autofree char *xml = alj_pool_xml(pool, true);
    g_assert_nonnull(strstr(xml, "/fake/p"));
    g_unlink(fx.config_dir);
    g_assert_cmpint(g_rename(aside, fx.config_dir), ==, 0);
    fixture_close(&fx);
}

/* A state file that cannot be written: the pool does not start, nothing remains. */
static void
test_unwritable_state(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define(&fx, "p");
    g_autofree char *in_the_way = g_build_filename(fx.state_dir, "p.xml", NULL);
    g_mkdir(in_the_way, 0700);
    g_autofree char *text = g_strdup_printf("cannot rename file '%s/p.xml.new' as '%s/p.xml': Is a directory", fx.state_dir,
                                            fx.state_dir);
    run_fails(op_new(&fx, ALJ_OP_POOL_START, pool, NULL), ALJ_ERROR_SYSTEM, text);
    ASSERT_TEXT(listed(&fx), "p:p");
    g_assert_false(fake_is_up("p"));
    g_rmdir(in_the_way);
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    fixture_close(&fx);
}

static void
test_second_core(void)
{
    Fixture fx = { 0 };
    GError *error = NULL;
    fixture_open(&fx);
    g_assert_null(fixture_try_core(&fx, &error));
    g_autofree char *text = g_strdup_printf("resource busy: '%s' is in use by another daemon (process %d): end it, or use "
                                            "another directory", fx.state_dir, (int) getpid());
    assert_error(error, ALJ_ERROR_BUSY, text);
    fixture_close(&fx);
}

/* Records that a crash left: temporaries are the backend's; volumes made in steps are undone, others stay. */
static void
test_intents(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    AljPool *dir = define_started(&fx, "d"), *net = define_netfs(&fx, "n");
    g_autofree char *intents = g_build_filename(fx.state_dir, "intents", NULL);
    char uuid[ALJ_UUID_TEXT_SIZE];
    for (int i = 0; i < 4; i++) {
        AljPool *pool = i < 2 ? dir : net;
        g_autofree char *file = g_strdup_printf("%s/%d", intents, i);
        g_autofree char *text = g_strdup_printf("[intent]\nkind=%s\npool-uuid=%s\npool=%s\nvolume=v%d\n",
                                                i % 2 ? "vol-create" : "vol-resize",
                                                alj_uuid_format(alj_pool_uuid(pool), uuid), alj_pool_name(pool), i);
        g_autofree char *vol = g_strdup_printf("v%d", i);
        g_assert_true(g_file_set_contents(file, text, -1, NULL));
        fake_put(alj_pool_name(pool), vol, 10, 10);
    }
    g_autofree char *cut = g_build_filename(intents, "cut", NULL);
    g_assert_true(g_file_set_contents(cut, "[intent]\nkind=vol-", -1, NULL));
    alj_pool_unref(dir);
    alj_pool_unref(net);
    fixture_restart(&fx, true);
    ASSERT_TEXT(list_dir(intents), "");
    ASSERT_TEXT(names_in(&fx, "d"), "v0 v1");
    ASSERT_TEXT(names_in(&fx, "n"), "v2 v3"); /* a name is no reason to delete what bears it now */
    g_assert_true(fake_has("n", "v3"));
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/restart/active", test_active);
    g_test_add_func("/restart/storage-gone", test_storage_gone);
    g_test_add_func("/restart/storage-silent", test_storage_silent);
    g_test_add_func("/restart/storage-back", test_storage_back);
    g_test_add_func("/restart/autostart", test_autostart);
    g_test_add_func("/restart/reload", test_reload);
    g_test_add_func("/restart/reload-starting", test_reload_starting);
    g_test_add_func("/restart/conflicting-files", test_conflicting_files);
    g_test_add_func("/restart/readonly-config", test_readonly_config);
    g_test_add_func("/restart/unwritable-state", test_unwritable_state);
    g_test_add_func("/restart/second-core", test_second_core);
    g_test_add_func("/restart/intents", test_intents);
    return run_tests();
}
