/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The medium of volumes that are files or block nodes of this host: their descriptor. Runs on a pool's workers. */
#include "backend/medium.h"

#include "base/guard.h"
#include "host/data.h"
#include "host/files.h"

typedef struct FdMedium {
    AljMedium medium;
    AljHost *host;
    int fd;
    char *name;
} FdMedium;

static bool
fd_size(AljMedium *medium, uint64_t *ret_bytes, GError **error)
{
    FdMedium *own = (FdMedium *) medium;
    return alj_file_size(own->host, own->fd, own->name, ret_bytes, error);
}

static gssize
fd_read(AljMedium *medium, void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    FdMedium *own = (FdMedium *) medium;
    return alj_data_pread(own->host, own->fd, data, bytes, offset_bytes, error);
}

static bool
fd_write(AljMedium *medium, const void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    FdMedium *own = (FdMedium *) medium;
    return alj_data_pwrite(own->host, own->fd, data, bytes, offset_bytes, error);
}

static bool
fd_zero(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, GError **error)
{
    FdMedium *own = (FdMedium *) medium;
    return alj_data_zero(own->host, own->fd, own->name, offset_bytes, bytes, error);
}

static bool
fd_extent(AljMedium *medium, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error)
{
    FdMedium *own = (FdMedium *) medium;
    return alj_file_extent(own->host, own->fd, own->name, offset_bytes, ret_is_data, ret_end_bytes, error);
}

static bool
fd_grow(AljMedium *medium, uint64_t bytes, GError **error)
{
    FdMedium *own = (FdMedium *) medium;
    return alj_file_truncate(own->host, own->fd, own->name, bytes, error);
}

static bool
fd_flush(AljMedium *medium, GError **error)
{
    FdMedium *own = (FdMedium *) medium;
    return alj_file_sync(own->host, own->fd, own->name, error);
}

static void
fd_begin_flush(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes)
{
    alj_file_sync_begin(((FdMedium *) medium)->fd, offset_bytes, bytes);
}

static void
fd_close(AljMedium *medium)
{
    FdMedium *own = (FdMedium *) medium;
    alj_autofd_clear(&own->fd);
    g_free(own->name);
    g_free(own);
}

AljMedium *
alj_medium_new_fd(AljHost *host, int take_fd, const char *name)
{
    static const AljMediumOps ops = {
        .size = fd_size, .read = fd_read, .write = fd_write, .zero = fd_zero, .extent = fd_extent,
        .grow = fd_grow, .flush = fd_flush, .begin_flush = fd_begin_flush, .close = fd_close,
    };
    FdMedium *own = g_new0(FdMedium, 1);
    *own = (FdMedium){ .medium.ops = &ops, .host = host, .fd = take_fd, .name = g_strdup(name) };
    return &own->medium;
}
