/* tail.c - `rasad tail`: follows the journal, one JSON line for each entry.
 * Flow:    where to begin (the last ten) -> pages of Reports/ListEntries; at the end, a look every second.
 * Stops:   on a signal, when the reader of our output is gone, or when the service stays away.
 */
#include "base/clock.h"
#include "base/text.h"
#include "json/jsonpb.h"
#include "rasad/commands.h"
#include "rasad/console.h"
#include "reports.pb-c.h"
#include "store/commands.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LAST_ENTRIES 10               /* shown at once, where no beginning is named */
#define LOOK_MS 1000                  /* between looks at the end of the journal */

struct tail {
    struct console *console;
    struct arena arena;
    const struct command *command;
    int64_t after;    /* sequence of the last entry printed */
    struct loop_timer timer;
    int exit_code;
};

static bool print_entry(const Rasad__V1__EntryView *view)
{
    struct json_out out;
    json_out_init(&out, ENTRY_JSON_BYTES_MAX, NULL);
    json_put_message(&out, &view->base);
    json_put(&out, "\n");
    bool written = !out.failed && fwrite(out.text, 1, out.bytes, stdout) == out.bytes;
    json_out_free(&out);
    return written;
}

/* One page; *more: there are others after it. */
static bool page(struct tail *tail, bool *more)
{
    Rasad__V1__ListEntriesRequest request;
    rasad__v1__list_entries_request__init(&request);
    request.after = tail->after;
    arena_reset(&tail->arena);
    Rasad__V1__ListEntriesResponse *reply = (Rasad__V1__ListEntriesResponse *)console_ask(
        tail->console, &tail->arena, tail->command, &request.base, &tail->exit_code);
    if (reply == NULL) return false;
    for (size_t i = 0; i < reply->n_entries; i++) {
        if (!print_entry(reply->entries[i])) return false;
        if (reply->entries[i]->entry != NULL && reply->entries[i]->entry->header != NULL) {
            tail->after = reply->entries[i]->entry->header->sequence;
        }
    }
    *more = reply->next != 0 && reply->n_entries > 0;
    return fflush(stdout) == 0;
}

static bool begin_near_the_end(struct tail *tail)
{
    Rasad__V1__GetHeadRequest request;
    rasad__v1__get_head_request__init(&request);
    Rasad__V1__GetHeadResponse *reply = (Rasad__V1__GetHeadResponse *)console_ask(
        tail->console, &tail->arena, command_find("Reports/GetHead"), &request.base, &tail->exit_code);
    if (reply == NULL) return false;
    tail->after = reply->sequence > LAST_ENTRIES ? reply->sequence - LAST_ENTRIES : 0;
    return true;
}

static void on_look(void *ctx)
{
    struct tail *tail = ctx;
    loop_stop(console_loop(tail->console));
}

/* `rasad tail | head` must end too, also while nothing happens. */
static bool reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

static bool wait_a_little(struct tail *tail)
{
    if (reader_gone()) return false;
    if (loop_timer_set(console_loop(tail->console), &tail->timer, mono_ms() + LOOK_MS) != ERR_OK) return false;
    return loop_run(console_loop(tail->console)) == ERR_OK && console_drain(tail->console);
}

int tail_main(int argc, char **argv)
{
    static struct tail tail;
    int64_t from = 1;
    bool asked = argc == 3 && strcmp(argv[1], "--from") == 0;
    if ((argc != 1 && !asked) || (asked && (!int64_parse(argv[2], &from) || from < 1))) {
        fprintf(stderr, "usage: rasad tail [--from N]   (N: a sequence, from 1)\n");
        return RASAD_USAGE;
    }
    tail.after = from - 1;
    tail.command = command_find("Reports/ListEntries");
    loop_timer_init(&tail.timer, on_look, &tail);
    if (tail.command == NULL || !arena_init(&tail.arena, ARENA_BYTES_MAX)) return RASAD_USAGE;
    if (console_open(RASAD__V1__CHANNEL__CHANNEL_API, CONSOLE_PATIENCE_MS, &tail.console) != ERR_OK) return RASAD_USAGE;
    bool more = false;
    bool begun = asked || begin_near_the_end(&tail);
    while (begun && page(&tail, &more) && (more || wait_a_little(&tail))) {}
    loop_timer_clear(console_loop(tail.console), &tail.timer);
    console_close(tail.console);
    return tail.exit_code;
}
