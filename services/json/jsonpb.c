/* jsonpb.c - JSON text into a protobuf-c message, field by field from its descriptor.
 * Flow:    json_decode -> json_scan -> cJSON tree -> read_message -> read_field -> read_value.
 * Owns:    the hooks of cJSON, pointed at the caller's allocator while it parses.
 * Bounds:  what json_scan let pass; memory by the allocator.
 * Fails:   with the path, what was found and what is needed; the half-read message is given back first.
 * Why:     cJSON holds numbers as doubles and so loses digits: a cursor follows the walk through the text and takes
 *          each number's own digits. The tree is walked in the order of the text, so the two never part.
 */
#include "json/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <sodium.h>

struct reader {
    const char *at, *end; /* the text after the last number taken */
    ProtobufCAllocator *memory;
    struct json_error *error;
};

struct digits {
    const char *text;
    size_t bytes;
    bool quoted;
};

struct whole {
    uint64_t size;
    bool negative;
};

/* ---- memory: one allocator behind cJSON and the message ---- */

static ProtobufCAllocator *hooks_memory; /* set only while cJSON_Parse or cJSON_Delete runs */

static void *allocate(ProtobufCAllocator *memory, size_t bytes)
{
    return memory == NULL ? malloc(bytes) : memory->alloc(memory->allocator_data, bytes);
}

static void *hook_alloc(size_t bytes)
{
    return allocate(hooks_memory, bytes);
}

static void hook_free(void *pointer)
{
    if (hooks_memory == NULL) {
        free(pointer);
    } else if (pointer != NULL) {
        hooks_memory->free(hooks_memory->allocator_data, pointer);
    }
}

static cJSON *parse(const char *text, size_t bytes, ProtobufCAllocator *memory)
{
    cJSON_Hooks hooks = {.malloc_fn = hook_alloc, .free_fn = hook_free};
    cJSON_InitHooks(&hooks);
    hooks_memory = memory;
    return cJSON_ParseWithLength(text, bytes);
}

static void discard(cJSON *tree, ProtobufCAllocator *memory)
{
    hooks_memory = memory;
    cJSON_Delete(tree);
}

static void *obtain(struct reader *r, size_t bytes)
{
    void *memory = allocate(r->memory, bytes);
    if (memory == NULL) {
        static const char found[] = "more than fits";
        json_refuse(r->error, JSON_NO_MEMORY, found, sizeof found - 1, "a smaller request");
        return NULL;
    }
    memset(memory, 0, bytes);
    return memory;
}

/* ---- refusals about a node ---- */

/* The text of the next number; the scan has proved the grammar, so outside a string a digit begins one. */
static struct digits next_number(struct reader *r)
{
    while (r->at < r->end && *r->at != '-' && (*r->at < '0' || *r->at > '9')) {
        if (*r->at++ != '"') {
            continue;
        }
        while (*r->at != '"') {
            r->at += *r->at == '\\' ? 2 : 1;
        }
        r->at++;
    }
    const char *from = r->at;
    while (r->at < r->end && *r->at != '\0' && strchr("+-.0123456789eE", *r->at) != NULL) {
        r->at++;
    }
    must(r->at > from);
    return (struct digits){.text = from, .bytes = (size_t)(r->at - from)};
}

static bool refuse_node(struct reader *r, const cJSON *node, enum json_fault fault, const char *needed)
{
    if (cJSON_IsNumber(node)) {
        struct digits d = next_number(r);
        return json_refuse(r->error, fault, d.text, d.bytes, needed);
    }
    if (cJSON_IsString(node)) {
        char quoted[JSON_FOUND_BYTES_MAX + 8];
        int bytes = snprintf(quoted, sizeof quoted, "\"%s\"", node->valuestring);
        size_t cut = bytes < (int)sizeof quoted ? (size_t)bytes : sizeof quoted - 1;
        return json_refuse(r->error, fault, quoted, cut, needed);
    }
    const char *found = cJSON_IsObject(node)  ? "an object"
                        : cJSON_IsArray(node) ? "a list"
                        : cJSON_IsTrue(node)  ? "true"
                        : cJSON_IsFalse(node) ? "false"
                                              : "null";
    return json_refuse(r->error, fault, found, strlen(found), needed);
}

static bool refuse_digits(struct reader *r, const struct digits *d, enum json_fault fault, const char *needed)
{
    return json_refuse(r->error, fault, d->text, d->bytes, needed);
}

/* ---- numbers, exactly ---- */

static bool is_number_text(const char *text, size_t bytes)
{
    struct json_error ignored;
    bool begins = bytes > 0 && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
    bool ends = bytes > 0 && text[bytes - 1] >= '0' && text[bytes - 1] <= '9';
    return begins && ends && json_scan(text, bytes, &ignored);
}

/* Splits "-12.50e3" into sign, digits without the point, and the power of ten they are to be multiplied by. */
static size_t split_number(const struct digits *d, char digits[JSON_NUMBER_BYTES_MAX], int64_t *power, bool *negative)
{
    size_t count = 0, i = 0;
    int64_t fraction = 0, exponent = 0;
    bool point = false;
    *negative = d->text[0] == '-';
    for (i = *negative ? 1 : 0; i < d->bytes && (d->text[i] | 0x20) != 'e'; i++) {
        if (d->text[i] == '.') {
            point = true;
        } else if (count > 0 || d->text[i] != '0' || point) {
            digits[count++] = d->text[i];
            fraction += point ? 1 : 0;
        }
    }
    if (i < d->bytes) {
        bool down = d->text[i + 1] == '-';
        for (i += 1; i < d->bytes; i++) {
            bool digit = d->text[i] >= '0' && d->text[i] <= '9';
            exponent = digit && exponent < 100000 ? exponent * 10 + (d->text[i] - '0') : exponent;
        }
        exponent = down ? -exponent : exponent;
    }
    *power = exponent - fraction;
    return count;
}

enum whole_fault { WHOLE_FINE, WHOLE_FRACTION, WHOLE_TOO_LARGE };

/* The value of a number's text as sign and size, exactly: 1e3 and 2.50e2 are whole, 1.5 is not. */
static enum whole_fault whole_of(const struct digits *d, struct whole *whole)
{
    char digits[JSON_NUMBER_BYTES_MAX];
    int64_t power = 0;
    bool negative = false;
    size_t count = split_number(d, digits, &power, &negative);
    while (power < 0 && count > 0 && digits[count - 1] == '0') {
        count--;
        power++;
    }
    uint64_t size = 0;
    bool zero = true;
    for (size_t i = 0; i < count; i++) {
        zero = zero && digits[i] == '0';
    }
    if (zero) {
        *whole = (struct whole){0};
        return WHOLE_FINE;
    }
    if (power < 0) {
        return WHOLE_FRACTION;
    }
    for (size_t i = 0; i < count || power > 0; i++) {
        uint64_t digit = i < count ? (uint64_t)(digits[i] - '0') : 0;
        power -= i < count ? 0 : 1;
        if (__builtin_mul_overflow(size, 10, &size) || __builtin_add_overflow(size, digit, &size)) {
            return WHOLE_TOO_LARGE;
        }
    }
    *whole = (struct whole){.size = size, .negative = negative};
    return WHOLE_FINE;
}

/* A bound of an integer type: how far it goes below and above zero, and the words for it. */
struct range {
    uint64_t below, above;
    const char *needed;
};

static const struct range range_int32 = {UINT64_C(1) << 31, INT32_MAX, "a whole number, -2147483648 to 2147483647"};
static const struct range range_uint32 = {0, UINT32_MAX, "a whole number, 0 to 4294967295"};
static const struct range range_int64 = {UINT64_C(1) << 63, INT64_MAX,
                                         "a whole number, -9223372036854775808 to 9223372036854775807"};
static const struct range range_uint64 = {0, UINT64_MAX, "a whole number, 0 to 18446744073709551615"};

static bool read_whole(struct reader *r, const cJSON *node, const struct range *range, struct whole *whole)
{
    struct digits d = {0};
    if (cJSON_IsString(node)) {
        d = (struct digits){.text = node->valuestring, .bytes = strlen(node->valuestring), .quoted = true};
        if (!is_number_text(d.text, d.bytes)) {
            return refuse_node(r, node, JSON_BAD_FORMAT, range->needed);
        }
    } else if (cJSON_IsNumber(node)) {
        d = next_number(r);
    } else {
        return refuse_node(r, node, JSON_BAD_FORMAT, range->needed);
    }
    struct whole got = {0};
    enum whole_fault fault = whole_of(&d, &got);
    if (fault == WHOLE_FRACTION) {
        return refuse_digits(r, &d, JSON_BAD_FORMAT, range->needed);
    }
    if (fault == WHOLE_TOO_LARGE || got.size > (got.negative ? range->below : range->above)) {
        return refuse_digits(r, &d, JSON_OUT_OF_RANGE, range->needed);
    }
    if (!d.quoted && got.size > JSON_UNQUOTED_MAX) {
        return refuse_digits(r, &d, JSON_OUT_OF_RANGE, "quotes around a number past 9007199254740992");
    }
    *whole = got;
    return true;
}

static int64_t signed_of(struct whole whole)
{
    return (int64_t)(whole.negative ? 0 - whole.size : whole.size);
}

/* ---- values ---- */

static ProtobufCMessage *read_message(struct reader *r, const ProtobufCMessageDescriptor *type, const cJSON *node);

static bool read_string(struct reader *r, const cJSON *node, char **slot)
{
    if (!cJSON_IsString(node)) {
        return refuse_node(r, node, JSON_BAD_FORMAT, "a string");
    }
    size_t bytes = strlen(node->valuestring) + 1;
    char *copy = obtain(r, bytes);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, node->valuestring, bytes);
    *slot = copy;
    return true;
}

static bool read_bytes(struct reader *r, const cJSON *node, ProtobufCBinaryData *slot)
{
    static const char needed[] = "base64 in a string";
    if (!cJSON_IsString(node)) {
        return refuse_node(r, node, JSON_BAD_FORMAT, needed);
    }
    const char *text = node->valuestring;
    size_t bytes = strlen(text), used = 0;
    bool padded = bytes > 0 && text[bytes - 1] == '=';
    bool url = strpbrk(text, "-_") != NULL;
    int variant = url ? (padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING)
                      : (padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    uint8_t *data = obtain(r, bytes / 4 * 3 + 3);
    if (data == NULL) {
        return false;
    }
    slot->data = data;
    if (sodium_base642bin(data, bytes / 4 * 3 + 3, text, bytes, NULL, &used, NULL, variant) != 0) {
        return refuse_node(r, node, JSON_BAD_FORMAT, needed);
    }
    slot->len = used;
    return true;
}

static bool read_enum(struct reader *r, const ProtobufCEnumDescriptor *type, const cJSON *node, int *slot)
{
    char needed[JSON_NEEDED_BYTES_MAX];
    snprintf(needed, sizeof needed, "a value of %s, such as %s", type->short_name,
             type->values[type->n_values > 1 ? 1 : 0].name);
    const ProtobufCEnumValue *value = NULL;
    struct whole whole = {0};
    if (cJSON_IsString(node)) {
        value = protobuf_c_enum_descriptor_get_value_by_name(type, node->valuestring);
    } else if (read_whole(r, node, &range_int32, &whole)) {
        value = protobuf_c_enum_descriptor_get_value(type, (int)signed_of(whole));
    } else {
        return false;
    }
    if (value == NULL && cJSON_IsNumber(node)) {
        char found[16];
        int bytes = snprintf(found, sizeof found, "%" PRId64, signed_of(whole));
        return json_refuse(r->error, JSON_UNKNOWN, found, (size_t)bytes, needed);
    }
    if (value == NULL) {
        return refuse_node(r, node, JSON_UNKNOWN, needed);
    }
    *slot = value->value;
    return true;
}

static bool read_bool(struct reader *r, const cJSON *node, protobuf_c_boolean *slot)
{
    if (!cJSON_IsBool(node)) {
        return refuse_node(r, node, JSON_BAD_FORMAT, "true or false");
    }
    *slot = cJSON_IsTrue(node) ? 1 : 0;
    return true;
}

static bool read_value(struct reader *r, const ProtobufCFieldDescriptor *field, const cJSON *node, void *slot)
{
    struct whole whole = {0};
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        if (!read_whole(r, node, &range_int32, &whole)) {
            return false;
        }
        *(int32_t *)slot = (int32_t)signed_of(whole);
        return true;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        if (!read_whole(r, node, &range_uint32, &whole)) {
            return false;
        }
        *(uint32_t *)slot = (uint32_t)whole.size;
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        if (!read_whole(r, node, &range_int64, &whole)) {
            return false;
        }
        *(int64_t *)slot = signed_of(whole);
        return true;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        if (!read_whole(r, node, &range_uint64, &whole)) {
            return false;
        }
        *(uint64_t *)slot = whole.size;
        return true;
    case PROTOBUF_C_TYPE_BOOL:
        return read_bool(r, node, slot);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(r, field->descriptor, node, slot);
    case PROTOBUF_C_TYPE_STRING:
        return read_string(r, node, slot);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(r, node, slot);
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)slot = read_message(r, field->descriptor, node);
        return *(ProtobufCMessage **)slot != NULL;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    default:
        must(field->type == PROTOBUF_C_TYPE_MESSAGE); /* floats: a type no message of ours has */
        return false;
    }
}

/* ---- fields and messages ---- */

static bool read_list(struct reader *r, const ProtobufCFieldDescriptor *field, const cJSON *node,
                      ProtobufCMessage *message)
{
    if (!cJSON_IsArray(node)) {
        return refuse_node(r, node, JSON_BAD_FORMAT, "a list");
    }
    size_t *count = (size_t *)(void *)((char *)message + field->quantifier_offset);
    char **list = (char **)(void *)((char *)message + field->offset);
    size_t size = json_value_bytes(field->type), length = 0;
    for (const cJSON *element = node->child; element != NULL; element = element->next) {
        length++;
    }
    if (length == 0) {
        return true;
    }
    *list = obtain(r, length * size);
    if (*list == NULL) {
        return false;
    }
    for (const cJSON *element = node->child; element != NULL; element = element->next) {
        size_t index = (*count)++;
        bool good = cJSON_IsNull(element) ? refuse_node(r, element, JSON_BAD_FORMAT, "a value; a list has no gaps")
                                          : read_value(r, field, element, *list + index * size);
        if (!good) {
            return json_refused_in_list(r->error, index);
        }
    }
    return true;
}

static bool read_field(struct reader *r, const ProtobufCFieldDescriptor *field, const cJSON *node,
                       ProtobufCMessage *message)
{
    char *slot = (char *)message + field->offset;
    char *quantifier = (char *)message + field->quantifier_offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return read_list(r, field, node, message);
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        *(uint32_t *)(void *)quantifier = field->id;
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_STRING &&
               field->type != PROTOBUF_C_TYPE_MESSAGE) {
        *(protobuf_c_boolean *)(void *)quantifier = 1;
    }
    return read_value(r, field, node, slot);
}

static bool is_name_of(const ProtobufCFieldDescriptor *field, const char *key)
{
    if (strcmp(field->name, key) == 0) {
        return true;
    }
    const char *name = field->name;
    char c = json_name_next(&name);
    for (; c != '\0' && c == *key; c = json_name_next(&name)) {
        key++;
    }
    return c == '\0' && *key == '\0';
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type, const char *key)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (is_name_of(&type->fields[i], key)) {
            return &type->fields[i];
        }
    }
    return NULL;
}

/* The other member of the field's oneof that the message already holds. */
static const ProtobufCFieldDescriptor *other_member(const ProtobufCMessageDescriptor *type,
                                                    const ProtobufCFieldDescriptor *field,
                                                    const ProtobufCMessage *message)
{
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0) {
        return NULL;
    }
    uint32_t held = *(const uint32_t *)(const void *)((const char *)message + field->quantifier_offset);
    return held == 0 || held == field->id ? NULL : protobuf_c_message_descriptor_get_field(type, held);
}

static bool read_member(struct reader *r, const ProtobufCMessageDescriptor *type, const cJSON *node,
                        struct json_seen *seen, ProtobufCMessage *message)
{
    char needed[JSON_NEEDED_BYTES_MAX];
    const ProtobufCFieldDescriptor *field = find_field(type, node->string);
    if (field == NULL) {
        snprintf(needed, sizeof needed, "a field of %s", type->short_name);
        refuse_node(r, node, JSON_UNKNOWN, needed);
        return json_refused_in_key(r->error, node->string, strlen(node->string));
    }
    const ProtobufCFieldDescriptor *other = cJSON_IsNull(node) ? NULL : other_member(type, field, message);
    bool good = true;
    if (other != NULL) {
        snprintf(needed, sizeof needed, "one of %s and %s", other->name, field->name);
        good = refuse_node(r, node, JSON_TWICE, needed);
    } else if (json_seen_before(seen, type, field)) {
        good = refuse_node(r, node, JSON_TWICE, "each field once");
    } else if (!cJSON_IsNull(node)) {
        good = read_field(r, field, node, message);
    }
    return good || json_refused_in_field(r->error, field->name);
}

static ProtobufCMessage *read_message(struct reader *r, const ProtobufCMessageDescriptor *type, const cJSON *node)
{
    if (!cJSON_IsObject(node)) {
        refuse_node(r, node, JSON_BAD_FORMAT, "an object");
        return NULL;
    }
    ProtobufCMessage *message = obtain(r, type->sizeof_message);
    if (message == NULL) {
        return NULL;
    }
    type->message_init(message);
    struct json_seen seen = {{0}};
    for (const cJSON *member = node->child; member != NULL; member = member->next) {
        if (!read_member(r, type, member, &seen, message)) {
            protobuf_c_message_free_unpacked(message, r->memory);
            return NULL;
        }
    }
    return message;
}

ProtobufCMessage *json_decode(const ProtobufCMessageDescriptor *type, const char *text, size_t bytes,
                              ProtobufCAllocator *memory, struct json_error *error)
{
    must(type->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC && type->n_fields <= JSON_FIELDS_MAX);
    *error = (struct json_error){.fault = JSON_FINE};
    if (!json_scan(text, bytes, error)) {
        return NULL;
    }
    struct reader r = {.at = text, .end = text + bytes, .memory = memory, .error = error};
    cJSON *tree = parse(text, bytes, memory);
    if (tree == NULL) {
        static const char found[] = "more than fits";
        json_refuse(error, JSON_NO_MEMORY, found, sizeof found - 1, "a smaller request");
        return NULL;
    }
    ProtobufCMessage *message = read_message(&r, type, tree);
    discard(tree, memory);
    return message;
}
