/* commands.c - see commands.h. The message types come from the generated services; the tables name the rest. */
#include "store/commands.h"

#include "base/must.h"
#include "distribution.pb-c.h"
#include "materials.pb-c.h"
#include "production.pb-c.h"
#include "quality.pb-c.h"
#include "registry.pb-c.h"
#include "reports.pb-c.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static struct command commands[] = {
#define COMMAND(Service, Method, handler_name, kind, refusing, roles) \
    {#Service "/" #Method, handler_name, kind, refusing, roles, NULL, NULL, 0},
#include "registry/commands.def"
#include "materials/commands.def"
#include "production/commands.def"
#include "quality/commands.def"
#include "distribution/commands.def"
#include "reports/commands.def"
#undef COMMAND
};
#define COMMANDS_N (sizeof commands / sizeof commands[0])

static const ProtobufCServiceDescriptor *const services[] = {
    &rasad__v1__registry__descriptor, &rasad__v1__materials__descriptor, &rasad__v1__production__descriptor,
    &rasad__v1__quality__descriptor,  &rasad__v1__distribution__descriptor, &rasad__v1__reports__descriptor};

static int by_method(const void *a, const void *b)
{
    return strcmp(((const struct command *)a)->method, ((const struct command *)b)->method);
}

static void describe(struct command *command)
{
    const char *slash = strchr(command->method, '/');
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        const ProtobufCServiceDescriptor *service = services[i];
        size_t n = strlen(service->short_name);
        if ((size_t)(slash - command->method) != n || strncmp(service->short_name, command->method, n) != 0) continue;
        const ProtobufCMethodDescriptor *method = protobuf_c_service_descriptor_get_method_by_name(service, slash + 1);
        must(method != NULL);
        command->request = method->input;
        command->reply = method->output;
        if (command->kind == READ || command->kind == LOCAL) return;
        const ProtobufCFieldDescriptor *id = protobuf_c_message_descriptor_get_field_by_name(method->input, "request_id");
        must(id != NULL && id->type == PROTOBUF_C_TYPE_STRING);
        command->request_id_offset = id->offset;
        return;
    }
    must(command->request != NULL); /* every row of a commands.def is a method of a proto */
}

const struct command *command_find(const char *method)
{
    static bool described;
    struct command wanted = {.method = method};
    if (!described) {
        for (size_t i = 0; i < COMMANDS_N; i++) describe(&commands[i]);
        qsort(commands, COMMANDS_N, sizeof commands[0], by_method);
        described = true;
    }
    return bsearch(&wanted, commands, COMMANDS_N, sizeof commands[0], by_method);
}

bool command_runs_in(const struct command *command, const char *process)
{
    bool waits = command->handler == handle_sign_in || command->handler == handle_set_password;
    if (strcmp(process, "doorkeeper") == 0) return waits;
    if (waits) return false;
    for (size_t i = 0; command->method[i] != '/'; i++)
        if (tolower((unsigned char)command->method[i]) != process[i]) return false;
    return process[strcspn(command->method, "/")] == '\0';
}
