/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers in bytes that may be hostile. Each get_…() fails, and leaves its result alone, if the field does
 * not lie wholly inside the buffer; nothing here can overflow. For this folder only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool
has_bytes(size_t length, uint64_t offset, uint64_t size)
{
    return size <= length && offset <= length - size;
}

static inline bool
bytes_equal(const uint8_t *buffer, size_t length, uint64_t offset, const void *wanted, size_t size)
{
    return has_bytes(length, offset, size) && memcmp(buffer + offset, wanted, size) == 0;
}

static inline bool
is_zeros(const uint8_t *bytes, size_t length)
{
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

static inline bool
get_be(const uint8_t *buffer, size_t length, uint64_t offset, unsigned size, uint64_t *ret)
{
    if (!has_bytes(length, offset, size))
        return false;
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | buffer[offset + i];
    *ret = value;
    return true;
}

static inline bool
get_le(const uint8_t *buffer, size_t length, uint64_t offset, unsigned size, uint64_t *ret)
{
    if (!has_bytes(length, offset, size))
        return false;
    uint64_t value = 0;
    for (unsigned i = size; i > 0; i--)
        value = value << 8 | buffer[offset + i - 1];
    *ret = value;
    return true;
}

static inline bool
get_be32(const uint8_t *buffer, size_t length, uint64_t offset, uint32_t *ret)
{
    uint64_t value = 0;
    bool is_there = get_be(buffer, length, offset, 4, &value);
    if (is_there)
        *ret = (uint32_t) value;
    return is_there;
}

static inline bool
get_be64(const uint8_t *buffer, size_t length, uint64_t offset, uint64_t *ret)
{
    return get_be(buffer, length, offset, 8, ret);
}

static inline bool
get_le32(const uint8_t *buffer, size_t length, uint64_t offset, uint32_t *ret)
{
    uint64_t value = 0;
    bool is_there = get_le(buffer, length, offset, 4, &value);
    if (is_there)
        *ret = (uint32_t) value;
    return is_there;
}

static inline bool
get_le64(const uint8_t *buffer, size_t length, uint64_t offset, uint64_t *ret)
{
    return get_le(buffer, length, offset, 8, ret);
}

/* Writes the low @size bytes of @value at @at, which has room for them. */
static inline void
put_be(uint8_t *at, unsigned size, uint64_t value)
{
    for (unsigned i = size; i > 0; i--, value >>= 8)
        at[i - 1] = (uint8_t) value;
}
