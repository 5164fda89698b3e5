/* console.h - the command line's line to the services: commands in order, a bounded window of them in flight.
 * Flow:    console_open, then console_send for each command (waits while the window is full), console_drain at the end;
 *          or console_ask for one call and its answer.
 * Order:   one service at a time: before the first command to another, all answers of the one before are waited for.
 *          When a service is lost, all from the first unanswered command on are sent again, in order: their request ids
 *          make that harmless.
 * Owns:    a loop, a client for each service used, the packed commands in flight.
 * Bounds:  WINDOW_COMMANDS_MAX, WINDOW_BYTES_MAX; patience_ms without any answer, then `unavailable` is the answer.
 * Rights:  the console's token: RASAD_TOKEN, or the first line of <data>/console.token.
 */
#ifndef RASAD_RASAD_CONSOLE_H
#define RASAD_RASAD_CONSOLE_H

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/loop.h"
#include "common.pb-c.h"
#include "wire.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct console;
struct command; /* store/commands.h */

/* The answer to a command sent with this number; valid during the callback only. */
typedef void console_answer(void *ctx, uint64_t number, const Rasad__V1__Answer *answer);

/* Prints what is wrong by itself: no settings, no token. patience_ms 0: `unavailable` is an answer at once. */
enum err console_open(Rasad__V1__Channel channel, int64_t patience_ms, struct console **console);
void console_close(struct console *console);

const struct config *console_config(const struct console *console);
struct loop *console_loop(struct console *console);

/* Who hears the answers of console_send. */
void console_on_answer(struct console *console, console_answer *callback, void *ctx);

/* Send a command; the message is packed before it returns. on_behalf_of: code of the person it is entered for, or "".
 * False when the person at the keyboard, or the services being gone for too long, ended it: nothing more is sent. */
bool console_send(struct console *console, const struct command *command, const ProtobufCMessage *request,
                  const char *on_behalf_of, uint64_t number);

/* Wait until something moves: an answer, or sending again. False as above. */
bool console_wait(struct console *console);

/* Wait for every answer; false as above. */
bool console_drain(struct console *console);

/* Commands sent and not yet answered. */
size_t console_in_flight(const struct console *console);

/* One call: the reply, unpacked into the arena. NULL: it was refused or failed, and that has been printed on stderr
 * with its details; *exit_code says how to end. */
ProtobufCMessage *console_ask(struct console *console, struct arena *arena, const struct command *command,
                              const ProtobufCMessage *request, int *exit_code);

/* The error of an answer in words on stderr: code, message, a line for each refusal. Returns the exit code it means. */
int console_print_error(const char *method, const Rasad__V1__WireError *error);

/* A refusal as one line of text: "line 3: good: there is not enough; have 5; need 10. Take what there is." */
void console_print_refusal(const char *before, const Rasad__V1__Refusal *refusal);

/* The name of the process that runs a command: "production". */
const char *console_process(const struct command *command);

#endif
