/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a pool type is to the core: facts, then callbacks. A call is request → result with plain data; progress and
 * cancel are its only side channels, so an operation could run in a process of its own without being changed.
 */
#pragma once

#include "backend/medium.h"
#include "base/error.h"
#include "model/pool.h"
#include "model/source.h"
#include "model/volume.h"

#include <sys/types.h>

#define ALJ_BACKEND_ABI 1

typedef enum AljTraits {
    ALJ_TRAIT_REMOTE = 1 << 0,       /* may hang on a server: never asked on the loop thread */
    ALJ_TRAIT_SHARED = 1 << 1,       /* other hosts may use the same storage */
    ALJ_TRAIT_SERIAL_VOLS = 1 << 2,  /* volume operations one at a time, in the pool's lane (LVM) */
    ALJ_TRAIT_KEEPS_TOTALS = 1 << 3, /* the core adjusts allocation and available after create and delete */
} AljTraits;

/** AljTool: a program a type needs, for messages and `pool-capabilities`. */
typedef struct AljTool {
    const char *program;  /* NULL ends the list */
    const char *package;  /* Debian package */
    const char *needed_for;
} AljTool;

/**
 * AljRoot: which directory a pool is, so that another one at the same path can be told from it. No device: not known; no
 * inode: the file system is all that is known.
 */
typedef struct AljRoot {
    dev_t device;
    ino_t inode;
} AljRoot;

/**
 * AljCall: everything an operation may use. Made by the core for one call; owned by the core.
 * Input is const, output is new memory: nothing shared is changed.
 */
typedef struct AljCall {
    AljHost *host;
    AljTask *task;                 /* deadline, cancel, progress; never NULL */
    const char *state_dir;         /* the daemon's own: for what a boot undoes anyway … */
    const char *record_dir;        /* … and for changes that were begun: outlives a loss of power. Both made when needed */
    /* Looks a path up among all known volumes of active pools (backing files are opened in known places only). Returns a new
     * reference or NULL; @ret_pool_type may be NULL. Thread-safe. */
    AljVolDef *(*find_vol_by_path)(struct AljCall *call, const char *path, AljPoolType *ret_pool_type);
    /* Says whether @name (a temporary in this pool) belongs to an operation that runs now. */
    bool (*is_owned_name)(struct AljCall *call, const char *name);
    /* While a temporary exists, so that a sweep leaves it alone; @add false forgets it. */
    void (*own_name)(struct AljCall *call, const char *name, bool add);
    void *core_data;               /* the core's own */
    void *connection;              /* the core's own: of get_connection … */
    void *source;                  /* … and of open_source */
    /* The value of the one secret of @encryption, for images that are encrypted. NO_SECRET if there is none. */
    GBytes *(*get_secret)(struct AljCall *call, const AljEncryption *encryption, GError **error);
    /* Which directory the running pool was when it was last read. Thread-safe. */
    AljRoot (*get_root)(struct AljCall *call);
    /* The value of the secret that @auth names, to log in at the source. NO_SECRET if there is none. */
    GBytes *(*get_auth_secret)(struct AljCall *call, const AljPoolAuth *auth, GError **error);
    /* The pool's one connection, made by `connect` at the first use and shared by all threads; the call's until it ends. NULL on failure. */
    void *(*get_connection)(struct AljCall *call, const AljPoolDef *pool, GError **error);
    /* In vol_copy only: the bytes of the volume that is copied, read only, of whatever backend it is. (transfer full) */
    AljMedium *(*open_source)(struct AljCall *call, GError **error);
    /* In vol_delete only: volume @name, another one than was asked for, is gone with it. */
    void (*forget_vol)(struct AljCall *call, const char *name);
} AljCall;

/**
 * AljInventory: result of a scan. Volumes are immutable afterwards. Whoever makes an inventory out of another one (a
 * volume more, a volume less) gives it a reference to the same stamps.
 */
typedef struct AljInventory {
    GPtrArray *vols;       /* of AljVolDef, key and path set; any order, names unique */
    AljPoolLive live;      /* totals and permissions */
    bool is_local;         /* the medium answers in microseconds: vol_stat may be called on the loop thread */
    unsigned n_skipped;    /* entries left out (links, FIFOs, bad names, unreadable) */
    GPtrArray *problems;   /* of char *: for people, e.g. "bad.img: image header …" */
    GHashTable *stamps;    /* (nullable, counted, never changed) the backend's own: what it need not read again */
    AljRoot root;          /* of pools that are directories: the one that was read; see AljCall.get_root */
} AljInventory;

AljInventory *alj_inventory_new(void);
void alj_inventory_free(AljInventory *inventory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljInventory, alj_inventory_free)

/** AljVolStat: what follows the medium at once in vol-info and volume XML. */
typedef struct AljVolStat {
    uint64_t capacity_bytes, allocation_bytes, physical_bytes;
    AljPermissions permissions;
    AljTimestamps times;
    bool has_backing;    /* of types where what a volume stands on changes without it: @backing is what that is now */
    AljBacking *backing; /* (nullable) */
} AljVolStat;

void alj_vol_stat_clear(AljVolStat *stat);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AljVolStat, alj_vol_stat_clear)

typedef enum AljBuildFlags {
    ALJ_BUILD_REPAIR = 1,
    ALJ_BUILD_RESIZE = 2,
    ALJ_BUILD_NO_OVERWRITE = 4,
    ALJ_BUILD_OVERWRITE = 8,
} AljBuildFlags;

typedef enum AljVolCreateFlags {
    ALJ_VOL_CREATE_PREALLOC = 1,
    ALJ_VOL_CREATE_REFLINK = 2,
    ALJ_VOL_CREATE_VALIDATE = 4, /* resolved by the core; never reaches a backend */
} AljVolCreateFlags;

typedef enum AljVolResizeFlags {
    ALJ_VOL_RESIZE_ALLOCATE = 1,
    ALJ_VOL_RESIZE_DELTA = 2, /* resolved by the core; never reaches a backend */
    ALJ_VOL_RESIZE_SHRINK = 4,
} AljVolResizeFlags;

typedef enum AljVolDeleteFlags {
    ALJ_VOL_DELETE_ZEROED = 1,
    ALJ_VOL_DELETE_WITH_SNAPSHOTS = 2,
} AljVolDeleteFlags;

/** AljWipe: the numbers are the protocol's. */
typedef enum AljWipe {
    ALJ_WIPE_ZERO,
    ALJ_WIPE_NNSA,
    ALJ_WIPE_DOD,
    ALJ_WIPE_BSI,
    ALJ_WIPE_GUTMANN,
    ALJ_WIPE_SCHNEIER,
    ALJ_WIPE_PFITZNER7,
    ALJ_WIPE_PFITZNER33,
    ALJ_WIPE_RANDOM,
    ALJ_WIPE_TRIM,
    ALJ_N_WIPES
} AljWipe;

/* What is done with volumes, as types: a backend declares its own as `AljVolProbe alj_x_vol_probe;`. Contracts stand in AljBackend. */
typedef AljInventory *AljPoolScan(AljCall *call, const AljPoolDef *pool, const AljInventory *old, GError **error);
typedef AljVolDef *AljVolProbe(AljCall *call, const AljPoolDef *pool, const char *name, GError **error);
typedef bool AljVolLook(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljVolStat *ret, GError **error);
typedef bool AljVolPlan(AljCall *call, const AljPoolDef *pool, AljVolDef *vol, unsigned flags, GError **error);
typedef AljVolDef *AljVolCreate(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, unsigned flags, GError **error);
typedef AljVolDef *AljVolCopy(AljCall *call, const AljPoolDef *pool, const AljVolDef *request, const AljVolDef *from,
                              AljPoolType from_pool, unsigned flags, GError **error);
typedef AljVolDef *AljVolResize(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, uint64_t bytes, unsigned flags,
                                GError **error);
typedef bool AljVolDelete(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, unsigned flags, GError **error);
typedef AljVolDef *AljVolWipe(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, AljWipe how, GError **error);
typedef AljMedium *AljVolOpen(AljCall *call, const AljPoolDef *pool, const AljVolDef *vol, int open_flags, GError **error);

typedef struct AljBackend {
    uint32_t abi;         /* ALJ_BACKEND_ABI when compiled; filled by ALJ_BACKEND_DEFINE */
    uint32_t struct_size; /* lets an older module load into a newer daemon */

    /* Facts. No backend code runs to read these. */
    AljPoolType type;
    const char *summary;
    unsigned traits;      /* AljTraits */
    const AljTool *tools; /* (nullable) */

    /*
     * Operations. Run on a worker of the pool; may block; must honour call->task. NULL means unsupported and the core
     * says so before any work. Only scan is required. @old of scan is the previous inventory (nullable) for reuse of
     * what has not changed. Functions that make or change a volume return the volume as it is now.
     */
    AljPoolScan *scan;
    /* Whether the pool is up in the world (daemon restart). false + no error: it is not. */
    bool (*pool_probe)(AljCall *call, const AljPoolDef *pool, bool *ret_active, GError **error);
    bool (*pool_build)(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error);
    bool (*pool_start)(AljCall *call, const AljPoolDef *pool, GError **error);
    bool (*pool_stop)(AljCall *call, const AljPoolDef *pool, GError **error);
    bool (*pool_delete)(AljCall *call, const AljPoolDef *pool, unsigned flags, GError **error);
    GPtrArray *(*sources)(AljCall *call, const AljSourceSpec *spec, GError **error); /* of AljPoolDef */
    /* Totals, free extents and format as they are now. Asked after a volume was made, resized or deleted, by types whose
     * totals the core cannot keep by itself (ALJ_TRAIT_KEEPS_TOTALS). @ret: zeroed; the core's to clear, also on failure. */
    bool (*pool_live)(AljCall *call, const AljPoolDef *pool, AljPoolLive *ret, GError **error);

    /* Re-reads one volume completely (header too). NULL + NO_VOL if it is gone. */
    AljVolProbe *vol_probe;
    /* Cheap: sizes, permissions, times of a volume known from a scan. NO_VOL if it is gone. */
    AljVolLook *vol_stat;
    /* Checks a request before any work and without side effects on storage, and fills in path and key. */
    AljVolPlan *vol_plan;
    AljVolCreate *vol_create;
    /* @from may be of another pool and of another backend; its bytes are reached through @from->path, or by call->open_source. */
    AljVolCopy *vol_copy;
    AljVolResize *vol_resize;
    AljVolDelete *vol_delete;
    AljVolWipe *vol_wipe;
    /* The bytes of a volume, for upload (O_RDWR), download and copies (O_RDONLY). (transfer full) */
    AljVolOpen *vol_open;

    /* Of types that talk to a server through a library: one connection serves all threads (call->get_connection). The
     * core ends it on a thread nobody waits for, once the pool has stopped and the last call that used it is over. */
    void *(*connect)(AljCall *call, const AljPoolDef *pool, GError **error);
    void (*disconnect)(void *connection);
} AljBackend;

/** ALJ_BACKEND_DEFINE: the one exported symbol of a module. */
#define ALJ_BACKEND_DEFINE(backend_type, ...)                                                                \
    const AljBackend aljibe_backend = { .abi = ALJ_BACKEND_ABI, .struct_size = sizeof(AljBackend),           \
                                        .type = (backend_type), __VA_ARGS__ }
extern const AljBackend aljibe_backend;
