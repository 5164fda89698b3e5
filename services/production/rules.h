/* rules.h - the rules of production, pure: recipes, lots, sack numbers, presence, earnings.
 * Rule:    functions of their arguments alone; no store, clock or I/O. Handlers, apply and tests call the same ones.
 */
#ifndef RASAD_PRODUCTION_RULES_H
#define RASAD_PRODUCTION_RULES_H

#include "common.pb-c.h"
#include "journal.pb-c.h"
#include "store/directory.h"
#include "store/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a recipe takes while its running total goes from one number to another: floor(to * quantity / per) less
 * floor(from * quantity / per), so that logs and reversals in any order end the same. from <= to, none negative, per
 * above 0. More than QUANTITY_MAX is given as QUANTITY_MAX + 1. */
int64_t recipe_share(int64_t from, int64_t to, int64_t quantity, int64_t per);

/* Pieces that a stock of one input is enough for; INT64_MAX where the recipe takes none. */
int64_t recipe_enough_for(int64_t stock, int64_t quantity, int64_t per);

/* Which item a line takes for an input: 0 the recipe's own, else 1 + the place of `instead` among its alternatives;
 * -1: it is none of them. */
int recipe_choice(const Rasad__V1__RecipeInput *input, const char *instead);

/* The number under which the account keeps a running total: a version's whole (choice 0), or the part of it made with
 * one alternative of one input. Versions below 65,536. */
int32_t running_number(int32_t version, size_t input, int choice);

/* Where good pieces go: made by who hands in, else as if they came; of a service it is done. */
enum stage output_stage(const struct place *place, const struct item *item);
/* Where goods stand after they came. */
enum stage arrival_stage(const struct item *item);

/* May what is made on a day still go into a lot that began on another, with so many parents already? */
bool lot_takes(const struct place *place, int32_t lot_day, int32_t day, size_t parents, size_t inputs);

/* Shelf life counts from the end of the day; 0: it has none. */
int64_t lot_expiry_ms(int32_t day, int64_t shelf_life_min);

/* Sack numbers: plain digits, up to SACK_NUMBER_MAX; after 999,999 sacks of one taker they begin again. */
int64_t sack_after(int64_t number);
int64_t sack_number(const char *text); /* 0: it is none */

/* A month (year * 100 + month) or year (year * 100) of the programme's calendar; number 0: there is none. */
struct period {
    uint32_t number;
    int32_t first_day, last_day;
};
struct period period_month(Rasad__V1__Calendar calendar, int32_t day);
struct period period_year(Rasad__V1__Calendar calendar, int32_t day);

/* Was somebody at work, by this line? */
bool shows_work(const Rasad__V1__OutputLogged *log);

/* Does goods' going from one stage to another earn its maker, at this basis? Accepted is what comes to stock: at
 * hand-in where nobody inspects, else at the inspection. */
bool move_earns(Rasad__V1__RateBasis basis, enum stage from, enum stage to);

/* pieces * per_piece; more than QUANTITY_MAX is given as QUANTITY_MAX + 1. */
int64_t earned_amount(int64_t pieces, int64_t per_piece);

#endif
