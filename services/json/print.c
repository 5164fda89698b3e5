/* print.c - a protobuf-c message as canonical proto3 JSON, straight into a bounded text.
 * Flow:    json_put_message -> put_field -> put_value.
 * Owns:    the text of a json_out, in the caller's allocator.
 * Bounds:  json_out.bytes_max, sticky.
 * Fails:   json_out.failed: past the bound, no memory, or a string that is not UTF-8.
 * Why:     a tree would cost 64 bytes a node and print 64-bit numbers wrong.
 */
#include "base/text.h"
#include "json/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum { ROOM_FIRST_BYTES = 1024 };

void json_out_init(struct json_out *out, size_t bytes_max, ProtobufCAllocator *memory)
{
    *out = (struct json_out){.bytes_max = bytes_max, .memory = memory};
}

static void release(struct json_out *out, char *text)
{
    if (out->memory == NULL) {
        free(text);
    } else if (text != NULL) {
        out->memory->free(out->memory->allocator_data, text);
    }
}

void json_out_free(struct json_out *out)
{
    release(out, out->text);
    json_out_init(out, out->bytes_max, out->memory);
}

static bool grow(struct json_out *out, size_t more)
{
    if (out->failed || more > out->bytes_max - out->bytes) {
        out->full = out->full || !out->failed;
        out->failed = true;
        return false;
    }
    if (more <= out->room - out->bytes) {
        return true;
    }
    size_t room = out->room == 0 ? ROOM_FIRST_BYTES : out->room * 2;
    room = room < out->bytes + more ? out->bytes + more : room;
    room = room > out->bytes_max ? out->bytes_max : room;
    char *text = out->memory == NULL ? malloc(room) : out->memory->alloc(out->memory->allocator_data, room);
    if (text == NULL) {
        out->full = true;
        out->failed = true;
        return false;
    }
    if (out->bytes > 0) {
        memcpy(text, out->text, out->bytes);
    }
    release(out, out->text);
    out->text = text;
    out->room = room;
    return true;
}

void json_put_bytes(struct json_out *out, const char *text, size_t bytes)
{
    if (bytes > 0 && grow(out, bytes)) {
        memcpy(out->text + out->bytes, text, bytes);
        out->bytes += bytes;
    }
}

void json_put(struct json_out *out, const char *text)
{
    json_put_bytes(out, text, strlen(text));
}

void json_put_int(struct json_out *out, int64_t value)
{
    char digits[24];
    int bytes = snprintf(digits, sizeof digits, "%" PRId64, value);
    json_put_bytes(out, digits, (size_t)bytes);
}

static void put_escape(struct json_out *out, unsigned char c)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* in pairs: the character, the letter of its escape */
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (letters[i] == (char)c) {
            const char pair[2] = {'\\', letters[i + 1]};
            json_put_bytes(out, pair, sizeof pair);
            return;
        }
    }
    char escape[8];
    int bytes = snprintf(escape, sizeof escape, "\\u%04x", c);
    json_put_bytes(out, escape, (size_t)bytes);
}

void json_put_string(struct json_out *out, const char *text)
{
    size_t bytes = strlen(text), plain = 0;
    if (!utf8_ok(text, bytes)) {
        out->failed = true;
    }
    json_put(out, "\"");
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            json_put_bytes(out, text + plain, i - plain);
            put_escape(out, c);
            plain = i + 1;
        }
    }
    json_put_bytes(out, text + plain, bytes - plain);
    json_put(out, "\"");
}

static void put_base64(struct json_out *out, const ProtobufCBinaryData *data)
{
    size_t encoded = sodium_base64_encoded_len(data->len, sodium_base64_VARIANT_ORIGINAL);
    json_put(out, "\"");
    if (grow(out, encoded)) { /* with its NUL, which the closing quote then takes the place of */
        sodium_bin2base64(out->text + out->bytes, encoded, data->data, data->len, sodium_base64_VARIANT_ORIGINAL);
        out->bytes += encoded - 1;
    }
    json_put(out, "\"");
}

static void put_quoted_int(struct json_out *out, int64_t value)
{
    json_put(out, "\"");
    json_put_int(out, value);
    json_put(out, "\"");
}

static void put_uint64(struct json_out *out, uint64_t value)
{
    char digits[24];
    int bytes = snprintf(digits, sizeof digits, "\"%" PRIu64 "\"", value);
    json_put_bytes(out, digits, (size_t)bytes);
}

static void put_enum(struct json_out *out, const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(type, value);
    if (known == NULL) {
        json_put_int(out, value); /* as proto3 JSON says of a number without a name */
    } else {
        json_put_string(out, known->name);
    }
}

static void put_value(struct json_out *out, const ProtobufCFieldDescriptor *field, const void *slot)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        json_put_int(out, *(const int32_t *)slot);
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        json_put_int(out, *(const uint32_t *)slot);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        put_quoted_int(out, *(const int64_t *)slot);
        return;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        put_uint64(out, *(const uint64_t *)slot);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        json_put(out, *(const protobuf_c_boolean *)slot ? "true" : "false");
        return;
    case PROTOBUF_C_TYPE_ENUM:
        put_enum(out, field->descriptor, *(const int *)slot);
        return;
    case PROTOBUF_C_TYPE_STRING:
        json_put_string(out, *(char *const *)slot == NULL ? "" : *(char *const *)slot);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        put_base64(out, slot);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        json_put_message(out, *(ProtobufCMessage *const *)slot);
        return;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    default:
        must(field->type == PROTOBUF_C_TYPE_MESSAGE); /* floats: a type no message of ours has */
    }
}

size_t json_value_bytes(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(int64_t);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
    default:
        return sizeof(int32_t);
    }
}

static bool is_default(const ProtobufCFieldDescriptor *field, const void *slot)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)slot;
        return text == NULL || *text == '\0';
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return *(ProtobufCMessage *const *)slot == NULL;
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)slot)->len == 0;
    }
    static const char zeros[sizeof(int64_t)];
    return memcmp(slot, zeros, json_value_bytes(field->type)) == 0;
}

bool json_is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *slot = (const char *)message + field->offset;
    const char *quantifier = (const char *)message + field->quantifier_offset;
    bool pointer = field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)(const void *)quantifier > 0;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        bool chosen = *(const uint32_t *)(const void *)quantifier == field->id;
        return chosen && (!pointer || *(const void *const *)(const void *)slot != NULL);
    }
    if (field->label == PROTOBUF_C_LABEL_REQUIRED) {
        return true;
    }
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        return pointer ? *(const void *const *)(const void *)slot != NULL
                       : *(const protobuf_c_boolean *)(const void *)quantifier != 0;
    }
    return !is_default(field, slot);
}

static void put_list(struct json_out *out, const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
    const char *list = *(const char *const *)(const void *)((const char *)message + field->offset);
    for (size_t i = 0; i < count && !out->failed; i++) {
        json_put(out, i == 0 ? "[" : ",");
        put_value(out, field, list + i * json_value_bytes(field->type));
    }
    json_put(out, "]");
}

static void put_name(struct json_out *out, const char *name)
{
    json_put(out, "\"");
    for (char c = json_name_next(&name); c != '\0'; c = json_name_next(&name)) {
        json_put_bytes(out, &c, 1);
    }
    json_put(out, "\":");
}

void json_put_message(struct json_out *out, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const char *gap = "{";
    must(type->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    for (unsigned i = 0; i < type->n_fields && !out->failed; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (!json_is_present(message, field)) {
            continue;
        }
        json_put(out, gap);
        gap = ",";
        put_name(out, field->name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            put_list(out, field, message);
        } else {
            put_value(out, field, (const char *)message + field->offset);
        }
    }
    json_put(out, *gap == '{' ? "{}" : "}");
}
