/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replays the golden documents of one folder through a fuzz target: cut at every length, then with random bytes
 * changed, dropped and doubled. Fixed seed; stops after about two seconds on slow machines. The sanitizers and the
 * assertions of the target are the judges. MUTATION_FOLDER comes from meson.
 */
#include "golden.h"

#include <stdint.h>

#define BUDGET_USEC (G_USEC_PER_SEC)
#define SEED 20260131
#define ROUNDS 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact heap copy: a read past the end is then seen by the sanitizer. */
static void
feed(const char *text, gsize length)
{
    g_autofree uint8_t *exact = g_memdup2(text, length);
    (void) LLVMFuzzerTestOneInput(exact ? exact : (const uint8_t *) "", length);
}

static void
test_truncated(void)
{
    g_autoptr(GPtrArray) names = golden_names(MUTATION_FOLDER);
    gint64 end = g_get_monotonic_time() + BUDGET_USEC;
    for (guint i = 0; i < names->len; i++) {
        gsize length = 0;
        g_autofree char *text = golden_load(MUTATION_FOLDER, names->pdata[i], ".in.xml", &length);
        for (gsize cut = 0; cut <= length && g_get_monotonic_time() < end; cut++)
            feed(text, cut);
    }
}

static void
mutate(GRand *random, GString *text)
{
    static const char interesting[] = "<>/&'\"= ;#x0\n\t\r-9\x80\xff";
    gint32 at = g_rand_int_range(random, 0, (gint32) text->len);
    gint32 span = g_rand_int_range(random, 1, 64);
    span = MIN(span, (gint32) text->len - at);
    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        text->str[at] = (char) g_rand_int_range(random, 0, 256);
        break;
    case 1:
        text->str[at] = interesting[g_rand_int_range(random, 0, (gint32) sizeof interesting - 1)];
        break;
    case 2:
        g_string_erase(text, at, span);
        break;
    default: {
        g_autofree char *piece = g_strndup(text->str + at, (gsize) span);
        g_string_insert(text, g_rand_int_range(random, 0, (gint32) text->len), piece);
    }
    }
}

static void
test_mutated(void)
{
    g_autoptr(GPtrArray) names = golden_names(MUTATION_FOLDER);
    GRand *random = g_rand_new_with_seed(SEED);
    gint64 end = g_get_monotonic_time() + BUDGET_USEC;
    for (unsigned round = 0; round < ROUNDS && g_get_monotonic_time() < end; round++) {
        for (guint i = 0; i < names->len; i++) {
            gsize length = 0;
            g_autofree char *text = golden_load(MUTATION_FOLDER, names->pdata[i], ".in.xml", &length);
            g_autoptr(GString) changed = g_string_new_len(text, (gssize) length);
            for (int n = g_rand_int_range(random, 1, 4); n > 0 && changed->len > 0; n--)
                mutate(random, changed);
            feed(changed->str, changed->len);
        }
    }
    g_rand_free(random);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/mutation/truncated", test_truncated);
    g_test_add_func("/model/mutation/mutated", test_mutated);
    return g_test_run();
}
