/* world.h - a store of its own in this process, for tests: commands and reads run as the services run them, requests are
 *           written as JSON, and what is answered is looked at as JSON or as the message itself.
 * Flow:     world_open, then asks_as, ask, tell, ...; world_same_again; world_close.
 * Quotes:   ' stands for " in what ask and tell are given and in what shows and hides look for. */
#ifndef RASAD_TESTS_WORLD_H
#define RASAD_TESTS_WORLD_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/ids.h"
#include "registry/tokens.h"
#include "store/run.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after those */
#include <cmocka.h>

#define WORLD_TEXT_BYTES ((size_t)4 << 20)

struct world {
    char dir[64];
    struct store *store;
    struct arena arena, keep, request; /* of batches and reads; of what was answered, until the next call; of what is asked */
    char who[SECRET_TEXT_BYTES];       /* the token that asks */
    unsigned ids;                      /* commands told */
    char id[UUID_TEXT_BYTES];          /* of the last one */
    struct outcome outcome;            /* of the last call */
    const void *reply;                 /* its message; NULL: refused */
    char answer[WORLD_TEXT_BYTES];     /* the same as JSON; "!code message" and the refusals when it was refused */
};
extern struct world world;

/* How the next calls come in. */
struct comes {
    const char *device;
    uint8_t client[4];
    size_t client_bytes;
    bool unattended;
};
extern struct comes comes;

void world_open(const char *name);
int world_close(void); /* 0: its folder is gone too */
/* Every table comes out of the journal again, byte for byte. */
void world_same_again(void);

/* A session whose token is the person's code; "console" may do everything. */
void session_put(const char *person);
/* From now on this person asks. */
void asks_as(const char *person);

/* Runs a method as this token ("": none) in a batch of its own, or in the one given. */
const char *call_in(struct batch *batch, const char *token, const char *method, const char *json);
const char *call_as(const char *token, const char *method, const char *json);
/* The same for a command: `fields` are what stands beside its request id. */
const char *command_as(const char *token, const char *method, const char *fields);
/* As whoever asks now: a read; a command. */
const char *ask(const char *method, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *tell(const char *method, const char *fields, ...) __attribute__((format(printf, 2, 3)));

void done(const char *answer); /* accepted, every line of it */
void shows(const char *answer, const char *part);
void hides(const char *answer, const char *part);
/* The value of the n-th field of this name, from 0: digits, or text without its quotes. Eight are kept. */
const char *field(const char *answer, const char *name, int n);
/* Real less shortfall of a stage. */
int64_t net(const char *place, const char *item, enum stage stage);

#endif
