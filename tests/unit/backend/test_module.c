/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every module of the build can be opened, exports its one symbol, and says sound facts about itself. */
#include "backend/backend.h"

#include <gmodule.h>

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
