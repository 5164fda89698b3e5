/* receipts.c - FindReceipt: a caller reads out five digits, the help line says what stands under them.
 * Source:  the digits are the last four of the entry's sequence and a check digit (base/text.h), so the entries are every
 *          10,000th one back from the newest: RECEIPTS_LOOKED_MAX of them are looked at.
 * Rights:  an entry is shown where a line of it is at a place the asker has the role at; never its other lines.
 */
#include "reports/reports.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/journal.h"

#include <stdlib.h>
#include <string.h>

#define RECEIPT_STEP 10000 /* receipt_code: sequence modulo this */

/* A line at a place the caller's role covers. */
static bool entry_seen(const struct call *call, const Rasad__V1__Entry *entry)
{
    if (call->caller.all) return true;
    for (size_t i = 0; i < call->caller.n; i++)
        if ((call->command->roles & (UINT32_C(1) << call->caller.roles[i].role)) != 0 &&
            entry_here(call->txn, entry, call->caller.roles[i].place))
            return true;
    return false;
}

static bool entry_of_person(const Rasad__V1__Header *header, const char *person)
{
    return person[0] == '\0' || strcmp(header->actor, person) == 0 || strcmp(header->on_behalf_of, person) == 0;
}

static void count_lines(struct call *call, const Rasad__V1__Entry *entry, Rasad__V1__ReceiptFound *found)
{
    for (size_t i = 0; i < entry->n_events; i++) {
        const Rasad__V1__Event *event = entry->events[i];
        if (event->fact_case == RASAD__V1__EVENT__FACT_REFUSED) {
            found->refused++;
            continue;
        }
        if (found->accepted++ == 0) {
            found->place = event->place;
            found->item = event->item;
            if (event->day != 0) found->day = day_text(call, event->day);
        }
        if (event->n_movements > 0 && strcmp(event->item, found->item) == 0) found->moved += event->movements[0]->quantity;
    }
}

static void add_found(struct call *call, const Rasad__V1__Entry *entry, Rasad__V1__FindReceiptResponse *reply)
{
    Rasad__V1__ReceiptFound *found = make(call, receipt_found);
    const Rasad__V1__Header *header = entry->header;
    if (found == NULL) return;
    found->sequence = header->sequence;
    found->method = header->method;
    found->actor = header->actor;
    found->on_behalf_of = header->on_behalf_of;
    found->channel = header->channel;
    found->server_time_ms = header->server_time_ms;
    count_lines(call, entry, found);
    reply->found[reply->n_found++] = found;
}

void handle_find_receipt(struct call *call)
{
    const Rasad__V1__FindReceiptRequest *request = (const void *)call->request;
    Rasad__V1__FindReceiptResponse *reply = make(call, find_receipt_response);
    check_code_or_empty(call, "person", request->person);
    if (!receipt_code_ok(request->receipt_code))
        refuse_request(call, REASON_BAD_FORMAT, "receipt_code", "", "five digits, as on the receipt; ask for them again");
    if (refused(call) || reply == NULL) return;
    reply->found = arena_array(call->arena, RECEIPTS_FOUND_MAX, sizeof *reply->found);
    if (reply->found == NULL) return;

    int64_t number = strtol(request->receipt_code, NULL, 10) / 10;
    int64_t head = journal_head(call->txn).sequence;
    int64_t sequence = head - ((head - number) % RECEIPT_STEP + RECEIPT_STEP) % RECEIPT_STEP; /* the newest with it */
    int64_t until_ms = mono_ms() + PAGE_MS_MAX;
    for (int looked = 0; sequence > 0 && looked < RECEIPTS_LOOKED_MAX && mono_ms() < until_ms; looked++) {
        size_t mark = arena_mark(call->arena);
        const Rasad__V1__Entry *entry = journal_read(call->txn, sequence, NULL);
        if (entry == NULL || reply->n_found == RECEIPTS_FOUND_MAX) break;
        if (entry_of_person(entry->header, request->person) && entry_seen(call, entry)) add_found(call, entry, reply);
        else arena_release(call->arena, mark);
        sequence -= RECEIPT_STEP;
    }
    call->reply = &reply->base;
}
