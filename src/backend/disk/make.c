/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New partitions. All is planned on a copy of the table before the disk is touched (D-02b); from then on a record stands until
 * the volume is complete, filled and durable. Others may use the disk's other partitions meanwhile. Runs on a pool's
 * workers.
 */
#include "backend/disk/vol.h"

#include "backend/blocks/blocks.h"
#include "backend/disk/record.h"
#include "backend/files/vet.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/blocks.h"

#include <string.h>

#define NODE_USEC       (10 * G_USEC_PER_SEC) /* until devtmpfs or udev shows a new partition */
#define LUKS_ROOM_BYTES (2u << 20)            /* what qemu-img puts in front of the data */

/** Plan: a partition that does not exist yet. */
typedef struct Plan {
    AljDisk disk;           /* (owned) */
    unsigned sector_bytes;
    AljPart part;
    AljTableChange *change; /* (owned) */
} Plan;

#define PLAN_INIT { .disk = ALJ_DISK_INIT }

static void
plan_clear(Plan *plan)
{
    alj_disk_clear(&plan->disk);
    g_clear_pointer(&plan->change, alj_table_change_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plan, plan_clear)

/* Finds the place for @request and what the volume will be called there. The disk is open, and locked if it will be changed. */
static bool
make_plan(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, Plan *plan, GError **error)
{
    AljPartRequest place;
    uint64_t bytes;
    g_autoptr(AljPartTable) table = alj_diskpool_read(call, pool, &plan->disk, error);
    if (!table)
        return false;
    if (__builtin_add_overflow(request->capacity_bytes, request->encryption ? LUKS_ROOM_BYTES : 0, &bytes))
        return alj_fail(error, ALJ_ERROR_INTERNAL, "no large enough free extent");
    if (!alj_diskpool_place(table, request->format, bytes, &place, error))
        return false;
    plan->sector_bytes = table->sector_bytes;
    plan->change = alj_partitions_plan_add(call->host, plan->disk.fd, plan->disk.path, &place, &plan->part, error);
    if (!plan->change)
        return false;
    g_autofree char *name = alj_diskpool_part_name(&plan->disk, plan->part.number);
    return strcmp(name, request->name) == 0
        || alj_fail(error, ALJ_ERROR_INVALID_ARG, "invalid partition name '%s', expected '%s'", request->name, name);
}

bool
alj_disk_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error)
{
    g_auto(Plan) plan = PLAN_INIT;
    if (!alj_block_vol_check_request(vol, error) || !alj_disk_open(call->host, alj_diskpool_device(pool), O_RDONLY, &plan.disk, error)
        || !make_plan(call, pool, vol, &plan, error))
        return false;
    g_free(vol->path);
    g_free(vol->key);
    vol->type = ALJ_VOL_BLOCK;
    vol->path = alj_disk_part_path(&plan.disk, plan.part.number);
    vol->key = g_strdup(vol->path);
    return true;
}

/* ---- carrying it out ---- */

/* Writes the table and has the kernel show the partition. The lock ends with this. */
static AljDiskRecord *
add_partition(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, AljPart *ret_part, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    g_auto(Plan) plan = PLAN_INIT; /* closes the disk, and so unlocks it, before a step back locks it again */
    AljHost *host = call->host;
    if (!alj_disk_open(host, alj_diskpool_device(pool), O_RDWR, &plan.disk, error)
        || !alj_disk_lock(host, &plan.disk, call->task, error) || !make_plan(call, pool, request, &plan, error))
        return NULL;
    if (!plan.disk.is_block) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' is no block device: its partitions have no nodes", plan.disk.path);
        return NULL;
    }
    AljDiskRecord *record = alj_disk_record_new(call, pool, &plan.disk, ALJ_DISK_ADDS, &plan.part, plan.change, error);
    if (!record)
        return NULL;
    alj_undo_push(&undo, alj_disk_record_undo, record, NULL);
    g_autofree char *node = alj_disk_part_path(&plan.disk, plan.part.number);
    if (!alj_table_change_apply(plan.change, host, plan.disk.fd, plan.disk.path, error)
        || !alj_disk_add(host, &plan.disk, &plan.part, plan.sector_bytes, error)
        || !alj_block_wait(host, node, true, NODE_USEC, call->task, error))
        return NULL;
    *ret_part = plan.part;
    alj_undo_commit(&undo);
    return record;
}

/* The volume as it has become. What it is for, and how it is encrypted, no scan will find: that is kept until the next. */
static AljVolDef *
read_made(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, GError **error)
{
    g_autoptr(AljVolDef) made = alj_disk_vol_probe(call, pool, request->name, error);
    if (!made)
        return NULL;
    if (made->problem) {
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "%s: %s", made->path, made->problem);
        return NULL;
    }
    made->format = request->format;
    if (request->encryption) {
        g_autoptr(AljVolDef) copy = alj_vol_def_copy(request);
        made->encryption = g_steal_pointer(&copy->encryption);
        made->capacity_bytes = made->allocation_bytes = request->capacity_bytes;
    }
    return g_steal_pointer(&made);
}

/* What the volume holds from the beginning. @part: where it must be; @from: (nullable) what it is to hold */
static bool
write_content(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljPart *part, const AljVolDef *made,
              const AljVolDef *from, GError **error)
{
    g_auto(AljDisk) disk = ALJ_DISK_INIT;
    alj_autofd fd = alj_disk_open(call->host, alj_diskpool_device(pool), O_RDONLY, &disk, error)
        ? alj_disk_vol_node(call, &disk, made, part, O_RDWR, ALJ_BLOCK_NO_STREAM, error) : -1;
    return fd >= 0 && (!request->encryption || alj_block_vol_encrypt(call, request, fd, error))
        && (!from || alj_block_vol_fill(call, made, fd, from, false, error));
}

/* @from: (nullable) what it is to hold */
static AljVolDef *
make(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from, GError **error)
{
    AljPart part;
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (!alj_block_vol_check_request(request, error))
        return NULL;
    AljDiskRecord *record = add_partition(call, pool, request, &part, error);
    if (!record)
        return NULL;
    alj_undo_push(&undo, alj_disk_record_undo, record, NULL);
    alj_diskpool_settle(call);
    g_autoptr(AljVolDef) made = read_made(call, pool, request, error);
    if (!made || ((from || request->encryption) && !write_content(call, pool, request, &part, made, from, error))
        || !alj_disk_record_drop(record, error))
        return NULL;
    alj_undo_commit(&undo);
    return g_steal_pointer(&made);
}

AljVolDef *
alj_disk_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    return make(call, pool, request, NULL, error);
}

AljVolDef *
alj_disk_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                  AljPoolType from_pool, unsigned flags, GError **error)
{
    if (request->format == ALJ_FORMAT_EXTENDED) {
        alj_fail(error, ALJ_ERROR_INVALID_ARG, "an extended partition cannot hold the bytes of volume '%s'", from->name);
        return NULL;
    }
    return alj_vet_check_encryption(from, error) ? make(call, pool, request, from, error) : NULL;
}
