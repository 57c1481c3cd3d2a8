/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libxml2, kept on a short leash: cheap checks before it sees a byte (they keep its quadratic cases out), no
 * network, no document type, no entities, and limits on what it returns. Owns the library's one-time set-up.
 * Any thread; documents are not shared between threads.
 */
#include "model/xml.h"

#include "base/error.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <pthread.h>
#include <string.h>

#define DOCUMENT_MAX (256 * 1024)
#define MARKS_MAX 8192 /* of each of '<', '=', '&' */
#define TAG_MAX (16 * 1024)
#define DEPTH_MAX 32
#define NODES_MAX 10000
#define CONTEXT_MAX 512 /* bytes of the offending line shown on either side of the caret */
#define SCHEMA_MAX (1024 * 1024)

struct AljXmlDoc {
    xmlDoc *doc;
};

/* What the callbacks of one parser run leave behind. */
typedef struct Run {
    const char *label;
    const char *text;
    gsize length;
    bool has_doctype;
    GError *error; /* the first one */
} Run;

static xmlParserInput *
refuse_external(const char *url, const char *id, xmlParserCtxt *context)
{
    (void) url;
    (void) id;
    (void) context;
    return NULL;
}

static void
init_library(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(refuse_external);
}

static void
init_library_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void) pthread_once(&once, init_library); /* fails for a bad control only */
}

static unsigned
line_of(const char *text, gsize offset)
{
    unsigned line = 1;
    for (gsize i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static bool
fail_at(GError **error, const Run *run, gsize offset, const char *reason)
{
    return alj_fail(error, ALJ_ERROR_XML_DETAIL, "(%s):%u: %s", run->label, line_of(run->text, offset), reason);
}

/* A declared encoding must be what the content is taken for. */
static bool
check_declaration(const Run *run, GError **error)
{
    if (run->length < 5 || memcmp(run->text, "<?xml", 5) != 0)
        return true;
    const char *end = g_strstr_len(run->text, (gssize) run->length, "?>");
    const char *encoding = end ? g_strstr_len(run->text, end - run->text, "encoding") : NULL;
    const char *value = encoding;
    while (value && value < end && *value != '\'' && *value != '"')
        value++;
    if (!value || value == end)
        return true; /* none, or malformed: the parser says it better */
    value++;
    if (!g_ascii_strncasecmp(value, "utf-8", 5) || !g_ascii_strncasecmp(value, "us-ascii", 8))
        return true;
    return fail_at(error, run, 0, "only documents in UTF-8 are accepted");
}

static bool
check_text(const Run *run, GError **error)
{
    unsigned tags = 0, equals = 0, references = 0;
    const char *bad = NULL;
    gsize tag_start = 0;
    bool in_tag = false;
    if (run->length > DOCUMENT_MAX)
        return fail_at(error, run, 0, "the document is longer than 256 KiB");
    if (memchr(run->text, '\0', run->length))
        return fail_at(error, run, strlen(run->text), "the document contains a NUL byte");
    if (!g_utf8_validate(run->text, (gssize) run->length, &bad))
        return fail_at(error, run, (gsize) (bad - run->text), "Input is not proper UTF-8");
    for (gsize i = 0; i < run->length; i++) {
        char c = run->text[i];
        tags += c == '<';
        equals += c == '=';
        references += c == '&';
        if (c == '<' && !in_tag)
            tag_start = i;
        in_tag = c == '<' || (in_tag && c != '>');
        if (in_tag && i - tag_start > TAG_MAX)
            return fail_at(error, run, tag_start, "a tag is longer than 16 KiB");
    }
    if (tags > MARKS_MAX || equals > MARKS_MAX || references > MARKS_MAX)
        return fail_at(error, run, 0, "the document has too many elements, attributes or references");
    return check_declaration(run, error);
}

/* The line around the parser's position, as clients of libvirt know it: the line, then dashes and a caret. */
static char *
format_context(const xmlParserInput *input)
{
    const char *base = (const char *) input->base, *cursor = (const char *) input->cur;
    const char *limit = (const char *) input->end;
    const char *start = cursor, *end = NULL;
    while (start > base && (start == limit || *start == '\n' || *start == '\r' || *start == '\0'))
        start--;
    while (start > base && *start != '\n' && *start != '\r' && cursor - start < CONTEXT_MAX)
        start--;
    if (start < cursor && (*start == '\n' || *start == '\r'))
        start++;
    for (end = start; end < limit && *end != '\n' && *end != '\r' && *end != '\0';) {
        if (end - cursor >= CONTEXT_MAX)
            break;
        end++;
    }
    g_autofree char *line = g_strndup(start, (gsize) (end - start));
    g_autofree char *dashes = g_strnfill((gsize) (cursor - start), '-');
    return g_strdup_printf("%s\n%s^", line, dashes);
}

static void
take_error(void *data, xmlErrorPtr fault)
{
    xmlParserCtxt *context = data;
    Run *run = context->_private;
    if (run->error || fault->level < XML_ERR_FATAL || !fault->message)
        return;
    g_autofree char *reason = g_strchomp(g_strdup(fault->message));
    g_autofree char *where = context->input ? format_context(context->input) : g_strdup("");
    (void) alj_fail(&run->error, ALJ_ERROR_XML_DETAIL, "(%s):%d: %s\n%s", run->label, fault->line, reason, where);
}

static void
refuse_doctype(void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxt *context = data;
    Run *run = context->_private;
    (void) name;
    (void) external;
    (void) system;
    run->has_doctype = true;
    xmlStopParser(context);
}

static xmlDoc *
run_parser(Run *run)
{
    xmlParserCtxt *context = xmlNewParserCtxt();
    if (!context)
        return NULL;
    context->_private = run;
    context->sax->serror = take_error;
    context->sax->internalSubset = refuse_doctype;
    xmlDoc *doc = xmlCtxtReadMemory(context, run->text, (int) run->length, NULL, "UTF-8",
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc && context->myDoc) {
        xmlFreeDoc(context->myDoc);
        context->myDoc = NULL;
    }
    xmlFreeParserCtxt(context);
    return doc;
}

/* Walks the tree without recursion: depth is what is being checked. */
static bool
check_tree(const Run *run, const xmlDoc *doc, GError **error)
{
    unsigned depth = 0, nodes = 0;
    const xmlNode *node = doc->children;
    while (node) {
        for (const xmlAttr *attr = node->type == XML_ELEMENT_NODE ? node->properties : NULL; attr; attr = attr->next)
            nodes++;
        if (++nodes > NODES_MAX || depth > DEPTH_MAX)
            return alj_fail(error, ALJ_ERROR_XML_DETAIL, "(%s):%ld: the document is nested too deeply or too large",
                            run->label, xmlGetLineNo(node));
        if (node->type == XML_ENTITY_REF_NODE || node->type == XML_DTD_NODE)
            return alj_fail(error, ALJ_ERROR_XML_DETAIL, "(%s):%ld: entities are not accepted", run->label,
                            xmlGetLineNo(node));
        if (node->children) {
            node = node->children;
            depth++;
            continue;
        }
        while (node && !node->next && node->parent != (const xmlNode *) doc) {
            node = node->parent;
            depth--;
        }
        node = node ? node->next : NULL;
    }
    return true;
}

AljXmlDoc *
alj_xml_doc_parse(const char *text, gssize length, const char *label, GError **error)
{
    Run run = { .label = label, .text = text, .length = length < 0 ? strlen(text) : (gsize) length };
    init_library_once();
    if (!check_text(&run, error))
        return NULL;
    g_autoptr(AljXmlDoc) doc = g_new0(AljXmlDoc, 1);
    doc->doc = run_parser(&run);
    if (run.has_doctype) {
        g_clear_error(&run.error);
        (void) alj_fail(error, ALJ_ERROR_XML_DETAIL, "(%s):1: document type declarations are not accepted", label);
        return NULL;
    }
    if (run.error) {
        g_propagate_error(error, run.error);
        return NULL;
    }
    if (!doc->doc || !xmlDocGetRootElement(doc->doc)) {
        (void) alj_fail(error, ALJ_ERROR_XML_DETAIL, "(%s):1: failed to parse xml document", label);
        return NULL;
    }
    return check_tree(&run, doc->doc, error) ? g_steal_pointer(&doc) : NULL;
}

void
alj_xml_doc_free(AljXmlDoc *doc)
{
    if (!doc)
        return;
    xmlFreeDoc(doc->doc);
    g_free(doc);
}

const AljXmlNode *
alj_xml_doc_root(const AljXmlDoc *doc, const char *name, GError **error)
{
    const xmlNode *root = xmlDocGetRootElement(doc->doc);
    if (!strcmp((const char *) root->name, name) && !root->ns)
        return (const AljXmlNode *) root;
    (void) alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_XML, "expecting root element of '%s', not '%s%s%s'", name,
                         root->ns && root->ns->href ? (const char *) root->ns->href : "", root->ns ? ":" : "",
                         (const char *) root->name);
    return NULL;
}

static bool
is_element(const xmlNode *node, const char *ns, const char *name, gsize name_length)
{
    if (node->type != XML_ELEMENT_NODE)
        return false;
    if (ns ? !node->ns || g_strcmp0((const char *) node->ns->href, ns) != 0 : node->ns != NULL)
        return false;
    return !strncmp((const char *) node->name, name, name_length) && node->name[name_length] == '\0';
}

static const xmlNode *
search(const xmlNode *from, const char *ns, const char *name, gsize name_length)
{
    while (from && !is_element(from, ns, name, name_length))
        from = from->next;
    return from;
}

bool
alj_xml_find(const AljXmlNode *parent, const char *path, const AljXmlNode **ret, GError **error)
{
    const xmlNode *node = (const xmlNode *) parent;
    while (node && *path) {
        gsize length = strcspn(path, "/");
        const xmlNode *found = search(node->children, NULL, path, length);
        if (found && search(found->next, NULL, path, length))
            return alj_fail(error, ALJ_ERROR_XML, "element '%s' occurs more than once in '%s'",
                            (const char *) found->name, (const char *) node->name);
        node = found;
        path += length;
        path += *path == '/';
    }
    *ret = (const AljXmlNode *) node;
    return true;
}

static char *
steal_xml(xmlChar *text)
{
    char *copy = g_strdup((const char *) text);
    xmlFree(text);
    return copy;
}

bool
alj_xml_read(const AljXmlNode *parent, const char *path, char **ret, GError **error)
{
    const AljXmlNode *found = NULL;
    const char *at = strchr(path, '@');
    g_autofree char *element_path = at ? g_strndup(path, (gsize) (at - path)) : g_strdup(path);
    if (!alj_xml_find(parent, element_path, &found, error))
        return false;
    const xmlNode *node = (const xmlNode *) found;
    if (node && !at) {
        for (const xmlNode *child = node->children; child; child = child->next) {
            if (child->type == XML_ELEMENT_NODE)
                return alj_fail(error, ALJ_ERROR_XML, "element '%s' holds '%s' where text is expected",
                                (const char *) node->name, (const char *) child->name);
        }
    }
    *ret = NULL;
    if (node)
        *ret = steal_xml(at ? xmlGetNoNsProp((xmlNode *) node, (const xmlChar *) at + 1) : xmlNodeGetContent(node));
    return true;
}

const AljXmlNode *
alj_xml_first(const AljXmlNode *parent, const char *ns, const char *name)
{
    return (const AljXmlNode *) search(((const xmlNode *) parent)->children, ns, name, strlen(name));
}

const AljXmlNode *
alj_xml_next(const AljXmlNode *node)
{
    const xmlNode *from = (const xmlNode *) node;
    const char *name = (const char *) from->name;
    return (const AljXmlNode *) search(from->next, from->ns ? (const char *) from->ns->href : NULL, name, strlen(name));
}

static const AljXmlNode *
search_any(const xmlNode *from)
{
    while (from && (from->type != XML_ELEMENT_NODE || from->ns))
        from = from->next;
    return (const AljXmlNode *) from;
}

const AljXmlNode *
alj_xml_first_any(const AljXmlNode *parent)
{
    return search_any(((const xmlNode *) parent)->children);
}

const AljXmlNode *
alj_xml_next_any(const AljXmlNode *node)
{
    return search_any(((const xmlNode *) node)->next);
}

const char *
alj_xml_name(const AljXmlNode *node)
{
    return (const char *) ((const xmlNode *) node)->name;
}

bool
alj_xml_fail_value(GError **error, const AljXmlNode *node, const char *path, const char *value, const char *hint)
{
    const char *at = strchr(path, '@');
    g_autofree char *element_path = at > path ? g_strndup(path, (gsize) (at - path) - 1) : g_strdup(alj_xml_name(node));
    const char *slash = strrchr(element_path, '/');
    return alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_XML, "Invalid value for attribute '%s' in element '%s': '%s'.%s",
                         at + 1, slash ? slash + 1 : element_path, value, hint);
}

static void
take_schema_error(void *data, xmlErrorPtr fault)
{
    GString *reasons = data;
    if (fault->message && reasons->len < CONTEXT_MAX)
        g_string_append(reasons, fault->message);
}

static xmlRelaxNG *
load_schema(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) fault = NULL;
    g_autoptr(GString) reasons = g_string_new(NULL);
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, &fault) || length > SCHEMA_MAX) {
        (void) alj_fail(error, ALJ_ERROR_INTERNAL, "cannot read schema '%s': %s", path,
                        fault ? fault->message : "the file is too large");
        return NULL;
    }
    xmlRelaxNGParserCtxt *context = xmlRelaxNGNewMemParserCtxt(text, (int) length);
    xmlRelaxNG *schema = NULL;
    if (context) {
        xmlRelaxNGSetParserStructuredErrors(context, take_schema_error, reasons);
        schema = xmlRelaxNGParse(context);
        xmlRelaxNGFreeParserCtxt(context);
    }
    if (!schema)
        (void) alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_INTERNAL, "Unable to parse RNG %s: %s", path,
                             g_strchomp(reasons->str));
    return schema;
}

bool
alj_xml_validate(const char *text, const char *label, const char *schema_path, GError **error)
{
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(text, -1, label, error);
    if (!doc)
        return false;
    xmlRelaxNG *schema = load_schema(schema_path, error);
    if (!schema)
        return false;
    g_autoptr(GString) reasons = g_string_new(NULL);
    xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schema);
    int verdict = -1;
    if (context) {
        xmlRelaxNGSetValidStructuredErrors(context, take_schema_error, reasons);
        verdict = xmlRelaxNGValidateDoc(context, doc->doc);
        xmlRelaxNGFreeValidCtxt(context);
    }
    xmlRelaxNGFree(schema);
    if (verdict == 0)
        return true;
    return alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_XML_SCHEMA, "Unable to validate doc against %s\n%s", schema_path,
                         g_strchomp(reasons->str));
}
