/* backup.c - `rasad backup DIR`: what the journal has since the last backup there, and the local tables that nothing
 * else can bring back, while the services run. See archive.h. */
#include "rasad/archive.h"
#include "rasad/commands.h"
#include "rasad/offline.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static const enum table kept[] = {TABLE_private, TABLE_credential, TABLE_device,
                                  TABLE_slip_link, TABLE_slip_linked, TABLE_call_back};

struct backup {
    struct store *store;
    struct arena arena;
    struct archive archive;
    int64_t next, head;
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

static bool segment_write(struct backup *b)
{
    struct archive_file *file = &b->archive.files[b->archive.n];
    struct archive_out out;
    char path[PATH_BYTES_MAX + 64];
    if (b->archive.n == SEGMENTS_MAX) return false;
    memset(file, 0, sizeof *file);
    file->first = b->next;
    snprintf(file->name, sizeof file->name, "journal-%012" PRId64 ".seg", file->first);
    archive_path(&b->archive, file->name, path);
    if (!out_open(&out, path)) return false;
    while (segment_some(b, &out)) progress("entries", b->next - 1, b->head);
    file->last = b->next - 1;
    file->bytes = out.bytes;
    if (!out_close(&out, file->hash)) return false;
    b->archive.n++;
    return true;
}

static void local_rows(struct txn *txn, enum table table, struct archive_out *out)
{
    struct scan scan;
    struct key first = {.n = 0};
    const char *name = table_name(table);
    for (scan_begin(&scan, txn, table, &first, 0); scan_next(&scan);) {
        out_number(out, strlen(name), 1);
        out_add(out, name, strlen(name));
        out_number(out, scan.key.bytes, 2);
        out_add(out, scan.key.data, scan.key.bytes);
        out_number(out, scan.value.bytes, 4);
        out_add(out, scan.value.data, scan.value.bytes);
    }
    scan_end(&scan);
}

static bool local_write(struct backup *b)
{
    struct archive_file *file = &b->archive.files[b->archive.n];
    struct archive_out out;
    struct txn txn;
    char path[PATH_BYTES_MAX + 64], temporary[PATH_BYTES_MAX + 64];
    memset(file, 0, sizeof *file);
    snprintf(file->name, sizeof file->name, "local.bin");
    archive_path(&b->archive, file->name, path);
    archive_path(&b->archive, "local.new", temporary);
    if (b->archive.n == SEGMENTS_MAX || !out_open(&out, temporary)) return false;
    txn_read(b->store, &b->arena, &txn);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) local_rows(&txn, kept[i], &out);
    snprintf(b->archive.node, sizeof b->archive.node, "%s", store_node(&txn));
    b->archive.epoch = store_epoch(&txn);
    if (txn.err != ERR_OK) out.failed = true;
    txn_abort(&txn);
    arena_reset(&b->arena);
    file->bytes = out.bytes;
    if (!out_close(&out, file->hash) || rename(temporary, path) != 0) return false;
    b->archive.n++;
    return true;
}

static void continue_after(struct backup *b)
{
    size_t n = 0;
    b->next = 1;
    for (size_t i = 0; i < b->archive.n; i++) {
        if (b->archive.files[i].first == 0) continue; /* local.bin: written anew */
        b->archive.files[n] = b->archive.files[i];
        if (b->archive.files[n].last >= b->next) b->next = b->archive.files[n].last + 1;
        n++;
    }
    b->archive.n = n;
}

static int64_t head_of(struct backup *b)
{
    struct txn txn;
    txn_read(b->store, &b->arena, &txn);
    int64_t head = journal_head(&txn).sequence;
    txn_abort(&txn);
    arena_reset(&b->arena);
    return head;
}

int backup_main(int argc, char **argv)
{
    static struct backup b;
    struct config config;
    if (argc != 2) {
        fprintf(stderr, "usage: rasad backup DIR\n");
        return RASAD_USAGE;
    }
    if (mkdir(argv[1], 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "rasad: %s: %s\n", argv[1], strerror(errno));
        return RASAD_USAGE;
    }
    if (!offline_open(&config, &b.store)) return RASAD_USAGE;
    if (!arena_init(&b.arena, ARENA_BYTES_MAX) || !archive_read(argv[1], &b.archive)) return RASAD_USAGE;
    continue_after(&b);
    b.head = head_of(&b);
    int64_t first = b.next;
    bool good = b.next <= b.head + 1;
    if (!good) fprintf(stderr, "rasad: the backup in %s is of a longer journal than this store's\n", argv[1]);
    while (good && b.next <= b.head) good = segment_write(&b);
    good = good && local_write(&b) && archive_write_manifest(&b.archive);
    progress_end();
    store_close(b.store);
    if (!good) {
        fprintf(stderr, "rasad: no backup was made; the one before it is as it was\n");
        return RASAD_REFUSED;
    }
    printf("backup %lld entries, %lld new\n", (long long)b.head, (long long)(b.head - first + 1));
    return RASAD_DONE;
}
