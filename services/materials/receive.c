/* receive.c - goods came from outside. Every line is a lot, or goes to the lot of the line it corrects. */
#include "materials/materials.h"

#include "base/clock.h"
#include "store/commands.h"

static const Rasad__V1__ReceiveGoodsRequest *request_of(const struct call *call)
{
    return (const void *)call->request;
}

static void check_receive_line(struct call *call, size_t index)
{
    const Rasad__V1__ReceiveLine *line = request_of(call)->lines[index];
    int32_t expiry_day;
    int64_t order_line;
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_range(call, "how", line->how, 0, RASAD__V1__CAME_FROM__CAME_FROM_ADVANCE);
    check_code_or_empty(call, "supplier", line->supplier);
    check_name(call, "order_line", line->order_line, &order_line);
    check_code_or_empty(call, "supplier_lot", line->supplier_lot);
    if (line->expiry[0] != '\0') check_any_day(call, "expiry", line->expiry, &expiry_day);
    check_pack(call, line->pack, line->packs);
    check_price(call, line->price, line->money);
}

/* The purchase order line that is answered; it says who the supplier is where the receipt does not. */
static bool find_order_line(struct call *call, const struct item *item, const char *text, Rasad__V1__Came *came)
{
    if (!name_parse(text, &came->order_line) || came->order_line == 0) return true;
    struct key k = key("q", came->order_line);
    const Rasad__V1__OrderRow *row = row_get(call->txn, TABLE_order_line, &k, &rasad__v1__order_row__descriptor);
    if (row == NULL || (uint32_t)row->item != item->id) {
        refuse_words(call, row == NULL ? REASON_UNKNOWN_CODE : REASON_WRONG_KIND, "order_line", text,
                     "a line of a purchase order for this item");
        return false;
    }
    if (came->supplier[0] == '\0') came->supplier = row->order->supplier;
    return true;
}

static int64_t expiry_of(const Rasad__V1__ReceiveLine *line, const struct item *item, int32_t day)
{
    int32_t last_day;
    if (day_parse(line->expiry, &last_day)) return expiry_of_last_day(last_day);
    return expiry_of_shelf_life(day, item->shelf_life_min);
}

/* The line's fact; NULL: refused. */
static Rasad__V1__Came *came_of(struct call *call, const Rasad__V1__ReceiveLine *line, const struct item *item, int32_t day)
{
    Rasad__V1__Came *came = make(call, came);
    struct place supplier;
    if (came == NULL) return NULL;
    if (line->supplier[0] != '\0' && !find_place(call, "supplier", line->supplier, &supplier)) return NULL;
    if (!find_pack(call, item, line->pack, line->packs, line->quantity) || !find_money(call, line->money)) return NULL;
    came->how = line->how;
    came->supplier = line->supplier;
    came->supplier_lot = line->supplier_lot;
    came->expiry_ms = expiry_of(line, item, day);
    came->pack = line->pack;
    came->packs = line->packs;
    came->price = line->price;
    came->money = line->money;
    return find_order_line(call, item, line->order_line, came) ? came : NULL;
}

/* What a correction brings goes to the lot of the line corrected. */
static int64_t lot_of(const struct call *call)
{
    if (call->event->reverses == 0) return line_name(call);
    return came_lot(call->original_event, call->event->reverses);
}

static void receive_line(struct call *call, size_t index)
{
    const Rasad__V1__ReceiveGoodsRequest *request = request_of(call);
    const Rasad__V1__ReceiveLine *line = request->lines[index];
    struct place place;
    struct item item;
    int32_t day = 0;
    if (!day_parse(request->day, &day) || !place_find(call->txn, request->place, &place)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_CAME)) return;
    if (!find_goods(call, "item", line->item, &item)) return;
    Rasad__V1__Came *came = came_of(call, line, &item, day);
    if (came == NULL) return;
    event_begin(call, &place, &item, day);
    if (refused(call)) return;
    call->event->fact_case = RASAD__V1__EVENT__FACT_CAME;
    call->event->came = came;
    bool inspected = item.check == RASAD__V1__CHECK__CHECK_INSPECTOR;
    ledger_move(call, (struct move){.from = {.place = place.id, .stage = SUPPLIED},
                                    .to = {place.id, inspected ? UNCHECKED : STOCK, lot_of(call)},
                                    .item = item.id, .quantity = line->quantity});
}

void handle_receive_goods(struct call *call)
{
    const Rasad__V1__ReceiveGoodsRequest *request = request_of(call);
    struct place place;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "place", request->place);
    call_check(call, request->n_lines, check_receive_line);
    if (refused(call) || !find_keeper(call, "place", request->place, true, &place)) return;
    call_lines(call, request->n_lines, receive_line);
}
