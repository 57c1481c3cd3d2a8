/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Command lines of iscsiadm, one function each. Nothing secret is among their words. All run on a pool's workers, with a limit of
 * time; errors are those of alj_run().
 */
#pragma once

#include "backend/backend.h"

/* Exit statuses. Source: iscsiadm(8). */
#define ALJ_ISCSIADM_SESSION_EXISTS 15
#define ALJ_ISCSIADM_AUTH_FAILED    24

/** AljIscsiNode: a target over one portal and one interface. All words of command lines, checked. */
typedef struct AljIscsiNode {
    const char *portal; /* "127.0.0.1:3260", "[::1]:3260" */
    const char *target, *interface;
} AljIscsiNode;

/** alj_iscsiadm_discover: asks the server at @portal for its targets; nothing is stored. @interface: (nullable). (transfer full) */
char *alj_iscsiadm_discover(AljCall *call, const char *portal, const char *interface, GError **error);

/** alj_iscsiadm_interfaces: all interfaces. (transfer full) */
char *alj_iscsiadm_interfaces(AljCall *call, GError **error);

/** alj_iscsiadm_new_interface: makes it, or makes it anew. @initiator: (nullable) its name of its own. */
bool alj_iscsiadm_new_interface(AljCall *call, const char *interface, const char *initiator, GError **error);

/** alj_iscsiadm_new_node: makes the record of @node, or makes it anew, with the defaults. */
bool alj_iscsiadm_new_node(AljCall *call, const AljIscsiNode *node, GError **error);

/** alj_iscsiadm_login: @ret_status: exit status, -1 if there is none. */
bool alj_iscsiadm_login(AljCall *call, const AljIscsiNode *node, int *ret_status, GError **error);

bool alj_iscsiadm_logout(AljCall *call, unsigned session, GError **error);

/** alj_iscsiadm_rescan: the kernel looks for new units, and at the sizes of all. */
bool alj_iscsiadm_rescan(AljCall *call, unsigned session, GError **error);

/** alj_iscsiadm_forget: removes the records of @target over @interface, and the interface. What is not there is no failure. */
void alj_iscsiadm_forget(AljCall *call, const char *target, const char *interface);
