/* books.c - what the books say of one stage of an item at one place, at the start or the end of a day.
 * Flow:    the account as it stands, less what happened after that moment: by this line, by the lines before it in the
 *          same command, and by entries, newest first.
 * Bounds:  those of cards.h: a count of today reads the last days' entries.
 * Why:     totals hold what stands here and below; a count is of what stands here.
 */
#include "materials/materials.h"

#include "store/cards.h"
#include "store/journal.h"

#include <string.h>

struct moment {
    struct txn *txn;
    const struct place *place;
    const struct item *item;
    enum stage stage;
    int32_t day;
    bool at_start;
    int64_t after; /* what entries did after it */
};

/* What a count at the start of a day brought, or what corrects or takes back such a count, stands before all else of it. */
static bool of_count_at_start(struct txn *txn, const Rasad__V1__Event *event, const Rasad__V1__Movement *movement)
{
    const Rasad__V1__Event *count = event;
    if (movement->count != 0) count = journal_event(txn, movement->count, NULL);
    else if (movement->undo) count = journal_event(txn, event->reverses, NULL);
    return count != NULL && count->fact_case == RASAD__V1__EVENT__FACT_COUNTED && count->counted->at_start;
}

/* The day a movement stands on: of a correction that of its count, of what is taken back that of the line of old. */
static int32_t happened_on(struct txn *txn, const Rasad__V1__Event *event, const Rasad__V1__Movement *movement)
{
    int64_t name = movement->count != 0 ? movement->count : movement->undo ? event->reverses : 0;
    const Rasad__V1__Event *other = name != 0 ? journal_event(txn, name, NULL) : NULL;
    return other != NULL ? other->day : event->day;
}

static bool is_after(const struct moment *moment, const Rasad__V1__Event *event, const Rasad__V1__Movement *movement,
                     int32_t day)
{
    if (day != moment->day || !moment->at_start) return day > moment->day;
    return !of_count_at_start(moment->txn, event, movement);
}

static int64_t after_in_event(const struct moment *moment, const Rasad__V1__Event *event)
{
    struct moved moved;
    int64_t sum = 0;
    for (size_t i = 0; i < event->n_movements; i++) {
        const Rasad__V1__Movement *movement = event->movements[i];
        const char *item = movement->item[0] != '\0' ? movement->item : event->item;
        if (strcmp(item, moment->item->code) != 0) continue;
        movement_read(moment->txn, event, movement, &moved);
        int64_t change = stage_change(&moved, moment->place->id, moment->stage);
        if (change != 0 && is_after(moment, event, movement, happened_on(moment->txn, event, movement))) sum += change;
    }
    return sum;
}

static void after_in_entry(void *ctx, const Rasad__V1__Header *header, struct slice entry)
{
    struct moment *moment = ctx;
    struct slice bytes;
    (void)header;
    while (entry_event_naming(&entry, moment->place->code, &bytes)) {
        const Rasad__V1__Event *event = row_unpack(moment->txn, bytes, &rasad__v1__event__descriptor);
        if (event != NULL) moment->after += after_in_event(moment, event);
    }
}

int64_t books_on(struct call *call, const struct place *place, enum stage stage, const struct item *item, int32_t day,
                 bool at_start)
{
    struct moment moment = {call->txn, place, item, stage, day, at_start, 0};
    cards_since(call->txn, place, item->id, day, after_in_entry, &moment);
    int64_t after = moment.after + after_in_event(&moment, call->event);
    for (size_t i = 0; i < call->entry->n_events; i++) after += after_in_event(&moment, call->entry->events[i]);
    return ledger_net(call, place->id, stage, item->id) - after;
}
