/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Marks: a tag in LVM's own metadata says that a volume is not complete, or is going. It comes and goes in one step with what it
 * tells of, because LVM writes both at once; so whatever a crash leaves says itself what it is, also after a loss of power and
 * to another host. Volumes without such a tag are never touched. It names host and pool, so that what others are making in the
 * same group is left alone. Runs on a pool's workers.
 */
#include "backend/logical/logical.h"

#include "host/host.h"

#include <string.h>

/* What marks of this pool on this host begin with: as temporary files do, without the dot. (transfer full) */
static char *
prefix_of(const AljCall *call, const AljPoolDef *pool)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    return g_strdup_printf("%s%s.", alj_host_tmp_prefix(call->host) + 1, alj_uuid_format(&pool->uuid, uuid));
}

static const char *
find_mark(const AljLvmVolume *volume)
{
    for (char **tag = volume->tags; *tag; tag++) {
        g_autofree char *name = g_strconcat(".", *tag, NULL);
        if (alj_host_is_tmp_name(name))
            return *tag;
    }
    return NULL;
}

char *
alj_lvm_mark_new(AljCall *call, const AljPoolDef *pool)
{
    g_autofree char *prefix = prefix_of(call, pool);
    char *mark = g_strdup_printf("%s%08x", prefix, g_random_int());
    call->own_name(call, mark, true);
    return mark;
}

void
alj_lvm_mark_drop(AljCall *call, const char *mark)
{
    call->own_name(call, mark, false);
}

bool
alj_lvm_is_marked(const AljLvmVolume *volume)
{
    return find_mark(volume) != NULL;
}

char *
alj_lvm_mark_selection(const char *mark, bool takes_snapshots)
{
    return g_strdup_printf("lv_tags={\"%s\"}%s", mark, takes_snapshots ? "" : " && lv_role!=thickorigin && lv_role!=extthinorigin");
}

bool
alj_lvm_mark_remove(AljCall *call, const AljLvmSource *source, const char *mark)
{
    g_autofree char *selection = alj_lvm_mark_selection(mark, false);
    const char *argv[] = { "lvremove", "--yes", "--select", selection, source->group, NULL };
    return alj_lvm_take_back(call, argv);
}

/* Returns: whether it worked. */
static bool
drop_mark(AljCall *call, const AljLvmSource *source, const AljLvmVolume *volume, const char *mark)
{
    g_autofree char *path = alj_lvm_path(source, volume->name);
    const char *argv[] = { "lvchange", "--deltag", mark, path, NULL };
    return alj_lvm_take_back(call, argv);
}

static bool
recover_one(AljCall *call, const AljLvmSource *source, const AljLvmGroup *group, const AljLvmVolume *volume, const char *mark,
            GPtrArray *problems)
{
    g_autofree char *standing = alj_lvm_list_standing(group, volume);
    bool is_kept = *standing != '\0';
    bool is_done = is_kept ? drop_mark(call, source, volume, mark) : alj_lvm_mark_remove(call, source, mark);
    if (is_kept)
        g_ptr_array_add(problems, g_strdup_printf("making or deleting volume '%s' was interrupted; it is kept, because these would be "
                                                  "lost with it: %s", volume->name, standing));
    else
        g_ptr_array_add(problems, g_strdup_printf("making or deleting volume '%s' was interrupted; what was left of it %s", volume->name,
                                                  is_done ? "is removed" : "cannot be removed now"));
    return is_done;
}

bool
alj_lvm_mark_recover(AljCall *call, const AljPoolDef *pool, const AljLvmSource *source, const AljLvmGroup *group,
                     GPtrArray *problems)
{
    bool has_changed = false;
    g_autofree char *prefix = prefix_of(call, pool);
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        const char *mark = find_mark(volume);
        if (!mark || call->is_owned_name(call, mark))
            continue;
        if (!g_str_has_prefix(mark, prefix))
            g_ptr_array_add(problems, g_strdup_printf("volume '%s' is left out: tag '%s' says that another pool or host is making or deleting "
                                                      "it; if none is, lvchange --deltag shows it again", volume->name, mark));
        else if (recover_one(call, source, group, volume, mark, problems))
            has_changed = true;
    }
    return has_changed;
}
