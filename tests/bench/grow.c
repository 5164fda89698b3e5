/* grow.c - `grow DIR LINES CLUSTERS [COPY]`: a store with so many lines of output behind it, built by replay (forge.h).
 * Days:    LINES of full days, then THIN_DAYS of thin ones that end on LAST_DAY in every store, so that reports of them can be
 *          compared: the same places, the same days, as many lines in them (some 10,000 of 370 clusters).
 * Counts:  what a line costs before it passes 1,000,000 of them: in the month before, every SAMPLED-th log of a cluster is
 *          committed by itself, as a service does with a single waiting command; puts and written pages are counted.
 * COPY:    a directory that gets the store as it is with 1,000,000 lines.
 */
#include "base/clock.h"
#include "base/log.h"
#include "count.h"
#include "forge.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNTED_FROM = 667000, COUNTED_TO = 1000000, SAMPLED = 97 };
enum { COMMIT_LINES = 200000 }; /* every group has a page of its own in table log: the fewer commits, the less is written */
enum { LAST_DAY = FORGE_FIRST_DAY + 1000, THIN_DAYS = 30, THIN_EVERY = 31 };

struct progress {
    const char *file, *copy_dir;
    int64_t logs, commits;
    bool looking, passed;
    struct counted before, sum;
};

static void print_file(const char *file, int64_t lines)
{
    size_t in_use, all;
    if (!pages_of(file, &in_use, &all)) {
        fprintf(stderr, "grow: %s can not be looked at\n", file);
        exit(1);
    }
    printf("file lines %" PRId64 " in_use_per_line %.0f file_per_line %.0f\n", lines, (double)in_use * 4096 / (double)lines,
           (double)all * 4096 / (double)lines);
}

static bool copy_file(const char *from, const char *to)
{
    struct stat found;
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool good = in >= 0 && out >= 0 && fstat(in, &found) == 0;
    for (off_t left = good ? found.st_size : 0; good && left > 0;) {
        ssize_t bytes = copy_file_range(in, NULL, out, NULL, (size_t)left, 0);
        good = bytes > 0;
        left -= bytes;
    }
    close(in);
    close(out);
    if (!good) perror("grow: copy");
    return good;
}

/* All that is written is committed: the file is whole. */
static bool at_million(struct progress *p, struct forge *f)
{
    char to[PATH_BYTES_MAX];
    double lines = (double)p->commits * FORGE_GROUPS;
    p->passed = true;
    if (!forge_commit(f)) return false;
    printf("counted puts_per_line %.2f pages_per_commit %.1f\n", (double)p->sum.puts / lines,
           (double)p->sum.bytes / 4096.0 / (double)p->commits);
    if (p->copy_dir == NULL) return true;
    (void)snprintf(to, sizeof to, "%s/rasad.lmdb", p->copy_dir);
    if (!copy_file(p->file, to)) return false;
    print_file(to, f->lines);
    return true;
}

static bool around_log(void *ctx, struct forge *f, bool after)
{
    struct progress *p = ctx;
    if (after) {
        if (!p->looking) return true;
        if (replay_commit(&f->replay) != ERR_OK) return false;
        p->sum.puts += counted.puts - p->before.puts;
        p->sum.bytes += counted.bytes - p->before.bytes;
        p->commits++;
        return true;
    }
    if (f->lines >= COUNTED_TO && !p->passed && !at_million(p, f)) return false;
    p->looking = f->lines >= COUNTED_FROM && f->lines < COUNTED_TO && p->logs++ % SAMPLED == 0;
    if (p->looking && replay_commit(&f->replay) != ERR_OK) return false;
    p->before = counted;
    return true;
}

int main(int argc, char **argv)
{
    static struct forge forge;
    char file[PATH_BYTES_MAX];
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: grow DIR LINES CLUSTERS [COPY]\n");
        return 2;
    }
    struct progress progress = {.file = file, .copy_dir = argv[4]};
    log_process("grow");
    (void)snprintf(file, sizeof file, "%s/rasad.lmdb", argv[1]);
    int64_t began = mono_ms(), lines_max = strtoll(argv[2], NULL, 10);
    if (!forge_open(&forge, argv[1], (int32_t)strtol(argv[3], NULL, 10))) return 1;
    int64_t a_day = (int64_t)forge.clusters * FORGE_GROUPS, full_days = (lines_max + a_day - 1) / a_day;
    if (full_days > LAST_DAY - THIN_DAYS - FORGE_FIRST_DAY) {
        fprintf(stderr, "grow: %" PRId64 " lines are more days than there are\n", lines_max);
        return 2;
    }
    forge.replay.lines_max = COMMIT_LINES;
    forge.around = around_log;
    forge.ctx = &progress;
    int32_t first_day = forge.day = LAST_DAY - THIN_DAYS - (int32_t)full_days + 1;
    while (forge.day <= LAST_DAY) {
        if (forge.day > LAST_DAY - THIN_DAYS) forge.every = THIN_EVERY;
        if (!forge_day(&forge)) return 1;
    }
    if (!forge_commit(&forge)) return 1;
    printf("grown lines %" PRId64 " entries %" PRId64 " first_day %" PRId32 " ms %" PRId64 "\n", forge.lines, forge.entries,
           first_day, mono_ms() - began);
    forge_close(&forge);
    print_file(file, forge.lines);
    return 0;
}
