/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our own small files, byte-compatible with libvirt's, so that either manager can take over from the other. Every change has
 * one commit point, a rename or the making of the link, and what fails leaves everything as it was. Owns the
 * directories' descriptors and the lock. Blocks on the local disk; any thread, callers order changes of one pool.
 */
#include "core/store.h"

#include "base/error.h"
#include "base/files.h"
#include "base/guard.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX  (256 * 1024)
#define LOCK_NAME "driver.pid" /* libvirt's name for it, so that the two exclude each other */
#define BOOT_NAME "autostarted"

struct AljStore {
    char *config_dir, *autostart_dir, *state_dir; /* absolute */
    int state_fd, lock_fd, config_lock_fd;
};

AljStore *
alj_store_new(const char *config_dir, const char *state_dir, GError **error)
{
    AljStore *store = g_new0(AljStore, 1);
    store->config_dir = g_canonicalize_filename(config_dir, NULL);
    store->autostart_dir = g_build_filename(store->config_dir, "autostart", NULL);
    store->state_dir = g_canonicalize_filename(state_dir, NULL);
    store->state_fd = store->lock_fd = store->config_lock_fd = -1;
    bool is_open = alj_files_make_dirs(store->state_dir, 0755, error) &&
                   (store->lock_fd = alj_files_lock(store->state_dir, LOCK_NAME, error)) >= 0 &&
                   (store->config_lock_fd = alj_files_lock_dir(store->config_dir, error)) >= 0;
    if (is_open) {
        store->state_fd = open(store->state_dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
        if (store->state_fd < 0)
            is_open = alj_fail_errno(error, errno, "cannot open directory '%s'", store->state_dir);
    }
    if (!is_open)
        g_clear_pointer(&store, alj_store_free);
    return store;
}

void
alj_store_free(AljStore *store)
{
    if (!store)
        return;
    alj_autofd_clear(&store->state_fd);
    alj_autofd_clear(&store->lock_fd);
    alj_autofd_clear(&store->config_lock_fd);
    g_free(store->config_dir);
    g_free(store->autostart_dir);
    g_free(store->state_dir);
    g_free(store);
}

static char *
file_name(const char *name)
{
    return g_strdup_printf("%s.xml", name);
}

/* A descriptor of @dir, which is made if it is missing. @what: which it is, for messages. */
static int
open_dir(const char *dir, const char *what, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!alj_files_make_dirs(dir, 0755, &failure)) {
        alj_fail_errno(error, alj_error_errno(failure), "cannot create %s directory %s", what, dir);
        return -1;
    }
    int fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        alj_fail_errno(error, errno, "cannot open directory '%s'", dir);
    return fd;
}

/* ---- the text of a file ---- */

/* Whether @name can stand in a command line and in an XML comment as it is; libvirt prints the uuid otherwise. */
static bool
is_plain_name(const char *name)
{
    return name[strcspn(name, "\r\t\n !\"#$&'()*;<>?[\\]^`{|}~")] == '\0' && !strstr(name, "--");
}

static char *
with_header(const AljPoolDef *def, const char *document)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    return g_strdup_printf("<!--\n"
                           "WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
                           "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
                           "  virsh pool-edit %s\n"
                           "or other application using the libvirt API.\n"
                           "-->\n"
                           "\n"
                           "%s",
                           is_plain_name(def->name) ? def->name : alj_uuid_format(&def->uuid, uuid), document);
}

/* What is written must read back as the same object: checked before the disk is touched. */
static bool
check_reads_back(const AljPoolDef *def, const char *document, GError **error)
{
    g_autoptr(AljPoolDef) again = alj_pool_def_parse(document, -1, error);
    if (!again)
        return false;
    return alj_pool_def_equal(def, again) ||
           alj_fail(error, ALJ_ERROR_INTERNAL, "definition of pool '%s' would not read back as it is", def->name);
}

bool
alj_store_save_def(AljStore *store, AljPoolDef *def, GError **error)
{
    g_autofree char *document = alj_pool_def_format(def, NULL, 0), *name = file_name(def->name);
    if (!check_reads_back(def, document, error))
        return false;
    alj_autofd dir_fd = open_dir(store->config_dir, "config", error);
    if (dir_fd < 0)
        return false;
    g_autofree char *text = with_header(def, document);
    return alj_files_save(dir_fd, store->config_dir, name, 0600, text, strlen(text), error);
}

bool
alj_store_save_state(AljStore *store, AljPoolDef *def, GError **error)
{
    g_autofree char *document = alj_pool_def_format(def, NULL, 2), *name = file_name(def->name);
    g_autofree char *state = g_strdup_printf("<poolstate>\n%s</poolstate>\n", document);
    g_autofree char *text = with_header(def, state);
    if (!check_reads_back(def, document, error))
        return false;
    return alj_files_save(store->state_fd, store->state_dir, name, 0600, text, strlen(text), error);
}

/* ---- removal ---- */

static bool
remove_if_there(const char *dir, const char *name, GError **error)
{
    alj_autofd fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || alj_fail_errno(error, errno, "cannot open directory '%s'", dir);
    struct stat info;
    if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return true;
    return alj_files_remove(fd, dir, name, error);
}

bool
alj_store_remove_def(AljStore *store, const char *name, GError **error)
{
    g_autofree char *file = file_name(name);
    g_autoptr(GError) left = NULL;
    if (!remove_if_there(store->config_dir, file, error))
        return false;
    if (!remove_if_there(store->autostart_dir, file, &left)) /* leads nowhere now; the next start tries again */
        alj_warn("%s", left->message);
    return true;
}

bool
alj_store_remove_state(AljStore *store, const char *name, GError **error)
{
    g_autofree char *file = file_name(name);
    return remove_if_there(store->state_dir, file, error);
}

/* ---- autostart ---- */

bool
alj_store_is_autostart(AljStore *store, const char *name)
{
    g_autofree char *file = file_name(name);
    g_autofree char *link = g_build_filename(store->autostart_dir, file, NULL);
    g_autofree char *target = g_build_filename(store->config_dir, file, NULL);
    struct stat led, wanted;
    return stat(link, &led) == 0 && stat(target, &wanted) == 0 && led.st_dev == wanted.st_dev && led.st_ino == wanted.st_ino;
}

bool
alj_store_set_autostart(AljStore *store, const char *name, bool is_on, GError **error)
{
    g_autofree char *file = file_name(name);
    if (!is_on)
        return remove_if_there(store->autostart_dir, file, error);
    g_autofree char *target = g_build_filename(store->config_dir, file, NULL);
    alj_autofd dir_fd = open_dir(store->autostart_dir, "autostart", error);
    if (dir_fd < 0)
        return false;
    return alj_store_is_autostart(store, name) || alj_files_link(dir_fd, store->autostart_dir, file, target, error);
}

bool
alj_store_mark_boot(AljStore *store)
{
    alj_autofd fd = openat(store->state_fd, BOOT_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno != EEXIST)
        alj_warn("cannot create '%s/%s': %s", store->state_dir, BOOT_NAME, g_strerror(errno));
    return fd >= 0;
}

/* ---- loading ---- */

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Names of the entries of @dir that end in @suffix, sorted; a missing directory has none. */
static GPtrArray *
list_entries(const char *dir, const char *suffix)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    const char *name;
    while (entries && (name = g_dir_read_name(entries)) != NULL) {
        if (g_str_has_suffix(name, suffix))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_text);
    return names;
}

/* What a crash left of changes that nobody was told of. */
static void
remove_leftovers(const char *dir)
{
    g_autoptr(GPtrArray) names = list_entries(dir, ".xml.new");
    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(dir, g_ptr_array_index(names, i), NULL);
        if (unlink(path) < 0)
            alj_warn("cannot remove '%s': %s", path, g_strerror(errno));
    }
}

/* Whether @name in @dir is a link that leads nowhere. */
static bool
is_dangling(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    struct stat own, led;
    return lstat(path, &own) == 0 && S_ISLNK(own.st_mode) && stat(path, &led) < 0 && errno == ENOENT;
}

static bool
has_entry(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    struct stat entry;
    return lstat(path, &entry) == 0 || errno != ENOENT;
}

/* A link of a pool that is no more would mark the next one of this name. One whose definition only cannot be reached now stays. */
static void
remove_dead_links(AljStore *store)
{
    remove_leftovers(store->autostart_dir);
    g_autoptr(GPtrArray) names = list_entries(store->autostart_dir, ".xml");
    for (unsigned i = 0; i < names->len; i++) {
        const char *file = g_ptr_array_index(names, i);
        g_autoptr(GError) error = NULL;
        if (is_dangling(store->autostart_dir, file) && !has_entry(store->config_dir, file) &&
            !remove_if_there(store->autostart_dir, file, &error))
            alj_warn("%s", error->message);
    }
}

bool
alj_store_has_def(AljStore *store, const char *name)
{
    g_autofree char *file = file_name(name);
    return has_entry(store->config_dir, file);
}

/*
 * The <pool> inside <poolstate>. Cut out as text: in what we and libvirt write, '<' stands for nothing but markup, and
 * whatever else may be in the file fails in the parser afterwards.
 */
static const char *
inside_poolstate(char *text)
{
    char *from = strstr(text, "<poolstate>"), *to = g_strrstr(text, "</poolstate>");
    if (!from || !to || to < from)
        return text; /* the parser says what is wrong with it */
    *to = '\0';
    return from + strlen("<poolstate>");
}

static AljPoolDef *
load_file(int dir_fd, const char *file, bool is_state, GError **error)
{
    size_t length;
    g_autofree char *text = alj_files_load(dir_fd, file, FILE_MAX, &length, error);
    if (!text)
        return NULL;
    if (memchr(text, '\0', length)) {
        alj_fail(error, ALJ_ERROR_XML_DETAIL, "it has a NUL byte");
        return NULL;
    }
    g_autoptr(AljPoolDef) def = alj_pool_def_parse(is_state ? inside_poolstate(text) : text, -1, error);
    if (!def)
        return NULL;
    g_autofree char *expected = file_name(def->name);
    if (strcmp(expected, file) != 0) {
        alj_fail(error, ALJ_ERROR_INTERNAL, "its name does not match the pool's name '%s'", def->name);
        return NULL;
    }
    return g_steal_pointer(&def);
}

static void
free_stored(gpointer data)
{
    AljStored *stored = data;
    alj_pool_def_unref(stored->def);
    g_free(stored);
}

static GPtrArray *
load_dir(const char *dir, bool is_state)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(free_stored);
    alj_autofd dir_fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (dir_fd < 0)
        return found;
    remove_leftovers(dir);
    g_autoptr(GPtrArray) files = list_entries(dir, ".xml");
    for (unsigned i = 0; i < files->len; i++) {
        const char *file = g_ptr_array_index(files, i);
        g_autoptr(GError) error = NULL;
        AljPoolDef *def = load_file(dir_fd, file, is_state, &error);
        if (!def) {
            g_autofree char *reason = alj_error_text(error);
            AljLogFields about = { .error = reason, .client_uid = -1 };
            alj_log(G_LOG_LEVEL_WARNING, &about, "file '%s/%s' is left out", dir, file);
            continue;
        }
        AljStored *stored = g_new0(AljStored, 1);
        stored->def = def;
        g_ptr_array_add(found, stored);
    }
    return found;
}

GPtrArray *
alj_store_load_defs(AljStore *store)
{
    remove_dead_links(store);
    GPtrArray *found = load_dir(store->config_dir, false);
    for (unsigned i = 0; i < found->len; i++) {
        AljStored *stored = g_ptr_array_index(found, i);
        g_autoptr(GError) error = NULL;
        stored->is_autostart = alj_store_is_autostart(store, stored->def->name);
        if (!stored->def->was_uuid_given && !alj_store_save_def(store, stored->def, &error))
            alj_warn("pool '%s' gets another uuid at each start: %s", stored->def->name, error->message);
    }
    return found;
}

GPtrArray *
alj_store_load_states(AljStore *store)
{
    return load_dir(store->state_dir, true);
}
