/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows of LVM's reports. One row is one segment of one volume, or, in a group without volumes, the group. The separator
 * stands in no name and no tag that LVM allows; paths of devices might hold it, so they are the last field. Whatever is not as
 * it was asked for is an error, never a guess: a volume that is taken for another one would be lost. Pure; any thread.
 */
#include "backend/logical/report.h"

#include <string.h>

#define NAME_MAX_BYTES 127
#define QUOTED_MAX     80 /* of a row in a message */

enum { VG_NAME, VG_UUID, VG_ATTR, VG_SIZE, VG_FREE, VG_EXTENT, N_VG_FIELDS,
       LV_NAME = N_VG_FIELDS, LV_UUID, LV_ATTR, LV_SIZE, ORIGIN, ORIGIN_SIZE, POOL, DATA_PERCENT, METADATA_PERCENT, TAGS,
       SEGMENT_KIND, STRIPES, SEGMENT_SIZE, DEVICES, N_LV_FIELDS };
enum { PV_GROUP, PV_GROUP_UUID, PV_IN_USE, PV_NAME, N_PV_FIELDS };

static bool
fail_row(const char *row, GError **error)
{
    return alj_fail(error, ALJ_ERROR_INTERNAL, "malformed report of LVM: '%.*s'", QUOTED_MAX, row);
}

bool
alj_lvm_is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-");
    return length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0' && *name != '-' && strcmp(name, ".") != 0
        && strcmp(name, "..") != 0;
}

/* ---- freeing ---- */

static void
free_segment(gpointer data)
{
    AljLvmSegment *segment = data;
    g_free(segment->kind);
    g_free(segment->devices);
    g_free(segment);
}

static void
free_volume(gpointer data)
{
    AljLvmVolume *volume = data;
    g_free(volume->name);
    g_free(volume->uuid);
    g_free(volume->origin);
    g_free(volume->pool);
    g_strfreev(volume->tags);
    g_ptr_array_unref(volume->segments);
    g_free(volume);
}

void
alj_lvm_group_free(AljLvmGroup *group)
{
    if (!group)
        return;
    g_free(group->name);
    g_free(group->uuid);
    g_ptr_array_unref(group->volumes);
    g_free(group);
}

static void
free_device(gpointer data)
{
    AljLvmDevice *device = data;
    g_free(device->group);
    g_free(device->group_uuid);
    g_free(device->path);
    g_free(device);
}

/* ---- fields ---- */

static char *
text_or_null(const char *field)
{
    return *field ? g_strdup(field) : NULL;
}

static bool
parse_number(const char *field, guint64 max, guint64 *ret)
{
    return g_ascii_string_to_unsigned(field, 10, 0, max, ret, NULL);
}

/* What has no such number shows nothing. */
static bool
parse_bytes(const char *field, uint64_t *ret)
{
    guint64 bytes = 0;
    if (*field && !parse_number(field, INT64_MAX, &bytes))
        return false;
    *ret = bytes;
    return true;
}

/* "12.34"; nothing for what is not active, or is no such volume. */
static bool
parse_percent(const char *field, unsigned *ret)
{
    guint64 whole, hundredths;
    *ret = ALJ_LVM_NO_PERCENT;
    if (!*field)
        return true;
    g_auto(GStrv) parts = g_strsplit(field, ".", 2);
    if (!parts[1] || strlen(parts[1]) != 2 || !parse_number(parts[0], 100, &whole) || !parse_number(parts[1], 99, &hundredths))
        return false;
    *ret = MIN((unsigned) (whole * 100 + hundredths), 10000u);
    return true;
}

/* It becomes the name of a file. Source: the alphabet in LVM's lib/uuid/uuid.c. */
static bool
is_uuid(const char *field)
{
    size_t length = strspn(field, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-!#");
    return length > 0 && length < 64 && field[length] == '\0';
}

static bool
parse_attr(const char *field, char *ret, size_t size)
{
    return strlen(field) == size - 1 && g_strlcpy(ret, field, size) == size - 1;
}

/* ---- rows ---- */

static AljLvmGroup *
parse_group(char **fields)
{
    g_autoptr(AljLvmGroup) group = g_new0(AljLvmGroup, 1);
    group->volumes = g_ptr_array_new_with_free_func(free_volume);
    group->name = g_strdup(fields[VG_NAME]);
    group->uuid = g_strdup(fields[VG_UUID]);
    bool is_whole = alj_lvm_is_name(group->name) && is_uuid(group->uuid) && parse_attr(fields[VG_ATTR], group->attr, sizeof group->attr)
        && parse_bytes(fields[VG_SIZE], &group->bytes) && parse_bytes(fields[VG_FREE], &group->free_bytes)
        && parse_bytes(fields[VG_EXTENT], &group->extent_bytes);
    return is_whole && group->extent_bytes > 0 && group->free_bytes <= group->bytes ? g_steal_pointer(&group) : NULL;
}

static AljLvmVolume *
parse_volume(char **fields)
{
    AljLvmVolume *volume = g_new0(AljLvmVolume, 1);
    volume->segments = g_ptr_array_new_with_free_func(free_segment);
    volume->name = g_strdup(fields[LV_NAME]);
    volume->uuid = g_strdup(fields[LV_UUID]);
    volume->origin = text_or_null(fields[ORIGIN]);
    volume->pool = text_or_null(fields[POOL]);
    volume->tags = *fields[TAGS] ? g_strsplit(fields[TAGS], ",", -1) : g_new0(char *, 1);
    if (alj_lvm_is_name(volume->name) && is_uuid(volume->uuid) && parse_attr(fields[LV_ATTR], volume->attr, sizeof volume->attr)
        && parse_bytes(fields[LV_SIZE], &volume->bytes) && parse_bytes(fields[ORIGIN_SIZE], &volume->origin_bytes)
        && parse_percent(fields[DATA_PERCENT], &volume->data_percent)
        && parse_percent(fields[METADATA_PERCENT], &volume->metadata_percent))
        return volume;
    free_volume(volume);
    return NULL;
}

static AljLvmSegment *
parse_segment(char **fields)
{
    guint64 stripes;
    uint64_t bytes;
    if (!parse_number(fields[STRIPES], G_MAXUINT16, &stripes) || !parse_bytes(fields[SEGMENT_SIZE], &bytes))
        return NULL;
    AljLvmSegment *segment = g_new0(AljLvmSegment, 1);
    segment->kind = g_strdup(fields[SEGMENT_KIND]);
    segment->stripes = (unsigned) stripes;
    segment->bytes = bytes;
    segment->devices = g_strdup(fields[DEVICES]);
    return segment;
}

/* @by_uuid: of those that were seen */
static AljLvmGroup *
take_group(char **fields, GPtrArray *groups, GHashTable *by_uuid)
{
    AljLvmGroup *group = g_hash_table_lookup(by_uuid, fields[VG_UUID]);
    if (group || !(group = parse_group(fields)))
        return group;
    g_ptr_array_add(groups, group);
    g_hash_table_insert(by_uuid, group->uuid, group);
    return group;
}

static bool
take_segment(char **fields, AljLvmGroup *group, GHashTable *by_uuid)
{
    AljLvmVolume *volume = g_hash_table_lookup(by_uuid, fields[LV_UUID]);
    AljLvmSegment *segment = parse_segment(fields);
    if (!segment)
        return false;
    if (!volume && (volume = parse_volume(fields))) {
        g_ptr_array_add(group->volumes, volume);
        g_hash_table_insert(by_uuid, volume->uuid, volume);
    }
    if (volume)
        g_ptr_array_add(volume->segments, segment);
    else
        free_segment(segment);
    return volume != NULL;
}

/* The next line of *@at without its indentation, or NULL. Empty ones are passed over. (transfer full) */
static char *
next_row(const char **at)
{
    while (**at) {
        size_t length = strcspn(*at, "\n");
        g_autofree char *row = g_strchug(g_strndup(*at, length));
        *at += length + ((*at)[length] == '\n');
        if (*row)
            return g_steal_pointer(&row);
    }
    return NULL;
}

GPtrArray *
alj_lvm_parse_groups(const char *text, GError **error)
{
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func((GDestroyNotify) alj_lvm_group_free);
    g_autoptr(GHashTable) groups_by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) volumes_by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    char *row;
    while ((row = next_row(&text)) != NULL) {
        g_autofree char *owned = row;
        g_auto(GStrv) fields = g_strsplit(row, ALJ_LVM_SEPARATOR, N_LV_FIELDS);
        guint n_fields = g_strv_length(fields);
        bool is_known = n_fields == N_VG_FIELDS || n_fields == N_LV_FIELDS;
        AljLvmGroup *group = is_known ? take_group(fields, groups, groups_by_uuid) : NULL;
        if (!group || (n_fields == N_LV_FIELDS && !take_segment(fields, group, volumes_by_uuid))) {
            fail_row(row, error);
            return NULL;
        }
    }
    return g_steal_pointer(&groups);
}

GPtrArray *
alj_lvm_parse_devices(const char *text, GError **error)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(free_device);
    char *row;
    while ((row = next_row(&text)) != NULL) {
        g_autofree char *owned = row;
        g_auto(GStrv) fields = g_strsplit(row, ALJ_LVM_SEPARATOR, N_PV_FIELDS);
        if (g_strv_length(fields) != N_PV_FIELDS || !*fields[PV_NAME]) {
            fail_row(row, error);
            return NULL;
        }
        if (*fields[PV_NAME] != '/')
            continue;
        AljLvmDevice *device = g_new0(AljLvmDevice, 1);
        device->group = text_or_null(fields[PV_GROUP]);
        device->group_uuid = text_or_null(fields[PV_GROUP_UUID]);
        device->is_used = *fields[PV_IN_USE] != '\0';
        device->path = g_strdup(fields[PV_NAME]);
        g_ptr_array_add(devices, device);
    }
    return g_steal_pointer(&devices);
}

AljLvmVolume *
alj_lvm_group_find(const AljLvmGroup *group, const char *name)
{
    for (guint i = 0; i < group->volumes->len; i++) {
        AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        if (strcmp(volume->name, name) == 0)
            return volume;
    }
    return NULL;
}
