/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/** AljUuid: the 16 raw bytes, in the order of the text form. Compare with alj_uuid_equal(). */
typedef struct AljUuid {
    uint8_t bytes[16];
} AljUuid;

#define ALJ_UUID_TEXT_SIZE 37 /* 36 characters and NUL */

/**
 * alj_uuid_parse:
 * Accepts what libvirt accepts: 32 hexadecimal digits in any case, dashes anywhere between pairs or none,
 * blanks around. Returns: false for anything else; *ret is then untouched.
 */
bool alj_uuid_parse(const char *text, AljUuid *ret);

/** alj_uuid_format: writes the lower-case form with dashes into @ret and returns it. */
char *alj_uuid_format(const AljUuid *uuid, char ret[static ALJ_UUID_TEXT_SIZE]);

/** alj_uuid_generate: a random (version 4) UUID. */
void alj_uuid_generate(AljUuid *ret);

/** alj_uuid_hash, alj_uuid_equal: for GHashTable; keys are `const AljUuid *`. */
guint alj_uuid_hash(gconstpointer uuid);
gboolean alj_uuid_equal(gconstpointer a, gconstpointer b);
