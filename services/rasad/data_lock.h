/* data_lock.h - one program at a time works on a data directory.
 * Use:     data_lock before anything else touches the directory; the lock goes when the descriptor or the process does.
 * Why:     two supervisors on one store would start every service twice.
 */
#ifndef RASAD_RASAD_DATA_LOCK_H
#define RASAD_RASAD_DATA_LOCK_H

#include "base/config.h"
#include "base/err.h"

/* Make the directory (0700) where it is missing and lock it. What is wrong is printed on stderr: ERR_EXISTS, another
 * `rasad up` has it; ERR_PERMISSION, others may read it or it is not ours. The descriptor is closed by exec. */
enum err data_lock(const struct config *config, int *fd);

#endif
