/* config.c - what the environment says: where the data is and where to listen. */
#include "base/config.h"

#include "base/log.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static const struct number {
    const char *name;
    int64_t least, most;
    const char *why;
} numbers[] = {
    {"RASAD_OFFSET_MIN", -OFFSET_MIN_MAX, OFFSET_MIN_MAX, "not minutes east of UTC, -840 to 840: India has 330"},
    {"RASAD_MAP_MIB", 1, STORE_MAP_MIB_MAX, "not a number of MiB from 1 to 16777216"},
    {"RASAD_DISK_ALARM_PERCENT", 0, 100, "not a percentage from 0 to 100"},
};

static enum err check_numbers(void)
{
    int64_t value;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct number *n = &numbers[i];
        const char *text = environment(n->name, "");
        if (text[0] == '\0' || (int64_parse(text, &value) && value >= n->least && value <= n->most)) continue;
        return refuse(n->name, text, n->why);
    }
    return ERR_OK;
}

int64_t config_number(const char *name, int64_t fallback)
{
    int64_t value;
    return int64_parse(environment(name, ""), &value) ? value : fallback;
}

/* Both files or none; and the word of the proxy. */
static enum err read_tls(struct config *found)
{
    const char *cert = environment("RASAD_TLS_CERT", ""), *key = environment("RASAD_TLS_KEY", "");
    const char *proxy = environment("RASAD_BEHIND_PROXY", "0");
    if (!copy(found->tls_cert, sizeof found->tls_cert, cert)) return refuse("RASAD_TLS_CERT", "-", "the path is too long");
    if (!copy(found->tls_key, sizeof found->tls_key, key)) return refuse("RASAD_TLS_KEY", "-", "the path is too long");
    if ((cert[0] == '\0') != (key[0] == '\0')) {
        return refuse(cert[0] == '\0' ? "RASAD_TLS_CERT" : "RASAD_TLS_KEY", "-", "a certificate and its key go together");
    }
    if (strcmp(proxy, "0") != 0 && strcmp(proxy, "1") != 0) return refuse("RASAD_BEHIND_PROXY", proxy, "neither 0 nor 1");
    found->behind_proxy = proxy[0] == '1';
    return ERR_OK;
}

static bool loopback(const char *bind)
{
    return strncmp(bind, "127.", 4) == 0 || strcmp(bind, "::1") == 0 || strncasecmp(bind, "::ffff:127.", 11) == 0;
}

enum err config_may_listen(const struct config *config)
{
    if (loopback(config->bind) || config->tls_cert[0] != '\0' || config->behind_proxy) return ERR_OK;
    return refuse("RASAD_BIND", config->bind,
                  "passwords would travel in plain text: set RASAD_TLS_CERT and RASAD_TLS_KEY to a certificate and its key, "
                  "or RASAD_BEHIND_PROXY=1 where a proxy in front speaks TLS, or listen on 127.0.0.1");
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
    if (read_tls(&found) != ERR_OK || check_numbers() != ERR_OK) return ERR_CONFIG;
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
