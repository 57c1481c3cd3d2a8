/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loading of backend modules. File names are made from our own table of types, never from a document. A module is
 * never unloaded: a stuck worker may still run in it. Any thread.
 */
#include "core/modules.h"

#include "base/guard.h"
#include "base/log.h"
#include "core/absent.h"
#include "core/core_private.h"

#include <gmodule.h>
#include <string.h>

struct AljModules {
    pthread_mutex_t mutex;
    char *dir;
    const AljBackend *backends[ALJ_N_POOL_TYPES];
    bool is_known[ALJ_N_POOL_TYPES];
    AljBackend loaded[ALJ_N_POOL_TYPES]; /* copies, filled up with zeros for older modules */
};

AljModules *
alj_modules_new(const char *dir, const AljBackend *const *extra)
{
    AljModules *modules = g_new0(AljModules, 1);
    pthread_mutex_init(&modules->mutex, NULL);
    modules->dir = g_strdup(dir);
    for (; extra && *extra; extra++) {
        modules->backends[(*extra)->type] = *extra;
        modules->is_known[(*extra)->type] = true;
    }
    return modules;
}

void
alj_modules_free(AljModules *modules)
{
    if (!modules)
        return;
    pthread_mutex_destroy(&modules->mutex);
    g_free(modules->dir);
    g_free(modules);
}

static const AljBackend *
load(AljModules *modules, AljPoolType type)
{
    const char *name = alj_pool_type_info(type)->name;
    g_autofree char *file = g_strdup_printf("aljibe-backend-%s.so", name);
    g_autofree char *path = g_build_filename(modules->dir, file, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    GModule *module = g_module_open(path, G_MODULE_BIND_LOCAL);
    gpointer symbol = NULL;
    if (!module || !g_module_symbol(module, "aljibe_backend", &symbol)) {
        alj_warn("backend '%s' cannot be loaded: %s", path, g_module_error());
        return NULL;
    }
    g_module_make_resident(module);
    const AljBackend *backend = symbol;
    if (backend->abi != ALJ_BACKEND_ABI || backend->struct_size > sizeof *backend || backend->type != type) {
        alj_warn("backend '%s' does not fit: ABI %u, size %u, type %d", path, backend->abi, backend->struct_size,
                  (int) backend->type);
        return NULL;
    }
    memcpy(&modules->loaded[type], backend, backend->struct_size);
    return &modules->loaded[type];
}

const AljBackend *
alj_modules_find(AljModules *modules, AljPoolType type)
{
    ALJ_LOCK(&modules->mutex);
    if (!modules->is_known[type]) {
        modules->backends[type] = modules->dir ? load(modules, type) : NULL;
        modules->is_known[type] = true;
    }
    return modules->backends[type];
}

const AljBackend *
alj_core_backend(AljCore *core, AljPoolType type)
{
    const AljBackend *backend = alj_modules_find(core->modules, type);
    return backend ? backend : alj_backend_absent(type);
}

bool
alj_core_has_backend(AljCore *core, AljPoolType type)
{
    return alj_modules_find(core->modules, type) != NULL;
}
