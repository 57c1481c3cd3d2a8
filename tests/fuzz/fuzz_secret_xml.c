/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: the document of a secret. What is accepted must read the same after being written. */
#include "model/secret.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(AljSecretDef) def = alj_secret_def_parse((const char *) data, (gssize) size, NULL);
    if (!def)
        return 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = alj_secret_def_format(def);
    g_autoptr(AljSecretDef) again = alj_secret_def_parse(text, -1, &error);
    if (!again)
        g_error("refused what was written: %s\n%s", error->message, text);
    g_autofree char *text_again = alj_secret_def_format(again);
    if (g_strcmp0(text, text_again) != 0)
        g_error("changed by being written:\n%s\n%s", text, text_again);
    return 0;
}
