/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LUKS headers of both versions. Pure functions of bytes. Source: "LUKS1 On-Disk Format Specification" 1.2.3,
 * "LUKS2 On-Disk Format Specification" 1.1.
 */
#include "host/image_format.h"

#define SECTOR_BYTES       512
#define LUKS2_BINARY_BYTES 4096 /* the JSON text begins behind it */

static bool
is_version(const AljImageProbe *probe, uint64_t wanted)
{
    uint64_t version;
    return get_be(probe->head, probe->head_bytes, 6, 2, &version) && version == wanted;
}

bool
alj_image_read_luks(AljImageProbe *probe, AljImageInfo *info)
{
    uint32_t payload_sectors;
    if (!is_version(probe, 1))
        return false;
    info->is_encrypted = true;
    info->encryption = ALJ_ENCRYPTION_LUKS;
    if (!get_be32(probe->head, probe->head_bytes, 104, &payload_sectors))
        return true;
    uint64_t payload_bytes = (uint64_t) payload_sectors * SECTOR_BYTES;
    if (payload_bytes < probe->file_bytes)
        alj_image_set_capacity(info, probe->file_bytes - payload_bytes, 1,
                               "the file is larger than a file can be");
    else
        info->problem = "the LUKS header says that the data begin behind the end of the file";
    return true;
}

/* The place behind @needle in [@at, @end), or NULL. */
static const char *
find_behind(const char *at, const char *end, const char *needle)
{
    size_t length = strlen(needle);
    const char *found = memmem(at, (size_t) (end - at), needle, length);
    return found ? found + length : NULL;
}

/*
 * Where the first segment, the encrypted data, begins: the number, in quotes, of the first "offset" within
 * "segments". Of all the JSON that is the only thing needed, and nobody acts upon it; so the text is searched and
 * not parsed.
 */
static bool
find_segment(const char *json, const char *end, uint64_t *ret)
{
    const char *at = find_behind(json, end, "\"segments\"");
    at = at ? find_behind(at, end, "\"offset\"") : NULL;
    while (at && at < end && (*at == ' ' || *at == ':'))
        at++;
    if (!at || at == end || *at++ != '"')
        return false;
    uint64_t value = 0;
    const char *first = at;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (uint64_t) (*at - '0'), &value))
            return false;
    *ret = value;
    return at > first && at < end && *at == '"';
}

/* Plain bytes to clients and to QEMU: a volume shown as encrypted could not be cloned without its secret. */
bool
alj_image_read_luks2(AljImageProbe *probe, AljImageInfo *info)
{
    uint64_t header_bytes, offset;
    if (!is_version(probe, 2))
        return false;
    if (!get_be64(probe->head, probe->head_bytes, 8, &header_bytes) || header_bytes <= LUKS2_BINARY_BYTES)
        return true;
    alj_image_want_head(probe, header_bytes < ALJ_IMAGE_HEAD_BYTES ? header_bytes : ALJ_IMAGE_HEAD_BYTES);
    size_t end = header_bytes < probe->head_bytes ? (size_t) header_bytes : probe->head_bytes;
    if (end <= LUKS2_BINARY_BYTES)
        return true;
    const char *json = (const char *) probe->head + LUKS2_BINARY_BYTES;
    size_t length = strnlen(json, end - LUKS2_BINARY_BYTES);
    if (find_segment(json, json + length, &offset) && offset < probe->file_bytes)
        alj_image_set_real_capacity(info, probe->file_bytes - offset, 1);
    return true;
}
