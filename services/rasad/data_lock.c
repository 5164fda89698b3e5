/* data_lock.c - one program at a time works on a data directory; see data_lock.h. */
#include "rasad/data_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err failed(const char *path, const char *what)
{
    int error = errno;
    fprintf(stderr, "rasad: %s: %s: %s\n", path, what, strerror(error));
    return err_of_errno(error);
}

/* Ours, and closed to everybody else. */
static enum err directory_ready(const char *path)
{
    struct stat about;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) return failed(path, "can not be made");
    if (stat(path, &about) != 0) return failed(path, "can not be looked at");
    if (!S_ISDIR(about.st_mode)) {
        fprintf(stderr, "rasad: %s is not a directory; set RASAD_DATA to one\n", path);
        return ERR_CONFIG;
    }
    if (about.st_uid == geteuid() && (about.st_mode & 077) == 0) return ERR_OK;
    fprintf(stderr, "rasad: %s must be yours and closed to others: chown %u %s; chmod 700 %s\n", path,
            (unsigned)geteuid(), path, path);
    return ERR_PERMISSION;
}

enum err data_lock(const struct config *config, int *fd)
{
    char path[PATH_BYTES_MAX], holder[32] = "";
    enum err err = directory_ready(config->data);
    if (err == ERR_OK) err = config_data_path(config, "lock", path);
    if (err != ERR_OK) return err;
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return failed(path, "can not be opened");
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) err = failed(path, "can not be locked");
        else err = ERR_EXISTS;
        ssize_t got = read(lock, holder, sizeof holder - 1);
        holder[got > 0 ? got : 0] = '\0';
        holder[strcspn(holder, "\n")] = '\0';
        if (err == ERR_EXISTS) {
            fprintf(stderr, "rasad: process %s has %s already; stop it first, or set RASAD_DATA to another directory\n",
                    holder[0] != '\0' ? holder : "(unknown)", config->data);
        }
        close(lock);
        return err;
    }
    int length = snprintf(holder, sizeof holder, "%d\n", (int)getpid());
    if (ftruncate(lock, 0) != 0 || write(lock, holder, (size_t)length) != length) {
        err = failed(path, "can not be written");
        close(lock);
        return err;
    }
    *fd = lock;
    return ERR_OK;
}
