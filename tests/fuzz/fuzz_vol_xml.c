/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzz target: a volume document, as a file pool and as a disk pool take it. What is accepted must read the same
 * after being written.
 */
#include "model/volume.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(AljPoolType pool, const uint8_t *data, size_t size)
{
    g_autoptr(AljVolDef) def = alj_vol_def_parse(pool, (const char *) data, (gssize) size, 0, NULL);
    if (!def)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = alj_vol_def_format(pool, def);
    g_autoptr(AljVolDef) again = alj_vol_def_parse(pool, text, -1, 0, &error);
    if (!again)
        g_error("refused what was written: %s\n%s", error->message, text);
    g_autofree char *text_again = alj_vol_def_format(pool, again);
    if (g_strcmp0(text, text_again) != 0)
        g_error("changed by being written:\n%s\n%s", text, text_again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(ALJ_POOL_DIR, data, size);
    check(ALJ_POOL_DISK, data, size);
    return 0;
}
