/* series.c - GetSeries: one item at one place, day by day; series_read for whoever shows days beside a place.
 * Flow:    what stands now, less every measure from the first day on, is the opening of that day; each measure is added to
 *          its day too; then each day opens with what the one before it closed with.
 * Bounds:  SERIES_DAYS_MAX.
 */
#include "reports/reports.h"

#include <string.h>

struct series {
    struct days days;
    size_t days_n;
    struct flow *whole; /* of all days, one for each place */
    struct flow *list;  /* days_n for each place */
};

static void series_add(void *ctx, size_t book, int32_t day, int32_t measure, int64_t value)
{
    struct series *series = ctx;
    stand_before(&series->whole[book], measure, value);
    if (day > series->days.to) return;
    flow_add(&series->list[book * series->days_n + (size_t)(day - series->days.from)], measure, value);
    flow_add(&series->whole[book], measure, value);
}

/* ---- the running balance */

static void run_on(struct flow *day, const int64_t before[STAGES_REAL])
{
    for (int stage = 0; stage < STAGES_REAL; stage++) {
        day->opening[stage] = before[stage];
        day->closing[stage] += before[stage];
    }
}

void series_read(struct txn *txn, const struct place *places, size_t places_n, const struct item *item, struct days days,
                 struct flow *list, struct flow *whole)
{
    const struct books books = {places, places_n, item->id, 1};
    struct series series = {days, (size_t)(days.to - days.from) + 1, whole, list};
    memset(whole, 0, places_n * sizeof *whole);
    memset(list, 0, places_n * series.days_n * sizeof *list);
    stands_now(txn, &books, whole);
    measures_since(txn, &books, days.from, days.to, true, series_add, &series);
    for (size_t place = 0; place < places_n; place++) {
        const int64_t *before = whole[place].opening;
        run_on(&whole[place], before);
        for (int stage = 0; stage < STAGES_REAL; stage++) whole[place].any = whole[place].any || before[stage] != 0;
        for (size_t i = 0; i < series.days_n; i++) {
            struct flow *day = &list[place * series.days_n + i];
            run_on(day, before);
            before = day->closing;
        }
    }
}

static void days_fill(struct call *call, const struct place *place, const struct item *item, struct days days,
                      const struct flow *list, Rasad__V1__GetSeriesResponse *reply)
{
    for (int32_t day = days.from; day <= days.to && !refused(call); day++) {
        const struct flow *flow = &list[day - days.from];
        if (!flow->any) continue;
        Rasad__V1__SeriesDay *row = make(call, series_day);
        if (row == NULL) return;
        row->day = day_text(call, day);
        row->flow = flow_row_make(call, place, item, flow);
        reply->days[reply->n_days++] = row;
    }
}

void handle_get_series(struct call *call)
{
    const Rasad__V1__GetSeriesRequest *request = (const void *)call->request;
    struct days days;
    struct place place;
    struct item item;
    if (!check_days(call, request->from, request->to, SERIES_DAYS_MAX, &days)) return;
    if (!find_seen_place(call, request->place, &place) || !find_flowing(call, request->item, &item)) return;

    size_t n = (size_t)(days.to - days.from) + 1;
    Rasad__V1__GetSeriesResponse *reply = make(call, get_series_response);
    struct flow *list = arena_array(call->arena, n, sizeof *list), whole;
    if (reply == NULL || list == NULL) return;
    reply->days = arena_array(call->arena, n, sizeof *reply->days);
    if (reply->days == NULL) return;
    series_read(call->txn, &place, 1, &item, days, list, &whole);
    days_fill(call, &place, &item, days, list, reply);
    call->reply = &reply->base;
}
