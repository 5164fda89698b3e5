/* forge.c - see forge.h. */
#include "forge.h"

#include "base/ids.h"
#include "journal.pb-c.h"
#include "store/call.h"
#include "store/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISTRICTS = 75, BLOCKS = 150, EVENTS_MAX = 1000, ISSUE_EVERY = 30, HAND_IN_EVERY = 7, FIRST_ISSUE = 25000 };

/* ---- entries */

static char *word(struct forge *f, const char *before, int digits, int64_t number)
{
    char *text = arena_alloc(&f->arena, CODE_BYTES_MAX + 1);
    if (text == NULL) abort();
    (void)snprintf(text, CODE_BYTES_MAX + 1, "%s%0*" PRId64, before, digits, number);
    return text;
}

static Rasad__V1__Entry *entry_begin(struct forge *f)
{
    Rasad__V1__Entry *entry = (void *)message_make(&f->arena, &rasad__v1__entry__descriptor);
    if (entry == NULL) abort();
    entry->events = arena_array(&f->arena, EVENTS_MAX, sizeof *entry->events);
    return entry;
}

static Rasad__V1__Event *event_add(struct forge *f, Rasad__V1__Entry *entry, char *place, const char *item)
{
    Rasad__V1__Event *event = (void *)message_make(&f->arena, &rasad__v1__event__descriptor);
    if (event == NULL || entry->n_events == EVENTS_MAX) abort();
    if (place != NULL) event->place = place;
    if (item != NULL) event->item = (char *)(uintptr_t)item;
    event->day = f->day;
    event->movements = arena_array(&f->arena, FORGE_GROUPS + 2, sizeof *event->movements);
    entry->events[entry->n_events++] = event;
    return event;
}

/* The members of the oneof are pointers all. */
static void *fact_make(struct forge *f, Rasad__V1__Event *event, Rasad__V1__Event__FactCase fact,
                       const ProtobufCMessageDescriptor *type)
{
    event->fact_case = fact;
    event->refused = (void *)message_make(&f->arena, type);
    if (event->refused == NULL) abort();
    return event->refused;
}
#define fact(f, event, CASE, type) fact_make(f, event, RASAD__V1__EVENT__FACT_##CASE, &rasad__v1__##type##__descriptor)

static Rasad__V1__Movement *move(struct forge *f, Rasad__V1__Event *event, enum stage from, int64_t from_lot,
                                 enum stage to, int64_t to_lot, int64_t quantity)
{
    Rasad__V1__Movement *m = (void *)message_make(&f->arena, &rasad__v1__movement__descriptor);
    if (m == NULL) abort();
    m->from_stage = (Rasad__V1__Stage)from;
    m->from_lot = from_lot;
    m->to_stage = (Rasad__V1__Stage)to;
    m->to_lot = to_lot;
    m->quantity = quantity;
    event->movements[event->n_movements++] = m;
    return m;
}

/* The name of the line that would be added next. */
static int64_t next_name(const struct forge *f, const Rasad__V1__Entry *entry)
{
    return name_of(f->replay.taken + 1, (int32_t)entry->n_events + 1);
}

static bool entry_end(struct forge *f, Rasad__V1__Entry *entry, const char *method)
{
    uint8_t hash[HASH_BYTES], id[HASH_BYTES], big[8];
    Rasad__V1__Header header;
    rasad__v1__header__init(&header);
    int64_t sequence = f->replay.taken + 1;
    for (int i = 0; i < 8; i++) big[i] = (uint8_t)((uint64_t)sequence >> (56 - 8 * i));
    hash_bytes(big, sizeof big, id);
    uuid_mark_v8(id);
    header.format = 1;
    header.node = f->node;
    header.epoch = 1;
    header.sequence = sequence;
    header.server_time_ms = (int64_t)f->day * 86400000 + 54000000 + sequence % 3600000; /* eight in the evening, in India */
    header.actor = (char *)(uintptr_t)"console";
    header.channel = RASAD__V1__CHANNEL__CHANNEL_APP;
    header.request_id = (ProtobufCBinaryData){UUID_BYTES, id};
    header.request_hash = (ProtobufCBinaryData){HASH_BYTES, id};
    header.device = (char *)(uintptr_t)"3f1b8a52-0d5e-4c8e-9c0e-6a1f00000000";
    header.device_time_ms = header.server_time_ms;
    header.device_offset_min = 330;
    header.device_sequence = sequence;
    header.method = (char *)(uintptr_t)method;
    entry->header = &header;
    size_t bytes = rasad__v1__entry__get_packed_size(entry);
    uint8_t *packed = arena_alloc(&f->arena, bytes);
    if (packed == NULL) abort();
    rasad__v1__entry__pack(entry, packed);
    const struct hash_part parts[] = {{f->replay.taken_hash, HASH_BYTES}, {big, sizeof big}, {packed, bytes}};
    hash_parts(parts, 3, hash);
    enum err err = replay_entry(&f->replay, sequence, hash, (struct slice){packed, bytes});
    arena_reset(&f->arena);
    f->entries++;
    if (err != ERR_OK) fprintf(stderr, "forge: entry %" PRId64 ": %s\n", sequence, err_text(err));
    return err == ERR_OK;
}

/* ---- the address book */

static Rasad__V1__Names *named(struct forge *f, char *text)
{
    Rasad__V1__Names *names = (void *)message_make(&f->arena, &rasad__v1__names__descriptor);
    if (names == NULL) abort();
    names->en = text;
    return names;
}

static bool kinds(struct forge *f)
{
    static const char *const codes[] = {"area", "cluster", "group"};
    Rasad__V1__Entry *entry = entry_begin(f);
    for (int i = 0; i < 3; i++) {
        Rasad__V1__KindAdded *kind = fact(f, event_add(f, entry, NULL, NULL), KIND_ADDED, kind_added);
        kind->code = (char *)(uintptr_t)codes[i];
        kind->behaviour = (void *)message_make(&f->arena, &rasad__v1__behaviour__descriptor);
        kind->behaviour->holds = i == 1;
        kind->behaviour->makes = i == 2;
    }
    return entry_end(f, entry, "Registry/AddKinds");
}

static void place_add(struct forge *f, Rasad__V1__Entry *entry, char *code, const char *kind, const char *parent, int number)
{
    Rasad__V1__PlaceAdded *place = fact(f, event_add(f, entry, code, NULL), PLACE_ADDED, place_added);
    place->kind = (char *)(uintptr_t)kind;
    place->parent = (char *)(uintptr_t)parent;
    place->name = named(f, word(f, strcmp(kind, "group") == 0 ? "Asha group " : "Rampur ", 1, number));
    place->register_number = number;
    place->members = strcmp(kind, "group") == 0 ? 11 : 0;
    place->latitude_udeg = 26000000 + number * 131;
    place->longitude_udeg = 80000000 + number * 177;
}

static bool areas(struct forge *f)
{
    Rasad__V1__Entry *entry = entry_begin(f);
    place_add(f, entry, (char *)(uintptr_t)"s", "area", "", 1);
    for (int i = 0; i < DISTRICTS; i++) place_add(f, entry, word(f, "d", 2, i), "area", "s", i + 1);
    for (int i = 0; i < BLOCKS; i++) place_add(f, entry, word(f, "b", 3, i), "area", word(f, "d", 2, i % DISTRICTS), i + 1);
    for (int i = 0; i < BLOCKS; i++) place_add(f, entry, word(f, "f", 3, i), "area", word(f, "b", 3, i), i + 1);
    return entry_end(f, entry, "Registry/AddPlaces");
}

static bool cluster_add(struct forge *f, int32_t cluster)
{
    Rasad__V1__Entry *entry = entry_begin(f);
    char *code = word(f, "v", 3, cluster);
    place_add(f, entry, code, "cluster", word(f, "f", 3, cluster % BLOCKS), cluster + 1);
    for (int i = 0; i < FORGE_GROUPS; i++)
        place_add(f, entry, word(f, "g", 5, cluster * FORGE_GROUPS + i), "group", code, i + 1);
    return entry_end(f, entry, "Registry/AddPlaces");
}

static const char *const goods[] = {"mask", "cloth", "kit", "film", "sanitizer", "alcohol", "packet", "rice", "soap", "rupee"};

static bool items(struct forge *f)
{
    Rasad__V1__Entry *entry = entry_begin(f);
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        Rasad__V1__ItemAdded *item = fact(f, event_add(f, entry, NULL, NULL), ITEM_ADDED, item_added);
        bool money = strcmp(goods[i], "rupee") == 0, long_goods = i == 1 || i == 3;
        item->code = (char *)(uintptr_t)goods[i];
        item->class_ = money ? RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY : RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS;
        item->unit = money        ? RASAD__V1__UNIT__UNIT_PAISE
                     : long_goods ? RASAD__V1__UNIT__UNIT_CENTIMETRE
                                  : RASAD__V1__UNIT__UNIT_PIECE;
        item->display_factor = money || long_goods ? 100 : 1;
        item->name = named(f, item->code);
    }
    return entry_end(f, entry, "Registry/AddItems");
}

static bool recipes(struct forge *f)
{
    Rasad__V1__Entry *entry = entry_begin(f);
    for (int i = 0; i < 3; i += 2) {
        Rasad__V1__RecipeSet *recipe = fact(f, event_add(f, entry, NULL, goods[i]), RECIPE_SET, recipe_set);
        Rasad__V1__RecipeInput *input = (void *)message_make(&f->arena, &rasad__v1__recipe_input__descriptor);
        recipe->item = (char *)(uintptr_t)goods[i];
        recipe->version = 1;
        recipe->from_day = FORGE_FIRST_DAY;
        recipe->inputs = arena_array(&f->arena, 1, sizeof *recipe->inputs);
        recipe->inputs[recipe->n_inputs++] = input;
        input->item = (char *)(uintptr_t)goods[i + 1];
        input->quantity = 25; /* for two */
        input->per = 2;
    }
    return entry_end(f, entry, "Registry/SetRecipes");
}

bool forge_open(struct forge *f, const char *dir, int32_t clusters)
{
    struct txn txn;
    bool good = replay_open(dir, &f->replay) == ERR_OK && arena_init(&f->arena, ARENA_BYTES_MAX);
    if (!good) return false;
    f->clusters = clusters;
    f->day = FORGE_FIRST_DAY;
    f->groups = calloc((size_t)clusters * FORGE_GROUPS, sizeof *f->groups);
    if (f->groups == NULL) return false;
    txn_read(f->replay.store, &f->arena, &txn);
    (void)snprintf(f->node, sizeof f->node, "%s", store_node(&txn));
    txn_abort(&txn);
    arena_reset(&f->arena);
    good = kinds(f) && areas(f) && items(f) && recipes(f);
    for (int32_t i = 0; i < clusters && good; i++) good = cluster_add(f, i);
    return good;
}

/* Nothing is left to react to: rates are not set, and the services need not find that out line by line. */
bool forge_commit(struct forge *f)
{
    struct txn txn;
    struct key k = key("s", "reactions");
    if (replay_commit(&f->replay) != ERR_OK) return false;
    txn_begin(f->replay.store, &f->arena, &txn);
    number_put(&txn, TABLE_cursor, &k, f->replay.sequence);
    bool good = txn_commit(&txn) == ERR_OK;
    arena_reset(&f->arena);
    return good;
}

void forge_close(struct forge *f)
{
    replay_close(&f->replay);
    arena_destroy(&f->arena);
    free(f->groups);
}

/* ---- a day */

struct cluster {
    int32_t number;
    const char *product, *material;
    struct forge_group *groups;
};

static struct cluster cluster_of(struct forge *f, int32_t number)
{
    bool kit = number % 5 == 4;
    return (struct cluster){number, goods[kit ? 2 : 0], goods[kit ? 3 : 1], f->groups + (size_t)number * FORGE_GROUPS};
}

static char *group_code(struct forge *f, const struct cluster *c, int i)
{
    return word(f, "g", 5, c->number * FORGE_GROUPS + i);
}

/* What was used since the last time comes, and is given out on one sheet. */
static bool issue(struct forge *f, const struct cluster *c)
{
    int64_t all = 0, parts[FORGE_GROUPS];
    for (int i = 0; i < FORGE_GROUPS; i++) {
        parts[i] = c->groups[i].used == 0 ? FIRST_ISSUE : c->groups[i].used;
        all += parts[i];
    }
    Rasad__V1__Entry *entry = entry_begin(f);
    int64_t lot = next_name(f, entry);
    Rasad__V1__Event *event = event_add(f, entry, word(f, "v", 3, c->number), c->material);
    (void)fact(f, event, CAME, came);
    (void)move(f, event, SUPPLIED, 0, STOCK, lot, all);
    if (!entry_end(f, entry, "Materials/Receive")) return false;

    entry = entry_begin(f);
    for (int i = 0; i < FORGE_GROUPS; i++) {
        struct forge_group *g = &c->groups[i];
        int slot = 0;
        while (slot < FORGE_LOTS - 1 && g->left[slot] > 0) slot++;
        if (g->left[slot] > 0) abort();
        g->lots[slot] = lot;
        g->left[slot] = parts[i];
        g->used = 0;
        event = event_add(f, entry, word(f, "v", 3, c->number), c->material);
        Rasad__V1__Issued *issued = fact(f, event, ISSUED, issued);
        issued->to = group_code(f, c, i);
        issued->quantity = parts[i];
        move(f, event, STOCK, lot, STOCK, lot, parts[i])->to_place = issued->to;
    }
    return entry_end(f, entry, "Materials/Issue");
}

static void use(struct forge *f, const struct cluster *c, struct forge_group *g, Rasad__V1__Event *event, int64_t quantity)
{
    g->used += quantity;
    while (quantity > 0) {
        int64_t part = g->left[0] < quantity ? g->left[0] : quantity;
        if (part <= 0) abort();
        Rasad__V1__Movement *m = move(f, event, STOCK, g->lots[0], CONSUMED, 0, part);
        m->item = (char *)(uintptr_t)c->material;
        m->parent_of = g->open_lot;
        quantity -= part;
        g->left[0] -= part;
        if (g->left[0] > 0) continue;
        memmove(g->lots, g->lots + 1, sizeof g->lots - sizeof g->lots[0]);
        memmove(g->left, g->left + 1, sizeof g->left - sizeof g->left[0]);
        g->left[FORGE_LOTS - 1] = 0;
    }
}

static bool log_output(struct forge *f, const struct cluster *c)
{
    Rasad__V1__Entry *entry = entry_begin(f);
    for (int i = 0; i < FORGE_GROUPS; i++) {
        struct forge_group *g = &c->groups[i];
        uint32_t mixed = (uint32_t)(f->day * 7919 + c->number * 104729 + i * 1299709) * UINT32_C(2654435761) >> 16;
        int64_t good = 2 * (10 + mixed % 20), name = next_name(f, entry);
        Rasad__V1__Event *event = event_add(f, entry, group_code(f, c, i), c->product);
        Rasad__V1__OutputLogged *log = fact(f, event, OUTPUT_LOGGED, output_logged);
        if (g->open_lot == 0) g->open_lot = name;
        log->good = good;
        log->members = 5 + (int32_t)(mixed % 7);
        log->recipe = 1;
        log->lot = g->open_lot;
        (void)move(f, event, PRODUCED, 0, MADE, g->open_lot, good);
        use(f, c, g, event, good / 2 * 25);
        g->made += good;
    }
    f->lines += FORGE_GROUPS;
    return entry_end(f, entry, "Production/LogOutput");
}

static bool hand_in(struct forge *f, const struct cluster *c)
{
    int64_t lots[FORGE_GROUPS], made[FORGE_GROUPS];
    Rasad__V1__Entry *entry = entry_begin(f);
    char *code = word(f, "v", 3, c->number);
    for (int i = 0; i < FORGE_GROUPS; i++) {
        struct forge_group *g = &c->groups[i];
        Rasad__V1__Event *event = event_add(f, entry, group_code(f, c, i), c->product);
        Rasad__V1__HandedIn *in = fact(f, event, HANDED_IN, handed_in);
        lots[i] = in->lot = g->open_lot;
        made[i] = in->good = g->made;
        in->to = code;
        in->number = word(f, "", 1, f->sack++ % SACK_NUMBER_MAX + 1);
        move(f, event, MADE, g->open_lot, STOCK, g->open_lot, g->made)->to_place = code;
        g->open_lot = g->made = 0;
    }
    if (!entry_end(f, entry, "Production/HandIn")) return false;

    entry = entry_begin(f);
    Rasad__V1__Event *event = event_add(f, entry, word(f, "v", 3, c->number), c->product);
    Rasad__V1__Served *served = fact(f, event, SERVED, served);
    for (int i = 0; i < FORGE_GROUPS; i++) {
        int64_t part = f->every > 0 ? made[i] - made[i] / 4 : made[i];
        served->quantity += part;
        (void)move(f, event, STOCK, lots[i], SERVED, 0, part);
    }
    return entry_end(f, entry, "Distribution/Serve");
}

bool forge_day(struct forge *f)
{
    int32_t since = f->day - FORGE_FIRST_DAY;
    bool good = true;
    for (int32_t i = 0; i < f->clusters && good; i++) {
        /* 7,919 is prime: every cluster once, in an order of the day's own */
        struct cluster c = cluster_of(f, (int32_t)(((int64_t)i * 7919 + since * 131) % f->clusters));
        bool without = c.groups[0].lots[0] == 0, thin = f->every > 0;
        if (thin && (since + c.number) % f->every != 0) continue;
        if (without || (since + c.number) % ISSUE_EVERY == 0) good = issue(f, &c);
        if (good && f->around != NULL) good = f->around(f->ctx, f, false);
        if (good) good = log_output(f, &c);
        if (good && f->around != NULL) good = f->around(f->ctx, f, true);
        bool hands_in = thin ? c.number % 3 != 0 : (since + c.number) % HAND_IN_EVERY == 0;
        if (good && hands_in) good = hand_in(f, &c);
    }
    f->day++;
    return good;
}
