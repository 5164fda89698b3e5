/* below.c - GetBelow: the places below one, side by side, with the flow of one item, and one measure of it day by day.
 * Flow:    a walk over the children in the order of the register, or over all of a kind in the order of the tree -> some
 *          places together: flows_read of them, or series_read where their days are wanted too -> a row of each.
 * Bounds:  PAGE_LINES_MAX rows, PAGE_MS_MAX: makers are read from their cards, so a page of them may end early;
 *          BELOW_DAILY_DAYS_MAX days of each.
 */
#include "reports/reports.h"

#include "base/clock.h"
#include "registry/walk.h"

#include <string.h>

#define TOGETHER 32 /* places read in one pass; makers, which are read from their cards, alone */

/* What is asked for of each place. */
struct below {
    struct call *call;
    struct place parent;
    struct item item;
    struct days days;
    uint32_t kind;              /* 0: the children */
    Rasad__V1__Measure daily;
    struct walk walk;
    struct place places[TOGETHER];
    size_t places_n;
    struct flow flows[TOGETHER];
    struct flow *list;          /* for each place one for each day; NULL: no days */
};

bool place_has_below(struct txn *txn, uint32_t place)
{
    struct scan scan;
    struct key from = key("u", place);
    scan_begin(&scan, txn, TABLE_child, &from, 4);
    bool has = scan_next(&scan);
    scan_end(&scan);
    return has;
}

static bool find_wanted_kind(struct below *below, const char *code)
{
    if (code[0] == '\0') return true;
    if (!check_code(below->call, "kind", code)) return false;
    below->kind = code_id(below->call->txn, CODE_KIND, code);
    if (below->kind != 0) return true;
    refuse_words(below->call, REASON_UNKNOWN_CODE, "kind", code, "the code of a kind");
    return false;
}

static bool check_daily(struct below *below, Rasad__V1__Measure daily)
{
    struct call *call = below->call;
    size_t days = (size_t)(below->days.to - below->days.from) + 1;
    if (daily == RASAD__V1__MEASURE__MEASURE_NONE) return true;
    if (!check_range(call, "daily", (int64_t)daily, 0, RASAD__V1__MEASURE__MEASURE_LEFT)) return false;
    if (!check_range(call, "daily", (int64_t)days, 1, BELOW_DAILY_DAYS_MAX)) return false;
    below->daily = daily;
    below->list = arena_array(call->arena, TOGETHER * days, sizeof *below->list);
    return below->list != NULL;
}

/* Where the page begins: `after` is the code of the last place of the page before. */
static bool walk_start(struct below *below, const char *after)
{
    struct call *call = below->call;
    struct place last;
    bool deep = below->kind != 0;
    if (after[0] == '\0') {
        walk_begin(&below->walk, call->txn, below->parent.id, deep, below->kind);
        return true;
    }
    if (!check_code(call, "after", after) || !find_place(call, "after", after, &last)) return false;
    if (walk_after(&below->walk, call->txn, below->parent.id, deep, below->kind, &last)) return true;
    refuse_words(call, REASON_BAD_FORMAT, "after", last.code, "the `next` of the page before");
    return false;
}

static int64_t measured(const struct flow *flow, Rasad__V1__Measure measure)
{
    switch ((int)measure) {
    case RASAD__V1__MEASURE__MEASURE_MADE: return flow->good;
    case RASAD__V1__MEASURE__MEASURE_CAME: return flow->supplied + flow->in;
    case RASAD__V1__MEASURE__MEASURE_USED: return flow->consumed;
    case RASAD__V1__MEASURE__MEASURE_WENT: return flow->out + flow->served + flow->sold;
    default: return flow_closing(flow);
    }
}

static void daily_fill(struct below *below, const struct flow *list, Rasad__V1__BelowRow *row)
{
    size_t days = (size_t)(below->days.to - below->days.from) + 1;
    row->daily = arena_array(below->call->arena, days, sizeof *row->daily);
    if (row->daily == NULL) return;
    row->n_daily = days;
    for (size_t i = 0; i < days; i++) row->daily[i] = measured(&list[i], below->daily);
}

static Rasad__V1__BelowRow *row_make(struct below *below, const struct place *place, const struct flow *flow)
{
    struct call *call = below->call;
    Rasad__V1__BelowRow *row = make(call, below_row);
    char *code = arena_strdup(call->arena, place->code);
    if (row == NULL || code == NULL) return NULL;
    row->place = code;
    row->name = names_for(call, place);
    row->kind = text(kind_code(call->txn, place->kind));
    row->latitude_udeg = place->latitude_udeg;
    row->longitude_udeg = place->longitude_udeg;
    row->flow = flow_row_make(call, place, &below->item, flow);
    row->has_below = place_has_below(call->txn, place->id);
    return row;
}

/* The rows of the places gathered so far. */
static void together_read(struct below *below, Rasad__V1__GetBelowResponse *reply)
{
    struct call *call = below->call;
    const struct books books = {below->places, below->places_n, below->item.id, 1};
    size_t days = (size_t)(below->days.to - below->days.from) + 1;
    if (below->list != NULL)
        series_read(call->txn, below->places, below->places_n, &below->item, below->days, below->list, below->flows);
    else flows_read(call->txn, &books, below->days.from, below->days.to, below->flows);
    for (size_t i = 0; i < below->places_n; i++) {
        Rasad__V1__BelowRow *row = row_make(below, &below->places[i], &below->flows[i]);
        if (row == NULL) continue;
        if (below->list != NULL) daily_fill(below, &below->list[i * days], row);
        reply->rows[reply->n_rows++] = row;
    }
    below->places_n = 0;
}

/* A page ends where the walk stands, also between two places of the kind. */
static void rows_fill(struct below *below, size_t limit, Rasad__V1__GetBelowResponse *reply)
{
    struct call *call = below->call;
    struct place place, last = {.id = 0};
    int64_t until_ms = mono_ms() + PAGE_MS_MAX;
    bool more = walk_next(&below->walk, &place);
    for (size_t visited = 0; more && !refused(call) && visited < PLACES_VISITED_MAX; visited++) {
        if (reply->n_rows + below->places_n == limit || (reply->n_rows > 0 && mono_ms() > until_ms)) break;
        if ((below->kind == 0 || place.kind == below->kind) && !place.outside) /* a supplier keeps no books here */
            below->places[below->places_n++] = place;
        if (below->places_n == TOGETHER || (below->places_n > 0 && place_hands_in(&place))) together_read(below, reply);
        last = place;
        more = walk_next(&below->walk, &place);
    }
    if (below->places_n > 0) together_read(below, reply);
    walk_end(&below->walk);
    if (more && last.id != 0) reply->next = text(place_code(call->txn, last.id));
}

void handle_get_below(struct call *call)
{
    const Rasad__V1__GetBelowRequest *request = (const void *)call->request;
    struct below *below = arena_alloc(call->arena, sizeof *below);
    size_t limit = (size_t)page_limit(call, request->limit, 100);
    if (below == NULL) return;
    below->call = call;
    if (!check_days(call, request->from, request->to, FLOW_DAYS_MAX, &below->days)) return;
    if (!check_daily(below, request->daily) || refused(call)) return;
    if (!find_seen_place(call, request->place, &below->parent) || !find_flowing(call, request->item, &below->item)) return;
    if (!find_wanted_kind(below, request->kind) || !walk_start(below, request->after)) return;

    Rasad__V1__GetBelowResponse *reply = make(call, get_below_response);
    if (reply == NULL) return;
    reply->rows = arena_array(call->arena, limit, sizeof *reply->rows);
    if (reply->rows == NULL) return;
    rows_fill(below, limit, reply);
    call->reply = &reply->base;
}
