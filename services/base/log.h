/* log.h - one logfmt line on stderr for each event.
 * Use:     log_event(LOG_INFO, "peer refused uid=%u path=%s", uid, path);
 *          prints ts=2026-01-31T08:00:00.123Z level=info proc=gateway event="peer refused" uid=1000 path=/run/x.sock
 *          The template is: words of the event, then key=%conversion pairs. The compiler checks the types.
 *          Conversions: %s %c %d %u %x and those with l, ll, z (so PRId64 too), %%. Nothing else (it would be a bug).
 * Bounds:  LOG_LINE_BYTES_MAX per line, one write() each; a longer line is cut and ends in "...".
 * Rule:    no bodies, no tokens, no names of persons. Values are quoted where needed, control characters escaped.
 */
#ifndef RASAD_BASE_LOG_H
#define RASAD_BASE_LOG_H

#include <stddef.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Name this process in its lines, once, at start; the string must stay. Where stderr is read by journald (JOURNAL_STREAM)
 * each line begins with its level as journald knows it, so that `journalctl -p warning` finds it. */
void log_process(const char *name);

/* Lines below this level are not written; LOG_INFO at start. */
void log_level_set(enum log_level level);

/* Write one line. NULL for %s is written as "-". */
void log_event(enum log_level level, const char *template, ...) __attribute__((format(printf, 2, 3)));

/* The line as it would be written, newline included, for tests; returns its length. */
size_t log_format(char *line, size_t line_bytes_max, enum log_level level, const char *template, ...)
    __attribute__((format(printf, 4, 5)));

#endif
