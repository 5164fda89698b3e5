/* world.h - the places a programme has added so far, their tree, and sets of them.
 * Flow:    world_add for each place of a spreadsheet or a level; world_set and world_pair when facts need them.
 * Owns:    everything, until world_free; codes and names are copied in.
 * Bounds:  WORLD_PLACES_MAX, WORLD_SETS_MAX, WORLD_KINDS_MAX.
 * Order:   a set stands in the order of the tree: a place, then all below it, children as they were added. What is
 *          below a place is one stretch of it.
 */
#ifndef RASAD_RASAD_WORLD_H
#define RASAD_RASAD_WORLD_H

#include "base/arena.h"
#include "base/limits.h"
#include "rasad/codes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_PLACE UINT32_MAX

enum { LANGUAGES = 3 }; /* en, hi, fa */

struct world_place {
    const char *code;
    const char *names[LANGUAGES];
    uint32_t kind;            /* index in world->kinds */
    uint32_t parent;          /* index, or NO_PLACE */
    uint32_t from, to;        /* it and all below it, in the order of the tree: from <= order < to */
    int32_t latitude_udeg, longitude_udeg;
    bool has_position;
};

struct place_set {
    const char *name;
    size_t count;
    uint32_t *places;         /* indexes, in the order of the tree */
    int64_t *weight_before;   /* count + 1: the weights of all before it; the last is their sum */
};

struct world {
    struct arena text;
    struct world_place *places;
    size_t place_count, place_room;
    struct codes codes;
    const char *kinds[WORLD_KINDS_MAX];
    size_t kind_count;
    uint32_t *in_order;       /* places in the order of the tree */
    bool ordered;             /* from, to and in_order are as the places are */
    struct place_set sets[WORLD_SETS_MAX];
    size_t set_count;
};

/* What makes a set; NULL and 0 where nothing is said. */
struct set_rule {
    const char *name, *kind;
    const struct place_set *below;        /* only places below (or in) one of these */
    const struct place_set *without[8];   /* but none of these */
    size_t without_count;
    int64_t count;                        /* 0: all */
    bool first;                           /* the first ones; else evenly */
    int64_t vary;                         /* weights from 100 - vary to 100 + vary */
};

bool world_init(struct world *world);
void world_free(struct world *world);

/* parent "" is a root. What is wrong is said in words; NULL: added. The index is the number of places before. */
const char *world_add(struct world *world, const char *code, const char *kind, const char *parent,
                      const char *const names[LANGUAGES], const char *latitude, const char *longitude);

/* Make a set; NULL with *wrong when it can not be. */
const struct place_set *world_set(struct world *world, const struct set_rule *rule, const char **wrong);

/* The set of this name, else all places of this kind, else the one place of this code; NULL: none. */
const struct place_set *world_find(struct world *world, const char *name);

/* For each place of `takers` the one of `givers` that serves it, as index in givers->places: itself, the one below
 * itself, below its parent, its parent's parent ... where there are several, by turns. *lonely: a taker without one
 * (then false). `pairs` has takers->count elements. */
bool world_pair(struct world *world, const struct place_set *takers, const struct place_set *givers, uint32_t *pairs,
                uint32_t *lonely);

#endif
