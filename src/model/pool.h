/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/refs.h"
#include "base/uuid.h"
#include "model/pool_type.h"

#include <stdint.h>

/** AljPermissions: what is known has its flag set. */
typedef struct AljPermissions {
    bool has_mode, has_owner, has_group;
    unsigned mode; /* 0 to 0777 */
    uint32_t owner, group;
    char *label; /* (owned, nullable) security label */
} AljPermissions;

typedef struct AljPoolHost {
    char *name;
    unsigned port; /* 0: not given */
} AljPoolHost;

typedef struct AljPoolDevice {
    char *path;
    int part_separator; /* -1 not given, 0 no, 1 yes */
} AljPoolDevice;

/** AljPoolAuth: login at the source; the secret is named, never held. */
typedef struct AljPoolAuth {
    char *type; /* "chap" or "ceph" */
    char *username;
    char *secret_type;  /* (nullable) kept as given */
    char *secret_usage; /* one of usage and uuid */
    bool has_secret_uuid;
    AljUuid secret_uuid;
} AljPoolAuth;

typedef struct AljPoolAdapter {
    char *type; /* "scsi_host" or "fc_host" */
    char *name, *parent, *parent_wwnn, *parent_wwpn, *parent_fabric_wwn, *wwnn, *wwpn;
    int managed; /* -1 not given, 0 no, 1 yes */
    bool has_parentaddr;
    unsigned unique_id, domain, bus, slot, function;
} AljPoolAdapter;

typedef struct AljPoolOption {
    char *name;
    char *value; /* NULL in fs:option */
} AljPoolOption;

/**
 * AljPoolDef:
 * One pool document. Never changed once it can be seen by others; counted. Members that the type does not use
 * are NULL or empty.
 */
typedef struct AljPoolDef {
    AljRefs refs;
    AljPoolType type;
    char *name;
    AljUuid uuid;
    bool was_uuid_given; /* the document had a <uuid> */
    int cow;             /* -1 not given, 0 no, 1 yes */

    GPtrArray *hosts;    /* of AljPoolHost */
    GPtrArray *devices;  /* of AljPoolDevice */
    char *source_dir;
    AljPoolAdapter *adapter;
    char *source_name;
    char *initiator;
    const char *format;  /* static name out of the type's list, or NULL */
    AljPoolAuth *auth;
    char *protocol_ver;
    char *vendor, *product;

    char *target_path;   /* cleaned; NULL for types without target */
    AljPermissions permissions;
    bool has_subvolumes;  /* dir: each new volume is a btrfs sub-volume of its own */
    int refresh_allocation; /* -1 not given, 0 default, 1 capacity */
    GPtrArray *options;  /* of AljPoolOption: fs:mount_opts or rbd:config_opts */
} AljPoolDef;

/** AljFreeExtent: bytes of a disk pool's device without a partition, end exclusive. */
typedef struct AljFreeExtent {
    uint64_t start_bytes, end_bytes;
} AljFreeExtent;

/** AljPoolLive: what a scan has learned about a pool and what its live document shows besides the definition. */
typedef struct AljPoolLive {
    uint64_t capacity_bytes, allocation_bytes, available_bytes;
    AljPermissions permissions;  /* once known shown in place of the definition's, label included */
    GArray *free_extents;        /* (nullable) of AljFreeExtent, for the first device */
    unsigned default_port;       /* shown for hosts whose definition names none; 0: none is */
    const char *format;          /* (nullable) static: replaces the definition's (disk: unknown became dos) */
} AljPoolLive;

/** alj_pool_def_new: an empty definition with empty lists, a zero uuid and one reference. */
AljPoolDef *alj_pool_def_new(AljPoolType type);
AljPoolDef *alj_pool_def_ref(AljPoolDef *def);
void alj_pool_def_unref(AljPoolDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljPoolDef, alj_pool_def_unref)

/** alj_pool_def_add_host, alj_pool_def_add_device: append a source part to a definition nobody else can see yet. */
void alj_pool_def_add_host(AljPoolDef *def, const char *name, unsigned port);
void alj_pool_def_add_device(AljPoolDef *def, const char *path);

void alj_permissions_clear(AljPermissions *permissions);

/** alj_permissions_copy: @to is zeroed or cleared. */
void alj_permissions_copy(const AljPermissions *from, AljPermissions *to);

/**
 * alj_pool_def_parse:
 * @xml: the document, @length bytes, or -1 if NUL-terminated
 * Parses, and checks everything that a document alone can be checked for. A missing
 * uuid is generated. Errors: XML_DETAIL (not well formed), XML, CONFIG_UNSUPPORTED, INVALID_ARG, INTERNAL with
 * libvirt's words. Any thread.
 */
AljPoolDef *alj_pool_def_parse(const char *xml, gssize length, GError **error);

/**
 * alj_pool_def_validate:
 * Checks @xml against data/schemas/pool.rng in @schema_dir. Errors: XML_SCHEMA (area XML).
 */
bool alj_pool_def_validate(const char *xml, const char *schema_dir, GError **error);

/**
 * alj_pool_def_format:
 * @live: (nullable) facts of the running pool; NULL prints zeros, as in a stored definition
 * @indent: spaces in front of every line (2 inside <poolstate>)
 * Returns: the document, byte for byte as libvirt writes it, with a final newline (transfer full).
 */
char *alj_pool_def_format(const AljPoolDef *def, const AljPoolLive *live, unsigned indent);

/** alj_pool_def_equal: whether both say the same (permissions and uuid included). */
bool alj_pool_def_equal(const AljPoolDef *a, const AljPoolDef *b);

/**
 * alj_pool_def_conflicts:
 * Whether @new may not exist beside @other because both would use one source. Pools of one name
 * never conflict. Not symmetric: ports count only if @new has one.
 */
bool alj_pool_def_conflicts(const AljPoolDef *new_def, const AljPoolDef *other);

/**
 * alj_pool_def_source_keys:
 * Strings with this property: two definitions can only conflict if they share one. For a hash from key to pools,
 * so that a definition is not compared with every other. Returns: NULL-terminated, maybe empty (transfer full).
 */
char **alj_pool_def_source_keys(const AljPoolDef *def);
