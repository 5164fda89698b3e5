/* days.c - what is said of days: marks of places, holidays, closed months.
 * Rule:    a mark or a holiday set again from the same day replaces the one there; months are closed in order, for every
 *          place at once.
 * Bounds:  HOLIDAY_DAYS_MAX days in one holiday.
 */
#include "registry/inside.h"

/* ---- marks and holidays */

static bool check_days(struct call *call, const char *from_text, const char *to_text, int32_t days_max)
{
    int32_t from, to;
    if (!check_any_day(call, "from_day", from_text, &from)) return false;
    if (to_text[0] == '\0') return true;
    if (!check_any_day(call, "to_day", to_text, &to)) return false;
    if (to >= from && to - from < days_max) return true;
    refuse_request(call, REASON_OUT_OF_RANGE, "to_day", to_text,
                   days_max == INT32_MAX ? "the first day or later" : "the first day or later, at most 366 days in all");
    return false;
}

static void check_mark(struct call *call, size_t index)
{
    const Rasad__V1__SetMarksRequest *request = (const void *)call->request;
    const Rasad__V1__MarkLine *line = request->lines[index];
    int32_t from;
    check_code(call, "place", line->place);
    check_code(call, "code", line->code);
    if (check_day(call, "from_day", line->from_day, &from)) check_days(call, line->from_day, line->to_day, INT32_MAX);
    check_once_at(call, "code", line->place, line->code, line->from_day);
}

static void set_mark(struct call *call, size_t index)
{
    const Rasad__V1__SetMarksRequest *request = (const void *)call->request;
    const Rasad__V1__MarkLine *line = request->lines[index];
    struct place place;
    if (!find_own_place(call, "place", line->place, &place)) return;
    Rasad__V1__MarkSet *fact = make(call, mark_set);
    if (fact == NULL) return;
    fact->code = line->code;
    fact->from_day = day_of(line->from_day);
    fact->to_day = day_of(line->to_day);
    event_begin(call, &place, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_MARK_SET;
    call->event->mark_set = fact;
}

void handle_set_marks(struct call *call)
{
    const Rasad__V1__SetMarksRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_mark);
    call_lines(call, request->n_lines, set_mark);
}

static void check_holiday(struct call *call, size_t index)
{
    const Rasad__V1__SetHolidaysRequest *request = (const void *)call->request;
    const Rasad__V1__HolidayLine *line = request->lines[index];
    check_code(call, "place", line->place);
    check_days(call, line->from_day, line->to_day, HOLIDAY_DAYS_MAX);
    check_once_at(call, "place", line->place, "", line->from_day);
}

/* The event's day is the first day of the holiday; without a last day, the holiday set from that day is taken back. */
static void set_holiday(struct call *call, size_t index)
{
    const Rasad__V1__SetHolidaysRequest *request = (const void *)call->request;
    const Rasad__V1__HolidayLine *line = request->lines[index];
    struct place place;
    if (!find_own_place(call, "place", line->place, &place)) return;
    Rasad__V1__HolidaySet *fact = make(call, holiday_set);
    if (fact == NULL) return;
    fact->to_day = day_of(line->to_day);
    event_begin(call, &place, NULL, day_of(line->from_day));
    call->event->fact_case = RASAD__V1__EVENT__FACT_HOLIDAY_SET;
    call->event->holiday_set = fact;
}

void handle_set_holidays(struct call *call)
{
    const Rasad__V1__SetHolidaysRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_holiday);
    call_lines(call, request->n_lines, set_holiday);
}

/* ---- closing a month */

/* It closes for every place: the caller must look after every root. */
static bool covers_every_root(struct call *call)
{
    struct scan scan;
    struct key roots = key("u", 0);
    bool covers = true;
    for (scan_begin(&scan, call->txn, TABLE_child, &roots, 4); covers && scan_next(&scan);) {
        uint32_t parent, number, id;
        struct place root;
        covers = key_read(scan.key, "uuu", &parent, &number, &id) && place_get(call->txn, id, &root) &&
                 may_at(call, &root);
    }
    scan_end(&scan);
    return covers;
}

static void close_month(struct call *call, size_t index)
{
    const Rasad__V1__CloseMonthRequest *request = (const void *)call->request;
    (void)index;
    Rasad__V1__MonthClosed *fact = make(call, month_closed);
    if (fact == NULL) return;
    fact->through_day = day_of(request->through_day);
    event_begin(call, NULL, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_MONTH_CLOSED;
    call->event->month_closed = fact;
}

void handle_close_month(struct call *call)
{
    const Rasad__V1__CloseMonthRequest *request = (const void *)call->request;
    int32_t through;
    if (!check_day(call, "through_day", request->through_day, &through)) return;
    if (through >= call->today || !month_ends(through))
        refuse_request(call, REASON_OUT_OF_RANGE, "through_day", request->through_day, "the last day of a past month");
    else if (!covers_every_root(call))
        refuse_words(call, REASON_NOT_YOURS, "through_day", "", "an administrator of all: a month closes everywhere");
    else if (open_day(call->txn, through) != through)
        refuse_words(call, REASON_STATE, "through_day", request->through_day, "a month that is open");
    else
        call_lines(call, 1, close_month);
}
