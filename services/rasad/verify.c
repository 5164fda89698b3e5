/* verify.c - `rasad verify [SEQUENCE:HASH ...]`: the journal replayed into a new store, every projection compared, while
 * the services run; and that heads printed and sent out on earlier days still stand in it.
 * Flow:    follow the journal to its head -> table by table, in short reads: catch up to exactly what the read sees,
 *          compare a stretch of rows -> `ok <sequence> <head hash>`, or the first fault and exit 1.
 * Why:     a stretch is compared at its own sequence, so no read is long and nobody has to stop.
 */
#include "base/ids.h"
#include "base/text.h"
#include "rasad/commands.h"
#include "rasad/offline.h"
#include "store/directory.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct verify {
    struct store *live;
    struct replay replay;
    struct arena arena;
};

static bool fault_entry(const struct verify *v, enum err err)
{
    printf("fault entry %lld: %s\n", (long long)v->replay.sequence + 1, err_text(err));
    return false;
}

static bool fault_row(enum table table, const struct key *at)
{
    char hex[2 * KEY_BYTES_MAX + 1];
    hex_format(at->bytes, at->n, hex);
    printf("fault table %s: row %s is not what the journal gives\n", table_name(table), hex);
    return false;
}

static bool journal_whole(struct verify *v)
{
    int64_t rows = 0, last = 0;
    if (offline_whole(v->live, &rows, &last)) return true;
    printf("fault entry %lld: the journal counts %lld entries, and no more can be found\n", (long long)last + 1, (long long)rows);
    return false;
}

static int64_t live_head(struct verify *v)
{
    struct txn txn;
    txn_read(v->live, &v->arena, &txn);
    int64_t head = journal_head(&txn).sequence;
    txn_abort(&txn);
    arena_reset(&v->arena);
    return head;
}

static bool follow_all(struct verify *v)
{
    struct txn txn;
    enum err err = ERR_OK;
    bool more = true;
    int64_t head = live_head(v);
    uint8_t hash[HASH_BYTES];
    struct slice entry;
    while (more) {
        txn_read(v->live, &v->arena, &txn);
        for (int i = 0; i < 200 && more && err == ERR_OK; i++) {
            apart_reading("entry", v->replay.taken + 1);
            more = journal_stored(&txn, v->replay.taken + 1, hash, &entry);
            if (more) err = replay_entry(&v->replay, v->replay.taken + 1, hash, entry);
        }
        if (err == ERR_OK) err = txn.err;
        txn_abort(&txn);
        arena_reset(&v->arena);
        if (!more || err != ERR_OK) { /* what is wrong with an entry taken comes before what is wrong behind it */
            enum err settled = replay_settle(&v->replay);
            if (settled != ERR_OK) err = settled;
        }
        if (err != ERR_OK) return fault_entry(v, err);
        progress("entries", v->replay.sequence, head);
    }
    if (v->replay.sequence < head) return fault_entry(v, ERR_NOT_FOUND);
    return replay_commit(&v->replay) == ERR_OK || fault_entry(v, ERR_STORE_FULL);
}

static bool compare_some(struct verify *v, enum table table, struct key *at, bool *end)
{
    struct txn live, copy;
    txn_read(v->live, &v->arena, &live);
    enum err err = replay_follow(&v->replay, v->live, &live);
    bool good = err == ERR_OK || fault_entry(v, err);
    if (good) {
        txn_read(v->replay.store, &v->arena, &copy);
        good = table_same(&live, &copy, table, at, VERIFY_ROWS, end) || fault_row(table, at);
        txn_abort(&copy);
    }
    txn_abort(&live);
    arena_reset(&v->arena);
    return good;
}

static bool compare_all(struct verify *v)
{
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        struct key at = {.n = 0};
        char what[64];
        snprintf(what, sizeof what, "table %s", table_name(table));
        apart_reading(what, 0);
        bool end = table_class(table) != CLASS_PROJECTION;
        int64_t rows = 0;
        while (!end) {
            if (!compare_some(v, table, &at, &end)) return false;
            rows += VERIFY_ROWS;
            progress(table_name(table), rows, rows);
        }
    }
    return true;
}

/* Private rows are outside the journal; what it holds of them is a commitment. */
static bool commitment_kept(struct txn *txn, char class, const char *code, ProtobufCBinaryData commitment)
{
    struct key k = key("bs", (int)class, code);
    struct slice row;
    uint8_t hash[HASH_BYTES];
    if (commitment.len != HASH_BYTES || !txn_get(txn, TABLE_private, &k, &row)) return true; /* none, or forgotten */
    hash_bytes(row.data, row.bytes, hash);
    if (memcmp(hash, commitment.data, HASH_BYTES) == 0) return true;
    printf("fault private row of %s: it is not what the journal commits to\n", code);
    return false;
}

static bool commitments_kept(struct verify *v)
{
    struct scan scan;
    struct txn txn;
    struct key first = {.n = 0};
    bool good = true;
    txn_read(v->live, &v->arena, &txn);
    for (scan_begin(&scan, &txn, TABLE_person, &first, 0); good && scan_next(&scan);) {
        size_t mark = arena_mark(&v->arena);
        Rasad__V1__PersonRow *row = row_unpack(&txn, scan.value, &rasad__v1__person_row__descriptor);
        good = row != NULL && commitment_kept(&txn, CODE_PERSON, row->code, row->commitment);
        arena_release(&v->arena, mark);
    }
    scan_end(&scan);
    txn_abort(&txn);
    arena_reset(&v->arena);
    return good;
}

/* A head as it was printed: whoever changed an entry up to it would have had to change the paper too. */
struct printed {
    int64_t sequence;
    uint8_t hash[HASH_BYTES];
};

static bool head_parse(const char *text, struct printed *head)
{
    char digits[24];
    const char *colon = strchr(text, ':');
    size_t n = colon != NULL ? (size_t)(colon - text) : sizeof digits;
    if (n >= sizeof digits) return false;
    memcpy(digits, text, n);
    digits[n] = '\0';
    if (!int64_parse(digits, &head->sequence) || head->sequence <= 0) return false;
    n = strlen(colon + 1);
    if (n == 2 * HASH_BYTES) return hex_parse(colon + 1, head->hash, HASH_BYTES); /* as verify says it */
    size_t bytes = 0;                                                             /* as GetHead gives it */
    return sodium_base642bin(head->hash, HASH_BYTES, colon + 1, n, NULL, &bytes, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           bytes == HASH_BYTES;
}

static bool head_stands(struct verify *v, const struct printed *head)
{
    struct txn txn;
    struct slice entry;
    uint8_t hash[HASH_BYTES];
    txn_read(v->live, &v->arena, &txn);
    bool there = journal_stored(&txn, head->sequence, hash, &entry);
    txn_abort(&txn);
    arena_reset(&v->arena);
    if (there && memcmp(hash, head->hash, HASH_BYTES) == 0) return true;
    printf("fault head %lld: %s\n", (long long)head->sequence,
           there ? "the entry has another hash than the one printed" : "the journal ends before it");
    return false;
}

static int verify(const struct config *config, const char *scratch, char **heads)
{
    static struct verify v;
    struct printed head;
    char hex[2 * HASH_BYTES + 1];
    if (!offline_open(config, &v.live)) return RASAD_USAGE;
    bool good = arena_init(&v.arena, ARENA_BYTES_MAX) && replay_open(scratch, &v.replay) == ERR_OK;
    if (good) good = journal_whole(&v) && follow_all(&v) && compare_all(&v) && commitments_kept(&v);
    for (; *heads != NULL && good; heads++) good = head_parse(*heads, &head) && head_stands(&v, &head);
    progress_end();
    if (good) {
        hex_format(v.replay.hash, HASH_BYTES, hex);
        printf("ok %lld %s\n", (long long)v.replay.sequence, hex);
    }
    replay_close(&v.replay);
    store_close(v.live);
    return good ? RASAD_DONE : RASAD_REFUSED;
}

int verify_main(int argc, char **argv)
{
    struct printed head;
    struct config config;
    for (int i = 1; i < argc; i++) {
        if (head_parse(argv[i], &head)) continue;
        fprintf(stderr, "usage: rasad verify [SEQUENCE:HASH ...]   (a head as it was printed: 120:9edb...)\n");
        return RASAD_USAGE;
    }
    if (config_read(&config) != ERR_OK || !offline_there(&config)) return RASAD_USAGE;
    return offline_apart(&config, "verify", stdout, verify, argv + 1);
}
