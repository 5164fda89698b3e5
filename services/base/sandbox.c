/* sandbox.c - what a process gives up before it reads its first byte. */
#include "base/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum err sandbox_common(void)
{
    const struct rlimit no_core = {0, 0};
    umask(077);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return err_of_errno(errno);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return err_of_errno(errno);
    if (setrlimit(RLIMIT_CORE, &no_core) != 0) return err_of_errno(errno);
    return ERR_OK;
}

enum err sandbox_die_with_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0) return err_of_errno(errno);
    return getppid() == parent ? ERR_OK : ERR_CLOSED; /* it may have died before the prctl */
}
