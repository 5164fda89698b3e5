/* restore.c - `rasad restore DIR` (or `-`: from stdin): a store from a backup, into a data directory that has none. See
 * archive.h.
 * Flow:    a stream is kept beside the store first -> every file against the manifest -> the journal replayed, its chain checked -> local rows -> whom the journal
 *          forgot is forgotten here too -> the epoch rises -> in place. What does not verify leaves nothing behind.
 */
#include "rasad/archive.h"
#include "rasad/commands.h"
#include "rasad/offline.h"
#include "store/directory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t buffer[ENTRY_BYTES_MAX];

static bool segment_replay(const struct archive *archive, const struct archive_file *segment, int64_t last,
                           struct replay *replay)
{
    char path[PATH_BYTES_MAX + 64];
    uint8_t hash[HASH_BYTES];
    uint64_t sequence, bytes;
    enum err err = ERR_OK;
    archive_path(archive, segment->name, path);
    FILE *file = fopen(path, "r");
    while (file != NULL && err == ERR_OK && in_number(file, 8, &sequence)) {
        if (!in_number(file, 4, &bytes) || bytes > sizeof buffer || !in_bytes(file, hash, sizeof hash) ||
            !in_bytes(file, buffer, bytes))
            err = ERR_CORRUPT;
        if (err == ERR_OK) err = replay_entry(replay, (int64_t)sequence, hash, (struct slice){buffer, bytes});
        progress("entries", replay->sequence, last);
    }
    if (file != NULL) fclose(file);
    enum err settled = replay_settle(replay);
    if (settled != ERR_OK) err = settled;
    if (file != NULL && err == ERR_OK && replay->sequence == segment->last) return true;
    fprintf(stderr, "rasad: entry %lld in %s: %s\n", (long long)replay->sequence + 1, path, err_text(err != ERR_OK ? err : ERR_CORRUPT));
    return false;
}

static bool local_row(FILE *file, struct txn *txn)
{
    char name[32];
    struct key k;
    uint64_t n, value_bytes;
    if (!in_number(file, 1, &n) || n >= sizeof name || !in_bytes(file, name, n)) return false;
    name[n] = '\0';
    if (!in_number(file, 2, &n) || n == 0 || n > sizeof k.bytes || !in_bytes(file, k.bytes, n)) return false;
    k.n = (uint32_t)n;
    if (!in_number(file, 4, &value_bytes) || value_bytes > sizeof buffer || !in_bytes(file, buffer, value_bytes)) return false;
    for (enum table table = 0; table < TABLE_COUNT; table++)
        if (strcmp(table_name(table), name) == 0 && table_class(table) == CLASS_LOCAL)
            txn_put(txn, table, &k, buffer, value_bytes);
    return txn->err == ERR_OK;
}

static bool local_read(const struct archive *archive, struct txn *txn)
{
    char path[PATH_BYTES_MAX + 64];
    const char *name = "";
    for (size_t i = 0; i < archive->n; i++)
        if (archive->files[i].first == 0) name = archive->files[i].name;
    archive_path(archive, name, path);
    FILE *file = fopen(path, "r");
    bool good = file != NULL;
    while (good) {
        int c = fgetc(file);
        if (c == EOF) break;
        (void)ungetc(c, file);
        good = local_row(file, txn);
    }
    if (file != NULL) fclose(file);
    return good;
}

static void forget_again(struct txn *txn, int64_t head)
{
    for (int64_t sequence = 1; sequence <= head && txn->err == ERR_OK; sequence++) {
        size_t mark = arena_mark(txn->arena);
        Rasad__V1__Entry *entry = journal_read(txn, sequence, NULL);
        for (size_t i = 0; entry != NULL && i < entry->n_events; i++)
            if (entry->events[i]->fact_case == RASAD__V1__EVENT__FACT_PERSON_FORGOTTEN)
                private_forget(txn, CODE_PERSON, entry->events[i]->person_forgotten->code);
        arena_release(txn->arena, mark);
    }
}

static bool local_restore(const struct archive *archive, struct replay *replay)
{
    struct txn txn;
    txn_begin(replay->store, &replay->arena, &txn);
    bool good = local_read(archive, &txn);
    if (good) {
        forget_again(&txn, replay->sequence);
        store_epoch_set(&txn, archive->node, archive->epoch + 1);
    }
    if (good) return txn_commit(&txn) == ERR_OK;
    txn_abort(&txn);
    fprintf(stderr, "rasad: the local tables can not be read\n");
    return false;
}

static bool archive_good(const struct archive *archive)
{
    int64_t next = 1;
    bool local = false;
    if (archive->n == 0) fprintf(stderr, "rasad: there is no backup in %s\n", archive->dir);
    for (size_t i = 0; i < archive->n; i++) {
        const struct archive_file *file = &archive->files[i];
        if (!archive_file_good(archive, file)) return false;
        if (file->first == 0) {
            local = true;
            continue;
        }
        if (file->first != next) {
            fprintf(stderr, "rasad: the backup lacks entries from %lld on\n", (long long)next);
            return false;
        }
        next = file->last + 1;
    }
    if (archive->n > 0 && !local)
        fprintf(stderr, "rasad: the backup in %s was never finished: the names and passwords are not in it\n", archive->dir);
    return local;
}

static bool store_missing(const struct config *config)
{
    char path[PATH_BYTES_MAX];
    struct stat status;
    if (config_data_path(config, "rasad.lmdb", path) != ERR_OK) return false;
    if (stat(path, &status) != 0) return true;
    fprintf(stderr, "rasad: %s is there already; restore into an empty data directory (RASAD_DATA)\n", path);
    return false;
}

/* A backup that broke off after a segment has the local tables of the one before. */
static void say_restored(const struct archive *archive, int64_t head)
{
    int64_t of = head;
    for (size_t i = 0; i < archive->n; i++)
        if (archive->files[i].first == 0) (void)sscanf(archive->files[i].name, "local-%" SCNd64, &of);
    printf("restored %lld entries\n", (long long)head);
    if (of < head)
        fprintf(stderr, "rasad: the backup broke off: names and passwords in it are of entry %lld. Who came later, or has a new password since, "
                        "gets one from an administrator\n", (long long)of);
}

static bool restore_into(const struct archive *archive, const char *scratch)
{
    static struct replay replay;
    int64_t last = 0;
    enum err err = replay_open(scratch, &replay);
    bool good = err == ERR_OK;
    for (size_t i = 0; i < archive->n; i++)
        if (archive->files[i].last > last) last = archive->files[i].last;
    for (size_t i = 0; good && i < archive->n; i++)
        if (archive->files[i].first != 0) good = segment_replay(archive, &archive->files[i], last, &replay);
    good = good && replay_commit(&replay) == ERR_OK && local_restore(archive, &replay);
    if (good) say_restored(archive, replay.sequence);
    replay_close(&replay);
    return good;
}

static int restore_from(const struct config *config, const char *dir)
{
    static struct archive archive;
    char scratch[PATH_BYTES_MAX], from[PATH_BYTES_MAX + 16], to[PATH_BYTES_MAX];
    if (!archive_read(dir, &archive)) return RASAD_USAGE;
    if (!archive_good(&archive)) return RASAD_REFUSED;
    if (!scratch_make(config, "restore", scratch)) return RASAD_USAGE;
    bool good = restore_into(&archive, scratch) && config_data_path(config, "rasad.lmdb", to) == ERR_OK;
    progress_end();
    snprintf(from, sizeof from, "%s/rasad.lmdb", scratch);
    if (good && rename(from, to) != 0) {
        fprintf(stderr, "rasad: %s: %s\n", to, strerror(errno));
        good = false;
    }
    scratch_remove(scratch);
    return good ? RASAD_DONE : RASAD_REFUSED;
}

int restore_main(int argc, char **argv)
{
    struct config config;
    char kept[PATH_BYTES_MAX];
    if (argc != 2) {
        fprintf(stderr, "usage: rasad restore DIR   (-: from stdin)\n");
        return RASAD_USAGE;
    }
    if (config_read(&config) != ERR_OK || !offline_alone(&config) || !store_missing(&config)) return RASAD_USAGE;
    if (strcmp(argv[1], "-") != 0) return restore_from(&config, argv[1]);
    if (!scratch_make(&config, "stream", kept)) return RASAD_USAGE;
    int result = stream_take(kept) ? restore_from(&config, kept) : RASAD_REFUSED;
    scratch_remove(kept);
    return result;
}
