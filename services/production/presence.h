/* presence.h - how many members and makers were at work at an item in a month and a year.
 * Owns:    table presence, of the programme's calendar: of a maker counts the highest members of one of its lines in the
 *          period, and 1 when it worked at all; a row is the sum of the place's own and of all below it.
 * Why:     members are not a sum over days. How high a maker's newest month and year stand is in its account: most lines
 *          look up nothing. Taking the highest away, or a line of an older month, reads the period's lines.
 */
#ifndef RASAD_PRODUCTION_PRESENCE_H
#define RASAD_PRODUCTION_PRESENCE_H

#include "store/apply.h"

/* A line has been put (sign 1) or deleted (sign -1); see store/logged.h. */
void presence_count(struct applying *applying, const Rasad__V1__OutputLogged *log, int sign);

#endif
