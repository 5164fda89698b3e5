/* arena.c - the memory of one request: allocate forward, give back all at once.
 * Owns:    one private mapping; [0, used) is handed out, [0, dirty) may be other than zero, the rest is untouched.
 * Why:     zeroing only below `dirty` makes a fresh page cost one fault and nothing more. Under AddressSanitizer what
 *          is not handed out is poisoned, so that a pointer kept past a reset is found.
 */
#include "base/arena.h"

#include "base/limits.h"
#include "base/must.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define arena_poison(at, bytes) ASAN_POISON_MEMORY_REGION(at, bytes)
#define arena_unpoison(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define arena_poison(at, bytes) ((void)(at), (void)(bytes))
#define arena_unpoison(at, bytes) ((void)(at), (void)(bytes))
#endif

#define ARENA_MAGIC 0x41524e41u
#define ARENA_ALIGN ((size_t)16)

static void *pb_alloc(void *ctx, size_t bytes);
static void pb_free(void *ctx, void *pointer);

bool arena_init(struct arena *arena, size_t bytes_max)
{
    must(bytes_max >= ARENA_ALIGN && bytes_max % ARENA_ALIGN == 0);
    void *base = mmap(NULL, bytes_max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return false;
    *arena = (struct arena){
        .magic = ARENA_MAGIC,
        .base = base,
        .bytes_max = bytes_max,
        .pb = {.alloc = pb_alloc, .free = pb_free, .allocator_data = arena},
    };
    arena_poison(arena->base, bytes_max);
    return true;
}

void arena_destroy(struct arena *arena)
{
    must(arena->magic == ARENA_MAGIC);
    arena_unpoison(arena->base, arena->bytes_max);
    must(munmap(arena->base, arena->bytes_max) == 0);
    *arena = (struct arena){0};
}

/* Memory that is not zeroed. */
static uint8_t *take(struct arena *arena, size_t bytes)
{
    must(arena->magic == ARENA_MAGIC);
    if (bytes > arena->bytes_max - arena->used_bytes) {
        arena->full = true;
        return NULL;
    }
    uint8_t *at = arena->base + arena->used_bytes;
    size_t rounded = (bytes + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    arena_unpoison(at, bytes);
    arena->used_bytes += rounded; /* bytes_max is a multiple of the alignment: this does not pass it */
    return at;
}

static void note_dirty(struct arena *arena)
{
    if (arena->dirty_bytes < arena->used_bytes) arena->dirty_bytes = arena->used_bytes;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    size_t start = arena->used_bytes;
    uint8_t *at = take(arena, bytes);
    if (at == NULL) return NULL;
    if (start < arena->dirty_bytes) {
        size_t dirty = arena->dirty_bytes - start;
        memset(at, 0, dirty < bytes ? dirty : bytes);
    }
    note_dirty(arena);
    return at;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    uint8_t *at = take(arena, bytes);
    if (at != NULL) note_dirty(arena);
    return at;
}

void *arena_array(struct arena *arena, size_t count, size_t element_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, element_bytes, &bytes)) {
        arena->full = true;
        return NULL;
    }
    return arena_alloc(arena, bytes);
}

void *arena_copy(struct arena *arena, const void *data, size_t bytes)
{
    uint8_t *at = take(arena, bytes);
    if (at == NULL) return NULL;
    if (bytes > 0) memcpy(at, data, bytes);
    note_dirty(arena);
    return at;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text) + 1);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    must(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    if (text != NULL) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void arena_reset(struct arena *arena)
{
    must(arena->magic == ARENA_MAGIC);
    arena_poison(arena->base, arena->used_bytes);
    arena->used_bytes = 0;
    arena->full = false;
    if (arena->dirty_bytes <= ARENA_KEEP_BYTES) return;
    must(madvise(arena->base + ARENA_KEEP_BYTES, arena->bytes_max - ARENA_KEEP_BYTES, MADV_DONTNEED) == 0);
    arena->dirty_bytes = ARENA_KEEP_BYTES;
}

size_t arena_mark(const struct arena *arena)
{
    must(arena->magic == ARENA_MAGIC);
    return arena->used_bytes;
}

void arena_release(struct arena *arena, size_t mark)
{
    must(arena->magic == ARENA_MAGIC && mark <= arena->used_bytes);
    arena_poison(arena->base + mark, arena->used_bytes - mark);
    arena->used_bytes = mark;
}

static void *pb_alloc(void *ctx, size_t bytes)
{
    struct arena *arena = ctx;
    uint8_t *at = take(arena, bytes);
    if (at != NULL) note_dirty(arena);
    return at;
}

static void pb_free(void *ctx, void *pointer)
{
    (void)ctx;
    (void)pointer;
}

ProtobufCAllocator *arena_pb(struct arena *arena)
{
    must(arena->magic == ARENA_MAGIC && arena->pb.allocator_data == arena);
    return &arena->pb;
}
