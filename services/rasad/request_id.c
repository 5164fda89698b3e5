/* request_id.c - request ids that come out the same each time; see request_id.h. */
#include "rasad/request_id.h"

void request_id_derive(const uint8_t seed[HASH_BYTES], uint64_t number, char text[UUID_TEXT_BYTES])
{
    uint8_t big_endian[8], hash[HASH_BYTES];
    for (int i = 0; i < 8; i++) big_endian[i] = (uint8_t)(number >> (56 - 8 * i));
    const struct hash_part parts[] = {{seed, HASH_BYTES}, {big_endian, sizeof big_endian}};
    hash_parts(parts, 2, hash);
    uuid_mark_v8(hash);
    uuid_format(hash, text);
}
