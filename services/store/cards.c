/* cards.c - see cards.h. */
#include "store/cards.h"

#include "base/clock.h"
#include "base/must.h"
#include "store/accounts.h"
#include "store/journal.h"
#include "store/logged.h"

#include <stdlib.h>
#include <string.h>

/* A fact is refused past the day after the server's, and months close when they are over: what is booked on a day was
 * written at most tomorrow's distance before it, and a day more for offsets from UTC, rounded up. */
#define AHEAD_DAYS 3

static uint32_t card_item(bool hands_in, uint32_t item) { return hands_in ? 0 : item; }

#define PLACE_ITEM_BYTES 8 /* of the key: place and item; then the sequence */

bool card_is_log(const struct place *place, const Rasad__V1__Event *event)
{
    if (event->fact_case != RASAD__V1__EVENT__FACT_OUTPUT_LOGGED || event->reverses != 0 || event->booked_later != 0) return false;
    for (size_t i = 0; i < event->n_movements; i++) /* a correction of a count is on another day */
        if (event->movements[i]->day != 0) return false;
    return place_hands_in(place);
}

/* The card written last, where it is one for all items: the next movement is mostly of the same line. */
static struct {
    uint32_t place;
    int64_t sequence;
} written;

void card_put(struct txn *txn, uint32_t place, uint32_t item, int64_t sequence)
{
    if (written.place == place && written.sequence == sequence) return;
    bool hands_in = !place_has_totals(txn, place);
    struct key k = key("uuq", place, card_item(hands_in, item), sequence);
    txn_put(txn, TABLE_card, &k, "", 0);
    if (!hands_in) return;
    written.place = place;
    written.sequence = sequence;
}

void cards_forget(void) { written.place = 0; }

/* ---- reading */

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static bool logged_room(struct cards *cards)
{
    struct txn *txn = cards->txn;
    if (cards->logged_n < cards->logged_room) return true;
    size_t room = cards->logged_room * 2 + 64;
    int64_t *more = arena_array(txn->arena, room, sizeof *more);
    if (more == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return false;
    }
    if (cards->logged_n > 0) memcpy(more, cards->logged, cards->logged_n * sizeof *more);
    cards->logged = more;
    cards->logged_room = room;
    return true;
}

static void logged_read(struct cards *cards, uint32_t place, int64_t before, int32_t day)
{
    struct logged logged;
    uint32_t item = 0;
    while (logged_item_after(cards->txn, place, &item)) {
        for (logged_begin(&logged, cards->txn, place, item, day); logged_next(&logged);)
            if (name_sequence(logged.line.name) < before && logged_room(cards))
                cards->logged[cards->logged_n++] = name_sequence(logged.line.name);
        logged_end(&logged);
    }
    if (cards->logged_n > 0) qsort(cards->logged, cards->logged_n, sizeof *cards->logged, newest_first);
}

static void card_step(struct cards *cards)
{
    cards->card = 0;
    if (!scan_next(&cards->scan)) return;
    (void)key_read((struct slice){(const uint8_t *)cards->scan.key.data + PLACE_ITEM_BYTES, 8}, "q", &cards->card);
}

void cards_begin(struct cards *cards, struct txn *txn, const struct place *place, uint32_t item, int64_t before, int32_t day)
{
    bool hands_in = place_hands_in(place);
    struct key end = key("uuq", place->id, card_item(hands_in, item), before);
    memset(cards, 0, sizeof *cards);
    cards->txn = txn;
    if (hands_in) logged_read(cards, place->id, before, day);
    scan_begin_down(&cards->scan, txn, TABLE_card, &end, PLACE_ITEM_BYTES);
    card_step(cards);
}

bool cards_next(struct cards *cards, int64_t *sequence)
{
    int64_t logged = cards->logged_at < cards->logged_n ? cards->logged[cards->logged_at] : 0;
    *sequence = logged > cards->card ? logged : cards->card;
    while (cards->logged_at < cards->logged_n && cards->logged[cards->logged_at] == *sequence) cards->logged_at++;
    if (*sequence == cards->card) card_step(cards);
    return *sequence != 0;
}

void cards_end(struct cards *cards) { scan_end(&cards->scan); }

void cards_since(struct txn *txn, const struct place *place, uint32_t item, int32_t day, card_visit *visit, void *ctx)
{
    struct cards cards;
    struct slice entry;
    int64_t sequence;
    bool older = false;
    size_t begun = arena_mark(txn->arena);
    for (cards_begin(&cards, txn, place, item, INT64_MAX, day); !older && cards_next(&cards, &sequence);) {
        size_t mark = arena_mark(txn->arena);
        if (journal_stored(txn, sequence, NULL, &entry)) {
            const Rasad__V1__Header *header = entry_header(txn, entry);
            if (header == NULL) break;
            older = day_of_ms(header->server_time_ms, 0) + AHEAD_DAYS < day;
            if (!older) visit(ctx, header, entry);
        }
        arena_release(txn->arena, mark);
    }
    cards_end(&cards);
    arena_release(txn->arena, begun);
}

/* ---- the lines of one place among all lines of the entries that touched it */

struct card_reading {
    struct txn *txn;
    const struct place *place;
    const struct books *books;
    size_t at;          /* of the place in the books */
    int32_t day;
    measure_visit *visit;
    void *ctx;
};

static bool movement_touches(const struct card_reading *reading, const Rasad__V1__Event *event,
                             const Rasad__V1__Movement *movement)
{
    const char *place = reading->place->code;
    if (strcmp(event->place, place) != 0 && strcmp(movement->from_place, place) != 0 && strcmp(movement->to_place, place) != 0)
        return false;
    uint32_t item = code_id(reading->txn, CODE_ITEM, movement->item[0] != '\0' ? movement->item : event->item);
    return item - reading->books->item < reading->books->items_n;
}

static void read_event(const struct card_reading *reading, const Rasad__V1__Event *event)
{
    struct moved moved;
    int64_t value;
    uint32_t place = reading->place->id;
    const struct books *books = reading->books;
    for (size_t i = 0; i < event->n_movements; i++) {
        if (!movement_touches(reading, event, event->movements[i])) continue;
        movement_read(reading->txn, event, event->movements[i], &moved);
        int32_t measure = moved_measure(&moved, moved.from == place, moved.to == place, &value);
        size_t book = reading->at * books->items_n + (moved.item - books->item);
        if (measure != 0 && moved.day >= reading->day) reading->visit(reading->ctx, book, moved.day, measure, value);
    }
}

static void read_entry(void *ctx, const Rasad__V1__Header *header, struct slice entry)
{
    const struct card_reading *reading = ctx;
    struct slice bytes;
    (void)header;
    while (entry_event_naming(&entry, reading->place->code, &bytes)) {
        const Rasad__V1__Event *event = row_unpack(reading->txn, bytes, &rasad__v1__event__descriptor);
        if (event != NULL) read_event(reading, event);
    }
}

void cards_measures(struct txn *txn, const struct books *books, size_t at, int32_t day, measure_visit *visit, void *ctx)
{
    struct card_reading reading = {txn, &books->places[at], books, at, day, visit, ctx};
    must(place_hands_in(reading.place)); /* its card is one for all items */
    cards_since(txn, reading.place, 0, day, read_entry, &reading);
}

void cards_now(struct txn *txn, const struct place *place, uint32_t item, int64_t net[STAGES_REAL])
{
    const Rasad__V1__AccountRow *row = account_row(txn, place->id, item);
    memset(net, 0, STAGES_REAL * sizeof *net);
    for (enum stage stage = STOCK; stage_real(stage); stage++) net[stage] = account_real(row, stage) - account_shortfall(row, stage);
}
