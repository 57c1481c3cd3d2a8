/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See fixture.h. What the core would do for a backend is done here in the plainest way. */
#include "fixture.h"

#include "backend/files/files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static AljVolDef *
find_vol_by_path(AljCall *call, const char *path, AljPoolType *ret_pool_type)
{
    Fixture *f = call->core_data;
    for (guint i = 0; f->inventory && i < f->inventory->vols->len; i++) {
        AljVolDef *vol = g_ptr_array_index(f->inventory->vols, i);
        if (strcmp(vol->path, path) != 0)
            continue;
        if (ret_pool_type)
            *ret_pool_type = ALJ_POOL_DIR;
        return alj_vol_def_ref(vol);
    }
    return NULL;
}

static bool
is_owned_name(AljCall *call, const char *name)
{
    Fixture *f = call->core_data;
    return g_hash_table_contains(f->owned, name);
}

static void
own_name(AljCall *call, const char *name, bool add)
{
    Fixture *f = call->core_data;
    if (add)
        g_hash_table_add(f->owned, g_strdup(name));
    else
        g_assert_true(g_hash_table_remove(f->owned, name));
}

static void
forget_vol(AljCall *call, const char *name)
{
    Fixture *f = call->core_data;
    g_string_append_printf(f->forgotten, "%s\n", name);
}

static AljRoot
get_root(AljCall *call)
{
    Fixture *f = call->core_data;
    return f->root;
}

static GBytes *
get_secret(AljCall *call, const AljEncryption *encryption, GError **error)
{
    if (g_strcmp0(encryption->secret_usage, "none") == 0) {
        alj_fail(error, ALJ_ERROR_NO_SECRET, "no secret with matching usage 'none'");
        return NULL;
    }
    return g_bytes_new_static("letmein", 7);
}

void
fixture_set_up(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    f->base = g_dir_make_tmp("aljibe-backend-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *private_dir = g_build_filename(f->base, "private", NULL);
    f->host = alj_host_new(private_dir);
    f->pool = alj_pool_def_new(ALJ_POOL_DIR);
    f->pool->name = g_strdup("p");
    f->pool->target_path = g_build_filename(f->base, "pool", NULL);
    g_assert_cmpint(mkdir(f->pool->target_path, 0755), ==, 0);
    f->owned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    f->forgotten = g_string_new(NULL);
    f->call = (AljCall){ .host = f->host, .task = &f->task, .state_dir = f->base, .record_dir = f->base, .find_vol_by_path = find_vol_by_path,
                         .is_owned_name = is_owned_name, .own_name = own_name, .get_root = get_root, .get_secret = get_secret,
                         .forget_vol = forget_vol, .core_data = f };
}

void
fixture_tear_down(Fixture *f, gconstpointer unused)
{
    const char *argv[] = { "rm", "-rf", f->base, NULL };
    g_assert_cmpuint(g_hash_table_size(f->owned), ==, 0);
    g_assert_true(g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    alj_inventory_free(f->inventory);
    alj_pool_def_unref(f->pool);
    alj_host_free(f->host);
    g_hash_table_unref(f->owned);
    g_string_free(f->forgotten, TRUE);
    g_free(f->base);
}

char *
fixture_shell(Fixture *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *command = g_strdup_vprintf(format, args);
    va_end(args);
    const char *argv[] = { "sh", "-ec", command, NULL };
    g_autofree char *complaint = NULL;
    char *output = NULL;
    int status = -1;
    g_assert_true(g_spawn_sync(f->pool->target_path, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                               &complaint, &status, NULL));
    if (status != 0)
        g_error("%s: %s", command, complaint);
    return output;
}

const AljInventory *
fixture_scan(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    AljInventory *inventory = alj_files_scan(&f->call, f->pool, f->inventory, &error);
    g_assert_no_error(error);
    alj_inventory_free(f->inventory);
    f->inventory = inventory;
    return inventory;
}

AljVolDef *
fixture_find(Fixture *f, const char *name)
{
    for (guint i = 0; i < f->inventory->vols->len; i++) {
        AljVolDef *vol = g_ptr_array_index(f->inventory->vols, i);
        if (strcmp(vol->name, name) == 0)
            return vol;
    }
    return NULL;
}

static AljVolDef *
parse(const char *name, const char *inner)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = g_strdup_printf("<volume><name>%s</name>%s</volume>", name, inner);
    AljVolDef *vol = alj_vol_def_parse(ALJ_POOL_DIR, xml, -1, ALJ_VOL_PARSE_OPT_CAPACITY, &error);
    g_assert_no_error(error);
    return vol;
}

AljVolDef *
fixture_request(Fixture *f, const char *name, const char *inner)
{
    AljVolDef *vol = parse(name, inner);
    vol->path = g_build_filename(f->pool->target_path, name, NULL);
    vol->key = g_strdup(vol->path);
    return vol;
}

void
fixture_create(Fixture *f, const char *name, const char *inner)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) request = parse(name, inner);
    g_assert_true(alj_files_vol_plan(&f->call, f->pool, request, 0, &error));
    g_assert_no_error(error);
    g_autoptr(AljVolDef) made = alj_files_vol_create(&f->call, f->pool, request, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(made);
    fixture_scan(f);
}

char *
fixture_list(Fixture *f)
{
    return fixture_shell(f, "find . -mindepth 1 -printf '%%p %%y %%s %%m\\n' | sort; "
                            "find . -type f -size -4096k -print0 | sort -z | xargs -0r sha256sum");
}

static void
assert_as_before(Fixture *f, const char *before, unsigned nth)
{
    g_autofree char *after = fixture_list(f);
    if (strcmp(before, after) != 0)
        g_error("after the failure of call %u:\n%swas before:\n%s", nth, after, before);
    g_assert_cmpuint(g_hash_table_size(f->owned), ==, 0);
}

void
fixture_fail_each(Fixture *f, Attempt attempt, void (*take_back)(Fixture *f))
{
    g_autofree char *before = fixture_list(f);
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        alj_host_fail_nth(f->host, nth, EIO);
        bool is_good = attempt(f, &error);
        unsigned calls = alj_host_calls(f->host);
        alj_host_fail_nth(f->host, 0, 0);
        g_assert_true(is_good == (error == NULL));
        if (is_good && take_back)
            take_back(f);
        assert_as_before(f, before, nth);
        if (calls < nth) { /* all calls have had their turn, and now nothing failed */
            g_assert_no_error(error);
            g_assert_cmpuint(nth, >, 2);
            return;
        }
    }
}

bool
fixture_has_tool(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);
    if (!path)
        g_test_skip_printf("%s is not installed", program);
    return path != NULL;
}
