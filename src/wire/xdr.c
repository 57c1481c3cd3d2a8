/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XDR by table: walks the rows of a struct to encode, decode, clear and print it. Owns nothing; any thread. What is decoded
 * comes from strangers: every count is compared with the bytes that are left before anything is allocated for it.
 * Source: RFC 4506; the bounds are libvirt's.
 */
#include "wire/xdr.h"

#include <string.h>

#include "base/uuid.h"
#include "wire/messages.h"

#define CHAR32_LENGTH 32

/* ---- arrays: every kind is an array of structs; a string or a number is a struct of one member ---- */

typedef struct Items {
    size_t size; /* of one in memory */
    const AljXdrField *fields;
} Items;

static const AljXdrField text_item[] = { { .kind = ALJ_XDR_STRING }, { 0 } };
static const AljXdrField int_item[] = { { .kind = ALJ_XDR_I32 }, { 0 } };
static const AljXdrField param_item[] = {
    ALJ_XDR(STRING, AljWireParam, field),
    { .kind = ALJ_XDR_PARAM_VALUE },
    { 0 },
};

static Items
items_of(const AljXdrField *field)
{
    if (field->kind == ALJ_XDR_STRINGS)
        return (Items) { sizeof(char *), text_item };
    if (field->kind == ALJ_XDR_INTS)
        return (Items) { sizeof(int32_t), int_item };
    if (field->kind == ALJ_XDR_PARAMS)
        return (Items) { sizeof(AljWireParam), param_item };
    return (Items) { field->size, field->fields };
}

static uint32_t
string_max(const AljXdrField *field)
{
    return field->max ? field->max : ALJ_WIRE_STRING_MAX;
}

static uint32_t
list_max(const AljXdrField *field)
{
    return field->max ? field->max : ALJ_WIRE_LIST_MAX;
}

static size_t
padded(size_t size)
{
    return (size + 3) & ~(size_t) 3;
}

/* ---- encoding ---- */

static bool encode_fields(const AljXdrField *fields, const void *value, GByteArray *out);

/** Makes @out longer by @size bytes and returns where they are. */
static uint8_t *
grow(GByteArray *out, size_t size)
{
    guint position = out->len;
    g_byte_array_set_size(out, position + (guint) size);
    return out->data + position;
}

static void
put_u32(GByteArray *out, uint32_t value)
{
    uint32_t big = GUINT32_TO_BE(value);
    memcpy(grow(out, sizeof big), &big, sizeof big);
}

static void
put_u64(GByteArray *out, uint64_t value)
{
    uint64_t big = GUINT64_TO_BE(value);
    memcpy(grow(out, sizeof big), &big, sizeof big);
}

static bool
put_text(GByteArray *out, const char *text, uint32_t max)
{
    size_t length = text ? strlen(text) : SIZE_MAX;
    if (length > max)
        return false;
    put_u32(out, (uint32_t) length);
    uint8_t *bytes = grow(out, padded(length));
    memcpy(bytes, text, length);
    memset(bytes + length, 0, padded(length) - length);
    return true;
}

static bool
put_secret(GByteArray *out, const AljXdrArray *secret)
{
    if (secret->count > ALJ_WIRE_SECRET_MAX)
        return false;
    put_u32(out, secret->count);
    uint8_t *bytes = grow(out, padded(secret->count));
    if (secret->count > 0)
        memcpy(bytes, secret->items, secret->count);
    memset(bytes + secret->count, 0, padded(secret->count) - secret->count);
    return true;
}

static void
put_char32(GByteArray *out, const char text[static CHAR32_LENGTH])
{
    size_t length = strnlen(text, CHAR32_LENGTH);
    for (size_t i = 0; i < CHAR32_LENGTH; i++)
        put_u32(out, i < length ? (uint8_t) text[i] : 0);
}

static bool
put_param_value(GByteArray *out, const AljWireParam *param)
{
    put_u32(out, (uint32_t) param->type);
    switch ((AljWireParamType) param->type) {
    case ALJ_PARAM_INT:
    case ALJ_PARAM_UINT:
        put_u32(out, param->value.ui);
        return true;
    case ALJ_PARAM_LLONG:
    case ALJ_PARAM_ULLONG:
    case ALJ_PARAM_DOUBLE: /* the bits of the three are the same eight bytes */
        put_u64(out, param->value.ul);
        return true;
    case ALJ_PARAM_BOOLEAN:
        put_u32(out, param->value.b ? 1 : 0);
        return true;
    case ALJ_PARAM_STRING:
        return put_text(out, param->value.s, ALJ_WIRE_STRING_MAX);
    }
    return false;
}

static bool
encode_array(const AljXdrField *field, const AljXdrArray *array, GByteArray *out)
{
    if (array->count > list_max(field))
        return false;
    put_u32(out, array->count);
    Items items = items_of(field);
    for (uint32_t i = 0; i < array->count; i++) {
        if (!encode_fields(items.fields, (const char *) array->items + i * items.size, out))
            return false;
    }
    return true;
}

static bool
encode_field(const AljXdrField *field, const void *at, GByteArray *out)
{
    switch (field->kind) {
    case ALJ_XDR_I32:
    case ALJ_XDR_U32:
        put_u32(out, *(const uint32_t *) at);
        return true;
    case ALJ_XDR_I64:
    case ALJ_XDR_U64:
        put_u64(out, *(const uint64_t *) at);
        return true;
    case ALJ_XDR_U8W:
        put_u32(out, *(const uint8_t *) at);
        return true;
    case ALJ_XDR_UUID:
        memcpy(grow(out, sizeof(AljUuid)), at, sizeof(AljUuid));
        return true;
    case ALJ_XDR_STRING:
        return put_text(out, *(char *const *) at, string_max(field));
    case ALJ_XDR_OPT_STRING:
        put_u32(out, *(char *const *) at ? 1 : 0);
        return !*(char *const *) at || put_text(out, *(char *const *) at, string_max(field));
    case ALJ_XDR_CHAR32:
        put_char32(out, at);
        return true;
    case ALJ_XDR_SECRET:
        return put_secret(out, at);
    case ALJ_XDR_STRUCT:
        return encode_fields(field->fields, at, out);
    case ALJ_XDR_OPT_STRUCT:
        put_u32(out, *(void *const *) at ? 1 : 0);
        return !*(void *const *) at || encode_fields(field->fields, *(void *const *) at, out);
    case ALJ_XDR_ARRAY:
    case ALJ_XDR_STRINGS:
    case ALJ_XDR_INTS:
    case ALJ_XDR_PARAMS:
        return encode_array(field, at, out);
    case ALJ_XDR_PARAM_VALUE:
        return put_param_value(out, at);
    case ALJ_XDR_END:
        break;
    }
    return true;
}

static bool
encode_fields(const AljXdrField *fields, const void *value, GByteArray *out)
{
    for (const AljXdrField *field = fields; field->kind != ALJ_XDR_END; field++) {
        if (!encode_field(field, (const char *) value + field->offset, out))
            return false;
    }
    return true;
}

bool
alj_xdr_encode(const AljXdrField *fields, const void *value, GByteArray *out, GError **error)
{
    guint position = out->len;
    if (encode_fields(fields, value, out))
        return true;
    g_byte_array_set_size(out, position);
    return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Unable to encode message payload");
}

/* ---- decoding ---- */

/** The bytes not yet decoded. */
typedef struct Rest {
    const uint8_t *data;
    size_t size;
} Rest;

static bool decode_fields(const AljXdrField *fields, Rest *rest, void *value);

/** Takes @size bytes off @rest; NULL if there are fewer. */
static const uint8_t *
take(Rest *rest, size_t size)
{
    if (size > rest->size)
        return NULL;
    const uint8_t *bytes = rest->data;
    rest->data += size;
    rest->size -= size;
    return bytes;
}

static bool
take_u32(Rest *rest, uint32_t *ret)
{
    const uint8_t *bytes = take(rest, sizeof *ret);
    if (!bytes)
        return false;
    uint32_t big;
    memcpy(&big, bytes, sizeof big);
    *ret = GUINT32_FROM_BE(big);
    return true;
}

static bool
take_u64(Rest *rest, uint64_t *ret)
{
    const uint8_t *bytes = take(rest, sizeof *ret);
    if (!bytes)
        return false;
    uint64_t big;
    memcpy(&big, bytes, sizeof big);
    *ret = GUINT64_FROM_BE(big);
    return true;
}

/** A NUL is refused: what is compared and shown must be what was sent. */
static bool
take_text(Rest *rest, uint32_t max, char **ret)
{
    uint32_t length;
    if (!take_u32(rest, &length) || length > max)
        return false;
    const uint8_t *bytes = take(rest, padded(length));
    if (!bytes || memchr(bytes, '\0', length))
        return false;
    char *text = g_try_malloc((size_t) length + 1);
    if (!text)
        return false;
    memcpy(text, bytes, length);
    text[length] = '\0';
    *ret = text;
    return true;
}

/** Any word but 0 means that the value follows: go-libvirt sends 0x01000000. */
static bool
take_presence(Rest *rest, bool *ret)
{
    uint32_t word;
    if (!take_u32(rest, &word))
        return false;
    *ret = word != 0;
    return true;
}

static bool
take_uuid(Rest *rest, AljUuid *ret)
{
    const uint8_t *bytes = take(rest, sizeof *ret);
    if (bytes)
        memcpy(ret, bytes, sizeof *ret);
    return bytes != NULL;
}

static bool
take_char32(Rest *rest, char ret[static CHAR32_LENGTH])
{
    for (size_t i = 0; i < CHAR32_LENGTH; i++) {
        uint32_t word;
        if (!take_u32(rest, &word))
            return false;
        ret[i] = (char) (word & 0xff);
    }
    ret[CHAR32_LENGTH - 1] = '\0';
    return true;
}

static bool
take_secret(Rest *rest, AljXdrArray *ret)
{
    uint32_t count;
    if (!take_u32(rest, &count) || count > ALJ_WIRE_SECRET_MAX)
        return false;
    const uint8_t *bytes = take(rest, padded(count));
    ret->items = bytes && count > 0 ? g_try_malloc(count) : NULL;
    if (!ret->items)
        return bytes != NULL && count == 0;
    memcpy(ret->items, bytes, count);
    ret->count = count;
    return true;
}

static bool
take_param_value(Rest *rest, AljWireParam *ret)
{
    uint32_t type;
    if (!take_u32(rest, &type))
        return false;
    ret->type = (int32_t) type;
    switch ((AljWireParamType) type) {
    case ALJ_PARAM_INT:
    case ALJ_PARAM_UINT:
    case ALJ_PARAM_BOOLEAN:
        return take_u32(rest, &ret->value.ui);
    case ALJ_PARAM_LLONG:
    case ALJ_PARAM_ULLONG:
    case ALJ_PARAM_DOUBLE:
        return take_u64(rest, &ret->value.ul);
    case ALJ_PARAM_STRING:
        return take_text(rest, ALJ_WIRE_STRING_MAX, &ret->value.s);
    }
    return false;
}

/** Fewest bytes that one value of @fields takes on the wire. */
static size_t
smallest(const AljXdrField *fields)
{
    size_t bytes = 0;
    for (const AljXdrField *field = fields; field->kind != ALJ_XDR_END; field++) {
        if (field->kind == ALJ_XDR_I64 || field->kind == ALJ_XDR_U64 || field->kind == ALJ_XDR_PARAM_VALUE)
            bytes += 8;
        else if (field->kind == ALJ_XDR_UUID)
            bytes += sizeof(AljUuid);
        else if (field->kind == ALJ_XDR_CHAR32)
            bytes += CHAR32_LENGTH * 4;
        else if (field->kind == ALJ_XDR_STRUCT)
            bytes += smallest(field->fields);
        else
            bytes += 4;
    }
    return bytes;
}

static bool
decode_array(const AljXdrField *field, Rest *rest, AljXdrArray *ret)
{
    uint32_t count;
    Items items = items_of(field);
    if (!take_u32(rest, &count) || count > list_max(field) || count > rest->size / smallest(items.fields))
        return false;
    if (count == 0)
        return true;
    ret->items = g_try_malloc0_n(count, items.size);
    if (!ret->items)
        return false;
    ret->count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!decode_fields(items.fields, rest, (char *) ret->items + i * items.size))
            return false;
    }
    return true;
}

static bool
decode_optional(const AljXdrField *field, Rest *rest, void **ret)
{
    bool is_present;
    if (!take_presence(rest, &is_present))
        return false;
    if (!is_present)
        return true;
    *ret = g_malloc0(field->size); /* the size is ours, out of the table */
    return decode_fields(field->fields, rest, *ret);
}

static bool
decode_field(const AljXdrField *field, Rest *rest, void *at)
{
    switch (field->kind) {
    case ALJ_XDR_I32:
    case ALJ_XDR_U32:
        return take_u32(rest, at);
    case ALJ_XDR_I64:
    case ALJ_XDR_U64:
        return take_u64(rest, at);
    case ALJ_XDR_U8W: {
        uint32_t word;
        bool is_there = take_u32(rest, &word);
        if (is_there)
            *(uint8_t *) at = (uint8_t) (word & 0xff);
        return is_there;
    }
    case ALJ_XDR_UUID:
        return take_uuid(rest, at);
    case ALJ_XDR_STRING:
        return take_text(rest, string_max(field), at);
    case ALJ_XDR_OPT_STRING: {
        bool is_present;
        return take_presence(rest, &is_present) && (!is_present || take_text(rest, string_max(field), at));
    }
    case ALJ_XDR_CHAR32:
        return take_char32(rest, at);
    case ALJ_XDR_SECRET:
        return take_secret(rest, at);
    case ALJ_XDR_STRUCT:
        return decode_fields(field->fields, rest, at);
    case ALJ_XDR_OPT_STRUCT:
        return decode_optional(field, rest, at);
    case ALJ_XDR_ARRAY:
    case ALJ_XDR_STRINGS:
    case ALJ_XDR_INTS:
    case ALJ_XDR_PARAMS:
        return decode_array(field, rest, at);
    case ALJ_XDR_PARAM_VALUE:
        return take_param_value(rest, at);
    case ALJ_XDR_END:
        break;
    }
    return true;
}

static bool
decode_fields(const AljXdrField *fields, Rest *rest, void *value)
{
    for (const AljXdrField *field = fields; field->kind != ALJ_XDR_END; field++) {
        if (!decode_field(field, rest, (char *) value + field->offset))
            return false;
    }
    return true;
}

bool
alj_xdr_decode(const AljXdrField *fields, const uint8_t *data, size_t size, void *value, GError **error)
{
    Rest rest = { data, size };
    if (decode_fields(fields, &rest, value))
        return true;
    alj_xdr_clear(fields, value);
    return alj_fail_area(error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "Unable to decode message payload");
}

/* ---- clearing ---- */

static void
clear_array(const AljXdrField *field, AljXdrArray *array)
{
    Items items = items_of(field);
    for (uint32_t i = 0; i < array->count; i++)
        alj_xdr_clear(items.fields, (char *) array->items + i * items.size);
    g_clear_pointer(&array->items, g_free);
    array->count = 0;
}

static void
clear_secret(AljXdrArray *secret)
{
    if (secret->items)
        explicit_bzero(secret->items, secret->count);
    g_clear_pointer(&secret->items, g_free);
    secret->count = 0;
}

static void
clear_field(const AljXdrField *field, void *at)
{
    switch (field->kind) {
    case ALJ_XDR_I32:
    case ALJ_XDR_U32:
        *(uint32_t *) at = 0;
        break;
    case ALJ_XDR_I64:
    case ALJ_XDR_U64:
        *(uint64_t *) at = 0;
        break;
    case ALJ_XDR_U8W:
        *(uint8_t *) at = 0;
        break;
    case ALJ_XDR_UUID:
        memset(at, 0, sizeof(AljUuid));
        break;
    case ALJ_XDR_STRING:
    case ALJ_XDR_OPT_STRING:
        g_clear_pointer((char **) at, g_free);
        break;
    case ALJ_XDR_CHAR32:
        memset(at, 0, CHAR32_LENGTH);
        break;
    case ALJ_XDR_SECRET:
        clear_secret(at);
        break;
    case ALJ_XDR_STRUCT:
        alj_xdr_clear(field->fields, at);
        break;
    case ALJ_XDR_OPT_STRUCT:
        if (*(void **) at)
            alj_xdr_clear(field->fields, *(void **) at);
        g_clear_pointer((void **) at, g_free);
        break;
    case ALJ_XDR_ARRAY:
    case ALJ_XDR_STRINGS:
    case ALJ_XDR_INTS:
    case ALJ_XDR_PARAMS:
        clear_array(field, at);
        break;
    case ALJ_XDR_PARAM_VALUE: {
        AljWireParam *param = at;
        if (param->type == ALJ_PARAM_STRING)
            g_free(param->value.s);
        param->type = 0;
        memset(&param->value, 0, sizeof param->value);
        break;
    }
    case ALJ_XDR_END:
        break;
    }
}

void
alj_xdr_clear(const AljXdrField *fields, void *value)
{
    for (const AljXdrField *field = fields; field->kind != ALJ_XDR_END; field++)
        clear_field(field, (char *) value + field->offset);
}
