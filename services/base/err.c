/* err.c - the texts of failures, from errors.def. */
#include "base/err.h"

#include <errno.h>

static const char *const err_texts[ERR_COUNT] = {
#define ERR(name, text) [ERR_##name] = text,
#include "base/errors.def"
#undef ERR
};

const char *err_text(enum err err)
{
    if ((unsigned)err >= ERR_COUNT) return "not an error number";
    return err_texts[err];
}

enum err err_of_errno(int errno_value)
{
    switch (errno_value) {
    case 0: return ERR_OK;
    case ENOSPC: case EDQUOT: return ERR_DISK_FULL;
    case ENOMEM: return ERR_MEMORY;
    case ETIMEDOUT: return ERR_TIMEOUT;
    case ENOENT: return ERR_NOT_FOUND;
    case EEXIST: case EADDRINUSE: return ERR_EXISTS;
    case EACCES: case EPERM: return ERR_PERMISSION;
    case ECONNREFUSED: return ERR_UNAVAILABLE;
    case EPIPE: case ECONNRESET: return ERR_CLOSED;
    case EMFILE: case ENFILE: case EAGAIN: return ERR_BUSY;
    case ENAMETOOLONG: case E2BIG: case EFBIG: return ERR_TOO_BIG;
    default: return ERR_IO;
    }
}
