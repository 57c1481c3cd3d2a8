/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of pools: every verb, its preconditions with libvirt's words, its events and what it leaves on disk. */
#include "fixture.h"

#include <string.h>

static GString *news;

static void
note_event(const AljEvent *event, void *data)
{
    static const char *const words[] = { "defined", "undefined", "started", "stopped", "created", "deleted", "refresh" };
    g_string_append_printf(news, "%s %s;", words[event->kind], event->pool_name);
}

static AljOp *
xml_op(Fixture *fx, AljOpKind kind, char *take_xml)
{
    AljOp *op = op_new(fx, kind, NULL, NULL);
    op->xml = take_xml;
    return op;
}

static char *
listed(Fixture *fx, unsigned flags)
{
    g_autoptr(GPtrArray) pools = alj_core_pools(fx->core, flags);
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < pools->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", alj_pool_name(g_ptr_array_index(pools, i)));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

#define ASSERT_TEXT(call, expected) \
    do { \
        g_autofree char *text_ = (call); \
        g_assert_cmpstr(text_, ==, expected); \
    } while (0)

static void
test_life(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    unsigned id = alj_events_subscribe(alj_core_events(fx.core), note_event, NULL);
    g_autoptr(AljPool) pool = define(&fx, "p");
    g_assert_false(alj_pool_is_active(pool));
    g_assert_true(alj_pool_is_persistent(pool));
    ASSERT_TEXT(list_dir(fx.config_dir), "p.xml");
    run_ok(&fx, ALJ_OP_POOL_BUILD, pool, 0);
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    g_assert_true(alj_pool_is_active(pool));
    g_assert_true(fake_is_up("p"));
    ASSERT_TEXT(list_dir(fx.state_dir), "autostarted driver.pid intents p.xml");
    run_ok(&fx, ALJ_OP_POOL_REFRESH, pool, 0);
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    g_assert_false(fake_is_up("p"));
    ASSERT_TEXT(list_dir(fx.state_dir), "autostarted driver.pid intents");
    run_ok(&fx, ALJ_OP_POOL_DELETE, pool, 0);
    run_ok(&fx, ALJ_OP_POOL_UNDEFINE, pool, 0);
    ASSERT_TEXT(list_dir(fx.config_dir), "");
    ASSERT_TEXT(listed(&fx, 0), "");
    g_assert_cmpstr(news->str, ==, "defined p;created p;started p;refresh p;stopped p;deleted p;undefined p;");
    alj_events_unsubscribe(alj_core_events(fx.core), id);
    g_autoptr(AljPool) again = define(&fx, "p");
    g_assert_true(g_str_has_suffix(news->str, "undefined p;"));
    fixture_close(&fx);
}

static void
test_preconditions(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) off = define(&fx, "off"), on = define_started(&fx, "on"), gone = define(&fx, "gone");
    char uuid[ALJ_UUID_TEXT_SIZE];
    AljOp *op;
    run_fails(op_new(&fx, ALJ_OP_POOL_START, on, NULL), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'on' is already active");
    run_fails(op_new(&fx, ALJ_OP_POOL_BUILD, on, NULL), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'on' is already active");
    run_fails(op_new(&fx, ALJ_OP_POOL_DELETE, on, NULL), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'on' is still active");
    run_fails(op_new(&fx, ALJ_OP_POOL_UNDEFINE, on, NULL), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'on' is still active");
    run_fails(op_new(&fx, ALJ_OP_POOL_STOP, off, NULL), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'off' is not active");
    run_fails(op_new(&fx, ALJ_OP_POOL_REFRESH, off, NULL), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'off' is not active");
    op = op_new(&fx, ALJ_OP_POOL_BUILD, off, NULL);
    op->flags = ALJ_BUILD_OVERWRITE | ALJ_BUILD_NO_OVERWRITE;
    run_fails(op, ALJ_ERROR_FLAGS, "Flags 'VIR_STORAGE_POOL_BUILD_OVERWRITE' and "
                                   "'VIR_STORAGE_POOL_BUILD_NO_OVERWRITE' are mutually exclusive");
    ASSERT_TEXT(vol_names(off), "!storage pool 'off' is not active");
    run_ok(&fx, ALJ_OP_POOL_UNDEFINE, gone, 0);
    alj_uuid_format(alj_pool_uuid(gone), uuid);
    g_autofree char *stale = g_strdup_printf("Storage pool not found: no storage pool with matching uuid '%s' (gone)", uuid);
    static const AljOpKind kinds[] = { ALJ_OP_POOL_START, ALJ_OP_POOL_BUILD, ALJ_OP_POOL_STOP, ALJ_OP_POOL_DELETE,
                                       ALJ_OP_POOL_REFRESH, ALJ_OP_POOL_UNDEFINE, ALJ_OP_POOL_AUTOSTART };
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
        run_fails(op_new(&fx, kinds[i], gone, NULL), ALJ_ERROR_NO_POOL, stale);
    fixture_close(&fx);
}

static void
test_lookup(void)
{
    Fixture fx = { 0 };
    AljUuid uuid = { { 0 } };
    GError *error = NULL;
    fixture_open(&fx);
    g_autoptr(AljPool) b = define_started(&fx, "b"), a = define(&fx, "a");
    g_autoptr(AljPool) by_name = alj_core_pool_by_name(fx.core, "a", NULL);
    g_autoptr(AljPool) by_uuid = alj_core_pool_by_uuid(fx.core, alj_pool_uuid(b), NULL, NULL);
    g_autoptr(AljPool) by_target = alj_core_pool_by_target(fx.core, "/fake//b/", NULL);
    g_assert_true(by_name == a && by_uuid == b && by_target == b);
    g_assert_null(alj_core_pool_by_name(fx.core, "x", &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_POOL,
                 "Storage pool not found: no storage pool with matching name 'x'");
    g_assert_null(alj_core_pool_by_uuid(fx.core, &uuid, NULL, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_POOL, "Storage pool not found: no storage pool with matching uuid "
                 "'00000000-0000-0000-0000-000000000000'");
    g_assert_null(alj_core_pool_by_uuid(fx.core, &uuid, "n", &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_POOL, "Storage pool not found: no storage pool with matching uuid "
                 "'00000000-0000-0000-0000-000000000000' (n)");
    g_assert_null(alj_core_pool_by_target(fx.core, "/fake/a", &error)); /* only active pools have a target */
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_POOL,
                 "Storage pool not found: no storage pool with matching target path '/fake/a'");
    g_assert_null(alj_core_pool_by_target(fx.core, "/x//y/", &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_POOL,
                 "Storage pool not found: no storage pool with matching target path '/x//y/' (/x/y)");
    fixture_close(&fx);
}

static void
test_list_filter(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) b = define_started(&fx, "b"), a = define(&fx, "a"), n = define_netfs(&fx, "n");
    g_autoptr(AljOp) on = op_new(&fx, ALJ_OP_POOL_AUTOSTART, a, NULL);
    on->number = 1;
    g_assert_true(alj_op_run(on, NULL));
    ASSERT_TEXT(listed(&fx, 0), "a b n");
    ASSERT_TEXT(listed(&fx, 1), "a");
    ASSERT_TEXT(listed(&fx, 2), "b n");
    ASSERT_TEXT(listed(&fx, 3), "a b n");
    ASSERT_TEXT(listed(&fx, 8), "");
    ASSERT_TEXT(listed(&fx, 4), "a b n");
    ASSERT_TEXT(listed(&fx, 0x10), "a");
    ASSERT_TEXT(listed(&fx, 0x20), "b n");
    ASSERT_TEXT(listed(&fx, 0x40 | 2), "b");
    ASSERT_TEXT(listed(&fx, 0x40 | 0x100), "a b n");
    ASSERT_TEXT(listed(&fx, 0x200), "");
    fixture_close(&fx);
}

static void
test_conflicts(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) p = define_started(&fx, "p"), q = define(&fx, "q");
    char uuid[ALJ_UUID_TEXT_SIZE];
    alj_uuid_format(alj_pool_uuid(p), uuid);
    for (int i = 0; i < 2; i++) {
        AljOpKind kind = i ? ALJ_OP_POOL_CREATE : ALJ_OP_POOL_DEFINE;
        run_fails(xml_op(&fx, kind, g_strdup("<pool type='dir'><name>z</name><target><path>/fake/p/</path></target></pool>")),
                  ALJ_ERROR_OPERATION_FAILED, "operation failed: Storage source conflict with pool: 'p'");
        g_autofree char *other = g_strdup_printf("operation failed: pool 'p' is already defined with uuid %s", uuid);
        run_fails(xml_op(&fx, kind, pool_xml("z", uuid)), ALJ_ERROR_OPERATION_FAILED, other);
        g_autofree char *same = g_strdup_printf("operation failed: pool 'p' already exists with uuid %s", uuid);
        run_fails(xml_op(&fx, kind, pool_xml("p", UUID_1)), ALJ_ERROR_OPERATION_FAILED, same);
        run_fails(xml_op(&fx, kind, pool_xml("p", NULL)), ALJ_ERROR_OPERATION_FAILED, same);
    }
    run_fails(xml_op(&fx, ALJ_OP_POOL_CREATE, pool_xml("p", uuid)), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: pool is already active as 'p'");
    run_fails(xml_op(&fx, ALJ_OP_POOL_DEFINE, g_strdup("<pool type='sheepdog'><name>s</name><source><host name='h'/>"
                                                       "<name>n</name></source></pool>")),
              ALJ_ERROR_INTERNAL, "internal error: missing backend for pool type 10 (sheepdog)");
    run_fails(xml_op(&fx, ALJ_OP_POOL_CREATE, g_strdup("<pool type='rbd'><name>m</name><source><host name='h'/>"
                                                       "<name>n</name></source></pool>")),
              ALJ_ERROR_NO_SUPPORT,
              "this function is not supported by the connection driver: no backend for pool type 'rbd' is installed "
              "(aljibe-backend-rbd.so), so pool 'm' can only be defined");
    ASSERT_TEXT(listed(&fx, 0), "p q");
    ASSERT_TEXT(list_dir(fx.config_dir), "p.xml q.xml");
    fixture_close(&fx);
}

static char *
target_of(AljPool *pool, bool inactive)
{
    g_autofree char *xml = alj_pool_xml(pool, inactive);
    const char *from = strstr(xml, "<path>") + strlen("<path>");
    return g_strndup(from, (gsize) (strstr(from, "</path>") - from));
}

/* A definition for a running pool waits until it stops. */
static void
test_two_definitions(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    char uuid[ALJ_UUID_TEXT_SIZE];
    alj_uuid_format(alj_pool_uuid(pool), uuid);
    g_autoptr(AljOp) op = xml_op(&fx, ALJ_OP_POOL_DEFINE,
                                 g_strdup_printf("<pool type='dir'><name>p</name><uuid>%s</uuid><target><path>/new</path>"
                                                 "</target></pool>", uuid));
    g_assert_true(alj_op_run(op, NULL));
    g_assert_true(op->ret_pool == pool);
    ASSERT_TEXT(target_of(pool, false), "/fake/p");
    ASSERT_TEXT(target_of(pool, true), "/new");
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    ASSERT_TEXT(target_of(pool, false), "/new");
    g_autofree char *xml = alj_pool_xml(pool, false);
    g_assert_nonnull(strstr(xml, "<capacity unit='bytes'>0</capacity>")); /* D-14 */
    fixture_close(&fx);
}

static void
test_transient(void)
{
    Fixture fx = { 0 };
    GError *error = NULL;
    fixture_open(&fx);
    g_autoptr(AljOp) op = xml_op(&fx, ALJ_OP_POOL_CREATE, pool_xml("t", UUID_1));
    g_assert_false(alj_op_run(op, &error)); /* its directory is not there */
    assert_error(g_steal_pointer(&error), ALJ_ERROR_SYSTEM, "cannot open directory '/fake/t': No such file or directory");
    ASSERT_TEXT(listed(&fx, 0), "");
    ASSERT_TEXT(list_dir(fx.state_dir), "autostarted driver.pid intents");
    op->flags = 1; /* build it first */
    g_assert_true(alj_op_run(op, &error));
    AljPool *pool = op->ret_pool;
    g_assert_true(alj_pool_is_active(pool));
    g_assert_false(alj_pool_is_persistent(pool));
    ASSERT_TEXT(list_dir(fx.config_dir), "");
    run_fails(op_new(&fx, ALJ_OP_POOL_AUTOSTART, pool, NULL), ALJ_ERROR_INTERNAL,
              "internal error: pool has no config file");
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    ASSERT_TEXT(listed(&fx, 0), "");
    ASSERT_TEXT(list_dir(fx.state_dir), "autostarted driver.pid intents");

    g_autoptr(AljOp) again = xml_op(&fx, ALJ_OP_POOL_CREATE, pool_xml("t", UUID_1));
    again->flags = 2 | 4;
    g_assert_true(alj_op_run(again, &error));
    g_assert_cmpuint(fake_flags("pool-build", "t"), ==, ALJ_BUILD_OVERWRITE);
    g_autoptr(AljOp) define_it = xml_op(&fx, ALJ_OP_POOL_DEFINE, pool_xml("t", UUID_1)); /* becomes persistent, keeps running */
    g_assert_true(alj_op_run(define_it, &error));
    g_assert_true(define_it->ret_pool == again->ret_pool && alj_pool_is_active(again->ret_pool));
    g_assert_true(alj_pool_is_persistent(again->ret_pool));
    run_ok(&fx, ALJ_OP_POOL_STOP, again->ret_pool, 0);
    ASSERT_TEXT(listed(&fx, 0), "t");
    fixture_close(&fx);
}

/* A create over an inactive pool runs the new definition; the old one is back afterwards, also when the start fails. */
static void
test_create_over_defined(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define(&fx, "p");
    char uuid[ALJ_UUID_TEXT_SIZE];
    alj_uuid_format(alj_pool_uuid(pool), uuid);
    for (int i = 0; i < 2; i++) {
        g_autoptr(AljOp) op = xml_op(&fx, ALJ_OP_POOL_CREATE,
                                     g_strdup_printf("<pool type='dir'><name>p</name><uuid>%s</uuid><target><path>/new</path>"
                                                     "</target></pool>", uuid));
        if (i == 0)
            fake_fail("scan", "p", ALJ_ERROR_SYSTEM, "bad disk");
        g_assert_cmpint(alj_op_run(op, NULL), ==, i == 1);
        ASSERT_TEXT(target_of(pool, false), i ? "/new" : "/fake/p");
        ASSERT_TEXT(target_of(pool, true), "/fake/p");
        g_assert_cmpint(fake_is_up("p"), ==, i == 1);
    }
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    ASSERT_TEXT(target_of(pool, false), "/fake/p");
    fixture_close(&fx);
}

/* A step that fails leaves everything as it was. */
static void
test_failures(void)
{
    Fixture fx = { 0 };
    AljPoolHealth health;
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define(&fx, "p");
    fake_put("p", "v", 100, 10);
    static const char *const steps[] = { "pool-start", "scan" };
    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        fake_fail(steps[i], "p", ALJ_ERROR_SYSTEM, "bad disk");
        run_fails(op_new(&fx, ALJ_OP_POOL_START, pool, NULL), ALJ_ERROR_SYSTEM, "bad disk");
        g_assert_false(alj_pool_is_active(pool) || fake_is_up("p"));
        ASSERT_TEXT(list_dir(fx.state_dir), "autostarted driver.pid intents");
    }
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    fake_fail("pool-stop", "p", ALJ_ERROR_INTERNAL, "busy"); /* D-13 */
    run_fails(op_new(&fx, ALJ_OP_POOL_STOP, pool, NULL), ALJ_ERROR_INTERNAL, "internal error: busy");
    g_assert_true(alj_pool_is_active(pool));
    ASSERT_TEXT(list_dir(fx.state_dir), "autostarted driver.pid intents p.xml");
    create_vol(&fx, pool, "w", 5);
    fake_fail("scan", "p", ALJ_ERROR_SYSTEM, "bad disk"); /* a failed scan keeps what is known */
    run_fails(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL), ALJ_ERROR_SYSTEM, "bad disk");
    g_assert_true(alj_pool_is_active(pool));
    ASSERT_TEXT(vol_names(pool), "v w");
    alj_pool_health(pool, &health);
    g_assert_true(health.is_stale);
    g_assert_cmpstr(health.reason, ==, "bad disk");
    alj_pool_health_clear(&health);
    run_ok(&fx, ALJ_OP_POOL_REFRESH, pool, 0);
    alj_pool_health(pool, &health);
    g_assert_false(health.is_stale);
    g_assert_null(health.reason);
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    fake_fail("pool-delete", "p", ALJ_ERROR_SYSTEM, "failed to remove pool '/fake/p': Directory not empty");
    run_fails(op_new(&fx, ALJ_OP_POOL_DELETE, pool, NULL), ALJ_ERROR_SYSTEM,
              "failed to remove pool '/fake/p': Directory not empty");
    run_ok(&fx, ALJ_OP_POOL_DELETE, pool, 0);
    fixture_close(&fx);
}

/* A type that can do nothing but be listed. */
static void
test_bare_type(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljOp) op = xml_op(&fx, ALJ_OP_POOL_DEFINE,
                                 g_strdup("<pool type='mpath'><name>m</name><target><path>/dev/mapper</path></target></pool>"));
    g_assert_true(alj_op_run(op, NULL));
    AljPool *pool = op->ret_pool;
    fake_put("m", "dm-0", 100, 100);
    run_ok(&fx, ALJ_OP_POOL_BUILD, pool, ALJ_BUILD_OVERWRITE);
    run_fails(op_new(&fx, ALJ_OP_POOL_DELETE, pool, NULL), ALJ_ERROR_NO_SUPPORT,
              "this function is not supported by the connection driver: pool does not support pool deletion");
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    ASSERT_TEXT(vol_names(pool), "dm-0");
    struct {
        AljOpKind kind;
        const char *text;
    } missing[] = {
        { ALJ_OP_VOL_CREATE, "storage pool does not support volume creation" },
        { ALJ_OP_VOL_COPY, "storage pool does not support volume creation from an existing volume" },
        { ALJ_OP_VOL_DELETE, "storage pool does not support vol deletion" },
        { ALJ_OP_VOL_RESIZE, "storage pool does not support changing of volume capacity" },
        { ALJ_OP_VOL_WIPE, "storage pool doesn't support volume wiping" },
        { ALJ_OP_VOL_UPLOAD, "storage pool doesn't support volume upload" },
        { ALJ_OP_VOL_DOWNLOAD, "storage pool doesn't support volume download" },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(missing); i++) {
        AljOp *try = op_new(&fx, missing[i].kind, pool, "dm-0");
        try->xml = vol_xml("new", 100, 100);
        try->from_pool = alj_pool_ref(pool);
        try->from_name = g_strdup("dm-0");
        try->number = missing[i].kind == ALJ_OP_VOL_RESIZE ? 200 : 0;
        g_autofree char *text = g_strdup_printf("this function is not supported by the connection driver: %s", missing[i].text);
        run_fails(try, ALJ_ERROR_NO_SUPPORT, text);
    }
    ASSERT_TEXT(vol_names(pool), "dm-0");
    fixture_close(&fx);
}

static void
test_sources(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    AljOp *op = op_new(&fx, ALJ_OP_SOURCES, NULL, NULL);
    op->text = g_strdup("foo");
    run_fails(op, ALJ_ERROR_INTERNAL, "internal error: unknown storage pool type foo");
    op = op_new(&fx, ALJ_OP_SOURCES, NULL, NULL);
    op->text = g_strdup("dir");
    run_fails(op, ALJ_ERROR_NO_SUPPORT,
              "this function is not supported by the connection driver: pool type 'dir' does not support source discovery");
    op = op_new(&fx, ALJ_OP_SOURCES, NULL, NULL);
    op->text = g_strdup("sheepdog");
    run_fails(op, ALJ_ERROR_INTERNAL, "internal error: missing backend for pool type 10 (sheepdog)");
    op = op_new(&fx, ALJ_OP_SOURCES, NULL, NULL);
    op->text = g_strdup("netfs");
    run_fails(op, ALJ_ERROR_INVALID_ARG, "invalid argument: hostname must be specified for netfs sources");
    op = op_new(&fx, ALJ_OP_SOURCES, NULL, NULL);
    op->xml = g_strdup("<no");
    op->text = g_strdup("logical"); /* is told nothing, so that the document is not even read */
    run_fails(op, ALJ_ERROR_NO_SUPPORT,
              "this function is not supported by the connection driver: no backend that can search for sources of pool type "
              "'logical' is installed (aljibe-backend-logical.so)");
    g_autoptr(AljOp) good = op_new(&fx, ALJ_OP_SOURCES, NULL, NULL);
    good->xml = g_strdup("<source><host name='h'/></source>");
    good->text = g_strdup("netfs");
    g_assert_true(alj_op_run(good, NULL));
    g_assert_nonnull(strstr(good->ret_text, "<dir path='/export'/>"));
    g_autofree char *caps = alj_core_pool_capabilities(fx.core);
    g_assert_nonnull(strstr(caps, "<pool type='netfs' supported='yes'>"));
    g_assert_nonnull(strstr(caps, "<pool type='disk' supported='no'>"));
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    news = g_string_new(NULL);
    g_test_add_func("/pools/life", test_life);
    g_test_add_func("/pools/preconditions", test_preconditions);
    g_test_add_func("/pools/lookup", test_lookup);
    g_test_add_func("/pools/list-filter", test_list_filter);
    g_test_add_func("/pools/conflicts", test_conflicts);
    g_test_add_func("/pools/two-definitions", test_two_definitions);
    g_test_add_func("/pools/transient", test_transient);
    g_test_add_func("/pools/create-over-defined", test_create_over_defined);
    g_test_add_func("/pools/failures", test_failures);
    g_test_add_func("/pools/bare-type", test_bare_type);
    g_test_add_func("/pools/sources", test_sources);
    int failed = run_tests();
    g_string_free(news, TRUE);
    return failed;
}
