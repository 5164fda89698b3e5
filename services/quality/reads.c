/* reads.c - what waits for the inspector, here and below, and how many pieces to draw.
 * Flow:    the tree is walked in the order of the register; a place is entered only where its totals say that something
 *          below it stands unchecked. `next` names the last row, so that a page begins where the one before ended.
 * Bounds:  PAGE_LOOKED_MAX places looked at for one page: then it ends early, even without a row.
 */
#include "quality/lots.h"

#include "quality.pb-c.h"
#include "store/call.h"
#include "store/commands.h"
#include "store/totals.h"

#include <limits.h>
#include <string.h>

#define UNCHECKED_USUAL 50 /* rows of a page when the asker names no limit */
#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)

struct position {
    uint32_t place, item;
    int64_t lot; /* rows up to this one were shown */
};

struct walk {
    struct call *call;
    struct place root;
    size_t items_n, limit, places_seen;
    struct item *items;         /* of which something stands unchecked somewhere below */
    struct position position;
    Rasad__V1__ListUncheckedResponse *response;
};

static char *text_of(const char *text) { return (char *)(uintptr_t)text; }

/* ---- what stands where */

/* Here and below; of a maker that hands in, which has no totals, here. */
static int64_t unchecked_below(struct txn *txn, const struct place *place, uint32_t item)
{
    struct flow flow;
    size_t mark = arena_mark(txn->arena);
    if (place_hands_in(place)) flow.closing[UNCHECKED] = account_real(account_row(txn, place->id, item), UNCHECKED);
    else flow_read(txn, place, item, INT32_MAX - 1, INT32_MAX - 1, &flow);
    arena_release(txn->arena, mark);
    return flow.closing[UNCHECKED];
}

static void find_items(struct walk *walk)
{
    struct txn *txn = walk->call->txn;
    struct key last = key("s", "id:i");
    uint32_t items = (uint32_t)number_get(txn, TABLE_counter, &last);
    walk->items = arena_array(txn->arena, items, sizeof *walk->items);
    for (uint32_t id = 1; walk->items != NULL && id <= items; id++)
        if (unchecked_below(txn, &walk->root, id) != 0 && item_get(txn, id, &walk->items[walk->items_n])) walk->items_n++;
}

static bool anything_below(struct walk *walk, const struct place *place)
{
    walk->places_seen++;
    for (size_t i = 0; i < walk->items_n; i++)
        if (unchecked_below(walk->call->txn, place, walk->items[i].id) != 0) return true;
    return false;
}

/* ---- the rows of one place */

static int32_t sample_of(struct txn *txn, const struct item *item, int64_t lot, int64_t quantity)
{
    enum severity severity = lot_severity(txn, lot_origin(txn, lot), item->id);
    struct plan plan = sampling_plan_under(quantity, item_step(item), severity);
    return plan.sample < INT_MAX ? (int32_t)plan.sample : INT_MAX;
}

static void fill_lot(struct txn *txn, const struct item *item, int64_t lot, Rasad__V1__UncheckedRow *row)
{
    const Rasad__V1__LotRow *begun = lot != 0 ? lot_row(txn, lot) : NULL;
    if (begun == NULL) return;
    row->lot = text_of(name_text(txn->arena, lot));
    row->number = begun->number;
    row->maker = text_of(place_code(txn, (uint32_t)begun->place));
    row->maker_name = place_names(txn, (uint32_t)begun->place);
    if (item->wait_min > 0) row->free_from_ms = ((int64_t)begun->day + 1) * DAY_MS + item->wait_min * MINUTE_MS;
}

static bool add_row(struct walk *walk, const struct place *place, const struct item *item, int64_t lot, int64_t quantity)
{
    Rasad__V1__ListUncheckedResponse *response = walk->response;
    struct txn *txn = walk->call->txn;
    Rasad__V1__UncheckedRow *row = response->n_rows < walk->limit ? make(walk->call, unchecked_row) : NULL;
    if (row == NULL) return false;
    row->place = text_of(place_code(txn, place->id));
    row->place_name = place_names(txn, place->id);
    row->item = text_of(item->code);
    row->quantity = quantity;
    row->sample = sample_of(txn, item, lot, quantity);
    fill_lot(txn, item, lot, row);
    response->rows[response->n_rows++] = row;
    walk->position = (struct position){place->id, item->id, lot};
    return true;
}

static bool shown(const struct position *position, uint32_t place, uint32_t item, int64_t lot)
{
    if (position->place != place) return false;
    return item < position->item || (item == position->item && lot <= position->lot);
}

/* False: the page is full. */
static bool add_place(struct walk *walk, const struct place *place)
{
    struct position before = walk->position;
    for (size_t i = 0; i < walk->items_n; i++) {
        const struct item *item = &walk->items[i];
        const Rasad__V1__AccountRow *account = account_row(walk->call->txn, place->id, item->id);
        for (size_t j = 0; j < account->n_balances; j++) {
            const Rasad__V1__AccountRow__Balance *balance = account->balances[j];
            if ((enum stage)balance->stage != UNCHECKED || shown(&before, place->id, item->id, balance->lot)) continue;
            if (!add_row(walk, place, item, balance->lot, balance->quantity)) return false;
        }
    }
    return true;
}

/* ---- the tree */

static uint32_t child_from(struct txn *txn, struct key from)
{
    struct scan scan;
    uint32_t parent, number, child = 0;
    scan_begin(&scan, txn, TABLE_child, &from, 4);
    if (scan_next(&scan) && !key_read(scan.key, "uuu", &parent, &number, &child)) child = 0;
    scan_end(&scan);
    return child;
}

/* The next place in the order of the tree, below the root; false: there is none. */
static bool next_place(struct walk *walk, struct place *at, bool enter)
{
    struct txn *txn = walk->call->txn;
    uint32_t next = enter ? child_from(txn, key("u", at->id)) : 0;
    while (next == 0) {
        if (at->id == walk->root.id || at->path_n < 2) return false;
        next = child_from(txn, key("uuu", at->path[1], at->register_number, at->id + 1));
        if (next == 0 && !place_get(txn, at->path[1], at)) return false;
    }
    return place_get(txn, next, at);
}

/* "place/item/lot", or "place" alone for a page that begins there. */
static char *position_text(struct walk *walk)
{
    struct txn *txn = walk->call->txn;
    const struct position *position = &walk->position;
    const char *place = place_code(txn, position->place);
    if (position->item == 0) return text_of(place);
    const char *lot = name_text(txn->arena, position->lot);
    return text_of(arena_printf(txn->arena, "%s/%s/%s", place, item_code(txn, position->item), lot));
}

static bool position_read(struct walk *walk, const char *text, struct place *at)
{
    struct txn *txn = walk->call->txn;
    char *place = arena_strdup(txn->arena, text), *item = place != NULL ? strchr(place, '/') : NULL;
    char *lot = item != NULL ? strchr(item + 1, '/') : NULL;
    if (item != NULL) *item++ = '\0';
    if (lot != NULL) *lot++ = '\0';
    if (place == NULL || !place_find(txn, place, at) || !place_within(at, walk->root.id)) return false;
    walk->position.place = at->id;
    if (item == NULL) return true;
    walk->position.item = code_id(txn, CODE_ITEM, item);
    return walk->position.item != 0 && lot != NULL && name_parse(lot, &walk->position.lot);
}

static void fill_page(struct walk *walk, struct place at)
{
    bool more = true;
    while (more && walk->places_seen < PAGE_LOOKED_MAX) {
        bool enter = anything_below(walk, &at);
        if (enter && !add_place(walk, &at)) break;
        more = next_place(walk, &at, enter);
        if (more) walk->position = (struct position){.place = at.id};
    }
    if (more) walk->response->next = position_text(walk);
}

void handle_list_unchecked(struct call *call)
{
    const Rasad__V1__ListUncheckedRequest *request = (const void *)call->request;
    struct walk walk = {.call = call, .response = make(call, list_unchecked_response)};
    walk.limit = (size_t)page_limit(call, request->limit, UNCHECKED_USUAL);
    check_code(call, "place", request->place);
    if (refused(call) || !find_own_place(call, "place", request->place, &walk.root)) return;
    struct place at = walk.root;
    walk.position.place = at.id;
    if (request->after[0] != '\0' && !position_read(&walk, request->after, &at)) {
        refuse_request(call, REASON_BAD_FORMAT, "after", "", "`next` of the page before");
        return;
    }
    walk.response->rows = arena_array(call->arena, walk.limit, sizeof *walk.response->rows);
    find_items(&walk);
    if (walk.response->rows == NULL || walk.items == NULL) return;
    call->reply = &walk.response->base;
    fill_page(&walk, at);
}

/* ---- the plan */

/* How the lot's maker stands decides; of a lot nobody made, normal inspection. */
static bool plan_of_lot(struct call *call, const Rasad__V1__GetPlanRequest *request, Rasad__V1__GetPlanResponse *response,
                        struct plan *plan)
{
    int64_t lot = 0;
    struct item item;
    if (request->aql_hundredths != 0 || request->tightened || request->level[0] != '\0') {
        refuse_request(call, REASON_TWICE, "lot", request->lot, "a lot, or limit, level and strictness; not both");
        return false;
    }
    if (!check_name(call, "lot", request->lot, &lot) || refused(call)) return false;
    const Rasad__V1__LotRow *row = lot_row(call->txn, lot);
    if (row == NULL || !item_get(call->txn, (uint32_t)row->item, &item)) {
        refuse_words(call, REASON_UNKNOWN_CODE, "lot", request->lot, "the name of a lot");
        return false;
    }
    enum severity severity = lot_severity(call->txn, lot_origin(call->txn, lot), item.id);
    response->tightened = severity == SEVERITY_TIGHTENED;
    response->stopped = severity == SEVERITY_STOPPED;
    *plan = sampling_plan_under(request->lot_size, item_step(&item), severity);
    return true;
}

static bool plan_by_table(struct call *call, const Rasad__V1__GetPlanRequest *request, struct plan *plan)
{
    int32_t aql = request->aql_hundredths != 0 ? request->aql_hundredths : 250;
    enum sampling_level level = LEVEL_II;
    int step = 0;
    if (!sampling_step((int64_t)aql * 10, &step))
        refuse_request(call, REASON_OUT_OF_RANGE, "aql_hundredths", "", "a step of the standard: 100, 150, 250, 400, 650, ...");
    if (!sampling_level_parse(request->level, &level))
        refuse_request(call, REASON_OUT_OF_RANGE, "level", "", "S-1, S-2, S-3, S-4, I, II or III");
    if (refused(call)) return false;
    *plan = sampling_plan(request->lot_size, level, step, request->tightened);
    return true;
}

void handle_get_plan(struct call *call)
{
    const Rasad__V1__GetPlanRequest *request = (const void *)call->request;
    Rasad__V1__GetPlanResponse *response = make(call, get_plan_response);
    struct plan plan;
    check_quantity(call, "lot_size", request->lot_size, 1);
    bool found = request->lot[0] != '\0' ? plan_of_lot(call, request, response, &plan) : plan_by_table(call, request, &plan);
    if (!found || refused(call)) return;
    response->code_letter = arena_printf(call->arena, "%c", plan.letter);
    response->sample = plan.sample;
    response->accept = plan.accept;
    response->refuse = plan.refuse;
    response->every_piece = plan.every_piece;
    if (response->code_letter != NULL) call->reply = &response->base;
}
