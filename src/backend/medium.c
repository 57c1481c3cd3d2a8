/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be done with any medium: freeing it, clearing, and copying one to another with holes kept. Runs on a pool's workers. */
#include "backend/medium.h"

#include "base/task.h"

#include <string.h>

#define CHUNK_BYTES (256u << 10) /* also the shortest run of zeros that is made a hole */
#define ZERO_BYTES  (256u << 20) /* between two looks at the task: seconds, where each of them is written */

void
alj_medium_free(AljMedium *medium)
{
    if (medium)
        medium->ops->close(medium);
}

bool
alj_medium_extent(AljMedium *medium, uint64_t offset_bytes, bool *ret_is_data, uint64_t *ret_end_bytes, GError **error)
{
    if (medium->ops->extent)
        return medium->ops->extent(medium, offset_bytes, ret_is_data, ret_end_bytes, error);
    *ret_is_data = true;
    return medium->ops->size(medium, ret_end_bytes, error);
}

bool
alj_medium_zero(AljMedium *medium, uint64_t offset_bytes, uint64_t bytes, AljTask *task, const char *what, GError **error)
{
    for (uint64_t piece; bytes > 0; offset_bytes += piece, bytes -= piece) {
        piece = MIN(bytes, ZERO_BYTES);
        if (!alj_task_check(task, what, error) || !medium->ops->zero(medium, offset_bytes, piece, error))
            return false;
        alj_task_add(task, piece);
    }
    return true;
}

typedef struct Copy {
    AljMedium *from, *to;
    bool is_blank;
    AljTask *task;
    char *chunk;
} Copy;

static bool
is_zeros(const char *data, size_t bytes)
{
    return bytes == 0 || (data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0);
}

static bool
copy_hole(const Copy *copy, uint64_t at_bytes, uint64_t bytes, GError **error)
{
    if (!copy->is_blank)
        return alj_medium_zero(copy->to, at_bytes, bytes, copy->task, "copy", error);
    alj_task_add(copy->task, bytes);
    return true;
}

/* The data in [@at_bytes, @end_bytes). */
static bool
copy_data(const Copy *copy, uint64_t at_bytes, uint64_t end_bytes, GError **error)
{
    while (at_bytes < end_bytes) {
        if (!alj_task_check(copy->task, "copy", error))
            return false;
        size_t wanted = (size_t) MIN(CHUNK_BYTES, end_bytes - at_bytes);
        gssize got = copy->from->ops->read(copy->from, copy->chunk, wanted, at_bytes, error);
        if (got < 0)
            return false;
        if (got == 0) /* zeros in place of what was there would look like a copy */
            return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "the source became shorter while it was copied");
        if (is_zeros(copy->chunk, (size_t) got)) {
            if (!copy_hole(copy, at_bytes, (uint64_t) got, error))
                return false;
        } else {
            if (!copy->to->ops->write(copy->to, copy->chunk, (size_t) got, at_bytes, error))
                return false;
            alj_task_add(copy->task, (uint64_t) got);
        }
        at_bytes += (uint64_t) got;
    }
    return true;
}

bool
alj_medium_copy(AljMedium *from, AljMedium *to, uint64_t bytes, bool is_blank, AljTask *task, GError **error)
{
    uint64_t from_bytes, at_bytes = 0;
    g_autofree char *chunk = g_malloc(CHUNK_BYTES);
    Copy copy = { from, to, is_blank, task, chunk };
    if (!from->ops->size(from, &from_bytes, error))
        return false;
    from_bytes = MIN(from_bytes, bytes);
    while (at_bytes < from_bytes) {
        bool is_data;
        uint64_t end_bytes;
        if (!alj_task_check(task, "copy", error) || !alj_medium_extent(from, at_bytes, &is_data, &end_bytes, error))
            return false;
        end_bytes = MIN(MAX(end_bytes, at_bytes + 1), from_bytes); /* it ends, whatever the other side says */
        if (!(is_data ? copy_data(&copy, at_bytes, end_bytes, error) : copy_hole(&copy, at_bytes, end_bytes - at_bytes, error)))
            return false;
        at_bytes = end_bytes;
    }
    return copy_hole(&copy, at_bytes, bytes - at_bytes, error);
}
