/* err.h - failures: one closed enum made from errors.def.
 * Use:     functions that can fail return enum err; ERR_OK is 0. A library's codes are translated in one function each.
 */
#ifndef RASAD_BASE_ERR_H
#define RASAD_BASE_ERR_H

enum err {
#define ERR(name, text) ERR_##name,
#include "base/errors.def"
#undef ERR
    ERR_COUNT
};

/* The failure in words, for logs and answers; never NULL, also for a number that is none. */
const char *err_text(enum err err);

/* The failure behind an errno value; ERR_IO for all that has no better name. */
enum err err_of_errno(int errno_value);

#endif
