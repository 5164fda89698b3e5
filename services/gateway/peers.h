/* peers.h - the processes behind the gateway, one wire client each, and whether they are well.
 * Flow:    peers_open at start; peers_call for each request; GET /healthz and /metrics ask all of them at once.
 */
#ifndef RASAD_GATEWAY_PEERS_H
#define RASAD_GATEWAY_PEERS_H

#include "base/config.h"
#include "base/err.h"
#include "base/loop.h"
#include "wire/client.h"

#include <stdbool.h>

enum peer {
#define PEER(name, text) PEER_##name,
#include "gateway/peers.def"
#undef PEER
    PEER_COUNT
};

struct peers {
    struct wire_client *clients[PEER_COUNT];
};

struct exchange;

/* The socket's name: "registry". */
const char *peer_name(enum peer peer);

/* The process a service's name, in any case, stands for. */
bool peer_of_name(const char *name, enum peer *peer);

enum err peers_open(struct peers *peers, struct loop *loop, const struct config *config);

/* Calls in flight are answered `unavailable`, from within. */
void peers_close(struct peers *peers);

/* What a service says of itself, and of the store that all have open. */
enum peer_figure { FIGURE_STARTED_MS, FIGURE_MAP, FIGURE_DISK, FIGURE_SEQUENCE, FIGURE_CLOCK_MS, FIGURE_ASIDE, FIGURE_PARKED,
                   PEER_FIGURES };

/* Ask every process how it is; then over(x), with the answers in x->pings. */
void peers_ask(struct exchange *x, void (*over)(struct exchange *x));

/* Answers 200 when every process answers, else 503 with the names of those that do not. */
void peers_health(struct exchange *x);

#endif
