/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of a device, kept while it is made a physical volume. Owns the copies. Runs on a pool's workers. */
#include "backend/logical/ends.h"

#include "base/guard.h"
#include "host/blocks.h"
#include "host/data.h"
#include "host/files.h"

#include <string.h>

#define END_BYTES (1u << 20) /* LVM's data begin here, by default */

struct AljLvmEnds {
    char *path;
    uint64_t bytes;            /* of the device */
    size_t n_head, n_tail;     /* a small device has one end only */
    char *head, *tail;
};

void
alj_lvm_ends_free(void *data)
{
    AljLvmEnds *ends = data;
    g_free(ends->path);
    g_free(ends->head);
    g_free(ends->tail);
    g_free(ends);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljLvmEnds, alj_lvm_ends_free)

static void
measure(AljLvmEnds *ends)
{
    ends->n_head = (size_t) MIN(ends->bytes, END_BYTES);
    ends->n_tail = (size_t) MIN(ends->bytes - ends->n_head, END_BYTES);
}

static bool
read_ends(AljHost *host, int fd, AljLvmEnds *ends, GError **error)
{
    ends->head = g_malloc(END_BYTES);
    ends->tail = g_malloc(END_BYTES);
    return alj_data_pread(host, fd, ends->head, ends->n_head, 0, error) >= 0
        && alj_data_pread(host, fd, ends->tail, ends->n_tail, ends->bytes - ends->n_tail, error) >= 0;
}

AljLvmEnds *
alj_lvm_ends_read(AljHost *host, const char *path, GError **error)
{
    g_autoptr(AljLvmEnds) ends = g_new0(AljLvmEnds, 1);
    ends->path = g_strdup(path);
    alj_autofd fd = alj_block_open(host, path, O_RDONLY, NULL, error);
    if (fd < 0 || !alj_file_size(host, fd, path, &ends->bytes, error))
        return NULL;
    measure(ends);
    return read_ends(host, fd, ends, error) ? g_steal_pointer(&ends) : NULL;
}

/* Whether @bytes at @offset were other ones; if so they are as before now. */
static void
put_back(int fd, const char *data, size_t bytes, uint64_t offset)
{
    g_autofree char *now = g_malloc(END_BYTES);
    if (pread(fd, now, bytes, (off_t) offset) == (ssize_t) bytes && memcmp(now, data, bytes) == 0)
        return;
    for (size_t done = 0; done < bytes;) {
        ssize_t written = pwrite(fd, data + done, bytes - done, (off_t) (offset + done));
        if (written <= 0)
            return; /* the device is gone, or broken: no more can be done here */
        done += (size_t) written;
    }
}

void
alj_lvm_ends_restore(void *data)
{
    const AljLvmEnds *ends = data;
    alj_autofd fd = open(ends->path, O_RDWR | O_EXCL | O_CLOEXEC);
    if (fd < 0)
        return;
    put_back(fd, ends->head, ends->n_head, 0);
    put_back(fd, ends->tail, ends->n_tail, ends->bytes - ends->n_tail);
    (void) fsync(fd); /* the failure that led here is the one that is told */
}

bool
alj_lvm_ends_clear(AljHost *host, int fd, const char *path, GError **error)
{
    AljLvmEnds ends = { 0 };
    g_autofree char *zeros = g_malloc0(END_BYTES);
    if (!alj_file_size(host, fd, path, &ends.bytes, error))
        return false;
    measure(&ends);
    return alj_data_pwrite(host, fd, zeros, ends.n_head, 0, error)
        && alj_data_pwrite(host, fd, zeros, ends.n_tail, ends.bytes - ends.n_tail, error) && alj_file_sync(host, fd, path, error);
}
