/* keys.h - the keys of this room's tables, each written in one place. */
#ifndef RASAD_PRODUCTION_KEYS_H
#define RASAD_PRODUCTION_KEYS_H

#include "store/store.h"

#include <stdio.h>

enum presence_measure { PRESENT_MEMBERS = 1, PRESENT_MAKERS = 2 };

static inline struct key presence_key(uint32_t place, uint32_t item, uint32_t period)
{
    return key("uuu", place, item, period);
}
#define PRESENCE_PLACE_AT 0     /* in the key */

static inline struct key earning_key(uint32_t payee, int32_t day, int64_t name, uint32_t money)
{
    return key("udqu", payee, day, name, money);
}
#define EARNING_PLACE_BYTES 4

static inline struct key earned_for_key(int64_t cause, int64_t name) { return key("qq", cause, name); }
#define EARNED_FOR_CAUSE_BYTES 8

static inline struct key sack_key(uint32_t maker, uint32_t item) { return key("uu", maker, item); }

/* The last sack number a taker gave out. */
static inline struct key sack_counter(const char *taker)
{
    char word[8 + CODE_BYTES_MAX];
    snprintf(word, sizeof word, "sack:%.*s", CODE_BYTES_MAX, taker);
    return key("s", word);
}

#endif
