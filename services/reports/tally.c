/* tally.c - GetTally: how many places of each kind and with each mark; GetPresence: how many were at work.
 * Source:  tables tally and presence, kept for every place with all below it: one row each, however many there are.
 * Bounds:  KINDS_MAX kinds, PAGE_LINES_MAX marks, ITEMS_MAX items.
 */
#include "production/keys.h"
#include "reports/reports.h"

#include <string.h>

#define TALLY_COUNT 1

struct tally {
    size_t n;
    Rasad__V1__TallyRow **rows;
};

static struct tally tally_read(struct call *call, uint32_t place, enum code_class class)
{
    struct scan scan;
    struct key from = key("ub", place, (int)class);
    struct tally tally = {0, arena_array(call->arena, PAGE_LINES_MAX, sizeof *tally.rows)};
    for (scan_begin(&scan, call->txn, TABLE_tally, &from, 5); scan_next(&scan) && tally.n < PAGE_LINES_MAX;) {
        uint32_t place_id, id;
        int class_read;
        Rasad__V1__TallyRow *row = make(call, tally_row);
        if (row == NULL || tally.rows == NULL || !key_read(scan.key, "ubu", &place_id, &class_read, &id)) break;
        row->code = text(class == CODE_KIND ? kind_code(call->txn, id) : mark_code(call->txn, id));
        row->count = sum_get(call->txn, TABLE_tally, key("ubu", place, (int)class, id), TALLY_COUNT);
        tally.rows[tally.n++] = row;
    }
    scan_end(&scan);
    return tally;
}

void handle_get_tally(struct call *call)
{
    const Rasad__V1__GetTallyRequest *request = (const void *)call->request;
    struct place place;
    if (!find_seen_place(call, request->place, &place)) return;
    Rasad__V1__GetTallyResponse *reply = make(call, get_tally_response);
    if (reply == NULL) return;
    struct tally places = tally_read(call, place.id, CODE_KIND), marks = tally_read(call, place.id, CODE_MARK);
    reply->n_places = places.n;
    reply->places = places.rows;
    reply->n_marks = marks.n;
    reply->marks = marks.rows;
    call->reply = &reply->base;
}

/* ---- presence */

static void presence_add(struct call *call, uint32_t place, uint32_t item, uint32_t period,
                         Rasad__V1__GetPresenceResponse *reply)
{
    struct key k = presence_key(place, item, period);
    int64_t members = sum_get(call->txn, TABLE_presence, k, PRESENT_MEMBERS);
    int64_t makers = sum_get(call->txn, TABLE_presence, k, PRESENT_MAKERS);
    if (members == 0 && makers == 0) return;
    Rasad__V1__PresenceView *row = make(call, presence_view);
    if (row == NULL) return;
    row->item = text(item_code(call->txn, item));
    row->members = members;
    row->makers = makers;
    reply->rows[reply->n_rows++] = row;
}

void handle_get_presence(struct call *call)
{
    const Rasad__V1__GetPresenceRequest *request = (const void *)call->request;
    struct place place;
    uint32_t period;
    if (!period_parse(request->period, &period)) {
        refuse_request(call, REASON_BAD_FORMAT, "period", "", "a year or a month of the programme: 2020 or 2020-04");
        return;
    }
    if (!find_seen_place(call, request->place, &place)) return;
    Rasad__V1__GetPresenceResponse *reply = make(call, get_presence_response);
    uint32_t items = items_count(call->txn);
    if (reply == NULL) return;
    reply->rows = arena_array(call->arena, items, sizeof *reply->rows);
    for (uint32_t item = 1; item <= items && !refused(call); item++)
        presence_add(call, place.id, item, period, reply);
    call->reply = &reply->base;
}
