/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work beside other work: who waits for whom, claims on volumes, refresh while volumes change, cancelling. */
#include "fixture.h"

#include "backend/stream.h"
#include "base/guard.h"

#include <string.h>

#define ASSERT_NAMES(pool, expected) \
    do { \
        g_autofree char *names_ = vol_names(pool); \
        g_assert_cmpstr(names_, ==, expected); \
    } while (0)

static AljOp *
create_op(Fixture *fx, AljPool *pool, const char *name)
{
    AljOp *op = op_new(fx, ALJ_OP_VOL_CREATE, pool, NULL);
    op->xml = vol_xml(name, 100, 0);
    return op;
}

static AljOp *
copy_op(Fixture *fx, AljPool *pool, const char *name, AljPool *from_pool, const char *from)
{
    AljOp *op = op_new(fx, ALJ_OP_VOL_COPY, pool, NULL);
    op->xml = vol_xml(name, 100, 0);
    op->from_pool = alj_pool_ref(from_pool);
    op->from_name = g_strdup(from);
    return op;
}

static AljOp *
resize_op(Fixture *fx, AljPool *pool, const char *name)
{
    AljOp *op = op_new(fx, ALJ_OP_VOL_RESIZE, pool, name);
    op->number = 1000;
    return op;
}

static void
assert_done(Background *take_back)
{
    g_autoptr(GError) error = background_join(take_back);
    g_assert_no_error(error);
}

/* While one pool hangs, everything else answers. */
static void
test_nobody_waits(void)
{
    Fixture fx = { 0 };
    AljPoolInfo info;
    fixture_open(&fx);
    g_autoptr(AljPool) stuck = define_started(&fx, "stuck"), well = define_started(&fx, "well");
    create_vol(&fx, stuck, "v", 5);
    fake_hang("scan", "stuck", false);
    Background *refresh = background(op_new(&fx, ALJ_OP_POOL_REFRESH, stuck, NULL));
    fake_await("scan", "stuck");
    for (int i = 0; i < 1000; i++) {
        g_autoptr(GPtrArray) pools = alj_core_pools(fx.core, 2);
        g_autofree char *xml = alj_pool_xml(stuck, false);
        g_auto(AljVolRef) ref = { 0 };
        g_assert_cmpuint(pools->len, ==, 2);
        alj_pool_info(stuck, &info);
        g_assert_true(alj_core_vol_by_path(fx.core, "/fake/stuck/v", &ref, NULL));
    }
    ASSERT_NAMES(stuck, "v"); /* the old list, not an empty one */
    create_vol(&fx, well, "w", 5);
    run_ok(&fx, ALJ_OP_POOL_REFRESH, well, 0);
    g_autoptr(AljPool) third = define_started(&fx, "third");
    Background *stop = background(op_new(&fx, ALJ_OP_POOL_STOP, stuck, NULL)); /* waits for its lane */
    g_assert_false(background_is_done(refresh) || background_is_done(stop));
    fake_release("scan", "stuck");
    assert_done(refresh);
    assert_done(stop);
    fixture_close(&fx);
}

/* A scan that began earlier does not undo what happened beside it. */
static void
test_refresh_beside(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    fake_put("p", "kept", 5, 5);
    fake_put("p", "deleted", 5, 5);
    fake_put("p", "grown", 5, 5);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    fake_hang("vol-create", "p", false);
    Background *building = background(create_op(&fx, pool, "building"));
    fake_await("vol-create", "p");
    fake_put("p", "foreign", 5, 5); /* by somebody else */
    fake_hang("scan", "p", false);
    Background *refresh = background(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL));
    fake_await("scan", "p"); /* it has looked at the medium now */
    fake_put("p", "later", 5, 5);
    g_autoptr(AljOp) gone = op_new(&fx, ALJ_OP_VOL_DELETE, pool, "deleted"), grow = resize_op(&fx, pool, "grown");
    g_assert_true(alj_op_run(gone, NULL));
    g_assert_true(alj_op_run(grow, NULL));
    ASSERT_NAMES(pool, "building grown kept");
    fake_release("scan", "p");
    assert_done(refresh);
    ASSERT_NAMES(pool, "building foreign grown kept");
    g_auto(AljVolRef) ref = { 0 };
    g_assert_true(alj_pool_vol_by_name(pool, "grown", &ref, NULL));
    g_assert_cmpuint(ref.vol->capacity_bytes, ==, 1000);
    fake_release("vol-create", "p");
    assert_done(building);
    ASSERT_NAMES(pool, "building foreign grown kept");
    AljVolRef found = { 0 };
    g_assert_false(alj_core_vol_by_path(fx.core, "/fake/p/deleted", &found, NULL));
    g_assert_true(alj_core_vol_by_path(fx.core, "/fake/p/building", &found, NULL));
    alj_vol_ref_clear(&found);
    fixture_close(&fx);
}

/* A stream that is open until the test says so. */
typedef struct Holder {
    atomic_bool is_open, may_end;
} Holder;

static Holder *current_holder; /* one stream is held at a time */

static bool
hold(AljOp *op, AljStream *stream, GError **error)
{
    atomic_store(&current_holder->is_open, true);
    while (!atomic_load(&current_holder->may_end)) {
        if (!alj_task_check(op->task, "transfer", error))
            return false;
        g_usleep(1000);
    }
    return true;
}

static bool
pass(AljOp *op, AljStream *stream, GError **error)
{
    return true;
}

static Background *
hold_stream(Fixture *fx, AljOpKind kind, AljPool *pool, const char *vol, Holder *holder)
{
    AljOp *op = op_new(fx, kind, pool, vol);
    op->transfer = hold;
    current_holder = holder;
    Background *back = background(op);
    while (!atomic_load(&holder->is_open))
        g_usleep(1000);
    return back;
}

typedef struct Case {
    AljOpKind kind;
    bool is_refused;
} Case;

/* Tries everything on volume @vol of @pool and expects @text for what is refused. */
static void
try_all(Fixture *fx, AljPool *pool, const char *vol, const Case *cases, const char *text)
{
    for (; cases->kind != ALJ_N_OP_KINDS; cases++) {
        AljOp *op = cases->kind == ALJ_OP_VOL_COPY ? copy_op(fx, pool, "other", pool, vol) : op_new(fx, cases->kind, pool, vol);
        op->transfer = pass;
        op->number = cases->kind == ALJ_OP_VOL_RESIZE ? 1000 : 0;
        if (cases->is_refused) {
            run_fails(op, ALJ_ERROR_BAD_STATE, text);
        } else {
            g_autoptr(GError) error = NULL;
            alj_op_run(op, &error);
            g_assert_no_error(error);
            alj_op_free(op);
        }
    }
    if (alj_pool_is_active(pool)) {
        g_autoptr(AljOp) clean = op_new(fx, ALJ_OP_VOL_DELETE, pool, "other");
        (void) alj_op_run(clean, NULL); /* there only if copies were allowed */
    }
}

static const Case all_refused[] = { { ALJ_OP_VOL_DELETE, true }, { ALJ_OP_VOL_RESIZE, true }, { ALJ_OP_VOL_WIPE, true },
                                    { ALJ_OP_VOL_UPLOAD, true }, { ALJ_OP_VOL_DOWNLOAD, true }, { ALJ_OP_VOL_COPY, true },
                                    { ALJ_N_OP_KINDS, false } };
static const Case readers_pass[] = { { ALJ_OP_VOL_DELETE, true }, { ALJ_OP_VOL_RESIZE, true }, { ALJ_OP_VOL_WIPE, true },
                                     { ALJ_OP_VOL_UPLOAD, true }, { ALJ_OP_VOL_DOWNLOAD, false }, { ALJ_OP_VOL_COPY, false },
                                     { ALJ_N_OP_KINDS, false } };

static void
test_claims_build(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    fake_hang("vol-create", "p", false);
    fake_progress("vol-create", "p", 7);
    Background *building = background(create_op(&fx, pool, "new"));
    fake_await("vol-create", "p");
    ASSERT_NAMES(pool, "new");
    try_all(&fx, pool, "new", all_refused, "Requested operation is not valid: volume 'new' is still being allocated.");
    run_fails(create_op(&fx, pool, "new"), ALJ_ERROR_VOL_EXISTS, "storage volume 'new' exists already");
    run_fails(op_new(&fx, ALJ_OP_POOL_STOP, pool, NULL), ALJ_ERROR_INTERNAL,
              "internal error: pool 'p' has asynchronous jobs running.");
    g_auto(AljVolRef) ref = { 0 };
    g_autoptr(AljVolDef) now = NULL;
    g_assert_true(alj_pool_vol_by_name(pool, "new", &ref, NULL));
    g_assert_true(alj_core_vol_fresh(fx.core, &ref, &now, NULL, NULL, NULL)); /* its allocation grows */
    g_assert_cmpuint(now->allocation_bytes, >=, 7);
    g_autoptr(GPtrArray) jobs = alj_core_jobs(fx.core);
    g_assert_cmpuint(jobs->len, ==, 1);
    const AljJobInfo *job = g_ptr_array_index(jobs, 0);
    g_assert_cmpstr(job->kind_name, ==, "vol-create");
    g_assert_cmpstr(job->pool, ==, "p");
    g_assert_cmpstr(job->volume, ==, "new");
    g_assert_true(job->is_running && job->done_bytes >= 7 && job->id == background_id(building));
    fake_release("vol-create", "p");
    assert_done(building);
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
    fixture_close(&fx);
}

static void
test_claims_copy(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) from = define_started(&fx, "from"), to = define_started(&fx, "to");
    create_vol(&fx, from, "src", 5);
    fake_hang("vol-copy", "to", false);
    Background *copying = background(copy_op(&fx, to, "new", from, "src"));
    fake_await("vol-copy", "to");
    try_all(&fx, from, "src", readers_pass, "Requested operation is not valid: volume 'src' is still in use.");
    try_all(&fx, to, "new", all_refused, "Requested operation is not valid: volume 'new' is still being allocated.");
    run_fails(op_new(&fx, ALJ_OP_POOL_STOP, from, NULL), ALJ_ERROR_INTERNAL,
              "internal error: pool 'from' has asynchronous jobs running.");
    run_ok(&fx, ALJ_OP_POOL_REFRESH, from, 0);
    run_ok(&fx, ALJ_OP_POOL_REFRESH, to, 0);
    ASSERT_NAMES(to, "new");
    fake_release("vol-copy", "to");
    assert_done(copying);
    fixture_close(&fx);
}

/* A stream that is open claims the volume, but does not hold the pool, as with libvirt. */
static void
test_claims_streams(void)
{
    static const Case some_pass[] = { { ALJ_OP_VOL_DELETE, true }, { ALJ_OP_VOL_RESIZE, true }, { ALJ_OP_VOL_WIPE, true },
                                      { ALJ_OP_VOL_UPLOAD, true }, { ALJ_OP_VOL_DOWNLOAD, false }, { ALJ_OP_VOL_COPY, false },
                                      { ALJ_N_OP_KINDS, false } };
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 5);
    for (int i = 0; i < 2; i++) {
        Holder holder = { false, false };
        Background *transfer = hold_stream(&fx, i ? ALJ_OP_VOL_UPLOAD : ALJ_OP_VOL_DOWNLOAD, pool, "v", &holder);
        try_all(&fx, pool, "v", i ? all_refused : some_pass, "Requested operation is not valid: volume 'v' is still in use.");
        run_ok(&fx, ALJ_OP_POOL_REFRESH, pool, 0);
        run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0);
        atomic_store(&holder.may_end, true);
        assert_done(transfer);
        settle(&fx);
        run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    }
    fixture_close(&fx);
}

/* A stream whose client says nothing ends when its job is cancelled. */
static void
test_cancel_stream(void)
{
    Fixture fx = { 0 };
    Holder holder = { false, false };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 5);
    Background *transfer = hold_stream(&fx, ALJ_OP_VOL_UPLOAD, pool, "v", &holder);
    g_assert_true(alj_core_job_cancel(fx.core, background_id(transfer), NULL));
    assert_error(background_join(transfer), ALJ_ERROR_ABORTED, "operation aborted: 'transfer' was cancelled");
    fixture_close(&fx);
}

/* A queue of 64, then BUSY at once; what waits keeps its order. */
static void
test_queue(void)
{
    Fixture fx = { 0 };
    Background *waiting[64];
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    fake_hang("scan", "p", false);
    Background *refresh = background(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL));
    fake_await("scan", "p");
    for (unsigned i = 0; i < G_N_ELEMENTS(waiting); i++)
        waiting[i] = background(op_new(&fx, i % 2 ? ALJ_OP_POOL_START : ALJ_OP_POOL_STOP, pool, NULL));
    run_fails(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL), ALJ_ERROR_BUSY,
              "resource busy: too many operations wait for p already");
    g_autoptr(GPtrArray) jobs = alj_core_jobs(fx.core);
    g_assert_cmpuint(jobs->len, ==, 65);
    g_assert_false(((AljJobInfo *) g_ptr_array_index(jobs, 64))->is_running);
    fake_release("scan", "p");
    assert_done(refresh);
    for (unsigned i = 0; i < G_N_ELEMENTS(waiting); i++)
        assert_done(waiting[i]); /* stop, start, stop, …: each finds what the one before left */
    g_assert_true(alj_pool_is_active(pool));
    fixture_close(&fx);
}

static void
test_cancel(void)
{
    Fixture fx = { 0 };
    GError *error = NULL;
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    fake_hang("vol-create", "p", true);
    Background *running = background(create_op(&fx, pool, "new"));
    fake_await("vol-create", "p");
    fake_hang("scan", "p", true);
    Background *refresh = background(op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL));
    fake_await("scan", "p");
    Background *waits = background(op_new(&fx, ALJ_OP_POOL_STOP, pool, NULL));
    g_assert_true(alj_core_job_cancel(fx.core, background_id(waits), NULL)); /* at once, although its lane is busy */
    g_assert_true(background_is_done(waits));
    assert_error(background_join(waits), ALJ_ERROR_ABORTED, "operation aborted: 'pool-destroy' was cancelled");
    g_assert_true(alj_core_job_cancel(fx.core, background_id(running), NULL));
    assert_error(background_join(running), ALJ_ERROR_ABORTED, "operation aborted: 'vol-create' was cancelled");
    ASSERT_NAMES(pool, "");
    g_assert_true(alj_core_job_cancel(fx.core, background_id(refresh), NULL));
    assert_error(background_join(refresh), ALJ_ERROR_ABORTED, "operation aborted: 'scan' was cancelled");
    settle(&fx);
    g_assert_false(alj_core_job_cancel(fx.core, 4711, &error));
    assert_error(error, ALJ_ERROR_INVALID_ARG, "invalid argument: no job with number 4711");
    g_assert_true(alj_pool_is_active(pool));
    fake_release("vol-create", "p");
    create_vol(&fx, pool, "new", 5); /* the name is free again */
    fixture_close(&fx);
}

/* Types that say so have their volume operations in the lane, one at a time. */
static void
test_serial(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) net = define_netfs(&fx, "n"), dir = define_started(&fx, "d");
    fake_hang("vol-create", "n", false);
    fake_hang("vol-create", "d", false);
    Background *first = background(create_op(&fx, net, "a")), *second = background(create_op(&fx, net, "b"));
    Background *third = background(create_op(&fx, dir, "a")), *fourth = background(create_op(&fx, dir, "b"));
    fake_await("vol-create", "n");
    while (fake_calls("vol-create", "d") < 2)
        g_usleep(1000);
    g_assert_cmpuint(fake_calls("vol-create", "n"), ==, 1);
    fake_release("vol-create", "n");
    fake_release("vol-create", "d");
    assert_done(first);
    assert_done(second);
    assert_done(third);
    assert_done(fourth);
    ASSERT_NAMES(net, "a b");
    fixture_close(&fx);
}

/* A pool that is being started: define waits with its definition, the rest is told so. */
static void
test_starting(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define(&fx, "p");
    char uuid[ALJ_UUID_TEXT_SIZE];
    alj_uuid_format(alj_pool_uuid(pool), uuid);
    fake_hang("pool-start", "p", false);
    Background *start = background(op_new(&fx, ALJ_OP_POOL_START, pool, NULL));
    fake_await("pool-start", "p");
    run_fails(op_new(&fx, ALJ_OP_POOL_UNDEFINE, pool, NULL), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'p' is starting up");
    g_autoptr(AljOp) redefine = op_new(&fx, ALJ_OP_POOL_DEFINE, NULL, NULL);
    redefine->xml = g_strdup_printf("<pool type='dir'><name>p</name><uuid>%s</uuid><target><path>/new</path></target></pool>", uuid);
    g_assert_true(alj_op_run(redefine, NULL));
    fake_fail("pool-start", "p", ALJ_ERROR_SYSTEM, "bad disk");
    fake_release("pool-start", "p");
    assert_error(background_join(start), ALJ_ERROR_SYSTEM, "bad disk");
    g_autofree char *xml = alj_pool_xml(pool, false);
    g_assert_nonnull(strstr(xml, "<path>/new</path>"));
    fixture_close(&fx);
}

typedef struct Load {
    Fixture *fx;
    AljPool *pool;
    unsigned number;
} Load;

static void *
make_load(void *data)
{
    Load *load = data;
    for (unsigned i = 0; i < 40; i++) {
        g_autofree char *name = g_strdup_printf("t%u-%u", load->number, i), *path = g_strdup_printf("/fake/p/%s", name);
        g_auto(AljVolRef) ref = { 0 };
        create_vol(load->fx, load->pool, name, 5);
        g_assert_true(alj_core_vol_by_path(load->fx->core, path, &ref, NULL));
        if (i % 3 == 0)
            run_ok(load->fx, ALJ_OP_POOL_REFRESH, load->pool, 0);
        if (i % 2 == 0) {
            g_autoptr(AljOp) op = op_new(load->fx, ALJ_OP_VOL_DELETE, load->pool, name);
            g_assert_true(alj_op_run(op, NULL));
            g_assert_false(alj_core_vol_by_path(load->fx->core, path, &ref, NULL) && ref.vol == NULL);
        }
    }
    return NULL;
}

/* Creates, deletes, refreshes and look-ups from several threads: nothing is lost and nothing comes back. */
static void
test_load(void)
{
    enum { THREADS = 4 };
    Fixture fx = { 0 };
    pthread_t threads[THREADS];
    Load loads[THREADS];
    unsigned n;
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    for (unsigned i = 0; i < THREADS; i++) {
        loads[i] = (Load){ &fx, pool, i };
        g_assert_cmpint(pthread_create(&threads[i], NULL, make_load, &loads[i]), ==, 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_true(alj_pool_n_vols(pool, &n, NULL));
    g_assert_cmpuint(n, ==, THREADS * 20);
    run_ok(&fx, ALJ_OP_POOL_REFRESH, pool, 0);
    g_assert_true(alj_pool_n_vols(pool, &n, NULL));
    g_assert_cmpuint(n, ==, THREADS * 20);
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/busy/nobody-waits", test_nobody_waits);
    g_test_add_func("/busy/refresh-beside", test_refresh_beside);
    g_test_add_func("/busy/claims-build", test_claims_build);
    g_test_add_func("/busy/claims-copy", test_claims_copy);
    g_test_add_func("/busy/claims-streams", test_claims_streams);
    g_test_add_func("/busy/cancel-stream", test_cancel_stream);
    g_test_add_func("/busy/queue", test_queue);
    g_test_add_func("/busy/cancel", test_cancel);
    g_test_add_func("/busy/serial", test_serial);
    g_test_add_func("/busy/starting", test_starting);
    g_test_add_func("/busy/load", test_load);
    return run_tests();
}
