/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Command lines of qemu-img. Images are handed over as /dev/fd/N, so their final owner and mode hold from the start (D-25) and
 * no name can be read as a protocol. Options come in libvirt's order. Owns nothing; runs on a pool's
 * workers, the progress on the thread that waits for the program.
 */
#include "backend/files/qemu_img.h"

#include "backend/files/vet.h"
#include "base/guard.h"
#include "base/task.h"
#include "host/actor.h"
#include "host/files.h"
#include "host/run.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "qemu-img"
#define KEY "secret0"        /* of the image that is made */
#define KIB 1024
#define METADATA_USEC (300 * G_USEC_PER_SEC) /* create and resize: they write metadata, never the guest's bytes */

/* A comma ends an option, two are one comma of its value. */
static void
add_option(GString *options, const char *name, const char *value)
{
    if (options->len > 0)
        g_string_append_c(options, ',');
    g_string_append_printf(options, "%s=", name);
    for (const char *c = value; *c; c++) {
        if (*c == ',')
            g_string_append_c(options, ',');
        g_string_append_c(options, *c);
    }
}

static void
add_encryption(GString *options, const AljVolDef *request, const char *secret)
{
    const AljEncryption *encryption = request->encryption;
    const char *prefix = request->format == ALJ_FORMAT_QCOW2 ? "encrypt." : "";
    g_autofree char *cipher = encryption->cipher_name
        ? g_strdup_printf("%s-%u", encryption->cipher_name, encryption->cipher_bits) : NULL;
    const struct {
        const char *name, *value;
    } parts[] = {
        { "key-secret", secret },
        { "cipher-alg", cipher },
        { "cipher-mode", encryption->cipher_mode },
        { "hash-alg", encryption->cipher_hash },
        { "ivgen-alg", encryption->ivgen_name },
        { "ivgen-hash-alg", encryption->ivgen_hash },
    };
    if (*prefix)
        add_option(options, "encrypt.format", "luks");
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *name = g_strconcat(prefix, parts[i].name, NULL);
        if (parts[i].value)
            add_option(options, name, parts[i].value);
    }
}

char *
alj_qemu_img_options(const AljVolDef *request, const AljBase *base, const char *secret, unsigned flags)
{
    GString *options = g_string_new(NULL);
    if (base->is_there)
        add_option(options, "backing_fmt", alj_qemu_format(base->format));
    if (request->encryption)
        add_encryption(options, request, secret);
    if (flags & ALJ_VOL_CREATE_PREALLOC)
        add_option(options, "preallocation", request->capacity_bytes > request->allocation_bytes ? "metadata" : "falloc");
    if (request->nocow)
        add_option(options, "nocow", "on");
    if (request->format == ALJ_FORMAT_QCOW2)
        add_option(options, "compat", alj_request_compat(request));
    if (request->cluster_size_bytes > 0) {
        g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, request->cluster_size_bytes);
        add_option(options, "cluster_size", size);
    }
    if (request->features & ALJ_VOL_LAZY_REFCOUNTS)
        add_option(options, "lazy_refcounts", "on");
    if (request->features & ALJ_VOL_EXTENDED_L2)
        add_option(options, "extended_l2", "on");
    return g_string_free(options, options->len == 0);
}

/** Command: a command line, the descriptors it needs, and the paths they stand for. */
typedef struct Command {
    GPtrArray *argv; /* of char * */
    GArray *fds;     /* of int */
    GArray *names;   /* of AljRunName, the words owned */
    GArray *keys;    /* of int: files with secrets, owned */
    int fills_fd;    /* a file that is long in the filling; 0: none */
} Command;

static void
clear_name(AljRunName *name)
{
    g_free((char *) name->word);
}

static void
close_key(int *fd)
{
    alj_autofd_clear(fd);
}

static void
add_argument(Command *command, const char *argument)
{
    g_ptr_array_add(command->argv, g_strdup(argument));
}

static void
command_begin(Command *command, const char *verb)
{
    command->argv = g_ptr_array_new_with_free_func(g_free);
    command->fds = g_array_new(FALSE, FALSE, sizeof(int));
    command->names = g_array_new(TRUE, FALSE, sizeof(AljRunName));
    g_array_set_clear_func(command->names, (GDestroyNotify) clear_name);
    command->keys = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_set_clear_func(command->keys, (GDestroyNotify) close_key);
    add_argument(command, PROGRAM);
    add_argument(command, verb);
}

static void
command_clear(Command *command)
{
    g_clear_pointer(&command->argv, g_ptr_array_unref);
    g_clear_pointer(&command->fds, g_array_unref);
    g_clear_pointer(&command->names, g_array_unref);
    g_clear_pointer(&command->keys, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Command, command_clear)

static void
add_name(Command *command, const char *word, const char *path)
{
    AljRunName name = { g_strdup(word), path };
    g_array_append_val(command->names, name);
}

/* Lets the program have @fd. (transfer full) The name by which it opens it. */
static char *
pass_fd(Command *command, int fd, const char *path)
{
    char *word = g_strdup_printf("/dev/fd/%d", fd);
    g_array_append_val(command->fds, fd);
    add_name(command, word, path);
    return word;
}

static void
add_file(Command *command, int fd, const char *path)
{
    g_ptr_array_add(command->argv, pass_fd(command, fd, path));
}

static void
add_chain(Command *command, const GPtrArray *chain)
{
    const AljVetted *first = g_ptr_array_index(chain, 0);
    g_autofree char *options = alj_vet_options(chain);
    add_argument(command, options);
    add_name(command, options, first->path);
    for (guint i = 0; i < chain->len; i++) {
        const AljVetted *image = g_ptr_array_index(chain, i);
        g_free(pass_fd(command, image->fd, image->path));
    }
}

/* On a server that does not count root, qemu-img opens the files as their owner does. */
static void
set_user(const Command *command, AljRun *run)
{
    for (guint i = 0; i < command->fds->len && run->uid == 0; i++) {
        int fd = g_array_index(command->fds, int, i);
        if (fd >= 0 && !alj_actor_of_file(fd, &run->uid, &run->gid))
            run->uid = 0;
    }
}

static bool
run(AljCall *call, Command *command, gint64 timeout_usec, GError **error)
{
    static const int end = -1;
    g_autofree char *program = alj_run_find(PROGRAM);
    if (!program)
        return alj_fail(error, ALJ_ERROR_INTERNAL, "creation of non-raw file images is not supported without qemu-img.");
    g_ptr_array_add(command->argv, NULL);
    g_array_append_val(command->fds, end);
    AljRun what = { .argv = (const char *const *) command->argv->pdata,
                    .pass_fds = (const int *) (void *) command->fds->data,
                    .names = (const AljRunName *) (void *) command->names->data,
                    .timeout_usec = timeout_usec, .progress = timeout_usec ? NULL : alj_qemu_img_progress,
                    .fills_fd = command->fills_fd };
    set_user(command, &what);
    g_autofree char *output = alj_run(call->host, &what, call->task, error);
    return output != NULL;
}

/* Lets the program have the secret of @encryption under the name @key: in a file of its own, never among the arguments. */
static bool
add_key(Command *command, AljCall *call, const AljEncryption *encryption, const char *key, GError **error)
{
    g_autoptr(GBytes) secret = call->get_secret(call, encryption, error);
    int fd = secret ? alj_file_secret(call->host, secret, error) : -1;
    if (fd < 0)
        return false;
    g_array_append_val(command->keys, fd);
    g_array_append_val(command->fds, fd);
    add_argument(command, "--object");
    g_ptr_array_add(command->argv, g_strdup_printf("secret,id=%s,file=/dev/fd/%d", key, fd));
    return true;
}

bool
alj_qemu_img_create(AljCall *call, const AljVolDef *request, const AljBase *base, uint64_t bytes, int fd, unsigned flags,
                    GError **error)
{
    g_auto(Command) command = { 0 };
    command_begin(&command, "create");
    add_argument(&command, "-f");
    add_argument(&command, alj_request_is_luks(request) ? "luks" : alj_qemu_format(request->format));
    if (base->is_there) {
        add_argument(&command, "-u"); /* it has been opened and vetted; qemu-img need not */
        add_argument(&command, "-b");
        add_argument(&command, request->backing->path);
    }
    if (request->encryption && !add_key(&command, call, request->encryption, KEY, error))
        return false;
    g_autofree char *options = alj_qemu_img_options(request, base, KEY, flags);
    if (options) {
        add_argument(&command, "-o");
        add_argument(&command, options);
    }
    add_file(&command, fd, request->path);
    /* In KiB where that is exact: errors show the command line, and so does libvirt. */
    bool is_kib = bytes % KIB == 0;
    g_ptr_array_add(command.argv, g_strdup_printf("%" G_GUINT64_FORMAT "%s", is_kib ? bytes / KIB : bytes, is_kib ? "K" : ""));
    return run(call, &command, METADATA_USEC, error);
}

void
alj_qemu_img_progress(const char *line, AljTask *task)
{
    const char *open = strchr(line, '(');
    double percent = open ? g_ascii_strtod(open + 1, NULL) : -1;
    if (task && isfinite(percent) && percent >= 0 && percent <= 100)
        atomic_store(&task->done_bytes, (uint_fast64_t) ((double) atomic_load(&task->total_bytes) * percent / 100));
}

static bool
is_block(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISBLK(st.st_mode);
}

/* The image to be filled, with its encryption where it has one. */
static void
add_target(Command *command, const AljVolDef *request, int fd)
{
    if (!request->encryption) {
        add_file(command, fd, request->path);
        return;
    }
    g_autofree char *file = pass_fd(command, fd, request->path);
    g_autofree char *options = g_strdup_printf("%s,file.driver=%s,file.filename=%s",
                                               alj_request_is_luks(request)
                                                   ? "driver=luks,key-secret=" KEY
                                                   : "driver=qcow2,encrypt.format=luks,encrypt.key-secret=" KEY,
                                               is_block(fd) ? "host_device" : "file", file);
    add_argument(command, options);
    add_name(command, options, request->path);
}

bool
alj_qemu_img_convert(AljCall *call, const GPtrArray *chain, const AljEncryption *from, int fd, const AljVolDef *request,
                     GError **error)
{
    g_auto(Command) command = { 0 };
    command_begin(&command, "convert");
    add_argument(&command, "-p");
    add_argument(&command, "-n");
    if (!alj_request_is_luks(request)) /* there what is not written decrypts to noise */
        add_argument(&command, "--target-is-zero");
    if (from && !add_key(&command, call, from, ALJ_SOURCE_KEY, error))
        return false;
    if (request->encryption && !add_key(&command, call, request->encryption, KEY, error))
        return false;
    add_argument(&command, request->encryption ? "--target-image-opts" : "-O");
    if (!request->encryption)
        add_argument(&command, alj_qemu_format(request->format));
    add_chain(&command, chain);
    add_target(&command, request, fd);
    command.fills_fd = fd;
    return run(call, &command, 0, error);
}

bool
alj_qemu_img_resize(AljCall *call, const GPtrArray *chain, const AljEncryption *encryption, uint64_t bytes, bool may_shrink,
                    GError **error)
{
    g_auto(Command) command = { 0 };
    command_begin(&command, "resize");
    if (may_shrink)
        add_argument(&command, "--shrink");
    if (encryption && !add_key(&command, call, encryption, ALJ_SOURCE_KEY, error))
        return false;
    add_chain(&command, chain);
    g_ptr_array_add(command.argv, g_strdup_printf("%" G_GUINT64_FORMAT, bytes));
    return run(call, &command, METADATA_USEC, error);
}
