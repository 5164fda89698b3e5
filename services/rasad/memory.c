/* memory.c - memory of the command line; see memory.h. */
#include "rasad/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *there(void *memory)
{
    if (memory != NULL) return memory;
    fprintf(stderr, "rasad: out of memory\n");
    exit(EXIT_FAILURE);
}

void *memory_array(size_t count, size_t element_bytes)
{
    return there(calloc(count > 0 ? count : 1, element_bytes));
}

void *memory_grow(void *array, size_t needed, size_t *room, size_t element_bytes)
{
    if (needed <= *room) return array;
    size_t wanted = *room > 0 ? *room * 2 : 16;
    if (wanted < needed) wanted = needed;
    array = there(reallocarray(array, wanted, element_bytes));
    *room = wanted;
    return array;
}

char *memory_text(const char *text)
{
    return there(strdup(text));
}

char *memory_printf(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return there(length < 0 ? NULL : text);
}
