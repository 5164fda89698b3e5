/* arena.h - the memory of one request: allocate forward, give back all at once.
 * Flow:    arena_init at start; per request: allocate, arena_reset. Nothing is freed singly.
 * Owns:    one reserved range of virtual memory; pages come with first use, reset gives back those above
 *          ARENA_KEEP_BYTES.
 * Bounds:  bytes_max given at init (usually ARENA_BYTES_MAX).
 * Fails:   an allocation that does not fit returns NULL and sets `full`, sticky until reset: check it once, before
 *          the reply. A failed unpack with `full` set is ERR_MEMORY, without it ERR_MALFORMED.
 */
#ifndef RASAD_BASE_ARENA_H
#define RASAD_BASE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
    uint32_t magic;
    bool full;           /* an allocation did not fit since the last reset */
    uint8_t *base;
    size_t used_bytes;
    size_t dirty_bytes;  /* bytes below this may be other than zero */
    size_t bytes_max;
    ProtobufCAllocator pb;
};

/* Reserve bytes_max of virtual memory; false when the system has none. */
bool arena_init(struct arena *arena, size_t bytes_max);

/* Give the range back to the system; the arena must be initialised again before use. */
void arena_destroy(struct arena *arena);

/* Zeroed memory, aligned to 16 bytes; NULL and `full` when it does not fit. Zero bytes give a valid pointer. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* Zeroed array of count elements of element_bytes each; the product can not overflow unnoticed. */
void *arena_array(struct arena *arena, size_t count, size_t element_bytes);

/* The same, not zeroed: for what is written at once. */
void *arena_take(struct arena *arena, size_t bytes);

/* A copy of bytes; NULL when it does not fit. */
void *arena_copy(struct arena *arena, const void *data, size_t bytes);

/* A copy of a string; NULL when it does not fit. */
char *arena_strdup(struct arena *arena, const char *text);

/* A formatted string; NULL when it does not fit. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forget everything, clear `full`, give back pages above ARENA_KEEP_BYTES. */
void arena_reset(struct arena *arena);

/* The present level; arena_release goes back to it and forgets what was allocated since. `full` stays. */
size_t arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, size_t mark);

/* The arena as protobuf-c's allocator, for unpack; its free does nothing. Valid as long as the arena stays in place. */
ProtobufCAllocator *arena_pb(struct arena *arena);

#endif
