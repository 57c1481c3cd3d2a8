/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Storage that does not answer: deadlines, the unresponsive state, its end, questions for fresh values, shutting down. */
#include "fixture.h"

#include "backend/stream.h"
#include "base/guard.h"

#include <string.h>

static AljOp *
create_op(Fixture *fx, AljPool *pool, const char *name)
{
    AljOp *op = op_new(fx, ALJ_OP_VOL_CREATE, pool, NULL);
    op->xml = vol_xml(name, 100, 0);
    return op;
}

static bool
is_unresponsive(AljPool *pool)
{
    AljPoolHealth health;
    alj_pool_health(pool, &health);
    alj_pool_health_clear(&health);
    return health.is_unresponsive;
}

/* Work that looks at its deadline ends by itself; the pool stays well. */
static void
test_deadline_heeded(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    fake_hang("scan", "p", true);
    run_fails(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL), ALJ_ERROR_TIMEOUT,
              "Timed out during operation: 'scan' did not end in time");
    g_assert_false(is_unresponsive(pool));
    g_assert_true(alj_pool_is_active(pool));
    fake_release("scan", "p");
    fixture_close(&fx);
}

/* Work that does not: the call fails, the pool refuses work at once, others answer; afterwards it is read again. */
static void
test_stuck_and_back(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p"), well = define_started(&fx, "well");
    create_vol(&fx, pool, "v", 5);
    fake_hang("scan", "p", false);
    Background *refresh = background(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL));
    Background *waits = background(op_new(&fx, ALJ_OP_POOL_START, pool, NULL));
    assert_error(background_join(refresh), ALJ_ERROR_TIMEOUT,
                 "Timed out during operation: pool-refresh: storage pool 'p' does not answer");
    assert_error(background_join(waits), ALJ_ERROR_TIMEOUT,
                 "Timed out during operation: pool-refresh: storage pool 'p' does not answer");
    g_assert_true(is_unresponsive(pool));
    GError *error = background_join(background(create_op(&fx, pool, "new")));
    g_assert_nonnull(error);
    g_assert_cmpint(alj_error_code(error), ==, ALJ_ERROR_TIMEOUT);
    g_assert_true(g_str_has_prefix(error->message, "storage pool 'p' does not answer since "));
    g_error_free(error);
    g_autofree char *names = vol_names(pool);
    g_assert_cmpstr(names, ==, "v"); /* what was known */
    create_vol(&fx, well, "w", 5);
    g_assert_false(alj_core_settle(fx.core, 1000)); /* its thread is still there */
    fake_put("p", "later", 5, 5);
    fake_release("scan", "p");
    settle(&fx);
    g_assert_false(is_unresponsive(pool));
    g_autofree char *after = vol_names(pool);
    g_assert_cmpstr(after, ==, "later v");
    fixture_close(&fx);
}

/* A volume whose making was given up is not published when the storage comes back, but found by the scan. */
static void
test_stuck_create(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    fake_hang("vol-create", "p", false);
    run_fails(create_op(&fx, pool, "new"), ALJ_ERROR_TIMEOUT,
              "Timed out during operation: vol-create: storage pool 'p' does not answer");
    g_assert_true(is_unresponsive(pool));
    fake_release("vol-create", "p");
    settle(&fx);
    g_autofree char *names = vol_names(pool);
    g_assert_cmpstr(names, ==, "new"); /* the fake made it after all, and the pool was read again */
    create_vol(&fx, pool, "other", 5);
    fixture_close(&fx);
}

/* @op is the fake's and the operation's name. */
static void
check_progress(AljPool *pool, const char *op, AljOp *take_op)
{
    g_autofree char *text = g_strdup_printf("Timed out during operation: %s: storage pool 'p' does not answer", op);
    fake_hang(op, "p", false);
    fake_progress(op, "p", 1);
    Background *working = background(take_op);
    fake_await(op, "p");
    g_usleep(1000000); /* twice what it may stand still, grace included */
    g_assert_false(background_is_done(working) || is_unresponsive(pool));
    fake_progress(op, "p", 0);
    assert_error(background_join(working), ALJ_ERROR_TIMEOUT, text);
    fake_release(op, "p");
}

/* As long as bytes are moved, a copy may take as long as it wants, and so may a deletion that frees them. */
static void
test_progress(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "old", 5);
    check_progress(pool, "vol-delete", op_new(&fx, ALJ_OP_VOL_DELETE, pool, "old"));
    settle(&fx);
    check_progress(pool, "vol-create", create_op(&fx, pool, "new"));
    fixture_close(&fx);
}

/* A pool whose lane is stuck can still be stopped; what the stuck worker brings later is dropped. */
static void
test_stop_while_stuck(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    for (int i = 0; i < 2; i++) {
        fake_hang("scan", "p", false);
        Background *refresh = background(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL));
        fake_await("scan", "p");
        Background *stop = i ? NULL : background(op_new(&fx, ALJ_OP_POOL_STOP, pool, NULL)); /* waits behind it, or comes after */
        assert_error(background_join(refresh), ALJ_ERROR_TIMEOUT,
                     "Timed out during operation: pool-refresh: storage pool 'p' does not answer");
        GError *failed = background_join(stop ? stop : background(op_new(&fx, ALJ_OP_POOL_STOP, pool, NULL)));
        g_assert_no_error(failed);
        g_assert_false(alj_pool_is_active(pool));
        if (i == 0) {
            fake_release("scan", "p");
            settle(&fx);
            run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
        }
    }
    GError *error = background_join(background(op_new(&fx, ALJ_OP_POOL_START, pool, NULL)));
    g_assert_true(alj_error_is(error, ALJ_ERROR_TIMEOUT));
    g_error_free(error);
    fake_release("scan", "p");
    settle(&fx);
    g_assert_false(alj_pool_is_active(pool));
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    fixture_close(&fx);
}

static bool
write_four(AljOp *op, AljStream *stream, GError **error)
{
    return alj_stream_write(stream, "data", 4, error) && alj_stream_finish(stream, error);
}

/* What was uploaded is on the medium: that the storage does not answer afterwards is no failure of the upload. */
static void
test_stuck_after_upload(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 5);
    AljOp *upload = op_new(&fx, ALJ_OP_VOL_UPLOAD, pool, "v");
    upload->transfer = write_four;
    fake_hang("vol-probe", "p", false);
    g_assert_no_error(background_join(background(upload)));
    g_assert_true(is_unresponsive(pool));
    fake_release("vol-probe", "p");
    settle(&fx);
    g_assert_false(is_unresponsive(pool));
    fixture_close(&fx);
}

/* A start that was given up is taken back when the storage answers. */
static void
test_stuck_start(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) pool = define(&fx, "p");
    fake_hang("scan", "p", false);
    run_fails(op_new(&fx, ALJ_OP_POOL_START, pool, NULL), ALJ_ERROR_TIMEOUT,
              "Timed out during operation: pool-start: storage pool 'p' does not answer");
    fake_release("scan", "p");
    settle(&fx);
    g_assert_false(alj_pool_is_active(pool) || fake_is_up("p"));
    g_autofree char *left = list_dir(fx.state_dir);
    g_assert_cmpstr(left, ==, "autostarted driver.pid intents");
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    fixture_close(&fx);
}

typedef struct Answer {
    pthread_mutex_t mutex;
    unsigned n;
    uint64_t capacity;
} Answer;

static void
take_answer(AljVolDef *take_vol, GError *take_error, void *data)
{
    Answer *answer = data;
    g_assert_no_error(take_error);
    ALJ_LOCK(&answer->mutex);
    answer->n++;
    answer->capacity = take_vol->capacity_bytes;
    alj_vol_def_unref(take_vol);
}

static uint64_t
await_answer(Answer *answer, unsigned n)
{
    for (gint64 until = g_get_monotonic_time() + 10 * G_USEC_PER_SEC; g_get_monotonic_time() < until; g_usleep(1000)) {
        ALJ_LOCK(&answer->mutex);
        if (answer->n == n)
            return answer->capacity;
    }
    g_assert_not_reached();
}

/* Remote pools are asked on a worker; if they do not answer, the last known values are given. */
static void
test_fresh(void)
{
    Fixture fx = { 0 };
    Answer answer = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    g_auto(AljVolRef) ref = { 0 };
    g_autoptr(AljVolDef) now = NULL;
    g_autoptr(GError) error = NULL;
    fixture_open_slow(&fx);
    g_autoptr(AljPool) net = define_netfs(&fx, "n");
    create_vol(&fx, net, "v", 5);
    g_assert_true(alj_pool_vol_by_name(net, "v", &ref, NULL));
    fake_put("n", "v", 10, 10);
    g_assert_false(alj_core_vol_fresh(fx.core, &ref, &now, take_answer, &answer, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(await_answer(&answer, 1), ==, 10);
    fake_hang("vol-stat", "n", false);
    g_assert_false(alj_core_vol_fresh(fx.core, &ref, &now, take_answer, &answer, &error));
    g_assert_cmpuint(await_answer(&answer, 2), ==, 5); /* as last known */
    while (!alj_core_vol_fresh(fx.core, &ref, &now, take_answer, &answer, &error))
        g_usleep(1000); /* in time nobody waits behind the stuck question */
    g_assert_cmpuint(now->capacity_bytes, ==, 5);
    fake_release("vol-stat", "n");
    fixture_close(&fx);
}

/* A local pool that was slow is asked on a worker from then on, until it has been quick for a while. */
static void
test_fresh_slow_local(void)
{
    Fixture fx = { 0 };
    Answer answer = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    g_auto(AljVolRef) ref = { 0 };
    g_autoptr(AljVolDef) now = NULL, later = NULL;
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 5);
    g_assert_true(alj_pool_vol_by_name(pool, "v", &ref, NULL));
    fake_hang("vol-stat", "p", true);
    g_autoptr(GError) error = NULL;
    g_assert_false(alj_core_vol_fresh(fx.core, &ref, &now, take_answer, &answer, &error)); /* one second in place */
    g_assert_error(error, ALJ_ERROR, (int) ALJ_ERROR_TIMEOUT);
    fake_release("vol-stat", "p");
    g_assert_false(alj_core_vol_fresh(fx.core, &ref, &later, take_answer, &answer, NULL));
    g_assert_cmpuint(await_answer(&answer, 1), ==, 5);
    unsigned n_later = 1;
    while (!alj_core_vol_fresh(fx.core, &ref, &later, take_answer, &answer, NULL)) {
        g_assert_cmpuint(++n_later, <, 1000); /* more than that many only if this machine is slow itself */
        await_answer(&answer, n_later);
    }
    g_assert_cmpuint(n_later, >=, 16);
    g_assert_cmpuint(later->capacity_bytes, ==, 5);
    fixture_close(&fx);
}

/* The core ends: what waits is refused, what runs is asked to end, pools stay up. */
static void
test_end(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    AljPool *pool = define_started(&fx, "p");
    fake_hang("vol-create", "p", true);
    fake_hang("scan", "p", true);
    Background *making = background(create_op(&fx, pool, "new"));
    Background *refresh = background(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL));
    fake_await("vol-create", "p");
    fake_await("scan", "p");
    Background *waits = background(op_new(&fx, ALJ_OP_POOL_STOP, pool, NULL));
    alj_pool_unref(pool);
    alj_core_free(fx.core);
    assert_error(background_join(making), ALJ_ERROR_ABORTED, "operation aborted: 'vol-create' was cancelled");
    assert_error(background_join(refresh), ALJ_ERROR_ABORTED, "operation aborted: 'scan' was cancelled");
    assert_error(background_join(waits), ALJ_ERROR_ABORTED, "operation aborted: 'pool-destroy' was cancelled");
    g_assert_true(fake_is_up("p"));
    fake_release("vol-create", "p");
    fake_release("scan", "p");
    fx.core = fixture_try_core(&fx, NULL);
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stuck/deadline-heeded", test_deadline_heeded);
    g_test_add_func("/stuck/and-back", test_stuck_and_back);
    g_test_add_func("/stuck/create", test_stuck_create);
    g_test_add_func("/stuck/progress", test_progress);
    g_test_add_func("/stuck/stop", test_stop_while_stuck);
    g_test_add_func("/stuck/after-upload", test_stuck_after_upload);
    g_test_add_func("/stuck/start", test_stuck_start);
    g_test_add_func("/stuck/fresh", test_fresh);
    g_test_add_func("/stuck/fresh-slow-local", test_fresh_slow_local);
    g_test_add_func("/stuck/end", test_end);
    return run_tests();
}
