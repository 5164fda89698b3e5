/* count.h - what a commit costs, counted and not timed: puts and deletions, and bytes given to the disk.
 * How:     the program is linked with --wrap=mdb_cursor_put,--wrap=mdb_cursor_del, which sees the calls of the store room (the wrapped
 *          calls are counted, then done); LMDB writes pages with pwrite and writev, which are defined here in the C library's stead.
 */
#ifndef RASAD_TESTS_BENCH_COUNT_H
#define RASAD_TESTS_BENCH_COUNT_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct counted {
    int64_t puts;  /* and deletions */
    int64_t bytes; /* written: pages of 4,096 */
};
extern struct counted counted;

/* Pages of a store's file, and how many of them are not free for the next commits; false: it can not be read. Without a
 * lock, so it may be open here too, while nobody writes. */
bool pages_of(const char *file, size_t *in_use, size_t *all);

/* A put, a deletion or a commit, as it was made. */
struct noted {
    enum { NOTED_PUT, NOTED_DEL, NOTED_COMMIT } what;
    MDB_dbi dbi;
    unsigned flags;
    size_t key, key_bytes, value, bytes; /* places in notes_bytes() */
};

/* Note all that is written from now on, to be written again without what led to it; false: no more. */
void notes_begin(void);
void notes_end(void);
size_t notes_n(void);
const struct noted *note_at(size_t i);
const void *note_bytes(size_t at);

#endif
