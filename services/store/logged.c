/* logged.c - see logged.h. */
#include "store/logged.h"

#include "store/varint.h"

#include <stdlib.h>
#include <string.h>

static struct key log_key(uint32_t place, uint32_t item, int32_t day, int64_t name)
{
    return key("uudq", place, item, day, name);
}
#define LOG_PLACE_BYTES 4       /* of the key: place, */
#define LOG_PLACE_ITEM_BYTES 8  /* and item */

/* ---- LoggedLines, field by field: written and read here without the general codec, at every line of output. */

enum { TAG_LINE = 0x0a, TAG_DAY = 0x08, TAG_NAME = 0x10, TAG_FACT = 0x1a };

static bool varint_next(const uint8_t **at, const uint8_t *end, uint8_t tag, int64_t *number)
{
    uint64_t value = 0;
    if (*at < end && **at == tag) {
        (*at)++;
        if (!varint_read(at, end, &value)) return false;
    }
    *number = (int64_t)value;
    return true;
}

static bool bytes_next(const uint8_t **at, const uint8_t *end, uint8_t tag, struct slice *bytes)
{
    uint64_t length = 0;
    if (*at < end && (*(*at)++ != tag || !varint_read(at, end, &length) || length > (uint64_t)(end - *at))) return false;
    *bytes = (struct slice){*at, (size_t)length};
    *at += length;
    return true;
}

static bool line_next(struct txn *txn, struct slice *rest, struct logged_line *line)
{
    struct slice bytes;
    int64_t day;
    if (rest->bytes == 0 || txn->err != ERR_OK) return false;
    const uint8_t *at = rest->data, *end = at + rest->bytes;
    bool good = bytes_next(&at, end, TAG_LINE, &bytes);
    *rest = (struct slice){at, (size_t)(end - at)};
    if (good) {
        at = bytes.data;
        end = at + bytes.bytes;
        good = varint_next(&at, end, TAG_DAY, &day) && varint_next(&at, end, TAG_NAME, &line->name) &&
               bytes_next(&at, end, TAG_FACT, &line->fact) && at == end;
        line->day = good ? (int32_t)day : 0;
    }
    if (!good) txn->err = ERR_CORRUPT;
    return good;
}

#define LINE_HEAD_BYTES (4 * (1 + VARINT_BYTES)) /* at most, before the fact */

static bool before(const struct logged_line *a, int32_t day, int64_t name)
{
    return a->day < day || (a->day == day && a->name < name);
}

static struct slice lines_of(const struct account *account) { return (struct slice){account->lines, account->lines_bytes}; }

/* They mostly come in order: then the last alone is read. */
static bool comes_last(struct txn *txn, const struct account *account, int32_t day, int64_t name)
{
    struct slice last = {NULL, 0}, bytes;
    struct logged_line line;
    if (account->lines_bytes == 0) return true;
    const uint8_t *at = account->lines, *end = at + account->lines_bytes;
    while (at < end) {
        last = (struct slice){at, (size_t)(end - at)};
        if (!bytes_next(&at, end, TAG_LINE, &bytes)) return false;
    }
    return line_next(txn, &last, &line) && before(&line, day, name);
}

/* Where lines of this day and name begin or would; *bytes: of the line that has this very name, 0 none. */
static size_t line_at(struct txn *txn, const struct account *account, int32_t day, int64_t name, size_t *bytes)
{
    struct slice rest = lines_of(account);
    struct logged_line line;
    size_t at = 0;
    *bytes = 0;
    if (comes_last(txn, account, day, name)) return account->lines_bytes;
    while (line_next(txn, &rest, &line)) {
        size_t next = account->lines_bytes - rest.bytes;
        if (!before(&line, day, name)) {
            *bytes = line.day == day && line.name == name ? next - at : 0;
            break;
        }
        at = next;
    }
    return at;
}

static bool lines_room(struct account *account, size_t more)
{
    size_t need = account->lines_bytes + more;
    if (need <= account->lines_room) return true;
    uint8_t *lines = arena_take(accounts_arena(), need * 2);
    if (lines == NULL) return false;
    if (account->lines_bytes > 0) memcpy(lines, account->lines, account->lines_bytes);
    account->lines = lines;
    account->lines_room = need * 2;
    return true;
}

enum {
    TAG_GOOD = 0x08, TAG_SPOILED = 0x10, TAG_MEMBERS = 0x18, TAG_NO_WORK = 0x20, TAG_REMADE = 0x28, TAG_LOT = 0x30,
    TAG_RECIPE = 0x38, TAG_INSTEAD = 0x42, TAG_EXPIRY = 0x48, /* fields 1 to 9 of OutputLogged */
    FACT_BYTES_MAX = 8 * (1 + VARINT_BYTES) + RECIPE_INPUTS_MAX * (2 + CODE_BYTES_MAX)
};

/* Longer codes than there are, and more than there may be, are of an entry that no writer of ours has written. */
static size_t fact_write(struct txn *txn, const Rasad__V1__OutputLogged *fact, uint8_t into[FACT_BYTES_MAX])
{
    uint8_t *at = into;
    if (fact->n_instead > RECIPE_INPUTS_MAX && txn->err == ERR_OK) txn->err = ERR_CORRUPT;
    at = varint_field(at, TAG_GOOD, fact->good);
    at = varint_field(at, TAG_SPOILED, fact->spoiled);
    at = varint_field(at, TAG_MEMBERS, fact->members);
    at = varint_field(at, TAG_NO_WORK, fact->no_work);
    at = varint_field(at, TAG_REMADE, fact->remade);
    at = varint_field(at, TAG_LOT, fact->lot);
    at = varint_field(at, TAG_RECIPE, fact->recipe);
    for (size_t i = 0; i < fact->n_instead && i < RECIPE_INPUTS_MAX; i++) {
        size_t bytes = strnlen(fact->instead[i], CODE_BYTES_MAX);
        if (fact->instead[i][bytes] != '\0' && txn->err == ERR_OK) txn->err = ERR_CORRUPT;
        *at++ = TAG_INSTEAD;
        at = varint_write(at, bytes);
        memcpy(at, fact->instead[i], bytes);
        at += bytes;
    }
    return (size_t)(varint_field(at, TAG_EXPIRY, fact->expiry_ms) - into);
}

void logged_put(struct txn *txn, uint32_t place, uint32_t item, int32_t day, int64_t name, const Rasad__V1__OutputLogged *fact)
{
    struct account *account = account_of(txn, place, item);
    uint8_t packed[FACT_BYTES_MAX], inner[LINE_HEAD_BYTES], head[1 + VARINT_BYTES], *end = inner;
    size_t bytes = fact_write(txn, fact, packed), there;
    end = varint_field(end, TAG_DAY, day);
    end = varint_field(end, TAG_NAME, name);
    *end++ = TAG_FACT;
    end = varint_write(end, bytes);
    size_t inner_bytes = (size_t)(end - inner);
    head[0] = TAG_LINE;
    size_t head_bytes = (size_t)(varint_write(head + 1, inner_bytes + bytes) - head), all = head_bytes + inner_bytes + bytes;
    if (txn->err != ERR_OK) return;
    if (!lines_room(account, all)) {
        txn->err = ERR_MEMORY;
        return;
    }
    size_t at = line_at(txn, account, day, name, &there);
    uint8_t *into = account->lines + at;
    memmove(into + all, into, account->lines_bytes - at);
    memcpy(into, head, head_bytes);
    memcpy(into + head_bytes, inner, inner_bytes);
    memcpy(into + head_bytes + inner_bytes, packed, bytes);
    account->lines_bytes += all;
    account->dirty = true;
}

void logged_del(struct txn *txn, uint32_t place, uint32_t item, int32_t day, int64_t name)
{
    struct account *account = account_of(txn, place, item);
    struct key k = log_key(place, item, day, name);
    size_t bytes, at = line_at(txn, account, day, name, &bytes);
    if (bytes == 0) {
        txn_del(txn, TABLE_log, &k);
        return;
    }
    uint8_t *from = account->lines + at;
    account->lines_bytes -= bytes;
    memmove(from, from + bytes, account->lines_bytes - at);
    account->dirty = true;
}

void logged_settle(struct txn *txn, struct account *account)
{
    struct slice rest = lines_of(account);
    struct logged_line line;
    if (account->lines_bytes <= LOGGED_BYTES_MAX) return;
    while (line_next(txn, &rest, &line)) {
        struct key k = log_key(account->place, account->item, line.day, line.name);
        txn_put(txn, TABLE_log, &k, line.fact.data, line.fact.bytes);
    }
    account->lines_bytes = 0;
}

/* ---- reading both */

/* Readers count on their order: a line is not before the one before it. */
static size_t lines_read(struct txn *txn, struct slice lines, struct logged_line *list)
{
    struct logged_line line, last = {.day = INT32_MIN};
    size_t n = 0;
    while (line_next(txn, &lines, &line)) {
        if (before(&line, last.day, last.name)) txn->err = ERR_CORRUPT;
        if (list != NULL) list[n] = line;
        last = line;
        n++;
    }
    return n;
}

/* Those of the account on one side of a day, in the order of the scan. */
static void news_begin(struct logged *logged, uint32_t place, uint32_t item, int32_t day)
{
    struct txn *txn = logged->txn;
    struct slice lines = account_lines(txn, place, item);
    size_t n = lines_read(txn, lines, NULL), first = 0;
    struct logged_line *list = n > 0 ? arena_array(txn->arena, n, sizeof *list) : NULL;
    if (n > 0 && list == NULL && txn->err == ERR_OK) txn->err = ERR_MEMORY;
    if (list == NULL) return;
    (void)lines_read(txn, lines, list);
    while (first < n && list[first].day < day) first++;
    if (!logged->scan.down) {
        logged->news = list + first;
        logged->news_n = n - first;
        return;
    }
    for (size_t i = 0; i < first / 2; i++) {
        struct logged_line swap = list[i];
        list[i] = list[first - 1 - i];
        list[first - 1 - i] = swap;
    }
    logged->news = list;
    logged->news_n = first;
}

static void settled_step(struct logged *logged)
{
    uint32_t place, item;
    struct logged_line *line = &logged->settled;
    logged->any_settled = scan_next(&logged->scan);
    if (!logged->any_settled) return;
    if (!key_read(logged->scan.key, "uudq", &place, &item, &line->day, &line->name) && logged->txn->err == ERR_OK)
        logged->txn->err = ERR_CORRUPT;
    line->fact = logged->scan.value;
}

static void begin(struct logged *logged, struct txn *txn, uint32_t place, uint32_t item, int32_t day, bool down)
{
    struct key from = log_key(place, item, day, 0);
    *logged = (struct logged){.txn = txn};
    if (down) scan_begin_down(&logged->scan, txn, TABLE_log, &from, LOG_PLACE_ITEM_BYTES);
    else scan_begin(&logged->scan, txn, TABLE_log, &from, LOG_PLACE_ITEM_BYTES);
    news_begin(logged, place, item, day);
    settled_step(logged);
}

void logged_begin(struct logged *logged, struct txn *txn, uint32_t place, uint32_t item, int32_t day)
{
    begin(logged, txn, place, item, day, false);
}

void logged_begin_down(struct logged *logged, struct txn *txn, uint32_t place, uint32_t item, int32_t day)
{
    begin(logged, txn, place, item, day, true);
}

bool logged_next(struct logged *logged)
{
    if (logged->txn->err != ERR_OK || (!logged->any_settled && logged->news_n == 0)) return false;
    bool news = logged->news_n > 0;
    if (news && logged->any_settled)
        news = before(logged->news, logged->settled.day, logged->settled.name) != logged->scan.down;
    if (news) {
        logged->line = *logged->news++;
        logged->news_n--;
    } else {
        logged->line = logged->settled;
        settled_step(logged);
    }
    return true;
}

void logged_end(struct logged *logged) { scan_end(&logged->scan); }

static void item_after(struct txn *txn, enum table table, uint32_t place, uint32_t after, uint32_t *item)
{
    struct scan scan;
    struct key from = key_uu(place, after + 1);
    uint32_t found_place, found;
    scan_begin(&scan, txn, table, &from, LOG_PLACE_BYTES);
    if (scan_next(&scan) && key_read(scan.key, "uu", &found_place, &found) && found < *item) *item = found;
    scan_end(&scan);
}

bool logged_item_after(struct txn *txn, uint32_t place, uint32_t *item)
{
    uint32_t after = *item;
    *item = UINT32_MAX;
    item_after(txn, TABLE_account, place, after, item);
    item_after(txn, TABLE_log, place, after, item);
    return *item != UINT32_MAX;
}
