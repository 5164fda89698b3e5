/* log.c - one logfmt line on stderr for each event.
 * Flow:    log_event -> compose (template walked word by word) -> one write().
 * Bounds:  LOG_LINE_BYTES_MAX; what does not fit is cut between two characters.
 * Why:     a template checked by the compiler, whose values are still quoted one by one: no value can forge a field.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *process_name = "rasad";
static enum log_level level_min = LOG_INFO;
static bool to_journald; /* which takes "<4>" at a line's begin for its level */

static const char *const level_texts[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error",
};

static const char level_marks[][4] = {
    [LOG_DEBUG] = "<7>", [LOG_INFO] = "<6>", [LOG_WARN] = "<4>", [LOG_ERROR] = "<3>",
};
enum { MARK_BYTES = sizeof level_marks[0] - 1 };

struct line {
    char *at;
    size_t used;
    size_t bytes_max; /* room for the mark of a cut and the newline is kept apart */
    bool cut;
    bool quoted; /* inside a value's quotes */
};

void log_process(const char *name)
{
    process_name = name;
    const char *journal = getenv("JOURNAL_STREAM"); /* device and inode of the stream whose reader is journald */
    uint64_t device, inode;
    struct stat about;
    to_journald = journal != NULL && sscanf(journal, "%" SCNu64 ":%" SCNu64, &device, &inode) == 2 &&
                  fstat(STDERR_FILENO, &about) == 0 && about.st_dev == device && about.st_ino == inode;
}

void log_level_set(enum log_level level)
{
    level_min = level;
}

static void put(struct line *line, const char *text, size_t bytes)
{
    if (line->cut || bytes > line->bytes_max - line->used) {
        line->cut = true;
        return;
    }
    memcpy(line->at + line->used, text, bytes);
    line->used += bytes;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static bool is_bare(const char *value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f) return false;
    }
    return bytes > 0;
}

/* One character, or one byte of what is none; returns how many bytes it used. */
static size_t put_escaped(struct line *line, const char *at, size_t bytes)
{
    unsigned char c = (unsigned char)*at;
    char escaped[5];
    if (c == '"' || c == '\\') snprintf(escaped, sizeof escaped, "\\%c", c);
    else if (c == '\n') snprintf(escaped, sizeof escaped, "\\n");
    else if (c == '\t') snprintf(escaped, sizeof escaped, "\\t");
    else {
        size_t length = utf8_length(at, bytes);
        if (length > 0 && utf8_plain(at, length)) {
            put(line, at, length);
            return length;
        }
        snprintf(escaped, sizeof escaped, "\\x%02x", c);
    }
    put_text(line, escaped);
    return 1;
}

/* Quoted where needed, with \" \\ \n \t, and \xNN for controls and what is not UTF-8: a terminal shows it unharmed. */
static void put_value(struct line *line, const char *value, size_t bytes)
{
    if (is_bare(value, bytes)) {
        put(line, value, bytes);
        return;
    }
    put(line, "\"", 1);
    line->quoted = !line->cut;
    for (size_t i = 0; i < bytes;) i += put_escaped(line, value + i, bytes - i);
    put(line, "\"", 1);
    line->quoted = line->quoted && line->cut;
}

static int64_t signed_arg(va_list *args, int longs, bool is_size)
{
    if (is_size) return (int64_t)va_arg(*args, ssize_t);
    if (longs == 2) return va_arg(*args, long long);
    if (longs == 1) return va_arg(*args, long);
    return va_arg(*args, int);
}

static uint64_t unsigned_arg(va_list *args, int longs, bool is_size)
{
    if (is_size) return va_arg(*args, size_t);
    if (longs == 2) return va_arg(*args, unsigned long long);
    if (longs == 1) return va_arg(*args, unsigned long);
    return va_arg(*args, unsigned);
}

/* One conversion; returns what follows it in the template. */
static const char *put_conversion(struct line *line, const char *at, va_list *args)
{
    int longs = 0;
    bool is_size = false;
    char number[24];
    for (; *at == 'l' || *at == 'z'; at++) {
        if (*at == 'l') longs++;
        else is_size = true;
    }
    switch (*at) {
    case 's': {
        const char *text = va_arg(*args, const char *);
        if (text == NULL) text = "-";
        put_value(line, text, strlen(text));
        return at + 1;
    }
    case 'c': {
        char c = (char)va_arg(*args, int);
        put_value(line, &c, 1);
        return at + 1;
    }
    case 'd': snprintf(number, sizeof number, "%" PRId64, signed_arg(args, longs, is_size)); break;
    case 'u': snprintf(number, sizeof number, "%" PRIu64, unsigned_arg(args, longs, is_size)); break;
    case 'x': snprintf(number, sizeof number, "%" PRIx64, unsigned_arg(args, longs, is_size)); break;
    case '%': put(line, "%", 1); return at + 1;
    default: must(false); /* a conversion log.h does not name */
    }
    put_text(line, number);
    return at + 1;
}

/* The words before the first key. */
static size_t event_bytes(const char *template)
{
    const char *equals = strchr(template, '=');
    if (equals == NULL) return strlen(template);
    while (equals > template && *equals != ' ') equals--;
    return (size_t)(equals - template);
}

static void put_head(struct line *line, enum log_level level)
{
    char instant[25];
    instant_format(now_ms(), instant);
    put_text(line, "ts=");
    put_text(line, instant);
    put_text(line, " level=");
    put_text(line, level_texts[level]);
    put_text(line, " proc=");
    put_text(line, process_name);
    put_text(line, " event=");
}

static size_t compose(char *out, size_t out_bytes_max, enum log_level level, const char *template, va_list *args)
{
    const size_t end_bytes = 5; /* the mark of a cut, a quote, a newline */
    must(out_bytes_max > end_bytes);
    struct line line = {.at = out, .bytes_max = out_bytes_max - end_bytes};
    put_head(&line, level);
    size_t words = event_bytes(template);
    put_value(&line, template, words);
    for (const char *at = template + words; *at != '\0';) {
        if (*at == '%') at = put_conversion(&line, at + 1, args);
        else put(&line, at++, 1);
    }
    if (line.cut) {
        const char *mark = line.quoted ? "...\"" : "...";
        memcpy(line.at + line.used, mark, strlen(mark));
        line.used += strlen(mark);
    }
    line.at[line.used++] = '\n';
    return line.used;
}

size_t log_format(char *line, size_t line_bytes_max, enum log_level level, const char *template, ...)
{
    va_list args;
    va_start(args, template);
    size_t length = compose(line, line_bytes_max, level, template, &args);
    va_end(args);
    return length;
}

void log_event(enum log_level level, const char *template, ...)
{
    if (level < level_min) return;
    int errno_before = errno;
    char line[MARK_BYTES + LOG_LINE_BYTES_MAX];
    size_t mark = to_journald ? MARK_BYTES : 0;
    memcpy(line, level_marks[level], mark);
    va_list args;
    va_start(args, template);
    size_t length = mark + compose(line + mark, LOG_LINE_BYTES_MAX, level, template, &args);
    va_end(args);
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written; /* nobody is left to be told */
    errno = errno_before;
}
