/* sandbox.h - what a process gives up before it reads its first byte.
 * Flow:    config, store and sockets first, then sandbox_enter, then "ready", then the loop. See sandbox.def.
 * Use:     RASAD_SANDBOX: unset, what is not allowed fails with EPERM and is told to the kernel's audit log; kill, the
 *          process ends with SIGSYS (our tests, so that nothing goes unnoticed); off, for a debugger or a container
 *          whose kernel refuses. A build with sanitizers has it off: they open files of their own.
 * Fails:   never for an old kernel: the line "sandbox" in the log says what is in force, and so does /proc/PID/status.
 * Why:     two fences that do not rely on each other. seccomp (the calls; libseccomp, which knows every architecture's
 *          numbers and the halves of 64-bit arguments; a table by hand is as long, for one machine) and landlock (paths
 *          and ports; three system calls, so no library).
 */
#ifndef RASAD_BASE_SANDBOX_H
#define RASAD_BASE_SANDBOX_H

#include "base/err.h"

#include <sys/types.h>

enum sandbox_role {
    SANDBOX_SERVICE, /* holds the store, speaks on Unix sockets: opens nothing more, no network */
    SANDBOX_GATEWAY, /* faces the network: opens nothing, calls nobody but the services */
};

/* For every process: no new privileges, not dumpable, no core files (secrets), umask 077. */
enum err sandbox_common(void);

/* The same, and then only what the role needs; for good. sockets: the directory a service removes its socket from. */
enum err sandbox_enter(enum sandbox_role role, const char *sockets);

/* For children of the supervisor: SIGTERM when the parent dies; ERR_CLOSED when it is gone already. parent is the pid
 * that forked us, taken before the fork. */
enum err sandbox_die_with_parent(pid_t parent);

#endif
