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

#include <stddef.h>

#define EVENTS_STREAMS_MAX 768          /* leaves 256 connections for requests */
#define EVENTS_WAITING_BYTES_MAX 2048   /* some 20 hints */
#define EVENTS_BEAT_MS 15000            /* proxies give up after 30 to 60 s of silence */
#define EVENTS_CHECK_BEATS 4            /* every so many beats: is the session still good? */

struct events;
struct gateway;
struct exchange;

enum err events_init(struct gateway *gateway, struct events **events);
void events_start(struct exchange *x);

/* End all streams; they leave with the next rounds. */
void events_end(struct events *events);
size_t events_open_count(const struct events *events);

#endif
