/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One writer for all messages: journal fields under the service manager, plain lines on standard error
 * otherwise. Fields are data; secrets have no print function and never get here. Any thread.
 */
#include "base/log.h"

#include "base/guard.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define REPEAT_MAX  10
#define REPEAT_USEC (60 * G_USEC_PER_SEC)
#define FIELD_MAX   10

static pthread_mutex_t repeat_mutex = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *repeats; /* text → count; emptied every minute */
static gint64 repeats_since;
static char **subjects;
static bool is_wanted; /* a program that runs this as its own has said where it goes */

static const char *
level_word(GLogLevelFlags level)
{
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return "error";
    if (level & G_LOG_LEVEL_WARNING)
        return "warning";
    if (level & G_LOG_LEVEL_MESSAGE)
        return "notice";
    return level & G_LOG_LEVEL_DEBUG ? "debug" : "info";
}

static const char *
field_value(const GLogField *fields, gsize n_fields, const char *key)
{
    for (gsize i = 0; i < n_fields; i++) {
        if (strcmp(fields[i].key, key) == 0 && fields[i].length < 0)
            return fields[i].value;
    }
    return NULL;
}

static GLogWriterOutput
write_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer program)
{
    static const char *const shown[] = { "OP", "POOL", "VOLUME", "SECRET", "CLIENT_UID", "JOB", "DURATION_USEC", "ERROR" };
    if (g_log_writer_is_journald(fileno(stderr)) &&
        g_log_writer_journald(level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
        return G_LOG_WRITER_HANDLED;
    const char *message = field_value(fields, n_fields, "MESSAGE");
    g_autofree char *safe = alj_text_printable(message ? message : "", -1);
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_printf(line, "%s: %s: %s", (const char *) program, level_word(level), safe);
    for (gsize i = 0; i < G_N_ELEMENTS(shown); i++) {
        const char *value = field_value(fields, n_fields, shown[i]);
        if (value) {
            g_autofree char *safe_value = alj_text_printable(value, (gssize) MIN(strlen(value), 1024));
            g_string_append_printf(line, " %s=%s", shown[i], safe_value);
        }
    }
    g_string_append_c(line, '\n');
    fputs(line->str, stderr);
    return G_LOG_WRITER_HANDLED;
}

void
alj_log_init(const char *program)
{
    const char *wanted = g_getenv("ALJIBE_DEBUG");
    if (wanted && !subjects)
        subjects = g_strsplit(wanted, ",", -1);
    g_log_set_writer_func(write_log, g_strdup(program), NULL); /* lives as long as the process */
    is_wanted = true;
}

/* Whether the same text was said often enough this minute. */
static bool
is_repeated(const char *text)
{
    ALJ_LOCK(&repeat_mutex);
    gint64 now = g_get_monotonic_time();
    if (!repeats || now - repeats_since > REPEAT_USEC) {
        g_clear_pointer(&repeats, g_hash_table_unref);
        repeats = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        repeats_since = now;
    }
    unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(repeats, text)) + 1;
    g_hash_table_insert(repeats, g_strdup(text), GUINT_TO_POINTER(count));
    return count > REPEAT_MAX;
}

static void
add_field(GLogField *fields, gsize *n, const char *key, const char *value)
{
    if (value)
        fields[(*n)++] = (GLogField){ key, value, -1 };
}

static void
emit(GLogLevelFlags level, const AljLogFields *about, const char *text)
{
    static const char *const words[] = { "error", "warning", "notice", "info", "debug" };
    static const char *const priorities[] = { "3", "4", "5", "6", "7" };
    char uid[24], job[24], duration[24];
    GLogField fields[FIELD_MAX];
    gsize n = 0, rank = 0;
    while (rank < G_N_ELEMENTS(words) - 1 && strcmp(words[rank], level_word(level)) != 0)
        rank++;
    snprintf(uid, sizeof uid, "%ld", about->client_uid);
    snprintf(job, sizeof job, "%" G_GUINT64_FORMAT, about->job);
    snprintf(duration, sizeof duration, "%" G_GINT64_FORMAT, about->duration_usec);
    add_field(fields, &n, "PRIORITY", priorities[rank]);
    add_field(fields, &n, "MESSAGE", text);
    add_field(fields, &n, "OP", about->op);
    add_field(fields, &n, "POOL", about->pool);
    add_field(fields, &n, "VOLUME", about->volume);
    add_field(fields, &n, "SECRET", about->secret);
    add_field(fields, &n, "ERROR", about->error);
    add_field(fields, &n, "CLIENT_UID", about->client_uid >= 0 ? uid : NULL);
    add_field(fields, &n, "JOB", about->job ? job : NULL);
    add_field(fields, &n, "DURATION_USEC", about->duration_usec ? duration : NULL);
    g_log_structured_array(level, fields, n);
}

static void
log_text(GLogLevelFlags level, const AljLogFields *about, const char *text)
{
    g_autofree char *key = g_strdup_printf("%s\n%s", text, about->pool ? about->pool : "");
    if ((level & G_LOG_LEVEL_MESSAGE) || !is_repeated(key))
        emit(level, about, text);
}

void
alj_log(GLogLevelFlags level, const AljLogFields *about, const char *format, ...)
{
    if (!is_wanted && !(level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)))
        return; /* the engine inside somebody's program keeps no journal on that program's standard error */
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    log_text(level, about, text);
}

void
alj_warn(const char *format, ...)
{
    AljLogFields about = ALJ_LOG_NONE;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    log_text(G_LOG_LEVEL_WARNING, &about, text);
}

bool
alj_debug_wants(const char *subject)
{
    const char *const *wanted = (const char *const *) subjects;
    return wanted && (g_strv_contains(wanted, subject) || g_strv_contains(wanted, "all"));
}

void
alj_debug(const char *subject, const char *format, ...)
{
    if (!alj_debug_wants(subject))
        return;
    AljLogFields about = ALJ_LOG_NONE;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *line = g_strdup_printf("%s: %s", subject, text);
    emit(G_LOG_LEVEL_DEBUG, &about, line);
}
