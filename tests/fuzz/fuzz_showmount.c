/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for the exports of an NFS server: whatever it says, what is taken for a path is one that a document can hold. */
#include "backend/netfs/netfs.h"

#include "base/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autoptr(GPtrArray) paths = alj_netfs_parse_exports(text);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_assert_true(*path == '/' && alj_text_is_xml(path) && !strpbrk(path, "\t\r\n"));
    }
    return 0;
}
