/* recipe.h - what an output log takes from stock: the recipe of its day, booked from running totals.
 * Flow:    handler: recipe_accepts (the line's `instead`) -> recipe_consume plans the movements. Apply: recipe_count
 *          keeps the totals. Taking back: production_undo_consumption (undo.h), then recipe_count with sign -1.
 * Owns:    the running totals in the account row of (place, output): one of the recipe's version, and one more for each
 *          alternative used in place of an input; the recipe's own item has what is left of the whole.
 * Bounds:  RECIPE_INPUTS_MAX inputs.
 */
#ifndef RASAD_PRODUCTION_RECIPE_H
#define RASAD_PRODUCTION_RECIPE_H

#include "production/undo.h"
#include "store/call.h"

/* Are these items among the alternatives of the recipe's inputs, in their order? Refuses by itself. NULL: no recipe. */
bool recipe_accepts(struct call *call, const Rasad__V1__RecipeSet *recipe, char *const *instead, size_t n);

/* Plan the consumption of a line's log, whose recipe and lot are filled in. */
void recipe_consume(struct call *call, const struct place *place, const struct item *output,
                    const Rasad__V1__RecipeSet *recipe, const Rasad__V1__OutputLogged *log);

/* In apply: count a log into the running totals, or out of them. */
void recipe_count(struct txn *txn, const struct place *place, const struct item *output,
                  const Rasad__V1__OutputLogged *log, int sign);

#endif
