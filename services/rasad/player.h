/* player.h - plays a programme: what the parts of a programme share while they are played.
 * Flow:    load.c makes a player and calls programme_play twice: rehearsing (nothing is sent, everything is checked and
 *          counted), then for real. The parts build commands; player_command numbers and sends them.
 * Ids:     the n-th command of the programme of this name has the n-th derived request id, in both.
 * Bounds:  LOAD_BYTES_MAX and LINES_PER_COMMAND_MAX per command.
 */
#ifndef RASAD_RASAD_PLAYER_H
#define RASAD_RASAD_PLAYER_H

#include "base/limits.h"
#include "rasad/message.h"
#include "rasad/words.h"
#include "rasad/world.h"
#include "store/commands.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load;

struct player {
    struct words words;      /* what is wrong with the programme; sticky */
    const char *directory;
    const char *programme;   /* its name */
    bool rehearsing;
    const char *on_behalf_of; /* code of the person the next commands are entered for; "" nobody */
    struct world world;
    struct arena lasting;    /* templates of lines, until the end */
    struct load *load;       /* load.c's own */
};

/* The row of a method of commands; NULL, and wrong, when there is none. */
const struct command *player_method(struct player *player, const char *method);

/* Number the command, give it its request id, send it. label: a name by which later commands refer to it; NULL none.
 * False: stop. */
bool player_command(struct player *player, const struct command *command, ProtobufCMessage *request, const char *label);

/* A line of the totals that `rasad load --dry` prints. */
void player_note(struct player *player, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Resolve $day(-3), $id(label), $name(label,line), $lot(label,line) in a text of JSON; NULL when wrong. free() it. */
char *player_resolve(struct player *player, const char *text);

/* The text of a file of the programme, with its end; NULL when wrong. free() it. */
char *player_file(struct player *player, const char *name, char path[PATH_BYTES_MAX]);

/* A person who can sign in, told at the end. */
void player_login(struct player *player, const char *role, const char *person, const char *password);

/* ---- a command that fills with lines, and is sent when it is full */

struct batch {
    struct player *player;
    const struct command *command;
    size_t lines_max;
    struct arena memory;             /* of the lines, until they are sent */
    ProtobufCMessage *lines[LINES_PER_COMMAND_MAX];
    size_t count, bytes;
    const char *fields[2];           /* texts of the request beside its lines: "day", "from"; NULL none */
    char *texts[2];
    uint64_t lines_sent;
};

bool batch_init(struct batch *batch, struct player *player, const struct command *command, size_t lines_max);
void batch_free(struct batch *batch);

/* A new line, as the template is (NULL: empty), in the batch's memory. */
ProtobufCMessage *batch_line(struct batch *batch, const ProtobufCMessage *template);

/* Take the line in; a batch that is full goes out. False: stop. */
bool batch_add(struct batch *batch, ProtobufCMessage *line);

/* Send what is there. False: stop. */
bool batch_send(struct batch *batch);

#endif
