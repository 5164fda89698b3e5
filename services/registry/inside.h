/* inside.h - what the files of this room share.
 * Files:   commands: places.c items.c days.c people.c; signing in: sessions.c throttle.c tokens.c;
 *          call_backs.c; reads: reads.c walk.c;
 *          rules.c, apply.c.
 * Shape:   a command is call_check over the lines (what the request alone shows), then call_lines over the same lines:
 *          find, decide, fill call->event. Each line is applied at once: the next one sees it.
 */
#ifndef RASAD_REGISTRY_INSIDE_H
#define RASAD_REGISTRY_INSIDE_H

#include "registry.pb-c.h"
#include "registry/rules.h"
#include "store/call.h"
#include "store/commands.h"

/* Checks of shape, as those of call.h. */
bool check_names(struct call *call, const char *field, const Rasad__V1__Names *names);
bool check_phone(struct call *call, const char *field, const char *phone);
bool check_fault(struct call *call, const char *before, struct fault fault); /* before: "packs[2]." or "" */
/* No two lines with the same three words; an empty one is good. */
bool check_once_at(struct call *call, const char *field, const char *a, const char *b, const char *c);
bool check_roles(struct call *call, size_t n, Rasad__V1__RoleAt *const *roles);

/* What somebody typed, short enough to be shown back. */
const char *typed(struct call *call, const char *text);

/* A day that a check found good; 0 for "". */
int32_t day_of(const char *text);

/* NULL where there is no name in it: that is how a name not given stands in events and rows. */
Rasad__V1__Names *names_given(Rasad__V1__Names *names);

/* The code is taken; `same`: by the very same content, so there is nothing to do. */
void refuse_taken(struct call *call, const char *code, bool same);
/* Is there room for one more of a bounded kind of thing, whose ids are the keys of the table? Refuses when not. */
bool room_for(struct call *call, enum table table, uint32_t most);
/* Equal as stored? */
bool message_same(struct call *call, const ProtobufCMessage *a, const ProtobufCMessage *b);

/* Has the caller one of these roles anywhere? At the place or above it? */
bool caller_has(const struct caller *caller, uint32_t roles);
bool caller_covers(const struct caller *caller, uint32_t roles, const struct place *place);
/* Is the caller administrator of every place this person has a role at? */
bool caller_manages(const struct call *call, const Rasad__V1__PersonRow *person);

/* The private row of a person or place into the store; its commitment for the event. */
ProtobufCBinaryData private_keep(struct call *call, enum code_class class, const char *code, char *name, char *phone);

/* Find a line's person; refuses when there is none, or when the caller does not manage him. */
bool find_managed_person(struct call *call, const char *field, const char *code, uint32_t *id,
                         Rasad__V1__PersonRow **person);

#endif
