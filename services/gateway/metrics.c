/* metrics.c - GET /metrics, and what is counted for it.
 * Bounds:  one row per method and kind; rows that were never asked for are not shown.
 */
#include "gateway/metrics.h"

#include "base/clock.h"
#include "base/must.h"
#include "gateway/events.h"
#include "gateway/gateway.h"
#include "gateway/http.h"
#include "gateway/tls.h"
#include "json/jsonpb.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    int64_t ms;
    const char *seconds;
} buckets[METRIC_BUCKETS] = {
    {1, "0.001"}, {2, "0.002"},  {5, "0.005"}, {10, "0.01"},  {25, "0.025"},  {50, "0.05"},
    {100, "0.1"}, {250, "0.25"}, {1000, "1"},  {5000, "5"}, {30000, "30"},
};

static const char *const kind_names[KIND_COUNT] = {"", "app", "events", "healthz", "metrics", "other"};

static struct metric_row *row_of(const struct exchange *x)
{
    size_t index = x->route != NULL ? x->route->index : ROUTES_MAX + (size_t)x->kind;
    return &x->gateway->metrics.rows[index];
}

void metrics_count(struct exchange *x, unsigned code, size_t bytes_out)
{
    must(code <= METRIC_OK);
    struct metric_row *row = row_of(x);
    int64_t took_ms = mono_ms() - x->begun_ms;
    size_t bucket = 0;
    while (bucket < METRIC_BUCKETS && took_ms > buckets[bucket].ms) {
        bucket++;
    }
    row->by_code[code]++;
    row->by_bucket[bucket]++;
    row->total_ms += (uint64_t)took_ms;
    x->gateway->metrics.bytes_in += x->body_bytes + x->thrown_bytes;
    x->gateway->metrics.bytes_out += bytes_out;
}

static void line(struct json_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(struct json_out *out, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    must(bytes > 0 && bytes < (int)sizeof text);
    json_put(out, text);
}

static void put_head(struct json_out *out, const char *name, const char *type, const char *help)
{
    line(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_one(struct json_out *out, const char *name, const char *type, const char *help, uint64_t value)
{
    put_head(out, name, type, help);
    line(out, "%s %" PRIu64 "\n", name, value);
}

static const char *name_of_row(const struct gateway *gateway, size_t index)
{
    if (index < gateway->routes.count) {
        return gateway->routes.all[index].method;
    }
    return index >= ROUTES_MAX ? kind_names[index - ROUTES_MAX] : "";
}

static void put_requests(struct json_out *out, const struct gateway *gateway)
{
    put_head(out, "rasad_http_requests_total", "counter", "Answered requests by method and code.");
    for (size_t i = 0; i < ROUTES_MAX + KIND_COUNT; i++) {
        for (unsigned code = 0; code <= METRIC_OK; code++) {
            uint64_t count = gateway->metrics.rows[i].by_code[code];
            if (count > 0) {
                line(out, "rasad_http_requests_total{method=\"%s\",code=\"%s\"} %" PRIu64 "\n",
                     name_of_row(gateway, i), code == METRIC_OK ? "ok" : wire_code_text((enum wire_code)code), count);
            }
        }
    }
}

static void put_times(struct json_out *out, const struct gateway *gateway)
{
    put_head(out, "rasad_http_request_seconds", "histogram", "From the request line to the answer.");
    for (size_t i = 0; i < ROUTES_MAX + KIND_COUNT; i++) {
        const struct metric_row *row = &gateway->metrics.rows[i];
        const char *name = name_of_row(gateway, i);
        uint64_t sum = 0, all = 0;
        for (size_t b = 0; b <= METRIC_BUCKETS; b++) {
            all += row->by_bucket[b];
        }
        for (size_t b = 0; all > 0 && b < METRIC_BUCKETS; b++) {
            sum += row->by_bucket[b];
            line(out, "rasad_http_request_seconds_bucket{method=\"%s\",le=\"%s\"} %" PRIu64 "\n", name,
                 buckets[b].seconds, sum);
        }
        if (all > 0) {
            line(out, "rasad_http_request_seconds_bucket{method=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, all);
            line(out, "rasad_http_request_seconds_sum{method=\"%s\"} %" PRIu64 ".%03" PRIu64 "\n", name,
                 row->total_ms / 1000, row->total_ms % 1000);
            line(out, "rasad_http_request_seconds_count{method=\"%s\"} %" PRIu64 "\n", name, all);
        }
    }
}

/* What the services say. Of the store any of them will do: the one that knows the newest entry. */
static void put_services(struct json_out *out, const struct exchange *x)
{
    static const struct {
        enum peer_figure figure;
        const char *name, *help;
        int64_t per;
    } figures[] = {
        {FIGURE_MAP, "rasad_store_map_used_percent", "Of the store's map; alarm from 70.", 1},
        {FIGURE_DISK, "rasad_disk_free_percent", "Of the disk below the store; alarm below 20.", 1},
        {FIGURE_SEQUENCE, "rasad_journal_sequence", "Of the newest entry.", 1},
        {FIGURE_CLOCK_MS, "rasad_clock_behind_seconds", "The newest entry is so much later than the clock.", 1000},
        {FIGURE_ASIDE, "rasad_commands_set_aside", "Commands that stopped a service twice.", 1},
        {FIGURE_PARKED, "rasad_reactions_parked", "Reactions that failed three times and wait for a person.", 1},
    };
    const struct ping *best = NULL;
    put_head(out, "rasad_service_up", "gauge", "Whether a service answers.");
    for (size_t i = 0; i < PEER_COUNT; i++) {
        line(out, "rasad_service_up{service=\"%s\"} %d\n", peer_name((enum peer)i), x->pings[i].well ? 1 : 0);
    }
    put_head(out, "rasad_service_started_seconds", "gauge", "Since when, seconds since 1970: it changes at each restart.");
    for (size_t i = 0; i < PEER_COUNT; i++) {
        const struct ping *ping = &x->pings[i];
        if (!ping->well || ping->figures[FIGURE_STARTED_MS] == 0) {
            continue;
        }
        line(out, "rasad_service_started_seconds{service=\"%s\"} %" PRId64 "\n", peer_name((enum peer)i),
             ping->figures[FIGURE_STARTED_MS] / 1000);
        if (best == NULL || best->figures[FIGURE_SEQUENCE] < ping->figures[FIGURE_SEQUENCE]) {
            best = ping;
        }
    }
    for (size_t i = 0; best != NULL && i < sizeof figures / sizeof figures[0]; i++) {
        put_one(out, figures[i].name, "gauge", figures[i].help,
                (uint64_t)(best->figures[figures[i].figure] / figures[i].per));
    }
}

void metrics_answer(struct exchange *x)
{
    struct gateway *gateway = x->gateway;
    const struct metrics *m = &gateway->metrics;
    struct json_out out;
    arena_reset(&gateway->scratch);
    json_out_init(&out, MIB, arena_pb(&gateway->scratch));
    put_requests(&out, gateway);
    put_times(&out, gateway);
    put_one(&out, "rasad_http_in_flight", "gauge", "Requests without an answer, and open streams.",
            http_busy(gateway->http));
    put_one(&out, "rasad_http_connections", "gauge", "Open connections.", http_connections(gateway->http));
    put_one(&out, "rasad_http_received_bytes_total", "counter", "Bytes of request bodies.", m->bytes_in);
    put_one(&out, "rasad_http_sent_bytes_total", "counter", "Bytes of answers.", m->bytes_out);
    put_one(&out, "rasad_http_malformed_total", "counter", "Requests refused for their framing.",
            m->requests_malformed);
    put_one(&out, "rasad_http_clients_refused_total", "counter",
            "Connections and requests past the share of one address.", m->clients_refused);
    put_one(&out, "rasad_http_shut_total", "counter", "Connections shut past a deadline, or to make way.", m->connections_shut);
    if (tls_on()) {
        put_one(&out, "rasad_tls_certificate_expires_seconds", "gauge", "The end of the certificate, seconds since 1970.",
                (uint64_t)tls_expires_s());
    }
    put_one(&out, "rasad_events_streams", "gauge", "Open event streams.", events_open_count(gateway->events));
    put_head(&out, "rasad_service_connected", "gauge", "Whether the gateway is connected to a service.");
    for (size_t i = 0; i < PEER_COUNT; i++) {
        line(&out, "rasad_service_connected{service=\"%s\"} %d\n", peer_name((enum peer)i),
             wire_client_connected(gateway->peers.clients[i]) ? 1 : 0);
    }
    put_services(&out, x);
    struct answer answer = {.status = 200,
                            .code = METRIC_OK,
                            .type = "text/plain; version=0.0.4; charset=utf-8",
                            .body = out.text,
                            .bytes = out.bytes};
    http_answer(x, &answer);
}
