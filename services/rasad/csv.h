/* csv.h - rows of a spreadsheet: RFC 4180, in place.
 * Flow:    csv_read the file once, csv_begin, then csv_next row by row until it says CSV_END or CSV_WRONG.
 * Owns:    nothing: fields point into the text, which is changed (quotes taken out, ends cut with NUL).
 * Bounds:  CSV_COLUMNS_MAX fields in a row, CSV_BYTES_MAX of a file.
 * Fails:   CSV_WRONG with the row, and what is wrong in words.
 * Reads:   CRLF, LF or CR ends; quotes with "" inside; a UTF-8 byte-order mark; empty lines are passed over.
 */
#ifndef RASAD_RASAD_CSV_H
#define RASAD_RASAD_CSV_H

#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>

struct csv {
    char *at;
    char *end;
    uint32_t row;       /* of the row last read, as a spreadsheet counts: the header is 1 */
    const char *wrong;  /* after CSV_WRONG */
};

struct csv_row {
    size_t field_count;
    char *fields[CSV_COLUMNS_MAX];
};

enum csv_result { CSV_ROW, CSV_END, CSV_WRONG };

/* text[bytes] must be writable: the last row's end is put there. */
void csv_begin(struct csv *csv, char *text, size_t bytes);

enum csv_result csv_next(struct csv *csv, struct csv_row *row);

#endif
