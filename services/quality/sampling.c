/* sampling.c - see sampling.h. With i the number of the code letter (A is 0) and j that of the limit (0.010 is 0), all
 * plans with the same i + j have the same acceptance number; where a diagonal has none, an arrow points to the next plan
 * of the same limit, with a larger sample below, or with a smaller one above. */
#include "quality/sampling.h"

#include "base/must.h"

#include <string.h>

#define NONE (-1)
#define LAST_NORMAL 15    /* R */
#define LAST_TIGHTENED 16 /* S */
#define LAST_LONG 4       /* E: down to here there are two diagonals more */
#define LAST_DIAGONAL 24
#define LAST_DIAGONAL_LONG 26

static const char letters[] = "ABCDEFGHJKLMNPQRS";
static const int32_t samples[] = {2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150};
static const int64_t lot_ends[] = {8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10000, 35000, 150000, 500000};
enum { LOT_ENDS = sizeof lot_ends / sizeof lot_ends[0] };

/* One diagonal after the other: from `zero`, two or three without a plan, then these acceptance numbers. */
struct master {
    int zero;     /* i + j of the plans with Ac = 0 */
    int first;    /* i + j of the plans with the first number below */
    int last_row; /* the last letter of the table */
    int32_t accept[10];
};
static const struct master normal = {14, 17, LAST_NORMAL, {1, 2, 3, 5, 7, 10, 14, 21, 30, 44}};
static const struct master tight = {15, 18, LAST_TIGHTENED, {1, 2, 3, 5, 8, 12, 18, 27, 41}};

#define LAST_STEP_WITH_ZERO 14 /* 6.5: above it no plan accepts on none */

bool sampling_level_parse(const char *text, enum sampling_level *level)
{
    static const char *const names[LEVEL_COUNT] = {"S-1", "S-2", "S-3", "S-4", "I", "II", "III"};
    *level = LEVEL_II;
    if (text[0] == '\0') return true;
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *level = (enum sampling_level)i;
        return true;
    }
    return false;
}

/* Five to a decade. */
int64_t sampling_limit(int step)
{
    static const int64_t decade[] = {10, 15, 25, 40, 65};
    must(step >= 0 && step < SAMPLING_STEPS);
    int64_t limit = decade[step % 5];
    for (int i = 0; i < step / 5; i++) limit *= 10;
    return limit;
}

int sampling_step_at_most(int64_t thousandths)
{
    int step = 0;
    while (step + 1 < SAMPLING_STEPS && sampling_limit(step + 1) <= thousandths) step++;
    return step;
}

bool sampling_step(int64_t thousandths, int *step)
{
    int found = sampling_step_at_most(thousandths);
    if (sampling_limit(found) != thousandths) return false;
    *step = found;
    return true;
}

/* The code letter: a level walks through the letters at its own pace as lots grow. */
static int letter_of(int64_t lot, enum sampling_level level)
{
    int size = 0;
    while (size < LOT_ENDS && lot > lot_ends[size]) size++;
    switch (level) {
    case LEVEL_S1: return size / 4;
    case LEVEL_S2: return size / 3;
    case LEVEL_S3: return size / 2;
    case LEVEL_S4: return size * 2 / 3;
    case LEVEL_I: return size == 0 ? 0 : size - (size < 4 ? 1 : 2);
    case LEVEL_III: return size + 1;
    case LEVEL_II:
    case LEVEL_COUNT: break;
    }
    return size;
}

/* Ac of one cell of the table; NONE where it has an arrow. */
static int32_t cell(const struct master *master, int row, int step)
{
    int diagonal = row + step;
    if (diagonal == master->zero) return step <= LAST_STEP_WITH_ZERO ? 0 : NONE;
    if (diagonal < master->first || diagonal > (row <= LAST_LONG ? LAST_DIAGONAL_LONG : LAST_DIAGONAL)) return NONE;
    return master->accept[diagonal - master->first];
}

/* An arrow in this cell would point to the plan above it. */
static bool arrow_up(const struct master *master, int row, int step)
{
    bool under_zero = master == &normal && row > 0 && row + step == master->zero + 1;
    return under_zero || row + step > LAST_DIAGONAL;
}

/* Follow the arrows of a column to its plan; at the table's end they turn. */
static int plan_row(const struct master *master, int row, int step)
{
    bool up = arrow_up(master, row, step);
    int at = row;
    while (!up && at <= master->last_row && cell(master, at, step) == NONE) at++;
    if (!up && at <= master->last_row) return at;
    for (at = row; at > 0 && cell(master, at, step) == NONE;) at--;
    return at;
}

struct plan sampling_plan(int64_t lot, enum sampling_level level, int step, bool tightened)
{
    const struct master *master = tightened ? &tight : &normal;
    must(lot >= 1 && step >= 0 && step < SAMPLING_STEPS);
    int row = plan_row(master, letter_of(lot, level), step);
    int32_t accept = cell(master, row, step);
    must(accept != NONE);
    bool every = samples[row] >= lot;
    return (struct plan){letters[row], every ? lot : samples[row], accept, accept + 1, every};
}

struct plan sampling_plan_under(int64_t lot, int step, enum severity severity)
{
    struct plan plan = sampling_plan(lot, LEVEL_II, step, severity != SEVERITY_NORMAL);
    if (severity != SEVERITY_STOPPED) return plan;
    plan.sample = lot;
    plan.every_piece = true;
    return plan;
}

bool sampling_passed(int64_t lot, int step, enum severity severity, int64_t sample, struct defects found)
{
    struct plan major = sampling_plan_under(lot, step, severity);
    struct plan minor = sampling_plan_under(lot, step + 1 < SAMPLING_STEPS ? step + 1 : step, severity);
    bool enough = sample >= major.sample;
    return enough && found.critical == 0 && found.major <= major.accept && found.minor <= minor.accept;
}

enum severity sampling_severity(const bool *accepted, size_t n)
{
    bool tightened = false;
    int good_running = 0, bad_while_tightened = 0;
    int since_bad = 5; /* lots accepted since the last one that was not; 4 or more: it no longer counts */
    for (size_t i = 0; i < n; i++) {
        good_running = accepted[i] ? good_running + 1 : 0;
        if (tightened) {
            if (!accepted[i] && ++bad_while_tightened == 5) return SEVERITY_STOPPED;
            if (good_running < 5) continue;
            tightened = false;
            since_bad = 5;
        } else if (accepted[i]) {
            since_bad += since_bad < 5;
        } else if (since_bad < 4) {
            tightened = true;
            bad_while_tightened = 0;
        } else {
            since_bad = 0;
        }
    }
    return tightened ? SEVERITY_TIGHTENED : SEVERITY_NORMAL;
}
