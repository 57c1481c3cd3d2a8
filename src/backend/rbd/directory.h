/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names of a pool's images as RBD keeps them (format 2, in every release since 2012): the object "rbd_directory" maps each name to an id,
 * and an object "rbd_id.NAME" holds the id again. The library changes the two one after the other, so after a crash they can disagree.
 */
#pragma once

#include "backend/rbd/cluster.h"

/** alj_rbd_map_get: the value of @key in the map of @object, NULL: none. (transfer full). Returns: 0 or a negative errno. */
int alj_rbd_map_get(AljRbd *rbd, const char *object, const char *key, GBytes **ret);

/** alj_rbd_directory_find: @ret_id: the id the directory has for @name, NULL: none. (transfer full). Errors: SYSTEM. */
bool alj_rbd_directory_find(AljCall *call, AljRbd *rbd, const char *name, char **ret_id, GError **error);

/** alj_rbd_id_find: the same by the object of the name. */
bool alj_rbd_id_find(AljCall *call, AljRbd *rbd, const char *name, char **ret_id, GError **error);

/** alj_rbd_id_remove: removes the object of @name if it holds @id, in one step. Success also if it does not. Errors: SYSTEM. */
bool alj_rbd_id_remove(AljCall *call, AljRbd *rbd, const char *name, const char *id, GError **error);

/**
 * alj_rbd_directory_rename: the image @id, which nobody has open, is called @to instead of @from. Does what the library does, but for one thing: the
 * library looks whether a name is free and then writes it, so that of two hosts that give the same name both succeed, and one image is lost.
 * The object of @from is left. Returns: 0 or a negative errno: -EEXIST if an image is called @to, or is about to be.
 */
int alj_rbd_directory_rename(AljCall *call, AljRbd *rbd, const char *from, const char *to, const char *id);

/** alj_rbd_text_decode: a string as Ceph stores it: its length, 32 bits, then its bytes. NULL: it is none. (transfer full) */
char *alj_rbd_text_decode(const char *data, size_t length);

/** alj_rbd_text_encode: the reverse. (transfer full) */
GByteArray *alj_rbd_text_encode(const char *text);
