/* jsonpb.h - JSON to protobuf-c messages and back, from the descriptors alone.
 * Flow:    text -> json_scan (strict grammar) -> cJSON tree -> message; message -> struct json_out, no tree.
 * Owns:    nothing; what it returns lies in the caller's allocator (an arena, or NULL for malloc).
 * Bounds:  JSON_DEPTH_MAX, JSON_NUMBER_BYTES_MAX, struct json_out.bytes_max; memory by the allocator.
 * Fails:   struct json_error: the path of the field, what was found, what is needed. Never a half-read message.
 * Why:     cJSON alone takes bad numbers, bad UTF-8, double keys and trailing bytes, and protobuf-c takes unknown
 *          enum numbers and NUL in strings. Here canonical proto3 JSON is read strictly and written exactly; an
 *          integer never passes through a double.
 * Types:   all but float, double and maps, which no message of ours has.
 */
#ifndef RASAD_JSON_JSONPB_H
#define RASAD_JSON_JSONPB_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

enum json_fault {
    JSON_FINE,
    JSON_BAD_FORMAT,   /* not JSON, or of the wrong type or form */
    JSON_OUT_OF_RANGE, /* a number, length or depth past its bound */
    JSON_TWICE,        /* the same field, or two members of one oneof */
    JSON_UNKNOWN,      /* no such field, no such enum value */
    JSON_NO_MEMORY,    /* the allocator is used up */
};

struct json_error {
    enum json_fault fault;
    char path[JSON_PATH_BYTES_MAX]; /* "lines[3].good"; "" is the message itself */
    char found[JSON_FOUND_BYTES_MAX];
    char needed[JSON_NEEDED_BYTES_MAX];
};

/* Reads one JSON object of exactly `bytes` bytes as a message of this type; NULL with *error filled.
 * The caller frees it with protobuf_c_message_free_unpacked and the same allocator, or resets its arena. */
ProtobufCMessage *json_decode(const ProtobufCMessageDescriptor *type, const char *text, size_t bytes,
                              ProtobufCAllocator *memory, struct json_error *error);

/* Checks the grammar alone: exactly one JSON value in valid UTF-8, no NUL, no trailing bytes, bounded depth. */
bool json_scan(const char *text, size_t bytes, struct json_error *error);

/* What protobuf_c_message_unpack lets pass: invalid UTF-8, unknown enum numbers, unknown fields. A NUL in a string
 * can not be seen any more after unpacking: pb_check_wire sees it. */
bool pb_check(const ProtobufCMessage *message, struct json_error *error);

/* The same on packed bytes, before they are unpacked; also NUL in strings, a field given twice, two members of a
 * oneof, wrong wire types, integers past their type, and nesting past JSON_DEPTH_MAX. After it unpack can only fail
 * for want of memory. */
bool pb_check_wire(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t size,
                   struct json_error *error);

/* A text that grows to a bound. Past it, or on a message that has no JSON form, `failed` sticks and the text is cut;
 * check it once at the end. */
struct json_out {
    char *text; /* no terminating NUL */
    size_t bytes, room, bytes_max;
    ProtobufCAllocator *memory;
    bool failed;
    bool full;  /* failed for want of room */
};

void json_out_init(struct json_out *out, size_t bytes_max, ProtobufCAllocator *memory);
void json_out_free(struct json_out *out);

void json_put(struct json_out *out, const char *text);          /* as it stands: braces, commas, finished JSON */
void json_put_bytes(struct json_out *out, const char *text, size_t bytes);
void json_put_string(struct json_out *out, const char *text);   /* quoted and escaped */
void json_put_int(struct json_out *out, int64_t value);         /* bare digits */
void json_put_message(struct json_out *out, const ProtobufCMessage *message); /* canonical proto3 JSON */

#endif
