/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images that a program is let near: opened by us and looked at first, with all they stand on. The
 * program gets descriptors, so nothing a header or a name says makes it open anything else.
 */
#pragma once

#include "backend/backend.h"
#include "host/image.h"

#include <sys/types.h>

/** AljVetted: one element of a chain of images. */
typedef struct AljVetted {
    int fd;              /* owned; open for reading, the first maybe for writing, too */
    char *path;
    AljVolFormat format; /* as QEMU has to take it */
    bool is_block;
    dev_t dev;
    ino_t inode;
    uint64_t capacity_bytes;
    bool has_backing;
    AljImageInfo info;   /* all zeros for raw */
    const char *key;     /* NULL: as it lies there; else the static name of the secret that decrypts it */
} AljVetted;

/**
 * alj_vet:
 * @take_fd: of the first image
 * @path: its absolute path, for messages and for what is relative to it
 * @format: how to take it; ALJ_N_FORMATS: what its header says
 * Returns: the image and its backing files, first to last, of AljVetted (transfer full).
 * Errors: BAD_STATE "image 'P' is not used: REASON".
 */
GPtrArray *alj_vet(AljCall *call, int take_fd, const char *path, AljVolFormat format, GError **error);

/**
 * alj_vet_open: the bytes of @vol, of any pool, for reading; they are reached through the directory its path is in.
 * Returns: descriptor or -1. Errors: NO_SUPPORT if it is no file or device of this host; those of alj_entry_open().
 */
int alj_vet_open(AljCall *call, const AljVolDef *vol, GError **error);

/** alj_vet_format: how a program has to take the bytes of @vol, of any pool: as its image format, or else as raw. */
AljVolFormat alj_vet_format(const AljVolDef *vol);

/**
 * alj_vet_check_encryption: whether @vol, if it is encrypted, can be read as its guest would see it. Pure.
 * Errors: INVALID_ARG if no secret is known, CONFIG_UNSUPPORTED if it is not LUKS.
 */
bool alj_vet_check_encryption(const AljVolDef *vol, GError **error);

/**
 * alj_vet_unlock: the first image of @chain, which is encrypted, is to be read through its encryption.
 * @key: static name of the secret; @capacity_bytes: what the guest sees
 */
void alj_vet_unlock(GPtrArray *chain, const char *key, uint64_t capacity_bytes);

/** alj_vet_options: QEMU's description of @chain, made of descriptors only. (transfer full) */
char *alj_vet_options(const GPtrArray *chain);

/** alj_qemu_format: the name QEMU has for @format (iso is raw to it). Static. */
const char *alj_qemu_format(AljVolFormat format);
