/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of volumes against a plain list: order, finding, sharing, balance. */
#include "core/vol_tree.h"

#include <string.h>

static AljVolDef *
vol_numbered(unsigned number)
{
    g_autofree char *name = g_strdup_printf("v%05u", number);
    return alj_vol_def_new(name);
}

static void
assert_sorted(const AljVolTree *tree, unsigned expected)
{
    g_autoptr(GPtrArray) list = alj_vol_tree_list(tree);
    g_assert_cmpuint(list->len, ==, expected);
    g_assert_cmpuint(alj_vol_tree_size(tree), ==, expected);
    for (unsigned i = 1; i < list->len; i++)
        g_assert_cmpint(strcmp(((AljVolDef *) g_ptr_array_index(list, i - 1))->name,
                               ((AljVolDef *) g_ptr_array_index(list, i))->name), <, 0);
}

static void
test_random(void)
{
    enum { N = 400, STEPS = 8000 };
    bool has[N] = { false };
    unsigned n = 0;
    g_autoptr(AljVolTree) tree = NULL;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned number = (unsigned) g_test_rand_int_range(0, N);
        g_autoptr(AljVolDef) vol = vol_numbered(number);
        bool adds = g_test_rand_bit();
        AljVolTree *next = adds ? alj_vol_tree_with(tree, vol) : alj_vol_tree_without(tree, vol->name);
        g_assert_cmpint(alj_vol_tree_find(tree, vol->name) != NULL, ==, has[number]); /* the old version stays */
        n = n + (adds && !has[number]) - (!adds && has[number]);
        has[number] = adds;
        alj_vol_tree_unref(tree);
        tree = next;
        g_assert_cmpint(alj_vol_tree_find(tree, vol->name) != NULL, ==, adds);
        if (step % 500 == 0)
            assert_sorted(tree, n);
    }
    assert_sorted(tree, n);
}

/* Volumes in order are the worst case of a tree that does not balance: it would be as deep as it is long. */
static void
test_in_order(void)
{
    enum { N = 10000 };
    g_autoptr(AljVolTree) tree = NULL;
    for (unsigned i = 0; i < N; i++) {
        g_autoptr(AljVolDef) vol = vol_numbered(i);
        AljVolTree *next = alj_vol_tree_with(tree, vol);
        alj_vol_tree_unref(tree);
        tree = next;
    }
    g_assert_cmpuint(alj_vol_tree_size(tree), ==, N);
    for (unsigned i = 0; i < N; i += 2) {
        g_autofree char *name = g_strdup_printf("v%05u", i);
        AljVolTree *next = alj_vol_tree_without(tree, name);
        alj_vol_tree_unref(tree);
        tree = next;
    }
    assert_sorted(tree, N / 2);
}

static void
test_from_list(void)
{
    g_autoptr(GPtrArray) vols = g_ptr_array_new_with_free_func((GDestroyNotify) alj_vol_def_unref);
    g_autoptr(AljVolTree) none = alj_vol_tree_from(vols);
    g_assert_null(none);
    g_ptr_array_add(vols, alj_vol_def_new("b"));
    g_ptr_array_add(vols, alj_vol_def_new("a"));
    g_ptr_array_add(vols, alj_vol_def_new("b"));
    AljVolDef *last = g_ptr_array_index(vols, 2);
    g_autoptr(AljVolTree) tree = alj_vol_tree_from(vols);
    assert_sorted(tree, 2);
    g_assert_true(alj_vol_tree_find(tree, "b") == last);
    g_assert_null(alj_vol_tree_find(tree, "c"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vol-tree/random", test_random);
    g_test_add_func("/vol-tree/in-order", test_in_order);
    g_test_add_func("/vol-tree/from-list", test_from_list);
    return g_test_run();
}
