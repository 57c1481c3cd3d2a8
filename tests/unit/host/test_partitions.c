/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Partition tables on image files, made by sfdisk and checked by it: reading, free space, plans, tables that lie, and changes
 * that are cut short.
 */
#include "host/partitions.h"

#include "base/error.h"
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((uint64_t) 1 << 20)

typedef struct Lab {
    char *dir, *image;
    AljHost *host;
    int fd;
} Lab;

static void
set_up(Lab *lab, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    lab->dir = g_dir_make_tmp("aljibe-parts-XXXXXX", &error);
    g_assert_no_error(error);
    lab->image = g_build_filename(lab->dir, "disk", NULL);
    g_autofree char *private_dir = g_build_filename(lab->dir, "private", NULL);
    lab->host = alj_host_new(private_dir);
    lab->fd = open(lab->image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(lab->fd, >=, 0);
    g_assert_cmpint(ftruncate(lab->fd, 100 * MIB), ==, 0);
}

static void
tear_down(Lab *lab, gconstpointer unused)
{
    close(lab->fd);
    g_assert_cmpint(unlink(lab->image), ==, 0);
    g_assert_cmpint(rmdir(lab->dir), ==, 0);
    alj_host_free(lab->host);
    g_free(lab->image);
    g_free(lab->dir);
}

/* Runs a command with @input; returns its output. (transfer full) */
static char *
run(Lab *lab, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *command = g_strdup_vprintf(format, args);
    va_end(args);
    const char *argv[] = { "sh", "-ec", command, NULL };
    g_autofree char *complaint = NULL;
    char *output = NULL;
    int status = -1;
    g_assert_true(g_spawn_sync(lab->dir, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &complaint, &status,
                               NULL));
    if (status != 0)
        g_error("%s: %s", command, complaint);
    return output;
}

#define do_run(...) g_free(run(__VA_ARGS__))

static bool
has_sfdisk(void)
{
    g_autofree char *path = g_find_program_in_path("sfdisk");
    if (!path)
        g_test_skip("sfdisk is not installed");
    return path != NULL;
}

static AljPartTable *
read_table(Lab *lab)
{
    g_autoptr(GError) error = NULL;
    AljPartTable *table = alj_partitions_read(lab->host, lab->fd, "disk", &error);
    g_assert_no_error(error);
    return table;
}

/* A table as text: label, partitions as NUMBER KIND START-END, free space as free or inner START-END. (transfer full) */
static char *
describe(Lab *lab)
{
    static const char *const kinds[] = { "primary", "extended", "logical" };
    g_autoptr(AljPartTable) table = read_table(lab);
    GString *text = g_string_new(table->label ? table->label : "nothing");
    for (guint i = 0; i < table->parts->len; i++) {
        const AljPart *part = &g_array_index(table->parts, AljPart, i);
        g_string_append_printf(text, "\n%u %s %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, part->number, kinds[part->kind],
                               part->start_bytes, part->end_bytes);
    }
    for (guint i = 0; i < table->spaces->len; i++) {
        const AljPartSpace *space = &g_array_index(table->spaces, AljPartSpace, i);
        g_string_append_printf(text, "\n%s %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, space->is_logical ? "inner" : "free",
                               space->start_bytes, space->end_bytes);
    }
    if (table->problem)
        g_string_append_printf(text, "\nproblem: %s", table->problem);
    return g_string_free(text, FALSE);
}

#define assert_table(lab, expected)                                                                          \
    do {                                                                                                     \
        g_autofree char *described = describe(lab);                                                          \
        g_assert_cmpstr(described, ==, expected);                                                            \
    } while (0)

static const AljPartRequest linux_part = { .dos_type = 0x83, .gpt_type = "0FC63DAF-8483-4772-8E79-3D69D8477DE4" };

static AljTableChange *
plan_add(Lab *lab, AljPartKind kind, uint64_t start, uint64_t end, AljPart *ret_part, GError **error)
{
    AljPartRequest request = linux_part;
    request.kind = kind;
    request.start_bytes = start;
    request.end_bytes = end;
    return alj_partitions_plan_add(lab->host, lab->fd, "disk", &request, ret_part, error);
}

/* Carries out a plan, which must have been made. */
static void
carry_out(Lab *lab, AljTableChange *take_change, GError *plan_error)
{
    g_autoptr(GError) error = NULL;
    g_assert_no_error(plan_error);
    g_assert_true(alj_table_change_apply(take_change, lab->host, lab->fd, "disk", &error));
    g_assert_no_error(error);
    alj_table_change_free(take_change);
}

static unsigned
must_add(Lab *lab, AljPartKind kind, uint64_t start, uint64_t end)
{
    g_autoptr(GError) error = NULL;
    AljPart part;
    AljTableChange *change = plan_add(lab, kind, start, end, &part, &error);
    carry_out(lab, change, error);
    g_assert_cmpuint(part.start_bytes, ==, start);
    g_assert_cmpuint(part.end_bytes, ==, end);
    return part.number;
}

static void
must_label(Lab *lab, const char *label)
{
    g_autoptr(GError) error = NULL;
    AljTableChange *change = alj_partitions_plan_label(lab->host, lab->fd, "disk", label, &error);
    carry_out(lab, change, error);
}

static void
assert_refused(AljTableChange *change, GError **error, const char *expected)
{
    g_assert_null(change);
    g_assert_nonnull(*error);
    g_autofree char *text = alj_error_text(*error);
    g_assert_cmpstr(text, ==, expected);
    g_clear_error(error);
}

/* ---- reading ---- */

static void
test_nothing(Lab *lab, gconstpointer unused)
{
    assert_table(lab, "nothing");
    g_assert_cmpint(ftruncate(lab->fd, 0), ==, 0);
    assert_table(lab, "nothing");
    g_assert_cmpint(ftruncate(lab->fd, 700), ==, 0);
    assert_table(lab, "nothing");
}

static void
test_read_gpt(Lab *lab, gconstpointer unused)
{
    if (!has_sfdisk())
        return;
    do_run(lab, "printf 'label: gpt\\nfirst-lba: 34\\nstart=2048,size=20480\\nstart=40960,size=8\\n' | sfdisk -q disk");
    assert_table(lab, "gpt\n1 primary 1048576-11534336\n2 primary 20971520-20975616\n"
                      "free 17408-1048576\nfree 11534336-20971520\nfree 20975616-104840704");
}

static void
test_read_dos(Lab *lab, gconstpointer unused)
{
    if (!has_sfdisk())
        return;
    do_run(lab, "printf 'label: dos\\nsize=10MiB\\nsize=60MiB,type=5\\nsize=5MiB\\nsize=5MiB,type=82\\n' | sfdisk -q disk");
    assert_table(lab, "dos\n1 primary 1048576-11534336\n2 extended 11534336-74448896\n3 primary 74448896-79691776\n"
                      "4 primary 79691776-84934656\n"
                      "free 512-1048576\ninner 11534848-74448896\nfree 84934656-104857600");
    do_run(lab, "printf 'size=5MiB\\nsize=6MiB\\n' | sfdisk -q --append disk");
    assert_table(lab, "dos\n1 primary 1048576-11534336\n2 extended 11534336-74448896\n3 primary 74448896-79691776\n"
                      "4 primary 79691776-84934656\n5 logical 12582912-17825792\n6 logical 18874368-25165824\n"
                      "free 512-1048576\ninner 11534848-12582912\ninner 17826304-18874368\n"
                      "inner 25165824-74448896\nfree 84934656-104857600");
}

static void
test_read_others(Lab *lab, gconstpointer unused)
{
    if (!has_sfdisk())
        return;
    static const char *const labels[][2] = { { "sun", "sun" }, { "sgi", "dvh" } };
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        do_run(lab, "printf 'label: %s\\n' | sfdisk -q disk", labels[i][0]);
        g_autoptr(AljPartTable) table = read_table(lab);
        g_assert_cmpstr(table->label, ==, labels[i][1]);
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_strdup_printf("unsupported configuration: partitions in a table of format '%s' cannot be "
                                                "changed", labels[i][1]);
        assert_refused(plan_add(lab, ALJ_PART_PRIMARY, 50 * MIB, 60 * MIB, NULL, &error), &error, text);
        do_run(lab, "truncate -s 0 disk; truncate -s 100M disk");
    }
}

/* ---- labels ---- */

/* mission: A8-01 A8-03 */
static void
test_make_labels(Lab *lab, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    must_label(lab, "gpt");
    assert_table(lab, "gpt\nfree 17408-104840704"); /* as parted makes it */
    must_label(lab, "dos");
    assert_table(lab, "dos\nfree 512-104857600");
    static const char *const others[] = { "sun", "dvh", "bsd" };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        must_label(lab, others[i]);
        g_autoptr(AljPartTable) table = read_table(lab);
        g_assert_cmpstr(table->label, ==, others[i]);
    }
    static const char *const unwritable[] = { "mac", "pc98", "lvm2" };
    for (size_t i = 0; i < G_N_ELEMENTS(unwritable); i++) {
        g_autofree char *text = g_strdup_printf("unsupported configuration: partition tables of format '%s' cannot be written",
                                                unwritable[i]);
        assert_refused(alj_partitions_plan_label(lab->host, lab->fd, "disk", unwritable[i], &error), &error, text);
    }
    carry_out(lab, alj_partitions_plan_clear(lab->host, lab->fd, "disk", &error), error);
    assert_table(lab, "nothing");
}

/* ---- partitions ---- */

static void
test_gpt(Lab *lab, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    must_label(lab, "gpt");
    g_assert_cmpuint(must_add(lab, ALJ_PART_PRIMARY, MIB, 11 * MIB), ==, 1);
    g_assert_cmpuint(must_add(lab, ALJ_PART_PRIMARY, 11 * MIB, 11 * MIB + 512), ==, 2);
    g_assert_cmpuint(must_add(lab, ALJ_PART_PRIMARY, 20 * MIB, 104840704), ==, 3);
    AljPart second = { 2, ALJ_PART_PRIMARY, 11 * MIB, 11 * MIB + 512 }, wrong = { 2, ALJ_PART_PRIMARY, 11 * MIB, 12 * MIB };
    assert_refused(alj_partitions_plan_delete(lab->host, lab->fd, "disk", &wrong, &error), &error,
                   "Requested operation is not valid: partition 2 of 'disk' is not where it was when the pool was read");
    carry_out(lab, alj_partitions_plan_delete(lab->host, lab->fd, "disk", &second, &error), error);
    assert_table(lab, "gpt\n1 primary 1048576-11534336\n3 primary 20971520-104840704\nfree 17408-1048576\n"
                      "free 11534336-20971520");
    g_assert_cmpuint(must_add(lab, ALJ_PART_PRIMARY, 12 * MIB, 13 * MIB), ==, 2); /* the lowest free number */
    if (!has_sfdisk())
        return;
    g_autofree char *dump = run(lab, "sfdisk --verify disk 2>&1");
    g_assert_nonnull(strstr(dump, "No errors detected"));
}

static void
test_dos(Lab *lab, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    must_label(lab, "dos");
    g_assert_cmpuint(must_add(lab, ALJ_PART_PRIMARY, MIB, 2 * MIB), ==, 1);
    g_assert_cmpuint(must_add(lab, ALJ_PART_EXTENDED, 10 * MIB, 60 * MIB), ==, 2);
    g_assert_cmpuint(must_add(lab, ALJ_PART_LOGICAL, 11 * MIB, 14 * MIB), ==, 5);
    g_assert_cmpuint(must_add(lab, ALJ_PART_LOGICAL, 20 * MIB, 30 * MIB), ==, 6);
    g_assert_cmpuint(must_add(lab, ALJ_PART_LOGICAL, 15 * MIB, 18 * MIB), ==, 7); /* behind in the chain, before on the disk */
    assert_table(lab, "dos\n1 primary 1048576-2097152\n2 extended 10485760-62914560\n5 logical 11534336-14680064\n"
                      "6 logical 20971520-31457280\n7 logical 15728640-18874368\n"
                      "free 512-1048576\nfree 2097152-10485760\ninner 10486272-11534336\n"
                      "inner 14680576-15728640\ninner 18874368-19922944\ninner 19923456-20971520\n"
                      "inner 31457280-62914560\nfree 62914560-104857600");
    AljPart fifth = { 5, ALJ_PART_LOGICAL, 11 * MIB, 14 * MIB }, seventh = { 7, ALJ_PART_LOGICAL, 15 * MIB, 18 * MIB };
    AljPart extended = { 2, ALJ_PART_EXTENDED, 10 * MIB, 60 * MIB };
    assert_refused(alj_partitions_plan_delete(lab->host, lab->fd, "disk", &fifth, &error), &error,
                   "Requested operation is not valid: logical partition 5 of 'disk' cannot be deleted: partition 6 would "
                   "become partition 5");
    assert_refused(alj_partitions_plan_delete(lab->host, lab->fd, "disk", &extended, &error), &error,
                   "Requested operation is not valid: extended partition 2 of 'disk' still holds logical partitions");
    carry_out(lab, alj_partitions_plan_delete(lab->host, lab->fd, "disk", &seventh, &error), error);
    AljPart sixth = { 6, ALJ_PART_LOGICAL, 20 * MIB, 30 * MIB };
    carry_out(lab, alj_partitions_plan_delete(lab->host, lab->fd, "disk", &sixth, &error), error);
    carry_out(lab, alj_partitions_plan_delete(lab->host, lab->fd, "disk", &fifth, &error), error);
    carry_out(lab, alj_partitions_plan_delete(lab->host, lab->fd, "disk", &extended, &error), error);
    assert_table(lab, "dos\n1 primary 1048576-2097152\nfree 512-1048576\nfree 2097152-104857600");
}

/* What is inside partitions, or anywhere else, stays byte by byte: only sectors of the table are written. */
static void
test_contents_stay(Lab *lab, gconstpointer unused)
{
    static const char *const labels[] = { "gpt", "dos" };
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        do_run(lab, "yes filling | head -c 100M > disk");
        must_label(lab, labels[i]);
        g_autofree char *before = run(lab, "tail -c +5000000 disk | head -c 90000000 | sha256sum");
        must_add(lab, ALJ_PART_PRIMARY, 5 * MIB, 11 * MIB);
        if (i == 1) { /* dos: the links lie in between: of each page only their sector is written */
            must_add(lab, ALJ_PART_EXTENDED, 60 * MIB, 90 * MIB);
            must_add(lab, ALJ_PART_LOGICAL, 61 * MIB, 62 * MIB);
            must_add(lab, ALJ_PART_LOGICAL, 70 * MIB, 71 * MIB);
            do_run(lab, "yes filling | head -c 100M > was; for at in 122880 141312; do "
                        "dd if=was of=disk bs=512 count=1 skip=$at seek=$at conv=notrunc; done 2>&1; rm was");
        }
        g_autofree char *after = run(lab, "tail -c +5000000 disk | head -c 90000000 | sha256sum");
        g_assert_cmpstr(after, ==, before);
    }
}

/* ---- tables that are not to be changed ---- */

static void
test_damaged_gpt(Lab *lab, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    must_label(lab, "gpt");
    must_add(lab, ALJ_PART_PRIMARY, MIB, 11 * MIB);
    do_run(lab, "dd if=/dev/zero of=disk bs=512 seek=1 count=1 conv=notrunc 2>&1");
    g_autoptr(AljPartTable) table = read_table(lab);
    g_assert_cmpstr(table->label, ==, "gpt"); /* listed by its copy */
    g_assert_cmpuint(table->parts->len, ==, 1);
    g_assert_nonnull(table->problem);
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: the partition table of 'disk' is not changed "
                                            "before it is repaired: %s", table->problem);
    assert_refused(plan_add(lab, ALJ_PART_PRIMARY, 20 * MIB, 30 * MIB, NULL, &error), &error, text);
    do_run(lab, "dd if=/dev/zero of=disk bs=512 seek=204799 count=1 conv=notrunc 2>&1"); /* now both are gone */
    assert_table(lab, "dos\n1 primary 512-104857600\nproblem: it stands for a gpt, which cannot be read");
}

static void
put_le32(int fd, uint64_t offset, uint32_t value)
{
    value = GUINT32_TO_LE(value);
    g_assert_cmpint(pwrite(fd, &value, sizeof value, (off_t) offset), ==, sizeof value);
}

static void
test_hostile_dos(Lab *lab, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    must_label(lab, "dos");
    must_add(lab, ALJ_PART_PRIMARY, MIB, 2 * MIB);
    must_add(lab, ALJ_PART_PRIMARY, 4 * MIB, 5 * MIB);
    put_le32(lab->fd, 446 + 16 + 8, 3000); /* the second now begins inside the first */
    g_autofree char *overlap = describe(lab);
    g_assert_nonnull(strstr(overlap, "problem: "));
    put_le32(lab->fd, 446 + 16 + 8, 0xffffff00);
    g_autofree char *beyond = describe(lab);
    g_assert_nonnull(strstr(beyond, "problem: a partition reaches beyond the end of the device"));
    g_assert_null(strstr(beyond, "\n2 "));
    must_label(lab, "dos");
    must_add(lab, ALJ_PART_EXTENDED, 10 * MIB, 60 * MIB);
    must_add(lab, ALJ_PART_LOGICAL, 11 * MIB, 12 * MIB);
    must_add(lab, ALJ_PART_LOGICAL, 13 * MIB, 14 * MIB);
    put_le32(lab->fd, 12 * MIB + 446 + 16 + 8, 0); /* the second link leads to the first */
    g_assert_cmpint(pwrite(lab->fd, "\5", 1, 12 * MIB + 446 + 16 + 4), ==, 1);
    put_le32(lab->fd, 12 * MIB + 446 + 16 + 12, 4096);
    g_autofree char *circle = describe(lab);
    g_assert_nonnull(strstr(circle, "problem: "));
    assert_refused(plan_add(lab, ALJ_PART_PRIMARY, 70 * MIB, 80 * MIB, NULL, &error), &error,
                   "Requested operation is not valid: the partition table of 'disk' is not changed before it is repaired: the "
                   "chain of logical partitions has no end");
}

/* ---- changes cut short ---- */

static char *
digest(Lab *lab)
{
    return run(lab, "{ head -c 2M disk; tail -c 2M disk; } | sha256sum");
}

static void
test_each_failure(Lab *lab, gconstpointer unused)
{
    static const char *const labels[] = { "gpt", "dos" };
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        must_label(lab, labels[i]);
        must_add(lab, ALJ_PART_PRIMARY, MIB, 2 * MIB);
        g_autofree char *before = digest(lab);
        for (unsigned nth = 1;; nth++) {
            g_autoptr(GError) error = NULL;
            alj_host_fail_nth(lab->host, nth, EIO);
            g_autoptr(AljTableChange) change = plan_add(lab, ALJ_PART_PRIMARY, 4 * MIB, 8 * MIB, NULL, &error);
            bool is_done = change && alj_table_change_apply(change, lab->host, lab->fd, "disk", &error);
            unsigned calls = alj_host_calls(lab->host);
            alj_host_fail_nth(lab->host, 0, 0);
            g_assert_true(is_done == (error == NULL));
            if (is_done) {
                g_assert_cmpuint(nth, >, 4);
                g_assert_cmpuint(calls, <, nth);
                break;
            }
            g_autofree char *after = digest(lab);
            g_assert_cmpstr(before, ==, after);
        }
    }
}

/* As a crash leaves it: the first @n sectors of the change are written. */
static void
test_torn(Lab *lab, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    AljTableMatch match;
    must_label(lab, "gpt");
    must_add(lab, ALJ_PART_PRIMARY, MIB, 2 * MIB);
    g_autofree char *before = digest(lab);
    g_autoptr(AljTableChange) change = plan_add(lab, ALJ_PART_PRIMARY, 4 * MIB, 8 * MIB, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(GVariant) stored = g_variant_ref_sink(alj_table_change_format(change));
    g_autoptr(AljTableChange) read_back = alj_table_change_parse(stored);
    g_assert_nonnull(read_back);
    g_assert_true(alj_table_change_match(read_back, lab->host, lab->fd, &match, &error));
    g_assert_cmpint(match, ==, ALJ_TABLE_OLD);
    do_run(lab, "cp disk old");
    g_assert_true(alj_table_change_apply(change, lab->host, lab->fd, "disk", &error));
    g_assert_true(alj_table_change_match(read_back, lab->host, lab->fd, &match, &error));
    g_assert_cmpint(match, ==, ALJ_TABLE_NEW);
    static const int sectors[] = { 1, 2, 204799 };
    for (size_t i = 0; i < G_N_ELEMENTS(sectors); i++) {
        do_run(lab, "dd if=old of=disk bs=512 skip=%d seek=%d count=1 conv=notrunc 2>&1", sectors[i], sectors[i]);
        g_assert_true(alj_table_change_match(read_back, lab->host, lab->fd, &match, &error));
        g_assert_cmpint(match, ==, ALJ_TABLE_TORN);
    }
    g_assert_true(alj_table_change_revert(read_back, lab->host, lab->fd, "disk", &error));
    g_autofree char *after = digest(lab);
    g_assert_cmpstr(before, ==, after);
    do_run(lab, "echo other | dd of=disk bs=512 seek=1 conv=notrunc 2>&1; rm old");
    g_assert_true(alj_table_change_match(read_back, lab->host, lab->fd, &match, &error));
    g_assert_cmpint(match, ==, ALJ_TABLE_OTHER);
}

static void
test_bad_records(Lab *lab, gconstpointer unused)
{
    static const char *const records[] = {
        "(uint32 0, @a(tayay) [])",
        "(uint32 512, [(uint64 0, @ay [1], @ay [2])])",
        "(uint32 1, [(uint64 0, @ay [1], @ay [2, 3])])",
        "(uint32 1, [(uint64 8, @ay [1], @ay [2]), (uint64 7, @ay [1], @ay [2])])",
        "(uint32 1, [(uint64 9223372036854775807, @ay [1], @ay [2])])",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(records); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) value = g_variant_parse(G_VARIANT_TYPE(ALJ_TABLE_CHANGE_TYPE), records[i], NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_null(alj_table_change_parse(value));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/host/partitions/" name, Lab, NULL, set_up, func, tear_down)
    ADD("nothing", test_nothing);
    ADD("read-gpt", test_read_gpt);
    ADD("read-dos", test_read_dos);
    ADD("read-others", test_read_others);
    ADD("make-labels", test_make_labels);
    ADD("gpt", test_gpt);
    ADD("dos", test_dos);
    ADD("contents-stay", test_contents_stay);
    ADD("damaged-gpt", test_damaged_gpt);
    ADD("hostile-dos", test_hostile_dos);
    ADD("each-failure", test_each_failure);
    ADD("torn", test_torn);
    ADD("bad-records", test_bad_records);
    return g_test_run();
}
