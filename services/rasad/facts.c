/* facts.c - the part "facts": what happened at sets of places over days, with totals that come out exactly.
 * Flow:    each fact is read and its places paired with those at the other end; then, day by day and within a day in
 *          the order of the facts, the lines of each go into batches.
 * Shares:  a total is spread over the places by their weights, then over each place's turns by theirs (spread.h), so
 *          every line is known by itself and all of them add up.
 * `of`:    a fact leaves its quantity at a place; one that is `of` it takes all that waits there by then. Where the
 *          other end is the one that has it, it gives all of it to its places, by their weights.
 */
#include "base/clock.h"
#include "base/must.h"
#include "rasad/memory.h"
#include "rasad/programme.h"
#include "rasad/spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a fact leaves what it moves; where it takes what another left. */
enum side { NEITHER, AT_PLACE, AT_OTHER };

/* A kind of fact is a method: where its day, its places and its quantity stand. */
static const struct fact_kind {
    const char *name, *method;
    const char *day;       /* field of the request; NULL: it has no day, and happens once */
    const char *place;     /* the word for its places: a field of the line, else of the request */
    const char *other;     /* the word for the places at the other end: a field of the request; NULL: none */
    const char *quantity;  /* field of the line; NULL: none */
    enum side takes, leaves;
} fact_kinds[] = {
    {"marked",    "Registry/SetMarks",      NULL,        "place", NULL,   NULL,       NEITHER,  NEITHER},
    {"offered",   "Registry/MakeOffers",    NULL,        "place", NULL,   NULL,       NEITHER,  NEITHER},
    {"quota",     "Registry/SetQuotas",     NULL,        "place", NULL,   NULL,       NEITHER,  NEITHER},
    {"came",      "Materials/Receive",      "day",       "place", NULL,   "quantity", NEITHER,  AT_PLACE},
    {"issued",    "Materials/Issue",        "day",       "to",    "from", "quantity", AT_OTHER, AT_PLACE},
    {"returned",  "Materials/ReturnGoods",  "day",       "from",  "to",   "quantity", AT_PLACE, AT_OTHER},
    {"wasted",    "Materials/Waste",        "day",       "place", NULL,   "quantity", AT_PLACE, NEITHER},
    {"logged",    "Production/LogOutput",   "work_date", "place", NULL,   "good",     NEITHER,  AT_PLACE},
    {"handed_in", "Production/HandIn",      "day",       "place", "to",   "good",     AT_PLACE, AT_OTHER},
    {"inspected", "Quality/Inspect",        "day",       "place", NULL,   "accepted", AT_PLACE, AT_PLACE},
    {"asked",     "Distribution/Request",   "day",       "place", NULL,   "quantity", NEITHER,  NEITHER},
    {"delivered", "Distribution/Deliver",   "day",       "to",    "from", "quantity", AT_OTHER, AT_PLACE},
    {"served",    "Distribution/Serve",     "day",       "place", NULL,   "quantity", AT_PLACE, NEITHER},
};

struct fact {
    const struct fact_kind *kind;
    const char *name;
    const struct place_set *places, *others;
    uint32_t *pairs;              /* of each place its other, as index in others->places */
    uint32_t *order;              /* the places, those with the same other together */
    int64_t *weight_before;       /* of the places: the set's own, or as `weigh` says */
    int64_t total;                /* -1: none of its own */
    struct fact *of;              /* takes all that this one left */
    size_t day_count;
    int32_t days[FACT_DAYS_MAX];
    int64_t day_weights[FACT_DAYS_MAX];
    size_t rounds;                /* turns of each place */
    int64_t vary;
    int64_t *turns_before, *turns_all; /* weights of a place's turns: those past, and all */
    struct split {                /* of each other, on the day at hand: what it has left to give to its places */
        int64_t quantity, before, all;
    } *splits;                    /* NULL where nothing is taken there */
    int64_t *left;                /* by place of the world; NULL where nobody asks */
    struct shares each;           /* the same on each day */
    struct shares spread;         /* over places and days, like the total */
    size_t same_count;
    const char *same[FACT_SAME_MAX];
    ProtobufCMessage *template;
    bool line_has_place;          /* else each place gets its own command */
    struct batch batch;

    /* for the totals */
    bool *touched;
    size_t touched_count;
    int64_t quantity;
    int64_t each_sums[FACT_SHARES_MAX], spread_sums[FACT_SHARES_MAX];
};

struct season {
    struct player *player;
    struct fact *facts[PART_FACTS_MAX];
    size_t count;
};

/* ---- reading: days */

static bool weekday_wanted(int32_t day, const char *on)
{
    static const char *const weekdays[] = {"thu", "fri", "sat", "sun", "mon", "tue", "wed"}; /* from 1970-01-01 on */
    return on[0] == '\0' || strstr(on, weekdays[day % 7]) != NULL;
}

static int32_t day_read(struct player *player, const char *text)
{
    int32_t day = 0;
    if (!day_parse(text, &day)) words_wrong(&player->words, "\"%s\" is no day: YYYY-MM-DD", text);
    return day;
}

static void add_day(struct player *player, struct fact *fact, int32_t day)
{
    if (fact->day_count == FACT_DAYS_MAX || (fact->day_count > 0 && fact->days[fact->day_count - 1] >= day)) {
        words_wrong(&player->words, "days: at most %d, each later than the one before", FACT_DAYS_MAX);
        return;
    }
    fact->day_weights[fact->day_count] = 1;
    fact->days[fact->day_count++] = day;
}

/* A list of days, or {"from": ..., "to": ..., "on": "mon wed fri"}. */
static void days_read(struct player *player, const cJSON *node, struct fact *fact)
{
    static const char *const allowed[] = {"from", "to", "on", NULL};
    const cJSON *one;
    if (cJSON_IsArray(node)) {
        cJSON_ArrayForEach(one, node) {
            int32_t day = day_read(player, cJSON_IsString(one) ? one->valuestring : "");
            if (!player->words.wrong) add_day(player, fact, day);
        }
    } else {
        words_only(&player->words, node, allowed);
        const char *on = words_text(&player->words, node, "on", "");
        int32_t from = day_read(player, words_text(&player->words, node, "from", NULL));
        int32_t to = day_read(player, words_text(&player->words, node, "to", NULL));
        for (int32_t day = from; day <= to && !player->words.wrong; day++) {
            if (weekday_wanted(day, on)) add_day(player, fact, day);
        }
    }
    if (fact->day_count == 0) words_wrong(&player->words, "\"days\" has no day");
}

/* Shares of the days, in their order: [3, 2, 2, 1]. */
static void day_weights_read(struct player *player, const cJSON *list, struct fact *fact)
{
    if (list == NULL) return;
    if ((size_t)cJSON_GetArraySize(list) != fact->day_count) {
        words_wrong(&player->words, "\"shares\" needs a number for each of %zu days", fact->day_count);
        return;
    }
    size_t i = 0;
    const cJSON *one;
    cJSON_ArrayForEach(one, list) fact->day_weights[i++] = words_whole(&player->words, one, 1, 1000000);
}

/* ---- reading: a fact */

static struct fact *fact_named(const struct season *season, const char *name)
{
    for (size_t i = 0; i < season->count; i++) {
        if (strcmp(season->facts[i]->name, name) == 0) return season->facts[i];
    }
    return NULL;
}

static void quantity_read(struct season *season, const cJSON *json, struct fact *fact)
{
    struct words *words = &season->player->words;
    bool total = cJSON_GetObjectItemCaseSensitive(json, "total") != NULL;
    bool of = cJSON_GetObjectItemCaseSensitive(json, "of") != NULL;
    fact->total = -1;
    if ((fact->kind->quantity == NULL) != (!total && !of) || (total && of)) {
        words_wrong(words, fact->kind->quantity == NULL ? "it has no quantity: no \"total\", no \"of\""
                                                        : "it needs \"total\" or \"of\"");
        return;
    }
    if (total) fact->total = words_number(words, json, "total", 1, QUANTITY_MAX, 0);
    if (!of) return;
    fact->of = fact_named(season, words_text(words, json, "of", NULL));
    if (fact->of == NULL || fact->of->kind->leaves == NEITHER || fact->kind->takes == NEITHER) {
        words_wrong(words, "\"of\" names a fact above that leaves something, in one that takes");
        return;
    }
    if (fact->kind->takes == AT_OTHER && fact->others != NULL) {
        fact->splits = memory_array(fact->others->count, sizeof *fact->splits);
    }
    if (fact->of->left == NULL) {
        fact->of->left = memory_array(season->player->world.place_count, sizeof *fact->of->left);
    }
}

/* Each place weighs what the places of another set weigh that it would serve. */
static void weigh_by(struct player *player, const struct place_set *by, struct fact *fact)
{
    const struct place_set *places = fact->places;
    uint32_t *pairs = memory_array(by->count, sizeof *pairs), lonely = 0;
    int64_t *weights = memory_array(places->count, sizeof *weights);
    if (world_pair(&player->world, by, places, pairs, &lonely)) {
        for (size_t i = 0; i < by->count; i++) weights[pairs[i]] += by->weight_before[i + 1] - by->weight_before[i];
    } else {
        words_wrong(&player->words, "\"weigh\": none of %s serves %s", places->name, player->world.places[lonely].code);
    }
    for (size_t i = 0; i < places->count; i++) fact->weight_before[i + 1] = fact->weight_before[i] + weights[i];
    free(weights);
    free(pairs);
}

static void places_read(struct player *player, const cJSON *json, struct fact *fact)
{
    fact->places = set_read(player, json, fact->kind->place);
    if (fact->kind->other != NULL) fact->others = set_read(player, json, fact->kind->other);
    const struct place_set *by =
        cJSON_GetObjectItemCaseSensitive(json, "weigh") == NULL ? NULL : set_read(player, json, "weigh");
    if (player->words.wrong) return;
    fact->weight_before = memory_array(fact->places->count + 1, sizeof *fact->weight_before);
    size_t bytes = (fact->places->count + 1) * sizeof *fact->weight_before;
    if (by != NULL) weigh_by(player, by, fact);
    else memcpy(fact->weight_before, fact->places->weight_before, bytes);
}

/* Counting sort of the places by their other, so that a command can hold all of one. */
static void pair_up(struct player *player, struct fact *fact)
{
    size_t count = fact->places->count;
    uint32_t lonely = 0;
    fact->order = memory_array(count, sizeof *fact->order);
    for (uint32_t i = 0; i < count; i++) fact->order[i] = i;
    if (fact->others == NULL) return;
    fact->pairs = memory_array(count, sizeof *fact->pairs);
    if (!world_pair(&player->world, fact->places, fact->others, fact->pairs, &lonely)) {
        words_wrong(&player->words, "\"%s\": none of %s serves %s", fact->kind->other, fact->others->name,
                    player->world.places[lonely].code);
        return;
    }
    size_t *next = memory_array(fact->others->count + 1, sizeof *next);
    for (size_t i = 0; i < count; i++) next[fact->pairs[i] + 1]++;
    for (size_t i = 0; i < fact->others->count; i++) next[i + 1] += next[i];
    for (uint32_t i = 0; i < count; i++) fact->order[next[fact->pairs[i]]++] = i;
    free(next);
}

/* The weight of a place's turn, and of all of them. */
static int64_t turn_weight(const struct fact *fact, size_t place, size_t day)
{
    return fact->day_weights[day] * spread_weight(place, day, fact->vary);
}

static void weigh_turns(struct fact *fact)
{
    size_t count = fact->places->count, turn;
    fact->turns_before = memory_array(count, sizeof *fact->turns_before);
    fact->turns_all = memory_array(count, sizeof *fact->turns_all);
    for (size_t i = 0; i < count; i++) {
        for (size_t day = 0; day < fact->day_count; day++) {
            if (!spread_turn(i, day, fact->day_count, fact->rounds, &turn)) continue;
            fact->turns_all[i] += turn_weight(fact, i, day);
        }
    }
}

static void same_read(struct player *player, const cJSON *list, const ProtobufCMessageDescriptor *line,
                      struct fact *fact)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, list) {
        if (!cJSON_IsString(one) || fact->same_count == FACT_SAME_MAX ||
            !message_has(line, one->valuestring, MESSAGE_NUMBER)) {
            words_wrong(&player->words, "\"same\": names of numbers in a line, at most %d", FACT_SAME_MAX);
            return;
        }
        fact->same[fact->same_count++] = one->valuestring;
    }
}

static const struct fact_kind *kind_read(struct player *player, const cJSON *json)
{
    const char *name = words_text(&player->words, json, "fact", NULL);
    for (size_t i = 0; i < sizeof fact_kinds / sizeof fact_kinds[0]; i++) {
        if (strcmp(fact_kinds[i].name, name) == 0) return &fact_kinds[i];
    }
    words_wrong(&player->words, "there is no fact \"%s\"", name);
    return NULL;
}

static void item_read(struct player *player, const cJSON *json, struct fact *fact)
{
    const char *item = words_text(&player->words, json, "item", "");
    if (item[0] == '\0' || player->words.wrong) return;
    if (!message_has(fact->template->descriptor, "item", MESSAGE_TEXT)) words_wrong(&player->words, "it has no item");
    else message_set_text(fact->template, "item", arena_strdup(&player->lasting, item));
}

static void fact_read(struct season *season, const cJSON *json, struct fact *fact)
{
    struct player *player = season->player;
    fact->kind = kind_read(player, json);
    if (fact->kind == NULL) return;
    const char *const allowed[] = {"fact", "about", "name", "item", "total", "of", "days", "shares", "vary", "rounds",
                                   "weigh", "line", "each", "spread", "same", fact->kind->place, fact->kind->other,
                                   NULL};
    words_only(&player->words, json, allowed);
    const struct command *command = player_method(player, fact->kind->method);
    if (player->words.wrong) return;
    const ProtobufCMessageDescriptor *line = message_lines_type(command->request);
    fact->name = words_text(&player->words, json, "name", "");
    fact->line_has_place = message_has(line, fact->kind->place, MESSAGE_TEXT);
    fact->template = template_read(player, json, line);
    item_read(player, json, fact);
    places_read(player, json, fact);
    quantity_read(season, json, fact);
    shares_read(player, words_object(&player->words, json, "each"), line, &fact->each);
    shares_read(player, words_object(&player->words, json, "spread"), line, &fact->spread);
    same_read(player, words_list(&player->words, json, "same"), line, fact);
    fact->vary = words_number(&player->words, json, "vary", 0, 99, 0);
    if (fact->kind->day != NULL) {
        days_read(player, cJSON_GetObjectItemCaseSensitive(json, "days"), fact);
        day_weights_read(player, words_list(&player->words, json, "shares"), fact);
    } else if (cJSON_GetObjectItemCaseSensitive(json, "days") != NULL) {
        words_wrong(&player->words, "it has no days");
    } else {
        fact->day_weights[0] = 1;
        fact->day_count = 1; /* day 0: before all others */
    }
    int64_t days = (int64_t)fact->day_count;
    fact->rounds = (size_t)words_number(&player->words, json, "rounds", 1, days, days);
    if (player->words.wrong) return;
    pair_up(player, fact);
    weigh_turns(fact);
    fact->touched = memory_array(fact->places->count, sizeof *fact->touched);
    must(batch_init(&fact->batch, player, command, fact->kind->day == NULL ? LINES_PER_COMMAND_MAX : LOAD_FACTS_MAX));
}

static void fact_free(struct fact *fact)
{
    batch_free(&fact->batch);
    free(fact->pairs);
    free(fact->order);
    free(fact->weight_before);
    free(fact->turns_before);
    free(fact->turns_all);
    free(fact->splits);
    free(fact->left);
    free(fact->touched);
    free(fact);
}

/* ---- playing */

/* What of a total falls to this turn: the place's share of the whole, then the turn's share of that. */
static int64_t turn_share(const struct fact *fact, int64_t total, size_t place, int64_t before, int64_t after)
{
    int64_t all = fact->weight_before[fact->places->count];
    if (all == 0 || fact->turns_all[place] == 0) return 0;
    int64_t of_place = spread_part(total, fact->weight_before[place], fact->weight_before[place + 1], all);
    return spread_part(of_place, before, after, fact->turns_all[place]);
}

static void leave(const struct fact *fact, size_t place, int64_t quantity)
{
    if (fact->left == NULL) return;
    bool at_other = fact->kind->leaves == AT_OTHER;
    fact->left[at_other ? fact->others->places[fact->pairs[place]] : fact->places->places[place]] += quantity;
}

/* Before a day on which others give all they have: what each has, and what its places weigh that take a turn. */
static void split_left(struct fact *fact, size_t day)
{
    size_t turn;
    if (fact->splits == NULL) return;
    memset(fact->splits, 0, fact->others->count * sizeof *fact->splits);
    for (size_t i = 0; i < fact->places->count; i++) {
        if (!spread_turn(i, day, fact->day_count, fact->rounds, &turn)) continue;
        struct split *split = &fact->splits[fact->pairs[i]];
        int64_t *left = &fact->of->left[fact->others->places[fact->pairs[i]]];
        split->all += fact->weight_before[i + 1] - fact->weight_before[i];
        split->quantity += *left;
        *left = 0;
    }
}

static int64_t take_left(struct fact *fact, size_t place)
{
    if (fact->splits == NULL) {
        int64_t *left = &fact->of->left[fact->places->places[place]], quantity = *left;
        *left = 0;
        return quantity;
    }
    struct split *split = &fact->splits[fact->pairs[place]];
    int64_t before = split->before;
    split->before += fact->weight_before[place + 1] - fact->weight_before[place];
    return split->all == 0 ? 0 : spread_part(split->quantity, before, split->before, split->all);
}

static void numbers_fill(struct fact *fact, ProtobufCMessage *line, size_t place, int64_t quantity, int64_t before,
                         int64_t after)
{
    if (fact->kind->quantity != NULL) message_set_number(line, fact->kind->quantity, quantity);
    for (size_t k = 0; k < fact->same_count; k++) message_set_number(line, fact->same[k], quantity);
    for (size_t k = 0; k < fact->each.count; k++) {
        int64_t share = spread_share(fact->each.totals[k], place, fact->places->count);
        message_set_number(line, fact->each.fields[k], share);
        if (!fact->touched[place]) fact->each_sums[k] += share;
    }
    for (size_t k = 0; k < fact->spread.count; k++) {
        int64_t share = turn_share(fact, fact->spread.totals[k], place, before, after);
        message_set_number(line, fact->spread.fields[k], share);
        fact->spread_sums[k] += share;
    }
    fact->quantity += quantity;
    fact->touched_count += !fact->touched[place];
    fact->touched[place] = true;
}

/* The text of the place that the request itself names: another one means another command. */
static const char *place_of_request(const struct player *player, const struct fact *fact, size_t place)
{
    if (!fact->line_has_place) return player->world.places[fact->places->places[place]].code;
    if (fact->others == NULL) return NULL;
    return player->world.places[fact->others->places[fact->pairs[place]]].code;
}

static bool line_play(struct player *player, struct fact *fact, size_t place, size_t day)
{
    size_t turn;
    if (!spread_turn(place, day, fact->day_count, fact->rounds, &turn)) return true;
    int64_t before = fact->turns_before[place];
    int64_t after = before + turn_weight(fact, place, day);
    fact->turns_before[place] = after;
    uint32_t at = fact->places->places[place];
    int64_t quantity = fact->of != NULL ? take_left(fact, place)
                       : fact->total >= 0 ? turn_share(fact, fact->total, place, before, after) : 0;
    if (quantity == 0 && fact->kind->quantity != NULL) return true;

    struct batch *batch = &fact->batch;
    const char *named = place_of_request(player, fact, place);
    if (named != NULL && batch->count > 0 && strcmp(batch->texts[1], named) != 0 && !batch_send(batch)) return false;
    ProtobufCMessage *line = batch_line(batch, fact->template);
    if (fact->line_has_place) {
        message_set_text(line, fact->kind->place, arena_strdup(&batch->memory, player->world.places[at].code));
    }
    if (named != NULL && batch->count == 0) {
        batch->fields[1] = fact->line_has_place ? fact->kind->other : fact->kind->place;
        batch->texts[1] = arena_strdup(&batch->memory, named);
    }
    numbers_fill(fact, line, place, quantity, before, after);
    leave(fact, place, quantity);
    return batch_add(batch, line);
}

static bool fact_play(struct player *player, struct fact *fact, size_t day)
{
    char text[11] = "";
    if (fact->kind->day != NULL) {
        day_format(fact->days[day], text);
        fact->batch.fields[0] = fact->kind->day;
        fact->batch.texts[0] = text;
    }
    snprintf(player->words.where, sizeof player->words.where, "%s %s %s", fact->kind->name, fact->name, text);
    split_left(fact, day);
    bool going = true;
    for (size_t i = 0; going && i < fact->places->count; i++) going = line_play(player, fact, fact->order[i], day);
    return going && batch_send(&fact->batch);
}

static bool days_play(struct season *season)
{
    size_t next[PART_FACTS_MAX] = {0};
    for (;;) {
        int32_t day = INT32_MAX;
        for (size_t i = 0; i < season->count; i++) {
            const struct fact *fact = season->facts[i];
            if (next[i] < fact->day_count && fact->days[next[i]] < day) day = fact->days[next[i]];
        }
        if (day == INT32_MAX) return true;
        for (size_t i = 0; i < season->count; i++) {
            struct fact *fact = season->facts[i];
            if (next[i] == fact->day_count || fact->days[next[i]] != day) continue;
            if (!fact_play(season->player, fact, next[i]++)) return false;
        }
    }
}

/* ---- totals */

static const char *text_of(const ProtobufCMessage *line, const char *field)
{
    return message_has(line->descriptor, field, MESSAGE_TEXT) ? message_text(line, field) : "";
}

static void fact_note(struct player *player, const struct fact *fact)
{
    char more[400] = "";
    size_t length = 0;
    const struct shares *const both[] = {&fact->each, &fact->spread};
    const int64_t *const sums[] = {fact->each_sums, fact->spread_sums};
    for (int b = 0; b < 2; b++) {
        for (size_t k = 0; k < both[b]->count && length < sizeof more; k++) {
            int written = snprintf(more + length, sizeof more - length, "  %s %lld", both[b]->fields[k],
                                   (long long)sums[b][k]);
            if (written > 0) length += (size_t)written;
        }
    }
    const char *about = text_of(fact->template, "item");
    if (about[0] == '\0') about = text_of(fact->template, "code");
    player_note(player, "%-10s %-24s %8llu lines %7zu places  total %lld%s", fact->kind->name, about,
                (unsigned long long)fact->batch.lines_sent, fact->touched_count, (long long)fact->quantity, more);
    must(fact->total < 0 || fact->quantity == fact->total);
    int64_t left = 0;
    for (size_t i = 0; fact->left != NULL && i < player->world.place_count; i++) left += fact->left[i];
    if (left > 0) player_note(player, "%-10s %-24s %lld not taken by what is of it", "", about, (long long)left);
}

bool facts_play(struct player *player, const cJSON *part)
{
    struct season season = {.player = player};
    char where[sizeof player->words.where];
    const cJSON *list = words_list(&player->words, part, "facts"), *one;
    snprintf(where, sizeof where, "%s", player->words.where);
    cJSON_ArrayForEach(one, list) {
        if (season.count == PART_FACTS_MAX) words_wrong(&player->words, "at most %d facts in a part", PART_FACTS_MAX);
        if (player->words.wrong) break;
        snprintf(player->words.where, sizeof player->words.where, "%.90s.facts[%zu]", where, season.count);
        struct fact *fact = memory_array(1, sizeof *fact);
        fact_read(&season, one, fact);
        season.facts[season.count++] = fact;
    }
    bool going = !player->words.wrong && days_play(&season);
    for (size_t i = 0; i < season.count; i++) {
        if (going) fact_note(player, season.facts[i]);
        fact_free(season.facts[i]);
    }
    return going;
}
