/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>

/**
 * alj_sealed_new:
 * A copy of the secret @data in memory of its own, which is kept out of core dumps and, where the limits allow it, of swap, and is
 * wiped when the last reference goes. There is no way to print it. Returns: counted, immutable. (transfer full)
 */
GBytes *alj_sealed_new(const void *data, size_t size);

/**
 * alj_wipe_text: frees a NUL-terminated text that held a secret and leaves nothing of it in memory.
 * @take_text: (nullable)
 */
void alj_wipe_text(char *take_text);
