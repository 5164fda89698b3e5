/* rights.c - who a process started as root becomes; see rights.h. */
#include "base/rights.h"

#include "base/log.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PORT_FREE_MIN = 1024 }; /* below it a port is the system's */

/* Exactly these are left of what there is, over exec too; the bounding set shrinks where we may shrink it. */
static enum err keep(uint64_t set)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) return err_of_errno(errno);
    set &= (uint64_t)data[1].permitted << 32 | data[0].permitted; /* a container may give less */
    for (int i = 0; i < 2; i++) {
        uint32_t half = (uint32_t)(set >> (32 * i));
        data[i] = (struct __user_cap_data_struct){.effective = half, .permitted = half, .inheritable = half};
    }
    for (unsigned long c = 0; c < 64 && prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        if ((set >> c & 1) == 0) (void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
    if (syscall(SYS_capset, &header, data) != 0) return err_of_errno(errno);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) return err_of_errno(errno);
    for (unsigned long c = 0; c < 64; c++)
        if ((set >> c & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) != 0) return err_of_errno(errno);
    return ERR_OK;
}

static uint64_t of(int capability) { return UINT64_C(1) << capability; }

enum err rights_give_up(void) { return keep(geteuid() == 0 ? of(CAP_DAC_OVERRIDE) : 0); }

/* Whose data it is: of RASAD_USER, else of the directory's owner; NULL: root's. */
static enum err find_user(const struct config *config, const struct passwd **user)
{
    const char *name = getenv("RASAD_USER");
    struct stat about;
    *user = NULL;
    if (name != NULL && name[0] != '\0') {
        *user = getpwnam(name);
        if (*user != NULL) return ERR_OK;
        log_event(LOG_ERROR, "configuration refused variable=RASAD_USER value=%s why=%s", name, "there is no such user");
        return ERR_CONFIG;
    }
    if (stat(config->data, &about) != 0 || about.st_uid == 0) return ERR_OK;
    *user = getpwuid(about.st_uid);
    if (*user != NULL) return ERR_OK;
    log_event(LOG_ERROR, "the data directory belongs to nobody known path=%s uid=%u", config->data, (unsigned)about.st_uid);
    return ERR_CONFIG;
}

static enum err directory_given(const struct config *config, const struct passwd *user)
{
    if (mkdir(config->data, 0700) != 0) return errno == EEXIST ? ERR_OK : err_of_errno(errno);
    return chown(config->data, user->pw_uid, user->pw_gid) == 0 ? ERR_OK : err_of_errno(errno);
}

static enum err become(const struct passwd *user, uint64_t left)
{
    if (prctl(PR_SET_KEEPCAPS, left != 0, 0, 0, 0) != 0 || initgroups(user->pw_name, user->pw_gid) != 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 || setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return err_of_errno(errno);
    return ERR_OK;
}

enum err rights_drop(const struct config *config)
{
    if (geteuid() != 0) return ERR_OK;
    const struct passwd *user;
    uint64_t left = config->port != 0 && config->port < PORT_FREE_MIN ? of(CAP_NET_BIND_SERVICE) : 0;
    enum err err = find_user(config, &user);
    if (err == ERR_OK && user != NULL) err = directory_given(config, user);
    if (err == ERR_OK && user != NULL) err = become(user, left);
    if (err == ERR_OK) err = keep(left | (user == NULL || user->pw_uid == 0 ? of(CAP_DAC_OVERRIDE) : 0));
    if (err != ERR_OK) log_event(LOG_ERROR, "rights not dropped data=%s reason=%s", config->data, err_text(err));
    return err;
}
