/* notes.c - see notes.h. */
#include "rasad/notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

void note_write(const struct config *config, const char *name, int64_t number, int64_t at_ms)
{
    char path[PATH_BYTES_MAX];
    const struct timespec at = {.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000};
    FILE *file = config_data_path(config, name, path) == ERR_OK ? fopen(path, "we") : NULL;
    if (file == NULL) return;
    fprintf(file, "%" PRId64 "\n", number);
    if (fflush(file) == 0) (void)futimens(fileno(file), (const struct timespec[]){at, at});
    (void)fclose(file);
}

bool note_read(const struct config *config, const char *name, int64_t *number, int64_t *at_ms)
{
    char path[PATH_BYTES_MAX];
    struct stat about;
    FILE *file = config_data_path(config, name, path) == ERR_OK ? fopen(path, "re") : NULL;
    if (file == NULL) return false;
    bool good = fstat(fileno(file), &about) == 0 && fscanf(file, "%" SCNd64, number) == 1;
    if (good) *at_ms = (int64_t)about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1000000;
    (void)fclose(file);
    return good;
}

bool backup_remembers(const struct config *config)
{
    int64_t number, made_ms, forgotten_ms;
    return note_read(config, BACKUP_NOTE, &number, &made_ms) && note_read(config, FORGOTTEN_NOTE, &number, &forgotten_ms) &&
           forgotten_ms >= made_ms;
}
