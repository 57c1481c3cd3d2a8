/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writer of documents: layout and escaping, nothing about what is written. Pure; any thread. */
#include "model/xml_out.h"

#include <stdarg.h>
#include <string.h>

void
alj_xml_out_init(AljXmlOut *out, unsigned indent)
{
    *out = (AljXmlOut) { .text = g_string_sized_new(512), .indent = indent };
}

static bool
is_xml_char(gunichar c)
{
    return c >= 0x20 ? c != 0xfffe && c != 0xffff && c < 0x110000 : c == '\t' || c == '\n' || c == '\r';
}

/*
 * What XML cannot carry should never come here; if it does, a replacement character is written, since a document
 * that no client can parse would take the whole answer with it. White space that a reader would change (CR anywhere,
 * LF and tab in attributes) is written as a reference.
 */
static void
append_escaped(GString *text, const char *from, bool is_attribute)
{
    while (*from) {
        gunichar c = g_utf8_get_char_validated(from, -1);
        bool is_good = c < 0x80000000u && is_xml_char(c);
        const char *next = c < 0x80000000u ? g_utf8_next_char(from) : from + 1;
        if (!is_good)
            g_string_append(text, "\xef\xbf\xbd");
        else if (c == '&')
            g_string_append(text, "&amp;");
        else if (c == '<')
            g_string_append(text, "&lt;");
        else if (c == '>')
            g_string_append(text, "&gt;");
        else if (c == '\'')
            g_string_append(text, "&apos;");
        else if (c == '"')
            g_string_append(text, "&quot;");
        else if (c == '\r' || (is_attribute && (c == '\n' || c == '\t')))
            g_string_append_printf(text, "&#%u;", c);
        else
            g_string_append_len(text, from, next - from);
        from = next;
    }
}

static void
start_line(AljXmlOut *out)
{
    for (unsigned i = 0; i < out->indent + 2 * out->depth; i++)
        g_string_append_c(out->text, ' ');
}

void
alj_xml_out_body(AljXmlOut *out)
{
    if (out->is_in_tag)
        g_string_append(out->text, ">\n");
    out->is_in_tag = false;
}

void
alj_xml_out_open(AljXmlOut *out, const char *name)
{
    g_assert(out->depth < ALJ_XML_OUT_DEPTH && !out->is_inline);
    alj_xml_out_body(out);
    start_line(out);
    g_string_append_printf(out->text, "<%s", name);
    out->open[out->depth++] = name;
    out->is_in_tag = true;
}

void
alj_xml_out_attr(AljXmlOut *out, const char *name, const char *value)
{
    g_assert(out->is_in_tag);
    if (!value)
        return;
    g_string_append_printf(out->text, " %s='", name);
    append_escaped(out->text, value, true);
    g_string_append_c(out->text, '\'');
}

void
alj_xml_out_attrf(AljXmlOut *out, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    alj_xml_out_attr(out, name, value);
}

void
alj_xml_out_text(AljXmlOut *out, const char *text)
{
    g_assert(out->is_in_tag);
    g_string_append_c(out->text, '>');
    append_escaped(out->text, text, false);
    out->is_in_tag = false;
    out->is_inline = true;
}

void
alj_xml_out_close(AljXmlOut *out)
{
    g_assert(out->depth > 0);
    const char *name = out->open[--out->depth];
    if (out->is_in_tag) {
        g_string_append(out->text, "/>\n");
    } else {
        if (!out->is_inline)
            start_line(out);
        g_string_append_printf(out->text, "</%s>\n", name);
    }
    out->is_in_tag = out->is_inline = false;
}

void
alj_xml_out_leaf(AljXmlOut *out, const char *name, const char *text)
{
    if (!text)
        return;
    alj_xml_out_open(out, name);
    alj_xml_out_text(out, text);
    alj_xml_out_close(out);
}

void
alj_xml_out_leaff(AljXmlOut *out, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    alj_xml_out_leaf(out, name, text);
}

void
alj_xml_out_bytes(AljXmlOut *out, const char *name, guint64 bytes)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, bytes);
    alj_xml_out_open(out, name);
    alj_xml_out_attr(out, "unit", "bytes");
    alj_xml_out_text(out, text);
    alj_xml_out_close(out);
}

char *
alj_xml_out_end(AljXmlOut *out)
{
    g_assert(out->depth == 0);
    return g_string_free(g_steal_pointer(&out->text), FALSE);
}
