/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What kind of image a file is. Owns the table of signatures; image_*.c read what stands behind them. Pure
 * functions of bytes: no allocation, no I/O, no globals, no recursion; any thread.
 */
#include "host/image.h"

#include "host/image_format.h"

#include <strings.h>

#define ISO_OFFSET       32769

/* documents: what volume documents say of such a file, as the reference does; real: what it is. */
typedef struct Signature {
    AljVolFormat documents, real;
    size_t offset;
    const char *magic;
    size_t magic_bytes;
    AljImageReader read; /* NULL: nothing more to learn */
} Signature;

#define MAGIC(text) (text), sizeof(text) - 1
#define N_ROWS(table) (sizeof(table) / sizeof *(table))

/* First match wins. Down to VMDK in libvirt's order, then our own. */
static const Signature signatures[] = {
    { ALJ_FORMAT_VPC, ALJ_FORMAT_VPC, 0, MAGIC("conectix"), alj_image_read_vpc },
    { ALJ_FORMAT_VDI, ALJ_FORMAT_VDI, 64, MAGIC("\x7f\x10\xda\xbe"), alj_image_read_vdi },
    { ALJ_FORMAT_PLOOP, ALJ_FORMAT_PARALLELS, 0, MAGIC("WithouFreSpacExt"), alj_image_read_ploop },
    { ALJ_FORMAT_COW, ALJ_FORMAT_COW, 0, MAGIC("OOOM"), alj_image_read_cow },
    { ALJ_FORMAT_QCOW, ALJ_FORMAT_QCOW, 0, MAGIC("QFI\xfb"), alj_image_read_qcow },
    { ALJ_FORMAT_QCOW2, ALJ_FORMAT_QCOW2, 0, MAGIC("QFI\xfb"), alj_image_read_qcow2 },
    { ALJ_FORMAT_QED, ALJ_FORMAT_QED, 0, MAGIC("QED\0"), alj_image_read_qed },
    { ALJ_FORMAT_VMDK, ALJ_FORMAT_VMDK, 0, MAGIC("KDMV"), alj_image_read_vmdk },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_RAW, 0, MAGIC("LUKS\xba\xbe"), alj_image_read_luks },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_LUKS2, 0, MAGIC("LUKS\xba\xbe"), alj_image_read_luks2 },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_VHDX, 0, MAGIC("vhdxfile"), alj_image_read_vhdx },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_PARALLELS, 0, MAGIC("WithoutFreeSpace"), alj_image_read_parallels },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_VMDK, 0, MAGIC("# Disk DescriptorFile"), alj_image_read_vmdk_text },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_BOCHS, 0, MAGIC("Bochs Virtual HD Image"), alj_image_read_bochs },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_CLOOP, 0, MAGIC("#!/bin/sh\n#V2.0 Format\n"), alj_image_read_cloop },
};

/*
 * Signatures in the last 512 bytes. A guest may write its whole disk, so that any raw volume can begin or end
 * with any of these. Two rules keep that harmless. What documents, copies, resizes and wipes go by is the format
 * libvirt, too, sees at the start of a file; all formats it does not see stay raw there, whatever we know of them
 * (only a base whose format nobody states is taken for what it is: D-06). And a footer, which in an otherwise
 * ordinary disk is a last sector like every other, counts only where the name of the file agrees: names are the
 * administrator's.
 */
static const Signature footer_signatures[] = {
    { ALJ_FORMAT_RAW, ALJ_FORMAT_VPC, 0, MAGIC("conectix"), alj_image_read_vhd_fixed },
    { ALJ_FORMAT_RAW, ALJ_FORMAT_DMG, 0, MAGIC("koly"), alj_image_read_dmg },
};
static const char *const footer_suffixes[] = { ".vhd", ".vpc", ".dmg" };

bool
alj_image_may_have_footer(const char *name)
{
    const char *suffix = strrchr(name, '.');
    for (size_t i = 0; suffix && i < N_ROWS(footer_suffixes); i++)
        if (strcasecmp(suffix, footer_suffixes[i]) == 0)
            return true;
    return false;
}

static bool
find_signature(AljImageProbe *probe, const uint8_t *bytes, size_t n_bytes, const Signature *table, size_t n_rows,
               AljImageInfo *info)
{
    for (const Signature *row = table; row < table + n_rows; row++) {
        if (!bytes_equal(bytes, n_bytes, row->offset, row->magic, row->magic_bytes))
            continue;
        *info = (AljImageInfo) { .format = row->documents, .real_format = row->real };
        if (!row->read || row->read(probe, info))
            return true;
    }
    return false;
}

static bool
find_footer(AljImageProbe *probe, AljImageInfo *info)
{
    if (!probe->view->is_named_by_footer || probe->file_bytes < ALJ_IMAGE_FOOTER_BYTES)
        return false;
    const uint8_t *footer =
        alj_image_get(probe, probe->file_bytes - ALJ_IMAGE_FOOTER_BYTES, ALJ_IMAGE_FOOTER_BYTES);
    return footer && find_signature(probe, footer, ALJ_IMAGE_FOOTER_BYTES, footer_signatures,
                                    N_ROWS(footer_signatures), info);
}

static void
find_format(AljImageProbe *probe, AljImageInfo *info)
{
    const uint8_t *iso = alj_image_get(probe, ISO_OFFSET, 5);
    if (iso && memcmp(iso, "CD001", 5) == 0)
        *info = (AljImageInfo) { .format = ALJ_FORMAT_ISO, .real_format = ALJ_FORMAT_ISO };
    else if (!find_signature(probe, probe->head, probe->head_bytes, signatures, N_ROWS(signatures), info) &&
             !find_footer(probe, info))
        *info = (AljImageInfo) { .format = ALJ_FORMAT_RAW, .real_format = ALJ_FORMAT_RAW };
}

void
alj_image_probe(const AljImageView *view, AljImageInfo *ret, AljImageWish *ret_wish)
{
    AljImageProbe probe = {
        .view = view,
        .head = view->head,
        .head_bytes = view->head_bytes < ALJ_IMAGE_HEAD_BYTES ? view->head_bytes : ALJ_IMAGE_HEAD_BYTES,
        .file_bytes = view->file_bytes,
    };
    find_format(&probe, ret);
    *ret_wish = probe.wish;
}

