/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `gluster --xml volume info` answers, recorded from gluster 10.3, and what a server could answer instead. */
#include "backend/gluster_volumes.h"

#include <string.h>

#define ANSWER(body) "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><cliOutput>" body "</cliOutput>"
#define VOLUMES(volumes) ANSWER("<opRet>0</opRet><opErrstr/><volInfo><volumes>" volumes "</volumes></volInfo>")

static void
assert_volumes(const char *xml, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) names = alj_gluster_volumes_parse(xml, &error);
    g_assert_no_error(error);
    g_autofree char *found = g_strjoinv(" ", names);
    g_assert_cmpstr(found, ==, wanted);
}

static void
assert_refused(const char *xml, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_gluster_volumes_parse(xml, &error));
    g_autofree char *text = alj_error_text(error);
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_recorded(void)
{
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(GOLDEN_DIR "/tool-output/gluster-volume-info.xml", &xml, NULL, &error);
    g_assert_no_error(error);
    assert_volumes(xml, "labvol");
}

static void
test_others(void)
{
    assert_volumes(VOLUMES(""), "");
    assert_volumes(ANSWER("<opRet>0</opRet>"), "");
    assert_volumes(VOLUMES("<volume><name>a</name></volume><volume><id>1</id></volume><volume><name>b_2-c</name></volume>"), "a b_2-c");
    assert_volumes(VOLUMES("<volume><name>../x</name></volume><volume><name>-o</name></volume><volume><name/></volume>"), "");
}

static void
test_refused(void)
{
    assert_refused(ANSWER("<opRet>-1</opRet><opErrno>30800</opErrno><opErrstr>Locking failed</opErrstr>"),
                   "internal error: gluster does not tell its volumes: Locking failed");
    assert_refused(ANSWER("<opRet>-1</opRet><opErrstr/>"), "internal error: gluster does not tell its volumes: no reason given");
    assert_refused(ANSWER(""), "internal error: gluster does not tell its volumes: no reason given");
    g_autoptr(GError) error = NULL;
    g_assert_null(alj_gluster_volumes_parse("Connection failed. Please check if gluster daemon is operational.\n", &error));
    g_assert_nonnull(error);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gluster-volumes/recorded", test_recorded);
    g_test_add_func("/gluster-volumes/others", test_others);
    g_test_add_func("/gluster-volumes/refused", test_refused);
    return g_test_run();
}
