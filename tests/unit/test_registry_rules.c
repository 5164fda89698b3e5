/* test_registry_rules.c - the pure rules of the address book and the counters of wrong passwords: each bound, at it and
 * one past it. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "registry/rules.h"
#include "registry/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* ---- positions */

static void degrees(void **state)
{
    static const struct {
        const char *text;
        int32_t max, udeg;
        bool good;
    } cases[] = {
        {"26.8467", 90, 26846700, true},     {"0.000001", 90, 1, true},          {"-0.000001", 90, -1, true},
        {"90", 90, 90000000, true},          {"-90.000000", 90, -90000000, true}, {"90.000001", 90, 0, false},
        {"180.0", 180, 180000000, true},     {"180.000001", 180, 0, false},       {"-180", 180, -180000000, true},
        {"54.352100", 180, 54352100, true},  {"8", 90, 8000000, true},            {"0", 90, 0, true},
        {"26.84670012", 90, 0, false},       {"26.", 90, 0, false},               {".5", 90, 0, false},
        {"026.5", 90, 0, false},             {"+26.5", 90, 0, false},             {"26,5", 90, 0, false},
        {"26.5 ", 90, 0, false},             {" 26.5", 90, 0, false},             {"2e1", 90, 0, false},
        {"1000", 180, 0, false},             {"--1", 90, 0, false},               {"-", 90, 0, false},
        {"", 90, 0, false},                  {"26.84.67", 90, 0, false},          {"26.5N", 90, 0, false},
        {"99999999999999999999", 180, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t udeg = 7;
        bool good = degrees_parse(cases[i].text, cases[i].max, &udeg);
        if (good != cases[i].good || udeg != (good ? cases[i].udeg : 7)) fail_msg("degrees \"%s\": %d", cases[i].text, udeg);
    }
}

/* Every micro-degree that can be written comes back; steps of a prime stand for all. */
static void degrees_are_exact(void **state)
{
    char text[24];
    (void)state;
    for (int32_t udeg = -180000000; udeg <= 180000000; udeg += 99991) {
        int32_t found;
        int32_t size = udeg < 0 ? -udeg : udeg;
        snprintf(text, sizeof text, "%s%d.%06d", udeg < 0 ? "-" : "", size / 1000000, size % 1000000);
        assert_true(degrees_parse(text, 180, &found));
        assert_int_equal(found, udeg);
    }
}

/* ---- codes of others */

static void location_numbers(void **state)
{
    char text[] = "4006381333931"; /* a well-known good one */
    (void)state;
    assert_true(gln_ok(text));
    for (char digit = '0'; digit <= '9'; digit++) {
        text[12] = digit;
        assert_int_equal(gln_ok(text), digit == '1');
    }
    assert_false(gln_ok("400638133393"));
    assert_false(gln_ok("40063813339310"));
    assert_false(gln_ok("400638133393X"));
    assert_false(gln_ok(""));
    assert_true(gln_ok("0000000000000"));
}

static void tax_numbers(void **state)
{
    static const char good[] = "27AAPFU0939F1ZV"; /* a well-known one */
    char text[GSTIN_CHARACTERS + 2];
    (void)state;
    assert_int_equal(strlen(good), GSTIN_CHARACTERS);
    assert_true(gstin_ok(good));
    for (const char *c = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"; *c != '\0'; c++) { /* one check character in 36 */
        memcpy(text, good, sizeof good);
        text[GSTIN_CHARACTERS - 1] = *c;
        assert_int_equal(gstin_ok(text), *c == 'V');
    }
    for (size_t i = 0; i + 1 < GSTIN_CHARACTERS; i++) { /* any other character anywhere, and two neighbours exchanged */
        memcpy(text, good, sizeof good);
        text[i] = text[i] == '9' ? '8' : text[i] == 'Z' ? 'Y' : (char)(text[i] + 1);
        assert_false(gstin_ok(text));
        memcpy(text, good, sizeof good);
        text[i] = good[i + 1];
        text[i + 1] = good[i];
        assert_int_equal(gstin_ok(text), good[i] == good[i + 1]);
    }
    snprintf(text, sizeof text, "%s0", good); /* one past it */
    assert_false(gstin_ok(text));
    text[GSTIN_CHARACTERS - 1] = '\0'; /* one less */
    assert_false(gstin_ok(text));
    assert_false(gstin_ok(""));
    assert_false(gstin_ok("27aapfu0939f1zv"));
    assert_false(gstin_ok("27AAPFU0939F1Z "));
}

static void tax_codes(void **state)
{
    char text[HSN_DIGITS_MAX + 3] = "";
    (void)state;
    for (size_t n = 0; n <= HSN_DIGITS_MAX + 2; n++) {
        memset(text, '6', n);
        text[n] = '\0';
        assert_int_equal(hsn_ok(text), n == 4 || n == 6 || n == HSN_DIGITS_MAX);
    }
    assert_false(hsn_ok("63a7"));
    assert_false(hsn_ok("-630"));
    assert_false(hsn_ok("63 07"));
}

static void digits(void **state)
{
    (void)state;
    assert_true(digits_ok("9", LGD_DIGITS_MAX));
    assert_true(digits_ok("1234567890", LGD_DIGITS_MAX));
    assert_false(digits_ok("12345678901", LGD_DIGITS_MAX));
    assert_false(digits_ok("", LGD_DIGITS_MAX));
    assert_false(digits_ok("12a", LGD_DIGITS_MAX));
    assert_false(digits_ok("-1", LGD_DIGITS_MAX));
    assert_false(pin_ok("123"));
    assert_true(pin_ok("1234"));
    assert_true(pin_ok("00000000"));
    assert_false(pin_ok("123456789"));
    assert_false(pin_ok("12 4"));
}

static void codes(void **state)
{
    (void)state;
    assert_true(code_ok("UP"));
    assert_true(code_ok("shg.162_0803-00017AZaz09"));
    assert_false(code_ok("shg.162_0803-00017AZaz090"));
    assert_false(code_ok(""));
    assert_false(code_ok("a b"));
    assert_false(code_ok("\xe0\xa4\x95"));
}

/* ---- names and phones */

static void names(void **state)
{
    char text[4 * (NAME_CHARACTERS_MAX + 1) + 1] = "";
    (void)state;
    assert_true(name_ok(""));
    for (int i = 0; i < NAME_CHARACTERS_MAX; i++) strcat(text, "\xf0\x9d\x84\x9e"); /* four bytes each */
    assert_true(name_ok(text));
    strcat(text, "x");
    assert_false(name_ok(text));
    assert_true(name_ok("\xe0\xa4\xae\xe0\xa4\xbe\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\x95"));
    assert_false(name_ok("two\nlines"));
    assert_false(name_ok("a\tb"));
    assert_false(name_ok("\xc3\x28"));
    assert_false(name_ok("a\x01"));
    /* nothing to be seen: spaces, no-break space, zero width, a Hangul filler */
    assert_false(name_ok(" "));
    assert_false(name_ok("  \xc2\xa0\xe2\x80\x8b\xe2\x80\x8d\xe3\x85\xa4"));
    assert_true(name_ok(" a "));
    /* what turns the order of its neighbours */
    assert_false(name_ok("Ram\xe2\x80\xae" "moc"));
    assert_false(name_ok("\xe2\x81\xa6Ram\xe2\x81\xa9"));
    assert_true(name_ok("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85")); /* with its ZWNJ */
}

static void phones(void **state)
{
    (void)state;
    assert_true(phone_ok("1076"));
    assert_true(phone_ok("+91 (94150) 12345"));
    assert_true(phone_ok("12345678901234567890"));
    assert_false(phone_ok("123456789012345678901"));
    assert_false(phone_ok("12"));
    assert_false(phone_ok("94+15012345"));
    assert_false(phone_ok("9415x12345"));
    assert_false(phone_ok("----"));
    assert_true(phone_same("+91 94150 12345", "09415012345"));
    assert_true(phone_same("00919415012345", "94150-12345"));
    assert_true(phone_same("1076", "1076"));
    assert_false(phone_same("1076", "9415011076"));
    assert_false(phone_same("9415012345", "9415012346"));
    assert_false(phone_same("", ""));
    assert_false(phone_same("000", "9415012345"));
}

/* ---- months */

static void months(void **state)
{
    static const struct {
        const char *day;
        bool ends;
    } cases[] = {
        {"2020-04-30", true},  {"2020-04-29", false}, {"2020-02-29", true}, {"2020-02-28", false}, {"2021-02-28", true},
        {"2020-04-19", true},  /* 31 Farvardin 1399 */
        {"2021-03-20", true},  /* 30 Esfand 1399, a leap year */
        {"2020-03-19", true},  /* 29 Esfand 1398 */
        {"2020-04-18", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t day;
        assert_true(day_parse(cases[i].day, &day));
        if (month_ends(day) != cases[i].ends) fail_msg("%s", cases[i].day);
    }
}

/* ---- kinds, items */

static void assert_fault(struct fault fault, const char *field)
{
    if (field == NULL) assert_null(fault.field);
    else assert_string_equal(fault.field != NULL ? fault.field : "", field);
}

static void behaviours(void **state)
{
    Rasad__V1__Behaviour behaviour = RASAD__V1__BEHAVIOUR__INIT;
    (void)state;
    assert_fault(behaviour_fault(NULL), NULL);
    assert_fault(behaviour_fault(&behaviour), NULL);
    behaviour.outside = true;
    assert_fault(behaviour_fault(&behaviour), NULL);
    behaviour.holds = true;
    assert_fault(behaviour_fault(&behaviour), "behaviour.outside");
    behaviour.outside = false;
    assert_fault(behaviour_fault(&behaviour), NULL);
}

static Rasad__V1__ItemAdded mask(void)
{
    Rasad__V1__ItemAdded item;
    rasad__v1__item_added__init(&item);
    item.class_ = RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS;
    item.unit = RASAD__V1__UNIT__UNIT_PIECE;
    return item;
}

static void items(void **state)
{
    Rasad__V1__ItemAdded item = mask();
    (void)state;
    assert_fault(item_fault(&item), NULL);
#define SET(field, value, wrong) (item = mask(), item.field = (value), assert_fault(item_fault(&item), wrong))
    SET(class_, 0, "class");
    SET(class_, 4, "class");
    SET(unit, 0, "unit");
    SET(unit, RASAD__V1__UNIT__UNIT_PAISE, "unit");
    SET(unit, 7, "unit");
    SET(class_, RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY, "unit");
    SET(display_factor, DISPLAY_FACTOR_MAX, NULL);
    SET(display_factor, DISPLAY_FACTOR_MAX + 1, "display_factor");
    SET(display_factor, -1, "display_factor");
    SET(shelf_life_min, LIFE_MINUTES_MAX, NULL);
    SET(shelf_life_min, LIFE_MINUTES_MAX + 1, "shelf_life_min");
    SET(wait_min, LIFE_MINUTES_MAX, NULL);
    SET(wait_min, LIFE_MINUTES_MAX + 1, "wait_min");
    SET(check, RASAD__V1__CHECK__CHECK_INSPECTOR, NULL);
    SET(check, 3, "check");
    SET(aql_hundredths, 250, NULL);
    SET(aql_hundredths, 1000, NULL);
    SET(aql_hundredths, 300, "aql_hundredths");
    SET(aql_hundredths, -1, "aql_hundredths");
    SET(n_packs, PACKS_MAX, NULL);
    SET(n_packs, PACKS_MAX + 1, "packs");
#undef SET
    item = mask();
    item.class_ = RASAD__V1__ITEM_CLASS__ITEM_CLASS_SERVICE;
    assert_fault(item_fault(&item), NULL);
    item.check = RASAD__V1__CHECK__CHECK_OWN;
    assert_fault(item_fault(&item), "check");
    item.check = RASAD__V1__CHECK__CHECK_NONE;
    item.used_up_on_issue = true;
    assert_fault(item_fault(&item), "used_up_on_issue");
    item.used_up_on_issue = false;
    item.shelf_life_min = 1;
    assert_fault(item_fault(&item), "shelf_life_min");
}

static void packs(void **state)
{
    static char bolt[] = "bolt", none[] = "";
    Rasad__V1__Pack one, two, *list[] = {&one, &two};
    (void)state;
    rasad__v1__pack__init(&one);
    rasad__v1__pack__init(&two);
    one.code = two.code = bolt;
    one.quantity = QUANTITY_MAX;
    assert_fault(pack_fault(list, 0), NULL);
    assert_fault(pack_fault(list, 1), "code");
    one.quantity++;
    assert_fault(pack_fault(list, 0), "quantity");
    one.quantity = -1;
    assert_fault(pack_fault(list, 0), "quantity");
    one.code = none;
    assert_fault(pack_fault(list, 0), "code");
}

/* ---- recipes, roles */

static char cloth[] = "cloth", elastic[] = "elastic", canvas[] = "canvas", made[] = "mask";

static Rasad__V1__RecipeInput input_of(char *item)
{
    Rasad__V1__RecipeInput input;
    rasad__v1__recipe_input__init(&input);
    input.item = item;
    input.quantity = 2500;
    input.per = 200;
    input.best_quantity = 2000;
    return input;
}

static void recipes(void **state)
{
    Rasad__V1__RecipeInput first = input_of(cloth), second = input_of(elastic), *list[] = {&first, &second};
    char *others[RECIPE_ALTERNATIVES_MAX + 1] = {canvas};
    (void)state;
    assert_fault(input_fault(made, list, 0), NULL);
    assert_fault(input_fault(made, list, 1), NULL);
    assert_fault(input_fault(cloth, list, 0), "item");
    second.item = cloth;
    assert_fault(input_fault(made, list, 1), "item");
#define SET(field, value, wrong) (first = input_of(cloth), first.field = (value), assert_fault(input_fault(made, list, 0), wrong))
    SET(quantity, 0, "quantity");
    SET(quantity, RECIPE_QUANTITY_MAX, NULL);
    SET(quantity, RECIPE_QUANTITY_MAX + 1, "quantity");
    SET(per, 0, "per");
    SET(per, 1, NULL);
    SET(per, RECIPE_QUANTITY_MAX, NULL);
    SET(per, RECIPE_QUANTITY_MAX + 1, "per");
    SET(best_quantity, 0, NULL);
    SET(best_quantity, 2500, NULL);
    SET(best_quantity, 2501, "best_quantity");
    SET(best_quantity, -1, "best_quantity");
#undef SET
    first = input_of(cloth);
    first.alternatives = others;
    first.n_alternatives = 1;
    assert_fault(input_fault(made, list, 0), NULL);
    others[1] = canvas;
    first.n_alternatives = 2;
    assert_fault(input_fault(made, list, 0), "alternatives");
    others[1] = cloth;
    assert_fault(input_fault(made, list, 0), "alternatives");
    others[1] = made;
    assert_fault(input_fault(made, list, 0), "alternatives");
    first.n_alternatives = RECIPE_ALTERNATIVES_MAX + 1;
    assert_fault(input_fault(made, list, 0), "alternatives");
}

static void roles(void **state)
{
    Rasad__V1__RoleAt one, two, *list[] = {&one, &two};
    (void)state;
    rasad__v1__role_at__init(&one);
    rasad__v1__role_at__init(&two);
    one.place = two.place = cloth;
    assert_fault(role_fault(list, 0), "role");
    one.role = two.role = RASAD__V1__ROLE__ROLE_ADMINISTRATOR;
    assert_fault(role_fault(list, 0), NULL);
    assert_fault(role_fault(list, 1), "role");
    two.place = elastic;
    assert_fault(role_fault(list, 1), NULL);
    two.role = RASAD__V1__ROLE__ROLE_SLIP; /* of no person */
    assert_fault(role_fault(list, 1), "role");
}

/* ---- wrong passwords */

static struct tries tries_of(enum throttle_kind kind, const char *login, const char *more)
{
    return throttle_of(kind, login, more, strlen(more));
}

/* Fill it at this moment: each try finds it open, then it is not. */
static void fill(struct tries tries, int32_t most, int64_t now)
{
    for (int32_t i = 0; i < most; i++) {
        assert_true(throttle_open(tries, now));
        throttle_wrong(tries, now);
    }
    assert_false(throttle_open(tries, now));
}

static void throttle_counts(void **state)
{
    const int64_t now = 1000;
    struct tries sunita = tries_of(THROTTLE_STRANGER, "sunita", ""), anju = tries_of(THROTTLE_STRANGER, "anju", ""),
                 elsewhere = tries_of(THROTTLE_STRANGER, "sunita", "\x0a");
    (void)state;
    assert_true(sunita.of != anju.of && sunita.of != elsewhere.of && sunita.of == tries_of(THROTTLE_STRANGER, "sunita", "").of);
    fill(sunita, SIGN_IN_TRIES_MAX, now);
    assert_false(throttle_open(sunita, now + SIGN_IN_WINDOW_MS - 1));
    assert_true(throttle_open(anju, now));
    assert_true(throttle_open(elsewhere, now));
    assert_true(throttle_open(tries_of(THROTTLE_KNOWN, "sunita", ""), now)); /* of another kind: another counter */
    assert_true(throttle_open(sunita, now + SIGN_IN_WINDOW_MS));
    throttle_wrong(sunita, now + SIGN_IN_WINDOW_MS); /* a new window */
    assert_true(throttle_open(sunita, now + SIGN_IN_WINDOW_MS));
    throttle_right(sunita);
    for (int i = 0; i < SIGN_IN_TRIES_MAX - 1; i++) throttle_wrong(sunita, now + SIGN_IN_WINDOW_MS + 1);
    assert_true(throttle_open(sunita, now + SIGN_IN_WINDOW_MS + 1));
}

/* A right password of one's own does not open the counters that many share. */
static void throttle_shared(void **state)
{
    struct tries strangers = tries_of(THROTTLE_STRANGERS, "meena", ""), address = tries_of(THROTTLE_ADDRESS, "", "\x0a\x01"),
                 claims = tries_of(THROTTLE_CLAIMS, "", "");
    (void)state;
    fill(strangers, SIGN_IN_STRANGERS_MAX, 5000);
    fill(address, SIGN_IN_ADDRESS_MAX, 5000);
    fill(claims, CLAIM_TRIES_MAX, 5000);
    throttle_right(strangers);
    throttle_right(address);
    assert_false(throttle_open(strangers, 5001));
    assert_false(throttle_open(address, 5001));
    assert_true(throttle_open(strangers, 5000 + SIGN_IN_WINDOW_MS));
}

/* A thief with the phone: each window he fills is followed by one twice as long, up to a day. */
static void throttle_pins(void **state)
{
    struct tries phone = tries_of(THROTTLE_PHONE, "sunita", "key");
    int64_t now = 7000, window = SIGN_IN_WINDOW_MS;
    int32_t tried = 0;
    (void)state;
    while (now < 7000 + 30 * PIN_WINDOW_MS_MAX) {
        fill(phone, SIGN_IN_TRIES_MAX, now);
        tried += SIGN_IN_TRIES_MAX;
        assert_false(throttle_open(phone, now + window - 1));
        now += window;
        assert_true(throttle_open(phone, now));
        window = 2 * window < PIN_WINDOW_MS_MAX ? 2 * window : PIN_WINDOW_MS_MAX;
    }
    assert_true(tried <= 400); /* of 10,000 PINs in a month */
    fill(phone, SIGN_IN_TRIES_MAX, now);
    throttle_right(phone); /* she knows it: all is forgotten */
    throttle_wrong(phone, now + 1);
    assert_true(throttle_open(phone, now + 1));
    now += 3 * PIN_WINDOW_MS_MAX; /* and so it is after quiet days */
    fill(phone, SIGN_IN_TRIES_MAX, now);
    assert_true(throttle_open(phone, now + SIGN_IN_WINDOW_MS));
}

/* Ten times more logins than counters: memory stays, and a login that is held back now stays so against newer ones
 * unless all of its row is newer. Counters of phones are not among them. */
static void throttle_is_bounded(void **state)
{
    char login[24];
    struct tries phone = tries_of(THROTTLE_PHONE, "anju", "key"), last = phone;
    (void)state;
    fill(phone, SIGN_IN_TRIES_MAX, 1990000);
    for (int i = 0; i < 10 * SIGN_IN_LOGINS_MAX; i++) {
        snprintf(login, sizeof login, "login%d", i);
        last = tries_of(THROTTLE_STRANGER, login, "");
        throttle_wrong(last, 2000000 + i);
        assert_true(throttle_open(last, 2000000 + i));
    }
    for (int i = 1; i < SIGN_IN_TRIES_MAX; i++) throttle_wrong(last, 2100000);
    assert_false(throttle_open(last, 2100000));
    assert_false(throttle_open(phone, 2100000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(degrees),         cmocka_unit_test(degrees_are_exact),
        cmocka_unit_test(location_numbers), cmocka_unit_test(tax_numbers),
        cmocka_unit_test(tax_codes),     cmocka_unit_test(digits),
        cmocka_unit_test(codes),           cmocka_unit_test(names),
        cmocka_unit_test(phones),          cmocka_unit_test(months),
        cmocka_unit_test(behaviours),      cmocka_unit_test(items),
        cmocka_unit_test(packs),           cmocka_unit_test(recipes),
        cmocka_unit_test(roles),
        cmocka_unit_test(throttle_counts), cmocka_unit_test(throttle_shared),
        cmocka_unit_test(throttle_pins), cmocka_unit_test(throttle_is_bounded),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
