/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What rbd pools make of documents, and how they read what the cluster says: all that needs no cluster. tests/lab/rbd.py has one.
 */
#include "fixture.h"

#include "backend/rbd/directory.h"
#include "backend/rbd/image.h"
#include "backend/rbd/options.h"
#include "backend/rbd/trash.h"

#include <string.h>

static AljPoolDef *
parse_pool(const char *source, const char *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = g_strdup_printf("<pool type='rbd' xmlns:rbd='http://libvirt.org/schemas/storagepool/rbd/1.0'><name>p</name>"
                                           "<source>%s</source>%s</pool>", source, options);
    AljPoolDef *pool = alj_pool_def_parse(xml, -1, &error);
    g_assert_no_error(error);
    return pool;
}

static void
test_place(void)
{
    static const struct {
        const char *name, *pool, *name_space; /* pool NULL: refused */
    } rows[] = {
        { "images", "images", "" },
        { "images/tenant", "images", "tenant" },
        { "images/", NULL, NULL },
        { "/tenant", NULL, NULL },
        { "images/tenant/more", NULL, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(AljRbdPlace) place = { 0 };
        GError *error = NULL;
        g_autofree char *source = g_strdup_printf("<name>%s</name><host name='h'/>", rows[i].name);
        g_autoptr(AljPoolDef) pool = parse_pool(source, "");
        bool is_place = alj_rbd_place(pool, &place, &error);
        if (rows[i].pool) {
            g_assert_no_error(error);
            g_assert_cmpstr(place.pool, ==, rows[i].pool);
            g_assert_cmpstr(place.name_space, ==, rows[i].name_space);
        } else {
            g_autofree char *text = g_strdup_printf("invalid argument: source name '%s' is neither POOL nor POOL/NAMESPACE", rows[i].name);
            fixture_assert_fails(is_place, error, text);
        }
    }
}

static void
test_monitors(void)
{
    static const struct {
        const char *hosts, *monitors; /* NULL: refused */
    } rows[] = {
        { "<host name='mon1'/>", "mon1" },
        { "<host name='mon1' port='6789'/><host name='10.0.0.2'/>", "mon1:6789,10.0.0.2" },
        { "<host name='fd00::1' port='3300'/><host name='fd00::2'/>", "[fd00::1]:3300,[fd00::2]" },
        { "<host name='[fd00::1]' port='3300'/>", "[fd00::1]:3300" },
        { "<host name='v2:10.0.0.1' port='3300'/>", "v2:10.0.0.1:3300" },
        { "<host name='mon1,mon2'/>", NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        g_autofree char *source = g_strconcat("<name>images</name>", rows[i].hosts, NULL);
        g_autoptr(AljPoolDef) pool = parse_pool(source, "");
        g_autofree char *monitors = alj_rbd_monitors(pool, &error);
        if (rows[i].monitors)
            g_assert_cmpstr(monitors, ==, rows[i].monitors);
        else
            fixture_assert_fails(monitors, error, "internal error: received malformed monitor, check the XML definition");
    }
}

static char *
settings_text(const AljPoolDef *pool, GError **error)
{
    g_autoptr(GPtrArray) settings = alj_rbd_settings(pool, error);
    if (!settings)
        return NULL;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < settings->len; i++) {
        const AljPoolOption *option = g_ptr_array_index(settings, i);
        g_string_append_printf(text, "%s=%s\n", option->name, option->value);
    }
    return g_string_free(text, FALSE);
}

/* Those of the document come last, so they win. */
static void
test_settings(void)
{
    GError *error = NULL;
    g_autoptr(AljPoolDef) pool = parse_pool(
        "<name>images</name><host name='mon1'/><auth username='u' type='ceph'><secret usage='s'/></auth>",
        "<rbd:config_opts><rbd:option name='rados_osd_op_timeout' value='5'/><rbd:option name=' rbd  cache' value='false'/>"
        "</rbd:config_opts>");
    g_autofree char *text = settings_text(pool, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, "auth_supported=cephx\nmon_host=mon1\nclient_mount_timeout=30\nrados_mon_op_timeout=30\n"
                    "rados_osd_op_timeout=30\nrados_osd_op_timeout=5\nrbd_cache=false\n");
}

static void
test_settings_refused(void)
{
    static const struct {
        const char *name, *value, *text;
    } rows[] = {
        { "log_file", "/tmp/x", "is not one that a pool may set" },
        { "admin_socket", "/tmp/x", "is not one that a pool may set" },
        { "run_dir", "/tmp/x", "is not one that a pool may set" },
        { "rbd_plugins", "/tmp/x", "is not one that a pool may set" },
        { "rbd-plugins", "/tmp/x", "is not one that a pool may set" },
        { "rbd_persistent_cache_path", "/tmp/x", "is not one that a pool may set" },
        { "plugin_dir", "/tmp/x", "is not one that a pool may set" },
        { "mon_data_file", "/tmp/x", "is not one that a pool may set" },
        { "fsid", "x", "is not one that a pool may set" },
        { "rbd_Cache", "x", "is not one that a pool may set" },
        { "rbd_x=y", "x", "is not one that a pool may set" },
        { "mon_host", "10.0.0.9", "is not one that a pool may set: its monitors are the <host> elements" },
        { " mon  host", "10.0.0.9", "is not one that a pool may set: its monitors are the <host> elements" },
        { "mon_host_override", "a", "is not one that a pool may set: its monitors are the <host> elements" },
        { "auth_supported", "none", "is not one that a pool may set: its login is the <auth> element" },
        { "auth client-required", "none", "is not one that a pool may set: its login is the <auth> element" },
        { "keyring", "/tmp/x", "is not one that a pool may set: its login is the <auth> element" },
        { "key", "x", "is not one that a pool may set: its login is the <auth> element" },
        { "client_mount_timeout", "0", "must be between 1 and 300 seconds, and is '0'" },
        { "rados mon op timeout", "301", "must be between 1 and 300 seconds, and is '301'" },
        { "rados-osd-op-timeout", "-1", "must be between 1 and 300 seconds, and is '-1'" },
        { "rados_osd_op_timeout", "0x1e", "must be between 1 and 300 seconds, and is '0x1e'" },
        { "rados_osd_op_timeout", "0.5", "must be between 1 and 300 seconds, and is '0.5'" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        g_autofree char *options = g_strdup_printf("<rbd:config_opts><rbd:option name='%s' value='%s'/></rbd:config_opts>",
                                                   rows[i].name, rows[i].value);
        g_autofree char *wanted = g_strdup_printf("unsupported configuration: option '%s' %s", rows[i].name, rows[i].text);
        g_autoptr(AljPoolDef) pool = parse_pool("<name>images</name><host name='mon1'/>", options);
        g_autofree char *text = settings_text(pool, &error);
        fixture_assert_fails(text, error, wanted);
    }
}

static void
test_plan(void)
{
    static const struct {
        const char *inner, *text; /* text NULL: taken */
    } rows[] = {
        { "<name>v</name><capacity>1000</capacity>", NULL },
        { "<name>v w</name><capacity>1000</capacity>", NULL },
        { "<name>v</name><capacity>0</capacity>",
          "this function is not supported by the connection driver: volume capacity required for this storage pool" },
        { "<name>v</name><capacity>1</capacity><target><format type='qcow2'/></target>",
          "unsupported configuration: only RAW volumes are supported by this storage pool" },
        { "<name>v</name><capacity>1</capacity><target><encryption format='luks'/></target>",
          "unsupported configuration: storage pool does not support encrypted volumes" },
        { "<name>v@w</name><capacity>1</capacity>",
          "invalid argument: 'v@w' cannot be the name of an image: it holds '@' or a control character" },
    };
    g_autoptr(AljPoolDef) pool = parse_pool("<name>images/tenant</name><host name='mon1'/>", "");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GError *error = NULL;
        AljCall call = { 0 };
        g_autofree char *xml = g_strdup_printf("<volume>%s</volume>", rows[i].inner);
        g_autoptr(AljVolDef) vol = alj_vol_def_parse(ALJ_POOL_RBD, xml, -1, 0, &error);
        g_assert_no_error(error);
        bool is_planned = aljibe_backend.vol_plan(&call, pool, vol, 0, &error);
        if (rows[i].text) {
            fixture_assert_fails(is_planned, error, rows[i].text);
        } else {
            g_autofree char *path = g_strconcat("images/tenant/", vol->name, NULL);
            g_assert_no_error(error);
            g_assert_cmpstr(vol->path, ==, path);
            g_assert_cmpstr(vol->key, ==, path);
            g_assert_cmpint(vol->type, ==, ALJ_VOL_NETWORK);
        }
    }
}

static void
test_names(void)
{
    g_assert_true(alj_rbd_is_vol_name("v"));
    g_assert_true(alj_rbd_is_vol_name("-rf"));
    g_assert_false(alj_rbd_is_vol_name("a/b"));
    g_assert_false(alj_rbd_is_vol_name("a@b"));
    g_assert_false(alj_rbd_is_vol_name("a\nb"));
    g_assert_false(alj_rbd_is_vol_name("\xff"));
}

/* Ids as the cluster stores them; what is not exactly one is none. */
static void
test_stored_text(void)
{
    static const struct {
        const char *data;
        size_t length;
        const char *text;
    } rows[] = {
        { "\x02\0\0\0ab", 6, "ab" },  { "\x02\0\0\0ab", 5, NULL },   { "\x02\0\0\0abc", 7, NULL }, { "\0\0\0\0", 4, NULL },
        { "\x02\0\0", 3, NULL },      { "", 0, NULL },               { "\x02\0\0\0a\0", 6, NULL }, { "\xff\xff\xff\xff" "ab", 6, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = alj_rbd_text_decode(rows[i].data, rows[i].length);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
    g_autoptr(GByteArray) bytes = alj_rbd_text_encode("5e2d");
    g_assert_cmpmem(bytes->data, bytes->len, "\x04\0\0\0" "5e2d", 8);
}

/* Entries of the trash as Ceph 16 and one before 14 wrote them; what is cut short or too long is none. */
static void
test_trash_entry(void)
{
    static const char bytes[] = "\x02\x01\x17\0\0\0" "\0" "\x01\0\0\0a" "\xd2\x6b\x01\x6b" "\xde\x5b\x71\x1d"
                                "\x12\x4e\x03\x6b" "\xde\x5b\x71\x1d" "\x03";
    static const char old_bytes[] = "\x01\x01\x16\0\0\0" "\0" "\x01\0\0\0a" "\xd2\x6b\x01\x6b" "\0\0\0\0"
                                    "\xd3\x6b\x01\x6b" "\0\0\0\0";
    AljRbdTrashEntry entry;
    g_assert_true(alj_rbd_trash_entry_decode(bytes, sizeof bytes - 1, &entry));
    g_assert_cmpuint(entry.kept_seconds, ==, 123456);
    g_assert_cmpint(entry.state, ==, ALJ_RBD_TRASH_RESTORING);
    g_assert_true(alj_rbd_trash_entry_decode(old_bytes, sizeof old_bytes - 1, &entry));
    g_assert_cmpuint(entry.kept_seconds, ==, 1);
    g_assert_cmpint(entry.state, ==, ALJ_RBD_TRASH_WHOLE);
    for (size_t length = 0; length < sizeof bytes - 1; length++) {
        g_autofree char *part = g_memdup2(bytes, MAX(length, 1));
        g_assert_false(alj_rbd_trash_entry_decode(part, length, &entry));
        if (length > 2) {
            part[2] = (char) (length - 6);
            g_assert_false(alj_rbd_trash_entry_decode(part, length, &entry));
        }
    }
    g_assert_false(alj_rbd_trash_entry_decode(bytes, sizeof bytes, &entry));
}

/* No number that somebody would ask for, nor twice the same. */
static void
test_trash_mark(void)
{
    uint64_t one = alj_rbd_trash_mark(), other = alj_rbd_trash_mark();
    g_assert_cmpuint(one, !=, other); /* once in 17 million it is */
    g_assert_cmpuint(MIN(one, other), >=, 30 * 24 * 60 * 60);
    g_assert_cmpuint(MAX(one, other), <, 1u << 25);
}

static void
test_extents(void)
{
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof(AljRbdExtent));
    alj_rbd_extents_add(extents, 0, 4);
    alj_rbd_extents_add(extents, 4, 4);  /* touches */
    alj_rbd_extents_add(extents, 16, 4);
    alj_rbd_extents_add(extents, 16, 8); /* of the image and of its parent */
    alj_rbd_extents_add(extents, 18, 2);
    const AljRbdExtent wanted[] = { { 0, 8 }, { 16, 24 } };
    g_assert_cmpuint(extents->len, ==, G_N_ELEMENTS(wanted));
    g_assert_cmpmem(extents->data, sizeof wanted, wanted, sizeof wanted);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rbd/place", test_place);
    g_test_add_func("/rbd/monitors", test_monitors);
    g_test_add_func("/rbd/settings", test_settings);
    g_test_add_func("/rbd/settings-refused", test_settings_refused);
    g_test_add_func("/rbd/plan", test_plan);
    g_test_add_func("/rbd/names", test_names);
    g_test_add_func("/rbd/stored-text", test_stored_text);
    g_test_add_func("/rbd/trash-entry", test_trash_entry);
    g_test_add_func("/rbd/trash-mark", test_trash_mark);
    g_test_add_func("/rbd/extents", test_extents);
    return g_test_run();
}
