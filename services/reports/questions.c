/* questions.c - ListQuestions: what is open at a place and below it, for a person to answer.
 * Flow:    first the reactions that were parked, which stand in a table of their own. Then table question: with fewer places
 *          below than there are questions each one's rows are sought; else the table is walked and those within are kept. Both
 *          go by the ids of places, so a page may begin in one way and the next go on in the other.
 * Bounds:  PLACES_VISITED_MAX places sought, PAGE_LOOKED_MAX rows walked: a page may be empty and yet have a `next`.
 */
#include "reports/reports.h"

#include "store/journal.h"

#include <stdlib.h>
#include <string.h>

#define QUESTION_KIND(kind) RASAD__V1__QUESTION_KIND__QUESTION_KIND_##kind

struct question {
    uint32_t place, item;
    int kind, stage;
    char text[CODE_BYTES_MAX + 1];
};

struct listing {
    struct call *call;
    uint32_t place;               /* here and below */
    int64_t parked_from;          /* the first cause not yet seen; 0: past them */
    struct key from;              /* the first key not yet seen */
    size_t limit, looked;
    bool full;                    /* something was left for the next page */
    struct question last;         /* looked at */
    Rasad__V1__ListQuestionsResponse *reply;
};

static struct key question_key(const struct question *q)
{
    return key("ububs", q->place, q->kind, q->item, q->stage, q->text);
}

/* ---- a row as people see it */

static int64_t reserved_there(struct txn *txn, const struct question *q)
{
    size_t mark = arena_mark(txn->arena);
    bool of_stock = q->kind == QUESTION_KIND(SHORTFALL) && q->stage == STOCK;
    int64_t reserved = of_stock ? account_real(account_row(txn, q->place, q->item), RESERVED) : 0;
    arena_release(txn->arena, mark);
    return reserved;
}

static Rasad__V1__QuestionView *view_make(struct call *call, const struct question *q, const Rasad__V1__QuestionRow *row)
{
    struct place place;
    Rasad__V1__QuestionView *view = make(call, question_view);
    char *about = arena_strdup(call->arena, q->text);
    if (view == NULL || about == NULL) return NULL;
    view->kind = (Rasad__V1__QuestionKind)q->kind;
    if (place_get(call->txn, q->place, &place)) {
        view->place = text(place_code(call->txn, place.id));
        view->place_name = names_for(call, &place);
    }
    view->item = text(item_code(call->txn, q->item));
    view->quantity = row->quantity;
    view->stage = (Rasad__V1__Stage)q->stage;
    view->name = q->kind == QUESTION_KIND(TO_CONFIRM) ? about : text(name_text(call->arena, row->name));
    view->slip = q->kind == QUESTION_KIND(MISSING) ? about : text("");
    view->since = day_text(call, row->day);
    view->reserved = reserved_there(call->txn, q);
    return view;
}

/* Counts a row as looked at. False: the page is full, this one is for the next. */
static bool row_next(struct listing *listing, const struct question *q)
{
    listing->full = listing->reply->n_questions == listing->limit || listing->looked == PAGE_LOOKED_MAX;
    if (listing->full) return false;
    listing->looked++;
    listing->last = *q;
    return true;
}

/* False: no more rows on this page. */
static bool row_take(struct listing *listing, const struct question *q, struct slice value)
{
    struct call *call = listing->call;
    struct place place;
    if (!row_next(listing, q)) return false;
    if (!place_get(call->txn, q->place, &place) || !place_within(&place, listing->place)) return true;
    const Rasad__V1__QuestionRow *row = row_unpack(call->txn, value, &rasad__v1__question_row__descriptor);
    Rasad__V1__QuestionView *view = row != NULL ? view_make(call, q, row) : NULL;
    if (view != NULL) listing->reply->questions[listing->reply->n_questions++] = view;
    return !refused(call);
}

/* Rows from this key on, as long as they share its first bytes. */
static bool rows_take(struct listing *listing, const struct key *from, size_t prefix_bytes)
{
    struct scan scan;
    bool going = true;
    for (scan_begin(&scan, listing->call->txn, TABLE_question, from, prefix_bytes); going && scan_next(&scan);) {
        struct question q;
        going = !key_read(scan.key, "ububs", &q.place, &q.kind, &q.item, &q.stage, q.text) ||
                row_take(listing, &q, scan.value);
    }
    scan_end(&scan);
    return going;
}

/* ---- parked reactions: a list of their causes, which is short or something is badly wrong */

static bool cause_take(struct listing *listing, int64_t cause)
{
    struct call *call = listing->call;
    struct question q = {.kind = QUESTION_KIND(PARKED)};
    Rasad__V1__QuestionRow *row = make(call, question_row);
    const Rasad__V1__Event *event = journal_event(call->txn, cause, NULL);
    struct place place;
    const char *name = name_text(call->arena, cause);
    if (row == NULL || strlen(name) >= sizeof q.text) return false;
    memcpy(q.text, name, strlen(name) + 1);
    if (!row_next(listing, &q)) return false;
    if (event == NULL || !place_find(call->txn, event->place, &place) || !place_within(&place, listing->place)) return true;
    row->name = cause;
    row->day = event->day;
    q.place = place.id;
    q.item = code_id(call->txn, CODE_ITEM, event->item);
    Rasad__V1__QuestionView *view = view_make(call, &q, row);
    if (view != NULL) listing->reply->questions[listing->reply->n_questions++] = view;
    return !refused(call);
}

static bool parked_take(struct listing *listing)
{
    struct scan scan;
    struct key from = key("q", listing->parked_from);
    bool going = true;
    if (listing->parked_from == 0) return true;
    for (scan_begin(&scan, listing->call->txn, TABLE_parked, &from, 0); going && scan_next(&scan);) {
        int64_t cause;
        going = !key_read(scan.key, "q", &cause) || cause_take(listing, cause);
    }
    scan_end(&scan);
    return going;
}

/* ---- here and below */

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The ids of the place and all below it, ascending; 0: more than that. */
static size_t places_below(struct txn *txn, uint32_t place, uint32_t *ids, size_t ids_max)
{
    size_t n = 1;
    ids[0] = place;
    for (size_t i = 0; i < n; i++) {
        struct scan scan;
        struct key from = key("u", ids[i]);
        uint32_t parent, number, child;
        for (scan_begin(&scan, txn, TABLE_child, &from, 4); scan_next(&scan) && n <= ids_max; n++)
            if (n < ids_max && key_read(scan.key, "uuu", &parent, &number, &child)) ids[n] = child;
        scan_end(&scan);
        if (n > ids_max) return 0;
    }
    qsort(ids, n, sizeof *ids, by_id);
    return n;
}

static void list(struct listing *listing)
{
    struct txn *txn = listing->call->txn;
    int64_t rows = store_rows(txn, TABLE_question);
    if (rows == 0) return;
    size_t ids_max = rows < PLACES_VISITED_MAX ? (size_t)rows : PLACES_VISITED_MAX;
    uint32_t *ids = arena_array(txn->arena, ids_max, sizeof *ids), first = 0;
    size_t n = ids != NULL ? places_below(txn, listing->place, ids, ids_max) : 0;
    if (listing->from.n > 0) (void)key_read((struct slice){listing->from.bytes, listing->from.n}, "u", &first);
    if (n == 0) (void)rows_take(listing, &listing->from, 0);
    for (size_t i = 0; i < n; i++) {
        struct key here = key("u", ids[i]);
        if (ids[i] >= first && !rows_take(listing, ids[i] == first ? &listing->from : &here, 4)) break;
    }
}

/* ---- pages */

static bool find_start(struct call *call, const char *after, struct listing *listing)
{
    struct question_mark mark;
    struct question last;
    int64_t cause = 0;
    listing->parked_from = after[0] == '\0' ? 1 : 0;
    if (after[0] == '\0') return true;
    bool good = mark_parse(after, &mark);
    bool parked = good && mark.kind == (int32_t)QUESTION_KIND(PARKED);
    if (!good || (parked && !name_parse(mark.text, &cause))) {
        refuse_request(call, REASON_BAD_FORMAT, "after", "", "the `next` of the page before");
        return false;
    }
    if (parked) {
        listing->parked_from = cause + 1;
        return true;
    }
    last.place = code_id(call->txn, CODE_PLACE, mark.place);
    last.item = code_id(call->txn, CODE_ITEM, mark.item);
    last.kind = mark.kind;
    last.stage = mark.stage;
    memcpy(last.text, mark.text, sizeof last.text);
    listing->from = key_join(question_key(&last), "b", 0); /* the first key behind it */
    return true;
}

static char *next_of(struct call *call, const struct question *last)
{
    struct question_mark mark = {.kind = last->kind, .stage = last->stage};
    struct place place;
    struct item item;
    char out[MARK_TEXT_BYTES];
    if (place_get(call->txn, last->place, &place)) memcpy(mark.place, place.code, sizeof mark.place);
    if (item_get(call->txn, last->item, &item)) memcpy(mark.item, item.code, sizeof mark.item);
    memcpy(mark.text, last->text, sizeof mark.text);
    mark_format(&mark, out);
    char *copy = arena_strdup(call->arena, out);
    return copy != NULL ? copy : text("");
}

void handle_list_questions(struct call *call)
{
    const Rasad__V1__ListQuestionsRequest *request = (const void *)call->request;
    struct listing listing = {.call = call};
    struct place place;
    listing.limit = (size_t)page_limit(call, request->limit, 100);
    if (!find_seen_place(call, request->place, &place)) return;
    if (!find_start(call, request->after, &listing) || refused(call)) return;
    listing.place = place.id;
    listing.reply = make(call, list_questions_response);
    if (listing.reply == NULL) return;
    listing.reply->questions = arena_array(call->arena, listing.limit, sizeof *listing.reply->questions);
    if (listing.reply->questions == NULL) return;
    if (parked_take(&listing)) list(&listing);
    if (listing.full) listing.reply->next = next_of(call, &listing.last);
    call->reply = &listing.reply->base;
}
