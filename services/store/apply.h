/* apply.h - an event into the tables. The same code for a command just decided and for every replay.
 * Flow:    emit or replay -> apply_event: the fact taken back (sign -1), the new fact (sign +1), the movements.
 * Rules:   only adds, sets and deletes; no clock, no randomness, no local table; accepts every event ever written.
 */
#ifndef RASAD_STORE_APPLY_H
#define RASAD_STORE_APPLY_H

#include "journal.pb-c.h"
#include "store/directory.h"
#include "store/ledger.h"
#include "store/store.h"

struct applying {
    struct txn *txn;
    const Rasad__V1__Header *header; /* of the entry now applied */
    const Rasad__V1__Event *event;   /* the event; while taking back: the original one */
    int64_t name;                    /* of that event */
    int64_t by;                      /* while taking back: name of the reversing line; else 0 */
    struct place place;              /* of the event; id 0: none */
    struct item item;
    int32_t booked_day;
};

/* Apply one event of an entry; line from 1. */
void apply_event(struct txn *txn, const Rasad__V1__Header *header, const Rasad__V1__Event *event, int32_t line);

/* Every room's half: one function a fact, named in facts.def. */
#define FACT(case, member, Type, reversible) \
    void apply_##member(struct applying *applying, const Rasad__V1__##Type *fact, int sign);
#include "store/facts.def"
#undef FACT

/* Name of a fact for feeds and logs ("output_logged"); is it reversible? */
const char *fact_name(Rasad__V1__Event__FactCase fact);
bool fact_reversible(Rasad__V1__Event__FactCase fact);

#endif
