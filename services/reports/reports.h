/* reports.h - what the files of this room share.
 * Files:   flow.c (GetFlow, rows of flows), below.c, series.c, tally.c (GetTally, GetPresence), trace.c, questions.c,
 *          entries.c (ListEntries, GetHead), receipts.c (FindReceipt), day.c (ListDayLines), rules.c.
 * Shape:   check what the request alone shows -> find the place and ask whether the caller may see it -> read -> reply.
 * Rights:  anybody signed in reads the places of his roles and all below them, nothing above or beside; ListEntries is
 *          for auditors and administrators, a trace for whoever may see one place that has or had the lot.
 * Bounds:  rules.h. Nothing here writes.
 */
#ifndef RASAD_REPORTS_REPORTS_H
#define RASAD_REPORTS_REPORTS_H

#include "reports/rules.h"
#include "store/commands.h"
#include "store/totals.h"

struct days {
    int32_t from, to; /* both included */
};

/* A period of at most days_max days; refuses the request otherwise. */
bool check_days(struct call *call, const char *from, const char *to, int32_t days_max, struct days *days);
/* A place the caller may see; refuses by itself. */
bool find_seen_place(struct call *call, const char *code, struct place *place);
/* An item that flows in pieces, not in money: goods or a service. */
bool find_flowing(struct call *call, const char *code, struct item *item);

bool place_has_below(struct txn *txn, uint32_t place);

/* Has the entry a line at this place or below it: of one there, or that moved something to or from one? */
bool entry_here(struct txn *txn, const Rasad__V1__Entry *entry, uint32_t ancestor);

/* Ids of items run from 1 to this. */
uint32_t items_count(struct txn *txn);

/* One row; NULL only when the arena is full. What does not close is shown as it is, and logged. */
Rasad__V1__FlowRow *flow_row_make(struct call *call, const struct place *place, const struct item *item,
                                  const struct flow *flow);

/* One flow a day into `list`, for each place days.to - days.from + 1 of them, each opening as the one before closed; and for
 * each place the flow of all days. */
void series_read(struct txn *txn, const struct place *places, size_t places_n, const struct item *item, struct days days,
                 struct flow *list, struct flow *whole);

/* The name of a place for this caller: of a person only where he may see it, else the code must do. */
Rasad__V1__Names *names_for(struct call *call, const struct place *place);
char *day_text(struct call *call, int32_t day);

/* Strings of rows and constants, put into a message that is packed and forgotten. */
static inline char *text(const char *constant) { return (char *)(uintptr_t)constant; }

#endif
