/* bare_lmdb.c - the yardstick of the store: LMDB alone, opened as the store opens it, every commit synced.
 * Use:     bare_lmdb DIR append BYTES BATCH MS        an entry appended and a request row, BATCH of them in a commit
 *          bare_lmdb DIR random ROWS BATCH MS         BATCH puts of 100 bytes at random keys among ROWS, in a commit
 *          bare_lmdb DIR sync BYTES 1 MS              no LMDB: BYTES written at the end of a file, fdatasync
 * Prints:  "bare <mode> n <entries or puts> us <time> commits <n> p50 <us of a commit>"
 */
#include "base/hash.h"
#include "base/limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <errno.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { COMMITS_MAX = 1 << 20, ROW_BYTES = 100, FILL_BATCH = 20000 };

static MDB_env *env;
static MDB_dbi journal, request;
static int64_t commit_us[COMMITS_MAX];
static size_t commits;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void good(int rc, const char *what)
{
    if (rc == 0) return;
    fprintf(stderr, "bare_lmdb: %s: %s\n", what, mdb_strerror(rc));
    exit(1);
}

static void big(uint8_t key[8], uint64_t value)
{
    for (int i = 0; i < 8; i++) key[i] = (uint8_t)(value >> (56 - 8 * i));
}

static void open_store(const char *dir)
{
    char path[PATH_BYTES_MAX];
    MDB_txn *txn;
    (void)snprintf(path, sizeof path, "%s/bare.lmdb", dir);
    good(mdb_env_create(&env), "create");
    good(mdb_env_set_mapsize(env, STORE_MAP_BYTES), "map");
    good(mdb_env_set_maxdbs(env, 4), "dbs");
    good(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD, 0600), "open");
    good(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    good(mdb_dbi_open(txn, "journal", MDB_CREATE, &journal), "table");
    good(mdb_dbi_open(txn, "request", MDB_CREATE, &request), "table");
    good(mdb_txn_commit(txn), "commit");
}

static void put(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_bytes, const void *data, size_t bytes)
{
    MDB_val k = {key_bytes, (void *)(uintptr_t)key}, v = {bytes, (void *)(uintptr_t)data};
    good(mdb_put(txn, dbi, &k, &v, 0), "put");
}

/* Keys of rows: 16 bytes of a hash, as random as a request id. */
static void row_key(uint64_t number, uint8_t key[HASH_BYTES])
{
    uint8_t bytes[8];
    big(bytes, number);
    hash_bytes(bytes, sizeof bytes, key);
}

/* Once: the next run finds them there. */
static void fill(uint64_t rows)
{
    uint8_t key[HASH_BYTES], row[ROW_BYTES] = {0};
    MDB_txn *txn = NULL;
    MDB_stat stat;
    good(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");
    good(mdb_stat(txn, request, &stat), "stat");
    mdb_txn_abort(txn);
    txn = NULL;
    if (stat.ms_entries >= rows) return;
    for (uint64_t i = 0; i < rows; i++) {
        if (txn == NULL) good(mdb_txn_begin(env, NULL, 0, &txn), "begin");
        row_key(i, key);
        put(txn, request, key, 16, row, sizeof row);
        if (i % FILL_BATCH != FILL_BATCH - 1 && i + 1 != rows) continue;
        good(mdb_txn_commit(txn), "commit");
        txn = NULL;
    }
}

static uint64_t journal_rows(void)
{
    MDB_txn *txn;
    MDB_stat stat;
    good(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");
    good(mdb_stat(txn, journal, &stat), "stat");
    mdb_txn_abort(txn);
    return stat.ms_entries;
}

static void put_append(MDB_txn *txn, uint64_t sequence, size_t bytes)
{
    static uint8_t entry[1 << 20], row[40];
    uint8_t key[8], id[HASH_BYTES];
    big(key, sequence);
    row_key(sequence, id);
    put(txn, journal, key, sizeof key, entry, bytes);
    put(txn, request, id, 16, row, sizeof row);
}

static void put_random(MDB_txn *txn, uint64_t rows)
{
    uint8_t key[HASH_BYTES], row[ROW_BYTES];
    row_key((uint64_t)random() % rows, key);
    memset(row, (int)random() & 0xff, sizeof row);
    put(txn, request, key, 16, row, sizeof row);
}

static int by_us(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    static uint8_t block[1 << 20];
    if (argc != 6) {
        fprintf(stderr, "usage: bare_lmdb DIR append|random|sync BYTES|ROWS BATCH MS\n");
        return 2;
    }
    const char *mode = argv[2];
    uint64_t size = strtoull(argv[3], NULL, 10), batch = strtoull(argv[4], NULL, 10), n = 0;
    bool append = strcmp(mode, "append") == 0, sync = strcmp(mode, "sync") == 0;
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/bare.sync", argv[1]);
    int fd = sync ? open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600) : -1;
    if (!sync) open_store(argv[1]);
    if (!sync && !append) fill(size);
    uint64_t first = append ? journal_rows() : 0;
    int64_t began = now_us(), until = began + strtoll(argv[5], NULL, 10) * 1000, last = began;
    while (last < until && commits < COMMITS_MAX) {
        MDB_txn *txn = NULL;
        if (!sync) good(mdb_txn_begin(env, NULL, 0, &txn), "begin");
        for (uint64_t i = 0; i < batch; i++, n++) {
            if (sync) good(pwrite(fd, block, size, (off_t)(n * size)) == (ssize_t)size ? 0 : EIO, "write");
            else if (append) put_append(txn, first + n + 1, size);
            else put_random(txn, size);
        }
        good(sync ? fdatasync(fd) : mdb_txn_commit(txn), "commit");
        int64_t now = now_us();
        commit_us[commits++] = now - last;
        last = now;
    }
    qsort(commit_us, commits, sizeof commit_us[0], by_us);
    printf("bare %s n %" PRIu64 " us %" PRId64 " commits %zu p50 %" PRId64 "\n", mode, n, last - began, commits,
           commit_us[commits / 2]);
    if (env != NULL) mdb_env_close(env);
    return 0;
}
