/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents that came from the server. The only file of the command that knows libxml2; no network, no
 * entities, no messages of the library on standard error. */
#include "cli/document.h"

#include "base/error.h"

#include <glib/gi18n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathObject, xmlXPathFreeObject)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlBuffer, xmlBufferFree)

static void
ignore_message(void *data, xmlErrorPtr error)
{
}

static xmlDoc *
read_document(const char *xml, int options, GError **error)
{
    xmlSetStructuredErrorFunc(NULL, (xmlStructuredErrorFunc) ignore_message);
    size_t length = strlen(xml);
    xmlDoc *doc =
        length > G_MAXINT ? NULL : xmlReadMemory(xml, (int) length, NULL, NULL, XML_PARSE_NONET | options);
    if (!doc)
        (void) alj_fail(error, ALJ_ERROR_XML_DETAIL, _("the server sent a document that is not well formed"));
    return doc;
}

/* Appends @node as text. A part of a document keeps the namespaces it needs only with its document at
 * hand. */
static void
append_node(GString *text, xmlDoc *doc, xmlNode *node)
{
    g_autoptr(xmlBuffer) buffer = xmlBufferCreate();
    if (xmlNodeDump(buffer, doc, node, 0, 1) >= 0)
        g_string_append(text, (const char *) xmlBufferContent(buffer));
    g_string_append_c(text, '\n');
}

static void
append_wrapped(GString *text, xmlDoc *doc, const xmlNodeSet *nodes)
{
    g_autoptr(xmlDoc) wrapped = xmlNewDoc((const xmlChar *) "1.0");
    xmlNode *root = xmlNewNode(NULL, (const xmlChar *) "nodes");
    xmlDocSetRootElement(wrapped, root);
    for (int i = 0; nodes && i < nodes->nodeNr; i++) {
        xmlNode *node = nodes->nodeTab[i];
        if (node->type == XML_DOCUMENT_NODE)
            node = xmlDocGetRootElement(doc);
        if (node->type == XML_ATTRIBUTE_NODE) {
            xmlChar *value = xmlNodeGetContent(node);
            (void) xmlSetProp(root, node->name, value);
            xmlFree(value);
        } else if (node->type != XML_NAMESPACE_DECL) { /* which is no node: a structure of another shape */
            xmlAddChild(root, xmlDocCopyNode(node, wrapped, 1));
        }
    }
    append_node(text, wrapped, root);
}

char *
alj_document_select(const char *xml, const char *xpath, bool wrap, GError **error)
{
    g_autoptr(xmlDoc) doc =
        read_document(xml, XML_PARSE_NOBLANKS, error); /* so that parts are indented as parts */
    if (!doc)
        return NULL;
    g_autoptr(xmlXPathContext) context = xmlXPathNewContext(doc);
    g_autoptr(xmlXPathObject) result = xmlXPathEval((const xmlChar *) xpath, context);
    if (!result || result->type != XPATH_NODESET) {
        (void) alj_fail(error, ALJ_ERROR_INTERNAL, _("Incorrect xpath '%s'"), xpath);
        return NULL;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    const xmlNodeSet *nodes = result->nodesetval;
    if (wrap)
        append_wrapped(text, doc, nodes);
    for (int i = 0; !wrap && nodes && i < nodes->nodeNr; i++)
        append_node(text, doc, nodes->nodeTab[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *
alj_document_rename(const char *xml, const char *name, GError **error)
{
    g_autoptr(xmlDoc) doc = read_document(xml, 0, error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    xmlNode *node = root ? xmlFirstElementChild(root) : NULL;
    while (node && strcmp((const char *) node->name, "name") != 0)
        node = xmlNextElementSibling(node);
    if (!doc)
        return NULL;
    if (!node) {
        (void) alj_fail(error, ALJ_ERROR_XML_DETAIL, _("the document of the volume has no name"));
        return NULL;
    }
    xmlNodeSetContent(node, NULL);
    xmlNodeAddContent(node, (const xmlChar *) name); /* this one escapes */
    g_autoptr(xmlBuffer) buffer = xmlBufferCreate();
    if (xmlNodeDump(buffer, doc, root, 0, 1) < 0) {
        (void) alj_fail(error, ALJ_ERROR_NO_MEMORY, _("the document of the volume"));
        return NULL;
    }
    return g_strdup((const char *) xmlBufferContent(buffer));
}
