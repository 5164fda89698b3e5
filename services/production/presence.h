/* presence.h - how many members and makers were at work at an item in a month and a year.
 * Owns:    table presence, of the programme's calendar: for a maker the highest members of one of its lines in the
 *          period, and 1 when it worked at all; for every place the sums of its own and of those below it.
 * Why:     members are not a sum over days. What the newest month stands at is in the account as well: most
 *          lines look up nothing. Only taking the highest away reads the period's lines again.
 */
#ifndef RASAD_PRODUCTION_PRESENCE_H
#define RASAD_PRODUCTION_PRESENCE_H

#include "store/apply.h"

/* A line has been put (sign 1) or deleted (sign -1); see store/logged.h. */
void presence_count(struct applying *applying, const Rasad__V1__OutputLogged *log, int sign);

#endif
