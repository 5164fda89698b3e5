/* links.c - see links.h. */
#include "distribution/links.h"

#include "base/clock.h"
#include "distribution.pb-c.h"
#include "distribution/below.h"
#include "distribution/rows.h"
#include "registry/tokens.h"
#include "store/commands.h"

#include <string.h>

bool link_opens(const struct command *command) { return command->roles != SIGNED_IN && (command->roles & SLIP) != 0; }

/* ---- who asks */

/* The slip as it was when the link was made, and not over. */
static bool link_good(struct call *call, const Rasad__V1__SlipLinkRow *link, struct place *to)
{
    const Rasad__V1__ShipmentRow *slip = shipment_row(call->txn, link->slip);
    if (slip == NULL || slip->sends == 0 || call->now_ms - link->made_ms >= SLIP_LINK_MS) return false;
    if (slip->received_day != 0 && call->today > slip->received_day + SLIP_LINK_DAYS_AFTER) return false;
    return place_find(call->txn, link->to, to) && to->id == (uint32_t)slip->to &&
           code_id(call->txn, CODE_PLACE, link->from) == (uint32_t)slip->from;
}

void link_caller_find(struct call *call)
{
    struct place to;
    if (call->wire->token_hash.len != HASH_BYTES) return;
    struct key k = session_key(call->wire->token_hash.data);
    const Rasad__V1__SlipLinkRow *link = row_get(call->txn, TABLE_slip_link, &k, &rasad__v1__slip_link_row__descriptor);
    if (link == NULL || !link_good(call, link, &to)) return;
    call->caller = (struct caller){.signed_in = true, .code = "slip", .slip = link->slip, .n = 1};
    call->caller.roles[0].role = RASAD__V1__ROLE__ROLE_SLIP;
    call->caller.roles[0].place = to.id;
}

char *link_receiver(const struct call *call)
{
    return (char *)(uintptr_t)place_code(call->txn, call->caller.roles[0].place);
}

bool link_covers(const struct call *call, const Rasad__V1__Event *event)
{
    return event->fact_case == RASAD__V1__EVENT__FACT_RECEIVED && strcmp(event->received->slip, call->caller.slip) == 0;
}

/* ---- MakeSlipLink, EndSlipLinks */

static Rasad__V1__SlipLinkRow *link_row(struct txn *txn, const struct key *k)
{
    return row_get(txn, TABLE_slip_link, k, &rasad__v1__slip_link_row__descriptor);
}

static void link_delete(struct txn *txn, const char *slip, const struct key *k)
{
    struct key of_slip = key("sx", slip, k->bytes, (size_t)HASH_BYTES);
    txn_del(txn, TABLE_slip_link, k);
    txn_del(txn, TABLE_slip_linked, &of_slip);
}

/* The links of a slip, the oldest first; returns how many. Those past their time go at once. */
static size_t links_of(struct call *call, const char *slip, struct key links[SLIP_LINKS_MAX])
{
    struct key from = key("s", slip), found[SLIP_LINKS_MAX];
    int64_t made_ms[SLIP_LINKS_MAX];
    struct scan scan;
    size_t n = 0, kept = 0;
    for (scan_begin(&scan, call->txn, TABLE_slip_linked, &from, from.n); n < SLIP_LINKS_MAX && scan_next(&scan);)
        if (scan.key.bytes == from.n + HASH_BYTES) found[n++] = session_key((const uint8_t *)scan.key.data + from.n);
    scan_end(&scan);
    for (size_t i = 0; i < n; i++) {
        const Rasad__V1__SlipLinkRow *row = link_row(call->txn, &found[i]);
        if (row == NULL || call->now_ms - row->made_ms >= SLIP_LINK_MS) {
            link_delete(call->txn, slip, &found[i]);
            continue;
        }
        size_t at = kept++;
        for (; at > 0 && made_ms[at - 1] > row->made_ms; at--) {
            made_ms[at] = made_ms[at - 1];
            links[at] = links[at - 1];
        }
        made_ms[at] = row->made_ms;
        links[at] = found[i];
    }
    return kept;
}

/* Wherever they lie: links of slips that nobody asks for again go a few at a time, as sessions do. */
static void links_sweep(struct call *call, struct key from)
{
    struct scan scan;
    struct key ended[SESSIONS_SWEPT];
    const char *slips[SESSIONS_SWEPT];
    size_t n = 0;
    scan_begin(&scan, call->txn, TABLE_slip_link, &from, 0);
    for (int i = 0; i < SESSIONS_SWEPT && scan_next(&scan); i++) {
        const Rasad__V1__SlipLinkRow *row = row_unpack(call->txn, scan.value, &rasad__v1__slip_link_row__descriptor);
        if (row == NULL || scan.key.bytes != HASH_BYTES || call->now_ms - row->made_ms < SLIP_LINK_MS) continue;
        slips[n] = row->slip;
        ended[n++] = session_key(scan.key.data);
    }
    scan_end(&scan);
    for (size_t i = 0; i < n; i++) link_delete(call->txn, slips[i], &ended[i]);
}

/* The slip with both its places; NULL when it is not known. Refuses by itself. */
static const Rasad__V1__ShipmentRow *find_slip(struct call *call, const char *text, char slip[SLIP_BYTES_MAX + 1],
                                               struct place *from, struct place *to)
{
    if (!check_slip(call, text) || !slip_clean(text, slip)) return NULL;
    const Rasad__V1__ShipmentRow *row = shipment_row(call->txn, slip);
    if (row != NULL && place_get(call->txn, (uint32_t)row->from, from) && place_get(call->txn, (uint32_t)row->to, to))
        return row;
    refuse_words(call, REASON_UNKNOWN_CODE, "slip", slip, "the number of a known slip");
    return NULL;
}

static void link_put(struct call *call, const struct key *k, const char *slip, const struct place *from, const struct place *to)
{
    struct key of_slip = key("sx", slip, k->bytes, (size_t)HASH_BYTES);
    Rasad__V1__SlipLinkRow row;
    rasad__v1__slip_link_row__init(&row);
    row.slip = (char *)(uintptr_t)slip;
    row.from = (char *)(uintptr_t)from->code;
    row.to = (char *)(uintptr_t)to->code;
    row.made_by = (char *)(uintptr_t)call->caller.code;
    row.made_ms = call->now_ms;
    row_put(call->txn, TABLE_slip_link, k, &row.base);
    txn_put(call->txn, TABLE_slip_linked, &of_slip, NULL, 0);
}

void handle_make_slip_link(struct call *call)
{
    const Rasad__V1__MakeSlipLinkRequest *request = (const void *)call->request;
    Rasad__V1__MakeSlipLinkResponse *reply = make(call, make_slip_link_response);
    char slip[SLIP_BYTES_MAX + 1];
    uint8_t hash[HASH_BYTES];
    struct key links[SLIP_LINKS_MAX];
    struct place from, to;
    if (!secret_ok(request->token))
        refuse_request(call, request->token[0] == '\0' ? REASON_MISSING : REASON_BAD_FORMAT, "token", "",
                       "32 random bytes as base64url, 43 characters");
    const Rasad__V1__ShipmentRow *row = find_slip(call, request->slip, slip, &from, &to);
    if (refused(call) || row == NULL || reply == NULL || !find_own_place(call, "slip", from.code, &from)) return;
    if (row->sends == 0) {
        refuse_words(call, REASON_STATE, "slip", "a receipt alone", "a slip that was sent");
        return;
    }
    hash_bytes(request->token, strlen(request->token), hash);
    struct key k = session_key(hash);
    const Rasad__V1__SlipLinkRow *there = link_row(call->txn, &k);
    if (there != NULL && strcmp(there->slip, slip) != 0) {
        refuse_words(call, REASON_EXISTS, "token", "the link of another slip", "a new one");
        return;
    }
    links_sweep(call, k);
    if (there == NULL || link_row(call->txn, &k) == NULL) {
        size_t n = links_of(call, slip, links);
        if (n == SLIP_LINKS_MAX) link_delete(call->txn, slip, &links[0]);
        link_put(call, &k, slip, &from, &to);
        there = NULL;
    }
    reply->ends_ms = (there != NULL ? there->made_ms : call->now_ms) + SLIP_LINK_MS;
    call->reply = &reply->base;
}

void handle_end_slip_links(struct call *call)
{
    const Rasad__V1__EndSlipLinksRequest *request = (const void *)call->request;
    Rasad__V1__EndSlipLinksResponse *reply = make(call, end_slip_links_response);
    char slip[SLIP_BYTES_MAX + 1];
    struct key links[SLIP_LINKS_MAX];
    struct place from, to;
    if (find_slip(call, request->slip, slip, &from, &to) == NULL || reply == NULL) return;
    if (!may_at(call, &from) && !find_own_place(call, "slip", to.code, &to)) return;
    reply->ended = (int32_t)links_of(call, slip, links);
    for (int32_t i = 0; i < reply->ended; i++) link_delete(call->txn, slip, &links[i]);
    call->reply = &reply->base;
}

/* ---- GetSlip */

/* Of the place that sent, else of who made the link and so asks to be called. */
static char *phone_of(struct call *call, const char *from)
{
    static char none[] = "";
    struct key k = session_key(call->wire->token_hash.data);
    const Rasad__V1__SlipLinkRow *link = link_row(call->txn, &k);
    const Rasad__V1__PrivateRow *row = private_get(call->txn, CODE_PLACE, from);
    if ((row == NULL || row->phone[0] == '\0') && link != NULL) row = private_get(call->txn, CODE_PERSON, link->made_by);
    return row != NULL ? row->phone : none;
}

static void slip_items(struct call *call, Rasad__V1__GetSlipResponse *reply)
{
    reply->items = arena_array(call->arena, reply->shipment->n_lines, sizeof *reply->items);
    for (size_t i = 0; reply->items != NULL && i < reply->shipment->n_lines; i++) {
        const Rasad__V1__ItemRow *row = item_row(call->txn, code_id(call->txn, CODE_ITEM, reply->shipment->lines[i]->item));
        if (row != NULL) reply->items[reply->n_items++] = row->item;
    }
}

void handle_get_slip(struct call *call)
{
    Rasad__V1__GetSlipResponse *reply = make(call, get_slip_response);
    if (reply == NULL) return;
    if (call->caller.slip == NULL) { /* the console: it may all, but has no link */
        refuse_request(call, REASON_NOT_SIGNED_IN, "", "", "the link of a slip");
        return;
    }
    const Rasad__V1__ShipmentRow *row = shipment_row(call->txn, call->caller.slip);
    Rasad__V1__ShipmentView *view = row != NULL ? view_shipment(call, call->caller.slip, row) : NULL;
    if (view == NULL) return;
    view->from_name = place_names(call->txn, (uint32_t)row->from); /* stands on the paper */
    reply->shipment = view;
    reply->phone = phone_of(call, view->from);
    reply->today = view_day(call, call->today);
    slip_items(call, reply);
    call->reply = &reply->base;
}
