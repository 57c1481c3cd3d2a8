/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's settings: one row of the table per setting parses, checks, prints and explains it. Start and reload only. */
#include "daemon/config.h"

#include "base/files.h"
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (64 * 1024)

typedef enum Kind {
    KIND_TEXT,
    KIND_NUMBER,
    KIND_MODE
} Kind;

typedef struct Row {
    const char *key;
    Kind kind;
    size_t offset;
    const char *otherwise; /* the default, as it would stand in the file */
    unsigned min, max;
    const char *meaning;
} Row;

#define MEMBER(name) offsetof(AljConfig, name)

static const Row rows[] = {
    { "group", KIND_TEXT, MEMBER(group), "", 0, 0, "members of this group may write, besides root and the daemon's own user" },
    { "max_clients", KIND_NUMBER, MEMBER(max_clients), "8192", 1, 1000000, "connections in all" },
    { "max_clients_per_uid", KIND_NUMBER, MEMBER(max_clients_per_uid), "1024", 1, 1000000,
      "connections of one user that is not root" },
    { "socket_mode", KIND_MODE, MEMBER(socket_mode), "0600", 0, 0777,
      "permissions of the read-write socket; with a group, 0660 lets its members in" },
    { "socket_mode_readonly", KIND_MODE, MEMBER(socket_mode_readonly), "0666", 0, 0777, "permissions of the read-only socket" },
    { "log", KIND_TEXT, MEMBER(log), "", 0, 0, "debug messages to write; wire: every call with its arguments" },
};

static bool
parse_number(const Row *row, const char *value, unsigned *ret)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(value, &end, row->kind == KIND_MODE ? 8 : 10);
    if (errno != 0 || end == value || *end != '\0' || *value == '-' || number < row->min || number > row->max)
        return false;
    *ret = (unsigned) number;
    return true;
}

static bool
set_row(AljConfig *config, const Row *row, const char *value)
{
    void *member = (char *) config + row->offset;
    switch (row->kind) {
    case KIND_TEXT:
        g_free(*(char **) member);
        *(char **) member = g_strdup(value);
        return true;
    case KIND_NUMBER:
    case KIND_MODE:
        return parse_number(row, value, member);
    }
    return false;
}

AljConfig *
alj_config_new(void)
{
    AljConfig *config = g_new0(AljConfig, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool ok = set_row(config, &rows[i], rows[i].otherwise);
        g_assert(ok); /* the table's own defaults */
    }
    return config;
}

void
alj_config_free(AljConfig *config)
{
    if (!config)
        return;
    g_free(config->group);
    g_free(config->log);
    g_free(config);
}

/* The value without quotes and without a comment behind it, in place. NULL: quotes that do not end, or text behind them. */
static char *
clean_value(char *value)
{
    g_strstrip(value);
    if (*value != '"') {
        value[strcspn(value, "#")] = '\0';
        return g_strchomp(value);
    }
    char *end = strchr(++value, '"');
    if (!end)
        return NULL;
    *end = '\0';
    g_strstrip(end + 1);
    return end[1] == '\0' || end[1] == '#' ? value : NULL;
}

static bool
parse_line(AljConfig *config, const char *path, unsigned number, char *line, GError **error)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return true;
    char *equals = strchr(line, '=');
    if (!equals)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "%s:%u: expected KEY = VALUE", path, number);
    *equals = '\0';
    g_strchomp(line);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].key, line) != 0)
            continue;
        const char *value = clean_value(equals + 1);
        if (value && set_row(config, &rows[i], value))
            return true;
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "%s:%u: bad value for '%s'", path, number, line);
    }
    return alj_fail(error, ALJ_ERROR_INVALID_ARG, "%s:%u: unknown setting '%s'", path, number, line);
}

AljConfig *
alj_config_load(const char *path, bool must_exist, GError **error)
{
    g_autoptr(AljConfig) config = alj_config_new();
    g_autoptr(GError) failure = NULL;
    size_t length = 0;
    g_autofree char *text = alj_files_load(AT_FDCWD, path, FILE_MAX_BYTES, &length, &failure);
    if (!text && !must_exist && alj_error_errno(failure) == ENOENT)
        return g_steal_pointer(&config);
    if (!text) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        if (!parse_line(config, path, i + 1, lines[i], error))
            return NULL;
    }
    return g_steal_pointer(&config);
}

void
alj_config_dump(const AljConfig *config, FILE *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const void *member = (const char *) config + rows[i].offset;
        fprintf(out, "%s# %s\n", i > 0 ? "\n" : "", rows[i].meaning);
        switch (rows[i].kind) {
        case KIND_TEXT:
            fprintf(out, "%s = \"%s\"\n", rows[i].key, *(char *const *) member);
            break;
        case KIND_NUMBER:
            fprintf(out, "%s = %u\n", rows[i].key, *(const unsigned *) member);
            break;
        case KIND_MODE:
            fprintf(out, "%s = %04o\n", rows[i].key, *(const unsigned *) member);
            break;
        }
    }
}
