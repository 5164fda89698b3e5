/* certificate.h - the certificate and its key, from the files to the gateway, which opens none.
 * Flow:    rasad up reads RASAD_TLS_CERT and RASAD_TLS_KEY -> one message through a socket the gateway inherits, at its
 *          start and whenever the files have changed (looked at every minute, and on SIGHUP).
 * Bounds:  TLS_PEM_BYTES_MAX both together.
 * Fails:   a file that can not be read, is too large or changes under the reading is not handed over; at a start that is the
 *          end, later the gateway keeps what it has. Whether they fit each other the gateway sees.
 */
#ifndef RASAD_RASAD_CERTIFICATE_H
#define RASAD_RASAD_CERTIFICATE_H

#include "base/config.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>

struct certificate {
    const struct config *config;
    int fd;                     /* our end; -1 none */
    uint8_t sent[HASH_BYTES];   /* what the gateway has */
};

/* Before a gateway is started: a new socket whose other end is *inherited, with the first message in it. The caller closes
 * that end after the fork. */
enum err certificate_begin(struct certificate *certificate, int *inherited);

/* Read the files again and hand them over if they have changed. */
void certificate_again(struct certificate *certificate);

#endif
