/* ahead.c - see ahead.h. */
#include "store/ahead.h"

#include "base/must.h"

#include <signal.h>
#include <string.h>

bool ahead_open(struct ahead *ahead)
{
    memset(ahead, 0, sizeof *ahead);
    must(pthread_mutex_init(&ahead->lock, NULL) == 0 && pthread_cond_init(&ahead->turn, NULL) == 0);
    for (size_t i = 0; i < AHEAD_STRETCHES; i++)
        if (!arena_init(&ahead->stretches[i].arena, AHEAD_ARENA_BYTES)) return false;
    return true;
}

/* ---- the thread */

static void check(struct stretch *stretch)
{
    for (struct ahead_entry *entry = stretch->first; entry != NULL; entry = entry->next)
        (void)journal_check(&stretch->arena, entry->sequence, entry->before, entry->hash, entry->packed, &entry->unpacked);
}

static void *run(void *ctx)
{
    struct ahead *ahead = ctx;
    must(pthread_mutex_lock(&ahead->lock) == 0);
    while (!ahead->ending) {
        if (ahead->checked == ahead->given) {
            must(pthread_cond_wait(&ahead->turn, &ahead->lock) == 0);
            continue;
        }
        struct stretch *stretch = &ahead->stretches[ahead->checked % AHEAD_STRETCHES];
        must(pthread_mutex_unlock(&ahead->lock) == 0);
        check(stretch);
        must(pthread_mutex_lock(&ahead->lock) == 0);
        ahead->checked++;
        must(pthread_cond_signal(&ahead->turn) == 0);
    }
    must(pthread_mutex_unlock(&ahead->lock) == 0);
    return NULL;
}

/* Signals are for the thread that has always had them: the store's alarm is to wake who waits for its lock. */
static void start(struct ahead *ahead)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    must(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    ahead->running = pthread_create(&ahead->thread, NULL, run, ahead) == 0;
    ahead->alone = !ahead->running;
    must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

void ahead_close(struct ahead *ahead)
{
    if (ahead->running) {
        must(pthread_mutex_lock(&ahead->lock) == 0);
        ahead->ending = true;
        must(pthread_cond_signal(&ahead->turn) == 0);
        must(pthread_mutex_unlock(&ahead->lock) == 0);
        must(pthread_join(ahead->thread, NULL) == 0);
    }
    for (size_t i = 0; i < AHEAD_STRETCHES; i++)
        if (ahead->stretches[i].arena.base != NULL) arena_destroy(&ahead->stretches[i].arena);
    (void)pthread_cond_destroy(&ahead->turn);
    (void)pthread_mutex_destroy(&ahead->lock);
    memset(ahead, 0, sizeof *ahead);
}

/* ---- the caller's side */

static struct stretch *filling(struct ahead *ahead) { return &ahead->stretches[ahead->given % AHEAD_STRETCHES]; }

void ahead_add(struct ahead *ahead, int64_t sequence, const uint8_t before[HASH_BYTES], const uint8_t hash[HASH_BYTES],
               struct slice packed)
{
    struct stretch *stretch = filling(ahead);
    must(packed.bytes <= ENTRY_BYTES_MAX && stretch->bytes < AHEAD_BYTES && ahead->given - ahead->done < AHEAD_STRETCHES);
    struct ahead_entry *entry = arena_alloc(&stretch->arena, sizeof *entry);
    void *copy = arena_copy(&stretch->arena, packed.data, packed.bytes);
    must(entry != NULL && copy != NULL);
    entry->sequence = sequence;
    memcpy(entry->before, before, HASH_BYTES);
    memcpy(entry->hash, hash, HASH_BYTES);
    entry->packed = (struct slice){copy, packed.bytes};
    if (stretch->last != NULL) stretch->last->next = entry;
    else stretch->first = entry;
    stretch->last = entry;
    stretch->bytes += sizeof *entry + packed.bytes;
}

/* unchecked: the thread, which has nothing left to do then, is not asked. */
static void give(struct ahead *ahead, bool unchecked)
{
    must(pthread_mutex_lock(&ahead->lock) == 0);
    ahead->given++;
    if (unchecked) ahead->checked++;
    else must(pthread_cond_signal(&ahead->turn) == 0);
    must(pthread_mutex_unlock(&ahead->lock) == 0);
}

static void wait_checked(struct ahead *ahead)
{
    must(pthread_mutex_lock(&ahead->lock) == 0);
    while (ahead->checked == ahead->done) must(pthread_cond_wait(&ahead->turn, &ahead->lock) == 0);
    must(pthread_mutex_unlock(&ahead->lock) == 0);
}

struct stretch *ahead_due(struct ahead *ahead, bool all)
{
    uint64_t waiting = ahead->given - ahead->done;
    if (waiting < AHEAD_STRETCHES && filling(ahead)->bytes >= AHEAD_BYTES) {
        if (!ahead->running && !ahead->alone) start(ahead);
        give(ahead, ahead->alone);
        waiting++;
    } else if (all && waiting == 0 && filling(ahead)->first != NULL) {
        give(ahead, true); /* what is left over is not worth two turns */
        waiting++;
    }
    if (waiting < AHEAD_STRETCHES && (!all || waiting == 0)) return NULL;
    wait_checked(ahead);
    return &ahead->stretches[ahead->done % AHEAD_STRETCHES];
}

void ahead_done(struct ahead *ahead)
{
    struct stretch *stretch = &ahead->stretches[ahead->done++ % AHEAD_STRETCHES];
    arena_reset(&stretch->arena);
    stretch->first = stretch->last = NULL;
    stretch->bytes = 0;
}
