/* account.c - the material account of a place for a period: what came, what became of it, what should be there, what is.
 * Flow:    one flow for each item of goods -> the recipes in force on the last day say what is a material and what is
 *          made of it -> rules.c fills the rows.
 * Why:     flows come from totals (or, at a maker that hands in, from its cards), so the account reads the same at every
 *          level. What a maker gave back stands apart only there: totals keep what went out, not why.
 */
#include "materials/materials.h"

#include "base/clock.h"
#include "store/cards.h"
#include "store/commands.h"
#include "store/journal.h"

#include <string.h>

struct good {
    struct item item;
    struct flow flow;
    const Rasad__V1__RecipeSet *recipe; /* in force on the last day; NULL none */
};

struct period {
    struct call *call;
    struct place place;
    int32_t from, to;
    size_t n;
    struct good *goods;
    struct product *products;           /* room for one of each */
};

static void read_goods(struct period *period)
{
    struct txn *txn = period->call->txn;
    struct key last = key("s", "id:i");
    const struct books books = {&period->place, 1, 1, (size_t)number_get(txn, TABLE_counter, &last)};
    struct flow *list = arena_array(txn->arena, books.items_n, sizeof *list);
    period->goods = arena_array(txn->arena, books.items_n, sizeof *period->goods);
    period->products = arena_array(txn->arena, books.items_n, sizeof *period->products);
    if (list == NULL || period->goods == NULL || period->products == NULL) return;
    flows_read(txn, &books, period->from, period->to, list);
    for (uint32_t id = 1; id <= books.items_n; id++) {
        struct good *good = &period->goods[period->n];
        if (!item_get(txn, id, &good->item) || good->item.class != RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS) continue;
        good->flow = list[id - 1];
        if (good->item.recipes > 0) good->recipe = recipe_on(txn, id, period->to);
        period->n++;
    }
}

static bool takes(const Rasad__V1__RecipeInput *input, const char *item)
{
    bool named = strcmp(input->item, item) == 0;
    for (size_t i = 0; !named && i < input->n_alternatives; i++) named = strcmp(input->alternatives[i], item) == 0;
    return named;
}

/* What the recipes make of a material. */
static size_t products_of(struct period *period, const struct good *material)
{
    size_t n = 0;
    for (size_t i = 0; i < period->n; i++) {
        const struct good *good = &period->goods[i];
        for (size_t j = 0; good->recipe != NULL && j < good->recipe->n_inputs; j++) {
            const Rasad__V1__RecipeInput *input = good->recipe->inputs[j];
            if (!takes(input, material->item.code)) continue;
            period->products[n++] = (struct product){good->item.code, good->flow.good, good->flow.spoiled, input->quantity,
                                                     input->per, input->best_quantity};
            break;
        }
    }
    return n;
}

/* ---- what a maker gave back */

static bool gives_back(struct txn *txn, const Rasad__V1__Event *event, const struct moved *moved)
{
    if (!moved->undo) return event->fact_case == RASAD__V1__EVENT__FACT_RETURNED;
    const Rasad__V1__Event *original = journal_event(txn, event->reverses, NULL);
    return original != NULL && original->fact_case == RASAD__V1__EVENT__FACT_RETURNED;
}

/* Goes from the place to another, or came back because that was undone. */
static int64_t given_back_by(const struct period *period, const Rasad__V1__Event *event, const char *item)
{
    struct txn *txn = period->call->txn;
    uint32_t place = period->place.id;
    struct moved moved;
    int64_t sum = 0;
    for (size_t j = 0; j < event->n_movements && strcmp(event->item, item) == 0; j++) {
        movement_read(txn, event, event->movements[j], &moved);
        if (moved.from == moved.to || moved.day < period->from || moved.day > period->to) continue;
        if ((moved.undo ? moved.to : moved.from) != place || !gives_back(txn, event, &moved)) continue;
        sum += moved.undo ? -moved.quantity : moved.quantity;
    }
    return sum;
}

struct giving {
    const struct period *period;
    const char *item;
    int64_t sum;
};

static void given_back(void *ctx, const Rasad__V1__Header *header, struct slice entry)
{
    struct giving *giving = ctx;
    const struct period *period = giving->period;
    struct slice bytes;
    (void)header;
    while (entry_event_naming(&entry, period->place.code, &bytes)) {
        const Rasad__V1__Event *event = row_unpack(period->call->txn, bytes, &rasad__v1__event__descriptor);
        if (event != NULL) giving->sum += given_back_by(period, event, giving->item);
    }
}

static int64_t returned_by(const struct period *period, const struct good *material)
{
    struct giving giving = {period, material->item.code, 0};
    if (place_hands_in(&period->place))
        cards_since(period->call->txn, &period->place, material->item.id, period->from, given_back, &giving);
    return giving.sum;
}

/* ---- the rows */

static void add_row(struct period *period, const struct good *material, Rasad__V1__GetMaterialAccountResponse *response)
{
    size_t n = products_of(period, material);
    bool is_material = n > 0 || material->flow.consumed != 0 || material->item.used_up_on_issue;
    if (!is_material || !material->flow.any) return;
    Rasad__V1__MaterialAccountRow *row = make(period->call, material_account_row);
    if (row == NULL) return;
    row->item = text_of(material->item.code);
    account_fill(row, &material->flow, returned_by(period, material), period->products, n);
    response->rows[response->n_rows++] = row;
}

void handle_get_material_account(struct call *call)
{
    const Rasad__V1__GetMaterialAccountRequest *request = (const void *)call->request;
    Rasad__V1__GetMaterialAccountResponse *response = make(call, get_material_account_response);
    struct period period = {.call = call};
    bool days = check_any_day(call, "from", request->from, &period.from);
    days = check_any_day(call, "to", request->to, &period.to) && days;
    if (days && period.to < period.from)
        refuse_request(call, REASON_OUT_OF_RANGE, "to", request->to, "the day of `from` or a later one");
    check_code(call, "place", request->place);
    if (refused(call) || !find_own_place(call, "place", request->place, &period.place)) return;
    read_goods(&period);
    response->rows = arena_array(call->arena, period.n, sizeof *response->rows);
    if (response->rows == NULL || call->arena->full) return;
    call->reply = &response->base;
    for (size_t i = 0; i < period.n; i++) add_row(&period, &period.goods[i], response);
}
