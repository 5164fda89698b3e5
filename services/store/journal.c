/* journal.c - see journal.h. */
#include "store/journal.h"

#include "base/ids.h"
#include "base/log.h"
#include "base/must.h"
#include "store/entry_check.h"
#include "store/ledger.h"

#include <stdlib.h>
#include <string.h>

static void chain(const uint8_t before[HASH_BYTES], int64_t sequence, struct slice entry, uint8_t hash[HASH_BYTES])
{
    uint8_t big[8];
    for (int i = 0; i < 8; i++) big[i] = (uint8_t)((uint64_t)sequence >> (56 - 8 * i));
    const struct hash_part parts[] = {{before, HASH_BYTES}, {big, sizeof big}, {entry.data, entry.bytes}};
    hash_parts(parts, 3, hash);
}

/* The next field of a message whose fields are all messages: its tag and its bytes. */
static bool field_next(struct slice *rest, uint8_t *tag, struct slice *field)
{
    const uint8_t *data = rest->data;
    size_t length = 0, at = 1;
    if (rest->bytes < 2) return false;
    for (unsigned shift = 0; at < rest->bytes && shift < 28; shift += 7) {
        uint8_t byte = data[at++];
        length |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80) break;
    }
    if (length > rest->bytes - at) return false;
    *tag = data[0];
    *field = (struct slice){data + at, length};
    *rest = (struct slice){data + at + length, rest->bytes - at - length};
    return true;
}

#define TAG_HEADER 0x0a /* field 1 of Entry, a message */
#define TAG_EVENT 0x12  /* field 2 */

Rasad__V1__Header *entry_header(struct txn *txn, struct slice entry)
{
    struct slice header;
    uint8_t tag;
    if (!field_next(&entry, &tag, &header) || tag != TAG_HEADER) {
        txn->err = ERR_CORRUPT;
        return NULL;
    }
    return row_unpack(txn, header, &rasad__v1__header__descriptor);
}

bool entry_event_next(struct slice *entry, struct slice *event)
{
    uint8_t tag;
    while (field_next(entry, &tag, event))
        if (tag == TAG_EVENT) return true;
    return false;
}

bool entry_event_naming(struct slice *entry, const char *code, struct slice *event)
{
    const uint8_t *at = memmem(entry->data, entry->bytes, code, strlen(code));
    while (at != NULL && entry_event_next(entry, event))
        if ((const uint8_t *)event->data + event->bytes > at) return true;
    return false;
}

struct head journal_head(struct txn *txn)
{
    struct head head = {.sequence = 0};
    struct scan scan;
    struct key last = key("q", INT64_MAX);
    size_t mark = arena_mark(txn->arena);
    scan_begin_down(&scan, txn, TABLE_journal, &last, 0);
    if (scan_next(&scan) && scan.value.bytes >= HASH_BYTES && key_read(scan.key, "q", &head.sequence)) {
        memcpy(head.hash, scan.value.data, HASH_BYTES);
        struct slice bytes = {(const uint8_t *)scan.value.data + HASH_BYTES, scan.value.bytes - HASH_BYTES};
        Rasad__V1__Header *header = entry_header(txn, bytes);
        if (header != NULL) head.server_time_ms = header->server_time_ms;
    }
    scan_end(&scan);
    arena_release(txn->arena, mark);
    return head;
}

/* ---- entries of the batch. A nested transaction copies each page of the batch that it writes, and those of the journal's end
 * are the same for every command: so an entry waits in memory, as it will be stored, and is written at the end of the batch,
 * behind the one before. */

static struct {
    struct { size_t at, bytes; } list[ENTRIES_WAITING_MAX];
    int64_t first; /* sequence of the first; the others follow */
    size_t n, used;
    uint8_t bytes[TXN_BYTES_MAX + HASH_BYTES + ENTRY_BYTES_MAX];
} waiting;

static bool entry_waits(const struct txn *txn, int64_t sequence, struct slice *stored)
{
    if (!txn->write || waiting.n == 0 || sequence < waiting.first || sequence - waiting.first >= (int64_t)waiting.n) return false;
    size_t i = (size_t)(sequence - waiting.first);
    *stored = (struct slice){waiting.bytes + waiting.list[i].at, waiting.list[i].bytes};
    return true;
}

bool journal_crowded(void) { return waiting.n == ENTRIES_WAITING_MAX || waiting.used > TXN_BYTES_MAX; }

void journal_undo(int64_t sequence)
{
    while (waiting.n > 0 && waiting.first + (int64_t)waiting.n > sequence) waiting.used = waiting.list[--waiting.n].at;
}

static void entries_flush(struct txn *batch)
{
    for (size_t i = 0; i < waiting.n; i++) {
        struct key k = key("q", waiting.first + (int64_t)i);
        txn_put(batch, TABLE_journal, &k, waiting.bytes + waiting.list[i].at, waiting.list[i].bytes);
    }
    waiting.n = waiting.used = 0;
}

/* ---- request ids. They fall anywhere in their table, each on a page that nothing else of the batch writes and nothing soon
 * will: so they wait for the end of the batch and are written in the order of keys, on pages side by side in the file, and
 * not one of them among pages that the next batch gives up (see pages_gather in store.c). */

static struct request {
    uint8_t id[UUID_BYTES];
    int64_t sequence;
} noted[REQUESTS_NOTED_MAX];
static size_t noted_n;

static void requests_flush(struct txn *batch);

void request_note(struct txn *batch, const Rasad__V1__Header *header)
{
    if (header->request_id.len != UUID_BYTES) return;
    if (noted_n == REQUESTS_NOTED_MAX) requests_flush(batch);
    memcpy(noted[noted_n].id, header->request_id.data, UUID_BYTES);
    noted[noted_n++].sequence = header->sequence;
}

static int by_id(const void *a, const void *b) { return memcmp(a, b, UUID_BYTES); }

static void requests_flush(struct txn *batch)
{
    if (noted_n > 1) qsort(noted, noted_n, sizeof *noted, by_id);
    for (size_t i = 0; i < noted_n; i++) {
        struct key k = key("x", noted[i].id, (size_t)UUID_BYTES);
        number_put(batch, TABLE_request, &k, noted[i].sequence);
    }
    noted_n = 0;
}

void journal_flush(struct txn *batch)
{
    entries_flush(batch);
    requests_flush(batch);
}

void journal_drop(void) { noted_n = waiting.n = waiting.used = 0; }

static int64_t sequence_of(struct txn *txn, const uint8_t id[UUID_BYTES])
{
    struct key k = key("x", id, (size_t)UUID_BYTES);
    for (size_t i = 0; i < noted_n; i++)
        if (memcmp(noted[i].id, id, UUID_BYTES) == 0) return noted[i].sequence;
    return number_get(txn, TABLE_request, &k);
}

int64_t request_find(struct txn *txn, const uint8_t id[UUID_BYTES], uint8_t hash[HASH_BYTES])
{
    struct slice entry;
    int64_t sequence = sequence_of(txn, id);
    if (sequence == 0 || hash == NULL) return sequence;
    Rasad__V1__Header *header = journal_stored(txn, sequence, NULL, &entry) ? entry_header(txn, entry) : NULL;
    if (header == NULL || header->request_hash.len != HASH_BYTES) {
        if (txn->err == ERR_OK) txn->err = ERR_CORRUPT;
        return 0;
    }
    memcpy(hash, header->request_hash.data, HASH_BYTES);
    return sequence;
}

/* ---- entries */

/* How far reactions have come. */
static void cause_put(struct txn *txn, const Rasad__V1__Header *header)
{
    if (header->cause == 0) return;
    struct key cause = key("s", "cause");
    if (header->cause > number_get(txn, TABLE_counter, &cause)) number_put(txn, TABLE_counter, &cause, header->cause);
}

static void put_chained(struct txn *txn, int64_t sequence, const uint8_t hash[HASH_BYTES], struct slice entry)
{
    struct key k = key("q", sequence);
    uint8_t *stored = txn_room(txn, TABLE_journal, &k, HASH_BYTES + entry.bytes);
    if (stored == NULL) return;
    memcpy(stored, hash, HASH_BYTES);
    memcpy(stored + HASH_BYTES, entry.data, entry.bytes);
}

static void hash_before(struct txn *txn, int64_t sequence, uint8_t hash[HASH_BYTES])
{
    struct slice entry;
    memset(hash, 0, HASH_BYTES);
    if (sequence > 1 && !journal_stored(txn, sequence - 1, hash, &entry) && txn->err == ERR_OK) txn->err = ERR_CORRUPT;
}

size_t journal_append(struct txn *txn, const Rasad__V1__Entry *entry)
{
    uint8_t before[HASH_BYTES];
    size_t bytes = rasad__v1__entry__get_packed_size(entry);
    int64_t sequence = entry->header->sequence;
    hash_before(txn, sequence, before);
    if (txn->err != ERR_OK) return 0;
    if (bytes > ENTRY_BYTES_MAX) {
        txn->err = ERR_TOO_BIG;
        return 0;
    }
    must(!journal_crowded() && (waiting.n == 0 || sequence == waiting.first + (int64_t)waiting.n));
    if (waiting.n == 0) waiting.first = sequence;
    uint8_t *hash = waiting.bytes + waiting.used, *packed = hash + HASH_BYTES;
    rasad__v1__entry__pack(entry, packed);
    chain(before, sequence, (struct slice){packed, bytes}, hash);
    waiting.list[waiting.n].at = waiting.used;
    waiting.list[waiting.n++].bytes = HASH_BYTES + bytes;
    waiting.used += HASH_BYTES + bytes;
    cause_put(txn, entry->header);
    return bytes;
}

enum err journal_check(struct arena *arena, int64_t sequence, const uint8_t before[HASH_BYTES], const uint8_t hash[HASH_BYTES],
                       struct slice packed, Rasad__V1__Entry **entry)
{
    uint8_t want[HASH_BYTES];
    Rasad__V1__Entry *unpacked;
    chain(before, sequence, packed, want);
    if (memcmp(want, hash, HASH_BYTES) != 0) return ERR_CORRUPT;
    enum err err = entry_unpack(arena, packed, &unpacked);
    if (err != ERR_OK) return err;
    if (unpacked->header->sequence != sequence) return ERR_CORRUPT;
    *entry = unpacked;
    return ERR_OK;
}

void journal_append_stored(struct txn *txn, const uint8_t hash[HASH_BYTES], struct slice packed, const Rasad__V1__Entry *entry)
{
    put_chained(txn, entry->header->sequence, hash, packed);
    cause_put(txn, entry->header);
}

bool journal_stored(struct txn *txn, int64_t sequence, uint8_t hash[HASH_BYTES], struct slice *entry)
{
    struct key k = key("q", sequence);
    struct slice value;
    if (!entry_waits(txn, sequence, &value) && !txn_get(txn, TABLE_journal, &k, &value)) return false;
    if (value.bytes < HASH_BYTES) {
        txn->err = ERR_CORRUPT;
        return false;
    }
    if (hash != NULL) memcpy(hash, value.data, HASH_BYTES);
    *entry = (struct slice){(const uint8_t *)value.data + HASH_BYTES, value.bytes - HASH_BYTES};
    return true;
}

Rasad__V1__Entry *journal_read(struct txn *txn, int64_t sequence, uint8_t hash[HASH_BYTES])
{
    struct slice stored;
    if (!journal_stored(txn, sequence, hash, &stored)) return NULL;
    Rasad__V1__Entry *entry = row_unpack(txn, stored, &rasad__v1__entry__descriptor);
    if (entry == NULL || entry->header == NULL || entry->header->sequence != sequence) {
        log_event(LOG_ERROR, "entry not readable sequence=%lld", (long long)sequence);
        if (txn->err == ERR_OK) txn->err = ERR_CORRUPT;
        return NULL;
    }
    return entry;
}

const Rasad__V1__Event *journal_event(struct txn *txn, int64_t name, Rasad__V1__Header **header)
{
    struct slice entry, event;
    int32_t line = name_line(name);
    if (name <= 0 || line < 1 || !journal_stored(txn, name_sequence(name), NULL, &entry)) return NULL;
    if (header != NULL && (*header = entry_header(txn, entry)) == NULL) return NULL;
    while (entry_event_next(&entry, &event))
        if (--line == 0) return row_unpack(txn, event, &rasad__v1__event__descriptor);
    return NULL;
}
