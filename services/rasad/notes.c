/* notes.c - see notes.h. */
#include "rasad/notes.h"

#include "base/clock.h"

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

/* By entries, not by times: clocks jump. What was piped somewhere says nothing of what the directory holds. */
struct backup_state backup_state(const struct config *config)
{
    struct backup_state state = {.made = false};
    int64_t kept = 0, kept_ms = 0, piped = 0, piped_ms = 0, forgotten = 0, at_ms, now = now_ms();
    bool in_directory = note_read(config, BACKUP_NOTE, &kept, &kept_ms), out = note_read(config, PIPED_NOTE, &piped, &piped_ms);
    state.made = in_directory || out;
    if (!state.made) return state;
    bool newer = out && (!in_directory || piped_ms > kept_ms);
    state.entry = newer ? piped : kept;
    state.made_ms = newer ? piped_ms : kept_ms;
    state.old = now - state.made_ms >= BACKUP_OLD_MS || state.made_ms - now >= BACKUP_AHEAD_MS;
    state.remembers = note_read(config, FORGOTTEN_NOTE, &forgotten, &at_ms) && forgotten > (in_directory ? kept : piped);
    return state;
}
