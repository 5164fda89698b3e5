/* tls.c - the certificate the gateway shows; see tls.h. */
#include "gateway/tls.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { FIRST_S = 5, DAY_S = 86400, DAY_MS = DAY_S * 1000 };

struct pair {
    gnutls_pcert_st chain[TLS_CHAIN_MAX];
    unsigned chain_n;
    gnutls_privkey_t key; /* NULL: the pair is empty */
    int64_t expires_s;
};

static struct {
    struct loop *loop;
    int fd;
    struct pair pairs[2];
    unsigned shown;
    struct loop_timer rest, daily;
    bool on;
} tls;

static void pair_free(struct pair *pair)
{
    for (unsigned i = 0; i < pair->chain_n; i++) gnutls_pcert_deinit(&pair->chain[i]);
    if (pair->key != NULL) gnutls_privkey_deinit(pair->key);
    *pair = (struct pair){0};
}

/* Do they belong together? GnuTLS looks at that where it takes both at once. */
static int pair_check(const gnutls_datum_t *certificate, const gnutls_datum_t *key)
{
    gnutls_certificate_credentials_t scratch;
    int rc = gnutls_certificate_allocate_credentials(&scratch);
    if (rc < 0) return rc;
    rc = gnutls_certificate_set_x509_key_mem2(scratch, certificate, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_certificate_free_credentials(scratch);
    return rc < 0 ? rc : 0;
}

static int pair_expiry(const gnutls_datum_t *certificate, int64_t *expires_s)
{
    gnutls_x509_crt_t first;
    int rc = gnutls_x509_crt_init(&first);
    if (rc < 0) return rc;
    rc = gnutls_x509_crt_import(first, certificate, GNUTLS_X509_FMT_PEM);
    if (rc == 0) *expires_s = (int64_t)gnutls_x509_crt_get_expiration_time(first);
    gnutls_x509_crt_deinit(first);
    return rc;
}

static int pair_make(const gnutls_datum_t *certificate, const gnutls_datum_t *key, struct pair *pair)
{
    unsigned n = TLS_CHAIN_MAX;
    int rc = pair_check(certificate, key);
    if (rc == 0) rc = pair_expiry(certificate, &pair->expires_s);
    if (rc == 0) rc = gnutls_pcert_list_import_x509_raw(pair->chain, &n, certificate, GNUTLS_X509_FMT_PEM,
                                            GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    if (rc != 0) return rc;
    pair->chain_n = n;
    rc = gnutls_privkey_init(&pair->key);
    return rc == 0 ? gnutls_privkey_import_x509_raw(pair->key, key, GNUTLS_X509_FMT_PEM, NULL, 0) : rc;
}

/* One message: certificate, NUL, key, NUL. It is wiped. */
static enum err take(char *text, size_t bytes)
{
    struct pair *pair = &tls.pairs[tls.on ? !tls.shown : tls.shown];
    const char *end = memchr(text, '\0', bytes);
    enum err err = ERR_CONFIG;
    if (end != NULL && bytes > 0 && text[bytes - 1] == '\0' && end + 1 < text + bytes) {
        gnutls_datum_t certificate = {(unsigned char *)text, (unsigned)(end - text)};
        gnutls_datum_t key = {certificate.data + certificate.size + 1, (unsigned)(bytes - certificate.size - 2)};
        pair_free(pair);
        int rc = pair_make(&certificate, &key, pair);
        if (rc == 0) err = ERR_OK;
        else pair_free(pair);
        if (rc != 0) log_event(LOG_ERROR, "certificate not taken reason=%s", gnutls_strerror(rc));
    }
    sodium_memzero(text, bytes);
    if (err != ERR_OK) return err;
    tls.shown = (unsigned)(pair - tls.pairs);
    log_event(LOG_INFO, "certificate taken chain=%u days=%" PRId64, pair->chain_n,
              (pair->expires_s - now_ms() / 1000) / DAY_S);
    return ERR_OK;
}

/* The pair before is in use by no handshake any more: the next may come. */
static void on_rested(void *ctx)
{
    (void)ctx;
    (void)loop_modify_fd(tls.loop, tls.fd, EPOLLIN);
}

static void on_message(void *ctx, int fd, uint32_t events)
{
    static char text[TLS_PEM_BYTES_MAX];
    (void)ctx;
    (void)events;
    ssize_t got = recv(fd, text, sizeof text, MSG_DONTWAIT);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) loop_remove_fd(tls.loop, fd); /* the supervisor is gone, and so are we soon */
        return;
    }
    if (take(text, (size_t)got) != ERR_OK) return;
    (void)loop_modify_fd(tls.loop, fd, 0);
    (void)loop_timer_set(tls.loop, &tls.rest, mono_ms() + HEADERS_MS_MAX);
}

static void on_daily(void *ctx)
{
    int64_t left_s = tls_expires_s() - now_ms() / 1000;
    (void)ctx;
    if (left_s < TLS_EXPIRY_WARN_DAYS * (int64_t)DAY_S)
        log_event(left_s > 0 ? LOG_WARN : LOG_ERROR, "certificate expires days=%" PRId64, left_s / DAY_S);
    (void)loop_timer_set(tls.loop, &tls.daily, mono_ms() + DAY_MS);
}

enum err tls_open(struct loop *loop)
{
    static char text[TLS_PEM_BYTES_MAX];
    const struct timeval patience = {.tv_sec = FIRST_S};
    const char *number = getenv(TLS_FD_VARIABLE);
    int64_t fd;
    if (number == NULL || !int64_parse(number, &fd) || fd < 3 || fd > 65535) {
        log_event(LOG_ERROR, "the certificate comes from the supervisor: start the gateway with rasad up");
        return ERR_CONFIG;
    }
    tls.loop = loop;
    tls.fd = (int)fd;
    (void)setsockopt(tls.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssize_t got = recv(tls.fd, text, sizeof text, 0);
    if (got <= 0) return ERR_IO;
    enum err err = take(text, (size_t)got);
    if (err == ERR_OK) err = loop_add_fd(loop, tls.fd, EPOLLIN, on_message, NULL);
    if (err != ERR_OK) return err;
    loop_timer_init(&tls.rest, on_rested, NULL);
    loop_timer_init(&tls.daily, on_daily, NULL);
    tls.on = true;
    on_daily(NULL);
    return ERR_OK;
}

bool tls_on(void) { return tls.on; }

int64_t tls_expires_s(void) { return tls.pairs[tls.shown].expires_s; }

int tls_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int authorities_n,
                    const gnutls_pk_algorithm_t *algorithms, int algorithms_n, gnutls_pcert_st **chain,
                    unsigned int *chain_n, gnutls_privkey_t *key)
{
    struct pair *pair = &tls.pairs[tls.shown];
    (void)session;
    (void)authorities;
    (void)authorities_n;
    (void)algorithms;
    (void)algorithms_n;
    must(pair->key != NULL);
    *chain = pair->chain;
    *chain_n = pair->chain_n;
    *key = pair->key;
    return 0;
}
