/* model.c - a plain second opinion on the books. See simulate.h.
 * Rules:   a fact that was taken back or corrected never was. Every other one moves its whole quantity on its day. Of a stage
 *          the net is the last count and what happened after it. What a recipe takes is the floor of the running total of
 *          (place, version, input). No lots, no loans, no order of entry.
 */
#include "simulate.h"

#include <stdlib.h>
#include <string.h>

struct movement {
    int from, from_stage, to, to_stage, item;
    int64_t quantity;
    int day;
};

static struct {
    struct movement *list;
    size_t n, room;
} all;

static bool is_real(int stage) { return stage >= S_STOCK && stage < S_REAL_END; }
static int arrival(int item) { return item == KIT ? S_UNCHECKED : S_STOCK; }

static void move(const struct fact *f, int item, int from, int from_stage, int to, int to_stage, int64_t quantity)
{
    if (quantity <= 0) return;
    if (all.n == all.room) {
        all.room = all.room * 2 + 4096;
        all.list = realloc(all.list, all.room * sizeof *all.list);
        if (all.list == NULL) abort();
    }
    all.list[all.n++] = (struct movement){from, from_stage, to, to_stage, item, quantity, f->day};
}

static int taker_of(const struct books *b, int place)
{
    for (int p = b->parent[place]; p >= 0; p = b->parent[p])
        if (places[p].holds) return p;
    abort();
}

/* What a fact moves, but for what a recipe takes and a count finds. */
static void moved(const struct books *b, const struct fact *f)
{
    int at = f->place, to = f->to, item = f->item;
    switch ((enum type)f->type) {
    case CAME: move(f, item, at, S_SUPPLIED, at, arrival(item), f->quantity); break;
    case ISSUED:
        move(f, item, at, S_STOCK, to, S_STOCK, f->quantity);
        if (item == ELASTIC && places[to].makes) move(f, item, to, S_STOCK, to, S_CONSUMED, f->quantity);
        break;
    case RETURNED: move(f, item, at, S_STOCK, to, S_STOCK, f->quantity); break;
    case WASTED: move(f, item, at, f->stage, at, S_SCRAPPED, f->quantity); break;
    case LOGGED: {
        int out = hands_in(at) ? S_MADE : arrival(item);
        move(f, item, at, S_PRODUCED, at, out, f->good);
        move(f, item, at, S_PRODUCED, at, S_SCRAPPED, f->spoiled);
        move(f, item, at, S_REWORK, at, out, f->remade);
        break;
    }
    case HANDED_IN:
        move(f, item, at, S_MADE, to, arrival(item), f->good);
        move(f, item, at, S_MADE, at, S_SCRAPPED, f->spoiled);
        move(f, item, at, S_MADE, at, S_REWORK, f->rework);
        break;
    case INSPECTED:
        move(f, item, at, S_UNCHECKED, at, S_STOCK, f->good);
        move(f, item, at, S_UNCHECKED, at, S_REWORK, f->rework);
        move(f, item, at, S_UNCHECKED, at, S_SCRAPPED, f->spoiled);
        break;
    case DELIVERED: {
        int from = f->out_of_made ? taker_of(b, at) : at;
        if (f->out_of_made) move(f, item, at, S_MADE, from, arrival(item), f->quantity);
        move(f, item, from, S_STOCK, to, S_STOCK, f->quantity);
        break;
    }
    case SENT: move(f, item, at, S_STOCK, at, S_TRANSIT, f->quantity); break;
    case RECEIVED: /* place is the receiver, to the sender */
        move(f, item, to, S_TRANSIT, at, S_STOCK, f->quantity - f->spoiled);
        move(f, item, to, S_TRANSIT, at, S_UNCHECKED, f->spoiled);
        break;
    case SETTLED:
        if (f->outcome == 1) move(f, item, at, S_TRANSIT, at, S_LOST, f->quantity);
        else move(f, item, at, S_TRANSIT, f->outcome == 2 ? at : to, S_STOCK, f->quantity);
        break;
    case GIVEN: move(f, item, at, S_STOCK, at, f->sold ? S_SOLD : S_SERVED, f->quantity); break;
    case ALLOCATED: move(f, item, at, S_STOCK, at, S_RESERVED, f->quantity); break;
    case UNALLOCATED: move(f, item, at, S_RESERVED, at, S_STOCK, f->quantity); break;
    case COUNTED: case ASKED: case APPROVED: case REVERSED: case PLACE_MOVED: case TYPES: break;
    }
}

/* ---- recipes: {item, quantity, per} of each version; elastic is used up when it is issued */

static const struct { int output, input; int64_t quantity, per; } recipes[] = {
    {MASK, CLOTH, 2500, 200}, {MASK, CLOTH, 2400, 200}, {KIT, CLOTH, 350, 1}, {PACKET, RICE, 1500, 10}};

static void consume(const struct fact *f, int64_t totals[PLACES][4][ITEMS])
{
    int version = f->item == MASK ? f->day >= NEW_RECIPE_DAY : f->item == KIT ? 2 : f->item == PACKET ? 3 : -1;
    if (f->type != LOGGED || version < 0) return;
    int input = f->instead ? SHEET : recipes[version].input;
    int64_t *total = &totals[f->place][version][input], before = *total;
    *total += f->good + f->spoiled;
    int64_t quantity = *total * recipes[version].quantity / recipes[version].per - before * recipes[version].quantity / recipes[version].per;
    move(f, input, f->place, S_STOCK, f->place, S_CONSUMED, quantity);
}

/* ---- counts */

static int moment(const struct fact *f) { return f->day * 4 + (f->at_start ? 0 : 2); } /* the day's facts stand at 1 */

static int by_count(const void *a, const void *b)
{
    const struct fact *x = *(const struct fact *const *)a, *y = *(const struct fact *const *)b;
    if (x->place != y->place) return x->place - y->place;
    if (x->item != y->item) return x->item - y->item;
    if (x->stage != y->stage) return x->stage - y->stage;
    return moment(x) - moment(y);
}

static void count_all(const struct fact **counts, size_t n)
{
    size_t moved_n = all.n;
    qsort(counts, n, sizeof *counts, by_count);
    for (size_t i = 0; i < n; i++) {
        const struct fact *f = counts[i], *last = i > 0 ? counts[i - 1] : NULL;
        bool first = last == NULL || last->place != f->place || last->item != f->item || last->stage != f->stage;
        int after = first ? INT32_MIN : moment(last);
        int64_t net = first ? 0 : last->quantity;
        for (size_t m = 0; m < moved_n; m++) {
            const struct movement *v = &all.list[m];
            int when = v->day * 4 + 1;
            if (v->item != f->item || when < after || when > moment(f)) continue;
            if (v->to == f->place && v->to_stage == f->stage) net += v->quantity;
            if (v->from == f->place && v->from_stage == f->stage) net -= v->quantity;
        }
        int64_t found = f->quantity - net;
        if (found > 0) move(f, f->item, f->place, S_UNEXPLAINED, f->place, f->stage, found);
        else move(f, f->item, f->place, f->stage, f->place, S_UNEXPLAINED, -found);
    }
}

/* ---- all of it */

static void add_up(const struct movement *m, struct books *b)
{
    int64_t *here = b->measures[m->from][m->item], q = m->quantity;
    if (is_real(m->from_stage)) b->net[m->from][m->item][m->from_stage] -= q;
    if (is_real(m->to_stage)) b->net[m->to][m->item][m->to_stage] += q;
    if (m->item == MASK && m->from_stage == S_MADE && m->from != m->to) b->earned[m->from] += q * MASK_RATE;
    if (m->from_stage == S_SUPPLIED) here[M_SUPPLIED] += q;
    if (m->from_stage == S_PRODUCED) here[m->to_stage == S_SCRAPPED ? M_SPOILED : M_GOOD] += q;
    if (m->from_stage == S_UNEXPLAINED) here[M_DIFFERENCE] += q;
    if (m->to_stage == S_UNEXPLAINED) here[M_DIFFERENCE] -= q;
    if (m->to_stage == S_CONSUMED) here[M_CONSUMED] += q;
    if (m->to_stage == S_SERVED) here[M_SERVED] += q;
    if (m->to_stage == S_SOLD) here[M_SOLD] += q;
    if (m->to_stage == S_SCRAPPED && m->from_stage != S_PRODUCED) here[M_SCRAPPED] += q;
    if (m->to_stage == S_LOST) here[M_LOST] += q;
}

bool model_within(const struct books *books, int place, int above)
{
    for (; place >= 0; place = books->parent[place])
        if (place == above) return true;
    return false;
}

void model_books(const struct fact *facts, size_t n, struct books *b)
{
    static int64_t totals[PLACES][4][ITEMS];
    bool *taken = calloc(n, sizeof *taken);
    const struct fact **counts = calloc(n, sizeof *counts);
    int64_t latest[PLACES] = {0};
    size_t counts_n = 0;
    if (taken == NULL || counts == NULL) abort();
    memset(b, 0, sizeof *b);
    memset(totals, 0, sizeof totals);
    all.n = 0;
    for (int p = 0; p < PLACES; p++) b->parent[p] = places[p].parent;
    for (size_t i = 0; i < n; i++) {
        const struct fact *f = &facts[i];
        if (f->state != BOOKED) continue;
        if (f->takes >= 0) taken[f->takes] = true;
        if (f->type != PLACE_MOVED) continue;
        b->moved = true;
        if (f->sequence < latest[f->place]) continue;
        latest[f->place] = f->sequence;
        b->parent[f->place] = f->to;
    }
    for (size_t i = 0; i < n; i++) {
        if (facts[i].state != BOOKED || taken[i]) continue;
        moved(b, &facts[i]);
        consume(&facts[i], totals);
        if (facts[i].type == COUNTED) counts[counts_n++] = &facts[i];
    }
    count_all(counts, counts_n);
    for (size_t i = 0; i < all.n; i++) add_up(&all.list[i], b);
    free(taken);
    free(counts);
}
