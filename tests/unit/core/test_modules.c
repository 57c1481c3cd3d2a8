/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading of backends: what fits is taken once, what does not is refused with a word in the log. */
#include "core/modules.h"

#include "base/log.h"

static const AljBackend own = { .abi = ALJ_BACKEND_ABI, .struct_size = sizeof(AljBackend), .type = ALJ_POOL_GLUSTER };
static const AljBackend *const extra[] = { &own, NULL };

static void
test_load(void)
{
    AljModules *modules = alj_modules_new(MODULE_DIR, NULL);
    const AljBackend *found = alj_modules_find(modules, ALJ_POOL_GLUSTER);
    g_assert_nonnull(found);
    g_assert_cmpstr(found->summary, ==, "test");
    g_assert_nonnull(found->scan);
    g_assert_null(found->vol_open); /* an older, shorter struct: the rest is not there */
    g_assert_true(alj_modules_find(modules, ALJ_POOL_GLUSTER) == found);
    g_assert_null(alj_modules_find(modules, ALJ_POOL_ZFS));  /* another ABI */
    g_assert_null(alj_modules_find(modules, ALJ_POOL_ISCSI)); /* says it is for another type */
    g_assert_null(alj_modules_find(modules, ALJ_POOL_RBD));  /* not there */
    alj_modules_free(modules);
}

static void
test_extra(void)
{
    AljModules *modules = alj_modules_new(MODULE_DIR, extra);
    g_assert_true(alj_modules_find(modules, ALJ_POOL_GLUSTER) == &own);
    g_assert_null(alj_modules_find(modules, ALJ_POOL_RBD));
    alj_modules_free(modules);
    modules = alj_modules_new(NULL, NULL);
    g_assert_null(alj_modules_find(modules, ALJ_POOL_GLUSTER));
    alj_modules_free(modules);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    alj_log_init("test");
    g_test_add_func("/modules/load", test_load);
    g_test_add_func("/modules/extra", test_extra);
    return g_test_run();
}
