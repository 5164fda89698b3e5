/* console.c - the command line's line to the services; see console.h.
 * Flow:    console_send -> ring of parcels -> wire_call -> on_answer -> the caller's callback.
 * Lost:    an answer that says "try again" stops the sending; when nothing is in flight any more, all parcels from the
 *          first without a final answer are sent again, so that no command overtakes one that it builds on.
 */
#include "rasad/console.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/must.h"
#include "rasad/commands.h"
#include "rasad/memory.h"
#include "store/commands.h"
#include "wire/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSOLE_MAGIC 0x434f4e53u

/* The services, by the names of their sockets. */
static const char *const processes[] = {
#define PEER(name, text) text,
#include "gateway/peers.def"
#undef PEER
};

enum { PROCESSES = sizeof processes / sizeof processes[0] };

enum parcel_state { PARCEL_SENT, PARCEL_LOST, PARCEL_ANSWERED };

struct parcel {
    struct console *console;
    const struct command *command;
    uint64_t number;
    uint8_t *body;
    size_t body_bytes;
    enum parcel_state state;
    char on_behalf_of[CODE_BYTES_MAX + 1];
};

struct console {
    uint32_t magic;
    struct config config;
    struct loop *loop;
    struct loop_timer pause_timer;
    struct wire_client *clients[PROCESSES];
    Rasad__V1__Channel channel;
    uint8_t token_hash[HASH_BYTES];
    console_answer *callback;
    void *ctx;

    struct parcel ring[WINDOW_COMMANDS_MAX];
    size_t first, count;      /* parcels in the ring; the oldest stands at `first` */
    size_t bytes;             /* of their bodies */
    size_t in_flight;
    bool again;               /* some are lost: no new ones until they have been sent again */
    int64_t patience_ms, pause_ms;
    int64_t lost_since_ms;    /* monotonic; 0: the last answer was one */
    bool interrupted;         /* by a signal */
    bool given_up;
};

const char *console_process(const struct command *command)
{
    for (size_t i = 0; i < PROCESSES; i++) {
        if (command_runs_in(command, processes[i])) return processes[i];
    }
    return NULL;
}

/* ---- opening */

static enum err token_read(const struct config *config, char token[256])
{
    const char *given = getenv("RASAD_TOKEN");
    if (given != NULL && given[0] != '\0') {
        if (snprintf(token, 256, "%s", given) < 256) return ERR_OK;
        fprintf(stderr, "rasad: RASAD_TOKEN is too long\n");
        return ERR_CONFIG;
    }
    char path[PATH_BYTES_MAX];
    enum err err = config_data_path(config, "console.token", path);
    if (err != ERR_OK) return err;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "rasad: %s: %s; start `rasad up` on this data directory first (RASAD_DATA), or set "
                        "RASAD_TOKEN\n", path, strerror(errno));
        return ERR_CONFIG;
    }
    if (fgets(token, 256, file) == NULL) token[0] = '\0';
    fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    if (token[0] != '\0') return ERR_OK;
    fprintf(stderr, "rasad: %s is empty\n", path);
    return ERR_CONFIG;
}

static void on_signal(void *ctx, int signal_number)
{
    struct console *console = ctx;
    (void)signal_number;
    console->interrupted = true;
    loop_stop(console->loop);
}

static void on_pause_over(void *ctx)
{
    struct console *console = ctx;
    loop_stop(console->loop);
}

enum err console_open(Rasad__V1__Channel channel, int64_t patience_ms, struct console **out)
{
    struct console *console = memory_array(1, sizeof *console);
    console->magic = CONSOLE_MAGIC;
    console->channel = channel;
    console->patience_ms = patience_ms;
    console->pause_ms = CONSOLE_PAUSE_MS_MIN;
    char token[256];
    log_process("rasad");
    log_level_set(LOG_ERROR); /* a lost connection is told in words, where it matters */
    enum err err = config_read(&console->config);
    if (err == ERR_OK) err = token_read(&console->config, token);
    if (err == ERR_OK) err = loop_init(&console->loop);
    if (err == ERR_OK) err = loop_on_signal(console->loop, SIGINT, on_signal, console);
    if (err == ERR_OK) err = loop_on_signal(console->loop, SIGTERM, on_signal, console);
    if (err != ERR_OK) {
        if (err != ERR_CONFIG) fprintf(stderr, "rasad: %s\n", err_text(err));
        if (console->loop != NULL) loop_close(console->loop);
        free(console);
        return err;
    }
    loop_timer_init(&console->pause_timer, on_pause_over, console);
    hash_bytes(token, strlen(token), console->token_hash);
    *out = console;
    return ERR_OK;
}

void console_close(struct console *console)
{
    must(console->magic == CONSOLE_MAGIC);
    console->callback = NULL;
    console->given_up = true;
    for (size_t i = 0; i < PROCESSES; i++) {
        if (console->clients[i] != NULL) wire_client_close(console->clients[i]);
    }
    for (size_t i = 0; i < console->count; i++) free(console->ring[(console->first + i) % WINDOW_COMMANDS_MAX].body);
    loop_timer_clear(console->loop, &console->pause_timer);
    loop_close(console->loop);
    console->magic = 0;
    free(console);
}

const struct config *console_config(const struct console *console)
{
    return &console->config;
}

struct loop *console_loop(struct console *console)
{
    return console->loop;
}

void console_on_answer(struct console *console, console_answer *callback, void *ctx)
{
    console->callback = callback;
    console->ctx = ctx;
}

size_t console_in_flight(const struct console *console)
{
    return console->count;
}

/* ---- sending */

static struct wire_client *client_of(struct console *console, const struct command *command)
{
    size_t i = 0;
    while (i < PROCESSES && !command_runs_in(command, processes[i])) i++;
    must(i < PROCESSES);
    if (console->clients[i] != NULL) return console->clients[i];
    char path[SOCKET_PATH_BYTES_MAX];
    if (config_socket_path(&console->config, processes[i], path) != ERR_OK ||
        wire_client_open(console->loop, path, &console->clients[i]) != ERR_OK) {
        fprintf(stderr, "rasad: no connection to %s can be made here\n", processes[i]);
        exit(RASAD_USAGE);
    }
    return console->clients[i];
}

static bool try_again(const Rasad__V1__Answer *answer)
{
    enum wire_code code;
    if (answer->error == NULL || !wire_code_parse(answer->error->code, &code)) return false;
    return code == CODE_UNAVAILABLE || code == CODE_DEADLINE_EXCEEDED;
}

static void parcel_done(struct parcel *parcel, const Rasad__V1__Answer *answer)
{
    struct console *console = parcel->console;
    parcel->state = PARCEL_ANSWERED;
    console->bytes -= parcel->body_bytes;
    free(parcel->body);
    parcel->body = NULL;
    if (console->callback != NULL) console->callback(console->ctx, parcel->number, answer);
    while (console->count > 0 && console->ring[console->first].state == PARCEL_ANSWERED) {
        console->first = (console->first + 1) % WINDOW_COMMANDS_MAX;
        console->count--;
    }
}

static void on_answer(void *ctx, const Rasad__V1__Answer *answer)
{
    struct parcel *parcel = ctx;
    struct console *console = parcel->console;
    must(console->magic == CONSOLE_MAGIC && parcel->state == PARCEL_SENT);
    console->in_flight--;
    loop_stop(console->loop);
    if (console->given_up) return;
    bool lost = try_again(answer);
    if (lost && console->patience_ms > 0) console->again = true;
    if (console->again && (lost || answer->error != NULL)) {
        parcel->state = PARCEL_LOST; /* also what was refused after one that was lost: it may have needed that one */
        return;
    }
    if (!lost) {
        console->lost_since_ms = 0;
        console->pause_ms = CONSOLE_PAUSE_MS_MIN;
    }
    parcel_done(parcel, answer);
}

static void answer_locally(struct parcel *parcel, enum wire_code code, const char *message)
{
    Rasad__V1__WireError error;
    rasad__v1__wire_error__init(&error);
    Rasad__V1__Answer answer;
    rasad__v1__answer__init(&answer);
    char code_text[32], message_text[128];
    snprintf(code_text, sizeof code_text, "%s", wire_code_text(code));
    snprintf(message_text, sizeof message_text, "%s", message);
    error.code = code_text;
    error.message = message_text;
    answer.error = &error;
    parcel_done(parcel, &answer);
}

static void parcel_send(struct parcel *parcel)
{
    struct console *console = parcel->console;
    Rasad__V1__Call call;
    rasad__v1__call__init(&call);
    char method[METHOD_BYTES_MAX + 1];
    snprintf(method, sizeof method, "%s", parcel->command->method);
    call.method = method;
    call.on_behalf_of = parcel->on_behalf_of;
    call.token_hash = (ProtobufCBinaryData){HASH_BYTES, console->token_hash};
    call.channel = console->channel;
    call.body = (ProtobufCBinaryData){parcel->body_bytes, parcel->body};
    parcel->state = PARCEL_SENT;
    console->in_flight++;
    int64_t deadline_ms = mono_ms() + (console->patience_ms > 0 ? CALL_TIMEOUT_MS_MAX : CONSOLE_CALL_MS);
    enum err err = wire_call(client_of(console, parcel->command), &call, deadline_ms, on_answer, parcel);
    if (err == ERR_OK) return;
    console->in_flight--;
    answer_locally(parcel, err == ERR_TOO_BIG ? CODE_OUT_OF_RANGE : CODE_UNAVAILABLE, err_text(err));
}

/* Nothing is in flight and something is lost: wait a little, then all of it again; or stop hoping. */
static void send_again(struct console *console)
{
    int64_t now = mono_ms();
    if (console->lost_since_ms == 0) console->lost_since_ms = now;
    if (now - console->lost_since_ms > console->patience_ms) {
        console->given_up = true;
        return;
    }
    if (loop_timer_set(console->loop, &console->pause_timer, now + console->pause_ms) == ERR_OK) {
        (void)loop_run(console->loop);
    }
    console->pause_ms = console->pause_ms * 2 > CONSOLE_PAUSE_MS_MAX ? CONSOLE_PAUSE_MS_MAX : console->pause_ms * 2;
    console->again = false;
    size_t first = console->first, count = console->count;
    for (size_t i = 0; i < count; i++) {
        struct parcel *parcel = &console->ring[(first + i) % WINDOW_COMMANDS_MAX];
        if (parcel->state == PARCEL_LOST) parcel_send(parcel);
    }
}

bool console_wait(struct console *console)
{
    if (console->interrupted || console->given_up) return false;
    if (console->again && console->in_flight == 0) send_again(console);
    else if (loop_run(console->loop) != ERR_OK) console->given_up = true;
    return !console->interrupted && !console->given_up;
}

bool console_send(struct console *console, const struct command *command, const ProtobufCMessage *request,
                  const char *on_behalf_of, uint64_t number)
{
    must(console->magic == CONSOLE_MAGIC);
    size_t bytes = protobuf_c_message_get_packed_size(request);
    while (console->again || console->count == WINDOW_COMMANDS_MAX ||
           (console->count > 0 && console->bytes + bytes > WINDOW_BYTES_MAX) ||
           (console->count > 0 && console_process(console->ring[console->first].command) != console_process(command))) {
        if (!console_wait(console)) return false;
    }
    if (console->interrupted || console->given_up) return false;
    struct parcel *parcel = &console->ring[(console->first + console->count) % WINDOW_COMMANDS_MAX];
    *parcel = (struct parcel){.console = console, .command = command, .number = number, .body_bytes = bytes};
    snprintf(parcel->on_behalf_of, sizeof parcel->on_behalf_of, "%s", on_behalf_of);
    parcel->body = memory_array(bytes, 1);
    protobuf_c_message_pack(request, parcel->body);
    console->count++;
    console->bytes += bytes;
    parcel_send(parcel);
    return true;
}

bool console_drain(struct console *console)
{
    must(console->magic == CONSOLE_MAGIC);
    while (console->count > 0) {
        if (!console_wait(console)) return false;
    }
    return !console->interrupted && !console->given_up;
}

/* ---- one call */

struct asking {
    struct arena *arena;
    const struct command *command;
    ProtobufCMessage *reply;
    int exit_code;
};

static void on_asked(void *ctx, uint64_t number, const Rasad__V1__Answer *answer)
{
    struct asking *asking = ctx;
    (void)number;
    if (answer->error != NULL) {
        asking->exit_code = console_print_error(asking->command->method, answer->error);
        return;
    }
    asking->reply = protobuf_c_message_unpack(asking->command->reply, arena_pb(asking->arena), answer->body.len,
                                              answer->body.data);
    if (asking->reply == NULL) fprintf(stderr, "rasad: the answer of %s can not be read\n", asking->command->method);
    asking->exit_code = asking->reply == NULL ? RASAD_UNREACHED : RASAD_DONE;
}

ProtobufCMessage *console_ask(struct console *console, struct arena *arena, const struct command *command,
                              const ProtobufCMessage *request, int *exit_code)
{
    struct asking asking = {.arena = arena, .command = command, .exit_code = RASAD_UNREACHED};
    console_answer *callback = console->callback;
    void *ctx = console->ctx;
    if (!console_drain(console)) {
        *exit_code = RASAD_UNREACHED;
        return NULL;
    }
    console_on_answer(console, on_asked, &asking);
    bool asked = console_send(console, command, request, "", 0) && console_drain(console);
    console_on_answer(console, callback, ctx);
    if (!asked && !console->interrupted) {
        fprintf(stderr, "rasad: %s does not answer\n", console_process(command));
    }
    *exit_code = asking.exit_code;
    return asking.reply;
}

/* ---- words */

void console_print_refusal(const char *before, const Rasad__V1__Refusal *refusal)
{
    fprintf(stderr, "%s", before);
    if (refusal->line > 0) fprintf(stderr, "line %d: ", refusal->line);
    if (refusal->message[0] != '\0') { /* says it all, in words */
        fprintf(stderr, "%s\n", refusal->message);
        return;
    }
    fprintf(stderr, "%s refused; found \"%s\", needed %s. %s\n", refusal->field, refusal->have, refusal->need,
            refusal->next);
}

int console_print_error(const char *method, const Rasad__V1__WireError *error)
{
    size_t refusals = 0;
    fprintf(stderr, "%s: %s: %s\n", method, error->code[0] != '\0' ? error->code : "unknown", error->message);
    for (size_t i = 0; i < error->n_details; i++) {
        const Rasad__V1__WireErrorDetail *detail = error->details[i];
        if (strcmp(detail->type, rasad__v1__refusal__descriptor.name) != 0 || ++refusals > DETAILS_SHOWN_MAX) continue;
        Rasad__V1__Refusal *refusal = rasad__v1__refusal__unpack(NULL, detail->value.len, detail->value.data);
        if (refusal == NULL) continue;
        if (strcmp(refusal->message, error->message) != 0) console_print_refusal("  ", refusal);
        rasad__v1__refusal__free_unpacked(refusal, NULL);
    }
    if (refusals > DETAILS_SHOWN_MAX) fprintf(stderr, "  and %zu more\n", refusals - DETAILS_SHOWN_MAX);
    return strcmp(error->code, wire_code_text(CODE_UNAVAILABLE)) == 0 ||
                   strcmp(error->code, wire_code_text(CODE_DEADLINE_EXCEEDED)) == 0
               ? RASAD_UNREACHED
               : RASAD_REFUSED;
}
