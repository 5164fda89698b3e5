/* socket.h - Unix sockets between our own processes.
 * Rule:    the directory is 0700 and the peer has our uid; both are checked, neither is believed.
 * Bounds:  SOCKET_PATH_BYTES_MAX.
 */
#ifndef RASAD_WIRE_SOCKET_H
#define RASAD_WIRE_SOCKET_H

#include "base/err.h"

#include <stdbool.h>

/* Listen, non-blocking: the directory is made or brought to 0700, a stale file removed. ERR_EXISTS: in use. */
enum err socket_listen(const char *path, int *fd);

/* Connect, non-blocking. ERR_NOT_FOUND, ERR_UNAVAILABLE, ERR_BUSY: try again later; ERR_PERMISSION: not our uid. */
enum err socket_connect(const char *path, int *fd);

/* Has the other end our uid? */
bool socket_peer_is_ours(int fd);

#endif
