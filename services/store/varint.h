/* varint.h - protobuf's numbers, for the few rows that are written and read so often that the general codec shows: sums,
 * single numbers, accounts. The bytes are those that the codec would write: rows of either kind are the same.
 */
#ifndef RASAD_STORE_VARINT_H
#define RASAD_STORE_VARINT_H

#include <stdbool.h>
#include <stdint.h>

#define VARINT_BYTES 10 /* at most */

static inline bool varint_read(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static inline uint8_t *varint_write(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/* A field of a message: nothing where it is zero. */
static inline uint8_t *varint_field(uint8_t *at, uint8_t tag, int64_t value)
{
    if (value == 0) return at;
    *at++ = tag;
    return varint_write(at, (uint64_t)value);
}

#endif
