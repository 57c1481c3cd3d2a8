/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef ALJIBE_SECRET_H
#define ALJIBE_SECRET_H

#include <aljibe/conn.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** AljibeSecret: a secret that the server keeps: its UUID and what it is for. Counted and thread-safe. */
typedef struct AljibeSecret AljibeSecret;

typedef enum AljibeSecretUsage {
    ALJIBE_SECRET_NONE,
    ALJIBE_SECRET_VOLUME, /* passphrase of a volume; the id is its path */
    ALJIBE_SECRET_CEPH,
    ALJIBE_SECRET_ISCSI,
    ALJIBE_SECRET_TLS,
    ALJIBE_SECRET_VTPM
} AljibeSecretUsage;

#define ALJIBE_SECRET_MAX_BYTES 65536

enum { /* aljibe_conn_list_secrets; both or none of a pair: all */
    ALJIBE_SECRETS_EPHEMERAL = 1,
    ALJIBE_SECRETS_NO_EPHEMERAL = 2,
    ALJIBE_SECRETS_PRIVATE = 4,
    ALJIBE_SECRETS_NO_PRIVATE = 8
};
enum { ALJIBE_SECRET_DEFINE_VALIDATE = 1 };

/**
 * aljibe_conn_list_secrets:
 * @flags: ALJIBE_SECRETS_…, 0 for all
 * @ret_secrets: (nullable) array ended by NULL; unref each, then free() it
 * Returns their number or -1. Since: 0.1
 */
ALJIBE_API int aljibe_conn_list_secrets(AljibeConn *conn, unsigned flags, AljibeSecret ***ret_secrets,
                                        AljibeError **ret_error);

/** aljibe_secret_lookup_by_uuid: @uuid as text. ALJIBE_ERR_NO_SECRET if there is none. Since: 0.1 */
ALJIBE_API AljibeSecret *aljibe_secret_lookup_by_uuid(AljibeConn *conn, const char *uuid, AljibeError **ret_error);

/** aljibe_secret_lookup_by_usage: @usage: AljibeSecretUsage. Since: 0.1 */
ALJIBE_API AljibeSecret *aljibe_secret_lookup_by_usage(AljibeConn *conn, int usage, const char *id,
                                                       AljibeError **ret_error);

/** aljibe_secret_define_xml: makes a secret without a value, or changes one. @flags: ALJIBE_SECRET_DEFINE_…. Since: 0.1 */
ALJIBE_API AljibeSecret *aljibe_secret_define_xml(AljibeConn *conn, const char *xml, unsigned flags,
                                                  AljibeError **ret_error);

/** aljibe_secret_ref: one more reference to @secret (NULL: nothing). Returns @secret. Since: 0.1 */
ALJIBE_API AljibeSecret *aljibe_secret_ref(AljibeSecret *secret);

/** aljibe_secret_unref: NULL is allowed. The server does not notice. Since: 0.1 */
ALJIBE_API void aljibe_secret_unref(AljibeSecret *secret);

/** aljibe_secret_get_uuid: as text, from the handle, no call; valid as long as it. Since: 0.1 */
ALJIBE_API const char *aljibe_secret_get_uuid(AljibeSecret *secret);

/** aljibe_secret_get_usage: AljibeSecretUsage, or a number unknown to this version. No call. Since: 0.1 */
ALJIBE_API int aljibe_secret_get_usage(AljibeSecret *secret);

/** aljibe_secret_get_usage_id: what it is for: a path, a name, a target; "" without usage. No call. Since: 0.1 */
ALJIBE_API const char *aljibe_secret_get_usage_id(AljibeSecret *secret);

/** aljibe_secret_get_conn: borrowed. Since: 0.1 */
ALJIBE_API AljibeConn *aljibe_secret_get_conn(AljibeSecret *secret);

/** aljibe_secret_get_xml: the definition, without the value. @flags: 0. Since: 0.1 */
ALJIBE_API char *aljibe_secret_get_xml(AljibeSecret *secret, unsigned flags, AljibeError **ret_error);

/**
 * aljibe_secret_get_value:
 * @ret_size: of the value in bytes, at least 1
 * ALJIBE_ERR_INVALID_SECRET for a private one. Returns: to be freed with aljibe_secret_free_value(). Since: 0.1
 */
ALJIBE_API unsigned char *aljibe_secret_get_value(AljibeSecret *secret, size_t *ret_size, AljibeError **ret_error);

/** aljibe_secret_free_value: wipes @size bytes and frees them; NULL is allowed. Since: 0.1 */
ALJIBE_API void aljibe_secret_free_value(unsigned char *value, size_t size);

/** aljibe_secret_set_value: @size: 1 to ALJIBE_SECRET_MAX_BYTES. Since: 0.1 */
ALJIBE_API int aljibe_secret_set_value(AljibeSecret *secret, const unsigned char *value, size_t size, AljibeError **ret_error);

/** aljibe_secret_undefine: the secret and its value are gone for good. Since: 0.1 */
ALJIBE_API int aljibe_secret_undefine(AljibeSecret *secret, AljibeError **ret_error);

typedef enum AljibeSecretEvent {
    ALJIBE_SECRET_EVENT_DEFINED,
    ALJIBE_SECRET_EVENT_UNDEFINED,
    ALJIBE_SECRET_EVENT_VALUE_CHANGED = 100
} AljibeSecretEvent;

/** AljibeSecretEventFunc: as AljibeEventFunc. Since: 0.1 */
typedef void (*AljibeSecretEventFunc)(AljibeConn *conn, AljibeSecret *secret, AljibeSecretEvent event, void *data);

enum { ALJIBE_SECRET_EVENTS_LIFECYCLE = 0, ALJIBE_SECRET_EVENTS_VALUE = 1 };

/**
 * aljibe_conn_add_secret_events: @kind ALJIBE_SECRET_EVENTS_…; @secret NULL for all. Returns an id for aljibe_conn_remove_events(),
 * or -1. Since: 0.1
 */
ALJIBE_API int aljibe_conn_add_secret_events(AljibeConn *conn, AljibeSecret *secret, int kind, AljibeSecretEventFunc func,
                                             void *data, AljibeError **ret_error);

#ifdef __cplusplus
}
#endif
#endif
