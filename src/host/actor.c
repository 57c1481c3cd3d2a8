/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file-system ids of the calling thread, changed for as long as one question takes. They are the thread's own in Linux, so no
 * other thread notices; with them go the capabilities by which root passes over permissions, and come back. Supplementary
 * groups stay: the daemon's are root's, which such a server does not count either. Runs on a pool's workers.
 */
#include "host/actor.h"

#include "base/guard.h"
#include "host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

AljActor
alj_actor_begin(int fd)
{
    return (AljActor){ .fd = fd };
}

void
alj_actor_add(AljActor *actor, uid_t uid, gid_t gid)
{
    bool is_known = uid == 0 || uid == (uid_t) -1 || actor->n == ALJ_ACTOR_MAX;
    for (unsigned i = 0; i < actor->n && !is_known; i++)
        is_known = actor->others[i].uid == uid && actor->others[i].gid == gid;
    if (is_known)
        return;
    actor->others[actor->n].uid = uid;
    actor->others[actor->n++].gid = gid;
}

/* The calls tell no failure; the next question does. */
static void
be(AljActor *actor, uid_t uid, gid_t gid)
{
    int gid_before = setfsgid(gid == (gid_t) -1 ? getegid() : gid), uid_before = setfsuid(uid);
    if (!actor->is_other) {
        actor->gid_before = (gid_t) gid_before;
        actor->uid_before = (uid_t) uid_before;
    }
    actor->is_other = true;
}

bool
alj_actor_next(AljActor *actor, int os_errno)
{
    struct stat st;
    bool may_help = (os_errno == EACCES || os_errno == EPERM) && geteuid() == 0;
    if (may_help && !actor->knows_owner) {
        actor->knows_owner = true;
        if (!alj_dir_is_local(actor->fd) && fstat(actor->fd, &st) == 0)
            alj_actor_add(actor, st.st_uid, st.st_gid);
        else
            actor->n = 0;
    }
    may_help = may_help && actor->n_tried < actor->n;
    if (may_help) {
        be(actor, actor->others[actor->n_tried].uid, actor->others[actor->n_tried].gid);
        actor->n_tried++;
    }
    errno = os_errno;
    return may_help;
}

static bool
is_fuse(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == FUSE_SUPER_MAGIC;
}

int
alj_actor_try(int fd)
{
    char byte;
    bool is_refused = fd >= 0 && geteuid() == 0 && is_fuse(fd) && pread(fd, &byte, sizeof byte, 0) < 0
        && (errno == EACCES || errno == EPERM);
    if (!is_refused)
        return fd;
    int failed = errno;
    (void) close(fd); /* nothing was written */
    errno = failed;
    return -1;
}

void
alj_actor_clear(AljActor *actor)
{
    int kept = errno;
    if (actor->is_other) {
        (void) setfsuid(actor->uid_before);
        (void) setfsgid(actor->gid_before);
        actor->is_other = false;
    }
    errno = kept;
}

bool
alj_actor_of_file(int fd, uid_t *ret_uid, gid_t *ret_gid)
{
    struct stat st;
    char name[64];
    int flags = fcntl(fd, F_GETFL);
    if (geteuid() != 0 || flags < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid == 0)
        return false;
    (void) snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    alj_autofd again = alj_actor_try(open(name, (flags & O_ACCMODE) | O_CLOEXEC | O_NONBLOCK));
    *ret_uid = st.st_uid;
    *ret_gid = st.st_gid;
    return again < 0 && errno == EACCES;
}
