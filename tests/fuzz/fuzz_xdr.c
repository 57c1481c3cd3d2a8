/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzz entry for the XDR tables. Two bytes choose a procedure and a side, the rest is the payload. What decodes must encode, and
 * what it encodes to must decode to the same bytes again.
 */
#include "wire/procedures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const AljXdrField *fields, size_t value_size, const uint8_t *data, size_t size)
{
    g_autofree void *value = g_malloc0(value_size);
    g_autofree void *second = g_malloc0(value_size);
    g_autoptr(GByteArray) once = g_byte_array_new();
    g_autoptr(GByteArray) twice = g_byte_array_new();
    if (!alj_xdr_decode(fields, data, size, value, NULL))
        return;
    g_autofree char *line = alj_xdr_print(fields, value);
    g_assert_cmpint(line[0], ==, '{');
    g_assert_true(alj_xdr_encode(fields, value, once, NULL));
    g_assert_true(alj_xdr_decode(fields, once->data, once->len, second, NULL));
    g_assert_true(alj_xdr_encode(fields, second, twice, NULL));
    g_assert_cmpmem(once->data, once->len, twice->data, twice->len);
    alj_xdr_clear(fields, value);
    alj_xdr_clear(fields, second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    int32_t choice = data[0] << 8 | data[1];
    const AljProcedure *procedure = alj_procedure_find(choice >> 1);
    data += 2;
    size -= 2;
    if (!procedure)
        check(alj_wire_error, sizeof(AljWireError), data, size);
    else if (choice & 1 && procedure->args)
        check(procedure->args, procedure->args_size, data, size);
    else if (procedure->ret)
        check(procedure->ret, procedure->ret_size, data, size);
    return 0;
}
