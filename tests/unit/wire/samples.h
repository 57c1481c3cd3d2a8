/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes for every table, made from its rows, and the tables themselves. Shared by the tests of this folder. */
#pragma once

#include "wire/procedures.h"

/** SampleTable: the fields of one struct and its size in memory. */
typedef struct SampleTable {
    const char *name;
    const AljXdrField *fields;
    size_t size;
} SampleTable;

/** sample_tables: arguments and results of every procedure, errors and holes. (transfer full) of SampleTable */
GArray *sample_tables(void);

/** sample_bytes: appends a valid encoding of @fields: strings of 1 to 9 bytes, arrays of @n_items, options present. */
void sample_bytes(const AljXdrField *fields, unsigned n_items, GByteArray *out);

/** sample_hex: the bytes that @hex (blanks allowed) spells. (transfer full) */
GByteArray *sample_hex(const char *hex);
