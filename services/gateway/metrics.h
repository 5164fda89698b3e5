/* metrics.h - counters of the gateway, as Prometheus reads them.
 * Owns:    fixed tables, by route and code; nothing is allocated.
 */
#ifndef RASAD_GATEWAY_METRICS_H
#define RASAD_GATEWAY_METRICS_H

#include "gateway/routes.h"
#include "wire/codes.h"

#include <stdint.h>

#define METRIC_OK CODE_COUNT /* the column after the codes */
#define METRIC_BUCKETS 11

/* What is not a method of a service; these rows follow the routes. */
enum metric_kind {
    KIND_METHOD,
    KIND_APP,
    KIND_EVENTS,
    KIND_HEALTH,
    KIND_METRICS,
    KIND_OTHER,
    KIND_COUNT
};

struct metric_row {
    uint64_t by_code[CODE_COUNT + 1];
    uint64_t by_bucket[METRIC_BUCKETS + 1]; /* the last: longer than all */
    uint64_t total_ms;
};

struct metrics {
    struct metric_row rows[ROUTES_MAX + KIND_COUNT];
    uint64_t bytes_in, bytes_out;       /* bodies */
    uint64_t connections_shut;          /* past a deadline */
    uint64_t requests_malformed;        /* refused for their framing */
    uint64_t clients_refused;           /* connections and requests past the share of one address */
};

struct exchange;

/* Count an answered request. */
void metrics_count(struct exchange *x, unsigned code, size_t bytes_out);

/* GET /metrics, after peers_ask. */
void metrics_answer(struct exchange *x);

#endif
