/* needs.c - request lines: asked, approved, set aside, cancelled.
 * Flow:    each handler: what the request alone shows (call_check), then line by line: find, decide, event.
 * Rules:   these are claims: the transaction decides, and of two on the last pieces one is refused with what there is.
 *          A quota approves at once; above a limit who asks is not who approves, and where nobody else can, one acts
 *          with a reason and another confirms.
 */
#include "base/clock.h"
#include "distribution.pb-c.h"
#include "distribution/rows.h"
#include "store/commands.h"

#include <string.h>

/* ---- Request */

static int32_t later(int32_t a, int32_t b) { return a > b ? a : b; }

/* Tomorrow, seen from the day it was asked. */
static int32_t needed_day(const struct call *call, const Rasad__V1__RequestLine *line, int32_t day)
{
    int32_t needed;
    if (line->needed_day[0] != '\0' && day_parse(line->needed_day, &needed)) return needed;
    return later(day + 1, call->today);
}

bool ask_late(const struct call *call, int64_t ask_by_min, int32_t needed)
{
    if (ask_by_min == 0 || needed > call->today + 1) return false;
    return needed <= call->today || call->minute >= ask_by_min;
}

static void request_check(struct call *call, size_t i)
{
    const Rasad__V1__RequestLine *line = ((const Rasad__V1__RequestGoodsRequest *)call->request)->lines[i];
    int32_t needed = call->today;
    check_code(call, "item", line->item);
    check_quantity(call, "quantity", line->quantity, 1);
    if (line->needed_day[0] != '\0' && check_any_day(call, "needed_day", line->needed_day, &needed) &&
        needed < call->today - 1)
        refuse_request(call, REASON_OUT_OF_RANGE, "needed_day", line->needed_day, "not before yesterday");
    const char *key_text = arena_printf(call->arena, "%s %s", line->item, line->needed_day);
    if (key_text != NULL) check_once(call, "item", key_text);
}

static void request_line(struct call *call, size_t i)
{
    const Rasad__V1__RequestGoodsRequest *request = (const Rasad__V1__RequestGoodsRequest *)call->request;
    const Rasad__V1__RequestLine *line = request->lines[i];
    struct place place;
    struct item item;
    int32_t day;
    if (!place_find(call->txn, request->place, &place) || !day_parse(request->day, &day)) return;
    if (!find_item(call, "item", line->item, &item)) return;
    if (item.class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) {
        refuse_words(call, REASON_WRONG_KIND, "item", line->item, "goods or a service");
        return;
    }
    int32_t needed = needed_day(call, line, day);
    struct key quota = key("uu", place.id, item.id), used = key("uud", place.id, item.id, needed);
    Rasad__V1__Requested *fact = make(call, requested);
    if (fact == NULL) return;
    fact->quantity = line->quantity;
    fact->needed_day = needed;
    fact->priority = line->urgent ? 1 : 0;
    if (!ask_late(call, number_get(call->txn, TABLE_ask_by, &quota), needed))
        fact->approved = quota_share(line->quantity, number_get(call->txn, TABLE_quota, &quota),
                                     number_get(call->txn, TABLE_quota_used, &used));
    event_begin(call, &place, &item, day);
    call->event->fact_case = RASAD__V1__EVENT__FACT_REQUESTED;
    call->event->requested = fact;
}

void handle_request(struct call *call)
{
    const Rasad__V1__RequestGoodsRequest *request = (const Rasad__V1__RequestGoodsRequest *)call->request;
    struct place place;
    int32_t day;
    check_day(call, "day", request->day, &day);
    check_code(call, "place", request->place);
    call_check(call, request->n_lines, request_check);
    if (refused(call) || !find_own_place(call, "place", request->place, &place)) return;
    if (place.outside || place.closed)
        refuse_words(call, REASON_WRONG_KIND, "place", place.code, "an open place of ours");
    call_lines(call, request->n_lines, request_line);
}

/* ---- Approve */

/* What one person may ask and approve: the nearest row at or above the place, of the item or of every item. */
static int64_t limit_at(struct txn *txn, const struct place *place, uint32_t role, uint32_t item)
{
    for (uint32_t i = 0; i < place->path_n; i++) {
        struct key of_item = key("ubu", place->path[i], (int)role, item);
        struct key of_all = key("ubu", place->path[i], (int)role, 0U);
        int64_t limit = number_get(txn, TABLE_limit, &of_item);
        if (limit == 0) limit = number_get(txn, TABLE_limit, &of_all);
        if (limit != 0) return limit;
    }
    return 0;
}

/* The widest limit among the caller's roles that allow this command at the place. */
static int64_t limit_of(struct call *call, const struct need *need)
{
    const struct caller *caller = &call->caller;
    int64_t widest = 0;
    for (size_t i = 0; i < caller->n; i++) {
        if ((call->command->roles & UINT32_C(1) << caller->roles[i].role) == 0 ||
            !place_within(&need->place, caller->roles[i].place))
            continue;
        int64_t limit = limit_at(call->txn, &need->place, caller->roles[i].role, need->item.id);
        if (limit > widest) widest = limit;
    }
    return widest;
}

static bool same_person(const struct call *call, const char *code)
{
    if (code[0] == '\0') return false;
    return strcmp(code, call->caller.code) == 0 || strcmp(code, call->wire->on_behalf_of) == 0;
}

/* Would one person ask and approve more than the limit? The console is bound by no place, so by no limit. */
static bool alone(struct call *call, const struct need *need, int64_t quantity)
{
    if (call->caller.all) return false;
    if (!same_person(call, need->row->asked_by) && !same_person(call, need->row->entered_by)) return false;
    return quantity > limit_of(call, need);
}

static void approve_check(struct call *call, size_t i)
{
    const Rasad__V1__ApproveLine *line = ((const Rasad__V1__ApproveRequest *)call->request)->lines[i];
    if (check_request_name(call, "request", line->request)) check_once(call, "request", line->request);
    check_quantity(call, "quantity", line->quantity, 0);
    check_range(call, "alone", (int64_t)line->alone, 0, RASAD__V1__ALONE_REASON__ALONE_REASON_DANGER);
    check_range(call, "because", (int64_t)line->because, 0, RASAD__V1__REFUSE_REASON__REFUSE_REASON_OTHER);
}

static void approve_line(struct call *call, size_t i)
{
    const Rasad__V1__ApproveLine *line = ((const Rasad__V1__ApproveRequest *)call->request)->lines[i];
    struct need need;
    if (!find_own_need(call, "request", line->request, &need)) return;
    int64_t used = need.row->allocated + need_supplied(need.row);
    bool by_one = alone(call, &need, line->quantity);
    if (line->quantity > need.row->requested)
        refuse(call, REASON_OUT_OF_RANGE, "quantity", need.row->requested, line->quantity);
    else if (need_wanted(need.row) == 0) refuse(call, REASON_STATE, "request", 0, line->quantity);
    else if (line->quantity < used) refuse(call, REASON_STATE, "quantity", used, line->quantity);
    else if (by_one && line->alone == 0)
        refuse(call, REASON_SAME_PERSON, "request", limit_of(call, &need), line->quantity);
    Rasad__V1__Approved *fact = make(call, approved);
    if (refused(call) || fact == NULL) return;
    fact->request = need.name;
    fact->quantity = line->quantity;
    fact->alone = by_one ? line->alone : RASAD__V1__ALONE_REASON__ALONE_REASON_NONE;
    fact->because = line->because;
    event_begin(call, &need.place, &need.item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_APPROVED;
    call->event->approved = fact;
}

void handle_approve(struct call *call)
{
    const Rasad__V1__ApproveRequest *request = (const Rasad__V1__ApproveRequest *)call->request;
    call_check(call, request->n_lines, approve_check);
    call_lines(call, request->n_lines, approve_line);
}

/* ---- ConfirmApproval */

static void confirm_check(struct call *call, size_t i)
{
    const char *name = ((const Rasad__V1__ConfirmApprovalRequest *)call->request)->requests[i];
    if (check_request_name(call, "", name)) check_once(call, "", name);
}

static void confirm_line(struct call *call, size_t i)
{
    const char *name = ((const Rasad__V1__ConfirmApprovalRequest *)call->request)->requests[i];
    struct need need;
    if (!find_own_need(call, "", name, &need)) return;
    if (!need.row->to_confirm)
        refuse_words(call, REASON_STATE, "", "nothing to confirm", "a request line that was approved alone");
    else if (same_person(call, need.row->approved_by))
        refuse_words(call, REASON_SAME_PERSON, "", need.row->approved_by, "another person than who approved it");
    Rasad__V1__ApprovalConfirmed *fact = make(call, approval_confirmed);
    if (refused(call) || fact == NULL) return;
    fact->request = need.name;
    event_begin(call, &need.place, &need.item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_APPROVAL_CONFIRMED;
    call->event->approval_confirmed = fact;
}

void handle_confirm_approval(struct call *call)
{
    const Rasad__V1__ConfirmApprovalRequest *request = (const Rasad__V1__ConfirmApprovalRequest *)call->request;
    call_check(call, request->n_requests, confirm_check);
    call_lines(call, request->n_requests, confirm_line);
}

/* ---- Allocate, Unallocate */

static void allocate_check_line(struct call *call, const Rasad__V1__AllocateLine *line)
{
    int64_t lot;
    check_request_name(call, "request", line->request);
    check_code(call, "from", line->from);
    check_quantity(call, "quantity", line->quantity, 1);
    check_name(call, "lot", line->lot, &lot);
    const char *key_text = arena_printf(call->arena, "%s %s %s", line->request, line->from, line->lot);
    if (key_text != NULL) check_once(call, "request", key_text);
}

/* Plan the movement between stock and reserved at one place. A claim is never lent and never filled up with other lots:
 * what was planned shows it. */
static void set_aside(struct call *call, uint32_t place, uint32_t item, int64_t quantity, int64_t lot, bool back)
{
    enum stage from = back ? RESERVED : STOCK, to = back ? STOCK : RESERVED;
    size_t first = call->event->n_movements;
    int64_t there = ledger_has(call, place, from, item), named = 0;
    if (there < quantity) {
        refuse(call, REASON_NOT_ENOUGH, "quantity", there, quantity);
        return;
    }
    ledger_move(call, (struct move){.from = {place, from, lot}, .to = {place, to, 0}, .item = item,
                                    .quantity = quantity});
    for (size_t i = first; i < call->event->n_movements; i++)
        if (movement_own(call->event->movements[i], from, to) && call->event->movements[i]->from_lot == lot)
            named += call->event->movements[i]->quantity;
    if (lot != 0 && named < quantity && !refused(call)) refuse(call, REASON_NOT_ENOUGH, "lot", named, quantity);
}

/* One place more than can be given back at once? */
static bool too_many_sources(struct call *call, int64_t name, uint32_t place)
{
    struct source sources[NEED_SOURCES_MAX];
    if (need_source(call->txn, name, place) > 0) return false;
    if (need_sources(call->txn, name, sources) < NEED_SOURCES_MAX) return false;
    refuse(call, REASON_OUT_OF_RANGE, "from", NEED_SOURCES_MAX, NEED_SOURCES_MAX + 1);
    return true;
}

static void allocate_check(struct call *call, size_t i)
{
    allocate_check_line(call, ((const Rasad__V1__AllocateRequest *)call->request)->lines[i]);
}

static void allocate_line(struct call *call, size_t i)
{
    const Rasad__V1__AllocateLine *line = ((const Rasad__V1__AllocateRequest *)call->request)->lines[i];
    struct need need;
    struct place from;
    int64_t lot = 0;
    if (!find_need(call, "request", line->request, &need) || !find_own_place(call, "from", line->from, &from)) return;
    int64_t open = need_to_supply(need.row);
    (void)name_parse(line->lot, &lot);
    if (from.outside || need.item.class != RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS)
        refuse_words(call, REASON_WRONG_KIND, from.outside ? "from" : "request", line->from, "goods at our places");
    else if (open == 0) refuse(call, REASON_STATE, "request", 0, line->quantity);
    else if (line->quantity > open) refuse(call, REASON_NOT_ENOUGH, "request", open, line->quantity);
    Rasad__V1__Allocated *fact = make(call, allocated);
    if (refused(call) || fact == NULL || too_many_sources(call, need.name, from.id)) return;
    fact->request = need.name;
    fact->quantity = line->quantity;
    event_begin(call, &from, &need.item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_ALLOCATED;
    call->event->allocated = fact;
    set_aside(call, from.id, need.item.id, line->quantity, lot, false);
}

void handle_allocate(struct call *call)
{
    const Rasad__V1__AllocateRequest *request = (const Rasad__V1__AllocateRequest *)call->request;
    call_check(call, request->n_lines, allocate_check);
    call_lines(call, request->n_lines, allocate_line);
}

static void unallocate_check(struct call *call, size_t i)
{
    allocate_check_line(call, ((const Rasad__V1__UnallocateRequest *)call->request)->lines[i]);
}

static void unallocate_line(struct call *call, size_t i)
{
    const Rasad__V1__AllocateLine *line = ((const Rasad__V1__UnallocateRequest *)call->request)->lines[i];
    struct need need;
    struct place from;
    int64_t lot = 0;
    if (!find_need(call, "request", line->request, &need) || !find_own_place(call, "from", line->from, &from)) return;
    int64_t there = need_source(call->txn, need.name, from.id);
    (void)name_parse(line->lot, &lot);
    if (line->quantity > there) refuse(call, REASON_NOT_ENOUGH, "quantity", there, line->quantity);
    Rasad__V1__Unallocated *fact = make(call, unallocated);
    if (refused(call) || fact == NULL) return;
    fact->request = need.name;
    fact->quantity = line->quantity;
    event_begin(call, &from, &need.item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_UNALLOCATED;
    call->event->unallocated = fact;
    set_aside(call, from.id, need.item.id, line->quantity, lot, true);
}

void handle_unallocate(struct call *call)
{
    const Rasad__V1__UnallocateRequest *request = (const Rasad__V1__UnallocateRequest *)call->request;
    call_check(call, request->n_lines, unallocate_check);
    call_lines(call, request->n_lines, unallocate_line);
}

/* ---- CancelRequest */

static void cancel_check(struct call *call, size_t i)
{
    const Rasad__V1__CancelLine *line = ((const Rasad__V1__CancelRequestRequest *)call->request)->lines[i];
    if (check_request_name(call, "request", line->request)) check_once(call, "request", line->request);
    check_quantity(call, "quantity", line->quantity, 0);
}

/* What the line no longer needs goes back to stock, place by place. */
static void give_back(struct call *call, const struct need *need, int64_t quantity)
{
    struct source sources[NEED_SOURCES_MAX];
    size_t n = need_sources(call->txn, need->name, sources);
    for (size_t i = 0; i < n && quantity > 0; i++) {
        int64_t part = sources[i].quantity < quantity ? sources[i].quantity : quantity;
        set_aside(call, sources[i].place, need->item.id, part, 0, true);
        quantity -= part;
    }
}

static void cancel_line(struct call *call, size_t i)
{
    const Rasad__V1__CancelLine *line = ((const Rasad__V1__CancelRequestRequest *)call->request)->lines[i];
    struct need need;
    if (!find_own_need(call, "request", line->request, &need)) return;
    int64_t open = need_to_cancel(need.row), quantity = line->quantity != 0 ? line->quantity : open;
    if (open == 0) refuse(call, REASON_STATE, "request", 0, quantity);
    else if (quantity > open) refuse(call, REASON_NOT_ENOUGH, "quantity", open, quantity);
    Rasad__V1__RequestCancelled *fact = make(call, request_cancelled);
    if (refused(call) || fact == NULL) return;
    fact->request = need.name;
    fact->quantity = quantity;
    event_begin(call, &need.place, &need.item, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_REQUEST_CANCELLED;
    call->event->request_cancelled = fact;
    give_back(call, &need, need_release(need.row, quantity));
}

void handle_cancel_request(struct call *call)
{
    const Rasad__V1__CancelRequestRequest *request = (const Rasad__V1__CancelRequestRequest *)call->request;
    call_check(call, request->n_lines, cancel_check);
    call_lines(call, request->n_lines, cancel_line);
}
