/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules for names, paths and foreign text that several folders share. Pure. */
#include "base/text.h"

#include <string.h>

char *
alj_text_clean_path(const char *path)
{
    GString *clean = g_string_sized_new(strlen(path));
    const char *p = path;
    gsize root = 0;
    while (p[root] == '/')
        root++;
    if (root > 0)
        g_string_append(clean, root == 2 ? "//" : "/");
    gsize keep = clean->len;
    for (p += root; *p; p++) {
        if (*p != '/' || (p[1] != '/' && p[1] != '\0'))
            g_string_append_c(clean, *p);
    }
    if (clean->len > keep && clean->str[clean->len - 1] == '/')
        g_string_truncate(clean, clean->len - 1);
    return g_string_free(clean, FALSE);
}

bool
alj_text_is_xml(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return false;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe || c == 0xffff)
            return false;
    }
    return true;
}

bool
alj_text_is_entry_name(const char *name)
{
    gsize length = strlen(name);
    return length > 0 && length <= 255 && !strchr(name, '/') && !strchr(name, '\n') && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0 && alj_text_is_xml(name);
}

char *
alj_text_printable(const char *text, gssize length)
{
    gsize left = length < 0 ? strlen(text) : (gsize) length;
    GString *out = g_string_sized_new(left);
    while (left > 0) {
        gunichar c = g_utf8_get_char_validated(text, (gssize) left);
        bool good = c != (gunichar) -1 && c != (gunichar) -2 && g_unichar_isprint(c);
        gsize step = good ? (gsize) (g_utf8_next_char(text) - text) : 1;
        if (good)
            g_string_append_len(out, text, (gssize) step);
        else
            g_string_append_printf(out, "\\x%02x", (unsigned char) *text);
        text += step;
        left -= step;
    }
    return g_string_free(out, FALSE);
}
