/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that stand for something else: sizes, files, words of a list (behaviour.md 1, 2.4 and 12). */
#include "cli/value.h"

#include "base/error.h"
#include "base/guard.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (10 * 1024 * 1024)

bool
alj_cli_read_size(AljCli *cli, const char *text, uint64_t *ret_bytes)
{
    g_autoptr(GError) error = NULL;
    if (alj_size_parse(text, G_MAXUINT64, ret_bytes, &error))
        return true;
    (void) alj_cli_fail(cli, "Malformed size %s", text);
    /* no number, or one beyond 64 bits: nothing more to say; else the suffix is the reason */
    char *end = NULL;
    errno = 0;
    (void) strtoull(text, &end, 10);
    if (end != text && *end && errno == 0 && !strchr(text, '-')) {
        g_autofree char *reason = alj_error_text(error);
        (void) alj_cli_fail(cli, "%s", reason);
    }
    return false;
}

char *
alj_cli_read_file(AljCli *cli, const char *path)
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
        if (got > 0 && text->len + (gsize) got > FILE_MAX_BYTES) {
            got = -1;
            errno = EOVERFLOW;
        }
        if (got < 0) {
            (void) alj_cli_fail(cli, "Failed to read file '%s': %s", path, g_strerror(errno));
            return NULL;
        }
        g_string_append_len(text, buffer, got);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

int
alj_word_find(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], word))
            return i;
    }
    return -1;
}

GStrv
alj_split_commas(const char *text)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    g_autoptr(GString) part = g_string_new(NULL);
    for (const char *p = text; *p; p++) {
        if (*p != ',') {
            g_string_append_c(part, *p);
        } else if (p[1] == ',') {
            g_string_append_c(part, *++p);
        } else {
            g_ptr_array_add(parts, g_strdup(part->str));
            g_string_truncate(part, 0);
        }
    }
    g_ptr_array_add(parts, g_strdup(part->str));
    g_ptr_array_add(parts, NULL);
    return (GStrv) g_ptr_array_free(g_steal_pointer(&parts), FALSE);
}
