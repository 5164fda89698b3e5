/* health.c - how a process and its store are; see health.h. */
#include "store/health.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "store/journal.h"

#include <inttypes.h>

static int64_t started_ms;

void health_begin(void) { started_ms = now_ms(); }

static int32_t parked(struct txn *txn)
{
    struct scan scan;
    struct key first = {.n = 0};
    int32_t n = 0;
    for (scan_begin(&scan, txn, TABLE_parked, &first, 0); n < PARKED_COUNTED_MAX && scan_next(&scan);) n++;
    scan_end(&scan);
    return n;
}

Rasad__V1__Health health_of(struct store *store, struct arena *arena)
{
    Rasad__V1__Health health;
    struct txn txn;
    rasad__v1__health__init(&health);
    txn_read(store, arena, &txn);
    struct head head = journal_head(&txn);
    int64_t behind_ms = head.server_time_ms - now_ms();
    health.started_ms = started_ms;
    health.map_used_percent = store_full_percent(store);
    health.disk_free_percent = store_disk_free_percent(store);
    health.sequence = head.sequence;
    health.clock_behind_ms = behind_ms > 0 ? behind_ms : 0;
    health.commands_set_aside = status_set_aside();
    health.reactions_parked = parked(&txn);
    txn_abort(&txn);
    return health;
}

/* RASAD_DISK_ALARM_PERCENT: a disk that others fill as well may want an earlier one. */
static int64_t disk_alarm(void)
{
    return config_number("RASAD_DISK_ALARM_PERCENT", DISK_FREE_PERCENT_ALARM);
}

int health_alarms(const Rasad__V1__Health *health)
{
    int said = 0;
    if (health->map_used_percent >= MAP_USED_PERCENT_ALARM) {
        log_event(LOG_WARN, "store filling up percent=%d", health->map_used_percent);
        said++;
    }
    if (health->disk_free_percent < disk_alarm()) {
        log_event(LOG_WARN, "disk filling up free_percent=%d", health->disk_free_percent);
        said++;
    }
    if (health->clock_behind_ms > CLOCK_BEHIND_MS_ALARM) {
        log_event(LOG_WARN, "clock is behind the journal seconds=%" PRId64, health->clock_behind_ms / 1000);
        said++;
    }
    if (health->reactions_parked > 0) {
        log_event(LOG_WARN, "reactions wait for a person count=%d", health->reactions_parked);
        said++;
    }
    if (health->commands_set_aside > 0) {
        log_event(LOG_WARN, "commands are set aside count=%d", health->commands_set_aside);
        said++;
    }
    return said;
}
