/* backup.c - `rasad backup DIR` (or `-`: all of it to stdout): what the journal has since the last backup there, and the
 * local tables that nothing else can bring back, while the services run. See archive.h. */
#include "base/clock.h"
#include "base/ids.h"
#include "rasad/archive.h"
#include "rasad/commands.h"
#include "rasad/notes.h"
#include "rasad/offline.h"
#include "store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const enum table kept[] = {TABLE_private, TABLE_credential, TABLE_device,
                                  TABLE_slip_link, TABLE_slip_linked, TABLE_call_back, TABLE_parked};

struct backup {
    struct store *store;
    struct arena arena;
    struct archive archive;
    int64_t next, head;
    int64_t local_ms; /* when the local tables were read */
};

static void record(struct archive_out *out, int64_t sequence, const uint8_t hash[HASH_BYTES], struct slice entry)
{
    out_number(out, (uint64_t)sequence, 8);
    out_number(out, entry.bytes, 4);
    out_add(out, hash, HASH_BYTES);
    out_add(out, entry.data, entry.bytes);
}

/* One short read; false: the head is reached or the segment is full. */
static bool segment_some(struct backup *b, struct archive_out *out)
{
    struct txn txn;
    struct slice entry;
    uint8_t hash[HASH_BYTES];
    bool more = true;
    txn_read(b->store, &b->arena, &txn);
    for (int i = 0; i < BACKUP_ENTRIES && more; i++) {
        more = b->next <= b->head && out->bytes < (int64_t)SEGMENT_BYTES_MAX &&
               journal_stored(&txn, b->next, hash, &entry);
        if (!more) break;
        record(out, b->next, hash, entry);
        b->next++;
    }
    if (txn.err != ERR_OK) out->failed = true;
    txn_abort(&txn);
    arena_reset(&b->arena);
    return more && !out->failed;
}

/* How far it is stands in the manifest after each segment, with the local file of before. */
static bool segment_write(struct backup *b)
{
    static struct archive_out out;
    struct archive_file file = {.first = b->next};
    bool streamed = archive_streamed(&b->archive);
    if (b->archive.n + 2 > SEGMENTS_MAX) {
        fprintf(stderr, "rasad: the backup in %s has as many files as it can have: begin another directory\n", b->archive.dir);
        return false;
    }
    snprintf(file.name, sizeof file.name, "journal-%012" PRId64 ".seg", file.first); /* a stream names it before its end is known */
    if (!out_open(&out, &b->archive, streamed ? file.name : "journal.new")) return false;
    while (segment_some(b, &out)) progress("entries", b->next - 1, b->head);
    file.last = b->next - 1;
    file.bytes = out.bytes;
    if (!out_close(&out, file.hash)) return false;
    if (!streamed) {
        snprintf(file.name, sizeof file.name, "journal-%012" PRId64 "-%012" PRId64 ".seg", file.first, file.last);
        if (!archive_rename(&b->archive, "journal.new", file.name)) return false;
    }
    b->archive.files[b->archive.n++] = file;
    return streamed || archive_write_manifest(&b->archive);
}

/* A small last segment leaves the list, and its entries are written once more, with those that came since. */
static void segment_again(struct backup *b)
{
    struct archive_file *newest = archive_newest(&b->archive);
    if (b->next > b->head || newest == NULL || newest->bytes >= (int64_t)SEGMENT_BYTES_MIN) return;
    b->next = newest->first;
    b->archive.n--;
    memmove(newest, newest + 1, (size_t)(b->archive.files + b->archive.n - newest) * sizeof *newest);
}

/* A reaction parked since, to an entry that is not in this backup: another entry may stand there some day. */
static bool is_later(enum table table, const struct scan *scan, int64_t head)
{
    int64_t cause;
    return table == TABLE_parked && key_read(scan->key, "q", &cause) && name_sequence(cause) > head;
}

static void local_rows(struct txn *txn, enum table table, int64_t head, struct archive_out *out)
{
    struct scan scan;
    struct key first = {.n = 0};
    const char *name = table_name(table);
    for (scan_begin(&scan, txn, table, &first, 0); scan_next(&scan);) {
        if (is_later(table, &scan, head)) continue;
        out_number(out, strlen(name), 1);
        out_add(out, name, strlen(name));
        out_number(out, scan.key.bytes, 2);
        out_add(out, scan.key.data, scan.key.bytes);
        out_number(out, scan.value.bytes, 4);
        out_add(out, scan.value.data, scan.value.bytes);
    }
    scan_end(&scan);
}

/* A local file of before leaves the list; the file itself goes when the manifest is without it. */
static void local_replace(struct archive *archive, const struct archive_file *file)
{
    size_t n = 0;
    for (size_t i = 0; i < archive->n; i++)
        if (archive->files[i].first != 0) archive->files[n++] = archive->files[i];
    archive->files[n++] = *file;
    archive->n = n;
}

static bool local_write(struct backup *b)
{
    static struct archive_out out;
    struct archive_file file = {0};
    struct txn txn;
    char hex[9];
    bool streamed = archive_streamed(&b->archive);
    if (b->archive.n == SEGMENTS_MAX || !out_open(&out, &b->archive, streamed ? "local.bin" : "local.new")) return false;
    b->local_ms = now_ms();
    txn_read(b->store, &b->arena, &txn);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) local_rows(&txn, kept[i], b->head, &out);
    snprintf(b->archive.node, sizeof b->archive.node, "%s", store_node(&txn));
    b->archive.epoch = store_epoch(&txn);
    if (txn.err != ERR_OK) out.failed = true;
    txn_abort(&txn);
    arena_reset(&b->arena);
    file.bytes = out.bytes;
    if (!out_close(&out, file.hash)) return false;
    hex_format(file.hash, 4, hex);
    if (streamed) snprintf(file.name, sizeof file.name, "local.bin");
    else snprintf(file.name, sizeof file.name, "local-%012" PRId64 "-%s.bin", b->head, hex);
    if (!streamed && !archive_rename(&b->archive, "local.new", file.name)) return false;
    local_replace(&b->archive, &file);
    return true;
}

/* Its last entry must be ours: a directory that holds another store's journal, or one this store was restored before,
 * is left alone. */
static bool continues(struct backup *b, const char *dir)
{
    struct txn txn;
    struct slice entry;
    uint8_t theirs[HASH_BYTES], ours[HASH_BYTES];
    int64_t last;
    if (!archive_last(&b->archive, &last, theirs)) return false;
    b->next = last + 1;
    txn_read(b->store, &b->arena, &txn);
    bool same = last == 0 || (journal_stored(&txn, last, ours, &entry) && memcmp(ours, theirs, HASH_BYTES) == 0);
    txn_abort(&txn);
    arena_reset(&b->arena);
    if (!same)
        fprintf(stderr, "rasad: the backup in %s is of another journal: its entry %lld is not this store's. Name another "
                        "directory\n", dir, (long long)last);
    return same;
}

/* Of the manifest a stream or an unfinished backup begins with. */
static void head_of(struct backup *b)
{
    struct txn txn;
    txn_read(b->store, &b->arena, &txn);
    b->head = journal_head(&txn).sequence;
    snprintf(b->archive.node, sizeof b->archive.node, "%s", store_node(&txn));
    b->archive.epoch = store_epoch(&txn);
    txn_abort(&txn);
    arena_reset(&b->arena);
}

/* Two that write there would each replace what the other's manifest names: the second one waits. The lock ends with us;
 * where there are no locks (some network disks) it is left to the operator. */
static bool directory_ready(const char *dir)
{
    int fd = mkdir(dir, 0700) == 0 || errno == EEXIST ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0) {
        fprintf(stderr, "rasad: %s: %s\n", dir, strerror(errno));
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
    fprintf(stderr, "rasad: another backup is at work in %s: waiting for it\n", dir);
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) return false;
    return true;
}

int backup_main(int argc, char **argv)
{
    static struct backup b;
    struct config config;
    int64_t rows = 0, last = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: rasad backup DIR   (-: to stdout, all of it)\n");
        return RASAD_USAGE;
    }
    bool streamed = strcmp(argv[1], "-") == 0;
    if (streamed && isatty(STDOUT_FILENO)) {
        fprintf(stderr, "rasad: a backup is not for reading: rasad backup - > FILE, or | ssh elsewhere 'cat > FILE'\n");
        return RASAD_USAGE;
    }
    if (!streamed && !directory_ready(argv[1])) return RASAD_USAGE;
    if (!archive_read(argv[1], &b.archive)) return RASAD_USAGE;
    if (!archive_looked_over(&b.archive)) {
        fprintf(stderr, "rasad: the backup in %s is damaged, and no other was made: begin one in another directory, and keep this one until "
                        "that is whole\n", argv[1]);
        return RASAD_REFUSED;
    }
    if (config_read(&config) != ERR_OK || !offline_open(&config, &b.store)) return RASAD_USAGE;
    if (!offline_whole(b.store, &rows, &last)) {
        fprintf(stderr, "rasad: the journal counts %lld entries and ends with %lld: run rasad verify\n", (long long)rows, (long long)last);
        store_close(b.store);
        return RASAD_REFUSED;
    }
    if (!arena_init(&b.arena, ARENA_BYTES_MAX)) return RASAD_USAGE;
    bool good = continues(&b, argv[1]);
    int64_t first = b.next;
    head_of(&b);
    segment_again(&b);
    if (good && streamed) good = stream_begin();
    while (good && b.next <= b.head) good = segment_write(&b);
    good = good && local_write(&b) && archive_write_manifest(&b.archive);
    if (good && streamed) good = stream_end();
    if (good && !streamed) archive_sweep(&b.archive);
    progress_end();
    store_close(b.store);
    if (!good) {
        fprintf(stderr, "rasad: no backup was made; %s\n", streamed ? "what went out is not whole" : "the one before it is as it was");
        return RASAD_REFUSED;
    }
    note_write(&config, streamed ? PIPED_NOTE : BACKUP_NOTE, b.head, b.local_ms);
    fprintf(streamed ? stderr : stdout, "backup %lld entries, %lld new\n", (long long)b.head, (long long)(b.head - first + 1));
    return RASAD_DONE;
}
