/* json.c - JSON to messages and packed messages, of every request there is.
 * Input:   a byte for the message type; then JSON, or after a byte 0 a packed message.
 * Holds:   what was read is written so that it is read as the same again; what pb_check_wire lets pass unpacks and is
 *          good, and comes back through JSON as the same message.
 */
#include "distribution.pb-c.h"
#include "fuzz.h"
#include "json/jsonpb.h"
#include "materials.pb-c.h"
#include "production.pb-c.h"
#include "quality.pb-c.h"
#include "registry.pb-c.h"
#include "reports.pb-c.h"

static const ProtobufCServiceDescriptor *const services[] = {
    &rasad__v1__registry__descriptor, &rasad__v1__materials__descriptor,    &rasad__v1__production__descriptor,
    &rasad__v1__quality__descriptor,  &rasad__v1__distribution__descriptor, &rasad__v1__reports__descriptor,
};

static struct arena arena;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    holds(arena_init(&arena, ARENA_BYTES_MAX));
    return 0;
}

static const ProtobufCMessageDescriptor *type_of(unsigned n)
{
    for (size_t s = 0;; s = (s + 1) % (sizeof services / sizeof services[0])) {
        if (n < services[s]->n_methods) return services[s]->methods[n].input;
        n -= services[s]->n_methods;
    }
}

static void *packed(const ProtobufCMessage *message, size_t *bytes)
{
    *bytes = protobuf_c_message_get_packed_size(message);
    uint8_t *out = arena_alloc(&arena, *bytes + 1);
    if (out != NULL) (void)protobuf_c_message_pack(message, out);
    return out;
}

/* Written as JSON and read again it is the same. */
static void comes_back(const ProtobufCMessage *message)
{
    struct json_out out;
    struct json_error error;
    json_out_init(&out, ANSWER_BYTES_MAX, arena_pb(&arena));
    json_put_message(&out, message);
    if (out.failed) {
        holds(out.full || arena.full);
        return;
    }
    ProtobufCMessage *again = json_decode(message->descriptor, out.text, out.bytes, arena_pb(&arena), &error);
    if (arena.full) return;
    holds(again != NULL);
    size_t a, b;
    void *x = packed(message, &a), *y = packed(again, &b);
    if (!arena.full) holds(a == b && memcmp(x, y, a) == 0);
}

static void try_json(const ProtobufCMessageDescriptor *type, const char *text, size_t bytes)
{
    struct json_error error = {.fault = JSON_FINE}, scanned;
    ProtobufCMessage *message = json_decode(type, text, bytes, arena_pb(&arena), &error);
    if (message == NULL) {
        holds(error.fault != JSON_FINE && error.needed[0] != '\0' && memchr(error.path, 0, sizeof error.path) != NULL);
        return;
    }
    holds(json_scan(text, bytes, &scanned));
    size_t size;
    void *wire = packed(message, &size);
    if (arena.full) return;
    holds(pb_check(message, &error) && pb_check_wire(type, wire, size, &error));
    comes_back(message);
}

static void try_wire(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t size)
{
    struct json_error error;
    if (!pb_check_wire(type, bytes, size, &error)) return;
    ProtobufCMessage *message = protobuf_c_message_unpack(type, arena_pb(&arena), size, bytes);
    if (arena.full) return;
    holds(message != NULL && pb_check(message, &error));
    comes_back(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input in = {data, bytes};
    const ProtobufCMessageDescriptor *type = type_of(eat(&in));
    arena_reset(&arena);
    if (in.left > 0 && in.at[0] == 0) try_wire(type, in.at + 1, in.left - 1);
    else try_json(type, (const char *)in.at, in.left);
    return 0;
}
