/* stock.c - what is there: the stock of a place, and the stock card of one item, newest line first.
 * Bounds:  a page of the card ends after CARD_ROWS rows or CARD_BYTES of entries unpacked, always between two lines.
 * Why:     the card keeps no balances. The newest is the account as it stands; each older one follows from the change
 *          after it. `next` carries the balance there, so a page need not walk through those before it, and stays true
 *          whatever is written meanwhile.
 */
#include "materials/materials.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/cards.h"
#include "store/commands.h"
#include "store/journal.h"

#include <string.h>

/* ---- stock */

struct stock {
    struct call *call;
    bool lots;
    size_t room;
    Rasad__V1__GetStockResponse *response;
};

static Rasad__V1__StockRow *stock_row(struct stock *stock, const struct item *item, enum stage stage)
{
    Rasad__V1__GetStockResponse *response = stock->response;
    Rasad__V1__StockRow *row = make(stock->call, stock_row);
    if (response->n_rows == stock->room) {
        size_t room = stock->room * 2 + 16;
        void *more = arena_array(stock->call->arena, room, sizeof *response->rows);
        if (more == NULL) return NULL;
        if (response->n_rows > 0) memcpy(more, response->rows, response->n_rows * sizeof *response->rows);
        response->rows = more;
        stock->room = room;
    }
    if (row == NULL) return NULL;
    row->item = arena_strdup(stock->call->arena, item->code);
    row->stage = (Rasad__V1__Stage)stage;
    response->rows[response->n_rows++] = row;
    return row->item != NULL ? row : NULL;
}

static Rasad__V1__LotBalance *lot_balance(struct call *call, const Rasad__V1__AccountRow__Balance *balance)
{
    Rasad__V1__LotBalance *lot = make(call, lot_balance);
    if (lot == NULL) return NULL;
    lot->lot = text_of(name_text(call->arena, balance->lot));
    lot->quantity = balance->quantity;
    lot->expiry_ms = balance->expiry_ms;
    const Rasad__V1__LotRow *row = balance->lot != 0 ? lot_row(call->txn, balance->lot) : NULL;
    if (row != NULL) lot->number = row->number;
    return lot;
}

static void add_lots(struct call *call, const Rasad__V1__AccountRow *account, enum stage stage, Rasad__V1__StockRow *row)
{
    row->lots = arena_array(call->arena, account->n_balances, sizeof *row->lots);
    for (size_t i = 0; row->lots != NULL && i < account->n_balances; i++) {
        if ((enum stage)account->balances[i]->stage != stage) continue;
        Rasad__V1__LotBalance *lot = lot_balance(call, account->balances[i]);
        if (lot != NULL) row->lots[row->n_lots++] = lot;
    }
}

static void add_item(struct stock *stock, const struct item *item, const Rasad__V1__AccountRow *account)
{
    for (enum stage stage = STOCK; stage_real(stage); stage++) {
        int64_t quantity = account_real(account, stage), shortfall = account_shortfall(account, stage);
        Rasad__V1__StockRow *row = quantity != 0 || shortfall != 0 ? stock_row(stock, item, stage) : NULL;
        if (row == NULL) continue;
        row->quantity = quantity;
        row->shortfall = shortfall;
        if (stock->lots) add_lots(stock->call, account, stage, row);
    }
}

static void add_items(struct stock *stock, uint32_t place)
{
    struct txn *txn = stock->call->txn;
    struct scan scan;
    struct item item;
    struct key from = key("u", place);
    uint32_t id;
    for (scan_begin(&scan, txn, TABLE_account, &from, 4); scan_next(&scan);) {
        if (!key_read((struct slice){(const uint8_t *)scan.key.data + 4, 4}, "u", &id)) break;
        if (!item_get(txn, id, &item) || item.class != RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS) continue;
        const Rasad__V1__AccountRow *account = row_unpack(txn, scan.value, &rasad__v1__account_row__descriptor);
        if (account != NULL) add_item(stock, &item, account);
    }
    scan_end(&scan);
}

void handle_get_stock(struct call *call)
{
    const Rasad__V1__GetStockRequest *request = (const void *)call->request;
    struct stock stock = {.call = call, .lots = request->lots, .response = make(call, get_stock_response)};
    struct place place;
    struct item item;
    check_code(call, "place", request->place);
    check_code_or_empty(call, "item", request->item);
    if (refused(call) || !find_own_place(call, "place", request->place, &place)) return;
    call->reply = &stock.response->base;
    if (request->item[0] == '\0') add_items(&stock, place.id);
    else if (find_item(call, "item", request->item, &item))
        add_item(&stock, &item, account_row(call->txn, place.id, item.id));
}

/* ---- stock card */

#define CARD_ENTRIES_USUAL 50 /* of a page when the asker names no limit */

struct card {
    struct call *call;
    struct place place;
    struct item item;
    int64_t sequence;      /* begin in this entry, */
    int32_t line;          /* below this line */
    int64_t balance;       /* after the line that comes next */
    Rasad__V1__GetStockCardResponse *response;
};

static char *day_text(struct call *call, int32_t day)
{
    char text[11];
    day_format(day, text);
    return text_of(arena_strdup(call->arena, text));
}

static void add_change(struct card *card, const Rasad__V1__Header *header, int64_t name, const struct moved *moved)
{
    struct card_change change = card_change_of(moved, card->place.id);
    struct call *call = card->call;
    Rasad__V1__StockCardRow *row = change.shown ? make(call, stock_card_row) : NULL;
    if (row == NULL) return;
    row->name = text_of(name_text(call->arena, name));
    row->day = day_text(call, moved->day);
    row->server_time_ms = header->server_time_ms;
    row->method = header->method;
    row->actor = header->actor;
    row->other_place = text_of(place_code(call->txn, change.other_place));
    row->stage = (Rasad__V1__Stage)change.stage;
    row->other_stage = (Rasad__V1__Stage)change.other_stage;
    row->change = change.change;
    row->balance = card->balance;
    row->lot = text_of(name_text(call->arena, change.lot));
    row->reversal = moved->undo;
    card->response->rows[card->response->n_rows++] = row;
    card->balance -= change.net;
}

/* The movements of one line, last first: at most MOVEMENTS_PER_EVENT_MAX rows. */
static void add_event(struct card *card, const Rasad__V1__Header *header, const Rasad__V1__Event *event, int64_t name)
{
    struct moved moved;
    for (size_t i = event->n_movements; i-- > 0;) {
        const Rasad__V1__Movement *movement = event->movements[i];
        const char *item = movement->item[0] != '\0' ? movement->item : event->item;
        if (strcmp(item, card->item.code) != 0 || card->response->n_rows == CARD_ROWS + MOVEMENTS_PER_EVENT_MAX) continue;
        movement_read(card->call->txn, event, movement, &moved);
        add_change(card, header, name, &moved);
    }
}

/* The lines of one entry, last first; returns the line before which the page is full, or 1: the entry is done. */
static int32_t add_entry(struct card *card, const Rasad__V1__Entry *entry, int32_t below)
{
    int32_t line = (size_t)below > entry->n_events ? (int32_t)entry->n_events + 1 : below;
    while (line > 1 && card->response->n_rows < CARD_ROWS) {
        line--;
        add_event(card, entry->header, entry->events[line - 1], name_of(entry->header->sequence, line));
    }
    return line;
}

/* "812.3/-40": the last line shown, and the balance before it. */
static char *card_next(struct card *card, int64_t sequence, int32_t line)
{
    const char *name = name_text(card->call->arena, name_of(sequence, line));
    return text_of(arena_printf(card->call->arena, "%s/%lld", name, (long long)card->balance));
}

static bool card_from_next(struct card *card, const char *next)
{
    char name_part[CODE_BYTES_MAX * 2] = "";
    const char *slash = strchr(next, '/');
    int64_t name = 0;
    if (slash == NULL || (size_t)(slash - next) >= sizeof name_part) return false;
    memcpy(name_part, next, (size_t)(slash - next));
    if (!name_parse(name_part, &name) || name == 0 || !int64_parse(slash + 1, &card->balance)) return false;
    if (card->balance > BALANCE_MAX || card->balance < -BALANCE_MAX) return false;
    card->line = name_line(name);
    card->sequence = card->line > 1 ? name_sequence(name) : name_sequence(name) - 1; /* of line 1: that entry is done */
    if (card->line == 1) card->line = INT32_MAX;
    return true;
}

static void card_from_newest(struct card *card)
{
    const Rasad__V1__AccountRow *account = account_row(card->call->txn, card->place.id, card->item.id);
    card->sequence = INT64_MAX - 1;
    card->line = INT32_MAX;
    for (enum stage stage = STOCK; stage_real(stage); stage++)
        card->balance += account_real(account, stage) - account_shortfall(account, stage);
}

static void fill_card(struct card *card, int32_t entries_max)
{
    struct txn *txn = card->call->txn;
    struct cards cards;
    int64_t sequence, last = 0;
    int32_t line = 1, entries = 0, looked = 0;
    for (cards_begin(&cards, txn, &card->place, card->item.id, card->sequence + 1, DAY_MIN); cards_next(&cards, &sequence); looked++) {
        size_t mark = arena_mark(txn->arena), rows = card->response->n_rows;
        bool full = entries == entries_max || rows >= CARD_ROWS || looked == PAGE_LOOKED_MAX || mark > CARD_BYTES;
        if (looked > 0 && (line > 1 || full)) {
            card->response->next = card_next(card, last, line);
            break;
        }
        const Rasad__V1__Entry *entry = journal_read(txn, sequence, NULL);
        if (entry == NULL) break;
        last = sequence;
        line = add_entry(card, entry, sequence == card->sequence ? card->line : INT32_MAX);
        if (card->response->n_rows > rows) entries++;
        else arena_release(txn->arena, mark); /* of another item of a maker, whose card is one */
    }
    cards_end(&cards);
    if (line > 1 && card->response->next[0] == '\0') card->response->next = card_next(card, last, line);
}

void handle_get_stock_card(struct call *call)
{
    const Rasad__V1__GetStockCardRequest *request = (const void *)call->request;
    struct card card = {.call = call, .response = make(call, get_stock_card_response)};
    int32_t limit = page_limit(call, request->limit, CARD_ENTRIES_USUAL);
    check_code(call, "place", request->place);
    check_code(call, "item", request->item);
    if (request->before[0] != '\0' && !card_from_next(&card, request->before))
        refuse_request(call, REASON_BAD_FORMAT, "before", "", "`next` of the page before");
    if (refused(call) || !find_own_place(call, "place", request->place, &card.place)) return;
    if (!find_item(call, "item", request->item, &card.item)) return;
    if (request->before[0] == '\0') card_from_newest(&card);
    card.response->rows = arena_array(call->arena, CARD_ROWS + MOVEMENTS_PER_EVENT_MAX, sizeof *card.response->rows);
    if (card.response->rows == NULL) return;
    call->reply = &card.response->base;
    fill_card(&card, limit);
}
