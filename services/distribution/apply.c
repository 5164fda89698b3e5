/* apply.c - this room's events into its tables.
 * Owns:    tables need, need_open, need_here, need_at, need_day, need_source, quota_used, shipment, shipment_line, shipment_open,
 *          shipment_at; the questions "missing" (at the sender: its books hold what is on the way) and "to confirm".
 * Rules:   numbers are added and taken away; what a slip's line says about its request line is taken out whole before a
 *          change and put in whole after it, so that facts may come in any order. No row without something to say.
 */
#include "store/apply.h"

#include "distribution/rows.h"
#include "production/hand_in.h"
#include "reports.pb-c.h"

#include <string.h>

/* ---- request lines */

struct edit {
    int64_t name;
    Rasad__V1__NeedRow *row;
    bool was_open;
};

static bool edit_begin(struct txn *txn, int64_t name, struct edit *edit)
{
    edit->name = name;
    edit->row = name != 0 ? need_row(txn, name) : NULL;
    edit->was_open = edit->row != NULL && need_open(edit->row);
    return edit->row != NULL;
}

static void edit_end(struct txn *txn, const struct edit *edit)
{
    const Rasad__V1__NeedRow *row = edit->row;
    struct key need = key("q", edit->name), open = key("dq", row->needed_day, edit->name);
    struct key here = key("udq", (uint32_t)row->place, row->needed_day, edit->name);
    row_put(txn, TABLE_need, &need, &row->base);
    if (need_open(row) == edit->was_open) return;
    if (edit->was_open) {
        txn_del(txn, TABLE_need_open, &open);
        txn_del(txn, TABLE_need_here, &here);
    } else {
        txn_put(txn, TABLE_need_open, &open, "", 0);
        txn_put(txn, TABLE_need_here, &here, "", 0);
    }
}

static void number_add(struct txn *txn, enum table table, const struct key *key, int64_t by)
{
    if (by != 0) number_put(txn, table, key, number_get(txn, table, key) + by);
}

/* Set aside at a place for a request line, or no longer. */
static void source_add(struct txn *txn, struct edit *edit, uint32_t place, int64_t by)
{
    struct key source = key("qu", edit->name, place), at = key("uq", place, edit->name);
    number_add(txn, TABLE_need_source, &source, by);
    if (number_get(txn, TABLE_need_source, &source) > 0) txn_put(txn, TABLE_set_aside, &at, "", 0);
    else txn_del(txn, TABLE_set_aside, &at);
    edit->row->allocated += by;
}

static void quota_add(struct txn *txn, const Rasad__V1__NeedRow *row, int64_t by)
{
    struct key used = key("uud", (uint32_t)row->place, (uint32_t)row->item, row->needed_day);
    number_add(txn, TABLE_quota_used, &used, by);
}

void apply_requested(struct applying *a, const Rasad__V1__Requested *fact, int sign)
{
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__NeedRow *row = (void *)message_make(a->txn->arena, &rasad__v1__need_row__descriptor);
    struct edit edit = {.name = a->name, .row = row};
    struct key at = key("uq", a->place.id, a->name), of_day = key("dq", fact->needed_day, a->name);
    (void)sign;
    if (row == NULL) return;
    row->place = (int32_t)a->place.id;
    row->item = (int32_t)a->item.id;
    row->requested = fact->quantity;
    row->approved = row->at_once = fact->approved;
    row->needed_day = fact->needed_day;
    row->day = a->event->day;
    row->urgent = fact->priority > 0;
    row->asked_by = a->header->actor;
    if (a->header->on_behalf_of[0] != '\0') {
        row->asked_by = a->header->on_behalf_of;
        row->entered_by = a->header->actor;
    }
    edit_end(a->txn, &edit);
    txn_put(a->txn, TABLE_need_at, &at, "", 0);
    txn_put(a->txn, TABLE_need_day, &of_day, "", 0);
    quota_add(a->txn, row, row->at_once);
    arena_release(a->txn->arena, mark);
}

static void question_put(struct txn *txn, const struct key *k, int64_t name, int64_t quantity, int32_t day)
{
    Rasad__V1__QuestionRow *old = row_get(txn, TABLE_question, k, &rasad__v1__question_row__descriptor);
    Rasad__V1__QuestionRow row = RASAD__V1__QUESTION_ROW__INIT;
    row.name = old != NULL ? old->name : name;
    row.day = old != NULL ? old->day : day;
    row.quantity = quantity;
    row_put(txn, TABLE_question, k, &row.base);
}

/* The question names the request line, which is what ConfirmApproval wants. */
static void confirm_put(struct applying *a, const struct edit *edit)
{
    struct key k = key("ububs", (uint32_t)edit->row->place, (int)RASAD__V1__QUESTION_KIND__QUESTION_KIND_TO_CONFIRM,
                       (uint32_t)edit->row->item, 0, name_text(a->txn->arena, edit->name));
    if (edit->row->to_confirm) question_put(a->txn, &k, edit->name, edit->row->approved, a->event->day);
    else txn_del(a->txn, TABLE_question, &k);
}

void apply_approved(struct applying *a, const Rasad__V1__Approved *fact, int sign)
{
    size_t mark = arena_mark(a->txn->arena);
    struct edit edit;
    (void)sign;
    if (edit_begin(a->txn, fact->request, &edit)) {
        bool asked = edit.row->to_confirm;
        edit.row->approved = fact->quantity;
        edit.row->decided = true;
        edit.row->approved_by = a->header->actor;
        edit.row->to_confirm = fact->alone != RASAD__V1__ALONE_REASON__ALONE_REASON_NONE;
        edit_end(a->txn, &edit);
        if (asked || edit.row->to_confirm) confirm_put(a, &edit);
    }
    arena_release(a->txn->arena, mark);
}

void apply_approval_confirmed(struct applying *a, const Rasad__V1__ApprovalConfirmed *fact, int sign)
{
    size_t mark = arena_mark(a->txn->arena);
    struct edit edit;
    (void)sign;
    if (edit_begin(a->txn, fact->request, &edit)) {
        edit.row->to_confirm = false;
        edit_end(a->txn, &edit);
        confirm_put(a, &edit);
    }
    arena_release(a->txn->arena, mark);
}

static void set_aside_add(struct applying *a, int64_t request, int64_t by)
{
    size_t mark = arena_mark(a->txn->arena);
    struct edit edit;
    if (edit_begin(a->txn, request, &edit)) {
        source_add(a->txn, &edit, a->place.id, by);
        edit_end(a->txn, &edit);
    }
    arena_release(a->txn->arena, mark);
}

void apply_allocated(struct applying *a, const Rasad__V1__Allocated *fact, int sign)
{
    set_aside_add(a, fact->request, sign * fact->quantity);
}

void apply_unallocated(struct applying *a, const Rasad__V1__Unallocated *fact, int sign)
{
    set_aside_add(a, fact->request, -sign * fact->quantity);
}

static int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }

/* The movements say where something was given back. */
void apply_request_cancelled(struct applying *a, const Rasad__V1__RequestCancelled *fact, int sign)
{
    size_t mark = arena_mark(a->txn->arena);
    struct edit edit;
    (void)sign;
    if (edit_begin(a->txn, fact->request, &edit)) {
        int64_t at_once = least(edit.row->at_once, fact->quantity);
        for (size_t i = 0; i < a->event->n_movements; i++) {
            const Rasad__V1__Movement *m = a->event->movements[i];
            uint32_t place = m->from_place[0] != '\0' ? code_id(a->txn, CODE_PLACE, m->from_place) : a->place.id;
            if (movement_own(m, RESERVED, STOCK)) source_add(a->txn, &edit, place, -m->quantity);
        }
        edit.row->cancelled += fact->quantity;
        edit.row->at_once -= at_once;
        quota_add(a->txn, edit.row, -at_once);
        edit_end(a->txn, &edit);
    }
    arena_release(a->txn->arena, mark);
}

/* ---- what a slip's line says about its request line */

static void contribution(Rasad__V1__NeedRow *need, const Rasad__V1__ShipmentLineRow *line, int sign)
{
    if (line == NULL) return;
    need->sent += sign * line->sent;
    need->received += sign * line->received;
    need->spoiled += sign * line->spoiled;
    need->lost += sign * line->settled;
    need->missing += sign * line_missing(line);
}

static void contribute(struct txn *txn, int64_t request, const Rasad__V1__ShipmentLineRow *was,
                       const Rasad__V1__ShipmentLineRow *now)
{
    struct edit edit;
    if (!edit_begin(txn, request, &edit)) return;
    contribution(edit.row, was, -1);
    contribution(edit.row, now, +1);
    edit_end(txn, &edit);
}

static void need_follow(struct txn *txn, const Rasad__V1__ShipmentLineRow *was, const Rasad__V1__ShipmentLineRow *now)
{
    if (was->request == now->request) {
        contribute(txn, now->request, was, now);
    } else {
        contribute(txn, was->request, was, NULL);
        contribute(txn, now->request, NULL, now);
    }
}

/* ---- shipments */

/* At both ends, and among those with something on the way. */
static void indexed(struct txn *txn, const Rasad__V1__ShipmentRow *row, const char *slip, bool put)
{
    int open = row->open_lines > 0 ? 1 : 0;
    struct key keys[] = {key("ubs", (uint32_t)row->from, open, slip), key("ubs", (uint32_t)row->to, open, slip),
                         key("ds", row->day, slip)};
    for (size_t i = 0; i < (open ? 3 : 2); i++) {
        enum table table = i < 2 ? TABLE_shipment_at : TABLE_shipment_open;
        if (put) txn_put(txn, table, &keys[i], "", 0);
        else txn_del(txn, table, &keys[i]);
    }
}

static void counted_sent(struct applying *a, Rasad__V1__ShipmentRow *row, int sign)
{
    const Rasad__V1__Sent *fact = a->event->sent;
    row->sends += sign;
    if (sign > 0 && row->sends == 1) {
        row->sent_day = a->event->day;
        row->sent_ms = a->header->server_time_ms;
    }
    if (sign > 0 && row->carrier[0] == '\0') row->carrier = fact->carrier;
    if (sign > 0 && row->waybill[0] == '\0') row->waybill = fact->waybill;
    if (row->sends != 0) return;
    row->sent_day = 0;
    row->sent_ms = 0;
    row->carrier = row->waybill = (char *)(uintptr_t)"";
}

static void counted_received(const struct applying *a, Rasad__V1__ShipmentRow *row, int sign)
{
    row->receipts += sign;
    if (sign > 0 && row->receipts == 1) row->received_day = a->event->day;
    if (row->receipts == 0) row->received_day = 0;
}

/* The slip's row: how many facts stand, and whether something is on the way. */
static void shipment_follow(struct applying *a, Rasad__V1__ShipmentRow *row, const char *slip, bool existed, int opened,
                            int sign)
{
    Rasad__V1__ShipmentRow was = *row;
    struct key k = key("s", slip);
    if (a->event->fact_case == RASAD__V1__EVENT__FACT_SENT) counted_sent(a, row, sign);
    else if (a->event->fact_case == RASAD__V1__EVENT__FACT_RECEIVED) counted_received(a, row, sign);
    else row->settlements += sign;
    row->open_lines += opened;
    bool stands = row->sends != 0 || row->receipts != 0 || row->settlements != 0;
    bool same = existed && stands && (was.open_lines > 0) == (row->open_lines > 0);
    if (existed && !same) indexed(a->txn, &was, slip, false);
    if (stands && !same) indexed(a->txn, row, slip, true);
    if (stands) row_put(a->txn, TABLE_shipment, &k, &row->base);
    else txn_del(a->txn, TABLE_shipment, &k);
}

static void missing_follow(struct applying *a, uint32_t from, const char *slip, int64_t was, int64_t now)
{
    struct key k = key("ububs", from, (int)RASAD__V1__QUESTION_KIND__QUESTION_KIND_MISSING, a->item.id, (int)TRANSIT,
                       slip);
    if (was == now) return;
    if (now > 0) question_put(a->txn, &k, a->name, now, a->event->day);
    else txn_del(a->txn, TABLE_question, &k);
}

static Rasad__V1__ShipmentRow *shipment_new(const struct applying *a, uint32_t from, uint32_t to)
{
    Rasad__V1__ShipmentRow *row = (void *)message_make(a->txn->arena, &rasad__v1__shipment_row__descriptor);
    if (row == NULL) return NULL;
    row->from = (int32_t)from;
    row->to = (int32_t)to;
    row->day = a->event->day;
    row->sequence = a->header->sequence;
    return row;
}

/* A Sent, Received or Settled, or its taking back. */
static void shipment_fact(struct applying *a, const char *slip, uint32_t from, uint32_t to, int sign)
{
    struct txn *txn = a->txn;
    size_t mark = arena_mark(txn->arena);
    struct key k = key("su", slip, a->item.id);
    Rasad__V1__ShipmentRow *shipment = shipment_row(txn, slip);
    Rasad__V1__ShipmentLineRow *line = shipment_line_row(txn, slip, a->item.id);
    bool existed = shipment != NULL;
    if (shipment == NULL) shipment = shipment_new(a, from, to);
    if (line == NULL) line = (void *)message_make(txn->arena, &rasad__v1__shipment_line_row__descriptor);
    if (shipment != NULL && line != NULL && txn->err == ERR_OK) {
        Rasad__V1__ShipmentLineRow was = *line;
        shipment_line_add(txn->arena, line, a->event, sign);
        need_follow(txn, &was, line);
        missing_follow(a, (uint32_t)shipment->from, slip, line_missing(&was), line_missing(line));
        shipment_follow(a, shipment, slip, existed, (line_on_way(line) > 0) - (line_on_way(&was) > 0), sign);
        if (line_empty(line)) txn_del(txn, TABLE_shipment_line, &k);
        else row_put(txn, TABLE_shipment_line, &k, &line->base);
    }
    if (txn->arena->full && txn->err == ERR_OK) txn->err = ERR_MEMORY;
    arena_release(txn->arena, mark);
}

void apply_sent(struct applying *a, const Rasad__V1__Sent *fact, int sign)
{
    int64_t reserved = sent_of_reserved(a->event);
    if (reserved != 0) set_aside_add(a, fact->request, -sign * reserved);
    shipment_fact(a, fact->slip, a->place.id, code_id(a->txn, CODE_PLACE, fact->to), sign);
}

void apply_received(struct applying *a, const Rasad__V1__Received *fact, int sign)
{
    shipment_fact(a, fact->slip, code_id(a->txn, CODE_PLACE, fact->from), a->place.id, sign);
}

void apply_settled(struct applying *a, const Rasad__V1__Settled *fact, int sign)
{
    shipment_fact(a, fact->slip, a->place.id, code_id(a->txn, CODE_PLACE, fact->to), sign);
}

/* ---- deliveries: the ledger's movements say it all, but for the sack of what was handed in on the way */

void apply_delivered(struct applying *a, const Rasad__V1__Delivered *fact, int sign)
{
    if (sign > 0 && fact->out_of_made) hand_in_close(a, fact->taker, fact->lot, fact->number);
}

void apply_served(struct applying *a, const Rasad__V1__Served *fact, int sign)
{
    (void)a;
    (void)fact;
    (void)sign;
}

void apply_rated(struct applying *a, const Rasad__V1__Rated *fact, int sign)
{
    struct key k = key("duu", a->event->day, a->place.id, a->item.id);
    number_put(a->txn, TABLE_rating, &k, sign > 0 ? (int64_t)fact->how : 0);
}
