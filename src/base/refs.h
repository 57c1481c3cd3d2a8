/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reference counts of our own structs. C11 atomics and inline, for what happens inside libglib's functions is invisible to
 * ThreadSanitizer, which then reports every last unreference as a race.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

/** AljRefs: a count of references; born with one. */
typedef struct AljRefs {
    atomic_uint count;
} AljRefs;

static inline void
alj_refs_init(AljRefs *refs)
{
    atomic_init(&refs->count, 1);
}

/** alj_refs_inc: one more. The caller holds one, so there is nothing to order. */
static inline void
alj_refs_inc(AljRefs *refs)
{
    atomic_fetch_add_explicit(&refs->count, 1, memory_order_relaxed);
}

/** alj_refs_dec: one less. Returns: whether it was the last; then all writes of the other holders are seen. */
static inline bool
alj_refs_dec(AljRefs *refs)
{
    return atomic_fetch_sub_explicit(&refs->count, 1, memory_order_acq_rel) == 1;
}
