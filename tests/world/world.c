#include "world/world.h"

#include "base/clock.h"
#include "base/log.h"
#include "json/jsonpb.h"
#include "store/accounts.h"
#include "store/commands.h"
#include "store/replay.h"

#include <sodium.h>
#include <unistd.h>

struct world world;
struct comes comes = {.device = ""};

static int folder_remove(const char *dir)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

void world_open(const char *name)
{
    memset(&world, 0, sizeof world);
    log_level_set(LOG_ERROR);
    snprintf(world.dir, sizeof world.dir, "/tmp/rasad-%s-XXXXXX", name);
    assert_true(sodium_init() >= 0);
    assert_non_null(mkdtemp(world.dir));
    assert_int_equal(setenv("RASAD_MAP_MIB", "512", 1), 0);
    assert_true(arena_init(&world.arena, ARENA_BYTES_MAX));
    assert_true(arena_init(&world.keep, ARENA_BYTES_MAX));
    assert_true(arena_init(&world.request, ARENA_BYTES_MAX));
    assert_int_equal(store_open(world.dir, &world.store), ERR_OK);
    asks_as("console");
}

int world_close(void)
{
    store_close(world.store);
    directory_undone();
    arena_destroy(&world.arena);
    arena_destroy(&world.keep);
    arena_destroy(&world.request);
    return folder_remove(world.dir);
}

void world_same_again(void)
{
    char dir[] = "/tmp/rasad-again-XXXXXX";
    struct replay replay;
    struct arena arena;
    struct txn a, b;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(replay_open(dir, &replay), ERR_OK);
    assert_int_equal(replay_follow(&replay, world.store, NULL), ERR_OK);
    assert_int_equal(replay_commit(&replay), ERR_OK);
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    txn_read(world.store, &world.arena, &a);
    txn_read(replay.store, &arena, &b);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        struct key at = {.n = 0};
        bool end = table_class(table) == CLASS_LOCAL;
        while (!end)
            if (!table_same(&a, &b, table, &at, 1000, &end)) fail_msg("table %s differs", table_name(table));
    }
    txn_abort(&a);
    txn_abort(&b);
    replay_close(&replay);
    arena_destroy(&arena);
    arena_reset(&world.arena);
    assert_int_equal(folder_remove(dir), 0);
}

/* ---- who asks */

void session_put(const char *person)
{
    uint8_t hash[HASH_BYTES];
    struct txn txn;
    Rasad__V1__SessionRow row;
    rasad__v1__session_row__init(&row);
    row.used_ms = now_ms();
    row.console = strcmp(person, "console") == 0;
    hash_bytes(person, strlen(person), hash);
    struct key k = key("x", hash, (size_t)HASH_BYTES);
    txn_begin(world.store, &world.arena, &txn);
    directory_begin(&txn);
    row.person = row.console ? 0 : (int32_t)code_id(&txn, CODE_PERSON, person);
    row_put(&txn, TABLE_session, &k, &row.base);
    assert_int_equal(txn_commit(&txn), ERR_OK);
    arena_reset(&world.arena);
}

void asks_as(const char *person)
{
    session_put(person);
    snprintf(world.who, sizeof world.who, "%s", person);
}

/* ---- calls */

static void answer_keep(const struct command *command)
{
    const struct outcome *outcome = &world.outcome;
    struct json_out out;
    world.reply = NULL;
    json_out_init(&out, sizeof world.answer - 1, NULL);
    if (outcome->full) {
        json_put(&out, "!full");
    } else if (outcome->good) {
        const ProtobufCMessage *reply =
            protobuf_c_message_unpack(command->reply, arena_pb(&world.keep), outcome->body_bytes, outcome->body);
        assert_non_null(reply);
        json_put_message(&out, reply);
        world.reply = reply;
    } else {
        json_put(&out, "!");
        json_put(&out, outcome->error->code);
        json_put(&out, " ");
        json_put(&out, outcome->error->message);
        for (size_t i = 0; i < outcome->error->n_details; i++) {
            const ProtobufCBinaryData value = outcome->error->details[i]->value;
            json_put_message(&out, protobuf_c_message_unpack(&rasad__v1__refusal__descriptor, arena_pb(&world.keep), value.len, value.data));
        }
    }
    assert_false(out.failed);
    memcpy(world.answer, out.text, out.bytes);
    world.answer[out.bytes] = '\0';
    json_out_free(&out);
}

const char *call_in(struct batch *batch, const char *token, const char *method, const char *json)
{
    const struct command *command = command_find(method);
    struct json_error error = {.path = ""};
    uint8_t hash[HASH_BYTES];
    struct batch own;
    Rasad__V1__Call wire;
    assert_non_null(command);
    arena_reset(&world.keep);
    arena_reset(&world.request);
    ProtobufCMessage *request = json_decode(command->request, json, strlen(json), arena_pb(&world.request), &error);
    if (request == NULL) fail_msg("%s %.400s: %s: %s, needed %s", method, json, error.path, error.found, error.needed);
    rasad__v1__call__init(&wire);
    wire.method = (char *)(uintptr_t)command->method;
    wire.channel = RASAD__V1__CHANNEL__CHANNEL_API;
    wire.device = (char *)(uintptr_t)comes.device;
    wire.client = (ProtobufCBinaryData){comes.client_bytes, comes.client};
    wire.unattended = comes.unattended;
    wire.body.len = protobuf_c_message_get_packed_size(request);
    wire.body.data = arena_alloc(&world.request, wire.body.len);
    protobuf_c_message_pack(request, wire.body.data);
    hash_bytes(token, strlen(token), hash);
    if (token[0] != '\0') wire.token_hash = (ProtobufCBinaryData){HASH_BYTES, hash};
    if (command->kind == READ) {
        run_read(world.store, &world.arena, &world.keep, command, &wire, &world.outcome);
    } else {
        void *prepared = run_prepare(world.store, &world.keep, command, &wire);
        if (batch == NULL) assert_int_equal(run_begin(&own, world.store, &world.arena), ERR_OK);
        run_command(batch != NULL ? batch : &own, &world.keep, command, &wire, prepared, &world.outcome);
        if (batch == NULL) assert_int_equal(run_commit(&own), ERR_OK);
    }
    answer_keep(command);
    return world.answer;
}

const char *call_as(const char *token, const char *method, const char *json) { return call_in(NULL, token, method, json); }

const char *command_as(const char *token, const char *method, const char *fields)
{
    size_t bytes = strlen(fields) + 80;
    char *json = malloc(bytes);
    assert_non_null(json);
    snprintf(world.id, sizeof world.id, "00000000-0000-4000-8000-%012u", ++world.ids);
    snprintf(json, bytes, "{\"requestId\":\"%s\",%s}", world.id, fields);
    call_as(token, method, json);
    free(json);
    return world.answer;
}

static void quotes(char *text)
{
    while ((text = strchr(text, '\'')) != NULL) *text++ = '"';
}

/* What a format makes; valid until the next one. */
static char *formatted(const char *format, va_list args)
{
    static char text[256 * 1024];
    int n = vsnprintf(text, sizeof text, format, args);
    assert_true(n >= 0 && (size_t)n < sizeof text);
    quotes(text);
    return text;
}

const char *ask(const char *method, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *json = formatted(format, args);
    va_end(args);
    return call_as(world.who, method, json);
}

const char *tell(const char *method, const char *fields, ...)
{
    va_list args;
    va_start(args, fields);
    const char *rest = formatted(fields, args);
    va_end(args);
    return command_as(world.who, method, rest);
}

/* ---- answers */

void done(const char *answer)
{
    if (answer[0] == '!' || strstr(answer, "\"refusal\":{") != NULL) fail_msg("refused: %.800s", answer);
}

static bool has(const char *answer, const char *part)
{
    char want[1024];
    assert_true((size_t)snprintf(want, sizeof want, "%s", part) < sizeof want);
    quotes(want);
    return strstr(answer, want) != NULL;
}

void shows(const char *answer, const char *part)
{
    if (!has(answer, part)) fail_msg("no %s in %.4000s", part, answer);
}

void hides(const char *answer, const char *part)
{
    if (has(answer, part)) fail_msg("%s in %.4000s", part, answer);
}

const char *field(const char *answer, const char *name, int n)
{
    static char value[8][128];
    static int next;
    char want[64];
    snprintf(want, sizeof want, "\"%s\":", name);
    const char *at = strstr(answer, want);
    for (; at != NULL && n > 0; n--) at = strstr(at + 1, want);
    if (at == NULL) fail_msg("no %s in %.4000s", want, answer);
    at += strlen(want);
    if (*at == '"') at++;
    char *copy = value[next = (next + 1) % 8];
    snprintf(copy, sizeof value[0], "%.*s", (int)strcspn(at, "\",}"), at);
    return copy;
}

int64_t net(const char *place_text, const char *item_text, enum stage stage)
{
    struct txn txn;
    struct place place;
    struct item item;
    txn_read(world.store, &world.arena, &txn);
    directory_begin(&txn);
    assert_true(place_find(&txn, place_text, &place));
    assert_true(item_find(&txn, item_text, &item));
    const Rasad__V1__AccountRow *row = account_row(&txn, place.id, item.id);
    int64_t quantity = account_real(row, stage) - account_shortfall(row, stage);
    txn_abort(&txn);
    arena_reset(&world.arena);
    return quantity;
}
