/* words.h - strict reading of a programme's files: every word known, of the right type, once.
 * Rule:    sticky: the first thing wrong is kept with where it stands; what is read after it is empty. One check before
 *          it is used.
 */
#ifndef RASAD_RASAD_WORDS_H
#define RASAD_RASAD_WORDS_H

#include "base/limits.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct words {
    bool wrong;
    char what[WRONG_BYTES_MAX];   /* "parts[3]: level: there is no word \"cout\"" */
    char where[128];              /* set by the reader as it goes */
};

/* Always false, so that a function can end with it. Only the first is kept. */
bool words_wrong(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Every key of the object is in the list (ended by NULL), each once. */
void words_only(struct words *words, const cJSON *object, const char *const *allowed);

/* A text; fallback NULL: it must be there. */
const char *words_text(struct words *words, const cJSON *object, const char *key, const char *fallback);

/* A whole number from least to most; fallback below least: it must be there. */
int64_t words_number(struct words *words, const cJSON *object, const char *key, int64_t least, int64_t most,
                     int64_t fallback);

/* An object or a list; NULL where it is not there. */
const cJSON *words_object(struct words *words, const cJSON *object, const char *key);
const cJSON *words_list(struct words *words, const cJSON *object, const char *key);

/* A whole number by itself (an element of a list, a value of an object). */
int64_t words_whole(struct words *words, const cJSON *node, int64_t least, int64_t most);

/* Of JSON that json_scan has found good: where the value of a key of the outermost object stands. */
bool words_member(const char *text, const char *key, const char **value, size_t *bytes);

/* Texts of the form "$word(arguments)" in JSON, each replaced by what the callback says (it refuses by words_wrong).
 * NULL when something is wrong; free() it. */
typedef bool words_reference(void *ctx, const char *word, const char *arguments, char value[64]);
char *words_resolve(struct words *words, const char *text, words_reference *reference, void *ctx);

#endif
