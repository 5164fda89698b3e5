/* limits.h - every limit of Rasad in one place, with its unit and its reason.
 * Rule:    nothing is unbounded. Each limit has a test at it and one past it.
 * Names:   the unit stands last (_BYTES, _MS, _LINES); a plain count has no unit.
 * Bounds:  relations between limits are asserted at the end of this file.
 */
#ifndef RASAD_BASE_LIMITS_H
#define RASAD_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * 1024)

/* What users type. */
#define CODE_BYTES_MAX 24                      /* a code: in journal keys and on labels; never renamed */
#define QUANTITY_MAX INT64_C(1000000000000000) /* base units: 10^15; a sum of 9,000 of them still fits int64 */
#define DAY_MIN 7305                           /* 1990-01-01, in days since 1970-01-01: older is a typing error */
#define DAY_MAX 47846                          /* 2100-12-31: later is a typing error */
#define JALALI_YEAR_MIN 1300                   /* 1921: before any programme */
#define JALALI_YEAR_MAX 1500                   /* 2122: up to here the 33-year cycle is the calendar */
#define OFFSET_MIN_MAX (14 * 60)               /* minutes from UTC, either way: the widest zone in use */
#define MEMBERS_MAX 10000                      /* members at work in one line: a group is 5 to 20, a unit hundreds */
#define NOTE_BYTES_MAX 1000                    /* a note: three sentences, in the private table only */
#define DEVICE_BYTES_MAX 64                    /* a device's name for itself: a UUID with room */

/* One command, one transaction. */
#define LINES_PER_COMMAND_MAX 1000     /* lines in one request: a cluster has some 23 groups, an import chunk 500 */
#define TXN_LINES_MAX 1000             /* lines in one write transaction: some 30 ms at most */
#define TXN_BYTES_MAX (512 * KIB)      /* bytes of entries in one write transaction */
#define TXN_MS_MAX 100                 /* a write transaction holds everybody up */
#define READ_TXN_MS_MAX 1000           /* a read transaction keeps old pages alive */
#define TXN_COMMANDS_MAX 64            /* commands gathered into one commit: more only adds waiting */
#define ENTRY_BYTES_MAX (1024 * KIB)   /* one journal entry as stored: 1,000 lines of movements and lots */
#define LOT_PARENTS_MAX 64             /* parents of one lot: keeps a lot's row within a page */
#define TRACE_DEPTH_MAX 8              /* steps up or down from a lot: cloth, mask, packet, kit */
#define PAGE_LINES_MAX 500             /* lines in one page of a list: a screen, and under 1 s */

/* The store. */
#define STORE_MAP_BYTES (256 * 1024 * MIB)   /* sparse; never grown while running */
#define STORE_READERS_MAX 256          /* the same in every process: the lock file keeps the first one's table */
#define KEY_BYTES_MAX 64               /* the longest key: a word, or a question's */
#define PATH_PLACES_MAX 12             /* levels of the tree: state to group is 7 */
#define ROLES_PER_PERSON_MAX 16        /* roles of one person */
#define PLACE_CACHE 8192               /* places a process remembers, 120 bytes each */
#define MOVEMENTS_PER_EVENT_MAX 1024   /* movements of one line: lots taken, loans, corrections; some 20 KiB */
#define GATHER_MAX 262144              /* increments of one batch: 1,000 lines * 7 ancestors * some 16, with room */
#define REFUSALS_SHOWN_MAX 200         /* refusals in one error: more than anybody reads at once */
#define RECIPE_INPUTS_MAX 16           /* inputs of one recipe */
#define PACKS_MAX 16                   /* packs of one item */
#define SLIP_BYTES_MAX 16              /* slip and waybill numbers: CGST rule 55 allows 16 characters */
#define ACCOUNTS_PER_COMMAND_MAX 8192  /* (place, item) pairs one command touches: 1,000 lines * 5, with room */

/* The address book. */
#define NAME_CHARACTERS_MAX 80         /* a name on a screen 320 pixels wide: two or three lines */
#define PHONE_BYTES_MAX 20             /* E.164 has 15 digits; with spaces as people write them */
#define LGD_DIGITS_MAX 10              /* Local Government Directory: 6 or 7 today */
#define REGISTER_NUMBER_MAX 1000000    /* order in a paper register */
#define ITEMS_MAX 1000                 /* items of one store: one list, one answer, kept by each phone */
#define KINDS_MAX 100                  /* kinds of places: people choose from them */
#define DISPLAY_FACTOR_MAX 1000000     /* base units in one display unit: a gram of a tonne */
#define LIFE_MINUTES_MAX 26298000      /* shelf life and wait: 50 years */
#define RECIPE_QUANTITY_MAX INT64_C(1000000000) /* either number of a recipe's ratio: 10 km of cloth, 1,000 t of grain */
#define RECIPE_ALTERNATIVES_MAX 8      /* items that may stand in for one input */
#define RATE_MAX INT64_C(1000000000)   /* paise or rial for one piece: a crore of rupees is a typing error */
#define HOLIDAY_DAYS_MAX 366           /* one holiday: a year is a closed place */
#define DEVICE_PEOPLE_MAX 16           /* names on the screen of one shared phone */
#define PLACES_VISITED_MAX 20000       /* places looked at for one page or one move: some 40 ms */
#define PEOPLE_VISITED_MAX 100000      /* people looked at for one page: some 100 ms */
#define CHECK_REFUSALS_MAX 2000        /* refusals in one answer of CheckPlaces, some 400 bytes each: within a frame */

/* Sign-in. */
#define PASSWORD_BYTES_MIN 8           /* of a new one */
#define PASSWORD_TYPED_BYTES_MIN 4     /* to sign in with: shorter ones were never set */
#define PASSWORD_BYTES_MAX 128         /* a sentence; argon2id takes any length */
#define PIN_DIGITS_MIN 4               /* only together with an enrolled device */
#define PIN_DIGITS_MAX 8
#define PASSWORD_HASH_BYTES (32 * MIB) /* memory of argon2id: one process, one at a time */
#define PASSWORD_HASH_OPS 3            /* passes of argon2id: some 50 ms with the memory above */
#define SIGN_IN_TRIES_MAX 10           /* wrong passwords for one login in SIGN_IN_WINDOW_MS */
#define SIGN_IN_WINDOW_MS INT64_C(300000) /* 5 min: 2,880 tries a day, so all PINs of 5 digits take 35 days */
#define SIGN_IN_LOGINS_MAX 4096        /* logins counted at once: 24 bytes each; the oldest falls out */
#define SESSIONS_SWEPT 8               /* rows of sessions looked at for ended ones at each sign-in */

/* Requests on their way. */
#define BODY_BYTES_MAX (512 * KIB)     /* request body: 1,000 lines of JSON at some 300 bytes, with room */
#define FRAME_BYTES_MAX (1024 * KIB)   /* one frame between processes: the largest body or answer and its envelope */
#define METHOD_BYTES_MAX 64            /* "Production/LogOutput" */
#define TRACE_BYTES_MAX 64             /* a request's trace id in logs */
#define CALL_TIMEOUT_MS_MAX 60000      /* longest a caller may wait: a phone's browser gives up then */
#define CALL_TIMEOUT_MS 20000          /* when the caller names none */
#define CONNECTIONS_MAX 1024           /* HTTP connections of the gateway: 32 KiB each */
#define SESSION_MS INT64_C(43200000)   /* a session: 12 h, one working day */

/* Wire: connections between our own processes. */
#define WIRE_CONNS_MAX 64              /* peers of one service: the gateway, five services, command lines */
#define WIRE_IN_FLIGHT_MAX 1024        /* calls one client waits for: as many as the gateway has connections */
#define WIRE_UNANSWERED_MAX 1024       /* calls a service has taken from one connection and not answered */
#define WIRE_IN_BYTES_MAX (FRAME_BYTES_MAX + 64 * KIB) /* input buffer: the largest frame and one more read */
#define WIRE_READ_BYTES (64 * KIB)     /* one read of one connection: then the next has its turn */
#define WIRE_OUT_BYTES_MAX (16 * MIB)  /* output queue of one connection, virtual until used */
#define WIRE_OUT_PAUSE_BYTES (1 * MIB) /* above this a connection's calls wait: its peer does not read */
#define WIRE_KEEP_BYTES (128 * KIB)    /* a buffer that ran empty gives back what it holds above this */
#define WIRE_RECONNECT_MS_MIN 20       /* first pause before connecting again: a restart takes some 50 ms */
#define WIRE_RECONNECT_MS_MAX 1000     /* longest pause: nobody waits longer for a service that is back */
#define WIRE_PATIENCE_MS 500           /* calls wait so long for a service that restarts, then fail */
#define WIRE_ACCEPT_PAUSE_MS 100       /* out of descriptors: no new connections for so long */
#define WIRE_ERROR_DETAILS_MAX 1000    /* details of one error: one for each refused line */

/* A process. */
#define ARENA_BYTES_MAX (64 * MIB)     /* memory of one request, virtual; unpacking costs up to 44 x a frame */
#define ARENA_KEEP_BYTES (1 * MIB)     /* an arena keeps this much between requests and gives back the rest */
#define LOOP_FDS_MAX 4096              /* file descriptors of one loop: by number, so above all the others */
#define LOOP_TIMERS_MAX 16384          /* timers of one loop: one per call of each of the gateway's clients, and more */
#define LOOP_HOOKS_MAX 16              /* before-sleep hooks: a service has some three */
#define LOOP_EVENTS_MAX 256            /* events handled before the hooks run again */
#define LOG_LINE_BYTES_MAX 2048        /* one log line: below PIPE_BUF, so lines of processes never mix */
#define PATH_BYTES_MAX 1024            /* a path of ours, with its NUL */
#define SOCKET_PATH_BYTES_MAX 108      /* sun_path of a Unix socket, with its NUL: the kernel's limit */

_Static_assert(TXN_LINES_MAX >= LINES_PER_COMMAND_MAX, "the largest command fits one transaction");
_Static_assert(FRAME_BYTES_MAX >= BODY_BYTES_MAX + 64 * KIB, "the largest body fits a frame with its envelope");
_Static_assert(WIRE_IN_BYTES_MAX > FRAME_BYTES_MAX + 4, "the largest frame fits the input buffer");
_Static_assert(WIRE_OUT_BYTES_MAX >= 4 * FRAME_BYTES_MAX, "an output queue holds several of the largest frames");
_Static_assert(WIRE_OUT_PAUSE_BYTES < WIRE_OUT_BYTES_MAX, "a connection pauses before its queue is full");
_Static_assert(ARENA_BYTES_MAX >= 44 * FRAME_BYTES_MAX, "the most costly frame can be unpacked");
_Static_assert(ARENA_KEEP_BYTES % 65536 == 0, "whole pages are given back, of any page size");
_Static_assert(INT64_MAX / QUANTITY_MAX >= LINES_PER_COMMAND_MAX, "the lines of a command can be summed");

#endif
