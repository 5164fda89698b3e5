/* orders.c - purchase orders: what was ordered from a supplier, and how much of it has come. */
#include "materials/materials.h"

#include "base/clock.h"
#include "store/commands.h"

#define ORDERS_USUAL 100 /* rows of a page when the asker names no limit */

/* ---- placing */

static const Rasad__V1__PlaceOrderRequest *request_of(const struct call *call)
{
    return (const void *)call->request;
}

static void check_order_line(struct call *call, size_t index)
{
    const Rasad__V1__OrderLine *line = request_of(call)->lines[index];
    int32_t due_day;
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_price(call, line->price, line->money);
    if (line->due_day[0] != '\0') check_any_day(call, "due_day", line->due_day, &due_day);
}

static void order_line(struct call *call, size_t index)
{
    const Rasad__V1__PlaceOrderRequest *request = request_of(call);
    const Rasad__V1__OrderLine *line = request->lines[index];
    struct place place;
    struct item item;
    int32_t day = 0;
    if (!day_parse(request->day, &day) || !place_find(call->txn, request->place, &place)) return;
    if (!find_goods(call, "item", line->item, &item) || !find_money(call, line->money)) return;
    Rasad__V1__OrderPlaced *placed = make(call, order_placed);
    if (placed == NULL) return;
    event_begin(call, &place, &item, day);
    placed->order = request->order;
    placed->supplier = request->supplier;
    placed->quantity = line->quantity;
    placed->price = line->price;
    placed->money = line->money;
    if (!day_parse(line->due_day, &placed->due_day)) placed->due_day = 0;
    call->event->fact_case = RASAD__V1__EVENT__FACT_ORDER_PLACED;
    call->event->order_placed = placed;
}

void handle_place_order(struct call *call)
{
    const Rasad__V1__PlaceOrderRequest *request = request_of(call);
    struct place place, supplier;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "place", request->place);
    check_code(call, "order", request->order);
    check_code(call, "supplier", request->supplier);
    call_check(call, request->n_lines, check_order_line);
    if (refused(call) || !find_keeper(call, "place", request->place, true, &place)) return;
    if (!find_place(call, "supplier", request->supplier, &supplier)) return;
    call_lines(call, request->n_lines, order_line);
}

/* ---- listing: a place's own lines, oldest first */

static Rasad__V1__OrderView *order_view(struct call *call, int64_t name)
{
    struct key k = key("q", name);
    const Rasad__V1__OrderRow *row = row_get(call->txn, TABLE_order_line, &k, &rasad__v1__order_row__descriptor);
    Rasad__V1__OrderView *view = make(call, order_view);
    char day[11];
    if (row == NULL || view == NULL) return NULL;
    view->name = text_of(name_text(call->arena, name));
    view->order = row->order->order;
    view->supplier = row->order->supplier;
    view->item = text_of(item_code(call->txn, (uint32_t)row->item));
    view->quantity = row->order->quantity;
    view->received = row->received;
    if (row->order->due_day == 0) return view;
    day_format(row->order->due_day, day);
    view->due_day = arena_strdup(call->arena, day);
    return view->due_day != NULL ? view : NULL;
}

void handle_list_orders(struct call *call)
{
    const Rasad__V1__ListOrdersRequest *request = (const void *)call->request;
    Rasad__V1__ListOrdersResponse *response = make(call, list_orders_response);
    struct place place;
    struct scan scan;
    int64_t after = 0, name = 0;
    check_name(call, "after", request->after, &after);
    size_t limit = (size_t)page_limit(call, request->limit, ORDERS_USUAL);
    if (refused(call) || !check_code(call, "place", request->place)) return;
    if (!find_own_place(call, "place", request->place, &place)) return;
    if (response == NULL) return;
    call->reply = &response->base;
    response->orders = arena_array(call->arena, limit, sizeof *response->orders);
    struct key from = key("uq", place.id, after + 1);
    for (scan_begin(&scan, call->txn, TABLE_order_at, &from, 4); response->orders != NULL && scan_next(&scan);) {
        if (response->n_orders == limit) {
            response->next = response->orders[limit - 1]->name;
            break;
        }
        if (!key_read((struct slice){(const uint8_t *)scan.key.data + 4, 8}, "q", &name)) break;
        Rasad__V1__OrderView *view = order_view(call, name);
        if (view == NULL) break;
        response->orders[response->n_orders++] = view;
    }
    scan_end(&scan);
}
