/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replays tables of our own through the fuzz target, with random bytes changed where tables have their fields. Fixed seed; stops
 * after about two seconds. The sanitizers and the assertions of the target are the judges.
 */
#include "host/partitions.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KIB          1024u
#define IMAGE_BYTES  (512 * KIB)
#define BUDGET_USEC  (2 * G_USEC_PER_SEC)
#define SEED         20261121
#define ROUNDS       3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the fields are that lie to somebody. */
static const struct {
    gint32 from, to;
} places[] = {
    { 440, 512 },                                               /* MBR */
    { 512, 512 + 92 }, { 1024, 1024 + 3 * 128 },                /* primary gpt and its entries */
    { IMAGE_BYTES - 512, IMAGE_BYTES - 512 + 92 }, { IMAGE_BYTES - 33 * 512, IMAGE_BYTES - 32 * 512 },
    { 128 * KIB + 446, 128 * KIB + 512 }, { 192 * KIB + 446, 192 * KIB + 512 }, /* links */
};

static AljHost *host;

static void
add(int fd, AljPartKind kind, uint64_t start_bytes, uint64_t end_bytes)
{
    g_autoptr(GError) error = NULL;
    AljPartRequest request = { kind, start_bytes, end_bytes, 0x83, "0FC63DAF-8483-4772-8E79-3D69D8477DE4" };
    g_autoptr(AljTableChange) change = alj_partitions_plan_add(host, fd, "seed", &request, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(alj_table_change_apply(change, host, fd, "seed", &error));
}

/* A small table of @label. (transfer full) */
static uint8_t *
make_seed(const char *label)
{
    g_autoptr(GError) error = NULL;
    uint8_t *bytes = g_malloc0(IMAGE_BYTES);
    int fd = memfd_create("seed", MFD_CLOEXEC);
    g_assert_true(fd >= 0 && ftruncate(fd, IMAGE_BYTES) == 0);
    g_autoptr(AljTableChange) change = alj_partitions_plan_label(host, fd, "seed", label, &error);
    g_assert_no_error(error);
    g_assert_true(alj_table_change_apply(change, host, fd, "seed", &error));
    if (strcmp(label, "gpt") == 0) {
        add(fd, ALJ_PART_PRIMARY, 64 * KIB, 96 * KIB);
        add(fd, ALJ_PART_PRIMARY, 128 * KIB, 256 * KIB);
    } else if (strcmp(label, "dos") == 0) {
        add(fd, ALJ_PART_PRIMARY, 64 * KIB, 96 * KIB);
    }
    g_assert_cmpint(pread(fd, bytes, IMAGE_BYTES, 0), ==, IMAGE_BYTES);
    close(fd);
    return bytes;
}

static void
put_entry(uint8_t *sector, unsigned i, uint8_t type, uint32_t start, uint32_t n_sectors)
{
    uint8_t *entry = sector + 446 + i * 16;
    start = GUINT32_TO_LE(start);
    n_sectors = GUINT32_TO_LE(n_sectors);
    entry[4] = type;
    memcpy(entry + 8, &start, 4);
    memcpy(entry + 12, &n_sectors, 4);
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

/* An extended partition of two logical ones, their links closer to each other than ours would be. */
static void
add_logical(uint8_t *image)
{
    put_entry(image, 1, 0x05, 256, 512);
    put_entry(image + 128 * KIB, 0, 0x83, 1, 64);
    put_entry(image + 128 * KIB, 1, 0x05, 128, 65);
    put_entry(image + 192 * KIB, 0, 0x83, 1, 64);
}

static void
test_mutated(gconstpointer label)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    gint64 end = g_get_monotonic_time() + BUDGET_USEC;
    g_autofree uint8_t *seed = make_seed(label);
    if (strcmp(label, "dos") == 0)
        add_logical(seed);
    LLVMFuzzerTestOneInput(seed, IMAGE_BYTES);
    for (int round = 0; round < ROUNDS && g_get_monotonic_time() < end; round++) {
        g_autofree uint8_t *image = g_memdup2(seed, IMAGE_BYTES);
        for (gint32 n = g_rand_int_range(random, 1, 8); n > 0; n--) {
            gint32 place = g_rand_int_range(random, 0, G_N_ELEMENTS(places));
            image[g_rand_int_range(random, places[place].from, places[place].to)] = (uint8_t) g_rand_int_range(random, 0, 256);
        }
        LLVMFuzzerTestOneInput(image, round % 4 == 0 ? (gsize) g_rand_int_range(random, 0, IMAGE_BYTES) : IMAGE_BYTES);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    host = alj_host_new("/nonexistent");
    g_test_add_data_func("/host/partition-mutation/gpt", "gpt", test_mutated);
    g_test_add_data_func("/host/partition-mutation/dos", "dos", test_mutated);
    g_test_add_data_func("/host/partition-mutation/sun", "sun", test_mutated);
    g_test_add_data_func("/host/partition-mutation/dvh", "dvh", test_mutated);
    int result = g_test_run();
    alj_host_free(host);
    return result;
}
