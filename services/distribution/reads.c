/* reads.c - ListRequests: request lines of a place and all below it.
 * Flow:    what is open comes by the day it is needed: of a small subtree gathered place by place, else from what is open
 *          everywhere. All lines come place by place, the newest first.
 *          What is to be sent from a store is what is set aside there, for whomever.
 * Bounds:  PAGE_LOOKED_MAX rows for one page; `next` goes on where it stopped, also when the page is not full.
 */
#include "distribution.pb-c.h"
#include "distribution/below.h"
#include "distribution/rows.h"
#include "store/commands.h"

#include <stdlib.h>
#include <string.h>

#define REQUESTS_USUAL 100 /* rows of a page when the asker names no limit */

/* The page being made. */
struct list {
    struct call *call;
    struct place root;
    size_t limit, n;
    int64_t names[PAGE_LINES_MAX];
    const char *next;
};

static const Rasad__V1__ListRequestsRequest *list_request(const struct call *call) { return (const void *)call->request; }

static const char *open_cursor(struct list *list, int32_t day, int64_t name)
{
    return text_or_empty(arena_printf(list->call->arena, "%d/%s", day, name_text(list->call->arena, name)));
}

/* ---- what is open */

static bool open_after(struct list *list, struct open_ref *after)
{
    const char *text = list_request(list->call)->after, *rest;
    memset(after, 0, sizeof *after);
    if (text[0] == '\0') return true;
    return (cursor_day(text, &after->day, &rest) && name_parse(rest, &after->name)) || cursor_bad(list->call, text);
}

/* What is open at one place after the cursor, no more than a page of it. False: too much to gather. */
static bool gather_place(struct list *list, uint32_t place, const struct open_ref *after, struct open_ref *refs, size_t *n)
{
    struct key from = key("udq", place, after->day, after->name + 1);
    struct scan scan;
    size_t here = 0;
    for (scan_begin(&scan, list->call->txn, TABLE_need_here, &from, 4); here <= list->limit && scan_next(&scan); here++) {
        uint32_t same;
        if (*n == PAGE_LOOKED_MAX) break;
        if (key_read(scan.key, "udq", &same, &refs[*n].day, &refs[*n].name)) ++*n;
    }
    scan_end(&scan);
    return *n < PAGE_LOOKED_MAX;
}

/* A small subtree: gathered and sorted. False: it is not small. */
static bool open_gathered(struct list *list, const struct open_ref *after)
{
    struct open_ref *refs = arena_array(list->call->arena, PAGE_LOOKED_MAX, sizeof *refs);
    size_t n = 0, places = 0;
    if (refs == NULL) return true;
    struct place at = list->root;
    do {
        if (++places > SMALL_PLACES_MAX || !gather_place(list, at.id, after, refs, &n)) return false;
    } while (makers_place_after(list->call->txn, list->root.id, &at, &at));
    qsort(refs, n, sizeof *refs, open_ref_order);
    for (; list->n < n && list->n < list->limit; list->n++) list->names[list->n] = refs[list->n].name;
    if (n > list->n) list->next = open_cursor(list, refs[list->n - 1].day, refs[list->n - 1].name);
    return true;
}

static bool need_within(struct list *list, int64_t name)
{
    struct txn *txn = list->call->txn;
    size_t mark = arena_mark(txn->arena);
    const Rasad__V1__NeedRow *row = need_row(txn, name);
    uint32_t id = row != NULL ? (uint32_t)row->place : 0;
    struct place place;
    arena_release(txn->arena, mark);
    return id != 0 && place_get(txn, id, &place) && place_within(&place, list->root.id);
}

/* A large subtree: through what is open everywhere. */
static void open_everywhere(struct list *list, const struct open_ref *after)
{
    struct key from = key("dq", after->day, after->name + 1);
    struct scan scan;
    size_t looked = 0;
    for (scan_begin(&scan, list->call->txn, TABLE_need_open, &from, 0); scan_next(&scan);) {
        int32_t day;
        int64_t name;
        if (!key_read(scan.key, "dq", &day, &name)) break;
        if (need_within(list, name)) list->names[list->n++] = name;
        if (list->n == list->limit || ++looked == PAGE_LOOKED_MAX) {
            list->next = open_cursor(list, day, name);
            break;
        }
    }
    scan_end(&scan);
}

static void list_open(struct list *list)
{
    struct open_ref after;
    if (!open_after(list, &after)) return;
    if (!small_below(list->call->txn, list->root.id) || !open_gathered(list, &after)) open_everywhere(list, &after);
}

/* ---- all lines */

/* Of one place, the newest first, from below `name`. False: the page is full. */
static bool all_of_place(struct list *list, uint32_t place, int64_t name, size_t *looked)
{
    struct key from = key("uq", place, name);
    struct scan scan;
    bool room = true;
    for (scan_begin_down(&scan, list->call->txn, TABLE_need_at, &from, 4); room && scan_next(&scan);) {
        if (!key_read(scan.key, "uq", &place, &name)) break;
        list->names[list->n++] = name;
        room = list->n < list->limit && ++*looked < PAGE_LOOKED_MAX;
    }
    scan_end(&scan);
    if (!room)
        list->next = text_or_empty(arena_printf(list->call->arena, "%s/%s", place_code(list->call->txn, place),
                                                name_text(list->call->arena, name)));
    return room;
}

static void list_all(struct list *list)
{
    const char *text = list_request(list->call)->after, *rest = "";
    struct place at = list->root;
    int64_t name = 0;
    size_t looked = 0;
    if (text[0] != '\0' && (!cursor_place(list->call, &list->root, text, &at, &rest) || !name_parse(rest, &name))) {
        cursor_bad(list->call, text);
        return;
    }
    while (all_of_place(list, at.id, name != 0 ? name : INT64_MAX, &looked)) {
        name = 0;
        if (!makers_place_after(list->call->txn, list->root.id, &at, &at)) break;
        if (++looked < PAGE_LOOKED_MAX) continue;
        list->next = text_or_empty(arena_printf(list->call->arena, "%s/", at.code));
        break;
    }
}

/* ---- what is to be sent from the place itself */

static void list_to_send(struct list *list)
{
    const char *text = list_request(list->call)->after;
    int64_t name = 0;
    uint32_t place;
    if (!name_parse(text, &name)) {
        cursor_bad(list->call, text);
        return;
    }
    struct key from = key("uq", list->root.id, name + 1);
    struct scan scan;
    for (scan_begin(&scan, list->call->txn, TABLE_set_aside, &from, 4); scan_next(&scan);) {
        if (!key_read(scan.key, "uq", &place, &name)) break;
        list->names[list->n++] = name;
        if (list->n < list->limit) continue;
        list->next = name_text(list->call->arena, name);
        break;
    }
    scan_end(&scan);
}

/* ---- views */

static void view_sources(struct call *call, int64_t name, Rasad__V1__RequestView *view)
{
    struct source sources[NEED_SOURCES_MAX];
    size_t n = view->allocated > 0 ? need_sources(call->txn, name, sources) : 0;
    view->set_aside = (void *)messages_make(call->arena, &rasad__v1__source_view__descriptor, n);
    if (view->set_aside == NULL) return;
    view->n_set_aside = n;
    for (size_t i = 0; i < n; i++) {
        view->set_aside[i]->place = (char *)(uintptr_t)place_code(call->txn, sources[i].place);
        view->set_aside[i]->quantity = sources[i].quantity;
    }
}

static void view_fill(struct call *call, int64_t name, Rasad__V1__RequestView *view)
{
    const Rasad__V1__NeedRow *row = need_row(call->txn, name);
    if (row == NULL) return;
    view->name = (char *)(uintptr_t)name_text(call->arena, name);
    view->place = (char *)(uintptr_t)place_code(call->txn, (uint32_t)row->place);
    view->place_name = view_names(call, (uint32_t)row->place);
    view->item = (char *)(uintptr_t)item_code(call->txn, (uint32_t)row->item);
    view->requested = row->requested;
    view->approved = row->approved;
    view->allocated = row->allocated;
    view->sent = row->sent;
    view->received = row->received;
    view->spoiled = row->spoiled;
    view->cancelled = row->cancelled;
    view->needed_day = view_day(call, row->needed_day);
    view->day = view_day(call, row->day);
    view->urgent = row->urgent;
    view->status = (char *)(uintptr_t)need_status(row);
    view->to_confirm = row->to_confirm;
    view->asked_by = row->asked_by;
    view_sources(call, name, view);
}

void handle_list_requests(struct call *call)
{
    struct list *list = arena_alloc(call->arena, sizeof *list);
    Rasad__V1__ListRequestsResponse *reply = make(call, list_requests_response);
    if (list == NULL || reply == NULL) return;
    list->call = call;
    list->next = "";
    list->limit = (size_t)page_limit(call, list_request(call)->limit, REQUESTS_USUAL);
    if (!find_root(call, list_request(call)->place, &list->root) || refused(call)) return;
    if (list_request(call)->to_send) list_to_send(list);
    else if (list_request(call)->open_only) list_open(list);
    else list_all(list);
    reply->requests = (void *)messages_make(call->arena, &rasad__v1__request_view__descriptor, list->n);
    if (refused(call) || reply->requests == NULL) return;
    reply->n_requests = list->n;
    for (size_t i = 0; i < list->n; i++) view_fill(call, list->names[i], reply->requests[i]);
    reply->next = (char *)(uintptr_t)list->next;
    call->reply = &reply->base;
}
