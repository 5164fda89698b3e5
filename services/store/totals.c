/* totals.c - see totals.h. */
#include "store/totals.h"

#include "base/must.h"
#include "store/cards.h"
#include "store/journal.h"
#include "store/varint.h"

#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- the gather: increments of the batch, newest first in each bucket, so that a command can be undone from the end */

#define BUCKETS 65536 /* of the hash of increments; a size of ours, no bound */
#define NONE UINT32_MAX
#define SUM_KEY_BYTES 14

struct increment {
    int64_t value;
    int32_t measure;
    uint32_t older;        /* in the same bucket */
    uint8_t table, key_bytes;
    uint8_t key[SUM_KEY_BYTES];
};

static struct {
    struct increment *list; /* GATHER_MAX, mapped once; pages come with use */
    uint32_t n;
    uint32_t command;       /* where this command began */
    uint32_t *buckets;
} gather;

static void gather_make(void)
{
    if (gather.list != NULL) return;
    gather.list = calloc(GATHER_MAX, sizeof *gather.list);
    gather.buckets = malloc(BUCKETS * sizeof *gather.buckets);
    must(gather.list != NULL && gather.buckets != NULL);
    memset(gather.buckets, 0xff, BUCKETS * sizeof *gather.buckets);
}

/* Some twenty a line: so by words, of keys that end in zeros. */
static uint32_t bucket_of(enum table table, const uint8_t *key, int32_t measure)
{
    uint64_t first, last;
    memcpy(&first, key, sizeof first);
    memcpy(&last, key + SUM_KEY_BYTES - sizeof last, sizeof last);
    uint64_t hash = (first ^ (uint64_t)table ^ (uint64_t)(uint32_t)measure << 8) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 32 ^ last) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 40) % BUCKETS;
}

static bool same_key(const struct increment *inc, enum table table, const struct key *key)
{
    return inc->table == table && memcmp(inc->key, key->bytes, SUM_KEY_BYTES) == 0; /* lengths are fixed per table */
}

void sum_add(struct txn *txn, enum table table, struct key key, int32_t measure, int64_t by)
{
    if (by == 0 || txn->err != ERR_OK) return;
    gather_make();
    must(key.n <= sizeof gather.list->key);
    uint32_t *bucket = &gather.buckets[bucket_of(table, key.bytes, measure)];
    for (uint32_t i = *bucket; i != NONE && i >= gather.command; i = gather.list[i].older) {
        if (gather.list[i].measure == measure && same_key(&gather.list[i], table, &key)) {
            gather.list[i].value += by;
            return;
        }
    }
    if (gather.n == GATHER_MAX) {
        txn->err = ERR_TOO_BIG;
        return;
    }
    struct increment *inc = &gather.list[gather.n];
    *inc = (struct increment){.value = by, .measure = measure, .older = *bucket, .table = (uint8_t)table,
                              .key_bytes = (uint8_t)key.n};
    memcpy(inc->key, key.bytes, sizeof inc->key); /* what is behind its end is zero */
    *bucket = gather.n++;
}

/* ---- rows: a SumRow is two lists of varints side by side, read where it lies and written straight into its place */

#define TAG_MEASURES 0x0a /* field 1 of SumRow, packed int32 */
#define TAG_VALUES 0x12   /* field 2, packed sint64 */

static bool list_read(const uint8_t **at, const uint8_t *end, uint8_t tag, struct slice *list)
{
    uint64_t bytes;
    if (*at == end || *(*at)++ != tag || !varint_read(at, end, &bytes) || bytes > (uint64_t)(end - *at)) return false;
    *list = (struct slice){*at, (size_t)bytes};
    *at += bytes;
    return true;
}

void sums_begin(struct sums *sums, struct txn *txn, struct slice row)
{
    const uint8_t *at = row.data, *end = at + row.bytes;
    *sums = (struct sums){.txn = txn};
    if (list_read(&at, end, TAG_MEASURES, &sums->measures) && list_read(&at, end, TAG_VALUES, &sums->values) && at == end) return;
    sums->measures.bytes = sums->values.bytes = 0;
    if (txn->err == ERR_OK) txn->err = ERR_CORRUPT;
}

static bool list_next(struct slice *list, uint64_t *value)
{
    const uint8_t *at = list->data, *end = at + list->bytes;
    if (!varint_read(&at, end, value)) return false;
    *list = (struct slice){at, (size_t)(end - at)};
    return true;
}

bool sums_next(struct sums *sums)
{
    uint64_t measure, value;
    if (sums->measures.bytes == 0 && sums->values.bytes == 0) return false;
    if (!list_next(&sums->measures, &measure) || !list_next(&sums->values, &value)) { /* also where one list is the longer */
        sums->measures.bytes = sums->values.bytes = 0;
        if (sums->txn->err == ERR_OK) sums->txn->err = ERR_CORRUPT;
        return false;
    }
    sums->measure = (int32_t)measure;
    sums->value = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
    return true;
}

void sum_get_all(struct txn *txn, enum table table, struct key key, const int32_t *measures, int64_t *values, size_t n)
{
    struct slice row;
    struct sums sums;
    for (size_t i = 0; i < n; i++) values[i] = 0;
    if (txn_get(txn, table, &key, &row))
        for (sums_begin(&sums, txn, row); sums_next(&sums);)
            for (size_t i = 0; i < n; i++)
                if (measures[i] == sums.measure) values[i] = sums.value;
    if (gather.n == 0) return;
    for (size_t j = 0; j < n; j++)
        for (uint32_t i = gather.buckets[bucket_of(table, key.bytes, measures[j])]; i != NONE; i = gather.list[i].older)
            if (gather.list[i].measure == measures[j] && same_key(&gather.list[i], table, &key)) values[j] += gather.list[i].value;
}

int64_t sum_get(struct txn *txn, enum table table, struct key key, int32_t measure)
{
    int64_t value;
    sum_get_all(txn, table, key, &measure, &value, 1);
    return value;
}

void totals_begin_command(void) { gather.command = gather.n; }

void totals_drop_command(void)
{
    while (gather.n > gather.command) {
        struct increment *last = &gather.list[--gather.n];
        gather.buckets[bucket_of((enum table)last->table, last->key, last->measure)] = last->older;
    }
}

void totals_drop_batch(void)
{
    gather.command = 0;
    totals_drop_command();
}

bool totals_crowded(void) { return gather.n > GATHER_MAX / 2; }

/* Of the sixteen bytes that are sorted by: table, length, key. Shorter keys end in zeros; lengths are fixed per table. */
static uint64_t word_at(const struct increment *inc, size_t at)
{
    uint64_t word;
    _Static_assert(sizeof(struct increment) - offsetof(struct increment, table) == 2 * sizeof word, "two words");
    memcpy(&word, (const uint8_t *)inc + offsetof(struct increment, table) + at, sizeof word);
    return be64toh(word);
}

static int by_key(const void *a, const void *b)
{
    const struct increment *x = a, *y = b;
    uint64_t left = word_at(x, 0), right = word_at(y, 0);
    if (left == right) {
        left = word_at(x, sizeof left);
        right = word_at(y, sizeof right);
    }
    if (left != right) return left < right ? -1 : 1;
    return x->measure < y->measure ? -1 : x->measure > y->measure;
}

/* A row being written: both lists at once, then one after the other into the store. */
struct row_writer {
    uint8_t *measures, *measures_end, *values, *values_end;
};

static void writer_add(struct row_writer *writer, int32_t measure, int64_t value)
{
    if (value == 0) return;
    writer->measures_end = varint_write(writer->measures_end, (uint64_t)measure);
    writer->values_end = varint_write(writer->values_end, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void writer_put(struct row_writer *writer, struct txn *txn, enum table table, const struct key *key)
{
    size_t m = (size_t)(writer->measures_end - writer->measures), v = (size_t)(writer->values_end - writer->values);
    uint8_t *row = arena_take(txn->arena, m + v + 2 * VARINT_BYTES), *at = row;
    if (m == 0) {
        txn_del(txn, table, key);
        return;
    }
    if (row == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    *at++ = TAG_MEASURES;
    at = varint_write(at, m);
    memcpy(at, writer->measures, m);
    at += m;
    *at++ = TAG_VALUES;
    at = varint_write(at, v);
    memcpy(at, writer->values, v);
    txn_put(txn, table, key, row, (size_t)(at - row) + v);
}

/* One row: the stored measures and the increments list[0..n), both ascending, merged; zeros fall out. */
static void row_merge(struct txn *txn, enum table table, const struct key *key, const struct increment *list, size_t n)
{
    struct slice row = {NULL, 0};
    struct sums old = {.measures = {NULL, 0}};
    struct row_writer writer;
    bool stored = txn_get(txn, table, key, &row);
    size_t most = row.bytes / 2 + n; /* counters: of each stored one at least two bytes are there */
    writer.measures = writer.measures_end = arena_take(txn->arena, most * VARINT_BYTES);
    writer.values = writer.values_end = arena_take(txn->arena, most * VARINT_BYTES);
    if (writer.measures == NULL || writer.values == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    if (stored) sums_begin(&old, txn, row);
    bool more = stored && sums_next(&old);
    for (size_t j = 0; more || j < n;) {
        int32_t measure = j == n || (more && old.measure <= list[j].measure) ? old.measure : list[j].measure;
        int64_t value = 0;
        if (more && old.measure == measure) {
            value = old.value;
            more = sums_next(&old);
        }
        for (; j < n && list[j].measure == measure; j++) value += list[j].value;
        writer_add(&writer, measure, value);
    }
    if (txn->err == ERR_OK) writer_put(&writer, txn, table, key);
}

static bool same_row(const struct increment *a, const struct increment *b)
{
    return a->table == b->table && memcmp(a->key, b->key, sizeof a->key) == 0;
}

/* ---- table total: rows of one day, sums of 16 days, and the sum of all days there are. What stands now is that last row
 * and the newest day; what stood earlier is that less what was booked since: so a report of these days costs the same
 * however many years are behind them, and one of long ago some two dozen rows for each year since. Sums of still longer
 * spans between the two would cost more rows to write. The day stands before the place in the key: what is written this
 * evening lies side by side, on some dozens of pages for a whole state, where place by place each row would be on a page of
 * its own; and a place's items lie side by side, read in one go.
 * The newest day of (place, item) is in none of its longer sums: nearly every line is of it, and so changes one row of each
 * place above it, not three. The first line of a newer day adds it there; a line of an older day goes into all. */

static const int shifts[] = {0, 4, 16};
#define SHIFTS_N (sizeof shifts / sizeof shifts[0])
#define SHIFT_ALL 16
_Static_assert(SPAN_DAY_END == 1 << SHIFT_ALL, "the longest span is all days");

/* In the sum of all days: the newest day, and 1 so that day 0 is one too. No movement has this measure. */
#define NEWEST_DAY 0

#define DAY_AT 1 /* in the key: after the shift */
#define PLACE_AT 5

static int32_t first_of(int32_t day, int shift) { return (int32_t)((uint32_t)day >> shift << shift); }

static struct key total_key(int shift, int32_t day, uint32_t place, uint32_t item)
{
    return key_bduu((uint8_t)shift, first_of(day, shift), place, item);
}

void total_add(struct txn *txn, uint32_t place, uint32_t item, int32_t day, int32_t measure, int64_t by)
{
    sum_add(txn, TABLE_total, total_key(0, day, place, item), measure, by);
}

/* The counters of a day's row, and before them what makes another day the newest. */
static struct increment *as_increments(struct txn *txn, const struct key *day_row, int64_t newer_by, size_t *n)
{
    struct slice row = {NULL, 0};
    struct sums sums = {.measures = {NULL, 0}};
    if (day_row != NULL && txn_get(txn, TABLE_total, day_row, &row)) sums_begin(&sums, txn, row);
    struct increment *list = arena_array(txn->arena, row.bytes / 2 + 1, sizeof *list); /* a counter takes two bytes at least */
    if (list == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return NULL;
    }
    *n = 1;
    list[0].measure = NEWEST_DAY;
    list[0].value = newer_by;
    while (row.bytes > 0 && sums_next(&sums)) {
        list[*n].measure = sums.measure;
        list[(*n)++].value = sums.value;
    }
    return list;
}

/* After a day's row has got its increments: what they do to the longer sums. */
static void lengthen(struct txn *txn, const struct key *day_row, const struct increment *list, size_t n)
{
    uint32_t place = 0, item = 0;
    int32_t day = 0;
    int shift;
    (void)key_read((struct slice){day_row->bytes, day_row->n}, "bduu", &shift, &day, &place, &item);
    struct key all = total_key(SHIFT_ALL, 0, place, item), newest_row;
    int32_t newest = (int32_t)sum_get(txn, TABLE_total, all, NEWEST_DAY) - 1, into = day;
    if (day == newest) return;
    if (day > newest) {
        newest_row = total_key(0, newest, place, item);
        struct increment *former = as_increments(txn, newest < 0 ? NULL : &newest_row, day - newest, &n);
        if (former == NULL) return;
        row_merge(txn, TABLE_total, &all, former, n);
        list = former + 1;
        n--;
        into = newest;
    } else {
        row_merge(txn, TABLE_total, &all, list, n);
    }
    if (n == 0) return;
    struct key span = total_key(shifts[1], into, place, item);
    row_merge(txn, TABLE_total, &span, list, n);
}

/* Row by row in the order of keys: of two days the older one first. */
void totals_flush(struct txn *batch)
{
    if (gather.n == 0) return;
    for (uint32_t i = 0; i < gather.n; i++) {
        const struct increment *inc = &gather.list[i];
        gather.buckets[bucket_of((enum table)inc->table, inc->key, inc->measure)] = NONE;
    }
    qsort(gather.list, gather.n, sizeof *gather.list, by_key);
    for (uint32_t i = 0, j; i < gather.n; i = j) {
        size_t mark = arena_mark(batch->arena);
        const struct increment *list = &gather.list[i];
        struct key k = {.n = list->key_bytes};
        memcpy(k.bytes, list->key, k.n);
        for (j = i + 1; j < gather.n && same_row(&gather.list[j], list); j++) {}
        row_merge(batch, (enum table)list->table, &k, list, j - i);
        if (list->table == TABLE_total) lengthen(batch, &k, list, j - i);
        arena_release(batch->arena, mark);
    }
    gather.n = gather.command = 0;
}

/* ---- movements as measures */

void movement_read(struct txn *txn, const Rasad__V1__Event *event, const Rasad__V1__Movement *m, struct moved *moved)
{
    const char *from = m->from_place[0] != '\0' ? m->from_place : event->place;
    const char *to = m->to_place[0] != '\0' ? m->to_place : event->place;
    memset(moved, 0, sizeof *moved);
    moved->from_stage = (enum stage)m->from_stage;
    moved->to_stage = (enum stage)m->to_stage;
    if (!stage_real(moved->from_stage)) from = to;
    else if (!stage_real(moved->to_stage)) to = from;
    moved->from = code_id(txn, CODE_PLACE, from);
    moved->to = strcmp(from, to) == 0 ? moved->from : code_id(txn, CODE_PLACE, to);
    moved->from_lot = m->from_lot;
    moved->to_lot = m->to_lot;
    moved->item = code_id(txn, CODE_ITEM, m->item[0] != '\0' ? m->item : event->item);
    moved->quantity = m->quantity;
    moved->day = m->day != 0 ? m->day : event->day + event->booked_later;
    moved->undo = m->undo;
    if (moved->from != moved->to) {
        /* an undone movement runs back: its receiver was the place it now leaves, its origin the one it returns to */
        struct place receiver;
        enum stage origin = m->undo ? moved->to_stage : moved->from_stage;
        (void)place_get(txn, m->undo ? moved->from : moved->to, &receiver);
        moved->as = origin == MADE      ? MOVED_HANDED_IN
                    : receiver.serves   ? MOVED_DELIVERED
                    : receiver.makes    ? MOVED_ISSUED
                                        : MOVED;
    }
}

int32_t moved_measure(const struct moved *moved, bool from_here, bool to_here, int64_t *value)
{
    enum stage from = moved->from_stage, to = moved->to_stage;
    *value = moved->quantity;
    if (from == SHORTFALL || to == SHORTFALL || (!from_here && !to_here)) return 0;
    if (moved->undo) {
        enum stage swap = from;
        bool here = from_here;
        from = to;
        to = swap;
        from_here = to_here;
        to_here = here;
        *value = -*value;
    }
    if (to == UNEXPLAINED) { /* one counter for both directions of a difference */
        to = from;
        from = UNEXPLAINED;
        *value = -*value;
    }
    if (moved->from == moved->to) return from == to ? 0 : measure_of(from, to, MOVED);
    if (!from_here) return measure_of(ELSEWHERE, to, MOVED);
    if (!to_here) return measure_of(from, ELSEWHERE, MOVED);
    return measure_of(from, to, moved->as);
}

/* A place and those above it, and which of them have totals. */
struct path {
    uint32_t places[PATH_PLACES_MAX], n;
    uint32_t totals; /* a bit each */
};

static bool among(const struct path *path, uint32_t id)
{
    for (uint32_t i = 0; i < path->n; i++)
        if (path->places[i] == id) return true;
    return false;
}

/* Of one day and item, at some of the places of a path: only the place differs in the key. */
static void book_at(struct txn *txn, struct key *row, const struct path *path, uint32_t i, int32_t measure, int64_t value)
{
    if (measure == 0 || (path->totals >> i & 1) == 0) return;
    key_change(row, PLACE_AT, path->places[i]);
    sum_add(txn, TABLE_total, *row, measure, value);
}

static void path_of(struct txn *txn, uint32_t id, int64_t sequence, struct path *path)
{
    struct place place;
    *path = (struct path){.n = 0};
    if (sequence != 0) {
        path->n = place_path_at(txn, id, sequence, path->places);
        for (uint32_t i = 0; i < path->n; i++) path->totals |= (uint32_t)place_has_totals(txn, path->places[i]) << i;
    } else if (place_get(txn, id, &place)) {
        memcpy(path->places, place.path, sizeof place.path);
        path->n = place.path_n;
        path->totals = place.path_totals;
    }
}

/* A reversal books on the path of old; what stands at this end has moved on to the path of today since. */
static void book_left_behind(struct txn *txn, struct key *row, uint32_t id, enum stage stage, int64_t value,
                             const struct path *old)
{
    struct path path;
    if (!stage_real(stage)) return;
    path_of(txn, id, 0, &path);
    for (uint32_t i = 0; i < old->n; i++)
        if (!among(&path, old->places[i])) book_at(txn, row, old, i, measure_of(stage, ELSEWHERE, MOVED), value);
    for (uint32_t i = 0; i < path.n; i++)
        if (!among(old, path.places[i])) book_at(txn, row, &path, i, measure_of(ELSEWHERE, stage, MOVED), value);
}

void totals_book(struct txn *txn, const struct moved *moved, int64_t reverses)
{
    struct path from, to = {.n = 0};
    struct key row = total_key(0, moved->day, 0, moved->item);
    int64_t sequence = moved->undo ? reverses : 0, value;
    bool here = moved->from == moved->to;
    path_of(txn, moved->from, sequence, &from);
    if (!here) path_of(txn, moved->to, sequence, &to);
    for (uint32_t i = 0; i < from.n; i++) {
        int32_t measure = moved_measure(moved, true, here || among(&to, from.places[i]), &value);
        book_at(txn, &row, &from, i, measure, value);
    }
    for (uint32_t i = 0; i < to.n; i++) {
        if (among(&from, to.places[i])) continue;
        int32_t measure = moved_measure(moved, false, true, &value);
        book_at(txn, &row, &to, i, measure, value);
    }
    if (sequence == 0 || moved->from_stage == SHORTFALL || moved->to_stage == SHORTFALL) return;
    book_left_behind(txn, &row, moved->from, moved->from_stage, -moved->quantity, &from);
    book_left_behind(txn, &row, moved->to, moved->to_stage, moved->quantity, here ? &from : &to);
}

/* ---- flows */

void flow_add(struct flow *flow, int32_t measure, int64_t value)
{
    enum stage from = measure_from(measure), to = measure_to(measure);
    flow->any = true;
    if (stage_real(from)) flow->closing[from] -= value;
    if (stage_real(to)) flow->closing[to] += value;
    switch (from) {
    case SUPPLIED: flow->supplied += value; break;
    case PRODUCED: if (to != SCRAPPED) flow->good += value; else flow->spoiled += value; break;
    case ELSEWHERE: flow->in += value; break;
    case UNEXPLAINED: flow->difference += value; break;
    case EARNED: flow->earned += value; break;
    default: break;
    }
    switch (to) {
    case ELSEWHERE: flow->out += value; break;
    case CONSUMED: flow->consumed += value; break;
    case SERVED: flow->served += value; break;
    case SOLD: flow->sold += value; break;
    case SCRAPPED: if (from != PRODUCED) flow->scrapped += value; break;
    case LOST: flow->lost += value; break;
    case PAID: flow->paid += value; break;
    default: break;
    }
    switch (measure_as(measure)) {
    case MOVED_ISSUED: flow->issued += value; break;
    case MOVED_HANDED_IN: flow->handed_in += value; break;
    case MOVED_DELIVERED: flow->delivered += value; break;
    default: break;
    }
}

static int64_t net(const int64_t stages[STAGES_REAL])
{
    int64_t sum = 0;
    for (int i = 0; i < STAGES_REAL; i++) sum += stages[i];
    return sum;
}

int64_t flow_opening(const struct flow *flow) { return net(flow->opening); }
int64_t flow_closing(const struct flow *flow) { return net(flow->closing); }

void stand_before(struct flow *flow, int32_t measure, int64_t value)
{
    enum stage from = measure_from(measure), to = measure_to(measure);
    if (stage_real(from)) flow->opening[from] += value;
    if (stage_real(to)) flow->opening[to] -= value;
}

struct totals_reading {
    struct txn *txn;
    const struct books *books;
    measure_visit *visit;
    void *ctx;
    int32_t *newest;  /* the newest day of each book, -1 none; NULL: not looked up */
};

static void row_visit(const struct totals_reading *reading, size_t book, int32_t day, struct slice row)
{
    struct sums sums;
    for (sums_begin(&sums, reading->txn, row); sums_next(&sums);) {
        if (sums.measure != NEWEST_DAY) reading->visit(reading->ctx, book, day, sums.measure, sums.value);
        else if (reading->newest != NULL) reading->newest[book] = (int32_t)sums.value - 1;
    }
}

/* The rows of one place in one span, at a look; says from which day on there can be more of it. */
static int32_t span_visit(const struct totals_reading *reading, struct scan *scan, size_t at, int shift, int32_t day)
{
    const struct books *books = reading->books;
    uint32_t ours = books->places[at].id, place, item;
    int32_t found;
    struct key k = total_key(shift, day, ours, books->item);
    scan_seek(scan, &k);
    while (scan_next(scan) && key_read(scan->key, "bduu", &shift, &found, &place, &item)) {
        if (found > day) return found;
        if (place != ours || item - books->item >= books->items_n) return day + (1 << shift);
        row_visit(reading, at * books->items_n + (item - books->item), day, scan->value);
        if (books->items_n == 1) return day + (1 << shift);
    }
    return INT32_MAX;
}

/* Rows of one length, of days first..before - 1: a look for each, place after place, so that the next one is mostly on the
 * same page; where there is nothing for long, the next row says so. */
static void rows_visit(const struct totals_reading *reading, int shift, int32_t first, int32_t before)
{
    struct scan scan;
    struct key k = total_key(shift, first, 0, 0);
    if (first >= before) return;
    scan_begin(&scan, reading->txn, TABLE_total, &k, 1);
    for (int32_t day = first, next; day < before; day = next) {
        next = before;
        for (size_t at = 0; at < reading->books->places_n; at++) {
            if (place_hands_in(&reading->books->places[at])) continue;
            int32_t there = span_visit(reading, &scan, at, shift, day);
            if (there < next) next = there;
        }
    }
    scan_end(&scan);
}

/* ---- the newest days, which are in no longer sum */

static bool newest_room(struct totals_reading *reading)
{
    size_t n = books_n(reading->books);
    reading->newest = arena_array(reading->txn->arena, n, sizeof *reading->newest);
    if (reading->newest == NULL && reading->txn->err == ERR_OK) reading->txn->err = ERR_MEMORY;
    for (size_t book = 0; reading->newest != NULL && book < n; book++) reading->newest[book] = -1;
    return reading->newest != NULL;
}

static void visit_nothing(void *ctx, size_t book, int32_t day, int32_t measure, int64_t value)
{
    (void)ctx, (void)book, (void)day, (void)measure, (void)value;
}

static void newest_look_up(struct totals_reading *reading)
{
    struct totals_reading marks = {.txn = reading->txn, .books = reading->books, .visit = visit_nothing};
    if (reading->newest != NULL || !newest_room(&marks)) return;
    rows_visit(&marks, SHIFT_ALL, 0, 1);
    reading->newest = marks.newest;
}

/* Those of the days first..before - 1. */
static void newest_visit(const struct totals_reading *reading, int32_t first, int32_t before)
{
    const struct books *books = reading->books;
    struct slice row;
    for (size_t book = 0; reading->newest != NULL && book < books_n(books); book++) {
        int32_t day = reading->newest[book];
        if (day < first || day >= before) continue;
        struct key k = total_key(0, day, books->places[book / books->items_n].id, books->item + (uint32_t)(book % books->items_n));
        if (txn_get(reading->txn, TABLE_total, &k, &row)) row_visit(reading, book, day, row);
    }
}

static void long_rows_visit(struct totals_reading *reading, size_t level, int32_t first, int32_t before)
{
    rows_visit(reading, shifts[level], first, before);
    if (level == 0 || first >= before) return;
    newest_look_up(reading);
    newest_visit(reading, first, before);
}

/* Days up to where a longer span begins, spans up to a still longer one, and down again. */
static void spans_visit(struct totals_reading *reading, size_t level, int32_t first, int32_t before)
{
    if (first >= before) return;
    int32_t longer = level + 1 < SHIFTS_N ? 1 << shifts[level + 1] : 0;
    int32_t inner_first = longer > 0 ? (first + longer - 1) / longer * longer : before;
    int32_t inner_before = longer > 0 ? before / longer * longer : before;
    if (inner_first >= inner_before) {
        long_rows_visit(reading, level, first, before);
        return;
    }
    long_rows_visit(reading, level, first, inner_first);
    spans_visit(reading, level + 1, inner_first, inner_before);
    long_rows_visit(reading, level, inner_before, before);
}

/* What this batch has added and not yet flushed; nothing in a read. */
static void gathered_visit(const struct totals_reading *reading, int32_t first)
{
    const struct books *books = reading->books;
    int32_t day;
    uint32_t place, item;
    for (uint32_t i = 0; i < gather.n; i++) {
        const struct increment *inc = &gather.list[i];
        if (inc->table != TABLE_total) continue;
        (void)key_read((struct slice){inc->key + DAY_AT, inc->key_bytes - DAY_AT}, "duu", &day, &place, &item);
        if (day < first || item - books->item >= books->items_n) continue;
        for (size_t at = 0; at < books->places_n; at++)
            if (books->places[at].id == place)
                reading->visit(reading->ctx, at * books->items_n + (item - books->item), day, inc->measure, inc->value);
    }
}

static bool any_booked_since(struct txn *txn, int32_t day)
{
    struct scan scan;
    struct key k = total_key(0, day, 0, 0);
    scan_begin(&scan, txn, TABLE_total, &k, 1);
    bool any = scan_next(&scan);
    scan_end(&scan);
    return any;
}

void measures_since(struct txn *txn, const struct books *books, int32_t from, int32_t to, bool daily, measure_visit *visit,
                    void *ctx)
{
    struct totals_reading reading = {txn, books, visit, ctx, NULL};
    int32_t first = from < 0 ? 0 : from, later = to < SPAN_DAY_END ? to + 1 : SPAN_DAY_END;
    for (size_t at = 0; at < books->places_n; at++)
        if (place_hands_in(&books->places[at])) cards_measures(txn, books, at, from, visit, ctx);
    if (daily) rows_visit(&reading, shifts[0], first, later);
    else spans_visit(&reading, 0, first, later);
    if (later < SPAN_DAY_END && any_booked_since(txn, later)) spans_visit(&reading, 0, later, SPAN_DAY_END);
    gathered_visit(&reading, first);
}

static void stand_add(void *ctx, size_t book, int32_t day, int32_t measure, int64_t value)
{
    struct flow *list = ctx;
    (void)day;
    stand_before(&list[book], measure, -value);
}

void stands_now(struct txn *txn, const struct books *books, struct flow *list)
{
    struct totals_reading reading = {txn, books, stand_add, list, NULL};
    for (size_t book = 0; book < books_n(books); book++) {
        const struct place *place = &books->places[book / books->items_n];
        if (place_hands_in(place)) cards_now(txn, place, books->item + (uint32_t)(book % books->items_n), list[book].opening);
    }
    if (!newest_room(&reading)) return;
    rows_visit(&reading, SHIFT_ALL, 0, 1);
    newest_visit(&reading, 0, SPAN_DAY_END);
    gathered_visit(&reading, 0);
}

struct flows {
    int32_t to;
    struct flow *list;
};

static void flows_add(void *ctx, size_t book, int32_t day, int32_t measure, int64_t value)
{
    const struct flows *flows = ctx;
    if (day > flows->to) stand_before(&flows->list[book], measure, value);
    else flow_add(&flows->list[book], measure, value);
}

void flows_read(struct txn *txn, const struct books *books, int32_t from, int32_t to, struct flow *list)
{
    struct flows flows = {to, list};
    memset(list, 0, books_n(books) * sizeof *list);
    stands_now(txn, books, list);
    measures_since(txn, books, from, to, false, flows_add, &flows);
    for (size_t i = 0; i < books_n(books); i++) {
        struct flow *flow = &list[i];
        for (int stage = 0; stage < STAGES_REAL; stage++) { /* less what came later, it is the closing; less what happened, the opening */
            int64_t closing = flow->opening[stage];
            flow->opening[stage] -= flow->closing[stage];
            flow->closing[stage] = closing;
            flow->any = flow->any || flow->opening[stage] != 0;
        }
    }
}

void flow_read(struct txn *txn, const struct place *place, uint32_t item, int32_t from, int32_t to, struct flow *flow)
{
    const struct books books = book_of(place, item);
    flows_read(txn, &books, from, to, flow);
}
