/* inside.c - see inside.h. */
#include "registry/inside.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

const char *typed(struct call *call, const char *text)
{
    const char *copy = arena_printf(call->arena, "\"%.40s%s\"", text, strlen(text) > 40 ? "..." : "");
    return copy != NULL && utf8_plain(copy, strlen(copy)) ? copy : "something else";
}

/* A field below another: "packs[2]." and "code". */
static const char *field_in(struct call *call, const char *before, const char *field)
{
    const char *path = arena_printf(call->arena, "%s%s", before, field);
    return path != NULL ? path : field;
}

bool check_names(struct call *call, const char *field, const Rasad__V1__Names *names)
{
    if (names == NULL || (name_ok(names->en) && name_ok(names->hi) && name_ok(names->fa))) return true;
    const char *language = !name_ok(names->en) ? "en" : !name_ok(names->hi) ? "hi" : "fa";
    refuse_request(call, REASON_BAD_FORMAT, field_in(call, field_in(call, field, "."), language), "",
                   "at most 80 characters on one line, some to be seen, none that turn the order of others");
    return false;
}

bool check_phone(struct call *call, const char *field, const char *phone)
{
    if (phone[0] == '\0' || phone_ok(phone)) return true;
    refuse_request(call, REASON_BAD_FORMAT, field, typed(call, phone),
                   "a phone number of at most 20 characters, like +91 94150 12345");
    return false;
}

bool check_fault(struct call *call, const char *before, struct fault fault)
{
    if (fault.field == NULL) return true;
    refuse_request(call, REASON_OUT_OF_RANGE, field_in(call, before, fault.field), "", fault.need);
    return false;
}

bool check_once_at(struct call *call, const char *field, const char *a, const char *b, const char *c)
{
    const char *words = arena_printf(call->arena, "%s %s %s", a, b, c);
    return words != NULL && check_once(call, field, words);
}

bool check_roles(struct call *call, size_t n, Rasad__V1__RoleAt *const *roles)
{
    if (!check_range(call, "roles", (int64_t)n, 0, ROLES_PER_PERSON_MAX)) return false;
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        char before[40];
        snprintf(before, sizeof before, "roles[%zu].", i);
        good &= check_code(call, field_in(call, before, "place"), roles[i]->place);
        good &= check_fault(call, before, role_fault(roles, i));
    }
    return good;
}

int32_t day_of(const char *text)
{
    int32_t day = 0;
    return day_parse(text, &day) ? day : 0;
}

Rasad__V1__Names *names_given(Rasad__V1__Names *names) { return names_empty(names) ? NULL : names; }

void refuse_taken(struct call *call, const char *code, bool same)
{
    static char next[] = "Leave the line out.";
    size_t before = call->refusals_n;
    refuse_words(call, REASON_EXISTS, "code", code, "");
    if (!same || call->refusals_n == before) return;
    Rasad__V1__Refusal *refusal = call->refusals[before];
    char *message = arena_printf(call->arena, "%s: %s stands already, with the same content. %s", refusal->field, code,
                                 next);
    if (message != NULL) refusal->message = message;
    refusal->next = next;
}

/* The highest id in a table whose keys are ids: ids run from 1 without gaps. */
static uint32_t last_id(struct call *call, enum table table)
{
    struct scan scan;
    struct key end = key("u", UINT32_MAX);
    uint32_t id = 0;
    scan_begin_down(&scan, call->txn, table, &end, 0);
    if (scan_next(&scan)) (void)key_read(scan.key, "u", &id);
    scan_end(&scan);
    return id;
}

bool room_for(struct call *call, enum table table, uint32_t most)
{
    if (last_id(call, table) < most) return true;
    refuse(call, REASON_OUT_OF_RANGE, "code", most + INT64_C(1), most);
    return false;
}

bool message_same(struct call *call, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    size_t bytes = protobuf_c_message_get_packed_size(a);
    if (bytes != protobuf_c_message_get_packed_size(b)) return false;
    size_t mark = arena_mark(call->arena);
    uint8_t *x = arena_alloc(call->arena, bytes), *y = arena_alloc(call->arena, bytes);
    bool same = false;
    if (x != NULL && y != NULL) {
        protobuf_c_message_pack(a, x);
        protobuf_c_message_pack(b, y);
        same = memcmp(x, y, bytes) == 0;
    }
    arena_release(call->arena, mark);
    return same;
}

bool caller_has(const struct caller *caller, uint32_t roles)
{
    for (size_t i = 0; i < caller->n; i++)
        if ((UINT32_C(1) << caller->roles[i].role & roles) != 0) return true;
    return false;
}

bool caller_covers(const struct caller *caller, uint32_t roles, const struct place *place)
{
    if (caller->all) return true;
    for (size_t i = 0; i < caller->n; i++)
        if ((UINT32_C(1) << caller->roles[i].role & roles) != 0 && place_within(place, caller->roles[i].place))
            return true;
    return false;
}

bool caller_manages(const struct call *call, const Rasad__V1__PersonRow *person)
{
    struct place place;
    for (size_t i = 0; i < person->n_roles; i++) {
        if (!place_find(call->txn, person->roles[i]->place, &place)) continue;
        if (!caller_covers(&call->caller, ADMIN, &place)) return false;
    }
    return true;
}

ProtobufCBinaryData private_keep(struct call *call, enum code_class class, const char *code, char *name, char *phone)
{
    ProtobufCBinaryData commitment = {HASH_BYTES, arena_alloc(call->arena, HASH_BYTES)};
    Rasad__V1__PrivateRow row;
    if (commitment.data == NULL) return (ProtobufCBinaryData){0, NULL};
    rasad__v1__private_row__init(&row);
    row.name = name;
    row.phone = phone;
    private_put(call->txn, (char)class, code, &row, commitment.data);
    return commitment;
}
