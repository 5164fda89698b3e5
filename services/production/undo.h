/* undo.h - what the ledger asks of production when a logged output is taken back.
 * Why:     consumption is booked from a running sum. Copying the old amounts would make the end depend on the order of
 *          logs and reversals; so it is counted again, and ledger_undo leaves movements to `consumed` to this.
 */
#ifndef RASAD_PRODUCTION_UNDO_H
#define RASAD_PRODUCTION_UNDO_H

#include "journal.pb-c.h"

struct call;

/* Plan what an accepted OUTPUT_LOGGED gives back to stock, as the running sums stand, into the lots it took. */
void production_undo_consumption(struct call *call, const Rasad__V1__Event *original);

#endif
