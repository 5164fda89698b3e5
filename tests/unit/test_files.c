/* test_files.c - what the command line reads: spreadsheets and programmes at their bounds and one past them.
 * A programme is only rehearsed, as `rasad load --dry` does: nothing is sent. */
#include "base/limits.h"
#include "journal.pb-c.h"
#include "rasad/archive.h"
#include "rasad/commands.h"
#include "rasad/csv.h"
#include "rasad/notify.h"
#include "rasad/place_file.h"
#include "rasad/world.h"
#include "store/unpack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[128];

static int begin(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/rasad-files-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static FILE *file_new(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void file_of_bytes(const char *name, size_t bytes)
{
    fclose(file_new(name));
    assert_int_equal(truncate(path, (off_t)bytes), 0);
}

/* ---- whoever started us */

static void who_started_us_is_told(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char text[64];
    (void)state;
    notify("READY=1"); /* nobody */
    snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", dir);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    notify_begin();
    assert_null(getenv("NOTIFY_SOCKET"));
    notify("READY=1\nSTATUS=x");
    assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), 16);
    assert_memory_equal(text, "READY=1\nSTATUS=x", 16);
    close(fd);
}

/* ---- spreadsheets */

static void bytes_of_a_file(void **state)
{
    char *text;
    size_t bytes;
    struct place_file file;
    struct problems problems = {0};
    (void)state;
    file_of_bytes("large.csv", CSV_BYTES_MAX);
    assert_int_equal(file_read(path, CSV_BYTES_MAX, &text, &bytes), ERR_OK);
    assert_int_equal(bytes, CSV_BYTES_MAX);
    free(text);
    file_of_bytes("large.csv", CSV_BYTES_MAX + 1);
    assert_int_equal(place_file_read(path, &file, &problems), ERR_TOO_BIG);
    place_file_free(&file);
}

static void columns_of_a_row(void **state)
{
    (void)state;
    for (size_t columns = CSV_COLUMNS_MAX; columns <= CSV_COLUMNS_MAX + 1; columns++) {
        char text[2 * CSV_COLUMNS_MAX + 8];
        struct csv csv;
        struct csv_row row;
        for (size_t i = 0; i < columns; i++) memcpy(text + 2 * i, "a,", 3);
        text[2 * columns - 1] = '\n';
        csv_begin(&csv, text, 2 * columns);
        assert_int_equal(csv_next(&csv, &row), columns == CSV_COLUMNS_MAX ? CSV_ROW : CSV_WRONG);
        if (columns == CSV_COLUMNS_MAX) assert_int_equal(row.field_count, columns);
    }
}

static void rows_of_a_file(void **state)
{
    (void)state;
    for (size_t rows = PLACE_ROWS_MAX; rows <= PLACE_ROWS_MAX + 1; rows++) {
        struct place_file file;
        struct problems problems = {0};
        FILE *stream = file_new("places.csv");
        fprintf(stream, "code,kind\n");
        for (size_t i = 0; i < rows; i++) fprintf(stream, "p%zu,k\n", i);
        fclose(stream);
        assert_int_equal(place_file_read(path, &file, &problems), ERR_OK);
        assert_int_equal(file.row_count, PLACE_ROWS_MAX);
        assert_int_equal(problems.count, rows - PLACE_ROWS_MAX);
        problems_free(&problems);
        place_file_free(&file);
    }
}

static void problems_of_a_file(void **state)
{
    struct problems problems = {0};
    (void)state;
    for (uint32_t i = 1; i <= PROBLEMS_SHOWN_MAX + 1; i++) {
        problems_add(&problems, i, "code", "", "a code");
        assert_int_equal(problems.count, i);
        assert_int_equal(problems.shown_count, i < PROBLEMS_SHOWN_MAX ? i : PROBLEMS_SHOWN_MAX);
    }
    problems_free(&problems);
}

/* ---- the world of a programme */

static const char *add(struct world *world, size_t number, const char *kind)
{
    static const char *const nameless[LANGUAGES] = {"", "", ""};
    char code[CODE_BYTES_MAX + 1];
    snprintf(code, sizeof code, "p%zu", number);
    return world_add(world, code, kind, "", nameless, "", "");
}

static void places_of_a_world(void **state)
{
    static struct world world;
    (void)state;
    assert_true(world_init(&world));
    for (size_t i = 0; i < WORLD_PLACES_MAX; i++) assert_null(add(&world, i, "k"));
    assert_string_equal(add(&world, WORLD_PLACES_MAX, "k"), "too many places");
    world_free(&world);
}

static void kinds_of_a_world(void **state)
{
    static struct world world;
    char kind[16];
    (void)state;
    assert_true(world_init(&world));
    for (size_t i = 0; i <= WORLD_KINDS_MAX; i++) {
        snprintf(kind, sizeof kind, "k%zu", i);
        const char *wrong = add(&world, i, kind);
        if (i < WORLD_KINDS_MAX) assert_null(wrong);
        else assert_string_equal(wrong, "too many kinds");
    }
    assert_null(add(&world, WORLD_KINDS_MAX + 1, "k0")); /* one that is there */
    world_free(&world);
}

static void sets_of_a_world(void **state)
{
    static struct world world;
    char name[16];
    (void)state;
    assert_true(world_init(&world));
    assert_null(add(&world, 0, "k"));
    for (size_t i = 0; i <= WORLD_SETS_MAX; i++) {
        const char *wrong = NULL;
        snprintf(name, sizeof name, "s%zu", i);
        const struct set_rule rule = {.name = name, .kind = "k"};
        const struct place_set *set = world_set(&world, &rule, &wrong);
        assert_int_equal(set != NULL, i < WORLD_SETS_MAX);
        if (set == NULL) assert_string_equal(wrong, "too many sets");
    }
    world_free(&world);
}

/* ---- programmes */

static bool rehearsed(void)
{
    char command[] = "load", dry[] = "--dry", *argv[] = {command, dry, dir};
    fflush(stdout);
    int kept = dup(STDOUT_FILENO), nowhere = open("/dev/null", O_WRONLY);
    assert_true(kept >= 0 && nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0);
    int code = load_main(3, argv);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
    close(nowhere);
    assert_true(code == RASAD_DONE || code == RASAD_USAGE);
    return code == RASAD_DONE;
}

/* A store "s", and what the parts say beside it. */
static bool good(const char *parts)
{
    FILE *stream = file_new("places.csv");
    fprintf(stream, "code,kind\ns,store\n");
    fclose(stream);
    stream = file_new("programme.json");
    fprintf(stream, "{\"programme\":\"p\",\"parts\":[{\"part\":\"places\",\"file\":\"places.csv\"}%s]}\n", parts);
    fclose(stream);
    return rehearsed();
}

static char parts[256 * 1024];
static size_t written;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(parts + written, sizeof parts - written, format, args);
    va_end(args);
    assert_true(n >= 0 && written + (size_t)n < sizeof parts);
    written += (size_t)n;
    for (char *c = parts; *c != '\0'; c++)
        if (*c == '\'') *c = '"';
}

static void bytes_of_a_programme(void **state)
{
    (void)state;
    for (size_t past = 0; past <= 1; past++) {
        assert_true(good(""));
        snprintf(path, sizeof path, "%s/programme.json", dir);
        FILE *stream = fopen(path, "a");
        assert_non_null(stream);
        fprintf(stream, "%*s", (int)(PROGRAMME_FILE_BYTES_MAX + past - (size_t)ftell(stream)), "");
        fclose(stream);
        assert_int_equal(rehearsed(), past == 0);
    }
}

static void a_code_from_a_pattern(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        char name[PATTERN_BYTES_MAX + 1] = "";
        memset(name, 'n', (size_t)(PATTERN_BYTES_MAX - 1 + past)); /* with its NUL */
        written = 0;
        put(",{'part':'level','kind':'group','count':1,'over':'store','code':'{parent}.{i}','name':{'en':'%s'}}", name);
        assert_int_equal(good(parts), past == 0);
    }
}

static void rows_of_a_list_of_names(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        FILE *stream = file_new("names.csv");
        fprintf(stream, "en\n");
        for (int i = 0; i < NAME_LIST_MAX + past; i++) fprintf(stream, "n%d\n", i);
        fclose(stream);
        written = 0;
        put(",{'part':'level','kind':'group','count':1,'over':'store','code':'{parent}.{i}','names':'names.csv',"
            "'name':{'en':'{name}'}}");
        assert_int_equal(good(parts), past == 0);
    }
}

static void facts_of_a_part(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        written = 0;
        put(",{'part':'facts','facts':[");
        for (int i = 0; i < PART_FACTS_MAX + past; i++)
            put("%s{'fact':'came','place':'s','item':'rice','total':1,'days':['2020-04-01']}", i > 0 ? "," : "");
        put("]}");
        assert_int_equal(good(parts), past == 0);
    }
}

static void days_of_a_fact(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        written = 0;
        put(",{'part':'facts','facts':[{'fact':'came','place':'s','item':'rice','total':1,"
            "'days':{'from':'$day(1)','to':'$day(%d)'}}]}", FACT_DAYS_MAX + past);
        assert_int_equal(good(parts), past == 0);
    }
}

static bool with_numbers(const char *before, const char *number, int count, const char *after)
{
    written = 0;
    put(",{'part':'facts','facts':[{'fact':'came','place':'s','item':'rice','total':1,'days':['2020-04-01'],");
    put("%s", before);
    for (int i = 0; i < count; i++) put("%s%s", i > 0 ? "," : "", number);
    put("%s}]}", after);
    return good(parts);
}

static void numbers_of_a_fact(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        assert_int_equal(with_numbers("'same':[", "'quantity'", FACT_SAME_MAX + past, "]"), past == 0);
        assert_int_equal(with_numbers("'each':{", "'packs':1", FACT_SHARES_MAX + past, "}"), past == 0);
    }
}

static void labels_of_a_programme(void **state)
{
    (void)state;
    for (int past = 0; past <= 1; past++) {
        FILE *stream = file_new("c.jsonl");
        for (int i = 0; i < LOAD_LABELS_MAX + past; i++)
            fprintf(stream, "{\"label\":\"l%d\",\"method\":\"Registry/AddKinds\","
                            "\"request\":{\"lines\":[{\"code\":\"k%d\"}]}}\n", i, i);
        fclose(stream);
        assert_int_equal(good(",{\"part\":\"commands\",\"file\":\"c.jsonl\"}"), past == 0);
    }
}

/* ---- entries, read in one walk as protobuf-c reads them in two */

static struct arena arena;

static size_t packed(const ProtobufCMessage *message, uint8_t **bytes)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    *bytes = arena_take(&arena, n + 1);
    assert_non_null(*bytes);
    return protobuf_c_message_pack(message, *bytes);
}

/* True: it was read in one walk. Then it is what protobuf-c makes of these bytes. */
static bool read_alike(const uint8_t *entry, size_t bytes)
{
    uint8_t *quick_bytes, *usual_bytes;
    const ProtobufCMessageDescriptor *type = &rasad__v1__entry__descriptor;
    arena_reset(&arena);
    uint8_t *exact = memcpy(malloc(bytes + 1), entry, bytes);
    const ProtobufCMessage *quick = message_read(&arena, type, exact, bytes, SIZE_MAX, NULL);
    if (quick != NULL) {
        const ProtobufCMessage *usual = protobuf_c_message_unpack(type, arena_pb(&arena), bytes, exact);
        assert_non_null(usual);
        size_t n = packed(quick, &quick_bytes);
        assert_int_equal(packed(usual, &usual_bytes), n);
        assert_memory_equal(quick_bytes, usual_bytes, n);
    }
    free(exact);
    return quick != NULL;
}

static int damaged_alike(uint8_t *entry, size_t bytes)
{
    static const uint8_t changes[] = {0x01, 0x02, 0x08, 0x80, 0xff};
    int read = 0;
    for (size_t at = 0; at < bytes; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            entry[at] ^= changes[i];
            read += read_alike(entry, bytes);
            entry[at] ^= changes[i];
        }
        (void)read_alike(entry, at);
    }
    return read;
}

static void entries_are_read_in_one_walk(void **state)
{
    static uint8_t entry[ENTRY_BYTES_MAX];
    uint8_t hash[HASH_BYTES];
    uint64_t sequence, bytes;
    int entries = 0, read = 0, all = 0;
    (void)state;
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    FILE *file = fopen("tests/journals/1/backup/journal-000000000001.seg", "r"); /* run from the repository's root */
    assert_non_null(file);
    for (; in_number(file, 8, &sequence); entries++) {
        assert_true(in_number(file, 4, &bytes) && bytes <= sizeof entry && in_bytes(file, hash, sizeof hash) &&
                    in_bytes(file, entry, bytes));
        if (!read_alike(entry, bytes)) fail_msg("entry %llu", (unsigned long long)sequence);
        read += damaged_alike(entry, bytes);
        all += 5 * (int)bytes;
    }
    fclose(file);
    arena_destroy(&arena);
    assert_true(entries > 30 && read > all / 4 && read < all);
}

/* What our own writers never write is left to protobuf-c, which knows what it means. */
static void odd_bytes_are_not_read_in_one_walk(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        bool read;
    } list[] = {
        {"\x0a\x02\x20\x07", 4, true},                                 /* a header: sequence 7 */
        {"\x0a\x02\x20\x07\x0a\x02\x20\x07", 8, false},                /* two: protobuf-c makes one of them */
        {"\x12\x02\x18\x01\x12\x02\x18\x02", 8, true},                 /* two events */
        {"\x12\x02\x18\x01\x0a\x02\x20\x07", 8, false},                /* the header behind an event */
        {"\x0a\x02\x20\x07\x18\x01", 6, false},                         /* a field nobody knows */
        {"\x0a\x02\x22\x00", 4, false},                                /* of another wire type */
        {"\x0a\x03\x22\x01\x00", 5, false},                            /* and with a byte in it */
        {"\x0a\x04\x12\x02g\x00", 6, false},                           /* a text with a NUL in it */
        {"\x0a\x06\x08\x80\x80\x80\x80\x10", 8, false},                /* past int32 */
        {"\x12\x06\x5a\x00\x82\x01\x00\x00", 8, false},                /* two facts in one event */
        {"\x12\x08\x82\x05\x05\x42\x03\x01\x80\x01", 10, true},       /* inspected: lots 1 and 128 */
        {"\x12\x08\x82\x05\x05\x42\x03\x01\x80\x80", 10, false},      /* the second has no end */
        {"\x12\x05\x82\x05\x02\x40\x01", 7, false},                   /* not packed */
        {"\x12\x02\x5a\x00", 4, true},                                 /* one */
        {"\x8a\x80\x80\x80\x80\x00\x02\x20\x07", 9, false},            /* a tag of six bytes */
        {"\x0a\x82\x80\x80\x80\x80\x00\x20\x07", 9, false},            /* a length of six */
        {"\x0a\x05\x20\x07", 4, false},                                /* cut off */
        {"", 0, true},
    };
    (void)state;
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (read_alike((const uint8_t *)list[i].bytes, list[i].n) != list[i].read) fail_msg("row %zu", i);
    assert_null(message_read(&arena, &rasad__v1__entry__descriptor, list[2].bytes, list[2].n, 1, NULL)); /* two events */
    assert_non_null(message_read(&arena, &rasad__v1__entry__descriptor, list[2].bytes, list[2].n, 2, NULL));
    arena_destroy(&arena);
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        IN_DIR(who_started_us_is_told),
        IN_DIR(bytes_of_a_file),       IN_DIR(columns_of_a_row),      IN_DIR(rows_of_a_file),
        IN_DIR(problems_of_a_file),    IN_DIR(places_of_a_world),     IN_DIR(kinds_of_a_world),
        IN_DIR(sets_of_a_world),       IN_DIR(bytes_of_a_programme),  IN_DIR(a_code_from_a_pattern),
        IN_DIR(rows_of_a_list_of_names), IN_DIR(facts_of_a_part),     IN_DIR(days_of_a_fact),
        IN_DIR(numbers_of_a_fact),     IN_DIR(labels_of_a_programme),
        cmocka_unit_test(entries_are_read_in_one_walk), cmocka_unit_test(odd_bytes_are_not_read_in_one_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
