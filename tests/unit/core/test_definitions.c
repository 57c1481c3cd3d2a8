/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker that writes definitions: order, creations that come in between, a disk that does not answer, many clients. */
#include "fixture.h"
#include "syscalls.h"

#include "base/guard.h"

#include <glib/gstdio.h>
#include <string.h>

static AljOp *
op_xml(Fixture *fx, AljOpKind kind, const char *name, const char *uuid)
{
    AljOp *op = op_new(fx, kind, NULL, NULL);
    op->xml = pool_xml(name, uuid);
    return op;
}

static void
assert_done(Background *take_back)
{
    g_autoptr(GError) error = background_join(take_back);
    g_assert_no_error(error);
}

static char *
names_of(Fixture *fx)
{
    g_autoptr(GPtrArray) pools = alj_core_pools(fx->core, 0);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < pools->len; i++) {
        AljPool *pool = g_ptr_array_index(pools, i);
        g_string_append_printf(text, "%s%s:%s%s%s", i ? " " : "", alj_pool_name(pool), alj_pool_is_active(pool) ? "a" : "",
                               alj_pool_is_persistent(pool) ? "p" : "", alj_pool_is_autostart(pool) ? "s" : "");
    }
    return g_string_free(text, FALSE);
}

#define ASSERT_POOLS(fx, expected) \
    do { \
        g_autofree char *names_ = names_of(fx); \
        g_assert_cmpstr(names_, ==, expected); \
    } while (0)

/* A definition of @name whose first flush hangs. */
static Background *
define_hanging(Fixture *fx, const char *name, const char *uuid)
{
    syscalls_arm(fx->config_dir, 3, SYSCALLS_HANG); /* after creating and writing the temporary */
    Background *back = background(op_xml(fx, ALJ_OP_POOL_DEFINE, name, uuid));
    syscalls_await();
    return back;
}

/* While a definition is being written, pools are started, stopped and created; it is not known before it is stored. */
static void
test_nobody_waits(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) p = define(&fx, "p");
    fake_make("t");
    Background *slow = define_hanging(&fx, "slow", UUID_1);
    run_ok(&fx, ALJ_OP_POOL_START, p, 0);
    g_autoptr(AljOp) create = op_xml(&fx, ALJ_OP_POOL_CREATE, "t", NULL);
    g_assert_true(alj_op_run(create, NULL));
    g_clear_pointer(&create->ret_pool, alj_pool_unref);
    ASSERT_POOLS(&fx, "p:ap t:a");
    run_ok(&fx, ALJ_OP_POOL_STOP, p, 0);
    Background *next = background(op_xml(&fx, ALJ_OP_POOL_DEFINE, "next", NULL)); /* in order */
    g_assert_false(background_is_done(slow) || background_is_done(next));
    syscalls_release();
    assert_done(slow);
    assert_done(next);
    (void) syscalls_disarm();
    ASSERT_POOLS(&fx, "next:p p:p slow:p t:a");
    fixture_close(&fx);
}

/* A creation that could not exist beside the definition that is being written waits for it, and then meets it. */
static void
test_creations_wait(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    fake_make("p");
    fake_make("q");
    Background *slow = define_hanging(&fx, "p", UUID_1);
    Background *same_name = background(op_xml(&fx, ALJ_OP_POOL_CREATE, "p", UUID_2));
    Background *same_uuid = background(op_xml(&fx, ALJ_OP_POOL_CREATE, "q", UUID_1));
    AljOp *op = op_new(&fx, ALJ_OP_POOL_CREATE, NULL, NULL);
    op->xml = g_strdup("<pool type='dir'><name>r</name><target><path>/fake/p</path></target></pool>");
    Background *same_source = background(op);
    g_usleep(20000); /* they would be through by now */
    g_assert_false(background_is_done(same_name) || background_is_done(same_uuid) || background_is_done(same_source));
    syscalls_release();
    assert_done(slow);
    (void) syscalls_disarm();
    assert_error(background_join(same_name), ALJ_ERROR_OPERATION_FAILED,
                 "operation failed: pool 'p' already exists with uuid " UUID_1);
    assert_error(background_join(same_uuid), ALJ_ERROR_OPERATION_FAILED,
                 "operation failed: pool 'p' is already defined with uuid " UUID_1);
    assert_error(background_join(same_source), ALJ_ERROR_OPERATION_FAILED,
                 "operation failed: Storage source conflict with pool: 'p'");
    ASSERT_POOLS(&fx, "p:p");
    fixture_close(&fx);
}

/* The same creation when the definition fails: nothing is in its way. */
static void
test_creation_after_failure(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    fake_make("p");
    g_autofree char *in_the_way = g_build_filename(fx.config_dir, "p.xml", NULL);
    g_assert_cmpint(g_mkdir_with_parents(in_the_way, 0755), ==, 0);
    Background *slow = define_hanging(&fx, "p", UUID_1);
    Background *other = background(op_xml(&fx, ALJ_OP_POOL_CREATE, "p", UUID_2));
    syscalls_release();
    g_autofree char *text = g_strdup_printf("cannot rename file '%s.new' as '%s': Is a directory", in_the_way, in_the_way);
    assert_error(background_join(slow), ALJ_ERROR_SYSTEM, text);
    assert_done(other);
    (void) syscalls_disarm();
    ASSERT_POOLS(&fx, "p:a");
    fixture_close(&fx);
}

/* Files that cannot be written: definitions fail in time, new ones at once, everything else works. What gets through in the end counts. */
static void
test_disk_hangs(void)
{
    Fixture fx = { 0 };
    fixture_open_slow(&fx);
    g_autoptr(AljPool) p = define(&fx, "p");
    fx.core = (alj_core_free(fx.core), fx.limits.define_usec = 250000, fixture_try_core(&fx, NULL));
    g_clear_pointer(&p, alj_pool_unref);
    p = alj_core_pool_by_name(fx.core, "p", NULL);
    Background *slow = define_hanging(&fx, "slow", UUID_1);
    Background *behind = background(op_new(&fx, ALJ_OP_POOL_UNDEFINE, p, NULL));
    const char *text = "Timed out during operation: pool-define: the directory of definitions does not answer";
    assert_error(background_join(slow), ALJ_ERROR_TIMEOUT, text);
    assert_error(background_join(behind), ALJ_ERROR_TIMEOUT, text);
    g_autoptr(AljOp) mark = op_new(&fx, ALJ_OP_POOL_AUTOSTART, p, NULL);
    g_autoptr(GError) refused = NULL;
    mark->number = 1;
    g_assert_false(alj_op_run(mark, &refused));
    g_assert_cmpint(alj_error_code(refused), ==, ALJ_ERROR_TIMEOUT);
    g_assert_true(g_str_has_prefix(refused->message, "the directory of definitions does not answer since "));
    run_ok(&fx, ALJ_OP_POOL_START, p, 0);
    run_ok(&fx, ALJ_OP_POOL_REFRESH, p, 0);
    ASSERT_POOLS(&fx, "p:ap");
    syscalls_release();
    settle(&fx);
    (void) syscalls_disarm();
    ASSERT_POOLS(&fx, "p:ap slow:p");
    fixture_restart(&fx, true);
    ASSERT_POOLS(&fx, "p:ap slow:p");
    fixture_close(&fx);
}

/* A definition while the pool's start waits in its lane: the start takes it. While it runs: it waits. */
static void
test_redefined_around_start(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    fake_make("p");
    g_autoptr(AljOp) define = op_xml(&fx, ALJ_OP_POOL_DEFINE, "p", UUID_1);
    g_assert_true(alj_op_run(define, NULL));
    g_autoptr(AljPool) pool = g_steal_pointer(&define->ret_pool);
    fake_hang("pool-build", "p", false);
    Background *build = background(op_new(&fx, ALJ_OP_POOL_BUILD, pool, NULL));
    fake_await("pool-build", "p");
    Background *start = background(op_new(&fx, ALJ_OP_POOL_START, pool, NULL));
    g_autoptr(AljOp) again = op_new(&fx, ALJ_OP_POOL_DEFINE, NULL, NULL);
    again->xml = g_strdup("<pool type='dir'><name>p</name><uuid>" UUID_1 "</uuid><target><path>/new</path></target></pool>");
    g_assert_true(alj_op_run(again, NULL));
    g_clear_pointer(&again->ret_pool, alj_pool_unref);
    fake_release("pool-build", "p");
    assert_done(build);
    assert_done(start);
    g_autofree char *live = alj_pool_xml(pool, false);
    g_assert_nonnull(strstr(live, "<path>/new</path>"));
    g_autoptr(AljOp) back = op_xml(&fx, ALJ_OP_POOL_DEFINE, "p", UUID_1);
    g_assert_true(alj_op_run(back, NULL));
    g_clear_pointer(&back->ret_pool, alj_pool_unref);
    g_autofree char *still = alj_pool_xml(pool, false), *stored = alj_pool_xml(pool, true);
    g_assert_nonnull(strstr(still, "<path>/new</path>"));
    g_assert_nonnull(strstr(stored, "<path>/fake/p</path>"));
    fixture_close(&fx);
}

/* ---- many clients ---- */

#define N_CLIENTS 8
#define N_ROUNDS  30
#define N_NAMES   4

typedef struct Client {
    Fixture *fx;
    unsigned seed;
} Client;

/* One call of a client; what it answers depends on the others. What this client was told it must find. */
static void
call_once(Client *client, unsigned what, const char *name, const char *uuid)
{
    static const AljOpKind on_pool[] = { ALJ_OP_POOL_START, ALJ_OP_POOL_STOP, ALJ_OP_POOL_UNDEFINE, ALJ_OP_POOL_AUTOSTART };
    g_autoptr(AljPool) pool = alj_core_pool_by_name(client->fx->core, name, NULL);
    if (what < G_N_ELEMENTS(on_pool) && !pool)
        return;
    g_autoptr(AljOp) op = what < G_N_ELEMENTS(on_pool) ? op_new(client->fx, on_pool[what], pool, NULL)
                          : what == G_N_ELEMENTS(on_pool) ? op_xml(client->fx, ALJ_OP_POOL_CREATE, name, uuid)
                          : what == G_N_ELEMENTS(on_pool) + 1 ? op_new(client->fx, ALJ_OP_RELOAD, NULL, NULL)
                                                              : op_xml(client->fx, ALJ_OP_POOL_DEFINE, name, uuid);
    g_autoptr(GError) error = NULL;
    op->number = client->seed & 1;
    if (alj_op_run(op, &error) && op->kind == ALJ_OP_POOL_UNDEFINE) {
        g_autoptr(AljPool) found = alj_core_pool_by_uuid(client->fx->core, alj_pool_uuid(pool), NULL, NULL);
        g_assert_true(found != pool); /* one of the same name may be there again */
    }
    g_assert_true(!error || !alj_error_is(error, ALJ_ERROR_SYSTEM));
}

static void *
run_client(void *data)
{
    Client *client = data;
    static const char *const uuids[N_NAMES] = { UUID_1, UUID_2, "33333333-3333-4333-8333-333333333333",
                                                "44444444-4444-4444-8444-444444444444" };
    for (unsigned i = 0; i < N_ROUNDS; i++) {
        client->seed = client->seed * 1103515245 + 12345;
        unsigned at = client->seed >> 16 & (N_NAMES - 1);
        g_autofree char *name = g_strdup_printf("p%u", at);
        call_once(client, (client->seed >> 20) % 10, name, uuids[at]);
    }
    return NULL;
}

/* Clients that change the same few pools in all ways at once: afterwards memory is what a restart finds. */
static void
test_many_clients(void)
{
    Fixture fx = { 0 };
    pthread_t threads[N_CLIENTS];
    Client clients[N_CLIENTS];
    fixture_open(&fx);
    for (unsigned i = 0; i < N_NAMES; i++) {
        g_autofree char *name = g_strdup_printf("p%u", i);
        fake_make(name);
    }
    for (unsigned i = 0; i < N_CLIENTS; i++) {
        clients[i] = (Client){ &fx, g_test_rand_int() };
        g_assert_cmpint(pthread_create(&threads[i], NULL, run_client, &clients[i]), ==, 0);
    }
    for (unsigned i = 0; i < N_CLIENTS; i++)
        pthread_join(threads[i], NULL);
    settle(&fx);
    g_autofree char *before = names_of(&fx);
    fixture_restart(&fx, true);
    ASSERT_POOLS(&fx, before);
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/definitions/nobody-waits", test_nobody_waits);
    g_test_add_func("/definitions/creations-wait", test_creations_wait);
    g_test_add_func("/definitions/creation-after-failure", test_creation_after_failure);
    g_test_add_func("/definitions/disk-hangs", test_disk_hangs);
    g_test_add_func("/definitions/redefined-around-start", test_redefined_around_start);
    g_test_add_func("/definitions/many-clients", test_many_clients);
    return run_tests();
}
