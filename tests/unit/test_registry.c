/* test_registry.c - the address book over a store of its own, in one process: commands and reads run as the services run
 * them, requests are written as JSON, and replies and refusals are looked at as JSON too.
 * Flow:    the tests follow one another on the same store: places, items, people, sessions; last, the journal is replayed
 *          into a second store and every projection compared.
 */
#include "base/clock.h"
#include "base/log.h"
#include "registry/sessions.h"
#include "store/journal.h"
#include "store/ledger.h"
#include "store/totals.h"
#include "world/world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- calling */

static char console[SECRET_TEXT_BYTES]; /* its token */

static void says(const char *token, const char *method, const char *json, const char *part)
{
    shows(call_as(token, method, json), part);
}

static void good_as(const char *token, const char *method, const char *fields)
{
    const char *text = command_as(token, method, fields);
    if (text[0] == '!') fail_msg("%s %s: %s", method, fields, text);
}

static void good(const char *method, const char *fields) { good_as(console, method, fields); }

/* Refused with this code, reason and field. */
static void no_as(const char *token, const char *method, const char *fields, const char *code, const char *reason,
                  const char *field)
{
    char part[160];
    const char *text = command_as(token, method, fields);
    snprintf(part, sizeof part, "!%s ", code);
    shows(text, part);
    snprintf(part, sizeof part, "{\"reason\":\"REASON_%s\",\"field\":\"%s\"", reason, field);
    if (field[0] == '\0') snprintf(part, sizeof part, "{\"reason\":\"REASON_%s\"", reason);
    shows(text, part);
}

static void no(const char *method, const char *fields, const char *code, const char *reason, const char *field)
{
    no_as(console, method, fields, code, reason, field);
}

/* How many places of a kind, or with a mark, stand at and below a place. */
static int64_t tally(const char *place, enum code_class class, const char *code)
{
    struct txn txn;
    txn_read(world.store, &world.request, &txn);
    int64_t count = sum_get(&txn, TABLE_tally,
                            key("ubu", code_id(&txn, CODE_PLACE, place), (int)class, code_id(&txn, class, code)), 1);
    txn_abort(&txn);
    return count;
}

/* The codes of a list, in order: "A B C". */
static const char *codes(const char *text)
{
    static char list[4096];
    size_t n = 0;
    static const char before[] = "{\"code\":\"";
    for (const char *at = text; (at = strstr(at, before)) != NULL;) {
        at += strlen(before);
        size_t bytes = strcspn(at, "\"");
        assert_true(n + bytes + 2 < sizeof list);
        if (n > 0) list[n++] = ' ';
        memcpy(list + n, at, bytes);
        n += bytes;
    }
    list[n] = '\0';
    return list;
}

/* ---- the console's token */

static void console_token(void **state)
{
    char path[128], again[SECRET_TEXT_BYTES] = "";
    struct stat stat_now;
    (void)state;
    snprintf(path, sizeof path, "%s/console.token", world.dir);
    assert_int_equal(console_token_make(world.store, world.dir), ERR_OK);
    assert_int_equal(stat(path, &stat_now), 0);
    assert_int_equal(stat_now.st_mode & 0777, 0600);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(console, sizeof console, file));
    fclose(file);
    assert_int_equal(strlen(console), SECRET_TEXT_BYTES - 1);
    says(console, "Registry/GetMe", "{}", "\"person\":\"console\"");
    /* the same again; one that others may read, or that the store does not know, is made anew and the old one ends */
    assert_int_equal(console_token_make(world.store, world.dir), ERR_OK);
    says(console, "Registry/GetMe", "{}", "\"person\":\"console\"");
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(console_token_make(world.store, world.dir), ERR_OK);
    says(console, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(again, sizeof again, file));
    fclose(file);
    memcpy(console, again, sizeof again);
    says(console, "Registry/SignOut", "{}", "{}");
    says(console, "Registry/GetMe", "{}", "\"person\":\"console\"");
    says("", "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    says("not-a-token", "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
}

/* ---- kinds and places */

static void kinds(void **state)
{
    (void)state;
    good("Registry/AddKinds",
         "\"lines\":[{\"code\":\"area\",\"label\":{\"en\":\"Area\"}},{\"code\":\"vo\",\"behaviour\":{\"holds\":true}},"
         "{\"code\":\"group\",\"label\":{\"en\":\"Group\",\"hi\":\"\\u0938\\u092e\\u0942\\u0939\"},\"behaviour\":{\"makes\":true}},"
         "{\"code\":\"dealer\",\"behaviour\":{\"serves\":true,\"person\":true}},"
         "{\"code\":\"supplier\",\"behaviour\":{\"outside\":true}},{\"code\":\"fund\",\"behaviour\":{\"holds\":true,\"lends\":true}}]");
    no("Registry/AddKinds", "\"lines\":[{\"code\":\"vo\",\"behaviour\":{\"holds\":true}}]", "already_exists", "EXISTS", "lines[0].code");
    shows(world.answer, "stands already, with the same content");
    no("Registry/AddKinds", "\"lines\":[{\"code\":\"vo\"}]", "already_exists", "EXISTS", "lines[0].code");
    shows(world.answer, "this is taken, with other content");
    no("Registry/AddKinds", "\"lines\":[{\"code\":\"x\"},{\"code\":\"x\"}]", "invalid_argument", "TWICE", "lines[1].code");
    no("Registry/AddKinds", "\"lines\":[{\"code\":\"x\",\"behaviour\":{\"outside\":true,\"lends\":true}}]", "invalid_argument",
       "OUT_OF_RANGE", "lines[0].behaviour.outside");
    no("Registry/AddKinds", "\"lines\":[]", "invalid_argument", "NOTHING_TO_DO", "lines");
    assert_string_equal(codes(call_as(console, "Registry/ListKinds", "{}")), "area vo group dealer supplier fund");
}

static const char tree[] =
    "\"lines\":[{\"code\":\"UP\",\"kind\":\"area\",\"name\":{\"en\":\"Uttar Pradesh\"},\"calendar\":\"CALENDAR_GREGORIAN\",\"lgdCode\":\"9\"},"
    "{\"code\":\"D1\",\"kind\":\"area\",\"parent\":\"UP\",\"registerNumber\":2,\"latitude\":\"26.8467\",\"longitude\":\"80.9462\"},"
    "{\"code\":\"D2\",\"kind\":\"area\",\"parent\":\"UP\",\"registerNumber\":1},"
    "{\"code\":\"B1\",\"kind\":\"area\",\"parent\":\"D1\"},{\"code\":\"B2\",\"kind\":\"area\",\"parent\":\"D2\"},"
    "{\"code\":\"V1\",\"kind\":\"vo\",\"parent\":\"B1\",\"gln\":\"4006381333931\"},{\"code\":\"V2\",\"kind\":\"vo\",\"parent\":\"B2\"},"
    "{\"code\":\"G3\",\"kind\":\"group\",\"parent\":\"V1\",\"registerNumber\":3,\"members\":12},"
    "{\"code\":\"G1\",\"kind\":\"group\",\"parent\":\"V1\",\"registerNumber\":1},"
    "{\"code\":\"G2\",\"kind\":\"group\",\"parent\":\"V1\",\"registerNumber\":2},"
    "{\"code\":\"G0\",\"kind\":\"group\",\"parent\":\"V1\"},"
    "{\"code\":\"R1\",\"kind\":\"dealer\",\"parent\":\"B1\",\"registerNumber\":9,\"name\":{\"hi\":\"Ram Lal\"},\"phone\":\"+91 94150 11111\"},"
    "{\"code\":\"SUP\",\"kind\":\"supplier\",\"name\":{\"en\":\"Khadi\"},\"phone\":\"0522 222222\"}]";

static void places(void **state)
{
    (void)state;
    good("Registry/AddPlaces", tree);
    shows(world.answer, "\"accepted\":13");
    assert_int_equal(tally("UP", CODE_KIND, "group"), 4);
    assert_int_equal(tally("UP", CODE_KIND, "area"), 5);
    assert_int_equal(tally("B1", CODE_KIND, "group"), 4);
    assert_int_equal(tally("G1", CODE_KIND, "group"), 1);
    assert_int_equal(tally("D2", CODE_KIND, "group"), 0);
    says(console, "Registry/GetPlace", "{\"place\":\"G3\"}", "\"path\":[\"V1\",\"B1\",\"D1\",\"UP\"]");
    shows(world.answer, "\"members\":12");
    shows(world.answer, "\"kind\":\"group\",\"parent\":\"V1\"");
    shows(world.answer, "\"behaviour\":{\"makes\":true}");
    hides(world.answer, "hasBelow");
    says(console, "Registry/GetPlace", "{\"place\":\"D1\"}", "\"latitudeUdeg\":26846700,\"longitudeUdeg\":80946200");
    shows(world.answer, "\"hasBelow\":true");
    says(console, "Registry/GetPlace", "{\"place\":\"R1\"}", "\"name\":{\"en\":\"Ram Lal\"}");
    shows(world.answer, "\"phone\":\"+91 94150 11111\"");
    says(console, "Registry/GetPlace", "{\"place\":\"NO\"}", "!not_found");
}

/* What is private is not in the journal, and the journal can prove it. */
static void places_of_people_are_private(void **state)
{
    struct txn txn;
    struct slice stored, row;
    uint8_t hash[HASH_BYTES];
    (void)state;
    txn_read(world.store, &world.request, &txn);
    struct head head = journal_head(&txn);
    assert_true(journal_stored(&txn, head.sequence, hash, &stored));
    assert_null(memmem(stored.data, stored.bytes, "Ram Lal", 7));
    assert_null(memmem(stored.data, stored.bytes, "94150", 5));
    assert_null(memmem(stored.data, stored.bytes, "222222", 6));
    assert_non_null(memmem(stored.data, stored.bytes, "Khadi", 5));
    struct key k = key("bs", CODE_PLACE, "R1");
    assert_true(txn_get(&txn, TABLE_private, &k, &row));
    hash_bytes(row.data, row.bytes, hash);
    assert_non_null(memmem(stored.data, stored.bytes, hash, sizeof hash));
    txn_abort(&txn);
}

static void bad_places(void **state)
{
    static const struct {
        const char *line, *code, *reason, *field;
    } cases[] = {
        {"\"kind\":\"area\"", "invalid_argument", "MISSING", "lines[0].code"},
        {"\"code\":\"a b\",\"kind\":\"area\"", "invalid_argument", "BAD_FORMAT", "lines[0].code"},
        {"\"code\":\"N\",\"kind\":\"none\",\"parent\":\"UP\"", "not_found", "UNKNOWN_CODE", "lines[0].kind"},
        {"\"code\":\"N\",\"kind\":\"area\",\"parent\":\"none\"", "not_found", "UNKNOWN_CODE", "lines[0].parent"},
        {"\"code\":\"N\",\"kind\":\"area\",\"latitude\":\"91\",\"longitude\":\"1\"", "invalid_argument", "BAD_FORMAT", "lines[0].latitude"},
        {"\"code\":\"N\",\"kind\":\"area\",\"latitude\":\"9\"", "invalid_argument", "BAD_FORMAT", "lines[0].longitude"},
        {"\"code\":\"N\",\"kind\":\"area\",\"latitude\":\"0\",\"longitude\":\"0.0\"", "invalid_argument", "OUT_OF_RANGE", "lines[0].latitude"},
        {"\"code\":\"N\",\"kind\":\"area\",\"gln\":\"4006381333930\"", "invalid_argument", "BAD_FORMAT", "lines[0].gln"},
        {"\"code\":\"N\",\"kind\":\"area\",\"lgdCode\":\"12x\"", "invalid_argument", "BAD_FORMAT", "lines[0].lgdCode"},
        {"\"code\":\"N\",\"kind\":\"area\",\"members\":10001", "invalid_argument", "OUT_OF_RANGE", "lines[0].members"},
        {"\"code\":\"N\",\"kind\":\"area\",\"registerNumber\":-1", "invalid_argument", "OUT_OF_RANGE", "lines[0].registerNumber"},
        {"\"code\":\"N\",\"kind\":\"area\",\"phone\":\"call me\"", "invalid_argument", "BAD_FORMAT", "lines[0].phone"},
        {"\"code\":\"N\",\"kind\":\"area\",\"name\":{\"fa\":\"a\\nb\"}", "invalid_argument", "BAD_FORMAT", "lines[0].name.fa"},
        {"\"code\":\"N\",\"kind\":\"area\",\"parent\":\"UP\",\"calendar\":\"CALENDAR_JALALI\"", "invalid_argument", "OUT_OF_RANGE", "lines[0].calendar"},
        {"\"code\":\"N\",\"kind\":\"dealer\",\"parent\":\"UP\",\"name\":{\"en\":\"a\",\"hi\":\"b\"}", "invalid_argument", "OUT_OF_RANGE", "lines[0].name"},
        {"\"code\":\"UP\",\"kind\":\"area\"", "already_exists", "EXISTS", "lines[0].code"},
    };
    char fields[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(fields, sizeof fields, "\"lines\":[{%s}]", cases[i].line);
        no("Registry/AddPlaces", fields, cases[i].code, cases[i].reason, cases[i].field);
    }
    /* all that is wrong at once, and nothing of it stays */
    no("Registry/AddPlaces", "\"lines\":[{\"code\":\"N1\",\"kind\":\"area\",\"parent\":\"UP\"},{\"code\":\"N2\",\"kind\":\"x\",\"parent\":\"y\"}]",
       "not_found", "UNKNOWN_CODE", "lines[1].kind");
    shows(world.answer, "lines[1].parent");
    says(console, "Registry/GetPlace", "{\"place\":\"N1\"}", "!not_found");
    no("Registry/AddPlaces", tree, "already_exists", "EXISTS", "lines[0].code");
    shows(world.answer, "stands already, with the same content");
    hides(world.answer, "with other content");
}

static void depth_of_places(void **state)
{
    char fields[4096] = "\"lines\":[{\"code\":\"L1\",\"kind\":\"area\"}", line[64];
    (void)state;
    for (int i = 2; i <= PATH_PLACES_MAX; i++) {
        snprintf(line, sizeof line, ",{\"code\":\"L%d\",\"kind\":\"area\",\"parent\":\"L%d\"}", i, i - 1);
        strcat(fields, line);
    }
    strcat(fields, "]");
    good("Registry/AddPlaces", fields);
    snprintf(line, sizeof line, "\"lines\":[{\"code\":\"LX\",\"kind\":\"area\",\"parent\":\"L%d\"}]", PATH_PLACES_MAX);
    no("Registry/AddPlaces", line, "invalid_argument", "OUT_OF_RANGE", "lines[0].parent");
    /* a subtree that would reach too deep stays where it is */
    good("Registry/AddPlaces", "\"lines\":[{\"code\":\"M1\",\"kind\":\"area\"},{\"code\":\"M2\",\"kind\":\"area\",\"parent\":\"M1\"}]");
    snprintf(line, sizeof line, "\"lines\":[{\"place\":\"M1\",\"parent\":\"L%d\"}]", PATH_PLACES_MAX - 1);
    no("Registry/MovePlaces", line, "invalid_argument", "OUT_OF_RANGE", "lines[0].parent");
    snprintf(line, sizeof line, "\"lines\":[{\"place\":\"M1\",\"parent\":\"L%d\"}]", PATH_PLACES_MAX - 2);
    good("Registry/MovePlaces", line);
    assert_int_equal(tally("L1", CODE_KIND, "area"), PATH_PLACES_MAX + 2);
    good("Registry/MovePlaces", "\"lines\":[{\"place\":\"M1\",\"parent\":\"\"}]");
    assert_int_equal(tally("L1", CODE_KIND, "area"), PATH_PLACES_MAX);
}

static void checking(void **state)
{
    (void)state;
    says(console, "Registry/CheckPlaces",
         "{\"lines\":[{\"code\":\"N1\",\"kind\":\"area\",\"parent\":\"UP\"},{\"code\":\"N2\",\"kind\":\"vo\",\"parent\":\"N1\"},"
         "{\"code\":\"G0\",\"kind\":\"group\",\"parent\":\"V1\"}]}", "{\"present\":[3]}");
    says(console, "Registry/CheckPlaces",
         "{\"lines\":[{\"code\":\"N1\",\"kind\":\"x\",\"parent\":\"y\",\"gln\":\"1\"},{\"code\":\"N2\",\"kind\":\"vo\",\"parent\":\"N1\"},"
         "{\"code\":\"G0\",\"kind\":\"group\",\"parent\":\"V1\",\"members\":5},{\"code\":\"N3\",\"kind\":\"x\",\"parent\":\"y\"}]}",
         "\"field\":\"lines[0].gln\"");
    shows(world.answer, "\"field\":\"lines[2].code\"");
    shows(world.answer, "\"field\":\"lines[3].kind\"");
    shows(world.answer, "\"field\":\"lines[3].parent\"");
    hides(world.answer, "lines[1]"); /* its parent's fault is said once */
    char again[sizeof tree + 2];
    snprintf(again, sizeof again, "{%s}", tree); /* a file sent again: every line stands already, below lines that do */
    says(console, "Registry/CheckPlaces", again, "{\"present\":[1,2,3,4,5,6,7,8,9,10,11,12,13]}");
    says(console, "Registry/CheckPlaces", "{\"lines\":[]}", "REASON_NOTHING_TO_DO");
    says(console, "Registry/GetPlace", "{\"place\":\"N1\"}", "!not_found");
}

static void lists(void **state)
{
    (void)state;
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{}")), "UP SUP L1 M1");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"UP\"}")), "D2 D1");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"V1\"}")), "G0 G1 G2 G3");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"UP\",\"allBelow\":true}")),
                        "D2 B2 V2 D1 B1 V1 G0 G1 G2 G3 R1");
    hides(world.answer, "\"next\"");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"UP\",\"allBelow\":true,\"kind\":\"vo\"}")), "V2 V1");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"allBelow\":true,\"kind\":\"dealer\"}")), "R1");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"V1\",\"limit\":2}")), "G0 G1");
    shows(world.answer, "\"next\":\"G1\"");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"V1\",\"limit\":2,\"after\":\"G1\"}")), "G2 G3");
    hides(world.answer, "\"next\"");
    says(console, "Registry/ListPlaces", "{\"parent\":\"V1\",\"after\":\"D1\"}", "REASON_STATE");
    says(console, "Registry/ListPlaces", "{\"limit\":501}", "REASON_OUT_OF_RANGE");
    says(console, "Registry/ListPlaces", "{\"kind\":\"none\"}", "REASON_UNKNOWN_CODE");
}

/* Pages of every size join to the whole list. */
static void pages_join(void **state)
{
    char json[128], after[32], joined[256];
    (void)state;
    for (int limit = 1; limit <= 12; limit++) {
        joined[0] = after[0] = '\0';
        do {
            snprintf(json, sizeof json, "{\"parent\":\"UP\",\"allBelow\":true,\"limit\":%d,\"after\":\"%s\"}", limit, after);
            const char *text = call_as(console, "Registry/ListPlaces", json), *next = strstr(text, "\"next\":\"");
            if (joined[0] != '\0') strcat(joined, " ");
            strcat(joined, codes(text));
            after[0] = '\0';
            if (next != NULL) snprintf(after, sizeof after, "%.*s", (int)strcspn(next + 8, "\""), next + 8);
        } while (after[0] != '\0');
        assert_string_equal(joined, "D2 B2 V2 D1 B1 V1 G0 G1 G2 G3 R1");
    }
}

static void changes(void **state)
{
    (void)state;
    good("Registry/ChangePlaces", "\"lines\":[{\"place\":\"G0\",\"registerNumber\":7,\"name\":{\"hi\":\"Jyoti\"},\"members\":11}]");
    good("Registry/ChangePlaces", "\"lines\":[{\"place\":\"G0\",\"name\":{\"en\":\"Light\"},\"latitude\":\"-0.5\",\"longitude\":\"0\",\"close\":true}]");
    says(console, "Registry/GetPlace", "{\"place\":\"G0\"}", "\"name\":{\"en\":\"Light\",\"hi\":\"Jyoti\"}");
    shows(world.answer, "\"latitudeUdeg\":-500000");
    shows(world.answer, "\"members\":11");
    shows(world.answer, "\"closed\":true");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"V1\"}")), "G1 G2 G3 G0");
    good("Registry/ChangePlaces", "\"lines\":[{\"place\":\"R1\",\"phone\":\"94150 22222\"}]");
    says(console, "Registry/GetPlace", "{\"place\":\"R1\"}", "\"phone\":\"94150 22222\"");
    shows(world.answer, "\"name\":{\"en\":\"Ram Lal\"}");
    good("Registry/ChangePlaces", "\"lines\":[{\"place\":\"R1\",\"name\":{\"fa\":\"Mohan\"}}]");
    says(console, "Registry/GetPlace", "{\"place\":\"R1\"}", "\"name\":{\"en\":\"Mohan\"}");
    shows(world.answer, "\"phone\":\"94150 22222\"");
    no("Registry/ChangePlaces", "\"lines\":[{\"place\":\"R1\"}]", "invalid_argument", "MISSING", "lines[0].place");
    no("Registry/ChangePlaces", "\"lines\":[{\"place\":\"none\",\"members\":1}]", "not_found", "UNKNOWN_CODE", "lines[0].place");
    no("Registry/ChangePlaces", "\"lines\":[{\"place\":\"R1\",\"name\":{\"en\":\"a\",\"fa\":\"b\"}}]", "invalid_argument", "OUT_OF_RANGE", "lines[0].name");
}

/* ---- marks, moves */

static void marks(void **state)
{
    (void)state;
    good("Registry/SetMarks", "\"lines\":[{\"place\":\"G1\",\"code\":\"fund\",\"fromDay\":\"2020-01-01\"},"
                               "{\"place\":\"G2\",\"code\":\"fund\",\"fromDay\":\"2020-01-01\",\"toDay\":\"2020-12-31\"}]");
    assert_int_equal(tally("UP", CODE_MARK, "fund"), 2);
    good("Registry/SetMarks", "\"lines\":[{\"place\":\"G1\",\"code\":\"fund\",\"fromDay\":\"2020-01-01\",\"toDay\":\"2020-06-30\"}]");
    assert_int_equal(tally("UP", CODE_MARK, "fund"), 2); /* only ended */
    good("Registry/SetMarks", "\"lines\":[{\"place\":\"G1\",\"code\":\"fund\",\"fromDay\":\"2021-01-01\"}]");
    assert_int_equal(tally("V1", CODE_MARK, "fund"), 2); /* the same group, once more */
    no("Registry/SetMarks", "\"lines\":[{\"place\":\"G1\",\"code\":\"fund\",\"fromDay\":\"2021-01-02\",\"toDay\":\"2021-01-01\"}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].toDay");
    no("Registry/SetMarks", "\"lines\":[{\"place\":\"G1\",\"code\":\"fund\",\"fromDay\":\"2099-01-02\"}]", "invalid_argument",
       "FUTURE_DAY", "lines[0].fromDay");
}

static void moves(void **state)
{
    (void)state;
    no("Registry/MovePlaces", "\"lines\":[{\"place\":\"D1\",\"parent\":\"G1\"}]", "invalid_argument", "LOOP", "lines[0].parent");
    no("Registry/MovePlaces", "\"lines\":[{\"place\":\"D1\",\"parent\":\"D1\"}]", "invalid_argument", "LOOP", "lines[0].parent");
    no("Registry/MovePlaces", "\"lines\":[{\"place\":\"V1\",\"parent\":\"B1\"}]", "failed_precondition", "STATE", "lines[0].parent");
    good("Registry/MovePlaces", "\"lines\":[{\"place\":\"V1\",\"parent\":\"B2\"}]");
    assert_int_equal(tally("B1", CODE_KIND, "group"), 0);
    assert_int_equal(tally("D1", CODE_KIND, "group"), 0);
    assert_int_equal(tally("D2", CODE_KIND, "group"), 4);
    assert_int_equal(tally("D2", CODE_KIND, "vo"), 2);
    assert_int_equal(tally("UP", CODE_KIND, "group"), 4);
    assert_int_equal(tally("D1", CODE_MARK, "fund"), 0);
    assert_int_equal(tally("B2", CODE_MARK, "fund"), 2);
    assert_int_equal(tally("UP", CODE_MARK, "fund"), 2);
    says(console, "Registry/GetPlace", "{\"place\":\"G3\"}", "\"path\":[\"V1\",\"B2\",\"D2\",\"UP\"]");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"B2\"}")), "V1 V2");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"B1\"}")), "R1");
    /* two moves and an addition in one entry: what earlier lines did counts in later ones */
    good("Registry/MovePlaces", "\"lines\":[{\"place\":\"G1\",\"parent\":\"V2\"},{\"place\":\"V2\",\"parent\":\"B1\"}]");
    assert_int_equal(tally("B1", CODE_KIND, "group"), 1);
    assert_int_equal(tally("B1", CODE_MARK, "fund"), 1);
    assert_int_equal(tally("B2", CODE_MARK, "fund"), 1);
    assert_int_equal(tally("V1", CODE_KIND, "group"), 3);
}

/* ---- items */

static void items(void **state)
{
    (void)state;
    good("Registry/AddItems",
         "\"lines\":[{\"code\":\"cloth\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\",\"displayFactor\":\"100\","
         "\"packs\":[{\"code\":\"bolt\",\"name\":{\"en\":\"Bolt\"}},{\"code\":\"roll\",\"quantity\":\"10000\"}]},"
         "{\"code\":\"canvas\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\"},"
         "{\"code\":\"mask\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\",\"check\":\"CHECK_OWN\",\"aqlHundredths\":250},"
         "{\"code\":\"inr\",\"class\":\"ITEM_CLASS_MONEY\",\"unit\":\"UNIT_PAISE\",\"displayFactor\":\"100\"},"
         "{\"code\":\"training\",\"class\":\"ITEM_CLASS_SERVICE\",\"unit\":\"UNIT_PIECE\"}]");
    no("Registry/AddItems", "\"lines\":[{\"code\":\"canvas\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\",\"displayFactor\":\"1\"}]",
       "already_exists", "EXISTS", "lines[0].code");
    shows(world.answer, "with the same content");
    no("Registry/AddItems", "\"lines\":[{\"code\":\"canvas\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_GRAM\"}]",
       "already_exists", "EXISTS", "lines[0].code");
    no("Registry/AddItems", "\"lines\":[{\"code\":\"x\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_RIAL\"}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].unit");
    no("Registry/AddItems", "\"lines\":[{\"code\":\"x\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_GRAM\",\"packs\":[{\"code\":\"a\"},{\"code\":\"a\"}]}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].packs[1].code");
}

static void recipes(void **state)
{
    (void)state;
    good("Registry/SetRecipes",
         "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":\"2500\",\"per\":\"200\","
         "\"bestQuantity\":\"2000\",\"alternatives\":[\"canvas\"]}]},{\"item\":\"mask\",\"fromDay\":\"2099-01-01\"}]");
    good("Registry/SetRecipes", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-02-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":\"13\",\"per\":\"1\"}]}]");
    says(console, "Registry/ListItems", "{}", "\"quantity\":\"13\"");
    shows(world.answer, "\"recipeVersion\":3"); /* 2 is of a day to come */
    no("Registry/SetRecipes", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-02-01\",\"inputs\":[{\"item\":\"mask\",\"quantity\":\"13\",\"per\":\"1\"}]}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].inputs[0].item");
    no("Registry/SetRecipes", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-02-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":\"13\"}]}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].inputs[0].per");
    no("Registry/SetRecipes", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-02-01\",\"inputs\":[{\"item\":\"inr\",\"quantity\":\"13\",\"per\":\"1\"}]}]",
       "failed_precondition", "WRONG_KIND", "lines[0].inputs[0].item");
    no("Registry/SetRecipes", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-02-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":\"13\",\"per\":\"1\","
       "\"alternatives\":[\"none\"]}]}]", "not_found", "UNKNOWN_CODE", "lines[0].inputs[0].alternatives[0]");
    no("Registry/SetRecipes", "\"lines\":[{\"item\":\"training\",\"fromDay\":\"2020-02-01\"}]", "failed_precondition", "WRONG_KIND", "lines[0].item");
}

static void rates(void **state)
{
    (void)state;
    good("Registry/SetRates", "\"lines\":[{\"item\":\"mask\",\"money\":\"inr\",\"perPiece\":\"500\",\"fromDay\":\"2020-01-01\",\"basis\":\"RATE_BASIS_HAND_IN\"},"
                               "{\"item\":\"mask\",\"money\":\"inr\",\"perPiece\":\"900\",\"fromDay\":\"2099-01-01\",\"basis\":\"RATE_BASIS_ACCEPTANCE\"}]");
    says(console, "Registry/ListItems", "{}", "\"ratePerPiece\":\"500\",\"rateMoney\":\"inr\"");
    no("Registry/SetRates", "\"lines\":[{\"item\":\"mask\",\"money\":\"cloth\",\"perPiece\":\"5\",\"fromDay\":\"2020-01-01\",\"basis\":\"RATE_BASIS_HAND_IN\"}]",
       "failed_precondition", "WRONG_KIND", "lines[0].money");
    no("Registry/SetRates", "\"lines\":[{\"item\":\"mask\",\"money\":\"inr\",\"perPiece\":\"5\",\"fromDay\":\"2020-01-01\"}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].basis");
    good("Registry/SetRates", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-03-01\"}]");
    hides(call_as(console, "Registry/ListItems", "{}"), "ratePerPiece");
}

/* Dated: the one in force on the day; set again, ended, refused. */
static void tax_codes(void **state)
{
    (void)state;
    good("Registry/SetTaxCodes", "\"lines\":[{\"item\":\"mask\",\"hsn\":\"6307\",\"fromDay\":\"2020-01-01\"},"
                                 "{\"item\":\"mask\",\"hsn\":\"63079090\",\"fromDay\":\"2020-04-01\"},"
                                 "{\"item\":\"mask\",\"hsn\":\"902000\",\"fromDay\":\"2099-01-01\"},"
                                 "{\"item\":\"training\",\"hsn\":\"999293\",\"fromDay\":\"2020-01-01\"}]");
    says(console, "Registry/ListItems", "{}", "\"hsn\":\"63079090\"");
    shows(world.answer, "\"hsn\":\"999293\"");
    hides(world.answer, "902000");
    good("Registry/SetTaxCodes", "\"lines\":[{\"item\":\"training\",\"fromDay\":\"2020-05-01\"},{\"item\":\"mask\",\"hsn\":\"630790\",\"fromDay\":\"2020-04-01\"}]");
    hides(call_as(console, "Registry/ListItems", "{}"), "999293");
    shows(world.answer, "\"hsn\":\"630790\"");
    static const char *const bad[] = {"630", "63079", "630790901", "6307909012", "63O7"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char fields[120];
        snprintf(fields, sizeof fields, "\"lines\":[{\"item\":\"mask\",\"hsn\":\"%s\",\"fromDay\":\"2020-01-01\"}]", bad[i]);
        no("Registry/SetTaxCodes", fields, "invalid_argument", "BAD_FORMAT", "lines[0].hsn");
    }
    no("Registry/SetTaxCodes", "\"lines\":[{\"item\":\"inr\",\"hsn\":\"6307\",\"fromDay\":\"2020-01-01\"}]", "failed_precondition", "WRONG_KIND", "lines[0].item");
    no("Registry/SetTaxCodes", "\"lines\":[{\"item\":\"mask\",\"hsn\":\"6307\",\"fromDay\":\"2020-01-01\"},{\"item\":\"mask\",\"fromDay\":\"2020-01-01\"}]",
       "invalid_argument", "TWICE", "lines[1].item");
}

/* Of a place, changed; never of a person: in hers is the account she pays income tax by. */
static void tax_numbers(void **state)
{
    (void)state;
    good("Registry/ChangePlaces", "\"lines\":[{\"place\":\"V1\",\"gstin\":\"27AAPFU0939F1ZV\"}]");
    says(console, "Registry/GetPlace", "{\"place\":\"V1\"}", "\"gstin\":\"27AAPFU0939F1ZV\"");
    good("Registry/ChangePlaces", "\"lines\":[{\"place\":\"V1\",\"members\":7}]");
    says(console, "Registry/GetPlace", "{\"place\":\"V1\"}", "\"gstin\":\"27AAPFU0939F1ZV\""); /* what is empty stays */
    no("Registry/ChangePlaces", "\"lines\":[{\"place\":\"V1\",\"gstin\":\"27AAPFU0939F1ZW\"}]", "invalid_argument", "BAD_FORMAT", "lines[0].gstin");
    no("Registry/ChangePlaces", "\"lines\":[{\"place\":\"V1\",\"gstin\":\"27AAPFU0939F1ZV0\"}]", "invalid_argument", "BAD_FORMAT", "lines[0].gstin");
    good("Registry/AddPlaces", "\"lines\":[{\"code\":\"taxed\",\"kind\":\"vo\",\"parent\":\"B1\",\"gstin\":\"09AAAFX1234K1Z4\"}]");
    says(console, "Registry/GetPlace", "{\"place\":\"taxed\"}", "\"gstin\":\"09AAAFX1234K1Z4\"");
    says(console, "Registry/CheckPlaces", "{\"lines\":[{\"code\":\"taxed\",\"kind\":\"vo\",\"parent\":\"B1\",\"gstin\":\"09AAAFX1234K1Z4\"}]}", "\"present\":[1]");
    hides(call_as(console, "Registry/CheckPlaces", "{\"lines\":[{\"code\":\"taxed\",\"kind\":\"vo\",\"parent\":\"B1\",\"gstin\":\"27AAPFU0939F1ZV\"}]}"), "present");
    no("Registry/AddPlaces", "\"lines\":[{\"code\":\"taxed2\",\"kind\":\"dealer\",\"parent\":\"B1\",\"gstin\":\"09AAAFX1234K1Z4\"}]", "failed_precondition", "WRONG_KIND", "lines[0].gstin");
}

static void rows_of_numbers(void **state)
{
    struct txn txn;
    struct place place;
    (void)state;
    good("Registry/MakeOffers", "\"lines\":[{\"place\":\"G1\",\"item\":\"mask\",\"members\":8,\"perDay\":\"300\",\"fromDay\":\"2020-05-01\"}]");
    no("Registry/MakeOffers", "\"lines\":[{\"place\":\"V1\",\"item\":\"mask\",\"members\":8,\"perDay\":\"300\",\"fromDay\":\"2020-05-01\"}]",
       "failed_precondition", "WRONG_KIND", "lines[0].place");
    good("Registry/MakeOffers", "\"lines\":[{\"place\":\"V1\",\"item\":\"training\",\"perDay\":\"3\",\"fromDay\":\"2020-05-01\"}]");
    good("Registry/MakeOffers", "\"lines\":[{\"place\":\"V1\",\"item\":\"training\",\"fromDay\":\"2020-05-02\"}]");
    good("Registry/SetQuotas", "\"lines\":[{\"place\":\"V1\",\"item\":\"mask\",\"perDay\":\"120\"},{\"place\":\"V2\",\"item\":\"mask\",\"perDay\":\"120\"}]");
    good("Registry/SetQuotas", "\"lines\":[{\"place\":\"V2\",\"item\":\"mask\"}]");
    good("Registry/SetLimits", "\"lines\":[{\"place\":\"D1\",\"role\":\"ROLE_SUPPLY_OFFICER\",\"quantity\":\"50\"},"
                                "{\"place\":\"D1\",\"role\":\"ROLE_SUPPLY_OFFICER\",\"item\":\"mask\",\"quantity\":\"500\"}]");
    no("Registry/SetLimits", "\"lines\":[{\"place\":\"D1\",\"quantity\":\"50\"}]", "invalid_argument", "OUT_OF_RANGE", "lines[0].role");
    good("Registry/SetHolidays", "\"lines\":[{\"place\":\"D2\",\"fromDay\":\"2030-01-26\",\"toDay\":\"2030-01-27\"},{\"place\":\"D1\",\"fromDay\":\"2030-01-26\",\"toDay\":\"2030-01-26\"}]");
    good("Registry/SetHolidays", "\"lines\":[{\"place\":\"D1\",\"fromDay\":\"2030-01-26\"}]"); /* taken back */
    no("Registry/SetHolidays", "\"lines\":[{\"place\":\"D1\",\"fromDay\":\"2030-01-26\",\"toDay\":\"2031-01-27\"}]", "invalid_argument", "OUT_OF_RANGE", "lines[0].toDay");
    txn_read(world.store, &world.request, &txn);
    uint32_t v1 = code_id(&txn, CODE_PLACE, "V1"), v2 = code_id(&txn, CODE_PLACE, "V2"), d1 = code_id(&txn, CODE_PLACE, "D1");
    uint32_t mask = code_id(&txn, CODE_ITEM, "mask"), training = code_id(&txn, CODE_ITEM, "training");
    struct key k = key("uu", v1, training);
    assert_false(txn_has(&txn, TABLE_offer, &k));
    k = key("uu", v1, mask);
    assert_int_equal(number_get(&txn, TABLE_quota, &k), 120);
    k = key("uu", v2, mask);
    assert_false(txn_has(&txn, TABLE_quota, &k));
    k = key("ubu", d1, RASAD__V1__ROLE__ROLE_SUPPLY_OFFICER, 0);
    assert_int_equal(number_get(&txn, TABLE_limit, &k), 50);
    k = key("ubu", d1, RASAD__V1__ROLE__ROLE_SUPPLY_OFFICER, mask);
    assert_int_equal(number_get(&txn, TABLE_limit, &k), 500);
    int32_t day;
    assert_true(day_parse("2030-01-27", &day));
    assert_true(place_find(&txn, "G3", &place));
    assert_true(holiday_on(&txn, &place, day) && !holiday_on(&txn, &place, day + 1));
    assert_true(place_find(&txn, "R1", &place));
    assert_false(holiday_on(&txn, &place, day));
    txn_abort(&txn);
}

static void closing(void **state)
{
    struct txn txn;
    int32_t day;
    (void)state;
    no("Registry/CloseMonth", "\"throughDay\":\"2020-04-29\"", "invalid_argument", "OUT_OF_RANGE", "throughDay");
    no("Registry/CloseMonth", "\"throughDay\":\"2090-04-30\"", "invalid_argument", "FUTURE_DAY", "throughDay");
    good("Registry/CloseMonth", "\"throughDay\":\"2020-04-30\"");
    no("Registry/CloseMonth", "\"throughDay\":\"2020-04-30\"", "failed_precondition", "STATE", "throughDay");
    no("Registry/CloseMonth", "\"throughDay\":\"2020-03-31\"", "failed_precondition", "STATE", "throughDay");
    good("Registry/CloseMonth", "\"throughDay\":\"2020-05-20\""); /* 31 Ordibehesht 1399 */
    assert_true(day_parse("2020-05-20", &day));
    txn_read(world.store, &world.request, &txn);
    assert_int_equal(open_day(&txn, day), day + 1);
    assert_int_equal(open_day(&txn, day + 1), day + 1);
    txn_abort(&txn);
}

/* ---- people and rights */

static char admin[64], officer[64], manager[64];

static const char *token_in(const char *text)
{
    static char token[64];
    const char *at = strstr(text, "\"token\":\"");
    if (at == NULL) fail_msg("no token: %s", text);
    snprintf(token, sizeof token, "%.*s", (int)strcspn(at + 9, "\""), at + 9);
    return token;
}

static void sign_in(const char *login, char token[64])
{
    char json[160];
    snprintf(json, sizeof json, "{\"person\":\"%s\",\"password\":\"password of %s\"}", login, login);
    says(console, "Registry/SetPassword", json, "{}");
    snprintf(json, sizeof json, "{\"login\":\"%s\",\"password\":\"password of %s\"}", login, login);
    snprintf(token, 64, "%s", token_in(call_as("", "Registry/SignIn", json)));
}

static void people(void **state)
{
    struct txn txn;
    struct slice stored;
    uint8_t hash[HASH_BYTES];
    (void)state;
    good("Registry/AddPeople",
         "\"lines\":[{\"code\":\"admin\",\"name\":\"Asha Devi\",\"phone\":\"94150 33333\",\"roles\":[{\"role\":\"ROLE_ADMINISTRATOR\",\"place\":\"D2\"}]},"
         "{\"code\":\"officer\",\"name\":\"Om\",\"phone\":\"+919415044444\",\"roles\":[{\"role\":\"ROLE_SUPPLY_OFFICER\",\"place\":\"D1\"},{\"role\":\"ROLE_HELPLINE\",\"place\":\"D2\"}]},"
         "{\"code\":\"manager\",\"name\":\"Sunita\",\"phone\":\"94150 55555\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"V1\"}]}]");
    txn_read(world.store, &world.request, &txn);
    struct head head = journal_head(&txn);
    assert_true(journal_stored(&txn, head.sequence, hash, &stored));
    assert_null(memmem(stored.data, stored.bytes, "Asha", 4));
    assert_null(memmem(stored.data, stored.bytes, "94150", 5));
    txn_abort(&txn);
    no("Registry/AddPeople", "\"lines\":[{\"code\":\"manager\",\"name\":\"Sunita\",\"phone\":\"94150 55555\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"V1\"}]}]",
       "already_exists", "EXISTS", "lines[0].code");
    shows(world.answer, "with the same content");
    no("Registry/AddPeople", "\"lines\":[{\"code\":\"console\",\"name\":\"x\"}]", "already_exists", "EXISTS", "lines[0].code");
    no("Registry/AddPeople", "\"lines\":[{\"code\":\"x\"}]", "invalid_argument", "MISSING", "lines[0].name");
    no("Registry/AddPeople", "\"lines\":[{\"code\":\"x\",\"name\":\"x\",\"roles\":[{\"role\":\"ROLE_AUDITOR\",\"place\":\"none\"}]}]",
       "not_found", "UNKNOWN_CODE", "lines[0].roles[0].place");
    no("Registry/AddPeople", "\"lines\":[{\"code\":\"x\",\"name\":\"x\",\"roles\":[{\"role\":\"ROLE_SLIP\",\"place\":\"UP\"}]}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].roles[0].role");
    sign_in("admin", admin);
    sign_in("officer", officer);
    sign_in("manager", manager);
    says(admin, "Registry/GetMe", "{}", "\"name\":\"Asha Devi\"");
    shows(world.answer, "\"roles\":[{\"role\":\"ROLE_ADMINISTRATOR\",\"place\":\"D2\"}]");
    assert_string_equal(codes(world.answer), "D2");
}

static void rights(void **state)
{
    (void)state;
    good_as(admin, "Registry/AddPlaces", "\"lines\":[{\"code\":\"V3\",\"kind\":\"vo\",\"parent\":\"B2\"},{\"code\":\"G9\",\"kind\":\"group\",\"parent\":\"V3\"}]");
    no_as(admin, "Registry/AddPlaces", "\"lines\":[{\"code\":\"V4\",\"kind\":\"vo\",\"parent\":\"B1\"}]", "permission_denied", "NOT_YOURS", "lines[0].parent");
    no_as(admin, "Registry/AddPlaces", "\"lines\":[{\"code\":\"V4\",\"kind\":\"vo\"}]", "permission_denied", "NOT_YOURS", "lines[0].parent");
    says(admin, "Registry/CheckPlaces", "{\"lines\":[{\"code\":\"V4\",\"kind\":\"vo\",\"parent\":\"B1\"},{\"code\":\"V5\",\"kind\":\"vo\",\"parent\":\"B2\"}]}", "\"line\":1");
    hides(world.answer, "\"line\":2");
    no_as(admin, "Registry/MovePlaces", "\"lines\":[{\"place\":\"V3\",\"parent\":\"B1\"}]", "permission_denied", "NOT_YOURS", "lines[0].parent");
    no_as(admin, "Registry/MovePlaces", "\"lines\":[{\"place\":\"V3\",\"parent\":\"\"}]", "permission_denied", "NOT_YOURS", "lines[0].parent");
    no_as(admin, "Registry/CloseMonth", "\"throughDay\":\"2020-06-30\"", "permission_denied", "NOT_YOURS", "throughDay");
    no_as(officer, "Registry/AddPlaces", "\"lines\":[{\"code\":\"V4\",\"kind\":\"vo\",\"parent\":\"B1\"}]", "permission_denied", "NOT_YOURS", "");
    good_as(officer, "Registry/ChangePlaces", "\"lines\":[{\"place\":\"B1\",\"members\":3}]");
    no_as(officer, "Registry/ChangePlaces", "\"lines\":[{\"place\":\"B2\",\"members\":3}]", "permission_denied", "NOT_YOURS", "lines[0].place");
    good_as(manager, "Registry/MakeOffers", "\"lines\":[{\"place\":\"G3\",\"item\":\"mask\",\"perDay\":\"300\",\"fromDay\":\"2020-05-01\"}]");
    no_as(manager, "Registry/MakeOffers", "\"lines\":[{\"place\":\"G9\",\"item\":\"mask\",\"perDay\":\"300\",\"fromDay\":\"2020-05-01\"}]",
          "permission_denied", "NOT_YOURS", "lines[0].place");
    /* names and positions are for all, but a dealer's, who is a person, for who has to do with him; phones for who looks
     * after the place */
    hides(call_as(manager, "Registry/GetPlace", "{\"place\":\"R1\"}"), "phone"); /* she is in another block */
    hides(world.answer, "Mohan");
    says(manager, "Registry/GetPlace", "{\"place\":\"G9\"}", "\"code\":\"G9\"");
    says(officer, "Registry/GetPlace", "{\"place\":\"R1\"}", "\"phone\"");
    shows(world.answer, "Mohan");
    assert_string_equal(codes(call_as(manager, "Registry/ListPlaces", "{}")), "V1");
    assert_string_equal(codes(call_as(manager, "Registry/ListPlaces", "{\"allBelow\":true}")), "V1 G2 G3 G0");
    assert_string_equal(codes(call_as(officer, "Registry/ListPlaces", "{\"allBelow\":true,\"limit\":4}")), "D1 B1 V2 G1");
    assert_string_equal(codes(call_as(officer, "Registry/ListPlaces", "{\"allBelow\":true,\"limit\":4,\"after\":\"G1\"}")), "R1 D2 B2 V1");
    assert_string_equal(codes(call_as(officer, "Registry/ListPlaces", "{\"allBelow\":true,\"after\":\"V1\"}")), "G2 G3 G0 V3 G9");
    assert_string_equal(codes(call_as(officer, "Registry/ListPlaces", "{\"limit\":1}")), "D1");
    assert_string_equal(codes(call_as(officer, "Registry/ListPlaces", "{\"limit\":1,\"after\":\"D1\"}")), "D2");
}

static void looking_after_people(void **state)
{
    (void)state;
    good_as(admin, "Registry/AddPeople", "\"lines\":[{\"code\":\"helper\",\"name\":\"H\",\"roles\":[{\"role\":\"ROLE_STORE_KEEPER\",\"place\":\"V3\"}]}]");
    no_as(admin, "Registry/AddPeople", "\"lines\":[{\"code\":\"y\",\"name\":\"Y\",\"roles\":[{\"role\":\"ROLE_STORE_KEEPER\",\"place\":\"D1\"}]}]",
          "permission_denied", "NOT_YOURS", "lines[0].roles[0].place");
    no_as(admin, "Registry/SetRoles", "\"lines\":[{\"person\":\"helper\",\"roles\":[{\"role\":\"ROLE_ADMINISTRATOR\",\"place\":\"UP\"}]}]",
          "permission_denied", "NOT_YOURS", "lines[0].roles[0].place");
    no_as(admin, "Registry/SetRoles", "\"lines\":[{\"person\":\"officer\"}]", "permission_denied", "NOT_YOURS", "lines[0].person");
    no_as(admin, "Registry/ForgetPeople", "\"people\":[\"officer\"]", "permission_denied", "NOT_YOURS", "people[0]");
    good_as(admin, "Registry/SetRoles", "\"lines\":[{\"person\":\"manager\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"V1\"},{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"V3\"}]}]");
    assert_string_equal(codes(call_as(manager, "Registry/ListPlaces", "{}")), "V1 V3");
    assert_string_equal(codes(call_as(admin, "Registry/ListPeople", "{}")), "admin officer manager helper"); /* officer: one of her roles is here */
    assert_string_equal(codes(call_as(admin, "Registry/ListPeople", "{\"place\":\"V3\"}")), "manager helper");
    assert_string_equal(codes(call_as(console, "Registry/ListPeople", "{\"limit\":2}")), "admin officer");
    shows(world.answer, "\"next\":\"officer\"");
    assert_string_equal(codes(call_as(console, "Registry/ListPeople", "{\"limit\":2,\"after\":\"officer\"}")), "manager helper");
    hides(world.answer, "\"next\"");
    assert_string_equal(codes(call_as(admin, "Registry/ListPeople", "{\"person\":\"manager\"}")), "manager");
    assert_string_equal(codes(call_as(admin, "Registry/ListPeople", "{\"person\":\"nobody\"}")), "");
    assert_string_equal(codes(call_as(officer, "Registry/ListPeople", "{\"phone\":\"09415055555\"}")), "manager");
    shows(world.answer, "\"name\":\"Sunita\",\"phone\":\"94150 55555\"");
    assert_string_equal(codes(call_as(officer, "Registry/ListPeople", "{\"phone\":\"09415055556\"}")), "");
    says(manager, "Registry/ListPeople", "{}", "REASON_NOT_YOURS");
}

/* ---- sessions */

static void passwords(void **state)
{
    char first[64], second[64];
    (void)state;
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"not this one\"}", "!unauthenticated");
    shows(world.answer, "REASON_WRONG_PASSWORD");
    says("", "Registry/SignIn", "{\"login\":\"nobody\",\"password\":\"not this one\"}", "REASON_WRONG_PASSWORD");
    says("", "Registry/SignIn", "{\"login\":\"manager\"}", "REASON_MISSING");
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"x\",\"pin\":\"1234\"}", "!invalid_argument");
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"password of manager\"}", "\"person\":\"manager\",\"name\":\"Sunita\"");
    shows(world.answer, "\"placeKind\":\"vo\"");
    snprintf(first, sizeof first, "%s", token_in(world.answer));
    snprintf(second, sizeof second, "%s", token_in(call_as("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"password of manager\"}")));
    assert_string_not_equal(first, second);
    says(first, "Registry/SetPassword", "{\"person\":\"admin\",\"password\":\"mine now, all of it\"}", "REASON_NOT_YOURS");
    says(officer, "Registry/SetPassword", "{\"person\":\"manager\",\"password\":\"mine now, all of it\"}", "REASON_NOT_YOURS");
    says(first, "Registry/SetPassword", "{\"person\":\"manager\",\"password\":\"short\"}", "REASON_OUT_OF_RANGE");
    says(first, "Registry/SetPassword", "{\"person\":\"manager\",\"password\":\"a new password\"}", "REASON_MISSING");
    shows(world.answer, "\"field\":\"old\"");
    says(first, "Registry/SetPassword", "{\"person\":\"manager\",\"password\":\"a new password\",\"old\":\"guess\"}",
         "REASON_WRONG_PASSWORD");
    says(first, "Registry/SetPassword", "{\"person\":\"manager\",\"password\":\"a new password\",\"old\":\"password of manager\"}", "{}");
    says(first, "Registry/GetMe", "{}", "Sunita");
    says(second, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN"); /* the others end */
    says(manager, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    says(admin, "Registry/GetMe", "{}", "Asha");
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"password of manager\"}", "REASON_WRONG_PASSWORD");
    says(first, "Registry/SignOut", "{}", "{}");
    says(first, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    says("", "Registry/SetPassword", "{\"person\":\"manager\",\"password\":\"a new password\"}", "REASON_NOT_SIGNED_IN");
    says(admin, "Registry/SetPassword", "{\"person\":\"manager\",\"password\":\"password of manager\"}", "{}");
    sign_in("manager", manager);
}

static void held_back(void **state)
{
    (void)state;
    for (int i = 0; i < SIGN_IN_TRIES_MAX; i++)
        says("", "Registry/SignIn", "{\"login\":\"helper\",\"password\":\"guess\"}", "REASON_WRONG_PASSWORD");
    says("", "Registry/SignIn", "{\"login\":\"helper\",\"password\":\"guess\"}", "!resource_exhausted");
    shows(world.answer, "REASON_TOO_MANY_TRIES");
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"password of manager\"}", "token"); /* nobody else */
}

/* Somebody attacks a login he knows, from everywhere: strangers to it are held back, its owner is not, nor are her neighbours
 * behind the same address. */
static void nobody_is_locked_out(void **state)
{
    static const char right[] = "{\"login\":\"rekha\",\"password\":\"password of rekha\"}";
    static const char wrong[] = "{\"login\":\"rekha\",\"password\":\"guess\"}";
    char device[16];
    (void)state;
    good("Registry/AddPeople", "\"lines\":[{\"code\":\"rekha\",\"name\":\"Rekha\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"V1\"}]}]");
    says(console, "Registry/SetPassword", "{\"person\":\"rekha\",\"password\":\"password of rekha\"}", "{}");
    comes.client_bytes = 4;
    comes.client[0] = 10;
    comes.device = "her-phone";
    says("", "Registry/SignIn", right, "token"); /* from here on her phone is known */
    comes.device = "";
    for (int i = 0; i < SIGN_IN_STRANGERS_MAX; i++) {
        comes.client[3] = (uint8_t)(20 + i / SIGN_IN_TRIES_MAX);
        says("", "Registry/SignIn", wrong, "REASON_WRONG_PASSWORD");
    }
    says("", "Registry/SignIn", wrong, "REASON_TOO_MANY_TRIES");
    comes.client[3] = 99;
    says("", "Registry/SignIn", right, "REASON_TOO_MANY_TRIES"); /* a stranger from anywhere */
    comes.device = "her-phone";
    says("", "Registry/SignIn", right, "token");
    comes.client[3] = 20; /* also where the attacker sits */
    says("", "Registry/SignIn", right, "token");
    says("", "Registry/SignIn", "{\"login\":\"officer\",\"password\":\"password of officer\"}", "token");
    for (int i = 0; i < SIGN_IN_TRIES_MAX; i++) says("", "Registry/SignIn", wrong, "REASON_WRONG_PASSWORD");
    says("", "Registry/SignIn", right, "REASON_TOO_MANY_TRIES"); /* her own phone, in other hands */
    comes.device = "another";
    for (int i = 0; i < KNOWN_DEVICES_MAX + 1; i++) { /* the oldest device is forgotten */
        snprintf(device, sizeof device, "device-%d", i);
        comes.device = device;
        says("", "Registry/SignIn", "{\"login\":\"officer\",\"password\":\"password of officer\"}", "token");
    }
    struct txn txn;
    struct key k = key("s", "officer");
    txn_read(world.store, &world.arena, &txn);
    const Rasad__V1__CredentialRow *row = row_get(&txn, TABLE_credential, &k, &rasad__v1__credential_row__descriptor);
    assert_int_equal(row->n_known_devices, KNOWN_DEVICES_MAX);
    txn_abort(&txn);
    comes.device = "";
    comes.client_bytes = 0;
}

/* The session of this token was last used so long ago. */
static void used_before(const char *token, int64_t ms)
{
    struct txn txn;
    uint8_t hash[HASH_BYTES];
    hash_bytes(token, strlen(token), hash);
    struct key k = session_key(hash);
    txn_begin(world.store, &world.arena, &txn);
    Rasad__V1__SessionRow *row = row_get(&txn, TABLE_session, &k, &rasad__v1__session_row__descriptor);
    assert_non_null(row);
    row->used_ms = now_ms() - ms;
    row_put(&txn, TABLE_session, &k, &row->base);
    assert_int_equal(txn_commit(&txn), ERR_OK);
}

static void idle_sessions_end(void **state)
{
    char token[64];
    (void)state;
    sign_in("officer", token);
    used_before(token, SESSION_IDLE_MS + 1000);
    says(token, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    sign_in("officer", token);
    used_before(token, SESSION_IDLE_MS - 60000);
    comes.unattended = true;
    says(token, "Registry/GetMe", "{}", "officer"); /* the gateway looked whether it is still good: no use */
    comes.unattended = false;
    good_as(token, "Registry/ChangePlaces", "\"lines\":[{\"place\":\"B1\",\"members\":4}]");
    struct txn txn;
    uint8_t hash[HASH_BYTES];
    hash_bytes(token, strlen(token), hash);
    struct key k = session_key(hash);
    txn_read(world.store, &world.arena, &txn);
    const Rasad__V1__SessionRow *row = row_get(&txn, TABLE_session, &k, &rasad__v1__session_row__descriptor);
    assert_true(now_ms() - row->used_ms < 60000); /* a command is one */
    txn_abort(&txn);
    sign_in("officer", officer);
}

/* She brings dealers of her block their masks: she chooses them by name. */
static void dealers_names(void **state)
{
    (void)state;
    good("Registry/AddPeople", "\"lines\":[{\"code\":\"kamla\",\"name\":\"Kamla\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"V2\"}]}]");
    says(console, "Registry/SetPassword", "{\"person\":\"kamla\",\"password\":\"password of kamla\"}", "{}");
    char beside[64];
    sign_in("kamla", beside); /* V2 stands beside R1: she brings him masks */
    says(beside, "Registry/GetPlace", "{\"place\":\"R1\"}", "Mohan");
    hides(world.answer, "phone");
}

static void recipe_loops(void **state)
{
    (void)state;
    good("Registry/AddItems", "\"lines\":[{\"code\":\"la\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\"},"
                              "{\"code\":\"lb\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\"},"
                              "{\"code\":\"lc\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\"}]");
    no("Registry/SetRecipes", "\"lines\":[{\"item\":\"la\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"lb\",\"quantity\":1,\"per\":1}]},"
                              "{\"item\":\"lb\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"la\",\"quantity\":1,\"per\":1}]}]",
       "invalid_argument", "LOOP", "lines[1].inputs[0].item");
    good("Registry/SetRecipes", "\"lines\":[{\"item\":\"la\",\"fromDay\":\"2020-06-01\",\"inputs\":[{\"item\":\"lb\",\"quantity\":1,\"per\":1}]},"
                                "{\"item\":\"lb\",\"fromDay\":\"2020-06-01\",\"inputs\":[{\"item\":\"mask\",\"quantity\":1,\"per\":1,\"alternatives\":[\"lc\"]}]}]");
    no("Registry/SetRecipes", "\"lines\":[{\"item\":\"lc\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"la\",\"quantity\":1,\"per\":1}]}]",
       "invalid_argument", "LOOP", "lines[0].inputs[0].item"); /* over three steps, an alternative, and recipes of a later day */
    good("Registry/SetRecipes", "\"lines\":[{\"item\":\"lc\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"mask\",\"quantity\":1,\"per\":1}]}]");
}

static void devices(void **state)
{
    char key[64], json[256];
    (void)state;
    says(admin, "Registry/SetPassword", "{\"person\":\"manager\",\"pin\":\"2580\"}", "{}");
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"pin\":\"2580\"}", "\"field\":\"deviceKey\"");
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"pin\":\"2580\",\"deviceKey\":\"guess\"}", "REASON_WRONG_PASSWORD");
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone1\",\"people\":[\"manager\",\"helper\"]}", "deviceKey");
    snprintf(key, sizeof key, "%.43s", strstr(world.answer, "deviceKey\":\"") + 12);
    snprintf(json, sizeof json, "{\"deviceKey\":\"%s\"}", key);
    says("", "Registry/ListNames", json, "{\"people\":[{\"code\":\"manager\",\"name\":\"Sunita\"},{\"code\":\"helper\",\"name\":\"H\"}],\"device\":\"phone1\"}");
    says("", "Registry/ListNames", "{\"deviceKey\":\"guess\"}", "REASON_NOT_SIGNED_IN");
    snprintf(json, sizeof json, "{\"login\":\"manager\",\"pin\":\"2580\",\"deviceKey\":\"%s\"}", key);
    says("", "Registry/SignIn", json, "\"person\":\"manager\"");
    snprintf(json, sizeof json, "{\"login\":\"manager\",\"pin\":\"2581\",\"deviceKey\":\"%s\"}", key);
    says("", "Registry/SignIn", json, "REASON_WRONG_PASSWORD");
    snprintf(json, sizeof json, "{\"login\":\"officer\",\"pin\":\"2580\",\"deviceKey\":\"%s\"}", key);
    says("", "Registry/SignIn", json, "REASON_WRONG_PASSWORD"); /* not on this phone */
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone2\",\"people\":[\"officer\"]}", "REASON_NOT_YOURS");
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone1\",\"people\":[\"manager\"]}", "deviceKey");
    snprintf(json, sizeof json, "{\"deviceKey\":\"%s\"}", key);
    says("", "Registry/ListNames", json, "REASON_NOT_SIGNED_IN"); /* the old key has ended */
}

/* A field's text out of the last answer. */
static void field_of(const char *field, char *text, size_t bytes)
{
    const char *at = strstr(world.answer, field);
    if (at == NULL) fail_msg("%s is not in: %s", field, world.answer);
    at += strlen(field) + 3;
    size_t n = strcspn(at, "\"");
    assert_true(n < bytes);
    memcpy(text, at, n);
    text[n] = '\0';
}

static void claims(const char *digits, const char *key, const char *part)
{
    char json[160];
    snprintf(json, sizeof json, "{\"claimCode\":\"%s\",\"deviceKey\":\"%s\"}", digits, key);
    says("", "Registry/ClaimDevice", json, part);
}

/* These digits are good for so long yet. */
static void claim_ends(const char *digits, int64_t left_ms)
{
    char text[sizeof "claim " + CLAIM_DIGITS];
    uint8_t hash[HASH_BYTES];
    struct txn txn;
    snprintf(text, sizeof text, "claim %s", digits);
    hash_bytes(text, strlen(text), hash);
    struct key k = session_key(hash);
    txn_begin(world.store, &world.request, &txn);
    Rasad__V1__DeviceRow *row = row_get(&txn, TABLE_device, &k, &rasad__v1__device_row__descriptor);
    assert_non_null(row);
    assert_in_range(row->claim_until_ms, now_ms() + CLAIM_MS - 60000, now_ms() + CLAIM_MS);
    row->claim_until_ms = now_ms() + left_ms;
    row_put(&txn, TABLE_device, &k, &row->base);
    assert_int_equal(txn_commit(&txn), ERR_OK);
}

static void phones_are_claimed(void **state)
{
    static const char key[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_", other[] = "Zbcdefghijklmnopqrstuvwxyz0123456789-_ABCDE";
    char digits[16], old[64], json[256];
    (void)state;
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone3\",\"people\":[\"manager\"]}", "claimCode");
    field_of("deviceKey", old, sizeof old);
    field_of("claimCode", digits, sizeof digits);
    assert_int_equal(strlen(digits), CLAIM_DIGITS);
    claims("1234567", key, "\"field\":\"claimCode\"");
    claims("123456789", key, "\"field\":\"claimCode\"");
    claims(digits, "short", "\"field\":\"deviceKey\"");
    claims(digits, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN/+=", "\"field\":\"deviceKey\"");
    snprintf(json, sizeof json, "{\"deviceKey\":\"claim %s\"}", digits);
    says("", "Registry/ListNames", json, "REASON_NOT_SIGNED_IN"); /* digits are no key */
    claims(digits, key, "{\"device\":\"phone3\"}");
    claims(digits, key, "{\"device\":\"phone3\"}"); /* the answer was lost */
    claims(digits, other, "REASON_WRONG_PASSWORD");
    snprintf(json, sizeof json, "{\"deviceKey\":\"%s\"}", old);
    says("", "Registry/ListNames", json, "REASON_NOT_SIGNED_IN");
    snprintf(json, sizeof json, "{\"deviceKey\":\"%s\"}", key);
    says("", "Registry/ListNames", json, "\"manager\"");
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone3\",\"people\":[\"manager\"]}", "claimCode");
    claims(digits, key, "REASON_WRONG_PASSWORD"); /* enrolled again: the digits before have ended */
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone3\",\"people\":[\"manager\"]}", "claimCode");
    field_of("claimCode", digits, sizeof digits);
    claim_ends(digits, 0);
    claims(digits, key, "REASON_WRONG_PASSWORD");
    for (int i = 0; i < SIGN_IN_TRIES_MAX; i++) claims("70000000", key, "REASON_");
    claims("70000000", key, "REASON_TOO_MANY_TRIES");
}

static void entry_tokens(void **state)
{
    char key[64], token[64], second[64], json[256];
    uint8_t hash[HASH_BYTES];
    struct txn txn;
    (void)state;
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"password of manager\"}", "token");
    hides(world.answer, "entryToken\":\"");
    says(admin, "Registry/SetPassword", "{\"person\":\"manager\",\"pin\":\"2580\"}", "{}");
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone4\",\"people\":[\"helper\",\"manager\"]}", "claimCode");
    field_of("deviceKey", key, sizeof key);
    snprintf(json, sizeof json, "{\"login\":\"manager\",\"pin\":\"2580\",\"deviceKey\":\"%s\"}", key);
    says("", "Registry/SignIn", json, "entryToken");
    field_of("entryToken", token, sizeof token);
    says(token, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    says(token, "Registry/SetPassword", "{\"person\":\"manager\",\"pin\":\"1111\"}", "REASON_NOT_SIGNED_IN");
    no_as(token, "Production/LogOutput", "\"lines\":[]", "invalid_argument", "MISSING", "workDate"); /* let in */
    hash_bytes(token, strlen(token), hash);
    struct key k = session_key(hash);
    txn_read(world.store, &world.request, &txn);
    const Rasad__V1__SessionRow *row = row_get(&txn, TABLE_session, &k, &rasad__v1__session_row__descriptor);
    assert_non_null(row);
    assert_in_range(row->expires_ms, now_ms() + ENTRY_TOKEN_MS - 60000, now_ms() + ENTRY_TOKEN_MS);
    txn_abort(&txn);
    says("", "Registry/SignIn", json, "entryToken");
    field_of("entryToken", second, sizeof second);
    no_as(token, "Production/LogOutput", "\"lines\":[]", "unauthenticated", "NOT_SIGNED_IN", ""); /* one a person and phone */
    no_as(second, "Production/LogOutput", "\"lines\":[]", "invalid_argument", "MISSING", "workDate");
    says(admin, "Registry/EnrolDevice", "{\"device\":\"phone4\",\"people\":[\"manager\"]}", "claimCode");
    no_as(second, "Production/LogOutput", "\"lines\":[]", "unauthenticated", "NOT_SIGNED_IN", ""); /* the phone was taken back */
}

static void sessions_end_and_are_swept(void **state)
{
    struct txn txn;
    uint8_t hash[HASH_BYTES];
    Rasad__V1__SessionRow *row;
    (void)state;
    sign_in("officer", officer); /* now: on a busy machine the tests before take minutes */
    hash_bytes(officer, strlen(officer), hash);
    struct key k = session_key(hash);
    txn_begin(world.store, &world.request, &txn);
    row = row_get(&txn, TABLE_session, &k, &rasad__v1__session_row__descriptor);
    assert_non_null(row);
    assert_in_range(row->expires_ms, now_ms() + SESSION_MS - 60000, now_ms() + SESSION_MS);
    row->expires_ms = now_ms() - 1;
    row_put(&txn, TABLE_session, &k, &row->base);
    assert_int_equal(txn_commit(&txn), ERR_OK);
    says(officer, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    bool there = true;
    for (int i = 0; i < 60 && there; i++) { /* some eight rows of some ten each time, from a random one on */
        says("", "Registry/SignIn", "{\"login\":\"admin\",\"password\":\"password of admin\"}", "token");
        txn_read(world.store, &world.request, &txn);
        there = txn_has(&txn, TABLE_session, &k);
        txn_abort(&txn);
    }
    assert_false(there);
}

/* A note a person or number; seen by who looks after the place, made of others by them alone; gone when reached. */
static void call_backs(void **state)
{
    char json[CALL_BACK_BYTES_MAX + 80];
    (void)state;
    sign_in("manager", manager);
    sign_in("officer", officer);
    says(manager, "Registry/AskCallBack", "{\"about\":\"the sack number is gone\"}", "{}");
    usleep(2000); /* the list is in the order of asking, by milliseconds */
    says(manager, "Registry/AskCallBack", "{\"person\":\"admin\"}", "REASON_NOT_YOURS");
    says(officer, "Registry/AskCallBack", "{\"person\":\"nobody\"}", "REASON_UNKNOWN_CODE");
    says(officer, "Registry/AskCallBack", "{\"person\":\"manager\",\"phone\":\"94150 55555\"}", "REASON_TWICE");
    says(officer, "Registry/AskCallBack", "{\"phone\":\"94150 99999\"}", "REASON_MISSING"); /* whose desk? */
    says(admin, "Registry/AskCallBack", "{\"phone\":\"94150 99999\",\"place\":\"UP\"}", "REASON_NOT_YOURS");
    says(officer, "Registry/AskCallBack", "{\"phone\":\"94150 99999\",\"place\":\"D2\"}", "{}");
    says(officer, "Registry/AskCallBack", "{\"phone\":\"94150-99999\",\"place\":\"D2\",\"about\":\"food\"}", "{}"); /* the same note */
    says(manager, "Registry/ListCallBacks", "{}", "REASON_NOT_YOURS");
    const char *list = call_as(officer, "Registry/ListCallBacks", "{}");
    shows(list, "{\"person\":\"manager\",\"name\":\"Sunita\",\"phone\":\"94150 55555\",\"place\":\"V1\",\"about\":\"the sack number is gone\"");
    shows(list, "\"about\":\"food\"");
    says(console, "Registry/AskCallBack", "{\"phone\":\"112 77\",\"place\":\"D1\"}", "{}"); /* of another district */
    hides(call_as(admin, "Registry/ListCallBacks", "{}"), "112 77");
    says(admin, "Registry/EndCallBack", "{\"phone\":\"112 77\",\"reached\":true}", "REASON_NOTHING_TO_DO");
    says(console, "Registry/EndCallBack", "{\"phone\":\"112 77\",\"reached\":true}", "{}");
    says(officer, "Registry/EndCallBack", "{\"phone\":\"9415099999\"}", "{}");
    says(officer, "Registry/ListCallBacks", "{\"place\":\"D2\"}", "\"tries\":1");
    says(officer, "Registry/EndCallBack", "{\"phone\":\"9415099999\",\"reached\":true}", "{}");
    says(officer, "Registry/EndCallBack", "{\"phone\":\"9415099999\",\"reached\":true}", "REASON_NOTHING_TO_DO");
    says(officer, "Registry/EndCallBack", "{}", "REASON_MISSING");
    for (int past = 0; past < 2; past++) { /* the note itself is bounded */
        snprintf(json, sizeof json, "{\"about\":\"%0*d\"}", CALL_BACK_BYTES_MAX + past, 0);
        says(manager, "Registry/AskCallBack", json, past == 0 ? "{}" : "REASON_OUT_OF_RANGE");
    }
}

static void bounds_of_call_backs(void **state)
{
    char json[96];
    (void)state;
    int there = 1; /* the manager's note of before */
    for (int i = there; i < CALL_BACKS_MAX; i++) {
        snprintf(json, sizeof json, "{\"phone\":\"+99%08d\",\"place\":\"D1\"}", i);
        says(console, "Registry/AskCallBack", json, "{}");
    }
    says(console, "Registry/AskCallBack", "{\"phone\":\"+98 1\",\"place\":\"D1\"}", "REASON_OUT_OF_RANGE");
    says(console, "Registry/AskCallBack", json, "{}"); /* one that stands may change */
    const char *list = call_as(console, "Registry/ListCallBacks", "{}");
    int shown = 0;
    for (const char *at = list; (at = strstr(at, "\"askedMs\"")) != NULL; at++) shown++;
    assert_int_equal(shown, CALL_BACKS_SHOWN);
    snprintf(json, sizeof json, "\"more\":%d", CALL_BACKS_MAX - CALL_BACKS_SHOWN);
    shows(list, json);
    for (int i = there; i < CALL_BACKS_MAX; i++) {
        snprintf(json, sizeof json, "{\"phone\":\"+99%08d\",\"reached\":true}", i);
        says(console, "Registry/EndCallBack", json, "{}");
    }
    hides(call_as(console, "Registry/ListCallBacks", "{}"), "more");
}

static void forgetting(void **state)
{
    struct txn txn;
    (void)state;
    good_as(admin, "Registry/ForgetPeople", "\"people\":[\"manager\"]");
    says(manager, "Registry/GetMe", "{}", "REASON_NOT_SIGNED_IN");
    says("", "Registry/SignIn", "{\"login\":\"manager\",\"password\":\"password of manager\"}", "REASON_WRONG_PASSWORD");
    txn_read(world.store, &world.request, &txn);
    assert_null(private_get(&txn, CODE_PERSON, "manager"));
    struct key note = key("s", "manager");
    struct slice row;
    assert_false(txn_get(&txn, TABLE_call_back, &note, &row));
    txn_abort(&txn);
    no("Registry/ForgetPeople", "\"people\":[\"manager\"]", "failed_precondition", "STATE", "people[0]");
    no("Registry/SetRoles", "\"lines\":[{\"person\":\"manager\"}]", "failed_precondition", "STATE", "lines[0].person");
    no("Registry/AddPeople", "\"lines\":[{\"code\":\"manager\",\"name\":\"Another\"}]", "already_exists", "EXISTS", "lines[0].code");
    assert_string_equal(codes(call_as(console, "Registry/ListPeople", "{\"phone\":\"9415055555\"}")), "");
}

/* ---- every bound, at it and one past it */

static struct {
    char *text;
    size_t bytes;
} built;

__attribute__((format(printf, 1, 2))) static void build(const char *format, ...)
{
    va_list args;
    if (built.text == NULL) built.text = malloc(1 << 20);
    assert_non_null(built.text);
    va_start(args, format);
    built.bytes += (size_t)vsnprintf(built.text + built.bytes, (1 << 20) - built.bytes, format, args);
    va_end(args);
    assert_true(built.bytes < 1 << 20);
}

static void build_begin(const char *text)
{
    built.bytes = 0;
    build("%s", text);
}

/* `n` items of a list, the number of each in place of the %d. */
static void build_list(int first, int n, const char *format)
{
    for (int i = first; i < first + n; i++) {
        char item[200];
        const char *at = strstr(format, "%d");
        snprintf(item, sizeof item, "%.*s%d%s", (int)(at - format), format, i, at + 2);
        build("%s%s", i > first ? "," : "", item);
    }
}

static void bounds_of_numbers(void **state)
{
    (void)state;
    build_begin("");
    build("\"lines\":[{\"place\":\"G2\",\"registerNumber\":%d,\"members\":%d}]", REGISTER_NUMBER_MAX, MEMBERS_MAX);
    good("Registry/ChangePlaces", built.text);
    build_begin("");
    build("\"lines\":[{\"place\":\"G2\",\"registerNumber\":%d}]", REGISTER_NUMBER_MAX + 1);
    no("Registry/ChangePlaces", built.text, "invalid_argument", "OUT_OF_RANGE", "lines[0].registerNumber");
    for (int past = 0; past < 2; past++) {
        build_begin("");
        build("\"lines\":[{\"item\":\"mask\",\"money\":\"inr\",\"perPiece\":\"%lld\",\"fromDay\":\"2098-01-01\",\"basis\":\"RATE_BASIS_HAND_IN\"}]",
              (long long)RATE_MAX + past);
        if (past == 0) good("Registry/SetRates", built.text);
        else no("Registry/SetRates", built.text, "invalid_argument", "OUT_OF_RANGE", "lines[0].perPiece");
    }
    for (int past = 0; past < 2; past++) {
        char to[11];
        int32_t from;
        assert_true(day_parse("2030-03-01", &from));
        day_format(from + HOLIDAY_DAYS_MAX - 1 + past, to);
        build_begin("");
        build("\"lines\":[{\"place\":\"D2\",\"fromDay\":\"2030-03-01\",\"toDay\":\"%s\"}]", to);
        if (past == 0) good("Registry/SetHolidays", built.text);
        else no("Registry/SetHolidays", built.text, "invalid_argument", "OUT_OF_RANGE", "lines[0].toDay");
    }
}

static void bounds_of_lists(void **state)
{
    (void)state;
    for (int past = 0; past < 2; past++) {
        build_begin("\"lines\":[{\"code\":\"many\",\"name\":\"x\",\"roles\":[");
        for (int i = 0; i < ROLES_PER_PERSON_MAX + past; i++)
            build("%s{\"role\":%d,\"place\":\"%s\"}", i > 0 ? "," : "", i % 8 + 1, i < 8 ? "D1" : i < 16 ? "D2" : "B1");
        build("]}]");
        if (past == 1) no("Registry/AddPeople", built.text, "invalid_argument", "OUT_OF_RANGE", "lines[0].roles");
        else good("Registry/AddPeople", built.text);
    }
    for (int past = 0; past < 2; past++) {
        build_begin("\"lines\":[");
        build_list(0, DEVICE_PEOPLE_MAX + past, "{\"code\":\"sharer%d\",\"name\":\"x\"}");
        build("]");
        if (past == 0) good("Registry/AddPeople", built.text);
        build_begin("{\"device\":\"shared\",\"people\":[");
        build_list(0, DEVICE_PEOPLE_MAX + past, "\"sharer%d\"");
        build("]}");
        says(console, "Registry/EnrolDevice", built.text, past == 0 ? "deviceKey\":" : "REASON_OUT_OF_RANGE");
    }
    for (int past = 0; past < 2; past++) {
        build_begin("\"lines\":[");
        build_list(0, RECIPE_INPUTS_MAX + 1, "{\"code\":\"input%d\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_GRAM\"}");
        build("]");
        if (past == 0) good("Registry/AddItems", built.text);
        build_begin("\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2097-01-01\",\"inputs\":[");
        build_list(0, RECIPE_INPUTS_MAX + past, "{\"item\":\"input%d\",\"quantity\":\"1\",\"per\":\"1\"}");
        build("]}]");
        if (past == 0) good("Registry/SetRecipes", built.text);
        else no("Registry/SetRecipes", built.text, "invalid_argument", "OUT_OF_RANGE", "lines[0].inputs");
    }
}

static void bounds_of_secrets(void **state)
{
    static const struct {
        int bytes;
        bool set, typed;
    } cases[] = {{PASSWORD_TYPED_BYTES_MIN - 1, false, false}, {PASSWORD_TYPED_BYTES_MIN, false, true},
                 {PASSWORD_BYTES_MIN - 1, false, true},        {PASSWORD_BYTES_MIN, true, true},
                 {PASSWORD_BYTES_MAX, true, true},             {PASSWORD_BYTES_MAX + 1, false, false}};
    char secret[PASSWORD_BYTES_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(secret, 'x', sizeof secret);
        secret[cases[i].bytes] = '\0';
        build_begin("");
        build("{\"person\":\"many\",\"password\":\"%s\"}", secret);
        says(console, "Registry/SetPassword", built.text, cases[i].set ? "{}" : "REASON_OUT_OF_RANGE");
        build_begin("");
        build("{\"login\":\"many\",\"password\":\"%s\"}", secret);
        says("", "Registry/SignIn", built.text,
             cases[i].set ? "token" : cases[i].typed ? "REASON_WRONG_PASSWORD" : "REASON_OUT_OF_RANGE");
    }
}

static void bounds_of_tables(void **state)
{
    (void)state;
    build_begin("\"lines\":[");
    build_list(0, KINDS_MAX - 6, "{\"code\":\"kind%d\"}");
    build("]");
    good("Registry/AddKinds", built.text);
    no("Registry/AddKinds", "\"lines\":[{\"code\":\"kindx\"}]", "invalid_argument", "OUT_OF_RANGE", "lines[0].code");
    int there = 5 + RECIPE_INPUTS_MAX + 1 + 3;
    build_begin("\"lines\":[");
    build_list(100, ITEMS_MAX - there, "{\"code\":\"item%d\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_GRAM\"}");
    build("]");
    good("Registry/AddItems", built.text);
    no("Registry/AddItems", "\"lines\":[{\"code\":\"itemx\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_GRAM\"}]",
       "invalid_argument", "OUT_OF_RANGE", "lines[0].code");
    says(console, "Registry/ListItems", "{}", "\"code\":\"item101\"");
}

static void many(const char *method, const char *line, int n)
{
    for (int first = 0; first < n; first += LINES_PER_COMMAND_MAX) {
        build_begin("\"lines\":[");
        build_list(first, n - first < LINES_PER_COMMAND_MAX ? n - first : LINES_PER_COMMAND_MAX, line);
        build("]");
        good(method, built.text);
    }
}

/* A page looks at so many places and no more; what it did not reach is on the next. */
static void bounds_of_visits(void **state)
{
    (void)state;
    good("Registry/AddPlaces", "\"lines\":[{\"code\":\"W\",\"kind\":\"area\"},{\"code\":\"W1\",\"kind\":\"area\",\"parent\":\"W\"},"
                               "{\"code\":\"W2\",\"kind\":\"area\",\"parent\":\"W\"}]");
    good("Registry/AddPlaces", "\"lines\":[{\"code\":\"last\",\"kind\":\"vo\",\"parent\":\"W1\",\"registerNumber\":2}]");
    many("Registry/AddPlaces", "{\"code\":\"w%d\",\"kind\":\"group\",\"parent\":\"W1\",\"registerNumber\":1}", PLACES_VISITED_MAX - 1);
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"W1\",\"kind\":\"vo\"}")), "last");
    good("Registry/MovePlaces", "\"lines\":[{\"place\":\"W1\",\"parent\":\"W2\"}]"); /* deeper: all are looked at */
    good("Registry/MovePlaces", "\"lines\":[{\"place\":\"W1\",\"parent\":\"W\"}]");
    good("Registry/AddPlaces", "\"lines\":[{\"code\":\"wx\",\"kind\":\"group\",\"parent\":\"W1\",\"registerNumber\":1}]");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"W1\",\"kind\":\"vo\"}")), "");
    shows(world.answer, "{\"next\":\"wx\"}");
    assert_string_equal(codes(call_as(console, "Registry/ListPlaces", "{\"parent\":\"W1\",\"kind\":\"vo\",\"after\":\"wx\"}")), "last");
    no("Registry/MovePlaces", "\"lines\":[{\"place\":\"W1\",\"parent\":\"W2\"}]", "invalid_argument", "OUT_OF_RANGE", "lines[0].place");
}

static void bounds_of_people_visited(void **state)
{
    (void)state;
    many("Registry/AddPeople", "{\"code\":\"p%d\",\"name\":\"x\"}", PEOPLE_VISITED_MAX);
    says(console, "Registry/ListPeople", "{\"phone\":\"123456789\"}", "{\"next\":\"");
    says(admin, "Registry/ListPeople", "{\"place\":\"V3\",\"after\":\"p0\"}", "{}");
    says(admin, "Registry/ListPeople", "{\"place\":\"V3\"}", "\"next\":\"");
}

static void bounds_of_refusals(void **state)
{
    size_t refusals = 0;
    (void)state;
    build_begin("{\"lines\":[");
    build_list(0, LINES_PER_COMMAND_MAX, "{\"code\":\"bad%d\",\"kind\":\"?\",\"gln\":\"?\",\"lgdCode\":\"?\"}");
    build("]}");
    const char *text = call_as(console, "Registry/CheckPlaces", built.text);
    for (const char *at = text; (at = strstr(at, "\"reason\":")) != NULL; at++) refusals++;
    assert_int_equal(refusals, CHECK_REFUSALS_MAX);
    build_begin("{\"lines\":[");
    build_list(0, LINES_PER_COMMAND_MAX + 1, "{\"code\":\"bad%d\"}");
    build("]}");
    says(console, "Registry/CheckPlaces", built.text, "!invalid_argument");
}

/* ---- the journal alone makes the same tables */

static void replayed(void **state)
{
    (void)state;
    world_same_again();
}

static int begin(void **state)
{
    (void)state;
    world_open("registry");
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(built.text);
    return world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(console_token), cmocka_unit_test(kinds),
        cmocka_unit_test(places),        cmocka_unit_test(places_of_people_are_private),
        cmocka_unit_test(bad_places),    cmocka_unit_test(depth_of_places),
        cmocka_unit_test(checking),      cmocka_unit_test(lists),
        cmocka_unit_test(pages_join),    cmocka_unit_test(changes),
        cmocka_unit_test(marks),         cmocka_unit_test(moves),
        cmocka_unit_test(items),         cmocka_unit_test(recipes),
        cmocka_unit_test(rates),         cmocka_unit_test(tax_codes),
        cmocka_unit_test(rows_of_numbers),
        cmocka_unit_test(closing),       cmocka_unit_test(people),
        cmocka_unit_test(rights),        cmocka_unit_test(looking_after_people),
        cmocka_unit_test(passwords),     cmocka_unit_test(held_back),
        cmocka_unit_test(nobody_is_locked_out), cmocka_unit_test(idle_sessions_end), cmocka_unit_test(recipe_loops), cmocka_unit_test(dealers_names),
        cmocka_unit_test(devices),       cmocka_unit_test(phones_are_claimed), cmocka_unit_test(entry_tokens),
        cmocka_unit_test(sessions_end_and_are_swept),
        cmocka_unit_test(call_backs),    cmocka_unit_test(bounds_of_call_backs),
        cmocka_unit_test(forgetting),    cmocka_unit_test(bounds_of_numbers),
        cmocka_unit_test(bounds_of_lists),   cmocka_unit_test(bounds_of_secrets),
        cmocka_unit_test(bounds_of_tables),  cmocka_unit_test(bounds_of_visits),
        cmocka_unit_test(bounds_of_people_visited), cmocka_unit_test(bounds_of_refusals),
        cmocka_unit_test(tax_numbers),
        cmocka_unit_test(replayed),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
