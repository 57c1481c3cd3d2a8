/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every module of the build can be opened, exports its one symbol, says sound facts about itself, and can do what the
 * documentation says of it, no less and no more.
 */
#include "backend/backend.h"

#include <gmodule.h>
#include <string.h>

static const char *const pages[] = { "README.md", "README.es.md" };

/* Its row in the table of what each type can do. (transfer full) */
static char *
new_row(const AljBackend *backend)
{
    const bool marks[] = {
        (backend->traits & ALJ_TRAIT_SHARED) != 0, backend->sources, backend->pool_build, backend->pool_delete,
        backend->vol_create, backend->vol_copy, backend->vol_delete, backend->vol_resize, backend->vol_open, backend->vol_wipe,
    };
    GString *row = g_string_new(NULL);
    g_string_append_printf(row, "\n| `%s` |", alj_pool_type_info(backend->type)->name);
    for (unsigned i = 0; i < G_N_ELEMENTS(marks); i++)
        g_string_append(row, marks[i] ? " ● |" : " |");
    g_string_append_c(row, '\n');
    return g_string_free(row, false);
}

static void
check_documents(const AljBackend *backend)
{
    g_autofree char *row = new_row(backend);
    for (unsigned i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(FORMAT_DIR, pages[i], NULL), *text = NULL;
        g_file_get_contents(path, &text, NULL, &error);
        g_assert_no_error(error);
        if (!strstr(text, row))
            g_error("docs/format/%s should have this row: %s", pages[i], row);
    }
}

static void
check_backend(const AljBackend *backend, const char *file)
{
    g_autofree char *name = g_strdup_printf("aljibe-backend-%s.so", alj_pool_type_info(backend->type)->name);
    g_assert_cmpstr(file, ==, name);
    g_assert_cmpuint(backend->abi, ==, ALJ_BACKEND_ABI);
    g_assert_cmpuint(backend->struct_size, ==, sizeof *backend);
    g_assert_nonnull(backend->summary);
    g_assert_nonnull(backend->scan);
    for (const AljTool *tool = backend->tools; tool && tool->program; tool++) {
        g_assert_nonnull(tool->package);
        g_assert_nonnull(tool->needed_for);
    }
}

/* mission: A9-16 */
static void
test_modules(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(MODULE_DIR, 0, &error);
    g_assert_no_error(error);
    unsigned n = 0;
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        if (!g_str_has_suffix(name, ".so"))
            continue;
        g_autofree char *path = g_build_filename(MODULE_DIR, name, NULL);
        GModule *module = g_module_open(path, G_MODULE_BIND_LOCAL);
        if (!module)
            g_error("%s", g_module_error());
        gpointer symbol = NULL;
        g_assert_true(g_module_symbol(module, "aljibe_backend", &symbol));
        check_backend(symbol, name);
        check_documents(symbol);
        n++;
    }
    g_assert_cmpuint(n, >=, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backend/modules", test_modules);
    return g_test_run();
}
