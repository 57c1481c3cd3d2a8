/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An encoder that shares no line with the one under test. */
#include "samples.h"

static void
word(GByteArray *out, uint32_t value)
{
    const uint8_t bytes[] = { (uint8_t) (value >> 24), (uint8_t) (value >> 16), (uint8_t) (value >> 8), (uint8_t) value };
    g_byte_array_append(out, bytes, sizeof bytes);
}

static void
text(GByteArray *out, guint seed)
{
    guint length = 1 + seed % 9;
    word(out, length);
    for (guint i = 0; i < length; i++)
        g_byte_array_append(out, (const uint8_t *) "abcdefghi" + i, 1);
    while (length++ % 4)
        g_byte_array_append(out, (const uint8_t *) "", 1);
}

static void
param(GByteArray *out, unsigned type)
{
    text(out, type);
    word(out, type);
    if (type == ALJ_PARAM_STRING)
        text(out, 4);
    else if (type == ALJ_PARAM_LLONG || type == ALJ_PARAM_ULLONG || type == ALJ_PARAM_DOUBLE) {
        word(out, 0x40080000); /* 3.0 as a double */
        word(out, 0);
    } else
        word(out, 1);
}

static void
field_bytes(const AljXdrField *field, unsigned n_items, GByteArray *out)
{
    switch (field->kind) {
    case ALJ_XDR_I32:
    case ALJ_XDR_U32:
        word(out, 0x80000001 + out->len);
        break;
    case ALJ_XDR_I64:
    case ALJ_XDR_U64:
        word(out, 0x80000001 + out->len);
        word(out, 0x12345678);
        break;
    case ALJ_XDR_U8W:
        word(out, 0xfe);
        break;
    case ALJ_XDR_UUID:
        g_byte_array_append(out, (const uint8_t *) "0123456789abcdef", 16);
        break;
    case ALJ_XDR_SECRET: /* bytes as those of a text */
    case ALJ_XDR_STRING:
        text(out, out->len);
        break;
    case ALJ_XDR_OPT_STRING:
        word(out, 1);
        text(out, out->len);
        break;
    case ALJ_XDR_CHAR32:
        for (uint32_t i = 0; i < 32; i++)
            word(out, i < 7 ? 'a' + i : 0);
        break;
    case ALJ_XDR_OPT_STRUCT:
        word(out, 1);
        sample_bytes(field->fields, n_items, out);
        break;
    case ALJ_XDR_STRUCT:
        sample_bytes(field->fields, n_items, out);
        break;
    case ALJ_XDR_ARRAY:
    case ALJ_XDR_STRINGS:
    case ALJ_XDR_INTS:
    case ALJ_XDR_PARAMS:
        word(out, n_items);
        for (unsigned i = 0; i < n_items; i++) {
            if (field->kind == ALJ_XDR_ARRAY)
                sample_bytes(field->fields, n_items, out);
            else if (field->kind == ALJ_XDR_STRINGS)
                text(out, i);
            else if (field->kind == ALJ_XDR_INTS)
                word(out, i);
            else
                param(out, 1 + i % ALJ_PARAM_STRING);
        }
        break;
    case ALJ_XDR_PARAM_VALUE:
    case ALJ_XDR_END:
        g_assert_not_reached();
    }
}

void
sample_bytes(const AljXdrField *fields, unsigned n_items, GByteArray *out)
{
    for (const AljXdrField *field = fields; field->kind != ALJ_XDR_END; field++)
        field_bytes(field, n_items, out);
}

GArray *
sample_tables(void)
{
    GArray *tables = g_array_new(FALSE, FALSE, sizeof(SampleTable));
    const SampleTable error = { "error", alj_wire_error, sizeof(AljWireError) };
    const SampleTable hole = { "hole", alj_wire_hole, sizeof(AljWireHole) };
    g_array_append_val(tables, error);
    g_array_append_val(tables, hole);
    for (int32_t number = 1; number <= ALJ_PROC_LAST; number++) {
        const AljProcedure *procedure = alj_procedure_find(number);
        const SampleTable args = { procedure->name, procedure->args, procedure->args_size };
        const SampleTable ret = { procedure->name, procedure->ret, procedure->ret_size };
        if (args.fields)
            g_array_append_val(tables, args);
        if (ret.fields)
            g_array_append_val(tables, ret);
    }
    return tables;
}

GByteArray *
sample_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();
    for (const char *at = hex; *at;) {
        if (*at == ' ' || *at == '\n') {
            at++;
            continue;
        }
        uint8_t byte = (uint8_t) (g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]));
        g_byte_array_append(bytes, &byte, 1);
        at += 2;
    }
    return bytes;
}
