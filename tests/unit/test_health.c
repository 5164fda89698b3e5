/* test_health.c - what a process says of itself, and where each alarm begins. */
#include "base/clock.h"
#include "base/log.h"
#include "store/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static int alarms(int map, int disk, int64_t behind_ms, int aside, int parked)
{
    Rasad__V1__Health health;
    rasad__v1__health__init(&health);
    health.map_used_percent = map;
    health.disk_free_percent = disk;
    health.clock_behind_ms = behind_ms;
    health.commands_set_aside = aside;
    health.reactions_parked = parked;
    return health_alarms(&health);
}

static void each_alarm_begins_at_its_bound(void **state)
{
    (void)state;
    assert_int_equal(alarms(MAP_USED_PERCENT_ALARM - 1, DISK_FREE_PERCENT_ALARM, CLOCK_BEHIND_MS_ALARM, 0, 0), 0);
    assert_int_equal(alarms(MAP_USED_PERCENT_ALARM, DISK_FREE_PERCENT_ALARM, CLOCK_BEHIND_MS_ALARM, 0, 0), 1);
    assert_int_equal(alarms(0, DISK_FREE_PERCENT_ALARM - 1, 0, 0, 0), 1);
    assert_int_equal(alarms(0, 100, CLOCK_BEHIND_MS_ALARM + 1, 0, 0), 1);
    assert_int_equal(alarms(0, 100, 0, 1, 0), 1);
    assert_int_equal(alarms(0, 100, 0, 0, 1), 1);
    assert_int_equal(alarms(99, 0, CLOCK_BEHIND_MS_ALARM * 2, 2, 3), 5);
}

static void park(struct txn *txn, int64_t from, int64_t to)
{
    for (int64_t cause = from; cause <= to; cause++) {
        struct key k = key("q", cause);
        number_put(txn, TABLE_parked, &k, cause);
    }
}

static void a_store_is_described(void **state)
{
    static struct arena arena;
    char dir[] = "/tmp/rasad-health-XXXXXX", file[64];
    struct store *store;
    struct txn txn;
    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_true(arena_init(&arena, ARENA_BYTES_MAX));
    assert_int_equal(store_open(dir, &store), ERR_OK);
    health_begin();
    Rasad__V1__Health health = health_of(store, &arena);
    assert_in_range(now_ms() - health.started_ms, 0, 5000);
    assert_int_equal(health.sequence, 0);
    assert_int_equal(health.clock_behind_ms, 0);
    assert_in_range(health.disk_free_percent, 0, 100);
    assert_in_range(health.map_used_percent, 0, 5);
    assert_int_equal(health.reactions_parked, 0);
    for (int64_t to = PARKED_COUNTED_MAX; to <= PARKED_COUNTED_MAX + 1; to++) { /* one more is not counted */
        txn_begin(store, &arena, &txn);
        park(&txn, 1, to);
        assert_int_equal(txn_commit(&txn), ERR_OK);
        assert_int_equal(health_of(store, &arena).reactions_parked, PARKED_COUNTED_MAX);
    }
    store_close(store);
    for (int i = 0; i < 2; i++) {
        snprintf(file, sizeof file, "%s/rasad.lmdb%s", dir, i == 0 ? "" : "-lock");
        unlink(file);
    }
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_alarm_begins_at_its_bound),
        cmocka_unit_test(a_store_is_described),
    };
    log_level_set((enum log_level)(LOG_ERROR + 1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
