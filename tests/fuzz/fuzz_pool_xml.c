/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzz target: a pool document. What is accepted must survive being written and read again. The unit tests replay
 * mutated golden documents through the same function.
 */
#include "model/pool.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(AljPoolDef) def = alj_pool_def_parse((const char *) data, (gssize) size, NULL);
    if (!def)
        return 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = alj_pool_def_format(def, NULL, 0);
    g_autoptr(AljPoolDef) again = alj_pool_def_parse(text, -1, &error);
    if (!again)
        g_error("refused what was written: %s\n%s", error->message, text);
    if (!alj_pool_def_equal(def, again))
        g_error("changed by being written:\n%s", text);
    return 0;
}
