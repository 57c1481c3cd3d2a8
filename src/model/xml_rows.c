/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interpreter of the row tables: what one row means for parsing, writing, freeing and comparing. Pure. */
#include "model/xml_rows.h"

#include <stdint.h>
#include <string.h>

static char **
text_at(const void *object, const AljXmlRow *row)
{
    return (char **) ((char *) (uintptr_t) object + row->offset);
}

static int *
yes_no_at(const void *object, const AljXmlRow *row)
{
    return (int *) ((char *) (uintptr_t) object + row->offset);
}

static unsigned *
number_at(const void *object, const AljXmlRow *row)
{
    return (unsigned *) ((char *) (uintptr_t) object + row->offset);
}

/* The base that C reads @text in. @text moves behind what said so. */
static unsigned
find_base(const char **text)
{
    if ((*text)[0] != '0' || !(*text)[1])
        return 10;
    bool is_hex = (*text)[1] == 'x' || (*text)[1] == 'X';
    *text += is_hex ? 2 : 1;
    return is_hex ? 16 : 8;
}

bool
alj_xml_number(const char *text, unsigned base, guint64 max, guint64 *ret)
{
    guint64 value = 0;
    while (g_ascii_isspace(*text))
        text++;
    text += *text == '+';
    if (base == 0)
        base = find_base(&text);
    if (!*text)
        return false;
    for (; *text; text++) {
        int digit = g_ascii_xdigit_value(*text);
        if (digit < 0 || (unsigned) digit >= base || __builtin_mul_overflow(value, (guint64) base, &value) ||
            __builtin_add_overflow(value, (guint64) digit, &value))
            return false;
    }
    if (value > max)
        return false;
    *ret = value;
    return true;
}

void
alj_xml_rows_init(const AljXmlRow *rows, void *object)
{
    for (const AljXmlRow *row = rows; row->kind; row++) {
        if (row->kind == ALJ_XML_KIND_YES_NO)
            *yes_no_at(object, row) = -1;
    }
}

static bool
parse_value(const AljXmlRow *row, const AljXmlNode *node, char **value, void *object, GError **error)
{
    guint64 number = 0;
    switch (row->kind) {
    case ALJ_XML_KIND_TEXT:
        g_free(*text_at(object, row));
        *text_at(object, row) = **value ? g_steal_pointer(value) : NULL;
        return true;
    case ALJ_XML_KIND_YES_NO:
        if (strcmp(*value, "yes") != 0 && strcmp(*value, "no") != 0)
            return alj_xml_fail_value(error, node, row->path, *value, "");
        *yes_no_at(object, row) = !strcmp(*value, "yes");
        return true;
    case ALJ_XML_KIND_NUMBER:
        if (!alj_xml_number(*value, 10, row->max, &number) || number == 0)
            return alj_xml_fail_value(error, node, row->path, *value, row->hint);
        *number_at(object, row) = (unsigned) number;
        return true;
    }
    return true;
}

bool
alj_xml_rows_parse(const AljXmlRow *rows, const AljXmlNode *node, void *object, GError **error)
{
    for (const AljXmlRow *row = rows; row->kind; row++) {
        g_autofree char *value = NULL;
        if (!alj_xml_read(node, row->path, &value, error))
            return false;
        if (value && !parse_value(row, node, &value, object, error))
            return false;
    }
    return true;
}

/* The text of a member, or NULL if it is absent. @buffer holds numbers. */
static const char *
value_of(const AljXmlRow *row, const void *object, char buffer[static 16])
{
    switch (row->kind) {
    case ALJ_XML_KIND_TEXT:
        return *text_at(object, row);
    case ALJ_XML_KIND_YES_NO:
        return *yes_no_at(object, row) < 0 ? NULL : *yes_no_at(object, row) ? "yes" : "no";
    case ALJ_XML_KIND_NUMBER:
        g_snprintf(buffer, 16, "%u", *number_at(object, row));
        return *number_at(object, row) ? buffer : NULL;
    }
    return NULL;
}

static void
format_below(const char *path, const char *value, AljXmlOut *out)
{
    const char *slash = strchr(path, '/');
    if (*path == '@') {
        alj_xml_out_attr(out, path + 1, value);
    } else if (!slash) {
        alj_xml_out_leaf(out, path, value);
    } else {
        g_autofree char *name = g_strndup(path, (gsize) (slash - path));
        alj_xml_out_open(out, name);
        format_below(slash + 1, value, out);
        alj_xml_out_close(out);
    }
}

void
alj_xml_row_format(const AljXmlRow *row, const void *object, AljXmlOut *out)
{
    char buffer[16];
    const char *value = value_of(row, object, buffer);
    if (value)
        format_below(row->path, value, out);
}

void
alj_xml_rows_format(const AljXmlRow *rows, const void *object, AljXmlOut *out)
{
    for (const AljXmlRow *row = rows; row->kind; row++)
        alj_xml_row_format(row, object, out);
}

void
alj_xml_rows_clear(const AljXmlRow *rows, void *object)
{
    for (const AljXmlRow *row = rows; row->kind; row++) {
        if (row->kind == ALJ_XML_KIND_TEXT)
            g_clear_pointer(text_at(object, row), g_free);
    }
}

bool
alj_xml_rows_equal(const AljXmlRow *rows, const void *a, const void *b)
{
    for (const AljXmlRow *row = rows; row->kind; row++) {
        char first[16], second[16];
        if (g_strcmp0(value_of(row, a, first), value_of(row, b, second)) != 0)
            return false;
    }
    return true;
}

void
alj_xml_rows_copy(const AljXmlRow *rows, const void *from, void *to)
{
    for (const AljXmlRow *row = rows; row->kind; row++) {
        if (row->kind == ALJ_XML_KIND_TEXT)
            *text_at(to, row) = g_strdup(*text_at(from, row));
        else
            memcpy(number_at(to, row), number_at(from, row), sizeof(unsigned));
    }
}
