/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The embedded engine from its socket's point of view: the whole way from a frame to storage and back inside one process, so that
 * the sanitizers see both sides.
 */
#include "embed/embed.h"

#include "base/error.h"
#include "wire/frame.h"
#include "wire/messages.h"
#include "wire/procedures.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Fixture {
    char *dir, *target;
    AljEmbed *embed;
    int fd;
    uint32_t serial;
} Fixture;

/* A frame as it came; payload behind the header. */
typedef struct Received {
    AljFrame frame;
    GByteArray *bytes;
} Received;

static void
set_up(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    fixture->dir = g_dir_make_tmp("aljibe-embed-XXXXXX", NULL);
    fixture->target = g_build_filename(fixture->dir, "pool", NULL);
    g_assert_cmpint(g_mkdir(fixture->target, 0755), ==, 0);
    fixture->embed = alj_embed_open(fixture->dir, &fixture->fd, &error);
    g_assert_no_error(error);
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = NULL; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    (void) g_remove(path);
}

static void
tear_down(Fixture *fixture, const void *data)
{
    if (fixture->fd >= 0)
        close(fixture->fd);
    alj_embed_close(fixture->embed);
    remove_tree(fixture->dir);
    g_free(fixture->dir);
    g_free(fixture->target);
}

static void
send_frame(Fixture *fixture, const AljFrame *frame, const AljXdrField *fields, const void *value, const char *raw)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    guint start = alj_frame_begin(out, frame);
    if (fields)
        g_assert_true(alj_xdr_encode(fields, value, out, NULL));
    if (raw)
        g_byte_array_append(out, (const guint8 *) raw, (guint) strlen(raw));
    alj_frame_end(out, start);
    g_assert_cmpint(send(fixture->fd, out->data, out->len, MSG_NOSIGNAL), ==, out->len);
}

static uint32_t
send_call(Fixture *fixture, int32_t procedure, const void *args)
{
    AljFrame frame = { .program = ALJ_PROGRAM_REMOTE, .version = 1, .procedure = procedure, .serial = ++fixture->serial };
    send_frame(fixture, &frame, alj_procedure_find(procedure)->args, args, NULL);
    return frame.serial;
}

static void
send_packet(Fixture *fixture, int32_t procedure, uint32_t serial, AljFrameStatus status, const char *raw)
{
    AljFrame frame = {
        .program = ALJ_PROGRAM_REMOTE, .version = 1, .procedure = procedure, .serial = serial, .type = ALJ_FRAME_STREAM, .status = status
    };
    send_frame(fixture, &frame, NULL, NULL, raw);
}

static void
read_all(int fd, uint8_t *to, size_t size)
{
    while (size > 0) {
        ssize_t got = read(fd, to, size);
        g_assert_cmpint(got, >, 0);
        to += got;
        size -= (size_t) got;
    }
}

static void
receive(Fixture *fixture, Received *ret)
{
    uint8_t head[ALJ_FRAME_HEADER_BYTES];
    read_all(fixture->fd, head, sizeof head);
    alj_frame_read(head, &ret->frame);
    ret->bytes = g_byte_array_new();
    g_byte_array_set_size(ret->bytes, ret->frame.length - ALJ_FRAME_HEADER_BYTES);
    if (ret->bytes->len > 0)
        read_all(fixture->fd, ret->bytes->data, ret->bytes->len);
}

/* The reply to @serial must be good; it is the next frame. */
static void
expect_reply(Fixture *fixture, uint32_t serial, const AljXdrField *fields, void *ret)
{
    Received received;
    receive(fixture, &received);
    g_assert_cmpint(received.frame.type, ==, ALJ_FRAME_REPLY);
    g_assert_cmpuint(received.frame.serial, ==, serial);
    g_assert_cmpint(received.frame.status, ==, ALJ_STATUS_OK);
    if (fields)
        g_assert_true(alj_xdr_decode(fields, received.bytes->data, received.bytes->len, ret, NULL));
    g_byte_array_unref(received.bytes);
}

static void
call(Fixture *fixture, int32_t procedure, const void *args, void *ret)
{
    expect_reply(fixture, send_call(fixture, procedure, args), alj_procedure_find(procedure)->ret, ret);
}

static void
open_connection(Fixture *fixture)
{
    AljWireOpen open = { .name = (char *) "storage:///system" };
    call(fixture, ALJ_PROC_CONNECT_OPEN, &open, NULL);
}

static void
start_pool(Fixture *fixture, AljWirePoolArg *ret)
{
    g_autofree char *xml =
        g_strdup_printf("<pool type='dir'><name>p</name><target><path>%s</path></target></pool>", fixture->target);
    AljWireXmlFlags define = { .xml = xml };
    call(fixture, ALJ_PROC_STORAGE_POOL_DEFINE_XML, &define, ret);
    AljWirePoolFlags start = { .pool = ret->pool };
    call(fixture, ALJ_PROC_STORAGE_POOL_CREATE, &start, NULL);
}

static void
create_vol(Fixture *fixture, const AljWirePoolArg *pool, const char *name)
{
    AljWireVolArg vol = { 0 };
    g_autofree char *xml = g_strdup_printf("<volume><name>%s</name><capacity>65536</capacity></volume>", name);
    AljWirePoolXml create = { .pool = pool->pool, .xml = xml };
    call(fixture, ALJ_PROC_STORAGE_VOL_CREATE_XML, &create, &vol);
    g_assert_cmpstr(vol.vol.name, ==, name);
    alj_xdr_clear(alj_wire_vol_arg, &vol);
}

static void
test_life(Fixture *fixture, const void *data)
{
    AljWirePoolArg pool = { 0 };
    AljWireVolInfo info = { 0 };
    open_connection(fixture);
    start_pool(fixture, &pool);
    create_vol(fixture, &pool, "v");

    AljWireVolArg vol = { .vol = { .pool = (char *) "p", .name = (char *) "v", .key = (char *) "" } };
    call(fixture, ALJ_PROC_STORAGE_VOL_GET_INFO, &vol, &info);
    g_assert_cmpuint(info.capacity, ==, 65536);
    AljWirePoolFlags refresh = { .pool = pool.pool };
    call(fixture, ALJ_PROC_STORAGE_POOL_REFRESH, &refresh, NULL);
    alj_xdr_clear(alj_wire_pool_arg, &pool);
}

static void
test_transfer(Fixture *fixture, const void *data)
{
    AljWirePoolArg pool = { 0 };
    Received received;
    g_autofree char *file = g_build_filename(fixture->target, "v", NULL), *text = NULL;
    open_connection(fixture);
    start_pool(fixture, &pool);
    create_vol(fixture, &pool, "v");
    alj_xdr_clear(alj_wire_pool_arg, &pool);

    AljWireVolRange range = { .vol = { .pool = (char *) "p", .name = (char *) "v", .key = (char *) "" }, .length = 11 };
    uint32_t serial = send_call(fixture, ALJ_PROC_STORAGE_VOL_UPLOAD, &range);
    expect_reply(fixture, serial, NULL, NULL);
    send_packet(fixture, ALJ_PROC_STORAGE_VOL_UPLOAD, serial, ALJ_STATUS_CONTINUE, "hello ");
    send_packet(fixture, ALJ_PROC_STORAGE_VOL_UPLOAD, serial, ALJ_STATUS_CONTINUE, "world");
    send_packet(fixture, ALJ_PROC_STORAGE_VOL_UPLOAD, serial, ALJ_STATUS_OK, NULL);
    receive(fixture, &received);
    g_assert_cmpint(received.frame.type, ==, ALJ_FRAME_STREAM);
    g_assert_cmpint(received.frame.status, ==, ALJ_STATUS_OK);
    g_byte_array_unref(received.bytes);
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "hello world");

    serial = send_call(fixture, ALJ_PROC_STORAGE_VOL_DOWNLOAD, &range);
    expect_reply(fixture, serial, NULL, NULL);
    receive(fixture, &received);
    g_assert_cmpuint(received.bytes->len, ==, 11);
    g_assert_true(memcmp(received.bytes->data, "hello world", 11) == 0);
    g_byte_array_unref(received.bytes);
    receive(fixture, &received);
    g_assert_cmpuint(received.bytes->len, ==, 0); /* the end; never finished, as some clients do */
    g_byte_array_unref(received.bytes);
}

/* Many operations of one connection at once, then the client goes away in the middle of them. */
static void
test_gone_in_the_middle(Fixture *fixture, const void *data)
{
    AljWirePoolArg pool = { 0 };
    open_connection(fixture);
    start_pool(fixture, &pool);
    create_vol(fixture, &pool, "v");
    AljWireRegister everything = { .event = 0 };
    AljWireI32 callback;
    call(fixture, ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY, &everything, &callback);
    AljWireVolRange range = { .vol = { .pool = (char *) "p", .name = (char *) "v", .key = (char *) "" } };
    AljWirePoolFlags refresh = { .pool = pool.pool };
    for (unsigned i = 0; i < 4; i++)
        (void) send_call(fixture, ALJ_PROC_STORAGE_VOL_DOWNLOAD, &range);
    for (unsigned i = 0; i < 40; i++)
        (void) send_call(fixture, ALJ_PROC_STORAGE_POOL_REFRESH, &refresh);
    close(fixture->fd);
    fixture->fd = -1;
    alj_xdr_clear(alj_wire_pool_arg, &pool);
}

static void
test_one_writer(Fixture *fixture, const void *data)
{
    int fd = -1;
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_embed_open(fixture->dir, &fd, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_BUSY));
    g_assert_cmpint(fd, ==, -1);
}

/* What is there when the engine is opened again. */
static void
test_again(Fixture *fixture, const void *data)
{
    AljWirePoolArg pool = { 0 };
    AljWireI32 active = { 0 };
    open_connection(fixture);
    start_pool(fixture, &pool);
    close(fixture->fd);
    alj_embed_close(fixture->embed);
    fixture->embed = alj_embed_open(fixture->dir, &fixture->fd, NULL);
    g_assert_nonnull(fixture->embed);
    open_connection(fixture);
    call(fixture, ALJ_PROC_STORAGE_POOL_IS_ACTIVE, &pool, &active);
    g_assert_cmpint(active.value, ==, 1);
    alj_xdr_clear(alj_wire_pool_arg, &pool);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/embed/life", Fixture, NULL, set_up, test_life, tear_down);
    g_test_add("/embed/transfer", Fixture, NULL, set_up, test_transfer, tear_down);
    g_test_add("/embed/gone-in-the-middle", Fixture, NULL, set_up, test_gone_in_the_middle, tear_down);
    g_test_add("/embed/one-writer", Fixture, NULL, set_up, test_one_writer, tear_down);
    g_test_add("/embed/again", Fixture, NULL, set_up, test_again, tear_down);
    return g_test_run();
}
