/* entries.c - ListEntries: the journal as it stands, for auditors and administrators; GetHead: its end.
 * Rights:  with a place: who audits or administers it. Without: auditors of a root, since the chain of hashes can only be
 *          followed whole. An entry is shown whole, with the lines of other places in it, or its hash would prove nothing.
 * Source:  the journal, entry by entry. With a place: those that have a line of it, or moved something to or from it or
 *          below it. Where nothing is below it an entry without its code is passed over unread.
 *          Forward from `after`, or back from `before`, which an auditor wants: what is new is on top.
 * Bounds:  ENTRIES_PAGE_MAX, REPLY_BYTES_MAX, PAGE_MS_MAX: a page may be empty and yet have a `next`.
 */
#include "reports/reports.h"

#include "base/clock.h"
#include "store/journal.h"

#include <string.h>

struct auditing {
    struct call *call;
    struct place place;       /* id 0: the whole journal */
    bool alone;               /* nothing is below the place */
    int64_t until_ms;         /* monotonic */
    size_t limit, looked, reply_bytes;
    Rasad__V1__ListEntriesResponse *reply;
};

/* ---- which entries */

static bool code_within(struct txn *txn, const char *code, uint32_t ancestor)
{
    struct place place;
    return code[0] != '\0' && place_find(txn, code, &place) && place_within(&place, ancestor);
}

bool entry_here(struct txn *txn, const Rasad__V1__Entry *entry, uint32_t ancestor)
{
    for (size_t i = 0; i < entry->n_events; i++) {
        const Rasad__V1__Event *event = entry->events[i];
        if (code_within(txn, event->place, ancestor)) return true;
        for (size_t j = 0; j < event->n_movements; j++)
            if (code_within(txn, event->movements[j]->from_place, ancestor) ||
                code_within(txn, event->movements[j]->to_place, ancestor))
                return true;
    }
    return false;
}

/* Can it have a line here? Asked of its bytes, since to unpack all entries for one group takes long. */
static bool may_be_here(const struct auditing *auditing, struct slice stored)
{
    const char *code = auditing->place.code;
    return !auditing->alone || memmem(stored.data, stored.bytes, code, strlen(code)) != NULL;
}

/* ---- one page */

static bool page_full(const struct auditing *auditing, size_t entry_bytes)
{
    if (auditing->reply->n_entries == auditing->limit) return true;
    if (auditing->looked > 0 && mono_ms() > auditing->until_ms) return true;
    return auditing->reply->n_entries > 0 && auditing->reply_bytes + entry_bytes > REPLY_BYTES_MAX;
}

static void entry_show(struct auditing *auditing, Rasad__V1__Entry *entry, const uint8_t hash[HASH_BYTES])
{
    struct call *call = auditing->call;
    Rasad__V1__EntryView *view = make(call, entry_view);
    uint8_t *hash_copy = arena_copy(call->arena, hash, HASH_BYTES);
    if (view == NULL || hash_copy == NULL) return;
    view->entry = entry;
    view->hash = (ProtobufCBinaryData){HASH_BYTES, hash_copy};
    auditing->reply->entries[auditing->reply->n_entries++] = view;
}

/* False: this entry is for the next page, or can not be read. */
static bool entry_take(struct auditing *auditing, int64_t sequence)
{
    struct call *call = auditing->call;
    uint8_t hash[HASH_BYTES];
    struct slice stored;
    size_t mark = arena_mark(call->arena);
    if (!journal_stored(call->txn, sequence, hash, &stored) || page_full(auditing, stored.bytes)) return false;
    auditing->looked++;
    if (auditing->place.id != 0 && !may_be_here(auditing, stored)) return true;
    Rasad__V1__Entry *entry = journal_read(call->txn, sequence, NULL);
    if (entry == NULL) return false;
    if (auditing->place.id != 0 && !entry_here(call->txn, entry, auditing->place.id)) {
        arena_release(call->arena, mark);
        return true;
    }
    auditing->reply_bytes += stored.bytes;
    entry_show(auditing, entry, hash);
    return !refused(call);
}

static bool audits_all(const struct call *call)
{
    struct place place;
    if (call->caller.all) return true;
    for (size_t i = 0; i < call->caller.n; i++)
        if (call->caller.roles[i].role == RASAD__V1__ROLE__ROLE_AUDITOR &&
            place_get(call->txn, call->caller.roles[i].place, &place) && place.path_n == 1)
            return true;
    return false;
}

static bool find_audited(struct call *call, const char *code, struct place *place)
{
    memset(place, 0, sizeof *place);
    if (code[0] != '\0') return check_code(call, "place", code) && find_own_place(call, "place", code, place);
    if (audits_all(call)) return true;
    refuse_words(call, REASON_NOT_YOURS, "place", "every place", "a place of yours, or below it");
    return false;
}

void handle_list_entries(struct call *call)
{
    const Rasad__V1__ListEntriesRequest *request = (const void *)call->request;
    struct auditing auditing = {.call = call, .limit = request->limit == 0 ? 20 : (size_t)request->limit};
    bool back = request->before > 0;
    if (!check_range(call, "limit", request->limit, 0, ENTRIES_PAGE_MAX)) return;
    if (!check_range(call, "after", request->after, 0, back ? 0 : INT64_MAX - 1)) return;
    if (!check_range(call, "before", request->before, 0, INT64_MAX - 1)) return;
    if (!find_audited(call, request->place, &auditing.place)) return;

    auditing.reply = make(call, list_entries_response);
    if (auditing.reply == NULL) return;
    auditing.reply->entries = arena_array(call->arena, auditing.limit, sizeof *auditing.reply->entries);
    if (auditing.reply->entries == NULL) return;
    auditing.alone = auditing.place.id != 0 && !place_has_below(call->txn, auditing.place.id);
    auditing.until_ms = mono_ms() + PAGE_MS_MAX;
    int64_t head = journal_head(call->txn).sequence;
    if (back) {
        int64_t first = request->before > head ? head + 1 : request->before; /* the lowest taken */
        while (first > 1 && entry_take(&auditing, first - 1)) first--;
        auditing.reply->next = first > 1 ? first : 0;
    } else {
        int64_t last = request->after;
        while (last < head && entry_take(&auditing, last + 1)) last++;
        auditing.reply->next = last < head ? last : 0;
    }
    call->reply = &auditing.reply->base;
}

void handle_get_head(struct call *call)
{
    Rasad__V1__GetHeadResponse *reply = make(call, get_head_response);
    struct head head = journal_head(call->txn);
    uint8_t *hash = arena_copy(call->arena, head.hash, sizeof head.hash);
    if (reply == NULL || hash == NULL) return;
    reply->sequence = head.sequence;
    reply->hash = (ProtobufCBinaryData){HASH_BYTES, hash};
    reply->server_time_ms = head.server_time_ms;
    call->reply = &reply->base;
}
