/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of iSCSI servers become addresses here and not in libiscsi, which asks the resolver in a call nobody can end and
 * tries one address only. Runs on a pool's workers.
 */
#include "backend/iscsi_direct/portal.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <time.h>

#define DEFAULT_PORT  3260
#define ADDRESSES_MAX 8
#define LOOK_NSEC     100000000 /* how often a wait looks whether it is to end */

char *
alj_portal_text(const AljPoolHost *host)
{
    return g_strdup_printf("%s:%u", host->name, host->port ? host->port : DEFAULT_PORT);
}

/* A question to the resolver. Its threads use it until they have answered, whether anybody still waits or not. */
typedef struct Question {
    struct gaicb body;
    struct addrinfo hints;
    char *name, *port;
} Question;

static void
free_question(Question *question)
{
    if (question->body.ar_result)
        freeaddrinfo(question->body.ar_result);
    g_free(question->name);
    g_free(question->port);
    g_free(question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Question, free_question)

static Question *
new_question(const char *portal)
{
    Question *question = g_new0(Question, 1);
    g_autofree char *text = g_strndup(portal, strcspn(portal, ","));
    char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');
    bool has_port = colon && colon > bracket;
    question->port = has_port ? g_strdup(colon + 1) : g_strdup_printf("%d", DEFAULT_PORT);
    if (has_port)
        *colon = 0;
    question->name = text[0] == '[' && bracket ? g_strndup(text + 1, (size_t) (bracket - text) - 1) : g_steal_pointer(&text);
    question->hints = (struct addrinfo){ .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    question->body = (struct gaicb){ .ar_name = question->name, .ar_service = question->port, .ar_request = &question->hints };
    return question;
}

/* Waits for the answer. Takes the question away from the caller if the resolver will not give it back. */
static bool
ask(Question **question, AljTask *task, GError **error)
{
    struct gaicb *list[] = { &(*question)->body };
    const struct timespec look = { 0, LOOK_NSEC };
    int failed = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
    while (failed == 0 && gai_error(list[0]) == EAI_INPROGRESS) {
        if (!alj_task_check(task, "look-up of a host name", error)) {
            if (gai_cancel(list[0]) == EAI_NOTCANCELED)
                *question = NULL; /* one of its threads still works on it: a few bytes are its own now */
            return false;
        }
        (void) gai_suspend((const struct gaicb *const *) list, 1, &look); /* whatever ended it, the loop looks again */
    }
    failed = failed ? failed : gai_error(list[0]);
    return failed == 0 || alj_fail(error, ALJ_ERROR_INTERNAL, "cannot resolve '%s': %s", (*question)->name, gai_strerror(failed));
}

char **
alj_portal_resolve(const char *portal, AljTask *task, GError **error)
{
    g_autoptr(Question) question = new_question(portal);
    g_autoptr(GStrvBuilder) addresses = g_strv_builder_new();
    if (!ask(&question, task, error))
        return NULL;
    unsigned n = 0;
    for (const struct addrinfo *info = question->body.ar_result; info && n < ADDRESSES_MAX; info = info->ai_next) {
        char address[NI_MAXHOST], port[NI_MAXSERV];
        if (getnameinfo(info->ai_addr, info->ai_addrlen, address, sizeof address, port, sizeof port,
                        NI_NUMERICHOST | NI_NUMERICSERV) != 0)
            continue;
        g_autofree char *text = g_strdup_printf(info->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", address, port);
        g_strv_builder_add(addresses, text);
        n++;
    }
    if (n > 0)
        return g_strv_builder_end(addresses);
    alj_fail(error, ALJ_ERROR_INTERNAL, "cannot resolve '%s': it has no address", question->name);
    return NULL;
}
