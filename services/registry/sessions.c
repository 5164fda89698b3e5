/* sessions.c - see sessions.h.
 * Ends:    at SESSION_MS; after SESSION_IDLE_MS without use; by SignOut; by a new password (all others of that person);
 *          those of a phone, when it is enrolled again. Ended rows are swept a few at each sign-in, from a random place on.
 */
#include "registry/sessions.h"

#include "base/clock.h"
#include "base/log.h"
#include "registry/inside.h"
#include "registry/throttle.h"
#include "registry/tokens.h"

#include <string.h>

/* ---- devices */

static struct key key_of_text(const char *text)
{
    uint8_t hash[HASH_BYTES];
    hash_bytes(text, strlen(text), hash);
    return session_key(hash);
}

/* Digits have another text before them: nobody signs in with them as a key. */
static struct key key_of_claim(const char *digits)
{
    char text[sizeof "claim " + CLAIM_DIGITS];
    snprintf(text, sizeof text, "claim %s", digits);
    return key_of_text(text);
}

static Rasad__V1__DeviceRow *device_at(struct txn *txn, const struct key *k)
{
    return row_get(txn, TABLE_device, k, &rasad__v1__device_row__descriptor);
}

static Rasad__V1__DeviceRow *device_of_key(struct txn *txn, const char *device_key)
{
    struct key k = key_of_text(device_key);
    Rasad__V1__DeviceRow *row = device_key[0] != '\0' ? device_at(txn, &k) : NULL;
    return row != NULL && row->claim_until_ms == 0 ? row : NULL;
}

static bool device_names(const Rasad__V1__DeviceRow *device, const char *person)
{
    for (size_t i = 0; device != NULL && i < device->n_people; i++)
        if (strcmp(device->people[i], person) == 0) return true;
    return false;
}

/* ---- who asks */

/* NULL: there is none, or he was forgotten. */
static Rasad__V1__PersonRow *person_here(struct txn *txn, uint32_t id)
{
    Rasad__V1__PersonRow *row = id != 0 ? person_row(txn, id) : NULL;
    return row != NULL && row->commitment.len > 0 ? row : NULL;
}

/* At its end, or not used for too long. What only sends a phone's entries lies in a drawer, and the console is a file. */
static bool session_over(const Rasad__V1__SessionRow *session, int64_t now_ms)
{
    bool idles = !session->console && !session->entries_only;
    return (session->expires_ms != 0 && session->expires_ms <= now_ms) ||
           (idles && now_ms - session->used_ms >= SESSION_IDLE_MS);
}

void session_used(struct txn *txn, const Rasad__V1__Call *wire, int64_t now_ms)
{
    if (wire->token_hash.len != HASH_BYTES) return;
    struct key k = session_key(wire->token_hash.data);
    Rasad__V1__SessionRow *session = row_get(txn, TABLE_session, &k, &rasad__v1__session_row__descriptor);
    if (session == NULL || session_over(session, now_ms) || now_ms - session->used_ms < SESSION_NOTED_MS) return;
    session->used_ms = now_ms;
    row_put(txn, TABLE_session, &k, &session->base);
}

void caller_find(struct txn *txn, const Rasad__V1__Call *wire, int64_t now_ms, struct caller *caller)
{
    *caller = (struct caller){.code = ""};
    if (wire->token_hash.len != HASH_BYTES) return;
    struct key k = session_key(wire->token_hash.data);
    const Rasad__V1__SessionRow *session = row_get(txn, TABLE_session, &k, &rasad__v1__session_row__descriptor);
    if (session == NULL || session_over(session, now_ms)) return;
    if (session->console) {
        *caller = (struct caller){.signed_in = true, .all = true, .code = "console"};
        return;
    }
    const Rasad__V1__PersonRow *person = person_here(txn, (uint32_t)session->person);
    if (person == NULL || (wire->person[0] != '\0' && strcmp(wire->person, person->code) != 0)) return;
    caller->signed_in = true;
    caller->entries_only = session->entries_only;
    caller->unnoted = !wire->unattended && !session->entries_only && now_ms - session->used_ms >= SESSION_NOTED_MS;
    caller->code = person->code;
    caller->person = (uint32_t)session->person;
    for (size_t i = 0; i < person->n_roles && caller->n < ROLES_PER_PERSON_MAX; i++) {
        uint32_t place = code_id(txn, CODE_PLACE, person->roles[i]->place);
        if (place == 0 || person->roles[i]->role <= 0 || person->roles[i]->role > 30) continue;
        caller->roles[caller->n].role = (uint32_t)person->roles[i]->role;
        caller->roles[caller->n++].place = place;
    }
}

bool caller_helps(struct txn *txn, const struct caller *caller, const Rasad__V1__PersonRow *person)
{
    struct place place;
    if (person == NULL || person->commitment.len == 0) return false;
    for (size_t i = 0; i < person->n_roles; i++) {
        if ((ROLE_BIT(ADMINISTRATOR) | ROLE_BIT(AUDITOR) | ROLE_BIT(HELPLINE)) >> person->roles[i]->role & 1) return false;
        if (!place_find(txn, person->roles[i]->place, &place) || !caller_covers(caller, HELPLINE, &place)) return false;
    }
    return person->n_roles > 0;
}

/* ---- signing in */

/* argon2id with the numbers of limits.h of bytes nobody knows: nothing fits it. */
static const char no_password[crypto_pwhash_STRBYTES] =
    "$argon2id$v=19$m=32768,t=3,p=1$4UBTneVNNRw/dwjLhm4b6w$hTMKhp1geGpg8ddnraREvLWkbap1UuTfyPVoDnPkCFE";

enum { SIGN_IN_COUNTERS = 3, KNOWN_DEVICE_BYTES = 16 };

struct sign_in {
    struct tries tries[SIGN_IN_COUNTERS];
    size_t tries_n;
    bool open;         /* the counters let it through */
    uint32_t person;   /* 0: no such login */
    const char *code;  /* of the person */
    char hash[crypto_pwhash_STRBYTES]; /* to verify against; "" none */
    const char *device;
    bool good;         /* the password or PIN fits */
};

static const char *copied(struct call *call, const char *text)
{
    const char *copy = arena_strdup(call->arena, text);
    return copy != NULL ? copy : "";
}

static bool sign_in_shape(struct call *call)
{
    const Rasad__V1__SignInRequest *request = (const void *)call->request;
    size_t bytes = strlen(request->password);
    check_code(call, "login", request->login);
    if ((bytes == 0) == (request->pin[0] == '\0'))
        refuse_request(call, REASON_MISSING, "password", "", "either a password or a PIN");
    if (bytes > 0 && (bytes < PASSWORD_TYPED_BYTES_MIN || bytes > PASSWORD_BYTES_MAX))
        refuse_request(call, REASON_OUT_OF_RANGE, "password", "", "4 to 128 bytes");
    if (request->pin[0] != '\0' && !pin_ok(request->pin))
        refuse_request(call, REASON_BAD_FORMAT, "pin", "", "4 to 8 digits");
    if (request->pin[0] != '\0' && request->device_key[0] == '\0')
        refuse_request(call, REASON_MISSING, "device_key", "", "the key of an enrolled phone: a PIN is good there alone");
    if (strlen(request->device_key) >= SECRET_TEXT_BYTES)
        refuse_request(call, REASON_OUT_OF_RANGE, "device_key", "", "the key as EnrolDevice gave it");
    return !refused(call);
}

static Rasad__V1__CredentialRow *credential_row(struct txn *txn, const char *person)
{
    struct key k = key("s", person);
    return row_get(txn, TABLE_credential, &k, &rasad__v1__credential_row__descriptor);
}

static const char *hash_of_person(struct txn *txn, const char *code, bool pin)
{
    const Rasad__V1__CredentialRow *row = credential_row(txn, code);
    return row == NULL ? "" : pin ? row->pin : row->password;
}

/* Names of devices are kept as hashes, with the person's code: nobody learns them from the store. */
static void device_name_hash(const char *person, const char *device, uint8_t hash[KNOWN_DEVICE_BYTES])
{
    uint8_t whole[HASH_BYTES];
    const struct hash_part parts[] = {{person, strlen(person) + 1}, {device, strlen(device)}};
    hash_parts(parts, 2, whole);
    memcpy(hash, whole, KNOWN_DEVICE_BYTES);
}

static bool device_known(struct call *call, const char *person)
{
    uint8_t hash[KNOWN_DEVICE_BYTES];
    const Rasad__V1__CredentialRow *row = credential_row(call->txn, person);
    device_name_hash(person, call->wire->device, hash);
    for (size_t i = 0; row != NULL && call->wire->device[0] != '\0' && i < row->n_known_devices; i++)
        if (row->known_devices[i].len == sizeof hash && memcmp(row->known_devices[i].data, hash, sizeof hash) == 0) return true;
    return false;
}

/* She has signed in here: the next time she is no stranger. */
static void device_remember(struct call *call, const char *person)
{
    Rasad__V1__CredentialRow *row = credential_row(call->txn, person);
    if (row == NULL || call->wire->device[0] == '\0' || device_known(call, person)) return;
    size_t kept = row->n_known_devices < KNOWN_DEVICES_MAX ? row->n_known_devices : KNOWN_DEVICES_MAX - 1;
    ProtobufCBinaryData *known = arena_array(call->arena, kept + 1, sizeof *known);
    uint8_t *hash = arena_alloc(call->arena, KNOWN_DEVICE_BYTES);
    if (known == NULL || hash == NULL) return;
    for (size_t i = 0; i < kept; i++) known[i] = row->known_devices[row->n_known_devices - kept + i];
    device_name_hash(person, call->wire->device, hash);
    known[kept] = (ProtobufCBinaryData){KNOWN_DEVICE_BYTES, hash};
    row->known_devices = known;
    row->n_known_devices = kept + 1;
    struct key k = key("s", person);
    row_put(call->txn, TABLE_credential, &k, &row->base);
}

/* Whose tries these are: see throttle.h. */
static void sign_in_counters(struct call *call, const Rasad__V1__SignInRequest *request, bool enrolled, struct sign_in *found)
{
    const ProtobufCBinaryData client = call->wire->client;
    const char *device = call->wire->device;
    if (enrolled) {
        found->tries[found->tries_n++] =
            throttle_of(THROTTLE_PHONE, request->login, request->device_key, strlen(request->device_key));
    } else if (device_known(call, request->login)) {
        found->tries[found->tries_n++] = throttle_of(THROTTLE_KNOWN, request->login, device, strlen(device));
    } else {
        found->tries[found->tries_n++] = throttle_of(THROTTLE_STRANGER, request->login, client.data, client.len);
        found->tries[found->tries_n++] = throttle_of(THROTTLE_STRANGERS, request->login, NULL, 0);
        if (client.len > 0) found->tries[found->tries_n++] = throttle_of(THROTTLE_ADDRESS, "", client.data, client.len);
    }
    found->open = true;
    for (size_t i = 0; i < found->tries_n; i++) found->open = found->open && throttle_open(found->tries[i], mono_ms());
}

static void sign_in_read(struct call *call)
{
    const Rasad__V1__SignInRequest *request = (const void *)call->request;
    struct sign_in *found = arena_alloc(call->arena, sizeof *found);
    if (found == NULL || !sign_in_shape(call)) return;
    call->prepared = found;
    bool pin = request->pin[0] != '\0';
    const Rasad__V1__DeviceRow *device = device_of_key(call->txn, request->device_key);
    if (!device_names(device, request->login)) device = NULL;
    sign_in_counters(call, request, device != NULL, found);
    found->person = code_id(call->txn, CODE_PERSON, request->login);
    const Rasad__V1__PersonRow *person = person_here(call->txn, found->person);
    found->code = person != NULL ? copied(call, person->code) : "";
    if (person != NULL && (!pin || device != NULL))
        snprintf(found->hash, sizeof found->hash, "%s", hash_of_person(call->txn, person->code, pin));
    found->device = device != NULL ? copied(call, device->code) : "";
}

static void sign_in_work(struct call *call)
{
    const Rasad__V1__SignInRequest *request = (const void *)call->request;
    struct sign_in *found = call->prepared;
    if (!found->open) {
        log_event(LOG_WARN, "sign-in held back person=%s", found->code);
        return;
    }
    const char *secret = request->pin[0] != '\0' ? request->pin : request->password;
    bool known = found->hash[0] != '\0';
    bool fits = crypto_pwhash_str_verify(known ? found->hash : no_password, secret, strlen(secret)) == 0;
    found->good = known && fits;
    for (size_t i = 0; i < found->tries_n; i++) {
        if (found->good) throttle_right(found->tries[i]);
        else throttle_wrong(found->tries[i], mono_ms());
    }
    if (!found->good) log_event(LOG_WARN, "sign-in refused person=%s", found->code);
}

/* A few rows from this one on: whoever signs in clears away what others left. */
static void sessions_sweep(struct txn *txn, struct key from, int64_t now_ms)
{
    struct scan scan;
    struct key ended[SESSIONS_SWEPT];
    size_t n = 0;
    bool again = false;
    scan_begin(&scan, txn, TABLE_session, &from, 0);
    for (int i = 0; i < SESSIONS_SWEPT; i++) {
        if (!scan_next(&scan)) { /* round: the first rows have nearly nothing before them */
            const struct key first = {.n = 0};
            if (again) break;
            again = true;
            scan_seek(&scan, &first);
            if (!scan_next(&scan)) break;
        }
        const Rasad__V1__SessionRow *row = row_unpack(txn, scan.value, &rasad__v1__session_row__descriptor);
        if (row != NULL && session_over(row, now_ms) && scan.key.bytes == HASH_BYTES)
            ended[n++] = session_key(scan.key.data);
    }
    scan_end(&scan);
    for (size_t i = 0; i < n; i++) txn_del(txn, TABLE_session, &ended[i]);
}

static const char *session_put(struct call *call, const struct sign_in *found, int64_t expires_ms, bool entries_only,
                               uint8_t hash[HASH_BYTES])
{
    char text[SECRET_TEXT_BYTES];
    Rasad__V1__SessionRow row;
    secret_make(text, hash);
    struct key k = session_key(hash);
    rasad__v1__session_row__init(&row);
    row.person = (int32_t)found->person;
    row.expires_ms = expires_ms;
    row.device = (char *)(uintptr_t)found->device;
    row.entries_only = entries_only;
    row.used_ms = call->now_ms;
    row_put(call->txn, TABLE_session, &k, &row.base);
    return copied(call, text);
}

static const char *session_begin(struct call *call, const struct sign_in *found, int64_t expires_ms)
{
    uint8_t hash[HASH_BYTES];
    const char *token = session_put(call, found, expires_ms, false, hash);
    sessions_sweep(call->txn, session_key(hash), call->now_ms);
    return token;
}

static void entry_token_end(struct txn *txn, ProtobufCBinaryData *token)
{
    if (token->len != HASH_BYTES) return;
    struct key k = session_key(token->data);
    txn_del(txn, TABLE_session, &k);
    *token = (ProtobufCBinaryData){0, NULL};
}

/* The phone sends her entries whoever holds it by then: a session would have ended, or be another's. One a person and
 * phone: the one before ends. */
static const char *entry_token_begin(struct call *call, const struct sign_in *found)
{
    const Rasad__V1__SignInRequest *request = (const void *)call->request;
    struct key k = key_of_text(request->device_key);
    Rasad__V1__DeviceRow *device = device_of_key(call->txn, request->device_key);
    ProtobufCBinaryData *tokens;
    if (!device_names(device, found->code)) return "";
    tokens = arena_array(call->arena, device->n_people, sizeof *tokens);
    uint8_t *hash = arena_alloc(call->arena, HASH_BYTES);
    if (tokens == NULL || hash == NULL) return "";
    for (size_t i = 0; i < device->n_people; i++) {
        tokens[i] = i < device->n_entry_tokens ? device->entry_tokens[i] : (ProtobufCBinaryData){0, NULL};
        if (strcmp(device->people[i], found->code) != 0) continue;
        entry_token_end(call->txn, &tokens[i]);
        tokens[i] = (ProtobufCBinaryData){HASH_BYTES, hash};
    }
    const char *token = session_put(call, found, call->now_ms + ENTRY_TOKEN_MS, true, hash);
    device->entry_tokens = tokens;
    device->n_entry_tokens = device->n_people;
    row_put(call->txn, TABLE_device, &k, &device->base);
    return token;
}

/* Nothing has changed since it was verified, outside this transaction. */
static bool still_good(struct call *call, const struct sign_in *found)
{
    const Rasad__V1__SignInRequest *request = (const void *)call->request;
    return found->good && person_here(call->txn, found->person) != NULL &&
           strcmp(found->hash, hash_of_person(call->txn, found->code, request->pin[0] != '\0')) == 0;
}

void handle_sign_in(struct call *call)
{
    const struct sign_in *found = call->prepared;
    Rasad__V1__SignInResponse *reply = make(call, sign_in_response);
    struct place place;
    if (!sign_in_shape(call) || reply == NULL) return;
    if (found == NULL) { /* the preparation failed: a moment later it may not */
        call->txn->err = ERR_UNAVAILABLE;
        return;
    }
    if (!found->open) {
        refuse_words(call, REASON_TOO_MANY_TRIES, "login", "too many wrong ones", "5 minutes without one");
        return;
    }
    if (!still_good(call, found)) {
        refuse_words(call, REASON_WRONG_PASSWORD, "password", "", "");
        return;
    }
    const Rasad__V1__PersonRow *person = person_row(call->txn, found->person);
    const Rasad__V1__PrivateRow *private = private_get(call->txn, CODE_PERSON, found->code);
    if (person == NULL) return;
    reply->expires_ms = call->now_ms + SESSION_MS;
    device_remember(call, person->code);
    reply->token = (char *)(uintptr_t)session_begin(call, found, reply->expires_ms);
    if (found->device[0] != '\0') reply->entry_token = (char *)(uintptr_t)entry_token_begin(call, found);
    reply->person = person->code;
    if (private != NULL) reply->name = private->name;
    reply->n_roles = person->n_roles;
    reply->roles = person->roles;
    if (person->n_roles > 0 && place_find(call->txn, person->roles[0]->place, &place))
        reply->place_kind = (char *)(uintptr_t)kind_code(call->txn, place.kind);
    call->reply = &reply->base;
}

void handle_sign_out(struct call *call)
{
    call->reply = make(call, empty);
    if (!call->caller.signed_in || call->caller.person == 0) return; /* the console's token is a file: it stays */
    struct key k = session_key(call->wire->token_hash.data);
    txn_del(call->txn, TABLE_session, &k);
}

/* Ends the sessions of a person, or those begun on a phone, but for the one that asks. Keys first: a scan does not survive
 * deletions. */
static void sessions_end(struct call *call, uint32_t person, const char *device)
{
    const ProtobufCBinaryData but = call->wire->token_hash;
    struct scan scan;
    struct key from = {.n = 0}, *ended = NULL;
    size_t n = 0, room = 0;
    for (scan_begin(&scan, call->txn, TABLE_session, &from, 0); scan_next(&scan);) {
        size_t mark = arena_mark(call->arena);
        const Rasad__V1__SessionRow *row = row_unpack(call->txn, scan.value, &rasad__v1__session_row__descriptor);
        bool its = row != NULL && !row->console && scan.key.bytes == HASH_BYTES &&
                   ((person != 0 && (uint32_t)row->person == person) || (device[0] != '\0' && strcmp(row->device, device) == 0));
        arena_release(call->arena, mark);
        if (!its || (but.len == HASH_BYTES && memcmp(scan.key.data, but.data, HASH_BYTES) == 0)) continue;
        if (n == room) {
            struct key *more = arena_array(call->arena, room * 2 + 16, sizeof *more);
            if (more == NULL) break;
            if (n > 0) memcpy(more, ended, n * sizeof *ended);
            ended = more;
            room = room * 2 + 16;
        }
        ended[n++] = session_key(scan.key.data);
    }
    scan_end(&scan);
    for (size_t i = 0; i < n; i++) txn_del(call->txn, TABLE_session, &ended[i]);
}

/* ---- passwords */

struct new_password {
    bool pin;
    bool own;   /* for oneself: what stands now must be given */
    bool open;  /* and may be tried */
    bool fits;
    struct tries tries;
    char stands[crypto_pwhash_STRBYTES]; /* to verify it against; empty: nothing stands yet */
    char hash[crypto_pwhash_STRBYTES]; /* empty: there was no memory for it */
};

static bool password_shape(struct call *call)
{
    const Rasad__V1__SetPasswordRequest *request = (const void *)call->request;
    size_t bytes = strlen(request->password);
    check_code(call, "person", request->person);
    if ((bytes == 0) == (request->pin[0] == '\0'))
        refuse_request(call, REASON_MISSING, "password", "", "either a password or a PIN");
    if (bytes > 0 && (bytes < PASSWORD_BYTES_MIN || bytes > PASSWORD_BYTES_MAX))
        refuse_request(call, REASON_OUT_OF_RANGE, "password", "", "8 to 128 bytes");
    if (request->pin[0] != '\0' && !pin_ok(request->pin))
        refuse_request(call, REASON_BAD_FORMAT, "pin", "", "4 to 8 digits");
    if (strlen(request->old) > PASSWORD_BYTES_MAX) refuse_request(call, REASON_OUT_OF_RANGE, "old", "", "at most 128 bytes");
    return !refused(call);
}

/* A PIN is good on an enrolled phone alone, which who answers calls does not hold: so she may set one for who called. */
static bool may_set_pin(struct call *call, const char *code, uint32_t *id)
{
    *id = code_id(call->txn, CODE_PERSON, code);
    return caller_helps(call->txn, &call->caller, person_here(call->txn, *id));
}

/* Everybody for himself; for others who looks after them. */
static bool find_password_person(struct call *call, uint32_t *id)
{
    const Rasad__V1__SetPasswordRequest *request = (const void *)call->request;
    Rasad__V1__PersonRow *row;
    if (call->caller.person != 0 && strcmp(call->caller.code, request->person) == 0) {
        *id = call->caller.person;
        return true;
    }
    if (request->pin[0] != '\0' && caller_has(&call->caller, HELPLINE) && may_set_pin(call, request->person, id)) return true;
    if (!call->caller.all && !caller_has(&call->caller, ADMIN)) {
        refuse_words(call, REASON_NOT_YOURS, "person", typed(call, request->person), "yourself, or people of your places");
        return false;
    }
    if (!find_managed_person(call, "person", request->person, id, &row)) return false;
    if (row->commitment.len > 0) return true;
    refuse_words(call, REASON_STATE, "person", row->code, "a person who was not forgotten");
    return false;
}

/* For a new PIN the PIN will do, if there is one: who uses a shared phone may know no other. */
static const char *stands_now(struct call *call, const Rasad__V1__SetPasswordRequest *request)
{
    const char *password = hash_of_person(call->txn, request->person, false), *pin = hash_of_person(call->txn, request->person, true);
    bool by_pin = pin[0] != '\0' && (password[0] == '\0' || (request->pin[0] != '\0' && pin_ok(request->old)));
    return by_pin ? pin : password;
}

static void set_password_read(struct call *call)
{
    const Rasad__V1__SetPasswordRequest *request = (const void *)call->request;
    uint32_t person;
    if (!password_shape(call) || !find_password_person(call, &person)) return;
    struct new_password *new = call->prepared = arena_alloc(call->arena, sizeof *new);
    if (new == NULL) return;
    new->own = call->caller.person == person;
    if (new->own) snprintf(new->stands, sizeof new->stands, "%s", stands_now(call, request));
    new->tries = throttle_of(THROTTLE_KNOWN, request->person, call->wire->token_hash.data, call->wire->token_hash.len);
    new->open = throttle_open(new->tries, mono_ms());
}

/* Whoever finds a session open must not be able to keep its owner out. */
static bool old_fits(struct new_password *new, const char *old)
{
    if (!new->own || new->stands[0] == '\0') return true;
    if (!new->open || old[0] == '\0') return false;
    bool fits = crypto_pwhash_str_verify(new->stands, old, strlen(old)) == 0;
    if (fits) throttle_right(new->tries);
    else throttle_wrong(new->tries, mono_ms());
    return fits;
}

static void set_password_work(struct call *call)
{
    const Rasad__V1__SetPasswordRequest *request = (const void *)call->request;
    struct new_password *new = call->prepared;
    if (new == NULL) return;
    new->pin = request->pin[0] != '\0';
    new->fits = old_fits(new, request->old);
    if (!new->fits) return;
    const char *secret = new->pin ? request->pin : request->password;
    if (crypto_pwhash_str_alg(new->hash, secret, strlen(secret), PASSWORD_HASH_OPS, PASSWORD_HASH_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        new->hash[0] = '\0';
}

void handle_set_password(struct call *call)
{
    const Rasad__V1__SetPasswordRequest *request = (const void *)call->request;
    struct new_password *new = call->prepared;
    uint32_t person;
    if (!password_shape(call) || !find_password_person(call, &person)) return;
    if (new != NULL && !new->fits) {
        if (request->old[0] == '\0') refuse_words(call, REASON_MISSING, "old", "", "the password that stands now");
        else if (!new->open) refuse_words(call, REASON_TOO_MANY_TRIES, "old", "too many wrong ones", "5 minutes without one");
        else refuse_words(call, REASON_WRONG_PASSWORD, "old", "", "the password that stands now");
        return;
    }
    if (new == NULL || new->hash[0] == '\0') {
        call->txn->err = ERR_UNAVAILABLE; /* the preparation failed: a moment later it may not */
        return;
    }
    struct key k = key("s", request->person);
    Rasad__V1__CredentialRow row;
    const Rasad__V1__CredentialRow *old = row_get(call->txn, TABLE_credential, &k, &rasad__v1__credential_row__descriptor);
    rasad__v1__credential_row__init(&row);
    if (old != NULL) row = *old;
    *(new->pin ? &row.pin : &row.password) = new->hash;
    row_put(call->txn, TABLE_credential, &k, &row.base);
    sessions_end(call, person, "");
    call->reply = make(call, empty);
}

/* ---- enrolling devices */

static bool check_device(struct call *call)
{
    const Rasad__V1__EnrolDeviceRequest *request = (const void *)call->request;
    char field[40];
    check_code(call, "device", request->device);
    if (!check_range(call, "people", (int64_t)request->n_people, 1, DEVICE_PEOPLE_MAX)) return false;
    for (size_t i = 0; i < request->n_people; i++) {
        snprintf(field, sizeof field, "people[%zu]", i);
        if (check_code(call, field, request->people[i])) check_once(call, field, request->people[i]);
    }
    return !refused(call);
}

static bool find_device_people(struct call *call, size_t n, char *const *people)
{
    char field[40];
    uint32_t id;
    Rasad__V1__PersonRow *row;
    for (size_t i = 0; i < n; i++) {
        snprintf(field, sizeof field, "people[%zu]", i);
        if (!find_managed_person(call, field, people[i], &id, &row)) return false;
    }
    return true;
}

/* A phone enrolled again gets a new key; the old one ends, with its digits and what it sends entries with. Digits whose
 * time is over go too. False: it is somebody else's. */
static bool device_replace(struct call *call, const char *code)
{
    struct scan scan;
    struct key from = {.n = 0}, old[1 + SESSIONS_SWEPT];
    size_t n = 0;
    bool mine = true;
    for (scan_begin(&scan, call->txn, TABLE_device, &from, 0); mine && n < sizeof old / sizeof old[0] && scan_next(&scan);) {
        size_t mark = arena_mark(call->arena);
        Rasad__V1__DeviceRow *row = row_unpack(call->txn, scan.value, &rasad__v1__device_row__descriptor);
        bool same = row != NULL && strcmp(row->code, code) == 0;
        bool over = row != NULL && row->claim_until_ms != 0 && row->claim_until_ms <= call->now_ms;
        if (scan.key.bytes == HASH_BYTES && (same || over)) {
            mine = row->claim_until_ms != 0 || find_device_people(call, row->n_people, row->people);
            old[n++] = session_key(scan.key.data);
        } else {
            arena_release(call->arena, mark);
        }
    }
    scan_end(&scan);
    for (size_t i = 0; mine && i < n; i++) {
        Rasad__V1__DeviceRow *row = device_at(call->txn, &old[i]);
        for (size_t j = 0; row != NULL && j < row->n_entry_tokens; j++) entry_token_end(call->txn, &row->entry_tokens[j]);
        txn_del(call->txn, TABLE_device, &old[i]);
    }
    return mine;
}

/* Digits with which the phone of this key can be taken. */
static void claim_begin(struct call *call, const char *code, uint8_t hash[HASH_BYTES], Rasad__V1__EnrolDeviceResponse *reply)
{
    char digits[CLAIM_DIGITS + 1];
    Rasad__V1__DeviceRow row;
    for (size_t i = 0; i < CLAIM_DIGITS; i++) digits[i] = (char)('0' + randombytes_uniform(10));
    digits[CLAIM_DIGITS] = '\0';
    struct key k = key_of_claim(digits);
    rasad__v1__device_row__init(&row);
    row.key_hash = (ProtobufCBinaryData){HASH_BYTES, hash};
    row.code = (char *)(uintptr_t)code;
    row.claim_until_ms = call->now_ms + CLAIM_MS;
    row_put(call->txn, TABLE_device, &k, &row.base);
    reply->claim_code = (char *)(uintptr_t)copied(call, digits);
    reply->claim_until_ms = row.claim_until_ms;
}

void handle_enrol_device(struct call *call)
{
    const Rasad__V1__EnrolDeviceRequest *request = (const void *)call->request;
    Rasad__V1__EnrolDeviceResponse *reply = make(call, enrol_device_response);
    Rasad__V1__DeviceRow row;
    char text[SECRET_TEXT_BYTES];
    uint8_t hash[HASH_BYTES];
    if (!check_device(call) || reply == NULL) return;
    if (!find_device_people(call, request->n_people, request->people) || !device_replace(call, request->device)) return;
    sessions_end(call, 0, request->device); /* the phone before may be in other hands */
    secret_make(text, hash);
    struct key k = session_key(hash);
    rasad__v1__device_row__init(&row);
    row.key_hash = (ProtobufCBinaryData){HASH_BYTES, hash};
    row.n_people = request->n_people;
    row.people = request->people;
    row.code = request->device;
    row_put(call->txn, TABLE_device, &k, &row.base);
    claim_begin(call, request->device, hash, reply);
    reply->device_key = (char *)(uintptr_t)copied(call, text);
    call->reply = &reply->base;
}

static bool claim_shape(struct call *call)
{
    static const char secret_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const Rasad__V1__ClaimDeviceRequest *request = (const void *)call->request;
    if (strlen(request->claim_code) != CLAIM_DIGITS || strspn(request->claim_code, "0123456789") != CLAIM_DIGITS)
        refuse_request(call, REASON_BAD_FORMAT, "claim_code", "", "8 digits");
    if (strlen(request->device_key) != SECRET_TEXT_BYTES - 1 || strspn(request->device_key, secret_letters) != SECRET_TEXT_BYTES - 1)
        refuse_request(call, REASON_BAD_FORMAT, "device_key", "", "32 random bytes as 43 characters of A-Z a-z 0-9 - _");
    return !refused(call);
}

/* The phone's own key takes the place of the one it was enrolled with. The digits stay for the phone that took them: its
 * answer may have been lost. */
static bool claim(struct call *call, const struct key *digits, Rasad__V1__DeviceRow *row)
{
    const Rasad__V1__ClaimDeviceRequest *request = (const void *)call->request;
    struct key before = session_key(row->key_hash.data), after = key_of_text(request->device_key);
    Rasad__V1__DeviceRow *device = device_at(call->txn, &before);
    if (device == NULL) return false;
    if (row->claimed) return memcmp(before.bytes, after.bytes, HASH_BYTES) == 0;
    txn_del(call->txn, TABLE_device, &before);
    device->key_hash = row->key_hash = (ProtobufCBinaryData){HASH_BYTES, after.bytes};
    row->claimed = true;
    row_put(call->txn, TABLE_device, &after, &device->base);
    row_put(call->txn, TABLE_device, digits, &row->base);
    return true;
}

void handle_claim_device(struct call *call)
{
    const Rasad__V1__ClaimDeviceRequest *request = (const void *)call->request;
    Rasad__V1__ClaimDeviceResponse *reply = make(call, claim_device_response);
    if (!claim_shape(call) || reply == NULL) return;
    const struct tries here = throttle_of(THROTTLE_CLAIM, "", call->wire->client.data, call->wire->client.len),
                       all = throttle_of(THROTTLE_CLAIMS, "", NULL, 0);
    if (!throttle_open(here, mono_ms()) || !throttle_open(all, mono_ms())) {
        refuse_words(call, REASON_TOO_MANY_TRIES, "claim_code", "too many wrong ones", "5 minutes without one");
        return;
    }
    struct key k = key_of_claim(request->claim_code);
    Rasad__V1__DeviceRow *row = device_at(call->txn, &k);
    if (row == NULL || row->claim_until_ms <= call->now_ms || !claim(call, &k, row)) {
        throttle_wrong(here, mono_ms());
        throttle_wrong(all, mono_ms());
        refuse_words(call, REASON_WRONG_PASSWORD, "claim_code", "", "the digits of the last 30 minutes, not yet used");
        return;
    }
    reply->device = row->code;
    call->reply = &reply->base;
}

void handle_list_names(struct call *call)
{
    const Rasad__V1__ListNamesRequest *request = (const void *)call->request;
    Rasad__V1__ListNamesResponse *reply = make(call, list_names_response);
    const Rasad__V1__DeviceRow *device = device_of_key(call->txn, request->device_key);
    if (reply == NULL) return;
    if (device == NULL) {
        refuse_words(call, REASON_NOT_SIGNED_IN, "device_key", "", "the key of an enrolled phone");
        return;
    }
    reply->device = device->code;
    reply->people =
        (void *)messages_make(call->arena, &rasad__v1__list_names_response__person__descriptor, device->n_people);
    for (size_t i = 0; reply->people != NULL && i < device->n_people; i++) {
        if (person_here(call->txn, code_id(call->txn, CODE_PERSON, device->people[i])) == NULL) continue;
        const Rasad__V1__PrivateRow *private = private_get(call->txn, CODE_PERSON, device->people[i]);
        Rasad__V1__ListNamesResponse__Person *person = reply->people[reply->n_people++];
        person->code = device->people[i];
        if (private != NULL) person->name = private->name;
    }
    call->reply = &reply->base;
}

/* ---- preparations */

static const struct preparation preparations[] = {
    {"Registry/SignIn", sign_in_read, sign_in_work},
    {"Registry/SetPassword", set_password_read, set_password_work},
};

const struct preparation *preparation_of(const char *method)
{
    for (size_t i = 0; i < sizeof preparations / sizeof preparations[0]; i++)
        if (strcmp(preparations[i].method, method) == 0) return &preparations[i];
    return NULL;
}
