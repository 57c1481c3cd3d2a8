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
find_descriptor(AljImageProbe *probe)
{
    uint64_t sector, sectors, offset;
    if (!get_le64(probe->head, probe->head_bytes, 28, &sector) ||
        !get_le64(probe->head, probe->head_bytes, 36, &sectors) || sector == 0 ||
        __builtin_mul_overflow(sector, SECTOR_BYTES, &offset) || offset >= probe->head_bytes)
        return (Text) { NULL, 0 };
    size_t length = probe->head_bytes - (size_t) offset;
    if (sectors < length / SECTOR_BYTES)
        length = (size_t) sectors * SECTOR_BYTES;
    if (length > DESCRIPTOR_MAX_BYTES)
        length = DESCRIPTOR_MAX_BYTES;
    const char *at = (const char *) probe->head + offset;
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

static bool
has_blank(Text text)
{
    return text.length > 0 && (*text.at == ' ' || *text.at == '\t' || *text.at == '\r');
}

static Text
skip_blanks(Text text)
{
    while (has_blank(text))
        text = (Text) { text.at + 1, text.length - 1 };
    return text;
}

/* Takes the decimal digits off @text; UINT64_MAX for a number that is larger than that. */
static uint64_t
take_number(Text *text)
{
    uint64_t value = 0;
    while (text->length > 0 && *text->at >= '0' && *text->at <= '9') {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t) (*text->at - '0'), &value))
            value = UINT64_MAX;
        *text = (Text) { text->at + 1, text->length - 1 };
    }
    return value;
}

/*
 * An extent line: ACCESS SECTORS TYPE "FILE" [OFFSET]. What follows an access word counts as one even if it is
 * malformed, because other readers may make something of it.
 */
static bool
is_extent(Text line, uint64_t *ret_sectors, bool *ret_is_sparse)
{
    static const char *const accesses[] = { "RW", "RDONLY", "NOACCESS" };
    Text rest, kind;
    line = skip_blanks(line);
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        if (!has_prefix(line, accesses[i], &rest) || !has_blank(rest))
            continue;
        rest = skip_blanks(rest);
        *ret_sectors = take_number(&rest);
        *ret_is_sparse = has_prefix(skip_blanks(rest), "SPARSE", &kind) && has_blank(kind);
        return true;
    }
    return false;
}

/* Returns: the sectors of all extents. */
static uint64_t
read_descriptor(AljImageProbe *probe, AljImageInfo *info, Text text)
{
    unsigned extents = 0;
    uint64_t total = 0;
    Text line, name;
    while (next_line(&text, &line)) {
        bool is_sparse = false;
        uint64_t sectors = 0;
        if (is_extent(line, &sectors, &is_sparse)) {
            extents++;
            info->has_external_data |= extents > 1 || !is_sparse;
            if (__builtin_add_overflow(total, sectors, &total))
                total = UINT64_MAX;
        } else if (has_prefix(line, "parentFileNameHint=\"", &name)) {
            const char *end = memchr(name.at, '"', name.length);
            if (end)
                alj_image_set_backing(probe, info, (uint64_t) ((const uint8_t *) name.at - probe->head),
                                      (uint64_t) (end - name.at));
        }
    }
    return total;
}

bool
alj_image_read_vmdk(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t version;
    uint64_t sectors;
    if (!get_le32(probe->head, probe->head_bytes, 4, &version) || version < 1 || version > 3)
        return false;
    Text descriptor = find_descriptor(probe);
    if (descriptor.length > 0)
        (void) read_descriptor(probe, info, descriptor); /* the header has the capacity of this one file */
    if (get_le64(probe->head, probe->head_bytes, 12, &sectors)) {
        /* Without sectors of its own the image is what its descriptor names: QEMU then opens those files. */
        info->has_external_data |= sectors == 0;
        alj_image_set_capacity(info, sectors, SECTOR_BYTES,
                               "the vmdk header says a capacity no file can have");
    }
    return true;
}

bool
alj_image_read_vmdk_text(AljImageProbe *probe, AljImageInfo *info)
{
    size_t length = probe->head_bytes < DESCRIPTOR_MAX_BYTES ? probe->head_bytes : DESCRIPTOR_MAX_BYTES;
    const char *at = (const char *) probe->head;
    if (probe->file_bytes <= DESCRIPTOR_MAX_BYTES)
        alj_image_want_head(probe, probe->file_bytes);
    alj_image_set_real_capacity(info, read_descriptor(probe, info, (Text) { at, strnlen(at, length) }), SECTOR_BYTES);
    info->backing_length = 0; /* it says raw to clients, and a raw file has no backing store */
    info->has_external_data = true;
    return true;
}
