/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The volume definition as memory: making, counting, copying. */
#include "model/volume.h"

#include "base/error.h"
#include "model/volume_xml.h"

#include <stddef.h>
#include <string.h>

AljVolDef *
alj_vol_def_new(const char *name)
{
    AljVolDef *def = g_new0(AljVolDef, 1);
    alj_refs_init(&def->refs);
    def->name = g_strdup(name);
    return def;
}

AljVolDef *
alj_vol_def_ref(AljVolDef *def)
{
    alj_refs_inc(&def->refs);
    return def;
}

void
alj_vol_def_unref(AljVolDef *def)
{
    if (!def || !alj_refs_dec(&def->refs))
        return;
    g_free(def->name);
    g_free(def->key);
    g_free(def->path);
    alj_permissions_clear(&def->permissions);
    g_free(def->compat);
    alj_backing_free(def->backing);
    alj_encryption_free(def->encryption);
    if (def->extents)
        g_array_unref(def->extents);
    g_free(def->problem);
    g_free(def);
}

uint64_t
alj_vol_identity(const char *words)
{
    uint8_t digest[32];
    gsize bytes = sizeof digest;
    uint64_t identity = 0;
    if (!words)
        return 0;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *) words, -1);
    g_checksum_get_digest(sum, digest, &bytes);
    memcpy(&identity, digest, sizeof identity);
    return MAX(identity, 1);
}

static void
clear_extent(gpointer extent)
{
    g_free(((AljExtent *) extent)->device);
}

void
alj_vol_def_add_extent(AljVolDef *def, const char *device, uint64_t start_bytes, uint64_t end_bytes)
{
    AljExtent extent = { .device = g_strdup(device), .start_bytes = start_bytes, .end_bytes = end_bytes };
    if (!def->extents) {
        def->extents = g_array_new(FALSE, FALSE, sizeof extent);
        g_array_set_clear_func(def->extents, clear_extent);
    }
    g_array_append_val(def->extents, extent);
}

AljEncryption *
alj_encryption_copy(const AljEncryption *from)
{
    if (!from)
        return NULL;
    AljEncryption *to = g_new0(AljEncryption, 1);
    *to = *from;
    to->secret_usage = g_strdup(from->secret_usage);
    alj_xml_rows_copy(alj_cipher_rows, from, to);
    alj_xml_rows_copy(alj_ivgen_rows, from, to);
    return to;
}

bool
alj_encryption_need_secret(const AljEncryption *encryption, GError **error)
{
    return encryption->has_secret
        || alj_fail(error, ALJ_ERROR_INVALID_ARG,
                    "A single <secret type='passphrase'...> element is expected in encryption description");
}

AljVolDef *
alj_vol_def_copy(const AljVolDef *def)
{
    const size_t after_refs = offsetof(AljVolDef, type); /* the counter may change while this reads */
    AljVolDef *copy = g_new0(AljVolDef, 1);
    memcpy((char *) copy + after_refs, (const char *) def + after_refs, sizeof *copy - after_refs);
    alj_refs_init(&copy->refs);
    /* plain members are right now; every owned one is replaced */
    copy->name = g_strdup(def->name);
    copy->key = g_strdup(def->key);
    copy->path = g_strdup(def->path);
    alj_permissions_copy(&def->permissions, &copy->permissions);
    copy->compat = g_strdup(def->compat);
    copy->backing = alj_backing_copy(def->backing);
    copy->encryption = alj_encryption_copy(def->encryption);
    copy->extents = NULL;
    for (guint i = 0; def->extents && i < def->extents->len; i++) {
        const AljExtent *extent = &g_array_index(def->extents, AljExtent, i);
        alj_vol_def_add_extent(copy, extent->device, extent->start_bytes, extent->end_bytes);
    }
    copy->problem = g_strdup(def->problem);
    return copy;
}

AljBacking *
alj_backing_new(const char *path)
{
    AljBacking *backing = g_new0(AljBacking, 1);
    backing->path = g_strdup(path);
    return backing;
}

AljBacking *
alj_backing_copy(const AljBacking *from)
{
    AljBacking *first = NULL, **place = &first;
    for (; from; from = from->next, place = &(*place)->next) {
        *place = g_new0(AljBacking, 1);
        **place = *from;
        (*place)->path = g_strdup(from->path);
        alj_permissions_copy(&from->permissions, &(*place)->permissions);
        (*place)->next = NULL;
    }
    return first;
}

void
alj_backing_free(AljBacking *backing)
{
    for (AljBacking *next; backing; backing = next) {
        next = backing->next;
        g_free(backing->path);
        alj_permissions_clear(&backing->permissions);
        g_free(backing);
    }
}

void
alj_encryption_free(AljEncryption *encryption)
{
    if (!encryption)
        return;
    g_free(encryption->secret_usage);
    alj_xml_rows_clear(alj_cipher_rows, encryption);
    alj_xml_rows_clear(alj_ivgen_rows, encryption);
    g_free(encryption);
}
