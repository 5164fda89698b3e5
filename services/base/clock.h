/* clock.h - instants in milliseconds, days since 1970-01-01, and the two calendars.
 * Use:     an instant is int64 UTC milliseconds; a day is int32. Only edges turn them into text.
 * Bounds:  civil dates from year 1 to 9999; day_parse takes DAY_MIN..DAY_MAX only; Jalali years 1300 to 1500.
 * Why:     no time zone table: the device's own offset says which day it was.
 */
#ifndef RASAD_BASE_CLOCK_H
#define RASAD_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct civil {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

/* Wall clock, UTC milliseconds. May jump. */
int64_t now_ms(void);

/* Monotonic clock, milliseconds; the same in all processes of this machine. For deadlines and durations. */
int64_t mono_ms(void);

/* Days since 1970-01-01 of a Gregorian date that is known to be real. */
int32_t day_of_civil(struct civil date);

/* The Gregorian date of a day. */
struct civil civil_of_day(int32_t day);

/* Is it a real Gregorian date, leap years minded? */
bool civil_ok(struct civil date);

/* Strict YYYY-MM-DD, a real date, within DAY_MIN..DAY_MAX. */
bool day_parse(const char *text, int32_t *day);

/* YYYY-MM-DD of a day in years 1 to 9999. */
void day_format(int32_t day, char out[11]);

/* The day at an instant, for a clock offset_min minutes east of UTC. */
int32_t day_of_ms(int64_t ms, int32_t offset_min);

/* ISO 8601 instant in UTC, YYYY-MM-DDThh:mm:ss.mmmZ. */
void instant_format(int64_t ms, char out[25]);

/* The Jalali (solar Hijri) date of a day; false outside years 1300 to 1500. */
bool jalali_of_day(int32_t day, struct civil *jalali);

/* The day of a Jalali date; false when it is not real or outside years 1300 to 1500. */
bool day_of_jalali(struct civil jalali, int32_t *day);

#endif
