/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A weight-balanced binary tree that is never changed: adding or removing one volume copies the nodes on the way to it and
 * shares all others with the version before. So a pool of 50,000 volumes publishes a new immutable state per created
 * volume at the price of some sixteen nodes. Pure memory; any thread.
 *
 * Source of the balance rule and its two constants: Hirai and Yamamoto, "Balancing weight-balanced trees", JFP 2011:
 * (3, 2) is the integer pair for which single and double rotations restore the balance after every insertion and removal.
 */
#include "core/vol_tree.h"

#include "base/refs.h"

#include <string.h>

#define DELTA 3 /* a side may weigh at most this many times the other */
#define RATIO 2 /* single rotation if the inner grandchild weighs less than this many times the outer one */

struct AljVolTree {
    AljRefs refs;
    unsigned size;
    AljVolTree *left, *right;
    AljVolDef *vol;
};

AljVolTree *
alj_vol_tree_ref(AljVolTree *tree)
{
    if (tree)
        alj_refs_inc(&tree->refs);
    return tree;
}

void
alj_vol_tree_unref(AljVolTree *tree)
{
    if (!tree || !alj_refs_dec(&tree->refs))
        return;
    alj_vol_tree_unref(tree->left); /* as deep as the tree: twice log n */
    alj_vol_tree_unref(tree->right);
    alj_vol_def_unref(tree->vol);
    g_free(tree);
}

unsigned
alj_vol_tree_size(const AljVolTree *tree)
{
    return tree ? tree->size : 0;
}

static unsigned
weight(const AljVolTree *tree)
{
    return alj_vol_tree_size(tree) + 1;
}

/* All makers below take their trees (transfer full) and borrow the volume. */
static AljVolTree *
make(AljVolTree *left, AljVolDef *vol, AljVolTree *right)
{
    AljVolTree *tree = g_new(AljVolTree, 1);
    alj_refs_init(&tree->refs);
    tree->size = alj_vol_tree_size(left) + alj_vol_tree_size(right) + 1;
    tree->left = left;
    tree->right = right;
    tree->vol = alj_vol_def_ref(vol);
    return tree;
}

static AljVolTree *
rotate_left(AljVolTree *left, AljVolDef *vol, AljVolTree *right)
{
    AljVolTree *inner = right->left, *made;
    if (weight(inner) < RATIO * weight(right->right))
        made = make(make(left, vol, alj_vol_tree_ref(inner)), right->vol, alj_vol_tree_ref(right->right));
    else
        made = make(make(left, vol, alj_vol_tree_ref(inner->left)), inner->vol,
                    make(alj_vol_tree_ref(inner->right), right->vol, alj_vol_tree_ref(right->right)));
    alj_vol_tree_unref(right);
    return made;
}

static AljVolTree *
rotate_right(AljVolTree *left, AljVolDef *vol, AljVolTree *right)
{
    AljVolTree *inner = left->right, *made;
    if (weight(inner) < RATIO * weight(left->left))
        made = make(alj_vol_tree_ref(left->left), left->vol, make(alj_vol_tree_ref(inner), vol, right));
    else
        made = make(make(alj_vol_tree_ref(left->left), left->vol, alj_vol_tree_ref(inner->left)), inner->vol,
                    make(alj_vol_tree_ref(inner->right), vol, right));
    alj_vol_tree_unref(left);
    return made;
}

static AljVolTree *
balance(AljVolTree *left, AljVolDef *vol, AljVolTree *right)
{
    if (weight(right) > DELTA * weight(left) && alj_vol_tree_size(right) > 1)
        return rotate_left(left, vol, right);
    if (weight(left) > DELTA * weight(right) && alj_vol_tree_size(left) > 1)
        return rotate_right(left, vol, right);
    return make(left, vol, right);
}

AljVolTree *
alj_vol_tree_with(AljVolTree *tree, AljVolDef *vol)
{
    if (!tree)
        return make(NULL, vol, NULL);
    int order = strcmp(vol->name, tree->vol->name);
    if (order < 0)
        return balance(alj_vol_tree_with(tree->left, vol), tree->vol, alj_vol_tree_ref(tree->right));
    if (order > 0)
        return balance(alj_vol_tree_ref(tree->left), tree->vol, alj_vol_tree_with(tree->right, vol));
    return make(alj_vol_tree_ref(tree->left), vol, alj_vol_tree_ref(tree->right));
}

static AljVolDef *
first_of(const AljVolTree *tree)
{
    while (tree->left)
        tree = tree->left;
    return tree->vol;
}

static AljVolTree *
without_first(AljVolTree *tree)
{
    if (!tree->left)
        return alj_vol_tree_ref(tree->right);
    return balance(without_first(tree->left), tree->vol, alj_vol_tree_ref(tree->right));
}

AljVolTree *
alj_vol_tree_without(AljVolTree *tree, const char *name)
{
    if (!tree)
        return NULL;
    int order = strcmp(name, tree->vol->name);
    if (order < 0)
        return balance(alj_vol_tree_without(tree->left, name), tree->vol, alj_vol_tree_ref(tree->right));
    if (order > 0)
        return balance(alj_vol_tree_ref(tree->left), tree->vol, alj_vol_tree_without(tree->right, name));
    if (!tree->right)
        return alj_vol_tree_ref(tree->left);
    return balance(alj_vol_tree_ref(tree->left), first_of(tree->right), without_first(tree->right));
}

AljVolDef *
alj_vol_tree_find(const AljVolTree *tree, const char *name)
{
    while (tree) {
        int order = strcmp(name, tree->vol->name);
        if (order == 0)
            return tree->vol;
        tree = order < 0 ? tree->left : tree->right;
    }
    return NULL;
}

static void
append_all(const AljVolTree *tree, GPtrArray *list)
{
    if (!tree)
        return;
    append_all(tree->left, list);
    g_ptr_array_add(list, alj_vol_def_ref(tree->vol));
    append_all(tree->right, list);
}

GPtrArray *
alj_vol_tree_list(const AljVolTree *tree)
{
    GPtrArray *list = g_ptr_array_new_full(alj_vol_tree_size(tree), (GDestroyNotify) alj_vol_def_unref);
    append_all(tree, list);
    return list;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp((*(AljVolDef *const *) a)->name, (*(AljVolDef *const *) b)->name);
}

/* A tree of the sorted volumes [from, to), which have different names. */
static AljVolTree *
from_sorted(GPtrArray *vols, unsigned from, unsigned to)
{
    if (from == to)
        return NULL;
    unsigned middle = from + (to - from) / 2;
    return make(from_sorted(vols, from, middle), g_ptr_array_index(vols, middle),
                from_sorted(vols, middle + 1, to));
}

AljVolTree *
alj_vol_tree_from(GPtrArray *vols)
{
    g_autoptr(GPtrArray) unique = g_ptr_array_sized_new(vols->len);
    g_ptr_array_sort(vols, compare_names); /* stable */
    for (unsigned i = 0; i < vols->len; i++) {
        AljVolDef *vol = g_ptr_array_index(vols, i), *next = i + 1 < vols->len ? g_ptr_array_index(vols, i + 1) : NULL;
        if (!next || strcmp(vol->name, next->name) != 0)
            g_ptr_array_add(unique, vol);
    }
    return from_sorted(unique, 0, unique->len);
}
