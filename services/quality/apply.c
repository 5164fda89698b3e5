/* apply.c - the fact of this room into its table: the verdicts by which makers are looked at more or less strictly. The
 * movements are the ledger's.
 * Owns:    verdict.
 */
#include "store/apply.h"

#include "quality/lots.h"

void apply_inspected(struct applying *applying, const Rasad__V1__Inspected *inspected, int sign)
{
    uint32_t origin = lot_origin(applying->txn, inspected_lot(applying->event));
    struct key k = key("uuq", origin, applying->item.id, applying->name);
    if (origin == 0 || inspected->sample == 0) return;
    number_put(applying->txn, TABLE_verdict, &k, sign < 0 ? 0 : inspected->passed ? 1 : 2);
}
