/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables on a terminal, and sizes for people. */
#pragma once

#include <glib.h>
#include <stdint.h>

/** AljTable: rows of text cells under a header. */
typedef struct AljTable AljTable;

/** alj_table_new: @header, marked with N_(), ends with NULL and says how many columns there are. */
AljTable *alj_table_new(const char *const *header);
void alj_table_free(AljTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljTable, alj_table_free)

/** alj_table_add: one row; as many cells as the header has, ended by NULL. Copied. */
void alj_table_add(AljTable *table, const char *const *cells);

/**
 * alj_table_format:
 * Every column as wide as its widest cell in terminal columns of the locale; bytes that cannot be printed
 * become \xHH.
 * @header: whether header and rule are printed; if not, the header does not widen the columns either.
 * Returns: the lines (transfer full).
 */
char *alj_table_format(const AljTable *table, gboolean header);

/** alj_text_columns: how many terminal columns @text takes in a table. */
int alj_text_columns(const char *text);

/** alj_size_text: "1.46 MiB" with the decimal separator of the locale. (transfer full) */
char *alj_size_text(uint64_t bytes);
