/* offline.c - see offline.h. */
#include "rasad/offline.h"

#include "base/clock.h"
#include "base/sandbox.h"
#include "base/status.h"
#include "base/text.h"
#include "rasad/commands.h"
#include "rasad/data_lock.h"
#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool offline_there(const struct config *config)
{
    char path[PATH_BYTES_MAX];
    struct stat status;
    if (config_data_path(config, "rasad.lmdb", path) != ERR_OK) return false;
    if (stat(path, &status) == 0) return true;
    fprintf(stderr, "rasad: %s: %s; is RASAD_DATA right, and its disk there?\n", path, strerror(errno));
    return false;
}

bool offline_open(const struct config *config, struct store **store)
{
    if (!offline_there(config)) return false;
    enum err err = store_open_any(config->data, store);
    if (err != ERR_OK) fprintf(stderr, "rasad: the store in %s can not be opened: %s\n", config->data, err_text(err));
    return err == ERR_OK;
}

bool offline_whole(struct store *store, int64_t *rows, int64_t *last)
{
    struct arena arena;
    struct txn txn;
    if (!arena_init(&arena, ARENA_BYTES_MAX)) return false;
    txn_read(store, &arena, &txn);
    *rows = store_rows(&txn, TABLE_journal);
    *last = journal_head(&txn).sequence;
    bool whole = txn.err == ERR_OK && *rows == *last;
    txn_abort(&txn);
    arena_destroy(&arena);
    return whole;
}

static const char *const scratch_words[] = {"restore", "stream", "verify", "rebuild"};

static bool left_behind(const char *name)
{
    for (size_t i = 0; i < sizeof scratch_words / sizeof scratch_words[0]; i++) {
        size_t n = strlen(scratch_words[i]);
        int64_t pid;
        if (strncmp(name, scratch_words[i], n) == 0 && name[n] == '.' && int64_parse(name + n + 1, &pid) && pid > 1)
            return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
    }
    return false;
}

void scratch_sweep(const struct config *config)
{
    char path[PATH_BYTES_MAX];
    DIR *dir = opendir(config->data);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (left_behind(entry->d_name) && config_data_path(config, entry->d_name, path) == ERR_OK) scratch_remove(path);
    if (dir != NULL) closedir(dir);
}

bool scratch_make(const struct config *config, const char *word, char path[PATH_BYTES_MAX])
{
    scratch_sweep(config);
    if ((size_t)snprintf(path, PATH_BYTES_MAX, "%s/%s.%ld", config->data, word, (long)getpid()) >= PATH_BYTES_MAX) return false;
    if (mkdir(path, 0700) == 0) return true;
    fprintf(stderr, "rasad: %s can not be made\n", path);
    return false;
}

void scratch_remove(const char *path)
{
    char file[PATH_BYTES_MAX + 256];
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        (void)unlink(file); /* "." and ".." refuse */
    }
    if (dir != NULL) closedir(dir);
    (void)rmdir(path);
}

/* Shared with the process that works. */
static struct {
    char what[64];
    int64_t number;
} *reading;

void apart_reading(const char *what, int64_t number)
{
    if (reading == NULL) return;
    snprintf(reading->what, sizeof reading->what, "%s", what);
    reading->number = number;
}

static int apart_ended(int status, FILE *said)
{
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (reading->number != 0) fprintf(said, "fault %s %lld: ", reading->what, (long long)reading->number);
    else fprintf(said, "fault %s: ", reading->what);
    fprintf(said, "a page of the store is damaged (%s)\n", strsignal(WTERMSIG(status)));
    return RASAD_REFUSED;
}

int offline_apart(const struct config *config, const char *word, FILE *said, apart_work *work, char **arguments)
{
    char scratch[PATH_BYTES_MAX];
    int status = 0;
    reading = mmap(NULL, sizeof *reading, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reading == MAP_FAILED || !scratch_make(config, word, scratch)) return RASAD_USAGE;
    apart_reading("store", 0);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        if (sandbox_die_with_parent(parent) != ERR_OK) _exit(RASAD_USAGE);
        exit(work(config, scratch, arguments));
    }
    int code = pid > 0 && waitpid(pid, &status, 0) == pid ? apart_ended(status, said) : RASAD_USAGE;
    scratch_remove(scratch);
    return code;
}

static int64_t shown_ms;

void progress(const char *what, int64_t done, int64_t of)
{
    int64_t now = mono_ms(), every = isatty(STDERR_FILENO) ? 500 : 10000;
    if (shown_ms == 0) shown_ms = now;
    if (now - shown_ms < every) return;
    shown_ms = now;
    fprintf(stderr, "%s%s: %lld of %lld%s", isatty(STDERR_FILENO) ? "\r" : "", what, (long long)done, (long long)of,
            isatty(STDERR_FILENO) ? "" : "\n");
}

void progress_end(void)
{
    if (shown_ms != 0 && isatty(STDERR_FILENO)) fputc('\n', stderr);
    shown_ms = 0;
}

bool offline_alone(const struct config *config)
{
    int fd;
    return getenv(STATUS_FD_VARIABLE) != NULL || data_lock(config, &fd) == ERR_OK;
}
