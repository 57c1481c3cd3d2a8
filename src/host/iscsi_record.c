/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Node records of open-iscsi: lines "name = value" in a file per target, portal and interface, which root alone may read. iscsiadm
 * takes a password in its arguments only, which every local user can see; so the record that it has made is completed here, before
 * the login reads it. Records are touched only over interfaces that are a pool's own. Runs on a pool's workers.
 */
#include "host/iscsi.h"

#include "base/files.h"
#include "base/guard.h"
#include "base/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define RECORD_MAX (64u << 10)
#define LAST_LINE  "# END RECORD"

static const char *const databases[] = { "/etc/iscsi", "/var/lib/iscsi" }; /* Debian and SUSE; Fedora and later versions */

/* ---- text ---- */

static bool
is_set_by(const char *line, const AljIscsiSetting *settings)
{
    for (const AljIscsiSetting *setting = settings; setting->name; setting++)
        if (g_str_has_prefix(line, setting->name) && g_str_has_prefix(line + strlen(setting->name), " ="))
            return true;
    return false;
}

char *
alj_iscsi_record_edit(const char *record, const AljIscsiSetting *settings)
{
    const char *end = strstr(record, LAST_LINE);
    if (!end || (end != record && end[-1] != '\n'))
        return NULL;
    size_t room = strlen(record) + 1;
    for (const AljIscsiSetting *setting = settings; setting->name; setting++)
        room += strlen(setting->name) + strlen(setting->value) + sizeof " = \n";
    GString *text = g_string_sized_new(room); /* never moved, so that no copy of a secret is left behind */
    for (const char *line = record; line < end;) {
        size_t length = strcspn(line, "\n") + 1;
        if (!is_set_by(line, settings))
            g_string_append_len(text, line, (gssize) length);
        line += length;
    }
    for (const AljIscsiSetting *setting = settings; setting->name; setting++)
        g_string_append_printf(text, "%s = %s\n", setting->name, setting->value);
    g_string_append(text, end);
    return g_string_free(text, FALSE);
}

/* ---- files ---- */

/* What is written beside the records before it becomes one: no directory of iscsiadm's, which would take it for a record. */
static char *
draft_name(const char *interface)
{
    return g_strdup_printf(".aljibe-new.%s", interface);
}

static bool
write_draft(int dir_fd, const char *name, const char *text)
{
    alj_autofd fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    size_t length = strlen(text);
    return fd >= 0 && write(fd, text, length) == (ssize_t) length && fsync(fd) == 0;
}

static bool
replace(AljHost *host, int dir_fd, const char *path, const char *interface, const char *text, GError **error)
{
    g_autofree char *name = draft_name(interface), *at = alj_host_path(host, path);
    int failed = alj_host_gate(host, "write record");
    (void) unlinkat(dir_fd, name, 0); /* left by a crash */
    if (!failed && (!write_draft(dir_fd, name, text) || renameat(dir_fd, name, AT_FDCWD, at) < 0)) {
        failed = errno;
        (void) unlinkat(dir_fd, name, 0); /* may not be there */
    }
    return !failed || alj_fail_errno(error, failed, "cannot write the iSCSI node record '%s'", path);
}

static bool
change(AljHost *host, int base_fd, const char *dir, const char *interface, const AljIscsiSetting *settings, GError **error)
{
    g_autofree char *at = alj_host_path(host, dir), *path = g_build_filename(dir, interface, NULL);
    alj_autofd dir_fd = open(at, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t length;
    char *record = dir_fd < 0 ? NULL : alj_files_load(dir_fd, interface, RECORD_MAX, &length, error);
    if (dir_fd < 0)
        return alj_fail_errno(error, errno, "cannot open directory '%s'", dir);
    if (!record)
        return false;
    char *text = alj_iscsi_record_edit(record, settings);
    bool is_done = text ? replace(host, base_fd, path, interface, text, error)
                        : alj_fail(error, ALJ_ERROR_INTERNAL, "'%s' is no iSCSI node record as we know it", path);
    alj_wipe_text(text);
    alj_wipe_text(record);
    return is_done;
}

/* Directories of the portals over which there is a record of @target for @interface. (transfer full) */
static GPtrArray *
find_records(AljHost *host, const char *database, const char *target, const char *interface)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *dir = g_build_filename(database, "nodes", target, NULL);
    g_auto(GStrv) portals = alj_sys_names(host, dir);
    for (char **portal = portals; *portal; portal++) {
        g_autofree char *at = g_build_filename(dir, *portal, NULL), *record = g_build_filename(at, interface, NULL);
        if (alj_sys_exists(host, record))
            g_ptr_array_add(found, g_steal_pointer(&at));
    }
    return found;
}

static bool
change_all(AljHost *host, const char *database, const GPtrArray *dirs, const char *interface, const AljIscsiSetting *settings,
           GError **error)
{
    g_autofree char *at = alj_host_path(host, database);
    alj_autofd base_fd = open(at, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (base_fd < 0)
        return alj_fail_errno(error, errno, "cannot open directory '%s'", database);
    for (guint i = 0; i < dirs->len; i++)
        if (!change(host, base_fd, g_ptr_array_index(dirs, i), interface, settings, error))
            return false;
    return true;
}

bool
alj_iscsi_record_set(AljHost *host, const char *target, const char *interface, const AljIscsiSetting *settings, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(databases); i++) {
        g_autoptr(GPtrArray) dirs = find_records(host, databases[i], target, interface);
        if (dirs->len > 0)
            return change_all(host, databases[i], dirs, interface, settings, error);
    }
    return alj_fail(error, ALJ_ERROR_INTERNAL, "iscsiadm made no node record of target '%s' for interface '%s'", target, interface);
}

bool
alj_iscsi_record_exists(AljHost *host, const char *target, const char *interface)
{
    g_autofree char *draft = draft_name(interface);
    for (size_t i = 0; i < G_N_ELEMENTS(databases); i++) {
        g_autoptr(GPtrArray) dirs = find_records(host, databases[i], target, interface);
        g_autofree char *itself = g_build_filename(databases[i], "ifaces", interface, NULL);
        g_autofree char *left = g_build_filename(databases[i], draft, NULL);
        if (dirs->len > 0 || alj_sys_exists(host, itself) || alj_sys_exists(host, left))
            return true;
    }
    return false;
}

void
alj_iscsi_record_sweep(AljHost *host, const char *interface)
{
    g_autofree char *draft = draft_name(interface);
    for (size_t i = 0; i < G_N_ELEMENTS(databases); i++) {
        g_autofree char *path = g_build_filename(databases[i], draft, NULL), *at = alj_host_path(host, path);
        (void) unlink(at); /* usually not there */
    }
}
