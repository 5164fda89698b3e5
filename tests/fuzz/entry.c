/* entry.c - journal entries, as restore and rebuild meet them: behind the journal of the first release.
 * Input:   entries, each after its length of two bytes; their hashes are made here, so that the chain holds.
 * Holds:   an entry is applied or refused as corrupt; nothing else.
 * Undo:    the transaction is aborted, so that every input meets the same store.
 */
#include "base/log.h"
#include "fuzz.h"
#include "rasad/archive.h"
#include "store/accounts.h"
#include "store/replay.h"
#include "store/totals.h"

static struct replay replay;
static int64_t base_sequence;
static uint8_t base_hash[HASH_BYTES];
static char directory[64];

static void store_gone(void)
{
    char path[128];
    replay_close(&replay);
    snprintf(path, sizeof path, "%s/rasad.lmdb", directory);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/rasad.lmdb-lock", directory);
    (void)unlink(path);
    (void)rmdir(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    static uint8_t entry[ENTRY_BYTES_MAX];
    uint64_t sequence, bytes;
    uint8_t hash[HASH_BYTES];
    scratch_directory(directory, "entry");
    (void)setenv("RASAD_MAP_MIB", "64", 0);
    log_level_set(LOG_ERROR + 1);
    holds(replay_open(directory, &replay) == ERR_OK);
    (void)atexit(store_gone);
    FILE *file = fopen("tests/journals/1/backup/journal-000000000001.seg", "r"); /* run from the repository's root */
    holds(file != NULL);
    while (in_number(file, 8, &sequence)) {
        holds(in_number(file, 4, &bytes) && bytes <= sizeof entry && in_bytes(file, hash, sizeof hash) &&
              in_bytes(file, entry, bytes));
        holds(replay_entry(&replay, (int64_t)sequence, hash, (struct slice){entry, bytes}) == ERR_OK);
    }
    fclose(file);
    holds(replay_commit(&replay) == ERR_OK);
    base_sequence = replay.sequence;
    memcpy(base_hash, replay.hash, HASH_BYTES);
    return 0;
}

static void hash_of(int64_t sequence, struct slice entry, uint8_t hash[HASH_BYTES])
{
    uint8_t big[8];
    for (int i = 0; i < 8; i++) big[i] = (uint8_t)((uint64_t)sequence >> (56 - 8 * i));
    const struct hash_part parts[] = {{replay.hash, HASH_BYTES}, {big, sizeof big}, {entry.data, entry.bytes}};
    hash_parts(parts, 3, hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input in = {data, bytes};
    enum err err = ERR_OK;
    while (err == ERR_OK && in.left > 2) {
        size_t size = eat_number(&in, 2);
        uint8_t hash[HASH_BYTES];
        size = size < in.left ? size : in.left;
        uint8_t *exact = memcpy(malloc(size + 1), in.at, size); /* of its exact size, for the sanitizer */
        hash_of(replay.sequence + 1, (struct slice){exact, size}, hash);
        err = replay_entry(&replay, replay.sequence + 1, hash, (struct slice){exact, size});
        if (err == ERR_OK) err = replay_settle(&replay);
        free(exact);
        in.at += size;
        in.left -= size;
    }
    holds(err == ERR_OK || err == ERR_CORRUPT || err == ERR_MEMORY);
    if (replay.open) { /* as run_abort does */
        totals_drop_batch();
        journal_drop();
        ledger_forget();
        txn_abort(&replay.txn);
        directory_undone();
        arena_reset(&replay.arena);
        replay.open = false;
        replay.lines_open = 0;
    }
    replay.err = ERR_OK;
    replay.taken = replay.sequence = base_sequence;
    memcpy(replay.hash, base_hash, HASH_BYTES);
    memcpy(replay.taken_hash, base_hash, HASH_BYTES);
    return 0;
}
