/* routes.c - the table of routes, built once from the descriptors.
 * Flow:    every method of every service -> struct route; then the embedded FileDescriptorSet is walked for the one
 *          thing protobuf-c's descriptors lack, the idempotency level.
 * Bounds:  ROUTES_MAX; names that do not fit stop the process at start.
 */
#include "gateway/routes.h"

#include "base/must.h"
#include "distribution.pb-c.h"
#include "materials.pb-c.h"
#include "production.pb-c.h"
#include "quality.pb-c.h"
#include "registry.pb-c.h"
#include "reports.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From build/gen/descriptors.c: the FileDescriptorSet of proto/, packed. */
extern const unsigned char descriptor_set[];
extern const size_t descriptor_set_bytes;

static const ProtobufCServiceDescriptor *const services[] = {
    &rasad__v1__registry__descriptor, &rasad__v1__materials__descriptor,    &rasad__v1__production__descriptor,
    &rasad__v1__quality__descriptor,  &rasad__v1__distribution__descriptor, &rasad__v1__reports__descriptor,
};

/* A service's methods are answered by the process of its name, but for these: they hash passwords, which takes long
 * enough to hold everybody else up. */
static const struct {
    const char *method;
    enum peer peer;
} elsewhere[] = {
    {"Registry/SignIn",      PEER_DOORKEEPER},
    {"Registry/SetPassword", PEER_DOORKEEPER},
};

static enum peer peer_of(const char *service, const char *method)
{
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        if (strcmp(elsewhere[i].method, method) == 0) {
            return elsewhere[i].peer;
        }
    }
    enum peer peer = PEER_COUNT;
    must(peer_of_name(service, &peer));
    return peer;
}

static void add(struct routes *routes, const ProtobufCServiceDescriptor *service,
                const ProtobufCMethodDescriptor *method)
{
    must(routes->count < ROUTES_MAX);
    struct route *route = &routes->all[routes->count++];
    int path = snprintf(route->path, sizeof route->path, "/%s/%s", service->name, method->name);
    int name = snprintf(route->method, sizeof route->method, "%s/%s", service->short_name, method->name);
    must(path > 0 && path < (int)sizeof route->path && name > 0 && name < (int)sizeof route->method);
    route->request = method->input;
    route->reply = method->output;
    route->peer = peer_of(service->short_name, route->method);
}

static int by_path(const void *a, const void *b)
{
    const struct route *left = a, *right = b;
    return strcmp(left->path, right->path);
}

/* ---- the descriptor set: just enough of protobuf's wire format ---- */

struct field {
    unsigned number;
    uint64_t value;         /* of a varint */
    const uint8_t *bytes;   /* of a length-delimited field, size bytes long */
    size_t size;
};

struct walk {
    const uint8_t *at, *end;
};

static uint64_t varint(struct walk *walk)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        must(walk->at < walk->end && shift < 64); /* the set is ours, made by the build */
        uint8_t byte = *walk->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
}

static bool next(struct walk *walk, struct field *field)
{
    if (walk->at == walk->end) {
        return false;
    }
    uint64_t key = varint(walk);
    *field = (struct field){.number = (unsigned)(key >> 3)};
    size_t skip = 0;
    switch (key & 7) {
    case 0:
        field->value = varint(walk);
        return true;
    case 1:
        skip = 8;
        break;
    case 2:
        skip = (size_t)varint(walk);
        break;
    default:
        must((key & 7) == 5);
        skip = 4;
    }
    must(skip <= (size_t)(walk->end - walk->at));
    field->bytes = walk->at;
    field->size = skip;
    walk->at += skip;
    return true;
}

static struct walk inside(const struct field *field)
{
    if (field->size == 0) return (struct walk){.at = NULL};
    return (struct walk){.at = field->bytes, .end = field->bytes + field->size};
}

/* The first field of this number; its number is 0 when there is none. */
static struct field find(struct walk walk, unsigned number)
{
    struct field field;
    while (next(&walk, &field)) {
        if (field.number == number) {
            return field;
        }
    }
    return (struct field){0};
}

/* Field numbers of google/protobuf/descriptor.proto. */
enum {
    SET_FILE = 1,
    FILE_PACKAGE = 2,
    FILE_SERVICE = 6,
    SERVICE_NAME = 1,
    SERVICE_METHOD = 2,
    METHOD_NAME = 1,
    METHOD_OPTIONS = 4,
    OPTIONS_IDEMPOTENCY = 34,
    NO_SIDE_EFFECTS = 1,
};

static struct route *route_named(struct routes *routes, struct field package, struct field service,
                                 struct field method)
{
    char path[ROUTE_PATH_BYTES_MAX];
    int bytes = snprintf(path, sizeof path, "/%.*s.%.*s/%.*s", (int)package.size, (const char *)package.bytes,
                         (int)service.size, (const char *)service.bytes, (int)method.size, (const char *)method.bytes);
    for (size_t i = 0; bytes < (int)sizeof path && i < routes->count; i++) {
        if (strcmp(routes->all[i].path, path) == 0) {
            return &routes->all[i];
        }
    }
    return NULL;
}

static void mark_reads_of_service(struct routes *routes, struct field package, struct walk service)
{
    struct field name = find(service, SERVICE_NAME), method;
    while (next(&service, &method)) {
        if (method.number != SERVICE_METHOD) {
            continue;
        }
        struct field options = find(inside(&method), METHOD_OPTIONS);
        struct field level = find(inside(&options), OPTIONS_IDEMPOTENCY);
        struct route *route = route_named(routes, package, name, find(inside(&method), METHOD_NAME));
        if (route != NULL && level.value == NO_SIDE_EFFECTS) {
            route->read = true;
        }
    }
}

static void mark_reads(struct routes *routes)
{
    struct walk set = {.at = descriptor_set, .end = descriptor_set + descriptor_set_bytes};
    struct field file, service;
    while (next(&set, &file)) {
        if (file.number != SET_FILE) {
            continue;
        }
        struct walk inner = inside(&file);
        struct field package = find(inner, FILE_PACKAGE);
        while (next(&inner, &service)) {
            if (service.number == FILE_SERVICE) {
                mark_reads_of_service(routes, package, inside(&service));
            }
        }
    }
}

/* ---- the table ---- */

void routes_init(struct routes *routes)
{
    *routes = (struct routes){0};
    for (size_t s = 0; s < sizeof services / sizeof services[0]; s++) {
        for (unsigned m = 0; m < services[s]->n_methods; m++) {
            add(routes, services[s], &services[s]->methods[m]);
        }
    }
    mark_reads(routes);
    qsort(routes->all, routes->count, sizeof routes->all[0], by_path);
    for (size_t i = 0; i < routes->count; i++) {
        routes->all[i].index = i;
    }
}

static int path_against(const void *path, const void *route)
{
    const struct route *against = route;
    return strcmp(path, against->path);
}

const struct route *routes_find(const struct routes *routes, const char *path)
{
    return bsearch(path, routes->all, routes->count, sizeof routes->all[0], path_against);
}
