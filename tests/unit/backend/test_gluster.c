/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gluster pools. Addresses are looked at everywhere; what needs a server runs where ALJIBE_TEST_GLUSTER names one as
 * HOST/VOLUME/DIRECTORY, which is how tests/lab/gluster.py runs this program: every call on the server fails once, and at every call
 * the process dies once, while a volume is made, copied, made larger and deleted.
 */
#include "fixture.h"

#include "backend/gluster/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RAW "<capacity>1048576</capacity><allocation>65536</allocation>"
#define QCOW2 "<capacity>1048576</capacity><target><format type='qcow2'/></target>"

static const AljBackend *const gluster = &aljibe_backend;

static void
test_uri(void)
{
    static const struct {
        const char *host, *dir, *name, *wanted;
        unsigned port;
    } rows[] = {
        { "h", "/", NULL, "gluster://h/v/", 0 },
        { "h", "/d", "a b%é&.img", "gluster://h/v/d/a%20b%25%C3%A9&.img", 0 },
        { "h", "/d/", "x:y?#", "gluster://h/v/d/x%3Ay%3F%23", 24007 },
        { "fd00::1", "/", "a", "gluster://[fd00::1]/v/a", 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(AljPoolDef) pool = alj_pool_def_new(ALJ_POOL_GLUSTER);
        alj_pool_def_add_host(pool, rows[i].host, rows[i].port);
        pool->source_dir = g_strdup(rows[i].dir);
        pool->source_name = g_strdup("v");
        g_autofree char *uri = alj_gluster_uri(pool, rows[i].name);
        g_autofree char *port = rows[i].port ? g_strdup_printf("h:%u/", rows[i].port) : g_strdup("h/");
        g_autoptr(GString) wanted = g_string_new(rows[i].wanted);
        g_string_replace(wanted, "h/", port, 1);
        g_assert_cmpstr(uri, ==, wanted->str);
    }
}

/* ---- with a server ---- */

/* One per process: threads of libgfapi do not come along with a fork, and ending a connection takes ten seconds. */
static void *connection;
static pid_t connected;

static void *
get_connection(AljCall *call, const AljPoolDef *pool, GError **error)
{
    if (connected != getpid()) {
        connection = gluster->connect(call, pool, error);
        connected = getpid();
    }
    return connection;
}

static void
set_up(Fixture *f, gconstpointer unused)
{
    fixture_set_up(f, NULL);
    g_auto(GStrv) parts = g_strsplit(g_getenv("ALJIBE_TEST_GLUSTER"), "/", 3);
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_GLUSTER);
    f->pool->name = g_strdup("p");
    f->pool->target_path = g_strdup(f->base); /* where fixture_shell() is */
    alj_pool_def_add_host(f->pool, parts[0], 0);
    f->pool->source_name = g_strdup(parts[1]);
    f->pool->source_dir = g_strconcat("/", parts[2], NULL);
    f->call.get_connection = get_connection;
}

/* What is in the pool, read anew by the backend: names and sizes. (transfer full) */
static char *
scan(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    AljInventory *found = gluster->scan(&f->call, f->pool, NULL, &error);
    g_assert_no_error(error);
    g_clear_pointer(&f->inventory, alj_inventory_free);
    f->inventory = found;
    for (guint i = 0; i < found->vols->len; i++) {
        const AljVolDef *vol = g_ptr_array_index(found->vols, i);
        g_string_append_printf(text, "%s %s %" G_GUINT64_FORMAT "\n", vol->name, alj_vol_format_name(vol->format), vol->capacity_bytes);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Names that a scan leaves out, hidden ones among them. */
static bool
count_hidden(const char *name, void *data)
{
    *(unsigned *) data += alj_host_is_tmp_name(name);
    return true;
}

static unsigned
hidden(Fixture *f)
{
    unsigned n = 0;
    g_auto(AljGlusterPlace) place = { 0 };
    g_assert_true(alj_gluster_place_open(&place, &f->call, f->pool, NULL));
    g_assert_true(alj_gluster_place_each(&place, count_hidden, &n, NULL));
    return n;
}

static bool
make(Fixture *f, const char *name, const char *inner, GError **error)
{
    g_autofree char *xml = g_strdup_printf("<volume><name>%s</name>%s</volume>", name, inner);
    g_autoptr(AljVolDef) request = alj_vol_def_parse(ALJ_POOL_GLUSTER, xml, -1, 0, NULL);
    g_autoptr(AljVolDef) made = gluster->vol_plan(&f->call, f->pool, request, 0, error)
        ? gluster->vol_create(&f->call, f->pool, request, 0, error) : NULL;
    return made != NULL;
}

static bool
try_raw(Fixture *f, GError **error)
{
    return make(f, "new", RAW, error);
}

static bool
try_qcow2(Fixture *f, GError **error)
{
    return make(f, "new", QCOW2, error);
}

static AljMedium *
open_source(AljCall *call, GError **error)
{
    Fixture *f = call->core_data;
    return gluster->vol_open(call, f->pool, fixture_find(f, "a"), O_RDONLY, error);
}

static bool
try_copy(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) request = alj_vol_def_copy(fixture_find(f, "a"));
    g_free(request->name);
    request->name = g_strdup("new");
    f->call.open_source = open_source;
    g_autoptr(AljVolDef) made = gluster->vol_plan(&f->call, f->pool, request, 0, error)
        ? gluster->vol_copy(&f->call, f->pool, request, fixture_find(f, "a"), ALJ_POOL_GLUSTER, 0, error) : NULL;
    return made != NULL;
}

static bool
try_resize(Fixture *f, GError **error)
{
    g_autoptr(AljVolDef) now = gluster->vol_resize(&f->call, f->pool, fixture_find(f, "a"), 2 << 20, ALJ_VOL_RESIZE_ALLOCATE, error);
    return now != NULL;
}

static bool
try_delete(Fixture *f, GError **error)
{
    return gluster->vol_delete(&f->call, f->pool, fixture_find(f, "a"), 0, error);
}

static const struct {
    const char *name;
    Attempt attempt;
    const char *done; /* what the pool holds then; before it is "a raw 1048576" */
} attempts[] = {
    { "raw", try_raw, "a raw 1048576\nnew raw 1048576\n" },   { "qcow2", try_qcow2, "a raw 1048576\nnew qcow2 1048576\n" },
    { "copy", try_copy, "a raw 1048576\nnew raw 1048576\n" }, { "resize", try_resize, "a raw 2097152\n" },
    { "delete", try_delete, "" },
};

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static char *
sorted_scan(Fixture *f)
{
    g_autofree char *text = scan(f);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);
    qsort(lines, n ? n - 1 : 0, sizeof *lines, compare_lines);
    return g_strjoinv("\n", lines);
}

/* The pool with nothing but a raw volume "a" of a MiB. */
static void
start_over(Fixture *f)
{
    g_free(scan(f));
    for (guint i = 0; i < f->inventory->vols->len; i++)
        g_assert_true(gluster->vol_delete(&f->call, f->pool, g_ptr_array_index(f->inventory->vols, i), 0, NULL));
    g_assert_true(make(f, "a", RAW, NULL));
    g_free(scan(f));
}

static void
assert_before_or_done(Fixture *f, const char *done, bool is_done)
{
    g_autofree char *now = sorted_scan(f);
    g_assert_cmpstr(now, ==, is_done ? done : "a raw 1048576\n");
}

static void
test_each_failure(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++) {
        unsigned calls = 0;
        for (unsigned nth = 1; nth <= calls + 1; nth++) {
            g_autoptr(GError) error = NULL;
            start_over(f);
            alj_host_fail_nth(f->host, nth, EIO);
            bool is_good = attempts[i].attempt(f, &error);
            calls = MAX(calls, alj_host_calls(f->host));
            alj_host_fail_nth(f->host, 0, 0);
            g_assert_true(is_good == (error == NULL));
            if (strcmp(attempts[i].name, "delete") != 0 && strcmp(attempts[i].name, "resize") != 0)
                assert_before_or_done(f, attempts[i].done, is_good); /* those may be done although their last look failed */
            g_assert_cmpuint(hidden(f), ==, 0);
            g_assert_cmpuint(g_hash_table_size(f->owned), ==, 0);
        }
        g_assert_cmpuint(calls, >, 2);
    }
}

/* Returns: whether a child that did @attempt died at its @nth call; else it was done before. */
static bool
die_at(Fixture *f, Attempt attempt, unsigned nth)
{
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        if (!get_connection(&f->call, f->pool, NULL))
            _exit(2);
        alj_host_die_nth(f->host, nth);
        _exit(attempt(f, NULL) ? 0 : 1);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void
test_each_death(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++) {
        bool has_died = true;
        for (unsigned nth = 1; has_died; nth++) {
            start_over(f);
            has_died = die_at(f, attempts[i].attempt, nth);
            g_free(scan(f)); /* as after a restart: it sweeps */
            g_autofree char *now = sorted_scan(f);
            bool is_before = strcmp(now, "a raw 1048576\n") == 0;
            g_assert_true(!is_before || has_died);
            if (!is_before)
                g_assert_cmpstr(now, ==, attempts[i].done);
            g_assert_cmpuint(hidden(f), ==, 0);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gluster/uri", test_uri);
    if (g_getenv("ALJIBE_TEST_GLUSTER")) {
        g_test_add("/gluster/each-failure", Fixture, NULL, set_up, test_each_failure, fixture_tear_down);
        g_test_add("/gluster/each-death", Fixture, NULL, set_up, test_each_death, fixture_tear_down);
    }
    int result = g_test_run();
    fflush(stdout);
    if (connected)
        _exit(result); /* ten seconds of libgfapi */
    return result;
}
