/* sheet.c - GetSheet: the makers of a village organisation in the order of her register, with what is known of the day;
 *           GetSheetDays: which days of such a sheet are done.
 * Flow:    handle_get_sheet -> row_of for the place itself, if it makes, and each maker directly under it, or below.
 * Bounds:  PAGE_LINES_MAX makers and PAGE_LOOKED_MAX places a page; DAY_LINES_SHOWN_MAX lines of a day that can be
 *          corrected from the sheet; a strip of SHEET_DAYS_MAX days and SHEET_DAYS_PLACES_MAX places.
 */
#include "production/keys.h"
#include "production/makers.h"
#include "production/rules.h"
#include "store/commands.h"
#include "store/journal.h"
#include "store/logged.h"

#include "base/clock.h"
#include "base/ids.h"
#include "production.pb-c.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHEET_ROWS_USUAL 100 /* of a page when the asker names no limit */

struct sheet {
    struct call *call;
    struct place place;
    struct item item;
    int32_t day;
    bool all_below;
    const Rasad__V1__RecipeSet *recipe;
    Rasad__V1__GetSheetResponse *response;
    int64_t sequence; /* of the entry whose request id was looked up last */
    char request_id[UUID_TEXT_BYTES];
};

static char *copied(struct sheet *sheet, const char *text) { return arena_strdup(sheet->call->arena, text); }

/* ---- the day's lines */

/* Lines of one maker's day are mostly of one entry, and so are those of its neighbours. */
static const char *request_id_of(struct sheet *sheet, int64_t sequence)
{
    struct txn *txn = sheet->call->txn;
    if (sheet->sequence == sequence) return sheet->request_id;
    size_t mark = arena_mark(txn->arena);
    const Rasad__V1__Entry *entry = journal_read(txn, sequence, NULL);
    sheet->request_id[0] = '\0';
    if (entry != NULL && entry->header->request_id.len == UUID_BYTES)
        uuid_format(entry->header->request_id.data, sheet->request_id);
    sheet->sequence = sequence;
    arena_release(txn->arena, mark);
    return sheet->request_id;
}

static void add_line(struct sheet *sheet, Rasad__V1__SheetRow *row, int64_t name, const Rasad__V1__OutputLogged *log)
{
    if (row->lines == NULL)
        row->lines = arena_array(sheet->call->arena, DAY_LINES_SHOWN_MAX, sizeof *row->lines);
    if (row->lines == NULL || row->n_lines == DAY_LINES_SHOWN_MAX) return;
    Rasad__V1__SheetLine *line = make(sheet->call, sheet_line);
    if (line == NULL) return;
    line->request_id = copied(sheet, request_id_of(sheet, name_sequence(name)));
    line->line = name_line(name);
    line->good = log->good;
    line->spoiled = log->spoiled;
    line->members = log->members;
    line->no_work = log->no_work;
    line->both_kept = row->n_lines > 0 && both_kept(sheet->call->txn, name); /* the first is like no other */
    row->lines[row->n_lines++] = line;
}

static void add_day(struct sheet *sheet, uint32_t maker, Rasad__V1__SheetRow *row)
{
    struct txn *txn = sheet->call->txn;
    struct logged logged;
    for (logged_begin(&logged, txn, maker, sheet->item.id, sheet->day); logged_next(&logged) && logged.line.day == sheet->day;) {
        const Rasad__V1__OutputLogged *log = row_unpack(txn, logged.line.fact, &rasad__v1__output_logged__descriptor);
        if (log == NULL) break;
        row->good += log->good;
        row->spoiled += log->spoiled;
        if (log->members > row->members_at_work) row->members_at_work = log->members;
        row->no_work = log->no_work;
        add_line(sheet, row, logged.line.name, log);
    }
    logged_end(&logged);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The last days before with a line: the very last one, and what is usual. */
static void add_last(struct sheet *sheet, uint32_t maker, Rasad__V1__SheetRow *row)
{
    struct txn *txn = sheet->call->txn;
    struct logged logged;
    int32_t last_day = 0, found_day = 0;
    int64_t good[USUAL_DAYS] = {0};
    size_t n = 0;
    char text[11];
    for (logged_begin_down(&logged, txn, maker, sheet->item.id, sheet->day); logged_next(&logged);) {
        const Rasad__V1__OutputLogged *log = row_unpack(txn, logged.line.fact, &rasad__v1__output_logged__descriptor);
        int32_t day = logged.line.day;
        if (log == NULL) break;
        if (n == 0 || day != found_day) {
            if (n == USUAL_DAYS) break;
            n++;
        }
        found_day = day;
        if (n == 1) last_day = day;
        good[n - 1] += log->good;
    }
    logged_end(&logged);
    if (n == 0) return;
    row->last_good = good[0];
    day_format(last_day, text);
    row->last_day = copied(sheet, text);
    qsort(good, n, sizeof *good, by_size);
    row->usual = good[n / 2];
}

/* ---- what is there */

/* Pieces for which what stands there is enough, and what runs out first. Inputs that are not counted do not limit. */
static void add_material(struct sheet *sheet, uint32_t maker, Rasad__V1__SheetRow *row)
{
    struct txn *txn = sheet->call->txn;
    struct item item;
    row->can_make = -1;
    for (size_t i = 0; sheet->recipe != NULL && i < sheet->recipe->n_inputs; i++) {
        const Rasad__V1__RecipeInput *input = sheet->recipe->inputs[i];
        if (!item_find(txn, input->item, &item) || item.used_up_on_issue || input->within_tolerance) continue;
        int64_t stock = account_real(account_row(txn, maker, item.id), STOCK);
        int64_t enough = recipe_enough_for(stock, input->quantity, input->per);
        if (enough == INT64_MAX || (row->can_make >= 0 && enough >= row->can_make)) continue;
        row->can_make = enough;
        row->scarce = input->item;
    }
}

static void add_earned(struct sheet *sheet, const struct place *maker, Rasad__V1__SheetRow *row)
{
    struct txn *txn = sheet->call->txn;
    struct period month = period_month(maker->calendar, sheet->day);
    struct key from = earning_key(maker->id, month.first_day, 0, 0);
    struct scan scan;
    uint32_t payee;
    int32_t day;
    for (scan_begin(&scan, txn, TABLE_earning, &from, EARNING_PLACE_BYTES); scan_next(&scan);) {
        size_t mark = arena_mark(txn->arena);
        if (!key_read(scan.key, "ud", &payee, &day) || day > month.last_day) break;
        const Rasad__V1__Earned *earned = row_unpack(txn, scan.value, &rasad__v1__earned__descriptor);
        if (earned != NULL && strcmp(earned->item, sheet->item.code) == 0) row->earned += earned->amount;
        arena_release(txn->arena, mark);
    }
    scan_end(&scan);
}

static Rasad__V1__SheetRow *row_of(struct sheet *sheet, const struct place *maker)
{
    struct txn *txn = sheet->call->txn;
    struct key last = sack_key(maker->id, sheet->item.id);
    Rasad__V1__SheetRow *row = make(sheet->call, sheet_row);
    if (row == NULL) return NULL;
    row->place = copied(sheet, maker->code);
    row->name = place_names(txn, maker->id);
    row->members = maker->members;
    row->register_number = (int32_t)maker->register_number;
    if (maker->path_n > 1) row->under = copied(sheet, place_code(txn, maker->path[1]));
    add_day(sheet, maker->id, row);
    add_last(sheet, maker->id, row);
    row->made = account_real(account_row(txn, maker->id, sheet->item.id), MADE);
    add_material(sheet, maker->id, row);
    add_earned(sheet, maker, row);
    int64_t sack = number_get(txn, TABLE_sack, &last);
    if (sack != 0) row->sack = arena_printf(sheet->call->arena, "%" PRId64, sack);
    return row;
}

/* ---- the page */

/* A closed maker is shown on days it has lines of. */
static bool shown(const struct place *maker, const Rasad__V1__SheetRow *row)
{
    return !maker->closed || row->n_lines > 0;
}

/* The place itself comes first, then those directly under it, or all below. */
static bool next_place(struct txn *txn, const struct place *root, bool all_below, const struct place *last, struct place *next)
{
    if (all_below) return makers_place_after(txn, root->id, last, next);
    return makers_child_after(txn, root->id, last->id != root->id ? last : NULL, next);
}

static bool first_place(struct sheet *sheet, const char *after, struct place *first)
{
    struct call *call = sheet->call;
    struct place last;
    *first = sheet->place;
    if (after[0] == '\0') return true;
    if (!find_place(call, "after", after, &last)) return false;
    if (place_within(&last, sheet->place.id)) return next_place(call->txn, &sheet->place, sheet->all_below, &last, first);
    refuse_words(call, REASON_UNKNOWN_CODE, "after", after, "`next` of the page before");
    return false;
}

static void fill(struct sheet *sheet, const char *after, size_t limit)
{
    Rasad__V1__GetSheetResponse *response = sheet->response;
    struct place maker, last = sheet->place;
    size_t looked = 0;
    response->rows = arena_array(sheet->call->arena, limit, sizeof *response->rows);
    bool more = first_place(sheet, after, &maker);
    for (; more && !refused(sheet->call);
         last = maker, more = next_place(sheet->call->txn, &sheet->place, sheet->all_below, &last, &maker)) {
        if (looked++ == PAGE_LOOKED_MAX || (maker.makes && response->n_rows == limit)) {
            response->next = copied(sheet, last.code);
            return;
        }
        if (!maker.makes) continue;
        Rasad__V1__SheetRow *row = row_of(sheet, &maker);
        if (row != NULL && shown(&maker, row)) response->rows[response->n_rows++] = row;
    }
}

void handle_get_sheet(struct call *call)
{
    const Rasad__V1__GetSheetRequest *request = (const void *)call->request;
    struct sheet sheet = {.call = call, .all_below = request->all_below, .response = make(call, get_sheet_response)};
    int32_t limit = page_limit(call, request->limit, SHEET_ROWS_USUAL);
    check_code(call, "place", request->place);
    check_code(call, "item", request->item);
    check_code_or_empty(call, "after", request->after);
    check_any_day(call, "day", request->day, &sheet.day);
    if (refused(call) || !find_own_place(call, "place", request->place, &sheet.place)) return;
    if (!find_item(call, "item", request->item, &sheet.item) || sheet.response == NULL) return;
    sheet.recipe = recipe_on(call->txn, sheet.item.id, sheet.day);
    sheet.response->holiday = holiday_on(call->txn, &sheet.place, sheet.day);
    call->reply = &sheet.response->base;
    fill(&sheet, request->after, (size_t)limit);
}

/* ---- which days are done */

struct strip {
    struct call *call;
    struct place place;
    struct item item;
    int32_t from, to, makers, makers_of_item;
    Rasad__V1__GetSheetDaysResponse *response;
};

static bool ever_logged(struct strip *strip, uint32_t maker)
{
    struct logged logged;
    logged_begin(&logged, strip->call->txn, maker, strip->item.id, DAY_MIN);
    bool found = logged_next(&logged);
    logged_end(&logged);
    return found;
}

/* Many lines of one day count once. */
static void days_of(struct strip *strip, const struct place *maker)
{
    struct txn *txn = strip->call->txn;
    struct logged logged;
    int32_t last = strip->from - 1;
    size_t mark = arena_mark(txn->arena);
    if (!maker->makes) return;
    if (!maker->closed) strip->makers++;
    if (!maker->closed && ever_logged(strip, maker->id)) strip->makers_of_item++;
    for (logged_begin(&logged, txn, maker->id, strip->item.id, strip->from); logged_next(&logged) && logged.line.day <= strip->to;) {
        if (logged.line.day < strip->from) txn->err = ERR_CORRUPT; /* of a damaged row */
        else if (logged.line.day != last) strip->response->days[logged.line.day - strip->from]->logged++;
        last = logged.line.day;
    }
    logged_end(&logged);
    arena_release(txn->arena, mark);
}

static bool days_begin(struct strip *strip)
{
    struct call *call = strip->call;
    size_t n = (size_t)(strip->to - strip->from + 1);
    char text[11];
    strip->response = make(call, get_sheet_days_response);
    if (strip->response == NULL) return false;
    strip->response->days = (void *)messages_make(call->arena, &rasad__v1__sheet_day__descriptor, n);
    if (strip->response->days == NULL) return false;
    strip->response->n_days = n;
    for (size_t i = 0; i < n; i++) {
        int32_t day = strip->from + (int32_t)i;
        day_format(day, text);
        strip->response->days[i]->day = arena_strdup(call->arena, text);
        strip->response->days[i]->holiday = holiday_on(call->txn, &strip->place, day);
    }
    return true;
}

void handle_get_sheet_days(struct call *call)
{
    const Rasad__V1__GetSheetDaysRequest *request = (const void *)call->request;
    struct strip strip = {.call = call};
    struct place at;
    check_code(call, "place", request->place);
    check_code(call, "item", request->item);
    bool days = check_any_day(call, "from", request->from, &strip.from);
    if (check_any_day(call, "to", request->to, &strip.to) && days)
        check_range(call, "to", (int64_t)strip.to - strip.from + 1, 1, SHEET_DAYS_MAX);
    if (refused(call) || !find_own_place(call, "place", request->place, &strip.place)) return;
    if (!find_item(call, "item", request->item, &strip.item) || !days_begin(&strip)) return;
    bool more = true;
    at = strip.place;
    for (size_t looked = 0; more; looked++) {
        struct place last = at;
        if (looked == SHEET_DAYS_PLACES_MAX) {
            refuse(call, REASON_OUT_OF_RANGE, "place", (int64_t)looked + 1, SHEET_DAYS_PLACES_MAX);
            return;
        }
        days_of(&strip, &at);
        more = next_place(call->txn, &strip.place, request->all_below, &last, &at);
    }
    strip.response->makers = strip.makers_of_item > 0 ? strip.makers_of_item : strip.makers;
    call->reply = &strip.response->base;
}
