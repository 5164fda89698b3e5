/* csv.c - a spreadsheet of places, as `rasad import` reads it.
 * Holds:   every field is text of ours and lies in the file; every problem names a row, a column and what is needed.
 */
#include "base/text.h"
#include "fuzz.h"
#include "json/jsonpb.h"
#include "rasad/place_file.h"

#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct place_file file = {0};
    struct problems problems = {0};
    struct json_error error;
    char path[32];
    int fd = memfd_create("csv", 0);
    holds(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    holds(place_file_read(path, &file, &problems) == ERR_OK);
    for (size_t i = 0; i < file.row_count; i++) {
        holds(file.rows[i] > 1 && file.parent_line[i] <= file.row_count);
        holds(pb_check(&file.lines[i].base, &error));
    }
    for (size_t i = 0; i < problems.shown_count; i++)
        holds(problems.shown[i].column[0] != '\0' && problems.shown[i].needed[0] != '\0');
    holds(problems.count >= problems.shown_count);
    problems_free(&problems);
    place_file_free(&file);
    close(fd);
    return 0;
}
