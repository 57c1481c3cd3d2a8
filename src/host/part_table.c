/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a partition table through libfdisk and believes of it what can be true: entries lie within the device, and a table in
 * which something contradicts itself is listed but never changed. Owns nothing but what it returns; runs on a pool's
 * workers.
 */
#include "host/part_table.h"

#include "base/error.h"

#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DOS_MAX_SECTORS ((uint64_t) 1 << 32)
#define PROTECTIVE      0xee /* type of the partition that keeps others away from a gpt */
#define TEXT_MAX        400
#define LEAST_BYTES     (64u * 1024) /* what is smaller holds no table that anybody makes */

/* ---- libfdisk ---- */

/* Warnings are kept; of the questions only one is answered: whether a label is wanted at all, by who makes one. */
static int
answer(struct fdisk_context *fdisk, struct fdisk_ask *ask, void *data)
{
    AljLabeller *labeller = data;
    int type = fdisk_ask_get_type(ask);
    if (type == FDISK_ASKTYPE_YESNO && labeller->makes_label)
        return fdisk_ask_yesno_set_result(ask, 1);
    if (type != FDISK_ASKTYPE_WARN && type != FDISK_ASKTYPE_WARNX)
        return type == FDISK_ASKTYPE_INFO ? 0 : -EINVAL;
    const char *text = fdisk_ask_print_get_mesg(ask);
    if (text && labeller->complaints->len < TEXT_MAX)
        g_string_append_printf(labeller->complaints, "%s%.*s", labeller->complaints->len > 0 ? " " : "", TEXT_MAX, text);
    return 0;
}

static void
init_fdisk(void)
{
    fdisk_init_debug(0);
}

bool
alj_labeller_open(const AljTableImage *image, AljLabeller *ret, GError **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* it reads the environment into globals */
    pthread_once(&once, init_fdisk);
    ret->fdisk = fdisk_new_context();
    ret->complaints = g_string_new(NULL);
    int result = ret->fdisk ? fdisk_save_user_sector_size(ret->fdisk, image->sector_bytes, image->sector_bytes) : -ENOMEM;
    if (result == 0)
        result = fdisk_set_ask(ret->fdisk, answer, ret);
    if (result == 0)
        result = fdisk_assign_device_by_fd(ret->fdisk, image->fd, image->name, 0);
    return result == 0 || alj_fail_errno(error, -result, "cannot read the partition table of '%s'", image->name);
}

void
alj_labeller_close(AljLabeller *labeller)
{
    if (labeller->fdisk)
        fdisk_unref_context(labeller->fdisk); /* leaves the descriptor open: it is not its own */
    labeller->fdisk = NULL;
    if (labeller->complaints)
        g_string_free(labeller->complaints, TRUE);
    labeller->complaints = NULL;
}

bool
alj_labeller_fail(const AljLabeller *labeller, int result, const char *verb, const char *name, GError **error)
{
    const char *why = labeller->complaints->len > 0 ? labeller->complaints->str : g_strerror(-result);
    return alj_fail(error, ALJ_ERROR_INTERNAL, "cannot %s the partition table of '%s': %s", verb, name, why);
}

/* ---- the image ---- */

AljTableImage *
alj_part_table_image(AljHost *host, int fd, const char *name, AljEbrChain *ret_chain, GError **error)
{
    g_autoptr(AljTableImage) image = alj_table_image_new(host, fd, name, error);
    if (!image || !alj_table_image_copy(image, 0, ALJ_TABLE_END_BYTES, error))
        return NULL;
    uint64_t tail = image->bytes > ALJ_TABLE_END_BYTES ? image->bytes - ALJ_TABLE_END_BYTES : 0;
    if (!alj_table_image_copy(image, tail, image->bytes, error) || !alj_ebr_follow(image, true, ret_chain, error))
        return NULL;
    return g_steal_pointer(&image);
}

/* ---- entries ---- */

void
alj_part_table_free(AljPartTable *table)
{
    if (!table)
        return;
    g_array_unref(table->parts);
    g_array_unref(table->spaces);
    g_free(table->id);
    g_free(table->problem);
    g_free(table);
}

const AljPart *
alj_part_table_find(const AljPartTable *table, unsigned number)
{
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        if (part->number == number)
            return part;
    }
    return NULL;
}

static void
set_problem(AljPartTable *table, const char *problem)
{
    if (!table->problem)
        table->problem = g_strdup(problem);
}

/* Our name of libfdisk's label, or NULL. */
static const char *
label_of(struct fdisk_context *fdisk)
{
    static const struct {
        enum fdisk_labeltype type;
        const char *name;
    } labels[] = { { FDISK_DISKLABEL_GPT, "gpt" }, { FDISK_DISKLABEL_DOS, "dos" }, { FDISK_DISKLABEL_SUN, "sun" },
                   { FDISK_DISKLABEL_SGI, "dvh" }, { FDISK_DISKLABEL_BSD, "bsd" } };
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
        if (fdisk_has_label(fdisk) && fdisk_is_labeltype(fdisk, labels[i].type))
            return labels[i].name;
    return NULL;
}

static void
add_part(AljPartTable *table, const AljTableImage *image, struct fdisk_partition *entry)
{
    uint64_t sectors = image->bytes / image->sector_bytes, start = fdisk_partition_get_start(entry);
    uint64_t length = fdisk_partition_get_size(entry);
    struct fdisk_parttype *type = fdisk_partition_get_type(entry);
    if (strcmp(table->label, "dos") == 0 && type && fdisk_parttype_get_code(type) == PROTECTIVE)
        set_problem(table, "it stands for a gpt, which cannot be read");
    if (length == 0 || start >= sectors || length > sectors - start) {
        set_problem(table, "a partition reaches beyond the end of the device");
        return;
    }
    AljPart part = { .number = (unsigned) fdisk_partition_get_partno(entry) + 1,
                     .kind = fdisk_partition_is_container(entry) ? ALJ_PART_EXTENDED
                             : fdisk_partition_is_nested(entry)  ? ALJ_PART_LOGICAL
                                                                 : ALJ_PART_PRIMARY,
                     .start_bytes = start * image->sector_bytes,
                     .end_bytes = (start + length) * image->sector_bytes };
    g_array_append_val(table->parts, part);
}

static void
add_parts(AljPartTable *table, const AljTableImage *image, struct fdisk_context *fdisk)
{
    size_t n_parts = fdisk_get_npartitions(fdisk);
    for (size_t i = 0; i < n_parts; i++) {
        struct fdisk_partition *entry = NULL;
        bool is_there = fdisk_is_partition_used(fdisk, i) == 1 && fdisk_get_partition(fdisk, i, &entry) == 0;
        /* The third entry of sun and bsd tables is the whole disk and no partition; of bsd libfdisk does not say so. */
        bool is_whole = is_there && (fdisk_partition_is_wholedisk(entry) || (i == 2 && strcmp(table->label, "bsd") == 0));
        if (is_there && !is_whole && fdisk_partition_has_start(entry) && fdisk_partition_has_size(entry))
            add_part(table, image, entry);
        fdisk_unref_partition(entry);
    }
}

/* ---- free space ---- */

/* Where partitions can be in the table. */
static AljPartSpace
usable_space(const AljPartTable *table, const AljTableImage *image, struct fdisk_context *fdisk)
{
    uint64_t sectors = image->bytes / image->sector_bytes;
    uint64_t first = fdisk_get_first_lba(fdisk), last = fdisk_get_last_lba(fdisk);
    if (g_strcmp0(table->label, "dos") == 0) {
        first = 1;
        last = MIN(sectors, DOS_MAX_SECTORS) - 1;
    } else if (g_strcmp0(table->label, "gpt") == 0) {
        struct fdisk_labelitem *item = fdisk_new_labelitem();
        if (fdisk_get_disklabel_item(fdisk, GPT_LABELITEM_FIRSTLBA, item) == 0)
            (void) fdisk_labelitem_get_data_u64(item, &first); /* a number, by the kind of the item */
        if (fdisk_get_disklabel_item(fdisk, GPT_LABELITEM_LASTLBA, item) == 0)
            (void) fdisk_labelitem_get_data_u64(item, &last);
        fdisk_unref_labelitem(item);
    }
    first = MIN(first, sectors);
    last = sectors == 0 ? 0 : MIN(last, sectors - 1);
    return (AljPartSpace){ .start_bytes = first * image->sector_bytes,
                           .end_bytes = MAX(first, last + 1) * image->sector_bytes };
}

static int
compare_starts(gconstpointer a, gconstpointer b)
{
    const AljPartSpace *left = a, *right = b;
    return left->start_bytes < right->start_bytes ? -1 : left->start_bytes > right->start_bytes;
}

/* Adds to @table what @used (sorted here) leaves of @whole. Overlapping uses are a problem. */
static void
add_spaces(AljPartTable *table, const AljPartSpace *whole, GArray *used)
{
    uint64_t at = whole->start_bytes, used_end = 0;
    g_array_sort(used, compare_starts);
    for (guint i = 0; i <= used->len; i++) {
        AljPartSpace next = { whole->end_bytes, whole->end_bytes, false };
        if (i < used->len)
            next = g_array_index(used, AljPartSpace, i);
        if (i < used->len && next.start_bytes < used_end)
            set_problem(table, "partitions overlap");
        if (i < used->len && (next.start_bytes < whole->start_bytes || next.end_bytes > whole->end_bytes))
            set_problem(table, "a partition lies where none can be");
        AljPartSpace space = { at, MIN(next.start_bytes, whole->end_bytes), whole->is_logical };
        if (space.end_bytes > space.start_bytes)
            g_array_append_val(table->spaces, space);
        at = MAX(at, next.end_bytes);
        used_end = MAX(used_end, next.end_bytes);
    }
}

static void
find_spaces(AljPartTable *table, const AljPartSpace *usable, const AljEbrChain *chain)
{
    const AljPart *extended = NULL;
    g_autoptr(GArray) outer = g_array_new(FALSE, FALSE, sizeof(AljPartSpace));
    g_autoptr(GArray) inner = g_array_new(FALSE, FALSE, sizeof(AljPartSpace));
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        AljPartSpace use = { part->start_bytes, part->end_bytes, false };
        g_array_append_val(part->kind == ALJ_PART_LOGICAL ? inner : outer, use);
        if (part->kind == ALJ_PART_EXTENDED)
            extended = part;
    }
    add_spaces(table, usable, outer);
    if (extended) {
        for (guint i = 0; i < chain->offsets->len; i++) {
            uint64_t offset = g_array_index(chain->offsets, uint64_t, i);
            AljPartSpace link = { offset, offset + table->sector_bytes, false };
            g_array_append_val(inner, link);
        }
        add_spaces(table, &(AljPartSpace){ extended->start_bytes, extended->end_bytes, true }, inner);
    }
    g_array_sort(table->spaces, compare_starts);
}

/* ---- all together ---- */

static unsigned
count_logical(const AljPartTable *table)
{
    unsigned n = 0;
    for (guint i = 0; i < table->parts->len; i++)
        n += g_array_index(table->parts, AljPart, i).kind == ALJ_PART_LOGICAL;
    return n;
}

/* (transfer full) */
static char *
id_of(struct fdisk_context *fdisk)
{
    char *id = NULL;
    (void) fdisk_get_disklabel_id(fdisk, &id); /* not every label has one */
    char *copy = g_strdup(id);
    free(id);
    return copy;
}

AljPartTable *
alj_part_table_of(const AljTableImage *image, const AljEbrChain *chain, GError **error)
{
    g_auto(AljLabeller) labeller = { 0 };
    g_autoptr(AljPartTable) table = g_new0(AljPartTable, 1);
    table->sector_bytes = image->sector_bytes;
    table->parts = g_array_new(FALSE, FALSE, sizeof(AljPart));
    table->spaces = g_array_new(FALSE, FALSE, sizeof(AljPartSpace));
    if (image->bytes < LEAST_BYTES)
        return g_steal_pointer(&table);
    if (!alj_labeller_open(image, &labeller, error))
        return NULL;
    table->label = label_of(labeller.fdisk);
    if (!table->label)
        return g_steal_pointer(&table);
    table->id = id_of(labeller.fdisk);
    if (strcmp(table->label, "dos") == 0 && chain->problem)
        set_problem(table, chain->problem);
    if (labeller.complaints->len > 0)
        set_problem(table, labeller.complaints->str);
    if (strcmp(table->label, "gpt") == 0 && fdisk_gpt_is_hybrid(labeller.fdisk))
        set_problem(table, "it is a hybrid of gpt and dos");
    AljPartSpace usable = usable_space(table, image, labeller.fdisk);
    add_parts(table, image, labeller.fdisk);
    if (strcmp(table->label, "dos") == 0 && count_logical(table) != chain->n_logical)
        set_problem(table, "its logical partitions cannot all be read");
    find_spaces(table, &usable, chain);
    return g_steal_pointer(&table);
}

AljPartTable *
alj_partitions_read(AljHost *host, int fd, const char *name, GError **error)
{
    g_auto(AljEbrChain) chain = { 0 };
    g_autoptr(AljTableImage) image = alj_part_table_image(host, fd, name, &chain, error);
    return image ? alj_part_table_of(image, &chain, error) : NULL;
}
