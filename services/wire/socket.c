/* socket.c - Unix sockets between our own processes. */
#include "wire/socket.h"

#include "base/limits.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == SOCKET_PATH_BYTES_MAX, "the kernel's limit");

static enum err address_of(const char *path, struct sockaddr_un *address)
{
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) return ERR_TOO_BIG;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, length + 1);
    return ERR_OK;
}

/* The directory of the path: made if missing, ours, closed to others. */
static enum err directory_private(const char *path)
{
    char directory[SOCKET_PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return ERR_CONFIG;
    size_t length = (size_t)(slash - path);
    memcpy(directory, path, length);
    directory[length] = '\0';
    struct stat status;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) return err_of_errno(errno);
    if (lstat(directory, &status) != 0) return err_of_errno(errno);
    if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid()) return ERR_PERMISSION;
    if ((status.st_mode & 0777) == 0700) return ERR_OK;
    return chmod(directory, 0700) == 0 ? ERR_OK : err_of_errno(errno);
}

static enum err stale_removed(const char *path)
{
    int fd = -1;
    enum err err = socket_connect(path, &fd);
    if (err == ERR_OK) {
        close(fd);
        return ERR_EXISTS;
    }
    if (err == ERR_NOT_FOUND) return ERR_OK;
    if (err == ERR_BUSY) return ERR_EXISTS; /* somebody listens, with a full queue */
    if (err != ERR_UNAVAILABLE) return err;
    return unlink(path) == 0 || errno == ENOENT ? ERR_OK : err_of_errno(errno);
}

enum err socket_listen(const char *path, int *out)
{
    struct sockaddr_un address;
    enum err err = address_of(path, &address);
    if (err == ERR_OK) err = directory_private(path);
    if (err == ERR_OK) err = stale_removed(path);
    if (err != ERR_OK) return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return err_of_errno(errno);
    bool bound = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (bound && chmod(path, 0600) == 0 && listen(fd, WIRE_CONNS_MAX) == 0) {
        *out = fd;
        return ERR_OK;
    }
    err = err_of_errno(errno);
    close(fd);
    if (bound) unlink(path);
    return err;
}

enum err socket_connect(const char *path, int *out)
{
    struct sockaddr_un address;
    enum err err = address_of(path, &address);
    if (err != ERR_OK) return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return err_of_errno(errno);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) err = err_of_errno(errno);
    else if (!socket_peer_is_ours(fd)) err = ERR_PERMISSION;
    if (err == ERR_OK) *out = fd;
    else close(fd);
    return err;
}

bool socket_peer_is_ours(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
    if (peer.uid == geteuid()) return true;
    log_event(LOG_WARN, "peer refused uid=%u pid=%d", peer.uid, peer.pid);
    return false;
}
