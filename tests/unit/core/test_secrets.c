/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets: byte for byte the files libvirt 9 writes, what is made of everything else found there, and who gets which value. */
#include "core/secrets.h"

#include "base/log.h"
#include "base/sealed.h"
#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define VOLUME_FILE                                                                                          \
    "<secret ephemeral='no' private='no'>\n"                                                                 \
    "  <uuid>" UUID_1 "</uuid>\n"                                                                            \
    "  <usage type='volume'>\n"                                                                              \
    "    <volume>/fake/p/v</volume>\n"                                                                       \
    "  </usage>\n"                                                                                           \
    "</secret>\n"

typedef struct Place {
    char *top, *dir;
    AljSecrets *secrets;
} Place;

static void
open_with(Place *place, const AljSecretDriver *driver)
{
    g_autoptr(GError) error = NULL;
    alj_secrets_free(place->secrets);
    place->secrets = alj_secrets_new(place->dir, driver, NULL, &error);
    g_assert_no_error(error);
}

static void
open_again(Place *place)
{
    open_with(place, NULL);
}

static void
open_place(Place *place)
{
    *place = (Place){ .top = g_dir_make_tmp("alj-secrets-XXXXXX", NULL) };
    place->dir = g_build_filename(place->top, "secrets", NULL);
    open_again(place);
}

static void
close_place(Place *place)
{
    alj_secrets_free(place->secrets);
    remove_tree(place->top);
    g_free(place->top);
    g_free(place->dir);
}

static AljUuid
uuid_of(const char *text)
{
    AljUuid uuid;
    g_assert_true(alj_uuid_parse(text, &uuid));
    return uuid;
}

static AljSecretDef *
secret(const char *attributes, const char *uuid, const char *usage)
{
    g_autofree char *xml = g_strdup_printf("<secret %s><uuid>%s</uuid>%s</secret>", attributes, uuid, usage);
    AljSecretDef *def = alj_secret_def_parse(xml, -1, NULL);
    g_assert_nonnull(def);
    return def;
}

static void
keep(Place *place, const char *attributes, const char *uuid, const char *usage)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljSecretDef) def = secret(attributes, uuid, usage);
    g_assert_true(alj_secrets_define(place->secrets, def, &error));
    g_assert_no_error(error);
}

static void
define_fails(Place *place, const char *attributes, const char *uuid, const char *usage, AljError code, const char *text)
{
    GError *error = NULL;
    g_autoptr(AljSecretDef) def = secret(attributes, uuid, usage);
    g_assert_false(alj_secrets_define(place->secrets, def, &error));
    g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_SECRET);
    assert_error(error, code, text);
}

static bool
set_value(Place *place, const char *uuid, const char *value, GError **error)
{
    AljUuid id = uuid_of(uuid);
    g_autoptr(GBytes) bytes = alj_sealed_new(value, strlen(value));
    g_autoptr(AljSecretDef) def = NULL;
    bool is_set = alj_secrets_set_value(place->secrets, &id, bytes, &def, error);
    g_assert_true(is_set == (def != NULL));
    return is_set;
}

static void
assert_value(Place *place, const char *uuid, const char *expected)
{
    g_autoptr(GError) error = NULL;
    AljUuid id = uuid_of(uuid);
    g_autoptr(GBytes) value = alj_secrets_value(place->secrets, &(AljSecretWant){ .uuid = &id }, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) wanted = g_bytes_new(expected, strlen(expected));
    g_assert_true(g_bytes_equal(value, wanted));
}

static void
assert_no_value(Place *place, const char *uuid, const char *text)
{
    GError *error = NULL;
    AljUuid id = uuid_of(uuid);
    g_assert_null(alj_secrets_value(place->secrets, &(AljSecretWant){ .uuid = &id }, NULL, &error));
    assert_error(error, ALJ_ERROR_NO_SECRET, text);
}

static void
assert_file(Place *place, const char *name, const char *expected)
{
    struct stat info;
    g_autofree char *path = g_build_filename(place->dir, name, NULL), *text = NULL;
    if (!expected) {
        g_assert_cmpint(lstat(path, &info), ==, -1);
        return;
    }
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, expected);
    g_assert_cmpint(stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 07777, ==, 0600);
}

static void
put_file(Place *place, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(place->dir, name, NULL);
    g_assert_cmpint(g_mkdir_with_parents(place->dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

#define OF_VOLUME "<usage type='volume'><volume>/fake/p/v</volume></usage>"

static void
test_life(void)
{
    Place place;
    struct stat info;
    AljUuid id = uuid_of(UUID_1);
    g_autoptr(AljSecretDef) gone = NULL;
    open_place(&place);
    g_assert_cmpint(stat(place.dir, &info), ==, -1); /* nothing is made for those who keep no secrets */
    keep(&place, "", UUID_1, OF_VOLUME);
    g_assert_cmpint(stat(place.dir, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 07777, ==, 0700);
    assert_file(&place, UUID_1 ".xml", VOLUME_FILE);
    assert_file(&place, UUID_1 ".base64", NULL);
    assert_no_value(&place, UUID_1, "Secret not found: secret '" UUID_1 "' does not have a value");
    g_assert_true(set_value(&place, UUID_1, "secret", NULL));
    assert_file(&place, UUID_1 ".base64", "c2VjcmV0");
    open_again(&place);
    assert_value(&place, UUID_1, "secret");
    g_assert_true(alj_secrets_undefine(place.secrets, &id, &gone, NULL));
    assert_file(&place, UUID_1 ".xml", NULL);
    assert_file(&place, UUID_1 ".base64", NULL);
    assert_no_value(&place, UUID_1, "Secret not found: no secret with matching uuid '" UUID_1 "'");
    close_place(&place);
}

static void
test_conflicts(void)
{
    Place place;
    open_place(&place);
    keep(&place, "private='yes'", UUID_1, OF_VOLUME);
    keep(&place, "", UUID_2, "<usage type='ceph'><name>x</name></usage>");
    define_fails(&place, "", UUID_1, "<usage type='volume'><volume>/else</volume></usage>", ALJ_ERROR_INTERNAL,
                 "internal error: a secret with UUID " UUID_1 " is already defined for use with /fake/p/v");
    define_fails(&place, "", UUID_1, OF_VOLUME, ALJ_ERROR_INTERNAL,
                 "internal error: cannot change private flag on existing secret");
    define_fails(&place, "", "33333333-3333-4333-8333-333333333333", OF_VOLUME, ALJ_ERROR_INTERNAL,
                 "internal error: a secret with UUID " UUID_1 " already defined for use with /fake/p/v");
    define_fails(&place, "", UUID_2, "", ALJ_ERROR_INTERNAL,
                 "internal error: a secret with UUID " UUID_2 " is already defined for use with x");
    keep(&place, "private='yes'", UUID_1, "<usage type='ceph'><name>/fake/p/v</name></usage>");
    keep(&place, "private='yes'", UUID_2, "<usage type='ceph'><name>x</name></usage>");
    close_place(&place);
}

static void
test_ephemeral(void)
{
    Place place;
    open_place(&place);
    keep(&place, "ephemeral='yes'", UUID_1, "");
    g_assert_true(set_value(&place, UUID_1, "x", NULL));
    assert_file(&place, UUID_1 ".xml", NULL);
    keep(&place, "ephemeral='no'", UUID_1, ""); /* kept from now on, with the value it has */
    assert_file(&place, UUID_1 ".base64", "eA==");
    open_again(&place);
    assert_value(&place, UUID_1, "x");
    keep(&place, "ephemeral='yes'", UUID_1, "");
    assert_file(&place, UUID_1 ".xml", NULL);
    assert_file(&place, UUID_1 ".base64", NULL);
    assert_value(&place, UUID_1, "x");
    alj_secrets_reload(place.secrets);
    assert_value(&place, UUID_1, "x");
    open_again(&place);
    assert_no_value(&place, UUID_1, "Secret not found: no secret with matching uuid '" UUID_1 "'");
    close_place(&place);
}

static void
test_values(void)
{
    Place place;
    GError *error = NULL;
    AljUuid id = uuid_of(UUID_1);
    g_autoptr(AljSecretDef) def = NULL;
    g_autofree char *large = g_strnfill(65537, 'x');
    open_place(&place);
    keep(&place, "private='yes'", UUID_1, "");
    g_assert_false(set_value(&place, UUID_1, "", &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_FLAGS, "value in virSecretSetValue must not be NULL");
    g_assert_false(set_value(&place, UUID_1, large, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_INVALID_ARG, "invalid argument: a secret has at most 65536 bytes");
    large[65536] = '\0';
    g_assert_true(set_value(&place, UUID_1, large, NULL));
    open_again(&place);
    assert_value(&place, UUID_1, large);
    g_assert_null(alj_secrets_public_value(place.secrets, &id, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_INVALID_SECRET, "Invalid secret: secret is private");
    close_place(&place);
}

static void
test_found_files(void)
{
    Place place;
    open_place(&place);
    put_file(&place, UUID_1 ".xml", VOLUME_FILE);
    put_file(&place, UUID_1 ".base64", "c2Vj\ncmV0\n");
    put_file(&place, UUID_2 ".xml", VOLUME_FILE); /* not its name */
    put_file(&place, UUID_2 ".xml.new", "half");
    put_file(&place, "33333333-3333-4333-8333-333333333333.base64", "eA=="); /* of an undefined secret */
    put_file(&place, "44444444-4444-4444-8444-444444444444.xml", "no document");
    put_file(&place, "44444444-4444-4444-8444-444444444444.base64", "eA==");
    open_again(&place);
    g_autoptr(GPtrArray) list = alj_secrets_list(place.secrets, 0);
    g_assert_cmpuint(list->len, ==, 1);
    assert_value(&place, UUID_1, "secret");
    assert_file(&place, UUID_2 ".xml.new", NULL);
    assert_file(&place, "33333333-3333-4333-8333-333333333333.base64", NULL);
    g_autofree char *kept = g_build_filename(place.dir, "44444444-4444-4444-8444-444444444444.base64", NULL);
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS)); /* its definition can be mended */
    close_place(&place);
}

/* The other daemon, in memory: it knows the volume's secret by its usage and UUID_2, and keeps back or lacks the rest. */
typedef struct Driver {
    unsigned n_asked;
    gint64 until_usec; /* of the last question */
} Driver;

static GBytes *
answer(void *data, const AljSecretWant *want, gint64 until_usec, GError **error)
{
    Driver *driver = data;
    const AljUuid known = uuid_of(UUID_2), kept_back = uuid_of(UUID_1);
    driver->n_asked++;
    driver->until_usec = until_usec;
    if (want->uuid && alj_uuid_equal(want->uuid, &kept_back))
        alj_fail_area(error, ALJ_AREA_SECRET, ALJ_ERROR_OPERATION_FAILED, "kept back");
    bool is_known = want->uuid ? alj_uuid_equal(want->uuid, &known)
                               : want->usage == ALJ_SECRET_VOLUME && strcmp(want->usage_id, "/fake/p/v") == 0;
    return is_known ? alj_sealed_new("asked", 5) : NULL;
}

static void
test_driver(void)
{
    Place place;
    GError *error = NULL;
    Driver driver = { 0 };
    AljEncryption by_usage = { .has_secret = true, .secret_usage = (char *) "/fake/p/v" };
    AljPoolAuth login = { .type = (char *) "ceph", .secret_usage = (char *) "/fake/p/v" };
    AljTask task = { 0 };
    const AljUuid nobodys = { { 0 } };
    const AljSecretWant unknown = { .uuid = &nobodys };
    open_place(&place);
    open_with(&place, &(AljSecretDriver){ .ask = answer, .data = &driver });
    assert_value(&place, UUID_2, "asked");
    g_autoptr(GPtrArray) list = alj_secrets_list(place.secrets, 0);
    g_assert_cmpuint(list->len, ==, 0); /* lists and clients' questions are answered from the files */
    AljUuid id = uuid_of(UUID_2);
    g_assert_null(alj_secrets_public_value(place.secrets, &id, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_SECRET, "Secret not found: no secret with matching uuid '" UUID_2 "'");
    g_assert_cmpuint(driver.n_asked, ==, 1);
    assert_no_value(&place, "33333333-3333-4333-8333-333333333333",
                    "Secret not found: no secret with matching uuid '33333333-3333-4333-8333-333333333333'");
    g_assert_null(alj_secrets_of_login(place.secrets, &login, NULL, &error)); /* that usage is a volume's */
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_SECRET, "Secret not found: no secret with matching usage '/fake/p/v'");

    /* a definition without a value leaves the driver to be asked; a value does not */
    put_file(&place, UUID_1 ".xml", VOLUME_FILE);
    driver.n_asked = 0;
    g_autoptr(GBytes) value = alj_secrets_of_volume(place.secrets, &by_usage, NULL, NULL);
    g_assert_nonnull(value);
    g_assert_null(alj_secrets_value(place.secrets, &unknown, NULL, NULL));
    g_assert_cmpuint(driver.n_asked, ==, 2);
    id = uuid_of(UUID_1);
    g_assert_null(alj_secrets_value(place.secrets, &(AljSecretWant){ .uuid = &id }, NULL, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_OPERATION_FAILED, "operation failed: kept back");
    put_file(&place, UUID_1 ".base64", "c2VjcmV0");
    driver.n_asked = 0;
    assert_value(&place, UUID_1, "secret");
    g_assert_cmpuint(driver.n_asked, ==, 0);

    /* it has until the end of the task that wants the value, and never for ever */
    gint64 now_usec = g_get_monotonic_time();
    g_assert_null(alj_secrets_value(place.secrets, &unknown, &task, NULL));
    g_assert_cmpint(driver.until_usec, >=, now_usec + 10 * G_USEC_PER_SEC);
    atomic_store(&task.deadline_usec, now_usec + 5);
    g_assert_null(alj_secrets_value(place.secrets, &unknown, &task, NULL));
    g_assert_cmpint(driver.until_usec, ==, now_usec + 5);
    close_place(&place);
}

static void
test_foreign(void)
{
    Place place;
    GError *error = NULL;
    AljUuid id = uuid_of(UUID_1);
    g_autoptr(AljSecretDef) def = NULL;
    open_place(&place);
    Driver driver = { 0 };
    open_with(&place, &(AljSecretDriver){ .ask = answer, .data = &driver });
    put_file(&place, UUID_1 ".xml", VOLUME_FILE);
    put_file(&place, UUID_1 ".base64", "c2VjcmV0");
    put_file(&place, UUID_2 ".xml.new", "half");
    assert_value(&place, UUID_1, "secret"); /* seen without a word from anybody */
    put_file(&place, UUID_1 ".base64", "eA==");
    assert_value(&place, UUID_1, "x");
    g_autofree char *expected = g_strdup_printf("operation forbidden: secrets in '%s' belong to libvirt: change them with "
                                                "virsh -c secret:///system", place.dir);
    define_fails(&place, "", UUID_1, OF_VOLUME, ALJ_ERROR_DENIED, expected);
    define_fails(&place, "ephemeral='yes'", UUID_2, "", ALJ_ERROR_DENIED, expected);
    g_assert_false(set_value(&place, UUID_1, "y", &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_DENIED, expected);
    g_assert_false(alj_secrets_undefine(place.secrets, &id, &def, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_DENIED, expected);
    g_autofree char *half = g_build_filename(place.dir, UUID_2 ".xml.new", NULL);
    g_assert_true(g_file_test(half, G_FILE_TEST_EXISTS)); /* not ours to tidy up */
    close_place(&place);
}

/* Values that the service manager hands over: used where no file says another, never written down. */
static void
test_credentials(void)
{
    Place place;
    GError *error = NULL;
    open_place(&place);
    g_autofree char *dir = g_build_filename(place.top, "credentials", NULL), *file = g_build_filename(dir, "aljibe.secret." UUID_1, NULL);
    g_assert_cmpint(g_mkdir(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, "from the manager", -1, NULL));
    keep(&place, "private='yes'", UUID_1, "");
    g_autofree char *public_file = g_build_filename(dir, "aljibe.secret." UUID_2, NULL);
    g_assert_true(g_file_set_contents(public_file, "for the daemon alone", -1, NULL));
    keep(&place, "", UUID_2, ""); /* could be read by any client, so it gets none */
    alj_secrets_free(place.secrets);
    place.secrets = alj_secrets_new(place.dir, NULL, dir, &error);
    g_assert_no_error(error);
    assert_value(&place, UUID_1, "from the manager");
    AljUuid other = uuid_of(UUID_2), first = uuid_of(UUID_1);
    g_autoptr(AljSecretDef) gone = NULL;
    g_assert_true(alj_secrets_undefine(place.secrets, &first, &gone, &error));
    keep(&place, "private='yes'", UUID_1, "");
    assert_value(&place, UUID_1, "from the manager"); /* without another start of the daemon */
    g_assert_null(alj_secrets_value(place.secrets, &(AljSecretWant){ .uuid = &other }, NULL, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_SECRET, "Secret not found: secret '" UUID_2 "' does not have a value");
    g_autofree char *names = list_dir(place.dir);
    g_assert_cmpstr(names, ==, UUID_1 ".xml " UUID_2 ".xml");
    g_assert_true(set_value(&place, UUID_1, "ours", &error));
    alj_secrets_reload(place.secrets);
    assert_value(&place, UUID_1, "ours");
    close_place(&place);
}

static void
test_two_owners(void)
{
    Place place;
    g_autoptr(GError) error = NULL;
    open_place(&place);
    keep(&place, "", UUID_1, "");
    g_assert_null(alj_secrets_new(place.dir, NULL, NULL, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_BUSY));
    close_place(&place);
}

static void
test_list(void)
{
    static const struct {
        unsigned flags;
        const char *uuids;
    } rows[] = {
        { 0, "1234" }, { 1, "24" }, { 2, "13" }, { 3, "1234" }, { 4, "34" }, { 8, "12" }, { 12, "1234" }, { 1 | 4, "4" },
        { 2 | 8, "1" }, { 15, "1234" },
    };
    Place place;
    open_place(&place);
    keep(&place, "ephemeral='yes' private='yes'", "00000000-0000-0000-0000-000000000004", "");
    keep(&place, "private='yes'", "00000000-0000-0000-0000-000000000003", "");
    keep(&place, "ephemeral='yes'", "00000000-0000-0000-0000-000000000002", "");
    keep(&place, "", "00000000-0000-0000-0000-000000000001", "");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) list = alj_secrets_list(place.secrets, rows[i].flags);
        g_autoptr(GString) found = g_string_new(NULL);
        for (guint k = 0; k < list->len; k++)
            g_string_append_c(found, (char) ('0' + ((AljSecretDef *) list->pdata[k])->uuid.bytes[15]));
        g_assert_cmpstr(found->str, ==, rows[i].uuids);
    }
    close_place(&place);
}

static void
test_of_volume(void)
{
    Place place;
    GError *error = NULL;
    AljEncryption by_usage = { .has_secret = true, .secret_usage = (char *) "/fake/p/v" };
    AljEncryption by_uuid = { .has_secret = true, .has_secret_uuid = true, .secret_uuid = uuid_of(UUID_2) };
    g_autoptr(AljVolDef) vol = alj_vol_def_new("v");
    open_place(&place);
    g_assert_null(alj_secrets_of_volume(place.secrets, &by_usage, NULL, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_SECRET,
                 "Secret not found: no secret with matching usage '/fake/p/v'");
    g_assert_null(alj_secrets_of_volume(place.secrets, &by_uuid, NULL, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_SECRET,
                 "Secret not found: no secret with matching uuid '" UUID_2 "'");
    keep(&place, "private='yes'", UUID_1, OF_VOLUME);
    g_assert_null(alj_secrets_of_volume(place.secrets, &by_usage, NULL, &error));
    assert_error(g_steal_pointer(&error), ALJ_ERROR_NO_SECRET,
                 "Secret not found: secret '" UUID_1 "' does not have a value");
    g_assert_true(set_value(&place, UUID_1, "pass", NULL));
    g_autoptr(GBytes) value = alj_secrets_of_volume(place.secrets, &by_usage, NULL, NULL);
    g_assert_nonnull(value);
    assert_value(&place, UUID_1, "pass");

    vol->path = g_strdup("/fake/p/v");
    vol = alj_secrets_name(place.secrets, g_steal_pointer(&vol));
    g_assert_null(vol->encryption);
    vol->encryption = g_new0(AljEncryption, 1);
    vol->encryption->format = ALJ_ENCRYPTION_LUKS;
    g_autoptr(AljVolDef) named = alj_secrets_name(place.secrets, alj_vol_def_ref(vol));
    AljUuid expected = uuid_of(UUID_1);
    g_assert_false(vol->encryption->has_secret); /* others may see it already */
    g_assert_true(named->encryption->has_secret_uuid);
    g_assert_true(alj_uuid_equal(&named->encryption->secret_uuid, &expected));
    AljVolDef *before = named;
    named = alj_secrets_name(place.secrets, g_steal_pointer(&named));
    g_assert_true(named == before);
    g_free(vol->path);
    vol->path = g_strdup("/fake/p/else");
    vol = alj_secrets_name(place.secrets, g_steal_pointer(&vol));
    g_assert_false(vol->encryption->has_secret);
    close_place(&place);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    alj_log_init("test");
    g_test_add_func("/core/secrets/life", test_life);
    g_test_add_func("/core/secrets/conflicts", test_conflicts);
    g_test_add_func("/core/secrets/ephemeral", test_ephemeral);
    g_test_add_func("/core/secrets/values", test_values);
    g_test_add_func("/core/secrets/found-files", test_found_files);
    g_test_add_func("/core/secrets/foreign", test_foreign);
    g_test_add_func("/core/secrets/driver", test_driver);
    g_test_add_func("/core/secrets/credentials", test_credentials);
    g_test_add_func("/core/secrets/two-owners", test_two_owners);
    g_test_add_func("/core/secrets/list", test_list);
    g_test_add_func("/core/secrets/of-volume", test_of_volume);
    return run_tests();
}
