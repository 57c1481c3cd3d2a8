/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes documents in the layout virsh prints them in: two blanks per level, attributes in single quotes.
 * Pure. */
#include "cli/xml_build.h"

#include <stdarg.h>

void
alj_xml_init(AljXml *xml)
{
    xml->text = g_string_new(NULL);
    xml->depth = 0;
}

char *
alj_xml_steal(AljXml *xml)
{
    return g_string_free(g_steal_pointer(&xml->text), FALSE);
}

/* Bytewise, because arguments need not be UTF-8; the server judges that. */
static void
append_escaped(GString *text, const char *value)
{
    for (; *value; value++) {
        switch (*value) {
        case '&':
            g_string_append(text, "&amp;");
            break;
        case '<':
            g_string_append(text, "&lt;");
            break;
        case '>':
            g_string_append(text, "&gt;");
            break;
        case '\'':
            g_string_append(text, "&apos;");
            break;
        case '"':
            g_string_append(text, "&quot;");
            break;
        case '\t':
        case '\n':
        case '\r': /* plain ones would become blanks in an attribute */
            g_string_append_printf(text, "&#%d;", *value);
            break;
        default:
            g_string_append_c(text, *value);
        }
    }
}

static void
append_indent(AljXml *xml)
{
    for (guint i = 0; i < xml->depth; i++)
        g_string_append(xml->text, "  ");
}

static void
append_tag(AljXml *xml, const char *name, va_list attributes)
{
    append_indent(xml);
    g_string_append_printf(xml->text, "<%s", name);
    for (const char *attribute; (attribute = va_arg(attributes, const char *)) != NULL;) {
        const char *value = va_arg(attributes, const char *);
        if (!value)
            continue;
        g_string_append_printf(xml->text, " %s='", attribute);
        append_escaped(xml->text, value);
        g_string_append_c(xml->text, '\'');
    }
}

void
alj_xml_open(AljXml *xml, const char *name, ...)
{
    va_list attributes;
    va_start(attributes, name);
    append_tag(xml, name, attributes);
    va_end(attributes);
    g_string_append(xml->text, ">\n");
    xml->depth++;
}

void
alj_xml_empty(AljXml *xml, const char *name, ...)
{
    va_list attributes;
    va_start(attributes, name);
    append_tag(xml, name, attributes);
    va_end(attributes);
    g_string_append(xml->text, "/>\n");
}

void
alj_xml_leaf(AljXml *xml, const char *name, const char *text)
{
    if (!text)
        return;
    append_indent(xml);
    g_string_append_printf(xml->text, "<%s>", name);
    append_escaped(xml->text, text);
    g_string_append_printf(xml->text, "</%s>\n", name);
}

void
alj_xml_close(AljXml *xml, const char *name)
{
    xml->depth--;
    append_indent(xml);
    g_string_append_printf(xml->text, "</%s>\n", name);
}
