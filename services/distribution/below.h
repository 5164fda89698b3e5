/* below.h - what the lists of this room share: the root, bounds, cursors, fields of views.
 * Use:     a list is of a place and all below it, walked in the order of the registers (makers_place_after).
 * Bounds:  PAGE_LOOKED_MAX rows or places looked at for one page; a subtree of up to SMALL_PLACES_MAX is gathered and
 *          sorted, a larger one is found by going through what is open everywhere.
 */
#ifndef RASAD_DISTRIBUTION_BELOW_H
#define RASAD_DISTRIBUTION_BELOW_H

#include "distribution.pb-c.h"
#include "production/makers.h"
#include "store/call.h"

/* The root of a list, which the caller may see. Refuses by itself. */
bool find_root(struct call *call, const char *code, struct place *root);

/* Has the place at most SMALL_PLACES_MAX below it? Told by its tally, so that a large one is not walked in vain. */
bool small_below(struct txn *txn, uint32_t root);

/* Something open: by day, then key. */
struct open_ref {
    int32_t day;
    int64_t name;                  /* of a request line */
    char slip[CODE_BYTES_MAX + 1]; /* of a shipment */
};
int open_ref_order(const void *a, const void *b);

/* Cursors are text without meaning to others: "18366/..." in what is open, by day; "code/..." in walks over places. */
bool cursor_bad(struct call *call, const char *after); /* refuses; false */
bool cursor_day(const char *text, int32_t *day, const char **rest);
bool cursor_place(struct call *call, const struct place *root, const char *text, struct place *place, const char **rest);

/* For views: the day as text, "" for 0; a place's name, of a person only where the caller may see it. */
char *view_day(struct call *call, int32_t day);
Rasad__V1__Names *view_names(struct call *call, uint32_t place);
/* A slip as it stands, with all its lines. NULL: no memory. */
Rasad__V1__ShipmentView *view_shipment(struct call *call, const char *slip, const Rasad__V1__ShipmentRow *row);
const char *text_or_empty(const char *text); /* "" for NULL */

#endif
