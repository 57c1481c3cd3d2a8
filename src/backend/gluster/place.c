/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections to gluster volumes and the directories in them. The connection is the core's, made by connect and shared by all
 * threads; libgfapi is safe for that. Runs on a pool's workers; any call may wait for a server until libgfapi gives it up
 * (network.ping-timeout, 42 s unless the volume says otherwise).
 */
#include "backend/gluster/place.h"

#include "base/text.h"
#include "host/host.h"

#include <errno.h>
#include <string.h>

#define TRANSPORT "tcp"
#define DEFAULT_PORT 24007
#define DIR_MODE 0711          /* as new directories of dir pools */
#define URI_SAFE "!*'()/;@&=+$," /* what libxml2 leaves in the path of a URI besides letters, digits, "-._~" */
#define NO_LOG 0

/* ---- names ---- */

/* The directory with a '/' at its end. (transfer full) */
static char *
dir_of(const AljPoolDef *pool)
{
    return g_str_has_suffix(pool->source_dir, "/") ? g_strdup(pool->source_dir) : g_strconcat(pool->source_dir, "/", NULL);
}

char *
alj_gluster_uri(const AljPoolDef *pool, const char *name)
{
    const AljPoolHost *host = g_ptr_array_index(pool->hosts, 0);
    g_autofree char *dir = dir_of(pool);
    g_autofree char *plain = g_strconcat("/", pool->source_name, dir, name, NULL);
    g_autofree char *path = g_uri_escape_string(plain, URI_SAFE, FALSE);
    g_autofree char *port = host->port ? g_strdup_printf(":%u", host->port) : g_strdup("");
    bool is_ipv6 = strchr(host->name, ':') != NULL;
    return g_strdup_printf("gluster://%s%s%s%s%s", is_ipv6 ? "[" : "", host->name, is_ipv6 ? "]" : "", port, path);
}

static bool
check_names(const AljPoolDef *pool, GError **error)
{
    if (pool->hosts->len == 0)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "Expected exactly 1 host for the storage pool");
    if (strchr(pool->source_name, '/'))
        return alj_fail(error, ALJ_ERROR_XML, "gluster pool name '%s' must not contain /", pool->source_name);
    return *pool->source_dir == '/'
        || alj_fail(error, ALJ_ERROR_XML, "gluster pool path '%s' must start with /", pool->source_dir);
}

/* ---- connection ---- */

/* Returns: 0 or an errno. */
static int
begin_connection(AljHost *host, glfs_t *fs, const AljPoolDef *pool)
{
    int failed = alj_host_gate(host, "gluster connect");
    if (!failed && glfs_set_logging(fs, "/dev/null", NO_LOG) < 0)
        failed = errno;
    for (guint i = 0; !failed && i < pool->hosts->len; i++) {
        const AljPoolHost *server = g_ptr_array_index(pool->hosts, i);
        if (glfs_set_volfile_server(fs, TRANSPORT, server->name, server->port ? (int) server->port : DEFAULT_PORT) < 0)
            failed = errno;
    }
    errno = ENOTCONN; /* libgfapi does not always say */
    return failed || glfs_init(fs) == 0 ? failed : errno;
}

void *
alj_gluster_connect(AljCall *call, const AljPoolDef *pool, GError **error)
{
    if (!check_names(pool, error))
        return NULL;
    glfs_t *fs = glfs_new(pool->source_name);
    int failed = fs ? begin_connection(call->host, fs, pool) : errno;
    if (!failed)
        return fs;
    g_autofree char *uri = alj_gluster_uri(pool, NULL);
    alj_fail_errno(error, failed, "failed to connect to %s", uri);
    if (fs)
        (void) glfs_fini(fs); /* was never up */
    return NULL;
}

void
alj_gluster_disconnect(void *connection)
{
    (void) glfs_fini(connection); /* nothing is lost: files were synced when they were closed */
}

/* ---- the directory ---- */

bool
alj_gluster_place_open(AljGlusterPlace *ret, AljCall *call, const AljPoolDef *pool, GError **error)
{
    struct stat st;
    glfs_t *fs = call->get_connection(call, pool, error);
    if (!fs)
        return false;
    *ret = (AljGlusterPlace){ .call = call, .pool = pool, .fs = fs };
    int failed = alj_host_gate(call->host, "gluster look up directory");
    if (!failed && !(ret->dir = glfs_h_lookupat(fs, NULL, pool->source_dir, &st, true)))
        failed = errno;
    if (!failed && !S_ISDIR(st.st_mode))
        failed = ENOTDIR;
    if (!failed)
        return true;
    alj_gluster_place_clear(ret);
    g_autofree char *dir = dir_of(pool);
    return alj_fail_errno(error, failed, "failed to change to directory '%s' in '%s'", dir, pool->source_name);
}

void
alj_gluster_place_clear(AljGlusterPlace *place)
{
    if (place->dir)
        (void) glfs_h_close(place->dir);
    place->dir = NULL;
}

bool
alj_gluster_place_make(AljCall *call, const AljPoolDef *pool, GError **error)
{
    glfs_t *fs = call->get_connection(call, pool, error);
    g_autofree char *part = dir_of(pool);
    if (!fs)
        return false;
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = alj_host_gate(call->host, "gluster mkdir");
        if (!failed && glfs_mkdir(fs, part, DIR_MODE) < 0 && errno != EEXIST)
            failed = errno;
        if (failed)
            return alj_fail_errno(error, failed, "failed to create directory '%s' in '%s'", part, pool->source_name);
        *slash = '/';
    }
    g_auto(AljGlusterPlace) made = { 0 };
    return alj_gluster_place_open(&made, call, pool, error); /* what was in the way may be no directory */
}

bool
alj_gluster_place_remove(AljCall *call, const AljPoolDef *pool, GError **error)
{
    glfs_t *fs = call->get_connection(call, pool, error);
    g_autofree char *uri = alj_gluster_uri(pool, NULL);
    if (!fs)
        return false;
    int failed = alj_host_gate(call->host, "gluster rmdir");
    if (!failed && glfs_rmdir(fs, pool->source_dir) < 0)
        failed = errno;
    return !failed || alj_fail_errno(error, failed, "failed to remove pool '%s'", uri);
}

bool
alj_gluster_place_space(const AljGlusterPlace *place, uint64_t *ret_capacity_bytes, uint64_t *ret_available_bytes,
                        GError **error)
{
    struct statvfs space;
    int failed = alj_host_gate(place->call->host, "gluster statvfs");
    if (!failed && glfs_h_statfs(place->fs, place->dir, &space) < 0)
        failed = errno;
    if (failed)
        return alj_fail_errno(error, failed, "cannot statvfs path '%s' in '%s'", place->pool->source_dir, place->pool->source_name);
    *ret_capacity_bytes = (uint64_t) space.f_blocks * space.f_frsize;
    *ret_available_bytes = (uint64_t) space.f_bfree * space.f_frsize;
    return true;
}

static glfs_fd_t *
open_dir(const AljGlusterPlace *place, const char *what, GError **error)
{
    int failed = alj_host_gate(place->call->host, what);
    glfs_fd_t *fd = failed ? NULL : glfs_h_opendir(place->fs, place->dir);
    if (!fd)
        alj_fail_errno(error, failed ? failed : errno, "cannot %s '%s' in '%s'", what, place->pool->source_dir,
                       place->pool->source_name);
    return fd;
}

bool
alj_gluster_place_each(const AljGlusterPlace *place, bool (*each)(const char *name, void *data), void *data, GError **error)
{
    struct dirent buffer, *entry = NULL;
    bool is_done = false;
    int failed = 0;
    glfs_fd_t *fd = open_dir(place, "read directory", error);
    if (!fd)
        return false;
    while (!failed && !is_done) {
        failed = glfs_readdir_r(fd, &buffer, &entry) == 0 ? 0 : errno;
        bool is_own = entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
        if (!failed && !is_own)
            is_done = !entry || !each(entry->d_name, data);
    }
    (void) glfs_closedir(fd); /* only read from */
    return !failed || alj_fail_errno(error, failed, "cannot read directory '%s' in '%s'", place->pool->source_dir,
                                     place->pool->source_name);
}

bool
alj_gluster_place_sync(const AljGlusterPlace *place, GError **error)
{
    glfs_fd_t *fd = open_dir(place, "sync directory", error);
    if (!fd)
        return false;
    int failed = glfs_fsync(fd, NULL, NULL) == 0 ? 0 : errno;
    (void) glfs_closedir(fd); /* was synced, or has failed */
    return !failed || alj_fail_errno(error, failed, "cannot sync directory '%s' in '%s'", place->pool->source_dir,
                                     place->pool->source_name);
}
