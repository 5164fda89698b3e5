/* call.h - one command or read being run: who asks, what is asked, the event being made.
 * Flow:    the runner unpacks the request and finds the caller, then handler(call). A command handler checks what the
 *          request alone shows (refuse_request), then call_lines(call, n, line): for each line the callback finds
 *          places and items (line_place, line_item: they refuse by themselves), decides, plans movements, fills
 *          call->event; when it returns without refusal the event is emitted: applied at once and part of the entry.
 * Owns:    nothing; all memory is the arena's, given back after the reply.
 * Rules:   the first refusal of a line counts; in a command `BY_LINE` it becomes the event of that line, else it
 *          refuses the whole (the other lines are still run, to show all that is wrong at once).
 */
#ifndef RASAD_STORE_CALL_H
#define RASAD_STORE_CALL_H

#include "common.pb-c.h"
#include "journal.pb-c.h"
#include "store/directory.h"
#include "store/ledger.h"
#include "wire.pb-c.h"

/* Short names for what every room uses. */
enum reason {
#define REASON(name, number, code, message, next) REASON_##name = number,
#include "store/reasons.def"
#undef REASON
};

enum command_kind {
    READ,   /* a read transaction; call->reply */
    FACT,   /* always accepted, line by line */
    CLAIM,  /* the transaction decides */
    SETUP,  /* the address book */
    LOCAL   /* writes local tables only, no entry; call->reply */
};
enum refusing { WHOLE, BY_LINE };

#define ROLE_BIT(role) (UINT32_C(1) << RASAD__V1__ROLE__ROLE_##role)
#define ANYONE UINT32_C(0)              /* signed in or not */
#define SIGNED_IN UINT32_C(0xffffffff)  /* any role */

struct call;
struct key_seen;
typedef void handler(struct call *call);

struct command {
    const char *method;                 /* "Production/LogOutput" */
    handler *handler;
    enum command_kind kind;
    enum refusing refusing;
    uint32_t roles;                     /* who may, at places of the role and below */
    const ProtobufCMessageDescriptor *request, *reply;
    unsigned request_id_offset;         /* of request_id in the request; commands that write the journal */
};

struct caller {
    bool signed_in;
    bool unnoted;                       /* a use of her session that is to be noted: session_used */
    bool all;                           /* the console, and reactions: no bound by role or place */
    bool entries_only;                  /* a phone's token for one of its people: facts and claims, nothing else */
    const char *code;                   /* of the person; "console", "system", "slip"; "" nobody */
    const char *slip;                   /* of a slip's link: the one slip it opens; NULL: no link */
    uint32_t person;                    /* id; 0 none */
    size_t n;
    struct { uint32_t role; uint32_t place; } roles[ROLES_PER_PERSON_MAX];
};

struct call {
    uint32_t magic;
    const struct command *command;
    struct arena *arena;
    struct txn *txn;
    const Rasad__V1__Call *wire;
    const ProtobufCMessage *request;
    ProtobufCMessage *reply;            /* reads and LOCAL: set by the handler, in the arena */
    struct caller caller;
    int64_t now_ms;                     /* server time of the entry */
    int32_t today;                      /* the server's day, at the programme's offset */
    int32_t minute;                     /* of that day, 0 to 1,439 */

    /* the entry being made */
    Rasad__V1__Entry *entry;
    int64_t sequence;
    int32_t line;                       /* from 1; 0 outside a line */
    Rasad__V1__Event *event;            /* of the line */
    const Rasad__V1__Event *original_event; /* set by line_corrects and reverse: the line taken back */

    /* refusals: see refuse() */
    bool line_refused;
    bool whole_refused;
    bool request_refused;
    size_t refusals_n;
    Rasad__V1__Refusal *refusals[REFUSALS_SHOWN_MAX];
    struct plan *plan;                  /* ledger.c */
    struct key_seen **seen;             /* check_once */
    void *prepared;                     /* what a preparation left for its handler */
};

/* Minutes east of UTC by which the programme's day begins: RASAD_OFFSET_MIN, India's where it is not set. */
int32_t programme_offset_min(void);

/* Refuse for what the request alone shows: always the whole command. `field` is the name in the line ("good"), or the
 * path from the request outside a line; have and need are words for people ("0", "1 to 1,000"). */
void refuse_request(struct call *call, enum reason reason, const char *field, const char *have, const char *need);
/* Refuse for what the store knows: the line where the command is BY_LINE, else the whole. Numbers, for the journal. */
void refuse(struct call *call, enum reason reason, const char *field, int64_t have, int64_t need);
/* The same with words for a whole refusal (the code typed, who is needed); the journal keeps reason and field only. */
void refuse_words(struct call *call, enum reason reason, const char *field, const char *have, const char *need);
bool refused(const struct call *call);   /* this line, or outside a line the whole; also when the transaction failed */

/* Run the callback for each line, 0 to n - 1, and emit. Refuses n = 0 and n > LINES_PER_COMMAND_MAX. */
typedef void line_handler(struct call *call, size_t index);
void call_lines(struct call *call, size_t n, line_handler *line);
/* First pass over the lines for what the request alone shows; refusals get the line's path. Run it before call_lines. */
void call_check(struct call *call, size_t n, line_handler *check);

/* Checks of shape; each refuses the request by itself and returns whether it was good. */
bool check_quantity(struct call *call, const char *field, int64_t quantity, int64_t least); /* least..QUANTITY_MAX */
bool check_range(struct call *call, const char *field, int64_t value, int64_t least, int64_t most);
bool check_code(struct call *call, const char *field, const char *code);                    /* must be there */
bool check_code_or_empty(struct call *call, const char *field, const char *code);
bool check_day(struct call *call, const char *field, const char *text, int32_t *day);       /* not past today + 1 */
bool check_any_day(struct call *call, const char *field, const char *text, int32_t *day);   /* also later: plans */
bool check_name(struct call *call, const char *field, const char *text, int64_t *name);     /* "812.3" or "" */
bool check_text(struct call *call, const char *field, const char *text, size_t bytes_max);
/* No two lines with the same key: call with each line's key text; refuses TWICE naming the field. */
bool check_once(struct call *call, const char *field, const char *key_text);

/* Look-ups in a line or outside; each refuses by itself (UNKNOWN_CODE; NOT_YOURS) and returns whether it was good. */
bool find_place(struct call *call, const char *field, const char *code, struct place *place);     /* any place */
bool find_own_place(struct call *call, const char *field, const char *code, struct place *place); /* within the rights */
bool find_item(struct call *call, const char *field, const char *code, struct item *item);
bool find_goods(struct call *call, const char *field, const char *code, struct item *item);       /* class goods */
/* May the caller do this command at this place? No refusal. role 0: any of the command's. */
bool may_at(const struct call *call, const struct place *place);
/* Has the caller any role that covers the place? For reads. */
bool may_see(const struct call *call, const struct place *place);

/* Begin the line's event: place, item, day. The booking day follows (first open day). fact_case of journal.proto. */
void event_begin(struct call *call, const struct place *place, const struct item *item, int32_t day);
int32_t event_booked_day(const Rasad__V1__Event *event);
/* This line's name. */
int64_t line_name(const struct call *call);
/* arena_alloc for the call, typed and initialised:  Rasad__V1__Came *came = make(call, came); */
#define make(call, type) ((void *)message_make((call)->arena, &rasad__v1__##type##__descriptor))
ProtobufCMessage *message_make(struct arena *arena, const ProtobufCMessageDescriptor *type);
/* A repeated field of messages: an array of n new messages. */
void **messages_make(struct arena *arena, const ProtobufCMessageDescriptor *type, size_t n);

/* Does a line take back an earlier one? NULL and a reference that is empty name none. */
bool is_correction(const Rasad__V1__LineRef *corrects);
/* A line that carries `corrects` (NULL or both empty: nothing happens, true): finds the line, refuses when it is not
 * there, was taken back already, is another fact than this (fact_case), of another place or item (event_begin looks), or
 * not the caller's; plans its undoing into the event and sets event->reverses and original_event. */
bool line_corrects(struct call *call, const Rasad__V1__LineRef *ref, Rasad__V1__Event__FactCase fact);
/* The handler of every service's Reverse, and of its KeepBoth: who may take a line back may say that it is right. */
void handle_reverse(struct call *call);
void handle_keep_both(struct call *call);
/* Was it said of the line of this name that it is right beside its like? */
bool both_kept(struct txn *txn, int64_t name);

/* Pages of lists: limit 0 is usual, at most PAGE_LINES_MAX. */
int32_t page_limit(struct call *call, int32_t limit, int32_t usual);

#endif
