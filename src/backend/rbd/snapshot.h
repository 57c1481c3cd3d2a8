/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of an image and the clones that stand on them. */
#pragma once

#include "backend/rbd/image.h"

/** ALJ_RBD_SNAPSHOT: names of snapshots that were made for clones begin so. They go with the last clone. */
#define ALJ_RBD_SNAPSHOT "aljibe-"

typedef struct AljRbdSnapshot {
    char *name;
    uint64_t size_bytes;
} AljRbdSnapshot;

/** alj_rbd_snapshots: those that people made and ours, oldest first: of AljRbdSnapshot (transfer full). Errors: SYSTEM. */
GPtrArray *alj_rbd_snapshots(AljRbdImage *image, GError **error);

/** alj_rbd_clones: images that stand on @snapshot, or with NULL on any: "POOL/NAME" (transfer full). Errors: SYSTEM. */
GPtrArray *alj_rbd_clones(AljRbdImage *image, const char *snapshot, GError **error);

/** alj_rbd_snapshot_make: a protected snapshot. What fails half way is for the record to take back. Errors: SYSTEM. */
bool alj_rbd_snapshot_make(AljRbdImage *image, const char *name, GError **error);

/** alj_rbd_snapshot_remove: protected or not. Errors: SYSTEM; BUSY while a clone stands on it. */
bool alj_rbd_snapshot_remove(AljRbdImage *image, const char *name, GError **error);

/** alj_rbd_snapshot_release: @parent's snapshot goes if no clone stands on it. Success also if it is not there. Errors: SYSTEM. */
bool alj_rbd_snapshot_release(AljCall *call, AljRbd *rbd, const char *parent, const char *snapshot, GError **error);
