/* walk.c - see walk.h. */
#include "registry/walk.h"

#include "store/totals.h"

#include <string.h>

static void open_level(struct walk *walk, struct key from)
{
    if (walk->levels > PATH_PLACES_MAX) return;
    scan_begin(&walk->scans[walk->levels++], walk->txn, TABLE_child, &from, 4);
}

void walk_begin(struct walk *walk, struct txn *txn, uint32_t parent, bool deep, uint32_t kind)
{
    memset(walk, 0, sizeof *walk);
    walk->txn = txn;
    walk->deep = deep;
    walk->kind = kind;
    open_level(walk, key("u", parent));
}

/* The place is passed: the scan of its parent's children begins behind it. */
static void open_behind(struct walk *walk, uint32_t parent, const struct place *place)
{
    open_level(walk, key("uuu", parent, place->register_number, place->id + 1));
}

/* Is there anything to find below it? The tally counts the place itself too. */
static bool worth(struct walk *walk, const struct place *place)
{
    if (walk->kind == 0) return true;
    int64_t count = sum_get(walk->txn, TABLE_tally, key("ubu", place->id, CODE_KIND, walk->kind), 1);
    return count > (place->kind == walk->kind ? 1 : 0);
}

bool walk_after(struct walk *walk, struct txn *txn, uint32_t parent, bool deep, uint32_t kind, const struct place *last)
{
    struct place above;
    uint32_t n = 0; /* places of the path of `last` below the parent */
    memset(walk, 0, sizeof *walk);
    walk->txn = txn;
    walk->deep = deep;
    walk->kind = kind;
    while (n < last->path_n && last->path[n] != parent) n++;
    if (n == 0 || (parent != 0 && n == last->path_n) || (!deep && n != 1)) return false;
    for (uint32_t i = n; i > 0; i--) {
        if (!place_get(txn, last->path[i - 1], &above)) return false;
        open_behind(walk, i == n ? parent : last->path[i], &above);
    }
    if (deep && worth(walk, last)) walk->enter = *last;
    return true;
}

bool walk_next(struct walk *walk, struct place *place)
{
    if (walk->enter.id != 0) open_level(walk, key("u", walk->enter.id));
    walk->enter.id = 0;
    while (walk->levels > 0) {
        struct scan *scan = &walk->scans[walk->levels - 1];
        uint32_t parent, number, id;
        if (!scan_next(scan) || !key_read(scan->key, "uuu", &parent, &number, &id) || !place_get(walk->txn, id, place)) {
            scan_end(scan);
            walk->levels--;
            continue;
        }
        if (walk->deep && worth(walk, place)) walk->enter = *place;
        return true;
    }
    return false;
}

void walk_end(struct walk *walk)
{
    while (walk->levels > 0) scan_end(&walk->scans[--walk->levels]);
}
