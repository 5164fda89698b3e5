/* rules.h - what the address book accepts, as functions of their arguments alone: no store, no clock.
 * Use:     handlers turn a "no" into a refusal that names the field; the tests walk the bounds.
 * Bounds:  section "The address book" and "Sign-in" of base/limits.h.
 */
#ifndef RASAD_REGISTRY_RULES_H
#define RASAD_REGISTRY_RULES_H

#include "journal.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal degrees with at most 6 decimals, exact: "26.8467" is 26846700. whole_max: 90 or 180. */
bool degrees_parse(const char *text, int32_t whole_max, int32_t *udeg);

/* 13 digits, the last of them GS1's check digit. */
bool gln_ok(const char *text);

/* GSTIN_CHARACTERS in their places, capitals and digits, the last the check character over the others. */
bool gstin_ok(const char *text);

/* 4, 6 or HSN_DIGITS_MAX digits. */
bool hsn_ok(const char *text);

/* 1 to count_max digits and nothing else. */
bool digits_ok(const char *text, size_t count_max);
bool pin_ok(const char *text);

/* At most NAME_CHARACTERS_MAX characters, well-formed, on one line. An empty name is good. */
bool name_ok(const char *text);
bool names_empty(const Rasad__V1__Names *names);

/* Digits, spaces, hyphens, brackets, and a + in front: at least 3 digits, PHONE_BYTES_MAX bytes. */
bool phone_ok(const char *text);
/* The same line? "+91 94150 12345", "0091 9415012345" and "094150-12345" are. */
bool phone_same(const char *a, const char *b);

/* Is the day the last one of a month, Gregorian or Jalali? */
bool month_ends(int32_t day);

/* A preferred AQL of ISO 2859-1, in hundredths of a percent; 0: the usual one. */
bool aql_ok(int32_t hundredths);

/* What is wrong with a line as it was sent; field NULL: nothing. */
struct fault {
    const char *field;
    const char *need;
};
struct fault behaviour_fault(const Rasad__V1__Behaviour *behaviour);
struct fault item_fault(const Rasad__V1__ItemAdded *item);
struct fault pack_fault(Rasad__V1__Pack *const *packs, size_t at);
/* Input `at` of a recipe for `output`: bounds, not itself, no item twice. */
struct fault input_fault(const char *output, Rasad__V1__RecipeInput *const *inputs, size_t at);
struct fault role_fault(Rasad__V1__RoleAt *const *roles, size_t at);

#endif
