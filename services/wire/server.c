/* server.c - a service's side of a Unix socket: connections, calls to take, answers.
 * Flow:    on_event: read -> (work hook) wire_take -> wire_answer -> (flush hook) write, trim, watch.
 * Owns:    a table of WIRE_CONNS_MAX connections; a place keeps its buffers when its connection goes.
 * Bounds:  see server.h. `blocked` is the one place that says whose calls must wait.
 * Fails:   whatever is wrong with a connection ends in conn_close; nothing is repaired.
 * Why:     what is watched for is computed from the state after every round, never switched on and off in passing.
 */
#include "wire/server.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/frame.h"
#include "wire/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_MAGIC 0x53525652u
#define CONN_MAGIC 0x434f4e4eu

struct conn {
    uint32_t magic;
    int fd; /* -1: a free place */
    uint32_t watched;
    bool subscribed;
    bool hints_lost;
    uint64_t generation;
    size_t unanswered;
    struct frame_buffer in;
    struct frame_buffer out;
    struct wire_server *server;
};

struct wire_server {
    uint32_t magic;
    int listen_fd; /* -1: takes no more connections */
    bool quiet;
    uint32_t turn; /* the connection whose call is taken next */
    uint64_t generation;
    struct loop *loop;
    struct loop_timer accept_timer;
    struct wire_server_counts counts;
    char path[SOCKET_PATH_BYTES_MAX];
    struct conn conns[WIRE_CONNS_MAX];
};

/* Connections */

static void conn_close(struct conn *conn, const char *why)
{
    struct wire_server *server = conn->server;
    must(conn->magic == CONN_MAGIC && conn->fd >= 0);
    if (why != NULL) {
        log_event(LOG_WARN, "peer thrown out socket=%s why=%s", server->path, why);
        server->counts.connections_refused++;
    }
    loop_remove_fd(server->loop, conn->fd);
    close(conn->fd);
    conn->fd = -1;
    frame_buffer_clear(&conn->in);
    frame_buffer_clear(&conn->out);
    server->counts.connections--;
}

/* Its calls wait: too many are taken, or its peer leaves its answers unread. */
static bool blocked(const struct conn *conn)
{
    return conn->unanswered >= WIRE_UNANSWERED_MAX || frame_buffer_waiting(&conn->out) >= WIRE_OUT_PAUSE_BYTES;
}

static bool takeable(const struct conn *conn)
{
    const uint8_t *bytes;
    size_t bytes_count;
    return conn->fd >= 0 && !blocked(conn) && frame_peek(&conn->in, &bytes, &bytes_count) != ERR_NOT_FOUND;
}

static void watch(struct conn *conn)
{
    uint32_t wanted = 0;
    if (!conn->server->quiet && !blocked(conn) && frame_has_room(&conn->in)) wanted |= EPOLLIN;
    if (frame_buffer_waiting(&conn->out) > 0) wanted |= EPOLLOUT;
    if (wanted == conn->watched) return;
    must(loop_modify_fd(conn->server->loop, conn->fd, wanted) == ERR_OK);
    conn->watched = wanted;
}

static void on_event(void *ctx, int fd, uint32_t events)
{
    struct conn *conn = ctx;
    must(conn->magic == CONN_MAGIC && conn->fd == fd);
    if (events & (EPOLLHUP | EPOLLERR)) {
        conn_close(conn, NULL);
        return;
    }
    if ((events & EPOLLIN) == 0) return; /* EPOLLOUT: the flush hook writes */
    bool more;
    if (frame_read(&conn->in, fd, &more) == ERR_CLOSED) conn_close(conn, NULL);
}

static struct conn *free_place(struct wire_server *server)
{
    for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
        struct conn *conn = &server->conns[i];
        if (conn->fd >= 0) continue;
        if (conn->in.base == NULL && !frame_buffer_init(&conn->in, WIRE_IN_BYTES_MAX)) return NULL;
        if (conn->out.base == NULL && !frame_buffer_init(&conn->out, WIRE_OUT_BYTES_MAX)) return NULL;
        return conn;
    }
    return NULL;
}

/* Takes the descriptor over, or says no and leaves it. */
static bool conn_open(struct wire_server *server, int fd)
{
    if (!socket_peer_is_ours(fd)) return false;
    struct conn *conn = free_place(server);
    if (conn == NULL) {
        log_event(LOG_WARN, "peer refused socket=%s why=%s", server->path, "too many connections");
        return false;
    }
    if (loop_add_fd(server->loop, fd, EPOLLIN, on_event, conn) != ERR_OK) return false;
    conn->fd = fd;
    conn->watched = EPOLLIN;
    conn->subscribed = conn->hints_lost = false;
    conn->generation = ++server->generation;
    conn->unanswered = 0;
    server->counts.connections++;
    return true;
}

static void on_accept_again(void *ctx)
{
    struct wire_server *server = ctx;
    if (server->listen_fd >= 0) must(loop_modify_fd(server->loop, server->listen_fd, EPOLLIN) == ERR_OK);
}

/* Out of descriptors the listening socket stays readable: look away for a moment instead of spinning. */
static void accept_pause(struct wire_server *server)
{
    log_event(LOG_ERROR, "accept failed socket=%s why=%s", server->path, strerror(errno));
    if (loop_timer_set(server->loop, &server->accept_timer, mono_ms() + WIRE_ACCEPT_PAUSE_MS) != ERR_OK) return;
    must(loop_modify_fd(server->loop, server->listen_fd, 0) == ERR_OK);
}

static void on_accept(void *ctx, int listen_fd, uint32_t events)
{
    (void)events;
    struct wire_server *server = ctx;
    must(server->magic == SERVER_MAGIC);
    for (int i = 0; i < WIRE_CONNS_MAX; i++) {
        int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)) return;
        if (fd < 0) {
            accept_pause(server);
            return;
        }
        if (conn_open(server, fd)) continue;
        close(fd);
        server->counts.connections_refused++;
    }
}

/* Taking calls */

/* One line of text, as it may stand in a log. */
static bool label_ok(const char *text, size_t bytes_max)
{
    size_t bytes = strlen(text);
    return bytes <= bytes_max && utf8_plain(text, bytes) && strpbrk(text, "\n\t") == NULL;
}

/* protobuf-c takes any number for an enum. */
static bool channel_known(Rasad__V1__Channel channel)
{
    return protobuf_c_enum_descriptor_get_value(&rasad__v1__channel__descriptor, (int)channel) != NULL;
}

/* NULL when it keeps to the limits, else what is wrong with it. */
static const char *call_wrong(const Rasad__V1__Call *call)
{
    if (call->method[0] == '\0' || !label_ok(call->method, METHOD_BYTES_MAX)) return "method";
    if (call->token_hash.len != 0 && call->token_hash.len != 32) return "token_hash";
    if (!channel_known(call->channel)) return "channel";
    if (call->on_behalf_of[0] != '\0' && !code_ok(call->on_behalf_of)) return "on_behalf_of";
    if (call->person[0] != '\0' && !code_ok(call->person)) return "person";
    if (call->client.len != 0 && call->client.len != 4 && call->client.len != 8) return "client";
    if (!label_ok(call->device, DEVICE_BYTES_MAX)) return "device";
    int32_t offset_min = call->device_offset_min;
    if (offset_min < -OFFSET_MIN_MAX || offset_min > OFFSET_MIN_MAX) return "device_offset_min";
    if (call->device_time_ms < 0) return "device_time_ms";
    if (call->device_sequence < 0) return "device_sequence";
    if (call->body.len > BODY_BYTES_MAX) return "body";
    if (!label_ok(call->request_trace, TRACE_BYTES_MAX)) return "request_trace";
    return NULL;
}

static bool call_late(const Rasad__V1__Call *call)
{
    if (call->sent_mono_ms <= 0 || call->timeout_ms <= 0) return false;
    int64_t waited = mono_ms() - call->sent_mono_ms;
    return waited >= call->timeout_ms;
}

/* Answered here when it can not be run. */
static bool call_refused(struct wire_server *server, const Rasad__V1__Call *call, struct wire_ref ref)
{
    const char *wrong = call_wrong(call);
    if (wrong != NULL) {
        char message[64];
        snprintf(message, sizeof message, "%s is missing, malformed or too long", wrong);
        wire_answer_code(server, ref, CODE_INVALID_ARGUMENT, message);
    } else if (call_late(call)) {
        wire_answer_code(server, ref, CODE_DEADLINE_EXCEEDED, "the caller waits no longer");
    } else {
        return false;
    }
    server->counts.calls_refused++;
    return true;
}

/* One frame of this connection; NULL when it was no call to be run. */
static const Rasad__V1__Call *take_from(struct conn *conn, struct arena *arena, struct wire_ref *ref)
{
    struct wire_server *server = conn->server;
    const uint8_t *bytes;
    size_t bytes_count;
    const Rasad__V1__Frame *frame = NULL;
    enum err err = frame_next(&conn->in, &bytes, &bytes_count);
    if (err == ERR_OK) err = frame_unpack(arena, bytes, bytes_count, &frame);
    if (err != ERR_OK) {
        conn_close(conn, err_text(err));
        return NULL;
    }
    if (frame->kind_case == RASAD__V1__FRAME__KIND_SUBSCRIBE) {
        conn->subscribed = frame->subscribe->on;
        return NULL;
    }
    if (frame->kind_case != RASAD__V1__FRAME__KIND_CALL) {
        conn_close(conn, "not a call");
        return NULL;
    }
    struct wire_ref found = {.generation = conn->generation, .call_id = frame->call->id};
    found.conn = (uint32_t)(conn - server->conns);
    conn->unanswered++;
    if (call_refused(server, frame->call, found)) return NULL;
    server->counts.calls_taken++;
    *ref = found;
    return frame->call;
}

const Rasad__V1__Call *wire_take(struct wire_server *server, struct arena *arena, struct wire_ref *ref)
{
    must(server->magic == SERVER_MAGIC);
    size_t mark = arena_mark(arena);
    for (uint32_t idle = 0; idle < WIRE_CONNS_MAX;) {
        struct conn *conn = &server->conns[server->turn];
        server->turn = (server->turn + 1) % WIRE_CONNS_MAX;
        if (!takeable(conn)) {
            idle++;
            continue;
        }
        idle = 0;
        const Rasad__V1__Call *call = take_from(conn, arena, ref);
        if (call != NULL) return call;
        arena_release(arena, mark);
    }
    return NULL;
}

bool wire_waiting(const struct wire_server *server)
{
    must(server->magic == SERVER_MAGIC);
    for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
        if (takeable(&server->conns[i])) return true;
    }
    return false;
}

/* Answers */

bool wire_alive(const struct wire_server *server, struct wire_ref ref)
{
    must(server->magic == SERVER_MAGIC && ref.conn < WIRE_CONNS_MAX);
    const struct conn *conn = &server->conns[ref.conn];
    return conn->fd >= 0 && conn->generation == ref.generation;
}

/* Write what the socket takes when the queue is full, and try once more. */
static enum err append(struct conn *conn, const Rasad__V1__Frame *frame)
{
    enum err err = frame_append(&conn->out, frame);
    if (err != ERR_BUSY) return err;
    err = frame_flush(&conn->out, conn->fd);
    return err == ERR_OK ? frame_append(&conn->out, frame) : err;
}

static enum err append_answer(struct conn *conn, Rasad__V1__Answer *answer)
{
    Rasad__V1__Frame frame;
    rasad__v1__frame__init(&frame);
    frame.kind_case = RASAD__V1__FRAME__KIND_ANSWER;
    frame.answer = answer;
    return append(conn, &frame);
}

static Rasad__V1__WireError error_of(enum wire_code code, const char *message)
{
    Rasad__V1__WireError error;
    rasad__v1__wire_error__init(&error);
    error.code = frame_text(wire_code_text(code));
    error.message = frame_text(message);
    return error;
}

/* In place of an answer that no frame holds: its error without details, or that it was too big. */
static enum err append_short(struct conn *conn, const Rasad__V1__Answer *answer)
{
    const Rasad__V1__WireError *full = answer->error;
    Rasad__V1__WireError error = error_of(CODE_RESOURCE_EXHAUSTED, "the answer does not fit: ask for less at once");
    Rasad__V1__Answer short_answer;
    rasad__v1__answer__init(&short_answer);
    short_answer.id = answer->id;
    short_answer.error = &error;
    if (full != NULL) error.code = full->code;
    if (full != NULL && strlen(full->message) <= ERROR_SENTENCE_BYTES_MAX) error.message = full->message;
    return append_answer(conn, &short_answer);
}

/* A peer whose queue stays full goes. */
static void answer_with(struct wire_server *server, struct wire_ref ref, Rasad__V1__Answer *answer)
{
    if (!wire_alive(server, ref)) {
        server->counts.answers_vanished++;
        return;
    }
    struct conn *conn = &server->conns[ref.conn];
    must(conn->unanswered > 0); /* else the same call was answered twice */
    conn->unanswered--;
    answer->id = ref.call_id;
    enum err err = append_answer(conn, answer);
    if (err == ERR_TOO_BIG) err = append_short(conn, answer);
    if (err == ERR_OK) server->counts.answers_sent++;
    else conn_close(conn, err == ERR_BUSY ? "does not read its answers" : NULL);
}

void wire_answer(struct wire_server *server, struct wire_ref ref, const void *body, size_t body_bytes)
{
    Rasad__V1__Answer answer;
    rasad__v1__answer__init(&answer);
    answer.body = frame_bytes(body, body_bytes);
    answer_with(server, ref, &answer);
}

void wire_answer_error(struct wire_server *server, struct wire_ref ref, const Rasad__V1__WireError *error)
{
    Rasad__V1__Answer answer;
    rasad__v1__answer__init(&answer);
    Rasad__V1__WireError copy = *error;
    if (copy.code[0] == '\0') copy.code = frame_text(wire_code_text(CODE_UNKNOWN));
    if (copy.n_details > WIRE_ERROR_DETAILS_MAX) copy.n_details = WIRE_ERROR_DETAILS_MAX;
    answer.error = &copy;
    answer_with(server, ref, &answer);
}

void wire_answer_code(struct wire_server *server, struct wire_ref ref, enum wire_code code, const char *message)
{
    Rasad__V1__WireError error = error_of(code, message);
    wire_answer_error(server, ref, &error);
}

void wire_answer_failure(struct wire_server *server, struct wire_ref ref, enum err err)
{
    wire_answer_code(server, ref, wire_code_of_err(err), err_text(err));
}

/* Hints */

/* Hints may fill half of what an answer may, so that they alone never hold calls up. */
static bool push_to(struct conn *conn, const Rasad__V1__Feed *feed)
{
    if (frame_buffer_waiting(&conn->out) >= WIRE_OUT_PAUSE_BYTES / 2) return false;
    Rasad__V1__Feed copy = *feed;
    Rasad__V1__Frame frame;
    rasad__v1__frame__init(&frame);
    frame.kind_case = RASAD__V1__FRAME__KIND_FEED;
    frame.feed = &copy;
    return frame_append(&conn->out, &frame) == ERR_OK;
}

void wire_push(struct wire_server *server, const Rasad__V1__Feed *feed)
{
    must(server->magic == SERVER_MAGIC);
    for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
        struct conn *conn = &server->conns[i];
        if (conn->fd < 0 || !conn->subscribed) continue;
        if (!conn->hints_lost && push_to(conn, feed)) continue;
        conn->hints_lost = true;
        server->counts.hints_lost++;
    }
}

static void push_lost(struct conn *conn)
{
    Rasad__V1__Feed lost;
    rasad__v1__feed__init(&lost);
    if (conn->hints_lost && conn->subscribed && push_to(conn, &lost)) conn->hints_lost = false;
}

/* Writing */

/* True when calls of it that had to wait can be taken now. */
static bool flush(struct conn *conn)
{
    bool was_blocked = blocked(conn);
    push_lost(conn);
    if (frame_flush(&conn->out, conn->fd) != ERR_OK) {
        conn_close(conn, NULL);
        return false;
    }
    frame_buffer_trim(&conn->in);
    watch(conn);
    return was_blocked && takeable(conn);
}

static bool on_flush(void *ctx)
{
    struct wire_server *server = ctx;
    must(server->magic == SERVER_MAGIC);
    bool more = false;
    for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
        if (server->conns[i].fd >= 0 && flush(&server->conns[i])) more = true;
    }
    return more;
}

/* Life */

enum err wire_server_open(struct loop *loop, const char *path, struct wire_server **out)
{
    struct wire_server *server = calloc(1, sizeof *server);
    if (server == NULL) return ERR_MEMORY;
    server->magic = SERVER_MAGIC;
    server->loop = loop;
    for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
        server->conns[i].magic = CONN_MAGIC;
        server->conns[i].fd = -1;
        server->conns[i].server = server;
    }
    loop_timer_init(&server->accept_timer, on_accept_again, server);
    enum err err = socket_listen(path, &server->listen_fd);
    if (err != ERR_OK) {
        free(server);
        return err;
    }
    memcpy(server->path, path, strlen(path) + 1);
    err = loop_add_fd(loop, server->listen_fd, EPOLLIN, on_accept, server);
    if (err != ERR_OK) {
        close(server->listen_fd);
        unlink(path);
        free(server);
        return err;
    }
    loop_before_sleep(loop, LOOP_FLUSH, on_flush, server);
    *out = server;
    return ERR_OK;
}

void wire_server_quiesce(struct wire_server *server)
{
    must(server->magic == SERVER_MAGIC);
    server->quiet = true;
    loop_timer_clear(server->loop, &server->accept_timer);
    for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
        if (server->conns[i].fd >= 0) watch(&server->conns[i]);
    }
    if (server->listen_fd < 0) return;
    loop_remove_fd(server->loop, server->listen_fd);
    close(server->listen_fd);
    unlink(server->path);
    server->listen_fd = -1;
}

void wire_server_drain(struct wire_server *server, int64_t patience_ms)
{
    int64_t end_ms = mono_ms() + patience_ms;
    for (;;) {
        struct pollfd waiting[WIRE_CONNS_MAX];
        nfds_t count = 0;
        on_flush(server);
        for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
            const struct conn *conn = &server->conns[i];
            if (conn->fd < 0 || frame_buffer_waiting(&conn->out) == 0) continue;
            waiting[count++] = (struct pollfd){.fd = conn->fd, .events = POLLOUT};
        }
        int64_t left_ms = end_ms - mono_ms();
        if (count == 0 || left_ms <= 0) return;
        poll(waiting, count, left_ms < 100 ? (int)left_ms : 100);
    }
}

void wire_server_close(struct wire_server *server)
{
    wire_server_quiesce(server);
    loop_before_sleep_end(server->loop, on_flush, server);
    for (size_t i = 0; i < WIRE_CONNS_MAX; i++) {
        struct conn *conn = &server->conns[i];
        if (conn->fd >= 0) conn_close(conn, NULL);
        frame_buffer_destroy(&conn->in);
        frame_buffer_destroy(&conn->out);
    }
    server->magic = 0;
    free(server);
}

struct wire_server_counts wire_server_counts(const struct wire_server *server)
{
    must(server->magic == SERVER_MAGIC);
    return server->counts;
}
