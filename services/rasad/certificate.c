/* certificate.c - the certificate and its key, from the files to the gateway; see certificate.h. */
#include "rasad/certificate.h"

#include "base/limits.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Both files, each with its NUL; wiped after use. */
struct pem {
    char text[TLS_PEM_BYTES_MAX];
    size_t bytes;
};

static bool refuse(const char *variable, const char *path, const char *why)
{
    log_event(LOG_ERROR, "certificate not read variable=%s path=%s why=%s", variable, path, why);
    return false;
}

static bool file_add(struct pem *pem, const char *variable, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return refuse(variable, path, strerror(errno));
    size_t begin = pem->bytes;
    ssize_t got;
    while ((got = read(fd, pem->text + pem->bytes, sizeof pem->text - pem->bytes)) > 0) pem->bytes += (size_t)got;
    int error = errno;
    close(fd);
    if (got < 0) return refuse(variable, path, strerror(error));
    if (pem->bytes == sizeof pem->text) return refuse(variable, path, "larger than 64 KiB together: is it the right file?");
    if (memchr(pem->text + begin, '\0', pem->bytes - begin) != NULL) return refuse(variable, path, "not PEM text");
    pem->text[pem->bytes++] = '\0';
    return true;
}

static bool pem_read(const struct config *config, struct pem *pem)
{
    pem->bytes = 0;
    return file_add(pem, "RASAD_TLS_CERT", config->tls_cert) && file_add(pem, "RASAD_TLS_KEY", config->tls_key);
}

static bool hand_over(struct certificate *certificate, const struct pem *pem, const uint8_t hash[HASH_BYTES])
{
    if (send(certificate->fd, pem->text, pem->bytes, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)pem->bytes) {
        log_event(LOG_WARN, "certificate not handed over reason=%s", strerror(errno));
        return false;
    }
    memcpy(certificate->sent, hash, HASH_BYTES);
    return true;
}

static void pem_hash(const struct pem *pem, uint8_t hash[HASH_BYTES])
{
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, pem->text, pem->bytes);
    hasher_end(&hasher, hash);
}

enum err certificate_begin(struct certificate *certificate, int *inherited)
{
    static struct pem pem;
    uint8_t hash[HASH_BYTES];
    int ends[2];
    if (certificate->fd >= 0) close(certificate->fd);
    certificate->fd = -1;
    if (!pem_read(certificate->config, &pem)) return ERR_CONFIG;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) return err_of_errno(errno);
    if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0) return err_of_errno(errno);
    certificate->fd = ends[0];
    pem_hash(&pem, hash);
    bool good = hand_over(certificate, &pem, hash);
    sodium_memzero(&pem, sizeof pem);
    if (!good) {
        close(ends[1]);
        return ERR_IO;
    }
    *inherited = ends[1];
    return ERR_OK;
}

void certificate_again(struct certificate *certificate)
{
    static struct pem pem;
    uint8_t hash[HASH_BYTES];
    if (certificate->fd < 0) return;
    if (pem_read(certificate->config, &pem)) {
        pem_hash(&pem, hash);
        if (memcmp(hash, certificate->sent, HASH_BYTES) != 0 && hand_over(certificate, &pem, hash))
            log_event(LOG_INFO, "certificate handed over path=%s", certificate->config->tls_cert);
    }
    sodium_memzero(&pem, sizeof pem);
}
