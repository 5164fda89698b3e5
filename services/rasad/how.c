/* how.c - `rasad status`: how every process is, the store, and the last backup; for a person and for a watchdog.
 * Flow:    a ping to each service -> what it says of itself -> a line each on stdout; alarms as log lines on stderr.
 * Fails:   exit 1 when there is an alarm, 3 when a service does not answer.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "rasad/commands.h"
#include "rasad/notes.h"
#include "store/health.h"
#include "wire/client.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
#define PEER(name, text) text,
#include "gateway/peers.def"
#undef PEER
};

enum { SERVICES = sizeof names / sizeof names[0] };

struct asked {
    struct how *how;
    struct wire_client *client;
    bool well;
};

struct how {
    struct loop *loop;
    size_t waiting;
    struct asked services[SERVICES];
    Rasad__V1__Health latest; /* of the service that knows the newest entry */
};

static void told(struct asked *asked, const Rasad__V1__Health *health)
{
    char since[25];
    size_t place = (size_t)(asked - asked->how->services);
    instant_format(health->started_ms, since);
    printf("%-13s up since %s\n", names[place], since);
    if (health->sequence >= asked->how->latest.sequence) asked->how->latest = *health;
}

static void on_answer(void *ctx, const Rasad__V1__Answer *answer)
{
    struct asked *asked = ctx;
    Rasad__V1__Health *health = answer->error == NULL ? rasad__v1__health__unpack(NULL, answer->body.len, answer->body.data) : NULL;
    if (health != NULL) told(asked, health);
    asked->well = health != NULL;
    if (health != NULL) rasad__v1__health__free_unpacked(health, NULL);
    if (--asked->how->waiting == 0) loop_stop(asked->how->loop);
}

static enum err ask(struct how *how, const struct config *config)
{
    char method[] = "Health/Ping", path[SOCKET_PATH_BYTES_MAX];
    Rasad__V1__Call call;
    rasad__v1__call__init(&call);
    call.method = method;
    enum err err = loop_init(&how->loop);
    for (size_t i = 0; err == ERR_OK && i < SERVICES; i++) {
        struct asked *asked = &how->services[i];
        asked->how = how;
        err = config_socket_path(config, names[i], path);
        if (err == ERR_OK) err = wire_client_open(how->loop, path, &asked->client);
        if (err == ERR_OK && wire_call(asked->client, &call, mono_ms() + PING_MS, on_answer, asked) == ERR_OK) how->waiting++;
    }
    if (err == ERR_OK && how->waiting > 0) err = loop_run(how->loop);
    return err;
}

/* True: something is to be done about it. */
static bool say_backup(const struct config *config)
{
    char when[25];
    struct backup_state last = backup_state(config);
    if (!last.made) {
        printf("last backup   none\n");
        return false;
    }
    instant_format(last.made_ms - last.made_ms % 1000, when);
    printf("last backup   %s, up to entry %lld\n", when, (long long)last.entry);
    if (last.old) printf("              it is old, or of a time to come: make one now\n");
    if (last.remembers) printf("              it remembers somebody who was forgotten since: make one now\n");
    return last.old || last.remembers;
}

int status_main(int argc, char **argv)
{
    static struct how how;
    struct config config;
    bool all = true;
    (void)argv;
    if (argc != 1) {
        fprintf(stderr, "usage: rasad status\n");
        return RASAD_USAGE;
    }
    log_process("status");
    log_level_set(LOG_ERROR); /* that a socket is not there is said below */
    rasad__v1__health__init(&how.latest);
    if (config_read(&config) != ERR_OK || ask(&how, &config) != ERR_OK) return RASAD_USAGE;
    log_level_set(LOG_INFO);
    for (size_t i = 0; i < SERVICES; i++) {
        if (!how.services[i].well) printf("%-13s does not answer\n", names[i]);
        all = all && how.services[i].well;
    }
    if (!all && how.latest.started_ms == 0) return RASAD_UNREACHED;
    printf("store         entry %lld, map %d %% used, disk %d %% free\n", (long long)how.latest.sequence,
           how.latest.map_used_percent, how.latest.disk_free_percent);
    printf("waiting       %d commands set aside, %d reactions parked\n", how.latest.commands_set_aside, how.latest.reactions_parked);
    int alarms = say_backup(&config) ? 1 : 0;
    fflush(stdout);
    alarms += health_alarms(&how.latest);
    return !all ? RASAD_UNREACHED : alarms > 0 ? RASAD_REFUSED : RASAD_DONE;
}
