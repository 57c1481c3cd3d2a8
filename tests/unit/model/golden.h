/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The golden files of one folder, for the drivers that walk over them. GOLDEN_DIR and SCHEMA_DIR come from meson. */
#pragma once

#include <glib.h>
#include <string.h>

static inline gint
golden_compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/** golden_names: sorted names in GOLDEN_DIR/@folder of files that end in ".in.xml", without that ending. */
static inline GPtrArray *
golden_names(const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(GOLDEN_DIR, folder, NULL);
    GDir *dir = g_dir_open(path, 0, &error);
    g_assert_no_error(error);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name = NULL;
    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".in.xml"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".in.xml")));
    }
    g_dir_close(dir);
    g_ptr_array_sort(names, golden_compare_names);
    g_assert_cmpuint(names->len, >, 0);
    return names;
}

static inline char *
golden_path(const char *folder, const char *name, const char *ending)
{
    g_autofree char *file = g_strconcat(name, ending, NULL);
    return g_build_filename(GOLDEN_DIR, folder, file, NULL);
}

static inline char *
golden_load(const char *folder, const char *name, const char *ending, gsize *ret_length)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = golden_path(folder, name, ending);
    char *text = NULL;
    (void) g_file_get_contents(path, &text, ret_length, &error);
    g_assert_no_error(error);
    return text;
}

/** golden_compare: @text must be the file of @name with @ending; ALJIBE_TEST_UPDATE=1 makes it so. */
static inline void
golden_compare(const char *folder, const char *name, const char *ending, const char *text)
{
    g_autoptr(GError) error = NULL;
    if (g_getenv("ALJIBE_TEST_UPDATE")) {
        g_autofree char *path = golden_path(folder, name, ending);
        (void) g_file_set_contents(path, text, -1, &error);
        g_assert_no_error(error);
        return;
    }
    g_autofree char *expected = golden_load(folder, name, ending, NULL);
    g_assert_cmpstr(text, ==, expected);
}
