/* totals.h - sums kept per (place, item, day), for every place but makers that hand in; tallies; presence.
 * Flow:    apply adds increments to the batch's gather; totals_flush writes each row once, before the commit.
 *          Readers in the same batch see the gather too.
 * Owns:    tables total, tally, presence.
 * Bounds:  GATHER_MAX increments per batch.
 * Why:     a line touches some seven ancestors; a batch of a thousand lines mostly the same ones.
 */
#ifndef RASAD_STORE_TOTALS_H
#define RASAD_STORE_TOTALS_H

#include "reports.pb-c.h"
#include "store/ledger.h"
#include "store/store.h"

/* What the receiver does with what it gets, at the ancestors both ends share. */
enum moved_as { MOVED = 0, MOVED_ISSUED = 1, MOVED_HANDED_IN = 2, MOVED_DELIVERED = 3 };

/* A measure is a pair of stages and, inside a place, what kind of move it was. */
static inline int32_t measure_of(enum stage from, enum stage to, enum moved_as as)
{
    return (int32_t)from | (int32_t)to << 5 | (int32_t)as << 10;
}
static inline enum stage measure_from(int32_t measure) { return (enum stage)(measure & 31); }
static inline enum stage measure_to(int32_t measure) { return (enum stage)(measure >> 5 & 31); }
static inline enum moved_as measure_as(int32_t measure) { return (enum moved_as)(measure >> 10); }

/* Add to one counter of a row of table total, tally or presence. */
void sum_add(struct txn *txn, enum table table, struct key key, int32_t measure, int64_t by);
/* Add to one measure of (place, item, day), where the place has totals. */
void total_add(struct txn *txn, uint32_t place, uint32_t item, int32_t day, int32_t measure, int64_t by);
/* The counter now, gather included; several of one row at once. */
int64_t sum_get(struct txn *txn, enum table table, struct key key, int32_t measure);
void sum_get_all(struct txn *txn, enum table table, struct key key, const int32_t *measures, int64_t *values, size_t n);

/* The counters of a stored row, one by one:  for (sums_begin(&sums, txn, row); sums_next(&sums);) use(sums.measure, ...) */
struct sums {
    struct txn *txn;
    struct slice measures, values;  /* what is left of the two lists */
    int32_t measure;
    int64_t value;
};
void sums_begin(struct sums *sums, struct txn *txn, struct slice row);
bool sums_next(struct sums *sums);

/* Batch and command boundaries, called by the runner and by replay. */
void totals_begin_command(void);
void totals_drop_command(void);
void totals_drop_batch(void);
bool totals_crowded(void);               /* flush before the next command */
void totals_flush(struct txn *batch);

/* A flow being summed: measure by measure of its days; opening and closing are what stood before and after them. */
struct flow {
    int64_t opening[STAGES_REAL];  /* net by stage */
    int64_t closing[STAGES_REAL];
    int64_t supplied, good, in, out, consumed, served, sold, scrapped, lost, difference;
    int64_t spoiled, issued, handed_in, delivered;
    int64_t earned, paid;
    bool any;             /* something was there at the beginning, or happened */
};
void flow_add(struct flow *flow, int32_t measure, int64_t value);
int64_t flow_opening(const struct flow *flow);
int64_t flow_closing(const struct flow *flow);

/* Some items, of ids in a row, at some places: read in one pass, day by day, since what was booked on a day lies side by
 * side. Each pair is one book: book i is of place i / items_n and the item i % items_n after the first. */
struct books {
    const struct place *places;
    size_t places_n;
    uint32_t item;
    size_t items_n;
};
static inline struct books book_of(const struct place *place, uint32_t item) { return (struct books){place, 1, item, 1}; }
static inline size_t books_n(const struct books *books) { return books->places_n * books->items_n; }

typedef void measure_visit(void *ctx, size_t book, int32_t day, int32_t measure, int64_t value);

/* Every measure booked on a day from `from` on, what this batch has added too: the days after `to` in sums of many (`day`
 * is then the first of them, and after `to`), from..to in such sums or, `daily`, one by one. From totals or, at makers that
 * hand in, from their cards. */
void measures_since(struct txn *txn, const struct books *books, int32_t from, int32_t to, bool daily, measure_visit *visit,
                    void *ctx);
/* What stands at the places and below them now, net by stage: into the openings, a flow for each book. */
void stands_now(struct txn *txn, const struct books *books, struct flow *list);
/* What came later was not there yet: the opening as it was before such a measure. */
void stand_before(struct flow *flow, int32_t measure, int64_t value);

/* The flows for booking days from..to, one for each book. */
void flows_read(struct txn *txn, const struct books *books, int32_t from, int32_t to, struct flow *list);
void flow_read(struct txn *txn, const struct place *place, uint32_t item, int32_t from, int32_t to, struct flow *flow);

/* A movement with its defaults filled in: ids, both places, booking day. */
struct moved {
    uint32_t from, to;        /* place ids; an outside account stands at the place of the real one */
    enum stage from_stage, to_stage;
    int64_t from_lot, to_lot;
    uint32_t item;
    int64_t quantity;
    int32_t day;
    bool undo;
    enum moved_as as;         /* what the receiver does with it */
};
void movement_read(struct txn *txn, const Rasad__V1__Event *event, const Rasad__V1__Movement *movement,
                   struct moved *moved);

/* What it counts as where `from_here` and `to_here` say which ends are within; 0: nothing. *value: may be negative. */
int32_t moved_measure(const struct moved *moved, bool from_here, bool to_here, int64_t *value);

/* Book it in the totals of all ancestors of both ends. reverses: sequence of the line taken back, or 0. */
void totals_book(struct txn *txn, const struct moved *moved, int64_t reverses);

#endif
