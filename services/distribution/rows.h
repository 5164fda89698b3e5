/* rows.h - the rows of request lines and shipments: reading them, and what a fact adds to a slip's line.
 * Flow:    handlers find rows here to decide; apply.c changes and writes them. shipment_line_add is used by both: a line
 *          that corrects another decides as if that one had been taken back already.
 * Bounds:  NEED_SOURCES_MAX places hold something for one request line; SHIPMENT_LOTS_MAX lots of one slip's line.
 */
#ifndef RASAD_DISTRIBUTION_ROWS_H
#define RASAD_DISTRIBUTION_ROWS_H

#include "distribution/rules.h"
#include "store/call.h"

/* A request line as a handler sees it. */
struct need {
    int64_t name;
    Rasad__V1__NeedRow *row;
    struct place place; /* who needs it */
    struct item item;
};

/* Check of shape: the name of a request line, which must be there. */
bool check_request_name(struct call *call, const char *field, const char *text);
/* Check of shape: a slip's number. */
bool check_slip(struct call *call, const char *slip);
/* Finds the request line or refuses: UNKNOWN_CODE. */
bool find_need(struct call *call, const char *field, const char *text, struct need *need);
/* The same where the caller acts for the place that needs it: also NOT_YOURS. */
bool find_own_need(struct call *call, const char *field, const char *text, struct need *need);

/* Is it too late to be approved at once? What is asked from the minute on, on the day before the needed one. */
bool ask_late(const struct call *call, int64_t ask_by_min, int32_t needed);

Rasad__V1__NeedRow *need_row(struct txn *txn, int64_t name); /* NULL: none */
int64_t need_source(struct txn *txn, int64_t name, uint32_t place);

struct source {
    uint32_t place;
    int64_t quantity;
};
/* Where something is set aside for the line; returns how many places. */
size_t need_sources(struct txn *txn, int64_t name, struct source sources[NEED_SOURCES_MAX]);

Rasad__V1__ShipmentRow *shipment_row(struct txn *txn, const char *slip);                          /* NULL: none */
Rasad__V1__ShipmentLineRow *shipment_line_row(struct txn *txn, const char *slip, uint32_t item);  /* NULL: none */

/* What a Sent, Received or Settled adds to its slip's line: numbers, the request line it answers, lots on the way.
 * sign -1 takes it away again. The row grows in the arena. */
void shipment_line_add(struct arena *arena, Rasad__V1__ShipmentLineRow *line, const Rasad__V1__Event *event, int sign);
/* Of a Sent: how much left what was set aside. */
int64_t sent_of_reserved(const Rasad__V1__Event *event);
/* A movement of the fact itself: no loan, repayment, correction of a count or taking back. */
bool movement_own(const Rasad__V1__Movement *movement, enum stage from, enum stage to);

#endif
