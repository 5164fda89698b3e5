/* day.c - ListDayLines: what was handed in to a place, given by it, made and served there on a day, line by line, so that a
 *         sheet can correct also what another phone entered.
 * Source:  the cards of the place, newest entry first (cards.h). A line that was taken back or corrected is left out: what
 *          stands in its stead is a line of its own.
 * Bounds:  SHEET_DAYS_MAX days back; LINES_PER_COMMAND_MAX lines, the newest: `more` says that there are others.
 */
#include "reports/reports.h"

#include "base/ids.h"
#include "store/cards.h"
#include "store/journal.h"
#include "store/ledger.h"

#include <stdio.h>
#include <string.h>

/* Kept by value: the arena is given back after each entry. */
struct line {
    uint8_t request_id[UUID_BYTES];
    int32_t line;
    uint32_t item;
    char place[CODE_BYTES_MAX + 1];
    const char *method;
    int64_t quantity, spoiled, rework, people, families;
    int32_t members;
    Rasad__V1__NoWork no_work;
    Rasad__V1__ServedHow how;
    bool both_kept;
};

struct day_lines {
    struct call *call;
    const struct place *place;
    struct item item;
    int32_t day;
    bool more;
    size_t n;
    struct line *lines;
};

/* ---- which lines, and what they say */

static void other_place(struct line *line, const char *code) { snprintf(line->place, sizeof line->place, "%s", code); }

/* False: this line is on no sheet of the place. */
static bool line_read(const struct day_lines *day, const Rasad__V1__Event *event, struct line *line)
{
    bool here = strcmp(event->place, day->place->code) == 0;
    switch ((int)event->fact_case) {
    case RASAD__V1__EVENT__FACT_HANDED_IN:
        line->method = "Production/HandIn";
        other_place(line, event->place);
        line->quantity = event->handed_in->good;
        line->spoiled = event->handed_in->spoiled;
        line->rework = event->handed_in->rework;
        return strcmp(event->handed_in->to, day->place->code) == 0;
    case RASAD__V1__EVENT__FACT_ISSUED:
        line->method = "Materials/Issue";
        other_place(line, event->issued->to);
        line->quantity = event->issued->quantity;
        return here;
    case RASAD__V1__EVENT__FACT_OUTPUT_LOGGED:
        line->method = "Production/LogOutput";
        line->quantity = event->output_logged->good;
        line->spoiled = event->output_logged->spoiled;
        line->members = event->output_logged->members;
        line->no_work = event->output_logged->no_work;
        return here;
    case RASAD__V1__EVENT__FACT_SERVED:
        line->method = "Distribution/Serve";
        line->quantity = event->served->quantity;
        line->people = event->served->people;
        line->families = event->served->families;
        line->how = event->served->how;
        return here;
    default: return false;
    }
}

static bool stands(struct txn *txn, int64_t sequence, int32_t line)
{
    struct key k = key("q", name_of(sequence, line));
    return number_get(txn, TABLE_reversal, &k) == 0;
}

static void event_take(struct day_lines *day, const Rasad__V1__Header *header, const Rasad__V1__Event *event, int32_t number)
{
    struct line line = {.line = number, .item = day->item.id};
    if (event->day != day->day || strcmp(event->item, day->item.code) != 0 || !line_read(day, event, &line)) return;
    if (!stands(day->call->txn, header->sequence, number) || header->request_id.len != UUID_BYTES) return;
    if (day->n == LINES_PER_COMMAND_MAX) day->more = true;
    else {
        memcpy(line.request_id, header->request_id.data, UUID_BYTES);
        line.both_kept = both_kept(day->call->txn, name_of(header->sequence, number));
        day->lines[day->n++] = line;
    }
}

static void entry_read(void *ctx, const Rasad__V1__Header *header, struct slice entry)
{
    struct day_lines *day = ctx;
    struct slice bytes;
    const char *code = day->place->code;
    for (int32_t number = 1; entry_event_next(&entry, &bytes); number++) {
        if (memmem(bytes.data, bytes.bytes, code, strlen(code)) == NULL) continue; /* lines of other places */
        const Rasad__V1__Event *event = row_unpack(day->call->txn, bytes, &rasad__v1__event__descriptor);
        if (event != NULL) event_take(day, header, event, number);
    }
}

/* ---- the reply */

static void line_show(struct call *call, const struct line *line, Rasad__V1__ListDayLinesResponse *reply)
{
    Rasad__V1__DayLine *shown = make(call, day_line);
    char id[UUID_TEXT_BYTES];
    struct item item;
    if (shown == NULL || !item_get(call->txn, line->item, &item)) return;
    uuid_format(line->request_id, id);
    shown->request_id = arena_strdup(call->arena, id);
    shown->line = line->line;
    shown->method = text(line->method);
    shown->item = arena_strdup(call->arena, item.code);
    shown->place = arena_strdup(call->arena, line->place);
    shown->quantity = line->quantity;
    shown->spoiled = line->spoiled;
    shown->rework = line->rework;
    shown->members = line->members;
    shown->no_work = line->no_work;
    shown->people = line->people;
    shown->families = line->families;
    shown->how = line->how;
    shown->both_kept = line->both_kept;
    reply->lines[reply->n_lines++] = shown;
}

static void items_read(struct day_lines *day, const char *item)
{
    struct txn *txn = day->call->txn;
    if (item[0] != '\0') {
        if (find_flowing(day->call, item, &day->item)) cards_since(txn, day->place, day->item.id, day->day, entry_read, day);
        return;
    }
    uint32_t items = items_count(txn);
    for (uint32_t id = 1; id <= items && !day->more; id++)
        if (item_get(txn, id, &day->item)) cards_since(txn, day->place, id, day->day, entry_read, day);
}

void handle_list_day_lines(struct call *call)
{
    const Rasad__V1__ListDayLinesRequest *request = (const void *)call->request;
    struct place place;
    struct day_lines day = {.call = call, .place = &place};
    check_code_or_empty(call, "item", request->item);
    if (check_any_day(call, "day", request->day, &day.day))
        check_range(call, "day", (int64_t)call->today - day.day, -1, SHEET_DAYS_MAX);
    if (refused(call) || !find_seen_place(call, request->place, &place)) return;
    if (place_hands_in(&place)) refuse_words(call, REASON_WRONG_KIND, "place", place.code, "a place that holds or serves; a maker's lines stand in GetSheet");

    Rasad__V1__ListDayLinesResponse *reply = make(call, list_day_lines_response);
    day.lines = arena_array(call->arena, LINES_PER_COMMAND_MAX, sizeof *day.lines);
    if (refused(call) || reply == NULL || day.lines == NULL) return;
    items_read(&day, request->item);
    reply->lines = arena_array(call->arena, day.n + 1, sizeof *reply->lines);
    if (refused(call) || reply->lines == NULL) return;
    for (size_t i = day.n; i > 0; i--) line_show(call, &day.lines[i - 1], reply);
    reply->more = day.more;
    call->reply = &reply->base;
}
