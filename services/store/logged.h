/* logged.h - what a place logged of an item, line by line, as it stands.
 * Flow:    apply_output_logged -> logged_put, logged_del: into the account; accounts_flush -> logged_settle, once what the
 *          account's row holds is more than LOGGED_BYTES_MAX. Readers go through both in one order, by day, then name.
 * Owns:    table log, and the lines in the rows of table account.
 * Why:     an evening's lines are of as many makers. In table log each is on a page of its own, below one that few others
 *          are below: 110 of the 300 pages that 64 of them wrote. The page of the maker's account is written with each of
 *          them anyway: so its newest lines stand there, and two weeks of them go to table log together.
 * Fails:   ERR_CORRUPT in the transaction, for lines that cannot be read.
 */
#ifndef RASAD_STORE_LOGGED_H
#define RASAD_STORE_LOGGED_H

#include "journal.pb-c.h"
#include "store/accounts.h"

struct logged_line {
    int32_t day;
    int64_t name;
    struct slice fact; /* an OutputLogged, packed */
};

void logged_put(struct txn *txn, uint32_t place, uint32_t item, int32_t day, int64_t name, const Rasad__V1__OutputLogged *fact);
void logged_del(struct txn *txn, uint32_t place, uint32_t item, int32_t day, int64_t name);

/* Lines of one place and item:
 *   for (logged_begin(&logged, txn, place, item, day); logged_next(&logged);) ... logged.line ... logged_end(&logged);  */
struct logged {
    struct logged_line line;
    struct txn *txn;
    struct scan scan;               /* of the table, and the line it is at, */
    struct logged_line settled;
    bool any_settled;
    const struct logged_line *news; /* the account's, in the order of the scan, and how many are left */
    size_t news_n;
};
/* Of a day and later ones, the oldest first. */
void logged_begin(struct logged *logged, struct txn *txn, uint32_t place, uint32_t item, int32_t day);
/* Of the days before, the newest first. */
void logged_begin_down(struct logged *logged, struct txn *txn, uint32_t place, uint32_t item, int32_t day);
bool logged_next(struct logged *logged);
void logged_end(struct logged *logged);

/* The next item of a place after *item that has an account or lines; false: there is none. */
bool logged_item_after(struct txn *txn, uint32_t place, uint32_t *item);

/* To table log, if they are so many. */
void logged_settle(struct txn *txn, struct account *account);

#endif
