/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools of type netfs: a directory of a server (nfs, cifs, glusterfs by FUSE), mounted on the target; its files are the volumes. Volumes
 * are files/'s and the mount is mounted/'s; this is what is mounted and how, and which exports a server has. Whatever
 * touches the mount may wait for the server; what only asks the kernel (start, stop and probe of a mounted pool) does not. Runs on a
 * pool's workers.
 */
#include "backend/netfs/netfs.h"

#include "backend/files/files.h"
#include "backend/gluster_volumes.h"
#include "backend/mounted/mounted.h"
#include "base/guard.h"
#include "host/run.h"

#include <string.h>

#define HOST_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:%[]"

static const AljTool tools[] = {
    ALJ_FILES_TOOLS,
    ALJ_MOUNTED_TOOLS,
    { "sync", "coreutils", "stopping a pool" },
    { "mount.nfs", "nfs-common", "pools of format nfs" },
    { "showmount", "nfs-common", "finding the exports of an NFS server" },
    { "mount.cifs", "cifs-utils", "pools of format cifs" },
    { "mount.glusterfs", "glusterfs-client", "pools of format glusterfs" },
    { "gluster", "glusterfs-cli", "finding the volumes of a gluster server" },
    { 0 },
};

/* ---- what is mounted ---- */

/* "HOST:DIR", with an IPv6 address in brackets, as mount.nfs wants it. */
static char *
nfs_source(const char *host, const char *dir)
{
    bool is_ipv6 = strchr(host, ':') && *host != '[';
    return g_strdup_printf(is_ipv6 ? "[%s]:%s" : "%s:%s", host, dir);
}

static char *
glusterfs_source(const char *host, const char *dir)
{
    return g_strdup_printf("%s:%s", host, dir);
}

/* "//HOST/SHARE": shares have no leading '/', but directories in documents usually do. */
static char *
cifs_source(const char *host, const char *dir)
{
    return g_strdup_printf("//%s/%s", host, dir + strspn(dir, "/"));
}

/** Kind: how a format is mounted. */
typedef struct Kind {
    const char *format;
    const char *fs_type;  /* NULL: mount(8) sees it at the source */
    const char *option;   /* (nullable) always given */
    bool has_version;     /* <protocol ver='…'/> is for it */
    bool has_login;
    char *(*source)(const char *host, const char *dir);
} Kind;

static const Kind kinds[] = {
    { "auto", NULL, NULL, true, false, nfs_source },
    { "nfs", "nfs", NULL, true, false, nfs_source },
    { "glusterfs", "glusterfs", "direct-io-mode=1", false, false, glusterfs_source },
    { "cifs", "cifs", NULL, false, true, cifs_source },
};

static const Kind *
kind_of(const AljPoolDef *pool)
{
    for (size_t i = 0; pool->format && i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].format, pool->format) == 0)
            return &kinds[i];
    return &kinds[0];
}

/* What is none could lead a program to something of this host, or be taken for an option. */
static bool
check_host(const char *name, GError **error)
{
    return (*name != '-' && *name != '\0' && name[strspn(name, HOST_CHARACTERS)] == '\0')
        || alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "'%s' is no name or address of a host", name);
}

/* What is mounted, as the table of mounts names it. (transfer full) */
static char *
source_of(const AljPoolDef *pool, GError **error)
{
    const AljPoolHost *host = pool->hosts->len == 1 ? g_ptr_array_index(pool->hosts, 0) : NULL;
    if (!host) {
        alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "expected exactly 1 host for the storage pool");
        return NULL;
    }
    return check_host(host->name, error) ? kind_of(pool)->source(host->name, pool->source_dir) : NULL;
}

/* ---- build, start and stop ---- */

static bool
pool_build(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error)
{
    g_auto(AljUndo) undo = ALJ_UNDO_INIT;
    if (!alj_files_check_build(flags, error))
        return false;
    if (flags) /* there is no device here; said before anything is made */
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "No source device specified when formatting pool '%s'", pool->name);
    if (!alj_files_make_target(call, pool, &undo, error))
        return false;
    alj_undo_commit(&undo);
    return true;
}

static bool
pool_probe(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error)
{
    g_autofree char *source = source_of(pool, error);
    return source && alj_mounted_probe(call, pool, source, ret_active, error);
}

static char *
plain_options(const AljPoolDef *pool, const Kind *kind)
{
    g_autofree char *version = kind->has_version && pool->protocol_ver ? g_strconcat("nfsvers=", pool->protocol_ver, NULL) : NULL;
    return alj_mounted_options(pool, version ? version : kind->option);
}

/* What a program that had to be ended says about its server, and about nothing else. */
static bool
fail_late(const GError *failure, const char *source, const char *consequence, GError **error)
{
    if (alj_error_is(failure, ALJ_ERROR_TIMEOUT))
        return alj_fail(error, ALJ_ERROR_TIMEOUT, "the server of '%s' did not answer in time%s", source, consequence);
    if (error)
        *error = g_error_copy(failure);
    return false;
}

static bool
pool_start(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_auto(AljNetfsLogin) login = ALJ_NETFS_LOGIN_INIT;
    const Kind *kind = kind_of(pool);
    g_autofree char *source = source_of(pool, error);
    if (!source || !alj_mounted_check_options(pool, error))
        return false;
    if (kind->has_login && !alj_netfs_login_begin(call, pool, &login, error))
        return false;
    g_autofree char *options = kind->has_login ? NULL : plain_options(pool, kind);
    AljMountRequest request = { .source = source, .target = pool->target_path, .fs_type = kind->fs_type,
                                .options = options ? options : login.options, .pass_fds = login.fds, .names = login.names };
    return alj_mounted_start(call, pool, &request, &failure) || fail_late(failure, source, "", error);
}

/*
 * Has everything written back that the server will take. An umount that must be ended while it does that would lose it; this
 * program loses nothing. A server that refuses is none to wait for. Errors: TIMEOUT, ABORTED.
 */
static bool
write_back(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autoptr(GError) failure = NULL;
    const char *argv[] = { "/bin/sync", "-f", pool->target_path, NULL };
    AljRun run = { .argv = argv };
    g_autofree char *output = alj_run(call->host, &run, call->task, &failure);
    if (!output && !alj_error_is(failure, ALJ_ERROR_INTERNAL)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    return true;
}

/* A program that had to be ended may have unmounted all the same. */
static bool
unmount(AljCall *call, const AljPoolDef *pool, const char *source, GError **error)
{
    bool is_up = true;
    GError *failure = NULL;
    if (alj_mounted_stop(call, pool, source, &failure)
        || (alj_error_is(failure, ALJ_ERROR_TIMEOUT) && alj_mounted_probe(call, pool, source, &is_up, NULL) && !is_up)) {
        g_clear_error(&failure);
        return true;
    }
    g_propagate_error(error, failure);
    return false;
}

/*
 * Never lazily and never by force: either would drop what was not written back yet, and the pool would be stopped while guests go on
 * writing to it. Who is ready for that is told how.
 */
static bool
pool_stop(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autoptr(GError) failure = NULL;
    bool is_up;
    g_autofree char *source = source_of(pool, error);
    if (!source || !alj_mounted_probe(call, pool, source, &is_up, error))
        return false;
    if (!is_up || (write_back(call, pool, &failure) && unmount(call, pool, source, &failure)))
        return true;
    g_autofree char *advice = g_strdup_printf(", so it stays mounted; destroy the pool when it answers, or give up what was not written "
                                              "back with `umount -f -l %s` and destroy the pool then", pool->target_path);
    return fail_late(failure, source, advice, error);
}

static AljInventory *
scan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error)
{
    g_autofree char *source = source_of(pool, error);
    return source ? alj_mounted_scan(call, pool, source, old, error) : NULL;
}

/* ---- search ---- */

static void
add_source(GPtrArray *sources, const char *host, const char *dir, const char *format)
{
    AljPoolDef *def = alj_pool_def_new(ALJ_POOL_NETFS);
    alj_pool_def_add_host(def, host, 0);
    def->source_dir = g_strdup(dir);
    def->format = format;
    g_ptr_array_add(sources, def);
}

static bool
find_exports(AljCall *call, const char *host, GPtrArray *sources, GError **error)
{
    const char *argv[] = { "showmount", "--no-headers", "--exports", host, NULL };
    AljRun run = { .argv = argv };
    g_autofree char *output = alj_run(call->host, &run, call->task, error);
    if (!output)
        return false;
    g_autoptr(GPtrArray) paths = alj_netfs_parse_exports(output);
    for (guint i = 0; i < paths->len; i++)
        add_source(sources, host, g_ptr_array_index(paths, i), "nfs");
    return true;
}

/* The volumes of a gluster server, too. Most servers are none, and many hosts have no program to ask with. */
static void
find_volumes(AljCall *call, const char *host, GPtrArray *sources)
{
    g_autoptr(GError) failure = NULL;
    g_auto(GStrv) names = alj_gluster_volumes(call, host, &failure);
    for (char **name = names; name && *name; name++)
        add_source(sources, host, *name, "glusterfs");
    if (failure)
        g_debug("no gluster volumes on '%s': %s", host, failure->message);
}

/* Why there is nothing is not told, as in libvirt; but a search that was ended has not found nothing. */
static GPtrArray *
find_sources(AljCall *call, const AljSourceSpec *spec, GError **error)
{
    g_autoptr(GError) failure = NULL;
    const char *host = ((const AljPoolHost *) g_ptr_array_index(spec->hosts, 0))->name;
    g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    if (!check_host(host, error))
        return NULL;
    bool has_exports = find_exports(call, host, sources, &failure);
    find_volumes(call, host, sources);
    if (!alj_task_check(call->task, "the search", error))
        return NULL;
    if (has_exports || sources->len > 0)
        return g_steal_pointer(&sources);
    g_debug("no exports on '%s': %s", host, failure->message);
    alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "no storage pools were found on host '%s'", host);
    return NULL;
}

ALJ_BACKEND_DEFINE(ALJ_POOL_NETFS, .summary = "a directory of a server: NFS, CIFS, GlusterFS",
                   .traits = ALJ_TRAIT_KEEPS_TOTALS | ALJ_TRAIT_REMOTE | ALJ_TRAIT_SHARED, .tools = tools,
                   .pool_probe = pool_probe, .pool_build = pool_build, .pool_start = pool_start, .pool_stop = pool_stop,
                   .pool_delete = alj_mounted_delete, .sources = find_sources, .scan = scan, ALJ_FILES_VOLUMES);
