/* propose.c - ProposeAllocation: who could meet a request line, and why that one; ProposeTogether: the same for several.
 * Flow:    from the place in need upwards: the places there, level by level, that hold free stock of the item and that
 *          the caller may take from. It stops climbing where what was found is enough, not counting material that stands
 *          where it is to be used: a kitchen's rice comes last. What is proposed for one line is
 *          not there for the next.
 * Bounds:  PROPOSE_LOOKED_MAX places looked at, CANDIDATES_MAX that have some; PROPOSALS_MAX proposals. Together:
 *          PROPOSE_TOGETHER_MAX lines, PAGE_MS_MAX.
 * Why:     level by level, stores come before the groups below them, of which there are twenty times as many.
 */
#include "base/clock.h"
#include "distribution.pb-c.h"
#include "distribution/below.h"
#include "distribution/rows.h"
#include "store/commands.h"

#include <string.h>

/* Proposed for a line before, of stock that is still there. */
struct promised {
    uint32_t place, item;
    int64_t quantity;
};

struct search {
    struct call *call;
    struct need need;
    size_t promised_n;
    struct promised promised[PROPOSE_TOGETHER_MAX * PROPOSALS_MAX];
    int64_t lacking;                /* what the candidates so far do not cover */
    size_t looked;
    size_t queue_n, queue_at;
    uint32_t queue[PROPOSE_LOOKED_MAX];
    size_t n;
    struct candidate candidates[CANDIDATES_MAX];
};

/* The first expiry among free stock; 0: none has one. */
static int64_t first_expiry(const Rasad__V1__AccountRow *row)
{
    int64_t first = 0;
    for (size_t i = 0; i < row->n_balances; i++) {
        int64_t expiry_ms = row->balances[i]->expiry_ms;
        if ((enum stage)row->balances[i]->stage == STOCK && expiry_ms != 0 && (first == 0 || expiry_ms < first))
            first = expiry_ms;
    }
    return first;
}

static int64_t promised(const struct search *search, uint32_t place)
{
    int64_t quantity = 0;
    for (size_t i = 0; i < search->promised_n; i++)
        if (search->promised[i].place == place && search->promised[i].item == search->need.item.id)
            quantity += search->promised[i].quantity;
    return quantity;
}

static void look_at(struct search *search, uint32_t id)
{
    struct call *call = search->call;
    const struct place *needs = &search->need.place;
    struct place place;
    if (id == needs->id || search->n == CANDIDATES_MAX || !place_get(call->txn, id, &place)) return;
    if (!place.holds || place.outside || !may_at(call, &place)) return;
    size_t mark = arena_mark(call->txn->arena);
    const Rasad__V1__AccountRow *row = account_row(call->txn, id, search->need.item.id);
    int64_t free = account_real(row, STOCK);
    if (free > 0) free -= promised(search, id);
    if (free > 0) {
        struct candidate *candidate = &search->candidates[search->n++];
        candidate->own_use = search->need.item.recipes == 0 && (place.makes || place.serves);
        if (!candidate->own_use) search->lacking -= free;
        candidate->place = id;
        candidate->free = free;
        candidate->expiry_ms = first_expiry(row);
        candidate->distance_m = distance_m(needs->latitude_udeg, needs->longitude_udeg, place.latitude_udeg,
                                           place.longitude_udeg);
    }
    arena_release(call->txn->arena, mark);
}

static void push_children(struct search *search, uint32_t parent, uint32_t done)
{
    struct key from = key("u", parent);
    struct scan scan;
    uint32_t number, id;
    for (scan_begin(&scan, search->call->txn, TABLE_child, &from, from.n); scan_next(&scan);) {
        if (search->queue_n == PROPOSE_LOOKED_MAX || !key_read(scan.key, "uuu", &parent, &number, &id)) break;
        if (id != done) search->queue[search->queue_n++] = id;
    }
    scan_end(&scan);
}

/* All below `top`, level by level, but for the part that was looked at before. */
static void look_below(struct search *search, uint32_t top, uint32_t done)
{
    search->queue_n = search->queue_at = 0;
    search->queue[search->queue_n++] = top;
    while (search->queue_at < search->queue_n && search->looked < PROPOSE_LOOKED_MAX) {
        uint32_t id = search->queue[search->queue_at++];
        search->looked++;
        look_at(search, id);
        push_children(search, id, done);
    }
}

/* Of a line that waits for an officer all that is wanted: she decides seeing what there is. */
static int64_t to_propose(const Rasad__V1__NeedRow *need)
{
    int64_t open = need_wanted(need) - need->allocated - need_supplied(need);
    return need_to_decide(need) && open > 0 ? open : need_to_supply(need);
}

static void climb(struct search *search)
{
    const struct place *needs = &search->need.place;
    search->looked = search->n = 0;
    search->lacking = to_propose(search->need.row);
    look_below(search, needs->id, 0);
    for (uint32_t i = 1; i < needs->path_n && search->lacking > 0 && search->looked < PROPOSE_LOOKED_MAX; i++)
        look_below(search, needs->path[i], needs->path[i - 1]);
}

/* Fills in what a reply says of one line: at most PROPOSALS_MAX proposals, and what they leave lacking. */
static Rasad__V1__Proposal **choose(struct search *search, size_t *count, int64_t *lacking)
{
    struct call *call = search->call;
    size_t n = 0;
    *count = 0;
    *lacking = propose(search->candidates, search->n, to_propose(search->need.row));
    while (n < search->n && n < PROPOSALS_MAX && search->candidates[n].take > 0) n++;
    for (size_t i = n; i < search->n; i++) *lacking += search->candidates[i].take;
    Rasad__V1__Proposal **list = (void *)messages_make(call->arena, &rasad__v1__proposal__descriptor, n);
    if (list == NULL) return NULL;
    *count = n;
    for (size_t i = 0; i < n; i++) {
        const struct candidate *c = &search->candidates[i];
        list[i]->from = (char *)(uintptr_t)place_code(call->txn, c->place);
        list[i]->from_name = view_names(call, c->place);
        list[i]->quantity = c->take;
        list[i]->distance_m = c->distance_m;
        list[i]->because = (char *)(uintptr_t)c->because;
        list[i]->available = c->free;
    }
    return list;
}

/* Finds the line and looks for sources, where it is of goods. False: refused. */
static bool search_for(struct search *search, const char *field, const char *request)
{
    struct call *call = search->call;
    search->n = 0;
    if (!find_need(call, field, request, &search->need)) return false;
    if (!may_see(call, &search->need.place)) {
        refuse_words(call, REASON_NOT_YOURS, field, search->need.place.code, "a place of yours, or below it");
        return false;
    }
    if (search->need.item.class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS) climb(search);
    return true;
}

void handle_propose_allocation(struct call *call)
{
    const Rasad__V1__ProposeAllocationRequest *request = (const void *)call->request;
    struct search *search = arena_alloc(call->arena, sizeof *search);
    Rasad__V1__ProposeAllocationResponse *reply = make(call, propose_allocation_response);
    if (search == NULL || reply == NULL || !check_request_name(call, "request", request->request)) return;
    search->call = call;
    if (!search_for(search, "request", request->request)) return;
    reply->proposals = choose(search, &reply->n_proposals, &reply->lacking);
    call->reply = &reply->base;
}

/* ---- several lines */

static bool check_together(struct call *call, const Rasad__V1__ProposeTogetherRequest *request)
{
    if (!check_range(call, "requests", (int64_t)request->n_requests, 1, PROPOSE_TOGETHER_MAX)) return false;
    for (size_t i = 0; i < request->n_requests; i++) {
        if (!check_request_name(call, "requests", request->requests[i])) return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(request->requests[i], request->requests[j]) == 0)
                refuse_request(call, REASON_TWICE, "requests", request->requests[i], "each request line once");
    }
    return !refused(call);
}

static void promise(struct search *search)
{
    for (size_t i = 0; i < search->n && i < PROPOSALS_MAX; i++) {
        const struct candidate *c = &search->candidates[i];
        if (c->take > 0) search->promised[search->promised_n++] = (struct promised){c->place, search->need.item.id, c->take};
    }
}

void handle_propose_together(struct call *call)
{
    const Rasad__V1__ProposeTogetherRequest *request = (const void *)call->request;
    struct search *search = arena_alloc(call->arena, sizeof *search);
    Rasad__V1__ProposeTogetherResponse *reply = make(call, propose_together_response);
    if (search == NULL || reply == NULL || !check_together(call, request)) return;
    search->call = call;
    reply->rows = arena_array(call->arena, request->n_requests, sizeof *reply->rows);
    int64_t until_ms = mono_ms() + PAGE_MS_MAX;
    for (size_t i = 0; reply->rows != NULL && i < request->n_requests; i++) {
        if (i > 0 && mono_ms() > until_ms) break;
        Rasad__V1__ProposedFor *row = make(call, proposed_for);
        if (row == NULL || !search_for(search, "requests", request->requests[i])) return;
        row->request = request->requests[i];
        row->proposals = choose(search, &row->n_proposals, &row->lacking);
        promise(search);
        reply->rows[reply->n_rows++] = row;
    }
    call->reply = &reply->base;
}
