/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents written from arguments: indented, everything that came from outside escaped. */
#pragma once

#include <glib.h>

/** AljXml: a document under construction. */
typedef struct AljXml {
    GString *text;
    guint depth;
} AljXml;

void alj_xml_init(AljXml *xml);
/** alj_xml_steal: the document so far. (transfer full) */
char *alj_xml_steal(AljXml *xml);

/**
 * alj_xml_open, alj_xml_empty:
 * A start tag, or an element without content. Then pairs of attribute name and value, ended by NULL; an
 * attribute whose value is NULL is
 * left out.
 */
void alj_xml_open(AljXml *xml, const char *name, ...) G_GNUC_NULL_TERMINATED;
void alj_xml_empty(AljXml *xml, const char *name, ...) G_GNUC_NULL_TERMINATED;
/** alj_xml_leaf: an element with @text in it; nothing if @text is NULL. */
void alj_xml_leaf(AljXml *xml, const char *name, const char *text);
void alj_xml_close(AljXml *xml, const char *name);
