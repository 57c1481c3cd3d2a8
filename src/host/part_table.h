/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libfdisk at work on a copy of a table. For this folder only. */
#pragma once

#include "host/ebr.h"
#include "host/partitions.h"
#include "host/table_image.h"

struct fdisk_context;

/** AljLabeller: libfdisk, opened on an image. It asks nobody: what it would ask for is refused. */
typedef struct AljLabeller {
    struct fdisk_context *fdisk; /* (owned) */
    GString *complaints;         /* (owned) what libfdisk warned of, one after the other */
    bool makes_label;            /* a new label, which bsd asks about */
} AljLabeller;

/** alj_labeller_open: Errors: SYSTEM. */
bool alj_labeller_open(const AljTableImage *image, AljLabeller *ret, GError **error);
void alj_labeller_close(AljLabeller *labeller);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljLabeller, alj_labeller_close)

/** alj_labeller_fail: always false. INTERNAL "cannot VERB the partition table of 'D': what libfdisk said". */
bool alj_labeller_fail(const AljLabeller *labeller, int result, const char *verb, const char *name, GError **error);

/** alj_part_table_image: a new image with everything in it that the table of the device can be in. Errors: SYSTEM. */
AljTableImage *alj_part_table_image(AljHost *host, int fd, const char *name, AljEbrChain *ret_chain, GError **error);

/** alj_part_table_of: what the table of the image says, edits included. @chain: of the same image. Errors: SYSTEM. */
AljPartTable *alj_part_table_of(const AljTableImage *image, const AljEbrChain *chain, GError **error);
