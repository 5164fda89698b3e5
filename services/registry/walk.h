/* walk.h - places below a place, in the order of the register: its children, or every place, each before those below it.
 * Flow:    walk_begin or walk_after, walk_next until false or enough, walk_end.
 * Bounds:  one scan a level, PATH_PLACES_MAX levels.
 */
#ifndef RASAD_REGISTRY_WALK_H
#define RASAD_REGISTRY_WALK_H

#include "store/directory.h"

struct walk {
    struct txn *txn;
    bool deep;                             /* every place below, not only the children */
    uint32_t kind;                         /* not 0: stay out of places with none of this kind below */
    struct place enter;                    /* id not 0: its children come next */
    uint32_t levels;
    struct scan scans[PATH_PLACES_MAX + 1];
};

/* From the first one below `parent` (0: from the first root). */
void walk_begin(struct walk *walk, struct txn *txn, uint32_t parent, bool deep, uint32_t kind);
/* From the one after `last`; false: it does not stand there any more. */
bool walk_after(struct walk *walk, struct txn *txn, uint32_t parent, bool deep, uint32_t kind, const struct place *last);
bool walk_next(struct walk *walk, struct place *place);
void walk_end(struct walk *walk);

#endif
