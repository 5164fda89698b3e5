/* scan.c - the grammar of JSON, strictly, before cJSON sees a byte; and what the files of this room share.
 * Flow:    json_scan -> scan_value, one function per kind of value, down to JSON_DEPTH_MAX.
 * Owns:    nothing, allocates nothing.
 * Fails:   at the first byte that does not belong, with the path of the value it stands in.
 * Why:     cJSON reads "01", "1.", raw control characters, invalid UTF-8 and trailing bytes, and cuts strings at
 *          \u0000. What passes here it reads as everybody else does.
 */
#include "json/inside.h"

#include <stdio.h>
#include <string.h>

struct scan {
    const unsigned char *at, *end;
    struct json_error *error;
    unsigned depth;
};

/* ---- refusals ---- */

bool json_refuse(struct json_error *error, enum json_fault fault, const char *found, size_t found_bytes,
                 const char *needed)
{
    size_t out = 0;
    for (size_t i = 0; i < found_bytes;) {
        const unsigned char *at = (const unsigned char *)found + i;
        size_t step = json_utf8_bytes(at, (const unsigned char *)found + found_bytes);
        size_t width = step == 0 ? 1 : step;
        if (out + width + 4 > sizeof error->found) {
            memcpy(error->found + out, "...", 3);
            out += 3;
            break;
        }
        if (step == 0 || *at < 0x20 || *at == 0x7f) {
            error->found[out] = '?';
        } else {
            memcpy(error->found + out, at, width);
        }
        out += width;
        i += width;
    }
    error->found[out] = '\0';
    snprintf(error->needed, sizeof error->needed, "%s", needed);
    error->path[0] = '\0';
    error->fault = fault;
    return false;
}

static bool refused_in(struct json_error *error, const char *step, size_t step_bytes)
{
    size_t path_bytes = strlen(error->path);
    bool dot = path_bytes > 0 && error->path[0] != '[';
    size_t gap = step_bytes + (dot ? 1 : 0);
    size_t room = sizeof error->path - 1;
    if (gap > room) {
        gap = step_bytes = room;
        dot = false;
    }
    if (path_bytes > room - gap) {
        path_bytes = room - gap;
    }
    memmove(error->path + gap, error->path, path_bytes);
    memcpy(error->path, step, step_bytes);
    if (dot) {
        error->path[step_bytes] = '.';
    }
    error->path[gap + path_bytes] = '\0';
    return false;
}

bool json_refused_in_field(struct json_error *error, const char *field_name)
{
    char name[64];
    size_t bytes = 0;
    for (char c = json_name_next(&field_name); c != '\0' && bytes < sizeof name; c = json_name_next(&field_name)) {
        name[bytes++] = c;
    }
    return refused_in(error, name, bytes);
}

bool json_refused_in_key(struct json_error *error, const char *key, size_t key_bytes)
{
    char name[64];
    size_t bytes = 0;
    for (; bytes < key_bytes && bytes < sizeof name; bytes++) {
        bool plain = key[bytes] > 0x20 && key[bytes] < 0x7f;
        name[bytes] = plain ? key[bytes] : '?';
    }
    return refused_in(error, name, bytes);
}

bool json_refused_in_list(struct json_error *error, size_t index)
{
    char step[32];
    int bytes = snprintf(step, sizeof step, "[%zu]", index);
    return refused_in(error, step, (size_t)bytes);
}

/* ---- names and fields ---- */

char json_name_next(const char **name)
{
    const char *at = *name;
    bool raise = false;
    while (*at == '_') {
        raise = true;
        at++;
    }
    char c = *at;
    *name = c == '\0' ? at : at + 1;
    return raise && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool json_seen_before(struct json_seen *seen, const ProtobufCMessageDescriptor *type,
                      const ProtobufCFieldDescriptor *field)
{
    size_t index = (size_t)(field - type->fields);
    must(index < JSON_FIELDS_MAX && index < type->n_fields);
    uint64_t bit = UINT64_C(1) << (index % 64);
    bool before = (seen->fields[index / 64] & bit) != 0;
    seen->fields[index / 64] |= bit;
    return before;
}

const ProtobufCFieldDescriptor *json_oneof_other(const struct json_seen *seen, const ProtobufCMessageDescriptor *type,
                                                 const ProtobufCFieldDescriptor *field)
{
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0) {
        return NULL;
    }
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &type->fields[i];
        bool same_oneof = (other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
                          other->quantifier_offset == field->quantifier_offset;
        if (other != field && same_oneof && (seen->fields[i / 64] >> (i % 64) & 1) != 0) {
            return other;
        }
    }
    return NULL;
}

/* ---- UTF-8 ---- */

size_t json_utf8_bytes(const unsigned char *at, const unsigned char *end)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (at >= end) {
        return 0;
    }
    unsigned char first = *at;
    if (first < 0x80) {
        return 1;
    }
    size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || (size_t)(end - at) < bytes) {
        return 0;
    }
    uint32_t point = first & (0xffU >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (at[i] & 0x3fU);
    }
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < least[bytes] || point > 0x10ffff || surrogate ? 0 : bytes;
}

/* ---- the grammar ---- */

static bool scan_value(struct scan *s);

static bool refuse_here(struct scan *s, enum json_fault fault, const char *needed)
{
    if (s->at >= s->end) {
        static const char end[] = "the end of the text";
        return json_refuse(s->error, fault, end, sizeof end - 1, needed);
    }
    size_t left = (size_t)(s->end - s->at);
    return json_refuse(s->error, fault, (const char *)s->at, left < 12 ? left : 12, needed);
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) {
        s->at++;
    }
}

static bool take(struct scan *s, unsigned char c)
{
    bool there = s->at < s->end && *s->at == c;
    s->at += there ? 1 : 0;
    return there;
}

static size_t take_digits(struct scan *s)
{
    const unsigned char *from = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        s->at++;
    }
    return (size_t)(s->at - from);
}

static bool scan_number(struct scan *s)
{
    struct scan begin = *s;
    take(s, '-');
    bool zero = take(s, '0');
    bool good = zero || take_digits(s) > 0;
    if (good && take(s, '.')) {
        good = take_digits(s) > 0;
    }
    if (good && (take(s, 'e') || take(s, 'E'))) {
        (void)(take(s, '+') || take(s, '-'));
        good = take_digits(s) > 0;
    }
    bool runs_on = s->at < s->end && ((*s->at >= '0' && *s->at <= '9') || *s->at == '.');
    if (!good || runs_on) {
        return refuse_here(&begin, JSON_BAD_FORMAT, "a number as JSON writes it");
    }
    if (s->at - begin.at > JSON_NUMBER_BYTES_MAX) {
        return refuse_here(&begin, JSON_OUT_OF_RANGE, "a number of at most 40 characters");
    }
    return true;
}

/* The four digits of \uXXXX; -1 if they are not. */
static int32_t scan_unit(struct scan *s)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = s->at < s->end ? *s->at : 0;
        int32_t digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
        s->at++;
    }
    return unit;
}

static bool scan_escape(struct scan *s)
{
    struct scan begin = *s;
    s->at++;
    if (s->at < s->end && strchr("\"\\/bfnrt", *s->at) != NULL && *s->at != '\0') {
        s->at++;
        return true;
    }
    if (!take(s, 'u')) {
        return refuse_here(&begin, JSON_BAD_FORMAT, "an escape of JSON");
    }
    int32_t unit = scan_unit(s);
    if (unit == 0) {
        return refuse_here(&begin, JSON_BAD_FORMAT, "text without the character NUL");
    }
    if (unit >= 0xd800 && unit <= 0xdbff && take(s, '\\') && take(s, 'u')) {
        int32_t low = scan_unit(s);
        unit = low >= 0xdc00 && low <= 0xdfff ? 0x10000 : -1;
    }
    if (unit < 0 || (unit >= 0xd800 && unit <= 0xdfff)) {
        return refuse_here(&begin, JSON_BAD_FORMAT, "\\u with four digits, surrogates in pairs");
    }
    return true;
}

static bool scan_string(struct scan *s)
{
    if (!take(s, '"')) {
        return refuse_here(s, JSON_BAD_FORMAT, "a string in double quotes");
    }
    while (s->at < s->end && *s->at != '"') {
        if (*s->at == '\\') {
            if (!scan_escape(s)) {
                return false;
            }
            continue;
        }
        if (*s->at < 0x20) {
            return refuse_here(s, JSON_BAD_FORMAT, "control characters as escapes");
        }
        size_t step = json_utf8_bytes(s->at, s->end);
        if (step == 0) {
            return refuse_here(s, JSON_BAD_FORMAT, "valid UTF-8");
        }
        s->at += step;
    }
    return take(s, '"') || refuse_here(s, JSON_BAD_FORMAT, "the closing quote of the string");
}

static bool scan_member(struct scan *s)
{
    skip_space(s);
    const unsigned char *key = s->at;
    if (!scan_string(s)) {
        return false;
    }
    size_t key_bytes = (size_t)(s->at - key) - 2;
    skip_space(s);
    if (!take(s, ':')) {
        return refuse_here(s, JSON_BAD_FORMAT, "a colon after the field's name");
    }
    return scan_value(s) || json_refused_in_key(s->error, (const char *)key + 1, key_bytes);
}

static bool scan_object(struct scan *s)
{
    skip_space(s);
    if (take(s, '}')) {
        return true;
    }
    do {
        if (!scan_member(s)) {
            return false;
        }
        skip_space(s);
    } while (take(s, ','));
    return take(s, '}') || refuse_here(s, JSON_BAD_FORMAT, "a comma or the closing brace");
}

static bool scan_list(struct scan *s)
{
    skip_space(s);
    if (take(s, ']')) {
        return true;
    }
    size_t index = 0;
    do {
        if (!scan_value(s)) {
            return json_refused_in_list(s->error, index);
        }
        index++;
        skip_space(s);
    } while (take(s, ','));
    return take(s, ']') || refuse_here(s, JSON_BAD_FORMAT, "a comma or the closing bracket");
}

static bool scan_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t bytes = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= bytes && memcmp(s->at, words[i], bytes) == 0) {
            s->at += bytes;
            return true;
        }
    }
    return refuse_here(s, JSON_BAD_FORMAT, "a JSON value");
}

static bool scan_value(struct scan *s)
{
    skip_space(s);
    unsigned char c = s->at < s->end ? *s->at : 0;
    if (c == '{' || c == '[') {
        if (s->depth == JSON_DEPTH_MAX) {
            return refuse_here(s, JSON_OUT_OF_RANGE, "at most 16 levels of objects and lists");
        }
        s->depth++;
        s->at++;
        bool good = c == '{' ? scan_object(s) : scan_list(s);
        s->depth--;
        return good;
    }
    if (c == '"') {
        return scan_string(s);
    }
    return c == '-' || (c >= '0' && c <= '9') ? scan_number(s) : scan_word(s);
}

bool json_scan(const char *text, size_t bytes, struct json_error *error)
{
    struct scan s = {
        .at = (const unsigned char *)text, .end = (const unsigned char *)text + bytes, .error = error};
    if (!scan_value(&s)) {
        return false;
    }
    skip_space(&s);
    return s.at == s.end || refuse_here(&s, JSON_BAD_FORMAT, "nothing after the JSON value");
}
