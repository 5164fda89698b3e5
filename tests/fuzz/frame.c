/* frame.c - frames as they come over a Unix socket, in pieces of any size.
 * Input:   a byte for the size of the pieces, then the stream.
 * Holds:   the same frames come out however the stream was cut; what is unpacked packs into a frame again.
 */
#include "base/hash.h"
#include "fuzz.h"
#include "wire/frame.h"

#include <sys/socket.h>

static struct arena arena;
static struct frame_buffer in_buffer, out_buffer;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    holds(arena_init(&arena, ARENA_BYTES_MAX));
    holds(frame_buffer_init(&in_buffer, WIRE_IN_BYTES_MAX) && frame_buffer_init(&out_buffer, WIRE_OUT_BYTES_MAX));
    return 0;
}

static void look_at(const uint8_t *bytes, size_t count, struct hasher *hasher)
{
    const Rasad__V1__Frame *frame = NULL;
    hasher_add(hasher, bytes, count);
    arena_reset(&arena);
    if (frame_unpack(&arena, bytes, count, &frame) != ERR_OK) return;
    holds(frame != NULL);
    const uint8_t *again;
    size_t again_count;
    frame_buffer_clear(&out_buffer);
    enum err err = frame_append(&out_buffer, frame); /* packed anew it may be a little longer: then it is too big */
    holds(err == ERR_OK || err == ERR_TOO_BIG);
    if (err == ERR_OK) holds(frame_next(&out_buffer, &again, &again_count) == ERR_OK && frame_buffer_waiting(&out_buffer) == 0);
}

/* Reads the stream in pieces; the hash of all frames that came out. */
static void read_in_pieces(const uint8_t *data, size_t bytes, size_t piece, uint8_t hash[HASH_BYTES])
{
    int ends[2];
    struct hasher hasher;
    const uint8_t *frame;
    size_t frame_bytes;
    enum err err = ERR_NOT_FOUND;
    hasher_begin(&hasher);
    holds(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    frame_buffer_clear(&in_buffer);
    for (size_t at = 0; err == ERR_NOT_FOUND && at < bytes; at += piece) {
        size_t n = bytes - at < piece ? bytes - at : piece;
        bool more = true;
        holds(write(ends[0], data + at, n) == (ssize_t)n);
        while (more && (err = frame_read(&in_buffer, ends[1], &more)) == ERR_OK) {
            while ((err = frame_next(&in_buffer, &frame, &frame_bytes)) == ERR_OK) look_at(frame, frame_bytes, &hasher);
            if (err != ERR_NOT_FOUND) break;
        }
        if (err == ERR_OK || err == ERR_BUSY) err = ERR_NOT_FOUND;
    }
    holds(err == ERR_NOT_FOUND || err == ERR_TOO_BIG || err == ERR_MALFORMED);
    hasher_add(&hasher, &err, sizeof err);
    hasher_end(&hasher, hash);
    close(ends[0]);
    close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    uint8_t whole[HASH_BYTES], cut[HASH_BYTES];
    if (bytes < 2) return 0;
    read_in_pieces(data + 1, bytes - 1, bytes, whole);
    read_in_pieces(data + 1, bytes - 1, data[0] % 61 + 1U, cut);
    holds(memcmp(whole, cut, HASH_BYTES) == 0);
    return 0;
}
