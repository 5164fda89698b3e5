/* ledger.h - stock as double-entry: plan movements in a handler, book them in apply.
 * Flow:    handler (plan.c): ledger_move / ledger_undo add movements to the call's event, seeing what earlier ones of the same
 *          event did; emit: ledger_apply books exactly the event's movements into accounts, lots, cards, totals.
 * Owns:    tables account, lot, lot_child, stay, card, count, draw, and the shortfall rows of question.
 * Bounds:  MOVEMENTS_PER_EVENT_MAX; more: REASON_TOO_MANY_LOTS.
 * Fails:   facts never fail here: what lacks is lent by shortfall. Claims ask ledger_has first.
 * Rules:   DESIGN 6 to 9. Take: the named lot, then the others, first expiry first, then shortfall. Give: first pays
 *          back shortfall of (place, stage, item). A fact before a count is met by the opposite correction of the
 *          first count after it, on that count's day.
 */
#ifndef RASAD_STORE_LEDGER_H
#define RASAD_STORE_LEDGER_H

#include "journal.pb-c.h"
#include "store/directory.h"
#include "store/store.h"


/* The stages under short names; the numbers are those of common.proto. */
enum stage {
    NOWHERE = 0,
    STOCK = 1, MADE = 2, UNCHECKED = 3, REWORK = 4, RESERVED = 5, TRANSIT = 6, LENT = 7, OWED = 8,
    SUPPLIED = 16, CONSUMED = 17, PRODUCED = 18, SERVED = 19, SOLD = 20, SCRAPPED = 21, LOST = 22, SHORTFALL = 23,
    UNEXPLAINED = 24, EARNED = 25, PAID = 26,
    ELSEWHERE = 31 /* in measures only: another place */
};
static inline bool stage_real(enum stage stage) { return stage >= STOCK && stage <= OWED; }
#define STAGES_REAL (OWED + 1) /* of a list by real stage; 0 is unused */

/* A line's name inside: sequence * 4096 + line. A lot is the name of the line that first named it. */
static inline int64_t name_of(int64_t sequence, int32_t line) { return sequence * 4096 + line; }
static inline int64_t name_sequence(int64_t name) { return name / 4096; }
static inline int32_t name_line(int64_t name) { return (int32_t)(name % 4096); }
/* "812.3"; parse: false for anything else; "" is 0 and true. */
const char *name_text(struct arena *arena, int64_t name);
bool name_parse(const char *text, int64_t *name);

struct call;

struct end {
    uint32_t place;
    enum stage stage;
    int64_t lot; /* from a real stage: the lot named, 0 any; to: the lot it becomes part of, 0 keeps its own */
};

struct move {
    struct end from, to;
    uint32_t item;
    int64_t quantity;    /* 0: nothing happens */
    int64_t parent_of;   /* of a consumption: the lot made of it */
    int64_t draws_for;   /* what was lent for this becomes part of this lot; 0: of one named by this line */
    int64_t only_lot;    /* not 0: take from this lot alone, then shortfall (goods of one shipment) */
    int32_t day;         /* booking day, where it is another than the event's; 0 the event's */
    bool undo;
    bool oldest_first;   /* take by lot name instead of by expiry (made goods) */
};

/* Plan one movement into call->event, in as many lines as lots and shortfalls need. */
void ledger_move(struct call *call, struct move move);

/* Plan the reversal of an accepted event's own movements (not its loans, repayments and count corrections), last first,
 * through the same rules, on its booking day. call->event->reverses must be set before. */
void ledger_undo(struct call *call, const Rasad__V1__Event *original);

/* What there is now, real, in one stage over all lots, seeing what this event has planned already. */
int64_t ledger_has(struct call *call, uint32_t place, enum stage stage, uint32_t item);
/* real - shortfall of the stage */
int64_t ledger_net(struct call *call, uint32_t place, enum stage stage, uint32_t item);

/* Read only, outside a command: */
Rasad__V1__AccountRow *account_row(struct txn *txn, uint32_t place, uint32_t item); /* never NULL; may be empty */
int64_t account_real(const Rasad__V1__AccountRow *row, enum stage stage);
int64_t account_shortfall(const Rasad__V1__AccountRow *row, enum stage stage);
Rasad__V1__LotRow *lot_row(struct txn *txn, int64_t lot);                           /* NULL: none */

/* What production keeps in the account row of (place, output item). Getters in handlers; setters in apply only. */
int64_t account_open_lot(struct txn *txn, uint32_t place, uint32_t item);
int64_t account_running(struct txn *txn, uint32_t place, uint32_t item, int32_t recipe);
void account_open_lot_set(struct txn *txn, uint32_t place, uint32_t item, int64_t lot);
void account_running_add(struct txn *txn, uint32_t place, uint32_t item, int32_t recipe, int64_t by);

/* In apply: the row of a lot that begins (Came, OutputLogged): written before the movements are booked. */
void lot_begin(struct txn *txn, int64_t lot, const Rasad__V1__LotRow *row);
void lot_put(struct txn *txn, int64_t lot, const Rasad__V1__LotRow *row);
/* The number a lot is found by, in place of the one in the row, which is the caller's to put. */
void lot_number_set(struct txn *txn, int64_t lot, Rasad__V1__LotRow *row, char *number);

/* Book an event's movements. Called by apply_event alone. */
struct applying;
void ledger_apply(struct applying *applying);
/* After a row of table count has changed. */
void count_question(struct applying *applying, uint32_t place, uint32_t item, enum stage stage);
/* A place and all below it went from one parent to another at this entry. */
void ledger_place_moved(struct applying *applying, uint32_t place, const uint32_t *old_path, uint32_t old_n,
                        const uint32_t *new_path, uint32_t new_n);
/* Write back what the command has in its cache of accounts; forget it after an abort. */
void ledger_flush(struct txn *txn);
void ledger_forget(void);

/* The variance of a count as it stands; day: on which it was counted. */
int64_t count_variance(struct txn *txn, uint32_t place, uint32_t item, enum stage stage, int32_t day, bool at_start,
                       int64_t name);

#endif
