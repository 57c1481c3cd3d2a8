/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files: byte for byte what libvirt 9 writes (recorded from it), and what is made of everything else found there. */
#include "core/store.h"

#include "base/error.h"
#include "base/log.h"
#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Recorded: the file of a pool "default", 538 bytes. */
static const char default_file[] =
    "<!--\n"
    "WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
    "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
    "  virsh pool-edit default\n"
    "or other application using the libvirt API.\n"
    "-->\n"
    "\n"
    "<pool type='dir'>\n"
    "  <name>default</name>\n"
    "  <uuid>11111111-1111-4111-8111-111111111111</uuid>\n"
    "  <capacity unit='bytes'>0</capacity>\n"
    "  <allocation unit='bytes'>0</allocation>\n"
    "  <available unit='bytes'>0</available>\n"
    "  <source>\n"
    "  </source>\n"
    "  <target>\n"
    "    <path>/var/lib/libvirt/images</path>\n"
    "  </target>\n"
    "</pool>\n";

/* Recorded: its state file, 587 bytes. */
static const char default_state[] =
    "<!--\n"
    "WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
    "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
    "  virsh pool-edit default\n"
    "or other application using the libvirt API.\n"
    "-->\n"
    "\n"
    "<poolstate>\n"
    "  <pool type='dir'>\n"
    "    <name>default</name>\n"
    "    <uuid>11111111-1111-4111-8111-111111111111</uuid>\n"
    "    <capacity unit='bytes'>0</capacity>\n"
    "    <allocation unit='bytes'>0</allocation>\n"
    "    <available unit='bytes'>0</available>\n"
    "    <source>\n"
    "    </source>\n"
    "    <target>\n"
    "      <path>/var/lib/libvirt/images</path>\n"
    "    </target>\n"
    "  </pool>\n"
    "</poolstate>\n";

typedef struct Dirs {
    char *dir, *config_dir, *state_dir;
    AljStore *store;
} Dirs;

static void
open_dirs(Dirs *dirs)
{
    g_autoptr(GError) error = NULL;
    dirs->dir = g_dir_make_tmp("alj-store-XXXXXX", NULL);
    dirs->config_dir = g_build_filename(dirs->dir, "etc", NULL);
    dirs->state_dir = g_build_filename(dirs->dir, "run", NULL);
    dirs->store = alj_store_new(dirs->config_dir, dirs->state_dir, &error);
    g_assert_no_error(error);
}

static void
close_dirs(Dirs *dirs)
{
    alj_store_free(dirs->store);
    remove_tree(dirs->dir);
    g_free(dirs->dir);
    g_free(dirs->config_dir);
    g_free(dirs->state_dir);
}

static AljPoolDef *
parse(const char *xml)
{
    g_autoptr(GError) error = NULL;
    AljPoolDef *def = alj_pool_def_parse(xml, -1, &error);
    g_assert_no_error(error);
    return def;
}

static char *
read_text(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
write_text(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_mkdir_with_parents(dir, 0755);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static unsigned
mode_of(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    struct stat info;
    g_assert_cmpint(lstat(path, &info), ==, 0);
    return info.st_mode & 07777;
}

/* mission: A7-01 A7-02 A7-03 A7-04 */
static void
test_bytes(void)
{
    Dirs dirs;
    g_autoptr(GError) error = NULL;
    char link[512];
    open_dirs(&dirs);
    g_autoptr(AljPoolDef) def = parse("<pool type='dir'><name>default</name><uuid>" UUID_1 "</uuid>"
                                      "<target><path>/var/lib/libvirt/images</path></target></pool>");
    umask(0);
    g_assert_true(alj_store_save_def(dirs.store, def, &error));
    g_assert_true(alj_store_save_state(dirs.store, def, &error));
    g_assert_true(alj_store_set_autostart(dirs.store, "default", true, &error));
    umask(022);
    g_autofree char *file = read_text(dirs.config_dir, "default.xml"), *state = read_text(dirs.state_dir, "default.xml");
    g_assert_cmpstr(file, ==, default_file);
    g_assert_cmpuint(strlen(file), ==, 538);
    g_assert_cmpstr(state, ==, default_state);
    g_assert_cmpuint(strlen(state), ==, 587);
    g_assert_cmpuint(mode_of(dirs.config_dir, "default.xml"), ==, 0600);
    g_assert_cmpuint(mode_of(dirs.state_dir, "default.xml"), ==, 0600);
    g_assert_cmpuint(mode_of(dirs.config_dir, "autostart"), ==, 0755);
    g_assert_cmpuint(mode_of(dirs.dir, "etc"), ==, 0755);
    g_autofree char *link_path = g_build_filename(dirs.config_dir, "autostart", "default.xml", NULL);
    g_autofree char *target = g_build_filename(dirs.config_dir, "default.xml", NULL);
    ssize_t length = readlink(link_path, link, sizeof link - 1);
    g_assert_cmpint(length, >, 0);
    link[length] = '\0';
    g_assert_cmpstr(link, ==, target);
    close_dirs(&dirs);
}

/* Which names stand in the comment, and for which the uuid does; as recorded. */
static void
test_header_names(void)
{
    static const char *const plain[] = { "a-b", "-a", "a-", "a.b", "a,b", "a:b", "a@b", "a%b", "a+b", "a=b", "a_b", "a\303\241b",
                                         "A9", ".x", "=a" };
    static const char *const unsafe[] = { "a b", "a'b", "a\"b", "a--b", "a>b", "a$b", "a;b", "a~b", "a#b", "a!b", "a(b",
                                          "a[b", "a{b", "a*b", "a?b", "a&b", "a|b", "a\\b", "a^b", "a`b", "a---b", "a<b",
                                          "~a", "#a", "-->", "a)b", "a]b", "a}b" };
    Dirs dirs;
    open_dirs(&dirs);
    for (unsigned i = 0; i < G_N_ELEMENTS(plain) + G_N_ELEMENTS(unsafe); i++) {
        bool is_plain = i < G_N_ELEMENTS(plain);
        const char *name = is_plain ? plain[i] : unsafe[i - G_N_ELEMENTS(plain)];
        g_autoptr(GError) error = NULL;
        g_autofree char *xml = pool_xml(name, UUID_2);
        g_autoptr(AljPoolDef) def = parse(xml);
        g_assert_true(alj_store_save_def(dirs.store, def, &error));
        g_autofree char *file = g_strdup_printf("%s.xml", name), *text = read_text(dirs.config_dir, file);
        g_autofree char *line = g_strdup_printf("\n  virsh pool-edit %s\nor other", is_plain ? name : UUID_2);
        if (!strstr(text, line))
            g_error("name '%s': %s", name, text);
        g_autoptr(GPtrArray) again = alj_store_load_defs(dirs.store);
        g_assert_cmpuint(again->len, ==, 1);
        g_assert_true(alj_pool_def_equal(((AljStored *) g_ptr_array_index(again, 0))->def, def));
        g_assert_true(alj_store_remove_def(dirs.store, name, &error));
    }
    close_dirs(&dirs);
}

static void
test_loading(void)
{
    Dirs dirs;
    open_dirs(&dirs);
    g_autofree char *good = pool_xml("good", UUID_1), *named = pool_xml("other", UUID_2), *fresh = pool_xml("fresh", NULL);
    g_autofree char *fifo = g_build_filename(dirs.config_dir, "fifo.xml", NULL);
    g_autofree char *sub = g_build_filename(dirs.config_dir, "dir.xml", NULL);
    g_autofree char *big = g_strnfill(300 * 1024, ' ');
    write_text(dirs.config_dir, "good.xml", good);
    write_text(dirs.config_dir, "misnamed.xml", named);
    write_text(dirs.config_dir, "fresh.xml", fresh);
    write_text(dirs.config_dir, "empty.xml", "");
    write_text(dirs.config_dir, "broken.xml", "<pool type='dir'><name>broken</name>");
    write_text(dirs.config_dir, "big.xml", big);
    write_text(dirs.config_dir, "note.txt", "no pool");
    write_text(dirs.config_dir, "good.xml.new", "rest of an interrupted saving");
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(g_mkdir(sub, 0700), ==, 0);
    g_assert_true(g_mkdir_with_parents(dirs.config_dir, 0755) == 0);
    g_autofree char *autostart = g_build_filename(dirs.config_dir, "autostart", NULL);
    g_autofree char *dead = g_build_filename(autostart, "dead.xml", NULL), *live = g_build_filename(autostart, "good.xml", NULL);
    g_mkdir(autostart, 0755);
    g_assert_cmpint(symlink("/nowhere/dead.xml", dead), ==, 0);
    g_assert_cmpint(symlink("../good.xml", live), ==, 0); /* relative links count as well */

    g_autoptr(GPtrArray) found = alj_store_load_defs(dirs.store);
    g_assert_cmpuint(found->len, ==, 2);
    const AljStored *first = g_ptr_array_index(found, 0), *second = g_ptr_array_index(found, 1);
    g_assert_cmpstr(first->def->name, ==, "fresh");
    g_assert_false(first->is_autostart);
    g_assert_cmpstr(second->def->name, ==, "good");
    g_assert_true(second->is_autostart);
    g_autofree char *left = list_dir(dirs.config_dir);
    g_assert_cmpstr(left, ==, "autostart big.xml broken.xml dir.xml empty.xml fifo.xml fresh.xml good.xml misnamed.xml note.txt");
    g_autofree char *links = list_dir(autostart);
    g_assert_cmpstr(links, ==, "good.xml");

    /* the uuid made up for the file without one is written back (D-29) */
    g_autoptr(GPtrArray) again = alj_store_load_defs(dirs.store);
    g_assert_true(alj_uuid_equal(&((AljStored *) g_ptr_array_index(again, 0))->def->uuid, &first->def->uuid));
    close_dirs(&dirs);
}

static void
test_states(void)
{
    Dirs dirs;
    open_dirs(&dirs);
    write_text(dirs.state_dir, "default.xml", default_state);
    write_text(dirs.state_dir, "cut.xml", "<poolstate>\n  <pool type='dir'>\n    <name>cut</na");
    write_text(dirs.state_dir, "odd.xml", "</poolstate><poolstate>");
    g_autoptr(GPtrArray) found = alj_store_load_states(dirs.store);
    g_assert_cmpuint(found->len, ==, 1);
    g_assert_cmpstr(((AljStored *) g_ptr_array_index(found, 0))->def->target_path, ==, "/var/lib/libvirt/images");
    g_assert_true(alj_store_mark_boot(dirs.store));
    g_assert_false(alj_store_mark_boot(dirs.store));
    g_assert_cmpuint(mode_of(dirs.state_dir, "autostarted"), ==, 0600);
    close_dirs(&dirs);
}

/* What cannot be written leaves everything as it was. */
static void
test_failures(void)
{
    Dirs dirs;
    GError *error = NULL;
    open_dirs(&dirs);
    g_autofree char *xml = pool_xml("p", UUID_1), *long_name = g_strnfill(250, 'x'), *long_xml = pool_xml(long_name, UUID_2);
    g_autoptr(AljPoolDef) def = parse(xml), long_def = parse(long_xml);
    g_assert_true(alj_store_save_def(dirs.store, def, &error));
    g_assert_false(alj_store_save_def(dirs.store, long_def, &error));
    g_autofree char *text = g_strdup_printf("Failed to create file '%s/%s.xml.new': File name too long", dirs.config_dir, long_name);
    assert_error(g_steal_pointer(&error), ALJ_ERROR_SYSTEM, text);
    g_autofree char *autostart = g_build_filename(dirs.config_dir, "autostart", NULL);
    write_text(autostart, "p.xml", "in the way");
    g_assert_false(alj_store_set_autostart(dirs.store, "p", true, &error));
    g_autofree char *link_text = g_strdup_printf("Failed to create symlink '%s/p.xml' to '%s/p.xml': File exists", autostart,
                                                 dirs.config_dir);
    assert_error(g_steal_pointer(&error), ALJ_ERROR_SYSTEM, link_text);
    g_assert_true(alj_store_remove_def(dirs.store, "p", &error));
    g_assert_true(alj_store_remove_def(dirs.store, "p", &error)); /* gone already: fine */
    g_autofree char *left = list_dir(dirs.config_dir);
    g_assert_cmpstr(left, ==, "autostart");
    g_assert_null(alj_store_new(dirs.config_dir, dirs.state_dir, &error));
    g_autofree char *busy = g_strdup_printf("resource busy: '%s' is in use by another daemon (process %d): end it, or use "
                                            "another directory", dirs.state_dir, (int) getpid());
    assert_error(g_steal_pointer(&error), ALJ_ERROR_BUSY, busy);
    close_dirs(&dirs);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    alj_log_init("test");
    g_test_add_func("/store/bytes", test_bytes);
    g_test_add_func("/store/header-names", test_header_names);
    g_test_add_func("/store/loading", test_loading);
    g_test_add_func("/store/states", test_states);
    g_test_add_func("/store/failures", test_failures);
    return run_tests();
}
