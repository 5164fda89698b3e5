/* unpack.c - see unpack.h. */
#include "store/unpack.h"

#include "store/varint.h"

#include <string.h>

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

struct reading {
    struct arena *arena;
    size_t list_max;
    value_check *check;
};

static void *read_message(const struct reading *r, const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end);

/* A tag or a length: at most five bytes, as protobuf-c has them. */
static inline bool prefix_read(const uint8_t **at, const uint8_t *end, uint64_t *number)
{
    const uint8_t *from = *at;
    if (from < end && *from < 0x80) {
        *number = *from;
        *at = from + 1;
        return true;
    }
    return varint_read(at, end, number) && *at - from <= 5 && *number <= UINT32_MAX;
}

size_t value_bytes(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64: return sizeof(int64_t);
    case PROTOBUF_C_TYPE_INT32: return sizeof(int32_t);
    case PROTOBUF_C_TYPE_ENUM: return sizeof(int);
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING: return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(ProtobufCMessage *);
    default: return 0;
    }
}

static bool of_bytes(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_BYTES || type == PROTOBUF_C_TYPE_MESSAGE;
}

static bool text_read(const struct reading *r, const uint8_t *at, size_t bytes, char **to)
{
    if (bytes > 0 && memchr(at, 0, bytes) != NULL) return false;
    char *text = arena_take(r->arena, bytes + 1);
    if (text == NULL) return false;
    memcpy(text, at, bytes);
    text[bytes] = '\0';
    *to = text;
    return true;
}

static bool data_read(const struct reading *r, const uint8_t *at, size_t bytes, ProtobufCBinaryData *to)
{
    uint8_t *data = bytes > 0 ? arena_copy(r->arena, at, bytes) : NULL;
    if (bytes > 0 && data == NULL) return false;
    *to = (ProtobufCBinaryData){bytes, data};
    return true;
}

static bool number_to(ProtobufCType type, uint64_t number, void *to)
{
    int64_t value = (int64_t)number;
    if (type == PROTOBUF_C_TYPE_INT64) *(int64_t *)to = value;
    else if (type == PROTOBUF_C_TYPE_BOOL && number <= 1) *(protobuf_c_boolean *)to = (protobuf_c_boolean)number;
    else if (type != PROTOBUF_C_TYPE_BOOL && value >= INT32_MIN && value <= INT32_MAX) *(int32_t *)to = (int32_t)value;
    else return false;
    return true;
}

static bool value_read(const struct reading *r, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
                       const uint8_t **at, const uint8_t *end, void *to)
{
    uint64_t number;
    if (of_bytes(field->type)) {
        if (!prefix_read(at, end, &number) || number > (uint64_t)(end - *at)) return false;
        const uint8_t *bytes = *at;
        *at += number;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) return (*(void **)to = read_message(r, field->descriptor, bytes, *at)) != NULL;
        if (field->type == PROTOBUF_C_TYPE_BYTES ? !data_read(r, bytes, (size_t)number, to) : !text_read(r, bytes, (size_t)number, to))
            return false;
    } else if (!varint_read(at, end, &number) || !number_to(field->type, number, to)) {
        return false;
    }
    return r->check == NULL || r->check(type, field, to);
}

/* How many values there are side by side, the first one at `at`, each behind this tag. */
static size_t list_length(ProtobufCType type, uint64_t tag, const uint8_t *at, const uint8_t *end)
{
    uint64_t number, next;
    size_t n = 0;
    do {
        if (!varint_read(&at, end, &number) || (of_bytes(type) && number > (uint64_t)(end - at))) break;
        if (of_bytes(type)) at += number;
        n++;
    } while (prefix_read(&at, end, &next) && next == tag);
    return n;
}

static void list_set(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, void *list, size_t n)
{
    *(size_t *)(void *)((char *)message + field->quantifier_offset) = n;
    *(void **)(void *)((char *)message + field->offset) = list;
}

/* Numbers one behind the other, in so many bytes. */
static bool packed_read(const struct reading *r, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
                        const uint8_t **at, const uint8_t *end, ProtobufCMessage *message)
{
    uint64_t bytes;
    size_t n = 0, each = value_bytes(field->type);
    if (!prefix_read(at, end, &bytes) || bytes == 0 || bytes > (uint64_t)(end - *at)) return false;
    end = *at + bytes;
    for (const uint8_t *byte = *at; byte < end; byte++) n += *byte < 0x80;
    uint8_t *list = n <= r->list_max ? arena_take(r->arena, n * each) : NULL;
    if (list == NULL) return false;
    for (size_t i = 0; i < n; i++)
        if (!value_read(r, type, field, at, end, list + i * each)) return false;
    list_set(message, field, list, n);
    return *at == end;
}

static bool list_read(const struct reading *r, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
                      uint64_t tag, const uint8_t **at, const uint8_t *end, ProtobufCMessage *message)
{
    size_t n = list_length(field->type, tag, *at, end), each = value_bytes(field->type);
    uint8_t *list = n > 0 && n <= r->list_max ? arena_take(r->arena, n * each) : NULL;
    uint64_t again;
    if (list == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && !prefix_read(at, end, &again)) return false;
        if (!value_read(r, type, field, at, end, list + i * each)) return false;
    }
    list_set(message, field, list, n);
    return true;
}

static bool one_read(const struct reading *r, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
                     const uint8_t **at, const uint8_t *end, ProtobufCMessage *message)
{
    if (field->label != PROTOBUF_C_LABEL_NONE) return false; /* of proto2 */
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *which = (uint32_t *)(void *)((char *)message + field->quantifier_offset);
        if (*which != 0) return false;
        *which = field->id;
    }
    return value_read(r, type, field, at, end, (char *)message + field->offset);
}

/* The field of this tag, not before fields[*next]; NULL where there is none. */
static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *type, uint64_t tag, unsigned *next)
{
    if (type->n_fields == 0) return NULL; /* then there is no list of them either */
    const ProtobufCFieldDescriptor *field = &type->fields[*next], *end = type->fields + type->n_fields;
    for (int left_out = 0; left_out < 4 && field < end && field->id < tag >> 3; left_out++) field++;
    if (field >= end || field->id != tag >> 3) { /* more are left out: it is in a oneof, mostly */
        field = protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
        if (field == NULL || field < &type->fields[*next]) return NULL;
    }
    *next = (unsigned)(field - type->fields) + 1;
    bool counted = of_bytes(field->type) || (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
    return value_bytes(field->type) > 0 && (tag & 7) == (counted ? WIRE_BYTES : WIRE_VARINT) ? field : NULL;
}

static void *read_message(const struct reading *r, const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end)
{
    ProtobufCMessage *message = arena_take(r->arena, type->sizeof_message);
    unsigned next = 0;
    if (message == NULL) return NULL;
    type->message_init(message);
    while (at < end) {
        uint64_t tag;
        const ProtobufCFieldDescriptor *field = prefix_read(&at, end, &tag) ? field_of(type, tag, &next) : NULL;
        if (field == NULL) return NULL;
        bool good = (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) ? packed_read(r, type, field, &at, end, message)
                    : field->label == PROTOBUF_C_LABEL_REPEATED   ? list_read(r, type, field, tag, &at, end, message)
                                                                  : one_read(r, type, field, &at, end, message);
        if (!good) return NULL;
    }
    return message;
}

void *message_read(struct arena *arena, const ProtobufCMessageDescriptor *type, const void *data, size_t bytes, size_t list_max,
                   value_check *check)
{
    const struct reading reading = {arena, list_max, check};
    const uint8_t *at = data;
    return read_message(&reading, type, at, bytes > 0 ? at + bytes : at);
}

void *message_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type, const void *data, size_t bytes)
{
    size_t mark = arena_mark(arena);
    void *message = message_read(arena, type, data, bytes, SIZE_MAX, NULL);
    if (message != NULL) return message;
    arena_release(arena, mark);
    return protobuf_c_message_unpack(type, arena_pb(arena), bytes, data);
}
