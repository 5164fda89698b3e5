/* commands.h - every method: one row in its room's commands.def, gathered here.
 * COMMAND(Service, Method, handler, kind, refusing, roles)
 */
#ifndef RASAD_STORE_COMMANDS_H
#define RASAD_STORE_COMMANDS_H

#include "store/call.h"

/* The roles of DESIGN section 1, for the tables. */
#define MANAGER    ROLE_BIT(CLUSTER_MANAGER)
#define KEEPER     ROLE_BIT(STORE_KEEPER)
#define INSPECTOR  ROLE_BIT(INSPECTOR)
#define OFFICER    ROLE_BIT(SUPPLY_OFFICER)
#define KITCHEN    ROLE_BIT(KITCHEN_OPERATOR)
#define HELPLINE   ROLE_BIT(HELPLINE)
#define AUDITOR    ROLE_BIT(AUDITOR)
#define ADMIN      ROLE_BIT(ADMINISTRATOR)
#define SLIP       ROLE_BIT(SLIP)        /* whoever holds a slip's link: no person */
#define NOBODY     (UINT32_C(1) << 31)   /* the console and reactions only */

/* The row of "Production/LogOutput"; NULL: no such method. */
const struct command *command_find(const char *method);
/* Is this the process that runs the command? "production", "doorkeeper" for what waits on argon2id. */
bool command_runs_in(const struct command *command, const char *process);

#define COMMAND(Service, Method, handler_name, kind, refusing, roles) void handler_name(struct call *call);
#include "registry/commands.def"
#include "materials/commands.def"
#include "production/commands.def"
#include "quality/commands.def"
#include "distribution/commands.def"
#include "reports/commands.def"
#undef COMMAND

#endif
