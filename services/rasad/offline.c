/* offline.c - see offline.h. */
#include "rasad/offline.h"

#include "base/clock.h"
#include "base/status.h"
#include "rasad/data_lock.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool offline_open(struct config *config, struct store **store)
{
    enum err err = config_read(config);
    if (err == ERR_OK) err = store_open_any(config->data, store);
    if (err != ERR_OK) fprintf(stderr, "rasad: the store in %s can not be opened: %s\n", config->data, err_text(err));
    return err == ERR_OK;
}

bool scratch_make(const struct config *config, const char *word, char path[PATH_BYTES_MAX])
{
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
