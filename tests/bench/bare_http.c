/* bare_http.c - the yardstick of HTTP: libmicrohttpd, as the gateway runs it, answering every POST at once.
 * Use:     bare_http BYTES; prints "ready PORT". Any body is read to its end; the answer has BYTES bytes and the headers
 *          that the gateway sends.
 * Fair:    the same flags, limits and headers as services/gateway/http.c; one thread, epoll; nothing else is done.
 */
#include "base/limits.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>

static char *answer;
static size_t answer_bytes;

static const char *const headers[][2] = {
#define HEADER(name, value) {name, value},
#include "gateway/headers.def"
#undef HEADER
    {"cache-control", "no-store"},
    {"content-type", "application/json"},
};

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_bytes, void **seen)
{
    static int here;
    (void)ctx, (void)url, (void)method, (void)version, (void)upload;
    if (*seen == NULL) {
        *seen = &here;
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        *upload_bytes = 0;
        return MHD_YES;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(answer_bytes, answer, MHD_RESPMEM_MUST_COPY);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static int listening(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 512) != 0) return -1;
    if (getsockname(fd, (struct sockaddr *)&address, &bytes) != 0) return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

int main(int argc, char **argv)
{
    uint16_t port = 0;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    answer_bytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    answer = malloc(answer_bytes + 1);
    int fd = listening(&port);
    if (answer == NULL || fd < 0) return 1;
    memset(answer, 'x', answer_bytes);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL, on_request, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S_MAX, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = daemon != NULL ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info == NULL) return 1;
    printf("ready %u\n", port);
    fflush(stdout);
    for (;;) {
        struct epoll_event event, wanted = {.events = EPOLLIN};
        static int epoll_fd = -1;
        MHD_UNSIGNED_LONG_LONG wait_ms = 0;
        if (epoll_fd < 0) {
            epoll_fd = epoll_create1(EPOLL_CLOEXEC);
            if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &wanted) != 0) return 1;
        }
        bool timed = MHD_get_timeout(daemon, &wait_ms) == MHD_YES;
        (void)epoll_wait(epoll_fd, &event, 1, timed ? (int)(wait_ms < 1000 ? wait_ms : 1000) : 1000);
        MHD_run(daemon);
    }
}
