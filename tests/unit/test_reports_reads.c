/* test_reports_reads.c - services/reports: its reads over a small programme, in one process with a store of its own.
 * Flow:    a cluster with two groups makes masks of cloth; commands and reads run as the services run them, requests are
 *          written as JSON. Most tests add to the same store, on days of their own.
 */
#include "base/clock.h"
#include "base/text.h"
#include "materials.pb-c.h"
#include "production.pb-c.h"
#include "reports/rules.h"
#include "world/world.h"

#include <unistd.h>

/* ---- calling */

/* A call that must go well; what it returns is valid until the next one. */
static const void *get_as(const char *person, const char *method, const char *json)
{
    call_as(person, method, json);
    if (world.reply == NULL) fail_msg("%s %s: %s", method, json, world.answer);
    return world.reply;
}

static const void *get(const char *method, const char *json) { return get_as("console", method, json); }

/* A call that must be refused with this code. */
static void assert_refused(const char *person, const char *method, const char *json, const char *code)
{
    call_as(person, method, json);
    if (world.reply != NULL) fail_msg("%s %s: accepted", method, json);
    assert_string_equal(world.outcome.error->code, code);
    assert_true(world.outcome.error->n_details > 0);
}

/* A command that must go well, every line of it. Returns the entry's sequence. */
static int64_t enter_as(const char *person, const char *method, const char *fields)
{
    done(command_as(person, method, fields));
    return ((const Rasad__V1__Receipt *)world.reply)->sequence;
}

static int64_t enter(const char *method, const char *fields) { return enter_as("console", method, fields); }

/* ---- the programme */

static void add_places(void)
{
    enter("Registry/AddKinds",
          "\"lines\":[{\"code\":\"area\",\"behaviour\":{}},{\"code\":\"store\",\"behaviour\":{\"holds\":true}},"
          "{\"code\":\"vo\",\"behaviour\":{\"holds\":true}},{\"code\":\"group\",\"behaviour\":{\"makes\":true}},"
          "{\"code\":\"kitchen\",\"behaviour\":{\"makes\":true,\"serves\":true,\"holds\":true}},"
          "{\"code\":\"supplier\",\"behaviour\":{\"outside\":true}},"
          "{\"code\":\"dealer\",\"behaviour\":{\"serves\":true,\"holds\":true,\"person\":true}}]");
    enter("Registry/AddPlaces",
          "\"lines\":[{\"code\":\"D\",\"kind\":\"area\",\"name\":{\"en\":\"District\"}},"
          "{\"code\":\"E\",\"kind\":\"area\",\"name\":{\"en\":\"Another\"}},"
          "{\"code\":\"Z\",\"kind\":\"supplier\",\"parent\":\"D\"},"
          "{\"code\":\"S\",\"kind\":\"store\",\"parent\":\"D\",\"name\":{\"en\":\"Store\"},\"registerNumber\":1},"
          "{\"code\":\"V\",\"kind\":\"vo\",\"parent\":\"D\",\"name\":{\"en\":\"Village\"},\"registerNumber\":2},"
          "{\"code\":\"K\",\"kind\":\"kitchen\",\"parent\":\"D\",\"name\":{\"en\":\"Kitchen\"},\"registerNumber\":3},"
          "{\"code\":\"R\",\"kind\":\"dealer\",\"parent\":\"D\",\"name\":{\"en\":\"Ram\"},\"registerNumber\":4},"
          "{\"code\":\"G2\",\"kind\":\"group\",\"parent\":\"V\",\"registerNumber\":2},"
          "{\"code\":\"G1\",\"kind\":\"group\",\"parent\":\"V\",\"registerNumber\":1,\"latitude\":\"26.8467\","
          "\"longitude\":\"80.9462\"},"
          "{\"code\":\"G3\",\"kind\":\"group\",\"parent\":\"V\",\"registerNumber\":3}]");
    enter("Registry/SetMarks", "\"lines\":[{\"place\":\"G1\",\"code\":\"fund\",\"fromDay\":\"2020-01-01\"},"
                               "{\"place\":\"G2\",\"code\":\"fund\",\"fromDay\":\"2020-01-01\"},"
                               "{\"place\":\"G1\",\"code\":\"credit\",\"fromDay\":\"2020-01-01\"}]");
}

static void add_items(void)
{
    enter("Registry/AddItems",
          "\"lines\":[{\"code\":\"cloth\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\",\"displayFactor\":\"100\"},"
          "{\"code\":\"mask\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\",\"displayFactor\":\"1\"},"
          "{\"code\":\"inr\",\"class\":\"ITEM_CLASS_MONEY\",\"unit\":\"UNIT_PAISE\",\"displayFactor\":\"100\"},"
          "{\"code\":\"training\",\"class\":\"ITEM_CLASS_SERVICE\",\"unit\":\"UNIT_PIECE\",\"displayFactor\":\"1\"}]");
    enter("Registry/SetRecipes", "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-01-01\","
                                 "\"inputs\":[{\"item\":\"cloth\",\"quantity\":\"2500\",\"per\":\"200\"}]}]");
}

static void add_people(void)
{
    static const char *const people[] = {"officer", "manager", "other", "auditor", "local"};
    enter("Registry/AddPeople",
          "\"lines\":["
          "{\"code\":\"officer\",\"name\":\"O\",\"roles\":[{\"role\":\"ROLE_SUPPLY_OFFICER\",\"place\":\"D\"}]},"
          "{\"code\":\"manager\",\"name\":\"M\",\"roles\":[{\"role\":\"ROLE_CLUSTER_MANAGER\",\"place\":\"V\"}]},"
          "{\"code\":\"other\",\"name\":\"X\",\"roles\":[{\"role\":\"ROLE_SUPPLY_OFFICER\",\"place\":\"E\"}]},"
          "{\"code\":\"auditor\",\"name\":\"A\",\"roles\":[{\"role\":\"ROLE_AUDITOR\",\"place\":\"D\"}]},"
          "{\"code\":\"local\",\"name\":\"L\",\"roles\":[{\"role\":\"ROLE_AUDITOR\",\"place\":\"V\"}]}]");
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) session_put(people[i]);
}

/* Three days of April 2020. */
static struct {
    int64_t cloth, masks; /* sequences: the lots are line 1 of each */
} first;

static void work_three_days(void)
{
    first.cloth = enter("Materials/Receive", "\"day\":\"2020-04-01\",\"place\":\"S\",\"lines\":[{\"item\":\"cloth\","
                        "\"quantity\":\"12000\",\"how\":\"CAME_FROM_BOUGHT\",\"supplierLot\":\"KH-7\"}]");
    enter("Materials/Issue", "\"day\":\"2020-04-02\",\"from\":\"S\",\"lines\":["
          "{\"to\":\"G1\",\"item\":\"cloth\",\"quantity\":\"5000\"},{\"to\":\"G2\",\"item\":\"cloth\",\"quantity\":\"2500\"}]");
    first.masks = enter("Production/LogOutput", "\"workDate\":\"2020-04-02\",\"lines\":["
          "{\"place\":\"G1\",\"item\":\"mask\",\"good\":\"196\",\"spoiled\":\"4\",\"membersAtWork\":5},"
          "{\"place\":\"G2\",\"item\":\"mask\",\"good\":\"240\",\"membersAtWork\":4}]"); /* 3,000 cm: 500 more than there was */
    enter("Production/HandIn", "\"day\":\"2020-04-03\",\"to\":\"V\",\"lines\":[{\"place\":\"G1\",\"item\":\"mask\",\"good\":\"196\"},"
          "{\"place\":\"G2\",\"item\":\"mask\",\"good\":\"200\"}]");
    enter("Distribution/Deliver", "\"day\":\"2020-04-03\",\"from\":\"V\",\"lines\":["
          "{\"to\":\"R\",\"item\":\"mask\",\"quantity\":\"150\"}]");
    enter("Distribution/Serve", "\"day\":\"2020-04-03\",\"lines\":[{\"place\":\"R\",\"item\":\"mask\",\"quantity\":\"120\"}]");
}

static int begin(void **state)
{
    (void)state;
    world_open("reports");
    add_places();
    add_items();
    add_people();
    work_three_days();
    return 0;
}

static int end(void **state)
{
    (void)state;
    return world_close();
}

/* ---- flows */

static const Rasad__V1__FlowRow *row_of(const Rasad__V1__GetFlowResponse *flow, const char *item)
{
    for (size_t i = 0; i < flow->n_rows; i++)
        if (strcmp(flow->rows[i]->item, item) == 0) return flow->rows[i];
    fail_msg("no row of %s", item);
    return NULL;
}

static int64_t stage_of(const Rasad__V1__FlowRow *row, Rasad__V1__Stage stage)
{
    for (size_t i = 0; i < row->n_closing_by_stage; i++)
        if (row->closing_by_stage[i]->stage == stage) return row->closing_by_stage[i]->quantity;
    return 0;
}

static const Rasad__V1__GetFlowResponse *flow_of(const char *place, const char *from, const char *to)
{
    char json[160];
    snprintf(json, sizeof json, "{\"place\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}", place, from, to);
    return get("Reports/GetFlow", json);
}

static void test_flow_of_a_district(void **state)
{
    (void)state;
    const Rasad__V1__GetFlowResponse *flow = flow_of("D", "2020-04-01", "2020-04-30");
    assert_int_equal(flow->n_rows, 2);
    assert_string_equal(flow->rows[0]->item, "cloth"); /* in the order they were added */
    assert_true(flow->sequence > 0);
    const Rasad__V1__FlowRow *cloth = row_of(flow, "cloth"), *mask = row_of(flow, "mask");
    assert_int_equal(cloth->supplied, 12000);
    assert_int_equal(cloth->consumed, 5500);
    assert_int_equal(cloth->issued, 7500);
    assert_int_equal(cloth->closing, 6500);
    assert_int_equal(stage_of(cloth, RASAD__V1__STAGE__STAGE_STOCK), 6500); /* 7,000 - 500 lent */
    assert_int_equal(mask->good, 436);
    assert_int_equal(mask->spoiled, 4);
    assert_int_equal(mask->handed_in, 396);
    assert_int_equal(mask->delivered, 150);
    assert_int_equal(mask->served, 120);
    assert_int_equal(mask->closing, 316);
    assert_int_equal(stage_of(mask, RASAD__V1__STAGE__STAGE_MADE), 40);
    for (size_t i = 0; i < flow->n_rows; i++) assert_int_equal(flow_row_gap(flow->rows[i]), 0);
}

static void test_flow_of_a_maker(void **state)
{
    (void)state;
    const Rasad__V1__GetFlowResponse *flow = flow_of("G2", "2020-04-02", "2020-04-02");
    const Rasad__V1__FlowRow *cloth = row_of(flow, "cloth"), *mask = row_of(flow, "mask");
    assert_int_equal(cloth->in, 2500);
    assert_int_equal(cloth->consumed, 3000);
    assert_int_equal(cloth->closing, -500); /* below zero: the books lack it */
    assert_int_equal(mask->good, 240);
    assert_int_equal(mask->closing, 240);
    assert_int_equal(stage_of(mask, RASAD__V1__STAGE__STAGE_MADE), 240);
    mask = row_of(flow_of("G2", "2020-04-03", "2020-05-01"), "mask");
    assert_int_equal(mask->opening, 240);
    assert_int_equal(mask->out, 200);
    assert_int_equal(mask->closing, 40);
    assert_int_equal(flow_row_gap(mask), 0);
}

static void test_flow_before_anything(void **state)
{
    (void)state;
    assert_int_equal(flow_of("D", "2020-03-01", "2020-03-31")->n_rows, 0);
    assert_int_equal(flow_of("E", "2020-04-01", "2020-04-30")->n_rows, 0);
}

static void test_flow_at_its_days(void **state)
{
    (void)state;
    assert_int_equal(flow_of("D", "1990-01-01", "2100-12-31")->n_rows, 2); /* every day there is */
    assert_refused("console", "Reports/GetFlow", "{\"place\":\"D\",\"from\":\"1989-12-31\",\"to\":\"2020-04-01\"}", "invalid_argument");
    assert_refused("console", "Reports/GetFlow", "{\"place\":\"D\",\"from\":\"2020-04-01\",\"to\":\"2101-01-01\"}", "invalid_argument");
    assert_refused("console", "Reports/GetFlow", "{\"place\":\"D\",\"from\":\"2020-04-02\",\"to\":\"2020-04-01\"}", "invalid_argument");
    assert_refused("console", "Reports/GetFlow", "{\"place\":\"D\",\"to\":\"2020-04-01\"}", "invalid_argument");
    assert_refused("console", "Reports/GetFlow", "{\"from\":\"2020-04-01\",\"to\":\"2020-04-01\"}", "invalid_argument");
    assert_refused("console", "Reports/GetFlow", "{\"place\":\"Q\",\"from\":\"2020-04-01\",\"to\":\"2020-04-01\"}", "not_found");
}

/* A place within one's own, not above or beside it. */
static void test_who_sees_a_flow(void **state)
{
    static const char *const methods[] = {
        "Reports/GetFlow {\"place\":\"%s\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}",
        "Reports/GetBelow {\"place\":\"%s\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}",
        "Reports/GetSeries {\"place\":\"%s\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}",
        "Reports/GetPresence {\"place\":\"%s\",\"period\":\"2020\"}",
        "Reports/GetTally {\"place\":\"%s\"}",
        "Reports/ListQuestions {\"place\":\"%s\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        char method[32], own[160], above[160], beside[160];
        const char *body = strchr(methods[i], ' ') + 1;
        snprintf(method, sizeof method, "%.*s", (int)(body - methods[i] - 1), methods[i]);
        const char *place = strstr(body, "%s");
        snprintf(own, sizeof own, "%.*sG1%s", (int)(place - body), body, place + 2);
        snprintf(above, sizeof above, "%.*sD%s", (int)(place - body), body, place + 2);
        snprintf(beside, sizeof beside, "%.*sS%s", (int)(place - body), body, place + 2);
        (void)get_as("manager", method, own);
        (void)get_as("officer", method, above);
        assert_refused("manager", method, above, "permission_denied");
        assert_refused("manager", method, beside, "permission_denied");
        assert_refused("other", method, own, "permission_denied");
        assert_refused("nobody", method, own, "unauthenticated");
    }
}

/* ---- below, series */

static void test_below_in_the_order_of_the_register(void **state)
{
    static const char *const codes[] = {"G1", "G2", "G3"};
    static const int64_t good[] = {196, 240, 0};
    char json[240], after[32] = "";
    (void)state;
    for (size_t i = 0; i < 3; i++) { /* page by page */
        snprintf(json, sizeof json, "{\"place\":\"V\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\","
                 "\"limit\":1,\"after\":\"%s\"}", after);
        const Rasad__V1__GetBelowResponse *below = get("Reports/GetBelow", json);
        assert_int_equal(below->n_rows, 1);
        assert_string_equal(below->rows[0]->place, codes[i]);
        assert_string_equal(below->rows[0]->kind, "group");
        assert_int_equal(below->rows[0]->flow->good, good[i]);
        assert_false(below->rows[0]->has_below);
        assert_string_equal(below->next, i < 2 ? codes[i] : "");
        snprintf(after, sizeof after, "%s", below->next);
    }
    const Rasad__V1__GetBelowResponse *below =
        get("Reports/GetBelow", "{\"place\":\"D\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}");
    assert_int_equal(below->n_rows, 4); /* the supplier keeps no books */
    assert_true(below->rows[1]->has_below);
    assert_int_equal(below->rows[1]->flow->closing, 286);
    assert_string_equal(below->rows[3]->name->en, "Ram");
    assert_string_equal(below->next, "");
}

static void test_below_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"place\":\"V\",\"item\":\"inr\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}",
        "{\"place\":\"V\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"limit\":501}",
        "{\"place\":\"V\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"limit\":-1}",
        "{\"place\":\"V\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"after\":\"S\"}",
        "{\"place\":\"V\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"after\":\"E\"}",
        "{\"place\":\"V\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"after\":\"no code\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_true(call_as("console", "Reports/GetBelow", bad[i])[0] == '!');
}

/* All groups of a district, page by page: the same rows as under their cluster. */
static void test_below_of_a_kind(void **state)
{
    static const char *const codes[] = {"G1", "G2", "G3"};
    char json[240], after[32] = "";
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        snprintf(json, sizeof json, "{\"place\":\"D\",\"kind\":\"group\",\"item\":\"mask\",\"from\":\"2020-04-01\","
                 "\"to\":\"2020-04-30\",\"limit\":1,\"after\":\"%s\"}", after);
        const Rasad__V1__GetBelowResponse *below = get("Reports/GetBelow", json);
        assert_int_equal(below->n_rows, 1);
        assert_string_equal(below->rows[0]->place, codes[i]);
        snprintf(after, sizeof after, "%s", below->next);
    }
    assert_true(call_as("console", "Reports/GetBelow", "{\"place\":\"D\",\"kind\":\"none\",\"item\":\"mask\","
                        "\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}")[0] == '!');
}

/* Day by day each measure sums to the row's, or ends with it. */
static void test_below_day_by_day(void **state)
{
    char json[240];
    (void)state;
    for (int measure = 1; measure <= 5; measure++) {
        snprintf(json, sizeof json, "{\"place\":\"D\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\","
                 "\"daily\":%d}", measure);
        const Rasad__V1__GetBelowResponse *below = get("Reports/GetBelow", json);
        int64_t all = 0;
        for (size_t i = 0; i < below->n_rows; i++) {
            const Rasad__V1__BelowRow *row = below->rows[i];
            const Rasad__V1__FlowRow *flow = row->flow;
            const int64_t wanted[] = {0, flow->good, flow->supplied + flow->in, flow->consumed,
                                      flow->out + flow->served + flow->sold, flow->closing};
            int64_t sum = 0;
            assert_int_equal(row->n_daily, 30);
            for (size_t day = 0; day < row->n_daily; day++) sum += row->daily[day];
            assert_int_equal(measure == 5 ? row->daily[29] : sum, wanted[measure]);
            all += llabs(wanted[measure]);
        }
        if (measure != 3 && measure != 4) assert_true(all > 0);
    }
    int32_t first_day;
    char last[11];
    assert_true(day_parse("2020-01-01", &first_day));
    for (int past = 0; past <= 1; past++) {
        day_format(first_day + BELOW_DAILY_DAYS_MAX - 1 + past, last);
        snprintf(json, sizeof json, "{\"place\":\"D\",\"item\":\"mask\",\"from\":\"2020-01-01\",\"to\":\"%s\",\"daily\":1}", last);
        if (past == 0) (void)get("Reports/GetBelow", json);
        else assert_refused("console", "Reports/GetBelow", json, "invalid_argument");
    }
}

/* The series of a place sums to its flow; each day opens where the one before closed. */
static void check_series(const char *place, const char *item)
{
    char json[160];
    int64_t balance = 0, good = 0;
    snprintf(json, sizeof json, "{\"place\":\"%s\",\"item\":\"%s\",\"from\":\"2020-04-02\",\"to\":\"2020-06-30\"}", place, item);
    const Rasad__V1__GetSeriesResponse *series = get("Reports/GetSeries", json);
    assert_true(series->n_days > 0);
    for (size_t i = 0; i < series->n_days; i++) {
        const Rasad__V1__FlowRow *row = series->days[i]->flow;
        if (i > 0) assert_int_equal(row->opening, balance);
        assert_int_equal(flow_row_gap(row), 0);
        balance = row->closing;
        good += row->good;
    }
    int64_t opening = series->days[0]->flow->opening;
    const Rasad__V1__FlowRow *whole = row_of(flow_of(place, "2020-04-02", "2020-06-30"), item);
    assert_int_equal(whole->opening, opening);
    assert_int_equal(whole->closing, balance);
    assert_int_equal(whole->good, good);
}

static void test_series(void **state)
{
    (void)state;
    check_series("D", "cloth");
    check_series("D", "mask");
    check_series("V", "mask");
    check_series("G1", "cloth");
    check_series("G1", "mask");
    check_series("G2", "cloth");
    const Rasad__V1__GetSeriesResponse *series =
        get("Reports/GetSeries", "{\"place\":\"D\",\"item\":\"cloth\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\"}");
    assert_int_equal(series->n_days, 2); /* only days with something on them */
    assert_string_equal(series->days[0]->day, "2020-04-01");
    assert_string_equal(series->days[1]->day, "2020-04-02");
    assert_int_equal(series->days[1]->flow->opening, 12000);
}

static void test_series_at_its_days(void **state)
{
    char json[160], last[11];
    int32_t first_day;
    (void)state;
    assert_true(day_parse("2020-01-01", &first_day));
    for (int past = 0; past <= 1; past++) {
        day_format(first_day + SERIES_DAYS_MAX - 1 + past, last);
        snprintf(json, sizeof json, "{\"place\":\"D\",\"item\":\"mask\",\"from\":\"2020-01-01\",\"to\":\"%s\"}", last);
        if (past == 0) (void)get("Reports/GetSeries", json);
        else assert_refused("console", "Reports/GetSeries", json, "invalid_argument");
    }
}

/* ---- presence, tallies */

static void test_presence(void **state)
{
    static const char *const periods[] = {"2020", "2020-04"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char json[80];
        snprintf(json, sizeof json, "{\"place\":\"D\",\"period\":\"%s\"}", periods[i]);
        const Rasad__V1__GetPresenceResponse *presence = get("Reports/GetPresence", json);
        assert_int_equal(presence->n_rows, 1);
        assert_string_equal(presence->rows[0]->item, "mask");
        assert_int_equal(presence->rows[0]->members, 9);
        assert_int_equal(presence->rows[0]->makers, 2);
    }
    const Rasad__V1__GetPresenceResponse *none = get("Reports/GetPresence", "{\"place\":\"D\",\"period\":\"2020-05\"}");
    assert_int_equal(none->n_rows, 0);
    assert_refused("console", "Reports/GetPresence", "{\"place\":\"D\",\"period\":\"2020-13\"}", "invalid_argument");
    assert_refused("console", "Reports/GetPresence", "{\"place\":\"D\"}", "invalid_argument");
}

static int64_t tally_of(Rasad__V1__TallyRow *const *rows, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i]->code, code) == 0) return rows[i]->count;
    return 0;
}

static void test_tally(void **state)
{
    (void)state;
    const Rasad__V1__GetTallyResponse *tally = get("Reports/GetTally", "{\"place\":\"D\"}");
    assert_int_equal(tally->n_places, 7);
    assert_int_equal(tally_of(tally->places, tally->n_places, "area"), 1); /* itself among them */
    assert_int_equal(tally_of(tally->places, tally->n_places, "group"), 3);
    assert_int_equal(tally_of(tally->marks, tally->n_marks, "fund"), 2);
    assert_int_equal(tally_of(tally->marks, tally->n_marks, "credit"), 1);
    tally = get("Reports/GetTally", "{\"place\":\"G2\"}");
    assert_int_equal(tally->n_places, 1);
    assert_int_equal(tally_of(tally->marks, tally->n_marks, "fund"), 1);
}

/* ---- traces */

static const Rasad__V1__TraceLot *lot_of(const Rasad__V1__GetTraceResponse *trace, const char *name)
{
    for (size_t i = 0; i < trace->n_lots; i++)
        if (strcmp(trace->lots[i]->lot, name) == 0) return trace->lots[i];
    fail_msg("no lot %s in the trace", name);
    return NULL;
}

static int64_t holds(const Rasad__V1__TraceLot *lot, const char *place)
{
    for (size_t i = 0; i < lot->n_holders; i++)
        if (strcmp(lot->holders[i]->place, place) == 0) return lot->holders[i]->holds;
    fail_msg("%s holds nothing of %s", place, lot->lot);
    return 0;
}

static const Rasad__V1__GetTraceResponse *trace_as(const char *person, int64_t sequence, int line)
{
    char json[64];
    snprintf(json, sizeof json, "{\"lot\":\"%lld.%d\"}", (long long)sequence, line);
    return get_as(person, "Reports/GetTrace", json);
}

static void test_trace_forward(void **state)
{
    char cloth[32], masks[32];
    (void)state;
    snprintf(cloth, sizeof cloth, "%lld.1", (long long)first.cloth);
    snprintf(masks, sizeof masks, "%lld.1", (long long)first.masks);
    const Rasad__V1__GetTraceResponse *trace = trace_as("console", first.cloth, 1);
    assert_false(trace->more);
    assert_string_equal(trace->lots[0]->lot, cloth);
    assert_int_equal(trace->lots[0]->depth, 0);
    assert_string_equal(trace->lots[0]->parent, "");
    assert_string_equal(trace->lots[0]->number, "KH-7");
    assert_string_equal(trace->lots[0]->day, "2020-04-01");
    assert_string_equal(trace->lots[0]->place_name->en, "Store");
    assert_int_equal(holds(trace->lots[0], "S"), 4500);
    assert_int_equal(holds(trace->lots[0], "G1"), 2500);
    assert_int_equal(holds(trace->lots[0], "G2"), 0);
    const Rasad__V1__TraceLot *made = lot_of(trace, masks);
    assert_int_equal(made->depth, 1);
    assert_string_equal(made->parent, cloth);
    assert_string_equal(made->item, "mask");
    int64_t dealt = 0;
    for (size_t i = 0; i < trace->n_lots; i++)
        for (size_t j = 0; j < trace->lots[i]->n_holders; j++)
            if (strcmp(trace->lots[i]->holders[j]->place, "R") == 0) dealt += trace->lots[i]->holders[j]->holds;
    assert_int_equal(dealt, 30);
}

static void test_trace_backward(void **state)
{
    char cloth[32];
    (void)state;
    snprintf(cloth, sizeof cloth, "%lld.1", (long long)first.cloth);
    const Rasad__V1__GetTraceResponse *trace = trace_as("console", first.masks, 2);
    assert_int_equal(trace->lots[0]->depth, 0);
    assert_int_equal(lot_of(trace, cloth)->depth, -1);
    assert_int_equal(lot_of(trace, cloth)->holders[0]->holds, 4500);
}

static void test_who_traces(void **state)
{
    char json[64];
    (void)state;
    const Rasad__V1__GetTraceResponse *trace = trace_as("manager", first.cloth, 1); /* her groups have some of it */
    assert_int_equal(holds(trace->lots[0], "S"), 4500);
    for (size_t i = 0; i < trace->n_lots; i++)
        for (size_t j = 0; j < trace->lots[i]->n_holders; j++)
            if (strcmp(trace->lots[i]->holders[j]->place, "R") == 0) /* a person elsewhere: the code, not the name */
                assert_string_equal(trace->lots[i]->holders[j]->place_name->en, "");
    snprintf(json, sizeof json, "{\"lot\":\"%lld.1\"}", (long long)first.cloth);
    assert_refused("other", "Reports/GetTrace", json, "permission_denied");
    assert_refused("console", "Reports/GetTrace", "{\"lot\":\"999999.1\"}", "not_found");
    assert_refused("console", "Reports/GetTrace", "{}", "invalid_argument");
    assert_refused("console", "Reports/GetTrace", "{\"lot\":\"1\"}", "invalid_argument");
}

/* By what is written on it. */
static void test_lots_by_number(void **state)
{
    char cloth[32], json[64];
    (void)state;
    snprintf(cloth, sizeof cloth, "%lld.1", (long long)first.cloth);
    const Rasad__V1__FindLotsResponse *found = get("Reports/FindLots", "{\"number\":\"KH-7\"}");
    assert_int_equal(found->n_lots, 1);
    assert_string_equal(found->lots[0]->lot, cloth);
    assert_string_equal(found->lots[0]->item, "cloth");
    snprintf(json, sizeof json, "{\"number\":\"%s\"}", cloth); /* its name does too */
    found = get("Reports/FindLots", json);
    assert_int_equal(found->n_lots, 1);
    snprintf(json, sizeof json, "{\"number\":\"%s\"}", lot_of(trace_as("console", first.masks, 2), cloth)->number);
    found = get_as("manager", "Reports/FindLots", json); /* her groups have some of it */
    assert_int_equal(found->n_lots, 1);
    found = get_as("other", "Reports/FindLots", json);
    assert_int_equal(found->n_lots, 0);
    found = get("Reports/FindLots", "{\"number\":\"KH\"}"); /* the whole number, not how it begins */
    assert_int_equal(found->n_lots, 0);
    assert_refused("console", "Reports/FindLots", "{}", "invalid_argument");
    assert_refused("console", "Reports/FindLots", "{\"number\":\"1234567890123456789012345\"}", "invalid_argument");
}

static void test_so_many_lots_of_one_number(void **state)
{
    (void)state;
    const Rasad__V1__FindLotsResponse *found = NULL;
    for (int i = 0; i <= FIND_LOTS_MAX; i++) {
        enter("Materials/Receive", "\"day\":\"2020-06-01\",\"place\":\"S\",\"lines\":[{\"item\":\"cloth\",\"quantity\":\"1\","
             "\"how\":\"CAME_FROM_BOUGHT\",\"supplierLot\":\"SAME\"}]");
        if (i < FIND_LOTS_MAX - 1) continue;
        found = get("Reports/FindLots", "{\"number\":\"SAME\"}");
        assert_int_equal(found->n_lots, FIND_LOTS_MAX);
        assert_int_equal(found->more, i == FIND_LOTS_MAX);
    }
    assert_true(found != NULL && strtol(found->lots[0]->lot, NULL, 10) > strtol(found->lots[1]->lot, NULL, 10)); /* newest first */
}

/* ---- questions */

static void test_questions(void **state)
{
    (void)state;
    const Rasad__V1__ListQuestionsResponse *list = get_as("manager", "Reports/ListQuestions", "{\"place\":\"V\"}");
    assert_int_equal(list->n_questions, 1);
    const Rasad__V1__QuestionView *cloth = list->questions[0];
    assert_int_equal(cloth->kind, RASAD__V1__QUESTION_KIND__QUESTION_KIND_SHORTFALL);
    assert_string_equal(cloth->place, "G2");
    assert_string_equal(cloth->item, "cloth");
    assert_int_equal(cloth->quantity, 500);
    assert_int_equal(cloth->stage, RASAD__V1__STAGE__STAGE_STOCK);
    assert_string_equal(cloth->since, "2020-04-02");
    assert_string_equal(list->next, "");
    list = get("Reports/ListQuestions", "{\"place\":\"E\"}");
    assert_int_equal(list->n_questions, 0);
}

static const Rasad__V1__QuestionView *question_of(const char *place, Rasad__V1__QuestionKind kind)
{
    char json[64];
    snprintf(json, sizeof json, "{\"place\":\"%s\",\"limit\":500}", place);
    const Rasad__V1__ListQuestionsResponse *list = get("Reports/ListQuestions", json);
    for (size_t i = 0; i < list->n_questions; i++)
        if (list->questions[i]->kind == kind) return list->questions[i];
    return NULL;
}

static void test_question_of_a_slip(void **state)
{
    (void)state;
    enter("Distribution/Send", "\"day\":\"2020-04-20\",\"slip\":\"T/1\",\"from\":\"V\",\"to\":\"K\",\"lines\":[{\"item\":\"mask\","
         "\"quantity\":\"10\"}]");
    enter("Distribution/Receive", "\"day\":\"2020-04-21\",\"slip\":\"T/1\",\"place\":\"K\",\"lines\":[{\"item\":\"mask\","
         "\"quantity\":\"8\"}]");
    const Rasad__V1__QuestionView *missing = question_of("V", RASAD__V1__QUESTION_KIND__QUESTION_KIND_MISSING);
    assert_non_null(missing);
    assert_string_equal(missing->slip, "T/1");
    assert_string_equal(missing->place, "V");
    assert_int_equal(missing->quantity, 2);
    assert_int_equal(missing->stage, RASAD__V1__STAGE__STAGE_TRANSIT);
    enter("Distribution/Settle", "\"day\":\"2020-04-22\",\"slip\":\"T/1\",\"lines\":[{\"item\":\"mask\",\"quantity\":\"2\","
         "\"outcome\":\"SETTLEMENT_CAME\"}]");
    assert_null(question_of("V", RASAD__V1__QUESTION_KIND__QUESTION_KIND_MISSING));
}

/* Approved alone: another confirms. What was set aside for it is named where the stock around it runs short. */
static void test_question_of_a_request(void **state)
{
    char fields[160], name[40];
    (void)state;
    snprintf(name, sizeof name, "%lld.1", (long long)enter_as("officer", "Distribution/Request",
             "\"day\":\"2020-04-20\",\"place\":\"K\",\"lines\":[{\"item\":\"cloth\",\"quantity\":\"4000\"}]"));
    snprintf(fields, sizeof fields, "\"lines\":[{\"request\":\"%s\",\"quantity\":\"4000\",\"alone\":\"ALONE_REASON_NIGHT\"}]", name);
    enter_as("officer", "Distribution/Approve", fields);
    const Rasad__V1__QuestionView *confirm = question_of("K", RASAD__V1__QUESTION_KIND__QUESTION_KIND_TO_CONFIRM);
    assert_non_null(confirm);
    assert_string_equal(confirm->name, name);
    assert_string_equal(confirm->slip, "");
    assert_int_equal(confirm->quantity, 4000);

    snprintf(fields, sizeof fields, "\"lines\":[{\"request\":\"%s\",\"from\":\"S\",\"quantity\":\"4000\"}]", name);
    enter_as("officer", "Distribution/Allocate", fields);
    enter("Materials/Waste", "\"day\":\"2020-04-20\",\"lines\":[{\"place\":\"S\",\"item\":\"cloth\",\"quantity\":\"600\","
         "\"reason\":\"WASTE_REASON_WET\"}]");
    const Rasad__V1__QuestionView *lacking = question_of("S", RASAD__V1__QUESTION_KIND__QUESTION_KIND_SHORTFALL);
    assert_non_null(lacking);
    assert_int_equal(lacking->quantity, 100); /* 4,500 there, 4,000 set aside */
    assert_int_equal(lacking->reserved, 4000);
    enter("Materials/Receive", "\"day\":\"2020-04-21\",\"place\":\"S\",\"lines\":[{\"item\":\"cloth\",\"quantity\":\"100\","
         "\"how\":\"CAME_FROM_DONATED\"}]");
    assert_null(question_of("S", RASAD__V1__QUESTION_KIND__QUESTION_KIND_SHORTFALL));
    snprintf(fields, sizeof fields, "\"requests\":[\"%s\"]", name);
    enter("Distribution/ConfirmApproval", fields);
    assert_null(question_of("K", RASAD__V1__QUESTION_KIND__QUESTION_KIND_TO_CONFIRM));
}

/* A reaction that failed three times stands in a table of its own, under the line it reacts to. */
static void test_question_of_a_parked_reaction(void **state)
{
    struct txn txn;
    int64_t cause = name_of(first.masks, 2);
    (void)state;
    arena_reset(&world.request);
    for (int there = 1; there >= 0; there--) {
        struct key k = key("q", cause);
        txn_begin(world.store, &world.request, &txn);
        number_put(&txn, TABLE_parked, &k, there != 0 ? cause : 0);
        assert_int_equal(txn_commit(&txn), ERR_OK);
        const Rasad__V1__QuestionView *parked = question_of("V", RASAD__V1__QUESTION_KIND__QUESTION_KIND_PARKED);
        assert_true((parked != NULL) == (there != 0));
        if (parked == NULL) continue;
        assert_string_equal(parked->place, "G2");
        assert_string_equal(parked->item, "mask");
        assert_string_equal(parked->since, "2020-04-02");
        assert_null(question_of("S", RASAD__V1__QUESTION_KIND__QUESTION_KIND_PARKED));
        const Rasad__V1__ListQuestionsResponse *page = get("Reports/ListQuestions", "{\"place\":\"V\",\"limit\":1}");
        assert_int_equal(page->questions[0]->kind, RASAD__V1__QUESTION_KIND__QUESTION_KIND_PARKED);
        char json[160];
        snprintf(json, sizeof json, "{\"place\":\"V\",\"limit\":1,\"after\":\"%s\"}", page->next);
        page = get("Reports/ListQuestions", json);
        assert_int_equal(page->questions[0]->kind, RASAD__V1__QUESTION_KIND__QUESTION_KIND_SHORTFALL);
    }
}

static void test_questions_by_pages(void **state)
{
    char json[200], after[128] = "";
    size_t seen = 0;
    (void)state;
    enter("Materials/Waste", "\"day\":\"2020-05-01\",\"lines\":["
          "{\"place\":\"K\",\"item\":\"cloth\",\"quantity\":\"7\",\"reason\":\"WASTE_REASON_WET\"},"
          "{\"place\":\"K\",\"item\":\"mask\",\"quantity\":\"8\",\"reason\":\"WASTE_REASON_WET\"},"
          "{\"place\":\"G3\",\"item\":\"cloth\",\"quantity\":\"9\",\"reason\":\"WASTE_REASON_WET\"}]");
    do {
        snprintf(json, sizeof json, "{\"place\":\"D\",\"limit\":1,\"after\":\"%s\"}", after);
        const Rasad__V1__ListQuestionsResponse *page = get("Reports/ListQuestions", json);
        assert_int_equal(page->n_questions, 1);
        seen++;
        snprintf(after, sizeof after, "%s", page->next);
    } while (after[0] != '\0' && seen < 10);
    assert_int_equal(seen, 4);
    const Rasad__V1__ListQuestionsResponse *all = get("Reports/ListQuestions", "{\"place\":\"D\"}");
    assert_int_equal(all->n_questions, 4);
    assert_refused("console", "Reports/ListQuestions", "{\"place\":\"D\",\"after\":\"nothing\"}", "invalid_argument");
}

/* ---- entries */

static void test_entries_of_the_journal(void **state)
{
    int64_t after = 0, seen = 0;
    char json[80];
    (void)state;
    const Rasad__V1__GetHeadResponse *head = get("Reports/GetHead", "{}");
    int64_t last = head->sequence;
    assert_int_equal(head->hash.len, HASH_BYTES);
    do {
        snprintf(json, sizeof json, "{\"after\":\"%lld\",\"limit\":3}", (long long)after);
        const Rasad__V1__ListEntriesResponse *page = get_as("auditor", "Reports/ListEntries", json);
        for (size_t i = 0; i < page->n_entries; i++) {
            assert_int_equal(page->entries[i]->entry->header->sequence, ++seen);
            assert_int_equal(page->entries[i]->hash.len, HASH_BYTES);
        }
        after = page->next;
    } while (after != 0);
    assert_int_equal(seen, last);
}

static void test_entries_newest_first(void **state)
{
    int64_t before = INT64_MAX - 1, seen = 0;
    char json[80];
    (void)state;
    const Rasad__V1__GetHeadResponse *head = get("Reports/GetHead", "{}");
    int64_t last = head->sequence;
    do {
        snprintf(json, sizeof json, "{\"before\":\"%lld\",\"limit\":3}", (long long)before);
        const Rasad__V1__ListEntriesResponse *page = get_as("auditor", "Reports/ListEntries", json);
        for (size_t i = 0; i < page->n_entries; i++)
            assert_int_equal(page->entries[i]->entry->header->sequence, last - seen++);
        before = page->next;
    } while (before != 0);
    assert_int_equal(seen, last);
    assert_refused("console", "Reports/ListEntries", "{\"before\":\"5\",\"after\":\"1\"}", "invalid_argument");
}

/* What a caller reads out is found by who looks after the place, with the place's own lines alone; not by others. */
static void test_receipts_read_out(void **state)
{
    char json[80], code[RECEIPT_CODE_TEXT_BYTES];
    (void)state;
    enter("Registry/AddPeople", "\"lines\":[{\"code\":\"caller-desk\",\"name\":\"H\",\"roles\":[{\"role\":\"ROLE_HELPLINE\",\"place\":\"D\"}]}]");
    session_put("caller-desk");
    int64_t sequence = enter("Production/LogOutput",
                            "\"workDate\":\"2026-01-05\",\"lines\":[{\"place\":\"G1\",\"item\":\"mask\",\"good\":31}]");
    receipt_code(sequence, code);
    snprintf(json, sizeof json, "{\"receiptCode\":\"%s\"}", code);
    const Rasad__V1__FindReceiptResponse *reply = get_as("caller-desk", "Reports/FindReceipt", json);
    assert_int_equal(reply->n_found, 1);
    assert_int_equal(reply->found[0]->sequence, sequence);
    assert_string_equal(reply->found[0]->method, "Production/LogOutput");
    assert_string_equal(reply->found[0]->place, "G1");
    assert_string_equal(reply->found[0]->item, "mask");
    assert_string_equal(reply->found[0]->day, "2026-01-05");
    assert_int_equal(reply->found[0]->accepted, 1);
    assert_int_equal(reply->found[0]->moved, 31);
    reply = get_as("other", "Reports/FindReceipt", json); /* an officer of another district */
    assert_int_equal(reply->n_found, 0);
    assert_refused("manager", "Reports/FindReceipt", json, "permission_denied");
    code[2] = code[2] == '9' ? '0' : (char)(code[2] + 1); /* a slip of the ear */
    snprintf(json, sizeof json, "{\"receiptCode\":\"%s\"}", code);
    assert_refused("caller-desk", "Reports/FindReceipt", json, "invalid_argument");
    snprintf(json, sizeof json, "{\"receiptCode\":\"%.4s\"}", code);
    assert_refused("caller-desk", "Reports/FindReceipt", json, "invalid_argument");
}

static void test_entries_of_a_place(void **state)
{
    (void)state;
    const Rasad__V1__ListEntriesResponse *page = get_as("local", "Reports/ListEntries", "{\"place\":\"G2\",\"limit\":200}");
    assert_int_equal(page->n_entries, 5); /* added, marked, cloth came, masks made, handed in */
    assert_int_equal(page->next, 0);
    page = get_as("local", "Reports/ListEntries", "{\"place\":\"G2\",\"limit\":1}");
    assert_int_equal(page->n_entries, 1);
    assert_true(page->next > 0);
    page = get_as("auditor", "Reports/ListEntries", "{\"place\":\"V\",\"limit\":200}");
    for (size_t i = 0; i < page->n_entries; i++) assert_true(page->entries[i]->entry->n_events > 0);
    assert_true(page->n_entries >= 5);
    assert_int_equal(page->next, 0);
}

static void test_who_audits(void **state)
{
    (void)state;
    assert_refused("manager", "Reports/ListEntries", "{\"place\":\"V\"}", "permission_denied");
    assert_refused("local", "Reports/ListEntries", "{}", "permission_denied"); /* the whole: auditors of a root */
    assert_refused("local", "Reports/ListEntries", "{\"place\":\"S\"}", "permission_denied");
    assert_refused("console", "Reports/ListEntries", "{\"limit\":201}", "invalid_argument");
    (void)get("Reports/ListEntries", "{\"limit\":200}");
    assert_refused("console", "Reports/ListEntries", "{\"after\":\"-1\"}", "invalid_argument");
}

/* ---- whatever happens, every place and every period adds up */

static uint64_t dice = 20200401; /* the seed: a failing run is the same run again */

static unsigned roll(unsigned n)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(dice >> 33) % n;
}

static const char *any(const char *const *list, unsigned n) { return list[roll(n)]; }

static const char *const groups[] = {"G1", "G2", "G3"}, *const villages[] = {"V", "W"}, *const items[] = {"cloth", "mask"},
                  *const places[] = {"D", "S", "V", "W", "K", "R", "G1", "G2", "G3"}, *const givers[] = {"S", "V", "W"},
                  *const takers[] = {"K", "R"}, *const holders[] = {"S", "V", "W", "K", "R", "G1", "G2", "G3"};

enum { FACTS = 400, FACTS_BETWEEN_SUMS = 40, JUNE = 25 };

static struct {
    char id[UUID_TEXT_BYTES];
    const char *method;
} facts[FACTS];
static char logged[3][UUID_TEXT_BYTES]; /* the last log of each group, to be corrected */

/* One fact of any kind, on any day, whether it makes sense or not; a refused one changes nothing. */
static void any_fact(unsigned n)
{
    char body[500], json[600], day[11], corrects[96] = "";
    const char *method = "";
    uint8_t uuid[UUID_BYTES];
    unsigned q = roll(500) + 1, group = roll(3);
    facts[n].method = method;
    snprintf(day, sizeof day, "2020-06-%02u", roll(JUNE) + 1);
    if (logged[group][0] != '\0' && roll(2) == 0)
        snprintf(corrects, sizeof corrects, ",\"corrects\":{\"requestId\":\"%s\",\"line\":1}", logged[group]);
    switch (roll(16)) {
    case 0:
        method = "Materials/Receive";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"place\":\"%s\",\"lines\":[{\"item\":\"%s\",\"quantity\":\"%u\","
                 "\"how\":\"CAME_FROM_DONATED\"}]", day, any(givers, 3), any(items, 2), q * 20);
        break;
    case 1:
    case 2:
        method = "Materials/Issue";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"from\":\"%s\",\"lines\":[{\"to\":\"%s\",\"item\":\"cloth\","
                 "\"quantity\":\"%u\"}]", day, any(givers, 3), any(groups, 3), q * 5);
        break;
    case 3:
    case 4:
        method = "Production/LogOutput";
        snprintf(body, sizeof body, "\"workDate\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"mask\",\"good\":\"%u\","
                 "\"spoiled\":\"%u\",\"membersAtWork\":%u%s}]", day, groups[group], q, roll(9), roll(6) + 1, corrects);
        break;
    case 5:
        method = "Production/HandIn";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"to\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"mask\","
                 "\"good\":\"%u\",\"spoiled\":\"%u\",\"rework\":\"%u\"}]", day, any(villages, 2), any(groups, 3), q, roll(5), roll(5));
        break;
    case 6:
        method = "Distribution/Deliver";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"from\":\"%s\",\"lines\":[{\"to\":\"%s\",\"item\":\"mask\","
                 "\"quantity\":\"%u\"}]", day, any(villages, 2), any(takers, 2), q);
        break;
    case 7:
        method = "Distribution/Serve";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"mask\",\"quantity\":\"%u\"}]",
                 day, any(takers, 2), q);
        break;
    case 8:
        method = "Materials/Waste";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"%s\",\"quantity\":\"%u\","
                 "\"reason\":\"WASTE_REASON_WET\"}]", day, any(holders, 8), any(items, 2), q);
        break;
    case 9:
        method = "Materials/Count";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"atStart\":%s,\"lines\":[{\"place\":\"%s\",\"item\":\"%s\","
                 "\"counted\":\"%u\"}]", day, roll(2) != 0 ? "true" : "false", any(holders, 8), any(items, 2), q * 10);
        break;
    case 10:
        method = "Distribution/Send";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"slip\":\"SLIP-%u\",\"from\":\"S\",\"to\":\"%s\",\"lines\":[{"
                 "\"item\":\"%s\",\"quantity\":\"%u\"}]", day, roll(20), any(villages, 2), any(items, 2), q);
        break;
    case 11:
        method = "Distribution/Receive";
        snprintf(body, sizeof body, "\"day\":\"%s\",\"slip\":\"SLIP-%u\",\"from\":\"S\",\"place\":\"%s\",\"lines\":[{"
                 "\"item\":\"%s\",\"quantity\":\"%u\",\"spoiled\":\"%u\"}]", day, roll(20), any(villages, 2), any(items, 2), q,
                 roll(q));
        break;
    case 12:
        method = "Registry/MovePlaces";
        snprintf(body, sizeof body, "\"lines\":[{\"place\":\"%s\",\"parent\":\"%s\"}]", any(groups, 3), any(villages, 2));
        break;
    default: {
        unsigned which = n > 0 ? roll(n) : 0;
        if (n == 0) return;
        method = facts[which].method[0] == 'M' ? "Materials/Reverse" : facts[which].method[0] == 'P' ? "Production/Reverse"
                                                                                                  : "Distribution/Reverse";
        snprintf(body, sizeof body, "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", facts[which].id);
    }
    }
    memset(uuid, 0, sizeof uuid);
    for (size_t i = 0; i < sizeof uuid; i++) uuid[i] = (uint8_t)roll(256);
    uuid_format(uuid, facts[n].id);
    facts[n].method = method;
    if (strcmp(method, "Production/LogOutput") == 0) memcpy(logged[group], facts[n].id, sizeof logged[group]);
    snprintf(json, sizeof json, "{\"requestId\":\"%s\",%s}", facts[n].id, body);
    (void)call_as("console", method, json);
}

/* Of an item at the place itself, by what stands in its account: real - shortfall. */
static int64_t own_stock(const char *place, const char *item)
{
    char json[80];
    int64_t sum = 0;
    snprintf(json, sizeof json, "{\"place\":\"%s\",\"item\":\"%s\"}", place, item);
    const Rasad__V1__GetStockResponse *stock = get("Materials/GetStock", json);
    for (size_t i = 0; i < stock->n_rows; i++) sum += stock->rows[i]->quantity - stock->rows[i]->shortfall;
    return sum;
}

struct sums {
    int64_t opening, closing, good, stages;
};

static struct sums sums_of(const char *place, const char *item, const char *from, const char *to)
{
    struct sums sums = {0, 0, 0, 0};
    const Rasad__V1__GetFlowResponse *flow = flow_of(place, from, to);
    for (size_t i = 0; i < flow->n_rows; i++) {
        const Rasad__V1__FlowRow *row = flow->rows[i];
        if (flow_row_gap(row) != 0) fail_msg("%s %s from %s to %s: a gap of %lld", place, row->item, from, to, (long long)flow_row_gap(row));
        if (strcmp(row->item, item) != 0) continue;
        sums = (struct sums){row->opening, row->closing, row->good, 0};
        for (size_t j = 0; j < row->n_closing_by_stage; j++) sums.stages += row->closing_by_stage[j]->quantity;
    }
    assert_int_equal(sums.stages, sums.closing);
    return sums;
}

static int64_t closing_below(const char *place, const char *item)
{
    char json[160];
    int64_t sum = 0;
    snprintf(json, sizeof json, "{\"place\":\"%s\",\"item\":\"%s\",\"from\":\"2020-01-01\",\"to\":\"2030-12-01\"}", place, item);
    const Rasad__V1__GetBelowResponse *below = get("Reports/GetBelow", json);
    assert_string_equal(below->next, "");
    for (size_t i = 0; i < below->n_rows; i++) sum += below->rows[i]->flow->closing;
    return sum;
}

static void check_sums(void)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        for (size_t j = 0; j < 2; j++) {
            char cut[11], next[11];
            unsigned day = roll(JUNE) + 1;
            snprintf(cut, sizeof cut, "2020-06-%02u", day);
            snprintf(next, sizeof next, "2020-06-%02u", day + 1);
            struct sums all = sums_of(places[i], items[j], "2020-01-01", "2030-12-01");
            struct sums before = sums_of(places[i], items[j], "2020-01-01", cut);
            struct sums after = sums_of(places[i], items[j], next, "2030-12-01");
            assert_int_equal(before.closing, after.opening);
            assert_int_equal(after.closing, all.closing);
            assert_int_equal(before.good + after.good, all.good);
            int64_t stands = own_stock(places[i], items[j]) + closing_below(places[i], items[j]);
            if (stands != all.closing)
                fail_msg("%s %s: flow closes with %lld, there stand %lld", places[i], items[j], (long long)all.closing, (long long)stands);
        }
    }
}

static void test_everything_adds_up(void **state)
{
    (void)state;
    enter("Registry/AddPlaces", "\"lines\":[{\"code\":\"W\",\"kind\":\"vo\",\"parent\":\"D\"}]");
    for (unsigned n = 0; n < FACTS; n++) {
        any_fact(n);
        if (n % FACTS_BETWEEN_SUMS == 0) check_sums();
    }
    check_sums();
    check_series("D", "cloth");
    check_series("D", "mask");
    check_series("W", "mask");
    check_series("G1", "mask");
    check_series("G3", "cloth");
}

/* What an account holds of a lot, the trace of that lot says too. */
static void check_holder(const char *place, const Rasad__V1__AccountRow *row, int64_t lot)
{
    int64_t quantity = 0;
    for (size_t i = 0; i < row->n_balances; i++)
        if (row->balances[i]->lot == lot) quantity += row->balances[i]->quantity;
    const Rasad__V1__GetTraceResponse *trace = trace_as("console", name_sequence(lot), name_line(lot));
    assert_int_equal(trace->lots[0]->depth, 0);
    assert_int_equal(holds(trace->lots[0], place), quantity);
    for (size_t i = 1; i < trace->n_lots; i++) assert_true(trace->lots[i]->depth != 0 && trace->lots[i]->parent[0] != '\0');
}

static void test_every_holder_is_in_the_trace(void **state)
{
    static struct arena rows;
    struct txn txn;
    struct scan scan;
    struct key from = key("");
    size_t seen = 0;
    (void)state;
    assert_true(arena_init(&rows, ARENA_BYTES_MAX));
    txn_read(world.store, &rows, &txn);
    directory_begin(&txn);
    for (scan_begin(&scan, &txn, TABLE_account, &from, 0); scan_next(&scan);) {
        uint32_t place, item;
        assert_true(key_read(scan.key, "uu", &place, &item));
        const Rasad__V1__AccountRow *row = row_unpack(&txn, scan.value, &rasad__v1__account_row__descriptor);
        assert_non_null(row);
        for (size_t i = 0; i < row->n_balances; i++) {
            if (row->balances[i]->lot == 0) continue;
            check_holder(place_code(&txn, place), row, row->balances[i]->lot);
            seen++;
        }
    }
    scan_end(&scan);
    txn_abort(&txn);
    arena_destroy(&rows);
    assert_true(seen > 20);
}

/* ---- bounds: rows put straight into the tables, so these come last */

enum { MANY = 3000 };

static void add_many_places(void)
{
    static char fields[400 * 1000];
    for (int batch = 0; batch < MANY / 1000; batch++) {
        size_t n = (size_t)snprintf(fields, sizeof fields, "\"lines\":[");
        for (int i = 0; i < 1000; i++) {
            n += (size_t)snprintf(fields + n, sizeof fields - n, "%s{\"code\":\"E%d\",\"kind\":\"store\",\"parent\":\"E\","
                                  "\"name\":{\"hi\":\"", i > 0 ? "," : "", batch * 1000 + i);
            for (int letter = 0; letter < 80; letter++) n += (size_t)snprintf(fields + n, sizeof fields - n, "\u0939");
            n += (size_t)snprintf(fields + n, sizeof fields - n, "\"}}");
        }
        snprintf(fields + n, sizeof fields - n, "]");
        enter("Registry/AddPlaces", fields);
    }
}

static void test_replies_at_their_bytes(void **state)
{
    (void)state;
    const Rasad__V1__GetHeadResponse *head = get("Reports/GetHead", "{}");
    int64_t before = head->sequence, seen = 0;
    char json[160];
    add_many_places();
    for (int64_t after = before; after != 0;) {
        snprintf(json, sizeof json, "{\"after\":\"%lld\",\"limit\":200}", (long long)after);
        const Rasad__V1__ListEntriesResponse *page = get("Reports/ListEntries", json);
        assert_true(page->n_entries >= 1); /* each is some 280 KB: two are past the bound */
        assert_true(world.outcome.body_bytes < FRAME_BYTES_MAX);
        seen += (int64_t)page->n_entries;
        after = page->next;
    }
    assert_int_equal(seen, MANY / 1000);
    const Rasad__V1__GetBelowResponse *below = get(
        "Reports/GetBelow", "{\"place\":\"E\",\"item\":\"mask\",\"from\":\"2020-04-01\",\"to\":\"2020-04-30\",\"limit\":500}");
    assert_true(below->n_rows == 500 || below->next[0] != '\0'); /* a slow machine may end the page early */
    assert_true(world.outcome.body_bytes < FRAME_BYTES_MAX);
}

static void stays_put(int64_t lot, uint32_t from, uint32_t n)
{
    struct txn txn;
    Rasad__V1__LotRow row;
    Rasad__V1__StayRow stay;
    rasad__v1__lot_row__init(&row);
    rasad__v1__stay_row__init(&stay);
    arena_reset(&world.request);
    txn_begin(world.store, &world.request, &txn);
    directory_begin(&txn);
    row.item = (int32_t)code_id(&txn, CODE_ITEM, "mask");
    row.place = (int32_t)code_id(&txn, CODE_PLACE, "S");
    stay.first_day = stay.last_day = row.day = 18353;
    lot_put(&txn, lot, &row);
    for (uint32_t i = 0; i < n; i++) {
        struct key k = key("qu", lot, from + i);
        row_put(&txn, TABLE_stay, &k, &stay.base);
    }
    assert_int_equal(txn_commit(&txn), ERR_OK);
}

static void test_trace_at_its_bounds(void **state)
{
    enum { NOBODY_THERE = 1000000 }; /* ids of no place: looked at, not shown */
    int64_t lot = name_of(900001, 1);
    (void)state;
    stays_put(lot, NOBODY_THERE, TRACE_STAYS_MAX);
    assert_false(trace_as("console", 900001, 1)->more);
    stays_put(lot, NOBODY_THERE, TRACE_STAYS_MAX + 1);
    assert_true(trace_as("console", 900001, 1)->more);
    stays_put(name_of(900002, 1), 20, MANY); /* with their long names more than a reply holds */
    const Rasad__V1__GetTraceResponse *trace = trace_as("console", 900002, 1);
    assert_true(trace->more);
    assert_true(trace->lots[0]->n_holders > 1000);
    assert_true(world.outcome.body_bytes <= REPLY_BYTES_MAX + KIB);
}

/* Below E there are more places than are sought one by one; the questions are all elsewhere but one. */
static void test_questions_at_their_bounds(void **state)
{
    enum { FAKE = 2000000 };
    struct txn txn;
    Rasad__V1__QuestionRow row;
    (void)state;
    rasad__v1__question_row__init(&row);
    row.quantity = 1;
    arena_reset(&world.request);
    txn_begin(world.store, &world.request, &txn);
    directory_begin(&txn);
    uint32_t e = code_id(&txn, CODE_PLACE, "E"), e1 = code_id(&txn, CODE_PLACE, "E1"), s = code_id(&txn, CODE_PLACE, "S");
    for (uint32_t i = 0; i < PLACES_VISITED_MAX; i++) {
        struct key k = key("uuu", e, REGISTER_NUMBER_MAX, FAKE + i);
        txn_put(&txn, TABLE_child, &k, NULL, 0);
    }
    for (int i = 0; i < PAGE_LOOKED_MAX; i++) {
        char slip[16];
        snprintf(slip, sizeof slip, "X%04d", i);
        struct key k = key("ububs", s, 2, 1, 6, slip);
        row_put(&txn, TABLE_question, &k, &row.base);
    }
    struct key mine = key("ububs", e1, 2, 1, 6, "MINE/1");
    row_put(&txn, TABLE_question, &mine, &row.base);
    assert_int_equal(txn_commit(&txn), ERR_OK);

    char json[160], after[MARK_TEXT_BYTES] = "";
    size_t found = 0, pages = 0, empty = 0;
    do {
        snprintf(json, sizeof json, "{\"place\":\"E\",\"after\":\"%s\"}", after);
        const Rasad__V1__ListQuestionsResponse *page = get("Reports/ListQuestions", json);
        for (size_t i = 0; i < page->n_questions; i++) assert_string_equal(page->questions[i]->slip, "MINE/1");
        found += page->n_questions;
        empty += page->n_questions == 0;
        pages++;
        snprintf(after, sizeof after, "%s", page->next);
    } while (after[0] != '\0' && pages < 10);
    assert_int_equal(found, 1);
    assert_int_equal(pages, 2);
    assert_int_equal(empty, 1);
}

/* ---- the lines of a day, to be corrected */

static const Rasad__V1__ListDayLinesResponse *day_lines(const char *place, const char *day, const char *item)
{
    ask("Reports/ListDayLines", "{'place':'%s','day':'%s','item':'%s'}", place, day, item);
    if (world.reply == NULL) fail_msg("%s", world.answer);
    return world.reply;
}

/* What stands of a day, whoever entered it: a correction in the place of what it corrects, and nothing of what was taken back. */
static void test_lines_of_a_day(void **state)
{
    char day[11], before[11];
    int32_t now = day_of_ms(now_ms(), 330);
    (void)state;
    day_format(now, day);
    day_format(now - 1, before);
    done(tell("Materials/Issue", "'day':'%s','from':'V','lines':[{'to':'G1','item':'cloth','quantity':'700'},"
              "{'to':'G2','item':'cloth','quantity':'800'}]", day));
    const Rasad__V1__ListDayLinesResponse *list = day_lines("V", day, "cloth");
    assert_int_equal(list->n_lines, 2);
    assert_false(list->more);
    for (int i = 0; i < 2; i++) assert_string_equal(list->lines[i]->method, "Materials/Issue");
    const Rasad__V1__DayLine *first_line = list->lines[strcmp(list->lines[0]->place, "G1") == 0 ? 0 : 1];
    assert_string_equal(first_line->place, "G1");
    assert_int_equal(first_line->quantity, 700);
    assert_int_equal(first_line->line, 1);
    char id[UUID_TEXT_BYTES];
    snprintf(id, sizeof id, "%s", first_line->request_id);

    done(tell("Materials/Issue", "'day':'%s','from':'V','lines':[{'to':'G1','item':'cloth','quantity':'900',"
              "'corrects':{'requestId':'%s','line':1}}]", day, id));
    list = day_lines("V", day, "");
    int64_t given = 0;
    for (size_t i = 0; i < list->n_lines; i++) given += strcmp(list->lines[i]->item, "cloth") == 0 ? list->lines[i]->quantity : 0;
    assert_int_equal(given, 900 + 800);
    done(tell("Materials/Reverse", "'lines':[{'requestId':'%s','line':2}]", id));
    list = day_lines("V", day, "cloth");
    assert_int_equal(list->n_lines, 1);
    assert_int_equal(list->lines[0]->quantity, 900);
    assert_int_equal(day_lines("V", before, "cloth")->n_lines, 0);
    assert_int_equal(day_lines("S", day, "cloth")->n_lines, 0);

    done(tell("Production/HandIn", "'day':'%s','to':'V','lines':[{'place':'G1','item':'mask','good':'5','spoiled':'2',"
              "'rework':'1'}]", day));
    list = day_lines("V", day, "mask");
    assert_int_equal(list->n_lines, 1);
    assert_string_equal(list->lines[0]->method, "Production/HandIn");
    assert_string_equal(list->lines[0]->place, "G1");
    assert_int_equal(list->lines[0]->quantity * 100 + list->lines[0]->spoiled * 10 + list->lines[0]->rework, 521);

    done(tell("Production/LogOutput", "'workDate':'%s','lines':[{'place':'K','item':'mask','good':'6','membersAtWork':3}]", day));
    done(tell("Distribution/Serve", "'day':'%s','lines':[{'place':'K','item':'mask','quantity':'4','people':'3','families':'1'}]", day));
    list = day_lines("K", day, "mask");
    assert_int_equal(list->n_lines, 2);
    assert_int_equal(list->lines[0]->quantity * 10 + list->lines[0]->members, 63);
    assert_int_equal(list->lines[1]->quantity * 100 + list->lines[1]->people * 10 + list->lines[1]->families, 431);
}

static void test_lines_of_a_day_refuses(void **state)
{
    char json[120], day[11];
    int32_t now = day_of_ms(now_ms(), 330);
    (void)state;
    for (int32_t back = -2; back <= SHEET_DAYS_MAX + 1; back += back < -1 || back == SHEET_DAYS_MAX ? 1 : SHEET_DAYS_MAX + 1) {
        day_format(now - back, day);
        snprintf(json, sizeof json, "{\"place\":\"V\",\"day\":\"%s\"}", day);
        if (back < -1 || back > SHEET_DAYS_MAX) assert_refused("console", "Reports/ListDayLines", json, "invalid_argument");
        else get("Reports/ListDayLines", json);
    }
    day_format(now, day);
    snprintf(json, sizeof json, "{\"place\":\"V\",\"day\":\"%s\"}", day);
    assert_refused("other", "Reports/ListDayLines", json, "permission_denied");
    get_as("manager", "Reports/ListDayLines", json);
    snprintf(json, sizeof json, "{\"place\":\"G1\",\"day\":\"%s\"}", day); /* its lines stand in GetSheet */
    assert_refused("console", "Reports/ListDayLines", json, "failed_precondition");
    snprintf(json, sizeof json, "{\"place\":\"V\",\"day\":\"%s\",\"item\":\"inr\"}", day);
    assert_refused("console", "Reports/ListDayLines", json, "failed_precondition");
}

/* ---- the same twice: both are right, for everybody */

/* How many of the day's lines of G9 at V, made or handed in, nobody has answered for; and how many have been. */
static void kept_lines(const char *person, const char *day, int *open, int *kept)
{
    char json[160];
    *open = *kept = 0;
    snprintf(json, sizeof json, "{\"place\":\"V\",\"day\":\"%s\",\"item\":\"mask\"}", day);
    const Rasad__V1__ListDayLinesResponse *list = get_as(person, "Reports/ListDayLines", json);
    for (size_t i = 0; i < list->n_lines; i++)
        if (strcmp(list->lines[i]->place, "G9") == 0) ++*(list->lines[i]->both_kept ? kept : open);
    const Rasad__V1__GetSheetResponse *sheet = get_as(person, "Production/GetSheet", json);
    for (size_t i = 0; i < sheet->n_rows; i++)
        for (size_t j = 0; strcmp(sheet->rows[i]->place, "G9") == 0 && j < sheet->rows[i]->n_lines; j++)
            ++*(sheet->rows[i]->lines[j]->both_kept ? kept : open);
}

static void assert_kept(const char *day, int open_wanted, int kept_wanted)
{
    static const char *const who[] = {"manager", "officer", "console"};
    for (size_t i = 0; i < sizeof who / sizeof who[0]; i++) {
        int open, kept;
        kept_lines(who[i], day, &open, &kept);
        assert_int_equal(open, open_wanted);
        assert_int_equal(kept, kept_wanted);
    }
}

static void assert_no(const char *person, const char *method, const char *id, const char *code)
{
    char fields[120];
    snprintf(fields, sizeof fields, "\"lines\":[{\"requestId\":\"%s\",\"line\":1}]", id);
    command_as(person, method, fields);
    if (world.reply != NULL) fail_msg("%s %s: accepted", method, fields);
    assert_string_equal(world.outcome.error->code, code);
}

static void test_both_are_right(void **state)
{
    char day[11], handed[3][UUID_TEXT_BYTES], made[2][UUID_TEXT_BYTES], said[2][UUID_TEXT_BYTES];
    (void)state;
    day_format(day_of_ms(now_ms(), 330) - 3, day);
    enter("Registry/AddPlaces", "\"lines\":[{\"code\":\"G9\",\"kind\":\"group\",\"parent\":\"V\"}]");
    asks_as("manager");
    for (int i = 0; i < 2; i++) {
        done(tell("Production/LogOutput", "'workDate':'%s','lines':[{'place':'G9','item':'mask','good':'40'}]", day));
        memcpy(made[i], world.id, sizeof made[i]);
    }
    for (int i = 0; i < 2; i++) {
        done(tell("Production/HandIn", "'day':'%s','to':'V','lines':[{'place':'G9','item':'mask','good':'30'}]", day));
        memcpy(handed[i], world.id, sizeof handed[i]);
    }
    assert_kept(day, 4, 0);
    int64_t stock = net("V", "mask", STOCK);
    assert_no("other", "Production/KeepBoth", handed[1], "permission_denied");
    assert_no("auditor", "Production/KeepBoth", handed[1], "permission_denied");
    assert_no("manager", "Materials/KeepBoth", handed[1], "failed_precondition"); /* of another service */
    assert_no("manager", "Production/KeepBoth", "00000000-0000-4000-8000-00000000dead", "not_found");
    assert_kept(day, 4, 0);

    /* she says it on one phone, her officer on another: it stands for everybody, and no number moved */
    asks_as("manager");
    done(tell("Production/KeepBoth", "'lines':[{'requestId':'%s','line':1},{'requestId':'%s','line':1}]", handed[1], made[1]));
    memcpy(said[0], world.id, sizeof said[0]);
    assert_kept(day, 2, 2);
    asks_as("officer");
    done(tell("Production/KeepBoth", "'lines':[{'requestId':'%s','line':1}]", handed[1]));
    memcpy(said[1], world.id, sizeof said[1]);
    assert_kept(day, 2, 2);
    assert_int_equal(net("V", "mask", STOCK), stock);

    /* a third line is another question */
    asks_as("manager");
    done(tell("Production/HandIn", "'day':'%s','to':'V','lines':[{'place':'G9','item':'mask','good':'30'}]", day));
    memcpy(handed[2], world.id, sizeof handed[2]);
    assert_kept(day, 3, 2);

    /* an answer is no line to be answered for; taken back by both, the question is open again */
    assert_no("manager", "Production/KeepBoth", said[0], "failed_precondition");
    assert_no("other", "Production/Reverse", said[0], "permission_denied");
    asks_as("manager");
    done(tell("Production/Reverse", "'lines':[{'requestId':'%s','line':1},{'requestId':'%s','line':2}]", said[0], said[0]));
    assert_kept(day, 4, 1); /* her officer still says so */
    assert_no("officer", "Production/Reverse", said[0], "failed_precondition"); /* once */
    asks_as("officer");
    done(tell("Production/Reverse", "'lines':[{'requestId':'%s','line':1}]", said[1]));
    assert_kept(day, 5, 0);

    /* of a line that was taken back there is nothing to say */
    done(tell("Production/Reverse", "'lines':[{'requestId':'%s','line':1}]", handed[2]));
    assert_no("manager", "Production/KeepBoth", handed[2], "failed_precondition");
    asks_as("manager");
    done(tell("Production/KeepBoth", "'lines':[{'requestId':'%s','line':1}]", handed[1]));
    assert_kept(day, 3, 1);
    asks_as("console");
    world_same_again();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_of_a_district),
        cmocka_unit_test(test_flow_of_a_maker),
        cmocka_unit_test(test_flow_before_anything),
        cmocka_unit_test(test_flow_at_its_days),
        cmocka_unit_test(test_who_sees_a_flow),
        cmocka_unit_test(test_below_in_the_order_of_the_register),
        cmocka_unit_test(test_below_refuses),
        cmocka_unit_test(test_below_of_a_kind),
        cmocka_unit_test(test_below_day_by_day),
        cmocka_unit_test(test_series),
        cmocka_unit_test(test_series_at_its_days),
        cmocka_unit_test(test_presence),
        cmocka_unit_test(test_tally),
        cmocka_unit_test(test_trace_forward),
        cmocka_unit_test(test_trace_backward),
        cmocka_unit_test(test_who_traces),
        cmocka_unit_test(test_lots_by_number),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_questions_by_pages),
        cmocka_unit_test(test_question_of_a_slip),
        cmocka_unit_test(test_question_of_a_request),
        cmocka_unit_test(test_question_of_a_parked_reaction),
        cmocka_unit_test(test_entries_of_the_journal),
        cmocka_unit_test(test_entries_newest_first),
        cmocka_unit_test(test_receipts_read_out),
        cmocka_unit_test(test_entries_of_a_place),
        cmocka_unit_test(test_who_audits),
        cmocka_unit_test(test_everything_adds_up),
        cmocka_unit_test(test_both_are_right), /* before the tests that write rows by hand: it replays the journal */
        cmocka_unit_test(test_every_holder_is_in_the_trace),
        cmocka_unit_test(test_replies_at_their_bytes),
        cmocka_unit_test(test_trace_at_its_bounds),
        cmocka_unit_test(test_questions_at_their_bounds),
        cmocka_unit_test(test_so_many_lots_of_one_number),
        cmocka_unit_test(test_lines_of_a_day),
        cmocka_unit_test(test_lines_of_a_day_refuses),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
