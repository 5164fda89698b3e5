/* test_cost.c - what a line of output costs the disk, counted: rows written, pages written in a commit, bytes in use. Timing
 * decides nothing here; a row or a page more in each line does. The store is forged (tests/bench/forge.h): 30 groups in each
 * of 40 clusters log every day, hand in every week, get material every month. */
#include "count.h"
#include "forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { CLUSTERS = 40, DAYS = 60, COUNTED_DAYS = 10 };

static struct {
    struct forge forge;
    int64_t commits;
    struct counted before, sum;
    char dir[64];
} world;

/* DESIGN 7 asks for at most 8, 160 and 640 at a million lines; what is reached is held, with a tenth of room. */
static const double puts_of_a_line_max = 5.5, pages_of_a_commit_max = 72, bytes_of_a_line_max = 370;

/* Each log of the last days is a commit of its own, as when one command waits. */
static bool around_log(void *ctx, struct forge *f, bool after)
{
    (void)ctx;
    if (f->day < FORGE_FIRST_DAY + DAYS - COUNTED_DAYS) return true;
    if (replay_commit(&f->replay) != ERR_OK) return false;
    if (after) {
        world.sum.puts += counted.puts - world.before.puts;
        world.sum.bytes += counted.bytes - world.before.bytes;
        world.commits++;
    }
    world.before = counted;
    return true;
}

static int grow(void **state)
{
    (void)state;
    snprintf(world.dir, sizeof world.dir, "/tmp/rasad-cost-XXXXXX");
    if (mkdtemp(world.dir) == NULL || !forge_open(&world.forge, world.dir, CLUSTERS)) return -1;
    world.forge.around = around_log;
    for (int i = 0; i < DAYS; i++)
        if (!forge_day(&world.forge)) return -1;
    return forge_commit(&world.forge) ? 0 : -1;
}

static int end(void **state)
{
    char file[96];
    (void)state;
    forge_close(&world.forge);
    snprintf(file, sizeof file, "%s/rasad.lmdb", world.dir);
    (void)unlink(file);
    snprintf(file, sizeof file, "%s/rasad.lmdb-lock", world.dir);
    (void)unlink(file);
    return rmdir(world.dir);
}

static void at_most(const char *what, double found, double most)
{
    printf("%s: %.2f, at most %.2f\n", what, found, most);
    if (found > most) fail_msg("%s: %.2f, at most %.2f", what, found, most);
}

static void puts_of_a_line(void **state)
{
    (void)state;
    assert_true(world.commits >= COUNTED_DAYS * CLUSTERS);
    at_most("rows written for a line", (double)world.sum.puts / (double)(world.commits * FORGE_GROUPS), puts_of_a_line_max);
}

static void pages_of_a_commit(void **state)
{
    (void)state;
    double pages = (double)world.sum.bytes / 4096 / (double)world.commits;
    assert_true(pages > 4); /* the meter runs */
    at_most("pages written in a commit of 30 lines", pages, pages_of_a_commit_max);
}

static void bytes_of_a_line(void **state)
{
    char file[96];
    size_t in_use = 0, all = 0;
    (void)state;
    snprintf(file, sizeof file, "%s/rasad.lmdb", world.dir);
    assert_true(pages_of(file, &in_use, &all));
    at_most("bytes in use for a line", (double)in_use * 4096 / (double)world.forge.lines, bytes_of_a_line_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_of_a_line),
        cmocka_unit_test(pages_of_a_commit),
        cmocka_unit_test(bytes_of_a_line),
    };
    return cmocka_run_group_tests(tests, grow, end);
}
