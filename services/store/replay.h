/* replay.h - the journal into a store, entry by entry: verify, rebuild and restore are this.
 * Flow:    replay_open an empty store -> replay_entry in order -> replay_commit -> replay_close. Tables come out byte for byte
 *          as the services wrote them. What is taken is checked by a second thread (ahead.h), and applied a little later.
 * Bounds:  REPLAY_LINES lines between commits: nobody else writes there.
 * Fails:   ERR_CORRUPT for an entry whose hash, form, length or sequence is wrong; replay->sequence says after which. It may come
 *          with an entry that is taken later, or from replay_settle. The first failure stays: nothing is applied after it.
 */
#ifndef RASAD_STORE_REPLAY_H
#define RASAD_STORE_REPLAY_H

#include "store/ahead.h"
#include "store/journal.h"
#include "store/store.h"

struct replay {
    struct store *store;
    struct arena arena;
    struct txn txn;
    bool open;
    enum err err;               /* the first failure */
    int64_t taken;              /* the last entry taken; the next one is that + 1 */
    uint8_t taken_hash[HASH_BYTES];
    int64_t sequence;           /* the last entry applied */
    uint8_t hash[HASH_BYTES];   /* its hash */
    struct ahead ahead;         /* those between the two */
    int64_t lines, lines_open;
    int64_t lines_max;          /* lines between two commits; REPLAY_LINES unless set after replay_open */
};

/* dir: exists and holds no store yet. */
enum err replay_open(const char *dir, struct replay *replay);
enum err replay_entry(struct replay *replay, int64_t sequence, const uint8_t hash[HASH_BYTES], struct slice entry);
/* Apply all that is taken, up to the first that is wrong. */
enum err replay_settle(struct replay *replay);
enum err replay_commit(struct replay *replay); /* settles first */
void replay_close(struct replay *replay);

/* Take over what another store has after this one's last entry, in short reads of it; stops at its head. from_txn may
 * be an open read of it (then only what that sees), or NULL. *done: lines so far, for progress; may be NULL. */
enum err replay_follow(struct replay *replay, struct store *from, struct txn *from_txn);

/* Compare one table of two stores from *at on, at most rows_max rows, in the transactions given. False: they differ at
 * *at. *end: nothing is left. */
bool table_same(struct txn *a, struct txn *b, enum table table, struct key *at, int64_t rows_max, bool *end);

/* Copy the rows of the local tables that a rebuild keeps. */
enum err local_copy(struct store *from, struct store *to);

#endif
