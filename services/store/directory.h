/* directory.h - places, items, kinds and people by code and by id, and the path above a place.
 * Flow:    codes come in with requests and events; ids are inside keys only and never leave the store.
 * Owns:    tables code, kind, place, child, item, person, through the add and change functions that apply calls.
 * Bounds:  PATH_PLACES_MAX levels; a cache of PLACE_CACHE places per process, dropped when a place moves or changes.
 * Why:     every movement needs the ancestors of both ends: they are one look-up.
 */
#ifndef RASAD_STORE_DIRECTORY_H
#define RASAD_STORE_DIRECTORY_H

#include "common.pb-c.h"
#include "journal.pb-c.h"
#include "store.pb-c.h"
#include "store/store.h"

/* Classes of codes in table code. Marks are numbered too, so that tallies have short keys. */
enum code_class { CODE_PLACE = 'p', CODE_ITEM = 'i', CODE_KIND = 'k', CODE_PERSON = 'u', CODE_MARK = 'm' };

struct place {
    uint32_t id;                       /* 0: none */
    char code[CODE_BYTES_MAX + 1];
    uint32_t kind;
    bool holds, makes, serves, lends, person, outside;
    bool closed;
    uint32_t register_number;
    int32_t members;
    int32_t latitude_udeg, longitude_udeg;
    uint32_t path[PATH_PLACES_MAX];    /* itself, its parent, ... the root */
    uint32_t path_n;
    uint32_t path_totals;              /* which of them have totals rows: a bit each */
    Rasad__V1__Calendar calendar;      /* of the root: gregorian or jalali */
};

/* A maker that hands in keeps `made`, and has no totals: its cards are read instead. */
bool place_hands_in(const struct place *place);
/* Has the place books of its own for goods? A district has none, nor has a supplier. */
bool place_keeps(const struct place *place);

struct item {
    uint32_t id;                       /* 0: none */
    char code[CODE_BYTES_MAX + 1];
    Rasad__V1__ItemClass class;
    Rasad__V1__Check check;
    bool used_up_on_issue;
    int64_t shelf_life_min, wait_min, display_factor;
    int32_t aql_hundredths;
    int32_t recipes;                   /* versions so far */
};

/* 0 when there is none. */
uint32_t code_id(struct txn *txn, enum code_class class, const char *code);
/* The id of a code, given one when it is new. */
uint32_t code_number(struct txn *txn, enum code_class class, const char *code);

/* False, and *place zeroed, when there is none. */
bool place_find(struct txn *txn, const char *code, struct place *place);
bool place_get(struct txn *txn, uint32_t id, struct place *place);
Rasad__V1__PlaceRow *place_row(struct txn *txn, uint32_t id);
void place_row_put(struct txn *txn, uint32_t id, const Rasad__V1__PlaceRow *row); /* drops the cache */
const char *place_code(struct txn *txn, uint32_t id);                             /* "" for 0; in the arena */
Rasad__V1__Names *place_names(struct txn *txn, uint32_t id); /* of a person: from the private rows; never NULL */

/* Is `place` this ancestor or below it? */
bool place_within(const struct place *place, uint32_t ancestor);

/* The path as it was after the entry `sequence`: ids, itself first; returns how many. */
uint32_t place_path_at(struct txn *txn, uint32_t id, int64_t sequence, uint32_t path[PATH_PLACES_MAX]);

/* Has this place a totals row of its own? */
bool place_has_totals(struct txn *txn, uint32_t id);

bool item_find(struct txn *txn, const char *code, struct item *item);
bool item_get(struct txn *txn, uint32_t id, struct item *item);
const char *item_code(struct txn *txn, uint32_t id);
Rasad__V1__ItemRow *item_row(struct txn *txn, uint32_t id);
void item_row_put(struct txn *txn, uint32_t id, const Rasad__V1__ItemRow *row); /* drops the cache */

const char *kind_code(struct txn *txn, uint32_t id);
Rasad__V1__KindRow *kind_row(struct txn *txn, uint32_t id);
const char *mark_code(struct txn *txn, uint32_t id);

Rasad__V1__PersonRow *person_row(struct txn *txn, uint32_t id);

/* The recipe of an item in force on a day; NULL: none (also where the one in force has no inputs). */
Rasad__V1__RecipeSet *recipe_on(struct txn *txn, uint32_t item, int32_t day);
Rasad__V1__RecipeSet *recipe_version(struct txn *txn, uint32_t item, int32_t version);
/* The rate of an item in force on a day; NULL: none. */
Rasad__V1__RateSet *rate_on(struct txn *txn, uint32_t item, int32_t day);

/* What tax papers call an item on a day; "" where nobody has said. */
const char *hsn_on(struct txn *txn, uint32_t item, int32_t day);

/* Is the day a holiday at the place or above it? */
bool holiday_on(struct txn *txn, const struct place *place, int32_t day);

/* The first open day from this one on: months are closed in order. */
int32_t open_day(struct txn *txn, int32_t day);

/* Private rows: (class, code) -> salt || PrivateRow, with the commitment that goes into the event. */
void private_put(struct txn *txn, char class, const char *code, const Rasad__V1__PrivateRow *row,
                 uint8_t commitment[HASH_BYTES]);
Rasad__V1__PrivateRow *private_get(struct txn *txn, char class, const char *code); /* NULL: none or forgotten */
void private_forget(struct txn *txn, char class, const char *code); /* a person's call-back note goes with it */
bool private_forgot(void); /* since it was last asked */

/* The cache: the runner and replay call these. A place that another process moved or changed is seen at the next
 * transaction; what a command wrote is forgotten when it is undone. */
void directory_begin(struct txn *txn);
void directory_undone(void);

#endif
