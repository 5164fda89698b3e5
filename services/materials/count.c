/* count.c - what was counted stands: the difference to the books at that moment goes to or comes from `unexplained`. */
#include "materials/materials.h"

#include "base/clock.h"
#include "store/commands.h"

static const Rasad__V1__CountRequest *request_of(const struct call *call)
{
    return (const void *)call->request;
}

static void check_count_line(struct call *call, size_t index)
{
    const Rasad__V1__CountLine *line = request_of(call)->lines[index];
    check_code(call, "place", line->place);
    check_code(call, "item", line->item);
    check_quantity(call, "counted", line->counted, 0);
    if (!check_stage(call, line->stage)) return;
    const char *what = arena_printf(call->arena, "%s %s %d", line->place, line->item, (int)stage_or_stock(line->stage));
    if (what != NULL) check_once(call, "item", what);
}

/* Each line reads what was booked since its moment: many lines of a day long past would hold up every writer. */
static bool takes_too_long(struct call *call)
{
    const int64_t *until_ms = call->prepared;
    if (mono_ms() <= *until_ms) return false;
    refuse_request(call, REASON_OUT_OF_RANGE, "", "much that was booked since", "fewer places in one command");
    return true;
}

static void count_line(struct call *call, size_t index)
{
    const Rasad__V1__CountRequest *request = request_of(call);
    const Rasad__V1__CountLine *line = request->lines[index];
    enum stage stage = stage_or_stock(line->stage);
    struct place place;
    struct item item;
    int32_t day = 0;
    Rasad__V1__Counted *counted = make(call, counted);
    if (counted == NULL || !day_parse(request->day, &day) || takes_too_long(call)) return;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_COUNTED)) return;
    if (!find_keeper(call, "place", line->place, true, &place) || !find_goods(call, "item", line->item, &item)) return;
    event_begin(call, &place, &item, day);
    if (refused(call)) return;
    counted->stage = (Rasad__V1__Stage)stage;
    counted->counted = line->counted;
    counted->at_start = request->at_start;
    counted->variance = line->counted - books_on(call, &place, stage, &item, day, request->at_start);
    call->event->fact_case = RASAD__V1__EVENT__FACT_COUNTED; /* before the movement: the ledger asks whether it is a count */
    call->event->counted = counted;
    ledger_move(call, variance_move(place.id, item.id, stage, counted->variance));
}

void handle_count(struct call *call)
{
    const Rasad__V1__CountRequest *request = request_of(call);
    int64_t until_ms = mono_ms() + COUNT_MS_MAX;
    int32_t day;
    check_day(call, "day", request->day, &day);
    call_check(call, request->n_lines, check_count_line);
    if (refused(call)) return;
    call->prepared = &until_ms;
    call_lines(call, request->n_lines, count_line);
}
