/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool document: parsing with every check a document alone allows, and writing it back. Pure; any thread. */
#include "model/pool_xml.h"

#include "base/error.h"
#include "base/text.h"
#include "model/pool_rows.h"

#include <string.h>

#define LABEL "storage_pool_definition"
#define OWN_NS "urn:aljibe:1"

static bool
parse_type(const AljXmlNode *root, AljPoolType *ret, GError **error)
{
    g_autofree char *name = NULL;
    if (!alj_xml_read(root, "@type", &name, error))
        return false;
    if (!name)
        return alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_XML, "Missing required attribute 'type' in element 'pool'");
    return alj_pool_type_find(name, ret) || alj_xml_fail_value(error, root, "@type", name, "");
}

/* The name is a file name and a line of listings. It may come from the source, and the source's from it. */
static bool
parse_names(const AljXmlNode *root, AljPoolDef *def, GError **error)
{
    const AljPoolTypeInfo *info = alj_pool_type_info(def->type);
    if (!alj_xml_read(root, "name", &def->name, error))
        return false;
    if ((!def->name || !*def->name) && def->source_name) {
        g_free(def->name);
        def->name = g_strdup(def->source_name);
    }
    if (!def->name || !*def->name)
        return alj_fail(error, ALJ_ERROR_XML, "missing pool source name element");
    if (strchr(def->name, '/'))
        return alj_fail(error, ALJ_ERROR_XML, "name %s cannot contain '/'", def->name);
    if (strchr(def->name, '\n'))
        return alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_XML_DETAIL, "invalid char in name: \n");
    if ((info->parts & ~info->required & ALJ_SOURCE_NAME) && !def->source_name)
        def->source_name = g_strdup(def->name);
    return true;
}

static bool
parse_uuid(const AljXmlNode *root, AljPoolDef *def, GError **error)
{
    g_autofree char *text = NULL;
    if (!alj_xml_read(root, "uuid", &text, error))
        return false;
    def->was_uuid_given = text && *text;
    if (!def->was_uuid_given)
        alj_uuid_generate(&def->uuid);
    else if (!alj_uuid_parse(text, &def->uuid))
        return alj_fail(error, ALJ_ERROR_XML, "malformed uuid element");
    return true;
}

static bool
parse_features(const AljXmlNode *root, AljPoolDef *def, GError **error)
{
    static const AljXmlRow rows[] = { ALJ_XML(YES_NO, AljPoolDef, cow, "features/cow/@state"), { 0 } };
    if (!alj_xml_rows_parse(rows, root, def, error))
        return false;
    return def->cow < 0 || def->type == ALJ_POOL_DIR || def->type == ALJ_POOL_FS ||
           alj_fail(error, ALJ_ERROR_NO_SUPPORT, "cow feature may only be used for 'fs' and 'dir' pools");
}

static bool
parse_refresh(const AljXmlNode *root, AljPoolDef *def, GError **error)
{
    g_autofree char *allocation = NULL;
    if (!alj_xml_read(root, "refresh/volume/@allocation", &allocation, error))
        return false;
    if (!allocation || !*allocation)
        return true;
    def->refresh_allocation = !strcmp(allocation, "default") ? 0 : !strcmp(allocation, "capacity") ? 1 : -1;
    return def->refresh_allocation >= 0 ||
           alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown storage pool volume refresh allocation type %s",
                    allocation);
}

static bool
has_control(const char *text)
{
    for (; *text; text++) {
        if (g_ascii_iscntrl(*text))
            return true;
    }
    return false;
}

/* The name becomes part of a path and of argument lists. */
static bool
derive_target(AljPoolDef *def, GError **error)
{
    const char *name = def->source_name;
    if (name[0] == '-' || has_control(name) || (def->type == ALJ_POOL_LOGICAL && strchr(name, '/')))
        return alj_fail(error, ALJ_ERROR_XML, "source name '%s' cannot be the name of a %s", name,
                        def->type == ALJ_POOL_LOGICAL ? "volume group" : "zfs pool");
    g_auto(GStrv) components = g_strsplit(name, "/", -1);
    if (g_strv_contains((const char *const *) components, ".") || g_strv_contains((const char *const *) components, ".."))
        return alj_fail(error, ALJ_ERROR_XML, "source name '%s' leads out of its directory", name);
    def->target_path = g_strconcat(def->type == ALJ_POOL_LOGICAL ? "/dev/" : "/dev/zvol/", name, NULL);
    return true;
}

static bool
parse_path(const AljXmlNode *target, AljPoolDef *def, GError **error)
{
    g_autofree char *path = NULL;
    if (target && !alj_xml_read(target, "path", &path, error))
        return false;
    if (!path || !*path)
        return alj_fail(error, ALJ_ERROR_XML, "missing storage pool target path");
    if (path[0] != '/')
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "path '%s' is not absolute", path);
    if (strlen(path) > ALJ_PATH_MAX)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "the target path is longer than %d bytes", ALJ_PATH_MAX);
    if (has_control(path))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "path '%s' contains control characters", path);
    def->target_path = alj_text_clean_path(path);
    return true;
}

static bool
parse_target(const AljXmlNode *root, AljPoolDef *def, GError **error)
{
    const AljTargetRule rule = alj_pool_type_info(def->type)->target;
    const AljXmlNode *target = NULL;
    if (rule == ALJ_TARGET_NONE)
        return true;
    if (!alj_xml_find(root, "target", &target, error))
        return false;
    if (!(rule == ALJ_TARGET_DERIVED ? derive_target(def, error) : parse_path(target, def, error)))
        return false;
    return !target || alj_permissions_parse(target, &def->permissions, error);
}

static bool
check_option(AljPoolType type, const AljPoolOption *option, GError **error)
{
    if (type != ALJ_POOL_RBD)
        return option->name || alj_fail(error, ALJ_ERROR_XML, "no fs mount option name specified");
    if (!option->name)
        return alj_fail(error, ALJ_ERROR_XML, "no rbd option name specified");
    return option->value ||
           alj_fail(error, ALJ_ERROR_XML, "no rbd option value specified for name '%s'", option->name);
}

static bool
parse_options(const AljXmlNode *root, AljPoolDef *def, GError **error)
{
    const AljPoolTypeInfo *info = alj_pool_type_info(def->type);
    if (!info->ns_uri)
        return true;
    const char *list_name = def->type == ALJ_POOL_RBD ? "config_opts" : "mount_opts";
    const AljXmlNode *list = alj_xml_first(root, info->ns_uri, list_name);
    if (list && alj_xml_next(list))
        return alj_fail(error, ALJ_ERROR_XML, "element '%s' occurs more than once in 'pool'", list_name);
    const AljXmlNode *node = list ? alj_xml_first(list, info->ns_uri, "option") : NULL;
    for (; node; node = alj_xml_next(node)) {
        AljPoolOption *option = g_new0(AljPoolOption, 1);
        g_ptr_array_add(def->options, option);
        if (!alj_xml_rows_parse(alj_pool_option_rows, node, option, error) || !check_option(def->type, option, error))
            return false;
        if (def->type != ALJ_POOL_RBD)
            g_clear_pointer(&option->value, g_free);
    }
    return true;
}

/* Aljibe's own: other programs pass over it. */
static void
parse_own(const AljXmlNode *root, AljPoolDef *def)
{
    def->has_subvolumes = def->type == ALJ_POOL_DIR && alj_xml_first(root, OWN_NS, "subvolumes") != NULL;
}

static void
set_defaults(AljPoolDef *def)
{
    if (!def->format)
        def->format = alj_pool_type_info(def->type)->default_pool_format;
    if (def->type == ALJ_POOL_GLUSTER && !def->source_dir)
        def->source_dir = g_strdup("/");
}

/* In the order in which libvirt looks, so that a document with two mistakes is told the same one. */
AljPoolDef *
alj_pool_def_parse(const char *xml, gssize length, GError **error)
{
    AljPoolType type = ALJ_POOL_DIR;
    const AljXmlNode *source = NULL;
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(xml, length, LABEL, error);
    const AljXmlNode *root = doc ? alj_xml_doc_root(doc, "pool", error) : NULL;
    if (!root || !parse_type(root, &type, error) || !alj_xml_find(root, "source", &source, error))
        return NULL;
    g_autoptr(AljPoolDef) def = alj_pool_def_new(type);
    if (source && !alj_pool_source_parse(source, def, error))
        return NULL;
    set_defaults(def);
    if (!parse_names(root, def, error) || !parse_uuid(root, def, error) || !parse_features(root, def, error) ||
        !alj_pool_source_check(def, error) || !parse_target(root, def, error) || !parse_refresh(root, def, error) ||
        !parse_options(root, def, error))
        return NULL;
    parse_own(root, def);
    return g_steal_pointer(&def);
}

bool
alj_pool_def_validate(const char *xml, const char *schema_dir, GError **error)
{
    g_autofree char *path = g_build_filename(schema_dir, "pool.rng", NULL);
    return alj_xml_validate(xml, LABEL, path, error);
}

/* What a scan has read counts, the label it has not seen included. */
static void
format_target(const AljPoolDef *def, const AljPoolLive *live, AljXmlOut *out)
{
    const AljPermissions *shown = live && live->permissions.has_mode ? &live->permissions : &def->permissions;
    alj_xml_out_open(out, "target");
    alj_xml_out_leaf(out, "path", def->target_path);
    alj_permissions_format(shown, out);
    alj_xml_out_close(out);
}

static void
format_options(const AljPoolDef *def, AljXmlOut *out)
{
    const char *prefix = alj_pool_type_info(def->type)->ns_prefix;
    if (def->options->len == 0)
        return;
    g_autofree char *list = g_strconcat(prefix, def->type == ALJ_POOL_RBD ? ":config_opts" : ":mount_opts", NULL);
    g_autofree char *entry = g_strconcat(prefix, ":option", NULL);
    alj_xml_out_open(out, list);
    for (guint i = 0; i < def->options->len; i++) {
        alj_xml_out_open(out, entry);
        alj_xml_rows_format(alj_pool_option_rows, def->options->pdata[i], out);
        alj_xml_out_close(out);
    }
    alj_xml_out_close(out);
}

static void
format_switches(const char *outer, const char *inner, const char *attr, const char *value, AljXmlOut *out)
{
    alj_xml_out_open(out, outer);
    alj_xml_out_open(out, inner);
    alj_xml_out_attr(out, attr, value);
    alj_xml_out_close(out);
    alj_xml_out_close(out);
}

char *
alj_pool_def_format(const AljPoolDef *def, const AljPoolLive *live, unsigned indent)
{
    const AljPoolTypeInfo *info = alj_pool_type_info(def->type);
    char uuid[ALJ_UUID_TEXT_SIZE];
    AljXmlOut out;
    alj_xml_out_init(&out, indent);
    alj_xml_out_open(&out, "pool");
    alj_xml_out_attr(&out, "type", info->name);
    if (def->options->len > 0) {
        g_autofree char *declaration = g_strconcat("xmlns:", info->ns_prefix, NULL);
        alj_xml_out_attr(&out, declaration, info->ns_uri);
    }
    alj_xml_out_leaf(&out, "name", def->name);
    alj_xml_out_leaf(&out, "uuid", alj_uuid_format(&def->uuid, uuid));
    alj_xml_out_bytes(&out, "capacity", live ? live->capacity_bytes : 0);
    alj_xml_out_bytes(&out, "allocation", live ? live->allocation_bytes : 0);
    alj_xml_out_bytes(&out, "available", live ? live->available_bytes : 0);
    if (def->cow >= 0)
        format_switches("features", "cow", "state", def->cow ? "yes" : "no", &out);
    alj_pool_source_format(def, live, &out);
    if (info->target != ALJ_TARGET_NONE)
        format_target(def, live, &out);
    if (def->refresh_allocation >= 0)
        format_switches("refresh", "volume", "allocation", def->refresh_allocation ? "capacity" : "default", &out);
    format_options(def, &out);
    if (def->has_subvolumes) {
        alj_xml_out_open(&out, "aljibe:subvolumes");
        alj_xml_out_attr(&out, "xmlns:aljibe", OWN_NS);
        alj_xml_out_close(&out);
    }
    alj_xml_out_close(&out);
    return alj_xml_out_end(&out);
}
