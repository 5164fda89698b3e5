/* load.c - `rasad load`: plays a programme through the services, as ordinary commands of the console.
 * Flow:    rehearse (all files read, everything built, checked and counted, nothing sent), then the same for real.
 * Again:   request ids come from the programme's name and the command's number; a day the programme counts from is
 *          written down beside the data at the first time. So loading again changes nothing, and finishes what broke.
 * Owns:    the console, the labels of commands and what became of their lines.
 * Bounds:  LOAD_REFUSALS_MAX refusals, then it stops; LOAD_LABELS_MAX.
 * Exits:   0 all accepted; 1 refusals; 2 the programme is wrong; 3 the services stayed away (load again).
 */
#include "base/clock.h"
#include "base/must.h"
#include "base/text.h"
#include "rasad/commands.h"
#include "rasad/console.h"
#include "rasad/memory.h"
#include "rasad/place_file.h"
#include "rasad/player.h"
#include "rasad/programme.h"
#include "rasad/request_id.h"
#include "registry.pb-c.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_BEGINS_MS 14400000       /* four in the morning, as the app has it: until then it is the day that ended */
#define PROGRESS_MS 500              /* between progress lines on a terminal */
#define PROGRESS_QUIET_MS 10000      /* elsewhere */

struct label {
    char *name;
    char request_id[UUID_TEXT_BYTES];
    size_t line_count;
    struct { char *name, *lot; } *lines; /* "812.3"; NULL until answered */
};

/* What must be known of a command when its answer comes. */
struct sent {
    uint64_t number;
    const struct command *command;
    size_t lines;
    struct label *label;
    char where[128];
};

enum mode { PLAY, DRY, LOGINS };

struct load {
    char roles[ROLES_SHOWN_MAX][CODE_BYTES_MAX + 1]; /* whose login was printed */
    size_t roles_shown;
    enum mode mode;
    struct player player;
    struct console *console;
    struct arena memory;          /* of one answer */
    int32_t today;                /* the day $day(0) is; 0 not known yet */
    uint64_t commands, lines, bytes; /* numbered in this pass */
    uint64_t lines_expected;
    uint64_t lines_done, lines_refused, commands_refused;
    bool stopped;                 /* too many refusals */
    int64_t started_ms, shown_ms;
    struct sent sent[WINDOW_COMMANDS_MAX];
    struct label *labels[LOAD_LABELS_MAX];
    size_t label_count;
};

/* ---- progress and what was refused */

static void progress(struct load *load, bool last)
{
    int64_t now = mono_ms();
    bool terminal = isatty(STDERR_FILENO);
    if (!last && now - load->shown_ms < (terminal ? PROGRESS_MS : PROGRESS_QUIET_MS)) return;
    load->shown_ms = now;
    int64_t took_ms = now - load->started_ms > 0 ? now - load->started_ms : 1;
    fprintf(stderr, "%s%llu of %llu lines, %llu a second%s", terminal ? "\r" : "", (unsigned long long)load->lines_done,
            (unsigned long long)load->lines_expected,
            (unsigned long long)(load->lines_done * 1000 / (uint64_t)took_ms), terminal && !last ? "  " : "\n");
}

static void command_refused(struct load *load, const struct sent *sent, const Rasad__V1__WireError *error)
{
    load->lines_refused += sent->lines;
    if (load->commands_refused++ > 0) return;
    fprintf(stderr, "\n%s: command %llu refused: ", sent->where, (unsigned long long)sent->number);
    (void)console_print_error(sent->command->method, error);
    if (strcmp(error->code, "already_exists") == 0) {
        fprintf(stderr, "rasad: has \"%s\" changed since it was loaded here? Then give it another name in "
                        "programme.json\n", load->player.programme);
    }
    load->stopped = true; /* what follows may build on it */
}

static void some_lines_refused(struct load *load, const struct sent *sent, const Rasad__V1__Receipt *receipt)
{
    for (size_t i = 0; i < receipt->n_lines; i++) {
        const Rasad__V1__LineResult *result = receipt->lines[i];
        if (result->refusal == NULL) continue;
        Rasad__V1__Refusal refusal = *result->refusal;
        if (refusal.line == 0) refusal.line = result->line;
        if (load->lines_refused++ < LOAD_REFUSALS_MAX) {
            fprintf(stderr, "\n%s: %s, command %llu: ", sent->where, sent->command->method,
                    (unsigned long long)sent->number);
            console_print_refusal("", &refusal);
        }
        load->stopped = load->lines_refused >= LOAD_REFUSALS_MAX;
    }
}

static void label_answered(struct label *label, const Rasad__V1__Receipt *receipt)
{
    label->lines = memory_array(receipt->n_lines, sizeof *label->lines);
    label->line_count = receipt->n_lines;
    for (size_t i = 0; i < receipt->n_lines; i++) {
        label->lines[i].name = memory_text(receipt->lines[i]->name);
        label->lines[i].lot = memory_text(receipt->lines[i]->lot);
    }
}

static void on_answer(void *ctx, uint64_t number, const Rasad__V1__Answer *answer)
{
    struct load *load = ctx;
    const struct sent *sent = &load->sent[number % WINDOW_COMMANDS_MAX];
    must(sent->number == number);
    load->lines_done += sent->lines;
    if (answer->error != NULL) {
        command_refused(load, sent, answer->error);
        return;
    }
    progress(load, false);
    if (sent->command->reply != &rasad__v1__receipt__descriptor) return;
    arena_reset(&load->memory);
    Rasad__V1__Receipt *receipt =
        rasad__v1__receipt__unpack(arena_pb(&load->memory), answer->body.len, answer->body.data);
    must(receipt != NULL);
    if (receipt->refused > 0) some_lines_refused(load, sent, receipt);
    if (sent->label != NULL && sent->label->lines == NULL) label_answered(sent->label, receipt);
}

/* ---- what the parts ask for */

const struct command *player_method(struct player *player, const char *method)
{
    const struct command *command = command_find(method);
    if (command == NULL) words_wrong(&player->words, "there is no method \"%s\"", method);
    return command;
}

static struct label *label_find(const struct load *load, const char *name)
{
    for (size_t i = 0; i < load->label_count; i++) {
        if (strcmp(load->labels[i]->name, name) == 0) return load->labels[i];
    }
    return NULL;
}

static struct label *label_new(struct load *load, const char *name, const char *request_id)
{
    if (label_find(load, name) != NULL || load->label_count == LOAD_LABELS_MAX) {
        words_wrong(&load->player.words, "label \"%s\": each once, at most %d", name, LOAD_LABELS_MAX);
        return NULL;
    }
    struct label *label = memory_array(1, sizeof *label);
    label->name = memory_text(name);
    memcpy(label->request_id, request_id, UUID_TEXT_BYTES);
    load->labels[load->label_count++] = label;
    return label;
}

static void labels_free(struct load *load)
{
    for (size_t i = 0; i < load->label_count; i++) {
        struct label *label = load->labels[i];
        for (size_t k = 0; k < label->line_count; k++) {
            free(label->lines[k].name);
            free(label->lines[k].lot);
        }
        free(label->lines);
        free(label->name);
        free(label);
    }
    load->label_count = 0;
}

bool player_command(struct player *player, const struct command *command, ProtobufCMessage *request, const char *label)
{
    struct load *load = player->load;
    char id[UUID_TEXT_BYTES];
    uint8_t seed[HASH_BYTES];
    uint64_t number = load->commands++;
    ProtobufCMessage **lines;
    size_t count = message_lines_type(command->request) == NULL ? 1 : message_lines(request, &lines);
    hash_bytes(player->programme, strlen(player->programme), seed);
    request_id_derive(seed, number, id);
    if (message_has(command->request, "request_id", MESSAGE_TEXT)) message_set_text(request, "request_id", id);
    load->lines += count;
    load->bytes += protobuf_c_message_get_packed_size(request);
    if (protobuf_c_message_get_packed_size(request) > BODY_BYTES_MAX) {
        return words_wrong(&player->words, "the command is longer than %zu KiB", BODY_BYTES_MAX / KIB);
    }
    struct label *named = label == NULL ? NULL : label_new(load, label, id);
    if (player->words.wrong || player->rehearsing) return !player->words.wrong;

    /* The slot of the command a window before is free when less than a window is in flight. */
    while (console_in_flight(load->console) == WINDOW_COMMANDS_MAX && !load->stopped) {
        if (!console_wait(load->console)) return false;
    }
    if (load->stopped) return false;
    struct sent *sent = &load->sent[number % WINDOW_COMMANDS_MAX];
    *sent = (struct sent){.number = number, .command = command, .lines = count, .label = named};
    snprintf(sent->where, sizeof sent->where, "%s", player->words.where);
    return console_send(load->console, command, request, player->on_behalf_of, number) && !load->stopped;
}

void player_note(struct player *player, const char *format, ...)
{
    if (player->load->mode != DRY) return;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

void player_login(struct player *player, const char *role, const char *person, const char *password)
{
    struct load *load = player->load;
    bool wanted = load->mode == LOGINS || (load->mode == PLAY && !player->rehearsing);
    for (size_t i = 0; i < load->roles_shown; i++) /* one a role: the first; the others stand in the people's file */
        if (strcmp(load->roles[i], role) == 0) wanted = false;
    if (!wanted || load->roles_shown == ROLES_SHOWN_MAX) return;
    snprintf(load->roles[load->roles_shown++], sizeof load->roles[0], "%s", role);
    printf("login %s %s %s\n", role, person, password);
}

char *player_file(struct player *player, const char *name, char path[PATH_BYTES_MAX])
{
    char *text = NULL;
    size_t bytes;
    if (player->words.wrong) return NULL;
    int length = snprintf(path, PATH_BYTES_MAX, "%s/%s", player->directory, name);
    enum err err = length < 0 || length >= PATH_BYTES_MAX ? ERR_TOO_BIG
                                                          : file_read(path, PROGRAMME_FILE_BYTES_MAX, &text, &bytes);
    if (err == ERR_OK && !utf8_ok(text, bytes)) {
        free(text);
        text = NULL;
        err = ERR_MALFORMED;
    }
    if (err != ERR_OK) words_wrong(&player->words, "%s: %s", path, err_text(err));
    return text;
}

/* ---- the day that days are counted from */

static bool day_file(const struct load *load, char path[PATH_BYTES_MAX])
{
    char directory[PATH_BYTES_MAX];
    if (config_data_path(console_config(load->console), "programmes", directory) != ERR_OK) return false;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) return false;
    int length = snprintf(path, PATH_BYTES_MAX, "%s/%s", directory, load->player.programme);
    return length > 0 && length < PATH_BYTES_MAX;
}

static bool day_from_file(struct load *load)
{
    char path[PATH_BYTES_MAX], text[16] = "";
    FILE *file = day_file(load, path) ? fopen(path, "re") : NULL;
    if (file == NULL) return false;
    if (fgets(text, sizeof text, file) == NULL) text[0] = '\0';
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return day_parse(text, &load->today);
}

static bool day_to_file(struct load *load)
{
    char path[PATH_BYTES_MAX], beside[PATH_BYTES_MAX + 8], text[11];
    if (!day_file(load, path)) return false;
    snprintf(beside, sizeof beside, "%s.new", path);
    day_format(load->today, text);
    FILE *file = fopen(beside, "we");
    if (file == NULL) return false;
    bool written = fprintf(file, "%s\n", text) > 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && written && rename(beside, path) == 0;
}

static bool day_from_server(struct load *load)
{
    Rasad__V1__GetMeRequest request;
    int exit_code;
    rasad__v1__get_me_request__init(&request);
    arena_reset(&load->memory);
    Rasad__V1__GetMeResponse *me = (Rasad__V1__GetMeResponse *)console_ask(
        load->console, &load->memory, command_find("Registry/GetMe"), &request.base, &exit_code);
    if (me == NULL) return false;
    load->today = day_of_ms(me->server_time_ms - DAY_BEGINS_MS, me->offset_min);
    return true;
}

/* The first time it is the server's working day, and is written down before anything is sent. */
static bool day_known(struct load *load)
{
    if (load->today != 0) return true;
    if (load->mode != PLAY) {
        load->today = day_of_ms(now_ms(), 0);
        return true;
    }
    if (day_from_file(load) || (day_from_server(load) && day_to_file(load))) return true;
    return words_wrong(&load->player.words, "the day it counts from can not be had from the server or written down");
}

/* ---- references in texts */

static bool reference_to_line(struct load *load, const char *word, const char *arguments, char value[64])
{
    char name[64];
    int number = 0;
    struct words *words = &load->player.words;
    if (sscanf(arguments, "%63[^,],%d", name, &number) != 2 || number < 1) {
        return words_wrong(words, "$%s(%s): a label and a line are needed", word, arguments);
    }
    struct label *label = label_find(load, name);
    if (label == NULL) return words_wrong(words, "$%s(%s): no command above has this label", word, arguments);
    if (load->player.rehearsing) {
        snprintf(value, 64, "1.%d", number);
        return true;
    }
    if (!console_drain(load->console) || load->stopped) return words_wrong(words, "stopped");
    if ((size_t)number > label->line_count) return words_wrong(words, "$%s(%s): no such line", word, arguments);
    const char *found = strcmp(word, "lot") == 0 ? label->lines[number - 1].lot : label->lines[number - 1].name;
    if (found[0] == '\0') return words_wrong(words, "$%s(%s): the line has none", word, arguments);
    snprintf(value, 64, "%s", found);
    return true;
}

static bool reference(void *ctx, const char *word, const char *arguments, char value[64])
{
    struct player *player = ctx;
    struct load *load = player->load;
    int64_t days;
    if (strcmp(word, "day") == 0) {
        if (!int64_parse(arguments, &days) || days < -3660 || days > 3660) {
            return words_wrong(&player->words, "$day(%s): days from today, -3660 to 3660", arguments);
        }
        if (!day_known(load)) return false;
        day_format(load->today + (int32_t)days, value);
        return true;
    }
    if (strcmp(word, "id") == 0) {
        struct label *label = label_find(load, arguments);
        if (label == NULL) return words_wrong(&player->words, "$id(%s): no command above has this label", arguments);
        snprintf(value, 64, "%s", label->request_id);
        return true;
    }
    if (strcmp(word, "name") == 0 || strcmp(word, "lot") == 0) return reference_to_line(load, word, arguments, value);
    return words_wrong(&player->words, "there is no reference $%s", word);
}

char *player_resolve(struct player *player, const char *text)
{
    return words_resolve(&player->words, text, reference, player);
}

/* ---- the two passes */

static bool play(struct load *load, const char *directory, bool rehearsing)
{
    struct player *player = &load->player;
    *player = (struct player){.directory = directory, .rehearsing = rehearsing, .on_behalf_of = "", .load = load};
    if (!world_init(&player->world) || !arena_init(&player->lasting, ARENA_BYTES_MAX)) {
        fprintf(stderr, "rasad: out of memory\n");
        return false;
    }
    load->commands = load->lines = load->bytes = 0;
    load->started_ms = load->shown_ms = mono_ms();
    bool going = programme_play(player);
    if (!rehearsing) {
        bool all = console_drain(load->console);
        going = going && all && !load->stopped;
    }
    if (player->words.wrong && !load->stopped) fprintf(stderr, "rasad: %s\n", player->words.what);
    labels_free(load);
    world_free(&player->world);
    arena_destroy(&player->lasting);
    return going;
}

static int play_for_real(struct load *load, const char *directory)
{
    load->lines_expected = load->lines;
    console_on_answer(load->console, on_answer, load);
    bool whole = play(load, directory, false);
    progress(load, true);
    if (load->lines_refused > 0 || load->commands_refused > 0) {
        fprintf(stderr, "rasad: %llu lines refused%s\n", (unsigned long long)load->lines_refused,
                load->stopped ? "; stopped there" : "");
        return RASAD_REFUSED;
    }
    if (whole) {
        fprintf(stderr, "%s: %llu lines in %llu commands, %lld s\n", directory, (unsigned long long)load->lines,
                (unsigned long long)load->commands, (long long)((mono_ms() - load->started_ms) / 1000));
        return RASAD_DONE;
    }
    fprintf(stderr, "rasad: not finished; load it again, which goes on where this stopped\n");
    return RASAD_UNREACHED;
}

int load_main(int argc, char **argv)
{
    static struct load load;
    bool dry = argc == 3 && strcmp(argv[1], "--dry") == 0, logins = argc == 3 && strcmp(argv[1], "--logins") == 0;
    if (!(argc == 2 && argv[1][0] != '-') && !dry && !logins) {
        fprintf(stderr, "usage: rasad load [--dry | --logins] DIR\n"
                        "  --dry     send nothing; print what it would come to\n"
                        "  --logins  send nothing; print who can sign in\n");
        return RASAD_USAGE;
    }
    const char *directory = argv[argc - 1];
    load.mode = dry ? DRY : logins ? LOGINS : PLAY;
    if (!arena_init(&load.memory, ARENA_BYTES_MAX)) return RASAD_USAGE;
    if (load.mode == PLAY &&
        console_open(RASAD__V1__CHANNEL__CHANNEL_IMPORT, CONSOLE_PATIENCE_MS, &load.console) != ERR_OK) {
        return RASAD_USAGE;
    }
    int exit_code = play(&load, directory, true) ? RASAD_DONE : RASAD_USAGE;
    if (exit_code == RASAD_DONE && load.mode == PLAY) exit_code = play_for_real(&load, directory);
    if (exit_code == RASAD_DONE && load.mode == DRY) {
        printf("%llu lines in %llu commands, %llu KiB\n", (unsigned long long)load.lines,
               (unsigned long long)load.commands, (unsigned long long)(load.bytes / KIB));
    }
    if (load.console != NULL) console_close(load.console);
    arena_destroy(&load.memory);
    return exit_code;
}
