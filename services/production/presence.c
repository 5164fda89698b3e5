/* presence.c - see presence.h. */
#include "production/presence.h"

#include "production/keys.h"
#include "production/rules.h"
#include "store/accounts.h"
#include "store/logged.h"
#include "store/totals.h"

#include <string.h>

/* How high a line or a period stands: members at work, and 1; 0: nobody. */
static int64_t height_of(const Rasad__V1__OutputLogged *log) { return shows_work(log) ? (int64_t)log->members + 1 : 0; }

static int64_t members_of(int64_t height) { return height > 0 ? height - 1 : 0; }

/* Of the period's lines but this one; enough: how high is high enough. */
static int64_t height_of_others(struct applying *applying, struct period period, int64_t enough)
{
    struct txn *txn = applying->txn;
    struct logged logged;
    int64_t height = 0;
    size_t begun = arena_mark(txn->arena);
    logged_begin(&logged, txn, applying->place.id, applying->item.id, period.first_day);
    while (height < enough && logged_next(&logged)) {
        size_t mark = arena_mark(txn->arena);
        if (logged.line.day > period.last_day) break;
        const Rasad__V1__OutputLogged *log = NULL;
        if (logged.line.name != applying->name) log = row_unpack(txn, logged.line.fact, &rasad__v1__output_logged__descriptor);
        if (log != NULL && height_of(log) > height) height = height_of(log);
        arena_release(txn->arena, mark);
    }
    logged_end(&logged);
    arena_release(txn->arena, begun);
    return height;
}

/* Who is above: now, or for a line taken back when it was written. */
static uint32_t path_of(struct applying *applying, uint32_t path[PATH_PLACES_MAX])
{
    if (applying->by != 0)
        return place_path_at(applying->txn, applying->place.id, name_sequence(applying->name), path);
    memcpy(path, applying->place.path, sizeof applying->place.path);
    return applying->place.path_n;
}

static void present_add(struct applying *applying, struct period period, int64_t members, int64_t makers)
{
    uint32_t path[PATH_PLACES_MAX];
    uint32_t n = path_of(applying, path);
    struct key k = presence_key(applying->place.id, applying->item.id, period.number);
    for (uint32_t i = 0; i < n; i++) {
        key_change(&k, PRESENCE_PLACE_AT, path[i]);
        sum_add(applying->txn, TABLE_presence, k, PRESENT_MEMBERS, members);
        sum_add(applying->txn, TABLE_presence, k, PRESENT_MAKERS, makers);
    }
}

/* The line has come, or gone: false when the period stands as high without it. known: how high it stood, where that is
 * known, which is set to how high it stands; or NULL. */
static bool height_changes(struct applying *applying, struct period period, int64_t height, int sign, int64_t *known)
{
    bool all_known = known != NULL && (sign > 0 || height < *known);
    int64_t others = all_known ? *known : height_of_others(applying, period, height);
    if (others >= height) return false;
    if (known != NULL) *known = sign > 0 ? height : others;
    present_add(applying, period, sign * (members_of(height) - members_of(others)), others == 0 ? sign : 0);
    return true;
}

/* Line by line they are mostly of one day. */
static void periods_of(Rasad__V1__Calendar calendar, int32_t day, struct period *month, struct period *year)
{
    static struct {
        Rasad__V1__Calendar calendar;
        int32_t day;
        struct period month, year;
        bool known;
    } last;
    if (!last.known || last.calendar != calendar || last.day != day) {
        last.calendar = calendar;
        last.day = day;
        last.month = period_month(calendar, day);
        last.year = period_year(calendar, day);
        last.known = true;
    }
    *month = last.month;
    *year = last.year;
}

/* The account, which is read and written with each line anyway, knows the newest month there was and its year: of those after
 * them there is nothing, and of older ones the lines are read. */
void presence_count(struct applying *applying, const Rasad__V1__OutputLogged *log, int sign)
{
    struct period month, year;
    int64_t height = height_of(log);
    if (height == 0) return;
    periods_of(applying->place.calendar, applying->event->day, &month, &year);
    if (month.number == 0) return;
    struct account *account = account_of(applying->txn, applying->place.id, applying->item.id);
    if (month.number > account->month) {
        if (year.number > account->month) account->year_high = 0;
        account->month = month.number;
        account->month_high = 0;
    }
    bool newest_year = year.number / 100 == account->month / 100;
    account->dirty = true;
    if (height_changes(applying, month, height, sign, month.number == account->month ? &account->month_high : NULL))
        (void)height_changes(applying, year, height, sign, newest_year ? &account->year_high : NULL);
}
