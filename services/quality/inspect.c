/* inspect.c - what the inspector found and decided: what stood unchecked becomes stock, goes back to be made again, or is
 * scrapped. A fact: more than stands there is accepted too, and asked about.
 */
#include "quality/lots.h"

#include "base/clock.h"
#include "quality.pb-c.h"
#include "store/accounts.h"
#include "store/call.h"
#include "store/commands.h"
#include "store/totals.h"

#include <limits.h>

static const Rasad__V1__InspectRequest *request_of(const struct call *call)
{
    return (const void *)call->request;
}

/* ---- the request alone */

static void check_lots(struct call *call, const Rasad__V1__InspectLine *line)
{
    int64_t lot;
    if (!check_range(call, "lots", (int64_t)line->n_lots, 0, INSPECT_LOTS_MAX)) return;
    for (size_t i = 0; i < line->n_lots; i++) {
        if (!check_name(call, "lots", line->lots[i], &lot)) return;
        if (lot == 0) refuse_request(call, REASON_MISSING, "lots", "", "the name of a lot, or no entry");
    }
}

static void check_inspect_line(struct call *call, size_t index)
{
    const Rasad__V1__InspectLine *line = request_of(call)->lines[index];
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_lots(call, line);
    bool good = check_quantity(call, "accepted", line->accepted, 0);
    good = check_quantity(call, "rework", line->rework, 0) && good;
    good = check_quantity(call, "scrapped", line->scrapped, 0) && good;
    if (good && line->accepted + line->rework + line->scrapped == 0)
        refuse_request(call, REASON_MISSING, "accepted", "0", "what was accepted, goes back or was scrapped");
    check_range(call, "sample", line->sample, 0, INT_MAX);
    check_range(call, "critical", line->critical, 0, INT_MAX);
    check_range(call, "major", line->major, 0, INT_MAX);
    check_range(call, "minor", line->minor, 0, INT_MAX);
}

/* ---- what the store knows */

static bool find_lots(struct call *call, const struct item *item, const Rasad__V1__InspectLine *line,
                      Rasad__V1__Inspected *inspected)
{
    inspected->lots = arena_array(call->arena, line->n_lots, sizeof *inspected->lots);
    for (size_t i = 0; inspected->lots != NULL && i < line->n_lots; i++) {
        int64_t lot;
        const Rasad__V1__LotRow *row = name_parse(line->lots[i], &lot) ? lot_row(call->txn, lot) : NULL;
        if (row == NULL || (uint32_t)row->item != item->id) {
            refuse_words(call, row == NULL ? REASON_UNKNOWN_CODE : REASON_WRONG_KIND, "lots", line->lots[i],
                         "a lot of this item");
            return false;
        }
        inspected->lots[inspected->n_lots++] = lot;
    }
    return inspected->lots != NULL;
}

/* How much of a lot stands unchecked, this line's own movements counted. */
static int64_t lot_stands(struct call *call, uint32_t place, uint32_t item, int64_t lot)
{
    const struct balance *balance = account_find(account_of(call->txn, place, item), UNCHECKED, lot);
    int64_t stands = balance != NULL ? balance->quantity : 0;
    struct moved moved;
    for (size_t i = 0; i < call->event->n_movements; i++) {
        movement_read(call->txn, call->event, call->event->movements[i], &moved);
        if (moved.item != item) continue;
        if (moved.to == place && moved.to_stage == UNCHECKED && moved.to_lot == lot) stands += moved.quantity;
        if (moved.from == place && moved.from_stage == UNCHECKED && moved.from_lot == lot) stands -= moved.quantity;
    }
    return stands;
}

/* A part of what was inspected goes its way: out of the named lots in their order, then out of whatever else stands there,
 * first made first. */
static void dispose(struct call *call, const struct place *place, const struct item *item, enum stage to, int64_t quantity)
{
    const Rasad__V1__Inspected *inspected = call->event->inspected;
    struct move move = {.from = {.place = place->id, .stage = UNCHECKED}, .to = {.place = place->id, .stage = to},
                        .item = item->id, .oldest_first = true};
    for (size_t i = 0; i < inspected->n_lots && quantity > 0 && !refused(call); i++) {
        int64_t stands = lot_stands(call, place->id, item->id, inspected->lots[i]);
        move.from.lot = inspected->lots[i];
        move.quantity = stands < quantity ? stands : quantity;
        quantity -= move.quantity;
        ledger_move(call, move);
    }
    move.quantity = quantity;
    ledger_move(call, move);
}

static bool passed(struct call *call, const struct item *item, const Rasad__V1__InspectLine *line, int64_t first_lot)
{
    enum severity severity = lot_severity(call->txn, lot_origin(call->txn, first_lot), item->id);
    struct defects found = {line->critical, line->major, line->minor};
    int64_t lot = line->accepted + line->rework + line->scrapped;
    return line->sample > 0 && sampling_passed(lot, item_step(item), severity, line->sample, found);
}

static void inspect_line(struct call *call, size_t index)
{
    const Rasad__V1__InspectRequest *request = request_of(call);
    const Rasad__V1__InspectLine *line = request->lines[index];
    Rasad__V1__Inspected *inspected = make(call, inspected);
    struct place place;
    struct item item;
    int32_t day = 0;
    if (inspected == NULL || !day_parse(request->day, &day)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_INSPECTED)) return;
    if (!find_own_place(call, "place", line->place, &place) || !find_goods(call, "item", line->item, &item)) return;
    if (!place_keeps(&place))
        refuse_words(call, REASON_WRONG_KIND, "place", place.code, "a place that holds, makes or serves goods");
    if (refused(call) || !find_lots(call, &item, line, inspected)) return;
    event_begin(call, &place, &item, day);
    if (refused(call)) return;
    inspected->accepted = line->accepted;
    inspected->rework = line->rework;
    inspected->scrapped = line->scrapped;
    inspected->sample = line->sample;
    inspected->critical = line->critical;
    inspected->major = line->major;
    inspected->minor = line->minor;
    call->event->fact_case = RASAD__V1__EVENT__FACT_INSPECTED;
    call->event->inspected = inspected;
    dispose(call, &place, &item, STOCK, line->accepted);
    dispose(call, &place, &item, REWORK, line->rework);
    dispose(call, &place, &item, SCRAPPED, line->scrapped);
    if (!refused(call)) inspected->passed = passed(call, &item, line, inspected_lot(call->event));
}

void handle_inspect(struct call *call)
{
    const Rasad__V1__InspectRequest *request = request_of(call);
    int32_t day;
    check_day(call, "day", request->day, &day);
    call_check(call, request->n_lines, check_inspect_line);
    if (refused(call)) return;
    call_lines(call, request->n_lines, inspect_line);
}
