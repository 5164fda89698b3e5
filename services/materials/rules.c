/* rules.c - see rules.h. */
#include "materials/rules.h"

#include "base/limits.h"
#include "base/must.h"

#include <string.h>

__extension__ typedef __int128 wide; /* two quantities multiplied do not fit 64 bits */

int64_t mul_div(int64_t a, int64_t n, int64_t d)
{
    must(a >= 0 && n >= 0 && d > 0);
    wide result = (wide)a * n / d;
    return result > INT64_MAX ? INT64_MAX : (int64_t)result;
}

const Rasad__V1__Pack *pack_find(const Rasad__V1__ItemAdded *item, const char *code)
{
    for (size_t i = 0; i < item->n_packs; i++)
        if (strcmp(item->packs[i]->code, code) == 0) return item->packs[i];
    return NULL;
}

int64_t pack_holds(const Rasad__V1__Pack *pack, int64_t packs)
{
    int64_t quantity;
    if (__builtin_mul_overflow(pack->quantity, packs, &quantity) || quantity > QUANTITY_MAX) return QUANTITY_MAX;
    return quantity;
}

int64_t expiry_of_last_day(int32_t last_day)
{
    return ((int64_t)last_day + 1) * DAY_MS;
}

int64_t expiry_of_shelf_life(int32_t day, int64_t shelf_life_min)
{
    int64_t expiry;
    if (shelf_life_min <= 0 || __builtin_mul_overflow(shelf_life_min, MINUTE_MS, &expiry)) return 0;
    return __builtin_add_overflow(expiry, expiry_of_last_day(day), &expiry) ? 0 : expiry;
}

/* ---- receipts and counts */

static bool came_movement(const Rasad__V1__Movement *movement)
{
    return movement->from_stage == RASAD__V1__STAGE__STAGE_SUPPLIED && !movement->undo;
}

int64_t came_lot(const Rasad__V1__Event *event, int64_t name)
{
    for (size_t i = 0; i < event->n_movements; i++)
        if (came_movement(event->movements[i]) && event->movements[i]->to_lot != 0) return event->movements[i]->to_lot;
    return name;
}

int64_t came_quantity(const Rasad__V1__Event *event)
{
    int64_t quantity = 0;
    for (size_t i = 0; i < event->n_movements; i++)
        if (came_movement(event->movements[i])) quantity += event->movements[i]->quantity;
    return quantity;
}

struct move variance_move(uint32_t place, uint32_t item, enum stage stage, int64_t variance)
{
    struct end here = {.place = place, .stage = stage}, nowhere = {.place = place, .stage = UNEXPLAINED};
    bool more = variance > 0;
    return (struct move){.from = more ? nowhere : here, .to = more ? here : nowhere, .item = item,
                         .quantity = more ? variance : -variance, .oldest_first = stage == MADE};
}

int64_t stage_change(const struct moved *moved, uint32_t place, enum stage stage)
{
    int64_t change = 0;
    if (moved->from_stage == SHORTFALL || moved->to_stage == SHORTFALL) return 0; /* lent or paid back: the net stays */
    if (moved->to == place && moved->to_stage == stage) change += moved->quantity;
    if (moved->from == place && moved->from_stage == stage) change -= moved->quantity;
    return change;
}

/* ---- the stock card */

struct card_change card_change_of(const struct moved *moved, uint32_t place)
{
    struct card_change row = {.shown = false};
    bool in = moved->to == place && stage_real(moved->to_stage);
    bool out = moved->from == place && stage_real(moved->from_stage);
    if (moved->from_stage == SHORTFALL || moved->to_stage == SHORTFALL || (!in && !out)) return row;
    row.shown = true;
    if (in && out) { /* from stage to stage: told from the side of stock, where it is one of the two */
        in = moved->from_stage != STOCK;
        row.other_place = place;
    } else {
        row.net = in ? moved->quantity : -moved->quantity;
        row.other_place = moved->from == moved->to ? 0 : in ? moved->from : moved->to;
    }
    row.stage = in ? moved->to_stage : moved->from_stage;
    row.other_stage = in ? moved->from_stage : moved->to_stage;
    row.change = in ? moved->quantity : -moved->quantity;
    row.lot = in && moved->to_lot != 0 ? moved->to_lot : moved->from_lot;
    return row;
}

/* ---- the material account */

static bool was_made(const struct product *product)
{
    return product->good != 0 || product->spoiled != 0;
}

/* The one thing made of the material; where nothing was made, the one that could be; NULL: none, or several. */
static const struct product *only_product(const struct product *products, size_t n)
{
    const struct product *made = n == 1 ? products : NULL;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!was_made(&products[i])) continue;
        made = &products[i];
        count++;
    }
    return count <= 1 ? made : NULL;
}

/* What of the consumption went into spoiled pieces, rounded down: the rest, and what no recipe explains, is for good ones. */
static int64_t for_spoiled(int64_t consumed, const struct product *products, size_t n)
{
    int64_t spoiled = 0, all = 0;
    const struct product *only = only_product(products, n);
    if (only != NULL) {
        spoiled = only->spoiled;
        all = only->good + only->spoiled;
    }
    for (size_t i = 0; only == NULL && i < n; i++) {
        if (products[i].good < 0 || products[i].spoiled < 0 || products[i].per <= 0) continue;
        spoiled += mul_div(products[i].spoiled, products[i].quantity, products[i].per);
        all += mul_div(products[i].good + products[i].spoiled, products[i].quantity, products[i].per);
    }
    return consumed > 0 && spoiled > 0 && spoiled <= all ? mul_div(consumed, spoiled, all) : 0;
}

static void fill_made(Rasad__V1__MaterialAccountRow *row, int64_t consumed, const struct product *product)
{
    int64_t best = product->best_quantity > 0 ? product->best_quantity : product->quantity;
    row->output = text_of(product->code);
    row->made = product->good;
    if (consumed <= 0 || product->quantity <= 0 || product->per <= 0) return;
    row->expected_made = mul_div(consumed, product->per, product->quantity);
    row->best_made = mul_div(consumed, product->per, best);
}

void account_fill(Rasad__V1__MaterialAccountRow *row, const struct flow *flow, int64_t returned,
                  const struct product *products, size_t product_count)
{
    const struct product *only = only_product(products, product_count);
    row->opening = flow_opening(flow);
    row->came = flow->supplied + flow->good + flow->in;
    row->issued = flow->out - returned + flow->served + flow->sold;
    row->consumed_spoiled = for_spoiled(flow->consumed, products, product_count);
    row->consumed_good = flow->consumed - row->consumed_spoiled;
    row->returned = returned;
    row->wasted = flow->scrapped + flow->lost;
    row->should_hold = row->opening + row->came - row->issued - flow->consumed - returned - row->wasted;
    row->counted_variance = flow->difference;
    row->holds = flow_closing(flow);
    if (only != NULL) fill_made(row, flow->consumed, only);
}
