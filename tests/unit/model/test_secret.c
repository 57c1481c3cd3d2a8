/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents of secrets that are refused, in libvirt's words, and what is made of those that leave things out. */
#include "base/error.h"
#include "model/secret.h"

static void
assert_refused(const char *xml, AljErrorArea area, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_secret_def_parse(xml, -1, &error));
    g_autofree char *text = alj_error_text(error);
    g_assert_cmpstr(text, ==, expected);
    g_assert_cmpint(alj_error_area(error), ==, area);
}

static void
test_refused(void)
{
    static const struct {
        const char *xml, *text;
    } rows[] = {
        { "<secret ephemeral='maybe'/>", "XML error: invalid value of 'ephemeral'" },
        { "<secret private='1'/>", "XML error: invalid value of 'private'" },
        { "<secret><uuid>zz</uuid></secret>", "internal error: malformed uuid element" },
        { "<secret><usage/></secret>", "XML error: unknown secret usage type" },
        { "<secret><usage type=''/></secret>", "XML error: unknown secret usage type" },
        { "<secret><usage type='nosuch'/></secret>", "unsupported configuration: unknown secret usage type nosuch" },
        { "<secret><usage type='volume'/></secret>",
          "internal error: volume usage specified, but volume path is missing" },
        { "<secret><usage type='volume'><name>/a</name></usage></secret>",
          "internal error: volume usage specified, but volume path is missing" },
        { "<secret><usage type='ceph'><name/></usage></secret>", "internal error: Ceph usage specified, but name is missing" },
        { "<secret><usage type='iscsi'/></secret>", "internal error: iSCSI usage specified, but target is missing" },
        { "<secret><usage type='tls'/></secret>", "internal error: TLS usage specified, but name is missing" },
        { "<secret><usage type='vtpm'/></secret>", "internal error: vTPM usage specified, but name is missing" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_refused(rows[i].xml, ALJ_AREA_SECRET, rows[i].text);
    assert_refused("<secrets/>", ALJ_AREA_XML, "XML error: expecting root element of 'secret', not 'secrets'");
    assert_refused("<secret", ALJ_AREA_SECRET,
                   "(definition_of_secret):1: Couldn't find end of Start Tag secret line 1\n<secret\n-------^");
}

static void
test_defaults(void)
{
    g_autoptr(AljSecretDef) first = alj_secret_def_parse("<secret/>", -1, NULL);
    g_autoptr(AljSecretDef) second = alj_secret_def_parse("<secret><usage type='none'/></secret>", -1, NULL);
    g_assert_nonnull(first);
    g_assert_nonnull(second);
    g_assert_false(first->is_ephemeral);
    g_assert_false(first->is_private);
    g_assert_cmpint(second->usage, ==, ALJ_SECRET_NONE);
    g_assert_null(second->usage_id);
    g_assert_false(alj_uuid_equal(&first->uuid, &second->uuid)); /* each gets one of its own */
}

static void
test_schema(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(alj_secret_def_validate("<secret><usage type='volume'><volume>v</volume></usage></secret>", SCHEMA_DIR, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_XML_SCHEMA));
    g_clear_error(&error);
    g_assert_false(alj_secret_def_validate("<secret><extra/></secret>", SCHEMA_DIR, &error));
    g_assert_true(g_str_has_suffix(error->message, "Element secret has extra content: extra"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/secret/refused", test_refused);
    g_test_add_func("/model/secret/defaults", test_defaults);
    g_test_add_func("/model/secret/schema", test_schema);
    return g_test_run();
}
