/* totals.c - see totals.h. */
#include "store/totals.h"

#include "base/must.h"
#include "store/journal.h"

#include <stdlib.h>
#include <string.h>

/* ---- the gather: increments of the batch, newest first in each bucket, so that a command can be undone from the end */

#define BUCKETS 65536 /* of the hash of increments; a size of ours, no bound */
#define NONE UINT32_MAX

struct increment {
    int64_t value;
    int32_t measure;
    uint32_t older;        /* in the same bucket */
    uint8_t table, key_bytes;
    uint8_t key[14];
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

static uint32_t bucket_of(enum table table, const uint8_t *key, size_t bytes)
{
    uint32_t hash = UINT32_C(2166136261) ^ (uint32_t)table;
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ key[i]) * UINT32_C(16777619);
    return (hash ^ hash >> 16) % BUCKETS;
}

static bool same_key(const struct increment *inc, enum table table, const struct key *key)
{
    return inc->table == table && inc->key_bytes == key->n && memcmp(inc->key, key->bytes, key->n) == 0;
}

void sum_add(struct txn *txn, enum table table, struct key key, int32_t measure, int64_t by)
{
    if (by == 0 || txn->err != ERR_OK) return;
    gather_make();
    must(key.n <= sizeof gather.list->key);
    uint32_t *bucket = &gather.buckets[bucket_of(table, key.bytes, key.n)];
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
    memcpy(inc->key, key.bytes, key.n);
    *bucket = gather.n++;
}

static int64_t row_value(const Rasad__V1__SumRow *row, int32_t measure)
{
    for (size_t i = 0; row != NULL && i < row->n_measure; i++)
        if (row->measure[i] == measure) return row->value[i];
    return 0;
}

int64_t sum_get(struct txn *txn, enum table table, struct key key, int32_t measure)
{
    size_t mark = arena_mark(txn->arena);
    int64_t value = row_value(row_get(txn, table, &key, &rasad__v1__sum_row__descriptor), measure);
    arena_release(txn->arena, mark);
    if (gather.n == 0) return value;
    for (uint32_t i = gather.buckets[bucket_of(table, key.bytes, key.n)]; i != NONE; i = gather.list[i].older)
        if (gather.list[i].measure == measure && same_key(&gather.list[i], table, &key)) value += gather.list[i].value;
    return value;
}

void totals_begin_command(void) { gather.command = gather.n; }

void totals_drop_command(void)
{
    while (gather.n > gather.command) {
        struct increment *last = &gather.list[--gather.n];
        gather.buckets[bucket_of((enum table)last->table, last->key, last->key_bytes)] = last->older;
    }
}

void totals_drop_batch(void)
{
    gather.command = 0;
    totals_drop_command();
}

bool totals_crowded(void) { return gather.n > GATHER_MAX / 2; }

static int by_key(const void *a, const void *b)
{
    const struct increment *x = a, *y = b;
    if (x->table != y->table) return x->table < y->table ? -1 : 1;
    int order = memcmp(x->key, y->key, sizeof x->key); /* shorter keys end in zeros; lengths are fixed per table */
    if (order != 0) return order;
    return x->measure < y->measure ? -1 : x->measure > y->measure;
}

/* One row: the stored measures and the increments list[0..n), both ascending, merged; zeros fall out. */
static void row_merge(struct txn *txn, const struct increment *list, size_t n)
{
    struct key k = {.n = list->key_bytes};
    Rasad__V1__SumRow merged = RASAD__V1__SUM_ROW__INIT;
    enum table table = (enum table)list->table;
    memcpy(k.bytes, list->key, list->key_bytes);
    Rasad__V1__SumRow *row = row_get(txn, table, &k, &rasad__v1__sum_row__descriptor);
    size_t old_n = row != NULL ? row->n_measure : 0, i = 0, j = 0;
    if (row != NULL && row->n_value != old_n) txn->err = ERR_CORRUPT;
    merged.measure = arena_array(txn->arena, old_n + n, sizeof *merged.measure);
    merged.value = arena_array(txn->arena, old_n + n, sizeof *merged.value);
    if (merged.measure == NULL || merged.value == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    while (i < old_n || j < n) {
        int32_t measure = j == n || (i < old_n && row->measure[i] <= list[j].measure) ? row->measure[i] : list[j].measure;
        int64_t value = 0;
        if (i < old_n && row->measure[i] == measure) value += row->value[i++];
        while (j < n && list[j].measure == measure) value += list[j++].value;
        if (value == 0) continue;
        merged.measure[merged.n_measure++] = measure;
        merged.value[merged.n_value++] = value;
    }
    if (merged.n_measure == 0) txn_del(txn, table, &k);
    else row_put(txn, table, &k, &merged.base);
}

void totals_flush(struct txn *batch)
{
    if (gather.n == 0) return;
    for (uint32_t i = 0; i < gather.n; i++)
        gather.buckets[bucket_of((enum table)gather.list[i].table, gather.list[i].key, gather.list[i].key_bytes)] = NONE;
    qsort(gather.list, gather.n, sizeof *gather.list, by_key);
    for (uint32_t i = 0, j; i < gather.n; i = j) {
        size_t mark = arena_mark(batch->arena);
        for (j = i + 1; j < gather.n && gather.list[j].table == gather.list[i].table &&
                        memcmp(gather.list[j].key, gather.list[i].key, sizeof gather.list[i].key) == 0; j++) {}
        row_merge(batch, &gather.list[i], j - i);
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

static bool among(const uint32_t *path, uint32_t n, uint32_t id)
{
    for (uint32_t i = 0; i < n; i++)
        if (path[i] == id) return true;
    return false;
}

static void book_at(struct txn *txn, uint32_t place, uint32_t item, int32_t day, int32_t measure, int64_t value)
{
    if (measure != 0 && place_has_totals(txn, place)) sum_add(txn, TABLE_total, key("uud", place, item, day), measure, value);
}

static uint32_t path_of(struct txn *txn, uint32_t id, int64_t sequence, uint32_t path[PATH_PLACES_MAX])
{
    struct place place;
    if (sequence != 0) return place_path_at(txn, id, sequence, path);
    if (!place_get(txn, id, &place)) return 0;
    memcpy(path, place.path, sizeof place.path);
    return place.path_n;
}

/* A reversal books on the path of old; what stands at this end has moved on to the path of today since. */
static void book_left_behind(struct txn *txn, const struct moved *moved, uint32_t id, enum stage stage, int64_t value,
                             const uint32_t *old_path, uint32_t old_n)
{
    uint32_t path[PATH_PLACES_MAX], n = path_of(txn, id, 0, path);
    if (!stage_real(stage)) return;
    for (uint32_t i = 0; i < old_n; i++)
        if (!among(path, n, old_path[i]))
            book_at(txn, old_path[i], moved->item, moved->day, measure_of(stage, ELSEWHERE, MOVED), value);
    for (uint32_t i = 0; i < n; i++)
        if (!among(old_path, old_n, path[i]))
            book_at(txn, path[i], moved->item, moved->day, measure_of(ELSEWHERE, stage, MOVED), value);
}

void totals_book(struct txn *txn, const struct moved *moved, int64_t reverses)
{
    uint32_t from[PATH_PLACES_MAX], to[PATH_PLACES_MAX];
    int64_t sequence = moved->undo ? reverses : 0, value;
    uint32_t from_n = path_of(txn, moved->from, sequence, from);
    uint32_t to_n = moved->from == moved->to ? 0 : path_of(txn, moved->to, sequence, to);
    for (uint32_t i = 0; i < from_n; i++) {
        bool both = to_n == 0 || among(to, to_n, from[i]);
        int32_t measure = moved_measure(moved, true, both, &value);
        book_at(txn, from[i], moved->item, moved->day, measure, value);
    }
    for (uint32_t i = 0; i < to_n; i++) {
        if (among(from, from_n, to[i])) continue;
        int32_t measure = moved_measure(moved, false, true, &value);
        book_at(txn, to[i], moved->item, moved->day, measure, value);
    }
    if (sequence == 0 || moved->from_stage == SHORTFALL || moved->to_stage == SHORTFALL) return;
    book_left_behind(txn, moved, moved->from, moved->from_stage, -moved->quantity, from, from_n);
    if (to_n == 0) book_left_behind(txn, moved, moved->to, moved->to_stage, moved->quantity, from, from_n);
    else book_left_behind(txn, moved, moved->to, moved->to_stage, moved->quantity, to, to_n);
}

/* ---- flows */

void flow_add(struct flow *flow, int32_t measure, int64_t value, bool before)
{
    enum stage from = measure_from(measure), to = measure_to(measure);
    flow->any = true;
    if (stage_real(from)) {
        flow->closing[from] -= value;
        if (before) flow->opening[from] -= value;
    }
    if (stage_real(to)) {
        flow->closing[to] += value;
        if (before) flow->opening[to] += value;
    }
    if (before) return;
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

static int64_t net(const int64_t stages[32])
{
    int64_t sum = 0;
    for (int i = 0; i < 32; i++) sum += stages[i];
    return sum;
}

int64_t flow_opening(const struct flow *flow) { return net(flow->opening); }
int64_t flow_closing(const struct flow *flow) { return net(flow->closing); }

static void flow_from_totals(struct txn *txn, uint32_t place, uint32_t item, int32_t from, int32_t to, struct flow *flow)
{
    struct scan scan;
    struct key first = key("uu", place, item);
    int32_t day;
    for (scan_begin(&scan, txn, TABLE_total, &first, 8); scan_next(&scan);) {
        size_t mark = arena_mark(txn->arena);
        if (!key_read((struct slice){(const uint8_t *)scan.key.data + 8, 4}, "d", &day) || day > to) break;
        Rasad__V1__SumRow *row = row_unpack(txn, scan.value, &rasad__v1__sum_row__descriptor);
        for (size_t i = 0; row != NULL && i < row->n_measure; i++)
            flow_add(flow, row->measure[i], row->value[i], day < from);
        arena_release(txn->arena, mark);
    }
    scan_end(&scan);
    for (uint32_t i = 0; i < gather.n; i++) { /* what this batch has added; empty in a read */
        const struct increment *inc = &gather.list[i];
        if (inc->table != TABLE_total || memcmp(inc->key, first.bytes, 8) != 0) continue;
        if (key_read((struct slice){inc->key + 8, 4}, "d", &day) && day <= to)
            flow_add(flow, inc->measure, inc->value, day < from);
    }
}

static const Rasad__V1__Entry *entry_now;

void flow_entry_now(const Rasad__V1__Entry *entry) { entry_now = entry; }

/* ---- cards: the lines of one maker among all lines of the entries that touched it */

struct card_reading {
    struct txn *txn;
    const struct place *place;
    const struct item *item;
    measure_visit *visit;
    void *ctx;
};

static bool movement_touches(const struct card_reading *reading, const Rasad__V1__Event *event,
                             const Rasad__V1__Movement *movement)
{
    const char *item = movement->item[0] != '\0' ? movement->item : event->item, *place = reading->place->code;
    if (strcmp(item, reading->item->code) != 0) return false;
    return strcmp(event->place, place) == 0 || strcmp(movement->from_place, place) == 0 ||
           strcmp(movement->to_place, place) == 0;
}

static void card_event(const struct card_reading *reading, const Rasad__V1__Event *event)
{
    struct moved moved;
    int64_t value;
    uint32_t place = reading->place->id;
    for (size_t i = 0; i < event->n_movements; i++) {
        if (!movement_touches(reading, event, event->movements[i])) continue;
        movement_read(reading->txn, event, event->movements[i], &moved);
        int32_t measure = moved_measure(&moved, moved.from == place, moved.to == place, &value);
        if (measure != 0) reading->visit(reading->ctx, moved.day, measure, value);
    }
}

static void card_entry(const struct card_reading *reading, int64_t sequence)
{
    struct slice entry, bytes;
    const char *code = reading->place->code;
    if (entry_now != NULL && entry_now->header->sequence == sequence) {
        for (size_t i = 0; i < entry_now->n_events; i++) card_event(reading, entry_now->events[i]);
        return;
    }
    if (!journal_stored(reading->txn, sequence, NULL, &entry)) return;
    while (entry_event_naming(&entry, code, &bytes)) {
        const Rasad__V1__Event *event = row_unpack(reading->txn, bytes, &rasad__v1__event__descriptor);
        if (event != NULL) card_event(reading, event);
    }
}

void cards_read(struct txn *txn, const struct place *place, const struct item *item, measure_visit *visit, void *ctx)
{
    const struct card_reading reading = {txn, place, item, visit, ctx};
    struct scan scan;
    struct key first = key("uu", place->id, item->id);
    for (scan_begin(&scan, txn, TABLE_card, &first, 8); scan_next(&scan);) {
        uint32_t place_id, item_id;
        int64_t sequence;
        size_t mark = arena_mark(txn->arena);
        if (key_read(scan.key, "uuq", &place_id, &item_id, &sequence)) card_entry(&reading, sequence);
        arena_release(txn->arena, mark);
    }
    scan_end(&scan);
}

struct flow_days {
    int32_t from, to;
    struct flow *flow;
};

static void flow_visit(void *ctx, int32_t day, int32_t measure, int64_t value)
{
    const struct flow_days *days = ctx;
    if (day <= days->to) flow_add(days->flow, measure, value, day < days->from);
}

static void flow_from_cards(struct txn *txn, const struct place *place, uint32_t item_id, int32_t from, int32_t to,
                            struct flow *flow)
{
    struct flow_days days = {from, to, flow};
    struct item item;
    if (item_get(txn, item_id, &item)) cards_read(txn, place, &item, flow_visit, &days);
}

void flow_read(struct txn *txn, const struct place *place, uint32_t item, int32_t from, int32_t to, struct flow *flow)
{
    memset(flow, 0, sizeof *flow);
    if (place_hands_in(place)) flow_from_cards(txn, place, item, from, to, flow);
    else flow_from_totals(txn, place->id, item, from, to, flow);
}
