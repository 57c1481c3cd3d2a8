/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths that stay the same when devices are found in another order. A device may have several links in one directory; which one is
 * taken never depends on the order of the directory. Runs on a pool's workers.
 */
#include "backend/luns/links.h"

#include "base/guard.h"
#include "host/files.h"
#include "host/udev.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

struct AljLinks {
    char *target;
    GHashTable *by_node; /* (nullable) of GPtrArray of names, by name below /dev; NULL: nodes are the paths */
};

typedef struct Reading {
    AljLinks *links;
    int dir_fd;
} Reading;

/* udev's links are relative: "../../sda". Returns: "sda", or NULL if it leads elsewhere. (transfer full) */
static char *
node_of_link(int dir_fd, const char *name)
{
    char text[PATH_MAX];
    ssize_t length = readlinkat(dir_fd, name, text, sizeof text - 1);
    if (length <= 0)
        return NULL;
    text[length] = '\0';
    const char *node = text;
    while (g_str_has_prefix(node, "../"))
        node += strlen("../");
    if (g_str_has_prefix(node, "/dev/"))
        node += strlen("/dev/");
    return *node && *node != '/' ? g_strdup(node) : NULL;
}

static bool
take_link(const char *name, uint64_t inode, unsigned char type, void *data)
{
    Reading *reading = data;
    char *node = node_of_link(reading->dir_fd, name);
    if (!node)
        return true;
    GPtrArray *names = g_hash_table_lookup(reading->links->by_node, node);
    if (!names) {
        names = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(reading->links->by_node, g_steal_pointer(&node), names);
    }
    g_ptr_array_add(names, g_strdup(name));
    g_free(node);
    return true;
}

static bool
read_dir(AljCall *call, AljLinks *links, GError **error)
{
    GError *failure = NULL;
    g_autofree char *path = alj_host_path(call->host, links->target);
    alj_autofd fd = alj_dir_open(call->host, path, &failure);
    Reading reading = { links, fd };
    if (fd >= 0 && alj_dir_each(call->host, fd, take_link, &reading, &failure))
        return true;
    alj_fail_errno(error, alj_error_errno(failure), "cannot read dir '%s'", links->target);
    g_error_free(failure);
    return false;
}

AljLinks *
alj_links_read(AljCall *call, const AljPoolDef *pool, GError **error)
{
    g_autoptr(AljLinks) links = g_new0(AljLinks, 1);
    links->target = g_strdup(pool->target_path);
    if (strcmp(links->target, "/dev") == 0 || !alj_udev_answers(call->host))
        return g_steal_pointer(&links);
    links->by_node = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    return read_dir(call, links, error) ? g_steal_pointer(&links) : NULL;
}

void
alj_links_free(AljLinks *links)
{
    if (!links)
        return;
    g_free(links->target);
    g_clear_pointer(&links->by_node, g_hash_table_unref);
    g_free(links);
}

/* The one that says what the device is wins; then the first in the order of bytes. */
static const char *
choose(const GPtrArray *names, const char *serial)
{
    const char *chosen = NULL;
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (serial && g_str_has_prefix(name, "scsi-") && strcmp(name + strlen("scsi-"), serial) == 0)
            return name;
        if (!chosen || strcmp(name, chosen) < 0)
            chosen = name;
    }
    return chosen;
}

char *
alj_links_path(const AljLinks *links, const AljScsiLun *lun)
{
    if (!links->by_node)
        return g_strdup_printf("/dev/%s", lun->node);
    const GPtrArray *names = g_hash_table_lookup(links->by_node, lun->node);
    return names ? g_build_filename(links->target, choose(names, lun->identity.serial), NULL) : NULL;
}
