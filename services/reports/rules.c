/* rules.c - see rules.h. */
#include "reports/rules.h"

#include "base/must.h"

#include <stdio.h>
#include <string.h>

/* ---- periods */

static bool digits(const char *text, size_t n, uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *number = *number * 10 + (uint32_t)(text[i] - '0');
    }
    return true;
}

bool period_parse(const char *text, uint32_t *period)
{
    uint32_t year, month = 0;
    size_t length = strlen(text);
    if ((length != 4 && length != 7) || !digits(text, 4, &year) || year < 1000) return false;
    if (length == 7 && (text[4] != '-' || !digits(text + 5, 2, &month) || month < 1 || month > 12)) return false;
    *period = year * 100 + month;
    return true;
}

/* ---- flows */

int64_t flow_row_gap(const Rasad__V1__FlowRow *row)
{
    int64_t came = row->opening + row->supplied + row->good + row->in;
    int64_t went = row->out + row->consumed + row->served + row->sold + row->scrapped + row->lost;
    return row->closing - (came - went + row->difference);
}

int64_t money_row_gap(const Rasad__V1__MoneyRow *row)
{
    return row->closing - (row->opening + row->earned + row->in - row->out - row->paid);
}

/* ---- traces */

bool trace_add(struct trace *trace, int64_t lot, int64_t nearer, int32_t depth)
{
    for (size_t i = 0; i < trace->n; i++)
        if (trace->steps[i].lot == lot) return true;
    if (depth < -TRACE_DEPTH_MAX || depth > TRACE_DEPTH_MAX) {
        trace->more = true;
        return true;
    }
    if (trace->n == TRACE_LOTS_MAX) {
        trace->more = true;
        return false;
    }
    trace->steps[trace->n++] = (struct step){lot, nearer, depth};
    return true;
}

/* ---- marks: place/kind/item/stage/text; a slip may have a stroke in it, so it stands last */

void mark_format(const struct question_mark *mark, char out[MARK_TEXT_BYTES])
{
    int n = snprintf(out, MARK_TEXT_BYTES, "%s/%d/%s/%d/%s", mark->place, mark->kind, mark->item, mark->stage, mark->text);
    must(n > 0 && n < MARK_TEXT_BYTES);
}

/* The part up to the next stroke; *at moves past it. */
static bool part_take(const char **at, char *part, size_t part_bytes)
{
    const char *end = strchr(*at, '/');
    if (end == NULL || (size_t)(end - *at) >= part_bytes) return false;
    memcpy(part, *at, (size_t)(end - *at));
    part[end - *at] = '\0';
    *at = end + 1;
    return true;
}

/* A key holds kind and stage as one byte each. */
static bool byte_parse(const char *text, int32_t *value)
{
    uint32_t number;
    size_t length = strlen(text);
    if (length == 0 || !digits(text, length, &number) || number > UINT8_MAX) return false;
    *value = (int32_t)number;
    return true;
}

bool mark_parse(const char *text, struct question_mark *mark)
{
    char kind[4], stage[4];
    memset(mark, 0, sizeof *mark);
    if (!part_take(&text, mark->place, sizeof mark->place) || !part_take(&text, kind, sizeof kind)) return false;
    if (!part_take(&text, mark->item, sizeof mark->item) || !part_take(&text, stage, sizeof stage)) return false;
    if (strlen(text) >= sizeof mark->text || !byte_parse(kind, &mark->kind) || !byte_parse(stage, &mark->stage)) return false;
    memcpy(mark->text, text, strlen(text) + 1);
    return true;
}
