/* batch.c - a command that fills with lines, and is sent when it is full; see player.h. */
#include "base/must.h"
#include "rasad/player.h"

#include <string.h>

bool batch_init(struct batch *batch, struct player *player, const struct command *command, size_t lines_max)
{
    must(lines_max <= LINES_PER_COMMAND_MAX);
    *batch = (struct batch){.player = player, .command = command, .lines_max = lines_max};
    return arena_init(&batch->memory, ARENA_BYTES_MAX);
}

void batch_free(struct batch *batch)
{
    if (batch->player != NULL) arena_destroy(&batch->memory);
}

ProtobufCMessage *batch_line(struct batch *batch, const ProtobufCMessage *template)
{
    const ProtobufCMessageDescriptor *type = message_lines_type(batch->command->request);
    must(type != NULL && (template == NULL || template->descriptor == type));
    ProtobufCMessage *line = message_new(&batch->memory, type);
    must(line != NULL);
    if (template != NULL) memcpy(line, template, type->sizeof_message); /* what it points at stays the template's */
    return line;
}

bool batch_add(struct batch *batch, ProtobufCMessage *line)
{
    must(batch->count < batch->lines_max && !batch->memory.full);
    batch->lines[batch->count++] = line;
    batch->bytes += protobuf_c_message_get_packed_size(line) + 4;
    return (batch->count < batch->lines_max && batch->bytes < LOAD_BYTES_MAX) || batch_send(batch);
}

bool batch_send(struct batch *batch)
{
    if (batch->count == 0) return true;
    ProtobufCMessage *request = message_new(&batch->memory, batch->command->request);
    must(request != NULL);
    for (int i = 0; i < 2; i++) {
        if (batch->fields[i] != NULL) message_set_text(request, batch->fields[i], batch->texts[i]);
    }
    message_set_lines(request, batch->lines, batch->count);
    batch->lines_sent += batch->count;
    bool going = player_command(batch->player, batch->command, request, NULL);
    batch->count = 0;
    batch->bytes = 0;
    arena_reset(&batch->memory);
    return going;
}
