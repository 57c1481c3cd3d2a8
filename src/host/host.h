/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/**
 * AljHost:
 * The door to storage and programs. One per core; shared by all workers, so its functions are thread-safe. Tests
 * make one that fails on purpose: see alj_host_fail_nth().
 */
typedef struct AljHost AljHost;

/** alj_host_new: @private_dir: directory of ours for short-lived files (below /run), made on demand. */
AljHost *alj_host_new(const char *private_dir);
void alj_host_free(AljHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljHost, alj_host_free)

const char *alj_host_private_dir(const AljHost *host);

/**
 * alj_host_fail_nth:
 * For tests: the @nth (from 1) call that can fail, counted from now on, fails with @os_errno. 0 turns it off.
 */
void alj_host_fail_nth(AljHost *host, unsigned nth, int os_errno);

/** alj_host_die_nth: the same, but there the process is gone, as after `kill -9`. */
void alj_host_die_nth(AljHost *host, unsigned nth);

/** alj_host_calls: how many calls that can fail were made since alj_host_fail_nth(). */
unsigned alj_host_calls(AljHost *host);

/**
 * alj_host_gate:
 * Called by every function of this folder right before a system call that changes or reads storage.
 * @what: name of the step, for traces. Returns: 0, or the errno this call must fail with.
 */
int alj_host_gate(AljHost *host, const char *what);

/**
 * alj_host_set_root:
 * For tests: the directory that stands for / where sysfs, links to devices, node records of iSCSI and programs are looked for.
 */
void alj_host_set_root(AljHost *host, const char *root);

/** alj_host_has_root: whether a test has set one. */
bool alj_host_has_root(const AljHost *host);

/** alj_host_path: where @path, which begins with '/', is: itself, or below the root of a test. (transfer full) */
char *alj_host_path(const AljHost *host, const char *path);

/** alj_host_tmp_prefix: ".aljibe-new.<16 hex of machine-id hash>.", for names a scan ignores. */
const char *alj_host_tmp_prefix(const AljHost *host);

/** alj_host_is_tmp_name: whether @name is a temporary of any aljibe (own or of another host). */
bool alj_host_is_tmp_name(const char *name);
