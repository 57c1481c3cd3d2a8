/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All pools that are known, by name, uuid, target path and source. */
#pragma once

#include "core/core.h"

/** AljRegistry: counted references of the pools; thread-safe. */
typedef struct AljRegistry AljRegistry;

AljRegistry *alj_registry_new(void);
void alj_registry_free(AljRegistry *registry);

/** alj_registry_add: @pool is listed from now on and found under the target and sources of @def, its live definition. */
void alj_registry_add(AljRegistry *registry, AljPool *pool, const AljPoolDef *def);
void alj_registry_remove(AljRegistry *registry, AljPool *pool, const AljPoolDef *def);

/** alj_registry_move: the live definition of a listed pool changes. For pools that are not listed nothing happens. */
void alj_registry_move(AljRegistry *registry, AljPool *pool, const AljPoolDef *from, const AljPoolDef *to);

/* (transfer full), or NULL */
AljPool *alj_registry_find_name(AljRegistry *registry, const char *name);
AljPool *alj_registry_find_uuid(AljRegistry *registry, const AljUuid *uuid);
AljPool *alj_registry_find_active_target(AljRegistry *registry, const char *clean_path);

/** alj_registry_list: all, sorted by name. (transfer full) of AljPool */
GPtrArray *alj_registry_list(AljRegistry *registry);

/**
 * alj_registry_check:
 * Whether a pool @def may exist. Asked in libvirt's order: source, then uuid, then name.
 * @ret_same: the pool of this name and uuid (transfer full), or NULL
 * Errors: OPERATION_FAILED with libvirt's words.
 */
bool alj_registry_check(AljRegistry *registry, const AljPoolDef *def, AljPool **ret_same, GError **error);
