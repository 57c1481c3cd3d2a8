/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LVM's programs and what they say, see lvm.h. Owns nothing. Runs on a pool's workers. */
#include "backend/logical/lvm.h"

#include "base/task.h"
#include "host/run.h"
#include "host/udev.h"

#include <string.h>

#define READ_USEC         (30 * G_USEC_PER_SEC)
#define CHANGE_USEC       (300 * G_USEC_PER_SEC)
#define REPORT_MAX_BYTES  (64u << 20)

/* ---- running ---- */

/* Where no udev daemon will, LVM makes the nodes itself; it does not find that out. */
static char *
run(AljCall *call, const char *const *argv, AljTask *task, gint64 timeout_usec, GError **error)
{
    static const char *const without_udev[] = { "DM_DISABLE_UDEV=1", NULL };
    AljRun how = { .argv = argv, .timeout_usec = timeout_usec, .max_output = REPORT_MAX_BYTES,
                   .env = alj_udev_answers(call->host) ? NULL : without_udev };
    return alj_run(call->host, &how, task, error);
}

bool
alj_lvm_change(AljCall *call, const char *const *argv, GError **error)
{
    g_autofree char *output = alj_task_check(call->task, argv[0], error) ? run(call, argv, NULL, CHANGE_USEC, error) : NULL;
    return output != NULL;
}

bool
alj_lvm_take_back(AljCall *call, const char *const *argv)
{
    g_autofree char *output = run(call, argv, NULL, CHANGE_USEC, NULL);
    return output != NULL;
}

/* @of: (nullable) what to report, all there is if NULL; @beside: (nullable) that, too */
static char *
report(AljCall *call, const char *program, const char *fields, const char *order, const char *of, const char *beside, GError **error)
{
    const char *argv[] = { program, "--reportformat", "basic", "--noheadings", "--units", "b", "--nosuffix",
                           "--separator", ALJ_LVM_SEPARATOR, "--sort", order, "--options", fields, of, beside, NULL };
    return run(call, argv, call->task, READ_USEC, error);
}

static GPtrArray *
report_groups(AljCall *call, const char *of, GError **error)
{
    g_autofree char *text = report(call, "vgs", ALJ_LVM_GROUP_FIELDS, "vg_name", of, NULL, error);
    return text ? alj_lvm_parse_groups(text, error) : NULL;
}

static GPtrArray *
report_volumes(AljCall *call, const char *of, const char *beside, GError **error)
{
    g_autofree char *text = report(call, "lvs", ALJ_LVM_VOLUME_FIELDS, "lv_name,seg_start", of, beside, error);
    return text ? alj_lvm_parse_groups(text, error) : NULL;
}

GPtrArray *
alj_lvm_find_groups(AljCall *call, GError **error)
{
    return report_groups(call, NULL, error);
}

GPtrArray *
alj_lvm_find_devices(AljCall *call, GError **error)
{
    g_autofree char *text = report(call, "pvs", ALJ_LVM_DEVICE_FIELDS, "pv_name", NULL, NULL, error);
    return text ? alj_lvm_parse_devices(text, error) : NULL;
}

/* ---- one group ---- */

static bool
check_usable(const AljLvmGroup *group, GError **error)
{
    if (group->attr[2] == 'x')
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volume group '%s' is exported; vgimport makes it usable", group->name);
    if (group->attr[5] != '-')
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "volume group '%s' is shared by a cluster, which is not supported",
                        group->name);
    return true;
}

/* Why group @name could not be read, where that can be seen; otherwise the failure is left as it is. */
static void
explain(AljCall *call, const char *name, GError **failure)
{
    GError *why = NULL;
    const AljLvmGroup *found = NULL;
    unsigned n_found = 0;
    g_autoptr(GPtrArray) groups = alj_error_is(*failure, ALJ_ERROR_INTERNAL) ? alj_lvm_find_groups(call, NULL) : NULL;
    for (guint i = 0; groups && i < groups->len; i++) {
        const AljLvmGroup *group = g_ptr_array_index(groups, i);
        if (strcmp(group->name, name) == 0) {
            found = group;
            n_found++;
        }
    }
    if (!groups)
        return;
    if (n_found == 0)
        alj_fail(&why, ALJ_ERROR_CONFIG_UNSUPPORTED, "cannot find logical volume group name '%s'", name);
    else if (n_found > 1)
        alj_fail(&why, ALJ_ERROR_BAD_STATE, "%u volume groups are called '%s'; vgrename UUID NAME gives one another name", n_found,
                 name);
    else
        check_usable(found, &why);
    if (why) {
        g_error_free(*failure);
        *failure = why;
    }
}

static AljLvmGroup *
take_only(GPtrArray *groups, const char *name, GError **error)
{
    g_autoptr(AljLvmGroup) group = groups->len == 1 ? g_ptr_array_steal_index(groups, 0) : NULL;
    if (group && strcmp(group->name, name) == 0)
        return check_usable(group, error) ? g_steal_pointer(&group) : NULL;
    alj_fail(error, ALJ_ERROR_INTERNAL, "LVM reports %u volume groups for '%s'", groups->len, name);
    return NULL;
}

/* A group without volumes has no row among volumes. */
static GPtrArray *
read_rows(AljCall *call, const char *name, GError **error)
{
    g_autoptr(GPtrArray) groups = report_volumes(call, name, NULL, error);
    return groups && groups->len == 0 ? report_groups(call, name, error) : g_steal_pointer(&groups);
}

/* @failure: (nullable) why there are no @groups */
static AljLvmGroup *
take_or_explain(AljCall *call, GPtrArray *groups, const char *name, GError *failure, GError **error)
{
    AljLvmGroup *group = groups ? take_only(groups, name, &failure) : NULL;
    if (group)
        return group;
    explain(call, name, &failure);
    g_propagate_error(error, failure);
    return NULL;
}

AljLvmGroup *
alj_lvm_read(AljCall *call, const char *name, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GPtrArray) groups = read_rows(call, name, &failure);
    return take_or_explain(call, groups, name, failure, error);
}

AljLvmGroup *
alj_lvm_read_totals(AljCall *call, const char *name, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GPtrArray) groups = report_groups(call, name, &failure);
    return take_or_explain(call, groups, name, failure, error);
}

AljLvmGroup *
alj_lvm_read_volume(AljCall *call, const char *name, const char *volume, const char *beside, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/%s", name, volume);
    g_autofree char *path_beside = beside ? g_strdup_printf("%s/%s", name, beside) : NULL;
    GError *failure = NULL;
    g_autoptr(GPtrArray) groups = report_volumes(call, path, path_beside, &failure);
    AljLvmGroup *group = groups ? take_only(groups, name, &failure) : NULL;
    if (!group && alj_error_is(failure, ALJ_ERROR_INTERNAL)) { /* maybe it is gone: the exit status is the same for all */
        g_clear_error(&failure);
        group = alj_lvm_read(call, name, &failure);
    }
    if (!group) {
        g_propagate_error(error, failure);
        return NULL;
    }
    if (alj_lvm_group_find(group, volume))
        return group;
    alj_lvm_group_free(group);
    alj_fail(error, ALJ_ERROR_NO_VOL, "no storage vol with matching name '%s'", volume);
    return NULL;
}

bool
alj_lvm_check_whole(const AljLvmGroup *group, GError **error)
{
    return group->attr[3] != 'p'
        || alj_fail(error, ALJ_ERROR_BAD_STATE, "volume group '%s' misses physical volumes; pvs shows which", group->name);
}

/* ---- letters ---- */

bool
alj_lvm_is_active(const AljLvmVolume *volume)
{
    return volume->attr[4] == 'a' || volume->attr[4] == 's';
}

bool
alj_lvm_is_suspended(const AljLvmVolume *volume)
{
    return volume->attr[4] == 's';
}

bool
alj_lvm_is_open(const AljLvmVolume *volume)
{
    return volume->attr[5] == 'o';
}

bool
alj_lvm_is_thin_pool(const AljLvmVolume *volume)
{
    return volume->attr[0] == 't';
}

bool
alj_lvm_is_blank(const AljLvmVolume *volume)
{
    return volume->attr[7] == 'z';
}

bool
alj_lvm_is_snapshot(const AljLvmVolume *volume)
{
    return volume->attr[0] == 's' || volume->attr[0] == 'S';
}

bool
alj_lvm_skips_activation(const AljLvmVolume *volume)
{
    return volume->attr[9] == 'k';
}
