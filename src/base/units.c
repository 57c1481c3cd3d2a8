/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes: suffixes in, human units out. Pure. Suffixes and rounding are libvirt's. */
#include "base/units.h"

#include "base/error.h"

#include <string.h>

static bool
find_factor(const char *unit, uint64_t *ret_factor)
{
    static const char powers[] = "kmgtpe";
    if (!unit || !*unit || !g_ascii_strcasecmp(unit, "b") || !g_ascii_strcasecmp(unit, "byte") ||
        !g_ascii_strcasecmp(unit, "bytes")) {
        *ret_factor = 1;
        return true;
    }
    const char *power = strchr(powers, g_ascii_tolower(*unit));
    uint64_t base = 0;
    if (!power)
        return false;
    if (!unit[1] || !g_ascii_strcasecmp(unit + 1, "iB"))
        base = 1024;
    else if (!g_ascii_strcasecmp(unit + 1, "B"))
        base = 1000;
    else
        return false;
    *ret_factor = 1;
    for (const char *p = powers; p <= power; p++)
        *ret_factor *= base; /* 1024^6 and 1000^6 fit */
    return true;
}

bool
alj_size_scale(uint64_t value, const char *unit, uint64_t max, uint64_t *ret_bytes, GError **error)
{
    uint64_t factor = 0, bytes = 0;
    if (!find_factor(unit, &factor))
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_INVALID_ARG, "unknown suffix '%s'", unit);
    if (__builtin_mul_overflow(value, factor, &bytes) || bytes > max)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_OVERFLOW, "value too large: %" G_GUINT64_FORMAT "%s",
                             value, unit ? unit : "");
    *ret_bytes = bytes;
    return true;
}

bool
alj_size_parse(const char *text, uint64_t max, uint64_t *ret_bytes, GError **error)
{
    uint64_t value = 0;
    const char *p = text;
    while (g_ascii_isspace(*p))
        p++;
    if (*p == '+')
        p++;
    if (!g_ascii_isdigit(*p))
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_INVALID_ARG, "malformed size '%s'", text);
    for (; g_ascii_isdigit(*p); p++) {
        if (__builtin_mul_overflow(value, (uint64_t) 10, &value) ||
            __builtin_add_overflow(value, (uint64_t) (*p - '0'), &value))
            return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_OVERFLOW, "value too large: %s", text);
    }
    return alj_size_scale(value, *p ? p : NULL, max, ret_bytes, error);
}

const char *
alj_size_human(uint64_t bytes, double *ret_value)
{
    static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    unsigned i = 0;
    double value = (double) bytes;
    for (uint64_t rest = bytes; rest >= 1024; rest /= 1024) {
        value /= 1024;
        i++;
    }
    *ret_value = value;
    return names[i];
}
