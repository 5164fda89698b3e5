/* test_materials.c - the pure rules of materials: packs, expiry, lots of receipts, variances, stock card, material account. */
#include "base/limits.h"
#include "materials/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { HERE = 7, THERE = 8, CLOTH = 3 };

/* ---- numbers, packs, expiry */

static void test_mul_div(void **state)
{
    (void)state;
    assert_int_equal(mul_div(0, 5, 3), 0);
    assert_int_equal(mul_div(200, 2500, 200), 2500);
    assert_int_equal(mul_div(7, 2500, 200), 87); /* rounded down */
    assert_int_equal(mul_div(QUANTITY_MAX, QUANTITY_MAX, QUANTITY_MAX), QUANTITY_MAX);
    assert_true(mul_div(INT64_MAX, INT64_MAX, 1) == INT64_MAX);
    assert_true(mul_div(INT64_MAX, 1, 1) == INT64_MAX);
}

static void test_packs(void **state)
{
    (void)state;
    Rasad__V1__Pack bolt, box, *packs[] = {&bolt, &box};
    Rasad__V1__ItemAdded item;
    char bolt_code[] = "bolt", box_code[] = "box";
    rasad__v1__pack__init(&bolt);
    rasad__v1__pack__init(&box);
    rasad__v1__item_added__init(&item);
    bolt.code = bolt_code;
    box.code = box_code;
    box.quantity = 50;
    item.packs = packs;
    item.n_packs = 2;
    assert_ptr_equal(pack_find(&item, "box"), &box);
    assert_null(pack_find(&item, "bo"));
    assert_null(pack_find(&item, ""));
    assert_int_equal(pack_holds(&box, 3), 150);
    assert_int_equal(pack_holds(&bolt, 3), 0); /* uneven: both counts are written down as typed */
    assert_int_equal(pack_holds(&box, QUANTITY_MAX / 50), QUANTITY_MAX);
    assert_int_equal(pack_holds(&box, QUANTITY_MAX), QUANTITY_MAX);
    box.quantity = INT64_MAX;
    assert_int_equal(pack_holds(&box, 2), QUANTITY_MAX);
}

static void test_expiry(void **state)
{
    (void)state;
    assert_int_equal(expiry_of_last_day(0), DAY_MS);
    assert_int_equal(expiry_of_last_day(18366), INT64_C(18367) * DAY_MS);
    assert_int_equal(expiry_of_shelf_life(18366, 0), 0);
    assert_int_equal(expiry_of_shelf_life(18366, -5), 0);
    assert_int_equal(expiry_of_shelf_life(18366, 90), INT64_C(18367) * DAY_MS + 90 * MINUTE_MS);
    assert_int_equal(expiry_of_shelf_life(18366, INT64_MAX), 0); /* longer than time itself: none */
    assert_int_equal(expiry_of_shelf_life(18366, INT64_MAX / MINUTE_MS), 0);
}

static void test_place_keeps(void **state)
{
    (void)state;
    struct place district = {.id = 1}, store = {.id = 2, .holds = true}, group = {.id = 3, .makes = true};
    struct place dealer = {.id = 4, .serves = true}, supplier = {.id = 5, .outside = true};
    struct place maker_outside = {.id = 6, .makes = true, .outside = true};
    assert_false(place_keeps(&district));
    assert_true(place_keeps(&store));
    assert_true(place_keeps(&group));
    assert_true(place_keeps(&dealer));
    assert_false(place_keeps(&supplier));
    assert_false(place_keeps(&maker_outside));
}

/* ---- receipts and counts */

static void came(Rasad__V1__Movement *movement, int64_t lot, int64_t quantity, bool undo)
{
    rasad__v1__movement__init(movement);
    movement->from_stage = undo ? RASAD__V1__STAGE__STAGE_STOCK : RASAD__V1__STAGE__STAGE_SUPPLIED;
    movement->to_stage = undo ? RASAD__V1__STAGE__STAGE_SUPPLIED : RASAD__V1__STAGE__STAGE_STOCK;
    movement->to_lot = undo ? 0 : lot;
    movement->from_lot = undo ? lot : 0;
    movement->quantity = quantity;
    movement->undo = undo;
}

static void test_came(void **state)
{
    (void)state;
    Rasad__V1__Movement undone, received, paid_back, *movements[] = {&undone, &received, &paid_back};
    Rasad__V1__Event event;
    int64_t name = name_of(9, 1), old = name_of(4, 2);
    rasad__v1__event__init(&event);
    assert_int_equal(came_lot(&event, name), name);
    assert_int_equal(came_quantity(&event), 0);
    came(&undone, old, 70, true);
    came(&received, old, 90, false);
    came(&paid_back, old, 40, false);
    paid_back.from_stage = RASAD__V1__STAGE__STAGE_STOCK;
    paid_back.to_stage = RASAD__V1__STAGE__STAGE_SHORTFALL;
    event.movements = movements;
    event.n_movements = 3;
    assert_int_equal(came_lot(&event, name), old); /* a correction fills the lot of the line corrected */
    assert_int_equal(came_quantity(&event), 90);   /* neither what was undone nor what paid back counts */
}

static void test_variance(void **state)
{
    (void)state;
    struct move more = variance_move(HERE, CLOTH, STOCK, 30), less = variance_move(HERE, CLOTH, MADE, -30);
    assert_int_equal(more.from.stage, UNEXPLAINED);
    assert_int_equal(more.to.stage, STOCK);
    assert_int_equal(more.quantity, 30);
    assert_int_equal(less.from.stage, MADE);
    assert_int_equal(less.to.stage, UNEXPLAINED);
    assert_int_equal(less.quantity, 30);
    assert_true(less.oldest_first && !more.oldest_first);
    assert_int_equal(variance_move(HERE, CLOTH, STOCK, 0).quantity, 0);
    assert_int_equal(less.from.place, HERE);
    assert_int_equal(less.to.place, HERE);
}

static void test_stage_change(void **state)
{
    (void)state;
    struct moved moved = {.from = HERE, .to = THERE, .from_stage = STOCK, .to_stage = STOCK, .quantity = 5};
    assert_int_equal(stage_change(&moved, HERE, STOCK), -5);
    assert_int_equal(stage_change(&moved, THERE, STOCK), 5);
    assert_int_equal(stage_change(&moved, THERE, MADE), 0);
    assert_int_equal(stage_change(&moved, 99, STOCK), 0);
    moved.to = HERE; /* from one lot into another */
    assert_int_equal(stage_change(&moved, HERE, STOCK), 0);
    moved.to_stage = SHORTFALL;
    assert_int_equal(stage_change(&moved, HERE, STOCK), 0);
    moved.to_stage = CONSUMED;
    assert_int_equal(stage_change(&moved, HERE, STOCK), -5);
}

/* ---- stock card */

static struct card_change changed(uint32_t from, enum stage from_stage, uint32_t to, enum stage to_stage)
{
    struct moved moved = {.from = from, .to = to, .from_stage = from_stage, .to_stage = to_stage, .from_lot = 11,
                          .to_lot = 12, .item = CLOTH, .quantity = 5};
    return card_change_of(&moved, HERE);
}

static void is_change(struct card_change have, enum stage stage, enum stage other, int64_t change, int64_t net,
                      uint32_t other_place)
{
    assert_true(have.shown);
    assert_int_equal(have.stage, stage);
    assert_int_equal(have.other_stage, other);
    assert_int_equal(have.change, change);
    assert_int_equal(have.net, net);
    assert_int_equal(have.other_place, other_place);
}

static void test_card(void **state)
{
    (void)state;
    is_change(changed(HERE, SUPPLIED, HERE, STOCK), STOCK, SUPPLIED, 5, 5, 0);
    is_change(changed(HERE, STOCK, HERE, CONSUMED), STOCK, CONSUMED, -5, -5, 0);
    is_change(changed(HERE, STOCK, THERE, STOCK), STOCK, STOCK, -5, -5, THERE);
    is_change(changed(THERE, MADE, HERE, UNCHECKED), UNCHECKED, MADE, 5, 5, THERE);
    is_change(changed(HERE, STOCK, HERE, RESERVED), STOCK, RESERVED, -5, 0, HERE);
    is_change(changed(HERE, UNCHECKED, HERE, STOCK), STOCK, UNCHECKED, 5, 0, HERE);
    is_change(changed(HERE, UNCHECKED, HERE, REWORK), REWORK, UNCHECKED, 5, 0, HERE);
    assert_false(changed(HERE, SHORTFALL, HERE, STOCK).shown); /* a loan leaves real - shortfall as it was */
    assert_false(changed(HERE, STOCK, HERE, SHORTFALL).shown);
    assert_false(changed(THERE, STOCK, THERE, CONSUMED).shown);
    assert_false(changed(HERE, PRODUCED, HERE, SCRAPPED).shown); /* spoiled at the making: never was there */
    assert_int_equal(changed(THERE, STOCK, HERE, STOCK).lot, 12);
    assert_int_equal(changed(HERE, STOCK, THERE, STOCK).lot, 11);
}

/* ---- material account */

static struct flow flow_of(int64_t supplied, int64_t in, int64_t out, int64_t consumed, int64_t scrapped, int64_t difference)
{
    struct flow flow = {.any = true};
    flow.opening[STOCK] = flow.closing[STOCK] = 1000;
    flow_add(&flow, measure_of(SUPPLIED, STOCK, MOVED), supplied);
    flow_add(&flow, measure_of(ELSEWHERE, STOCK, MOVED), in);
    flow_add(&flow, measure_of(STOCK, ELSEWHERE, MOVED), out);
    flow_add(&flow, measure_of(STOCK, CONSUMED, MOVED), consumed);
    flow_add(&flow, measure_of(STOCK, SCRAPPED, MOVED), scrapped);
    flow_add(&flow, measure_of(UNEXPLAINED, STOCK, MOVED), difference);
    return flow;
}

static void balances(const Rasad__V1__MaterialAccountRow *row)
{
    int64_t gone = row->issued + row->consumed_good + row->consumed_spoiled + row->returned + row->wasted;
    assert_int_equal(row->should_hold, row->opening + row->came - gone);
    assert_int_equal(row->holds - row->should_hold, row->counted_variance);
}

static void test_account(void **state)
{
    (void)state;
    Rasad__V1__MaterialAccountRow row;
    struct product masks = {"mask", 196, 4, 2500, 200, 2000};
    struct flow flow = flow_of(5000, 300, 700, 2500, 60, -40);
    rasad__v1__material_account_row__init(&row);
    account_fill(&row, &flow, 500, &masks, 1);
    balances(&row);
    assert_int_equal(row.opening, 1000);
    assert_int_equal(row.came, 5300);
    assert_int_equal(row.issued, 200);
    assert_int_equal(row.returned, 500);
    assert_int_equal(row.consumed_good, 2450);
    assert_int_equal(row.consumed_spoiled, 50);
    assert_int_equal(row.wasted, 60);
    assert_int_equal(row.should_hold, 3040);
    assert_int_equal(row.counted_variance, -40);
    assert_int_equal(row.holds, 3000);
    assert_string_equal(row.output, "mask");
    assert_int_equal(row.made, 196);
    assert_int_equal(row.expected_made, 200); /* 8 a metre */
    assert_int_equal(row.best_made, 250);     /* 10 a metre */
}

static void test_account_without_recipe(void **state)
{
    (void)state;
    Rasad__V1__MaterialAccountRow row;
    struct flow flow = flow_of(100, 0, 0, 30, 0, 5);
    rasad__v1__material_account_row__init(&row);
    account_fill(&row, &flow, 0, NULL, 0);
    balances(&row);
    assert_int_equal(row.consumed_good, 30);
    assert_int_equal(row.consumed_spoiled, 0);
    assert_string_equal(row.output, "");
    assert_int_equal(row.expected_made, 0);
}

static void test_account_of_several_products(void **state)
{
    (void)state;
    Rasad__V1__MaterialAccountRow row;
    struct product both[] = {{"mask", 90, 10, 10, 1, 0}, {"gown", 1, 1, 400, 1, 0}}, idle = {"kit", 0, 0, 3, 1, 0};
    struct product with_idle[] = {both[0], idle};
    struct flow flow = flow_of(0, 0, 0, 1800, 0, 0);
    rasad__v1__material_account_row__init(&row);
    account_fill(&row, &flow, 0, both, 2);
    balances(&row);
    assert_int_equal(row.consumed_spoiled, 500); /* 10 masks of 10 and one gown of 400 */
    assert_int_equal(row.consumed_good, 1300);
    assert_string_equal(row.output, "");         /* no ratio stands for both */
    flow = flow_of(0, 0, 0, 1001, 0, 0);
    rasad__v1__material_account_row__init(&row);
    account_fill(&row, &flow, 0, with_idle, 2);
    balances(&row);
    assert_int_equal(row.consumed_spoiled, 100); /* 100.1: the remainder is for good ones */
    assert_int_equal(row.consumed_good, 901);
    assert_string_equal(row.output, "mask");
    assert_int_equal(row.best_made, row.expected_made);
}

/* A period may hold the reversal of what an earlier one holds: then its sums are below zero. */
static void test_account_below_zero(void **state)
{
    (void)state;
    Rasad__V1__MaterialAccountRow row;
    struct product masks = {"mask", -100, 5, 2500, 200, 2000};
    struct flow flow = flow_of(0, -50, -20, -1250, 0, 0);
    rasad__v1__material_account_row__init(&row);
    account_fill(&row, &flow, -20, &masks, 1);
    balances(&row);
    assert_int_equal(row.consumed_good, -1250);
    assert_int_equal(row.consumed_spoiled, 0);
    assert_int_equal(row.expected_made, 0);
    assert_int_equal(row.made, -100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mul_div),
        cmocka_unit_test(test_packs),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_place_keeps),
        cmocka_unit_test(test_came),
        cmocka_unit_test(test_variance),
        cmocka_unit_test(test_stage_change),
        cmocka_unit_test(test_card),
        cmocka_unit_test(test_account),
        cmocka_unit_test(test_account_without_recipe),
        cmocka_unit_test(test_account_of_several_products),
        cmocka_unit_test(test_account_below_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
