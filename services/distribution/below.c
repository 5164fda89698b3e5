/* below.c - see below.h. */
#include "distribution/below.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/totals.h"

#include <stdlib.h>
#include <string.h>

bool find_root(struct call *call, const char *code, struct place *root)
{
    if (!check_code(call, "place", code) || !find_place(call, "place", code, root)) return false;
    if (may_see(call, root)) return true;
    refuse_words(call, REASON_NOT_YOURS, "place", code, "a place of yours, or below it");
    return false;
}

bool small_below(struct txn *txn, uint32_t root)
{
    struct scan scan;
    struct sums sums;
    struct key kinds = key("ub", root, CODE_KIND);
    int64_t places = 0;
    for (scan_begin(&scan, txn, TABLE_tally, &kinds, kinds.n); scan_next(&scan);)
        for (sums_begin(&sums, txn, scan.value); sums_next(&sums);) places += sums.value;
    scan_end(&scan);
    return places <= SMALL_PLACES_MAX;
}

int open_ref_order(const void *left, const void *right)
{
    const struct open_ref *a = left, *b = right;
    if (a->day != b->day) return a->day < b->day ? -1 : 1;
    if (a->name != b->name) return a->name < b->name ? -1 : 1;
    return strcmp(a->slip, b->slip);
}

/* What stands before the first '/'; NULL when it does not fit. */
static const char *head(const char *text, char *out, size_t out_bytes)
{
    const char *slash = strchr(text, '/');
    if (slash == NULL || (size_t)(slash - text) >= out_bytes) return NULL;
    memcpy(out, text, (size_t)(slash - text));
    out[slash - text] = '\0';
    return slash + 1;
}

bool cursor_day(const char *text, int32_t *day, const char **rest)
{
    char digits[12];
    int64_t value;
    *rest = head(text, digits, sizeof digits);
    if (*rest == NULL || !int64_parse(digits, &value) || value < 0 || value > DAY_MAX) return false;
    *day = (int32_t)value;
    return true;
}

bool cursor_place(struct call *call, const struct place *root, const char *text, struct place *place, const char **rest)
{
    char code[CODE_BYTES_MAX + 1];
    *rest = head(text, code, sizeof code);
    return *rest != NULL && place_find(call->txn, code, place) && place_within(place, root->id);
}

bool cursor_bad(struct call *call, const char *after)
{
    refuse_request(call, REASON_BAD_FORMAT, "after", after, "what `next` of the page before said");
    return false;
}

const char *text_or_empty(const char *text) { return text != NULL ? text : ""; }

char *view_day(struct call *call, int32_t day)
{
    static char none[] = "";
    char text[11];
    if (day == 0) return none;
    day_format(day, text);
    char *copy = arena_strdup(call->arena, text);
    return copy != NULL ? copy : none;
}

Rasad__V1__Names *view_names(struct call *call, uint32_t id)
{
    struct place place;
    if (place_get(call->txn, id, &place) && place.person && !may_see(call, &place)) return make(call, names);
    return place_names(call->txn, id);
}
