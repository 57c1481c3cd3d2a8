/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to libvirt's secret driver: what it is told and asked, and that no answer, and none at all, does more than fail the question. */
#include "daemon/libvirt_secrets.h"

#include "base/error.h"
#include "rpc/connect.h"
#include "wire/frame.h"
#include "wire/procedures.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define UUID     "11111111-1111-4111-8111-111111111111"
#define NEVER    (60 * G_USEC_PER_SEC)
#define DEADLINE (G_USEC_PER_SEC / 5) /* of those who get no answer */

/* What one connection to the driver gets instead of what it asks for. */
typedef enum Manner { HONEST, SILENT, SILENT_VALUE, GARBAGE, TORN, STRANGER, NO_SECRET, NO_VALUE, EMPTY_VALUE, PRIVATE } Manner;

typedef struct Driver {
    char *dir, *path;
    int fd;
    Manner manner;
    bool wants_token;
    GThread *thread;
    char *calls; /* the numbers of the procedures, in their order */
} Driver;

static bool
read_exactly(int fd, void *into, size_t size)
{
    for (size_t n = 0; n < size;) {
        ssize_t got = recv(fd, (uint8_t *) into + n, size - n, 0);
        if (got <= 0)
            return false;
        n += (size_t) got;
    }
    return true;
}

static void
reply(int fd, const AljFrame *call, AljFrameStatus status, const AljXdrField *fields, const void *value)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    AljFrame frame = *call;
    frame.type = ALJ_FRAME_REPLY;
    frame.status = (int32_t) status;
    guint start = alj_frame_begin(out, &frame);
    g_assert_true(!fields || alj_xdr_encode(fields, value, out, NULL));
    alj_frame_end(out, start);
    (void) send(fd, out->data, out->len, MSG_NOSIGNAL); /* it may have heard enough */
}

static void
fail(int fd, const AljFrame *call, int code, const char *message)
{
    const AljWireError error = { .code = code, .domain = 30, .message = (char *) message, .level = 2 };
    reply(fd, call, ALJ_STATUS_ERROR, alj_wire_error, &error);
}

static void
expect_token(const Driver *driver, const uint8_t *payload, size_t size)
{
    AljWireIdentity identity = { 0 };
    g_assert_true(alj_xdr_decode(alj_wire_identity, payload, size, &identity, NULL));
    g_assert_cmpuint(identity.params.count, ==, 1);
    const AljWireParam *param = identity.params.items;
    g_assert_cmpstr(param->field, ==, "system.token");
    g_assert_cmpint(param->type, ==, ALJ_PARAM_STRING);
    g_assert_cmpstr(param->value.s, ==, "the token");
    g_assert_true(driver->wants_token);
    alj_xdr_clear(alj_wire_identity, &identity);
}

static void
answer_value(const Driver *driver, int fd, const AljFrame *call)
{
    AljWireSecretValue value = { .value = { 5, (void *) "value" } };
    if (driver->manner == NO_VALUE)
        fail(fd, call, 66, "Secret not found: secret '" UUID "' does not have a value");
    else if (driver->manner == PRIVATE)
        fail(fd, call, 65, "Invalid secret: secret is private");
    else if (driver->manner == EMPTY_VALUE)
        reply(fd, call, ALJ_STATUS_OK, alj_wire_secret_value, &(AljWireSecretValue){ 0 });
    else if (driver->manner != SILENT_VALUE)
        reply(fd, call, ALJ_STATUS_OK, alj_wire_secret_value, &value);
}

static void
answer(const Driver *driver, int fd, const AljFrame *call, const uint8_t *payload, size_t size)
{
    AljWireSecretArg secret = { .secret = { .usage_id = (char *) "/lab/v", .usage = ALJ_SECRET_VOLUME } };
    int32_t none = 0;
    g_assert_true(alj_uuid_parse(UUID, &secret.secret.uuid));
    switch (call->procedure) {
    case ALJ_PROC_AUTH_LIST:
        reply(fd, call, ALJ_STATUS_OK, alj_wire_auth_types, &(AljWireInts){ { 1, &none } });
        break;
    case ALJ_PROC_CONNECT_SET_IDENTITY:
        expect_token(driver, payload, size);
        reply(fd, call, ALJ_STATUS_OK, NULL, NULL);
        break;
    case ALJ_PROC_SECRET_LOOKUP_BY_UUID:
    case ALJ_PROC_SECRET_LOOKUP_BY_USAGE:
        if (driver->manner == NO_SECRET)
            fail(fd, call, 66, "Secret not found: no secret with matching uuid '" UUID "'");
        else
            reply(fd, call, ALJ_STATUS_OK, alj_wire_secret_arg, &secret);
        break;
    case ALJ_PROC_SECRET_GET_VALUE:
        answer_value(driver, fd, call);
        break;
    default:
        reply(fd, call, ALJ_STATUS_OK, NULL, NULL);
    }
}

/* What is no protocol at all, in place of the first answer. */
static void
send_bytes(int fd, const char *bytes, size_t size)
{
    g_assert_cmpint(send(fd, bytes, size, MSG_NOSIGNAL), ==, size);
}

/* Until the other end hangs up, or the driver does. */
static void
answer_all(Driver *driver, int fd)
{
    uint8_t header[ALJ_FRAME_HEADER_BYTES];
    g_autoptr(GString) calls = g_string_new(NULL);
    while (read_exactly(fd, header, sizeof header)) {
        AljFrame call;
        alj_frame_read(header, &call);
        size_t size = call.length - ALJ_FRAME_HEADER_BYTES;
        g_autofree uint8_t *payload = g_malloc(size + 1);
        g_assert_true(read_exactly(fd, payload, size));
        g_string_append_printf(calls, "%s%d", calls->len ? " " : "", call.procedure);
        if (driver->manner == STRANGER)
            call.serial += 1;
        if (driver->manner == GARBAGE && calls->len == 2)
            send_bytes(fd, "HTTP/1.1 400 Bad Request\r\n\r\nno such protocol", 44);
        if (driver->manner == TORN) {
            send_bytes(fd, "\0\0\0\x40\x20\0\x80\x86", 8);
            break;
        }
        if (driver->manner != SILENT && driver->manner != GARBAGE)
            answer(driver, fd, &call, payload, size);
    }
    driver->calls = g_strdup(calls->str);
}

static void *
play(void *data)
{
    Driver *driver = data;
    int fd = accept(driver->fd, NULL, NULL);
    g_assert_cmpint(fd, >=, 0);
    answer_all(driver, fd);
    close(fd);
    return NULL;
}

static int
listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (const struct sockaddr *) &address, sizeof address), ==, 0);
    g_assert_cmpint(listen(fd, 0), ==, 0);
    return fd;
}

static void
driver_open(Driver *driver, const char *socket_name)
{
    *driver = (Driver){ .dir = g_dir_make_tmp("alj-libvirt-XXXXXX", NULL), .fd = -1 };
    driver->path = g_build_filename(driver->dir, socket_name, NULL);
    driver->fd = listen_at(driver->path);
}

static void
driver_close(Driver *driver)
{
    close(driver->fd);
    g_unlink(driver->path);
    g_rmdir(driver->dir);
    g_free(driver->path);
    g_free(driver->dir);
    g_free(driver->calls);
}

static GBytes *
ask(Driver *driver, const AljSecretWant *want, gint64 usec, GError **error)
{
    AljLibvirtSecrets *libvirt = alj_libvirt_secrets_new(driver->dir);
    g_clear_pointer(&driver->calls, g_free);
    driver->thread = g_thread_new("driver", play, driver);
    GBytes *value = alj_libvirt_secrets_ask(libvirt, want, g_get_monotonic_time() + usec, error);
    g_thread_join(driver->thread);
    alj_libvirt_secrets_free(libvirt);
    return value;
}

static void
assert_value(GBytes *take_value)
{
    g_autoptr(GBytes) value = take_value, expected = g_bytes_new_static("value", 5);
    g_assert_nonnull(value);
    g_assert_true(g_bytes_equal(value, expected));
}

static void
test_value(void)
{
    Driver driver;
    AljUuid uuid;
    g_assert_true(alj_uuid_parse(UUID, &uuid));
    driver_open(&driver, "virtsecretd-sock");
    assert_value(ask(&driver, &(AljSecretWant){ .uuid = &uuid }, NEVER, NULL));
    g_assert_cmpstr(driver.calls, ==, "66 1 141 145");
    assert_value(ask(&driver, &(AljSecretWant){ .usage = ALJ_SECRET_VOLUME, .usage_id = "/lab/v" }, NEVER, NULL));
    g_assert_cmpstr(driver.calls, ==, "66 1 147 145");
    driver_close(&driver);
}

/* The token opens what is private; libvirtd's socket is asked where no virtsecretd runs. */
static void
test_token(void)
{
    Driver driver;
    AljUuid uuid;
    g_assert_true(alj_uuid_parse(UUID, &uuid));
    driver_open(&driver, "libvirt-sock");
    g_autofree char *common = g_build_filename(driver.dir, "common", NULL), *token = g_build_filename(common, "system.token", NULL);
    g_autofree char *modular = g_build_filename(driver.dir, "virtsecretd-sock", NULL);
    close(listen_at(modular)); /* left by a daemon that is gone */
    g_assert_cmpint(g_mkdir(common, 0700), ==, 0);
    g_assert_true(g_file_set_contents(token, "the token", -1, NULL));
    driver.wants_token = true;
    assert_value(ask(&driver, &(AljSecretWant){ .uuid = &uuid }, NEVER, NULL));
    g_assert_cmpstr(driver.calls, ==, "66 1 419 141 145");
    g_unlink(token);
    g_rmdir(common);
    g_unlink(modular);
    driver_close(&driver);
}

static void
test_failures(void)
{
    static const struct {
        Manner manner;
        AljError code;
        const char *reason; /* NULL: no error, it has no such secret; without '%s': the whole text */
    } rows[] = {
        { NO_SECRET, 0, NULL },
        { NO_VALUE, ALJ_ERROR_NO_SECRET, "secret '" UUID "' does not have a value" },
        { EMPTY_VALUE, ALJ_ERROR_NO_SECRET, "secret '" UUID "' does not have a value" },
        { PRIVATE, ALJ_ERROR_OPERATION_FAILED, "%sInvalid secret: secret is private" },
        { SILENT, ALJ_ERROR_TIMEOUT, "%sTimed out during operation: no answer to AUTH_LIST" },
        { SILENT_VALUE, ALJ_ERROR_TIMEOUT, "%sTimed out during operation: no answer to SECRET_GET_VALUE" },
        { GARBAGE, ALJ_ERROR_OPERATION_FAILED, "%sserver sent a message of 1213486160 bytes" },
        { TORN, ALJ_ERROR_OPERATION_FAILED, "%sEnd of file while reading data: Input/output error" },
        { STRANGER, ALJ_ERROR_OPERATION_FAILED, "%sserver replied to no call: procedure 66, serial 1" },
    };
    AljUuid uuid;
    g_assert_true(alj_uuid_parse(UUID, &uuid));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Driver driver;
        g_autoptr(GError) error = NULL;
        driver_open(&driver, "virtsecretd-sock");
        driver.manner = rows[i].manner;
        gint64 usec = rows[i].code == ALJ_ERROR_TIMEOUT ? DEADLINE : NEVER;
        g_assert_null(ask(&driver, &(AljSecretWant){ .uuid = &uuid }, usec, &error));
        g_autofree char *start = g_strdup_printf("libvirt's secret driver at '%s' did not give secret '" UUID "': ", driver.path);
        g_autofree char *expected = !rows[i].reason ? NULL
            : g_str_has_prefix(rows[i].reason, "%s") ? g_strconcat(start, rows[i].reason + 2, NULL) : g_strdup(rows[i].reason);
        g_assert_cmpstr(error ? error->message : NULL, ==, expected);
        g_assert_true(!error || (alj_error_is(error, rows[i].code) && alj_error_area(error) == ALJ_AREA_SECRET));
        driver_close(&driver);
    }
}

/* Nobody there, and nobody but ourselves, are no errors; a backlog that is full has an end. */
static void
test_nobody(void)
{
    Driver driver;
    AljUuid uuid;
    GError *error = NULL;
    g_assert_true(alj_uuid_parse(UUID, &uuid));
    const AljSecretWant want = { .uuid = &uuid };
    AljLibvirtSecrets *absent = alj_libvirt_secrets_new("/nonexistent");
    g_assert_null(alj_libvirt_secrets_ask(absent, &want, g_get_monotonic_time() + NEVER, &error));
    g_assert_no_error(error);
    alj_libvirt_secrets_free(absent);

    driver_open(&driver, "libvirt-sock");
    AljLibvirtSecrets *libvirt = alj_libvirt_secrets_new(driver.dir);
    alj_libvirt_secrets_leave_out(libvirt, driver.fd);
    g_assert_null(alj_libvirt_secrets_ask(libvirt, &want, g_get_monotonic_time() + NEVER, &error));
    g_assert_no_error(error);
    alj_libvirt_secrets_free(libvirt);
    close(accept(driver.fd, NULL, NULL));

    libvirt = alj_libvirt_secrets_new(driver.dir);
    int first = alj_connect(driver.path, -1, NULL);
    g_assert_cmpint(first, >=, 0);
    g_assert_null(alj_libvirt_secrets_ask(libvirt, &want, g_get_monotonic_time() + DEADLINE, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_TIMEOUT));
    g_autofree char *expected = g_strdup_printf("libvirt's secret driver at '%s' did not give secret '" UUID "': "
                                                "Failed to connect socket to '%s': Connection timed out", driver.path, driver.path);
    g_assert_cmpstr(error->message, ==, expected);
    g_clear_error(&error);
    close(first);
    alj_libvirt_secrets_free(libvirt);
    driver_close(&driver);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/libvirt-secrets/value", test_value);
    g_test_add_func("/libvirt-secrets/token", test_token);
    g_test_add_func("/libvirt-secrets/failures", test_failures);
    g_test_add_func("/libvirt-secrets/nobody", test_nobody);
    return g_test_run();
}
