/* events.c - GET /events.
 * Flow:    events_start -> Registry/GetMe with the caller's token -> checked -> a response whose reader (on_read)
 *          waits, suspended, until push or beat has bytes for it.
 * Owns:    the list of open streams; a stream belongs to its response and goes with it.
 * Bounds:  events.h.
 * Fails:   a stream whose session has ended is closed at the next check; whoever comes back then is told to sign in.
 */
#include "gateway/events.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/must.h"
#include "gateway/connect.h"
#include "gateway/gateway.h"
#include "gateway/http.h"
#include "json/jsonpb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_MAGIC 0x72737472U

struct stream {
    uint32_t magic;
    struct events *events;
    struct exchange *exchange; /* NULL once its response has gone */
    struct stream *next, **link;
    uint8_t token_hash[HASH_BYTES];
    struct address address; /* of who listens */
    unsigned beats;
    bool checking; /* a call is in flight; the stream stays until it is answered */
    bool open, ended;
    bool lost; /* said so already */
    size_t bytes;
    char waiting[EVENTS_WAITING_BYTES_MAX];
};

struct events {
    struct gateway *gateway;
    struct stream *streams;
    size_t count;
    bool ended;
    struct loop_timer beat;
};

size_t events_open_count(const struct events *events)
{
    return events->count;
}

/* ---- one stream ---- */

static struct stream *stream_new(struct events *events, struct exchange *x)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream != NULL) {
        stream->magic = STREAM_MAGIC;
        stream->events = events;
        stream->exchange = x;
        stream->link = &events->streams;
        stream->next = events->streams;
        if (stream->next != NULL) {
            stream->next->link = &stream->next;
        }
        events->streams = stream;
        events->count++;
    }
    return stream;
}

/* Frees it when neither its response nor a call holds it any more. */
static void stream_let_go(struct stream *stream)
{
    must(stream->magic == STREAM_MAGIC);
    if (stream->exchange != NULL || stream->checking) {
        return;
    }
    *stream->link = stream->next;
    if (stream->next != NULL) {
        stream->next->link = stream->link;
    }
    stream->events->count--;
    stream->magic = 0;
    free(stream);
}

static void wake(struct stream *stream)
{
    if (stream->open && stream->exchange != NULL && stream->exchange->suspended) {
        http_resume(stream->exchange);
    }
}

static void end(struct stream *stream)
{
    stream->ended = true;
    wake(stream);
}

/* What does not fit is lost. Room for saying so is kept free; after it nothing is added until all has been read. */
static void put(struct stream *stream, const char *text, size_t bytes)
{
    static const char lost[] = "data: {}\n\n";
    const size_t room = sizeof stream->waiting - sizeof lost;
    if (stream->lost) {
        return;
    }
    must(stream->bytes <= room);
    if (bytes > room - stream->bytes) {
        stream->lost = true;
        text = lost;
        bytes = sizeof lost - 1;
    }
    memcpy(stream->waiting + stream->bytes, text, bytes);
    stream->bytes += bytes;
    wake(stream);
}

static ssize_t on_read(void *ctx, uint64_t position, char *out, size_t room)
{
    struct stream *stream = ctx;
    (void)position;
    must(stream->magic == STREAM_MAGIC && stream->exchange != NULL);
    if (stream->bytes == 0 && stream->ended) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (stream->bytes == 0) {
        http_suspend(stream->exchange);
        return 0;
    }
    size_t bytes = stream->bytes < room ? stream->bytes : room;
    memcpy(out, stream->waiting, bytes);
    stream->bytes -= bytes;
    memmove(stream->waiting, stream->waiting + bytes, stream->bytes);
    stream->lost = stream->lost && stream->bytes > 0;
    return (ssize_t)bytes;
}

static void on_gone(void *ctx)
{
    struct stream *stream = ctx;
    must(stream->magic == STREAM_MAGIC);
    stream->exchange = NULL;
    stream->open = false;
    stream_let_go(stream);
}

/* ---- who may listen ---- */

static enum err ask_who(struct stream *stream, wire_answer_callback *callback)
{
    char method[] = "Registry/GetMe";
    struct gateway *gateway = stream->events->gateway;
    Rasad__V1__Call call;
    rasad__v1__call__init(&call);
    call.method = method;
    call.channel = RASAD__V1__CHANNEL__CHANNEL_APP;
    call.token_hash.data = stream->token_hash;
    call.token_hash.len = sizeof stream->token_hash;
    call.unattended = stream->open; /* a screen that is left open is not in use */
    return wire_call(gateway->peers.clients[PEER_REGISTRY], &call, mono_ms() + CALL_MS, callback, stream);
}

static void open_stream(struct stream *stream)
{
    static const char welcome[] = "retry: 5000\n\n: rasad\n\n";
    struct exchange *x = stream->exchange;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, EVENTS_WAITING_BYTES_MAX, on_read, stream, on_gone);
    if (response == NULL) {
        stream->exchange = NULL;
        stream_let_go(stream);
    } else {
        http_add_header(response, "content-type", "text/event-stream");
        http_add_header(response, "cache-control", "no-store");
        http_add_header(response, "x-accel-buffering", "no");
        x->stream = stream;
        put(stream, welcome, sizeof welcome - 1);
        stream->ended = stream->events->ended;
    }
    http_answer_response(x, 200, METRIC_OK, response);
    if (response != NULL) {
        stream->open = true;
    }
}

static void on_first_answer(void *ctx, const Rasad__V1__Answer *answer)
{
    struct stream *stream = ctx;
    struct exchange *x = stream->exchange;
    must(stream->magic == STREAM_MAGIC && x != NULL);
    stream->checking = false;
    if (answer->error == NULL) {
        open_stream(stream);
        return;
    }
    stream->exchange = NULL;
    stream_let_go(stream);
    connect_fail(x, answer->error);
}

static void on_later_answer(void *ctx, const Rasad__V1__Answer *answer)
{
    struct stream *stream = ctx;
    enum wire_code code = CODE_UNKNOWN;
    must(stream->magic == STREAM_MAGIC);
    stream->checking = false;
    if (answer->error != NULL && wire_code_parse(answer->error->code, &code) &&
        (code == CODE_UNAUTHENTICATED || code == CODE_PERMISSION_DENIED)) {
        end(stream);
    }
    stream_let_go(stream);
}

/* One more stream of this session, from this address? */
static bool within_share(const struct events *events, const struct exchange *x, const uint8_t hash[HASH_BYTES])
{
    size_t of_session = 0, of_client = 0;
    for (const struct stream *stream = events->streams; stream != NULL; stream = stream->next) {
        of_session += memcmp(stream->token_hash, hash, HASH_BYTES) == 0 ? 1 : 0;
        of_client += x->client != NULL && stream->address.count == x->client->address.count &&
                     memcmp(stream->address.bytes, x->client->address.bytes, ADDRESS_BYTES) == 0;
    }
    return of_session < SESSION_STREAMS_MAX &&
           (x->client == NULL || client_may(of_client, 1, events->count, EVENTS_STREAMS_MAX));
}

void events_start(struct exchange *x)
{
    struct events *events = x->gateway->events;
    uint8_t hash[HASH_BYTES];
    bool given = false;
    if (!connect_token(x, hash, &given)) {
        return;
    }
    if (!given) {
        http_refuse(x, 0, CODE_UNAUTHENTICATED, "Sign in first: only who is signed in may listen.");
        return;
    }
    if (!within_share(events, x, hash)) {
        http_refuse_share(x);
        return;
    }
    struct stream *stream =
        events->ended || events->count >= EVENTS_STREAMS_MAX ? NULL : stream_new(events, x);
    if (stream == NULL) {
        http_refuse(x, 0, CODE_UNAVAILABLE, "Too many are listening. Read again from time to time instead.");
        return;
    }
    memcpy(stream->token_hash, hash, sizeof hash);
    stream->address = x->client == NULL ? (struct address){.count = 0} : x->client->address;
    stream->checking = true;
    if (ask_who(stream, on_first_answer) != ERR_OK) {
        stream->checking = false;
        stream->exchange = NULL;
        stream_let_go(stream);
        http_refuse(x, 0, CODE_UNAVAILABLE, "Too much is waiting already. Try again in a moment.");
    }
}

/* ---- all streams ---- */

static void on_feed(void *ctx, const Rasad__V1__Feed *feed)
{
    struct events *events = ctx;
    struct json_out out;
    arena_reset(&events->gateway->scratch);
    json_out_init(&out, EVENTS_HINT_BYTES_MAX, arena_pb(&events->gateway->scratch));
    json_put(&out, "data: ");
    json_put_message(&out, &feed->base);
    json_put(&out, "\n\n");
    for (struct stream *stream = events->streams; !out.failed && stream != NULL; stream = stream->next) {
        if (stream->open) {
            put(stream, out.text, out.bytes);
        }
    }
}

static void on_beat(void *ctx)
{
    static const char beat[] = ":\n\n";
    struct events *events = ctx;
    for (struct stream *stream = events->streams; stream != NULL; stream = stream->next) {
        if (!stream->open) {
            continue;
        }
        put(stream, beat, sizeof beat - 1);
        if (++stream->beats % EVENTS_CHECK_BEATS == 0 && !stream->checking) {
            stream->checking = ask_who(stream, on_later_answer) == ERR_OK;
        }
    }
    (void)loop_timer_set(events->gateway->loop, &events->beat, mono_ms() + EVENTS_BEAT_MS);
}

enum err events_init(struct gateway *gateway, struct events **out)
{
    struct events *events = calloc(1, sizeof *events);
    if (events == NULL) {
        return ERR_MEMORY;
    }
    events->gateway = gateway;
    loop_timer_init(&events->beat, on_beat, events);
    enum err err = loop_timer_set(gateway->loop, &events->beat, mono_ms() + EVENTS_BEAT_MS);
    wire_client_feed(gateway->peers.clients[PEER_REPORTS], on_feed, events);
    *out = events;
    return err;
}

void events_end(struct events *events)
{
    events->ended = true;
    for (struct stream *stream = events->streams; stream != NULL; stream = stream->next) {
        end(stream);
    }
}
