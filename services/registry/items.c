/* items.c - items and what is said of them: recipes, rates, offers, quotas, limits.
 * Flow:    as in inside.h. Recipes are numbered here, 1, 2, 3 ... per item; rates, offers and quotas replace the one of
 *          the same key.
 * Bounds:  ITEMS_MAX items; both numbers of a recipe's ratio at most RECIPE_QUANTITY_MAX, so that a total of
 *          QUANTITY_MAX times one of them fits 128 bits.
 */
#include "registry/inside.h"

#include <string.h>

/* ---- items */

static void check_packs(struct call *call, const Rasad__V1__ItemAdded *line)
{
    for (size_t i = 0; i < line->n_packs && i < PACKS_MAX; i++) {
        char before[40], name[48];
        snprintf(before, sizeof before, "packs[%zu].", i);
        snprintf(name, sizeof name, "%sname", before);
        check_fault(call, before, pack_fault(line->packs, i));
        check_names(call, name, line->packs[i]->name);
    }
}

static void check_item(struct call *call, size_t index)
{
    const Rasad__V1__AddItemsRequest *request = (const void *)call->request;
    const Rasad__V1__ItemAdded *line = request->lines[index];
    if (check_code(call, "code", line->code)) check_once(call, "code", line->code);
    check_names(call, "name", line->name);
    check_names(call, "display_unit", line->display_unit);
    check_code_or_empty(call, "icon", line->icon);
    check_fault(call, "", item_fault(line));
    check_packs(call, line);
}

static void add_item(struct call *call, size_t index)
{
    const Rasad__V1__AddItemsRequest *request = (const void *)call->request;
    Rasad__V1__ItemAdded *fact = make(call, item_added);
    if (fact == NULL) return;
    *fact = *request->lines[index];
    fact->name = names_given(fact->name);
    fact->display_unit = names_given(fact->display_unit);
    if (fact->display_factor == 0) fact->display_factor = 1;
    uint32_t id = code_id(call->txn, CODE_ITEM, fact->code);
    if (id != 0) {
        Rasad__V1__ItemRow *row = item_row(call->txn, id);
        refuse_taken(call, fact->code, row != NULL && message_same(call, &row->item->base, &fact->base));
        return;
    }
    if (!room_for(call, TABLE_item, ITEMS_MAX)) return;
    event_begin(call, NULL, NULL, call->today);
    call->event->item = fact->code;
    call->event->fact_case = RASAD__V1__EVENT__FACT_ITEM_ADDED;
    call->event->item_added = fact;
}

void handle_add_items(struct call *call)
{
    const Rasad__V1__AddItemsRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_item);
    call_lines(call, request->n_lines, add_item);
}

/* ---- recipes */

static void check_input(struct call *call, const Rasad__V1__RecipeLine *line, size_t at)
{
    const Rasad__V1__RecipeInput *input = line->inputs[at];
    char before[40], field[64];
    snprintf(before, sizeof before, "inputs[%zu].", at);
    snprintf(field, sizeof field, "%sitem", before);
    check_code(call, field, input->item);
    check_fault(call, before, input_fault(line->item, line->inputs, at));
    for (size_t i = 0; i < input->n_alternatives && i < RECIPE_ALTERNATIVES_MAX; i++) {
        snprintf(field, sizeof field, "inputs[%zu].alternatives[%d]", at, (int)i);
        check_code(call, field, input->alternatives[i]);
    }
}

static void check_recipe(struct call *call, size_t index)
{
    const Rasad__V1__SetRecipesRequest *request = (const void *)call->request;
    const Rasad__V1__RecipeLine *line = request->lines[index];
    int32_t from;
    check_code(call, "item", line->item);
    check_any_day(call, "from_day", line->from_day, &from);
    check_once_at(call, "item", line->item, "", line->from_day);
    if (!check_range(call, "inputs", (int64_t)line->n_inputs, 0, RECIPE_INPUTS_MAX)) return;
    for (size_t i = 0; i < line->n_inputs; i++) check_input(call, line, i);
}

static bool find_inputs(struct call *call, const Rasad__V1__RecipeLine *line)
{
    struct item item;
    char field[64];
    for (size_t i = 0; i < line->n_inputs; i++) {
        snprintf(field, sizeof field, "inputs[%zu].item", i);
        if (!find_goods(call, field, line->inputs[i]->item, &item)) return false;
        for (size_t j = 0; j < line->inputs[i]->n_alternatives; j++) {
            snprintf(field, sizeof field, "inputs[%zu].alternatives[%d]", i, (int)j);
            if (!find_goods(call, field, line->inputs[i]->alternatives[j], &item)) return false;
        }
    }
    return true;
}

static bool made_of(struct call *call, const char *made, const char *item, int32_t day, int depth);

static bool input_made_of(struct call *call, const Rasad__V1__RecipeInput *input, const char *item, int32_t day, int depth)
{
    bool found = strcmp(input->item, item) == 0 || made_of(call, input->item, item, day, depth);
    for (size_t i = 0; !found && i < input->n_alternatives; i++)
        found = strcmp(input->alternatives[i], item) == 0 || made_of(call, input->alternatives[i], item, day, depth);
    return found;
}

/* Does `item` go into `made`, over however many steps, by what is in force on that day or later? More steps than a trace
 * goes are one too many as well. */
static bool made_of(struct call *call, const char *made, const char *item, int32_t day, int depth)
{
    uint32_t id = code_id(call->txn, CODE_ITEM, made);
    const Rasad__V1__RecipeSet *now = id != 0 ? recipe_on(call->txn, id, day) : NULL;
    struct scan scan;
    struct key from = key("ud", id, day + 1);
    bool found = now != NULL && depth == TRACE_DEPTH_MAX;
    for (size_t i = 0; now != NULL && !found && i < now->n_inputs; i++)
        found = input_made_of(call, now->inputs[i], item, day, depth + 1);
    for (scan_begin(&scan, call->txn, TABLE_recipe, &from, 4); id != 0 && depth < TRACE_DEPTH_MAX && !found && scan_next(&scan);) {
        const Rasad__V1__RecipeRow *row = row_unpack(call->txn, scan.value, &rasad__v1__recipe_row__descriptor);
        for (size_t i = 0; row != NULL && !found && i < row->recipe->n_inputs; i++)
            found = input_made_of(call, row->recipe->inputs[i], item, day, depth + 1);
    }
    scan_end(&scan);
    return found;
}

static bool no_loop(struct call *call, const Rasad__V1__RecipeLine *line)
{
    char field[64];
    for (size_t i = 0; i < line->n_inputs; i++) {
        if (!input_made_of(call, line->inputs[i], line->item, day_of(line->from_day), 1)) continue;
        snprintf(field, sizeof field, "inputs[%zu].item", i);
        refuse_words(call, REASON_LOOP, field, line->inputs[i]->item, "an item that is not made of this one, in at most 8 steps");
        return false;
    }
    return true;
}

static void set_recipe(struct call *call, size_t index)
{
    const Rasad__V1__SetRecipesRequest *request = (const void *)call->request;
    const Rasad__V1__RecipeLine *line = request->lines[index];
    struct item item;
    if (!find_goods(call, "item", line->item, &item) || !find_inputs(call, line) || !no_loop(call, line)) return;
    Rasad__V1__RecipeSet *fact = make(call, recipe_set);
    const Rasad__V1__ItemRow *row = item_row(call->txn, item.id); /* an earlier line may have set one */
    if (fact == NULL || row == NULL) return;
    fact->item = line->item;
    fact->version = row->recipes + 1;
    fact->from_day = day_of(line->from_day);
    fact->n_inputs = line->n_inputs;
    fact->inputs = line->inputs;
    event_begin(call, NULL, &item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_RECIPE_SET;
    call->event->recipe_set = fact;
}

void handle_set_recipes(struct call *call)
{
    const Rasad__V1__SetRecipesRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_recipe);
    call_lines(call, request->n_lines, set_recipe);
}

/* ---- rates */

static void check_rate(struct call *call, size_t index)
{
    const Rasad__V1__SetRatesRequest *request = (const void *)call->request;
    const Rasad__V1__RateLine *line = request->lines[index];
    int32_t from;
    check_code(call, "item", line->item);
    check_any_day(call, "from_day", line->from_day, &from);
    check_once_at(call, "item", line->item, "", line->from_day);
    check_range(call, "per_piece", line->per_piece, 0, RATE_MAX);
    check_code_or_empty(call, "money", line->money);
    check_range(call, "basis", line->basis, line->per_piece == 0 ? RASAD__V1__RATE_BASIS__RATE_BASIS_UNKNOWN
                                                                 : RASAD__V1__RATE_BASIS__RATE_BASIS_HAND_IN,
                RASAD__V1__RATE_BASIS__RATE_BASIS_ACCEPTANCE);
    if (line->per_piece > 0 && line->money[0] == '\0')
        refuse_request(call, REASON_MISSING, "money", "", "the code of an item that is money");
}

static void set_rate(struct call *call, size_t index)
{
    const Rasad__V1__SetRatesRequest *request = (const void *)call->request;
    const Rasad__V1__RateLine *line = request->lines[index];
    struct item item, money;
    if (!find_item(call, "item", line->item, &item)) return;
    if (item.class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) {
        refuse_words(call, REASON_WRONG_KIND, "item", line->item, "goods or a service");
        return;
    }
    if (line->money[0] != '\0' && !find_item(call, "money", line->money, &money)) return;
    if (line->money[0] != '\0' && money.class != RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) {
        refuse_words(call, REASON_WRONG_KIND, "money", line->money, "an item that is money");
        return;
    }
    Rasad__V1__RateSet *fact = make(call, rate_set);
    if (fact == NULL) return;
    fact->item = line->item;
    fact->money = line->money;
    fact->per_piece = line->per_piece;
    fact->from_day = day_of(line->from_day);
    fact->basis = line->basis;
    event_begin(call, NULL, &item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_RATE_SET;
    call->event->rate_set = fact;
}

void handle_set_rates(struct call *call)
{
    const Rasad__V1__SetRatesRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_rate);
    call_lines(call, request->n_lines, set_rate);
}

/* ---- tax codes */

static void check_tax_code(struct call *call, size_t index)
{
    const Rasad__V1__SetTaxCodesRequest *request = (const void *)call->request;
    const Rasad__V1__TaxCodeLine *line = request->lines[index];
    int32_t from;
    check_code(call, "item", line->item);
    check_any_day(call, "from_day", line->from_day, &from);
    check_once_at(call, "item", line->item, "", line->from_day);
    if (line->hsn[0] != '\0' && !hsn_ok(line->hsn))
        refuse_request(call, REASON_BAD_FORMAT, "hsn", typed(call, line->hsn), "4, 6 or 8 digits, or nothing");
}

static void set_tax_code(struct call *call, size_t index)
{
    const Rasad__V1__SetTaxCodesRequest *request = (const void *)call->request;
    const Rasad__V1__TaxCodeLine *line = request->lines[index];
    struct item item;
    if (!find_item(call, "item", line->item, &item)) return;
    if (item.class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) {
        refuse_words(call, REASON_WRONG_KIND, "item", line->item, "goods or a service");
        return;
    }
    Rasad__V1__TaxCodeSet *fact = make(call, tax_code_set);
    if (fact == NULL) return;
    fact->hsn = line->hsn;
    fact->from_day = day_of(line->from_day);
    event_begin(call, NULL, &item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_TAX_CODE_SET;
    call->event->tax_code_set = fact;
}

void handle_set_tax_codes(struct call *call)
{
    const Rasad__V1__SetTaxCodesRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_tax_code);
    call_lines(call, request->n_lines, set_tax_code);
}

/* ---- offers */

static void check_offer(struct call *call, size_t index)
{
    const Rasad__V1__MakeOffersRequest *request = (const void *)call->request;
    const Rasad__V1__OfferLine *line = request->lines[index];
    int32_t from;
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_once_at(call, "place", line->place, line->item, "");
    check_range(call, "members", line->members, 0, MEMBERS_MAX);
    check_quantity(call, "per_day", line->per_day, 0);
    if (line->members == 0 && line->per_day == 0) check_day(call, "from_day", line->from_day, &from); /* ends at once */
    else check_any_day(call, "from_day", line->from_day, &from);
}

/* Goods are made or lent, money is lent, a service is done by any place that has books. */
static bool can_offer(const struct place *place, const struct item *item)
{
    if (place->outside) return false;
    if (item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_SERVICE) return true;
    return place->lends || (place->makes && item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS);
}

static void make_offer(struct call *call, size_t index)
{
    const Rasad__V1__MakeOffersRequest *request = (const void *)call->request;
    const Rasad__V1__OfferLine *line = request->lines[index];
    struct place place;
    struct item item;
    if (!find_own_place(call, "place", line->place, &place) || !find_item(call, "item", line->item, &item)) return;
    if (!can_offer(&place, &item)) {
        refuse_words(call, REASON_WRONG_KIND, "place", line->place, "a place that makes, does or lends this");
        return;
    }
    Rasad__V1__OfferMade *fact = make(call, offer_made);
    if (fact == NULL) return;
    fact->item = line->item;
    fact->members = line->members;
    fact->per_day = line->per_day;
    fact->from_day = day_of(line->from_day);
    event_begin(call, &place, &item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_OFFER_MADE;
    call->event->offer_made = fact;
}

void handle_make_offers(struct call *call)
{
    const Rasad__V1__MakeOffersRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_offer);
    call_lines(call, request->n_lines, make_offer);
}

/* ---- quotas and limits */

static void check_quota(struct call *call, size_t index)
{
    const Rasad__V1__SetQuotasRequest *request = (const void *)call->request;
    const Rasad__V1__QuotaLine *line = request->lines[index];
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_once_at(call, "place", line->place, line->item, "");
    check_quantity(call, "per_day", line->per_day, 0);
    check_range(call, "ask_by_min", line->ask_by_min, 0, DAY_MINUTES);
}

static void set_quota(struct call *call, size_t index)
{
    const Rasad__V1__SetQuotasRequest *request = (const void *)call->request;
    const Rasad__V1__QuotaLine *line = request->lines[index];
    struct place place;
    struct item item;
    if (!find_own_place(call, "place", line->place, &place) || !find_item(call, "item", line->item, &item)) return;
    Rasad__V1__QuotaSet *fact = make(call, quota_set);
    if (fact == NULL) return;
    fact->item = line->item;
    fact->per_day = line->per_day;
    fact->ask_by_min = line->ask_by_min;
    event_begin(call, &place, &item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_QUOTA_SET;
    call->event->quota_set = fact;
}

void handle_set_quotas(struct call *call)
{
    const Rasad__V1__SetQuotasRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_quota);
    call_lines(call, request->n_lines, set_quota);
}

static void check_limit(struct call *call, size_t index)
{
    const Rasad__V1__SetLimitsRequest *request = (const void *)call->request;
    const Rasad__V1__LimitLine *line = request->lines[index];
    char role[16];
    snprintf(role, sizeof role, "%d", (int)line->role);
    check_code(call, "place", line->place);
    check_code_or_empty(call, "item", line->item);
    check_once_at(call, "place", line->place, role, line->item);
    check_range(call, "role", line->role, RASAD__V1__ROLE__ROLE_CLUSTER_MANAGER, RASAD__V1__ROLE__ROLE_ADMINISTRATOR);
    check_quantity(call, "quantity", line->quantity, 0);
}

static void set_limit(struct call *call, size_t index)
{
    const Rasad__V1__SetLimitsRequest *request = (const void *)call->request;
    const Rasad__V1__LimitLine *line = request->lines[index];
    struct place place;
    struct item item;
    bool every = line->item[0] == '\0';
    if (!find_own_place(call, "place", line->place, &place)) return;
    if (!every && !find_item(call, "item", line->item, &item)) return;
    Rasad__V1__LimitSet *fact = make(call, limit_set);
    if (fact == NULL) return;
    fact->role = line->role;
    fact->item = line->item;
    fact->quantity = line->quantity;
    event_begin(call, &place, every ? NULL : &item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_LIMIT_SET;
    call->event->limit_set = fact;
}

void handle_set_limits(struct call *call)
{
    const Rasad__V1__SetLimitsRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_limit);
    call_lines(call, request->n_lines, set_limit);
}
