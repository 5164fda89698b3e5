/* apply.c - see apply.h. */
#include "store/apply.h"

#include "store/call.h"
#include "store/journal.h"
#include "store/totals.h"

#include <string.h>

enum { NO, YES };

const char *fact_name(Rasad__V1__Event__FactCase fact)
{
    switch ((int)fact) {
#define FACT(case_name, member, Type, reversible) case RASAD__V1__EVENT__FACT_##case_name: return #member;
#include "store/facts.def"
#undef FACT
    case RASAD__V1__EVENT__FACT_REFUSED: return "refused";
    case RASAD__V1__EVENT__FACT_REVERSED: return "reversed";
    default: return "";
    }
}

bool fact_reversible(Rasad__V1__Event__FactCase fact)
{
    switch ((int)fact) {
#define FACT(case_name, member, Type, reversible) case RASAD__V1__EVENT__FACT_##case_name: return reversible;
#include "store/facts.def"
#undef FACT
    default: return false;
    }
}

/* The room's half of one fact. */
static void apply_fact(struct applying *a, int sign)
{
    const Rasad__V1__Event *event = a->event;
    switch ((int)event->fact_case) {
#define FACT(case_name, member, Type, reversible) \
    case RASAD__V1__EVENT__FACT_##case_name: apply_##member(a, event->member, sign); break;
#include "store/facts.def"
#undef FACT
    default: break;
    }
}

static void look_up(struct applying *a)
{
    memset(&a->place, 0, sizeof a->place);
    memset(&a->item, 0, sizeof a->item);
    if (a->event->place[0] != '\0') (void)place_find(a->txn, a->event->place, &a->place);
    if (a->event->item[0] != '\0') (void)item_find(a->txn, a->event->item, &a->item);
    a->booked_day = event_booked_day(a->event);
}

/* What the line named in `reverses` did to its room's tables is taken back; the event's movements do the rest. */
static void take_back(struct txn *txn, const struct applying *now)
{
    struct applying old = {.txn = txn, .header = now->header, .name = now->event->reverses, .by = now->name};
    struct key k = key("q", old.name);
    old.event = journal_event(txn, old.name, NULL);
    if (old.event == NULL) {
        if (txn->err == ERR_OK) txn->err = ERR_CORRUPT;
        return;
    }
    look_up(&old);
    apply_fact(&old, -1);
    number_put(txn, TABLE_reversal, &k, now->name);
}

/* Of any room. Two phones may say it, in any order, and one may take it back: it is counted. */
void apply_both_kept(struct applying *applying, const Rasad__V1__BothKept *fact, int sign)
{
    struct key k = key("q", fact->line);
    number_put(applying->txn, TABLE_both_kept, &k, number_get(applying->txn, TABLE_both_kept, &k) + sign);
}

void apply_event(struct txn *txn, const Rasad__V1__Header *header, const Rasad__V1__Event *event, int32_t line)
{
    size_t mark = arena_mark(txn->arena);
    struct applying now = {.txn = txn, .header = header, .event = event, .name = name_of(header->sequence, line)};
    if (event->fact_case == RASAD__V1__EVENT__FACT_REFUSED) return;
    if (event->reverses != 0) take_back(txn, &now);
    look_up(&now);
    apply_fact(&now, +1);
    ledger_apply(&now);
    arena_release(txn->arena, mark);
}
