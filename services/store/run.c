/* run.c - see run.h. */
#include "store/run.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/must.h"
#include "base/status.h"
#include "distribution/links.h"
#include "json/jsonpb.h"
#include "registry/sessions.h"
#include "store/apply.h"
#include "store/totals.h"

#include <stdlib.h>
#include <string.h>

#define CALL_MAGIC UINT32_C(0x63616c6c)

/* ---- outcomes */

static void *packed(struct arena *keep, const ProtobufCMessage *message, size_t *bytes)
{
    *bytes = protobuf_c_message_get_packed_size(message);
    void *body = arena_alloc(keep, *bytes);
    if (body != NULL) protobuf_c_message_pack(message, body);
    return body;
}

static void outcome_error(struct arena *keep, enum wire_code code, const char *message, struct outcome *outcome)
{
    Rasad__V1__WireError *error = (void *)message_make(keep, &rasad__v1__wire_error__descriptor);
    outcome->good = false;
    outcome->error = error;
    if (error == NULL) return;
    char *text = arena_strdup(keep, message);
    error->code = (char *)(uintptr_t)wire_code_text(code);
    if (text != NULL) error->message = text;
}

void outcome_failure(struct arena *keep, enum err err, struct outcome *outcome)
{
    outcome_error(keep, wire_code_of_err(err), err_text(err), outcome);
}

static void outcome_refusals(struct arena *keep, Rasad__V1__Refusal *const *refusals, size_t n, struct outcome *outcome)
{
    static char type[] = "rasad.v1.Refusal";
    must(n > 0);
    outcome_error(keep, reason_code((enum reason)refusals[0]->reason), refusals[0]->message, outcome);
    if (outcome->error == NULL) return;
    outcome->error->details = (void *)messages_make(keep, &rasad__v1__wire_error_detail__descriptor, n);
    if (outcome->error->details == NULL) return;
    for (size_t i = 0; i < n; i++) {
        size_t bytes;
        void *body = packed(keep, &refusals[i]->base, &bytes);
        if (body == NULL) break;
        outcome->error->details[i]->type = type;
        outcome->error->details[i]->value = (ProtobufCBinaryData){bytes, body};
        outcome->error->n_details = i + 1;
    }
}

void outcome_refusal(struct arena *keep, enum reason reason, const char *field, const char *have, const char *need,
                     struct outcome *outcome)
{
    Rasad__V1__Refusal *refusal = refusal_make(keep, reason, 0, field, have, need);
    if (refusal == NULL) outcome_failure(keep, ERR_MEMORY, outcome);
    else outcome_refusals(keep, &refusal, 1, outcome);
}

static void outcome_reply(struct arena *keep, const ProtobufCMessage *reply, struct outcome *outcome)
{
    outcome->body = reply != NULL ? packed(keep, reply, &outcome->body_bytes) : NULL;
    outcome->good = outcome->body != NULL;
    if (!outcome->good) outcome_failure(keep, ERR_MEMORY, outcome);
}

/* ---- what every call begins with */

int32_t programme_offset_min(void)
{
    static int32_t offset = INT32_MIN;
    if (offset == INT32_MIN) offset = (int32_t)config_number("RASAD_OFFSET_MIN", OFFSET_MIN_INDIA);
    return offset;
}

static void call_begin(struct call *call, struct txn *txn, struct arena *arena, const struct command *command,
                       const Rasad__V1__Call *wire, int64_t now)
{
    memset(call, 0, sizeof *call);
    call->magic = CALL_MAGIC;
    call->command = command;
    call->arena = arena;
    call->txn = txn;
    call->wire = wire;
    call->now_ms = now;
    call->today = day_of_ms(now, programme_offset_min());
    call->minute = (int32_t)((now / 60000 + programme_offset_min()) % DAY_MINUTES);
}

static bool request_unpack(struct call *call)
{
    const ProtobufCBinaryData body = call->wire->body;
    call->request = protobuf_c_message_unpack(call->command->request, arena_pb(call->arena), body.len, body.data);
    if (call->request == NULL) {
        if (call->arena->full) call->txn->err = ERR_MEMORY;
        else refuse_request(call, REASON_BAD_FORMAT, "", "a body that is not this message", call->command->request->name);
        return false;
    }
    struct json_error error;
    if (pb_check(call->request, &error)) return true;
    refuse_request(call, REASON_BAD_FORMAT, error.path, error.found, error.needed);
    return false;
}

static bool has_role(const struct call *call, uint32_t roles)
{
    for (size_t i = 0; i < call->caller.n; i++)
        if ((roles & UINT32_C(1) << call->caller.roles[i].role) != 0) return true;
    return call->caller.all;
}

#define PLAYS_IN (ROLE_BIT(SUPPLY_OFFICER) | ROLE_BIT(ADMINISTRATOR) | ROLE_BIT(HELPLINE))

/* What a phone kept is played in by who looks after its people, with the rights of the author as far as her own places
 * reach. Facts, and what the help line may ask for her: so nobody approves in another's name. */
static void roles_of_author(struct call *call, const Rasad__V1__PersonRow *author)
{
    struct caller own = call->caller;
    struct place place;
    call->caller.n = 0;
    bool may = call->command->kind == FACT ||
               (call->command->kind == CLAIM && (call->command->roles & ROLE_BIT(HELPLINE)) != 0);
    for (size_t i = 0; may && i < author->n_roles && call->caller.n < ROLES_PER_PERSON_MAX; i++) {
        bool covered = false;
        if (!place_find(call->txn, author->roles[i]->place, &place)) continue;
        for (size_t j = 0; j < own.n; j++)
            covered = covered || ((UINT32_C(1) << own.roles[j].role & PLAYS_IN) != 0 && place_within(&place, own.roles[j].place));
        if (!covered) continue;
        call->caller.roles[call->caller.n].role = (uint32_t)author->roles[i]->role;
        call->caller.roles[call->caller.n++].place = place.id;
    }
    if (call->caller.n == 0)
        refuse_request(call, REASON_NOT_YOURS, "rasad-on-behalf-of", author->code, "who looks after places of that person, and a fact");
}

/* Entered for somebody who called, by the help line in its own right; or played in. For a person there is, not one who
 * was forgotten. */
static void enter_for(struct call *call)
{
    const char *person = call->wire->on_behalf_of;
    const Rasad__V1__PersonRow *row;
    if (person[0] == '\0') return;
    if (!has_role(call, PLAYS_IN))
        refuse_request(call, REASON_NOT_YOURS, "rasad-on-behalf-of", "", "a help-line operator, officer or administrator");
    else if ((row = person_row(call->txn, code_id(call->txn, CODE_PERSON, person))) == NULL || row->commitment.len == 0)
        refuse_request(call, REASON_UNKNOWN_CODE, "rasad-on-behalf-of", "", "the code of a person");
    else if (call->caller.all || (has_role(call, call->command->roles) && caller_helps(call->txn, &call->caller, row)))
        return;
    else if (has_role(call, PLAYS_IN & ~ROLE_BIT(HELPLINE)) || caller_helps(call->txn, &call->caller, row))
        roles_of_author(call, row);
    else
        refuse_request(call, REASON_NOT_YOURS, "rasad-on-behalf-of", person,
                       "a person of your places, and no administrator, auditor or help line");
}

/* What a phone's token for one of its people opens. */
static bool token_fits(const struct call *call)
{
    return !call->caller.entries_only || call->command->kind == FACT || call->command->kind == CLAIM;
}

static bool allowed(struct call *call)
{
    caller_find(call->txn, call->wire, call->now_ms, &call->caller);
    if (call->command->roles == ANYONE) return true;
    if (!call->caller.signed_in && link_opens(call->command)) link_caller_find(call);
    if (!call->caller.signed_in || !token_fits(call)) {
        refuse_request(call, REASON_NOT_SIGNED_IN, "", "", "");
        return false;
    }
    enter_for(call);
    if (call->request_refused) return false;
    if (call->command->roles == SIGNED_IN || has_role(call, call->command->roles)) return true;
    refuse_request(call, REASON_NOT_YOURS, "", "", call->command->method);
    log_event(LOG_INFO, "right refused method=%s person=%s", call->command->method, call->caller.code);
    return false;
}

static bool call_failed(const struct call *call)
{
    return call->request_refused || call->whole_refused || call->txn->err != ERR_OK || call->arena->full;
}

static size_t lines_of(const ProtobufCMessage *request)
{
    const ProtobufCMessageDescriptor *type = request->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].label == PROTOBUF_C_LABEL_REPEATED)
            return *(const size_t *)(const void *)((const char *)request + type->fields[i].quantifier_offset);
    return 1;
}

/* What its lines take from the books is more than one entry, or the memory of one command, can hold. */
static bool too_large(const struct call *call)
{
    enum err err = call->txn->err;
    bool full = err == ERR_MEMORY || err == ERR_TOO_BIG || (err == ERR_OK && call->arena->full);
    return full && call->command->kind != READ && call->request != NULL && lines_of(call->request) > 1;
}

static void refuse_too_large(const struct call *call, struct arena *keep, struct outcome *outcome)
{
    char have[24];
    snprintf(have, sizeof have, "%zu", lines_of(call->request));
    outcome_refusal(keep, REASON_OUT_OF_RANGE, lines_field(call), have, "fewer lines in one command", outcome);
}

static void outcome_of_failure(struct call *call, struct arena *keep, struct outcome *outcome)
{
    if (too_large(call)) refuse_too_large(call, keep, outcome);
    else if (call->txn->err != ERR_OK) outcome_failure(keep, call->txn->err, outcome);
    else if (call->arena->full) outcome_failure(keep, ERR_MEMORY, outcome);
    else if (call->refusals_n > 0) outcome_refusals(keep, call->refusals, call->refusals_n, outcome);
    else outcome_failure(keep, ERR_MALFORMED, outcome);
}

/* ---- reads */

void run_read(struct store *store, struct arena *arena, struct arena *keep, const struct command *command,
              const Rasad__V1__Call *wire, struct outcome *outcome)
{
    struct txn txn;
    struct call call;
    memset(outcome, 0, sizeof *outcome);
    txn_read(store, arena, &txn);
    directory_begin(&txn);
    call_begin(&call, &txn, arena, command, wire, now_ms());
    if (txn.err == ERR_OK && request_unpack(&call) && allowed(&call)) command->handler(&call);
    if (call_failed(&call)) outcome_of_failure(&call, keep, outcome);
    else outcome_reply(keep, call.reply, outcome);
    outcome->unnoted = call.caller.unnoted;
    txn_abort(&txn);
    arena_reset(arena);
}

/* ---- before the transaction */

void *run_prepare(struct store *store, struct arena *keep, const struct command *command, const Rasad__V1__Call *wire)
{
    const struct preparation *preparation = preparation_of(command->method);
    struct txn txn;
    struct call call;
    if (preparation == NULL) return NULL;
    txn_read(store, keep, &txn);
    directory_begin(&txn);
    call_begin(&call, &txn, keep, command, wire, now_ms());
    if (txn.err == ERR_OK && request_unpack(&call) && allowed(&call)) preparation->read(&call);
    txn_abort(&txn);
    if (!call_failed(&call)) preparation->work(&call);
    return call.prepared;
}

/* ---- commands */

enum err run_begin(struct batch *batch, struct store *store, struct arena *arena)
{
    memset(batch, 0, sizeof *batch);
    batch->store = store;
    batch->arena = arena;
    txn_begin_batch(store, arena, &batch->txn);
    if (batch->txn.err != ERR_OK) return batch->txn.err;
    directory_begin(&batch->txn);
    batch->head = journal_head(&batch->txn);
    batch->open = true;
    return batch->txn.err;
}

/* Everything of the batch is in its transaction; what must also be elsewhere before it counts goes here. */
static enum err seal(const struct batch *batch)
{
    (void)batch;
    return ERR_OK;
}

enum err run_commit(struct batch *batch)
{
    must(batch->open);
    totals_flush(&batch->txn);
    journal_flush(&batch->txn);
    arena_reset(batch->arena);
    enum err err = seal(batch);
    status_txn_commit();
    if (err == ERR_OK) {
        err = txn_commit(&batch->txn);
    } else {
        txn_abort(&batch->txn);
    }
    status_txn_end();
    if (err != ERR_OK) directory_undone();
    else if (private_forgot()) status_forgot(batch->head.sequence);
    batch->open = false;
    return err;
}

void run_abort(struct batch *batch)
{
    totals_drop_batch();
    journal_drop();
    ledger_forget();
    txn_abort(&batch->txn);
    directory_undone();
    status_txn_end();
    batch->open = false;
}

/* Ids of version 8 are those of reactions and of the command line: anybody can reckon which the next wages will have, and
 * with that id taken they would never be booked. */
static bool request_id_of(struct call *call, uint8_t id[UUID_BYTES])
{
    char *const *text = (char *const *)(const void *)((const char *)call->request + call->command->request_id_offset);
    if ((*text)[0] == '\0') refuse_request(call, REASON_MISSING, "request_id", "", "a UUID made by the client");
    else if (!uuid_parse(*text, id)) refuse_request(call, REASON_BAD_FORMAT, "request_id", "", "a UUID, 8-4-4-4-12 hex digits");
    else if (uuid_is_v8(id) && !call->caller.all) refuse_request(call, REASON_BAD_FORMAT, "request_id", "", "a UUID of another version than 8, which is the system's");
    return !call->request_refused;
}

/* Hash of the method and of the request without its id, packed here: the same content however it was written. */
static void request_hash(struct call *call, uint8_t hash[HASH_BYTES])
{
    static char empty[] = "";
    char **id = (char **)(void *)((char *)(uintptr_t)call->request + call->command->request_id_offset);
    char *kept = *id;
    size_t bytes;
    *id = empty;
    void *body = packed(call->arena, call->request, &bytes);
    *id = kept;
    const struct hash_part parts[] = {{call->command->method, strlen(call->command->method) + 1}, {body, body != NULL ? bytes : 0}};
    hash_parts(parts, 2, hash);
}

/* The id is known: the same answer again, if the asker may read it now. */
static void answer_again(struct call *call, int64_t sequence, struct arena *keep, struct outcome *outcome)
{
    Rasad__V1__Entry *entry = journal_read(call->txn, sequence, NULL);
    struct place place;
    if (entry == NULL || entry->n_events == 0) {
        outcome_failure(keep, ERR_CORRUPT, outcome);
        return;
    }
    bool link = call->caller.slip != NULL;
    bool own = call->caller.all || (!link && strcmp(entry->header->actor, call->caller.code) == 0);
    for (size_t i = 0; !own && i < entry->n_events; i++)
        own = link ? link_covers(call, entry->events[i])
                   : place_find(call->txn, entry->events[i]->place, &place) && may_see(call, &place);
    if (!own) outcome_refusal(keep, REASON_NOT_YOURS, "requestId", "", "", outcome);
    else outcome_reply(keep, (const ProtobufCMessage *)receipt_make(call->arena, entry, call->command), outcome);
}

static void header_fill(struct call *call, struct batch *batch, const uint8_t id[UUID_BYTES], const uint8_t hash[HASH_BYTES],
                        int64_t cause)
{
    static char nobody[] = "";
    Rasad__V1__Header *header = make(call, header);
    const Rasad__V1__Call *wire = call->wire;
    call->entry = make(call, entry);
    if (header == NULL || call->entry == NULL) return;
    call->entry->header = header;
    call->sequence = batch->head.sequence + 1;
    header->format = 1;
    header->node = (char *)(uintptr_t)store_node(call->txn);
    header->epoch = store_epoch(call->txn);
    header->sequence = call->sequence;
    header->server_time_ms = call->now_ms;
    header->actor = (char *)(uintptr_t)call->caller.code;
    header->on_behalf_of = call->caller.slip != NULL ? link_receiver(call) : wire != NULL ? wire->on_behalf_of : nobody;
    header->channel = wire != NULL ? wire->channel : RASAD__V1__CHANNEL__CHANNEL_SYSTEM;
    header->request_id = (ProtobufCBinaryData){UUID_BYTES, arena_copy(call->arena, id, UUID_BYTES)};
    header->request_hash = (ProtobufCBinaryData){HASH_BYTES, arena_copy(call->arena, hash, HASH_BYTES)};
    if (wire != NULL) {
        header->device = wire->device;
        header->device_time_ms = wire->device_time_ms;
        header->device_offset_min = wire->device_offset_min;
        header->device_sequence = wire->device_sequence;
    }
    header->method = (char *)(uintptr_t)call->command->method;
    header->cause = cause;
}

static bool every_line_refused(const Rasad__V1__Entry *entry)
{
    for (size_t i = 0; i < entry->n_events; i++)
        if (entry->events[i]->fact_case != RASAD__V1__EVENT__FACT_REFUSED) return false;
    return true;
}

/* Nested: begin, handler, append; commit or leave nothing. True when the entry stands. */
static bool run_nested(struct call *call, struct batch *batch, struct txn *nested)
{
    if (journal_crowded()) journal_flush(&batch->txn);
    if (call->arena->full || batch->txn.err != ERR_OK) return false;
    txn_nest(&batch->txn, nested);
    totals_begin_command();
    call->txn = nested;
    call->command->handler(call);
    bool good = !call_failed(call) && call->entry->n_events > 0 && !every_line_refused(call->entry);
    size_t bytes = 0;
    if (good) {
        ledger_flush(nested);
        bytes = journal_append(nested, call->entry);
        good = nested->err == ERR_OK;
    }
    if (good && txn_commit(nested) == ERR_OK) {
        request_note(&batch->txn, call->entry->header);
        batch->head.sequence = call->sequence;
        batch->head.server_time_ms = call->now_ms;
        batch->lines += call->entry->n_events;
        batch->bytes += bytes;
        return true;
    }
    txn_abort(nested);
    journal_undo(call->sequence);
    totals_drop_command();
    ledger_forget();
    directory_undone();
    return false;
}

static void run_local(struct call *call, struct batch *batch, struct arena *keep, struct outcome *outcome)
{
    struct txn nested;
    txn_nest(&batch->txn, &nested);
    call->txn = &nested;
    call->command->handler(call);
    if (!call_failed(call) && call->reply != NULL && txn_commit(&nested) == ERR_OK) {
        outcome_reply(keep, call->reply, outcome);
        return;
    }
    txn_abort(&nested);
    outcome_of_failure(call, keep, outcome);
}

static void run_journal(struct call *call, struct batch *batch, struct arena *keep, struct outcome *outcome)
{
    uint8_t id[UUID_BYTES], hash[HASH_BYTES], known[HASH_BYTES];
    struct txn nested;
    if (!request_id_of(call, id)) {
        outcome_of_failure(call, keep, outcome);
        return;
    }
    request_hash(call, hash);
    int64_t sequence = request_find(call->txn, id, known);
    if (sequence != 0) {
        if (memcmp(hash, known, HASH_BYTES) == 0) answer_again(call, sequence, keep, outcome);
        else outcome_refusal(keep, REASON_REQUEST_ID_USED, "requestId", "", "", outcome);
        return;
    }
    if (batch->lines > 0 && batch->lines + lines_of(call->request) > TXN_LINES_MAX) {
        outcome->full = true;
        return;
    }
    if (!status_command_begin(id)) {
        outcome_refusal(keep, REASON_SET_ASIDE, "", "", "", outcome);
        return;
    }
    header_fill(call, batch, id, hash, 0);
    if (run_nested(call, batch, &nested))
        outcome_reply(keep, (const ProtobufCMessage *)receipt_make(keep, call->entry, call->command), outcome); /* it stands */
    else
        outcome_of_failure(call, keep, outcome);
    status_command_end();
}

void run_command(struct batch *batch, struct arena *keep, const struct command *command, const Rasad__V1__Call *wire,
                 void *prepared, struct outcome *outcome)
{
    struct call call;
    int64_t now = now_ms();
    memset(outcome, 0, sizeof *outcome);
    if (now < batch->head.server_time_ms) now = batch->head.server_time_ms;
    call_begin(&call, &batch->txn, batch->arena, command, wire, now);
    call.prepared = prepared;
    batch->commands++;
    bool good = batch->txn.err == ERR_OK && request_unpack(&call) && allowed(&call);
    if (call.caller.unnoted) session_used(&batch->txn, wire, now);
    if (!good) outcome_of_failure(&call, keep, outcome);
    else if (command->kind == LOCAL) run_local(&call, batch, keep, outcome);
    else run_journal(&call, batch, keep, outcome);
    if (batch->txn.err == ERR_OK && totals_crowded()) totals_flush(&batch->txn);
    arena_reset(batch->arena);
}

/* Refused because there is nothing to do: that is done. Refused for anything else, a person is to look at it. */
static bool nothing_due(const struct call *call)
{
    if (call->txn->err != ERR_OK || call->arena->full || call->refusals_n == 0) return false;
    return (enum reason)call->refusals[0]->reason == REASON_STATE;
}

/* For reasons that are not the reaction's own. */
static bool store_failed(enum err err)
{
    return err == ERR_STORE_FULL || err == ERR_DISK_FULL || err == ERR_IO || err == ERR_BUSY || err == ERR_READERS_FULL;
}

enum reacted run_reaction(struct batch *batch, const struct command *command, const ProtobufCMessage *request, int64_t cause)
{
    struct call call;
    struct txn nested;
    uint8_t id[UUID_BYTES], hash[HASH_BYTES];
    int64_t now = now_ms();
    if (now < batch->head.server_time_ms) now = batch->head.server_time_ms;
    call_begin(&call, &batch->txn, batch->arena, command, NULL, now);
    call.request = request;
    call.caller.signed_in = call.caller.all = true;
    call.caller.code = "system";
    if (!request_id_of(&call, id)) return REACTED;
    if (request_find(call.txn, id, NULL) != 0) return REACTED; /* exactly once */
    if (store_failed(call.txn->err)) return REACTED_LATER;
    batch->why = "it has stopped its service";
    if (!status_command_begin(id)) return REACTED_NOT;
    request_hash(&call, hash);
    header_fill(&call, batch, id, hash, cause);
    bool good = run_nested(&call, batch, &nested);
    status_command_end();
    if (good || nothing_due(&call)) return REACTED;
    batch->why = call.refusals_n > 0 ? call.refusals[0]->message : err_text(call.txn->err != ERR_OK ? call.txn->err : ERR_MEMORY);
    return store_failed(call.txn->err) ? REACTED_LATER : REACTED_NOT;
}
