/* place_file.h - a spreadsheet of places as lines of Registry/AddPlaces.
 * Flow:    place_file_read; then the lines, each with its row; then place_file_free.
 * Columns: the header row decides which there are and in what order; `code` and `kind` must be. See ops/README.md.
 * Finds:   all that the file alone shows: unknown columns, short rows, numbers that are none, double codes.
 * Bounds:  PLACE_ROWS_MAX rows, PROBLEMS_SHOWN_MAX problems kept (all are counted).
 */
#ifndef RASAD_RASAD_PLACE_FILE_H
#define RASAD_RASAD_PLACE_FILE_H

#include "base/err.h"
#include "base/hash.h"
#include "base/limits.h"
#include "registry.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Something wrong in one cell. */
struct problem {
    uint32_t row;         /* as a spreadsheet counts: the header is 1; 0: the file */
    const char *column;
    char *found;
    char *needed;
};

struct problems {
    struct problem *shown;
    size_t shown_count;
    size_t count;
};

void problems_add(struct problems *problems, uint32_t row, const char *column, const char *found, const char *needed);

/* One line each on stderr, by row. */
void problems_print(struct problems *problems, const char *file);
void problems_free(struct problems *problems);

struct place_file {
    char *text;               /* the fields of the lines point into it */
    size_t row_count;
    Rasad__V1__PlaceLine *lines;
    Rasad__V1__Names *names;
    uint32_t *rows;           /* of each line */
    uint32_t *parent_line;    /* 1 + index of the line with the parent, wherever it stands; 0: not in the file */
    uint8_t digest[HASH_BYTES]; /* of the file as it was */
};

/* ERR_OK also when there are problems: look at them before using the lines. */
enum err place_file_read(const char *path, struct place_file *file, struct problems *problems);
void place_file_free(struct place_file *file);

/* The column of a field of PlaceLine as a refusal names it ("lines[3].name.en" and "name.en" are name_en). */
const char *place_column(const char *field);

/* A whole file with a NUL after it; free() it. ERR_TOO_BIG above bytes_max. */
enum err file_read(const char *path, size_t bytes_max, char **text, size_t *bytes);

#endif
