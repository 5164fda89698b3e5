/* links.h - a slip's link: who has its token reads this one slip and says, for the receiver, what came with it.
 * Flow:    MakeSlipLink by the sender's people. A call with the token is the caller "slip", of the one role ROLE_SLIP at
 *          the receiver, for methods that name that role (commands.def: SLIP) and for no other: there it is nobody.
 * Owns:    the local tables slip_link and slip_linked.
 * Bounds:  SLIP_LINK_MS from when it was made, SLIP_LINK_DAYS_AFTER the goods came, SLIP_LINKS_MAX of one slip. What was
 *          sent, taken back and sent to another place ends it too: it is good between the two places it was made for.
 * Why:     the token is random and stored as its hash, not derived from a secret of ours: a stolen store or backup opens
 *          no slip, a link ends by deleting its row, and a call with it takes the way of any other token. The device makes
 *          it, so that a slip can be printed without a line, and sending the same again makes the same link. There are
 *          2^256 of them, and a wrong one costs what a wrong session costs: guesses need no counter.
 */
#ifndef RASAD_DISTRIBUTION_LINKS_H
#define RASAD_DISTRIBUTION_LINKS_H

#include "store/call.h"

/* Does a link open this method? */
bool link_opens(const struct command *command);
/* The caller, where the call's token is that of a link which is good now; else he stays nobody. */
void link_caller_find(struct call *call);
/* Of a caller with a link: the code of the receiver. */
char *link_receiver(const struct call *call);
/* The same: is this what came with his slip? */
bool link_covers(const struct call *call, const Rasad__V1__Event *event);

#endif
