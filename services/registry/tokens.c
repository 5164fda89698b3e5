/* tokens.c - secrets that stand for somebody: session tokens, device keys, the console's token. See tokens.h. */
#include "registry/tokens.h"

#include "base/ids.h"
#include "base/log.h"
#include "registry/sessions.h"
#include "store.pb-c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_make(char text[SECRET_TEXT_BYTES], uint8_t hash[HASH_BYTES])
{
    uint8_t token[TOKEN_BYTES];
    token_random(token);
    sodium_bin2base64(text, SECRET_TEXT_BYTES, token, sizeof token, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    hash_bytes(text, strlen(text), hash);
    sodium_memzero(token, sizeof token);
}

bool secret_ok(const char *text)
{
    uint8_t token[TOKEN_BYTES];
    size_t bytes = 0;
    bool good = sodium_base642bin(token, sizeof token, text, strlen(text), NULL, &bytes, NULL,
                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 && bytes == sizeof token;
    sodium_memzero(token, sizeof token);
    return good;
}

struct key session_key(const uint8_t hash[HASH_BYTES]) { return key("x", hash, (size_t)HASH_BYTES); }

/* ---- the console */

/* The token in the file, if it is one and nobody else may read it. */
static bool console_file_read(const char *path, char text[SECRET_TEXT_BYTES])
{
    struct stat stat;
    char line[SECRET_TEXT_BYTES + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return false;
    bool good = fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && (stat.st_mode & 077) == 0 && stat.st_uid == geteuid();
    ssize_t bytes = good ? read(fd, line, sizeof line) : -1;
    close(fd);
    if (bytes != SECRET_TEXT_BYTES || line[SECRET_TEXT_BYTES - 1] != '\n') return false;
    memcpy(text, line, SECRET_TEXT_BYTES);
    text[SECRET_TEXT_BYTES - 1] = '\0';
    return true;
}

static enum err console_file_write(const char *path, const char *text)
{
    char new_path[PATH_BYTES_MAX + 8], line[SECRET_TEXT_BYTES + 1];
    int bytes = snprintf(line, sizeof line, "%s\n", text);
    snprintf(new_path, sizeof new_path, "%s.new", path);
    (void)unlink(new_path);
    int fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_of_errno(errno);
    bool good = write(fd, line, (size_t)bytes) == bytes && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    if (good && rename(new_path, path) == 0) return ERR_OK;
    return err_of_errno(good ? errno : saved);
}

static bool console_known(struct store *store, struct arena *arena, const char *text)
{
    struct txn txn;
    uint8_t hash[HASH_BYTES];
    hash_bytes(text, strlen(text), hash);
    struct key k = session_key(hash);
    txn_read(store, arena, &txn);
    const Rasad__V1__SessionRow *row = row_get(&txn, TABLE_session, &k, &rasad__v1__session_row__descriptor);
    bool known = row != NULL && row->console;
    txn_abort(&txn);
    return known;
}

/* The row of a new console session; those of tokens that stood in the file before go. */
static enum err console_row_put(struct store *store, struct arena *arena, const uint8_t hash[HASH_BYTES])
{
    struct txn txn;
    struct scan scan;
    struct key k = session_key(hash), from = {.n = 0}, old = {.n = 0};
    Rasad__V1__SessionRow row;
    txn_begin(store, arena, &txn);
    do {
        old.n = 0;
        for (scan_begin(&scan, &txn, TABLE_session, &from, 0); old.n == 0 && scan_next(&scan);) {
            size_t mark = arena_mark(arena);
            const Rasad__V1__SessionRow *there = row_unpack(&txn, scan.value, &rasad__v1__session_row__descriptor);
            if (there != NULL && there->console && scan.key.bytes == HASH_BYTES) old = session_key(scan.key.data);
            arena_release(arena, mark);
        }
        scan_end(&scan);
        if (old.n > 0) txn_del(&txn, TABLE_session, &old);
    } while (old.n > 0 && txn.err == ERR_OK);
    rasad__v1__session_row__init(&row);
    row.console = true;
    row_put(&txn, TABLE_session, &k, &row.base);
    return txn_commit(&txn);
}

enum err console_token_make(struct store *store, const char *data_dir)
{
    char path[PATH_BYTES_MAX], text[SECRET_TEXT_BYTES];
    uint8_t hash[HASH_BYTES];
    struct arena arena;
    if ((size_t)snprintf(path, sizeof path, "%s/console.token", data_dir) >= sizeof path) return ERR_TOO_BIG;
    if (!arena_init(&arena, MIB)) return ERR_MEMORY;
    enum err err = ERR_OK;
    if (!console_file_read(path, text) || !console_known(store, &arena, text)) {
        secret_make(text, hash);
        err = console_row_put(store, &arena, hash);
        if (err == ERR_OK) err = console_file_write(path, text);
        log_event(LOG_INFO, "console token made result=%s", err_text(err));
    }
    arena_destroy(&arena);
    sodium_memzero(text, sizeof text);
    return err;
}
