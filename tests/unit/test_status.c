/* test_status.c - the page the supervisor watches: stuck writers, and commands that stopped a service twice. */
#include "base/status.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct status_page *page;

static int begin(void **state)
{
    static const char *const names[] = {"registry", "production"};
    char text[16];
    int fd;
    (void)state;
    assert_int_equal(status_create(names, 2, &page, &fd), ERR_OK);
    snprintf(text, sizeof text, "%d", fd);
    assert_int_equal(setenv(STATUS_FD_VARIABLE, text, 1), 0);
    assert_int_equal(status_join("production"), ERR_OK);
    return 0;
}

static void a_command_that_stops_its_service_twice_is_set_aside(void **state)
{
    const uint8_t bad[16] = {1, 2, 3, 4, 5, 6, 7, 8}, good[16] = {9, 9, 9};
    (void)state;
    for (int crash = 1; crash <= STATUS_CRASHES_MAX; crash++) {
        assert_int_equal(status_set_aside(), 0);
        assert_true(status_command_begin(bad));
        assert_int_equal(status_clear(page, 1), crash == STATUS_CRASHES_MAX); /* the service died while it ran */
    }
    assert_int_equal(status_set_aside(), 1);
    assert_false(status_command_begin(bad));
    assert_true(status_command_begin(good));
    status_command_end();
    status_clear(page, 1); /* died between commands: nobody's fault */
    assert_true(status_command_begin(good));
    status_command_end();
}

static void the_latest_crashed_commands_are_remembered(void **state)
{
    (void)state;
    for (int command = 0; command <= STATUS_CRASHED_MAX; command++) {
        const uint8_t id[16] = {100, 0, 0, 0, 0, 0, (uint8_t)command}, first[16] = {100};
        for (int crash = 0; crash < STATUS_CRASHES_MAX; crash++) {
            assert_true(status_command_begin(id));
            status_clear(page, 1);
        }
        assert_false(status_command_begin(id));
        assert_int_equal(status_command_begin(first), command == STATUS_CRASHED_MAX); /* the oldest falls out */
        status_command_end();
    }
}

static void a_writer_is_stuck_only_outside_its_commit(void **state)
{
    int64_t later = mono_ms() + TXN_STUCK_MS + 1000;
    (void)state;
    assert_false(status_stuck(page, 1, getpid(), later));
    status_txn_begin();
    assert_false(status_stuck(page, 1, getpid(), mono_ms()));
    assert_true(status_stuck(page, 1, getpid(), later));
    assert_false(status_stuck(page, 1, getpid() + 1, later)); /* what another process left is not this one's */
    status_txn_commit();
    assert_false(status_stuck(page, 1, getpid(), later));
    status_txn_end();
    assert_false(status_stuck(page, 1, getpid(), later));
}

static void a_reader_is_stuck_past_its_bound(void **state)
{
    (void)state;
    status_read_begin();
    assert_false(status_stuck(page, 1, getpid(), mono_ms() + READ_STUCK_MS - 100));
    assert_true(status_stuck(page, 1, getpid(), mono_ms() + READ_STUCK_MS + 1));
    status_read_end();
    assert_false(status_stuck(page, 1, getpid(), mono_ms() + READ_STUCK_MS + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_command_that_stops_its_service_twice_is_set_aside, begin),
        cmocka_unit_test_setup(the_latest_crashed_commands_are_remembered, begin),
        cmocka_unit_test_setup(a_writer_is_stuck_only_outside_its_commit, begin),
        cmocka_unit_test_setup(a_reader_is_stuck_past_its_bound, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
