/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a SCSI device says it is, out of the pages of vital product data that the kernel has read. Pure; any thread. */
#pragma once

#include <glib.h>

/** AljScsiIdentity: zeroed memory is an empty one. */
typedef struct AljScsiIdentity {
    char *serial;     /* (nullable) as udev's scsi_id says it with blanks replaced: "3600140…", "0QEMU_QEMU_HARDDISK_1" */
    char *port_group; /* (nullable) number of the group of target ports, hexadecimal */
    char *digest;     /* (nullable) of all names the unit has and of its number: with another one it is another unit */
} AljScsiIdentity;

/**
 * alj_scsi_identify:
 * @page83, @page80: (nullable) as the device sent them; anything may be in them
 * @vendor, @model: (nullable) of its INQUIRY
 * Source: SPC-4 7.8.6 and 7.8.15; the choice among several names, and their form, is that of scsi_id(8), whose result names
 * volumes in documents.
 */
void alj_scsi_identify(GBytes *page83, GBytes *page80, const char *vendor, const char *model, AljScsiIdentity *ret);

void alj_scsi_identity_clear(AljScsiIdentity *identity);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljScsiIdentity, alj_scsi_identity_clear)
