/* programme.c - the parts of a programme: commands, places, people, levels, sets, facts.
 * Flow:    programme.json -> for each part the row of its kind below -> lines -> batches -> player_command.
 * Rule:    a part has only the words of its kind; what is wrong is named with the part before anything is sent.
 */
#include "rasad/programme.h"

#include "base/must.h"
#include "base/text.h"
#include "json/jsonpb.h"
#include "rasad/csv.h"
#include "rasad/memory.h"
#include "rasad/place_file.h"
#include "rasad/spread.h"
#include "registry.pb-c.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UDEG_PER_KM INT64_C(8983)      /* millionths of a degree of latitude */

static const char *const languages[LANGUAGES] = {"en", "hi", "fa"};

/* ---- words shared by parts */

const struct place_set *set_read(struct player *player, const cJSON *object, const char *word)
{
    const char *name = words_text(&player->words, object, word, NULL);
    if (player->words.wrong) return NULL;
    const struct place_set *set = world_find(&player->world, name);
    if (set == NULL) words_wrong(&player->words, "\"%s\": no set, kind or place is called \"%s\"", word, name);
    return set;
}

void shares_read(struct player *player, const cJSON *object, const ProtobufCMessageDescriptor *line,
                 struct shares *shares)
{
    shares->count = 0;
    if (object == NULL) return;
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        if (shares->count == FACT_SHARES_MAX || !message_has(line, member->string, MESSAGE_NUMBER)) {
            words_wrong(&player->words, "a line has no number \"%s\"", member->string);
            return;
        }
        shares->fields[shares->count] = member->string;
        shares->totals[shares->count++] = words_whole(&player->words, member, 0, QUANTITY_MAX);
    }
}

ProtobufCMessage *template_read(struct player *player, const cJSON *object, const ProtobufCMessageDescriptor *line)
{
    const cJSON *constant = words_object(&player->words, object, "line");
    if (constant == NULL) return message_new(&player->lasting, line);
    struct json_error error;
    char *text = cJSON_PrintUnformatted(constant);
    must(text != NULL);
    ProtobufCMessage *template = message_decode(&player->lasting, line, text, strlen(text), &error);
    cJSON_free(text);
    if (template == NULL) {
        words_wrong(&player->words, "line.%s: found %s, needed %s", error.path, error.found, error.needed);
    }
    return template;
}

/* ---- part "commands": explicit commands, one in a line */

static ProtobufCMessage *request_read(struct player *player, const struct command *command, const char *text,
                                      struct arena *memory)
{
    const char *value;
    size_t bytes;
    struct json_error error;
    if (!words_member(text, "request", &value, &bytes)) {
        words_wrong(&player->words, "\"request\" is missing");
        return NULL;
    }
    ProtobufCMessage *request = message_decode(memory, command->request, value, bytes, &error);
    if (request == NULL) {
        words_wrong(&player->words, "request.%s: found %s, needed %s", error.path, error.found, error.needed);
    }
    return request;
}

static bool command_line(struct player *player, const char *line, struct arena *memory)
{
    static const char *const allowed[] = {"label", "method", "for", "request", NULL};
    struct json_error error;
    if (!json_scan(line, strlen(line), &error)) {
        return words_wrong(&player->words, "not JSON: %s: found %s, needed %s", error.path, error.found, error.needed);
    }
    char *text = player_resolve(player, line);
    if (text == NULL) return false;
    cJSON *json = cJSON_Parse(text);
    words_only(&player->words, json, allowed);
    const struct command *command = player_method(player, words_text(&player->words, json, "method", NULL));
    const char *label = words_text(&player->words, json, "label", "");
    ProtobufCMessage *request = player->words.wrong ? NULL : request_read(player, command, text, memory);
    player->on_behalf_of = words_text(&player->words, json, "for", "");
    bool going = request != NULL && player_command(player, command, request, label[0] != '\0' ? label : NULL);
    player->on_behalf_of = "";
    cJSON_Delete(json);
    free(text);
    arena_reset(memory);
    return going;
}

static bool play_commands(struct player *player, const cJSON *part)
{
    char path[PATH_BYTES_MAX];
    const char *name = words_text(&player->words, part, "file", NULL);
    char *text = player_file(player, name, path);
    if (text == NULL) return false;
    struct arena memory;
    must(arena_init(&memory, ARENA_BYTES_MAX));
    bool going = true;
    unsigned number = 0;
    for (char *line = text, *end; going && *line != '\0'; line = end) {
        number++;
        end = line + strcspn(line, "\n");
        if (*end == '\n') *end++ = '\0';
        line += strspn(line, " \t\r");
        if (*line == '\0' || *line == '#') continue;
        snprintf(player->words.where, sizeof player->words.where, "%s:%u", name, number);
        going = command_line(player, line, &memory);
    }
    arena_destroy(&memory);
    free(text);
    return going;
}

/* ---- part "places": a spreadsheet */

static bool place_to_world(struct player *player, const Rasad__V1__PlaceLine *line)
{
    const char *names[LANGUAGES] = {"", "", ""};
    if (line->name != NULL) {
        names[0] = line->name->en;
        names[1] = line->name->hi;
        names[2] = line->name->fa;
    }
    const char *wrong =
        world_add(&player->world, line->code, line->kind, line->parent, names, line->latitude, line->longitude);
    return wrong == NULL || words_wrong(&player->words, "place %s: %s", line->code, wrong);
}

static bool play_places(struct player *player, const cJSON *part)
{
    char path[PATH_BYTES_MAX];
    const char *name = words_text(&player->words, part, "file", NULL);
    snprintf(path, sizeof path, "%s/%s", player->directory, name);
    struct place_file file = {0};
    struct problems problems = {0};
    enum err err = place_file_read(path, &file, &problems);
    if (err != ERR_OK) words_wrong(&player->words, "%s: %s", path, err_text(err));
    else if (problems.count > 0) {
        problems_print(&problems, path);
        words_wrong(&player->words, "%s: %zu problems", path, problems.count);
    }
    struct batch batch;
    must(batch_init(&batch, player, player_method(player, "Registry/AddPlaces"), LINES_PER_COMMAND_MAX));
    bool going = !player->words.wrong;
    for (size_t i = 0; going && i < file.row_count; i++) {
        going = place_to_world(player, &file.lines[i]) &&
                batch_add(&batch, batch_line(&batch, &file.lines[i].base));
    }
    going = going && batch_send(&batch);
    if (going) player_note(player, "%-10s %-24s %zu places", "places", name, file.row_count);
    batch_free(&batch);
    problems_free(&problems);
    place_file_free(&file);
    return going;
}

/* ---- part "people": a spreadsheet of who may do what where */

enum person_column {
    PERSON_CODE, PERSON_NAME, PERSON_PHONE, PERSON_ROLES, PERSON_PASSWORD, PERSON_PIN, PERSON_COLUMNS
};
static const char *const person_columns[PERSON_COLUMNS] = {"code", "name", "phone", "roles", "password", "pin"};

struct person {
    char *cells[PERSON_COLUMNS]; /* "" where there is none */
};

/* "cluster_manager@VO.1 auditor@UP": each word a role and its place. */
static bool roles_read(struct player *player, char *text, struct arena *memory, Rasad__V1__PersonLine *line)
{
    line->roles = arena_array(memory, ROLES_PER_PERSON_MAX, sizeof *line->roles);
    for (char *rest = text, *word; (word = strsep(&rest, " ")) != NULL;) {
        char *at = strchr(word, '@'), name[64];
        if (at == NULL || line->n_roles == ROLES_PER_PERSON_MAX) {
            return words_wrong(&player->words, "roles: \"%s\" is no role@place, or one too many", word);
        }
        *at = '\0';
        snprintf(name, sizeof name, "ROLE_%s", word);
        for (char *c = name; *c != '\0'; c++) *c = (char)toupper((unsigned char)*c);
        const ProtobufCEnumValue *role =
            protobuf_c_enum_descriptor_get_value_by_name(&rasad__v1__role__descriptor, name);
        if (role == NULL) return words_wrong(&player->words, "roles: there is no role \"%s\"", word);
        Rasad__V1__RoleAt *role_at = (Rasad__V1__RoleAt *)message_new(memory, &rasad__v1__role_at__descriptor);
        role_at->role = (Rasad__V1__Role)role->value;
        role_at->place = arena_strdup(memory, at + 1);
        line->roles[line->n_roles++] = role_at;
    }
    return true;
}

static bool person_add(struct player *player, struct batch *batch, const struct person *person)
{
    Rasad__V1__PersonLine *line = (Rasad__V1__PersonLine *)batch_line(batch, NULL);
    char *roles = arena_strdup(&batch->memory, person->cells[PERSON_ROLES]);
    char *first_role = arena_strdup(&batch->memory, person->cells[PERSON_ROLES]);
    first_role[strcspn(first_role, "@")] = '\0';
    line->code = person->cells[PERSON_CODE];
    line->name = person->cells[PERSON_NAME];
    line->phone = person->cells[PERSON_PHONE];
    if (person->cells[PERSON_PASSWORD][0] != '\0') {
        player_login(player, first_role, line->code, person->cells[PERSON_PASSWORD]);
    }
    return (roles[0] == '\0' || roles_read(player, roles, &batch->memory, line)) && batch_add(batch, &line->base);
}

static bool password_set(struct player *player, const struct person *person, enum person_column column)
{
    Rasad__V1__SetPasswordRequest request;
    if (person->cells[column][0] == '\0') return true;
    rasad__v1__set_password_request__init(&request);
    request.person = person->cells[PERSON_CODE];
    if (column == PERSON_PASSWORD) request.password = person->cells[column];
    else request.pin = person->cells[column];
    return player_command(player, player_method(player, "Registry/SetPassword"), &request.base, NULL);
}

/* The header says which column is which; rows follow. */
static size_t people_read(struct player *player, char *text, const char *name, struct person **people)
{
    struct csv csv;
    struct csv_row row = {0};
    size_t order[CSV_COLUMNS_MAX], columns = 0, count = 0, room = 0;
    csv_begin(&csv, text, strlen(text));
    for (enum csv_result result; (result = csv_next(&csv, &row)) != CSV_END && !player->words.wrong;) {
        snprintf(player->words.where, sizeof player->words.where, "%s:%u", name, csv.row);
        if (result == CSV_WRONG) {
            words_wrong(&player->words, "%s", csv.wrong);
        } else if (columns > 0 && row.field_count != columns) {
            words_wrong(&player->words, "not as many fields as the header");
        } else if (columns > 0) {
            *people = memory_grow(*people, count + 1, &room, sizeof **people);
            for (size_t i = 0; i < PERSON_COLUMNS; i++) (*people)[count].cells[i] = text + strlen(text);
            for (size_t i = 0; i < columns; i++) (*people)[count].cells[order[i]] = row.fields[i];
            count++;
        } else {
            columns = row.field_count;
            for (size_t i = 0; i < columns; i++) {
                order[i] = 0;
                while (order[i] < PERSON_COLUMNS && strcmp(person_columns[order[i]], row.fields[i]) != 0) order[i]++;
                if (order[i] == PERSON_COLUMNS) words_wrong(&player->words, "there is no column \"%s\"", row.fields[i]);
            }
        }
    }
    return count;
}

static bool play_people(struct player *player, const cJSON *part)
{
    char path[PATH_BYTES_MAX];
    const char *name = words_text(&player->words, part, "file", NULL);
    char *text = player_file(player, name, path);
    if (text == NULL) return false;
    struct person *people = NULL;
    size_t count = people_read(player, text, name, &people);
    struct batch batch;
    must(batch_init(&batch, player, player_method(player, "Registry/AddPeople"), LINES_PER_COMMAND_MAX));
    bool going = !player->words.wrong;
    for (size_t i = 0; going && i < count; i++) going = person_add(player, &batch, &people[i]);
    going = going && batch_send(&batch);
    for (size_t i = 0; going && i < count; i++) {
        going = password_set(player, &people[i], PERSON_PASSWORD) && password_set(player, &people[i], PERSON_PIN);
    }
    if (going) player_note(player, "%-10s %-24s %zu people", "people", name, count);
    batch_free(&batch);
    free(people);
    free(text);
    return going;
}

/* ---- part "level": so many places of a kind, spread over those above */

struct level {
    const char *kind, *code;
    const struct place_set *over;
    int64_t count;
    int64_t around_km;
    const char *name_patterns[LANGUAGES];
    char *name_rows[NAME_LIST_MAX][LANGUAGES]; /* of the list of names */
    size_t name_row_count;
    char *name_text;
    ProtobufCMessage *template;
    struct shares each;
};

/* {parent}, {name}: that place's own; {i}: number below its parent, {n}: number in all; {i:2}: at least two digits. */
static bool pattern_fill(struct player *player, const char *pattern, const char *parent, const char *name, size_t i,
                         size_t n, char out[PATTERN_BYTES_MAX])
{
    size_t length = 0;
    out[0] = '\0';
    while (*pattern != '\0') {
        char word[16] = "", piece[PATTERN_BYTES_MAX] = {*pattern, '\0'};
        int digits = 0, taken = 0;
        if (*pattern == '{' && sscanf(pattern, "{%15[a-z]%n:%1d%n", word, &taken, &digits, &taken) >= 1 &&
            pattern[taken] == '}') {
            if (strcmp(word, "parent") == 0) snprintf(piece, sizeof piece, "%s", parent);
            else if (strcmp(word, "name") == 0) snprintf(piece, sizeof piece, "%s", name);
            else if (strcmp(word, "i") == 0) snprintf(piece, sizeof piece, "%0*zu", digits, i);
            else if (strcmp(word, "n") == 0) snprintf(piece, sizeof piece, "%0*zu", digits, n);
            else return words_wrong(&player->words, "there is no {%s} in a pattern", word);
            pattern += taken;
        }
        pattern++;
        if (length + strlen(piece) >= PATTERN_BYTES_MAX) {
            return words_wrong(&player->words, "a code or name is too long");
        }
        memcpy(out + length, piece, strlen(piece) + 1);
        length += strlen(piece);
    }
    return true;
}

/* A list of names: a spreadsheet with the columns en, hi, fa. */
static void names_read(struct player *player, const char *file, struct level *level)
{
    char path[PATH_BYTES_MAX];
    struct csv csv;
    struct csv_row row = {0};
    if (file[0] == '\0' || (level->name_text = player_file(player, file, path)) == NULL) return;
    csv_begin(&csv, level->name_text, strlen(level->name_text));
    size_t columns = 0;
    for (enum csv_result result; (result = csv_next(&csv, &row)) != CSV_END && !player->words.wrong;) {
        if (result == CSV_WRONG || row.field_count > LANGUAGES || level->name_row_count == NAME_LIST_MAX) {
            words_wrong(&player->words, "%s:%u: %s", file, csv.row, result == CSV_WRONG ? csv.wrong : "too much");
        } else if (columns == 0) {
            columns = row.field_count;
            for (size_t i = 0; i < columns; i++) {
                if (strcmp(row.fields[i], languages[i]) == 0) continue;
                words_wrong(&player->words, "%s: the header is en,hi,fa", file);
            }
        } else {
            for (size_t i = 0; i < LANGUAGES; i++) {
                char *empty = level->name_text + strlen(level->name_text);
                level->name_rows[level->name_row_count][i] = i < row.field_count ? row.fields[i] : empty;
            }
            level->name_row_count++;
        }
    }
    if (level->name_row_count == 0) words_wrong(&player->words, "%s: no names", file);
}

static void level_read(struct player *player, const cJSON *part, struct level *level)
{
    level->kind = words_text(&player->words, part, "kind", NULL);
    level->code = words_text(&player->words, part, "code", NULL);
    level->count = words_number(&player->words, part, "count", 1, WORLD_PLACES_MAX, 0);
    level->around_km = words_number(&player->words, part, "around_km", 0, 1000, 0);
    level->over = set_read(player, part, "over");
    const cJSON *names = words_object(&player->words, part, "name");
    for (int i = 0; i < LANGUAGES; i++) {
        level->name_patterns[i] = names == NULL ? "" : words_text(&player->words, names, languages[i], "");
    }
    names_read(player, words_text(&player->words, part, "names", ""), level);
    level->template = template_read(player, part, &rasad__v1__place_line__descriptor);
    shares_read(player, words_object(&player->words, part, "each"), &rasad__v1__place_line__descriptor, &level->each);
}

static void position_fill(const struct world_place *parent, size_t i, size_t below, int64_t around_km,
                          char latitude[16], char longitude[16])
{
    int64_t north, east;
    latitude[0] = longitude[0] = '\0';
    if (around_km == 0 || !parent->has_position) return;
    spread_around(i, below, around_km * UDEG_PER_KM, &north, &east);
    int64_t values[] = {parent->latitude_udeg + north, parent->longitude_udeg + east};
    char *texts[] = {latitude, longitude};
    for (int k = 0; k < 2; k++) {
        int64_t size = values[k] < 0 ? -values[k] : values[k];
        snprintf(texts[k], 16, "%s%d.%06d", values[k] < 0 ? "-" : "", (int)(size / 1000000), (int)(size % 1000000));
    }
}

/* The i-th of `below` places under its parent, the n-th of all (both from 0). */
static bool level_place(struct player *player, struct batch *batch, const struct level *level, uint32_t parent_index,
                        size_t i, size_t below, size_t n)
{
    const struct world_place parent = player->world.places[parent_index];
    char code[PATTERN_BYTES_MAX], names[LANGUAGES][PATTERN_BYTES_MAX], latitude[16], longitude[16];
    Rasad__V1__PlaceLine *line = (Rasad__V1__PlaceLine *)batch_line(batch, level->template);
    if (!pattern_fill(player, level->code, parent.code, "", i + 1, n + 1, code)) return false;
    Rasad__V1__Names *name = (Rasad__V1__Names *)message_new(&batch->memory, &rasad__v1__names__descriptor);
    char **const in_line[LANGUAGES] = {&name->en, &name->hi, &name->fa};
    for (int k = 0; k < LANGUAGES; k++) {
        const char *listed = level->name_row_count == 0 ? "" : level->name_rows[n % level->name_row_count][k];
        const char *above = parent.names[k][0] != '\0' ? parent.names[k] : parent.names[0];
        if (!pattern_fill(player, level->name_patterns[k], above, listed, i + 1, n + 1, names[k])) return false;
        if (names[k][0] == '\0') continue;
        *in_line[k] = arena_strdup(&batch->memory, names[k]);
        line->name = name;
    }
    position_fill(&parent, i, below, level->around_km, latitude, longitude);
    line->code = arena_strdup(&batch->memory, code);
    line->kind = arena_strdup(&batch->memory, level->kind);
    line->parent = arena_strdup(&batch->memory, parent.code);
    if (latitude[0] != '\0') {
        line->latitude = arena_strdup(&batch->memory, latitude);
        line->longitude = arena_strdup(&batch->memory, longitude);
    }
    line->register_number = (int32_t)(i + 1);
    for (size_t k = 0; k < level->each.count; k++) {
        int64_t share = spread_share(level->each.totals[k], n, (size_t)level->count);
        message_set_number(&line->base, level->each.fields[k], share);
    }
    return place_to_world(player, line) && batch_add(batch, &line->base);
}

static bool play_level(struct player *player, const cJSON *part)
{
    struct level *level = memory_array(1, sizeof *level);
    level_read(player, part, level);
    struct batch batch;
    must(batch_init(&batch, player, player_method(player, "Registry/AddPlaces"), LINES_PER_COMMAND_MAX));
    bool going = !player->words.wrong;
    size_t n = 0;
    for (size_t p = 0; going && p < level->over->count; p++) {
        size_t below = (size_t)spread_share(level->count, p, level->over->count);
        for (size_t i = 0; going && i < below; i++, n++) {
            going = level_place(player, &batch, level, level->over->places[p], i, below, n);
        }
    }
    going = going && batch_send(&batch);
    if (going) player_note(player, "%-10s %-24s %zu places over %zu", "level", level->kind, n, level->over->count);
    batch_free(&batch);
    free(level->name_text);
    free(level);
    return going;
}

/* ---- part "set": a choice of places, for facts */

static bool play_set(struct player *player, const cJSON *part)
{
    struct set_rule rule = {
        .name = words_text(&player->words, part, "name", NULL),
        .kind = words_text(&player->words, part, "kind", NULL),
        .count = words_number(&player->words, part, "count", 1, WORLD_PLACES_MAX, 1),
        .vary = words_number(&player->words, part, "vary", 0, 99, 0),
    };
    if (cJSON_GetObjectItemCaseSensitive(part, "count") == NULL) rule.count = 0;
    const char *pick = words_text(&player->words, part, "pick", "evenly");
    rule.first = strcmp(pick, "first") == 0;
    if (!rule.first && strcmp(pick, "evenly") != 0) words_wrong(&player->words, "\"pick\" is evenly or first");
    if (cJSON_GetObjectItemCaseSensitive(part, "below") != NULL) rule.below = set_read(player, part, "below");
    const cJSON *without = words_list(&player->words, part, "without"), *one;
    cJSON_ArrayForEach(one, without) {
        const struct place_set *set = cJSON_IsString(one) ? world_find(&player->world, one->valuestring) : NULL;
        if (set == NULL || rule.without_count == 8) {
            return words_wrong(&player->words, "\"without\": names of sets, at most 8");
        }
        rule.without[rule.without_count++] = set;
    }
    if (player->words.wrong) return false;
    const char *wrong = NULL;
    const struct place_set *set = world_set(&player->world, &rule, &wrong);
    if (set == NULL) return words_wrong(&player->words, "set %s: %s", rule.name, wrong);
    player_note(player, "%-10s %-24s %zu places", "set", set->name, set->count);
    return true;
}

/* ---- the kinds of parts */

static const struct part_kind {
    const char *name;
    bool (*play)(struct player *player, const cJSON *part);
    const char *words[16];
} part_kinds[] = {
    {"commands", play_commands, {"part", "about", "file"}},
    {"places",   play_places,   {"part", "about", "file"}},
    {"people",   play_people,   {"part", "about", "file"}},
    {"level",    play_level,    {"part", "about", "kind", "count", "over", "code", "name", "names", "around_km", "line",
                                 "each"}},
    {"set",      play_set,      {"part", "about", "name", "kind", "below", "without", "count", "pick", "vary"}},
    {"facts",    facts_play,    {"part", "about", "facts"}},
};

static bool part_play(struct player *player, const cJSON *part)
{
    const char *name = words_text(&player->words, part, "part", NULL);
    for (size_t i = 0; i < sizeof part_kinds / sizeof part_kinds[0]; i++) {
        if (strcmp(part_kinds[i].name, name) != 0) continue;
        words_only(&player->words, part, part_kinds[i].words);
        return !player->words.wrong && part_kinds[i].play(player, part);
    }
    return words_wrong(&player->words, "there is no part \"%s\"", name);
}

/* The name comes before all else: days and ids hang on it. */
static bool name_read(struct player *player, const char *text)
{
    const char *value;
    size_t bytes;
    if (!words_member(text, "programme", &value, &bytes) || bytes < 3 || value[0] != '"') {
        return words_wrong(&player->words, "\"programme\" is missing: a name for request ids");
    }
    char *name = arena_strdup(&player->lasting, value + 1);
    name[bytes - 2] = '\0';
    player->programme = name;
    return code_ok(name) || words_wrong(&player->words, "\"programme\": 1 to 24 of A-Z a-z 0-9 . _ -");
}

bool programme_play(struct player *player)
{
    static const char *const allowed[] = {"programme", "about", "parts", NULL};
    char path[PATH_BYTES_MAX];
    struct json_error error;
    snprintf(player->words.where, sizeof player->words.where, "programme.json");
    char *text = player_file(player, "programme.json", path);
    if (text == NULL) return false;
    char *resolved = NULL;
    if (!json_scan(text, strlen(text), &error)) {
        words_wrong(&player->words, "not JSON: %s: found %s, needed %s", error.path, error.found, error.needed);
    } else if (name_read(player, text)) {
        resolved = player_resolve(player, text);
    }
    cJSON *json = resolved == NULL ? NULL : cJSON_Parse(resolved);
    if (json != NULL) words_only(&player->words, json, allowed);
    const cJSON *parts = json == NULL ? NULL : words_list(&player->words, json, "parts"), *part;
    bool going = !player->words.wrong;
    int number = 0;
    cJSON_ArrayForEach(part, parts) {
        snprintf(player->words.where, sizeof player->words.where, "programme.json: parts[%d]", number++);
        if (!going) break;
        going = part_play(player, part);
    }
    cJSON_Delete(json);
    free(resolved);
    free(text);
    return going && !player->words.wrong;
}
