/* notes.h - small files beside the store that say when something was last done: a number in it, and its time.
 * Why:     the supervisor, `rasad status` and service managers see them without opening the store.
 */
#ifndef RASAD_RASAD_NOTES_H
#define RASAD_RASAD_NOTES_H

#include "base/config.h"

#include <stdbool.h>
#include <stdint.h>

#define BACKUP_NOTE "backup.last"       /* the last entry in it; its time: of the names and passwords in it */
#define FORGOTTEN_NOTE "forgotten.last" /* somebody was forgotten; rasad-backup.path waits for it */

void note_write(const struct config *config, const char *name, int64_t number, int64_t at_ms);
/* False: never, or not readable. */
bool note_read(const struct config *config, const char *name, int64_t *number, int64_t *at_ms);
/* Does the last backup hold somebody who was forgotten since? */
bool backup_remembers(const struct config *config);

#endif
