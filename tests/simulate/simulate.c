/* simulate.c - random commands through the very code of the services, against a plain model; with crashes at any point.
 * Flow:    a run is many worlds, each with a store of its own and a seed of its own. A world's facts are made first. Workers, one
 *          after another, book them out of order, several in a transaction, some twice; a worker dies at a put, before or
 *          after a commit, or between a commit and its answer, and the next one goes on with what was not acknowledged. Now
 *          and then all that is booked is compared: every place, item and stage with the model, sums at every level, every
 *          acknowledged command once and with one answer, and the tables with a replay of the journal.
 * Use:     simulate STEPS [SEED]; WORLD=n plays that world alone, and says what it does with TELL=1.
 * Why:     in one process and without sockets a step takes some 0.1 ms: a million of them are a matter of minutes.
 */
#include "simulate.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/ids.h"
#include "json/jsonpb.h"
#include "materials.pb-c.h"
#include "production.pb-c.h"
#include "reports.pb-c.h"
#include "store/commands.h"
#include "store/replay.h"
#include "store/run.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_OF_A_WORLD 4000
#define COMPARED_PARTS 4          /* of a world */
#define WINDOW 60                 /* a fact is booked at most so many places from where it was made up */
#define BATCH_MAX 24
#define DAYS_BACK 9
#define CRASHED 9                 /* exit of a worker that died on purpose */

const struct place_info places[PLACES] = {
    [D1] = {"d1", "district", -1, false, false, false},  [B1] = {"b1", "block", D1, false, false, false},
    [B2] = {"b2", "block", D1, false, false, false},     [ST_D] = {"st_d", "store", D1, true, false, false},
    [ST_B] = {"st_b", "store", B1, true, false, false},  [K1] = {"k1", "kitchen", B1, true, true, true},
    [K2] = {"k2", "kitchen", B2, true, true, true},      [V1] = {"v1", "vo", B1, true, false, false},
    [V2] = {"v2", "vo", B1, true, false, false},         [V3] = {"v3", "vo", B2, true, false, false},
    [G11] = {"g11", "group", V1, false, true, false},    [G12] = {"g12", "group", V1, false, true, false},
    [G21] = {"g21", "group", V2, false, true, false},    [G31] = {"g31", "group", V3, false, true, false},
    [DL1] = {"dl1", "dealer", V1, false, false, true},   [DL2] = {"dl2", "dealer", B2, false, false, true}};
const char *const items[ITEMS] = {"cloth", "elastic", "mask", "kit", "rice", "packet", "sheet"};
static const char *const stages[] = {"", "STAGE_STOCK", "STAGE_MADE", "STAGE_UNCHECKED", "STAGE_REWORK"};

/* ---- chance: splitmix64 */

static uint64_t chance_state;
static uint64_t chance(void)
{
    uint64_t z = chance_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
static int below(int n) { return (int)(chance() % (uint64_t)n); }
static int between(int least, int most) { return least + below(most - least + 1); }
static bool often(int percent) { return below(100) < percent; }

/* ---- a world, shared by the one that watches and its workers */

struct world {
    uint64_t seed, number;
    int32_t today;
    bool even, narrow, moves, closed;
    int64_t begun_with;               /* entries before the first fact */
    uint64_t crashes, retries, repeats, refused, replays, compared;
    size_t n;
    struct fact facts[STEPS_OF_A_WORLD + 8];
};
static struct world *w;
static char directory[PATH_BYTES_MAX];

/* The line that names the world comes first, so that it can be played again. */
_Noreturn static void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn static void wrong(const char *format, ...)
{
    va_list args;
    printf("FAIL - SEED=%llu WORLD=%llu: ", (unsigned long long)w->seed, (unsigned long long)w->number);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
    _exit(1);
}

/* ---- facts by chance */

static bool moment_taken[PLACES][ITEMS][5][DAYS_BACK + 2][2];
static bool *gone; /* the fact was taken back or corrected */

static int place_of(bool (*may)(int))
{
    static const int few[] = {V1, G11, DL1, K1};
    for (;;) {
        int p = w->narrow ? few[below(4)] : below(PLACES);
        if (may(p)) return p;
    }
}
static bool any_keeps(int p) { return keeps(p); }
static bool any_makes(int p) { return places[p].makes; }
static bool any_hands_in(int p) { return hands_in(p); }
static bool any_holds(int p) { return places[p].holds; }
static bool any_serves(int p) { return places[p].serves; }
static bool any_taker(int p) { return places[p].holds || places[p].serves; }

static int other_than(int not, bool (*may)(int))
{
    for (;;) {
        int p = place_of(may);
        if (p != not) return p;
    }
}

static int item_of(void)
{
    static const int few[] = {CLOTH, MASK, KIT};
    return w->narrow ? few[below(3)] : below(ITEMS);
}
static int made_of(int most) { return w->even ? 2 * below(most / 2) : below(most); }
static int quantity_of(void) { return between(1, often(20) ? 4000 : 300); }

static struct fact *fact_add(enum type type)
{
    struct fact *f = &w->facts[w->n++];
    memset(f, 0, sizeof *f);
    f->type = (uint8_t)type;
    f->day = (int16_t)between(-DAYS_BACK, 1);
    f->takes = f->after[0] = f->after[1] = f->slip = -1;
    f->stage = S_STOCK;
    return f;
}

/* like: the fact it corrects keeps its place and item; NULL none. */
static void fill_logged(struct fact *f, const struct fact *like)
{
    static const int outputs[] = {MASK, MASK, MASK, KIT, PACKET};
    f->place = (uint8_t)(like != NULL ? like->place : place_of(any_makes));
    f->item = (uint8_t)(like != NULL ? like->item : outputs[below(5)]);
    f->good = made_of(160);
    f->spoiled = often(40) ? made_of(12) : 0;
    f->remade = often(20) ? below(12) : 0;
    if (f->good + f->spoiled + f->remade == 0) f->good = 2;
    f->instead = f->item == MASK && f->day >= NEW_RECIPE_DAY && often(30);
}

static void fill_handed_in(struct fact *f, const struct fact *like)
{
    f->place = (uint8_t)(like != NULL ? like->place : place_of(any_hands_in));
    f->to = (uint8_t)(often(80) ? places[f->place].parent : place_of(any_holds));
    f->item = (uint8_t)(like != NULL ? like->item : often(70) ? MASK : KIT);
    f->good = below(120);
    f->spoiled = often(30) ? below(9) : 0;
    f->rework = often(30) ? below(9) : 0;
    if (f->good + f->spoiled + f->rework == 0) f->good = 1;
}

static void fill(struct fact *f, const struct fact *like)
{
    static const int wasted_from[] = {S_STOCK, S_STOCK, S_MADE, S_UNCHECKED, S_REWORK};
    f->quantity = quantity_of();
    f->item = (uint8_t)(like != NULL ? like->item : item_of());
    switch ((enum type)f->type) {
    case LOGGED: fill_logged(f, like); return;
    case HANDED_IN: fill_handed_in(f, like); return;
    case GIVEN: f->place = (uint8_t)(like != NULL ? like->place : place_of(any_serves)); f->sold = often(20); return;
    case INSPECTED:
        f->place = (uint8_t)(like != NULL ? like->place : place_of(any_keeps));
        f->good = between(1, 90);
        f->rework = below(9);
        f->spoiled = below(9);
        return;
    default: break;
    }
    f->place = (uint8_t)(like != NULL ? like->place : place_of(any_keeps));
    if (f->type == CAME) f->quantity *= 3;
    if (f->type == WASTED) f->stage = (uint8_t)wasted_from[below(5)];
    if (f->type == ISSUED || f->type == RETURNED) f->to = (uint8_t)other_than(f->place, any_keeps);
    if (f->type != DELIVERED) return;
    f->out_of_made = !w->moves && hands_in(f->place) && often(60);
    if (f->out_of_made && like == NULL) f->item = (uint8_t)(often(70) ? MASK : KIT);
    do f->to = (uint8_t)other_than(f->place, any_taker);
    while (f->out_of_made && f->to == places[f->place].parent);
}

/* No two counts of the same at the same moment. False: none was found. */
static bool fill_count(struct fact *f, const struct fact *like)
{
    static const int counted[] = {S_STOCK, S_STOCK, S_STOCK, S_MADE, S_UNCHECKED, S_REWORK};
    for (int tries = 0; tries < 50; tries++) {
        f->place = (uint8_t)(like != NULL ? like->place : place_of(any_keeps));
        f->item = (uint8_t)(like != NULL ? like->item : item_of());
        f->stage = (uint8_t)counted[below(6)];
        f->day = (int16_t)between(-DAYS_BACK, 1);
        f->at_start = often(40);
        f->quantity = below(900);
        bool input = f->item == CLOTH || f->item == SHEET || f->item == RICE;
        bool *taken = &moment_taken[f->place][f->item][f->stage][f->day + DAYS_BACK][f->at_start];
        if (*taken || (input && !w->even)) continue; /* where a floor cuts, what a recipe took on a day depends on the order */
        *taken = true;
        return true;
    }
    return false;
}

/* Sent and received with one slip; in part settled. */
static void shipment(void)
{
    int from = place_of(any_keeps), to = other_than(from, any_keeps), sent = (int)w->n, quantity = between(2, 600);
    bool settles = often(40), received = often(85);
    int came = settles ? below(quantity) : below(700);
    struct fact *f = fact_add(SENT);
    f->place = (uint8_t)from;
    f->to = (uint8_t)to;
    f->item = (uint8_t)item_of();
    f->quantity = quantity;
    f->slip = sent;
    int item = f->item;
    if (received) {
        f = fact_add(RECEIVED);
        f->place = (uint8_t)to;
        f->to = (uint8_t)from;
        f->item = (uint8_t)item;
        f->quantity = came;
        f->spoiled = often(30) ? below(came + 1) : 0;
        f->slip = sent;
    }
    if (!settles) return;
    gone[sent] = gone[w->n - 1] = true; /* stays: what is settled must not fall below what is missing */
    f = fact_add(SETTLED);
    f->place = (uint8_t)from;
    f->to = (uint8_t)to;
    f->item = (uint8_t)item;
    f->quantity = between(1, quantity - (received ? came : 0));
    f->outcome = (uint8_t)between(1, 3);
    f->slip = f->after[0] = sent;
    if (received) f->after[1] = sent + 1;
}

/* A need: asked, approved, set aside somewhere if it is there, and now and then put back. */
static void need(void)
{
    int asked = (int)w->n, item = item_of(), quantity = between(1, 300), source;
    struct fact *f = fact_add(ASKED);
    f->place = (uint8_t)place_of(any_keeps);
    source = other_than(f->place, any_keeps);
    for (int step = 0; step < (often(50) ? 4 : 3); step++) {
        if (step > 0) {
            f = fact_add((enum type)(ASKED + step));
            f->place = (uint8_t)source;
            f->after[0] = (int32_t)w->n - 2;
        }
        f->item = (uint8_t)item;
        f->quantity = quantity;
        f->day = 0;
        f->slip = asked;
        gone[w->n - 1] = true; /* claims are not facts: they are not taken back */
    }
}

/* Take back or correct one that stands. */
static void again(void)
{
    int i = below((int)w->n);
    const struct fact *like = &w->facts[i];
    if (gone[i] || like->type == REVERSED || like->type == PLACE_MOVED) return;
    bool corrects = often(50) && like->type != SETTLED && like->type != SENT && like->type != RECEIVED;
    struct fact *f = fact_add(corrects ? (enum type)like->type : REVERSED);
    f->of = like->type;
    f->takes = f->after[0] = i;
    if (corrects && f->type == COUNTED && !fill_count(f, like)) {
        w->n--;
        return;
    }
    if (corrects && f->type != COUNTED) fill(f, like);
    gone[i] = true;
}

static void place_moves(void)
{
    static const int goes[] = {G11, G12, G21, G31, DL1, V1, V2, V3, ST_B, K1, K2};
    int place = goes[below(11)];
    struct fact *f = fact_add(PLACE_MOVED);
    bool low = hands_in(place) || place == DL1;
    f->place = (uint8_t)place;
    f->to = (uint8_t)(low ? between(V1, V3) : between(B1, B2));
}

static void facts_make(size_t n)
{
    static const uint8_t usual[] = {CAME, CAME, CAME, ISSUED, ISSUED, RETURNED, WASTED, LOGGED, LOGGED, LOGGED, HANDED_IN,
                                    HANDED_IN, INSPECTED, DELIVERED, DELIVERED, GIVEN};
    memset(moment_taken, 0, sizeof moment_taken);
    gone = calloc(STEPS_OF_A_WORLD + 8, sizeof *gone);
    if (gone == NULL) abort();
    while (w->n < n) {
        int share = below(100);
        if (share < 22 && w->n > 5) again();
        else if (share < 31) { if (!fill_count(fact_add(COUNTED), NULL)) w->n--; }
        else if (share < 39) shipment();
        else if (share < 41 && w->moves) place_moves();
        else if (share < 46) need();
        else { struct fact *f = fact_add((enum type)usual[below(16)]); fill(f, NULL); }
    }
    free(gone);
}

/* ---- facts as requests */

static void id_of(size_t i, char out[UUID_TEXT_BYTES])
{
    snprintf(out, UUID_TEXT_BYTES, "%08x-0000-4000-8000-%012x", (unsigned)w->number, (unsigned)i);
}

static void earning_id_of(size_t i, char out[UUID_TEXT_BYTES])
{
    snprintf(out, UUID_TEXT_BYTES, "%08x-0000-8000-a000-%012x", (unsigned)w->number, (unsigned)i);
}

static const char *method_of(const struct fact *f)
{
    static const char *const methods[TYPES] = {
        [CAME] = "Materials/Receive", [ISSUED] = "Materials/Issue", [RETURNED] = "Materials/ReturnGoods", [WASTED] = "Materials/Waste",
        [COUNTED] = "Materials/Count", [LOGGED] = "Production/LogOutput", [HANDED_IN] = "Production/HandIn",
        [INSPECTED] = "Quality/Inspect", [DELIVERED] = "Distribution/Deliver", [SENT] = "Distribution/Send",
        [RECEIVED] = "Distribution/Receive", [SETTLED] = "Distribution/Settle", [GIVEN] = "Distribution/Serve",
        [ASKED] = "Distribution/Request", [APPROVED] = "Distribution/Approve", [ALLOCATED] = "Distribution/Allocate",
        [UNALLOCATED] = "Distribution/Unallocate", [PLACE_MOVED] = "Registry/MovePlaces"};
    if (f->type != REVERSED) return methods[f->type];
    const char *of = methods[f->of];
    return of[0] == 'M' ? "Materials/Reverse" : of[0] == 'P' ? "Production/Reverse" : of[0] == 'Q' ? "Quality/Reverse" : "Distribution/Reverse";
}

static void json_of(size_t i, char *out, size_t bytes)
{
    const struct fact *f = &w->facts[i];
    char id[UUID_TEXT_BYTES], takes[UUID_TEXT_BYTES] = "", day[11], corrects[128] = "";
    const char *at = places[f->place].code, *to = places[f->to].code, *item = items[f->item];
    long long q = f->quantity, good = f->good, spoiled = f->spoiled, rework = f->rework;
    id_of(i, id);
    day_format(w->today + f->day, day);
    if (f->takes >= 0) {
        id_of((size_t)f->takes, takes);
        snprintf(corrects, sizeof corrects, ",\"corrects\":{\"requestId\":\"%s\",\"line\":1}", takes);
    }
#define SAY(format, ...) snprintf(out, bytes, "{\"requestId\":\"%s\"," format "%s}]}", id, __VA_ARGS__, corrects)
    switch ((enum type)f->type) {
    case CAME: SAY("\"day\":\"%s\",\"place\":\"%s\",\"lines\":[{\"item\":\"%s\",\"quantity\":%lld", day, at, item, q); break;
    case ISSUED: SAY("\"day\":\"%s\",\"from\":\"%s\",\"lines\":[{\"to\":\"%s\",\"item\":\"%s\",\"quantity\":%lld", day, at, to, item, q); break;
    case RETURNED: SAY("\"day\":\"%s\",\"to\":\"%s\",\"lines\":[{\"from\":\"%s\",\"item\":\"%s\",\"quantity\":%lld", day, to, at, item, q); break;
    case WASTED: SAY("\"day\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"%s\",\"quantity\":%lld,\"stage\":\"%s\"", day, at, item, q, stages[f->stage]); break;
    case COUNTED: SAY("\"day\":\"%s\",\"atStart\":%s,\"lines\":[{\"place\":\"%s\",\"item\":\"%s\",\"counted\":%lld,\"stage\":\"%s\"", day, f->at_start ? "true" : "false", at, item, q, stages[f->stage]); break;
    case LOGGED: SAY("\"workDate\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"%s\",\"good\":%lld,\"spoiled\":%lld,\"remade\":%lld,\"membersAtWork\":4,\"instead\":[%s]", day, at, item, good, spoiled, (long long)f->remade, f->instead ? "\"sheet\"" : ""); break;
    case HANDED_IN: SAY("\"day\":\"%s\",\"to\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"%s\",\"good\":%lld,\"spoiled\":%lld,\"rework\":%lld", day, to, at, item, good, spoiled, rework); break;
    case INSPECTED: SAY("\"day\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"%s\",\"accepted\":%lld,\"rework\":%lld,\"scrapped\":%lld", day, at, item, good, rework, spoiled); break;
    case DELIVERED: SAY("\"day\":\"%s\",\"from\":\"%s\",\"lines\":[{\"to\":\"%s\",\"item\":\"%s\",\"quantity\":%lld,\"outOfMade\":%s", day, at, to, item, q, f->out_of_made ? "true" : "false"); break;
    case SENT: SAY("\"day\":\"%s\",\"slip\":\"S-%d\",\"from\":\"%s\",\"to\":\"%s\",\"lines\":[{\"item\":\"%s\",\"quantity\":%lld", day, f->slip, at, to, item, q); break;
    case RECEIVED: SAY("\"day\":\"%s\",\"slip\":\"S-%d\",\"from\":\"%s\",\"place\":\"%s\",\"lines\":[{\"item\":\"%s\",\"quantity\":%lld,\"spoiled\":%lld", day, f->slip, to, at, item, q, spoiled); break;
    case SETTLED: SAY("\"day\":\"%s\",\"slip\":\"S-%d\",\"lines\":[{\"item\":\"%s\",\"quantity\":%lld,\"outcome\":%d", day, f->slip, item, q, f->outcome); break;
    case GIVEN: SAY("\"day\":\"%s\",\"lines\":[{\"place\":\"%s\",\"item\":\"%s\",\"quantity\":%lld,\"how\":%d", day, at, item, q, f->sold ? 1 : 0); break;
    case ASKED: SAY("\"day\":\"%s\",\"place\":\"%s\",\"lines\":[{\"item\":\"%s\",\"quantity\":%lld", day, at, item, q); break;
    case APPROVED: SAY("\"lines\":[{\"request\":\"%lld.1\",\"quantity\":%lld", (long long)w->facts[f->slip].sequence, q); break;
    case ALLOCATED: case UNALLOCATED: SAY("\"lines\":[{\"request\":\"%lld.1\",\"from\":\"%s\",\"quantity\":%lld", (long long)w->facts[f->slip].sequence, at, q); break;
    case PLACE_MOVED: SAY("\"lines\":[{\"place\":\"%s\",\"parent\":\"%s\"", at, to); break;
    case REVERSED: snprintf(out, bytes, "{\"requestId\":\"%s\",\"lines\":[{\"requestId\":\"%s\",\"line\":1}]}", id, takes); break;
    case TYPES: abort();
    }
}

/* ---- dying on cue: the calls of our own code into LMDB (the linker wraps them) */

static int64_t puts_to_live, commits_to_live;
static bool die_after_commit;

int __real_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags)
{
    if (puts_to_live > 0 && --puts_to_live == 0) _exit(CRASHED);
    return __real_mdb_cursor_put(cursor, key, data, flags);
}

int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    bool now = commits_to_live > 0 && --commits_to_live == 0;
    if (now && !die_after_commit) _exit(CRASHED);
    int rc = __real_mdb_txn_commit(txn);
    if (now) _exit(CRASHED);
    return rc;
}

/* ---- asking the services' code */

static struct store *store;
static struct arena work, keep, request;
static uint8_t token_hash[HASH_BYTES];

static void open_store(void)
{
    struct txn txn;
    Rasad__V1__SessionRow session;
    if (store_open(directory, &store) != ERR_OK || !arena_init(&work, ARENA_BYTES_MAX) || !arena_init(&keep, ARENA_BYTES_MAX) ||
        !arena_init(&request, ARENA_BYTES_MAX))
        wrong("the store is not opened");
    rasad__v1__session_row__init(&session);
    session.used_ms = now_ms();
    session.console = true;
    hash_bytes("console", 7, token_hash);
    struct key k = key("x", token_hash, (size_t)HASH_BYTES);
    txn_begin(store, &work, &txn);
    row_put(&txn, TABLE_session, &k, &session.base);
    if (txn_commit(&txn) != ERR_OK) wrong("no session");
}

static void wire_make(Rasad__V1__Call *wire, const struct command *command, const char *json)
{
    struct json_error error = {.path = ""};
    ProtobufCMessage *message = json_decode(command->request, json, strlen(json), arena_pb(&request), &error);
    if (message == NULL) wrong("%s: %s: %s, %s", json, error.path, error.found, error.needed);
    size_t bytes = protobuf_c_message_get_packed_size(message);
    uint8_t *body = arena_alloc(&request, bytes);
    protobuf_c_message_pack(message, body);
    rasad__v1__call__init(wire);
    wire->method = (char *)(uintptr_t)command->method;
    wire->token_hash = (ProtobufCBinaryData){sizeof token_hash, token_hash};
    wire->channel = RASAD__V1__CHANNEL__CHANNEL_API;
    wire->body = (ProtobufCBinaryData){bytes, body};
}

static const struct command *command_of(const char *method)
{
    const struct command *command = command_find(method);
    if (command == NULL) wrong("no method %s", method);
    return command;
}

/* A read that must go well; the reply lies in `keep` until the next. */
static void *ask(const char *method, const char *json)
{
    const struct command *command = command_of(method);
    struct outcome outcome;
    Rasad__V1__Call wire;
    arena_reset(&keep);
    wire_make(&wire, command, json);
    run_read(store, &work, &keep, command, &wire, &outcome);
    arena_reset(&request);
    if (!outcome.good) wrong("%s %s: %s", method, json, outcome.error->message);
    return protobuf_c_message_unpack(command->reply, arena_pb(&keep), outcome.body_bytes, outcome.body);
}

/* One command that must go well, in a transaction of its own. */
static void tell(const char *method, const char *lines)
{
    static unsigned n;
    static char json[8192];
    const struct command *command = command_of(method);
    struct outcome outcome;
    struct batch batch;
    Rasad__V1__Call wire;
    snprintf(json, sizeof json, "{\"requestId\":\"%08x-0000-4000-9000-%012x\",%s}", (unsigned)w->number, ++n, lines);
    wire_make(&wire, command, json);
    if (run_begin(&batch, store, &work) != ERR_OK) wrong("no transaction");
    run_command(&batch, &keep, command, &wire, NULL, &outcome);
    if (!outcome.good) wrong("%s %s: %s", method, json, outcome.error->message);
    if (run_commit(&batch) != ERR_OK) wrong("no commit");
    arena_reset(&keep);
    arena_reset(&request);
}

static int64_t head_now(void)
{
    struct txn txn;
    txn_read(store, &work, &txn);
    int64_t sequence = journal_head(&txn).sequence;
    txn_abort(&txn);
    arena_reset(&work);
    return sequence;
}

/* ---- the world in the address book */

static void set_up_places(void)
{
    static char lines[4096];
    size_t n = 0;
    tell("Registry/AddKinds", "\"lines\":[{\"code\":\"district\"},{\"code\":\"block\"},{\"code\":\"vo\",\"behaviour\":{\"holds\":true}},"
         "{\"code\":\"group\",\"behaviour\":{\"makes\":true}},{\"code\":\"store\",\"behaviour\":{\"holds\":true}},"
         "{\"code\":\"dealer\",\"behaviour\":{\"serves\":true,\"person\":true}},"
         "{\"code\":\"kitchen\",\"behaviour\":{\"holds\":true,\"makes\":true,\"serves\":true}}]");
    for (int p = 0; p < PLACES; p++)
        n += (size_t)snprintf(lines + n, sizeof lines - n, "%s{\"code\":\"%s\",\"kind\":\"%s\",\"parent\":\"%s\"%s}", p > 0 ? "," : "\"lines\":[",
                              places[p].code, places[p].kind, places[p].parent >= 0 ? places[places[p].parent].code : "",
                              p == D1 ? ",\"calendar\":\"CALENDAR_GREGORIAN\"" : "");
    snprintf(lines + n, sizeof lines - n, "]");
    tell("Registry/AddPlaces", lines);
}

static void set_up_items(void)
{
    char lines[1024], day[11];
    tell("Registry/AddItems", "\"lines\":[{\"code\":\"cloth\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\"},"
         "{\"code\":\"elastic\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\",\"usedUpOnIssue\":true},"
         "{\"code\":\"mask\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\",\"check\":\"CHECK_OWN\"},"
         "{\"code\":\"kit\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\",\"check\":\"CHECK_INSPECTOR\"},"
         "{\"code\":\"rice\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_GRAM\"},"
         "{\"code\":\"packet\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_PIECE\",\"shelfLifeMin\":360},"
         "{\"code\":\"sheet\",\"class\":\"ITEM_CLASS_GOODS\",\"unit\":\"UNIT_CENTIMETRE\"},"
         "{\"code\":\"inr\",\"class\":\"ITEM_CLASS_MONEY\",\"unit\":\"UNIT_PAISE\"}]");
    day_format(w->today + NEW_RECIPE_DAY, day);
    snprintf(lines, sizeof lines, "\"lines\":[{\"item\":\"mask\",\"fromDay\":\"2020-03-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":2500,\"per\":200},{\"item\":\"elastic\",\"quantity\":7200,\"per\":200}]},"
             "{\"item\":\"kit\",\"fromDay\":\"2020-03-01\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":350,\"per\":1}]},"
             "{\"item\":\"packet\",\"fromDay\":\"2020-03-01\",\"inputs\":[{\"item\":\"rice\",\"quantity\":1500,\"per\":10}]},"
             "{\"item\":\"mask\",\"fromDay\":\"%s\",\"inputs\":[{\"item\":\"cloth\",\"quantity\":2400,\"per\":200,\"alternatives\":[\"sheet\"]},{\"item\":\"elastic\",\"quantity\":7200,\"per\":200}]}]", day);
    tell("Registry/SetRecipes", lines);
    tell("Registry/SetRates", "\"lines\":[{\"item\":\"mask\",\"money\":\"inr\",\"perPiece\":300,\"fromDay\":\"2020-03-01\",\"basis\":\"RATE_BASIS_HAND_IN\"}]");
    if (!w->closed) return;
    struct civil month = civil_of_day(w->today);
    month.day = 1;
    day_format(day_of_civil(month) - 1, day);
    snprintf(lines, sizeof lines, "\"throughDay\":\"%s\"", day);
    tell("Registry/CloseMonth", lines);
}

static void set_up(void)
{
    open_store();
    set_up_places();
    set_up_items();
    w->begun_with = head_now();
    store_close(store);
}

/* ---- a worker */

struct tried {
    size_t fact;
    int64_t sequence;
    uint64_t answer;
    bool good, again;
};

static uint64_t hash_of(const void *data, size_t bytes)
{
    uint8_t hash[HASH_BYTES];
    uint64_t first;
    hash_bytes(data, bytes, hash);
    memcpy(&first, hash, sizeof first);
    return first;
}

static bool over(const struct fact *f) { return f->state == BOOKED || f->state == DROPPED; }

static bool may_go(size_t i, const struct tried *tried, size_t n)
{
    for (int a = 0; a < 2; a++) {
        int32_t before = w->facts[i].after[a];
        bool there = before < 0 || w->facts[before].state == BOOKED, claim = w->facts[i].type >= ASKED && w->facts[i].type <= UNALLOCATED;
        if (before >= 0 && w->facts[before].state == DROPPED) w->facts[i].state = DROPPED;
        if (claim && !there) return false; /* it names the entry of what it follows */
        for (size_t t = 0; t < n && !there; t++) there = tried[t].good && tried[t].fact == (size_t)before;
        if (!there) return false;
    }
    for (size_t t = 0; t < n; t++)
        if (tried[t].fact == i) return false;
    return true;
}

/* Whichever comes next, out of order; w->n: none just now. */
static size_t next_fact(size_t from, size_t until, const struct tried *tried, size_t n)
{
    for (int tries = 0; tries < 30; tries++) {
        size_t i = from + (size_t)below(WINDOW);
        if (i < until && !over(&w->facts[i]) && may_go(i, tried, n)) return i;
    }
    for (size_t i = from; i < until && i < from + WINDOW; i++)
        if (!over(&w->facts[i]) && may_go(i, tried, n)) return i;
    return w->n;
}

static void outcome_take(const struct command *command, const struct outcome *outcome, struct tried *t)
{
    t->good = outcome->good;
    if (!outcome->good) return;
    Rasad__V1__Receipt *receipt = (void *)protobuf_c_message_unpack(command->reply, arena_pb(&request), outcome->body_bytes, outcome->body);
    if (receipt == NULL) wrong("a reply that is none");
    if (receipt->refused > 0) wrong("%s of fact %zu: %s", command->method, t->fact, receipt->lines[0]->refusal->message);
    bool claim = w->facts[t->fact].type == ALLOCATED; /* what is put back may meet a count, and be lent for it */
    if (claim && receipt->n_lines > 0 && receipt->lines[0]->shortfall != 0) wrong("fact %zu set aside what is not there", t->fact);
    t->sequence = receipt->sequence;
    t->answer = hash_of(outcome->body, outcome->body_bytes);
}

/* True: the batch has no room for it. */
static bool try_fact(struct batch *batch, size_t i, bool failing, struct tried *t)
{
    static char json[1024];
    const struct command *command = command_of(method_of(&w->facts[i]));
    struct outcome outcome;
    Rasad__V1__Call wire;
    json_of(i, json, sizeof json);
    wire_make(&wire, command, json);
    *t = (struct tried){.fact = i, .again = w->facts[i].state == BOOKED};
    if (w->facts[i].state == TRIED) w->retries++;
    else if (w->facts[i].state == UNSENT) w->facts[i].state = TRIED;
    if (failing) store_fail_at(between(1, 20), 0);
    run_command(batch, &keep, command, &wire, NULL, &outcome);
    if (failing) store_fail_at(0, 0);
    if (getenv("TELL") != NULL) printf("%s %s: %s\n", command->method, json, outcome.good ? "good" : outcome.error != NULL ? outcome.error->message : "full");
    outcome_take(command, &outcome, t);
    bool stays = (w->facts[i].type == PLACE_MOVED || w->facts[i].type == ALLOCATED) && outcome.error != NULL && strcmp(outcome.error->code, "failed_precondition") == 0;
    if (!t->good && stays) w->facts[i].state = DROPPED;
    else if (!t->good && !outcome.full && !failing) wrong("%s %s: %s", command->method, json, outcome.error->message);
    if (failing && !t->good) w->refused++;
    arena_reset(&request);
    return outcome.full;
}

static void acknowledged(const struct tried *t)
{
    struct fact *f = &w->facts[t->fact];
    if (!t->good) return;
    if (t->again) {
        w->repeats++;
        if (f->sequence != t->sequence || f->answer != t->answer) wrong("fact %zu got another answer than before", t->fact);
        return;
    }
    f->sequence = t->sequence;
    f->answer = t->answer;
    f->state = BOOKED;
}

/* A few facts in one transaction; now and then one again that is booked. */
static void book_some(size_t from, size_t until)
{
    struct tried tried[BATCH_MAX];
    struct batch batch;
    size_t n = 0, most = (size_t)between(1, BATCH_MAX);
    bool full = false;
    if (run_begin(&batch, store, &work) != ERR_OK) wrong("no transaction");
    while (n < most && !full) {
        size_t i = often(4) && from > 0 ? (size_t)below((int)from) : next_fact(from, until, tried, n);
        if (i == w->n) break;
        if (w->facts[i].state == DROPPED) continue;
        full = try_fact(&batch, i, often(2), &tried[n]);
        n++;
    }
    if (often(2)) store_fail_at(0, 1);
    enum err err = run_commit(&batch);
    store_fail_at(0, 0);
    if (err == ERR_OK && often(1)) _exit(CRASHED); /* booked, and nobody was told */
    for (size_t t = 0; t < n && err == ERR_OK; t++) acknowledged(&tried[t]);
    arena_reset(&keep);
}

static bool earns(const struct fact *f)
{
    int type = f->type == REVERSED ? f->of : f->type;
    return f->state == BOOKED && (type == HANDED_IN || type == DELIVERED);
}

/* The reaction of one fact, as production would run it. */
static void react(struct batch *batch, size_t i)
{
    char id[UUID_TEXT_BYTES], cause[40];
    Rasad__V1__BookEarningRequest request_of_it;
    rasad__v1__book_earning_request__init(&request_of_it);
    earning_id_of(i, id);
    snprintf(cause, sizeof cause, "%lld.1", (long long)w->facts[i].sequence);
    request_of_it.request_id = id;
    request_of_it.cause = cause;
    if (run_reaction(batch, command_of("Production/BookEarning"), &request_of_it.base, name_of(w->facts[i].sequence, 1)) != REACTED)
        wrong("the earning of fact %zu is refused", i);
    arena_reset(&work);
}

static void react_some(size_t until, bool all)
{
    struct batch batch;
    size_t done[64], n = 0;
    if (run_begin(&batch, store, &work) != ERR_OK) wrong("no transaction");
    for (size_t i = 0; i < until && n < 64; i++) {
        if (!earns(&w->facts[i]) || (w->facts[i].earned && !often(1))) continue;
        if (!all && often(50)) continue;
        react(&batch, i);
        done[n++] = i;
    }
    if (run_commit(&batch) != ERR_OK) wrong("no commit");
    if (often(1)) _exit(CRASHED);
    for (size_t d = 0; d < n; d++) w->facts[done[d]].earned = true;
}

static size_t first_open(size_t until)
{
    size_t i = 0;
    while (i < until && over(&w->facts[i])) i++;
    return i;
}

static bool earned_all(size_t until)
{
    for (size_t i = 0; i < until; i++)
        if (earns(&w->facts[i]) && !w->facts[i].earned) return false;
    return true;
}

static void worker(size_t until)
{
    open_store();
    if (often(60)) puts_to_live = often(50) ? between(1, 400) : between(1, 20000);
    if (often(40)) commits_to_live = between(1, 120);
    die_after_commit = often(50);
    for (size_t from; (from = first_open(until)) < until;) {
        book_some(from, until);
        if (often(15)) react_some(from, false);
    }
    while (!earned_all(until)) react_some(until, true);
    store_close(store);
    _exit(0);
}

/* ---- comparing */

static struct books books;

static int index_of(const char *code, const char *const *list, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(list[i], code) == 0) return i;
    return -1;
}

static void compare_stock(void)
{
    char json[64];
    for (int p = 0; p < PLACES; p++) {
        static int64_t got[ITEMS][S_REAL_END];
        memset(got, 0, sizeof got);
        snprintf(json, sizeof json, "{\"place\":\"%s\"}", places[p].code);
        Rasad__V1__GetStockResponse *stock = ask("Materials/GetStock", json);
        for (size_t r = 0; r < stock->n_rows; r++) {
            const Rasad__V1__StockRow *row = stock->rows[r];
            int item = index_of(row->item, items, ITEMS);
            if (item < 0) wrong("%s has %s", places[p].code, row->item);
            if (row->quantity < 0 || row->shortfall < 0 || (row->quantity > 0 && row->shortfall > 0))
                wrong("%s %s: %lld and shortfall %lld", places[p].code, row->item, (long long)row->quantity, (long long)row->shortfall);
            got[item][row->stage] = row->quantity - row->shortfall;
        }
        for (int i = 0; i < ITEMS; i++)
            for (int s = S_STOCK; s < S_REAL_END; s++)
                if (got[i][s] != books.net[p][i][s])
                    wrong("%s %s stage %d is %lld, by the model %lld", places[p].code, items[i], s, (long long)got[i][s], (long long)books.net[p][i][s]);
    }
}

/* Sums of the model at a place and all below it. */
static void model_at(int above, int item, int64_t net[S_REAL_END], int64_t measures[MEASURES])
{
    memset(net, 0, S_REAL_END * sizeof *net);
    memset(measures, 0, MEASURES * sizeof *measures);
    for (int p = 0; p < PLACES; p++) {
        if (!model_within(&books, p, above)) continue;
        for (int s = 0; s < S_REAL_END; s++) net[s] += books.net[p][item][s];
        for (int m = 0; m < MEASURES; m++) measures[m] += books.measures[p][item][m];
    }
}

static void compare_row(int place, int item, const Rasad__V1__FlowRow *row)
{
    int64_t net[S_REAL_END], wanted[MEASURES], stages_got[32] = {0}, closing = 0;
    model_at(place, item, net, wanted);
    for (int s = 0; s < S_REAL_END; s++) closing += net[s];
    if (row == NULL) {
        if (closing != 0) wrong("flow of %s has no %s, by the model %lld", places[place].code, items[item], (long long)closing);
        return;
    }
    const char *where = places[place].code, *what = items[item];
    int64_t sum = row->opening + row->supplied + row->good + row->in - row->out - row->consumed - row->served - row->sold -
                  row->scrapped - row->lost + row->difference;
    if (sum != row->closing || row->closing != closing)
        wrong("flow of %s %s closes with %lld, adds up to %lld, by the model %lld", where, what, (long long)row->closing, (long long)sum, (long long)closing);
    for (size_t i = 0; i < row->n_closing_by_stage; i++) stages_got[row->closing_by_stage[i]->stage] = row->closing_by_stage[i]->quantity;
    for (int s = S_STOCK; s < S_REAL_END; s++)
        if (stages_got[s] != net[s]) wrong("flow of %s %s stage %d closes with %lld, by the model %lld", where, what, s, (long long)stages_got[s], (long long)net[s]);
    if (place == D1 && (row->in != 0 || row->out != 0)) wrong("%s: the root has in %lld, out %lld", what, (long long)row->in, (long long)row->out);
    if (books.moved && place != D1) return; /* what was booked before stays with the ancestors of then */
    const int64_t got[MEASURES] = {row->supplied, row->good, row->consumed, row->served, row->sold, row->scrapped, row->lost, row->difference, row->spoiled};
    for (int m = 0; m < MEASURES; m++)
        if (got[m] != wanted[m]) wrong("flow of %s %s: measure %d is %lld, by the model %lld", where, what, m, (long long)got[m], (long long)wanted[m]);
}

static void compare_flows(void)
{
    char json[128], from[11], to[11];
    day_format(w->today - 400, from);
    day_format(w->today + 60, to);
    for (int p = 0; p < PLACES; p++) {
        snprintf(json, sizeof json, "{\"place\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}", places[p].code, from, to);
        Rasad__V1__GetFlowResponse *flow = ask("Reports/GetFlow", json);
        for (int i = 0; i < ITEMS; i++) {
            const Rasad__V1__FlowRow *row = NULL;
            for (size_t r = 0; r < flow->n_rows; r++)
                if (strcmp(flow->rows[r]->item, items[i]) == 0) row = flow->rows[r];
            compare_row(p, i, row);
        }
        int64_t owed = 0;
        for (int q = 0; q < PLACES; q++)
            if (model_within(&books, q, p)) owed += books.earned[q];
        int64_t got = flow->n_money > 0 ? flow->money[0]->closing : 0;
        if (got != owed) wrong("%s is owed %lld, by the model %lld", places[p].code, (long long)got, (long long)owed);
    }
}

/* Every acknowledged command is the entry it was told, nothing else is there, and sequences have no gaps. */
static void compare_journal(size_t until)
{
    struct txn txn;
    uint8_t id[UUID_BYTES];
    char text[UUID_TEXT_BYTES];
    int64_t entries = w->begun_with;
    txn_read(store, &work, &txn);
    for (size_t i = 0; i < until; i++) {
        if (w->facts[i].state == DROPPED) continue;
        id_of(i, text);
        (void)uuid_parse(text, id);
        int64_t sequence = request_find(&txn, id, NULL);
        if (sequence != w->facts[i].sequence) wrong("fact %zu is entry %lld, acknowledged as %lld", i, (long long)sequence, (long long)w->facts[i].sequence);
        entries++;
        earning_id_of(i, text);
        (void)uuid_parse(text, id);
        if (request_find(&txn, id, NULL) != 0) entries++;
    }
    int64_t head = journal_head(&txn).sequence, rows = store_rows(&txn, TABLE_journal);
    txn_abort(&txn);
    arena_reset(&work);
    if (head != entries || rows != entries) wrong("the journal ends with %lld and has %lld entries, %lld were acknowledged", (long long)head, (long long)rows, (long long)entries);
}

static void remove_all(const char *path)
{
    char file[2 * PATH_BYTES_MAX];
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.') (void)unlink(file);
    }
    if (dir != NULL) closedir(dir);
    (void)rmdir(path);
}

static void compare_replay(void)
{
    static struct replay replay;
    struct arena arena;
    struct txn live, copy;
    char scratch[PATH_BYTES_MAX + 16];
    snprintf(scratch, sizeof scratch, "%s.replay", directory);
    if (mkdir(scratch, 0700) != 0 || replay_open(scratch, &replay) != ERR_OK || !arena_init(&arena, ARENA_BYTES_MAX)) wrong("no replay");
    if (replay_follow(&replay, store, NULL) != ERR_OK) wrong("the journal can not be replayed after entry %lld", (long long)replay.sequence);
    txn_read(store, &work, &live);
    txn_read(replay.store, &arena, &copy);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        struct key at = {.n = 0};
        bool end = table_class(table) != CLASS_PROJECTION;
        while (!end)
            if (!table_same(&live, &copy, table, &at, VERIFY_ROWS, &end)) wrong("table %s is not what the journal gives", table_name(table));
    }
    txn_abort(&live);
    txn_abort(&copy);
    replay_close(&replay);
    remove_all(scratch);
}

static void comparer(size_t until, bool replayed)
{
    open_store();
    model_books(w->facts, w->n, &books);
    compare_journal(until);
    compare_stock();
    compare_flows();
    if (replayed) compare_replay();
    store_close(store);
    _exit(0);
}

/* ---- the one that watches */

/* 0, or CRASHED. Whatever else ends a child is a find. */
static int child(void (*work_of_it)(size_t), size_t until, uint64_t seed)
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        chance_state = seed;
        work_of_it(until);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) wrong("no process");
    if (WIFSIGNALED(status)) wrong("a worker was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CRASHED) _exit(1);
    return WEXITSTATUS(status);
}

static void set_up_child(size_t until)
{
    (void)until;
    set_up();
}
static void compare_child(size_t until) { comparer(until, false); }
static void compare_and_replay_child(size_t until) { comparer(until, true); }

static void play(size_t steps)
{
    chance_state = w->seed * UINT64_C(1000003) + w->number;
    w->even = often(50);
    w->narrow = often(50);
    w->moves = often(40);
    w->closed = often(30);
    facts_make(steps);
    if (mkdir(directory, 0700) != 0) wrong("%s can not be made", directory);
    (void)child(set_up_child, 0, chance());
    for (size_t part = 1; part <= COMPARED_PARTS; part++) {
        size_t until = w->n * part / COMPARED_PARTS;
        while (child(worker, until, chance()) == CRASHED) w->crashes++;
        bool replayed = part == COMPARED_PARTS || often(20);
        (void)child(replayed ? compare_and_replay_child : compare_child, until, chance());
        w->compared++;
        w->replays += replayed;
    }
    remove_all(directory);
}

int main(int argc, char **argv)
{
    uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
    uint64_t seed = argc > 2 && argv[2][0] != '\0' ? strtoull(argv[2], NULL, 10) : (uint64_t)now_ms() % 1000000007;
    const char *only = getenv("WORLD"), *temporary = getenv("TMPDIR");
    if (temporary == NULL) temporary = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* processes die here, not machines */
    uint64_t done = 0, kept = 0, denied = 0, crashes = 0, retries = 0, repeats = 0, refused = 0, replays = 0, compared = 0, worlds = 0, types[TYPES] = {0};
    int64_t began = mono_ms();
    w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (w == MAP_FAILED) return 1;
    (void)setenv("RASAD_MAP_MIB", "4096", 0);
    if (freopen("/dev/null", "w", stderr) == NULL) return 1; /* the log: what fails on purpose */
    printf("SEED=%llu\n", (unsigned long long)seed);
    for (uint64_t number = only != NULL ? strtoull(only, NULL, 10) : 0; done < steps; number++) {
        memset(w, 0, sizeof *w);
        w->seed = seed;
        w->number = number;
        w->today = day_of_ms(now_ms(), 330);
        snprintf(directory, sizeof directory, "%s/rasad-simulate-%d-%llu", temporary, (int)getpid(), (unsigned long long)number);
        play(steps - done < STEPS_OF_A_WORLD && only == NULL ? (size_t)(steps - done) : STEPS_OF_A_WORLD);
        for (size_t i = 0; i < w->n; i++) {
            types[w->facts[i].type]++;
            if (w->facts[i].type == ALLOCATED) *(w->facts[i].state == BOOKED ? &kept : &denied) += 1;
        }
        done += w->n;
        worlds++;
        crashes += w->crashes;
        retries += w->retries;
        repeats += w->repeats;
        refused += w->refused;
        replays += w->replays;
        compared += w->compared;
        if (only != NULL) break;
        if (worlds % 25 == 0) printf("   %llu steps, %llu crashes, %lld s\n", (unsigned long long)done, (unsigned long long)crashes, (long long)(mono_ms() - began) / 1000);
        fflush(stdout);
    }
    printf("summary: simulation: %llu steps in %llu worlds, %llu crashes, %llu sent again, %llu repeated, %llu failed on purpose, "
           "%llu reversed, %llu claims kept and %llu denied, %llu places moved; compared %llu times, replayed %llu; %lld s\n",
           (unsigned long long)done, (unsigned long long)worlds, (unsigned long long)crashes, (unsigned long long)retries,
           (unsigned long long)repeats, (unsigned long long)refused, (unsigned long long)types[REVERSED], (unsigned long long)kept, (unsigned long long)denied, (unsigned long long)types[PLACE_MOVED],
           (unsigned long long)compared, (unsigned long long)replays, (long long)(mono_ms() - began) / 1000);
    printf("1 passed, 0 failed\n");
    return 0;
}
