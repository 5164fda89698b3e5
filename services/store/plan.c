/* plan.c - what a fact will move, decided in its handler: lots, loans, repayments, the counts it meets. See ledger.h.
 * Flow:    ledger_move writes movements into the call's event and moves copies of the accounts; what is booked in the end
 *          are the movements alone (ledger.c).
 * Why:     one line may touch an account several times, and must see what it did to it before it is booked.
 */
#include "store/ledger.h"

#include "base/must.h"
#include "base/text.h"
#include "production/undo.h"
#include "store/accounts.h"
#include "store/apply.h"
#include "store/call.h"
#include "store/journal.h"
#include "store/totals.h"

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

struct plan {
    int64_t name;                /* of the line it is for */
    size_t n;
    struct account *accounts[LINE_ACCOUNTS_MAX];
    Rasad__V1__Movement *movements[MOVEMENTS_PER_EVENT_MAX];
    int32_t undone_day;          /* the day on which what is taken back happened */
    int moment;                  /* where the line stands on its day: 0 before the day's facts, 1 at its end */
    int64_t after;               /* only counts of that moment with a name above this come later */
};

/* The copies of one line: many lots stand in an account of a store, and a command has many lines. */
static struct arena *plan_arena(void)
{
    static struct arena arena;
    static bool made;
    if (!made) must(arena_init(&arena, ARENA_BYTES_MAX));
    made = true;
    return &arena;
}

static struct plan *plan_of(struct call *call)
{
    if (call->plan == NULL) {
        call->plan = arena_take(call->arena, sizeof *call->plan); /* its lists are long, and mostly empty */
        if (call->plan == NULL) return NULL;
        call->plan->name = 0;
        call->plan->undone_day = 0;
    }
    if (call->plan->name != line_name(call)) { /* a new line: what the one before planned is booked or refused */
        arena_reset(plan_arena());
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
    if (plan != NULL && plan->n < LINE_ACCOUNTS_MAX) copy = account_copy(account_of(call->txn, place, item), plan_arena());
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
    bool good = account_add(planned(call, place, item), plan_arena(), stage, lot, by, 0);
    if (!good && call->txn->err == ERR_OK) call->txn->err = ERR_MEMORY;
}

/* More in one stage, or lent there, than can be summed: refused, or a balance would turn over into its opposite. */
static bool too_much(struct call *call, int64_t there, int64_t quantity)
{
    if (there <= STAGE_MAX - quantity) return false;
    refuse(call, REASON_OUT_OF_RANGE, "quantity", quantity, there < STAGE_MAX ? STAGE_MAX - there : 0);
    return true;
}

/* Nobody can count a part: the next step is a count in between. */
static void too_many_lots(struct call *call, const struct move *m, struct end from, int64_t quantity)
{
    bool down = call->event->fact_case == RASAD__V1__EVENT__FACT_COUNTED && stage_real(from.stage);
    int64_t left = down ? account_sum(planned(call, from.place, m->item), from.stage) : 0;
    const char *need = down ? arena_printf(call->arena, "first a count of %lld, then this one", (long long)left)
                            : arena_printf(call->arena, "less in one line: it moves %d lots at most", MOVEMENTS_PER_EVENT_MAX);
    const char *have = arena_printf(call->arena, "%lld more", (long long)quantity);
    refuse_words(call, REASON_TOO_MANY_LOTS, "quantity", have != NULL ? have : "", need != NULL ? need : "");
}

/* One line of the ledger: from (lot) to (lot), and what it does to the planned accounts. */
static void write_down(struct call *call, const struct move *m, struct end from, struct end to, int64_t quantity,
                       bool presumed, int64_t draws_for, int64_t count, int32_t day)
{
    Rasad__V1__Event *event = call->event;
    if (event->n_movements == MOVEMENTS_PER_EVENT_MAX) {
        too_many_lots(call, m, from, quantity);
        return;
    }
    if (stage_real(to.stage) && too_much(call, account_sum(planned(call, to.place, m->item), to.stage), quantity)) return;
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
    if (too_much(call, planned(call, m->from.place, m->item)->shortfall[m->from.stage], quantity)) return;
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

/* A fact that comes after a later count was booked is met on that count's day: what was counted stands. Before and after
 * are by the day a thing happened, also where its month was closed and it is booked later. */
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
    book(call, &opposite, count.name, open_day(call->txn, count.day));
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
    int32_t happened = move.undo ? call->plan->undone_day : call->event->day;
    meet_count(call, &move, move.from, -move.quantity, happened);
    meet_count(call, &move, move.to, move.quantity, happened);
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
    int64_t variance = count_variance(call->txn, place, item, stage, original->day, original->counted->at_start, name);
    struct end real = {place, stage, 0}, unexplained = {place, UNEXPLAINED, 0};
    call->plan->moment = original->counted->at_start ? 0 : 1;
    call->plan->after = name;
    ledger_move(call, (struct move){.from = variance > 0 ? real : unexplained, .to = variance > 0 ? unexplained : real,
                                    .item = item, .quantity = variance > 0 ? variance : -variance, .day = day, .undo = true});
}

void ledger_undo(struct call *call, const Rasad__V1__Event *original)
{
    int32_t day = open_day(call->txn, event_booked_day(original));
    must(call->event->reverses != 0);
    if (plan_of(call) == NULL) return;
    call->plan->undone_day = original->day;
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
