/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/refs.h"
#include "base/uuid.h"

#include <glib.h>
#include <stdbool.h>

/** AljSecretUsage: what a secret is for; the numbers are the protocol's. */
typedef enum AljSecretUsage {
    ALJ_SECRET_NONE,
    ALJ_SECRET_VOLUME,
    ALJ_SECRET_CEPH,
    ALJ_SECRET_ISCSI,
    ALJ_SECRET_TLS,
    ALJ_SECRET_VTPM,
    ALJ_N_SECRET_USAGES
} AljSecretUsage;

/** AljSecretDef: what is known of a secret but its value. Never changed once it can be seen by others; counted. */
typedef struct AljSecretDef {
    AljRefs refs;
    AljUuid uuid;
    bool is_ephemeral;  /* kept in memory only */
    bool is_private;    /* the value is for the daemon alone */
    char *description;  /* NULL: none */
    AljSecretUsage usage;
    char *usage_id;     /* the volume's path, the name, the target; NULL for ALJ_SECRET_NONE */
} AljSecretDef;

AljSecretDef *alj_secret_def_ref(AljSecretDef *def);
void alj_secret_def_unref(AljSecretDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljSecretDef, alj_secret_def_unref)

/**
 * alj_secret_def_parse:
 * A document without uuid gets a new one. Errors (area SECRET): XML_DETAIL, XML, INTERNAL, CONFIG_UNSUPPORTED with libvirt's words.
 * Any thread.
 */
AljSecretDef *alj_secret_def_parse(const char *xml, gssize length, GError **error);

/** alj_secret_def_validate: checks @xml against data/schemas/secret.rng in @schema_dir. Errors: XML_SCHEMA (area XML). */
bool alj_secret_def_validate(const char *xml, const char *schema_dir, GError **error);

/** alj_secret_def_format: the document, byte for byte as libvirt writes it, with a final newline (transfer full). */
char *alj_secret_def_format(const AljSecretDef *def);
