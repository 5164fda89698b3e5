/* sandbox_probe.c - enters the sandbox of a role and tries one thing: what does somebody get who has taken a process over?
 * usage: sandbox_probe service|gateway DIRECTORY THING     (DIRECTORY/run/own.sock and DIRECTORY/other are there)
 * Says on stdout "ok" or the name of the error. Without THING: the names of all things. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static char own[4096], other[4096];
static int listening, pipe_ends[2];
static void *page;

static long open_file(void) { return open("/etc/passwd", O_RDONLY); }
static long open_again(void) { return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &(uint64_t[3]){O_RDONLY}, 24); }
static long open_proc(void) { return open("/proc/self/mem", O_RDWR); }
static long create_file(void) { return open(other, O_WRONLY | O_CREAT, 0600); }
static long remove_other(void) { return unlink(other); }
static long remove_own_socket(void) { return unlink(own); }
static long rename_file(void) { return rename(own, other); }
static long make_directory(void) { return mkdir(other, 0700); }
static long change_mode(void) { return chmod(other, 0777); }
static long socket_v4(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long socket_v6(void) { return socket(AF_INET6, SOCK_DGRAM, 0); }
static long socket_packet(void) { return socket(AF_PACKET, SOCK_RAW, 0); }
static long socket_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0); }
static long socket_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static long wait_for_answers(void) { return poll(NULL, 0, 1); }
static long listen_elsewhere(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    return bind(listening, (struct sockaddr *)&address, sizeof address.sun_family);
}
static long run_program(void)
{
    char name[] = "/bin/true";
    char *arguments[] = {name, NULL};
    return execv(name, arguments);
}
static long make_process(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static long trace_parent(void) { return ptrace(PTRACE_ATTACH, getppid(), 0, 0); }
static long read_parent(void)
{
    char byte;
    struct iovec to = {&byte, 1}, from = {page, 1};
    return process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}
static long signal_parent(void) { return kill(getppid(), SIGCONT); }
static long thread_signal_parent(void) { return syscall(SYS_tgkill, getppid(), getppid(), SIGCONT); }
static long map_code(void) { return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0; }
static long turn_into_code(void) { return mprotect(page, 4096, PROT_READ | PROT_EXEC); }
static long mount_something(void) { return mount("none", "/tmp", "tmpfs", 0, NULL); }
static long become_root(void) { return setresuid(0, 0, 0); }
static long be_dumpable(void) { return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static long ring(void) { return syscall(425 /* io_uring_setup */, 1, NULL); }
static long program_kernel(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long write_at(void) { return pwrite(pipe_ends[1], "x", 1, 0) < 0 && errno != ESPIPE ? -1 : 0; }
static long write_pipe(void) { return write(pipe_ends[1], "x", 1); }

static const struct {
    const char *name;
    long (*try)(void);
} things[] = {
#define THING(name) {#name, name}
    THING(open_file), THING(open_again), THING(open_proc), THING(create_file), THING(remove_other), THING(remove_own_socket),
    THING(rename_file), THING(make_directory), THING(change_mode), THING(socket_v4), THING(socket_v6),
    THING(socket_packet), THING(socket_netlink), THING(socket_unix), THING(wait_for_answers), THING(listen_elsewhere), THING(run_program),
    THING(make_process), THING(trace_parent), THING(read_parent), THING(signal_parent), THING(thread_signal_parent),
    THING(map_code), THING(turn_into_code), THING(mount_something), THING(become_root), THING(be_dumpable), THING(ring),
    THING(program_kernel), THING(write_at), THING(write_pipe),
#undef THING
};

static void say(const char *text)
{
    ssize_t written = write(STDOUT_FILENO, text, strlen(text));
    _exit(written > 0 ? 0 : 3);
}

int main(int argc, char **argv)
{
    size_t n = sizeof things / sizeof things[0];
    if (argc < 4) {
        for (size_t i = 0; i < n; i++) puts(things[i].name);
        return 0;
    }
    char sockets[4000];
    snprintf(sockets, sizeof sockets, "%s/run", argv[2]);
    snprintf(own, sizeof own, "%s/own.sock", sockets);
    snprintf(other, sizeof other, "%s/other", argv[2]);
    listening = socket(AF_UNIX, SOCK_STREAM, 0);
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (listening < 0 || page == MAP_FAILED || pipe(pipe_ends) != 0) return 2;
    enum sandbox_role role = strcmp(argv[1], "service") == 0 ? SANDBOX_SERVICE : SANDBOX_GATEWAY;
    if (sandbox_enter(role, sockets) != ERR_OK) return 2;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(argv[3], things[i].name) != 0) continue;
        long got = things[i].try();
        say(got >= 0 ? "ok\n" : errno == EPERM ? "EPERM\n" : errno == EACCES ? "EACCES\n" : "another error\n");
    }
    return 2;
}
