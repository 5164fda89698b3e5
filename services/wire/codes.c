/* codes.c - the codes of Connect errors, from codes.def. */
#include "wire/codes.h"

#include "base/must.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *text;
    int http_status;
} code_rows[CODE_COUNT] = {
#define CODE(name, text, http_status) [CODE_##name] = {text, http_status},
#include "wire/codes.def"
#undef CODE
};

const char *wire_code_text(enum wire_code code)
{
    must((unsigned)code < CODE_COUNT);
    return code_rows[code].text;
}

bool wire_code_parse(const char *text, enum wire_code *code)
{
    for (unsigned i = 0; i < CODE_COUNT; i++) {
        if (strcmp(code_rows[i].text, text) != 0) continue;
        *code = (enum wire_code)i;
        return true;
    }
    return false;
}

int wire_code_http(enum wire_code code)
{
    must((unsigned)code < CODE_COUNT);
    return code_rows[code].http_status;
}

enum wire_code wire_code_of_err(enum err err)
{
    switch (err) {
    case ERR_IO: return CODE_INTERNAL;
    case ERR_STORE_FULL: return CODE_RESOURCE_EXHAUSTED;
    case ERR_DISK_FULL: return CODE_RESOURCE_EXHAUSTED;
    case ERR_READERS_FULL: return CODE_UNAVAILABLE;
    case ERR_TIMEOUT: return CODE_DEADLINE_EXCEEDED;
    case ERR_MEMORY: return CODE_RESOURCE_EXHAUSTED;
    case ERR_CORRUPT: return CODE_DATA_LOSS;
    case ERR_UNKNOWN_COMMIT: return CODE_UNAVAILABLE;
    case ERR_UNAVAILABLE: return CODE_UNAVAILABLE;
    case ERR_BUSY: return CODE_UNAVAILABLE;
    case ERR_CONFLICT: return CODE_ABORTED;
    case ERR_NOT_FOUND: return CODE_NOT_FOUND;
    case ERR_EXISTS: return CODE_ALREADY_EXISTS;
    case ERR_CLOSED: return CODE_UNAVAILABLE;
    case ERR_TOO_BIG: return CODE_RESOURCE_EXHAUSTED;
    case ERR_MALFORMED: return CODE_INVALID_ARGUMENT;
    case ERR_PERMISSION: return CODE_INTERNAL;
    case ERR_WRONG_BUILD: return CODE_UNAVAILABLE;
    case ERR_CONFIG: return CODE_INTERNAL;
    case ERR_OK:
    case ERR_COUNT: break;
    }
    must(false); /* no failure, so no code */
}
