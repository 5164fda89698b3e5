/* ids.c - UUIDs, tokens, hex; randomness from libsodium. */
#include "base/ids.h"

#include "base/must.h"

#include <sodium.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Two digits at text; -1 when one is none. Reads the second only after a good first. */
static int hex_byte(const char *text)
{
    int high = hex_digit(text[0]);
    if (high < 0) return -1;
    int low = hex_digit(text[1]);
    return low < 0 ? -1 : high * 16 + low;
}

static bool dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool uuid_parse(const char *text, uint8_t uuid[UUID_BYTES])
{
    uint8_t found[UUID_BYTES];
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (dash_before(i) && *text++ != '-') return false;
        int value = hex_byte(text);
        if (value < 0) return false;
        found[i] = (uint8_t)value;
        text += 2;
    }
    if (*text != '\0' || sodium_is_zero(found, sizeof found)) return false;
    memcpy(uuid, found, sizeof found);
    return true;
}

void uuid_format(const uint8_t uuid[UUID_BYTES], char out[UUID_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (dash_before(i)) *out++ = '-';
        *out++ = digits[uuid[i] >> 4];
        *out++ = digits[uuid[i] & 15];
    }
    *out = '\0';
}

static void mark(uint8_t uuid[UUID_BYTES], unsigned version)
{
    uuid[6] = (uint8_t)((uuid[6] & 0x0fu) | (version << 4));
    uuid[8] = (uint8_t)((uuid[8] & 0x3fu) | 0x80u);
}

void uuid_random(uint8_t uuid[UUID_BYTES])
{
    random_bytes(uuid, UUID_BYTES);
    mark(uuid, 4);
}

void uuid_mark_v8(uint8_t uuid[UUID_BYTES])
{
    mark(uuid, 8);
}

bool uuid_is_v8(const uint8_t uuid[UUID_BYTES])
{
    return uuid[6] >> 4 == 8;
}

void random_bytes(void *out, size_t bytes)
{
    must(sodium_init() >= 0);
    randombytes_buf(out, bytes);
}

void token_random(uint8_t token[TOKEN_BYTES])
{
    random_bytes(token, TOKEN_BYTES);
}

bool bytes_equal(const void *a, const void *b, size_t bytes)
{
    return sodium_memcmp(a, b, bytes) == 0;
}

void hex_format(const void *data, size_t bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = data;
    for (size_t i = 0; i < bytes; i++) {
        *out++ = digits[from[i] >> 4];
        *out++ = digits[from[i] & 15];
    }
    *out = '\0';
}

bool hex_parse(const char *text, void *out, size_t bytes)
{
    if (strlen(text) != 2 * bytes) return false;
    for (size_t i = 0; i < 2 * bytes; i++) {
        if (hex_digit(text[i]) < 0) return false;
    }
    uint8_t *to = out;
    for (size_t i = 0; i < bytes; i++) to[i] = (uint8_t)hex_byte(text + 2 * i);
    return true;
}
