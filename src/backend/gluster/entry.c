/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of a pool's directory on a gluster volume: looked at, opened, removed, always by handles. Runs on a pool's workers. */
#include "backend/gluster/medium.h"
#include "backend/gluster/place.h"

#include "base/text.h"
#include "host/host.h"

#include <errno.h>

static bool
fail_open(const char *name, int os_errno, GError **error)
{
    return alj_fail_errno(error, os_errno, "cannot open volume '%s'", name);
}

void
alj_gluster_entry_clear(AljGlusterEntry *entry)
{
    if (entry->object)
        (void) glfs_h_close(entry->object);
    entry->object = NULL;
}

bool
alj_gluster_entry_look(const AljGlusterPlace *place, const char *name, AljGlusterEntry *ret, GError **error)
{
    if (!alj_text_is_entry_name(name)) /* a look-up by handle would follow "../x" */
        return fail_open(name, ENOENT, error);
    int failed = alj_host_gate(place->call->host, "gluster look up");
    if (!failed && !(ret->object = glfs_h_lookupat(place->fs, place->dir, name, &ret->st, false)))
        failed = errno;
    if (!failed && !S_ISREG(ret->st.st_mode) && !S_ISDIR(ret->st.st_mode)) {
        failed = S_ISLNK(ret->st.st_mode) ? ELOOP : ENXIO;
        alj_gluster_entry_clear(ret);
    }
    return !failed || fail_open(name, failed, error);
}

bool
alj_gluster_entry_is_gone(const GError *error)
{
    int os_errno = alj_error_errno(error);
    return os_errno == ENOENT || os_errno == ESTALE || os_errno == ELOOP || os_errno == ENXIO;
}

AljMedium *
alj_gluster_entry_open(const AljGlusterPlace *place, const AljGlusterEntry *entry, const char *name, int flags, GError **error)
{
    int failed = S_ISDIR(entry->st.st_mode) ? EISDIR : alj_host_gate(place->call->host, "gluster open");
    glfs_fd_t *fd = failed ? NULL : glfs_h_open(place->fs, entry->object, flags);
    if (!fd) {
        fail_open(name, failed ? failed : errno, error);
        return NULL;
    }
    return alj_gluster_medium_new(place->call->host, fd, name);
}

bool
alj_gluster_entry_unlink(const AljGlusterPlace *place, const char *name, GError **error)
{
    int failed = alj_host_gate(place->call->host, "gluster unlink");
    if (!failed && glfs_h_unlink(place->fs, place->dir, name) < 0 && errno != ENOENT && errno != ESTALE)
        failed = errno;
    if (failed)
        return alj_fail_errno(error, failed, "cannot remove '%s'", name);
    return alj_gluster_place_sync(place, error);
}

int
alj_gluster_entry_lock(const AljGlusterPlace *place, glfs_fd_t *fd)
{
    struct stat st;
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int failed = alj_host_gate(place->call->host, "gluster lock");
    if (!failed && (glfs_posix_lock(fd, F_SETLK, &whole) < 0 || glfs_fstat(fd, &st) < 0))
        failed = errno == EACCES ? EAGAIN : errno;
    return failed || st.st_nlink > 0 ? failed : ESTALE;
}

bool
alj_gluster_entry_reap(const AljGlusterPlace *place, const char *name, GError **error)
{
    g_auto(AljGlusterEntry) entry = { 0 };
    if (!alj_gluster_entry_look(place, name, &entry, error))
        return false;
    int failed = alj_host_gate(place->call->host, "gluster open");
    glfs_fd_t *fd = failed ? NULL : glfs_h_open(place->fs, entry.object, O_RDWR);
    if (!fd)
        return fail_open(name, failed ? failed : errno, error);
    failed = alj_gluster_entry_lock(place, fd);
    bool is_gone = failed ? fail_open(name, failed, error) : alj_gluster_entry_unlink(place, name, error);
    (void) glfs_close(fd); /* nothing was written */
    return is_gone;
}
