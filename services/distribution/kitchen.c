/* kitchen.c - what a kitchen asks within, and how the food was: GetQuotas, Rate, ListRatings.
 * Rules:   one opinion of a place, item and day; a second one corrects the first or is refused, so that nobody counts twice.
 * Bounds:  an opinion is one small row, found by its day: PAGE_LOOKED_MAX of them for one page.
 */
#include "base/clock.h"
#include "distribution.pb-c.h"
#include "distribution/below.h"
#include "distribution/rows.h"
#include "store/commands.h"

#include <string.h>

#define RATINGS_USUAL 100 /* opinions of a page when the asker names no limit */

/* ---- GetQuotas */

static void quota_view(struct call *call, const struct place *place, uint32_t item, int32_t day, Rasad__V1__QuotaView *view)
{
    struct key k = key("uu", place->id, item), used = key("uud", place->id, item, day);
    view->item = (char *)(uintptr_t)item_code(call->txn, item);
    view->per_day = number_get(call->txn, TABLE_quota, &k);
    view->used = number_get(call->txn, TABLE_quota_used, &used);
    view->ask_by_min = (int32_t)number_get(call->txn, TABLE_ask_by, &k);
    view->late = ask_late(call, view->ask_by_min, day);
}

void handle_get_quotas(struct call *call)
{
    const Rasad__V1__GetQuotasRequest *request = (const void *)call->request;
    Rasad__V1__GetQuotasResponse *reply = make(call, get_quotas_response);
    uint32_t items[ITEMS_MAX], same;
    struct place place;
    struct scan scan;
    int32_t day = call->today + 1;
    size_t n = 0;
    if (request->day[0] != '\0') check_any_day(call, "day", request->day, &day);
    if (!find_root(call, request->place, &place) || refused(call) || reply == NULL) return;
    struct key from = key("u", place.id);
    for (scan_begin(&scan, call->txn, TABLE_quota, &from, from.n); n < ITEMS_MAX && scan_next(&scan);)
        if (key_read(scan.key, "uu", &same, &items[n])) n++;
    scan_end(&scan);
    reply->quotas = (void *)messages_make(call->arena, &rasad__v1__quota_view__descriptor, n);
    if (reply->quotas == NULL) return;
    reply->n_quotas = n;
    for (size_t i = 0; i < n; i++) quota_view(call, &place, items[i], day, reply->quotas[i]);
    reply->day = view_day(call, day);
    call->reply = &reply->base;
}

/* ---- Rate */

static const Rasad__V1__RateRequest *rate_request(const struct call *call) { return (const void *)call->request; }

static void rate_check(struct call *call, size_t i)
{
    const Rasad__V1__RatingLine *line = rate_request(call)->lines[i];
    if (check_code(call, "item", line->item)) check_once(call, "item", line->item);
    check_range(call, "how", (int64_t)line->how, RASAD__V1__HOW_WAS_IT__HOW_WAS_IT_GOOD, RASAD__V1__HOW_WAS_IT__HOW_WAS_IT_BAD);
}

static void rate_line(struct call *call, size_t i)
{
    const Rasad__V1__RatingLine *line = rate_request(call)->lines[i];
    struct place place;
    struct item item;
    int32_t day;
    if (!line_corrects(call, line->corrects, RASAD__V1__EVENT__FACT_RATED) || !find_item(call, "item", line->item, &item) ||
        !place_find(call->txn, rate_request(call)->place, &place) || !day_parse(rate_request(call)->day, &day))
        return;
    struct key k = key("duu", day, place.id, item.id);
    const Rasad__V1__Event *old = call->original_event;
    int64_t there = old == NULL || old->day != day ? number_get(call->txn, TABLE_rating, &k) : 0;
    Rasad__V1__Rated *fact = make(call, rated);
    if (there != 0) refuse(call, REASON_EXISTS, "item", there, 0);
    event_begin(call, &place, &item, day);
    if (refused(call) || fact == NULL) return;
    fact->how = line->how;
    call->event->fact_case = RASAD__V1__EVENT__FACT_RATED;
    call->event->rated = fact;
}

void handle_rate(struct call *call)
{
    const Rasad__V1__RateRequest *request = rate_request(call);
    struct place place;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "place", request->place);
    call_check(call, request->n_lines, rate_check);
    if (refused(call) || !find_own_place(call, "place", request->place, &place)) return;
    call_lines(call, request->n_lines, rate_line);
}

/* ---- ListRatings */

/* "18366/code/item": after this one. */
static bool ratings_after(struct call *call, const char *text, struct key *from)
{
    const char *rest, *slash;
    struct place place;
    struct item item;
    char code[CODE_BYTES_MAX + 1];
    int32_t day;
    if (text[0] == '\0') return true;
    if (!cursor_day(text, &day, &rest) || (slash = strchr(rest, '/')) == NULL || (size_t)(slash - rest) > CODE_BYTES_MAX)
        return cursor_bad(call, text);
    memcpy(code, rest, (size_t)(slash - rest));
    code[slash - rest] = '\0';
    if (!place_find(call->txn, code, &place) || !item_find(call->txn, slash + 1, &item)) return cursor_bad(call, text);
    *from = key("duu", day, place.id, item.id + 1);
    return true;
}

static Rasad__V1__RatingView *rating_view(struct call *call, int32_t day, uint32_t place, uint32_t item, int64_t how)
{
    Rasad__V1__RatingView *view = make(call, rating_view);
    if (view == NULL) return NULL;
    view->day = view_day(call, day);
    view->place = (char *)(uintptr_t)place_code(call->txn, place);
    view->place_name = view_names(call, place);
    view->item = (char *)(uintptr_t)item_code(call->txn, item);
    view->how = (Rasad__V1__HowWasIt)how;
    return view;
}

void handle_list_ratings(struct call *call)
{
    const Rasad__V1__ListRatingsRequest *request = (const void *)call->request;
    Rasad__V1__ListRatingsResponse *reply = make(call, list_ratings_response);
    size_t limit = (size_t)page_limit(call, request->limit, RATINGS_USUAL), looked = 0;
    int32_t first, last;
    struct place root, place;
    struct scan scan;
    bool days = check_any_day(call, "from", request->from, &first) && check_any_day(call, "to", request->to, &last);
    if (!days || !find_root(call, request->place, &root) || refused(call) || reply == NULL) return;
    struct key from = key("d", first);
    if (!ratings_after(call, request->after, &from)) return;
    reply->ratings = arena_array(call->arena, limit, sizeof *reply->ratings);
    if (reply->ratings == NULL) return;
    for (scan_begin(&scan, call->txn, TABLE_rating, &from, 0); scan_next(&scan);) {
        uint32_t place_id, item;
        int32_t day;
        const Rasad__V1__NumberRow *row = row_unpack(call->txn, scan.value, &rasad__v1__number_row__descriptor);
        if (row == NULL || !key_read(scan.key, "duu", &day, &place_id, &item) || day > last) break;
        if (place_get(call->txn, place_id, &place) && place_within(&place, root.id)) {
            Rasad__V1__RatingView *view = rating_view(call, day, place_id, item, row->value);
            if (view == NULL) break;
            reply->ratings[reply->n_ratings++] = view;
        }
        if (reply->n_ratings < limit && ++looked < PAGE_LOOKED_MAX) continue;
        const char *next = arena_printf(call->arena, "%d/%s/%s", day, place_code(call->txn, place_id), item_code(call->txn, item));
        reply->next = (char *)(uintptr_t)text_or_empty(next);
        break;
    }
    scan_end(&scan);
    call->reply = &reply->base;
}
