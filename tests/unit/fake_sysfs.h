/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory that stands for / in tests of SCSI hosts: sysfs as a kernel with a few disks shows it, links as udev makes them. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>

/* What a unit of tgt, of QEMU and of scsi_debug really say of themselves, recorded from a kernel. */
#define PAGE83_TGT \
    "0083004802010024494554202020202030303032303030310000000000000000000000000000000000000000" \
    "0103000830000002000000010103001060000000000000000e00000000020001"
#define PAGE83_QEMU "00830008020000046c616231"
#define PAGE80_QEMU "008000046c616231"
#define PAGE83_DEBUG \
    "008300700201001c4c696e7578202020736373695f6465627567202020202020343030300103000833333330" \
    "00000fa06194000400000001619300083222222000000f9e619500040000020061a300083222222000000f9d" \
    "63a800186e61612e3332323232323230303030303046394400000000"

/* Runs a shell command in the directory @root; it must work. */
static inline void G_GNUC_PRINTF(2, 3)
fake_run(const char *root, const char *format, ...)
{
    va_list args;
    int status = -1;
    va_start(args, format);
    g_autofree char *command = g_strdup_vprintf(format, args);
    va_end(args);
    const char *argv[] = { "sh", "-ec", command, NULL };
    g_assert_true(g_spawn_sync(root, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
    if (status != 0)
        g_error("failed: %s", command);
}

/* Writes ROOT/PATH and makes its directories. */
static inline void
fake_file(const char *root, const char *path, const void *data, gssize size)
{
    g_autofree char *file = g_build_filename(root, path, NULL), *dir = g_path_get_dirname(file);
    g_assert_cmpint(g_mkdir_with_parents(dir, 0755), ==, 0);
    g_assert_true(g_file_set_contents(file, data, size, NULL));
}

static inline GBytes *
fake_bytes(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();
    for (; hex[0] && hex[1]; hex += 2) {
        guint8 byte = (guint8) (g_ascii_xdigit_value(hex[0]) * 16 + g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(bytes, &byte, 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

/* A unit "H:C:T:L" with type 0 (disk) or 5 (CD drive); @node NULL: without block device; @page83 NULL: it says nothing. */
static inline void
fake_unit(const char *root, const char *address, int type, const char *node, const char *sectors, const char *page83)
{
    g_autofree char *dir = g_strdup_printf("sys/bus/scsi/devices/%s", address);
    fake_run(root, "mkdir -p %s; echo %d >%s/type; echo 'QEMU    ' >%s/vendor; echo 'QEMU HARDDISK   ' >%s/model", dir, type, dir, dir,
             dir);
    if (node)
        fake_run(root, "mkdir -p '%s/block/%s' dev; echo %s >'%s/block/%s/size'; : >dev/'%s'", dir, node, sectors, dir, node, node);
    if (!page83)
        return;
    g_autoptr(GBytes) bytes = fake_bytes(page83);
    g_autofree char *page = g_build_filename(dir, "vpd_pg83", NULL);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    fake_file(root, page, data, (gssize) size);
}
