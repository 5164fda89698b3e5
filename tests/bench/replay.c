/* replay.c - `replay DIR LINES CLUSTERS ROUNDS`: how much of a replay's time is the store's own.
 * Flow:    forge a journal once, keeping its entries in memory and noting every put, deletion and commit (count.h); then
 *          in turn: the entries replayed into a new store, and the very same puts and commits made again into another,
 *          without decoding, hashing or deciding.
 * Prints:  "replay lines <n> replay_us <time> bare_us <time>", of the round whose ratio is the median: what else the machine
 *          does meets both halves of a round.
 */
#include "base/clock.h"
#include "base/log.h"
#include "count.h"
#include "forge.h"
#include "store/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 9 };

struct kept {
    struct slice entry;
    uint8_t hash[HASH_BYTES];
};

static struct kept *entries;
static int64_t entries_n, lines;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void give_up(const char *what)
{
    fprintf(stderr, "replay: %s\n", what);
    exit(1);
}

static void file_of(const char *dir, const char *name, char path[PATH_BYTES_MAX], char file[PATH_BYTES_MAX + 32])
{
    (void)snprintf(path, PATH_BYTES_MAX, "%s/%s", dir, name);
    (void)snprintf(file, PATH_BYTES_MAX + 32, "%s/rasad.lmdb", path);
    (void)mkdir(path, 0700);
    (void)unlink(file);
}

/* The entries of a forged store, out of it. */
static void keep_entries(struct forge *forge)
{
    struct txn txn;
    struct slice entry;
    entries_n = forge->replay.sequence;
    lines = forge->lines;
    entries = calloc((size_t)entries_n, sizeof *entries);
    if (entries == NULL) give_up("memory");
    txn_read(forge->replay.store, &forge->arena, &txn);
    for (int64_t i = 0; i < entries_n; i++) {
        if (!journal_stored(&txn, i + 1, entries[i].hash, &entry)) give_up("an entry is missing");
        void *copy = malloc(entry.bytes);
        if (copy == NULL) give_up("memory");
        memcpy(copy, entry.data, entry.bytes);
        entries[i].entry = (struct slice){copy, entry.bytes};
    }
    txn_abort(&txn);
}

static int64_t replay_us(const char *dir)
{
    static struct replay replay;
    int64_t began = now_us();
    if (replay_open(dir, &replay) != ERR_OK) give_up("store");
    for (int64_t i = 0; i < entries_n; i++)
        if (replay_entry(&replay, i + 1, entries[i].hash, entries[i].entry) != ERR_OK) give_up("entry");
    if (replay_commit(&replay) != ERR_OK) give_up("commit");
    int64_t took = now_us() - began;
    replay_close(&replay);
    return took;
}

static void bare_write(MDB_txn *txn, const struct noted *n)
{
    MDB_val key = {n->key_bytes, (void *)(uintptr_t)note_bytes(n->key)}, value = {n->bytes, NULL};
    if (n->what == NOTED_DEL) {
        if (mdb_del(txn, n->dbi, &key, NULL) != 0) give_up("del");
        return;
    }
    value.mv_data = (void *)(uintptr_t)note_bytes(n->value);
    int rc = mdb_put(txn, n->dbi, &key, &value, n->flags);
    if (rc != 0) give_up(mdb_strerror(rc));
    if (n->flags & MDB_RESERVE) memcpy(value.mv_data, note_bytes(n->value), n->bytes);
}

/* The tables are opened in the same order, so they have the same numbers. */
static int64_t bare_us(const char *file)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    int64_t began = now_us();
    if (mdb_env_create(&env) != 0 || mdb_env_set_mapsize(env, STORE_MAP_BYTES) != 0 ||
        mdb_env_set_maxdbs(env, TABLE_COUNT + 8) != 0 ||
        mdb_env_open(env, file, MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD, 0600) != 0 || mdb_txn_begin(env, NULL, 0, &txn) != 0)
        give_up("bare store");
    for (enum table table = 0; table < TABLE_COUNT; table++)
        if (mdb_dbi_open(txn, table_name(table), MDB_CREATE, &dbi) != 0) give_up("table");
    for (size_t i = 0; i < notes_n(); i++) {
        const struct noted *n = note_at(i);
        if (n->what != NOTED_COMMIT) {
            bare_write(txn, n);
            continue;
        }
        if (mdb_txn_commit(txn) != 0 || mdb_txn_begin(env, NULL, 0, &txn) != 0) give_up("commit");
    }
    mdb_txn_abort(txn);
    int64_t took = now_us() - began;
    mdb_env_close(env);
    return took;
}

struct round {
    int64_t replay_us, bare_us;
};

static int by_ratio(const void *a, const void *b)
{
    const struct round *x = a, *y = b;
    int64_t left = x->bare_us * y->replay_us, right = y->bare_us * x->replay_us;
    return left < right ? -1 : left > right;
}

int main(int argc, char **argv)
{
    static struct forge forge;
    char path[PATH_BYTES_MAX], file[PATH_BYTES_MAX + 32];
    struct round list[ROUNDS_MAX], *middle;
    long rounds = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: replay DIR LINES CLUSTERS ROUNDS\n");
        return 2;
    }
    log_process("replay");
    file_of(argv[1], "forged", path, file);
    notes_begin();
    if (!forge_open(&forge, path, (int32_t)strtol(argv[3], NULL, 10))) give_up("forge");
    while (forge.lines < strtoll(argv[2], NULL, 10))
        if (!forge_day(&forge)) return 1;
    if (!forge_commit(&forge)) return 1;
    notes_end();
    keep_entries(&forge);
    forge_close(&forge);
    for (long i = 0; i < rounds; i++) {
        file_of(argv[1], "replayed", path, file);
        list[i].replay_us = replay_us(path);
        file_of(argv[1], "bare", path, file);
        list[i].bare_us = bare_us(file);
    }
    qsort(list, (size_t)rounds, sizeof list[0], by_ratio);
    middle = &list[rounds / 2];
    printf("replay lines %" PRId64 " replay_us %" PRId64 " bare_us %" PRId64 "\n", lines, middle->replay_us, middle->bare_us);
    return 0;
}
