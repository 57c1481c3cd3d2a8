/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source discovery documents, the capability document, and the table of pool types behind it. */
#include "golden.h"
#include "base/error.h"
#include "model/source.h"

static void
test_spec(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AljSourceSpec) spec = alj_source_spec_parse(
        "<source><host name='h' port='3260'/><host name='g'/><initiator><iqn name='i'/></initiator></source>", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(spec->hosts->len, ==, 2);
    const AljPoolHost *host = spec->hosts->pdata[0];
    g_assert_cmpstr(host->name, ==, "h");
    g_assert_cmpuint(host->port, ==, 3260);
    g_assert_cmpstr(spec->initiator, ==, "i");
    g_assert_null(alj_source_spec_parse("<source><host/></source>", &error));
    g_assert_cmpstr(error->message, ==, "missing storage pool host name");
    g_clear_error(&error);
    g_assert_null(alj_source_spec_parse("<source>", &error));
    g_assert_cmpstr(error->message, ==,
                    "(storage_source_specification):1: Premature end of data in tag source line 1\n<source>\n--------^");
    g_clear_error(&error);
    g_assert_null(alj_source_spec_parse("<pool/>", &error));
    g_assert_cmpstr(error->message, ==, "expecting root element of 'source', not 'pool'");
}

/* In libvirt's words, whether or not there is a backend. */
static void
test_spec_checks(void)
{
#define SPEC(x) "<source>" x "</source>"
    static const struct {
        AljPoolType type;
        const char *spec;    /* NULL: none was sent */
        const char *message; /* NULL: nothing is missing */
    } rows[] = {
        { ALJ_POOL_NETFS, NULL, "hostname must be specified for netfs sources" },
        { ALJ_POOL_GLUSTER, NULL, "hostname must be specified for gluster sources" },
        { ALJ_POOL_ISCSI, NULL, "hostname must be specified for iscsi sources" },
        { ALJ_POOL_ISCSI_DIRECT, NULL, "hostname must be specified for iscsi sources" },
        { ALJ_POOL_LOGICAL, NULL, NULL },
        { ALJ_POOL_LOGICAL, SPEC(""), NULL },
        { ALJ_POOL_NETFS, SPEC(""), "Expected exactly 1 host for the storage pool" },
        { ALJ_POOL_ISCSI, SPEC("<host name='a'/><host name='b'/>"), "Expected exactly 1 host for the storage pool" },
        { ALJ_POOL_NETFS, SPEC("<host name='a'/>"), NULL },
        { ALJ_POOL_ISCSI_DIRECT, SPEC("<host name='a'/>"), "missing initiator IQN" },
        { ALJ_POOL_ISCSI_DIRECT, SPEC("<host name='a'/><initiator><iqn name='i'/></initiator>"), NULL },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljSourceSpec) spec = rows[i].spec ? alj_source_spec_parse(rows[i].spec, &error) : NULL;
        g_assert_no_error(error);
        g_assert_cmpint(alj_source_spec_check(rows[i].type, spec, &error), ==, !rows[i].message);
        g_assert_cmpstr(error ? error->message : NULL, ==, rows[i].message);
    }
}

static void
test_sources(void)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify) alj_pool_def_unref);
    g_autofree char *none = alj_sources_format(sources);
    g_assert_cmpstr(none, ==, "<sources>\n</sources>\n");
    AljPoolDef *share = alj_pool_def_new(ALJ_POOL_NETFS);
    alj_pool_def_add_host(share, "h", 0);
    share->source_dir = g_strdup("/srv/images");
    share->format = "nfs";
    AljPoolDef *target = alj_pool_def_new(ALJ_POOL_ISCSI);
    alj_pool_def_add_host(target, "h", 3260);
    alj_pool_def_add_device(target, "iqn.x");
    g_ptr_array_add(sources, share);
    g_ptr_array_add(sources, target);
    g_autofree char *two = alj_sources_format(sources);
    g_assert_cmpstr(two, ==,
                    "<sources>\n"
                    "  <source>\n"
                    "    <host name='h'/>\n"
                    "    <dir path='/srv/images'/>\n"
                    "    <format type='nfs'/>\n"
                    "  </source>\n"
                    "  <source>\n"
                    "    <host name='h' port='3260'/>\n"
                    "    <device path='iqn.x'/>\n"
                    "  </source>\n"
                    "</sources>\n");
}

/* The file is what libvirt 9.0 prints with all its backends installed. */
static void
test_capabilities(void)
{
    bool supported[ALJ_N_POOL_TYPES];
    for (int i = 0; i < ALJ_N_POOL_TYPES; i++)
        supported[i] = i != ALJ_POOL_SHEEPDOG && i != ALJ_POOL_VSTORAGE;
    g_autofree char *text = alj_pool_capabilities_format(supported);
    golden_compare(".", "pool-capabilities", ".out.xml", text);
}

static void
test_types(void)
{
    unsigned flags = 0;
    for (int i = 0; i < ALJ_N_POOL_TYPES; i++) {
        const AljPoolTypeInfo *info = alj_pool_type_info((AljPoolType) i);
        AljPoolType found = ALJ_N_POOL_TYPES;
        g_assert_true(alj_pool_type_find(info->name, &found));
        g_assert_cmpint(found, ==, i);
        g_assert_cmpuint(flags & info->list_flag, ==, 0);
        g_assert_cmpuint(info->required & ~info->parts, ==, 0);
        g_assert_cmpuint(info->search_required & ~info->parts, ==, 0);
        g_assert_true(info->has_search || !info->search_required);
        flags |= info->list_flag;
    }
    g_assert_cmpuint(flags, ==, 0xfffc0);
    for (int i = 0; i < ALJ_N_FORMATS; i++)
        g_assert_nonnull(alj_vol_format_name((AljVolFormat) i));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/source/spec", test_spec);
    g_test_add_func("/model/source/spec-checks", test_spec_checks);
    g_test_add_func("/model/source/sources", test_sources);
    g_test_add_func("/model/source/capabilities", test_capabilities);
    g_test_add_func("/model/source/types", test_types);
    return g_test_run();
}
