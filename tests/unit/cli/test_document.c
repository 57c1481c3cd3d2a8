/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of documents by XPath, wrapped and not; a volume's document under another name. */
#include "base/error.h"
#include "cli/document.h"

static const char document[] = "<volume type='file'>\n"
                               "  <name>v</name>\n"
                               "  <target>\n"
                               "    <format type='raw'/>\n"
                               "  </target>\n"
                               "</volume>\n";

static void
test_select(void)
{
    static const struct {
        const char *xpath;
        bool wrap;
        const char *text;
    } rows[] = {
        { "//name", false, "<name>v</name>\n" },
        { "//@type", false, " type=\"file\"\n type=\"raw\"\n" },
        { "//name/text()", false, "v\n" },
        { "//nosuch", false, "" },
        { "//format", true, "<nodes>\n  <format type=\"raw\"/>\n</nodes>\n" },
        { "//nosuch", true, "<nodes/>\n" },
        { "//@type", true, "<nodes type=\"raw\"/>\n" },
        { "//namespace::*", true, "<nodes/>\n" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = alj_document_select(document, rows[i].xpath, rows[i].wrap, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
    g_autofree char *whole = alj_document_select(document, "/", true, NULL);
    g_assert_true(g_str_has_prefix(whole, "<nodes>\n  <volume type=\"file\">"));
}

static void
test_refuse(void)
{
    static const char *const expressions[] = { "count(//*)", "//[", "'a'", "" };
    for (gsize i = 0; i < G_N_ELEMENTS(expressions); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *expected = g_strdup_printf("internal error: Incorrect xpath '%s'", expressions[i]);
        g_assert_null(alj_document_select(document, expressions[i], false, &error));
        g_autofree char *text = alj_error_text(error);
        g_assert_cmpstr(text, ==, expected);
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_document_select("<a>", "//a", false, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_XML_DETAIL));
}

static void
test_rename(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = alj_document_rename(document, "a&b <c>", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==,
                    "<volume type=\"file\">\n"
                    "  <name>a&amp;b &lt;c&gt;</name>\n"
                    "  <target>\n"
                    "    <format type=\"raw\"/>\n"
                    "  </target>\n"
                    "</volume>");
    g_assert_null(alj_document_rename("<volume/>", "x", &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_XML_DETAIL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/document/select", test_select);
    g_test_add_func("/cli/document/refuse", test_refuse);
    g_test_add_func("/cli/document/rename", test_rename);
    return g_test_run();
}
