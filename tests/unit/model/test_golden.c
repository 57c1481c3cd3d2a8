/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every NAME.in.xml of tests/golden/{pool,vol,secret} must come out as NAME.out.xml, be valid against the schema on both
 * sides, and read the same again. The pool files hold what libvirt 9.0 prints for the same input. Volume files begin
 * with the type of their pool. Every NAME.in.xml of tests/golden/hostile, which begins with "pool" or "vol", must be refused with
 * the words of NAME.out.txt. ALJIBE_TEST_UPDATE=1 rewrites the .out files: look at the difference.
 */
#include "golden.h"
#include "model/pool.h"
#include "model/secret.h"
#include "model/volume.h"

/* mission: A5-01 A5-02 A5-04 A5-05 A5-06 A5-08 A5-09 A5-10 A5-11 A5-12 */
static void
test_pool(gconstpointer data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    g_autofree char *in = golden_load("pool", name, ".in.xml", &length);
    g_assert_true(alj_pool_def_validate(in, SCHEMA_DIR, &error));
    g_autoptr(AljPoolDef) def = alj_pool_def_parse(in, (gssize) length, &error);
    g_assert_no_error(error);
    g_autofree char *out = alj_pool_def_format(def, NULL, 0);
    golden_compare("pool", name, ".out.xml", out);

    g_assert_true(alj_pool_def_validate(out, SCHEMA_DIR, &error));
    g_autoptr(AljPoolDef) again = alj_pool_def_parse(out, -1, &error);
    g_assert_no_error(error);
    g_assert_true(alj_pool_def_equal(def, again));
    g_autofree char *out_again = alj_pool_def_format(again, NULL, 0);
    g_assert_cmpstr(out, ==, out_again);
}

static void
test_vol(gconstpointer data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    AljPoolType pool = ALJ_POOL_DIR;
    g_autofree char *type = g_strndup(name, strcspn(name, "-"));
    g_assert_true(alj_pool_type_find(type, &pool));
    g_autofree char *in = golden_load("vol", name, ".in.xml", &length);
    g_assert_true(alj_vol_def_validate(in, SCHEMA_DIR, &error));
    g_autoptr(AljVolDef) def = alj_vol_def_parse(pool, in, (gssize) length, 0, &error);
    g_assert_no_error(error);
    g_autofree char *out = alj_vol_def_format(pool, def);
    golden_compare("vol", name, ".out.xml", out);

    g_assert_true(alj_vol_def_validate(out, SCHEMA_DIR, &error));
    g_autoptr(AljVolDef) again = alj_vol_def_parse(pool, out, -1, 0, &error);
    g_assert_no_error(error);
    g_autoptr(AljVolDef) copy = alj_vol_def_copy(again);
    g_autofree char *out_again = alj_vol_def_format(pool, copy);
    g_assert_cmpstr(out, ==, out_again);
}

static void
test_secret(gconstpointer data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    g_autofree char *in = golden_load("secret", name, ".in.xml", &length);
    g_assert_true(alj_secret_def_validate(in, SCHEMA_DIR, &error));
    g_autoptr(AljSecretDef) def = alj_secret_def_parse(in, (gssize) length, &error);
    g_assert_no_error(error);
    g_autofree char *out = alj_secret_def_format(def);
    golden_compare("secret", name, ".out.xml", out);

    g_assert_true(alj_secret_def_validate(out, SCHEMA_DIR, &error));
    g_autoptr(AljSecretDef) again = alj_secret_def_parse(out, -1, &error);
    g_assert_no_error(error);
    g_autofree char *out_again = alj_secret_def_format(again);
    g_assert_cmpstr(out, ==, out_again);
}

/* Messages may quote what was in the document: they are kept as clients would see them, and are never long. */
static void
test_hostile(gconstpointer data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    g_autofree char *in = golden_load("hostile", name, ".in.xml", &length);
    g_autoptr(AljPoolDef) pool = NULL;
    g_autoptr(AljVolDef) vol = NULL;
    if (g_str_has_prefix(name, "pool-"))
        pool = alj_pool_def_parse(in, (gssize) length, &error);
    else
        vol = alj_vol_def_parse(ALJ_POOL_DIR, in, (gssize) length, 0, &error);
    g_assert_null(pool);
    g_assert_null(vol);
    g_assert_nonnull(error);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_cmpuint(strlen(error->message), <, 6000);
    g_autofree char *told = g_strconcat(error->message, "\n", NULL);
    golden_compare("hostile", name, ".out.txt", told);
}

static void
add_all(const char *folder, GTestDataFunc run, GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_strdup_printf("/model/golden/%s/%s", folder, (const char *) names->pdata[i]);
        g_test_add_data_func(path, names->pdata[i], run);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(GPtrArray) pools = golden_names("pool");
    g_autoptr(GPtrArray) vols = golden_names("vol");
    g_autoptr(GPtrArray) secrets = golden_names("secret");
    g_autoptr(GPtrArray) hostile = golden_names("hostile");
    add_all("pool", test_pool, pools);
    add_all("vol", test_vol, vols);
    add_all("hostile", test_hostile, hostile);
    add_all("secret", test_secret, secrets);
    return g_test_run();
}
