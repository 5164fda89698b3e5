/* config.c - what the environment says: where the data is and where to listen. */
#include "base/config.h"

#include "base/log.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unset and empty are the same: the default. */
static const char *environment(const char *name, const char *fallback)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? fallback : value;
}

static bool copy(char *out, size_t out_bytes, const char *text)
{
    size_t length = strlen(text);
    if (length >= out_bytes) return false;
    memcpy(out, text, length + 1);
    return true;
}

static bool address_ok(const char *address)
{
    struct in6_addr parsed;
    return inet_pton(AF_INET, address, &parsed) == 1 || inet_pton(AF_INET6, address, &parsed) == 1;
}

static enum err refuse(const char *variable, const char *value, const char *why)
{
    log_event(LOG_ERROR, "configuration refused variable=%s value=%s why=%s", variable, value, why);
    return ERR_CONFIG;
}

enum err config_read(struct config *config)
{
    struct config found = {0};
    const char *data = environment("RASAD_DATA", "data");
    const char *bind = environment("RASAD_BIND", "127.0.0.1");
    const char *port = environment("RASAD_PORT", "8080");
    int64_t number;
    if (!copy(found.data, sizeof found.data, data)) return refuse("RASAD_DATA", "-", "the path is too long");
    if (!copy(found.bind, sizeof found.bind, bind) || !address_ok(bind)) {
        return refuse("RASAD_BIND", bind, "not an IPv4 or IPv6 address");
    }
    if (!int64_parse(port, &number) || number < 0 || number > UINT16_MAX) {
        return refuse("RASAD_PORT", port, "not a number from 0 to 65535");
    }
    found.port = (uint16_t)number;
    *config = found;
    return ERR_OK;
}

enum err config_socket_path(const struct config *config, const char *name, char out[SOCKET_PATH_BYTES_MAX])
{
    char path[PATH_BYTES_MAX + 64];
    int length = snprintf(path, sizeof path, "%s/run/%s.sock", config->data, name);
    if (length < 0 || length >= SOCKET_PATH_BYTES_MAX) {
        return refuse("RASAD_DATA", config->data, "a socket's path in it would pass 107 bytes: use a shorter one");
    }
    memcpy(out, path, (size_t)length + 1);
    return ERR_OK;
}

enum err config_data_path(const struct config *config, const char *name, char out[PATH_BYTES_MAX])
{
    char path[2 * PATH_BYTES_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", config->data, name);
    if (length < 0 || length >= PATH_BYTES_MAX) return refuse("RASAD_DATA", config->data, "the path is too long");
    memcpy(out, path, (size_t)length + 1);
    return ERR_OK;
}
