/* deliver.c - goods given straight from one place to another, and given to people.
 * Books:   delivered: stock to stock of the receiver, at once; what a maker gives out of `made` is handed in first, in
 *          the same entry. Served: stock to served or sold; a service is done: produced to served.
 * Rules:   facts: no request, approval or release is asked for. What lacks is lent, and is a question for a person.
 */
#include "base/clock.h"
#include "distribution.pb-c.h"
#include "distribution/rows.h"
#include "production/hand_in.h"
#include "store/commands.h"

#include <string.h>

/* ---- Deliver */

static const Rasad__V1__DeliverRequest *deliver_request(const struct call *call) { return (const void *)call->request; }

static void deliver_check(struct call *call, size_t i)
{
    const Rasad__V1__DeliverRequest *request = deliver_request(call);
    const Rasad__V1__DeliverLine *line = request->lines[i];
    int64_t lot;
    check_code(call, "to", line->to);
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_range(call, "terms", (int64_t)line->terms, 0, RASAD__V1__TERMS__TERMS_ON_ACCOUNT);
    check_range(call, "proof", (int64_t)line->proof, 0, RASAD__V1__PROOF__PROOF_CALL);
    if (check_name(call, "lot", line->lot, &lot) && lot != 0 && line->out_of_made)
        refuse_request(call, REASON_BAD_FORMAT, "lot", line->lot, "none: what is out of made is the maker's oldest");
    if (strcmp(line->to, request->from) == 0)
        refuse_request(call, REASON_BAD_FORMAT, "to", line->to, "another place than the giver");
    const char *key_text = arena_printf(call->arena, "%s %s %s %d %d", line->to, line->item, line->lot, (int)line->terms,
                                        line->out_of_made);
    if (!is_correction(line->corrects) && key_text != NULL) check_once(call, "item", key_text);
}

/* Who takes in what the maker made: the nearest place above that holds goods. */
static bool find_taker(struct call *call, const struct place *maker, const struct place *to, struct place *taker)
{
    memset(taker, 0, sizeof *taker);
    for (uint32_t i = 1; place_hands_in(maker) && i < maker->path_n; i++)
        if (place_get(call->txn, maker->path[i], taker) && taker->holds && !taker->outside) break;
    if (!place_hands_in(maker) || !taker->holds || taker->outside)
        refuse_words(call, REASON_WRONG_KIND, "out_of_made", maker->code, "a maker with a place above that takes in");
    else if (taker->id == to->id)
        refuse_words(call, REASON_WRONG_KIND, "to", to->code, "another place: there it is handed in");
    return !refused(call);
}

static bool find_receiver(struct call *call, const char *code, struct place *to)
{
    if (!find_place(call, "to", code, to)) return false;
    if ((to->holds || to->serves) && !to->outside) return true;
    refuse_words(call, REASON_WRONG_KIND, "to", code, "a place that holds goods or gives them to people");
    return false;
}

/* The sack of the delivery corrected, where that was out of `made` too; taken in elsewhere it gets a new number. */
static const struct sack *old_sack(const struct call *call, const struct place *taker, struct sack *sack)
{
    const Rasad__V1__Delivered *old = call->original_event != NULL ? call->original_event->delivered : NULL;
    if (old == NULL || !old->out_of_made) return NULL;
    *sack = (struct sack){old->lot, strcmp(old->taker, taker->code) == 0 ? old->number : NULL};
    return sack;
}

/* The maker hands in what it gives: the lots that the taker's stock got now are the ones that go on. */
static void book_out_of_made(struct call *call, const struct place *maker, const struct place *taker, struct move move,
                             Rasad__V1__Delivered *fact)
{
    struct item item;
    struct sack old;
    size_t first = call->event->n_movements;
    if (!item_get(call->txn, move.item, &item)) return;
    struct sack sack = hand_in_plan(call, maker, taker, &item, (struct counted_in){.good = move.quantity},
                                    old_sack(call, taker, &old));
    if (refused(call) || sack.number == NULL) return;
    fact->taker = arena_strdup(call->arena, taker->code);
    fact->lot = sack.lot;
    fact->number = sack.number;
    int64_t left = move.quantity;
    size_t handed_in = call->event->n_movements;
    for (size_t i = first; i < handed_in && !refused(call); i++) {
        const Rasad__V1__Movement *m = call->event->movements[i];
        if (!movement_own(m, MADE, STOCK)) continue;
        move.from.lot = m->to_lot;
        move.quantity = m->quantity;
        left -= m->quantity;
        ledger_move(call, move);
    }
    move.from.lot = 0;
    move.quantity = left;
    ledger_move(call, move);
}

static void deliver_line(struct call *call, size_t i)
{
    const Rasad__V1__DeliverLine *line = deliver_request(call)->lines[i];
    struct place from, to, taker;
    struct item item;
    int64_t lot = 0;
    int32_t day;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_DELIVERED) ||
        !find_goods(call, "item", line->item, &item) || !find_receiver(call, line->to, &to) ||
        !place_find(call->txn, deliver_request(call)->from, &from) || !day_parse(deliver_request(call)->day, &day) ||
        !name_parse(line->lot, &lot))
        return;
    taker = from;
    if (line->out_of_made && !find_taker(call, &from, &to, &taker)) return;
    Rasad__V1__Delivered *fact = make(call, delivered);
    if (fact == NULL) return;
    fact->to = line->to;
    fact->quantity = line->quantity;
    fact->out_of_made = line->out_of_made;
    fact->lot = lot;
    fact->terms = line->terms;
    fact->proof = line->proof;
    event_begin(call, &from, &item, day);
    if (refused(call)) return;
    call->event->fact_case = RASAD__V1__EVENT__FACT_DELIVERED;
    call->event->delivered = fact;
    struct move move = {.from = {taker.id, STOCK, lot}, .to = {to.id, STOCK, 0}, .item = item.id};
    move.quantity = line->quantity;
    if (line->out_of_made) book_out_of_made(call, &from, &taker, move, fact);
    else ledger_move(call, move);
}

void handle_deliver(struct call *call)
{
    const Rasad__V1__DeliverRequest *request = deliver_request(call);
    struct place from;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "from", request->from);
    call_check(call, request->n_lines, deliver_check);
    if (refused(call) || !find_own_place(call, "from", request->from, &from)) return;
    if (!place_keeps(&from))
        refuse_words(call, REASON_WRONG_KIND, "from", from.code, "a place of ours that holds, makes or serves goods");
    call_lines(call, request->n_lines, deliver_line);
}

/* ---- Serve */

static const Rasad__V1__ServeRequest *serve_request(const struct call *call) { return (const void *)call->request; }

static void serve_check(struct call *call, size_t i)
{
    const Rasad__V1__ServeLine *line = serve_request(call)->lines[i];
    int64_t lot;
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_range(call, "how", (int64_t)line->how, 0, RASAD__V1__SERVED_HOW__SERVED_HOW_SOLD);
    check_quantity(call, "people", line->people, 0);
    check_quantity(call, "families", line->families, 0);
    check_name(call, "lot", line->lot, &lot);
    const char *key_text = arena_printf(call->arena, "%s %s %s %d", line->place, line->item, line->lot, (int)line->how);
    if (!is_correction(line->corrects) && key_text != NULL) check_once(call, "item", key_text);
}

static bool find_served(struct call *call, const Rasad__V1__ServeLine *line, struct place *place, struct item *item)
{
    if (!find_own_place(call, "place", line->place, place) || !find_item(call, "item", line->item, item)) return false;
    if (!place->serves) refuse_words(call, REASON_WRONG_KIND, "place", line->place, "a place that gives to people");
    if (item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY)
        refuse_words(call, REASON_WRONG_KIND, "item", line->item, "goods or a service");
    return !refused(call);
}

static void serve_line(struct call *call, size_t i)
{
    const Rasad__V1__ServeLine *line = serve_request(call)->lines[i];
    struct place place;
    struct item item;
    int64_t lot = 0;
    int32_t day;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_SERVED) || !find_served(call, line, &place, &item) ||
        !day_parse(serve_request(call)->day, &day) || !name_parse(line->lot, &lot))
        return;
    bool service = item.class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_SERVICE;
    Rasad__V1__Served *fact = make(call, served);
    if (fact == NULL) return;
    fact->quantity = line->quantity;
    fact->how = line->how;
    fact->people = line->people;
    fact->families = line->families;
    fact->lot = lot;
    event_begin(call, &place, &item, day);
    if (refused(call)) return;
    call->event->fact_case = RASAD__V1__EVENT__FACT_SERVED;
    call->event->served = fact;
    ledger_move(call, (struct move){
        .from = {place.id, service ? PRODUCED : STOCK, service ? 0 : lot},
        .to = {place.id, line->how == RASAD__V1__SERVED_HOW__SERVED_HOW_SOLD ? SOLD : SERVED, 0},
        .item = item.id, .quantity = line->quantity});
}

void handle_serve(struct call *call)
{
    int32_t day;
    check_day(call, "day", serve_request(call)->day, &day);
    call_check(call, serve_request(call)->n_lines, serve_check);
    call_lines(call, serve_request(call)->n_lines, serve_line);
}
