/* reactions.h - what follows from an entry: commands of actor "system", and hints for open screens.
 * Flow:    a bell (or a second) -> new entries are read -> production runs the reactions of its table, each as an
 *          ordinary command whose id comes from its name and cause: exactly once, whatever crashes. reports pushes
 *          a hint (topic, place, sequence) to those who subscribed.
 * Owns:    tables cursor and parked.
 * Bounds:  REACTION_ENTRIES_MAX entries and TXN_COMMANDS_MAX reactions at once; three failures park one,
 *          which is tried again every REACTION_AGAIN_MS.
 */
#ifndef RASAD_STORE_REACTIONS_H
#define RASAD_STORE_REACTIONS_H

#include "base/loop.h"
#include "store/bell.h"
#include "store/store.h"
#include "wire/server.h"

/* Does nothing in processes that neither react nor feed. */
enum err reactions_open(const char *process, struct store *store, struct loop *loop, struct wire_server *server,
                        struct bell *bell);

#endif
