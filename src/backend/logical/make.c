/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New volumes. Each carries a mark from its first moment until it is complete, filled and durable; what fails or is cut short
 * before that is removed. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "backend/blocks/blocks.h"
#include "backend/files/vet.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/blocks.h"

#include <errno.h>
#include <string.h>

#define NODE_USEC       (10 * G_USEC_PER_SEC) /* until udev shows a new volume */
#define LUKS_ROOM_BYTES (2u << 20)            /* what qemu-img puts in front of the data */
#define FULL            9500                  /* hundredths of a percent: a thin pool that takes no more volumes */
#define BYTES_PER_UNIT  1024

/* ---- what is asked for ---- */

/* Whether the document names another base than the source has. What a volume is copied from is no base of the copy. */
static bool
check_copy(const AljVolDef *request, const AljVolDef *from, GError **error)
{
    const char *wanted = request->backing ? request->backing->path : NULL;
    if (wanted && g_strcmp0(wanted, from->backing ? from->backing->path : NULL) != 0)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "a different backing store cannot be specified.");
    return alj_vet_check_encryption(from, error);
}

/* The name of the volume of this pool that @path is, or NULL. (borrowed) */
static const char *
name_of_path(const AljPoolDef *pool, const char *path)
{
    size_t length = strlen(pool->target_path);
    bool is_below = strncmp(path, pool->target_path, length) == 0 && path[length] == '/';
    return is_below && alj_lvm_is_name(path + length + 1) ? path + length + 1 : NULL;
}

static bool
check_request(const AljPoolDef *pool, const AljVolDef *request, GError **error)
{
    if (!alj_lvm_is_name(request->name))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, "'%s' cannot be the name of a logical volume", request->name);
    if (!alj_block_vol_check_request(request, error))
        return false;
    if (!request->backing)
        return true;
    if (request->encryption)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "an encrypted volume cannot be a snapshot of another one");
    return name_of_path(pool, request->backing->path)
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "backing store '%s' is no volume of storage pool '%s'", request->backing->path,
                    pool->name);
}

/* What lvcreate is told, in its units: rounded up, with room for the header of an encrypted one. */
static bool
size_of(const AljVolDef *request, uint64_t *ret_units, GError **error)
{
    uint64_t bytes;
    if (__builtin_add_overflow(request->capacity_bytes, request->encryption ? LUKS_ROOM_BYTES : 0, &bytes) || bytes > INT64_MAX)
        return alj_fail(error, ALJ_ERROR_OVERFLOW, "capacity of volume '%s' would be above %" G_GINT64_FORMAT " bytes", request->name,
                        INT64_MAX);
    *ret_units = (bytes + BYTES_PER_UNIT - 1) / BYTES_PER_UNIT;
    return true;
}

/* ---- room in a thin pool ---- */

bool
alj_lvm_check_room(const AljLvmSource *source, const AljLvmGroup *group, uint64_t wanted_bytes, GError **error)
{
    AljPoolLive live = { 0 };
    const AljLvmVolume *thin_pool = alj_lvm_thin_pool(source, group);
    if (!thin_pool)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' is no thin pool", source->thin_pool);
    alj_lvm_live(source, group, &live);
    if ((thin_pool->data_percent != ALJ_LVM_NO_PERCENT && thin_pool->data_percent >= FULL)
        || (thin_pool->metadata_percent != ALJ_LVM_NO_PERCENT && thin_pool->metadata_percent >= FULL))
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "thin pool '%s' is nearly full; lvextend makes it larger", source->thin_pool);
    return wanted_bytes <= live.available_bytes
        || alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "there is not enough room in thin pool '%s': %" G_GUINT64_FORMAT " bytes wanted, %"
                    G_GUINT64_FORMAT " available", source->thin_pool, wanted_bytes, live.available_bytes);
}

bool
alj_lvm_read_room(AljCall *call, const AljLvmSource *source, uint64_t wanted_bytes, GError **error)
{
    if (!source->thin_pool)
        return true;
    g_autoptr(AljLvmGroup) group = alj_lvm_read_volume(call, source->group, source->thin_pool, NULL, error);
    return group && alj_lvm_check_room(source, group, wanted_bytes, error);
}

bool
alj_lvm_vol_plan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error)
{
    AljLvmSource source;
    uint64_t units;
    if (!alj_lvm_source(pool, &source, error) || !check_request(pool, vol, error) || !size_of(vol, &units, error))
        return false;
    g_free(vol->path);
    g_free(vol->key);
    vol->type = ALJ_VOL_BLOCK;
    vol->path = g_build_filename(pool->target_path, vol->name, NULL);
    vol->key = g_strdup(vol->path); /* until LVM has given it a UUID */
    return true;
}

/* ---- lvcreate ---- */

/** Making: one volume that is not complete yet. */
typedef struct Making {
    AljCall *call;
    const AljPoolDef *pool;
    AljLvmSource source;
    const AljVolDef *request;
    const AljLvmVolume *twin; /* (nullable, borrowed) it is a snapshot of that, as large, and complete with its first moment … */
    char *mark;               /* (owned) … else it has one; NULL: a twin */
    bool is_blank;            /* once it is made: what nobody writes reads as zeros */
} Making;

static void
making_clear(Making *making)
{
    if (making->mark)
        alj_lvm_mark_drop(making->call, making->mark);
    g_free(making->mark);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Making, making_clear)

static void
remove_made(void *data)
{
    const Making *making = data;
    (void) alj_lvm_mark_remove(making->call, &making->source, making->mark); /* the next scan tries again */
}

/* Without a mark, so only after LVM has said that it has made it. */
static void
remove_twin(void *data)
{
    const Making *making = data;
    g_autofree char *selection = g_strdup_printf("lv_name=\"%s\" && origin_uuid=\"%s\"", making->request->name, making->twin->uuid);
    const char *argv[] = { "lvremove", "--yes", "--select", selection, making->source.group, NULL };
    (void) alj_lvm_take_back(making->call, argv); /* then it stays, complete: it is listed after the next scan */
}

/* Why LVM made no volume of @bytes, where that can be seen in the group; otherwise its own words are left. */
static void
explain(const Making *making, uint64_t bytes, GError **failure)
{
    GError *why = NULL;
    g_autoptr(AljLvmGroup) group = alj_error_is(*failure, ALJ_ERROR_INTERNAL)
        ? alj_lvm_read(making->call, making->source.group, NULL) : NULL;
    const AljLvmVolume *other = group ? alj_lvm_group_find(group, making->request->name) : NULL;
    if (!group)
        return;
    if (alj_lvm_check_whole(group, &why)) {
        if (other && !alj_lvm_is_marked(other))
            alj_fail(&why, ALJ_ERROR_VOL_EXISTS, "'%s'", other->name);
        else if (bytes > group->free_bytes)
            alj_fail(&why, ALJ_ERROR_OPERATION_FAILED, "there is not enough room in volume group '%s': %" G_GUINT64_FORMAT
                     " bytes wanted, %" G_GUINT64_FORMAT " available", group->name, bytes, group->free_bytes);
    }
    if (why) {
        g_error_free(*failure);
        *failure = why;
    }
}

/* From here on the volume is in LVM's metadata. @bytes: of the group that it takes. */
static bool
begin(Making *making, AljUndo *undo, const char *const *argv, uint64_t bytes, GError **error)
{
    GError *failure = NULL;
    if (making->mark)
        alj_undo_push(undo, remove_made, making, NULL);
    if (alj_lvm_change(making->call, argv, &failure)) {
        if (making->twin)
            alj_undo_push(undo, remove_twin, making, NULL);
        return true;
    }
    explain(making, bytes, &failure);
    g_propagate_error(error, failure);
    return false;
}

static bool
begin_plain(Making *making, AljUndo *undo, GError **error)
{
    uint64_t units;
    if (!size_of(making->request, &units, error))
        return false;
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "k", units);
    const char *name = making->request->name, *group = making->source.group, *thin_pool = making->source.thin_pool;
    const char *thin[] = { "lvcreate", "--yes", "--addtag", making->mark, "--name", name, "--virtualsize", size,
                           "--thinpool", thin_pool, group, NULL };
    const char *thick[] = { "lvcreate", "--yes", "--zero", "y", "--wipesignatures", "y", "--addtag", making->mark, "--name", name,
                            "--size", size, group, NULL };
    return begin(making, undo, thin_pool ? thin : thick, thin_pool ? 0 : units * BYTES_PER_UNIT, error);
}

static bool
begin_twin(Making *making, AljUndo *undo, GError **error)
{
    g_autofree char *path = alj_lvm_path(&making->source, making->twin->name);
    const char *argv[] = { "lvcreate", "--yes", "--snapshot", "--setactivationskip", "n", "--ignoreactivationskip", "--activate", "y",
                           "--name", making->request->name, path, NULL };
    return begin(making, undo, argv, 0, error);
}

/* Of a thin volume, to be made larger; of another one with room of its own for what will differ from it. */
static bool
begin_snapshot(Making *making, const AljLvmVolume *origin, AljUndo *undo, GError **error)
{
    const AljVolDef *request = making->request;
    uint64_t room = request->allocation_bytes > 0 ? MIN(request->allocation_bytes, request->capacity_bytes) : request->capacity_bytes;
    g_autofree char *path = alj_lvm_path(&making->source, origin->name);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "k", (room + BYTES_PER_UNIT - 1) / BYTES_PER_UNIT);
    const char *thin[] = { "lvcreate", "--yes", "--snapshot", "--setactivationskip", "n", "--ignoreactivationskip", "--activate", "y",
                           "--addtag", making->mark, "--name", request->name, path, NULL };
    const char *thick[] = { "lvcreate", "--yes", "--snapshot", "--addtag", making->mark, "--name", request->name, "--size", size, path,
                            NULL };
    if (!begin(making, undo, origin->pool ? thin : thick, origin->pool ? 0 : room, error))
        return false;
    if (!origin->pool)
        return true;
    g_autofree char *made = alj_lvm_path(&making->source, request->name);
    g_autofree char *bytes = g_strdup_printf("%" G_GUINT64_FORMAT "k", (request->capacity_bytes + BYTES_PER_UNIT - 1) / BYTES_PER_UNIT);
    const char *extend[] = { "lvextend", "--yes", "--size", bytes, made, NULL };
    return alj_lvm_change(making->call, extend, error);
}

/* ---- after that ---- */

/* The new volume, whose open node is owned as it was asked for, and known to be the pool's to deactivate. */
static AljVolDef *
look_at_made(Making *making, int open_flags, int *ret_fd, GError **error)
{
    AljCall *call = making->call;
    const AljVolDef *request = making->request;
    g_autoptr(AljLvmGroup) group = alj_lvm_read_volume(call, making->source.group, request->name, NULL, error);
    const AljLvmVolume *volume = group ? alj_lvm_group_find(group, request->name) : NULL;
    if (!volume)
        return NULL;
    if (!alj_lvm_is_active(volume)) {
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "volume '%s' was not activated", request->name);
        return NULL;
    }
    if (!alj_lvm_record_add(call, making->pool, volume->uuid, error)
        || !alj_block_wait(call->host, request->path, true, NODE_USEC, call->task, error))
        return NULL;
    alj_autofd fd = alj_lvm_open_node(call, group, volume, request, open_flags, ALJ_BLOCK_NO_STREAM, error);
    if (fd < 0 || !alj_block_vol_own(call, fd, request->path, &request->permissions, error))
        return NULL;
    *ret_fd = alj_steal_fd(&fd);
    making->is_blank = alj_lvm_is_blank(volume);
    return alj_lvm_vol_def(call, making->pool, group, volume);
}

static bool
unmark(const Making *making, GError **error)
{
    g_autofree char *path = alj_lvm_path(&making->source, making->request->name);
    const char *argv[] = { "lvchange", "--deltag", making->mark, path, NULL };
    return !making->mark || alj_lvm_change(making->call, argv, error);
}

/* What no scan will find is kept until the next one. */
static AljVolDef *
with_encryption(AljVolDef *take_made, const AljVolDef *request)
{
    if (!request->encryption)
        return take_made;
    take_made->encryption = alj_encryption_copy(request->encryption);
    take_made->capacity_bytes = request->capacity_bytes;
    return take_made;
}

/* @from: (nullable) what it is to hold */
static AljVolDef *
finish(Making *making, const AljVolDef *from, AljUndo *undo, GError **error)
{
    AljCall *call = making->call;
    const AljVolDef *request = making->request;
    alj_autofd fd = -1; /* closed before a step back removes the volume */
    g_autoptr(AljVolDef) made = look_at_made(making, from || request->encryption ? O_RDWR : O_RDONLY, &fd, error);
    if (!made || (request->encryption && !alj_block_vol_encrypt(call, request, fd, error))
        || (from && !alj_block_vol_fill(call, request, fd, from, making->is_blank, error)) || !unmark(making, error))
        return NULL;
    alj_undo_commit(undo);
    if (!making->source.thin_pool || (!from && !request->encryption))
        return with_encryption(g_steal_pointer(&made), request);
    AljVolDef *now = alj_lvm_vol_probe(call, making->pool, request->name, NULL); /* how much of it was written */
    return with_encryption(now ? now : g_steal_pointer(&made), request);
}

static bool
prepare(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, Making *ret, GError **error)
{
    if (!alj_lvm_source(pool, &ret->source, error) || !check_request(pool, request, error))
        return false;
    ret->call = call;
    ret->pool = pool;
    ret->request = request;
    if (!ret->twin)
        ret->mark = alj_lvm_mark_new(call, pool);
    return true;
}

/* ---- create and copy ---- */

/* @wanted_bytes: of the thin pool, if it is in one, at once */
static AljVolDef *
make_plain(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from, uint64_t wanted_bytes, GError **error)
{
    g_auto(Making) making = { 0 };
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    return prepare(call, pool, request, &making, error) && alj_lvm_read_room(call, &making.source, wanted_bytes, error)
        && begin_plain(&making, &undo, error) ? finish(&making, from, &undo, error) : NULL;
}

/* @group: @origin, and the thin pool of the pool, if it has one */
static AljVolDef *
make_snapshot(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljLvmGroup *group, const AljLvmVolume *origin,
              GError **error)
{
    bool is_twin = origin->pool && request->capacity_bytes <= origin->bytes;
    g_auto(Making) making = { .twin = is_twin ? origin : NULL };
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (!prepare(call, pool, request, &making, error)
        || (making.source.thin_pool && !alj_lvm_check_room(&making.source, group, 0, error)))
        return NULL;
    return (is_twin ? begin_twin(&making, &undo, error) : begin_snapshot(&making, origin, &undo, error))
        ? finish(&making, NULL, &undo, error) : NULL;
}

/* What the document names as its backing store is what LVM calls the origin of a snapshot. */
static AljVolDef *
make_on_backing(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, GError **error)
{
    AljLvmSource source;
    const char *name = name_of_path(pool, request->backing->path);
    g_autoptr(AljLvmGroup) group = alj_lvm_source(pool, &source, error)
        ? alj_lvm_read_volume(call, source.group, name, source.thin_pool, error) : NULL;
    const AljLvmVolume *origin = group ? alj_lvm_group_find(group, name) : NULL;
    if (!origin)
        return NULL;
    if (alj_lvm_has_volume(&source, origin) && !alj_lvm_is_snapshot(origin))
        return make_snapshot(call, pool, request, group, origin, error);
    alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volume '%s' cannot have snapshots", name);
    return NULL;
}

AljVolDef *
alj_lvm_vol_create(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error)
{
    return request->backing ? make_on_backing(call, pool, request, error) : make_plain(call, pool, request, NULL, 0, error);
}

/*
 * The volume @from, if it is in the same thin pool, so that its copy is a snapshot; then it is in *ret_group, too. NULL if not, or if that
 * cannot be told: then it is copied byte by byte.
 */
static const AljLvmVolume *
find_twin(AljCall *call, const AljPoolDef *pool, const AljLvmSource *source, const AljVolDef *request, const AljVolDef *from,
          AljLvmGroup **ret_group)
{
    const char *name = source->thin_pool && from->path ? name_of_path(pool, from->path) : NULL;
    if (!name || request->encryption || from->encryption)
        return NULL;
    *ret_group = alj_lvm_read_volume(call, source->group, name, source->thin_pool, NULL);
    const AljLvmVolume *volume = *ret_group ? alj_lvm_group_find(*ret_group, name) : NULL;
    return volume && strcmp(volume->uuid, from->key) == 0 && alj_lvm_has_volume(source, volume) ? volume : NULL;
}

AljVolDef *
alj_lvm_vol_copy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from, AljPoolType from_pool,
                 unsigned flags, GError **error)
{
    AljLvmSource source;
    g_autoptr(AljLvmGroup) group = NULL;
    if (!check_copy(request, from, error) || !alj_lvm_source(pool, &source, error))
        return NULL;
    const AljLvmVolume *twin = from_pool == ALJ_POOL_LOGICAL ? find_twin(call, pool, &source, request, from, &group) : NULL;
    if (twin)
        return make_snapshot(call, pool, request, group, twin, error);
    if (flags & ALJ_VOL_CREATE_REFLINK) {
        alj_fail_errno(error, EOPNOTSUPP, "failed to clone files from '%s'", from->path);
        return NULL;
    }
    return make_plain(call, pool, request, from, MIN(from->allocation_bytes, request->capacity_bytes), error);
}
