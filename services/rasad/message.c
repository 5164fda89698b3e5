/* message.c - messages by the names of their fields; see message.h. */
#include "rasad/message.h"

#include "base/must.h"

#include <cjson/cJSON.h>
#include <string.h>

ProtobufCMessage *message_new(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);
    if (message != NULL) protobuf_c_message_init(type, message);
    return message;
}

ProtobufCMessage *message_decode(struct arena *arena, const ProtobufCMessageDescriptor *type, const char *text,
                                 size_t bytes, struct json_error *error)
{
    ProtobufCMessage *message = json_decode(type, text, bytes, arena_pb(arena), error);
    cJSON_InitHooks(NULL);
    return message;
}

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *type, const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static bool is_number(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_INT64;
}

bool message_has(const ProtobufCMessageDescriptor *type, const char *name, enum message_type wanted)
{
    const ProtobufCFieldDescriptor *field = field_of(type, name);
    if (field == NULL || field->label == PROTOBUF_C_LABEL_REPEATED) return false;
    return wanted == MESSAGE_TEXT ? field->type == PROTOBUF_C_TYPE_STRING : is_number(field);
}

void message_set_text(ProtobufCMessage *message, const char *name, char *text)
{
    must(message_has(message->descriptor, name, MESSAGE_TEXT));
    memcpy((char *)message + field_of(message->descriptor, name)->offset, &text, sizeof text);
}

const char *message_text(const ProtobufCMessage *message, const char *name)
{
    const char *text;
    must(message_has(message->descriptor, name, MESSAGE_TEXT));
    memcpy(&text, (const char *)message + field_of(message->descriptor, name)->offset, sizeof text);
    return text;
}

void message_set_number(ProtobufCMessage *message, const char *name, int64_t value)
{
    must(message_has(message->descriptor, name, MESSAGE_NUMBER));
    const ProtobufCFieldDescriptor *field = field_of(message->descriptor, name);
    if (field->type == PROTOBUF_C_TYPE_INT64) {
        memcpy((char *)message + field->offset, &value, sizeof value);
        return;
    }
    must(value >= INT32_MIN && value <= INT32_MAX);
    int32_t small = (int32_t)value;
    memcpy((char *)message + field->offset, &small, sizeof small);
}

int64_t message_number(const ProtobufCMessage *message, const char *name)
{
    must(message_has(message->descriptor, name, MESSAGE_NUMBER));
    const ProtobufCFieldDescriptor *field = field_of(message->descriptor, name);
    int64_t value = 0;
    int32_t small = 0;
    if (field->type == PROTOBUF_C_TYPE_INT64) memcpy(&value, (const char *)message + field->offset, sizeof value);
    else memcpy(&small, (const char *)message + field->offset, sizeof small);
    return field->type == PROTOBUF_C_TYPE_INT64 ? value : small;
}

const ProtobufCMessageDescriptor *message_lines_type(const ProtobufCMessageDescriptor *type)
{
    const ProtobufCFieldDescriptor *field = field_of(type, "lines");
    bool lines = field != NULL && field->label == PROTOBUF_C_LABEL_REPEATED && field->type == PROTOBUF_C_TYPE_MESSAGE;
    return lines ? field->descriptor : NULL;
}

void message_set_lines(ProtobufCMessage *message, ProtobufCMessage **lines, size_t count)
{
    must(message_lines_type(message->descriptor) != NULL);
    const ProtobufCFieldDescriptor *field = field_of(message->descriptor, "lines");
    memcpy((char *)message + field->quantifier_offset, &count, sizeof count);
    memcpy((char *)message + field->offset, &lines, sizeof(void *));
}

size_t message_lines(const ProtobufCMessage *message, ProtobufCMessage ***lines)
{
    must(message_lines_type(message->descriptor) != NULL);
    const ProtobufCFieldDescriptor *field = field_of(message->descriptor, "lines");
    size_t count;
    memcpy(&count, (const char *)message + field->quantifier_offset, sizeof count);
    memcpy(lines, (const char *)message + field->offset, sizeof(void *));
    return count;
}
