/* rules.h - what this room decides, as functions of their arguments: no store, no clock.
 * Use:     a request line's row holds quantities only; what is open, what may be done next and its status follow from
 *          them here. The same for a slip's line, for the share of a quota and for the order of proposals.
 * Bounds:  SHIPMENT_LOTS_MAX, PROPOSALS_MAX.
 */
#ifndef RASAD_DISTRIBUTION_RULES_H
#define RASAD_DISTRIBUTION_RULES_H

#include "base/limits.h"
#include "journal.pb-c.h"
#include "store.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- slips */

/* 1 to SLIP_BYTES_MAX of A-Z 0-9 / -, small letters taken as capitals; out gets the number as it is stored. */
bool slip_clean(const char *text, char out[SLIP_BYTES_MAX + 1]);

/* Of a price paid for `whole`: what `part` of it cost, rounded down. */
int64_t price_share(int64_t price, int64_t part, int64_t whole);

/* ---- request lines */

/* Of a quantity asked for: what the quota of that day still covers. */
int64_t quota_share(int64_t quantity, int64_t quota, int64_t used);

int64_t need_wanted(const Rasad__V1__NeedRow *need);    /* asked for and not cancelled */
int64_t need_agreed(const Rasad__V1__NeedRow *need);    /* approved, of what is wanted */
int64_t need_supplied(const Rasad__V1__NeedRow *need);  /* sent and not lost, or received */
int64_t need_on_way(const Rasad__V1__NeedRow *need);    /* sent, neither received nor settled */
int64_t need_to_supply(const Rasad__V1__NeedRow *need); /* agreed, neither set aside nor supplied */
int64_t need_to_cancel(const Rasad__V1__NeedRow *need); /* wanted and not supplied */
bool need_to_decide(const Rasad__V1__NeedRow *need);    /* waits for an officer */
bool need_open(const Rasad__V1__NeedRow *need);         /* anything still to do */
/* Cancelling so much: how much of what is set aside must be given back. */
int64_t need_release(const Rasad__V1__NeedRow *need, int64_t cancel);
/* Key of the words: asked, approved, less_approved, not_approved, set_aside, on_the_way, came, less_came, cancelled. */
const char *need_status(const Rasad__V1__NeedRow *need);

/* ---- shipments */

int64_t line_on_way(const Rasad__V1__ShipmentLineRow *line);  /* sent, neither received nor settled */
int64_t line_missing(const Rasad__V1__ShipmentLineRow *line); /* the same, once a receipt has named the item */
bool line_empty(const Rasad__V1__ShipmentLineRow *line);      /* says nothing: no row */

/* What the lines of a slip come to. */
struct slip_sum {
    bool missing;  /* a receipt named an item and not all of it came */
    bool on_way;   /* something is on the way, not yet named by a receipt */
    bool short_of; /* less came, and that is settled */
};
void slip_sum_add(struct slip_sum *sum, const Rasad__V1__ShipmentLineRow *line);
/* Key of the words: on_the_way, not_confirmed, came, less_came. */
const char *slip_status(const struct slip_sum *sum, int64_t sent_ms, int32_t sent_day, int64_t now_ms, int32_t today);

/* How much to take of each lot on the way, in their order, for a quantity received: take[i] for lots[i]. Returns what
 * no named lot covers. What `taken` gives was taken before (good before spoiled) and is left out. */
int64_t lots_share(const Rasad__V1__ShipmentLineRow *line, int64_t taken, int64_t quantity,
                   int64_t take[SHIPMENT_LOTS_MAX]);

/* ---- proposals */

struct candidate {
    uint32_t place;
    int64_t free;       /* above 0 */
    int64_t distance_m; /* -1 unknown */
    int64_t expiry_ms;  /* first of its lots; 0 none */
    bool own_use;       /* material where it is to be used: taken last */
    int64_t take;       /* set by propose */
    const char *because;
};

/* Metres between two positions in micro-degrees, straight line; -1 when either is unknown (0, 0). */
int64_t distance_m(int32_t latitude_a, int32_t longitude_a, int32_t latitude_b, int32_t longitude_b);
/* Sort: what is not there for its place's own use, nearest, first expiry, the older place. Then take from each until the
 * need is met, giving the key of the words why: nearest, first_expiry, all_there_is, own_use. Returns what is lacking. */
int64_t propose(struct candidate *candidates, size_t n, int64_t need);

#endif
