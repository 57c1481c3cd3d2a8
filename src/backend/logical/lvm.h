/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LVM's programs: run with limits, judged by their exit status, never by what they print for people. What changes something
 * is not interrupted when a client goes away: a program that dies between suspending a device and resuming it leaves it
 * frozen.
 */
#pragma once

#include "backend/backend.h"
#include "backend/logical/report.h"

/**
 * alj_lvm_change: runs a program that changes something. @argv: NULL-terminated, argv[0] its name.
 * Errors: INTERNAL with the program's own words, TIMEOUT, SYSTEM; ABORTED only before it was begun.
 */
bool alj_lvm_change(AljCall *call, const char *const *argv, GError **error);

/** alj_lvm_take_back: alj_lvm_change() for undoing: also if the task was cancelled; tells no failure. Returns: whether it worked. */
bool alj_lvm_take_back(AljCall *call, const char *const *argv);

/**
 * alj_lvm_read: group @name with all its volumes.
 * Errors: CONFIG_UNSUPPORTED if there is no such group, or it is exported or shared; BAD_STATE if there are several; INTERNAL, TIMEOUT.
 */
AljLvmGroup *alj_lvm_read(AljCall *call, const char *name, GError **error);

/** alj_lvm_read_totals: the same without its volumes: of many, each would be looked at. */
AljLvmGroup *alj_lvm_read_totals(AljCall *call, const char *name, GError **error);

/** alj_lvm_read_volume: the same with volume @volume only, and @beside (nullable), if that is there. Errors: also NO_VOL. */
AljLvmGroup *alj_lvm_read_volume(AljCall *call, const char *name, const char *volume, const char *beside, GError **error);

/** alj_lvm_find_groups: all groups this host sees, without volumes: of AljLvmGroup. Errors: INTERNAL, TIMEOUT. */
GPtrArray *alj_lvm_find_groups(AljCall *call, GError **error);

/** alj_lvm_find_devices: all physical volumes this host sees: of AljLvmDevice. Errors: INTERNAL, TIMEOUT. */
GPtrArray *alj_lvm_find_devices(AljCall *call, GError **error);

/** alj_lvm_check_whole: that no physical volume is missing, so that the group can be changed. Errors: BAD_STATE. */
bool alj_lvm_check_whole(const AljLvmGroup *group, GError **error);

/* The letters of lvs(8). */

/** alj_lvm_is_active: whether it has a node: active or suspended. */
bool alj_lvm_is_active(const AljLvmVolume *volume);
bool alj_lvm_is_suspended(const AljLvmVolume *volume);
bool alj_lvm_is_open(const AljLvmVolume *volume);
bool alj_lvm_is_thin_pool(const AljLvmVolume *volume);
/** alj_lvm_is_blank: whether a new thin volume reads as zeros wherever it is not written: its thin pool clears blocks that come. */
bool alj_lvm_is_blank(const AljLvmVolume *volume);
/** alj_lvm_is_snapshot: a snapshot of the old kind, with room of its own for what changes. */
bool alj_lvm_is_snapshot(const AljLvmVolume *volume);
/** alj_lvm_skips_activation: it is not activated with its group. */
bool alj_lvm_skips_activation(const AljLvmVolume *volume);
