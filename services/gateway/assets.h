/* assets.h - the app, embedded. build/gen/assets.c defines the array; its paths begin with '/', and
 * the page itself is "/". An etag stands in its quotes. */
#ifndef RASAD_GATEWAY_ASSETS_H
#define RASAD_GATEWAY_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct asset {
    const char *path, *type, *etag;
    const unsigned char *gz;
    size_t gz_bytes; /* 0: not compressed */
    const unsigned char *raw;
    size_t raw_bytes;
    bool immutable;  /* its name holds its hash */
};

extern const struct asset assets[];
extern const size_t assets_count;

struct exchange;

/* Answers GET and HEAD of anything that is no API. */
void assets_answer(struct exchange *x);

#endif
