/* tokens.h - secrets that stand for somebody: session tokens, device keys, links of slips.
 * Form:    32 random bytes as base64url text without padding. Only BLAKE2b-256 of the text is stored, as the row's key:
 *          the store gives nobody a session.
 */
#ifndef RASAD_REGISTRY_TOKENS_H
#define RASAD_REGISTRY_TOKENS_H

#include "base/hash.h"
#include "store/store.h"

#define SECRET_TEXT_BYTES 44 /* with its NUL */

/* A new secret, and the hash that is stored of it. */
void secret_make(char text[SECRET_TEXT_BYTES], uint8_t hash[HASH_BYTES]);

/* Is this the text of a secret: 32 bytes? */
bool secret_ok(const char *text);

/* Key of a row in table session, device or slip_link. */
struct key session_key(const uint8_t hash[HASH_BYTES]);

#endif
