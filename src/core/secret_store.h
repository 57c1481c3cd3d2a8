/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets on disk, in the layout of libvirt's secret driver: UUID.xml and, once there is a value, UUID.base64. */
#pragma once

#include "model/secret.h"

#define ALJ_SECRET_MAX_BYTES 65536 /* of a value; the protocol's bound */

/** AljSecretStore: one directory, locked unless it is another daemon's. Callers take turns. */
typedef struct AljSecretStore AljSecretStore;

/** AljSecret: one secret; @value is NULL while it has none. */
typedef struct AljSecret {
    AljSecretDef *def;
    GBytes *value;
} AljSecret;

AljSecret *alj_secret_new(AljSecretDef *def, GBytes *value);
void alj_secret_free(AljSecret *secret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljSecret, alj_secret_free)

/**
 * alj_secret_store_new:
 * @is_foreign: the files are another daemon's: they are read and nothing else
 * @credential_dir: (nullable) of systemd.exec(5): the value of a private secret that has none in a file is the credential
 *     aljibe.secret.UUID
 * @dir is locked unless it is foreign; a missing one is made (0700) when something is stored. Errors: BUSY, SYSTEM.
 */
AljSecretStore *alj_secret_store_new(const char *dir, bool is_foreign, const char *credential_dir, GError **error);
void alj_secret_store_free(AljSecretStore *store);
bool alj_secret_store_is_foreign(const AljSecretStore *store);

/**
 * alj_secret_store_load:
 * All secrets that can be read, sorted by file name; what cannot is logged and left alone. In a directory of our own the remains of
 * interrupted changes go. (transfer full) of AljSecret
 */
GPtrArray *alj_secret_store_load(AljSecretStore *store);

/**
 * alj_secret_store_credential:
 * The value that the service manager hands over for the secret @uuid. What cannot be read is logged. (transfer full, nullable: there
 * is none)
 */
GBytes *alj_secret_store_credential(const AljSecretStore *store, const AljUuid *uuid);

/** alj_secret_store_has_changed: whether anything was put into or taken out of the directory since the last load. */
bool alj_secret_store_has_changed(AljSecretStore *store);

/**
 * alj_secret_store_save_def, alj_secret_store_save_value, alj_secret_store_remove:
 * Durable when they return true; else the file is as it was. Removing takes the definition first: with it the secret is gone.
 * Errors: SYSTEM; DENIED in a foreign directory.
 */
bool alj_secret_store_save_def(AljSecretStore *store, const AljSecretDef *def, GError **error);
bool alj_secret_store_save_value(AljSecretStore *store, const AljUuid *uuid, GBytes *value, GError **error);
bool alj_secret_store_remove(AljSecretStore *store, const AljUuid *uuid, GError **error);

/** alj_secret_store_check_own: whether it may be changed at all. Errors: DENIED, with what to do instead. */
bool alj_secret_store_check_own(const AljSecretStore *store, GError **error);
