/* codes.h - from a code to its number in a table, for the command line's own tables.
 * Owns:    slots; the codes stay the caller's and must stay in place.
 */
#ifndef RASAD_RASAD_CODES_H
#define RASAD_RASAD_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codes {
    struct code_slot {
        const char *code; /* NULL: free */
        uint32_t index;
    } *slots;
    size_t slot_count;    /* a power of two, or 0 */
    size_t count;
};

/* False, and *index of the one there, when the code is there already. */
bool codes_add(struct codes *codes, const char *code, uint32_t *index);

bool codes_find(const struct codes *codes, const char *code, uint32_t *index);

void codes_free(struct codes *codes);

#endif
