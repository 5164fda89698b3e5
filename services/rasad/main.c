/* main.c - `rasad`: the one program people start.
 * Flow:    argv[1] names a row of the table below; the rest are its own arguments.
 * Why:     one binary is the supervisor, every service and the command line: they can never be of different builds.
 */
#include "base/log.h"
#include "base/rights.h"
#include "rasad/commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int help_main(int argc, char **argv);
static int serve(int argc, char **argv);

static const struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments;
    const char *summary; /* NULL: internal, not shown */
} subcommands[] = {
    {"up",      up_main,      "",                        "start everything here and keep it running"},
    {"demo",    demo_main,    "[DIR]",                   "the same, with a programme: the demonstration district"},
    {"status",  status_main,  "",                        "how every process is, the store and the last backup"},
    {"load",    load_main,    "DIR",                     "play a programme: a directory of places, items and facts"},
    {"import",  import_main,  "places FILE.csv",         "add places from a spreadsheet, checked as a whole first (-: stdin)"},
    {"call",    call_main,    "Service/Method '{JSON}'", "call one method as the console (-: JSON from stdin)"},
    {"tail",    tail_main,    "[--from N]",              "follow the journal, one JSON line for each entry"},
    {"verify",  verify_main,  "[SEQUENCE:HASH ...]",     "replay the journal, compare every table, check printed heads"},
    {"backup",  backup_main,  "DIR",                     "write the journal, and what it can not bring back (-: to stdout)"},
    {"restore", restore_main, "DIR",                     "make a store from a backup (-: from stdin)"},
    {"rebuild", rebuild_main, "",                        "make the store's tables anew from its journal"},
    {"help",    help_main,    "",                        "show this"},
    {"serve",   serve,        "PROCESS",                 NULL},
};

enum { SUBCOMMANDS = sizeof subcommands / sizeof subcommands[0] };

static void usage(FILE *to)
{
    fprintf(to, "usage: rasad COMMAND\n\n");
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (subcommands[i].summary != NULL)
            fprintf(to, "  %-8s %-24s %s\n", subcommands[i].name, subcommands[i].arguments, subcommands[i].summary);
    fprintf(to, "\nRASAD_DATA is the directory of the data (data), RASAD_BIND and RASAD_PORT are where to listen "
                "(127.0.0.1, 8080).\n");
}

static int help_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    usage(stdout);
    return RASAD_DONE;
}

/* One service; started by `rasad up`. */
static int serve(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: rasad serve PROCESS (`rasad up` does this)\n");
        return RASAD_USAGE;
    }
    struct config config;
    log_process(argv[1]);
    if (config_read(&config) != ERR_OK)
        return RASAD_USAGE;
    return serve_main(argv[1], &config);
}

/* As root: become who owns the data, before anything else. */
static int run(const struct subcommand *subcommand, int argc, char **argv)
{
    struct config config;
    if (geteuid() == 0 && subcommand->run != help_main &&
        (config_read(&config) != ERR_OK || rights_drop(&config) != ERR_OK)) return RASAD_USAGE;
    return subcommand->run(argc, argv);
}

/* A store opened as 2 would be written over by the next message. To read only: who prints there is told that it failed. */
static bool streams_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) return false;
    return true;
}

int main(int argc, char **argv)
{
    if (!streams_open()) return RASAD_USAGE;
    umask(077); /* whatever it writes is the programme's: stores, sockets, backups */
    if (argc < 2) {
        usage(stderr);
        return RASAD_USAGE;
    }
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return run(&subcommands[i], argc - 1, argv + 1);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help_main(argc - 1, argv + 1);
    fprintf(stderr, "rasad: there is no command \"%s\"\n\n", argv[1]);
    usage(stderr);
    return RASAD_USAGE;
}
