/* call.c - `rasad call`: one method, JSON in and JSON out, as the console.
 * Flow:    the method's row -> JSON decoded by its descriptor -> the service's socket -> the reply as JSON on stdout.
 * Fails:   all that is wrong on stderr: the path in the JSON, or the refusals line by line.
 */
#include "base/ids.h"
#include "json/jsonpb.h"
#include "rasad/commands.h"
#include "rasad/console.h"
#include "rasad/message.h"
#include "rasad/place_file.h"
#include "store/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const methods[] = {
#define COMMAND(Service, Method, handler_name, kind, refusing, roles) #Service "/" #Method,
#include "distribution/commands.def"
#include "materials/commands.def"
#include "production/commands.def"
#include "quality/commands.def"
#include "registry/commands.def"
#include "reports/commands.def"
#undef COMMAND
};

static int usage(void)
{
    fprintf(stderr, "usage: rasad call Service/Method ['{JSON}' | -]\n\nmethods:\n");
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) fprintf(stderr, "  %s\n", methods[i]);
    return RASAD_USAGE;
}

static ProtobufCMessage *decode(const struct command *command, struct arena *arena, const char *argument)
{
    char *text = NULL;
    size_t bytes = strlen(argument);
    if (strcmp(argument, "-") == 0 && file_read("-", BODY_BYTES_MAX * 8, &text, &bytes) != ERR_OK) {
        fprintf(stderr, "rasad: the request on stdin can not be read, or is too long\n");
        return NULL;
    }
    struct json_error error;
    ProtobufCMessage *request =
        message_decode(arena, command->request, text != NULL ? text : argument, bytes, &error);
    free(text);
    if (request == NULL) {
        fprintf(stderr, "%s: %s: found %s, needed %s\n", command->method,
                error.path[0] != '\0' ? error.path : "request", error.found[0] != '\0' ? error.found : "nothing",
                error.needed);
    }
    return request;
}

/* Commands of the journal carry an id; one that names none gets a new one. */
static void fill_request_id(ProtobufCMessage *request, char text[UUID_TEXT_BYTES])
{
    uint8_t id[UUID_BYTES];
    if (!message_has(request->descriptor, "request_id", MESSAGE_TEXT)) return;
    if (message_text(request, "request_id")[0] != '\0') return;
    uuid_random(id);
    uuid_format(id, text);
    message_set_text(request, "request_id", text);
}

static int print_reply(const ProtobufCMessage *reply)
{
    struct json_out out;
    json_out_init(&out, REPLY_JSON_BYTES_MAX, NULL);
    json_put_message(&out, reply);
    json_put(&out, "\n");
    bool written = !out.failed && fwrite(out.text, 1, out.bytes, stdout) == out.bytes && fflush(stdout) == 0;
    if (!written) fprintf(stderr, "rasad: the reply can not be written\n");
    json_out_free(&out);
    return written ? RASAD_DONE : RASAD_REFUSED;
}

int call_main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) return usage();
    const struct command *command = command_find(argv[1]);
    if (command == NULL) {
        fprintf(stderr, "rasad: there is no method \"%s\"\n\n", argv[1]);
        return usage();
    }
    static struct arena arena;
    struct console *console = NULL;
    if (!arena_init(&arena, 2 * ARENA_BYTES_MAX)) return RASAD_USAGE;
    ProtobufCMessage *request = decode(command, &arena, argc == 3 ? argv[2] : "{}");
    if (request == NULL) return RASAD_REFUSED;
    char id[UUID_TEXT_BYTES];
    fill_request_id(request, id);
    if (console_open(RASAD__V1__CHANNEL__CHANNEL_API, 0, &console) != ERR_OK) return RASAD_USAGE;
    int exit_code;
    ProtobufCMessage *reply = console_ask(console, &arena, command, request, &exit_code);
    if (reply != NULL) exit_code = print_reply(reply);
    console_close(console);
    return exit_code;
}
