/* apply.c - the events of production into its tables; the movements are booked by the ledger.
 * Owns:    presence, earning, earned_for, sack; the sack counters of takers; open lots and running totals in the
 *          account rows.
 */
#include "store/apply.h"

#include "production/hand_in.h"
#include "production/keys.h"
#include "production/presence.h"
#include "production/recipe.h"
#include "production/rules.h"
#include "store/cards.h"
#include "store/journal.h"
#include "store/logged.h"

/* ---- output */

static void begin_lot(struct applying *applying, int32_t day, int64_t expiry_ms)
{
    Rasad__V1__LotRow row;
    rasad__v1__lot_row__init(&row);
    row.item = (int32_t)applying->item.id;
    row.place = (int32_t)applying->place.id;
    row.day = day;
    row.expiry_ms = expiry_ms;
    lot_begin(applying->txn, applying->name, &row);
    account_open_lot_set(applying->txn, applying->place.id, applying->item.id, applying->name);
}

void apply_output_logged(struct applying *applying, const Rasad__V1__OutputLogged *fact, int sign)
{
    struct txn *txn = applying->txn;
    int32_t day = applying->event->day;
    if (sign > 0) logged_put(txn, applying->place.id, applying->item.id, day, applying->name, fact);
    else logged_del(txn, applying->place.id, applying->item.id, day, applying->name);
    if (sign < 0 && place_hands_in(&applying->place)) /* its row in the log told of it: now its card does */
        card_put(txn, applying->place.id, applying->item.id, name_sequence(applying->name));
    if (sign > 0 && fact->lot == applying->name) begin_lot(applying, day, fact->expiry_ms);
    recipe_count(txn, &applying->place, &applying->item, fact, sign);
    presence_count(applying, fact, sign);
}

/* ---- hand-in */

/* A lot that is not known yet is one all of which is lent: more was handed in than anybody logged. */
static void number_lot(struct applying *applying, int64_t lot, char *number)
{
    struct txn *txn = applying->txn;
    Rasad__V1__LotRow unknown, *row = lot_row(txn, lot);
    if (row == NULL) {
        rasad__v1__lot_row__init(&unknown);
        row = &unknown;
        row->item = (int32_t)applying->item.id;
        row->place = (int32_t)applying->place.id;
        row->day = applying->event->day;
        row->unknown = true;
    }
    lot_number_set(txn, lot, row, number);
    lot_put(txn, lot, row);
}

void hand_in_close(struct applying *applying, const char *taker, int64_t lot, char *number)
{
    struct txn *txn = applying->txn;
    uint32_t place = applying->place.id, item = applying->item.id;
    struct key counter = sack_counter(taker), last = sack_key(place, item);
    int64_t sack = sack_number(number);
    number_lot(applying, lot, number);
    if (account_open_lot(txn, place, item) == lot) account_open_lot_set(txn, place, item, 0);
    if (sack == sack_after(number_get(txn, TABLE_counter, &counter))) number_put(txn, TABLE_counter, &counter, sack);
    number_put(txn, TABLE_sack, &last, sack);
}

void apply_handed_in(struct applying *applying, const Rasad__V1__HandedIn *fact, int sign)
{
    if (sign > 0) hand_in_close(applying, fact->to, fact->lot, fact->number);
}

/* ---- earnings */

/* The line that was paid for stands in the header of the entry that booked the earning. */
static int64_t cause_of(struct applying *applying)
{
    struct txn *txn = applying->txn;
    if (applying->by == 0) return applying->header->cause;
    size_t mark = arena_mark(txn->arena);
    Rasad__V1__Header *header;
    int64_t cause = journal_event(txn, applying->name, &header) != NULL ? header->cause : 0;
    arena_release(txn->arena, mark);
    return cause;
}

void apply_earned(struct applying *applying, const Rasad__V1__Earned *fact, int sign)
{
    struct key row = earning_key(applying->place.id, applying->event->day, applying->name, applying->item.id);
    struct key stands = earned_for_key(cause_of(applying), applying->name);
    if (sign > 0) {
        row_put(applying->txn, TABLE_earning, &row, &fact->base);
        txn_put(applying->txn, TABLE_earned_for, &stands, "", 0);
    } else {
        txn_del(applying->txn, TABLE_earning, &row);
        txn_del(applying->txn, TABLE_earned_for, &stands);
    }
}
