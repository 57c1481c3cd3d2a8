/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets as documents: which there are and what for, never their values. Pure; any thread. */
#include "model/secret.h"

#include "base/error.h"
#include "model/xml_rows.h"

#include <string.h>

#define LABEL "definition_of_secret"

/* How each usage is written: the element that names the thing, and what is said when it is missing. */
static const struct {
    const char *name, *element, *missing;
} usages[ALJ_N_SECRET_USAGES] = {
    [ALJ_SECRET_NONE] = { "none", NULL, NULL },
    [ALJ_SECRET_VOLUME] = { "volume", "volume", "volume usage specified, but volume path is missing" },
    [ALJ_SECRET_CEPH] = { "ceph", "name", "Ceph usage specified, but name is missing" },
    [ALJ_SECRET_ISCSI] = { "iscsi", "target", "iSCSI usage specified, but target is missing" },
    [ALJ_SECRET_TLS] = { "tls", "name", "TLS usage specified, but name is missing" },
    [ALJ_SECRET_VTPM] = { "vtpm", "name", "vTPM usage specified, but name is missing" },
};

AljSecretDef *
alj_secret_def_ref(AljSecretDef *def)
{
    alj_refs_inc(&def->refs);
    return def;
}

void
alj_secret_def_unref(AljSecretDef *def)
{
    if (!def || !alj_refs_dec(&def->refs))
        return;
    g_free(def->description);
    g_free(def->usage_id);
    g_free(def);
}

/* A text that is there and not empty. */
static bool
read_text(const AljXmlNode *node, const char *path, char **ret, GError **error)
{
    if (!alj_xml_read(node, path, ret, error))
        return false;
    if (*ret && !**ret)
        g_clear_pointer(ret, g_free);
    return true;
}

static bool
parse_switch(const AljXmlNode *root, const char *name, bool *ret, GError **error)
{
    g_autofree char *path = g_strconcat("@", name, NULL), *value = NULL;
    if (!read_text(root, path, &value, error))
        return false;
    if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return alj_fail(error, ALJ_ERROR_XML, "invalid value of '%s'", name);
    *ret = value && strcmp(value, "yes") == 0;
    return true;
}

static bool
parse_uuid(const AljXmlNode *root, AljUuid *ret, GError **error)
{
    g_autofree char *text = NULL;
    if (!read_text(root, "uuid", &text, error))
        return false;
    if (!text)
        alj_uuid_generate(ret);
    return !text || alj_uuid_parse(text, ret) || alj_fail(error, ALJ_ERROR_INTERNAL, "malformed uuid element");
}

static bool
find_usage(const char *name, AljSecretUsage *ret, GError **error)
{
    if (!name)
        return alj_fail(error, ALJ_ERROR_XML, "unknown secret usage type");
    for (size_t i = 0; i < G_N_ELEMENTS(usages); i++) {
        if (strcmp(usages[i].name, name) == 0) {
            *ret = (AljSecretUsage) i;
            return true;
        }
    }
    return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown secret usage type %s", name);
}

static bool
parse_usage(const AljXmlNode *root, AljSecretDef *def, GError **error)
{
    const AljXmlNode *node = NULL;
    g_autofree char *type = NULL;
    if (!alj_xml_find(root, "usage", &node, error))
        return false;
    if (!node)
        return true;
    if (!read_text(node, "@type", &type, error) || !find_usage(type, &def->usage, error))
        return false;
    if (def->usage == ALJ_SECRET_NONE)
        return true;
    if (!read_text(node, usages[def->usage].element, &def->usage_id, error))
        return false;
    return def->usage_id || alj_fail(error, ALJ_ERROR_INTERNAL, "%s", usages[def->usage].missing);
}

static bool
parse_root(const AljXmlDoc *doc, AljSecretDef *def, GError **error)
{
    const AljXmlNode *root = alj_xml_doc_root(doc, "secret", error);
    return root && parse_switch(root, "ephemeral", &def->is_ephemeral, error)
        && parse_switch(root, "private", &def->is_private, error) && parse_uuid(root, &def->uuid, error)
        && read_text(root, "description", &def->description, error) && parse_usage(root, def, error);
}

AljSecretDef *
alj_secret_def_parse(const char *xml, gssize length, GError **error)
{
    GError *failure = NULL;
    g_autoptr(AljSecretDef) def = g_new0(AljSecretDef, 1);
    alj_refs_init(&def->refs);
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(xml, length, LABEL, &failure);
    if (doc && parse_root(doc, def, &failure))
        return g_steal_pointer(&def);
    if (alj_error_area(failure) == ALJ_AREA_STORAGE)
        alj_error_set_area(failure, ALJ_AREA_SECRET);
    g_propagate_error(error, failure);
    return NULL;
}

bool
alj_secret_def_validate(const char *xml, const char *schema_dir, GError **error)
{
    g_autofree char *path = g_build_filename(schema_dir, "secret.rng", NULL);
    return alj_xml_validate(xml, LABEL, path, error);
}

char *
alj_secret_def_format(const AljSecretDef *def)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    AljXmlOut out;
    alj_xml_out_init(&out, 0);
    alj_xml_out_open(&out, "secret");
    alj_xml_out_attr(&out, "ephemeral", def->is_ephemeral ? "yes" : "no");
    alj_xml_out_attr(&out, "private", def->is_private ? "yes" : "no");
    alj_xml_out_leaf(&out, "uuid", alj_uuid_format(&def->uuid, uuid));
    alj_xml_out_leaf(&out, "description", def->description);
    if (def->usage != ALJ_SECRET_NONE) {
        alj_xml_out_open(&out, "usage");
        alj_xml_out_attr(&out, "type", usages[def->usage].name);
        alj_xml_out_leaf(&out, usages[def->usage].element, def->usage_id);
        alj_xml_out_close(&out);
    }
    alj_xml_out_close(&out);
    return alj_xml_out_end(&out);
}
