/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays a script in the place of zfs: see zfs_script.h. Linked with --wrap for what it stands for. */
#include "zfs_script.h"

#include "base/guard.h"
#include "host/run.h"
#include "host/zvols.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct ZfsScript zfs_script;

/* Keeps the word in @command that begins with @prefix. */
static void
note(const char *command, const char *prefix, const char *ends, GString *ret)
{
    const char *found = strstr(command, prefix);
    if (found)
        g_string_append_len(g_string_truncate(ret, 0), found, (gssize) strcspn(found, ends));
}

static char *
replace_all(const char *text, const char *from, const char *to)
{
    g_autoptr(GString) replaced = g_string_new(text);
    if (*from)
        g_string_replace(replaced, from, to, 0);
    return g_strdup(replaced->str);
}

/* As errors show it: without numbers of descriptors. (transfer full) */
static char *
command_line(const AljRun *run)
{
    char *command = g_strjoinv(" ", (char **) run->argv);
    for (const AljRunName *name = run->names; name && name->word; name++) {
        char *named = replace_all(command, name->word, name->path);
        g_free(command);
        command = named;
    }
    return command;
}

char *__wrap_alj_run(AljHost *host, const AljRun *run, AljTask *task, GError **error);

char *
__wrap_alj_run(AljHost *host, const AljRun *run, AljTask *task, GError **error)
{
    g_autofree char *command = command_line(run);
    const ZfsStep *step = zfs_script.next;
    g_assert_cmpint(run->timeout_usec, >, 0);
    if (strcmp(run->argv[0], "udevadm") == 0) /* waited for where there is one */
        return g_strdup("");
    if (!alj_task_check(task, "zfs", error))
        return NULL;
    note(command, ".aljibe-new.", " ", zfs_script.mark);
    note(command, "aljibe-clone-", " ", zfs_script.snapshot);
    g_autofree char *marked = replace_all(command, zfs_script.mark->str, "MARK");
    g_autofree char *plain = replace_all(marked, zfs_script.snapshot->str, "SNAP");
    if (!step->command)
        g_error("not expected: %s", plain);
    g_assert_cmpstr(plain, ==, step->command);
    zfs_script.next++;
    if (!step->output) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "Child process (%s) unexpected exit status 1: no", plain);
        return NULL;
    }
    g_autofree char *with_mark = replace_all(step->output, "MARK", zfs_script.mark->str);
    return replace_all(with_mark, "SNAP", zfs_script.snapshot->str);
}

int __wrap_alj_zvol_open(AljHost *host, const char *dataset, const char *link, int flags, gint64 wait_usec, const AljTask *task,
                         GError **error);

int
__wrap_alj_zvol_open(AljHost *host, const char *dataset, const char *link, int flags, gint64 wait_usec, const AljTask *task,
                     GError **error)
{
    g_autofree char *named = g_strconcat("/dev/zvol/", dataset, NULL);
    g_assert_cmpstr(link, ==, named);
    int fd = open(zfs_script.node, flags & ~O_EXCL);
    if (fd < 0)
        alj_fail(error, ALJ_ERROR_TIMEOUT, "volume '%s' has no device node", dataset);
    return fd;
}

bool __wrap_alj_zvol_is(AljHost *host, int fd, const char *dataset);

bool
__wrap_alj_zvol_is(AljHost *host, int fd, const char *dataset)
{
    return !zfs_script.node_name || strcmp(zfs_script.node_name, dataset) == 0;
}

bool __wrap_alj_zvol_discard(AljHost *host, int fd, const char *name, uint64_t bytes, AljTask *task, GError **error);

bool
__wrap_alj_zvol_discard(AljHost *host, int fd, const char *name, uint64_t bytes, AljTask *task, GError **error)
{
    return ftruncate(fd, 0) == 0;
}

void
zfs_set_dataset(Fixture *f, const char *name)
{
    g_free(f->pool->source_name);
    g_free(f->pool->target_path);
    f->pool->source_name = g_strdup(name);
    f->pool->target_path = g_strconcat("/dev/zvol/", name, NULL);
}

void
zfs_script_set_up(Fixture *f, gconstpointer unused)
{
    fixture_set_up(f, NULL);
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_ZFS);
    f->pool->name = g_strdup("p");
    zfs_set_dataset(f, "tank");
    zfs_script = (struct ZfsScript){ .mark = g_string_new(NULL), .snapshot = g_string_new(NULL),
                                     .node = g_build_filename(f->base, "node", NULL) };
    play({ NULL, NULL });
    g_assert_true(g_file_set_contents(zfs_script.node, "", 0, NULL));
}

void
zfs_script_tear_down(Fixture *f, gconstpointer unused)
{
    g_string_free(zfs_script.mark, TRUE);
    g_string_free(zfs_script.snapshot, TRUE);
    g_free(zfs_script.node);
    fixture_tear_down(f, NULL);
}
