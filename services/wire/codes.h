/* codes.h - the codes of Connect errors: one closed enum made from codes.def.
 * Use:     services answer with enum wire_code; the gateway turns the text into an HTTP status.
 */
#ifndef RASAD_WIRE_CODES_H
#define RASAD_WIRE_CODES_H

#include "base/err.h"

#include <stdbool.h>

enum wire_code {
#define CODE(name, text, http_status) CODE_##name,
#include "wire/codes.def"
#undef CODE
    CODE_COUNT
};

/* "invalid_argument" and so on. */
const char *wire_code_text(enum wire_code code);

/* The code of a text; false when it is none. */
bool wire_code_parse(const char *text, enum wire_code *code);

/* HTTP status of a code, as the Connect protocol says. */
int wire_code_http(enum wire_code code);

/* The code a caller sees for a failure. err is not ERR_OK. */
enum wire_code wire_code_of_err(enum err err);

#endif
