/* tls.h - the certificate the gateway shows: handed to it through a socket, so that it opens no file.
 * Flow:    tls_open (the first message) -> MHD asks tls_certificate at each handshake; a later message takes its place.
 * Owns:    two pairs of certificate and key: the one shown, and the one before it, which a handshake may still use.
 * Bounds:  TLS_PEM_BYTES_MAX, TLS_CHAIN_MAX; a new pair is taken at most every HEADERS_MS_MAX, the longest a handshake has.
 * Fails:   at the start with a line in the log; later the pair that is shown stays.
 */
#ifndef RASAD_GATEWAY_TLS_H
#define RASAD_GATEWAY_TLS_H

#include "base/err.h"
#include "base/loop.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

/* TLS 1.3 and 1.2, and what GnuTLS holds to be good within them. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

#define TLS_FD_VARIABLE "RASAD_TLS_FD"

/* Take the first pair from the socket inherited. */
enum err tls_open(struct loop *loop);

/* Is TLS spoken? */
bool tls_on(void);

/* The end of the certificate shown, in seconds since 1970; 0: none. */
int64_t tls_expires_s(void);

/* A gnutls_certificate_retrieve_function2; its interface has no context, so this file keeps what it needs. */
int tls_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int authorities_n,
                    const gnutls_pk_algorithm_t *algorithms, int algorithms_n, gnutls_pcert_st **chain,
                    unsigned int *chain_n, gnutls_privkey_t *key);

#endif
