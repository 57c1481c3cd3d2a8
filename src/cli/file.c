/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files the user names: unlike our own ones they may be pipes and devices, and waiting for them is what
 * the user asked for. */
#include "cli/file.h"

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>

#define FILE_MAX_BYTES (10 * 1024 * 1024)

char *
alj_cli_read_file(AljCli *cli, const char *path)
{
    size_t size;
    return alj_cli_read_bytes(cli, path, FILE_MAX_BYTES, &size);
}

char *
alj_cli_read_bytes(AljCli *cli, const char *path, size_t max, size_t *ret_size)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *buffer = g_malloc(65536);
    alj_autofd fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void) alj_cli_fail(cli, "Failed to open file '%s': %s", path, g_strerror(errno));
        return NULL;
    }
    for (;;) {
        ssize_t got = read(fd, buffer, 65536);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0 && text->len + (gsize) got > max) {
            got = -1;
            errno = EOVERFLOW;
        }
        if (got < 0) {
            (void) alj_cli_fail(cli, "Failed to read file '%s': %s", path, g_strerror(errno));
            return NULL;
        }
        g_string_append_len(text, buffer, got);
    }
    *ret_size = text->len;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool
alj_file_write(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, data, size);
        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            data += put;
            size -= (size_t) put;
        }
    }
    return true;
}
