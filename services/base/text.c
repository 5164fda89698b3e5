/* text.c - checks on what people and programs send us as text.
 * Why:     Damm and not Luhn for the receipt code: Luhn misses the swap of 0 and 9, and the call desk hears digits.
 */
#include "base/text.h"

#include "base/limits.h"

#include <string.h>

/* RFC 3629, table 3-7 of Unicode. */
size_t utf8_length(const char *text, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)text;
    uint8_t first = at[0];
    if (first < 0x80) return first == 0 ? 0 : 1;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > bytes) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;
    }
    if (first == 0xe0 && at[1] < 0xa0) return 0; /* overlong */
    if (first == 0xed && at[1] > 0x9f) return 0; /* surrogate */
    if (first == 0xf0 && at[1] < 0x90) return 0; /* overlong */
    if (first == 0xf4 && at[1] > 0x8f) return 0; /* past U+10FFFF */
    return length;
}

bool utf8_ok(const char *text, size_t bytes)
{
    while (bytes > 0) {
        size_t length = (signed char)*text > 0 ? 1 : utf8_length(text, bytes);
        if (length == 0) return false;
        text += length;
        bytes -= length;
    }
    return true;
}

bool utf8_plain(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) return false;
        if (c == 0xc2 && i + 1 < bytes && (unsigned char)text[i + 1] < 0xa0) return false; /* U+0080..U+009F */
    }
    return utf8_ok(text, bytes);
}

static bool is_code_character(char c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return true;
    return c == '.' || c == '_' || c == '-';
}

bool code_ok(const char *code)
{
    size_t length = 0;
    for (; code[length] != '\0'; length++) {
        if (length == CODE_BYTES_MAX || !is_code_character(code[length])) return false;
    }
    return length > 0;
}

bool int64_parse(const char *text, int64_t *value)
{
    bool negative = *text == '-';
    if (negative) text++;
    if (*text == '0' && (negative || text[1] != '\0')) return false;
    if (*text == '\0') return false;
    int64_t found = 0; /* kept at or below zero: INT64_MIN has no positive */
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        if (__builtin_mul_overflow(found, 10, &found)) return false;
        if (__builtin_sub_overflow(found, *text - '0', &found)) return false;
    }
    if (!negative && __builtin_sub_overflow(INT64_C(0), found, &found)) return false;
    *value = found;
    return true;
}

/* Damm's quasigroup of order 10: the interim digit after all digits; 0 when the last is the right check digit. */
static unsigned damm(const char *digits, size_t count)
{
    static const uint8_t table[10][10] = {
        {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
        {1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
        {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
        {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
    };
    unsigned interim = 0;
    for (size_t i = 0; i < count; i++) interim = table[interim][digits[i] - '0'];
    return interim;
}

void receipt_code(int64_t sequence, char out[RECEIPT_CODE_TEXT_BYTES])
{
    unsigned number = (unsigned)((uint64_t)sequence % 10000);
    for (size_t i = 4; i-- > 0; number /= 10) out[i] = (char)('0' + number % 10);
    out[4] = (char)('0' + damm(out, 4));
    out[5] = '\0';
}

bool receipt_code_ok(const char *code)
{
    if (strlen(code) != RECEIPT_CODE_TEXT_BYTES - 1) return false;
    for (size_t i = 0; i < RECEIPT_CODE_TEXT_BYTES - 1; i++) {
        if (code[i] < '0' || code[i] > '9') return false;
    }
    return damm(code, RECEIPT_CODE_TEXT_BYTES - 1) == 0;
}
