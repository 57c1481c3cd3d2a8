/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents that came from the server: parts of them, and changes to them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * alj_document_select:
 * @xpath: expression that yields nodes
 * @wrap: put them into one <nodes> element
 * Errors: INTERNAL "Incorrect xpath 'X'" if it yields anything else; XML_DETAIL for a document that cannot be
 * read.
 * Returns: the nodes, one per line (transfer full).
 */
char *alj_document_select(const char *xml, const char *xpath, bool wrap, GError **error);

/** alj_document_rename: the volume document @xml with @name in /volume/name. Errors: XML_DETAIL. (transfer
 * full) */
char *alj_document_rename(const char *xml, const char *name, GError **error);
