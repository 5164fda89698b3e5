/* message.h - messages by the names of their fields, for the command line, which knows methods as data.
 * Rule:    a field that is not there, or of another type, is a bug (must); names from files are asked for with
 *          message_has first.
 */
#ifndef RASAD_RASAD_MESSAGE_H
#define RASAD_RASAD_MESSAGE_H

#include "base/arena.h"
#include "json/jsonpb.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

enum message_type { MESSAGE_TEXT, MESSAGE_NUMBER };

/* A new message in the arena, as init leaves it. */
ProtobufCMessage *message_new(struct arena *arena, const ProtobufCMessageDescriptor *type);

/* json_decode into the arena; cJSON's global hooks are the usual ones after it, so that trees of our own can live
 * beside it. */
ProtobufCMessage *message_decode(struct arena *arena, const ProtobufCMessageDescriptor *type, const char *text,
                                 size_t bytes, struct json_error *error);

/* Has the type a single field of this name, a string or an integer? */
bool message_has(const ProtobufCMessageDescriptor *type, const char *field, enum message_type wanted);

/* The text must live as long as the message. */
void message_set_text(ProtobufCMessage *message, const char *field, char *text);
const char *message_text(const ProtobufCMessage *message, const char *field);

/* int32 or int64; the value must fit. */
void message_set_number(ProtobufCMessage *message, const char *field, int64_t value);
int64_t message_number(const ProtobufCMessage *message, const char *field);

/* The repeated field "lines": its messages' type; NULL when there is none. */
const ProtobufCMessageDescriptor *message_lines_type(const ProtobufCMessageDescriptor *type);
void message_set_lines(ProtobufCMessage *message, ProtobufCMessage **lines, size_t count);
size_t message_lines(const ProtobufCMessage *message, ProtobufCMessage ***lines);

#endif
