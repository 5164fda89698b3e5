/* earnings.c - GetEarnings: what makers earned in a period, item by item or day by day, and what is still owed to each.
 * Flow:    handle_get_earnings -> rows_of for the place itself and, page by page, each place below it.
 * Bounds:  a page visits at most `limit` places, whether they earned or not, and shows at most PAGE_LINES_MAX rows of
 *          one maker; `next` is the place visited last.
 * Why:     `paid` stays 0 until there is a fact that pays.
 */
#include "production/keys.h"
#include "production/makers.h"
#include "store/commands.h"

#include "base/clock.h"
#include "production.pb-c.h"

#include <string.h>

#define EARNINGS_PLACES_USUAL 100 /* of a page when the asker names no limit */

struct statement {
    struct call *call;
    int32_t from, to;
    bool by_day;
    Rasad__V1__GetEarningsResponse *response;
    size_t room;  /* for rows */
    size_t first; /* row of the maker at hand */
};

static Rasad__V1__EarningRow *row_add(struct statement *statement, const struct place *maker, const char *item,
                                      const char *money, const char *day)
{
    struct call *call = statement->call;
    Rasad__V1__GetEarningsResponse *response = statement->response;
    if (response->n_rows == statement->room) return NULL;
    Rasad__V1__EarningRow *row = make(call, earning_row);
    if (row == NULL) return NULL;
    row->place = arena_strdup(call->arena, maker->code);
    row->name = place_names(call->txn, maker->id);
    row->item = arena_strdup(call->arena, item);
    row->money = arena_strdup(call->arena, money);
    row->day = arena_strdup(call->arena, day);
    if (row->place == NULL || row->item == NULL || row->money == NULL || row->day == NULL) return NULL;
    response->rows[response->n_rows++] = row;
    return row;
}

/* The maker's row of an item, money and day, or its first of this money where item is NULL; NULL: none yet. */
static Rasad__V1__EarningRow *row_find(struct statement *statement, const char *item, const char *money, const char *day)
{
    for (size_t i = statement->first; i < statement->response->n_rows; i++) {
        Rasad__V1__EarningRow *row = statement->response->rows[i];
        if (strcmp(row->money, money) != 0) continue;
        if (item == NULL || (strcmp(row->item, item) == 0 && strcmp(row->day, day) == 0)) return row;
    }
    return NULL;
}

static void add_earned(struct statement *statement, const struct place *maker)
{
    struct txn *txn = statement->call->txn;
    struct key from = earning_key(maker->id, statement->from, 0, 0);
    struct scan scan;
    uint32_t payee, money_id;
    int32_t day;
    int64_t name;
    for (scan_begin(&scan, txn, TABLE_earning, &from, EARNING_PLACE_BYTES); scan_next(&scan);) {
        if (!key_read(scan.key, "udqu", &payee, &day, &name, &money_id) || day > statement->to) break;
        const Rasad__V1__Earned *earned = row_unpack(txn, scan.value, &rasad__v1__earned__descriptor);
        const char *money = item_code(txn, money_id);
        char text[11] = "";
        if (earned == NULL) break;
        if (statement->by_day) day_format(day, text);
        Rasad__V1__EarningRow *row = row_find(statement, earned->item, money, text);
        if (row == NULL) row = row_add(statement, maker, earned->item, money, text);
        if (row == NULL) break;
        row->pieces += earned->quantity;
        row->earned += earned->amount;
    }
    scan_end(&scan);
}

/* What is owed now, whenever it was earned, stands in the maker's first row of that money. */
static void add_owed(struct statement *statement, const struct place *maker)
{
    struct txn *txn = statement->call->txn;
    struct key from = key("u", maker->id);
    struct scan scan;
    struct item money;
    uint32_t place, item;
    for (scan_begin(&scan, txn, TABLE_account, &from, 4); scan_next(&scan);) {
        if (!key_read(scan.key, "uu", &place, &item) || !item_get(txn, item, &money)) break;
        if (money.class != RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) continue;
        const Rasad__V1__AccountRow *account = account_row(txn, maker->id, item);
        int64_t owed = account_real(account, OWED) - account_shortfall(account, OWED);
        if (owed == 0) continue;
        Rasad__V1__EarningRow *row = row_find(statement, NULL, money.code, NULL);
        if (row == NULL) row = row_add(statement, maker, "", money.code, "");
        if (row != NULL) row->owed = owed;
    }
    scan_end(&scan);
}

static void rows_of(struct statement *statement, const struct place *maker)
{
    if (!maker->makes) return;
    statement->first = statement->response->n_rows;
    add_earned(statement, maker);
    add_owed(statement, maker);
}

static bool first_place(struct call *call, const struct place *root, const char *after, struct place *first)
{
    struct place last;
    *first = *root;
    if (after[0] == '\0') return true;
    if (!find_place(call, "after", after, &last)) return false;
    if (place_within(&last, root->id)) return makers_place_after(call->txn, root->id, &last, first);
    refuse_words(call, REASON_UNKNOWN_CODE, "after", after, "`next` of the page before");
    return false;
}

static void fill(struct statement *statement, const struct place *root, const char *after, int32_t limit)
{
    struct call *call = statement->call;
    Rasad__V1__GetEarningsResponse *response = statement->response;
    struct place place, last = *root;
    bool more = first_place(call, root, after, &place);
    for (int32_t visited = 0; more && !refused(call); visited++) {
        if (visited == limit || response->n_rows >= PAGE_LINES_MAX) {
            response->next = arena_strdup(call->arena, last.code);
            return;
        }
        rows_of(statement, &place);
        last = place;
        more = makers_place_after(call->txn, root->id, &last, &place);
    }
}

void handle_get_earnings(struct call *call)
{
    const Rasad__V1__GetEarningsRequest *request = (const void *)call->request;
    struct statement statement = {.call = call, .by_day = request->by_day, .room = (size_t)2 * PAGE_LINES_MAX};
    struct place root;
    int32_t limit = page_limit(call, request->limit, EARNINGS_PLACES_USUAL);
    check_code(call, "place", request->place);
    check_code_or_empty(call, "after", request->after);
    check_any_day(call, "from", request->from, &statement.from);
    check_any_day(call, "to", request->to, &statement.to);
    if (refused(call) || !find_own_place(call, "place", request->place, &root)) return;
    statement.response = make(call, get_earnings_response);
    if (statement.response == NULL) return;
    statement.response->rows = arena_array(call->arena, statement.room, sizeof *statement.response->rows);
    call->reply = &statement.response->base;
    if (statement.response->rows != NULL) fill(&statement, &root, request->after, limit);
}
