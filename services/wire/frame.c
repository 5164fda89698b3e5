/* frame.c - frames on a byte stream: 4 bytes of length, big-endian, then a packed Frame.
 * Owns:    ranges used from `head` to `tail`; what is behind `head` is won back when the range runs empty, or by moving
 *          the rest down once that is cheap for what it wins.
 * Why:     one range and one read or write per turn, no list of pieces: a connection's memory is known.
 */
#include "wire/frame.h"

#include "base/limits.h"
#include "base/must.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>

_Static_assert(WIRE_KEEP_BYTES % 65536 == 0, "whole pages are given back, of any page size");

bool frame_buffer_init(struct frame_buffer *buffer, size_t bytes_max)
{
    void *base = mmap(NULL, bytes_max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return false;
    *buffer = (struct frame_buffer){.base = base, .bytes_max = bytes_max};
    return true;
}

void frame_buffer_destroy(struct frame_buffer *buffer)
{
    if (buffer->base != NULL) must(munmap(buffer->base, buffer->bytes_max) == 0);
    *buffer = (struct frame_buffer){0};
}

void frame_buffer_clear(struct frame_buffer *buffer)
{
    buffer->head = buffer->tail = 0;
    frame_buffer_trim(buffer);
}

size_t frame_buffer_waiting(const struct frame_buffer *buffer)
{
    return buffer->tail - buffer->head;
}

void frame_buffer_trim(struct frame_buffer *buffer)
{
    if (buffer->head != buffer->tail) return;
    buffer->head = buffer->tail = 0;
    if (buffer->dirty_bytes <= WIRE_KEEP_BYTES) return;
    must(madvise(buffer->base + WIRE_KEEP_BYTES, buffer->bytes_max - WIRE_KEEP_BYTES, MADV_DONTNEED) == 0);
    buffer->dirty_bytes = WIRE_KEEP_BYTES;
}

/* Move what waits to the start. */
static void compact(struct frame_buffer *buffer)
{
    size_t waiting = frame_buffer_waiting(buffer);
    memmove(buffer->base, buffer->base + buffer->head, waiting);
    buffer->head = 0;
    buffer->tail = waiting;
}

static void grew(struct frame_buffer *buffer, size_t bytes)
{
    buffer->tail += bytes;
    must(buffer->tail <= buffer->bytes_max);
    if (buffer->dirty_bytes < buffer->tail) buffer->dirty_bytes = buffer->tail;
}

/* Input */

/* Worth moving: a whole read is won, or the frame at the head can not be completed otherwise. */
static bool should_compact(const struct frame_buffer *in)
{
    const uint8_t *bytes;
    size_t bytes_count;
    if (in->head == 0 || in->bytes_max - in->tail >= WIRE_READ_BYTES) return false;
    return in->head >= WIRE_READ_BYTES || frame_peek(in, &bytes, &bytes_count) == ERR_NOT_FOUND;
}

bool frame_has_room(const struct frame_buffer *in)
{
    return in->tail < in->bytes_max || in->head == in->tail || should_compact(in);
}

enum err frame_read(struct frame_buffer *in, int fd, bool *more)
{
    *more = false;
    frame_buffer_trim(in);
    if (should_compact(in)) compact(in);
    size_t room = in->bytes_max - in->tail;
    if (room == 0) return ERR_BUSY;
    if (room > WIRE_READ_BYTES) room = WIRE_READ_BYTES;
    ssize_t count = recv(fd, in->base + in->tail, room, MSG_DONTWAIT);
    if (count == 0) return ERR_CLOSED;
    if (count < 0) return errno == EAGAIN || errno == EINTR ? ERR_OK : ERR_CLOSED;
    grew(in, (size_t)count);
    *more = (size_t)count == room;
    return ERR_OK;
}

enum err frame_peek(const struct frame_buffer *in, const uint8_t **bytes, size_t *bytes_count)
{
    if (frame_buffer_waiting(in) < FRAME_HEADER_BYTES) return ERR_NOT_FOUND;
    const uint8_t *at = in->base + in->head;
    size_t length = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | (size_t)at[3];
    if (length == 0) return ERR_MALFORMED;
    if (length > FRAME_BYTES_MAX) return ERR_TOO_BIG;
    if (frame_buffer_waiting(in) < FRAME_HEADER_BYTES + length) return ERR_NOT_FOUND;
    *bytes = at + FRAME_HEADER_BYTES;
    *bytes_count = length;
    return ERR_OK;
}

enum err frame_next(struct frame_buffer *in, const uint8_t **bytes, size_t *bytes_count)
{
    enum err err = frame_peek(in, bytes, bytes_count);
    if (err == ERR_OK) in->head += FRAME_HEADER_BYTES + *bytes_count;
    return err;
}

enum err frame_unpack(struct arena *arena, const uint8_t *bytes, size_t bytes_count, const Rasad__V1__Frame **frame)
{
    const Rasad__V1__Frame *found = rasad__v1__frame__unpack(arena_pb(arena), bytes_count, bytes);
    if (found == NULL) return arena->full ? ERR_MEMORY : ERR_MALFORMED;
    if (found->kind_case == RASAD__V1__FRAME__KIND__NOT_SET) return ERR_MALFORMED;
    *frame = found;
    return ERR_OK;
}

/* Output */

enum err frame_append(struct frame_buffer *out, const Rasad__V1__Frame *frame)
{
    size_t length = rasad__v1__frame__get_packed_size(frame);
    if (length > FRAME_BYTES_MAX) return ERR_TOO_BIG;
    size_t total = FRAME_HEADER_BYTES + length;
    frame_buffer_trim(out);
    if (total > out->bytes_max - frame_buffer_waiting(out)) return ERR_BUSY;
    if (total > out->bytes_max - out->tail) compact(out);
    uint8_t *at = out->base + out->tail;
    at[0] = (uint8_t)(length >> 24);
    at[1] = (uint8_t)(length >> 16);
    at[2] = (uint8_t)(length >> 8);
    at[3] = (uint8_t)length;
    must(rasad__v1__frame__pack(frame, at + FRAME_HEADER_BYTES) == length);
    grew(out, total);
    return ERR_OK;
}

enum err frame_flush(struct frame_buffer *out, int fd)
{
    while (frame_buffer_waiting(out) > 0) {
        ssize_t count = send(fd, out->base + out->head, frame_buffer_waiting(out), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) return ERR_CLOSED;
        if (count < 0) break;
        out->head += (size_t)count;
    }
    frame_buffer_trim(out);
    /* Moves no more than was written since: a peer that reads slowly does not make us touch the whole range. */
    if (out->head >= WIRE_READ_BYTES && out->head >= frame_buffer_waiting(out)) compact(out);
    return ERR_OK;
}

ProtobufCBinaryData frame_bytes(const void *data, size_t bytes)
{
    return (ProtobufCBinaryData){.len = bytes, .data = (uint8_t *)(uintptr_t)data};
}

char *frame_text(const char *text)
{
    return (char *)(uintptr_t)text;
}
