/* health.h - how a process and its store are: the answer to a ping, and the alarms.
 * Flow:    Health/Ping -> health_of -> the gateway's /metrics and `rasad status`. Once a minute, in one process:
 *          health_alarms, a line in the log for each thing that needs a person. ops/RUNBOOK.md says what to do.
 */
#ifndef RASAD_STORE_HEALTH_H
#define RASAD_STORE_HEALTH_H

#include "store/store.h"
#include "wire.pb-c.h"

/* Call once, when the process begins to serve. */
void health_begin(void);

/* In a short read of its own; the arena is the caller's to reset. */
Rasad__V1__Health health_of(struct store *store, struct arena *arena);

/* How many there were. */
int health_alarms(const Rasad__V1__Health *health);

#endif
