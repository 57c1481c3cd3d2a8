/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon's service without a daemon: core and service live in this process, on one thread of ours, and the caller holds one end
 * of a socket pair. Everything is below one directory; its lock keeps other writers out. Needs no root.
 */
#include "embed/embed.h"

#include "base/files.h"
#include "base/guard.h"
#include "daemon/paths.h"
#include "daemon/service.h"
#include "host/host.h"

#include <errno.h>
#include <sys/socket.h>

/* How long pools may take to come up before the first call is answered. They go on starting after it. */
#define START_USEC (10 * G_USEC_PER_SEC)

struct AljEmbed {
    AljHost *host;
    AljCore *core;
    GMainContext *context;
    GMainLoop *loop;
    AljService *service;
    pthread_t thread;
    bool has_thread;
};

static void *
serve(void *data)
{
    AljEmbed *embed = data;
    g_main_context_push_thread_default(embed->context);
    g_main_loop_run(embed->loop);
    g_main_context_pop_thread_default(embed->context);
    return NULL;
}

/* Ends the loop from inside: a quit from here could come before the thread has begun to run it. */
static gboolean
end_loop(void *data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

static void
join_thread(AljEmbed *embed)
{
    g_autoptr(GSource) source = g_idle_source_new();
    g_source_set_callback(source, end_loop, embed->loop, NULL);
    (void) g_source_attach(source, embed->context);
    pthread_join(embed->thread, NULL);
}

static bool
start_core(AljEmbed *embed, const char *dir, GError **error)
{
    g_autofree char *config_dir = g_build_filename(dir, "etc", "storage", NULL);
    g_autofree char *secret_dir = g_build_filename(dir, "etc", "secrets", NULL);
    g_autofree char *state_dir = g_build_filename(dir, "run", NULL);
    g_autofree char *private_dir = g_build_filename(state_dir, "private", NULL);
    g_autofree char *module_dir = alj_paths_module_dir(), *schema_dir = alj_paths_schema_dir();
    if (!alj_files_make_dirs(config_dir, 0755, error) || !alj_files_make_dirs(state_dir, 0755, error))
        return false;
    embed->host = alj_host_new(private_dir);
    AljCoreConfig config = {
        .config_dir = config_dir,
        .state_dir = state_dir,
        .secret_dir = secret_dir,
        .module_dir = module_dir,
        .schema_dir = schema_dir,
        .host = embed->host,
    };
    embed->core = alj_core_new(&config, error);
    if (!embed->core)
        return false;
    alj_core_run(embed->core);
    (void) alj_core_settle(embed->core, START_USEC); /* a pool that takes longer is shown as it is */
    return true;
}

static bool
start_service(AljEmbed *embed, int take_fd, GError **error)
{
    AljServiceConfig config = { .uri = "storage:///system" };
    embed->context = g_main_context_new();
    embed->loop = g_main_loop_new(embed->context, false);
    embed->service = alj_service_new(embed->core, embed->context, &config);
    alj_service_add(embed->service, take_fd, false, true);
    int failed = pthread_create(&embed->thread, NULL, serve, embed);
    if (failed != 0)
        return alj_fail_errno(error, failed, "cannot start a thread");
    embed->has_thread = true;
    return true;
}

AljEmbed *
alj_embed_open(const char *dir, int *ret_fd, GError **error)
{
    int pair[2];
    g_autofree char *absolute = g_canonicalize_filename(dir, NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        alj_fail_errno(error, errno, "cannot make a socket pair");
        return NULL;
    }
    alj_autofd client = pair[0], server = pair[1];
    AljEmbed *embed = g_new0(AljEmbed, 1);
    if (!start_core(embed, absolute, error) || !start_service(embed, alj_steal_fd(&server), error)) {
        alj_embed_close(embed);
        return NULL;
    }
    *ret_fd = alj_steal_fd(&client);
    return embed;
}

void
alj_embed_close(AljEmbed *embed)
{
    if (!embed)
        return;
    while (embed->core && !alj_core_settle(embed->core, G_TIME_SPAN_HOUR))
        continue; /* what was begun is finished, as with a daemon that goes on */
    if (embed->has_thread)
        join_thread(embed);
    alj_service_free(embed->service);
    g_clear_pointer(&embed->loop, g_main_loop_unref);
    g_clear_pointer(&embed->context, g_main_context_unref);
    if (alj_core_free(embed->core))
        alj_host_free(embed->host);
    g_free(embed);
}
