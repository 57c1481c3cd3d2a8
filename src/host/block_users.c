/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who uses a device: what the kernel refuses it for, looked up in its tables. Any thread. */
#include "host/block_users.h"

#include "host/mounts.h"

#include <string.h>

/* The first device in the directory `holders`, or NULL. (transfer full) */
static char *
find_holder(dev_t device)
{
    g_autofree char *path = alj_block_sys_path(device, "holders");
    g_autoptr(GDir) holders = g_dir_open(path, 0, NULL);
    const char *holder = holders ? g_dir_read_name(holders) : NULL;
    return holder ? g_strdup_printf("device '%s' stands on it", holder) : NULL;
}

/* Whether @line begins with the path of the device. */
static bool
names_device(const char *line, dev_t device)
{
    struct stat st;
    g_autofree char *escaped = g_strndup(line, strcspn(line, " \t\n"));
    g_autofree char *path = g_strcompress(escaped);
    return *path == '/' && stat(path, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == device;
}

static char *
find_swap(dev_t device)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/swaps", &text, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (names_device(*line, device))
            return g_strdup("it is swap space");
    return NULL;
}

char *
alj_block_find_user(AljHost *host, const struct stat *st)
{
    g_autofree char *target = alj_mount_where(host, st->st_rdev);
    char *user = target ? g_strdup_printf("it is mounted on '%s'", target) : find_swap(st->st_rdev);
    if (!user)
        user = find_holder(st->st_rdev);
    return user ? user : g_strdup("a part of it is mounted, or a program has claimed it");
}
