/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hash from every key, path and backing path to the volumes that have it. Writers add before they publish a pool's
 * new state and remove after it, so the index always holds at least what is published; a reader looks the volume up in its
 * pool's state again and so never sees what is not. The mutex is held for memory work only, and during a large
 * replacement it is given up every few hundred volumes.
 */
#include "core/locations.h"

#include "base/guard.h"
#include "core/pool_private.h"

#include <string.h>

#define CHUNK 256 /* volumes per time the mutex is held: some 100 microseconds */

typedef struct Place {
    struct Place *next;
    const char *text; /* points into vol */
    AljVolDef *vol;
    AljPool *pool;    /* its places go before it does */
} Place;

struct AljLocations {
    pthread_mutex_t mutex;
    GHashTable *places; /* text of the first Place → chain of Place */
};

static void
free_chain(gpointer data)
{
    for (Place *place = data, *next; place; place = next) {
        next = place->next;
        alj_vol_def_unref(place->vol);
        g_free(place);
    }
}

AljLocations *
alj_locations_new(void)
{
    AljLocations *locations = g_new0(AljLocations, 1);
    pthread_mutex_init(&locations->mutex, NULL);
    locations->places = g_hash_table_new(g_str_hash, g_str_equal);
    return locations;
}

void
alj_locations_free(AljLocations *locations)
{
    GHashTableIter iter;
    gpointer chain;
    if (!locations)
        return;
    g_hash_table_iter_init(&iter, locations->places);
    while (g_hash_table_iter_next(&iter, NULL, &chain))
        free_chain(chain);
    g_hash_table_unref(locations->places);
    pthread_mutex_destroy(&locations->mutex);
    g_free(locations);
}

/* The different texts of @vol, at most three, into @ret. Returns: how many. */
static unsigned
texts_of(const AljVolDef *vol, const char *ret[static 3])
{
    const char *all[] = { vol->key, vol->path, vol->backing ? vol->backing->path : NULL };
    unsigned n = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
        bool is_known = !all[i];
        for (unsigned j = 0; j < n && !is_known; j++)
            is_known = strcmp(ret[j], all[i]) == 0;
        if (!is_known)
            ret[n++] = all[i];
    }
    return n;
}

static void
add_locked(AljLocations *locations, AljPool *pool, AljVolDef *vol)
{
    const char *texts[3];
    unsigned n = texts_of(vol, texts);
    for (unsigned i = 0; i < n; i++) {
        Place *first = g_hash_table_lookup(locations->places, texts[i]), *place = g_new(Place, 1);
        *place = (Place){ .text = texts[i], .vol = alj_vol_def_ref(vol), .pool = pool };
        if (first) { /* behind the first, whose text is the key of the table */
            place->next = first->next;
            first->next = place;
        } else {
            g_hash_table_insert(locations->places, (gpointer) place->text, place);
        }
    }
}

static void
remove_locked(AljLocations *locations, AljPool *pool, AljVolDef *vol)
{
    const char *texts[3];
    unsigned n = texts_of(vol, texts);
    for (unsigned i = 0; i < n; i++) {
        Place *first = g_hash_table_lookup(locations->places, texts[i]), *head = first;
        Place **at = &head;
        while (*at && ((*at)->vol != vol || (*at)->pool != pool))
            at = &(*at)->next;
        Place *gone = *at;
        if (!gone)
            continue;
        *at = gone->next;
        if (gone == first) {
            g_hash_table_remove(locations->places, texts[i]);
            if (head)
                g_hash_table_insert(locations->places, (gpointer) head->text, head);
        }
        gone->next = NULL;
        free_chain(gone);
    }
}

void
alj_locations_add(AljLocations *locations, AljPool *pool, AljVolDef *vol)
{
    ALJ_LOCK(&locations->mutex);
    add_locked(locations, pool, vol);
}

void
alj_locations_remove(AljLocations *locations, AljPool *pool, AljVolDef *vol)
{
    ALJ_LOCK(&locations->mutex);
    remove_locked(locations, pool, vol);
}

static void
change_all(AljLocations *locations, AljPool *pool, GPtrArray *vols, GPtrArray *except,
           void (*change)(AljLocations *, AljPool *, AljVolDef *))
{
    unsigned at = 0;
    for (unsigned from = 0; from < vols->len; from += CHUNK) {
        ALJ_LOCK(&locations->mutex);
        for (unsigned i = from; i < MIN(from + CHUNK, vols->len); i++) {
            AljVolDef *vol = g_ptr_array_index(vols, i);
            while (at < except->len && strcmp(((AljVolDef *) g_ptr_array_index(except, at))->name, vol->name) < 0)
                at++;
            if (at == except->len || g_ptr_array_index(except, at) != vol)
                change(locations, pool, vol);
        }
    }
}

void
alj_locations_add_all(AljLocations *locations, AljPool *pool, GPtrArray *vols, GPtrArray *except)
{
    change_all(locations, pool, vols, except, add_locked);
}

void
alj_locations_remove_all(AljLocations *locations, AljPool *pool, GPtrArray *vols, GPtrArray *except)
{
    change_all(locations, pool, vols, except, remove_locked);
}

static bool
has_text(const AljVolDef *vol, AljLocationKind kind, const char *text)
{
    const char *own = NULL;
    switch (kind) {
    case ALJ_LOCATION_KEY:
        own = vol->key;
        break;
    case ALJ_LOCATION_PATH:
        own = vol->path;
        break;
    case ALJ_LOCATION_BACKING:
        own = vol->backing ? vol->backing->path : NULL;
        break;
    }
    return own && strcmp(own, text) == 0;
}

bool
alj_locations_find(AljLocations *locations, AljLocationKind kind, const char *text, AljVolRef *ret)
{
    ALJ_LOCK(&locations->mutex);
    for (Place *place = g_hash_table_lookup(locations->places, text); place; place = place->next) {
        g_autoptr(AljPoolState) state = alj_pool_state(place->pool);
        AljVolDef *vol = alj_vol_tree_find(state->vols, place->vol->name);
        if (!vol || !has_text(vol, kind, text))
            continue;
        *ret = (AljVolRef){ alj_pool_ref(place->pool), alj_vol_def_ref(vol) };
        return true;
    }
    return false;
}

void
alj_vol_ref_clear(AljVolRef *ref)
{
    g_clear_pointer(&ref->pool, alj_pool_unref);
    g_clear_pointer(&ref->vol, alj_vol_def_unref);
}
