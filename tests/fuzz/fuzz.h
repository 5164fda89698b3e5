/* fuzz.h - what the fuzz targets share. A target is one file: LLVMFuzzerTestOneInput, and LLVMFuzzerInitialize where it
 * needs a store or a gateway. libFuzzer finds the crash; `holds` says what must hold besides.
 */
#ifndef RASAD_TESTS_FUZZ_H
#define RASAD_TESTS_FUZZ_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/must.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define holds(condition) must(condition)

/* The input, eaten from the front. Past its end everything is 0. */
struct input {
    const uint8_t *at;
    size_t left;
};

static inline unsigned eat(struct input *in)
{
    if (in->left == 0) return 0;
    in->left--;
    return *in->at++;
}

static inline unsigned eat_below(struct input *in, unsigned n)
{
    return n == 0 ? 0 : eat(in) % n;
}

static inline uint64_t eat_number(struct input *in, unsigned bytes)
{
    uint64_t value = 0;
    while (bytes-- > 0) value = value << 8 | eat(in);
    return value;
}

/* A directory of this process, in memory where the system has one. */
static inline void scratch_directory(char path[64], const char *word)
{
    struct stat status;
    snprintf(path, 64, "%s/rasad-fuzz-%s-XXXXXX", stat("/dev/shm", &status) == 0 ? "/dev/shm" : "/tmp", word);
    holds(mkdtemp(path) != NULL);
}

static inline void file_put(const char *directory, const char *name, const void *data, size_t bytes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    holds(file != NULL);
    holds(fwrite(data, 1, bytes, file) == bytes && fclose(file) == 0);
}

#endif
