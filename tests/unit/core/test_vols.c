/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volumes: every verb, finding them, totals, and what is refused with which words. */
#include "fixture.h"

#include "backend/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

static AljOp *
create_op(Fixture *fx, AljPool *pool, char *take_xml)
{
    AljOp *op = op_new(fx, ALJ_OP_VOL_CREATE, pool, NULL);
    op->xml = take_xml;
    return op;
}

static AljOp *
copy_op(Fixture *fx, AljPool *pool, char *take_xml, AljPool *from_pool, const char *from)
{
    AljOp *op = op_new(fx, ALJ_OP_VOL_COPY, pool, NULL);
    op->xml = take_xml;
    op->from_pool = alj_pool_ref(from_pool);
    op->from_name = g_strdup(from);
    return op;
}

static AljOp *
resize_op(Fixture *fx, AljPool *pool, const char *vol, uint64_t bytes, unsigned flags)
{
    AljOp *op = op_new(fx, ALJ_OP_VOL_RESIZE, pool, vol);
    op->number = bytes;
    op->flags = flags;
    return op;
}

static void
assert_totals(AljPool *pool, uint64_t allocation)
{
    AljPoolInfo info;
    alj_pool_info(pool, &info);
    g_assert_cmpint(info.state, ==, 2);
    g_assert_cmpuint(info.allocation_bytes, ==, allocation);
    g_assert_cmpuint(info.available_bytes, ==, info.capacity_bytes - allocation);
}

static uint64_t
capacity_of(AljPool *pool, const char *name)
{
    g_auto(AljVolRef) ref = { 0 };
    g_assert_true(alj_pool_vol_by_name(pool, name, &ref, NULL));
    return ref.vol->capacity_bytes;
}

#define ASSERT_NAMES(pool, expected) \
    do { \
        g_autofree char *names_ = vol_names(pool); \
        g_assert_cmpstr(names_, ==, expected); \
    } while (0)

static void
test_create_delete(void)
{
    Fixture fx = { 0 };
    unsigned n;
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p"), off = define(&fx, "off");
    g_autoptr(AljOp) op = create_op(&fx, pool, vol_xml("b", 100, 40));
    g_assert_true(alj_op_run(op, NULL));
    g_assert_cmpstr(op->ret_vol->path, ==, "/fake/p/b");
    create_vol(&fx, pool, "a", 7);
    ASSERT_NAMES(pool, "a b");
    g_assert_true(alj_pool_n_vols(pool, &n, NULL));
    g_assert_cmpuint(n, ==, 2);
    assert_totals(pool, 40);
    run_fails(create_op(&fx, pool, vol_xml("b", 1, 1)), ALJ_ERROR_VOL_EXISTS, "storage volume 'b' exists already");
    fake_put("p", "hidden", 5, 5); /* on the medium, but not yet known */
    run_fails(create_op(&fx, pool, vol_xml("hidden", 1, 1)), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: volume target path '/fake/p/hidden' already exists");
    run_fails(create_op(&fx, off, g_strdup("<volume/>")), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'off' is not active");
    fake_fail("vol-create", "p", ALJ_ERROR_SYSTEM, "No space left on device");
    run_fails(create_op(&fx, pool, vol_xml("c", 100, 40)), ALJ_ERROR_SYSTEM, "No space left on device");
    ASSERT_NAMES(pool, "a b");
    assert_totals(pool, 40);
    g_autoptr(AljOp) gone = op_new(&fx, ALJ_OP_VOL_DELETE, pool, "b");
    g_assert_true(alj_op_run(gone, NULL));
    g_assert_false(fake_has("p", "b"));
    assert_totals(pool, 0);
    run_fails(op_new(&fx, ALJ_OP_VOL_DELETE, pool, "b"), ALJ_ERROR_NO_VOL,
              "Storage volume not found: no storage vol with matching name 'b'");
    fake_fail("vol-delete", "p", ALJ_ERROR_SYSTEM, "bad disk");
    run_fails(op_new(&fx, ALJ_OP_VOL_DELETE, pool, "a"), ALJ_ERROR_SYSTEM, "bad disk");
    ASSERT_NAMES(pool, "a");
    g_autofree char *intents = g_build_filename(fx.state_dir, "intents", NULL), *left = list_dir(intents);
    g_assert_cmpstr(left, ==, "");
    fixture_close(&fx);
}

/* Nothing is changed before it is written down that it will be. */
static void
test_no_record(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 100);
    g_autofree char *intents = g_build_filename(fx.state_dir, "intents", NULL);
    g_assert_cmpint(g_rmdir(intents), ==, 0);
    AljOp *ops[] = { create_op(&fx, pool, vol_xml("new", 1, 1)), copy_op(&fx, pool, vol_xml("new", 1, 1), pool, "v"),
                     op_new(&fx, ALJ_OP_VOL_DELETE, pool, "v"), resize_op(&fx, pool, "v", 200, 0),
                     op_new(&fx, ALJ_OP_VOL_WIPE, pool, "v") };
    for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++) {
        GError *error = NULL;
        g_assert_false(alj_op_run(ops[i], &error));
        g_assert_cmpint(alj_error_code(error), ==, ALJ_ERROR_SYSTEM);
        g_assert_cmpint(alj_error_errno(error), ==, ENOENT);
        g_error_free(error);
        alj_op_free(ops[i]);
    }
    ASSERT_NAMES(pool, "v");
    g_assert_true(fake_has("p", "v") && !fake_has("p", "new"));
    g_assert_cmpuint(fake_calls("vol-create", "p") + fake_calls("vol-copy", "p") + fake_calls("vol-delete", "p") +
                     fake_calls("vol-resize", "p") + fake_calls("vol-wipe", "p"), ==, 1);
    fixture_close(&fx);
}

static void
test_validate(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    AljOp *op = create_op(&fx, pool, g_strdup("<volume><name>x</name><capacity>1</capacity><bogus/></volume>"));
    g_autoptr(GError) error = NULL;
    op->flags = 4;
    if (!g_file_test(SCHEMA_DIR "/volume.rng", G_FILE_TEST_EXISTS)) {
        g_test_skip("no schemas");
    } else {
        g_assert_false(alj_op_run(op, &error));
        g_assert_cmpint(alj_error_code(error), ==, ALJ_ERROR_XML_SCHEMA);
        g_free(op->xml);
        op->xml = vol_xml("x", 1, 1);
        g_assert_true(alj_op_run(op, NULL));
        g_assert_cmpuint(fake_flags("vol-create", "p"), ==, 0);
    }
    alj_op_free(op);
    fixture_close(&fx);
}

static void
assert_found(AljPool *pool, const char *name, AljVolRef *ref, bool is_found)
{
    g_assert_true(is_found);
    g_assert_true(ref->pool == pool);
    g_assert_cmpstr(ref->vol->name, ==, name);
    alj_vol_ref_clear(ref);
}

static void
test_lookup(void)
{
    Fixture fx = { 0 };
    AljVolRef ref = { 0 };
    GError *error = NULL;
    fixture_open(&fx);
    fake_put("p", "old", 5, 5);
    g_autoptr(AljPool) pool = define_started(&fx, "p"), other = define_started(&fx, "q");
    create_vol(&fx, pool, "v", 5);
    create_vol(&fx, other, "v", 5);
    assert_found(pool, "old", &ref, alj_pool_vol_by_name(pool, "old", &ref, NULL));
    assert_found(pool, "old", &ref, alj_core_vol_by_key(fx.core, "/fake/p/old", &ref, NULL));
    assert_found(pool, "v", &ref, alj_core_vol_by_path(fx.core, "/fake//p/v/", &ref, NULL));
    assert_found(other, "v", &ref, alj_core_vol_by_path(fx.core, "/fake/q/v", &ref, NULL));
    g_assert_false(alj_pool_vol_by_name(pool, "x", &ref, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_VOL, "Storage volume not found: no storage vol with matching name 'x'");
    g_assert_false(alj_core_vol_by_key(fx.core, "x", &ref, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_VOL, "Storage volume not found: no storage vol with matching key x");
    g_assert_false(alj_core_vol_by_path(fx.core, "/x", &ref, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_VOL, "Storage volume not found: no storage vol with matching path '/x'");
    g_assert_false(alj_core_vol_by_path(fx.core, "/x//y/", &ref, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_VOL,
                 "Storage volume not found: no storage vol with matching path '/x//y/' (/x/y)");
    run_ok(&fx, ALJ_OP_POOL_STOP, pool, 0); /* an inactive pool has no volumes */
    g_assert_false(alj_core_vol_by_path(fx.core, "/fake/p/v", &ref, NULL));
    g_assert_false(alj_core_vol_by_key(fx.core, "/fake/p/old", &ref, NULL));
    g_assert_false(alj_pool_vol_by_name(pool, "v", &ref, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_BAD_STATE,
                 "Requested operation is not valid: storage pool 'p' is not active");
    run_ok(&fx, ALJ_OP_POOL_START, pool, 0);
    fake_take("p", "old");
    run_ok(&fx, ALJ_OP_POOL_REFRESH, pool, 0);
    assert_found(pool, "v", &ref, alj_core_vol_by_path(fx.core, "/fake/p/v", &ref, NULL));
    g_assert_false(alj_core_vol_by_path(fx.core, "/fake/p/old", &ref, NULL));
    fixture_close(&fx);
}

static void
test_copy(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p"), off = define(&fx, "off"), other = define_started(&fx, "q");
    create_vol(&fx, pool, "src", 1000);
    run_fails(copy_op(&fx, pool, vol_xml("src", 1, 1), pool, "src"), ALJ_ERROR_INTERNAL,
              "internal error: storage volume name 'src' already in use.");
    run_fails(copy_op(&fx, pool, vol_xml("new", 1, 1), off, "src"), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'off' is not active");
    run_fails(copy_op(&fx, off, vol_xml("new", 1, 1), pool, "src"), ALJ_ERROR_BAD_STATE,
              "Requested operation is not valid: storage pool 'off' is not active");
    run_fails(copy_op(&fx, pool, vol_xml("new", 1, 1), pool, "none"), ALJ_ERROR_NO_VOL,
              "Storage volume not found: no storage vol with matching name 'none'");
    fake_put("p", "src", 2000, 0); /* grown behind our back */
    g_autoptr(AljOp) small = copy_op(&fx, other, vol_xml("small", 1, 1), pool, "src");
    g_assert_true(alj_op_run(small, NULL));
    g_assert_cmpuint(small->ret_vol->capacity_bytes, ==, 2000); /* never below the source's as it is now */
    g_assert_cmpuint(small->ret_vol->allocation_bytes, ==, 1);
    g_autoptr(AljOp) bare = copy_op(&fx, other, g_strdup("<volume><name>bare</name></volume>"), pool, "src");
    g_assert_true(alj_op_run(bare, NULL));
    g_assert_cmpuint(bare->ret_vol->allocation_bytes, ==, 2000);
    g_autoptr(AljOp) large = copy_op(&fx, other, vol_xml("large", 5000, 0), pool, "src");
    g_assert_true(alj_op_run(large, NULL));
    g_assert_cmpuint(large->ret_vol->capacity_bytes, ==, 5000);
    ASSERT_NAMES(other, "bare large small");
    assert_totals(other, 2001);
    fixture_close(&fx);
}

static void
test_resize(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    g_autoptr(AljOp) op = create_op(&fx, pool, vol_xml("v", 1000, 400));
    g_assert_true(alj_op_run(op, NULL));
    struct {
        uint64_t bytes;
        unsigned flags;
        AljError code;
        const char *text;
    } refused[] = {
        { 300, 0, ALJ_ERROR_INVALID_ARG, "invalid argument: can't shrink capacity below existing allocation" },
        { 500, 0, ALJ_ERROR_INVALID_ARG, "invalid argument: Can't shrink capacity below current capacity unless shrink "
                                         "flag explicitly specified" },
        { UINT64_C(1) << 41, 1, ALJ_ERROR_OPERATION_FAILED, "operation failed: Not enough space left in storage pool" },
        { UINT64_MAX - 5, 2, ALJ_ERROR_OVERFLOW,
          "numerical overflow: capacity of volume 'v' would be above 9223372036854775807 bytes" },
        { INT64_MAX, 2, ALJ_ERROR_OVERFLOW,
          "numerical overflow: capacity of volume 'v' would be above 9223372036854775807 bytes" },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++)
        run_fails(resize_op(&fx, pool, "v", refused[i].bytes, refused[i].flags), refused[i].code, refused[i].text);
    struct {
        uint64_t bytes;
        unsigned flags;
        uint64_t capacity, allocation;
    } done[] = {
        { 2000, 0, 2000, 400 },
        { 500, 2, 2500, 400 },
        { 3000, 1, 3000, 3000 },
        { 1000, 6, 2000, 3000 },
        { 100, 4, 100, 3000 }, /* D-24 */
        { 9999, 6, 0, 3000 },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(done); i++) {
        g_autoptr(AljOp) resize = resize_op(&fx, pool, "v", done[i].bytes, done[i].flags);
        g_autoptr(GError) error = NULL;
        alj_op_run(resize, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(capacity_of(pool, "v"), ==, done[i].capacity);
        g_assert_cmpuint(fake_flags("vol-resize", "p") & ALJ_VOL_RESIZE_DELTA, ==, 0);
        assert_totals(pool, done[i].allocation);
    }
    fake_put("p", "v", 10 << 20, 10 << 20); /* D-03: grown outside, known as small */
    run_fails(resize_op(&fx, pool, "v", 2 << 20, 0), ALJ_ERROR_INVALID_ARG,
              "invalid argument: can't shrink capacity below existing allocation");
    fake_take("p", "v");
    run_fails(resize_op(&fx, pool, "v", 2 << 20, 0), ALJ_ERROR_NO_VOL, "Storage volume not found: fake: no 'v'");
    fixture_close(&fx);
}

static void
test_wipe(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 1000);
    AljOp *bad = op_new(&fx, ALJ_OP_VOL_WIPE, pool, "v");
    bad->number = 99;
    run_fails(bad, ALJ_ERROR_INVALID_ARG, "invalid argument: wiping algorithm 99 not supported");
    fake_put("p", "v", 500, 300);
    g_autoptr(AljOp) op = op_new(&fx, ALJ_OP_VOL_WIPE, pool, "v");
    op->number = ALJ_WIPE_DOD;
    g_assert_true(alj_op_run(op, NULL));
    g_assert_cmpuint(fake_flags("vol-wipe", "p"), ==, ALJ_WIPE_DOD);
    g_assert_cmpuint(capacity_of(pool, "v"), ==, 500); /* what the backend found afterwards */
    fixture_close(&fx);
}

/* N-241. A name that leads to another volume now: none is copied, resized or listed in place of the one that is meant, until somebody asks
 * for a refresh. */
static void
test_another(void)
{
    const char *another = "Requested operation is not valid: volume 'v' is another one than when the pool was read; refresh the pool";
    Fixture fx = { 0 };
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p"), other = define_started(&fx, "q");
    create_vol(&fx, pool, "v", 1000);
    fake_put_other("p", "v", 77);
    run_fails(copy_op(&fx, other, vol_xml("new", 1, 1), pool, "v"), ALJ_ERROR_BAD_STATE, another);
    AljOp *resize = op_new(&fx, ALJ_OP_VOL_RESIZE, pool, "v");
    resize->number = 4000;
    run_fails(resize, ALJ_ERROR_BAD_STATE, another);
    fake_fail("vol-wipe", "p", ALJ_ERROR_BAD_STATE, "refused");
    AljOp *wipe = op_new(&fx, ALJ_OP_VOL_WIPE, pool, "v");
    g_assert_false(alj_op_run(wipe, NULL));
    alj_op_free(wipe);
    g_assert_cmpuint(capacity_of(pool, "v"), ==, 1000);
    ASSERT_NAMES(other, "");
    g_autoptr(AljOp) refresh = op_new(&fx, ALJ_OP_POOL_REFRESH, pool, NULL);
    g_assert_true(alj_op_run(refresh, NULL));
    g_assert_cmpuint(capacity_of(pool, "v"), ==, 3000);
    g_autoptr(AljOp) copy = copy_op(&fx, other, vol_xml("new", 1, 1), pool, "v");
    g_assert_true(alj_op_run(copy, NULL));
    fixture_close(&fx);
}

static bool
write_four(AljOp *op, AljStream *stream, GError **error)
{
    return alj_stream_write(stream, "four", 4, error) && alj_stream_finish(stream, error);
}

static bool
read_nothing(AljOp *op, AljStream *stream, GError **error)
{
    char buffer[16];
    uint64_t hole;
    return alj_stream_read(stream, buffer, sizeof buffer, &hole, error) == 0;
}

static void
count_refresh(const AljEvent *event, void *data)
{
    *(gint *) data += event->kind == ALJ_EVENT_REFRESH;
}

static void
test_transfer(void)
{
    Fixture fx = { 0 };
    gint refreshes = 0;
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 1000);
    unsigned id = alj_events_subscribe(alj_core_events(fx.core), count_refresh, &refreshes);
    g_autoptr(AljOp) up = op_new(&fx, ALJ_OP_VOL_UPLOAD, pool, "v"), down = op_new(&fx, ALJ_OP_VOL_DOWNLOAD, pool, "v");
    g_autoptr(GError) error = NULL;
    up->transfer = write_four;
    down->transfer = read_nothing;
    fake_put("p", "v", 1000, 64);
    alj_op_run(up, &error);
    g_assert_no_error(error);
    settle(&fx);
    g_assert_cmpint(refreshes, ==, 1);
    assert_totals(pool, 64);
    g_assert_cmpuint(fake_flags("vol-open", "p"), ==, O_RDWR);
    alj_op_run(down, &error);
    g_assert_no_error(error);
    settle(&fx);
    g_assert_cmpint(refreshes, ==, 1); /* not after a download */
    g_assert_cmpuint(fake_flags("vol-open", "p"), ==, O_RDONLY);
    fake_fail("vol-open", "p", ALJ_ERROR_SYSTEM, "Unable to open stream for '/fake/p/v': No such file or directory");
    AljOp *bad = op_new(&fx, ALJ_OP_VOL_UPLOAD, pool, "v");
    bad->transfer = write_four;
    run_fails(bad, ALJ_ERROR_SYSTEM, "Unable to open stream for '/fake/p/v': No such file or directory");
    settle(&fx);
    g_assert_cmpint(refreshes, ==, 1);
    alj_events_unsubscribe(alj_core_events(fx.core), id);
    fixture_close(&fx);
}

static void
never_called(AljVolDef *take_vol, GError *take_error, void *data)
{
    g_assert_not_reached();
}

static void
test_fresh(void)
{
    Fixture fx = { 0 };
    g_auto(AljVolRef) ref = { 0 };
    GError *error = NULL;
    fixture_open(&fx);
    g_autoptr(AljPool) pool = define_started(&fx, "p");
    create_vol(&fx, pool, "v", 1000);
    g_assert_true(alj_pool_vol_by_name(pool, "v", &ref, NULL));
    fake_put("p", "v", 2000, 64);
    g_autoptr(AljVolDef) now = NULL, gone = NULL;
    g_assert_true(alj_core_vol_fresh(fx.core, &ref, &now, never_called, NULL, &error));
    g_assert_cmpuint(now->capacity_bytes, ==, 2000);
    g_assert_cmpuint(now->allocation_bytes, ==, 64);
    g_assert_cmpuint(ref.vol->capacity_bytes, ==, 1000); /* the snapshot is not changed */
    fake_take("p", "v");
    g_assert_false(alj_core_vol_fresh(fx.core, &ref, &gone, never_called, NULL, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_VOL,
                 "Storage volume not found: no storage vol with matching path '/fake/p/v'");
    fixture_close(&fx);
}

/* Deleting what another volume lies on is allowed; both pools are looked at. (The warning itself is in the log.) */
static void
test_delete_base(void)
{
    Fixture fx = { 0 };
    fixture_open(&fx);
    fake_put("base", "b", 100, 100);
    fake_put_overlay("over", "o", "/fake/base/b");
    g_autoptr(AljPool) base = define_started(&fx, "base"), over = define_started(&fx, "over");
    g_autoptr(AljOp) op = op_new(&fx, ALJ_OP_VOL_DELETE, base, "b");
    g_assert_true(alj_op_run(op, NULL));
    AljVolRef ref = { 0 };
    g_assert_false(alj_core_vol_by_path(fx.core, "/fake/base/b", &ref, NULL)); /* not the overlay */
    fixture_close(&fx);
}

/* The paths of the backing stores in the document of @name, outermost first, blank between. (transfer full) */
static char *
chain_of(Fixture *fx, AljPool *pool, const char *name)
{
    g_auto(AljVolRef) ref = { 0 };
    GString *paths = g_string_new(NULL);
    g_assert_true(alj_pool_vol_by_name(pool, name, &ref, NULL));
    g_autofree char *xml = alj_core_vol_xml(fx->core, ALJ_POOL_DIR, ref.vol);
    g_auto(GStrv) parts = g_strsplit(xml, "<backingStore>", -1);
    for (unsigned i = 1; parts[i]; i++) {
        const char *from = strstr(parts[i], "<path>") + strlen("<path>"), *to = strstr(from, "</path>");
        g_string_append_printf(paths, "%s%.*s", i > 1 ? " " : "", (int) (to - from), from);
    }
    return g_string_free(paths, FALSE);
}

static void
test_chain(void)
{
    static const struct {
        const char *name, *backing, *chain;
    } overlays[] = {
        { "one", "/fake/base/b", "/fake/base/b" },
        { "two", "/fake/over/one", "/fake/over/one /fake/base/b" },
        { "three", "/fake/over/../over/two", "/fake/over/../over/two /fake/over/one /fake/base/b" },
        { "self", "/fake/over/self", "/fake/over/self" },
        { "ring-a", "/fake/over/ring-b", "/fake/over/ring-b /fake/over/ring-a" },
        { "ring-b", "/fake/over/ring-a", "/fake/over/ring-a /fake/over/ring-b" },
        { "away", "nbd://example.org/x", "nbd://example.org/x" },
        { "lost", "/nowhere/x", "/nowhere/x" },
    };
    Fixture fx = { 0 };
    fixture_open(&fx);
    fake_put("base", "b", 100, 100);
    for (unsigned i = 0; i < G_N_ELEMENTS(overlays); i++)
        fake_put_overlay("over", overlays[i].name, overlays[i].backing);
    fake_put_overlay("over", "long-00", "/fake/base/b");
    for (unsigned i = 1; i < 30; i++) {
        g_autofree char *name = g_strdup_printf("long-%02u", i), *below = g_strdup_printf("/fake/over/long-%02u", i - 1);
        fake_put_overlay("over", name, below);
    }
    g_autoptr(AljPool) base = define_started(&fx, "base"), over = define_started(&fx, "over");
    for (unsigned i = 0; i < G_N_ELEMENTS(overlays); i++) {
        g_autofree char *chain = chain_of(&fx, over, overlays[i].name);
        g_assert_cmpstr(chain, ==, overlays[i].chain);
    }
    g_autofree char *cut = chain_of(&fx, over, "long-29");
    g_assert_true(g_str_has_suffix(cut, " /fake/over/long-13")); /* the sixteenth */
    run_ok(&fx, ALJ_OP_POOL_STOP, base, 0);
    g_autofree char *known = chain_of(&fx, over, "three"); /* the last link is still what the overlay says */
    g_assert_cmpstr(known, ==, overlays[2].chain);
    fixture_close(&fx);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vols/create-delete", test_create_delete);
    g_test_add_func("/vols/no-record", test_no_record);
    g_test_add_func("/vols/validate", test_validate);
    g_test_add_func("/vols/lookup", test_lookup);
    g_test_add_func("/vols/copy", test_copy);
    g_test_add_func("/vols/resize", test_resize);
    g_test_add_func("/vols/wipe", test_wipe);
    g_test_add_func("/vols/another", test_another);
    g_test_add_func("/vols/transfer", test_transfer);
    g_test_add_func("/vols/fresh", test_fresh);
    g_test_add_func("/vols/delete-base", test_delete_base);
    g_test_add_func("/vols/chain", test_chain);
    return run_tests();
}
