/* hash.c - BLAKE2b-256, unkeyed, from libsodium. */
#include "base/hash.h"

#include "base/must.h"

#define HASHER_MAGIC 0x48415348u

_Static_assert(HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256 is libsodium's default");

void hasher_begin(struct hasher *hasher)
{
    must(sodium_init() >= 0);
    must(crypto_generichash_init(&hasher->state, NULL, 0, HASH_BYTES) == 0);
    hasher->magic = HASHER_MAGIC;
}

void hasher_add(struct hasher *hasher, const void *data, size_t bytes)
{
    must(hasher->magic == HASHER_MAGIC);
    if (bytes == 0) return;
    must(crypto_generichash_update(&hasher->state, data, bytes) == 0);
}

void hasher_end(struct hasher *hasher, uint8_t out[HASH_BYTES])
{
    must(hasher->magic == HASHER_MAGIC);
    must(crypto_generichash_final(&hasher->state, out, HASH_BYTES) == 0);
    hasher->magic = 0;
}

void hash_parts(const struct hash_part *parts, size_t part_count, uint8_t out[HASH_BYTES])
{
    struct hasher hasher;
    hasher_begin(&hasher);
    for (size_t i = 0; i < part_count; i++) hasher_add(&hasher, parts[i].data, parts[i].bytes);
    hasher_end(&hasher, out);
}

void hash_bytes(const void *data, size_t bytes, uint8_t out[HASH_BYTES])
{
    hash_parts(&(struct hash_part){.data = data, .bytes = bytes}, 1, out);
}
