/* up.c - `rasad up`: the supervisor; `rasad demo`: the same, with a programme played before "ready".
 * Flow:    lock the data directory -> shared status page -> start the services and the gateway -> wait until all answer
 *          -> "ready" -> restart what ends -> on SIGTERM or SIGINT: the gateway first, then the services.
 * Owns:    the children, the lock, the status page. It opens no store.
 * Bounds:  RESTART_MS_MIN..RESTART_MS_MAX between starts, START_TRIES_MAX before it was ever ready, the drain deadlines.
 * Fails:   a service that says that the store's tables are of another build: all stop, `rasad rebuild` runs once, all
 *          start again. A child that can not start at all ends the supervisor, before it was ready.
 * Why:     a service may die at any moment; what was acknowledged is on disk, so starting it again is always right.
 */
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/sandbox.h"
#include "base/status.h"
#include "rasad/certificate.h"
#include "rasad/commands.h"
#include "rasad/data_lock.h"
#include "rasad/notes.h"
#include "rasad/notify.h"
#include "rasad/offline.h"
#include "registry/rules.h"
#include "wire/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The services, then the gateway. */
static const char *const names[] = {
#define PEER(name, text) text,
#include "gateway/peers.def"
#undef PEER
};

enum { SERVICES = sizeof names / sizeof names[0], GATEWAY = SERVICES, CHILDREN };

enum phase {
    RUNNING,           /* what ends is started again */
    CLEARING,          /* the services stop, so that the store can be rebuilt */
    REBUILDING,
    STOPPING_GATEWAY,
    STOPPING_SERVICES,
    ENDED
};

struct up;

struct child {
    struct up *up;
    size_t place;      /* 0..SERVICES - 1, GATEWAY */
    pid_t pid;         /* 0: not running */
    int64_t started_ms;
    int64_t pause_ms;
    int tries;
    bool answers;      /* it has answered a ping since its start */
    bool pinged;       /* one is under way */
    struct loop_timer restart;
    struct wire_client *client;
};

struct up {
    struct config config;
    char program[PATH_BYTES_MAX]; /* of this very binary */
    char gateway[PATH_BYTES_MAX]; /* beside it */
    struct loop *loop;
    struct loop_timer tick, deadline, look;
    struct certificate certificate;
    int64_t backup_said_ms; /* not again before */
    int64_t alive_said_ms;
    int64_t forgotten;      /* of the status page, as noted */
    bool at_terminal; /* its end is ours; else SIGHUP asks to look at the certificate */
    struct status_page *status;
    enum phase phase;
    bool ready;
    bool rebuilt;
    const char *programme; /* to be played before ready; NULL none, or done */
    pid_t helper_pid;      /* `rasad rebuild` or `rasad load`, never both; 0 none */
    int exit_code;
    struct child children[CHILDREN];
};

static const char *name_of_child(const struct child *child)
{
    return child->place == GATEWAY ? "gateway" : names[child->place];
}

static bool is_service(const struct child *child)
{
    return child->place != GATEWAY;
}

/* ---- starting */

/* In the new process; never returns. Own process group: an interrupt at the keyboard reaches the supervisor alone. What
 * does not speak to whoever started us has its output with the logs. */
_Noreturn static void become(struct up *up, pid_t parent, bool speaks, const char *program, char *const arguments[])
{
    loop_close(up->loop);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) dup2(nothing, STDIN_FILENO);
    if (nothing > STDERR_FILENO) close(nothing);
    if (!speaks) dup2(STDERR_FILENO, STDOUT_FILENO);
    setpgid(0, 0);
    if (sandbox_die_with_parent(parent) != ERR_OK) _exit(EXIT_FAILURE);
    execv(program, arguments);
    fprintf(stderr, "rasad: %s: %s\n", program, strerror(errno));
    _exit(127);
}

static pid_t start(struct up *up, bool speaks, const char *program, const char *subcommand, const char *argument)
{
    char first[PATH_BYTES_MAX], second[STATUS_NAME_BYTES], third[PATH_BYTES_MAX];
    snprintf(first, sizeof first, "%s", strrchr(program, '/') + 1); /* what ps shows */
    snprintf(second, sizeof second, "%s", subcommand != NULL ? subcommand : "");
    snprintf(third, sizeof third, "%s", argument != NULL ? argument : "");
    char *arguments[] = {first, subcommand != NULL ? second : NULL, argument != NULL ? third : NULL, NULL};
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) become(up, parent, speaks, program, arguments);
    if (pid < 0) log_event(LOG_ERROR, "fork failed reason=%s", strerror(errno));
    return pid < 0 ? 0 : pid;
}

static void child_failed(struct child *child);

/* The gateway opens no file: what it needs of them goes with it. */
static pid_t start_gateway(struct up *up)
{
    char text[16];
    int inherited = -1;
    if (up->config.tls_cert[0] != '\0') {
        if (certificate_begin(&up->certificate, &inherited) != ERR_OK) return 0;
        snprintf(text, sizeof text, "%d", inherited);
        if (setenv("RASAD_TLS_FD", text, 1) != 0) return 0;
    }
    pid_t pid = start(up, false, up->gateway, NULL, NULL);
    if (inherited >= 0) close(inherited);
    return pid;
}

static void child_start(struct child *child)
{
    struct up *up = child->up;
    must(child->pid == 0 && up->phase == RUNNING);
    child->answers = false;
    child->started_ms = mono_ms();
    child->tries++;
    child->pid = is_service(child) ? start(up, false, up->program, "serve", names[child->place])
                                   : start_gateway(up);
    if (child->pid == 0) child_failed(child);
    else log_event(LOG_INFO, "started child=%s pid=%d", name_of_child(child), (int)child->pid);
}

static void on_restart(void *ctx)
{
    struct child *child = ctx;
    if (child->up->phase == RUNNING && child->pid == 0) child_start(child);
}

static void child_restart_later(struct child *child)
{
    int64_t now = mono_ms();
    if (now - child->started_ms >= RESTART_HEALTHY_MS) child->pause_ms = RESTART_MS_MIN;
    must(loop_timer_set(child->up->loop, &child->restart, now + child->pause_ms) == ERR_OK);
    child->pause_ms = child->pause_ms * 2 > RESTART_MS_MAX ? RESTART_MS_MAX : child->pause_ms * 2;
}

static void start_all(struct up *up)
{
    for (size_t i = 0; i < CHILDREN; i++) {
        if (up->children[i].pid == 0) child_start(&up->children[i]);
    }
}

/* ---- stopping */

/* Who was forgotten stands in the last backup until the next one. Unit rasad-backup.path sees the note, and makes it. */
static void note_forgotten(struct up *up)
{
    int64_t forgotten = status_forgotten(up->status);
    if (forgotten == up->forgotten) return;
    up->forgotten = forgotten;
    note_write(&up->config, FORGOTTEN_NOTE, forgotten, now_ms());
}

static bool any_service_runs(const struct up *up)
{
    for (size_t i = 0; i < SERVICES; i++) {
        if (up->children[i].pid != 0) return true;
    }
    return up->helper_pid != 0;
}

static void signal_services(struct up *up, int signal_number)
{
    for (size_t i = 0; i < SERVICES; i++) {
        if (up->children[i].pid != 0) kill(up->children[i].pid, signal_number);
    }
    if (up->helper_pid != 0) kill(up->helper_pid, signal_number);
}

static void signal_gateway(struct up *up, int signal_number)
{
    if (up->children[GATEWAY].pid != 0) kill(up->children[GATEWAY].pid, signal_number);
}

/* The next step of stopping, as soon as the one before is over. */
static void stop_further(struct up *up)
{
    if (up->phase == STOPPING_GATEWAY && up->children[GATEWAY].pid == 0) {
        up->phase = STOPPING_SERVICES;
        signal_services(up, SIGTERM);
        must(loop_timer_set(up->loop, &up->deadline, mono_ms() + SERVICES_DRAIN_MS) == ERR_OK);
    }
    if (up->phase == STOPPING_SERVICES && !any_service_runs(up)) {
        note_forgotten(up); /* in the last moment, maybe */
        up->phase = ENDED;
        loop_stop(up->loop);
    }
}

static void stop(struct up *up, int exit_code)
{
    if (up->phase == STOPPING_GATEWAY || up->phase == STOPPING_SERVICES || up->phase == ENDED) return;
    up->phase = STOPPING_GATEWAY;
    up->exit_code = exit_code;
    notify("STOPPING=1\nSTATUS=answering what waits");
    for (size_t i = 0; i < CHILDREN; i++) loop_timer_clear(up->loop, &up->children[i].restart);
    signal_gateway(up, SIGTERM);
    must(loop_timer_set(up->loop, &up->deadline, mono_ms() + GATEWAY_DRAIN_MS) == ERR_OK);
    stop_further(up);
}

static void on_deadline(void *ctx)
{
    struct up *up = ctx;
    log_event(LOG_WARN, "drain took too long: killing what is left");
    signal_gateway(up, SIGKILL);
    if (up->phase != STOPPING_GATEWAY) signal_services(up, SIGKILL);
}

static void on_stop_signal(void *ctx, int signal_number)
{
    struct up *up = ctx;
    if (up->phase == STOPPING_GATEWAY || up->phase == STOPPING_SERVICES) {
        log_event(LOG_WARN, "second signal: killing what is left signal=%d", signal_number);
        signal_gateway(up, SIGKILL);
        signal_services(up, SIGKILL);
        return;
    }
    log_event(LOG_INFO, "stopping signal=%d", signal_number);
    stop(up, RASAD_DONE);
}

/* Nobody to talk to any more, or somebody has renewed the certificate. */
static void on_hangup(void *ctx, int signal_number)
{
    struct up *up = ctx;
    if (up->at_terminal) on_stop_signal(up, signal_number);
    else certificate_again(&up->certificate);
}

/* Said once an hour, where backups are made at all. */
static void look_at_backup(struct up *up)
{
    int64_t mono = mono_ms();
    if (mono < up->backup_said_ms) return;
    struct backup_state last = backup_state(&up->config);
    if (last.old) log_event(LOG_WARN, "the last backup is old hours=%lld", (long long)((now_ms() - last.made_ms) / 3600000));
    if (last.remembers) log_event(LOG_WARN, "the last backup remembers somebody who was forgotten since");
    if (last.old || last.remembers) up->backup_said_ms = mono + 3600000;
}

static void on_look(void *ctx)
{
    struct up *up = ctx;
    certificate_again(&up->certificate);
    look_at_backup(up);
    must(loop_timer_set(up->loop, &up->look, mono_ms() + TLS_LOOK_MS) == ERR_OK);
}

/* ---- children that end */

static void child_failed(struct child *child)
{
    struct up *up = child->up;
    if (!up->ready && child->tries >= START_TRIES_MAX) {
        log_event(LOG_ERROR, "can not start, giving up child=%s tries=%d", name_of_child(child), child->tries);
        fprintf(stderr, "rasad: %s can not start; the lines above say why\n", name_of_child(child));
        stop(up, RASAD_UNREACHED);
    } else if (up->phase == RUNNING) {
        child_restart_later(child);
    }
}

static void rebuild_when_clear(struct up *up)
{
    if (up->phase != CLEARING || any_service_runs(up)) return;
    up->phase = REBUILDING;
    up->rebuilt = true;
    log_event(LOG_INFO, "rebuilding the store's tables");
    notify("STATUS=making the store's tables anew from its journal");
    up->helper_pid = start(up, false, up->program, "rebuild", NULL);
    if (up->helper_pid == 0) stop(up, RASAD_USAGE);
}

static void rebuild_ended(struct up *up, int status)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        log_event(LOG_ERROR, "rebuild failed status=%d", status);
        stop(up, RASAD_OTHER_BUILD);
        return;
    }
    up->phase = RUNNING;
    for (size_t i = 0; i < SERVICES; i++) up->children[i].tries = 0;
    start_all(up);
}

static void announce(struct up *up)
{
    up->ready = true;
    bool v6 = strchr(up->config.bind, ':') != NULL;
    printf("ready http%s://%s%s%s:%u\n", up->config.tls_cert[0] != '\0' ? "s" : "", v6 ? "[" : "", up->config.bind, v6 ? "]" : "", (unsigned)up->config.port);
    fflush(stdout);
    notify("READY=1\nSTATUS=serving");
}

static void helper_ended(struct up *up, int status)
{
    up->helper_pid = 0;
    if (up->phase == REBUILDING) {
        rebuild_ended(up, status);
    } else if (up->phase == RUNNING && !up->ready) {
        if (status != 0) fprintf(stderr, "rasad: the programme was not played to its end; the lines above say why\n");
        announce(up);
    }
}

static void other_build(struct up *up)
{
    if (up->phase != RUNNING) return;
    if (up->rebuilt) {
        log_event(LOG_ERROR, "the store's tables are of another build, also after they were rebuilt");
        stop(up, RASAD_OTHER_BUILD);
        return;
    }
    up->phase = CLEARING;
    for (size_t i = 0; i < SERVICES; i++) loop_timer_clear(up->loop, &up->children[i].restart);
    signal_services(up, SIGTERM);
}

static void child_ended(struct child *child, int status)
{
    struct up *up = child->up;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    log_event(up->phase == RUNNING && code != RASAD_OTHER_BUILD ? LOG_WARN : LOG_INFO,
              "ended child=%s pid=%d exit=%d signal=%d", name_of_child(child), (int)child->pid, code,
              WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    child->pid = 0;
    child->answers = false;
    if (is_service(child) && status_clear(up->status, child->place))
        log_event(LOG_ERROR, "command set aside: it has stopped its service twice child=%s", name_of_child(child));
    if (code == RASAD_OTHER_BUILD && is_service(child)) other_build(up);
    if (up->phase == RUNNING || (up->phase < STOPPING_GATEWAY && !is_service(child))) child_failed(child);
}

static void on_child(void *ctx, int signal_number)
{
    struct up *up = ctx;
    int status;
    (void)signal_number;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == up->helper_pid) helper_ended(up, status);
        for (size_t i = 0; i < CHILDREN; i++) {
            if (up->children[i].pid == pid) child_ended(&up->children[i], status);
        }
    }
    rebuild_when_clear(up);
    stop_further(up);
}

/* ---- ready, and the watch over the writers */

static void on_pong(void *ctx, const Rasad__V1__Answer *answer)
{
    struct child *child = ctx;
    child->pinged = false;
    if (answer->error == NULL && child->pid != 0) child->answers = true;
}

static void ping(struct child *child)
{
    if (child->pid == 0 || child->pinged || child->answers) return;
    char method[] = "Health/Ping";
    Rasad__V1__Call call;
    rasad__v1__call__init(&call);
    call.method = method;
    child->pinged = wire_call(child->client, &call, mono_ms() + PING_MS, on_pong, child) == ERR_OK;
}

/* An address for connect or bind; the configuration has checked the text. */
static socklen_t address_of(const struct config *config, struct sockaddr_storage *address)
{
    memset(address, 0, sizeof *address);
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    if (inet_pton(AF_INET, config->bind, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(config->port);
        return sizeof *v4;
    }
    must(inet_pton(AF_INET6, config->bind, &v6->sin6_addr) == 1);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(config->port);
    return sizeof *v6;
}

/* Does somebody listen there? On this machine the answer comes at once. */
static bool gateway_listens(const struct up *up)
{
    struct sockaddr_storage address;
    socklen_t bytes = address_of(&up->config, &address);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool listens = connect(fd, (struct sockaddr *)&address, bytes) == 0;
    close(fd);
    return listens;
}

static void look_if_ready(struct up *up)
{
    bool all = true;
    for (size_t i = 0; i < SERVICES; i++) {
        ping(&up->children[i]);
        all &= up->children[i].answers;
    }
    struct child *gateway = &up->children[GATEWAY]; /* one that can not have the port ends before the next tick */
    all &= gateway->pid != 0 && mono_ms() - gateway->started_ms >= WATCH_MS && gateway_listens(up);
    if (!all || up->helper_pid != 0) return;
    if (up->programme != NULL) {
        up->helper_pid = start(up, true, up->program, "load", up->programme);
        up->programme = NULL;
        if (up->helper_pid != 0) return;
    }
    announce(up);
}

static void watch_writers(struct up *up)
{
    int64_t now = mono_ms();
    for (size_t i = 0; i < SERVICES; i++) {
        struct child *child = &up->children[i];
        if (child->pid == 0 || !status_stuck(up->status, i, child->pid, now)) continue;
        log_event(LOG_ERROR, "stuck in a transaction: killing it child=%s pid=%d", names[i], (int)child->pid);
        kill(child->pid, SIGKILL);
    }
}

/* For systemd's watchdog: a supervisor that hangs starts nothing again, and nobody would notice. */
static void say_alive(struct up *up)
{
    int64_t now = mono_ms();
    if (up->alive_said_ms != 0 && now - up->alive_said_ms < ALIVE_MS) return;
    up->alive_said_ms = now;
    notify("WATCHDOG=1");
}

static void on_tick(void *ctx)
{
    struct up *up = ctx;
    if (up->phase == RUNNING && !up->ready) look_if_ready(up);
    watch_writers(up);
    note_forgotten(up);
    say_alive(up);
    must(loop_timer_set(up->loop, &up->tick, mono_ms() + WATCH_MS) == ERR_OK);
}

/* ---- setting up */

static enum err find_programs(struct up *up)
{
    ssize_t length = readlink("/proc/self/exe", up->program, sizeof up->program - 1);
    if (length <= 0) return err_of_errno(errno);
    up->program[length] = '\0';
    const char *slash = strrchr(up->program, '/');
    int written = snprintf(up->gateway, sizeof up->gateway, "%.*s/rasad-gateway", (int)(slash - up->program),
                           up->program);
    if (written < 0 || written >= (int)sizeof up->gateway) return ERR_TOO_BIG;
    if (access(up->gateway, X_OK) == 0) return ERR_OK;
    fprintf(stderr, "rasad: %s: %s; the gateway belongs beside rasad\n", up->gateway, strerror(errno));
    return ERR_CONFIG;
}

/* Port 0 becomes a free one here, so that a gateway that is started again comes back where it was. */
static enum err settle_port(struct config *config)
{
    if (config->port != 0) return ERR_OK;
    struct sockaddr_storage address;
    socklen_t bytes = address_of(config, &address);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return err_of_errno(errno);
    enum err err = ERR_OK;
    if (bind(fd, (struct sockaddr *)&address, bytes) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &bytes) != 0) {
        err = err_of_errno(errno);
    }
    close(fd);
    config->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                       : ((struct sockaddr_in *)&address)->sin_port);
    return err;
}

/* What the children need to know, in the environment they inherit. */
static enum err tell_children(const struct up *up, int status_fd)
{
    char text[16];
    snprintf(text, sizeof text, "%d", status_fd);
    if (setenv(STATUS_FD_VARIABLE, text, 1) != 0) return ERR_MEMORY;
    snprintf(text, sizeof text, "%u", (unsigned)up->config.port);
    return setenv("RASAD_PORT", text, 1) == 0 ? ERR_OK : ERR_MEMORY;
}

static enum err children_init(struct up *up)
{
    for (size_t i = 0; i < CHILDREN; i++) {
        struct child *child = &up->children[i];
        *child = (struct child){.up = up, .place = i, .pause_ms = RESTART_MS_MIN};
        loop_timer_init(&child->restart, on_restart, child);
        if (i == GATEWAY) continue;
        char path[SOCKET_PATH_BYTES_MAX];
        enum err err = config_socket_path(&up->config, names[i], path);
        if (err == ERR_OK) err = wire_client_open(up->loop, path, &child->client);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static enum err loop_ready(struct up *up)
{
    enum err err = loop_init(&up->loop);
    if (err == ERR_OK) err = loop_on_signal(up->loop, SIGTERM, on_stop_signal, up);
    if (err == ERR_OK) err = loop_on_signal(up->loop, SIGINT, on_stop_signal, up);
    if (err == ERR_OK) err = loop_on_signal(up->loop, SIGHUP, on_hangup, up);
    if (err == ERR_OK) err = loop_on_signal(up->loop, SIGCHLD, on_child, up);
    loop_timer_init(&up->tick, on_tick, up);
    loop_timer_init(&up->deadline, on_deadline, up);
    loop_timer_init(&up->look, on_look, up);
    if (err == ERR_OK) on_look(up);
    if (err == ERR_OK) err = loop_timer_set(up->loop, &up->tick, mono_ms() + WATCH_MS);
    return err;
}

/* The programme beside the program: build/rasad and ops/demo. */
static enum err find_demo(const struct up *up, char path[PATH_BYTES_MAX])
{
    const char *slash = strrchr(up->program, '/');
    int length = snprintf(path, PATH_BYTES_MAX, "%.*s/../ops/demo", (int)(slash - up->program), up->program);
    if (length < 0 || length >= PATH_BYTES_MAX) return ERR_TOO_BIG;
    if (access(path, R_OK) == 0) return ERR_OK;
    fprintf(stderr, "rasad: %s: %s; name the directory of a programme: rasad demo DIR\n", path, strerror(errno));
    return ERR_CONFIG;
}

/* The app shows a button that calls it: what is no number would call nobody. */
static enum err help_phone_ok(void)
{
    const char *text = getenv("RASAD_HELP_PHONE");
    if (text == NULL || text[0] == '\0' || phone_ok(text)) return ERR_OK;
    log_event(LOG_ERROR, "configuration refused variable=RASAD_HELP_PHONE value=%s why=%s", text, "not a telephone number: +91 1800 123 456");
    return ERR_CONFIG;
}

static int run(bool demo, const char *programme)
{
    static struct up up;
    static char beside[PATH_BYTES_MAX];
    int lock_fd, status_fd = -1;
    log_process("up");
    notify_begin();
    enum err err = config_read(&up.config);
    if (err == ERR_OK) err = config_may_listen(&up.config);
    if (err == ERR_OK) err = help_phone_ok();
    if (err == ERR_OK) err = data_lock(&up.config, &lock_fd);
    if (err != ERR_OK) return RASAD_USAGE;
    up.certificate = (struct certificate){.config = &up.config, .fd = -1};
    up.at_terminal = isatty(STDERR_FILENO) != 0;
    scratch_sweep(&up.config);
    if (geteuid() == 0) log_event(LOG_WARN, "runs as root: RASAD_USER names a user of its own");
    err = find_programs(&up);
    if (err == ERR_OK && demo && programme == NULL) err = find_demo(&up, beside);
    if (err == ERR_OK) err = settle_port(&up.config);
    if (err == ERR_OK) err = status_create(names, SERVICES, &up.status, &status_fd);
    if (err == ERR_OK) err = tell_children(&up, status_fd);
    if (err == ERR_OK) err = sandbox_common();
    if (err == ERR_OK) err = loop_ready(&up);
    if (err == ERR_OK) err = children_init(&up);
    if (err != ERR_OK) {
        log_event(LOG_ERROR, "can not start reason=%s", err_text(err));
        return RASAD_USAGE;
    }
    if (demo) up.programme = programme != NULL ? programme : beside;
    start_all(&up);
    while (up.phase != ENDED) {
        if (loop_run(up.loop) != ERR_OK) return RASAD_UNREACHED; /* the children end with us */
    }
    log_event(LOG_INFO, "stopped");
    return up.exit_code;
}

int up_main(int argc, char **argv)
{
    (void)argv;
    if (argc == 1) return run(false, NULL);
    fprintf(stderr, "usage: rasad up\n");
    return RASAD_USAGE;
}

int demo_main(int argc, char **argv)
{
    if (argc <= 2) return run(true, argc == 2 ? argv[1] : NULL);
    fprintf(stderr, "usage: rasad demo [DIR]   (DIR: a programme; the demonstration district unless given)\n");
    return RASAD_USAGE;
}
