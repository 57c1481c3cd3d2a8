/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line of text for a struct that has an XDR table, for traces. Owns nothing; any thread. */
#include "wire/xdr.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "wire/messages.h"

#define TEXT_SHOWN 64 /* bytes of a string; documents would drown the rest */

static void print_fields(const AljXdrField *fields, const void *value, GString *out);

static void
print_text(const char *text, GString *out)
{
    if (!text) {
        g_string_append(out, "none");
        return;
    }
    size_t length = strlen(text);
    g_autofree char *shown = alj_text_printable(text, (gssize) MIN(length, TEXT_SHOWN));
    g_string_append_printf(out, "\"%s\"%s", shown, length > TEXT_SHOWN ? "…" : "");
}

static void
print_param(const AljWireParam *param, GString *out)
{
    g_string_append_printf(out, "%s=", param->field);
    switch ((AljWireParamType) param->type) {
    case ALJ_PARAM_INT:
    case ALJ_PARAM_BOOLEAN:
        g_string_append_printf(out, "%" PRId32, param->value.i);
        break;
    case ALJ_PARAM_UINT:
        g_string_append_printf(out, "%" PRIu32, param->value.ui);
        break;
    case ALJ_PARAM_LLONG:
        g_string_append_printf(out, "%" PRId64, param->value.l);
        break;
    case ALJ_PARAM_ULLONG:
        g_string_append_printf(out, "%" PRIu64, param->value.ul);
        break;
    case ALJ_PARAM_DOUBLE:
        g_string_append_printf(out, "%g", param->value.d);
        break;
    case ALJ_PARAM_STRING:
        if (g_strcmp0(param->field, ALJ_IDENTITY_TOKEN) == 0)
            g_string_append(out, "hidden");
        else
            print_text(param->value.s, out);
        break;
    }
}

/** One item of an array of any kind. */
static void
print_item(const AljXdrField *field, const void *items, uint32_t index, GString *out)
{
    if (field->kind == ALJ_XDR_STRINGS)
        print_text(((char *const *) items)[index], out);
    else if (field->kind == ALJ_XDR_INTS)
        g_string_append_printf(out, "%" PRId32, ((const int32_t *) items)[index]);
    else if (field->kind == ALJ_XDR_PARAMS)
        print_param((const AljWireParam *) items + index, out);
    else
        print_fields(field->fields, (const char *) items + index * field->size, out);
}

static void
print_field(const AljXdrField *field, const void *at, GString *out)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    const AljXdrArray *array = at;
    switch (field->kind) {
    case ALJ_XDR_I32:
        g_string_append_printf(out, "%" PRId32, *(const int32_t *) at);
        break;
    case ALJ_XDR_U32:
        g_string_append_printf(out, "%" PRIu32, *(const uint32_t *) at);
        break;
    case ALJ_XDR_I64:
        g_string_append_printf(out, "%" PRId64, *(const int64_t *) at);
        break;
    case ALJ_XDR_U64:
        g_string_append_printf(out, "%" PRIu64, *(const uint64_t *) at);
        break;
    case ALJ_XDR_U8W:
        g_string_append_printf(out, "%u", *(const uint8_t *) at);
        break;
    case ALJ_XDR_UUID:
        g_string_append(out, alj_uuid_format(at, uuid));
        break;
    case ALJ_XDR_STRING:
    case ALJ_XDR_OPT_STRING:
        print_text(*(char *const *) at, out);
        break;
    case ALJ_XDR_CHAR32:
        print_text(at, out);
        break;
    case ALJ_XDR_SECRET:
        g_string_append_printf(out, "%" PRIu32 " bytes", array->count);
        break;
    case ALJ_XDR_STRUCT:
        print_fields(field->fields, at, out);
        break;
    case ALJ_XDR_OPT_STRUCT:
        if (*(void *const *) at)
            print_fields(field->fields, *(void *const *) at, out);
        else
            g_string_append(out, "none");
        break;
    case ALJ_XDR_ARRAY:
    case ALJ_XDR_STRINGS:
    case ALJ_XDR_INTS:
    case ALJ_XDR_PARAMS:
        g_string_append_printf(out, "%" PRIu32 "[", array->count);
        for (uint32_t i = 0; i < array->count && i < 3; i++) {
            g_string_append(out, i ? " " : "");
            print_item(field, array->items, i, out);
        }
        g_string_append(out, array->count > 3 ? " …]" : "]");
        break;
    case ALJ_XDR_PARAM_VALUE:
    case ALJ_XDR_END:
        break;
    }
}

static void
print_fields(const AljXdrField *fields, const void *value, GString *out)
{
    g_string_append_c(out, '{');
    for (const AljXdrField *field = fields; field->kind != ALJ_XDR_END; field++) {
        g_string_append_printf(out, "%s%s=", field == fields ? "" : " ", field->name);
        print_field(field, (const char *) value + field->offset, out);
    }
    g_string_append_c(out, '}');
}

char *
alj_xdr_print(const AljXdrField *fields, const void *value)
{
    g_autoptr(GString) out = g_string_new(NULL);
    print_fields(fields, value, out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}
