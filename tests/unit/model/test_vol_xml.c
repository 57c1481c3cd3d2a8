/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Volume documents: every refusal with its exact text, code and area; what flags allow; a full description; schema. */
#include "base/error.h"
#include "model/volume.h"

#include <string.h>

#define NAME "<name>v</name>"
#define CAPACITY "<capacity>1</capacity>"
#define TARGET(x) NAME CAPACITY "<target>" x "</target>"
#define QCOW2(x) TARGET("<format type='qcow2'/>" x)
#define LUKS(x) TARGET("<encryption format='luks'>" x "</encryption>")
#define SECRET "<secret type='passphrase' usage='/x'/>"
#define STORAGE ALJ_AREA_STORAGE

static const struct {
    AljPoolType pool;
    const char *body; /* of <volume> */
    AljError code;
    AljErrorArea area;
    const char *message;
} refusals[] = {
    { ALJ_POOL_DIR, CAPACITY, ALJ_ERROR_XML, STORAGE, "missing volume name element" },
    { ALJ_POOL_DIR, "<name/>" CAPACITY, ALJ_ERROR_XML, STORAGE, "missing volume name element" },
    { ALJ_POOL_DIR, "<name>a/b</name>" CAPACITY, ALJ_ERROR_BAD_STATE, STORAGE, "volume name 'a/b' cannot contain '/'" },
    { ALJ_POOL_DIR, "<name>a\nb</name>" CAPACITY, ALJ_ERROR_INVALID_ARG, STORAGE,
      "volume name 'a\nb' cannot contain a line break" },
    { ALJ_POOL_LOGICAL, "<name>.aljibe-new.x</name>" CAPACITY, ALJ_ERROR_INVALID_ARG, STORAGE,
      "volume name '.aljibe-new.x' begins with '.aljibe-new.', which is kept for volumes under construction" },
    { ALJ_POOL_DIR, NAME "<name>w</name>" CAPACITY, ALJ_ERROR_XML, STORAGE,
      "element 'name' occurs more than once in 'volume'" },
    { ALJ_POOL_DIR, NAME, ALJ_ERROR_XML, STORAGE, "missing capacity element" },
    { ALJ_POOL_DIR, NAME "<capacity/>", ALJ_ERROR_XML, STORAGE, "missing capacity element" },
    { ALJ_POOL_DIR, NAME "<capacity>x</capacity>", ALJ_ERROR_XML, STORAGE, "malformed capacity element" },
    { ALJ_POOL_DIR, NAME "<capacity>-1</capacity>", ALJ_ERROR_XML, STORAGE, "malformed capacity element" },
    { ALJ_POOL_DIR, NAME "<capacity>1.5</capacity>", ALJ_ERROR_XML, STORAGE, "malformed capacity element" },
    { ALJ_POOL_DIR, NAME "<capacity>5k</capacity>", ALJ_ERROR_XML, STORAGE, "malformed capacity element" },
    { ALJ_POOL_DIR, NAME "<capacity>0x10</capacity>", ALJ_ERROR_XML, STORAGE, "malformed capacity element" },
    { ALJ_POOL_DIR, NAME "<capacity>99999999999999999999</capacity>", ALJ_ERROR_XML, STORAGE,
      "malformed capacity element" },
    { ALJ_POOL_DIR, NAME CAPACITY "<capacity>2</capacity>", ALJ_ERROR_XML, STORAGE,
      "element 'capacity' occurs more than once in 'volume'" },
    { ALJ_POOL_DIR, NAME "<capacity>9223372036854775808</capacity>", ALJ_ERROR_OVERFLOW, ALJ_AREA_NONE,
      "value too large: 9223372036854775808" },
    { ALJ_POOL_DIR, NAME "<capacity unit='E'>16</capacity>", ALJ_ERROR_OVERFLOW, ALJ_AREA_NONE,
      "value too large: 16E" },
    { ALJ_POOL_DIR, NAME "<capacity unit='x'>1</capacity>", ALJ_ERROR_INVALID_ARG, ALJ_AREA_NONE,
      "unknown suffix 'x'" },
    { ALJ_POOL_DIR, NAME CAPACITY "<allocation>x</allocation>", ALJ_ERROR_XML, STORAGE, "malformed capacity element" },
    { ALJ_POOL_DIR, TARGET("<format type='none'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unknown volume format type none" },
    { ALJ_POOL_DIR, TARGET("<format type='bogus'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unknown volume format type bogus" },
    { ALJ_POOL_DIR, TARGET("<format type='linux'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unknown volume format type linux" },
    { ALJ_POOL_DISK, TARGET("<format type='qcow2'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unknown volume format type qcow2" },
    { ALJ_POOL_RBD, TARGET("<format type='linux'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unknown volume format type linux" },
    { ALJ_POOL_DIR, TARGET("<permissions><mode>9</mode></permissions>"), ALJ_ERROR_XML, STORAGE,
      "malformed octal mode" },
    { ALJ_POOL_DIR, QCOW2("<compat>x</compat>"), ALJ_ERROR_XML, STORAGE, "forbidden characters in 'compat' attribute" },
    { ALJ_POOL_DIR, QCOW2("<compat>1.</compat>"), ALJ_ERROR_XML, STORAGE, "forbidden characters in 'compat' attribute" },
    { ALJ_POOL_DIR, QCOW2("<compat>1.1,x</compat>"), ALJ_ERROR_XML, STORAGE,
      "forbidden characters in 'compat' attribute" },
    { ALJ_POOL_DIR, QCOW2("<features><bogus/></features>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unsupported feature bogus" },
    { ALJ_POOL_DIR, QCOW2("<compat>0.10</compat><features><lazy_refcounts/></features>"), ALJ_ERROR_CONFIG_UNSUPPORTED,
      STORAGE, "lazy_refcounts not supported with compat level 0.10" },
    { ALJ_POOL_DIR, QCOW2("<compat>0.10</compat><features><extended_l2/></features>"), ALJ_ERROR_CONFIG_UNSUPPORTED,
      STORAGE, "'extended_l2' not supported with compat level 0.10" },
    { ALJ_POOL_DIR, QCOW2("<clusterSize>big</clusterSize>"), ALJ_ERROR_XML, ALJ_AREA_XML,
      "Invalid value 'big' for element or attribute './target/clusterSize'" },
    { ALJ_POOL_DIR, QCOW2("<clusterSize unit='q'>1</clusterSize>"), ALJ_ERROR_INVALID_ARG, ALJ_AREA_NONE,
      "unknown suffix 'q'" },
    { ALJ_POOL_DIR, NAME CAPACITY "<backingStore><path>/b</path><format type='bogus'/></backingStore>",
      ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE, "unknown volume format type bogus" },
    { ALJ_POOL_DIR, TARGET("<encryption/>"), ALJ_ERROR_XML, STORAGE, "unknown volume encryption format" },
    { ALJ_POOL_DIR, TARGET("<encryption format='bogus'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unknown volume encryption format type bogus" },
    { ALJ_POOL_DIR, TARGET("<encryption format='luks' engine='default'/>"), ALJ_ERROR_XML, ALJ_AREA_XML,
      "Invalid value for attribute 'engine' in element 'encryption': 'default'." },
    { ALJ_POOL_DIR, LUKS("<secret/>"), ALJ_ERROR_XML, STORAGE, "unknown volume encryption secret type" },
    { ALJ_POOL_DIR, LUKS("<secret type='bogus'/>"), ALJ_ERROR_CONFIG_UNSUPPORTED, STORAGE,
      "unknown volume encryption secret type bogus" },
    { ALJ_POOL_DIR, LUKS("<secret type='passphrase'/>"), ALJ_ERROR_XML, ALJ_AREA_NONE,
      "missing secret uuid or usage attribute" },
    { ALJ_POOL_DIR, LUKS("<secret type='passphrase' uuid='x'/>"), ALJ_ERROR_XML, ALJ_AREA_NONE,
      "invalid secret uuid 'x'" },
    { ALJ_POOL_DIR, LUKS("<secret type='passphrase' uuid='x' usage='y'/>"), ALJ_ERROR_XML, ALJ_AREA_NONE,
      "either secret uuid or usage expected" },
    { ALJ_POOL_DIR, LUKS(SECRET SECRET), ALJ_ERROR_INVALID_ARG, STORAGE,
      "A single <secret type='passphrase'...> element is expected in encryption description" },
    { ALJ_POOL_DIR, LUKS("<ivgen name='plain64'/>"), ALJ_ERROR_XML, STORAGE,
      "ivgen element found, but cipher is missing" },
    { ALJ_POOL_DIR, LUKS("<cipher size='256'/>"), ALJ_ERROR_XML, STORAGE, "cipher info missing 'name' attribute" },
    { ALJ_POOL_DIR, LUKS("<cipher name='aes'/>"), ALJ_ERROR_XML, ALJ_AREA_XML,
      "Missing required attribute 'size' in element 'cipher'" },
    { ALJ_POOL_DIR, LUKS("<cipher name='aes' size='x'/>"), ALJ_ERROR_XML, ALJ_AREA_XML,
      "Invalid value for attribute 'size' in element 'cipher': 'x'. Expected non-negative integer value" },
    { ALJ_POOL_DIR, LUKS("<cipher name='aes' size='256'/><ivgen/>"), ALJ_ERROR_XML, STORAGE,
      "missing ivgen info name string" },
};

static AljVolDef *
parse_body(AljPoolType pool, const char *body, unsigned flags, GError **error)
{
    g_autofree char *document = g_strdup_printf("<volume>%s</volume>", body);
    g_test_message("%s", document);
    return alj_vol_def_parse(pool, document, -1, flags, error);
}

static void
test_refused(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljVolDef) def = parse_body(refusals[i].pool, refusals[i].body, 0, &error);
        g_assert_null(def);
        g_assert_nonnull(error);
        g_assert_cmpstr(error->message, ==, refusals[i].message);
        g_assert_error(error, ALJ_ERROR, (int) refusals[i].code);
        g_assert_cmpint(alj_error_area(error), ==, refusals[i].area);
    }
}

static void
test_refused_document(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_vol_def_parse(ALJ_POOL_DIR, "<volume type='file'>\n<name>v</nam></volume>", -1, 0, &error));
    g_assert_cmpstr(error->message, ==,
                    "(storage_volume_definition):2: Opening and ending tag mismatch: name line 2 and nam\n"
                    "<name>v</nam></volume>\n-------------^");
    g_clear_error(&error);
    g_assert_null(alj_vol_def_parse(ALJ_POOL_DIR, "<pool/>", -1, 0, &error));
    g_assert_cmpstr(error->message, ==, "expecting root element of 'volume', not 'pool'");
    g_clear_error(&error);
    g_assert_null(alj_vol_def_parse(ALJ_POOL_DIR, "<volume type='tape'>" NAME CAPACITY "</volume>", -1, 0, &error));
    g_assert_error(error, ALJ_ERROR, ALJ_ERROR_CONFIG_UNSUPPORTED);
    g_assert_cmpstr(error->message, ==, "unknown volume type 'tape'");
}

static void
test_capacity_flags(void)
{
    static const char backed[] = NAME "<backingStore><path>/b</path></backingStore>";
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) copy = parse_body(ALJ_POOL_DIR, NAME, ALJ_VOL_PARSE_NO_CAPACITY, &error);
    g_assert_no_error(error);
    g_assert_false(copy->has_capacity || copy->has_allocation);
    g_autoptr(AljVolDef) overlay = parse_body(ALJ_POOL_DIR, backed, ALJ_VOL_PARSE_OPT_CAPACITY, &error);
    g_assert_no_error(error);
    g_assert_false(overlay->has_capacity);
    g_assert_cmpstr(overlay->backing->path, ==, "/b");
    g_assert_false(overlay->backing->has_format);
    g_assert_null(parse_body(ALJ_POOL_DIR, NAME, ALJ_VOL_PARSE_OPT_CAPACITY, &error));
    g_clear_error(&error);
    g_assert_null(parse_body(ALJ_POOL_DIR, backed, 0, &error));
}

static void
test_defaults(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) def = parse_body(ALJ_POOL_DIR, NAME "<key>k</key><capacity unit='k'>3</capacity>"
                                          "<target><path>/elsewhere</path><nocow/></target>", 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(def->capacity_bytes, ==, 3072);
    g_assert_true(def->has_capacity);
    g_assert_cmpuint(def->allocation_bytes, ==, 3072);
    g_assert_false(def->has_allocation);
    g_assert_cmpint(def->format, ==, ALJ_FORMAT_RAW);
    g_assert_true(def->nocow);
    g_assert_null(def->key);
    g_assert_null(def->path);
    g_autoptr(AljVolDef) partition = parse_body(ALJ_POOL_DISK, NAME CAPACITY, 0, &error);
    g_assert_cmpint(partition->format, ==, ALJ_FORMAT_NONE);
    g_autoptr(AljVolDef) lv = parse_body(ALJ_POOL_LOGICAL, TARGET("<format type='bogus'/>"), 0, &error);
    g_assert_no_error(error);
    g_autoptr(AljVolDef) vmdk = parse_body(ALJ_POOL_DIR, TARGET("<format type='vmdk'/><compat>0.10</compat>"
                                                                 "<features><lazy_refcounts/></features>"), 0, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(vmdk->compat, ==, "0.10"); /* for the backend to refuse */
    g_assert_true(vmdk->has_features);
    g_autoptr(AljVolDef) qcow2 = parse_body(ALJ_POOL_DIR, QCOW2("<features/>"), 0, &error);
    g_assert_cmpstr(qcow2->compat, ==, "1.1");
}

static AljVolDef *
make_described(void)
{
    AljVolDef *def = alj_vol_def_new("v");
    def->type = ALJ_VOL_BLOCK;
    def->format = ALJ_FORMAT_QCOW2;
    def->key = g_strdup("/pool/v");
    def->path = g_strdup("/pool/v");
    def->capacity_bytes = 1073741824;
    def->allocation_bytes = 200704;
    def->physical_bytes = 196624;
    def->permissions = (AljPermissions) { .has_mode = true, .mode = 0600, .has_owner = true, .has_group = true };
    def->times = (AljTimestamps) { true, { 1341933637, 273190990 }, { 1341930622, 7 }, { 1341930622, 0 } };
    def->has_features = true;
    def->features = ALJ_VOL_LAZY_REFCOUNTS | ALJ_VOL_EXTENDED_L2;
    def->compat = g_strdup("1.1");
    def->cluster_size_bytes = 65536;
    def->encryption = g_new0(AljEncryption, 1);
    def->encryption->format = ALJ_ENCRYPTION_LUKS;
    def->backing = alj_backing_new("/pool/base");
    def->backing->format = ALJ_FORMAT_RAW;
    def->backing->permissions = (AljPermissions) { .has_mode = true, .mode = 0644 };
    def->backing->times = (AljTimestamps) { true, { 1, 0 }, { 2, 0 }, { 3, 0 } };
    alj_vol_def_add_extent(def, "/dev/sdb", 17408, 10503168);
    alj_vol_def_add_extent(def, "/dev/sdb", 20000000, 20000512);
    alj_vol_def_add_extent(def, "/dev/sdc", 0, 512);
    return def;
}

static const char description[] = "<volume type='block'>\n"
                                  "  <name>v</name>\n"
                                  "  <key>/pool/v</key>\n"
                                  "  <source>\n"
                                  "    <device path='/dev/sdb'>\n"
                                  "      <extent start='17408' end='10503168'/>\n"
                                  "      <extent start='20000000' end='20000512'/>\n"
                                  "    </device>\n"
                                  "    <device path='/dev/sdc'>\n"
                                  "      <extent start='0' end='512'/>\n"
                                  "    </device>\n"
                                  "  </source>\n"
                                  "  <capacity unit='bytes'>1073741824</capacity>\n"
                                  "  <allocation unit='bytes'>200704</allocation>\n"
                                  "  <physical unit='bytes'>196624</physical>\n"
                                  "  <target>\n"
                                  "    <path>/pool/v</path>\n"
                                  "    <format type='qcow2'/>\n"
                                  "    <permissions>\n"
                                  "      <mode>0600</mode>\n"
                                  "      <owner>0</owner>\n"
                                  "      <group>0</group>\n"
                                  "    </permissions>\n"
                                  "    <timestamps>\n"
                                  "      <atime>1341933637.273190990</atime>\n"
                                  "      <mtime>1341930622.000000007</mtime>\n"
                                  "      <ctime>1341930622</ctime>\n"
                                  "      <btime>0</btime>\n"
                                  "    </timestamps>\n"
                                  "    <encryption format='luks'>\n"
                                  "    </encryption>\n"
                                  "    <compat>1.1</compat>\n"
                                  "    <clusterSize unit='B'>65536</clusterSize>\n"
                                  "    <features>\n"
                                  "      <lazy_refcounts/>\n"
                                  "      <extended_l2/>\n"
                                  "    </features>\n"
                                  "  </target>\n"
                                  "  <backingStore>\n"
                                  "    <path>/pool/base</path>\n"
                                  "    <format type='raw'/>\n"
                                  "    <permissions>\n"
                                  "      <mode>0644</mode>\n"
                                  "    </permissions>\n"
                                  "    <timestamps>\n"
                                  "      <atime>1</atime>\n"
                                  "      <mtime>2</mtime>\n"
                                  "      <ctime>3</ctime>\n"
                                  "      <btime>0</btime>\n"
                                  "    </timestamps>\n"
                                  "  </backingStore>\n"
                                  "</volume>\n";

static void
test_describe(void)
{
    g_autoptr(AljVolDef) def = make_described();
    g_autofree char *text = alj_vol_def_format(ALJ_POOL_DIR, def);
    g_assert_cmpstr(text, ==, description);
    g_autofree char *plain = alj_vol_def_format(ALJ_POOL_LOGICAL, def);
    g_assert_null(strstr(plain, "<format type='qcow2'/>")); /* logical volumes have no format */
    g_autoptr(GError) error = NULL;
    g_assert_true(alj_vol_def_validate(text, SCHEMA_DIR, &error));
    g_assert_no_error(error);
}

static AljBacking *
make_chain(unsigned length)
{
    AljBacking *first = NULL, **place = &first;
    for (unsigned i = 1; i <= length; i++, place = &(*place)->next) {
        g_autofree char *path = g_strdup_printf("/pool/%u", i);
        *place = alj_backing_new(path);
        (*place)->format = ALJ_FORMAT_QCOW2;
        (*place)->permissions = (AljPermissions) { .has_mode = true, .mode = 0600 };
    }
    return first;
}

/* The description can be sent back: it validates, and what it stands on in the second place is nobody's request. */
static void
test_chain(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) def = alj_vol_def_new("v");
    def->format = ALJ_FORMAT_QCOW2;
    def->backing = make_chain(ALJ_BACKING_DEPTH_MAX + 3);
    g_autoptr(AljVolDef) copy = alj_vol_def_copy(def);
    g_autofree char *text = alj_vol_def_format(ALJ_POOL_DIR, copy);
    g_assert_true(alj_vol_def_validate(text, SCHEMA_DIR, &error));
    g_assert_no_error(error);
    g_autoptr(AljVolDef) parsed = alj_vol_def_parse(ALJ_POOL_DIR, text, -1, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(parsed->backing->path, ==, "/pool/1");
    g_assert_null(parsed->backing->next);
    g_assert_nonnull(strstr(text, "<path>/pool/16</path>"));
    g_assert_null(strstr(text, "<path>/pool/17</path>"));
    alj_backing_free(def->backing);
    def->backing = make_chain(2);
    g_autofree char *nested = alj_vol_def_format(ALJ_POOL_DIR, def);
    g_assert_nonnull(strstr(nested, "  <backingStore>\n"
                                    "    <path>/pool/1</path>\n"
                                    "    <format type='qcow2'/>\n"
                                    "    <permissions>\n"
                                    "      <mode>0600</mode>\n"
                                    "    </permissions>\n"
                                    "    <backingStore>\n"
                                    "      <path>/pool/2</path>\n"
                                    "      <format type='qcow2'/>\n"
                                    "      <permissions>\n"
                                    "        <mode>0600</mode>\n"
                                    "      </permissions>\n"
                                    "    </backingStore>\n"
                                    "  </backingStore>\n"
                                    "</volume>\n"));
}

static void
test_image(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljVolDef) def = alj_vol_def_new("v");
    def->format = ALJ_FORMAT_RAW;
    def->real_format = ALJ_FORMAT_VHDX;
    def->real_capacity_bytes = 16777216;
    g_autoptr(AljVolDef) copy = alj_vol_def_copy(def);
    g_autofree char *text = alj_vol_def_format(ALJ_POOL_DIR, copy);
    g_assert_true(alj_vol_def_validate(text, SCHEMA_DIR, &error));
    g_assert_no_error(error);
    g_assert_nonnull(strstr(text, "    <format type='raw'/>\n"));
    g_assert_nonnull(strstr(text, "  <aljibe:image xmlns:aljibe='urn:aljibe:1' format='vhdx' capacity='16777216'/>\n</volume>\n"));
    g_autoptr(AljVolDef) parsed = alj_vol_def_parse(ALJ_POOL_DIR, text, -1, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpint(parsed->real_format, ==, ALJ_FORMAT_NONE);
    copy->real_capacity_bytes = 0;
    g_autofree char *unsized = alj_vol_def_format(ALJ_POOL_DIR, copy);
    g_assert_nonnull(strstr(unsized, "<aljibe:image xmlns:aljibe='urn:aljibe:1' format='vhdx'/>"));
}

static void
test_copy(void)
{
    g_autoptr(AljVolDef) def = make_described();
    def->encryption->secret_usage = g_strdup("u");
    def->encryption->cipher_name = g_strdup("aes");
    def->problem = g_strdup("no header");
    g_autoptr(AljVolDef) copy = alj_vol_def_copy(def);
    g_assert_cmpstr(copy->problem, ==, "no header");
    g_assert_cmpstr(copy->encryption->secret_usage, ==, "u");
    g_clear_pointer(&def->encryption, alj_encryption_free);
    def->encryption = g_new0(AljEncryption, 1);
    def->encryption->format = ALJ_ENCRYPTION_LUKS;
    alj_vol_def_unref(alj_vol_def_ref(copy)); /* still there */
    g_clear_pointer(&copy->encryption, alj_encryption_free);
    copy->encryption = g_new0(AljEncryption, 1);
    copy->encryption->format = ALJ_ENCRYPTION_LUKS;
    g_clear_pointer(&def, alj_vol_def_unref);
    g_autofree char *text = alj_vol_def_format(ALJ_POOL_DIR, copy);
    g_assert_cmpstr(text, ==, description);
}

static void
test_schema(void)
{
    static const char *const bad[] = {
        "<volume>" CAPACITY "</volume>",
        "<volume>" NAME CAPACITY "<x/></volume>",
        "<volume>" TARGET("<format type='bogus'/>") "</volume>",
        "<volume>" NAME "<capacity>x</capacity></volume>",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(alj_vol_def_validate(bad[i], SCHEMA_DIR, &error));
        g_assert_error(error, ALJ_ERROR, ALJ_ERROR_XML_SCHEMA);
        g_assert_cmpint(alj_error_area(error), ==, ALJ_AREA_XML);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/vol-xml/refused", test_refused);
    g_test_add_func("/model/vol-xml/refused-document", test_refused_document);
    g_test_add_func("/model/vol-xml/capacity-flags", test_capacity_flags);
    g_test_add_func("/model/vol-xml/defaults", test_defaults);
    g_test_add_func("/model/vol-xml/describe", test_describe);
    g_test_add_func("/model/vol-xml/chain", test_chain);
    g_test_add_func("/model/vol-xml/image", test_image);
    g_test_add_func("/model/vol-xml/copy", test_copy);
    g_test_add_func("/model/vol-xml/schema", test_schema);
    return g_test_run();
}
