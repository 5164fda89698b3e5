/* test_distribution.c - the pure rules of deliveries: slips, request lines, what is on the way, proposals. */
#include "distribution/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 20000 };
static const int64_t HOUR_MS = 3600000;

/* ---- slips */

static void test_slip(void **state)
{
    (void)state;
    char out[SLIP_BYTES_MAX + 1];
    assert_true(slip_clean("BKS-0412/17", out));
    assert_string_equal(out, "BKS-0412/17");
    assert_true(slip_clean("bks-1", out));
    assert_string_equal(out, "BKS-1");
    assert_true(slip_clean("1234567890123456", out)); /* at the limit */
    assert_false(slip_clean("12345678901234567", out));
    assert_false(slip_clean("", out));
    assert_false(slip_clean("A B", out));
    assert_false(slip_clean("A_B", out));
    assert_false(slip_clean("\xd9\xa1", out));
}

/* ---- request lines */

static Rasad__V1__NeedRow need_of(int64_t requested, int64_t approved)
{
    Rasad__V1__NeedRow need;
    rasad__v1__need_row__init(&need);
    need.requested = requested;
    need.approved = approved;
    need.decided = approved > 0;
    return need;
}

static void test_quota(void **state)
{
    (void)state;
    assert_int_equal(price_share(100000, 500, 2000), 25000);
    assert_int_equal(price_share(100, 1, 3), 33);
    assert_int_equal(price_share(QUANTITY_MAX, QUANTITY_MAX, QUANTITY_MAX), QUANTITY_MAX);
    assert_int_equal(quota_share(120, 150, 0), 120);
    assert_int_equal(quota_share(120, 150, 100), 50);
    assert_int_equal(quota_share(120, 150, 150), 0);
    assert_int_equal(quota_share(120, 100, 150), 0); /* lowered since */
    assert_int_equal(quota_share(120, 0, 0), 0);
}

static void test_need_from_asked_to_came(void **state)
{
    (void)state;
    Rasad__V1__NeedRow need = need_of(100, 0);
    assert_string_equal(need_status(&need), "asked");
    assert_true(need_open(&need));
    need.decided = true;
    assert_string_equal(need_status(&need), "not_approved");
    assert_false(need_open(&need));
    need.approved = 60;
    assert_string_equal(need_status(&need), "less_approved");
    assert_int_equal(need_to_supply(&need), 60);
    need.approved = 100;
    assert_string_equal(need_status(&need), "approved");
    need.allocated = 40;
    assert_string_equal(need_status(&need), "set_aside");
    assert_int_equal(need_to_supply(&need), 60);
    need.allocated = 0;
    need.sent = 40;
    assert_string_equal(need_status(&need), "on_the_way");
    assert_int_equal(need_to_supply(&need), 60);
    need.received = 40;
    assert_string_equal(need_status(&need), "less_came");
    assert_true(need_open(&need)); /* the rest can still be supplied */
    need.sent = need.received = 100;
    assert_string_equal(need_status(&need), "came");
    assert_false(need_open(&need));
    need.spoiled = 3;
    assert_string_equal(need_status(&need), "less_came");
    assert_false(need_open(&need));
}

static void test_need_over_and_missing(void **state)
{
    (void)state;
    Rasad__V1__NeedRow need = need_of(100, 100);
    need.sent = need.received = 120; /* more than asked is no trouble */
    assert_int_equal(need_to_supply(&need), 0);
    assert_int_equal(need_to_cancel(&need), 0);
    assert_string_equal(need_status(&need), "came");
    assert_false(need_open(&need));
    need.sent = 100;
    need.received = 90;
    need.missing = 10;
    assert_string_equal(need_status(&need), "less_came");
    assert_true(need_open(&need));
    need.missing = 0;
    need.lost = 10; /* settled: can be supplied again */
    assert_int_equal(need_to_supply(&need), 10);
    assert_string_equal(need_status(&need), "less_came");
    need.cancelled = 10;
    assert_string_equal(need_status(&need), "came");
    assert_false(need_open(&need));
}

static void test_need_cancelled(void **state)
{
    (void)state;
    Rasad__V1__NeedRow need = need_of(100, 60);
    need.allocated = 50;
    assert_int_equal(need_to_cancel(&need), 100);
    assert_int_equal(need_release(&need, 30), 0);  /* what was not approved goes first */
    assert_int_equal(need_release(&need, 50), 0);
    assert_int_equal(need_release(&need, 60), 10); /* 40 are wanted then */
    assert_int_equal(need_release(&need, 100), 50);
    need.cancelled = 100;
    need.allocated = 0;
    assert_string_equal(need_status(&need), "cancelled");
    assert_false(need_open(&need));
    assert_int_equal(need_to_cancel(&need), 0);
    need.sent = 20; /* sent all the same: a fact */
    assert_string_equal(need_status(&need), "on_the_way");
    assert_true(need_open(&need));
}

static void test_need_cancelled_after_sending(void **state)
{
    (void)state;
    Rasad__V1__NeedRow need = need_of(100, 100);
    need.sent = 60;
    need.allocated = 40;
    assert_int_equal(need_to_cancel(&need), 40);
    assert_int_equal(need_release(&need, 15), 15);
    need.allocated = 25;
    need.cancelled = 15;
    assert_int_equal(need_to_supply(&need), 0);
    need.received = 60;
    need.allocated = 0;
    need.cancelled = 40;
    assert_string_equal(need_status(&need), "came");
}

/* Approved at once in part: the rest waits for an officer. */
static void test_need_partly_at_once(void **state)
{
    (void)state;
    Rasad__V1__NeedRow need = need_of(150, 120);
    need.decided = false;
    assert_string_equal(need_status(&need), "asked");
    assert_true(need_to_decide(&need));
    assert_int_equal(need_to_supply(&need), 120);
    need.approved = 150;
    assert_false(need_to_decide(&need));
    assert_string_equal(need_status(&need), "approved");
}

/* ---- shipments */

static Rasad__V1__ShipmentLineRow line_of(int64_t sent, int64_t received, int64_t settled, int32_t receipts)
{
    Rasad__V1__ShipmentLineRow line;
    rasad__v1__shipment_line_row__init(&line);
    line.sent = sent;
    line.received = received;
    line.settled = settled;
    line.receipts = receipts;
    return line;
}

static void test_missing(void **state)
{
    (void)state;
    Rasad__V1__ShipmentLineRow line = line_of(100, 0, 0, 0);
    assert_int_equal(line_on_way(&line), 100);
    assert_int_equal(line_missing(&line), 0); /* nobody has said anything yet */
    line.receipts = 1;
    assert_int_equal(line_missing(&line), 100); /* none of it came */
    line.received = 90;
    assert_int_equal(line_missing(&line), 10);
    line.settled = 10;
    assert_int_equal(line_missing(&line), 0);
    line = line_of(0, 50, 0, 1); /* the receipt came first */
    assert_int_equal(line_on_way(&line), 0);
    assert_int_equal(line_missing(&line), 0);
    assert_false(line_empty(&line));
    line = line_of(0, 0, 0, 0);
    assert_true(line_empty(&line));
}

static const char *status_of(const Rasad__V1__ShipmentLineRow *lines, size_t n, int64_t after_ms)
{
    struct slip_sum sum = {0};
    for (size_t i = 0; i < n; i++) slip_sum_add(&sum, &lines[i]);
    int32_t days = (int32_t)(after_ms / (24 * HOUR_MS));
    return slip_status(&sum, DAY * 24 * HOUR_MS, DAY, DAY * 24 * HOUR_MS + after_ms, DAY + days);
}

static void test_slip_status(void **state)
{
    (void)state;
    const Rasad__V1__ShipmentLineRow waits = line_of(100, 0, 0, 0), came = line_of(100, 100, 0, 1);
    const Rasad__V1__ShipmentLineRow less = line_of(100, 90, 0, 1), lost = line_of(100, 90, 10, 1);
    const Rasad__V1__ShipmentLineRow more = line_of(100, 110, 0, 1);
    assert_string_equal(status_of(&waits, 1, 0), "on_the_way");
    assert_string_equal(status_of(&waits, 1, 24 * HOUR_MS), "on_the_way");
    assert_string_equal(status_of(&waits, 1, 24 * HOUR_MS + 1), "not_confirmed");
    assert_string_equal(status_of(&came, 1, 48 * HOUR_MS), "came");
    assert_string_equal(status_of(&more, 1, 0), "came");
    assert_string_equal(status_of(&less, 1, 0), "less_came");
    assert_string_equal(status_of(&lost, 1, 0), "less_came");
    const Rasad__V1__ShipmentLineRow part[] = {came, waits}, bad[] = {came, waits, less};
    assert_string_equal(status_of(part, 2, 0), "on_the_way");
    assert_string_equal(status_of(bad, 3, 0), "less_came");
}

/* Recorded today, but it left three days ago: nobody waits for another day. */
static void test_slip_status_recorded_late(void **state)
{
    (void)state;
    struct slip_sum sum = {.on_way = true};
    assert_string_equal(slip_status(&sum, DAY * 24 * HOUR_MS, DAY - 3, DAY * 24 * HOUR_MS + 1, DAY), "not_confirmed");
    assert_string_equal(slip_status(&sum, DAY * 24 * HOUR_MS, DAY - 1, DAY * 24 * HOUR_MS + 1, DAY), "on_the_way");
}

static void test_lots_share(void **state)
{
    (void)state;
    Rasad__V1__ShipmentLineRow__Lot lots[4], *list[4];
    Rasad__V1__ShipmentLineRow line = line_of(0, 0, 0, 0);
    int64_t take[SHIPMENT_LOTS_MAX] = {0};
    const int64_t quantities[] = {30, 50, 20, -20};
    for (size_t i = 0; i < 4; i++) {
        rasad__v1__shipment_line_row__lot__init(&lots[i]);
        lots[i].lot = (int64_t)i + 1;
        lots[i].quantity = quantities[i];
        list[i] = &lots[i];
    }
    line.lots = list;
    line.n_lots = 3;
    assert_int_equal(lots_share(&line, 0, 60, take), 0);
    assert_int_equal(take[0], 30);
    assert_int_equal(take[1], 30);
    assert_int_equal(take[2], 0);
    assert_int_equal(lots_share(&line, 60, 40, take), 0); /* spoiled ones after the good */
    assert_int_equal(take[0], 0);
    assert_int_equal(take[1], 20);
    assert_int_equal(take[2], 20);
    assert_int_equal(lots_share(&line, 0, 110, take), 10); /* more came than was sent */
    line.n_lots = 4; /* 20 of another lot came in their place: 80 are on the way */
    assert_int_equal(lots_share(&line, 0, 100, take), 20);
    assert_int_equal(take[0] + take[1] + take[2], 80);
    assert_int_equal(take[3], 0);
    line.n_lots = 3;
    lots[0].lot = 0; /* lots past the bound: any lot, after the named ones */
    assert_int_equal(lots_share(&line, 0, 90, take), 20);
    assert_int_equal(take[0], 0);
    assert_int_equal(take[1] + take[2], 70);
    assert_int_equal(lots_share(&line, 70, 10, take), 10);
    line.n_lots = 0;
    assert_int_equal(lots_share(&line, 0, 5, take), 5);
}

/* ---- proposals */

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(distance_m(0, 0, 26846700, 80946200), -1);
    assert_int_equal(distance_m(26846700, 80946200, 26846700, 80946200), 0);
    int64_t degree = distance_m(26000000, 80000000, 27000000, 80000000);
    assert_in_range(degree, 111000, 111400);
    int64_t lucknow_varanasi = distance_m(26846700, 80946200, 25317600, 82973900); /* 263.6 km on the sphere */
    assert_in_range(lucknow_varanasi, 262500, 264800);
    assert_in_range(distance_m(10000000, 179900000, 10000000, -179900000), 21000, 22500); /* across the date line */
    assert_true(distance_m(-90000000, -180000000, 90000000, 180000000) > 0);
}

static struct candidate some(uint32_t place, int64_t free, int64_t distance, int64_t expiry_ms)
{
    return (struct candidate){.place = place, .free = free, .distance_m = distance, .expiry_ms = expiry_ms};
}

static void test_propose_nearest(void **state)
{
    (void)state;
    struct candidate c[] = {some(1, 100, 9000, 0), some(2, 40, 4000, 0), some(3, 500, -1, 5)};
    assert_int_equal(propose(c, 3, 60), 0);
    assert_int_equal(c[0].place, 2);
    assert_int_equal(c[0].take, 40);
    assert_string_equal(c[0].because, "all_there_is");
    assert_int_equal(c[1].place, 1);
    assert_int_equal(c[1].take, 20);
    assert_string_equal(c[1].because, "nearest");
    assert_int_equal(c[2].take, 0);
    assert_null(c[2].because);
}

static void test_propose_first_expiry(void **state)
{
    (void)state;
    struct candidate c[] = {some(1, 100, -1, 0), some(2, 100, -1, 900), some(3, 100, -1, 800)};
    assert_int_equal(propose(c, 3, 100), 0);
    assert_int_equal(c[0].place, 3);
    assert_string_equal(c[0].because, "first_expiry");
    assert_int_equal(c[1].place, 2);
    assert_int_equal(c[2].place, 1);
}

static void test_propose_own_use_last(void **state)
{
    (void)state;
    struct candidate c[] = {some(1, 100, 1000, 0), some(2, 30, 90000, 0)};
    c[0].own_use = true;
    assert_int_equal(propose(c, 2, 50), 0);
    assert_int_equal(c[0].place, 2);
    assert_int_equal(c[0].take, 30);
    assert_int_equal(c[1].take, 20);
    assert_string_equal(c[1].because, "own_use");
}

static void test_propose_lacking(void **state)
{
    (void)state;
    struct candidate c[] = {some(1, 30, 100, 0), some(2, 30, 200, 0)};
    assert_int_equal(propose(c, 2, 100), 40);
    assert_string_equal(c[0].because, "all_there_is");
    assert_string_equal(c[1].because, "all_there_is");
    assert_int_equal(propose(c, 0, 100), 100);
    assert_int_equal(propose(c, 2, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slip),
        cmocka_unit_test(test_quota),
        cmocka_unit_test(test_need_from_asked_to_came),
        cmocka_unit_test(test_need_over_and_missing),
        cmocka_unit_test(test_need_cancelled),
        cmocka_unit_test(test_need_cancelled_after_sending),
        cmocka_unit_test(test_need_partly_at_once),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_slip_status),
        cmocka_unit_test(test_slip_status_recorded_late),
        cmocka_unit_test(test_lots_share),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_propose_nearest),
        cmocka_unit_test(test_propose_first_expiry),
        cmocka_unit_test(test_propose_own_use_last),
        cmocka_unit_test(test_propose_lacking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
