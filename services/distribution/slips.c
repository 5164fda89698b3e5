/* slips.c - ListShipments: slips to or from a place and all below it.
 * Flow:    as in reads.c: what has something on the way by its first day, so that what is late comes first; all slips
 *          place by place, those on the way first. A slip between two places of the subtree shows once, at its sender.
 *          Or the one slip that is asked for, if it is among these.
 * Bounds:  PAGE_LOOKED_MAX rows for one page, the lines of the slips among them; at least one slip.
 */
#include "distribution.pb-c.h"
#include "distribution/below.h"
#include "distribution/rows.h"
#include "store/commands.h"
#include "store/journal.h"
#include "store/ledger.h"
#include "store/totals.h"

#include <stdlib.h>
#include <string.h>

#define SHIPMENTS_USUAL 50 /* rows of a page when the asker names no limit */

struct list {
    struct call *call;
    struct place root;
    size_t limit, n, looked;
    Rasad__V1__ShipmentView *views[PAGE_LINES_MAX];
    const char *next;
};

static const Rasad__V1__ListShipmentsRequest *list_request(const struct call *call) { return (const void *)call->request; }

static bool within(struct list *list, int32_t id)
{
    struct place place;
    return place_get(list->call->txn, (uint32_t)id, &place) && place_within(&place, list->root.id);
}

/* ---- views */

static size_t lines_count(struct txn *txn, const struct key *slip)
{
    struct scan scan;
    size_t n = 0;
    for (scan_begin(&scan, txn, TABLE_shipment_line, slip, slip->n); scan_next(&scan);) n++;
    scan_end(&scan);
    return n;
}

static void view_lines(struct call *call, const char *slip, Rasad__V1__ShipmentView *view, struct slip_sum *sum)
{
    struct key from = key("s", slip);
    struct scan scan;
    char same[CODE_BYTES_MAX + 1];
    uint32_t item;
    size_t n = lines_count(call->txn, &from);
    view->lines = (void *)messages_make(call->arena, &rasad__v1__shipment_line__descriptor, n);
    if (view->lines == NULL) return;
    for (scan_begin(&scan, call->txn, TABLE_shipment_line, &from, from.n); view->n_lines < n && scan_next(&scan);) {
        const Rasad__V1__ShipmentLineRow *row =
            row_unpack(call->txn, scan.value, &rasad__v1__shipment_line_row__descriptor);
        if (row == NULL || !key_read(scan.key, "su", same, &item)) break;
        Rasad__V1__ShipmentLine *line = view->lines[view->n_lines++];
        line->item = (char *)(uintptr_t)item_code(call->txn, item);
        line->sent = row->sent;
        line->received = row->received;
        line->spoiled = row->spoiled;
        line->settled = row->settled;
        line->missing = line_missing(row);
        slip_sum_add(sum, row);
    }
    scan_end(&scan);
}

/* ---- for the paper: the lots, and what was paid for them */

static int64_t came_quantity(struct txn *txn, const Rasad__V1__Event *event, int64_t lot)
{
    int64_t sum = 0;
    struct moved moved;
    for (size_t i = 0; i < event->n_movements; i++) {
        movement_read(txn, event, event->movements[i], &moved);
        if (moved.from_stage == SUPPLIED && moved.to_lot == lot) sum += moved.quantity;
    }
    return sum;
}

static void lot_value(struct call *call, int64_t lot, Rasad__V1__ShipmentLot *view)
{
    struct key k = key("q", lot);
    const Rasad__V1__Event *event = journal_event(call->txn, lot, NULL);
    if (event == NULL || event->fact_case != RASAD__V1__EVENT__FACT_CAME || event->came->price == 0) return;
    int64_t came = came_quantity(call->txn, event, lot);
    if (came == 0 || number_get(call->txn, TABLE_reversal, &k) != 0) return; /* put right since: by its correction */
    view->value = price_share(event->came->price, view->quantity, came);
    view->money = event->came->money;
}

static void line_lots(struct call *call, const Rasad__V1__ShipmentLineRow *row, Rasad__V1__ShipmentLine *line)
{
    line->lots = arena_array(call->arena, row->n_lots, sizeof *line->lots);
    for (size_t i = 0; line->lots != NULL && i < row->n_lots; i++) {
        const Rasad__V1__LotRow *lot = row->lots[i]->lot != 0 ? lot_row(call->txn, row->lots[i]->lot) : NULL;
        Rasad__V1__ShipmentLot *view = make(call, shipment_lot);
        if (view == NULL) return;
        if (lot == NULL || row->lots[i]->quantity <= 0) continue;
        view->lot = (char *)(uintptr_t)name_text(call->arena, row->lots[i]->lot);
        view->number = lot->number;
        view->quantity = row->lots[i]->quantity;
        view->expiry_ms = lot->expiry_ms;
        lot_value(call, row->lots[i]->lot, view);
        line->lots[line->n_lots++] = view;
    }
}

static void view_lots(struct call *call, const char *slip, int32_t sent_day, Rasad__V1__ShipmentView *view)
{
    struct item item;
    for (size_t i = 0; i < view->n_lines; i++) {
        if (!item_find(call->txn, view->lines[i]->item, &item)) continue;
        const Rasad__V1__ShipmentLineRow *row = shipment_line_row(call->txn, slip, item.id);
        if (row != NULL) line_lots(call, row, view->lines[i]);
        if (sent_day != 0) view->lines[i]->hsn = (char *)(uintptr_t)hsn_on(call->txn, item.id, sent_day);
    }
}

Rasad__V1__ShipmentView *view_shipment(struct call *call, const char *slip, const Rasad__V1__ShipmentRow *row)
{
    Rasad__V1__ShipmentView *view = make(call, shipment_view);
    struct slip_sum sum = {0};
    if (view == NULL) return NULL;
    view_lines(call, slip, view, &sum);
    view->slip = arena_strdup(call->arena, slip);
    view->from = (char *)(uintptr_t)place_code(call->txn, (uint32_t)row->from);
    view->from_name = view_names(call, (uint32_t)row->from);
    view->to = (char *)(uintptr_t)place_code(call->txn, (uint32_t)row->to);
    view->to_name = view_names(call, (uint32_t)row->to);
    view->sent_day = view_day(call, row->sent_day);
    view->received_day = view_day(call, row->received_day);
    view->status = (char *)(uintptr_t)slip_status(&sum, row->sent_ms, row->sent_day, call->now_ms, call->today);
    view->carrier = row->carrier;
    view->waybill = row->waybill;
    return view;
}

/* One slip for the page. False: the page is full. */
static bool view_add(struct list *list, const char *slip, const Rasad__V1__ShipmentRow *row)
{
    Rasad__V1__ShipmentView *view = view_shipment(list->call, slip, row);
    if (view == NULL) return false;
    list->views[list->n++] = view;
    list->looked += view->n_lines;
    return list->n < list->limit && list->looked < PAGE_LOOKED_MAX;
}

/* ---- what is on the way */

static bool open_after(struct list *list, struct open_ref *after)
{
    const char *text = list_request(list->call)->after, *rest;
    memset(after, 0, sizeof *after);
    if (text[0] == '\0') return true;
    if (!cursor_day(text, &after->day, &rest) || strlen(rest) > SLIP_BYTES_MAX) return cursor_bad(list->call, text);
    memcpy(after->slip, rest, strlen(rest) + 1);
    return true;
}

static const char *open_cursor(struct list *list, const struct open_ref *last)
{
    return text_or_empty(arena_printf(list->call->arena, "%d/%s", last->day, last->slip));
}

static bool gather_place(struct list *list, uint32_t place, const struct open_ref *after, struct open_ref *refs, size_t *n)
{
    struct txn *txn = list->call->txn;
    struct key from = key("ub", place, 1);
    struct scan scan;
    for (scan_begin(&scan, txn, TABLE_shipment_at, &from, from.n); *n < PAGE_LOOKED_MAX && scan_next(&scan);) {
        struct open_ref *ref = &refs[*n];
        int open;
        if (!key_read(scan.key, "ubs", &place, &open, ref->slip)) break;
        size_t mark = arena_mark(txn->arena);
        const Rasad__V1__ShipmentRow *row = shipment_row(txn, ref->slip);
        bool again = row != NULL && (uint32_t)row->to == place && within(list, row->from);
        ref->day = row != NULL ? row->day : 0;
        arena_release(txn->arena, mark);
        if (++list->looked > PAGE_LOOKED_MAX) break;
        if (!again && row != NULL && open_ref_order(ref, after) > 0) ++*n;
    }
    scan_end(&scan);
    return *n < PAGE_LOOKED_MAX && list->looked <= PAGE_LOOKED_MAX;
}

/* A small subtree: gathered and sorted. False: it is not small. */
static bool open_gathered(struct list *list, const struct open_ref *after)
{
    struct open_ref *refs = arena_array(list->call->arena, PAGE_LOOKED_MAX, sizeof *refs);
    size_t n = 0, places = 0;
    if (refs == NULL) return true;
    struct place at = list->root;
    do {
        if (++places > SMALL_PLACES_MAX || !gather_place(list, at.id, after, refs, &n)) return false;
    } while (makers_place_after(list->call->txn, list->root.id, &at, &at));
    qsort(refs, n, sizeof *refs, open_ref_order);
    list->looked = 0;
    for (size_t i = 0; i < n; i++) {
        const Rasad__V1__ShipmentRow *row = shipment_row(list->call->txn, refs[i].slip);
        if (row == NULL || view_add(list, refs[i].slip, row)) continue;
        if (i + 1 < n) list->next = open_cursor(list, &refs[i]);
        break;
    }
    return true;
}

static void open_everywhere(struct list *list, const struct open_ref *after)
{
    struct key from = key("ds", after->day, after->slip);
    struct scan scan;
    struct open_ref ref = {.day = 0};
    bool room = true;
    list->looked = 0;
    for (scan_begin(&scan, list->call->txn, TABLE_shipment_open, &from, 0); room && scan_next(&scan);) {
        if (!key_read(scan.key, "ds", &ref.day, ref.slip)) break;
        if (open_ref_order(&ref, after) <= 0) continue;
        const Rasad__V1__ShipmentRow *row = shipment_row(list->call->txn, ref.slip);
        if (row != NULL && (within(list, row->from) || within(list, row->to))) room = view_add(list, ref.slip, row);
        room = ++list->looked < PAGE_LOOKED_MAX && room;
    }
    scan_end(&scan);
    if (!room) list->next = open_cursor(list, &ref);
}

static void list_open(struct list *list)
{
    struct open_ref after;
    if (!open_after(list, &after)) return;
    if (!small_below(list->call->txn, list->root.id) || !open_gathered(list, &after)) open_everywhere(list, &after);
}

/* ---- all slips */

/* "code/1/slip": from below this slip among those on the way (1) or done (0); "code/": from the place's first. */
static bool all_after(struct list *list, struct place *at, struct key *from)
{
    const char *text = list_request(list->call)->after, *rest = "";
    *at = list->root;
    if (text[0] != '\0' && !cursor_place(list->call, &list->root, text, at, &rest)) return cursor_bad(list->call, text);
    *from = key("ub", at->id, 2);
    if (rest[0] == '\0') return true;
    if ((rest[0] != '0' && rest[0] != '1') || rest[1] != '/' || strlen(rest) > SLIP_BYTES_MAX + 2)
        return cursor_bad(list->call, text);
    *from = key("ubs", at->id, rest[0] - '0', rest + 2);
    return true;
}

static bool all_of_place(struct list *list, uint32_t place, const struct key *from)
{
    struct scan scan;
    char slip[CODE_BYTES_MAX + 1] = "";
    int open = 0;
    bool room = true;
    for (scan_begin_down(&scan, list->call->txn, TABLE_shipment_at, from, 4); room && scan_next(&scan);) {
        if (!key_read(scan.key, "ubs", &place, &open, slip)) break;
        const Rasad__V1__ShipmentRow *row = shipment_row(list->call->txn, slip);
        bool again = row != NULL && (uint32_t)row->to == place && within(list, row->from);
        if (row != NULL && !again) room = view_add(list, slip, row);
        room = ++list->looked < PAGE_LOOKED_MAX && room;
    }
    scan_end(&scan);
    if (!room)
        list->next = text_or_empty(
            arena_printf(list->call->arena, "%s/%d/%s", place_code(list->call->txn, place), open, slip));
    return room;
}

static void list_all(struct list *list)
{
    struct place at;
    struct key from;
    if (!all_after(list, &at, &from)) return;
    while (all_of_place(list, at.id, &from) && makers_place_after(list->call->txn, list->root.id, &at, &at)) {
        from = key("ub", at.id, 2);
        if (++list->looked < PAGE_LOOKED_MAX) continue;
        list->next = text_or_empty(arena_printf(list->call->arena, "%s/", at.code));
        break;
    }
}

/* ---- one slip */

static void list_one(struct list *list)
{
    char slip[SLIP_BYTES_MAX + 1];
    if (!check_slip(list->call, list_request(list->call)->slip) || !slip_clean(list_request(list->call)->slip, slip)) return;
    const Rasad__V1__ShipmentRow *row = shipment_row(list->call->txn, slip);
    if (row != NULL && (within(list, row->from) || within(list, row->to))) (void)view_add(list, slip, row);
    if (list->n > 0) view_lots(list->call, slip, row->sent_day, list->views[0]);
}

void handle_list_shipments(struct call *call)
{
    struct list *list = arena_alloc(call->arena, sizeof *list);
    Rasad__V1__ListShipmentsResponse *reply = make(call, list_shipments_response);
    if (list == NULL || reply == NULL) return;
    list->call = call;
    list->next = "";
    list->limit = (size_t)page_limit(call, list_request(call)->limit, SHIPMENTS_USUAL);
    if (!find_root(call, list_request(call)->place, &list->root) || refused(call)) return;
    if (list_request(call)->slip[0] != '\0') list_one(list);
    else if (list_request(call)->open_only) list_open(list);
    else list_all(list);
    if (refused(call)) return;
    reply->n_shipments = list->n;
    reply->shipments = list->views;
    reply->next = (char *)(uintptr_t)list->next;
    call->reply = &reply->base;
}
