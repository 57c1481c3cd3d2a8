/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schemas name exactly the elements and attributes that the parsers ask for or the writers print. What the parsers ask for is
 * seen on the way: the linker leads every look-up of a name through here (--wrap, tests/unit/model/meson.build). So a new element
 * cannot be forgotten in the schema, nor an old one stay there.
 */
#include "golden.h"
#include "model/pool.h"
#include "model/source.h"
#include "model/volume.h"
#include "model/xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

static GHashTable *seen; /* set of "NAME" (elements) and "@NAME" (attributes) */

bool __real_alj_xml_read(const AljXmlNode *parent, const char *path, char **ret, GError **error);
bool __real_alj_xml_find(const AljXmlNode *parent, const char *path, const AljXmlNode **ret, GError **error);
const AljXmlNode *__real_alj_xml_first(const AljXmlNode *parent, const char *ns, const char *name);
bool __wrap_alj_xml_read(const AljXmlNode *parent, const char *path, char **ret, GError **error);
bool __wrap_alj_xml_find(const AljXmlNode *parent, const char *path, const AljXmlNode **ret, GError **error);
const AljXmlNode *__wrap_alj_xml_first(const AljXmlNode *parent, const char *ns, const char *name);

static void
note_path(const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    for (char **name = names; seen && *name; name++)
        g_hash_table_add(seen, g_strdup(*name));
}

bool
__wrap_alj_xml_read(const AljXmlNode *parent, const char *path, char **ret, GError **error)
{
    note_path(path);
    return __real_alj_xml_read(parent, path, ret, error);
}

bool
__wrap_alj_xml_find(const AljXmlNode *parent, const char *path, const AljXmlNode **ret, GError **error)
{
    note_path(path);
    return __real_alj_xml_find(parent, path, ret, error);
}

const AljXmlNode *
__wrap_alj_xml_first(const AljXmlNode *parent, const char *ns, const char *name)
{
    note_path(name);
    return __real_alj_xml_first(parent, ns, name);
}

static void
note_tree(const xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        g_hash_table_add(seen, g_strdup((const char *) node->name));
        for (const xmlAttr *attr = node->properties; attr; attr = attr->next)
            g_hash_table_add(seen, g_strconcat("@", (const char *) attr->name, NULL));
        note_tree(node->children);
    }
}

static void
note_document(const char *text)
{
    xmlDoc *doc = xmlReadMemory(text, (int) strlen(text), NULL, NULL, XML_PARSE_NONET);
    g_assert_nonnull(doc);
    note_tree(xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
}

/* Every <element name='…'> and <attribute name='…'> of a schema. */
static void
collect_schema(const xmlNode *node, GHashTable *names)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        bool is_attribute = !strcmp((const char *) node->name, "attribute");
        if (is_attribute || !strcmp((const char *) node->name, "element")) {
            xmlChar *name = xmlGetNoNsProp((xmlNode *) (uintptr_t) node, (const xmlChar *) "name");
            g_hash_table_add(names, g_strconcat(is_attribute ? "@" : "", (const char *) name, NULL));
            xmlFree(name);
        }
        collect_schema(node->children, names);
    }
}

static GHashTable *
load_schema(const char *file)
{
    g_autofree char *path = g_build_filename(SCHEMA_DIR, file, NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    xmlDoc *doc = xmlReadMemory(text, (int) length, NULL, NULL, XML_PARSE_NONET);
    g_assert_nonnull(doc);
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    collect_schema(xmlDocGetRootElement(doc), names);
    xmlFreeDoc(doc);
    return names;
}

static unsigned
count_missing(GHashTable *all, GHashTable *from, const char *what)
{
    GHashTableIter iter;
    gpointer name = NULL;
    unsigned missing = 0;
    g_hash_table_iter_init(&iter, all);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (!g_hash_table_contains(from, name)) {
            g_test_message("%s: %s", what, (const char *) name);
            missing++;
        }
    }
    return missing;
}

static void
compare(const char *file)
{
    g_autoptr(GHashTable) schema = load_schema(file);
    unsigned missing = count_missing(seen, schema, "the schema does not know");
    g_assert_cmpuint(missing + count_missing(schema, seen, "nobody reads or writes"), ==, 0);
    g_clear_pointer(&seen, g_hash_table_unref);
}

static void
note_pool(const char *name, const AljPoolLive *live)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *in = golden_load("pool", name, ".in.xml", NULL);
    g_autoptr(AljPoolDef) def = alj_pool_def_parse(in, -1, &error);
    g_assert_no_error(error);
    g_autofree char *out = alj_pool_def_format(def, live, 0);
    note_document(out);
}

static void
test_pool(void)
{
    static const AljFreeExtent extent = { 512, 1024 };
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof extent);
    g_array_append_val(extents, extent);
    AljPoolLive live = { .free_extents = extents };
    g_autoptr(GPtrArray) names = golden_names("pool");
    seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < names->len; i++)
        note_pool(names->pdata[i], &live);
    compare("pool.rng");
}

static void
test_vol(void)
{
    g_autoptr(GPtrArray) names = golden_names("vol");
    seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *in = golden_load("vol", names->pdata[i], ".in.xml", NULL);
        g_autoptr(AljVolDef) def = alj_vol_def_parse(ALJ_POOL_DIR, in, -1, 0, &error);
        if (!def)
            continue; /* a format of another type's pools */
        def->key = g_strdup("k");
        def->physical_bytes = 1;
        def->times.is_known = true;
        def->real_format = ALJ_FORMAT_VHDX;
        def->real_capacity_bytes = 1;
        alj_vol_def_add_extent(def, "/dev/x", 0, 1);
        g_autofree char *out = alj_vol_def_format(ALJ_POOL_DIR, def);
        note_document(out);
    }
    compare("volume.rng");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/names/pool", test_pool);
    g_test_add_func("/model/names/vol", test_vol);
    return g_test_run();
}
