/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output of zfs: one dataset a line, fields apart by tabs, numbers in bytes, "-" for what there is none of. Pure; any thread. */
#include "backend/zfs/parse.h"

#include <string.h>

#define NAME_MAX_BYTES 255 /* of a whole dataset, ZFS_MAX_DATASET_NAME_LEN */
#define NOTHING        "-"

enum { NAME, TYPE, GUID, USED, AVAILABLE, VOLSIZE, VOLBLOCKSIZE, OWN, RESERVED, ORIGIN, MARK, N_FIELDS };
enum { SNAPSHOT, CLONES, DEFERRED, N_SNAPSHOT_FIELDS };

void
alj_zfs_dataset_free(AljZfsDataset *dataset)
{
    if (!dataset)
        return;
    g_free(dataset->name);
    g_free(dataset->origin);
    g_free(dataset->mark);
    g_free(dataset);
}

void
alj_zfs_snapshot_free(AljZfsSnapshot *snapshot)
{
    if (!snapshot)
        return;
    g_free(snapshot->name);
    g_strfreev(snapshot->clones);
    g_free(snapshot);
}

static bool
parse_bytes(const char *text, uint64_t *ret)
{
    guint64 bytes = 0;
    if (strcmp(text, NOTHING) != 0 && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &bytes, NULL))
        return false;
    *ret = bytes;
    return true;
}

static char *
parse_text(const char *text)
{
    return strcmp(text, NOTHING) == 0 ? NULL : g_strdup(text);
}

/* Returns: NULL if @line is no dataset. (transfer full) */
static AljZfsDataset *
parse_dataset(const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, "\t", N_FIELDS);
    g_autoptr(AljZfsDataset) dataset = g_new0(AljZfsDataset, 1);
    uint64_t own, reserved;
    if (g_strv_length(fields) != N_FIELDS || !*fields[NAME] || !g_utf8_validate(line, -1, NULL))
        return NULL;
    dataset->is_volume = strcmp(fields[TYPE], "volume") == 0;
    if (!dataset->is_volume && strcmp(fields[TYPE], "filesystem") != 0)
        return NULL;
    if (!g_ascii_string_to_unsigned(fields[GUID], 10, 1, G_MAXUINT64, &dataset->guid, NULL)
        || !parse_bytes(fields[USED], &dataset->used_bytes) || !parse_bytes(fields[AVAILABLE], &dataset->available_bytes)
        || !parse_bytes(fields[VOLSIZE], &dataset->volume_bytes) || !parse_bytes(fields[VOLBLOCKSIZE], &dataset->block_bytes)
        || !parse_bytes(fields[OWN], &own) || !parse_bytes(fields[RESERVED], &reserved)
        || __builtin_add_overflow(own, reserved, &dataset->taken_bytes))
        return NULL;
    dataset->name = g_strdup(fields[NAME]);
    dataset->origin = strchr(fields[ORIGIN], '@') ? g_strdup(fields[ORIGIN]) : NULL;
    dataset->mark = parse_text(fields[MARK]);
    return g_steal_pointer(&dataset);
}

GPtrArray *
alj_zfs_parse_datasets(const char *text, unsigned *ret_skipped)
{
    GPtrArray *datasets = g_ptr_array_new_with_free_func((GDestroyNotify) alj_zfs_dataset_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned skipped = 0;
    for (char **line = lines; *line; line++) {
        AljZfsDataset *dataset = **line ? parse_dataset(*line) : NULL;
        if (dataset)
            g_ptr_array_add(datasets, dataset);
        else if (**line)
            skipped++;
    }
    if (ret_skipped)
        *ret_skipped = skipped;
    return datasets;
}

GPtrArray *
alj_zfs_parse_snapshots(const char *text)
{
    GPtrArray *snapshots = g_ptr_array_new_with_free_func((GDestroyNotify) alj_zfs_snapshot_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, "\t", -1);
        if (g_strv_length(fields) != N_SNAPSHOT_FIELDS || !strchr(fields[SNAPSHOT], '@') || !g_utf8_validate(*line, -1, NULL))
            continue;
        bool has_clones = *fields[CLONES] && strcmp(fields[CLONES], NOTHING) != 0;
        AljZfsSnapshot *snapshot = g_new0(AljZfsSnapshot, 1);
        snapshot->name = g_strdup(fields[SNAPSHOT]);
        snapshot->clones = g_strsplit(has_clones ? fields[CLONES] : "", ",", -1);
        snapshot->is_deferred = strcmp(fields[DEFERRED], "on") == 0;
        g_ptr_array_add(snapshots, snapshot);
    }
    return snapshots;
}

bool
alj_zfs_parse_objects(const char *text, uint64_t *ret)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    uint64_t sum = 0, objects;
    for (char **line = lines; *line; line++)
        if (**line && (!g_ascii_string_to_unsigned(*line, 10, 0, G_MAXUINT64, &objects, NULL)
                       || __builtin_add_overflow(sum, objects, &sum)))
            return false;
    *ret = sum;
    return true;
}

bool
alj_zfs_is_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_BYTES || *name == '-' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (const char *c = name; *c; c++)
        if (!g_ascii_isalnum(*c) && !strchr("_.:-", *c))
            return false;
    return true;
}

bool
alj_zfs_is_dataset(const char *name)
{
    g_auto(GStrv) components = g_strsplit(name, "/", -1);
    if (!*components || strlen(name) >= NAME_MAX_BYTES)
        return false;
    for (char **component = components; *component; component++)
        if (!alj_zfs_is_name(*component))
            return false;
    return true;
}

const char *
alj_zfs_child(const char *parent, const char *name)
{
    size_t length = strlen(parent);
    if (strncmp(name, parent, length) != 0 || name[length] != '/')
        return NULL;
    return alj_zfs_is_name(name + length + 1) ? name + length + 1 : NULL;
}

bool
alj_zfs_same_pool(const char *a, const char *b)
{
    size_t length = strcspn(a, "/@");
    return length > 0 && length == strcspn(b, "/@") && strncmp(a, b, length) == 0;
}
