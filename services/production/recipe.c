/* recipe.c - see recipe.h. */
#include "production/recipe.h"

#include "production/rules.h"
#include "store/totals.h"

#include <string.h>

static int64_t worked_up(const Rasad__V1__OutputLogged *log) { return log->good + log->spoiled; }

static int choice_of(const Rasad__V1__RecipeSet *recipe, const Rasad__V1__OutputLogged *log, size_t input)
{
    return input < log->n_instead ? recipe_choice(recipe->inputs[input], log->instead[input]) : 0;
}

/* The item that a choice takes from stock; false when it is none of the stock: what is used up on issue was consumed
 * then. */
static bool taken_item(struct txn *txn, const Rasad__V1__RecipeInput *input, int choice, struct item *item)
{
    const char *code = choice > 0 ? input->alternatives[choice - 1] : input->item;
    return choice >= 0 && item_find(txn, code, item) && !item->used_up_on_issue;
}

/* How much was made so far with this choice of this input. */
static int64_t running_total(struct txn *txn, uint32_t place, uint32_t output, const Rasad__V1__RecipeSet *recipe,
                             size_t input, int choice)
{
    if (choice > 0) return account_running(txn, place, output, running_number(recipe->version, input, choice));
    int64_t total = account_running(txn, place, output, recipe->version);
    for (int other = 1; other <= (int)recipe->inputs[input]->n_alternatives; other++)
        total -= account_running(txn, place, output, running_number(recipe->version, input, other));
    return total;
}

/* What the line corrected had counted into the same total: its undoing stands in this event and is not applied yet. */
static int64_t taken_back(const struct call *call, const Rasad__V1__RecipeSet *recipe, size_t input, int choice)
{
    if (call->original_event == NULL) return 0;
    const Rasad__V1__OutputLogged *old = call->original_event->output_logged;
    return old->recipe == recipe->version && choice_of(recipe, old, input) == choice ? worked_up(old) : 0;
}

bool recipe_accepts(struct call *call, const Rasad__V1__RecipeSet *recipe, char *const *instead, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (instead[i][0] == '\0') continue;
        if (recipe == NULL || i >= recipe->n_inputs || recipe_choice(recipe->inputs[i], instead[i]) < 0) {
            refuse_words(call, REASON_WRONG_KIND, "instead", instead[i], "an alternative of the recipe's input");
            return false;
        }
    }
    return true;
}

void recipe_consume(struct call *call, const struct place *place, const struct item *output,
                    const Rasad__V1__RecipeSet *recipe, const Rasad__V1__OutputLogged *log)
{
    struct item item;
    int64_t so_far = recipe != NULL ? account_running(call->txn, place->id, output->id, recipe->version) : 0;
    if (so_far > BALANCE_MAX - worked_up(log)) {
        refuse(call, REASON_OUT_OF_RANGE, "good", worked_up(log), BALANCE_MAX - so_far);
        return;
    }
    for (size_t i = 0; recipe != NULL && i < recipe->n_inputs; i++) {
        const Rasad__V1__RecipeInput *input = recipe->inputs[i];
        int choice = choice_of(recipe, log, i);
        if (!taken_item(call->txn, input, choice, &item)) continue;
        int64_t before = running_total(call->txn, place->id, output->id, recipe, i, choice)
                       - taken_back(call, recipe, i, choice);
        int64_t amount = recipe_share(before, before + worked_up(log), input->quantity, input->per);
        if (amount > QUANTITY_MAX) {
            int64_t most = recipe_enough_for(QUANTITY_MAX, input->quantity, input->per);
            refuse(call, REASON_OUT_OF_RANGE, "good", worked_up(log), most);
            return;
        }
        ledger_move(call, (struct move){
            .from = {.place = place->id, .stage = STOCK},
            .to = {.place = place->id, .stage = CONSUMED},
            .item = item.id,
            .quantity = amount,
            .parent_of = log->lot,
        });
    }
}

void recipe_count(struct txn *txn, const struct place *place, const struct item *output,
                  const Rasad__V1__OutputLogged *log, int sign)
{
    if (log->recipe == 0) return;
    int64_t by = sign * worked_up(log);
    account_running_add(txn, place->id, output->id, log->recipe, by);
    if (log->n_instead == 0) return;
    const Rasad__V1__RecipeSet *recipe = recipe_version(txn, output->id, log->recipe);
    for (size_t i = 0; recipe != NULL && i < recipe->n_inputs; i++) {
        int choice = choice_of(recipe, log, i);
        if (choice > 0)
            account_running_add(txn, place->id, output->id, running_number(log->recipe, i, choice), by);
    }
}

/* ---- taking back */

static bool was_taken(struct call *call, const Rasad__V1__Event *original, size_t i, uint32_t item, struct moved *took)
{
    movement_read(call->txn, original, original->movements[i], took);
    return took->item == item && took->to_stage == CONSUMED && !took->undo;
}

static void put_back(struct call *call, const Rasad__V1__Event *original, const struct end *stock, uint32_t item,
                     int64_t quantity)
{
    ledger_move(call, (struct move){
        .from = {.place = stock->place, .stage = CONSUMED},
        .to = *stock,
        .item = item,
        .quantity = quantity,
        .day = open_day(call->txn, event_booked_day(original)),
        .undo = true,
    });
}

/* Give an amount back into the lots it was taken from. By running sums it is at times one more or one less than was
 * taken then: the first lot bears that. */
static void give_back(struct call *call, const Rasad__V1__Event *original, uint32_t place, uint32_t item,
                      int64_t amount)
{
    struct moved took;
    struct end stock = {.place = place, .stage = STOCK};
    int64_t differs = amount;
    for (size_t i = 0; i < original->n_movements; i++)
        if (was_taken(call, original, i, item, &took)) differs -= took.quantity;
    for (size_t i = 0; i < original->n_movements; i++) {
        if (!was_taken(call, original, i, item, &took)) continue;
        int64_t part = took.quantity + differs;
        differs = part < 0 ? part : 0;
        stock.lot = took.from_lot;
        if (part > 0) put_back(call, original, &stock, item, part);
    }
    stock.lot = 0;
    if (differs > 0) put_back(call, original, &stock, item, differs);
}

void production_undo_consumption(struct call *call, const Rasad__V1__Event *original)
{
    const Rasad__V1__OutputLogged *log = original->output_logged;
    struct place place;
    struct item output, item;
    if (log->recipe == 0 || !place_find(call->txn, original->place, &place)) return;
    if (!item_find(call->txn, original->item, &output)) return;
    const Rasad__V1__RecipeSet *recipe = recipe_version(call->txn, output.id, log->recipe);
    for (size_t i = 0; recipe != NULL && i < recipe->n_inputs; i++) {
        const Rasad__V1__RecipeInput *input = recipe->inputs[i];
        int choice = choice_of(recipe, log, i);
        if (!taken_item(call->txn, input, choice, &item)) continue;
        int64_t total = running_total(call->txn, place.id, output.id, recipe, i, choice);
        int64_t amount = recipe_share(total - worked_up(log), total, input->quantity, input->per);
        give_back(call, original, place.id, item.id, amount);
    }
}
