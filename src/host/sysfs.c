/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading of sysfs, bounded. Owns nothing; any thread. */
#include "host/sysfs.h"

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define ATTR_MAX_BYTES 4096 /* a page: the kernel writes no longer text */
#define MAX_NAMES      65536

GBytes *
alj_sys_bytes(AljHost *host, const char *dir, const char *name, size_t max)
{
    g_autofree char *below = g_build_filename(dir, name, NULL);
    g_autofree char *path = alj_host_path(host, below);
    alj_autofd fd = alj_host_gate(host, "read sysfs") ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    g_autofree char *bytes = fd < 0 ? NULL : g_malloc(max);
    ssize_t got = bytes ? read(fd, bytes, max) : -1;
    return got < 0 ? NULL : g_bytes_new_take(g_steal_pointer(&bytes), (gsize) got);
}

char *
alj_sys_attr(AljHost *host, const char *dir, const char *name)
{
    g_autoptr(GBytes) bytes = alj_sys_bytes(host, dir, name, ATTR_MAX_BYTES);
    gsize length = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &length) : NULL;
    char *line = text ? g_strndup(text, length) : NULL;
    if (line)
        line[strcspn(line, "\n")] = '\0';
    return line;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

char **
alj_sys_names(AljHost *host, const char *dir)
{
    g_autofree char *path = alj_host_path(host, dir);
    g_autoptr(GDir) entries = alj_host_gate(host, "list sysfs") ? NULL : g_dir_open(path, 0, NULL);
    GPtrArray *names = g_ptr_array_new();
    const char *name;
    while (entries && names->len < MAX_NAMES && (name = g_dir_read_name(entries)))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(names, FALSE);
}

char *
alj_sys_resolve(AljHost *host, const char *path)
{
    g_autofree char *root = alj_host_path(host, "/"), *below = alj_host_path(host, path);
    g_autofree char *at_root = realpath(root, NULL), *at = realpath(below, NULL);
    if (!at || !at_root || !g_str_has_prefix(at, at_root))
        return NULL;
    size_t skipped = strcmp(at_root, "/") == 0 ? 0 : strlen(at_root);
    return g_strdup(at + skipped);
}

bool
alj_sys_exists(AljHost *host, const char *path)
{
    g_autofree char *at = alj_host_path(host, path);
    return access(at, F_OK) == 0;
}

bool
alj_sys_number(const char **text, char end, uint64_t *ret)
{
    char *behind;
    if (!g_ascii_isdigit(**text))
        return false;
    errno = 0;
    *ret = g_ascii_strtoull(*text, &behind, 10);
    if (errno != 0 || *behind != end)
        return false;
    *text = behind + (end != '\0');
    return true;
}
