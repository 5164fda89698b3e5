/* peers.h - the processes behind the gateway, one wire client each, and whether they are well.
 * Flow:    peers_open at start; peers_call for each request; GET /healthz asks all of them at once.
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

/* Answers 200 when every process answers, else 503 with the names of those that do not. */
void peers_health(struct exchange *x);

#endif
