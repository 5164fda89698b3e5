/* makers.h - walking the places below one, in the order of the register, page by page.
 * Bounds:  a step looks at one place, or climbs at most PATH_PLACES_MAX levels.
 */
#ifndef RASAD_PRODUCTION_MAKERS_H
#define RASAD_PRODUCTION_MAKERS_H

#include "store/directory.h"

/* The child of `parent` after this one; after NULL: the first. False: there is none. */
bool makers_child_after(struct txn *txn, uint32_t parent, const struct place *after, struct place *child);

/* The place after `at` in the tree below `root`, a place before those below it; `next` may be `at`. False: none. */
bool makers_place_after(struct txn *txn, uint32_t root, const struct place *at, struct place *next);

#endif
