/* service.c - one process of Rasad: a socket, a loop, batches.
 * Flow:    loop -> serve_work: gather the calls that wait -> reads -> preparations -> one write transaction, each
 *          command nested -> one commit -> answers; back to the loop, which reads and writes the sockets.
 * Owns:    the process's store, server, arenas and bell.
 * Bounds:  TXN_COMMANDS_MAX calls and TXN_BYTES_MAX bytes of requests in one gathering.
 * Why:     answering and reading between two commits is where throughput comes from, and keeps writers fair.
 */
#include "store/service.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/sandbox.h"
#include "base/status.h"
#include "registry/sessions.h"
#include "store/bell.h"
#include "store/commands.h"
#include "store/health.h"
#include "store/reactions.h"
#include "store/run.h"
#include "wire/server.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct slot {
    struct wire_ref ref;
    const Rasad__V1__Call *wire;
    const struct command *command;
    void *prepared;
    struct outcome outcome;
    bool done;
};

struct service {
    const char *process;
    struct store *store;
    struct loop *loop;
    struct wire_server *server;
    struct bell *bell;
    struct arena taken;  /* the calls of a gathering, and what is kept until they are answered */
    struct arena work;   /* the call that runs */
    struct loop_timer minute;
    struct slot slots[TXN_COMMANDS_MAX];
    size_t n;
    struct batch batch;
};

static void answer(struct service *s, struct slot *slot)
{
    static const uint8_t nothing[1];
    const struct outcome *o = &slot->outcome;
    if (slot->done) return;
    slot->done = true;
    if (o->good) wire_answer(s->server, slot->ref, o->body_bytes > 0 ? o->body : nothing, o->body_bytes);
    else if (o->error != NULL) wire_answer_error(s->server, slot->ref, o->error);
    else wire_answer_failure(s->server, slot->ref, ERR_MEMORY);
}

static bool gather(struct service *s)
{
    size_t bytes = 0, most = strcmp(s->process, "doorkeeper") == 0 ? SIGN_INS_AT_ONCE_MAX : TXN_COMMANDS_MAX;
    s->n = 0;
    arena_reset(&s->taken);
    while (s->n < most && bytes < TXN_BYTES_MAX) {
        struct slot *slot = &s->slots[s->n];
        memset(slot, 0, sizeof *slot);
        slot->wire = wire_take(s->server, &s->taken, &slot->ref);
        if (slot->wire == NULL) break;
        bytes += slot->wire->body.len;
        slot->command = command_find(slot->wire->method);
        if (slot->command != NULL && !command_runs_in(slot->command, s->process)) slot->command = NULL;
        s->n++;
    }
    return s->n > 0;
}

static void answer_ping(struct service *s, struct slot *slot)
{
    Rasad__V1__Health health = health_of(s->store, &s->work);
    uint8_t *body = arena_alloc(&s->work, rasad__v1__health__get_packed_size(&health) + 1);
    if (body != NULL) wire_answer(s->server, slot->ref, body, rasad__v1__health__pack(&health, body));
    else wire_answer_failure(s->server, slot->ref, ERR_MEMORY);
    arena_reset(&s->work);
}

/* Health, unknown methods, reads. */
static void run_reads(struct service *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->command == NULL) {
            bool ping = strcmp(slot->wire->method, "Health/Ping") == 0;
            slot->done = true;
            if (ping) answer_ping(s, slot);
            else wire_answer_code(s->server, slot->ref, CODE_UNIMPLEMENTED, "this process has no such method");
        } else if (slot->command->kind == READ) {
            run_read(s->store, &s->work, &s->taken, slot->command, slot->wire, &slot->outcome);
            answer(s, slot);
        }
    }
}

/* What must not happen inside a transaction: argon2id takes a good part of a second. */
static void prepare(struct service *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->slots[i].done)
            s->slots[i].prepared = run_prepare(s->store, &s->taken, s->slots[i].command, s->slots[i].wire);
}

static void answer_all_failed(struct service *s, enum err err)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->slots[i].done) continue;
        memset(&s->slots[i].outcome, 0, sizeof s->slots[i].outcome);
        outcome_failure(&s->taken, err, &s->slots[i].outcome);
        answer(s, &s->slots[i]);
    }
}

void serve_give_up(struct wire_server *server)
{
    log_event(LOG_ERROR, "commit unknown, ending");
    wire_server_drain(server, 200);
    _exit(EX_IOERR);
}

static void commit(struct service *s)
{
    bool wrote = s->batch.lines > 0;
    enum err err = run_commit(&s->batch);
    if (err != ERR_OK) {
        bool unknown = err == ERR_UNKNOWN_COMMIT; /* the same request id settles it with whoever runs next */
        answer_all_failed(s, unknown ? ERR_UNAVAILABLE : err);
        if (unknown) serve_give_up(s->server);
        return;
    }
    for (size_t i = 0; i < s->n; i++)
        if (!s->slots[i].outcome.full && (s->slots[i].outcome.good || s->slots[i].outcome.error != NULL))
            answer(s, &s->slots[i]);
    if (wrote) bell_ring(s->bell);
}

static void run_writes(struct service *s)
{
    size_t i = 0;
    while (i < s->n) {
        for (; i < s->n && s->slots[i].done; i++) {}
        if (i == s->n) return;
        enum err err = run_begin(&s->batch, s->store, &s->work);
        if (err != ERR_OK) {
            if (s->batch.txn.mdb != NULL) run_abort(&s->batch);
            answer_all_failed(s, err);
            return;
        }
        int64_t began = mono_ms();
        for (; i < s->n && mono_ms() - began < TXN_MS_MAX && s->batch.bytes < TXN_BYTES_MAX; i++) {
            struct slot *slot = &s->slots[i];
            if (slot->done) continue;
            run_command(&s->batch, &s->taken, slot->command, slot->wire, slot->prepared, &slot->outcome);
            if (slot->outcome.full) break; /* first of the next batch */
        }
        commit(s);
    }
}

/* Reads write nothing: that their sessions are in use is noted here, for each every few minutes. */
static void note_uses(struct service *s)
{
    bool any = false;
    for (size_t i = 0; i < s->n; i++) any = any || s->slots[i].outcome.unnoted;
    if (!any) return;
    if (run_begin(&s->batch, s->store, &s->work) != ERR_OK) {
        if (s->batch.txn.mdb != NULL) run_abort(&s->batch); /* or the store's lock stays with us */
        return;
    }
    for (size_t i = 0; i < s->n; i++)
        if (s->slots[i].outcome.unnoted) session_used(&s->batch.txn, s->slots[i].wire, now_ms());
    if (run_commit(&s->batch) == ERR_UNKNOWN_COMMIT) serve_give_up(s->server);
}

static bool serve_work(void *ctx)
{
    struct service *s = ctx;
    if (gather(s)) {
        run_reads(s);
        prepare(s);
        run_writes(s);
        note_uses(s);
    }
    return wire_waiting(s->server);
}

static void each_minute(void *ctx)
{
    struct service *s = ctx;
    store_reader_check(s->store);
    if (strcmp(s->process, "registry") == 0) { /* one is enough to say it */
        Rasad__V1__Health health = health_of(s->store, &s->work);
        arena_reset(&s->work);
        (void)health_alarms(&health);
    }
    (void)loop_timer_set(s->loop, &s->minute, mono_ms() + ALARM_MS);
}

static enum err serve_open(struct service *s, const struct config *config)
{
    char path[SOCKET_PATH_BYTES_MAX];
    enum err err = store_open(config->data, &s->store);
    if (err == ERR_OK) err = loop_init(&s->loop);
    if (err == ERR_OK) err = config_socket_path(config, s->process, path);
    if (err == ERR_OK) err = wire_server_open(s->loop, path, &s->server);
    if (err == ERR_OK) err = bell_open(s->loop, config, s->process, &s->bell);
    if (err == ERR_OK && strcmp(s->process, "doorkeeper") == 0) err = console_token_make(s->store, config->data);
    if (err == ERR_OK && (!arena_init(&s->taken, ARENA_BYTES_MAX) || !arena_init(&s->work, ARENA_BYTES_MAX))) err = ERR_MEMORY;
    if (err == ERR_OK) err = reactions_open(s->process, s->store, s->loop, s->server, s->bell);
    return err;
}

int serve_main(const char *process, const struct config *config)
{
    static struct service service;
    struct service *s = &service;
    s->process = process;
    log_process(process);
    (void)status_join(process);
    char sockets[PATH_BYTES_MAX];
    enum err err = config_data_path(config, "run", sockets);
    if (err == ERR_OK) err = serve_open(s, config);
    if (err == ERR_WRONG_BUILD) return EX_TEMPFAIL; /* 75: rasad up rebuilds, then starts us again */
    if (err != ERR_OK) {
        log_event(LOG_ERROR, "service not started reason=%s", err_text(err));
        return EX_SOFTWARE;
    }
    if (sandbox_enter(SANDBOX_SERVICE, sockets) != ERR_OK) return EX_CONFIG;
    health_begin();
    loop_timer_init(&s->minute, each_minute, s);
    each_minute(s);
    loop_before_sleep(s->loop, LOOP_WORK, serve_work, s);
    log_event(LOG_INFO, "ready");
    err = loop_run(s->loop);
    wire_server_quiesce(s->server);
    while (serve_work(s)) {}
    wire_server_drain(s->server, 1000);
    wire_server_close(s->server);
    store_close(s->store);
    return err == ERR_OK ? 0 : EX_IOERR;
}
