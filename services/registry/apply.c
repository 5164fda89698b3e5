/* apply.c - the address book's events into its tables; see store/apply.h for the rules.
 * Owns:    tables kind, place, child, item, recipe, rate, tax_code, offer, mark, person, quota, limit, holiday; of table tally the
 *          classes 'k' (places of a kind) and 'm' (places that have a mark), each counted at itself and every ancestor.
 * Sign:    always +1: none of these facts is reversible; what is wrong is set again.
 */
#include "store/apply.h"
#include "store/totals.h"

#include <string.h>

#define TALLY_COUNT 1 /* the one measure of a tally row */

static void tally_add(struct txn *txn, const uint32_t *path, uint32_t n, int class, uint32_t id, int64_t by)
{
    for (uint32_t i = 0; i < n; i++) sum_add(txn, TABLE_tally, key("ubu", path[i], class, id), TALLY_COUNT, by);
}

/* ---- kinds and places */

void apply_kind_added(struct applying *applying, const Rasad__V1__KindAdded *fact, int sign)
{
    Rasad__V1__KindRow row = RASAD__V1__KIND_ROW__INIT;
    Rasad__V1__KindAdded kind = *fact;
    struct key k = key("u", code_number(applying->txn, CODE_KIND, fact->code));
    (void)sign;
    row.kind = &kind;
    row_put(applying->txn, TABLE_kind, &k, &row.base);
}

static void child_put(struct txn *txn, uint32_t parent, int32_t register_number, uint32_t place)
{
    struct key k = key("uuu", parent, (uint32_t)register_number, place);
    txn_put(txn, TABLE_child, &k, NULL, 0);
}

static void child_del(struct txn *txn, uint32_t parent, int32_t register_number, uint32_t place)
{
    struct key k = key("uuu", parent, (uint32_t)register_number, place);
    txn_del(txn, TABLE_child, &k);
}

void apply_place_added(struct applying *applying, const Rasad__V1__PlaceAdded *fact, int sign)
{
    struct txn *txn = applying->txn;
    Rasad__V1__PlaceRow row;
    Rasad__V1__PlaceRow__Parent since = RASAD__V1__PLACE_ROW__PARENT__INIT, *parents[] = {&since};
    struct place parent;
    if (applying->place.id != 0) { /* only a forged entry adds a place again: its path would end in itself */
        txn->err = ERR_CORRUPT;
        return;
    }
    uint32_t id = code_number(txn, CODE_PLACE, applying->event->place);
    (void)sign;
    rasad__v1__place_row__init(&row);
    (void)place_find(txn, fact->parent, &parent); /* the parent of a root is place 0 */
    since.sequence = applying->header->sequence;
    since.place = (int32_t)parent.id;
    row.code = applying->event->place;
    row.kind = (int32_t)code_id(txn, CODE_KIND, fact->kind);
    row.n_parents = 1;
    row.parents = parents;
    row.name = fact->name;
    row.latitude_udeg = fact->latitude_udeg;
    row.longitude_udeg = fact->longitude_udeg;
    row.register_number = fact->register_number;
    row.lgd_code = fact->lgd_code;
    row.gln = fact->gln;
    row.gstin = fact->gstin;
    row.members = fact->members;
    row.calendar = fact->calendar;
    row.commitment = fact->commitment;
    place_row_put(txn, id, &row);
    child_put(txn, parent.id, fact->register_number, id);
    tally_add(txn, &id, 1, CODE_KIND, (uint32_t)row.kind, 1);
    tally_add(txn, parent.path, parent.path_n, CODE_KIND, (uint32_t)row.kind, 1);
}

static bool on_path(const uint32_t *path, uint32_t n, uint32_t id)
{
    for (uint32_t i = 0; i < n; i++)
        if (path[i] == id) return true;
    return false;
}

/* One count of the moved place, from the ancestors left to those joined. */
static void tally_move(struct txn *txn, const struct place *before, const struct place *after, int class, uint32_t id)
{
    int64_t count = sum_get(txn, TABLE_tally, key("ubu", before->id, class, id), TALLY_COUNT);
    for (uint32_t i = 0; i < before->path_n; i++)
        if (!on_path(after->path, after->path_n, before->path[i]))
            tally_add(txn, &before->path[i], 1, class, id, -count);
    for (uint32_t i = 0; i < after->path_n; i++)
        if (!on_path(before->path, before->path_n, after->path[i]))
            tally_add(txn, &after->path[i], 1, class, id, count);
}

static void tallies_move(struct txn *txn, const struct place *before, const struct place *after)
{
    static const int classes[] = {CODE_KIND, CODE_MARK};
    for (size_t i = 0; i < 2; i++) {
        const char counter[] = {'i', 'd', ':', (char)classes[i], '\0'}; /* the last id given; see code_number */
        struct key last = key("s", counter);
        int64_t n = number_get(txn, TABLE_counter, &last);
        for (uint32_t id = 1; id <= n; id++) tally_move(txn, before, after, classes[i], id);
    }
}

void apply_place_moved(struct applying *applying, const Rasad__V1__PlaceMoved *fact, int sign)
{
    struct txn *txn = applying->txn;
    const struct place *before = &applying->place;
    struct place after, above;
    if (place_find(txn, fact->parent, &above) && place_within(&above, before->id)) { /* a forged entry */
        txn->err = ERR_CORRUPT;
        return;
    }
    Rasad__V1__PlaceRow *row = place_row(txn, before->id);
    Rasad__V1__PlaceRow__Parent since = RASAD__V1__PLACE_ROW__PARENT__INIT;
    (void)sign;
    if (row == NULL) return;
    Rasad__V1__PlaceRow__Parent **parents = arena_array(txn->arena, row->n_parents + 1, sizeof *parents);
    if (parents == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    since.sequence = applying->header->sequence;
    since.place = (int32_t)code_id(txn, CODE_PLACE, fact->parent);
    memcpy(parents, row->parents, row->n_parents * sizeof *parents);
    parents[row->n_parents] = &since;
    row->parents = parents;
    row->n_parents++;
    child_del(txn, before->path_n > 1 ? before->path[1] : 0, row->register_number, before->id);
    child_put(txn, (uint32_t)since.place, row->register_number, before->id);
    place_row_put(txn, before->id, row);
    if (!place_get(txn, before->id, &after)) return;
    tallies_move(txn, before, &after);
    ledger_place_moved(applying, before->id, before->path, before->path_n, after.path, after.path_n);
}

static void text_replace(char **text, char *given)
{
    if (given[0] != '\0') *text = given;
}

static void names_replace(Rasad__V1__Names **names, Rasad__V1__Names *given)
{
    if (given == NULL) return;
    if (*names == NULL) {
        *names = given;
        return;
    }
    text_replace(&(*names)->en, given->en);
    text_replace(&(*names)->hi, given->hi);
    text_replace(&(*names)->fa, given->fa);
}

void apply_place_changed(struct applying *applying, const Rasad__V1__PlaceChanged *fact, int sign)
{
    struct txn *txn = applying->txn;
    const struct place *place = &applying->place;
    Rasad__V1__PlaceRow *row = place_row(txn, place->id);
    (void)sign;
    if (row == NULL) return;
    names_replace(&row->name, fact->name);
    if (fact->commitment.len > 0) row->commitment = fact->commitment;
    if (fact->latitude_udeg != 0 || fact->longitude_udeg != 0) {
        row->latitude_udeg = fact->latitude_udeg;
        row->longitude_udeg = fact->longitude_udeg;
    }
    if (fact->register_number != 0 && fact->register_number != row->register_number) {
        uint32_t parent = place->path_n > 1 ? place->path[1] : 0;
        child_del(txn, parent, row->register_number, place->id);
        child_put(txn, parent, fact->register_number, place->id);
        row->register_number = fact->register_number;
    }
    text_replace(&row->lgd_code, fact->lgd_code);
    text_replace(&row->gln, fact->gln);
    text_replace(&row->gstin, fact->gstin);
    if (fact->members != 0) row->members = fact->members;
    if (fact->closed) row->closed = true;
    place_row_put(txn, place->id, row);
}

/* ---- items */

void apply_item_added(struct applying *applying, const Rasad__V1__ItemAdded *fact, int sign)
{
    Rasad__V1__ItemRow row = RASAD__V1__ITEM_ROW__INIT;
    Rasad__V1__ItemAdded item = *fact;
    (void)sign;
    row.item = &item;
    item_row_put(applying->txn, code_number(applying->txn, CODE_ITEM, fact->code), &row);
}

void apply_recipe_set(struct applying *applying, const Rasad__V1__RecipeSet *fact, int sign)
{
    struct txn *txn = applying->txn;
    Rasad__V1__RecipeRow row = RASAD__V1__RECIPE_ROW__INIT;
    Rasad__V1__RecipeSet recipe = *fact;
    struct key k = key("udu", applying->item.id, fact->from_day, (uint32_t)fact->version);
    Rasad__V1__ItemRow *item = item_row(txn, applying->item.id);
    (void)sign;
    row.recipe = &recipe;
    row_put(txn, TABLE_recipe, &k, &row.base);
    if (item == NULL) return;
    item->recipes = fact->version;
    item_row_put(txn, applying->item.id, item);
}

void apply_rate_set(struct applying *applying, const Rasad__V1__RateSet *fact, int sign)
{
    Rasad__V1__RateRow row = RASAD__V1__RATE_ROW__INIT;
    Rasad__V1__RateSet rate = *fact;
    struct key k = key("ud", applying->item.id, fact->from_day);
    (void)sign;
    row.rate = &rate;
    row_put(applying->txn, TABLE_rate, &k, &row.base);
}

void apply_tax_code_set(struct applying *applying, const Rasad__V1__TaxCodeSet *fact, int sign)
{
    struct key k = key("ud", applying->item.id, fact->from_day);
    (void)sign;
    row_put(applying->txn, TABLE_tax_code, &k, &fact->base);
}

/* ---- what a place offers, has and may */

void apply_offer_made(struct applying *applying, const Rasad__V1__OfferMade *fact, int sign)
{
    Rasad__V1__OfferRow row = RASAD__V1__OFFER_ROW__INIT;
    Rasad__V1__OfferMade offer = *fact;
    struct key k = key("uu", applying->place.id, code_id(applying->txn, CODE_ITEM, fact->item));
    (void)sign;
    row.offer = &offer;
    if (fact->members == 0 && fact->per_day == 0) txn_del(applying->txn, TABLE_offer, &k);
    else row_put(applying->txn, TABLE_offer, &k, &row.base);
}

static bool has_mark(struct txn *txn, uint32_t place, uint32_t mark)
{
    struct scan scan;
    struct key from = key("uu", place, mark);
    scan_begin(&scan, txn, TABLE_mark, &from, from.n);
    bool found = scan_next(&scan);
    scan_end(&scan);
    return found;
}

/* The tally counts places: a mark that is ended, or set a second time from another day, counts no more. */
void apply_mark_set(struct applying *applying, const Rasad__V1__MarkSet *fact, int sign)
{
    struct txn *txn = applying->txn;
    const struct place *place = &applying->place;
    Rasad__V1__MarkRow row = RASAD__V1__MARK_ROW__INIT;
    uint32_t mark = code_number(txn, CODE_MARK, fact->code);
    struct key k = key("uud", place->id, mark, fact->from_day);
    (void)sign;
    if (!has_mark(txn, place->id, mark)) tally_add(txn, place->path, place->path_n, CODE_MARK, mark, 1);
    row.to_day = fact->to_day;
    row_put(txn, TABLE_mark, &k, &row.base);
}

void apply_quota_set(struct applying *applying, const Rasad__V1__QuotaSet *fact, int sign)
{
    struct key k = key("uu", applying->place.id, code_id(applying->txn, CODE_ITEM, fact->item));
    (void)sign;
    number_put(applying->txn, TABLE_quota, &k, fact->per_day);
    number_put(applying->txn, TABLE_ask_by, &k, fact->ask_by_min);
}

void apply_limit_set(struct applying *applying, const Rasad__V1__LimitSet *fact, int sign)
{
    struct key k = key("ubu", applying->place.id, (int)fact->role, code_id(applying->txn, CODE_ITEM, fact->item));
    (void)sign;
    number_put(applying->txn, TABLE_limit, &k, fact->quantity);
}

/* A holiday with no last day is taken back. */
void apply_holiday_set(struct applying *applying, const Rasad__V1__HolidaySet *fact, int sign)
{
    Rasad__V1__MarkRow row = RASAD__V1__MARK_ROW__INIT;
    struct key k = key("ud", applying->place.id, applying->event->day);
    (void)sign;
    row.to_day = fact->to_day;
    if (fact->to_day == 0) txn_del(applying->txn, TABLE_holiday, &k);
    else row_put(applying->txn, TABLE_holiday, &k, &row.base);
}

void apply_month_closed(struct applying *applying, const Rasad__V1__MonthClosed *fact, int sign)
{
    struct key k = key("s", "closed"); /* the first open day: see open_day */
    (void)sign;
    number_put(applying->txn, TABLE_counter, &k, (int64_t)fact->through_day + 1);
}

/* ---- people */

static void person_put(struct txn *txn, const char *code, Rasad__V1__PersonRow *row)
{
    struct key k = key("u", code_number(txn, CODE_PERSON, code));
    row_put(txn, TABLE_person, &k, &row->base);
}

void apply_person_added(struct applying *applying, const Rasad__V1__PersonAdded *fact, int sign)
{
    Rasad__V1__PersonRow row;
    (void)sign;
    rasad__v1__person_row__init(&row);
    row.code = fact->code;
    row.n_roles = fact->n_roles;
    row.roles = fact->roles;
    row.commitment = fact->commitment;
    person_put(applying->txn, fact->code, &row);
}

void apply_roles_set(struct applying *applying, const Rasad__V1__RolesSet *fact, int sign)
{
    Rasad__V1__PersonRow *row = person_row(applying->txn, code_id(applying->txn, CODE_PERSON, fact->code));
    (void)sign;
    if (row == NULL) return;
    row->n_roles = fact->n_roles;
    row->roles = fact->roles;
    person_put(applying->txn, fact->code, row);
}

/* The code stays, so that no other person gets it; without a commitment there is no private row to look for. */
void apply_person_forgotten(struct applying *applying, const Rasad__V1__PersonForgotten *fact, int sign)
{
    Rasad__V1__PersonRow row;
    (void)sign;
    rasad__v1__person_row__init(&row);
    row.code = fact->code;
    person_put(applying->txn, fact->code, &row);
}
