/* status.c - the shared page in which services say that they are inside a write transaction; see status.h.
 * Rule:    one writer per slot (its process), one reader (rasad up). Each field is read on its own: a reader that sees
 *          a transaction a moment too long or too short decides the same a tick later.
 */
#include "base/status.h"

#include "base/clock.h"
#include "base/must.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_MAGIC 0x53544154u

static const struct status_page *own_page;
static struct status_slot *own_slot;

enum err status_create(const char *const *names, size_t name_count, struct status_page **page, int *fd)
{
    must(name_count <= STATUS_SLOTS_MAX);
    int memory = memfd_create("rasad-status", 0);
    if (memory < 0)
        return err_of_errno(errno);
    void *map = MAP_FAILED;
    if (ftruncate(memory, (off_t)sizeof(struct status_page)) == 0)
        map = mmap(NULL, sizeof(struct status_page), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (map == MAP_FAILED) {
        enum err err = err_of_errno(errno);
        close(memory);
        return err;
    }
    struct status_page *made = map;
    made->magic = STATUS_MAGIC;
    made->slot_count = (uint32_t)name_count;
    for (size_t i = 0; i < name_count; i++) {
        must(strlen(names[i]) < STATUS_NAME_BYTES);
        memcpy(made->slots[i].name, names[i], strlen(names[i]) + 1);
    }
    *page = made;
    *fd = memory;
    return ERR_OK;
}

enum err status_join(const char *process)
{
    const char *number = getenv(STATUS_FD_VARIABLE);
    if (number == NULL)
        return ERR_NOT_FOUND;
    char *end = NULL;
    long fd = strtol(number, &end, 10);
    struct stat about;
    if (end == number || *end != '\0' || fd < 3 || fd > 65535 || fstat((int)fd, &about) != 0 ||
        about.st_size != (off_t)sizeof(struct status_page))
        return ERR_CONFIG;
    void *map = mmap(NULL, sizeof(struct status_page), PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    close((int)fd);
    if (map == MAP_FAILED)
        return ERR_MEMORY;
    struct status_page *page = map;
    if (page->magic == STATUS_MAGIC)
        for (uint32_t i = 0; i < page->slot_count && i < STATUS_SLOTS_MAX; i++)
            if (strncmp(page->slots[i].name, process, STATUS_NAME_BYTES) == 0) {
                own_slot = &page->slots[i];
                own_page = page;
                status_txn_end();
                status_read_end();
                atomic_store(&own_slot->pid, (int64_t)getpid());
                return ERR_OK;
            }
    munmap(map, sizeof(struct status_page));
    return ERR_NOT_FOUND;
}

void status_txn_begin(void)
{
    if (own_slot != NULL)
        atomic_store(&own_slot->txn_started_ms, mono_ms());
}

void status_txn_commit(void)
{
    if (own_slot != NULL)
        atomic_store(&own_slot->committing, 1);
}

void status_txn_end(void)
{
    if (own_slot == NULL)
        return;
    atomic_store(&own_slot->txn_started_ms, 0);
    atomic_store(&own_slot->committing, 0);
}

void status_read_begin(void)
{
    if (own_slot != NULL)
        atomic_store(&own_slot->read_started_ms, mono_ms());
}

void status_read_end(void)
{
    if (own_slot != NULL)
        atomic_store(&own_slot->read_started_ms, 0);
}

static uint64_t command_number(const uint8_t id[16])
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) number = number << 8 | id[i];
    return number | 1; /* never 0: that is none */
}

bool status_command_begin(const uint8_t id[16])
{
    uint64_t number = command_number(id);
    if (own_slot == NULL) return true;
    for (size_t i = 0; i < STATUS_CRASHED_MAX; i++)
        if (own_page->crashed[i].command == number && own_page->crashed[i].times >= STATUS_CRASHES_MAX) return false;
    atomic_store(&own_slot->running, number);
    return true;
}

void status_command_end(void)
{
    if (own_slot != NULL) atomic_store(&own_slot->running, 0);
}

/* True: that was once too often. */
static bool crash_count(struct status_page *page, uint64_t command)
{
    for (size_t i = 0; i < STATUS_CRASHED_MAX; i++)
        if (page->crashed[i].command == command) return ++page->crashed[i].times == STATUS_CRASHES_MAX;
    page->crashed[page->crashed_next].command = command;
    page->crashed[page->crashed_next].times = 1;
    page->crashed_next = (page->crashed_next + 1) % STATUS_CRASHED_MAX;
    return false;
}

void status_forgot(int64_t sequence)
{
    if (own_slot != NULL) own_slot->forgot = sequence;
}

int64_t status_forgotten(const struct status_page *page)
{
    int64_t last = 0;
    for (size_t i = 0; i < page->slot_count; i++)
        if (page->slots[i].forgot > last) last = page->slots[i].forgot;
    return last;
}

int32_t status_set_aside(void)
{
    int32_t n = 0;
    for (size_t i = 0; own_page != NULL && i < STATUS_CRASHED_MAX; i++)
        if (own_page->crashed[i].times >= STATUS_CRASHES_MAX) n++;
    return n;
}

bool status_clear(struct status_page *page, size_t slot)
{
    must(slot < page->slot_count);
    uint64_t command = atomic_exchange(&page->slots[slot].running, 0);
    bool set_aside = command != 0 && crash_count(page, command);
    atomic_store(&page->slots[slot].pid, 0);
    atomic_store(&page->slots[slot].txn_started_ms, 0);
    atomic_store(&page->slots[slot].committing, 0);
    atomic_store(&page->slots[slot].read_started_ms, 0);
    return set_aside;
}

bool status_stuck(const struct status_page *page, size_t slot, pid_t pid, int64_t now_mono_ms)
{
    must(slot < page->slot_count);
    const struct status_slot *seen = &page->slots[slot];
    int64_t started_ms = atomic_load(&seen->txn_started_ms), read_ms = atomic_load(&seen->read_started_ms);
    bool writes = started_ms != 0 && now_mono_ms - started_ms > TXN_STUCK_MS && atomic_load(&seen->committing) == 0;
    bool reads = read_ms != 0 && now_mono_ms - read_ms > READ_STUCK_MS;
    return (writes || reads) && atomic_load(&seen->pid) == (int64_t)pid;
}
