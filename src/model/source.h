/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/pool.h"

/** AljSourceSpec: the <source> document of a search for pool sources. */
typedef struct AljSourceSpec {
    GPtrArray *hosts; /* of AljPoolHost */
    char *initiator;
} AljSourceSpec;

void alj_source_spec_free(AljSourceSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljSourceSpec, alj_source_spec_free)

/** alj_source_spec_parse: errors as alj_pool_def_parse(); documents are named (storage_source_specification). */
AljSourceSpec *alj_source_spec_parse(const char *xml, GError **error);

/** alj_source_spec_check: whether @spec (nullable) tells a search for pools of @type all it must be told, in libvirt's words. */
bool alj_source_spec_check(AljPoolType type, const AljSourceSpec *spec, GError **error);

/** alj_sources_format: <sources> around the <source> of each definition. @sources: of AljPoolDef. (transfer full) */
char *alj_sources_format(const GPtrArray *sources);

/**
 * alj_pool_capabilities_format:
 * @supported: whether a backend for each type is installed, ALJ_N_POOL_TYPES entries
 * Returns: the document in libvirt's layout, with a final newline (transfer full).
 */
char *alj_pool_capabilities_format(const bool supported[static ALJ_N_POOL_TYPES]);
