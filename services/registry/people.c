/* people.c - people, their roles, and forgetting them.
 * Rule:    who looks after a person is the administrator of every place that person has a role at; roles are given only
 *          at places the giver is administrator of. The console looks after all.
 * Private: name and phone are rows of table private; the event keeps a commitment. Forgetting erases the row and the
 *          credential; sessions of a person without a commitment are none. The code stays: it never means somebody else.
 */
#include "registry/inside.h"

#include <string.h>

/* Actors that are no people. */
static bool is_reserved(const char *code)
{
    return strcmp(code, "console") == 0 || strcmp(code, "system") == 0 || strcmp(code, "slip") == 0;
}

bool find_managed_person(struct call *call, const char *field, const char *code, uint32_t *id,
                         Rasad__V1__PersonRow **person)
{
    uint32_t found = code_id(call->txn, CODE_PERSON, code);
    Rasad__V1__PersonRow *row = found != 0 ? person_row(call->txn, found) : NULL;
    if (row == NULL) {
        refuse_words(call, REASON_UNKNOWN_CODE, field, typed(call, code), "the code of a person");
        return false;
    }
    if (!caller_manages(call, row)) {
        refuse_words(call, REASON_NOT_YOURS, field, code, "an administrator of all places of this person");
        return false;
    }
    *id = found;
    *person = row;
    return true;
}

static bool find_roles(struct call *call, size_t n, Rasad__V1__RoleAt *const *roles)
{
    struct place place;
    char field[40];
    for (size_t i = 0; i < n; i++) {
        snprintf(field, sizeof field, "roles[%zu].place", i);
        if (!find_own_place(call, field, roles[i]->place, &place)) return false;
    }
    return true;
}

static bool roles_same(size_t m, Rasad__V1__RoleAt *const *a, size_t n, Rasad__V1__RoleAt *const *b)
{
    if (m != n) return false;
    for (size_t i = 0; i < n; i++)
        if (a[i]->role != b[i]->role || strcmp(a[i]->place, b[i]->place) != 0) return false;
    return true;
}

/* ---- adding */

static void check_person(struct call *call, size_t index)
{
    const Rasad__V1__AddPeopleRequest *request = (const void *)call->request;
    const Rasad__V1__PersonLine *line = request->lines[index];
    if (check_code(call, "code", line->code)) check_once(call, "code", line->code);
    if (is_reserved(line->code))
        refuse_request(call, REASON_EXISTS, "code", line->code, "another code: this one is Rasad's own");
    if (line->name[0] == '\0' || !name_ok(line->name))
        refuse_request(call, line->name[0] == '\0' ? REASON_MISSING : REASON_BAD_FORMAT, "name", "",
                       "1 to 80 characters on one line, some to be seen, none that turn the order of others");
    check_phone(call, "phone", line->phone);
    check_roles(call, line->n_roles, line->roles);
}

static bool person_same(struct call *call, uint32_t id, const Rasad__V1__PersonLine *line)
{
    const Rasad__V1__PersonRow *row = person_row(call->txn, id);
    const Rasad__V1__PrivateRow *private = private_get(call->txn, CODE_PERSON, line->code);
    return row != NULL && private != NULL && strcmp(private->name, line->name) == 0 &&
           strcmp(private->phone, line->phone) == 0 && roles_same(row->n_roles, row->roles, line->n_roles, line->roles);
}

static void add_person(struct call *call, size_t index)
{
    const Rasad__V1__AddPeopleRequest *request = (const void *)call->request;
    const Rasad__V1__PersonLine *line = request->lines[index];
    if (!find_roles(call, line->n_roles, line->roles)) return;
    uint32_t id = code_id(call->txn, CODE_PERSON, line->code);
    if (id != 0) {
        refuse_taken(call, line->code, person_same(call, id, line));
        return;
    }
    Rasad__V1__PersonAdded *fact = make(call, person_added);
    if (fact == NULL) return;
    fact->code = line->code;
    fact->n_roles = line->n_roles;
    fact->roles = line->roles;
    fact->commitment = private_keep(call, CODE_PERSON, line->code, line->name, line->phone);
    event_begin(call, NULL, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_PERSON_ADDED;
    call->event->person_added = fact;
}

void handle_add_people(struct call *call)
{
    const Rasad__V1__AddPeopleRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_person);
    call_lines(call, request->n_lines, add_person);
}

/* ---- roles */

static void check_roles_line(struct call *call, size_t index)
{
    const Rasad__V1__SetRolesRequest *request = (const void *)call->request;
    const Rasad__V1__RolesLine *line = request->lines[index];
    if (check_code(call, "person", line->person)) check_once(call, "person", line->person);
    check_roles(call, line->n_roles, line->roles);
}

/* A person who was forgotten has no commitment. */
static bool still_here(struct call *call, const char *field, const Rasad__V1__PersonRow *row)
{
    if (row->commitment.len > 0) return true;
    refuse_words(call, REASON_STATE, field, row->code, "a person who was not forgotten");
    return false;
}

static void set_roles(struct call *call, size_t index)
{
    const Rasad__V1__SetRolesRequest *request = (const void *)call->request;
    const Rasad__V1__RolesLine *line = request->lines[index];
    Rasad__V1__PersonRow *row;
    uint32_t id;
    if (!find_managed_person(call, "person", line->person, &id, &row) || !still_here(call, "person", row)) return;
    if (!find_roles(call, line->n_roles, line->roles)) return;
    Rasad__V1__RolesSet *fact = make(call, roles_set);
    if (fact == NULL) return;
    fact->code = line->person;
    fact->n_roles = line->n_roles;
    fact->roles = line->roles;
    event_begin(call, NULL, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_ROLES_SET;
    call->event->roles_set = fact;
}

void handle_set_roles(struct call *call)
{
    const Rasad__V1__SetRolesRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_roles_line);
    call_lines(call, request->n_lines, set_roles);
}

/* ---- forgetting */

static void check_forgotten(struct call *call, size_t index)
{
    const Rasad__V1__ForgetPeopleRequest *request = (const void *)call->request;
    if (check_code(call, "", request->people[index])) check_once(call, "", request->people[index]);
}

static void forget_person(struct call *call, size_t index)
{
    const Rasad__V1__ForgetPeopleRequest *request = (const void *)call->request;
    const char *code = request->people[index];
    struct key k = key("s", code);
    Rasad__V1__PersonRow *row;
    uint32_t id;
    if (!find_managed_person(call, "", code, &id, &row) || !still_here(call, "", row)) return;
    private_forget(call->txn, CODE_PERSON, code);
    txn_del(call->txn, TABLE_credential, &k);
    Rasad__V1__PersonForgotten *fact = make(call, person_forgotten);
    if (fact == NULL) return;
    fact->code = request->people[index];
    event_begin(call, NULL, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_PERSON_FORGOTTEN;
    call->event->person_forgotten = fact;
}

void handle_forget_people(struct call *call)
{
    const Rasad__V1__ForgetPeopleRequest *request = (const void *)call->request;
    call_check(call, request->n_people, check_forgotten);
    call_lines(call, request->n_people, forget_person);
}
