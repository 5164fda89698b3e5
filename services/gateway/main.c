/* main.c - rasad-gateway: HTTP outside, Unix sockets inside.
 * Flow:    config, clients, certificate, listening socket -> sandbox -> loop. SIGTERM: no new connections, what waits is answered,
 *          streams end, then the process. A second one ends it at once.
 * Owns:    struct gateway.
 * Fails:   at start with a line in the log and status 1.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "gateway/events.h"
#include "gateway/gateway.h"
#include "gateway/http.h"
#include "gateway/tls.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DRAIN_LOOK_MS = 20, LAST_ROUNDS = 50 };

struct stopping {
    struct gateway *gateway;
    struct loop_timer look;
    int64_t until_ms; /* 0: not stopping */
};

static void on_look(void *ctx)
{
    struct stopping *stopping = ctx;
    struct gateway *gateway = stopping->gateway;
    must(gateway->magic == GATEWAY_MAGIC);
    if (http_busy(gateway->http) == 0 || mono_ms() >= stopping->until_ms) {
        loop_stop(gateway->loop);
        return;
    }
    (void)loop_timer_set(gateway->loop, &stopping->look, mono_ms() + DRAIN_LOOK_MS);
}

static void on_stop(void *ctx, int signal_number)
{
    struct stopping *stopping = ctx;
    if (stopping->until_ms != 0) {
        log_event(LOG_WARN, "stopped at once signal=%d", signal_number);
        _exit(1);
    }
    log_event(LOG_INFO, "stopping signal=%d busy=%zu", signal_number, http_busy(stopping->gateway->http));
    stopping->until_ms = mono_ms() + DRAIN_MS_MAX;
    http_drain(stopping->gateway->http);
    events_end(stopping->gateway->events);
    on_look(stopping);
}

/* RASAD_PATIENCE_MS: how long a client may take to send a body or to take an answer. */
static enum err read_patience(struct gateway *gateway)
{
    const char *text = getenv("RASAD_PATIENCE_MS");
    gateway->patience_ms = CLIENT_PATIENCE_MS;
    if (text != NULL && (!int64_parse(text, &gateway->patience_ms) || gateway->patience_ms < 100 ||
                         gateway->patience_ms > 10 * (int64_t)CLIENT_PATIENCE_MS)) {
        log_event(LOG_ERROR, "RASAD_PATIENCE_MS is not 100 to 1200000 value=%s", text);
        return ERR_CONFIG;
    }
    return ERR_OK;
}

static enum err start(struct gateway *gateway)
{
    enum err err = config_read(&gateway->config);
    if (err == ERR_OK) {
        err = config_may_listen(&gateway->config);
    }
    if (err == ERR_OK) {
        err = read_patience(gateway);
    }
    if (err == ERR_OK) {
        err = loop_init(&gateway->loop);
    }
    if (err == ERR_OK && !arena_init(&gateway->scratch, ARENA_BYTES_MAX)) {
        err = ERR_MEMORY;
    }
    if (err == ERR_OK) {
        routes_init(&gateway->routes);
        err = peers_open(&gateway->peers, gateway->loop, &gateway->config);
    }
    if (err == ERR_OK) {
        err = events_init(gateway, &gateway->events);
    }
    if (err == ERR_OK && gateway->config.tls_cert[0] != '\0') {
        err = tls_open(gateway->loop);
    }
    if (err == ERR_OK) {
        err = http_open(gateway, &gateway->http);
    }
    return err;
}

/* After the loop: whoever still waits is told so, then everything goes. */
static int stop(struct gateway *gateway)
{
    peers_close(&gateway->peers);
    for (int i = 0; i < LAST_ROUNDS && http_busy(gateway->http) > 0; i++) {
        http_run(gateway->http);
    }
    if (!http_close(gateway->http)) {
        log_event(LOG_ERROR, "a connection is still held");
        return 1;
    }
    loop_close(gateway->loop);
    arena_destroy(&gateway->scratch);
    log_event(LOG_INFO, "stopped");
    return 0;
}

int main(void)
{
    static struct gateway gateway = {.magic = GATEWAY_MAGIC};
    static struct stopping stopping = {.gateway = &gateway};
    log_process("gateway");
    if (sodium_init() < 0) {
        return 1;
    }
    enum err err = start(&gateway);
    if (err == ERR_OK) {
        loop_timer_init(&stopping.look, on_look, &stopping);
        err = loop_on_signal(gateway.loop, SIGTERM, on_stop, &stopping);
    }
    if (err == ERR_OK) {
        err = loop_on_signal(gateway.loop, SIGINT, on_stop, &stopping);
    }
    if (err == ERR_OK) {
        err = sandbox_enter(SANDBOX_GATEWAY, NULL);
    }
    if (err != ERR_OK) {
        log_event(LOG_ERROR, "can not start reason=%s", err_text(err));
        return 1;
    }
    log_event(LOG_INFO, "ready bind=%s port=%u tls=%d routes=%zu", gateway.config.bind, (unsigned)http_port(gateway.http),
              tls_on(), gateway.routes.count);
    err = loop_run(gateway.loop);
    return err == ERR_OK ? stop(&gateway) : 1;
}
