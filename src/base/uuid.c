/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs as 16 bytes: text in and out, random ones, hash-table glue. Pure but for the random source. */
#include "base/uuid.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool
alj_uuid_parse(const char *text, AljUuid *ret)
{
    AljUuid uuid;
    while (g_ascii_isspace(*text))
        text++;
    for (int i = 0; i < 16; i++) {
        while (*text == '-')
            text++;
        int high = g_ascii_xdigit_value(text[0]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);
        if (low < 0)
            return false;
        uuid.bytes[i] = (uint8_t) (high << 4 | low);
        text += 2;
    }
    while (g_ascii_isspace(*text))
        text++;
    if (*text != '\0')
        return false;
    *ret = uuid;
    return true;
}

char *
alj_uuid_format(const AljUuid *uuid, char ret[static ALJ_UUID_TEXT_SIZE])
{
    char *out = ret;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        out += sprintf(out, "%02x", uuid->bytes[i]);
    }
    return ret;
}

void
alj_uuid_generate(AljUuid *ret)
{
    gsize have = 0;
    while (have < sizeof ret->bytes) {
        ssize_t got = getrandom(ret->bytes + have, sizeof ret->bytes - have, 0);
        if (got > 0)
            have += (gsize) got; /* only EINTR can be the other case for 16 bytes */
    }
    ret->bytes[6] = (uint8_t) ((ret->bytes[6] & 0x0f) | 0x40);
    ret->bytes[8] = (uint8_t) ((ret->bytes[8] & 0x3f) | 0x80);
}

guint
alj_uuid_hash(gconstpointer uuid)
{
    guint32 words[4];
    memcpy(words, uuid, sizeof words);
    return words[0] ^ words[1] ^ words[2] ^ words[3];
}

gboolean
alj_uuid_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(AljUuid)) == 0;
}
