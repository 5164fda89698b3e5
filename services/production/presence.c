/* presence.c - see presence.h. */
#include "production/presence.h"

#include "production/keys.h"
#include "production/rules.h"
#include "store/accounts.h"
#include "store/logged.h"
#include "store/totals.h"

#include <string.h>

/* What the rows of a period show, or one line. */
struct present {
    int64_t members;
    int64_t makers; /* 0 or 1 */
};

static struct present present_by(const Rasad__V1__OutputLogged *log)
{
    return (struct present){log->members, shows_work(log) ? 1 : 0};
}

/* The higher of the two, each for itself. */
static struct present higher(struct present a, struct present b)
{
    return (struct present){a.members > b.members ? a.members : b.members, a.makers > b.makers ? a.makers : b.makers};
}

static struct present present_now(struct applying *applying, struct period period)
{
    static const int32_t measures[] = {OWN_MEMBERS, OWN_MAKERS};
    int64_t values[2];
    sum_get_all(applying->txn, TABLE_presence, presence_key(applying->place.id, applying->item.id, period.number), measures,
                values, 2);
    return (struct present){values[0], values[1]};
}

/* From the lines of the period; done when it is as high as it was. */
static struct present present_again(struct applying *applying, struct period period, struct present was)
{
    struct txn *txn = applying->txn;
    struct present found = {0, 0};
    struct logged logged;
    size_t begun = arena_mark(txn->arena);
    logged_begin(&logged, txn, applying->place.id, applying->item.id, period.first_day);
    while ((found.members < was.members || found.makers < was.makers) && logged_next(&logged)) {
        size_t mark = arena_mark(txn->arena);
        if (logged.line.day > period.last_day) break;
        const Rasad__V1__OutputLogged *log = row_unpack(txn, logged.line.fact, &rasad__v1__output_logged__descriptor);
        if (log != NULL) found = higher(found, present_by(log));
        arena_release(txn->arena, mark);
    }
    logged_end(&logged);
    arena_release(txn->arena, begun);
    return found;
}

/* Who is above: now, or for a line taken back when it was written. */
static uint32_t path_of(struct applying *applying, uint32_t path[PATH_PLACES_MAX])
{
    if (applying->by != 0)
        return place_path_at(applying->txn, applying->place.id, name_sequence(applying->name), path);
    memcpy(path, applying->place.path, sizeof applying->place.path);
    return applying->place.path_n;
}

static void present_set(struct applying *applying, struct period period, struct present was, struct present is)
{
    uint32_t path[PATH_PLACES_MAX];
    uint32_t n = path_of(applying, path);
    struct key k = presence_key(applying->place.id, applying->item.id, period.number);
    sum_add(applying->txn, TABLE_presence, k, OWN_MEMBERS, is.members - was.members);
    sum_add(applying->txn, TABLE_presence, k, OWN_MAKERS, is.makers - was.makers);
    for (uint32_t i = 0; i < n; i++) {
        key_change(&k, PRESENCE_PLACE_AT, path[i]);
        sum_add(applying->txn, TABLE_presence, k, PRESENT_MEMBERS, is.members - was.members);
        sum_add(applying->txn, TABLE_presence, k, PRESENT_MAKERS, is.makers - was.makers);
    }
}

/* How high a month stands. The account, which is read and written with each line anyway, knows it of the newest month there
 * was; of those after it there is nothing. */
static struct present month_now(struct applying *applying, struct period month, const struct account *account)
{
    if (month.number < account->month) return present_now(applying, month);
    if (month.number > account->month || account->month_high == 0) return (struct present){0, 0};
    return (struct present){account->month_high - 1, 1};
}

static void month_set(struct account *account, struct period month, struct present is)
{
    if (month.number < account->month) return;
    account->month = month.number;
    account->month_high = is.makers > 0 ? is.members + 1 : 0;
    account->dirty = true;
}

/* What it stands at with the line, or without it. */
static struct present present_with(struct applying *applying, struct period period, struct present was,
                                   const Rasad__V1__OutputLogged *log, int sign)
{
    if (sign > 0) return higher(was, present_by(log));
    return log->members == was.members ? present_again(applying, period, was) : was;
}

static bool same(struct present a, struct present b) { return a.members == b.members && a.makers == b.makers; }

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

void presence_count(struct applying *applying, const Rasad__V1__OutputLogged *log, int sign)
{
    struct period month, year;
    if (!shows_work(log)) return;
    periods_of(applying->place.calendar, applying->event->day, &month, &year);
    if (month.number == 0) return;
    struct account *account = account_of(applying->txn, applying->place.id, applying->item.id);
    struct present was = month_now(applying, month, account), is = present_with(applying, month, was, log, sign);
    if (same(was, is) && sign > 0) return; /* a year is at least as high as each of its months */
    month_set(account, month, is);
    if (!same(was, is)) present_set(applying, month, was, is);
    was = present_now(applying, year);
    is = present_with(applying, year, was, log, sign);
    if (!same(was, is)) present_set(applying, year, was, is);
}
