/* peers.c - the clients of the services, and /healthz.
 * Flow:    peers_ask sends a Ping to every process; the last answer (or its deadline) makes the reply.
 * Bounds:  PING_MS; the wire client's own.
 */
#include "gateway/peers.h"

#include "base/clock.h"
#include "base/must.h"
#include "gateway/gateway.h"
#include "gateway/http.h"
#include "json/jsonpb.h"

#include <string.h>
#include <strings.h>

static const char *const names[PEER_COUNT] = {
#define PEER(name, text) text,
#include "gateway/peers.def"
#undef PEER
};

const char *peer_name(enum peer peer)
{
    return names[peer];
}

bool peer_of_name(const char *name, enum peer *peer)
{
    for (size_t i = 0; i < PEER_COUNT; i++) {
        if (strcasecmp(names[i], name) == 0) {
            *peer = (enum peer)i;
            return true;
        }
    }
    return false;
}

enum err peers_open(struct peers *peers, struct loop *loop, const struct config *config)
{
    *peers = (struct peers){{NULL}};
    for (size_t i = 0; i < PEER_COUNT; i++) {
        char path[SOCKET_PATH_BYTES_MAX];
        enum err err = config_socket_path(config, names[i], path);
        if (err == ERR_OK) {
            err = wire_client_open(loop, path, &peers->clients[i]);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

void peers_close(struct peers *peers)
{
    for (size_t i = 0; i < PEER_COUNT; i++) {
        if (peers->clients[i] != NULL) {
            wire_client_close(peers->clients[i]);
            peers->clients[i] = NULL;
        }
    }
}

/* ---- /healthz ---- */

static void answer_health(struct exchange *x)
{
    struct json_out out;
    arena_reset(&x->gateway->scratch);
    json_out_init(&out, 4 * KIB, arena_pb(&x->gateway->scratch));
    unsigned missing = 0;
    json_put(&out, "{\"status\":\"");
    for (size_t i = 0; i < PEER_COUNT; i++) {
        missing += x->pings[i].well ? 0 : 1;
    }
    json_put(&out, missing == 0 ? "ok\"" : "degraded\",\"missing\":[");
    const char *gap = "";
    for (size_t i = 0; i < PEER_COUNT; i++) {
        if (!x->pings[i].well) {
            json_put(&out, gap);
            json_put_string(&out, names[i]);
            gap = ",";
        }
    }
    json_put(&out, missing == 0 ? "}" : "]}");
    struct answer answer = {.status = missing == 0 ? 200 : 503,
                            .code = missing == 0 ? METRIC_OK : CODE_UNAVAILABLE,
                            .type = "application/json",
                            .body = out.text,
                            .bytes = out.bytes};
    http_answer(x, &answer);
}

/* An empty answer is one of a build that says nothing of itself. */
static void figures_take(struct ping *ping, const ProtobufCBinaryData *body)
{
    Rasad__V1__Health *health = rasad__v1__health__unpack(NULL, body->len, body->data);
    if (health == NULL) {
        return;
    }
    ping->figures[FIGURE_STARTED_MS] = health->started_ms;
    ping->figures[FIGURE_MAP] = health->map_used_percent;
    ping->figures[FIGURE_DISK] = health->disk_free_percent;
    ping->figures[FIGURE_SEQUENCE] = health->sequence;
    ping->figures[FIGURE_CLOCK_MS] = health->clock_behind_ms;
    ping->figures[FIGURE_ASIDE] = health->commands_set_aside;
    ping->figures[FIGURE_PARKED] = health->reactions_parked;
    rasad__v1__health__free_unpacked(health, NULL);
}

static void ponged(void *ctx, const Rasad__V1__Answer *answer)
{
    struct ping *ping = ctx;
    struct exchange *x = ping->exchange;
    must(x->magic == EXCHANGE_MAGIC && x->pings_waiting > 0);
    ping->well = answer->error == NULL;
    if (ping->well) {
        figures_take(ping, &answer->body);
    }
    if (--x->pings_waiting == 0) {
        x->pings_over(x);
    }
}

void peers_ask(struct exchange *x, void (*over)(struct exchange *x))
{
    char method[] = "Health/Ping";
    Rasad__V1__Call call;
    rasad__v1__call__init(&call);
    call.method = method;
    x->pings_waiting = 0;
    x->pings_over = over;
    for (size_t i = 0; i < PEER_COUNT; i++) {
        x->pings[i] = (struct ping){.exchange = x};
        enum err err = wire_call(x->gateway->peers.clients[i], &call, mono_ms() + PING_MS, ponged, &x->pings[i]);
        x->pings_waiting += err == ERR_OK ? 1 : 0;
    }
    if (x->pings_waiting == 0) {
        over(x);
    }
}

void peers_health(struct exchange *x)
{
    peers_ask(x, answer_health);
}
