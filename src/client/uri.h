/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a URI asks for. Pure, but for the environment and the user id. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** AljUri: where to connect and what to call it there. */
typedef struct AljUri {
    char *given;     /* the URI itself; NULL: none was given, and the server is to say what it is */
    char *embed_dir; /* absolute; NULL: a socket */
    GStrv sockets;   /* paths to try in this order */
    char *name;      /* for CONNECT_OPEN; "" lets the server choose */
} AljUri;

/**
 * alj_uri_parse:
 * @text: NULL: $ALJIBE_URI; without that, and for "", the server of this kind of user
 * @is_readonly: take the sockets for readers, where there are such
 * Errors: INVALID_ARG.
 */
bool alj_uri_parse(const char *text, bool is_readonly, AljUri *ret, GError **error);

void alj_uri_clear(AljUri *uri);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljUri, alj_uri_clear)
