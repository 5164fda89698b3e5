/* offline.h - what verify, rebuild, backup and restore share: they open the store themselves. */
#ifndef RASAD_RASAD_OFFLINE_H
#define RASAD_RASAD_OFFLINE_H

#include "base/config.h"
#include "store/replay.h"

#include <stdbool.h>

/* The settings, and the store of the data directory; complains on stderr. */
bool offline_open(struct config *config, struct store **store);
/* A new empty directory <data>/<word>.<pid>; remove it with everything in it. */
bool scratch_make(const struct config *config, const char *word, char path[PATH_BYTES_MAX]);
void scratch_remove(const char *path);
/* "verify: 120,000 entries" on stderr, at most twice a second, when it is a terminal or every 10 s otherwise. */
void progress(const char *what, int64_t done, int64_t of);
void progress_end(void);
/* No `rasad up` may run on it; what it starts itself may. */
bool offline_alone(const struct config *config);

#endif
