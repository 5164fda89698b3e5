/* run.h - runs calls: reads in a read transaction, commands nested in one write transaction with one commit.
 * Flow:    run_read answers at once. run_begin -> run_command ... -> run_commit -> answers. A command that fails or is
 *          refused takes nothing with it; the others of its batch go on.
 * Owns:    the batch: running head of the journal, lines and bytes so far.
 * Bounds:  TXN_LINES_MAX, TXN_BYTES_MAX, TXN_COMMANDS_MAX.
 * Fails:   run_commit: ERR_STORE_FULL and ERR_DISK_FULL are a clear no for the whole batch; ERR_UNKNOWN_COMMIT is
 *          neither: answer unavailable and end the process.
 */
#ifndef RASAD_STORE_RUN_H
#define RASAD_STORE_RUN_H

#include "store/call.h"
#include "store/journal.h"
#include "wire/codes.h"

/* What became of a call: a packed reply, or an error. In the arena given. */
struct outcome {
    bool good;
    void *body;
    size_t body_bytes;
    Rasad__V1__WireError *error;
    bool unnoted;        /* of a read: the session's use is to be noted (session_used) */
    bool full;           /* refused for lack of room in this batch: run it in the next one */
};

struct batch {
    struct store *store;
    struct arena *arena; /* of the command that runs; reset after each */
    struct txn txn;
    struct head head;
    size_t lines, bytes, commands;
    const char *why;  /* the last reaction was not done; in the arena of the batch */
    bool open;
};

enum wire_code reason_code(enum reason reason);
/* The repeated field that holds a command's lines: "lines", "people". */
const char *lines_field(const struct call *call);
const char *refusal_path(struct arena *arena, const char *list, int32_t line, const char *field);
Rasad__V1__Refusal *refusal_make(struct arena *arena, enum reason reason, int32_t line, const char *path,
                                 const char *have, const char *need);

/* The answer to a command, from its entry alone. */
Rasad__V1__Receipt *receipt_make(struct arena *arena, const Rasad__V1__Entry *entry, const struct command *command);

/* keep: arena that holds the outcome until it is sent. prepared: from a preparation, or NULL. */
void run_read(struct store *store, struct arena *arena, struct arena *keep, const struct command *command,
              const Rasad__V1__Call *wire, struct outcome *outcome);
/* What a command does before its transaction (argon2id): reads, then works with no transaction open. NULL: nothing. */
void *run_prepare(struct store *store, struct arena *keep, const struct command *command, const Rasad__V1__Call *wire);
enum err run_begin(struct batch *batch, struct store *store, struct arena *arena);
void run_command(struct batch *batch, struct arena *keep, const struct command *command, const Rasad__V1__Call *wire,
                 void *prepared, struct outcome *outcome);
/* Last, before LMDB's commit: the one place where a batch could be replicated (DESIGN 3). */
enum err run_commit(struct batch *batch);
void run_abort(struct batch *batch);

/* A reaction: the command's request is packed already, the actor is "system", cause is in the header. Inside a batch. */
enum reacted {
    REACTED,       /* done now or before, or there was nothing to do */
    REACTED_NOT,   /* refused, or it has crashed its service: a person is to look at it */
    REACTED_LATER  /* the store could not be read or written */
};
enum reacted run_reaction(struct batch *batch, const struct command *command, const ProtobufCMessage *request, int64_t cause);

void outcome_failure(struct arena *keep, enum err err, struct outcome *outcome);
void outcome_refusal(struct arena *keep, enum reason reason, const char *field, const char *have, const char *need,
                     struct outcome *outcome);

#endif
