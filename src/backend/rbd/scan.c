/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All images of a pool. Names come in one list; each image must be opened for its size, which costs some round trips to the cluster, so a few
 * threads do that at once: few, because every client of the cluster pays for them. What one image has wrong stays its own. Runs on a pool's
 * lane and on threads that end with the scan.
 */
#include "backend/rbd/scan.h"

#include "backend/rbd/image.h"
#include "backend/rbd/options.h"
#include "backend/rbd/record.h"
#include "base/guard.h"
#include "base/task.h"
#include "base/workers.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define READERS      8
#define FOR_EVER_USEC (G_GINT64_CONSTANT(1) << 50) /* readers end by the library's time limits */

typedef struct Names {
    rbd_image_spec_t *images;
    size_t n;
} Names;

static void
clear_names(Names *names)
{
    if (names->images)
        rbd_image_spec_list_cleanup(names->images, names->n);
    g_free(names->images);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Names, clear_names)

static bool
list(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, Names *ret, GError **error)
{
    size_t n = 0;
    rbd_image_spec_t *images = NULL;
    int r = alj_rbd_gate(call, "list images") ?: rbd_list2(rbd->io, NULL, &n);
    while (r == -ERANGE) {
        images = g_renew(rbd_image_spec_t, images, n);
        r = rbd_list2(rbd->io, images, &n);
    }
    if (r >= 0) {
        *ret = (Names){ images, images ? n : 0 };
        return true;
    }
    g_free(images);
    return alj_fail_errno(error, -r, "failed to list the images of the pool '%s'", pool->source_name);
}

/* What the readers share. */
typedef struct Reading {
    AljCall *call;
    AljRbd *rbd;
    const AljPoolDef *pool;
    const AljInventory *old; /* (nullable) */
    const Names *names;
    atomic_size_t next;
    pthread_mutex_t mutex;   /* of what follows */
    AljInventory *inventory;
} Reading;

static AljVolDef *
read_one(Reading *reading, const char *name, GError **error)
{
    g_auto(AljRbdImage) image = { 0 };
    return alj_rbd_image_open(reading->call, reading->rbd, name, false, &image, error)
        ? alj_rbd_image_describe(&image, reading->pool, name, error) : NULL;
}

static AljVolDef *
find_old(const Reading *reading, const char *name)
{
    for (guint i = 0; reading->old && i < reading->old->vols->len; i++) {
        AljVolDef *vol = g_ptr_array_index(reading->old->vols, i);
        if (strcmp(vol->name, name) == 0)
            return alj_vol_def_ref(vol);
    }
    return NULL;
}

static void
add(Reading *reading, AljVolDef *take_vol, char *take_problem)
{
    ALJ_LOCK(&reading->mutex);
    if (take_vol)
        g_ptr_array_add(reading->inventory->vols, take_vol);
    else
        reading->inventory->n_skipped++;
    if (take_problem)
        g_ptr_array_add(reading->inventory->problems, take_problem);
}

static void
look_at(Reading *reading, const char *name)
{
    g_autoptr(GError) error = NULL;
    if (!alj_rbd_is_vol_name(name)) {
        add(reading, NULL, NULL);
        return;
    }
    AljVolDef *vol = read_one(reading, name, &error);
    if (vol)
        add(reading, vol, NULL);
    else if (!alj_error_is(error, ALJ_ERROR_NO_VOL)) /* else it was deleted in this moment */
        add(reading, find_old(reading, name), g_strdup_printf("%s: %s", name, error->message));
}

static void
read_on(void *data)
{
    Reading *reading = data;
    size_t i;
    while (alj_task_check(reading->call->task, "reading the pool", NULL)
           && (i = atomic_fetch_add(&reading->next, 1)) < reading->names->n) {
        const char *name = reading->names->images[i].name;
        if (!alj_host_is_tmp_name(name))
            look_at(reading, name);
    }
}

bool
alj_rbd_scan(AljCall *call, AljRbd *rbd, const AljPoolDef *pool, const AljInventory *old, AljInventory *inventory,
             GError **error)
{
    g_auto(Names) names = { 0 };
    Reading reading = { .call = call, .rbd = rbd, .pool = pool, .old = old, .names = &names, .inventory = inventory,
                        .mutex = PTHREAD_MUTEX_INITIALIZER };
    if (!list(call, rbd, pool, &names, error))
        return false;
    g_autoptr(AljWorkers) readers = alj_workers_new("rbd", READERS, 0);
    for (size_t i = 1; i < MIN(READERS, names.n); i++)
        (void) alj_workers_push(readers, read_on, &reading); /* fewer do as well */
    read_on(&reading);
    (void) alj_workers_stop(readers, FOR_EVER_USEC);
    for (size_t i = 0; i < names.n; i++)
        alj_rbd_note_hidden(call, names.images[i].name, inventory->problems);
    return alj_task_check(call->task, "reading the pool", error);
}
