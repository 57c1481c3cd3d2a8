/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole messages as they were captured from libvirtd 9.0: decoding gives the stated values, encoding gives the same bytes. */
#include "samples.h"
#include "wire/frame.h"

#include <string.h>

#define UUID "a5de49f0-7cd6-486e-8ddb-07759a2a8d2b"

/** Checks the header of @hex, decodes its payload into @value, encodes both again and compares every byte. */
static void
check(const char *hex, const AljFrame *expected, const AljXdrField *fields, void *value)
{
    g_autoptr(GByteArray) bytes = sample_hex(hex);
    g_autoptr(GError) error = NULL;
    AljFrame frame;
    alj_frame_read(bytes->data, &frame);
    g_assert_cmpuint(frame.length, ==, bytes->len);
    g_assert_true(alj_frame_length_ok(frame.length));
    g_assert_cmphex(frame.program, ==, expected->program ? expected->program : ALJ_PROGRAM_REMOTE);
    g_assert_cmpuint(frame.version, ==, 1);
    g_assert_cmpint(frame.procedure, ==, expected->procedure);
    g_assert_cmpint(frame.type, ==, expected->type);
    g_assert_cmpuint(frame.serial, ==, expected->serial);
    g_assert_cmpint(frame.status, ==, expected->status);

    g_autoptr(GByteArray) again = g_byte_array_new();
    guint start = alj_frame_begin(again, &frame);
    if (fields) {
        const uint8_t *payload = bytes->data + ALJ_FRAME_HEADER_BYTES;
        g_assert_true(alj_xdr_decode(fields, payload, bytes->len - ALJ_FRAME_HEADER_BYTES, value, &error));
        g_assert_no_error(error);
        g_assert_true(alj_xdr_encode(fields, value, again, &error));
        g_assert_no_error(error);
    }
    alj_frame_end(again, start);
    g_assert_cmpmem(again->data, again->len, bytes->data, bytes->len);
}

static void
assert_uuid(const AljUuid *uuid)
{
    char text[ALJ_UUID_TEXT_SIZE];
    g_assert_cmpstr(alj_uuid_format(uuid, text), ==, UUID);
}

static void
test_hello(void)
{
    AljWireInts types = { 0 };
    AljWireOpen open = { 0 };
    check("0000001c 20008086 00000001 00000042 00000000 00000000 00000000",
          &(AljFrame) { .procedure = ALJ_PROC_AUTH_LIST, .type = ALJ_FRAME_CALL }, NULL, NULL);
    check("00000024 20008086 00000001 00000042 00000001 00000000 00000000 00000001 00000000",
          &(AljFrame) { .procedure = ALJ_PROC_AUTH_LIST, .type = ALJ_FRAME_REPLY }, alj_wire_auth_types, &types);
    g_assert_cmpuint(types.ints.count, ==, 1);
    g_assert_cmpint(((int32_t *) types.ints.items)[0], ==, 0);
    check("0000003c 20008086 00000001 00000001 00000000 00000002 00000000 00000001"
          "00000011 73746f72 6167653a 2f2f2f73 79737465 6d000000 00000000",
          &(AljFrame) { .procedure = ALJ_PROC_CONNECT_OPEN, .serial = 2 }, alj_wire_open, &open);
    g_assert_cmpstr(open.name, ==, "storage:///system");
    g_assert_cmpuint(open.flags, ==, 0);
    alj_xdr_clear(alj_wire_auth_types, &types);
    alj_xdr_clear(alj_wire_open, &open);
    g_assert_null(open.name);
}

static void
test_pools(void)
{
    AljWirePoolList list = { 0 };
    AljWirePoolInfo info = { 0 };
    check("0000003c 20008086 00000001 00000119 00000001 00000006 00000000 00000001"
          "00000002 70310000 a5de49f0 7cd6486e 8ddb0775 9a2a8d2b 00000001",
          &(AljFrame) { .procedure = ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS, .type = ALJ_FRAME_REPLY, .serial = 6 },
          alj_wire_pool_list, &list);
    g_assert_cmpuint(list.pools.count, ==, 1);
    g_assert_cmpuint(list.ret, ==, 1);
    const AljWirePool *pool = list.pools.items;
    g_assert_cmpstr(pool->name, ==, "p1");
    assert_uuid(&pool->uuid);
    check("00000038 20008086 00000001 00000057 00000001 00000007 00000000 00000002"
          "00000000 40000000 00000000 00100000 00000000 3ff00000",
          &(AljFrame) { .procedure = ALJ_PROC_STORAGE_POOL_GET_INFO, .type = ALJ_FRAME_REPLY, .serial = 7 },
          alj_wire_pool_info, &info);
    g_assert_cmpuint(info.state, ==, 2);
    g_assert_cmpuint(info.capacity, ==, 1u << 30);
    g_assert_cmpuint(info.allocation, ==, 1u << 20);
    g_assert_cmpuint(info.available, ==, (1u << 30) - (1u << 20));
    alj_xdr_clear(alj_wire_pool_list, &list);
}

static void
test_volume(void)
{
    AljWireVolArg ret = { 0 };
    check("00000038 20008086 00000001 0000005f 00000001 00000008 00000000 00000002"
          "70310000 00000002 76310000 00000008 2f706f6f 6c2f7631",
          &(AljFrame) { .procedure = ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME, .type = ALJ_FRAME_REPLY, .serial = 8 },
          alj_wire_vol_arg, &ret);
    g_assert_cmpstr(ret.vol.pool, ==, "p1");
    g_assert_cmpstr(ret.vol.name, ==, "v1");
    g_assert_cmpstr(ret.vol.key, ==, "/pool/v1");
    alj_xdr_clear(alj_wire_vol_arg, &ret);
}

static const char no_pool[] =
    "000000d8 20008086 00000001 00000054 00000001 00000006 00000001 00000031"
    "00000012 00000001 0000003e 53746f72 61676520 706f6f6c 206e6f74 20666f75"
    "6e643a20 6e6f2073 746f7261 67652070 6f6f6c20 77697468 206d6174 6368696e"
    "67206e61 6d652027 78270000 00000002 00000000 00000001 0000001a 53746f72"
    "61676520 706f6f6c 206e6f74 20666f75 6e643a20 25730000 00000001 00000026"
    "6e6f2073 746f7261 67652070 6f6f6c20 77697468 206d6174 6368696e 67206e61"
    "6d652027 78270000 00000000 ffffffff ffffffff 00000000";

static void
test_error(void)
{
    AljWireError wire = { 0 };
    check(no_pool,
          &(AljFrame) { .procedure = ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME,
                        .type = ALJ_FRAME_REPLY,
                        .serial = 6,
                        .status = ALJ_STATUS_ERROR },
          alj_wire_error, &wire);
    g_assert_cmpint(wire.code, ==, 49);
    g_assert_cmpint(wire.domain, ==, 18);
    g_assert_cmpstr(wire.message, ==, "Storage pool not found: no storage pool with matching name 'x'");
    g_assert_cmpint(wire.level, ==, 2);
    g_assert_null(wire.dom);
    g_assert_null(wire.str3);
    alj_xdr_clear(alj_wire_error, &wire);

    /* and the same bytes out of our own error */
    g_autoptr(GByteArray) expected = sample_hex(no_pool);
    g_autoptr(GByteArray) payload = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    alj_fail(&error, ALJ_ERROR_NO_POOL, "no storage pool with matching name '%s'", "x");
    alj_wire_error_fill(error, &wire);
    g_assert_true(alj_xdr_encode(alj_wire_error, &wire, payload, NULL));
    g_assert_cmpmem(payload->data, payload->len, expected->data + ALJ_FRAME_HEADER_BYTES,
                    expected->len - ALJ_FRAME_HEADER_BYTES);
    alj_xdr_clear(alj_wire_error, &wire);
}

static void
test_event(void)
{
    AljWireLifecycle event = { 0 };
    check("00000040 20008086 00000001 00000172 00000002 00000001 00000000 00000001"
          "00000002 70310000 a5de49f0 7cd6486e 8ddb0775 9a2a8d2b 00000002 00000000",
          &(AljFrame) { .procedure = ALJ_PROC_STORAGE_POOL_EVENT_LIFECYCLE, .type = ALJ_FRAME_MESSAGE, .serial = 1 },
          alj_wire_lifecycle, &event);
    g_assert_cmpint(event.callback, ==, 1);
    g_assert_cmpstr(event.pool.name, ==, "p1");
    assert_uuid(&event.pool.uuid);
    g_assert_cmpint(event.event, ==, 2);
    g_assert_cmpint(event.detail, ==, 0);
    alj_xdr_clear(alj_wire_lifecycle, &event);
}

static void
test_stream(void)
{
    AljWireHole hole = { 0 };
    const int32_t proc = ALJ_PROC_STORAGE_VOL_DOWNLOAD;
    check("00000028 20008086 00000001 000000d1 00000006 0000000a 00000002 00000000 00100000 00000000",
          &(AljFrame) { .procedure = proc, .type = ALJ_FRAME_STREAM_HOLE, .serial = 10, .status = ALJ_STATUS_CONTINUE },
          alj_wire_hole, &hole);
    g_assert_cmpint(hole.length, ==, 1 << 20);
    check("0000001c 20008086 00000001 000000d1 00000003 0000000a 00000002",
          &(AljFrame) { .procedure = proc, .type = ALJ_FRAME_STREAM, .serial = 10, .status = ALJ_STATUS_CONTINUE },
          NULL, NULL);
    check("0000001c 20008086 00000001 000000d1 00000003 0000000a 00000000",
          &(AljFrame) { .procedure = proc, .type = ALJ_FRAME_STREAM, .serial = 10 }, NULL, NULL);
    check("0000001c 20008086 00000001 000000d0 00000003 0000000a 00000001",
          &(AljFrame) { .procedure = ALJ_PROC_STORAGE_VOL_UPLOAD,
                        .type = ALJ_FRAME_STREAM,
                        .serial = 10,
                        .status = ALJ_STATUS_ERROR },
          NULL, NULL);

    /* data is not padded */
    g_autoptr(GByteArray) expected =
        sample_hex("0000001f 20008086 00000001 000000d1 00000003 0000000a 00000002 616263");
    g_autoptr(GByteArray) packet = g_byte_array_new();
    guint start = alj_frame_begin(packet, &(AljFrame) { .program = ALJ_PROGRAM_REMOTE,
                                                        .version = 1,
                                                        .procedure = proc,
                                                        .type = ALJ_FRAME_STREAM,
                                                        .serial = 10,
                                                        .status = ALJ_STATUS_CONTINUE });
    g_byte_array_append(packet, (const uint8_t *) "abc", 3);
    alj_frame_end(packet, start);
    g_assert_cmpmem(packet->data, packet->len, expected->data, expected->len);
}

static void
test_keepalive(void)
{
    check("0000001c 6b656570 00000001 00000001 00000002 00000000 00000000",
          &(AljFrame) { .program = ALJ_PROGRAM_KEEPALIVE, .procedure = ALJ_KEEPALIVE_PING, .type = ALJ_FRAME_MESSAGE },
          NULL, NULL);
    check("0000001c 6b656570 00000001 00000002 00000002 00000000 00000000",
          &(AljFrame) { .program = ALJ_PROGRAM_KEEPALIVE, .procedure = ALJ_KEEPALIVE_PONG, .type = ALJ_FRAME_MESSAGE },
          NULL, NULL);
}

/** Second frames of one buffer are patched at their own place. */
static void
test_two_frames(void)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    const AljFrame frame = { .program = ALJ_PROGRAM_REMOTE, .version = 1, .procedure = 1, .length = 77 };
    AljFrame read;
    alj_frame_end(out, alj_frame_begin(out, &frame));
    guint second = alj_frame_begin(out, &frame);
    g_byte_array_append(out, (const uint8_t *) "12345678", 8);
    alj_frame_end(out, second);
    g_assert_cmpuint(second, ==, ALJ_FRAME_HEADER_BYTES);
    alj_frame_read(out->data, &read);
    g_assert_cmpuint(read.length, ==, 28);
    alj_frame_read(out->data + second, &read);
    g_assert_cmpuint(read.length, ==, 36);
    g_assert_false(alj_frame_length_ok(27));
    g_assert_true(alj_frame_length_ok(28));
    g_assert_true(alj_frame_length_ok(33554436));
    g_assert_false(alj_frame_length_ok(33554437));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/vectors/hello", test_hello);
    g_test_add_func("/wire/vectors/pools", test_pools);
    g_test_add_func("/wire/vectors/volume", test_volume);
    g_test_add_func("/wire/vectors/error", test_error);
    g_test_add_func("/wire/vectors/event", test_event);
    g_test_add_func("/wire/vectors/stream", test_stream);
    g_test_add_func("/wire/vectors/keepalive", test_keepalive);
    g_test_add_func("/wire/vectors/two-frames", test_two_frames);
    return g_test_run();
}
