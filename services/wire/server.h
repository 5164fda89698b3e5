/* server.h - a service's side of a Unix socket: connections, calls to take, answers.
 * Flow:    the loop reads frames into each connection's own buffer. The service's work hook takes calls one by one,
 *          by turns among the connections, each unpacked into the arena of its request slot; runs the batch; answers;
 *          returns wire_waiting(). Answers leave in the loop's flush phase of the same round.
 * Owns:    the socket file, WIRE_CONNS_MAX connections with their buffers.
 * Bounds:  what is not taken stays in the connection's buffer (WIRE_IN_BYTES_MAX) and then in the kernel's: a connection
 *          whose buffer is full, that has WIRE_UNANSWERED_MAX calls taken, or whose peer leaves WIRE_OUT_PAUSE_BYTES of
 *          answers unread, is not read until that changes. Nobody else is held up.
 * Fails:   a connection that breaks the rules is closed with a log line; its calls are answered into nothing.
 * Why:     pulled, not pushed: the service alone knows when a transaction may begin.
 */
#ifndef RASAD_WIRE_SERVER_H
#define RASAD_WIRE_SERVER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/loop.h"
#include "wire.pb-c.h"
#include "wire/codes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_server;

/* Names one call for its answer; plain data, may be kept and copied. A connection that has gone since, even one whose
 * place was given to another, makes the answer vanish. */
struct wire_ref {
    uint64_t generation;
    int64_t call_id;
    uint32_t conn;
};

/* Listen on a socket path: its directory is made 0700 if missing, a stale file is removed. ERR_EXISTS when a live
 * server answers there. Peers must have our uid. */
enum err wire_server_open(struct loop *loop, const char *path, struct wire_server **server);

/* Close everything, remove the socket file, free. */
void wire_server_close(struct wire_server *server);

/* The next call, unpacked into the arena (valid until it is reset), or NULL when none waits. One that breaks a limit
 * or is past its deadline is answered with an error here and the next is tried; a frame that can not be unpacked ends
 * its connection. The arena is reset by the caller, before. */
const Rasad__V1__Call *wire_take(struct wire_server *server, struct arena *arena, struct wire_ref *ref);

/* Would wire_take find a frame? A work hook that stopped at its batch's bound returns this. */
bool wire_waiting(const struct wire_server *server);

/* Answer a call, once: the packed response. One too big for a frame becomes an error. */
void wire_answer(struct wire_server *server, struct wire_ref ref, const void *body, size_t body_bytes);

/* Answer with an error and its details; error->code may be left empty for CODE_UNKNOWN. */
void wire_answer_error(struct wire_server *server, struct wire_ref ref, const Rasad__V1__WireError *error);

/* Answer with a code and words only. */
void wire_answer_code(struct wire_server *server, struct wire_ref ref, enum wire_code code, const char *message);

/* Answer with a failure: its code and text. */
void wire_answer_failure(struct wire_server *server, struct wire_ref ref, enum err err);

/* Is the connection of this call still there? */
bool wire_alive(const struct wire_server *server, struct wire_ref ref);

/* Send a hint to every subscribed connection. One that does not read loses hints and then gets one with no topic. */
void wire_push(struct wire_server *server, const Rasad__V1__Feed *feed);

/* Stopping, first step: take no new connections, read no more; calls already read can still be taken. */
void wire_server_quiesce(struct wire_server *server);

/* Stopping, last step, after the loop: write what is left for at most patience_ms. */
void wire_server_drain(struct wire_server *server, int64_t patience_ms);

/* For metrics. */
struct wire_server_counts {
    uint64_t connections;          /* now */
    uint64_t calls_taken;          /* since start, as all below */
    uint64_t answers_sent;
    uint64_t answers_vanished;     /* the connection had gone */
    uint64_t calls_refused;        /* malformed, too big, late */
    uint64_t connections_refused;  /* wrong uid, too many, or thrown out */
    uint64_t hints_lost;
};
struct wire_server_counts wire_server_counts(const struct wire_server *server);

#endif
