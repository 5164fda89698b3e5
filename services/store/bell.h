/* bell.h - after a commit the processes that follow the journal are rung; a lost ring costs a moment.
 * Owns:    a datagram socket <data>/run/<process>.bell of one byte, in the processes that listen.
 */
#ifndef RASAD_STORE_BELL_H
#define RASAD_STORE_BELL_H

#include "base/config.h"
#include "base/loop.h"

struct bell;
typedef void bell_callback(void *ctx);

/* Processes that react (production) or feed screens (reports) listen; all can ring. */
enum err bell_open(struct loop *loop, const struct config *config, const char *process, struct bell **bell);
void bell_on_ring(struct bell *bell, bell_callback *callback, void *ctx);
void bell_ring(struct bell *bell);

#endif
