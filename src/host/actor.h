/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting as the owner of a file where root counts for nobody: on servers (NFS root_squash, gluster's server.root-squash). */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include <sys/types.h>

#define ALJ_ACTOR_MAX 3

/**
 * AljActor: as whom the calling thread asks the file system. At first as itself; when that is not permitted, as others one by one:
 *
 *     g_auto(AljActor) actor = alj_actor_begin(dir_fd);
 *     do
 *         fd = openat(…);
 *     while (fd < 0 && alj_actor_next(&actor, errno));
 *
 * One thread; the end of the scope makes it what it was before. Scopes may lie within scopes. What is opened meanwhile stays open.
 */
typedef struct AljActor {
    int fd; /* borrowed */
    struct {
        uid_t uid;
        gid_t gid;
    } others[ALJ_ACTOR_MAX];
    unsigned n, n_tried;
    bool knows_owner; /* that of the file or directory behind it has been added: the last resort */
    bool is_other;
    uid_t uid_before; /* while is_other */
    gid_t gid_before;
} AljActor;

/** alj_actor_begin: for work on the file or in the directory @fd, whose owner is the last to be tried. Asks nothing yet. */
AljActor alj_actor_begin(int fd);

/** alj_actor_add: another one to be tried, after those added before. Not as root; a group of -1 is that of the user's own. */
void alj_actor_add(AljActor *actor, uid_t uid, gid_t gid);

/**
 * alj_actor_next:
 * Whether it is worth trying again after @os_errno: the thread is somebody else from now on. Only root becomes others, only on file
 * systems that are not local (there root may do all), and only after EACCES and EPERM. errno is @os_errno if the answer is no.
 */
bool alj_actor_next(AljActor *actor, int os_errno);

/**
 * alj_actor_try:
 * For what the actor has just opened, or -1 with errno: whether it really is open. gluster's client tells root that it is before it has
 * asked a server; then @fd is closed. Returns: @fd, or -1 with errno.
 */
int alj_actor_try(int fd);

/** alj_actor_clear: the thread is what it was before; errno stays. */
void alj_actor_clear(AljActor *actor);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljActor, alj_actor_clear)

/**
 * alj_actor_of_file:
 * Whose rights a program needs that opens the file behind @fd, which we have open, by a name of its own.
 * Returns: false: ours will do. Else the owner in *@ret_uid, *@ret_gid.
 */
bool alj_actor_of_file(int fd, uid_t *ret_uid, gid_t *ret_gid);
