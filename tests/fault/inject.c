/* inject.c - a library preloaded into the processes of Rasad: what they call fails, dies or stops on cue.
 * Flow:    LD_PRELOAD names it, RASAD_INJECT a file of one page. The test writes an order there (tests/lib/inject.mjs); every
 *          process has the page mapped, and the one that is meant counts its calls of that kind down to 0.
 * Owns:    nothing of the product: the programs that are tested are the ones that are shipped.
 * Kinds:   LMDB's calls; the hash of an entry, for one that crashes; what it and we write to files; sockets; memory; the clock.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { NONE, PUT, DEL, GET, CURSOR, BEGIN, COMMIT, FILE_WRITE, FILE_SYNC, SOCKET_WRITE, MEMORY };
enum deed { FAIL, FAIL_AFTER, DIE, DIE_AFTER, STOP, ABORT };

/* The layout is that of inject.mjs. */
struct order {
    char process[24];        /* who: "materials", "gateway"; "" everybody */
    uint32_t kind, deed;
    int32_t code;            /* errno, or LMDB's code */
    int32_t lasting;         /* 1: not the n-th alone, all from there on */
    _Atomic int64_t n;       /* the n-th call from now; 0: nothing, or over */
    _Atomic int64_t fired;
    _Atomic int64_t clock_ms; /* added to the time of day */
    uint8_t crash_id[16];    /* the process that appends an entry of this request id aborts */
    _Atomic int32_t crashes; /* 1: crash_id counts */
    _Atomic int32_t crashed;
};

static struct order *order;
static char process[24];

static bool meant(void) { return order->process[0] == '\0' || strncmp(order->process, process, sizeof process) == 0; }

/* "rasad serve materials" is materials, "rasad verify" verify, "rasad-gateway" gateway. */
static void find_process(void)
{
    char line[512] = "";
    int fd = open("/proc/self/cmdline", O_RDONLY);
    ssize_t bytes = fd >= 0 ? read(fd, line, sizeof line - 2) : 0;
    if (fd >= 0) close(fd);
    if (bytes <= 0) return;
    const char *program = strrchr(line, '/') != NULL ? strrchr(line, '/') + 1 : line;
    const char *word = line + strlen(line) + 1;
    if (strcmp(word, "serve") == 0) word += strlen(word) + 1;
    if (strcmp(program, "rasad-gateway") == 0) word = "gateway";
    strncpy(process, word, sizeof process - 1);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("RASAD_INJECT");
    int fd = path != NULL ? open(path, O_RDWR) : -1;
    find_process();
    void *page = fd >= 0 ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0) close(fd);
    if (page != MAP_FAILED) order = page;
}

/* Does this call do what was ordered? Whoever dies or stops does it here. */
static bool cue(enum kind kind, bool after)
{
    if (order == NULL || order->kind != kind || order->n <= 0 || !meant()) return false;
    enum deed deed = (enum deed)order->deed;
    if (after != (deed == FAIL_AFTER || deed == DIE_AFTER)) return false;
    if (order->lasting && order->n == 1) {
        order->fired++;
    } else {
        if (atomic_fetch_sub(&order->n, 1) != 1) return false;
        order->fired++;
        if (order->lasting) order->n = 1;
    }
    if (deed == DIE || deed == DIE_AFTER) raise(SIGKILL);
    if (deed == STOP) raise(SIGSTOP);
    if (deed == ABORT) abort();
    return deed == FAIL || deed == FAIL_AFTER;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* ---- LMDB */

int mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags)
{
    REAL(mdb_cursor_put);
    if (cue(PUT, false)) return order->code;
    int rc = real(cursor, key, data, flags);
    return cue(PUT, true) ? order->code : rc;
}

int mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags)
{
    REAL(mdb_put);
    if (cue(PUT, false)) return order->code;
    int rc = real(txn, dbi, key, data, flags);
    return cue(PUT, true) ? order->code : rc;
}

int mdb_cursor_del(MDB_cursor *cursor, unsigned flags)
{
    REAL(mdb_cursor_del);
    return cue(DEL, false) ? order->code : real(cursor, flags);
}

int mdb_cursor_open(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor)
{
    REAL(mdb_cursor_open);
    return cue(CURSOR, false) ? order->code : real(txn, dbi, cursor);
}

int mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    REAL(mdb_cursor_get);
    return cue(op == MDB_SET ? GET : CURSOR, false) ? order->code : real(cursor, key, data, op);
}

int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    REAL(mdb_txn_begin);
    return cue(BEGIN, false) ? order->code : real(env, parent, flags, txn);
}

/* A commit that fails has ended its transaction. */
int mdb_txn_commit(MDB_txn *txn)
{
    REAL(mdb_txn_commit);
    if (cue(COMMIT, false)) {
        mdb_txn_abort(txn);
        return order->code;
    }
    int rc = real(txn);
    return cue(COMMIT, true) ? order->code : rc;
}

/* ---- the hash of an entry, before it is stored */

int crypto_generichash_update(crypto_generichash_state *state, const unsigned char *data, unsigned long long bytes)
{
    REAL(crypto_generichash_update);
    if (order != NULL && order->crashes && memmem(data, bytes, order->crash_id, sizeof order->crash_id) != NULL) {
        order->crashed++;
        abort();
    }
    return real(state, data, bytes);
}

/* ---- files */

static ssize_t failed(void)
{
    errno = order->code;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
    REAL(pwrite);
    if (cue(FILE_WRITE, false)) return failed();
    ssize_t done = real(fd, data, bytes, offset);
    return cue(FILE_WRITE, true) ? failed() : done;
}
ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) { return pwrite(fd, data, bytes, offset); }

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t offset)
{
    REAL(pwritev);
    if (cue(FILE_WRITE, false)) return failed();
    ssize_t done = real(fd, parts, n, offset);
    return cue(FILE_WRITE, true) ? failed() : done;
}
ssize_t pwritev64(int fd, const struct iovec *parts, int n, off64_t offset) { return pwritev(fd, parts, n, offset); }

/* LMDB writes pages that lie side by side with lseek and writev, the loop its sockets with writev alone. */
static __thread int sought = -1;

off_t lseek(int fd, off_t offset, int whence)
{
    REAL(lseek);
    sought = fd;
    return real(fd, offset, whence);
}
off64_t lseek64(int fd, off64_t offset, int whence) { return lseek(fd, offset, whence); }

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    REAL(writev);
    enum kind kind = fd == sought ? FILE_WRITE : SOCKET_WRITE;
    sought = -1;
    if (fd > 2 && cue(kind, false)) return failed();
    ssize_t done = real(fd, parts, n);
    return kind == FILE_WRITE && cue(kind, true) ? failed() : done;
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return cue(FILE_SYNC, false) ? (int)failed() : real(fd);
}

int fsync(int fd)
{
    REAL(fsync);
    return cue(FILE_SYNC, false) ? (int)failed() : real(fd);
}

/* ---- sockets; what goes to the log is not counted */

ssize_t write(int fd, const void *data, size_t bytes)
{
    REAL(write);
    return fd > 2 && cue(SOCKET_WRITE, false) ? failed() : real(fd, data, bytes);
}

ssize_t send(int fd, const void *data, size_t bytes, int flags)
{
    REAL(send);
    return cue(SOCKET_WRITE, false) ? failed() : real(fd, data, bytes, flags);
}

ssize_t sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *to, socklen_t to_bytes)
{
    REAL(sendto);
    return cue(SOCKET_WRITE, false) ? failed() : real(fd, data, bytes, flags, to, to_bytes);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg);
    return cue(SOCKET_WRITE, false) ? failed() : real(fd, message, flags);
}

/* ---- memory: the names under which the C library keeps its own, for dlsym itself asks for memory */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t bytes) { return cue(MEMORY, false) ? no_memory() : __libc_malloc(bytes); }
void *calloc(size_t n, size_t bytes) { return cue(MEMORY, false) ? no_memory() : __libc_calloc(n, bytes); }
void *realloc(void *old, size_t bytes) { return cue(MEMORY, false) ? no_memory() : __libc_realloc(old, bytes); }

/* ---- the clock */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, now);
    if (rc == 0 && clock == CLOCK_REALTIME && order != NULL) now->tv_sec += order->clock_ms / 1000;
    return rc;
}

time_t time(time_t *out)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) *out = now.tv_sec;
    return now.tv_sec;
}
