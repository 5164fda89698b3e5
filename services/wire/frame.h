/* frame.h - frames on a byte stream: 4 bytes of length, big-endian, then a packed Frame.
 * Flow:    frame_read -> frame_next -> frame_unpack; frame_append -> frame_flush.
 * Owns:    two reserved ranges for each connection, virtual until used; a range that ran empty keeps WIRE_KEEP_BYTES.
 * Bounds:  FRAME_BYTES_MAX per frame, WIRE_IN_BYTES_MAX of input, WIRE_OUT_BYTES_MAX of output.
 * Rule:    messages are begun with their __init function; the __INIT macros cast const away and clang refuses them.
 * Fails:   ERR_CLOSED (the peer is gone), ERR_TOO_BIG and ERR_MALFORMED (close it), ERR_BUSY (output is full).
 */
#ifndef RASAD_WIRE_FRAME_H
#define RASAD_WIRE_FRAME_H

#include "base/arena.h"
#include "base/err.h"
#include "wire.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 4

/* Bytes between `head` and `tail` are waiting; nothing moves while a caller looks at a frame. */
struct frame_buffer {
    uint8_t *base;
    size_t head;
    size_t tail;
    size_t dirty_bytes; /* touched since pages were last given back */
    size_t bytes_max;
};

/* Reserve the range; false when the system has none. */
bool frame_buffer_init(struct frame_buffer *buffer, size_t bytes_max);
void frame_buffer_destroy(struct frame_buffer *buffer);

/* Forget what waits. */
void frame_buffer_clear(struct frame_buffer *buffer);

/* Bytes waiting in it. */
size_t frame_buffer_waiting(const struct frame_buffer *buffer);

/* When nothing waits, give back what it holds above WIRE_KEEP_BYTES. Ends the life of frames looked at. */
void frame_buffer_trim(struct frame_buffer *buffer);

/* Would frame_read have room? */
bool frame_has_room(const struct frame_buffer *in);

/* Read once, at most WIRE_READ_BYTES. *more: reading again now might give more. ERR_BUSY when there is no room: take
 * frames first. ERR_CLOSED at the end of the stream. */
enum err frame_read(struct frame_buffer *in, int fd, bool *more);

/* Is a whole frame waiting? ERR_OK: its bytes without the length. ERR_NOT_FOUND: not yet. ERR_TOO_BIG, ERR_MALFORMED
 * (a frame of no bytes): the stream is lost. */
enum err frame_peek(const struct frame_buffer *in, const uint8_t **bytes, size_t *bytes_count);

/* Like frame_peek, and takes it out. The bytes stay valid until the next frame_read. */
enum err frame_next(struct frame_buffer *in, const uint8_t **bytes, size_t *bytes_count);

/* Unpack into the arena. ERR_MEMORY when the arena is full, ERR_MALFORMED when it is no Frame of a known kind. */
enum err frame_unpack(struct arena *arena, const uint8_t *bytes, size_t bytes_count, const Rasad__V1__Frame **frame);

/* Pack to the end of the output. ERR_TOO_BIG past FRAME_BYTES_MAX, ERR_BUSY when it does not fit now. */
enum err frame_append(struct frame_buffer *out, const Rasad__V1__Frame *frame);

/* Constant data as protobuf-c's types want it, for packing only: nothing writes to it. */
ProtobufCBinaryData frame_bytes(const void *data, size_t bytes);
char *frame_text(const char *text);

/* Write what the socket takes. ERR_OK also when some is left. ERR_CLOSED when the peer is gone. */
enum err frame_flush(struct frame_buffer *out, int fd);

#endif
