/* below.c - GetBelow: the places below one, side by side, with the flow of one item.
 * Flow:    table child in the order of the register -> flow_read of each.
 * Bounds:  PAGE_LINES_MAX rows, PAGE_MS_MAX: makers are read from their cards, so a page of them may end early.
 */
#include "reports/reports.h"

#include "base/clock.h"

#include <string.h>

bool place_has_below(struct txn *txn, uint32_t place)
{
    struct scan scan;
    struct key from = key("u", place);
    scan_begin(&scan, txn, TABLE_child, &from, 4);
    bool has = scan_next(&scan);
    scan_end(&scan);
    return has;
}

/* Where the page begins: `after` is the code of the last place of the page before. */
static bool find_start(struct call *call, const struct place *parent, const char *after, struct key *from)
{
    struct place last;
    *from = key("u", parent->id);
    if (after[0] == '\0') return true;
    if (!check_code(call, "after", after) || !find_place(call, "after", after, &last)) return false;
    if (last.path_n < 2 || last.path[1] != parent->id) {
        refuse_words(call, REASON_BAD_FORMAT, "after", last.code, "the `next` of the page before");
        return false;
    }
    *from = key("uuub", parent->id, last.register_number, last.id, 0); /* the first key behind it */
    return true;
}

static Rasad__V1__BelowRow *row_make(struct call *call, const struct place *place, const struct item *item,
                                     struct days days)
{
    struct flow flow;
    Rasad__V1__BelowRow *row = make(call, below_row);
    char *code = arena_strdup(call->arena, place->code);
    if (row == NULL || code == NULL) return NULL;
    flow_read(call->txn, place, item->id, days.from, days.to, &flow);
    row->place = code;
    row->name = names_for(call, place);
    row->kind = text(kind_code(call->txn, place->kind));
    row->latitude_udeg = place->latitude_udeg;
    row->longitude_udeg = place->longitude_udeg;
    row->flow = flow_row_make(call, place, item, &flow);
    row->has_below = place_has_below(call->txn, place->id);
    return row;
}

static void children_read(struct call *call, const struct key *from, const struct item *item, struct days days,
                          size_t limit, Rasad__V1__GetBelowResponse *reply)
{
    struct scan scan;
    struct place place;
    int64_t until_ms = mono_ms() + PAGE_MS_MAX;
    for (scan_begin(&scan, call->txn, TABLE_child, from, 4); scan_next(&scan) && !refused(call);) {
        uint32_t parent, number, child;
        if (reply->n_rows == limit || (reply->n_rows > 0 && mono_ms() > until_ms)) {
            reply->next = reply->rows[reply->n_rows - 1]->place;
            break;
        }
        if (!key_read(scan.key, "uuu", &parent, &number, &child) || !place_get(call->txn, child, &place)) continue;
        if (place.outside) continue; /* a supplier keeps no books here */
        Rasad__V1__BelowRow *row = row_make(call, &place, item, days);
        if (row != NULL) reply->rows[reply->n_rows++] = row;
    }
    scan_end(&scan);
}

void handle_get_below(struct call *call)
{
    const Rasad__V1__GetBelowRequest *request = (const void *)call->request;
    struct place place;
    struct item item;
    struct days days;
    struct key from;
    size_t limit = (size_t)page_limit(call, request->limit, 100);
    if (!check_days(call, request->from, request->to, FLOW_DAYS_MAX, &days)) return;
    if (!find_seen_place(call, request->place, &place) || !find_flowing(call, request->item, &item)) return;
    if (!find_start(call, &place, request->after, &from) || refused(call)) return;

    Rasad__V1__GetBelowResponse *reply = make(call, get_below_response);
    if (reply == NULL) return;
    reply->rows = arena_array(call->arena, limit, sizeof *reply->rows);
    if (reply->rows == NULL) return;
    children_read(call, &from, &item, days, limit, reply);
    call->reply = &reply->base;
}
