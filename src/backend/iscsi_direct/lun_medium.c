/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of a disk behind iSCSI: whole blocks go as they are, pieces of blocks are read, changed and written. Owns the session.
 * Runs on a pool's workers.
 */
#include "backend/iscsi_direct/lun.h"

#include "base/task.h"

#include <errno.h>
#include <iscsi/scsi-lowlevel.h>
#include <string.h>

#define TRANSFER_BYTES (1u << 20)  /* of one command; more makes nothing faster and takes longer to end */
#define ZERO_BYTES     (64u << 20) /* of one command that sends none of them */

typedef struct LunMedium {
    AljMedium medium;
    AljIscsi *session;
    AljLun lun;
    AljScsiLimits limits;
    bool has_same;           /* knows WRITE SAME, as far as we know */
    bool can_unmap;          /* gives back by UNMAP … */
    bool can_same_unmap;     /* … and by WRITE SAME, where blocks given back read as zeros */
    bool has_status;         /* tells which blocks it has given back, as far as we know */
    uint8_t *zeros;          /* TRANSFER_BYTES of them */
    uint8_t *block;          /* for pieces of one */
} LunMedium;

static uint64_t
size_of(const LunMedium *own)
{
    return own->lun.shape.blocks * own->lun.shape.block_bytes;
}

static bool
lun_size(AljMedium *medium, uint64_t *ret_bytes, GError **error)
{
    *ret_bytes = size_of((const LunMedium *) medium);
    return true;
}

/* ---- whole blocks ---- */

/* How many of @blocks one command may move. */
static uint32_t
transfer_blocks(const LunMedium *own, uint64_t blocks)
{
    uint32_t most = TRANSFER_BYTES / own->lun.shape.block_bytes;
    if (own->limits.transfer_blocks > 0)
        most = MIN(most, own->limits.transfer_blocks);
    return (uint32_t) MIN(blocks, most);
}

static bool
read_blocks(LunMedium *own, void *data, uint64_t at, uint32_t blocks, GError **error)
{
    unsigned block_bytes = own->lun.shape.block_bytes;
    return alj_iscsi_run(own->session, own->lun.number,
                         scsi_cdb_read16(at, blocks * block_bytes, (int) block_bytes, 0, 0, 0, 0, 0), data, NULL, error);
}

static bool
write_blocks(LunMedium *own, const void *data, uint64_t at, uint32_t blocks, GError **error)
{
    unsigned block_bytes = own->lun.shape.block_bytes;
    return alj_iscsi_run(own->session, own->lun.number,
                         scsi_cdb_write16(at, blocks * block_bytes, (int) block_bytes, 0, 0, 0, 0, 0), (void *) data, NULL, error);
}

/* ---- any bytes ---- */

/* A range cut at blocks: a piece of one, or many whole ones. */
typedef struct Cut {
    uint64_t at;          /* block */
    size_t skip_bytes;    /* in front of the piece */
    size_t bytes;
    uint32_t blocks;      /* 0: a piece */
} Cut;

static Cut
cut_first(const LunMedium *own, uint64_t offset_bytes, uint64_t bytes)
{
    unsigned block_bytes = own->lun.shape.block_bytes;
    Cut cut = { .at = offset_bytes / block_bytes, .skip_bytes = (size_t) (offset_bytes % block_bytes) };
    if (cut.skip_bytes == 0 && bytes >= block_bytes)
        cut.blocks = transfer_blocks(own, bytes / block_bytes);
    cut.bytes = cut.blocks ? (size_t) cut.blocks * block_bytes : (size_t) MIN(bytes, block_bytes - cut.skip_bytes);
    return cut;
}

static gssize
lun_read(AljMedium *medium, void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    LunMedium *own = (LunMedium *) medium;
    size_t done = 0;
    bytes = (size_t) MIN(bytes, offset_bytes < size_of(own) ? size_of(own) - offset_bytes : 0);
    while (done < bytes) {
        Cut cut = cut_first(own, offset_bytes + done, bytes - done);
        uint8_t *to = (uint8_t *) data + done;
        if (!read_blocks(own, cut.blocks ? to : own->block, cut.at, MAX(cut.blocks, 1), error))
            return -1;
        if (!cut.blocks)
            memcpy(to, own->block + cut.skip_bytes, cut.bytes);
        done += cut.bytes;
    }
    return (gssize) done;
}

static bool
write_piece(LunMedium *own, const void *data, const Cut *cut, GError **error)
{
    if (!read_blocks(own, own->block, cut->at, 1, error))
        return false;
    memcpy(own->block + cut->skip_bytes, data, cut->bytes);
    return write_blocks(own, own->block, cut->at, 1, error);
}

static bool
lun_write(AljMedium *medium, const void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    LunMedium *own = (LunMedium *) medium;
    uint64_t left_bytes = offset_bytes < size_of(own) ? size_of(own) - offset_bytes : 0;
    size_t taken = (size_t) MIN(bytes, left_bytes);
    for (size_t done = 0; done < taken;) {
        Cut cut = cut_first(own, offset_bytes + done, taken - done);
        const uint8_t *from = (const uint8_t *) data + done;
        if (!(cut.blocks ? write_blocks(own, from, cut.at, cut.blocks, error) : write_piece(own, from, &cut, error)))
            return false;
        done += cut.bytes;
    }
    return taken == bytes || alj_fail_errno(error, ENOSPC, "LUN %u ends at %" G_GUINT64_FORMAT " bytes", own->lun.number, size_of(own));
}

/* ---- zeros ---- */

/* One block of zeros, to be written many times by one command. Sets has_same to false if the disk does not know that. */
static bool
write_same(LunMedium *own, uint64_t at, uint32_t blocks, bool may_unmap, GError **error)
{
    GError *failure = NULL;
    bool is_unmap = may_unmap && own->can_same_unmap;
    if (alj_iscsi_run(own->session, own->lun.number, scsi_cdb_writesame16(0, 0, is_unmap, at, 0, blocks, own->lun.shape.block_bytes),
                      own->zeros, NULL, &failure))
        return true;
    own->has_same = !alj_error_is(failure, ALJ_ERROR_UNSUPPORTED);
    g_propagate_error(error, failure);
    return false;
}

static uint32_t
same_blocks(const LunMedium *own, uint64_t blocks)
{
    uint64_t most = ZERO_BYTES / own->lun.shape.block_bytes;
    if (own->limits.same_blocks > 0)
        most = MIN(most, own->limits.same_blocks);
    return (uint32_t) MIN(blocks, most);
}

/* The next of @blocks whole blocks at @at, as many as one command takes. Returns: how many, 0 on failure. */
static uint32_t
zero_blocks(LunMedium *own, uint64_t at, uint64_t blocks, bool may_unmap, GError **error)
{
    GError *failure = NULL;
    uint32_t n = same_blocks(own, blocks);
    if (own->has_same && write_same(own, at, n, may_unmap, &failure))
        return n;
    if (own->has_same) {
        g_propagate_error(error, failure);
        return 0;
    }
    g_clear_error(&failure);
    n = transfer_blocks(own, blocks);
    return write_blocks(own, own->zeros, at, n, error) ? n : 0;
}

static bool
lun_zero(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, GError **error)
{
    LunMedium *own = (LunMedium *) medium;
    unsigned block_bytes = own->lun.shape.block_bytes;
    while (bytes > 0) {
        uint64_t done = MIN(bytes, block_bytes - offset_bytes % block_bytes); /* up to the next block, if it is not one */
        if (offset_bytes % block_bytes == 0 && bytes >= block_bytes)
            done = (uint64_t) zero_blocks(own, offset_bytes / block_bytes, bytes / block_bytes, true, error) * block_bytes;
        else if (!lun_write(medium, own->zeros, (size_t) done, offset_bytes, error))
            return false;
        if (done == 0)
            return false;
        offset_bytes += done;
        bytes -= done;
    }
    return true;
}

/* ---- holes ---- */

static bool
lun_extent(AljMedium *medium, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error)
{
    LunMedium *own = (LunMedium *) medium;
    uint8_t answer[ALJ_SCSI_STATUS_BYTES] = { 0 };
    g_autoptr(GError) failure = NULL;
    uint64_t at = offset_bytes / own->lun.shape.block_bytes, end;
    size_t got;
    *ret_is_data = true;
    *ret_end_bytes = size_of(own);
    if (!own->has_status)
        return true;
    if (!alj_iscsi_run(own->session, own->lun.number, scsi_cdb_get_lba_status(at, sizeof answer), answer, &got, &failure)) {
        own->has_status = false;
        if (alj_error_is(failure, ALJ_ERROR_UNSUPPORTED))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (alj_scsi_parse_status(answer, got, at, ret_is_data, &end))
        *ret_end_bytes = MIN(end, own->lun.shape.blocks) * own->lun.shape.block_bytes;
    return true;
}

/* ---- the rest ---- */

static bool
lun_flush(AljMedium *medium, GError **error)
{
    LunMedium *own = (LunMedium *) medium;
    GError *failure = NULL;
    if (alj_iscsi_run(own->session, own->lun.number, scsi_cdb_synchronizecache16(0, 0, 0, 0), NULL, NULL, &failure))
        return true;
    if (alj_error_is(failure, ALJ_ERROR_UNSUPPORTED)) { /* the older form; whoever knows neither has no cache */
        g_clear_error(&failure);
        if (alj_iscsi_run(own->session, own->lun.number, scsi_cdb_synchronizecache10(0, 0, 0, 0), NULL, NULL, &failure))
            return true;
    }
    bool has_cache = !alj_error_is(failure, ALJ_ERROR_UNSUPPORTED);
    if (has_cache)
        g_propagate_error(error, failure);
    else
        g_error_free(failure);
    return !has_cache;
}

static void
lun_close(AljMedium *medium)
{
    LunMedium *own = (LunMedium *) medium;
    alj_iscsi_free(own->session);
    g_free(own->zeros);
    g_free(own->block);
    g_free(own);
}

static bool
learn(LunMedium *own, GError **error)
{
    uint8_t limits[ALJ_SCSI_PAGE_BYTES] = { 0 }, provisioning[ALJ_SCSI_PAGE_BYTES] = { 0 };
    bool can_same;
    gssize got = alj_lun_page(own->session, own->lun.number, ALJ_SCSI_PAGE_LIMITS, limits, error);
    if (got < 0)
        return false;
    alj_scsi_parse_limits(limits, (size_t) got, &own->limits);
    got = own->lun.shape.is_thin ? alj_lun_page(own->session, own->lun.number, ALJ_SCSI_PAGE_PROVISIONING, provisioning, error) : 0;
    if (got < 0)
        return false;
    alj_scsi_parse_provisioning(provisioning, (size_t) got, &own->can_unmap, &can_same);
    own->can_same_unmap = can_same && own->lun.shape.reads_zeros;
    return true;
}

/* The target's units were changed, says the target. */
static bool
check_identity(void *data, GError **error)
{
    LunMedium *own = data;
    uint64_t identity;
    if (!alj_lun_identify(own->session, own->lun.number, &identity, error))
        return false;
    return identity == own->lun.identity
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "LUN %u has become another disk", own->lun.number);
}

AljMedium *
alj_lun_open(AljIscsi *take_session, const AljLun *lun, GError **error)
{
    static const AljMediumOps ops = { .size = lun_size, .read = lun_read, .write = lun_write, .zero = lun_zero,
                                      .extent = lun_extent, .flush = lun_flush, .close = lun_close };
    const AljScsiShape *shape = &lun->shape;
    LunMedium *own = g_new0(LunMedium, 1);
    *own = (LunMedium){ .medium.ops = &ops, .session = take_session, .lun = *lun, .has_same = true,
                        .has_status = shape->is_thin && shape->reads_zeros, .zeros = g_malloc0(TRANSFER_BYTES),
                        .block = g_malloc0(shape->block_bytes) };
    alj_iscsi_on_change(take_session, check_identity, own);
    g_autoptr(AljMedium) medium = &own->medium;
    return learn(own, error) ? g_steal_pointer(&medium) : NULL;
}

bool
alj_lun_overwrite(AljMedium *medium, AljTask *task, GError **error)
{
    LunMedium *own = (LunMedium *) medium;
    for (uint64_t at = 0; at < own->lun.shape.blocks;) {
        uint32_t n = alj_task_check(task, "wipe", error) ? zero_blocks(own, at, own->lun.shape.blocks - at, false, error) : 0;
        if (n == 0)
            return false;
        alj_task_add(task, (uint64_t) n * own->lun.shape.block_bytes);
        at += n;
    }
    return lun_flush(medium, error);
}

static void
put_be(uint8_t *to, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t) (value >> 8 * (size - 1 - i));
}

static bool
unmap(LunMedium *own, uint64_t at, uint32_t blocks, GError **error)
{
    uint8_t list[24] = { 0, 22, 0, 16 }; /* the bytes that follow, those of descriptors, one descriptor */
    size_t taken; /* of no interest: tgt says 0 */
    put_be(list, sizeof list - 2, 2);
    put_be(list + 8, at, 8);
    put_be(list + 16, blocks, 4);
    return alj_iscsi_run(own->session, own->lun.number, scsi_cdb_unmap(0, 0, sizeof list), list, &taken, error);
}

bool
alj_lun_discard(AljMedium *medium, AljTask *task, GError **error)
{
    LunMedium *own = (LunMedium *) medium;
    uint64_t most = own->limits.unmap_blocks > 0 ? own->limits.unmap_blocks : ZERO_BYTES / own->lun.shape.block_bytes;
    if (!own->can_unmap)
        return alj_fail(error, ALJ_ERROR_ARGUMENT_UNSUPPORTED, "'trim' algorithm not supported");
    for (uint64_t at = 0; at < own->lun.shape.blocks;) {
        uint32_t n = (uint32_t) MIN(most, MIN(own->lun.shape.blocks - at, ZERO_BYTES / own->lun.shape.block_bytes));
        if (!alj_task_check(task, "wipe", error) || !unmap(own, at, n, error))
            return false;
        alj_task_add(task, (uint64_t) n * own->lun.shape.block_bytes);
        at += n;
    }
    return lun_flush(medium, error);
}
