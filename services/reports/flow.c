/* flow.c - GetFlow: what came to a place, what was made of it and where it went; and the rows other reads share.
 * Flow:    flows_read (totals.h) sums the measures of each item -> flow_row_make names them as columns.
 * Rules:   opening + in - out + from outside - to outside = closing. What was moved inside the place stands beside the
 *          sum. A row that does not close is a fault of the books: it is shown, and logged for whoever runs `verify`.
 * Bounds:  FLOW_DAYS_MAX; ITEMS_MAX rows.
 */
#include "reports/reports.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/journal.h"

#include <string.h>

/* ---- shared by the reads of this room */

bool check_days(struct call *call, const char *from, const char *to, int32_t days_max, struct days *days)
{
    if (!check_any_day(call, "from", from, &days->from) || !check_any_day(call, "to", to, &days->to)) return false;
    if (days->to >= days->from && days->to - days->from < days_max) return true;
    const char *need = arena_printf(call->arena, "%s or later, at most %d days in all", from, days_max);
    refuse_request(call, REASON_OUT_OF_RANGE, "to", to, need != NULL ? need : "");
    return false;
}

bool find_seen_place(struct call *call, const char *code, struct place *place)
{
    if (!check_code(call, "place", code) || !find_place(call, "place", code, place)) return false;
    if (may_see(call, place)) return true;
    refuse_words(call, REASON_NOT_YOURS, "place", place->code, "a place of yours, or below it");
    return false;
}

bool find_flowing(struct call *call, const char *code, struct item *item)
{
    if (!check_code(call, "item", code) || !find_item(call, "item", code, item)) return false;
    if (item->class != RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) return true;
    refuse_words(call, REASON_WRONG_KIND, "item", item->code, "goods or a service; money stands in GetFlow");
    return false;
}

uint32_t items_count(struct txn *txn)
{
    struct key k = key("s", "id:i"); /* the last id given; see code_number */
    return (uint32_t)number_get(txn, TABLE_counter, &k);
}

Rasad__V1__Names *names_for(struct call *call, const struct place *place)
{
    return !place->person || may_see(call, place) ? place_names(call->txn, place->id) : make(call, names);
}

char *day_text(struct call *call, int32_t day)
{
    char iso[11];
    day_format(day, iso);
    char *copy = arena_strdup(call->arena, iso);
    return copy != NULL ? copy : text("");
}

/* ---- rows */

static void stages_fill(struct call *call, const struct flow *flow, Rasad__V1__FlowRow *row)
{
    size_t n = 0;
    for (int stage = STOCK; stage <= OWED; stage++) n += flow->closing[stage] != 0;
    Rasad__V1__StageQuantity **stages = (void *)messages_make(call->arena, &rasad__v1__stage_quantity__descriptor, n);
    if (stages == NULL) return;
    row->closing_by_stage = stages;
    for (int stage = STOCK; stage <= OWED; stage++) {
        if (flow->closing[stage] == 0) continue;
        stages[row->n_closing_by_stage]->stage = (Rasad__V1__Stage)stage;
        stages[row->n_closing_by_stage++]->quantity = flow->closing[stage];
    }
}

static void closes(const struct place *place, const struct item *item, int64_t gap)
{
    if (gap != 0)
        log_event(LOG_ERROR, "flow does not close place=%s item=%s by=%lld", place->code, item->code, (long long)gap);
}

Rasad__V1__FlowRow *flow_row_make(struct call *call, const struct place *place, const struct item *item,
                                  const struct flow *flow)
{
    Rasad__V1__FlowRow *row = make(call, flow_row);
    char *code = arena_strdup(call->arena, item->code);
    if (row == NULL || code == NULL) return NULL;
    row->item = code;
    row->opening = flow_opening(flow);
    row->supplied = flow->supplied;
    row->good = flow->good;
    row->in = flow->in;
    row->out = flow->out;
    row->consumed = flow->consumed;
    row->served = flow->served;
    row->sold = flow->sold;
    row->scrapped = flow->scrapped;
    row->lost = flow->lost;
    row->difference = flow->difference;
    row->closing = flow_closing(flow);
    row->spoiled = flow->spoiled;
    row->issued = flow->issued;
    row->handed_in = flow->handed_in;
    row->delivered = flow->delivered;
    stages_fill(call, flow, row);
    closes(place, item, flow_row_gap(row));
    return row;
}

static Rasad__V1__MoneyRow *money_row_make(struct call *call, const struct place *place, const struct item *item,
                                           const struct flow *flow)
{
    Rasad__V1__MoneyRow *row = make(call, money_row);
    char *code = arena_strdup(call->arena, item->code);
    if (row == NULL || code == NULL) return NULL;
    row->item = code;
    row->opening = flow_opening(flow);
    row->earned = flow->earned;
    row->in = flow->in;
    row->out = flow->out;
    row->paid = flow->paid;
    row->closing = flow_closing(flow);
    closes(place, item, money_row_gap(row));
    return row;
}

/* ---- GetFlow */

static void flow_add_item(struct call *call, const struct place *place, const struct item *item, const struct flow *flow,
                          Rasad__V1__GetFlowResponse *reply)
{
    if (item->class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) {
        Rasad__V1__MoneyRow *row = money_row_make(call, place, item, flow);
        if (row != NULL) reply->money[reply->n_money++] = row;
    } else {
        Rasad__V1__FlowRow *row = flow_row_make(call, place, item, flow);
        if (row != NULL) reply->rows[reply->n_rows++] = row;
    }
}

void handle_get_flow(struct call *call)
{
    const Rasad__V1__GetFlowRequest *request = (const void *)call->request;
    struct place place;
    struct item item;
    struct days days;
    if (!check_days(call, request->from, request->to, FLOW_DAYS_MAX, &days)) return;
    if (!find_seen_place(call, request->place, &place)) return;

    Rasad__V1__GetFlowResponse *reply = make(call, get_flow_response);
    const struct books books = {&place, 1, 1, items_count(call->txn)};
    struct flow *list = arena_array(call->arena, books.items_n, sizeof *list);
    if (reply == NULL || list == NULL) return;
    reply->rows = arena_array(call->arena, books.items_n, sizeof *reply->rows);
    reply->money = arena_array(call->arena, books.items_n, sizeof *reply->money);
    flows_read(call->txn, &books, days.from, days.to, list);
    for (uint32_t id = 1; id <= books.items_n && !refused(call); id++)
        if (list[id - 1].any && item_get(call->txn, id, &item)) flow_add_item(call, &place, &item, &list[id - 1], reply);
    reply->sequence = journal_head(call->txn).sequence;
    call->reply = &reply->base;
}
