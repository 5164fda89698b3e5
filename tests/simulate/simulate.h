/* simulate.h - what the simulation and its model share: the world that is played in, and the facts.
 * Rule:    the model (model.c) knows the rules of the books as DESIGN states them and nothing of the store: it is given facts
 *          that are booked, in any order, and says what they come to.
 */
#ifndef RASAD_TESTS_SIMULATE_H
#define RASAD_TESTS_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The real stages by the numbers of common.proto, and the outside ones that a measure is kept of. */
enum { S_NONE, S_STOCK, S_MADE, S_UNCHECKED, S_REWORK, S_RESERVED, S_TRANSIT, S_LENT, S_OWED, S_REAL_END,
       S_SUPPLIED = 16, S_CONSUMED, S_PRODUCED, S_SERVED, S_SOLD, S_SCRAPPED, S_LOST, S_UNEXPLAINED = 24 };

enum { D1, B1, B2, ST_D, ST_B, K1, K2, V1, V2, V3, G11, G12, G21, G31, DL1, DL2, PLACES };
enum { CLOTH, ELASTIC, MASK, KIT, RICE, PACKET, SHEET, ITEMS };

struct place_info {
    const char *code, *kind;
    int parent;              /* at the beginning; -1 none */
    bool holds, makes, serves;
};
extern const struct place_info places[PLACES];
extern const char *const items[ITEMS];
static inline bool keeps(int p) { return places[p].holds || places[p].makes || places[p].serves; }
static inline bool hands_in(int p) { return places[p].makes && !places[p].holds && !places[p].serves; }

#define NEW_RECIPE_DAY (-4)   /* the second recipe of a mask: from four days before today */
#define MASK_RATE 300         /* paise for one handed in */

enum type { CAME, ISSUED, RETURNED, WASTED, COUNTED, LOGGED, HANDED_IN, INSPECTED, DELIVERED, SENT, RECEIVED, SETTLED, GIVEN,
            ASKED, APPROVED, ALLOCATED, UNALLOCATED, REVERSED, PLACE_MOVED, TYPES };

enum state { UNSENT, TRIED, BOOKED, DROPPED }; /* dropped: a claim that was refused, a place that stood where it was to go */

struct fact {
    uint8_t type, of;        /* of: the type that REVERSED takes back */
    uint8_t place, to, item, stage, outcome;
    bool at_start, sold, out_of_made, instead;
    int16_t day;             /* from today */
    int32_t slip, takes;     /* slip: of a request, the fact that asked; takes: the fact that this one takes back or corrects; -1 none */
    int32_t after[2];        /* facts that are booked before this one; -1 none */
    int64_t quantity, good, spoiled, rework, remade;
    uint8_t state;           /* what became of it */
    bool earned;             /* its reaction has run */
    int64_t sequence;
    uint64_t answer;         /* hash of the reply */
};

/* What the booked facts come to. */
enum measure { M_SUPPLIED, M_GOOD, M_CONSUMED, M_SERVED, M_SOLD, M_SCRAPPED, M_LOST, M_DIFFERENCE, M_SPOILED, MEASURES };
struct books {
    int64_t net[PLACES][ITEMS][S_REAL_END];  /* real - shortfall, at the place itself */
    int64_t measures[PLACES][ITEMS][MEASURES];
    int64_t earned[PLACES];
    int parent[PLACES];                      /* as the moves have left it */
    bool moved;
};
void model_books(const struct fact *facts, size_t n, struct books *books);
bool model_within(const struct books *books, int place, int above);

#endif
