/* test_replay.c - a journal into a store, with the thread that checks ahead and without it: the same tables, the same errors
 * after the same entry, wherever in a stretch the wrong one lies; and an end at any moment. The journal is made here: a kind
 * of place, then a place an entry. */
#include "base/log.h"
#include "store/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ENTRIES = 1500, TOLD = 700, LARGE = 1000 }; /* TOLD finds no room ahead; LARGE is more than a stretch */

struct kept {
    uint8_t hash[HASH_BYTES];
    uint8_t *packed;
    size_t bytes;
};

static struct kept list[ENTRIES + 2]; /* from 1 */
static int64_t first, middle, last;   /* of the second stretch */
static struct replay replay;
static char dir[] = "/tmp/rasad-replay-XXXXXX";

/* ---- the journal */

static void chained(int64_t sequence, struct kept *kept)
{
    uint8_t big[8];
    for (int i = 0; i < 8; i++) big[i] = (uint8_t)((uint64_t)sequence >> (56 - 8 * i));
    const struct hash_part parts[] = {{list[sequence - 1].hash, HASH_BYTES}, {big, sizeof big}, {kept->packed, kept->bytes}};
    hash_parts(parts, 3, kept->hash);
}

/* extra: so many bytes of fields that this build does not know, which protobuf-c keeps one by one. */
static void entry_make(int64_t sequence, Rasad__V1__Event **events, size_t n, size_t extra)
{
    Rasad__V1__Header header = RASAD__V1__HEADER__INIT;
    Rasad__V1__Entry entry = RASAD__V1__ENTRY__INIT;
    uint8_t id[UUID_BYTES] = {0};
    memcpy(id, &sequence, sizeof sequence);
    header.format = 1;
    header.epoch = 1;
    header.sequence = sequence;
    header.request_id = (ProtobufCBinaryData){sizeof id, id};
    entry.header = &header;
    entry.events = events;
    entry.n_events = n;
    struct kept *kept = &list[sequence];
    kept->bytes = rasad__v1__entry__get_packed_size(&entry);
    kept->packed = malloc(kept->bytes + extra);
    assert_non_null(kept->packed);
    rasad__v1__entry__pack(&entry, kept->packed);
    for (size_t i = 0; i < extra; i++) kept->packed[kept->bytes++] = i % 2 == 0 ? 15 << 3 : 1;
    chained(sequence, kept);
}

static void kind_make(void)
{
    Rasad__V1__Behaviour behaviour = RASAD__V1__BEHAVIOUR__INIT;
    Rasad__V1__KindAdded kind = RASAD__V1__KIND_ADDED__INIT;
    Rasad__V1__Event event = RASAD__V1__EVENT__INIT;
    kind.code = (char *)(uintptr_t)"block";
    kind.behaviour = &behaviour;
    event.fact_case = RASAD__V1__EVENT__FACT_KIND_ADDED;
    event.kind_added = &kind;
    entry_make(1, (Rasad__V1__Event *[]){&event}, 1, 0);
}

static void places_make(int64_t sequence, size_t n, size_t extra)
{
    static Rasad__V1__PlaceAdded places[LINES_PER_COMMAND_MAX];
    static Rasad__V1__Event events[LINES_PER_COMMAND_MAX], *at[LINES_PER_COMMAND_MAX];
    static char codes[LINES_PER_COMMAND_MAX][CODE_BYTES_MAX];
    Rasad__V1__Names name = RASAD__V1__NAMES__INIT;
    name.en = (char *)(uintptr_t)"A name that is about as long as the longest of those that people write";
    for (size_t i = 0; i < n; i++) {
        snprintf(codes[i], sizeof codes[i], "p%lld-%zu", (long long)sequence, i);
        rasad__v1__place_added__init(&places[i]);
        rasad__v1__event__init(&events[i]);
        places[i].kind = (char *)(uintptr_t)"block";
        places[i].name = &name;
        events[i].place = codes[i];
        events[i].fact_case = RASAD__V1__EVENT__FACT_PLACE_ADDED;
        events[i].place_added = &places[i];
        at[i] = &events[i];
    }
    entry_make(sequence, at, n, extra);
}

/* Where the second stretch begins and ends, counted as ahead_add counts. */
static void stretch_find(void)
{
    size_t bytes = 0;
    int64_t from = 1;
    for (int64_t i = 1; last == 0; i++) {
        bytes += sizeof(struct ahead_entry) + list[i].bytes;
        if (bytes < AHEAD_BYTES) continue;
        if (from > 1) {
            first = from;
            last = i;
            middle = (first + last) / 2;
        }
        from = i + 1;
        bytes = 0;
    }
    assert_true(first < middle && middle < last && last < TOLD);
}

static int journal_make(void **state)
{
    (void)state;
    log_level_set(LOG_ERROR + 1);
    kind_make();
    for (int64_t i = 2; i <= ENTRIES; i++) places_make(i, i == LARGE ? 1000 : 1, i == TOLD ? 600000 : 0);
    assert_true(list[LARGE].bytes > AHEAD_BYTES && list[TOLD].bytes > AHEAD_BYTES);
    stretch_find();
    return 0;
}

static int journal_free(void **state)
{
    (void)state;
    for (int64_t i = 1; i <= ENTRIES; i++) free(list[i].packed);
    return 0;
}

/* ---- a replay */

static void open_in(char path[], struct replay *to, bool alone)
{
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    assert_non_null(mkdtemp(path));
    assert_int_equal(replay_open(path, to), ERR_OK);
    to->ahead.alone = alone; /* as if no thread could be made */
}

static void close_in(const char *path, struct replay *from)
{
    char command[128];
    replay_close(from);
    snprintf(command, sizeof command, "rm -rf %s", path);
    assert_int_equal(system(command), 0);
}

static enum err take(int64_t sequence)
{
    return replay_entry(&replay, sequence, list[sequence].hash, (struct slice){list[sequence].packed, list[sequence].bytes});
}

static enum err take_to(int64_t sequence)
{
    enum err err = ERR_OK;
    while (err == ERR_OK && replay.taken < sequence) err = take(replay.taken + 1);
    return err;
}

static bool applied(int64_t sequence)
{
    struct key k = key("q", sequence);
    return txn_has(&replay.txn, TABLE_journal, &k);
}

static void same_tables(struct store *a, struct store *b)
{
    struct arena arenas[2];
    struct txn txns[2];
    assert_true(arena_init(&arenas[0], ARENA_BYTES_MAX) && arena_init(&arenas[1], ARENA_BYTES_MAX));
    txn_read(a, &arenas[0], &txns[0]);
    txn_read(b, &arenas[1], &txns[1]);
    assert_true(store_rows(&txns[0], TABLE_journal) == ENTRIES && store_rows(&txns[0], TABLE_request) == ENTRIES);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        struct key at = {.n = 0};
        bool all = false;
        if (table_class(table) != CLASS_LOCAL && !table_same(&txns[0], &txns[1], table, &at, 1000000, &all))
            fail_msg("table %s differs", table_name(table));
    }
    for (int i = 0; i < 2; i++) {
        txn_abort(&txns[i]);
        arena_destroy(&arenas[i]);
    }
}

/* ---- tests */

static void the_thread_changes_nothing(void **state)
{
    static struct replay other;
    char there[] = "/tmp/rasad-replay-XXXXXX";
    (void)state;
    open_in(there, &other, true);
    for (int64_t i = 1; i <= ENTRIES; i++)
        assert_int_equal(replay_entry(&other, i, list[i].hash, (struct slice){list[i].packed, list[i].bytes}), ERR_OK);
    assert_int_equal(replay_commit(&other), ERR_OK);
    assert_false(other.ahead.running);
    for (int64_t lines_max = 7; lines_max <= REPLAY_LINES; lines_max += REPLAY_LINES - 7) { /* commits within a stretch, or none */
        open_in(dir, &replay, false);
        replay.lines_max = lines_max;
        assert_int_equal(take_to(ENTRIES), ERR_OK);
        assert_true(replay.ahead.running && replay.sequence < replay.taken);
        assert_int_equal(replay_commit(&replay), ERR_OK);
        assert_int_equal(replay.sequence, ENTRIES);
        assert_int_equal(replay.lines, other.lines);
        assert_memory_equal(replay.hash, other.hash, HASH_BYTES);
        same_tables(other.store, replay.store);
        close_in(dir, &replay);
    }
    open_in(dir, &replay, false);
    assert_int_equal(replay_follow(&replay, other.store, NULL), ERR_OK); /* and out of a store */
    same_tables(other.store, replay.store);
    close_in(dir, &replay);
    close_in(there, &other);
}

/* Or it would be slow, and nothing else would show it. */
static void what_is_due_is_unpacked(void **state)
{
    static struct ahead ahead;
    int64_t sequence = 1, at = 1;
    (void)state;
    assert_true(ahead_open(&ahead));
    while (at <= ENTRIES) {
        struct stretch *stretch = ahead_due(&ahead, sequence > ENTRIES);
        if (stretch == NULL) {
            ahead_add(&ahead, sequence, list[sequence - 1].hash, list[sequence].hash, (struct slice){list[sequence].packed, list[sequence].bytes});
            sequence++;
            continue;
        }
        bool left_over = stretch->last->sequence == ENTRIES; /* it was never full */
        for (struct ahead_entry *entry = stretch->first; entry != NULL; entry = entry->next, at++) {
            assert_int_equal(entry->sequence, at);
            assert_int_equal(entry->unpacked != NULL, !left_over && at != TOLD);
        }
        ahead_done(&ahead);
    }
    assert_null(ahead_due(&ahead, true));
    ahead_close(&ahead);
}

enum damage { BYTE, HASH, FORM, SEQUENCE, DAMAGES };

static void damage(int64_t sequence, enum damage how)
{
    struct kept *kept = &list[sequence];
    if (how == BYTE) kept->packed[kept->bytes - 1] ^= 1;
    if (how == HASH) kept->hash[HASH_BYTES - 1] ^= 1;
    if (how == FORM) kept->bytes--;
    if (how == SEQUENCE) {
        kept->packed = list[sequence - 1].packed; /* an entry, but of another sequence */
        kept->bytes = list[sequence - 1].bytes;
    }
    if (how == FORM || how == SEQUENCE) chained(sequence, kept); /* its hash is right */
}

static void refused_at(int64_t sequence)
{
    enum err err = take_to(ENTRIES);
    if (err == ERR_OK) err = replay_settle(&replay); /* it is among the last */
    assert_int_equal(err, ERR_CORRUPT);
    assert_int_equal(replay.sequence, sequence - 1);
    assert_memory_equal(replay.hash, list[sequence - 1].hash, HASH_BYTES);
    assert_true(sequence == 1 || applied(sequence - 1));
    assert_false(applied(sequence));
    assert_int_equal(replay_commit(&replay), ERR_CORRUPT); /* that stays */
    assert_int_equal(take(replay.taken + 1), ERR_CORRUPT);
    assert_int_equal(replay.sequence, sequence - 1);
}

static void a_wrong_entry_is_named(void **state)
{
    const int64_t at[] = {1, 2, first - 1, first, middle, last, last + 1, ENTRIES - 1, ENTRIES};
    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
        for (int how = 0; how < 2 * DAMAGES; how++) {
            struct kept good = list[at[i]];
            if (how / 2 == SEQUENCE && at[i] == 1) continue;
            open_in(dir, &replay, how % 2 == 1);
            damage(at[i], (enum damage)(how / 2));
            refused_at(at[i]);
            if (how / 2 == BYTE) list[at[i]].packed[good.bytes - 1] ^= 1;
            list[at[i]] = good;
            close_in(dir, &replay);
        }
}

static void one_left_out_is_named(void **state)
{
    static uint8_t large[ENTRY_BYTES_MAX + 1];
    (void)state;
    for (int64_t at = middle; at <= last; at++) {
        open_in(dir, &replay, false);
        assert_int_equal(take_to(at - 1), ERR_OK);
        if (at == last) assert_int_equal(replay_entry(&replay, at, list[at].hash, (struct slice){large, sizeof large}), ERR_CORRUPT);
        else assert_int_equal(take(at + 1), ERR_CORRUPT);
        assert_int_equal(replay.sequence, at - 1);
        assert_true(applied(at - 1) && !applied(at) && !applied(at + 1));
        close_in(dir, &replay);
        if (at == middle) at = last - 1;
    }
}

/* What is wrong with the store that is followed, behind entries that were taken. */
static void a_damaged_store_is_followed_to_there(void **state)
{
    static struct replay other;
    char there[] = "/tmp/rasad-replay-XXXXXX";
    struct arena arena;
    struct txn txn;
    (void)state;
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    for (int how = 0; how < 3; how++) {
        struct key k = key("q", middle);
        open_in(there, &replay, false);
        assert_int_equal(take_to(ENTRIES), ERR_OK);
        assert_int_equal(replay_commit(&replay), ERR_OK);
        txn_begin(replay.store, &arena, &txn);
        if (how == 0) txn_del(&txn, TABLE_journal, &k);
        if (how == 1) txn_put(&txn, TABLE_journal, &k, "short", 5);
        if (how == 2) txn_put(&txn, TABLE_journal, &k, list[1].packed, list[1].bytes);
        assert_int_equal(txn_commit(&txn), ERR_OK);
        arena_reset(&arena);
        open_in(dir, &other, false);
        assert_int_equal(replay_follow(&other, replay.store, NULL), how == 0 ? ERR_OK : ERR_CORRUPT);
        assert_int_equal(other.sequence, middle - 1);
        close_in(dir, &other);
        close_in(there, &replay);
    }
    arena_destroy(&arena);
}

static void a_failed_commit_stays(void **state)
{
    (void)state;
    open_in(dir, &replay, false);
    replay.lines_max = middle;
    store_fail_at(0, 1);
    assert_int_equal(take_to(ENTRIES), ERR_DISK_FULL);
    store_fail_at(0, 0);
    assert_int_equal(take(replay.taken + 1 > ENTRIES ? ENTRIES : replay.taken + 1), ERR_DISK_FULL);
    assert_int_equal(replay_commit(&replay), ERR_DISK_FULL);
    close_in(dir, &replay);
}

static void it_ends_at_any_moment(void **state)
{
    const int64_t at[] = {0, 1, first - 1, first, middle, last, last + 1, 2 * last, TOLD, LARGE, ENTRIES};
    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        open_in(dir, &replay, false);
        assert_int_equal(take_to(at[i]), ERR_OK);
        if (i % 2 == 1) assert_int_equal(replay_settle(&replay), ERR_OK);
        close_in(dir, &replay);
    }
    assert_int_equal(replay_open("/nowhere", &replay), ERR_NOT_FOUND);
    replay_close(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thread_changes_nothing),
        cmocka_unit_test(what_is_due_is_unpacked),
        cmocka_unit_test(a_wrong_entry_is_named),
        cmocka_unit_test(one_left_out_is_named),
        cmocka_unit_test(a_damaged_store_is_followed_to_there),
        cmocka_unit_test(a_failed_commit_stays),
        cmocka_unit_test(it_ends_at_any_moment),
    };
    return cmocka_run_group_tests(tests, journal_make, journal_free);
}
