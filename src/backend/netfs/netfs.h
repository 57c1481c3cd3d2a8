/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of netfs pools: what a server exports, and who logs in to it. */
#pragma once

#include "backend/backend.h"
#include "host/run.h"

/* ---- exports.c ---- */

/**
 * alj_netfs_parse_exports:
 * @output: of `showmount --no-headers --exports`, which anybody may have written
 * Returns: (transfer full) of char *: the exported directories in the order of the server, none twice. Lines that are none are left
 * out. Pure. Source: nfs-utils utils/showmount/showmount.c: the path padded with blanks, a blank, and what clients may mount it.
 */
GPtrArray *alj_netfs_parse_exports(const char *output);

/* ---- login.c ---- */

/** AljNetfsLogin: how a cifs pool logs in, as mount(8) is told; what is secret is in a file that exists in memory only. */
typedef struct AljNetfsLogin {
    char *options;      /* all options of the mount, nothing secret among them */
    int fds[2];         /* for AljMountRequest; both -1: nothing is secret */
    char *word;         /* "/dev/fd/N" in the options */
    AljRunName names[2];
} AljNetfsLogin;

#define ALJ_NETFS_LOGIN_INIT { .fds = { -1, -1 } }

/**
 * alj_netfs_login_begin:
 * @ret: initialized; valid until alj_netfs_login_clear()
 * The options of a cifs pool's mount: as a guest, unless <auth> or the options say who. A password among the options is
 * taken out of them: command lines and the table of mounts can be read by everybody.
 * Errors: CONFIG_UNSUPPORTED, INVALID_ARG, NO_SECRET (area SECRET), SYSTEM.
 */
bool alj_netfs_login_begin(AljCall *call, const AljPoolDef *pool, AljNetfsLogin *ret, GError **error);
void alj_netfs_login_clear(AljNetfsLogin *login);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljNetfsLogin, alj_netfs_login_clear)
