/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zfs and zpool for tests: a script stands in their place that insists on every command line, in order, and says what the
 * real ones say. Nodes of volumes are a file. That real zfs takes these command lines is shown by tests/lab/zfs.py.
 */
#pragma once

#include "fixture.h"

#include "backend/zfs/parse.h"

#define FIELDS "-o " ALJ_ZFS_FIELDS
#define LIST   "zfs list -Hp -d 1 -t filesystem,volume " FIELDS
#define LOOK   "zfs list -Hp -t filesystem,volume " FIELDS
#define POOLS  "zpool list -Hp -o name"
#define NAMES  "zfs list -Hp -d 1 -t filesystem,volume -o name"
#define SNAPS  "zfs list -Hp -d 1 -t snapshot -s createtxg -o " ALJ_ZFS_SNAPSHOT_FIELDS
#define OWN    "zfs get -Hp -s local -o value aljibe:unfinished"
#define MIB    (UINT64_C(1) << 20)

/** Lines of a listing. All volumes have the GUID 42 unless it is said. */
#define SYSTEM(name)              name "\tfilesystem\t7\t1000\t9000\t-\t-\t500\t0\t-\t-\n"
#define PARENT                    SYSTEM("tank")
#define VOLUME_OF(name, size, guid) "tank/" name "\tvolume\t" guid "\t4096\t9000\t" size "\t8192\t4096\t0\t-\t-\n"
#define VOLUME(name, size)        VOLUME_OF(name, size, "42")
#define GUID                      42

/** What destroys a volume by its GUID or its mark, and what that says. */
#define DESTROY(name)        "zfs program -j -- tank aljibe-destroy tank/" name " guid 42 alone"
#define DESTROY_ALL(name)    "zfs program -j -- tank aljibe-destroy tank/" name " guid 42 snapshots"
#define DESTROY_MARKED(name) "zfs program -j -- tank aljibe-destroy tank/" name " aljibe:unfinished MARK alone"
#define GONE                 "{\"return\":0}"
#define SAID(word)           "{\"return\":\"" word "\"}"

/** ZfsStep: a command line and its output; FAILS: it ends with status 1. MARK and SNAP stand for what is made up anew each time. */
typedef struct ZfsStep {
    const char *command, *output;
} ZfsStep;

#define FAILS NULL
#define DONE  ""

/** zfs_script: what is to be called next; ends with a NULL command. */
extern struct ZfsScript {
    const ZfsStep *next;
    GString *mark, *snapshot;
    char *node;            /* the file that is every node */
    const char *node_name; /* (nullable) the dataset whose node it has become since it was opened */
} zfs_script;

#define play(...) (zfs_script.next = (const ZfsStep[]) { __VA_ARGS__, { NULL, NULL } })

/** assert_played: that all of the script was played. */
#define assert_played() g_assert_cmpstr(zfs_script.next->command, ==, NULL)

/** zfs_add: g_test_add for a pool "p" on the zpool "tank". */
#define zfs_add(name, function)                                                                              \
    g_test_add("/backend/zfs/" name, Fixture, NULL, zfs_script_set_up, function, zfs_script_tear_down)

void zfs_script_set_up(Fixture *f, gconstpointer unused);
void zfs_script_tear_down(Fixture *f, gconstpointer unused);

/** zfs_set_dataset: lets the pool be on dataset @name. */
void zfs_set_dataset(Fixture *f, const char *name);
