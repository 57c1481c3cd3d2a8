/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for reports of LVM: any text. What is taken has names that lead nowhere, and numbers that hold together. */
#include "backend/logical/report.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_group(const AljLvmGroup *group)
{
    g_assert_true(alj_lvm_is_name(group->name) && group->extent_bytes > 0 && group->free_bytes <= group->bytes);
    for (guint i = 0; i < group->volumes->len; i++) {
        const AljLvmVolume *volume = g_ptr_array_index(group->volumes, i);
        g_assert_true(alj_lvm_is_name(volume->name) && !strchr(volume->uuid, '/') && volume->segments->len > 0);
        g_assert_true(volume->data_percent == ALJ_LVM_NO_PERCENT || volume->data_percent <= 10000);
        g_assert_true(alj_lvm_group_find(group, volume->name) != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) groups = alj_lvm_parse_groups(text, &error);
    g_assert_true((groups == NULL) == (error != NULL));
    for (guint i = 0; groups && i < groups->len; i++)
        check_group(g_ptr_array_index(groups, i));
    g_clear_error(&error);
    g_autoptr(GPtrArray) devices = alj_lvm_parse_devices(text, &error);
    g_assert_true((devices == NULL) == (error != NULL));
    for (guint i = 0; devices && i < devices->len; i++) {
        const AljLvmDevice *device = g_ptr_array_index(devices, i);
        g_assert_true(*device->path == '/');
    }
    return 0;
}
