/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What showmount prints of a server's exports. A path may hold blanks; the list of clients behind it holds none. Pure. */
#include "backend/netfs/netfs.h"

#include "base/text.h"

#include <string.h>

#define MAX_EXPORTS 4096

/* The path in @line, which is cut off behind it, or NULL. */
static const char *
path_in(char *line)
{
    char *clients = strrchr(g_strchomp(line), ' ');
    if (*line != '/' || !clients)
        return NULL;
    *clients = '\0';
    return alj_text_is_xml(line) && !strpbrk(line, "\t\r") ? g_strchomp(line) : NULL;
}

GPtrArray *
alj_netfs_parse_exports(const char *output)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line && paths->len < MAX_EXPORTS; line++) {
        const char *path = path_in(*line);
        if (path && g_hash_table_add(seen, (char *) path))
            g_ptr_array_add(paths, g_strdup(path));
    }
    return paths;
}
