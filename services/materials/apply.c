/* apply.c - the facts of this room into its tables: lots that begin, purchase orders, counts. Movements are the ledger's.
 * Owns:    order_line, order_at; the rows of table count (the ledger keeps their variance) and the attributes of lots
 *          that came.
 */
#include "store/apply.h"

#include "materials/rules.h"

/* ---- came */

static void order_received(const struct applying *a, int64_t order_line, int64_t by)
{
    struct key k = key("q", order_line);
    Rasad__V1__OrderRow *row = row_get(a->txn, TABLE_order_line, &k, &rasad__v1__order_row__descriptor);
    if (order_line == 0 || row == NULL) return;
    row->received += by;
    row_put(a->txn, TABLE_order_line, &k, &row->base);
}

/* The lot as the line says; of a correction the old lot with what the new line says. Its parents stay. */
static void lot_came(const struct applying *a, int64_t lot, const Rasad__V1__Came *came)
{
    Rasad__V1__LotRow begun, *row = lot_row(a->txn, lot);
    rasad__v1__lot_row__init(&begun);
    if (row == NULL) row = &begun;
    row->item = (int32_t)a->item.id;
    row->place = (int32_t)a->place.id;
    row->day = a->event->day;
    row->expiry_ms = came->expiry_ms;
    lot_number_set(a->txn, lot, row, came->supplier_lot);
    row->supplier = (int32_t)code_id(a->txn, CODE_PLACE, came->supplier);
    row->unknown = false;
    lot_begin(a->txn, lot, row);
}

void apply_came(struct applying *applying, const Rasad__V1__Came *came, int sign)
{
    size_t mark = arena_mark(applying->txn->arena);
    order_received(applying, came->order_line, sign * came_quantity(applying->event));
    if (sign > 0) lot_came(applying, came_lot(applying->event, applying->name), came);
    arena_release(applying->txn->arena, mark);
}

/* ---- counts */

void apply_counted(struct applying *applying, const Rasad__V1__Counted *counted, int sign)
{
    struct key k = key("uubdbq", applying->place.id, applying->item.id, (int)counted->stage, applying->event->day,
                       counted->at_start ? 0 : 1, applying->name);
    Rasad__V1__CountRow row = RASAD__V1__COUNT_ROW__INIT;
    row.counted = counted->counted;
    row.variance = counted->variance;
    if (sign < 0) txn_del(applying->txn, TABLE_count, &k);
    else row_put(applying->txn, TABLE_count, &k, &row.base);
    count_question(applying, applying->place.id, applying->item.id, (enum stage)counted->stage);
}

/* ---- purchase orders */

void apply_order_placed(struct applying *applying, const Rasad__V1__OrderPlaced *placed, int sign)
{
    struct key line = key("q", applying->name), at = key("uq", applying->place.id, applying->name);
    Rasad__V1__OrderRow row = RASAD__V1__ORDER_ROW__INIT;
    Rasad__V1__OrderPlaced copy = *placed;
    (void)sign; /* never taken back */
    row.order = &copy;
    row.place = (int32_t)applying->place.id;
    row.item = (int32_t)applying->item.id;
    row_put(applying->txn, TABLE_order_line, &line, &row.base);
    txn_put(applying->txn, TABLE_order_at, &at, "", 0);
}

/* ---- movements and nothing else */

void apply_issued(struct applying *applying, const Rasad__V1__Issued *issued, int sign)
{
    (void)applying, (void)issued, (void)sign;
}

void apply_returned(struct applying *applying, const Rasad__V1__Returned *returned, int sign)
{
    (void)applying, (void)returned, (void)sign;
}

void apply_wasted(struct applying *applying, const Rasad__V1__Wasted *wasted, int sign)
{
    (void)applying, (void)wasted, (void)sign;
}
