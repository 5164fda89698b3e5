/* service.h - the main of every process that has the store: `rasad serve <process>`. */
#ifndef RASAD_STORE_SERVICE_H
#define RASAD_STORE_SERVICE_H

#include "base/config.h"
#include "wire/server.h"

/* Runs until stopped; returns an exit status: 75 when the store was written under another projection number. */
int serve_main(const char *process, const struct config *config);

/* After a commit that is neither yes nor no: what is answered goes out, and the process ends; the next one knows. */
_Noreturn void serve_give_up(struct wire_server *server);

#endif
