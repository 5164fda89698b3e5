/* hand_in.c - HandIn: what makers bring to a village organisation or store, counted there, sack by sack; see hand_in.h.
 * Flow:    handle_hand_in -> check_line for every line -> hand_in_line for every line: corrects, find, decide, book.
 */
#include "production/hand_in.h"

#include "production/keys.h"
#include "production/rules.h"
#include "store/commands.h"
#include "store/totals.h"

#include "base/clock.h"
#include "production.pb-c.h"

#include <inttypes.h>
#include <string.h>

static const Rasad__V1__HandInRequest *request_of(const struct call *call) { return (const void *)call->request; }

static void check_line(struct call *call, size_t index)
{
    const Rasad__V1__HandInLine *line = request_of(call)->lines[index];
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_quantity(call, "good", line->good, 0);
    check_quantity(call, "spoiled", line->spoiled, 0);
    check_quantity(call, "rework", line->rework, 0);
    if (line->good == 0 && line->spoiled == 0 && line->rework == 0)
        refuse_request(call, REASON_MISSING, "good", "0", "what was counted");
    const char *key_text = arena_printf(call->arena, "%s %s", line->place, line->item);
    if (!is_correction(line->corrects) && key_text != NULL) check_once(call, "item", key_text);
}

/* Who may take goods in at the taker may take them from any maker; else the maker must be the caller's own. */
static bool find_maker(struct call *call, const char *code, const struct place *taker, struct place *maker)
{
    bool hers = may_at(call, taker);
    bool found = hers ? find_place(call, "place", code, maker) : find_own_place(call, "place", code, maker);
    if (found && !place_hands_in(maker)) refuse_words(call, REASON_WRONG_KIND, "place", code, "a maker that hands in");
    return !refused(call);
}

/* The newest lot that this line's movements take from `made`; 0: all of it is lent. */
static int64_t newest_taken(struct call *call)
{
    struct moved moved;
    int64_t newest = 0;
    for (size_t i = 0; i < call->event->n_movements; i++) {
        movement_read(call->txn, call->event, call->event->movements[i], &moved);
        if (!moved.undo && moved.from_stage == MADE && moved.from_lot > newest) newest = moved.from_lot;
    }
    return newest;
}

static char *next_sack(struct call *call, const struct place *taker)
{
    struct key counter = sack_counter(taker->code);
    return arena_printf(call->arena, "%" PRId64, sack_after(number_get(call->txn, TABLE_counter, &counter)));
}

struct sack hand_in_plan(struct call *call, const struct place *maker, const struct place *taker,
                         const struct item *item, struct counted_in counted, const struct sack *old)
{
    int64_t lot = old != NULL ? old->lot : account_open_lot(call->txn, maker->id, item->id);
    struct move move = {.from = {.place = maker->id, .stage = MADE}, .item = item->id, .oldest_first = true};
    move.draws_for = lot != 0 ? lot : line_name(call);
    move.to = (struct end){.place = taker->id, .stage = arrival_stage(item)};
    move.quantity = counted.good;
    ledger_move(call, move);
    move.to = (struct end){.place = maker->id, .stage = SCRAPPED};
    move.quantity = counted.spoiled;
    ledger_move(call, move);
    move.to = (struct end){.place = maker->id, .stage = REWORK};
    move.quantity = counted.rework;
    ledger_move(call, move);
    if (lot == 0) lot = newest_taken(call);
    if (lot == 0) lot = line_name(call);
    return (struct sack){lot, old != NULL && old->number != NULL ? old->number : next_sack(call, taker)};
}

/* What a correction counts goes into the sack of the line corrected; at another taker that gets a new number. */
static const struct sack *old_sack(const struct call *call, const struct place *taker, struct sack *sack)
{
    if (call->original_event == NULL) return NULL;
    const Rasad__V1__HandedIn *old = call->original_event->handed_in;
    *sack = (struct sack){old->lot, strcmp(old->to, taker->code) == 0 ? old->number : NULL};
    return sack;
}

static void hand_in_line(struct call *call, size_t index)
{
    const Rasad__V1__HandInRequest *request = request_of(call);
    const Rasad__V1__HandInLine *line = request->lines[index];
    struct place maker, taker;
    struct item item;
    struct sack old, sack;
    int32_t day = 0;

    if (!day_parse(request->day, &day) || !place_find(call->txn, request->to, &taker)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_HANDED_IN)) return;
    if (!find_maker(call, line->place, &taker, &maker) || !find_goods(call, "item", line->item, &item)) return;
    event_begin(call, &maker, &item, day);
    if (refused(call)) return;

    Rasad__V1__HandedIn *fact = make(call, handed_in);
    if (fact == NULL) return;
    fact->to = request->to;
    fact->good = line->good;
    fact->spoiled = line->spoiled;
    fact->rework = line->rework;
    call->event->fact_case = RASAD__V1__EVENT__FACT_HANDED_IN;
    call->event->handed_in = fact;
    sack = hand_in_plan(call, &maker, &taker, &item, (struct counted_in){line->good, line->spoiled, line->rework},
                        old_sack(call, &taker, &old));
    if (sack.number == NULL) return;
    fact->lot = sack.lot;
    fact->number = sack.number;
}

void handle_hand_in(struct call *call)
{
    const Rasad__V1__HandInRequest *request = request_of(call);
    struct place taker;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "to", request->to);
    call_check(call, request->n_lines, check_line);
    if (refused(call) || !find_place(call, "to", request->to, &taker)) return;
    if (!taker.holds) refuse_words(call, REASON_WRONG_KIND, "to", taker.code, "a place that holds goods");
    call_lines(call, request->n_lines, hand_in_line);
}
