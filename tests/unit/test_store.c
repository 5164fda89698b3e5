/* test_store.c - the store from inside one process: keys, transactions, sums, and every failing put and commit in turn.
 * What can be seen from outside is tested in tests/flow and tests/fault. */
#include "base/arena.h"
#include "base/hash.h"
#include "base/ids.h"
#include "json/jsonpb.h"
#include "registry/sessions.h"
#include "store/commands.h"
#include "store/logged.h"
#include "store/replay.h"
#include "store/run.h"
#include "store/totals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/rasad-store-XXXXXX";
static struct store *store;
static struct arena arena, keep;
static uint8_t token[HASH_BYTES];

static int begin(void **state)
{
    char path[64], line[128];
    (void)state;
    memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(store_open(dir, &store), ERR_OK);
    assert_true(arena_init(&arena, ARENA_BYTES_MAX) && arena_init(&keep, ARENA_BYTES_MAX));
    assert_int_equal(console_token_make(store, dir), ERR_OK);
    snprintf(path, sizeof path, "%s/console.token", dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    hash_bytes(line, strlen(line), token);
    return 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    store_fail_at(0, 0);
    store_close(store);
    arena_destroy(&arena);
    arena_destroy(&keep);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* One command of its own batch; the outcome stays in `keep`. What the commit said is in *committed. */
static struct outcome play(const char *method, const char *json, enum err *committed)
{
    const struct command *command = command_find(method);
    struct json_error error;
    struct outcome outcome;
    struct batch batch;
    Rasad__V1__Call call;
    size_t bytes;
    assert_non_null(command);
    ProtobufCMessage *request = json_decode(command->request, json, strlen(json), arena_pb(&keep), &error);
    assert_non_null(request);
    bytes = protobuf_c_message_get_packed_size(request);
    uint8_t *body = arena_alloc(&keep, bytes);
    protobuf_c_message_pack(request, body);
    rasad__v1__call__init(&call);
    call.token_hash = (ProtobufCBinaryData){HASH_BYTES, token};
    call.body = (ProtobufCBinaryData){bytes, body};
    memset(&outcome, 0, sizeof outcome);
    if (command->kind == READ) {
        run_read(store, &arena, &keep, command, &call, &outcome);
        return outcome;
    }
    *committed = run_begin(&batch, store, &arena);
    if (*committed != ERR_OK) {
        run_abort(&batch);
        return outcome;
    }
    run_command(&batch, &keep, command, &call, NULL, &outcome);
    *committed = run_commit(&batch);
    return outcome;
}

static void played(const char *method, const char *json)
{
    enum err committed = ERR_OK;
    struct outcome outcome = play(method, json, &committed);
    if (!outcome.good) fail_msg("%s: %s", method, outcome.error != NULL ? outcome.error->message : "no outcome");
    assert_int_equal(committed, ERR_OK);
    arena_reset(&keep);
}

static void small_world(void)
{
    played("Registry/AddKinds", "{\"requestId\":\"00000000-0000-4000-8000-000000000001\",\"lines\":["
           "{\"code\":\"block\",\"behaviour\":{}},{\"code\":\"vo\",\"behaviour\":{\"holds\":true}},"
           "{\"code\":\"group\",\"behaviour\":{\"makes\":true}}]}");
    played("Registry/AddPlaces", "{\"requestId\":\"00000000-0000-4000-8000-000000000002\",\"lines\":["
           "{\"code\":\"b1\",\"kind\":\"block\"},{\"code\":\"vo1\",\"kind\":\"vo\",\"parent\":\"b1\"},"
           "{\"code\":\"g1\",\"kind\":\"group\",\"parent\":\"vo1\"}]}");
    played("Registry/AddItems", "{\"requestId\":\"00000000-0000-4000-8000-000000000003\",\"lines\":["
           "{\"code\":\"cloth\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\"},"
           "{\"code\":\"mask\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\"}]}");
    played("Registry/SetRecipes", "{\"requestId\":\"00000000-0000-4000-8000-000000000004\",\"lines\":["
           "{\"item\":\"mask\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":2500,\"per\":200}]}]}");
    played("Materials/Receive", "{\"requestId\":\"00000000-0000-4000-8000-000000000005\",\"day\":\"2020-04-01\","
           "\"place\":\"vo1\",\"lines\":[{\"item\":\"cloth\",\"quantity\":100000,\"how\":\"CAME_FROM_BOUGHT\"}]}");
}

static struct head head_now(void)
{
    struct txn txn;
    txn_read(store, &arena, &txn);
    struct head head = journal_head(&txn);
    txn_abort(&txn);
    arena_reset(&arena);
    return head;
}

/* ---- keys and rows */

static void keys_sort_like_numbers(void **state)
{
    (void)state;
    const int64_t numbers[] = {0, 1, 2, 255, 256, 65535, 65536, INT64_C(1) << 40};
    const int32_t days[] = {-40000, -1, 0, 1, 18353, 47846};
    for (size_t i = 0; i + 1 < sizeof numbers / sizeof numbers[0]; i++) {
        struct key a = key("q", numbers[i]), b = key("q", numbers[i + 1]);
        assert_true(memcmp(a.bytes, b.bytes, 8) < 0);
    }
    for (size_t i = 0; i + 1 < sizeof days / sizeof days[0]; i++) {
        struct key a = key("d", days[i]), b = key("d", days[i + 1]);
        assert_true(memcmp(a.bytes, b.bytes, 4) < 0);
    }
    uint32_t u = 0;
    int64_t q = 0;
    int32_t d = 0;
    int b = 0;
    char s[CODE_BYTES_MAX + 1];
    struct key k = key("uqdbs", UINT32_C(7), INT64_C(812) * 4096 + 3, -5, 9, "kitchen-1");
    assert_true(key_read((struct slice){k.bytes, k.n}, "uqdbs", &u, &q, &d, &b, s));
    assert_true(u == 7 && q == INT64_C(812) * 4096 + 3 && d == -5 && b == 9);
    assert_string_equal(s, "kitchen-1");
    assert_false(key_read((struct slice){k.bytes, 3}, "u", &u));
}

static void names_of_lines(void **state)
{
    int64_t name = 0;
    (void)state;
    assert_true(name_parse("812.3", &name));
    assert_true(name == name_of(812, 3));
    assert_string_equal(name_text(&arena, name), "812.3");
    assert_true(name_parse("", &name) && name == 0);
    assert_true(name_parse("1.1000", &name));
    const char *wrong[] = {"812", "812.", ".3", "812.0", "812.1001", "812.03", "-1.1", "a.b", "812.3 ", "99999999999999999999.1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) assert_false(name_parse(wrong[i], &name));
}

static void a_nested_transaction_leaves_nothing(void **state)
{
    struct txn batch, nested;
    struct key a = key("s", "a"), b = key("s", "b");
    (void)state;
    txn_begin(store, &arena, &batch);
    number_put(&batch, TABLE_counter, &a, 1);
    txn_nest(&batch, &nested);
    number_put(&nested, TABLE_counter, &a, 2);
    number_put(&nested, TABLE_counter, &b, 2);
    txn_abort(&nested);
    assert_int_equal(number_get(&batch, TABLE_counter, &a), 1);
    assert_int_equal(number_get(&batch, TABLE_counter, &b), 0);
    assert_int_equal(txn_commit(&batch), ERR_OK);
}

static void the_first_failure_stays(void **state)
{
    struct txn txn;
    struct key a = key("s", "a");
    (void)state;
    txn_begin(store, &arena, &txn);
    store_fail_at(2, 0);
    number_put(&txn, TABLE_counter, &a, 1);
    number_put(&txn, TABLE_counter, &a, 2); /* fails */
    number_put(&txn, TABLE_counter, &a, 3); /* does nothing */
    assert_int_equal(txn.err, ERR_STORE_FULL);
    assert_int_equal(number_get(&txn, TABLE_counter, &a), 0);
    assert_int_equal(txn_commit(&txn), ERR_STORE_FULL);
    txn_read(store, &arena, &txn);
    assert_int_equal(number_get(&txn, TABLE_counter, &a), 0);
    txn_abort(&txn);
}

static void scans_go_both_ways(void **state)
{
    struct txn txn;
    struct scan scan;
    int64_t seen = 0, sequence = 0;
    (void)state;
    txn_begin(store, &arena, &txn);
    for (uint32_t place = 1; place <= 3; place++)
        for (int64_t i = 1; i <= 4; i++) {
            struct key k = key("uuq", place, UINT32_C(1), i);
            txn_put(&txn, TABLE_card, &k, "", 0);
        }
    struct key from = key("uuq", UINT32_C(2), UINT32_C(1), INT64_C(2));
    for (scan_begin(&scan, &txn, TABLE_card, &from, 8); scan_next(&scan);) seen++;
    scan_end(&scan);
    assert_int_equal(seen, 3);
    from = key("uuq", UINT32_C(2), UINT32_C(1), INT64_C(3));
    scan_begin_down(&scan, &txn, TABLE_card, &from, 8);
    assert_true(scan_next(&scan));
    assert_true(key_read((struct slice){(const uint8_t *)scan.key.data + 8, 8}, "q", &sequence));
    assert_int_equal(sequence, 2);
    assert_true(scan_next(&scan));
    assert_false(scan_next(&scan));
    scan_end(&scan);
    txn_abort(&txn);
}

static void sums_gather_and_fall_out_at_zero(void **state)
{
    struct txn txn;
    struct key k = key("bduu", 0, 18353, UINT32_C(1), UINT32_C(1));
    (void)state;
    txn_begin(store, &arena, &txn);
    totals_begin_command();
    sum_add(&txn, TABLE_total, k, 5, 10);
    sum_add(&txn, TABLE_total, k, 5, -3);
    assert_int_equal(sum_get(&txn, TABLE_total, k, 5), 7);
    totals_begin_command();
    sum_add(&txn, TABLE_total, k, 5, 100);
    totals_drop_command(); /* that command failed */
    assert_int_equal(sum_get(&txn, TABLE_total, k, 5), 7);
    totals_flush(&txn);
    assert_int_equal(sum_get(&txn, TABLE_total, k, 5), 7);
    assert_true(txn_has(&txn, TABLE_total, &k));
    totals_begin_command();
    sum_add(&txn, TABLE_total, k, 5, -7);
    totals_flush(&txn);
    assert_false(txn_has(&txn, TABLE_total, &k)); /* a row exists if and only if it is not zero */
    for (int64_t command = 1; command <= 2; command++) {
        totals_begin_command();
        sum_add(&txn, TABLE_total, k, 5, command);
    }
    totals_drop_batch(); /* of a batch that is given up nothing stays for the next */
    assert_int_equal(sum_get(&txn, TABLE_total, k, 5), 0);
    totals_flush(&txn);
    assert_false(txn_has(&txn, TABLE_total, &k));
    txn_abort(&txn);
}

enum { SWEPT_ROWS = 100000, SWEPT_HOT = 400, SWEPT_AT_ONCE = 40, SWEPT_COMMITS = 600, SWEPT_KEPT = 20 };

static void put_swept(int64_t first, int64_t n, int64_t step)
{
    static const uint8_t row[100];
    struct txn txn;
    txn_begin_batch(store, &arena, &txn);
    for (int64_t i = first; i < first + n; i++) {
        struct key k = key("q", i * step);
        txn_put(&txn, TABLE_reversal, &k, row, sizeof row);
    }
    assert_int_equal(txn_commit(&txn), ERR_OK);
}

static int by_number(const void *a, const void *b)
{
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return x < y ? -1 : x > y;
}

/* In how many pieces of the file these rows lie, and on how many pages: a row is read where it lies in the file. */
static size_t pieces_of(int64_t first, int64_t step, size_t *pages)
{
    uintptr_t at[SWEPT_AT_ONCE];
    struct txn txn;
    struct slice value;
    size_t pieces = 0;
    txn_read(store, &arena, &txn);
    for (int64_t i = 0; i < SWEPT_AT_ONCE; i++) {
        struct key k = key("q", (first + i) * step);
        assert_true(txn_get(&txn, TABLE_reversal, &k, &value));
        at[i] = (uintptr_t)value.data / 4096;
    }
    txn_abort(&txn);
    qsort(at, SWEPT_AT_ONCE, sizeof at[0], by_number);
    *pages = 0;
    for (uint32_t i = 0; i < SWEPT_AT_ONCE; i++) {
        *pages += i == 0 || at[i] != at[i - 1];
        pieces += i == 0 || at[i] > at[i - 1] + 4; /* branches of the tree lie between */
    }
    return pieces;
}

/* An entry of 200 bytes, or now and then one too long for a leaf. */
static size_t kept_bytes(int64_t number) { return number % 500 == 0 ? 6000 : 200; }

static void put_kept(int64_t first, int64_t n)
{
    static uint8_t row[6000];
    struct txn txn;
    txn_begin_batch(store, &arena, &txn);
    for (int64_t i = first; i < first + n; i++) {
        struct key k = key("q", i);
        memset(row, (int)(i % 251), sizeof row);
        txn_put(&txn, TABLE_journal, &k, row, kept_bytes(i));
    }
    assert_int_equal(txn_commit(&txn), ERR_OK);
}

static void all_kept(int64_t n)
{
    struct txn txn;
    struct scan scan;
    struct key first = {.n = 0};
    int64_t i = 0, number;
    txn_read(store, &arena, &txn);
    for (scan_begin(&scan, &txn, TABLE_journal, &first, 0); scan_next(&scan); i++) {
        const uint8_t *bytes = scan.value.data;
        assert_true(key_read(scan.key, "q", &number) && number == i + 1 && scan.value.bytes == kept_bytes(number));
        for (size_t j = 0; j < scan.value.bytes; j++) assert_int_equal(bytes[j], number % 251);
    }
    scan_end(&scan);
    txn_abort(&txn);
    assert_int_equal(i, n);
}

/* The pages of a commit lie all over the file at first, and soon side by side, beside a journal that grows and of which
 * nothing is lost; and the file gets no longer than half as much again. */
static void pages_of_a_commit_lie_side_by_side(void **state)
{
    char path[64];
    struct stat before, after;
    size_t pages = 0, all = 0, pieces = 0;
    const int64_t step = SWEPT_ROWS / SWEPT_HOT; /* each on a page of its own */
    (void)state;
    for (int64_t i = 0; i < SWEPT_ROWS; i += 1000) put_swept(i, 1000, 1);
    snprintf(path, sizeof path, "%s/rasad.lmdb", dir);
    assert_int_equal(stat(path, &before), 0);
    assert_true(pieces_of(0, step, &pages) > SWEPT_AT_ONCE * 3 / 4);
    for (int64_t i = 0; i < SWEPT_COMMITS; i++) {
        int64_t first = i * SWEPT_AT_ONCE % SWEPT_HOT;
        put_swept(first, SWEPT_AT_ONCE, step);
        put_kept(i * SWEPT_KEPT + 1, SWEPT_KEPT);
        pieces += pieces_of(first, step, &pages);
        all += pages;
    }
    assert_true(pieces < all / 2); /* some third; more than four fifths where LMDB is left to itself */
    all_kept(SWEPT_COMMITS * SWEPT_KEPT);
    assert_int_equal(stat(path, &after), 0);
    before.st_size += SWEPT_COMMITS * SWEPT_KEPT * 300;
    assert_true(after.st_size < before.st_size + before.st_size / 2 + 64 * 4096);
}

/* ---- lines of output, in accounts and in the table, against a plain list */

enum { LINE_STEPS = 3000, LINE_DAYS = 40, LINE_ITEMS = 3 };

static struct {
    struct logged_line line[LINE_STEPS];
    uint32_t item[LINE_STEPS];
    size_t n;
} plain;

/* Where the next of an item comes in the plain list, going up or down from *at; false: none does. */
static bool plain_next(uint32_t item, bool down, const struct logged_line *at, size_t *found)
{
    bool any = false;
    for (size_t i = 0; i < plain.n; i++) {
        const struct logged_line *line = &plain.line[i], *best = any ? &plain.line[*found] : NULL;
        int sign = down ? -1 : 1;
        int64_t past = line->day != at->day ? line->day - at->day : line->name - at->name;
        if (plain.item[i] != item || sign * past <= 0) continue;
        if (best != NULL && sign * (line->day != best->day ? line->day - best->day : line->name - best->name) > 0) continue;
        *found = i;
        any = true;
    }
    return any;
}

static void same_lines(struct txn *txn, uint32_t item, int32_t day, bool down)
{
    struct logged logged;
    struct logged_line at = {.day = day, .name = down ? 0 : -1};
    size_t i;
    if (down) logged_begin_down(&logged, txn, 9, item, day);
    else logged_begin(&logged, txn, 9, item, day);
    while (plain_next(item, down, &at, &i)) {
        assert_true(logged_next(&logged));
        at = plain.line[i];
        assert_int_equal(logged.line.day, at.day);
        assert_int_equal(logged.line.name, at.name);
        const Rasad__V1__OutputLogged *fact = row_unpack(txn, logged.line.fact, &rasad__v1__output_logged__descriptor);
        assert_non_null(fact);
        assert_int_equal(fact->good, at.name * 3);
    }
    assert_false(logged_next(&logged));
    logged_end(&logged);
    assert_int_equal(txn->err, ERR_OK);
}

static void same_items(struct txn *txn)
{
    uint32_t item = 0;
    for (uint32_t want = 1; want <= LINE_ITEMS; want++) {
        bool any = false;
        for (size_t i = 0; i < plain.n; i++) any = any || plain.item[i] == want;
        if (!any) continue;
        assert_true(logged_item_after(txn, 9, &item));
        assert_int_equal(item, want);
    }
    assert_false(logged_item_after(txn, 9, &item));
}

static void one_line(struct txn *txn, int64_t name)
{
    Rasad__V1__OutputLogged fact = RASAD__V1__OUTPUT_LOGGED__INIT;
    struct logged_line *line = &plain.line[plain.n];
    if (plain.n > 0 && rand() % 5 < 2) {
        size_t gone = rand() % 2 == 0 ? plain.n - 1 : (size_t)rand() % plain.n;
        logged_del(txn, 9, plain.item[gone], plain.line[gone].day, plain.line[gone].name);
        plain.line[gone] = plain.line[--plain.n];
        plain.item[gone] = plain.item[plain.n];
        return;
    }
    *line = (struct logged_line){.day = 18000 + rand() % LINE_DAYS, .name = name};
    plain.item[plain.n] = 1 + (uint32_t)rand() % LINE_ITEMS;
    fact.good = name * 3;
    fact.members = rand() % 20;
    logged_put(txn, 9, plain.item[plain.n++], line->day, name, &fact);
}

static void lines_read_the_same_wherever_they_stand(void **state)
{
    struct txn txn, nested;
    bool down = false;
    (void)state;
    plain.n = 0;
    srand(7);
    txn_begin(store, &arena, &txn);
    for (int64_t step = 1; step <= LINE_STEPS; step++) {
        txn_nest(&txn, &nested);
        for (int n = rand() % 4; n >= 0; n--) {
            one_line(&nested, step * 10 + n);
            if (rand() % 10 == 0) same_lines(&nested, 1 + (uint32_t)rand() % LINE_ITEMS, 18000 + rand() % LINE_DAYS, down = !down);
        }
        ledger_flush(&nested);
        assert_int_equal(txn_commit(&nested), ERR_OK);
        arena_reset(&arena);
        if (plain.n > LINE_STEPS - 10) break;
        if (step % 100 != 0) continue;
        assert_int_equal(txn_commit(&txn), ERR_OK);
        txn_read(store, &arena, &txn);
        for (uint32_t item = 1; item <= LINE_ITEMS; item++) same_lines(&txn, item, 18000, false);
        for (uint32_t item = 1; item <= LINE_ITEMS; item++) same_lines(&txn, item, 18000 + LINE_DAYS / 2, true);
        same_items(&txn);
        if (step == 1000) assert_true(store_rows(&txn, TABLE_log) > 0 && store_rows(&txn, TABLE_log) < (int64_t)plain.n);
        txn_abort(&txn);
        txn_begin(store, &arena, &txn);
    }
    txn_abort(&txn);
    arena_reset(&arena);
}

/* What is written without the general codec is what the codec writes, for every field there is. */
static void a_line_is_written_as_the_codec_writes_it(void **state)
{
    static char most[] = "abcdefghijklmnopqrstuvwx", none[] = "", *instead[RECIPE_INPUTS_MAX];
    uint8_t want[1024];
    struct txn txn;
    struct logged logged;
    (void)state;
    assert_int_equal(rasad__v1__output_logged__descriptor.n_fields, 9);
    assert_int_equal(strlen(most), CODE_BYTES_MAX);
    for (size_t i = 0; i < RECIPE_INPUTS_MAX; i++) instead[i] = i % 3 == 1 ? none : most;
    txn_begin(store, &arena, &txn);
    for (int with = 0; with < 1 << 9; with++) {
        Rasad__V1__OutputLogged fact = RASAD__V1__OUTPUT_LOGGED__INIT;
        if (with & 1) fact.good = QUANTITY_MAX;
        if (with & 2) fact.spoiled = with % 4 == 2 ? -7 : 300;
        if (with & 4) fact.members = 10000;
        if (with & 8) fact.no_work = (Rasad__V1__NoWork)3;
        if (with & 16) fact.remade = 1;
        if (with & 32) fact.lot = INT64_MAX;
        if (with & 64) fact.recipe = with % 8 < 4 ? 1 : -1;
        if (with & 128) fact.expiry_ms = INT64_C(1606000000000);
        if (with & 256) {
            fact.instead = instead;
            fact.n_instead = RECIPE_INPUTS_MAX;
        }
        size_t bytes = rasad__v1__output_logged__pack(&fact, want);
        logged_put(&txn, 9, 1, 5, with + 1, &fact);
        logged_begin_down(&logged, &txn, 9, 1, 6);
        assert_true(logged_next(&logged));
        assert_int_equal(logged.line.fact.bytes, bytes);
        if (bytes > 0) assert_memory_equal(logged.line.fact.data, want, bytes);
        logged_end(&logged);
    }
    Rasad__V1__OutputLogged fact = RASAD__V1__OUTPUT_LOGGED__INIT;
    fact.instead = (char *[]){(char[]){"abcdefghijklmnopqrstuvwxy"}};
    fact.n_instead = 1;
    logged_put(&txn, 9, 1, 5, 1000, &fact);
    assert_int_equal(txn.err, ERR_CORRUPT); /* a letter longer than a code */
    txn_abort(&txn);
    ledger_forget();
    arena_reset(&arena);
}

static void damaged_lines_are_corrupt(void **state)
{
    static const struct { uint8_t bytes[18]; size_t n; } rows[] = {
        {{0x2a, 8, 0x0a, 6, 0x08, 1, 0x10, 2, 0x1a, 9}, 10},                                  /* longer than it is */
        {{0x2a, 16, 0x0a, 6, 0x08, 5, 0x10, 2, 0x1a, 0, 0x0a, 6, 0x08, 1, 0x10, 3, 0x1a, 0}, 18}, /* the later day first */
        {{0x2a, 16, 0x0a, 6, 0x08, 5, 0x10, 3, 0x1a, 0, 0x0a, 6, 0x08, 5, 0x10, 2, 0x1a, 0}, 18}, /* the later name first */
    };
    struct txn txn;
    struct logged logged;
    struct key k = key_uu(9, 1);
    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        bool write = i % 2 == 1;
        txn_begin(store, &arena, &txn);
        txn_put(&txn, TABLE_account, &k, rows[i / 2].bytes, rows[i / 2].n);
        if (!write) assert_int_equal(txn_commit(&txn), ERR_OK);
        if (!write) txn_read(store, &arena, &txn);
        logged_begin(&logged, &txn, 9, 1, 0);
        assert_false(logged_next(&logged));
        logged_end(&logged);
        assert_int_equal(txn.err, ERR_CORRUPT);
        txn_abort(&txn);
        ledger_forget();
        arena_reset(&arena);
    }
}

/* Two lists side by side: where they are not of one length, the row is damaged, and nothing of it is silently left out. */
static void a_damaged_sum_is_corrupt(void **state)
{
    static const struct { const char *row; size_t bytes; enum err err; int64_t value; } rows[] = {
        {"\x0a\x02\x05\x06\x12\x02\x0e\x10", 8, ERR_OK, 7},
        {"\x0a\x01\x05\x12\x02\x0e\x10", 7, ERR_CORRUPT, 0}, /* a value more than measures */
        {"\x0a\x02\x05\x06\x12\x01\x0e", 7, ERR_CORRUPT, 0}, /* a measure without value */
        {"\x0a\x00\x12\x01\x0e", 5, ERR_CORRUPT, 0},         /* values alone */
        {"\x0a\x01\x05\x12\x01\x8e", 6, ERR_CORRUPT, 0},     /* a value cut short */
        {"\x0a\x01\x05\x12\x01\x0e\x00", 7, ERR_CORRUPT, 0}, /* a byte behind them */
    };
    struct key k = key("bduu", 0, 18353, UINT32_C(1), UINT32_C(1));
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct txn txn;
        txn_begin(store, &arena, &txn);
        txn_put(&txn, TABLE_total, &k, rows[i].row, rows[i].bytes);
        int64_t value = sum_get(&txn, TABLE_total, k, 5);
        if (rows[i].err == ERR_OK) assert_int_equal(value, rows[i].value);
        assert_int_equal(txn.err, rows[i].err);
        txn_abort(&txn);
        txn_begin(store, &arena, &txn); /* and nothing is added to it */
        txn_put(&txn, TABLE_total, &k, rows[i].row, rows[i].bytes);
        totals_begin_command();
        sum_add(&txn, TABLE_total, k, 5, 1);
        totals_flush(&txn);
        assert_int_equal(txn.err, rows[i].err);
        txn_abort(&txn);
    }
}

/* ---- flows of any period, against the plain sum of what was booked */

enum { BOOKED = 600, PERIODS = 400, ITEMS = 3, BOOKED_FROM = 19000, BOOKED_DAYS = 900 };

static struct booked {
    uint32_t item;
    int32_t day, measure;
    int64_t value;
} booked[BOOKED];

static void same_flow(const struct flow *a, const struct flow *b, int32_t from, int32_t to, uint32_t item)
{
    if (memcmp(a->opening, b->opening, sizeof a->opening) != 0 || memcmp(a->closing, b->closing, sizeof a->closing) != 0 ||
        a->supplied != b->supplied || a->good != b->good || a->out != b->out || a->consumed != b->consumed)
        fail_msg("item %u from %d to %d: %lld .. %lld, not %lld .. %lld", item, from, to, (long long)flow_opening(a),
                 (long long)flow_closing(a), (long long)flow_opening(b), (long long)flow_closing(b));
}

static struct flow plain_flow(int n, uint32_t item, int32_t from, int32_t to)
{
    struct flow flow = {.any = false}, before = {.any = false};
    for (int i = 0; i < n; i++) {
        if (booked[i].item != item || booked[i].day > to) continue;
        flow_add(booked[i].day < from ? &before : &flow, booked[i].measure, booked[i].value);
    }
    for (int stage = 0; stage < STAGES_REAL; stage++) {
        flow.opening[stage] = before.closing[stage];
        flow.closing[stage] += before.closing[stage];
    }
    return flow;
}

static void flows_of_any_period(void **state)
{
    static const enum stage ways[][2] = {{SUPPLIED, STOCK}, {PRODUCED, MADE}, {MADE, STOCK}, {STOCK, CONSUMED}, {STOCK, ELSEWHERE}};
    struct place place = {.id = 7}, after = {.id = 8}; /* the one after it must not be read with it */
    struct place places[] = {after, place};
    const struct books books = {&place, 1, 1, ITEMS}, both = {places, 2, 1, 1};
    struct flow list[ITEMS], two[2];
    struct txn txn;
    (void)state;
    srand(7);
    txn_begin(store, &arena, &txn);
    totals_begin_command();
    for (int i = 0; i < BOOKED; i++) {
        const enum stage *way = ways[rand() % 5];
        booked[i] = (struct booked){(uint32_t)(1 + rand() % ITEMS), BOOKED_FROM + rand() % BOOKED_DAYS,
                                    measure_of(way[0], way[1], MOVED), rand() % 100 - 20};
        if (i % 50 == 0) booked[i].day = rand() % 2 == 0 ? DAY_MIN : DAY_MAX;
        sum_add(&txn, TABLE_total, key("bduu", 0, booked[i].day, place.id, booked[i].item), booked[i].measure, booked[i].value);
        sum_add(&txn, TABLE_total, key("bduu", 0, booked[i].day, after.id, UINT32_C(1)), booked[i].measure, 1);
        if (i % 200 == 150) totals_flush(&txn); /* the last ones stay in the gather */
    }
    for (int i = 0; i < PERIODS; i++) {
        int32_t from = BOOKED_FROM - 40 + rand() % (BOOKED_DAYS + 80), to = from + rand() % (i % 2 == 0 ? 40 : 500);
        if (i % 100 == 0) from = DAY_MIN;
        if (i % 100 == 1) to = INT32_MAX - 1;
        flows_read(&txn, &books, from, to, list);
        flows_read(&txn, &both, from, to, two);
        assert_memory_equal(&two[1], &list[0], sizeof *list);
        for (uint32_t item = 1; item <= ITEMS; item++) {
            struct flow want = plain_flow(BOOKED, item, from, to), alone;
            same_flow(&list[item - 1], &want, from, to, item);
            flow_read(&txn, &place, item, from, to, &alone);
            same_flow(&alone, &want, from, to, item);
        }
    }
    assert_int_equal(txn.err, ERR_OK);
    totals_drop_batch();
    txn_abort(&txn);
}

/* Every row of table total after these bookings, flushed after every `often`th, one behind the other. */
static size_t total_rows(const struct booked *list, int n, int often, uint8_t *out, size_t room)
{
    struct txn txn;
    struct scan scan;
    size_t bytes = 0;
    struct key first = key("b", 0);
    txn_begin(store, &arena, &txn);
    totals_begin_command();
    for (int i = 0; i < n; i++) {
        totals_begin_command(); /* each a command: what cancels out stays two increments */
        sum_add(&txn, TABLE_total, key("bduu", 0, list[i].day, UINT32_C(7), list[i].item), list[i].measure, list[i].value);
        if (i % often == often - 1 || i == n - 1) totals_flush(&txn);
    }
    for (scan_begin(&scan, &txn, TABLE_total, &first, 0); scan_next(&scan);) {
        assert_true(bytes + scan.key.bytes + scan.value.bytes <= room);
        memcpy(out + bytes, scan.key.data, scan.key.bytes);
        memcpy(out + bytes + scan.key.bytes, scan.value.data, scan.value.bytes);
        bytes += scan.key.bytes + scan.value.bytes;
    }
    scan_end(&scan);
    assert_int_equal(txn.err, ERR_OK);
    txn_abort(&txn);
    return bytes;
}

/* A replay takes thousands of lines in a batch, and by other boundaries than those they were written in. */
static void totals_do_not_depend_on_batches(void **state)
{
    static struct booked list[BOOKED];
    static uint8_t one[1 << 18], other[1 << 18];
    (void)state;
    srand(11);
    for (int i = 0; i < BOOKED; i++) {
        list[i] = (struct booked){(uint32_t)(1 + rand() % ITEMS), BOOKED_FROM + i / 20 - rand() % 8 * (rand() % 3),
                                  measure_of(PRODUCED, MADE, MOVED), rand() % 5 - 2};
        if (i % 7 == 6) { /* taken back at once: no row, and yet it was a day that was booked on */
            list[i] = list[i - 1];
            list[i].value = -list[i].value;
        }
    }
    size_t bytes = total_rows(list, BOOKED, 1, one, sizeof one);
    assert_true(bytes > 1000);
    static const int often[] = {2, 7, 100, BOOKED};
    for (size_t i = 0; i < sizeof often / sizeof often[0]; i++) {
        assert_int_equal(total_rows(list, BOOKED, often[i], other, sizeof other), bytes);
        assert_memory_equal(one, other, bytes);
    }
    for (int i = BOOKED - 1; i > 0; i--) { /* nor on their order */
        int j = rand() % (i + 1);
        struct booked kept = list[i];
        list[i] = list[j];
        list[j] = kept;
    }
    assert_int_equal(total_rows(list, BOOKED, 50, other, sizeof other), bytes);
    assert_memory_equal(one, other, bytes);
}

/* ---- tables that are data */

static void a_reaction_makes_no_loop(void **state)
{
    static const struct {
        const char *fact, *method;
    } reactions[] = {
#define REACTION(name, fact_case, method) {#fact_case, method},
#include "production/reactions.def"
#undef REACTION
    };
    (void)state;
    for (size_t i = 0; i < sizeof reactions / sizeof reactions[0]; i++) {
        const struct command *command = command_find(reactions[i].method);
        assert_non_null(command);
        /* what BookEarning emits is EARNED, and nothing reacts to that */
        assert_string_equal(reactions[i].method, "Production/BookEarning");
        assert_string_not_equal(reactions[i].fact, "EARNED");
        assert_true((command->roles & ~NOBODY) == 0); /* nobody may call it from outside */
    }
}

static void every_method_has_a_row(void **state)
{
    static const char *const methods[] = {"Registry/SignIn", "Materials/Issue", "Production/LogOutput", "Quality/Inspect",
                                          "Distribution/Allocate", "Reports/GetFlow"};
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) assert_non_null(command_find(methods[i]));
    assert_null(command_find("Production/Nothing"));
    assert_true(command_runs_in(command_find("Registry/SignIn"), "doorkeeper"));
    assert_false(command_runs_in(command_find("Registry/SignIn"), "registry"));
    assert_true(command_runs_in(command_find("Reports/GetFlow"), "reports"));
    assert_false(command_runs_in(command_find("Reports/GetFlow"), "report"));
}

static void no_message_is_inside_itself(void **state) /* unpacking recurses without a limit of its own */
{
    const ProtobufCMessageDescriptor *stack[16] = {&rasad__v1__entry__descriptor};
    unsigned at[16] = {0};
    int depth = 0;
    (void)state;
    while (depth >= 0) {
        if (at[depth] == stack[depth]->n_fields) {
            depth--;
            continue;
        }
        const ProtobufCFieldDescriptor *field = &stack[depth]->fields[at[depth]++];
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) continue;
        for (int i = 0; i <= depth; i++) assert_ptr_not_equal(stack[i], field->descriptor);
        assert_true(depth + 1 < 8);
        stack[++depth] = field->descriptor;
        at[depth] = 0;
    }
}

/* ---- every failure point in turn */

static const char *const log_json = "{\"requestId\":\"00000000-0000-4000-8000-000000000010\",\"workDate\":\"2020-04-02\","
    "\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":260,\"spoiled\":4,\"membersAtWork\":5}]}";

static void every_put_may_fail(void **state)
{
    int64_t n = 1;
    (void)state;
    small_world();
    struct head before = head_now();
    for (; n < 1000; n++) {
        enum err committed = ERR_OK;
        store_fail_at(n, 0);
        struct outcome outcome = play("Production/LogOutput", log_json, &committed);
        store_fail_at(0, 0);
        bool done = outcome.good && committed == ERR_OK;
        arena_reset(&keep);
        if (done) break;
        struct head now = head_now(); /* a clear no: nothing of it is there */
        assert_int_equal(now.sequence, before.sequence);
        assert_memory_equal(now.hash, before.hash, HASH_BYTES);
    }
    assert_in_range(n, 8, 60); /* it did fail at every put there is, and no more are made than are needed */
    assert_int_equal(head_now().sequence, before.sequence + 1);
    played("Production/LogOutput", log_json); /* the same again: the same answer */
    assert_int_equal(head_now().sequence, before.sequence + 1);
}

static void a_commit_may_fail(void **state)
{
    enum err committed = ERR_OK;
    (void)state;
    small_world();
    struct head before = head_now();
    store_fail_at(0, 1);
    (void)play("Production/LogOutput", log_json, &committed);
    assert_int_equal(committed, ERR_DISK_FULL);
    assert_int_equal(head_now().sequence, before.sequence);
    played("Production/LogOutput", log_json);
    assert_int_equal(head_now().sequence, before.sequence + 1);
}

static void replay_gives_the_same_tables(void **state)
{
    static struct replay replay;
    char copy[] = "/tmp/rasad-replay-XXXXXX", command[128];
    (void)state;
    small_world();
    played("Production/LogOutput", log_json);
    played("Production/Reverse", "{\"requestId\":\"00000000-0000-4000-8000-000000000011\",\"lines\":["
           "{\"requestId\":\"00000000-0000-4000-8000-000000000010\",\"line\":1}]}");
    played("Registry/AddPlaces", "{\"requestId\":\"00000000-0000-4000-8000-000000000012\",\"lines\":["
           "{\"code\":\"vo2\",\"kind\":\"vo\",\"parent\":\"b1\"}]}");
    played("Registry/MovePlaces", "{\"requestId\":\"00000000-0000-4000-8000-000000000013\",\"lines\":["
           "{\"place\":\"g1\",\"parent\":\"vo2\"}]}");
    assert_non_null(mkdtemp(copy));
    assert_int_equal(replay_open(copy, &replay), ERR_OK);
    assert_int_equal(replay_follow(&replay, store, NULL), ERR_OK);
    struct txn a, b;
    txn_read(store, &arena, &a);
    txn_read(replay.store, &keep, &b);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        struct key at = {.n = 0};
        bool all = false;
        if (table_class(table) == CLASS_PROJECTION && !table_same(&a, &b, table, &at, 100000, &all))
            fail_msg("table %s differs", table_name(table));
    }
    txn_abort(&a);
    txn_abort(&b);
    replay_close(&replay);
    snprintf(command, sizeof command, "rm -rf %s", copy);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_sort_like_numbers, begin, end),
        cmocka_unit_test_setup_teardown(names_of_lines, begin, end),
        cmocka_unit_test_setup_teardown(a_nested_transaction_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(the_first_failure_stays, begin, end),
        cmocka_unit_test_setup_teardown(scans_go_both_ways, begin, end),
        cmocka_unit_test_setup_teardown(sums_gather_and_fall_out_at_zero, begin, end),
        cmocka_unit_test_setup_teardown(flows_of_any_period, begin, end),
        cmocka_unit_test_setup_teardown(totals_do_not_depend_on_batches, begin, end),
        cmocka_unit_test_setup_teardown(pages_of_a_commit_lie_side_by_side, begin, end),
        cmocka_unit_test_setup_teardown(lines_read_the_same_wherever_they_stand, begin, end),
        cmocka_unit_test_setup_teardown(a_line_is_written_as_the_codec_writes_it, begin, end),
        cmocka_unit_test_setup_teardown(damaged_lines_are_corrupt, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_sum_is_corrupt, begin, end),
        cmocka_unit_test_setup_teardown(a_reaction_makes_no_loop, begin, end),
        cmocka_unit_test_setup_teardown(every_method_has_a_row, begin, end),
        cmocka_unit_test_setup_teardown(no_message_is_inside_itself, begin, end),
        cmocka_unit_test_setup_teardown(every_put_may_fail, begin, end),
        cmocka_unit_test_setup_teardown(a_commit_may_fail, begin, end),
        cmocka_unit_test_setup_teardown(replay_gives_the_same_tables, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
