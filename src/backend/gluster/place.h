/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory of a gluster volume that is a pool, and its entries. All access goes by handles of libgfapi: an entry is looked
 * up in the directory's handle without following links, and what was looked at is what is opened. So no name and no
 * link leads out of the directory, whatever other clients of the gluster volume do meanwhile. For this folder only.
 */
#pragma once

#include "backend/backend.h"

#include <glusterfs/api/glfs-handles.h>
#include <glusterfs/api/glfs.h>

/** alj_gluster_uri: gluster://HOST[:PORT]/VOLUME/DIR/@name, as libvirt writes it; NULL: of the directory. (transfer full) */
char *alj_gluster_uri(const AljPoolDef *pool, const char *name);

/**
 * alj_gluster_connect, alj_gluster_disconnect: the pool's connection, a glfs_t. The servers are asked in the order of the
 * definition. Ending it takes ten seconds. Errors: XML (names), SYSTEM "failed to connect to gluster://…: …".
 */
void *alj_gluster_connect(AljCall *call, const AljPoolDef *pool, GError **error);
void alj_gluster_disconnect(void *connection);

/** AljGlusterPlace: the open directory of a pool. Declared as `g_auto(AljGlusterPlace) place = { 0 };`. */
typedef struct AljGlusterPlace {
    AljCall *call;           /* (borrowed) */
    const AljPoolDef *pool;  /* (borrowed) */
    glfs_t *fs;              /* (borrowed) lives as long as the call */
    glfs_object_t *dir;      /* (owned) */
} AljGlusterPlace;

/** alj_gluster_place_open: Errors: those of connecting; SYSTEM "failed to change to directory '/d/' in 'VOLUME': …". */
bool alj_gluster_place_open(AljGlusterPlace *ret, AljCall *call, const AljPoolDef *pool, GError **error);
void alj_gluster_place_clear(AljGlusterPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljGlusterPlace, alj_gluster_place_clear)

/** alj_gluster_place_make: makes the directory with missing parents; one that exists is left. Errors: SYSTEM. */
bool alj_gluster_place_make(AljCall *call, const AljPoolDef *pool, GError **error);

/** alj_gluster_place_remove: removes the empty directory. Errors: SYSTEM "failed to remove pool 'URI': …". */
bool alj_gluster_place_remove(AljCall *call, const AljPoolDef *pool, GError **error);

/** alj_gluster_place_space: Errors: SYSTEM. */
bool alj_gluster_place_space(const AljGlusterPlace *place, uint64_t *ret_capacity_bytes, uint64_t *ret_available_bytes,
                             GError **error);

/** alj_gluster_place_each: calls @each for every entry but "." and ".." until it returns false. Errors: SYSTEM. */
bool alj_gluster_place_each(const AljGlusterPlace *place, bool (*each)(const char *name, void *data), void *data,
                            GError **error);

/** alj_gluster_place_sync: makes changed names durable. Errors: SYSTEM. */
bool alj_gluster_place_sync(const AljGlusterPlace *place, GError **error);

/** AljGlusterEntry: one file or directory of a place, held by its handle. Cleared with its guard. */
typedef struct AljGlusterEntry {
    glfs_object_t *object; /* (owned) */
    struct stat st;
} AljGlusterEntry;

void alj_gluster_entry_clear(AljGlusterEntry *entry);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljGlusterEntry, alj_gluster_entry_clear)

/**
 * alj_gluster_entry_look: Errors: SYSTEM "cannot open volume 'NAME': …"; ELOOP for links, ENXIO for what is neither file nor
 * directory, ENOENT.
 */
bool alj_gluster_entry_look(const AljGlusterPlace *place, const char *name, AljGlusterEntry *ret, GError **error);

/** alj_gluster_entry_is_gone: whether @error of a look means that there is no volume of that name. */
bool alj_gluster_entry_is_gone(const GError *error);

/**
 * alj_gluster_entry_open: the bytes of what was looked at. @flags: O_RDONLY or O_RDWR.
 * Errors: SYSTEM "cannot open volume 'NAME': …", EISDIR for a directory. (transfer full)
 */
AljMedium *alj_gluster_entry_open(const AljGlusterPlace *place, const AljGlusterEntry *entry, const char *name, int flags,
                                  GError **error);

/**
 * alj_gluster_entry_lock: claims an open file that has a name for this process until it is closed. Returns: 0 or an errno: EAGAIN if another process
 * has it, ESTALE if it has no name any more.
 */
int alj_gluster_entry_lock(const AljGlusterPlace *place, glfs_fd_t *fd);

/** alj_gluster_entry_reap: removes the file @name if no process has it locked. Errors: SYSTEM. */
bool alj_gluster_entry_reap(const AljGlusterPlace *place, const char *name, GError **error);

/** alj_gluster_entry_unlink: removes a file or empty directory; one that is gone is a success. Errors: SYSTEM. */
bool alj_gluster_entry_unlink(const AljGlusterPlace *place, const char *name, GError **error);
