/* limits.h - every limit of Rasad in one place, with its unit and its reason.
 * Rule:    nothing is unbounded. Each limit has a test at it and one past it.
 * Names:   the unit stands last (_BYTES, _MS, _LINES); a plain count has no unit.
 * Marks:   (internal): nothing from outside can go past it, or going past it changes only when work is done, never what
 *          is answered; such a limit needs no test. tests/unit/test_limits.c looks for the test of every other.
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
/* A sum over whatever places, days and lines can not turn over by mistakes: all that is anywhere came by lines, and int64
 * holds nine million lines at this bound (of movements: a line moves a thing at most twice in one direction). Whoever sends
 * so many turns the sums of that one item over, nothing else (-fwrapv), and they come right with the reversals. */
#define QUANTITY_MAX INT64_C(1000000000000) /* base units: 10^12: a million tonnes, 1,000 crore rupees */
#define DAY_MIN 7305                           /* 1990-01-01, in days since 1970-01-01: older is a typing error */
#define DAY_MAX 47846                          /* 2100-12-31: later is a typing error */
#define JALALI_YEAR_MIN 1300                   /* 1921: before any programme */
#define JALALI_YEAR_MAX 1500                   /* 2122: up to here the 33-year cycle is the calendar */
#define OFFSET_MIN_MAX (14 * 60)               /* minutes from UTC, either way: the widest zone in use */
#define OFFSET_MIN_INDIA 330                   /* (internal) of a programme that says nothing else */
#define MEMBERS_MAX 10000                      /* members at work in one line: a group is 5 to 20, a unit hundreds */
#define DEVICE_BYTES_MAX 64                    /* a device's name for itself: a UUID with room */
#define DEVICE_NUMBER_MAX (INT64_C(1) << 53)   /* a device's time and counter: what a browser counts exactly */
#define DAY_MINUTES 1440                       /* of a day; the last minute to ask before: midnight */
#define DAYS_AHEAD_MAX 1                       /* days past the server's: where the day has begun already */

/* Values as text: JSON, and messages checked before they are unpacked. */
#define JSON_DEPTH_MAX 16              /* objects and lists within each other, and messages on the wire; ours reach 6 */
#define JSON_NUMBER_BYTES_MAX 40       /* text of one number; the longest int64 has 20; cJSON reads at most 63 */
#define JSON_UNQUOTED_MAX (UINT64_C(1) << 53) /* past it a double, and so most senders, can not tell neighbours apart */
#define JSON_FIELDS_MAX 256            /* (internal) fields of one message type, for the bitmap of those already seen */
#define JSON_PATH_BYTES_MAX 160        /* "lines[999].corrects.requestId" and its like, with room */
#define JSON_FOUND_BYTES_MAX 64        /* (internal) what stood there, cut to this when it is shown */
#define JSON_NEEDED_BYTES_MAX 96       /* (internal) what was needed instead: a sentence of ours */

/* One command, one transaction. */
#define LINES_PER_COMMAND_MAX 1000     /* lines in one request: a cluster has some 23 groups, an import chunk 500 */
#define TXN_LINES_MAX 1000             /* lines in one write transaction: some 30 ms at most */
#define TXN_BYTES_MAX (512 * KIB)      /* (internal) bytes of entries in one write transaction */
#define TXN_MS_MAX 100                 /* (internal) a write transaction holds everybody up */
#define READ_TXN_MS_MAX 1000           /* (internal) a read transaction keeps old pages alive */
#define COUNT_MS_MAX 2000              /* (internal) a command of counts ends here: far below TXN_STUCK_MS */
#define TXN_COMMANDS_MAX 64            /* (internal) commands gathered into one commit: more only adds waiting */
#define ENTRY_BYTES_MAX (1024 * KIB)   /* one journal entry as stored: 1,000 lines of movements and lots */
#define LOT_PARENTS_MAX 64             /* parents of one lot: keeps a lot's row within a page */
#define TRACE_DEPTH_MAX 8              /* steps up or down from a lot: cloth, mask, packet, kit */
#define PAGE_LINES_MAX 500             /* lines in one page of a list: a screen, and under 1 s */

/* The store. */
#define STORE_MAP_BYTES (256 * 1024 * MIB)   /* (internal) sparse; never grown while running */
#define STORE_MAP_MIB_MAX (16 * 1024 * 1024) /* (internal) 16 TiB: what a process can address leaves room beside it */
#define STORE_READERS_MAX 256          /* (internal) the same in every process: the first one's holds */
#define LOCK_LOOK_MS 100                /* (internal) a wait for LMDB's lock is broken off and begun again so often */
#define DISK_LEFT_BYTES_MIN (1 * MIB)  /* (internal) with less a failed write means a full disk: a batch has some 2 MiB */
#define FREE_PAGES_MAX 32768           /* (internal) free pages kept, 128 MiB: putting more in order would be felt */
#define FREE_PAGES_MAP_SHARE 64        /* (internal) and at most this part of the map, one 64th */
#define FREE_PAGES_GROW_MAX 4096       /* (internal) pages the file gets at once for it, 16 MiB */
#define FREE_PAGES_RUN_MIN 64          /* (internal) pages in a row asked for where none are lacking; fewer are found by chance */
#define SETTLED_PAGES_MAX 2048         /* (internal) pages of the journal moved at once, some 20 ms of the disk */
#define KEY_BYTES_MAX 64               /* (internal) the longest key: a word, or a question's */
#define PATH_PLACES_MAX 12             /* levels of the tree: state to group is 7 */
#define ROLES_PER_PERSON_MAX 16        /* roles of one person */
#define PLACE_CACHE 16384              /* (internal) places a process remembers, 120 bytes each: those of thirty blocks */
#define CODE_CACHE 32768               /* (internal) codes a process remembers the ids of, 32 bytes each */
#define ITEM_CACHE 512                 /* (internal) items a process remembers */
#define KIND_CACHE 64                  /* (internal) kinds a process remembers */
#define MOVEMENTS_PER_EVENT_MAX 4096   /* movements of one line: lots taken, loans, corrections; 90 KiB. Years of five sacks a day */
#define SPAN_DAY_END 65536             /* (internal) the sum of all days reaches so far: to 2149 */
#define GATHER_MAX 262144              /* (internal) increments of a batch: 1,000 lines * 7 ancestors * some 16 */
#define ENTRIES_WAITING_MAX 1024       /* (internal) entries of a batch that wait to be written: as many as it has lines, and reactions */
#define REQUESTS_NOTED_MAX 1024        /* (internal) request ids of a batch that wait to be written, 24 KiB; more are written before its end */
#define REFUSALS_SHOWN_MAX 200         /* refusals in one error: more than anybody reads at once */
#define RECIPE_INPUTS_MAX 16           /* inputs of one recipe */
#define PACKS_MAX 16                   /* packs of one item */
#define SLIP_BYTES_MAX 16              /* slip and waybill numbers: CGST rule 55 allows 16 characters */
#define ACCOUNTS_PER_COMMAND_MAX 8192  /* (place, item) pairs one command touches: 1,000 lines * 5, with room */
#define LOGGED_BYTES_MAX 512           /* (internal) lines of output in the row of an account, some eighteen; seven such rows are a page */
#define LINE_ACCOUNTS_MAX 48           /* (internal) accounts of one line: inputs of two recipes, both ends */
#define SIGN_INS_AT_ONCE_MAX 4         /* (internal) argon2id takes some 50 ms each, and the first waits for the last */
#define REACTION_ENTRIES_MAX 500       /* (internal) entries reacted to in one round: some 10 ms of reading */
#define REACTION_FAILURES_MAX 3        /* (internal) then a reaction is set aside and asked about */
#define REACTION_AGAIN_MS 10000        /* (internal) what is parked is tried so often: who puts its cause right sees it go */
#define PARKED_CRASHES_MAX 4           /* (internal) with so many commands set aside it is the build: none is tried again */
#define REACTION_FOLLOW_MS 1000        /* (internal) a lost ring costs this much */
#define REPLAY_LINES 20000             /* (internal) lines between two commits of a replay: 50,000 would be 9 % faster, and want 45 MiB more */
#define REPLAY_FOLLOW_ENTRIES 200      /* (internal) entries followed in one read transaction, */
#define REPLAY_FOLLOW_MS 500           /* (internal) and for so long: half of READ_TXN_MS_MAX */
#define AHEAD_STRETCHES 2              /* (internal) stretches of a replay: one is applied while the other is checked */
#define AHEAD_BYTES (64 * KIB)         /* (internal) of entries in one: what they unpack to stays in a core's cache */
#define AHEAD_ARENA_BYTES (8 * MIB)    /* (internal) and all of it together, virtual; the largest entry unpacks to 6 MiB */
#define VERIFY_ROWS 20000              /* (internal) rows compared in one read transaction: some 50 ms */
#define BACKUP_ENTRIES 500             /* (internal) entries copied in one read transaction: some 10 ms */

/* The address book. */
#define NAME_CHARACTERS_MAX 80         /* a name on a screen 320 pixels wide: two or three lines */
#define PHONE_BYTES_MAX 20             /* E.164 has 15 digits; with spaces as people write them */
#define LGD_DIGITS_MAX 10              /* Local Government Directory: 6 or 7 today */
#define GSTIN_CHARACTERS 15            /* state, permanent account number, which of its registrations, Z, check character */
#define HSN_DIGITS_MAX 8               /* 4, 6 or 8: chapter and heading, sub-heading, India's own item */
#define REGISTER_NUMBER_MAX 1000000    /* order in a paper register */
#define ITEMS_MAX 1000                 /* items of one store: one list, one answer, kept by each phone */
#define KINDS_MAX 100                  /* kinds of places: people choose from them */
#define DISPLAY_FACTOR_MAX 1000000     /* base units in one display unit: a gram of a tonne */
#define LIFE_MINUTES_MAX 26298000      /* shelf life and wait: 50 years */
#define RECIPE_QUANTITY_MAX INT64_C(1000000000) /* either number of a recipe's ratio: 10 km of cloth, 1,000 t of grain */
#define RECIPE_ALTERNATIVES_MAX 8      /* items that may stand in for one input; never raised: it is in stored keys */
#define RATE_MAX INT64_C(1000000000)   /* paise or rial for one piece: a crore of rupees is a typing error */
#define HOLIDAY_DAYS_MAX 366           /* one holiday: a year is a closed place */
#define DEVICE_PEOPLE_MAX 16           /* names on the screen of one shared phone */
#define PLACES_VISITED_MAX 20000       /* places looked at for one page or one move: some 40 ms */
#define PEOPLE_VISITED_MAX 100000      /* people looked at for one page: some 100 ms */
#define CHECK_REFUSALS_MAX 2000        /* refusals in one answer of CheckPlaces, some 400 bytes each: within a frame */

/* Lists, sheets and cards. A page that reaches its bound ends early, and `next` goes on from there. */
#define PAGE_LOOKED_MAX 2000           /* rows or places one page looks at: some 10 ms */
#define PAGE_MS_MAX 400                /* (internal) a page of what takes long to read ends here */
#define REPLY_BYTES_MAX (400 * KIB)    /* lists whose rows may be large end here; two or three times that as JSON */
#define CARD_ROWS 1000                 /* rows of one page of a card: a year of a busy store's item */
#define CARD_BYTES (ARENA_BYTES_MAX / 4) /* (internal) entries unpacked for one page of a card */
#define BALANCE_MAX (INT64_MAX / 2)    /* a balance carried from page to page; past it `next` was tampered with */
#define STAGE_MAX (1000 * QUANTITY_MAX) /* of one item in one stage of a place, or lent there: 9,000 such can be summed */
#define DAY_LINES_SHOWN_MAX 16         /* of a maker, item and day, to be corrected from the sheet; usually one */
#define SHEET_DAYS_MAX 62              /* days of one strip: this month and the one before */
#define SHEET_DAYS_PLACES_MAX 2000     /* places of one strip: four federations, some 20 ms */
#define USUAL_DAYS 7                   /* days whose median is what a maker usually makes */
#define SACK_NUMBER_MAX 999999         /* six digits on a sack; then one taker's numbers begin again */

/* Inspection. */
#define INSPECT_LOTS_MAX 64            /* lots one line judges: as many as one lot has parents */
#define VERDICTS_READ_MAX 64           /* (internal) a maker leaves tightened inspection within 25 lots */

/* Requests, allocations, slips. */
#define SHIPMENT_LOTS_MAX 256          /* lots of one slip's line told apart: a truck of small lots */
#define SLIP_LINK_MS (INT64_C(30) * 86400000) /* 30 days from when it was made: the longest way of a truck, and a holiday */
#define SLIP_LINK_DAYS_AFTER 3         /* days after the goods came: to put right what was tapped */
#define SLIP_LINKS_MAX 8               /* links of one slip: driver, dealer, three copies; then the oldest falls out */
#define LINK_RECEIVED_TIMES 2          /* of what was sent, by the link of a slip: more is told by who keeps the books there */
#define NOT_CONFIRMED_MS INT64_C(86400000) /* 24 h: sent and not confirmed after so long is worth a call */
#define NEED_SOURCES_MAX 24            /* places that set aside for one request line: cancelled at once */
#define PROPOSALS_MAX NEED_SOURCES_MAX /* places proposed for one request line */
#define PROPOSE_LOOKED_MAX 2000        /* places looked at for one proposal: three blocks, some 10 ms */
#define CANDIDATES_MAX 512             /* of them with free stock: the nearest are chosen among these */
#define PROPOSE_TOGETHER_MAX 50        /* request lines proposed for together: two screens of them */
#define SMALL_PLACES_MAX 1000          /* (internal) a block, a federation: what is open there is sorted in memory */

/* Reports. */
#define FLOW_DAYS_MAX (DAY_MAX - DAY_MIN + 1) /* days of one flow: only those with something on them are read */
#define SERIES_DAYS_MAX 400            /* days side by side: a year, and the same month of the one before */
#define BELOW_DAILY_DAYS_MAX 100       /* days of a small picture beside each of 500 places: a quarter of a year */
#define TRACE_LOTS_MAX 500             /* lots of one trace: a recall is closed lot by lot */
#define FIND_LOTS_MAX 100              /* lots of one number shown: a screen to choose from */
#define TRACE_STAYS_MAX 4000           /* places of one lot: a bolt for each group of eight federations */
#define ENTRIES_PAGE_MAX 200           /* entries of one page */
#define RECEIPTS_FOUND_MAX 5           /* (internal) entries shown for one receipt number: the caller's is among the newest */
#define RECEIPTS_LOOKED_MAX 1000       /* (internal) entries looked at for one number: ten million back, some 20 ms */
#define CALL_BACKS_MAX 2000            /* who waits for a call, everywhere: more than a help line calls in a week */
#define CALL_BACKS_SHOWN 200           /* of them in one answer: a day's work of one desk */
#define CALL_BACK_BYTES_MAX 200        /* what it is about: a line */

/* Sign-in. */
#define PASSWORD_BYTES_MIN 8           /* of a new one */
#define PASSWORD_TYPED_BYTES_MIN 4     /* to sign in with: shorter ones were never set */
#define PASSWORD_BYTES_MAX 128         /* a sentence; argon2id takes any length */
#define PIN_DIGITS_MIN 4               /* only together with an enrolled device */
#define PIN_DIGITS_MAX 8               /* more is a password */
#define PASSWORD_HASH_BYTES (32 * MIB) /* (internal) memory of argon2id: one process, one at a time */
#define PASSWORD_HASH_OPS 3            /* (internal) passes of argon2id: some 50 ms with the memory above */
#define SIGN_IN_TRIES_MAX 10           /* wrong passwords or PINs of one kind (throttle.h) in SIGN_IN_WINDOW_MS */
#define SIGN_IN_STRANGERS_MAX 30       /* for one login from devices that are new to her, in the same time: 8,640 a day */
#define SIGN_IN_ADDRESS_MAX 200        /* from one address, for whomever: hundreds of phones may share it */
#define SIGN_IN_WINDOW_MS INT64_C(300000) /* 5 min: a mistyped evening is forgiven before the tea is cold */
#define PIN_WINDOW_MS_MAX INT64_C(86400000) /* a phone's window doubles up to a day: all PINs of 4 digits take years */
#define SIGN_IN_LOGINS_MAX 4096        /* counters of each kind: 32 bytes each; the oldest falls out */
#define KNOWN_DEVICES_MAX 8            /* devices remembered of a person: she signs in on some three */
#define CLAIM_TRIES_MAX 1000           /* wrong claim codes from everywhere in 5 min: finds one of 10 in 4 years */
#define CLAIM_DIGITS 8                 /* read out to a phone */
#define CLAIM_MS INT64_C(1800000)      /* 30 min: the call or the walk to the phone */
#define ENTRY_TOKEN_MS INT64_C(3456000000) /* 40 days: a phone that was in a drawer for a month still gives its entries */
#define SESSIONS_SWEPT 8               /* (internal) rows of sessions looked at for ended ones at each sign-in */

/* Requests on their way. */
#define BODY_BYTES_MAX (512 * KIB)     /* request body: 1,000 lines of JSON at some 300 bytes, with room */
#define FRAME_BYTES_MAX (1024 * KIB)   /* one frame between processes: the largest body or answer and its envelope */
#define METHOD_BYTES_MAX 64            /* "Production/LogOutput" */
#define TRACE_BYTES_MAX 64             /* a request's trace id in logs */
#define CALL_TIMEOUT_MS_MAX 60000      /* (internal) longest any caller waits: a phone's browser gives up then */
#define ERROR_SENTENCE_BYTES_MAX 1000  /* (internal) an error too large for a frame keeps a sentence up to this */
#define SESSION_MS INT64_C(43200000)   /* a session: 12 h, one working day */
#define SESSION_IDLE_MS INT64_C(7200000) /* it ends when not used for 2 h: a phone left behind, a desk after closing */
#define SESSION_NOTED_MS INT64_C(300000) /* (internal) uses closer together than 5 min are noted once: a note is a write */

/* The gateway: what a stranger on the network can make it hold, and for how long. */
#define CONNECTIONS_MAX 1024           /* HTTP connections, CONNECTION_BYTES_MAX each */
#define CONNECTIONS_CROWDED 896        /* past seven eighths of them, who has been silent for long makes way, */
#define SILENT_MS_MIN 1000             /* so long: a poor line's round trip; */
#define CONNECTIONS_CRAMMED 1016       /* past these, who has been silent for longest */
#define CLIENT_SHARE 2                 /* one address may hold a half of connections, requests, streams and bodies */
#define CLIENT_SHARE_CROWDED 8         /* and an eighth of each when three quarters of them are taken */
#define CLIENT_AT_DOOR_MAX 8           /* passwords of one address being tried: each takes some 70 ms of the one doorkeeper */
#define SEND_BYTES_MAX (64 * KIB)      /* (internal) the kernel holds for one connection: who reads nothing holds no more */
#define IDLE_ROUNDS_MAX 64             /* (internal) the library is asked in vain one after the other, before it waits */
#define IDLE_ROUNDS_PAUSE_MS 5         /* (internal) so long */
#define SESSION_STREAMS_MAX 8          /* streams of one session: a desk with some windows */
#define CONNECTION_BYTES_MAX (32 * KIB) /* memory of one connection: all its headers and one write */
#define TARGET_BYTES_MAX 8192          /* path and query: a read by GET carries its message there */
#define TOKEN_TEXT_BYTES_MAX 128       /* a token as text: 64 of hex, 43 of base64 */
#define BODIES_BYTES_MAX (32 * MIB)    /* all request bodies being received or worked on, together */
#define DRAIN_BYTES_MAX (2 * MIB)      /* of a refused body read and thrown away, so that the answer arrives */
#define ANSWER_BYTES_MAX (8 * MIB)     /* an answer as JSON: the largest frame, with the names of its fields */
#define GZIP_ANSWER_BYTES_MIN KIB      /* below it compression saves no packet */
#define CALL_MS 10000                  /* what a call may take when the client names no time */
#define CALL_MS_MAX 30000              /* and the most it can ask for */
#define HEADERS_MS_MAX 10000           /* from connecting to the end of the headers */
#define CLIENT_PATIENCE_MS 120000      /* to send a body, to take an answer: 512 KiB on a 2G line */
#define IDLE_S_MAX 30                  /* without a byte either way */
#define SWEEP_MS 500                   /* (internal) how often deadlines of connections are looked at */
#define PING_MS 1000                   /* (internal) a service that does not answer within it is not well */
#define DRAIN_MS_MAX (CALL_MS_MAX + 2000) /* (internal) stopping: every call has been answered by then */
#define ROUTES_MAX 160                 /* (internal) methods of all services; some 90 so far */
#define ROUTE_PATH_BYTES_MAX 96        /* (internal) "/rasad.v1.Distribution/ProposeAllocation" */
#define TLS_PEM_BYTES_MAX (64 * KIB)   /* certificate chain and key as PEM, and two NULs: a long chain has 10 KiB */
#define TLS_CHAIN_MAX 8                /* certificates of one chain: a real one has two or three */
#define TLS_EXPIRY_WARN_DAYS 21        /* (internal) renewal begins 30 days before the end: later it has failed twice */
#define TLS_LOOK_MS 60000              /* (internal) how often the files are looked at */
#define EVENTS_STREAMS_MAX 768         /* leaves 256 connections for requests */
#define EVENTS_WAITING_BYTES_MAX 2048  /* hints waiting for one listener, some 20; then it is told to read all again */
#define EVENTS_HINT_BYTES_MAX 1024     /* one hint as text: topic, place and sequence take some 100 */
#define EVENTS_BEAT_MS 15000           /* (internal) proxies give up after 30 to 60 s of silence */
#define EVENTS_CHECK_BEATS 4           /* (internal) every so many beats: is the session still good? */

/* Wire: connections between our own processes. */
#define WIRE_CONNS_MAX 64              /* peers of one service: the gateway, five services, command lines */
#define WIRE_IN_FLIGHT_MAX 1024        /* calls one client waits for: as many as the gateway has connections */
#define WIRE_UNANSWERED_MAX 1024       /* calls a service has taken from one connection and not answered */
#define WIRE_IN_BYTES_MAX (FRAME_BYTES_MAX + 64 * KIB) /* input buffer: the largest frame and one more read */
#define WIRE_READ_BYTES (64 * KIB)     /* (internal) one read of one connection: then the next has its turn */
#define WIRE_OUT_BYTES_MAX (16 * MIB)  /* output queue of one connection, virtual until used */
#define WIRE_OUT_PAUSE_BYTES (1 * MIB) /* above this a connection's calls wait: its peer does not read */
#define WIRE_KEEP_BYTES (128 * KIB)    /* (internal) a buffer that ran empty gives back what it holds above this */
#define WIRE_RECONNECT_MS_MIN 20       /* (internal) first pause before connecting again: a restart takes some 50 ms */
#define WIRE_RECONNECT_MS_MAX 1000     /* (internal) longest pause: nobody waits longer for a service that is back */
#define WIRE_PATIENCE_MS 500           /* calls wait so long for a service that restarts, then fail */
#define WIRE_ACCEPT_PAUSE_MS 100       /* (internal) out of descriptors: no new connections for so long */
#define WIRE_ERROR_DETAILS_MAX 1000    /* (internal) details of one error: one for each refused line */

/* A process. */
#define ARENA_BYTES_MAX (64 * MIB)     /* memory of one request, virtual; unpacking costs up to 44 x a frame */
#define ARENA_KEEP_BYTES (1 * MIB)     /* an arena keeps this much between requests and gives back the rest */
#define LOOP_FDS_MAX 4096              /* file descriptors of one loop: by number, so above all the others */
#define LOOP_TIMERS_MAX 16384          /* timers of one loop: one per call of each of the gateway's clients, and more */
#define LOOP_HOOKS_MAX 16              /* (internal) before-sleep hooks: a service has some three */
#define LOOP_SIGNAL_MAX 64             /* (internal) signal numbers: the kernel's */
#define LOOP_EVENTS_MAX 256            /* (internal) events handled before the hooks run again */
#define LOG_LINE_BYTES_MAX 2048        /* one log line: below PIPE_BUF, so lines of processes never mix */
#define PATH_BYTES_MAX 1024            /* a path of ours, with its NUL */
#define SOCKET_PATH_BYTES_MAX 108      /* sun_path of a Unix socket, with its NUL: the kernel's limit */

/* The supervisor. */
#define STATUS_SLOTS_MAX 16            /* (internal) processes with a slot: seven services, with room */
#define STATUS_NAME_BYTES 24           /* (internal) a process name with its NUL */
#define STATUS_CRASHED_MAX 64          /* commands remembered for having stopped a service: the latest */
#define STATUS_CRASHES_MAX 2           /* after so many a command is set aside */
#define TXN_STUCK_MS INT64_C(5000)     /* 50 times the longest transaction allowed: whoever is later is stuck */
#define READ_STUCK_MS INT64_C(10000)   /* ten times the longest read allowed: the same */
#define RESTART_MS_MIN 50              /* (internal) before a child that ended is started again; doubles */
#define RESTART_MS_MAX 5000            /* (internal) up to here */
#define RESTART_HEALTHY_MS 30000       /* (internal) a child that lived so long begins with the shortest pause again */
#define START_TRIES_MAX 8              /* (internal) starts of one child before all were ever ready: some 6 s */
#define WATCH_MS 250                   /* (internal) pings until ready; a look at the writers after */
#define ALIVE_MS 10000                 /* (internal) the supervisor says that it lives: a twelfth of WatchdogSec in rasad.service */
#define GATEWAY_DRAIN_MS 35000         /* (internal) above the gateway's own deadline for calls it waits for */
#define SERVICES_DRAIN_MS 10000        /* (internal) to answer what they have taken */

/* Alarms. */
#define MAP_USED_PERCENT_ALARM 70      /* of the store's map: it never grows while running */
#define DISK_FREE_PERCENT_ALARM 20     /* below it: a rebuild and a restore need as much again as the store has */
#define CLOCK_BEHIND_MS_ALARM 60000    /* the newest entry is later than the clock: somebody has set it */
#define ALARM_MS 60000                 /* (internal) how often alarms are looked at, and said again */
#define PARKED_COUNTED_MAX 1000        /* (internal) parked reactions are counted up to here */
#define BACKUP_OLD_MS INT64_C(129600000) /* 36 h: a nightly backup has failed */
#define BACKUP_AHEAD_MS INT64_C(3600000) /* (internal) one hour: the clock was ahead when it was made, and its age is not known */

/* The command line: files, programmes, archives. */
#define CSV_COLUMNS_MAX 64             /* a register has some 12 columns; more is another kind of file */
#define CSV_BYTES_MAX (256 * MIB)      /* a whole state: 400,000 rows of some 150 bytes, with room */
#define PLACE_ROWS_MAX 1000000         /* rows of one file of places: twice a state */
#define PROBLEMS_SHOWN_MAX 1000        /* problems shown: more than anybody mends before trying again */
#define IMPORT_LINES_MAX 500           /* (internal) lines of one command: half of what a transaction holds */
#define WRONG_BYTES_MAX 400            /* (internal) a sentence about what is wrong in a file, cut to this */
#define WORLD_PLACES_MAX 1000000       /* places of one programme: two states' worth */
#define WORLD_SETS_MAX 128             /* sets and kinds that facts speak of */
#define WORLD_KINDS_MAX 64             /* kinds of places in one programme */
#define WORLD_TEXT_BYTES_MAX (1024 * MIB) /* (internal) virtual: codes and names of all places */
#define PROGRAMME_FILE_BYTES_MAX (16 * MIB) /* one file of a programme: a part by hand has some 10 KiB */
#define PATTERN_BYTES_MAX 256          /* a code or name made from a pattern */
#define NAME_LIST_MAX 4096             /* rows of a list of names */
#define PART_FACTS_MAX 64              /* facts of one part */
#define FACT_DAYS_MAX 400              /* days of one fact: a year and a month */
#define FACT_SAME_MAX 4                /* fields that carry the quantity a second time */
#define FACT_SHARES_MAX 8              /* fields that share one total */
#define LOAD_BYTES_MAX (400 * KIB)     /* (internal) a command with more is sent: a line less than BODY_BYTES_MAX */
#define LOAD_FACTS_MAX 500             /* (internal) lines of one command that move stock: several movements each */
#define LOAD_REFUSALS_MAX 100          /* (internal) refused lines shown before it stops */
#define LOAD_LABELS_MAX 1000           /* names a programme gives to what it booked */
#define ROLES_SHOWN_MAX 16             /* (internal) roles whose login is printed: there are eight */
#define WINDOW_COMMANDS_MAX 64         /* (internal) under way at once: as many as a service gathers into one commit */
#define WINDOW_BYTES_MAX (2 * MIB)     /* (internal) five of the largest commands under way */
#define CONSOLE_CALL_MS 20000          /* (internal) one call by hand */
#define CONSOLE_PATIENCE_MS INT64_C(60000) /* (internal) long work: a service that starts again is back within seconds */
#define CONSOLE_PAUSE_MS_MIN 100       /* (internal) before sending again; doubles */
#define CONSOLE_PAUSE_MS_MAX 2000      /* (internal) up to here */
#define DETAILS_SHOWN_MAX 20           /* (internal) refusals of one answer shown: more than anybody reads at once */
#define ENTRY_JSON_BYTES_MAX (16 * MIB) /* (internal) the largest entry, with the names of its fields */
#define REPLY_JSON_BYTES_MAX (64 * MIB) /* (internal) the largest frame, in the same way */
#define SEGMENT_BYTES_MAX (64 * MIB)   /* (internal) a file of an archive is closed above this */
#define SEGMENT_BYTES_MIN (4 * MIB)    /* (internal) the last one is written anew with what follows while it is smaller */
#define SEGMENTS_MAX 4096              /* (internal) files of one archive: 16 to 256 GiB, as much as the store */

_Static_assert(TXN_LINES_MAX >= LINES_PER_COMMAND_MAX, "the largest command fits one transaction");
_Static_assert(FRAME_BYTES_MAX >= BODY_BYTES_MAX + 64 * KIB, "the largest body fits a frame with its envelope");
_Static_assert(WIRE_IN_BYTES_MAX > FRAME_BYTES_MAX + 4, "the largest frame fits the input buffer");
_Static_assert(WIRE_OUT_BYTES_MAX >= 4 * FRAME_BYTES_MAX, "an output queue holds several of the largest frames");
_Static_assert(WIRE_OUT_PAUSE_BYTES < WIRE_OUT_BYTES_MAX, "a connection pauses before its queue is full");
_Static_assert(ARENA_BYTES_MAX >= 44 * FRAME_BYTES_MAX, "the most costly frame can be unpacked");
_Static_assert(AHEAD_ARENA_BYTES >= 2 * (AHEAD_BYTES + ENTRY_BYTES_MAX), "a stretch that is nearly full takes the largest entry");
_Static_assert(ARENA_KEEP_BYTES % 65536 == 0, "whole pages are given back, of any page size");
_Static_assert(INT64_MAX / QUANTITY_MAX >= 9000000, "so many lines at the bound can be summed");
_Static_assert(BALANCE_MAX / STAGE_MAX >= 8, "the stages of a place can be summed");
_Static_assert(BALANCE_MAX / QUANTITY_MAX > CARD_ROWS + MOVEMENTS_PER_EVENT_MAX, "a page can not overflow its balance");
_Static_assert(PAGE_MS_MAX <= READ_TXN_MS_MAX / 2, "a page that has reached its bound may take one more row");
_Static_assert(REPLY_BYTES_MAX < FRAME_BYTES_MAX / 2, "a list that has reached its bound fits a frame with one more row");
_Static_assert(INSPECT_LOTS_MAX >= LOT_PARENTS_MAX, "all parents of a lot can be judged in one line");
_Static_assert(SHIPMENT_LOTS_MAX <= MOVEMENTS_PER_EVENT_MAX, "all lots of a slip's line can be received at once");
_Static_assert(CALL_MS_MAX <= CALL_TIMEOUT_MS_MAX, "the wire client does not shorten the gateway's deadline");
_Static_assert(DRAIN_MS_MAX < GATEWAY_DRAIN_MS, "the supervisor waits for the gateway's last answers");
_Static_assert(TARGET_BYTES_MAX < CONNECTION_BYTES_MAX, "a request line fits a connection's memory");
_Static_assert(EVENTS_STREAMS_MAX < CONNECTIONS_MAX, "streams leave connections for requests");
_Static_assert(DAY_MAX < SPAN_DAY_END, "every day is in a span");
_Static_assert(LOAD_BYTES_MAX < BODY_BYTES_MAX, "a command that is just full is not past the bound");

#endif
