/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables on a terminal (layout: virsh's). Widths are those of the locale, because names may be in
 * any script. Pure but for the locale. */
#include "cli/table.h"

#include "base/units.h"

#include <glib/gi18n.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

struct AljTable {
    guint n_columns;
    GPtrArray *cells; /* of char *, row by row, the header first */
    GArray *widths;   /* of guint, one per cell */
};

/* Makes @text printable and tells its width in columns. */
static char *
escape_cell(const char *text, guint *ret_width)
{
    GString *out = g_string_new(NULL);
    mbstate_t state = { 0 };
    gsize left = strlen(text);
    *ret_width = 0;
    while (left > 0) {
        wchar_t wide = 0;
        gsize size = mbrtowc(&wide, text, left, &state);
        bool is_bad = size == (gsize) -1 || size == (gsize) -2 || size == 0;
        /* "\x" in a name must not look like one of our escapes */
        if (is_bad || !iswprint((wint_t) wide) || (wide == L'\\' && text[1] == 'x')) {
            size = is_bad ? 1 : size;
            for (gsize i = 0; i < size; i++)
                g_string_append_printf(out, "\\x%02x", (unsigned char) text[i]);
            *ret_width += 4 * (guint) size;
            memset(&state, 0, sizeof(state));
        } else {
            int columns = wcwidth(wide);
            g_string_append_len(out, text, (gssize) size);
            *ret_width += columns > 0 ? (guint) columns : 0;
        }
        text += size;
        left -= size;
    }
    return g_string_free(out, FALSE);
}

int
alj_text_columns(const char *text)
{
    guint width = 0;
    g_autofree char *escaped = escape_cell(text, &width);
    return (int) width;
}

static void
add_cell(AljTable *table, const char *text)
{
    guint width = 0;
    g_ptr_array_add(table->cells, escape_cell(text, &width));
    g_array_append_val(table->widths, width);
}

AljTable *
alj_table_new(const char *const *header)
{
    AljTable *table = g_new0(AljTable, 1);
    table->n_columns = g_strv_length((char **) header);
    table->cells = g_ptr_array_new_with_free_func(g_free);
    table->widths = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < table->n_columns; i++)
        add_cell(table, gettext(header[i]));
    return table;
}

void
alj_table_free(AljTable *table)
{
    if (!table)
        return;
    g_ptr_array_unref(table->cells);
    g_array_unref(table->widths);
    g_free(table);
}

void
alj_table_add(AljTable *table, const char *const *cells)
{
    for (guint i = 0; i < table->n_columns; i++)
        add_cell(table, cells[i]);
}

static guint
column_width(const AljTable *table, guint column, guint first)
{
    guint widest = 0;
    for (guint i = first + column; i < table->widths->len; i += table->n_columns)
        widest = MAX(widest, g_array_index(table->widths, guint, i));
    return widest;
}

static void
append_fill(GString *text, char c, guint n)
{
    for (guint i = 0; i < n; i++)
        g_string_append_c(text, c);
}

char *
alj_table_format(const AljTable *table, gboolean header)
{
    GString *text = g_string_new(NULL);
    g_autofree guint *columns = g_new0(guint, table->n_columns);
    guint rule = 0, first = header ? 0 : table->n_columns;
    for (guint i = 0; i < table->n_columns; i++) {
        columns[i] = column_width(table, i, first);
        rule += columns[i] + 3;
    }
    for (guint i = first; i < table->cells->len; i++) {
        guint column = i % table->n_columns;
        g_string_append_printf(text, " %s", (const char *) g_ptr_array_index(table->cells, i));
        if (column + 1 < table->n_columns) {
            append_fill(text, ' ', columns[column] - g_array_index(table->widths, guint, i) + 2);
            continue;
        }
        g_string_append_c(text, '\n');
        if (i + 1 == table->n_columns) {
            append_fill(text, '-', rule);
            g_string_append_c(text, '\n');
        }
    }
    return g_string_free(text, FALSE);
}

char *
alj_size_text(uint64_t bytes)
{
    double value = 0;
    const char *unit = alj_size_human(bytes, &value);
    return g_strdup_printf("%.2f %s", value, unit);
}
