/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VMware images: sparse extents with or without an embedded descriptor, and descriptor files. Pure
 * functions of bytes. Source: "Virtual Disk Format 1.1", VMware.
 */
#include "host/image_format.h"

#define SECTOR_BYTES         512
#define DESCRIPTOR_MAX_BYTES 20480 /* what is searched; ordinary ones have below 1 KiB */

typedef struct Text {
    const char *at;
    size_t length;
} Text;

static Text
find_descriptor(const AljImageView *view)
{
    uint64_t sector, sectors, offset;
    if (!get_le64(view->head, view->head_bytes, 28, &sector) ||
        !get_le64(view->head, view->head_bytes, 36, &sectors) || sector == 0 ||
        __builtin_mul_overflow(sector, SECTOR_BYTES, &offset) || offset >= view->head_bytes)
        return (Text) { NULL, 0 };
    size_t length = view->head_bytes - (size_t) offset;
    if (sectors < length / SECTOR_BYTES)
        length = (size_t) sectors * SECTOR_BYTES;
    if (length > DESCRIPTOR_MAX_BYTES)
        length = DESCRIPTOR_MAX_BYTES;
    const char *at = (const char *) view->head + offset;
    return (Text) { at, strnlen(at, length) };
}

/* Takes the next line off @text. Returns: false at the end. */
static bool
next_line(Text *text, Text *ret_line)
{
    if (text->length == 0)
        return false;
    const char *end = memchr(text->at, '\n', text->length);
    size_t length = end ? (size_t) (end - text->at) : text->length;
    *ret_line = (Text) { text->at, length };
    size_t taken = end ? length + 1 : length;
    *text = (Text) { text->at + taken, text->length - taken };
    return true;
}

static bool
has_prefix(Text text, const char *prefix, Text *ret_rest)
{
    size_t length = strlen(prefix);
    if (text.length < length || memcmp(text.at, prefix, length) != 0)
        return false;
    *ret_rest = (Text) { text.at + length, text.length - length };
    return true;
}

/* An extent line: ACCESS SECTORS TYPE "FILE" [OFFSET]. */
static bool
is_extent(Text line, bool *ret_is_sparse)
{
    Text rest;
    if (!has_prefix(line, "RW ", &rest) && !has_prefix(line, "RDONLY ", &rest) &&
        !has_prefix(line, "NOACCESS ", &rest))
        return false;
    const char *type = memchr(rest.at, ' ', rest.length);
    Text name = { NULL, 0 };
    if (type)
        name = (Text) { type + 1, rest.length - (size_t) (type + 1 - rest.at) };
    *ret_is_sparse = has_prefix(name, "SPARSE ", &rest);
    return true;
}

static void
read_descriptor(const AljImageView *view, AljImageInfo *info, Text text)
{
    unsigned extents = 0;
    Text line, name;
    while (next_line(&text, &line)) {
        bool is_sparse = false;
        if (is_extent(line, &is_sparse)) {
            extents++;
            info->has_external_data |= extents > 1 || !is_sparse;
        } else if (has_prefix(line, "parentFileNameHint=\"", &name)) {
            const char *end = memchr(name.at, '"', name.length);
            if (end)
                alj_image_set_backing(view, info, (uint64_t) ((const uint8_t *) name.at - view->head),
                                      (uint64_t) (end - name.at));
        }
    }
}

bool
alj_image_read_vmdk(const AljImageView *view, AljImageInfo *info)
{
    uint32_t version;
    uint64_t sectors;
    if (!get_le32(view->head, view->head_bytes, 4, &version) || version < 1 || version > 3)
        return false;
    Text descriptor = find_descriptor(view);
    if (descriptor.length > 0)
        read_descriptor(view, info, descriptor);
    if (get_le64(view->head, view->head_bytes, 12, &sectors)) {
        /* Without sectors of its own the image is what its descriptor names: QEMU then opens those files. */
        info->has_external_data |= sectors == 0;
        alj_image_set_capacity(info, sectors, SECTOR_BYTES,
                               "the vmdk header says a capacity no file can have");
    }
    return true;
}

bool
alj_image_read_vmdk_text(const AljImageView *view, AljImageInfo *info)
{
    info->has_external_data = true;
    return true;
}
