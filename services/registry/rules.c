/* rules.c - see rules.h. */
#include "registry/rules.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* ---- numbers as text */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits_in_front(const char *text)
{
    size_t n = 0;
    while (is_digit(text[n])) n++;
    return n;
}

bool digits_ok(const char *text, size_t count_max)
{
    size_t n = digits_in_front(text);
    return n > 0 && n <= count_max && text[n] == '\0';
}

bool pin_ok(const char *text) { return strlen(text) >= PIN_DIGITS_MIN && digits_ok(text, PIN_DIGITS_MAX); }

bool degrees_parse(const char *text, int32_t whole_max, int32_t *udeg)
{
    bool negative = *text == '-';
    if (negative) text++;
    size_t whole = digits_in_front(text);
    if (whole == 0 || whole > 3 || (whole > 1 && text[0] == '0')) return false;
    size_t decimals = text[whole] == '.' ? digits_in_front(text + whole + 1) : 0;
    if (text[whole] == '.' && (decimals == 0 || decimals > 6)) return false;
    if (text[whole + (decimals > 0 ? decimals + 1 : 0)] != '\0') return false;
    int32_t value = 0;
    for (size_t i = 0; i < whole; i++) value = value * 10 + (text[i] - '0');
    for (size_t i = 0; i < 6; i++) value = value * 10 + (i < decimals ? text[whole + 1 + i] - '0' : 0);
    if (value > whole_max * 1000000) return false;
    *udeg = negative ? -value : value;
    return true;
}

bool gln_ok(const char *text)
{
    int sum = 0;
    if (!digits_ok(text, 13) || strlen(text) != 13) return false;
    for (int i = 0; i < 13; i++) sum += (text[i] - '0') * (i % 2 == 0 ? 1 : 3);
    return sum % 10 == 0;
}

/* State, five letters, four digits and a letter of the permanent account number, which of its registrations, a letter. */
static bool gstin_shape(const char *text)
{
    static const char shape[GSTIN_CHARACTERS + 1] = "00AAAAA0000AXAX"; /* 0 a digit, A a letter, X either */
    if (strlen(text) != GSTIN_CHARACTERS) return false;
    for (size_t i = 0; i < GSTIN_CHARACTERS; i++) {
        bool digit = is_digit(text[i]), letter = text[i] >= 'A' && text[i] <= 'Z';
        if (!(digit && shape[i] != 'A') && !(letter && shape[i] != '0')) return false;
    }
    return true;
}

bool gstin_ok(const char *text)
{
    int sum = 0;
    if (!gstin_shape(text)) return false;
    for (int i = 0; i < GSTIN_CHARACTERS; i++) { /* each in base 36, every other one doubled, its two digits added */
        int value = is_digit(text[i]) ? text[i] - '0' : text[i] - 'A' + 10;
        if (i == GSTIN_CHARACTERS - 1) return (sum + value) % 36 == 0;
        value *= 1 + i % 2;
        sum += value / 36 + value % 36;
    }
    return false;
}

bool hsn_ok(const char *text) { return strlen(text) >= 4 && strlen(text) % 2 == 0 && digits_ok(text, HSN_DIGITS_MAX); }

/* ---- names and phones */

static uint32_t character_at(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    uint32_t value = length == 1 ? at[0] : length == 2 ? at[0] & 0x1fU : length == 3 ? at[0] & 0x0fU : at[0] & 0x07U;
    for (size_t i = 1; i < length; i++) value = value << 6 | (at[i] & 0x3fU);
    return value;
}

/* First and last of a range of characters. */
struct range {
    uint32_t first, last;
};

static bool among(uint32_t character, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (character >= ranges[i].first && character <= ranges[i].last) return true;
    return false;
}

/* Characters that turn the order of what stands around them: with them a name can look like another. The marks that Hindi
 * and Persian are written with (ZWNJ, ZWJ) and the plain direction marks stay. */
static bool turns_order(uint32_t character)
{
    static const struct range ranges[] = {{0x202a, 0x202e}, {0x2066, 0x206f}, {0x2028, 0x2029}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
    return among(character, ranges, sizeof ranges / sizeof ranges[0]);
}

/* Spaces, and what leaves no trace on a screen. */
static bool unseen(uint32_t character)
{
    static const struct range ranges[] = {{0x20, 0x20},     {0xa0, 0xa0},     {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},
                                          {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f},
                                          {0x202f, 0x202f}, {0x205f, 0x2065}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
                                          {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}};
    return among(character, ranges, sizeof ranges / sizeof ranges[0]);
}

bool name_ok(const char *text)
{
    size_t bytes = strlen(text), characters = 0, seen = 0, length;
    if (!utf8_plain(text, bytes) || strpbrk(text, "\n\t") != NULL) return false;
    for (size_t at = 0; at < bytes; at += length) {
        length = utf8_length(text + at, bytes - at);
        uint32_t character = character_at(text + at, length);
        if (turns_order(character)) return false;
        characters++;
        seen += unseen(character) ? 0 : 1;
    }
    return characters <= NAME_CHARACTERS_MAX && (bytes == 0 || seen > 0);
}

bool names_empty(const Rasad__V1__Names *names)
{
    return names == NULL || (names->en[0] == '\0' && names->hi[0] == '\0' && names->fa[0] == '\0');
}

bool phone_ok(const char *text)
{
    size_t digits = 0;
    if (strlen(text) > PHONE_BYTES_MAX) return false;
    for (const char *at = text; *at != '\0'; at++) {
        if (is_digit(*at)) digits++;
        else if (strchr(" -()", *at) == NULL && !(*at == '+' && at == text)) return false;
    }
    return digits >= 3;
}

/* The digits alone, without zeros in front (trunk and international prefixes). */
static size_t phone_digits(const char *text, char digits[PHONE_BYTES_MAX + 1])
{
    size_t n = 0;
    for (; *text != '\0' && n < PHONE_BYTES_MAX; text++)
        if (is_digit(*text) && (n > 0 || *text != '0')) digits[n++] = *text;
    digits[n] = '\0';
    return n;
}

bool phone_same(const char *a, const char *b)
{
    char x[PHONE_BYTES_MAX + 1], y[PHONE_BYTES_MAX + 1];
    size_t m = phone_digits(a, x), n = phone_digits(b, y);
    size_t shorter = m < n ? m : n;
    if (shorter == 0 || (m != n && shorter < 8)) return false; /* a country code stands only before a whole number */
    return memcmp(x + m - shorter, y + n - shorter, shorter) == 0;
}

/* ---- months */

bool month_ends(int32_t day)
{
    struct civil jalali;
    return civil_of_day(day + 1).day == 1 || (jalali_of_day(day + 1, &jalali) && jalali.day == 1);
}

/* ---- kinds and items */

static const struct fault no_fault = {NULL, NULL};

struct fault behaviour_fault(const Rasad__V1__Behaviour *behaviour)
{
    if (behaviour == NULL || !behaviour->outside) return no_fault;
    if (behaviour->holds || behaviour->makes || behaviour->serves || behaviour->lends)
        return (struct fault){"behaviour.outside", "no books outside: it holds, makes, serves and lends nothing"};
    return no_fault;
}

bool aql_ok(int32_t hundredths)
{
    static const int32_t preferred[] = {0, 1, 4, 10, 15, 25, 40, 65, 100, 150, 250, 400, 650, 1000};
    for (size_t i = 0; i < sizeof preferred / sizeof preferred[0]; i++)
        if (preferred[i] == hundredths) return true;
    return false;
}

static bool is_money(Rasad__V1__Unit unit)
{
    return unit == RASAD__V1__UNIT__UNIT_PAISE || unit == RASAD__V1__UNIT__UNIT_RIAL;
}

static bool within(int64_t value, int64_t least, int64_t most) { return value >= least && value <= most; }

struct fault item_fault(const Rasad__V1__ItemAdded *item)
{
    bool goods = item->class_ == RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS;
    bool money = item->class_ == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY;
    if (!within(item->class_, RASAD__V1__ITEM_CLASS__ITEM_CLASS_GOODS, RASAD__V1__ITEM_CLASS__ITEM_CLASS_SERVICE))
        return (struct fault){"class", "goods, money or a service"};
    if (!within(item->unit, RASAD__V1__UNIT__UNIT_PIECE, RASAD__V1__UNIT__UNIT_RIAL))
        return (struct fault){"unit", "a base unit: piece, gram, millilitre, centimetre, paise or rial"};
    if (money != is_money(item->unit)) return (struct fault){"unit", "paise or rial for money, and for nothing else"};
    if (!within(item->display_factor, 0, DISPLAY_FACTOR_MAX)) return (struct fault){"display_factor", "1 to 1,000,000"};
    if (!within(item->shelf_life_min, 0, LIFE_MINUTES_MAX))
        return (struct fault){"shelf_life_min", "0 to 50 years in minutes"};
    if (!within(item->wait_min, 0, LIFE_MINUTES_MAX)) return (struct fault){"wait_min", "0 to 50 years in minutes"};
    if (!within(item->check, RASAD__V1__CHECK__CHECK_NONE, RASAD__V1__CHECK__CHECK_INSPECTOR))
        return (struct fault){"check", "none, own or inspector"};
    if (!goods && item->check != RASAD__V1__CHECK__CHECK_NONE)
        return (struct fault){"check", "none: only goods are checked"};
    if (!goods && item->used_up_on_issue) return (struct fault){"used_up_on_issue", "false: only goods are issued"};
    if (!goods && (item->shelf_life_min != 0 || item->wait_min != 0))
        return (struct fault){"shelf_life_min", "0: only goods age"};
    if (!aql_ok(item->aql_hundredths))
        return (struct fault){"aql_hundredths", "0, or an AQL of ISO 2859-1: 10, 15, 25, 40, 65, 100, ... 1000"};
    if (item->n_packs > PACKS_MAX) return (struct fault){"packs", "at most 16"};
    return no_fault;
}

struct fault pack_fault(Rasad__V1__Pack *const *packs, size_t at)
{
    const Rasad__V1__Pack *pack = packs[at];
    if (!code_ok(pack->code)) return (struct fault){"code", "1 to 24 of A-Z a-z 0-9 . _ -"};
    for (size_t i = 0; i < at; i++)
        if (strcmp(packs[i]->code, pack->code) == 0) return (struct fault){"code", "each pack once"};
    if (!within(pack->quantity, 0, QUANTITY_MAX)) return (struct fault){"quantity", "0 (uneven) to 10^12"};
    return no_fault;
}

/* ---- recipes */

static bool stands_in(const Rasad__V1__RecipeInput *input, size_t n, const char *item)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(input->alternatives[i], item) == 0) return true;
    return false;
}

struct fault input_fault(const char *output, Rasad__V1__RecipeInput *const *inputs, size_t at)
{
    const Rasad__V1__RecipeInput *input = inputs[at];
    if (strcmp(input->item, output) == 0) return (struct fault){"item", "another item than the one made"};
    for (size_t i = 0; i < at; i++)
        if (strcmp(inputs[i]->item, input->item) == 0) return (struct fault){"item", "each input once"};
    if (!within(input->quantity, 1, RECIPE_QUANTITY_MAX)) return (struct fault){"quantity", "1 to 10^9"};
    if (!within(input->per, 1, RECIPE_QUANTITY_MAX)) return (struct fault){"per", "1 to 10^9"};
    if (!within(input->best_quantity, 0, input->quantity))
        return (struct fault){"best_quantity", "0, or at most the quantity expected"};
    if (input->n_alternatives > RECIPE_ALTERNATIVES_MAX) return (struct fault){"alternatives", "at most 8"};
    for (size_t i = 0; i < input->n_alternatives; i++) {
        const char *other = input->alternatives[i];
        if (strcmp(other, output) == 0 || strcmp(other, input->item) == 0 || stands_in(input, i, other))
            return (struct fault){"alternatives", "other items, each once"};
    }
    return no_fault;
}

/* ---- roles */

struct fault role_fault(Rasad__V1__RoleAt *const *roles, size_t at)
{
    if (!within(roles[at]->role, RASAD__V1__ROLE__ROLE_CLUSTER_MANAGER, RASAD__V1__ROLE__ROLE_ADMINISTRATOR))
        return (struct fault){"role", "a role of a person"};
    for (size_t i = 0; i < at; i++)
        if (roles[i]->role == roles[at]->role && strcmp(roles[i]->place, roles[at]->place) == 0)
            return (struct fault){"role", "each role once at a place"};
    return no_fault;
}
