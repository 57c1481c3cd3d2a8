/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logical pools without LVM: reports that were recorded from it, and a stand-in for its programs, mounted over them in a namespace of
 * this test, that writes down how it was called and answers what the test wants. What LVM really does is shown by tests/lab.
 */
#include "fixture.h"

#include "backend/logical/logical.h"
#include "base/guard.h"
#include "host/udev.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define LVM "/usr/sbin/lvm"
#define shell(...) g_free(fixture_shell(__VA_ARGS__))

static const AljBackend *const logical = &aljibe_backend;
static const char *why_not; /* no stand-in can be had */

/* The fixture with a pool on group "vg", and a loop device behind every node of it. */
typedef struct Lvm {
    Fixture f; /* first */
    char *node; /* NULL: there is no stand-in here, and the test skips */
} Lvm;

/*
 * Appends its name and arguments to "calls"; answers with file "NAME.out" and the status in "NAME.exit", runs "NAME.then" as commands,
 * and cancels the task of this test if there is a file "NAME.cancel".
 */
static const char stand_in[] =
    "#!/bin/sh\n"
    "cd '%s'\n"
    "name=$(basename \"$0\")\n"
    "echo \"$name $*\" >>calls\n"
    "[ -e \"$name.out\" ] && cat \"$name.out\"\n"
    "[ -e \"$name.then\" ] && . \"./$name.then\"\n"
    "[ -e \"$name.cancel\" ] && kill -USR1 %d\n"
    "[ -e \"$name.exit\" ] || exit 0\n"
    "echo \"$name says no\" >&2\n"
    "exit $(cat \"$name.exit\")\n";

static void
put(Lvm *l, const char *name, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(l->f.base, name, NULL);
    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
}

static char *
text_of(Lvm *l, const char *name)
{
    char *text = NULL;
    g_autofree char *path = g_build_filename(l->f.base, name, NULL);
    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

/* What LVM was asked to do since the last time, without questions that only read. Marks end in MARK. (transfer full) */
static char *
changes(Lvm *l)
{
    g_autofree char *calls = text_of(l, "calls");
    g_auto(GStrv) lines = g_strsplit(calls, "\n", -1);
    g_autoptr(GString) told = g_string_new(NULL);
    for (char **line = lines; *line; line++)
        if (**line && !g_str_has_prefix(*line, "lvs ") && !g_str_has_prefix(*line, "vgs ") && !g_str_has_prefix(*line, "pvs "))
            g_string_append_printf(told, "%s\n", *line);
    put(l, "calls", "");
    g_autoptr(GRegex) mark = g_regex_new("aljibe-new\\.[0-9a-f]{16}\\.[0-9a-f-]{36}\\.[0-9a-f]{8}", 0, 0, NULL);
    return g_regex_replace_literal(mark, told->str, -1, 0, "MARK", 0, NULL);
}

static AljTask *to_cancel;

static void
cancel(int number)
{
    atomic_store(&to_cancel->is_cancelled, true);
}

#define assert_changes(l, text)                                                                              \
    do {                                                                                                     \
        g_autofree char *made_changes = changes(l);                                                          \
        g_assert_cmpstr(made_changes, ==, text);                                                             \
    } while (0)

#define REMOVE_MARKED "lvremove --yes --select lv_tags={\"MARK\"} && lv_role!=thickorigin && lv_role!=extthinorigin vg\n"

#define GROUP        "vg|vgUUID-1|wz--n-|1073741824|536870912|4194304"
#define ROW(name, uuid, attr, bytes, origin, pool, percent, tags, kind, stripes, devices)                    \
    "  " GROUP "|" name "|" uuid "|" attr "|" bytes "|" origin "||" pool "|" percent "||" tags "|" kind "|" stripes "|" bytes "|" devices "\n"
#define PLAIN(name, uuid) ROW(name, uuid, "-wi-a-----", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(3)")
#define THIN(name, uuid)  ROW(name, uuid, "Vwi-a-tz--", "8388608", "", "tp", "25.00", "", "thin", "0", "")
#define THIN_POOL(percent) ROW("tp", "tpUUID", "twi-aotz--", "67108864", "", "", percent, "", "thin-pool", "1", "tp_tdata(0)")

static void
set_up(Lvm *l, gconstpointer unused)
{
    Fixture *f = &l->f;
    fixture_set_up(f, NULL);
    char *target = g_steal_pointer(&f->pool->target_path);
    alj_pool_def_unref(f->pool);
    f->pool = alj_pool_def_new(ALJ_POOL_LOGICAL);
    f->pool->name = g_strdup("p");
    f->pool->source_name = g_strdup("vg");
    f->pool->target_path = target;
    if (why_not) {
        g_test_skip(why_not);
        return;
    }
    l->node = g_strchomp(fixture_shell(f, "truncate -s 8M ../disk; losetup -f --show ../disk || true"));
    if (*l->node == '\0') {
        g_test_skip("there are no loop devices");
        g_clear_pointer(&l->node, g_free);
        return;
    }
    g_autofree char *script = g_strdup_printf(stand_in, f->base, getpid());
    g_autofree char *path = g_build_filename(f->base, "stand-in", NULL);
    put(l, "stand-in", script);
    to_cancel = &f->task;
    signal(SIGUSR1, cancel);
    shell(f, "chmod 755 ../stand-in; for v in a b c new s; do ln -s %s $v; done", l->node);
    g_assert_cmpint(mount(path, LVM, NULL, MS_BIND, NULL), ==, 0);
}

static void
tear_down(Lvm *l, gconstpointer unused)
{
    if (l->node) {
        g_assert_cmpint(umount2(LVM, MNT_DETACH), ==, 0);
        shell(&l->f, "losetup -d %s", l->node);
    }
    g_free(l->node);
    fixture_tear_down(&l->f, NULL);
}

#define lvm_add(path, function) g_test_add(path, Lvm, NULL, set_up, function, tear_down)

static AljVolDef *
scanned(Lvm *l, const char *rows, const char *name)
{
    g_autoptr(GError) error = NULL;
    put(l, "lvs.out", rows);
    alj_inventory_free(l->f.inventory);
    l->f.inventory = logical->scan(&l->f.call, l->f.pool, NULL, &error);
    g_assert_no_error(error);
    return name ? fixture_find(&l->f, name) : NULL;
}

static AljVolDef *
planned(Lvm *l, const char *name, const char *inner, GError **error)
{
    g_autofree char *xml = g_strdup_printf("<volume><name>%s</name>%s</volume>", name, inner);
    g_autoptr(AljVolDef) vol = alj_vol_def_parse(ALJ_POOL_LOGICAL, xml, -1, ALJ_VOL_PARSE_OPT_CAPACITY, error);
    return vol && logical->vol_plan(&l->f.call, l->f.pool, vol, 0, error) ? g_steal_pointer(&vol) : NULL;
}

/* ---- reports ---- */

static char *
recorded(const char *name)
{
    char *text;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(GOLDEN_DIR, "tool-output", name, NULL);
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static void
describe_volume(const AljLvmVolume *volume, GString *told)
{
    g_string_append_printf(told, "%s %s %" G_GUINT64_FORMAT, volume->name, volume->attr, volume->bytes);
    if (volume->origin)
        g_string_append_printf(told, " of %s (%" G_GUINT64_FORMAT ")", volume->origin, volume->origin_bytes);
    if (volume->pool)
        g_string_append_printf(told, " in %s", volume->pool);
    if (volume->data_percent != ALJ_LVM_NO_PERCENT)
        g_string_append_printf(told, " %u", volume->data_percent);
    if (alj_lvm_is_marked(volume))
        g_string_append(told, " marked");
    for (guint i = 0; i < volume->segments->len; i++) {
        const AljLvmSegment *segment = g_ptr_array_index(volume->segments, i);
        g_string_append_printf(told, "; %s %" G_GUINT64_FORMAT " %s", segment->kind, segment->bytes, segment->devices);
    }
    g_string_append_c(told, '\n');
}

static void
test_recorded(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = recorded("lvs.txt");
    g_autofree char *expected = recorded("lvs.parsed.txt");
    g_autoptr(GPtrArray) groups = alj_lvm_parse_groups(text, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(groups->len, ==, 1);
    const AljLvmGroup *group = g_ptr_array_index(groups, 0);
    g_autoptr(GString) told = g_string_new(NULL);
    for (guint i = 0; i < group->volumes->len; i++)
        describe_volume(g_ptr_array_index(group->volumes, i), told);
    g_assert_cmpstr(told->str, ==, expected);
}

static void
test_recorded_groups(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = recorded("vgs.txt"), *devices_text = recorded("pvs.txt");
    g_autoptr(GPtrArray) groups = alj_lvm_parse_groups(text, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(groups->len, ==, 1);
    const AljLvmGroup *group = g_ptr_array_index(groups, 0);
    g_assert_cmpstr(group->name, ==, "labvg");
    g_assert_cmpuint(group->extent_bytes, ==, 4194304);
    g_autoptr(GPtrArray) devices = alj_lvm_parse_devices(devices_text, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(devices->len, ==, 3);
    const AljLvmDevice *first = g_ptr_array_index(devices, 0), *last = g_ptr_array_index(devices, 2);
    g_assert_cmpstr(first->path, ==, "/dev/vda");
    g_assert_cmpstr(first->group, ==, "labvg");
    g_assert_true(first->is_used);
    g_assert_null(last->group);
    g_assert_false(last->is_used);
}

static void
test_malformed(void)
{
    static const char *const rows[] = {
        "nonsense", GROUP "|x", "vg||wz--n-|1|1|1", "vg|u|wz--n-|1|2|1", "vg|u|wz--n-|1|1|0", "vg|u|wz--n|1|1|1",
        "vg|u|wz--n-|-1|1|1", "vg|u|wz--n-|99999999999999999999|1|1", "-vg|u|wz--n-|1|1|1", "a/b|u|wz--n-|1|1|1",
        "vg|../u|wz--n-|1|1|1",
        ROW("", "u", "-wi-a-----", "8", "", "", "", "", "linear", "1", "/dev/sdb(3)"),
        ROW("..", "u", "-wi-a-----", "8", "", "", "", "", "linear", "1", "/dev/sdb(3)"),
        ROW("v", "u", "-wi-a", "8", "", "", "", "", "linear", "1", "/dev/sdb(3)"),
        ROW("v", "u", "-wi-a-----", "8x", "", "", "", "", "linear", "1", "/dev/sdb(3)"),
        ROW("v", "u", "-wi-a-----", "8", "", "", "1.5", "", "linear", "1", "/dev/sdb(3)"),
        ROW("v", "u", "-wi-a-----", "8", "", "", "101.00", "", "linear", "1", "/dev/sdb(3)"),
        ROW("v", "u", "-wi-a-----", "8", "", "", "", "", "linear", "x", "/dev/sdb(3)"),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(alj_lvm_parse_groups(rows[i], &error));
        g_assert_true(alj_error_is(error, ALJ_ERROR_INTERNAL));
        g_assert_nonnull(strstr(error->message, "malformed report of LVM: '"));
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_lvm_parse_devices("vg|u|used", &error));
    g_assert_nonnull(error);
}

static void
test_names(void)
{
    static const char *const good[] = { "a", "vg-1", "_x", ".x", "a+b", "A.b_c" };
    static const char *const bad[] = { "", "-a", ".", "..", "a/b", "a b", "a\n", "ä", "a|b" };
    g_autofree char *longest = g_strnfill(127, 'x'), *longer = g_strnfill(128, 'x');
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(alj_lvm_is_name(good[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(alj_lvm_is_name(bad[i]));
    g_assert_true(alj_lvm_is_name(longest));
    g_assert_false(alj_lvm_is_name(longer));
}

/* ---- scan ---- */

static void
test_scan(Lvm *l, gconstpointer unused)
{
    if (!l->node)
        return;
    const AljVolDef *vol = scanned(l, PLAIN("a", "aUUID") THIN_POOL("50.00") THIN("b", "bUUID")
        ROW("c", "cUUID", "-wi-------", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(9)")
        ROW("s", "sUUID", "swi-a-s---", "4194304", "a", "", "0.00", "", "linear", "1", "/dev/sdb(5)"), "a");
    const AljInventory *inventory = l->f.inventory;
    g_assert_cmpuint(inventory->vols->len, ==, 3); /* no thin pool, and nothing that is not active */
    g_assert_cmpstr(vol->key, ==, "aUUID");
    g_assert_cmpuint(vol->capacity_bytes, ==, 8388608);
    g_assert_true(vol->permissions.has_mode);
    const AljExtent *extent = &g_array_index(vol->extents, AljExtent, 0);
    g_assert_cmpstr(extent->device, ==, "/dev/sdb");
    g_assert_cmpuint(extent->start_bytes, ==, 3 * 4194304);
    g_assert_cmpuint(extent->end_bytes, ==, 5 * 4194304);
    const AljVolDef *thin = fixture_find(&l->f, "b");
    g_assert_cmpuint(thin->allocation_bytes, ==, 2097152);
    g_assert_null(thin->extents);
    const AljVolDef *snapshot = fixture_find(&l->f, "s");
    g_assert_true(g_str_has_suffix(snapshot->backing->path, "/a"));
    g_assert_cmpuint(inventory->live.capacity_bytes, ==, 1073741824);
    g_assert_cmpuint(inventory->live.available_bytes, ==, 536870912);
    assert_changes(l, "");
}

static void
test_scan_thin(Lvm *l, gconstpointer unused)
{
    if (!l->node)
        return;
    l->f.pool->product = g_strdup("tp");
    (void) scanned(l, PLAIN("a", "aUUID") THIN_POOL("50.00") THIN("b", "bUUID"), NULL);
    g_assert_cmpuint(l->f.inventory->vols->len, ==, 1);
    g_assert_cmpuint(l->f.inventory->live.capacity_bytes, ==, 67108864);
    g_assert_cmpuint(l->f.inventory->live.allocation_bytes, ==, 33554432);
    g_autoptr(GError) error = NULL;
    put(l, "lvs.out", PLAIN("a", "aUUID"));
    fixture_assert_fails(logical->scan(&l->f.call, l->f.pool, NULL, &error), error,
                         "unsupported configuration: cannot find thin pool 'tp' in volume group 'vg'; pool-build makes it");
}

static void
test_unusable(Lvm *l, gconstpointer unused)
{
    static const struct {
        const char *groups, *text;
    } cases[] = {
        { "other|u|wz--n-|8|8|4\n", "unsupported configuration: cannot find logical volume group name 'vg'" },
        { "vg|u|wz--n-|8|8|4\nvg|v|wz--n-|8|8|4\n",
          "Requested operation is not valid: 2 volume groups are called 'vg'; vgrename UUID NAME gives one another name" },
        { "vg|u|wzx-n-|8|8|4\n", "unsupported configuration: volume group 'vg' is exported; vgimport makes it usable" },
        { "vg|u|wz--ns|8|8|4\n", "unsupported configuration: volume group 'vg' is shared by a cluster, which is not supported" },
    };
    if (!l->node)
        return;
    put(l, "lvs.exit", "5");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        put(l, "vgs.out", cases[i].groups);
        fixture_assert_fails(logical->scan(&l->f.call, l->f.pool, NULL, &error), error, cases[i].text);
    }
    put(l, "vgs.out", GROUP "\n");
    g_autoptr(GError) error = NULL;
    g_assert_null(logical->scan(&l->f.call, l->f.pool, NULL, &error)); /* LVM's own words */
    g_assert_nonnull(strstr(error->message, "unexpected exit status 5: lvs says no"));
}

#define OTHERS_MARK "aljibe-new.0123456789abcdef.11111111-2222-3333-4444-555555555555.0badcafe"
#define SNAPSHOT ROW("s", "sUUID", "swi-a-s---", "4194304", "a", "", "0.00", "", "linear", "1", "/dev/sdb(5)")

/* That the last scan has found one problem, this one. */
static void
assert_problem(Lvm *l, const char *text)
{
    g_assert_cmpuint(l->f.inventory->problems->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(l->f.inventory->problems, 0), ==, text);
}

/* What a crash has left goes, unless something stands on it; what somebody else is making stays. */
static void
test_recovery(Lvm *l, gconstpointer unused)
{
    if (!l->node)
        return;
    g_autofree char *mark = alj_lvm_mark_new(&l->f.call, l->f.pool);
    g_autofree char *row = g_strdup_printf(ROW("a", "aUUID", "-wi-a-----", "8388608", "", "", "", "keep,%s", "linear", "1", "/dev/sdb(3)"),
                                           mark);
    (void) scanned(l, row, NULL);
    g_assert_cmpuint(l->f.inventory->vols->len, ==, 0);
    assert_changes(l, "");
    alj_lvm_mark_drop(&l->f.call, mark);
    (void) scanned(l, row, NULL);
    assert_changes(l, REMOVE_MARKED);
    assert_problem(l, "making or deleting volume 'a' was interrupted; what was left of it is removed");
    g_autofree char *with_snapshot = g_strconcat(row, SNAPSHOT, NULL);
    (void) scanned(l, with_snapshot, NULL);
    assert_changes(l, "lvchange --deltag MARK vg/a\n");
    assert_problem(l, "making or deleting volume 'a' was interrupted; it is kept, because these would be lost with it: s");
    (void) scanned(l, ROW("a", "aUUID", "-wi-a-----", "8388608", "", "", "", OTHERS_MARK, "linear", "1", "/dev/sdb(3)"), NULL);
    g_assert_cmpuint(l->f.inventory->vols->len, ==, 0);
    assert_problem(l, "volume 'a' is left out: tag '" OTHERS_MARK "' says that another pool or host is making or deleting it; if none is, "
                   "lvchange --deltag shows it again");
    assert_changes(l, "");
}

/* ---- start and stop ---- */

static void
test_life(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_up = false;
    if (!l->node)
        return;
    put(l, "lvs.out", PLAIN("a", "aUUID") ROW("b", "bUUID", "-wi-------", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(9)")
        ROW("tp", "tpUUID", "twi---tz--", "8388608", "", "", "", "", "thin-pool", "1", "tp_tdata(0)")
        ROW("t", "tUUID", "Vwi---tz--", "8388608", "", "tp", "", "", "thin", "0", "")
        ROW("skip", "kUUID", "Vwi---tz-k", "8388608", "", "tp", "", "", "thin", "0", ""));
    g_assert_true(logical->pool_start(&l->f.call, l->f.pool, &error));
    assert_changes(l, "lvchange --yes -aly vg/tp\nlvchange --yes -aly vg/b vg/t\n");
    put(l, "lvs.out", PLAIN("a", "aUUID") PLAIN("b", "bUUID")
        ROW("tp", "tpUUID", "twi-aotz--", "8388608", "", "", "0.00", "", "thin-pool", "1", "tp_tdata(0)")
        ROW("t", "tUUID", "Vwi-aotz--", "8388608", "", "tp", "0.00", "", "thin", "0", ""));
    fixture_assert_fails(logical->pool_stop(&l->f.call, l->f.pool, &error), error,
                         "resource busy: volumes of volume group 'vg' are in use: t");
    assert_changes(l, "");
    put(l, "lvs.out", PLAIN("a", "aUUID") PLAIN("b", "bUUID")
        ROW("tp", "tpUUID", "twi-aotz--", "8388608", "", "", "0.00", "", "thin-pool", "1", "tp_tdata(0)")
        ROW("t", "tUUID", "Vwi---tz--", "8388608", "", "tp", "", "", "thin", "0", ""));
    g_assert_true(logical->pool_probe(&l->f.call, l->f.pool, &is_up, &error)); /* a stop was cut short: up again */
    g_assert_true(is_up);
    assert_changes(l, "lvchange --yes -aly vg/t\n");
    g_assert_true(logical->pool_stop(&l->f.call, l->f.pool, &error));
    assert_changes(l, "lvchange --yes -aln vg/b\nlvchange --yes -aln vg/tp\n");
    g_assert_true(logical->pool_stop(&l->f.call, l->f.pool, &error)); /* the rest is not its own */
    assert_changes(l, "");
    g_assert_no_error(error);
}

/* What a start has activated before its time was over is deactivated, in a time of its own. */
static void
test_start_cut_short(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    put(l, "lvs.out", ROW("b", "bUUID", "-wi-------", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(9)")
        ROW("tp", "tpUUID", "twi---tz--", "8388608", "", "", "", "", "thin-pool", "1", "tp_tdata(0)"));
    put(l, "active.out", ROW("b", "bUUID", "-wi-------", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(9)") THIN_POOL("0.00"));
    put(l, "lvchange.then", "cp active.out lvs.out");
    put(l, "lvchange.cancel", "");
    fixture_assert_fails(logical->pool_start(&l->f.call, l->f.pool, &error), error, "operation aborted: 'lvchange' was cancelled");
    assert_changes(l, "lvchange --yes -aly vg/tp\nlvchange --yes -aln vg/tp\n");
    g_assert_true(l->f.call.task == &l->f.task);
}

static void
test_suspended(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_up = false;
    if (!l->node)
        return;
    put(l, "lvs.out", ROW("a", "aUUID", "-wi-s-----", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(3)"));
    g_assert_true(logical->pool_probe(&l->f.call, l->f.pool, &is_up, &error));
    assert_changes(l, "vgchange --refresh vg\n");
    put(l, "lvs.exit", "5");
    put(l, "vgs.out", "other|u|wz--n-|8|8|4\n");
    g_assert_true(logical->pool_probe(&l->f.call, l->f.pool, &is_up, &error));
    g_assert_false(is_up);
    put(l, "vgs.exit", "5");
    g_assert_false(logical->pool_probe(&l->f.call, l->f.pool, &is_up, &error)); /* nothing is known */
    g_assert_nonnull(error);
}

/* ---- volumes ---- */

static void
must_create(Lvm *l, const char *inner)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) request = planned(l, "new", inner, &error);
    g_assert_no_error(error);
    g_autoptr(AljVolDef) made = logical->vol_create(&l->f.call, l->f.pool, request, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(made->key, ==, "newUUID");
    g_assert_cmpuint(g_hash_table_size(l->f.owned), ==, 0);
}

static void
test_create(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    put(l, "lvs.out", PLAIN("new", "newUUID") PLAIN("a", "aUUID"));
    must_create(l, "<capacity>5000000</capacity><allocation>0</allocation>");
    assert_changes(l, "lvcreate --yes --zero y --wipesignatures y --addtag MARK --name new --size 4883k vg\n"
                      "lvchange --deltag MARK vg/new\n");
    g_autofree char *backing = g_strdup_printf("<capacity>8388608</capacity><allocation>4194304</allocation><backingStore><path>%s/a</path>"
                                               "</backingStore>", l->f.pool->target_path);
    must_create(l, backing);
    assert_changes(l, "lvcreate --yes --snapshot --addtag MARK --name new --size 4096k vg/a\nlvchange --deltag MARK vg/new\n");
    g_autofree char *bytes = g_strdup_printf("%" G_GINT64_FORMAT, G_MAXINT64);
    g_autofree char *huge = g_strdup_printf("<capacity>%s</capacity>", bytes);
    put(l, "lvs.out", PLAIN("a", "aUUID"));
    put(l, "lvcreate.exit", "5");
    g_autoptr(AljVolDef) request = planned(l, "new", huge, &error);
    g_assert_no_error(error);
    fixture_assert_fails(logical->vol_create(&l->f.call, l->f.pool, request, 0, &error), error,
                         "operation failed: there is not enough room in volume group 'vg': 9223372036854775808 bytes wanted, 536870912 "
                         "available");
    assert_changes(l, "lvcreate --yes --zero y --wipesignatures y --addtag MARK --name new --size 9007199254740992k vg\n"
                      REMOVE_MARKED);
}

static void
test_create_thin(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    l->f.pool->product = g_strdup("tp");
    put(l, "lvs.out", THIN_POOL("50.00") THIN("new", "newUUID") THIN("a", "aUUID"));
    must_create(l, "<capacity>1099511627776</capacity>");
    assert_changes(l, "lvcreate --yes --addtag MARK --name new --virtualsize 1073741824k --thinpool tp vg\n"
                      "lvchange --deltag MARK vg/new\n");
    const AljVolDef *from = scanned(l, THIN_POOL("50.00") THIN("new", "newUUID") THIN("a", "aUUID"), "a");
    g_autoptr(AljVolDef) request = planned(l, "new", "<capacity>16777216</capacity>", &error);
    g_autoptr(AljVolDef) made = logical->vol_copy(&l->f.call, l->f.pool, request, from, ALJ_POOL_LOGICAL, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(made);
    assert_changes(l, "lvcreate --yes --snapshot --setactivationskip n --ignoreactivationskip --activate y --addtag MARK --name new vg/a\n"
                      "lvextend --yes --size 16384k vg/new\nlvchange --deltag MARK vg/new\n");
    g_autoptr(AljVolDef) twin = planned(l, "new", "<capacity>8388608</capacity>", &error); /* whole at once: it has no mark */
    g_autoptr(AljVolDef) made_twin = logical->vol_copy(&l->f.call, l->f.pool, twin, from, ALJ_POOL_LOGICAL, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(made_twin->key, ==, "newUUID");
    assert_changes(l, "lvcreate --yes --snapshot --setactivationskip n --ignoreactivationskip --activate y --name new vg/a\n");
    put(l, "lvs.out", THIN_POOL("50.00") THIN("a", "aUUID")); /* LVM says that it is made, and it is not there */
    g_assert_null(logical->vol_copy(&l->f.call, l->f.pool, twin, from, ALJ_POOL_LOGICAL, 0, &error));
    g_clear_error(&error);
    assert_changes(l, "lvcreate --yes --snapshot --setactivationskip n --ignoreactivationskip --activate y --name new vg/a\n"
                      "lvremove --yes --select lv_name=\"new\" && origin_uuid=\"aUUID\" vg\n");
    put(l, "lvs.out", THIN_POOL("95.00") THIN("a", "aUUID"));
    fixture_assert_fails(logical->vol_create(&l->f.call, l->f.pool, twin, 0, &error), error,
                         "operation failed: thin pool 'tp' is nearly full; lvextend makes it larger");
    fixture_assert_fails(logical->vol_copy(&l->f.call, l->f.pool, twin, from, ALJ_POOL_LOGICAL, 0, &error), error,
                         "operation failed: thin pool 'tp' is nearly full; lvextend makes it larger");
    assert_changes(l, "");
}

static AljMedium *
open_source(AljCall *call, GError **error)
{
    Fixture *f = (Fixture *) ((char *) call - G_STRUCT_OFFSET(Fixture, call));
    g_autofree char *path = g_build_filename(f->base, "src", NULL);
    return alj_medium_new_fd(call->host, open(path, O_RDONLY | O_CLOEXEC), path);
}

/* A thin pool that does not clear its blocks: what the source has no data for is written as zeros, since the rest of a block is not. */
static void
test_copy_uncleared(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    l->f.pool->product = g_strdup("tp");
    l->f.call.open_source = open_source;
    put(l, "lvs.out", ROW("tp", "tpUUID", "twi-aot---", "67108864", "", "", "50.00", "", "thin-pool", "1", "tp_tdata(0)")
                      ROW("new", "newUUID", "Vwi-a-t---", "8388608", "", "tp", "0.00", "", "thin", "0", ""));
    shell(&l->f, "yes | head -c 8M > %s; truncate -s 8M ../src; echo data | dd of=../src bs=64k seek=1 conv=notrunc status=none", l->node);
    g_autoptr(AljVolDef) from = alj_vol_def_new("src");
    from->path = g_build_filename(l->f.base, "src", NULL);
    from->format = ALJ_FORMAT_RAW;
    from->capacity_bytes = 8 << 20;
    g_autoptr(AljVolDef) request = planned(l, "new", "<capacity>8388608</capacity>", &error);
    g_autoptr(AljVolDef) made = logical->vol_copy(&l->f.call, l->f.pool, request, from, ALJ_POOL_DIR, 0, &error);
    g_assert_no_error(error);
    shell(&l->f, "cmp ../src %s", l->node);
}

/* Each step of making a volume fails once: nothing remains. */
static void
test_create_each_failure(Lvm *l, gconstpointer unused)
{
    if (!l->node)
        return;
    put(l, "lvs.out", PLAIN("new", "newUUID"));
    for (unsigned nth = 1;; nth++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljVolDef) request = planned(l, "new", "<capacity>8388608</capacity>", &error);
        alj_host_fail_nth(l->f.host, nth, EIO);
        g_autoptr(AljVolDef) made = logical->vol_create(&l->f.call, l->f.pool, request, 0, &error);
        bool is_over = alj_host_calls(l->f.host) < nth;
        alj_host_fail_nth(l->f.host, 0, 0);
        g_assert_true(made ? error == NULL : error != NULL);
        g_assert_cmpuint(g_hash_table_size(l->f.owned), ==, 0);
        g_autofree char *told = changes(l);
        if (!made && strstr(told, "lvcreate"))
            g_assert_true(g_str_has_suffix(told, REMOVE_MARKED));
        if (is_over)
            return;
    }
}

static void
test_refusals(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    fixture_assert_fails(planned(l, "-x", "<capacity>4096</capacity>", &error), error,
                         "invalid argument: '-x' cannot be the name of a logical volume");
    fixture_assert_fails(planned(l, "new", "<capacity>4096</capacity><backingStore><path>/etc/passwd</path></backingStore>", &error), error,
                         "unsupported configuration: backing store '/etc/passwd' is no volume of storage pool 'p'");
    g_autofree char *up = g_strdup_printf("<capacity>4096</capacity><backingStore><path>%s/../x</path></backingStore>",
                                          l->f.pool->target_path);
    g_assert_null(planned(l, "new", up, &error));
    g_clear_error(&error);
    g_free(l->f.pool->source_name);
    l->f.pool->source_name = g_strdup("a b");
    fixture_assert_fails(logical->scan(&l->f.call, l->f.pool, NULL, &error), error,
                         "unsupported configuration: 'a b' cannot be the name of a volume group");
    assert_changes(l, ""); /* nothing was run */
}

static void
test_delete(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    g_autoptr(AljVolDef) vol = alj_vol_def_ref(scanned(l, PLAIN("a", "aUUID") SNAPSHOT, "a"));
    fixture_assert_fails(logical->vol_delete(&l->f.call, l->f.pool, vol, 0, &error), error,
                         "Requested operation is not valid: volume 'a' has snapshots that would be lost with it: s");
#define ON_EXTERNAL ROW("t", "tUUID", "Vwi-a-tz--", "8388608", "a", "tp", "25.00", "", "thin", "0", "")
    put(l, "lvs.out", ROW("a", "aUUID", "ori-a-----", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(3)") ON_EXTERNAL);
    fixture_assert_fails(logical->vol_delete(&l->f.call, l->f.pool, vol, 0, &error), error,
                         "Requested operation is not valid: volume 'a' has snapshots that would be lost with it: t");
#undef ON_EXTERNAL
    put(l, "lvs.out", PLAIN("a", "otherUUID"));
    fixture_assert_fails(logical->vol_delete(&l->f.call, l->f.pool, vol, 0, &error), error,
                         "Requested operation is not valid: volume 'a' is another one than when the pool was read; refresh the pool");
    put(l, "lvs.out", ROW("a", "aUUID", "-wi-ao----", "8388608", "", "", "", "", "linear", "1", "/dev/sdb(3)"));
    fixture_assert_fails(logical->vol_delete(&l->f.call, l->f.pool, vol, 0, &error), error, "resource busy: volume 'a' is in use");
    assert_changes(l, "");
    put(l, "lvs.out", PLAIN("a", "aUUID"));
    put(l, "lvremove.exit", "5");
    g_assert_false(logical->vol_delete(&l->f.call, l->f.pool, vol, 0, &error));
    g_clear_error(&error);
    assert_changes(l, "lvchange --addtag MARK vg/a\n" REMOVE_MARKED "lvchange --deltag MARK vg/a\nlvchange -aly vg/a\n");
    put(l, "lvremove.exit", "0");
    put(l, "now.out", PLAIN("a", "aUUID") SNAPSHOT); /* somebody has made a snapshot, and LVM has found nothing to remove */
    put(l, "lvremove.then", "cp now.out lvs.out");
    fixture_assert_fails(logical->vol_delete(&l->f.call, l->f.pool, vol, 0, &error), error,
                         "Requested operation is not valid: volume 'a' has snapshots that would be lost with it: s");
    assert_changes(l, "lvchange --addtag MARK vg/a\n" REMOVE_MARKED "lvchange --deltag MARK vg/a\nlvchange -aly vg/a\n");
    put(l, "lvs.out", PLAIN("a", "aUUID") PLAIN("b", "bUUID"));
    put(l, "now.out", PLAIN("b", "bUUID"));
    g_assert_true(logical->vol_delete(&l->f.call, l->f.pool, vol, 0, &error));
    assert_changes(l, "lvchange --addtag MARK vg/a\n" REMOVE_MARKED);
    g_assert_cmpstr(l->f.forgotten->str, ==, "");
    put(l, "lvs.out", PLAIN("a", "aUUID") PLAIN("b", "bUUID") SNAPSHOT);
    g_assert_true(logical->vol_delete(&l->f.call, l->f.pool, vol, ALJ_VOL_DELETE_WITH_SNAPSHOTS, &error));
    assert_changes(l, "lvchange --addtag MARK vg/a\nlvremove --yes --select lv_tags={\"MARK\"} vg\n");
    g_assert_cmpstr(l->f.forgotten->str, ==, "s\n");
    g_assert_no_error(error);
}

static void
test_resize(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    g_autoptr(AljVolDef) vol = alj_vol_def_ref(scanned(l, PLAIN("a", "aUUID"), "a"));
    g_autoptr(AljVolDef) grown = logical->vol_resize(&l->f.call, l->f.pool, vol, 8388609, 0, &error);
    g_assert_no_error(error);
    assert_changes(l, "lvextend --yes --size 12582912b vg/a\n");
    g_autoptr(AljVolDef) same = logical->vol_resize(&l->f.call, l->f.pool, vol, 8388608, 0, &error);
    g_assert_nonnull(same);
    assert_changes(l, "");
    g_autoptr(AljVolDef) cut = logical->vol_resize(&l->f.call, l->f.pool, vol, 4194304, ALJ_VOL_RESIZE_SHRINK, &error);
    g_assert_no_error(error);
    assert_changes(l, "lvreduce --yes --size 4194304b vg/a\n");
    shell(&l->f, "mkswap -q %s", l->node);
    fixture_assert_fails(logical->vol_resize(&l->f.call, l->f.pool, vol, 4194304, ALJ_VOL_RESIZE_SHRINK, &error), error,
                         "Requested operation is not valid: volume 'a' is not cut off, because that could destroy what is in it (swap); "
                         "make that smaller and use lvreduce, then refresh the pool");
    assert_changes(l, "");
}

/* ---- build ---- */

static void
test_build(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    l->f.pool->product = g_strdup("tp");
    alj_pool_def_add_device(l->f.pool, l->node);
    put(l, "lvs.out", PLAIN("a", "aUUID"));
    g_assert_true(logical->pool_build(&l->f.call, l->f.pool, 0, &error));
    g_autofree char *expected = g_strdup_printf("vgcreate vg %s\nlvcreate --yes --type thin-pool --zero y --extents 95%%FREE --name tp vg\n"
                                                "lvchange --yes -aln vg/tp\n", l->node);
    assert_changes(l, expected);
    shell(&l->f, "mkswap -q %s; sha256sum <../disk >../before", l->node);
    g_autofree char *text = g_strdup_printf("Storage pool already built: Format of device '%s' does not match the expected format "
                                            "'LVM2_member', forced overwrite is necessary", l->node);
    fixture_assert_fails(logical->pool_build(&l->f.call, l->f.pool, ALJ_BUILD_NO_OVERWRITE, &error), error, text);
    assert_changes(l, "");
    put(l, "lvcreate.exit", "5"); /* the last step: all is as before */
    g_assert_false(logical->pool_build(&l->f.call, l->f.pool, ALJ_BUILD_OVERWRITE, &error));
    g_clear_error(&error);
    g_autofree char *undone = g_strdup_printf("vgcreate --yes vg %s\nlvcreate --yes --type thin-pool --zero y --extents 95%%FREE --name tp vg\n"
                                              "vgremove --yes vg\n", l->node);
    assert_changes(l, undone);
    shell(&l->f, "sync; sha256sum <%s | cmp - ../before", l->node);
}

static void
test_build_others(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    alj_pool_def_add_device(l->f.pool, l->node);
    g_autofree char *torn = g_strdup_printf("other|oUUID|used|%s\nother|oUUID|used|/dev/sdz\n", l->node);
    g_autofree char *text = g_strdup_printf("Requested operation is not valid: '%s' is part of volume group 'other', which would lose what "
                                            "lies on '/dev/sdz', too", l->node);
    put(l, "pvs.out", torn);
    fixture_assert_fails(logical->pool_build(&l->f.call, l->f.pool, ALJ_BUILD_OVERWRITE, &error), error, text);
    put(l, "pvs.out", "vg|vgUUID-1|used|/dev/sdz\n");
    g_autofree char *elsewhere = g_strdup_printf("Storage pool already built: volume group 'vg' exists, but not on '%s'; vgextend can add it",
                                                 l->node);
    fixture_assert_fails(logical->pool_build(&l->f.call, l->f.pool, 0, &error), error, elsewhere);
    g_autofree char *own = g_strdup_printf("vg|vgUUID-1|used|%s\n", l->node);
    put(l, "pvs.out", own);
    put(l, "lvs.out", PLAIN("a", "aUUID"));
    g_assert_true(logical->pool_build(&l->f.call, l->f.pool, 0, &error)); /* taken as it is */
    fixture_assert_fails(logical->pool_delete(&l->f.call, l->f.pool, 0, &error), error,
                         "Requested operation is not valid: volume group 'vg' still holds 1 logical volumes: a");
    assert_changes(l, "");
    put(l, "lvs.out", "");
    put(l, "vgs.out", GROUP "\n");
    g_assert_true(logical->pool_delete(&l->f.call, l->f.pool, 0, &error));
    g_autofree char *gone = g_strdup_printf("vgremove vg\npvremove --yes %s\n", l->node);
    assert_changes(l, gone);
    g_assert_no_error(error);
}

/* A thin volume that is made while the emptied pool goes keeps it. */
static void
test_delete_thin_pool(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    l->f.pool->product = g_strdup("tp");
    put(l, "lvs.out", THIN_POOL("0.00"));
    put(l, "now.out", THIN_POOL("0.00") THIN("new", "newUUID"));
    put(l, "lvremove.then", "cp now.out lvs.out");
    fixture_assert_fails(logical->pool_delete(&l->f.call, l->f.pool, 0, &error), error,
                         "Requested operation is not valid: thin pool 'tp' still holds 1 logical volumes: new");
    assert_changes(l, "lvremove --yes --select lv_uuid=\"tpUUID\" && thin_count=0 vg\n");
    alj_pool_def_add_device(l->f.pool, l->node);
    put(l, "lvs.out", THIN_POOL("0.00"));
    put(l, "now.out", PLAIN("other", "oUUID")); /* made meanwhile, too: the group stays */
    g_assert_true(logical->pool_delete(&l->f.call, l->f.pool, 0, &error));
    assert_changes(l, "lvremove --yes --select lv_uuid=\"tpUUID\" && thin_count=0 vg\n");
    put(l, "lvs.out", THIN_POOL("0.00"));
    put(l, "now.out", "");
    put(l, "vgs.out", GROUP "\n");
    g_autofree char *known = g_strdup_printf("vg|vgUUID-1|used|%s\n", l->node);
    put(l, "pvs.out", known);
    g_assert_true(logical->pool_delete(&l->f.call, l->f.pool, 0, &error));
    g_autofree char *gone = g_strdup_printf("lvremove --yes --select lv_uuid=\"tpUUID\" && thin_count=0 vg\nvgremove vg\n"
                                            "pvremove --yes %s\n", l->node);
    assert_changes(l, gone);
    g_assert_no_error(error);
}

/* The kernel has forgotten the partitions by the time vgcreate fails. */
static void
test_build_gives_partitions_back(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    alj_pool_def_add_device(l->f.pool, l->node);
    shell(&l->f, "echo ',1M' | sfdisk -q --no-reread %s; partx --add %s", l->node, l->node);
    g_autofree char *before = fixture_shell(&l->f, "lsblk -bnro NAME,SIZE %s", l->node);
    put(l, "vgcreate.exit", "5");
    g_assert_false(logical->pool_build(&l->f.call, l->f.pool, ALJ_BUILD_OVERWRITE, &error));
    g_autofree char *after = fixture_shell(&l->f, "lsblk -bnro NAME,SIZE %s", l->node);
    g_assert_cmpstr(after, ==, before);
    shell(&l->f, "partx --delete %s", l->node);
}

static void
test_sources(Lvm *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    if (!l->node)
        return;
    put(l, "pvs.out", "  vg|u1|used|/dev/sda\n  two|u2|used|/dev/sdb\n  vg|u1|used|/dev/sdc\n  |||/dev/sdd\n  vg|u1|used|[unknown]\n");
    g_autoptr(GPtrArray) sources = logical->sources(&l->f.call, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *xml = alj_sources_format(sources);
    g_assert_cmpstr(xml, ==,
                    "<sources>\n  <source>\n    <device path='/dev/sda'/>\n    <device path='/dev/sdc'/>\n    <name>vg</name>\n"
                    "    <format type='lvm2'/>\n  </source>\n  <source>\n    <device path='/dev/sdb'/>\n    <name>two</name>\n"
                    "    <format type='lvm2'/>\n  </source>\n</sources>\n");
}

int
main(int argc, char **argv)
{
    bool has_own_mounts = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    why_not = !has_own_mounts ? "mounting is not allowed here" : access(LVM, X_OK) < 0 ? "lvm2 is not installed" : NULL;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/logical/report/recorded", test_recorded);
    g_test_add_func("/logical/report/recorded-groups", test_recorded_groups);
    g_test_add_func("/logical/report/malformed", test_malformed);
    g_test_add_func("/logical/names", test_names);
    lvm_add("/logical/scan", test_scan);
    lvm_add("/logical/scan-thin", test_scan_thin);
    lvm_add("/logical/unusable", test_unusable);
    lvm_add("/logical/recovery", test_recovery);
    lvm_add("/logical/life", test_life);
    lvm_add("/logical/start-cut-short", test_start_cut_short);
    lvm_add("/logical/suspended", test_suspended);
    lvm_add("/logical/create", test_create);
    lvm_add("/logical/create-thin", test_create_thin);
    lvm_add("/logical/copy-uncleared", test_copy_uncleared);
    lvm_add("/logical/create-each-failure", test_create_each_failure);
    lvm_add("/logical/refusals", test_refusals);
    lvm_add("/logical/delete", test_delete);
    lvm_add("/logical/resize", test_resize);
    lvm_add("/logical/build", test_build);
    lvm_add("/logical/build-others", test_build_others);
    lvm_add("/logical/build-gives-partitions-back", test_build_gives_partitions_back);
    lvm_add("/logical/delete-thin-pool", test_delete_thin_pool);
    lvm_add("/logical/sources", test_sources);
    return g_test_run();
}
