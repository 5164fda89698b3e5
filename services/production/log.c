/* log.c - LogOutput: what places made on a day, a line for each place and item.
 * Flow:    handle_log_output -> check_line for every line -> log_line for every line: corrects, find, decide, book.
 * Books:   good: produced -> made (who holds or serves: as if it came; a service: served). Spoiled: produced ->
 *          scrapped. Remade: rework -> where the good goes. The recipe of the day: stock -> consumed, for both.
 * Lots:    output gathers in the open lot of (place, item) until it is handed in; who does not hand in begins one
 *          each day.
 * Add a field: OutputLine in proto/production.proto, OutputLogged in proto/journal.proto, then check_line and log_of.
 */
#include "production/recipe.h"
#include "production/rules.h"
#include "store/commands.h"

#include "base/clock.h"
#include "production.pb-c.h"

static const Rasad__V1__LogOutputRequest *request_of(const struct call *call) { return (const void *)call->request; }

static bool made_something(const Rasad__V1__OutputLine *line)
{
    return line->good > 0 || line->spoiled > 0 || line->remade > 0;
}

static void check_line(struct call *call, size_t index)
{
    const Rasad__V1__OutputLine *line = request_of(call)->lines[index];
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_quantity(call, "good", line->good, 0);
    check_quantity(call, "spoiled", line->spoiled, 0);
    check_quantity(call, "remade", line->remade, 0);
    check_range(call, "members_at_work", line->members_at_work, 0, MEMBERS_MAX);
    check_range(call, "instead", (int64_t)line->n_instead, 0, RECIPE_INPUTS_MAX);
    for (size_t i = 0; i < line->n_instead; i++) check_code_or_empty(call, "instead", line->instead[i]);

    bool reason = line->no_work != RASAD__V1__NO_WORK__NO_WORK_NONE;
    if (reason && made_something(line))
        refuse_request(call, REASON_BAD_FORMAT, "no_work", "something was made", "a reason only where nothing was");
    if (!reason && !made_something(line) && line->members_at_work == 0)
        refuse_request(call, REASON_MISSING, "good", "nothing", "what was made, who was at work, or why nobody was");
    const char *key_text = arena_printf(call->arena, "%s %s", line->place, line->item);
    if (!is_correction(line->corrects) && key_text != NULL) check_once(call, "item", key_text);
}

/* ---- deciding */

static bool can_log(struct call *call, const Rasad__V1__OutputLine *line, const struct place *place,
                    const struct item *item)
{
    if (!place->makes)
        refuse_words(call, REASON_WRONG_KIND, "place", place->code, "a place that makes");
    else if (item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY)
        refuse_words(call, REASON_WRONG_KIND, "item", item->code, "goods or a service");
    else if (item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_SERVICE && line->remade > 0)
        refuse_words(call, REASON_WRONG_KIND, "remade", item->code, "goods");
    return !refused(call);
}

/* The lot of the line corrected; else the open one, where it still takes so many parents on this day; else a new one,
 * named after this line. */
static int64_t lot_for(struct call *call, const struct place *place, const struct item *item, int32_t day,
                       size_t inputs)
{
    const Rasad__V1__Event *old = call->original_event;
    if (old != NULL && old->output_logged->lot != 0 && (place_hands_in(place) || old->day == day))
        return old->output_logged->lot;
    int64_t open = account_open_lot(call->txn, place->id, item->id);
    const Rasad__V1__LotRow *row = open != 0 ? lot_row(call->txn, open) : NULL;
    return row != NULL && lot_takes(place, row->day, day, row->n_parents, inputs) ? open : line_name(call);
}

static Rasad__V1__OutputLogged *log_of(struct call *call, const Rasad__V1__OutputLine *line)
{
    Rasad__V1__OutputLogged *log = make(call, output_logged);
    if (log == NULL) return NULL;
    log->good = line->good;
    log->spoiled = line->spoiled;
    log->remade = line->remade;
    log->members = line->members_at_work;
    log->no_work = line->no_work;
    log->instead = line->instead;
    log->n_instead = line->n_instead;
    return log;
}

/* ---- booking */

static void book_output(struct call *call, const struct place *place, const struct item *item,
                        const Rasad__V1__OutputLogged *log)
{
    struct end produced = {.place = place->id, .stage = PRODUCED};
    struct end scrapped = {.place = place->id, .stage = SCRAPPED};
    struct end rework = {.place = place->id, .stage = REWORK};
    struct end good = {.place = place->id, .stage = output_stage(place, item), .lot = log->lot};
    ledger_move(call, (struct move){.from = produced, .to = good, .item = item->id, .quantity = log->good});
    ledger_move(call, (struct move){.from = produced, .to = scrapped, .item = item->id, .quantity = log->spoiled});
    ledger_move(call, (struct move){.from = rework, .to = good, .item = item->id, .quantity = log->remade,
                                    .oldest_first = true});
}

static void log_line(struct call *call, size_t index)
{
    const Rasad__V1__OutputLine *line = request_of(call)->lines[index];
    struct place place;
    struct item item;
    int32_t day = 0;

    if (!day_parse(request_of(call)->work_date, &day)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_OUTPUT_LOGGED)) return;
    if (!find_own_place(call, "place", line->place, &place) || !find_item(call, "item", line->item, &item)) return;
    const Rasad__V1__RecipeSet *recipe = made_something(line) ? recipe_on(call->txn, item.id, day) : NULL;
    if (!can_log(call, line, &place, &item) || !recipe_accepts(call, recipe, line->instead, line->n_instead)) return;
    event_begin(call, &place, &item, day);
    if (refused(call)) return;

    Rasad__V1__OutputLogged *log = log_of(call, line);
    if (log == NULL) return;
    log->recipe = recipe != NULL ? recipe->version : 0;
    if (made_something(line) && item.class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS)
        log->lot = lot_for(call, &place, &item, day, recipe != NULL ? recipe->n_inputs : 0);
    if (log->lot == line_name(call)) log->expiry_ms = lot_expiry_ms(day, item.shelf_life_min);
    call->event->fact_case = RASAD__V1__EVENT__FACT_OUTPUT_LOGGED;
    call->event->output_logged = log;
    book_output(call, &place, &item, log);
    recipe_consume(call, &place, &item, recipe, log);
}

void handle_log_output(struct call *call)
{
    const Rasad__V1__LogOutputRequest *request = request_of(call);
    int32_t day;
    check_day(call, "work_date", request->work_date, &day);
    call_check(call, request->n_lines, check_line);
    call_lines(call, request->n_lines, log_line);
}
