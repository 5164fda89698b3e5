/* test_production_books.c - production's commands on a store of their own: what is booked, corrected, taken back, earned
 * and shown; then random commands against a model, and the journal replayed into a second store. */
#include "base/clock.h"
#include "production/keys.h"
#include "production/rules.h"
#include "store/commands.h"
#include "store/totals.h"
#include "world/world.h"

#include "production.pb-c.h"

#include <unistd.h>

#include <sodium.h>

static int64_t reacted; /* entries that the reactions have seen */

static void refused_with(const char *answer, const char *reason)
{
    if (strstr(answer, reason) == NULL) fail_msg("not refused with %s: %s", reason, answer);
}

static int64_t present(const char *place_text, const char *item_text, uint32_t period, int32_t measure)
{
    struct txn txn;
    struct place place;
    struct item item;
    txn_read(world.store, &world.arena, &txn);
    assert_true(place_find(&txn, place_text, &place));
    assert_true(item_find(&txn, item_text, &item));
    int64_t value = sum_get(&txn, TABLE_presence, presence_key(place.id, item.id, period), measure);
    txn_abort(&txn);
    arena_reset(&world.arena);
    return value;
}

/* The lot of a name as text. */
static void lot_of(const char *text, Rasad__V1__LotRow *copy, char number[16])
{
    struct txn txn;
    int64_t lot;
    txn_read(world.store, &world.arena, &txn);
    assert_true(name_parse(text, &lot));
    const Rasad__V1__LotRow *row = lot_row(&txn, lot);
    assert_non_null(row);
    *copy = *row;
    snprintf(number, 16, "%s", row->number);
    txn_abort(&txn);
    arena_reset(&world.arena);
}

/* What the reaction runner does: every entry not yet seen, every event of a fact in the table. */
static bool reacts(struct txn *txn, const Rasad__V1__Event *event)
{
    static const Rasad__V1__Event__FactCase facts[] = {
#define REACTION(name, fact_case, method) RASAD__V1__EVENT__FACT_##fact_case,
#include "production/reactions.def"
#undef REACTION
    };
    Rasad__V1__Event__FactCase fact = event->fact_case;
    if (fact == RASAD__V1__EVENT__FACT_REVERSED) fact = journal_event(txn, event->reverses, NULL)->fact_case;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (facts[i] == fact) return true;
    return false;
}

static bool react_to(int64_t cause)
{
    Rasad__V1__BookEarningRequest request;
    struct batch batch;
    char id[UUID_TEXT_BYTES], text[40];
    rasad__v1__book_earning_request__init(&request);
    snprintf(id, sizeof id, "00000000-0000-8000-8000-%012" PRIx64, cause);
    snprintf(text, sizeof text, "%" PRId64 ".%d", name_sequence(cause), name_line(cause));
    request.request_id = id;
    request.cause = text;
    assert_int_equal(run_begin(&batch, world.store, &world.arena), ERR_OK);
    bool good = run_reaction(&batch, command_find("Production/BookEarning"), &request.base, cause) == REACTED;
    arena_reset(&world.arena);
    assert_int_equal(run_commit(&batch), ERR_OK);
    return good;
}

static void react(void)
{
    for (;; reacted++) {
        struct txn txn;
        int64_t causes[1000];
        size_t n = 0;
        txn_read(world.store, &world.arena, &txn);
        const Rasad__V1__Entry *entry = journal_read(&txn, reacted + 1, NULL);
        for (size_t i = 0; entry != NULL && i < entry->n_events; i++)
            if (reacts(&txn, entry->events[i])) causes[n++] = name_of(reacted + 1, (int32_t)i + 1);
        bool end = entry == NULL;
        txn_abort(&txn);
        arena_reset(&world.arena);
        if (end) return;
        for (size_t i = 0; i < n; i++) assert_true(react_to(causes[i]));
    }
}

/* ---- a village organisation with its groups, a kitchen, and what they make */

static void world_people(void)
{
    done(tell("Registry/AddKinds", "\"lines\":[{\"code\":\"state\",\"label\":{\"en\":\"State\"},\"behaviour\":{}},"
        "{\"code\":\"vo\",\"label\":{\"en\":\"Village organisation\"},\"behaviour\":{\"holds\":true}},"
        "{\"code\":\"group\",\"label\":{\"en\":\"Group\"},\"behaviour\":{\"makes\":true}},"
        "{\"code\":\"kitchen\",\"label\":{\"en\":\"Kitchen\"},\"behaviour\":{\"makes\":true,\"holds\":true,\"serves\":true}}]"));
    done(tell("Registry/AddPlaces", "\"lines\":["
        "{\"code\":\"up\",\"kind\":\"state\",\"name\":{\"en\":\"UP\"},\"calendar\":\"CALENDAR_GREGORIAN\"},"
        "{\"code\":\"vo\",\"kind\":\"vo\",\"parent\":\"up\",\"name\":{\"en\":\"VO\"}},"
        "{\"code\":\"vo2\",\"kind\":\"vo\",\"parent\":\"up\",\"name\":{\"en\":\"VO 2\"}},"
        "{\"code\":\"g1\",\"kind\":\"group\",\"parent\":\"vo\",\"name\":{\"en\":\"Durga\"},\"registerNumber\":7,\"members\":11},"
        "{\"code\":\"g2\",\"kind\":\"group\",\"parent\":\"vo\",\"name\":{\"en\":\"Jyoti\"},\"registerNumber\":2,\"members\":12},"
        "{\"code\":\"g3\",\"kind\":\"group\",\"parent\":\"vo2\",\"name\":{\"en\":\"Milan\"},\"registerNumber\":3,\"members\":13},"
        "{\"code\":\"k1\",\"kind\":\"kitchen\",\"parent\":\"up\",\"name\":{\"en\":\"Kitchen\"}}]"));
}

static void world_items(void)
{
    done(tell("Registry/AddItems", "\"lines\":["
        "{\"code\":\"inr\",\"class\":\"ITEM_CLASS_MONEY\",\"name\":{\"en\":\"Rupees\"},\"unit\":\"UNIT_PAISE\",\"displayFactor\":\"100\"},"
        "{\"code\":\"cloth\",\"class\":\"ITEM_CLASS_GOODS\",\"name\":{\"en\":\"Cloth\"},\"unit\":\"UNIT_CENTIMETRE\",\"displayFactor\":\"100\"},"
        "{\"code\":\"linen\",\"class\":\"ITEM_CLASS_GOODS\",\"name\":{\"en\":\"Linen\"},\"unit\":\"UNIT_CENTIMETRE\",\"displayFactor\":\"100\"},"
        "{\"code\":\"thread\",\"class\":\"ITEM_CLASS_GOODS\",\"name\":{\"en\":\"Thread\"},\"unit\":\"UNIT_PIECE\",\"displayFactor\":\"1\",\"usedUpOnIssue\":true},"
        "{\"code\":\"rice\",\"class\":\"ITEM_CLASS_GOODS\",\"name\":{\"en\":\"Rice\"},\"unit\":\"UNIT_GRAM\",\"displayFactor\":\"1000\"},"
        "{\"code\":\"mask\",\"class\":\"ITEM_CLASS_GOODS\",\"name\":{\"en\":\"Mask\"},\"unit\":\"UNIT_PIECE\",\"displayFactor\":\"1\",\"check\":\"CHECK_OWN\"},"
        "{\"code\":\"kit\",\"class\":\"ITEM_CLASS_GOODS\",\"name\":{\"en\":\"Kit\"},\"unit\":\"UNIT_PIECE\",\"displayFactor\":\"1\",\"check\":\"CHECK_INSPECTOR\"},"
        "{\"code\":\"packet\",\"class\":\"ITEM_CLASS_GOODS\",\"name\":{\"en\":\"Packet\"},\"unit\":\"UNIT_PIECE\",\"displayFactor\":\"1\",\"shelfLifeMin\":\"240\"},"
        "{\"code\":\"repair\",\"class\":\"ITEM_CLASS_SERVICE\",\"name\":{\"en\":\"Repair\"},\"unit\":\"UNIT_PIECE\",\"displayFactor\":\"1\"}]"));
    done(tell("Registry/SetRecipes", "\"lines\":["
        "{\"item\":\"mask\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":\"2500\",\"per\":\"200\",\"alternatives\":[\"linen\"]},"
        "{\"item\":\"thread\",\"quantity\":\"1\",\"per\":\"100\"}]},"
        "{\"item\":\"packet\",\"fromDay\":\"2020-01-01\",\"inputs\":[{\"item\":\"rice\",\"quantity\":\"350\",\"per\":\"3\"}]}]"));
    done(tell("Registry/SetRates", "\"lines\":["
        "{\"item\":\"mask\",\"money\":\"inr\",\"perPiece\":\"350\",\"fromDay\":\"2020-01-01\",\"basis\":\"RATE_BASIS_HAND_IN\"},"
        "{\"item\":\"kit\",\"money\":\"inr\",\"perPiece\":\"2000\",\"fromDay\":\"2020-01-01\",\"basis\":\"RATE_BASIS_ACCEPTANCE\"}]"));
}

static int begin(void **state)
{
    (void)state;
    world_open("production");
    reacted = 0;
    world_people();
    world_items();
    return 0;
}

static int end(void **state)
{
    (void)state;
    return world_close();
}

static void cloth_comes(const char *place, int64_t quantity)
{
    done(tell("Materials/Receive", "\"day\":\"2020-04-01\",\"place\":\"vo\",\"lines\":[{\"item\":\"cloth\",\"quantity\":\"%" PRId64 "\"}]", quantity));
    done(tell("Materials/Issue", "\"day\":\"2020-04-01\",\"from\":\"vo\",\"lines\":[{\"to\":\"%s\",\"item\":\"cloth\",\"quantity\":\"%" PRId64 "\"}]", place, quantity));
}

#define LOG "Production/LogOutput"
#define HAND_IN "Production/HandIn"

/* ---- logs */

static void test_a_log_makes_and_consumes(void **state)
{
    (void)state;
    cloth_comes("g1", 5000);
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"260\",\"spoiled\":\"4\",\"membersAtWork\":9}]"));
    shows(world.answer, "\"lot\":\"");
    assert_int_equal(net("g1", "mask", MADE), 260);
    assert_int_equal(net("g1", "cloth", STOCK), 5000 - 264 * 2500 / 200);
    done(tell(LOG, "\"workDate\":\"2020-04-15\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"200\",\"membersAtWork\":8}]"));
    assert_int_equal(net("g1", "mask", MADE), 460);
    assert_int_equal(net("g1", "cloth", STOCK), 5000 - 464 * 2500 / 200); /* and 800 lent */
    assert_int_equal(present("vo", "mask", 202004, PRESENT_MEMBERS), 9);
    assert_int_equal(present("up", "mask", 202000, PRESENT_MAKERS), 1);
}

static void test_the_same_is_answered_again(void **state)
{
    char first[4096];
    (void)state;
    snprintf(first, sizeof first, "%s", tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"5\"}]"));
    world.ids--;
    assert_string_equal(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"5\"}]"), first);
    assert_int_equal(net("g1", "mask", MADE), 5);
}

static void test_what_the_request_alone_shows(void **state)
{
    static const char *const lines[][2] = {
        {"{\"place\":\"g1\",\"item\":\"mask\"}", "MISSING"},
        {"{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"-1\"}", "OUT_OF_RANGE"},
        {"{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1000000000000001\"}", "OUT_OF_RANGE"},
        {"{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\",\"membersAtWork\":10001}", "OUT_OF_RANGE"},
        {"{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\",\"noWork\":\"NO_WORK_ILLNESS\"}", "BAD_FORMAT"},
        {"{\"place\":\"\",\"item\":\"mask\",\"good\":\"1\"}", "MISSING"},
        {"{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\"},{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\"}", "TWICE"},
    };
    static const char *const codes[] = {"!invalid_argument", "!out_of_range"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *answer = tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[%s]", lines[i][0]);
        if (strncmp(answer, codes[0], strlen(codes[0])) != 0 && strncmp(answer, codes[1], strlen(codes[1])) != 0)
            fail_msg("%s: %s", lines[i][1], answer);
    }
    refused_with(tell(LOG, "\"workDate\":\"2099-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\"}]"), "tomorrow");
    assert_int_equal(net("g1", "mask", MADE), 0);
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"kit\",\"good\":\"1000000000000\",\"membersAtWork\":10000}]"));
    refused_with(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1000000000000\"}]"),
                 "need 80000000000"); /* of what cloth can be booked for */
}

static void test_a_refused_line_stands_beside_the_others(void **state)
{
    (void)state;
    tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"vo\",\"item\":\"mask\",\"good\":\"1\"},"
              "{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"10\"},{\"place\":\"g2\",\"item\":\"inr\",\"good\":\"1\"},"
              "{\"place\":\"g9\",\"item\":\"mask\",\"good\":\"1\"},"
              "{\"place\":\"g2\",\"item\":\"mask\",\"good\":\"1\",\"instead\":[\"rice\"]},"
              "{\"place\":\"g2\",\"item\":\"repair\",\"remade\":\"1\"}]");
    shows(world.answer, "\"accepted\":1");
    shows(world.answer, "\"refused\":5");
    shows(world.answer, "\"reason\":\"REASON_WRONG_KIND\",\"field\":\"lines[0].place\"");
    shows(world.answer, "\"reason\":\"REASON_WRONG_KIND\",\"field\":\"lines[2].item\"");
    shows(world.answer, "\"reason\":\"REASON_UNKNOWN_CODE\",\"field\":\"lines[3].place\"");
    shows(world.answer, "\"reason\":\"REASON_WRONG_KIND\",\"field\":\"lines[4].instead\"");
    shows(world.answer, "\"reason\":\"REASON_WRONG_KIND\",\"field\":\"lines[5].remade\"");
    assert_int_equal(net("g1", "mask", MADE), 10);
    assert_int_equal(net("g2", "mask", MADE), 0);
}

static void test_a_correction_counts_again(void **state)
{
    char id[UUID_TEXT_BYTES], lot[64];
    (void)state;
    cloth_comes("g1", 10000);
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"133\",\"membersAtWork\":9}]"));
    snprintf(lot, sizeof lot, "%s", strstr(world.answer, "\"lot\":"));
    *strchr(lot + 7, '"') = '\0';
    snprintf(id, sizeof id, "%s", world.id);
    done(tell(LOG, "\"workDate\":\"2020-04-15\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"77\",\"membersAtWork\":4}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"13\",\"membersAtWork\":2,"
                   "\"corrects\":{\"requestId\":\"%s\",\"line\":1}}]", id));
    shows(world.answer, lot); /* the new quantity goes to the lot of the old */
    assert_int_equal(net("g1", "mask", MADE), 90);
    assert_int_equal(net("g1", "cloth", STOCK), 10000 - 90 * 2500 / 200);
    assert_int_equal(present("g1", "mask", 202004, PRESENT_MEMBERS), 4);
    assert_int_equal(present("up", "mask", 202004, PRESENT_MEMBERS), 4);
    refused_with(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"13\","
                           "\"corrects\":{\"requestId\":\"%s\",\"line\":1}}]", id), "taken back");
}

static void test_a_reversal_takes_all_back(void **state)
{
    (void)state;
    cloth_comes("g1", 1000);
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"133\",\"spoiled\":\"1\",\"membersAtWork\":9}]"));
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"00000000-0000-4000-8000-%012u\",\"line\":1}]", world.ids));
    assert_int_equal(net("g1", "mask", MADE), 0);
    assert_int_equal(net("g1", "cloth", STOCK), 1000);
    assert_int_equal(present("up", "mask", 202004, PRESENT_MEMBERS), 0);
    assert_int_equal(present("up", "mask", 202000, PRESENT_MAKERS), 0);
}

static void test_an_alternative_is_named_by_the_line(void **state)
{
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\"}]"));
    unsigned first = world.ids;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\",\"instead\":[\"linen\"]}]"));
    assert_int_equal(net("g1", "cloth", STOCK), -12);
    assert_int_equal(net("g1", "linen", STOCK), -12);
    done(tell(LOG, "\"workDate\":\"2020-04-15\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\"}]"));
    assert_int_equal(net("g1", "cloth", STOCK), -25);
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"00000000-0000-4000-8000-%012u\",\"line\":1}]", first));
    assert_int_equal(net("g1", "cloth", STOCK), -12);
    assert_int_equal(net("g1", "linen", STOCK), -12);
    assert_int_equal(net("g1", "thread", STOCK), 0); /* used up when it was issued */
}

static void test_who_holds_has_it_at_once(void **state)
{
    Rasad__V1__LotRow lot;
    char number[16], name[32];
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"k1\",\"item\":\"packet\",\"good\":\"100\"},"
                   "{\"place\":\"k1\",\"item\":\"repair\",\"good\":\"3\"},{\"place\":\"k1\",\"item\":\"kit\",\"good\":\"2\"}]"));
    assert_int_equal(net("k1", "packet", STOCK), 100);
    assert_int_equal(net("k1", "rice", STOCK), -11666);
    assert_int_equal(net("k1", "kit", UNCHECKED), 2);
    assert_int_equal(net("k1", "repair", STOCK), 0);
    assert_int_equal(sscanf(strstr(world.answer, "\"lot\":\""), "\"lot\":\"%31[0-9.]", name), 1);
    lot_of(name, &lot, number);
    assert_int_equal(lot.expiry_ms, lot_expiry_ms(lot.day, 240));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"k1\",\"item\":\"packet\",\"good\":\"1\"}]"));
    shows(world.answer, name); /* the same day, the same lot */
    done(tell(LOG, "\"workDate\":\"2020-04-15\",\"lines\":[{\"place\":\"k1\",\"item\":\"packet\",\"good\":\"1\"}]"));
    assert_null(strstr(world.answer, name));
}

/* ---- hand-in and earnings */

static void test_a_hand_in_closes_and_pays(void **state)
{
    Rasad__V1__LotRow lot;
    char name[32], number[16];
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"260\"}]"));
    assert_int_equal(sscanf(strstr(world.answer, "\"lot\":\""), "\"lot\":\"%31[0-9.]", name), 1);
    done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"250\",\"spoiled\":\"2\",\"rework\":\"3\"}]"));
    shows(world.answer, name);
    shows(world.answer, "\"number\":\"1\"");
    lot_of(name, &lot, number);
    assert_string_equal(number, "1");
    assert_int_equal(net("g1", "mask", MADE), 5);
    assert_int_equal(net("g1", "mask", REWORK), 3);
    assert_int_equal(net("vo", "mask", STOCK), 250);
    react();
    assert_int_equal(net("g1", "inr", OWED), 250 * 350);
    done(tell(LOG, "\"workDate\":\"2020-04-16\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"10\",\"remade\":\"3\"}]"));
    assert_null(strstr(world.answer, name)); /* a new lot */
    assert_int_equal(net("g1", "mask", REWORK), 0);
    assert_int_equal(net("g1", "mask", MADE), 18);
    done(tell(HAND_IN, "\"day\":\"2020-04-16\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"18\"},{\"place\":\"g2\",\"item\":\"mask\",\"good\":\"20\"}]"));
    shows(world.answer, "\"number\":\"2\"");
    shows(world.answer, "\"number\":\"3\"");
    shows(world.answer, "\"shortfall\":\"20\"");
    react();
    assert_int_equal(net("g1", "inr", OWED), 268 * 350);
    assert_int_equal(net("g2", "inr", OWED), 20 * 350);
    assert_int_equal(net("g2", "mask", MADE), -20);
    done(tell(LOG, "\"workDate\":\"2020-04-16\",\"lines\":[{\"place\":\"g2\",\"item\":\"mask\",\"good\":\"20\"}]"));
    assert_int_equal(net("g2", "mask", MADE), 0);
}

static void test_a_corrected_hand_in_pays_the_difference(void **state)
{
    char id[UUID_TEXT_BYTES], second[UUID_TEXT_BYTES];
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"260\"}]"));
    done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"250\"}]"));
    snprintf(id, sizeof id, "%s", world.id);
    react();
    done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"240\",\"corrects\":{\"requestId\":\"%s\",\"line\":1}}]", id));
    shows(world.answer, "\"number\":\"1\"");
    snprintf(second, sizeof second, "%s", world.id);
    react();
    assert_int_equal(net("g1", "inr", OWED), 240 * 350);
    assert_int_equal(net("vo", "mask", STOCK), 240);
    assert_int_equal(net("g1", "mask", MADE), 20);
    shows(ask("Production/GetEarnings", "{\"place\":\"vo\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}"),
          "\"item\":\"mask\",\"money\":\"inr\",\"pieces\":\"240\",\"earned\":\"84000\",\"owed\":\"84000\"");
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", second));
    react();
    assert_int_equal(net("g1", "inr", OWED), 0);
    assert_int_equal(net("vo", "mask", STOCK), 0);
    assert_int_equal(net("g1", "mask", MADE), 260);
    shows(ask("Production/GetEarnings", "{\"place\":\"vo\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}"), "{}");
    done(tell(HAND_IN, "\"day\":\"2020-04-17\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"260\"}]"));
    shows(world.answer, "\"number\":\"2\""); /* the lot that came back */
    assert_null(strstr(world.answer, "shortfall"));
}

/* Reactions that come late pay for what stands when they come, once. */
static void test_late_reactions_pay_once(void **state)
{
    char id[UUID_TEXT_BYTES];
    (void)state;
    done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"250\"}]"));
    snprintf(id, sizeof id, "%s", world.id);
    done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"240\",\"corrects\":{\"requestId\":\"%s\",\"line\":1}}]", id));
    snprintf(id, sizeof id, "%s", world.id);
    react();
    assert_int_equal(net("g1", "inr", OWED), 240 * 350);
    refused_with(tell("Production/BookEarning", "\"cause\":\"%" PRId64 ".1\"", reacted - 1), "past this step");
    assert_int_equal(net("g1", "inr", OWED), 240 * 350);
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", id));
    react();
    assert_int_equal(net("g1", "inr", OWED), 0);
}

static void test_acceptance_pays_each_maker(void **state)
{
    char id[UUID_TEXT_BYTES];
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"kit\",\"good\":\"10\"},{\"place\":\"g2\",\"item\":\"kit\",\"good\":\"20\"}]"));
    done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"kit\",\"good\":\"10\"},{\"place\":\"g2\",\"item\":\"kit\",\"good\":\"20\"}]"));
    react();
    assert_int_equal(net("vo", "kit", UNCHECKED), 30);
    assert_int_equal(net("g1", "inr", OWED), 0);
    done(tell("Quality/Inspect", "\"day\":\"2020-04-16\",\"lines\":[{\"place\":\"vo\",\"item\":\"kit\",\"accepted\":\"25\",\"rework\":\"3\",\"scrapped\":\"2\",\"sample\":30}]"));
    snprintf(id, sizeof id, "%s", world.id);
    react();
    assert_int_equal(net("vo", "kit", STOCK), 25);
    assert_int_equal(net("g1", "inr", OWED), 10 * 2000);
    assert_int_equal(net("g2", "inr", OWED), 15 * 2000);
    done(tell("Quality/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", id));
    react();
    assert_int_equal(net("vo", "kit", UNCHECKED), 30);
    assert_int_equal(net("g1", "inr", OWED), 0);
    assert_int_equal(net("g2", "inr", OWED), 0);
}

static void test_a_delivery_out_of_made_pays_too(void **state)
{
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"260\"}]"));
    done(tell("Distribution/Deliver", "\"day\":\"2020-04-15\",\"from\":\"g1\",\"lines\":[{\"to\":\"k1\",\"item\":\"mask\",\"quantity\":\"200\",\"outOfMade\":true}]"));
    shows(world.answer, "\"number\":\"1\"");
    react();
    assert_int_equal(net("k1", "mask", STOCK), 200);
    assert_int_equal(net("vo", "mask", STOCK), 0);
    assert_int_equal(net("g1", "mask", MADE), 60);
    assert_int_equal(net("g1", "inr", OWED), 200 * 350);
    done(tell("Distribution/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", world.id));
    react();
    assert_int_equal(net("g1", "mask", MADE), 260);
    assert_int_equal(net("g1", "inr", OWED), 0);
    done(tell("Distribution/Deliver", "\"day\":\"2020-04-15\",\"from\":\"vo\",\"lines\":[{\"to\":\"k1\",\"item\":\"mask\",\"quantity\":\"2\"}]"));
    react();
    assert_int_equal(net("g1", "inr", OWED), 0);
}

static void test_hand_in_refusals(void **state)
{
    (void)state;
    refused_with(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"g2\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\"}]"), "holds goods");
    refused_with(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"k1\",\"item\":\"mask\",\"good\":\"1\"}]"), "hands in");
    refused_with(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"repair\",\"good\":\"1\"}]"), "goods");
    refused_with(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\"}]"), "what was counted");
    refused_with(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[]"), "no lines");
}

static void test_rights(void **state)
{
    char id[UUID_TEXT_BYTES], logged[UUID_TEXT_BYTES];
    (void)state;
    done(tell("Registry/AddPeople", "\"lines\":[{\"code\":\"sunita\",\"name\":\"Sunita\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"vo\"}]},"
        "{\"code\":\"rekha\",\"name\":\"Rekha\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"vo2\"}]},"
        "{\"code\":\"auditor\",\"name\":\"A\",\"roles\":[{\"role\":\"ROLE_AUDITOR\",\"place\":\"up\"}]}]"));
    asks_as("sunita");
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"10\"}]"));
    snprintf(logged, sizeof logged, "%s", world.id);
    refused_with(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g3\",\"item\":\"mask\",\"good\":\"10\"}]"), "permission_denied");
    done(tell(HAND_IN, "\"day\":\"2020-04-14\",\"to\":\"vo\",\"lines\":[{\"place\":\"g3\",\"item\":\"mask\",\"good\":\"5\"}]")); /* the taker is hers */
    done(tell(HAND_IN, "\"day\":\"2020-04-14\",\"to\":\"vo2\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"5\"}]")); /* the maker is hers */
    snprintf(id, sizeof id, "%s", world.id);
    refused_with(tell(HAND_IN, "\"day\":\"2020-04-14\",\"to\":\"vo2\",\"lines\":[{\"place\":\"g3\",\"item\":\"mask\",\"good\":\"5\"}]"), "permission_denied");
    refused_with(tell("Production/BookEarning", "\"cause\":\"5.1\""), "permission_denied");
    refused_with(ask("Production/GetSheet", "{\"place\":\"vo2\",\"day\":\"2020-04-14\",\"item\":\"mask\"}"), "permission_denied");
    refused_with(ask("Production/GetEarnings", "{\"place\":\"up\",\"from\":\"2020-04-14\",\"to\":\"2020-04-14\"}"), "permission_denied");
    shows(ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\"}"), "\"good\":\"10\"");
    asks_as("auditor");
    refused_with(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"10\"}]"), "permission_denied");
    shows(ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\"}"), "\"good\":\"10\"");
    asks_as("rekha");
    refused_with(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", logged), "permission_denied");
    asks_as("sunita");
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", id));
}

/* ---- what happens around a log */

static void test_a_closed_month_books_later(void **state)
{
    char id[UUID_TEXT_BYTES];
    (void)state;
    cloth_comes("g1", 5000);
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"100\",\"membersAtWork\":5}]"));
    snprintf(id, sizeof id, "%s", world.id);
    done(tell("Registry/CloseMonth", "\"throughDay\":\"2020-04-30\""));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"80\",\"membersAtWork\":6,"
                   "\"corrects\":{\"requestId\":\"%s\",\"line\":1}}]", id));
    assert_int_equal(net("g1", "mask", MADE), 80);
    assert_int_equal(net("g1", "cloth", STOCK), 4000);
    assert_int_equal(present("up", "mask", 202004, PRESENT_MEMBERS), 6); /* of the day of work, not of the booking */
    assert_int_equal(present("up", "mask", 202005, PRESENT_MEMBERS), 0);
    shows(ask("Reports/GetFlow", "{\"place\":\"vo\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}"), "\"good\":\"100\"");
    shows(ask("Reports/GetFlow", "{\"place\":\"vo\",\"from\":\"2020-05-01\",\"to\":\"2020-05-31\"}"), "\"good\":\"-20\"");
}

static void test_a_count_stands(void **state)
{
    (void)state;
    cloth_comes("g1", 5000);
    done(tell("Materials/Count", "\"day\":\"2020-04-20\",\"lines\":[{\"place\":\"g1\",\"item\":\"cloth\",\"counted\":\"4000\"}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"99\"}]")); /* comes late */
    assert_int_equal(net("g1", "cloth", STOCK), 4000);
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", world.id));
    assert_int_equal(net("g1", "cloth", STOCK), 4000);
    done(tell(LOG, "\"workDate\":\"2020-04-21\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"80\"}]"));
    assert_int_equal(net("g1", "cloth", STOCK), 3000);
}

static void test_presence_in_a_programme_of_iran(void **state)
{
    (void)state;
    done(tell("Registry/AddPlaces", "\"lines\":[{\"code\":\"ir\",\"kind\":\"state\",\"name\":{\"en\":\"Semnan\"},\"calendar\":\"CALENDAR_JALALI\"},"
        "{\"code\":\"w1\",\"kind\":\"group\",\"parent\":\"ir\",\"name\":{\"en\":\"Workshop\"}}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-19\",\"lines\":[{\"place\":\"w1\",\"item\":\"kit\",\"good\":\"1\",\"membersAtWork\":5}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-20\",\"lines\":[{\"place\":\"w1\",\"item\":\"kit\",\"good\":\"1\",\"membersAtWork\":7}]"));
    assert_int_equal(present("ir", "kit", 139901, PRESENT_MEMBERS), 5);
    assert_int_equal(present("ir", "kit", 139902, PRESENT_MEMBERS), 7);
    assert_int_equal(present("ir", "kit", 139900, PRESENT_MEMBERS), 7);
    assert_int_equal(present("ir", "kit", 139900, PRESENT_MAKERS), 1);
}

/* A maker's own highest is not the sum that stands at it. */
static void test_presence_of_a_maker_below_a_maker(void **state)
{
    static const uint32_t periods[] = {202004, 202000};
    char first[UUID_TEXT_BYTES];
    (void)state;
    done(tell("Registry/AddPlaces", "\"lines\":[{\"code\":\"g1a\",\"kind\":\"group\",\"parent\":\"g1\",\"name\":{\"en\":\"Sarita\"}}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1a\",\"item\":\"mask\",\"good\":\"1\",\"membersAtWork\":5}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\",\"membersAtWork\":3}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-15\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\",\"membersAtWork\":4}]"));
    snprintf(first, sizeof first, "%s", world.id);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(present("g1", "mask", periods[i], PRESENT_MEMBERS), 9);
        assert_int_equal(present("g1", "mask", periods[i], PRESENT_MAKERS), 2);
        assert_int_equal(present("up", "mask", periods[i], PRESENT_MEMBERS), 9);
    }
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", first));
    for (size_t i = 0; i < 2; i++) assert_int_equal(present("up", "mask", periods[i], PRESENT_MEMBERS), 8);
}

/* What a reversal takes away is taken from those who had it. */
static void test_presence_of_a_group_that_moved(void **state)
{
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\",\"membersAtWork\":9}]"));
    unsigned first = world.ids;
    done(tell("Registry/MovePlaces", "\"lines\":[{\"place\":\"g1\",\"parent\":\"vo2\"}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-15\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\",\"membersAtWork\":11}]"));
    assert_int_equal(present("vo", "mask", 202004, PRESENT_MEMBERS), 9);
    assert_int_equal(present("vo2", "mask", 202004, PRESENT_MEMBERS), 2);
    assert_int_equal(present("up", "mask", 202004, PRESENT_MEMBERS), 11);
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", world.id));
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"00000000-0000-4000-8000-%012u\",\"line\":1}]", first));
    assert_int_equal(present("vo", "mask", 202004, PRESENT_MEMBERS), 0);
    assert_int_equal(present("vo2", "mask", 202004, PRESENT_MEMBERS), 0);
    assert_int_equal(present("up", "mask", 202004, PRESENT_MEMBERS), 0);
    assert_int_equal(present("up", "mask", 202004, PRESENT_MAKERS), 0);
}

static void test_an_open_lot_has_so_many_parents(void **state)
{
    char first[32] = "", name[32] = "";
    Rasad__V1__LotRow lot;
    char number[16];
    int logs = 0;
    (void)state;
    for (; logs < 80 && strcmp(first, name) == 0; logs++) {
        cloth_comes("g1", 25);
        done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"2\"}]"));
        assert_int_equal(sscanf(strstr(world.answer, "\"lot\":\""), "\"lot\":\"%31[0-9.]", name), 1);
        if (first[0] == '\0') memcpy(first, name, sizeof first);
    }
    lot_of(first, &lot, number);
    assert_int_equal(lot.n_parents, LOT_PARENTS_MAX - 1); /* two inputs had to fit, one of them is never counted */
    assert_int_equal(logs, LOT_PARENTS_MAX);
    assert_false(lot.more_parents);
}

/* Nothing due is done; wages past the bound are no such thing: they must be parked and asked about. */
static void test_wages_past_the_bound_are_not_dropped(void **state)
{
    int64_t cause;
    (void)state;
    done(tell("Registry/SetRates", "\"lines\":[{\"item\":\"mask\",\"money\":\"inr\",\"perPiece\":\"1000000000\","
              "\"fromDay\":\"2020-01-01\",\"basis\":\"RATE_BASIS_HAND_IN\"}]"));
    for (int pieces = 1000; pieces <= 1001; pieces++) {
        done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"%d\"}]", pieces));
        long long sequence = 0;
        assert_int_equal(sscanf(world.answer, "{\"sequence\":\"%lld\"", &sequence), 1);
        cause = name_of(sequence, 1);
        assert_int_equal(react_to(cause), pieces == 1000);
    }
    assert_int_equal(net("g1", "inr", OWED), QUANTITY_MAX);
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", world.id));
    assert_true(react_to(cause)); /* taken back meanwhile: nothing is due */
}

static void test_a_thousand_lines(void **state)
{
    static char json[128 * 1024];
    (void)state;
    for (int lines = LINES_PER_COMMAND_MAX; lines <= LINES_PER_COMMAND_MAX + 1; lines++) {
        size_t n = (size_t)snprintf(json, sizeof json, "{\"requestId\":\"00000000-0000-4000-8000-%012u\",\"workDate\":\"2020-04-14\",\"lines\":[", ++world.ids);
        for (int i = 0; i < lines; i++)
            n += (size_t)snprintf(json + n, sizeof json - n, "%s{\"place\":\"g1\",\"item\":\"x%d\",\"good\":\"1\"}", i > 0 ? "," : "", i);
        snprintf(json + n, sizeof json - n, "]}");
        refused_with(call_as("console", LOG, json), lines == LINES_PER_COMMAND_MAX ? "!not_found" : "at most 1000");
    }
}

/* ---- the sheet */

static void test_the_sheet(void **state)
{
    (void)state;
    cloth_comes("g1", 5000);
    done(tell(LOG, "\"workDate\":\"2020-04-13\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"240\"}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"60\",\"spoiled\":\"4\",\"membersAtWork\":9},"
                   "{\"place\":\"g2\",\"item\":\"mask\",\"noWork\":\"NO_WORK_NO_CLOTH\"}]"));
    done(tell(HAND_IN, "\"day\":\"2020-04-14\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"100\"}]"));
    react();
    const char *sheet = ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\"}");
    shows(sheet, "{\"rows\":[{\"place\":\"g2\",\"name\":{\"en\":\"Jyoti\"},\"members\":12,\"noWork\":\"NO_WORK_NO_CLOTH\",\"scarce\":\"cloth\",\"lines\":[{\"requestId\":");
    shows(sheet, "{\"place\":\"g1\",\"name\":{\"en\":\"Durga\"},\"members\":11,\"good\":\"60\",\"spoiled\":\"4\",\"membersAtWork\":9,"
                 "\"lastGood\":\"240\",\"lastDay\":\"2020-04-13\",\"made\":\"200\",\"canMake\":\"96\",\"scarce\":\"cloth\",\"earned\":\"35000\",\"sack\":\"1\",\"lines\":[{");
    sheet = ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\",\"limit\":1}");
    shows(sheet, "\"next\":\"g2\"");
    assert_null(strstr(sheet, "\"g1\""));
    sheet = ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\",\"limit\":1,\"after\":\"g2\"}");
    shows(sheet, "\"place\":\"g1\"");
    assert_null(strstr(sheet, "\"next\""));
    shows(ask("Production/GetSheet", "{\"place\":\"k1\",\"day\":\"2020-04-14\",\"item\":\"kit\"}"), "{\"rows\":[{\"place\":\"k1\",\"name\":{\"en\":\"Kitchen\"},\"canMake\":\"-1\",\"under\":\"up\"}]}");
}

/* What is usual is the median of the last seven days before; lines say what they hold. */
static void test_what_is_usual(void **state)
{
    static const int made[USUAL_DAYS + 1] = {9000, 10, 20, 30, 900, 50, 60, 70};
    (void)state;
    for (int i = 0; i <= USUAL_DAYS; i++) {
        done(tell(LOG, "\"workDate\":\"2020-04-%02d\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"%d\"}]", i + 1, made[i]));
    }
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"5\",\"spoiled\":\"1\",\"membersAtWork\":2}]"));
    done(tell(LOG, "\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"7\"}]"));
    const char *sheet = ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\"}");
    shows(sheet, "\"good\":\"12\"");
    shows(sheet, "\"line\":1,\"good\":\"5\",\"spoiled\":\"1\",\"members\":2}");
    shows(sheet, "\"line\":1,\"good\":\"7\"}");
    shows(sheet, "\"under\":\"vo\"");
    shows(sheet, "\"usual\":\"50\"");
}

/* A federation's sheet holds the makers of all its village organisations, page after page. */
static void test_the_sheet_of_all_below(void **state)
{
    (void)state;
    const char *sheet = ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\",\"allBelow\":true}");
    shows(sheet, "\"place\":\"g2\"");
    shows(sheet, "\"place\":\"g1\"");
    assert_null(strstr(sheet, "\"next\""));
    refused_with(ask("Production/GetSheet", "{\"place\":\"vo\",\"day\":\"2020-04-14\",\"item\":\"mask\",\"after\":\"k1\"}"), "not_found");
    assert_null(strstr(ask("Production/GetSheet", "{\"place\":\"up\",\"day\":\"2020-04-14\",\"item\":\"mask\"}"), "\"g1\""));
    char after[40] = "";
    int rows = 0, pages = 0;
    for (; pages < 100; pages++) {
        const char *page = ask("Production/GetSheet", "{\"place\":\"up\",\"day\":\"2020-04-14\",\"item\":\"mask\",\"allBelow\":true,\"limit\":1%s}", after);
        const char *next = strstr(page, "\"next\":\"");
        if (strstr(page, "\"place\":\"g1\"") != NULL || strstr(page, "\"place\":\"g2\"") != NULL) rows++;
        if (next == NULL) break;
        snprintf(after, sizeof after, ",\"after\":\"%.*s\"", (int)strcspn(next + 8, "\""), next + 8);
    }
    assert_int_equal(rows, 2);
    assert_true(pages >= 2 && pages < 100);
}

static void test_days_of_a_sheet(void **state)
{
    (void)state;
    done(tell(LOG, "\"workDate\":\"2020-04-13\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"240\"}]"));
    shows(ask("Production/GetSheetDays", "{\"place\":\"vo\",\"item\":\"mask\",\"from\":\"2020-04-12\",\"to\":\"2020-04-14\"}"),
          "{\"days\":[{\"day\":\"2020-04-12\"},{\"day\":\"2020-04-13\",\"logged\":1},{\"day\":\"2020-04-14\"}],\"makers\":1}");
    done(tell(LOG, "\"workDate\":\"2020-04-13\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"1\"},"
                   "{\"place\":\"g2\",\"item\":\"mask\",\"noWork\":\"NO_WORK_NO_CLOTH\"}]"));
    shows(ask("Production/GetSheetDays", "{\"place\":\"vo\",\"item\":\"mask\",\"from\":\"2020-04-13\",\"to\":\"2020-04-13\"}"),
          "{\"days\":[{\"day\":\"2020-04-13\",\"logged\":2}],\"makers\":2}");
    refused_with(ask("Production/GetSheetDays", "{\"place\":\"vo\",\"item\":\"mask\",\"from\":\"2020-04-14\",\"to\":\"2020-04-13\"}"), "invalid_argument");
}

static void test_earnings_page_by_page(void **state)
{
    char after[32] = "";
    int pages = 0, rows = 0;
    (void)state;
    done(tell(HAND_IN, "\"day\":\"2020-04-14\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"100\"},{\"place\":\"g3\",\"item\":\"mask\",\"good\":\"7\"}]"));
    react();
    do {
        const char *page = ask("Production/GetEarnings", "{\"place\":\"up\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"limit\":1,\"after\":\"%s\"}", after);
        const char *next = strstr(page, "\"next\":\"");
        for (const char *row = page; (row = strstr(row, "\"pieces\"")) != NULL; row++) rows++;
        if (next == NULL) break;
        assert_int_equal(sscanf(next, "\"next\":\"%31[a-z0-9]", after), 1);
    } while (++pages < 20);
    assert_int_equal(rows, 2);
    assert_int_equal(pages, 6); /* seven places */
    done(tell(HAND_IN, "\"day\":\"2020-04-15\",\"to\":\"vo\",\"lines\":[{\"place\":\"g1\",\"item\":\"mask\",\"good\":\"20\"}]"));
    react();
    const char *days = ask("Production/GetEarnings", "{\"place\":\"g1\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"byDay\":true}");
    shows(days, "\"pieces\":\"100\",\"earned\":\"35000\",\"owed\":\"42000\",\"day\":\"2020-04-14\"}");
    shows(days, "\"pieces\":\"20\",\"earned\":\"7000\",\"day\":\"2020-04-15\"}");
    shows(ask("Production/GetEarnings", "{\"place\":\"up\",\"from\":\"2020-05-01\",\"to\":\"2020-05-30\"}"), "\"money\":\"inr\",\"owed\":\"42000\"");
}

/* ---- at random, against a model */

struct logged {
    int maker;
    int day;
    int64_t good, spoiled, members;
    bool linen, stands;
    char id[UUID_TEXT_BYTES];
};
struct handed {
    int maker;
    int64_t good, spoiled, rework;
    bool stands;
    char id[UUID_TEXT_BYTES];
};

enum { STEPS = 600, MAKERS = 3, NEW_RECIPE = 17 }; /* a new version is in force from this day on */
static const char *const makers[MAKERS] = {"g1", "g2", "g3"};
static const char *const above[MAKERS] = {"vo", "vo", "vo2"};

static struct {
    struct logged logs[STEPS];
    struct handed hands[STEPS];
    size_t logs_n, hands_n;
    int64_t cloth[MAKERS], linen[MAKERS];
} model;

static const char *day_text(int day)
{
    static char text[11];
    int32_t first = 0;
    assert_true(day_parse("2020-03-20", &first));
    day_format(first + day, text);
    return text;
}

static void model_log(struct logged *old)
{
    struct logged *log = &model.logs[model.logs_n++];
    char corrects[96] = "";
    if (old != NULL) snprintf(corrects, sizeof corrects, ",\"corrects\":{\"requestId\":\"%s\",\"line\":1}", old->id);
    *log = (struct logged){.maker = old != NULL ? old->maker : rand() % MAKERS, .day = rand() % 25, .good = rand() % 300,
                           .spoiled = rand() % 5, .members = 1 + rand() % 15, .linen = rand() % 3 == 0, .stands = true};
    done(tell(LOG, "\"workDate\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"mask\",\"good\":\"%" PRId64 "\",\"spoiled\":\"%" PRId64
                   "\",\"membersAtWork\":%d%s%s}]", day_text(log->day), makers[log->maker], log->good, log->spoiled,
              (int)log->members, log->linen ? ",\"instead\":[\"linen\"]" : "", corrects));
    snprintf(log->id, sizeof log->id, "%s", world.id);
    if (old != NULL) old->stands = false;
}

static void model_hand_in(struct handed *old)
{
    struct handed *hand = &model.hands[model.hands_n++];
    char corrects[96] = "";
    if (old != NULL) snprintf(corrects, sizeof corrects, ",\"corrects\":{\"requestId\":\"%s\",\"line\":1}", old->id);
    *hand = (struct handed){.maker = old != NULL ? old->maker : rand() % MAKERS, .good = 1 + rand() % 500,
                            .spoiled = rand() % 4, .rework = rand() % 3, .stands = true};
    done(tell(HAND_IN, "\"day\":\"%s\",\"to\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"mask\",\"good\":\"%" PRId64
                       "\",\"spoiled\":\"%" PRId64 "\",\"rework\":\"%" PRId64 "\"%s}]",
              day_text(rand() % 25), above[hand->maker], makers[hand->maker], hand->good, hand->spoiled, hand->rework, corrects));
    snprintf(hand->id, sizeof hand->id, "%s", world.id);
    if (old != NULL) old->stands = false;
}

static void model_cloth(void)
{
    int maker = rand() % MAKERS;
    bool linen = rand() % 2 == 0;
    int64_t quantity = 1 + rand() % 9000;
    *(linen ? &model.linen[maker] : &model.cloth[maker]) += quantity;
    done(tell("Materials/Issue", "\"day\":\"%s\",\"from\":\"vo\",\"lines\":[{\"to\":\"%s\",\"item\":\"%s\",\"quantity\":\"%" PRId64 "\"}]",
              day_text(rand() % 25), makers[maker], linen ? "linen" : "cloth", quantity));
}

static void model_reverse(const char *id, bool *stands)
{
    done(tell("Production/Reverse", "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", id));
    *stands = false;
}

static void model_step(void)
{
    struct logged *log = model.logs_n > 0 ? &model.logs[(size_t)rand() % model.logs_n] : NULL;
    struct handed *hand = model.hands_n > 0 ? &model.hands[(size_t)rand() % model.hands_n] : NULL;
    switch (rand() % 10) {
    case 0: model_cloth(); break;
    case 1: if (log != NULL && log->stands) model_log(log); break;
    case 2: if (log != NULL && log->stands) model_reverse(log->id, &log->stands); break;
    case 3: if (hand != NULL && hand->stands) model_hand_in(hand); break;
    case 4: if (hand != NULL && hand->stands) model_reverse(hand->id, &hand->stands); break;
    case 5: case 6: model_hand_in(NULL); break;
    default: model_log(NULL); break;
    }
    if (rand() % 5 == 0) react();
}

static void check_maker(int maker)
{
    int64_t worked[2][2] = {{0, 0}, {0, 0}}, made = 0, owed = 0, rework = 0; /* by item, by version */
    for (size_t i = 0; i < model.logs_n; i++) {
        const struct logged *log = &model.logs[i];
        if (!log->stands || log->maker != maker) continue;
        worked[log->linen][log->day >= NEW_RECIPE] += log->good + log->spoiled;
        made += log->good;
    }
    for (size_t i = 0; i < model.hands_n; i++) {
        const struct handed *hand = &model.hands[i];
        if (!hand->stands || hand->maker != maker) continue;
        made -= hand->good + hand->spoiled + hand->rework;
        rework += hand->rework;
        owed += hand->good * 350;
    }
    assert_int_equal(net(makers[maker], "mask", MADE), made);
    assert_int_equal(net(makers[maker], "mask", REWORK), rework);
    assert_int_equal(net(makers[maker], "inr", OWED), owed);
    for (int linen = 0; linen < 2; linen++)
        assert_int_equal(net(makers[maker], linen ? "linen" : "cloth", STOCK),
                         (linen ? model.linen : model.cloth)[maker] - worked[linen][0] * 2500 / 200 - worked[linen][1] * 1999 / 177);
}

static void check_presence(uint32_t period, int first_day, int last_day)
{
    int64_t members[MAKERS] = {0}, present_makers[MAKERS] = {0};
    for (size_t i = 0; i < model.logs_n; i++) {
        const struct logged *log = &model.logs[i];
        if (!log->stands || log->day < first_day || log->day > last_day) continue;
        if (log->members > members[log->maker]) members[log->maker] = log->members;
        present_makers[log->maker] = 1;
    }
    for (int i = 0; i < MAKERS; i++) assert_int_equal(present(makers[i], "mask", period, PRESENT_MEMBERS), members[i]);
    assert_int_equal(present("vo", "mask", period, PRESENT_MEMBERS), members[0] + members[1]);
    assert_int_equal(present("up", "mask", period, PRESENT_MEMBERS), members[0] + members[1] + members[2]);
    assert_int_equal(present("up", "mask", period, PRESENT_MAKERS), present_makers[0] + present_makers[1] + present_makers[2]);
}

static void test_at_random(void **state)
{
    (void)state;
    memset(&model, 0, sizeof model);
    srand(20);
    done(tell("Registry/SetRecipes", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"%s\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":\"1999\","
              "\"per\":\"177\",\"alternatives\":[\"linen\"]}]}]", day_text(NEW_RECIPE)));
    for (int step = 0; step < STEPS; step++) {
        model_step();
        if (step % 50 != 49) continue;
        react();
        for (int maker = 0; maker < MAKERS; maker++) check_maker(maker);
        check_presence(202003, 0, 11); /* 2020-03-20 to 31 */
        check_presence(202004, 12, 30);
        check_presence(202000, 0, 30);
    }
    world_same_again();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_log_makes_and_consumes),
        TEST(test_the_same_is_answered_again),
        TEST(test_what_the_request_alone_shows),
        TEST(test_a_refused_line_stands_beside_the_others),
        TEST(test_a_correction_counts_again),
        TEST(test_a_reversal_takes_all_back),
        TEST(test_an_alternative_is_named_by_the_line),
        TEST(test_who_holds_has_it_at_once),
        TEST(test_a_hand_in_closes_and_pays),
        TEST(test_a_corrected_hand_in_pays_the_difference),
        TEST(test_late_reactions_pay_once),
        TEST(test_acceptance_pays_each_maker),
        TEST(test_a_delivery_out_of_made_pays_too),
        TEST(test_hand_in_refusals),
        TEST(test_rights),
        TEST(test_a_closed_month_books_later),
        TEST(test_a_count_stands),
        TEST(test_presence_in_a_programme_of_iran),
        TEST(test_presence_of_a_maker_below_a_maker),
        TEST(test_presence_of_a_group_that_moved),
        TEST(test_an_open_lot_has_so_many_parents),
        TEST(test_wages_past_the_bound_are_not_dropped),
        TEST(test_a_thousand_lines),
        TEST(test_the_sheet),
        TEST(test_what_is_usual),
        TEST(test_the_sheet_of_all_below),
        TEST(test_days_of_a_sheet),
        TEST(test_earnings_page_by_page),
        TEST(test_at_random),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
