/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names in pages 0x83 and 0x80 of a SCSI device. Pure: bytes that a device, maybe a hostile one, made up, become a word. */
#include "host/scsi_identity.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PAGE_HEADER  4
#define NAME_HEADER  4 /* of each designator */
#define CODE_BINARY  1
#define CODE_ASCII   2
#define TYPE_VENDOR  0
#define TYPE_T10     1
#define TYPE_EUI     2
#define TYPE_NAA     3
#define TYPE_PORT    4 /* … to 6: of ports and groups, which units come into and leave */
#define TYPE_GROUP   5 /* target port group */
#define TYPE_UNITS   6 /* group of units */
#define NAA_EXTENDED 6
#define NAA_IEEE     5
#define NAA_ANY      (-1)
#define OF_UNIT      0 /* what a designator is of */
#define OF_PORT      1

typedef struct Designator {
    unsigned code_set, type, of;
    const uint8_t *data;
    size_t bytes;
} Designator;

/* The designator at *@at, which is moved behind it. False: there is no more, or none that is whole. */
static bool
next_designator(GBytes *page, size_t *at, Designator *ret)
{
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(page, &size);
    if (size < PAGE_HEADER)
        return false;
    size_t end = MIN(size, PAGE_HEADER + ((size_t) bytes[2] << 8 | bytes[3]));
    if (end < *at || end - *at < NAME_HEADER || end - *at - NAME_HEADER < bytes[*at + 3])
        return false;
    const uint8_t *head = bytes + *at;
    *ret = (Designator){ .code_set = head[0] & 0x0f, .type = head[1] & 0x0f, .of = (head[1] & 0x30) >> 4,
                         .data = head + NAME_HEADER, .bytes = head[3] };
    *at += NAME_HEADER + head[3];
    return true;
}

static bool
fits(const Designator *name, unsigned type, int naa, unsigned code_set)
{
    return name->of == OF_UNIT && name->type == type && name->code_set == code_set && name->bytes > 0
        && (naa == NAA_ANY || name->data[0] >> 4 == naa);
}

/* ---- text ---- */

static void
add_padded(GString *text, const char *word, size_t bytes)
{
    size_t length = word ? strnlen(word, bytes) : 0;
    g_string_append_len(text, word ? word : "", (gssize) length);
    for (; length < bytes; length++)
        g_string_append_c(text, ' ');
}

static void
add_model(GString *text, const char *vendor, const char *model)
{
    add_padded(text, vendor, 8);
    add_padded(text, model, 16);
}

static void
add_ascii(GString *text, const uint8_t *data, size_t bytes)
{
    g_string_append_len(text, (const char *) data, (gssize) strnlen((const char *) data, bytes));
}

static void
add_hex(GString *text, const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        g_string_append_printf(text, "%02x", data[i]);
}

/* No blanks at the ends, one '_' for each run of them inside and for what a file name had better not have. */
static char *
as_word(GString *take_text)
{
    g_autofree char *text = g_string_free(take_text, FALSE);
    GString *word = g_string_new(NULL);
    for (const char *at = g_strstrip(text); *at; at++) {
        bool is_blank = g_ascii_isspace(*at);
        bool is_kept = g_ascii_isalnum(*at) || (*at && strchr("#+-.:=@_", *at));
        if (!is_blank || !g_ascii_isspace(at[-1])) /* the first one is none */
            g_string_append_c(word, is_kept ? *at : '_');
    }
    return g_string_free(word, FALSE);
}

/* ---- names ---- */

static char *
name_of(const Designator *name, const char *vendor, const char *model)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%x", name->type);
    if (name->type == TYPE_VENDOR)
        add_model(text, vendor, model);
    if (name->code_set == CODE_ASCII)
        add_ascii(text, name->data, name->bytes);
    else
        add_hex(text, name->data, name->bytes);
    return as_word(text);
}

/* The best name in page 0x83, or NULL. */
static char *
find_name(GBytes *page, const char *vendor, const char *model)
{
    static const struct {
        unsigned type;
        int naa;
    } order[] = { { TYPE_NAA, NAA_EXTENDED }, { TYPE_NAA, NAA_IEEE }, { TYPE_NAA, NAA_ANY },
                  { TYPE_EUI, NAA_ANY },      { TYPE_T10, NAA_ANY },  { TYPE_VENDOR, NAA_ANY } };
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(order); i++) { /* each in binary, then in ASCII */
        Designator name;
        for (size_t at = PAGE_HEADER; next_designator(page, &at, &name);)
            if (fits(&name, order[i / 2].type, order[i / 2].naa, i % 2 == 0 ? CODE_BINARY : CODE_ASCII))
                return name_of(&name, vendor, model);
    }
    return NULL;
}

/* The last one counts, as for scsi_id. */
static char *
find_port_group(GBytes *page)
{
    char *group = NULL;
    Designator name;
    for (size_t at = PAGE_HEADER; next_designator(page, &at, &name);) {
        if (name.type != TYPE_GROUP || name.of > OF_PORT || name.code_set != CODE_BINARY || name.bytes < 4)
            continue;
        g_free(group);
        group = g_strdup_printf("%x", (unsigned) (name.data[2] << 8 | name.data[3]));
    }
    return group;
}

/* Page 0x80 holds a number that is unique among devices of the vendor only. */
static char *
find_number(GBytes *page, const char *vendor, const char *model)
{
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(page, &size);
    if (size <= PAGE_HEADER || bytes[3] == 0)
        return NULL;
    GString *text = g_string_new("S");
    add_model(text, vendor, model);
    add_ascii(text, bytes + PAGE_HEADER, MIN(bytes[3], size - PAGE_HEADER));
    return as_word(text);
}

static void
add_number(GChecksum *sum, GBytes *page)
{
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(page, &size);
    if (size > PAGE_HEADER)
        g_checksum_update(sum, bytes + PAGE_HEADER, (gssize) MIN(bytes[3], size - PAGE_HEADER));
}

/* One name is not enough: there are targets that make the best one of the place where the unit is. */
static char *
digest_of(GBytes *page83, GBytes *page80)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    bool has_name = page80 && g_bytes_get_size(page80) > PAGE_HEADER;
    Designator name;
    for (size_t at = PAGE_HEADER; page83 && next_designator(page83, &at, &name);) {
        if (name.of != OF_UNIT || (name.type >= TYPE_PORT && name.type <= TYPE_UNITS) || name.bytes == 0)
            continue;
        uint8_t head[] = { (uint8_t) name.code_set, (uint8_t) name.type, (uint8_t) name.bytes };
        g_checksum_update(sum, head, sizeof head);
        g_checksum_update(sum, name.data, (gssize) name.bytes);
        has_name = true;
    }
    if (page80)
        add_number(sum, page80);
    return has_name ? g_strdup(g_checksum_get_string(sum)) : NULL;
}

void
alj_scsi_identify(GBytes *page83, GBytes *page80, const char *vendor, const char *model, AljScsiIdentity *ret)
{
    *ret = (AljScsiIdentity){ 0 };
    if (page83) {
        ret->serial = find_name(page83, vendor, model);
        ret->port_group = find_port_group(page83);
    }
    if (!ret->serial && page80)
        ret->serial = find_number(page80, vendor, model);
    ret->digest = digest_of(page83, page80);
}

void
alj_scsi_identity_clear(AljScsiIdentity *identity)
{
    g_clear_pointer(&identity->serial, g_free);
    g_clear_pointer(&identity->port_group, g_free);
    g_clear_pointer(&identity->digest, g_free);
}
