/* hand_in.h - a hand-in as part of a line: of HandIn, or of a delivery straight out of what a maker has made.
 * Flow:    handler: hand_in_plan, after event_begin and with the fact's case set. Apply: hand_in_close, for sign 1
 *          alone: taking a hand-in back returns the goods, but the lot stays closed and the number is on the sack.
 * Books:   good: made -> stock of the taker, or unchecked there where an inspector checks the item. Found spoiled:
 *          made -> scrapped, or rework, at the maker. What was counted beyond the logs is shortfall of `made` until
 *          they come.
 * Lots:    oldest first. The open lot is closed and gets the number to write on the sack; what is lent becomes part
 *          of it. With none open it is the newest lot taken: of goods that came back, or were left the last time.
 */
#ifndef RASAD_PRODUCTION_HAND_IN_H
#define RASAD_PRODUCTION_HAND_IN_H

#include "store/apply.h"
#include "store/call.h"

struct counted_in {
    int64_t good, spoiled, rework;
};

/* The lot (this line's own name where all is lent) and the number for its sack; NULL: out of memory. */
struct sack {
    int64_t lot;
    char *number;
};

/* old: the sack of the line corrected, taken in at the same taker; else number is NULL or old itself is. */
struct sack hand_in_plan(struct call *call, const struct place *maker, const struct place *taker,
                         const struct item *item, struct counted_in counted, const struct sack *old);

void hand_in_close(struct applying *applying, const char *taker, int64_t lot, char *number);

#endif
