/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header of an image, understood. For this folder, and for types whose volumes are images elsewhere. */
#pragma once

#include "backend/backend.h"
#include "host/image.h"

/** AljHead: the start of an image, understood. Cleared with alj_head_clear(). */
typedef struct AljHead {
    AljImageInfo info;
    char *backing_name; /* as stored; NULL if there is none or it is no text that XML can carry */
} AljHead;

void alj_head_clear(AljHead *head);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljHead, alj_head_clear)

/**
 * alj_head_read:
 * @name: of the file
 * @is_thorough: looks at all a header may hold (before a tool is let near it), not only at what a listing shows
 */
bool alj_head_read(AljHost *host, int fd, const char *name, uint64_t file_bytes, bool is_thorough, AljHead *ret,
                   GError **error);

/** alj_head_read_medium: the same of a volume without a descriptor. */
bool alj_head_read_medium(AljMedium *medium, const char *name, uint64_t file_bytes, bool is_thorough, AljHead *ret,
                          GError **error);

/** alj_head_describe: puts what documents say of such an image into @vol, its backing store excepted. */
void alj_head_describe(const AljHead *head, AljVolDef *vol);

/**
 * alj_head_backing:
 * The backing store that the header names, under the @path it is shown by. (transfer full)
 * @takes_format: whether the format that the header says is believed; else raw
 */
AljBacking *alj_head_backing(const AljHead *head, const char *path, bool takes_format);
