/* test_distribution_books.c - deliveries on a store of their own: what requests, slips and deliveries book, in any order,
 * corrected and taken back; who may; the bounds; and the journal replayed into a second store.
 */
#include "base/clock.h"
#include "base/must.h"
#include "distribution/rows.h"
#include "store/apply.h"
#include "world/world.h"

#include <sodium.h>
#include <unistd.h>

/* ---- calls of people */

static struct {
    char today[11], tomorrow[11];
} dates;

/* A command of the person; in `rest` @ is today and + tomorrow. */
static const char *tell_as(const char *person, const char *method, const char *rest, ...)
    __attribute__((format(printf, 3, 4)));
static const char *tell_as(const char *person, const char *method, const char *rest, ...)
{
    static char body[64 * 1024], fields[80 * 1024];
    size_t n = 0;
    va_list args;
    va_start(args, rest);
    vsnprintf(body, sizeof body, rest, args);
    va_end(args);
    for (const char *c = body; *c != '\0'; c++) {
        const char *day = *c == '@' ? dates.today : *c == '+' ? dates.tomorrow : NULL;
        n += (size_t)snprintf(fields + n, sizeof fields - n, "%s%.*s", day != NULL ? day : "", day == NULL, c);
    }
    return command_as(person, method, fields);
}

/* The last command, to be corrected or taken back. */
static const char *last(int line)
{
    static char ref[4][80];
    static unsigned at;
    char *text = ref[at++ % 4];
    snprintf(text, sizeof ref[0], "{\"requestId\":\"00000000-0000-4000-8000-%012u\",\"line\":%d}", world.ids, line);
    return text;
}

/* The name of a line of the last answer. */
static const char *named(int line)
{
    static char names[8][32];
    static unsigned at;
    char *name = names[at++ % 8];
    long long sequence = 0;
    must(sscanf(world.answer, "{\"sequence\":\"%lld\"", &sequence) == 1);
    snprintf(name, sizeof names[0], "%lld.%d", sequence, line);
    return name;
}

static size_t rows(enum table table)
{
    struct key first = {.n = 0};
    struct scan scan;
    struct txn txn;
    size_t n = 0;
    txn_read(world.store, &world.arena, &txn);
    for (scan_begin(&scan, &txn, table, &first, 0); scan_next(&scan);) n++;
    scan_end(&scan);
    txn_abort(&txn);
    return n;
}

static const char *needs(void) { return call_as("console", "Distribution/ListRequests", "{\"place\":\"D\"}"); }
static const char *slips(void) { return call_as("console", "Distribution/ListShipments", "{\"place\":\"D\"}"); }
static const char *questions(void) { return call_as("console", "Reports/ListQuestions", "{\"place\":\"D\"}"); }

/* ---- a district: two blocks, stores, a village organisation with a group, a kitchen, a dealer */

static void kinds_and_items(void)
{
    done(tell_as("console", "Registry/AddKinds",
              "\"lines\":[{\"code\":\"area\",\"behaviour\":{}},{\"code\":\"store\",\"behaviour\":{\"holds\":true}},"
              "{\"code\":\"group\",\"behaviour\":{\"makes\":true}},{\"code\":\"dealer\",\"behaviour\":{\"serves\":true}},"
              "{\"code\":\"kitchen\",\"behaviour\":{\"holds\":true,\"makes\":true,\"serves\":true}},"
              "{\"code\":\"supplier\",\"behaviour\":{\"outside\":true}}]"));
#define ITEM(code, class, unit) \
    "{\"code\":\"" code "\",\"class\":\"ITEM_CLASS_" class "\",\"unit\":\"UNIT_" unit "\"}"
    done(tell_as("console", "Registry/AddItems", "\"lines\":[" ITEM("rice", "GOODS", "GRAM") ","
              ITEM("mask", "GOODS", "PIECE") "," ITEM("repair", "SERVICE", "PIECE") "," ITEM("inr", "MONEY", "PAISE") "]"));
#undef ITEM
}

static void places_and_people(void)
{
#define PLACE(code, kind, parent) "{\"code\":\"" code "\",\"kind\":\"" kind "\",\"parent\":\"" parent "\"}"
    done(tell_as("console", "Registry/AddPlaces", "\"lines\":[" PLACE("D", "area", "") "," PLACE("B1", "area", "D") ","
              PLACE("B2", "area", "D") "," PLACE("ST", "store", "D") "," PLACE("S1", "store", "B1") ","
              PLACE("S2", "store", "B2") "," PLACE("V1", "store", "B1") "," PLACE("G1", "group", "V1") ","
              PLACE("K1", "kitchen", "B1") "," PLACE("DL", "dealer", "B1") "," PLACE("SUP", "supplier", "") "]"));
#undef PLACE
#define PERSON(code, role, place) \
    "{\"code\":\"" code "\",\"name\":\"" code "\",\"roles\":[{\"role\":\"ROLE_" role "\",\"place\":\"" place "\"}]}"
    done(tell_as("console", "Registry/AddPeople", "\"lines\":[" PERSON("off", "SUPPLY_OFFICER", "D") ","
              PERSON("off2", "SUPPLY_OFFICER", "D") "," PERSON("ob2", "SUPPLY_OFFICER", "B2") ","
              PERSON("cook", "KITCHEN_OPERATOR", "K1") "," PERSON("keep", "STORE_KEEPER", "S1") "]"));
#undef PERSON
    const char *const people[] = {"off", "off2", "ob2", "cook", "keep"};
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) session_put(people[i]);
}

static int begin(void **state)
{
    (void)state;
    world_open("distribution");
    int32_t today = day_of_ms(now_ms(), 330);
    day_format(today, dates.today);
    day_format(today + 1, dates.tomorrow);
    kinds_and_items();
    places_and_people();
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_same_again();
    return world_close();
}

static void came(const char *place, const char *item, int quantity)
{
    done(tell_as("console", "Materials/Receive", "\"day\":\"@\",\"place\":\"%s\",\"lines\":[{\"item\":\"%s\",\"quantity\":%d,"
              "\"how\":\"CAME_FROM_BOUGHT\"}]", place, item, quantity));
}

/* A request line of the kitchen, approved in full. */
static const char *approved(int quantity)
{
    done(tell_as("cook", "Distribution/Request", "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":%d}]",
              quantity));
    const char *name = named(1);
    done(tell_as("off", "Distribution/Approve", "\"lines\":[{\"request\":\"%s\",\"quantity\":%d}]", name, quantity));
    return name;
}

#define SEND(slip, to, quantity, more) \
    "\"day\":\"@\",\"slip\":\"" slip "\",\"from\":\"S1\",\"to\":\"" to "\",\"lines\":[{\"item\":\"rice\"," \
    "\"quantity\":" quantity more "}]"
#define RECEIVE(slip, quantity, more) \
    "\"day\":\"@\",\"slip\":\"" slip "\",\"from\":\"S1\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\"," \
    "\"quantity\":" quantity more "}]"

/* ---- request lines */

static void test_from_asked_to_settled(void **state)
{
    (void)state;
    came("S1", "rice", 100);
    const char *name = approved(80);
    done(tell_as("keep", "Distribution/Allocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":50}]", name));
    shows(needs(), "\"status\":\"set_aside\"");
    shows(world.answer, "\"setAside\":[{\"place\":\"S1\",\"quantity\":\"50\"}]");
    done(tell_as("keep", "Distribution/Send", SEND("A-1", "K1", "60", ",\"request\":\"%s\""), name));
    assert_int_equal(net("S1", "rice", RESERVED), 0); /* that first, the rest from stock */
    assert_int_equal(net("S1", "rice", STOCK), 40);
    assert_int_equal(net("S1", "rice", TRANSIT), 60);
    shows(needs(), "\"status\":\"on_the_way\"");
    done(tell_as("cook", "Distribution/Receive", RECEIVE("A-1", "55", ",\"spoiled\":5")));
    assert_int_equal(net("K1", "rice", STOCK), 50);
    assert_int_equal(net("K1", "rice", UNCHECKED), 5);
    shows(questions(), "\"kind\":\"QUESTION_KIND_MISSING\",\"place\":\"S1\"");
    shows(slips(), "\"missing\":\"5\"");
    shows(tell_as("keep", "Distribution/Settle",
               "\"day\":\"@\",\"slip\":\"A-1\",\"lines\":[{\"item\":\"rice\",\"quantity\":6,\"outcome\":\"SETTLEMENT_LOST\"}]"),
          "have 5; need 6");
    done(tell_as("keep", "Distribution/Settle",
              "\"day\":\"@\",\"slip\":\"A-1\",\"lines\":[{\"item\":\"rice\",\"quantity\":2,\"outcome\":\"SETTLEMENT_LOST\"},"
              "{\"item\":\"rice\",\"quantity\":2,\"outcome\":\"SETTLEMENT_BACK\"},"
              "{\"item\":\"rice\",\"quantity\":1,\"outcome\":\"SETTLEMENT_CAME\"}]"));
    assert_int_equal(net("S1", "rice", TRANSIT), 0);
    assert_int_equal(net("S1", "rice", STOCK), 42);
    assert_int_equal(net("K1", "rice", STOCK), 51);
    hides(questions(), "QUESTION_KIND_MISSING");
    shows(slips(), "\"status\":\"less_came\"");
    /* 4 never came and 20 were not sent: both can still be supplied */
    shows(tell_as("keep", "Distribution/Allocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":25}]", name),
          "have 24; need 25");
}

static void test_a_quota_approves_at_once(void **state)
{
    (void)state;
#define ASK(quantity, day) "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":" quantity day "}]"
    done(tell_as("console", "Registry/SetQuotas", "\"lines\":[{\"place\":\"K1\",\"item\":\"rice\",\"perDay\":120}]"));
    done(tell_as("cook", "Distribution/Request", ASK("100", "")));
    const char *name = named(1);
    shows(world.answer, "\"quantity\":\"100\"");
    done(tell_as("cook", "Distribution/Request", ASK("100", ",\"neededDay\":\"+\""))); /* tomorrow is the usual day */
    shows(world.answer, "\"quantity\":\"20\"");
    done(tell_as("cook", "Distribution/Request", ASK("50", ",\"neededDay\":\"@\"")));
    shows(world.answer, "\"quantity\":\"50\"");
    done(tell_as("cook", "Distribution/CancelRequest", "\"lines\":[{\"request\":\"%s\"}]", name));
    done(tell_as("cook", "Distribution/Request", ASK("200", "")));
    shows(world.answer, "\"quantity\":\"100\""); /* what was cancelled is free again */
    shows(tell_as("cook", "Distribution/Request", ASK("1", ",\"neededDay\":\"2020-04-01\"")), "!invalid_argument");
    shows(tell_as("cook", "Distribution/Request", "\"day\":\"@\",\"place\":\"S1\",\"lines\":[{\"item\":\"rice\",\"quantity\":1}]"),
          "!permission_denied");
#undef ASK
}

static void test_who_asks_is_not_who_approves(void **state)
{
    (void)state;
    done(tell_as("off", "Distribution/Request", "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":70}]"));
    const char *name = named(1);
#define APPROVE(quantity, more) "\"lines\":[{\"request\":\"%s\",\"quantity\":" quantity more "}]", name
#define LIMIT(place, item, quantity) \
    "\"lines\":[{\"place\":\"" place "\",\"role\":\"ROLE_SUPPLY_OFFICER\",\"item\":\"" item "\",\"quantity\":" quantity "}]"
    shows(tell_as("ob2", "Distribution/Approve", APPROVE("1", "")), "!permission_denied");
    shows(tell_as("off", "Distribution/Approve", APPROVE("1", "")), "who asks is not who approves");
    done(tell_as("console", "Registry/SetLimits", LIMIT("D", "", "10")));
    done(tell_as("off", "Distribution/Approve", APPROVE("10", "")));
    shows(tell_as("off", "Distribution/Approve", APPROVE("11", "")), "have 10; need 11");
    done(tell_as("console", "Registry/SetLimits", LIMIT("B1", "rice", "12"))); /* nearer */
    done(tell_as("off", "Distribution/Approve", APPROVE("12", "")));
    assert_int_equal(rows(TABLE_question), 0);
    done(tell_as("off", "Distribution/Approve", APPROVE("70", ",\"alone\":\"ALONE_REASON_NIGHT\"")));
    shows(questions(), "QUESTION_KIND_TO_CONFIRM");
    shows(needs(), "\"toConfirm\":true");
    shows(tell_as("off", "Distribution/ConfirmApproval", "\"requests\":[\"%s\"]", name), "who asks is not who approves");
    done(tell_as("off2", "Distribution/ConfirmApproval", "\"requests\":[\"%s\"]", name));
    assert_int_equal(rows(TABLE_question), 0);
    shows(tell_as("off2", "Distribution/ConfirmApproval", "\"requests\":[\"%s\"]", name), "past this step");
    shows(tell_as("off2", "Distribution/Approve", APPROVE("71", "")), "have 70; need 71");
    done(tell_as("off2", "Distribution/Approve", APPROVE("0", ",\"because\":\"REFUSE_REASON_NOT_NEEDED\"")));
    shows(needs(), "\"status\":\"not_approved\"");
    assert_int_equal(rows(TABLE_need_open), 0);
    assert_int_equal(rows(TABLE_need_here), 0);
#undef LIMIT
#undef APPROVE
}

static void test_of_two_claims_one_is_refused(void **state)
{
    (void)state;
    came("S1", "rice", 100);
    const char *one = approved(80), *two = approved(80);
    shows(tell_as("keep", "Distribution/Allocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":80},"
               "{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":80},{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":1,"
               "\"lot\":\"1.1\"},{\"request\":\"%s\",\"from\":\"ST\",\"quantity\":1}]", one, two, two, two),
          "\"accepted\":1,\"refused\":3");
    assert_int_equal(net("S1", "rice", RESERVED), 80);
    assert_int_equal(net("S1", "rice", STOCK), 20);
    shows(tell_as("off2", "Distribution/Approve", "\"lines\":[{\"request\":\"%s\",\"quantity\":79}]", one), "have 80; need 79");
    shows(tell_as("keep", "Distribution/Unallocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":81}]", one),
          "have 80; need 81");
    done(tell_as("keep", "Distribution/Unallocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":30}]", one));
    done(tell_as("cook", "Distribution/CancelRequest", "\"lines\":[{\"request\":\"%s\",\"quantity\":40}]", one));
    assert_int_equal(net("S1", "rice", RESERVED), 40); /* 40 are wanted still: 10 of the 50 go back */
    done(tell_as("cook", "Distribution/CancelRequest", "\"lines\":[{\"request\":\"%s\"}]", one));
    assert_int_equal(net("S1", "rice", STOCK), 100);
    assert_int_equal(rows(TABLE_need_source), 0);
    shows(tell_as("cook", "Distribution/CancelRequest", "\"lines\":[{\"request\":\"%s\"}]", one), "past this step");
}

static void test_so_many_places_set_aside_for_one_line(void **state)
{
    (void)state;
    const char *name = approved(100);
    char place[8];
    for (int i = 0; i <= NEED_SOURCES_MAX; i++) {
        snprintf(place, sizeof place, "T%d", i);
        done(tell_as("console", "Registry/AddPlaces", "\"lines\":[{\"code\":\"%s\",\"kind\":\"store\",\"parent\":\"D\"}]", place));
        came(place, "rice", 10);
        const char *answer = tell_as("off", "Distribution/Allocate",
                                  "\"lines\":[{\"request\":\"%s\",\"from\":\"%s\",\"quantity\":1}]", name, place);
        if (i < NEED_SOURCES_MAX) done(answer);
        else shows(answer, "have 24; need 25");
    }
    done(tell_as("off", "Distribution/Allocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"T0\",\"quantity\":1}]", name));
    done(tell_as("cook", "Distribution/CancelRequest", "\"lines\":[{\"request\":\"%s\"}]", name));
    assert_int_equal(rows(TABLE_need_source), 0);
    assert_int_equal(net("T0", "rice", STOCK), 10);
}

static void test_a_proposal_says_why(void **state)
{
    (void)state;
    came("S1", "rice", 30);
    came("ST", "rice", 30);
    came("S2", "rice", 500); /* another block: further up than needed */
    const char *name = approved(50);
    char json[64];
    snprintf(json, sizeof json, "{\"request\":\"%s\"}", name);
    shows(call_as("off", "Distribution/ProposeAllocation", json), "\"from\":\"S1\"");
    hides(world.answer, "\"lacking\"");
    shows(call_as("ob2", "Distribution/ProposeAllocation", json), "!permission_denied");
    done(tell_as("off", "Distribution/CancelRequest", "\"lines\":[{\"request\":\"%s\",\"quantity\":20}]", name));
    shows(call_as("off", "Distribution/ProposeAllocation", json),
          "{\"proposals\":[{\"from\":\"S1\",\"fromName\":{},\"quantity\":\"30\",\"distanceM\":\"-1\",\"because\":\"all_there_is\","
          "\"available\":\"30\"}]}");
}

/* Another kitchen next door has rice, to cook it: the store further up gives first, what is for use is the last resort. */
static void test_a_kitchen_is_not_emptied_for_another(void **state)
{
    (void)state;
    done(tell_as("console", "Registry/AddPlaces", "\"lines\":[{\"code\":\"K2\",\"kind\":\"kitchen\",\"parent\":\"B1\"}]"));
    came("K2", "rice", 100);
    came("ST", "rice", 30);
    char json[64];
    snprintf(json, sizeof json, "{\"request\":\"%s\"}", approved(50));
    shows(call_as("off", "Distribution/ProposeAllocation", json), "{\"proposals\":[{\"from\":\"ST\",\"fromName\":{},\"quantity\":\"30\"");
    shows(world.answer, "{\"from\":\"K2\",\"fromName\":{},\"quantity\":\"20\",\"distanceM\":\"-1\",\"because\":\"own_use\"");
}

/* Two lines want the same forty: the second is told what the first leaves. */
static void test_together_nothing_is_proposed_twice(void **state)
{
    (void)state;
    came("S1", "rice", 40);
    came("ST", "rice", 15);
    const char *one = approved(30), *two = approved(30);
    char json[160];
    snprintf(json, sizeof json, "{\"requests\":[\"%s\",\"%s\"]}", one, two);
    shows(call_as("off", "Distribution/ProposeTogether", json), "\"from\":\"S1\",\"fromName\":{},\"quantity\":\"30\"");
    shows(world.answer, "\"from\":\"S1\",\"fromName\":{},\"quantity\":\"10\"");
    shows(world.answer, "\"available\":\"10\"");
    shows(world.answer, "\"from\":\"ST\",\"fromName\":{},\"quantity\":\"15\"");
    shows(world.answer, "\"lacking\":\"5\"");
    done(tell_as("off", "Distribution/Allocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":30},"
              "{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":10},{\"request\":\"%s\",\"from\":\"ST\",\"quantity\":15}]",
              one, two, two)); /* as proposed: every claim stands */
    snprintf(json, sizeof json, "{\"requests\":[\"%s\",\"%s\"]}", one, one);
    shows(call_as("off", "Distribution/ProposeTogether", json), "!invalid_argument");
    shows(call_as("off", "Distribution/ProposeTogether", "{\"requests\":[\"1.1\"]}"), "!not_found");
    shows(call_as("ob2", "Distribution/ProposeTogether", "{\"requests\":[]}"), "!invalid_argument");
    snprintf(json, sizeof json, "{\"requests\":[\"%s\"]}", one);
    shows(call_as("ob2", "Distribution/ProposeTogether", json), "!permission_denied");
}

static void test_together_at_its_bound(void **state)
{
    char json[PROPOSE_TOGETHER_MAX * 32 + 64];
    (void)state;
    for (int past = 0; past <= 1; past++) {
        size_t n = (size_t)snprintf(json, sizeof json, "{\"requests\":[");
        for (int i = 0; i < PROPOSE_TOGETHER_MAX + past; i++)
            n += (size_t)snprintf(json + n, sizeof json - n, "%s\"%s\"", i > 0 ? "," : "", approved(1));
        snprintf(json + n, sizeof json - n, "]}");
        shows(call_as("off", "Distribution/ProposeTogether", json), past ? "!invalid_argument" : "\"lacking\":\"1\"");
    }
}

static const char *progress(const char *place, const char *from, const char *to)
{
    char json[120];
    snprintf(json, sizeof json, "{\"place\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}", place, from, to);
    return call_as("off", "Distribution/GetProgress", json);
}

/* Lines stay in the sum after they have ended; called off is no longer asked. */
static void test_progress_of_the_day(void **state)
{
    (void)state;
    came("S1", "rice", 100);
    hides(progress("D", dates.today, dates.tomorrow), "rows");
    const char *one = approved(60);
    done(tell_as("cook", "Distribution/Request", "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":30}]"));
    const char *two = named(1);
    done(tell_as("cook", "Distribution/Request", "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":7,"
              "\"neededDay\":\"@\"},{\"item\":\"mask\",\"quantity\":5}]"));
    done(tell_as("keep", "Distribution/Send", SEND("A-1", "K1", "60", ",\"request\":\"%s\""), one));
    done(tell_as("cook", "Distribution/Receive", RECEIVE("A-1", "60", ",\"spoiled\":4")));
    done(tell_as("cook", "Distribution/CancelRequest", "\"lines\":[{\"request\":\"%s\",\"quantity\":10}]", two));
    shows(progress("D", dates.tomorrow, dates.tomorrow),
          "{\"item\":\"rice\",\"lines\":\"2\",\"toDecide\":\"1\",\"ended\":\"1\",\"requested\":\"80\",\"approved\":\"60\","
          "\"sent\":\"60\",\"received\":\"60\",\"spoiled\":\"4\"}");
    shows(world.answer, "{\"item\":\"mask\",\"lines\":\"1\",\"toDecide\":\"1\",\"requested\":\"5\"}");
    shows(progress("D", dates.today, dates.today), "\"requested\":\"7\"");
    hides(world.answer, "mask");
    hides(progress("B2", dates.today, dates.tomorrow), "rows");
    shows(progress("K1", dates.today, dates.tomorrow), "\"lines\":\"3\"");
    assert_int_equal(rows(TABLE_need_day), 4);
    shows(progress("D", dates.tomorrow, dates.today), "!invalid_argument");
    shows(progress("D", "2019-01-01", "2020-02-05"), "!invalid_argument"); /* 401 days */
    hides(progress("D", "2019-01-01", "2020-02-04"), "!");
    shows(call_as("ob2", "Distribution/GetProgress", "{\"place\":\"D\",\"from\":\"2020-01-01\",\"to\":\"2020-01-01\"}"), "!permission_denied");
}

/* ---- shipments */

/* Sent, sent more, received, received the rest, in all 24 orders: the same books, the same request line. */
static void test_facts_in_any_order(void **state)
{
    (void)state;
    came("S1", "rice", 2400);
    for (int order = 0; order < 24; order++) {
        int64_t stock = net("S1", "rice", STOCK), kitchen = net("K1", "rice", STOCK);
        const char *name = approved(100);
        int left[4] = {0, 1, 2, 3}, code = order;
        for (int n = 4; n > 0; n--) {
            int pick = code % n;
            code /= n;
            const char *of[] = {"40", "60", "70", "25"};
            if (left[pick] < 2)
                done(tell_as("keep", "Distribution/Send", "\"day\":\"@\",\"slip\":\"Z-%d\",\"from\":\"S1\",\"to\":\"K1\","
                          "\"lines\":[{\"item\":\"rice\",\"quantity\":%s,\"request\":\"%s\"}]", order, of[left[pick]], name));
            else
                done(tell_as("cook", "Distribution/Receive", "\"day\":\"@\",\"slip\":\"Z-%d\",\"from\":\"S1\",\"place\":\"K1\","
                          "\"lines\":[{\"item\":\"rice\",\"quantity\":%s}]", order, of[left[pick]]));
            for (int i = pick; i + 1 < n; i++) left[i] = left[i + 1];
        }
        assert_int_equal(net("S1", "rice", STOCK), stock - 100);
        assert_int_equal(net("K1", "rice", STOCK), kitchen + 95);
        assert_int_equal(net("S1", "rice", TRANSIT), 5);
        shows(needs(), "\"sent\":\"100\",\"received\":\"95\"");
        shows(questions(), "\"quantity\":\"5\",\"stage\":\"STAGE_TRANSIT\"");
        done(tell_as("keep", "Distribution/Settle", "\"day\":\"@\",\"slip\":\"Z-%d\",\"lines\":[{\"item\":\"rice\",\"quantity\":5,"
                  "\"outcome\":\"SETTLEMENT_LOST\"}]", order));
        assert_int_equal(rows(TABLE_question), 0);
    }
}

static void test_a_slip_is_one_sender_and_one_receiver(void **state)
{
    (void)state;
    came("S1", "rice", 100);
    const char *name = approved(10), *other = approved(10);
    shows(tell_as("cook", "Distribution/Receive", "\"day\":\"@\",\"slip\":\"Q\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\"}]"),
          "the sender: this slip is not known yet");
    done(tell_as("keep", "Distribution/Send", SEND("q", "K1", "5", ",\"request\":\"%s\""), name));
    shows(tell_as("keep", "Distribution/Send", SEND("Q", "DL", "5", "")), "!already_exists");
    shows(tell_as("off", "Distribution/Receive", "\"day\":\"@\",\"slip\":\"Q\",\"place\":\"DL\",\"lines\":[{\"item\":\"rice\"}]"),
          "!already_exists");
    shows(tell_as("keep", "Distribution/Send", SEND("Q", "K1", "5", ",\"request\":\"%s\""), other), "!already_exists");
    shows(tell_as("keep", "Distribution/Send", SEND("R", "DL", "5", ",\"request\":\"%s\""), name), "!failed_precondition");
    shows(tell_as("keep", "Distribution/Send", SEND("R", "K1", "5", ",\"request\":\"999.1\"")), "!not_found");
    shows(tell_as("keep", "Distribution/Send", SEND("12345678901234567", "K1", "5", "")), "!invalid_argument");
    shows(tell_as("keep", "Distribution/Send", SEND("R", "S1", "5", "")), "!invalid_argument");
    shows(tell_as("keep", "Distribution/Send", SEND("R", "SUP", "5", "")), "!failed_precondition");
    shows(tell_as("cook", "Distribution/Send", SEND("R", "K1", "5", "")), "!permission_denied");
    assert_int_equal(rows(TABLE_shipment), 1);
}

static void test_corrected_and_taken_back_leaves_nothing(void **state)
{
    (void)state;
    char sent[80], received[80];
    came("S1", "rice", 100);
    const char *name = approved(80);
    done(tell_as("keep", "Distribution/Allocate", "\"lines\":[{\"request\":\"%s\",\"from\":\"S1\",\"quantity\":50}]", name));
    done(tell_as("keep", "Distribution/Send", SEND("A-1", "K1", "60", ",\"request\":\"%s\""), name));
    strcpy(sent, last(1));
    done(tell_as("cook", "Distribution/Receive", RECEIVE("A-1", "60", ",\"spoiled\":9")));
    strcpy(received, last(1));
    done(tell_as("cook", "Distribution/Receive", RECEIVE("A-1", "30", ",\"corrects\":%s"), received));
    strcpy(received, last(1));
    assert_int_equal(net("K1", "rice", STOCK), 30);
    assert_int_equal(net("K1", "rice", UNCHECKED), 0);
    done(tell_as("keep", "Distribution/Send", SEND("A-1", "K1", "40", ",\"request\":\"%s\",\"corrects\":%s"), name, sent));
    strcpy(sent, last(1));
    assert_int_equal(net("S1", "rice", RESERVED), 10); /* what the correction did not take stays set aside */
    assert_int_equal(net("S1", "rice", TRANSIT), 10);
    shows(needs(), "\"allocated\":\"10\",\"sent\":\"40\",\"received\":\"30\"");
    shows(questions(), "\"quantity\":\"10\"");
    shows(tell_as("keep", "Distribution/Send", SEND("A-1", "DL", "40", ",\"corrects\":%s"), sent), "!already_exists");
    done(tell_as("cook", "Distribution/Reverse", "\"lines\":[%s]", received));
    done(tell_as("keep", "Distribution/Send", SEND("A-2", "DL", "40", ",\"corrects\":%s"), sent)); /* another slip and place */
    strcpy(sent, last(1));
    assert_int_equal(rows(TABLE_shipment), 1);
    done(tell_as("keep", "Distribution/Reverse", "\"lines\":[%s]", sent));
    const enum table empty[] = {TABLE_shipment, TABLE_shipment_line, TABLE_shipment_at, TABLE_shipment_open, TABLE_question};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) assert_int_equal(rows(empty[i]), 0);
    assert_int_equal(net("S1", "rice", RESERVED), 50);
    assert_int_equal(net("S1", "rice", STOCK), 50);
    shows(needs(), "\"allocated\":\"50\",\"neededDay\"");
}

static void test_a_slip_of_more_lots_than_are_told_apart(void **state)
{
    (void)state;
    static Rasad__V1__Movement movement[SHIPMENT_LOTS_MAX + 40], *movements[SHIPMENT_LOTS_MAX + 40];
    Rasad__V1__ShipmentLineRow line;
    Rasad__V1__Sent fact;
    Rasad__V1__Event event;
    struct txn txn;
    rasad__v1__shipment_line_row__init(&line);
    rasad__v1__sent__init(&fact);
    rasad__v1__event__init(&event);
    event.fact_case = RASAD__V1__EVENT__FACT_SENT;
    event.sent = &fact;
    event.movements = movements;
    for (size_t i = 0; i < sizeof movement / sizeof movement[0]; i++) {
        rasad__v1__movement__init(&movement[i]);
        movement[i].from_stage = RASAD__V1__STAGE__STAGE_STOCK;
        movement[i].to_stage = RASAD__V1__STAGE__STAGE_TRANSIT;
        movement[i].to_lot = (int64_t)i + 1;
        movement[i].quantity = 2;
        movements[i] = &movement[i];
    }
    txn_read(world.store, &world.arena, &txn);
    event.n_movements = SHIPMENT_LOTS_MAX - 1;
    shipment_line_add(&world.arena, &line, &event, +1);
    assert_int_equal(line.n_lots, SHIPMENT_LOTS_MAX - 1);
    assert_int_equal(line.lots[0]->lot, 1);
    shipment_line_add(&world.arena, &line, &event, -1);
    assert_true(line_empty(&line));
    event.n_movements = SHIPMENT_LOTS_MAX + 40;
    shipment_line_add(&world.arena, &line, &event, +1);
    assert_int_equal(line.n_lots, SHIPMENT_LOTS_MAX);
    assert_int_equal(line.lots[0]->lot, 0);
    assert_int_equal(line.lots[0]->quantity, 2 * 41);
    txn_abort(&txn);
    arena_reset(&world.arena);
}

/* ---- lists */

static void test_lists_go_on_where_a_page_ends(void **state)
{
    (void)state;
    const char *names[3] = {approved(1), approved(2), approved(3)};
    char json[160], next[64];
    shows(call_as("off", "Distribution/ListRequests", "{\"place\":\"D\",\"openOnly\":true,\"limit\":2}"), names[0]);
    hides(world.answer, names[2]);
    must(sscanf(strstr(world.answer, "\"next\":\""), "\"next\":\"%63[^\"]", next) == 1);
    snprintf(json, sizeof json, "{\"place\":\"D\",\"openOnly\":true,\"after\":\"%s\"}", next);
    shows(call_as("off", "Distribution/ListRequests", json), names[2]);
    hides(world.answer, names[1]);
    hides(world.answer, "\"next\"");
    shows(call_as("off", "Distribution/ListRequests", "{\"place\":\"D\",\"limit\":2}"), names[2]); /* all: the newest first */
    must(sscanf(strstr(world.answer, "\"next\":\""), "\"next\":\"%63[^\"]", next) == 1);
    snprintf(json, sizeof json, "{\"place\":\"D\",\"after\":\"%s\"}", next);
    shows(call_as("off", "Distribution/ListRequests", json), names[0]);
    hides(world.answer, names[1]);
    shows(call_as("off", "Distribution/ListRequests", "{\"place\":\"D\",\"after\":\"x\"}"), "!invalid_argument");
    shows(call_as("cook", "Distribution/ListRequests", "{\"place\":\"D\"}"), "!permission_denied");
    shows(call_as("ob2", "Distribution/ListRequests", "{\"place\":\"B2\"}"), "{}");
}

static void test_a_slip_within_a_place_shows_once(void **state)
{
    (void)state;
    done(tell_as("keep", "Distribution/Send", SEND("A/1", "K1", "5", "")));
    done(tell_as("off", "Distribution/Send", "\"day\":\"2020-04-01\",\"slip\":\"A/2\",\"from\":\"ST\",\"to\":\"K1\","
              "\"carrier\":\"T-7\",\"waybill\":\"ew-1\",\"lines\":[{\"item\":\"rice\",\"quantity\":1}]"));
    shows(slips(), "\"slip\":\"A/2\",\"from\":\"ST\"");
    const char *again = strstr(strstr(world.answer, "A/1") + 1, "A/1");
    assert_null(again);
    shows(call_as("cook", "Distribution/ListShipments", "{\"place\":\"K1\",\"openOnly\":true,\"limit\":1}"),
          "\"slip\":\"A/2\""); /* the older one first */
    shows(world.answer, "\"status\":\"not_confirmed\"");
    shows(world.answer, "\"carrier\":\"T-7\",\"waybill\":\"EW-1\"");
    shows(world.answer, "\"next\":\"18353/A/2\"");
    shows(call_as("cook", "Distribution/ListShipments", "{\"place\":\"K1\",\"openOnly\":true,\"after\":\"18353/A/2\"}"),
          "\"status\":\"on_the_way\"");
    hides(world.answer, "A/2");
}

/* ---- deliveries */

static void test_out_of_made_is_handed_in_first(void **state)
{
    (void)state;
    came("V1", "mask", 40); /* not these: what the group gives goes on */
    done(tell_as("console", "Production/LogOutput",
              "\"workDate\":\"@\",\"lines\":[{\"place\":\"G1\",\"item\":\"mask\",\"good\":50,\"membersAtWork\":5}]"));
    const char *lot = named(1);
    done(tell_as("off", "Distribution/Deliver", "\"day\":\"@\",\"from\":\"G1\",\"lines\":[{\"to\":\"DL\",\"item\":\"mask\","
              "\"quantity\":30,\"outOfMade\":true}]"));
    shows(world.answer, lot);
    shows(world.answer, "\"number\":\"1\"");
    assert_int_equal(net("G1", "mask", MADE), 20);
    assert_int_equal(net("V1", "mask", STOCK), 40);
    assert_int_equal(net("DL", "mask", STOCK), 30);
    done(tell_as("off", "Distribution/Deliver", "\"day\":\"@\",\"from\":\"G1\",\"lines\":[{\"to\":\"DL\",\"item\":\"mask\","
              "\"quantity\":60,\"outOfMade\":true,\"corrects\":%s}]", last(1)));
    shows(world.answer, "\"number\":\"1\"");
    shows(world.answer, "\"shortfall\":\"10\""); /* more than was logged */
    assert_int_equal(net("G1", "mask", MADE), -10);
    assert_int_equal(net("DL", "mask", STOCK), 60);
    done(tell_as("off", "Distribution/Reverse", "\"lines\":[%s]", last(1)));
    assert_int_equal(net("G1", "mask", MADE), 50);
    assert_int_equal(net("DL", "mask", STOCK), 0);
#define DELIVER(from, to, more) \
    "\"day\":\"@\",\"from\":\"" from "\",\"lines\":[{\"to\":\"" to "\",\"item\":\"mask\",\"quantity\":1" more "}]"
    shows(tell_as("off", "Distribution/Deliver", DELIVER("S1", "DL", ",\"outOfMade\":true")), "!failed_precondition");
    shows(tell_as("off", "Distribution/Deliver", DELIVER("G1", "V1", ",\"outOfMade\":true")), "!failed_precondition");
    shows(tell_as("off", "Distribution/Deliver", DELIVER("G1", "DL", ",\"outOfMade\":true,\"lot\":\"1.1\"")), "!invalid_argument");
    shows(tell_as("off", "Distribution/Deliver", DELIVER("S1", "G1", "")), "!failed_precondition");
    shows(tell_as("keep", "Distribution/Deliver", DELIVER("V1", "DL", "")), "!permission_denied");
    done(tell_as("off", "Distribution/Deliver", DELIVER("S1", "DL", ""))); /* nothing there: a fact all the same */
    assert_int_equal(net("S1", "mask", STOCK), -1);
#undef DELIVER
}

static void test_served_sold_and_done(void **state)
{
    (void)state;
    came("K1", "rice", 100);
#define SERVE(place, item, more) "{\"place\":\"" place "\",\"item\":\"" item "\",\"quantity\":10" more "}"
    tell_as("off", "Distribution/Serve", "\"day\":\"@\",\"lines\":[" SERVE("K1", "rice", ",\"people\":25,\"families\":4") ","
         SERVE("K1", "rice", ",\"how\":\"SERVED_HOW_SOLD\"") "," SERVE("K1", "repair", "") "," SERVE("S1", "rice", "") ","
         SERVE("K1", "inr", "") "]");
    shows(world.answer, "\"accepted\":3,\"refused\":2");
    assert_int_equal(net("K1", "rice", STOCK), 80);
    done(tell_as("cook", "Distribution/Serve", "\"day\":\"@\",\"lines\":[" SERVE("K1", "rice", ",\"people\":24,\"corrects\":%s")
              "]", last(1)));
    assert_int_equal(net("K1", "rice", STOCK), 80);
    shows(tell_as("cook", "Distribution/Serve", "\"day\":\"@\",\"lines\":[" SERVE("K1", "mask", ",\"corrects\":%s") "]", last(1)),
          "!failed_precondition"); /* a correction stays with its place and item */
    assert_int_equal(net("K1", "mask", STOCK), 0);
#undef SERVE
}

/* ---- rights and kinds */

/* Rights are those of now: who records it for the place takes it back, whoever recorded it then. */
static void test_whoever_may_record_may_take_back(void **state)
{
    char received[80], logged[80], handed_in[80];
    (void)state;
    done(tell_as("cook", "Materials/Receive", "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":\"9\"}]"));
    snprintf(received, sizeof received, "%s", last(1));
    done(tell_as("console", "Registry/SetRoles", "\"lines\":[{\"person\":\"cook\",\"roles\":[{\"role\":\"ROLE_KITCHEN_OPERATOR\","
              "\"place\":\"B2\"}]},{\"person\":\"keep\",\"roles\":[{\"role\":\"ROLE_STORE_KEEPER\",\"place\":\"V1\"}]}]"));
    shows(tell_as("cook", "Materials/Reverse", "\"lines\":[%s]", received), "!permission_denied");
    done(tell_as("off", "Materials/Reverse", "\"lines\":[%s]", received));
    done(tell_as("off", "Production/LogOutput", "\"workDate\":\"@\",\"lines\":[{\"place\":\"G1\",\"item\":\"mask\",\"good\":\"9\"}]"));
    snprintf(logged, sizeof logged, "%s", last(1));
    done(tell_as("off", "Production/HandIn", "\"day\":\"@\",\"to\":\"V1\",\"lines\":[{\"place\":\"G1\",\"item\":\"mask\",\"good\":\"9\"}]"));
    snprintf(handed_in, sizeof handed_in, "%s", last(1));
    shows(tell_as("keep", "Production/Reverse", "\"lines\":[%s]", logged), "!permission_denied"); /* a keeper logs no output */
    done(tell_as("keep", "Production/Reverse", "\"lines\":[%s]", handed_in));
    done(tell_as("off", "Production/Reverse", "\"lines\":[%s]", logged));
    assert_int_equal(net("G1", "mask", MADE), 0);
}

/* A district and a supplier have none. */
static void test_goods_stand_only_where_there_are_books(void **state)
{
    (void)state;
#define RICE "\"lines\":[{\"item\":\"rice\",\"quantity\":\"1\"}]"
    shows(tell_as("off", "Distribution/Send", "\"day\":\"@\",\"slip\":\"N1\",\"from\":\"B1\",\"to\":\"S1\"," RICE), "!failed_precondition from");
    shows(tell_as("off", "Distribution/Send", "\"day\":\"@\",\"slip\":\"N1\",\"from\":\"S1\",\"to\":\"B1\"," RICE), "!failed_precondition to");
    shows(tell_as("off", "Distribution/Receive", "\"day\":\"@\",\"slip\":\"N1\",\"from\":\"S1\",\"place\":\"B1\"," RICE), "!failed_precondition place");
    shows(tell_as("off", "Distribution/Deliver", "\"day\":\"@\",\"from\":\"B1\",\"lines\":[{\"to\":\"S1\",\"item\":\"rice\",\"quantity\":\"1\"}]"),
          "!failed_precondition from");
    shows(tell_as("console", "Quality/Inspect", "\"day\":\"@\",\"lines\":[{\"place\":\"SUP\",\"item\":\"rice\",\"accepted\":\"1\"}]"),
          "!failed_precondition lines[0].place");
#undef RICE
    assert_int_equal(rows(TABLE_account), 0);
}

/* An empty reference corrects nothing. */
static void test_an_item_stands_once_on_a_slip(void **state)
{
    (void)state;
    shows(tell_as("off", "Distribution/Send", "\"day\":\"@\",\"slip\":\"N1\",\"from\":\"S1\",\"to\":\"K1\",\"lines\":["
               "{\"item\":\"rice\",\"quantity\":\"1\",\"corrects\":{}},{\"item\":\"rice\",\"quantity\":\"2\",\"corrects\":{}}]"),
          "!invalid_argument lines[1].item: the same key");
}

/* ---- kitchens */

/* A quota that is to be asked for before this minute of the day before. */
static void quota_by(int minute)
{
    done(tell_as("console", "Registry/SetQuotas",
              "\"lines\":[{\"place\":\"K1\",\"item\":\"rice\",\"perDay\":120,\"askByMin\":%d}]", minute));
}

static void asked(const char *day, const char *approved_now)
{
    done(tell_as("cook", "Distribution/Request",
              "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":1,\"neededDay\":\"%s\"}]", day));
    if (approved_now[0] != '\0') shows(world.answer, approved_now);
    else hides(world.answer, "\"quantity\"");
}

static void test_what_is_asked_late_waits_for_a_person(void **state)
{
    (void)state;
    int minute = (int)((now_ms() / 60000 + 330) % DAY_MINUTES);
    char after[11];
    day_format(day_of_ms(now_ms(), 330) + 2, after);
    shows(tell_as("console", "Registry/SetQuotas", "\"lines\":[{\"place\":\"K1\",\"item\":\"rice\",\"perDay\":1,\"askByMin\":1441}]"),
          "!invalid_argument");
    if (minute == 0 || minute == DAY_MINUTES - 1) return; /* midnight itself is too near to be told apart */
    quota_by(DAY_MINUTES);
    asked(dates.tomorrow, "\"quantity\":\"1\"");
    asked(dates.today, "");                            /* for today it is too late since midnight */
    shows(call_as("cook", "Distribution/GetQuotas", "{\"place\":\"K1\"}"),
          "\"quotas\":[{\"item\":\"rice\",\"perDay\":\"120\",\"used\":\"1\",\"askByMin\":1440}]");
    quota_by(minute);                                /* from this minute on */
    asked(dates.tomorrow, "");
    asked(after, "\"quantity\":\"1\"");
    shows(call_as("cook", "Distribution/GetQuotas", "{\"place\":\"K1\"}"), "\"late\":true");
    quota_by(0);
    asked(dates.today, "\"quantity\":\"1\"");
    shows(call_as("cook", "Distribution/GetQuotas", "{\"place\":\"S1\"}"), "!permission_denied");
}

static void test_how_it_was(void **state)
{
    (void)state;
#define RATE(how, more) "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"how\":\"HOW_WAS_IT_" how "\"" more "}]"
#define RATINGS(more) "{\"place\":\"D\",\"from\":\"2020-01-01\",\"to\":\"2100-01-01\"" more "}"
    shows(tell_as("cook", "Distribution/Rate", RATE("UNKNOWN", "")), "!invalid_argument");
    shows(tell_as("keep", "Distribution/Rate", RATE("GOOD", "")), "!permission_denied");
    done(tell_as("cook", "Distribution/Rate", RATE("BAD", "")));
    const char *first = last(1);
    shows(tell_as("cook", "Distribution/Rate", RATE("GOOD", "")), "have 3"); /* nobody counts twice */
    shows(call_as("off", "Distribution/ListRatings", RATINGS("")), "\"place\":\"K1\"");
    shows(world.answer, "\"item\":\"rice\",\"how\":\"HOW_WAS_IT_BAD\"");
    shows(call_as("ob2", "Distribution/ListRatings", RATINGS("")), "!permission_denied");
    hides(call_as("ob2", "Distribution/ListRatings", "{\"place\":\"B2\",\"from\":\"2020-01-01\",\"to\":\"2100-01-01\"}"), "rice");
    done(tell_as("cook", "Distribution/Rate", RATE("SO_SO", ",\"corrects\":%s"), first));
    const char *second = last(1);
    done(tell_as("cook", "Distribution/Rate", "\"day\":\"@\",\"place\":\"K1\",\"lines\":[{\"item\":\"mask\",\"how\":\"HOW_WAS_IT_GOOD\"}]"));
    shows(call_as("off", "Distribution/ListRatings", RATINGS(",\"limit\":1")), "SO_SO");
    char next[64], page[200];
    const char *at = strstr(world.answer, "\"next\":\"");
    assert_non_null(at);
    must(sscanf(at, "\"next\":\"%63[^\"]", next) == 1);
    snprintf(page, sizeof page, RATINGS(",\"after\":\"%s\""), next);
    shows(call_as("off", "Distribution/ListRatings", page), "HOW_WAS_IT_GOOD");
    hides(world.answer, "SO_SO");
    done(tell_as("cook", "Distribution/Reverse", "\"lines\":[%s]", second));
    assert_int_equal(rows(TABLE_rating), 1);
#undef RATINGS
#undef RATE
}

/* ---- a slip's link */

/* The text of a token: 32 bytes, the last one n. Asking as a person hashes the name, so asking as this hashes it too. */
static const char *link_token(int n)
{
    static char texts[4][SECRET_TEXT_BYTES];
    static unsigned at;
    uint8_t token[TOKEN_BYTES] = {1};
    char *text = texts[at++ % 4];
    token[TOKEN_BYTES - 1] = (uint8_t)n;
    must(sodium_bin2base64(text, SECRET_TEXT_BYTES, token, sizeof token, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != NULL);
    return text;
}

static const char *link_make(const char *person, const char *slip, int n)
{
    char json[160];
    snprintf(json, sizeof json, "{\"slip\":\"%s\",\"token\":\"%s\"}", slip, link_token(n));
    return call_as(person, "Distribution/MakeSlipLink", json);
}

static const char *link_open(int n) { return call_as(link_token(n), "Distribution/GetSlip", "{}"); }

/* As if it had been made so much earlier. */
static void link_older(int n, int64_t by_ms)
{
    uint8_t hash[HASH_BYTES];
    struct txn txn;
    hash_bytes(link_token(n), strlen(link_token(n)), hash);
    struct key k = key("x", hash, (size_t)HASH_BYTES);
    txn_begin(world.store, &world.arena, &txn);
    Rasad__V1__SlipLinkRow *row = row_get(&txn, TABLE_slip_link, &k, &rasad__v1__slip_link_row__descriptor);
    assert_non_null(row);
    row->made_ms -= by_ms;
    row_put(&txn, TABLE_slip_link, &k, &row->base);
    assert_int_equal(txn_commit(&txn), ERR_OK);
    arena_reset(&world.arena);
}

static void day_back(int days, char day[11]) { day_format(day_of_ms(now_ms(), 330) - days, day); }

static void test_a_link_opens_one_slip(void **state)
{
    (void)state;
    came("S1", "rice", 100);
    done(tell_as("keep", "Distribution/Send", SEND("A-1", "K1", "60", "")));
    done(tell_as("keep", "Distribution/Send", SEND("A-2", "K1", "20", "")));
    shows(link_open(1), "!unauthenticated");
    shows(link_make("cook", "A-1", 1), "!permission_denied");  /* the receiver is not the sender */
    shows(link_make("keep", "A-9", 1), "the number of a known slip");
    shows(call_as("keep", "Distribution/MakeSlipLink", "{\"slip\":\"A-1\",\"token\":\"short\"}"), "43 characters");
    shows(link_make("keep", "a-1", 1), "\"endsMs\":");        /* small letters count as capitals */
    done(link_make("keep", "A-1", 1));                        /* a lost reply: the same link again */
    assert_int_equal(rows(TABLE_slip_link), 1);
    shows(link_make("keep", "A-2", 1), "!already_exists");
    shows(link_open(1), "\"slip\":\"A-1\"");
    shows(world.answer, "\"sent\":\"60\"");
    shows(world.answer, "\"code\":\"rice\"");
    hides(world.answer, "A-2");
    /* for every other method it is nobody */
    shows(call_as(link_token(1), "Distribution/ListShipments", "{\"place\":\"K1\"}"), "!unauthenticated");
    shows(call_as(link_token(1), "Registry/GetMe", "{}"), "!unauthenticated");
    shows(call_as(link_token(1), "Reports/ListEntries", "{}"), "!unauthenticated");
    shows(tell_as(link_token(1), "Distribution/Serve", "\"day\":\"@\",\"lines\":[{\"place\":\"K1\",\"item\":\"rice\",\"quantity\":1}]"),
          "!unauthenticated");
    shows(link_make(link_token(1), "A-1", 2), "!unauthenticated");
    /* and a person is not a link */
    shows(call_as("keep", "Distribution/GetSlip", "{}"), "!permission_denied");
    shows(call_as("console", "Distribution/GetSlip", "{}"), "!unauthenticated");
}

static void test_a_link_says_what_came(void **state)
{
    (void)state;
#define LINK_RECEIVE(slip, place, item, quantity) \
    "\"day\":\"@\",\"slip\":\"" slip "\",\"place\":\"" place "\",\"lines\":[{\"item\":\"" item "\",\"quantity\":" quantity "}]"
    char again[400];
    came("S1", "rice", 100);
    done(tell_as("keep", "Distribution/Send", SEND("A-1", "K1", "60", "")));
    done(tell_as("keep", "Distribution/Send", SEND("A-2", "K1", "20", "")));
    done(link_make("keep", "A-1", 1));
    done(link_make("keep", "A-2", 2));
    shows(tell_as(link_token(1), "Distribution/Receive", LINK_RECEIVE("A-2", "K1", "rice", "1")), "the slip of this link");
    shows(tell_as(link_token(1), "Distribution/Receive", LINK_RECEIVE("A-1", "DL", "rice", "1")), "the receiver of this slip");
    shows(tell_as(link_token(1), "Distribution/Receive", LINK_RECEIVE("A-1", "K1", "mask", "1")), "an item of this slip");
    shows(tell_as(link_token(1), "Distribution/Receive",
               "\"day\":\"2020-04-01\",\"slip\":\"A-1\",\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":1}]"),
          "a day since it was sent");
    assert_int_equal(LINK_RECEIVED_TIMES * 20, 40);
    shows(tell_as(link_token(2), "Distribution/Receive", LINK_RECEIVE("A-2", "K1", "rice", "41")), "have 41; need 40"); /* more than could have come */
    done(tell_as(link_token(2), "Distribution/Receive", LINK_RECEIVE("A-2", "K1", "rice", "40")));
    done(tell_as("cook", "Distribution/Reverse", "\"lines\":[%s]", last(1)));
    snprintf(again, sizeof again, "{\"requestId\":\"00000000-0000-4000-8000-%012u\",\"day\":\"%s\",\"slip\":\"A-1\",\"from\":\"S1\","
             "\"place\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":58,\"spoiled\":3}]}", ++world.ids, dates.today);
    const char *first = last(1);
    done(call_as(link_token(1), "Distribution/Receive", again));
    long long sequence = 0, repeated = 0;
    must(sscanf(world.answer, "{\"sequence\":\"%lld\"", &sequence) == 1);
    done(call_as(link_token(1), "Distribution/Receive", again)); /* a lost reply */
    must(sscanf(world.answer, "{\"sequence\":\"%lld\"", &repeated) == 1);
    assert_int_equal(sequence, repeated);
    shows(call_as(link_token(2), "Distribution/Receive", again), "!permission_denied"); /* the same actor, another slip */
    assert_int_equal(net("K1", "rice", STOCK), 55);
    assert_int_equal(net("K1", "rice", UNCHECKED), 3);
    shows(tell_as(link_token(1), "Distribution/Receive", LINK_RECEIVE("A-1", "K1", "rice", "60")), "past this step"); /* told before */
    shows(link_open(1), "\"received\":\"58\"");
    shows(world.answer, "\"missing\":\"2\"");
    shows(call_as("console", "Reports/ListEntries", "{}"), "\"actor\":\"slip\"");
    shows(world.answer, "\"onBehalfOf\":\"K1\"");
    /* put right: by the link itself, not by another one, and by who keeps the books there */
    shows(tell_as(link_token(2), "Distribution/Receive", "\"day\":\"@\",\"slip\":\"A-2\",\"place\":\"K1\",\"lines\":["
               "{\"item\":\"rice\",\"quantity\":20,\"corrects\":%s}]", first), "!permission_denied");
    done(tell_as(link_token(1), "Distribution/Receive", "\"day\":\"@\",\"slip\":\"A-1\",\"place\":\"K1\",\"lines\":["
              "{\"item\":\"rice\",\"quantity\":60,\"corrects\":%s}]", first));
    assert_int_equal(net("K1", "rice", STOCK), 60);
    done(tell_as("cook", "Distribution/Reverse", "\"lines\":[%s]", last(1)));
    assert_int_equal(net("K1", "rice", STOCK), 0);
    assert_int_equal(net("S1", "rice", TRANSIT), 80);
#undef LINK_RECEIVE
}

static void test_a_link_ends(void **state)
{
    (void)state;
    char sent[11], day[11];
    came("S1", "rice", 100);
    done(tell_as("keep", "Distribution/Send", SEND("A-1", "K1", "60", "")));
    /* by its time */
    done(link_make("keep", "A-1", 1));
    link_older(1, SLIP_LINK_MS - 60000);
    done(link_open(1));
    link_older(1, 60000);
    shows(link_open(1), "!unauthenticated");
    /* by number: the oldest falls out */
    for (int i = 1; i <= SLIP_LINKS_MAX; i++) {
        done(link_make("keep", "A-1", i));
        link_older(i, 1000 * (SLIP_LINKS_MAX - i)); /* in this order */
    }
    assert_int_equal(rows(TABLE_slip_link), SLIP_LINKS_MAX);
    done(link_open(1));
    done(link_make("keep", "A-1", 99));
    assert_int_equal(rows(TABLE_slip_linked), SLIP_LINKS_MAX);
    shows(link_open(1), "!unauthenticated");
    done(link_open(2));
    done(link_open(99));
    /* by a person at either end */
    shows(call_as("ob2", "Distribution/EndSlipLinks", "{\"slip\":\"A-1\"}"), "!permission_denied");
    shows(call_as("cook", "Distribution/EndSlipLinks", "{\"slip\":\"A-1\"}"), "\"ended\":8");
    shows(link_open(99), "!unauthenticated");
    assert_int_equal(rows(TABLE_slip_link) + rows(TABLE_slip_linked), 0);
    /* some days after the goods came */
    for (int days = SLIP_LINK_DAYS_AFTER; days <= SLIP_LINK_DAYS_AFTER + 1; days++) {
        day_back(9, sent);
        day_back(days, day);
        done(tell_as("keep", "Distribution/Send", "\"day\":\"%s\",\"slip\":\"B-%d\",\"from\":\"S1\",\"to\":\"K1\","
                  "\"lines\":[{\"item\":\"rice\",\"quantity\":1}]", sent, days));
        done(tell_as("cook", "Distribution/Receive", "\"day\":\"%s\",\"slip\":\"B-%d\",\"place\":\"K1\","
                  "\"lines\":[{\"item\":\"rice\",\"quantity\":1}]", day, days));
        char slip[8];
        snprintf(slip, sizeof slip, "B-%d", days);
        done(link_make("keep", slip, 50 + days));
        if (days == SLIP_LINK_DAYS_AFTER) done(link_open(50 + days));
        else shows(link_open(50 + days), "!unauthenticated");
    }
    /* with the slip: taken back, and the number used for another place */
    done(tell_as("keep", "Distribution/Send", SEND("C-1", "K1", "5", "")));
    const char *line = last(1);
    done(link_make("keep", "C-1", 70));
    done(tell_as("keep", "Distribution/Reverse", "\"lines\":[%s]", line));
    shows(link_open(70), "!unauthenticated");
    done(tell_as("keep", "Distribution/Send", SEND("C-1", "DL", "5", "")));
    shows(link_open(70), "!unauthenticated");
    /* of a receipt alone there is none */
    done(tell_as("cook", "Distribution/Receive", RECEIVE("D-1", "5", "")));
    shows(link_make("keep", "D-1", 71), "a slip that was sent");
}

/* The code in force on the day it was sent, whatever came after; a slip known by its receipt alone has no such day. */
static void test_a_slip_says_the_tax_code_of_its_day(void **state)
{
    (void)state;
    came("S1", "rice", 900);
    done(tell_as("console", "Registry/SetTaxCodes", "\"lines\":[{\"item\":\"rice\",\"hsn\":\"1006\",\"fromDay\":\"2020-01-01\"},"
                 "{\"item\":\"rice\",\"hsn\":\"100630\",\"fromDay\":\"@\"},{\"item\":\"rice\",\"fromDay\":\"+\"}]"));
    done(tell_as("keep", "Distribution/Send", "\"day\":\"2020-02-01\",\"slip\":\"OLD\",\"from\":\"S1\",\"to\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":5}]"));
    done(tell_as("keep", "Distribution/Send", SEND("NEW", "K1", "5", "")));
    done(tell_as("keep", "Distribution/Send", "\"day\":\"+\",\"slip\":\"NEXT\",\"from\":\"S1\",\"to\":\"K1\",\"lines\":[{\"item\":\"rice\",\"quantity\":5}]"));
    shows(call_as("keep", "Distribution/ListShipments", "{\"place\":\"S1\",\"slip\":\"OLD\"}"), "'hsn':'1006'");
    shows(call_as("keep", "Distribution/ListShipments", "{\"place\":\"S1\",\"slip\":\"NEW\"}"), "'hsn':'100630'");
    hides(call_as("keep", "Distribution/ListShipments", "{\"place\":\"S1\",\"slip\":\"NEXT\"}"), "'hsn'");
    done(tell_as("cook", "Distribution/Receive", RECEIVE("FIRST", "5", "")));
    hides(call_as("cook", "Distribution/ListShipments", "{\"place\":\"K1\",\"slip\":\"FIRST\"}"), "'hsn'");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_from_asked_to_settled),
        TEST(test_a_quota_approves_at_once),
        TEST(test_who_asks_is_not_who_approves),
        TEST(test_of_two_claims_one_is_refused),
        TEST(test_so_many_places_set_aside_for_one_line),
        TEST(test_a_proposal_says_why),
        TEST(test_a_kitchen_is_not_emptied_for_another),
        TEST(test_together_nothing_is_proposed_twice),
        TEST(test_together_at_its_bound),
        TEST(test_progress_of_the_day),
        TEST(test_facts_in_any_order),
        TEST(test_a_slip_is_one_sender_and_one_receiver),
        TEST(test_corrected_and_taken_back_leaves_nothing),
        TEST(test_a_slip_of_more_lots_than_are_told_apart),
        TEST(test_lists_go_on_where_a_page_ends),
        TEST(test_a_slip_within_a_place_shows_once),
        TEST(test_out_of_made_is_handed_in_first),
        TEST(test_served_sold_and_done),
        TEST(test_whoever_may_record_may_take_back),
        TEST(test_goods_stand_only_where_there_are_books),
        TEST(test_an_item_stands_once_on_a_slip),
        TEST(test_what_is_asked_late_waits_for_a_person),
        TEST(test_how_it_was),
        TEST(test_a_slip_says_the_tax_code_of_its_day),
        TEST(test_a_link_opens_one_slip),
        TEST(test_a_link_says_what_came),
        TEST(test_a_link_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
