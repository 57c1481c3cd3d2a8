/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for what iscsiadm prints and writes: names out of it are words of a command line, and a record stays a record. */
#include "backend/iscsi/iscsiadm_parse.h"
#include "base/sealed.h"
#include "host/iscsi.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const AljIscsiSetting settings[] = { { "node.session.auth.password", "secret" }, { NULL, NULL } };
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autoptr(GPtrArray) targets = alj_iscsiadm_parse_targets(text);
    for (guint i = 0; i < targets->len; i++)
        g_assert_true(alj_iscsi_is_name(targets->pdata[i]) && *(char *) targets->pdata[i] != '-');
    g_autofree char *interface = alj_iscsiadm_parse_interface(text, "iqn.2026-01.org.aljibe:other");
    g_assert_true(!interface || alj_iscsi_is_name(interface));
    char *once = alj_iscsi_record_edit(text, settings), *twice = once ? alj_iscsi_record_edit(once, settings) : NULL;
    g_assert_cmpstr(once, ==, twice); /* what is set is set */
    g_assert_true(!once || strstr(once, "\nnode.session.auth.password = secret\n") || g_str_has_prefix(once, "node.session.auth"));
    alj_wipe_text(once);
    alj_wipe_text(twice);
    return 0;
}
