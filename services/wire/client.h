/* client.h - the caller's side of a Unix socket, asynchronous, inside a loop.
 * Flow:    wire_call queues and connects when needed; each call's callback runs exactly once, from the loop: with the
 *          answer, or with an error made here: unavailable (it dropped, or none for
 *          WIRE_PATIENCE_MS, so that a restart is not noticed) or deadline_exceeded.
 *          A call given an error here may still have been done: the same request id settles it.
 * Owns:    one connection, connected again after growing pauses while something needs it (a call or a subscription).
 * Bounds:  WIRE_IN_FLIGHT_MAX calls, FRAME_BYTES_MAX each, WIRE_OUT_BYTES_MAX of them not yet written.
 * Fails:   an answer that is no Answer drops the connection. Late answers are ignored.
 */
#ifndef RASAD_WIRE_CLIENT_H
#define RASAD_WIRE_CLIENT_H

#include "base/err.h"
#include "base/loop.h"
#include "wire.pb-c.h"
#include "wire/codes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_client;

/* answer->error is NULL when it went well. Everything in it is valid during the callback only. */
typedef void wire_answer_callback(void *ctx, const Rasad__V1__Answer *answer);
typedef void wire_feed_callback(void *ctx, const Rasad__V1__Feed *feed);

/* A client of the service at this socket path; connects with the first call or subscription. */
enum err wire_client_open(struct loop *loop, const char *path, struct wire_client **client);

/* Close and free. Calls in flight are answered `unavailable` first. Not from within a callback of the same client. */
void wire_client_close(struct wire_client *client);

/* Make a call. id, timeout_ms and sent_mono_ms are set here; call and its body are copied before it returns.
 * deadline_ms is monotonic (mono_ms() + timeout); at most CALL_TIMEOUT_MS_MAX ahead, later is brought to that.
 * The callback never runs from within. ERR_BUSY: too many in flight; ERR_TOO_BIG: no frame holds it; ERR_CLOSED: being
 * closed. It never runs then. */
enum err wire_call(struct wire_client *client, const Rasad__V1__Call *call, int64_t deadline_ms,
                   wire_answer_callback *callback, void *ctx);

/* Subscribe to the service's hints (callback NULL ends it). After every reconnect a hint with no topic says that some
 * may have been lost. */
void wire_client_feed(struct wire_client *client, wire_feed_callback *callback, void *ctx);

/* Calls waiting for an answer. */
size_t wire_client_in_flight(const struct wire_client *client);

/* Is the connection up? For /healthz. */
bool wire_client_connected(const struct wire_client *client);

#endif
