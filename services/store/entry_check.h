/* entry_check.h - is an entry from a backup or another store one that `apply` can rely on?
 * Rule:    every entry ever written passes; what only a forged one holds does not: numbers past their bounds, stages that
 *          are none, texts that are no UTF-8. Fields this build does not know are let be.
 * Why:     a backup lies on other people's disks; its hashes say that it is whole, not who made it.
 */
#ifndef RASAD_STORE_ENTRY_CHECK_H
#define RASAD_STORE_ENTRY_CHECK_H

#include "journal.pb-c.h"
#include "store/store.h"

/* The entry, in the arena. ERR_CORRUPT where it is none, or none to rely on; ERR_MEMORY. */
enum err entry_unpack(struct arena *arena, struct slice bytes, Rasad__V1__Entry **entry);

#endif
