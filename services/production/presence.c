/* presence.c - see presence.h. */
#include "production/presence.h"

#include "production/keys.h"
#include "production/rules.h"
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
    static const int32_t measures[] = {PRESENT_MEMBERS, PRESENT_MAKERS};
    int64_t values[2];
    sum_get_all(applying->txn, TABLE_presence, presence_key(applying->place.id, applying->item.id, period.number), measures,
                values, 2);
    return (struct present){values[0], values[1]};
}

/* From the log rows of the period; done when it is as high as it was. */
static struct present present_again(struct applying *applying, struct period period, struct present was)
{
    struct txn *txn = applying->txn;
    struct key from = log_key(applying->place.id, applying->item.id, period.first_day, 0);
    struct present found = {0, 0};
    struct scan scan;
    uint32_t place, item;
    int32_t day;
    scan_begin(&scan, txn, TABLE_log, &from, LOG_PLACE_ITEM_BYTES);
    while ((found.members < was.members || found.makers < was.makers) && scan_next(&scan)) {
        size_t mark = arena_mark(txn->arena);
        if (!key_read(scan.key, "uud", &place, &item, &day) || day > period.last_day) break;
        const Rasad__V1__OutputLogged *log = row_unpack(txn, scan.value, &rasad__v1__output_logged__descriptor);
        if (log != NULL) found = higher(found, present_by(log));
        arena_release(txn->arena, mark);
    }
    scan_end(&scan);
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
    if (was.members == is.members && was.makers == is.makers) return;
    uint32_t n = path_of(applying, path);
    struct key k = presence_key(applying->place.id, applying->item.id, period.number);
    for (uint32_t i = 0; i < n; i++) {
        key_change(&k, PRESENCE_PLACE_AT, path[i]);
        sum_add(applying->txn, TABLE_presence, k, PRESENT_MEMBERS, is.members - was.members);
        sum_add(applying->txn, TABLE_presence, k, PRESENT_MAKERS, is.makers - was.makers);
    }
}

/* False: the period stands as high as it did. */
static bool count_in(struct applying *applying, struct period period, const Rasad__V1__OutputLogged *log, int sign)
{
    if (period.number == 0) return false;
    struct present was = present_now(applying, period), line = present_by(log), is = was;
    if (sign > 0) is = higher(was, line);
    else if (line.members == was.members) is = present_again(applying, period, was);
    present_set(applying, period, was, is);
    return was.members != is.members || was.makers != is.makers;
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

void presence_count(struct applying *applying, const Rasad__V1__OutputLogged *log, int sign)
{
    struct period month, year;
    if (!shows_work(log)) return;
    periods_of(applying->place.calendar, applying->event->day, &month, &year);
    bool other = count_in(applying, month, log, sign);
    if (other || sign < 0) (void)count_in(applying, year, log, sign); /* a year is at least as high as each of its months */
}
