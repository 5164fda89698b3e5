/* loop.h - one epoll loop for each process: descriptors, timers, signals, and hooks before it sleeps.
 * Flow:    loop_run: { work hooks, flush hooks, epoll_wait, descriptors, timers } until loop_stop.
 * Owns:    the epoll and signal descriptors and the mask of the signals it reads; never the descriptors added.
 * Bounds:  LOOP_FDS_MAX (descriptor numbers), LOOP_TIMERS_MAX, LOOP_HOOKS_MAX.
 * Rule:    callbacks may add, change and remove anything, also themselves; an event for what was removed is not given.
 * Fork:    a child closes the loop it inherits (loop_close, which gives the signal mask back) and makes its own.
 */
#ifndef RASAD_BASE_LOOP_H
#define RASAD_BASE_LOOP_H

#include "base/err.h"
#include "base/limits.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

typedef void loop_fd_callback(void *ctx, int fd, uint32_t events);
typedef void loop_timer_callback(void *ctx);
typedef void loop_signal_callback(void *ctx, int signal_number);
typedef bool loop_hook_callback(void *ctx); /* true: do not sleep, I still have work */

/* Work hooks run before all flush hooks, so that what they answer leaves in the same round. */
enum loop_phase { LOOP_WORK, LOOP_FLUSH };

/* A timer lives in its owner's memory and fires once; the owner clears it before its memory goes. */
struct loop_timer {
    loop_timer_callback *callback;
    void *ctx;
    int64_t at_ms;  /* monotonic */
    uint32_t place; /* 1 + index in the heap; 0: not set */
};

/* Make a loop: SIGTERM and SIGINT stop it, SIGPIPE is ignored. */
enum err loop_init(struct loop **loop);

/* Close its descriptors, restore the signal mask, free it. */
void loop_close(struct loop *loop);

/* Watch a descriptor for EPOLLIN and/or EPOLLOUT (level-triggered; errors and hang-ups always come). */
enum err loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_callback *callback, void *ctx);

/* Change what is watched for; 0 leaves errors and hang-ups only. */
enum err loop_modify_fd(struct loop *loop, int fd, uint32_t events);

/* Stop watching; call it before close(). */
void loop_remove_fd(struct loop *loop, int fd);

/* Prepare a timer, not set. */
void loop_timer_init(struct loop_timer *timer, loop_timer_callback *callback, void *ctx);

/* Fire once at a monotonic instant (mono_ms() + delay); set again, it moves. ERR_BUSY past LOOP_TIMERS_MAX. */
enum err loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at_ms);

/* Do not fire; harmless when not set. */
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);

/* Run a hook before every sleep, in order of registration within its phase. */
void loop_before_sleep(struct loop *loop, enum loop_phase phase, loop_hook_callback *callback, void *ctx);

/* Run it no more; called before its ctx goes. */
void loop_before_sleep_end(struct loop *loop, loop_hook_callback *callback, const void *ctx);

/* Read one more signal through the loop (SIGCHLD, SIGHUP), or replace what SIGTERM and SIGINT do. */
enum err loop_on_signal(struct loop *loop, int signal_number, loop_signal_callback *callback, void *ctx);

/* Run until stopped. ERR_OK when stopped, ERR_IO when epoll itself fails. May be run again after a stop. */
enum err loop_run(struct loop *loop);

/* Ask it to return at the end of this round; safe in any callback. */
void loop_stop(struct loop *loop);

/* Was it asked to stop? Hooks use it to take no new work. */
bool loop_stopping(const struct loop *loop);

#endif
