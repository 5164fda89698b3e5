/* accounts.h - everything of one item at one place, in memory while a command runs.
 * Flow:    account_of reads a row once per command; ledger_apply changes it; accounts_flush writes each dirty row once.
 * Owns:    table account.
 * Bounds:  ACCOUNTS_PER_COMMAND_MAX rows in one command.
 */
#ifndef RASAD_STORE_ACCOUNTS_H
#define RASAD_STORE_ACCOUNTS_H

#include "store/ledger.h"

struct balance {
    enum stage stage;
    int64_t lot, quantity, expiry_ms;
};

struct running {
    int32_t recipe;
    int64_t total;
};

enum { OPEN_LOT_PARENTS = 4 };

struct account {
    uint32_t place, item;
    bool dirty, carded;
    size_t n, room;
    struct balance *balances;          /* by stage, then lot; none is zero */
    int64_t real[STAGES_REAL];         /* sums of the balances */
    int64_t shortfall[STAGES_REAL];
    size_t running_n, running_room;
    struct running *running;           /* by recipe version */
    int64_t open_lot;
    size_t parents_n;
    int64_t parents[OPEN_LOT_PARENTS]; /* the latest of the open lot, the newest last */
    uint32_t month;                    /* the newest it was at work in, 0 none; see production/presence.h */
    int64_t month_high;                /* the highest members then, and 1; 0: no work of it stands */
    int64_t year_high;                 /* and in its year */
    uint8_t *lines;                    /* LoggedLines as in the row; see logged.h */
    size_t lines_bytes, lines_room;
};

/* The account as the command has left it so far; never NULL, but empty when the transaction has failed. */
struct account *account_of(struct txn *txn, uint32_t place, uint32_t item);
/* Its LoggedLines: as the command has left them, or as they stand. */
struct slice account_lines(struct txn *txn, uint32_t place, uint32_t item);
/* A copy to plan with, in this arena. */
struct account *account_copy(const struct account *account, struct arena *arena);
/* Add to a balance (or take: by < 0). False when it would fall below zero; then nothing changed. */
bool account_add(struct account *account, struct arena *arena, enum stage stage, int64_t lot, int64_t by, int64_t expiry_ms);
struct balance *account_find(const struct account *account, enum stage stage, int64_t lot);
int64_t account_sum(const struct account *account, enum stage stage);

struct arena *accounts_arena(void);
void accounts_flush(struct txn *txn);
void accounts_forget(void);

#endif
