/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "fixture.h"

#include "base/guard.h"
#include "base/log.h"
#include "base/workers.h"
#include "host/host.h"

#include <glib/gstdio.h>
#include <string.h>

#define LIMIT_USEC 750000

static const AljBackend *const fakes[] = { &fake_dir, &fake_netfs, &fake_mpath, NULL };

AljCore *
fixture_try_core(Fixture *fx, GError **error)
{
    AljCoreConfig config = { .config_dir = fx->config_dir, .state_dir = fx->state_dir, .schema_dir = SCHEMA_DIR,
                             .extra_backends = fakes, .host = fx->host, .limits = fx->limits };
    return alj_core_new(&config, error);
}

static void
start_core(Fixture *fx, bool runs)
{
    g_autoptr(GError) error = NULL;
    fx->core = fixture_try_core(fx, &error);
    g_assert_no_error(error);
    if (runs)
        alj_core_run(fx->core);
}

void
fixture_open(Fixture *fx)
{
    static bool has_log;
    if (!has_log) {
        alj_log_init("test"); /* our writer: warnings of the core are part of what is tested */
        has_log = true;
    }
    fake_reset();
    fx->dir = g_dir_make_tmp("alj-core-XXXXXX", NULL);
    fx->config_dir = g_build_filename(fx->dir, "etc", NULL);
    fx->state_dir = g_build_filename(fx->dir, "run", NULL);
    fx->host = alj_host_new(fx->state_dir);
    start_core(fx, true);
}

void
fixture_open_slow(Fixture *fx)
{
    /* Short, but long enough for a busy machine: what hangs is to be late, and nothing else. */
    fx->limits = (AljCoreLimits){ .pool_usec = LIMIT_USEC, .vol_usec = LIMIT_USEC, .build_usec = LIMIT_USEC,
                                  .progress_usec = LIMIT_USEC, .grace_usec = LIMIT_USEC, .look_usec = LIMIT_USEC };
    fixture_open(fx);
}

void
settle(Fixture *fx)
{
    g_assert_true(alj_core_settle(fx->core, 10 * G_USEC_PER_SEC));
}

void
fixture_restart(Fixture *fx, bool runs)
{
    alj_core_free(fx->core);
    start_core(fx, runs);
    settle(fx);
}

void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        if (g_file_test(entry, G_FILE_TEST_IS_DIR) && !g_file_test(entry, G_FILE_TEST_IS_SYMLINK))
            remove_tree(entry);
        else
            g_unlink(entry);
    }
    g_rmdir(path);
}

void
fixture_close(Fixture *fx)
{
    settle(fx);
    alj_core_free(fx->core);
    alj_host_free(fx->host);
    remove_tree(fx->dir);
    g_free(fx->dir);
    g_free(fx->config_dir);
    g_free(fx->state_dir);
}

int
run_tests(void)
{
    int result = g_test_run();
    g_assert_true(alj_workers_drain(10 * G_USEC_PER_SEC));
    return result;
}

char *
pool_xml(const char *name, const char *uuid)
{
    g_autofree char *id = uuid ? g_strdup_printf("<uuid>%s</uuid>", uuid) : g_strdup("");
    g_autofree char *safe = g_markup_escape_text(name, -1);
    return g_strdup_printf("<pool type='dir'><name>%s</name>%s<target><path>/fake/%s</path></target></pool>", safe, id,
                           safe);
}

char *
vol_xml(const char *name, uint64_t capacity, uint64_t allocation)
{
    return g_strdup_printf("<volume><name>%s</name><capacity>%" G_GUINT64_FORMAT "</capacity><allocation>%"
                           G_GUINT64_FORMAT "</allocation></volume>", name, capacity, allocation);
}

AljOp *
op_new(Fixture *fx, AljOpKind kind, AljPool *pool, const char *vol)
{
    AljOp *op = alj_op_new(fx->core, kind, pool);
    op->vol_name = g_strdup(vol);
    return op;
}

static AljPool *
define_xml(Fixture *fx, char *take_xml)
{
    g_autoptr(AljOp) op = op_new(fx, ALJ_OP_POOL_DEFINE, NULL, NULL);
    g_autoptr(GError) error = NULL;
    op->xml = take_xml;
    alj_op_run(op, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&op->ret_pool);
}

AljPool *
define(Fixture *fx, const char *name)
{
    fake_make(name);
    return define_xml(fx, pool_xml(name, NULL));
}

AljPool *
define_started(Fixture *fx, const char *name)
{
    AljPool *pool = define(fx, name);
    run_ok(fx, ALJ_OP_POOL_START, pool, 0);
    return pool;
}

AljPool *
define_netfs(Fixture *fx, const char *name)
{
    fake_make(name);
    AljPool *pool = define_xml(fx, g_strdup_printf("<pool type='netfs'><name>%s</name><source><host name='h'/><dir "
                                                   "path='/%s'/></source><target><path>/fake/%s</path></target></pool>",
                                                   name, name, name));
    run_ok(fx, ALJ_OP_POOL_START, pool, 0);
    return pool;
}

void
run_ok(Fixture *fx, AljOpKind kind, AljPool *pool, unsigned flags)
{
    g_autoptr(AljOp) op = op_new(fx, kind, pool, NULL);
    g_autoptr(GError) error = NULL;
    op->flags = flags;
    alj_op_run(op, &error);
    g_assert_no_error(error);
}

void
create_vol(Fixture *fx, AljPool *pool, const char *name, uint64_t capacity)
{
    g_autoptr(AljOp) op = op_new(fx, ALJ_OP_VOL_CREATE, pool, NULL);
    g_autoptr(GError) error = NULL;
    op->xml = vol_xml(name, capacity, 0);
    alj_op_run(op, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(op->ret_vol->name, ==, name);
}

void
assert_error(GError *take_error, AljError code, const char *text)
{
    g_assert_nonnull(take_error);
    g_autofree char *whole = alj_error_text(take_error);
    g_assert_cmpstr(whole, ==, text);
    g_assert_cmpint(alj_error_code(take_error), ==, code);
    g_error_free(take_error);
}

void
run_fails(AljOp *take_op, AljError code, const char *text)
{
    g_autoptr(AljOp) op = take_op;
    GError *error = NULL;
    g_assert_false(alj_op_run(op, &error));
    assert_error(error, code, text);
}

struct Background {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    bool is_done;
    GError *error;
    uint64_t id;
};

static void
note_end(AljOp *op, const GError *error)
{
    Background *back = op->data;
    ALJ_LOCK(&back->mutex);
    g_assert_false(back->is_done); /* exactly once */
    back->is_done = true;
    back->error = error ? g_error_copy(error) : NULL;
    pthread_cond_signal(&back->ended);
}

Background *
background(AljOp *take_op)
{
    Background *back = g_new0(Background, 1);
    pthread_mutex_init(&back->mutex, NULL);
    pthread_cond_init(&back->ended, NULL);
    take_op->data = back;
    take_op->done = note_end;
    back->id = alj_op_submit(take_op);
    return back;
}

uint64_t
background_id(Background *back)
{
    return back->id;
}

bool
background_is_done(Background *back)
{
    ALJ_LOCK(&back->mutex);
    return back->is_done;
}

GError *
background_join(Background *take_back)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&take_back->mutex);
    while (!take_back->is_done)
        g_assert_cmpint(pthread_cond_timedwait(&take_back->ended, &take_back->mutex, &until), ==, 0);
    GError *error = take_back->error;
    pthread_mutex_unlock(&take_back->mutex);
    pthread_mutex_destroy(&take_back->mutex);
    pthread_cond_destroy(&take_back->ended);
    g_free(take_back);
    return error;
}

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

char *
list_dir(const char *path)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_text);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **) names->pdata);
}

char *
vol_names(AljPool *pool)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) vols = alj_pool_vols(pool, &error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (!vols)
        return g_strdup_printf("!%s", error->message);
    for (unsigned i = 0; i < vols->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", ((AljVolDef *) g_ptr_array_index(vols, i))->name);
    return g_string_free(g_steal_pointer(&text), FALSE);
}
