/* call_backs.c - who waits for a call: most people call rather than click, and a line is often cut.
 * Shape:   one note a person or number, in a local table: personal data and free text stay out of the journal. The key is
 *          who, so asking again changes the note and never makes a second.
 * Rights:  anybody notes herself; help line, officer and administrator note and call whom they look after.
 */
#include "registry/inside.h"

#include <stdlib.h>
#include <string.h>

#define CALLERS (HELPLINE | OFFICER | ADMIN)

/* ---- whose note */

static struct key note_key(const char *person, const char *phone)
{
    char digits[PHONE_BYTES_MAX + 2] = "+";
    size_t n = 1;
    for (; *phone != '\0' && n <= PHONE_BYTES_MAX; phone++)
        if (*phone >= '0' && *phone <= '9') digits[n++] = *phone;
    digits[n] = '\0';
    return person[0] != '\0' ? key("s", person) : key("s", digits);
}

static bool check_who(struct call *call, const char *person, const char *phone)
{
    check_code_or_empty(call, "person", person);
    check_phone(call, "phone", phone);
    if (person[0] != '\0' && phone[0] != '\0')
        refuse_request(call, REASON_TWICE, "phone", "both", "a person or a phone number, not both");
    return !refused(call);
}

/* The first place of the person's that this caller works for; of herself any. */
static const char *find_desk(struct call *call, const char *person)
{
    const Rasad__V1__PersonRow *row = person_row(call->txn, code_id(call->txn, CODE_PERSON, person));
    struct place place;
    if (row == NULL || row->commitment.len == 0) {
        refuse_words(call, REASON_UNKNOWN_CODE, "person", typed(call, person), "the code of a person");
        return NULL;
    }
    bool herself = strcmp(person, call->caller.code) == 0;
    for (size_t i = 0; i < row->n_roles; i++)
        if (place_find(call->txn, row->roles[i]->place, &place) &&
            (herself || caller_covers(&call->caller, CALLERS, &place)))
            return row->roles[i]->place;
    refuse_words(call, REASON_NOT_YOURS, "person", person, "somebody who works at a place of yours, or below it");
    return NULL;
}

static const char *find_number_desk(struct call *call, const char *code)
{
    struct place place;
    if (!check_code(call, "place", code) || !find_place(call, "place", code, &place)) return NULL;
    if (caller_covers(&call->caller, CALLERS, &place)) return arena_strdup(call->arena, place.code);
    refuse_words(call, REASON_NOT_YOURS, "place", code, "a place of yours, or below it");
    return NULL;
}

static size_t notes_count(struct call *call)
{
    struct scan scan;
    struct key from = {.n = 0};
    size_t n = 0;
    for (scan_begin(&scan, call->txn, TABLE_call_back, &from, 0); scan_next(&scan);) n++;
    scan_end(&scan);
    return n;
}

/* ---- commands */

void handle_ask_call_back(struct call *call)
{
    const Rasad__V1__AskCallBackRequest *request = (const void *)call->request;
    const char *person = request->person[0] == '\0' && request->phone[0] == '\0' ? call->caller.code : request->person;
    Rasad__V1__CallBackRow row;
    check_text(call, "about", request->about, CALL_BACK_BYTES_MAX);
    if (!check_who(call, request->person, request->phone)) return;
    const char *desk = person[0] != '\0' ? find_desk(call, person) : find_number_desk(call, request->place);
    if (desk == NULL || refused(call)) return;

    struct key k = note_key(person, request->phone);
    const Rasad__V1__CallBackRow *before = row_get(call->txn, TABLE_call_back, &k, &rasad__v1__call_back_row__descriptor);
    if (before == NULL && notes_count(call) >= CALL_BACKS_MAX) {
        refuse_words(call, REASON_OUT_OF_RANGE, "", "2,000 wait already", "calls made first: EndCallBack erases a note");
        return;
    }
    rasad__v1__call_back_row__init(&row);
    if (before != NULL) row = *before;
    else row.asked_ms = call->now_ms;
    row.person = (char *)(uintptr_t)person;
    row.phone = request->phone;
    row.place = (char *)(uintptr_t)desk;
    row.about = request->about;
    row.asked_by = (char *)(uintptr_t)call->caller.code;
    row_put(call->txn, TABLE_call_back, &k, &row.base);
    call->reply = make(call, empty);
}

/* May the caller make this call? */
static bool note_mine(struct call *call, const Rasad__V1__CallBackRow *row)
{
    struct place place;
    return call->caller.all || (place_find(call->txn, row->place, &place) && may_at(call, &place));
}

void handle_end_call_back(struct call *call)
{
    const Rasad__V1__EndCallBackRequest *request = (const void *)call->request;
    if (!check_who(call, request->person, request->phone)) return;
    if (request->person[0] == '\0' && request->phone[0] == '\0')
        refuse_request(call, REASON_MISSING, "person", "", "a person or a phone number of the list");
    if (refused(call)) return;
    struct key k = note_key(request->person, request->phone);
    Rasad__V1__CallBackRow *row = row_get(call->txn, TABLE_call_back, &k, &rasad__v1__call_back_row__descriptor);
    if (row == NULL || !note_mine(call, row)) { /* called already, by another desk */
        refuse_words(call, REASON_NOTHING_TO_DO, "person", "no such note", "somebody of the list");
        return;
    }
    if (request->reached) {
        txn_del(call->txn, TABLE_call_back, &k);
    } else {
        row->tries++;
        row->last_try_ms = call->now_ms;
        row_put(call->txn, TABLE_call_back, &k, &row->base);
    }
    call->reply = make(call, empty);
}

/* ---- the list */

static int longer_waiting(const void *a, const void *b)
{
    const Rasad__V1__CallBack *x = *(Rasad__V1__CallBack *const *)a, *y = *(Rasad__V1__CallBack *const *)b;
    return (x->asked_ms > y->asked_ms) - (x->asked_ms < y->asked_ms);
}

static Rasad__V1__CallBack *note_view(struct call *call, const Rasad__V1__CallBackRow *row)
{
    Rasad__V1__CallBack *view = make(call, call_back);
    const Rasad__V1__PrivateRow *private =
        row->person[0] != '\0' ? private_get(call->txn, CODE_PERSON, row->person) : NULL;
    if (view == NULL) return NULL;
    view->person = row->person;
    view->phone = row->phone;
    if (private != NULL) view->name = private->name;
    if (private != NULL) view->phone = private->phone;
    view->place = row->place;
    view->about = row->about;
    view->asked_ms = row->asked_ms;
    view->asked_by = row->asked_by;
    view->tries = row->tries;
    view->last_try_ms = row->last_try_ms;
    return view;
}

void handle_list_call_backs(struct call *call)
{
    const Rasad__V1__ListCallBacksRequest *request = (const void *)call->request;
    Rasad__V1__ListCallBacksResponse *reply = make(call, list_call_backs_response);
    struct place within = {.id = 0}, place;
    struct scan scan;
    struct key from = {.n = 0};
    check_code_or_empty(call, "place", request->place);
    if (refused(call) || reply == NULL) return;
    if (request->place[0] != '\0' && !find_own_place(call, "place", request->place, &within)) return;
    reply->waiting = arena_array(call->arena, CALL_BACKS_MAX, sizeof *reply->waiting);
    if (reply->waiting == NULL) return;
    for (scan_begin(&scan, call->txn, TABLE_call_back, &from, 0); scan_next(&scan) && reply->n_waiting < CALL_BACKS_MAX;) {
        const Rasad__V1__CallBackRow *row = row_unpack(call->txn, scan.value, &rasad__v1__call_back_row__descriptor);
        if (row == NULL || !note_mine(call, row)) continue;
        if (within.id != 0 && (!place_find(call->txn, row->place, &place) || !place_within(&place, within.id))) continue;
        Rasad__V1__CallBack *view = note_view(call, row);
        if (view != NULL) reply->waiting[reply->n_waiting++] = view;
    }
    scan_end(&scan);
    qsort(reply->waiting, reply->n_waiting, sizeof *reply->waiting, longer_waiting);
    if (reply->n_waiting > CALL_BACKS_SHOWN) {
        reply->more = (int32_t)(reply->n_waiting - CALL_BACKS_SHOWN);
        reply->n_waiting = CALL_BACKS_SHOWN;
    }
    call->reply = &reply->base;
}
