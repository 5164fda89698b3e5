/* lots.h - what this room knows about a lot and its maker: how strictly the next lot is looked at. */
#ifndef RASAD_QUALITY_LOTS_H
#define RASAD_QUALITY_LOTS_H

#include "quality/sampling.h"
#include "store/directory.h"
#include "store/ledger.h"

/* Whose lot it is: of the supplier it came from, or the place that made it; 0 nobody's. */
uint32_t lot_origin(struct txn *txn, int64_t lot);

/* From the last verdicts on this maker's lots of the item. */
enum severity lot_severity(struct txn *txn, uint32_t origin, uint32_t item);

/* The step of the item's acceptance quality limit, or the next stricter one; 2.5 % where it has none. */
int item_step(const struct item *item);

/* The lot of an Inspected event whose maker the verdict is about: the first named, or the first taken; 0 none. */
int64_t inspected_lot(const Rasad__V1__Event *event);

#endif
