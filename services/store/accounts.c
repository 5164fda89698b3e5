/* accounts.c - see accounts.h. */
#include "store/accounts.h"

#include "base/must.h"
#include "store/logged.h"
#include "store/varint.h"

#include <string.h>

#define SLOTS (ACCOUNTS_PER_COMMAND_MAX * 2)

static struct {
    bool made;
    struct arena arena;                 /* own: callers give their memory back while accounts must stay */
    struct account *slots[SLOTS];
    struct account *list[ACCOUNTS_PER_COMMAND_MAX];
    size_t n;
} cache;

struct arena *accounts_arena(void)
{
    if (!cache.made) must(arena_init(&cache.arena, ARENA_BYTES_MAX));
    cache.made = true;
    return &cache.arena;
}

static size_t slot_of(uint32_t place, uint32_t item)
{
    uint64_t hash = ((uint64_t)place << 32 | item) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 40) % SLOTS;
}

/* ---- the row: messages of numbers within a message, read straight into the account and written straight from it. */

enum {
    TAG_BALANCE = 0x0a, TAG_SHORTFALL = 0x12, TAG_RUNNING = 0x1a, TAG_OPEN_LOT = 0x20, TAG_LINES = 0x2a, TAG_MONTH = 0x30, TAG_MONTH_HIGH = 0x38,
    TAG_YEAR_HIGH = 0x40, TAG_PARENT = 0x48, /* fields 1 to 9 of AccountRow */
    TAG_FIRST = 0x08, TAG_SECOND = 0x10, TAG_THIRD = 0x18, TAG_FOURTH = 0x20,          /* fields 1 to 4 of those in it */
    FIELDS = 4,
    PART_BYTES = 2 + FIELDS * (1 + VARINT_BYTES)
};

/* A message of at most four numbers. */
static bool part_read(const uint8_t **at, const uint8_t *end, int64_t fields[FIELDS])
{
    uint64_t bytes, value;
    memset(fields, 0, FIELDS * sizeof *fields);
    if (!varint_read(at, end, &bytes) || bytes > (uint64_t)(end - *at)) return false;
    for (end = *at + bytes; *at < end;) {
        unsigned field = *(*at)++;
        if (field % 8 != 0 || field < TAG_FIRST || field > TAG_FOURTH || !varint_read(at, end, &value)) return false;
        fields[field / 8 - 1] = (int64_t)value;
    }
    return true;
}

static bool lines_read(const uint8_t **at, const uint8_t *end, struct slice *lines)
{
    uint64_t bytes;
    if (!varint_read(at, end, &bytes) || bytes > (uint64_t)(end - *at)) return false;
    *lines = (struct slice){*at, (size_t)bytes};
    *at += bytes;
    return true;
}

static bool running_room(struct account *account)
{
    if (account->running_n < account->running_room) return true;
    struct running *more = arena_array(&cache.arena, account->running_n + 4, sizeof *more);
    if (more == NULL) return false;
    if (account->running_n > 0) memcpy(more, account->running, account->running_n * sizeof *more);
    account->running = more;
    account->running_room = account->running_n + 4;
    return true;
}

static bool field_read(struct account *account, const uint8_t **at, const uint8_t *end)
{
    int64_t f[FIELDS];
    uint64_t value;
    uint8_t tag = *(*at)++;
    if (tag == TAG_OPEN_LOT || (tag >= TAG_MONTH && tag <= TAG_PARENT && tag % 8 == 0)) {
        if (!varint_read(at, end, &value)) return false;
        if (tag == TAG_OPEN_LOT) account->open_lot = (int64_t)value;
        else if (tag == TAG_MONTH) account->month = (uint32_t)value;
        else if (tag == TAG_MONTH_HIGH) account->month_high = (int64_t)value;
        else if (tag == TAG_YEAR_HIGH) account->year_high = (int64_t)value;
        else if (account->parents_n < OPEN_LOT_PARENTS) account->parents[account->parents_n++] = (int64_t)value;
        return true;
    }
    if (tag == TAG_LINES) {
        struct slice lines;
        if (!lines_read(at, end, &lines)) return false;
        account->lines = arena_copy(&cache.arena, lines.data, lines.bytes);
        account->lines_bytes = account->lines_room = account->lines != NULL ? lines.bytes : 0;
        return account->lines != NULL;
    }
    if (!part_read(at, end, f)) return false;
    if (tag == TAG_RUNNING && running_room(account)) {
        account->running[account->running_n++] = (struct running){(int32_t)f[0], f[1]};
        return true;
    }
    if (tag == TAG_RUNNING || f[0] < 0 || f[0] >= STAGES_REAL || !stage_real((enum stage)f[0])) return false;
    if (tag == TAG_BALANCE) return account_add(account, &cache.arena, (enum stage)f[0], f[1], f[2], f[3]);
    account->shortfall[f[0]] = f[1];
    return tag == TAG_SHORTFALL;
}

static void account_read(struct txn *txn, struct account *account)
{
    struct key k = key_uu(account->place, account->item);
    struct slice row;
    if (!txn_get(txn, TABLE_account, &k, &row)) return;
    const uint8_t *at = row.data, *end = at + row.bytes;
    while (at < end && txn->err == ERR_OK)
        if (!field_read(account, &at, end)) txn->err = cache.arena.full ? ERR_MEMORY : ERR_CORRUPT;
}

static bool is_of(const struct account *account, uint32_t place, uint32_t item)
{
    return account->place == place && account->item == item;
}

/* NULL: the command has not asked for it yet; *slot: where it will stand. A line asks many times for the same two. */
static struct account *account_known(uint32_t place, uint32_t item, size_t *slot)
{
    if (cache.n > 0 && is_of(cache.list[cache.n - 1], place, item)) return cache.list[cache.n - 1];
    if (cache.n > 1 && is_of(cache.list[cache.n - 2], place, item)) return cache.list[cache.n - 2];
    for (*slot = slot_of(place, item); cache.slots[*slot] != NULL; *slot = (*slot + 1) % SLOTS)
        if (is_of(cache.slots[*slot], place, item)) return cache.slots[*slot];
    return NULL;
}

struct account *account_of(struct txn *txn, uint32_t place, uint32_t item)
{
    static struct account nowhere;
    size_t slot;
    struct account *known = account_known(place, item, &slot);
    if (known != NULL) return known;
    struct account *account = cache.n < ACCOUNTS_PER_COMMAND_MAX ? arena_alloc(accounts_arena(), sizeof *account) : NULL;
    if (account == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        memset(&nowhere, 0, sizeof nowhere);
        return &nowhere;
    }
    account->place = place;
    account->item = item;
    cache.slots[slot] = account;
    cache.list[cache.n++] = account;
    account_read(txn, account);
    if (cache.arena.full && txn->err == ERR_OK) txn->err = ERR_MEMORY;
    return account;
}

struct account *account_copy(const struct account *account, struct arena *arena)
{
    struct account *copy = arena_copy(arena, account, sizeof *account);
    if (copy == NULL) return NULL;
    copy->balances = arena_array(arena, account->n + 4, sizeof *copy->balances);
    if (copy->balances == NULL) return NULL;
    if (account->n > 0) memcpy(copy->balances, account->balances, account->n * sizeof *copy->balances);
    copy->room = account->n + 4;
    return copy;
}

/* Where (stage, lot) stands or would stand. */
static size_t balance_at(const struct account *account, enum stage stage, int64_t lot)
{
    size_t low = 0, high = account->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct balance *b = &account->balances[middle];
        if (b->stage < stage || (b->stage == stage && b->lot < lot)) low = middle + 1;
        else high = middle;
    }
    return low;
}

struct balance *account_find(const struct account *account, enum stage stage, int64_t lot)
{
    size_t at = balance_at(account, stage, lot);
    bool there = at < account->n && account->balances[at].stage == stage && account->balances[at].lot == lot;
    return there ? &account->balances[at] : NULL;
}

bool account_add(struct account *account, struct arena *arena, enum stage stage, int64_t lot, int64_t by, int64_t expiry_ms)
{
    size_t at = balance_at(account, stage, lot);
    struct balance *there = account_find(account, stage, lot);
    if ((there != NULL ? there->quantity : 0) + by < 0) return false;
    account->real[stage] += by;
    if (there != NULL) {
        there->quantity += by;
        if (there->quantity == 0) {
            memmove(there, there + 1, (account->n - at - 1) * sizeof *there);
            account->n--;
        }
        return true;
    }
    if (by == 0) return true;
    if (account->n == account->room) {
        size_t room = account->room * 2 + 4;
        struct balance *more = arena_array(arena, room, sizeof *more);
        if (more == NULL) return false;
        if (account->n > 0) memcpy(more, account->balances, account->n * sizeof *more);
        account->balances = more;
        account->room = room;
    }
    memmove(&account->balances[at + 1], &account->balances[at], (account->n - at) * sizeof *account->balances);
    account->balances[at] = (struct balance){stage, lot, by, expiry_ms};
    account->n++;
    return true;
}

int64_t account_sum(const struct account *account, enum stage stage)
{
    return account->real[stage];
}

/* ---- back to the table */

static uint8_t *part_write(uint8_t *at, uint8_t tag, const int64_t fields[FIELDS])
{
    uint8_t *begin = at + 2;
    *at = tag;
    at[1] = 0;
    at = begin;
    for (int i = 0; i < FIELDS; i++) at = varint_field(at, (uint8_t)(TAG_FIRST * (i + 1)), fields[i]);
    _Static_assert(PART_BYTES < 128, "its length is one byte");
    begin[-1] = (uint8_t)(at - begin);
    return at;
}

static void account_write(struct txn *txn, struct account *account)
{
    struct key k = key_uu(account->place, account->item);
    size_t parts = account->n + STAGES_REAL + account->running_n;
    logged_settle(txn, account);
    uint8_t *row = arena_take(txn->arena, parts * PART_BYTES + (5 + OPEN_LOT_PARENTS) * (1 + VARINT_BYTES) + account->lines_bytes), *at = row;
    if (row == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < account->n; i++) {
        const struct balance *b = &account->balances[i];
        at = part_write(at, TAG_BALANCE, (const int64_t[FIELDS]){b->stage, b->lot, b->quantity, b->expiry_ms});
    }
    for (int stage = STOCK; stage < STAGES_REAL; stage++)
        if (account->shortfall[stage] != 0)
            at = part_write(at, TAG_SHORTFALL, (const int64_t[FIELDS]){stage, account->shortfall[stage], 0, 0});
    for (size_t i = 0; i < account->running_n; i++)
        if (account->running[i].total != 0)
            at = part_write(at, TAG_RUNNING, (const int64_t[FIELDS]){account->running[i].recipe, account->running[i].total, 0, 0});
    at = varint_field(at, TAG_OPEN_LOT, account->open_lot);
    if (account->lines_bytes > 0) {
        at = varint_field(at, TAG_LINES, (int64_t)account->lines_bytes);
        memcpy(at, account->lines, account->lines_bytes);
        at += account->lines_bytes;
    }
    at = varint_field(at, TAG_MONTH, account->month);
    at = varint_field(at, TAG_MONTH_HIGH, account->month_high);
    at = varint_field(at, TAG_YEAR_HIGH, account->year_high);
    for (size_t i = 0; i < account->parents_n; i++) at = varint_field(at, TAG_PARENT, account->parents[i]);
    if (at == row) txn_del(txn, TABLE_account, &k);
    else txn_put(txn, TABLE_account, &k, row, (size_t)(at - row));
}

void accounts_flush(struct txn *txn)
{
    for (size_t i = 0; i < cache.n; i++) {
        size_t mark = arena_mark(txn->arena);
        if (cache.list[i]->dirty) account_write(txn, cache.list[i]);
        arena_release(txn->arena, mark);
    }
    accounts_forget();
}

void accounts_forget(void)
{
    for (size_t i = 0; i < cache.n; i++) {
        size_t slot = slot_of(cache.list[i]->place, cache.list[i]->item);
        for (; cache.slots[slot] != NULL; slot = (slot + 1) % SLOTS) cache.slots[slot] = NULL;
    }
    cache.n = 0;
    if (cache.made) arena_reset(&cache.arena);
}

/* ---- rows as they stand, and what production keeps in them */

Rasad__V1__AccountRow *account_row(struct txn *txn, uint32_t place, uint32_t item)
{
    static Rasad__V1__AccountRow none = RASAD__V1__ACCOUNT_ROW__INIT;
    struct key k = key_uu(place, item);
    Rasad__V1__AccountRow *row = row_get(txn, TABLE_account, &k, &rasad__v1__account_row__descriptor);
    return row != NULL ? row : &none;
}

int64_t account_real(const Rasad__V1__AccountRow *row, enum stage stage)
{
    int64_t sum = 0;
    for (size_t i = 0; i < row->n_balances; i++)
        if ((enum stage)row->balances[i]->stage == stage) sum += row->balances[i]->quantity;
    return sum;
}

int64_t account_shortfall(const Rasad__V1__AccountRow *row, enum stage stage)
{
    for (size_t i = 0; i < row->n_shortfalls; i++)
        if ((enum stage)row->shortfalls[i]->stage == stage) return row->shortfalls[i]->quantity;
    return 0;
}

struct slice account_lines(struct txn *txn, uint32_t place, uint32_t item)
{
    size_t slot;
    const struct account *known = txn->write ? account_known(place, item, &slot) : NULL;
    if (known != NULL) return (struct slice){known->lines, known->lines_bytes};
    const Rasad__V1__AccountRow *row = account_row(txn, place, item);
    return (struct slice){row->lines.data, row->lines.len};
}

int64_t account_open_lot(struct txn *txn, uint32_t place, uint32_t item)
{
    return txn->write ? account_of(txn, place, item)->open_lot : account_row(txn, place, item)->open_lot;
}

int64_t account_running(struct txn *txn, uint32_t place, uint32_t item, int32_t recipe)
{
    const struct account *account = account_of(txn, place, item);
    must(txn->write);
    for (size_t i = 0; i < account->running_n; i++)
        if (account->running[i].recipe == recipe) return account->running[i].total;
    return 0;
}

void account_open_lot_set(struct txn *txn, uint32_t place, uint32_t item, int64_t lot)
{
    struct account *account = account_of(txn, place, item);
    if (account->open_lot == lot) return;
    account->open_lot = lot;
    account->parents_n = 0;
    account->dirty = true;
}

void account_running_add(struct txn *txn, uint32_t place, uint32_t item, int32_t recipe, int64_t by)
{
    struct account *account = account_of(txn, place, item);
    size_t at = 0;
    if (by == 0) return;
    account->dirty = true;
    while (at < account->running_n && account->running[at].recipe < recipe) at++;
    if (at < account->running_n && account->running[at].recipe == recipe) {
        account->running[at].total += by;
        return;
    }
    if (!running_room(account)) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    memmove(&account->running[at + 1], &account->running[at], (account->running_n - at) * sizeof *account->running);
    account->running[at] = (struct running){recipe, by};
    account->running_n++;
}
