/* bell.c - see bell.h. */
#include "store/bell.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const listeners[] = {"production", "reports"};
#define LISTENERS_N (sizeof listeners / sizeof listeners[0])

struct bell {
    int fd;
    bool due;
    bell_callback *callback;
    void *ctx;
    struct sockaddr_un peers[LISTENERS_N];
};

static enum err address_of(const struct config *config, const char *process, struct sockaddr_un *address)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    char name[32];
    snprintf(name, sizeof name, "%s.bell", process);
    return config_socket_path(config, name, address->sun_path);
}

static void on_ring(void *ctx, int fd, uint32_t events)
{
    struct bell *bell = ctx;
    char byte[16];
    (void)events;
    while (recv(fd, byte, sizeof byte, MSG_DONTWAIT) > 0) {}
    if (bell->callback != NULL) bell->callback(bell->ctx);
}

static bool on_flush(void *ctx)
{
    struct bell *bell = ctx;
    for (size_t i = 0; bell->due && i < LISTENERS_N; i++)
        (void)sendto(bell->fd, "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&bell->peers[i],
                     sizeof bell->peers[i]);
    bell->due = false;
    return false;
}

enum err bell_open(struct loop *loop, const struct config *config, const char *process, struct bell **out)
{
    struct bell *bell = calloc(1, sizeof *bell);
    enum err err = bell != NULL ? ERR_OK : ERR_MEMORY;
    if (err == ERR_OK) {
        bell->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (bell->fd < 0) err = err_of_errno(errno);
    }
    for (size_t i = 0; err == ERR_OK && i < LISTENERS_N; i++) {
        err = address_of(config, listeners[i], &bell->peers[i]);
        if (err != ERR_OK || strcmp(listeners[i], process) != 0) continue;
        (void)unlink(bell->peers[i].sun_path);
        if (bind(bell->fd, (const struct sockaddr *)&bell->peers[i], sizeof bell->peers[i]) != 0) err = err_of_errno(errno);
        if (err == ERR_OK) err = loop_add_fd(loop, bell->fd, EPOLLIN, on_ring, bell);
    }
    if (err == ERR_OK) loop_before_sleep(loop, LOOP_FLUSH, on_flush, bell);
    if (err == ERR_OK) *out = bell;
    return err;
}

void bell_on_ring(struct bell *bell, bell_callback *callback, void *ctx)
{
    bell->callback = callback;
    bell->ctx = ctx;
}

void bell_ring(struct bell *bell) { bell->due = true; }
