/* series.c - GetSeries: one item at one place, day by day; series_read for whoever shows days beside a place.
 * Flow:    every measure up to the last day is added to its day, or to what was before; then each day opens with what the
 *          one before it closed with.
 * Source:  table total, for what was before in its longer spans; at makers that hand in the entries on their card, and what stands
 *          there now: then the opening is what is left when all that came since is taken off.
 * Bounds:  SERIES_DAYS_MAX.
 */
#include "reports/reports.h"

#include "store/cards.h"

#include <string.h>

struct series {
    struct days days;
    struct flow before;
    struct flow since; /* of a maker: all from the first day on */
    struct flow *list; /* one for each day */
};

static void series_add(void *ctx, int32_t day, int32_t measure, int64_t value)
{
    struct series *series = ctx;
    if (day < series->days.from) flow_add(&series->before, measure, value, true);
    else if (day <= series->days.to) flow_add(&series->list[day - series->days.from], measure, value, false);
}

static void from_totals(struct txn *txn, uint32_t place, uint32_t item, struct series *series)
{
    totals_sums(txn, place, item, 0, series->days.from - 1, series_add, series);
    totals_days(txn, place, item, series->days.from, series->days.to, series_add, series);
}

static void series_add_or_after(void *ctx, int32_t day, int32_t measure, int64_t value)
{
    struct series *series = ctx;
    flow_add(&series->since, measure, value, false);
    series_add(series, day, measure, value);
}

static void from_cards(struct txn *txn, const struct place *place, const struct item *item, struct series *series)
{
    int64_t now[32];
    cards_measures(txn, place, item, series->days.from, series_add_or_after, series);
    cards_now(txn, place, item->id, now);
    for (int stage = 0; stage < 32; stage++) series->before.closing[stage] = now[stage] - series->since.closing[stage];
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
    if (place_hands_in(place)) from_cards(txn, place, item, &series);
    else from_totals(txn, place->id, item->id, &series);
    const struct flow *before = &series.before;
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
