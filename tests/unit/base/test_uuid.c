/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The spellings libvirt takes and those it does not. */
#include "base/uuid.h"

#define CANONICAL "a5de49f0-7cd6-486e-8ddb-07759a2a8d2b"

static void
test_parse(void)
{
    static const char *const good[] = { CANONICAL, "A5DE49F07CD6486E8DDB07759A2A8D2B", "  " CANONICAL "\n" };
    static const char *const bad[] = { "", "a5de", CANONICAL "0", "g5de49f0-7cd6-486e-8ddb-07759a2a8d2b",
                                       "a5de49f0-7cd6-486e-8ddb-07759a2a8d2" };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        AljUuid uuid;
        char text[ALJ_UUID_TEXT_SIZE];
        g_assert_true(alj_uuid_parse(good[i], &uuid));
        g_assert_cmpstr(alj_uuid_format(&uuid, text), ==, CANONICAL);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        AljUuid uuid;
        g_assert_false(alj_uuid_parse(bad[i], &uuid));
    }
}

static void
test_generate(void)
{
    AljUuid a, b;
    alj_uuid_generate(&a);
    alj_uuid_generate(&b);
    g_assert_false(alj_uuid_equal(&a, &b));
    g_assert_cmpuint(a.bytes[6] >> 4, ==, 4);
    g_assert_cmpuint(a.bytes[8] >> 6, ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/uuid/parse", test_parse);
    g_test_add_func("/base/uuid/generate", test_generate);
    return g_test_run();
}
