/* reactions.c - see reactions.h. */
#include "store/reactions.h"

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/must.h"
#include "base/status.h"
#include "store/apply.h"
#include "store/commands.h"
#include "store/run.h"
#include "store/service.h"

#include <stdlib.h>
#include <string.h>

/* One row per reaction; a row's method must not emit a fact that is in the table: no loops (tested). */
static const struct {
    const char *name;
    Rasad__V1__Event__FactCase fact;
    const char *method;
} reactions[] = {
#define REACTION(name, fact_case, method) {#name, RASAD__V1__EVENT__FACT_##fact_case, method},
#include "production/reactions.def"
#undef REACTION
};
#define REACTIONS_N (sizeof reactions / sizeof reactions[0])

struct follower {
    struct store *store;
    struct loop *loop;
    struct wire_server *server;
    struct arena arena;
    struct loop_timer timer;
    int64_t cursor;     /* the last entry that was followed */
    bool awake;
    bool waiting;       /* the store can not be written just now: again at the next tick */
    int failures;
    int64_t again_ms;   /* when what is parked is tried again */
    int64_t parked;     /* the next parked cause to be tried; 0: none now */
};

struct due {
    size_t reaction;
    int64_t cause;
    int64_t reverses; /* of the cause: the name of what it takes back or corrects; 0: nothing */
};

/* ---- following */

static void wake(void *ctx) { ((struct follower *)ctx)->awake = true; }

static void tick(void *ctx)
{
    struct follower *f = ctx;
    f->awake = true;
    if (mono_ms() >= f->again_ms) {
        f->parked = 1;
        f->again_ms = mono_ms() + REACTION_AGAIN_MS;
    }
    (void)loop_timer_set(f->loop, &f->timer, mono_ms() + REACTION_FOLLOW_MS);
}

static enum err follow(struct follower *f, struct store *store, struct loop *loop, struct wire_server *server,
                       struct bell *bell, loop_hook_callback *hook)
{
    f->store = store;
    f->loop = loop;
    f->server = server;
    if (!arena_init(&f->arena, ARENA_BYTES_MAX)) return ERR_MEMORY;
    loop_timer_init(&f->timer, tick, f);
    f->again_ms = mono_ms() + REACTION_AGAIN_MS; /* not at once: what crashes is not to keep Rasad from starting */
    tick(f);
    bell_on_ring(bell, wake, f);
    loop_before_sleep(loop, LOOP_WORK, hook, f);
    return ERR_OK;
}

/* ---- production: reactions */

static Rasad__V1__Event__FactCase fact_of(struct txn *txn, const Rasad__V1__Event *event)
{
    if (event->fact_case != RASAD__V1__EVENT__FACT_REVERSED) return event->fact_case;
    const Rasad__V1__Event *original = journal_event(txn, event->reverses, NULL);
    return original != NULL ? original->fact_case : RASAD__V1__EVENT__FACT__NOT_SET;
}

static size_t due_of_event(struct txn *txn, const Rasad__V1__Event *event, int64_t name, struct due *due, size_t room)
{
    Rasad__V1__Event__FactCase fact = fact_of(txn, event);
    size_t n = 0;
    for (size_t r = 0; r < REACTIONS_N; r++) {
        if (reactions[r].fact != fact) continue;
        must(n < room);
        due[n++] = (struct due){r, name, event->reverses};
    }
    return n;
}

static size_t due_of_entry(struct txn *txn, const Rasad__V1__Entry *entry, struct due *due, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < entry->n_events; i++)
        n += due_of_event(txn, entry->events[i], name_of(entry->header->sequence, (int32_t)i + 1), due + n, room - n);
    return n;
}

/* Entries after the cursor until some reactions are due; *through: the last entry looked at. */
static size_t due_next(struct follower *f, struct due *due, size_t room, int64_t *through)
{
    struct txn txn;
    size_t n = 0;
    txn_read(f->store, &f->arena, &txn);
    int64_t head = journal_head(&txn).sequence;
    *through = f->cursor;
    while (txn.err == ERR_OK && *through < head && *through < f->cursor + REACTION_ENTRIES_MAX && n < TXN_COMMANDS_MAX) {
        size_t mark = arena_mark(&f->arena);
        Rasad__V1__Entry *entry = journal_read(&txn, *through + 1, NULL);
        if (entry == NULL) break;
        n += due_of_entry(&txn, entry, due + n, room - n);
        ++*through;
        arena_release(&f->arena, mark);
    }
    f->awake = *through < head && txn.err == ERR_OK; /* what can not be read now is tried at the next tick */
    txn_abort(&txn);
    arena_reset(&f->arena);
    return n;
}

static void set_text(ProtobufCMessage *message, const char *field, char *text)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, field);
    must(f != NULL && f->type == PROTOBUF_C_TYPE_STRING);
    *(char **)(void *)((char *)message + f->offset) = text;
}

static enum reacted react(struct follower *f, struct batch *batch, const struct due *due)
{
    const struct command *command = command_find(reactions[due->reaction].method);
    char id_text[UUID_TEXT_BYTES], cause[40];
    uint8_t hash[HASH_BYTES];
    must(command != NULL);
    snprintf(cause, sizeof cause, "%lld.%d", (long long)name_sequence(due->cause), name_line(due->cause));
    const char *name = reactions[due->reaction].name;
    const struct hash_part parts[] = {{name, strlen(name) + 1}, {cause, strlen(cause)}};
    hash_parts(parts, 2, hash);
    uuid_mark_v8(hash);
    uuid_format(hash, id_text);
    ProtobufCMessage *request = message_make(&f->arena, command->request);
    if (request == NULL) return REACTED_LATER;
    set_text(request, "request_id", id_text);
    set_text(request, "cause", cause);
    enum reacted reacted = run_reaction(batch, command, request, due->cause);
    arena_reset(&f->arena);
    return reacted;
}

static void park(struct batch *batch, const struct due *due)
{
    struct key k = key("q", due->cause);
    number_put(&batch->txn, TABLE_parked, &k, due->cause);
    log_event(LOG_ERROR, "reaction parked name=%s cause=%lld.%d why=%s", reactions[due->reaction].name,
              (long long)name_sequence(due->cause), name_line(due->cause), batch->why);
}

/* What was parked and is reversed waits for nobody any more. */
static void unpark(struct batch *batch, const struct due *due)
{
    struct key k = key("q", due->reverses);
    if (due->reverses != 0) number_put(&batch->txn, TABLE_parked, &k, 0);
}

static struct arena *work_arena(void)
{
    static struct arena work;
    static bool made;
    if (!made) must(arena_init(&work, ARENA_BYTES_MAX));
    made = true;
    return &work;
}

static bool batch_begin(struct follower *f, struct batch *batch)
{
    f->waiting = run_begin(batch, f->store, work_arena()) != ERR_OK;
    if (f->waiting && batch->txn.mdb != NULL) run_abort(batch);
    return !f->waiting;
}

/* True: it stands, and all of it was tried. A full disk is no reason to park anything. */
static bool batch_end(struct follower *f, struct batch *batch, enum reacted reacted)
{
    enum err err = run_commit(batch);
    if (err == ERR_UNKNOWN_COMMIT) serve_give_up(f->server);
    f->waiting = err != ERR_OK || reacted == REACTED_LATER;
    return !f->waiting;
}

static void run_due(struct follower *f, const struct due *due, size_t n, int64_t through)
{
    struct batch batch;
    struct key k = key("s", "reactions");
    if (!batch_begin(f, &batch)) return;
    enum reacted reacted = REACTED;
    for (size_t i = 0; i < n && reacted == REACTED; i++) {
        reacted = react(f, &batch, &due[i]);
        if (reacted == REACTED_NOT && f->failures + 1 >= REACTION_FAILURES_MAX) {
            park(&batch, &due[i]);
            reacted = REACTED;
            f->failures = 0;
        }
        if (reacted == REACTED) unpark(&batch, &due[i]);
        arena_reset(work_arena());
    }
    number_put(&batch.txn, TABLE_cursor, &k, reacted == REACTED ? through : f->cursor);
    if (!batch_end(f, &batch, reacted)) return;
    if (reacted == REACTED_NOT) {
        f->failures++;
        return;
    }
    f->failures = 0;
    f->cursor = through;
}

/* ---- production: what is parked */

/* Parked causes from f->parked on, and what is due for them; *next: the first that is not among them, 0: there is none. */
static size_t parked_next(struct follower *f, int64_t causes[TXN_COMMANDS_MAX], int64_t *next)
{
    struct txn txn;
    struct scan scan;
    struct key from = key("q", f->parked);
    size_t n = 0;
    *next = 0;
    txn_read(f->store, &f->arena, &txn);
    for (scan_begin(&scan, &txn, TABLE_parked, &from, 0); *next == 0 && scan_next(&scan);) {
        int64_t cause;
        if (!key_read(scan.key, "q", &cause)) break;
        if (n == TXN_COMMANDS_MAX) *next = cause;
        else causes[n++] = cause;
    }
    scan_end(&scan);
    txn_abort(&txn);
    arena_reset(&f->arena);
    return n;
}

/* Its reactions once more. Done: nobody waits for it any more; else it stays parked. */
static enum reacted try_again(struct follower *f, struct batch *batch, int64_t cause)
{
    struct due due[REACTIONS_N];
    struct key k = key("q", cause);
    const Rasad__V1__Event *event = journal_event(&batch->txn, cause, NULL);
    size_t n = event != NULL ? due_of_event(&batch->txn, event, cause, due, REACTIONS_N) : 0;
    enum reacted reacted = event != NULL ? REACTED : REACTED_NOT;
    arena_reset(work_arena());
    for (size_t i = 0; i < n && reacted == REACTED; i++) reacted = react(f, batch, &due[i]);
    if (reacted == REACTED) number_put(&batch->txn, TABLE_parked, &k, 0);
    arena_reset(work_arena());
    return reacted;
}

/* Somebody may have put the cause right, or the build is a corrected one. What crashes its service again is set aside by
 * the supervisor as it was before (status_command_begin), and so stays parked; after some such nothing is tried. */
static void try_parked(struct follower *f)
{
    int64_t causes[TXN_COMMANDS_MAX], next = 0;
    enum reacted reacted = REACTED;
    struct batch batch;
    size_t n = status_set_aside() < PARKED_CRASHES_MAX ? parked_next(f, causes, &next) : 0, done = 0;
    if (n > 0 && !batch_begin(f, &batch)) return;
    for (size_t i = 0; i < n && reacted != REACTED_LATER; i++) {
        reacted = try_again(f, &batch, causes[i]);
        done += reacted == REACTED;
    }
    if (n > 0 && !batch_end(f, &batch, reacted)) return;
    f->parked = next;
    if (done > 0) log_event(LOG_INFO, "parked reactions done count=%zu", done);
}

static bool react_work(void *ctx)
{
    static struct due due[TXN_COMMANDS_MAX + LINES_PER_COMMAND_MAX * (REACTIONS_N + 1)];
    struct follower *f = ctx;
    int64_t through;
    if (!f->awake && (f->parked == 0 || f->waiting)) return false;
    size_t n = due_next(f, due, sizeof due / sizeof due[0], &through);
    for (size_t i = 0; i < n; i += TXN_COMMANDS_MAX) { /* one entry may call for more than one batch holds */
        size_t part = n - i < TXN_COMMANDS_MAX ? n - i : TXN_COMMANDS_MAX;
        bool last = i + part == n;
        int64_t before = f->cursor;
        run_due(f, due + i, part, last ? through : before);
        if (f->waiting) return f->awake = false;
        if (f->failures > 0) return f->awake = true;
    }
    if (n == 0) f->cursor = through;
    if (f->parked != 0) try_parked(f);
    return (f->awake || (f->parked != 0 && !f->waiting)) && !loop_stopping(f->loop);
}

static void cursor_find(struct follower *f)
{
    struct txn txn;
    struct key k = key("s", "reactions"), cause = key("s", "cause");
    txn_read(f->store, &f->arena, &txn);
    f->cursor = number_get(&txn, TABLE_cursor, &k);
    if (f->cursor == 0) { /* lost: the entry of the highest cause may have more lines that were not reacted to */
        int64_t highest = number_get(&txn, TABLE_counter, &cause);
        f->cursor = highest > 0 ? name_sequence(highest) - 1 : 0;
    }
    txn_abort(&txn);
    arena_reset(&f->arena);
}

/* ---- reports: hints */

static void feed_entry(struct follower *f, const Rasad__V1__Entry *entry)
{
    const char *topic_before = "", *place_before = "";
    for (size_t i = 0; i < entry->n_events; i++) {
        const Rasad__V1__Event *event = entry->events[i];
        const char *topic = fact_name(event->fact_case);
        if (topic == topic_before && strcmp(event->place, place_before) == 0) continue;
        Rasad__V1__Feed feed;
        rasad__v1__feed__init(&feed);
        feed.topic = (char *)(uintptr_t)topic;
        feed.place = event->place;
        feed.sequence = entry->header->sequence;
        wire_push(f->server, &feed);
        topic_before = topic;
        place_before = event->place;
    }
}

static bool feed_work(void *ctx)
{
    struct follower *f = ctx;
    struct txn txn;
    if (!f->awake) return false;
    f->awake = false;
    txn_read(f->store, &f->arena, &txn);
    int64_t head = journal_head(&txn).sequence;
    if (f->cursor < 0) f->cursor = head;
    if (head - f->cursor > REACTION_ENTRIES_MAX) { /* too many to name: read everything again */
        Rasad__V1__Feed feed;
        rasad__v1__feed__init(&feed);
        feed.sequence = head;
        wire_push(f->server, &feed);
        f->cursor = head;
    }
    while (f->cursor < head) {
        size_t mark = arena_mark(&f->arena);
        Rasad__V1__Entry *entry = journal_read(&txn, f->cursor + 1, NULL);
        if (entry == NULL) break;
        feed_entry(f, entry);
        f->cursor++;
        arena_release(&f->arena, mark);
    }
    txn_abort(&txn);
    arena_reset(&f->arena);
    return false;
}

enum err reactions_open(const char *process, struct store *store, struct loop *loop, struct wire_server *server,
                        struct bell *bell)
{
    static struct follower follower;
    struct follower *f = &follower;
    if (strcmp(process, "production") == 0) {
        enum err err = follow(f, store, loop, server, bell, react_work);
        if (err == ERR_OK) cursor_find(f);
        return err;
    }
    f->cursor = -1;
    return strcmp(process, "reports") == 0 ? follow(f, store, loop, server, bell, feed_work) : ERR_OK;
}
