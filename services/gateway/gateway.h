/* gateway.h - the one process that faces the network: what its files share.
 * Flow:    http.c (bytes, framing, deadlines) -> by path: connect.c | assets.c | events.c | peers.c | metrics.c
 *          -> a wire call to a service -> its answer -> http_answer.
 * Owns:    struct gateway: the loop, the clients of the services, one scratch arena. No store, no files.
 * Bounds:  base/limits.h; one thread, so nothing here is locked.
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
