/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds modules and schemas from the place of libaljibe-private.so, so that programs run from a build tree with nothing installed
 * and an installation may be moved. Pure look-ups; owns nothing.
 */
#include "daemon/paths.h"

#include "core/core.h"

#include <dlfcn.h>

/* The folder of the object that holds the core, or of the program where it is linked in statically. */
static char *
own_dir(void)
{
    Dl_info info;
    g_autofree char *program = NULL;
    if (dladdr((void *) alj_core_new, &info) != 0 && info.dli_fname && g_path_is_absolute(info.dli_fname))
        return g_path_get_dirname(info.dli_fname);
    program = g_file_read_link("/proc/self/exe", NULL);
    return program ? g_path_get_dirname(program) : g_strdup("/");
}

/* The first of @candidates (below @base unless absolute) that is a directory, or else the last. */
static char *
first_there(const char *base, const char *const *candidates)
{
    char *path = NULL;
    for (size_t i = 0; candidates[i]; i++) {
        g_free(path);
        path = g_path_is_absolute(candidates[i]) ? g_strdup(candidates[i]) : g_build_filename(base, candidates[i], NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            return path;
    }
    return path;
}

char *
alj_paths_module_dir(void)
{
    /* installed; build tree; build tree as seen from a program there */
    static const char *const candidates[] = { "backends", "backend/modules", "../backend/modules", ALJIBE_MODULE_DIR, NULL };
    const char *given = g_getenv("ALJIBE_MODULE_DIR");
    g_autofree char *base = own_dir();
    return given ? g_strdup(given) : first_there(base, candidates);
}

char *
alj_paths_schema_dir(void)
{
    static const char *const candidates[] = { "../data/schemas", "../../data/schemas", ALJIBE_SCHEMA_DIR, NULL };
    const char *given = g_getenv("ALJIBE_SCHEMA_DIR");
    g_autofree char *base = own_dir();
    return given ? g_strdup(given) : first_there(base, candidates);
}
