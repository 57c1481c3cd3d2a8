/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What iscsi-direct pools read out of a server's bytes: answers whole, cut at every length, and such as no server
 * should give; and the texts and addresses of portals. The rest needs a server: tests/lab/iscsi-direct.py.
 */
#include "backend/iscsi_direct/portal.h"
#include "backend/iscsi_direct/scsi_data.h"

#include <string.h>

/* Recorded from tgtd 1.0.85: its list of units; disks of 64 MiB and, thin, of 32; pages; 1 MiB that is not mapped. */
static const uint8_t luns[] = {
    0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3,
    0, 0, 0, 0, 0, 0
};
static const uint8_t capacity[] = {
    0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};
static const uint8_t thin_capacity[] = {
    0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 2, 0, 0, 3, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};
static const uint8_t limits[] = {
    0, 0xb0, 0, 0x3c, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0
};
static const uint8_t provisioning[] = {
    0, 0xb2, 0, 4, 0, 0xe4, 2, 0
};
static const uint8_t hole[] = {
    0, 0, 0, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 0, 0, 0
};
static const uint8_t controller[] = {
    0x0c, 0, 5, 0x12, 0x3d, 0, 0, 2, 0x49, 0x45, 0x54, 0x20, 0x20, 0x20, 0x20, 0x20, 0x43, 0x6f, 0x6e, 0x74,
    0x72, 0x6f, 0x6c, 0x6c, 0x65, 0x72, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x30, 0x30, 0x30, 0x31
};
static const uint8_t absent[] = {
    0x7f, 0, 5, 0x12, 0x3d, 0, 0, 2, 0x49, 0x45, 0x54, 0x20, 0x20, 0x20, 0x20, 0x20, 0x43, 0x6f, 0x6e, 0x74,
    0x72, 0x6f, 0x6c, 0x6c, 0x65, 0x72, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x30, 0x30, 0x30, 0x31
};

static void
test_luns(void)
{
    uint64_t needed_bytes;
    g_autoptr(GArray) all = alj_scsi_parse_luns(luns, sizeof luns, &needed_bytes);
    g_assert_cmpuint(needed_bytes, ==, sizeof luns);
    g_assert_cmpuint(all->len, ==, 4);
    g_assert_cmpuint(g_array_index(all, uint16_t, 2), ==, 2);
    for (size_t size = 0; size < sizeof luns; size++) {
        g_autoptr(GArray) some = alj_scsi_parse_luns(luns, size, &needed_bytes);
        g_assert_cmpuint(some ? some->len : 0, ==, size < 8 ? 0 : size / 8 - 1);
    }
    uint8_t deep[16] = { 0xff, 0xff, 0xff, 0xff, [8] = 0x40, 0x05, 0x40, 0x01 }; /* behind another unit */
    g_autoptr(GArray) none = alj_scsi_parse_luns(deep, sizeof deep, &needed_bytes);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpuint(needed_bytes, ==, 8 + (uint64_t) UINT32_MAX);
}

static void
test_kind(void)
{
    static const uint8_t disk = 0, drive = 5, away = 0x20;
    g_assert_cmpint(alj_scsi_parse_kind(controller, sizeof controller), ==, ALJ_SCSI_OTHER);
    g_assert_cmpint(alj_scsi_parse_kind(absent, sizeof absent), ==, ALJ_SCSI_ABSENT);
    g_assert_cmpint(alj_scsi_parse_kind(&disk, 1), ==, ALJ_SCSI_DISK);
    g_assert_cmpint(alj_scsi_parse_kind(&drive, 1), ==, ALJ_SCSI_OTHER);
    g_assert_cmpint(alj_scsi_parse_kind(&away, 1), ==, ALJ_SCSI_ABSENT);
    g_assert_cmpint(alj_scsi_parse_kind(&disk, 0), ==, ALJ_SCSI_ABSENT);
}

/* D-28: the unit names its last block. */
static void
test_shape(void)
{
    AljScsiShape shape;
    g_assert_true(alj_scsi_parse_shape(capacity, sizeof capacity, &shape));
    g_assert_cmpuint(shape.blocks * shape.block_bytes, ==, 64 << 20);
    g_assert_false(shape.is_thin || shape.reads_zeros);
    g_assert_true(alj_scsi_parse_shape(thin_capacity, sizeof thin_capacity, &shape));
    g_assert_cmpuint(shape.blocks * shape.block_bytes, ==, 32 << 20);
    g_assert_true(shape.is_thin && shape.reads_zeros);
    for (size_t size = 0; size < 12; size++)
        g_assert_false(alj_scsi_parse_shape(capacity, size, &shape));
    g_assert_true(alj_scsi_parse_shape(thin_capacity, 12, &shape)); /* the short answer of old servers */
    g_assert_false(shape.is_thin || shape.reads_zeros);

    static const uint32_t bad_blocks[] = { 0, 1, 256, 520, 1u << 17, UINT32_MAX };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_blocks); i++) {
        uint8_t bad[12] = { 0 };
        uint32_t block_bytes = GUINT32_TO_BE(bad_blocks[i]);
        memcpy(bad + 8, &block_bytes, sizeof block_bytes);
        g_assert_false(alj_scsi_parse_shape(bad, sizeof bad, &shape));
    }
    uint8_t huge[12] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 2, 0 };
    g_assert_false(alj_scsi_parse_shape(huge, sizeof huge, &shape));
}

static void
test_pages(void)
{
    AljScsiLimits found;
    bool can_unmap, can_same;
    alj_scsi_parse_limits(limits, sizeof limits, &found);
    g_assert_cmpuint(found.transfer_blocks, ==, 0);
    g_assert_cmpuint(found.unmap_blocks, ==, UINT32_MAX);
    g_assert_cmpuint(found.same_blocks, ==, 0);
    static const uint8_t of_array[] = { 0, 0xb0, 0, 0x3c, [10] = 0x20, [22] = 0x40, [42] = 1, 9, [63] = 0 };
    alj_scsi_parse_limits(of_array, sizeof of_array, &found);
    g_assert_cmpuint(found.transfer_blocks, ==, 0x2000);
    g_assert_cmpuint(found.unmap_blocks, ==, 0x4000);
    g_assert_cmpuint(found.same_blocks, ==, 0x109);
    alj_scsi_parse_limits(of_array, 22, &found);
    g_assert_cmpuint(found.transfer_blocks, ==, 0x2000);
    g_assert_cmpuint(found.unmap_blocks, ==, 0);
    alj_scsi_parse_limits(provisioning, sizeof provisioning, &found);
    g_assert_cmpuint(found.transfer_blocks, ==, 0);
    alj_scsi_parse_provisioning(provisioning, sizeof provisioning, &can_unmap, &can_same);
    g_assert_true(can_unmap && can_same);
    for (size_t size = 0; size < 6; size++) {
        alj_scsi_parse_provisioning(provisioning, size, &can_unmap, &can_same);
        g_assert_false(can_unmap || can_same);
    }
}

static void
test_status(void)
{
    bool is_mapped;
    uint64_t end;
    g_assert_true(alj_scsi_parse_status(hole, sizeof hole, 0, &is_mapped, &end));
    g_assert_false(is_mapped);
    g_assert_cmpuint(end, ==, 2048);
    g_assert_true(alj_scsi_parse_status(hole, sizeof hole, 2047, &is_mapped, &end));
    g_assert_false(alj_scsi_parse_status(hole, sizeof hole, 2048, &is_mapped, &end)); /* of other blocks */
    for (size_t size = 0; size < sizeof hole; size++)
        g_assert_false(alj_scsi_parse_status(hole, size, 0, &is_mapped, &end));
    for (uint8_t state = 0; state < 16; state++) { /* 3 and 4 are of SBC-4: mapped, and unknown */
        uint8_t answer[ALJ_SCSI_STATUS_BYTES];
        memcpy(answer, hole, sizeof answer);
        answer[20] = state;
        g_assert_true(alj_scsi_parse_status(answer, sizeof answer, 0, &is_mapped, &end));
        g_assert_true(is_mapped == (state != 1 && state != 2));
    }
    uint8_t last[ALJ_SCSI_STATUS_BYTES];
    memset(last, 0xff, sizeof last);
    g_assert_true(alj_scsi_parse_status(last, sizeof last, UINT64_MAX, &is_mapped, &end));
    g_assert_cmpuint(end, ==, UINT64_MAX);
}

static void
assert_resolves(const char *portal, const char *address)
{
    AljTask task = { 0 };
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) found = alj_portal_resolve(portal, &task, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(found[0], ==, address);
}

static void
test_portal(void)
{
    char store[] = "store", loopback[] = "::1";
    AljPoolHost plain = { store, 0 }, six = { loopback, 3261 };
    g_autofree char *plain_text = alj_portal_text(&plain), *six_text = alj_portal_text(&six);
    g_assert_cmpstr(plain_text, ==, "store:3260");
    g_assert_cmpstr(six_text, ==, "::1:3261");
    assert_resolves(six_text, "[::1]:3261");
    assert_resolves("127.0.0.1:3260", "127.0.0.1:3260");
    assert_resolves("127.0.0.1:3262,1", "127.0.0.1:3262");
    assert_resolves("127.0.0.1", "127.0.0.1:3260");
    assert_resolves("[::1]", "[::1]:3260");
    assert_resolves("[::1]:99,2", "[::1]:99");
}

static void
test_unresolved(void)
{
    AljTask task = { 0 };
    g_autoptr(GError) error = NULL;
    static const char *const bad[] = { "", ":", "[", "[]", "]", "host name:1", "127.0.0.1:port", "127.0.0.1:99999999999" };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(GStrv) found = alj_portal_resolve(bad[i], &task, &error);
        g_assert_true((found == NULL) == (error != NULL));
        g_clear_error(&error);
    }
    task.is_cancelled = true;
    g_assert_null(alj_portal_resolve("name.invalid:3260", &task, &error));
    g_assert_true(alj_error_is(error, ALJ_ERROR_ABORTED) || alj_error_is(error, ALJ_ERROR_INTERNAL)); /* who is faster */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iscsi-direct/luns", test_luns);
    g_test_add_func("/iscsi-direct/kind", test_kind);
    g_test_add_func("/iscsi-direct/shape", test_shape);
    g_test_add_func("/iscsi-direct/pages", test_pages);
    g_test_add_func("/iscsi-direct/status", test_status);
    g_test_add_func("/iscsi-direct/portal", test_portal);
    g_test_add_func("/iscsi-direct/unresolved", test_unresolved);
    return g_test_run();
}
