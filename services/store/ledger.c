/* ledger.c - the event's movements into the tables, and nothing else: the same for a command and for a replay. See ledger.h.
 * Owns:    accounts, lots and their parents, stays, cards, counts as they stand, draws and the questions they are.
 */
#include "store/ledger.h"

#include "base/log.h"
#include "reports.pb-c.h"
#include "store/accounts.h"
#include "store/apply.h"
#include "store/call.h"
#include "store/cards.h"
#include "store/journal.h"
#include "store/totals.h"

#include <string.h>

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

void lot_number_set(struct txn *txn, int64_t lot, Rasad__V1__LotRow *row, char *number)
{
    struct key old = key("sq", row->number, lot), new = key("sq", number, lot);
    if (row->number[0] != '\0') txn_del(txn, TABLE_lot_number, &old);
    if (number[0] != '\0') txn_put(txn, TABLE_lot_number, &new, "", 0);
    row->number = number;
}

void lot_begin(struct txn *txn, int64_t lot, const Rasad__V1__LotRow *row) { lot_put(txn, lot, row); }

/* The lot's expiry; a lot nobody began yet is one of goods that moved before the books knew them. */
static int64_t lot_known(struct applying *a, const struct moved *moved, int64_t lot)
{
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__LotRow *row = lot_row(a->txn, lot);
    int64_t expiry_ms = row != NULL ? row->expiry_ms : 0;
    if (row == NULL) {
        Rasad__V1__LotRow unknown;
        rasad__v1__lot_row__init(&unknown);
        unknown.item = (int32_t)moved->item;
        unknown.place = (int32_t)moved->from;
        unknown.day = moved->day;
        unknown.unknown = true;
        lot_begin(a->txn, lot, &unknown);
    }
    arena_release(a->txn->arena, mark);
    return expiry_ms;
}

/* Line after line is made of the same: the account, which is read and written anyway, knows the latest parents of its open
 * lot, and they need not be looked up. NULL: it is another lot. */
static struct account *account_of_open(struct applying *a, int64_t lot)
{
    struct account *account = a->place.id != 0 && a->item.id != 0 ? account_of(a->txn, a->place.id, a->item.id) : NULL;
    return account != NULL && account->open_lot == lot ? account : NULL;
}

static bool parent_known(const struct account *account, int64_t parent)
{
    for (size_t i = 0; account != NULL && i < account->parents_n; i++)
        if (account->parents[i] == parent) return true;
    return false;
}

static void parent_note(struct account *account, int64_t parent)
{
    if (account == NULL) return;
    if (account->parents_n == OPEN_LOT_PARENTS)
        memmove(account->parents, account->parents + 1, --account->parents_n * sizeof *account->parents);
    account->parents[account->parents_n++] = parent;
    account->dirty = true;
}

/* Trace: `lot` was made of, or filled up from, `parent`. Edges stay for ever. */
static void parent_add(struct applying *a, int64_t lot, int64_t parent, bool presumed)
{
    if (lot == 0 || parent == 0 || lot == parent) return;
    struct account *open = account_of_open(a, lot);
    if (parent_known(open, parent)) return;
    struct key edge = key("qq", parent, lot);
    if (txn_has(a->txn, TABLE_lot_child, &edge)) {
        parent_note(open, parent);
        return;
    }
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
        parent_note(open, parent);
    }
    arena_release(a->txn->arena, mark);
}

/* A lot came to a place, or the last of it left. What comes and goes in between is not written: a material is taken from
 * every day, and while some of it is there the account says so. */
static void stay_add(struct applying *a, int64_t lot, uint32_t place, int32_t day, bool left)
{
    struct key k = key("qu", lot, place);
    size_t mark = arena_mark(a->txn->arena);
    Rasad__V1__StayRow *old = row_get(a->txn, TABLE_stay, &k, &rasad__v1__stay_row__descriptor);
    Rasad__V1__StayRow row = RASAD__V1__STAY_ROW__INIT;
    row.first_day = old != NULL && old->first_day < day ? old->first_day : day;
    row.last_day = old == NULL || (left && old->last_day < day) ? day : old->last_day;
    if (old == NULL || row.first_day != old->first_day || row.last_day != old->last_day)
        row_put(a->txn, TABLE_stay, &k, &row.base);
    arena_release(a->txn->arena, mark);
}

static bool any_left(const struct account *account, int64_t lot)
{
    bool any = false;
    for (enum stage stage = STOCK; !any && stage_real(stage); stage++)
        any = account->real[stage] != 0 && account_find(account, stage, lot) != NULL;
    return any;
}

static struct account *account_touched(struct applying *a, uint32_t place, uint32_t item)
{
    struct account *account = account_of(a->txn, place, item);
    account->dirty = true;
    bool logged = place == a->place.id && card_is_log(&a->place, a->event);
    if (!account->carded && !logged) {
        card_put(a->txn, place, item, a->header->sequence);
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
#define COUNT_STAGE_BYTES 9 /* of the key: place, item and stage; what is behind them: */

static bool count_key_read(struct slice key, int32_t *day, int *moment, int64_t *name)
{
    struct slice rest = {(const uint8_t *)key.data + COUNT_STAGE_BYTES, key.bytes - COUNT_STAGE_BYTES};
    return key_read(rest, "dbq", day, moment, name);
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

/* The latest count of a place, item and stage that is not what the books said: one question, gone with the next that is. */
void count_question(struct applying *a, uint32_t place, uint32_t item, enum stage stage)
{
    struct key k = key("ububs", place, (int)RASAD__V1__QUESTION_KIND__QUESTION_KIND_VARIANCE, item, (int)stage, "");
    struct key last = count_key(place, item, stage, INT32_MAX, false, INT64_MAX);
    Rasad__V1__QuestionRow question = RASAD__V1__QUESTION_ROW__INIT;
    struct scan scan;
    int moment;
    size_t mark = arena_mark(a->txn->arena);
    scan_begin_down(&scan, a->txn, TABLE_count, &last, COUNT_STAGE_BYTES);
    if (scan_next(&scan) && count_key_read(scan.key, &question.day, &moment, &question.name)) {
        const Rasad__V1__CountRow *row = row_unpack(a->txn, scan.value, &rasad__v1__count_row__descriptor);
        question.quantity = row != NULL ? row->variance : 0;
    }
    scan_end(&scan);
    if (question.quantity == 0) txn_del(a->txn, TABLE_question, &k);
    else row_put(a->txn, TABLE_question, &k, &question.base);
    arena_release(a->txn->arena, mark);
}

/* The count of this name, where it stands among those of its place, item and stage; journal_event would not do: the count may
 * be a line of the entry that is being written. */
static bool count_find(struct txn *txn, uint32_t place, uint32_t item, enum stage stage, int64_t name, struct key *k)
{
    struct scan scan;
    struct key last = count_key(place, item, stage, INT32_MAX, false, INT64_MAX);
    int32_t day = 0;
    int moment = 0;
    int64_t found = 0;
    for (scan_begin_down(&scan, txn, TABLE_count, &last, COUNT_STAGE_BYTES); found != name && scan_next(&scan);)
        if (!count_key_read(scan.key, &day, &moment, &found)) break;
    scan_end(&scan);
    *k = count_key(place, item, stage, day, moment == 0, name);
    return found == name;
}

static void count_corrected(struct applying *a, const struct moved *moved, int64_t name)
{
    bool more = moved->from_stage == UNEXPLAINED;
    enum stage stage = more ? moved->to_stage : moved->from_stage;
    struct key k;
    size_t mark = arena_mark(a->txn->arena);
    if (count_find(a->txn, moved->from, moved->item, stage, name, &k)) {
        Rasad__V1__CountRow *row = row_get(a->txn, TABLE_count, &k, &rasad__v1__count_row__descriptor);
        if (row != NULL) {
            row->variance += more ? moved->quantity : -moved->quantity;
            row_put(a->txn, TABLE_count, &k, &row->base);
            count_question(a, moved->from, moved->item, stage);
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
    if (moved->from_lot != 0 && moved->to_stage != SHORTFALL && !any_left(account, moved->from_lot))
        stay_add(a, moved->from_lot, moved->from, moved->day, true);
}

static void arrive(struct applying *a, const struct moved *moved, int64_t expiry_ms)
{
    struct account *account = account_touched(a, moved->to, moved->item);
    bool same_lot = stage_real(moved->from_stage) && moved->from_lot == moved->to_lot;
    bool stands = account_find(account, moved->to_stage, moved->to_lot) != NULL;
    bool came = moved->to_lot != 0 && !any_left(account, moved->to_lot);
    if (moved->to_lot == 0) expiry_ms = 0;
    else if (!same_lot && !stands) expiry_ms = lot_known(a, moved, moved->to_lot);
    if (!account_add(account, accounts_arena(), moved->to_stage, moved->to_lot, moved->quantity, expiry_ms) &&
        a->txn->err == ERR_OK)
        a->txn->err = ERR_MEMORY;
    if (!same_lot && stage_real(moved->from_stage)) parent_add(a, moved->to_lot, moved->from_lot, false);
    if (came) stay_add(a, moved->to_lot, moved->to, moved->day, false);
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
    if (!stage_real(moved.from_stage) && !stage_real(moved.to_stage)) /* spoiled at the making, a service: no stock, yet */
        (void)account_touched(a, moved.from, moved.item);              /* part of the flow, which makers read from cards */
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

void ledger_flush(struct txn *txn)
{
    accounts_flush(txn);
    cards_forget();
}

void ledger_forget(void)
{
    accounts_forget();
    cards_forget();
}

/* ---- a place moved: what stands below it leaves the old ancestors and joins the new */

static bool on_path(const uint32_t *path, uint32_t n, uint32_t id)
{
    for (uint32_t i = 0; i < n; i++)
        if (path[i] == id) return true;
    return false;
}

static void moved_item(struct applying *a, uint32_t item, const int64_t net[STAGES_REAL], const uint32_t *old_path, uint32_t old_n,
                       const uint32_t *new_path, uint32_t new_n)
{
    for (int stage = STOCK; stage < STAGES_REAL; stage++) {
        if (net[stage] == 0) continue;
        for (uint32_t i = 0; i < old_n; i++)
            if (!on_path(new_path, new_n, old_path[i]))
                total_add(a->txn, old_path[i], item, a->booked_day,
                          measure_of((enum stage)stage, ELSEWHERE, MOVED), net[stage]);
        for (uint32_t i = 0; i < new_n; i++)
            if (!on_path(old_path, old_n, new_path[i]))
                total_add(a->txn, new_path[i], item, a->booked_day,
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
