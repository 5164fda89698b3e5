/* load.c - asks one HTTP server on loopback for a time, and says how fast it answered.
 * Use:     load PORT CONNECTIONS MS [--rate N] [--token T] [--clusters N] [--requests N] BODY...   BODY is PATH=TEMPLATE
 *          Connection i sends BODY i modulo their number, so several kinds of work share one load in a known measure.
 * Closed:  a connection sends its next request when the last is answered. --rate: requests begin by the clock, N a second
 *          over all connections, and latency counts from when a request should have begun: what queues is seen.
 * Words:   in a template {u} is a random UUID, {t} one that rises with time, as the app makes them, {v} a cluster and {g} a
 *          group of it that makes masks (forge.h), {n} a number from 1 to 60, {L500} so many log lines of neighbouring groups.
 * Prints:  a line for each BODY and one for all: requests, refused, ms, p10, p50, p90, p99, p99.9 and the largest, in us.
 * Bounds:  1,100 connections, 120 s. The first twentieth of the time is not counted.
 */
#include "base/clock.h"
#include "base/ids.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 1100, BODIES = 16, MS = 120000, IN_BYTES = 1 << 20, OUT_BYTES = 256 << 10, BUCKETS = 64 * 32 };

/* Latencies in buckets a thirty-second of an octave wide. */
struct histogram {
    int64_t n, refused, largest_us;
    int64_t buckets[BUCKETS];
};

struct body {
    const char *path, *template;
    struct histogram seen;
};

struct connection {
    int fd;
    struct body *body;
    int64_t begun_us;
    char *out;
    size_t out_bytes, out_sent;
    char *in;
    size_t in_bytes;
    bool waiting, connected;
    struct connection *next_idle;
};

static struct {
    int port, epoll;
    const char *token;
    int clusters, bodies_n, connections_n;
    int64_t rate, until_us, counted_us, requests_max, begun_n;
    struct body bodies[BODIES];
    struct connection connections[CONNECTIONS];
    struct connection *idle;
    uint64_t random;
    char *text; /* the body being made */
} load;

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static uint32_t random_below(uint32_t n)
{
    load.random ^= load.random << 13;
    load.random ^= load.random >> 7;
    load.random ^= load.random << 17;
    return (uint32_t)(load.random >> 32) % n;
}

/* ---- what is measured */

static size_t bucket_of(int64_t us)
{
    uint64_t value = us < 1 ? 1 : (uint64_t)us;
    unsigned octave = 63 - (unsigned)__builtin_clzll(value);
    uint64_t part = octave >= 5 ? (value >> (octave - 5)) & 31 : (value << (5 - octave)) & 31;
    return octave * 32 + (size_t)part;
}

static int64_t bucket_us(size_t bucket)
{
    unsigned octave = (unsigned)bucket / 32;
    uint64_t low = UINT64_C(1) << octave;
    return (int64_t)(low + (low * (bucket % 32) + low / 2) / 32);
}

static void seen_add(struct histogram *h, int64_t us, bool good)
{
    h->n++;
    h->refused += good ? 0 : 1;
    h->buckets[bucket_of(us)]++;
    if (us > h->largest_us) h->largest_us = us;
}

static int64_t percentile(const struct histogram *h, double part)
{
    int64_t wanted = (int64_t)((double)h->n * part), sum = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        if ((sum += h->buckets[i]) > wanted) return bucket_us(i);
    return h->largest_us;
}

static void print(const char *name, const struct histogram *h, int64_t ms)
{
    printf("load %s requests %" PRId64 " refused %" PRId64 " ms %" PRId64 " rate %.1f p10 %" PRId64 " p50 %" PRId64 " p90 %" PRId64
           " p99 %" PRId64 " p999 %" PRId64 " max %" PRId64 "\n",
           name, h->n, h->refused, ms, (double)h->n * 1000 / (double)(ms > 0 ? ms : 1), percentile(h, 0.1),
           percentile(h, 0.5), percentile(h, 0.9), percentile(h, 0.99), percentile(h, 0.999), h->largest_us);
}

static void sum_up(int64_t ms)
{
    static struct histogram all;
    for (int b = 0; b < load.bodies_n; b++) {
        const struct histogram *h = &load.bodies[b].seen;
        all.n += h->n;
        all.refused += h->refused;
        if (h->largest_us > all.largest_us) all.largest_us = h->largest_us;
        for (size_t i = 0; i < BUCKETS; i++) all.buckets[i] += h->buckets[i];
        print(load.bodies[b].path, h, ms);
    }
    print("all", &all, ms);
}

/* ---- requests */

static uint32_t mask_cluster(void)
{
    uint32_t cluster = random_below((uint32_t)load.clusters);
    return cluster % 5 == 4 ? cluster - 1 : cluster;
}

static size_t lines_put(char *at, int n)
{
    size_t bytes = 0;
    uint32_t cluster = mask_cluster(), in_cluster = random_below(30);
    for (int i = 0; i < n; i++) {
        bytes += (size_t)sprintf(at + bytes, "%s{\"place\":\"g%05u\",\"item\":\"mask\",\"good\":%u,\"membersAtWork\":%u}",
                                 i > 0 ? "," : "", cluster * 30 + in_cluster, 2 + 2 * random_below(25), 5 + random_below(7));
        in_cluster = (in_cluster + 1) % 30;
        if (i % 30 != 29) continue;
        cluster = (cluster + 1) % (uint32_t)load.clusters;
        if (cluster % 5 == 4) cluster = (cluster + 1) % (uint32_t)load.clusters;
    }
    return bytes;
}

static size_t word_put(char *at, const char *word)
{
    uint8_t id[UUID_BYTES];
    char text[UUID_TEXT_BYTES];
    switch (*word) {
    case 'u':
        for (size_t i = 0; i < sizeof id; i += 4) {
            uint32_t part = random_below(UINT32_MAX);
            memcpy(id + i, &part, 4);
        }
        uuid_format(id, text);
        return (size_t)sprintf(at, "%s", text);
    case 't': {
        int64_t ms = now_ms();
        for (size_t i = 0; i < 6; i++) id[i] = (uint8_t)(ms >> (40 - 8 * i));
        for (size_t i = 6; i < sizeof id; i++) id[i] = (uint8_t)random_below(256);
        id[6] = (id[6] & 0x0f) | 0x70;
        id[8] = (id[8] & 0x3f) | 0x80;
        uuid_format(id, text);
        return (size_t)sprintf(at, "%s", text);
    }
    case 'v': return (size_t)sprintf(at, "v%03u", mask_cluster());
    case 'g': return (size_t)sprintf(at, "g%05u", mask_cluster() * 30 + random_below(30));
    case 'n': return (size_t)sprintf(at, "%u", 1 + random_below(60));
    case 'L': return lines_put(at, atoi(word + 1));
    default: errno = EINVAL; give_up(word);
    }
}

static size_t body_make(const char *template, char *out)
{
    size_t bytes = 0;
    for (const char *c = template; *c != '\0'; c++) {
        const char *end = *c == '{' && strchr("utvgnL", c[1]) != NULL ? strchr(c, '}') : NULL;
        if (end == NULL || end - c > 6) {
            out[bytes++] = *c;
            continue;
        }
        bytes += word_put(out + bytes, c + 1);
        c = end;
    }
    return bytes;
}

static void watch(struct connection *c, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(load.epoll, EPOLL_CTL_MOD, c->fd, &event) != 0) give_up("epoll");
}

static void flush(struct connection *c)
{
    while (c->out_sent < c->out_bytes) {
        ssize_t sent = send(c->fd, c->out + c->out_sent, c->out_bytes - c->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            watch(c, EPOLLIN | EPOLLOUT);
            return;
        }
        if (sent < 0) give_up("send");
        c->out_sent += (size_t)sent;
    }
    watch(c, EPOLLIN);
}

static void begin(struct connection *c, int64_t begun_us)
{
    size_t bytes = body_make(c->body->template, load.text);
    int head = snprintf(c->out, OUT_BYTES,
                        "POST %s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
                        "authorization: Bearer %s\r\ncontent-length: %zu\r\n\r\n",
                        c->body->path, load.port, load.token, bytes);
    memcpy(c->out + head, load.text, bytes);
    c->out_bytes = (size_t)head + bytes;
    c->out_sent = 0;
    c->begun_us = begun_us;
    c->waiting = true;
    load.begun_n++;
    ssize_t sent = send(c->fd, c->out, c->out_bytes, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) give_up("send");
    c->out_sent = sent > 0 ? (size_t)sent : 0;
    if (c->out_sent < c->out_bytes) flush(c);
}

/* ---- answers */

/* Bytes of a whole answer at the front of what came; 0: not all of it yet. */
static size_t answer_bytes(struct connection *c)
{
    c->in[c->in_bytes] = '\0';
    const char *end = strstr(c->in, "\r\n\r\n");
    if (end == NULL) return 0;
    const char *length = strcasestr(c->in, "content-length:");
    size_t head = (size_t)(end - c->in) + 4, body = length != NULL && length < end ? strtoul(length + 15, NULL, 10) : 0;
    return c->in_bytes >= head + body ? head + body : 0;
}

static void answered(struct connection *c, size_t bytes)
{
    int64_t now = now_us();
    bool good = strncmp(c->in, "HTTP/1.1 200", 12) == 0;
    static bool said;
    if (!good && !said) fprintf(stderr, "load: %s: %.600s\n", c->body->path, c->in);
    said = said || !good;
    if (c->begun_us >= load.counted_us && now <= load.until_us) seen_add(&c->body->seen, now - c->begun_us, good);
    memmove(c->in, c->in + bytes, c->in_bytes - bytes);
    c->in_bytes -= bytes;
    c->waiting = false;
    if (load.rate > 0) {
        c->next_idle = load.idle;
        load.idle = c;
    } else if (now < load.until_us && (load.requests_max == 0 || load.begun_n < load.requests_max)) {
        begin(c, now);
    }
}

static void on_event(struct connection *c, uint32_t events)
{
    if (events & (EPOLLERR | EPOLLHUP)) give_up("connection lost");
    if (events & EPOLLOUT) flush(c);
    if ((events & EPOLLIN) == 0) return;
    ssize_t got = recv(c->fd, c->in + c->in_bytes, IN_BYTES - 1 - c->in_bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) give_up("recv");
    c->in_bytes += (size_t)got;
    size_t bytes = answer_bytes(c);
    if (bytes > 0) answered(c, bytes);
}

/* ---- life */

static void connect_one(struct connection *c, int i)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load.port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->body = &load.bodies[i % load.bodies_n];
    c->in = malloc(IN_BYTES); /* pages come with use */
    c->out = malloc(OUT_BYTES + 4096);
    if (c->fd < 0 || c->in == NULL || c->out == NULL) give_up("connection");
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) give_up("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0) give_up("fcntl");
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) give_up("epoll");
}

static bool any_waiting(void)
{
    for (int i = 0; i < load.connections_n; i++)
        if (load.connections[i].waiting) return true;
    return false;
}

/* Open loop: requests that are due begin, each with the moment it was due at. Those without a connection wait their turn. */
static int64_t begin_due(int64_t begun_us, int64_t *due_n)
{
    int64_t now = now_us();
    while (now < load.until_us && load.idle != NULL) {
        int64_t due_us = begun_us + *due_n * 1000000 / load.rate;
        if (due_us > now) return due_us - now;
        struct connection *c = load.idle;
        load.idle = c->next_idle;
        ++*due_n;
        begin(c, due_us);
    }
    return 1000;
}

static void run(int64_t ms)
{
    struct epoll_event events[256];
    int64_t begun_us = now_us(), due_n = 0, last_us;
    load.counted_us = begun_us + ms * 50;
    load.until_us = begun_us + ms * 1000;
    last_us = load.until_us + 10000000;
    for (int i = 0; i < load.connections_n; i++) {
        struct connection *c = &load.connections[i];
        if (load.rate == 0) {
            begin(c, now_us());
            continue;
        }
        c->next_idle = load.idle;
        load.idle = c;
    }
    while (now_us() < last_us) {
        int64_t pause_us = load.rate > 0 ? begin_due(begun_us, &due_n) : 1000;
        int n = epoll_wait(load.epoll, events, 256, pause_us >= 1000 ? 1 : 0);
        for (int i = 0; i < n; i++) on_event(events[i].data.ptr, events[i].events);
        if (n == 0 && !any_waiting() && (now_us() >= load.until_us || load.requests_max > 0)) return;
    }
}

static int64_t number(const char *text, int64_t least, int64_t most)
{
    int64_t value;
    if (text != NULL && int64_parse(text, &value) && value >= least && value <= most) return value;
    fprintf(stderr, "load: %s is not %" PRId64 " to %" PRId64 "\n", text != NULL ? text : "", least, most);
    exit(2);
}

static void body_add(char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || load.bodies_n == BODIES) {
        fprintf(stderr, "load: PATH=TEMPLATE is needed, at most %d\n", BODIES);
        exit(2);
    }
    *equals = '\0';
    load.bodies[load.bodies_n++] = (struct body){.path = text, .template = equals + 1};
}

int main(int argc, char **argv)
{
    load.token = "";
    load.clusters = 370;
    load.random = (uint64_t)now_us() * UINT64_C(0x9e3779b97f4a7c15) | 1;
    if (argc < 5) {
        fprintf(stderr, "usage: load PORT CONNECTIONS MS [--rate N] [--token T] [--clusters N] [--requests N] PATH=TEMPLATE...\n");
        return 2;
    }
    load.port = (int)number(argv[1], 1, 65535);
    load.connections_n = (int)number(argv[2], 1, CONNECTIONS);
    int64_t ms = number(argv[3], 1, MS);
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--rate") == 0) load.rate = number(argv[++i], 1, 1000000);
        else if (strcmp(argv[i], "--clusters") == 0) load.clusters = (int)number(argv[++i], 1, 10000);
        else if (strcmp(argv[i], "--requests") == 0) load.requests_max = number(argv[++i], 1, 10000000);
        else if (strcmp(argv[i], "--token") == 0 && i + 1 < argc) load.token = argv[++i];
        else body_add(argv[i]);
    }
    load.text = malloc(OUT_BYTES);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.epoll < 0 || load.text == NULL || load.bodies_n == 0) give_up("start");
    for (int i = 0; i < load.connections_n; i++) connect_one(&load.connections[i], i);
    run(ms);
    sum_up((load.until_us - load.counted_us) / 1000);
    return 0;
}
