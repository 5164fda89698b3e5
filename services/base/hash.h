/* hash.h - BLAKE2b-256, unkeyed: the journal's chain, commitments, request and token hashes.
 * Use:     hash_parts for a few ranges at once, struct hasher for a stream.
 */
#ifndef RASAD_BASE_HASH_H
#define RASAD_BASE_HASH_H

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32

struct hash_part {
    const void *data; /* may be NULL when bytes is 0 */
    size_t bytes;
};

struct hasher {
    uint32_t magic;
    crypto_generichash_state state;
};

/* Hash of the parts as if they stood one after another. No lengths are added: all parts but the
 * last need fixed lengths. */
void hash_parts(const struct hash_part *parts, size_t part_count, uint8_t out[HASH_BYTES]);

/* Hash of one range. */
void hash_bytes(const void *data, size_t bytes, uint8_t out[HASH_BYTES]);

/* The same in pieces: begin, add any number of times, end once. */
void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, const void *data, size_t bytes);
void hasher_end(struct hasher *hasher, uint8_t out[HASH_BYTES]);

#endif
