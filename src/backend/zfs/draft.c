/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Marks of volumes that are being made. A mark is the prefix of this host's temporaries, the pool, because several may use one
 * zpool and know of their own operations only, and a number of the operation; the name of a snapshot for a clone has the same three.
 * It is destroyed "deferred" as soon as the clone is there: zfs then keeps it for as long as something stands on it, and no longer,
 * whoever deletes the clone. Runs on a pool's workers.
 */
#include "backend/zfs/draft.h"

#include "backend/zfs/destroy.h"
#include "base/task.h"
#include "base/uuid.h"
#include "host/host.h"

#include <string.h>

#define SNAPSHOT_WORD "aljibe-clone-"

/* What snapshots for clones of this pool on this host begin with. (transfer full) */
static char *
snapshot_prefix(AljHost *host, const AljPoolDef *pool)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    g_auto(GStrv) words = g_strsplit(alj_host_tmp_prefix(host), ".", -1); /* "", "aljibe-new", digits of the host, "" */
    return g_strdup_printf(SNAPSHOT_WORD "%s-%s-", words[g_strv_length(words) - 2], alj_uuid_format(&pool->uuid, uuid));
}

/* Whether a draft of this pool made @snapshot. */
static bool
is_ours(AljCall *call, const AljPoolDef *pool, const char *snapshot)
{
    g_autofree char *prefix = snapshot_prefix(call->host, pool);
    return g_str_has_prefix(strchr(snapshot, '@') + 1, prefix);
}

/* What marks of this pool on this host begin with. (transfer full) */
static char *
mark_prefix(AljHost *host, const AljPoolDef *pool)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    return g_strdup_printf("%s%s.", alj_host_tmp_prefix(host), alj_uuid_format(&pool->uuid, uuid));
}

AljZfsDraft *
alj_zfs_draft_new(AljCall *call, const AljPoolDef *pool, const char *name)
{
    char text[ALJ_UUID_TEXT_SIZE];
    AljUuid number;
    g_autofree char *prefix = mark_prefix(call->host, pool);
    AljZfsDraft *draft = g_new0(AljZfsDraft, 1);
    alj_uuid_generate(&number);
    draft->call = call;
    draft->pool = pool;
    draft->name = g_strdup(name);
    draft->dataset = g_strconcat(pool->source_name, "/", name, NULL);
    draft->mark = g_strconcat(prefix, alj_uuid_format(&number, text), NULL);
    draft->option = g_strconcat(ALJ_ZFS_MARK "=", draft->mark, NULL);
    call->own_name(call, draft->name, true);
    return draft;
}

bool
alj_zfs_draft_snapshot(AljZfsDraft *draft, const char *from, GError **error)
{
    g_autofree char *prefix = snapshot_prefix(draft->call->host, draft->pool);
    const char *number = strrchr(draft->mark, '.') + 1;
    draft->snapshot = g_strconcat(from, "@", prefix, number, NULL);
    return alj_zfs_change(draft->call, ALJ_ZFS_ARGV("zfs", "snapshot", draft->snapshot), error);
}

static bool
release_snapshot(AljCall *call, const char *snapshot, GError **error)
{
    return alj_zfs_change(call, ALJ_ZFS_ARGV("zfs", "destroy", "-d", snapshot), error);
}

/* Destroys volume @dataset if it carries @mark of itself. */
static bool
destroy_marked(AljCall *call, const char *dataset, const char *mark, GError **error)
{
    const AljZfsProof proof = { ALJ_ZFS_MARK, mark };
    return alj_zfs_destroy(call, dataset, &proof, false, error);
}

bool
alj_zfs_draft_finish(AljZfsDraft *draft, GError **error)
{
    return (!draft->snapshot || release_snapshot(draft->call, draft->snapshot, error))
        && alj_zfs_change(draft->call, ALJ_ZFS_ARGV("zfs", "inherit", ALJ_ZFS_MARK, draft->dataset), error);
}

/* A call of its own: that of the operation may be over, by cancel or deadline. */
void
alj_zfs_draft_undo(void *data)
{
    AljZfsDraft *draft = data;
    AljTask task = { 0 };
    AljCall call = *draft->call;
    call.task = &task;
    atomic_store(&task.deadline_usec, g_get_monotonic_time() + ALJ_ZFS_QUERY_USEC);
    (void) destroy_marked(&call, draft->dataset, draft->mark, NULL); /* what fails here, the next scan does */
    if (draft->snapshot)
        (void) release_snapshot(&call, draft->snapshot, NULL);
}

void
alj_zfs_draft_free(void *data)
{
    AljZfsDraft *draft = data;
    draft->call->own_name(draft->call, draft->name, false);
    g_free(draft->name);
    g_free(draft->dataset);
    g_free(draft->mark);
    g_free(draft->option);
    g_free(draft->snapshot);
    g_free(draft);
}

bool
alj_zfs_draft_sweep(AljCall *call, const AljPoolDef *pool, const char *name, const AljZfsDataset *dataset, char **ret_problem)
{
    GError *failure = NULL;
    if (call->is_owned_name(call, name))
        return false;
    g_autofree char *mark = alj_zfs_own_mark(call, dataset->name);
    if (!mark || !alj_host_is_tmp_name(mark)) /* another's property, or a word that came down from above */
        return true;
    g_autofree char *prefix = mark_prefix(call->host, pool);
    if (!g_str_has_prefix(mark, prefix)) {
        *ret_problem = g_strdup("another host, or pool, did not complete it");
        return true;
    }
    bool is_gone = (!dataset->origin || !is_ours(call, pool, dataset->origin) || release_snapshot(call, dataset->origin, &failure))
                && destroy_marked(call, dataset->name, mark, &failure);
    if (!is_gone)
        *ret_problem = g_strdup_printf("it was not completed, and cannot be taken away: %s", failure->message);
    g_clear_error(&failure);
    return !is_gone;
}

bool
alj_zfs_draft_sweep_snapshots(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autofree char *zpool = alj_zfs_zpool(pool->source_name);
    g_autoptr(GPtrArray) snapshots = alj_zfs_snapshots(call, zpool, ALJ_ZFS_DEPTH_ALL, error);
    for (guint i = 0; snapshots && i < snapshots->len; i++) {
        const AljZfsSnapshot *snapshot = g_ptr_array_index(snapshots, i);
        if (is_ours(call, pool, snapshot->name) && !*snapshot->clones && !release_snapshot(call, snapshot->name, error))
            return false;
    }
    return snapshots != NULL;
}
