/* entry_check.c - see entry_check.h. What each field may be goes by the descriptors; the rest is what movements and days of
 * events must be. */
#include "store/entry_check.h"

#include "base/limits.h"
#include "base/text.h"
#include "store/ledger.h"
#include "store/unpack.h"

#include <string.h>

#define NUMBER_BOUND INT64_C(1000000000000000000) /* 10^18: what older builds booked at most; names and times stay far below */
#define TEXT_BYTES (4 * NAME_CHARACTERS_MAX)

static bool message_good(const ProtobufCMessage *message);

static bool number_good(int64_t number) { return number >= -NUMBER_BOUND && number <= NUMBER_BOUND; }

/* Everything but names, what a device says of itself and the name of a refused field is a code or a number as text: it may
 * stand in a key. */
static size_t text_bytes_of(const ProtobufCMessageDescriptor *type)
{
    bool words = type == &rasad__v1__names__descriptor || type == &rasad__v1__header__descriptor ||
                 type == &rasad__v1__refused__descriptor;
    return words ? TEXT_BYTES : CODE_BYTES_MAX;
}

static bool value_good(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field, const void *at)
{
    const char *text;
    size_t bytes;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        text = *(char *const *)at;
        bytes = strlen(text);
        return bytes == 0 || (bytes <= text_bytes_of(type) && utf8_ok(text, bytes));
    case PROTOBUF_C_TYPE_ENUM:
        return protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)at) != NULL;
    case PROTOBUF_C_TYPE_INT64:
        return number_good(*(const int64_t *)at);
    default:
        return true;
    }
}

static bool part_good(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field, const void *at)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) return value_good(type, field, at);
    const ProtobufCMessage *message = *(ProtobufCMessage *const *)at;
    return message == NULL || message_good(message);
}

static bool message_good(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    bool good = true;
    for (unsigned i = 0; good && i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const char *at = (const char *)message + field->offset;
        const void *quantifier = (const char *)message + field->quantifier_offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *(const size_t *)quantifier;
            const char *list = *(char *const *)(const void *)at;
            good = n <= MOVEMENTS_PER_EVENT_MAX;
            for (size_t j = 0; good && j < n; j++) good = part_good(type, field, list + j * value_bytes(field->type));
        } else if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 || *(const uint32_t *)quantifier == field->id) {
            good = part_good(type, field, at);
        }
    }
    return good;
}

static bool stage_given(enum stage stage) { return stage_real(stage) || (stage >= SUPPLIED && stage <= PAID); }

/* A name of a line, or none. */
static bool name_good(int64_t name) { return name >= 0; }

/* A code, or none. */
static bool code_good(const char *code) { return code[0] == '\0' || code_ok(code); }

static bool movement_good(const Rasad__V1__Movement *m)
{
    enum stage from = (enum stage)m->from_stage, to = (enum stage)m->to_stage;
    return stage_given(from) && stage_given(to) && (from != SHORTFALL || stage_real(to)) &&
           (to != SHORTFALL || stage_real(from)) && m->quantity >= 1 && name_good(m->from_lot) && name_good(m->to_lot) &&
           code_good(m->from_place) && code_good(m->to_place) && code_good(m->item) && name_good(m->count) && name_good(m->draws_for) && name_good(m->parent_of) &&
           (m->day == 0 || (m->day >= DAY_MIN && m->day <= DAY_MAX));
}

static bool event_good(const Rasad__V1__Event *event)
{
    bool good = code_good(event->place) && code_good(event->item) && name_good(event->reverses) && event->booked_later >= 0 && event->booked_later <= DAY_MAX &&
                (event->day == 0 || (event->day >= DAY_MIN && event->day <= DAY_MAX));
    for (size_t i = 0; good && i < event->n_movements; i++) good = movement_good(event->movements[i]);
    return good;
}

static bool events_good(const Rasad__V1__Entry *entry)
{
    bool good = entry->header != NULL && entry->n_events <= LINES_PER_COMMAND_MAX && name_good(entry->header->cause);
    for (size_t i = 0; good && i < entry->n_events; i++) good = event_good(entry->events[i]);
    return good;
}

enum err entry_unpack(struct arena *arena, struct slice bytes, Rasad__V1__Entry **entry)
{
    size_t mark = arena_mark(arena);
    Rasad__V1__Entry *unpacked = message_read(arena, &rasad__v1__entry__descriptor, bytes.data, bytes.bytes,
                                              MOVEMENTS_PER_EVENT_MAX, value_good);
    if (unpacked == NULL) { /* of another build, or not good: to be looked at as a whole */
        arena_release(arena, mark);
        unpacked = message_unpack(arena, &rasad__v1__entry__descriptor, bytes.data, bytes.bytes);
        if (unpacked == NULL) return arena->full ? ERR_MEMORY : ERR_CORRUPT;
        if (!message_good(&unpacked->base)) return ERR_CORRUPT;
    }
    if (!events_good(unpacked)) return ERR_CORRUPT;
    *entry = unpacked;
    return ERR_OK;
}
