/* ahead.h - entries of a replay, checked and unpacked by a thread of their own while those before them are applied.
 * Flow:    ahead_open -> ahead_add copies an entry into the stretch being filled; a full one goes to the thread -> ahead_due,
 *          stretch by stretch in the order they came -> ahead_done, its memory is used again -> ahead_close.
 * Owns:    the only other thread of a process, there from the first full stretch to ahead_close. A stretch is either the thread's
 *          or the caller's; the thread touches nothing else: no store, no log, no cache, no signal. No service has one: their
 *          sandbox would not let them.
 * Bounds:  AHEAD_STRETCHES of AHEAD_BYTES and an entry each, and what these unpack to: AHEAD_ARENA_BYTES.
 * Fails:   never. An entry that is wrong or finds no room is left packed, and so are all where no thread can be made: who
 *          applies them checks these, and says what is wrong.
 * Why:     checking and unpacking are an eighth of a replay, and need nothing of what the rest does.
 */
#ifndef RASAD_STORE_AHEAD_H
#define RASAD_STORE_AHEAD_H

#include "store/journal.h"

#include <pthread.h>

struct ahead_entry {
    struct ahead_entry *next;
    int64_t sequence;
    uint8_t before[HASH_BYTES]; /* of the entry before it */
    uint8_t hash[HASH_BYTES];
    struct slice packed;
    Rasad__V1__Entry *unpacked; /* it follows the one before; NULL: still to be checked */
};

struct stretch {
    struct arena arena;
    struct ahead_entry *first, *last;
    size_t bytes;
};

struct ahead {
    struct stretch stretches[AHEAD_STRETCHES]; /* each in turn */
    uint64_t given, done;   /* so many are full, so many applied; the caller's */
    uint64_t checked;       /* and so many the thread has been through */
    bool alone, running, ending;
    pthread_t thread;
    pthread_mutex_t lock;   /* of given, checked and ending */
    pthread_cond_t turn;
};

/* It stays where it is until ahead_close, which may follow in any state, also when this has failed. */
bool ahead_open(struct ahead *ahead);
void ahead_close(struct ahead *ahead);

/* At most ENTRY_BYTES_MAX; take what is due first. */
void ahead_add(struct ahead *ahead, int64_t sequence, const uint8_t before[HASH_BYTES], const uint8_t hash[HASH_BYTES],
               struct slice packed);

/* The stretch to be applied before more can be added; NULL: none. all: also those that could wait, down to the last entry. */
struct stretch *ahead_due(struct ahead *ahead, bool all);
void ahead_done(struct ahead *ahead);

#endif
