/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The secrets of a core: passphrases of volumes, and what other programs of the host keep here. Answers come from memory; changes
 * are operations (core/op.h). What another daemon changes in its files is seen at once by the functions that get a value
 * for our own use, which may wait for the disk and that daemon; by all others from the next question on.
 */
#pragma once

#include "base/task.h"
#include "core/core.h"
#include "model/secret.h"

/** AljSecretWant: which secret is wanted: by its uuid, or by what it is for. Borrows what it points to. */
typedef struct AljSecretWant {
    const AljUuid *uuid; /* NULL: by usage */
    AljSecretUsage usage;
    const char *usage_id;
} AljSecretWant;

/** AljSecretDriver: the daemon that @dir belongs to, to be asked for what it keeps in memory only. */
struct AljSecretDriver {
    /**
     * ask: blocks until @until_usec (monotonic) at the longest; on any worker, several at once. Returns: a sealed value (transfer full);
     * NULL without an error: it does not run, or has no such secret. Errors: why the value cannot be had.
     */
    GBytes *(*ask)(void *data, const AljSecretWant *want, gint64 until_usec, GError **error);
    void *data;
};

/**
 * alj_secrets_new:
 * @driver: (nullable) the files in @dir are this daemon's: they are read and nothing else; copied
 * @credential_dir: see alj_secret_store_new()
 * Reads all that is stored. Errors: BUSY, SYSTEM.
 */
AljSecrets *alj_secrets_new(const char *dir, const AljSecretDriver *driver, const char *credential_dir, GError **error);
void alj_secrets_free(AljSecrets *secrets);

/** alj_secrets_reload: reads the files again; secrets that are in memory only stay. On the worker that writes our own files. */
void alj_secrets_reload(AljSecrets *secrets);

/** AljSecretList: filter of alj_secrets_list(); libvirt's bits. Two bits of a pair mean all, as none does. */
typedef enum AljSecretList {
    ALJ_SECRETS_EPHEMERAL = 1,
    ALJ_SECRETS_NO_EPHEMERAL = 2,
    ALJ_SECRETS_PRIVATE = 4,
    ALJ_SECRETS_NO_PRIVATE = 8,
} AljSecretList;

/** alj_secrets_list: sorted by uuid. (transfer full) of AljSecretDef */
GPtrArray *alj_secrets_list(AljSecrets *secrets, unsigned flags);

/** alj_secrets_find, alj_secrets_find_usage: (transfer full). Errors (area SECRET): NO_SECRET. */
AljSecretDef *alj_secrets_find(AljSecrets *secrets, const AljUuid *uuid, GError **error);
AljSecretDef *alj_secrets_find_usage(AljSecrets *secrets, AljSecretUsage usage, const char *id, GError **error);

/**
 * alj_secrets_value:
 * For our own use, on a worker that may wait: private ones too. What the files do not have is asked of the driver, within the deadline of
 * @task (nullable) and never for longer than ten seconds. (transfer full). Errors (area SECRET): NO_SECRET; those of the driver.
 */
GBytes *alj_secrets_value(AljSecrets *secrets, const AljSecretWant *want, const AljTask *task, GError **error);

/**
 * alj_secrets_public_value: for a client. Errors (area SECRET): NO_SECRET; INVALID_SECRET for a private one.
 */
GBytes *alj_secrets_public_value(AljSecrets *secrets, const AljUuid *uuid, GError **error);

/* Changes: on the worker that writes our own files, one at a time. */

/**
 * alj_secrets_define:
 * A secret of this uuid gets the definition and keeps its value. Errors (area SECRET): INTERNAL, for another secret's uuid or usage;
 * DENIED where the files are another daemon's; SYSTEM.
 */
bool alj_secrets_define(AljSecrets *secrets, AljSecretDef *def, GError **error);

/** alj_secrets_set_value, alj_secrets_undefine: *@ret_def: (transfer full) the secret. Errors as above, NO_SECRET, INVALID_ARG. */
bool alj_secrets_set_value(AljSecrets *secrets, const AljUuid *uuid, GBytes *value, AljSecretDef **ret_def, GError **error);
bool alj_secrets_undefine(AljSecrets *secrets, const AljUuid *uuid, AljSecretDef **ret_def, GError **error);

/** alj_secrets_of_volume: the value of the one secret that @encryption names; as alj_secrets_value(). */
GBytes *alj_secrets_of_volume(AljSecrets *secrets, const AljEncryption *encryption, const AljTask *task, GError **error);

/** alj_secrets_of_login: the value of the secret that @auth names by uuid, or by usage for its type; as alj_secrets_value(). */
GBytes *alj_secrets_of_login(AljSecrets *secrets, const AljPoolAuth *auth, const AljTask *task, GError **error);

/**
 * alj_secrets_name:
 * Nothing on storage says by which secret an encrypted volume is opened. Where nobody else does, it is the one whose usage is the path of the
 * volume, if there is one. Returns: @take_vol, or a copy that names it. (transfer full)
 */
AljVolDef *alj_secrets_name(AljSecrets *secrets, AljVolDef *take_vol);
