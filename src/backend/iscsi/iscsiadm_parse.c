/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of iscsiadm, taken apart strictly: a line in another form is none. Pure. */
#include "backend/iscsi/iscsiadm_parse.h"

#include <string.h>

#define MAX_TARGETS      65536
#define INTERFACE_FIELDS 5

bool
alj_iscsi_is_name(const char *name)
{
    size_t length = strlen(name);
    return g_ascii_isalnum(*name) && length <= ALJ_ISCSI_NAME_MAX
        && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-") == length;
}

/* The two words of a line, or NULL. (transfer full) */
static char **
two_words(const char *line)
{
    char **words = g_strsplit_set(line, " \t", 3);
    if (g_strv_length(words) == 2 && *words[0] && *words[1])
        return words;
    g_strfreev(words);
    return NULL;
}

/* "127.0.0.1:3260,1" or "[::1]:3260,1" */
static bool
is_portal(const char *word)
{
    const char *tag = strrchr(word, ','), *port = tag ? g_strrstr_len(word, tag - word, ":") : NULL;
    return port && port > word && tag > port + 1 && tag[1] && strspn(port + 1, "0123456789") == (size_t) (tag - port - 1)
        && strspn(tag + 1, "0123456789") == strlen(tag + 1);
}

GPtrArray *
alj_iscsiadm_parse_targets(const char *output)
{
    GPtrArray *targets = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* over several portals */
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line && targets->len < MAX_TARGETS; line++) {
        g_auto(GStrv) words = two_words(*line);
        if (!words || !is_portal(words[0]) || !alj_iscsi_is_name(words[1]) || g_hash_table_contains(seen, words[1]))
            continue;
        char *name = g_strdup(words[1]);
        g_ptr_array_add(targets, name);
        g_hash_table_add(seen, name);
    }
    return targets;
}

char *
alj_iscsiadm_parse_interface(const char *output, const char *initiator)
{
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = two_words(*line);
        g_auto(GStrv) fields = words ? g_strsplit(words[1], ",", -1) : NULL;
        if (fields && g_strv_length(fields) == INTERFACE_FIELDS && strcmp(fields[INTERFACE_FIELDS - 1], initiator) == 0
            && alj_iscsi_is_name(words[0]))
            return g_strdup(words[0]);
    }
    return NULL;
}
