/* inside.h - what the files of this room share; nobody else includes it. */
#ifndef RASAD_JSON_INSIDE_H
#define RASAD_JSON_INSIDE_H

#include "base/must.h"
#include "json/jsonpb.h"

/* Fills *error for the value at hand and returns false; `found` is cut, and made printable. */
bool json_refuse(struct json_error *error, enum json_fault fault, const char *found, size_t found_bytes,
                 const char *needed);

/* Called by each level on its way out of a refusal: puts the step before the path. Fields appear by their JSON
 * name, keys as they stand. */
bool json_refused_in_field(struct json_error *error, const char *field_name);
bool json_refused_in_key(struct json_error *error, const char *key, size_t key_bytes);
bool json_refused_in_list(struct json_error *error, size_t index);

/* Length of the UTF-8 character at `at`, 0 if it is invalid (overlong, surrogate, past U+10FFFF, cut off). */
size_t json_utf8_bytes(const unsigned char *at, const unsigned char *end);

/* The JSON name of a field: underscores go, the letter after one is raised. Returns the next character and moves
 * *name on; '\0' at the end. */
char json_name_next(const char **name);

/* One field of a message may come once, and of a oneof one member. */
struct json_seen {
    uint64_t fields[JSON_FIELDS_MAX / 64];
};
bool json_seen_before(struct json_seen *seen, const ProtobufCMessageDescriptor *type,
                      const ProtobufCFieldDescriptor *field);
const ProtobufCFieldDescriptor *json_oneof_other(const struct json_seen *seen, const ProtobufCMessageDescriptor *type,
                                                 const ProtobufCFieldDescriptor *field);

/* Bytes of one value of this type in the message's struct or in its list. */
size_t json_value_bytes(ProtobufCType type);

/* Whether JSON shows the field: set, chosen in its oneof, or not the default. */
bool json_is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

#endif
