/* series.c - GetSeries: one item at one place, day by day; series_read for whoever shows days beside a place.
 * Flow:    what stands now, less every measure from the first day on, is the opening of that day; each measure is added to
 *          its day too; then each day opens with what the one before it closed with.
 * Bounds:  SERIES_DAYS_MAX.
 */
#include "reports/reports.h"

#include <string.h>

struct series {
    struct days days;
    struct flow before;
    struct flow *list; /* one for each day */
};

static void series_add(void *ctx, int32_t day, uint32_t item, int32_t measure, int64_t value)
{
    struct series *series = ctx;
    (void)item;
    stand_before(&series->before, measure, value);
    if (day <= series->days.to) flow_add(&series->list[day - series->days.from], measure, value);
}

/* ---- the running balance */

static void run_on(struct flow *day, const struct flow *before)
{
    for (size_t stage = 0; stage < sizeof day->closing / sizeof day->closing[0]; stage++) {
        day->opening[stage] = before->closing[stage];
        day->closing[stage] += before->closing[stage];
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

void series_read(struct txn *txn, const struct place *place, const struct item *item, struct days days, struct flow *list)
{
    struct series series = {.days = days, .list = list};
    const struct flow *before = &series.before;
    stands_now(txn, place, item_alone(item->id), &series.before);
    measures_since(txn, place, item_alone(item->id), days.from, days.to, true, series_add, &series);
    memcpy(series.before.closing, series.before.opening, sizeof series.before.closing);
    for (int32_t i = 0; i <= days.to - days.from; i++) {
        run_on(&list[i], before);
        before = &list[i];
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
    struct flow *list = arena_array(call->arena, n, sizeof *list);
    if (reply == NULL || list == NULL) return;
    reply->days = arena_array(call->arena, n, sizeof *reply->days);
    if (reply->days == NULL) return;
    series_read(call->txn, &place, &item, days, list);
    days_fill(call, &place, &item, days, list, reply);
    call->reply = &reply->base;
}
