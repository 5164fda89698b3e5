/* rules.c - see rules.h. */
#include "production/rules.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)

__extension__ typedef __int128 wide; /* quantity * quantity does not fit int64 */

static int64_t bounded(wide value) { return value > QUANTITY_MAX ? QUANTITY_MAX + 1 : (int64_t)value; }

/* ---- recipes */

int64_t recipe_share(int64_t from, int64_t to, int64_t quantity, int64_t per)
{
    must(per > 0 && quantity >= 0);
    return bounded((wide)to * quantity / per - (wide)from * quantity / per);
}

int64_t recipe_enough_for(int64_t stock, int64_t quantity, int64_t per)
{
    if (quantity <= 0) return INT64_MAX;
    wide pieces = (wide)stock * per / quantity;
    return pieces > INT64_MAX ? INT64_MAX : (int64_t)pieces;
}

int recipe_choice(const Rasad__V1__RecipeInput *input, const char *instead)
{
    if (instead[0] == '\0') return 0;
    for (size_t i = 0; i < input->n_alternatives; i++)
        if (strcmp(input->alternatives[i], instead) == 0) return 1 + (int)i;
    return -1;
}

int32_t running_number(int32_t version, size_t input, int choice)
{
    if (choice == 0) return version;
    return version + (((int32_t)input * RECIPE_ALTERNATIVES_MAX + choice) << 16);
}

/* ---- lots */

enum stage arrival_stage(const struct item *item)
{
    return item->check == RASAD__V1__CHECK__CHECK_INSPECTOR ? UNCHECKED : STOCK;
}

enum stage output_stage(const struct place *place, const struct item *item)
{
    if (item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_SERVICE) return SERVED;
    return place_hands_in(place) ? MADE : arrival_stage(item);
}

bool lot_takes(const struct place *place, int32_t lot_day, int32_t day, size_t parents, size_t inputs)
{
    return parents + inputs <= LOT_PARENTS_MAX && (place_hands_in(place) || lot_day == day);
}

int64_t lot_expiry_ms(int32_t day, int64_t shelf_life_min)
{
    if (shelf_life_min <= 0 || shelf_life_min > LIFE_MINUTES_MAX) return 0;
    return (day + INT64_C(1)) * DAY_MS + shelf_life_min * MINUTE_MS;
}

/* ---- sacks */

int64_t sack_after(int64_t number) { return number % SACK_NUMBER_MAX + 1; }

int64_t sack_number(const char *text)
{
    int64_t number;
    return int64_parse(text, &number) && number >= 1 && number <= SACK_NUMBER_MAX ? number : 0;
}

/* ---- presence */

static struct civil date_of(Rasad__V1__Calendar calendar, int32_t day)
{
    struct civil date = {0, 0, 0};
    if (calendar != RASAD__V1__CALENDAR__CALENDAR_JALALI) return civil_of_day(day);
    return jalali_of_day(day, &date) ? date : (struct civil){0, 0, 0};
}

static bool first_day_of(Rasad__V1__Calendar calendar, int32_t year, int32_t month, int32_t *day)
{
    struct civil date = {year, month, 1};
    if (calendar == RASAD__V1__CALENDAR__CALENDAR_JALALI) return day_of_jalali(date, day);
    *day = day_of_civil(date);
    return true;
}

static struct period period_between(Rasad__V1__Calendar calendar, int32_t number, struct civil first, struct civil next)
{
    struct period period = {.number = (uint32_t)number};
    if (!first_day_of(calendar, first.year, first.month, &period.first_day)) return (struct period){0, 0, 0};
    if (!first_day_of(calendar, next.year, next.month, &period.last_day)) return (struct period){0, 0, 0};
    period.last_day--;
    return period;
}

struct period period_month(Rasad__V1__Calendar calendar, int32_t day)
{
    struct civil date = date_of(calendar, day), next = date;
    if (date.year <= 0) return (struct period){0, 0, 0};
    next.month++;
    if (next.month > 12) next = (struct civil){date.year + 1, 1, 1};
    return period_between(calendar, date.year * 100 + date.month, date, next);
}

struct period period_year(Rasad__V1__Calendar calendar, int32_t day)
{
    struct civil date = date_of(calendar, day);
    if (date.year <= 0) return (struct period){0, 0, 0};
    struct civil first = {date.year, 1, 1}, next = {date.year + 1, 1, 1};
    return period_between(calendar, date.year * 100, first, next);
}

bool shows_work(const Rasad__V1__OutputLogged *log)
{
    return log->good > 0 || log->spoiled > 0 || log->remade > 0 || log->members > 0;
}

/* ---- earnings */

bool move_earns(Rasad__V1__RateBasis basis, enum stage from, enum stage to)
{
    if (basis == RASAD__V1__RATE_BASIS__RATE_BASIS_HAND_IN) return from == MADE && (to == STOCK || to == UNCHECKED);
    return (from == MADE || from == UNCHECKED) && to == STOCK;
}

int64_t earned_amount(int64_t pieces, int64_t per_piece) { return bounded((wide)pieces * per_piece); }
