/* place_file.c - a spreadsheet of places as lines of Registry/AddPlaces; see place_file.h. */
#include "rasad/place_file.h"

#include "base/text.h"
#include "rasad/codes.h"
#include "rasad/csv.h"
#include "rasad/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- problems */

void problems_add(struct problems *problems, uint32_t row, const char *column, const char *found, const char *needed)
{
    problems->count++;
    if (problems->shown == NULL) problems->shown = memory_array(PROBLEMS_SHOWN_MAX, sizeof *problems->shown);
    if (problems->shown_count == PROBLEMS_SHOWN_MAX) return;
    problems->shown[problems->shown_count++] =
        (struct problem){row, column, memory_text(found), memory_text(needed)};
}

static int by_row(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;
    return a->row < b->row ? -1 : a->row > b->row;
}

void problems_print(struct problems *problems, const char *file)
{
    if (problems->shown_count > 0) qsort(problems->shown, problems->shown_count, sizeof *problems->shown, by_row);
    for (size_t i = 0; i < problems->shown_count; i++) {
        const struct problem *problem = &problems->shown[i];
        const char *quote = problem->found[0] == '"' ? "" : "\"";
        fprintf(stderr, "%s:%u: column %s: found %s%s%s; needed: %s\n", file, problem->row, problem->column, quote,
                problem->found, quote, problem->needed);
    }
    if (problems->count > problems->shown_count) {
        fprintf(stderr, "%s: and %zu more\n", file, problems->count - problems->shown_count);
    }
}

void problems_free(struct problems *problems)
{
    for (size_t i = 0; i < problems->shown_count; i++) {
        free(problems->shown[i].found);
        free(problems->shown[i].needed);
    }
    free(problems->shown);
    *problems = (struct problems){0};
}

/* ---- columns */

enum column_type { TEXT, NUMBER, NAME, CALENDAR };

#define LINE(member) offsetof(Rasad__V1__PlaceLine, member)
#define NAMES(member) offsetof(Rasad__V1__Names, member)

static const struct column {
    const char *name;
    const char *field; /* as refusals call it */
    enum column_type type;
    size_t offset;
} columns[] = {
    {"code",            "code",            TEXT,     LINE(code)},
    {"kind",            "kind",            TEXT,     LINE(kind)},
    {"parent",          "parent",          TEXT,     LINE(parent)},
    {"name_en",         "name.en",         NAME,     NAMES(en)},
    {"name_hi",         "name.hi",         NAME,     NAMES(hi)},
    {"name_fa",         "name.fa",         NAME,     NAMES(fa)},
    {"latitude",        "latitude",        TEXT,     LINE(latitude)},
    {"longitude",       "longitude",       TEXT,     LINE(longitude)},
    {"register_number", "register_number", NUMBER,   LINE(register_number)},
    {"lgd_code",        "lgd_code",        TEXT,     LINE(lgd_code)},
    {"gln",             "gln",             TEXT,     LINE(gln)},
    {"gstin",           "gstin",           TEXT,     LINE(gstin)},
    {"members",         "members",         NUMBER,   LINE(members)},
    {"phone",           "phone",           TEXT,     LINE(phone)},
    {"calendar",        "calendar",        CALENDAR, LINE(calendar)},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* The same field in snake_case or camelCase. */
static bool same_field(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        if (*a == '_') a++;
        if (*b == '_') b++;
        if ((*a | 0x20) != (*b | 0x20)) return false;
        if (*a != '\0') a++;
        if (*b != '\0') b++;
    }
    return true;
}

const char *place_column(const char *field)
{
    const char *bracket = strrchr(field, ']');
    const char *within = bracket == NULL ? field : bracket[1] == '.' ? bracket + 2 : bracket + 1;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (same_field(columns[i].field, within)) return columns[i].name;
    }
    return strncmp(within, "name", 4) == 0 ? "name_en" : within[0] != '\0' ? within : "code";
}

static const struct column *column_named(const char *name)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (strcmp(columns[i].name, name) == 0) return &columns[i];
    }
    return NULL;
}

struct header {
    size_t count;
    const struct column *columns[CSV_COLUMNS_MAX];
};

static void header_read(const struct csv_row *row, struct header *header, struct problems *problems)
{
    static const char *const all = "code, kind, parent, name_en, name_hi, name_fa, latitude, longitude, "
                                   "register_number, lgd_code, gln, gstin, members, phone or calendar";
    header->count = row->field_count;
    for (size_t i = 0; i < row->field_count; i++) {
        header->columns[i] = column_named(row->fields[i]);
        if (header->columns[i] == NULL) problems_add(problems, 1, "header", row->fields[i], all);
        for (size_t j = 0; j < i; j++) {
            if (header->columns[i] != NULL && header->columns[i] == header->columns[j]) {
                problems_add(problems, 1, "header", row->fields[i], "each column once");
            }
        }
    }
    for (size_t needed = 0; needed < 2; needed++) { /* code and kind */
        bool there = false;
        for (size_t i = 0; i < header->count; i++) there |= header->columns[i] == &columns[needed];
        if (!there) problems_add(problems, 1, "header", "", columns[needed].name);
    }
}

/* ---- rows */

static bool number_read(const char *text, int32_t *number)
{
    int64_t value = 0;
    if (text[0] != '\0' && (!int64_parse(text, &value) || value < 0 || value > INT32_MAX)) return false;
    *number = (int32_t)value;
    return true;
}

static bool calendar_read(const char *text, Rasad__V1__Calendar *calendar)
{
    static const char *const words[] = {"", "gregorian", "jalali"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, words[i]) == 0) {
            *calendar = (Rasad__V1__Calendar)i;
            return true;
        }
    }
    return false;
}

static void cell_read(const struct column *column, char *text, uint32_t row, Rasad__V1__PlaceLine *line,
                      struct problems *problems)
{
    char *base = column->type == NAME ? (char *)line->name : (char *)line;
    void *at = base + column->offset;
    switch (column->type) {
    case TEXT:
    case NAME:
        *(char **)at = text;
        break;
    case NUMBER:
        if (!number_read(text, at)) problems_add(problems, row, column->name, text, "a whole number, or nothing");
        break;
    case CALENDAR:
        if (!calendar_read(text, at)) problems_add(problems, row, column->name, text, "gregorian, jalali or nothing");
        break;
    }
}

static void row_read(const struct header *header, const struct csv_row *row, uint32_t row_number,
                     Rasad__V1__PlaceLine *line, struct problems *problems)
{
    rasad__v1__names__init(line->name);
    if (row->field_count != header->count) {
        char *found = memory_printf("%zu fields", row->field_count);
        char *needed = memory_printf("%zu fields, as in the header", header->count);
        problems_add(problems, row_number, "all", found, needed);
        free(found);
        free(needed);
    }
    for (size_t i = 0; i < header->count && i < row->field_count; i++) {
        if (header->columns[i] != NULL) cell_read(header->columns[i], row->fields[i], row_number, line, problems);
    }
}

/* What needs the whole file: codes that stand twice, and where parents stand. */
static void check_codes(struct place_file *file, struct problems *problems)
{
    struct codes codes = {0};
    for (uint32_t i = 0; i < file->row_count; i++) {
        uint32_t there = i;
        if (!codes_add(&codes, file->lines[i].code, &there)) {
            char *needed = memory_printf("a code of its own: row %u has this one", file->rows[there]);
            problems_add(problems, file->rows[i], "code", file->lines[i].code, needed);
            free(needed);
        }
    }
    for (uint32_t i = 0; i < file->row_count; i++) {
        uint32_t there = 0;
        if (codes_find(&codes, file->lines[i].parent, &there)) file->parent_line[i] = there + 1;
    }
    codes_free(&codes);
}

enum err file_read(const char *path, size_t bytes_max, char **text, size_t *bytes)
{
    bool own = strcmp(path, "-") != 0;
    FILE *stream = own ? fopen(path, "re") : stdin;
    if (stream == NULL) return err_of_errno(errno);
    char *read = NULL;
    size_t room = 0, count = 0, got = 0;
    do {
        read = memory_grow(read, count + 65536 + 1, &room, 1);
        got = fread(read + count, 1, room - count - 1, stream);
        count += got;
    } while (got > 0 && count <= bytes_max);
    enum err err = ferror(stream) ? ERR_IO : count > bytes_max ? ERR_TOO_BIG : ERR_OK;
    if (own) fclose(stream);
    if (err != ERR_OK) {
        free(read);
        return err;
    }
    read[count] = '\0';
    *text = read;
    *bytes = count;
    return ERR_OK;
}

enum err place_file_read(const char *path, struct place_file *file, struct problems *problems)
{
    *file = (struct place_file){0};
    size_t bytes = 0;
    enum err err = file_read(path, CSV_BYTES_MAX, &file->text, &bytes);
    if (err != ERR_OK) return err;
    hash_bytes(file->text, bytes, file->digest);

    struct csv csv;
    struct csv_row row;
    struct header header = {0};
    csv_begin(&csv, file->text, bytes);
    enum csv_result result = csv_next(&csv, &row);
    if (result == CSV_ROW) header_read(&row, &header, problems);
    if (result == CSV_END) problems_add(problems, 0, "header", "", "a header row, then a row for each place");

    size_t rows_room = 0, lines_room = 0, names_room = 0;
    while (result == CSV_ROW && (result = csv_next(&csv, &row)) == CSV_ROW) {
        if (file->row_count == PLACE_ROWS_MAX) {
            problems_add(problems, csv.row, "all", "another row", "at most 1,000,000 rows: split the file");
            break;
        }
        file->lines = memory_grow(file->lines, file->row_count + 1, &lines_room, sizeof *file->lines);
        file->rows = memory_grow(file->rows, file->row_count + 1, &rows_room, sizeof *file->rows);
        file->names = memory_grow(file->names, file->row_count + 1, &names_room, sizeof *file->names);
        rasad__v1__place_line__init(&file->lines[file->row_count]);
        file->lines[file->row_count].name = &file->names[file->row_count];
        row_read(&header, &row, csv.row, &file->lines[file->row_count], problems);
        file->rows[file->row_count++] = csv.row;
    }
    if (result == CSV_WRONG) problems_add(problems, csv.row, "all", "", csv.wrong);
    for (size_t i = 0; i < file->row_count; i++) { /* the arrays stay in place from here */
        Rasad__V1__Names *name = &file->names[i];
        file->lines[i].name = name->en[0] != '\0' || name->hi[0] != '\0' || name->fa[0] != '\0' ? name : NULL;
    }
    file->parent_line = memory_array(file->row_count, sizeof *file->parent_line);
    check_codes(file, problems);
    return ERR_OK;
}

void place_file_free(struct place_file *file)
{
    free(file->text);
    free(file->lines);
    free(file->names);
    free(file->rows);
    free(file->parent_line);
    *file = (struct place_file){0};
}
