/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What kind of image a file is. Owns the table of signatures; image_*.c read what stands behind them. Pure
 * functions of bytes: no allocation, no I/O, no globals, no recursion; any thread.
 */
#include "host/image.h"

#include "host/image_format.h"

#define ISO_OFFSET       32769
#define ISO_BYTES        8
#define BACKING_NAME_MAX 1023 /* QEMU's limit for every format */

/* documents: what volume documents say of such a file, as the reference does; real: what it is. */
typedef struct Signature {
    AljVolFormat documents, real;
    size_t offset;
    const char *magic;
    size_t magic_bytes;
    AljImageReader read; /* NULL: nothing more to learn */
} Signature;

#define MAGIC(text) (text), sizeof(text) - 1

/* First match wins. Down to VMDK in libvirt's order, then our own. */
static const Signature signatures[] = {
    { ALJ_FORMAT_VPC, ALJ_FORMAT_VPC, 0, MAGIC("conectix"), alj_image_read_vpc },
    { ALJ_FORMAT_VDI, ALJ_FORMAT_VDI, 64, MAGIC("\x7f\x10\xda\xbe"), alj_image_read_vdi },
    { ALJ_FORMAT_PLOOP, ALJ_FORMAT_PLOOP, 0, MAGIC("WithouFreSpacExt"), alj_image_read_ploop },
    { ALJ_FORMAT_COW, ALJ_FORMAT_COW, 0, MAGIC("OOOM"), alj_image_read_cow },
    { ALJ_FORMAT_QCOW, ALJ_FORMAT_QCOW, 0, MAGIC("QFI\xfb"), alj_image_read_qcow },
    { ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 0, MAGIC("QFI\xfb"), alj_image_read_qcow2 },
    { ALJ_FORMAT_QED, ALJ_FORMAT_QED, 0, MAGIC("QED\0"), alj_image_read_qed },
    { ALJ_FORMAT_VMDK, ALJ_FORMAT_VMDK, 0, MAGIC("KDMV"), alj_image_read_vmdk },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_RAW, 0, MAGIC("LUKS\xba\xbe"), alj_image_read_luks },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX, 0, MAGIC("vhdxfile"), NULL }, /* the capacity lies behind the head */
    { ALJ_FORMAT_RAW, ALJ_FORMAT_PARALLELS, 0, MAGIC("WithoutFreeSpace"), alj_image_read_parallels },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK, 0, MAGIC("# Disk DescriptorFile"), alj_image_read_vmdk_text },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_BOCHS, 0, MAGIC("Bochs Virtual HD Image"), alj_image_read_bochs },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_CLOOP, 0, MAGIC("#!/bin/sh\n#V2.0 Format\n"), alj_image_read_cloop },
};

/* Signatures in the last 512 bytes: only looked for when the head says nothing. */
static const Signature tail_signatures[] = {
    { ALJ_FORMAT_RAW, ALJ_FORMAT_VPC, 0, MAGIC("conectix"), alj_image_read_vhd_fixed },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_DMG, 0, MAGIC("koly"), alj_image_read_dmg },
};

static void
set_format(AljImageInfo *info, AljVolFormat documents, AljVolFormat real)
{
    *info = (AljImageInfo) { .format = documents, .real_format = real };
}

static bool
find_signature(const AljImageView *view, const uint8_t *bytes, size_t n_bytes, const Signature *table,
               size_t n_rows, AljImageInfo *info)
{
    for (const Signature *row = table; row < table + n_rows; row++) {
        if (!bytes_equal(bytes, n_bytes, row->offset, row->magic, row->magic_bytes))
            continue;
        set_format(info, row->documents, row->real);
        if (!row->read || row->read(view, info))
            return true;
    }
    return false;
}

static bool
is_iso(const AljImageView *view, const uint8_t *iso)
{
    if (iso)
        return bytes_equal(iso, ISO_BYTES, 0, "CD001", 5);
    return bytes_equal(view->head, view->head_bytes, ISO_OFFSET, "CD001", 5);
}

void
alj_image_probe(const uint8_t *head, size_t head_bytes, const uint8_t *tail, const uint8_t *iso,
                uint64_t file_bytes, AljImageInfo *ret)
{
    const AljImageView view = {
        .head = head,
        .head_bytes = head_bytes < ALJ_IMAGE_HEAD_BYTES ? head_bytes : ALJ_IMAGE_HEAD_BYTES,
        .tail = tail,
        .file_bytes = file_bytes,
    };
    set_format(ret, ALJ_FORMAT_ISO, ALJ_FORMAT_ISO);
    if (is_iso(&view, iso))
        return;
    if (find_signature(&view, view.head, view.head_bytes, signatures, sizeof signatures / sizeof *signatures,
                       ret))
        return;
    if (tail && find_signature(&view, tail, ALJ_IMAGE_TAIL_BYTES, tail_signatures,
                               sizeof tail_signatures / sizeof *tail_signatures, ret))
        return;
    set_format(ret, ALJ_FORMAT_RAW, ALJ_FORMAT_RAW);
}

void
alj_image_set_unknown(AljImageInfo *info, const char *problem)
{
    *info = (AljImageInfo) {
        .format = ALJ_FORMAT_UNKNOWN,
        .real_format = ALJ_FORMAT_UNKNOWN,
        .problem = problem,
    };
}

void
alj_image_set_capacity(AljImageInfo *info, uint64_t units, uint64_t unit_bytes, const char *problem)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(units, unit_bytes, &bytes) || bytes > INT64_MAX) {
        alj_image_set_unknown(info, problem);
        return;
    }
    info->has_capacity = true;
    info->capacity_bytes = bytes;
}

void
alj_image_set_backing(const AljImageView *view, AljImageInfo *info, uint64_t offset, uint64_t length)
{
    if (offset == 0 || length == 0 || !has_bytes(view->head_bytes, offset, length))
        return;
    length = strnlen((const char *) view->head + offset, length); /* QEMU, too, takes it for a C string */
    if (length > BACKING_NAME_MAX) {
        info->problem = "the name of the backing file is longer than 1023 bytes";
        return;
    }
    info->backing_offset = length > 0 ? offset : 0;
    info->backing_length = (uint32_t) length;
}
