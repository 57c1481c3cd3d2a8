/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for the pages in which a SCSI device says what it is: whatever it says, a name of it is a word of plain ASCII. */
#include "host/scsi_identity.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_word(const char *word)
{
    for (; word && *word; word++)
        g_assert_true(g_ascii_isalnum(*word) || strchr("#+-.:=@_", *word));
}

/* The first byte says where page 0x83 ends and page 0x80 begins. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(AljScsiIdentity) identity = { 0 };
    size_t first = size ? MIN(data[0], size - 1) : 0;
    g_autoptr(GBytes) page83 = size ? g_bytes_new(data + 1, first) : NULL;
    g_autoptr(GBytes) page80 = size ? g_bytes_new(data + 1 + first, size - 1 - first) : NULL;
    alj_scsi_identify(page83, page80, "QEMU", "QEMU HARDDISK", &identity);
    check_word(identity.serial);
    check_word(identity.port_group);
    return 0;
}
