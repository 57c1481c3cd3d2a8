/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pool types in memory that do what the test says: late, never, or wrong. Everything is addressed by pool name. */
#pragma once

#include "backend/backend.h"

extern const AljBackend fake_dir;    /* all operations, local */
extern const AljBackend fake_netfs;  /* the same, remote, volumes in the lane, scans by a connection */
extern const AljBackend fake_mpath;  /* only scan */

/** fake_reset: an empty world without scripts. */
void fake_reset(void);

/* The storage of a pool: there or not, up or not, with volumes. */
void fake_make(const char *pool);
void fake_set_up(const char *pool, bool is_up);
bool fake_is_up(const char *pool);
void fake_put(const char *pool, const char *volume, uint64_t capacity, uint64_t allocation);
void fake_put_other(const char *pool, const char *volume, uint64_t identity); /* another one of that name */
void fake_put_overlay(const char *pool, const char *volume, const char *backing_path);
void fake_take(const char *pool, const char *volume);
bool fake_has(const char *pool, const char *volume);

/* What the next calls of an operation ("scan", "pool-start", "vol-create", …) do. */

/** fake_hang: they wait until fake_release(). @heeds_cancel: or until their task says that they must end. */
void fake_hang(const char *op, const char *pool, bool heeds_cancel);
void fake_release(const char *op, const char *pool);

/** fake_await: waits until a call hangs there; the test fails after ten seconds. */
void fake_await(const char *op, const char *pool);

/** fake_progress: while a call hangs there, @bytes more are done every 10 ms. */
void fake_progress(const char *op, const char *pool, uint64_t bytes);

/** fake_fail: the next call fails. */
void fake_fail(const char *op, const char *pool, AljError code, const char *text);

/** fake_calls: how often it was called since fake_reset(). */
unsigned fake_calls(const char *op, const char *pool);

/** fake_flags: the flags the operation last got. */
unsigned fake_flags(const char *op, const char *pool);
