/* rebuild.c - `rasad rebuild`: the projections made anew from the journal, when another build wrote them.
 * Flow:    replay into a new store beside the old, copy the local tables, put it in the old one's place.
 * Fails:   the old store stays as it is until the new one is whole.
 */
#include "rasad/commands.h"
#include "rasad/offline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool put_in_place(const struct config *config, const char *scratch)
{
    char from[PATH_BYTES_MAX + 16], to[PATH_BYTES_MAX + 32];
    snprintf(from, sizeof from, "%s/rasad.lmdb", scratch);
    snprintf(to, sizeof to, "%s/rasad.lmdb", config->data);
    if (rename(from, to) != 0) {
        fprintf(stderr, "rasad: %s can not be replaced: %s\n", to, strerror(errno));
        return false;
    }
    snprintf(to, sizeof to, "%s/rasad.lmdb-lock", config->data);
    (void)unlink(to);
    return true;
}

static int rebuild(const struct config *config, const char *scratch, char **arguments)
{
    (void)arguments;
    static struct replay replay;
    struct store *old;
    if (!offline_open(config, &old)) return RASAD_USAGE;
    apart_reading("store, by rebuild, which left it as it was", 0);
    int64_t rows = 0, last = 0;
    bool whole = offline_whole(old, &rows, &last);
    enum err err = replay_open(scratch, &replay);
    if (err == ERR_OK) err = replay_follow(&replay, old, NULL);
    if (err == ERR_OK && (!whole || replay.sequence != last)) err = ERR_CORRUPT; /* or its end would be lost without a word */
    if (err == ERR_OK) err = local_copy(old, replay.store);
    if (err != ERR_OK)
        fprintf(stderr, "rasad: not rebuilt, entry %lld: %s\n", (long long)replay.sequence + 1, err_text(err));
    int64_t sequence = replay.sequence;
    replay_close(&replay);
    store_close(old);
    bool good = err == ERR_OK && put_in_place(config, scratch);
    if (good) printf("rebuilt %lld entries\n", (long long)sequence);
    return good ? RASAD_DONE : RASAD_REFUSED;
}

int rebuild_main(int argc, char **argv)
{
    struct config config;
    if (argc != 1) {
        fprintf(stderr, "usage: rasad rebuild\n");
        return RASAD_USAGE;
    }
    if (config_read(&config) != ERR_OK || !offline_there(&config) || !offline_alone(&config)) return RASAD_USAGE;
    return offline_apart(&config, "rebuild", stderr, rebuild, argv + 1);
}
