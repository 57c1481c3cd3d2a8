/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XDR by table: one row per member of a C struct. The same rows encode, decode, free and print. Pure functions over bytes.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define ALJ_WIRE_STRING_MAX 4194304
#define ALJ_WIRE_LIST_MAX   16384
#define ALJ_WIRE_SECRET_MAX 65536

typedef enum AljXdrKind {
    ALJ_XDR_END,
    ALJ_XDR_I32,        /* int32_t */
    ALJ_XDR_U32,        /* uint32_t */
    ALJ_XDR_I64,        /* int64_t */
    ALJ_XDR_U64,        /* uint64_t */
    ALJ_XDR_U8W,        /* uint8_t, 4 bytes on the wire */
    ALJ_XDR_UUID,       /* AljUuid, 16 raw bytes */
    ALJ_XDR_STRING,     /* char *, never NULL after decoding */
    ALJ_XDR_OPT_STRING, /* char *, NULL: absent */
    ALJ_XDR_CHAR32,     /* char[32], each widened to 4 bytes */
    ALJ_XDR_SECRET,     /* AljXdrArray of bytes: never printed, wiped when cleared */
    ALJ_XDR_STRUCT,     /* embedded struct with .fields */
    ALJ_XDR_OPT_STRUCT, /* pointer to a struct of .size bytes, NULL: absent */
    ALJ_XDR_ARRAY,      /* AljXdrArray of structs of .size bytes with .fields */
    ALJ_XDR_STRINGS,    /* AljXdrArray of char * */
    ALJ_XDR_INTS,       /* AljXdrArray of int32_t */
    ALJ_XDR_PARAMS,     /* AljXdrArray of AljWireParam (typed parameters) */
    ALJ_XDR_PARAM_VALUE /* type and value of one AljWireParam; offset is 0 */
} AljXdrKind;

/** AljXdrArray: count and items (owned by whoever owns the struct). */
typedef struct AljXdrArray {
    uint32_t count;
    void *items;
} AljXdrArray;

typedef struct AljXdrField {
    AljXdrKind kind;
    const char *name;                  /* for traces */
    size_t offset;
    size_t size;                       /* of one item or pointed-to struct */
    uint32_t max;                      /* bytes of a string or secret, items of an array; 0: the limits above */
    const struct AljXdrField *fields;
} AljXdrField;

#define ALJ_XDR(xdr_kind, type, member, ...)                                                                 \
    { .kind = ALJ_XDR_##xdr_kind, .name = #member, .offset = offsetof(type, member), __VA_ARGS__ }

/**
 * alj_xdr_encode:
 * Appends @value to @out: discriminators 0 or 1, padding zero. Errors: RPC "Unable to encode message payload" if a string or
 * array is over its bound or a string that must be there is NULL; @out is then as before.
 */
bool alj_xdr_encode(const AljXdrField *fields, const void *value, GByteArray *out, GError **error);

/**
 * alj_xdr_decode:
 * @value: zeroed struct; on failure it is cleared again
 * Liberal as libvirtd is: left-over bytes and padding are ignored, any non-zero discriminator is "present". NUL inside a
 * string is refused. Counts are bounded by the bytes left before anything is allocated.
 * Errors: RPC (area RPC) "Unable to decode message payload".
 */
bool alj_xdr_decode(const AljXdrField *fields, const uint8_t *data, size_t size, void *value, GError **error);

/** alj_xdr_clear: frees what decoding allocated and zeroes the members. */
void alj_xdr_clear(const AljXdrField *fields, void *value);

/** alj_xdr_print: one line for traces, strings cut at 64 bytes. (transfer full) */
char *alj_xdr_print(const AljXdrField *fields, const void *value);
