/* rights.h - started as root: who it becomes instead, and which capabilities it keeps.
 * Rule:    root becomes RASAD_USER where that is set, else the owner of the data directory. One rule for every command:
 *          `sudo rasad backup` writes nothing that the services could not read.
 * Keeps:   what a port below 1024 needs, until it is bound; of a root that stays root (its own data directory, a
 *          container) the right to pass directories of others. Everything else is given up.
 */
#ifndef RASAD_BASE_RIGHTS_H
#define RASAD_BASE_RIGHTS_H

#include "base/config.h"
#include "base/err.h"

/* No root: nothing to do. ERR_CONFIG when there is no such user, with a line in the log. Makes the data directory, the
 * user's own, where it is missing and RASAD_USER says whose. */
enum err rights_drop(const struct config *config);

/* After all is bound: no capability is left, but for the one of a root that stays root. */
enum err rights_give_up(void);

#endif
