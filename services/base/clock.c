/* clock.c - instants, days, the Gregorian and the Jalali calendar. Pure but for now_ms and mono_ms.
 * Why:     Gregorian by the 400-year cycle counted from 0000-03-01 (leap day last), exact for all years. Jalali by the
 *          33-year cycle of 8 leap years, which is the calendar of Iran as observed from before 1300 up to 1501; the
 *          2820-year cycle of some libraries is wrong from 1404 on.
 */
#include "base/clock.h"

#include "base/limits.h"
#include "base/must.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
#define ERA_DAYS 146097           /* days in 400 years */
#define EPOCH_FROM_MARCH_0 719468 /* days from 0000-03-01 to 1970-01-01 */

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    must(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t mono_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return quotient - ((a % b != 0) && ((a < 0) != (b < 0)));
}

int32_t day_of_civil(struct civil date)
{
    int32_t year = date.year - (date.month <= 2);
    int32_t era = (int32_t)floor_div(year, 400);
    int32_t year_of_era = year - era * 400;
    int32_t month_from_march = (date.month + 9) % 12;
    int32_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_FROM_MARCH_0;
}

struct civil civil_of_day(int32_t day)
{
    int64_t shifted = (int64_t)day + EPOCH_FROM_MARCH_0;
    int32_t era = (int32_t)floor_div(shifted, ERA_DAYS);
    int32_t day_of_era = (int32_t)(shifted - (int64_t)era * ERA_DAYS);
    int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_from_march = (5 * day_of_year + 2) / 153;
    int32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct civil){
        .year = year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool civil_ok(struct civil date)
{
    static const int32_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1) return false;
    int32_t days = month_days[date.month - 1];
    if (date.month == 2 && is_leap(date.year)) days++;
    return date.day <= days;
}

/* Exactly count digits; -1 when one is none. */
static int32_t digits(const char *text, int count)
{
    int32_t value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool day_parse(const char *text, int32_t *day)
{
    struct civil date = {.year = digits(text, 4)};
    if (date.year < 0 || text[4] != '-') return false;
    date.month = digits(text + 5, 2);
    if (date.month < 0 || text[7] != '-') return false;
    date.day = digits(text + 8, 2);
    if (date.day < 0 || text[10] != '\0' || !civil_ok(date)) return false;
    int32_t found = day_of_civil(date);
    if (found < DAY_MIN || found > DAY_MAX) return false;
    *day = found;
    return true;
}

void day_format(int32_t day, char out[11])
{
    struct civil date = civil_of_day(day);
    must(date.year >= 1 && date.year <= 9999);
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
    for (size_t i = 0; i < 11; i++) out[i] = text[i];
}

int32_t day_of_ms(int64_t ms, int32_t offset_min)
{
    return (int32_t)floor_div(ms + (int64_t)offset_min * 60000, DAY_MS);
}

void instant_format(int64_t ms, char out[25])
{
    int32_t day = day_of_ms(ms, 0);
    int32_t rest = (int32_t)(ms - (int64_t)day * DAY_MS);
    char date[11], text[80];
    day_format(day, date);
    snprintf(text, sizeof text, "%sT%02d:%02d:%02d.%03dZ", date, rest / 3600000, rest / 60000 % 60, rest / 1000 % 60,
             rest % 1000);
    for (size_t i = 0; i < 25; i++) out[i] = text[i];
}

/* Days from the epoch of the Jalali calendar to the first day of a year, from 1 on. */
static int32_t jalali_year_start(int32_t year)
{
    return 365 * (year - 1) + (8 * year + 21) / 33;
}

/* The first day of a Jalali year: anchored at 1399-01-01 = 2020-03-20. */
static int32_t nowruz(int32_t year)
{
    const int32_t day_of_1399 = 18341;
    return day_of_1399 + jalali_year_start(year) - jalali_year_start(1399);
}

/* Six months of 31 days, five of 30, the last with what is left. */
static int32_t jalali_days_before(int32_t month)
{
    return month <= 7 ? (month - 1) * 31 : 6 * 31 + (month - 7) * 30;
}

bool jalali_of_day(int32_t day, struct civil *jalali)
{
    if (day < nowruz(JALALI_YEAR_MIN) || day >= nowruz(JALALI_YEAR_MAX + 1)) return false;
    int32_t year = civil_of_day(day).year - 621;
    if (day < nowruz(year)) year--;
    int32_t day_of_year = day - nowruz(year);
    int32_t month = day_of_year < 6 * 31 ? day_of_year / 31 + 1 : (day_of_year - 6 * 31) / 30 + 7;
    *jalali = (struct civil){.year = year, .month = month, .day = day_of_year - jalali_days_before(month) + 1};
    return true;
}

bool day_of_jalali(struct civil jalali, int32_t *day)
{
    if (jalali.year < JALALI_YEAR_MIN || jalali.year > JALALI_YEAR_MAX) return false;
    if (jalali.month < 1 || jalali.month > 12 || jalali.day < 1) return false;
    int32_t start = nowruz(jalali.year);
    int32_t month_end = jalali.month < 12 ? jalali_days_before(jalali.month + 1) : nowruz(jalali.year + 1) - start;
    int32_t found = jalali_days_before(jalali.month) + jalali.day - 1;
    if (found >= month_end) return false;
    *day = start + found;
    return true;
}
