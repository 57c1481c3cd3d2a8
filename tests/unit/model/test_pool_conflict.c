/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which pairs of pools conflict, in both directions, and that conflicting ones share a key. */
#include "base/error.h"
#include "model/pool.h"

#include <string.h>

#define T(path) "<target><path>" path "</path></target>"
#define DEVICES(x) "<source>" x "</source>"
#define NETFS(host) "<source>" host "<dir path='/d'/></source>" T("/x")
#define ISCSI(host, iqn, initiator) "<source><host name='" host "'/><device path='" iqn "'/>" initiator "</source>" T("/x")
#define INITIATOR(x) "<initiator><iqn name='" x "'/></initiator>"
#define SCSI(adapter) "<source>" adapter "</source>" T("/x")
#define WWN "wwnn='20000000c9831b4b' wwpn='10000000c9831b4b'"
#define ADDRESS(function, id)                                                                                          \
    "<adapter type='scsi_host'><parentaddr unique_id='" id "'><address slot='0x1f' function='" function                \
    "'/></parentaddr></adapter>"

static const struct {
    const char *type_a, *a, *type_b, *b;
    bool a_conflicts, b_conflicts; /* a new beside b, b new beside a */
} rows[] = {
    { "dir", T("/x"), "dir", T("/x//"), true, true },
    { "dir", T("/"), "dir", T("//"), false, false },
    { "dir", T("/x"), "dir", T("/y"), false, false },
    { "dir", T("/x"), "fs", DEVICES("<device path='/a'/>") T("/x"), false, false },
    { "fs", DEVICES("<device path='/a'/>") T("/x"), "fs", DEVICES("<device path='/b'/>") T("/x"), false, false },
    { "fs", DEVICES("<device path='/a'/>") T("/x"), "disk", DEVICES("<device path='/b'/><device path='/a'/>") T("/y"),
      true, true },
    { "logical", DEVICES("<device path='/a'/><name>v</name>"), "zfs", DEVICES("<device path='/a'/>"), true, true },
    { "logical", DEVICES("<name>v</name>"), "logical", DEVICES("<name>v</name>"), false, false },
    { "netfs", NETFS("<host name='h'/>"), "netfs", NETFS("<host name='h'/>"), true, true },
    { "netfs", NETFS("<host name='h'/>"), "netfs", NETFS("<host name='h' port='1'/>"), true, false },
    { "netfs", NETFS("<host name='h' port='1'/>"), "netfs", NETFS("<host name='h' port='1'/>"), true, true },
    { "netfs", NETFS("<host name='h' port='1'/>"), "netfs", NETFS("<host name='h' port='2'/>"), false, false },
    { "netfs", NETFS("<host name='h'/>"), "netfs", NETFS("<host name='g'/>"), false, false },
    { "netfs", NETFS("<host name='h'/><host name='g'/>"), "netfs", NETFS("<host name='h'/>"), true, true },
    { "netfs", NETFS("<host name='g'/><host name='h'/>"), "netfs", NETFS("<host name='h'/>"), false, false },
    { "netfs", NETFS("<host name='h'/><host name='g'/>"), "netfs", NETFS("<host name='h'/><host name='g'/>"), false, false },
    { "netfs", NETFS("<host name='h'/>"), "gluster", "<source><host name='h'/><dir path='/d'/></source>", false,
      false },
    { "gluster", "<source><host name='h'/><name>v</name></source>", "gluster",
      "<source><host name='h'/><dir path='/'/><name>v</name></source>", true, true },
    { "gluster", "<source><host name='h'/><name>v</name></source>", "gluster",
      "<source><host name='h'/><dir path='/d'/><name>v</name></source>", false, false },
    { "iscsi", ISCSI("h", "i", ""), "iscsi", ISCSI("g", "i", ""), true, true },
    { "iscsi", ISCSI("h", "i", ""), "iscsi", ISCSI("h", "i", INITIATOR("n")), false, false },
    { "iscsi", ISCSI("h", "i", INITIATOR("n")), "iscsi", ISCSI("h", "i", INITIATOR("n")), true, true },
    { "iscsi", ISCSI("h", "i", ""), "iscsi", ISCSI("h", "j", ""), false, false },
    { "scsi", SCSI("<adapter name='host5'/>"), "scsi", SCSI("<adapter name='scsi_host5'/>"), true, true },
    { "scsi", SCSI("<adapter name='host5'/>"), "scsi", SCSI("<adapter name='fc_host6'/>"), false, false },
    { "scsi", SCSI("<adapter name='odd'/>"), "scsi", SCSI("<adapter name='odd'/>"), false, false },
    { "scsi", SCSI("<adapter type='fc_host' " WWN "/>"), "scsi", SCSI("<adapter type='fc_host' " WWN "/>"), true, true },
    { "scsi", SCSI(ADDRESS("2", "5")), "scsi", SCSI(ADDRESS("0x2", "5")), true, true },
    { "scsi", SCSI(ADDRESS("2", "5")), "scsi", SCSI(ADDRESS("2", "6")), false, false },
    { "mpath", T("/x"), "mpath", T("/y"), true, true },
    { "rbd", "<source><host name='h'/><name>n</name></source>", "rbd", "<source><host name='h'/><name>n</name></source>",
      false, false },
    { "iscsi-direct", DEVICES("<host name='h'/><device path='i'/>" INITIATOR("n")), "iscsi-direct",
      DEVICES("<host name='h'/><device path='i'/>" INITIATOR("n")), false, false },
};

static AljPoolDef *
parse(const char *type, const char *name, const char *body)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *document = g_strdup_printf("<pool type='%s'><name>%s</name>%s</pool>", type, name, body);
    AljPoolDef *def = alj_pool_def_parse(document, -1, &error);
    g_assert_no_error(error);
    return def;
}

static bool
share_a_key(const AljPoolDef *a, const AljPoolDef *b)
{
    g_auto(GStrv) keys_a = alj_pool_def_source_keys(a);
    g_auto(GStrv) keys_b = alj_pool_def_source_keys(b);
    for (char **key = keys_a; *key; key++) {
        if (g_strv_contains((const char *const *) keys_b, *key))
            return true;
    }
    return false;
}

static void
test_pairs(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(AljPoolDef) a = parse(rows[i].type_a, "a", rows[i].a);
        g_autoptr(AljPoolDef) b = parse(rows[i].type_b, "b", rows[i].b);
        g_autoptr(AljPoolDef) namesake = parse(rows[i].type_b, "a", rows[i].b);
        g_test_message("row %zu", i);
        g_assert_cmpint(alj_pool_def_conflicts(a, b), ==, rows[i].a_conflicts);
        g_assert_cmpint(alj_pool_def_conflicts(b, a), ==, rows[i].b_conflicts);
        g_assert_false(alj_pool_def_conflicts(a, namesake));
        if (rows[i].a_conflicts || rows[i].b_conflicts)
            g_assert_true(share_a_key(a, b));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/pool-conflict/pairs", test_pairs);
    return g_test_run();
}
