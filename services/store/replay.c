/* replay.c - see replay.h. */
#include "store/replay.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "store/apply.h"
#include "store/totals.h"

#include <string.h>

enum err replay_open(const char *dir, struct replay *replay)
{
    memset(replay, 0, sizeof *replay);
    replay->lines_max = REPLAY_LINES;
    if (!ahead_open(&replay->ahead) || !arena_init(&replay->arena, ARENA_BYTES_MAX)) return ERR_MEMORY;
    return store_open_any(dir, &replay->store);
}

void replay_close(struct replay *replay)
{
    ahead_close(&replay->ahead);
    if (replay->open) {
        totals_drop_batch();
        journal_drop();
        txn_abort(&replay->txn);
    }
    replay->open = false;
    store_close(replay->store);
    if (replay->arena.base != NULL) arena_destroy(&replay->arena);
}

static void begin(struct replay *replay)
{
    if (replay->open) return;
    txn_begin(replay->store, &replay->arena, &replay->txn);
    directory_begin(&replay->txn);
    totals_begin_command(); /* one for all entries: what fails ends the replay */
    replay->open = true;
}

static enum err commit(struct replay *replay)
{
    if (!replay->open) return ERR_OK;
    totals_flush(&replay->txn);
    journal_flush(&replay->txn);
    replay->open = false;
    replay->lines_open = 0;
    enum err err = txn_commit(&replay->txn);
    arena_reset(&replay->arena);
    return err;
}

static enum err apply_events(struct replay *replay, const Rasad__V1__Entry *entry)
{
    for (size_t i = 0; i < entry->n_events && replay->txn.err == ERR_OK; i++)
        apply_event(&replay->txn, entry->header, entry->events[i], (int32_t)i + 1);
    ledger_flush(&replay->txn);
    replay->lines += (int64_t)entry->n_events;
    replay->lines_open += (int64_t)entry->n_events;
    return replay->txn.err;
}

/* One that could not be checked ahead is checked now. */
static enum err checked(struct replay *replay, struct ahead_entry *entry)
{
    if (entry->unpacked != NULL) return ERR_OK;
    enum err err = journal_check(&replay->arena, entry->sequence, entry->before, entry->hash, entry->packed, &entry->unpacked);
    if (err != ERR_OK) log_event(LOG_ERROR, "entry not applied sequence=%lld error=%s", (long long)entry->sequence, err_text(err));
    return err;
}

static enum err apply_entry(struct replay *replay, struct ahead_entry *entry)
{
    begin(replay);
    size_t mark = arena_mark(&replay->arena);
    enum err err = replay->txn.err;
    if (err == ERR_OK) err = checked(replay, entry);
    if (err == ERR_OK) err = apply_events(replay, entry->unpacked);
    if (err == ERR_OK) { /* behind its events, as of a command: they must not see it here either */
        journal_append_stored(&replay->txn, entry->hash, entry->packed, entry->unpacked);
        request_note(&replay->txn, entry->unpacked->header);
    }
    arena_release(&replay->arena, mark);
    if (err != ERR_OK) return err;
    replay->sequence = entry->sequence;
    memcpy(replay->hash, entry->hash, HASH_BYTES);
    if (totals_crowded()) totals_flush(&replay->txn);
    return replay->lines_open >= replay->lines_max ? commit(replay) : ERR_OK;
}

static enum err apply_due(struct replay *replay, bool all)
{
    struct stretch *stretch;
    while (replay->err == ERR_OK && (stretch = ahead_due(&replay->ahead, all)) != NULL) {
        for (struct ahead_entry *entry = stretch->first; entry != NULL && replay->err == ERR_OK; entry = entry->next)
            replay->err = apply_entry(replay, entry);
        ahead_done(&replay->ahead);
    }
    return replay->err;
}

enum err replay_settle(struct replay *replay) { return apply_due(replay, true); }

enum err replay_entry(struct replay *replay, int64_t sequence, const uint8_t hash[HASH_BYTES], struct slice entry)
{
    if (replay->err != ERR_OK) return replay->err;
    if (sequence != replay->taken + 1 || entry.bytes > ENTRY_BYTES_MAX) {
        if (replay_settle(replay) == ERR_OK) replay->err = ERR_CORRUPT;
        return replay->err;
    }
    ahead_add(&replay->ahead, sequence, replay->taken_hash, hash, entry);
    replay->taken = sequence;
    memcpy(replay->taken_hash, hash, HASH_BYTES);
    return apply_due(replay, false);
}

enum err replay_commit(struct replay *replay)
{
    if (replay_settle(replay) == ERR_OK) replay->err = commit(replay);
    return replay->err;
}

/* Some of the other store's journal, in one short read. True: there may be more. */
static bool follow_some(struct replay *replay, struct txn *from, enum err *err, bool bounded)
{
    int64_t began = mono_ms();
    uint8_t hash[HASH_BYTES];
    struct slice entry;
    for (int i = 0; !bounded || (i < REPLAY_FOLLOW_ENTRIES && mono_ms() - began < REPLAY_FOLLOW_MS); i++) {
        if (!journal_stored(from, replay->taken + 1, hash, &entry)) return false;
        *err = replay_entry(replay, replay->taken + 1, hash, entry);
        if (*err != ERR_OK) return false;
    }
    return true;
}

enum err replay_follow(struct replay *replay, struct store *from, struct txn *from_txn)
{
    struct arena arena;
    struct txn txn;
    enum err err = ERR_OK;
    bool more = true;
    if (from_txn != NULL) {
        (void)follow_some(replay, from_txn, &err, false);
        return replay_commit(replay);
    }
    if (!arena_init(&arena, ARENA_BYTES_MAX)) return ERR_MEMORY;
    while (more && err == ERR_OK) {
        txn_read(from, &arena, &txn);
        more = follow_some(replay, &txn, &err, true);
        if (err == ERR_OK) err = txn.err;
        txn_abort(&txn);
        arena_reset(&arena);
    }
    arena_destroy(&arena);
    enum err settled = replay_settle(replay); /* what is wrong with an entry taken comes before what is wrong behind it */
    if (settled != ERR_OK) return settled;
    return err != ERR_OK ? err : replay_commit(replay);
}

static bool same(struct slice a, struct slice b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

static void key_of(struct key *at, const struct scan *scan)
{
    must(scan->key.bytes < sizeof at->bytes);
    at->n = (uint32_t)scan->key.bytes;
    memcpy(at->bytes, scan->key.data, scan->key.bytes);
}

bool table_same(struct txn *a, struct txn *b, enum table table, struct key *at, int64_t rows_max, bool *end)
{
    struct scan x, y;
    bool equal = true, more_x = false, more_y = false;
    scan_begin(&x, a, table, at, 0);
    scan_begin(&y, b, table, at, 0);
    for (int64_t i = 0; equal && i < rows_max; i++) {
        more_x = scan_next(&x);
        more_y = scan_next(&y);
        if (!more_x && !more_y) break;
        equal = more_x && more_y && same(x.key, y.key) && same(x.value, y.value);
        key_of(at, more_x ? &x : &y);
    }
    scan_end(&x);
    scan_end(&y);
    *end = equal && !more_x && !more_y;
    if (equal && !*end) at->bytes[at->n++] = 0; /* the next key after this one */
    return equal && a->err == ERR_OK && b->err == ERR_OK;
}

static enum err copy_rows(struct txn *from, struct txn *to, enum table table)
{
    struct scan scan;
    struct key first = {.n = 0}, k;
    for (scan_begin(&scan, from, table, &first, 0); scan_next(&scan);) {
        key_of(&k, &scan);
        txn_put(to, table, &k, scan.value.data, scan.value.bytes);
    }
    scan_end(&scan);
    return from->err != ERR_OK ? from->err : to->err;
}

enum err local_copy(struct store *from, struct store *to)
{
    struct arena arena;
    struct txn read, write;
    enum err err = ERR_OK;
    if (!arena_init(&arena, ARENA_BYTES_MAX)) return ERR_MEMORY;
    txn_read(from, &arena, &read);
    txn_begin(to, &arena, &write);
    for (enum table table = 0; table < TABLE_COUNT && err == ERR_OK; table++)
        if (table_class(table) == CLASS_LOCAL && table != TABLE_meta) err = copy_rows(&read, &write, table);
    if (err == ERR_OK) {
        const char *node = store_node(&read);
        store_epoch_set(&write, node, store_epoch(&read));
    }
    txn_abort(&read);
    if (err == ERR_OK) err = txn_commit(&write);
    else txn_abort(&write);
    arena_destroy(&arena);
    return err;
}
