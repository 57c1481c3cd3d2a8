/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading documents that strangers wrote. libxml2 is behind this header and nowhere else. What comes out of
 * alj_xml_doc_parse() is bounded in size, depth and count, has no document type and no entities; callers only
 * look up elements by path. An element that a path names may occur once: two readers that take different
 * occurrences of <path> are how documents lie.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct AljXmlDoc AljXmlDoc;
typedef struct AljXmlNode AljXmlNode; /* an element; borrowed from its document */

/**
 * alj_xml_doc_parse:
 * @text: the document, @length bytes, or -1 if NUL-terminated
 * @label: what messages call it, "storage_pool_definition"; static
 * Parses and checks against limits on size, depth and counts. Errors: XML_DETAIL "(LABEL):LINE: REASON" with the
 * line and a caret below where the parser has a position. Any thread.
 */
AljXmlDoc *alj_xml_doc_parse(const char *text, gssize length, const char *label, GError **error);
void alj_xml_doc_free(AljXmlDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljXmlDoc, alj_xml_doc_free)

/** alj_xml_doc_root: the root if it is @name without namespace. Errors: XML (area XML). */
const AljXmlNode *alj_xml_doc_root(const AljXmlDoc *doc, const char *name, GError **error);

/**
 * alj_xml_find:
 * @path: element names from @parent down, "features/cow"; none of them in a namespace
 * @ret: the element, or NULL if there is none
 * Errors: XML if an element on the way occurs twice.
 */
bool alj_xml_find(const AljXmlNode *parent, const char *path, const AljXmlNode **ret, GError **error);

/**
 * alj_xml_read:
 * @path: like alj_xml_find(), maybe ending in an attribute: "host/@name", "@type", "target/path"
 * @ret: text of the element or value of the attribute (transfer full); NULL if there is none
 * Errors: XML if an element occurs twice or holds elements where text is wanted.
 */
bool alj_xml_read(const AljXmlNode *parent, const char *path, char **ret, GError **error);

/** alj_xml_first: first child element @name in namespace @ns (NULL: in none), or NULL. For elements that repeat. */
const AljXmlNode *alj_xml_first(const AljXmlNode *parent, const char *ns, const char *name);

/** alj_xml_next: next sibling of the same name and namespace, or NULL. */
const AljXmlNode *alj_xml_next(const AljXmlNode *node);

/** alj_xml_first_any, alj_xml_next_any: the same over all child elements without namespace. */
const AljXmlNode *alj_xml_first_any(const AljXmlNode *parent);
const AljXmlNode *alj_xml_next_any(const AljXmlNode *node);

/** alj_xml_name: name of the element; lives as long as the document. */
const char *alj_xml_name(const AljXmlNode *node);

/**
 * alj_xml_fail_value:
 * Sets the error for a value that an attribute may not have: "Invalid value for attribute 'A' in element 'E':
 * 'V'.@hint" (area XML). @path ends in "@A"; E is the element in front, or @node. Returns: always false.
 */
bool alj_xml_fail_value(GError **error, const AljXmlNode *node, const char *path, const char *value, const char *hint);

/**
 * alj_xml_validate:
 * Parses @text like alj_xml_doc_parse() and checks it against the RELAX NG schema in @schema_path. Errors: those
 * of parsing, SYSTEM or INTERNAL if the schema cannot be loaded, XML_SCHEMA (area XML) with the first reason.
 */
bool alj_xml_validate(const char *text, const char *label, const char *schema_path, GError **error);
