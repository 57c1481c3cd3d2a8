/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of changes of partition tables: one small file each in the daemon's own directory. Taking back is one piece of code
 * for a change that failed and for one that a crash cut short: a table that is half written gets its old sectors, and a
 * partition that was being made goes, if it is still exactly where the record says. Objects without a record are never
 * touched. Runs on a pool's workers.
 */
#include "backend/disk/record.h"

#include "base/files.h"
#include "base/guard.h"
#include "base/task.h"
#include "host/blocks.h"
#include "host/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#define FOLDER       "partition-tables"
#define NO_SIGNATURE "0x00000000" /* of a dos table */
#define RECORD_MAX   (64u << 20) /* both ends of a disk, twice */
#define RECORD_TYPE  G_VARIANT_TYPE("(ssuuutt" ALJ_TABLE_CHANGE_TYPE ")")

struct AljDiskRecord {
    AljCall *call;  /* (borrowed) */
    int folder_fd;  /* (owned) so that dropping needs no descriptor: one may be hard to get by then */
    char *file;
    char *device;
    char *disk_id;  /* of its table, or its own: paths of devices may lead to other disks after a boot; "" where it is not needed */
    AljDiskChange kind;
    AljPart part;   /* all zeros for replacements */
    AljTableChange *change;
};

static char *
folder_of(const AljCall *call)
{
    return g_build_filename(call->record_dir, FOLDER, NULL);
}

static int
open_folder(const AljCall *call, GError **error)
{
    g_autofree char *folder = folder_of(call);
    if (!alj_files_make_dirs(folder, 0700, error))
        return -1;
    int fd = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        alj_fail_errno(error, errno, "cannot open directory '%s'", folder);
    return fd;
}

static void
free_record(AljDiskRecord *record)
{
    alj_autofd_clear(&record->folder_fd);
    g_free(record->file);
    g_free(record->device);
    g_free(record->disk_id);
    alj_table_change_free(record->change);
    g_free(record);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljDiskRecord, free_record)

/* ---- writing down ---- */

static bool
save(const AljDiskRecord *record, GError **error)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(
        g_variant_new("(ssuuutt@" ALJ_TABLE_CHANGE_TYPE ")", record->device, record->disk_id, (guint32) record->kind,
                      record->part.number, (guint32) record->part.kind, (guint64) record->part.start_bytes,
                      (guint64) record->part.end_bytes, alj_table_change_format(record->change)));
    g_autofree char *folder = folder_of(record->call);
    return alj_files_save(record->folder_fd, folder, record->file, 0600, g_variant_get_data(value), g_variant_get_size(value),
                          error);
}

static void
own(const AljDiskRecord *record, bool add)
{
    record->call->own_name(record->call, record->file, add);
}

/* Names of records begin with the uuid of their pool. */
static char *
new_name(const AljPoolDef *pool)
{
    char uuid[ALJ_UUID_TEXT_SIZE], own_uuid[ALJ_UUID_TEXT_SIZE];
    AljUuid number;
    alj_uuid_generate(&number);
    return g_strdup_printf("%s.%s", alj_uuid_format(&pool->uuid, uuid), alj_uuid_format(&number, own_uuid));
}

/* The serial number of the disk; without one, which disk it is in this boot: the kernel never gives such a number twice. (transfer full) */
static char *
hardware_id(AljHost *host, const AljDisk *disk)
{
    static const char *const attributes[] = { "serial", "wwid", "device/wwid", "device/serial" };
    g_autofree char *dir = g_strdup_printf("/sys/dev/block/%u:%u", major(disk->device), minor(disk->device));
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        char *serial = alj_sys_attr(host, dir, attributes[i]);
        if (serial && *g_strstrip(serial) != '\0')
            return serial;
        g_free(serial);
    }
    g_autofree char *boot = NULL, *number = alj_sys_attr(host, dir, "diskseq");
    (void) g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL); /* where there is no /proc there is no sysfs, either */
    return g_strdup_printf("%s %s", boot ? g_strchomp(boot) : "", number ? number : "");
}

/* What tells the disk with @table from others. Some programs write dos tables without a signature. (transfer full) */
static char *
id_of(AljHost *host, const AljDisk *disk, const AljPartTable *table)
{
    bool has_id = table->id && strcmp(table->id, NO_SIGNATURE) != 0;
    return has_id ? g_strdup(table->id) : hardware_id(host, disk);
}

/* Only what is made is looked for in the table again, and may be found on another disk that is divided alike. */
static char *
id_to_keep(const AljDisk *disk, AljDiskChange kind, AljCall *call, GError **error)
{
    if (kind != ALJ_DISK_ADDS)
        return g_strdup("");
    g_autoptr(AljPartTable) table = alj_partitions_read(call->host, disk->fd, disk->path, error);
    return table ? id_of(call->host, disk, table) : NULL;
}

AljDiskRecord *
alj_disk_record_new(AljCall *call, const AljPoolDef *pool, const AljDisk *disk, AljDiskChange kind, const AljPart *part,
                    const AljTableChange *change, GError **error)
{
    g_autoptr(AljDiskRecord) record = g_new0(AljDiskRecord, 1);
    g_autoptr(GVariant) copy = g_variant_ref_sink(alj_table_change_format(change));
    record->call = call;
    record->file = new_name(pool);
    record->device = g_strdup(disk->path);
    record->kind = kind;
    if (part)
        record->part = *part;
    record->change = alj_table_change_parse(copy);
    record->disk_id = id_to_keep(disk, kind, call, error);
    record->folder_fd = record->disk_id ? open_folder(call, error) : -1;
    own(record, true);
    if (record->folder_fd >= 0 && save(record, error))
        return g_steal_pointer(&record);
    own(record, false);
    return NULL;
}

static bool
remove_file(const AljDiskRecord *record, GError **error)
{
    g_autofree char *folder = folder_of(record->call);
    return alj_files_remove(record->folder_fd, folder, record->file, error);
}

bool
alj_disk_record_drop(AljDiskRecord *record, GError **error)
{
    if (!remove_file(record, error))
        return false;
    own(record, false);
    free_record(record);
    return true;
}

void
alj_disk_record_finish(AljDiskRecord *take_record)
{
    g_autoptr(AljDiskRecord) record = take_record;
    (void) remove_file(record, NULL);
    own(record, false);
}

/* ---- taking back ---- */

static bool
is_there(const AljPartTable *table, const AljPart *part)
{
    const AljPart *found = alj_part_table_find(table, part->number);
    return found && found->kind == part->kind && found->start_bytes == part->start_bytes && found->end_bytes == part->end_bytes;
}

static bool
remove_made(const AljDiskRecord *record, const AljDisk *disk, GError **error)
{
    AljHost *host = record->call->host;
    g_autoptr(AljTableChange) change = alj_partitions_plan_delete(host, disk->fd, disk->path, &record->part, error);
    return change && alj_disk_remove(host, disk, record->part.number, error)
        && alj_table_change_apply(change, host, disk->fd, disk->path, error);
}

static bool
restore_sectors(const AljDiskRecord *record, const AljDisk *disk, GError **error)
{
    AljTableMatch match;
    AljHost *host = record->call->host;
    if (!alj_table_change_match(record->change, host, disk->fd, &match, error))
        return false;
    bool is_to_go = match == ALJ_TABLE_TORN || (match == ALJ_TABLE_NEW && record->kind == ALJ_DISK_RESIZES);
    return !is_to_go || alj_table_change_revert(record->change, host, disk->fd, disk->path, error);
}

/* A record outlives a boot, after which the path may be another disk's. */
static bool
check_disk(const AljDiskRecord *record, const AljDisk *disk, const AljPartTable *table, GError **error)
{
    g_autofree char *id = id_of(record->call->host, disk, table);
    return strcmp(record->disk_id, id) == 0
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "'%s' is another disk than the one that was changed", record->device);
}

static bool
take_back(const AljDiskRecord *record, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    AljHost *host = record->call->host;
    if (!alj_disk_open(host, record->device, O_RDWR, &disk, error) || !alj_disk_lock(host, &disk, record->call->task, error)
        || !restore_sectors(record, &disk, error))
        return false;
    g_autoptr(AljPartTable) table = alj_partitions_read(host, disk.fd, disk.path, error);
    if (!table)
        return false;
    if (record->kind == ALJ_DISK_ADDS && is_there(table, &record->part))
        return check_disk(record, &disk, table, error) && remove_made(record, &disk, error);
    if (record->kind == ALJ_DISK_ADDS && alj_disk_knows(&disk, &record->part))
        return alj_disk_remove(host, &disk, record->part.number, error);
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        if (record->kind == ALJ_DISK_REPLACES || (record->kind == ALJ_DISK_REMOVES && part->number == record->part.number))
            alj_disk_restore(&disk, part, table->sector_bytes);
        if (record->kind == ALJ_DISK_RESIZES && part->number == record->part.number)
            alj_disk_reshape(&disk, part);
    }
    return true;
}

/* A task of its own: that of the change may be over, by cancel or deadline, and others may have the disk locked just now. */
void
alj_disk_record_undo(void *take_record)
{
    g_autoptr(AljDiskRecord) record = take_record;
    AljTask task = { 0 };
    AljCall call = *record->call;
    call.task = &task;
    record->call = &call;
    if (take_back(record, NULL)) /* the failure that led here is the one that is told */
        (void) remove_file(record, NULL); /* as in recover_one() */
    own(record, false);
}

/* ---- after a crash ---- */

/* Returns: NULL if the file holds no record. */
static AljDiskRecord *
parse(AljCall *call, const char *file, const char *data, size_t length)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, length);
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_new_from_bytes(RECORD_TYPE, bytes, FALSE));
    if (!g_variant_is_normal_form(value))
        return NULL;
    guint32 kind, part_kind;
    guint64 start_bytes, end_bytes;
    g_autoptr(GVariant) change = NULL;
    g_autoptr(AljDiskRecord) record = g_new0(AljDiskRecord, 1);
    g_variant_get(value, "(ssuuutt@" ALJ_TABLE_CHANGE_TYPE ")", &record->device, &record->disk_id, &kind, &record->part.number,
                  &part_kind, &start_bytes, &end_bytes, &change);
    record->call = call;
    record->folder_fd = -1;
    record->file = g_strdup(file);
    record->kind = (AljDiskChange) kind;
    record->part.kind = (AljPartKind) part_kind;
    record->part.start_bytes = start_bytes;
    record->part.end_bytes = end_bytes;
    record->change = alj_table_change_parse(change);
    return record->change && kind <= ALJ_DISK_RESIZES && part_kind <= ALJ_PART_LOGICAL ? g_steal_pointer(&record) : NULL;
}

/* A record that was cut by the crash is of a change that had not begun. */
static void
recover_one(AljCall *call, int folder_fd, const char *folder, const char *file, bool is_last_try, GPtrArray *problems)
{
    g_autoptr(GError) error = NULL;
    size_t length;
    g_autofree char *data = alj_files_load(folder_fd, file, RECORD_MAX, &length, &error);
    g_autoptr(AljDiskRecord) record = data ? parse(call, file, data, length) : NULL;
    if (!data || (record && !take_back(record, &error))) {
        if (is_last_try)
            g_ptr_array_add(problems, g_strdup_printf("a change of a partition table that was interrupted cannot be taken back: "
                                                      "%s", error->message));
        return;
    }
    (void) alj_files_remove(folder_fd, folder, file, NULL); /* one that stays is found to be over by the next scan */
    g_ptr_array_add(problems, record ? g_strdup_printf("a change of the partition table of '%s' was interrupted and has been "
                                                       "taken back", record->device)
                                     : g_strdup_printf("'%s/%s' is no record and is dropped", folder, file));
}

void
alj_disk_recover(AljCall *call, const AljPoolDef *pool, GPtrArray *problems)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    g_autofree char *folder = folder_of(call);
    alj_uuid_format(&pool->uuid, uuid);
    /* Twice: a partition can only be removed from a table that is whole again, by another record. */
    for (int round = 0; round < 2; round++) {
        g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
        alj_autofd fd = entries ? open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC) : -1;
        const char *file;
        while (fd >= 0 && (file = g_dir_read_name(entries)))
            if (g_str_has_prefix(file, uuid) && !g_str_has_suffix(file, ".new") && !call->is_owned_name(call, file))
                recover_one(call, fd, folder, file, round == 1, problems);
    }
}
