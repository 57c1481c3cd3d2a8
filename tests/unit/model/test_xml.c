/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML reader against documents made to hurt, its messages, and the escaping of the writer. */
#include "base/error.h"
#include "model/xml.h"
#include "model/xml_out.h"
#include "model/xml_rows.h"

#include <string.h>

#define LABEL "storage_pool_definition"

static void
assert_refused(const char *text, gssize length, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(text, length, LABEL, &error);
    g_assert_null(doc);
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_XML_DETAIL);
    g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_STORAGE);
    g_autofree char *whole = g_strconcat("(" LABEL "):", message, NULL);
    g_assert_cmpstr(error->message, ==, whole);
}

/* Recorded from libvirt 9.0 (but for the first, where it prints "(null)" as the line). */
static void
test_malformed(void)
{
    assert_refused("", -1, "1: Document is empty\n\n^");
    assert_refused("   ", -1, "1: Start tag expected, '<' not found\n   \n---^");
    assert_refused("x", -1, "1: Start tag expected, '<' not found\nx\n^");
    assert_refused("<pool>", -1, "1: Premature end of data in tag pool line 1\n<pool>\n------^");
    assert_refused("<pool type='dir'>\n<name>p & q</name></pool>", -1,
                   "2: xmlParseEntityRef: no name\n<name>p & q</name></pool>\n---------^");
    assert_refused("\n\n<pool type='dir'>\n  <name>p</name>\n <bad>\n</pool>\n", -1,
                   "6: Opening and ending tag mismatch: bad line 5 and pool\n</pool>\n-------^");
    assert_refused("<pool type='dir' type='fs'/>", -1,
                   "1: Attribute type redefined\n<pool type='dir' type='fs'/>\n--------------------------^");
    assert_refused("<pool type=dir/>", -1, "1: AttValue: \" or ' expected\n<pool type=dir/>\n-----------^");
    assert_refused("<a/><b/>", -1, "1: Extra content at the end of the document\n<a/><b/>\n----^");
    assert_refused("<pool type='dir'>&foo;</pool>", -1,
                   "1: Entity 'foo' not defined\n<pool type='dir'>&foo;</pool>\n----------------------^");
    assert_refused("<pool type='dir'><name>p&#0;</name></pool>", -1,
                   "1: xmlParseCharRef: invalid xmlChar value 0\n<pool type='dir'><name>p&#0;</name></pool>\n"
                   "----------------------------^");
}

static void
test_doctype(void)
{
    static const char *const documents[] = {
        "<!DOCTYPE pool><pool/>",
        "<!DOCTYPE pool SYSTEM 'file:///etc/passwd'><pool/>",
        "<!DOCTYPE pool [<!ENTITY a 'x'>]><pool>&a;</pool>",
        "<!DOCTYPE pool [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><pool>&a;</pool>",
        "<!DOCTYPE pool [<!ENTITY % a SYSTEM 'http://127.0.0.1/'> %a;]><pool/>",
        "<!DOCTYPE p [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><p>&c;&c;&c;</p>",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(documents); i++)
        assert_refused(documents[i], -1, "1: document type declarations are not accepted");
}

/* @before, @times pieces, @after; a '#' in the piece becomes the number of the piece. */
static char *
repeat(const char *before, const char *piece, unsigned times, const char *after)
{
    GString *text = g_string_new(before);
    for (unsigned i = 0; i < times; i++) {
        g_autofree char *number = g_strdup_printf("%u", i);
        g_autoptr(GString) numbered = g_string_new(piece);
        g_string_replace(numbered, "#", number, 0);
        g_string_append(text, numbered->str);
    }
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

static void
test_sizes(void)
{
    g_autofree char *attributes = repeat("<pool", " a#=''", 50000, "/>");
    assert_refused(attributes, -1, "1: the document is longer than 256 KiB");
    g_autofree char *long_tag = repeat("<pool", " a#=''", 8000, "/>");
    assert_refused(long_tag, -1, "1: a tag is longer than 16 KiB");
    g_autofree char *elements = repeat("<pool>", "\n<a/>", 9000, "</pool>");
    assert_refused(elements, -1, "1: the document has too many elements, attributes or references");
    g_autofree char *references = repeat("<pool>", "&lt;", 9000, "</pool>");
    assert_refused(references, -1, "1: the document has too many elements, attributes or references");
    g_autofree char *open = repeat("", "<a>", 33, "");
    g_autofree char *close = repeat("", "</a>", 33, "");
    g_autofree char *deep = g_strconcat(open, "<b/>", close, NULL);
    assert_refused(deep, -1, "1: the document is nested too deeply or too large");
    g_autofree char *nodes = repeat("<pool>", "x<a/>\n", 6000, "</pool>");
    assert_refused(nodes, -1, "5000: the document is nested too deeply or too large");
    g_autofree char *many = repeat("<pool>", "<a/>", 8000, "</pool>");
    g_autoptr(GError) error = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(many, -1, LABEL, &error);
    g_assert_no_error(error);
}

static void
test_bytes(void)
{
    static const char with_nul[] = "<pool>\n\0</pool>";
    assert_refused(with_nul, sizeof with_nul - 1, "2: the document contains a NUL byte");
    assert_refused("<pool>\n\n\xff</pool>", -1, "3: Input is not proper UTF-8");
    assert_refused("<pool>\xc0\xaf</pool>", -1, "1: Input is not proper UTF-8");
    assert_refused("<pool>\x01</pool>", -1, "1: PCDATA invalid Char value 1\n<pool>\x01</pool>\n------^");
    assert_refused("<?xml version='1.0' encoding='latin1'?><pool/>", -1, "1: only documents in UTF-8 are accepted");
    assert_refused("<?xml version='1.0' encoding='UTF-16'?><pool/>", -1, "1: only documents in UTF-8 are accepted");
    g_autoptr(GError) error = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse("<?xml version='1.0' encoding='UTF-8'?><pool/>", -1, LABEL, &error);
    g_assert_no_error(error);
}

/* A line of any length is shown as a window, so that the message stays a message. */
static void
test_long_line(void)
{
    g_autofree char *text = repeat("<pool>", "xxxxxxxxxx", 2000, "& </pool>");
    g_autoptr(GError) error = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(text, -1, LABEL, &error);
    g_assert_null(doc);
    g_assert_true(g_str_has_prefix(error->message, "(" LABEL "):1: xmlParseEntityRef: no name\n"));
    g_assert_cmpuint(strlen(error->message), <, 2048);
    g_assert_true(g_str_has_suffix(error->message, "-^"));
}

static void
test_find(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(
        "<p a='1'><b><c d='&lt;'> x<!-- y --><![CDATA[<z>]]></c></b><e/><e/><f><g/></f><n:h xmlns:n='urn:n'/></p>", -1,
        LABEL, &error);
    g_assert_no_error(error);
    const AljXmlNode *root = alj_xml_doc_root(doc, "p", &error);
    const AljXmlNode *node = NULL;
    static const struct {
        const char *path, *value;
    } rows[] = {
        { "@a", "1" }, { "b/c", " x<z>" }, { "b/c/@d", "<" }, { "b/x", NULL }, { "x/@y", NULL }, { "b/c/@x", NULL },
        { "h", NULL }, /* in another namespace */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *value = NULL;
        g_assert_true(alj_xml_read(root, rows[i].path, &value, &error));
        g_assert_cmpstr(value, ==, rows[i].value);
    }
    g_assert_false(alj_xml_find(root, "e", &node, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_XML);
    g_assert_cmpstr(error->message, ==, "element 'e' occurs more than once in 'p'");
    g_clear_error(&error);
    g_autofree char *value = NULL;
    g_assert_false(alj_xml_read(root, "f", &value, &error));
    g_assert_cmpstr(error->message, ==, "element 'f' holds 'g' where text is expected");
    g_assert_nonnull(alj_xml_first(root, "urn:n", "h"));
    g_assert_nonnull(alj_xml_next(alj_xml_first(root, NULL, "e")));
}

static void
test_root(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse("<volume/>", -1, LABEL, &error);
    g_assert_null(alj_xml_doc_root(doc, "pool", &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_XML);
    g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_XML);
    g_assert_cmpstr(error->message, ==, "expecting root element of 'pool', not 'volume'");
    g_clear_error(&error);
    g_autoptr(AljXmlDoc) foreign = alj_xml_doc_parse("<pool xmlns='urn:x'/>", -1, LABEL, &error);
    g_assert_null(alj_xml_doc_root(foreign, "pool", &error));
    g_assert_cmpstr(error->message, ==, "expecting root element of 'pool', not 'urn:x:pool'");
}

static void
test_write(void)
{
    AljXmlOut out;
    alj_xml_out_init(&out, 2);
    alj_xml_out_open(&out, "a");
    alj_xml_out_attr(&out, "x", "&<>'\"\r\n\t\xc3\xa9");
    alj_xml_out_attr(&out, "absent", NULL);
    alj_xml_out_leaf(&out, "b", "&<>'\"\r\n\t\xc3\xa9");
    alj_xml_out_leaf(&out, "c", "bad \xff \x01 \xef\xbf\xbe");
    alj_xml_out_leaf(&out, "absent", NULL);
    alj_xml_out_open(&out, "d");
    alj_xml_out_body(&out);
    alj_xml_out_close(&out);
    alj_xml_out_open(&out, "e");
    alj_xml_out_close(&out);
    alj_xml_out_close(&out);
    g_autofree char *text = alj_xml_out_end(&out);
    g_assert_cmpstr(text, ==,
                    "  <a x='&amp;&lt;&gt;&apos;&quot;&#13;&#10;&#9;\xc3\xa9'>\n"
                    "    <b>&amp;&lt;&gt;&apos;&quot;&#13;\n\t\xc3\xa9</b>\n"
                    "    <c>bad \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd</c>\n"
                    "    <d>\n"
                    "    </d>\n"
                    "    <e/>\n"
                    "  </a>\n");
}

static void
test_number(void)
{
    guint64 value = 77;
    static const struct {
        const char *text;
        unsigned base;
        guint64 value;
    } good[] = {
        { "18446744073709551615", 10, G_MAXUINT64 }, { "010", 10, 10 }, { "0", 10, 0 }, { " \n+7", 10, 7 },
        { "0777", 8, 0777 },  { "0x1f", 0, 31 },     { "0X1F", 0, 31 }, { "010", 0, 8 }, { "0", 0, 0 }, { "10", 0, 10 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_true(alj_xml_number(good[i].text, good[i].base, G_MAXUINT64, &value));
        g_assert_cmpuint(value, ==, good[i].value);
    }
    static const char *const bad[] = { "",   " ",   "+",    "-1", "++1", "+ 1", "1 ", "1.0", "0x10", "18446744073709551616",
                                       "32", "1e1", "\xc2\xb9" };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(alj_xml_number(bad[i], 10, 31, &value));
    static const char *const bad_c[] = { "0x", "08", "0xg", "-0x1", "x1", "" };
    for (gsize i = 0; i < G_N_ELEMENTS(bad_c); i++)
        g_assert_false(alj_xml_number(bad_c[i], 0, G_MAXUINT64, &value));
    g_assert_cmpuint(value, ==, 10);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/xml/malformed", test_malformed);
    g_test_add_func("/model/xml/doctype", test_doctype);
    g_test_add_func("/model/xml/sizes", test_sizes);
    g_test_add_func("/model/xml/bytes", test_bytes);
    g_test_add_func("/model/xml/long-line", test_long_line);
    g_test_add_func("/model/xml/find", test_find);
    g_test_add_func("/model/xml/root", test_root);
    g_test_add_func("/model/xml/write", test_write);
    g_test_add_func("/model/xml/number", test_number);
    return g_test_run();
}
