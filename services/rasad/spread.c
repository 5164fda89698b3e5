/* spread.c - whole totals spread over places and days; see spread.h. */
#include "rasad/spread.h"

#include "base/must.h"

__extension__ typedef unsigned __int128 wide;

static int64_t floor_of(int64_t total, int64_t part, int64_t all)
{
    return (int64_t)((wide)(uint64_t)total * (wide)(uint64_t)part / (wide)(uint64_t)all);
}

int64_t spread_part(int64_t total, int64_t before, int64_t after, int64_t all)
{
    must(total >= 0 && before >= 0 && before <= after && after <= all && all > 0);
    return floor_of(total, after, all) - floor_of(total, before, all);
}

int64_t spread_share(int64_t total, size_t i, size_t n)
{
    must(i < n);
    return spread_part(total, (int64_t)i, (int64_t)i + 1, (int64_t)n);
}

size_t spread_pick(size_t i, size_t count, size_t n)
{
    must(i < count && count <= n);
    return (size_t)((wide)i * (wide)n / (wide)count);
}

bool spread_turn(size_t i, size_t day, size_t days, size_t rounds, size_t *turn)
{
    must(day < days && rounds > 0 && rounds <= days);
    if (rounds == days) {
        *turn = day;
        return true;
    }
    size_t since = (day + days - i % days) % days; /* days since the place's first turn, around the end */
    size_t candidate = (since * rounds + days - 1) / days;
    if (candidate >= rounds || candidate * days / rounds != since) return false;
    *turn = candidate;
    return true;
}

/* The finaliser of splitmix64: near numbers come out unlike each other. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

int64_t spread_weight(uint64_t a, uint64_t b, int64_t vary)
{
    must(vary >= 0 && vary < 100);
    return 100 - vary + (int64_t)(mix(mix(a) ^ b) % (uint64_t)(2 * vary + 1));
}

/* Of at most 10^12. */
static int64_t square_root(int64_t x)
{
    int64_t root = 0;
    for (int64_t bit = INT64_C(1) << 20; bit > 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= x) root += bit;
    }
    return root;
}

void spread_around(size_t i, size_t n, int64_t radius_udeg, int64_t *north_udeg, int64_t *east_udeg)
{
    const int64_t unit = 1000000;
    const int64_t turn_cos = -737369, turn_sin = 675490; /* of the golden angle, 137.508 degrees, in millionths */
    must(i < n);
    int64_t x = unit, y = 0;
    for (size_t step = 0; step < i; step++) {
        int64_t turned = (x * turn_cos - y * turn_sin) / unit;
        y = (x * turn_sin + y * turn_cos) / unit;
        x = turned;
    }
    int64_t distance = square_root((2 * (int64_t)i + 1) * unit / (2 * (int64_t)n) * unit); /* in millionths, too */
    *north_udeg = x * distance / unit * radius_udeg / unit;
    *east_udeg = y * distance / unit * radius_udeg / unit;
}
