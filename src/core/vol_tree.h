/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The volumes of a pool, sorted by name, as an immutable tree whose versions share what they have in common. */
#pragma once

#include "model/volume.h"

/** AljVolTree: one version; counted; NULL is the empty tree. Reading needs no lock. */
typedef struct AljVolTree AljVolTree;

AljVolTree *alj_vol_tree_ref(AljVolTree *tree);
void alj_vol_tree_unref(AljVolTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AljVolTree, alj_vol_tree_unref)

/**
 * alj_vol_tree_from:
 * @vols: of AljVolDef; sorted by name here; of several with one name the last stays
 * Returns: the tree (transfer full), built in n log n.
 */
AljVolTree *alj_vol_tree_from(GPtrArray *vols);

/** alj_vol_tree_with: a version that also has @vol (in place of one with its name). Log n. (transfer full) */
AljVolTree *alj_vol_tree_with(AljVolTree *tree, AljVolDef *vol);

/** alj_vol_tree_without: a version that has no volume @name. Log n. (transfer full) */
AljVolTree *alj_vol_tree_without(AljVolTree *tree, const char *name);

/** alj_vol_tree_find: the volume, borrowed from the tree, or NULL. Log n. */
AljVolDef *alj_vol_tree_find(const AljVolTree *tree, const char *name);

unsigned alj_vol_tree_size(const AljVolTree *tree);

/** alj_vol_tree_list: all volumes sorted by name as bytes. (transfer full) of AljVolDef */
GPtrArray *alj_vol_tree_list(const AljVolTree *tree);
