/* connect.c - one unary call of the Connect protocol, from its headers to its answer.
 * Flow:    connect_run: ask_of (headers) -> connect_token (who) -> body_of (POST body or GET query, unzipped)
 *          -> message_of (JSON or protobuf, checked) -> send; then answered: connect_fail, or reply.
 * Owns:    nothing; everything in between lies in the gateway's scratch arena and is gone with the next step.
 * Bounds:  BODY_BYTES_MAX after unzipping, ANSWER_BYTES_MAX, CALL_MS_MAX.
 * Fails:   as the protocol says: a status, and {"code","message","details"} in JSON. What the JSON codec refuses
 *          becomes a detail of type Refusal, like the services' own.
 */
#include "gateway/connect.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/must.h"
#include "base/text.h"
#include "common.pb-c.h"
#include "gateway/gzip.h"
#include "gateway/tls.h"
#include "json/jsonpb.h"
#include "registry.pb-c.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What the headers and the query say; pointers live in the connection or in the arena. */
struct ask {
    struct exchange *x;
    struct arena *arena;
    bool done; /* answered: every step after it does nothing */
    Rasad__V1__Call call;
    uint8_t token_hash[HASH_BYTES];
    bool zipped;
    int64_t wait_ms;
    const uint8_t *body;
    size_t bytes;
};

static void refuse(struct ask *ask, int status, enum wire_code code, const char *message)
{
    if (!ask->done) {
        ask->done = true;
        http_refuse(ask->x, status, code, message);
    }
}

/* ---- errors ---- */

static void put_debug(struct json_out *out, struct arena *arena, const Rasad__V1__WireErrorDetail *detail)
{
    if (strcmp(detail->type, rasad__v1__refusal__descriptor.name) != 0) {
        return;
    }
    ProtobufCMessage *refusal = protobuf_c_message_unpack(&rasad__v1__refusal__descriptor, arena_pb(arena),
                                                          detail->value.len, detail->value.data);
    struct json_error ignored;
    if (refusal != NULL && pb_check(refusal, &ignored)) {
        json_put(out, ",\"debug\":");
        json_put_message(out, refusal);
    }
}

static void put_detail(struct json_out *out, struct arena *arena, const Rasad__V1__WireErrorDetail *detail)
{
    size_t bytes = sodium_base64_encoded_len(detail->value.len, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    char *value = arena_alloc(arena, bytes);
    if (value == NULL) {
        out->failed = true;
        return;
    }
    sodium_bin2base64(value, bytes, detail->value.data, detail->value.len, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    json_put(out, "{\"type\":");
    json_put_string(out, detail->type);
    json_put(out, ",\"value\":\"");
    json_put(out, value);
    json_put(out, "\"");
    put_debug(out, arena, detail);
    json_put(out, "}");
}

/* The arena is not reset: the error may lie in it. */
static void fail(struct exchange *x, const Rasad__V1__WireError *error)
{
    struct arena *arena = &x->gateway->scratch;
    enum wire_code code = CODE_UNKNOWN;
    if (!wire_code_parse(error->code, &code)) {
        code = CODE_UNKNOWN;
    }
    struct json_out out;
    json_out_init(&out, ANSWER_BYTES_MAX, arena_pb(arena));
    json_put(&out, "{\"code\":");
    json_put_string(&out, wire_code_text(code));
    json_put(&out, ",\"message\":");
    json_put_string(&out, error->message);
    for (size_t i = 0; i < error->n_details; i++) {
        json_put(&out, i == 0 ? ",\"details\":[" : ",");
        put_detail(&out, arena, error->details[i]);
    }
    json_put(&out, error->n_details > 0 ? "]}" : "}");
    if (out.failed) {
        http_refuse(x, 0, CODE_INTERNAL, "The answer could not be written as JSON.");
        return;
    }
    struct answer answer = {.status = wire_code_http(code),
                            .code = code,
                            .type = "application/json",
                            .body = out.text,
                            .bytes = out.bytes};
    if (code == CODE_UNAVAILABLE) {
        answer.extra[0][0] = "retry-after";
        answer.extra[0][1] = "1";
    }
    http_answer(x, &answer);
}

void connect_fail(struct exchange *x, const Rasad__V1__WireError *error)
{
    arena_reset(&x->gateway->scratch);
    fail(x, error);
}

static Rasad__V1__Reason reason_of(enum json_fault fault)
{
    switch (fault) {
    case JSON_OUT_OF_RANGE:
    case JSON_NO_MEMORY:
        return RASAD__V1__REASON__REASON_OUT_OF_RANGE;
    case JSON_TWICE:
        return RASAD__V1__REASON__REASON_TWICE;
    case JSON_FINE:
    case JSON_BAD_FORMAT:
    case JSON_UNKNOWN:
    default:
        return RASAD__V1__REASON__REASON_BAD_FORMAT;
    }
}

/* A field that could not be read, in the words of a Refusal. */
static void refuse_field(struct ask *ask, const struct json_error *error)
{
    char found[JSON_FOUND_BYTES_MAX], needed[JSON_NEEDED_BYTES_MAX], path[JSON_PATH_BYTES_MAX];
    char sentence[JSON_FOUND_BYTES_MAX + JSON_NEEDED_BYTES_MAX + JSON_PATH_BYTES_MAX + 64];
    char next[] = "Correct it and send again.", type[64], code[32];
    snprintf(found, sizeof found, "%s", error->found);
    snprintf(needed, sizeof needed, "%s", error->needed);
    snprintf(path, sizeof path, "%s", error->path);
    snprintf(type, sizeof type, "%s", rasad__v1__refusal__descriptor.name);
    bool full = error->fault == JSON_NO_MEMORY;
    snprintf(code, sizeof code, "%s", wire_code_text(full ? CODE_RESOURCE_EXHAUSTED : CODE_INVALID_ARGUMENT));
    snprintf(sentence, sizeof sentence, "%s%sfound %s, needed %s.", path, path[0] == '\0' ? "" : ": ", found, needed);

    Rasad__V1__Refusal refusal;
    rasad__v1__refusal__init(&refusal);
    refusal.reason = reason_of(error->fault);
    refusal.field = path;
    refusal.message = sentence;
    refusal.have = found;
    refusal.need = needed;
    refusal.next = next;
    uint8_t packed[2 * sizeof sentence + 512];
    must(protobuf_c_message_get_packed_size(&refusal.base) <= sizeof packed);

    Rasad__V1__WireErrorDetail detail, *details[1] = {&detail};
    rasad__v1__wire_error_detail__init(&detail);
    detail.type = type;
    detail.value.len = protobuf_c_message_pack(&refusal.base, packed);
    detail.value.data = packed;
    Rasad__V1__WireError answer;
    rasad__v1__wire_error__init(&answer);
    answer.code = code;
    answer.message = sentence;
    answer.n_details = 1;
    answer.details = details;
    ask->done = true;
    connect_fail(ask->x, &answer);
}

/* ---- who asks ---- */

static bool token_good(const char *token, size_t bytes)
{
    return bytes <= TOKEN_TEXT_BYTES_MAX && http_made_of(token, bytes, "-_=");
}

/* The value of the cookie "rasad"; its length, 0 without one. */
static size_t cookie_of(struct exchange *x, const char **value)
{
    for (const char *at = http_header(x, "cookie"); at != NULL && *at != '\0';) {
        at += strspn(at, "; \t");
        size_t bytes = strcspn(at, ";");
        if (strncmp(at, "rasad=", 6) == 0) {
            *value = at + 6;
            bytes -= 6;
            while (bytes > 0 && (*value)[bytes - 1] == ' ') {
                bytes--;
            }
            return bytes;
        }
        at += bytes;
    }
    return 0;
}

/* A browser sends the cookie whoever made the page: only pages of our own may use it. */
static bool same_origin(struct exchange *x)
{
    const char *site = http_header(x, "sec-fetch-site"), *origin = http_header(x, "origin");
    const char *host = http_header(x, "host");
    if (site != NULL && strcasecmp(site, "same-origin") != 0) {
        return false;
    }
    if (origin == NULL) {
        return site != NULL;
    }
    size_t scheme = strncasecmp(origin, "https://", 8) == 0 ? 8 : !tls_on() && strncasecmp(origin, "http://", 7) == 0 ? 7 : 0;
    return scheme > 0 && host != NULL && strcasecmp(origin + scheme, host) == 0;
}

/* What is only read is not shown to them by the browser either; but how long it took, and whether it was there. */
static bool from_elsewhere(struct exchange *x)
{
    const char *site = http_header(x, "sec-fetch-site");
    return site != NULL && strcasecmp(site, "same-origin") != 0 && strcasecmp(site, "none") != 0;
}

bool connect_token(struct exchange *x, uint8_t hash[HASH_BYTES], bool *given)
{
    const char *header = http_header(x, "authorization"), *token = NULL;
    size_t bytes = 0;
    *given = false;
    if (header != NULL) {
        if (strncasecmp(header, "Bearer ", 7) != 0) {
            http_refuse(x, 0, CODE_UNAUTHENTICATED, "Sign in, then send \"Authorization: Bearer <token>\".");
            return false;
        }
        token = header + 7;
        bytes = strlen(token);
    } else {
        bytes = cookie_of(x, &token);
        if (bytes == 0) {
            return true;
        }
        x->signed_by_cookie = true;
        if (x->verb == VERB_POST ? !same_origin(x) : from_elsewhere(x)) {
            http_refuse(x, 0, CODE_PERMISSION_DENIED, "With the cookie, only pages of this site may call.");
            return false;
        }
    }
    if (!token_good(token, bytes)) {
        http_refuse(x, 0, CODE_UNAUTHENTICATED, "This token is none of ours. Sign in again.");
        return false;
    }
    hash_bytes(token, bytes, hash);
    *given = true;
    return true;
}

/* ---- the headers of our own ---- */

static const char *header_of(struct ask *ask, const char *name)
{
    const char *value = http_header(ask->x, name);
    return value == NULL || *value == '\0' ? NULL : value;
}

static void refuse_header(struct ask *ask, const char *name, const char *needed)
{
    char message[160];
    snprintf(message, sizeof message, "%s: needed %s.", name, needed);
    refuse(ask, 0, CODE_INVALID_ARGUMENT, message);
}

static int64_t number_of(struct ask *ask, const char *name, int64_t least, int64_t most, const char *needed)
{
    const char *value = header_of(ask, name);
    int64_t number = 0;
    if (value != NULL && (!int64_parse(value, &number) || number < least || number > most)) {
        refuse_header(ask, name, needed);
        return 0;
    }
    return number;
}

/* Channels by their names in wire.proto, in lower case; SYSTEM is for ourselves alone. */
static Rasad__V1__Channel channel_of(struct ask *ask)
{
    static const char prefix[] = "CHANNEL_";
    const ProtobufCEnumDescriptor *type = &rasad__v1__channel__descriptor;
    const char *value = header_of(ask, "rasad-channel");
    if (value == NULL) {
        return RASAD__V1__CHANNEL__CHANNEL_API;
    }
    for (unsigned i = 0; i < type->n_values; i++) {
        int number = type->values[i].value;
        bool open = number != RASAD__V1__CHANNEL__CHANNEL_UNKNOWN && number != RASAD__V1__CHANNEL__CHANNEL_SYSTEM;
        if (open && strcasecmp(type->values[i].name + sizeof prefix - 1, value) == 0) {
            return (Rasad__V1__Channel)number;
        }
    }
    refuse_header(ask, "rasad-channel", "app, help_line, sms, import or api");
    return RASAD__V1__CHANNEL__CHANNEL_API;
}

static void read_our_headers(struct ask *ask)
{
    Rasad__V1__Call *call = &ask->call;
    const char *device = header_of(ask, "rasad-device"), *for_whom = header_of(ask, "rasad-on-behalf-of");
    const char *person = header_of(ask, "rasad-person");
    if (device != NULL && (strlen(device) > DEVICE_BYTES_MAX || !utf8_plain(device, strlen(device)))) {
        refuse_header(ask, "rasad-device", "at most 64 bytes of text");
        return;
    }
    if ((for_whom != NULL && !code_ok(for_whom)) || (person != NULL && !code_ok(person))) {
        refuse_header(ask, for_whom != NULL && !code_ok(for_whom) ? "rasad-on-behalf-of" : "rasad-person", "the code of a person");
        return;
    }
    call->channel = channel_of(ask);
    call->device = device == NULL ? call->device : arena_strdup(ask->arena, device);
    call->on_behalf_of = for_whom == NULL ? call->on_behalf_of : arena_strdup(ask->arena, for_whom);
    call->person = person == NULL ? call->person : arena_strdup(ask->arena, person);
    call->device_time_ms =
        number_of(ask, "rasad-device-time", 0, DEVICE_NUMBER_MAX, "milliseconds since 1970-01-01 in UTC");
    call->device_offset_min = (int32_t)number_of(ask, "rasad-device-offset", -OFFSET_MIN_MAX, OFFSET_MIN_MAX,
                                                 "minutes east of UTC, -840 to 840");
    call->device_sequence = number_of(ask, "rasad-device-sequence", 0, DEVICE_NUMBER_MAX, "a whole number from 1");
    ask->x->cookie_wanted = http_lists(http_header(ask->x, "rasad-cookie"), "1");
}

/* ---- the headers of the protocol ---- */

/* Positive, at most 10 digits; missing: our own. */
static int64_t timeout_of(struct ask *ask)
{
    const char *value = header_of(ask, "connect-timeout-ms");
    int64_t ms = CALL_MS;
    if (value != NULL && (strlen(value) > 10 || !int64_parse(value, &ms) || ms < 0)) {
        refuse_header(ask, "connect-timeout-ms", "a positive whole number of at most 10 digits");
        return 0;
    }
    if (ms == 0) {
        refuse(ask, 0, CODE_DEADLINE_EXCEEDED, "There was no time to do it in.");
    }
    return ms < CALL_MS_MAX ? ms : CALL_MS_MAX;
}

static void read_encoding(struct ask *ask, const char *encoding)
{
    ask->zipped = encoding != NULL && strcasecmp(encoding, "gzip") == 0;
    if (encoding != NULL && *encoding != '\0' && !ask->zipped && strcasecmp(encoding, "identity") != 0) {
        refuse(ask, 0, CODE_UNIMPLEMENTED, "This compression is not known here. Known are gzip and identity.");
    }
}

static bool is_type(const char *header, const char *type)
{
    size_t bytes = strlen(type);
    return header != NULL && strncasecmp(header, type, bytes) == 0 &&
           (header[bytes] == '\0' || strchr(" \t;", header[bytes]) != NULL);
}

static void read_post(struct ask *ask)
{
    const char *type = http_header(ask->x, "content-type");
    ask->x->proto = is_type(type, "application/proto");
    if (!ask->x->proto && !is_type(type, "application/json")) {
        refuse(ask, 415, CODE_UNKNOWN, "Send content-type: application/json, or application/proto.");
        return;
    }
    read_encoding(ask, http_header(ask->x, "content-encoding"));
    ask->body = ask->x->body;
    ask->bytes = ask->x->body_bytes;
}

/* ---- the query of a GET ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Undoes percent and plus encoding; NULL for a malformed one. */
static uint8_t *undo_percent(struct arena *arena, const char *text, size_t bytes, size_t *out_bytes)
{
    uint8_t *out = arena_alloc(arena, bytes + 1);
    size_t count = 0;
    for (size_t i = 0; out != NULL && i < bytes; i++) {
        int byte = text[i] == '+' ? ' ' : (unsigned char)text[i];
        if (text[i] == '%') {
            int high = bytes - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = bytes - i > 2 ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return NULL;
            }
            byte = high * 16 + low;
            i += 2;
        }
        out[count++] = (uint8_t)byte;
    }
    if (out != NULL) {
        out[count] = '\0';
    }
    *out_bytes = count;
    return out;
}

enum parameter { PARAMETER_CONNECT, PARAMETER_ENCODING, PARAMETER_MESSAGE, PARAMETER_BASE64, PARAMETER_COMPRESSION };
static const char *const parameter_names[] = {"connect", "encoding", "message", "base64", "compression"};
enum { PARAMETERS = sizeof parameter_names / sizeof parameter_names[0] };

struct parameter_value {
    uint8_t *bytes; /* decoded, with a NUL after it; NULL: not given */
    size_t size;
};

static void read_parameter(struct ask *ask, const char *text, size_t bytes, struct parameter_value values[PARAMETERS])
{
    const char *equals = memchr(text, '=', bytes);
    size_t name_bytes = equals == NULL ? bytes : (size_t)(equals - text);
    for (size_t i = 0; i < PARAMETERS; i++) {
        if (strlen(parameter_names[i]) != name_bytes || memcmp(parameter_names[i], text, name_bytes) != 0) {
            continue;
        }
        const char *value = equals == NULL ? text + bytes : equals + 1;
        if (values[i].bytes != NULL) {
            refuse(ask, 0, CODE_INVALID_ARGUMENT, "A parameter of the query is given twice.");
            return;
        }
        values[i].bytes = undo_percent(ask->arena, value, (size_t)(text + bytes - value), &values[i].size);
        if (values[i].bytes == NULL) {
            refuse(ask, 0, CODE_INVALID_ARGUMENT, "The query is not percent-encoded as it should be.");
        }
        return;
    }
}

static bool value_is(const struct parameter_value *value, const char *text)
{
    return value->bytes != NULL && strcmp((const char *)value->bytes, text) == 0;
}

static void undo_base64(struct ask *ask)
{
    const char *text = (const char *)ask->body;
    size_t bytes = ask->bytes, got = 0;
    while (bytes > 0 && text[bytes - 1] == '=') {
        bytes--;
    }
    uint8_t *out = arena_alloc(ask->arena, bytes + 1);
    bool good = out != NULL && sodium_base642bin(out, bytes + 1, text, bytes, NULL, &got, NULL,
                                                 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
    if (!good) {
        refuse(ask, 0, CODE_INVALID_ARGUMENT, "message: needed URL-safe base64.");
    }
    ask->body = out;
    ask->bytes = got;
}

static void read_get(struct ask *ask)
{
    struct parameter_value values[PARAMETERS] = {{0}};
    for (const char *at = ask->x->query; *at != '\0' && !ask->done;) {
        size_t bytes = strcspn(at, "&");
        read_parameter(ask, at, bytes, values);
        at += bytes + (at[bytes] == '&' ? 1 : 0);
    }
    if (ask->done) {
        return; /* answered, and its memory with it */
    }
    bool base64 = value_is(&values[PARAMETER_BASE64], "1");
    ask->x->proto = value_is(&values[PARAMETER_ENCODING], "proto");
    if (values[PARAMETER_CONNECT].bytes != NULL && !value_is(&values[PARAMETER_CONNECT], "v1")) {
        refuse(ask, 0, CODE_INVALID_ARGUMENT, "connect: needed v1.");
    } else if (!ask->x->proto && !value_is(&values[PARAMETER_ENCODING], "json")) {
        refuse(ask, 415, CODE_UNKNOWN, "encoding: needed json or proto.");
    } else if (values[PARAMETER_MESSAGE].bytes == NULL) {
        refuse(ask, 0, CODE_INVALID_ARGUMENT, "message: needed the request, in the encoding named.");
    } else if (values[PARAMETER_BASE64].bytes != NULL && !base64) {
        refuse(ask, 0, CODE_INVALID_ARGUMENT, "base64: needed 1, or nothing.");
    }
    if (ask->done) {
        return;
    }
    read_encoding(ask, (const char *)values[PARAMETER_COMPRESSION].bytes);
    ask->body = values[PARAMETER_MESSAGE].bytes;
    ask->bytes = values[PARAMETER_MESSAGE].size;
    if (base64) {
        undo_base64(ask);
    }
}

/* ---- the message ---- */

static void unzip(struct ask *ask)
{
    void *out = NULL;
    if (!ask->zipped || ask->bytes == 0) {
        return; /* an empty body is never compressed */
    }
    switch (gzip_unpack(ask->arena, ask->body, ask->bytes, BODY_BYTES_MAX, &out, &ask->bytes)) {
    case ERR_OK:
        ask->body = out;
        return;
    case ERR_TOO_BIG:
        refuse(ask, 413, CODE_RESOURCE_EXHAUSTED,
               "The body is larger than 512 KiB when unpacked. Send it in several requests.");
        return;
    case ERR_MALFORMED:
        refuse(ask, 0, CODE_INVALID_ARGUMENT, "The body is not gzip, or not all of it came.");
        return;
    default:
        refuse(ask, 0, CODE_RESOURCE_EXHAUSTED, "There is no room to unpack the body.");
    }
}

/* Into the packed message of the call. */
static void read_message(struct ask *ask)
{
    struct json_error error;
    const ProtobufCMessageDescriptor *type = ask->x->route->request;
    if (ask->x->proto) {
        union {
            const uint8_t *constant;
            uint8_t *plain;
        } body = {.constant = ask->body}; /* wire_call copies it */
        if (!pb_check_wire(type, ask->body, ask->bytes, &error)) {
            refuse_field(ask, &error);
            return;
        }
        ask->call.body.data = body.plain;
        ask->call.body.len = ask->bytes;
        return;
    }
    ProtobufCMessage *message =
        json_decode(type, ask->bytes == 0 ? "" : (const char *)ask->body, ask->bytes, arena_pb(ask->arena), &error);
    if (message == NULL) {
        refuse_field(ask, &error);
        return;
    }
    uint8_t *packed = arena_alloc(ask->arena, protobuf_c_message_get_packed_size(message));
    if (packed == NULL) {
        refuse(ask, 0, CODE_RESOURCE_EXHAUSTED, "There is no room for the request.");
        return;
    }
    ask->call.body.data = packed;
    ask->call.body.len = protobuf_c_message_pack(message, packed);
}

/* ---- the answer ---- */

enum { TAG_HASH_BYTES = 16, TAG_BYTES = 2 * TAG_HASH_BYTES + 8 };

/* The body's hash in quotes, marked when it goes out compressed: those are other bytes. True: the client has it, in
 * whichever form. */
static bool entity_tag(struct exchange *x, const void *body, size_t bytes, bool zipped, char etag[TAG_BYTES])
{
    uint8_t hash[HASH_BYTES];
    char hex[2 * TAG_HASH_BYTES + 1];
    hash_bytes(body, bytes, hash);
    sodium_bin2hex(hex, sizeof hex, hash, TAG_HASH_BYTES);
    snprintf(etag, TAG_BYTES, "\"%s%s\"", hex, zipped ? "-gz" : "");
    const char *known = http_header(x, "if-none-match");
    return known != NULL && (strstr(known, hex) != NULL || strcmp(known, "*") == 0);
}

enum { COOKIE_BYTES_MAX = TOKEN_TEXT_BYTES_MAX + 128 }; /* the token and its attributes */

/* The cookie of a session that begins or ends with this answer; false when there is none. */
static bool cookie_line(struct exchange *x, const Rasad__V1__Answer *answer, struct arena *arena,
                        char line[COOKIE_BYTES_MAX])
{
    const char *over = http_header(x, "x-forwarded-proto");
    bool proxied = x->gateway->config.behind_proxy && over != NULL && strcasecmp(over, "https") == 0;
    const char *secure = tls_on() || proxied ? "; Secure" : "";
    if (strcmp(x->route->method, "Registry/SignOut") == 0 && x->signed_by_cookie) {
        snprintf(line, COOKIE_BYTES_MAX, "rasad=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict%s", secure);
        return true;
    }
    if (strcmp(x->route->method, "Registry/SignIn") != 0 || !x->cookie_wanted) {
        return false;
    }
    Rasad__V1__SignInResponse *reply =
        rasad__v1__sign_in_response__unpack(arena_pb(arena), answer->body.len, answer->body.data);
    if (reply == NULL || !token_good(reply->token, strlen(reply->token))) {
        return false;
    }
    int64_t left_s = (reply->expires_ms - now_ms()) / 1000;
    snprintf(line, COOKIE_BYTES_MAX, "rasad=%s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Strict%s", reply->token,
             left_s > 0 ? left_s : 0, secure);
    return true;
}

static void reply_with(struct exchange *x, const Rasad__V1__Answer *from, const void *body, size_t bytes)
{
    struct arena *arena = &x->gateway->scratch;
    char etag[TAG_BYTES], cookie[COOKIE_BYTES_MAX];
    bool zip = x->gzip && bytes > GZIP_ANSWER_BYTES_MIN;
    void *zipped = NULL;
    struct answer answer = {.status = 200,
                            .code = METRIC_OK,
                            .type = x->proto ? "application/proto" : "application/json",
                            .body = body,
                            .bytes = bytes};
    size_t extra = 0;
    if (cookie_line(x, from, arena, cookie)) {
        answer.extra[extra][0] = "set-cookie";
        answer.extra[extra++][1] = cookie;
    }
    if (x->verb != VERB_POST) {
        bool known = entity_tag(x, body, bytes, zip, etag);
        answer.etag = etag;
        answer.cache = "private, no-cache";
        answer.extra[extra][0] = "vary";
        answer.extra[extra++][1] = "accept-encoding, authorization, cookie";
        if (known) {
            answer.status = 304;
            answer.type = NULL;
        }
    }
    if (zip && answer.type != NULL && gzip_pack(arena, body, bytes, &zipped, &answer.bytes)) {
        answer.body = zipped;
        answer.encoding = "gzip";
    }
    http_answer(x, &answer);
}

static void reply(struct exchange *x, const Rasad__V1__Answer *answer)
{
    struct arena *arena = &x->gateway->scratch;
    arena_reset(arena);
    if (x->proto) {
        reply_with(x, answer, answer->body.data, answer->body.len);
        return;
    }
    ProtobufCMessage *message =
        protobuf_c_message_unpack(x->route->reply, arena_pb(arena), answer->body.len, answer->body.data);
    struct json_out out;
    json_out_init(&out, ANSWER_BYTES_MAX, arena_pb(arena));
    if (message != NULL) {
        json_put_message(&out, message);
    }
    if (message != NULL && out.full) {
        http_refuse(x, 0, CODE_RESOURCE_EXHAUSTED, "The answer is too large as JSON. Ask for less at once.");
        return;
    }
    if (message == NULL || out.failed) {
        http_refuse(x, 0, CODE_INTERNAL, "The answer could not be written as JSON.");
        return;
    }
    reply_with(x, answer, out.text, out.bytes);
}

static void answered(void *ctx, const Rasad__V1__Answer *answer)
{
    struct exchange *x = ctx;
    must(x->magic == EXCHANGE_MAGIC && x->step == STEP_RUNNING);
    if (answer->error != NULL) {
        connect_fail(x, answer->error);
    } else {
        reply(x, answer);
    }
}

/* ---- the call ---- */

/* A password takes the doorkeeper long, and everybody waits in one line there: nobody has more than a few in it. */
static bool door_share(struct exchange *x)
{
    if (x->route->peer != PEER_DOORKEEPER || x->client == NULL) {
        return true;
    }
    if (x->client->at_door >= CLIENT_AT_DOOR_MAX) {
        return false;
    }
    x->client->at_door++;
    x->at_door = true;
    return true;
}

static void send_call(struct ask *ask)
{
    struct exchange *x = ask->x;
    if (!door_share(x)) {
        ask->done = true;
        http_refuse_share(x);
        return;
    }
    enum err err = ask->arena->full ? ERR_MEMORY
                                    : wire_call(x->gateway->peers.clients[x->route->peer], &ask->call,
                                                mono_ms() + ask->wait_ms, answered, x);
    if (err == ERR_OK) {
        return;
    }
    bool busy = err == ERR_BUSY;
    refuse(ask, 0, busy ? CODE_UNAVAILABLE : wire_code_of_err(err),
           busy ? "Too much is waiting already. Try again in a moment." : err_text(err));
}

void connect_run(struct exchange *x)
{
    struct ask ask = {.x = x, .arena = &x->gateway->scratch};
    bool given = false;
    union {
        const char *constant;
        char *plain;
    } method = {.constant = x->route->method}; /* wire_call copies it */
    arena_reset(ask.arena);
    rasad__v1__call__init(&ask.call);
    ask.call.method = method.plain;
    ask.call.request_trace = x->trace;
    if (x->client != NULL) {
        ask.call.client.data = x->client->address.bytes; /* wire_call copies it */
        ask.call.client.len = x->client->address.count;
    }
    if (x->verb == VERB_POST) {
        read_post(&ask);
    } else {
        read_get(&ask);
    }
    x->gzip = http_lists(http_header(x, "accept-encoding"), "gzip");
    ask.wait_ms = timeout_of(&ask);
    if (!ask.done) {
        read_our_headers(&ask);
    }
    if (!ask.done) {
        ask.done = !connect_token(x, ask.token_hash, &given);
    }
    if (given) {
        ask.call.token_hash.data = ask.token_hash;
        ask.call.token_hash.len = sizeof ask.token_hash;
    }
    if (!ask.done) {
        unzip(&ask);
    }
    if (!ask.done) {
        read_message(&ask);
    }
    if (!ask.done) {
        send_call(&ask);
    }
}
