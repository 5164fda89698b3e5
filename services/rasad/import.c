/* import.c - `rasad import places FILE.csv`: places from a spreadsheet.
 * Flow:    read the file -> check all rows, here and by Registry/CheckPlaces -> show all that is wrong at once and
 *          write nothing; or Registry/AddPlaces in commands of IMPORT_LINES_MAX.
 * Again:   request ids come from the file's content and the row: sending the file again finishes a broken import, and
 *          changes nothing when it is whole.
 * Exits:   0 all places stand; 1 rows are wrong; 2 the file can not be read; 3 the services stayed away (send again).
 */
#include "base/must.h"
#include "rasad/commands.h"
#include "rasad/console.h"
#include "rasad/memory.h"
#include "rasad/place_file.h"
#include "rasad/request_id.h"
#include "store/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct import {
    const char *path;
    struct place_file file;
    struct problems problems;
    struct console *console;
    struct arena arena;
    bool *present;      /* of each line: stands already with the same content */
    size_t done;        /* lines of the present pass */
    size_t added;
    bool failed;        /* an answer that is neither yes nor a list of what is wrong */
};

/* ---- progress */

static void progress(const struct import *import, const char *what)
{
    bool last = import->done >= import->file.row_count;
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r%s %zu of %zu places%s", what, import->done, import->file.row_count,
                                       last ? "\n" : "");
    else if (last) fprintf(stderr, "%s %zu places\n", what, import->done);
}

static size_t chunk_lines(const struct import *import, size_t first)
{
    size_t left = import->file.row_count - first;
    return left < IMPORT_LINES_MAX ? left : IMPORT_LINES_MAX;
}

/* ---- what is wrong */

/* A parent the services do not know may stand in the file: above, and all is well; below, and the rows are to be
 * changed about. True: nothing more is to be said. */
static bool parent_in_file(struct import *import, size_t line)
{
    uint32_t stands = import->file.parent_line[line];
    if (stands == 0) return false;
    if (stands - 1 >= line) {
        char *needed = memory_printf("a parent from a row above this one; it stands in row %u",
                                     import->file.rows[stands - 1]);
        problems_add(&import->problems, import->file.rows[line], "parent", import->file.lines[line].parent, needed);
        free(needed);
    }
    return true;
}

/* The words of a refusal without the path in front: the row and the column say that. */
static const char *words_of(const Rasad__V1__Refusal *refusal)
{
    const char *after = strstr(refusal->message, ": ");
    if (refusal->need[0] != '\0') return refusal->need;
    return strncmp(refusal->message, "lines[", 6) == 0 && after != NULL ? after + 2 : refusal->message;
}

static void add_refusal(struct import *import, size_t first, const Rasad__V1__Refusal *refusal)
{
    if (refusal->line < 1 || (size_t)refusal->line > chunk_lines(import, first)) {
        problems_add(&import->problems, 0, refusal->field, refusal->have, refusal->message);
        return;
    }
    size_t line = first + (size_t)refusal->line - 1;
    const char *column = place_column(refusal->field);
    if (refusal->reason == RASAD__V1__REASON__REASON_TWICE) return; /* said already, for the whole file */
    if (refusal->reason == RASAD__V1__REASON__REASON_UNKNOWN_CODE && strcmp(column, "parent") == 0 &&
        parent_in_file(import, line)) {
        return;
    }
    problems_add(&import->problems, import->file.rows[line], column, refusal->have, words_of(refusal));
}

static void add_error(struct import *import, size_t first, const Rasad__V1__WireError *error)
{
    size_t known = 0;
    for (size_t i = 0; i < error->n_details; i++) {
        const Rasad__V1__WireErrorDetail *detail = error->details[i];
        if (strcmp(detail->type, rasad__v1__refusal__descriptor.name) != 0) continue;
        Rasad__V1__Refusal *refusal = rasad__v1__refusal__unpack(NULL, detail->value.len, detail->value.data);
        if (refusal == NULL) continue;
        add_refusal(import, first, refusal);
        known += refusal->line > 0;
        rasad__v1__refusal__free_unpacked(refusal, NULL);
    }
    if (known > 0) return;
    fprintf(stderr, "rasad: %s: %s\n", error->code, error->message);
    import->failed = true;
}

/* ---- first pass: nothing is written */

static void on_checked(void *ctx, uint64_t first, const Rasad__V1__Answer *answer)
{
    struct import *import = ctx;
    size_t lines = chunk_lines(import, (size_t)first);
    import->done += lines;
    progress(import, "checked");
    if (answer->error != NULL) {
        add_error(import, (size_t)first, answer->error);
        return;
    }
    arena_reset(&import->arena);
    Rasad__V1__CheckPlacesResponse *reply =
        rasad__v1__check_places_response__unpack(arena_pb(&import->arena), answer->body.len, answer->body.data);
    if (reply == NULL) {
        import->failed = true;
        return;
    }
    for (size_t i = 0; i < reply->n_refusals; i++) add_refusal(import, (size_t)first, reply->refusals[i]);
    for (size_t i = 0; i < reply->n_present; i++) {
        if (reply->present[i] >= 1 && (size_t)reply->present[i] <= lines) {
            import->present[first + (size_t)reply->present[i] - 1] = true;
        }
    }
}

static bool check_all(struct import *import)
{
    const struct command *command = command_find("Registry/CheckPlaces");
    Rasad__V1__PlaceLine *lines[IMPORT_LINES_MAX];
    must(command != NULL);
    import->done = 0;
    console_on_answer(import->console, on_checked, import);
    for (size_t first = 0; first < import->file.row_count; first += IMPORT_LINES_MAX) {
        Rasad__V1__CheckPlacesRequest request;
        rasad__v1__check_places_request__init(&request);
        request.n_lines = chunk_lines(import, first);
        for (size_t i = 0; i < request.n_lines; i++) lines[i] = &import->file.lines[first + i];
        request.lines = lines;
        if (!console_send(import->console, command, &request.base, "", first)) return false;
    }
    return console_drain(import->console);
}

/* ---- second pass */

static void on_added(void *ctx, uint64_t first, const Rasad__V1__Answer *answer)
{
    struct import *import = ctx;
    import->done += chunk_lines(import, (size_t)first);
    progress(import, "added");
    if (answer->error != NULL) {
        add_error(import, (size_t)first, answer->error);
        return;
    }
    arena_reset(&import->arena);
    Rasad__V1__Receipt *receipt =
        rasad__v1__receipt__unpack(arena_pb(&import->arena), answer->body.len, answer->body.data);
    if (receipt == NULL) import->failed = true;
    else import->added += (size_t)receipt->accepted;
}

/* One command for each chunk of rows: what stands already is left out, a chunk that is whole is not sent. */
static bool add_all(struct import *import)
{
    const struct command *command = command_find("Registry/AddPlaces");
    Rasad__V1__PlaceLine *lines[IMPORT_LINES_MAX];
    must(command != NULL);
    import->done = 0;
    console_on_answer(import->console, on_added, import);
    for (size_t first = 0; first < import->file.row_count; first += IMPORT_LINES_MAX) {
        Rasad__V1__AddPlacesRequest request;
        char id[UUID_TEXT_BYTES];
        rasad__v1__add_places_request__init(&request);
        for (size_t i = first; i < first + chunk_lines(import, first); i++) {
            if (!import->present[i]) lines[request.n_lines++] = &import->file.lines[i];
        }
        if (request.n_lines == 0) {
            import->done += chunk_lines(import, first);
            continue;
        }
        request_id_derive(import->file.digest, import->file.rows[first], id);
        request.request_id = id;
        request.lines = lines;
        if (!console_send(import->console, command, &request.base, "", first)) return false;
        if (import->problems.count > 0 || import->failed) break;
    }
    return console_drain(import->console);
}

/* ---- the command */

static int wrong(struct import *import, const char *what)
{
    problems_print(&import->problems, import->path);
    if (import->problems.count > 0) fprintf(stderr, "rasad: %zu problems; %s\n", import->problems.count, what);
    return RASAD_REFUSED;
}

static int stayed_away(const struct import *import)
{
    fprintf(stderr, "\nrasad: stopped after %zu of %zu places; send the same file again to finish\n", import->done,
            import->file.row_count);
    return RASAD_UNREACHED;
}

static int import_places(struct import *import)
{
    if (!check_all(import)) return stayed_away(import);
    if (import->problems.count > 0 || import->failed) return wrong(import, "nothing was written");
    if (!add_all(import)) return stayed_away(import);
    if (import->problems.count > 0 || import->failed) return wrong(import, "mend the rows and send the file again");
    fprintf(stderr, "%s: %zu places added, %zu stood already\n", import->path, import->added,
            import->file.row_count - import->added);
    return RASAD_DONE;
}

int import_main(int argc, char **argv)
{
    static struct import import;
    if (argc != 3 || strcmp(argv[1], "places") != 0) {
        fprintf(stderr, "usage: rasad import places FILE.csv   (-: from stdin; columns: see ops/README.md)\n");
        return RASAD_USAGE;
    }
    import.path = argv[2];
    enum err err = place_file_read(import.path, &import.file, &import.problems);
    if (err != ERR_OK) {
        fprintf(stderr, "rasad: %s: %s\n", import.path, err_text(err));
        if (err == ERR_PERMISSION) fprintf(stderr, "who owns the data has to read it; else: rasad import places - < %s\n", import.path);
        return RASAD_USAGE;
    }
    int exit_code = RASAD_USAGE;
    bool header_wrong = import.problems.count > 0 && import.problems.shown[0].row <= 1;
    if (header_wrong) {
        exit_code = wrong(&import, "nothing was written");
    } else if (arena_init(&import.arena, ARENA_BYTES_MAX) &&
               console_open(RASAD__V1__CHANNEL__CHANNEL_IMPORT, CONSOLE_PATIENCE_MS, &import.console) == ERR_OK) {
        import.present = memory_array(import.file.row_count, sizeof *import.present);
        exit_code = import_places(&import);
        console_close(import.console);
    }
    free(import.present);
    problems_free(&import.problems);
    place_file_free(&import.file);
    return exit_code;
}
