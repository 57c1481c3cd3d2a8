/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pool directory on the real file system, a host whose calls can be made to fail, and a call as the core makes them. */
#pragma once

#include "backend/backend.h"
#include "base/task.h"
#include "host/host.h"

typedef struct Fixture {
    char *base;               /* temporary; the pool is in it */
    AljHost *host;
    AljPoolDef *pool;
    AljTask task;
    AljCall call;
    AljInventory *inventory;  /* of the last fixture_scan(); what find_vol_by_path looks in */
    AljRoot root;             /* of the running pool; zeros until a test sets it */
    GHashTable *owned;        /* names registered as temporaries */
    GString *forgotten;       /* names of volumes that went along with others, each with a newline */
} Fixture;

void fixture_set_up(Fixture *f, gconstpointer unused);
void fixture_tear_down(Fixture *f, gconstpointer unused);

/** fixture_add: g_test_add with this fixture. */
#define fixture_add(path, function) g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

/** fixture_shell: runs a command in the pool's directory and returns its output; a failing one ends the test. */
char *fixture_shell(Fixture *f, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** fixture_scan: scans the pool anew and returns the inventory, which the fixture keeps. */
const AljInventory *fixture_scan(Fixture *f);

/** fixture_find: the volume of the last scan, or NULL. */
AljVolDef *fixture_find(Fixture *f, const char *name);

/** fixture_request: the volume of a document, planned as the core does. @inner: what stands after the name. */
AljVolDef *fixture_request(Fixture *f, const char *name, const char *inner);

/** fixture_create: makes a volume out of such a document, which must work, and scans. */
void fixture_create(Fixture *f, const char *name, const char *inner);

/** fixture_list: names, types, sizes, modes and contents of the pool directory as text. (transfer full) */
char *fixture_list(Fixture *f);

/** An operation for fixture_fail_each: returns whether it worked. */
typedef bool (*Attempt)(Fixture *f, GError **error);

/**
 * fixture_fail_each:
 * Repeats @attempt with its 1st, 2nd, … call on the host failing. After each failure the directory must be as before and
 * no temporary registered. Where it works in spite of it, and at the end, @take_back (nullable) makes things as before.
 */
void fixture_fail_each(Fixture *f, Attempt attempt, void (*take_back)(Fixture *f));

/** fixture_assert_fails: that @result is no success and @error says exactly @text (with the prefix of its code). */
#define fixture_assert_fails(result, error, text)                                                            \
    do {                                                                                                     \
        g_assert_false(result);                                                                              \
        g_assert_nonnull(error);                                                                             \
        g_autofree char *fixture_text = alj_error_text(error);                                               \
        g_assert_cmpstr(fixture_text, ==, text);                                                             \
        g_clear_error(&(error));                                                                             \
    } while (0)

/** fixture_has_tool: whether @program can be run; skips the test with the reason if not. */
bool fixture_has_tool(const char *program);
