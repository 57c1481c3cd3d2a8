/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links in a directory like /dev/disk/by-path, by the node they lead to. */
#pragma once

#include "backend/backend.h"
#include "host/scsi.h"

/** AljLinks: what a pool's target makes of the nodes of devices. */
typedef struct AljLinks AljLinks;

/**
 * alj_links_read:
 * The links in the pool's target, or none if that is /dev itself or if nobody makes links here (no udev): then paths are nodes.
 * Errors: SYSTEM "cannot read dir 'T': …".
 */
AljLinks *alj_links_read(AljCall *call, const AljPoolDef *pool, GError **error);
void alj_links_free(AljLinks *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljLinks, alj_links_free)

/** alj_links_path: the volume path of @lun, which has a node; NULL: no link leads to it. (transfer full) */
char *alj_links_path(const AljLinks *links, const AljScsiLun *lun);
