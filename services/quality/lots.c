/* lots.c - see lots.h. Table verdict is written by apply.c. */
#include "quality/lots.h"

#define AQL_USUAL 250 /* hundredths of a percent */

uint32_t lot_origin(struct txn *txn, int64_t lot)
{
    size_t mark = arena_mark(txn->arena);
    const Rasad__V1__LotRow *row = lot != 0 ? lot_row(txn, lot) : NULL;
    int32_t origin = row == NULL ? 0 : row->supplier != 0 ? row->supplier : row->place;
    arena_release(txn->arena, mark);
    return (uint32_t)origin;
}

enum severity lot_severity(struct txn *txn, uint32_t origin, uint32_t item)
{
    bool accepted[VERDICTS_READ_MAX];
    size_t n = 0;
    struct scan scan;
    struct key end = key("uuq", origin, item, INT64_MAX);
    if (origin == 0) return SEVERITY_NORMAL;
    size_t mark = arena_mark(txn->arena);
    for (scan_begin_down(&scan, txn, TABLE_verdict, &end, 8); n < VERDICTS_READ_MAX && scan_next(&scan);) {
        const Rasad__V1__NumberRow *row = row_unpack(txn, scan.value, &rasad__v1__number_row__descriptor);
        n++;
        accepted[VERDICTS_READ_MAX - n] = row != NULL && row->value == 1;
    }
    scan_end(&scan);
    arena_release(txn->arena, mark);
    return sampling_severity(accepted + VERDICTS_READ_MAX - n, n);
}

int item_step(const struct item *item)
{
    return sampling_step_at_most((int64_t)(item->aql_hundredths > 0 ? item->aql_hundredths : AQL_USUAL) * 10);
}

int64_t inspected_lot(const Rasad__V1__Event *event)
{
    if (event->inspected->n_lots > 0) return event->inspected->lots[0];
    for (size_t i = 0; i < event->n_movements; i++) {
        const Rasad__V1__Movement *movement = event->movements[i];
        if (!movement->undo && movement->from_stage == RASAD__V1__STAGE__STAGE_UNCHECKED && movement->from_lot != 0)
            return movement->from_lot;
    }
    return 0;
}
