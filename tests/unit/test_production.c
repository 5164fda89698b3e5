/* test_production.c - the pure rules of production: running sums in any order, lots, sacks, presence, earnings. */
#include "base/clock.h"
#include "base/limits.h"
#include "production/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GREGORIAN RASAD__V1__CALENDAR__CALENDAR_GREGORIAN
#define JALALI RASAD__V1__CALENDAR__CALENDAR_JALALI

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    assert_true(day_parse(text, &day));
    return day;
}

/* ---- recipes */

static void test_a_recipe_takes_what_it_says(void **state)
{
    (void)state;
    assert_int_equal(recipe_share(0, 200, 2500, 200), 2500);
    assert_int_equal(recipe_share(0, 1, 2500, 200), 12);
    assert_int_equal(recipe_share(1, 2, 2500, 200), 13);
    assert_int_equal(recipe_share(150, 200, 1, 200), 1); /* a spool for 200: the last pieces open it */
    assert_int_equal(recipe_share(0, 199, 1, 200), 0);
    assert_int_equal(recipe_share(7, 7, 2500, 200), 0);
    assert_int_equal(recipe_share(0, 1000, 0, 1), 0);
}

static void test_recipe_amounts_at_their_bound(void **state)
{
    (void)state;
    assert_int_equal(recipe_share(0, QUANTITY_MAX, 1, 1), QUANTITY_MAX);
    assert_int_equal(recipe_share(0, QUANTITY_MAX, QUANTITY_MAX, QUANTITY_MAX), QUANTITY_MAX);
    assert_int_equal(recipe_share(0, QUANTITY_MAX, 2, 1), QUANTITY_MAX + 1);
    assert_int_equal(recipe_share(0, QUANTITY_MAX, QUANTITY_MAX, 1), QUANTITY_MAX + 1);
    assert_int_equal(recipe_share(QUANTITY_MAX * 900, QUANTITY_MAX * 901, 1, 3), (QUANTITY_MAX - 1) / 3);
}

/* Logs and reversals in any order: what is consumed in the end is that of one log of the whole. */
static void test_running_sums_end_equal_in_any_order(void **state)
{
    enum { LINES = 40 };
    (void)state;
    srand(7);
    for (int round = 0; round < 200; round++) {
        int64_t quantity = 1 + rand() % 3000, per = 1 + rand() % 250, made[LINES], total = 0, consumed = 0, left = 0;
        bool stands[LINES] = {false};
        for (int step = 0; step < 4 * LINES; step++) {
            int i = rand() % LINES;
            if (!stands[i]) {
                made[i] = rand() % 400;
                consumed += recipe_share(total, total + made[i], quantity, per);
                total += made[i];
            } else {
                consumed -= recipe_share(total - made[i], total, quantity, per);
                total -= made[i];
            }
            stands[i] = !stands[i];
            assert_int_equal(consumed, recipe_share(0, total, quantity, per));
        }
        for (int i = 0; i < LINES; i++)
            if (stands[i]) left += made[i];
        assert_int_equal(left, total);
    }
}

static void test_what_a_stock_is_enough_for(void **state)
{
    (void)state;
    assert_int_equal(recipe_enough_for(0, 2500, 200), 0);
    assert_int_equal(recipe_enough_for(2500, 2500, 200), 200);
    assert_int_equal(recipe_enough_for(2499, 2500, 200), 199);
    assert_int_equal(recipe_enough_for(QUANTITY_MAX, 1, QUANTITY_MAX), INT64_MAX);
    assert_int_equal(recipe_enough_for(5, 0, 200), INT64_MAX);
}

static void test_alternatives_have_totals_of_their_own(void **state)
{
    char cotton[] = "cotton", linen[] = "linen", *alternatives[] = {cotton, linen};
    Rasad__V1__RecipeInput input;
    (void)state;
    rasad__v1__recipe_input__init(&input);
    input.alternatives = alternatives;
    input.n_alternatives = 2;
    assert_int_equal(recipe_choice(&input, ""), 0);
    assert_int_equal(recipe_choice(&input, "cotton"), 1);
    assert_int_equal(recipe_choice(&input, "linen"), 2);
    assert_int_equal(recipe_choice(&input, "paper"), -1);

    int32_t seen[RECIPE_INPUTS_MAX * 8 + 1];
    size_t n = 0;
    seen[n++] = running_number(3, 0, 0);
    assert_int_equal(seen[0], 3);
    for (size_t i = 0; i < RECIPE_INPUTS_MAX; i++)
        for (int choice = 1; choice <= 8; choice++) seen[n++] = running_number(3, i, choice);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) assert_int_not_equal(seen[i], seen[j]);
    assert_int_equal(running_number(4, 5, 0), 4);
    assert_true(running_number(65535, RECIPE_INPUTS_MAX - 1, 8) > 0);
}

/* ---- lots */

static void test_where_output_goes(void **state)
{
    struct place group = {.makes = true}, kitchen = {.makes = true, .serves = true};
    struct place workshop = {.makes = true, .holds = true};
    struct item mask = {.class = RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS}, kit = mask, repair = mask;
    (void)state;
    kit.check = RASAD__V1__CHECK__CHECK_INSPECTOR;
    repair.class = RASAD__V1__ITEM_CLASS__ITEM_CLASS_SERVICE;
    assert_int_equal(output_stage(&group, &mask), MADE);
    assert_int_equal(output_stage(&group, &kit), MADE);
    assert_int_equal(output_stage(&kitchen, &mask), STOCK);
    assert_int_equal(output_stage(&workshop, &kit), UNCHECKED);
    assert_int_equal(output_stage(&group, &repair), SERVED);
    assert_int_equal(arrival_stage(&mask), STOCK);
    assert_int_equal(arrival_stage(&kit), UNCHECKED);
}

static void test_what_an_open_lot_takes(void **state)
{
    struct place group = {.makes = true}, kitchen = {.makes = true, .serves = true};
    (void)state;
    assert_true(lot_takes(&group, 100, 101, 0, 3));
    assert_true(lot_takes(&group, 100, 100, LOT_PARENTS_MAX - 3, 3));
    assert_false(lot_takes(&group, 100, 100, LOT_PARENTS_MAX - 2, 3));
    assert_true(lot_takes(&kitchen, 100, 100, 0, 3));
    assert_false(lot_takes(&kitchen, 100, 101, 0, 3));
    assert_false(lot_takes(&kitchen, 101, 100, 0, 3));
}

static void test_expiry_counts_from_the_end_of_the_day(void **state)
{
    (void)state;
    assert_int_equal(lot_expiry_ms(0, 0), 0);
    assert_int_equal(lot_expiry_ms(0, 60), INT64_C(86400000) + 3600000);
    assert_int_equal(lot_expiry_ms(18366, 240), INT64_C(18367) * 86400000 + 240 * 60000);
    assert_int_equal(lot_expiry_ms(18366, INT64_MAX), 0);
}

/* ---- sacks */

static void test_sack_numbers(void **state)
{
    (void)state;
    assert_int_equal(sack_after(0), 1);
    assert_int_equal(sack_after(1), 2);
    assert_int_equal(sack_after(999998), 999999);
    assert_int_equal(sack_after(999999), 1);
    assert_int_equal(sack_number("217"), 217);
    assert_int_equal(sack_number("999999"), 999999);
    assert_int_equal(sack_number("1000000"), 0);
    assert_int_equal(sack_number("0"), 0);
    assert_int_equal(sack_number("-1"), 0);
    assert_int_equal(sack_number("A217"), 0);
    assert_int_equal(sack_number(""), 0);
}

/* ---- presence */

static void test_months_and_years_of_both_calendars(void **state)
{
    struct period period;
    (void)state;
    period = period_month(GREGORIAN, day_of("2020-02-29"));
    assert_int_equal(period.number, 202002);
    assert_int_equal(period.first_day, day_of("2020-02-01"));
    assert_int_equal(period.last_day, day_of("2020-02-29"));
    period = period_month(GREGORIAN, day_of("2020-12-31"));
    assert_int_equal(period.number, 202012);
    assert_int_equal(period.last_day, day_of("2020-12-31"));
    period = period_year(GREGORIAN, day_of("2020-12-31"));
    assert_int_equal(period.number, 202000);
    assert_int_equal(period.first_day, day_of("2020-01-01"));
    assert_int_equal(period.last_day, day_of("2020-12-31"));

    period = period_month(JALALI, day_of("2020-04-20")); /* 1 Ordibehesht 1399 */
    assert_int_equal(period.number, 139902);
    assert_int_equal(period.first_day, day_of("2020-04-20"));
    assert_int_equal(period.last_day, day_of("2020-05-20"));
    period = period_month(JALALI, day_of("2021-03-20")); /* 30 Esfand of a leap year */
    assert_int_equal(period.number, 139912);
    assert_int_equal(period.last_day, day_of("2021-03-20"));
    period = period_year(JALALI, day_of("2020-04-20"));
    assert_int_equal(period.number, 139900);
    assert_int_equal(period.first_day, day_of("2020-03-20"));
    assert_int_equal(period.last_day, day_of("2021-03-20"));
}

static void test_periods_tile_the_days(void **state)
{
    const Rasad__V1__Calendar calendars[] = {GREGORIAN, JALALI};
    (void)state;
    for (size_t c = 0; c < 2; c++)
        for (int32_t day = DAY_MIN; day <= DAY_MAX;) {
            struct period month = period_month(calendars[c], day), year = period_year(calendars[c], day);
            assert_true(month.number / 100 * 100 == year.number && month.number % 100 >= 1 && month.number % 100 <= 12);
            assert_true(month.first_day <= day && day <= month.last_day && month.last_day - month.first_day <= 30);
            assert_true(year.first_day <= month.first_day && month.last_day <= year.last_day);
            assert_int_equal(period_month(calendars[c], month.last_day).number, month.number);
            assert_int_not_equal(period_month(calendars[c], month.last_day + 1).number, month.number);
            day = month.last_day + 1;
        }
    assert_int_equal(period_month(JALALI, day_of("1990-01-01") - 30000).number, 0); /* before the calendar's bounds */
}

static void test_what_shows_work(void **state)
{
    Rasad__V1__OutputLogged log;
    (void)state;
    rasad__v1__output_logged__init(&log);
    assert_false(shows_work(&log));
    log.no_work = RASAD__V1__NO_WORK__NO_WORK_NO_CLOTH;
    assert_false(shows_work(&log));
    log.members = 1;
    assert_true(shows_work(&log));
    log.members = 0;
    log.remade = 1;
    assert_true(shows_work(&log));
}

/* ---- earnings */

static void test_what_earns(void **state)
{
    const Rasad__V1__RateBasis hand_in = RASAD__V1__RATE_BASIS__RATE_BASIS_HAND_IN;
    const Rasad__V1__RateBasis acceptance = RASAD__V1__RATE_BASIS__RATE_BASIS_ACCEPTANCE;
    (void)state;
    assert_true(move_earns(hand_in, MADE, STOCK));
    assert_true(move_earns(hand_in, MADE, UNCHECKED));
    assert_false(move_earns(hand_in, UNCHECKED, STOCK));
    assert_false(move_earns(hand_in, MADE, SCRAPPED));
    assert_false(move_earns(hand_in, MADE, REWORK));
    assert_true(move_earns(acceptance, UNCHECKED, STOCK));
    assert_true(move_earns(acceptance, MADE, STOCK)); /* nobody inspects it */
    assert_false(move_earns(acceptance, MADE, UNCHECKED));
    assert_false(move_earns(acceptance, UNCHECKED, REWORK));
    assert_false(move_earns(acceptance, STOCK, STOCK));
    assert_false(move_earns(acceptance, SHORTFALL, MADE));
}

static void test_amounts_at_their_bound(void **state)
{
    (void)state;
    assert_int_equal(earned_amount(260, 350), 91000);
    assert_int_equal(earned_amount(QUANTITY_MAX, 1), QUANTITY_MAX);
    assert_int_equal(earned_amount(QUANTITY_MAX, 2), QUANTITY_MAX + 1);
    assert_int_equal(earned_amount(QUANTITY_MAX, QUANTITY_MAX), QUANTITY_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_recipe_takes_what_it_says),
        cmocka_unit_test(test_recipe_amounts_at_their_bound),
        cmocka_unit_test(test_running_sums_end_equal_in_any_order),
        cmocka_unit_test(test_what_a_stock_is_enough_for),
        cmocka_unit_test(test_alternatives_have_totals_of_their_own),
        cmocka_unit_test(test_where_output_goes),
        cmocka_unit_test(test_what_an_open_lot_takes),
        cmocka_unit_test(test_expiry_counts_from_the_end_of_the_day),
        cmocka_unit_test(test_sack_numbers),
        cmocka_unit_test(test_months_and_years_of_both_calendars),
        cmocka_unit_test(test_periods_tile_the_days),
        cmocka_unit_test(test_what_shows_work),
        cmocka_unit_test(test_what_earns),
        cmocka_unit_test(test_amounts_at_their_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
