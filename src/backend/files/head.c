/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of an image: as many bytes of it as the prober asks for, read off a descriptor or a medium, and what they say put
 * into the words of volume documents. Opens nothing. Owns what it has read. Runs on a pool's workers and on the helper threads
 * of a scan.
 */
#include "backend/files/head.h"

#include "base/text.h"
#include "host/data.h"

#include <string.h>

#define FIRST_BYTES 4096 /* holds all a listing needs of nearly every image */
#define MAX_LOOKS (ALJ_IMAGE_PARTS + 2) /* each part, a longer head, and the last word */

void
alj_head_clear(AljHead *head)
{
    g_clear_pointer(&head->backing_name, g_free);
}

static void
take_backing_name(AljHead *head, const uint8_t *bytes)
{
    const AljImageInfo *info = &head->info;
    if (info->backing_length == 0)
        return;
    g_autofree char *name = g_strndup((const char *) bytes + info->backing_offset, info->backing_length);
    if (strlen(name) == info->backing_length && alj_text_is_xml(name))
        head->backing_name = g_steal_pointer(&name);
    else
        head->info.problem = "the name of its backing file is no text";
}

/** Reader: what has been read of one file. */
typedef struct Reader {
    AljMedium *medium; /* NULL: the descriptor */
    AljHost *host;
    int fd;
    AljImageView view;
    uint8_t *head;                     /* owned; of the size of the longest one needed so far */
    uint8_t *parts[ALJ_IMAGE_PARTS];   /* owned */
} Reader;

static void
reader_clear(Reader *reader)
{
    g_clear_pointer(&reader->head, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(reader->parts); i++)
        g_clear_pointer(&reader->parts[i], g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

static gssize
read_at(const Reader *reader, void *data, size_t bytes, uint64_t offset, GError **error)
{
    if (reader->medium)
        return reader->medium->ops->read(reader->medium, data, bytes, offset, error);
    return alj_data_pread(reader->host, reader->fd, data, bytes, offset, error);
}

static bool
read_head(Reader *reader, size_t bytes, GError **error)
{
    g_free(reader->head);
    reader->head = g_malloc(bytes);
    gssize got = read_at(reader, reader->head, bytes, 0, error);
    reader->view.head = reader->head;
    reader->view.head_bytes = got < 0 ? 0 : (size_t) got;
    return got >= 0;
}

static bool
read_part(Reader *reader, const AljImageWish *wish, GError **error)
{
    AljImageView *view = &reader->view;
    uint8_t *bytes = reader->parts[view->n_parts] = g_malloc(wish->bytes);
    gssize got = read_at(reader, bytes, wish->bytes, wish->offset, error);
    if (got >= 0)
        view->parts[view->n_parts++] = (AljImagePart){ wish->offset, (size_t) got, bytes };
    return got >= 0;
}

/* Asks the prober what it lacks until it lacks nothing. */
static bool
read_all(Reader *reader, const char *name, uint64_t file_bytes, bool is_thorough, AljHead *ret, GError **error)
{
    AljImageWish wish = { 0, is_thorough ? ALJ_IMAGE_HEAD_BYTES : FIRST_BYTES };
    reader->view.file_bytes = file_bytes;
    reader->view.is_named_by_footer = alj_image_may_have_footer(name);
    for (unsigned n = 0; n < MAX_LOOKS && wish.bytes > 0; n++) { /* a file that is being cut short can go on wishing */
        if (wish.offset > 0 && reader->view.n_parts == ALJ_IMAGE_PARTS)
            break;
        if (!(wish.offset == 0 ? read_head(reader, wish.bytes, error) : read_part(reader, &wish, error)))
            return false;
        alj_image_probe(&reader->view, &ret->info, &wish);
    }
    take_backing_name(ret, reader->head);
    return true;
}

bool
alj_head_read(AljHost *host, int fd, const char *name, uint64_t file_bytes, bool is_thorough, AljHead *ret, GError **error)
{
    g_auto(Reader) reader = { .host = host, .fd = fd };
    return read_all(&reader, name, file_bytes, is_thorough, ret, error);
}

bool
alj_head_read_medium(AljMedium *medium, const char *name, uint64_t file_bytes, bool is_thorough, AljHead *ret, GError **error)
{
    g_auto(Reader) reader = { .medium = medium, .fd = -1 };
    return read_all(&reader, name, file_bytes, is_thorough, ret, error);
}

/* The name documents have, as libvirt does, for a format that a header can name for its base. */
static AljVolFormat
documented_format(AljVolFormat format)
{
    if (format == ALJ_FORMAT_PARALLELS)
        return ALJ_FORMAT_PLOOP;
    return format == ALJ_FORMAT_VHDX ? ALJ_FORMAT_RAW : format;
}

void
alj_head_describe(const AljHead *head, AljVolDef *vol)
{
    const AljImageInfo *info = &head->info;
    vol->format = info->format;
    vol->problem = g_strdup(info->problem);
    if (info->real_format != info->format) {
        vol->real_format = info->real_format;
        vol->real_capacity_bytes = info->real_capacity_bytes;
    }
    if (info->has_capacity)
        vol->capacity_bytes = info->capacity_bytes;
    vol->cluster_size_bytes = info->cluster_size_bytes;
    vol->has_features = info->has_features;
    vol->features = info->features;
    if (info->has_compat)
        vol->compat = g_strdup("1.1");
    if (info->is_encrypted) {
        vol->encryption = g_new0(AljEncryption, 1);
        vol->encryption->format = info->encryption;
    }
}

AljBacking *
alj_head_backing(const AljHead *head, const char *path, bool takes_format)
{
    const AljImageInfo *info = &head->info;
    AljBacking *backing = alj_backing_new(path);
    backing->has_format = info->has_backing_format && takes_format;
    backing->format = backing->has_format ? documented_format(info->backing_format) : ALJ_FORMAT_RAW;
    return backing;
}
