/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * alj_text_clean_path:
 * Runs of '/' become one (exactly two leading ones stay, as POSIX allows), a trailing '/' goes; "." and ".."
 * are not resolved: that is libvirt's rule for comparing paths. (transfer full)
 */
char *alj_text_clean_path(const char *path);

/** alj_text_is_xml: whether all of @text (valid UTF-8 included) can stand in an XML 1.0 document. */
bool alj_text_is_xml(const char *text);

/**
 * alj_text_is_entry_name:
 * Whether @name can be one entry of a directory and one line of a listing: 1 to 255 bytes, no '/', not "." or
 * "..", XML text, no control character but tab and CR.
 */
bool alj_text_is_entry_name(const char *name);

/** alj_text_printable: @text with control characters and bytes that are no UTF-8 as \xHH. (transfer full) */
char *alj_text_printable(const char *text, gssize length);
