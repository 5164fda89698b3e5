/* request_id.h - request ids that come out the same each time, so that sending again is sending the same.
 * Rule:    the first 16 bytes of BLAKE2b-256(seed || number, 8 bytes big-endian), marked UUIDv8.
 */
#ifndef RASAD_RASAD_REQUEST_ID_H
#define RASAD_RASAD_REQUEST_ID_H

#include "base/hash.h"
#include "base/ids.h"

#include <stdint.h>

/* seed: the digest of what the command comes from; number: which of its commands. */
void request_id_derive(const uint8_t seed[HASH_BYTES], uint64_t number, char text[UUID_TEXT_BYTES]);

#endif
