/* gateway.h - the one process that faces the network: what its files share.
 * Flow:    http.c (bytes, framing, deadlines) -> by path: connect.c | assets.c | events.c | peers.c | metrics.c
 *          -> a wire call to a service -> its answer -> http_answer.
 * Owns:    struct gateway: the loop, the clients of the services, one scratch arena. No store, no files.
 * Bounds:  the limits below; one thread, so nothing here is locked.
 */
#ifndef RASAD_GATEWAY_GATEWAY_H
#define RASAD_GATEWAY_GATEWAY_H

#include "base/arena.h"
#include "base/config.h"
#include "base/limits.h"
#include "base/loop.h"
#include "gateway/metrics.h"
#include "gateway/peers.h"
#include "gateway/routes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGET_BYTES_MAX 8192              /* path and query: a read by GET carries its message there */
#define CONNECTION_BYTES_MAX (32 * KIB)    /* memory of one connection: all its headers and one write */
#define BODIES_BYTES_MAX (32 * MIB)        /* all request bodies being received or worked on, together */
#define DRAIN_BYTES_MAX (2 * MIB)          /* of a refused body read and thrown away, so that the answer arrives */
#define ANSWER_BYTES_MAX (8 * MIB)         /* an answer as JSON: the largest frame, with the names of its fields */
#define GZIP_ANSWER_BYTES_MIN KIB          /* below it compression saves no packet */
#define TOKEN_TEXT_BYTES_MAX 128           /* a token as text: 64 of hex, 43 of base64 */
#define CALL_MS 10000                      /* what a call may take when the client names no time */
#define CALL_MS_MAX 30000                  /* and the most it can ask for */
#define HEADERS_MS_MAX 10000               /* from connecting to the end of the headers */
#define PATIENCE_MS 120000                 /* to send a body, to take an answer: 512 KiB on a 2G line */
#define IDLE_S_MAX 30                      /* without a byte either way */
#define SWEEP_MS 500                       /* how often deadlines of connections are looked at */
#define PING_MS 1000                       /* a service that does not answer within it is not well */
#define DRAIN_MS_MAX (CALL_MS_MAX + 2000)  /* stopping: every call has been answered by then */

_Static_assert(CALL_MS_MAX <= CALL_TIMEOUT_MS_MAX, "the wire client does not shorten our deadline");
_Static_assert(TARGET_BYTES_MAX < CONNECTION_BYTES_MAX, "a request line fits the connection's memory");

struct http;
struct events;

struct gateway {
    uint32_t magic;
    struct config config;
    struct loop *loop;
    struct arena scratch; /* one step of one request: decoding, or building an answer; reset before each */
    struct routes routes;
    struct peers peers;
    struct metrics metrics;
    struct events *events;
    struct http *http;
    int64_t patience_ms;
};

#define GATEWAY_MAGIC 0x72676174U

#endif
