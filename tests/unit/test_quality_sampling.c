/* test_quality_sampling.c - the sampling rule against cells of the standard's tables, its arrows, whole-table digests, and
 * the switching rules. */
#include "base/limits.h"
#include "quality/sampling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The smallest lot of each code letter at level II, by which a letter is reached from outside. */
static const int64_t lots[] = {2, 9, 16, 26, 51, 91, 151, 281, 501, 1201, 3201, 10001, 35001, 150001, 500001};
enum { LOTS = sizeof lots / sizeof lots[0] };

static void is_plan(int64_t lot, const char *level_text, int64_t thousandths, bool tightened, const char *want)
{
    enum sampling_level level;
    int step;
    char have[48];
    assert_true(sampling_level_parse(level_text, &level));
    assert_true(sampling_step(thousandths, &step));
    struct plan plan = sampling_plan(lot, level, step, tightened);
    snprintf(have, sizeof have, "%c %lld %d/%d%s", plan.letter, (long long)plan.sample, plan.accept, plan.refuse,
             plan.every_piece ? " all" : "");
    assert_string_equal(have, want);
}

/* ---- the steps */

static void test_steps(void **state)
{
    (void)state;
    static const int64_t known[SAMPLING_STEPS] = {10,    15,    25,    40,    65,     100,    150,    250,    400,
                                                  650,   1000,  1500,  2500,  4000,   6500,   10000,  15000,  25000,
                                                  40000, 65000, 100000, 150000, 250000, 400000, 650000, 1000000};
    int step;
    for (int i = 0; i < SAMPLING_STEPS; i++) {
        assert_int_equal(sampling_limit(i), known[i]);
        assert_true(sampling_step(known[i], &step));
        assert_int_equal(step, i);
        assert_false(sampling_step(known[i] + 1, &step));
        assert_int_equal(sampling_step_at_most(known[i] + 1), i);
    }
    assert_false(sampling_step(0, &step));
    assert_false(sampling_step(-10, &step));
    assert_false(sampling_step(1500000, &step));
    assert_int_equal(sampling_step_at_most(0), 0);
    assert_int_equal(sampling_step_at_most(3000), 12); /* 3.0 is none: 2.5 is the next stricter one */
    assert_int_equal(sampling_step_at_most(INT64_MAX), SAMPLING_STEPS - 1);
}

static void test_levels(void **state)
{
    (void)state;
    enum sampling_level level;
    assert_true(sampling_level_parse("", &level));
    assert_int_equal(level, LEVEL_II);
    assert_true(sampling_level_parse("S-3", &level));
    assert_int_equal(level, LEVEL_S3);
    assert_false(sampling_level_parse("s-3", &level));
    assert_false(sampling_level_parse("IV", &level));
    assert_false(sampling_level_parse("I ", &level));
}

/* One letter for each of the fifteen lot sizes, at both of its ends; the plan at 1.0 % of each letter is its own or an
 * arrow's, so letters are read where the diagonal says that every letter has a plan of its own. */
static char letter_at(int64_t lot, enum sampling_level level)
{
    for (int step = 0; step < SAMPLING_STEPS; step++) {
        struct plan plan = sampling_plan(lot, level, step, false);
        struct plan next = sampling_plan(lot, level, step + 1 < SAMPLING_STEPS ? step + 1 : step, false);
        if (plan.accept == 1 && next.accept == 2 && plan.letter == next.letter) return plan.letter;
    }
    return '?';
}

static void test_code_letters(void **state)
{
    (void)state;
    static const char *const want[LEVEL_COUNT] = {
        "AAAABBBBCCCCDDD", "AAABBBCCCDDDEEE", "AABBCCDDEEFFGGH", "AABCCDEEFGGHJJK",
        "AABCCDEFGHJKLMN", "ABCDEFGHJKLMNPQ", "BCDEFGHJKLMNPQR",
    };
    for (int level = 0; level < LEVEL_COUNT; level++) {
        for (int i = 0; i < LOTS; i++) {
            int64_t last = i + 1 < LOTS ? lots[i + 1] - 1 : QUANTITY_MAX;
            assert_int_equal(letter_at(lots[i], (enum sampling_level)level), want[level][i]);
            assert_int_equal(letter_at(last, (enum sampling_level)level), want[level][i]);
        }
    }
}

/* ---- the plans */

static void test_cells(void **state)
{
    (void)state;
    is_plan(1000, "", 2500, false, "J 80 5/6");
    is_plan(1000, "", 2500, true, "J 80 3/4");
    is_plan(500, "II", 650, false, "J 80 1/2");    /* H has an arrow down */
    is_plan(500, "II", 400, false, "G 32 0/1");    /* H has an arrow up: the smaller sample counts too */
    is_plan(500, "II", 250, false, "H 50 0/1");
    is_plan(500, "II", 400, true, "H 50 0/1");
    is_plan(500, "II", 650, true, "K 125 1/2");    /* two arrows down: the tightened table has none up beside a 0 */
    is_plan(500, "II", 1000, true, "J 80 1/2");
}

static void test_edges(void **state)
{
    (void)state;
    is_plan(1, "", 2500, false, "C 1 0/1 all");
    is_plan(2, "", 6500, false, "A 2 0/1 all");
    is_plan(3, "", 6500, false, "A 2 0/1");
    is_plan(5, "", 2500, false, "C 5 0/1 all");
    is_plan(6, "", 2500, false, "C 5 0/1");
    is_plan(2, "", 1000000, false, "A 2 30/31 all");
    is_plan(9, "", 1000000, false, "B 3 44/45");
    is_plan(16, "", 1000000, false, "B 3 44/45");  /* arrows up on the right edge */
    is_plan(500001, "III", 10, false, "Q 1250 0/1");
    is_plan(500001, "III", 15, false, "P 800 0/1");
    is_plan(500001, "III", 25, false, "R 2000 1/2");
    is_plan(500001, "III", 10, true, "R 2000 0/1");
    is_plan(500001, "III", 25, true, "S 3150 1/2"); /* the one plan of letter S */
    is_plan(2, "", 10, false, "Q 2 0/1 all");
    is_plan(QUANTITY_MAX, "", 2500, false, "N 500 21/22");
    is_plan(100, "", 100000, false, "E 13 21/22");
}

/* Every plan of a table in one number: letters A to R, 26 limits, arrows followed. */
static uint64_t digest(bool tightened)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int row = 0; row < 16; row++) {
        int64_t lot = lots[row < LOTS ? row : LOTS - 1];
        enum sampling_level level = row < LOTS ? LEVEL_II : LEVEL_III;
        for (int step = 0; step < SAMPLING_STEPS; step++) {
            struct plan plan = sampling_plan(lot, level, step, tightened);
            assert_int_equal(plan.refuse, plan.accept + 1);
            hash = (hash ^ (uint64_t)plan.letter) * UINT64_C(1099511628211);
            hash = (hash ^ (uint64_t)plan.accept) * UINT64_C(1099511628211);
        }
    }
    return hash;
}

static void test_whole_tables(void **state)
{
    (void)state;
    assert_true(digest(false) == UINT64_C(0xb6eec3c559750f75));
    assert_true(digest(true) == UINT64_C(0xd7d40cb17b03f6e2));
}

/* Stricter never accepts more: along a row with a stricter limit, and tightened against normal. */
static void test_order(void **state)
{
    (void)state;
    for (int i = 0; i < LOTS; i++) {
        for (int step = 0; step < SAMPLING_STEPS; step++) {
            struct plan normal = sampling_plan(lots[i], LEVEL_II, step, false);
            struct plan tight = sampling_plan(lots[i], LEVEL_II, step, true);
            if (normal.letter == tight.letter) assert_true(tight.accept <= normal.accept);
            assert_true(normal.sample <= lots[i] && tight.sample <= lots[i] && normal.sample >= 1);
            assert_true(normal.every_piece == (normal.sample == lots[i]));
        }
    }
}

/* ---- verdicts */

static bool passed(int64_t sample, int32_t critical, int32_t major, int32_t minor)
{
    return sampling_passed(1000, sampling_step_at_most(2500), SEVERITY_NORMAL, sample, (struct defects){critical, major, minor});
}

static void test_passed(void **state)
{
    (void)state;
    assert_true(passed(80, 0, 5, 7));
    assert_false(passed(80, 0, 6, 0));
    assert_false(passed(80, 0, 0, 8));  /* minor ones: the plan of 4.0 % accepts 7 */
    assert_false(passed(80, 1, 0, 0));
    assert_false(passed(79, 0, 0, 0));
    assert_true(passed(1000, 0, 5, 0));
    int step = sampling_step_at_most(2500);
    assert_false(sampling_passed(1000, step, SEVERITY_TIGHTENED, 80, (struct defects){0, 4, 0}));
    assert_true(sampling_passed(1000, step, SEVERITY_TIGHTENED, 80, (struct defects){0, 3, 0}));
    assert_false(sampling_passed(1000, step, SEVERITY_STOPPED, 999, (struct defects){0, 0, 0}));
    assert_true(sampling_passed(1000, step, SEVERITY_STOPPED, 1000, (struct defects){0, 3, 0}));
    assert_true(sampling_passed(1000, SAMPLING_STEPS - 1, SEVERITY_NORMAL, 1000, (struct defects){0, 0, 1}));
}

/* "+" accepted, "-" not. */
static enum severity after(const char *verdicts)
{
    bool accepted[64];
    size_t n = strlen(verdicts);
    assert_true(n <= 64);
    for (size_t i = 0; i < n; i++) accepted[i] = verdicts[i] == '+';
    return sampling_severity(accepted, n);
}

static void test_switching(void **state)
{
    (void)state;
    assert_int_equal(after(""), SEVERITY_NORMAL);
    assert_int_equal(after("-"), SEVERITY_NORMAL);
    assert_int_equal(after("--"), SEVERITY_TIGHTENED);
    assert_int_equal(after("-+++-"), SEVERITY_TIGHTENED);      /* two of five */
    assert_int_equal(after("-++++-"), SEVERITY_NORMAL);        /* two of six */
    assert_int_equal(after("-++++-+++-"), SEVERITY_TIGHTENED);
    assert_int_equal(after("--++++"), SEVERITY_TIGHTENED);
    assert_int_equal(after("--+++++"), SEVERITY_NORMAL);       /* five running ones accepted */
    assert_int_equal(after("--++++-+++++"), SEVERITY_NORMAL);
    assert_int_equal(after("--+++++-"), SEVERITY_NORMAL);      /* it begins anew */
    assert_int_equal(after("--+++++-+-"), SEVERITY_TIGHTENED);
    assert_int_equal(after("------"), SEVERITY_TIGHTENED);     /* two to tighten, four since */
    assert_int_equal(after("-------"), SEVERITY_STOPPED);
    assert_int_equal(after("--++++-++++-++++-++++-++++-"), SEVERITY_STOPPED); /* five while tightened, not running ones */
    assert_int_equal(after("-------++++++++++"), SEVERITY_STOPPED);
    assert_int_equal(after("--++++-+++++--"), SEVERITY_TIGHTENED); /* the count of five begins anew too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),   cmocka_unit_test(test_levels), cmocka_unit_test(test_code_letters),
        cmocka_unit_test(test_cells),   cmocka_unit_test(test_edges),  cmocka_unit_test(test_whole_tables),
        cmocka_unit_test(test_order),   cmocka_unit_test(test_passed), cmocka_unit_test(test_switching),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
