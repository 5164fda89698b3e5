/* request.c - requests of every method, by anybody, in a small district: run as the services run them, over a store.
 * Input:   some calls: a byte for the method, one for who asks, one for how the body is made, then the body. It is made
 *          from the descriptors, value by value, out of codes that are there and numbers at the bounds; or it is packed
 *          bytes as they stand.
 * Holds:   what is refused changes no row of any table; what is accepted is one entry, and after it the books close: no
 *          real balance is below zero, and what the totals of the district say stands in its accounts.
 * Reads:   only before the first command, as the services do.
 * Undo:    the batch is aborted at the end, so that every input meets the same store.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/log.h"
#include "fuzz.h"
#include "json/jsonpb.h"
#include "registry/tokens.h"
#include "store/commands.h"
#include "store/run.h"
#include "store/totals.h"

#include "distribution.pb-c.h"
#include "materials.pb-c.h"
#include "production.pb-c.h"
#include "quality.pb-c.h"
#include "registry.pb-c.h"
#include "reports.pb-c.h"

enum { CALLS_MAX = 6, METHODS_MAX = 256, LINES_MADE_MAX = 4 };

static const ProtobufCServiceDescriptor *const services[] = {
    &rasad__v1__registry__descriptor, &rasad__v1__materials__descriptor,    &rasad__v1__production__descriptor,
    &rasad__v1__quality__descriptor,  &rasad__v1__distribution__descriptor, &rasad__v1__reports__descriptor,
};

/* The district: a method and its request, without the id. */
static const char *const setting[][2] = {
    {"Registry/AddKinds",
     "'lines':[{'code':'area','label':{'en':'a'},'behaviour':{}},{'code':'hub','label':{'en':'h'},'behaviour':{'holds':true}},"
     "{'code':'group','label':{'en':'g'},'behaviour':{'makes':true}},{'code':'kitchen','label':{'en':'k'},'behaviour':"
     "{'holds':true,'makes':true,'serves':true}},{'code':'supplier','label':{'en':'s'},'behaviour':{'outside':true}},"
     "{'code':'dealer','label':{'en':'d'},'behaviour':{'serves':true,'person':true}}]"},
    {"Registry/AddPlaces",
     "'lines':[{'code':'d1','kind':'area','calendar':'CALENDAR_GREGORIAN'},{'code':'st','kind':'hub','parent':'d1'},"
     "{'code':'v1','kind':'hub','parent':'d1'},{'code':'g1','kind':'group','parent':'v1'},{'code':'g2','kind':'group',"
     "'parent':'v1'},{'code':'k1','kind':'kitchen','parent':'d1'},{'code':'sup','kind':'supplier','parent':'d1'},"
     "{'code':'dl','kind':'dealer','parent':'v1','name':{'en':'Ram'},'phone':'9415012345'}]"},
    {"Registry/AddItems",
     "'lines':[{'code':'cloth','class':'ITEM_CLASS_GOODS','unit':'UNIT_CENTIMETRE'},{'code':'mask','class':"
     "'ITEM_CLASS_GOODS','unit':'UNIT_PIECE','check':'CHECK_OWN'},{'code':'kit','class':'ITEM_CLASS_GOODS','unit':"
     "'UNIT_PIECE','check':'CHECK_INSPECTOR','aqlHundredths':250},{'code':'rice','class':'ITEM_CLASS_GOODS','unit':"
     "'UNIT_GRAM'},{'code':'meal','class':'ITEM_CLASS_GOODS','unit':'UNIT_PIECE'},{'code':'inr','class':"
     "'ITEM_CLASS_MONEY','unit':'UNIT_PAISE'}]"},
    {"Registry/SetRecipes",
     "'lines':[{'item':'mask','fromDay':'2020-03-01','inputs':[{'item':'cloth','quantity':25,'per':2}]},{'item':'kit',"
     "'fromDay':'2020-03-01','inputs':[{'item':'cloth','quantity':350,'per':1}]},{'item':'meal','fromDay':'2020-03-01',"
     "'inputs':[{'item':'rice','quantity':150,'per':1,'withinTolerance':true}]}]"},
    {"Registry/SetRates",
     "'lines':[{'item':'mask','money':'inr','perPiece':300,'fromDay':'2020-03-01','basis':'RATE_BASIS_HAND_IN'},{'item':"
     "'kit','money':'inr','perPiece':5000,'fromDay':'2020-03-01','basis':'RATE_BASIS_ACCEPTANCE'}]"},
    {"Registry/AddPeople",
     "'lines':[{'code':'manager','name':'M','roles':[{'role':'ROLE_CLUSTER_MANAGER','place':'v1'}]},{'code':'keeper','name':"
     "'K','roles':[{'role':'ROLE_STORE_KEEPER','place':'st'}]},{'code':'officer','name':'O','roles':[{'role':"
     "'ROLE_SUPPLY_OFFICER','place':'d1'}]},{'code':'cook','name':'C','roles':[{'role':'ROLE_KITCHEN_OPERATOR','place':"
     "'k1'}]},{'code':'admin','name':'A','roles':[{'role':'ROLE_ADMINISTRATOR','place':'d1'}]},{'code':'helper','name':'H',"
     "'roles':[{'role':'ROLE_HELPLINE','place':'d1'}]},{'code':'inspector','name':'I','roles':[{'role':'ROLE_INSPECTOR',"
     "'place':'d1'}]},{'code':'auditor','name':'U','roles':[{'role':'ROLE_AUDITOR','place':'d1'}]}]"},
    {"Materials/Receive", "'day':'2026-01-05','place':'st','lines':[{'item':'cloth','quantity':90000},{'item':'rice',"
                          "'quantity':500000},{'item':'mask','quantity':40}]"},
    {"Materials/Issue", "'day':'2026-01-06','from':'st','lines':[{'to':'v1','item':'cloth','quantity':40000},{'to':'k1',"
                        "'item':'rice','quantity':90000}]"},
    {"Production/LogOutput", "'workDate':'2026-01-07','lines':[{'place':'g1','item':'mask','good':80,'spoiled':2},{'place':"
                             "'g2','item':'kit','good':9}]"},
    {"Production/HandIn", "'day':'2026-01-08','to':'v1','lines':[{'place':'g1','item':'mask','good':60},{'place':'g2',"
                          "'item':'kit','good':9}]"},
    {"Distribution/Request", "'day':'2026-01-08','place':'k1','lines':[{'item':'mask','quantity':30,'neededDay':'2099-12-31'}]"},
    {"Distribution/Send", "'day':'2026-01-09','slip':'S1','from':'st','to':'k1','lines':[{'item':'mask','quantity':10}]"},
};
enum { SETTINGS = sizeof setting / sizeof setting[0] };

/* Words a text may be; those of request ids come first. */
static char ids[SETTINGS][UUID_TEXT_BYTES];
static const char *const words[] = {
    "",      "d1",     "st",    "v1",   "g1",    "g2",       "k1",     "sup",     "dl",         "cloth",      "mask",
    "kit",   "rice",   "meal",  "inr",  "area",  "hub",      "group",  "kitchen", "supplier",   "dealer",     "manager",
    "keeper", "officer", "cook", "admin", "helper", "inspector", "auditor", "nobody", "new-1",  "new-2",      "S1",
    "S2",    "2026-01-05", "2026-01-08", "2026-01-31", "2026-02-01", "1990-01-01", "2100-12-31", "1989-12-31", "2026-13-01",
    "7.1",   "7.2",    "8.1",   "9.1",  "9.2",   "10.1",     "10.2",   "11.1",    "12.1",       "1.1",        "99.1",
    "26.5",  "80.25",  "+91 94150 12345", "lentils and rice", "1234", "console", "system", "\xe0\xa4\x96\xe0\xa4\xbe\xe0\xa4\xa6\xe0\xa5\x80",
    "a b",   "x\ny",   "AAAAAAAAAAAAAAAAAAAAAAAAA",
};
static const int64_t numbers[] = {0, 1, 2, 5, 10, 25, 60, 100, 350, 999, 1000, 1001, 10000, 10001, 40000, 90000, QUANTITY_MAX,
                                  QUANTITY_MAX + 1, INT64_MAX, INT64_MIN, -1, INT32_MAX, INT32_MIN};
static const char *const people[] = {"",      "console", "manager", "keeper",    "officer",
                                     "cook",  "admin",   "helper",  "inspector", "auditor"};
enum { PEOPLE = sizeof people / sizeof people[0] };

static struct {
    struct store *store;
    struct arena work, keep, mine;
    uint8_t tokens[PEOPLE][HASH_BYTES];
    const struct command *methods[METHODS_MAX];
    unsigned methods_n;
    struct batch batch;
} world;

/* ---- the body */

static void *fill(struct input *in, const ProtobufCMessageDescriptor *type, int depth);

static char *text_made(struct input *in)
{
    unsigned choice = eat(in);
    size_t pool = sizeof words / sizeof words[0];
    if (choice < 2 * SETTINGS) return ids[choice % SETTINGS];
    if (choice < 32) { /* a new id */
        uint8_t id[UUID_BYTES] = {(uint8_t)choice, 0, 0, 0, 0, 0, 0x40, 0, 0x80};
        char *text = arena_alloc(&world.mine, UUID_TEXT_BYTES);
        id[1] = (uint8_t)eat(in);
        uuid_format(id, text);
        return text;
    }
    if (choice < 250) return (char *)(uintptr_t)words[choice % pool];
    size_t n = eat_below(in, 100);
    char *text = arena_alloc(&world.mine, n + 1);
    for (size_t i = 0; i < n; i++) text[i] = (char)(eat(in) | 1);
    text[n] = '\0';
    return text;
}

static int64_t number_made(struct input *in)
{
    unsigned choice = eat(in);
    if (choice < 200) return numbers[choice % (sizeof numbers / sizeof numbers[0])];
    return choice < 230 ? (int64_t)eat_number(in, 2) : (int64_t)eat_number(in, 8);
}

static void value_made(struct input *in, const ProtobufCFieldDescriptor *field, void *at, int depth)
{
    const ProtobufCEnumDescriptor *words_of;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = text_made(in);
        return;
    case PROTOBUF_C_TYPE_BYTES: {
        ProtobufCBinaryData *data = at;
        data->len = eat_below(in, 40);
        data->data = arena_alloc(&world.mine, data->len + 1);
        for (size_t i = 0; i < data->len; i++) data->data[i] = (uint8_t)eat(in);
        return;
    }
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = (eat(in) & 1) != 0;
        return;
    case PROTOBUF_C_TYPE_ENUM:
        words_of = field->descriptor;
        *(int *)at = words_of->values[eat_below(in, words_of->n_values)].value;
        return;
    case PROTOBUF_C_TYPE_INT32:
        *(int32_t *)at = (int32_t)number_made(in);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(void **)at = fill(in, field->descriptor, depth + 1);
        return;
    default:
        *(int64_t *)at = number_made(in);
    }
}

static size_t value_bytes(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(int);
    case PROTOBUF_C_TYPE_INT32:
        return sizeof(int32_t);
    default:
        return sizeof(int64_t);
    }
}

static void *fill(struct input *in, const ProtobufCMessageDescriptor *type, int depth)
{
    ProtobufCMessage *message = message_make(&world.mine, type);
    for (unsigned i = 0; i < type->n_fields && depth < 8; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        char *base = (char *)message;
        bool one_of = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = eat_below(in, LINES_MADE_MAX), bytes = value_bytes(field);
            char *list = arena_alloc(&world.mine, n * bytes + 1);
            for (size_t j = 0; j < n; j++) value_made(in, field, list + j * bytes, depth);
            *(size_t *)(void *)(base + field->quantifier_offset) = n;
            *(void **)(void *)(base + field->offset) = list;
        } else if (one_of || field->type == PROTOBUF_C_TYPE_MESSAGE) {
            if ((eat(in) & 1) == 0) continue;
            if (one_of && *(uint32_t *)(void *)(base + field->quantifier_offset) != 0) continue;
            value_made(in, field, base + field->offset, depth);
            if (one_of) *(uint32_t *)(void *)(base + field->quantifier_offset) = field->id;
        } else {
            value_made(in, field, base + field->offset, depth);
        }
    }
    return message;
}

/* ---- what must hold */

/* Every row of every table, with what the batch keeps in memory written out. */
static void state_hash(uint8_t hash[HASH_BYTES])
{
    struct hasher hasher;
    struct scan scan;
    struct key first = {.n = 0};
    totals_flush(&world.batch.txn);
    journal_flush(&world.batch.txn);
    hasher_begin(&hasher);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        for (scan_begin(&scan, &world.batch.txn, table, &first, 0); scan_next(&scan);) {
            hasher_add(&hasher, scan.key.data, scan.key.bytes);
            hasher_add(&hasher, scan.value.data, scan.value.bytes);
        }
        scan_end(&scan);
    }
    hasher_end(&hasher, hash);
    holds(world.batch.txn.err == ERR_OK);
}

/* Each item over all places: accounts against the totals of the root. */
static void books_close(void)
{
    struct txn *txn = &world.batch.txn;
    struct scan scan;
    struct key first = {.n = 0};
    struct place root;
    int64_t stands[64] = {0};
    uint32_t place, item, items = 0;
    totals_flush(txn);
    for (scan_begin(&scan, txn, TABLE_account, &first, 0); scan_next(&scan);) {
        const Rasad__V1__AccountRow *row = row_unpack(txn, scan.value, &rasad__v1__account_row__descriptor);
        holds(row != NULL && key_read(scan.key, "uu", &place, &item) && item < 64);
        items = item > items ? item : items;
        for (size_t i = 0; i < row->n_balances; i++) {
            holds(row->balances[i]->quantity > 0);
            stands[item] += row->balances[i]->quantity;
        }
        for (size_t i = 0; i < row->n_shortfalls; i++) {
            holds(row->shortfalls[i]->quantity > 0);
            stands[item] -= row->shortfalls[i]->quantity;
        }
    }
    scan_end(&scan);
    holds(place_find(txn, "d1", &root));
    for (item = 1; item <= items; item++) {
        struct flow flow = {.any = false};
        flow_read(txn, &root, item, DAY_MIN, DAY_MAX, &flow);
        int64_t counted = flow.supplied + flow.good + flow.in + flow.earned - flow.out - flow.consumed - flow.served -
                          flow.sold - flow.scrapped - flow.lost - flow.paid + flow.difference;
        holds(flow_opening(&flow) == 0 && flow_closing(&flow) == counted);
        if (root.path_n == 1) holds(counted == stands[item]);
    }
    holds(txn->err == ERR_OK);
    arena_reset(&world.work);
}

/* ---- one call */

static void call_make(Rasad__V1__Call *wire, const struct command *command, unsigned who, const void *body, size_t bytes)
{
    rasad__v1__call__init(wire);
    wire->method = (char *)(uintptr_t)command->method;
    wire->channel = RASAD__V1__CHANNEL__CHANNEL_API;
    wire->body = (ProtobufCBinaryData){bytes, (uint8_t *)(uintptr_t)body};
    if (people[who][0] != '\0') wire->token_hash = (ProtobufCBinaryData){HASH_BYTES, world.tokens[who]};
}

static void reply_good(const struct command *command, const struct outcome *outcome)
{
    struct json_error error;
    ProtobufCMessage *reply =
        protobuf_c_message_unpack(command->reply, arena_pb(&world.keep), outcome->body_bytes, outcome->body);
    holds(reply != NULL && pb_check(reply, &error));
}

static void run_call(const struct command *command, unsigned who, const void *body, size_t bytes, bool whole_world)
{
    struct outcome outcome;
    Rasad__V1__Call wire;
    uint8_t before[HASH_BYTES], after[HASH_BYTES];
    int64_t head = world.batch.head.sequence;
    call_make(&wire, command, who, body, bytes);
    if (whole_world) state_hash(before);
    run_command(&world.batch, &world.keep, command, &wire, NULL, &outcome);
    holds(world.batch.txn.err == ERR_OK);
    holds(outcome.full || outcome.good == (outcome.error == NULL));
    if (!whole_world) {
        if (!outcome.good) fprintf(stderr, "%s: %s\n", command->method, outcome.error->message);
        holds(outcome.good);
        return;
    }
    bool wrote = outcome.good && command->kind != LOCAL;
    holds(world.batch.head.sequence == head || (wrote && world.batch.head.sequence == head + 1));
    if (!outcome.good) {
        state_hash(after);
        holds(memcmp(before, after, HASH_BYTES) == 0);
    }
    if (outcome.good) reply_good(command, &outcome);
    if (wrote) books_close();
}

/* Reads see what is committed: the services never read inside a batch. */
static void run_question(const struct command *command, unsigned who, const void *body, size_t bytes)
{
    struct outcome outcome;
    Rasad__V1__Call wire;
    call_make(&wire, command, who, body, bytes);
    run_read(world.store, &world.work, &world.keep, command, &wire, &outcome);
    holds(outcome.good == (outcome.error == NULL));
    if (outcome.good) reply_good(command, &outcome);
}

/* ---- the store */

static void batch_begin(void)
{
    holds(run_begin(&world.batch, world.store, &world.work) == ERR_OK);
}

static void sessions_put(void)
{
    struct txn txn;
    txn_begin(world.store, &world.work, &txn);
    for (unsigned i = 1; i < PEOPLE; i++) {
        Rasad__V1__SessionRow row;
        hash_bytes(people[i], strlen(people[i]), world.tokens[i]);
        struct key k = session_key(world.tokens[i]);
        rasad__v1__session_row__init(&row);
        row.console = strcmp(people[i], "console") == 0;
        row.used_ms = INT64_MAX / 2; /* never to be noted: it would be a write */
        row.person = (int32_t)code_id(&txn, CODE_PERSON, people[i]);
        row_put(&txn, TABLE_session, &k, &row.base);
    }
    holds(txn_commit(&txn) == ERR_OK);
}

static void setting_put(unsigned n)
{
    char json[2048];
    struct json_error error = {.path = ""};
    const struct command *command = command_find(setting[n][0]);
    uint8_t id[UUID_BYTES] = {0xff, (uint8_t)n, 0, 0, 0, 0, 0x40, 0, 0x80};
    uuid_format(id, ids[n]);
    snprintf(json, sizeof json, "{'requestId':'%s',%s}", ids[n], setting[n][1]);
    for (char *c = json; *c != '\0'; c++) *c = *c == '\'' ? '"' : *c;
    ProtobufCMessage *request = json_decode(command->request, json, strlen(json), arena_pb(&world.mine), &error);
    if (request == NULL) fprintf(stderr, "%s: %s: %s, needed %s\n", setting[n][0], error.path, error.found, error.needed);
    holds(request != NULL);
    size_t bytes = protobuf_c_message_get_packed_size(request);
    uint8_t *body = arena_alloc(&world.mine, bytes);
    (void)protobuf_c_message_pack(request, body);
    batch_begin();
    run_call(command, 1, body, bytes, false);
    holds(run_commit(&world.batch) == ERR_OK);
}

static char directory[64];

static void store_gone(void)
{
    char path[128];
    store_close(world.store);
    snprintf(path, sizeof path, "%s/rasad.lmdb", directory);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/rasad.lmdb-lock", directory);
    (void)unlink(path);
    (void)rmdir(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    scratch_directory(directory, "request");
    (void)setenv("RASAD_MAP_MIB", "64", 0);
    log_level_set(LOG_ERROR);
    holds(arena_init(&world.work, ARENA_BYTES_MAX) && arena_init(&world.keep, ARENA_BYTES_MAX) &&
          arena_init(&world.mine, ARENA_BYTES_MAX));
    holds(store_open(directory, &world.store) == ERR_OK);
    (void)atexit(store_gone);
    for (size_t s = 0; s < sizeof services / sizeof services[0]; s++) {
        for (unsigned m = 0; m < services[s]->n_methods && world.methods_n < METHODS_MAX; m++) {
            char method[METHOD_BYTES_MAX];
            snprintf(method, sizeof method, "%s/%s", services[s]->short_name, services[s]->methods[m].name);
            const struct command *command = command_find(method);
            holds(command != NULL); /* every method there is */
            world.methods[world.methods_n++] = command;
        }
    }
    sessions_put();
    for (unsigned n = 0; n < SETTINGS; n++) setting_put(n);
    sessions_put(); /* now there are people */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input in = {data, bytes};
    for (int i = 0; i < CALLS_MAX && in.left > 2; i++) {
        const struct command *command = world.methods[eat_below(&in, world.methods_n)];
        unsigned who = eat_below(&in, PEOPLE), how = eat(&in);
        arena_reset(&world.keep);
        arena_reset(&world.mine);
        size_t size = in.left;
        const uint8_t *body = in.at;
        if (how % 8 != 0) {
            ProtobufCMessage *request = fill(&in, command->request, 0);
            size = protobuf_c_message_get_packed_size(request);
            uint8_t *packed = arena_alloc(&world.mine, size + 1);
            (void)protobuf_c_message_pack(request, packed);
            body = memcpy(malloc(size + 1), packed, size); /* of its exact size, for the sanitizer */
        } else {
            body = memcpy(malloc(size + 1), in.at, size);
            in.left = 0;
        }
        if (command->kind == READ && !world.batch.open) run_question(command, who, body, size);
        if (command->kind != READ && !world.batch.open) batch_begin();
        if (command->kind != READ) run_call(command, who, body, size, true);
        free((void *)(uintptr_t)body);
    }
    if (world.batch.open) run_abort(&world.batch);
    return 0;
}
