/* forge.h - the journal of a programme that ran for years, written straight into a store by replay.
 * Flow:    forge_open -> forge_day ... -> forge_close. Each entry is packed, chained and given to replay_entry: what
 *          `rasad rebuild` does with a journal it reads, so the tables are those that the services would have written.
 * Shape:   one state, 75 districts, 150 blocks and federations, then clusters of FORGE_GROUPS groups. Each group has a line
 *          every day; each cluster gets and gives out material every 30 days, takes hand-ins and serves them every 7.
 *          Four of five clusters make masks of cloth, the fifth kits of film. Clusters come in another order every day.
 * Thin:    with `every` set a cluster comes once in so many days; two of three then hand in what they logged, and serve most
 *          of it. So a store with nothing behind it and one with years behind can end in the same days with the same lines, and
 *          goods in the same stages: what reports of those days are asked is the same, and only what lies behind it differs.
 * Codes:   state "s", districts d00, blocks b000, federations f000, clusters v000, groups g00000 (cluster * 30 + n).
 */
#ifndef RASAD_TESTS_BENCH_FORGE_H
#define RASAD_TESTS_BENCH_FORGE_H

#include "store/replay.h"

enum { FORGE_GROUPS = 30, FORGE_LOTS = 8, FORGE_FIRST_DAY = 19358 /* 2023-01-01: recipes are from then on */ };

struct forge_group {
    int64_t open_lot, made;                         /* not yet handed in */
    int64_t lots[FORGE_LOTS], left[FORGE_LOTS];     /* material, oldest first */
    int64_t used;                                   /* since the last issue */
};

struct forge {
    struct replay replay;
    struct arena arena; /* of the entry being made */
    char node[16];
    int32_t clusters;
    int32_t day;        /* the next one */
    int32_t every;      /* thin days: a cluster comes once in so many; 0: each day */
    int64_t lines;      /* of output, so far */
    int64_t entries;
    int64_t sack;
    struct forge_group *groups;
    bool (*around)(void *ctx, struct forge *forge, bool after); /* of each cluster's log; false: stop. NULL: nobody looks */
    void *ctx;
};

/* dir: exists and holds no store. */
bool forge_open(struct forge *forge, const char *dir, int32_t clusters);
/* One day of all clusters. False: something failed, and stderr says what. */
bool forge_day(struct forge *forge);
/* Commit what is open. */
bool forge_commit(struct forge *forge);
void forge_close(struct forge *forge);

#endif
