/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing documents in the layout that clients compare byte by byte: two spaces a level, single quotes, "<x/>" for
 * an element without content. One function escapes, so that no caller can forget it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define ALJ_XML_OUT_DEPTH 24 /* a volume, its longest chain of backing stores, and what stands in the last of them */

/** AljXmlOut: a document in the making. Initialise with alj_xml_out_init(), finish with alj_xml_out_end(). */
typedef struct AljXmlOut {
    GString *text;
    unsigned indent;                     /* spaces in front of depth 0 */
    unsigned depth;
    const char *open[ALJ_XML_OUT_DEPTH]; /* names of the open elements; static or outliving the writer */
    bool is_in_tag;                      /* the start tag has no '>' yet */
    bool is_inline;                      /* text was written: the end tag goes on the same line */
} AljXmlOut;

void alj_xml_out_init(AljXmlOut *out, unsigned indent);

/** alj_xml_out_open: begins element @name on a line of its own. */
void alj_xml_out_open(AljXmlOut *out, const char *name);

/** alj_xml_out_attr: adds an attribute to the element just opened; nothing if @value is NULL. */
void alj_xml_out_attr(AljXmlOut *out, const char *name, const char *value);
void alj_xml_out_attrf(AljXmlOut *out, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** alj_xml_out_text: writes the content of an element that has no children. */
void alj_xml_out_text(AljXmlOut *out, const char *text);

/** alj_xml_out_body: makes the element take two lines even if nothing follows. */
void alj_xml_out_body(AljXmlOut *out);

void alj_xml_out_close(AljXmlOut *out);

/** alj_xml_out_leaf: <name>text</name>; nothing if @text is NULL. */
void alj_xml_out_leaf(AljXmlOut *out, const char *name, const char *text);
void alj_xml_out_leaff(AljXmlOut *out, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** alj_xml_out_bytes: <name unit='bytes'>N</name>. */
void alj_xml_out_bytes(AljXmlOut *out, const char *name, guint64 bytes);

/** alj_xml_out_end: the finished document with a final newline (transfer full); @out is empty afterwards. */
char *alj_xml_out_end(AljXmlOut *out);
