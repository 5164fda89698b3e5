/* give.c - goods go from place to place, or to waste. */
#include "materials/materials.h"

#include "base/clock.h"
#include "store/commands.h"

/* ---- issue: one giver, many takers */

static const Rasad__V1__IssueRequest *issue_of(const struct call *call)
{
    return (const void *)call->request;
}

static void check_issue_line(struct call *call, size_t index)
{
    const Rasad__V1__IssueLine *line = issue_of(call)->lines[index];
    int64_t lot;
    check_code(call, "to", line->to);
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_name(call, "lot", line->lot, &lot);
    check_pack(call, line->pack, line->packs);
}

/* Two different places. */
static bool find_ends(struct call *call, const char *field, const struct place *one, const struct place *other)
{
    if (one->id != other->id) return true;
    refuse_words(call, REASON_WRONG_KIND, field, other->code, "another place");
    return false;
}

/* From stock to stock; what is used up on issue goes on at once, where it comes to who makes: a store only keeps it. */
static void plan_issue(struct call *call, const struct item *item, uint32_t from, const struct place *to,
                       const Rasad__V1__Issued *issued)
{
    struct end taker = {to->id, STOCK, 0}, named = {to->id, STOCK, issued->lot};
    ledger_move(call, (struct move){.from = {from, STOCK, issued->lot}, .to = taker, .item = item->id,
                                    .quantity = issued->quantity});
    if (!item->used_up_on_issue || !to->makes) return;
    ledger_move(call, (struct move){.from = named, .to = {.place = to->id, .stage = CONSUMED}, .item = item->id,
                                    .quantity = issued->quantity});
}

static void issue_line(struct call *call, size_t index)
{
    const Rasad__V1__IssueRequest *request = issue_of(call);
    const Rasad__V1__IssueLine *line = request->lines[index];
    Rasad__V1__Issued *issued = make(call, issued);
    struct place from, to;
    struct item item;
    int32_t day = 0;
    if (issued == NULL || !day_parse(request->day, &day) || !place_find(call->txn, request->from, &from)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_ISSUED)) return;
    if (!find_keeper(call, "to", line->to, false, &to) || !find_ends(call, "to", &from, &to)) return;
    if (!find_goods(call, "item", line->item, &item) || !find_lot(call, &item, line->lot, &issued->lot)) return;
    if (!find_pack(call, &item, line->pack, line->packs, line->quantity)) return;
    event_begin(call, &from, &item, day);
    if (refused(call)) return;
    issued->to = line->to;
    issued->quantity = line->quantity;
    issued->pack = line->pack;
    issued->packs = line->packs;
    call->event->fact_case = RASAD__V1__EVENT__FACT_ISSUED;
    call->event->issued = issued;
    plan_issue(call, &item, from.id, &to, issued);
}

void handle_issue(struct call *call)
{
    const Rasad__V1__IssueRequest *request = issue_of(call);
    struct place from;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "from", request->from);
    call_check(call, request->n_lines, check_issue_line);
    if (refused(call) || !find_keeper(call, "from", request->from, true, &from)) return;
    call_lines(call, request->n_lines, issue_line);
}

/* ---- returns: many givers, one taker */

static const Rasad__V1__ReturnGoodsRequest *return_of(const struct call *call)
{
    return (const void *)call->request;
}

static void check_return_line(struct call *call, size_t index)
{
    const Rasad__V1__ReturnLine *line = return_of(call)->lines[index];
    int64_t lot;
    check_code(call, "from", line->from);
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_name(call, "lot", line->lot, &lot);
}

static void return_line(struct call *call, size_t index)
{
    const Rasad__V1__ReturnGoodsRequest *request = return_of(call);
    const Rasad__V1__ReturnLine *line = request->lines[index];
    Rasad__V1__Returned *returned = make(call, returned);
    struct place from, to;
    struct item item;
    int32_t day = 0;
    if (returned == NULL || !day_parse(request->day, &day) || !place_find(call->txn, request->to, &to)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_RETURNED)) return;
    if (!find_keeper(call, "from", line->from, false, &from) || !find_ends(call, "from", &to, &from)) return;
    if (!find_goods(call, "item", line->item, &item) || !find_lot(call, &item, line->lot, &returned->lot)) return;
    event_begin(call, &from, &item, day);
    if (refused(call)) return;
    returned->to = request->to;
    returned->quantity = line->quantity;
    call->event->fact_case = RASAD__V1__EVENT__FACT_RETURNED;
    call->event->returned = returned;
    ledger_move(call, (struct move){.from = {from.id, STOCK, returned->lot}, .to = {to.id, STOCK, 0}, .item = item.id,
                                    .quantity = line->quantity});
}

void handle_return_goods(struct call *call)
{
    const Rasad__V1__ReturnGoodsRequest *request = return_of(call);
    struct place to;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "to", request->to);
    call_check(call, request->n_lines, check_return_line);
    if (refused(call) || !find_keeper(call, "to", request->to, true, &to)) return;
    call_lines(call, request->n_lines, return_line);
}

/* ---- waste */

static const Rasad__V1__WasteRequest *waste_of(const struct call *call)
{
    return (const void *)call->request;
}

static void check_waste_line(struct call *call, size_t index)
{
    const Rasad__V1__WasteLine *line = waste_of(call)->lines[index];
    int64_t lot;
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    check_range(call, "reason", line->reason, 0, RASAD__V1__WASTE_REASON__WASTE_REASON_OTHER);
    check_stage(call, line->stage);
    check_name(call, "lot", line->lot, &lot);
}

static void waste_line(struct call *call, size_t index)
{
    const Rasad__V1__WasteRequest *request = waste_of(call);
    const Rasad__V1__WasteLine *line = request->lines[index];
    Rasad__V1__Wasted *wasted = make(call, wasted);
    enum stage stage = stage_or_stock(line->stage);
    struct place place;
    struct item item;
    int32_t day = 0;
    if (wasted == NULL || !day_parse(request->day, &day)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_WASTED)) return;
    if (!find_keeper(call, "place", line->place, true, &place)) return;
    if (!find_goods(call, "item", line->item, &item) || !find_lot(call, &item, line->lot, &wasted->lot)) return;
    event_begin(call, &place, &item, day);
    if (refused(call)) return;
    wasted->quantity = line->quantity;
    wasted->reason = line->reason;
    wasted->stage = (Rasad__V1__Stage)stage;
    call->event->fact_case = RASAD__V1__EVENT__FACT_WASTED;
    call->event->wasted = wasted;
    ledger_move(call, (struct move){.from = {place.id, stage, wasted->lot}, .to = {.place = place.id, .stage = SCRAPPED},
                                    .item = item.id, .quantity = line->quantity, .oldest_first = stage == MADE});
}

void handle_waste(struct call *call)
{
    const Rasad__V1__WasteRequest *request = waste_of(call);
    int32_t day;
    check_day(call, "day", request->day, &day);
    call_check(call, request->n_lines, check_waste_line);
    if (refused(call)) return;
    call_lines(call, request->n_lines, waste_line);
}
