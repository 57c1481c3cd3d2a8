/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "wire/messages.h"

/** AljRight: what a caller must be allowed to. */
typedef enum AljRight {
    ALJ_RIGHT_NONE, /* before and after open: hello class */
    ALJ_RIGHT_READ,
    ALJ_RIGHT_SCAN,
    ALJ_RIGHT_VOLUME_READ,
    ALJ_RIGHT_VOLUME_WRITE,
    ALJ_RIGHT_VOLUME_MANAGE,
    ALJ_RIGHT_POOL_MANAGE,
    ALJ_RIGHT_POOL_BUILD,
    ALJ_RIGHT_SECRET_READ,
    ALJ_RIGHT_SECRET_MANAGE,
} AljRight;

/** AljProcedureTraits. */
enum {
    ALJ_PROC_BEFORE_OPEN = 1 << 0, /* may be called before CONNECT_OPEN */
    ALJ_PROC_READONLY = 1 << 1,    /* allowed on a read-only connection */
    ALJ_PROC_SLOW = 1 << 2,        /* becomes an operation; never answered in place */
    ALJ_PROC_STREAM = 1 << 3,      /* an OK reply opens a stream */
    ALJ_PROC_EVENT = 1 << 4,       /* sent by the server; not callable */
    ALJ_PROC_HAS_FLAGS = 1 << 5,   /* the arguments end in a u32 of flags, checked against the row */
    ALJ_PROC_SECRET = 1 << 6,      /* the arguments hold a secret: the bytes they came in are wiped */
};

/** AljProcedure: one row of the table. The index is the procedure's number. */
typedef struct AljProcedure {
    const char *name;            /* "STORAGE_POOL_REFRESH", NULL: number not used */
    const char *api;             /* "virStoragePoolRefresh", for messages; NULL only in refused rows (made from name) */
    const AljXdrField *args;     /* NULL: none */
    const AljXdrField *ret;      /* NULL: none */
    size_t args_size, ret_size;  /* of the C structs */
    AljRight right;
    unsigned traits;
    uint32_t flags;              /* known flag bits */
    const char *flags_function;  /* name in "unsupported flags (0x…) in function F" */
    size_t flags_offset;         /* of the flags member in the args struct */
    AljErrorArea area;           /* for refusals */
} AljProcedure;

/* Numbers of the procedures aljibe implements. */
enum {
    ALJ_PROC_CONNECT_OPEN = 1,
    ALJ_PROC_CONNECT_CLOSE = 2,
    ALJ_PROC_CONNECT_GET_TYPE = 3,
    ALJ_PROC_CONNECT_GET_VERSION = 4,
    ALJ_PROC_NODE_GET_INFO = 6,
    ALJ_PROC_CONNECT_GET_CAPABILITIES = 7,
    ALJ_PROC_CONNECT_LIST_DEFINED_DOMAINS = 21,
    ALJ_PROC_CONNECT_NUM_OF_DEFINED_DOMAINS = 25,
    ALJ_PROC_CONNECT_LIST_DEFINED_NETWORKS = 36,
    ALJ_PROC_CONNECT_LIST_DOMAINS = 37,
    ALJ_PROC_CONNECT_LIST_NETWORKS = 38,
    ALJ_PROC_CONNECT_NUM_OF_DEFINED_NETWORKS = 50,
    ALJ_PROC_CONNECT_NUM_OF_DOMAINS = 51,
    ALJ_PROC_CONNECT_NUM_OF_NETWORKS = 52,
    ALJ_PROC_CONNECT_GET_HOSTNAME = 59,
    ALJ_PROC_CONNECT_SUPPORTS_FEATURE = 60,
    ALJ_PROC_AUTH_LIST = 66,
    ALJ_PROC_AUTH_POLKIT = 70,
    ALJ_PROC_CONNECT_NUM_OF_STORAGE_POOLS = 71,
    ALJ_PROC_CONNECT_LIST_STORAGE_POOLS = 72,
    ALJ_PROC_CONNECT_NUM_OF_DEFINED_STORAGE_POOLS = 73,
    ALJ_PROC_CONNECT_LIST_DEFINED_STORAGE_POOLS = 74,
    ALJ_PROC_CONNECT_FIND_STORAGE_POOL_SOURCES = 75,
    ALJ_PROC_STORAGE_POOL_CREATE_XML = 76,
    ALJ_PROC_STORAGE_POOL_DEFINE_XML = 77,
    ALJ_PROC_STORAGE_POOL_CREATE = 78,
    ALJ_PROC_STORAGE_POOL_BUILD = 79,
    ALJ_PROC_STORAGE_POOL_DESTROY = 80,
    ALJ_PROC_STORAGE_POOL_DELETE = 81,
    ALJ_PROC_STORAGE_POOL_UNDEFINE = 82,
    ALJ_PROC_STORAGE_POOL_REFRESH = 83,
    ALJ_PROC_STORAGE_POOL_LOOKUP_BY_NAME = 84,
    ALJ_PROC_STORAGE_POOL_LOOKUP_BY_UUID = 85,
    ALJ_PROC_STORAGE_POOL_LOOKUP_BY_VOLUME = 86,
    ALJ_PROC_STORAGE_POOL_GET_INFO = 87,
    ALJ_PROC_STORAGE_POOL_GET_XML_DESC = 88,
    ALJ_PROC_STORAGE_POOL_GET_AUTOSTART = 89,
    ALJ_PROC_STORAGE_POOL_SET_AUTOSTART = 90,
    ALJ_PROC_STORAGE_POOL_NUM_OF_VOLUMES = 91,
    ALJ_PROC_STORAGE_POOL_LIST_VOLUMES = 92,
    ALJ_PROC_STORAGE_VOL_CREATE_XML = 93,
    ALJ_PROC_STORAGE_VOL_DELETE = 94,
    ALJ_PROC_STORAGE_VOL_LOOKUP_BY_NAME = 95,
    ALJ_PROC_STORAGE_VOL_LOOKUP_BY_KEY = 96,
    ALJ_PROC_STORAGE_VOL_LOOKUP_BY_PATH = 97,
    ALJ_PROC_STORAGE_VOL_GET_INFO = 98,
    ALJ_PROC_STORAGE_VOL_GET_XML_DESC = 99,
    ALJ_PROC_STORAGE_VOL_GET_PATH = 100,
    ALJ_PROC_CONNECT_GET_URI = 110,
    ALJ_PROC_STORAGE_VOL_CREATE_XML_FROM = 125,
    ALJ_PROC_CONNECT_NUM_OF_SECRETS = 139,
    ALJ_PROC_CONNECT_LIST_SECRETS = 140,
    ALJ_PROC_SECRET_LOOKUP_BY_UUID = 141,
    ALJ_PROC_SECRET_DEFINE_XML = 142,
    ALJ_PROC_SECRET_GET_XML_DESC = 143,
    ALJ_PROC_SECRET_SET_VALUE = 144,
    ALJ_PROC_SECRET_GET_VALUE = 145,
    ALJ_PROC_SECRET_UNDEFINE = 146,
    ALJ_PROC_SECRET_LOOKUP_BY_USAGE = 147,
    ALJ_PROC_CONNECT_IS_SECURE = 149,
    ALJ_PROC_STORAGE_POOL_IS_ACTIVE = 154,
    ALJ_PROC_STORAGE_POOL_IS_PERSISTENT = 155,
    ALJ_PROC_CONNECT_GET_LIB_VERSION = 157,
    ALJ_PROC_STORAGE_VOL_WIPE = 165,
    ALJ_PROC_STORAGE_VOL_UPLOAD = 208,
    ALJ_PROC_STORAGE_VOL_DOWNLOAD = 209,
    ALJ_PROC_NODE_GET_MEMORY_STATS = 228,
    ALJ_PROC_STORAGE_VOL_WIPE_PATTERN = 259,
    ALJ_PROC_STORAGE_VOL_RESIZE = 260,
    ALJ_PROC_CONNECT_LIST_ALL_DOMAINS = 273,
    ALJ_PROC_CONNECT_LIST_ALL_STORAGE_POOLS = 281,
    ALJ_PROC_STORAGE_POOL_LIST_ALL_VOLUMES = 282,
    ALJ_PROC_CONNECT_LIST_ALL_NETWORKS = 283,
    ALJ_PROC_CONNECT_LIST_ALL_INTERFACES = 284,
    ALJ_PROC_CONNECT_LIST_ALL_NODE_DEVICES = 285,
    ALJ_PROC_CONNECT_LIST_ALL_SECRETS = 287,
    ALJ_PROC_CONNECT_REGISTER_CLOSE_CALLBACK = 360,
    ALJ_PROC_CONNECT_UNREGISTER_CLOSE_CALLBACK = 361,
    ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY = 368,
    ALJ_PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY = 369,
    ALJ_PROC_STORAGE_POOL_EVENT_LIFECYCLE = 370,
    ALJ_PROC_STORAGE_POOL_EVENT_REFRESH = 373,
    ALJ_PROC_STORAGE_VOL_GET_INFO_FLAGS = 378,
    ALJ_PROC_CONNECT_SECRET_EVENT_REGISTER_ANY = 380,
    ALJ_PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY = 381,
    ALJ_PROC_SECRET_EVENT_LIFECYCLE = 382,
    ALJ_PROC_SECRET_EVENT_VALUE_CHANGED = 383,
    ALJ_PROC_STORAGE_POOL_LOOKUP_BY_TARGET_PATH = 391,
    ALJ_PROC_CONNECT_GET_STORAGE_POOL_CAPABILITIES = 403,
    ALJ_PROC_CONNECT_SET_IDENTITY = 419,
    ALJ_PROC_LAST = 443
};

/**
 * alj_procedure_find: the row of @number, or NULL for a number beyond the table. Rows that aljibe refuses have a name but
 * neither api nor handler.
 */
const AljProcedure *alj_procedure_find(int32_t number);

/** alj_procedure_is_implemented: whether the row has a handler's shape (api set, not an event). */
bool alj_procedure_is_implemented(const AljProcedure *procedure);

/** alj_procedure_api: "virConnectListAllDomains" made from a row's name where api is NULL. (transfer full) */
char *alj_procedure_api(const AljProcedure *procedure);
