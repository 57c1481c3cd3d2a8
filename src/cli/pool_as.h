/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools described by options: what pool-define-as and pool-create-as have in common. */
#pragma once

#include "cli/cli.h"

#define ALJ_OPT_POOL_TYPE(text)                                                                         \
    { .name = "type", .kind = ALJ_OPTION_WORD, .is_required = true, .words = alj_pool_types, .help = text }

#define ALJ_OPT_POOL_AS                                                                                 \
    ALJ_OPT_NEEDED("name", ALJ_OPTION_TEXT, "name of the pool"),                                        \
    ALJ_OPT_POOL_TYPE("type of the pool"),                                                              \
    ALJ_OPT_FLAG("print-xml", "print the document instead of using it"),                                \
    ALJ_OPT_VALUE("source-host", ALJ_OPTION_TEXT, "host the storage comes from"),                       \
    ALJ_OPT_VALUE("source-path", ALJ_OPTION_TEXT, "path on the source host"),                           \
    ALJ_OPT_VALUE("source-dev", ALJ_OPTION_FILE, "device the storage is on"),                           \
    ALJ_OPT_VALUE("source-name", ALJ_OPTION_TEXT, "name at the source, as of a volume group"),          \
    ALJ_OPT_VALUE("target", ALJ_OPTION_DIR, "path where the volumes appear"),                           \
    { .name = "source-format", .kind = ALJ_OPTION_WORD, .words = alj_pool_formats,                      \
      .help = N_("format of the source") },                                                             \
    { .name = "auth-type", .kind = ALJ_OPTION_WORD, .words = alj_auth_types,                            \
      .help = N_("kind of login at the source") },                                                      \
    ALJ_OPT_VALUE("auth-username", ALJ_OPTION_TEXT, "user name at the source"),                         \
    { .name = "secret-usage", .kind = ALJ_OPTION_TEXT, .excludes = { "secret-uuid" },                   \
      .help = N_("usage text of the secret to log in with") },                                              \
    ALJ_OPT_VALUE("secret-uuid", ALJ_OPTION_TEXT, "UUID of the secret to log in with"),                 \
    ALJ_OPT_VALUE("adapter-name", ALJ_OPTION_TEXT, "name of the SCSI host adapter"),                    \
    ALJ_OPT_VALUE("adapter-wwnn", ALJ_OPTION_TEXT, "node name of the virtual adapter"),                 \
    ALJ_OPT_VALUE("adapter-wwpn", ALJ_OPTION_TEXT, "port name of the virtual adapter"),                 \
    ALJ_OPT_VALUE("adapter-parent", ALJ_OPTION_TEXT, "host adapter the virtual one is made on"),        \
    ALJ_OPT_VALUE("adapter-parent-wwnn", ALJ_OPTION_TEXT, "node name of that host adapter"),            \
    ALJ_OPT_VALUE("adapter-parent-wwpn", ALJ_OPTION_TEXT, "port name of that host adapter"),            \
    ALJ_OPT_VALUE("adapter-parent-fabric-wwn", ALJ_OPTION_TEXT, "fabric name of that host adapter"),    \
    ALJ_OPT_VALUE("source-protocol-ver", ALJ_OPTION_TEXT, "NFS version to mount with"),                 \
    ALJ_OPT_VALUE("source-initiator", ALJ_OPTION_TEXT, "iSCSI name of the initiator"),                  \
    ALJ_OPT_FLAG("subvolumes", "make each volume a btrfs sub-volume (pools of type dir)")

/** alj_pool_types: the names of all pool types in the order of their list flags, ended by NULL. */
extern const char *const alj_pool_types[];
/** alj_pool_formats: the formats of all pool types; alj_auth_types: the kinds of login. For completion. */
extern const char *const alj_pool_formats[], *const alj_auth_types[];

/**
 * alj_pool_document: the pool document @args describe. (transfer full). NULL if an option is not for that type of pool, which would pass
 * over it: the user has been told.
 */
char *alj_pool_document(AljCli *cli, const AljArgs *args);

/** alj_pool_start_flags: ALJIBE_POOL_START_… from the options of ALJ_OPT_BUILD. */
unsigned alj_pool_start_flags(const AljArgs *args);
