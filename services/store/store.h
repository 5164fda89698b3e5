/* store.h - the store: one LMDB environment, its tables, transactions with a sticky error.
 * Flow:    store_open once per process, after all forking. Write: txn_begin_batch -> txn_nest per command -> txn_commit
 *          or txn_abort. Read: store_read ... store_read_end, under READ_TXN_MS_MAX.
 * Owns:    the only code that calls LMDB, with pages.c.
 * Bounds:  STORE_MAP_BYTES, STORE_READERS_MAX, KEY_BYTES_MAX.
 * Fails:   a transaction keeps its first failure; reads after it find nothing, writes do nothing, commit returns it.
 *          One check before each decision and one before the reply is enough. ERR_STORE_FULL, ERR_DISK_FULL;
 *          ERR_UNKNOWN_COMMIT is neither yes nor no: the process must end.
 */
#ifndef RASAD_STORE_STORE_H
#define RASAD_STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/limits.h"

#include <endian.h>
#include <lmdb.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Rises when a projection's tables, keys or values change: a store with another number is rebuilt before use. */
#define PROJECTION_NUMBER 11

enum table {
#define TABLE(name, class) TABLE_##name,
#include "store/tables.def"
#undef TABLE
    TABLE_COUNT
};
enum table_class { CLASS_JOURNAL, CLASS_PROJECTION, CLASS_LOCAL };
const char *table_name(enum table table);
enum table_class table_class(enum table table);

struct slice {
    const void *data;
    size_t bytes;
};

struct key {
    uint8_t bytes[KEY_BYTES_MAX];
    uint32_t n;
};

struct store;

struct txn {
    uint32_t magic;
    struct store *store;
    struct txn *parent;   /* of a nested one */
    MDB_txn *mdb;
    struct arena *arena;  /* unpacked rows live here */
    enum err err;         /* the first failure; sticky */
    bool write;
    MDB_cursor *cursors[TABLE_COUNT]; /* where a table was used last: what is wanted next mostly lies beside it */
};

/* Open the environment at <dir>/rasad.lmdb; create it and its tables where missing. ERR_WRONG_BUILD when its projections
 * were written under another number (store_open_any does not mind). */
enum err store_open(const char *dir, struct store **store);
enum err store_open_any(const char *dir, struct store **store);
void store_close(struct store *store);

/* Another one for each opening in this process, so that what was remembered of one store is not taken for another's. */
uint32_t store_number(const struct store *store);

/* Forget readers of dead processes; how full the map is, in percent. */
void store_reader_check(struct store *store);
int store_full_percent(struct store *store);
/* How much of its disk is free for us, in percent; 100 where nobody can tell. */
int store_disk_free_percent(struct store *store);

/* How many rows the table counts, whether or not they can be read. */
int64_t store_rows(struct txn *txn, enum table table);

/* Of the table meta: this installation's code (in the arena) and its epoch. */
const char *store_node(struct txn *txn);
int32_t store_epoch(struct txn *txn);
void store_epoch_set(struct txn *txn, const char *node, int32_t epoch);
void store_projection_set(struct txn *txn, int32_t number);

/* Failing on purpose, for tests: the n-th put or commit from now fails (0: never). */
void store_fail_at(int64_t puts, int64_t commits);

/* Transactions. A batch is the outermost write transaction; at most one is open per process. */
void txn_read(struct store *store, struct arena *arena, struct txn *txn);
void txn_begin(struct store *store, struct arena *arena, struct txn *txn);
/* One of many that follow each other and write little each, as a replay does not: see pages.h. The supervisor watches how
 * long it lasts: status_txn_end when it is over. */
void txn_begin_batch(struct store *store, struct arena *arena, struct txn *txn);
void txn_nest(struct txn *parent, struct txn *txn);
enum err txn_commit(struct txn *txn);
void txn_abort(struct txn *txn);  /* also ends a read */

/* key("uqd", place, lot, day): u uint32_t, q int64_t not negative, d int32_t day, b int, s const char *, x 16 or 32
 * bytes as (const uint8_t *, size_t). */
struct key key(const char *format, ...);
struct key key_join(struct key prefix, const char *format, ...);
/* key("uu") and key("bduu"), which are made a dozen times a line, without the reading of a format. */
static inline void key_big4(struct key *key, size_t at, uint32_t u)
{
    uint32_t big = htobe32(u);
    memcpy(key->bytes + at, &big, sizeof big);
}
static inline struct key key_uu(uint32_t a, uint32_t b)
{
    struct key key = {.n = 8};
    key_big4(&key, 0, a);
    key_big4(&key, 4, b);
    return key;
}
static inline struct key key_bduu(uint8_t b, int32_t day, uint32_t u, uint32_t v)
{
    struct key key = {.bytes = {b}, .n = 13};
    key_big4(&key, 1, (uint32_t)day ^ UINT32_C(0x80000000));
    key_big4(&key, 5, u);
    key_big4(&key, 9, v);
    return key;
}
/* Another u in a key that has one there. */
void key_change(struct key *key, size_t at, uint32_t u);
/* The same format read back; pointers of the right type; s copies at most CODE_BYTES_MAX + 1 bytes into a char array. */
bool key_read(struct slice key, const char *format, ...);

/* Rows. What txn_get returns is valid until the next write in the transaction. */
bool txn_get(struct txn *txn, enum table table, const struct key *key, struct slice *value);
void txn_put(struct txn *txn, enum table table, const struct key *key, const void *value, size_t bytes);
/* Room for a value of so many bytes, to be filled at once. NULL when the transaction has failed. */
void *txn_room(struct txn *txn, enum table table, const struct key *key, size_t bytes);
void txn_del(struct txn *txn, enum table table, const struct key *key);  /* a missing row is no error */
bool txn_has(struct txn *txn, enum table table, const struct key *key);

/* Message rows: unpacked into txn->arena; NULL when there is none (or the transaction has failed). */
void *row_get(struct txn *txn, enum table table, const struct key *key, const ProtobufCMessageDescriptor *type);
void *row_unpack(struct txn *txn, struct slice value, const ProtobufCMessageDescriptor *type);
void row_put(struct txn *txn, enum table table, const struct key *key, const ProtobufCMessage *row);

/* Rows that are one number; a number of zero is no row. */
int64_t number_get(struct txn *txn, enum table table, const struct key *key);
void number_put(struct txn *txn, enum table table, const struct key *key, int64_t value);
int64_t number_next(struct txn *txn, const char *counter);  /* 1, 2, 3 ... of table counter */

/* Scans in key order. from: the first key wanted (it need not exist); only keys with the first prefix_bytes of it.
 *   struct scan scan;
 *   for (scan_begin(&scan, txn, TABLE_card, &from, 8); scan_next(&scan);) use(scan.key, scan.value);
 *   scan_end(&scan);                                                                                              */
struct scan {
    struct txn *txn;
    MDB_cursor *cursor;
    struct key from;
    size_t prefix_bytes;
    bool begun;
    bool down;
    struct slice key;
    struct slice value;
};
void scan_begin(struct scan *scan, struct txn *txn, enum table table, const struct key *from, size_t prefix_bytes);
/* Downwards from the last key that is below `from` (not it), within the prefix. */
void scan_begin_down(struct scan *scan, struct txn *txn, enum table table, const struct key *from, size_t prefix_bytes);
/* Go on from another key, upwards, within the same prefix. */
void scan_seek(struct scan *scan, const struct key *from);
bool scan_next(struct scan *scan);
void scan_end(struct scan *scan);

#endif
