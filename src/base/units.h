/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * alj_size_parse:
 * @text: decimal digits and at once an optional suffix ("10GiB", "5k"); leading blanks allowed, no sign
 * @max: largest result in bytes (UINT64_MAX on command lines, INT64_MAX in documents)
 * Errors: INVALID_ARG "unknown suffix 'X'" and OVERFLOW "value too large: TEXT", both with libvirt's words;
 * INVALID_ARG "malformed size 'X'" when there are no digits.
 */
bool alj_size_parse(const char *text, uint64_t max, uint64_t *ret_bytes, GError **error);

/**
 * alj_size_scale:
 * @value: number as given
 * @unit: suffix ("KiB", "k", "MB", …), or NULL for bytes
 * Multiplies with overflow check; the errors are those of alj_size_parse().
 */
bool alj_size_scale(uint64_t value, const char *unit, uint64_t max, uint64_t *ret_bytes, GError **error);

/**
 * alj_size_human:
 * Two numbers for "%.2f %s": the largest unit (B … EiB) whose value is at least 1 before rounding.
 * Returns: the unit, static.
 */
const char *alj_size_human(uint64_t bytes, double *ret_value);
