/* notes.h - small files beside the store that say when something was last done: a number in it, and its time.
 * Why:     the supervisor, `rasad status` and service managers see them without opening the store.
 */
#ifndef RASAD_RASAD_NOTES_H
#define RASAD_RASAD_NOTES_H

#include "base/config.h"

#include <stdbool.h>
#include <stdint.h>

#define BACKUP_NOTE "backup.last"       /* into a directory: the last entry in it; its time: of the names and passwords in it */
#define PIPED_NOTE "backup.piped"       /* the same of one that went to stdout */
#define FORGOTTEN_NOTE "forgotten.last" /* the last entry when somebody was forgotten; rasad-backup.path waits for it */

void note_write(const struct config *config, const char *name, int64_t number, int64_t at_ms);
/* False: never, or not readable. */
bool note_read(const struct config *config, const char *name, int64_t *number, int64_t *at_ms);

struct backup_state {
    bool made;
    int64_t entry, made_ms; /* of the newest */
    bool old;               /* or of a time to come: the clock was wrong then */
    bool remembers;         /* it, or the last one in a directory, holds somebody who was forgotten since */
};
struct backup_state backup_state(const struct config *config);

#endif
