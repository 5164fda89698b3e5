/* cards.h - which entries touched an item at a place, and what they did there; see table card.
 * Flow:    ledger_apply -> card_put. Readers go from the newest entry back: what happened on a day is in entries written
 *          after it, or shortly before, so a period's end costs what came since, however much there was before.
 * Owns:    table card.
 * Why:     a maker that hands in has one card for all its items: each line of output touches two, its output and its
 *          material, in the same entry, and such a place has few. And a plain line of output, which is nearly all it ever
 *          does, stands in table log already: its card holds the other entries alone. All others have a card for each item.
 */
#ifndef RASAD_STORE_CARDS_H
#define RASAD_STORE_CARDS_H

#include "store/directory.h"
#include "store/totals.h"

/* The entries of a card below a sequence, newest first; of a maker those of its log with a day not before `day` too.
 *   for (cards_begin(&cards, txn, &place, item, INT64_MAX, day); cards_next(&cards, &sequence);) ... cards_end(&cards);  */
struct cards {
    struct txn *txn;
    struct scan scan;
    int64_t card;       /* the next one of the card itself; 0: none is left */
    int64_t *logged;    /* of the log, newest first */
    size_t logged_n, logged_room, logged_at;
};
void cards_begin(struct cards *cards, struct txn *txn, const struct place *place, uint32_t item, int64_t before, int32_t day);
bool cards_next(struct cards *cards, int64_t *sequence);
void cards_end(struct cards *cards);

/* Is what an event does at its own place told by its row in the log, as long as that stands? */
bool card_is_log(const struct place *place, const Rasad__V1__Event *event);
void card_put(struct txn *txn, uint32_t place, uint32_t item, int64_t sequence);
/* A command has ended, or is undone. */
void cards_forget(void);

/* Entries on the card, newest first, that can speak of this day or a later one; each as stored, also such that touch
 * another item of the place. The entry a command is making is not among them. */
typedef void card_visit(void *ctx, const Rasad__V1__Header *header, struct slice entry);
void cards_since(struct txn *txn, const struct place *place, uint32_t item, int32_t day, card_visit *visit, void *ctx);

/* Every measure of the items at a maker that hands in, place `at` of the books, of booking days not before `day`, newest
 * entry first. */
void cards_measures(struct txn *txn, const struct books *books, size_t at, int32_t day, measure_visit *visit, void *ctx);
/* What stands at such a place now, net by stage. */
void cards_now(struct txn *txn, const struct place *place, uint32_t item, int64_t net[STAGES_REAL]);

#endif
