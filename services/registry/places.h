/* places.h - one line of a list of places: the same checks for adding it and for asking whether it could be added. */
#ifndef RASAD_REGISTRY_PLACES_H
#define RASAD_REGISTRY_PLACES_H

#include "registry/inside.h"

struct draft {
    const Rasad__V1__PlaceLine *line;
    struct place place;              /* as it would stand; id 0 */
    struct place parent;             /* id 0: none, or a draft too */
    int32_t latitude_udeg, longitude_udeg;
    bool wrong;                      /* refused, at least once */
    bool present;                    /* stands already, with this content */
};

/* What the line alone shows. */
void place_shape(struct call *call, const Rasad__V1__PlaceLine *line);

/* What the store says to a line of good shape: fills the draft, refuses what can not be. A parent that the store
 * does not have is sought among the `earlier` drafts. */
void place_draft(struct call *call, const Rasad__V1__PlaceLine *line, const struct draft *earlier, size_t earlier_n,
                 struct draft *draft);

#endif
