/* directory.c - see directory.h. A cached place is valid while counter "directory" stands: it rises whenever a place that
 * was there before changes. New places and items need no rise: nobody can have cached them. */
#include "store/directory.h"

#include "base/ids.h"
#include "base/log.h"
#include "base/must.h"

#include <string.h>

static struct {
    uint32_t store;                     /* the number of its opening */
    int64_t version;
    bool written;                       /* this command has written places or codes */
    struct place places[PLACE_CACHE];   /* at id modulo PLACE_CACHE; id 0: empty */
    struct item items[ITEM_CACHE];
    struct {
        uint32_t id;
        Rasad__V1__Behaviour behaviour;
    } kinds[KIND_CACHE];
    struct {
        uint32_t id;                    /* 0: empty */
        char class, code[CODE_BYTES_MAX + 1];
    } codes[CODE_CACHE];                /* a code stands for one id for ever: only what was undone is forgotten */
    size_t recent[128];                 /* of each class: where its code was that was asked for last, and mostly is again */
} cache;

static void cache_drop(void)
{
    memset(cache.places, 0, sizeof cache.places);
    memset(cache.items, 0, sizeof cache.items);
    memset(cache.kinds, 0, sizeof cache.kinds);
}

void directory_begin(struct txn *txn)
{
    struct key k = key("s", "directory");
    int64_t version = number_get(txn, TABLE_counter, &k);
    if (cache.store != store_number(txn->store)) memset(&cache, 0, sizeof cache);
    else if (version != cache.version) cache_drop();
    cache.store = store_number(txn->store);
    cache.version = version;
    cache.written = false;
}

void directory_undone(void)
{
    if (cache.written) {
        cache_drop();
        memset(cache.codes, 0, sizeof cache.codes);
        cache.version = -1;
    }
    cache.written = false;
}

/* ---- codes */

static bool code_at(size_t slot, enum code_class class, const char *code)
{
    return cache.codes[slot].id != 0 && cache.codes[slot].class == (char)class && strcmp(cache.codes[slot].code, code) == 0;
}

uint32_t code_id(struct txn *txn, enum code_class class, const char *code)
{
    size_t recent = cache.recent[class % 128];
    if (code_at(recent, class, code)) return txn->err == ERR_OK ? cache.codes[recent].id : 0;
    uint32_t hash = UINT32_C(2166136261) ^ (uint32_t)class, length = 0;
    for (; code[length] != '\0' && length <= CODE_BYTES_MAX; length++) hash = (hash ^ (uint8_t)code[length]) * UINT32_C(16777619);
    if (length == 0 || length > CODE_BYTES_MAX) return 0;
    size_t slot = (hash ^ hash >> 16) % CODE_CACHE;
    if (cache.codes[slot].id != 0 && !code_at(slot, class, code)) slot ^= 1; /* two to a pair: few are put out by another */
    cache.recent[class % 128] = slot;
    if (code_at(slot, class, code)) return txn->err == ERR_OK ? cache.codes[slot].id : 0;
    struct key k = key("bs", (int)class, code);
    uint32_t id = (uint32_t)number_get(txn, TABLE_code, &k);
    if (id == 0) return 0;
    cache.codes[slot].id = id;
    cache.codes[slot].class = (char)class;
    memcpy(cache.codes[slot].code, code, length + 1);
    return id;
}

uint32_t code_number(struct txn *txn, enum code_class class, const char *code)
{
    uint32_t id = code_id(txn, class, code);
    if (id != 0 || txn->err != ERR_OK) return id;
    const char word[] = {'i', 'd', ':', (char)class, '\0'};
    struct key k = key("bs", (int)class, code);
    id = (uint32_t)number_next(txn, word);
    number_put(txn, TABLE_code, &k, id);
    cache.written = true;
    return id;
}

/* Marks have no row of their own: their code is found from the table of codes. There are some dozens. */
const char *mark_code(struct txn *txn, uint32_t id)
{
    struct scan scan;
    struct key from = key("b", CODE_MARK);
    const char *code = "";
    for (scan_begin(&scan, txn, TABLE_code, &from, 1); scan_next(&scan);) {
        Rasad__V1__NumberRow *row = row_unpack(txn, scan.value, &rasad__v1__number_row__descriptor);
        if (row != NULL && row->value == (int64_t)id) {
            code = arena_strdup(txn->arena, (const char *)scan.key.data + 1);
            break;
        }
    }
    scan_end(&scan);
    return code != NULL ? code : "";
}

/* ---- kinds */

Rasad__V1__KindRow *kind_row(struct txn *txn, uint32_t id)
{
    struct key k = key("u", id);
    return row_get(txn, TABLE_kind, &k, &rasad__v1__kind_row__descriptor);
}

const char *kind_code(struct txn *txn, uint32_t id)
{
    Rasad__V1__KindRow *row = id != 0 ? kind_row(txn, id) : NULL;
    return row != NULL ? row->kind->code : "";
}

static Rasad__V1__Behaviour kind_behaviour(struct txn *txn, uint32_t id)
{
    Rasad__V1__Behaviour none = RASAD__V1__BEHAVIOUR__INIT;
    size_t slot = id % KIND_CACHE;
    if (id == 0) return none;
    if (cache.kinds[slot].id != id) {
        Rasad__V1__KindRow *row = kind_row(txn, id);
        if (row == NULL) return none;
        cache.kinds[slot].id = id;
        cache.kinds[slot].behaviour = row->kind->behaviour != NULL ? *row->kind->behaviour : none;
    }
    return cache.kinds[slot].behaviour;
}

/* ---- places */

Rasad__V1__PlaceRow *place_row(struct txn *txn, uint32_t id)
{
    struct key k = key("u", id);
    return row_get(txn, TABLE_place, &k, &rasad__v1__place_row__descriptor);
}

/* The counter tells every process to forget what it has cached. */
static void changed(struct txn *txn)
{
    cache_drop();
    cache.version = number_next(txn, "directory");
    cache.written = true;
}

void place_row_put(struct txn *txn, uint32_t id, const Rasad__V1__PlaceRow *row)
{
    struct key k = key("u", id);
    if (txn_has(txn, TABLE_place, &k)) changed(txn);
    row_put(txn, TABLE_place, &k, &row->base);
    cache.written = true;
}

static uint32_t parent_now(const Rasad__V1__PlaceRow *row)
{
    return row->n_parents > 0 ? (uint32_t)row->parents[row->n_parents - 1]->place : 0;
}

static bool place_load(struct txn *txn, uint32_t id, struct place *place)
{
    Rasad__V1__PlaceRow *row = place_row(txn, id);
    struct place parent;
    memset(place, 0, sizeof *place);
    if (row == NULL) return false;
    Rasad__V1__Behaviour behaviour = kind_behaviour(txn, (uint32_t)row->kind);
    must(strlen(row->code) <= CODE_BYTES_MAX);
    memcpy(place->code, row->code, strlen(row->code) + 1);
    place->kind = (uint32_t)row->kind;
    place->holds = behaviour.holds;
    place->makes = behaviour.makes;
    place->serves = behaviour.serves;
    place->lends = behaviour.lends;
    place->person = behaviour.person;
    place->outside = behaviour.outside;
    place->closed = row->closed;
    place->register_number = (uint32_t)row->register_number;
    place->members = row->members;
    place->latitude_udeg = row->latitude_udeg;
    place->longitude_udeg = row->longitude_udeg;
    place->calendar = row->calendar;
    place->path[0] = id;
    place->path_n = 1;
    place->path_totals = !place_hands_in(place);
    uint32_t above = parent_now(row);
    if (above != 0 && place_get(txn, above, &parent)) {
        for (uint32_t i = 0; i < parent.path_n && place->path_n < PATH_PLACES_MAX; i++)
            place->path[place->path_n++] = parent.path[i];
        place->path_totals |= parent.path_totals << 1;
        place->calendar = parent.calendar;
    }
    if (place->calendar == RASAD__V1__CALENDAR__CALENDAR_INHERITED)
        place->calendar = RASAD__V1__CALENDAR__CALENDAR_GREGORIAN;
    place->id = id;
    return txn->err == ERR_OK;
}

bool place_get(struct txn *txn, uint32_t id, struct place *place)
{
    struct place *slot = &cache.places[id % PLACE_CACHE];
    if (id != 0 && slot->id == id) {
        *place = *slot;
        return true;
    }
    size_t mark = arena_mark(txn->arena);
    bool found = id != 0 && place_load(txn, id, place);
    arena_release(txn->arena, mark);
    if (found) *slot = *place;
    else memset(place, 0, sizeof *place);
    return found;
}

bool place_find(struct txn *txn, const char *code, struct place *place)
{
    return place_get(txn, code_id(txn, CODE_PLACE, code), place);
}

const char *place_code(struct txn *txn, uint32_t id)
{
    struct place place;
    if (id == 0 || !place_get(txn, id, &place)) return "";
    const char *code = arena_strdup(txn->arena, place.code);
    return code != NULL ? code : "";
}

Rasad__V1__Names *place_names(struct txn *txn, uint32_t id)
{
    static Rasad__V1__Names none;
    rasad__v1__names__init(&none);
    Rasad__V1__PlaceRow *row = id != 0 ? place_row(txn, id) : NULL;
    if (row == NULL) return &none;
    if (row->name != NULL) return row->name;
    Rasad__V1__PrivateRow *private = private_get(txn, CODE_PLACE, row->code);
    Rasad__V1__Names *names = arena_alloc(txn->arena, sizeof *names);
    if (private == NULL || names == NULL) return &none;
    rasad__v1__names__init(names);
    names->en = private->name;
    return names;
}

bool place_keeps(const struct place *place)
{
    return (place->holds || place->makes || place->serves) && !place->outside;
}

bool place_hands_in(const struct place *place) { return place->makes && !place->holds && !place->serves; }

bool place_has_totals(struct txn *txn, uint32_t id)
{
    const struct place *slot = &cache.places[id % PLACE_CACHE];
    struct place place;
    if (id != 0 && slot->id == id) return !place_hands_in(slot); /* asked for each ancestor of each movement: no copy */
    return place_get(txn, id, &place) && !place_hands_in(&place);
}

bool place_within(const struct place *place, uint32_t ancestor)
{
    for (uint32_t i = 0; i < place->path_n; i++)
        if (place->path[i] == ancestor) return true;
    return false;
}

uint32_t place_path_at(struct txn *txn, uint32_t id, int64_t sequence, uint32_t path[PATH_PLACES_MAX])
{
    size_t mark = arena_mark(txn->arena);
    uint32_t n = 0;
    while (id != 0 && n < PATH_PLACES_MAX) {
        Rasad__V1__PlaceRow *row = place_row(txn, id);
        path[n++] = id;
        id = 0;
        for (size_t i = 0; row != NULL && i < row->n_parents; i++)
            if (i == 0 || row->parents[i]->sequence <= sequence) id = (uint32_t)row->parents[i]->place;
    }
    arena_release(txn->arena, mark);
    return n;
}

/* ---- items */

Rasad__V1__ItemRow *item_row(struct txn *txn, uint32_t id)
{
    struct key k = key("u", id);
    return row_get(txn, TABLE_item, &k, &rasad__v1__item_row__descriptor);
}

void item_row_put(struct txn *txn, uint32_t id, const Rasad__V1__ItemRow *row)
{
    struct key k = key("u", id);
    if (txn_has(txn, TABLE_item, &k)) changed(txn);
    row_put(txn, TABLE_item, &k, &row->base);
    cache.written = true;
}

static bool item_load(struct txn *txn, uint32_t id, struct item *item)
{
    Rasad__V1__ItemRow *row = item_row(txn, id);
    if (row == NULL) return false;
    const Rasad__V1__ItemAdded *added = row->item;
    memset(item, 0, sizeof *item);
    must(strlen(added->code) <= CODE_BYTES_MAX);
    memcpy(item->code, added->code, strlen(added->code) + 1);
    item->class = added->class_;
    item->check = added->check;
    item->used_up_on_issue = added->used_up_on_issue;
    item->shelf_life_min = added->shelf_life_min;
    item->wait_min = added->wait_min;
    item->display_factor = added->display_factor;
    item->aql_hundredths = added->aql_hundredths;
    item->recipes = row->recipes;
    item->id = id;
    return true;
}

bool item_get(struct txn *txn, uint32_t id, struct item *item)
{
    struct item *slot = &cache.items[id % ITEM_CACHE];
    if (id != 0 && slot->id == id) {
        *item = *slot;
        return true;
    }
    size_t mark = arena_mark(txn->arena);
    bool found = id != 0 && item_load(txn, id, item);
    arena_release(txn->arena, mark);
    if (found) *slot = *item;
    else memset(item, 0, sizeof *item);
    return found;
}

bool item_find(struct txn *txn, const char *code, struct item *item)
{
    return item_get(txn, code_id(txn, CODE_ITEM, code), item);
}

const char *item_code(struct txn *txn, uint32_t id)
{
    struct item item;
    if (id == 0 || !item_get(txn, id, &item)) return "";
    const char *code = arena_strdup(txn->arena, item.code);
    return code != NULL ? code : "";
}

Rasad__V1__PersonRow *person_row(struct txn *txn, uint32_t id)
{
    struct key k = key("u", id);
    return row_get(txn, TABLE_person, &k, &rasad__v1__person_row__descriptor);
}

/* ---- dated things */

Rasad__V1__RecipeSet *recipe_on(struct txn *txn, uint32_t item, int32_t day)
{
    struct scan scan;
    struct key from = key("ud", item, day + 1);
    Rasad__V1__RecipeSet *recipe = NULL;
    scan_begin_down(&scan, txn, TABLE_recipe, &from, 4);
    if (scan_next(&scan)) {
        Rasad__V1__RecipeRow *row = row_unpack(txn, scan.value, &rasad__v1__recipe_row__descriptor);
        if (row != NULL && row->recipe->n_inputs > 0) recipe = row->recipe;
    }
    scan_end(&scan);
    return recipe;
}

Rasad__V1__RecipeSet *recipe_version(struct txn *txn, uint32_t item, int32_t version)
{
    struct scan scan;
    struct key from = key("u", item);
    Rasad__V1__RecipeSet *recipe = NULL;
    for (scan_begin(&scan, txn, TABLE_recipe, &from, 4); recipe == NULL && scan_next(&scan);) {
        Rasad__V1__RecipeRow *row = row_unpack(txn, scan.value, &rasad__v1__recipe_row__descriptor);
        if (row != NULL && row->recipe->version == version) recipe = row->recipe;
    }
    scan_end(&scan);
    return recipe;
}

Rasad__V1__RateSet *rate_on(struct txn *txn, uint32_t item, int32_t day)
{
    struct scan scan;
    struct key from = key("ud", item, day + 1);
    Rasad__V1__RateSet *rate = NULL;
    scan_begin_down(&scan, txn, TABLE_rate, &from, 4);
    if (scan_next(&scan)) {
        Rasad__V1__RateRow *row = row_unpack(txn, scan.value, &rasad__v1__rate_row__descriptor);
        if (row != NULL && row->rate->per_piece > 0) rate = row->rate;
    }
    scan_end(&scan);
    return rate;
}

const char *hsn_on(struct txn *txn, uint32_t item, int32_t day)
{
    struct scan scan;
    struct key from = key("ud", item, day + 1);
    const char *hsn = "";
    scan_begin_down(&scan, txn, TABLE_tax_code, &from, 4);
    if (scan_next(&scan)) {
        const Rasad__V1__TaxCodeSet *row = row_unpack(txn, scan.value, &rasad__v1__tax_code_set__descriptor);
        if (row != NULL) hsn = row->hsn;
    }
    scan_end(&scan);
    return hsn;
}

static bool holiday_at(struct txn *txn, uint32_t place, int32_t day)
{
    struct scan scan;
    struct key from = key("ud", place, day + 1);
    bool holiday = false;
    for (scan_begin_down(&scan, txn, TABLE_holiday, &from, 4); !holiday && scan_next(&scan);) {
        Rasad__V1__MarkRow *row = row_unpack(txn, scan.value, &rasad__v1__mark_row__descriptor);
        holiday = row != NULL && row->to_day >= day;
    }
    scan_end(&scan);
    return holiday;
}

bool holiday_on(struct txn *txn, const struct place *place, int32_t day)
{
    for (uint32_t i = 0; i < place->path_n; i++)
        if (holiday_at(txn, place->path[i], day)) return true;
    return false;
}

int32_t open_day(struct txn *txn, int32_t day)
{
    struct key k = key("s", "closed");
    int32_t first_open = (int32_t)number_get(txn, TABLE_counter, &k);
    return day < first_open ? first_open : day;
}

/* ---- private rows */

#define SALT_BYTES 32

void private_put(struct txn *txn, char class, const char *code, const Rasad__V1__PrivateRow *row,
                 uint8_t commitment[HASH_BYTES])
{
    struct key k = key("bs", (int)class, code);
    size_t row_bytes = rasad__v1__private_row__get_packed_size(row);
    uint8_t *stored = arena_alloc(txn->arena, SALT_BYTES + row_bytes);
    if (stored == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_MEMORY;
        return;
    }
    random_bytes(stored, SALT_BYTES);
    rasad__v1__private_row__pack(row, stored + SALT_BYTES);
    hash_bytes(stored, SALT_BYTES + row_bytes, commitment);
    txn_put(txn, TABLE_private, &k, stored, SALT_BYTES + row_bytes);
}

Rasad__V1__PrivateRow *private_get(struct txn *txn, char class, const char *code)
{
    struct key k = key("bs", (int)class, code);
    struct slice value;
    if (!txn_get(txn, TABLE_private, &k, &value) || value.bytes < SALT_BYTES) return NULL;
    value.data = (const uint8_t *)value.data + SALT_BYTES;
    value.bytes -= SALT_BYTES;
    return row_unpack(txn, value, &rasad__v1__private_row__descriptor);
}

static bool forgot;

bool private_forgot(void)
{
    bool so = forgot;
    forgot = false;
    return so;
}

void private_forget(struct txn *txn, char class, const char *code)
{
    struct key k = key("bs", (int)class, code);
    txn_del(txn, TABLE_private, &k);
    forgot = true;
    if (class != CODE_PERSON) return;
    k = key("s", code);
    txn_del(txn, TABLE_call_back, &k);
}
