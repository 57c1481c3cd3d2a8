/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The engine: all pools of one configuration directory. Readers take immutable snapshots and never wait; changes are
 * operations (core/op.h) that run on the pool's own workers. Nothing in this folder touches storage.
 */
#pragma once

#include "backend/backend.h"
#include "core/events.h"

typedef struct AljCore AljCore;
typedef struct AljPool AljPool;   /* one pool; counted; its name and uuid never change */
typedef struct AljSecrets AljSecrets;           /* core/secrets.h */
typedef struct AljSecretDriver AljSecretDriver; /* the same */

/** AljCoreLimits: how long work may take, in microseconds; 0 means the default. */
typedef struct AljCoreLimits {
    gint64 pool_usec;     /* start, stop, refresh, search for sources: 60 s */
    gint64 vol_usec;      /* the beginning and the end of a transfer: 300 s */
    gint64 build_usec;    /* build and delete of a pool: 1 h */
    gint64 define_usec;   /* define, undefine, autostart: 10 s */
    gint64 progress_usec; /* longest stand-still of what makes, changes or deletes a volume: 300 s */
    gint64 grace_usec;    /* for work to notice its deadline, before it is given up: 5 s */
    gint64 look_usec;     /* a question for one volume's sizes: 1 s */
} AljCoreLimits;

/** AljCoreConfig: where a core lives. All strings are borrowed and copied. */
typedef struct AljCoreConfig {
    const char *config_dir; /* NAME.xml and autostart/ */
    const char *state_dir;  /* NAME.xml of active pools, intents, lock */
    const char *record_dir; /* (nullable: state_dir) what backends note of changes they begin, for after a loss of power, too */
    const char *secret_dir; /* UUID.xml and UUID.base64 of secrets; NULL: config_dir/secrets */
    const AljSecretDriver *secret_driver; /* (nullable, copied) the daemon that secret_dir belongs to: read only */
    const char *credential_dir; /* (nullable) values of secrets that the service manager hands over */
    const char *module_dir; /* aljibe-backend-*.so */
    const char *schema_dir; /* pool.rng, volume.rng */
    const AljBackend *const *extra_backends; /* (nullable) NULL-terminated; tests add the fake here */
    AljHost *host;          /* (borrowed) must outlive the core */
    AljCoreLimits limits;
} AljCoreConfig;

/**
 * alj_core_new:
 * Locks the state directory, reads all definitions and states (sorted, bad files reported and skipped) and finishes or
 * undoes intents as pools come up. Does not start pools yet. Errors: BUSY (another aljibe has the directory), SYSTEM.
 */
AljCore *alj_core_new(const AljCoreConfig *config, GError **error);

/**
 * alj_core_run:
 * Brings pools back that were active and, once per boot, starts the autostart ones; each in its own lane, in parallel.
 * Returns at once.
 */
void alj_core_run(AljCore *core);

/** alj_core_settle: waits until no operation runs or waits, at most @usec. For the embedded provider and tests. */
bool alj_core_settle(AljCore *core, gint64 usec);

/**
 * alj_core_free: cancels jobs, waits at most 3 s for workers, leaves pools active.
 * Returns: false: threads are left, which go on using what the core was given (host, secret_driver).
 */
bool alj_core_free(AljCore *core);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljCore, alj_core_free)

AljEvents *alj_core_events(AljCore *core);

/** alj_core_secrets: see core/secrets.h. */
AljSecrets *alj_core_secrets(AljCore *core);

/** alj_core_backend: the backend of @type; where none is installed, one that refuses everything with the reason. */
const AljBackend *alj_core_backend(AljCore *core, AljPoolType type);
bool alj_core_has_backend(AljCore *core, AljPoolType type);
char *alj_core_pool_capabilities(AljCore *core);                      /* (transfer full) */

/* ---- pools: look-ups. All answer from memory at once; any thread; results are new references. ---- */

AljPool *alj_pool_ref(AljPool *pool);
void alj_pool_unref(AljPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljPool, alj_pool_unref)

const char *alj_pool_name(const AljPool *pool);
const AljUuid *alj_pool_uuid(const AljPool *pool);

/** Errors: NO_POOL with libvirt's words. @name_hint: (nullable) the name in a client's handle, for the text. */
AljPool *alj_core_pool_by_name(AljCore *core, const char *name, GError **error);
AljPool *alj_core_pool_by_uuid(AljCore *core, const AljUuid *uuid, const char *name_hint, GError **error);
AljPool *alj_core_pool_by_target(AljCore *core, const char *path, GError **error);

/** alj_core_pools: those that pass @list_flags (libvirt's virConnectListAllStoragePoolsFlags), sorted by name. (transfer full) of AljPool */
GPtrArray *alj_core_pools(AljCore *core, unsigned list_flags);

/* ---- one pool: facts out of its snapshot ---- */

/** AljPoolInfo: state is the protocol's number (0 inactive, 2 running). */
typedef struct AljPoolInfo {
    int state;
    uint64_t capacity_bytes, allocation_bytes, available_bytes;
} AljPoolInfo;

void alj_pool_info(AljPool *pool, AljPoolInfo *ret);
bool alj_pool_is_active(AljPool *pool);
bool alj_pool_is_persistent(AljPool *pool);
bool alj_pool_is_autostart(AljPool *pool);
AljPoolType alj_pool_type(AljPool *pool);
AljPoolDef *alj_pool_live_def(AljPool *pool);             /* new reference: the definition that runs (or the only one) */
char *alj_pool_xml(AljPool *pool, bool inactive);         /* (transfer full) */

/** AljPoolHealth: what stock clients cannot see; for logs, tests and aljibe's own program. */
typedef struct AljPoolHealth {
    bool is_unresponsive;
    gint64 busy_usec;
    unsigned n_jobs, n_skipped;
    bool is_stale;           /* the last scan failed; the inventory is the one before */
    char *reason;            /* (owned, nullable) */
} AljPoolHealth;
void alj_pool_health(AljPool *pool, AljPoolHealth *ret);
void alj_pool_health_clear(AljPoolHealth *health);

/* ---- volumes ---- */

/** AljVolRef: a volume and the pool it is in. Cleared with alj_vol_ref_clear(). */
typedef struct AljVolRef {
    AljPool *pool;
    AljVolDef *vol; /* as last known; immutable */
} AljVolRef;
void alj_vol_ref_clear(AljVolRef *ref);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljVolRef, alj_vol_ref_clear)

/** alj_pool_vols: all volumes sorted by name as bytes. NULL + BAD_STATE "storage pool 'N' is not active". (transfer full) of AljVolDef */
GPtrArray *alj_pool_vols(AljPool *pool, GError **error);
bool alj_pool_n_vols(AljPool *pool, unsigned *ret, GError **error);

/** Errors: NO_VOL with libvirt's words; by_name also BAD_STATE for an inactive pool. Path: cleaned before comparing. */
bool alj_pool_vol_by_name(AljPool *pool, const char *name, AljVolRef *ret, GError **error);
bool alj_core_vol_by_key(AljCore *core, const char *key, AljVolRef *ret, GError **error);
bool alj_core_vol_by_path(AljCore *core, const char *path, AljVolRef *ret, GError **error);

/**
 * alj_core_vol_xml:
 * The document of @vol, a volume of a pool of type @pool, with its whole chain of backing stores as far as they are volumes of
 * active pools; at most ALJ_BACKING_DEPTH_MAX of them, and each volume once. (transfer full)
 */
char *alj_core_vol_xml(AljCore *core, AljPoolType pool, const AljVolDef *vol);

/**
 * alj_core_vol_fresh:
 * The volume with sizes, permissions and times as they are on the medium now. In place for local pools that never were
 * slow; else @done is called later from a worker, at the latest after one second with the last known values.
 * Returns: true if *@ret was set (new reference) and @done will not be called; false with @error set if it failed;
 * false without error: @done(@data) comes later with a result or an error.
 */
typedef void (*AljVolFreshFunc)(AljVolDef *take_vol, GError *take_error, void *data);
bool alj_core_vol_fresh(AljCore *core, const AljVolRef *ref, AljVolDef **ret, AljVolFreshFunc done, void *data,
                        GError **error);
