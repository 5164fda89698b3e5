/* sessions.h - who asks: sessions, signing in, passwords, devices, the console's token.
 * Flow:    caller_find for every call. SignIn and SetPassword run in the process `doorkeeper`: preparation read (in a
 *          read transaction: rows), work (in none: argon2id, some 50 ms), then the handler in the write transaction.
 * Owns:    the local tables session, credential, device.
 * Bounds:  section "Sign-in" of base/limits.h; SESSION_MS.
 * Why:     a login that does not exist takes as long as one that does: it is checked against a hash that fits nothing.
 */
#ifndef RASAD_REGISTRY_SESSIONS_H
#define RASAD_REGISTRY_SESSIONS_H

#include "base/err.h"
#include "store/call.h"
#include "store/store.h"
#include "wire.pb-c.h"

/* Who asks; not signed in: no session, an ended one, or a person who was forgotten. */
void caller_find(struct txn *txn, const Rasad__V1__Call *wire, int64_t now_ms, struct caller *caller);

/* Notes that the session is in use; in a write transaction. For a caller who is `unnoted`. */
void session_used(struct txn *txn, const Rasad__V1__Call *wire, int64_t now_ms);

/* May who answers calls act for her? She works at places of the caller as help line, and is none of those who look after
 * others, or after the help line: administrator, auditor, help line. */
bool caller_helps(struct txn *txn, const struct caller *caller, const Rasad__V1__PersonRow *person);

/* What a method does before its write transaction. Both leave what they found in call->prepared; what they refuse the
 * handler refuses again. */
struct preparation {
    const char *method;
    handler *read;  /* inside a read transaction */
    handler *work;  /* inside none; may take long */
};
/* NULL: none. */
const struct preparation *preparation_of(const char *method);

/* <data>/console.token, made when missing or when the store does not know it: the right to everything for whoever can
 * read the file. */
enum err console_token_make(struct store *store, const char *data_dir);

#endif
