/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A core in a temporary directory on the fake backends, and short ways to ask it for things. */
#pragma once

#include "core/op.h"
#include "fake_backend.h"

typedef struct Fixture {
    char *dir, *config_dir, *state_dir;
    AljHost *host;
    AljCoreLimits limits;
    AljCore *core;
} Fixture;

/** fixture_open: a new directory and a running core in it; the fake world is empty. */
void fixture_open(Fixture *fx);
void fixture_open_slow(Fixture *fx); /* with deadlines of tenths of a second */
void fixture_close(Fixture *fx);

/** run_tests: g_test_run(), and the end of the threads of pools that a test let go of after its core. */
int run_tests(void);

/** fixture_restart: the core ends and another one takes over; runs if @runs. */
void fixture_restart(Fixture *fx, bool runs);

/** fixture_try_core: another core in the same directories. */
AljCore *fixture_try_core(Fixture *fx, GError **error);

/** settle: waits until no operation is left; the test fails after ten seconds. */
void settle(Fixture *fx);

#define UUID_1 "11111111-1111-4111-8111-111111111111"
#define UUID_2 "22222222-2222-4222-8222-222222222222"

/** pool_xml: a dir pool NAME with target /fake/NAME and @uuid (nullable). */
char *pool_xml(const char *name, const char *uuid);
char *vol_xml(const char *name, uint64_t capacity, uint64_t allocation);

/* Each runs one operation and fails the test if it fails. */
AljPool *define(Fixture *fx, const char *name);      /* with its storage there */
AljPool *define_started(Fixture *fx, const char *name);
AljPool *define_netfs(Fixture *fx, const char *name); /* started */
void run_ok(Fixture *fx, AljOpKind kind, AljPool *pool, unsigned flags);
void create_vol(Fixture *fx, AljPool *pool, const char *name, uint64_t capacity);

/** op_new: an operation on @pool, volume @vol (nullable). */
AljOp *op_new(Fixture *fx, AljOpKind kind, AljPool *pool, const char *vol);

/** run_fails: runs @take_op and asserts code and whole text of its error. */
void run_fails(AljOp *take_op, AljError code, const char *text);
void assert_error(GError *take_error, AljError code, const char *text);

/** Background: an operation that runs while the test goes on. */
typedef struct Background Background;
Background *background(AljOp *take_op);
uint64_t background_id(Background *back);
bool background_is_done(Background *back);
/** background_join: waits for its end; the test fails after ten seconds. Returns: its error (transfer full) or NULL. */
GError *background_join(Background *take_back);

/** remove_tree: a directory and everything in it. */
void remove_tree(const char *path);

/** list_dir: names of the entries, sorted, blank between. (transfer full) */
char *list_dir(const char *dir);

/** vol_names: names of the volumes, blank between; or "!" and the error. (transfer full) */
char *vol_names(AljPool *pool);
