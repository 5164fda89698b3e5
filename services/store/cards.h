/* cards.h - which entries touched an item at a place, and what they did there; see table card.
 * Flow:    ledger_apply -> card_put. Readers go from the newest entry back: what happened on a day is in entries written
 *          after it, or shortly before, so a period's end costs what came since, however much there was before.
 * Owns:    table card.
 * Why:     a maker that hands in has one card for all its items: each line of output touches two, its output and its
 *          material, in the same entry, and such a place has few. All others have a card for each item.
 */
#ifndef RASAD_STORE_CARDS_H
#define RASAD_STORE_CARDS_H

#include "store/directory.h"
#include "store/totals.h"

#define CARD_PLACE_ITEM_BYTES 8 /* of the key: place and item; then the sequence */

struct key card_key(const struct place *place, uint32_t item, int64_t sequence);
void card_put(struct txn *txn, uint32_t place, uint32_t item, int64_t sequence);
/* A command has ended, or is undone. */
void cards_forget(void);

/* Entries on the card, newest first, that can speak of this day or a later one; each as stored, also such that touch
 * another item of the place. The entry a command is making is not among them. */
typedef void card_visit(void *ctx, const Rasad__V1__Header *header, struct slice entry);
void cards_since(struct txn *txn, const struct place *place, uint32_t item, int32_t day, card_visit *visit, void *ctx);

/* Every measure of an item at a maker that hands in, of booking days not before `day`, newest entry first. */
void cards_measures(struct txn *txn, const struct place *place, const struct item *item, int32_t day, measure_visit *visit,
                    void *ctx);
/* What stands at such a place now, net by stage. */
void cards_now(struct txn *txn, const struct place *place, uint32_t item, int64_t net[32]);

/* The flow of such a place: what stands now, less what came since. */
void flow_from_cards(struct txn *txn, const struct place *place, uint32_t item, int32_t from, int32_t to, struct flow *flow);

#endif
