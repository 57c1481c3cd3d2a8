/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What volumes a gluster server has: a search that both gluster pools and netfs pools offer. */
#pragma once

#include "backend/backend.h"

/**
 * alj_gluster_volumes:
 * Asks the server @host with the `gluster` program. Names that no volume can have are left out.
 * Returns: NULL-terminated, maybe empty (transfer full). Errors: INTERNAL "'gluster' command line tool not found", those of
 * alj_run() and of the parser.
 */
char **alj_gluster_volumes(AljCall *call, const char *host, GError **error);

/**
 * alj_gluster_volumes_parse: the answer of `gluster --xml volume info`. Pure.
 * Errors: INTERNAL if it is none, or says that the question failed.
 */
char **alj_gluster_volumes_parse(const char *xml, GError **error);

/**
 * alj_gluster_is_volume: whether a gluster volume can have the @name: letters, digits, '_' and '-'.
 * Source: what `gluster volume create` accepts.
 */
bool alj_gluster_is_volume(const char *name);
