/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where an iSCSI server listens: the text by which volumes name it, and its numeric addresses. */
#pragma once

#include "base/task.h"
#include "model/pool.h"

/** alj_portal_text: "HOST:PORT", the host as the document has it, port 3260 where it has none. (transfer full) */
char *alj_portal_text(const AljPoolHost *host);

/**
 * alj_portal_resolve:
 * @portal: a text of the above, or a server's "HOST[:PORT][,TAG]"
 * Asks the resolver, which may take long, but never longer than @task allows. Returns: "192.0.2.1:3260", "[2001:db8::1]:3260", …,
 * NULL-terminated, at least one, at most 8 (transfer full). Errors: INTERNAL "cannot resolve 'HOST': …", TIMEOUT, ABORTED.
 */
char **alj_portal_resolve(const char *portal, AljTask *task, GError **error);
