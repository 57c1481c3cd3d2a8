/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

typedef struct AljEmbed AljEmbed;

/**
 * alj_embed_open:
 * Starts the engine and one protocol server for it in threads of this process, everything below @dir (etc/storage, run, lock file).
 * @ret_fd: a connected socket that speaks the protocol, as if it had been accepted from the owner; the caller's
 * Errors: BUSY (another writer has DIR), SYSTEM.
 */
AljEmbed *alj_embed_open(const char *dir, int *ret_fd, GError **error);

/** alj_embed_close: finishes running operations (no deadline but their own), ends the threads. After the socket was closed. */
void alj_embed_close(AljEmbed *embed);
