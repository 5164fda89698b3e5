/* pages.c - see pages.h. */
#include "store/pages.h"

#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/vfs.h>

#define FREE_TABLE 0     /* LMDB's table of them: transaction that gave them up -> how many, and which */
#define PAGE_HEADER 16   /* of a value that has pages of its own */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static bool disk_has_room(MDB_env *env)
{
    struct statfs disk;
    mdb_filehandle_t fd;
    return mdb_env_get_fd(env, &fd) == 0 && fstatfs(fd, &disk) == 0 && disk.f_blocks > 0 &&
           (double)disk.f_bavail * 100.0 / (double)disk.f_blocks >= DISK_FREE_PERCENT_ALARM;
}

/* Pages to ask for: what is lacking, not too many at once; and some in any case, which LMDB does not find in one piece
 * before it has looked through all there are. */
static size_t pages_wanted(MDB_env *env, size_t page_bytes, size_t free)
{
    MDB_envinfo info;
    if (mdb_env_info(env, &info) != 0) return 0;
    size_t all = info.me_last_pgno + 1, map = info.me_mapsize / page_bytes;
    size_t keep = least(least((all - least(free, all)) / 2, FREE_PAGES_MAX), map / FREE_PAGES_MAP_SHARE);
    if (keep < FREE_PAGES_RUN_MIN || (all + FREE_PAGES_GROW_MAX) * 100 > map * MAP_USED_PERCENT_ALARM || !disk_has_room(env)) return 0;
    size_t lacking = keep > free ? keep - free : 0;
    return lacking > FREE_PAGES_RUN_MIN ? least(lacking, FREE_PAGES_GROW_MAX) : FREE_PAGES_RUN_MIN;
}

static size_t number_of(const MDB_val *value)
{
    size_t number = 0;
    if (value->mv_size >= sizeof number) memcpy(&number, value->mv_data, sizeof number);
    return number;
}

static MDB_val word_sweep(void) { return (MDB_val){sizeof "sweep", (void *)(uintptr_t)"sweep"}; }

struct sweep {
    size_t txn;      /* in which it began; 0: there was none yet */
    uint8_t key[8];  /* the last of the table that only grows, then */
};

static struct sweep sweep_now(MDB_txn *txn, MDB_dbi meta)
{
    MDB_val word = word_sweep(), value;
    struct sweep sweep = {.txn = 0};
    if (mdb_get(txn, meta, &word, &value) == 0 && value.mv_size == sizeof sweep) memcpy(&sweep, value.mv_data, sizeof sweep);
    return sweep;
}

/* Pages put in order are kept under the numbers of transactions before the sweep; with the first that is not, they are used up. */
static bool goes_on(MDB_txn *txn, size_t began, size_t oldest) { return oldest + 1 < began && began <= mdb_txn_id(txn); }

static size_t pages_due(MDB_txn *txn, size_t began, MDB_cursor *cursor)
{
    MDB_env *env = mdb_txn_env(txn);
    MDB_val key, value;
    MDB_stat stat;
    size_t free = 0;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    if (rc == 0 && goes_on(txn, began, number_of(&key))) return 0;
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) free += number_of(&value);
    return mdb_env_stat(env, &stat) == 0 ? pages_wanted(env, stat.ms_psize, free) : 0;
}

struct sweep_due sweep_due(MDB_txn *read, MDB_dbi meta)
{
    struct sweep_due due = {.last = sweep_now(read, meta).txn};
    MDB_cursor *cursor;
    if (mdb_cursor_open(read, FREE_TABLE, &cursor) != 0) return due;
    due.pages = pages_due(read, due.last, cursor);
    mdb_cursor_close(cursor);
    return due;
}

/* What is there for good settles among the old pages: leaves of the table that only grows, written since the last sweep
 * where pages come and go, are written once more, before anything else of the sweep, and so into the first gaps there are. */
static bool near(uintptr_t a, uintptr_t b, size_t bytes) { return a < b ? b - a < bytes : a - b < bytes; }

/* From the key the cursor is to begin at: at the last key then, or at the first that is not moved any more. */
static int leaves_move(MDB_cursor *cursor, MDB_val *key, size_t page_bytes)
{
    MDB_val data;
    uintptr_t at = 0; /* a key on the leaf moved last, where it lies now */
    int rc = mdb_cursor_get(cursor, key, &data, MDB_SET_RANGE);
    for (int moved = 0; rc == 0; rc = mdb_cursor_get(cursor, key, &data, MDB_NEXT)) {
        if (near((uintptr_t)key->mv_data, at, page_bytes) || data.mv_size > page_bytes / 4) continue;
        if (moved++ == SETTLED_PAGES_MAX) return 0;
        if ((rc = mdb_cursor_put(cursor, key, &data, MDB_CURRENT)) != 0) return rc;
        if ((rc = mdb_cursor_get(cursor, key, &data, MDB_GET_CURRENT)) != 0) return rc;
        at = (uintptr_t)key->mv_data;
    }
    return rc == MDB_NOTFOUND ? mdb_cursor_get(cursor, key, &data, MDB_LAST) : rc;
}

static int settle(MDB_txn *txn, MDB_dbi grows, struct sweep *sweep, size_t page_bytes)
{
    MDB_cursor *cursor;
    MDB_val key = {sizeof sweep->key, sweep->key}, data;
    int rc = mdb_cursor_open(txn, grows, &cursor);
    if (rc != 0) return rc;
    rc = sweep->txn != 0 ? leaves_move(cursor, &key, page_bytes) : mdb_cursor_get(cursor, &key, &data, MDB_LAST);
    if (rc == 0 && key.mv_size == sizeof sweep->key) memcpy(sweep->key, key.mv_data, sizeof sweep->key);
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* LMDB opens its lists of free pages one by one, each when the one before is used up, and merges what it has open. A value
 * that needs more pages in a row than there are makes it open all of them, and the file longer by that value; taken back at
 * once, the pages are free ones, merged with the others, and nothing of it is written but the list in its order. */
int sweep_begin(MDB_txn *txn, MDB_dbi meta, MDB_dbi grows, struct sweep_due due)
{
    MDB_stat stat;
    MDB_val word = word_sweep(), value;
    struct sweep sweep = sweep_now(txn, meta);
    if (due.pages == 0 || sweep.txn != due.last) return 0;
    int rc = mdb_stat(txn, meta, &stat);
    value = (MDB_val){due.pages * stat.ms_psize - PAGE_HEADER, NULL};
    if (rc == 0) rc = mdb_put(txn, meta, &word, &value, MDB_RESERVE);
    if (rc == 0) rc = mdb_del(txn, meta, &word, NULL);
    if (rc == 0) rc = settle(txn, grows, &sweep, stat.ms_psize);
    sweep.txn = mdb_txn_id(txn);
    value = (MDB_val){sizeof sweep, &sweep};
    return rc == 0 ? mdb_put(txn, meta, &word, &value, 0) : rc;
}
