/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one program for images we do not write ourselves. It sees descriptors, numbers and words from closed lists only; errors
 * show the paths of volumes instead.
 */
#pragma once

#include "backend/files/request.h"

/**
 * alj_qemu_img_create:
 * Writes an empty image as @request wants it into the file @fd.
 * @bytes: what the guest is to see; a multiple of 512
 * Errors: INTERNAL "Child process (…) unexpected exit status N: …", NO_SECRET, TIMEOUT, ABORTED.
 */
bool alj_qemu_img_create(AljCall *call, const AljVolDef *request, const AljBase *base, uint64_t bytes, int fd,
                         unsigned flags, GError **error);

/** ALJ_SOURCE_KEY: for alj_vet_unlock(): the name under which the following calls hand over the secret of their source. */
#define ALJ_SOURCE_KEY "secret1"

/**
 * alj_qemu_img_convert:
 * @from: (nullable) the encryption of the first image of @chain, which was unlocked
 * Copies what a guest would see of @chain (of AljVetted) into the file @fd, which holds an empty image of the format of
 * @request, large enough and reading as zeros.
 */
bool alj_qemu_img_convert(AljCall *call, const GPtrArray *chain, const AljEncryption *from, int fd, const AljVolDef *request,
                          GError **error);

/** alj_qemu_img_resize: sets the virtual size of the first image of @chain, which is open for writing, and unlocked if it is encrypted. */
bool alj_qemu_img_resize(AljCall *call, const GPtrArray *chain, const AljEncryption *encryption, uint64_t bytes, bool may_shrink,
                         GError **error);

/** alj_qemu_img_options: the value of -o for @request, or NULL if there is none. @secret: (nullable) id of the secret. */
char *alj_qemu_img_options(const AljVolDef *request, const AljBase *base, const char *secret, unsigned flags);

/** alj_qemu_img_progress: reads "    (12.34/100%)" into @task, which knows the total. */
void alj_qemu_img_progress(const char *line, AljTask *task);
