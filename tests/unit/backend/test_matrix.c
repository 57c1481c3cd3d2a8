/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every image format we write, made, and copied into every other: the same bytes for the guest, a sound image, the capacity, mode
 * and owner that were asked for. qemu-img judges. Rows of the matrix are sources, columns are results.
 */
#include "fixture.h"

#include "backend/files/files.h"

#include <string.h>
#include <unistd.h>

#define shell(...) g_free(fixture_shell(__VA_ARGS__))
#define MIB (UINT64_C(1) << 20)
#define MODE 0640

typedef struct Format {
    const char *name;
    const char *make;       /* more for qemu-img when it makes the source */
    bool can_be_checked;    /* by qemu-img */
    bool rounds_capacity;   /* to what cylinders, heads and sectors can say */
} Format;

static const Format formats[] = {
    { "raw" },
    { "qcow" },
    { "qcow2", .can_be_checked = true },
    { "qed", .can_be_checked = true },
    { "vdi", .can_be_checked = true },
    { "vmdk", .can_be_checked = true },
    { "vpc", "-o force_size=on", .rounds_capacity = true },
};

/* Read, and not written by us; documents call it ploop. */
static const Format parallels = { "parallels" };

/* A disk of four MiB with data at its start, across a boundary of clusters and in its last sector, and holes between. */
static void
make_disk(Fixture *f)
{
    shell(f, "truncate -s 4M ../disk; printf start | dd of=../disk conv=notrunc status=none;"
             "head -c 100000 /dev/urandom | dd of=../disk bs=1000 seek=2000 conv=notrunc status=none;"
             "printf end | dd of=../disk bs=1 seek=4194300 conv=notrunc status=none");
}

/* The document of a volume of @format with its mode and owner. (transfer full) */
static char *
document(const char *format, uint64_t capacity)
{
    return g_strdup_printf("<capacity>%" G_GUINT64_FORMAT "</capacity><allocation>0</allocation><target><format type='%s'/>"
                           "<permissions><mode>%04o</mode><owner>%u</owner><group>%u</group></permissions></target>",
                           capacity, format, MODE, (unsigned) getuid(), (unsigned) getgid());
}

static void
check_result(Fixture *f, const AljVolDef *vol, const Format *format, uint64_t capacity)
{
    g_assert_cmpstr(alj_vol_format_name(vol->format), ==, format->name);
    g_assert_cmpuint(vol->capacity_bytes, >=, capacity);
    g_assert_cmpuint(vol->capacity_bytes, <=, capacity + (format->rounds_capacity ? MIB : 0));
    g_assert_cmpuint(vol->permissions.mode, ==, MODE);
    g_assert_cmpuint(vol->permissions.owner, ==, getuid());
    g_assert_null(vol->backing);
    if (format->can_be_checked)
        shell(f, "qemu-img check -q -f %s '%s'", format->name, vol->name);
    /* What was told at once is what a scan says. */
    fixture_scan(f);
    const AljVolDef *scanned = fixture_find(f, vol->name);
    g_assert_cmpint(scanned->format, ==, vol->format);
    g_assert_cmpuint(scanned->capacity_bytes, ==, vol->capacity_bytes);
    g_assert_cmpuint(scanned->allocation_bytes, ==, vol->allocation_bytes);
}

static void
check_copy(Fixture *f, const Format *from, const Format *to, uint64_t capacity)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *inner = document(to->name, capacity);
    g_autoptr(AljVolDef) request = fixture_request(f, "copy", inner);
    g_autoptr(AljVolDef) source = alj_vol_def_ref(fixture_find(f, "source"));
    g_test_message("%s -> %s, %" G_GUINT64_FORMAT " bytes", from->name, to->name, capacity);
    g_autoptr(AljVolDef) vol = alj_files_vol_copy(&f->call, f->pool, request, source, ALJ_POOL_DIR, 0, &error);
    g_assert_no_error(error);
    check_result(f, vol, to, capacity);
    shell(f, "qemu-img compare -q -f raw -F %s ../disk copy; rm copy", to->name);
    fixture_scan(f);
}

/* All columns of the row of @data; those of raw also twice as large as their source (D-05). */
static void
test_row(Fixture *f, gconstpointer data)
{
    const Format *from = data;
    if (!fixture_has_tool("qemu-img"))
        return;
    make_disk(f);
    shell(f, "qemu-img convert -q -f raw -O %s %s ../disk source", from->name, from->make ? from->make : "");
    fixture_scan(f);
    g_assert_cmpuint(fixture_find(f, "source")->capacity_bytes, ==, 4 * MIB);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        check_copy(f, from, &formats[i], 4 * MIB);
        if (from == &formats[0])
            check_copy(f, from, &formats[i], 8 * MIB);
    }
}

static void
test_create(Fixture *f, gconstpointer unused)
{
    static const uint64_t capacities[] = { MIB, 3 * MIB + 1024, UINT64_C(1) << 32 };
    if (!fixture_has_tool("qemu-img"))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(formats) * G_N_ELEMENTS(capacities); i++) {
        const Format *format = &formats[i / G_N_ELEMENTS(capacities)];
        uint64_t capacity = capacities[i % G_N_ELEMENTS(capacities)];
        g_autoptr(GError) error = NULL;
        g_autofree char *inner = document(format->name, capacity);
        g_autoptr(AljVolDef) request = fixture_request(f, "new", inner);
        g_test_message("%s, %" G_GUINT64_FORMAT " bytes", format->name, capacity);
        g_autoptr(AljVolDef) vol = alj_files_vol_create(&f->call, f->pool, request, 0, &error);
        g_assert_no_error(error);
        check_result(f, vol, format, capacity);
        g_autofree char *told = fixture_shell(f, "qemu-img info -f %s --output=json new", format->name);
        g_autofree char *size = g_strdup_printf("\"virtual-size\": %" G_GUINT64_FORMAT ",", vol->capacity_bytes);
        g_assert_nonnull(strstr(told, size));
        shell(f, "rm new");
    }
}

/* Overlays that stand on @data, and copies of them: flat, with what base and overlay hold together. */
static void
test_overlays(Fixture *f, gconstpointer data)
{
    static const char *const overlays[] = { "qcow", "qcow2", "qed" };
    const Format *base = data;
    if (!fixture_has_tool("qemu-img") || !fixture_has_tool("qemu-io"))
        return;
    make_disk(f);
    shell(f, "qemu-img convert -q -f raw -O %s %s ../disk base; cp ../disk ../whole;"
             "head -c 4096 /dev/zero | tr '\\0' z | dd of=../whole bs=4096 seek=100 conv=notrunc status=none",
          base->name, base->make ? base->make : "");
    fixture_scan(f);
    for (size_t i = 0; i < G_N_ELEMENTS(overlays); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *inner = document(overlays[i], 4 * MIB);
        g_autofree char *whole = g_strdup_printf("%s<backingStore><path>%s/base</path><format type='%s'/></backingStore>",
                                                 inner, f->pool->target_path, base->name);
        fixture_create(f, "source", whole);
        g_assert_cmpstr(alj_vol_format_name(fixture_find(f, "source")->backing->format), ==, base->name);
        shell(f, "qemu-io -f %s -c 'write -q -P 0x7a 400k 4k' source; mv ../disk ../kept; cp ../whole ../disk", overlays[i]);
        fixture_scan(f);
        check_copy(f, base, &formats[i], 4 * MIB); /* raw, qcow, qcow2 */
        shell(f, "rm source; mv ../kept ../disk");
        fixture_scan(f);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/files/matrix/create", test_create);
    g_test_add("/files/matrix/from-parallels", Fixture, &parallels, fixture_set_up, test_row, fixture_tear_down);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *row = g_strconcat("/files/matrix/from-", formats[i].name, NULL);
        g_autofree char *over = g_strconcat("/files/matrix/overlays-on-", formats[i].name, NULL);
        g_test_add(row, Fixture, &formats[i], fixture_set_up, test_row, fixture_tear_down);
        g_test_add(over, Fixture, &formats[i], fixture_set_up, test_overlays, fixture_tear_down);
    }
    return g_test_run();
}
