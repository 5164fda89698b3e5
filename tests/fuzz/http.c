/* http.c - bytes on a connection, as the gateway meets them: its own code and libmicrohttpd over a pair of sockets, with
 * services that answer at once.
 * Input:   a byte for what the services answer, one for the size of the pieces it comes in; then the stream.
 * Holds:   no request reaches a service that a strict reader of HTTP/1.1 does not see in the stream: nothing is smuggled
 *          in; what is answered is HTTP; the connection leaves nothing behind.
 */
#include "gateway/http.c"

#include "base/hash.h"
#include "base/text.h"
#include "fuzz.h"
#include "registry.pb-c.h"

#include <ctype.h>

/* ---- services that answer at once: instead of wire/client.c */

enum { WAITING_MAX = 256, ROUNDS_MAX = 400 };

struct wire_client {
    int nothing;
};

static struct {
    wire_answer_callback *callback;
    void *ctx;
    bool ping, sign_in;
} waiting[WAITING_MAX];
static size_t waiting_n, calls, answer_kind;
static wire_feed_callback *feed;
static void *feed_ctx;

enum err wire_client_open(struct loop *loop, const char *path, struct wire_client **client)
{
    static struct wire_client one;
    (void)loop;
    (void)path;
    *client = &one;
    return ERR_OK;
}

void wire_client_close(struct wire_client *client) { (void)client; }
size_t wire_client_in_flight(const struct wire_client *client) { return client == NULL ? 0 : waiting_n; }
bool wire_client_connected(const struct wire_client *client) { return client != NULL; }

void wire_client_feed(struct wire_client *client, wire_feed_callback *callback, void *ctx)
{
    (void)client;
    feed = callback;
    feed_ctx = ctx;
}

enum err wire_call(struct wire_client *client, const Rasad__V1__Call *call, int64_t deadline_ms,
                   wire_answer_callback *callback, void *ctx)
{
    (void)client;
    (void)deadline_ms;
    if (waiting_n == WAITING_MAX) return ERR_BUSY;
    bool ping = strcmp(call->method, "Health/Ping") == 0;
    holds(call->body.len <= BODY_BYTES_MAX && strlen(call->method) < METHOD_BYTES_MAX);
    holds(call->token_hash.len == 0 || call->token_hash.len == HASH_BYTES);
    holds(utf8_ok(call->device, strlen(call->device)) && (call->on_behalf_of[0] == '\0' || code_ok(call->on_behalf_of)));
    calls += ping ? 0 : 1;
    waiting[waiting_n].ping = ping;
    waiting[waiting_n].sign_in = strcmp(call->method, "Registry/SignIn") == 0;
    waiting[waiting_n].callback = callback;
    waiting[waiting_n++].ctx = ctx;
    return ERR_OK;
}

static void answer_all(void)
{
    static char code[] = "invalid_argument", text[] = "No.", token[] = "dG9rZW4";
    size_t n = waiting_n;
    waiting_n = 0;
    for (size_t i = 0; i < n; i++) {
        Rasad__V1__Answer answer;
        Rasad__V1__WireError error;
        Rasad__V1__SignInResponse signed_in;
        uint8_t body[64];
        rasad__v1__answer__init(&answer);
        rasad__v1__wire_error__init(&error);
        error.code = code;
        error.message = text;
        if (answer_kind % 4 == 1 && !waiting[i].ping) answer.error = &error;
        if (waiting[i].sign_in) {
            rasad__v1__sign_in_response__init(&signed_in);
            signed_in.token = token;
            answer.body.data = body;
            answer.body.len = rasad__v1__sign_in_response__pack(&signed_in, body);
        }
        waiting[i].callback(waiting[i].ctx, &answer);
    }
}

/* ---- a strict reader: how many requests begin the stream */

static bool is_token(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)at[i]) && (at[i] == '\0' || strchr("!#$%&'*+-.^_`|~", at[i]) == NULL)) return false;
    return n > 0;
}

static bool ends(const char *at) { return *at == '\r' || *at == '\n' || *at == '\0'; }

/* A line without its CRLF; false when none is whole or it holds a control character. The library leaves no difference between
 * CR and NUL before LF, nor among CR, LF and NUL where the last of four ends the headers; and it takes a
 * colon where a name should begin for the end of the headers: where CR is missing in the empty line, or in the line before it, that
 * colon stands for it. */
static bool line_of(const char **at, const char *end, const char **line, size_t *n)
{
    size_t text_n = 0, left = (size_t)(end - *at);
    while (text_n < left && !ends(*at + text_n)) text_n++;
    const char *stop = *at + text_n;
    bool last = left - text_n >= 4 && ends(stop + 1) && ends(stop + 2) && stop[3] == '\n';
    if (last || (text_n == 0 && left >= 2 && ends(*at) && (*at)[1] == '\n')) {
        *line = *at;
        *n = text_n;
        *at = stop + 2;
        return true;
    }
    const char *feed_at = memchr(*at, '\n', (size_t)(end - *at));
    if (feed_at == NULL || feed_at == *at) return false;
    bool bare = feed_at[-1] != '\r' && feed_at[-1] != '\0';
    bool colon = feed_at == *at + 1 && feed_at[-1] == ':';
    bool colon_next = end - feed_at > 3 && feed_at[1] == ':' && (feed_at[2] == '\r' || feed_at[2] == '\0') && feed_at[3] == '\n';
    if (bare && !colon && !colon_next) return false;
    *line = *at;
    *n = (size_t)(feed_at - *at) - (bare && !colon ? 0 : 1);
    *at = feed_at + (bare && !colon ? 2 : 1);
    for (size_t i = 0; i < *n; i++)
        if (((unsigned char)(*line)[i] < 0x20 && (*line)[i] != '\t') || (*line)[i] == 0x7f) return false;
    return true;
}

struct head {
    unsigned hosts, lengths, codings;
    uint64_t length;
    bool chunked, close, good;
};

static bool named(const char *line, size_t n, const char *name)
{
    return n == strlen(name) && strncasecmp(line, name, n) == 0;
}

static void header_of(struct head *head, const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    if (colon == NULL || !is_token(line, (size_t)(colon - line))) {
        head->good = false;
        return;
    }
    size_t name_n = (size_t)(colon - line);
    const char *value = colon + 1, *end = line + n;
    while (value < end && (*value == ' ' || *value == '\t')) value++;
    size_t value_n = (size_t)(end - value);
    if (named(line, name_n, "host")) head->hosts++;
    if (named(line, name_n, "transfer-encoding")) {
        head->codings++;
        head->chunked = named(value, value_n, "chunked");
    }
    if (named(line, name_n, "content-length")) {
        head->lengths++;
        head->good = head->good && value_n > 0 && value_n <= 18;
        for (size_t i = 0; i < value_n && head->good; i++) {
            head->good = isdigit((unsigned char)value[i]) != 0;
            head->length = head->length * 10 + (uint64_t)(value[i] - '0');
        }
    }
}

static size_t strict_count(const char *at, const char *end)
{
    for (size_t count = 0;; count++) {
        const char *line, *space, *space2;
        size_t n;
        /* Empty lines before a request mean nothing; one that begins with NUL is empty to the library, which leaves no trace of it. */
        while (at < end && (*at == '\r' || *at == '\n' || *at == '\0')) {
            const char *feed_at = *at == '\0' ? memchr(at, '\n', (size_t)(end - at)) : at;
            if (feed_at == NULL) return count;
            at = feed_at + 1;
        }
        if (!line_of(&at, end, &line, &n)) return count;
        space = memchr(line, ' ', n);
        space2 = space == NULL ? NULL : memchr(space + 1, ' ', (size_t)(line + n - space - 1));
        if (space2 == NULL || !is_token(line, (size_t)(space - line)) || line + n - space2 != 9 ||
            strncmp(space2, " HTTP/1.", 8) != 0)
            return count;
        bool old = space2[8] == '0';
        struct head head = {.good = old || space2[8] == '1'};
        for (;;) {
            if (!head.good || !line_of(&at, end, &line, &n)) return count;
            if (n == 0) break;
            header_of(&head, line, n);
        }
        if (head.lengths > 1 || head.codings > 1 || (head.lengths > 0 && head.codings > 0) || head.hosts > 1 ||
            (head.hosts == 0 && !old) || (head.codings > 0 && (old || !head.chunked)))
            return count;
        if (head.chunked) return count + 1; /* the last on its connection */
        if (head.length > (uint64_t)(end - at)) return count;
        at += head.length;
    }
}

/* ---- one connection */

static struct gateway gateway = {.magic = GATEWAY_MAGIC};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_level_set(LOG_ERROR);
    snprintf(gateway.config.data, sizeof gateway.config.data, "/nowhere");
    snprintf(gateway.config.bind, sizeof gateway.config.bind, "127.0.0.1");
    gateway.patience_ms = CLIENT_PATIENCE_MS;
    holds(loop_init(&gateway.loop) == ERR_OK && arena_init(&gateway.scratch, ARENA_BYTES_MAX));
    routes_init(&gateway.routes);
    holds(peers_open(&gateway.peers, gateway.loop, &gateway.config) == ERR_OK);
    holds(events_init(&gateway, &gateway.events) == ERR_OK && http_open(&gateway, &gateway.http) == ERR_OK);
    return 0;
}

static size_t read_away(int fd, char *out, size_t room)
{
    size_t n = 0;
    char spare[4096];
    for (;;) {
        ssize_t got = n < room ? read(fd, out + n, room - n) : read(fd, spare, sizeof spare);
        if (got <= 0) return n;
        n += n < room ? (size_t)got : 0;
    }
}

/* Rounds until nothing moves any more. */
static size_t settle(int fd, char *out, size_t room)
{
    size_t got = 0;
    for (int quiet = 0, i = 0; quiet < 3 && i < ROUNDS_MAX; i++) {
        size_t before = got;
        bool moved = waiting_n > 0;
        MHD_run(gateway.http->daemon);
        answer_all();
        got += read_away(fd, out + got, room - got);
        quiet = moved || got > before ? 0 : quiet + 1;
    }
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static char out[256 * 1024];
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = {htonl(0x0a000001)}};
    struct input in = {data, bytes};
    int ends[2];
    answer_kind = eat(&in);
    size_t piece = eat(&in) % 8 == 7 ? 3 : in.left + 1, got = 0;
    calls = waiting_n = 0;
    holds(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    holds(MHD_add_connection(gateway.http->daemon, ends[1], (struct sockaddr *)(void *)&from, sizeof from) == MHD_YES);
    for (size_t at = 0; at < in.left; at += piece) {
        size_t n = in.left - at < piece ? in.left - at : piece;
        if (write(ends[0], in.at + at, n) != (ssize_t)n) break; /* it has hung up, or wants no more */
        got += settle(ends[0], out + got, sizeof out - got);
    }
    got += settle(ends[0], out + got, sizeof out - got);
    holds(got == 0 || (got >= 12 && memcmp(out, "HTTP/1.1 ", 9) == 0));
    holds(calls <= strict_count((const char *)in.at, (const char *)in.at + in.left));
    (void)shutdown(ends[0], SHUT_RDWR);
    close(ends[0]);
    for (int i = 0; i < ROUNDS_MAX && gateway.http->connections > 0; i++) {
        Rasad__V1__Feed hint; /* a stream finds out that nobody listens when it has something to say */
        rasad__v1__feed__init(&hint);
        feed(feed_ctx, &hint);
        MHD_run(gateway.http->daemon);
        answer_all();
    }
    holds(gateway.http->connections == 0 && gateway.http->busy == 0 && gateway.http->bodies_bytes == 0);
    holds(events_open_count(gateway.events) == 0);
    return 0;
}
