/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for secrets: whole pages, because what the kernel can be told (no dump, no swap) it can only be told of pages. Owned by
 * its references; any thread.
 */
#include "base/sealed.h"

#include <string.h>
#include <sys/mman.h>

typedef struct Pages {
    void *start;
    size_t size;
} Pages;

static void
free_pages(void *data)
{
    Pages *pages = data;
    explicit_bzero(pages->start, pages->size);
    (void) munmap(pages->start, pages->size); /* fails only for what is no mapping */
    g_free(pages);
}

GBytes *
alj_sealed_new(const void *data, size_t size)
{
    Pages *pages = g_new(Pages, 1);
    pages->size = MAX(size, 1);
    pages->start = mmap(NULL, pages->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages->start == MAP_FAILED)
        g_error("no memory for a secret"); /* as g_malloc() would */
    (void) madvise(pages->start, pages->size, MADV_DONTDUMP); /* both are done as far as they can be */
    (void) mlock(pages->start, pages->size);
    if (size > 0)
        memcpy(pages->start, data, size);
    return g_bytes_new_with_free_func(pages->start, size, free_pages, pages);
}

void
alj_wipe_text(char *take_text)
{
    if (take_text)
        explicit_bzero(take_text, strlen(take_text));
    g_free(take_text);
}
