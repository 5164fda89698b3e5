/* earn.c - BookEarning: what makers earn by a hand-in or an acceptance. A reaction: its request is its cause alone.
 * Flow:    handle_book_earning -> due_of reads the cause: what stands for the line it takes back, then what is new ->
 *          book_line for each of them.
 * Books:   earned -> owed of the payee, in the rate's money, on the day of the cause. What the cause takes back is
 *          reversed whole: so a correction reverses the old earning and books the new one.
 * Rules:   pieces are those of the cause's movements: at hand-in those that leave `made`, at acceptance those that come
 *          to stock. The payee is the maker they left, or where their lot began. A cause that was taken back meanwhile,
 *          or is paid already, earns nothing; nothing due is refused with REASON_STATE, so that nothing is written.
 */
#include "production/keys.h"
#include "production/rules.h"
#include "store/commands.h"
#include "store/journal.h"
#include "store/totals.h"

#include "production.pb-c.h"

/* A line to book. */
struct due {
    int64_t takes_back; /* name of an earning; 0: a new one */
    uint32_t payee;
    int64_t pieces;
};

struct dues {
    size_t n;
    struct due list[LINES_PER_COMMAND_MAX];
    const Rasad__V1__Event *cause;
    const Rasad__V1__RateSet *rate;
    struct item money;
};

/* ---- what is due */

static struct due *due_add(struct dues *dues)
{
    static struct due beyond;
    return dues->n < LINES_PER_COMMAND_MAX ? &dues->list[dues->n++] : &beyond;
}

/* Earnings booked for a line that stand. */
static void add_standing(struct txn *txn, int64_t line, struct dues *dues)
{
    struct key from = earned_for_key(line, 0);
    struct scan scan;
    int64_t cause;
    for (scan_begin(&scan, txn, TABLE_earned_for, &from, EARNED_FOR_CAUSE_BYTES); scan_next(&scan);)
        (void)key_read(scan.key, "qq", &cause, &due_add(dues)->takes_back);
    scan_end(&scan);
}

static bool is_paid(struct txn *txn, int64_t cause)
{
    struct key from = earned_for_key(cause, 0);
    struct scan scan;
    scan_begin(&scan, txn, TABLE_earned_for, &from, EARNED_FOR_CAUSE_BYTES);
    bool paid = scan_next(&scan);
    scan_end(&scan);
    return paid;
}

static bool is_taken_back(struct txn *txn, int64_t cause)
{
    struct key k = key("q", cause);
    return number_get(txn, TABLE_reversal, &k) != 0;
}

/* Who made what a movement takes away: the place it leaves, or where the lot began. 0: nobody is known. */
static uint32_t maker_of(struct txn *txn, const struct moved *moved)
{
    struct place maker;
    uint32_t id = moved->from;
    if (moved->from_stage != MADE) {
        const Rasad__V1__LotRow *lot = moved->from_lot != 0 ? lot_row(txn, moved->from_lot) : NULL;
        id = lot != NULL && lot->supplier == 0 ? (uint32_t)lot->place : 0;
    }
    return place_get(txn, id, &maker) && maker.makes ? id : 0;
}

static void add_pieces(struct dues *dues, size_t first, uint32_t payee, int64_t pieces)
{
    for (size_t i = first; i < dues->n; i++) {
        if (dues->list[i].payee != payee) continue;
        dues->list[i].pieces += pieces;
        return;
    }
    *due_add(dues) = (struct due){.payee = payee, .pieces = pieces};
}

static void add_new(struct txn *txn, struct dues *dues)
{
    const Rasad__V1__Event *cause = dues->cause;
    const Rasad__V1__RateSet *rate;
    size_t first = dues->n;
    struct item item;
    struct moved moved;
    if (!item_find(txn, cause->item, &item)) return;
    rate = rate_on(txn, item.id, cause->day);
    dues->rate = rate;
    if (rate == NULL || !item_find(txn, rate->money, &dues->money)) return;
    for (size_t i = 0; i < cause->n_movements; i++) {
        movement_read(txn, cause, cause->movements[i], &moved);
        if (moved.undo || moved.item != item.id || !move_earns(rate->basis, moved.from_stage, moved.to_stage)) continue;
        uint32_t payee = maker_of(txn, &moved);
        if (payee != 0) add_pieces(dues, first, payee, moved.quantity);
    }
}

static struct dues *due_of(struct call *call, int64_t name, const Rasad__V1__Event *cause)
{
    struct dues *dues = arena_alloc(call->arena, sizeof *dues);
    if (dues == NULL) return NULL;
    dues->cause = cause;
    if (cause->reverses != 0) add_standing(call->txn, cause->reverses, dues);
    if (!is_taken_back(call->txn, name) && !is_paid(call->txn, name)) add_new(call->txn, dues);
    return dues;
}

/* ---- booking */

static void take_back(struct call *call, int64_t name)
{
    const Rasad__V1__Event *original = journal_event(call->txn, name, NULL);
    struct place payee;
    struct item money;
    if (original == NULL || !find_place(call, "cause", original->place, &payee)) return;
    if (!find_item(call, "cause", original->item, &money)) return;
    event_begin(call, &payee, &money, original->day);
    call->event->reverses = name;
    call->event->fact_case = RASAD__V1__EVENT__FACT_REVERSED;
    call->event->reversed = make(call, reversed);
    ledger_undo(call, original);
}

static void earn(struct call *call, const struct dues *dues, const struct due *due)
{
    struct place payee;
    int64_t amount = earned_amount(due->pieces, dues->rate->per_piece);
    if (!place_get(call->txn, due->payee, &payee)) return;
    if (amount > QUANTITY_MAX) {
        refuse(call, REASON_OUT_OF_RANGE, "cause", due->pieces, QUANTITY_MAX);
        return;
    }
    Rasad__V1__Earned *earned = make(call, earned);
    if (earned == NULL) return;
    earned->item = dues->cause->item;
    earned->quantity = due->pieces;
    earned->per_piece = dues->rate->per_piece;
    earned->amount = amount;
    event_begin(call, &payee, &dues->money, dues->cause->day);
    call->event->fact_case = RASAD__V1__EVENT__FACT_EARNED;
    call->event->earned = earned;
    ledger_move(call, (struct move){
        .from = {.place = payee.id, .stage = EARNED},
        .to = {.place = payee.id, .stage = OWED},
        .item = dues->money.id,
        .quantity = amount,
    });
}

static void book_line(struct call *call, size_t index)
{
    const struct dues *dues = call->prepared;
    const struct due *due = &dues->list[index];
    if (due->takes_back != 0) take_back(call, due->takes_back);
    else earn(call, dues, due);
}

void handle_book_earning(struct call *call)
{
    const Rasad__V1__BookEarningRequest *request = (const void *)call->request;
    int64_t name;
    if (!check_name(call, "cause", request->cause, &name)) return;
    const Rasad__V1__Event *cause = journal_event(call->txn, name, NULL);
    if (cause == NULL) {
        refuse_words(call, REASON_UNKNOWN_CODE, "cause", request->cause, "the name of a recorded line");
        return;
    }
    struct dues *dues = due_of(call, name, cause);
    if (dues == NULL || dues->n == 0) {
        refuse_words(call, REASON_STATE, "cause", request->cause, "a line that earns something");
        return;
    }
    call->prepared = dues;
    call->entry->header->cause = name;
    call_lines(call, dues->n, book_line);
}
