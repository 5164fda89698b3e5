/* shipments.c - goods on their way: sent with a slip, received, and what is missing settled.
 * Flow:    header: what the request alone shows, then the places, once; then line by line: corrects, find, event, plan.
 * Books:   sent: what is set aside for the request line, the rest from stock, to transit at the sender. Received:
 *          transit of the sender to stock of the receiver, spoiled ones to unchecked there. What is missing stays in
 *          transit until settled.
 * Rules:   facts in any order: a receipt may name a slip that nobody has sent yet, and what came beyond what was sent
 *          is lent by the books until the sender's entry arrives. One slip is one sender and one receiver.
 */
#include "base/clock.h"
#include "distribution.pb-c.h"
#include "distribution/links.h"
#include "distribution/rows.h"
#include "store/commands.h"

#include <string.h>

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* The line that this one corrects had this slip: it no longer counts. */
static bool corrects_slip(const struct call *call, const char *slip)
{
    const Rasad__V1__Event *old = call->original_event;
    if (old == NULL) return false;
    if (old->fact_case == RASAD__V1__EVENT__FACT_SENT) return strcmp(old->sent->slip, slip) == 0;
    return old->fact_case == RASAD__V1__EVENT__FACT_RECEIVED && strcmp(old->received->slip, slip) == 0;
}

/* Nothing stands under this slip, or all that does is between these two places. Refuses by itself. */
static bool slip_agrees(struct call *call, const char *slip, const struct place *from, const struct place *to)
{
    const Rasad__V1__ShipmentRow *row = shipment_row(call->txn, slip);
    if (row == NULL || ((uint32_t)row->from == from->id && (uint32_t)row->to == to->id)) return true;
    if (row->sends + row->receipts + row->settlements == 1 && corrects_slip(call, slip)) return true;
    const char *have = arena_printf(call->arena, "from %s to %s", place_code(call->txn, (uint32_t)row->from),
                                    place_code(call->txn, (uint32_t)row->to));
    refuse_words(call, REASON_EXISTS, "slip", have != NULL ? have : "", "the same two places");
    return false;
}

/* The slip's line of this item as it stands without the line that is corrected; NULL only without memory. */
static Rasad__V1__ShipmentLineRow *line_now(struct call *call, const char *slip, const struct item *item)
{
    Rasad__V1__ShipmentLineRow *row = shipment_line_row(call->txn, slip, item->id);
    if (row == NULL) row = make(call, shipment_line_row);
    if (row != NULL && corrects_slip(call, slip)) shipment_line_add(call->arena, row, call->original_event, -1);
    return row;
}

/* A sender, and another place; `field` is where the request has that. */
static void check_two_places(struct call *call, const char *from, const char *field, const char *to)
{
    check_code(call, "from", from);
    if (check_code(call, field, to) && strcmp(from, to) == 0)
        refuse_request(call, REASON_BAD_FORMAT, field, to, "another place than the sender");
}

static bool ours(struct call *call, const char *field, const struct place *place)
{
    if (place_keeps(place)) return true;
    refuse_words(call, REASON_WRONG_KIND, field, place->code, "a place of ours that holds, makes or serves goods");
    return false;
}

/* A slip's or waybill's number as it is stored; "" stays "". */
static char *clean(struct call *call, const char *text)
{
    static char none[] = "";
    char out[SLIP_BYTES_MAX + 1];
    char *copy = slip_clean(text, out) ? arena_strdup(call->arena, out) : NULL;
    return copy != NULL ? copy : none;
}

/* ---- Send */

static const Rasad__V1__SendRequest *send_request(const struct call *call) { return (const void *)call->request; }

static void send_check(struct call *call, size_t i)
{
    const Rasad__V1__SendLine *line = send_request(call)->lines[i];
    int64_t name;
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_name(call, "request", line->request, &name);
    check_name(call, "lot", line->lot, &name);
    if (!is_correction(line->corrects)) check_once(call, "item", line->item);
}

/* A request line may be named: of this item and for this place, and the only one this slip answers with the item. */
static bool request_fits(struct call *call, const Rasad__V1__SendLine *line, const struct place *to,
                         const struct item *item, const Rasad__V1__ShipmentLineRow *now, struct need *need)
{
    memset(need, 0, sizeof *need);
    if (line->request[0] == '\0') return true;
    if (!find_need(call, "request", line->request, need)) return false;
    if (need->item.id != item->id || need->place.id != to->id)
        refuse_words(call, REASON_WRONG_KIND, "request", line->request, "a request line of this item for this place");
    else if (now->request != 0 && now->request != need->name)
        refuse_words(call, REASON_EXISTS, "request", name_text(call->arena, now->request), "one for an item on a slip");
    return !refused(call);
}

/* What is set aside at the sender for the request line, with what the corrected line gives back. */
static int64_t set_aside_here(struct call *call, const struct need *need, const struct place *from)
{
    const Rasad__V1__Event *old = call->original_event;
    if (need->name == 0) return 0;
    int64_t back = old != NULL && old->sent->request == need->name ? sent_of_reserved(old) : 0;
    return need_source(call->txn, need->name, from->id) + back;
}

static void book_sent(struct call *call, const struct place *from, const struct item *item, int64_t lot,
                      int64_t quantity, int64_t reserved)
{
    struct move move = {.from = {from->id, RESERVED, lot}, .to = {from->id, TRANSIT, 0}, .item = item->id};
    move.quantity = least(quantity, reserved);
    ledger_move(call, move);
    move.from.stage = STOCK;
    move.quantity = quantity - move.quantity;
    ledger_move(call, move);
}

static void send_line(struct call *call, size_t i)
{
    const Rasad__V1__SendRequest *request = send_request(call);
    const Rasad__V1__SendLine *line = request->lines[i];
    struct place from, to;
    struct item item;
    struct need need;
    int64_t lot = 0;
    int32_t day;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_SENT) ||
        !find_goods(call, "item", line->item, &item) ||
        !place_find(call->txn, request->from, &from) || !place_find(call->txn, request->to, &to) ||
        !day_parse(request->day, &day) || !name_parse(line->lot, &lot))
        return;
    char *slip = clean(call, request->slip);
    const Rasad__V1__ShipmentLineRow *now = line_now(call, slip, &item);
    Rasad__V1__Sent *fact = make(call, sent);
    if (fact == NULL || now == NULL || !slip_agrees(call, slip, &from, &to) ||
        !request_fits(call, line, &to, &item, now, &need))
        return;
    fact->slip = slip;
    fact->to = request->to;
    fact->quantity = line->quantity;
    fact->request = need.name;
    fact->carrier = request->carrier;
    fact->lot = lot;
    fact->waybill = clean(call, request->waybill);
    event_begin(call, &from, &item, day);
    if (refused(call)) return;
    call->event->fact_case = RASAD__V1__EVENT__FACT_SENT;
    call->event->sent = fact;
    book_sent(call, &from, &item, lot, line->quantity, set_aside_here(call, &need, &from));
}

void handle_send(struct call *call)
{
    const Rasad__V1__SendRequest *request = send_request(call);
    struct place from, to;
    char waybill[SLIP_BYTES_MAX + 1];
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_slip(call, request->slip);
    check_two_places(call, request->from, "to", request->to);
    check_code_or_empty(call, "carrier", request->carrier);
    if (request->waybill[0] != '\0' && !slip_clean(request->waybill, waybill))
        refuse_request(call, REASON_BAD_FORMAT, "waybill", request->waybill, "1 to 16 of A-Z 0-9 / -");
    call_check(call, request->n_lines, send_check);
    if (refused(call) || !find_own_place(call, "from", request->from, &from) ||
        !find_place(call, "to", request->to, &to) ||
        !ours(call, "from", &from) || !ours(call, "to", &to))
        return;
    call_lines(call, request->n_lines, send_line);
}

/* ---- Receive */

static const Rasad__V1__ReceiveShipmentRequest *receive_request(const struct call *call)
{
    return (const void *)call->request;
}

static void receive_check(struct call *call, size_t i)
{
    const Rasad__V1__ReceivedLine *line = receive_request(call)->lines[i];
    check_code(call, "item", line->item);
    if (check_quantity(call, "quantity", line->quantity, 0))
        check_range(call, "spoiled", line->spoiled, 0, line->quantity);
    if (!is_correction(line->corrects)) check_once(call, "item", line->item);
}

/* The sender: as the receiver says, else as the slip does. */
static bool find_sender(struct call *call, const char *slip, struct place *from)
{
    const char *code = receive_request(call)->from;
    const Rasad__V1__ShipmentRow *row = shipment_row(call->txn, slip);
    if (code[0] != '\0') return find_place(call, "from", code, from);
    if (row != NULL && place_get(call->txn, (uint32_t)row->from, from)) return true;
    refuse_words(call, REASON_MISSING, "from", "", "the sender: this slip is not known yet");
    return false;
}

/* Out of the sender's transit: the slip's own lots in their order, then any. `taken` of them went before. */
static void book_received(struct call *call, struct move move, const Rasad__V1__ShipmentLineRow *line, int64_t taken)
{
    int64_t take[SHIPMENT_LOTS_MAX] = {0};
    int64_t rest = lots_share(line, taken, move.quantity, take);
    for (size_t i = 0; i < line->n_lots && i < SHIPMENT_LOTS_MAX; i++) {
        move.from.lot = line->lots[i]->lot;
        move.quantity = take[i];
        ledger_move(call, move);
    }
    move.from.lot = 0;
    move.quantity = rest;
    ledger_move(call, move);
}

/* With a slip's link: an item of that slip, of which nobody has said yet what came; or what it said itself, corrected.
 * Whoever has seen the paper has the link: more than could have come is not booked on his word. */
static bool link_may_receive(struct call *call, const Rasad__V1__ShipmentLineRow *now, const char *item, int64_t quantity)
{
    if (call->caller.slip == NULL) return true;
    if (call->original_event != NULL && !link_covers(call, call->original_event))
        refuse_words(call, REASON_NOT_YOURS, "corrects", "a line of another slip", "a line of this slip");
    else if (now->sends == 0) refuse_words(call, REASON_UNKNOWN_CODE, "item", item, "an item of this slip");
    else if (now->receipts > 0) refuse(call, REASON_STATE, "quantity", now->received, 0);
    else if (quantity > LINK_RECEIVED_TIMES * now->sent) refuse(call, REASON_OUT_OF_RANGE, "quantity", quantity, LINK_RECEIVED_TIMES * now->sent);
    return !refused(call);
}

static void receive_line(struct call *call, size_t i)
{
    const Rasad__V1__ReceiveShipmentRequest *request = receive_request(call);
    const Rasad__V1__ReceivedLine *line = request->lines[i];
    struct place from, to;
    struct item item;
    int32_t day;
    char *slip = clean(call, request->slip);
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_RECEIVED) ||
        !find_goods(call, "item", line->item, &item) || !find_sender(call, slip, &from) ||
        !place_find(call->txn, request->place, &to) || !day_parse(request->day, &day) ||
        !slip_agrees(call, slip, &from, &to))
        return;
    const Rasad__V1__ShipmentLineRow *now = line_now(call, slip, &item);
    Rasad__V1__Received *fact = make(call, received);
    if (fact == NULL || now == NULL || !link_may_receive(call, now, item.code, line->quantity)) return;
    fact->slip = slip;
    fact->from = arena_strdup(call->arena, from.code);
    fact->quantity = line->quantity;
    fact->spoiled = line->spoiled;
    fact->proof = request->proof;
    event_begin(call, &to, &item, day);
    if (refused(call)) return;
    call->event->fact_case = RASAD__V1__EVENT__FACT_RECEIVED;
    call->event->received = fact;
    struct move move = {.from = {from.id, TRANSIT, 0}, .to = {to.id, STOCK, 0}, .item = item.id};
    move.quantity = line->quantity - line->spoiled;
    book_received(call, move, now, 0);
    move.to.stage = UNCHECKED;
    move.quantity = line->spoiled;
    book_received(call, move, now, line->quantity - line->spoiled);
}

/* A slip's link names that slip and its receiver, and a day since it was sent; else the caller is one of ours. */
static void check_link(struct call *call, int32_t day)
{
    const Rasad__V1__ReceiveShipmentRequest *request = receive_request(call);
    const char *slip = call->caller.slip;
    if (slip == NULL) return;
    const Rasad__V1__ShipmentRow *row = shipment_row(call->txn, slip);
    if (strcmp(clean(call, request->slip), slip) != 0)
        refuse_request(call, REASON_NOT_YOURS, "slip", request->slip, "the slip of this link");
    if (strcmp(request->place, link_receiver(call)) != 0)
        refuse_request(call, REASON_NOT_YOURS, "place", request->place, "the receiver of this slip");
    if (row != NULL && day < row->sent_day)
        refuse_request(call, REASON_OUT_OF_RANGE, "day", request->day, "a day since it was sent");
}

void handle_receive_shipment(struct call *call)
{
    const Rasad__V1__ReceiveShipmentRequest *request = receive_request(call);
    struct place from, to;
    int32_t day = DAY_MAX;
    check_day(call, "day", request->day, &day);
    check_slip(call, request->slip);
    if (request->from[0] != '\0') check_two_places(call, request->from, "place", request->place);
    else check_code(call, "place", request->place);
    check_range(call, "proof", (int64_t)request->proof, 0, RASAD__V1__PROOF__PROOF_CALL);
    check_link(call, day);
    call_check(call, request->n_lines, receive_check);
    if (refused(call) || !find_own_place(call, "place", request->place, &to) ||
        !find_sender(call, clean(call, request->slip), &from) || !ours(call, "place", &to) ||
        !ours(call, "from", &from))
        return;
    call_lines(call, request->n_lines, receive_line);
}

/* ---- Settle */

static const Rasad__V1__SettleRequest *settle_request(const struct call *call) { return (const void *)call->request; }

static void settle_check(struct call *call, size_t i)
{
    const Rasad__V1__SettleLine *line = settle_request(call)->lines[i];
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_range(call, "outcome", (int64_t)line->outcome, RASAD__V1__SETTLEMENT__SETTLEMENT_LOST,
                RASAD__V1__SETTLEMENT__SETTLEMENT_CAME);
    const char *key_text = arena_printf(call->arena, "%s %d", line->item, (int)line->outcome);
    if (key_text != NULL) check_once(call, "item", key_text);
}

/* Both ends of a slip that is known. */
static bool find_ends(struct call *call, const char *slip, struct place *from, struct place *to)
{
    const Rasad__V1__ShipmentRow *row = shipment_row(call->txn, slip);
    if (row != NULL && place_get(call->txn, (uint32_t)row->from, from) &&
        place_get(call->txn, (uint32_t)row->to, to))
        return true;
    refuse_words(call, REASON_UNKNOWN_CODE, "slip", slip, "the number of a known slip");
    return false;
}

static struct end settled_to(Rasad__V1__Settlement outcome, const struct place *from, const struct place *to)
{
    if (outcome == RASAD__V1__SETTLEMENT__SETTLEMENT_LOST) return (struct end){from->id, LOST, 0};
    return (struct end){outcome == RASAD__V1__SETTLEMENT__SETTLEMENT_BACK ? from->id : to->id, STOCK, 0};
}

static void settle_line(struct call *call, size_t i)
{
    const Rasad__V1__SettleRequest *request = settle_request(call);
    const Rasad__V1__SettleLine *line = request->lines[i];
    struct place from, to;
    struct item item;
    int32_t day;
    char *slip = clean(call, request->slip);
    if (!find_goods(call, "item", line->item, &item) || !find_ends(call, slip, &from, &to) ||
        !day_parse(request->day, &day))
        return;
    const Rasad__V1__ShipmentLineRow *now = line_now(call, slip, &item);
    Rasad__V1__Settled *fact = make(call, settled);
    if (fact == NULL || now == NULL) return;
    if (line->quantity > line_on_way(now))
        refuse(call, REASON_NOT_ENOUGH, "quantity", line_on_way(now), line->quantity);
    fact->slip = slip;
    fact->to = arena_strdup(call->arena, to.code);
    fact->outcome = line->outcome;
    fact->quantity = line->quantity;
    if (refused(call)) return;
    event_begin(call, &from, &item, day);
    call->event->fact_case = RASAD__V1__EVENT__FACT_SETTLED;
    call->event->settled = fact;
    struct move move = {.from = {from.id, TRANSIT, 0}, .item = item.id, .quantity = line->quantity};
    move.to = settled_to(line->outcome, &from, &to);
    book_received(call, move, now, 0);
}

void handle_settle(struct call *call)
{
    const Rasad__V1__SettleRequest *request = settle_request(call);
    struct place from, to;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_slip(call, request->slip);
    call_check(call, request->n_lines, settle_check);
    if (refused(call) || !find_ends(call, clean(call, request->slip), &from, &to)) return;
    if (!may_at(call, &from) && !may_at(call, &to))
        refuse_words(call, REASON_NOT_YOURS, "slip", to.code, "the sender's or the receiver's side");
    call_lines(call, request->n_lines, settle_line);
}
