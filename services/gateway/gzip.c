/* gzip.c - zlib behind two calls, with the arena as its memory.
 * Bounds:  what comes out, not what goes in: 1 KiB can unpack to 1 MiB.
 */
#include "gateway/gzip.h"

#include "base/must.h"

#define ZLIB_CONST
#include <zlib.h>

enum { WINDOW_GZIP = 15 + 16, LEVEL = 5, MEMORY_LEVEL = 8 };

static voidpf take(voidpf arena, uInt items, uInt size)
{
    return arena_array(arena, items, size);
}

static void give(voidpf arena, voidpf address)
{
    (void)arena;
    (void)address;
}

enum err gzip_unpack(struct arena *arena, const void *in, size_t in_bytes, size_t bytes_max, void **out,
                     size_t *out_bytes)
{
    must(in_bytes <= UINT32_MAX && bytes_max < UINT32_MAX);
    uint8_t *room = arena_alloc(arena, bytes_max + 1);
    z_stream z = {.zalloc = take, .zfree = give, .opaque = arena};
    if (room == NULL || inflateInit2(&z, WINDOW_GZIP) != Z_OK) {
        return ERR_MEMORY;
    }
    z.next_in = in;
    z.avail_in = (uInt)in_bytes;
    z.next_out = room;
    z.avail_out = (uInt)(bytes_max + 1);
    int code = inflate(&z, Z_FINISH);
    size_t got = bytes_max + 1 - z.avail_out;
    size_t left = z.avail_in;
    inflateEnd(&z);
    if (got > bytes_max) {
        return ERR_TOO_BIG;
    }
    if (code == Z_MEM_ERROR) {
        return ERR_MEMORY;
    }
    if (code != Z_STREAM_END || left > 0) {
        return ERR_MALFORMED;
    }
    *out = room;
    *out_bytes = got;
    return ERR_OK;
}

bool gzip_pack(struct arena *arena, const void *in, size_t in_bytes, void **out, size_t *out_bytes)
{
    must(in_bytes <= UINT32_MAX);
    uint8_t *room = arena_alloc(arena, in_bytes);
    z_stream z = {.zalloc = take, .zfree = give, .opaque = arena};
    if (room == NULL || deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    z.next_in = in;
    z.avail_in = (uInt)in_bytes;
    z.next_out = room;
    z.avail_out = (uInt)in_bytes;
    bool smaller = deflate(&z, Z_FINISH) == Z_STREAM_END;
    size_t got = in_bytes - z.avail_out;
    deflateEnd(&z);
    if (smaller) {
        *out = room;
        *out_bytes = got;
    }
    return smaller;
}
