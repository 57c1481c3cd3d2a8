/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that stand for something else: sizes, words of a list. */
#include "cli/value.h"

#include "base/error.h"
#include "base/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
        (void) alj_cli_fail_text(cli, reason);
    }
    return false;
}

const char *
alj_cli_need_size(AljCli *cli, const AljArgs *args, const char *option)
{
    const char *text = alj_args_text(args, option);
    if (*text)
        return text;
    (void) alj_cli_fail(cli, "Failed to get option '%s': Option argument is empty", option);
    return NULL;
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
