/* check.c - what protobuf-c lets pass, checked after unpacking and, better, before.
 * Flow:    pb_check_wire on bytes as received -> protobuf_c_message_unpack; or pb_check on a message in hand.
 * Owns:    nothing, allocates nothing.
 * Bounds:  JSON_DEPTH_MAX, so that unpack, which recurses without limit, can not be driven off its stack.
 * Fails:   with the path of the field, as the JSON codec does.
 */
#include "base/text.h"
#include "json/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool refuse_text(struct json_error *error, const char *text, size_t bytes)
{
    return json_refuse(error, JSON_BAD_FORMAT, text, bytes, "valid UTF-8 without the character NUL");
}

static bool refuse_number(struct json_error *error, enum json_fault fault, int64_t number, const char *needed)
{
    char found[24];
    int bytes = snprintf(found, sizeof found, "%" PRId64, number);
    return json_refuse(error, fault, found, (size_t)bytes, needed);
}

static bool refuse_words(struct json_error *error, enum json_fault fault, const char *found, const char *needed)
{
    return json_refuse(error, fault, found, strlen(found), needed);
}

static bool check_enum(const ProtobufCEnumDescriptor *type, int value, struct json_error *error)
{
    char needed[JSON_NEEDED_BYTES_MAX];
    snprintf(needed, sizeof needed, "a value of %s", type->short_name);
    return protobuf_c_enum_descriptor_get_value(type, value) != NULL ||
           refuse_number(error, JSON_UNKNOWN, value, needed);
}

/* ---- a message in hand ---- */

static bool check_value(const ProtobufCFieldDescriptor *field, const void *slot, struct json_error *error)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)slot;
        return text == NULL || utf8_ok(text, strlen(text)) || refuse_text(error, text, strlen(text));
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        return check_enum(field->descriptor, *(const int *)slot, error);
    }
    return field->type != PROTOBUF_C_TYPE_MESSAGE || pb_check(*(ProtobufCMessage *const *)slot, error);
}

static bool check_list(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message,
                       struct json_error *error)
{
    size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
    const char *list = *(const char *const *)(const void *)((const char *)message + field->offset);
    for (size_t i = 0; i < count; i++) {
        if (!check_value(field, list + i * json_value_bytes(field->type), error)) {
            return json_refused_in_list(error, i);
        }
    }
    return true;
}

bool pb_check(const ProtobufCMessage *message, struct json_error *error)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    must(type->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    if (message->n_unknown_fields > 0) {
        char needed[JSON_NEEDED_BYTES_MAX];
        snprintf(needed, sizeof needed, "a field number of %s", type->short_name);
        return refuse_number(error, JSON_UNKNOWN, message->unknown_fields[0].tag, needed);
    }
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (!json_is_present(message, field)) {
            continue;
        }
        bool good = field->label == PROTOBUF_C_LABEL_REPEATED
                        ? check_list(field, message, error)
                        : check_value(field, (const char *)message + field->offset, error);
        if (!good) {
            return json_refused_in_field(error, field->name);
        }
    }
    return true;
}

/* ---- bytes as received ---- */

enum { WIRE_VARINT = 0, WIRE_64BIT = 1, WIRE_BYTES = 2, WIRE_32BIT = 5, TAG_MAX = (1 << 29) - 1 };
enum { VALUE_BITS = 64, LENGTH_BITS = 32 }; /* unpack reads tags and lengths of at most five bytes */

struct wire {
    const uint8_t *at, *end;
};

struct element {
    const ProtobufCFieldDescriptor *field;
    uint32_t wire_type;
    uint64_t number;   /* WIRE_VARINT */
    struct wire bytes; /* all others */
};

static bool check_bytes(const ProtobufCMessageDescriptor *type, struct wire wire, unsigned depth,
                        struct json_error *error);

static bool take_varint(struct wire *w, unsigned bits, uint64_t *value)
{
    uint64_t got = 0;
    for (unsigned shift = 0; w->at < w->end && shift < bits; shift += 7) {
        uint8_t byte = *w->at++;
        if (shift == 63 && byte > 1) {
            return false;
        }
        got |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = got;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct wire *w, uint64_t size, struct wire *bytes)
{
    if (size > (uint64_t)(w->end - w->at)) {
        return false;
    }
    *bytes = (struct wire){.at = w->at, .end = w->at + size};
    w->at += size;
    return true;
}

static bool take_payload(struct wire *w, struct element *e)
{
    uint64_t size = 0;
    switch (e->wire_type) {
    case WIRE_VARINT:
        return take_varint(w, VALUE_BITS, &e->number);
    case WIRE_64BIT:
        return take_bytes(w, 8, &e->bytes);
    case WIRE_32BIT:
        return take_bytes(w, 4, &e->bytes);
    case WIRE_BYTES:
        return take_varint(w, LENGTH_BITS, &size) && take_bytes(w, size, &e->bytes);
    default:
        return false;
    }
}

/* One tag and what follows it. e->field is NULL for a number the type does not have. */
static bool take_element(struct wire *w, const ProtobufCMessageDescriptor *type, struct element *e, uint64_t *tag)
{
    uint64_t key = 0;
    if (!take_varint(w, LENGTH_BITS, &key) || key >> 3 == 0 || key >> 3 > TAG_MAX) {
        return false;
    }
    *tag = key >> 3;
    *e = (struct element){.wire_type = (uint32_t)(key & 7)};
    e->field = protobuf_c_message_descriptor_get_field(type, (unsigned)*tag);
    return take_payload(w, e);
}

static uint32_t wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32BIT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
    default:
        return WIRE_VARINT;
    }
}

static bool check_varint(const ProtobufCFieldDescriptor *field, uint64_t number, struct json_error *error)
{
    int64_t value = (int64_t)number;
    bool fits = true;
    if (field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_ENUM) {
        fits = value >= INT32_MIN && value <= INT32_MAX;
    } else if (field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_SINT32) {
        fits = number <= UINT32_MAX;
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        fits = number <= 1;
    }
    if (!fits) {
        return refuse_number(error, JSON_OUT_OF_RANGE, value, "a number within the field's type");
    }
    return field->type != PROTOBUF_C_TYPE_ENUM || check_enum(field->descriptor, (int)value, error);
}

static bool check_packed(const struct element *e, struct json_error *error)
{
    struct wire w = e->bytes;
    uint32_t wire_type = wire_type_of(e->field->type);
    while (w.at < w.end) {
        struct element one = {.field = e->field, .wire_type = wire_type};
        if (!take_payload(&w, &one)) {
            return refuse_words(error, JSON_BAD_FORMAT, "bytes cut off", "whole numbers in a packed list");
        }
        if (wire_type == WIRE_VARINT && !check_varint(e->field, one.number, error)) {
            return false;
        }
    }
    return true;
}

static bool check_element(const struct element *e, unsigned depth, struct json_error *error)
{
    const ProtobufCFieldDescriptor *field = e->field;
    uint32_t expected = wire_type_of(field->type);
    bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (list && e->wire_type == WIRE_BYTES && expected != WIRE_BYTES) {
        return check_packed(e, error);
    }
    if (e->wire_type != expected) {
        return refuse_words(error, JSON_BAD_FORMAT, "another wire type", "the wire type of the field");
    }
    if (expected == WIRE_VARINT) {
        return check_varint(field, e->number, error);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        size_t bytes = (size_t)(e->bytes.end - e->bytes.at);
        const char *text = (const char *)e->bytes.at;
        return bytes == 0 || utf8_ok(text, bytes) || refuse_text(error, text, bytes);
    }
    return field->type != PROTOBUF_C_TYPE_MESSAGE || check_bytes(field->descriptor, e->bytes, depth + 1, error);
}

/* How many elements of this field lie before `at`; walked again only for a refusal's path. */
static size_t index_of(const ProtobufCMessageDescriptor *type, struct wire wire, const uint8_t *at,
                       const ProtobufCFieldDescriptor *field)
{
    size_t index = 0;
    struct element e;
    uint64_t tag = 0;
    while (wire.at < at && take_element(&wire, type, &e, &tag)) {
        index += e.field == field && wire.at <= at ? 1 : 0;
    }
    return index;
}

static bool refuse_twice(const ProtobufCFieldDescriptor *field, const ProtobufCFieldDescriptor *other,
                         struct json_error *error)
{
    char needed[JSON_NEEDED_BYTES_MAX] = "each field once";
    if (other != NULL) {
        snprintf(needed, sizeof needed, "one of %s and %s", other->name, field->name);
    }
    refuse_words(error, JSON_TWICE, other == NULL ? "the field again" : "both", needed);
    return json_refused_in_field(error, field->name);
}

static bool check_bytes(const ProtobufCMessageDescriptor *type, struct wire wire, unsigned depth,
                        struct json_error *error)
{
    must(type->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC && type->n_fields <= JSON_FIELDS_MAX);
    if (depth > JSON_DEPTH_MAX) {
        return refuse_words(error, JSON_OUT_OF_RANGE, "more", "at most 16 levels of messages");
    }
    const struct wire whole = wire;
    struct json_seen seen = {{0}};
    while (wire.at < wire.end) {
        const uint8_t *from = wire.at;
        struct element e;
        uint64_t tag = 0;
        if (!take_element(&wire, type, &e, &tag)) {
            return refuse_words(error, JSON_BAD_FORMAT, "bytes that make no field", "a protobuf message");
        }
        if (e.field == NULL) {
            char needed[JSON_NEEDED_BYTES_MAX];
            snprintf(needed, sizeof needed, "a field number of %s", type->short_name);
            return refuse_number(error, JSON_UNKNOWN, (int64_t)tag, needed);
        }
        bool list = e.field->label == PROTOBUF_C_LABEL_REPEATED;
        const ProtobufCFieldDescriptor *other = json_oneof_other(&seen, type, e.field);
        if ((json_seen_before(&seen, type, e.field) && !list) || other != NULL) {
            return refuse_twice(e.field, other, error);
        }
        if (!check_element(&e, depth, error)) {
            if (list) {
                json_refused_in_list(error, index_of(type, whole, from, e.field));
            }
            return json_refused_in_field(error, e.field->name);
        }
    }
    return true;
}

bool pb_check_wire(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t size,
                   struct json_error *error)
{
    *error = (struct json_error){.fault = JSON_FINE};
    return size == 0 || check_bytes(type, (struct wire){.at = bytes, .end = bytes + size}, 1, error);
}
