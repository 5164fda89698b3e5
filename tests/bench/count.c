/* count.c - see count.h. */
#include "count.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct counted counted;

int __real_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags);
int __real_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

bool pages_of(const char *file, size_t *in_use, size_t *all)
{
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    MDB_cursor *cursor;
    MDB_envinfo info;
    MDB_val key, value;
    size_t free_pages = 0;
    bool good = mdb_env_create(&env) == 0 && mdb_env_open(env, file, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0600) == 0 &&
                mdb_env_info(env, &info) == 0 && mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0 &&
                mdb_cursor_open(txn, 0, &cursor) == 0; /* table 0: the free pages, by transaction */
    if (good) {
        while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) free_pages += *(const size_t *)value.mv_data;
        mdb_cursor_close(cursor);
        *all = info.me_last_pgno + 1;
        *in_use = *all - free_pages;
    }
    if (txn != NULL) mdb_txn_abort(txn);
    if (env != NULL) mdb_env_close(env);
    return good;
}

/* ---- notes */

static struct {
    bool on;
    struct noted *list;
    size_t n, room;
    uint8_t *bytes;
    size_t bytes_n, bytes_room;
    const void *reserved; /* of the last put: its value is written after the call */
} notes;

static void *grown(void *list, size_t *room, size_t wanted, size_t element_bytes)
{
    if (wanted <= *room) return list;
    *room = wanted * 2 + 1024;
    list = realloc(list, *room * element_bytes);
    if (list == NULL) abort();
    return list;
}

static size_t bytes_add(const void *data, size_t bytes)
{
    size_t at = notes.bytes_n;
    notes.bytes = grown(notes.bytes, &notes.bytes_room, at + bytes, 1);
    if (bytes > 0) memcpy(notes.bytes + at, data, bytes);
    notes.bytes_n += bytes;
    return at;
}

static void finish_last(void)
{
    if (notes.n == 0 || notes.reserved == NULL) return;
    struct noted *last = &notes.list[notes.n - 1];
    last->value = bytes_add(notes.reserved, last->bytes);
    notes.reserved = NULL;
}

static void note(struct noted noted, const MDB_val *key, const MDB_val *value)
{
    if (!notes.on) return;
    noted.key_bytes = key != NULL ? key->mv_size : 0;
    noted.key = bytes_add(key != NULL ? key->mv_data : NULL, noted.key_bytes);
    noted.bytes = value != NULL ? value->mv_size : 0;
    notes.list = grown(notes.list, &notes.room, notes.n + 1, sizeof *notes.list);
    notes.list[notes.n++] = noted;
    notes.reserved = value != NULL ? value->mv_data : NULL;
}

void notes_begin(void) { notes.on = true; }

void notes_end(void)
{
    finish_last();
    notes.on = false;
}

size_t notes_n(void) { return notes.n; }
const struct noted *note_at(size_t i) { return &notes.list[i]; }
const void *note_bytes(size_t at) { return notes.bytes + at; }

/* ---- the calls */

int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags)
{
    counted.puts++;
    if (!notes.on) return __real_mdb_cursor_put(cursor, key, data, flags);
    finish_last();
    int rc = __real_mdb_cursor_put(cursor, key, data, flags);
    if (rc == 0) note((struct noted){.what = NOTED_PUT, .dbi = mdb_cursor_dbi(cursor), .flags = flags}, key, data);
    return rc;
}

int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags)
{
    MDB_val key, value;
    finish_last();
    bool there = notes.on && mdb_cursor_get(cursor, &key, &value, MDB_GET_CURRENT) == 0;
    if (there) note((struct noted){.what = NOTED_DEL, .dbi = mdb_cursor_dbi(cursor)}, &key, NULL);
    int rc = __real_mdb_cursor_del(cursor, flags);
    if (rc == 0) counted.puts++;
    return rc;
}

int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    finish_last();
    note((struct noted){.what = NOTED_COMMIT}, NULL, NULL);
    return __real_mdb_txn_commit(txn);
}

/* ---- bytes */

static ssize_t written(ssize_t bytes)
{
    if (bytes > 0) counted.bytes += bytes;
    return bytes;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) { return written(syscall(SYS_pwrite64, fd, data, bytes, at)); }
ssize_t writev(int fd, const struct iovec *parts, int n) { return written(syscall(SYS_writev, fd, parts, (unsigned long)n)); }
