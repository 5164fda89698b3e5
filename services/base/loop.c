/* loop.c - one epoll loop for each process: descriptors, timers, signals, and hooks before it sleeps.
 * Flow:    run_round: hooks (work, then flush) -> wait -> descriptors -> timers.
 * Owns:    a table by descriptor number, a binary heap of timers, the signal descriptor.
 * Why:     an event carries the generation of its descriptor's registration: one that was closed and opened again
 *          under the same number within a round never gets the event of the old one.
 */
#include "base/loop.h"

#include "base/clock.h"
#include "base/must.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LOOP_MAGIC 0x4c4f4f50u

struct watched {
    loop_fd_callback *callback; /* NULL: not watched */
    void *ctx;
    uint32_t generation;
};

struct hook {
    loop_hook_callback *callback;
    void *ctx;
    enum loop_phase phase;
};

struct signal_row {
    loop_signal_callback *callback;
    void *ctx;
};

struct loop {
    uint32_t magic;
    int epoll_fd;
    int signal_fd;
    bool stopping;
    uint32_t generation;
    size_t timer_count;
    size_t hook_count;
    sigset_t signals;
    sigset_t mask_before;
    struct hook hooks[LOOP_HOOKS_MAX];
    struct signal_row signal_rows[LOOP_SIGNAL_MAX + 1];
    struct watched fds[LOOP_FDS_MAX];
    struct loop_timer *timers[LOOP_TIMERS_MAX];
};

/* Signals */

static void on_stop_signal(void *ctx, int signal_number)
{
    (void)signal_number;
    loop_stop(ctx);
}

static void on_signals(void *ctx, int fd, uint32_t events)
{
    (void)events;
    struct loop *loop = ctx;
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        must(info.ssi_signo <= LOOP_SIGNAL_MAX);
        struct signal_row row = loop->signal_rows[info.ssi_signo];
        if (row.callback != NULL) row.callback(row.ctx, (int)info.ssi_signo);
    }
}

enum err loop_on_signal(struct loop *loop, int signal_number, loop_signal_callback *callback, void *ctx)
{
    must(loop->magic == LOOP_MAGIC && signal_number > 0 && signal_number <= LOOP_SIGNAL_MAX);
    must(sigaddset(&loop->signals, signal_number) == 0);
    if (sigprocmask(SIG_BLOCK, &loop->signals, NULL) != 0) return err_of_errno(errno);
    int fd = signalfd(loop->signal_fd, &loop->signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) return err_of_errno(errno);
    loop->signal_rows[signal_number] = (struct signal_row){.callback = callback, .ctx = ctx};
    if (loop->signal_fd == fd) return ERR_OK;
    loop->signal_fd = fd;
    return loop_add_fd(loop, fd, EPOLLIN, on_signals, loop);
}

/* Life */

enum err loop_init(struct loop **out)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) return ERR_MEMORY;
    loop->magic = LOOP_MAGIC;
    loop->signal_fd = -1;
    must(sigemptyset(&loop->signals) == 0);
    must(sigprocmask(SIG_BLOCK, NULL, &loop->mask_before) == 0);
    signal(SIGPIPE, SIG_IGN);
    enum err err = ERR_OK;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) err = err_of_errno(errno);
    if (err == ERR_OK) err = loop_on_signal(loop, SIGTERM, on_stop_signal, loop);
    if (err == ERR_OK) err = loop_on_signal(loop, SIGINT, on_stop_signal, loop);
    if (err != ERR_OK) {
        loop_close(loop);
        return err;
    }
    *out = loop;
    return ERR_OK;
}

void loop_close(struct loop *loop)
{
    must(loop->magic == LOOP_MAGIC);
    if (loop->signal_fd >= 0) close(loop->signal_fd);
    if (loop->epoll_fd >= 0) close(loop->epoll_fd);
    must(sigprocmask(SIG_SETMASK, &loop->mask_before, NULL) == 0);
    loop->magic = 0;
    free(loop);
}

/* Descriptors */

static struct watched *watched_of(struct loop *loop, int fd)
{
    must(loop->magic == LOOP_MAGIC && fd >= 0 && fd < LOOP_FDS_MAX);
    return &loop->fds[fd];
}

static enum err control(struct loop *loop, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events};
    event.data.u64 = (uint64_t)loop->fds[fd].generation << 32 | (uint32_t)fd;
    return epoll_ctl(loop->epoll_fd, operation, fd, &event) == 0 ? ERR_OK : err_of_errno(errno);
}

enum err loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_callback *callback, void *ctx)
{
    if (fd >= LOOP_FDS_MAX) return ERR_BUSY;
    struct watched *watched = watched_of(loop, fd);
    must(watched->callback == NULL && callback != NULL);
    *watched = (struct watched){.callback = callback, .ctx = ctx, .generation = ++loop->generation};
    enum err err = control(loop, EPOLL_CTL_ADD, fd, events);
    if (err != ERR_OK) watched->callback = NULL;
    return err;
}

enum err loop_modify_fd(struct loop *loop, int fd, uint32_t events)
{
    must(watched_of(loop, fd)->callback != NULL);
    return control(loop, EPOLL_CTL_MOD, fd, events);
}

void loop_remove_fd(struct loop *loop, int fd)
{
    struct watched *watched = watched_of(loop, fd);
    must(watched->callback != NULL);
    watched->callback = NULL;
    must(epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL) == 0);
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
    int fd = (int)(uint32_t)event->data.u64;
    struct watched *watched = watched_of(loop, fd);
    if (watched->callback == NULL || watched->generation != (uint32_t)(event->data.u64 >> 32)) return;
    watched->callback(watched->ctx, fd, event->events);
}

/* Timers: a binary heap; each timer knows its place. */

static void heap_set(struct loop *loop, size_t index, struct loop_timer *timer)
{
    loop->timers[index] = timer;
    timer->place = (uint32_t)index + 1;
}

static void heap_up(struct loop *loop, size_t index)
{
    struct loop_timer *timer = loop->timers[index];
    while (index > 0 && loop->timers[(index - 1) / 2]->at_ms > timer->at_ms) {
        heap_set(loop, index, loop->timers[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    heap_set(loop, index, timer);
}

static void heap_down(struct loop *loop, size_t index)
{
    struct loop_timer *timer = loop->timers[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= loop->timer_count) break;
        if (child + 1 < loop->timer_count && loop->timers[child + 1]->at_ms < loop->timers[child]->at_ms) child++;
        if (loop->timers[child]->at_ms >= timer->at_ms) break;
        heap_set(loop, index, loop->timers[child]);
        index = child;
    }
    heap_set(loop, index, timer);
}

void loop_timer_init(struct loop_timer *timer, loop_timer_callback *callback, void *ctx)
{
    *timer = (struct loop_timer){.callback = callback, .ctx = ctx};
}

enum err loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at_ms)
{
    must(loop->magic == LOOP_MAGIC && timer->callback != NULL);
    loop_timer_clear(loop, timer);
    if (loop->timer_count == LOOP_TIMERS_MAX) return ERR_BUSY;
    timer->at_ms = at_ms;
    heap_set(loop, loop->timer_count, timer);
    heap_up(loop, loop->timer_count++);
    return ERR_OK;
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
    if (timer->place == 0) return;
    size_t index = timer->place - 1;
    must(index < loop->timer_count && loop->timers[index] == timer);
    timer->place = 0;
    struct loop_timer *last = loop->timers[--loop->timer_count];
    if (last == timer) return;
    heap_set(loop, index, last);
    heap_up(loop, index);
    heap_down(loop, last->place - 1);
}

/* Those due when we began: one that a callback sets for "now" waits for the next round. */
static void fire_timers(struct loop *loop)
{
    int64_t now = mono_ms();
    for (size_t budget = loop->timer_count; budget > 0 && loop->timer_count > 0; budget--) {
        struct loop_timer *timer = loop->timers[0];
        if (timer->at_ms > now) return;
        loop_timer_clear(loop, timer);
        timer->callback(timer->ctx);
    }
}

static int sleep_ms(const struct loop *loop)
{
    if (loop->timer_count == 0) return -1;
    int64_t wait = loop->timers[0]->at_ms - mono_ms();
    if (wait < 0) return 0;
    return wait > INT_MAX ? INT_MAX : (int)wait;
}

/* Running */

void loop_before_sleep(struct loop *loop, enum loop_phase phase, loop_hook_callback *callback, void *ctx)
{
    must(loop->magic == LOOP_MAGIC && loop->hook_count < LOOP_HOOKS_MAX);
    loop->hooks[loop->hook_count++] = (struct hook){.callback = callback, .ctx = ctx, .phase = phase};
}

void loop_before_sleep_end(struct loop *loop, loop_hook_callback *callback, const void *ctx)
{
    must(loop->magic == LOOP_MAGIC);
    for (size_t i = 0; i < loop->hook_count; i++) {
        if (loop->hooks[i].callback == callback && loop->hooks[i].ctx == ctx) loop->hooks[i].callback = NULL;
    }
    while (loop->hook_count > 0 && loop->hooks[loop->hook_count - 1].callback == NULL) loop->hook_count--;
}

static bool run_hooks(struct loop *loop, enum loop_phase phase)
{
    bool more = false;
    for (size_t i = 0; i < loop->hook_count; i++) {
        struct hook hook = loop->hooks[i];
        if (hook.callback != NULL && hook.phase == phase && hook.callback(hook.ctx)) more = true;
    }
    return more;
}

static enum err run_round(struct loop *loop)
{
    struct epoll_event events[LOOP_EVENTS_MAX];
    bool more = run_hooks(loop, LOOP_WORK);
    if (run_hooks(loop, LOOP_FLUSH)) more = true;
    if (loop->stopping) return ERR_OK;
    int count = epoll_wait(loop->epoll_fd, events, LOOP_EVENTS_MAX, more ? 0 : sleep_ms(loop));
    if (count < 0) return errno == EINTR ? ERR_OK : err_of_errno(errno);
    for (int i = 0; i < count; i++) dispatch(loop, &events[i]);
    fire_timers(loop);
    return ERR_OK;
}

enum err loop_run(struct loop *loop)
{
    must(loop->magic == LOOP_MAGIC);
    loop->stopping = false;
    enum err err = ERR_OK;
    while (err == ERR_OK && !loop->stopping) err = run_round(loop);
    return err;
}

void loop_stop(struct loop *loop)
{
    must(loop->magic == LOOP_MAGIC);
    loop->stopping = true;
}

bool loop_stopping(const struct loop *loop)
{
    must(loop->magic == LOOP_MAGIC);
    return loop->stopping;
}
