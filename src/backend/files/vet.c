/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Vetting of images before a tool touches them or a new one is laid over them. Follows the chain of backing files by
 * itself, through volumes of active pools only, and holds every element open. Owns the chains it returns to its callers.
 * Runs on a pool's workers.
 */
#include "backend/files/vet.h"

#include "backend/files/probe.h"
#include "base/guard.h"
#include "host/files.h"
#include "host/subvol.h"

#include <string.h>

#define MAX_CHAIN 32

const char *
alj_qemu_format(AljVolFormat format)
{
    if (format == ALJ_FORMAT_PLOOP)
        return alj_vol_format_name(ALJ_FORMAT_PARALLELS);
    return alj_vol_format_name(format == ALJ_FORMAT_ISO ? ALJ_FORMAT_RAW : format);
}

/* What QEMU has a driver for; all else is bytes to it (LUKS 2, cow). */
static AljVolFormat
readable_format(AljVolFormat format)
{
    static const AljVolFormat images[] = {
        ALJ_FORMAT_BOCHS, ALJ_FORMAT_CLOOP, ALJ_FORMAT_DMG,  ALJ_FORMAT_VPC,  ALJ_FORMAT_VDI,       ALJ_FORMAT_QCOW,
        ALJ_FORMAT_QCOW2, ALJ_FORMAT_QED,   ALJ_FORMAT_VMDK, ALJ_FORMAT_VHDX, ALJ_FORMAT_PARALLELS, ALJ_FORMAT_PLOOP,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(images); i++)
        if (format == images[i])
            return format;
    return ALJ_FORMAT_RAW;
}

/* The directory @dir in its parent, which may be a sub-volume of a pool: then it must not have become a link meanwhile. */
static int
open_in_parent(AljCall *call, const char *dir, GError **error)
{
    struct stat st;
    int fd = -1;
    g_autofree char *parent = g_path_get_dirname(dir);
    g_autofree char *name = g_path_get_basename(dir);
    alj_autofd parent_fd = alj_dir_open(call->host, parent, error);
    if (parent_fd < 0 || !alj_subvol_open(call->host, parent_fd, name, &fd, error))
        return -1;
    if (fd >= 0)
        return fd;
    return alj_entry_stat(call->host, parent_fd, name, &st, error) ? alj_dir_open(call->host, dir, error) : -1;
}

/* Opens the volume at @path the way its own pool would: beneath its directory. */
static int
open_volume(AljCall *call, const char *path, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    bool may_be_in_subvol = strcmp(name, ALJ_SUBVOL_FILE) == 0 && dir[1] != '\0';
    alj_autofd dir_fd = may_be_in_subvol ? open_in_parent(call, dir, error) : alj_dir_open(call->host, dir, error);
    return dir_fd < 0 ? -1 : alj_entry_open(call->host, dir_fd, name, O_RDONLY, NULL, error);
}

int
alj_vet_open(AljCall *call, const AljVolDef *vol, GError **error)
{
    if (*vol->path != '/') {
        alj_fail(error, ALJ_ERROR_NO_SUPPORT, "volume '%s' is not a file or device of this host", vol->name);
        return -1;
    }
    return open_volume(call, vol->path, error);
}

AljVolFormat
alj_vet_format(const AljVolDef *vol)
{
    return readable_format(vol->format);
}

static void
free_vetted(AljVetted *image)
{
    alj_autofd_clear(&image->fd);
    g_free(image->path);
    g_free(image);
}

static bool
refuse(const char *path, const char *reason, GError **error)
{
    return alj_fail(error, ALJ_ERROR_BAD_STATE, "image '%s' is not used: %s", path, reason);
}

static bool
check_head(const char *path, AljVolFormat format, const AljHead *head, GError **error)
{
    const AljImageInfo *info = &head->info;
    if (info->format == ALJ_FORMAT_UNKNOWN)
        return refuse(path, info->problem, error);
    if (format != info->format && format != info->real_format)
        return refuse(path, "its header is not the one of its format", error);
    if (info->has_external_data)
        return refuse(path, "its data is in other files", error);
    if (info->has_unknown_features)
        return refuse(path, "it needs features that are not known", error);
    if (info->backing_length > 0 && !head->backing_name)
        return refuse(path, info->problem, error);
    if (head->backing_name && alj_files_is_protocol(head->backing_name))
        return refuse(path, "its backing store is no file", error);
    return true;
}

/* What the guest would see of an image of @bytes that is taken as @format. */
static uint64_t
capacity_of(const AljImageInfo *info, AljVolFormat format, uint64_t bytes)
{
    if (format != info->format && info->real_capacity_bytes > 0)
        return info->real_capacity_bytes;
    return info->has_capacity ? info->capacity_bytes : bytes;
}

static bool
check_twice(const GPtrArray *chain, const struct stat *st, const char *path, GError **error)
{
    for (guint i = 0; i < chain->len; i++) {
        const AljVetted *image = g_ptr_array_index(chain, i);
        if (image->dev == st->st_dev && image->inode == st->st_ino)
            return refuse(path, "it is its own backing file", error);
    }
    return chain->len < MAX_CHAIN || refuse(path, "its chain of backing files is too long", error);
}

/* Adds the image behind @take_fd. @format: ALJ_N_FORMATS for what the header says. */
static AljVetted *
add_image(AljCall *call, GPtrArray *chain, int take_fd, const char *path, AljVolFormat format, AljHead *head,
          GError **error)
{
    alj_autofd fd = take_fd;
    struct stat st;
    uint64_t bytes;
    if (!alj_file_stat(call->host, fd, path, &st, error) || !alj_file_size(call->host, fd, path, &bytes, error)
        || !check_twice(chain, &st, path, error))
        return NULL;
    bool is_stated_raw = format == ALJ_FORMAT_RAW || format == ALJ_FORMAT_ISO;
    if (!is_stated_raw && !alj_head_read(call->host, fd, path, bytes, true, head, error))
        return NULL;
    if (format == ALJ_N_FORMATS)
        format = readable_format(head->info.real_format);
    if (!is_stated_raw && !check_head(path, format, head, error))
        return NULL;
    AljVetted *image = g_new0(AljVetted, 1);
    *image = (AljVetted){ .fd = alj_steal_fd(&fd), .path = g_strdup(path), .format = format,
                          .is_block = S_ISBLK(st.st_mode), .dev = st.st_dev, .inode = st.st_ino,
                          .capacity_bytes = capacity_of(&head->info, format, bytes),
                          .has_backing = head->backing_name != NULL, .info = head->info };
    g_ptr_array_add(chain, image);
    return image;
}

GPtrArray *
alj_vet(AljCall *call, int take_fd, const char *path, AljVolFormat format, GError **error)
{
    g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify) free_vetted);
    g_autofree char *at = g_strdup(path);
    int fd = take_fd;
    for (;;) {
        g_auto(AljHead) head = { 0 };
        if (!add_image(call, chain, fd, at, format, &head, error))
            return NULL;
        if (!head.backing_name)
            return g_steal_pointer(&chain);
        g_autofree char *dir = g_path_get_dirname(at);
        g_autofree char *named = alj_files_backing_path(dir, head.backing_name);
        g_autofree char *next = g_canonicalize_filename(named, "/");
        g_autoptr(AljVolDef) known = call->find_vol_by_path(call, next, NULL);
        if (!known) {
            refuse(at, "its backing file is not a volume of an active pool", error);
            return NULL;
        }
        format = head.info.has_backing_format ? head.info.backing_format : alj_vet_format(known);
        fd = open_volume(call, next, error);
        if (fd < 0)
            return NULL;
        g_free(at);
        at = g_steal_pointer(&next);
    }
}

bool
alj_vet_check_encryption(const AljVolDef *vol, GError **error)
{
    if (!vol->encryption)
        return true;
    if (!alj_encryption_need_secret(vol->encryption, error))
        return false;
    return vol->encryption->format == ALJ_ENCRYPTION_LUKS
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unsupported volume encryption format %d", vol->encryption->format);
}

void
alj_vet_unlock(GPtrArray *chain, const char *key, uint64_t capacity_bytes)
{
    AljVetted *image = g_ptr_array_index(chain, 0);
    image->key = key;
    image->capacity_bytes = capacity_bytes;
}

/* What makes QEMU decrypt @image. */
static char *
key_option(const AljVetted *image)
{
    if (!image->key)
        return g_strdup("");
    if (image->format == ALJ_FORMAT_RAW)
        return g_strdup_printf(",\"key-secret\":\"%s\"", image->key);
    return g_strdup_printf(",\"encrypt\":{\"format\":\"luks\",\"key-secret\":\"%s\"}", image->key);
}

/* The innermost comes last, so the text is built from the end of the chain. */
char *
alj_vet_options(const GPtrArray *chain)
{
    g_autofree char *inner = g_strdup("null");
    for (guint i = chain->len; i-- > 0;) {
        const AljVetted *image = g_ptr_array_index(chain, i);
        bool can_have_backing = image->format == ALJ_FORMAT_QCOW2 || image->format == ALJ_FORMAT_QCOW
            || image->format == ALJ_FORMAT_QED || image->format == ALJ_FORMAT_VMDK;
        g_autofree char *backing = can_have_backing ? g_strdup_printf(",\"backing\":%s", inner) : g_strdup("");
        g_free(inner);
        g_autofree char *key = key_option(image);
        bool is_luks = image->key && image->format == ALJ_FORMAT_RAW;
        inner = g_strdup_printf("{\"driver\":\"%s\",\"file\":{\"driver\":\"%s\",\"filename\":\"/dev/fd/%d\"}%s%s}",
                                is_luks ? "luks" : alj_qemu_format(image->format), image->is_block ? "host_device" : "file",
                                image->fd, key, backing);
    }
    return g_strconcat("json:", inner, NULL);
}
