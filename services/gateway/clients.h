/* clients.h - what one network address holds of the gateway, so that nobody takes it from all others.
 * Who:     the peer of the connection, or whom a declared proxy names last in X-Forwarded-For; of IPv6 the first 64 bits, which
 *          is what a household or a phone gets. This machine itself is nobody: no bounds.
 * Rule:    half of everything while there is room; an eighth once three quarters are taken. Many phones share one address
 *          and must get through; one address must not be enough to shut the others out.
 *          Passwords take long: of those CLIENT_AT_DOOR_MAX are tried at once.
 * Owns:    an entry for each address that holds something: never more than connections and requests together.
 */
#ifndef RASAD_GATEWAY_CLIENTS_H
#define RASAD_GATEWAY_CLIENTS_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESS_BYTES = 8 };

struct address {
    uint8_t bytes[ADDRESS_BYTES];
    size_t count; /* 4 or 8; 0: this machine, or none */
};

struct client {
    struct address address;
    struct client *next;
    uint32_t held; /* by connections and requests */
    size_t connections, requests, at_door, bodies_bytes;
};

struct clients;

struct address address_of(const struct sockaddr *peer);
/* The last address in a list of them ("203.0.113.7, 10.0.0.1"); none for what is no address. */
struct address address_parse(const char *list);

struct clients *clients_new(void);
void clients_free(struct clients *clients);

/* Hold the entry of an address; NULL for none. Let go of it as often. */
struct client *client_hold(struct clients *clients, struct address address);
void client_let_go(struct clients *clients, struct client *client);
/* Its entry, if it holds anything. */
struct client *client_find(struct clients *clients, struct address address);

/* May somebody who has `mine` of `most`, of which `used` are taken, have one more (or so many more)? */
bool client_may(size_t mine, size_t more, size_t used, size_t most);

#endif
