/* sampling.h - how many pieces to draw of a lot and how many may be bad: ISO 2859-1 (IS 2500-1), single sampling.
 * Use:     sampling_step names the acceptance quality limit, sampling_plan gives the plan, sampling_severity says from the
 *          verdicts so far whether the next lot is under normal or tightened inspection, or none at all.
 * Rules:   pure: functions of their arguments alone. Limits are in thousandths of a percent: 10 is 0.010 %, 2500 is 2.5 %.
 * Why:     the standard's tables are one pattern shifted along their diagonals, so the rule is shorter than the tables.
 *          Reduced inspection is left out: its numbers differ between editions, and it is wrong for crisis goods.
 */
#ifndef RASAD_QUALITY_SAMPLING_H
#define RASAD_QUALITY_SAMPLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLING_STEPS 26 /* acceptance quality limits from 0.010 to 1000 */

enum sampling_level { LEVEL_S1, LEVEL_S2, LEVEL_S3, LEVEL_S4, LEVEL_I, LEVEL_II, LEVEL_III, LEVEL_COUNT };
enum severity { SEVERITY_NORMAL, SEVERITY_TIGHTENED, SEVERITY_STOPPED };

struct plan {
    char letter;      /* of the plan used: where the table has an arrow, the letter it leads to */
    int64_t sample;   /* pieces; the whole lot where the plan reaches it */
    int32_t accept;   /* Ac: up to so many bad ones the lot passes */
    int32_t refuse;   /* Re = Ac + 1 */
    bool every_piece;
};

/* "S-1" to "S-4", "I", "II", "III"; "" is II. */
bool sampling_level_parse(const char *text, enum sampling_level *level);

/* The limit of a step from 0, in thousandths of a percent. */
int64_t sampling_limit(int step);

/* The step of a limit; false when the standard has none of that size. */
bool sampling_step(int64_t thousandths, int *step);

/* The step of a limit, or the next stricter one; the strictest for less. */
int sampling_step_at_most(int64_t thousandths);

/* The plan for a lot of one piece or more; tightened or normal. */
struct plan sampling_plan(int64_t lot, enum sampling_level level, int step, bool tightened);

/* The same at level II under a severity; of a maker that is stopped, every piece. */
struct plan sampling_plan_under(int64_t lot, int step, enum severity severity);

struct defects {
    int32_t critical, major, minor;
};
/* Has a lot passed (level II)? No critical defect, no more major ones than the plan of the step accepts, no more minor ones
 * than that of the next step, and no smaller sample than the plan's. */
bool sampling_passed(int64_t lot, int step, enum severity severity, int64_t sample, struct defects found);

/* Under what the next lot stands, after these first verdicts on lots of one maker and item, oldest first: two of five
 * running lots not accepted, tightened; five running ones accepted, normal again; five not accepted while tightened,
 * stopped until somebody decides. */
enum severity sampling_severity(const bool *accepted, size_t n);

#endif
