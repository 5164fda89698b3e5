/* text.h - checks on what people and programs send us as text.
 * Rule:    bytes in, yes or no out; nothing is repaired silently.
 */
#ifndef RASAD_BASE_TEXT_H
#define RASAD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECEIPT_CODE_TEXT_BYTES 6 /* five digits and NUL */

/* Bytes of the well-formed UTF-8 character that begins at text; 0 when there is none (also for NUL). bytes > 0. */
size_t utf8_length(const char *text, size_t bytes);

/* Well-formed UTF-8: no overlong form, no surrogate, nothing past U+10FFFF, no NUL. */
bool utf8_ok(const char *text, size_t bytes);

/* Like utf8_ok, and no control characters but newline and tab: what may stand in a name or a note. */
bool utf8_plain(const char *text, size_t bytes);

/* A code: 1 to CODE_BYTES_MAX of A-Z a-z 0-9 . _ - */
bool code_ok(const char *code);

/* Strict decimal: optional '-', no leading zeros, no "-0", in range, nothing after. */
bool int64_parse(const char *text, int64_t *value);

/* The receipt code read back on the phone: the last four digits of the sequence, then a Damm check digit, which finds
 * every single wrong digit and every swap of neighbours. It names an entry among the last 10,000 only. */
void receipt_code(int64_t sequence, char out[RECEIPT_CODE_TEXT_BYTES]);

/* Are these five digits a receipt code, by its check digit? */
bool receipt_code_ok(const char *code);

#endif
