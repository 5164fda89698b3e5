/* throttle.c - see throttle.h. For each kind a table of rows of WAYS counters; which row is decided by a hash under a random
 * key, so that nobody can aim at the row of another. */
#include "registry/throttle.h"

#include "base/limits.h"

#include <sodium.h>
#include <string.h>

#define WAYS 8 /* counters that share a row of the hash; a size of ours, no bound */
#define ROWS (SIGN_IN_LOGINS_MAX / WAYS)

static const struct {
    int32_t tries;         /* within a window */
    int64_t window_ms_max; /* it doubles each time it was filled, up to this */
    bool cleared;          /* by a right one */
} kinds[THROTTLE_KINDS] = {
    [THROTTLE_PHONE] = {SIGN_IN_TRIES_MAX, PIN_WINDOW_MS_MAX, true},
    [THROTTLE_KNOWN] = {SIGN_IN_TRIES_MAX, SIGN_IN_WINDOW_MS, true},
    [THROTTLE_STRANGER] = {SIGN_IN_TRIES_MAX, SIGN_IN_WINDOW_MS, true},
    [THROTTLE_STRANGERS] = {SIGN_IN_STRANGERS_MAX, SIGN_IN_WINDOW_MS, false},
    [THROTTLE_ADDRESS] = {SIGN_IN_ADDRESS_MAX, SIGN_IN_WINDOW_MS, false},
    [THROTTLE_CLAIM] = {SIGN_IN_TRIES_MAX, SIGN_IN_WINDOW_MS, true},
    [THROTTLE_CLAIMS] = {CLAIM_TRIES_MAX, SIGN_IN_WINDOW_MS, false},
};

static struct counter {
    uint64_t of;
    int64_t since_ms;  /* of the first wrong try in the window */
    int64_t window_ms; /* its length */
    int32_t wrong;     /* 0: free */
} counters[THROTTLE_KINDS][ROWS][WAYS];

struct tries throttle_of(enum throttle_kind kind, const char *login, const void *more, size_t more_bytes)
{
    static unsigned char secret[crypto_generichash_KEYBYTES];
    static bool made;
    crypto_generichash_state state;
    uint8_t hash[crypto_generichash_BYTES];
    struct tries tries = {.kind = kind};
    if (!made) crypto_generichash_keygen(secret);
    made = true;
    crypto_generichash_init(&state, secret, sizeof secret, sizeof hash);
    crypto_generichash_update(&state, (const unsigned char *)login, strlen(login) + 1);
    crypto_generichash_update(&state, more, more_bytes);
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(&tries.of, hash, sizeof tries.of);
    return tries;
}

static struct counter *row_of(struct tries tries) { return counters[tries.kind][tries.of % ROWS]; }

static bool over(const struct counter *counter, int64_t now_ms)
{
    return counter->wrong == 0 || now_ms - counter->since_ms >= counter->window_ms || now_ms < counter->since_ms;
}

static struct counter *find(struct tries tries)
{
    struct counter *row = row_of(tries);
    for (int i = 0; i < WAYS; i++)
        if (row[i].wrong > 0 && row[i].of == tries.of) return &row[i];
    return NULL;
}

bool throttle_open(struct tries tries, int64_t now_ms)
{
    const struct counter *counter = find(tries);
    return counter == NULL || over(counter, now_ms) || counter->wrong < kinds[tries.kind].tries;
}

/* The window after this one: twice as long when this one was filled and not long ago. */
static int64_t next_window_ms(const struct counter *counter, enum throttle_kind kind, int64_t now_ms)
{
    bool filled = counter->wrong >= kinds[kind].tries && now_ms - counter->since_ms < 2 * kinds[kind].window_ms_max;
    int64_t next_ms = filled ? 2 * counter->window_ms : SIGN_IN_WINDOW_MS;
    return next_ms < kinds[kind].window_ms_max ? next_ms : kinds[kind].window_ms_max;
}

void throttle_wrong(struct tries tries, int64_t now_ms)
{
    struct counter *row = row_of(tries), *counter = find(tries);
    if (counter == NULL) {
        counter = row;
        for (int i = 1; i < WAYS && !over(counter, now_ms); i++)
            if (over(&row[i], now_ms) || row[i].since_ms < counter->since_ms) counter = &row[i];
        *counter = (struct counter){tries.of, now_ms, SIGN_IN_WINDOW_MS, 0};
    }
    if (over(counter, now_ms)) *counter = (struct counter){tries.of, now_ms, next_window_ms(counter, tries.kind, now_ms), 0};
    counter->wrong++;
}

void throttle_right(struct tries tries)
{
    struct counter *counter = find(tries);
    if (counter != NULL && kinds[tries.kind].cleared) counter->wrong = 0;
}
