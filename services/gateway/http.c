/* http.c - the edge: libmicrohttpd behind our own loop, and the strictness it lacks.
 * Flow:    accepted -> on_target (the raw request line) -> on_request: headers checked, body gathered, run ->
 *          answered at once, or suspended until http_answer resumes it -> on_completed.
 * Owns:    CONNECTIONS_MAX slots, one for each connection, with its exchange and its deadline.
 * Bounds:  bodies by BODY_BYTES_MAX each and BODIES_BYTES_MAX together; each phase of a connection by a deadline.
 * Fails:   what breaks the framing is answered 400 and the connection closed, so that nothing can hide behind it.
 * Why:     the library takes Content-Length beside chunked, two lengths, no Host, "Host :", lines that end in LF alone,
 *          folded lines, NUL, and decodes the path. What it decodes is not looked at: routes and files are matched on the
 *          path as it was sent. What it took for lines is measured: its texts must lie end to end (struct framing).
 */
#include "gateway/http.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "gateway/assets.h"
#include "gateway/connect.h"
#include "gateway/events.h"
#include "gateway/tls.h"
#include "json/jsonpb.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOT_MAGIC 0x72736c74U

struct slot {
    uint32_t magic;
    int fd;
    struct client *client; /* NULL: this machine */
    int64_t deadline_ms; /* of the present phase; 0: none */
    int64_t quiet_ms;    /* since when it has asked nothing */
    struct slot *next_free;
    bool open;
    struct exchange exchange;
};

struct http {
    struct gateway *gateway;
    struct MHD_Daemon *daemon;
    int epoll_fd, listen_fd;
    uint16_t port;
    bool wanted;   /* the daemon has something to do */
    bool draining;
    unsigned idle_rounds; /* one after the other, in which nothing came, was called or answered */
    size_t connections, busy;
    size_t bodies_bytes;
    uint64_t traces;
    struct slot *slots, *free_slots;
    struct clients *clients;
    struct loop_timer next, sweep;
};

/* ---- small things ---- */

/* The daemon has something to do. */
static void wake(struct http *http)
{
    http->idle_rounds = 0;
    http->wanted = true;
}

static struct slot *slot_of(struct exchange *x)
{
    struct slot *slot = (struct slot *)(void *)((char *)x - offsetof(struct slot, exchange));
    must(slot->magic == SLOT_MAGIC && x->magic == EXCHANGE_MAGIC);
    return slot;
}

static struct slot *slot_of_connection(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct slot *slot = info == NULL ? NULL : info->socket_context;
    must(slot == NULL || slot->magic == SLOT_MAGIC);
    return slot;
}

const char *http_header(struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

bool http_lists(const char *header, const char *word)
{
    size_t bytes = strlen(word);
    while (header != NULL && *header != '\0') {
        header += strspn(header, " \t,");
        bool begins = strncasecmp(header, word, bytes) == 0;
        if (begins && (header[bytes] == '\0' || strchr(" \t,;", header[bytes]) != NULL)) {
            return true;
        }
        header = strchr(header, ',');
    }
    return false;
}

uint16_t http_port(const struct http *http)
{
    return http->port;
}

size_t http_connections(const struct http *http)
{
    return http->connections;
}

size_t http_busy(const struct http *http)
{
    return http->busy;
}

/* Slow lines are waited for, but not while others find no room. */
static int64_t patience(const struct gateway *gateway)
{
    bool crowded = gateway->http->connections >= CONNECTIONS_MAX / 4 * 3;
    return mono_ms() + (crowded ? gateway->patience_ms / 4 : gateway->patience_ms);
}

static int64_t headers_patience(const struct gateway *gateway)
{
    return mono_ms() + (gateway->patience_ms < HEADERS_MS_MAX ? gateway->patience_ms : HEADERS_MS_MAX);
}

/* ---- answers ---- */

void http_add_header(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value); /* fails only for want of memory; the body still serves */
}

void http_add_common(struct exchange *x, struct MHD_Response *response)
{
    static const char *const common[][2] = {
#define HEADER(name, value) {name, value},
#include "gateway/headers.def"
#undef HEADER
    };
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        http_add_header(response, common[i][0], common[i][1]);
    }
    if (tls_on()) {
        http_add_header(response, "strict-transport-security", "max-age=31536000");
    }
    if (x->close || x->gateway->http->draining) {
        http_add_header(response, "connection", "close");
    }
}

static void log_answer(const struct exchange *x, int status, unsigned code)
{
    bool dull = code == METRIC_OK || (x->route == NULL && status < 500); /* scanners would fill the log */
    enum log_level level = dull ? LOG_DEBUG : status >= 500 ? LOG_WARN : LOG_INFO;
    log_event(level, "request method=%s status=%d code=%s ms=%" PRId64 " trace=%s",
              x->route != NULL ? x->route->method : "-", status,
              code == METRIC_OK ? "ok" : wire_code_text((enum wire_code)code), mono_ms() - x->begun_ms, x->trace);
}

static void answer_with(struct exchange *x, int status, unsigned code, struct MHD_Response *response, size_t bytes)
{
    must(x->magic == EXCHANGE_MAGIC && x->response == NULL && x->step != STEP_IDLE && x->step != STEP_ANSWERED);
    if (response != NULL) {
        http_add_common(x, response);
    }
    x->response = response; /* NULL for want of memory: the connection is cut when its turn comes */
    x->status = response == NULL ? -1 : status;
    metrics_count(x, code, bytes);
    log_answer(x, status, code);
    if (x->suspended) {
        http_resume(x);
    }
}

void http_answer_response(struct exchange *x, int status, unsigned code, struct MHD_Response *response)
{
    answer_with(x, status, code, response, 0);
}

void http_answer(struct exchange *x, const struct answer *answer)
{
    union {
        const void *constant;
        void *plain;
    } body = {.constant = answer->type == NULL ? "" : answer->body}; /* copied, so never written */
    size_t bytes = answer->type == NULL ? 0 : answer->bytes;
    struct MHD_Response *response = MHD_create_response_from_buffer(bytes, body.plain, MHD_RESPMEM_MUST_COPY);
    if (response != NULL) {
        http_add_header(response, "cache-control", answer->cache == NULL ? "no-store" : answer->cache);
        if (answer->type != NULL) {
            http_add_header(response, "content-type", answer->type);
        }
        if (answer->encoding != NULL) {
            http_add_header(response, "content-encoding", answer->encoding);
        }
        if (answer->etag != NULL) {
            http_add_header(response, "etag", answer->etag);
        }
        for (size_t i = 0; i < 3 && answer->extra[i][0] != NULL; i++) {
            http_add_header(response, answer->extra[i][0], answer->extra[i][1]);
        }
    }
    answer_with(x, answer->status, answer->code, response, bytes);
}

void http_refuse(struct exchange *x, int status, enum wire_code code, const char *message)
{
    struct json_out out;
    arena_reset(&x->gateway->scratch);
    json_out_init(&out, 4 * KIB, arena_pb(&x->gateway->scratch));
    json_put(&out, "{\"code\":");
    json_put_string(&out, wire_code_text(code));
    json_put(&out, ",\"message\":");
    json_put_string(&out, message);
    json_put(&out, "}");
    struct answer answer = {.status = status == 0 ? wire_code_http(code) : status,
                            .code = code,
                            .type = "application/json",
                            .body = out.text,
                            .bytes = out.bytes};
    if (status == 405) {
        answer.extra[0][0] = "allow";
        answer.extra[0][1] = x->route == NULL ? "GET, HEAD" : x->route->read ? "GET, HEAD, POST" : "POST";
    }
    if (status == 429) {
        answer.extra[0][0] = "retry-after";
        answer.extra[0][1] = "1";
    }
    if (status == 415) {
        answer.extra[0][0] = "accept-post";
        answer.extra[0][1] = "application/json, application/proto";
    }
    http_answer(x, &answer);
}

void http_suspend(struct exchange *x)
{
    must(!x->suspended);
    x->suspended = true;
    MHD_suspend_connection(x->connection);
}

void http_resume(struct exchange *x)
{
    must(x->suspended);
    x->suspended = false;
    wake(x->gateway->http);
    MHD_resume_connection(x->connection);
}

/* ---- the headers ---- */

/* The library leaves request line and headers where they were received, ends each text with NUL, and says how long it all
 * was: so texts, their ends and CRLF for each line must add up to that. Where they do not, a line ended in LF alone, was
 * folded, held a NUL, or was passed over. It ends the headers at a line whose name is empty, too, and where one
 * byte is saved at a line's end nothing tells `:` there from CR: a proxy in front must refuse a name that is empty. */
struct framing {
    const char *next; /* where the next header must begin */
    bool apart;       /* it did not */
    unsigned lengths, encodings, hosts;
    bool chunked, bad_name, bad_value, twice;
    uint64_t length;
    uint64_t singles; /* which of the names below came */
};

/* Of these a second one would be ambiguous. */
static const char *const single[] = {
    "authorization",  "content-type",  "content-encoding",      "connect-timeout-ms", "connect-protocol-version",
    "origin",         "rasad-channel", "rasad-device",          "rasad-device-time",  "rasad-device-offset",
    "sec-fetch-site", "rasad-cookie",  "rasad-device-sequence", "rasad-on-behalf-of",
    "rasad-person",   "cookie",        "x-forwarded-for",       "x-forwarded-proto",
};
_Static_assert(sizeof single / sizeof single[0] <= 64, "one bit each");

bool http_made_of(const char *text, size_t bytes, const char *others)
{
    for (size_t i = 0; i < bytes; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        bool letter = (text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z';
        if (!digit && !letter && (text[i] == '\0' || strchr(others, text[i]) == NULL)) {
            return false;
        }
    }
    return bytes > 0;
}

static void look_at_length(struct framing *f, const char *value, size_t bytes)
{
    f->lengths++;
    for (size_t i = 0; i < bytes; i++) {
        bool digit = value[i] >= '0' && value[i] <= '9';
        f->bad_value = f->bad_value || !digit || bytes > 18;
        f->length = digit && bytes <= 18 ? f->length * 10 + (uint64_t)(value[i] - '0') : f->length;
    }
    f->bad_value = f->bad_value || bytes == 0;
}

static void look_at_single(struct framing *f, const char *name)
{
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        if (strcasecmp(name, single[i]) == 0) {
            f->twice = f->twice || (f->singles >> i & 1) != 0;
            f->singles |= UINT64_C(1) << i;
        }
    }
}

static void look_at_lines(struct framing *f, const char *name, size_t name_bytes, const char *value, size_t value_bytes)
{
    f->apart = f->apart || name != f->next || value <= name + name_bytes;
    for (const char *at = name + name_bytes + 1; !f->apart && at < value; at++) {
        f->apart = *at != ' ' && *at != '\t';
    }
    f->next = value + value_bytes + 2;
}

static enum MHD_Result look_at_header(void *ctx, enum MHD_ValueKind kind, const char *name, size_t name_bytes,
                                      const char *value, size_t value_bytes)
{
    struct framing *f = ctx;
    (void)kind;
    f->bad_name = f->bad_name || !http_made_of(name, name_bytes, "!#$%&'*+-.^_`|~");
    for (size_t i = 0; i < value_bytes; i++) {
        unsigned char c = (unsigned char)value[i];
        f->bad_value = f->bad_value || (c < 0x20 && c != '\t') || c == 0x7f;
    }
    if (value == NULL) {
        f->bad_value = true;
        return MHD_YES;
    }
    look_at_lines(f, name, name_bytes, value, value_bytes);
    if (strcasecmp(name, "content-length") == 0) {
        look_at_length(f, value, value_bytes);
    } else if (strcasecmp(name, "transfer-encoding") == 0) {
        f->encodings++;
        f->chunked = strcasecmp(value, "chunked") == 0;
    } else if (strcasecmp(name, "host") == 0) {
        f->hosts++;
        f->bad_value = f->bad_value || !http_made_of(value, value_bytes, ".-:[]_");
    } else {
        look_at_single(f, name);
    }
    return MHD_YES;
}

/* Why this request can not be trusted to end where it seems to end; NULL when it can. */
static const char *framing_fault(const struct framing *f, const char *version)
{
    bool old = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
    if (!old && strcmp(version, MHD_HTTP_VERSION_1_1) != 0) {
        return "HTTP/1.1 is spoken here.";
    }
    if (f->bad_name || f->bad_value) {
        return "A header is malformed.";
    }
    if (f->apart) {
        return "A line does not end in CRLF, or is folded.";
    }
    if (f->lengths > 1 || f->encodings > 1 || (f->lengths > 0 && f->encodings > 0)) {
        return "The length of the body is given more than once.";
    }
    if (f->encodings > 0 && (!f->chunked || old)) {
        return "The only transfer encoding known here is chunked.";
    }
    if (f->hosts > 1 || (f->hosts == 0 && !old)) {
        return "One Host header is needed.";
    }
    return f->twice ? "A header that may come once came twice." : NULL;
}

/* The path as sent: visible ASCII from '/', without the tricks that mean one thing here and another there. */
static bool target_good(const struct exchange *x)
{
    for (const char *at = x->target; *at != '\0'; at++) {
        if (*at <= 0x20 || *at >= 0x7f || *at == '\\' || *at == '#') {
            return false;
        }
    }
    for (const char *at = x->query; *at != '\0'; at++) {
        if (*at <= 0x20 || *at >= 0x7f || *at == '#') {
            return false;
        }
    }
    return x->target[0] == '/' && strstr(x->target, "..") == NULL && strchr(x->target, '%') == NULL;
}

/* ---- which file answers ---- */

static void choose(struct exchange *x)
{
    static const struct {
        const char *path;
        enum metric_kind kind;
    } own[] = {{"/events", KIND_EVENTS}, {"/healthz", KIND_HEALTH}, {"/metrics", KIND_METRICS}};
    x->route = routes_find(&x->gateway->routes, x->target);
    x->kind = x->route != NULL                          ? KIND_METHOD
              : strncmp(x->target, "/rasad.v1.", 10) == 0 ? KIND_OTHER
                                                        : KIND_APP;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(x->target, own[i].path) == 0) {
            x->kind = own[i].kind;
        }
    }
}

/* What the request line alone shows to be wrong. True: answered. */
static bool refuse_verb(struct exchange *x)
{
    bool get = x->verb == VERB_GET || x->verb == VERB_HEAD;
    bool good = x->route == NULL ? get : x->verb == VERB_POST || (get && x->route->read);
    if (x->kind == KIND_OTHER) {
        http_refuse(x, 404, CODE_UNIMPLEMENTED, "There is no such method. Its path is /rasad.v1.<Service>/<Method>.");
        return true;
    }
    if (!good) {
        http_refuse(x, 405, CODE_UNIMPLEMENTED,
                    x->route == NULL ? "This is read with GET." : "This method is called with POST.");
    }
    return !good;
}

static void run(struct exchange *x)
{
    switch (x->kind) {
    case KIND_METHOD:
        connect_run(x);
        return;
    case KIND_EVENTS:
        events_start(x);
        return;
    case KIND_HEALTH:
        peers_health(x);
        return;
    case KIND_METRICS:
        peers_ask(x, metrics_answer);
        return;
    case KIND_APP:
    case KIND_OTHER:
    case KIND_COUNT:
    default:
        assets_answer(x);
    }
}

/* ---- the body ---- */

static bool make_room(struct http *http, struct exchange *x, size_t room)
{
    if (room <= x->body_room) {
        return true;
    }
    size_t more = room - x->body_room;
    if (more > BODIES_BYTES_MAX - http->bodies_bytes ||
        (x->client != NULL && !client_may(x->client->bodies_bytes, more, http->bodies_bytes, BODIES_BYTES_MAX))) {
        return false;
    }
    uint8_t *body = realloc(x->body, room);
    if (body == NULL) {
        return false;
    }
    http->bodies_bytes += more;
    if (x->client != NULL) {
        x->client->bodies_bytes += more;
    }
    x->body = body;
    x->body_room = room;
    return true;
}

static void drop_body(struct http *http, struct exchange *x)
{
    http->bodies_bytes -= x->body_room;
    if (x->client != NULL) {
        x->client->bodies_bytes -= x->body_room;
    }
    free(x->body);
    x->body = NULL;
    x->body_bytes = x->body_room = 0;
}

static void refuse_size(struct exchange *x)
{
    http_refuse(x, 413, CODE_RESOURCE_EXHAUSTED, "The body is larger than 512 KiB. Send it in several requests.");
}

/* One piece of the body; false cuts the connection. */
static bool gather(struct http *http, struct exchange *x, const char *piece, size_t bytes)
{
    if (x->response == NULL && bytes > BODY_BYTES_MAX - x->body_bytes) {
        refuse_size(x);
        drop_body(http, x);
    }
    if (x->response == NULL && x->body_bytes + bytes > x->body_room) {
        size_t room = x->body_room == 0 ? 4 * KIB : x->body_room * 2;
        room = room < x->body_bytes + bytes ? x->body_bytes + bytes : room;
        if (!make_room(http, x, room > BODY_BYTES_MAX ? BODY_BYTES_MAX : room)) {
            http_refuse(x, 0, CODE_UNAVAILABLE, "Too much is being sent at once. Try again in a moment.");
            drop_body(http, x);
        }
    }
    if (x->response != NULL) {
        x->thrown_bytes += bytes;
        return x->thrown_bytes <= DRAIN_BYTES_MAX;
    }
    memcpy(x->body + x->body_bytes, piece, bytes);
    x->body_bytes += bytes;
    return true;
}

/* ---- whose it is ---- */

void http_refuse_share(struct exchange *x)
{
    x->gateway->metrics.clients_refused++;
    http_refuse(x, 429, CODE_RESOURCE_EXHAUSTED, "Too much at once from where you are. Try again in a moment.");
}

/* The peer, or whom the proxy in front says it is. */
static struct client *client_of(struct http *http, struct exchange *x)
{
    const char *forwarded = http->gateway->config.behind_proxy ? http_header(x, "x-forwarded-for") : NULL;
    struct client *peer = slot_of(x)->client;
    struct address address = forwarded != NULL ? address_parse(forwarded)
                             : peer != NULL    ? peer->address
                                               : (struct address){.count = 0};
    return client_hold(http->clients, address);
}

/* False: he has more requests under way than his share. */
static bool client_begin(struct http *http, struct exchange *x)
{
    x->client = client_of(http, x);
    if (x->client != NULL) {
        x->client->requests++;
    }
    return x->client == NULL || client_may(x->client->requests, 0, http->busy, CONNECTIONS_MAX);
}

static void client_end(struct http *http, struct exchange *x)
{
    if (x->client != NULL) {
        x->client->requests--;
        x->client->at_door -= x->at_door ? 1 : 0;
        x->at_door = false;
        client_let_go(http->clients, x->client);
        x->client = NULL;
    }
}

/* Before a connection is accepted. */
static enum MHD_Result on_accept(void *ctx, const struct sockaddr *peer, socklen_t bytes)
{
    struct http *http = ctx;
    (void)bytes;
    struct address address = address_of(peer);
    const struct client *client = address.count == 0 ? NULL : client_find(http->clients, address);
    if (client == NULL || http->gateway->config.behind_proxy ||
        client_may(client->connections, 1, http->connections, CONNECTIONS_MAX)) {
        return MHD_YES;
    }
    http->gateway->metrics.clients_refused++;
    return MHD_NO;
}

/* ---- libmicrohttpd calls ---- */

static void shut(struct http *http, struct slot *slot)
{
    slot->deadline_ms = 0;
    shutdown(slot->fd, SHUT_RDWR);
    http->gateway->metrics.connections_shut++;
}

/* Nothing more is done about this request. */
static void complete(struct http *http, struct exchange *x)
{
    must(!x->suspended && (x->step != STEP_RUNNING || x->status != 0)); /* nobody works on it any more */
    drop_body(http, x);
    client_end(http, x);
    if (x->response != NULL) {
        MHD_destroy_response(x->response);
        x->response = NULL;
    }
    x->step = STEP_IDLE;
    slot_of(x)->quiet_ms = mono_ms();
    slot_of(x)->deadline_ms = slot_of(x)->quiet_ms + x->gateway->patience_ms;
    http->busy--;
}

/* Where room gets scarce, who has waited longest without asking anything makes it; as long as there is some left, not before
 * he could have asked: many who come at once have their turn, and a newcomer has his however many are silent. */
static void make_way(struct http *http, int64_t now)
{
    int64_t silent_ms = http->connections > CONNECTIONS_CRAMMED ? 0 : SILENT_MS_MIN;
    struct slot *oldest = NULL;
    for (size_t i = 0; i < CONNECTIONS_MAX && http->connections > CONNECTIONS_CROWDED; i++) {
        struct slot *slot = &http->slots[i];
        bool silent = slot->open && slot->exchange.step <= STEP_TARGET && slot->deadline_ms != 0 && now - slot->quiet_ms >= silent_ms;
        if (silent && (oldest == NULL || slot->quiet_ms < oldest->quiet_ms)) {
            oldest = slot;
        }
    }
    if (oldest != NULL) {
        shut(http, oldest);
    }
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *http = ctx;
    struct slot *slot = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (slot != NULL) {
            must(slot->magic == SLOT_MAGIC && slot->open);
            if (slot->exchange.step != STEP_IDLE) {
                complete(http, &slot->exchange); /* a head that its memory did not hold: the library tells no end of it */
            }
            slot->open = false;
            if (slot->client != NULL) {
                slot->client->connections--;
                client_let_go(http->clients, slot->client);
                slot->client = NULL;
            }
            slot->next_free = http->free_slots;
            http->free_slots = slot;
            http->connections--;
        }
        return;
    }
    slot = http->free_slots;
    if (slot == NULL) {
        return; /* the library's own limit is the same; on_target then finds no slot */
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    http->free_slots = slot->next_free;
    slot->open = true;
    slot->fd = info->connect_fd;
    slot->quiet_ms = mono_ms();
    slot->deadline_ms = headers_patience(http->gateway);
    slot->exchange.step = STEP_IDLE;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    slot->client = client_hold(http->clients, address_of(info == NULL ? NULL : info->client_addr));
    if (slot->client != NULL) {
        slot->client->connections++;
    }
    http->connections++;
    *socket_context = slot;
    make_way(http, slot->quiet_ms);
}

static void *on_target(void *ctx, const char *uri, struct MHD_Connection *connection)
{
    struct http *http = ctx;
    struct slot *slot = slot_of_connection(connection);
    http->idle_rounds = 0;
    if (slot == NULL) {
        return NULL;
    }
    struct exchange *x = &slot->exchange;
    must(x->step == STEP_IDLE && x->body == NULL && x->response == NULL && !x->suspended);
    size_t bytes = strlen(uri);
    memset(x, 0, offsetof(struct exchange, target));
    memset((char *)x + offsetof(struct exchange, query), 0, sizeof *x - offsetof(struct exchange, query));
    x->magic = EXCHANGE_MAGIC;
    x->gateway = http->gateway;
    x->connection = connection;
    x->step = STEP_TARGET;
    x->target_from = uri;
    x->target_end = uri + bytes;
    x->target_too_long = bytes > TARGET_BYTES_MAX;
    memcpy(x->target, uri, x->target_too_long ? TARGET_BYTES_MAX : bytes);
    x->target[x->target_too_long ? TARGET_BYTES_MAX : bytes] = '\0';
    char *mark = strchr(x->target, '?');
    x->query = mark == NULL ? "" : mark + 1;
    if (mark != NULL) {
        *mark = '\0';
    }
    x->kind = KIND_OTHER;
    x->begun_ms = mono_ms();
    snprintf(x->trace, sizeof x->trace, "g%x-%" PRIu64, (unsigned)getpid(), ++http->traces);
    slot->deadline_ms = headers_patience(http->gateway);
    http->busy++;
    return x;
}

static enum MHD_Result give(struct exchange *x)
{
    if (x->status < 0) {
        return MHD_NO;
    }
    must(x->response != NULL);
    enum MHD_Result result = MHD_queue_response(x->connection, (unsigned)x->status, x->response);
    MHD_destroy_response(x->response);
    x->response = NULL;
    x->step = STEP_ANSWERED;
    slot_of(x)->deadline_ms = x->stream != NULL ? 0 : patience(x->gateway);
    return result;
}

/* Is the head what its texts add up to? See struct framing. */
static bool end_to_end(const struct exchange *x, const struct framing *f, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    /* what ends the last line and then the headers is NUL by now */
    return info != NULL && !f->apart && f->next + 2 == method + info->header_size && memcmp(f->next - 2, "\0\0\0", 4) == 0;
}

/* The headers are there. True: the answer is to go out at once, without the body. */
static bool begin(struct http *http, struct exchange *x, const char *method, const char *version)
{
    struct framing f = {.next = version + sizeof "HTTP/1.1" + 1};
    f.apart = x->target_from != method + strlen(method) + 1 || version != x->target_end + 1;
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, look_at_header, &f);
    f.apart = !end_to_end(x, &f, method);
    x->verb = strcmp(method, "GET") == 0    ? VERB_GET
              : strcmp(method, "HEAD") == 0 ? VERB_HEAD
              : strcmp(method, "POST") == 0 ? VERB_POST
                                            : VERB_OTHER;
    const char *fault = framing_fault(&f, version);
    bool body = f.encodings > 0 || f.length > 0;
    if (fault == NULL && x->verb != VERB_POST && x->verb != VERB_OTHER && body) {
        fault = "A GET has no body.";
    }
    if (fault == NULL && !x->target_too_long && !target_good(x)) {
        fault = "The path is malformed.";
    }
    if (fault != NULL || x->target_too_long) {
        x->close = true;
        http->gateway->metrics.requests_malformed++;
        http_refuse(x, x->target_too_long ? 414 : 400, CODE_INVALID_ARGUMENT,
                    fault != NULL ? fault : "The path and query are longer than 8 KiB. Use POST.");
        return true;
    }
    choose(x);
    if (!client_begin(http, x)) {
        x->close = true;
        http_refuse_share(x);
        return true;
    }
    /* The library reads chunks leniently too: what stands behind a chunked body is never run. */
    x->close = f.length > DRAIN_BYTES_MAX || x->verb == VERB_OTHER || f.encodings > 0;
    bool cut = x->close && f.encodings == 0; /* answered without waiting for the body, and hung up */
    if (refuse_verb(x)) {
        return cut;
    }
    if (f.length > BODY_BYTES_MAX) {
        refuse_size(x);
    } else if (f.length > 0 && !make_room(http, x, (size_t)f.length)) {
        http_refuse(x, 0, CODE_UNAVAILABLE, "Too much is being sent at once. Try again in a moment.");
    }
    return cut;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_bytes, void **con_cls)
{
    struct http *http = ctx;
    struct exchange *x = *con_cls;
    http->idle_rounds = 0;
    (void)url;
    (void)connection;
    if (x == NULL) {
        return MHD_NO;
    }
    must(x->magic == EXCHANGE_MAGIC);
    if (x->step == STEP_TARGET) {
        x->step = STEP_BODY;
        slot_of(x)->deadline_ms = patience(x->gateway);
        return begin(http, x, method, version) ? give(x) : MHD_YES;
    }
    if (*upload_bytes > 0) {
        bool good = gather(http, x, upload, *upload_bytes);
        *upload_bytes = 0;
        return good ? MHD_YES : MHD_NO;
    }
    if (x->step == STEP_BODY) {
        slot_of(x)->deadline_ms = 0;
        x->step = STEP_RUNNING;
        if (x->response == NULL && x->status == 0) {
            run(x);
        }
    }
    if (x->status == 0) {
        http_suspend(x);
        return MHD_YES;
    }
    return x->step == STEP_ANSWERED ? MHD_YES : give(x);
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *con_cls;
    (void)connection;
    (void)code;
    if (x != NULL) {
        must(x->magic == EXCHANGE_MAGIC && x->step != STEP_IDLE);
        complete(ctx, x);
        *con_cls = NULL;
    }
}

/* ---- inside the loop ---- */

static void on_epoll(void *ctx, int fd, uint32_t events)
{
    struct http *http = ctx;
    (void)fd;
    (void)events;
    wake(http);
}

static void on_next(void *ctx)
{
    struct http *http = ctx;
    http->wanted = true;
}

/* Before the loop sleeps: one round of the daemon if it wants one, then its next timeout. The library says that it has work at
 * once for as long as a TLS handshake or a line of a chunk's size is not complete, whoever is to send the rest: after rounds
 * in vain it is asked again a little later, or one byte would cost a processor for seconds. */
static bool on_work(void *ctx)
{
    struct http *http = ctx;
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    if (http->wanted) {
        http->wanted = false;
        MHD_run(http->daemon);
    }
    loop_timer_clear(http->gateway->loop, &http->next);
    if (MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES) {
        if (wait_ms == 0 && http->idle_rounds < IDLE_ROUNDS_MAX) {
            http->idle_rounds++;
            http->wanted = true;
        } else {
            wait_ms = wait_ms == 0 ? IDLE_ROUNDS_PAUSE_MS : wait_ms;
            (void)loop_timer_set(http->gateway->loop, &http->next, mono_ms() + (int64_t)wait_ms);
        }
    }
    return http->wanted;
}

/* A deadline of ours has passed: the socket is shut, and the library finds it closed. */
static void on_sweep(void *ctx)
{
    struct http *http = ctx;
    int64_t now = mono_ms();
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct slot *slot = &http->slots[i];
        if (slot->open && slot->deadline_ms != 0 && slot->deadline_ms <= now) {
            shut(http, slot);
        }
    }
    for (unsigned i = CONNECTIONS_CROWDED; i < http->connections; i++) {
        make_way(http, now);
    }
    (void)loop_timer_set(http->gateway->loop, &http->sweep, now + SWEEP_MS);
}

/* ---- life ---- */

static enum err listen_on(const struct config *config, int *listen_fd, uint16_t *port)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&address;
    socklen_t bytes = sizeof *v4;
    if (inet_pton(AF_INET, config->bind, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(config->port);
    } else if (inet_pton(AF_INET6, config->bind, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(config->port);
        bytes = sizeof *v6;
    } else {
        log_event(LOG_ERROR, "RASAD_BIND is no address value=%s", config->bind);
        return ERR_CONFIG;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, send_bytes = SEND_BYTES_MAX;
    socklen_t room = sizeof address;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes) != 0 || /* of all that are accepted */
        bind(fd, (struct sockaddr *)(void *)&address, bytes) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)(void *)&address, &room) != 0) {
        log_event(LOG_ERROR, "can not listen bind=%s port=%u reason=%s", config->bind, (unsigned)config->port,
                  strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return ERR_IO;
    }
    *listen_fd = fd;
    *port = ntohs(address.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
    return ERR_OK;
}

/* The library takes all options of a list as pointers to objects. */
static void *tls_callback(void)
{
    union {
        gnutls_certificate_retrieve_function2 *function;
        void *object;
    } of = {.function = tls_certificate};
    return of.object;
}

static enum err start_daemon(struct http *http)
{
    static char tls_priorities[] = TLS_PRIORITIES;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls_callback()},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, tls_priorities},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | (tls_on() ? (unsigned)MHD_USE_TLS : 0), 0, on_accept, http,
        on_request, http,
        MHD_OPTION_ARRAY, tls_on() ? tls : plain,
        MHD_OPTION_LISTEN_SOCKET, http->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S_MAX,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (http->daemon == NULL) {
        return ERR_IO;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || info->epoll_fd < 0) {
        return ERR_IO;
    }
    http->epoll_fd = info->epoll_fd;
    return loop_add_fd(http->gateway->loop, http->epoll_fd, EPOLLIN, on_epoll, http);
}

enum err http_open(struct gateway *gateway, struct http **out)
{
    struct http *http = calloc(1, sizeof *http);
    struct slot *slots = calloc(CONNECTIONS_MAX, sizeof *slots); /* pages come with the first use of a slot's target */
    if (http == NULL || slots == NULL) {
        free(http);
        free(slots);
        return ERR_MEMORY;
    }
    http->gateway = gateway;
    http->slots = slots;
    for (size_t i = CONNECTIONS_MAX; i-- > 0;) {
        slots[i].magic = SLOT_MAGIC;
        slots[i].next_free = http->free_slots;
        http->free_slots = &slots[i];
    }
    http->clients = clients_new();
    if (http->clients == NULL) {
        return ERR_MEMORY; /* the process ends */
    }
    enum err err = listen_on(&gateway->config, &http->listen_fd, &http->port);
    if (err == ERR_OK) {
        err = start_daemon(http);
    }
    if (err != ERR_OK) {
        return err; /* the process ends */
    }
    loop_timer_init(&http->next, on_next, http);
    loop_timer_init(&http->sweep, on_sweep, http);
    loop_before_sleep(gateway->loop, LOOP_WORK, on_work, http);
    on_sweep(http);
    *out = http;
    return ERR_OK;
}

void http_drain(struct http *http)
{
    if (!http->draining) {
        http->draining = true;
        int fd = MHD_quiesce_daemon(http->daemon);
        if (fd >= 0) {
            close(fd);
        }
    }
}

void http_run(struct http *http)
{
    MHD_run(http->daemon);
}

bool http_close(struct http *http)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (http->slots[i].open && http->slots[i].exchange.suspended) {
            return false; /* the library would abort */
        }
    }
    loop_timer_clear(http->gateway->loop, &http->next);
    loop_timer_clear(http->gateway->loop, &http->sweep);
    loop_remove_fd(http->gateway->loop, http->epoll_fd);
    MHD_stop_daemon(http->daemon);
    clients_free(http->clients);
    free(http->slots);
    free(http);
    return true;
}
