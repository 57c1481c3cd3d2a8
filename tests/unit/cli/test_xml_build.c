/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents from arguments: layout, and that nothing given can leave its place. */
#include "cli/xml_build.h"

static void
test_layout(void)
{
    AljXml xml;
    alj_xml_init(&xml);
    alj_xml_open(&xml, "volume", NULL);
    alj_xml_leaf(&xml, "name", "v");
    alj_xml_leaf(&xml, "allocation", NULL);
    alj_xml_open(&xml, "target", NULL);
    alj_xml_empty(&xml, "format", "type", "raw", "other", NULL, "last", "x", NULL);
    alj_xml_close(&xml, "target");
    alj_xml_close(&xml, "volume");
    g_autofree char *text = alj_xml_steal(&xml);
    g_assert_cmpstr(text, ==,
                    "<volume>\n"
                    "  <name>v</name>\n"
                    "  <target>\n"
                    "    <format type='raw' last='x'/>\n"
                    "  </target>\n"
                    "</volume>\n");
}

static void
test_escape(void)
{
    AljXml xml;
    alj_xml_init(&xml);
    alj_xml_empty(&xml, "host", "name", "a'/><b c=\"&\n", NULL);
    alj_xml_leaf(&xml, "name", "</name>&amp;\xff\t");
    g_autofree char *text = alj_xml_steal(&xml);
    g_assert_cmpstr(text, ==,
                    "<host name='a&apos;/&gt;&lt;b c=&quot;&amp;&#10;'/>\n"
                    "<name>&lt;/name&gt;&amp;amp;\xff&#9;</name>\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/xml-build/layout", test_layout);
    g_test_add_func("/cli/xml-build/escape", test_escape);
    return g_test_run();
}
