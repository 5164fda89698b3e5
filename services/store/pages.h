/* pages.h - free pages of the file, taken in the order in which they lie.
 * Flow:    txn_begin_batch: sweep_due -> the write transaction -> sweep_begin; nothing else knows of it.
 * Owns:    the word "sweep" of table meta: the transaction in which the running sweep began.
 * Bounds:  FREE_PAGES_MAX free pages, half of the pages in use, a share of the map: whichever is least. None on a map or a
 *          disk that is nearly full, where LMDB's own way is left to it. LMDB merges the lists of the commits one by one:
 *          3 ms in a crowd, whose sweep is over after some 160 commits; up to 60 ms once in 1,500 small ones.
 * Why:     LMDB takes the pages of a commit from those that one earlier commit gave up, which lie all over the file, and each
 *          page that lies apart costs the disk some 10 us of a commit. So free pages are kept, a third of the file at most,
 *          and from time to time all of them are put in order: the commits after it take page beside page, from the file's
 *          beginning to its end, until they are used up; what was given up meanwhile is the next sweep's. What a journal
 *          adds stays for good, and would be a gap in each later run: its leaves are moved once, at the beginning of a sweep,
 *          into the first gaps there are, among pages that stay as well. Some 300 pages of 64 lines lay in 285 pieces; now in
 *          a dozen while the file still grows, and in 100 to 200 in the long run.
 */
#ifndef RASAD_STORE_PAGES_H
#define RASAD_STORE_PAGES_H

#include <lmdb.h>
#include <stddef.h>

struct sweep_due {
    size_t pages; /* in a row that the write transaction is to ask for; 0: the sweep goes on, or there is none */
    size_t last;  /* the sweep that was seen; not begun again by who waited for the lock while another began one */
};
/* In a read, before the write transaction. */
struct sweep_due sweep_due(MDB_txn *read, MDB_dbi meta);
/* First in a write transaction that is not nested. grows: a table that is only added to at its end, with keys of 8 bytes.
 * LMDB's code. */
int sweep_begin(MDB_txn *txn, MDB_dbi meta, MDB_dbi grows, struct sweep_due due);

#endif
