/* client.c - the caller's side of a Unix socket, asynchronous, inside a loop.
 * Flow:    wire_call: place in the table, packed to the output -> flush hook -> on_event: answer -> callback.
 *          Not connected: a timer connects, again after growing pauses as long as somebody needs it.
 * Owns:    a table of calls in flight; an id is the call's number and its place, so an answer finds it at once.
 * Bounds:  see client.h.
 * Fails:   a broken connection fails every call in flight, also those not yet written: one rule, and the request id
 *          makes asking again harmless.
 * Why:     callbacks run from the loop alone, when the table is whole: they may make calls, also while others fail.
 */
#include "wire/client.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "wire/frame.h"
#include "wire/socket.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLIENT_MAGIC 0x434c4e54u
#define ID_PLACE_BITS 16

_Static_assert(WIRE_IN_FLIGHT_MAX <= 1 << ID_PLACE_BITS, "a place fits the id");

struct pending {
    int64_t id; /* 0: a free place */
    wire_answer_callback *callback;
    void *ctx;
    struct loop_timer deadline;
    struct wire_client *client;
    struct pending *next_free;
};

struct wire_client {
    uint32_t magic;
    int fd; /* -1: not connected */
    uint32_t watched;
    bool busy;       /* a callback runs: no closing */
    bool closing;    /* takes no more calls */
    bool subscribed; /* as told to the service on this connection */
    bool was_connected;
    int64_t pause_ms;
    int64_t down_since_ms; /* 0: not known to be down */
    int64_t last_number;
    size_t in_flight;
    struct pending *free_places;
    struct loop *loop;
    struct loop_timer connect_timer;
    wire_feed_callback *feed_callback;
    void *feed_ctx;
    struct frame_buffer in;
    struct frame_buffer out;
    struct arena arena;
    char path[SOCKET_PATH_BYTES_MAX];
    struct pending places[WIRE_IN_FLIGHT_MAX];
};

/* Calls in flight */

static void place_release(struct pending *pending)
{
    struct wire_client *client = pending->client;
    loop_timer_clear(client->loop, &pending->deadline);
    pending->id = 0;
    pending->next_free = client->free_places;
    client->free_places = pending;
    client->in_flight--;
}

/* The one way a call ends: its place is free before its callback runs. */
static void finish(struct pending *pending, const Rasad__V1__Answer *answer)
{
    struct wire_client *client = pending->client;
    wire_answer_callback *callback = pending->callback;
    void *ctx = pending->ctx;
    bool busy_before = client->busy;
    place_release(pending);
    client->busy = true;
    callback(ctx, answer);
    client->busy = busy_before;
}

static void finish_with_code(struct pending *pending, enum wire_code code, const char *message)
{
    Rasad__V1__WireError error;
    rasad__v1__wire_error__init(&error);
    Rasad__V1__Answer answer;
    rasad__v1__answer__init(&answer);
    error.code = frame_text(wire_code_text(code));
    error.message = frame_text(message);
    answer.id = pending->id;
    answer.error = &error;
    finish(pending, &answer);
}

static void on_deadline(void *ctx)
{
    struct pending *pending = ctx;
    must(pending->client->magic == CLIENT_MAGIC && pending->id != 0);
    finish_with_code(pending, CODE_DEADLINE_EXCEEDED, "the service did not answer in time");
}

/* Those in flight now; what their callbacks call anew is not touched. */
static void fail_all(struct wire_client *client, const char *message)
{
    int64_t last_number = client->last_number;
    for (size_t i = 0; i < WIRE_IN_FLIGHT_MAX && client->in_flight > 0; i++) {
        struct pending *pending = &client->places[i];
        if (pending->id == 0 || pending->id >> ID_PLACE_BITS > last_number) continue;
        finish_with_code(pending, CODE_UNAVAILABLE, message);
    }
}

/* Connecting */

static bool needed(const struct wire_client *client)
{
    return client->in_flight > 0 || client->feed_callback != NULL;
}

static enum err connect_in(struct wire_client *client, int64_t pause_ms)
{
    if (client->fd >= 0 || client->connect_timer.place != 0) return ERR_OK;
    return loop_timer_set(client->loop, &client->connect_timer, mono_ms() + pause_ms);
}

static void hint_lost(struct wire_client *client)
{
    Rasad__V1__Feed lost;
    rasad__v1__feed__init(&lost);
    if (client->feed_callback == NULL) return;
    bool busy_before = client->busy;
    client->busy = true;
    client->feed_callback(client->feed_ctx, &lost);
    client->busy = busy_before;
}

static void disconnect(struct wire_client *client, const char *why)
{
    if (why != NULL) log_event(LOG_WARN, "service dropped socket=%s why=%s", client->path, why);
    loop_remove_fd(client->loop, client->fd);
    close(client->fd);
    client->fd = -1;
    client->subscribed = false;
    frame_buffer_clear(&client->in);
    frame_buffer_clear(&client->out);
    fail_all(client, "the connection to the service was lost; ask again with the same request id");
    if (needed(client)) (void)connect_in(client, client->pause_ms); /* without a timer, the next call tries again */
}

/* Receiving */

static void on_answer(struct wire_client *client, const Rasad__V1__Answer *answer)
{
    size_t place = (size_t)answer->id & ((1u << ID_PLACE_BITS) - 1);
    if (place >= WIRE_IN_FLIGHT_MAX || answer->id == 0 || client->places[place].id != answer->id) return; /* late */
    finish(&client->places[place], answer);
}

static void on_feed(struct wire_client *client, const Rasad__V1__Feed *feed)
{
    if (client->feed_callback == NULL) return;
    client->busy = true;
    client->feed_callback(client->feed_ctx, feed);
    client->busy = false;
}

/* One frame; false when none is whole or the connection is gone. */
static bool receive_one(struct wire_client *client)
{
    const uint8_t *bytes;
    size_t bytes_count;
    const Rasad__V1__Frame *frame = NULL;
    if (client->fd < 0) return false;
    enum err err = frame_next(&client->in, &bytes, &bytes_count);
    if (err == ERR_NOT_FOUND) return false;
    arena_reset(&client->arena);
    if (err == ERR_OK) err = frame_unpack(&client->arena, bytes, bytes_count, &frame);
    if (err != ERR_OK) {
        disconnect(client, err_text(err));
        return false;
    }
    if (frame->kind_case == RASAD__V1__FRAME__KIND_ANSWER) on_answer(client, frame->answer);
    else if (frame->kind_case == RASAD__V1__FRAME__KIND_FEED) on_feed(client, frame->feed);
    else {
        disconnect(client, "sent neither an answer nor a hint");
        return false;
    }
    return true;
}

/* A service that stops has written its last answers: they are read before the hang-up counts. */
static void on_event(void *ctx, int fd, uint32_t events)
{
    struct wire_client *client = ctx;
    bool more;
    must(client->magic == CLIENT_MAGIC && client->fd == fd);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return; /* EPOLLOUT: the flush hook writes */
    enum err err = frame_read(&client->in, fd, &more);
    while (receive_one(client)) {}
    if (client->fd < 0) return;
    if (err == ERR_CLOSED) disconnect(client, NULL);
    else frame_buffer_trim(&client->in);
}

static void on_connect(void *ctx)
{
    struct wire_client *client = ctx;
    must(client->magic == CLIENT_MAGIC && client->fd < 0);
    int fd;
    enum err err = socket_connect(client->path, &fd);
    if (err == ERR_OK) err = loop_add_fd(client->loop, fd, EPOLLIN, on_event, client);
    if (err == ERR_OK) {
        client->fd = fd;
        client->watched = EPOLLIN;
        client->pause_ms = WIRE_RECONNECT_MS_MIN;
        client->down_since_ms = 0;
        if (client->was_connected) hint_lost(client);
        client->was_connected = true;
        return;
    }
    if (client->down_since_ms == 0) client->down_since_ms = mono_ms();
    if (mono_ms() - client->down_since_ms >= WIRE_PATIENCE_MS) {
        frame_buffer_clear(&client->out);
        fail_all(client, "the service can not be reached; try again in a moment");
    }
    if (needed(client)) (void)connect_in(client, client->pause_ms);
    client->pause_ms = client->pause_ms * 2 > WIRE_RECONNECT_MS_MAX ? WIRE_RECONNECT_MS_MAX : client->pause_ms * 2;
}

/* Sending */

static void tell_subscription(struct wire_client *client)
{
    bool wanted = client->feed_callback != NULL;
    if (client->subscribed == wanted) return;
    Rasad__V1__Subscribe subscribe;
    rasad__v1__subscribe__init(&subscribe);
    Rasad__V1__Frame frame;
    rasad__v1__frame__init(&frame);
    subscribe.on = wanted;
    frame.kind_case = RASAD__V1__FRAME__KIND_SUBSCRIBE;
    frame.subscribe = &subscribe;
    if (frame_append(&client->out, &frame) == ERR_OK) client->subscribed = wanted; /* else in the next round */
}

static bool on_flush(void *ctx)
{
    struct wire_client *client = ctx;
    must(client->magic == CLIENT_MAGIC);
    if (client->fd < 0) return false;
    tell_subscription(client);
    if (frame_flush(&client->out, client->fd) != ERR_OK) frame_buffer_clear(&client->out); /* reading tells the rest */
    uint32_t wanted = EPOLLIN | (frame_buffer_waiting(&client->out) > 0 ? EPOLLOUT : 0u);
    if (wanted != client->watched) must(loop_modify_fd(client->loop, client->fd, wanted) == ERR_OK);
    client->watched = wanted;
    return false;
}

static struct pending *place_take(struct wire_client *client, wire_answer_callback *callback, void *ctx)
{
    struct pending *pending = client->free_places;
    if (pending == NULL) return NULL;
    client->free_places = pending->next_free;
    client->in_flight++;
    pending->id = ++client->last_number << ID_PLACE_BITS | (pending - client->places);
    pending->callback = callback;
    pending->ctx = ctx;
    return pending;
}

enum err wire_call(struct wire_client *client, const Rasad__V1__Call *call, int64_t deadline_ms,
                   wire_answer_callback *callback, void *ctx)
{
    must(client->magic == CLIENT_MAGIC && callback != NULL);
    if (client->closing) return ERR_CLOSED;
    struct pending *pending = place_take(client, callback, ctx);
    if (pending == NULL) return ERR_BUSY;
    Rasad__V1__Call copy = *call;
    int64_t now = mono_ms();
    int64_t timeout_ms = deadline_ms - now;
    if (timeout_ms > CALL_TIMEOUT_MS_MAX) timeout_ms = CALL_TIMEOUT_MS_MAX;
    if (timeout_ms < 1) timeout_ms = 1;
    copy.id = pending->id;
    copy.timeout_ms = timeout_ms;
    copy.sent_mono_ms = now;
    Rasad__V1__Frame frame;
    rasad__v1__frame__init(&frame);
    frame.kind_case = RASAD__V1__FRAME__KIND_CALL;
    frame.call = &copy;
    enum err err = copy.body.len > BODY_BYTES_MAX ? ERR_TOO_BIG : ERR_OK;
    if (err == ERR_OK) err = loop_timer_set(client->loop, &pending->deadline, now + timeout_ms);
    if (err == ERR_OK) err = connect_in(client, 0);
    if (err == ERR_OK) err = frame_append(&client->out, &frame);
    if (err != ERR_OK) place_release(pending);
    return err;
}

void wire_client_feed(struct wire_client *client, wire_feed_callback *callback, void *ctx)
{
    must(client->magic == CLIENT_MAGIC);
    client->feed_callback = callback;
    client->feed_ctx = ctx;
    if (callback != NULL) (void)connect_in(client, 0);
}

/* Life */

enum err wire_client_open(struct loop *loop, const char *path, struct wire_client **out)
{
    if (strlen(path) >= SOCKET_PATH_BYTES_MAX) return ERR_TOO_BIG;
    struct wire_client *client = calloc(1, sizeof *client);
    if (client == NULL) return ERR_MEMORY;
    client->magic = CLIENT_MAGIC;
    client->fd = -1;
    client->loop = loop;
    client->pause_ms = WIRE_RECONNECT_MS_MIN;
    memcpy(client->path, path, strlen(path) + 1);
    loop_timer_init(&client->connect_timer, on_connect, client);
    for (size_t i = WIRE_IN_FLIGHT_MAX; i-- > 0;) {
        struct pending *pending = &client->places[i];
        pending->client = client;
        loop_timer_init(&pending->deadline, on_deadline, pending);
        pending->next_free = client->free_places;
        client->free_places = pending;
    }
    bool ready = frame_buffer_init(&client->in, WIRE_IN_BYTES_MAX);
    if (ready) ready = frame_buffer_init(&client->out, WIRE_OUT_BYTES_MAX);
    if (!ready || !arena_init(&client->arena, ARENA_BYTES_MAX)) {
        frame_buffer_destroy(&client->in);
        frame_buffer_destroy(&client->out);
        free(client);
        return ERR_MEMORY;
    }
    loop_before_sleep(loop, LOOP_FLUSH, on_flush, client);
    *out = client;
    return ERR_OK;
}

void wire_client_close(struct wire_client *client)
{
    must(client->magic == CLIENT_MAGIC && !client->busy);
    client->closing = true;
    client->feed_callback = NULL;
    fail_all(client, "the client was closed");
    if (client->fd >= 0) disconnect(client, NULL);
    must(client->in_flight == 0);
    loop_timer_clear(client->loop, &client->connect_timer);
    loop_before_sleep_end(client->loop, on_flush, client);
    frame_buffer_destroy(&client->in);
    frame_buffer_destroy(&client->out);
    arena_destroy(&client->arena);
    client->magic = 0;
    free(client);
}

size_t wire_client_in_flight(const struct wire_client *client)
{
    must(client->magic == CLIENT_MAGIC);
    return client->in_flight;
}

bool wire_client_connected(const struct wire_client *client)
{
    must(client->magic == CLIENT_MAGIC);
    return client->fd >= 0;
}
