/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of a device: where partition tables, labels of LVM and its metadata, and most other signatures are. */
#pragma once

#include "host/host.h"

/** AljLvmEnds: what both ends of one device hold. */
typedef struct AljLvmEnds AljLvmEnds;

/** alj_lvm_ends_read: Errors: SYSTEM. (transfer full) */
AljLvmEnds *alj_lvm_ends_read(AljHost *host, const char *path, GError **error);

/** alj_lvm_ends_restore: writes @ends back, unless that is what is there. A step for AljUndo: passes no gate, tells no failure. */
void alj_lvm_ends_restore(void *ends);

void alj_lvm_ends_free(void *ends);

/** alj_lvm_ends_clear: writes zeros over both ends of the open device @fd, durably. Errors: SYSTEM. */
bool alj_lvm_ends_clear(AljHost *host, int fd, const char *path, GError **error);
