/* call.c - see call.h. Refusals, checks, look-ups, lines, corrections. */
#include "store/call.h"

#include "base/clock.h"
#include "base/ids.h"
#include "base/must.h"
#include "base/text.h"
#include "store/apply.h"
#include "store/commands.h"
#include "store/journal.h"
#include "store/run.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *message, *next;
    enum wire_code code;
} reasons[] = {
#define REASON(name, number, wire, message, next) [number] = {message, next, CODE_##wire},
#include "store/reasons.def"
#undef REASON
};

enum wire_code reason_code(enum reason reason) { return reasons[reason].code; }

/* ---- refusals */

const char *lines_field(const struct call *call)
{
    const ProtobufCMessageDescriptor *type = call->command->request; /* also when the body is not that message */
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].label == PROTOBUF_C_LABEL_REPEATED) return type->fields[i].name;
    return "lines";
}

/* "lines[2].membersAtWork" */
const char *refusal_path(struct arena *arena, const char *list, int32_t line, const char *field)
{
    char camel[96];
    size_t n = 0;
    for (const char *c = field; *c != '\0' && n + 1 < sizeof camel; c++) {
        bool up = *c == '_' && c[1] != '\0';
        if (up) c++;
        camel[n++] = up ? (char)toupper((unsigned char)*c) : *c;
    }
    camel[n] = '\0';
    const char *path = line == 0 ? arena_strdup(arena, camel)
                                 : arena_printf(arena, "%s[%d]%s%s", list, line - 1, n > 0 ? "." : "", camel);
    return path != NULL ? path : "";
}

Rasad__V1__Refusal *refusal_make(struct arena *arena, enum reason reason, int32_t line, const char *path,
                                 const char *have, const char *need)
{
    Rasad__V1__Refusal *refusal = (void *)message_make(arena, &rasad__v1__refusal__descriptor);
    if (refusal == NULL) return NULL;
    const char *about = path[0] != '\0' ? ": " : "";
    char *text = arena_printf(arena, "%s%s%s%s%s%s%s. %s", path, about, reasons[reason].message,
                              have[0] != '\0' ? "; have " : "", have, need[0] != '\0' ? "; need " : "", need,
                              reasons[reason].next);
    refusal->reason = (Rasad__V1__Reason)reason;
    refusal->field = (char *)(uintptr_t)path;
    if (text != NULL) refusal->message = text;
    refusal->have = (char *)(uintptr_t)have;
    refusal->need = (char *)(uintptr_t)need;
    refusal->next = (char *)(uintptr_t)reasons[reason].next;
    refusal->line = line;
    return refusal;
}

static void refusal_add(struct call *call, enum reason reason, const char *field, const char *have, const char *need)
{
    if (call->refusals_n == REFUSALS_SHOWN_MAX) return;
    const char *path = refusal_path(call->arena, lines_field(call), call->line, field);
    char *have_copy = arena_strdup(call->arena, have), *need_copy = arena_strdup(call->arena, need);
    Rasad__V1__Refusal *refusal = refusal_make(call->arena, reason, call->line, path, have_copy != NULL ? have_copy : "",
                                               need_copy != NULL ? need_copy : "");
    if (refusal != NULL) call->refusals[call->refusals_n++] = refusal;
}

void refuse_request(struct call *call, enum reason reason, const char *field, const char *have, const char *need)
{
    refusal_add(call, reason, field, have, need);
    call->request_refused = true;
}

static void refuse_line(struct call *call, enum reason reason, const char *field, int64_t have, int64_t need,
                        const char *have_text, const char *need_text)
{
    bool by_line = call->line > 0 && call->command->refusing == BY_LINE;
    if (call->line > 0 && call->line_refused) return; /* the first counts */
    refusal_add(call, reason, field, have_text, need_text);
    if (call->line > 0) call->line_refused = true;
    if (!by_line) {
        call->whole_refused = true;
        return;
    }
    Rasad__V1__Refused *refused_fact = make(call, refused);
    Rasad__V1__Event *event = make(call, event);
    if (refused_fact == NULL || event == NULL) return;
    refused_fact->reason = (Rasad__V1__Reason)reason;
    refused_fact->field = arena_strdup(call->arena, field);
    if (refused_fact->field == NULL) return;
    refused_fact->have = have;
    refused_fact->need = need;
    event->fact_case = RASAD__V1__EVENT__FACT_REFUSED;
    event->refused = refused_fact;
    call->event = event;
}

void refuse(struct call *call, enum reason reason, const char *field, int64_t have, int64_t need)
{
    char have_text[24] = "", need_text[24] = "";
    if (have != 0 || need != 0) {
        snprintf(have_text, sizeof have_text, "%lld", (long long)have);
        snprintf(need_text, sizeof need_text, "%lld", (long long)need);
    }
    refuse_line(call, reason, field, have, need, have_text, need_text);
}

void refuse_words(struct call *call, enum reason reason, const char *field, const char *have, const char *need)
{
    refuse_line(call, reason, field, 0, 0, have, need);
}

bool refused(const struct call *call)
{
    if (call->request_refused || call->txn->err != ERR_OK || call->arena->full) return true;
    return call->line > 0 ? call->line_refused : call->whole_refused;
}

/* ---- lines */

static bool lines_bounded(struct call *call, size_t n)
{
    char have[24];
    snprintf(have, sizeof have, "%zu", n);
    if (n == 0) refuse_request(call, REASON_NOTHING_TO_DO, lines_field(call), "0", "at least 1");
    if (n > LINES_PER_COMMAND_MAX) refuse_request(call, REASON_OUT_OF_RANGE, lines_field(call), have, "at most 1000");
    return n > 0 && n <= LINES_PER_COMMAND_MAX;
}

void call_check(struct call *call, size_t n, line_handler *check)
{
    if (call->request_refused || !lines_bounded(call, n)) return;
    for (size_t i = 0; i < n && call->refusals_n < REFUSALS_SHOWN_MAX; i++) {
        call->line = (int32_t)i + 1;
        check(call, i);
    }
    call->line = 0;
}

/* The line's event becomes part of the entry and of the books. */
static void emit(struct call *call)
{
    Rasad__V1__Event *event = call->event;
    if (event == NULL) return;
    must(event->fact_case != RASAD__V1__EVENT__FACT__NOT_SET);
    if (event->n_movements > 0) { /* planned in a list that the next line uses again */
        event->movements = arena_copy(call->arena, event->movements, event->n_movements * sizeof *event->movements);
        if (event->movements == NULL) return;
        for (size_t i = 0; i < event->n_movements; i++) /* a correction plans before the event has its day */
            if (event->movements[i]->day == event_booked_day(event)) event->movements[i]->day = 0;
    }
    call->entry->events[call->entry->n_events++] = event;
    apply_event(call->txn, call->entry->header, event, call->line);
}

void call_lines(struct call *call, size_t n, line_handler *line)
{
    bool by_line = call->command->refusing == BY_LINE;
    if (call->request_refused || call->whole_refused || !lines_bounded(call, n)) return;
    call->entry->events = arena_array(call->arena, n, sizeof *call->entry->events);
    for (size_t i = 0; i < n && call->txn->err == ERR_OK && !call->arena->full; i++) {
        call->line = (int32_t)i + 1;
        call->line_refused = false;
        call->original_event = NULL;
        call->event = make(call, event);
        if (call->event == NULL) break;
        line(call, i);
        if (call->line_refused && !by_line) continue; /* the others are run to show all that is wrong */
        if (call->request_refused) continue;
        if (call->arena->full || call->txn->err != ERR_OK) break; /* nothing half-made is booked */
        emit(call);
    }
    call->line = 0;
    if (call->arena->full && call->txn->err == ERR_OK) call->txn->err = ERR_MEMORY;
}

int64_t line_name(const struct call *call) { return name_of(call->sequence, call->line); }

ProtobufCMessage *message_make(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);
    if (message != NULL) type->message_init(message);
    return message;
}

void **messages_make(struct arena *arena, const ProtobufCMessageDescriptor *type, size_t n)
{
    void **list = arena_array(arena, n, sizeof *list);
    for (size_t i = 0; list != NULL && i < n; i++) {
        list[i] = message_make(arena, type);
        if (list[i] == NULL) return NULL;
    }
    return list;
}

void event_begin(struct call *call, const struct place *place, const struct item *item, int32_t day)
{
    Rasad__V1__Event *event = call->event;
    const Rasad__V1__Event *original = call->original_event;
    if (original != NULL && (strcmp(original->place, place != NULL ? place->code : "") != 0 ||
                             strcmp(original->item, item != NULL ? item->code : "") != 0)) {
        refuse_words(call, REASON_NOT_REVERSIBLE, "corrects", "another place or item", "the same place and item");
        return;
    }
    char *place_code_text = place != NULL ? arena_strdup(call->arena, place->code) : NULL;
    char *item_code_text = item != NULL ? arena_strdup(call->arena, item->code) : NULL;
    if (place_code_text != NULL) event->place = place_code_text;
    if (item_code_text != NULL) event->item = item_code_text;
    event->day = day;
    event->booked_later = open_day(call->txn, day) - day;
}

int32_t event_booked_day(const Rasad__V1__Event *event) { return event->day + event->booked_later; }

/* ---- checks of shape */

bool check_range(struct call *call, const char *field, int64_t value, int64_t least, int64_t most)
{
    char have[24], need[64];
    if (value >= least && value <= most) return true;
    snprintf(have, sizeof have, "%lld", (long long)value);
    snprintf(need, sizeof need, "%lld to %lld", (long long)least, (long long)most);
    refuse_request(call, REASON_OUT_OF_RANGE, field, have, need);
    return false;
}

bool check_quantity(struct call *call, const char *field, int64_t quantity, int64_t least)
{
    return check_range(call, field, quantity, least, QUANTITY_MAX);
}

bool check_code(struct call *call, const char *field, const char *code)
{
    if (code[0] == '\0') {
        refuse_request(call, REASON_MISSING, field, "", "a code");
        return false;
    }
    return check_code_or_empty(call, field, code);
}

/* What somebody typed, short enough to be shown back. */
static const char *shown(struct call *call, const char *text)
{
    const char *copy = arena_printf(call->arena, "\"%.40s%s\"", text, strlen(text) > 40 ? "..." : "");
    return copy != NULL && utf8_ok(copy, strlen(copy)) ? copy : "something else";
}

bool check_code_or_empty(struct call *call, const char *field, const char *code)
{
    if (code[0] == '\0' || code_ok(code)) return true;
    refuse_request(call, REASON_BAD_FORMAT, field, shown(call, code), "1 to 24 of A-Z a-z 0-9 . _ -");
    return false;
}

bool check_any_day(struct call *call, const char *field, const char *text, int32_t *day)
{
    if (day_parse(text, day)) return true;
    if (text[0] == '\0') refuse_request(call, REASON_MISSING, field, "", "a day, YYYY-MM-DD");
    else refuse_request(call, REASON_BAD_FORMAT, field, shown(call, text), "a real day, YYYY-MM-DD, from 1990 to 2100");
    return false;
}

bool check_day(struct call *call, const char *field, const char *text, int32_t *day)
{
    char latest[11];
    if (!check_any_day(call, field, text, day)) return false;
    if (*day <= call->today + DAYS_AHEAD_MAX) return true;
    day_format(call->today + DAYS_AHEAD_MAX, latest);
    const char *need = arena_printf(call->arena, "%s or before", latest);
    refuse_request(call, REASON_FUTURE_DAY, field, text, need != NULL ? need : latest);
    return false;
}

bool check_name(struct call *call, const char *field, const char *text, int64_t *name)
{
    if (name_parse(text, name)) return true;
    refuse_request(call, REASON_BAD_FORMAT, field, shown(call, text), "sequence.line, as in 812.3");
    return false;
}

bool check_text(struct call *call, const char *field, const char *text, size_t bytes_max)
{
    char have[40], need[40];
    size_t bytes = strlen(text);
    if (bytes > bytes_max) {
        snprintf(have, sizeof have, "%zu bytes", bytes);
        snprintf(need, sizeof need, "at most %zu bytes", bytes_max);
        refuse_request(call, REASON_OUT_OF_RANGE, field, have, need);
        return false;
    }
    if (utf8_plain(text, bytes)) return true;
    refuse_request(call, REASON_BAD_FORMAT, field, "", "text without control characters");
    return false;
}

struct key_seen {
    const char *text;
    int32_t line;
    struct key_seen *older; /* in the same bucket */
};

bool check_once(struct call *call, const char *field, const char *key_text)
{
    enum { BUCKETS = 256 }; /* most commands have one line, and all of this to zero */
    uint32_t hash = UINT32_C(2166136261);
    if (call->seen == NULL) call->seen = arena_array(call->arena, BUCKETS, sizeof(struct key_seen *));
    struct key_seen *seen = arena_alloc(call->arena, sizeof *seen);
    if (call->seen == NULL || seen == NULL) return false;
    for (const char *c = key_text; *c != '\0'; c++) hash = (hash ^ (uint8_t)*c) * UINT32_C(16777619);
    struct key_seen **bucket = &call->seen[hash % BUCKETS];
    for (const struct key_seen *one = *bucket; one != NULL; one = one->older) {
        if (strcmp(one->text, key_text) != 0) continue;
        char have[40];
        snprintf(have, sizeof have, "line %d too", one->line);
        refuse_request(call, REASON_TWICE, field, have, "once");
        return false;
    }
    *seen = (struct key_seen){arena_strdup(call->arena, key_text), call->line, *bucket};
    if (seen->text == NULL) return false;
    *bucket = seen;
    return true;
}

/* ---- look-ups and rights */

bool find_place(struct call *call, const char *field, const char *code, struct place *place)
{
    if (place_find(call->txn, code, place)) return true;
    refuse_words(call, REASON_UNKNOWN_CODE, field, shown(call, code), "the code of a place");
    return false;
}

static bool covers(const struct call *call, const struct place *place, uint32_t roles)
{
    if (call->caller.all) return true;
    for (size_t i = 0; i < call->caller.n; i++)
        if ((roles & UINT32_C(1) << call->caller.roles[i].role) != 0 && place_within(place, call->caller.roles[i].place))
            return true;
    return false;
}

bool may_at(const struct call *call, const struct place *place) { return covers(call, place, call->command->roles); }
bool may_see(const struct call *call, const struct place *place) { return covers(call, place, SIGNED_IN); }

bool find_own_place(struct call *call, const char *field, const char *code, struct place *place)
{
    if (!find_place(call, field, code, place)) return false;
    if (may_at(call, place)) return true;
    refuse_words(call, REASON_NOT_YOURS, field, shown(call, code), "a place of yours, or below it");
    return false;
}

bool find_item(struct call *call, const char *field, const char *code, struct item *item)
{
    if (item_find(call->txn, code, item)) return true;
    refuse_words(call, REASON_UNKNOWN_CODE, field, shown(call, code), "the code of an item");
    return false;
}

bool find_goods(struct call *call, const char *field, const char *code, struct item *item)
{
    if (!find_item(call, field, code, item)) return false;
    if (item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS) return true;
    refuse_words(call, REASON_WRONG_KIND, field, shown(call, code), "an item that is goods");
    return false;
}

int32_t page_limit(struct call *call, int32_t limit, int32_t usual)
{
    if (limit == 0) return usual;
    if (!check_range(call, "limit", limit, 1, PAGE_LINES_MAX)) return usual;
    return limit;
}

/* ---- taking back */

/* Sets original_event and gives the header of its entry. */
static int64_t referred(struct call *call, const Rasad__V1__LineRef *ref, const char *field, Rasad__V1__Header **header)
{
    uint8_t id[UUID_BYTES];
    if (!uuid_parse(ref->request_id, id)) {
        refuse_words(call, REASON_BAD_FORMAT, field, shown(call, ref->request_id), "the request id of an earlier command");
        return 0;
    }
    int64_t sequence = request_find(call->txn, id, NULL);
    int64_t name = sequence != 0 && ref->line >= 1 && ref->line <= LINES_PER_COMMAND_MAX ? name_of(sequence, ref->line) : 0;
    call->original_event = journal_event(call->txn, name, header);
    if (call->original_event != NULL) return name;
    refuse_words(call, REASON_UNKNOWN_CODE, field, shown(call, ref->request_id), "a recorded command and one of its lines");
    return 0;
}

/* Which service's method made it: "Materials". */
static bool same_service(const char *a, const char *b)
{
    size_t n = strcspn(a, "/");
    return strncmp(a, b, n + 1) == 0;
}

/* Whoever may record it may take it back, at the place where it may be recorded: hand-ins and returns at the taker too,
 * what was settled at the receiver too. Who recorded it does not matter: she may work elsewhere now. */
static bool stands_with(struct call *call, const char *method, const Rasad__V1__Event *event)
{
    const struct command *made_by = command_find(method);
    uint32_t roles = call->command->roles & (made_by != NULL ? made_by->roles : UINT32_MAX);
    struct place place;
    if (event->fact_case == RASAD__V1__EVENT__FACT_BOTH_KEPT) { /* who may say it of the line may unsay it */
        event = journal_event(call->txn, event->both_kept->line, NULL);
        if (event == NULL) return false;
    }
    if (place_find(call->txn, event->place, &place) && covers(call, &place, roles)) return true;
    const char *to = event->fact_case == RASAD__V1__EVENT__FACT_HANDED_IN  ? event->handed_in->to
                     : event->fact_case == RASAD__V1__EVENT__FACT_RETURNED ? event->returned->to
                     : event->fact_case == RASAD__V1__EVENT__FACT_SETTLED  ? event->settled->to
                                                                           : "";
    return place_find(call->txn, to, &place) && covers(call, &place, roles);
}

static bool may_take_back(struct call *call, const char *field, int64_t name, const Rasad__V1__Header *header)
{
    const Rasad__V1__Event *event = call->original_event;
    struct key k = key("q", name);
    int64_t by = number_get(call->txn, TABLE_reversal, &k);
    if (by != 0) {
        refuse(call, REASON_ALREADY_REVERSED, field, name_sequence(by), 0);
    } else if (!fact_reversible(event->fact_case) || !same_service(header->method, call->command->method)) {
        refuse_words(call, REASON_NOT_REVERSIBLE, field, fact_name(event->fact_case), "an accepted fact of this service");
    } else if (!stands_with(call, header->method, event)) {
        refuse_words(call, REASON_NOT_YOURS, field, event->place, "a place of yours, or below it");
    }
    return !refused(call);
}

bool is_correction(const Rasad__V1__LineRef *corrects)
{
    return corrects != NULL && (corrects->request_id[0] != '\0' || corrects->line != 0);
}

bool line_corrects(struct call *call, const Rasad__V1__LineRef *ref, Rasad__V1__Event__FactCase fact)
{
    if (!is_correction(ref)) return true;
    Rasad__V1__Header *header;
    int64_t name = referred(call, ref, "corrects", &header);
    if (name == 0 || !may_take_back(call, "corrects", name, header)) return false;
    if (call->original_event->fact_case != fact) {
        refuse_words(call, REASON_NOT_REVERSIBLE, "corrects", fact_name(call->original_event->fact_case), fact_name(fact));
        return false;
    }
    call->event->place = call->original_event->place; /* event_begin sees to it that they stay */
    call->event->item = call->original_event->item;
    call->event->reverses = name;
    ledger_undo(call, call->original_event);
    return !refused(call);
}

static void check_ref(struct call *call, const Rasad__V1__LineRef *ref)
{
    char text[64];
    (void)check_range(call, "line", ref->line, 1, LINES_PER_COMMAND_MAX);
    snprintf(text, sizeof text, "%.40s %d", ref->request_id, ref->line);
    (void)check_once(call, "", text);
}

/* The line's event is about the line named: its place, item and day. 0: refused. */
static int64_t about_line(struct call *call, const Rasad__V1__LineRef *ref)
{
    Rasad__V1__Header *header;
    int64_t name = referred(call, ref, "request_id", &header);
    if (name == 0 || !may_take_back(call, "", name, header)) return 0;
    const Rasad__V1__Event *original = call->original_event;
    call->event->place = original->place;
    call->event->item = original->item;
    call->event->day = original->day;
    call->event->booked_later = open_day(call->txn, event_booked_day(original)) - original->day;
    return name;
}

static const Rasad__V1__ReverseRequest *reverse_request(const struct call *call)
{
    return (const Rasad__V1__ReverseRequest *)call->request;
}

static void check_reverse(struct call *call, size_t i) { check_ref(call, reverse_request(call)->lines[i]); }

static void reverse_line(struct call *call, size_t i)
{
    int64_t name = about_line(call, reverse_request(call)->lines[i]);
    if (name == 0) return;
    call->event->reverses = name;
    call->event->fact_case = RASAD__V1__EVENT__FACT_REVERSED;
    call->event->reversed = make(call, reversed);
    ledger_undo(call, call->original_event);
}

void handle_reverse(struct call *call)
{
    call_check(call, reverse_request(call)->n_lines, check_reverse);
    call_lines(call, reverse_request(call)->n_lines, reverse_line);
}

/* ---- both are right */

static const Rasad__V1__KeepBothRequest *keep_both_request(const struct call *call)
{
    return (const Rasad__V1__KeepBothRequest *)call->request;
}

static void check_keep_both(struct call *call, size_t i) { check_ref(call, keep_both_request(call)->lines[i]); }

static void keep_both_line(struct call *call, size_t i)
{
    int64_t name = about_line(call, keep_both_request(call)->lines[i]);
    Rasad__V1__BothKept *fact = make(call, both_kept);
    if (name == 0 || fact == NULL) return;
    if (call->original_event->fact_case == RASAD__V1__EVENT__FACT_BOTH_KEPT) {
        refuse_words(call, REASON_WRONG_KIND, "", fact_name(call->original_event->fact_case), "a line of goods, not an answer about one");
        return;
    }
    fact->line = name;
    call->event->fact_case = RASAD__V1__EVENT__FACT_BOTH_KEPT;
    call->event->both_kept = fact;
}

void handle_keep_both(struct call *call)
{
    call_check(call, keep_both_request(call)->n_lines, check_keep_both);
    call_lines(call, keep_both_request(call)->n_lines, keep_both_line);
}

bool both_kept(struct txn *txn, int64_t name)
{
    struct key k = key("q", name);
    return number_get(txn, TABLE_both_kept, &k) != 0;
}
