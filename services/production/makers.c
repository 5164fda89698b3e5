/* makers.c - see makers.h. */
#include "production/makers.h"

bool makers_child_after(struct txn *txn, uint32_t parent, const struct place *after, struct place *child)
{
    struct key from = after != NULL ? key("uuu", parent, after->register_number, after->id + 1) : key("u", parent);
    struct scan scan;
    uint32_t above, number, id = 0;
    scan_begin(&scan, txn, TABLE_child, &from, 4);
    if (scan_next(&scan)) (void)key_read(scan.key, "uuu", &above, &number, &id);
    scan_end(&scan);
    return place_get(txn, id, child);
}

bool makers_place_after(struct txn *txn, uint32_t root, const struct place *at, struct place *next)
{
    struct place here = *at;
    if (makers_child_after(txn, here.id, NULL, next)) return true;
    while (here.id != root && here.path_n > 1) {
        uint32_t parent = here.path[1];
        if (makers_child_after(txn, parent, &here, next)) return true;
        if (!place_get(txn, parent, &here)) return false;
    }
    return false;
}
