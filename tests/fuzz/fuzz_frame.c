/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz entry for a stream of frames: takes them off the front as a server does, and decodes the arguments of each call. */
#include "wire/frame.h"
#include "wire/procedures.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
decode_arguments(const AljFrame *frame, const uint8_t *payload, size_t size)
{
    const AljProcedure *procedure = alj_procedure_find(frame->procedure);
    if (!procedure || !procedure->args)
        return;
    g_autofree void *args = g_malloc0(procedure->args_size);
    if (alj_xdr_decode(procedure->args, payload, size, args, NULL))
        alj_xdr_clear(procedure->args, args);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    while (size >= ALJ_FRAME_HEADER_BYTES) {
        AljFrame frame;
        uint8_t again[ALJ_FRAME_HEADER_BYTES];
        alj_frame_read(data, &frame);
        alj_frame_write(&frame, again);
        g_assert_true(memcmp(again, data, sizeof again) == 0);
        if (!alj_frame_length_ok(frame.length) || frame.length > size)
            return 0;
        decode_arguments(&frame, data + ALJ_FRAME_HEADER_BYTES, frame.length - ALJ_FRAME_HEADER_BYTES);
        data += frame.length;
        size -= frame.length;
    }
    return 0;
}
