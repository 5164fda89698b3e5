/* rows.c - see rows.h. */
#include "distribution/rows.h"

#include <string.h>

/* ---- checks and look-ups of handlers */

bool check_request_name(struct call *call, const char *field, const char *text)
{
    int64_t name;
    if (text[0] != '\0') return check_name(call, field, text, &name);
    refuse_request(call, REASON_MISSING, field, "", "the name of a request line");
    return false;
}

bool check_slip(struct call *call, const char *slip)
{
    char clean[SLIP_BYTES_MAX + 1];
    if (slip_clean(slip, clean)) return true;
    refuse_request(call, slip[0] == '\0' ? REASON_MISSING : REASON_BAD_FORMAT, "slip", slip, "1 to 16 of A-Z 0-9 / -");
    return false;
}

bool find_need(struct call *call, const char *field, const char *text, struct need *need)
{
    memset(need, 0, sizeof *need);
    if (name_parse(text, &need->name) && need->name != 0) need->row = need_row(call->txn, need->name);
    if (need->row == NULL || !place_get(call->txn, (uint32_t)need->row->place, &need->place) ||
        !item_get(call->txn, (uint32_t)need->row->item, &need->item)) {
        refuse_words(call, REASON_UNKNOWN_CODE, field, text, "a request line");
        return false;
    }
    return true;
}

bool find_own_need(struct call *call, const char *field, const char *text, struct need *need)
{
    if (!find_need(call, field, text, need)) return false;
    if (may_at(call, &need->place)) return true;
    refuse_words(call, REASON_NOT_YOURS, field, need->place.code, "");
    return false;
}

/* ---- rows */

Rasad__V1__NeedRow *need_row(struct txn *txn, int64_t name)
{
    struct key k = key("q", name);
    return row_get(txn, TABLE_need, &k, &rasad__v1__need_row__descriptor);
}

int64_t need_source(struct txn *txn, int64_t name, uint32_t place)
{
    struct key k = key("qu", name, place);
    return number_get(txn, TABLE_need_source, &k);
}

size_t need_sources(struct txn *txn, int64_t name, struct source sources[NEED_SOURCES_MAX])
{
    struct key from = key("q", name);
    struct scan scan;
    size_t n = 0;
    for (scan_begin(&scan, txn, TABLE_need_source, &from, from.n); n < NEED_SOURCES_MAX && scan_next(&scan); n++) {
        int64_t same;
        Rasad__V1__NumberRow *row = row_unpack(txn, scan.value, &rasad__v1__number_row__descriptor);
        if (row == NULL || !key_read(scan.key, "qu", &same, &sources[n].place)) break;
        sources[n].quantity = row->value;
    }
    scan_end(&scan);
    return n;
}

Rasad__V1__ShipmentRow *shipment_row(struct txn *txn, const char *slip)
{
    struct key k = key("s", slip);
    return row_get(txn, TABLE_shipment, &k, &rasad__v1__shipment_row__descriptor);
}

Rasad__V1__ShipmentLineRow *shipment_line_row(struct txn *txn, const char *slip, uint32_t item)
{
    struct key k = key("su", slip, item);
    return row_get(txn, TABLE_shipment_line, &k, &rasad__v1__shipment_line_row__descriptor);
}

/* ---- what a fact adds to a slip's line */

bool movement_own(const Rasad__V1__Movement *movement, enum stage from, enum stage to)
{
    return !movement->undo && movement->count == 0 && (from == NOWHERE || (enum stage)movement->from_stage == from) &&
           (to == NOWHERE || (enum stage)movement->to_stage == to) && (enum stage)movement->from_stage != SHORTFALL &&
           (enum stage)movement->to_stage != SHORTFALL;
}

int64_t sent_of_reserved(const Rasad__V1__Event *event)
{
    int64_t quantity = 0;
    for (size_t i = 0; i < event->n_movements; i++)
        if (movement_own(event->movements[i], RESERVED, TRANSIT)) quantity += event->movements[i]->quantity;
    return quantity;
}

static Rasad__V1__ShipmentLineRow__Lot *lot_insert(struct arena *arena, Rasad__V1__ShipmentLineRow *line, size_t at)
{
    Rasad__V1__ShipmentLineRow__Lot **lots = arena_array(arena, line->n_lots + 1, sizeof *lots);
    Rasad__V1__ShipmentLineRow__Lot *lot = (void *)message_make(arena, &rasad__v1__shipment_line_row__lot__descriptor);
    if (lots == NULL || lot == NULL) return NULL;
    for (size_t i = 0; i < line->n_lots; i++) lots[i < at ? i : i + 1] = line->lots[i];
    lots[at] = lot;
    line->lots = lots;
    line->n_lots++;
    return lot;
}

/* By lot, none zero; lots past the bound count as lot 0. */
static void lot_add(struct arena *arena, Rasad__V1__ShipmentLineRow *line, int64_t lot, int64_t by)
{
    size_t at = 0;
    while (at < line->n_lots && line->lots[at]->lot < lot) at++;
    bool there = at < line->n_lots && line->lots[at]->lot == lot;
    if (!there && lot != 0 && line->n_lots >= SHIPMENT_LOTS_MAX - 1) {
        lot_add(arena, line, 0, by);
        return;
    }
    Rasad__V1__ShipmentLineRow__Lot *here = there ? line->lots[at] : lot_insert(arena, line, at);
    if (here == NULL) return;
    here->lot = lot;
    here->quantity += by;
    if (here->quantity != 0) return;
    line->n_lots--;
    for (size_t i = at; i < line->n_lots; i++) line->lots[i] = line->lots[i + 1];
}

static void lots_add(struct arena *arena, Rasad__V1__ShipmentLineRow *line, const Rasad__V1__Event *event, int sign)
{
    for (size_t i = 0; i < event->n_movements; i++) {
        const Rasad__V1__Movement *m = event->movements[i];
        if (movement_own(m, NOWHERE, TRANSIT)) lot_add(arena, line, m->to_lot, sign * m->quantity);
        else if (movement_own(m, TRANSIT, NOWHERE)) lot_add(arena, line, m->from_lot, -sign * m->quantity);
    }
}

void shipment_line_add(struct arena *arena, Rasad__V1__ShipmentLineRow *line, const Rasad__V1__Event *event, int sign)
{
    switch ((int)event->fact_case) {
    case RASAD__V1__EVENT__FACT_SENT:
        line->sent += sign * event->sent->quantity;
        line->sends += sign;
        if (sign > 0 && line->request == 0) line->request = event->sent->request;
        if (line->sends == 0) line->request = 0;
        break;
    case RASAD__V1__EVENT__FACT_RECEIVED:
        line->received += sign * event->received->quantity;
        line->spoiled += sign * event->received->spoiled;
        line->receipts += sign;
        break;
    case RASAD__V1__EVENT__FACT_SETTLED:
        if (event->settled->outcome == RASAD__V1__SETTLEMENT__SETTLEMENT_CAME)
            line->received += sign * event->settled->quantity;
        else
            line->settled += sign * event->settled->quantity;
        line->settlements += sign;
        break;
    default: break;
    }
    lots_add(arena, line, event, sign);
}
