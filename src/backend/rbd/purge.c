/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection's thread for removals that take long; it uses nothing of the pool, which may be gone before the connection is. */
#include "backend/rbd/purge.h"

#include "base/files.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/workers.h"

#include <errno.h>
#include <fcntl.h>

#define FOR_EVER_USEC (G_GINT64_CONSTANT(1) << 50)

struct AljRbdPurger {
    AljWorkers *worker;
    pthread_mutex_t mutex;
    GHashTable *records; /* file names of what waits or runs; under the mutex */
};

typedef struct Purge {
    AljRbd *rbd; /* (borrowed) waits for us before it ends */
    char *id, *folder, *record;
} Purge;

AljRbdPurger *
alj_rbd_purger_new(void)
{
    AljRbdPurger *purger = g_new0(AljRbdPurger, 1);
    pthread_mutex_init(&purger->mutex, NULL);
    purger->worker = alj_workers_new("rbd-purge", 1, 0);
    purger->records = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return purger;
}

void
alj_rbd_purger_free(AljRbdPurger *purger)
{
    (void) alj_workers_stop(purger->worker, FOR_EVER_USEC);
    alj_workers_free(purger->worker);
    g_hash_table_unref(purger->records);
    pthread_mutex_destroy(&purger->mutex);
    g_free(purger);
}

static void
remove_record(const Purge *purge)
{
    alj_autofd fd = open(purge->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        (void) alj_files_remove(fd, purge->folder, purge->record, NULL); /* one that stays is over for the next scan, too */
}

static void
free_purge(Purge *purge)
{
    g_free(purge->id);
    g_free(purge->folder);
    g_free(purge->record);
    g_free(purge);
}

static void
forget(AljRbdPurger *purger, const char *record)
{
    ALJ_LOCK(&purger->mutex);
    g_hash_table_remove(purger->records, record);
}

static void
run(void *data)
{
    Purge *purge = data;
    int r = rbd_trash_remove(purge->rbd->io, purge->id, true);
    if (r == 0 || r == -ENOENT)
        remove_record(purge);
    else
        g_warning("image id %s stays in the trash until the next reading of its pool: %s", purge->id, g_strerror(-r));
    forget(purge->rbd->purger, purge->record);
    free_purge(purge);
}

void
alj_rbd_purge(AljRbd *rbd, const char *id, const char *folder, const char *record)
{
    Purge *purge = g_new(Purge, 1);
    *purge = (Purge){ rbd, g_strdup(id), g_strdup(folder), g_strdup(record) };
    pthread_mutex_lock(&rbd->purger->mutex);
    bool is_new = g_hash_table_add(rbd->purger->records, g_strdup(record));
    pthread_mutex_unlock(&rbd->purger->mutex);
    if (is_new && alj_workers_push(rbd->purger->worker, run, purge))
        return;
    if (is_new)
        forget(rbd->purger, record); /* no thread can be started: the next scan tries again */
    free_purge(purge);
}

bool
alj_rbd_is_purging(AljRbd *rbd, const char *record)
{
    ALJ_LOCK(&rbd->purger->mutex);
    return g_hash_table_contains(rbd->purger->records, record);
}
