/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/refs.h"
#include "model/pool.h"

#include <time.h>

/** AljVolType: the numbers are the protocol's. */
typedef enum AljVolType {
    ALJ_VOL_FILE,
    ALJ_VOL_BLOCK,
    ALJ_VOL_DIR,
    ALJ_VOL_NETWORK,
    ALJ_VOL_NETDIR,
    ALJ_VOL_PLOOP
} AljVolType;

typedef enum AljVolFeatures {
    ALJ_VOL_LAZY_REFCOUNTS = 1 << 0,
    ALJ_VOL_EXTENDED_L2 = 1 << 1,
} AljVolFeatures;

typedef struct AljTimestamps {
    bool is_known;
    struct timespec atime, mtime, ctime;
} AljTimestamps;

#define ALJ_BACKING_DEPTH_MAX 16 /* elements of a chain that are shown; well below what parsers allow */

/** AljBacking: the backing store of a volume, as its document or its header names it. */
typedef struct AljBacking {
    char *path;          /* absolute after a scan; a protocol or json: name stands as it is */
    bool has_format;     /* the document (or header) names the format */
    AljVolFormat format;
    AljPermissions permissions;
    AljTimestamps times;
    struct AljBacking *next; /* (nullable) what it stands on in turn; only where a whole chain is to be shown */
} AljBacking;

typedef enum AljEncryptionFormat {
    ALJ_ENCRYPTION_DEFAULT,
    ALJ_ENCRYPTION_QCOW,
    ALJ_ENCRYPTION_LUKS,
    ALJ_ENCRYPTION_LUKS2
} AljEncryptionFormat;

/** AljEncryption: how a volume is encrypted and which secret opens it. The secret is named, never held. */
typedef struct AljEncryption {
    AljEncryptionFormat format;
    const char *engine; /* (nullable) static: what shall decrypt it; kept as given */
    bool has_secret;
    bool has_secret_uuid;
    AljUuid secret_uuid;
    char *secret_usage;
    char *cipher_name, *cipher_mode, *cipher_hash, *ivgen_name, *ivgen_hash;
    unsigned cipher_bits; /* 0: no <cipher> */
} AljEncryption;

/** AljExtent: where on a device a volume lies, bytes, end exclusive. */
typedef struct AljExtent {
    char *device;
    uint64_t start_bytes, end_bytes;
} AljExtent;

/**
 * AljVolDef:
 * One volume: a request out of a document, or what a scan found. Never changed once it can be seen by others;
 * counted. Small on purpose: a pool may hold 50,000.
 */
typedef struct AljVolDef {
    AljRefs refs;
    AljVolType type;
    AljVolFormat format;
    char *name;
    char *key;                  /* NULL in a request */
    char *path;                 /* NULL in a request */
    uint64_t identity;          /* tells it from another volume that got its name, key and path; 0: those tell */
    bool has_capacity, has_allocation; /* the document gave it */
    uint64_t capacity_bytes, allocation_bytes, physical_bytes;
    AljPermissions permissions;
    AljTimestamps times;
    char *compat;               /* "0.10", "1.1", NULL */
    uint64_t cluster_size_bytes; /* 0: not known */
    bool has_features;          /* <features> is there, maybe empty */
    unsigned features;          /* AljVolFeatures */
    bool nocow;
    AljBacking *backing;
    AljEncryption *encryption;
    GArray *extents;            /* (nullable) of AljExtent */
    AljVolFormat real_format;   /* NONE: format says it all; else what the file is, for people: nobody acts upon it */
    uint64_t real_capacity_bytes; /* of real_format; 0: not known */
    char *problem;              /* (nullable) why the volume could not be understood; for people */
} AljVolDef;

/** alj_vol_def_new: a volume of type file and format none with one reference. */
AljVolDef *alj_vol_def_new(const char *name);
AljVolDef *alj_vol_def_ref(AljVolDef *def);
void alj_vol_def_unref(AljVolDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljVolDef, alj_vol_def_unref)

/** alj_vol_def_copy: a deep copy with one reference, for changing. */
AljVolDef *alj_vol_def_copy(const AljVolDef *def);

/** alj_vol_identity: a number for AljVolDef.identity out of @words (nullable), what the storage calls the volume; of none it is 0. */
uint64_t alj_vol_identity(const char *words);

/** alj_vol_def_add_extent: appends a piece of @device (copied), bytes, end exclusive. */
void alj_vol_def_add_extent(AljVolDef *def, const char *device, uint64_t start_bytes, uint64_t end_bytes);

AljBacking *alj_backing_new(const char *path);

/** alj_backing_copy: @from with all it stands on (nullable). (transfer full) */
AljBacking *alj_backing_copy(const AljBacking *from);

/** alj_backing_free: with all it stands on. */
void alj_backing_free(AljBacking *backing);
void alj_encryption_free(AljEncryption *encryption);
AljEncryption *alj_encryption_copy(const AljEncryption *from);

/** alj_encryption_need_secret: whether @encryption names the secret that opens the volume. Errors: INVALID_ARG in libvirt's words. */
bool alj_encryption_need_secret(const AljEncryption *encryption, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljBacking, alj_backing_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljEncryption, alj_encryption_free)

/** ALJ_VOL_NAME_RESERVED: names that begin so belong to volumes under construction; documents cannot use them. */
#define ALJ_VOL_NAME_RESERVED ".aljibe-new."

typedef enum AljVolParseFlags {
    ALJ_VOL_PARSE_NO_CAPACITY = 1 << 0,  /* create-from: <capacity> may be missing */
    ALJ_VOL_PARSE_OPT_CAPACITY = 1 << 1, /* create: may be missing if there is a backing store path */
} AljVolParseFlags;

/**
 * alj_vol_def_parse:
 * @pool: the type decides which formats are known
 * Checks everything that a document alone can be checked for. A missing <allocation> becomes
 * capacity; what only qcow2 has is dropped for plain formats (raw, dir) and kept for other images, for the backend to
 * refuse; key, paths and times are ignored: they are the backend's to say. Errors: XML_DETAIL, XML, CONFIG_UNSUPPORTED,
 * OVERFLOW, … with libvirt's words; BAD_STATE and INVALID_ARG for names. Any thread.
 */
AljVolDef *alj_vol_def_parse(AljPoolType pool, const char *xml, gssize length, unsigned flags, GError **error);

/** alj_vol_def_validate: checks @xml against data/schemas/volume.rng in @schema_dir. Errors: XML_SCHEMA (area XML). */
bool alj_vol_def_validate(const char *xml, const char *schema_dir, GError **error);

/** alj_vol_def_format: the document, byte for byte as libvirt writes it, with a final newline (transfer full). */
char *alj_vol_def_format(AljPoolType pool, const AljVolDef *def);
