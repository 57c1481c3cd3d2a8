/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables for leaf elements and attributes: one row parses, formats, frees, copies and compares a member. Rules that
 * span members are code beside the table; a kind that would be used once is code too.
 */
#pragma once

#include "model/xml.h"
#include "model/xml_out.h"

#include <stddef.h>

typedef enum AljXmlKind {
    ALJ_XML_KIND_TEXT = 1, /* char *: NULL if absent; an empty text counts as absent */
    ALJ_XML_KIND_YES_NO,   /* int: -1 absent, 0 no, 1 yes; attributes only */
    ALJ_XML_KIND_NUMBER,   /* unsigned: 0 absent, else 1 to .max; attributes only */
} AljXmlKind;

typedef struct AljXmlRow {
    AljXmlKind kind;
    size_t offset;    /* of the member */
    const char *path; /* see alj_xml_read(); at most one element in front of the leaf's own */
    unsigned max;     /* NUMBER */
    const char *hint; /* NUMBER: what the message about a bad value says is expected */
} AljXmlRow;

/** ALJ_XML: a row in a table that ends with { 0 }. */
#define ALJ_XML(row_kind, type, member, row_path, ...)                                                                 \
    { .kind = ALJ_XML_KIND_##row_kind, .offset = offsetof(type, member), .path = (row_path), __VA_ARGS__ }

/** alj_xml_rows_init: sets what "absent" is not all zero for. @object is zeroed memory. */
void alj_xml_rows_init(const AljXmlRow *rows, void *object);

/** alj_xml_rows_parse: reads every row below @node into @object. Errors: those of alj_xml_read(), XML (area XML). */
bool alj_xml_rows_parse(const AljXmlRow *rows, const AljXmlNode *node, void *object, GError **error);

/** alj_xml_row_format: writes one row if its member is present. Attributes of the open element itself work too. */
void alj_xml_row_format(const AljXmlRow *row, const void *object, AljXmlOut *out);
void alj_xml_rows_format(const AljXmlRow *rows, const void *object, AljXmlOut *out);

void alj_xml_rows_clear(const AljXmlRow *rows, void *object);
bool alj_xml_rows_equal(const AljXmlRow *rows, const void *a, const void *b);

/** alj_xml_rows_copy: @to is zeroed or cleared. */
void alj_xml_rows_copy(const AljXmlRow *rows, const void *from, void *to);

/**
 * alj_xml_number:
 * @base: 8, 10, or 0 for the notation of C: "0x" in front of hexadecimal digits, "0" in front of octal ones
 * The number that is the whole text; blanks and one "+" may stand in front of it, as documents have always been read.
 * Returns: false if it is anything else or above @max.
 */
bool alj_xml_number(const char *text, unsigned base, guint64 max, guint64 *ret);
