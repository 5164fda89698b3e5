/* presence.h - how many members and makers were at work at an item in a month and a year.
 * Owns:    table presence, of the programme's calendar: for a maker the highest members of one of its lines in the
 *          period, and 1 when it worked at all; for a place above, the sums of those below it.
 * Why:     members are not a sum over days. A line that raises the highest is compared with one row; only taking the
 *          highest away reads the period's lines again.
 */
#ifndef RASAD_PRODUCTION_PRESENCE_H
#define RASAD_PRODUCTION_PRESENCE_H

#include "store/apply.h"

/* A line was added to table log (sign 1), or has been deleted from it (sign -1). */
void presence_count(struct applying *applying, const Rasad__V1__OutputLogged *log, int sign);

#endif
