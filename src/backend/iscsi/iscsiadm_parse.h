/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard output of iscsiadm. Pure; the names in it are a server's and may be anything. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define ALJ_ISCSI_NAME_MAX 223 /* bytes; RFC 7143 4.2.7.1 */

/** alj_iscsi_is_name: whether @name can be that of a target or initiator, and one word of a command line and of a path. */
bool alj_iscsi_is_name(const char *name);

/**
 * alj_iscsiadm_parse_targets: names in the lines "ADDRESS:PORT,TAG NAME" of a discovery, each once, in their order; other lines are
 * passed over. (transfer full, of char *)
 */
GPtrArray *alj_iscsiadm_parse_targets(const char *output);

/** alj_iscsiadm_parse_interface: which interface in the lines "NAME TRANSPORT,HW,IP,NET,INITIATOR" is of @initiator; NULL: none. (transfer full) */
char *alj_iscsiadm_parse_interface(const char *output, const char *initiator);
