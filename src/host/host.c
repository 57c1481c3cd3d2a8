/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host object: what all of this folder shares. It owns the path of the private directory, the prefix
 * of temporary names, and the gate that every system call on storage passes, so that tests can make any
 * one of them fail. Any thread; after construction only the gate's counters change, and they are atomic.
 */
#include "host/host.h"

#include "base/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define TMP_WORD    ".aljibe-new."
#define HOST_DIGITS 16

struct AljHost {
    char *private_dir;
    char *root;          /* (nullable) of a test */
    char tmp_prefix[sizeof TMP_WORD + HOST_DIGITS + 1]; /* word, digits, '.', NUL */
    atomic_uint calls;   /* since the last alj_host_fail_nth() */
    atomic_uint fail_at; /* 0: never */
    atomic_int fail_errno; /* DIES: the process ends there */
};

enum { DIES = -1 };

/* What tells this host from others that share a directory; never the name itself, which leaves the host. */
static void
read_identity(char *ret_text, size_t size)
{
    ssize_t got = -1;
    alj_autofd fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0)
        got = read(fd, ret_text, size - 1);
    ret_text[got > 0 ? got : 0] = '\0';
    g_strstrip(ret_text);
    if (*ret_text == '\0' && gethostname(ret_text, size - 1) < 0)
        g_strlcpy(ret_text, "localhost", size);
}

AljHost *
alj_host_new(const char *private_dir)
{
    char identity[256] = "";
    read_identity(identity, sizeof identity);
    /* machine-id is confidential (machine-id(5)): a keyed hash of it is what applications may show. */
    g_autofree char *digest =
        g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *) "aljibe-host", 11, identity, -1);
    AljHost *host = g_new0(AljHost, 1);
    host->private_dir = g_strdup(private_dir);
    g_snprintf(host->tmp_prefix, sizeof host->tmp_prefix, TMP_WORD "%.*s.", HOST_DIGITS, digest);
    return host;
}

void
alj_host_free(AljHost *host)
{
    if (!host)
        return;
    g_free(host->private_dir);
    g_free(host->root);
    g_free(host);
}

const char *
alj_host_private_dir(const AljHost *host)
{
    return host->private_dir;
}

void
alj_host_fail_nth(AljHost *host, unsigned nth, int os_errno)
{
    atomic_store(&host->fail_errno, os_errno);
    atomic_store(&host->fail_at, nth);
    atomic_store(&host->calls, 0);
}

void
alj_host_die_nth(AljHost *host, unsigned nth)
{
    alj_host_fail_nth(host, nth, DIES);
}

unsigned
alj_host_calls(AljHost *host)
{
    return atomic_load(&host->calls);
}

int
alj_host_gate(AljHost *host, const char *what)
{
    unsigned call = atomic_fetch_add(&host->calls, 1) + 1;
    if (call != atomic_load(&host->fail_at))
        return 0;
    if (atomic_load(&host->fail_errno) == DIES)
        (void) raise(SIGKILL);
    g_debug("%s fails on purpose (call %u)", what, call);
    return atomic_load(&host->fail_errno);
}

void
alj_host_set_root(AljHost *host, const char *root)
{
    g_free(host->root);
    host->root = g_strdup(root);
}

bool
alj_host_has_root(const AljHost *host)
{
    return host->root != NULL;
}

char *
alj_host_path(const AljHost *host, const char *path)
{
    return g_strconcat(host->root ? host->root : "", path, NULL);
}

const char *
alj_host_tmp_prefix(const AljHost *host)
{
    return host->tmp_prefix;
}

bool
alj_host_is_tmp_name(const char *name)
{
    if (!g_str_has_prefix(name, TMP_WORD))
        return false;
    const char *digits = name + strlen(TMP_WORD);
    size_t count = strspn(digits, "0123456789abcdef");
    return count == HOST_DIGITS && digits[count] == '.' && digits[count + 1] != '\0';
}
