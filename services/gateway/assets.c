/* assets.c - the app's files, by name from the embedded array, never by path on a disk.
 * Flow:    an exact name, or for every path without a dot the page, /index.html, so that the app's own routes work.
 * Why:     names with a hash are kept for a year; the page and the worker are asked for again each time, cheaply.
 */
#include "gateway/assets.h"

#include "gateway/http.h"

#include <string.h>

static const struct asset *find(const char *path)
{
    for (size_t i = 0; i < assets_count; i++) {
        if (strcmp(assets[i].path, path) == 0) {
            return &assets[i];
        }
    }
    return NULL;
}

static bool client_route(const char *path)
{
    return strpbrk(path, ".%\\") == NULL && strstr(path, "//") == NULL;
}

/* The response only points at the array, which is there as long as the program. */
static struct MHD_Response *response_of(const void *bytes, size_t count)
{
    union {
        const void *constant;
        void *plain;
    } body = {.constant = bytes};
    return MHD_create_response_from_buffer(count, body.plain, MHD_RESPMEM_PERSISTENT);
}

void assets_answer(struct exchange *x)
{
    const struct asset *asset = find(x->target);
    if (asset == NULL && client_route(x->target)) {
        asset = find("/index.html");
    }
    if (asset == NULL) {
        x->kind = KIND_OTHER;
        http_refuse(x, 404, CODE_NOT_FOUND, "There is nothing here.");
        return;
    }
    const char *known = http_header(x, "if-none-match");
    bool fresh = known != NULL && strstr(known, asset->etag) != NULL;
    bool gz = !fresh && asset->gz_bytes > 0 && http_lists(http_header(x, "accept-encoding"), "gzip");
    struct MHD_Response *response = fresh ? response_of("", 0)
                                    : gz  ? response_of(asset->gz, asset->gz_bytes)
                                          : response_of(asset->raw, asset->raw_bytes);
    if (response != NULL) {
        http_add_header(response, "cache-control",
                        asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
        http_add_header(response, "etag", asset->etag);
        http_add_header(response, "vary", "accept-encoding");
        if (!fresh) {
            http_add_header(response, "content-type", asset->type);
        }
        if (gz) {
            http_add_header(response, "content-encoding", "gzip");
        }
    }
    http_answer_response(x, fresh ? 304 : 200, METRIC_OK, response);
}
