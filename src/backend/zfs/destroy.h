/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Destroying what is known by more than its name. Runs on a pool's workers. */
#pragma once

#include "backend/backend.h"

/** AljZfsProof: a property that only the volume meant has of itself with this value: its GUID, or the mark of one operation. */
typedef struct AljZfsProof {
    const char *property, *value;
} AljZfsProof;

/**
 * alj_zfs_destroy:
 * Destroys volume @name if it is the one of @proof; @with_snapshots: its snapshots, too. zfs looks and destroys in one step of the
 * zpool, so that nothing is lost that took the name meanwhile, and no snapshot that was taken meanwhile. Clones are never lost. Tries
 * again where only udev was in the way.
 * Errors: NO_VOL; BAD_STATE "volume 'a' is another one than when the pool was read; …", "volume 'a' has snapshots by now, …";
 * BUSY "volume 'a' is in use: …"; SYSTEM "cannot destroy 'tank/a': …"; of alj_run().
 */
bool alj_zfs_destroy(AljCall *call, const char *name, const AljZfsProof *proof, bool with_snapshots, GError **error);

/** alj_zfs_destroy_volume: the same for the volume with that GUID. */
bool alj_zfs_destroy_volume(AljCall *call, const char *name, uint64_t guid, bool with_snapshots, GError **error);
