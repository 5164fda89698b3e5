/* world.c - the places of a programme, their tree, and sets of them; see world.h. */
#include "rasad/world.h"

#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "rasad/memory.h"
#include "rasad/spread.h"

#include <stdlib.h>
#include <string.h>

bool world_init(struct world *world)
{
    *world = (struct world){0};
    return arena_init(&world->text, WORLD_TEXT_BYTES_MAX);
}

static void set_free(struct place_set *set)
{
    free(set->places);
    free(set->weight_before);
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < world->set_count; i++) set_free(&world->sets[i]);
    codes_free(&world->codes);
    free(world->places);
    free(world->in_order);
    arena_destroy(&world->text);
}

/* ---- places */

static uint32_t kind_of(struct world *world, const char *kind)
{
    uint32_t i = 0;
    while (i < world->kind_count && strcmp(world->kinds[i], kind) != 0) i++;
    if (i < world->kind_count || i == WORLD_KINDS_MAX) return i;
    world->kinds[world->kind_count++] = arena_strdup(&world->text, kind);
    return i;
}

/* "26.8467" in millionths; what is not of that form is the services' to refuse. */
static bool udeg_read(const char *text, int32_t *udeg)
{
    int64_t value = 0;
    int decimals = -1;
    bool negative = text[0] == '-';
    for (const char *at = text + negative; *at != '\0'; at++) {
        if (*at == '.' && decimals < 0) decimals = 0;
        else if (*at < '0' || *at > '9' || decimals == 6 || value > 1000000000) return false;
        else value = value * 10 + (*at - '0'), decimals += decimals >= 0;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 6; i++) value *= 10;
    if (text[0] == '\0' || value > 180000000) return false;
    *udeg = (int32_t)(negative ? -value : value);
    return true;
}

const char *world_add(struct world *world, const char *code, const char *kind, const char *parent,
                      const char *const names[LANGUAGES], const char *latitude, const char *longitude)
{
    struct world_place place = {.parent = NO_PLACE};
    if (world->place_count == WORLD_PLACES_MAX) return "too many places";
    if (!code_ok(code)) return "its code is not 1 to 24 of A-Z a-z 0-9 . _ -";
    if (parent[0] != '\0' && !codes_find(&world->codes, parent, &place.parent)) {
        return "its parent was not added before it";
    }
    place.kind = kind_of(world, kind);
    if (place.kind == WORLD_KINDS_MAX) return "too many kinds";
    place.code = arena_strdup(&world->text, code);
    for (int i = 0; i < LANGUAGES; i++) {
        place.names[i] = names[i][0] == '\0' ? "" : arena_strdup(&world->text, names[i]);
    }
    place.has_position = udeg_read(latitude, &place.latitude_udeg) && udeg_read(longitude, &place.longitude_udeg);
    must(!world->text.full);
    uint32_t index = (uint32_t)world->place_count;
    if (!codes_add(&world->codes, place.code, &index)) return "its code was added before";
    world->places = memory_grow(world->places, world->place_count + 1, &world->place_room, sizeof place);
    world->places[world->place_count++] = place;
    world->ordered = false;
    return NULL;
}

/* Parents stand before their children: sizes from the end, then places from the beginning. */
static void put_in_order(struct world *world)
{
    if (world->ordered) return;
    size_t n = world->place_count;
    free(world->in_order);
    world->in_order = memory_array(n, sizeof *world->in_order);
    uint32_t *size = memory_array(n, sizeof *size), *next = memory_array(n, sizeof *next), next_root = 0;
    for (size_t i = n; i-- > 0;) {
        size[i]++;
        if (world->places[i].parent != NO_PLACE) size[world->places[i].parent] += size[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        struct world_place *place = &world->places[i];
        uint32_t *from = place->parent == NO_PLACE ? &next_root : &next[place->parent];
        place->from = *from;
        place->to = *from + size[i];
        *from += size[i];
        next[i] = place->from + 1;
        world->in_order[place->from] = i;
    }
    free(size);
    free(next);
    world->ordered = true;
}

/* ---- sets */

/* How many places of the set stand before this position in the order of the tree. */
static size_t before(const struct world *world, const struct place_set *set, uint32_t position)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (world->places[set->places[middle]].from < position) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool holds(const struct world *world, const struct place_set *set, uint32_t place)
{
    size_t at = before(world, set, world->places[place].from);
    return at < set->count && set->places[at] == place;
}

/* Is it, or a place above it, in the set? */
static bool stands_below(const struct world *world, const struct place_set *set, uint32_t place)
{
    for (; place != NO_PLACE; place = world->places[place].parent) {
        if (holds(world, set, place)) return true;
    }
    return false;
}

static bool fits(const struct world *world, const struct set_rule *rule, uint32_t place)
{
    if (strcmp(world->kinds[world->places[place].kind], rule->kind) != 0) return false;
    if (rule->below != NULL && !stands_below(world, rule->below, place)) return false;
    for (size_t i = 0; i < rule->without_count; i++) {
        if (holds(world, rule->without[i], place)) return false;
    }
    return true;
}

static void weigh(struct place_set *set, int64_t vary)
{
    set->weight_before = memory_array(set->count + 1, sizeof *set->weight_before);
    for (size_t i = 0; i < set->count; i++) {
        set->weight_before[i + 1] = set->weight_before[i] + (vary == 0 ? 1 : spread_weight(i, 0, vary));
    }
}

const struct place_set *world_set(struct world *world, const struct set_rule *rule, const char **wrong)
{
    put_in_order(world);
    if (world->set_count == WORLD_SETS_MAX) {
        *wrong = "too many sets";
        return NULL;
    }
    uint32_t *all = memory_array(world->place_count, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < world->place_count; i++) {
        if (fits(world, rule, world->in_order[i])) all[n++] = world->in_order[i];
    }
    size_t count = rule->count == 0 ? n : (size_t)rule->count;
    if (count > n || count == 0) {
        *wrong = "there are not so many places of this kind";
        free(all);
        return NULL;
    }
    struct place_set *set = &world->sets[world->set_count++];
    *set = (struct place_set){.name = arena_strdup(&world->text, rule->name), .count = count};
    set->places = memory_array(count, sizeof *set->places);
    for (size_t i = 0; i < count; i++) set->places[i] = all[rule->first ? i : spread_pick(i, count, n)];
    free(all);
    weigh(set, rule->vary);
    return set;
}

static const struct place_set *set_of_one(struct world *world, uint32_t place)
{
    if (world->set_count == WORLD_SETS_MAX) return NULL;
    struct place_set *set = &world->sets[world->set_count++];
    *set = (struct place_set){.name = world->places[place].code, .count = 1};
    set->places = memory_array(1, sizeof *set->places);
    set->places[0] = place;
    weigh(set, 0);
    return set;
}

const struct place_set *world_find(struct world *world, const char *name)
{
    const char *wrong;
    uint32_t place;
    for (size_t i = 0; i < world->set_count; i++) {
        if (strcmp(world->sets[i].name, name) == 0) return &world->sets[i];
    }
    const struct set_rule all = {.name = name, .kind = name};
    const struct place_set *of_kind = world_set(world, &all, &wrong);
    if (of_kind != NULL) return of_kind;
    return codes_find(&world->codes, name, &place) ? set_of_one(world, place) : NULL;
}

bool world_pair(struct world *world, const struct place_set *takers, const struct place_set *givers, uint32_t *pairs,
                uint32_t *lonely)
{
    put_in_order(world);
    uint32_t *turns = memory_array(world->place_count, sizeof *turns); /* given out so far, at each place above */
    bool all = true;
    for (size_t i = 0; i < takers->count && all; i++) {
        uint32_t place = takers->places[i];
        for (; place != NO_PLACE; place = world->places[place].parent) {
            size_t first = before(world, givers, world->places[place].from);
            size_t last = before(world, givers, world->places[place].to);
            if (first == last) continue;
            bool itself = givers->places[first] == place;
            pairs[i] = (uint32_t)(first + (itself ? 0 : turns[place]++ % (last - first)));
            break;
        }
        all = place != NO_PLACE;
        if (!all) *lonely = takers->places[i];
    }
    free(turns);
    return all;
}
