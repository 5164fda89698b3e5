/* ledger.c - see ledger.h. First half: planning, in handlers. Second half: booking, in apply. */
#include "store/ledger.h"

#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "production/undo.h"
#include "reports.pb-c.h"
#include "store/accounts.h"
#include "store/apply.h"
#include "store/call.h"
#include "store/journal.h"
#include "store/totals.h"

#include <stdlib.h>
#include <string.h>

/* ---- names */

const char *name_text(struct arena *arena, int64_t name)
{
    if (name == 0) return "";
    const char *text = arena_printf(arena, "%lld.%d", (long long)name_sequence(name), name_line(name));
    return text != NULL ? text : "";
}

bool name_parse(const char *text, int64_t *name)
{
    char sequence_text[24];
    int64_t sequence, line;
    const char *dot = strchr(text, '.');
    *name = 0;
    if (text[0] == '\0') return true;
    if (dot == NULL || (size_t)(dot - text) >= sizeof sequence_text) return false;
    memcpy(sequence_text, text, (size_t)(dot - text));
    sequence_text[dot - text] = '\0';
    if (!int64_parse(sequence_text, &sequence) || !int64_parse(dot + 1, &line)) return false;
    if (sequence < 1 || sequence > INT64_MAX / 8192 || line < 1 || line > LINES_PER_COMMAND_MAX) return false;
    *name = name_of(sequence, (int32_t)line);
    return true;
}

/* ---- planning: copies of the accounts a line touches, moved as the line's movements are written down */

#define PLANNED_MAX 48 /* accounts of one line: the inputs of an old and a new recipe, both ends of the output */

struct plan {
    int64_t name;                /* of the line it is for */
    size_t n;
    struct account *accounts[PLANNED_MAX];
    Rasad__V1__Movement *movements[MOVEMENTS_PER_EVENT_MAX];
    int moment;                  /* where the line stands on its day: 0 before the day's facts, 1 at its end */
    int64_t after;               /* only counts of that moment with a name above this come later */
};

static struct plan *plan_of(struct call *call)
{
    if (call->plan == NULL) call->plan = arena_alloc(call->arena, sizeof *call->plan);
    if (call->plan == NULL) return NULL;
    if (call->plan->name != line_name(call)) { /* a new line: what the one before planned is booked or refused */
        call->plan->name = line_name(call);
        call->plan->n = 0;
        call->plan->moment = 1;
        call->plan->after = 0;
        call->event->movements = call->plan->movements;
    }
    return call->plan;
}

static struct account *planned(struct call *call, uint32_t place, uint32_t item)
{
    static struct account nowhere;
    struct plan *plan = plan_of(call);
    for (size_t i = 0; plan != NULL && i < plan->n; i++)
        if (plan->accounts[i]->place == place && plan->accounts[i]->item == item) return plan->accounts[i];
    struct account *copy = NULL;
    if (plan != NULL && plan->n < PLANNED_MAX) copy = account_copy(account_of(call->txn, place, item), call->arena);
    if (copy == NULL) {
        if (call->txn->err == ERR_OK) call->txn->err = ERR_MEMORY;
        memset(&nowhere, 0, sizeof nowhere);
        return &nowhere;
    }
    plan->accounts[plan->n++] = copy;
    return copy;
}

static void change(struct call *call, uint32_t place, uint32_t item, enum stage stage, int64_t lot, int64_t by)
{
    if (!stage_real(stage)) return;
    bool good = account_add(planned(call, place, item), call->arena, stage, lot, by, 0);
    if (!good && call->txn->err == ERR_OK) call->txn->err = ERR_MEMORY;
}

/* One line of the ledger: from (lot) to (lot), and what it does to the planned accounts. */
static void write_down(struct call *call, const struct move *m, struct end from, struct end to, int64_t quantity,
                       bool presumed, int64_t draws_for, int64_t count, int32_t day)
{
    Rasad__V1__Event *event = call->event;
    if (event->n_movements == MOVEMENTS_PER_EVENT_MAX) {
        refuse(call, REASON_TOO_MANY_LOTS, "quantity", MOVEMENTS_PER_EVENT_MAX, MOVEMENTS_PER_EVENT_MAX + 1);
        return;
    }
    Rasad__V1__Movement *movement = make(call, movement);
    const char *from_code = place_code(call->txn, from.place), *to_code = place_code(call->txn, to.place);
    const char *item = item_code(call->txn, m->item);
    if (movement == NULL) return;
    char *empty = movement->item;
    movement->from_place = stage_real(from.stage) && strcmp(from_code, event->place) != 0 ? (char *)(uintptr_t)from_code : empty;
    movement->to_place = stage_real(to.stage) && strcmp(to_code, event->place) != 0 ? (char *)(uintptr_t)to_code : empty;
    movement->item = strcmp(item, event->item) != 0 ? (char *)(uintptr_t)item : empty;
    movement->from_stage = (Rasad__V1__Stage)from.stage;
    movement->from_lot = stage_real(from.stage) ? from.lot : 0;
    movement->to_stage = (Rasad__V1__Stage)to.stage;
    movement->to_lot = stage_real(to.stage) ? to.lot : 0;
    movement->quantity = quantity;
    movement->day = day == event_booked_day(event) ? 0 : day;
    movement->presumed = presumed;
    movement->draws_for = draws_for;
    movement->count = count;
    movement->undo = m->undo && from.stage != SHORTFALL && to.stage != SHORTFALL && count == 0;
    movement->parent_of = to.stage == CONSUMED ? m->parent_of : 0;
    event->movements[event->n_movements++] = movement;
    change(call, from.place, m->item, from.stage, from.lot, -quantity);
    change(call, to.place, m->item, to.stage, to.lot, quantity);
}

/* What arrives first pays back what the books had lent there. */
static void pay_back(struct call *call, const struct move *m, struct end at, int64_t quantity, int32_t day)
{
    struct account *account = planned(call, at.place, m->item);
    int64_t lent = stage_real(at.stage) ? account->shortfall[at.stage] : 0;
    int64_t paid = lent < quantity ? lent : quantity;
    if (paid == 0) return;
    write_down(call, m, at, (struct end){at.place, SHORTFALL, 0}, paid, false, 0, 0, day);
    account->shortfall[at.stage] -= paid;
}

static void piece(struct call *call, const struct move *m, int64_t lot, int64_t quantity, bool presumed, int64_t new_lot,
                  int64_t count, int32_t day)
{
    struct end from = {m->from.place, m->from.stage, lot};
    struct end to = {m->to.place, m->to.stage, m->to.lot != 0 ? m->to.lot : new_lot != 0 ? new_lot : lot};
    if (refused(call)) return;
    write_down(call, m, from, to, quantity, presumed, 0, count, day);
    if (stage_real(to.stage)) pay_back(call, m, to, quantity, day);
}

static bool before(const struct balance *a, const struct balance *b, bool oldest_first)
{
    int64_t a_ms = a->expiry_ms != 0 ? a->expiry_ms : INT64_MAX, b_ms = b->expiry_ms != 0 ? b->expiry_ms : INT64_MAX;
    if (!oldest_first && a_ms != b_ms) return a_ms < b_ms;
    return a->lot < b->lot;
}

/* The next lot to take from, or NULL: first expiry first, or oldest first. */
static const struct balance *next_lot(const struct account *account, enum stage stage, bool oldest_first)
{
    const struct balance *best = NULL;
    for (size_t i = 0; i < account->n; i++)
        if (account->balances[i].stage == stage && (best == NULL || before(&account->balances[i], best, oldest_first)))
            best = &account->balances[i];
    return best;
}

static void take(struct call *call, const struct move *m, int64_t quantity, int64_t count, int32_t day)
{
    const struct account *account = planned(call, m->from.place, m->item);
    int64_t named = m->only_lot != 0 ? m->only_lot : m->from.lot;
    const struct balance *lot = named != 0 ? account_find(account, m->from.stage, named) : NULL;
    if (named == 0 || (lot == NULL && m->only_lot == 0)) lot = next_lot(account, m->from.stage, m->oldest_first);
    while (quantity > 0 && lot != NULL && !refused(call)) {
        int64_t part = lot->quantity < quantity ? lot->quantity : quantity;
        piece(call, m, lot->lot, part, named != 0 && lot->lot != named, 0, count, day);
        quantity -= part;
        lot = m->only_lot != 0 ? NULL : next_lot(account, m->from.stage, m->oldest_first);
    }
    if (quantity == 0 || refused(call)) return;
    /* The books lack the rest: lent, and paid back by the next arrival. */
    int64_t drawn = m->parent_of != 0 ? m->parent_of : m->to.lot != 0 ? m->to.lot : m->draws_for;
    if (drawn == 0 && stage_real(m->to.stage)) drawn = line_name(call);
    struct end at = {m->from.place, m->from.stage, 0};
    write_down(call, m, (struct end){m->from.place, SHORTFALL, 0}, at, quantity, false, drawn, 0, day);
    planned(call, m->from.place, m->item)->shortfall[m->from.stage] += quantity;
    piece(call, m, 0, quantity, false, stage_real(m->to.stage) ? drawn : 0, count, day);
}

static void book(struct call *call, const struct move *m, int64_t count, int32_t day)
{
    if (stage_real(m->from.stage)) take(call, m, m->quantity, count, day);
    else piece(call, m, 0, m->quantity, false, 0, count, day);
}

/* ---- counts */

struct counted_at {
    int64_t name; /* 0: none */
    int32_t day;
};

/* but: a count that this very line takes back; its row stands until the line is applied. */
static struct counted_at count_after(struct txn *txn, uint32_t place, uint32_t item, enum stage stage, int32_t day,
                                     int moment, int64_t after, int64_t but)
{
    struct scan scan;
    struct key from = key("uubdbq", place, item, (int)stage, day, moment, after + 1);
    struct counted_at found = {0, 0}, next;
    int next_moment;
    for (scan_begin(&scan, txn, TABLE_count, &from, 9); found.name == 0 && scan_next(&scan);) {
        if (!key_read((struct slice){(const uint8_t *)scan.key.data + 9, 13}, "dbq", &next.day, &next_moment, &next.name)) break;
        if (next.name != but) found = next;
    }
    scan_end(&scan);
    return found;
}

/* A fact that comes after a later count was booked is met on that count's day: what was counted stands. */
static void meet_count(struct call *call, const struct move *m, struct end at, int64_t by, int32_t day)
{
    struct plan *plan = plan_of(call);
    if (!stage_real(at.stage) || plan == NULL || refused(call)) return;
    struct counted_at count = count_after(call->txn, at.place, m->item, at.stage, day, plan->moment, plan->after,
                                          call->event->reverses);
    if (count.name == 0) return;
    struct end unexplained = {at.place, UNEXPLAINED, 0};
    struct move opposite = {.from = by > 0 ? at : unexplained, .to = by > 0 ? unexplained : at, .item = m->item,
                            .quantity = by > 0 ? by : -by};
    opposite.from.lot = opposite.to.lot = 0;
    book(call, &opposite, count.name, count.day);
}

void ledger_move(struct call *call, struct move move)
{
    if (refused(call) || move.quantity == 0) return;
    must(move.quantity > 0 && call->event != NULL && move.from.place != 0 && move.to.place != 0 && move.item != 0);
    if (plan_of(call) == NULL) return;
    int32_t day = move.day != 0 ? move.day : event_booked_day(call->event);
    if (call->event->fact_case == RASAD__V1__EVENT__FACT_COUNTED && !move.undo) {
        call->plan->moment = call->event->counted->at_start ? 0 : 1;
        call->plan->after = line_name(call);
    }
    book(call, &move, 0, day);
    if (move.from.place == move.to.place && move.from.stage == move.to.stage) return;
    meet_count(call, &move, move.from, -move.quantity, day);
    meet_count(call, &move, move.to, move.quantity, day);
}

/* ---- reversals */

static uint32_t place_or(struct call *call, const char *code, const Rasad__V1__Event *event)
{
    return code_id(call->txn, CODE_PLACE, code[0] != '\0' ? code : event->place);
}

static void undo_movement(struct call *call, const Rasad__V1__Event *original, const Rasad__V1__Movement *m, int32_t day)
{
    enum stage from = (enum stage)m->from_stage, to = (enum stage)m->to_stage;
    uint32_t from_place = place_or(call, m->from_place, original), to_place = place_or(call, m->to_place, original);
    if (!stage_real(from)) from_place = to_place;
    if (!stage_real(to)) to_place = from_place;
    ledger_move(call, (struct move){
        .from = {to_place, to, m->to_lot},
        .to = {from_place, from, stage_real(from) ? (m->from_lot != 0 ? m->from_lot : m->to_lot) : 0},
        .item = code_id(call->txn, CODE_ITEM, m->item[0] != '\0' ? m->item : original->item),
        .quantity = m->quantity, .day = day, .undo = true, .oldest_first = to == MADE});
}

static void undo_count(struct call *call, const Rasad__V1__Event *original, int64_t name, int32_t day)
{
    uint32_t place = place_or(call, "", original), item = code_id(call->txn, CODE_ITEM, original->item);
    enum stage stage = (enum stage)original->counted->stage;
    int64_t variance = count_variance(call->txn, place, item, stage, day, original->counted->at_start, name);
    struct end real = {place, stage, 0}, unexplained = {place, UNEXPLAINED, 0};
    if (plan_of(call) == NULL) return;
    call->plan->moment = original->counted->at_start ? 0 : 1;
    call->plan->after = name;
    ledger_move(call, (struct move){.from = variance > 0 ? real : unexplained, .to = variance > 0 ? unexplained : real,
                                    .item = item, .quantity = variance > 0 ? variance : -variance, .day = day, .undo = true});
}

void ledger_undo(struct call *call, const Rasad__V1__Event *original)
{
    int32_t day = open_day(call->txn, event_booked_day(original));
    must(call->event->reverses != 0);
    if (original->fact_case == RASAD__V1__EVENT__FACT_COUNTED) {
        undo_count(call, original, call->event->reverses, day);
        return;
    }
    bool logged = original->fact_case == RASAD__V1__EVENT__FACT_OUTPUT_LOGGED;
    for (size_t i = original->n_movements; i-- > 0;) {
        const Rasad__V1__Movement *m = original->movements[i];
        enum stage from = (enum stage)m->from_stage, to = (enum stage)m->to_stage;
        if (from == SHORTFALL || to == SHORTFALL || m->count != 0 || m->undo) continue;
        if (logged && to == CONSUMED) continue; /* by the running sum, below */
        undo_movement(call, original, m, day);
    }
    if (logged) production_undo_consumption(call, original);
}

/* ---- what there is */

int64_t ledger_has(struct call *call, uint32_t place, enum stage stage, uint32_t item)
{
    return account_sum(planned(call, place, item), stage);
}

int64_t ledger_net(struct call *call, uint32_t place, enum stage stage, uint32_t item)
{
    const struct account *account = planned(call, place, item);
    return account_sum(account, stage) - account->shortfall[stage];
}

int64_t ledger_net_on(struct call *call, uint32_t place_id, enum stage stage, uint32_t item, int32_t day, bool at_start)
{
    int32_t through = at_start ? day - 1 : day;
    struct place place;
    struct flow flow;
    struct moved moved;
    int64_t net, value;
    if (!place_get(call->txn, place_id, &place)) return 0;
    flow_read(call->txn, &place, item, INT32_MIN + 1, through, &flow);
    net = flow.closing[stage];
    memset(&flow, 0, sizeof flow);
    for (size_t i = 0; i < call->event->n_movements; i++) { /* what this line has planned already */
        movement_read(call->txn, call->event, call->event->movements[i], &moved);
        if (moved.item != item || moved.day > through) continue;
        int32_t measure = moved_measure(&moved, moved.from == place_id, moved.to == place_id, &value);
        if (measure != 0) flow_add(&flow, measure, value, false);
    }
    return net + flow.closing[stage];
}

/* ================ booking: the event's movements into the tables ================ */

Rasad__V1__LotRow *lot_row(struct txn *txn, int64_t lot)
{
    struct key k = key("q", lot);
    return row_get(txn, TABLE_lot, &k, &rasad__v1__lot_row__descriptor);
}

void lot_put(struct txn *txn, int64_t lot, const Rasad__V1__LotRow *row)
{
    struct key k = key("q", lot);
    row_put(txn, TABLE_lot, &k, &row->base);
}

void lot_begin(struct txn *txn, int64_t lot, const Rasad__V1__LotRow *row) { lot_put(txn, lot, row); }

/* The lot's expiry; a lot nobody began yet is one of goods that moved before the books knew them. */
static int64_t lot_known(struct applying *a, const struct moved *moved, int64_t lot)
{
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__LotRow *row = lot_row(a->txn, lot);
    int64_t expiry_ms = row != NULL ? row->expiry_ms : 0;
    if (row == NULL) {
        Rasad__V1__LotRow unknown = RASAD__V1__LOT_ROW__INIT;
        unknown.item = (int32_t)moved->item;
        unknown.place = (int32_t)moved->from;
        unknown.day = moved->day;
        unknown.unknown = true;
        lot_begin(a->txn, lot, &unknown);
    }
    arena_release(a->txn->arena, mark);
    return expiry_ms;
}

/* Trace: `lot` was made of, or filled up from, `parent`. Edges stay for ever. */
static void parent_add(struct applying *a, int64_t lot, int64_t parent, bool presumed)
{
    struct key edge = key("qq", parent, lot);
    if (lot == 0 || parent == 0 || lot == parent || txn_has(a->txn, TABLE_lot_child, &edge)) return;
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__LotRow *row = lot_row(a->txn, lot);
    if (row != NULL) {
        int64_t *parents = arena_array(a->txn->arena, row->n_parents + 1, sizeof *parents);
        if (parents != NULL && row->n_parents < LOT_PARENTS_MAX) {
            if (row->n_parents > 0) memcpy(parents, row->parents, row->n_parents * sizeof *parents);
            parents[row->n_parents] = parent;
            row->parents = parents;
            row->n_parents++;
        } else {
            row->more_parents = true;
        }
        row->presumed = row->presumed || presumed;
        lot_put(a->txn, lot, row);
        txn_put(a->txn, TABLE_lot_child, &edge, "", 0);
    }
    arena_release(a->txn->arena, mark);
}

static void stay_add(struct applying *a, int64_t lot, uint32_t place, int32_t day)
{
    if (lot == 0) return;
    struct key k = key("qu", lot, place);
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__StayRow *old = row_get(a->txn, TABLE_stay, &k, &rasad__v1__stay_row__descriptor);
    Rasad__V1__StayRow row = RASAD__V1__STAY_ROW__INIT;
    row.first_day = old != NULL && old->first_day < day ? old->first_day : day;
    row.last_day = old != NULL && old->last_day > day ? old->last_day : day;
    if (old == NULL || row.first_day != old->first_day || row.last_day != old->last_day)
        row_put(a->txn, TABLE_stay, &k, &row.base);
    arena_release(a->txn->arena, mark);
}

static struct account *account_touched(struct applying *a, uint32_t place, uint32_t item)
{
    struct account *account = account_of(a->txn, place, item);
    account->dirty = true;
    if (!account->carded) {
        struct key k = key("uuq", place, item, a->header->sequence);
        txn_put(a->txn, TABLE_card, &k, "", 0);
        account->carded = true;
    }
    return account;
}

/* ---- shortfall: who drew, who pays back, and the question it is */

static void question_put(struct applying *a, const struct account *account, enum stage stage)
{
    struct key k = key("ububs", account->place, (int)RASAD__V1__QUESTION_KIND__QUESTION_KIND_SHORTFALL, account->item,
                       (int)stage, "");
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__QuestionRow *old = row_get(a->txn, TABLE_question, &k, &rasad__v1__question_row__descriptor);
    Rasad__V1__QuestionRow row = RASAD__V1__QUESTION_ROW__INIT;
    row.name = old != NULL ? old->name : name_of(a->header->sequence, name_line(a->name));
    row.day = old != NULL ? old->day : a->booked_day;
    row.quantity = account->shortfall[stage];
    if (row.quantity == 0) txn_del(a->txn, TABLE_question, &k);
    else row_put(a->txn, TABLE_question, &k, &row.base);
    arena_release(a->txn->arena, mark);
}

static void draw_put(struct txn *txn, const struct key *k, int64_t quantity, int64_t lot)
{
    Rasad__V1__DrawRow row = RASAD__V1__DRAW_ROW__INIT;
    row.quantity = quantity;
    row.lot = lot;
    if (quantity == 0) txn_del(txn, TABLE_draw, k);
    else row_put(txn, TABLE_draw, k, &row.base);
}

static void lend(struct applying *a, const struct moved *moved, int64_t draws_for)
{
    struct account *account = account_touched(a, moved->to, moved->item);
    struct key k = key("uubq", moved->to, moved->item, (int)moved->to_stage, a->name);
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__DrawRow *old = row_get(a->txn, TABLE_draw, &k, &rasad__v1__draw_row__descriptor);
    int64_t drawn = old != NULL ? old->quantity : 0;
    arena_release(a->txn->arena, mark);
    draw_put(a->txn, &k, drawn + moved->quantity, draws_for);
    account->shortfall[moved->to_stage] += moved->quantity;
    question_put(a, account, moved->to_stage);
}

/* The oldest draw first; what pays back becomes a parent of the lot that had drawn. */
static bool pay_one(struct applying *a, const struct moved *moved, int64_t *left)
{
    struct scan scan;
    struct key first = key("uub", moved->from, moved->item, (int)moved->from_stage), k = {.n = 0};
    int64_t quantity = 0, lot = 0;
    scan_begin(&scan, a->txn, TABLE_draw, &first, first.n);
    if (scan_next(&scan)) {
        Rasad__V1__DrawRow *row = row_unpack(a->txn, scan.value, &rasad__v1__draw_row__descriptor);
        k.n = (uint32_t)scan.key.bytes;
        memcpy(k.bytes, scan.key.data, scan.key.bytes);
        quantity = row != NULL ? row->quantity : 0;
        lot = row != NULL ? row->lot : 0;
    }
    scan_end(&scan);
    if (k.n == 0) return false;
    int64_t paid = quantity < *left ? quantity : *left;
    *left -= paid;
    draw_put(a->txn, &k, quantity - paid, lot);
    parent_add(a, lot, moved->from_lot, false);
    return true;
}

static void repay(struct applying *a, const struct moved *moved)
{
    struct account *account = account_touched(a, moved->from, moved->item);
    int64_t left = moved->quantity;
    account->shortfall[moved->from_stage] -= moved->quantity;
    if (account->shortfall[moved->from_stage] < 0 && a->txn->err == ERR_OK) a->txn->err = ERR_CORRUPT;
    while (left > 0 && pay_one(a, moved, &left)) {}
    question_put(a, account, moved->from_stage);
}

/* ---- counts as they stand */

static struct key count_key(uint32_t place, uint32_t item, enum stage stage, int32_t day, bool at_start, int64_t name)
{
    return key("uubdbq", place, item, (int)stage, day, at_start ? 0 : 1, name);
}

int64_t count_variance(struct txn *txn, uint32_t place, uint32_t item, enum stage stage, int32_t day, bool at_start,
                       int64_t name)
{
    struct key k = count_key(place, item, stage, day, at_start, name);
    size_t mark = arena_mark(txn->arena);
    Rasad__V1__CountRow *row = row_get(txn, TABLE_count, &k, &rasad__v1__count_row__descriptor);
    int64_t variance = row != NULL ? row->variance : 0;
    arena_release(txn->arena, mark);
    return variance;
}

static void count_corrected(struct applying *a, const struct moved *moved, int64_t name)
{
    bool more = moved->from_stage == UNEXPLAINED;
    size_t mark = arena_mark(a->txn->arena);
    const Rasad__V1__Event *event = journal_event(a->txn, name, NULL);
    if (event != NULL && event->fact_case == RASAD__V1__EVENT__FACT_COUNTED) {
        struct key k = count_key(moved->from, moved->item, more ? moved->to_stage : moved->from_stage,
                                 event_booked_day(event), event->counted->at_start, name);
        Rasad__V1__CountRow *row = row_get(a->txn, TABLE_count, &k, &rasad__v1__count_row__descriptor);
        if (row != NULL) {
            row->variance += more ? moved->quantity : -moved->quantity;
            row_put(a->txn, TABLE_count, &k, &row->base);
        }
    }
    arena_release(a->txn->arena, mark);
}

/* ---- one movement */

static void leave(struct applying *a, const struct moved *moved, int64_t *expiry_ms)
{
    struct account *account = account_touched(a, moved->from, moved->item);
    const struct balance *balance = account_find(account, moved->from_stage, moved->from_lot);
    if (balance != NULL) *expiry_ms = balance->expiry_ms;
    if (!account_add(account, accounts_arena(), moved->from_stage, moved->from_lot, -moved->quantity, 0) &&
        a->txn->err == ERR_OK) {
        log_event(LOG_ERROR, "ledger below zero name=%lld item=%u", (long long)a->name, moved->item);
        a->txn->err = ERR_CORRUPT;
    }
    if (moved->to_stage != SHORTFALL) stay_add(a, moved->from_lot, moved->from, moved->day);
}

static void arrive(struct applying *a, const struct moved *moved, int64_t expiry_ms)
{
    struct account *account = account_touched(a, moved->to, moved->item);
    bool same_lot = stage_real(moved->from_stage) && moved->from_lot == moved->to_lot;
    bool stands = account_find(account, moved->to_stage, moved->to_lot) != NULL;
    if (moved->to_lot == 0) expiry_ms = 0;
    else if (!same_lot && !stands) expiry_ms = lot_known(a, moved, moved->to_lot);
    if (!account_add(account, accounts_arena(), moved->to_stage, moved->to_lot, moved->quantity, expiry_ms) &&
        a->txn->err == ERR_OK)
        a->txn->err = ERR_MEMORY;
    if (!same_lot && stage_real(moved->from_stage)) parent_add(a, moved->to_lot, moved->from_lot, false);
    stay_add(a, moved->to_lot, moved->to, moved->day);
}

static void apply_movement(struct applying *a, const Rasad__V1__Movement *m)
{
    struct moved moved;
    int64_t expiry_ms = 0;
    movement_read(a->txn, a->event, m, &moved);
    if (moved.from == 0 || moved.item == 0) {
        if (a->txn->err == ERR_OK) a->txn->err = ERR_CORRUPT;
        return;
    }
    if (stage_real(moved.from_stage)) leave(a, &moved, &expiry_ms);
    if (stage_real(moved.to_stage)) arrive(a, &moved, expiry_ms);
    if (moved.from_stage == SHORTFALL) lend(a, &moved, m->draws_for);
    if (moved.to_stage == SHORTFALL) repay(a, &moved);
    if (m->parent_of != 0) parent_add(a, m->parent_of, moved.from_lot, m->presumed);
    if (m->count != 0) count_corrected(a, &moved, m->count);
    totals_book(a->txn, &moved, name_sequence(a->event->reverses));
}

void ledger_apply(struct applying *applying)
{
    for (size_t i = 0; i < applying->event->n_movements && applying->txn->err == ERR_OK; i++)
        apply_movement(applying, applying->event->movements[i]);
}

void ledger_flush(struct txn *txn) { accounts_flush(txn); }
void ledger_forget(void) { accounts_forget(); }

/* ---- a place moved: what stands below it leaves the old ancestors and joins the new */

static bool on_path(const uint32_t *path, uint32_t n, uint32_t id)
{
    for (uint32_t i = 0; i < n; i++)
        if (path[i] == id) return true;
    return false;
}

static void moved_item(struct applying *a, uint32_t item, const int64_t net[32], const uint32_t *old_path, uint32_t old_n,
                       const uint32_t *new_path, uint32_t new_n)
{
    for (int stage = STOCK; stage < STAGES_REAL; stage++) {
        if (net[stage] == 0) continue;
        for (uint32_t i = 0; i < old_n; i++)
            if (!on_path(new_path, new_n, old_path[i]))
                sum_add(a->txn, TABLE_total, key("uud", old_path[i], item, a->booked_day),
                        measure_of((enum stage)stage, ELSEWHERE, MOVED), net[stage]);
        for (uint32_t i = 0; i < new_n; i++)
            if (!on_path(old_path, old_n, new_path[i]))
                sum_add(a->txn, TABLE_total, key("uud", new_path[i], item, a->booked_day),
                        measure_of(ELSEWHERE, (enum stage)stage, MOVED), net[stage]);
    }
}

void ledger_place_moved(struct applying *a, uint32_t place_id, const uint32_t *old_path, uint32_t old_n,
                        const uint32_t *new_path, uint32_t new_n)
{
    struct place place;
    struct flow flow;
    uint32_t items = 0;
    struct key k = key("s", "id:i");
    if (!place_get(a->txn, place_id, &place)) return;
    items = (uint32_t)number_get(a->txn, TABLE_counter, &k);
    accounts_flush(a->txn); /* what earlier lines of this command did is read from the rows */
    for (uint32_t item = 1; item <= items && a->txn->err == ERR_OK; item++) {
        size_t mark = arena_mark(a->txn->arena);
        memset(&flow, 0, sizeof flow);
        if (place_hands_in(&place)) {
            Rasad__V1__AccountRow *row = account_row(a->txn, place_id, item);
            for (enum stage stage = STOCK; stage < STAGES_REAL; stage++)
                flow.closing[stage] = account_real(row, stage) - account_shortfall(row, stage);
        } else {
            flow_read(a->txn, &place, item, INT32_MIN + 1, INT32_MAX - 1, &flow);
        }
        moved_item(a, item, flow.closing, old_path, old_n, new_path, new_n);
        arena_release(a->txn->arena, mark);
    }
}
