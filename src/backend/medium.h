/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AljMedium: the bytes of an open volume, however they are reached: a descriptor, or a library of a server. Who moves bytes
 * (transfers, copies between pools) is written over this once. One thread uses a medium; every operation may wait for the
 * storage, and a backend gives each a limit of its own.
 */
#pragma once

#include "base/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct AljHost AljHost; /* host/host.h */
typedef struct AljTask AljTask; /* base/task.h */
typedef struct AljMedium AljMedium;

typedef struct AljMediumOps {
    bool (*size)(AljMedium *medium, uint64_t *ret_bytes, GError **error);
    /* Returns: bytes read, fewer than asked for only at the end; -1 on failure. */
    gssize (*read)(AljMedium *medium, void *data, size_t bytes, uint64_t offset_bytes, GError **error);
    /* All bytes, or an error. Behind the end: grows what can grow, else ENOSPC. */
    bool (*write)(AljMedium *medium, const void *data, size_t bytes, uint64_t offset_bytes, GError **error);
    /* A range below the end reads as zeros afterwards, without taking room where that is possible. */
    bool (*zero)(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, GError **error);
    /* Whether @offset_bytes (below the end) is in data or in a hole, and where that ends. NULL: all is data. */
    bool (*extent)(AljMedium *medium, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error);
    /* Makes it longer; what is added reads as zeros. NULL: its size is fixed. */
    bool (*grow)(AljMedium *medium, uint64_t bytes, GError **error);
    /* What was written survives a loss of power once this returns. */
    bool (*flush)(AljMedium *medium, GError **error);
    /* A hint that the range will be flushed. NULL: no use. */
    void (*begin_flush)(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes);
    void (*close)(AljMedium *medium);
} AljMediumOps;

/** AljMedium: the first member of a backend's own struct. */
struct AljMedium {
    const AljMediumOps *ops;
};

/** alj_medium_new_fd: @take_fd: a regular file or block device, closed with the medium. @name: for messages. */
AljMedium *alj_medium_new_fd(AljHost *host, int take_fd, const char *name);

/** alj_medium_extent: the operation, or all data where there is none. */
bool alj_medium_extent(AljMedium *medium, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error);

/**
 * alj_medium_zero: the operation, but piece by piece, so that it can be ended and is seen to go on: each piece is reported as progress.
 * @what: the work it is part of. Errors: of the medium; ABORTED, TIMEOUT of @task.
 */
bool alj_medium_zero(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, AljTask *task, const char *what, GError **error);

/**
 * alj_medium_copy:
 * Makes the first bytes of @to those of @from: all that @from has, continued by zeros up to @bytes. Holes, and longer runs of
 * zeros, become holes where that is possible; @is_blank says that @to reads as zeros already, so that they are passed over.
 * Reports progress; does not flush. Errors: of both media; ABORTED, TIMEOUT of @task.
 */
bool alj_medium_copy(AljMedium *from, AljMedium *to, uint64_t bytes, bool is_blank, AljTask *task, GError **error);

void alj_medium_free(AljMedium *medium);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljMedium, alj_medium_free)
