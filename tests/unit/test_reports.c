/* test_reports.c - services/reports/rules.c: periods, sums that must close, steps of a trace, marks between pages. */
#include "reports/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after these four */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* ---- periods */

static void test_periods(void **state)
{
    static const struct {
        const char *text;
        uint32_t period;
    } good[] = {{"2020", 202000}, {"2020-04", 202004}, {"1399-12", 139912}, {"1000", 100000}, {"9999-01", 999901}};
    static const char *const bad[] = {"", "202", "20200", "2020-", "2020-4", "2020-00", "2020-13", "2020/04", "2020-041",
                                      "0999", "20x0", "2020-0x", "+020", " 2020", "2020-04-01"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        uint32_t period = 0;
        assert_true(period_parse(good[i].text, &period));
        assert_int_equal(period, good[i].period);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t period = 7;
        assert_false(period_parse(bad[i], &period));
        assert_int_equal(period, 7);
    }
}

/* ---- flows */

static void test_a_flow_closes(void **state)
{
    Rasad__V1__FlowRow row;
    (void)state;
    rasad__v1__flow_row__init(&row);
    assert_int_equal(flow_row_gap(&row), 0);
    row.opening = 1000;
    row.supplied = 500;
    row.good = 60;
    row.in = 7;
    row.out = 8;
    row.consumed = 400;
    row.served = 30;
    row.sold = 20;
    row.scrapped = 10;
    row.lost = 5;
    row.difference = -4;
    row.closing = 1090;
    assert_int_equal(flow_row_gap(&row), 0);
    row.spoiled = row.issued = row.handed_in = row.delivered = 99; /* beside the sum */
    assert_int_equal(flow_row_gap(&row), 0);
    row.closing++;
    assert_int_equal(flow_row_gap(&row), 1);
    row.closing = -50; /* below zero: more was used than the books know of */
    row.consumed = 1540;
    assert_int_equal(flow_row_gap(&row), 0);
}

static void test_every_column_counts_once(void **state)
{
    static const int signs[] = {1, 1, 1, 1, -1, -1, -1, -1, -1, -1, 1};
    (void)state;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        Rasad__V1__FlowRow row;
        rasad__v1__flow_row__init(&row);
        int64_t *columns[] = {&row.opening, &row.supplied, &row.good, &row.in,       &row.out,  &row.consumed,
                              &row.served,  &row.sold,     &row.scrapped, &row.lost, &row.difference};
        *columns[i] = QUANTITY_MAX;
        row.closing = signs[i] * QUANTITY_MAX;
        assert_int_equal(flow_row_gap(&row), 0);
    }
}

static void test_money_closes(void **state)
{
    Rasad__V1__MoneyRow row;
    (void)state;
    rasad__v1__money_row__init(&row);
    row.opening = 100;
    row.earned = 50;
    row.in = 4;
    row.out = 3;
    row.paid = 101;
    row.closing = 50;
    assert_int_equal(money_row_gap(&row), 0);
    row.paid--;
    assert_int_equal(money_row_gap(&row), -1);
}

/* ---- traces */

static struct trace trace;

static void test_trace_each_lot_once(void **state)
{
    (void)state;
    memset(&trace, 0, sizeof trace);
    assert_true(trace_add(&trace, 7, 0, 0));
    assert_true(trace_add(&trace, 8, 7, -1));
    assert_true(trace_add(&trace, 9, 7, 1));
    assert_true(trace_add(&trace, 8, 9, 2)); /* there already, and nearer */
    assert_int_equal(trace.n, 3);
    assert_int_equal(trace.steps[1].depth, -1);
    assert_int_equal(trace.steps[1].nearer, 7);
    assert_false(trace.more);
}

static void test_trace_at_its_depth(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        memset(&trace, 0, sizeof trace);
        assert_true(trace_add(&trace, 1, 0, sign * TRACE_DEPTH_MAX));
        assert_int_equal(trace.n, 1);
        assert_false(trace.more);
        assert_true(trace_add(&trace, 2, 1, sign * (TRACE_DEPTH_MAX + 1)));
        assert_int_equal(trace.n, 1);
        assert_true(trace.more);
    }
}

static void test_trace_at_its_length(void **state)
{
    (void)state;
    memset(&trace, 0, sizeof trace);
    for (int64_t lot = 1; lot <= TRACE_LOTS_MAX; lot++) assert_true(trace_add(&trace, lot, 0, 1));
    assert_int_equal(trace.n, TRACE_LOTS_MAX);
    assert_false(trace.more);
    assert_true(trace_add(&trace, TRACE_LOTS_MAX, 0, 1));
    assert_false(trace.more);
    assert_false(trace_add(&trace, TRACE_LOTS_MAX + 1, 0, 1));
    assert_true(trace.more);
    assert_int_equal(trace.n, TRACE_LOTS_MAX);
}

/* ---- marks */

static void test_marks_come_back(void **state)
{
    static const struct question_mark marks[] = {
        {.place = "VO-012", .item = "cloth_cm", .text = "", .kind = 1, .stage = 1},
        {.place = "A", .item = "b", .text = "AB/12-9/7", .kind = 2, .stage = 6},
        {.place = "A", .item = "b", .text = "812.3", .kind = 3, .stage = 0},
        {.place = "", .item = "", .text = "", .kind = 0, .stage = 0},
        {.place = "ABCDEFGHIJKLMNOPQRSTUVWX", .item = "abcdefghijklmnopqrstuvwx", .text = "012345678901234567890123",
         .kind = 255, .stage = 255},
    };
    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        struct question_mark back;
        char out[MARK_TEXT_BYTES];
        mark_format(&marks[i], out);
        assert_true(mark_parse(out, &back));
        assert_string_equal(back.place, marks[i].place);
        assert_string_equal(back.item, marks[i].item);
        assert_string_equal(back.text, marks[i].text);
        assert_int_equal(back.kind, marks[i].kind);
        assert_int_equal(back.stage, marks[i].stage);
    }
}

static void test_marks_of_others(void **state)
{
    static const char *const bad[] = {"",           "A",        "A/1",       "A/1/b",      "A/1/b/1",   "A//b/1/",
                                      "A/1/b//",    "A/256/b/1/", "A/1/b/256/", "A/-1/b/1/", "A/x/b/1/", "A/1/b/1x/",
                                      "A/0001/b/1/", "ABCDEFGHIJKLMNOPQRSTUVWXY/1/b/1/",
                                      "A/1/abcdefghijklmnopqrstuvwxy/1/", "A/1/b/1/0123456789012345678901234"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct question_mark mark;
        assert_false(mark_parse(bad[i], &mark));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_periods),
        cmocka_unit_test(test_a_flow_closes),
        cmocka_unit_test(test_every_column_counts_once),
        cmocka_unit_test(test_money_closes),
        cmocka_unit_test(test_trace_each_lot_once),
        cmocka_unit_test(test_trace_at_its_depth),
        cmocka_unit_test(test_trace_at_its_length),
        cmocka_unit_test(test_marks_come_back),
        cmocka_unit_test(test_marks_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
