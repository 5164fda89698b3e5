/* accounts.c - see accounts.h. */
#include "store/accounts.h"

#include "base/must.h"

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

static void account_read(struct txn *txn, struct account *account)
{
    size_t mark = arena_mark(txn->arena);
    Rasad__V1__AccountRow *row = account_row(txn, account->place, account->item);
    account->open_lot = row->open_lot;
    account->balances = arena_array(&cache.arena, row->n_balances + 4, sizeof *account->balances);
    account->room = account->balances != NULL ? row->n_balances + 4 : 0;
    for (size_t i = 0; i < row->n_balances; i++) {
        const Rasad__V1__AccountRow__Balance *b = row->balances[i];
        (void)account_add(account, &cache.arena, (enum stage)b->stage, b->lot, b->quantity, b->expiry_ms);
    }
    for (size_t i = 0; i < row->n_shortfalls; i++)
        if (stage_real((enum stage)row->shortfalls[i]->stage))
            account->shortfall[row->shortfalls[i]->stage] = row->shortfalls[i]->quantity;
    account->running_room = row->n_running;
    account->running = arena_array(&cache.arena, row->n_running, sizeof *account->running);
    for (size_t i = 0; account->running != NULL && i < row->n_running; i++)
        account->running[account->running_n++] = (struct running){row->running[i]->recipe, row->running[i]->total};
    arena_release(txn->arena, mark);
}

struct account *account_of(struct txn *txn, uint32_t place, uint32_t item)
{
    static struct account nowhere;
    size_t slot = slot_of(place, item);
    for (; cache.slots[slot] != NULL; slot = (slot + 1) % SLOTS)
        if (cache.slots[slot]->place == place && cache.slots[slot]->item == item) return cache.slots[slot];
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

static void *list_of(struct arena *arena, size_t n, size_t element_bytes, void **elements)
{
    *elements = arena_array(arena, n, element_bytes);
    return arena_array(arena, n, sizeof(void *));
}

static void account_write(struct txn *txn, const struct account *account)
{
    Rasad__V1__AccountRow row = RASAD__V1__ACCOUNT_ROW__INIT;
    struct key k = key("uu", account->place, account->item);
    void *balances, *shortfalls, *running;
    row.balances = list_of(txn->arena, account->n, sizeof(Rasad__V1__AccountRow__Balance), &balances);
    row.shortfalls = list_of(txn->arena, STAGES_REAL, sizeof(Rasad__V1__AccountRow__Shortfall), &shortfalls);
    row.running = list_of(txn->arena, account->running_n, sizeof(Rasad__V1__AccountRow__Running), &running);
    if (txn->arena->full) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < account->n; i++) {
        Rasad__V1__AccountRow__Balance *b = (Rasad__V1__AccountRow__Balance *)balances + i;
        rasad__v1__account_row__balance__init(b);
        b->stage = (Rasad__V1__Stage)account->balances[i].stage;
        b->lot = account->balances[i].lot;
        b->quantity = account->balances[i].quantity;
        b->expiry_ms = account->balances[i].expiry_ms;
        row.balances[row.n_balances++] = b;
    }
    for (int stage = STOCK; stage < STAGES_REAL; stage++) {
        if (account->shortfall[stage] == 0) continue;
        Rasad__V1__AccountRow__Shortfall *s = (Rasad__V1__AccountRow__Shortfall *)shortfalls + row.n_shortfalls;
        rasad__v1__account_row__shortfall__init(s);
        s->stage = (Rasad__V1__Stage)stage;
        s->quantity = account->shortfall[stage];
        row.shortfalls[row.n_shortfalls++] = s;
    }
    for (size_t i = 0; i < account->running_n; i++) {
        if (account->running[i].total == 0) continue;
        Rasad__V1__AccountRow__Running *r = (Rasad__V1__AccountRow__Running *)running + row.n_running;
        rasad__v1__account_row__running__init(r);
        r->recipe = account->running[i].recipe;
        r->total = account->running[i].total;
        row.running[row.n_running++] = r;
    }
    row.open_lot = account->open_lot;
    if (row.n_balances + row.n_shortfalls + row.n_running == 0 && row.open_lot == 0) txn_del(txn, TABLE_account, &k);
    else row_put(txn, TABLE_account, &k, &row.base);
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
    struct key k = key("uu", place, item);
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
    if (account->running_n == account->running_room) {
        struct running *more = arena_array(accounts_arena(), account->running_n + 4, sizeof *more);
        if (more == NULL) {
            if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
            return;
        }
        if (account->running_n > 0) memcpy(more, account->running, account->running_n * sizeof *more);
        account->running = more;
        account->running_room = account->running_n + 4;
    }
    memmove(&account->running[at + 1], &account->running[at], (account->running_n - at) * sizeof *account->running);
    account->running[at] = (struct running){recipe, by};
    account->running_n++;
}
