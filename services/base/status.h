/* status.h - one page of shared memory in which each service says whether it is inside a write transaction.
 * Flow:    rasad up: status_create before any fork. A service: status_join once at start, then around each write
 *          transaction status_txn_begin (the writer's lock is held), status_txn_commit (the commit begins),
 *          status_txn_end (it is over, one way or the other).
 * Owns:    a memfd, inherited under the number in RASAD_STATUS_FD, and its mapping.
 * Bounds:  STATUS_SLOTS_MAX processes; TXN_STUCK_MS inside a transaction and not yet committing, READ_STUCK_MS in a read:
 *          as long as it lasts no page that it may want is used again, and the file grows.
 * Fails:   a service started by hand has no page: status_join says ERR_NOT_FOUND and the rest does nothing.
 * Why:     a stuck writer stops everybody and the store knows no timeout; the one that watches must be able to see it
 *          without opening the store.
 */
#ifndef RASAD_BASE_STATUS_H
#define RASAD_BASE_STATUS_H

#include "base/err.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STATUS_FD_VARIABLE "RASAD_STATUS_FD"

struct status_slot {
    char name[STATUS_NAME_BYTES];
    _Atomic int64_t pid;            /* who wrote the rest; 0 nobody yet */
    _Atomic int64_t txn_started_ms; /* monotonic; 0: in no write transaction */
    _Atomic int64_t committing;     /* 1: the commit is running, leave it alone */
    _Atomic int64_t read_started_ms; /* monotonic; 0: in no read transaction */
    _Atomic uint64_t running;       /* first 8 bytes of the id of the command that runs; 0 none */
    _Atomic int64_t forgot;         /* the last entry when it last forgot somebody; 0: it has not */
};

struct status_page {
    uint32_t magic;
    uint32_t slot_count;
    struct status_slot slots[STATUS_SLOTS_MAX];
    struct {
        uint64_t command;           /* ran when its service died; 0 free */
        uint32_t times;
    } crashed[STATUS_CRASHED_MAX];  /* the latest, in a ring; written by the one that watches alone */
    uint32_t crashed_next;
};

/* Make the page with a slot for each name; the descriptor survives exec. */
enum err status_create(const char *const *names, size_t name_count, struct status_page **page, int *fd);

/* Find this process's slot in the page inherited, and take it. */
enum err status_join(const char *process);

void status_txn_begin(void);
void status_txn_commit(void);
void status_txn_end(void);
void status_read_begin(void);
void status_read_end(void);

/* A command begins; false: it has stopped a service STATUS_CRASHES_MAX times and is set aside. */
bool status_command_begin(const uint8_t id[16]);
void status_command_end(void);

/* Somebody was forgotten, and it is on disk, up to this entry; for the one that watches, the last of all; 0: nobody was. */
void status_forgot(int64_t sequence);
int64_t status_forgotten(const struct status_page *page);

/* How many commands are set aside, in the page inherited; 0 without one. */
int32_t status_set_aside(void);

/* Forget what a process that has died left in its slot, but for the command it ran: that is counted. True: it is set
 * aside from now on. */
bool status_clear(struct status_page *page, size_t slot);

/* Does this process sit in a transaction for too long? Pure but for reading the slot. */
bool status_stuck(const struct status_page *page, size_t slot, pid_t pid, int64_t now_mono_ms);

#endif
