/* config.h - what the environment says: where the data is, where to listen and how.
 * Use:     RASAD_DATA (default "data"), RASAD_PORT (8080), RASAD_BIND (127.0.0.1). RASAD_TLS_CERT and RASAD_TLS_KEY: PEM
 *          files, then https alone is spoken. RASAD_BEHIND_PROXY=1: a proxy in front of it speaks TLS. Numbers that are
 *          asked for where they are used (config_number): RASAD_OFFSET_MIN, RASAD_MAP_MIB, RASAD_DISK_ALARM_PERCENT.
 * Bounds:  PATH_BYTES_MAX; a socket's path must fit SOCKET_PATH_BYTES_MAX.
 * Fails:   ERR_CONFIG, with a line in the log that names the variable and what is wrong with it.
 */
#ifndef RASAD_BASE_CONFIG_H
#define RASAD_BASE_CONFIG_H

#include "base/err.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct config {
    char data[PATH_BYTES_MAX];
    char bind[64];
    uint16_t port; /* 0: any free port, for tests */
    char tls_cert[PATH_BYTES_MAX], tls_key[PATH_BYTES_MAX]; /* "": plain */
    bool behind_proxy;
};

/* Read the environment; everything has a default. */
enum err config_read(struct config *config);

/* A number of the environment, which config_read has found to be one and within its bounds; unset or empty: the fallback. */
int64_t config_number(const char *name, int64_t fallback);

/* Before listening: plain text leaves this machine only to a proxy that was declared. ERR_CONFIG with what to do. */
enum err config_may_listen(const struct config *config);

/* <data>/run/<name>.sock; the longest name is checked here, so that bind and connect never cut it. */
enum err config_socket_path(const struct config *config, const char *name, char out[SOCKET_PATH_BYTES_MAX]);

/* <data>/<name> */
enum err config_data_path(const struct config *config, const char *name, char out[PATH_BYTES_MAX]);

#endif
