/* memory.h - memory of the command line: a program that runs once and ends.
 * Rule:    there is enough, or the program ends with a word. Services never use it.
 */
#ifndef RASAD_RASAD_MEMORY_H
#define RASAD_RASAD_MEMORY_H

#include <stddef.h>

/* Zeroed array of count elements. */
void *memory_array(size_t count, size_t element_bytes);

/* Room for at least `needed` elements, doubled when it must grow; *room is what there is now. */
void *memory_grow(void *array, size_t needed, size_t *room, size_t element_bytes);

char *memory_text(const char *text);
char *memory_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
