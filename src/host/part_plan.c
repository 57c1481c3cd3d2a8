/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of a partition table, tried on the copy first. What comes out is compared with what was: whatever libfdisk did, a plan
 * in which another partition moved, vanished or got another number, or which writes into one, is refused. Runs on a
 * pool's workers.
 */
#include "host/part_table.h"

#include "base/error.h"

#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <string.h>

#define CLEAR_BYTES (4u << 20) /* a new table is alone: the farthest superblock known (VMFS) is at 2 MiB */
#define MAX_ROUNDS  4          /* edits until every page that is written was copied: two are enough */

/** Edit: what is to be done to a table. */
typedef struct Edit {
    const AljPartRequest *add; /* or */
    const AljPart *remove;     /* or */
    const AljPart *resize;     /* to made.end_bytes; or */
    const char *label;
    AljPart made;              /* by add, or resize */
} Edit;

/* ---- libfdisk's part ---- */

static int
set_type(struct fdisk_context *fdisk, struct fdisk_partition *entry, const AljPartRequest *request)
{
    const struct fdisk_label *label = fdisk_get_label(fdisk, NULL);
    struct fdisk_parttype *type = fdisk_is_label(fdisk, GPT)
        ? fdisk_label_get_parttype_from_string(label, request->gpt_type)
        : fdisk_label_get_parttype_from_code(label, request->kind == ALJ_PART_EXTENDED ? 0x0f : request->dos_type);
    return type ? fdisk_partition_set_type(entry, type) : -EINVAL;
}

/* Logical partitions take the number behind the last by themselves; all others the lowest that is free. */
static int
set_number(struct fdisk_context *fdisk, struct fdisk_partition *entry, AljPartKind kind)
{
    size_t n_primary = fdisk_is_label(fdisk, DOS) ? 4 : fdisk_get_npartitions(fdisk);
    if (kind == ALJ_PART_LOGICAL)
        return fdisk_partition_partno_follow_default(entry, 1);
    for (size_t i = 0; i < n_primary; i++)
        if (fdisk_is_partition_used(fdisk, i) == 0)
            return fdisk_partition_set_partno(entry, i);
    return -ENOSPC;
}

static int
describe(struct fdisk_context *fdisk, struct fdisk_partition *entry, const AljPartRequest *request)
{
    uint64_t sector_bytes = fdisk_get_sector_size(fdisk);
    int result = fdisk_partition_set_start(entry, request->start_bytes / sector_bytes);
    if (result == 0)
        result = fdisk_partition_set_size(entry, (request->end_bytes - request->start_bytes) / sector_bytes);
    if (result == 0)
        result = fdisk_partition_size_explicit(entry, 1);
    if (result == 0)
        result = set_number(fdisk, entry, request->kind);
    return result == 0 ? set_type(fdisk, entry, request) : result;
}

static bool
add(AljLabeller *labeller, const AljTableImage *image, Edit *edit, GError **error)
{
    size_t index = 0;
    struct fdisk_partition *entry = fdisk_new_partition();
    int result = entry ? describe(labeller->fdisk, entry, edit->add) : -ENOMEM;
    if (result == 0)
        result = fdisk_add_partition(labeller->fdisk, entry, &index);
    fdisk_unref_partition(entry);
    if (result != 0)
        return alj_labeller_fail(labeller, result, "add to", image->name, error);
    edit->made = (AljPart){ (unsigned) index + 1, edit->add->kind, edit->add->start_bytes, edit->add->end_bytes };
    return true;
}

static bool
resize(AljLabeller *labeller, const AljTableImage *image, const Edit *edit, GError **error)
{
    const AljPart *made = &edit->made;
    struct fdisk_partition *entry = fdisk_new_partition();
    int result = entry ? fdisk_partition_set_size(entry, (made->end_bytes - made->start_bytes)
                                                             / fdisk_get_sector_size(labeller->fdisk)) : -ENOMEM;
    if (result == 0)
        result = fdisk_partition_size_explicit(entry, 1);
    if (result == 0)
        result = fdisk_set_partition(labeller->fdisk, made->number - 1, entry);
    fdisk_unref_partition(entry);
    return result == 0 || alj_labeller_fail(labeller, result, "change", image->name, error);
}

/* The first usable sector is made what other programs choose, right behind the entries; partitions are aligned anyway. */
static bool
make_label(AljLabeller *labeller, const AljTableImage *image, const char *label, GError **error)
{
    const char *known = strcmp(label, "dvh") == 0 ? "sgi" : label;
    struct fdisk_script *script = fdisk_new_script(labeller->fdisk);
    uint64_t entries_bytes = 128 * 128; /* the least a gpt reserves */
    g_autofree char *first = g_strdup_printf("%" G_GUINT64_FORMAT, 2 + (entries_bytes + image->sector_bytes - 1)
                                                                           / image->sector_bytes);
    int result = script ? fdisk_script_set_header(script, "label", known) : -ENOMEM;
    labeller->makes_label = true;
    if (result == 0 && strcmp(label, "gpt") == 0)
        result = fdisk_script_set_header(script, "first-lba", first);
    if (result == 0)
        result = fdisk_apply_script_headers(labeller->fdisk, script);
    (void) fdisk_set_script(labeller->fdisk, NULL); /* the two hold each other otherwise */
    fdisk_unref_script(script);
    return result == 0 || alj_labeller_fail(labeller, result, "make", image->name, error);
}

static bool
edit_image(const AljTableImage *image, Edit *edit, GError **error)
{
    g_auto(AljLabeller) labeller = { 0 };
    if (!alj_labeller_open(image, &labeller, error))
        return false;
    if (edit->label && !make_label(&labeller, image, edit->label, error))
        return false;
    if (edit->add && !add(&labeller, image, edit, error))
        return false;
    if (edit->resize && !resize(&labeller, image, edit, error))
        return false;
    int result = edit->remove ? fdisk_delete_partition(labeller.fdisk, edit->remove->number - 1) : 0;
    if (result == 0)
        result = fdisk_write_disklabel(labeller.fdisk);
    return result == 0 || alj_labeller_fail(&labeller, result, "change", image->name, error);
}

/* ---- our part ---- */

static bool
is_same(const AljPart *a, const AljPart *b)
{
    return a->number == b->number && a->kind == b->kind && a->start_bytes == b->start_bytes && a->end_bytes == b->end_bytes;
}

/* Every partition of @from but @except is in @in, the same. */
static bool
has_all(const AljPartTable *in, const AljPartTable *from, const AljPart *except)
{
    for (guint i = 0; i < from->parts->len; i++) {
        const AljPart *part = &g_array_index(from->parts, AljPart, i);
        const AljPart *found = alj_part_table_find(in, part->number);
        if (!(except && is_same(part, except)) && !(found && is_same(part, found)))
            return false;
    }
    return true;
}

static bool
spares_contents(const AljTableChange *change, const AljPartTable *table)
{
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        if (part->kind != ALJ_PART_EXTENDED && alj_table_change_touches(change, part->start_bytes, part->end_bytes))
            return false;
    }
    return true;
}

/* Reads the edited table again. The links are looked for anew: there may be one more, or one less. */
static bool
check_edit(AljTableImage *image, const AljTableChange *change, const AljPartTable *before, const Edit *edit, GError **error)
{
    g_auto(AljEbrChain) chain = { 0 };
    if (!alj_ebr_follow(image, false, &chain, error))
        return false;
    g_autoptr(AljPartTable) after = alj_part_table_of(image, &chain, error);
    if (!after)
        return false;
    const AljPart *gone = edit->remove ? edit->remove : edit->resize;
    const AljPart *come = edit->remove ? NULL : &edit->made;
    const AljPart *found = come ? alj_part_table_find(after, come->number) : NULL;
    bool is_done = (!gone || alj_part_table_find(before, gone->number)) && (!come || (found && is_same(found, come)))
        && after->parts->len + (gone != NULL) == before->parts->len + (come != NULL);
    if (is_done && !after->problem && has_all(after, before, gone) && has_all(before, after, come)
        && spares_contents(change, before))
        return true;
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "the partition table of '%s' cannot be changed without changing other "
                    "partitions in it", image->name);
}

static bool
check_before(const AljPartTable *table, const Edit *edit, const char *name, GError **error)
{
    if (!table->label)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "there is no partition table on '%s'", name);
    if (strcmp(table->label, "gpt") != 0 && strcmp(table->label, "dos") != 0)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "partitions in a table of format '%s' cannot be changed",
                        table->label);
    if (table->problem)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "the partition table of '%s' is not changed before it is repaired: %s",
                        name, table->problem);
    const AljPart *gone = edit->remove ? edit->remove : edit->resize;
    const AljPart *there = gone ? alj_part_table_find(table, gone->number) : NULL;
    if (gone && (!there || !is_same(gone, there)))
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "partition %u of '%s' is not where it was when the pool was read",
                        gone->number, name);
    if (edit->resize && gone->kind == ALJ_PART_EXTENDED)
        return alj_fail(error, ALJ_ERROR_NO_SUPPORT, "extended partition %u of '%s' cannot be resized", gone->number, name);
    for (guint i = 0; edit->remove && i < table->parts->len; i++) {
        const AljPart *other = &g_array_index(table->parts, AljPart, i);
        if (gone->kind == ALJ_PART_EXTENDED && other->kind == ALJ_PART_LOGICAL)
            return alj_fail(error, ALJ_ERROR_BAD_STATE, "extended partition %u of '%s' still holds logical partitions",
                            gone->number, name);
        if (gone->kind == ALJ_PART_LOGICAL && other->number > gone->number)
            return alj_fail(error, ALJ_ERROR_BAD_STATE, "logical partition %u of '%s' cannot be deleted: partition %u would "
                            "become partition %u", gone->number, name, other->number, other->number - 1);
    }
    return true;
}

static AljTableChange *
plan(AljHost *host, int fd, const char *name, Edit *edit, GError **error)
{
    g_auto(AljEbrChain) chain = { 0 };
    g_autoptr(AljTableImage) image = alj_part_table_image(host, fd, name, &chain, error);
    g_autoptr(AljPartTable) before = image ? alj_part_table_of(image, &chain, error) : NULL;
    if (!before || !check_before(before, edit, name, error))
        return NULL;
    for (int round = 0; round < MAX_ROUNDS; round++) {
        g_auto(AljEbrChain) again = { 0 };
        g_autoptr(AljTableImage) fresh = alj_part_table_image(host, fd, name, &again, error);
        bool is_covered;
        if (!fresh || !edit_image(image, edit, error) || !alj_table_image_cover(image, fresh, &is_covered, error))
            return NULL;
        g_autoptr(AljTableChange) change = is_covered ? alj_table_image_diff(image, error) : NULL;
        if (is_covered)
            return change && check_edit(image, change, before, edit, error) ? g_steal_pointer(&change) : NULL;
        alj_table_image_free(image);
        image = g_steal_pointer(&fresh);
    }
    alj_fail(error, ALJ_ERROR_INTERNAL, "the partition table of '%s' is spread too far", name);
    return NULL;
}

AljTableChange *
alj_partitions_plan_add(AljHost *host, int fd, const char *name, const AljPartRequest *request, AljPart *ret_part,
                        GError **error)
{
    Edit edit = { .add = request };
    AljTableChange *change = plan(host, fd, name, &edit, error);
    if (change && ret_part)
        *ret_part = edit.made;
    return change;
}

AljTableChange *
alj_partitions_plan_delete(AljHost *host, int fd, const char *name, const AljPart *part, GError **error)
{
    Edit edit = { .remove = part };
    return plan(host, fd, name, &edit, error);
}

AljTableChange *
alj_partitions_plan_resize(AljHost *host, int fd, const char *name, const AljPart *part, uint64_t end_bytes, GError **error)
{
    Edit edit = { .resize = part, .made = *part };
    edit.made.end_bytes = end_bytes;
    return plan(host, fd, name, &edit, error);
}

/* Copies and then clears @bytes at both ends. */
static AljTableImage *
blank_image(AljHost *host, int fd, const char *name, uint64_t bytes, GError **error)
{
    g_autoptr(AljTableImage) image = alj_table_image_new(host, fd, name, error);
    if (!image)
        return NULL;
    uint64_t tail = image->bytes > bytes ? image->bytes - bytes : 0;
    if (!alj_table_image_copy(image, 0, bytes, error) || !alj_table_image_copy(image, tail, image->bytes, error)
        || !alj_table_image_blank(image, 0, bytes, error) || !alj_table_image_blank(image, tail, image->bytes, error))
        return NULL;
    return g_steal_pointer(&image);
}

AljTableChange *
alj_partitions_plan_label(AljHost *host, int fd, const char *name, const char *label, GError **error)
{
    static const char *const writable[] = { "gpt", "dos", "sun", "dvh", "bsd", NULL };
    Edit edit = { .label = label };
    if (!g_strv_contains(writable, label)) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "partition tables of format '%s' cannot be written", label);
        return NULL;
    }
    g_autoptr(AljTableImage) image = blank_image(host, fd, name, CLEAR_BYTES, error);
    if (!image || !edit_image(image, &edit, error))
        return NULL;
    return alj_table_image_diff(image, error);
}

AljTableChange *
alj_partitions_plan_clear(AljHost *host, int fd, const char *name, GError **error)
{
    g_autoptr(AljTableImage) image = blank_image(host, fd, name, ALJ_TABLE_END_BYTES, error);
    return image ? alj_table_image_diff(image, error) : NULL;
}
