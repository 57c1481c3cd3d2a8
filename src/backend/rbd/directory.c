/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RBD's own table of names: read, changed, and cleared of one half of a pair whose other half is gone. Runs on a pool's workers. */
#include "backend/rbd/directory.h"

#include <errno.h>
#include <string.h>

#define DIRECTORY   "rbd_directory"
#define ID_MAX      256
#define IS_UNEQUAL(r) ((r) <= -4095) /* from there on errors of a comparison say where the bytes differ */

char *
alj_rbd_text_decode(const char *data, size_t length)
{
    guint32 size;
    if (length < sizeof size)
        return NULL;
    memcpy(&size, data, sizeof size);
    size = GUINT32_FROM_LE(size);
    if (size != length - sizeof size || size == 0 || memchr(data + sizeof size, '\0', size))
        return NULL;
    return g_strndup(data + sizeof size, size);
}

GByteArray *
alj_rbd_text_encode(const char *text)
{
    guint32 size = (guint32) strlen(text), stored = GUINT32_TO_LE(size);
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *) &stored, sizeof stored);
    return g_byte_array_append(bytes, (const guint8 *) text, size);
}

static bool
fail_name(int r, const char *name, GError **error)
{
    return alj_fail_errno(error, -r, "cannot read what the pool knows of image '%s'", name);
}

int
alj_rbd_map_get(AljRbd *rbd, const char *object, const char *key, GBytes **ret)
{
    const char *keys[] = { key };
    const size_t lengths[] = { strlen(key) };
    rados_omap_iter_t found = NULL;
    rados_read_op_t op = rados_create_read_op();
    char *found_key = NULL, *value = NULL;
    size_t key_length = 0, length = 0;
    int ignored;
    *ret = NULL;
    rados_read_op_omap_get_vals_by_keys2(op, keys, 1, lengths, &found, &ignored);
    int r = rados_read_op_operate(op, rbd->io, object, 0);
    if (r == 0 && rados_omap_get_next2(found, &found_key, &value, &key_length, &length) == 0 && found_key)
        *ret = g_bytes_new(value, length);
    if (found)
        rados_omap_get_end(found);
    rados_release_read_op(op);
    return r == -ENOENT ? 0 : r;
}

bool
alj_rbd_directory_find(AljCall *call, AljRbd *rbd, const char *name, char **ret_id, GError **error)
{
    gsize length;
    g_autoptr(GBytes) value = NULL;
    g_autofree char *key = g_strconcat("name_", name, NULL);
    int r = alj_rbd_gate(call, "read the directory") ?: alj_rbd_map_get(rbd, DIRECTORY, key, &value);
    const char *data = value ? g_bytes_get_data(value, &length) : NULL;
    *ret_id = data ? alj_rbd_text_decode(data, length) : NULL;
    return r == 0 || fail_name(r, name, error);
}

bool
alj_rbd_id_find(AljCall *call, AljRbd *rbd, const char *name, char **ret_id, GError **error)
{
    char data[sizeof(guint32) + ID_MAX];
    g_autofree char *object = g_strconcat("rbd_id.", name, NULL);
    *ret_id = NULL;
    int r = alj_rbd_gate(call, "read an id") ?: rados_read(rbd->io, object, data, sizeof data, 0);
    if (r > 0)
        *ret_id = alj_rbd_text_decode(data, (size_t) r);
    return r >= 0 || r == -ENOENT || fail_name(r, name, error);
}

bool
alj_rbd_id_remove(AljCall *call, AljRbd *rbd, const char *name, const char *id, GError **error)
{
    g_autofree char *object = g_strconcat("rbd_id.", name, NULL);
    g_autoptr(GByteArray) bytes = alj_rbd_text_encode(id);
    rados_write_op_t op = rados_create_write_op();
    rados_write_op_cmpext(op, (const char *) bytes->data, bytes->len, 0, NULL);
    rados_write_op_remove(op);
    int r = alj_rbd_gate(call, "remove an id") ?: rados_write_op_operate(op, rbd->io, object, NULL, 0);
    rados_release_write_op(op);
    return r == 0 || r == -ENOENT || IS_UNEQUAL(r) || fail_name(r, name, error);
}

/* Only where nobody else has made that object: who makes images takes their names so, too. */
static int
claim_name(AljRbd *rbd, const char *name, const char *id)
{
    g_autofree char *object = g_strconcat("rbd_id.", name, NULL), *old_header = g_strconcat(name, ".rbd", NULL);
    g_autoptr(GByteArray) bytes = alj_rbd_text_encode(id);
    if (rados_stat(rbd->io, old_header, NULL, NULL) == 0)
        return -EEXIST; /* an image of the format before 2 */
    rados_write_op_t op = rados_create_write_op();
    rados_write_op_create(op, LIBRADOS_CREATE_EXCLUSIVE, NULL);
    rados_write_op_write_full(op, (const char *) bytes->data, bytes->len);
    int r = rados_write_op_operate(op, rbd->io, object, NULL, 0);
    rados_release_write_op(op);
    return r;
}

static int
rename_entry(AljRbd *rbd, const char *from, const char *to, const char *id)
{
    g_autoptr(GByteArray) input = g_byte_array_new();
    for (const char *const *text = (const char *const[]){ from, to, id, NULL }; *text; text++) {
        g_autoptr(GByteArray) bytes = alj_rbd_text_encode(*text);
        g_byte_array_append(input, bytes->data, bytes->len);
    }
    rados_write_op_t op = rados_create_write_op();
    rados_write_op_exec(op, "rbd", "dir_rename_image", (const char *) input->data, input->len, NULL);
    int r = rados_write_op_operate(op, rbd->io, DIRECTORY, NULL, 0);
    rados_release_write_op(op);
    return r;
}

int
alj_rbd_directory_rename(AljCall *call, AljRbd *rbd, const char *from, const char *to, const char *id)
{
    int r = alj_rbd_gate(call, "claim a name") ?: claim_name(rbd, to, id);
    return r < 0 ? r : alj_rbd_gate(call, "rename in the directory") ?: rename_entry(rbd, from, to, id);
}
