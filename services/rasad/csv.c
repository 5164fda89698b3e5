/* csv.c - rows of a spreadsheet, in place; see csv.h. */
#include "rasad/csv.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

void csv_begin(struct csv *csv, char *text, size_t bytes)
{
    *csv = (struct csv){.at = text, .end = text + bytes};
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) csv->at += 3;
    *csv->end = '\0';
}

/* Past the end of a line, whichever way it is written; true when one stands here. */
static bool line_end(char **at, const char *end)
{
    if (*at < end && **at == '\r') {
        (*at)++;
        if (*at < end && **at == '\n') (*at)++;
        return true;
    }
    if (*at < end && **at == '\n') {
        (*at)++;
        return true;
    }
    return false;
}

/* A quoted field: the text between the quotes moves down over the doubled ones. False when it never ends. */
static bool quoted(struct csv *csv, char **field, char **field_end)
{
    char *from = csv->at + 1, *to = from;
    *field = to;
    for (;;) {
        if (from >= csv->end) return false;
        if (*from == '"') {
            if (from + 1 >= csv->end || from[1] != '"') break;
            from++;
        }
        *to++ = *from++;
    }
    *field_end = to;
    csv->at = from + 1;
    return true;
}

static enum csv_result wrong(struct csv *csv, const char *why)
{
    csv->wrong = why;
    return CSV_WRONG;
}

enum csv_result csv_next(struct csv *csv, struct csv_row *row)
{
    do {
        csv->row++;
        if (csv->at >= csv->end) return CSV_END;
    } while (line_end(&csv->at, csv->end));

    row->field_count = 0;
    for (bool more = true; more;) {
        char *field = csv->at, *field_end = csv->at;
        if (*csv->at == '"' && csv->at < csv->end) {
            if (!quoted(csv, &field, &field_end)) return wrong(csv, "a quote is never closed");
        } else {
            csv->at += strcspn(csv->at, ",\r\n\"");
            field_end = csv->at;
        }
        if (csv->at < csv->end && *csv->at == ',') {
            csv->at++;
        } else {
            more = false;
            if (csv->at < csv->end && !line_end(&csv->at, csv->end)) {
                return wrong(csv, "a quote in the middle of a field, or a NUL byte: put the whole field in quotes");
            }
        }
        if (!utf8_plain(field, (size_t)(field_end - field))) {
            return wrong(csv, "not UTF-8 text: save the file as \"CSV UTF-8\"");
        }
        if (row->field_count == CSV_COLUMNS_MAX) return wrong(csv, "more than 64 columns");
        *field_end = '\0';
        row->fields[row->field_count++] = field;
    }
    return CSV_ROW;
}
