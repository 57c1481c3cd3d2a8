/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What device-mapper itself says of one of its devices: short, and without a program. Any thread. */
#pragma once

#include "host/host.h"

#include <stdint.h>
#include <sys/types.h>

#define ALJ_DM_UUID_SIZE 129

/** AljDmThin: a thin volume. */
typedef struct AljDmThin {
    char uuid[ALJ_DM_UUID_SIZE]; /* whatever made it has named it so: "LVM-" and those of group and volume, without dashes */
    uint64_t bytes;
    uint64_t mapped_bytes;       /* for which it has blocks, shared ones too */
    uint64_t mapped_end_bytes;   /* behind this nothing is mapped; 0: nothing is */
} AljDmThin;

/**
 * alj_dm_thin: Errors: SYSTEM, with ENOTTY for a device that is no thin volume. Source: the kernel's
 * Documentation/admin-guide/device-mapper/thin-provisioning.rst.
 */
bool alj_dm_thin(AljHost *host, dev_t device, AljDmThin *ret, GError **error);

/** alj_dm_parse_thin: the status of a thin target: "MAPPED HIGHEST" in sectors, "0 -". Pure. Returns: whether it is one. */
bool alj_dm_parse_thin(const char *status, AljDmThin *ret);
