/* test_wire.c - services/wire: frames, server and client over real Unix sockets, in one loop.
 * Flow:    each test has a world: a temporary directory, a loop, mostly a server with an echo service.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "wire/client.h"
#include "wire/codes.h"
#include "wire/frame.h"
#include "wire/server.h"
#include "wire/socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after these four */
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BATCH 32
#define PATIENCE_MS 10000

struct world {
    char directory[64];
    char path[SOCKET_PATH_BYTES_MAX];
    struct loop *loop;
    struct wire_server *server;
    struct wire_client *client;
    struct arena arena;
    struct loop_timer give_up;
    struct loop_timer step;
    void (*on_step)(struct world *world);
    bool gave_up;
    bool holding;       /* the service takes calls but answers none */
    bool asleep;        /* the service takes none */
    size_t answer_bytes; /* of padding in every answer */
    size_t taken;
    struct wire_ref held[WIRE_IN_FLIGHT_MAX];
    size_t held_count;
    size_t answered;
    size_t ok;
    size_t expected;
    size_t hints;
    size_t hints_lost;
    int64_t hint_last;
    char code[32];
    char body[64];
    size_t body_bytes;
};

/* The service: the body comes back, with padding; the method may ask for more. */

static uint8_t padding[FRAME_BYTES_MAX + 1];

static void serve(struct world *world, const Rasad__V1__Call *call, struct wire_ref ref)
{
    world->taken++;
    if (world->holding) {
        must(world->held_count < WIRE_IN_FLIGHT_MAX);
        world->held[world->held_count++] = ref;
    } else if (strcmp(call->method, "Echo/Refuse") == 0) {
        Rasad__V1__WireErrorDetail detail;
        Rasad__V1__WireErrorDetail *details[] = {&detail};
        Rasad__V1__WireError error;
        rasad__v1__wire_error_detail__init(&detail);
        rasad__v1__wire_error__init(&error);
        detail.type = frame_text("rasad.v1.Shortage");
        error.code = frame_text("failed_precondition");
        error.message = frame_text("12 there, 40 needed");
        error.n_details = 1;
        error.details = details;
        wire_answer_error(world->server, ref, &error);
    } else if (world->answer_bytes > 0) {
        wire_answer(world->server, ref, padding, world->answer_bytes);
    } else {
        wire_answer(world->server, ref, call->body.data, call->body.len);
    }
}

static bool on_work(void *ctx)
{
    struct world *world = ctx;
    if (world->server == NULL || world->asleep) return false;
    for (int i = 0; i < BATCH; i++) {
        struct wire_ref ref;
        arena_reset(&world->arena);
        const Rasad__V1__Call *call = wire_take(world->server, &world->arena, &ref);
        if (call == NULL) return false;
        serve(world, call, ref);
    }
    return wire_waiting(world->server);
}

/* The world */

static void on_give_up(void *ctx)
{
    struct world *world = ctx;
    world->gave_up = true;
    loop_stop(world->loop);
}

static void on_step(void *ctx)
{
    struct world *world = ctx;
    world->on_step(world);
}

static void step_in(struct world *world, int64_t delay_ms, void (*step)(struct world *world))
{
    world->on_step = step;
    assert_int_equal(loop_timer_set(world->loop, &world->step, mono_ms() + delay_ms), ERR_OK);
}

static void stop_now(struct world *world)
{
    loop_stop(world->loop);
}

static void serve_start(struct world *world)
{
    assert_int_equal(wire_server_open(world->loop, world->path, &world->server), ERR_OK);
}

static void serve_stop(struct world *world)
{
    wire_server_close(world->server);
    world->server = NULL;
}

static int world_make(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    memcpy(world->directory, "/tmp/rasad-wire-XXXXXX", 23);
    assert_non_null(mkdtemp(world->directory));
    snprintf(world->path, sizeof world->path, "%s/run/echo.sock", world->directory);
    assert_int_equal(loop_init(&world->loop), ERR_OK);
    assert_true(arena_init(&world->arena, ARENA_BYTES_MAX));
    loop_timer_init(&world->give_up, on_give_up, world);
    loop_timer_init(&world->step, on_step, world);
    loop_before_sleep(world->loop, LOOP_WORK, on_work, world);
    assert_int_equal(wire_client_open(world->loop, world->path, &world->client), ERR_OK);
    serve_start(world);
    *state = world;
    return 0;
}

static int world_end(void **state)
{
    struct world *world = *state;
    char run[80];
    snprintf(run, sizeof run, "%s/run", world->directory);
    if (world->client != NULL) wire_client_close(world->client);
    if (world->server != NULL) wire_server_close(world->server);
    loop_close(world->loop);
    arena_destroy(&world->arena);
    unlink(world->path);
    rmdir(run);
    assert_int_equal(rmdir(world->directory), 0);
    free(world);
    return 0;
}

static void run(struct world *world)
{
    world->gave_up = false;
    assert_int_equal(loop_timer_set(world->loop, &world->give_up, mono_ms() + PATIENCE_MS), ERR_OK);
    assert_int_equal(loop_run(world->loop), ERR_OK);
    loop_timer_clear(world->loop, &world->give_up);
    assert_false(world->gave_up);
}

static void run_ms(struct world *world, int64_t delay_ms)
{
    step_in(world, delay_ms, stop_now);
    run(world);
}

/* Run until the count is there; however slow this machine is. */
static void run_until(struct world *world, const size_t *count, size_t expected)
{
    int64_t start = mono_ms();
    while (*count < expected && mono_ms() - start < PATIENCE_MS) run_ms(world, 2);
    assert_int_equal(*count, expected);
}

static void on_answer(void *ctx, const Rasad__V1__Answer *answer)
{
    struct world *world = ctx;
    world->answered++;
    world->body_bytes = answer->body.len;
    if (answer->error == NULL) {
        world->ok++;
        size_t bytes = answer->body.len < sizeof world->body - 1 ? answer->body.len : sizeof world->body - 1;
        if (bytes > 0) memcpy(world->body, answer->body.data, bytes);
        world->body[bytes] = '\0';
    } else {
        snprintf(world->code, sizeof world->code, "%s", answer->error->code);
    }
    if (world->answered == world->expected) loop_stop(world->loop);
}

static Rasad__V1__Call call_of(const char *method, const void *body, size_t body_bytes)
{
    Rasad__V1__Call call;
    rasad__v1__call__init(&call);
    call.method = frame_text(method);
    call.channel = RASAD__V1__CHANNEL__CHANNEL_API;
    call.body = frame_bytes(body, body_bytes);
    return call;
}

static enum err call_now(struct world *world, const char *method, const void *body, size_t body_bytes, int64_t timeout_ms)
{
    Rasad__V1__Call call = call_of(method, body, body_bytes);
    return wire_call(world->client, &call, mono_ms() + timeout_ms, on_answer, world);
}

/* One call and its answer, through the loop. */
static void ask(struct world *world, const char *method, const char *body)
{
    world->expected = world->answered + 1;
    assert_int_equal(call_now(world, method, body, strlen(body), 5000), ERR_OK);
    run(world);
}

/* A peer without manners: its bytes are what the test writes. */

static int raw_connect(struct world *world)
{
    int fd;
    assert_int_equal(socket_connect(world->path, &fd), ERR_OK);
    return fd;
}

static size_t call_frame(struct frame_buffer *buffer, int64_t id, const void *body, size_t body_bytes)
{
    Rasad__V1__Call call = call_of("Echo/Back", body, body_bytes);
    Rasad__V1__Frame frame;
    rasad__v1__frame__init(&frame);
    call.id = id;
    frame.kind_case = RASAD__V1__FRAME__KIND_CALL;
    frame.call = &call;
    assert_int_equal(frame_append(buffer, &frame), ERR_OK);
    return frame_buffer_waiting(buffer);
}

static bool gone(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLHUP) != 0;
}

/* Frames */

static void test_frame_torn_at_every_byte(void **state)
{
    (void)state;
    struct frame_buffer out, in;
    struct arena arena;
    int pair[2];
    const uint8_t *bytes;
    size_t bytes_count;
    const Rasad__V1__Frame *frame;
    bool more;
    assert_true(frame_buffer_init(&out, WIRE_OUT_BYTES_MAX) && frame_buffer_init(&in, WIRE_IN_BYTES_MAX));
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    call_frame(&out, 7, "masks", 5);
    size_t total = call_frame(&out, 8, "kits", 4);
    size_t found = 0;
    for (size_t i = 0; i < total; i++) {
        assert_int_equal(send(pair[0], out.base + i, 1, 0), 1);
        assert_int_equal(frame_read(&in, pair[1], &more), ERR_OK);
        enum err err = frame_next(&in, &bytes, &bytes_count);
        if (err == ERR_NOT_FOUND) continue;
        assert_int_equal(err, ERR_OK);
        assert_int_equal(frame_unpack(&arena, bytes, bytes_count, &frame), ERR_OK);
        assert_int_equal(frame->kind_case, RASAD__V1__FRAME__KIND_CALL);
        assert_int_equal(frame->call->id, 7 + (int64_t)found++);
    }
    assert_int_equal(found, 2);
    assert_int_equal(frame_buffer_waiting(&in), 0);
    close(pair[0]);
    assert_int_equal(frame_read(&in, pair[1], &more), ERR_CLOSED);
    close(pair[1]);
    frame_buffer_destroy(&out);
    frame_buffer_destroy(&in);
    arena_destroy(&arena);
}

/* A body that makes the packed frame exactly this long. */
static enum err append_sized(struct frame_buffer *out, size_t packed_bytes)
{
    Rasad__V1__Answer answer;
    Rasad__V1__Frame frame;
    rasad__v1__answer__init(&answer);
    rasad__v1__frame__init(&frame);
    frame.kind_case = RASAD__V1__FRAME__KIND_ANSWER;
    frame.answer = &answer;
    answer.body = frame_bytes(padding, packed_bytes - 16);
    answer.body.len += packed_bytes - rasad__v1__frame__get_packed_size(&frame);
    assert_int_equal(rasad__v1__frame__get_packed_size(&frame), packed_bytes);
    return frame_append(out, &frame);
}

static void test_frame_at_its_limit(void **state)
{
    (void)state;
    struct frame_buffer out, in;
    int pair[2];
    const uint8_t *bytes;
    size_t bytes_count;
    bool more;
    assert_true(frame_buffer_init(&out, WIRE_OUT_BYTES_MAX) && frame_buffer_init(&in, WIRE_IN_BYTES_MAX));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(append_sized(&out, FRAME_BYTES_MAX + 1), ERR_TOO_BIG);
    assert_int_equal(frame_buffer_waiting(&out), 0);
    for (int i = 0; i < 3; i++) assert_int_equal(append_sized(&out, FRAME_BYTES_MAX), ERR_OK);
    int found = 0;
    for (int i = 0; i < 1000 && found < 3; i++) {
        assert_int_equal(frame_flush(&out, pair[0]), ERR_OK);
        assert_int_equal(frame_read(&in, pair[1], &more), ERR_OK);
        if (frame_next(&in, &bytes, &bytes_count) == ERR_OK) found++;
    }
    assert_int_equal(found, 3);
    size_t appended = 0;
    while (append_sized(&out, FRAME_BYTES_MAX) == ERR_OK) appended++;
    assert_int_equal(appended, WIRE_OUT_BYTES_MAX / (FRAME_BYTES_MAX + 4));
    assert_int_equal(append_sized(&out, FRAME_BYTES_MAX), ERR_BUSY);
    close(pair[0]);
    assert_int_equal(frame_flush(&out, pair[1]), ERR_CLOSED);
    close(pair[1]);
    frame_buffer_destroy(&out);
    frame_buffer_destroy(&in);
}

static enum err peek_header(uint32_t length)
{
    uint8_t header[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length};
    struct frame_buffer in = {.base = header, .tail = 4, .bytes_max = 4};
    const uint8_t *bytes;
    size_t bytes_count;
    return frame_peek(&in, &bytes, &bytes_count);
}

static void test_frame_lengths(void **state)
{
    (void)state;
    assert_int_equal(peek_header(0), ERR_MALFORMED);
    assert_int_equal(peek_header(1), ERR_NOT_FOUND);
    assert_int_equal(peek_header(FRAME_BYTES_MAX), ERR_NOT_FOUND);
    assert_int_equal(peek_header(FRAME_BYTES_MAX + 1), ERR_TOO_BIG);
    assert_int_equal(peek_header(UINT32_MAX), ERR_TOO_BIG);
}

static void test_frame_unpack_fails_cleanly(void **state)
{
    (void)state;
    struct arena arena;
    const Rasad__V1__Frame *frame = NULL;
    struct frame_buffer out;
    assert_true(frame_buffer_init(&out, WIRE_OUT_BYTES_MAX));
    size_t total = call_frame(&out, 1, padding, 10000);
    assert_true(arena_init(&arena, 4096));
    assert_int_equal(frame_unpack(&arena, out.base + 4, total - 4, &frame), ERR_MEMORY);
    arena_destroy(&arena);
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    assert_int_equal(frame_unpack(&arena, out.base + 4, total - 5, &frame), ERR_MALFORMED);
    assert_int_equal(frame_unpack(&arena, (const uint8_t *)"\xff\xff\xff", 3, &frame), ERR_MALFORMED);
    assert_int_equal(frame_unpack(&arena, (const uint8_t *)"\x50\x01", 2, &frame), ERR_MALFORMED); /* unknown kind */
    assert_null(frame);
    arena_destroy(&arena);
    frame_buffer_destroy(&out);
}

/* The most costly frame there is: 1 MiB of two-byte unknown fields. It must fit the arena or fail, never crash. */
static void test_frame_of_unknown_fields(void **state)
{
    (void)state;
    struct arena arena;
    const Rasad__V1__Frame *frame;
    static uint8_t bomb[FRAME_BYTES_MAX];
    for (size_t i = 0; i < sizeof bomb; i += 2) {
        bomb[i] = 0x50;
        bomb[i + 1] = 0x01;
    }
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    enum err err = frame_unpack(&arena, bomb, sizeof bomb, &frame);
    assert_true(err == ERR_MALFORMED || err == ERR_MEMORY);
    arena_reset(&arena);
    arena_destroy(&arena);
}

/* Calls and answers */

static void test_call_and_answer(void **state)
{
    struct world *world = *state;
    assert_false(wire_client_connected(world->client));
    ask(world, "Echo/Back", "200 masks");
    assert_int_equal(world->ok, 1);
    assert_string_equal(world->body, "200 masks");
    assert_true(wire_client_connected(world->client));
    ask(world, "Echo/Back", "");
    assert_int_equal(world->ok, 2);
    assert_string_equal(world->body, "");
    ask(world, "Echo/Refuse", "x");
    assert_int_equal(world->ok, 2);
    assert_string_equal(world->code, "failed_precondition");
    assert_int_equal(wire_client_in_flight(world->client), 0);
    assert_int_equal(wire_server_counts(world->server).answers_sent, 3);
}

static void test_hundreds_in_flight(void **state)
{
    struct world *world = *state;
    char body[32];
    world->holding = true;
    for (int i = 0; i < WIRE_IN_FLIGHT_MAX; i++) {
        int length = snprintf(body, sizeof body, "%d", i);
        assert_int_equal(call_now(world, "Echo/Back", body, (size_t)length, 9000), ERR_OK);
    }
    assert_int_equal(call_now(world, "Echo/Back", "x", 1, 9000), ERR_BUSY);
    assert_int_equal(wire_client_in_flight(world->client), WIRE_IN_FLIGHT_MAX);
    run_until(world, &world->held_count, WIRE_UNANSWERED_MAX);
    world->expected = WIRE_IN_FLIGHT_MAX;
    for (size_t i = world->held_count; i-- > 0;) wire_answer(world->server, world->held[i], "done", 4); /* the last first */
    run(world);
    assert_int_equal(world->ok, WIRE_IN_FLIGHT_MAX);
    world->holding = false;
    ask(world, "Echo/Back", "again");
    assert_string_equal(world->body, "again");
}

/* Keeps some hundred calls in flight until all are done. */
static void on_answer_again(void *ctx, const Rasad__V1__Answer *answer)
{
    struct world *world = ctx;
    assert_null(answer->error);
    world->answered++;
    if (world->answered == world->expected) loop_stop(world->loop);
    if (world->answered + wire_client_in_flight(world->client) >= world->expected) return;
    Rasad__V1__Call call = call_of("Echo/Back", padding, world->answered % 5000);
    assert_int_equal(wire_call(world->client, &call, mono_ms() + 9000, on_answer_again, world), ERR_OK);
}

static void test_a_long_stream(void **state)
{
    struct world *world = *state;
    Rasad__V1__Call call = call_of("Echo/Back", "x", 1);
    world->expected = 20000;
    for (int i = 0; i < 300; i++) {
        assert_int_equal(wire_call(world->client, &call, mono_ms() + 9000, on_answer_again, world), ERR_OK);
    }
    run(world);
    assert_int_equal(world->answered, 20000);
    assert_int_equal(world->taken, 20000);
}

static void test_bodies_at_their_limit(void **state)
{
    struct world *world = *state;
    assert_int_equal(call_now(world, "Echo/Back", padding, BODY_BYTES_MAX + 1, 5000), ERR_TOO_BIG);
    assert_int_equal(wire_client_in_flight(world->client), 0);
    world->expected = 40;
    for (int i = 0; i < 8; i++) assert_int_equal(call_now(world, "Echo/Back", padding, BODY_BYTES_MAX, 9000), ERR_OK);
    for (int i = 0; i < 32; i++) assert_int_equal(call_now(world, "Echo/Back", "x", 1, 9000), ERR_OK);
    run(world);
    assert_int_equal(world->ok, 40);
}

static void test_answers_too_big(void **state)
{
    struct world *world = *state;
    world->answer_bytes = FRAME_BYTES_MAX;
    ask(world, "Echo/Back", "x");
    assert_string_equal(world->code, "resource_exhausted");
    world->answer_bytes = FRAME_BYTES_MAX - 32;
    ask(world, "Echo/Back", "x");
    assert_int_equal(world->ok, 1);
    assert_int_equal(world->body_bytes, FRAME_BYTES_MAX - 32);
}

/* Sixty-four of the largest answers at once: four times the output queue. The service must pause, not overflow. */
static void test_answers_beyond_the_queue(void **state)
{
    struct world *world = *state;
    world->answer_bytes = FRAME_BYTES_MAX - 32;
    world->expected = 64;
    for (int i = 0; i < 64; i++) assert_int_equal(call_now(world, "Echo/Back", "x", 1, 9000), ERR_OK);
    run(world);
    assert_int_equal(world->ok, 64);
    assert_int_equal(wire_server_counts(world->server).connections_refused, 0);
}

/* Deadlines */

static void test_deadline(void **state)
{
    struct world *world = *state;
    world->holding = true;
    world->expected = 1;
    int64_t start = mono_ms();
    assert_int_equal(call_now(world, "Echo/Back", "x", 1, 50), ERR_OK);
    run(world);
    assert_true(mono_ms() - start >= 50);
    assert_string_equal(world->code, "deadline_exceeded");
    assert_int_equal(wire_client_in_flight(world->client), 0);
    /* The late answer is for nobody, also when another call has the place. */
    world->holding = false;
    wire_answer(world->server, world->held[0], "late", 4);
    ask(world, "Echo/Back", "in time");
    assert_string_equal(world->body, "in time");
    assert_int_equal(world->answered, 2);
}

static void wake(struct world *world)
{
    world->asleep = false;
    step_in(world, 50, stop_now);
}

static void test_late_calls_are_not_run(void **state)
{
    struct world *world = *state;
    ask(world, "Echo/Back", "x");
    world->asleep = true;
    world->expected = 0;
    for (int i = 0; i < 10; i++) assert_int_equal(call_now(world, "Echo/Back", "x", 1, 30), ERR_OK);
    assert_int_equal(call_now(world, "Echo/Back", "patient", 7, 5000), ERR_OK);
    step_in(world, 100, wake);
    run(world);
    assert_int_equal(world->taken, 2);
    assert_int_equal(world->answered, 12);
    assert_string_equal(world->body, "patient");
    assert_int_equal(wire_server_counts(world->server).calls_refused, 10);
}

static void test_deadline_without_a_service(void **state)
{
    struct world *world = *state;
    serve_stop(world);
    world->expected = 1;
    assert_int_equal(call_now(world, "Echo/Back", "x", 1, 50), ERR_OK);
    run(world);
    assert_string_equal(world->code, "deadline_exceeded");
}

/* Connections that go */

static void test_drop_with_calls_in_flight(void **state)
{
    struct world *world = *state;
    world->holding = true;
    for (int i = 0; i < 200; i++) assert_int_equal(call_now(world, "Echo/Back", "x", 1, 9000), ERR_OK);
    run_until(world, &world->held_count, 200);
    world->expected = 200;
    serve_stop(world);
    run(world);
    assert_int_equal(world->answered, 200);
    assert_int_equal(world->ok, 0);
    assert_string_equal(world->code, "unavailable");
    assert_int_equal(wire_client_in_flight(world->client), 0);
    /* It comes back, and calls find it. */
    world->holding = false;
    serve_start(world);
    ask(world, "Echo/Back", "back");
    assert_string_equal(world->body, "back");
}

static void test_a_restart_is_not_noticed(void **state)
{
    struct world *world = *state;
    ask(world, "Echo/Back", "x");
    serve_stop(world);
    run_ms(world, 20);
    world->expected = 3;
    assert_int_equal(call_now(world, "Echo/Back", "one", 3, 5000), ERR_OK);
    assert_int_equal(call_now(world, "Echo/Back", "two", 3, 5000), ERR_OK);
    step_in(world, 100, serve_start);
    run(world);
    assert_int_equal(world->ok, 3);
    assert_string_equal(world->body, "two");
}

static void test_no_service_is_unavailable(void **state)
{
    struct world *world = *state;
    serve_stop(world);
    int64_t start = mono_ms();
    ask(world, "Echo/Back", "x");
    assert_string_equal(world->code, "unavailable");
    assert_true(mono_ms() - start >= WIRE_PATIENCE_MS);
    start = mono_ms();
    ask(world, "Echo/Back", "x"); /* now it is known to be down */
    assert_true(mono_ms() - start < WIRE_PATIENCE_MS);
    assert_int_equal(world->ok, 0);
}

static void on_answer_calls(void *ctx, const Rasad__V1__Answer *answer)
{
    struct world *world = ctx;
    assert_non_null(answer->error);
    assert_int_equal(call_now(world, "Echo/Back", "again", 5, 5000), ERR_OK);
}

static void test_calls_from_failing_callbacks(void **state)
{
    struct world *world = *state;
    Rasad__V1__Call call = call_of("Echo/Back", "x", 1);
    world->holding = true;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(wire_call(world->client, &call, mono_ms() + 5000, on_answer_calls, world), ERR_OK);
    }
    run_until(world, &world->held_count, 100);
    world->holding = false;
    world->expected = 100;
    serve_stop(world);
    step_in(world, 50, serve_start);
    run(world);
    assert_int_equal(world->ok, 100);
}

static void on_answer_closing(void *ctx, const Rasad__V1__Answer *answer)
{
    struct world *world = ctx;
    assert_string_equal(answer->error->code, "unavailable");
    world->answered++;
    assert_int_equal(call_now(world, "Echo/Back", "x", 1, 5000), ERR_CLOSED);
}

static void test_client_closed_with_calls_in_flight(void **state)
{
    struct world *world = *state;
    Rasad__V1__Call call = call_of("Echo/Back", "x", 1);
    world->holding = true;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(wire_call(world->client, &call, mono_ms() + 5000, on_answer_closing, world), ERR_OK);
    }
    run_until(world, &world->held_count, 10);
    wire_client_close(world->client);
    world->client = NULL;
    assert_int_equal(world->answered, 10);
    run_ms(world, 30);
    /* Its connection has gone, its place is given to another: old answers vanish. */
    assert_int_equal(wire_server_counts(world->server).connections, 0);
    assert_false(wire_alive(world->server, world->held[0]));
    int fd = raw_connect(world);
    run_ms(world, 30);
    assert_int_equal(wire_server_counts(world->server).connections, 1);
    for (size_t i = 0; i < world->held_count; i++) wire_answer(world->server, world->held[i], "x", 1);
    assert_int_equal(wire_server_counts(world->server).answers_vanished, 10);
    run_ms(world, 30);
    char c;
    assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), -1);
    close(fd);
}

static void test_stopping_answers_what_it_has_read(void **state)
{
    struct world *world = *state;
    ask(world, "Echo/Back", "x");
    world->asleep = true;
    world->answer_bytes = 100000;
    world->expected = 51;
    for (int i = 0; i < 50; i++) assert_int_equal(call_now(world, "Echo/Back", "x", 1, 5000), ERR_OK);
    run_ms(world, 50);
    world->asleep = false;
    wire_server_quiesce(world->server);
    while (on_work(world)) {}
    int64_t start = mono_ms();
    wire_server_drain(world->server, 100); /* the client is in this process and does not read now */
    assert_in_range(mono_ms() - start, 100, 2000);
    assert_int_equal(access(world->path, F_OK), -1);
    run(world);
    assert_int_equal(world->ok, 51);
}

/* Peers without manners */

static void test_bad_frames_end_their_connection_alone(void **state)
{
    struct world *world = *state;
    static const struct {
        uint8_t bytes[16];
        size_t count;
    } bad[] = {
        {{0, 0, 0, 0}, 4},                         /* no bytes */
        {{0, 0x10, 0, 1}, 4},                      /* one past the limit */
        {{0xff, 0xff, 0xff, 0xff}, 4},
        {{'G', 'E', 'T', ' ', '/'}, 5},
        {{0, 0, 0, 2, 0xff, 0xff}, 6},             /* no Frame */
        {{0, 0, 0, 2, 0x12, 0x00}, 6},             /* an answer */
        {{0, 0, 0, 2, 0x1a, 0x00}, 6},             /* a hint */
        {{0, 0, 0, 2, 0x50, 0x01}, 6},             /* a kind of tomorrow */
    };
    int fds[8];
    world->expected = 0;
    ask(world, "Echo/Back", "before");
    for (size_t i = 0; i < 8; i++) {
        fds[i] = raw_connect(world);
        assert_int_equal(send(fds[i], bad[i].bytes, bad[i].count, 0), bad[i].count);
    }
    run_ms(world, 50);
    for (size_t i = 0; i < 8; i++) {
        assert_true(gone(fds[i]));
        close(fds[i]);
    }
    ask(world, "Echo/Back", "after");
    assert_string_equal(world->body, "after");
    assert_int_equal(wire_server_counts(world->server).connections, 1);
    assert_int_equal(wire_server_counts(world->server).connections_refused, 8);
}

static void test_a_torn_frame_waits_and_goes(void **state)
{
    struct world *world = *state;
    struct frame_buffer out;
    assert_true(frame_buffer_init(&out, WIRE_OUT_BYTES_MAX));
    size_t total = call_frame(&out, 3, "slow", 4);
    int slow = raw_connect(world), torn = raw_connect(world);
    assert_int_equal(send(torn, out.base, total - 1, 0), total - 1);
    close(torn);
    for (size_t i = 0; i < total; i++) {
        assert_int_equal(world->taken, 0);
        assert_int_equal(send(slow, out.base + i, 1, 0), 1);
        run_ms(world, 1);
    }
    run_ms(world, 20);
    assert_int_equal(world->taken, 1);
    assert_int_equal(wire_server_counts(world->server).connections, 1);
    close(slow);
    frame_buffer_destroy(&out);
}

static void refused(struct world *world, const Rasad__V1__Call *call)
{
    world->expected = world->answered + 1;
    world->code[0] = '\0';
    assert_int_equal(wire_call(world->client, call, mono_ms() + 5000, on_answer, world), ERR_OK);
    run(world);
    assert_string_equal(world->code, "invalid_argument");
}

static void test_calls_past_their_limits(void **state)
{
    struct world *world = *state;
    char method[METHOD_BYTES_MAX + 2], device[DEVICE_BYTES_MAX + 2], trace[TRACE_BYTES_MAX + 2], person[CODE_BYTES_MAX + 2];
    memset(method, 'm', sizeof method);
    memset(device, 'd', sizeof device);
    memset(trace, 't', sizeof trace);
    memset(person, 'p', sizeof person);
    method[METHOD_BYTES_MAX] = device[DEVICE_BYTES_MAX] = trace[TRACE_BYTES_MAX] = person[CODE_BYTES_MAX] = '\0';
    Rasad__V1__Call good = call_of(method, "x", 1);
    good.device = device;
    good.request_trace = trace;
    good.on_behalf_of = person;
    good.token_hash = frame_bytes(padding, 32);
    good.device_offset_min = OFFSET_MIN_MAX;
    world->expected = 1;
    assert_int_equal(wire_call(world->client, &good, mono_ms() + 5000, on_answer, world), ERR_OK);
    run(world);
    assert_int_equal(world->ok, 1); /* at every limit */
    method[METHOD_BYTES_MAX] = device[DEVICE_BYTES_MAX] = trace[TRACE_BYTES_MAX] = person[CODE_BYTES_MAX] = 'x';
    method[METHOD_BYTES_MAX + 1] = device[DEVICE_BYTES_MAX + 1] = trace[TRACE_BYTES_MAX + 1] = person[CODE_BYTES_MAX + 1] = '\0';
    Rasad__V1__Call call = call_of(method, "x", 1);
    refused(world, &call);
    call = call_of("Echo/Back", "x", 1);
    call.device = device;
    refused(world, &call);
    call = call_of("Echo/Back", "x", 1);
    call.request_trace = trace;
    refused(world, &call);
    call = call_of("Echo/Back", "x", 1);
    call.on_behalf_of = person;
    refused(world, &call);
    call = call_of("Echo/Back", "x", 1);
    call.token_hash = frame_bytes(padding, 31);
    refused(world, &call);
    call = call_of("Echo/Back", "x", 1);
    call.device_offset_min = -OFFSET_MIN_MAX - 1;
    refused(world, &call);
    call = call_of("Echo/Back", "x", 1);
    call.channel = (Rasad__V1__Channel)99;
    refused(world, &call);
    call = call_of("Echo/Back\n", "x", 1);
    refused(world, &call);
    call = call_of("", "x", 1);
    refused(world, &call);
    assert_int_equal(world->taken, 1);
}

static void test_connections_at_their_limit(void **state)
{
    struct world *world = *state;
    int fds[WIRE_CONNS_MAX + 1];
    for (int i = 0; i < WIRE_CONNS_MAX; i++) {
        fds[i] = raw_connect(world);
        if (i % 16 == 15) run_ms(world, 5);
    }
    run_ms(world, 30);
    for (int i = 0; i < WIRE_CONNS_MAX; i++) assert_false(gone(fds[i]));
    assert_int_equal(wire_server_counts(world->server).connections, WIRE_CONNS_MAX);
    fds[WIRE_CONNS_MAX] = raw_connect(world);
    run_ms(world, 30);
    assert_true(gone(fds[WIRE_CONNS_MAX]));
    close(fds[WIRE_CONNS_MAX]);
    close(fds[0]);
    run_ms(world, 30);
    ask(world, "Echo/Back", "room again");
    assert_string_equal(world->body, "room again");
    for (int i = 1; i < WIRE_CONNS_MAX; i++) close(fds[i]);
}

/* A peer that writes and never reads: it is paused, in bounds, and the others go on. */
static void test_backpressure(void **state)
{
    struct world *world = *state;
    struct frame_buffer out;
    assert_true(frame_buffer_init(&out, WIRE_OUT_BYTES_MAX));
    int fd = raw_connect(world);
    size_t sent_calls = 0;
    world->answer_bytes = 50000;
    for (int round = 0; round < 200; round++) {
        while (frame_buffer_waiting(&out) < 100000) call_frame(&out, (int64_t)++sent_calls, padding, 1000);
        assert_int_equal(frame_flush(&out, fd), ERR_OK);
        run_ms(world, 1);
    }
    assert_false(gone(fd));
    assert_true(frame_buffer_waiting(&out) > 0); /* it can not write on */
    size_t taken = world->taken;
    assert_true(taken < sent_calls);
    assert_true(taken * 50000 < WIRE_OUT_PAUSE_BYTES + (BATCH + 8) * 50000);
    run_ms(world, 50);
    assert_int_equal(world->taken, taken); /* it waits */
    world->answer_bytes = 0;
    ask(world, "Echo/Back", "not held up");
    assert_string_equal(world->body, "not held up");
    /* It begins to read: everything it sent is answered in the end. */
    static uint8_t sink[1 << 20];
    for (int round = 0; round < 5000 && world->taken - 1 < sent_calls; round++) {
        while (recv(fd, sink, sizeof sink, MSG_DONTWAIT) > 0) {}
        assert_int_equal(frame_flush(&out, fd), ERR_OK);
        run_ms(world, 1);
    }
    assert_int_equal(world->taken - 1, sent_calls);
    close(fd);
    frame_buffer_destroy(&out);
}

/* Calls taken and unanswered have a bound for each connection. */
static void test_unanswered_at_their_limit(void **state)
{
    struct world *world = *state;
    struct frame_buffer out;
    assert_true(frame_buffer_init(&out, WIRE_OUT_BYTES_MAX));
    int fd = raw_connect(world);
    for (int64_t id = 1; id <= WIRE_UNANSWERED_MAX + 1; id++) call_frame(&out, id, "x", 1);
    world->holding = true;
    assert_int_equal(frame_flush(&out, fd), ERR_OK);
    assert_int_equal(frame_buffer_waiting(&out), 0);
    run_until(world, &world->held_count, WIRE_UNANSWERED_MAX);
    run_ms(world, 30);
    assert_int_equal(world->held_count, WIRE_UNANSWERED_MAX);
    world->holding = false;
    wire_answer(world->server, world->held[0], "x", 1);
    run_until(world, &world->taken, WIRE_UNANSWERED_MAX + 1);
    close(fd);
    frame_buffer_destroy(&out);
}

/* Two peers with full queues: neither waits for all of the other. */
static void test_turns(void **state)
{
    struct world *world = *state;
    struct frame_buffer out;
    int fds[2];
    assert_true(frame_buffer_init(&out, WIRE_OUT_BYTES_MAX));
    world->asleep = true;
    for (int i = 0; i < 2; i++) {
        fds[i] = raw_connect(world);
        for (int64_t id = 1; id <= 20; id++) call_frame(&out, id, "x", 1);
        assert_int_equal(frame_flush(&out, fds[i]), ERR_OK);
        assert_int_equal(frame_buffer_waiting(&out), 0);
    }
    run_ms(world, 30);
    struct wire_ref last = {0};
    for (int i = 0; i < 40; i++) {
        struct wire_ref ref;
        arena_reset(&world->arena);
        assert_non_null(wire_take(world->server, &world->arena, &ref));
        if (i > 0) assert_int_not_equal(ref.conn, last.conn);
        last = ref;
    }
    assert_false(wire_waiting(world->server));
    close(fds[0]);
    close(fds[1]);
    frame_buffer_destroy(&out);
}

/* Sockets */

static void test_socket_directory_and_stale_file(void **state)
{
    struct world *world = *state;
    struct wire_server *second = NULL;
    struct stat status;
    char run_path[80];
    snprintf(run_path, sizeof run_path, "%s/run", world->directory);
    assert_int_equal(stat(run_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(wire_server_open(world->loop, world->path, &second), ERR_EXISTS);
    assert_null(second);
    serve_stop(world);
    /* What a killed server leaves behind. */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, world->path, strlen(world->path) + 1);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_int_equal(chmod(run_path, 0755), 0);
    serve_start(world);
    assert_int_equal(stat(run_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(world->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    ask(world, "Echo/Back", "x");
    assert_int_equal(world->ok, 1);
}

static void test_socket_paths(void **state)
{
    struct world *world = *state;
    struct wire_server *server;
    struct wire_client *client;
    char path[SOCKET_PATH_BYTES_MAX + 1];
    memset(path, 'p', sizeof path);
    path[0] = '/';
    path[SOCKET_PATH_BYTES_MAX] = '\0';
    assert_int_equal(wire_server_open(world->loop, path, &server), ERR_TOO_BIG);
    assert_int_equal(wire_client_open(world->loop, path, &client), ERR_TOO_BIG);
    assert_int_equal(wire_server_open(world->loop, "/nowhere-at-all/run/x.sock", &server), ERR_NOT_FOUND);
}

/* Hints */

static void on_hint(void *ctx, const Rasad__V1__Feed *feed)
{
    struct world *world = ctx;
    if (feed->topic[0] == '\0') {
        world->hints_lost++;
        return;
    }
    world->hints++;
    world->hint_last = feed->sequence;
}

static void push(struct world *world, int64_t sequence)
{
    Rasad__V1__Feed feed;
    rasad__v1__feed__init(&feed);
    feed.topic = frame_text("stock");
    feed.place = frame_text("VO-17");
    feed.sequence = sequence;
    wire_push(world->server, &feed);
}

static void test_hints(void **state)
{
    struct world *world = *state;
    ask(world, "Echo/Back", "x");
    push(world, 1); /* nobody listens */
    wire_client_feed(world->client, on_hint, world);
    run_ms(world, 30);
    for (int64_t sequence = 2; sequence <= 100; sequence++) push(world, sequence);
    run_until(world, &world->hints, 99);
    assert_int_equal(world->hint_last, 100);
    assert_int_equal(world->hints_lost, 0);
    /* A restart: it subscribes again and knows that some may be lost. */
    serve_stop(world);
    run_ms(world, 30);
    serve_start(world);
    run_until(world, &world->hints_lost, 1);
    run_ms(world, 30);
    push(world, 101);
    run_until(world, &world->hints, 100);
    wire_client_feed(world->client, NULL, NULL);
    run_ms(world, 30);
    push(world, 102);
    run_ms(world, 30);
    assert_int_equal(world->hints, 100);
}

/* A hundred thousand hints between two reads: most are lost, that is said, and calls go on. */
static void test_hints_lost(void **state)
{
    struct world *world = *state;
    wire_client_feed(world->client, on_hint, world);
    run_ms(world, 30);
    for (int64_t sequence = 1; sequence <= 100000; sequence++) push(world, sequence);
    assert_true(wire_server_counts(world->server).hints_lost > 0);
    ask(world, "Echo/Back", "x");
    assert_int_equal(world->ok, 1);
    run_until(world, &world->hints_lost, 1);
    assert_int_equal(world->hints + wire_server_counts(world->server).hints_lost, 100000);
    push(world, 100001);
    run_ms(world, 30);
    assert_int_equal(world->hint_last, 100001);
}

/* Codes */

static void test_codes(void **state)
{
    (void)state;
    enum wire_code code;
    for (int i = 0; i < CODE_COUNT; i++) {
        assert_true(wire_code_parse(wire_code_text((enum wire_code)i), &code));
        assert_int_equal(code, i);
        assert_in_range(wire_code_http(code), 400, 599);
    }
    assert_false(wire_code_parse("", &code));
    assert_false(wire_code_parse("UNAVAILABLE", &code));
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++) assert_true(wire_code_of_err((enum err)i) < CODE_COUNT);
    assert_int_equal(wire_code_of_err(ERR_UNKNOWN_COMMIT), CODE_UNAVAILABLE);
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, world_make, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_torn_at_every_byte),
        cmocka_unit_test(test_frame_at_its_limit),
        cmocka_unit_test(test_frame_lengths),
        cmocka_unit_test(test_frame_unpack_fails_cleanly),
        cmocka_unit_test(test_frame_of_unknown_fields),
        in_world(test_call_and_answer),
        in_world(test_hundreds_in_flight),
        in_world(test_a_long_stream),
        in_world(test_bodies_at_their_limit),
        in_world(test_answers_too_big),
        in_world(test_answers_beyond_the_queue),
        in_world(test_deadline),
        in_world(test_late_calls_are_not_run),
        in_world(test_deadline_without_a_service),
        in_world(test_drop_with_calls_in_flight),
        in_world(test_a_restart_is_not_noticed),
        in_world(test_no_service_is_unavailable),
        in_world(test_calls_from_failing_callbacks),
        in_world(test_client_closed_with_calls_in_flight),
        in_world(test_stopping_answers_what_it_has_read),
        in_world(test_bad_frames_end_their_connection_alone),
        in_world(test_a_torn_frame_waits_and_goes),
        in_world(test_calls_past_their_limits),
        in_world(test_connections_at_their_limit),
        in_world(test_backpressure),
        in_world(test_unanswered_at_their_limit),
        in_world(test_turns),
        in_world(test_socket_directory_and_stale_file),
        in_world(test_socket_paths),
        in_world(test_hints),
        in_world(test_hints_lost),
        cmocka_unit_test(test_codes),
    };
    log_level_set((enum log_level)(LOG_ERROR + 1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
