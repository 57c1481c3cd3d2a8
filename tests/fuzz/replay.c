/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plays the seeds of one fuzz target through it, without an engine: whole, cut at every length, then with random bytes changed,
 * dropped and doubled. Fixed random numbers; stops after about two seconds on slow machines. The sanitizers and the assertions of the
 * target are the judges. A seed is a document *.in.xml, or *.hex: lines "OFFSET: BYTES", both hexadecimal, with zeros in
 * between, and comments after #. TARGET and SEEDS, folders with a colon in between, come from meson.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#define BUDGET_USEC G_USEC_PER_SEC
#define SEED        20260131
#define ROUNDS      4000
#define MAX_BYTES   (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GPtrArray *seeds; /* of GByteArray */

/* An exact heap copy: a read past the end is then seen by the sanitizer. */
static void
feed(const uint8_t *bytes, gsize length)
{
    g_autofree uint8_t *exact = g_memdup2(bytes, length);
    (void) LLVMFuzzerTestOneInput(exact ? exact : (const uint8_t *) "", length);
}

static void
add_hex_line(GByteArray *seed, const char *line)
{
    char *at = NULL;
    guint64 offset = g_ascii_strtoull(line, &at, 16);
    g_assert_true(*at == ':' && offset <= MAX_BYTES);
    for (at = strchr(at, ':') + 1; *at && *at != '#'; at++) {
        if (*at == ' ')
            continue;
        g_assert_true(g_ascii_isxdigit(at[0]) && g_ascii_isxdigit(at[1]));
        if (seed->len <= offset) {
            guint old_length = seed->len;
            g_byte_array_set_size(seed, (guint) offset + 1);
            memset(seed->data + old_length, 0, seed->len - old_length);
        }
        seed->data[offset++] = (uint8_t) (g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]));
        at++;
    }
}

/* (transfer full) */
static GByteArray *
load_seed(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize length = 0;
    g_file_get_contents(path, &text, &length, &error);
    g_assert_no_error(error);
    if (!g_str_has_suffix(path, ".hex"))
        return g_byte_array_new_take((guint8 *) g_steal_pointer(&text), length);
    GByteArray *seed = g_byte_array_new();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (**line && **line != '#')
            add_hex_line(seed, *line);
    }
    return seed;
}

static void
free_seed(gpointer seed)
{
    g_byte_array_unref(seed);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
load_folder(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(folder));) {
        if (g_str_has_suffix(name, ".in.xml") || g_str_has_suffix(name, ".hex"))
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(seeds, load_seed(names->pdata[i]));
    g_assert_cmpuint(names->len, >, 0);
}

static void
test_truncated(void)
{
    for (guint i = 0; i < seeds->len; i++) {
        const GByteArray *seed = seeds->pdata[i];
        gint64 end = g_get_monotonic_time() + BUDGET_USEC / seeds->len; /* a long one does not take the turn of others */
        feed(seed->data, seed->len);
        for (gsize cut = 0; cut < seed->len && g_get_monotonic_time() < end; cut++)
            feed(seed->data, cut);
    }
}

static void
mutate(GRand *random, GString *bytes)
{
    static const char interesting[] = "<>/&'\"= ;#x0\n\t\r-9\x80\xff\x7f\x01\0";
    gint32 at = g_rand_int_range(random, 0, (gint32) bytes->len);
    gint32 span = g_rand_int_range(random, 1, 64);
    span = MIN(span, (gint32) bytes->len - at);
    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        bytes->str[at] = (char) g_rand_int_range(random, 0, 256);
        break;
    case 1:
        bytes->str[at] = interesting[g_rand_int_range(random, 0, (gint32) sizeof interesting)];
        break;
    case 2:
        g_string_erase(bytes, at, span);
        break;
    default: {
        g_autofree char *piece = g_memdup2(bytes->str + at, (gsize) span);
        g_string_insert_len(bytes, g_rand_int_range(random, 0, (gint32) bytes->len), piece, span);
    }
    }
}

static void
test_mutated(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    gint64 end = g_get_monotonic_time() + BUDGET_USEC;
    for (unsigned round = 0; round < ROUNDS && g_get_monotonic_time() < end; round++) {
        for (guint i = 0; i < seeds->len; i++) {
            const GByteArray *seed = seeds->pdata[i];
            g_autoptr(GString) changed = g_string_new_len((const char *) seed->data, seed->len);
            for (int n = g_rand_int_range(random, 1, 4); n > 0 && changed->len > 0; n--)
                mutate(random, changed);
            feed((const uint8_t *) changed->str, changed->len);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    seeds = g_ptr_array_new_with_free_func(free_seed);
    g_auto(GStrv) folders = g_strsplit(SEEDS, ":", -1);
    for (char **folder = folders; *folder; folder++)
        load_folder(*folder);
    g_test_add_func("/fuzz/" TARGET "/truncated", test_truncated);
    g_test_add_func("/fuzz/" TARGET "/mutated", test_mutated);
    int result = g_test_run();
    g_ptr_array_unref(seeds);
    return result;
}
