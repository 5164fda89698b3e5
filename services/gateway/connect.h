/* connect.h - the Connect protocol: one unary call, by POST or, for reads, by GET.
 * Flow:    connect_run: content type, who asks, body -> message -> Call; the service's Answer -> JSON or protobuf.
 */
#ifndef RASAD_GATEWAY_CONNECT_H
#define RASAD_GATEWAY_CONNECT_H

#include "gateway/http.h"
#include "wire.pb-c.h"

void connect_run(struct exchange *x);

/* The token of the request, hashed, into 32 bytes: from the header or the cookie. False: answered already (malformed,
 * or a cookie from another site). *given: there was one. */
bool connect_token(struct exchange *x, uint8_t hash[32], bool *given);

/* Answers with the error of a service. */
void connect_fail(struct exchange *x, const Rasad__V1__WireError *error);

#endif
