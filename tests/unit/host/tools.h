/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of this folder: a scratch directory, and the tools that judge what we made. */
#pragma once

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

typedef struct Scratch {
    char *path;
} Scratch;

static inline void
scratch_set_up(Scratch *s, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    s->path = g_dir_make_tmp("aljibe-host-XXXXXX", &error);
    g_assert_no_error(error);
}

static inline void
scratch_tear_down(Scratch *s, gconstpointer unused)
{
    const char *argv[] = { "rm", "-rf", s->path, NULL };
    g_assert_true(g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    g_free(s->path);
}

static inline char *
scratch_file(const Scratch *s, const char *name)
{
    return g_build_filename(s->path, name, NULL);
}

static inline int
scratch_open(const Scratch *s, const char *name)
{
    g_autofree char *path = scratch_file(s, name);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    g_assert_cmpint(fd, >=, 0);
    return fd;
}

/* Skips the running test, with the tool named, when @program is not installed. */
static inline bool
have_tool(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);
    if (!path)
        g_test_skip_printf("%s is not installed", program);
    return path != NULL;
}

/* Runs a shell command in the scratch directory. Returns: standard output (transfer full), or NULL if it fails. */
static inline char *
scratch_try(const Scratch *s, const char *command)
{
    const char *argv[] = { "sh", "-c", command, NULL };
    char *output = NULL;
    int status = -1;
    g_assert_true(g_spawn_sync(s->path, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                               NULL, &output, NULL, &status, NULL));
    if (status != 0)
        g_clear_pointer(&output, g_free);
    return output;
}

static inline char *scratch_run(const Scratch *s, const char *format, ...) G_GNUC_PRINTF(2, 3);

static inline char *
scratch_run(const Scratch *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *command = g_strdup_vprintf(format, args);
    va_end(args);
    char *output = scratch_try(s, command);
    if (!output)
        g_error("failed: %s", command);
    return output;
}

/* The number (or text, or word) after "KEY": in one JSON document of qemu-img. (transfer full) */
static inline char *
json_value(const char *json, const char *key)
{
    g_autofree char *quoted = g_strdup_printf("\"%s\": ", key);
    const char *at = strstr(json, quoted);
    if (!at)
        return NULL;
    at += strlen(quoted);
    return *at == '"' ? g_strndup(at + 1, strcspn(at + 1, "\"")) : g_strndup(at, strcspn(at, ",\n }"));
}
