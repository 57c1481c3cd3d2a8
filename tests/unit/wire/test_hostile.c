/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every table against bytes that were cut, changed or made up; and the liberties that clients may take. */
#include "samples.h"

#include <string.h>

#define MUTATIONS 200000
#define SEED      20240229

static const char refused[] = "Unable to decode message payload";

/** Decodes, and for what was accepted also prints, encodes and clears: nothing of it may touch memory that is not its own. */
static bool
feed(const SampleTable *table, const uint8_t *data, size_t size)
{
    /* at the end of its own allocation, so that a sanitizer sees a byte read too many */
    g_autofree uint8_t *copy = g_memdup2(data, size);
    g_autofree void *value = g_malloc0(table->size);
    g_autofree uint8_t *zeroes = g_malloc0(table->size);
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    bool is_accepted = alj_xdr_decode(table->fields, copy, size, value, &error);
    if (is_accepted) {
        g_autofree char *line = alj_xdr_print(table->fields, value);
        g_assert_cmpint(line[0], ==, '{');
        g_assert_true(alj_xdr_encode(table->fields, value, out, NULL));
        alj_xdr_clear(table->fields, value);
    } else {
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_RPC);
        g_assert_cmpstr(error->message, ==, refused);
        g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_RPC);
    }
    g_assert_true(memcmp(value, zeroes, table->size) == 0);
    return is_accepted;
}

/** What an independent encoder wrote comes out of ours unchanged. */
static void
test_round_trip(void)
{
    g_autoptr(GArray) tables = sample_tables();
    g_assert_cmpuint(tables->len, >, 80);
    for (guint i = 0; i < tables->len; i++) {
        const SampleTable *table = &g_array_index(tables, SampleTable, i);
        for (unsigned n_items = 0; n_items <= 7; n_items += 7) {
            g_autoptr(GByteArray) bytes = g_byte_array_new();
            g_autoptr(GByteArray) again = g_byte_array_new();
            g_autofree void *value = g_malloc0(table->size);
            sample_bytes(table->fields, n_items, bytes);
            g_assert_true(alj_xdr_decode(table->fields, bytes->data, bytes->len, value, NULL));
            g_assert_true(alj_xdr_encode(table->fields, value, again, NULL));
            g_assert_cmpmem(again->data, again->len, bytes->data, bytes->len);
            alj_xdr_clear(table->fields, value);
        }
    }
}

static void
test_truncated(void)
{
    g_autoptr(GArray) tables = sample_tables();
    for (guint i = 0; i < tables->len; i++) {
        const SampleTable *table = &g_array_index(tables, SampleTable, i);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        sample_bytes(table->fields, 7, bytes);
        for (guint size = 0; size < bytes->len; size++)
            g_assert_false(feed(table, bytes->data, size));
        g_assert_true(feed(table, bytes->data, bytes->len));
        /* bytes left over are nobody's business */
        g_byte_array_append(bytes, (const uint8_t *) "\xff\xff\xff\xff\xff", 5);
        g_assert_true(feed(table, bytes->data, bytes->len));
    }
}

static void
mutate(GRand *random, uint8_t *data, guint size)
{
    static const uint8_t edges[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    for (int changes = g_rand_int_range(random, 1, 4); changes > 0; changes--) {
        guint at = (guint) g_rand_int_range(random, 0, (gint32) size);
        if (g_rand_boolean(random))
            data[at] = edges[g_rand_int_range(random, 0, G_N_ELEMENTS(edges))];
        else
            data[at] ^= (uint8_t) (1 << g_rand_int_range(random, 0, 8));
    }
}

static void
test_mutated(void)
{
    g_autoptr(GArray) tables = sample_tables();
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    guint n_accepted = 0;
    for (guint i = 0; i < tables->len; i++) {
        const SampleTable *table = &g_array_index(tables, SampleTable, i);
        g_autoptr(GByteArray) sample = g_byte_array_new();
        sample_bytes(table->fields, 2, sample);
        for (guint j = 0; j < MUTATIONS / tables->len; j++) {
            g_autofree uint8_t *bytes = g_memdup2(sample->data, sample->len);
            mutate(random, bytes, sample->len);
            n_accepted += feed(table, bytes, sample->len);
        }
    }
    g_test_message("%u of %u mutations were still valid", n_accepted, MUTATIONS);
    g_assert_cmpuint(n_accepted, >, MUTATIONS / 100);
    g_assert_cmpuint(n_accepted, <, MUTATIONS - MUTATIONS / 100);
}

/** Counts that promise gigabytes are refused from the few bytes that came. */
static void
test_huge_counts(void)
{
    g_autoptr(GArray) tables = sample_tables();
    static const uint32_t counts[] = { 0xffffffff, 0x80000000, 0x40000000, 16385, 16384, 5 };
    for (guint i = 0; i < tables->len; i++) {
        const SampleTable *table = &g_array_index(tables, SampleTable, i);
        AljXdrKind kind = table->fields[0].kind;
        if (kind != ALJ_XDR_ARRAY && kind != ALJ_XDR_STRINGS && kind != ALJ_XDR_INTS && kind != ALJ_XDR_PARAMS)
            continue;
        for (guint j = 0; j < G_N_ELEMENTS(counts); j++) {
            uint8_t bytes[20] = { 0 };
            uint32_t big = GUINT32_TO_BE(counts[j]);
            memcpy(bytes, &big, sizeof big);
            g_assert_false(feed(table, bytes, sizeof bytes));
        }
    }
}

static bool
accepts(const AljXdrField *fields, size_t value_size, uint32_t count, size_t item_bytes, size_t tail_bytes)
{
    const SampleTable table = { "limit", fields, value_size };
    size_t size = 4 + count * item_bytes + tail_bytes;
    g_autofree uint8_t *bytes = g_malloc0(size);
    uint32_t big = GUINT32_TO_BE(count);
    memcpy(bytes, &big, sizeof big);
    return feed(&table, bytes, size);
}

static void
test_limits(void)
{
    /* items of zeroes: an empty name and a zero uuid, an empty text, … */
    g_assert_true(accepts(alj_wire_pool_list, sizeof(AljWirePoolList), 16384, 20, 4));
    g_assert_false(accepts(alj_wire_pool_list, sizeof(AljWirePoolList), 16385, 20, 4));
    g_assert_true(accepts(alj_wire_vol_list, sizeof(AljWireVolList), 16384, 12, 4));
    g_assert_false(accepts(alj_wire_vol_list, sizeof(AljWireVolList), 16385, 12, 4));
    g_assert_true(accepts(alj_wire_names, sizeof(AljWireNames), 16384, 4, 0));
    g_assert_false(accepts(alj_wire_names, sizeof(AljWireNames), 16385, 4, 0));
    g_assert_true(accepts(alj_wire_auth_types, sizeof(AljWireInts), 20, 4, 0));
    g_assert_false(accepts(alj_wire_auth_types, sizeof(AljWireInts), 21, 4, 0));

    for (unsigned count = 20; count <= 21; count++) {
        const SampleTable identity = { "identity", alj_wire_identity, sizeof(AljWireIdentity) };
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        sample_bytes(alj_wire_identity, count, bytes);
        g_assert_cmpint(feed(&identity, bytes->data, bytes->len), ==, count == 20);
    }
}

static void
test_string_limit(void)
{
    const SampleTable table = { "text", alj_wire_text, sizeof(AljWireText) };
    for (uint32_t length = ALJ_WIRE_STRING_MAX - 1; length <= ALJ_WIRE_STRING_MAX + 1; length++) {
        size_t size = 4 + (length + 3) / 4 * 4;
        g_autofree uint8_t *bytes = g_malloc0(size);
        uint32_t big = GUINT32_TO_BE(length);
        memcpy(bytes, &big, sizeof big);
        memset(bytes + 4, 'x', length);
        g_assert_cmpint(feed(&table, bytes, size), ==, length <= ALJ_WIRE_STRING_MAX);
    }

    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(ALJ_WIRE_STRING_MAX + 1, 'x');
    AljWireText value = { text };
    g_byte_array_append(out, (const uint8_t *) "head", 4);
    g_assert_false(alj_xdr_encode(alj_wire_text, &value, out, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_RPC);
    g_assert_cmpstr(error->message, ==, "Unable to encode message payload");
    g_assert_cmpuint(out->len, ==, 4);
    text[ALJ_WIRE_STRING_MAX] = '\0';
    g_assert_true(alj_xdr_encode(alj_wire_text, &value, out, NULL));
    g_assert_cmpuint(out->len, ==, 4 + 4 + ALJ_WIRE_STRING_MAX);
}

static void
test_encode_refuses(void)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    AljWirePoolName half = { .pool.name = (char *) "p" }; /* no name */
    AljWireParam params[21] = { 0 };
    AljWireIdentity identity = { .params = { 21, params } };
    for (int i = 0; i < 21; i++)
        params[i] = (AljWireParam) { (char *) "f", ALJ_PARAM_INT, { .i = i } };
    g_assert_false(alj_xdr_encode(alj_wire_pool_name, &half, out, NULL));
    g_assert_false(alj_xdr_encode(alj_wire_identity, &identity, out, NULL));
    g_assert_cmpuint(out->len, ==, 0);
    identity.params.count = 20;
    g_assert_true(alj_xdr_encode(alj_wire_identity, &identity, out, NULL));
    params[0].type = 8;
    g_assert_false(alj_xdr_encode(alj_wire_identity, &identity, out, NULL));
}

/** What libvirtd accepts; a NUL is the exception that is ours. */
static void
test_liberal(void)
{
    g_autoptr(GByteArray) odd = sample_hex("01000000 00000003 616263ff 80000005");
    g_autoptr(GByteArray) with_nul = sample_hex("00000001 00000003 61006300 00000000");
    AljWireOpen open = { 0 };
    g_assert_true(alj_xdr_decode(alj_wire_open, odd->data, odd->len, &open, NULL));
    g_assert_cmpstr(open.name, ==, "abc");
    g_assert_cmphex(open.flags, ==, 0x80000005);
    alj_xdr_clear(alj_wire_open, &open);
    g_assert_false(alj_xdr_decode(alj_wire_open, with_nul->data, with_nul->len, &open, NULL));
    g_assert_null(open.name);
}

static void
test_numbers(void)
{
    g_autoptr(GByteArray) wide = sample_hex("ffffff02 0000000000000001 0000000000000002 ffffffffffffffff");
    AljWirePoolInfo info = { 0 };
    g_assert_true(alj_xdr_decode(alj_wire_pool_info, wide->data, wide->len, &info, NULL));
    g_assert_cmpuint(info.state, ==, 2); /* the last byte of the word */
    g_assert_cmpuint(info.available, ==, G_MAXUINT64);

    AljWireNodeInfo node = { .model = "0123456789012345678901234567890", .cpus = -1 };
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_assert_true(alj_xdr_encode(alj_wire_node_info, &node, bytes, NULL));
    g_assert_cmpuint(bytes->len, ==, 188 - 28); /* what libvirtd sends */
    AljWireNodeInfo again = { 0 };
    g_assert_true(alj_xdr_decode(alj_wire_node_info, bytes->data, bytes->len, &again, NULL));
    g_assert_cmpmem(&again, sizeof again, &node, sizeof node);
}

static void
test_print(void)
{
    AljWirePool pools[4] = { { (char *) "p\n1" }, { (char *) "" }, { (char *) "c" }, { (char *) "d" } };
    AljWirePoolList list = { .pools = { 4, pools }, .ret = 4 };
    g_autofree char *line = alj_xdr_print(alj_wire_pool_list, &list);
    g_assert_cmpstr(line, ==,
                    "{pools=4[{name=\"p\\x0a1\" uuid=00000000-0000-0000-0000-000000000000}"
                    " {name=\"\" uuid=00000000-0000-0000-0000-000000000000}"
                    " {name=\"c\" uuid=00000000-0000-0000-0000-000000000000} …] ret=4}");
    g_autofree char *long_text = g_strnfill(65, 'x');
    g_autofree char *shown = g_strnfill(64, 'x');
    g_autofree char *cut = alj_xdr_print(alj_wire_text, &(AljWireText) { long_text });
    g_autofree char *expected = g_strdup_printf("{text=\"%s\"…}", shown);
    g_assert_cmpstr(cut, ==, expected);
    AljWireParam param = { (char *) "unix-user-id", ALJ_PARAM_ULLONG, { .ul = G_MAXUINT64 } };
    g_autofree char *identity = alj_xdr_print(alj_wire_identity, &(AljWireIdentity) { { 1, &param }, 0 });
    g_assert_cmpstr(identity, ==, "{params=1[unix-user-id=18446744073709551615] flags=0}");
    AljWireParam token = { (char *) "system.token", ALJ_PARAM_STRING, { .s = (char *) "0123" } };
    g_autofree char *hidden = alj_xdr_print(alj_wire_identity, &(AljWireIdentity) { { 1, &token }, 0 });
    g_assert_cmpstr(hidden, ==, "{params=1[system.token=hidden] flags=0}");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/hostile/round-trip", test_round_trip);
    g_test_add_func("/wire/hostile/truncated", test_truncated);
    g_test_add_func("/wire/hostile/mutated", test_mutated);
    g_test_add_func("/wire/hostile/huge-counts", test_huge_counts);
    g_test_add_func("/wire/hostile/limits", test_limits);
    g_test_add_func("/wire/hostile/string-limit", test_string_limit);
    g_test_add_func("/wire/hostile/encode-refuses", test_encode_refuses);
    g_test_add_func("/wire/hostile/liberal", test_liberal);
    g_test_add_func("/wire/hostile/numbers", test_numbers);
    g_test_add_func("/wire/hostile/print", test_print);
    return g_test_run();
}
