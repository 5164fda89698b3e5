/* routes.h - which path is which method of which service, and which process answers it.
 * Flow:    routes_init at start, from protobuf-c's service descriptors and the embedded descriptor set; then lookups.
 * Why:     a method is a line in a .proto file; nothing about it is written again here.
 */
#ifndef RASAD_GATEWAY_ROUTES_H
#define RASAD_GATEWAY_ROUTES_H

#include "base/limits.h"
#include "gateway/peers.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct route {
    char path[ROUTE_PATH_BYTES_MAX]; /* "/rasad.v1.Production/LogOutput" */
    char method[METHOD_BYTES_MAX];   /* "Production/LogOutput", as a Call names it */
    const ProtobufCMessageDescriptor *request, *reply;
    enum peer peer;
    bool read;                       /* idempotency_level = NO_SIDE_EFFECTS: may be asked by GET */
    size_t index;
};

struct routes {
    size_t count;
    struct route all[ROUTES_MAX]; /* in the order of their paths */
};

void routes_init(struct routes *routes);

/* The route of exactly this path, or NULL. */
const struct route *routes_find(const struct routes *routes, const char *path);

#endif
