/* rules.h - what this room works out, as functions of their arguments: no store, no clock.
 * Use:     periods as people write them, the sum that a flow must keep, the steps of a trace, the mark between two pages.
 * Bounds:  FLOW_DAYS_MAX, SERIES_DAYS_MAX, TRACE_LOTS_MAX, TRACE_DEPTH_MAX.
 */
#ifndef RASAD_REPORTS_RULES_H
#define RASAD_REPORTS_RULES_H

#include "base/limits.h"
#include "reports.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2020" is 202000, "2020-04" is 202004: a year or a month of the programme's calendar, as table presence has it. */
bool period_parse(const char *text, uint32_t *period);

/* What a row's columns leave unexplained of its closing: 0, or the books are wrong. */
int64_t flow_row_gap(const Rasad__V1__FlowRow *row);
int64_t money_row_gap(const Rasad__V1__MoneyRow *row);

/* ---- the steps of a trace, breadth first; each lot once */

struct step {
    int64_t lot;
    int64_t nearer;  /* the lot one step nearer to the one asked for; 0: that one itself */
    int32_t depth;   /* below zero: made of, above: went into */
};

struct trace {
    size_t n;
    bool more;       /* a bound cut it */
    struct step steps[TRACE_LOTS_MAX];
};

/* Adds a lot that is not there yet and lies within TRACE_DEPTH_MAX. False: the list is full, nothing more will fit. */
bool trace_add(struct trace *trace, int64_t lot, int64_t nearer, int32_t depth);

/* ---- where a list of questions goes on: the last row looked at, in codes, since no id leaves the store */

struct question_mark {
    char place[CODE_BYTES_MAX + 1]; /* empty: at no place */
    char item[CODE_BYTES_MAX + 1];
    char text[CODE_BYTES_MAX + 1];  /* slip or name, as in the key */
    int32_t kind, stage;
};

#define MARK_TEXT_BYTES (3 * CODE_BYTES_MAX + 16)
void mark_format(const struct question_mark *mark, char out[MARK_TEXT_BYTES]);
bool mark_parse(const char *text, struct question_mark *mark);

#endif
