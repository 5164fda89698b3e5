/* commands.h - the subcommands of `rasad`, and how each ends.
 * Rule:    argv[0] is the subcommand's own name. What a person must read goes to stderr, what a program reads to
 *          stdout.
 */
#ifndef RASAD_RASAD_COMMANDS_H
#define RASAD_RASAD_COMMANDS_H

#include "base/config.h"

/* Exit codes of the whole program. */
enum {
    RASAD_DONE = 0,
    RASAD_REFUSED = 1,      /* an answer that says no, or rows that are wrong: nothing more to wait for */
    RASAD_USAGE = 2,        /* not understood: arguments, a file that can not be read, settings */
    RASAD_UNREACHED = 3,    /* the services could not be reached, or stopped answering: try again */
    RASAD_OTHER_BUILD = 75, /* the store's tables were written by another build: `rasad rebuild`, then again */
};

/* services/rasad */
int up_main(int argc, char **argv);
int demo_main(int argc, char **argv);
int call_main(int argc, char **argv);
int tail_main(int argc, char **argv);
int status_main(int argc, char **argv);
int import_main(int argc, char **argv);
int load_main(int argc, char **argv);

/* services/store */
int serve_main(const char *process, const struct config *config);
int verify_main(int argc, char **argv);
int backup_main(int argc, char **argv);
int restore_main(int argc, char **argv);
int rebuild_main(int argc, char **argv);

#endif
