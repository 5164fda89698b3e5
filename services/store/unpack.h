/* unpack.h - messages of protobuf as its own writers write them, read in one walk.
 * Flow:    message_read; where it returns NULL, protobuf-c says what the bytes are: message_unpack is both.
 * Reads:   fields in ascending order, each of them known, once (a list's values side by side) and of the type it should be;
 *          all that we ever wrote is so. The message is the one protobuf-c would give.
 * Why:     protobuf-c walks every message twice and keeps what it found in between: that was a quarter of a replay.
 */
#ifndef RASAD_STORE_UNPACK_H
#define RASAD_STORE_UNPACK_H

#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* May `field` of a message of this type have the value at `at`? Not asked of messages, nor of what is left out. */
typedef bool value_check(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field, const void *at);

/* In the arena. NULL: other bytes, a list longer than list_max, a value that `check` (NULL: none) does not like, no room. */
void *message_read(struct arena *arena, const ProtobufCMessageDescriptor *type, const void *data, size_t bytes, size_t list_max,
                   value_check *check);

/* A message of any bytes that are one, in the arena. NULL: they are none, or no room, and then the arena is `full`. */
void *message_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type, const void *data, size_t bytes);

/* What one value takes in a list; 0: of a type that is not read here. */
size_t value_bytes(ProtobufCType type);

#endif
