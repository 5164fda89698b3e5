/* test_base.c - services/base: memory, days, text, ids, hashes, logs, the loop. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/sandbox.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after these four */
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Failures and bugs */

static void test_err_text(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        assert_non_null(err_text((enum err)i));
        assert_true(strlen(err_text((enum err)i)) > 0);
    }
    assert_non_null(err_text(ERR_COUNT));
    assert_int_equal(err_of_errno(0), ERR_OK);
    assert_int_equal(err_of_errno(ENOSPC), ERR_DISK_FULL);
    assert_int_equal(err_of_errno(EIO), ERR_IO);
}

static void test_must_aborts(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        must(child != 0);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* Arena */

static void test_arena_at_its_limit(void **state)
{
    (void)state;
    struct arena arena;
    assert_true(arena_init(&arena, 4096));
    assert_non_null(arena_alloc(&arena, 4096));
    assert_false(arena.full);
    assert_non_null(arena_alloc(&arena, 0));
    assert_null(arena_alloc(&arena, 1));
    assert_true(arena.full);
    arena_reset(&arena);
    assert_false(arena.full);
    assert_null(arena_alloc(&arena, 4097));
    assert_true(arena.full);
    assert_non_null(arena_alloc(&arena, 16)); /* what fits is still given, the flag stays */
    assert_true(arena.full);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_array(&arena, SIZE_MAX / 2, 4));
    arena_destroy(&arena);
}

static bool all_zero(const uint8_t *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != 0) return false;
    }
    return true;
}

static void test_arena_zeroes_and_aligns(void **state)
{
    (void)state;
    struct arena arena;
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    for (int round = 0; round < 3; round++) {
        for (size_t bytes = 1; bytes < 3000; bytes += 37) {
            uint8_t *at = arena_alloc(&arena, bytes);
            assert_non_null(at);
            assert_int_equal((uintptr_t)at % 16, 0);
            assert_true(all_zero(at, bytes));
            memset(at, 0xee, bytes);
            void *copy = arena_copy(&arena, at, bytes);
            assert_memory_equal(copy, at, bytes);
        }
        size_t mark = arena_mark(&arena);
        memset(arena_alloc(&arena, 1000), 0xdd, 1000);
        arena_release(&arena, mark);
        assert_int_equal(arena_mark(&arena), mark);
        uint8_t *again = arena_alloc(&arena, 1000);
        assert_true(all_zero(again, 1000));
        arena_reset(&arena);
    }
    arena_destroy(&arena);
}

static void test_arena_gives_pages_back(void **state)
{
    (void)state;
    struct arena arena;
    unsigned char resident[1];
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    assert_non_null(arena_alloc(&arena, ARENA_KEEP_BYTES));
    uint8_t *far = arena_alloc(&arena, 8 * MIB);
    assert_non_null(far);
    memset(far, 0xcc, 8 * MIB);
    uint8_t *page = arena.base + 4 * MIB;
    assert_int_equal(mincore(page, 4096, resident), 0);
    assert_int_equal(resident[0] & 1, 1);
    arena_reset(&arena);
    assert_int_equal(mincore(page, 4096, resident), 0);
    assert_int_equal(resident[0] & 1, 0);
    uint8_t *all = arena_alloc(&arena, ARENA_BYTES_MAX);
    assert_non_null(all);
    assert_true(all_zero(all, 9 * MIB));
    arena_destroy(&arena);
}

static void test_arena_strings_and_allocator(void **state)
{
    (void)state;
    struct arena arena;
    assert_true(arena_init(&arena, 4096));
    assert_string_equal(arena_strdup(&arena, "kapda"), "kapda");
    assert_string_equal(arena_printf(&arena, "%s-%d", "lot", 42), "lot-42");
    ProtobufCAllocator *allocator = arena_pb(&arena);
    char *at = allocator->alloc(allocator->allocator_data, 100);
    assert_non_null(at);
    memset(at, 'x', 100);
    allocator->free(allocator->allocator_data, at);
    assert_int_equal(at[99], 'x');
    assert_null(allocator->alloc(allocator->allocator_data, 5000));
    assert_true(arena.full);
    assert_null(arena_printf(&arena, "%5000d", 1));
    arena_destroy(&arena);
}

/* Days and calendars */

static int32_t day(const char *text)
{
    int32_t found;
    assert_true(day_parse(text, &found));
    return found;
}

static void test_day_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "2020", "2020-1-01", "2020-01-1", "2020-01-01 ", " 2020-01-01", "2020/01/01", "2020-00-01", "2020-13-01",
        "2020-01-00", "2020-01-32", "2020-04-31", "2021-02-29", "1900-02-29", "2100-02-29", "2020-02-30", "+020-01-01",
        "-020-01-01", "20200101", "2020-01-0a", "2020-01", "2020-", "1989-12-31", "2101-01-01", "9999-12-31",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int32_t untouched = -7;
        assert_false(day_parse(bad[i], &untouched));
        assert_int_equal(untouched, -7);
    }
    assert_int_equal(day("1990-01-01"), DAY_MIN);
    assert_int_equal(day("2100-12-31"), DAY_MAX);
    assert_int_equal(day("2020-02-29"), 18321);
    assert_int_equal(day("2000-02-29"), 11016);
    assert_int_equal(day_of_civil((struct civil){1970, 1, 1}), 0);
    assert_int_equal(day_of_civil((struct civil){1969, 12, 31}), -1);
}

static void test_day_round_trip(void **state)
{
    (void)state;
    struct civil expected = {1, 1, 1};
    char text[11];
    for (int32_t d = day_of_civil(expected); d <= day_of_civil((struct civil){2500, 1, 1}); d++) {
        struct civil found = civil_of_day(d);
        assert_true(found.year == expected.year && found.month == expected.month && found.day == expected.day);
        assert_int_equal(day_of_civil(found), d);
        expected.day++;
        if (civil_ok(expected)) continue;
        expected = (struct civil){expected.year, expected.month + 1, 1};
        if (expected.month == 13) expected = (struct civil){expected.year + 1, 1, 1};
    }
    for (int32_t d = DAY_MIN; d <= DAY_MAX; d++) {
        day_format(d, text);
        assert_int_equal(day(text), d);
    }
}

static void test_day_of_ms(void **state)
{
    (void)state;
    const int64_t hour = 3600000;
    assert_int_equal(day_of_ms(0, 0), 0);
    assert_int_equal(day_of_ms(-1, 0), -1);
    assert_int_equal(day_of_ms(24 * hour - 1, 0), 0);
    assert_int_equal(day_of_ms(18 * hour + hour / 2 - 1, 330), 0); /* 23:59:59.999 in India */
    assert_int_equal(day_of_ms(18 * hour + hour / 2, 330), 1);
    assert_int_equal(day_of_ms(2 * hour, -180), -1);
    char text[25];
    instant_format(INT64_C(1584662400123), text);
    assert_string_equal(text, "2020-03-20T00:00:00.123Z");
    instant_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    assert_true(now_ms() > INT64_C(1577836800000));
    int64_t before = mono_ms();
    assert_true(mono_ms() >= before);
}

static void assert_jalali(const char *gregorian, int32_t year, int32_t month, int32_t day_of_month)
{
    struct civil found;
    int32_t back;
    assert_true(jalali_of_day(day(gregorian), &found));
    assert_int_equal(found.year, year);
    assert_int_equal(found.month, month);
    assert_int_equal(found.day, day_of_month);
    assert_true(day_of_jalali(found, &back));
    assert_int_equal(back, day(gregorian));
}

static void test_jalali_known_dates(void **state)
{
    (void)state;
    assert_jalali("2020-03-20", 1399, 1, 1);
    assert_jalali("2021-03-21", 1400, 1, 1);
    assert_jalali("2020-04-20", 1399, 2, 1);
    assert_jalali("2017-03-21", 1396, 1, 1);
    assert_jalali("2021-03-20", 1399, 12, 30);
    assert_jalali("1996-03-20", 1375, 1, 1);
    assert_jalali("2024-03-20", 1403, 1, 1);
    assert_jalali("2025-03-20", 1403, 12, 30);
    assert_jalali("2025-03-21", 1404, 1, 1);
    assert_jalali("2029-03-20", 1408, 1, 1);
    int32_t found;
    assert_true(day_of_jalali((struct civil){1300, 1, 1}, &found));
    assert_int_equal(found, day_of_civil((struct civil){1921, 3, 21}));
    assert_true(day_of_jalali((struct civil){1342, 1, 1}, &found)); /* the first five-year gap of the century */
    assert_int_equal(found, day_of_civil((struct civil){1963, 3, 21}));
}

static void test_jalali_every_day(void **state)
{
    (void)state;
    int32_t first, back;
    struct civil found, last = {1299, 12, 30};
    assert_true(day_of_jalali((struct civil){JALALI_YEAR_MIN, 1, 1}, &first));
    int leaps = 0;
    for (int32_t d = first; jalali_of_day(d, &found); d++) {
        assert_true(day_of_jalali(found, &back));
        assert_int_equal(back, d);
        bool next_day = found.year == last.year && found.month == last.month && found.day == last.day + 1;
        bool next_month = found.day == 1 && found.month == last.month % 12 + 1 && last.day >= 29;
        assert_true(next_day || next_month);
        if (found.month == 12 && found.day == 30) leaps++;
        last = found;
    }
    assert_int_equal(last.year, JALALI_YEAR_MAX);
    assert_int_equal(leaps, 49);
    assert_false(jalali_of_day(first - 1, &found));
    assert_false(day_of_jalali((struct civil){JALALI_YEAR_MAX + 1, 1, 1}, &back));
    assert_false(day_of_jalali((struct civil){1400, 12, 30}, &back));
    assert_false(day_of_jalali((struct civil){1400, 7, 31}, &back));
    assert_false(day_of_jalali((struct civil){1400, 13, 1}, &back));
    assert_false(day_of_jalali((struct civil){1400, 1, 0}, &back));
}

/* Ids, hashes */

static void test_uuid(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-42661417400", "123e4567e89b12d3a456426614174000",
        "123e4567-e89b-12d3-a456-4266141740000", "123e4567-e89b-12d3-a456-42661417400g", "{23e4567-e89b-12d3-a456-426614174000",
        "123e4567_e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-4266141740 0",
    };
    uint8_t uuid[UUID_BYTES];
    char text[UUID_TEXT_BYTES];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(uuid_parse(bad[i], uuid));
    assert_true(uuid_parse("123E4567-e89b-12d3-A456-426614174000", uuid));
    uuid_format(uuid, text);
    assert_string_equal(text, "123e4567-e89b-12d3-a456-426614174000");
    uuid_random(uuid);
    uuid_format(uuid, text);
    assert_int_equal(text[14], '4');
    assert_non_null(strchr("89ab", text[19]));
    memset(uuid, 0xff, sizeof uuid);
    uuid_mark_v8(uuid);
    uuid_format(uuid, text);
    assert_string_equal(text, "ffffffff-ffff-8fff-bfff-ffffffffffff");
    assert_true(uuid_is_v8(uuid));
    uuid_random(uuid);
    assert_false(uuid_is_v8(uuid));
}

static void test_hex_and_tokens(void **state)
{
    (void)state;
    uint8_t data[3] = {0, 0xab, 0xff}, back[3];
    char text[7];
    hex_format(data, sizeof data, text);
    assert_string_equal(text, "00abff");
    assert_true(hex_parse("00ABff", back, sizeof back));
    assert_memory_equal(back, data, sizeof data);
    assert_false(hex_parse("00abf", back, sizeof back));
    assert_false(hex_parse("00abff0", back, sizeof back));
    assert_false(hex_parse("00abfx", back, sizeof back));
    uint8_t one[TOKEN_BYTES], two[TOKEN_BYTES];
    token_random(one);
    token_random(two);
    assert_false(bytes_equal(one, two, sizeof one));
    assert_true(bytes_equal(one, one, sizeof one));
}

static void test_hash(void **state)
{
    (void)state;
    uint8_t whole[HASH_BYTES], parts[HASH_BYTES], stream[HASH_BYTES];
    char text[2 * HASH_BYTES + 1];
    hash_bytes("", 0, whole);
    hex_format(whole, sizeof whole, text);
    assert_string_equal(text, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    hash_bytes("abc", 3, whole);
    hex_format(whole, sizeof whole, text);
    assert_string_equal(text, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    const struct hash_part pieces[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
    hash_parts(pieces, 3, parts);
    assert_memory_equal(parts, whole, HASH_BYTES);
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, "ab", 2);
    hasher_add(&hasher, "c", 1);
    hasher_end(&hasher, stream);
    assert_memory_equal(stream, whole, HASH_BYTES);
}

/* Text */

static void test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                       "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xe0\xa4\xb0\xe0\xa4\xb8\xe0\xa4\xa6"};
    static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0",
                                      "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                                      "\xff", "\xfe", "a\xe2\x82", "\xf0\x90\x80"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(utf8_ok(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(utf8_ok(bad[i], strlen(bad[i])));
    assert_false(utf8_ok("a\0b", 3));
    assert_true(utf8_plain("a\tb\n", 4));
    assert_false(utf8_plain("a\rb", 3));
    assert_false(utf8_plain("\x1b[2J", 4));
    assert_false(utf8_plain("\x7f", 1));
    assert_false(utf8_plain("\xc2\x85", 2));
    assert_true(utf8_plain("\xc2\xa0", 2));
}

static void test_code_at_its_limit(void **state)
{
    (void)state;
    char code[CODE_BYTES_MAX + 2];
    memset(code, 'A', sizeof code);
    code[CODE_BYTES_MAX] = '\0';
    assert_true(code_ok(code));
    code[CODE_BYTES_MAX] = 'A';
    code[CODE_BYTES_MAX + 1] = '\0';
    assert_false(code_ok(code));
    assert_false(code_ok(""));
    assert_true(code_ok("Az09._-"));
    assert_false(code_ok("a b"));
    assert_false(code_ok("a/b"));
    assert_false(code_ok("\xe0\xa4\xb0"));
}

static void test_int64_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "-", "+1", "01", "-0", "-01", "00", " 1", "1 ", "1.0", "1e3", "0x10", "9223372036854775808",
                                      "-9223372036854775809", "99999999999999999999", "--1"};
    int64_t value = 5;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(int64_parse(bad[i], &value));
    assert_int_equal(value, 5);
    assert_true(int64_parse("0", &value) && value == 0);
    assert_true(int64_parse("9223372036854775807", &value) && value == INT64_MAX);
    assert_true(int64_parse("-9223372036854775808", &value) && value == INT64_MIN);
    assert_true(int64_parse("-10", &value) && value == -10);
}

/* Every wrong digit and every swap of neighbours is found, for all 10,000 codes. */
static void test_receipt_code(void **state)
{
    (void)state;
    char code[RECEIPT_CODE_TEXT_BYTES];
    receipt_code(572, code);
    assert_string_equal(code, "05724"); /* Damm's own example: 572 -> 4 */
    for (int64_t sequence = 1; sequence <= 10000; sequence++) {
        receipt_code(sequence, code);
        assert_true(receipt_code_ok(code));
        for (size_t i = 0; i < 5; i++) {
            char right = code[i];
            for (char wrong = '0'; wrong <= '9'; wrong++) {
                code[i] = wrong;
                assert_int_equal(receipt_code_ok(code), wrong == right);
            }
            code[i] = right;
            if (i == 4 || code[i] == code[i + 1]) continue;
            code[i] = code[i + 1];
            code[i + 1] = right;
            assert_false(receipt_code_ok(code));
            code[i + 1] = code[i];
            code[i] = right;
        }
    }
    receipt_code(INT64_MAX, code);
    assert_true(receipt_code_ok(code));
    assert_false(receipt_code_ok("0572"));
    assert_false(receipt_code_ok("057244"));
    assert_false(receipt_code_ok("0572x"));
}

/* Logs */

#define assert_logged(expected, ...)                                                       \
    do {                                                                                   \
        char line_[LOG_LINE_BYTES_MAX + 1];                                                \
        line_[log_format(line_, LOG_LINE_BYTES_MAX, LOG_INFO, __VA_ARGS__)] = '\0';        \
        assert_memory_equal(line_, "ts=", 3);                                              \
        assert_string_equal(line_ + 27, " level=info proc=rasad event=" expected "\n");     \
    } while (0)

static void test_log_lines(void **state)
{
    (void)state;
    const char *volatile missing = NULL;
    assert_logged("ready", "ready");
    assert_logged("\"peer refused\" uid=7 path=/run/x", "peer refused uid=%u path=%s", 7u, "/run/x");
    assert_logged("x a=\"two words\" b=\"\" c=-", "x a=%s b=%s c=%s", "two words", "", missing);
    assert_logged("x a=\"say \\\"hi\\\"\\\\\"", "x a=%s", "say \"hi\"\\");
    assert_logged("x a=\"1\\nlevel=error \\x1b[2J\\t\\x7f\"", "x a=%s", "1\nlevel=error \x1b[2J\t\x7f");
    assert_logged("x a=\"\xe0\xa4\xb0\xe0\xa4\xb8 \\xff\\xe0\\xa4\"", "x a=%s", "\xe0\xa4\xb0\xe0\xa4\xb8 \xff\xe0\xa4");
    assert_logged("x a=\"k=v\"", "x a=%s", "k=v");
    assert_logged("x a=-9223372036854775808 b=5 c=ff d=z e=50%", "x a=%" PRId64 " b=%zu c=%lx d=%c e=50%%", INT64_MIN, (size_t)5,
                  255ul, 'z');
    assert_logged("x a=-1 b=18446744073709551615 c=-2", "x a=%d b=%llu c=%lld", -1, 18446744073709551615ull, -2ll);
}

static void test_log_line_is_cut(void **state)
{
    (void)state;
    char value[3 * LOG_LINE_BYTES_MAX + 1], line[LOG_LINE_BYTES_MAX];
    for (size_t i = 0; i + 2 < sizeof value; i += 3) memcpy(value + i, "\xe0\xa4\xb0", 3);
    value[sizeof value - 1] = '\0';
    for (size_t pad = 0; pad < 4; pad++) {
        size_t length = log_format(line, sizeof line, LOG_INFO, "x a=%s b=%s", &"aaaa"[pad], value);
        assert_true(length <= sizeof line);
        assert_memory_equal(line + length - 5, "...\"\n", 5);
        assert_true(utf8_ok(line, length));
    }
    memset(value, 'y', sizeof value - 1);
    size_t length = log_format(line, sizeof line, LOG_INFO, "x a=%s", value);
    assert_memory_equal(line + length - 4, "...\n", 4);
}

/* The loop */

struct seen {
    struct loop *loop;
    int count;
    int order[8];
    int limit;
};

static void count_fd(void *ctx, int fd, uint32_t events)
{
    struct seen *seen = ctx;
    char c;
    (void)events;
    assert_int_equal(read(fd, &c, 1), 1);
    if (++seen->count == seen->limit) loop_stop(seen->loop);
}

static void test_loop_reads(void **state)
{
    (void)state;
    struct seen seen = {.limit = 3};
    int pipe_fds[2];
    assert_int_equal(loop_init(&seen.loop), ERR_OK);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(loop_add_fd(seen.loop, pipe_fds[0], EPOLLIN, count_fd, &seen), ERR_OK);
    assert_int_equal(write(pipe_fds[1], "abc", 3), 3);
    assert_int_equal(loop_run(seen.loop), ERR_OK);
    assert_int_equal(seen.count, 3);
    assert_int_equal(loop_modify_fd(seen.loop, pipe_fds[0], 0), ERR_OK);
    loop_remove_fd(seen.loop, pipe_fds[0]);
    assert_int_equal(loop_add_fd(seen.loop, LOOP_FDS_MAX, EPOLLIN, count_fd, &seen), ERR_BUSY);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    loop_close(seen.loop);
}

/* Two ready descriptors; the first callback closes both and opens one under the number of the other. */
struct swap {
    struct loop *loop;
    int fds[2][2];
    int called;
};

static void never_fd(void *ctx, int fd, uint32_t events)
{
    (void)ctx;
    (void)fd;
    (void)events;
    fail_msg("an event of a descriptor that was closed");
}

static void swap_fd(void *ctx, int fd, uint32_t events)
{
    struct swap *swap = ctx;
    (void)events;
    swap->called++;
    int other = fd == swap->fds[0][0] ? swap->fds[1][0] : swap->fds[0][0];
    loop_remove_fd(swap->loop, other);
    close(other);
    int fresh[2];
    assert_int_equal(pipe(fresh), 0);
    int same = fresh[0] == other ? fresh[0] : dup2(fresh[0], other);
    assert_int_equal(loop_add_fd(swap->loop, same, EPOLLIN, never_fd, swap), ERR_OK);
    loop_stop(swap->loop);
}

static void test_loop_forgets_closed(void **state)
{
    (void)state;
    struct swap swap = {0};
    assert_int_equal(loop_init(&swap.loop), ERR_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe(swap.fds[i]), 0);
        assert_int_equal(loop_add_fd(swap.loop, swap.fds[i][0], EPOLLIN, swap_fd, &swap), ERR_OK);
        assert_int_equal(write(swap.fds[i][1], "x", 1), 1);
    }
    assert_int_equal(loop_run(swap.loop), ERR_OK);
    assert_int_equal(swap.called, 1);
    loop_close(swap.loop);
    for (int fd = swap.fds[0][0]; fd < swap.fds[1][1] + 4; fd++) close(fd);
}

struct tick {
    struct loop_timer timer;
    int number;
    struct seen *seen;
};

static void on_tick(void *ctx)
{
    struct tick *tick = ctx;
    tick->seen->order[tick->seen->count++] = tick->number;
    if (tick->seen->count == tick->seen->limit) loop_stop(tick->seen->loop);
}

static void test_loop_timers_in_order(void **state)
{
    (void)state;
    static const int delays_ms[] = {30, 5, 20, 10, 1};
    struct seen seen = {.limit = 4};
    struct tick ticks[5];
    assert_int_equal(loop_init(&seen.loop), ERR_OK);
    int64_t start = mono_ms();
    for (int i = 0; i < 5; i++) {
        ticks[i] = (struct tick){.number = i, .seen = &seen};
        loop_timer_init(&ticks[i].timer, on_tick, &ticks[i]);
        assert_int_equal(loop_timer_set(seen.loop, &ticks[i].timer, start + delays_ms[i]), ERR_OK);
    }
    loop_timer_clear(seen.loop, &ticks[2].timer);
    loop_timer_clear(seen.loop, &ticks[2].timer);
    assert_int_equal(loop_timer_set(seen.loop, &ticks[4].timer, start + 40), ERR_OK); /* moved */
    assert_int_equal(loop_run(seen.loop), ERR_OK);
    assert_true(mono_ms() - start >= 40);
    static const int expected[] = {1, 3, 0, 4};
    assert_memory_equal(seen.order, expected, sizeof expected);
    loop_close(seen.loop);
}

static void on_nothing(void *ctx)
{
    (void)ctx;
}

static void test_loop_timers_at_their_limit(void **state)
{
    (void)state;
    struct loop *loop;
    struct loop_timer *timers = calloc(LOOP_TIMERS_MAX + 1, sizeof *timers);
    assert_non_null(timers);
    assert_int_equal(loop_init(&loop), ERR_OK);
    for (size_t i = 0; i <= LOOP_TIMERS_MAX; i++) {
        loop_timer_init(&timers[i], on_nothing, NULL);
        int64_t at_ms = (int64_t)(i * 7919 % 10007);
        assert_int_equal(loop_timer_set(loop, &timers[i], at_ms), i < LOOP_TIMERS_MAX ? ERR_OK : ERR_BUSY);
    }
    for (size_t i = 0; i < LOOP_TIMERS_MAX; i += 3) loop_timer_clear(loop, &timers[i]);
    for (size_t i = 0; i <= LOOP_TIMERS_MAX; i++) loop_timer_clear(loop, &timers[i]);
    assert_int_equal(loop_timer_set(loop, &timers[0], 1), ERR_OK);
    loop_close(loop);
    free(timers);
}

static bool work_hook(void *ctx)
{
    struct seen *seen = ctx;
    if (seen->count < 4) seen->order[seen->count++] = 1;
    if (seen->count >= 4) loop_stop(seen->loop);
    return true;
}

static bool flush_hook(void *ctx)
{
    struct seen *seen = ctx;
    if (seen->count < 4) seen->order[seen->count++] = 2;
    return false;
}

static void test_loop_hooks(void **state)
{
    (void)state;
    struct seen seen = {0};
    assert_int_equal(loop_init(&seen.loop), ERR_OK);
    loop_before_sleep(seen.loop, LOOP_FLUSH, flush_hook, &seen);
    loop_before_sleep(seen.loop, LOOP_WORK, work_hook, &seen);
    assert_int_equal(loop_run(seen.loop), ERR_OK); /* work left over: it never slept */
    static const int expected[] = {1, 2, 1, 2};
    assert_memory_equal(seen.order, expected, sizeof expected);
    loop_before_sleep_end(seen.loop, flush_hook, &seen);
    seen.count = 0;
    assert_int_equal(loop_run(seen.loop), ERR_OK);
    static const int work_only[] = {1, 1, 1, 1};
    assert_memory_equal(seen.order, work_only, sizeof work_only);
    loop_close(seen.loop);
}

static void on_user_signal(void *ctx, int signal_number)
{
    struct seen *seen = ctx;
    seen->order[seen->count++] = signal_number;
    kill(getpid(), SIGTERM);
}

static void test_loop_signals(void **state)
{
    (void)state;
    struct seen seen = {0};
    sigset_t before, after;
    sigprocmask(SIG_BLOCK, NULL, &before);
    assert_int_equal(loop_init(&seen.loop), ERR_OK);
    assert_int_equal(loop_on_signal(seen.loop, SIGUSR1, on_user_signal, &seen), ERR_OK);
    kill(getpid(), SIGUSR1);
    assert_int_equal(loop_run(seen.loop), ERR_OK);
    assert_true(loop_stopping(seen.loop));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.order[0], SIGUSR1);
    loop_close(seen.loop);
    sigprocmask(SIG_BLOCK, NULL, &after);
    assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    assert_int_equal(sigismember(&after, SIGUSR1), sigismember(&before, SIGUSR1));
}

/* Configuration and sandbox */

static void silence(void)
{
    log_level_set((enum log_level)(LOG_ERROR + 1));
}

static void test_config(void **state)
{
    (void)state;
    struct config config;
    char path[SOCKET_PATH_BYTES_MAX], file[PATH_BYTES_MAX], deep[PATH_BYTES_MAX + 1];
    unsetenv("RASAD_DATA");
    unsetenv("RASAD_PORT");
    setenv("RASAD_BIND", "", 1);
    assert_int_equal(config_read(&config), ERR_OK);
    assert_string_equal(config.data, "data");
    assert_string_equal(config.bind, "127.0.0.1");
    assert_int_equal(config.port, 8080);
    assert_int_equal(config_socket_path(&config, "production", path), ERR_OK);
    assert_string_equal(path, "data/run/production.sock");
    assert_int_equal(config_data_path(&config, "rasad.lmdb", file), ERR_OK);
    assert_string_equal(file, "data/rasad.lmdb");
    setenv("RASAD_PORT", "65536", 1);
    assert_int_equal(config_read(&config), ERR_CONFIG);
    setenv("RASAD_PORT", "65535", 1);
    assert_int_equal(config_read(&config), ERR_OK);
    setenv("RASAD_BIND", "localhost", 1);
    assert_int_equal(config_read(&config), ERR_CONFIG);
    static const struct { const char *bind, *proxy, *tls; enum err err; } plain[] = {
        {"127.0.0.1", "", "", ERR_OK}, {"127.8.0.1", "", "", ERR_OK}, {"::ffff:127.0.0.1", "", "", ERR_OK},
        {"0.0.0.0", "", "", ERR_CONFIG}, {"::", "0", "", ERR_CONFIG}, {"192.0.2.1", "1", "", ERR_OK},
        {"192.0.2.1", "", "/x.pem", ERR_OK},
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        setenv("RASAD_BIND", plain[i].bind, 1);
        setenv("RASAD_BEHIND_PROXY", plain[i].proxy, 1);
        setenv("RASAD_TLS_CERT", plain[i].tls, 1);
        setenv("RASAD_TLS_KEY", plain[i].tls, 1);
        assert_int_equal(config_read(&config), ERR_OK);
        assert_int_equal(config_may_listen(&config), plain[i].err);
    }
    unsetenv("RASAD_TLS_KEY");
    assert_int_equal(config_read(&config), ERR_CONFIG);
    unsetenv("RASAD_TLS_CERT");
    setenv("RASAD_BEHIND_PROXY", "yes", 1);
    assert_int_equal(config_read(&config), ERR_CONFIG);
    unsetenv("RASAD_BEHIND_PROXY");
    setenv("RASAD_BIND", "::1", 1);
    assert_int_equal(config_read(&config), ERR_OK);
    memset(deep, 'd', sizeof deep);
    deep[SOCKET_PATH_BYTES_MAX - 1 - strlen("/run/x.sock")] = '\0';
    setenv("RASAD_DATA", deep, 1);
    assert_int_equal(config_read(&config), ERR_OK);
    assert_int_equal(config_socket_path(&config, "x", path), ERR_OK);
    assert_int_equal(strlen(path), SOCKET_PATH_BYTES_MAX - 1);
    assert_int_equal(config_socket_path(&config, "xy", path), ERR_CONFIG);
    memset(deep, 'd', sizeof deep);
    deep[PATH_BYTES_MAX] = '\0';
    setenv("RASAD_DATA", deep, 1);
    assert_int_equal(config_read(&config), ERR_CONFIG);
    deep[PATH_BYTES_MAX - 1] = '\0';
    setenv("RASAD_DATA", deep, 1);
    assert_int_equal(config_read(&config), ERR_OK);
    assert_int_equal(config_data_path(&config, "x", file), ERR_CONFIG);
}

static int sandboxed_child(pid_t parent)
{
    struct rlimit core;
    if (sandbox_common() != ERR_OK) return 1;
    if (sandbox_die_with_parent(parent) != ERR_OK) return 2;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 3;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 4;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0) return 5;
    if (umask(0) != 077) return 6;
    return sandbox_die_with_parent(parent + 1) == ERR_CLOSED ? 0 : 7;
}

static void test_sandbox(void **state)
{
    (void)state;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) _exit(sandboxed_child(parent));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err_text),
        cmocka_unit_test(test_must_aborts),
        cmocka_unit_test(test_arena_at_its_limit),
        cmocka_unit_test(test_arena_zeroes_and_aligns),
        cmocka_unit_test(test_arena_gives_pages_back),
        cmocka_unit_test(test_arena_strings_and_allocator),
        cmocka_unit_test(test_day_parse),
        cmocka_unit_test(test_day_round_trip),
        cmocka_unit_test(test_day_of_ms),
        cmocka_unit_test(test_jalali_known_dates),
        cmocka_unit_test(test_jalali_every_day),
        cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_hex_and_tokens),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_code_at_its_limit),
        cmocka_unit_test(test_int64_parse),
        cmocka_unit_test(test_receipt_code),
        cmocka_unit_test(test_log_lines),
        cmocka_unit_test(test_log_line_is_cut),
        cmocka_unit_test(test_loop_reads),
        cmocka_unit_test(test_loop_forgets_closed),
        cmocka_unit_test(test_loop_timers_in_order),
        cmocka_unit_test(test_loop_timers_at_their_limit),
        cmocka_unit_test(test_loop_hooks),
        cmocka_unit_test(test_loop_signals),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_sandbox),
    };
    silence();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
