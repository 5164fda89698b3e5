/* rules.h - the decisions of this room as functions of their arguments: packs, expiry, lots of receipts, the stock card,
 * the material account.
 * Rules:   no store, no clock; whole numbers only, rounded down.
 */
#ifndef RASAD_MATERIALS_RULES_H
#define RASAD_MATERIALS_RULES_H

#include "journal.pb-c.h"
#include "materials.pb-c.h"
#include "store/directory.h"
#include "store/ledger.h"
#include "store/totals.h"

#include <stdbool.h>
#include <stdint.h>

#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)

/* For fields of messages, which are not const; nobody writes through them. */
static inline char *text_of(const char *text) { return (char *)(uintptr_t)text; }

/* floor(a * n / d); a, n not negative, d above 0; INT64_MAX where it does not fit. */
int64_t mul_div(int64_t a, int64_t n, int64_t d);

/* The pack of this code; NULL: the item has none. */
const Rasad__V1__Pack *pack_find(const Rasad__V1__ItemAdded *item, const char *code);

/* What so many packs hold, at most QUANTITY_MAX; 0 where the packs are uneven. */
int64_t pack_holds(const Rasad__V1__Pack *pack, int64_t packs);

/* The instant goods expire: at the end of their last day of use, or a shelf life after the end of the day they came. */
int64_t expiry_of_last_day(int32_t last_day);
int64_t expiry_of_shelf_life(int32_t day, int64_t shelf_life_min); /* 0: none */

/* Of an event of fact Came, by its movements: the lot it went into and how much came. name: of its line. */
int64_t came_lot(const Rasad__V1__Event *event, int64_t name);
int64_t came_quantity(const Rasad__V1__Event *event);

/* The variance of a count as a movement at the place. */
struct move variance_move(uint32_t place, uint32_t item, enum stage stage, int64_t variance);

/* What a movement adds to real - shortfall of one stage at a place; below 0: takes. */
int64_t stage_change(const struct moved *moved, uint32_t place, enum stage stage);

/* One movement as a row of the stock card of a place. */
struct card_change {
    bool shown;              /* false: it leaves what is there as it was */
    enum stage stage, other_stage;
    int64_t change;          /* of that stage */
    int64_t net;             /* of real - shortfall over all stages of the place */
    uint32_t other_place;    /* id; 0: outside */
    int64_t lot;
};
struct card_change card_change_of(const struct moved *moved, uint32_t place);

/* Something made of a material in a period, and the line of its recipe that takes the material. */
struct product {
    const char *code;
    int64_t good, spoiled;
    int64_t quantity, per, best_quantity; /* as in RecipeInput */
};

/* Fill the figures of a row. holds - should_hold = counted_variance, always. returned: how much of what went out to other
 * places was given back. products: all that the recipes in force make of the material. */
void account_fill(Rasad__V1__MaterialAccountRow *row, const struct flow *flow, int64_t returned,
                  const struct product *products, size_t product_count);

#endif
