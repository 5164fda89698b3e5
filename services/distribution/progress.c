/* progress.c - GetProgress: how far the requests of some days are, item by item.
 * Flow:    table need_day through the days asked for -> lines of places within -> one sum per item.
 * Bounds:  SERIES_DAYS_MAX days, PAGE_MS_MAX: a page that ends early says where, and pages are added up. Only lines of
 *          the days asked for are looked at, however many there are before and after.
 */
#include "base/clock.h"
#include "distribution.pb-c.h"
#include "distribution/below.h"
#include "distribution/rows.h"
#include "store/commands.h"

#include <string.h>

struct progress {
    struct call *call;
    struct place root;
    int32_t from, to;
    struct open_ref after;
    Rasad__V1__ProgressRow **by_item; /* by id; NULL: nothing was asked of it */
    uint32_t items;
    const char *next;
};

static bool check_progress(struct progress *progress, const Rasad__V1__GetProgressRequest *request)
{
    struct call *call = progress->call;
    const char *rest;
    if (!check_any_day(call, "from", request->from, &progress->from) || !check_any_day(call, "to", request->to, &progress->to))
        return false;
    if (progress->to < progress->from || progress->to - progress->from >= SERIES_DAYS_MAX) {
        const char *need = arena_printf(call->arena, "%s or later, at most %d days in all", request->from, SERIES_DAYS_MAX);
        refuse_request(call, REASON_OUT_OF_RANGE, "to", request->to, text_or_empty(need));
        return false;
    }
    progress->after.day = progress->from;
    if (request->after[0] == '\0') return true;
    return (cursor_day(request->after, &progress->after.day, &rest) && name_parse(rest, &progress->after.name) &&
            progress->after.day >= progress->from) || cursor_bad(call, request->after);
}

static void line_add(struct progress *progress, const Rasad__V1__NeedRow *need)
{
    struct place place;
    uint32_t item = (uint32_t)need->item;
    if (item > progress->items || !place_get(progress->call->txn, (uint32_t)need->place, &place)) return;
    if (!place_within(&place, progress->root.id)) return;
    if (progress->by_item[item] == NULL) progress->by_item[item] = make(progress->call, progress_row);
    Rasad__V1__ProgressRow *row = progress->by_item[item];
    if (row == NULL) return;
    row->lines++;
    row->to_decide += need_to_decide(need);
    row->ended += !need_open(need);
    row->requested += need_wanted(need);
    row->approved += need_agreed(need);
    row->allocated += need->allocated;
    row->sent += need->sent;
    row->received += need->received;
    row->spoiled += need->spoiled;
}

/* No row of the page lives in the arena that a mark takes back: rows of items are made once, lines are read and let go. */
static void lines_add(struct progress *progress)
{
    struct txn *txn = progress->call->txn;
    struct key from = key("dq", progress->after.day, progress->after.name + 1);
    struct scan scan;
    size_t looked = 0;
    int64_t until_ms = mono_ms() + PAGE_MS_MAX;
    Rasad__V1__NeedRow need;
    for (scan_begin(&scan, txn, TABLE_need_day, &from, 0); scan_next(&scan);) {
        int32_t day;
        int64_t name;
        if (!key_read(scan.key, "dq", &day, &name) || day > progress->to) break;
        size_t mark = arena_mark(txn->arena);
        const Rasad__V1__NeedRow *row = need_row(txn, name);
        if (row != NULL) need = *row;
        arena_release(txn->arena, mark);
        if (row != NULL) line_add(progress, &need);
        if (++looked % PAGE_LOOKED_MAX != 0 || mono_ms() <= until_ms) continue;
        progress->next = text_or_empty(arena_printf(progress->call->arena, "%d/%s", day, name_text(progress->call->arena, name)));
        break;
    }
    scan_end(&scan);
}

void handle_get_progress(struct call *call)
{
    const Rasad__V1__GetProgressRequest *request = (const void *)call->request;
    struct progress progress = {.call = call, .next = ""};
    struct key last_id = key("s", "id:i");
    if (!check_progress(&progress, request) || !find_root(call, request->place, &progress.root)) return;
    Rasad__V1__GetProgressResponse *reply = make(call, get_progress_response);
    progress.items = (uint32_t)number_get(call->txn, TABLE_counter, &last_id);
    progress.by_item = arena_array(call->arena, progress.items + 1, sizeof *progress.by_item);
    if (reply == NULL || progress.by_item == NULL) return;
    lines_add(&progress);
    reply->rows = arena_array(call->arena, progress.items + 1, sizeof *reply->rows);
    for (uint32_t item = 1; reply->rows != NULL && item <= progress.items; item++) {
        if (progress.by_item[item] == NULL) continue;
        progress.by_item[item]->item = (char *)(uintptr_t)item_code(call->txn, item);
        reply->rows[reply->n_rows++] = progress.by_item[item];
    }
    reply->next = (char *)(uintptr_t)progress.next;
    call->reply = &reply->base;
}
