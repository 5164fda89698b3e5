/* fake_service.c - stands in for the services behind the gateway: one process, a socket for each name it is given.
 * Use:     RASAD_DATA=dir fake_service registry production ...
 * What it does is asked for in the request itself: a work_date of "slow" or "never" or "refuse", a sheet of `limit`
 * rows (of a place "wide": as many as a frame holds of what is short there and long as JSON), a hint for each line handed in. GetMe tells what arrived in the Call. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/ids.h"
#include "base/loop.h"
#include "base/must.h"
#include "common.pb-c.h"
#include "production.pb-c.h"
#include "registry.pb-c.h"
#include "wire/server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVERS_MAX = 8, LATE_MAX = 64, SLOW_MS = 400 };

struct late {
    struct loop_timer timer;
    struct wire_server *server;
    struct wire_ref ref;
    bool used;
};

static struct wire_server *servers[SERVERS_MAX], *reports;
static size_t servers_count;
static struct arena arena;
static struct loop *loop;
static struct late lates[LATE_MAX];

static void answer(struct wire_server *server, struct wire_ref ref, const ProtobufCMessage *message)
{
    size_t bytes = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_alloc(&arena, bytes);
    must(packed != NULL);
    protobuf_c_message_pack(message, packed);
    wire_answer(server, ref, packed, bytes);
}

static void refuse(struct wire_server *server, struct wire_ref ref, const char *code, Rasad__V1__Reason reason,
                   const char *field)
{
    uint8_t packed[512];
    Rasad__V1__Refusal refusal;
    rasad__v1__refusal__init(&refusal);
    refusal.reason = reason;
    refusal.field = arena_strdup(&arena, field);
    refusal.have = arena_strdup(&arena, "5");
    refusal.line = 3;
    Rasad__V1__WireErrorDetail detail, *details[] = {&detail};
    rasad__v1__wire_error_detail__init(&detail);
    detail.type = arena_strdup(&arena, "rasad.v1.Refusal");
    detail.value.data = packed;
    detail.value.len = rasad__v1__refusal__pack(&refusal, packed);
    Rasad__V1__WireError error;
    rasad__v1__wire_error__init(&error);
    error.code = arena_strdup(&arena, code);
    error.message = arena_strdup(&arena, "There is \"not\" enough");
    error.n_details = 1;
    error.details = details;
    wire_answer_error(server, ref, &error);
}

static void answer_receipt(struct wire_server *server, struct wire_ref ref, int32_t lines)
{
    Rasad__V1__Receipt receipt;
    rasad__v1__receipt__init(&receipt);
    receipt.sequence = INT64_C(9007199254740993);
    receipt.accepted = lines;
    answer(server, ref, &receipt.base);
}

static void on_late(void *ctx)
{
    struct late *late = ctx;
    late->used = false;
    arena_reset(&arena);
    answer_receipt(late->server, late->ref, 1);
}

static void log_output(struct wire_server *server, struct wire_ref ref, const Rasad__V1__Call *call)
{
    Rasad__V1__LogOutputRequest *request =
        rasad__v1__log_output_request__unpack(arena_pb(&arena), call->body.len, call->body.data);
    must(request != NULL);
    if (strcmp(request->work_date, "never") == 0) {
        return;
    }
    if (strcmp(request->work_date, "refuse") == 0) {
        refuse(server, ref, "failed_precondition", RASAD__V1__REASON__REASON_NOT_ENOUGH, "lines[2].good");
        return;
    }
    for (size_t i = 0; strcmp(request->work_date, "slow") == 0 && i < LATE_MAX; i++) {
        if (!lates[i].used) {
            lates[i] = (struct late){.server = server, .ref = ref, .used = true};
            loop_timer_init(&lates[i].timer, on_late, &lates[i]);
            must(loop_timer_set(loop, &lates[i].timer, mono_ms() + SLOW_MS) == ERR_OK);
            return;
        }
    }
    answer_receipt(server, ref, (int32_t)request->n_lines);
}

static void get_sheet(struct wire_server *server, struct wire_ref ref, const Rasad__V1__Call *call)
{
    Rasad__V1__GetSheetRequest *request =
        rasad__v1__get_sheet_request__unpack(arena_pb(&arena), call->body.len, call->body.data);
    must(request != NULL);
    size_t count = (size_t)request->limit;
    Rasad__V1__GetSheetResponse response;
    rasad__v1__get_sheet_response__init(&response);
    response.n_rows = count;
    response.rows = arena_array(&arena, count + 1, sizeof(void *));
    Rasad__V1__SheetRow wide;
    rasad__v1__sheet_row__init(&wide);
    wide.no_work = RASAD__V1__NO_WORK__NO_WORK_FIELD_WORK;
    wide.members_at_work = 1;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(request->place, "wide") == 0) {
            response.rows[i] = &wide;
            continue;
        }
        response.rows[i] = arena_alloc(&arena, sizeof *response.rows[i]);
        rasad__v1__sheet_row__init(response.rows[i]);
        response.rows[i]->place = request->place;
        response.rows[i]->good = (int64_t)i;
    }
    answer(server, ref, &response.base);
}

static void get_me(struct wire_server *server, struct wire_ref ref, const Rasad__V1__Call *call)
{
    char hash[65];
    if (call->token_hash.len != 32) {
        refuse(server, ref, "unauthenticated", RASAD__V1__REASON__REASON_NOT_SIGNED_IN, "");
        return;
    }
    hex_format(call->token_hash.data, 32, hash);
    Rasad__V1__GetMeResponse response;
    rasad__v1__get_me_response__init(&response);
    response.person = hash;
    response.name = arena_printf(&arena, "%d|%s|%" PRId64 "|%d|%" PRId64 "|%s", (int)call->channel, call->device,
                                 call->device_time_ms, call->device_offset_min, call->device_sequence,
                                 call->on_behalf_of);
    answer(server, ref, &response.base);
}

static void sign_in(struct wire_server *server, struct wire_ref ref)
{
    Rasad__V1__SignInResponse response;
    rasad__v1__sign_in_response__init(&response);
    response.token = arena_strdup(&arena, "dG9rZW4_-abc");
    response.expires_ms = now_ms() + 3600500;
    answer(server, ref, &response.base);
}

static void hand_in(struct wire_server *server, struct wire_ref ref, const Rasad__V1__Call *call)
{
    Rasad__V1__HandInRequest *request =
        rasad__v1__hand_in_request__unpack(arena_pb(&arena), call->body.len, call->body.data);
    must(request != NULL);
    Rasad__V1__Feed feed;
    rasad__v1__feed__init(&feed);
    feed.topic = arena_strdup(&arena, "output");
    feed.place = request->to;
    feed.sequence = 12;
    for (size_t i = 0; reports != NULL && (i == 0 || i < request->n_lines); i++) {
        wire_push(reports, &feed);
    }
    answer_receipt(server, ref, 1);
}

static void handle(struct wire_server *server, struct wire_ref ref, const Rasad__V1__Call *call)
{
    Rasad__V1__Empty empty;
    rasad__v1__empty__init(&empty);
    if (strcmp(call->method, "Production/LogOutput") == 0) {
        log_output(server, ref, call);
    } else if (strcmp(call->method, "Production/GetSheet") == 0) {
        get_sheet(server, ref, call);
    } else if (strcmp(call->method, "Production/HandIn") == 0) {
        hand_in(server, ref, call);
    } else if (strcmp(call->method, "Registry/GetMe") == 0) {
        get_me(server, ref, call);
    } else if (strcmp(call->method, "Registry/SignIn") == 0) {
        sign_in(server, ref);
    } else if (strcmp(call->method, "Health/Ping") == 0 || strcmp(call->method, "Registry/SignOut") == 0) {
        answer(server, ref, &empty.base);
    } else {
        wire_answer_code(server, ref, CODE_UNIMPLEMENTED, "not here");
    }
}

static bool on_work(void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < servers_count; i++) {
        struct wire_ref ref;
        arena_reset(&arena);
        const Rasad__V1__Call *call = wire_take(servers[i], &arena, &ref);
        while (call != NULL) {
            handle(servers[i], ref, call);
            arena_reset(&arena);
            call = wire_take(servers[i], &arena, &ref);
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct config config;
    must(config_read(&config) == ERR_OK && loop_init(&loop) == ERR_OK && arena_init(&arena, ARENA_BYTES_MAX));
    for (int i = 1; i < argc && servers_count < SERVERS_MAX; i++) {
        char path[SOCKET_PATH_BYTES_MAX];
        must(config_socket_path(&config, argv[i], path) == ERR_OK);
        must(wire_server_open(loop, path, &servers[servers_count]) == ERR_OK);
        if (strcmp(argv[i], "reports") == 0) {
            reports = servers[servers_count];
        }
        servers_count++;
    }
    loop_before_sleep(loop, LOOP_WORK, on_work, NULL);
    printf("ready\n");
    fflush(stdout);
    enum err err = loop_run(loop);
    for (size_t i = 0; i < servers_count; i++) {
        wire_server_close(servers[i]);
    }
    return err == ERR_OK ? 0 : 1;
}
