/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pool documents: every refusal with its exact text, code and area; defaults; what a running pool adds; schema. */
#include "base/error.h"
#include "model/pool.h"

#include <string.h>

#define TARGET "<target><path>/x</path></target>"
#define WWN "wwnn='20000000c9831b4b' wwpn='10000000c9831b4b'"
#define PCI(attrs) "<parentaddr unique_id='5'><address " attrs "/></parentaddr>"
#define XML_AREA ALJ_AREA_XML
#define NO_AREA ALJ_AREA_NONE
#define STORAGE ALJ_AREA_STORAGE

typedef struct Refusal {
    const char *type;
    const char *body; /* all of the document if type is NULL */
    AljError code;
    AljErrorArea area;
    const char *message;
} Refusal;

static char *
make_document(const char *type, const char *body)
{
    if (!type)
        return g_strdup(body);
    return g_strdup_printf("<pool type='%s' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'"
                           " xmlns:rbd='http://libvirt.org/schemas/storagepool/rbd/1.0'><name>p</name>%s</pool>",
                           type, body);
}

static void
assert_refusals(const Refusal *rows, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *document = make_document(rows[i].type, rows[i].body);
        g_test_message("%s", document);
        g_autoptr(AljPoolDef) def = alj_pool_def_parse(document, -1, &error);
        g_assert_null(def);
        g_assert_nonnull(error);
        g_assert_cmpstr(error->message, ==, rows[i].message);
        g_assert_error(error, ALJ_ERROR, (int) rows[i].code);
        g_assert_cmpint(alj_error_area(error), ==, rows[i].area);
    }
}

static void
test_refused_common(void)
{
    static const Refusal rows[] = {
        { NULL, "<pool/>", ALJ_ERROR_XML, XML_AREA, "Missing required attribute 'type' in element 'pool'" },
        { NULL, "<pool type='floppy'/>", ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'type' in element 'pool': 'floppy'." },
        { NULL, "<pool type='Dir'/>", ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'type' in element 'pool': 'Dir'." },
        { NULL, "<volume/>", ALJ_ERROR_XML, XML_AREA, "expecting root element of 'pool', not 'volume'" },
        { NULL, "<pool type='dir'>" TARGET "</pool>", ALJ_ERROR_XML, STORAGE, "missing pool source name element" },
        { NULL, "<pool type='dir'><name/>" TARGET "</pool>", ALJ_ERROR_XML, STORAGE,
          "missing pool source name element" },
        { NULL, "<pool type='dir'><name>a/b</name>" TARGET "</pool>", ALJ_ERROR_XML, STORAGE,
          "name a/b cannot contain '/'" },
        { NULL, "<pool type='dir'><name>a\nb</name>" TARGET "</pool>", ALJ_ERROR_XML_DETAIL, XML_AREA,
          "invalid char in name: \n" },
        { NULL, "<pool type='dir'><name>a&#10;b</name>" TARGET "</pool>", ALJ_ERROR_XML_DETAIL, XML_AREA,
          "invalid char in name: \n" },
        { "dir", "<uuid>x</uuid>" TARGET, ALJ_ERROR_XML, STORAGE, "malformed uuid element" },
        { "dir", "", ALJ_ERROR_XML, STORAGE, "missing storage pool target path" },
        { "dir", "<target><path/></target>", ALJ_ERROR_XML, STORAGE, "missing storage pool target path" },
        { "dir", "<target><path>rel</path></target>", ALJ_ERROR_INVALID_ARG, STORAGE, "path 'rel' is not absolute" },
        { "dir", "<target><path>/a&#9;b</path></target>", ALJ_ERROR_INVALID_ARG, STORAGE,
          "path '/a\tb' contains control characters" },
        { "dir", "<features><cow state='X'/></features>" TARGET, ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'state' in element 'cow': 'X'." },
        { "mpath", "<features><cow state='yes'/></features>" TARGET, ALJ_ERROR_NO_SUPPORT, STORAGE,
          "cow feature may only be used for 'fs' and 'dir' pools" },
        { "dir", "<refresh><volume allocation='X'/></refresh>" TARGET, ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
          "unknown storage pool volume refresh allocation type X" },
        { "dir", TARGET TARGET, ALJ_ERROR_XML, STORAGE, "element 'target' occurs more than once in 'pool'" },
        { "dir", "<name>q</name>" TARGET, ALJ_ERROR_XML, STORAGE, "element 'name' occurs more than once in 'pool'" },
        { "dir", "<target><path>/a</path><path>/b</path></target>", ALJ_ERROR_XML, STORAGE,
          "element 'path' occurs more than once in 'target'" },
        { "dir", "<target><path>/a<b/></path></target>", ALJ_ERROR_XML, STORAGE,
          "element 'path' holds 'b' where text is expected" },
        { "logical", "<source><name>-x</name></source>", ALJ_ERROR_XML, STORAGE,
          "source name '-x' cannot be the name of a volume group" },
        { "logical", "<source><name>a/b</name></source>", ALJ_ERROR_XML, STORAGE,
          "source name 'a/b' cannot be the name of a volume group" },
        { "zfs", "<source><name>-x</name></source>", ALJ_ERROR_XML, STORAGE,
          "source name '-x' cannot be the name of a zfs pool" },
        { "zfs", "<source><name>a/../b</name></source>", ALJ_ERROR_XML, STORAGE,
          "source name 'a/../b' leads out of its directory" },
    };
    assert_refusals(rows, G_N_ELEMENTS(rows));
}

static void
test_refused_permissions(void)
{
#define PERMISSIONS(x) "<target><path>/x</path><permissions>" x "</permissions></target>"
    static const Refusal rows[] = {
        { "dir", PERMISSIONS("<mode>01777</mode>"), ALJ_ERROR_XML, STORAGE, "malformed octal mode" },
        { "dir", PERMISSIONS("<mode>8</mode>"), ALJ_ERROR_XML, STORAGE, "malformed octal mode" },
        { "dir", PERMISSIONS("<mode>-1</mode>"), ALJ_ERROR_XML, STORAGE, "malformed octal mode" },
        { "dir", PERMISSIONS("<mode>0x1</mode>"), ALJ_ERROR_XML, STORAGE, "malformed octal mode" },
        { "dir", PERMISSIONS("<mode>777777777777777777777777</mode>"), ALJ_ERROR_XML, STORAGE, "malformed octal mode" },
        { "dir", PERMISSIONS("<owner/>"), ALJ_ERROR_XML, STORAGE, "malformed owner element" },
        { "dir", PERMISSIONS("<owner>-2</owner>"), ALJ_ERROR_XML, STORAGE, "malformed owner element" },
        { "dir", PERMISSIONS("<owner>4294967296</owner>"), ALJ_ERROR_XML, STORAGE, "malformed owner element" },
        { "dir", PERMISSIONS("<group>x</group>"), ALJ_ERROR_XML, STORAGE, "malformed group element" },
        { "logical", PERMISSIONS("<group>0x1</group>"), ALJ_ERROR_XML, STORAGE, "malformed group element" },
    };
    assert_refusals(rows, G_N_ELEMENTS(rows));
}

static void
test_refused_source(void)
{
#define NETFS(x) "<source><host name='h'/><dir path='/d'/>" x "</source>" TARGET
#define ISCSI(x) "<source><host name='h'/><device path='i'/>" x "</source>" TARGET
    static const Refusal rows[] = {
        { "netfs", TARGET, ALJ_ERROR_XML, STORAGE, "missing storage pool source host name" },
        { "netfs", "<source><host/></source>" TARGET, ALJ_ERROR_XML, STORAGE, "missing storage pool host name" },
        { "netfs", "<source><host name=''/></source>" TARGET, ALJ_ERROR_XML, STORAGE,
          "missing storage pool host name" },
        { "netfs", "<source><host name='-o'/></source>" TARGET, ALJ_ERROR_XML, STORAGE,
          "host name '-o' must not begin with '-'" },
        { "netfs", "<source><host name='h'/></source>" TARGET, ALJ_ERROR_XML, STORAGE,
          "missing storage pool source path" },
        { "netfs", NETFS("<format type='cifs'/><protocol ver='3'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
          "storage pool protocol ver unsupported for pool type 'cifs'" },
        { "netfs", NETFS("<protocol ver='a,b'/>"), ALJ_ERROR_XML_DETAIL, STORAGE,
          "storage pool protocol ver 'a,b' must not contain ','" },
        { "fs", TARGET, ALJ_ERROR_XML, STORAGE, "missing storage pool source device name" },
        { "fs", "<source><device/></source>" TARGET, ALJ_ERROR_XML, STORAGE,
          "missing storage pool source device path" },
        { "fs", "<source><device path='/d'/><format type='btrfs'/></source>" TARGET, ALJ_ERROR_CONFIG_UNSUPPORTED,
          STORAGE, "unknown pool format type btrfs" },
        { "fs", "<source><device path='/d'/></source>" TARGET "<fs:mount_opts><fs:option/></fs:mount_opts>",
          ALJ_ERROR_XML, STORAGE, "no fs mount option name specified" },
        { "disk", TARGET, ALJ_ERROR_XML, STORAGE, "missing storage pool source device name" },
        { "disk", "<source><device path='/d' part_separator='maybe'/></source>" TARGET, ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'part_separator' in element 'device': 'maybe'." },
        { "logical", "<source><format type='auto'/></source>", ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
          "unknown pool format type auto" },
        { "iscsi", "<source><host name='h' port='abc'/></source>" TARGET, ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'port' in element 'host': 'abc'. Expected integer value" },
        { "iscsi", "<source><host name='h' port='0'/></source>" TARGET, ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'port' in element 'host': '0'. Expected integer value" },
        { "iscsi", "<source><host name='h' port='65536'/></source>" TARGET, ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'port' in element 'host': '65536'. Expected integer value" },
        { "iscsi-direct", "<source><host name='h'/></source>", ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
          "missing initiator IQN" },
        { "rbd", "<source><host name='h'/></source>", ALJ_ERROR_XML, STORAGE,
          "element 'name' is mandatory for RBD pool" },
        { "rbd", "<source><name>n</name></source>", ALJ_ERROR_XML, STORAGE, "missing storage pool source host name" },
        { "rbd", "<source><host name='h'/><name>n</name></source><rbd:config_opts><rbd:option value='v'/></rbd:config_opts>",
          ALJ_ERROR_XML, STORAGE, "no rbd option name specified" },
        { "rbd", "<source><host name='h'/><name>n</name></source><rbd:config_opts><rbd:option name='a'/></rbd:config_opts>",
          ALJ_ERROR_XML, STORAGE, "no rbd option value specified for name 'a'" },
        { "gluster", "<source/>", ALJ_ERROR_XML, STORAGE, "missing storage pool source host name" },
        { "iscsi", ISCSI("<auth type='chap'/>"), ALJ_ERROR_XML, STORAGE, "missing username for auth" },
        { "iscsi", ISCSI("<auth type='x' username='u'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
          "unknown auth type 'x'" },
        { "iscsi", ISCSI("<auth username='u'><secret usage='x'/></auth>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
          "storage pool missing auth type" },
        { "iscsi", ISCSI("<auth type='chap' username='u'/>"), ALJ_ERROR_XML, STORAGE,
          "Missing <secret> element in auth" },
        { "iscsi", ISCSI("<auth type='chap' username='u'><secret/></auth>"), ALJ_ERROR_XML, NO_AREA,
          "missing secret uuid or usage attribute" },
        { "iscsi", ISCSI("<auth type='chap' username='u'><secret uuid='X'/></auth>"), ALJ_ERROR_XML, NO_AREA,
          "invalid secret uuid 'X'" },
        { "iscsi",
          ISCSI("<auth type='chap' username='u'><secret uuid='11111111-2222-4111-8111-111111111111' usage='x'/></auth>"),
          ALJ_ERROR_XML, NO_AREA, "either secret uuid or usage expected" },
    };
    assert_refusals(rows, G_N_ELEMENTS(rows));
}

static void
test_refused_adapter(void)
{
#define ADAPTER(x) "<source><adapter " x "</source>" TARGET
    static const Refusal rows[] = {
        { "scsi", TARGET, ALJ_ERROR_XML, STORAGE, "missing storage pool source adapter" },
        { "scsi", ADAPTER("/>"), ALJ_ERROR_XML, STORAGE, "missing storage pool source adapter" },
        { "scsi", ADAPTER(WWN "/>"), ALJ_ERROR_XML, STORAGE,
          "Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'" },
        { "scsi", ADAPTER("name='host1'>" PCI("slot='1'") "</adapter>"), ALJ_ERROR_XML, STORAGE,
          "Use of 'parentaddr' element requires use of the adapter 'type'" },
        { "scsi", ADAPTER("type='ide' name='x'/>"), ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'type' in element 'adapter': 'ide'." },
        { "scsi", ADAPTER("type='scsi_host'/>"), ALJ_ERROR_XML, STORAGE,
          "Either 'name' or 'parent' must be specified for the 'scsi_host' adapter" },
        { "scsi", ADAPTER("type='scsi_host' name='host1'>" PCI("slot='1'") "</adapter>"), ALJ_ERROR_XML, STORAGE,
          "Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter" },
        { "scsi", ADAPTER("type='scsi_host'><parentaddr unique_id='5'/></adapter>"), ALJ_ERROR_XML, STORAGE,
          "Missing scsi_host PCI address element" },
        { "scsi", ADAPTER("type='scsi_host'><parentaddr><address slot='1'/></parentaddr></adapter>"), ALJ_ERROR_XML,
          STORAGE, "Missing or invalid scsi adapter 'unique_id' value" },
        { "scsi", ADAPTER("type='scsi_host'><parentaddr unique_id='4294967295'><address slot='1'/></parentaddr></adapter>"),
          ALJ_ERROR_XML, STORAGE, "Missing or invalid scsi adapter 'unique_id' value" },
        { "scsi", ADAPTER("type='scsi_host'>" PCI("bus='08'") "</adapter>"), ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'bus' in element 'address': '08'. Expected non-negative integer value" },
        { "scsi", ADAPTER("type='scsi_host'>" PCI("bus='256'") "</adapter>"), ALJ_ERROR_XML, NO_AREA,
          "Invalid PCI address bus='0x100', must be <= 0xFF" },
        { "scsi", ADAPTER("type='scsi_host'>" PCI("slot='32'") "</adapter>"), ALJ_ERROR_XML, NO_AREA,
          "Invalid PCI address slot='0x20', must be <= 0x1F" },
        { "scsi", ADAPTER("type='scsi_host'>" PCI("function='8'") "</adapter>"), ALJ_ERROR_XML, NO_AREA,
          "Invalid PCI address function=0x8, must be <= 7" },
        { "scsi", ADAPTER("type='scsi_host'>" PCI("domain='x'") "</adapter>"), ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'domain' in element 'address': 'x'. Expected non-negative integer value" },
        { "scsi", ADAPTER("type='fc_host' wwnn='20000000c9831b4b'/>"), ALJ_ERROR_XML, STORAGE,
          "'wwnn' and 'wwpn' must be specified for adapter type 'fchost'" },
        { "scsi", ADAPTER("type='fc_host' wwnn='zz' wwpn='10000000c9831b4b'/>"), ALJ_ERROR_INTERNAL, NO_AREA,
          "Malformed wwn: zz" },
        { "scsi", ADAPTER("type='fc_host' " WWN " parent_wwnn='W'/>"), ALJ_ERROR_XML, STORAGE,
          "when providing parent_wwnn='W', the parent_wwpn must also be provided" },
        { "scsi", ADAPTER("type='fc_host' " WWN " parent_wwpn='W'/>"), ALJ_ERROR_XML, STORAGE,
          "when providing parent_wwpn='W', the parent_wwnn must also be provided" },
        { "scsi", ADAPTER("type='fc_host' " WWN " managed='x'/>"), ALJ_ERROR_XML, XML_AREA,
          "Invalid value for attribute 'managed' in element 'adapter': 'x'." },
    };
    assert_refusals(rows, G_N_ELEMENTS(rows));
}

static AljPoolDef *
parse(const char *document)
{
    g_autoptr(GError) error = NULL;
    AljPoolDef *def = alj_pool_def_parse(document, -1, &error);
    g_assert_no_error(error);
    return def;
}

static void
test_uuid(void)
{
    g_autoptr(AljPoolDef) none = parse("<pool type='dir'><name>p</name>" TARGET "</pool>");
    g_autoptr(AljPoolDef) empty = parse("<pool type='dir'><name>p</name><uuid><!-- --></uuid>" TARGET "</pool>");
    g_autoptr(AljPoolDef) given =
        parse("<pool type='dir'><name>p</name><uuid> 111111112222433384445555555555AB </uuid>" TARGET "</pool>");
    char text[ALJ_UUID_TEXT_SIZE];
    g_assert_false(none->was_uuid_given);
    g_assert_false(empty->was_uuid_given);
    g_assert_true(given->was_uuid_given);
    g_assert_false(alj_uuid_equal(&none->uuid, &empty->uuid));
    g_assert_cmpstr(alj_uuid_format(&given->uuid, text), ==, "11111111-2222-4333-8444-5555555555ab");
}

static void
test_length(void)
{
    static const char document[] = "<pool type='dir'><name>p</name>" TARGET "</pool>junk that is not part of it";
    g_autoptr(GError) error = NULL;
    g_autoptr(AljPoolDef) def = alj_pool_def_parse(document, (gssize) (strstr(document, "junk") - document), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(def->target_path, ==, "/x");
}

/* Parts of other types are not even looked at. */
static void
test_dropped(void)
{
    g_autoptr(AljPoolDef) def = parse(
        "<pool type='dir'><name>p</name><source><host name='-'/><dir path='-'/><name>-</name><device path=''/>"
        "<adapter type='ide'/><initiator><iqn name='i'/></initiator><format type='x'/><vendor name='v'/></source>" TARGET
        "</pool>");
    g_assert_cmpuint(def->hosts->len + def->devices->len, ==, 0);
    g_assert_null(def->source_dir);
    g_assert_null(def->source_name);
    g_assert_null(def->adapter);
    g_assert_null(def->initiator);
    g_assert_null(def->format);
    g_assert_cmpstr(def->vendor, ==, "v");
}

/* A SCSI host keeps nothing of what makes a virtual one, with a type and without. */
static void
test_adapter_drops(void)
{
    static const char *const starts[] = { "", "type='scsi_host' " };
    for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
        g_autofree char *document = g_strdup_printf(
            "<pool type='scsi'><name>p</name><source><adapter %sname='host0' parent_wwnn='x' parent_wwpn='y'"
            " parent_fabric_wwn='z' managed='yes'/></source>" TARGET "</pool>", starts[i]);
        g_autoptr(AljPoolDef) def = parse(document);
        g_autofree char *text = alj_pool_def_format(def, NULL, 0);
        g_assert_nonnull(strstr(text, "    <adapter type='scsi_host' name='host0'/>\n"));
        g_autoptr(AljPoolDef) again = parse(text);
        g_assert_true(alj_pool_def_equal(def, again));
    }
}

static void
test_live(void)
{
    g_autoptr(AljPoolDef) def = parse(
        "<pool type='disk'><name>p</name><uuid>11111111-1111-4111-8111-111111111111</uuid><source>"
        "<device path='/dev/sdb'/><device path='/dev/sdc'/></source><target><path>/dev</path><permissions>"
        "<mode>0755</mode><label>l</label></permissions></target></pool>");
    static const AljFreeExtent extents[] = { { 17408, 1048576 }, { 2097152, 4194304 } };
    g_autoptr(GArray) free_extents = g_array_new(FALSE, FALSE, sizeof(AljFreeExtent));
    g_array_append_vals(free_extents, extents, 2);
    AljPoolLive live = {
        .capacity_bytes = 4194304, .allocation_bytes = 1048576, .available_bytes = G_MAXUINT64,
        .permissions = { .has_mode = true, .mode = 0711, .has_owner = true, .owner = 0 },
        .free_extents = free_extents, .format = "dos",
    };
    g_autofree char *text = alj_pool_def_format(def, &live, 2);
    g_assert_cmpstr(text, ==,
                    "  <pool type='disk'>\n"
                    "    <name>p</name>\n"
                    "    <uuid>11111111-1111-4111-8111-111111111111</uuid>\n"
                    "    <capacity unit='bytes'>4194304</capacity>\n"
                    "    <allocation unit='bytes'>1048576</allocation>\n"
                    "    <available unit='bytes'>18446744073709551615</available>\n"
                    "    <source>\n"
                    "      <device path='/dev/sdb'>\n"
                    "        <freeExtent start='17408' end='1048576'/>\n"
                    "        <freeExtent start='2097152' end='4194304'/>\n"
                    "      </device>\n"
                    "      <device path='/dev/sdc'/>\n"
                    "      <format type='dos'/>\n"
                    "    </source>\n"
                    "    <target>\n"
                    "      <path>/dev</path>\n"
                    "      <permissions>\n"
                    "        <mode>0711</mode>\n"
                    "        <owner>0</owner>\n"
                    "      </permissions>\n"
                    "    </target>\n"
                    "  </pool>\n");
}

/* Each document differs from the first in one thing, and that must be seen. */
static void
test_equal(void)
{
#define POOL(type, body) "<pool type='" type "'><name>p</name><uuid>11111111-1111-4111-8111-111111111111</uuid>" body "</pool>"
    static const char *const others[] = {
        POOL("dir", "<target><path>/y</path></target>"),
        POOL("mpath", TARGET),
        POOL("dir", "<features><cow state='no'/></features>" TARGET),
        POOL("dir", "<refresh><volume allocation='default'/></refresh>" TARGET),
        POOL("dir", "<target><path>/x</path><permissions><mode>0</mode></permissions></target>"),
        POOL("dir", "<target><path>/x</path><permissions><label>l</label></permissions></target>"),
        POOL("dir", "<source><vendor name='v'/></source>" TARGET),
        POOL("dir", "<source><auth type='chap' username='u'><secret usage='x'/></auth></source>" TARGET),
        "<pool type='dir'><name>q</name><uuid>11111111-1111-4111-8111-111111111111</uuid>" TARGET "</pool>",
        "<pool type='dir'><name>p</name><uuid>21111111-1111-4111-8111-111111111111</uuid>" TARGET "</pool>",
    };
    g_autoptr(AljPoolDef) first = parse(POOL("dir", TARGET));
    g_autoptr(AljPoolDef) same = parse(POOL("dir", "<source/>" TARGET));
    g_assert_true(alj_pool_def_equal(first, same));
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(AljPoolDef) other = parse(others[i]);
        g_assert_false(alj_pool_def_equal(first, other));
        g_assert_false(alj_pool_def_equal(other, first));
    }
}

static void
test_schema(void)
{
    static const char *const bad[] = {
        "<pool type='dir'><name>p</name><x/>" TARGET "</pool>",
        "<pool type='dir'><name>p</name></pool>",
        "<pool type='dir'>" TARGET "</pool>",
        "<pool type='netfs'><name>p</name><source><host name='h'/></source>" TARGET "</pool>",
        "<pool type='dir'><name>p</name><source><host name='h'/></source>" TARGET "</pool>",
        "<pool type='floppy'><name>p</name>" TARGET "</pool>",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(alj_pool_def_validate(bad[i], SCHEMA_DIR, &error));
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_XML_SCHEMA);
        g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_XML);
        g_assert_true(g_str_has_prefix(error->message, "Unable to validate doc against " SCHEMA_DIR "/pool.rng\n"));
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(alj_pool_def_validate("<pool", SCHEMA_DIR, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_XML_DETAIL);
    g_clear_error(&error);
    g_assert_false(alj_pool_def_validate("<pool/>", "/nonexistent", &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_INTERNAL);
    g_assert_true(g_str_has_prefix(error->message, "cannot read schema '/nonexistent/pool.rng': "));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/pool-xml/refused/common", test_refused_common);
    g_test_add_func("/model/pool-xml/refused/permissions", test_refused_permissions);
    g_test_add_func("/model/pool-xml/refused/source", test_refused_source);
    g_test_add_func("/model/pool-xml/refused/adapter", test_refused_adapter);
    g_test_add_func("/model/pool-xml/uuid", test_uuid);
    g_test_add_func("/model/pool-xml/length", test_length);
    g_test_add_func("/model/pool-xml/dropped", test_dropped);
    g_test_add_func("/model/pool-xml/adapter-drops", test_adapter_drops);
    g_test_add_func("/model/pool-xml/live", test_live);
    g_test_add_func("/model/pool-xml/equal", test_equal);
    g_test_add_func("/model/pool-xml/schema", test_schema);
    return g_test_run();
}
