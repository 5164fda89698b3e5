/* trace.c - GetTrace: what a lot was made of, what it went into, and who has or had any of it. FindLots: which lots have
 * this number on them.
 * Flow:    from the lot asked for, breadth first: backward by the parents in its row, forward by table lot_child; then
 *          for each lot its row, and its holders from table stay.
 * Rights:  whoever may see the place where the lot began, or one that holds or held it, sees the whole trace: a bad lot
 *          does not end at the border of a cluster. Names of persons elsewhere stay hidden; their codes do not.
 * Bounds:  TRACE_DEPTH_MAX steps, TRACE_LOTS_MAX lots, TRACE_STAYS_MAX places of a lot, REPLY_BYTES_MAX: `more` says so.
 */
#include "reports/reports.h"

#include <string.h>

struct stay {
    uint32_t place;
    int32_t first_day, last_day;
};

struct tracing {
    struct call *call;
    struct trace trace;
    size_t reply_bytes;
    size_t stays_n;                        /* of the lot at hand */
    struct stay stays[TRACE_STAYS_MAX];
    Rasad__V1__GetTraceResponse *reply;
};

/* ---- the lots */

static void add_parents(struct tracing *tracing, struct step step)
{
    struct txn *txn = tracing->call->txn;
    size_t mark = arena_mark(txn->arena);
    const Rasad__V1__LotRow *row = lot_row(txn, step.lot);
    if (row != NULL && row->more_parents) tracing->trace.more = true;
    for (size_t i = 0; row != NULL && i < row->n_parents; i++)
        if (!trace_add(&tracing->trace, row->parents[i], step.lot, step.depth - 1)) break;
    arena_release(txn->arena, mark);
}

static void add_children(struct tracing *tracing, struct step step)
{
    struct scan scan;
    struct key from = key("q", step.lot);
    for (scan_begin(&scan, tracing->call->txn, TABLE_lot_child, &from, 8); scan_next(&scan);) {
        int64_t lot, child;
        if (!key_read(scan.key, "qq", &lot, &child)) break;
        if (!trace_add(&tracing->trace, child, lot, step.depth + 1)) break;
    }
    scan_end(&scan);
}

static void follow(struct tracing *tracing, int64_t lot)
{
    (void)trace_add(&tracing->trace, lot, 0, 0);
    for (size_t i = 0; i < tracing->trace.n; i++) { /* the list grows while it is walked */
        struct step step = tracing->trace.steps[i];
        if (step.depth <= 0) add_parents(tracing, step);
        if (step.depth >= 0) add_children(tracing, step);
    }
}

/* ---- where they are */

static void stays_read(struct tracing *tracing, int64_t lot)
{
    struct scan scan;
    struct key from = key("q", lot);
    struct txn *txn = tracing->call->txn;
    tracing->stays_n = 0;
    for (scan_begin(&scan, txn, TABLE_stay, &from, 8); scan_next(&scan);) {
        struct stay *stay = &tracing->stays[tracing->stays_n];
        size_t mark = arena_mark(txn->arena);
        int64_t lot_read;
        if (tracing->stays_n == TRACE_STAYS_MAX) {
            tracing->trace.more = true;
            break;
        }
        const Rasad__V1__StayRow *row = row_unpack(txn, scan.value, &rasad__v1__stay_row__descriptor);
        if (row == NULL || !key_read(scan.key, "qu", &lot_read, &stay->place)) break;
        stay->first_day = row->first_day;
        stay->last_day = row->last_day;
        tracing->stays_n++;
        arena_release(txn->arena, mark);
    }
    scan_end(&scan);
}

/* What a place has of a lot now, in whatever stage. */
static int64_t held(struct txn *txn, uint32_t place, uint32_t item, int64_t lot)
{
    size_t mark = arena_mark(txn->arena);
    const Rasad__V1__AccountRow *row = account_row(txn, place, item);
    int64_t sum = 0;
    for (size_t i = 0; i < row->n_balances; i++)
        if (row->balances[i]->lot == lot) sum += row->balances[i]->quantity;
    arena_release(txn->arena, mark);
    return sum;
}

static Rasad__V1__Holder *holder_make(struct call *call, const struct stay *stay, uint32_t item, int64_t lot)
{
    struct place place;
    Rasad__V1__Holder *holder = make(call, holder);
    if (holder == NULL || !place_get(call->txn, stay->place, &place)) return NULL;
    holder->place = text(place_code(call->txn, place.id));
    holder->place_name = names_for(call, &place);
    holder->first_day = day_text(call, stay->first_day);
    holder->holds = held(call->txn, place.id, item, lot);
    if (holder->holds == 0) holder->last_day = day_text(call, stay->last_day);
    return holder;
}

/* Has the reply room for a message of so many bytes? */
static bool room_for_bytes(struct tracing *tracing, size_t bytes)
{
    if (tracing->reply_bytes + bytes > REPLY_BYTES_MAX) {
        tracing->trace.more = true;
        return false;
    }
    tracing->reply_bytes += bytes;
    return true;
}

static void holders_fill(struct tracing *tracing, Rasad__V1__TraceLot *view, uint32_t item, int64_t lot)
{
    struct call *call = tracing->call;
    stays_read(tracing, lot);
    view->holders = arena_array(call->arena, tracing->stays_n, sizeof *view->holders);
    for (size_t i = 0; view->holders != NULL && i < tracing->stays_n && !refused(call); i++) {
        Rasad__V1__Holder *holder = holder_make(call, &tracing->stays[i], item, lot);
        if (holder == NULL) continue;
        if (!room_for_bytes(tracing, rasad__v1__holder__get_packed_size(holder) + 4)) return;
        view->holders[view->n_holders++] = holder;
    }
}

/* ---- the reply */

static Rasad__V1__TraceLot *view_make(struct call *call, struct step step, const Rasad__V1__LotRow *row)
{
    struct place place;
    Rasad__V1__TraceLot *view = make(call, trace_lot);
    if (view == NULL) return NULL;
    view->lot = text(name_text(call->arena, step.lot));
    view->item = text(item_code(call->txn, (uint32_t)row->item));
    if (place_get(call->txn, (uint32_t)row->place, &place)) {
        view->place = text(place_code(call->txn, place.id));
        view->place_name = names_for(call, &place);
    }
    view->day = day_text(call, row->day);
    view->number = row->number;
    view->supplier = text(place_code(call->txn, (uint32_t)row->supplier));
    view->depth = step.depth;
    view->parent = text(name_text(call->arena, step.nearer));
    view->presumed = row->presumed;
    return view;
}

static bool lot_show(struct tracing *tracing, struct step step)
{
    Rasad__V1__GetTraceResponse *reply = tracing->reply;
    const Rasad__V1__LotRow *row = lot_row(tracing->call->txn, step.lot);
    Rasad__V1__TraceLot *view = row != NULL ? view_make(tracing->call, step, row) : NULL;
    if (view == NULL) return !refused(tracing->call);
    if (!room_for_bytes(tracing, rasad__v1__trace_lot__get_packed_size(view) + 4)) return false;
    reply->lots[reply->n_lots++] = view;
    holders_fill(tracing, view, (uint32_t)row->item, step.lot);
    return true;
}

static bool may_trace(struct tracing *tracing, const Rasad__V1__LotRow *row, int64_t lot)
{
    struct call *call = tracing->call;
    struct place place;
    if (place_get(call->txn, (uint32_t)row->place, &place) && may_see(call, &place)) return true;
    stays_read(tracing, lot);
    for (size_t i = 0; i < tracing->stays_n; i++)
        if (place_get(call->txn, tracing->stays[i].place, &place) && may_see(call, &place)) return true;
    return false;
}

static bool find_lot(struct tracing *tracing, const char *name, int64_t *lot)
{
    struct call *call = tracing->call;
    if (!check_name(call, "lot", name, lot)) return false;
    if (*lot == 0) {
        refuse_request(call, REASON_MISSING, "lot", "", "the name of a lot, as in 812.3");
        return false;
    }
    const Rasad__V1__LotRow *row = lot_row(call->txn, *lot);
    if (row == NULL) refuse_words(call, REASON_UNKNOWN_CODE, "lot", name, "the name of a lot");
    else if (!may_trace(tracing, row, *lot))
        refuse_words(call, REASON_NOT_YOURS, "lot", name, "a lot that is or was at a place of yours");
    return !refused(call);
}

void handle_get_trace(struct call *call)
{
    const Rasad__V1__GetTraceRequest *request = (const void *)call->request;
    struct tracing *tracing = arena_alloc(call->arena, sizeof *tracing);
    int64_t lot;
    if (tracing == NULL) return;
    tracing->call = call;
    if (!find_lot(tracing, request->lot, &lot)) return;
    tracing->reply = make(call, get_trace_response);
    if (tracing->reply == NULL) return;
    follow(tracing, lot);
    tracing->reply->lots = arena_array(call->arena, tracing->trace.n, sizeof *tracing->reply->lots);
    if (tracing->reply->lots == NULL) return;
    for (size_t i = 0; i < tracing->trace.n && lot_show(tracing, tracing->trace.steps[i]); i++) {}
    tracing->reply->more = tracing->trace.more;
    call->reply = &tracing->reply->base;
}

/* ---- FindLots */

static bool find_lots_add(struct tracing *tracing, int64_t lot, Rasad__V1__FindLotsResponse *reply)
{
    const Rasad__V1__LotRow *row = lot_row(tracing->call->txn, lot);
    if (row == NULL || !may_trace(tracing, row, lot)) return true;
    if (reply->n_lots == FIND_LOTS_MAX) {
        reply->more = true;
        return false;
    }
    Rasad__V1__TraceLot *view = view_make(tracing->call, (struct step){.lot = lot}, row);
    if (view == NULL) return false;
    reply->lots[reply->n_lots++] = view;
    return true;
}

void handle_find_lots(struct call *call)
{
    const Rasad__V1__FindLotsRequest *request = (const void *)call->request;
    struct tracing *tracing = arena_alloc(call->arena, sizeof *tracing);
    Rasad__V1__FindLotsResponse *reply = make(call, find_lots_response);
    struct key from = {.n = 0};
    char number[CODE_BYTES_MAX + 1];
    int64_t lot = 0;
    struct scan scan;
    int looked = 0;
    if (request->number[0] == '\0') refuse_request(call, REASON_MISSING, "number", "", "what is written on the label");
    else if (check_text(call, "number", request->number, CODE_BYTES_MAX)) from = key("sq", request->number, INT64_MAX);
    if (refused(call) || tracing == NULL || reply == NULL) return;
    tracing->call = call;
    reply->lots = arena_array(call->arena, FIND_LOTS_MAX, sizeof *reply->lots);
    if (reply->lots == NULL) return;
    if (name_parse(request->number, &lot) && lot != 0) (void)find_lots_add(tracing, lot, reply);
    for (scan_begin_down(&scan, call->txn, TABLE_lot_number, &from, from.n - 8); scan_next(&scan);) {
        reply->more = ++looked == PAGE_LOOKED_MAX;
        if (reply->more || !key_read(scan.key, "sq", number, &lot) || !find_lots_add(tracing, lot, reply)) break;
    }
    scan_end(&scan);
    call->reply = &reply->base;
}
