/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel says about processors and memory. The files are of the kernel's own file systems, so reading them on the loop
 * thread waits for nobody. The processor topology is read once.
 */
#include "daemon/node.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CPU_DIR  "/sys/devices/system/cpu"
#define NODE_DIR "/sys/devices/system/node"

static long
read_number(const char *path, long otherwise)
{
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? strtol(text, NULL, 10) : otherwise;
}

/* How many CPUs a list such as "0-3,8" names. */
static int
count_list(const char *text)
{
    int count = 0;
    g_auto(GStrv) ranges = g_strsplit(text, ",", -1);
    for (size_t i = 0; ranges[i]; i++) {
        char *end = NULL;
        long first = strtol(ranges[i], &end, 10);
        long last = *end == '-' ? strtol(end + 1, NULL, 10) : first;
        count += last >= first ? (int) (last - first + 1) : 0;
    }
    return count;
}

static int
count_in_file(const char *path, int otherwise)
{
    g_autofree char *text = NULL;
    int count = g_file_get_contents(path, &text, NULL, NULL) ? count_list(text) : 0;
    return count > 0 ? count : otherwise;
}

static int
count_sockets(int cpus)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (int cpu = 0; cpu < cpus; cpu++) {
        g_autofree char *path = g_strdup_printf(CPU_DIR "/cpu%d/topology/physical_package_id", cpu);
        g_hash_table_add(seen, GINT_TO_POINTER((int) read_number(path, 0)));
    }
    return (int) MAX(g_hash_table_size(seen), 1);
}

static int
read_mhz(void)
{
    g_autofree char *text = NULL;
    const char *found = NULL;
    if (g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        found = strstr(text, "cpu MHz");
    found = found ? strchr(found, ':') : NULL;
    return found ? (int) strtol(found + 1, NULL, 10) : 0;
}

static void
read_topology(AljWireNodeInfo *info)
{
    info->cpus = (int) sysconf(_SC_NPROCESSORS_ONLN);
    info->nodes = count_in_file(NODE_DIR "/online", 1);
    info->threads = count_in_file(CPU_DIR "/cpu0/topology/thread_siblings_list", 1);
    info->sockets = MAX(count_sockets(info->cpus) / info->nodes, 1);
    int per_core = info->nodes * info->sockets * info->threads;
    info->cores = MAX((info->cpus + per_core - 1) / per_core, 1);
    info->mhz = read_mhz();
}

void
alj_node_info(AljWireNodeInfo *ret)
{
    static AljWireNodeInfo once;
    if (once.cpus == 0) {
        struct utsname name;
        read_topology(&once);
        once.memory_kib = (uint64_t) sysconf(_SC_PHYS_PAGES) * (uint64_t) sysconf(_SC_PAGESIZE) / 1024;
        g_strlcpy(once.model, uname(&name) == 0 ? name.machine : "unknown", sizeof once.model);
    }
    *ret = once;
}

/* The number behind "@key:" in a meminfo file; lines of a node's file begin with "Node 0 ". */
static bool
find_value(const char *text, const char *key, uint64_t *ret)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i]; i++) {
        const char *found = strstr(lines[i], key);
        size_t length = strlen(key);
        if (!found || found[length] != ':' || (found > lines[i] && found[-1] != ' '))
            continue;
        *ret = strtoull(found + length + 1, NULL, 10);
        return true;
    }
    return false;
}

unsigned
alj_node_memory(int cell, AljWireNodeMemStat ret[static ALJ_NODE_MEMORY_MAX], GError **error)
{
    static const struct {
        const char *key, *field;
    } rows[ALJ_NODE_MEMORY_MAX] = { { "MemTotal", "total" }, { "MemFree", "free" }, { "Buffers", "buffers" }, { "Cached", "cached" } };
    g_autofree char *path = cell == -1 ? g_strdup("/proc/meminfo") : g_strdup_printf(NODE_DIR "/node%d/meminfo", cell);
    g_autofree char *text = NULL;
    unsigned count = 0;
    if (cell < -1 || !g_file_get_contents(path, &text, NULL, NULL)) {
        alj_fail_area(error, ALJ_AREA_DOMAIN, ALJ_ERROR_INVALID_ARG, "no memory cell %d", cell);
        return 0;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (find_value(text, rows[i].key, &ret[count].value))
            ret[count++].field = (char *) rows[i].field; /* borrowed, like all strings of results */
    }
    return count;
}
