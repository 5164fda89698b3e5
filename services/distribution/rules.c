/* rules.c - see rules.h. */
#include "distribution/rules.h"

#include <stdlib.h>
#include <string.h>

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static bool slip_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-';
}

bool slip_clean(const char *text, char out[SLIP_BYTES_MAX + 1])
{
    size_t n = 0;
    for (; text[n] != '\0'; n++) {
        char c = text[n];
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (n == SLIP_BYTES_MAX || !slip_character(c)) return false;
        out[n] = c;
    }
    out[n] = '\0';
    return n > 0;
}

__extension__ typedef __int128 wide; /* a price times a quantity does not fit 64 bits */
int64_t price_share(int64_t price, int64_t part, int64_t whole) { return (int64_t)((wide)price * part / whole); }

/* ---- request lines */

int64_t quota_share(int64_t quantity, int64_t quota, int64_t used)
{
    return most(0, least(quantity, quota - used));
}

int64_t need_wanted(const Rasad__V1__NeedRow *need) { return need->requested - need->cancelled; }
int64_t need_agreed(const Rasad__V1__NeedRow *need) { return least(need->approved, need_wanted(need)); }
int64_t need_supplied(const Rasad__V1__NeedRow *need) { return most(need->sent - need->lost, need->received); }
int64_t need_on_way(const Rasad__V1__NeedRow *need) { return most(0, need->sent - need->received - need->lost); }

int64_t need_to_supply(const Rasad__V1__NeedRow *need)
{
    return most(0, need_agreed(need) - need->allocated - need_supplied(need));
}

int64_t need_to_cancel(const Rasad__V1__NeedRow *need) { return most(0, need_wanted(need) - need_supplied(need)); }

bool need_to_decide(const Rasad__V1__NeedRow *need) { return !need->decided && need->approved < need_wanted(need); }

bool need_open(const Rasad__V1__NeedRow *need)
{
    return need_to_decide(need) || need_to_supply(need) > 0 || need->allocated > 0 || need_on_way(need) > 0;
}

int64_t need_release(const Rasad__V1__NeedRow *need, int64_t cancel)
{
    int64_t agreed = least(need->approved, need_wanted(need) - cancel);
    int64_t keep = most(0, agreed - need_supplied(need));
    return most(0, need->allocated - keep);
}

const char *need_status(const Rasad__V1__NeedRow *need)
{
    int64_t wanted = need_wanted(need);
    if (need->missing > 0) return "less_came";
    if (need_on_way(need) > 0) return "on_the_way";
    if (need->allocated > 0) return "set_aside";
    if (need->received > 0 || (need->lost > 0 && wanted > 0))
        return need->received - need->spoiled >= need_agreed(need) ? "came" : "less_came";
    if (wanted <= 0) return "cancelled";
    if (need_to_decide(need)) return "asked";
    if (need->approved <= 0) return "not_approved";
    return need->approved < wanted ? "less_approved" : "approved";
}

/* ---- shipments */

int64_t line_on_way(const Rasad__V1__ShipmentLineRow *line)
{
    return most(0, line->sent - line->received - line->settled);
}

int64_t line_missing(const Rasad__V1__ShipmentLineRow *line) { return line->receipts > 0 ? line_on_way(line) : 0; }

bool line_empty(const Rasad__V1__ShipmentLineRow *line)
{
    return line->sends == 0 && line->receipts == 0 && line->settlements == 0 && line->sent == 0 && line->received == 0 &&
           line->spoiled == 0 && line->settled == 0 && line->n_lots == 0;
}

void slip_sum_add(struct slip_sum *sum, const Rasad__V1__ShipmentLineRow *line)
{
    if (line_missing(line) > 0) sum->missing = true;
    else if (line_on_way(line) > 0) sum->on_way = true;
    else if (line->received < line->sent) sum->short_of = true;
}

/* Something recorded days after it left is late by its day; something recorded at once, by the hour. */
const char *slip_status(const struct slip_sum *sum, int64_t sent_ms, int32_t sent_day, int64_t now_ms, int32_t today)
{
    bool late = now_ms - sent_ms > NOT_CONFIRMED_MS || today > sent_day + 1;
    if (sum->missing) return "less_came";
    if (sum->on_way) return late ? "not_confirmed" : "on_the_way";
    return sum->short_of ? "less_came" : "came";
}

/* A lot below zero came in the place of another: the sum is what is really on the way. Lot 0 is any lot: it comes last,
 * with what no lot covers. */
int64_t lots_share(const Rasad__V1__ShipmentLineRow *line, int64_t taken, int64_t quantity,
                   int64_t take[SHIPMENT_LOTS_MAX])
{
    int64_t there = 0;
    for (size_t i = 0; i < line->n_lots; i++) there += line->lots[i]->quantity;
    int64_t skip = taken, left = most(0, least(quantity, there - taken)), rest = quantity - left;
    for (size_t i = 0; i < line->n_lots && i < SHIPMENT_LOTS_MAX; i++) {
        int64_t has = line->lots[i]->lot != 0 ? most(0, line->lots[i]->quantity) : 0, skipped = least(skip, has);
        skip -= skipped;
        take[i] = least(left, has - skipped);
        left -= take[i];
    }
    return rest + left;
}

/* ---- proposals */

#define UDEG INT64_C(1000000)
#define METRES_PER_DEGREE INT64_C(111195) /* of a great circle, the earth's mean radius being 6,371.0 km */

/* Bhaskara's cosine: (32400 - 4 x^2) / (32400 + x^2) for x in degrees, here in thousandths; good to 0.2 %. */
static int64_t cosine_thousandths(int64_t degrees)
{
    int64_t square = degrees * degrees;
    return (32400 - 4 * square) * 1000 / (32400 + square);
}

static int64_t square_root(int64_t value)
{
    int64_t root = 0;
    for (int64_t bit = INT64_C(1) << 30; bit > 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= value) root += bit;
    return root;
}

int64_t distance_m(int32_t latitude_a, int32_t longitude_a, int32_t latitude_b, int32_t longitude_b)
{
    if ((latitude_a == 0 && longitude_a == 0) || (latitude_b == 0 && longitude_b == 0)) return -1;
    int64_t north = (int64_t)latitude_a - latitude_b, east = llabs((int64_t)longitude_a - longitude_b);
    if (east > 180 * UDEG) east = 360 * UDEG - east;
    int64_t middle = ((int64_t)latitude_a + latitude_b) / 2 / UDEG;
    int64_t y = north * METRES_PER_DEGREE / UDEG;
    int64_t x = east * METRES_PER_DEGREE / UDEG * cosine_thousandths(middle) / 1000;
    return square_root(x * x + y * y);
}

static int order(int64_t a, int64_t b) { return (a > b) - (a < b); }

/* Unknown distances and goods without expiry come last. */
static int64_t last_if(bool unknown, int64_t value) { return unknown ? INT64_MAX : value; }

static int by_distance(const struct candidate *a, const struct candidate *b)
{
    return order(last_if(a->distance_m < 0, a->distance_m), last_if(b->distance_m < 0, b->distance_m));
}

static int by_choice(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    int sign = order(a->own_use, b->own_use);
    if (sign == 0) sign = by_distance(a, b);
    if (sign == 0) sign = order(last_if(a->expiry_ms == 0, a->expiry_ms), last_if(b->expiry_ms == 0, b->expiry_ms));
    return sign != 0 ? sign : order(a->place, b->place);
}

/* Among those that are left, the first one is taken; what set it before the next is why. */
static const char *because(const struct candidate *taken, const struct candidate *next, bool all)
{
    if (taken->own_use) return "own_use";
    if (all) return "all_there_is";
    if (next != NULL && by_distance(taken, next) == 0 && taken->expiry_ms != 0) return "first_expiry";
    return taken->distance_m >= 0 ? "nearest" : "all_there_is";
}

int64_t propose(struct candidate *candidates, size_t n, int64_t need)
{
    qsort(candidates, n, sizeof *candidates, by_choice);
    for (size_t i = 0; i < n; i++) {
        struct candidate *c = &candidates[i];
        c->take = least(need, c->free);
        need -= c->take;
        if (c->take > 0) c->because = because(c, i + 1 < n ? c + 1 : NULL, c->take == c->free && need > 0);
    }
    return need;
}
