/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Storage that is not there, does not answer, or does only half of what it is told: what pools and volumes are then, and that a
 * restart says the same.
 */
#include "fixture.h"

#include <string.h>

#define ASSERT_TEXT(call, expected) \
    do { \
        g_autofree char *text_ = (call); \
        g_assert_cmpstr(text_, ==, expected); \
    } while (0)

static bool
is_unresponsive(AljPool *pool)
{
    AljPoolHealth health;
    alj_pool_health(pool, &health);
    alj_pool_health_clear(&health);
    return health.is_unresponsive;
}

/* "name:flags" of all pools: active, persistent, autostart, unresponsive; then the state files. */
static char *
told(Fixture *fx)
{
    g_autoptr(GPtrArray) pools = alj_core_pools(fx->core, 0);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < pools->len; i++) {
        AljPool *pool = g_ptr_array_index(pools, i);
        g_string_append_printf(text, "%s:%s%s%s%s ", alj_pool_name(pool), alj_pool_is_active(pool) ? "a" : "",
                               alj_pool_is_persistent(pool) ? "p" : "", alj_pool_is_autostart(pool) ? "s" : "",
                               is_unresponsive(pool) ? "!" : "");
    }
    g_autofree char *files = list_dir(fx->state_dir);
    g_auto(GStrv) names = g_strsplit(files, " ", -1);
    for (char **name = names; *name; name++)
        if (g_str_has_suffix(*name, ".xml"))
            g_string_append_printf(text, "%s ", *name);
    return g_strchomp(g_string_free(text, FALSE));
}

static AljPool *
create(Fixture *fx, const char *name)
{
    g_autoptr(AljOp) op = op_new(fx, ALJ_OP_POOL_CREATE, NULL, NULL);
    g_autoptr(GError) error = NULL;
    op->xml = pool_xml(name, NULL);
    fake_make(name);
    alj_op_run(op, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&op->ret_pool);
}

static void
mark(Fixture *fx, AljPool *pool)
{
    g_autoptr(AljOp) op = op_new(fx, ALJ_OP_POOL_AUTOSTART, pool, NULL);
    op->number = 1;
    g_assert_true(alj_op_run(op, NULL));
}

/* A stop that the storage refuses leaves a running pool, for the next start of the daemon as well (D-13). */
static void
test_stop_refused(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    AljPool *p = define_started(&fx, "p"), *t = create(&fx, "t");
    fake_fail("pool-stop", "p", ALJ_ERROR_INTERNAL, "target is busy");
    fake_fail("pool-stop", "t", ALJ_ERROR_INTERNAL, "target is busy");
    run_fails(op_new(&fx, ALJ_OP_POOL_STOP, p, NULL), ALJ_ERROR_INTERNAL, "internal error: target is busy");
    run_fails(op_new(&fx, ALJ_OP_POOL_STOP, t, NULL), ALJ_ERROR_INTERNAL, "internal error: target is busy");
    alj_pool_unref(p);
    alj_pool_unref(t);
    ASSERT_TEXT(told(&fx), "p:ap t:a p.xml t.xml");
    fixture_restart(&fx, true);
    ASSERT_TEXT(told(&fx), "p:ap t:a p.xml t.xml");
    fixture_close(&fx);
}

/* The medium is gone at the restart: the pool is inactive, a transient one gone, and nothing starts by itself in this boot. */
static void
test_gone_at_restart(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    AljPool *p = define_started(&fx, "p");
    g_clear_pointer(&(AljPool *) { create(&fx, "t") }, alj_pool_unref);
    mark(&fx, p);
    run_ok(&fx, ALJ_OP_POOL_STOP, p, 0);
    run_ok(&fx, ALJ_OP_POOL_DELETE, p, 0); /* the fake's storage is not there any more */
    fake_set_up("t", false);
    run_fails(op_new(&fx, ALJ_OP_POOL_START, p, NULL), ALJ_ERROR_SYSTEM, "cannot open directory '/fake/p': No such file or directory");
    fake_make("p");
    run_ok(&fx, ALJ_OP_POOL_START, p, 0);
    alj_pool_unref(p);
    fake_set_up("p", false);
    fixture_restart(&fx, true);
    ASSERT_TEXT(told(&fx), "p:ps");
    g_autoptr(AljPool) again = alj_core_pool_by_name(fx.core, "p", NULL);
    run_ok(&fx, ALJ_OP_POOL_START, again, 0);
    ASSERT_TEXT(told(&fx), "p:aps p.xml");
    fixture_close(&fx);
}

/* The medium cannot be asked at the restart: the pool stays active without volumes (C-04), and can be stopped. */
static void
test_silent_at_restart(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_clear_pointer(&(AljPool *) { define_started(&fx, "p") }, alj_pool_unref);
    g_clear_pointer(&(AljPool *) { create(&fx, "t") }, alj_pool_unref);
    fake_fail("pool-probe", "p", ALJ_ERROR_SYSTEM, "server is down");
    fake_fail("pool-probe", "t", ALJ_ERROR_SYSTEM, "server is down");
    fixture_restart(&fx, true);
    ASSERT_TEXT(told(&fx), "p:ap t:a p.xml t.xml");
    AljPool *p = alj_core_pool_by_name(fx.core, "p", NULL), *t = alj_core_pool_by_name(fx.core, "t", NULL);
    fake_fail("pool-probe", "p", ALJ_ERROR_SYSTEM, "server is down"); /* asking has it read again, in the background */
    ASSERT_TEXT(vol_names(p), "!the volumes of storage pool 'p' are not known yet: server is down");
    settle(&fx);
    run_ok(&fx, ALJ_OP_POOL_STOP, p, 0);
    run_ok(&fx, ALJ_OP_POOL_STOP, t, 0);
    g_assert_false(fake_is_up("p") || fake_is_up("t"));
    alj_pool_unref(p);
    alj_pool_unref(t);
    ASSERT_TEXT(told(&fx), "p:p");
    fixture_restart(&fx, true);
    ASSERT_TEXT(told(&fx), "p:p");
    fixture_close(&fx);
}

/* The medium hangs at the restart: the other pools are there at once, and this one when it answers. */
static void
test_hangs_at_restart(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_clear_pointer(&(AljPool *) { define_started(&fx, "p") }, alj_pool_unref);
    AljPool *well = define_started(&fx, "well");
    create_vol(&fx, well, "v", 5);
    alj_pool_unref(well);
    fake_put("p", "w", 5, 5);
    fake_hang("pool-probe", "p", false);
    alj_core_free(fx.core);
    fx.core = fixture_try_core(&fx, NULL);
    alj_core_run(fx.core);
    fake_await("pool-probe", "p");
    well = alj_core_pool_by_name(fx.core, "well", NULL);
    for (unsigned n = 0; n == 0; g_usleep(1000))
        (void) alj_pool_n_vols(well, &n, NULL);
    alj_pool_unref(well);
    g_autoptr(AljPool) p = alj_core_pool_by_name(fx.core, "p", NULL);
    while (!is_unresponsive(p))
        g_usleep(1000);
    ASSERT_TEXT(told(&fx), "p:ap! well:ap p.xml well.xml");
    fake_release("pool-probe", "p");
    settle(&fx);
    ASSERT_TEXT(told(&fx), "p:ap well:ap p.xml well.xml");
    ASSERT_TEXT(vol_names(p), "w");
    fixture_close(&fx);
}

/* A stop that was given up and ends well after all has happened: the pool is down, in memory and on disk. */
static void
test_late_stop(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    AljPool *p = define_started(&fx, "p"), *t = create(&fx, "t");
    fake_hang("pool-stop", "p", false);
    fake_hang("pool-stop", "t", false);
    Background *stop_p = background(op_new(&fx, ALJ_OP_POOL_STOP, p, NULL)), *stop_t = background(op_new(&fx, ALJ_OP_POOL_STOP, t, NULL));
    assert_error(background_join(stop_p), ALJ_ERROR_TIMEOUT, "Timed out during operation: pool-destroy: storage pool 'p' does not answer");
    assert_error(background_join(stop_t), ALJ_ERROR_TIMEOUT, "Timed out during operation: pool-destroy: storage pool 't' does not answer");
    ASSERT_TEXT(told(&fx), "p:ap! t:a! p.xml t.xml");
    fake_release("pool-stop", "p");
    fake_release("pool-stop", "t");
    settle(&fx);
    alj_pool_unref(p);
    alj_pool_unref(t);
    ASSERT_TEXT(told(&fx), "p:p");
    fixture_restart(&fx, true);
    ASSERT_TEXT(told(&fx), "p:p");
    fixture_close(&fx);
}

static uint64_t
capacity_of(AljPool *pool, const char *name)
{
    g_auto(AljVolRef) ref = { 0 };
    return alj_pool_vol_by_name(pool, name, &ref, NULL) ? ref.vol->capacity_bytes : 0;
}

/* Changes of volumes that fail half way: what is known follows the medium. */
static void
test_half_changes(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "deleted", 5);
    create_vol(&fx, pool, "grown", 5);
    create_vol(&fx, pool, "wiped", 5);
    create_vol(&fx, pool, "whole", 5);
    fake_fail("vol-delete", "p", ALJ_ERROR_SYSTEM, "cannot flush directory");
    fake_take("p", "deleted");
    run_fails(op_new(&fx, ALJ_OP_VOL_DELETE, pool, "deleted"), ALJ_ERROR_SYSTEM, "cannot flush directory");
    ASSERT_TEXT(vol_names(pool), "grown whole wiped");
    fake_fail("vol-delete", "p", ALJ_ERROR_SYSTEM, "bad disk");
    run_fails(op_new(&fx, ALJ_OP_VOL_DELETE, pool, "whole"), ALJ_ERROR_SYSTEM, "bad disk");
    ASSERT_TEXT(vol_names(pool), "grown whole wiped");
    AljOp *resize = op_new(&fx, ALJ_OP_VOL_RESIZE, pool, "grown");
    resize->number = 100;
    fake_hang("vol-resize", "p", false);
    fake_fail("vol-resize", "p", ALJ_ERROR_SYSTEM, "cannot flush file");
    Background *growing = background(resize);
    fake_await("vol-resize", "p");
    fake_put("p", "grown", 100, 0);
    fake_release("vol-resize", "p");
    assert_error(background_join(growing), ALJ_ERROR_SYSTEM, "cannot flush file");
    g_assert_cmpuint(capacity_of(pool, "grown"), ==, 100);
    fake_hang("vol-wipe", "p", true);
    Background *wiping = background(op_new(&fx, ALJ_OP_VOL_WIPE, pool, "wiped"));
    fake_await("vol-wipe", "p");
    fake_put("p", "wiped", 3, 0);
    g_assert_true(alj_core_job_cancel(fx.core, background_id(wiping), NULL));
    assert_error(background_join(wiping), ALJ_ERROR_ABORTED, "operation aborted: 'vol-wipe' was cancelled");
    g_assert_cmpuint(capacity_of(pool, "wiped"), ==, 3);
    fake_release("vol-wipe", "p");
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/medium/stop-refused", test_stop_refused);
    g_test_add_func("/medium/gone-at-restart", test_gone_at_restart);
    g_test_add_func("/medium/silent-at-restart", test_silent_at_restart);
    g_test_add_func("/medium/hangs-at-restart", test_hangs_at_restart);
    g_test_add_func("/medium/late-stop", test_late_stop);
    g_test_add_func("/medium/half-changes", test_half_changes);
    return g_test_run();
}
