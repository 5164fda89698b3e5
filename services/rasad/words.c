/* words.c - strict reading of a programme's files; see words.h. */
#include "rasad/words.h"

#include "rasad/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool words_wrong(struct words *words, const char *format, ...)
{
    if (words->wrong) return false;
    words->wrong = true;
    int length = snprintf(words->what, sizeof words->what, "%s: ", words->where);
    if (length < 0 || (size_t)length >= sizeof words->what) return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words->what + length, sizeof words->what - (size_t)length, format, arguments);
    va_end(arguments);
    return false;
}

static bool in_list(const char *const *list, const char *key)
{
    for (; *list != NULL; list++) {
        if (strcmp(*list, key) == 0) return true;
    }
    return false;
}

void words_only(struct words *words, const cJSON *object, const char *const *allowed)
{
    if (!cJSON_IsObject(object)) {
        words_wrong(words, "an object is needed here");
        return;
    }
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        if (!in_list(allowed, member->string)) words_wrong(words, "there is no word \"%s\" here", member->string);
        if (cJSON_GetObjectItemCaseSensitive(object, member->string) != member) {
            words_wrong(words, "\"%s\" stands twice", member->string);
        }
    }
}

const char *words_text(struct words *words, const cJSON *object, const char *key, const char *fallback)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsString(node)) return node->valuestring;
    if (node != NULL) words_wrong(words, "\"%s\" must be a text", key);
    else if (fallback == NULL) words_wrong(words, "\"%s\" is missing", key);
    return fallback != NULL ? fallback : "";
}

int64_t words_whole(struct words *words, const cJSON *node, int64_t least, int64_t most)
{
    if (cJSON_IsNumber(node) && node->valuedouble >= (double)least && node->valuedouble <= (double)most) {
        int64_t value = (int64_t)node->valuedouble;
        if ((double)value >= node->valuedouble && (double)value <= node->valuedouble) return value;
    }
    words_wrong(words, "\"%s\" must be a whole number from %lld to %lld",
                node != NULL && node->string != NULL ? node->string : "number", (long long)least, (long long)most);
    return least;
}

int64_t words_number(struct words *words, const cJSON *object, const char *key, int64_t least, int64_t most,
                     int64_t fallback)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, key);
    if (node != NULL) return words_whole(words, node, least, most);
    if (fallback < least) words_wrong(words, "\"%s\" is missing", key);
    return fallback;
}

const cJSON *words_object(struct words *words, const cJSON *object, const char *key)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, key);
    if (node == NULL || cJSON_IsObject(node)) return node;
    words_wrong(words, "\"%s\" must be an object", key);
    return NULL;
}

const cJSON *words_list(struct words *words, const cJSON *object, const char *key)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(object, key);
    if (node == NULL || cJSON_IsArray(node)) return node;
    words_wrong(words, "\"%s\" must be a list", key);
    return NULL;
}

/* ---- in the text itself, so that numbers stay as they were written */

static const char *past_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        if (*at == '\\') at++;
    }
    return at + 1;
}

static const char *past_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *past_value(const char *at)
{
    if (*at == '"') return past_string(at);
    if (*at != '{' && *at != '[') return at + strcspn(at, ",]} \t\r\n");
    int depth = 0;
    do {
        if (*at == '"') {
            at = past_string(at);
            continue;
        }
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') depth--;
        at++;
    } while (depth > 0);
    return at;
}

bool words_member(const char *text, const char *key, const char **value, size_t *bytes)
{
    const char *at = past_space(text);
    if (*at != '{') return false;
    at = past_space(at + 1);
    while (*at == '"') {
        const char *name = at + 1;
        at = past_string(at);
        bool found = (size_t)(at - 1 - name) == strlen(key) && strncmp(name, key, strlen(key)) == 0;
        at = past_space(past_space(at) + 1); /* the colon */
        const char *end = past_value(at);
        if (found) {
            *value = at;
            *bytes = (size_t)(end - at);
            return true;
        }
        at = past_space(end);
        if (*at == ',') at = past_space(at + 1);
    }
    return false;
}

/* A string that stands at `at`: "$word(arguments)" and nothing else? */
static bool reference_at(const char *at, char word[32], char arguments[64], const char **after)
{
    int taken = 0;
    if (sscanf(at, "\"$%31[a-z](%63[^\"()])\"%n", word, arguments, &taken) != 2 || taken == 0) return false;
    *after = at + taken;
    return true;
}

char *words_resolve(struct words *words, const char *text, words_reference *reference, void *ctx)
{
    size_t room = 0, bytes = 0;
    char *out = memory_grow(NULL, strlen(text) + 1, &room, 1);
    for (const char *at = text; *at != '\0';) {
        const char *after = at + 1;
        const char *piece = at;
        char word[32], arguments[64], value[64], quoted[72];
        if (*at == '"') after = past_string(at);
        if (at[0] == '"' && at[1] == '$') {
            if (!reference_at(at, word, arguments, &after)) {
                words_wrong(words, "%.*s is no reference: \"$word(arguments)\"", (int)(after - at), at);
            } else if (reference(ctx, word, arguments, value)) {
                snprintf(quoted, sizeof quoted, "\"%s\"", value);
                piece = quoted;
            }
        }
        size_t length = piece == quoted ? strlen(quoted) : (size_t)(after - at);
        out = memory_grow(out, bytes + length + 1, &room, 1);
        memcpy(out + bytes, piece, length);
        bytes += length;
        at = after;
    }
    out[bytes] = '\0';
    if (!words->wrong) return out;
    free(out);
    return NULL;
}
