/* events.h - GET /events: hints that something changed, as server-sent events.
 * Flow:    events_start checks the session with the registry, then the stream opens; the feed of the reports service
 *          is written to all; a comment every EVENTS_BEAT_MS keeps lines open and finds those that have gone.
 * Bounds:  EVENTS_STREAMS_MAX streams, EVENTS_WAITING_BYTES_MAX waiting for each: who reads too slowly loses hints and
 *          gets one without a topic, which says: read everything again.
 * Why:     topic, place and sequence only; the data come by ordinary reads, with ordinary rights.
 */
#ifndef RASAD_GATEWAY_EVENTS_H
#define RASAD_GATEWAY_EVENTS_H

#include "base/err.h"
#include "base/limits.h"

#include <stddef.h>

struct events;
struct gateway;
struct exchange;

enum err events_init(struct gateway *gateway, struct events **events);
void events_start(struct exchange *x);

/* End all streams; they leave with the next rounds. */
void events_end(struct events *events);
size_t events_open_count(const struct events *events);

#endif
