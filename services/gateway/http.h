/* http.h - the edge: one exchange is one request and its answer.
 * Flow:    libmicrohttpd -> headers checked -> body received -> the file for its path -> http_answer, at once or later.
 * Owns:    the daemon, a slot for each connection with its exchange, the bodies.
 * Bounds:  gateway.h. A connection that passes a deadline of its own is shut, whatever the library thinks.
 * Rule:    exactly one http_answer for each exchange handed out. Until then it stays, even if the client has gone.
 */
#ifndef RASAD_GATEWAY_HTTP_H
#define RASAD_GATEWAY_HTTP_H

#include "gateway/clients.h"
#include "gateway/gateway.h"
#include "wire/codes.h"

#include <microhttpd.h>

#define EXCHANGE_MAGIC 0x72657863U

enum verb { VERB_GET, VERB_HEAD, VERB_POST, VERB_OTHER };

enum step {
    STEP_IDLE,     /* no request */
    STEP_TARGET,   /* the request line is known */
    STEP_BODY,     /* the headers are good, the body comes */
    STEP_RUNNING,  /* somebody works on it */
    STEP_ANSWERED, /* given to libmicrohttpd */
};

struct stream;
struct exchange;

struct ping {
    struct exchange *exchange;
    bool well;
    int64_t figures[PEER_FIGURES]; /* of its answer: peers.h */
};

struct exchange {
    uint32_t magic;
    struct gateway *gateway;
    struct MHD_Connection *connection;
    enum step step;
    enum verb verb;
    char target[TARGET_BYTES_MAX + 1]; /* the path as sent, never decoded, and a NUL */
    const char *query;                 /* what stands after '?', or "" */
    const char *target_from, *target_end; /* in the library's memory; compared, never read */
    bool target_too_long;
    uint8_t *body;
    size_t body_bytes, body_room;
    size_t thrown_bytes;               /* of the body, after a refusal */
    int64_t begun_ms;                  /* monotonic */
    char trace[32];
    struct client *client;             /* whose request it is; NULL: this machine's */
    bool at_door;                      /* it is counted there */
    const struct route *route;         /* NULL: not a method of a service */
    enum metric_kind kind;
    struct MHD_Response *response;     /* waits to be given to libmicrohttpd */
    int status;
    bool suspended;
    bool close;

    /* connect.c */
    bool proto, gzip, signed_by_cookie, cookie_wanted;
    /* peers.c */
    unsigned pings_waiting;
    void (*pings_over)(struct exchange *x);
    struct ping pings[PEER_COUNT];
    /* events.c */
    struct stream *stream;
};

struct answer {
    int status;
    unsigned code;        /* enum wire_code, or METRIC_OK */
    const char *type;     /* content type; NULL: no body */
    const void *body;     /* copied */
    size_t bytes;
    const char *encoding; /* NULL: as it is */
    const char *etag;
    const char *cache;    /* NULL: "no-store" */
    const char *extra[3][2];
};

enum err http_open(struct gateway *gateway, struct http **http);

/* Stop listening; connections end with the answer they wait for. */
void http_drain(struct http *http);

/* Requests without an answer, and streams that are open. */
size_t http_busy(const struct http *http);

/* One round of the daemon, outside the loop: the very last answers. */
void http_run(struct http *http);

/* Close everything. False when a connection is still suspended: then only the end of the process helps. */
bool http_close(struct http *http);

uint16_t http_port(const struct http *http);
size_t http_connections(const struct http *http);

/* Somebody at this address has so much already that others would be shut out: says so. */
void http_refuse_share(struct exchange *x);

/* A header of the request, or NULL. */
const char *http_header(struct exchange *x, const char *name);

/* Does a comma-separated header list this word? */
bool http_lists(const char *header, const char *word);

/* At least one byte, and all of them ASCII letters, digits or among the others. */
bool http_made_of(const char *text, size_t bytes, const char *others);

void http_answer(struct exchange *x, const struct answer *answer);

/* The same with a response made elsewhere, which is given away. */
void http_answer_response(struct exchange *x, int status, unsigned code, struct MHD_Response *response);

/* What every response carries. */
void http_add_header(struct MHD_Response *response, const char *name, const char *value);
void http_add_common(struct exchange *x, struct MHD_Response *response);

/* A refusal of the edge: a Connect error in JSON, without details. status 0: the code's own. */
void http_refuse(struct exchange *x, int status, enum wire_code code, const char *message);

/* The stream's reader waits, or has something: see events.c. */
void http_suspend(struct exchange *x);
void http_resume(struct exchange *x);

#endif
