/* codes.c - from a code to its number in a table; see codes.h. */
#include "rasad/codes.h"

#include "rasad/memory.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *code)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *code != '\0'; code++) hash = (hash ^ (unsigned char)*code) * UINT64_C(0x100000001b3);
    return hash ^ (hash >> 32);
}

/* The slot of a code, or the free one where it would go. */
static struct code_slot *slot_of(const struct codes *codes, const char *code)
{
    for (size_t at = hash_of(code);; at++) {
        struct code_slot *slot = &codes->slots[at & (codes->slot_count - 1)];
        if (slot->code == NULL || strcmp(slot->code, code) == 0) return slot;
    }
}

static void grow(struct codes *codes)
{
    struct codes bigger = {.slot_count = codes->slot_count > 0 ? codes->slot_count * 2 : 64, .count = codes->count};
    bigger.slots = memory_array(bigger.slot_count, sizeof *bigger.slots);
    for (size_t i = 0; i < codes->slot_count; i++) {
        if (codes->slots[i].code != NULL) *slot_of(&bigger, codes->slots[i].code) = codes->slots[i];
    }
    free(codes->slots);
    *codes = bigger;
}

bool codes_add(struct codes *codes, const char *code, uint32_t *index)
{
    if (2 * (codes->count + 1) > codes->slot_count) grow(codes);
    struct code_slot *slot = slot_of(codes, code);
    if (slot->code != NULL) {
        *index = slot->index;
        return false;
    }
    *slot = (struct code_slot){code, *index};
    codes->count++;
    return true;
}

bool codes_find(const struct codes *codes, const char *code, uint32_t *index)
{
    if (codes->slot_count == 0) return false;
    const struct code_slot *slot = slot_of(codes, code);
    if (slot->code == NULL) return false;
    *index = slot->index;
    return true;
}

void codes_free(struct codes *codes)
{
    free(codes->slots);
    *codes = (struct codes){0};
}
