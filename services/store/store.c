/* store.c - LMDB behind tables, keys and transactions; see store.h. */
#include "store/store.h"

#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/must.h"
#include "base/status.h"
#include "store.pb-c.h"
#include "store/pages.h"
#include "store/unpack.h"
#include "store/varint.h"

#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/vfs.h>

#define TXN_MAGIC UINT32_C(0x7478616e)

struct store {
    MDB_env *env;
    MDB_dbi dbi[TABLE_COUNT];
    uint32_t number; /* of this opening, in this process */
};

static const struct {
    const char *name;
    enum table_class class;
} tables[TABLE_COUNT] = {
#define TABLE(name, class) {#name, CLASS_##class},
#include "store/tables.def"
#undef TABLE
};

static int64_t puts_until_failure, commits_until_failure;

const char *table_name(enum table table) { return tables[table].name; }
enum table_class table_class(enum table table) { return tables[table].class; }

void store_fail_at(int64_t puts, int64_t commits)
{
    puts_until_failure = puts;
    commits_until_failure = commits;
}

static bool fails_now(int64_t *countdown) { return *countdown > 0 && --*countdown == 0; }

/* LMDB's codes, in one place. */
static enum err err_of_mdb(int rc)
{
    switch (rc) {
    case 0: return ERR_OK;
    case MDB_NOTFOUND: return ERR_NOT_FOUND;
    case MDB_MAP_FULL: return ERR_STORE_FULL;
    case MDB_TXN_FULL: return ERR_TOO_BIG;
    case MDB_READERS_FULL: return ERR_READERS_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH: return ERR_CORRUPT;
    case MDB_BAD_VALSIZE: return ERR_TOO_BIG;
    case ENOMEM: return ERR_BUSY; /* the machine's memory, not the command's: later it may go through */
    default: return rc > 0 ? err_of_errno(rc) : ERR_IO;
    }
}

static void txn_fail(struct txn *txn, int rc)
{
    if (txn->err == ERR_OK && rc != 0) {
        txn->err = err_of_mdb(rc);
        log_event(LOG_ERROR, "store failed error=%s", mdb_strerror(rc));
    }
}

/* ---- environment */

static const uint8_t *meta_key(const char *word, MDB_val *key)
{
    key->mv_data = (void *)(uintptr_t)word;
    key->mv_size = strlen(word) + 1;
    return key->mv_data;
}

static int meta_put(MDB_txn *mdb, MDB_dbi dbi, const char *word, const void *data, size_t bytes)
{
    MDB_val key, value = {bytes, (void *)(uintptr_t)data};
    (void)meta_key(word, &key);
    return mdb_put(mdb, dbi, &key, &value, 0);
}

/* A new store gets its number, its node's code and epoch 1. */
static int meta_begin(MDB_txn *mdb, MDB_dbi dbi)
{
    uint8_t random[4];
    char node[9];
    int32_t number = PROJECTION_NUMBER, epoch = 1;
    random_bytes(random, sizeof random);
    hex_format(random, sizeof random, node);
    int rc = meta_put(mdb, dbi, "projection", &number, sizeof number);
    if (rc == 0) rc = meta_put(mdb, dbi, "node", node, sizeof node);
    if (rc == 0) rc = meta_put(mdb, dbi, "epoch", &epoch, sizeof epoch);
    return rc;
}

static int tables_open(struct store *store, bool any, enum err *err)
{
    MDB_txn *mdb;
    MDB_val key, value;
    int rc = mdb_txn_begin(store->env, NULL, 0, &mdb);
    if (rc != 0) return rc;
    for (size_t i = 0; i < TABLE_COUNT && rc == 0; i++)
        rc = mdb_dbi_open(mdb, tables[i].name, MDB_CREATE, &store->dbi[i]);
    if (rc == 0) {
        (void)meta_key("projection", &key);
        rc = mdb_get(mdb, store->dbi[TABLE_meta], &key, &value);
        if (rc == MDB_NOTFOUND) {
            rc = meta_begin(mdb, store->dbi[TABLE_meta]);
        } else if (rc == 0 && !any) {
            int32_t number = 0;
            if (value.mv_size == sizeof number) memcpy(&number, value.mv_data, sizeof number);
            if (number != PROJECTION_NUMBER) *err = ERR_WRONG_BUILD;
        }
    }
    if (rc != 0) {
        mdb_txn_abort(mdb);
        return rc;
    }
    return mdb_txn_commit(mdb);
}

static enum err open_env(const char *dir, bool any, struct store **out)
{
    char path[PATH_BYTES_MAX];
    enum err err = ERR_OK;
    size_t map_bytes = (size_t)config_number("RASAD_MAP_MIB", STORE_MAP_BYTES / MIB) * MIB; /* tests fill a small one */
    if ((size_t)snprintf(path, sizeof path, "%s/rasad.lmdb", dir) >= sizeof path) return ERR_TOO_BIG;
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) return ERR_MEMORY;
    int rc = mdb_env_create(&store->env);
    if (rc == 0) rc = mdb_env_set_mapsize(store->env, map_bytes);
    if (rc == 0) rc = mdb_env_set_maxdbs(store->env, TABLE_COUNT + 8);
    if (rc == 0) rc = mdb_env_set_maxreaders(store->env, STORE_READERS_MAX);
    if (rc == 0) rc = mdb_env_open(store->env, path, MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD, 0600);
    if (rc == 0) rc = tables_open(store, any, &err);
    if (rc != 0 || err != ERR_OK) {
        if (rc != 0) {
            err = err_of_mdb(rc);
            log_event(LOG_ERROR, "store not opened path=%s error=%s", path, mdb_strerror(rc));
        }
        mdb_env_close(store->env);
        free(store);
        return err;
    }
    static uint32_t opened;
    store->number = ++opened;
    store_reader_check(store);
    *out = store;
    return ERR_OK;
}

enum err store_open(const char *dir, struct store **store) { return open_env(dir, false, store); }
enum err store_open_any(const char *dir, struct store **store) { return open_env(dir, true, store); }

void store_close(struct store *store)
{
    if (store == NULL) return;
    mdb_env_close(store->env);
    free(store);
}

uint32_t store_number(const struct store *store) { return store->number; }

int64_t store_rows(struct txn *txn, enum table table)
{
    MDB_stat stat;
    if (txn->err == ERR_OK) txn_fail(txn, mdb_stat(txn->mdb, txn->store->dbi[table], &stat));
    return txn->err == ERR_OK ? (int64_t)stat.ms_entries : 0;
}

void store_reader_check(struct store *store)
{
    int dead = 0;
    if (mdb_reader_check(store->env, &dead) == 0 && dead > 0) log_event(LOG_INFO, "readers forgotten count=%d", dead);
}

int store_full_percent(struct store *store)
{
    MDB_envinfo info;
    MDB_stat stat;
    if (mdb_env_info(store->env, &info) != 0 || mdb_env_stat(store->env, &stat) != 0) return -1;
    return (int)((double)(info.me_last_pgno + 1) * (double)stat.ms_psize * 100.0 / (double)info.me_mapsize);
}

int store_disk_free_percent(struct store *store)
{
    mdb_filehandle_t fd;
    struct statfs disk;
    if (mdb_env_get_fd(store->env, &fd) != 0 || fstatfs(fd, &disk) != 0 || disk.f_blocks == 0) return 100;
    return (int)((double)disk.f_bavail * 100.0 / (double)disk.f_blocks);
}

/* ---- transactions */

/* LMDB's locks are robust, yet one thing gets lost: when the waiter that was woken is killed before it takes the lock, and
 * somebody new took it meanwhile, those behind it are never woken (some 5 % of twenty kills under load). A signal makes a
 * sleeping waiter look again. */
static void look_again(int signal_number) { (void)signal_number; }

static void wait_begin(void)
{
    static bool handled;
    const struct itimerval often = {{0, LOCK_LOOK_MS * 1000}, {0, LOCK_LOOK_MS * 1000}};
    if (!handled) {
        struct sigaction action = {.sa_handler = look_again, .sa_flags = SA_RESTART};
        handled = sigaction(SIGALRM, &action, NULL) == 0;
    }
    if (handled) (void)setitimer(ITIMER_REAL, &often, NULL);
}

static void wait_end(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};
    (void)setitimer(ITIMER_REAL, &never, NULL);
}

/* Rows are read and written through one cursor for each table. It stays on its leaf, and LMDB looks there before it goes
 * down from the root again: a command's rows, and more so those of a batch's totals and of a replay, are neighbours. */
static MDB_cursor *cursor_of(struct txn *txn, enum table table)
{
    MDB_cursor **cursor = &txn->cursors[table];
    int rc = *cursor != NULL ? 0 : mdb_cursor_open(txn->mdb, txn->store->dbi[table], cursor);
    if (rc != 0) *cursor = NULL;
    txn_fail(txn, rc);
    return *cursor;
}

static void cursors_close(struct txn *txn)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (txn->cursors[i] != NULL) mdb_cursor_close(txn->cursors[i]);
        txn->cursors[i] = NULL;
    }
}

static void begin(struct store *store, struct txn *parent, struct arena *arena, bool write, struct txn *txn)
{
    memset(txn, 0, sizeof *txn);
    txn->magic = TXN_MAGIC;
    txn->store = store;
    txn->parent = parent;
    txn->arena = arena;
    txn->write = write;
    if (parent == NULL) wait_begin();
    int rc = mdb_txn_begin(store->env, parent != NULL ? parent->mdb : NULL, write ? 0 : MDB_RDONLY, &txn->mdb);
    if (parent == NULL) wait_end();
    if (rc != 0) {
        txn->mdb = NULL;
        txn_fail(txn, rc);
    }
}

void txn_read(struct store *store, struct arena *arena, struct txn *txn)
{
    status_read_begin();
    begin(store, NULL, arena, false, txn);
}
void txn_begin(struct store *store, struct arena *arena, struct txn *txn) { begin(store, NULL, arena, true, txn); }
void txn_begin_batch(struct store *store, struct arena *arena, struct txn *txn)
{
    struct sweep_due due = {.pages = 0};
    txn_read(store, arena, txn);
    if (txn->err == ERR_OK) due = sweep_due(txn->mdb, store->dbi[TABLE_meta]);
    txn_abort(txn);
    txn_begin(store, arena, txn);
    if (txn->err != ERR_OK) return;
    status_txn_begin();
    txn_fail(txn, sweep_begin(txn->mdb, store->dbi[TABLE_meta], store->dbi[TABLE_journal], due));
}
void txn_nest(struct txn *parent, struct txn *txn)
{
    cursors_close(parent); /* LMDB would copy each of them for the nested one */
    begin(parent->store, parent, parent->arena, true, txn);
}

/* A meta page that could not be written leaves the environment unusable in this process, whatever the reason was. */
static bool env_dead(const struct store *store)
{
    MDB_txn *probe;
    int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &probe);
    if (rc == 0) mdb_txn_abort(probe);
    return rc == MDB_PANIC;
}

/* LMDB calls it an I/O error when a write came out short, which is how a disk gets full. */
static bool disk_full(const struct store *store)
{
    struct statvfs disk;
    int fd;
    return mdb_env_get_fd(store->env, &fd) == 0 && fstatvfs(fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < DISK_LEFT_BYTES_MIN;
}

enum err txn_commit(struct txn *txn)
{
    must(txn->magic == TXN_MAGIC);
    if (txn->err != ERR_OK || txn->mdb == NULL) {
        txn_abort(txn);
        return txn->err;
    }
    MDB_txn *mdb = txn->mdb;
    cursors_close(txn);
    txn->mdb = NULL;
    if (txn->parent == NULL && fails_now(&commits_until_failure)) {
        mdb_txn_abort(mdb);
        txn->err = ERR_DISK_FULL;
        return txn->err;
    }
    int rc = mdb_txn_commit(mdb);
    if (rc != 0 && txn->parent == NULL && err_of_mdb(rc) == ERR_IO && disk_full(txn->store)) rc = ENOSPC;
    if (rc != 0) {
        txn_fail(txn, rc);
        /* Only a full map or disk is a clear no; anything else may or may not have reached the disk. A nested one may have
         * left half of itself in its parent: nothing of the batch counts. */
        bool clear = txn->err == ERR_STORE_FULL || txn->err == ERR_DISK_FULL;
        if (txn->parent != NULL) txn->parent->err = txn->err;
        else if (!clear || env_dead(txn->store)) txn->err = ERR_UNKNOWN_COMMIT;
    }
    return txn->err;
}

void txn_abort(struct txn *txn)
{
    must(txn->magic == TXN_MAGIC);
    cursors_close(txn);
    if (txn->mdb != NULL) mdb_txn_abort(txn->mdb);
    txn->mdb = NULL;
    if (!txn->write) status_read_end();
}

/* ---- keys */

static inline void key_bytes(struct key *key, const void *data, size_t bytes)
{
    must(key->n + bytes <= sizeof key->bytes);
    memcpy(key->bytes + key->n, data, bytes);
    key->n += (uint32_t)bytes;
}

static void key_u(struct key *key, uint32_t value)
{
    uint32_t big = htobe32(value);
    key_bytes(key, &big, sizeof big);
}

void key_change(struct key *key, size_t at, uint32_t u)
{
    must(at + sizeof u <= key->n);
    key_big4(key, at, u);
}

static void key_add(struct key *key, const char *format, va_list args)
{
    for (; *format != '\0'; format++) {
        switch (*format) {
        case 'u': key_u(key, va_arg(args, uint32_t)); break;
        case 'q': {
            uint64_t big = htobe64((uint64_t)va_arg(args, int64_t));
            key_bytes(key, &big, sizeof big);
            break;
        }
        case 'd': key_u(key, (uint32_t)va_arg(args, int32_t) ^ UINT32_C(0x80000000)); break;
        case 'b': {
            uint8_t byte = (uint8_t)va_arg(args, int);
            key_bytes(key, &byte, 1);
            break;
        }
        case 's': {
            const char *text = va_arg(args, const char *);
            key_bytes(key, text, strlen(text) + 1);
            break;
        }
        case 'x': {
            const uint8_t *data = va_arg(args, const uint8_t *);
            key_bytes(key, data, va_arg(args, size_t));
            break;
        }
        default: must(false);
        }
    }
}

struct key key(const char *format, ...)
{
    struct key key = {.n = 0};
    va_list args;
    va_start(args, format);
    key_add(&key, format, args);
    va_end(args);
    return key;
}

struct key key_join(struct key prefix, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    key_add(&prefix, format, args);
    va_end(args);
    return prefix;
}

static uint64_t big_read(const uint8_t *data, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) value = value << 8 | data[i];
    return value;
}

static bool key_take(struct slice *rest, size_t bytes, const uint8_t **data)
{
    if (rest->bytes < bytes) return false;
    *data = rest->data;
    rest->data = *data + bytes;
    rest->bytes -= bytes;
    return true;
}

bool key_read(struct slice rest, const char *format, ...)
{
    va_list args;
    const uint8_t *data = NULL;
    bool good = true;
    va_start(args, format);
    for (; good && *format != '\0'; format++) {
        switch (*format) {
        case 'u':
            good = key_take(&rest, 4, &data);
            if (good) *va_arg(args, uint32_t *) = (uint32_t)big_read(data, 4);
            break;
        case 'q':
            good = key_take(&rest, 8, &data);
            if (good) *va_arg(args, int64_t *) = (int64_t)big_read(data, 8);
            break;
        case 'd':
            good = key_take(&rest, 4, &data);
            if (good) *va_arg(args, int32_t *) = (int32_t)((uint32_t)big_read(data, 4) ^ UINT32_C(0x80000000));
            break;
        case 'b':
            good = key_take(&rest, 1, &data);
            if (good) *va_arg(args, int *) = *data;
            break;
        case 's': {
            const uint8_t *end = rest.bytes > 0 ? memchr(rest.data, 0, rest.bytes) : NULL;
            size_t bytes = end != NULL ? (size_t)(end - (const uint8_t *)rest.data) + 1 : 0;
            good = end != NULL && bytes <= CODE_BYTES_MAX + 1 && key_take(&rest, bytes, &data);
            if (good) memcpy(va_arg(args, char *), data, bytes);
            break;
        }
        default: must(false);
        }
    }
    va_end(args);
    return good;
}

/* ---- meta */

const char *store_node(struct txn *txn)
{
    struct key k = key("s", "node");
    struct slice value;
    char *node = txn_get(txn, TABLE_meta, &k, &value) && value.bytes > 0 ? arena_copy(txn->arena, value.data, value.bytes) : NULL;
    if (node == NULL || node[value.bytes - 1] != '\0') return "";
    return node;
}

int32_t store_epoch(struct txn *txn)
{
    struct key k = key("s", "epoch");
    struct slice value;
    int32_t epoch = 0;
    if (txn_get(txn, TABLE_meta, &k, &value) && value.bytes == sizeof epoch) memcpy(&epoch, value.data, sizeof epoch);
    return epoch;
}

void store_epoch_set(struct txn *txn, const char *node, int32_t epoch)
{
    struct key k = key("s", "node");
    txn_put(txn, TABLE_meta, &k, node, strlen(node) + 1);
    k = key("s", "epoch");
    txn_put(txn, TABLE_meta, &k, &epoch, sizeof epoch);
}

void store_projection_set(struct txn *txn, int32_t number)
{
    struct key k = key("s", "projection");
    txn_put(txn, TABLE_meta, &k, &number, sizeof number);
}

/* ---- rows */

bool txn_get(struct txn *txn, enum table table, const struct key *key, struct slice *value)
{
    must(txn->magic == TXN_MAGIC);
    MDB_cursor *cursor = txn->err == ERR_OK ? cursor_of(txn, table) : NULL;
    if (cursor == NULL) return false;
    MDB_val k = {key->n, (void *)(uintptr_t)key->bytes}, v;
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET);
    if (rc == 0) *value = (struct slice){v.mv_data, v.mv_size};
    else if (rc != MDB_NOTFOUND) txn_fail(txn, rc);
    return rc == 0;
}

bool txn_has(struct txn *txn, enum table table, const struct key *key)
{
    struct slice value;
    return txn_get(txn, table, key, &value);
}

void *txn_room(struct txn *txn, enum table table, const struct key *key, size_t bytes)
{
    must(txn->magic == TXN_MAGIC && txn->write && key->n > 0);
    MDB_cursor *cursor = txn->err == ERR_OK ? cursor_of(txn, table) : NULL;
    if (cursor == NULL) return NULL;
    MDB_val k = {key->n, (void *)(uintptr_t)key->bytes}, v = {bytes, NULL};
    int rc = fails_now(&puts_until_failure) ? MDB_MAP_FULL : mdb_cursor_put(cursor, &k, &v, MDB_RESERVE);
    txn_fail(txn, rc);
    return rc == 0 ? v.mv_data : NULL;
}

void txn_put(struct txn *txn, enum table table, const struct key *key, const void *value, size_t bytes)
{
    void *room = txn_room(txn, table, key, bytes);
    if (room != NULL && bytes > 0) memcpy(room, value, bytes);
}

void row_put(struct txn *txn, enum table table, const struct key *key, const ProtobufCMessage *row)
{
    void *room = txn_room(txn, table, key, protobuf_c_message_get_packed_size(row));
    if (room != NULL) protobuf_c_message_pack(row, room);
}

void txn_del(struct txn *txn, enum table table, const struct key *key)
{
    must(txn->magic == TXN_MAGIC && txn->write);
    MDB_cursor *cursor = txn->err == ERR_OK ? cursor_of(txn, table) : NULL;
    if (cursor == NULL) return;
    MDB_val k = {key->n, (void *)(uintptr_t)key->bytes}, v;
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET);
    if (rc == 0) rc = mdb_cursor_del(cursor, 0);
    if (rc != MDB_NOTFOUND) txn_fail(txn, rc);
}

void *row_unpack(struct txn *txn, struct slice value, const ProtobufCMessageDescriptor *type)
{
    void *row = message_unpack(txn->arena, type, value.data, value.bytes);
    if (row == NULL && txn->err == ERR_OK) {
        txn->err = txn->arena->full ? ERR_MEMORY : ERR_CORRUPT;
        log_event(LOG_ERROR, "row not read type=%s error=%s", type->name, err_text(txn->err));
    }
    return row;
}

void *row_get(struct txn *txn, enum table table, const struct key *key, const ProtobufCMessageDescriptor *type)
{
    struct slice value;
    return txn_get(txn, table, key, &value) ? row_unpack(txn, value, type) : NULL;
}

/* A NumberRow is one varint: written and read here without the general codec, since every code looked up is one. */
#define NUMBER_TAG 0x08

static bool number_decode(struct slice row, int64_t *value)
{
    const uint8_t *at = row.data, *end = at + row.bytes;
    uint64_t read;
    if (row.bytes < 2 || *at++ != NUMBER_TAG || !varint_read(&at, end, &read) || at != end) return false;
    *value = (int64_t)read;
    return true;
}

int64_t number_get(struct txn *txn, enum table table, const struct key *key)
{
    struct slice row;
    int64_t value = 0;
    if (!txn_get(txn, table, key, &row)) return 0;
    if (!number_decode(row, &value)) {
        txn->err = ERR_CORRUPT;
        log_event(LOG_ERROR, "row not read type=%s error=%s", rasad__v1__number_row__descriptor.name, err_text(txn->err));
    }
    return value;
}

void number_put(struct txn *txn, enum table table, const struct key *key, int64_t value)
{
    uint8_t row[1 + VARINT_BYTES];
    if (value == 0) {
        txn_del(txn, table, key);
        return;
    }
    txn_put(txn, table, key, row, (size_t)(varint_field(row, NUMBER_TAG, value) - row));
}

int64_t number_next(struct txn *txn, const char *counter)
{
    struct key k = key("s", counter);
    int64_t next = number_get(txn, TABLE_counter, &k) + 1;
    number_put(txn, TABLE_counter, &k, next);
    return next;
}

/* ---- scans */

static void scan_open(struct scan *scan, struct txn *txn, enum table table, const struct key *from, size_t prefix_bytes)
{
    must(prefix_bytes <= from->n);
    memset(scan, 0, sizeof *scan);
    scan->txn = txn;
    scan->from = *from;
    scan->prefix_bytes = prefix_bytes;
    if (txn->err != ERR_OK) return;
    int rc = mdb_cursor_open(txn->mdb, txn->store->dbi[table], &scan->cursor);
    if (rc != 0) {
        scan->cursor = NULL;
        txn_fail(txn, rc);
    }
}

void scan_begin(struct scan *scan, struct txn *txn, enum table table, const struct key *from, size_t prefix_bytes)
{
    scan_open(scan, txn, table, from, prefix_bytes);
}

void scan_begin_down(struct scan *scan, struct txn *txn, enum table table, const struct key *from, size_t prefix_bytes)
{
    scan_open(scan, txn, table, from, prefix_bytes);
    scan->down = true;
}

void scan_seek(struct scan *scan, const struct key *from)
{
    scan->from = *from;
    scan->begun = false;
}

static int scan_step(struct scan *scan, MDB_val *k, MDB_val *v)
{
    if (scan->begun) return mdb_cursor_get(scan->cursor, k, v, scan->down ? MDB_PREV : MDB_NEXT);
    scan->begun = true;
    *k = (MDB_val){scan->from.n, scan->from.bytes};
    int rc = k->mv_size > 0 ? mdb_cursor_get(scan->cursor, k, v, MDB_SET_RANGE)
                            : mdb_cursor_get(scan->cursor, k, v, MDB_FIRST);
    if (!scan->down) return rc;
    if (rc == MDB_NOTFOUND) return mdb_cursor_get(scan->cursor, k, v, MDB_LAST);
    return rc == 0 ? mdb_cursor_get(scan->cursor, k, v, MDB_PREV) : rc;
}

bool scan_next(struct scan *scan)
{
    MDB_val k, v;
    if (scan->cursor == NULL || scan->txn->err != ERR_OK) return false;
    int rc = scan_step(scan, &k, &v);
    if (rc != 0) {
        if (rc != MDB_NOTFOUND) txn_fail(scan->txn, rc);
        return false;
    }
    if (k.mv_size < scan->prefix_bytes || memcmp(k.mv_data, scan->from.bytes, scan->prefix_bytes) != 0) return false;
    scan->key = (struct slice){k.mv_data, k.mv_size};
    scan->value = (struct slice){v.mv_data, v.mv_size};
    return true;
}

void scan_end(struct scan *scan)
{
    if (scan->cursor != NULL) mdb_cursor_close(scan->cursor);
    scan->cursor = NULL;
}
