/* test_limits.c - limits at their bound and one past it, those that no other test has; and that each limit has a test.
 * Reads:   services/base/limits.h and the sources, from the root of the repository, where tests run. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "distribution.pb-c.h"
#include "distribution/rules.h"
#include "json/jsonpb.h"
#include "materials.pb-c.h"
#include "production.pb-c.h"
#include "production/rules.h"
#include "registry/rules.h"
#include "store/accounts.h"
#include "store/commands.h"
#include "store/journal.h"
#include "store/ledger.h"
#include "store/logged.h"
#include "world/world.h"

#include <ctype.h>
#include <dirent.h>
#include <unistd.h>

static struct {
    char text[256 * 1024]; /* a request being written */
    size_t bytes;
} written;

/* A command is written piece by piece: begun with its own fields, then its lines, then told. */
static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(written.text + written.bytes, sizeof written.text - written.bytes, format, args);
    va_end(args);
    assert_true(n >= 0 && written.bytes + (size_t)n < sizeof written.text);
    written.bytes += (size_t)n;
}

static void begin(const char *fields)
{
    written.bytes = 0;
    put("{'requestId':'00000000-0000-4000-8000-%012u',%s'lines':[", ++world.ids, fields);
}

static const char *tell_in(struct batch *batch, const char *method)
{
    if (written.text[written.bytes - 1] == ',') written.bytes--;
    put("]}");
    for (char *c = written.text; (c = strchr(c, '\'')) != NULL;) *c = '"';
    return call_in(batch, world.who, method, written.text);
}

static void invalid(const char *answer) { shows(answer, "!invalid_argument"); }

static int world_begin(void **state)
{
    (void)state;
    world_open("limits");
    begin("");
    put("{'code':'district','behaviour':{}},{'code':'store','behaviour':{'holds':true}},"
        "{'code':'group','behaviour':{'makes':true}},{'code':'kitchen','behaviour':{'holds':true,'serves':true}}");
    done(tell_in(NULL, "Registry/AddKinds"));
    begin("");
    put("{'code':'d','kind':'district'},{'code':'st','kind':'store','parent':'d'},"
        "{'code':'g','kind':'group','parent':'st'},{'code':'e','kind':'district'},"
        "{'code':'k','kind':'kitchen','parent':'e'}");
    done(tell_in(NULL, "Registry/AddPlaces"));
    begin("");
    put("{'code':'rice','class':'ITEM_CLASS_GOODS','unit':'UNIT_GRAM'},"
        "{'code':'rub','class':'ITEM_CLASS_GOODS','unit':'UNIT_MILLILITRE','check':'CHECK_INSPECTOR'}");
    done(tell_in(NULL, "Registry/AddItems"));
    return 0;
}

static int world_end(void **state)
{
    (void)state;
    return world_close();
}

/* ---- rules */

static void phones_and_pins(void **state)
{
    (void)state;
    char phone[PHONE_BYTES_MAX + 2];
    memset(phone, '7', sizeof phone - 1);
    phone[PHONE_BYTES_MAX + 1] = '\0';
    assert_false(phone_ok(phone));
    phone[PHONE_BYTES_MAX] = '\0';
    assert_true(phone_ok(phone));
    char pin[PIN_DIGITS_MAX + 2];
    for (int digits = PIN_DIGITS_MIN - 1; digits <= PIN_DIGITS_MAX + 1; digits++) {
        memset(pin, '4', (size_t)digits);
        pin[digits] = '\0';
        assert_int_equal(pin_ok(pin), digits >= PIN_DIGITS_MIN && digits <= PIN_DIGITS_MAX);
    }
}

static void sack_numbers_begin_again(void **state)
{
    char text[24];
    (void)state;
    assert_int_equal(sack_after(SACK_NUMBER_MAX - 1), SACK_NUMBER_MAX);
    assert_int_equal(sack_after(SACK_NUMBER_MAX), 1);
    snprintf(text, sizeof text, "%d", SACK_NUMBER_MAX);
    assert_int_equal(sack_number(text), SACK_NUMBER_MAX);
    snprintf(text, sizeof text, "%d", SACK_NUMBER_MAX + 1);
    assert_int_equal(sack_number(text), 0);
}

static void a_slip_not_confirmed(void **state)
{
    struct slip_sum sum = {.on_way = true};
    (void)state;
    assert_string_equal(slip_status(&sum, 1000, 0, 1000 + NOT_CONFIRMED_MS, 1), "on_the_way");
    assert_string_equal(slip_status(&sum, 1000, 0, 1000 + NOT_CONFIRMED_MS + 1, 1), "not_confirmed");
}

static void numbers_without_quotes(void **state)
{
    const struct command *command = command_find("Materials/Receive");
    (void)state;
    for (unsigned past = 0; past <= 1; past++) {
        char json[128];
        struct json_error error;
        snprintf(json, sizeof json, "{\"lines\":[{\"quantity\":%" PRIu64 "}]}", JSON_UNQUOTED_MAX + past);
        ProtobufCMessage *message = json_decode(command->request, json, strlen(json), NULL, &error);
        assert_int_equal(message == NULL, past);
        if (message == NULL) assert_int_equal(error.fault, JSON_OUT_OF_RANGE);
        else protobuf_c_message_free_unpacked(message, NULL);
    }
}

/* ---- commands */

static void days_ahead(void **state)
{
    char today[16], text[11], fields[64];
    int32_t day;
    (void)state;
    ask("Registry/GetMe", "{}");
    snprintf(today, sizeof today, "%s", field(world.answer, "today", 0));
    assert_true(day_parse(today, &day));
    for (int past = 0; past <= 1; past++) {
        day_format(day + DAYS_AHEAD_MAX + past, text);
        snprintf(fields, sizeof fields, "'day':'%s','place':'st',", text);
        begin(fields);
        put("{'item':'rice','quantity':1}");
        const char *answer = tell_in(NULL, "Materials/Receive");
        if (past == 0) done(answer);
        else invalid(answer);
    }
}

static void refusals_shown(void **state)
{
    (void)state;
    for (int lines = REFUSALS_SHOWN_MAX - 1; lines <= REFUSALS_SHOWN_MAX + 1; lines++) {
        begin("'day':'2020-04-02','place':'st',");
        for (int i = 0; i < lines; i++) put("{'item':'rice','quantity':-1},");
        invalid(tell_in(NULL, "Materials/Receive"));
        assert_int_equal(world.outcome.error->n_details, lines < REFUSALS_SHOWN_MAX ? lines : REFUSALS_SHOWN_MAX);
    }
}

static void pages(void **state)
{
    (void)state;
    assert_int_not_equal(ask("Materials/ListOrders", "{'place':'d','limit':%d}", PAGE_LINES_MAX)[0], '!');
    invalid(ask("Materials/ListOrders", "{'place':'d','limit':%d}", PAGE_LINES_MAX + 1));
    assert_int_not_equal(ask("Reports/ListEntries", "{'limit':%d}", ENTRIES_PAGE_MAX)[0], '!');
    invalid(ask("Reports/ListEntries", "{'limit':%d}", ENTRIES_PAGE_MAX + 1));
}

static void a_flow_of_all_days(void **state)
{
    char first[11], last[11], past[11];
    (void)state;
    day_format(DAY_MIN, first);
    day_format(DAY_MIN + FLOW_DAYS_MAX - 1, last);
    day_format(DAY_MIN + FLOW_DAYS_MAX, past);
    assert_int_not_equal(ask("Reports/GetFlow", "{'place':'d','from':'%s','to':'%s'}", first, last)[0], '!');
    invalid(ask("Reports/GetFlow", "{'place':'d','from':'%s','to':'%s'}", first, past));
}

static void came_in_lots(const char *place, const char *item, int lots)
{
    char fields[64];
    snprintf(fields, sizeof fields, "'day':'2020-04-02','place':'%s',", place);
    begin(fields);
    for (int i = 0; i < lots; i++) put("{'item':'%s','quantity':1},", item);
    done(tell_in(NULL, "Materials/Receive"));
}

static const Rasad__V1__GetStockCardResponse *card(const char *before)
{
    ask("Materials/GetStockCard", "{'place':'st','item':'rice','limit':%d,'before':'%s'}", PAGE_LINES_MAX, before);
    assert_non_null(world.reply);
    return (const void *)world.reply;
}

static void a_card_of_many_lots(void **state)
{
    char next[64];
    (void)state;
    came_in_lots("st", "rice", CARD_ROWS);
    assert_int_equal(card("")->n_rows, CARD_ROWS);
    assert_string_equal(card("")->next, "");
    came_in_lots("st", "rice", 1);
    assert_int_equal(card("")->n_rows, CARD_ROWS);
    snprintf(next, sizeof next, "%s", card("")->next);
    assert_int_equal(card(next)->n_rows, 1);
    assert_string_equal(card(next)->next, "");
    *strchr(next, '/') = '\0';
    assert_int_not_equal(ask("Materials/GetStockCard", "{'place':'st','item':'rice','before':'%s/%" PRId64 "'}", next,
                             BALANCE_MAX)[0], '!');
    invalid(ask("Materials/GetStockCard", "{'place':'st','item':'rice','before':'%s/%" PRId64 "'}", next,
                BALANCE_MAX + 1));
}

static const char *count_in(const char *place, const char *item, int counted)
{
    begin("'day':'2020-04-03',");
    put("{'place':'%s','item':'%s','counted':%d}", place, item, counted);
    return tell_in(NULL, "Materials/Count");
}

static void one_line_takes_many_lots(void **state)
{
    (void)state;
    for (int left = MOVEMENTS_PER_EVENT_MAX + 1; left > 0; left -= LINES_PER_COMMAND_MAX)
        came_in_lots("st", "rice", left < LINES_PER_COMMAND_MAX ? left : LINES_PER_COMMAND_MAX);
    for (int past = 1; past >= 0; past--) {
        begin("'day':'2020-04-03',");
        put("{'place':'st','item':'rice','quantity':%d,'reason':'WASTE_REASON_WET'}", MOVEMENTS_PER_EVENT_MAX + past);
        const char *answer = tell_in(NULL, "Materials/Waste");
        if (past == 0) done(answer);
        else shows(answer, "less in one line: it moves 4096 lots at most");
    }
}

/* A count that is further down than one line reaches is told what to count first. */
static void a_count_of_many_lots(void **state)
{
    (void)state;
    for (int left = MOVEMENTS_PER_EVENT_MAX + 1; left > 0; left -= LINES_PER_COMMAND_MAX)
        came_in_lots("st", "rice", left < LINES_PER_COMMAND_MAX ? left : LINES_PER_COMMAND_MAX);
    shows(count_in("st", "rice", 0), "need first a count of 1, then this one");
    done(count_in("st", "rice", 1));
    done(count_in("st", "rice", 0));
}

static void lots_of_one_inspection(void **state)
{
    (void)state;
    came_in_lots("st", "rub", INSPECT_LOTS_MAX + 1);
    long sequence = strtol(field(world.answer, "sequence", 0), NULL, 10);
    for (int lots = INSPECT_LOTS_MAX + 1; lots >= INSPECT_LOTS_MAX; lots--) {
        begin("'day':'2020-04-03',");
        put("{'place':'st','item':'rub','accepted':%d,'lots':[", lots);
        for (int i = 1; i <= lots; i++) put("%s'%ld.%d'", i > 1 ? "," : "", sequence, i);
        put("]}");
        const char *answer = tell_in(NULL, "Quality/Inspect");
        if (lots == INSPECT_LOTS_MAX) done(answer);
        else invalid(answer);
    }
}

static void lines_of_a_day_on_the_sheet(void **state)
{
    (void)state;
    for (int lines = 1; lines <= DAY_LINES_SHOWN_MAX + 1; lines++) {
        begin("'workDate':'2020-04-02',");
        put("{'place':'g','item':'rice','good':1}");
        done(tell_in(NULL, "Production/LogOutput"));
        ask("Production/GetSheet", "{'place':'st','item':'rice','day':'2020-04-02'}");
        const Rasad__V1__GetSheetResponse *sheet = (const void *)world.reply;
        if (sheet == NULL || sheet->n_rows != 1) fail_msg("%.400s", world.answer);
        assert_int_equal(sheet->rows[0]->n_lines, lines < DAY_LINES_SHOWN_MAX ? lines : DAY_LINES_SHOWN_MAX);
        assert_int_equal(sheet->rows[0]->good, lines);
    }
}

static void days_of_one_strip(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        char from[11];
        day_format(18353 - SHEET_DAYS_MAX + 1 - past, from); /* to 2020-04-01 */
        const char *answer = ask("Production/GetSheetDays", "{'place':'st','item':'rice','from':'%s','to':'2020-04-01'}", from);
        if (past == 0) done(answer);
        else invalid(answer);
    }
}

static void places_of_one_strip(void **state)
{
    (void)state;
    static const char all[] = "{'place':'e','item':'rice','from':'2020-04-01','to':'2020-04-01'}";
    begin(""); /* a place that changes: what this process remembers of the world before goes */
    put("{'place':'k','registerNumber':1}");
    done(tell_in(NULL, "Registry/ChangePlaces"));
    for (int there = 2; there <= SHEET_DAYS_PLACES_MAX;) { /* e and k */
        begin("");
        int chunk = there < SHEET_DAYS_PLACES_MAX - 500 ? 500 : there < SHEET_DAYS_PLACES_MAX ? SHEET_DAYS_PLACES_MAX - there : 1;
        for (int i = 0; i < chunk; i++, there++) put("{'code':'y%d','kind':'store','parent':'e','registerNumber':%d},", there, there);
        done(tell_in(NULL, "Registry/AddPlaces"));
        if (there <= SHEET_DAYS_PLACES_MAX) done(ask("Production/GetSheetDays", "%s", all));
    }
    invalid(ask("Production/GetSheetDays", "%s", all));
}

/* ---- transactions and entries */

static void stores_begin(int first, int last)
{
    begin("");
    for (int i = first; i <= last; i++) put("{'code':'h%d','kind':'store','parent':'e','registerNumber':%d},", i, i);
}

static void lines_of_one_transaction(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        struct batch batch;
        int first = past * TXN_LINES_MAX + 1, last = first + TXN_LINES_MAX - 2 + past;
        assert_int_equal(run_begin(&batch, world.store, &world.arena), ERR_OK);
        stores_begin(first, last);
        done(tell_in(&batch, "Registry/AddPlaces"));
        stores_begin(last + 1, last + 1);
        tell_in(&batch, "Registry/AddPlaces");
        assert_int_equal(world.outcome.full, past);
        assert_int_equal(batch.lines, TXN_LINES_MAX);
        assert_int_equal(run_commit(&batch), ERR_OK);
    }
}

static void bytes_of_an_entry(void **state)
{
    static uint8_t id[UUID_BYTES] = {7}, hash[HASH_BYTES];
    Rasad__V1__Entry entry;
    Rasad__V1__Header header;
    Rasad__V1__Event event, *events[] = {&event};
    Rasad__V1__Refused refused;
    char *text = calloc(1, ENTRY_BYTES_MAX + 1);
    (void)state;
    assert_non_null(text);
    rasad__v1__entry__init(&entry);
    rasad__v1__header__init(&header);
    rasad__v1__event__init(&event);
    rasad__v1__refused__init(&refused);
    entry.header = &header;
    entry.events = events;
    entry.n_events = 1;
    event.fact_case = RASAD__V1__EVENT__FACT_REFUSED;
    event.refused = &refused;
    refused.field = text;
    header.request_id = (ProtobufCBinaryData){sizeof id, id};
    header.request_hash = (ProtobufCBinaryData){sizeof hash, hash};
    for (size_t past = 0; past <= 1; past++) {
        struct txn txn;
        txn_begin(world.store, &world.arena, &txn);
        header.sequence = journal_head(&txn).sequence + 1;
        memset(text, 'x', ENTRY_BYTES_MAX / 2); /* its length takes as many bytes as that of the longest */
        size_t without = rasad__v1__entry__get_packed_size(&entry) - ENTRY_BYTES_MAX / 2;
        memset(text, 'x', ENTRY_BYTES_MAX - without + past);
        assert_int_equal(rasad__v1__entry__get_packed_size(&entry), ENTRY_BYTES_MAX + past);
        journal_append(&txn, &entry);
        assert_int_equal(txn.err, past == 0 ? ERR_OK : ERR_TOO_BIG);
        txn_abort(&txn);
        journal_drop();
        arena_reset(&world.arena);
        memset(text, 0, ENTRY_BYTES_MAX + 1);
    }
    free(text);
}

/* So many entries, or so many bytes of them, wait for the end of a batch; then they are written first. Where they stand
 * makes no difference to who reads them there. */
static void entries_that_wait(void **state)
{
    static char text[TXN_BYTES_MAX / 2];
    Rasad__V1__Entry entry = RASAD__V1__ENTRY__INIT;
    Rasad__V1__Header header = RASAD__V1__HEADER__INIT;
    uint8_t first[HASH_BYTES], again[HASH_BYTES];
    struct slice stored;
    struct txn txn;
    (void)state;
    txn_begin(world.store, &world.arena, &txn);
    int64_t head = journal_head(&txn).sequence, rows = store_rows(&txn, TABLE_journal);
    entry.header = &header;
    for (header.sequence = head + 1; header.sequence <= head + ENTRIES_WAITING_MAX; header.sequence++) {
        assert_false(journal_crowded());
        assert_int_not_equal(journal_append(&txn, &entry), 0);
    }
    assert_true(journal_crowded());
    assert_int_equal(store_rows(&txn, TABLE_journal), rows);
    assert_true(journal_stored(&txn, head + ENTRIES_WAITING_MAX, first, &stored));
    journal_flush(&txn);
    assert_int_equal(store_rows(&txn, TABLE_journal), rows + ENTRIES_WAITING_MAX);
    assert_true(journal_stored(&txn, head + ENTRIES_WAITING_MAX, again, &stored));
    assert_memory_equal(first, again, HASH_BYTES);

    memset(text, 'x', sizeof text - 1);
    header.method = text;
    for (int n = 0; n < 2; n++, header.sequence++) {
        assert_false(journal_crowded());
        assert_true(journal_append(&txn, &entry) > TXN_BYTES_MAX / 2);
    }
    assert_true(journal_crowded());
    journal_undo(header.sequence - 1);
    assert_false(journal_crowded());
    assert_false(journal_stored(&txn, header.sequence - 1, NULL, &stored));
    assert_true(journal_stored(&txn, header.sequence - 2, NULL, &stored));
    journal_drop();
    assert_false(journal_stored(&txn, header.sequence - 2, NULL, &stored));
    assert_int_equal(txn.err, ERR_OK);
    txn_abort(&txn);
    arena_reset(&world.arena);
}

static void accounts_of_one_command(void **state)
{
    struct txn txn;
    (void)state;
    txn_begin(world.store, &world.arena, &txn);
    for (uint32_t place = 1; place <= ACCOUNTS_PER_COMMAND_MAX; place++) account_of(&txn, place, 1);
    assert_int_equal(txn.err, ERR_OK);
    account_of(&txn, 1, 1); /* one that is there */
    assert_int_equal(txn.err, ERR_OK);
    account_of(&txn, ACCOUNTS_PER_COMMAND_MAX + 1, 1);
    assert_int_equal(txn.err, ERR_MEMORY);
    txn_abort(&txn);
    ledger_forget();
    arena_reset(&world.arena);
}

/* A line of output whose alternatives, longer letter by letter, make the account's lines so long. */
static void logged_to(struct txn *txn, int64_t name, size_t bytes)
{
    char codes[RECIPE_INPUTS_MAX][CODE_BYTES_MAX + 1] = {""}, *instead[RECIPE_INPUTS_MAX];
    Rasad__V1__OutputLogged fact = RASAD__V1__OUTPUT_LOGGED__INIT;
    const struct account *account = account_of(txn, 7, 1);
    size_t before = account->lines_bytes;
    for (size_t i = 0; i < RECIPE_INPUTS_MAX; i++) instead[i] = codes[i];
    fact.instead = instead;
    fact.n_instead = RECIPE_INPUTS_MAX;
    for (size_t n = 0; account->lines_bytes < bytes; n++) {
        assert_true(n <= RECIPE_INPUTS_MAX * CODE_BYTES_MAX);
        if (account->lines_bytes > before) logged_del(txn, 7, 1, 18000, name);
        if (n > 0) codes[(n - 1) / CODE_BYTES_MAX][(n - 1) % CODE_BYTES_MAX] = 'x';
        logged_put(txn, 7, 1, 18000, name, &fact);
    }
    assert_int_equal(account->lines_bytes, bytes);
}

static void lines_in_an_account(void **state)
{
    struct txn txn;
    (void)state;
    txn_begin(world.store, &world.arena, &txn);
    int64_t before = store_rows(&txn, TABLE_log);
    logged_to(&txn, 1000, LOGGED_BYTES_MAX / 2);
    logged_to(&txn, 2000, LOGGED_BYTES_MAX);
    accounts_flush(&txn);
    assert_int_equal(store_rows(&txn, TABLE_log), before);
    logged_del(&txn, 7, 1, 18000, 2000);
    logged_to(&txn, 2000, LOGGED_BYTES_MAX + 1);
    accounts_flush(&txn);
    assert_int_equal(store_rows(&txn, TABLE_log), before + 2);
    assert_int_equal(account_of(&txn, 7, 1)->lines_bytes, 0);
    txn_abort(&txn);
    ledger_forget();
    arena_reset(&world.arena);
}

/* ---- proposals: the kitchen k and stores h1, h2, ... below e; each place that is looked at is one */

static void asked(int64_t quantity, char name[32])
{
    char fields[64], today[16];
    ask("Registry/GetMe", "{}");
    snprintf(today, sizeof today, "%s", field(world.answer, "today", 0));
    snprintf(fields, sizeof fields, "'day':'%s','place':'k',", today);
    begin(fields);
    put("{'item':'rice','quantity':'%" PRId64 "'}", quantity);
    done(tell_in(NULL, "Distribution/Request"));
    snprintf(name, 32, "%s", field(world.answer, "name", 0));
    begin("");
    put("{'request':'%s','quantity':'%" PRId64 "','alone':'ALONE_REASON_NIGHT'}", name, quantity);
    done(tell_in(NULL, "Distribution/Approve"));
}

static const Rasad__V1__ProposeAllocationResponse *proposed(const char *request)
{
    ask("Distribution/ProposeAllocation", "{'request':'%s'}", request);
    if (world.reply == NULL) fail_msg("%.400s", world.answer);
    return (const void *)world.reply;
}

static void has(int store, const char *more)
{
    char fields[64];
    snprintf(fields, sizeof fields, "'day':'2020-04-02','place':'h%d',", store);
    begin(fields);
    put("{'item':'rice','quantity':1%s}", more);
    done(tell_in(NULL, "Materials/Receive"));
}

static void proposals(void **state)
{
    enum { LAST = PROPOSE_LOOKED_MAX - 2 }; /* k itself, e, h1 ... */
    char all[32], at[32], past[32], code[CODE_BYTES_MAX + 1];
    (void)state;
    for (int first = 1; first <= 2000; first += 1000) {
        stores_begin(first, first + 999);
        done(tell_in(NULL, "Registry/AddPlaces"));
    }
    asked(100000, all);
    asked(PROPOSALS_MAX, at);
    asked(PROPOSALS_MAX + 1, past);
    has(LAST + 1, "");
    assert_int_equal(proposed(all)->n_proposals, 0); /* one past what is looked at */
    has(LAST, "");
    assert_int_equal(proposed(all)->n_proposals, 1);
    snprintf(code, sizeof code, "h%d", LAST);
    assert_string_equal(proposed(all)->proposals[0]->from, code);

    for (int i = 1; i <= PROPOSALS_MAX; i++) has(i, "");
    assert_int_equal(proposed(at)->n_proposals, PROPOSALS_MAX);
    assert_int_equal(proposed(at)->lacking, 0);
    assert_int_equal(proposed(past)->n_proposals, PROPOSALS_MAX);
    assert_int_equal(proposed(past)->lacking, 1);

    for (int i = PROPOSALS_MAX + 1; i < CANDIDATES_MAX; i++) has(i, "");
    has(CANDIDATES_MAX, ",'expiry':'2090-02-01'"); /* what expires comes first */
    snprintf(code, sizeof code, "h%d", CANDIDATES_MAX);
    assert_string_equal(proposed(all)->proposals[0]->from, code);
    has(CANDIDATES_MAX + 1, ",'expiry':'2090-01-01'");
    assert_string_equal(proposed(all)->proposals[0]->from, code);
}

/* ---- that each limit has a test */

static struct {
    char text[8 * 1024 * 1024];
    size_t bytes;
} services, tests;

static void read_file(const char *path, char *text, size_t room, size_t *bytes)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) fail_msg("%s: not there; tests run at the root of the repository", path);
    size_t n = fread(text + *bytes, 1, room - *bytes - 1, file);
    fclose(file);
    *bytes += n;
    assert_true(*bytes + 1 < room);
    text[*bytes] = '\0';
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

/* The sources one folder below `root`, but for limits.h itself. */
static void read_sources(const char *root, char *text, size_t room, size_t *bytes)
{
    DIR *folders = opendir(root);
    if (folders == NULL) fail_msg("%s: not there; tests run at the root of the repository", root);
    for (struct dirent *folder; (folder = readdir(folders)) != NULL;) {
        char path[600];
        if (folder->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", root, folder->d_name);
        DIR *files = opendir(path);
        if (files == NULL) continue;
        for (struct dirent *file; (file = readdir(files)) != NULL;) {
            const char *name = file->d_name;
            if (!ends_with(name, ".c") && !ends_with(name, ".h") && !ends_with(name, ".mjs")) continue;
            if (strcmp(name, "limits.h") == 0) continue;
            snprintf(path, sizeof path, "%s/%s/%s", root, folder->d_name, name);
            read_file(path, text, room, bytes);
        }
        closedir(files);
    }
    closedir(folders);
}

static bool part_of_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool names(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(text, name); at != NULL; at = strstr(at + n, name))
        if ((at == text || !part_of_name(at[-1])) && !part_of_name(at[n])) return true;
    return false;
}

static int sources(void **state)
{
    (void)state;
    if (services.bytes == 0) read_sources("services", services.text, sizeof services.text, &services.bytes);
    if (tests.bytes == 0) read_sources("tests", tests.text, sizeof tests.text, &tests.bytes);
    return 0;
}

static void each_limit_is_used_has_a_reason_and_a_test(void **state)
{
    static char limits[64 * 1024];
    size_t bytes = 0;
    int wrong = 0;
    (void)state;
    read_file("services/base/limits.h", limits, sizeof limits, &bytes);
    for (char *line = strstr(limits, "#define "), *next; line != NULL; line = next) {
        char name[64], *end = line + strcspn(line, "\n");
        next = strstr(end, "\n#define ");
        next = next == NULL ? NULL : next + 1;
        if (*end != '\0') *end = '\0';
        assert_int_equal(sscanf(line, "#define %63[A-Z0-9_]", name), 1);
        const char *reason = strstr(line, "/* ");
        bool guard = strcmp(name, "RASAD_BASE_LIMITS_H") == 0;
        bool unit = strcmp(name, "KIB") == 0 || strcmp(name, "MIB") == 0;
        bool internal = reason != NULL && strstr(reason, "(internal)") != NULL;
        bool used = guard || names(services.text, name) || (next != NULL && names(next, name));
        bool tested = guard || unit || internal || names(tests.text, name);
        if (!used) print_error("%s: nobody uses it\n", name);
        if (!guard && !unit && reason == NULL) print_error("%s: no reason\n", name);
        if (!tested) print_error("%s: no test names it\n", name);
        wrong += !used + (!guard && !unit && reason == NULL) + !tested;
        if (next != NULL) *end = '\n';
    }
    assert_int_equal(wrong, 0);
}

static void no_limit_stands_elsewhere(void **state)
{
    int wrong = 0;
    (void)state;
    for (const char *at = services.text; (at = strstr(at, "#define ")) != NULL; at++) {
        char name[64] = "";
        if (at != services.text && at[-1] != '\n') continue;
        if (sscanf(at, "#define %63[A-Z0-9_] %*[(0-9I]", name) < 1) continue;
        if (!ends_with(name, "_MAX") && !ends_with(name, "_MIN")) continue;
        print_error("%s: belongs in services/base/limits.h\n", name);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)
    const struct CMUnitTest all[] = {
        cmocka_unit_test(phones_and_pins),
        cmocka_unit_test(sack_numbers_begin_again),
        cmocka_unit_test(a_slip_not_confirmed),
        cmocka_unit_test(numbers_without_quotes),
        IN_WORLD(days_ahead),
        IN_WORLD(refusals_shown),
        IN_WORLD(pages),
        IN_WORLD(a_flow_of_all_days),
        IN_WORLD(a_card_of_many_lots),
        IN_WORLD(one_line_takes_many_lots),
        IN_WORLD(a_count_of_many_lots),
        IN_WORLD(lots_of_one_inspection),
        IN_WORLD(lines_of_a_day_on_the_sheet),
        IN_WORLD(days_of_one_strip),
        IN_WORLD(lines_of_one_transaction),
        IN_WORLD(bytes_of_an_entry),
        IN_WORLD(entries_that_wait),
        IN_WORLD(accounts_of_one_command),
        IN_WORLD(lines_in_an_account),
        IN_WORLD(proposals),
        IN_WORLD(places_of_one_strip),
        cmocka_unit_test_setup(each_limit_is_used_has_a_reason_and_a_test, sources),
        cmocka_unit_test_setup(no_limit_stands_elsewhere, sources),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
