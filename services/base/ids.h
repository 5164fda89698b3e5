/* ids.h - UUIDs, tokens, hex.
 * Bounds:  a UUID is 16 bytes and 36 characters; a token is 32 random bytes.
 * Why:     request ids come from phones: strict in shape, any version, never nil.
 */
#ifndef RASAD_BASE_IDS_H
#define RASAD_BASE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_BYTES 16
#define UUID_TEXT_BYTES 37 /* with its NUL */
#define TOKEN_BYTES 32

/* Strict 8-4-4-4-12 hex digits of either case, any version, not nil. */
bool uuid_parse(const char *text, uint8_t uuid[UUID_BYTES]);

/* Lower case. */
void uuid_format(const uint8_t uuid[UUID_BYTES], char out[UUID_TEXT_BYTES]);

/* A random UUID, version 4. */
void uuid_random(uint8_t uuid[UUID_BYTES]);

/* Mark 16 bytes of a hash as a UUID of version 8, RFC 9562 variant. */
void uuid_mark_v8(uint8_t uuid[UUID_BYTES]);
bool uuid_is_v8(const uint8_t uuid[UUID_BYTES]);

/* Random bytes from the system. */
void random_bytes(void *out, size_t bytes);

/* A new secret token. */
void token_random(uint8_t token[TOKEN_BYTES]);

/* Equal? In constant time. */
bool bytes_equal(const void *a, const void *b, size_t bytes);

/* Lower-case hex of data; out holds 2 * bytes + 1. */
void hex_format(const void *data, size_t bytes, char *out);

/* Exactly `bytes` bytes from 2 * bytes hex digits of either case and nothing else. */
bool hex_parse(const char *text, void *out, size_t bytes);

#endif
