/* clients.c - see clients.h. Chains from a table by a hash under a random key; entries from a list of free ones. */
#include "gateway/clients.h"

#include "base/must.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS (2 * CONNECTIONS_MAX) /* one for each connection and one for each request */
#define CHAINS 1024                   /* a size of ours, no bound */

struct clients {
    unsigned char secret[crypto_shorthash_KEYBYTES];
    struct client *chains[CHAINS], *free;
    struct client all[CLIENTS];
};

static struct address address_v6(const struct in6_addr *v6)
{
    struct address address = {.count = 8};
    if (IN6_IS_ADDR_LOOPBACK(v6)) {
        return (struct address){.count = 0};
    }
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        address.count = 4;
        memcpy(address.bytes, v6->s6_addr + 12, 4);
    } else {
        memcpy(address.bytes, v6->s6_addr, 8);
    }
    return address;
}

static struct address address_v4(struct in_addr v4)
{
    struct address address = {.count = v4.s_addr == htonl(INADDR_LOOPBACK) ? 0 : 4};
    memcpy(address.bytes, &v4, address.count);
    return address;
}

struct address address_of(const struct sockaddr *peer)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (peer != NULL && peer->sa_family == AF_INET) {
        memcpy(&v4, peer, sizeof v4);
        return address_v4(v4.sin_addr);
    }
    if (peer != NULL && peer->sa_family == AF_INET6) {
        memcpy(&v6, peer, sizeof v6);
        return address_v6(&v6.sin6_addr);
    }
    return (struct address){.count = 0};
}

struct address address_parse(const char *list)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    const char *comma = list == NULL ? NULL : strrchr(list, ',');
    const char *at = comma == NULL ? list : comma + 1;
    at = at == NULL ? "" : at + strspn(at, " \t");
    size_t bytes = strcspn(at, " \t");
    if (bytes < sizeof text) {
        memcpy(text, at, bytes);
        text[bytes] = '\0';
        if (inet_pton(AF_INET, text, &v4) == 1) {
            return address_v4(v4);
        }
        if (inet_pton(AF_INET6, text, &v6) == 1) {
            return address_v6(&v6);
        }
    }
    return (struct address){.count = 0};
}

struct clients *clients_new(void)
{
    struct clients *clients = calloc(1, sizeof *clients);
    for (size_t i = 0; clients != NULL && i < CLIENTS; i++) {
        clients->all[i].next = clients->free;
        clients->free = &clients->all[i];
    }
    if (clients != NULL) {
        crypto_shorthash_keygen(clients->secret);
    }
    return clients;
}

void clients_free(struct clients *clients)
{
    free(clients);
}

static struct client **chain_of(struct clients *clients, struct address address)
{
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t number;
    (void)crypto_shorthash(hash, address.bytes, sizeof address.bytes, clients->secret);
    memcpy(&number, hash, sizeof number);
    return &clients->chains[number % CHAINS];
}

struct client *client_find(struct clients *clients, struct address address)
{
    struct client *client = *chain_of(clients, address);
    while (client != NULL && (client->address.count != address.count ||
                              memcmp(client->address.bytes, address.bytes, sizeof address.bytes) != 0)) {
        client = client->next;
    }
    return client;
}

struct client *client_hold(struct clients *clients, struct address address)
{
    if (address.count == 0) {
        return NULL;
    }
    struct client *client = client_find(clients, address);
    if (client == NULL) {
        struct client **chain = chain_of(clients, address);
        client = clients->free;
        must(client != NULL); /* there are as many as can be held */
        clients->free = client->next;
        *client = (struct client){.address = address, .next = *chain};
        *chain = client;
    }
    client->held++;
    return client;
}

void client_let_go(struct clients *clients, struct client *client)
{
    if (client == NULL || --client->held > 0) {
        return;
    }
    must(client->connections == 0 && client->requests == 0 && client->at_door == 0 && client->bodies_bytes == 0);
    struct client **link = chain_of(clients, client->address);
    while (*link != client) {
        link = &(*link)->next;
    }
    *link = client->next;
    client->next = clients->free;
    clients->free = client;
}

bool client_may(size_t mine, size_t more, size_t used, size_t most)
{
    size_t share = used < most / 4 * 3 ? most / CLIENT_SHARE : most / CLIENT_SHARE_CROWDED;
    return mine + more <= share;
}
