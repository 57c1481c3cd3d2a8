/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an entry of a pool directory is as a volume. For the other files of this folder. */
#pragma once

#include "backend/files/head.h"
#include "backend/files/place.h"

#include <sys/stat.h>

/** alj_files_path: path of the entry @name in @pool's directory. (transfer full) */
char *alj_files_path(const AljPoolDef *pool, const char *name);

/**
 * alj_files_describe:
 * @place: where it is
 * @fd: open for reading, or -1 for what need not be read (directories, files without data)
 * Returns: the volume as it is, the facts of its backing store still missing. (transfer full)
 */
AljVolDef *alj_files_describe(AljHost *host, const AljPoolDef *pool, const char *name, const AljPlace *place, int fd,
                              const struct stat *st, GError **error);

/** alj_files_backing_path: @name as a header in directory @dir has it, absolute unless it is a protocol. (transfer full) */
char *alj_files_backing_path(const char *dir, const char *name);

/** alj_files_is_protocol: whether QEMU would take @name for a protocol ("nbd:", "json:") and not for a file. */
bool alj_files_is_protocol(const char *name);

/**
 * alj_files_resolve:
 * Fills in what is known about a backing store: permissions, times, and the format if the header says none. Nothing is
 * opened: only volumes of active pools are known.
 * @backing: (nullable) as alj_files_describe() made it, with nothing of these
 * @by_path: (nullable) the volumes of @pool by path, else the call is asked for these as well
 */
void alj_files_resolve(AljCall *call, const AljPoolDef *pool, AljBacking *backing, GHashTable *by_path);

/** alj_files_reread: the entry @name as a volume, complete. NO_VOL if it is gone. */
AljVolDef *alj_files_reread(AljCall *call, const AljPoolDef *pool, int dir_fd, const char *name, GError **error);

/** alj_files_is_raw: whether the bytes of the file are the bytes of the disk (raw and iso, not encrypted). */
bool alj_files_is_raw(const AljVolDef *vol);
