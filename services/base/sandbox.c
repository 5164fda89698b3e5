/* sandbox.c - what a process gives up before it reads its first byte; see sandbox.h. */
#include "base/sandbox.h"

#include "base/log.h"
#include "base/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
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

/* ---- what was asked for */

#if defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

enum mode { MODE_REFUSE, MODE_KILL, MODE_OFF };

static const char *const mode_texts[] = {[MODE_REFUSE] = "refuse", [MODE_KILL] = "kill", [MODE_OFF] = "off"};

static enum err mode_read(enum mode *mode)
{
    const char *text = getenv("RASAD_SANDBOX");
    *mode = MODE_REFUSE;
#ifdef SANITIZED
    *mode = MODE_OFF;
    return ERR_OK;
#endif
    if (text == NULL || text[0] == '\0') return ERR_OK;
    for (enum mode m = MODE_REFUSE; m <= MODE_OFF; m++) {
        if (strcmp(text, mode_texts[m]) != 0) continue;
        *mode = m;
        return ERR_OK;
    }
    log_event(LOG_ERROR, "configuration refused variable=RASAD_SANDBOX value=%s why=%s", text, "refuse, kill or off");
    return ERR_CONFIG;
}

/* ---- seccomp: which system calls */

enum { SERVICE = 1 << SANDBOX_SERVICE, GATEWAY = 1 << SANDBOX_GATEWAY, BOTH = SERVICE | GATEWAY };
enum when { ALWAYS, UNIX_ONLY, NOT_EXECUTABLE, ITSELF };

static const struct {
    const char *name;
    unsigned roles;
    enum when when;
} calls[] = {
#define SYSCALL(name, roles, when) {#name, roles, when},
#include "base/sandbox.def"
#undef SYSCALL
};

static int call_allow(scmp_filter_ctx filter, const char *name, enum when when)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return 0; /* not on this architecture */
    switch (when) {
    case UNIX_ONLY:
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    case NOT_EXECUTABLE:
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    case ITSELF:
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    case ALWAYS: break;
    }
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

/* False: this kernel has no filters, or a container refuses them. */
static bool calls_fence(enum sandbox_role role, enum mode mode)
{
    scmp_filter_ctx filter = seccomp_init(mode == MODE_KILL ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) return false;
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: some six comparisons a call, not sixty */
    for (size_t i = 0; i < sizeof calls / sizeof calls[0] && rc == 0; i++)
        if ((calls[i].roles & 1U << role) != 0) rc = call_allow(filter, calls[i].name, calls[i].when);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1); /* since Linux 4.14 */
    if (rc == 0) rc = seccomp_load(filter);
    seccomp_release(filter);
    if (rc != 0) log_event(LOG_WARN, "seccomp not in force reason=%s", strerror(-rc));
    return rc == 0;
}

/* ---- landlock: which paths and ports. As in linux/landlock.h, of which Debian 12 has the second version only. */

enum {
    LANDLOCK_CREATE_RULESET = 444, LANDLOCK_ADD_RULE = 445, LANDLOCK_RESTRICT_SELF = 446, /* everywhere the same */
    LANDLOCK_VERSION = 1, LANDLOCK_PATH_BENEATH = 1,
    LANDLOCK_REMOVE_FILE = 1 << 5, LANDLOCK_TCP = 1 << 0 | 1 << 1, LANDLOCK_SCOPES = 1 << 0 | 1 << 1,
};

struct landlock_attributes {
    uint64_t paths, ports, scopes;
};

struct landlock_path {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

/* Every right over files that this version knows. */
static uint64_t landlock_rights(long version)
{
    return version >= 5 ? 0xffff : version >= 3 ? 0x7fff : version >= 2 ? 0x3fff : 0x1fff;
}

/* The version in force; 0: none. Signals and abstract sockets stay within the process since version 6. */
static long paths_fence(const char *sockets)
{
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, (size_t)0, LANDLOCK_VERSION);
    if (version < 1) return 0;
    const struct landlock_attributes all = {
        .paths = landlock_rights(version),
        .ports = version >= 4 ? LANDLOCK_TCP : 0,
        .scopes = version >= 6 ? LANDLOCK_SCOPES : 0,
    };
    int rules = (int)syscall(LANDLOCK_CREATE_RULESET, &all, sizeof all, 0);
    if (rules < 0) return 0;
    bool good = true;
    if (sockets != NULL) {
        int directory = open(sockets, O_PATH | O_CLOEXEC);
        const struct landlock_path path = {.allowed = LANDLOCK_REMOVE_FILE, .parent_fd = directory};
        good = directory >= 0 && syscall(LANDLOCK_ADD_RULE, rules, LANDLOCK_PATH_BENEATH, &path, 0) == 0;
        if (directory >= 0) close(directory);
    }
    good = good && syscall(LANDLOCK_RESTRICT_SELF, rules, 0) == 0;
    close(rules);
    return good ? version : 0;
}

/* ---- */

enum err sandbox_enter(enum sandbox_role role, const char *sockets)
{
    enum mode mode;
    tzset(); /* gmtime_r, for the Date of an answer, reads the zone's file at its first use */
    enum err err = mode_read(&mode);
    if (err == ERR_OK) err = sandbox_common();
    if (err == ERR_OK) err = rights_give_up();
    if (err != ERR_OK) return err;
    if (mode == MODE_OFF) {
        log_event(LOG_WARN, "sandbox seccomp=off landlock=off");
        return ERR_OK;
    }
    long landlock = paths_fence(role == SANDBOX_SERVICE ? sockets : NULL);
    bool seccomp = calls_fence(role, mode);
    log_event(seccomp && landlock > 0 ? LOG_INFO : LOG_WARN, "sandbox seccomp=%s landlock=%ld",
              seccomp ? mode_texts[mode] : "none", landlock);
    return ERR_OK;
}
