/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The medium of a zvol: its node, where zeros are blocks given back, so that a sparse upload leaves a sparse volume. The node
 * does not tell holes: all is data. Runs on a pool's workers.
 */
#include "backend/zfs/medium.h"

#include "base/guard.h"
#include "host/data.h"
#include "host/files.h"
#include "host/zvols.h"

typedef struct ZvolMedium {
    AljMedium medium; /* first */
    AljHost *host;
    int fd;
    char *name;
} ZvolMedium;

static bool
zvol_size(AljMedium *medium, uint64_t *ret_bytes, GError **error)
{
    ZvolMedium *own = (ZvolMedium *) medium;
    return alj_file_size(own->host, own->fd, own->name, ret_bytes, error);
}

static gssize
zvol_read(AljMedium *medium, void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    ZvolMedium *own = (ZvolMedium *) medium;
    return alj_data_pread(own->host, own->fd, data, bytes, offset_bytes, error);
}

static bool
zvol_write(AljMedium *medium, const void *data, size_t bytes, uint64_t offset_bytes, GError **error)
{
    ZvolMedium *own = (ZvolMedium *) medium;
    return alj_data_pwrite(own->host, own->fd, data, bytes, offset_bytes, error);
}

static bool
zvol_zero(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, GError **error)
{
    ZvolMedium *own = (ZvolMedium *) medium;
    return alj_zvol_zero(own->host, own->fd, own->name, offset_bytes, bytes, error);
}

static bool
zvol_flush(AljMedium *medium, GError **error)
{
    ZvolMedium *own = (ZvolMedium *) medium;
    return alj_file_sync(own->host, own->fd, own->name, error);
}

static void
zvol_begin_flush(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes)
{
    alj_file_sync_begin(((ZvolMedium *) medium)->fd, offset_bytes, bytes);
}

static void
zvol_close(AljMedium *medium)
{
    ZvolMedium *own = (ZvolMedium *) medium;
    alj_autofd_clear(&own->fd);
    g_free(own->name);
    g_free(own);
}

AljMedium *
alj_zfs_medium_new(AljHost *host, int take_fd, const char *name)
{
    static const AljMediumOps ops = { .size = zvol_size, .read = zvol_read, .write = zvol_write, .zero = zvol_zero,
                                      .flush = zvol_flush, .begin_flush = zvol_begin_flush, .close = zvol_close };
    ZvolMedium *own = g_new0(ZvolMedium, 1);
    *own = (ZvolMedium){ .medium.ops = &ops, .host = host, .fd = take_fd, .name = g_strdup(name) };
    return &own->medium;
}
