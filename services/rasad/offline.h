/* offline.h - what verify, rebuild, backup and restore share: they open the store themselves. */
#ifndef RASAD_RASAD_OFFLINE_H
#define RASAD_RASAD_OFFLINE_H

#include "base/config.h"
#include "store/replay.h"

#include <stdbool.h>
#include <stdio.h>

/* Is there a store in the data directory? A line on stderr when not: a wrong RASAD_DATA, or a disk that is not mounted, is
 * no empty store. */
bool offline_there(const struct config *config);
/* The store of the data directory; complains on stderr. */
bool offline_open(const struct config *config, struct store **store);
/* Does the journal end where it counts its entries? A damaged page can hide its end: *last is the last that is seen. */
bool offline_whole(struct store *store, int64_t *rows, int64_t *last);
/* Work that was killed has left its directory: what belongs to no process any more goes. */
void scratch_sweep(const struct config *config);
/* A new empty directory <data>/<word>.<pid>, after a sweep (word: restore, stream, verify or rebuild); remove it with all in it. */
bool scratch_make(const struct config *config, const char *word, char path[PATH_BYTES_MAX]);
void scratch_remove(const char *path);
/* "verify: 120,000 entries" on stderr, at most twice a second, when it is a terminal or every 10 s otherwise. */
void progress(const char *what, int64_t done, int64_t of);
void progress_end(void);
/* Work in a process of its own, with an empty directory for it: LMDB ends whoever comes upon a page that is no page. The
 * exit code of the work; when it was ended, RASAD_REFUSED after one line on `said`, which names what was being read. */
typedef int apart_work(const struct config *config, const char *scratch, char **arguments);
int offline_apart(const struct config *config, const char *word, FILE *said, apart_work *work, char **arguments);
/* In that work: what is being read now, for that line: "entry", 812 or "table lot", 0. */
void apart_reading(const char *what, int64_t number);
/* No `rasad up` may run on it; what it starts itself may. */
bool offline_alone(const struct config *config);

#endif
