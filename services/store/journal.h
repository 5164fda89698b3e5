/* journal.h - the append-only log of entries; the one source of truth.
 * Flow:    runner -> journal_append, in a command's transaction; journal_flush, at the end of the batch's.
 * Owns:    tables journal (sequence -> hash || Entry) and request (request id -> sequence).
 * Bounds:  ENTRY_BYTES_MAX per entry; ENTRIES_WAITING_MAX entries and REQUESTS_NOTED_MAX ids of a batch in memory.
 * Fails:   ERR_TOO_BIG; ERR_CORRUPT when a stored entry's hash or form is wrong, naming the sequence in the log.
 * Why:     projections can be thrown away and rebuilt; this cannot.
 */
#ifndef RASAD_STORE_JOURNAL_H
#define RASAD_STORE_JOURNAL_H

#include "base/ids.h"
#include "journal.pb-c.h"
#include "store/store.h"

struct head {
    int64_t sequence;          /* 0: empty */
    uint8_t hash[HASH_BYTES];  /* 32 zero bytes when empty */
    int64_t server_time_ms;
};

struct head journal_head(struct txn *txn);
/* Pack and append; the header's sequence must be head + 1. The entry is there from now on for who writes in this batch, and
 * a row with journal_flush. Its bytes; 0: it failed. */
size_t journal_append(struct txn *txn, const Rasad__V1__Entry *entry);
/* The command fell: this entry and any after it are not there. */
void journal_undo(int64_t sequence);
/* No room for one more entry: journal_flush before the next command begins. */
bool journal_crowded(void);
/* Entries and ids of the batch into its transaction, before the commit; or not, as the batch is given up. */
void journal_flush(struct txn *batch);
void journal_drop(void);
/* An entry as it was stored elsewhere, checked against its hash and unpacked in the arena; before: the hash of the entry
 * before. Looks at nothing but these, whatever the thread. ERR_CORRUPT when it is not that entry; ERR_MEMORY. */
enum err journal_check(struct arena *arena, int64_t sequence, const uint8_t before[HASH_BYTES], const uint8_t hash[HASH_BYTES],
                       struct slice packed, Rasad__V1__Entry **entry);
/* Append it, once checked. */
void journal_append_stored(struct txn *txn, const uint8_t hash[HASH_BYTES], struct slice packed, const Rasad__V1__Entry *entry);
/* An entry, unpacked in the transaction's arena; NULL when there is none. hash may be NULL. */
Rasad__V1__Entry *journal_read(struct txn *txn, int64_t sequence, uint8_t hash[HASH_BYTES]);
bool journal_stored(struct txn *txn, int64_t sequence, uint8_t hash[HASH_BYTES], struct slice *entry);
/* A stored entry's header alone, and its events one by one, as bytes: those of no interest need not be unpacked. */
Rasad__V1__Header *entry_header(struct txn *txn, struct slice entry);
bool entry_event_next(struct slice *entry, struct slice *event);
/* The next event whose bytes hold this code, and now and then one that does not: lines of other places, of which a sheet
 * has hundreds, are passed over. */
bool entry_event_naming(struct slice *entry, const char *code, struct slice *event);
/* The event of a name, it alone unpacked; NULL when there is none. header: of its entry; may be NULL. */
const Rasad__V1__Event *journal_event(struct txn *txn, int64_t name, Rasad__V1__Header **header);
/* The request id of an entry that stands in the batch: found from now on, and a row with journal_flush. */
void request_note(struct txn *batch, const Rasad__V1__Header *header);
/* The sequence a request id stands for, 0 none; the hash of what was asked, if wanted: it stands in the entry's header. */
int64_t request_find(struct txn *txn, const uint8_t id[UUID_BYTES], uint8_t hash[HASH_BYTES]);

#endif
