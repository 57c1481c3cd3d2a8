/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The volume document: requests in, with every check a document alone allows; descriptions out. Pure; any thread. */
#include "model/volume_xml.h"

#include "base/error.h"
#include "base/units.h"
#include "model/pool_xml.h"

#include <string.h>

#define LABEL "storage_volume_definition"

static const char *const type_names[] = {
    [ALJ_VOL_FILE] = "file",       [ALJ_VOL_BLOCK] = "block",   [ALJ_VOL_DIR] = "dir",
    [ALJ_VOL_NETWORK] = "network", [ALJ_VOL_NETDIR] = "netdir", [ALJ_VOL_PLOOP] = "ploop",
};

static const struct {
    AljVolFeatures flag;
    const char *name;
} feature_names[] = {
    { ALJ_VOL_LAZY_REFCOUNTS, "lazy_refcounts" },
    { ALJ_VOL_EXTENDED_L2, "extended_l2" },
};

static bool
parse_name(const AljXmlNode *root, AljVolDef *def, GError **error)
{
    if (!alj_xml_read(root, "name", &def->name, error))
        return false;
    return (def->name && *def->name) || alj_fail(error, ALJ_ERROR_XML, "missing volume name element");
}

/* A name is an entry of a directory or an argument of a tool, and one line of every listing. */
static bool
check_name(const AljVolDef *def, GError **error)
{
    if (strchr(def->name, '/'))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "volume name '%s' cannot contain '/'", def->name);
    if (strchr(def->name, '\n'))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "volume name '%s' cannot contain a line break", def->name);
    if (g_str_has_prefix(def->name, ALJ_VOL_NAME_RESERVED))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG,
                        "volume name '%s' begins with '%s', which is kept for volumes under construction", def->name,
                        ALJ_VOL_NAME_RESERVED);
    return true;
}

/* The type is the backend's to decide; a document may only not name one that does not exist. */
static bool
parse_type(const AljXmlNode *root, AljVolDef *def, GError **error)
{
    g_autofree char *name = NULL;
    if (!alj_xml_read(root, "@type", &name, error))
        return false;
    if (!name || !*name)
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(type_names); i++) {
        if (!strcmp(type_names[i], name)) {
            def->type = (AljVolType) i;
            return true;
        }
    }
    return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown volume type '%s'", name);
}

/* Reads <name unit='…'>N</name>. @ret_has: whether the element says something. Bad digits set @ret_bad and no error. */
static bool
read_size(const AljXmlNode *parent, const char *path, bool *ret_has, uint64_t *ret_bytes, char **ret_bad, GError **error)
{
    g_autofree char *text = NULL, *unit = NULL;
    g_autofree char *unit_path = g_strconcat(path, "/@unit", NULL);
    guint64 value = 0;
    if (!alj_xml_read(parent, path, &text, error) || !alj_xml_read(parent, unit_path, &unit, error))
        return false;
    *ret_has = text && *text;
    if (!*ret_has)
        return true;
    if (!alj_xml_number(text, 10, G_MAXUINT64, &value)) {
        *ret_bad = g_steal_pointer(&text);
        return true;
    }
    return alj_size_scale(value, unit, INT64_MAX, ret_bytes, error);
}

static bool
parse_sizes(const AljXmlNode *root, AljVolDef *def, unsigned flags, GError **error)
{
    g_autofree char *bad = NULL;
    bool may_be_missing = (flags & ALJ_VOL_PARSE_NO_CAPACITY) || ((flags & ALJ_VOL_PARSE_OPT_CAPACITY) && def->backing);
    if (!read_size(root, "capacity", &def->has_capacity, &def->capacity_bytes, &bad, error))
        return false;
    if (!def->has_capacity && !may_be_missing)
        return alj_fail(error, ALJ_ERROR_XML, "missing capacity element");
    if (!bad && !read_size(root, "allocation", &def->has_allocation, &def->allocation_bytes, &bad, error))
        return false;
    if (bad)
        return alj_fail(error, ALJ_ERROR_XML, "malformed capacity element"); /* of the allocation, too */
    if (!def->has_allocation)
        def->allocation_bytes = def->capacity_bytes;
    return true;
}

static bool
read_format(AljPoolType pool, const AljXmlNode *parent, bool *ret_has, AljVolFormat *ret, GError **error)
{
    g_autofree char *name = NULL;
    if (!alj_pool_type_info(pool)->vol_formats)
        return true;
    if (!alj_xml_read(parent, "format/@type", &name, error))
        return false;
    *ret_has = name && *name;
    if (*ret_has && !alj_vol_format_find(pool, name, ret))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown volume format type %s", name);
    return true;
}

/* DIGITS.DIGITS */
static bool
is_compat(const char *text)
{
    gsize major = strspn(text, "0123456789");
    if (major == 0 || text[major] != '.')
        return false;
    const char *minor = text + major + 1;
    return *minor && strspn(minor, "0123456789") == strlen(minor);
}

static bool
parse_features(const AljXmlNode *target, AljVolDef *def, GError **error)
{
    const AljXmlNode *features = NULL;
    if (!alj_xml_find(target, "features", &features, error))
        return false;
    def->has_features = features != NULL;
    const AljXmlNode *node = features ? alj_xml_first_any(features) : NULL;
    for (; node; node = alj_xml_next_any(node)) {
        unsigned flag = 0;
        for (gsize i = 0; i < G_N_ELEMENTS(feature_names); i++) {
            if (!strcmp(feature_names[i].name, alj_xml_name(node)))
                flag = feature_names[i].flag;
        }
        if (!flag)
            return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unsupported feature %s", alj_xml_name(node));
        def->features |= flag;
    }
    return true;
}

static bool
check_compat(const AljVolDef *def, GError **error)
{
    if (g_strcmp0(def->compat, "0.10") != 0)
        return true;
    if (def->features & ALJ_VOL_LAZY_REFCOUNTS)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "lazy_refcounts not supported with compat level 0.10");
    if (def->features & ALJ_VOL_EXTENDED_L2)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'extended_l2' not supported with compat level 0.10");
    return true;
}

/* What has no header that could hold anything. Who makes images of other formats refuses what they cannot hold. */
static bool
is_plain(AljVolFormat format)
{
    return format == ALJ_FORMAT_NONE || format == ALJ_FORMAT_RAW || format == ALJ_FORMAT_DIR || format == ALJ_FORMAT_PLOOP;
}

/* What only a qcow2 header can hold. */
static bool
parse_qcow2(const AljXmlNode *target, AljVolDef *def, GError **error)
{
    g_autofree char *compat = NULL, *bad = NULL;
    bool has_cluster = false;
    if (!alj_xml_read(target, "compat", &compat, error))
        return false;
    if (compat && *compat) {
        if (!is_compat(compat))
            return alj_fail(error, ALJ_ERROR_XML, "forbidden characters in 'compat' attribute");
        def->compat = g_steal_pointer(&compat);
    }
    if (!read_size(target, "clusterSize", &has_cluster, &def->cluster_size_bytes, &bad, error))
        return false;
    if (bad)
        return alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_XML,
                             "Invalid value '%s' for element or attribute './target/clusterSize'", bad);
    if (!parse_features(target, def, error))
        return false;
    if (is_plain(def->format) && !alj_xml_first(target, NULL, "encryption")) { /* an encrypted one is an image */
        g_clear_pointer(&def->compat, g_free);
        def->cluster_size_bytes = 0;
        def->has_features = false;
        def->features = 0;
    } else if (def->has_features && !def->compat) {
        def->compat = g_strdup("1.1"); /* older images have no room for features */
    }
    return def->format != ALJ_FORMAT_QCOW2 || check_compat(def, error);
}

static bool
parse_target(AljPoolType pool, const AljXmlNode *root, AljVolDef *def, GError **error)
{
    const AljXmlNode *target = NULL, *encryption = NULL, *nocow = NULL;
    bool has_format = false;
    def->format = alj_pool_type_info(pool)->default_vol_format;
    if (!alj_xml_find(root, "target", &target, error))
        return false;
    if (!target)
        return true;
    if (!read_format(pool, target, &has_format, &def->format, error) ||
        !alj_permissions_parse(target, &def->permissions, error) ||
        !alj_xml_find(target, "encryption", &encryption, error) || !alj_xml_find(target, "nocow", &nocow, error))
        return false;
    def->nocow = nocow != NULL;
    if (encryption && !(def->encryption = alj_encryption_parse(encryption, error)))
        return false;
    return parse_qcow2(target, def, error);
}

static bool
parse_backing(AljPoolType pool, const AljXmlNode *root, AljVolDef *def, GError **error)
{
    const AljXmlNode *node = NULL;
    g_autofree char *path = NULL;
    if (!alj_xml_find(root, "backingStore", &node, error))
        return false;
    if (node && !alj_xml_read(node, "path", &path, error))
        return false;
    if (!path || !*path)
        return true;
    if (strlen(path) > ALJ_PATH_MAX)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "the backing store path is longer than %d bytes", ALJ_PATH_MAX);
    def->backing = alj_backing_new(path);
    return read_format(pool, node, &def->backing->has_format, &def->backing->format, error) &&
           alj_permissions_parse(node, &def->backing->permissions, error);
}

/* In the order in which libvirt looks, so that a document with two mistakes is told the same one. */
AljVolDef *
alj_vol_def_parse(AljPoolType pool, const char *xml, gssize length, unsigned flags, GError **error)
{
    g_autoptr(AljXmlDoc) doc = alj_xml_doc_parse(xml, length, LABEL, error);
    const AljXmlNode *root = doc ? alj_xml_doc_root(doc, "volume", error) : NULL;
    if (!root)
        return NULL;
    g_autoptr(AljVolDef) def = alj_vol_def_new(NULL);
    if (!parse_name(root, def, error) || !parse_type(root, def, error) || !parse_backing(pool, root, def, error) ||
        !parse_sizes(root, def, flags, error) || !parse_target(pool, root, def, error) || !check_name(def, error))
        return NULL;
    return g_steal_pointer(&def);
}

bool
alj_vol_def_validate(const char *xml, const char *schema_dir, GError **error)
{
    g_autofree char *path = g_build_filename(schema_dir, "volume.rng", NULL);
    return alj_xml_validate(xml, LABEL, path, error);
}

static void
format_extents(const GArray *extents, AljXmlOut *out)
{
    const char *device = NULL;
    if (!extents || extents->len == 0)
        return;
    alj_xml_out_open(out, "source");
    for (guint i = 0; i < extents->len; i++) {
        const AljExtent *extent = &g_array_index(extents, AljExtent, i);
        if (g_strcmp0(device, extent->device) != 0) {
            if (device)
                alj_xml_out_close(out);
            device = extent->device;
            alj_xml_out_open(out, "device");
            alj_xml_out_attr(out, "path", device);
        }
        alj_xml_out_open(out, "extent");
        alj_xml_out_attrf(out, "start", "%" G_GUINT64_FORMAT, extent->start_bytes);
        alj_xml_out_attrf(out, "end", "%" G_GUINT64_FORMAT, extent->end_bytes);
        alj_xml_out_close(out);
    }
    alj_xml_out_close(out);
    alj_xml_out_close(out);
}

static void
format_time(const char *name, const struct timespec *when, AljXmlOut *out)
{
    if (when->tv_nsec)
        alj_xml_out_leaff(out, name, "%lld.%09ld", (long long) when->tv_sec, when->tv_nsec);
    else
        alj_xml_out_leaff(out, name, "%lld", (long long) when->tv_sec);
}

static void
format_times(const AljTimestamps *times, AljXmlOut *out)
{
    if (!times->is_known)
        return;
    alj_xml_out_open(out, "timestamps");
    format_time("atime", &times->atime, out);
    format_time("mtime", &times->mtime, out);
    format_time("ctime", &times->ctime, out);
    alj_xml_out_leaf(out, "btime", "0"); /* clients of the reference never see another value on Linux */
    alj_xml_out_close(out);
}

static void
format_format(AljVolFormat format, AljXmlOut *out)
{
    alj_xml_out_open(out, "format");
    alj_xml_out_attr(out, "type", alj_vol_format_name(format));
    alj_xml_out_close(out);
}

static void
format_qcow2(const AljVolDef *def, AljXmlOut *out)
{
    alj_xml_out_leaf(out, "compat", def->compat);
    if (def->cluster_size_bytes) {
        g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, def->cluster_size_bytes);
        alj_xml_out_open(out, "clusterSize");
        alj_xml_out_attr(out, "unit", "B");
        alj_xml_out_text(out, text);
        alj_xml_out_close(out);
    }
    if (!def->has_features)
        return;
    alj_xml_out_open(out, "features");
    for (gsize i = 0; i < G_N_ELEMENTS(feature_names); i++) {
        if (!(def->features & feature_names[i].flag))
            continue;
        alj_xml_out_open(out, feature_names[i].name);
        alj_xml_out_close(out);
    }
    alj_xml_out_close(out);
}

static void
format_target(AljPoolType pool, const AljVolDef *def, AljXmlOut *out)
{
    alj_xml_out_open(out, "target");
    alj_xml_out_body(out);
    alj_xml_out_leaf(out, "path", def->path);
    if (alj_pool_type_info(pool)->vol_formats)
        format_format(def->format, out);
    alj_permissions_format(&def->permissions, out);
    format_times(&def->times, out);
    if (def->encryption)
        alj_encryption_format(def->encryption, out);
    format_qcow2(def, out);
    alj_xml_out_close(out);
}

/* A chain is nested, as in documents of machines: what a store stands on is inside of it. */
static void
format_backing(const AljBacking *backing, AljXmlOut *out)
{
    unsigned depth = 0;
    for (; backing && depth < ALJ_BACKING_DEPTH_MAX; backing = backing->next, depth++) {
        alj_xml_out_open(out, "backingStore");
        alj_xml_out_leaf(out, "path", backing->path);
        if (backing->format != ALJ_FORMAT_NONE)
            format_format(backing->format, out);
        alj_permissions_format(&backing->permissions, out);
        format_times(&backing->times, out);
    }
    for (; depth > 0; depth--)
        alj_xml_out_close(out);
}

/* An image that documents call raw, as libvirt does: what it is besides stands in a namespace that clients do not read. */
static void
format_image(const AljVolDef *def, AljXmlOut *out)
{
    if (def->real_format == ALJ_FORMAT_NONE)
        return;
    alj_xml_out_open(out, "aljibe:image");
    alj_xml_out_attr(out, "xmlns:aljibe", "urn:aljibe:1");
    alj_xml_out_attr(out, "format", alj_vol_format_name(def->real_format));
    if (def->real_capacity_bytes)
        alj_xml_out_attrf(out, "capacity", "%" G_GUINT64_FORMAT, def->real_capacity_bytes);
    alj_xml_out_close(out);
}

char *
alj_vol_def_format(AljPoolType pool, const AljVolDef *def)
{
    AljXmlOut out;
    alj_xml_out_init(&out, 0);
    alj_xml_out_open(&out, "volume");
    alj_xml_out_attr(&out, "type", type_names[def->type]);
    alj_xml_out_leaf(&out, "name", def->name);
    alj_xml_out_leaf(&out, "key", def->key);
    format_extents(def->extents, &out);
    alj_xml_out_bytes(&out, "capacity", def->capacity_bytes);
    alj_xml_out_bytes(&out, "allocation", def->allocation_bytes);
    if (def->physical_bytes)
        alj_xml_out_bytes(&out, "physical", def->physical_bytes);
    format_target(pool, def, &out);
    if (def->backing)
        format_backing(def->backing, &out);
    format_image(def, &out);
    alj_xml_out_close(&out);
    return alj_xml_out_end(&out);
}
