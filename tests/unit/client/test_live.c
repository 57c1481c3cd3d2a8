/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole library against a whole server: the one that $ALJIBE_TEST_URI names (a stock libvirtd, say), or the embedded engine.
 * The program is a stranger's: public headers only.
 */
#include <aljibe/aljibe.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (1024 * 1024)

static char *work_dir;

static void
check(AljibeError *error)
{
    if (error)
        g_error("%d: %s", aljibe_error_code(error), aljibe_error_message(error));
}

static AljibeConn *
open_server(void)
{
    AljibeError *error = NULL;
    const char *given = g_getenv("ALJIBE_TEST_URI");
    g_autofree char *embedded = g_strdup_printf("embed://%s/engine", work_dir);
    AljibeConn *conn = aljibe_conn_open(given ? given : embedded, 0, &error);
    check(error);
    return conn;
}

static AljibePool *
make_pool(AljibeConn *conn)
{
    AljibeError *error = NULL;
    g_autofree char *xml = g_strdup_printf("<pool type='dir'><name>live</name><target><path>%s/pool</path></target></pool>",
                                           work_dir);
    AljibePool *pool = aljibe_pool_define_xml(conn, xml, 0, &error);
    check(error);
    g_assert_cmpint(aljibe_pool_build(pool, 0, &error), ==, 0);
    g_assert_cmpint(aljibe_pool_start(pool, 0, &error), ==, 0);
    check(error);
    return pool;
}

static void
drop_pool(AljibePool *pool)
{
    AljibeError *error = NULL;
    g_assert_cmpint(aljibe_pool_stop(pool, &error), ==, 0);
    g_assert_cmpint(aljibe_pool_delete(pool, 0, &error), ==, 0);
    g_assert_cmpint(aljibe_pool_undefine(pool, &error), ==, 0);
    check(error);
    aljibe_pool_unref(pool);
}

static AljibeVol *
make_vol(AljibePool *pool, const char *name, unsigned long capacity)
{
    AljibeError *error = NULL;
    g_autofree char *xml = g_strdup_printf("<volume><name>%s</name><capacity>%lu</capacity><allocation>0</allocation></volume>",
                                           name, capacity);
    AljibeVol *vol = aljibe_vol_create_xml(pool, xml, 0, &error);
    check(error);
    return vol;
}

static void
drop_vol(AljibeVol *vol)
{
    AljibeError *error = NULL;
    g_assert_cmpint(aljibe_vol_delete(vol, 0, &error), ==, 0);
    check(error);
    aljibe_vol_unref(vol);
}

static void
assert_fails(int status, AljibeError **error, int code, const char *message)
{
    g_assert_cmpint(status, <, 0);
    g_assert_cmpstr(aljibe_error_message(*error), ==, message);
    g_assert_cmpint(aljibe_error_code(*error), ==, code);
    g_clear_pointer(error, aljibe_error_free);
}

static void
test_pools(void)
{
    AljibeConn *conn = open_server();
    AljibeError *error = NULL;
    AljibePool *pool = make_pool(conn);
    AljibePool **pools = NULL;
    AljibePoolInfo info;
    int n = aljibe_conn_list_pools(conn, ALJIBE_LIST_ACTIVE | ALJIBE_LIST_PERSISTENT | ALJIBE_LIST_DIR, &pools, &error);
    check(error);
    g_assert_cmpint(n, >=, 1);
    g_assert_null(pools[n]);
    g_assert_cmpint(aljibe_conn_list_pools(conn, ALJIBE_LIST_ACTIVE | ALJIBE_LIST_DIR, NULL, NULL), >=, n);
    for (int i = 0; i < n; i++)
        aljibe_pool_unref(pools[i]);
    free(pools);

    AljibePool *same = aljibe_pool_lookup_by_uuid(conn, aljibe_pool_get_uuid(pool), &error);
    g_assert_cmpstr(aljibe_pool_get_name(same), ==, "live");
    aljibe_pool_unref(same);
    g_assert_cmpint(aljibe_pool_get_info(pool, &info, &error), ==, 0);
    g_assert_cmpint(info.state, ==, 2);
    g_assert_cmpuint(info.capacity_bytes, ==, info.allocation_bytes + info.available_bytes);
    g_assert_cmpint(aljibe_pool_is_active(pool, NULL), ==, 1);
    g_assert_cmpint(aljibe_pool_is_persistent(pool, NULL), ==, 1);
    g_assert_cmpint(aljibe_pool_set_autostart(pool, 1, &error), ==, 0);
    g_assert_cmpint(aljibe_pool_get_autostart(pool, NULL), ==, 1);
    g_assert_cmpint(aljibe_pool_set_autostart(pool, 0, &error), ==, 0);
    g_assert_cmpint(aljibe_pool_refresh(pool, 0, &error), ==, 0);
    check(error);
    char *xml = aljibe_pool_get_xml(pool, ALJIBE_POOL_XML_INACTIVE, NULL);
    g_assert_nonnull(strstr(xml, "<name>live</name>"));
    free(xml);

    assert_fails(aljibe_pool_refresh(pool, 0x40000000, &error), &error, ALJIBE_ERR_INVALID_ARG,
                 "unsupported flags (0x40000000) in function storagePoolRefresh");
    assert_fails(aljibe_pool_start(pool, 0, &error), &error, ALJIBE_ERR_BAD_STATE,
                 "Requested operation is not valid: storage pool 'live' is already active");
    g_assert_null(aljibe_pool_lookup_by_name(conn, "x", &error));
    assert_fails(-1, &error, ALJIBE_ERR_NO_POOL, "Storage pool not found: no storage pool with matching name 'x'");
    drop_pool(pool);
    aljibe_conn_unref(conn);
}

static void
test_volumes(void)
{
    AljibeConn *conn = open_server();
    AljibeError *error = NULL;
    AljibePool *pool = make_pool(conn);
    AljibeVol *vol = make_vol(pool, "v", 4 * MIB);
    AljibeVol **vols = NULL;
    AljibeVolInfo info;
    g_assert_cmpint(aljibe_pool_list_vols(pool, 0, &vols, &error), ==, 1);
    g_assert_cmpstr(aljibe_vol_get_name(vols[0]), ==, "v");
    aljibe_vol_unref(vols[0]);
    free(vols);
    g_autofree char *expected_path = g_strdup_printf("%s/pool/v", work_dir);
    char *path = aljibe_vol_get_path(vol, &error);
    g_assert_cmpstr(path, ==, expected_path);
    g_assert_cmpstr(aljibe_vol_get_key(vol), ==, expected_path);
    free(path);
    g_assert_cmpint(aljibe_vol_resize(vol, 8 * MIB, 0, &error), ==, 0);
    g_assert_cmpint(aljibe_vol_get_info(vol, 0, &info, &error), ==, 0);
    g_assert_cmpuint(info.capacity_bytes, ==, 8 * MIB);
    g_assert_cmpint(info.type, ==, 0);
    g_assert_cmpint(aljibe_vol_get_info(vol, ALJIBE_VOL_INFO_PHYSICAL, &info, &error), ==, 0);
    g_assert_cmpuint(info.allocation_bytes, ==, 8 * MIB);
    check(error);

    AljibeVol *copy = aljibe_vol_create_xml_from(pool, "<volume><name>c</name><capacity>0</capacity></volume>", vol, 0, &error);
    check(error);
    AljibePool *same = aljibe_vol_get_pool(copy, &error);
    g_assert_cmpstr(aljibe_pool_get_name(same), ==, "live");
    aljibe_pool_unref(same);
    char *xml = aljibe_vol_get_xml(copy, 0, &error);
    g_assert_nonnull(strstr(xml, "<name>c</name>"));
    free(xml);
    g_assert_cmpint(aljibe_vol_wipe(copy, ALJIBE_WIPE_ZERO, 0, &error), ==, 0);
    check(error);
    drop_vol(copy);
    drop_vol(vol);
    g_assert_null(aljibe_vol_lookup_by_path(conn, "/nowhere/x", &error));
    assert_fails(-1, &error, ALJIBE_ERR_NO_VOL, "Storage volume not found: no storage vol with matching path '/nowhere/x'");
    drop_pool(pool);
    aljibe_conn_unref(conn);
}

static char *
pattern(void)
{
    char *data = g_malloc(MIB);
    for (int i = 0; i < MIB; i++)
        data[i] = (char) (i * 7 + i / 251);
    return data;
}

/** One MiB of data, a hole of one, and data again. */
static void
test_streams(void)
{
    AljibeConn *conn = open_server();
    AljibeError *error = NULL;
    AljibePool *pool = make_pool(conn);
    AljibeVol *vol = make_vol(pool, "s", 3 * MIB);
    g_autofree char *data = pattern();
    g_autofree char *back = g_malloc0(3 * MIB);
    AljibeStream *up = aljibe_vol_upload(vol, 0, 3 * MIB, ALJIBE_VOL_SPARSE_STREAM, &error);
    check(error);
    g_assert_cmpint(aljibe_stream_send(up, data, MIB, &error), ==, 0);
    g_assert_cmpint(aljibe_stream_send_hole(up, MIB, &error), ==, 0);
    g_assert_cmpint(aljibe_stream_send(up, data, MIB, &error), ==, 0);
    g_assert_cmpint(aljibe_stream_finish(up, &error), ==, 0);
    check(error);
    aljibe_stream_free(up);

    for (unsigned flags = 0; flags <= ALJIBE_VOL_SPARSE_STREAM; flags++) {
        uint64_t done = 0, hole_bytes = 0, n_hole_bytes = 0;
        AljibeStream *down = aljibe_vol_download(vol, 0, 0, flags, &error);
        check(error);
        memset(back, 0, 3 * MIB);
        for (;;) {
            ssize_t n = aljibe_stream_recv(down, back + done, 3 * MIB - done, &hole_bytes, &error);
            check(error);
            if (n == 0 && hole_bytes == 0)
                break;
            done += (uint64_t) n + hole_bytes;
            n_hole_bytes += hole_bytes;
            if (done == 3 * MIB)
                break;
        }
        g_assert_cmpint(aljibe_stream_finish(down, &error), ==, 0);
        check(error);
        aljibe_stream_free(down);
        g_assert_cmpuint(done, ==, 3 * MIB);
        g_assert_cmpuint(n_hole_bytes, ==, flags ? MIB : 0);
        g_assert_true(memcmp(back, data, MIB) == 0);
        g_assert_true(memcmp(back + 2 * MIB, data, MIB) == 0);
        g_assert_true(back[MIB] == 0 && memcmp(back + MIB, back + MIB + 1, MIB - 1) == 0);
    }
    drop_vol(vol);
    drop_pool(pool);
    aljibe_conn_unref(conn);
}

/** More than was announced: the server says so in the middle, and the connection lives on. An abort leaves no trace either. */
static void
test_streams_end_badly(void)
{
    AljibeConn *conn = open_server();
    AljibeError *error = NULL;
    AljibePool *pool = make_pool(conn);
    AljibeVol *vol = make_vol(pool, "s", MIB);
    g_autofree char *data = pattern();
    AljibeStream *stream = aljibe_vol_upload(vol, 0, 4096, 0, &error);
    int status = 0;
    for (int i = 0; i < 16 && status == 0; i++)
        status = aljibe_stream_send(stream, data, MIB, &error);
    if (status == 0)
        status = aljibe_stream_finish(stream, &error);
    assert_fails(status, &error, ALJIBE_ERR_SYSTEM, "cannot write to stream: No space left on device");
    aljibe_stream_free(stream);
    stream = aljibe_vol_upload(vol, 0, 0, 0, &error);
    g_assert_cmpint(aljibe_stream_send(stream, data, 4096, &error), ==, 0);
    aljibe_stream_free(stream);
    stream = aljibe_vol_download(vol, 0, 0, 0, &error);
    g_assert_cmpint(aljibe_stream_recv(stream, data, 100, NULL, &error), ==, 100);
    aljibe_stream_free(stream);
    check(error);
    drop_vol(vol);
    drop_pool(pool);
    aljibe_conn_unref(conn);
}

static void
on_event(AljibeConn *conn, AljibePool *pool, AljibeEvent event, void *data)
{
    if (strcmp(aljibe_pool_get_name(pool), "live") == 0)
        g_string_append_printf(data, "%d ", (int) event);
}

static void
test_events(void)
{
    AljibeConn *conn = open_server();
    AljibeError *error = NULL;
    g_autoptr(GString) seen = g_string_new(NULL);
    g_assert_cmpint(aljibe_conn_set_keepalive(conn, 5, 3, &error), ==, 0);
    int lifecycle = aljibe_conn_add_events(conn, NULL, ALJIBE_EVENTS_LIFECYCLE, on_event, seen, &error);
    int refresh = aljibe_conn_add_events(conn, NULL, ALJIBE_EVENTS_REFRESH, on_event, seen, &error);
    check(error);
    AljibePool *pool = make_pool(conn);
    drop_pool(pool);
    while (!g_str_has_suffix(seen->str, "1 ") && aljibe_conn_process(conn, 2000, &error) > 0)
        continue;
    check(error);
    g_assert_cmpstr(seen->str, ==, "0 4 2 3 5 1 ");
    g_assert_cmpint(aljibe_conn_remove_events(conn, lifecycle, &error), ==, 0);
    g_assert_cmpint(aljibe_conn_remove_events(conn, refresh, &error), ==, 0);
    check(error);
    aljibe_conn_unref(conn);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    work_dir = g_dir_make_tmp("aljibe-live-XXXXXX", NULL);
    g_test_add_func("/client/live/pools", test_pools);
    g_test_add_func("/client/live/volumes", test_volumes);
    g_test_add_func("/client/live/streams", test_streams);
    g_test_add_func("/client/live/streams-end-badly", test_streams_end_badly);
    g_test_add_func("/client/live/events", test_events);
    int status = g_test_run();
    const char *const remove[] = { "rm", "-rf", work_dir, NULL };
    g_spawn_sync(NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(work_dir);
    return status;
}
