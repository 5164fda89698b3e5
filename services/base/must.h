/* must.h - assertions that stay on in every build.
 * Use:     must() for what only a bug can make false; never for input, never for a failing system call that can happen.
 * Fails:   prints file, line and condition on stderr, then aborts: the supervisor restarts the process.
 */
#ifndef RASAD_BASE_MUST_H
#define RASAD_BASE_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(condition) ((condition) ? (void)0 : must_failed(__FILE__, __LINE__, #condition))

_Noreturn static inline void must_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "level=bug event=\"must failed\" at=%s:%d condition=\"%s\"\n", file, line, condition);
    abort();
}

#endif
