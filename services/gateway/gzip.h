/* gzip.h - bounded gzip, in an arena. */
#ifndef RASAD_GATEWAY_GZIP_H
#define RASAD_GATEWAY_GZIP_H

#include "base/arena.h"
#include "base/err.h"

/* Unpacks exactly one gzip member. ERR_TOO_BIG past bytes_max, however small the input; ERR_MALFORMED, also for what
 * follows it; ERR_MEMORY. */
enum err gzip_unpack(struct arena *arena, const void *in, size_t in_bytes, size_t bytes_max, void **out,
                     size_t *out_bytes);

/* Packs; false when it did not become smaller or the arena is full. */
bool gzip_pack(struct arena *arena, const void *in, size_t in_bytes, void **out, size_t *out_bytes);

#endif
