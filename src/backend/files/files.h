/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes that are files and directories of one directory: the callbacks of dir pools, and those of fs and netfs pools once
 * their file system is mounted. Contracts, errors and threads are those of the callbacks in backend.h.
 */
#pragma once

#include "backend/backend.h"
#include "base/undo.h"

/**
 * ALJ_FILES_VOLUMES: what a pool type whose target is a directory of images puts into its ALJ_BACKEND_DEFINE, beside its scan,
 * which is or uses alj_files_scan().
 */
#define ALJ_FILES_VOLUMES                                                                                    \
    .vol_probe = alj_files_vol_probe, .vol_stat = alj_files_vol_stat,                                        \
    .vol_plan = alj_files_vol_plan, .vol_create = alj_files_vol_create, .vol_copy = alj_files_vol_copy,      \
    .vol_resize = alj_files_vol_resize, .vol_delete = alj_files_vol_delete, .vol_wipe = alj_files_vol_wipe,  \
    .vol_open = alj_files_vol_open

/** ALJ_FILES_TOOLS: rows for the `tools` of such a type, without the end row. */
#define ALJ_FILES_TOOLS                                                                                      \
    { "qemu-img", "qemu-utils", "image formats other than raw and qcow2, conversion, encryption" },          \
    { "scrub", "scrub", "wiping with patterns" }

AljPoolScan alj_files_scan;
AljVolProbe alj_files_vol_probe;
AljVolLook alj_files_vol_stat;
AljVolPlan alj_files_vol_plan;
AljVolCreate alj_files_vol_create;
AljVolCopy alj_files_vol_copy;
AljVolResize alj_files_vol_resize;
AljVolDelete alj_files_vol_delete;
AljVolWipe alj_files_vol_wipe;
AljVolOpen alj_files_vol_open;

/**
 * alj_files_make_target: the directory of @pool as its definition wants it (pool-build). What was made goes again when @undo is
 * run, unless somebody has put something in.
 */
bool alj_files_make_target(AljCall *call, const AljPoolDef *pool, AljUndo *undo, GError **error);

/**
 * alj_files_check_resize:
 * Whether @now, an image as it is on the medium, may get the capacity @bytes: smaller only if @flags say so, and never where that
 * would cut off an image that documents call raw. Pure. Errors: INVALID_ARG, BAD_STATE.
 */
bool alj_files_check_resize(const AljVolDef *now, uint64_t bytes, unsigned flags, GError **error);

/** alj_files_check_build: whether pool-build knows all of @flags. Errors: FLAGS. */
bool alj_files_check_build(unsigned flags, GError **error);

/**
 * alj_files_open_target:
 * alj_dir_open() of the target of @pool for work on its volumes. All of that goes through here, because where a file system was
 * unmounted a directory of the host is left, which volumes must not be written to (D-11b).
 * Errors: also BAD_STATE if it is not the directory that was read.
 */
int alj_files_open_target(AljCall *call, const AljPoolDef *pool, GError **error);
