/* throttle.c - see throttle.h. A table of rows of WAYS counters; which row is decided by a hash under a random key, so
 * that nobody can aim at the row of another. */
#include "registry/throttle.h"

#include "base/limits.h"

#include <sodium.h>
#include <string.h>

#define WAYS 8 /* logins that share a row of the hash; a size of ours, no bound */
#define ROWS (SIGN_IN_LOGINS_MAX / WAYS)

static struct counter {
    uint64_t login;
    int64_t since_ms; /* of the first wrong try in the window */
    int32_t wrong;    /* 0: free */
} counters[ROWS][WAYS];

uint64_t throttle_login(const char *login, const char *device_key)
{
    static unsigned char secret[crypto_generichash_KEYBYTES];
    static bool made;
    crypto_generichash_state state;
    uint8_t hash[crypto_generichash_BYTES];
    uint64_t name;
    if (!made) crypto_generichash_keygen(secret);
    made = true;
    crypto_generichash_init(&state, secret, sizeof secret, sizeof hash);
    crypto_generichash_update(&state, (const unsigned char *)login, strlen(login) + 1);
    crypto_generichash_update(&state, (const unsigned char *)device_key, strlen(device_key));
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(&name, hash, sizeof name);
    return name;
}

static struct counter *row_of(uint64_t login) { return counters[login % ROWS]; }

static bool over(const struct counter *counter, int64_t now_ms)
{
    return counter->wrong == 0 || now_ms - counter->since_ms >= SIGN_IN_WINDOW_MS || now_ms < counter->since_ms;
}

static struct counter *find(uint64_t login)
{
    struct counter *row = row_of(login);
    for (int i = 0; i < WAYS; i++)
        if (row[i].wrong > 0 && row[i].login == login) return &row[i];
    return NULL;
}

bool throttle_open(uint64_t login, int64_t now_ms)
{
    const struct counter *counter = find(login);
    return counter == NULL || over(counter, now_ms) || counter->wrong < SIGN_IN_TRIES_MAX;
}

void throttle_wrong(uint64_t login, int64_t now_ms)
{
    struct counter *row = row_of(login), *counter = find(login);
    if (counter == NULL) {
        counter = row;
        for (int i = 1; i < WAYS && !over(counter, now_ms); i++)
            if (over(&row[i], now_ms) || row[i].since_ms < counter->since_ms) counter = &row[i];
        *counter = (struct counter){login, now_ms, 0};
    }
    if (over(counter, now_ms)) *counter = (struct counter){login, now_ms, 0};
    counter->wrong++;
}

void throttle_right(uint64_t login)
{
    struct counter *counter = find(login);
    if (counter != NULL) counter->wrong = 0;
}
