/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables of pools. The mutex is held for memory work only; a pool's own mutex may be taken inside it, never the
 * other way round. A definition is compared only with pools that share a source key with it.
 */
#include "core/registry.h"

#include "base/guard.h"
#include "core/pool_private.h"

#include <string.h>

struct AljRegistry {
    pthread_mutex_t mutex;
    GTree *by_name;         /* owns the references */
    GHashTable *by_uuid;
    GHashTable *by_target;  /* path → GSList of AljPool */
    GHashTable *by_source;  /* source key → GSList of AljPool */
};

static int
compare_text(gconstpointer a, gconstpointer b, gpointer unused)
{
    return strcmp(a, b);
}

AljRegistry *
alj_registry_new(void)
{
    AljRegistry *registry = g_new0(AljRegistry, 1);
    pthread_mutex_init(&registry->mutex, NULL);
    registry->by_name = g_tree_new_full(compare_text, NULL, NULL, (GDestroyNotify) alj_pool_unref);
    registry->by_uuid = g_hash_table_new(alj_uuid_hash, alj_uuid_equal);
    registry->by_target = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    registry->by_source = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return registry;
}

static void
free_lists(GHashTable *table)
{
    GHashTableIter iter;
    gpointer list;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, NULL, &list))
        g_slist_free(list);
    g_hash_table_unref(table);
}

void
alj_registry_free(AljRegistry *registry)
{
    if (!registry)
        return;
    free_lists(registry->by_target);
    free_lists(registry->by_source);
    g_hash_table_unref(registry->by_uuid);
    g_tree_unref(registry->by_name);
    pthread_mutex_destroy(&registry->mutex);
    g_free(registry);
}

static void
list_add(GHashTable *table, const char *key, AljPool *pool)
{
    GSList *list = g_hash_table_lookup(table, key);
    g_hash_table_replace(table, g_strdup(key), g_slist_prepend(list, pool));
}

static void
list_remove(GHashTable *table, const char *key, AljPool *pool)
{
    GSList *list = g_slist_remove(g_hash_table_lookup(table, key), pool);
    if (list)
        g_hash_table_replace(table, g_strdup(key), list);
    else
        g_hash_table_remove(table, key);
}

/* Adds @pool to, or takes it out of, the tables that follow its definition. */
static void
each_key(AljRegistry *registry, AljPool *pool, const AljPoolDef *def,
         void (*change)(GHashTable *table, const char *key, AljPool *pool))
{
    g_auto(GStrv) keys = alj_pool_def_source_keys(def);
    if (def->target_path)
        change(registry->by_target, def->target_path, pool);
    for (char **key = keys; *key; key++)
        change(registry->by_source, *key, pool);
}

void
alj_registry_add(AljRegistry *registry, AljPool *pool, const AljPoolDef *def)
{
    ALJ_LOCK(&registry->mutex);
    g_tree_insert(registry->by_name, pool->name, alj_pool_ref(pool));
    g_hash_table_insert(registry->by_uuid, &pool->uuid, pool);
    each_key(registry, pool, def, list_add);
}

void
alj_registry_remove(AljRegistry *registry, AljPool *pool, const AljPoolDef *def)
{
    ALJ_LOCK(&registry->mutex);
    if (g_hash_table_lookup(registry->by_uuid, &pool->uuid) != pool)
        return;
    each_key(registry, pool, def, list_remove);
    g_hash_table_remove(registry->by_uuid, &pool->uuid);
    g_tree_remove(registry->by_name, pool->name);
}

void
alj_registry_move(AljRegistry *registry, AljPool *pool, const AljPoolDef *from, const AljPoolDef *to)
{
    ALJ_LOCK(&registry->mutex);
    if (g_hash_table_lookup(registry->by_uuid, &pool->uuid) != pool)
        return;
    each_key(registry, pool, from, list_remove);
    each_key(registry, pool, to, list_add);
}

AljPool *
alj_registry_find_name(AljRegistry *registry, const char *name)
{
    ALJ_LOCK(&registry->mutex);
    AljPool *pool = g_tree_lookup(registry->by_name, name);
    return pool ? alj_pool_ref(pool) : NULL;
}

AljPool *
alj_registry_find_uuid(AljRegistry *registry, const AljUuid *uuid)
{
    ALJ_LOCK(&registry->mutex);
    AljPool *pool = g_hash_table_lookup(registry->by_uuid, uuid);
    return pool ? alj_pool_ref(pool) : NULL;
}

AljPool *
alj_registry_find_active_target(AljRegistry *registry, const char *clean_path)
{
    ALJ_LOCK(&registry->mutex);
    for (GSList *item = g_hash_table_lookup(registry->by_target, clean_path); item; item = item->next) {
        if (alj_pool_is_active(item->data))
            return alj_pool_ref(item->data);
    }
    return NULL;
}

static gboolean
append_pool(gpointer name, gpointer pool, gpointer list)
{
    g_ptr_array_add(list, alj_pool_ref(pool));
    return FALSE;
}

GPtrArray *
alj_registry_list(AljRegistry *registry)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_unref);
    ALJ_LOCK(&registry->mutex);
    g_tree_foreach(registry->by_name, append_pool, list);
    return list;
}

/* The name of a pool that uses the same source as @def would, or NULL. Called with the mutex held. */
static const char *
find_conflict(AljRegistry *registry, const AljPoolDef *def)
{
    g_auto(GStrv) keys = alj_pool_def_source_keys(def);
    for (char **key = keys; *key; key++) {
        for (GSList *item = g_hash_table_lookup(registry->by_source, *key); item; item = item->next) {
            AljPool *other = item->data;
            g_autoptr(AljPoolState) state = alj_pool_state(other);
            if (alj_pool_def_conflicts(def, state->def))
                return other->name;
        }
    }
    return NULL;
}

bool
alj_registry_check(AljRegistry *registry, const AljPoolDef *def, AljPool **ret_same, GError **error)
{
    char text[ALJ_UUID_TEXT_SIZE];
    ALJ_LOCK(&registry->mutex);
    const char *conflict = find_conflict(registry, def);
    if (conflict)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "Storage source conflict with pool: '%s'", conflict);
    AljPool *same = g_hash_table_lookup(registry->by_uuid, &def->uuid);
    if (same && strcmp(same->name, def->name) != 0)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "pool '%s' is already defined with uuid %s", same->name,
                        alj_uuid_format(&same->uuid, text));
    AljPool *named = same ? NULL : g_tree_lookup(registry->by_name, def->name);
    if (named)
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "pool '%s' already exists with uuid %s", named->name,
                        alj_uuid_format(&named->uuid, text));
    *ret_same = same ? alj_pool_ref(same) : NULL;
    return true;
}
