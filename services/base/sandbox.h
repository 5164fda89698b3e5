/* sandbox.h - what a process gives up before it reads its first byte.
 * Flow:    config, store and sockets first, then the sandbox, then the loop.
 * Why:     one file, the same few functions in every process.
 */
#ifndef RASAD_BASE_SANDBOX_H
#define RASAD_BASE_SANDBOX_H

#include "base/err.h"

#include <sys/types.h>

/* For every process: no new privileges, not dumpable, no core files, umask 077. */
enum err sandbox_common(void);

/* For children of the supervisor: SIGTERM when the parent dies; ERR_CLOSED when it is gone already. parent is the pid
 * that forked us, taken before the fork. */
enum err sandbox_die_with_parent(pid_t parent);

#endif
