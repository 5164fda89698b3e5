/* reads.c - what the address book answers.
 * Rights:  names and positions of places are for everybody who is signed in: goods go to other people's places; those of
 *          places that are persons for who has to do with them (names_shown). Phones
 *          are for those who look after the place. People are for those who look after one of their places.
 * Pages:   `after` and `next` are codes: of the last place or person looked at.
 * Bounds:  PAGE_LINES_MAX answers, PLACES_VISITED_MAX places or PEOPLE_VISITED_MAX people looked at for one page, so
 *          that no read takes a second; a page may hold fewer than asked for and still have a next.
 */
#include "registry/places.h"
#include "registry/walk.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static char *text_of(const char *text) { return (char *)(uintptr_t)text; }

/* ---- one place */

static bool has_below(struct txn *txn, uint32_t place)
{
    struct scan scan;
    struct key from = key("u", place);
    scan_begin(&scan, txn, TABLE_child, &from, 4);
    bool below = scan_next(&scan);
    scan_end(&scan);
    return below;
}

static void view_path(struct call *call, const struct place *place, Rasad__V1__PlaceView *view)
{
    view->path = arena_array(call->arena, place->path_n, sizeof *view->path);
    for (uint32_t i = 1; view->path != NULL && i < place->path_n; i++)
        view->path[view->n_path++] = text_of(place_code(call->txn, place->path[i]));
    if (view->n_path > 0) view->parent = view->path[0];
}

/* The dealers of her block: who hands goods out, beside them under one parent, chooses them by name. */
static bool hands_out_beside(const struct call *call, const struct place *place)
{
    struct place own;
    for (size_t i = 0; i < call->caller.n; i++)
        if (((MANAGER | KEEPER) >> call->caller.roles[i].role & 1) != 0 && place_get(call->txn, call->caller.roles[i].place, &own) &&
            own.path_n > 1 && place->path_n > 1 && place->path[1] == own.path[1])
            return true;
    return false;
}

/* Of a place that is a person, for who has to do with him; for everybody else his code must do. */
static Rasad__V1__Names *names_shown(struct call *call, const struct place *place)
{
    bool shown = !place->person || may_see(call, place) || hands_out_beside(call, place);
    return shown ? place_names(call->txn, place->id) : make(call, names);
}

static Rasad__V1__PlaceView *view_make(struct call *call, const struct place *place)
{
    Rasad__V1__PlaceView *view = make(call, place_view);
    const Rasad__V1__PlaceRow *row = place_row(call->txn, place->id);
    const Rasad__V1__KindRow *kind = kind_row(call->txn, place->kind);
    if (view == NULL || row == NULL) return NULL;
    view->code = row->code;
    if (kind != NULL) view->kind = kind->kind->code;
    if (kind != NULL) view->behaviour = kind->kind->behaviour;
    view->name = names_shown(call, place);
    if (view->name == NULL) return NULL;
    view->latitude_udeg = row->latitude_udeg;
    view->longitude_udeg = row->longitude_udeg;
    view->register_number = row->register_number;
    view->lgd_code = row->lgd_code;
    view->gln = row->gln;
    view->gstin = row->gstin;
    view->members = row->members;
    view->closed = row->closed;
    view->has_below = has_below(call->txn, place->id);
    view_path(call, place, view);
    if (row->commitment.len > 0 && caller_covers(&call->caller, ADMIN | HELPLINE | OFFICER, place)) {
        const Rasad__V1__PrivateRow *private = private_get(call->txn, CODE_PLACE, row->code);
        if (private != NULL) view->phone = private->phone;
    }
    return view;
}

void handle_get_place(struct call *call)
{
    const Rasad__V1__GetPlaceRequest *request = (const void *)call->request;
    struct place place;
    if (!check_code(call, "place", request->place) || !find_place(call, "place", request->place, &place)) return;
    Rasad__V1__PlaceView *view = view_make(call, &place);
    if (view != NULL) call->reply = &view->base;
}

/* ---- who I am */

/* RASAD_HELP_PHONE; what is no number is none. */
static const char *help_phone(void)
{
    const char *text = getenv("RASAD_HELP_PHONE");
    return text != NULL && phone_ok(text) ? text : "";
}

void handle_get_me(struct call *call)
{
    Rasad__V1__GetMeResponse *reply = make(call, get_me_response);
    char *today = arena_alloc(call->arena, 11);
    struct place place;
    if (reply == NULL || today == NULL) return;
    day_format(call->today, today);
    reply->today = today;
    reply->server_time_ms = call->now_ms;
    reply->offset_given_case = RASAD__V1__GET_ME_RESPONSE__OFFSET_GIVEN_OFFSET_MIN;
    reply->offset_min = programme_offset_min();
    reply->help_phone = text_of(help_phone());
    reply->person = text_of(call->caller.code);
    const Rasad__V1__PersonRow *person = call->caller.person != 0 ? person_row(call->txn, call->caller.person) : NULL;
    const Rasad__V1__PrivateRow *private = person != NULL ? private_get(call->txn, CODE_PERSON, person->code) : NULL;
    if (private != NULL) reply->name = private->name;
    if (person != NULL) {
        reply->n_roles = person->n_roles;
        reply->roles = person->roles;
        reply->places = arena_array(call->arena, person->n_roles, sizeof *reply->places);
    }
    for (size_t i = 0; reply->places != NULL && i < reply->n_roles; i++) {
        if (!place_find(call->txn, reply->roles[i]->place, &place)) continue;
        reply->places[reply->n_places] = view_make(call, &place);
        if (reply->places[reply->n_places] != NULL) reply->n_places++;
    }
    call->reply = &reply->base;
}

/* ---- lists of places */

/* What is listed: below a parent, or the places of the caller's roles (and, when deep, what is below each). */
struct listing {
    struct txn *txn;
    struct walk walk;
    bool deep;
    uint32_t kind;
    uint32_t starts[ROLES_PER_PERSON_MAX];
    size_t starts_n, at;
};

/* The places of the roles, each once and, when deep, none that stands below another of them. */
static void listing_starts(struct call *call, struct listing *listing)
{
    struct place place;
    for (size_t i = 0; i < call->caller.n; i++) {
        uint32_t id = call->caller.roles[i].place;
        bool covered = !place_get(call->txn, id, &place);
        for (size_t j = 0; j < call->caller.n && !covered; j++) {
            uint32_t other = call->caller.roles[j].place;
            covered = other == id ? j < i : listing->deep && place_within(&place, other);
        }
        if (!covered) listing->starts[listing->starts_n++] = id;
    }
}

/* Behind the place with which the last page ended. */
static bool listing_resume(struct listing *listing, uint32_t parent, const struct place *last)
{
    if (listing->starts_n == 0)
        return walk_after(&listing->walk, listing->txn, parent, listing->deep, listing->kind, last);
    for (size_t i = 0; i < listing->starts_n; i++) {
        uint32_t start = listing->starts[i];
        if (last->id != start && !(listing->deep && place_within(last, start))) continue;
        listing->at = i + 1;
        if (!listing->deep) return true;
        if (last->id != start) return walk_after(&listing->walk, listing->txn, start, true, listing->kind, last);
        walk_begin(&listing->walk, listing->txn, start, true, listing->kind);
        return true;
    }
    return false;
}

static bool listing_next(struct listing *listing, struct place *place)
{
    if (walk_next(&listing->walk, place)) return true;
    walk_end(&listing->walk);
    if (listing->at == listing->starts_n || !place_get(listing->txn, listing->starts[listing->at], place)) return false;
    listing->at++;
    if (listing->deep) walk_begin(&listing->walk, listing->txn, place->id, true, listing->kind);
    return true;
}

static bool listing_begin(struct call *call, const Rasad__V1__ListPlacesRequest *request, struct listing *listing)
{
    struct place parent = {.id = 0}, last;
    memset(listing, 0, sizeof *listing);
    listing->txn = call->txn;
    listing->deep = request->all_below;
    if (request->kind[0] != '\0' && (listing->kind = code_id(call->txn, CODE_KIND, request->kind)) == 0) {
        refuse_words(call, REASON_UNKNOWN_CODE, "kind", typed(call, request->kind), "the code of a kind");
        return false;
    }
    if (request->parent[0] != '\0' && !find_place(call, "parent", request->parent, &parent)) return false;
    bool of_roles = parent.id == 0 && !call->caller.all && !caller_has(&call->caller, AUDITOR);
    if (of_roles) listing_starts(call, listing);
    if (of_roles && listing->starts_n == 0) return true; /* nothing is hers */
    if (request->after[0] == '\0') {
        if (!of_roles) walk_begin(&listing->walk, call->txn, parent.id, listing->deep, listing->kind);
        return true;
    }
    if (!find_place(call, "after", request->after, &last)) return false;
    if (listing_resume(listing, parent.id, &last)) return true;
    refuse_words(call, REASON_STATE, "after", request->after, "the first page again: the place was moved");
    return false;
}

void handle_list_places(struct call *call)
{
    const Rasad__V1__ListPlacesRequest *request = (const void *)call->request;
    Rasad__V1__ListPlacesResponse *reply = make(call, list_places_response);
    struct listing listing;
    struct place place, last = {.id = 0};
    int32_t limit = page_limit(call, request->limit, 100);
    check_code_or_empty(call, "parent", request->parent);
    check_code_or_empty(call, "kind", request->kind);
    check_code_or_empty(call, "after", request->after);
    if (refused(call) || reply == NULL || !listing_begin(call, request, &listing)) return;
    reply->places = arena_array(call->arena, (size_t)limit, sizeof *reply->places);
    bool more = listing_next(&listing, &place);
    for (int32_t visited = 0; more && !refused(call) && visited < PLACES_VISITED_MAX; visited++) {
        if (reply->n_places == (size_t)limit) break;
        if (listing.kind == 0 || place.kind == listing.kind) reply->places[reply->n_places++] = view_make(call, &place);
        last = place;
        more = listing_next(&listing, &place);
    }
    walk_end(&listing.walk);
    if (refused(call)) return;
    if (more) reply->next = text_of(place_code(call->txn, last.id));
    call->reply = &reply->base;
}

/* ---- asking whether places could be added */

struct checking {
    struct draft *drafts;
    size_t drafts_n;
    Rasad__V1__CheckPlacesResponse *reply;
};

/* What was refused becomes data, line by line; the call itself is refused nothing. */
static void refusals_take(struct call *call, struct checking *checking, bool present)
{
    Rasad__V1__CheckPlacesResponse *reply = checking->reply;
    if (present) reply->present[reply->n_present++] = call->line;
    for (size_t i = 0; !present && i < call->refusals_n && reply->n_refusals < CHECK_REFUSALS_MAX; i++)
        reply->refusals[reply->n_refusals++] = call->refusals[i];
    call->refusals_n = 0;
    call->line_refused = call->whole_refused = call->request_refused = false;
}

static void check_could_add(struct call *call, size_t index)
{
    const Rasad__V1__CheckPlacesRequest *request = (const void *)call->request;
    struct checking *checking = call->prepared;
    struct draft *draft = &checking->drafts[index];
    place_shape(call, request->lines[index]);
    draft->line = request->lines[index];
    draft->wrong = refused(call);
    if (!draft->wrong) place_draft(call, request->lines[index], checking->drafts, index, draft);
    refusals_take(call, checking, draft->present);
}

void handle_check_places(struct call *call)
{
    const Rasad__V1__CheckPlacesRequest *request = (const void *)call->request;
    struct checking checking = {.reply = make(call, check_places_response)};
    size_t n = request->n_lines <= LINES_PER_COMMAND_MAX ? request->n_lines : 0;
    checking.drafts = arena_array(call->arena, n, sizeof *checking.drafts);
    if (checking.drafts == NULL || checking.reply == NULL) return;
    checking.reply->present = arena_array(call->arena, n, sizeof *checking.reply->present);
    checking.reply->refusals = arena_array(call->arena, CHECK_REFUSALS_MAX, sizeof *checking.reply->refusals);
    if (checking.reply->present == NULL || checking.reply->refusals == NULL) return;
    call->prepared = &checking;
    call_check(call, request->n_lines, check_could_add);
    call->prepared = NULL;
    call->reply = &checking.reply->base;
}

/* ---- items and kinds */

static void item_view(struct call *call, uint32_t id, Rasad__V1__ItemAdded *item, Rasad__V1__ItemView *view)
{
    const Rasad__V1__RecipeSet *recipe = recipe_on(call->txn, id, call->today);
    const Rasad__V1__RateSet *rate = rate_on(call->txn, id, call->today);
    view->item = item;
    view->hsn = text_of(hsn_on(call->txn, id, call->today));
    if (recipe != NULL) {
        view->n_inputs = recipe->n_inputs;
        view->inputs = recipe->inputs;
        view->recipe_version = recipe->version;
    }
    if (rate != NULL) {
        view->rate_per_piece = rate->per_piece;
        view->rate_money = rate->money;
    }
}

void handle_list_items(struct call *call)
{
    Rasad__V1__ListItemsResponse *reply = make(call, list_items_response);
    struct scan scan;
    struct key from = {.n = 0};
    uint32_t id;
    if (reply == NULL) return;
    reply->items = arena_array(call->arena, ITEMS_MAX, sizeof *reply->items);
    for (scan_begin(&scan, call->txn, TABLE_item, &from, 0); reply->n_items < ITEMS_MAX && scan_next(&scan);) {
        const Rasad__V1__ItemRow *row = row_unpack(call->txn, scan.value, &rasad__v1__item_row__descriptor);
        Rasad__V1__ItemView *view = make(call, item_view);
        if (row == NULL || view == NULL || reply->items == NULL || !key_read(scan.key, "u", &id)) break;
        item_view(call, id, row->item, view);
        reply->items[reply->n_items++] = view;
    }
    scan_end(&scan);
    call->reply = &reply->base;
}

void handle_list_kinds(struct call *call)
{
    Rasad__V1__ListKindsResponse *reply = make(call, list_kinds_response);
    struct scan scan;
    struct key from = {.n = 0};
    if (reply == NULL) return;
    reply->kinds = arena_array(call->arena, KINDS_MAX, sizeof *reply->kinds);
    for (scan_begin(&scan, call->txn, TABLE_kind, &from, 0); reply->n_kinds < KINDS_MAX && scan_next(&scan);) {
        const Rasad__V1__KindRow *row = row_unpack(call->txn, scan.value, &rasad__v1__kind_row__descriptor);
        if (row == NULL || reply->kinds == NULL) break;
        reply->kinds[reply->n_kinds++] = row->kind;
    }
    scan_end(&scan);
    call->reply = &reply->base;
}

/* ---- people */

/* Has the person a role at a place the caller looks after, at or below `within` (0: anywhere)? */
static bool person_visible(struct call *call, const Rasad__V1__PersonRow *person, uint32_t within)
{
    struct place place;
    if (call->caller.all && within == 0) return true;
    for (size_t i = 0; i < person->n_roles; i++) {
        if (!place_find(call->txn, person->roles[i]->place, &place) || !may_at(call, &place)) continue;
        if (within == 0 || place_within(&place, within)) return true;
    }
    return false;
}

static void person_view(struct call *call, Rasad__V1__PersonRow *person, Rasad__V1__ListPeopleResponse *reply)
{
    Rasad__V1__PersonView *view = make(call, person_view);
    const Rasad__V1__PrivateRow *private = private_get(call->txn, CODE_PERSON, person->code);
    if (view == NULL) return;
    view->code = person->code;
    if (private != NULL) view->name = private->name;
    if (private != NULL) view->phone = private->phone;
    view->n_roles = person->n_roles;
    view->roles = person->roles;
    reply->people[reply->n_people++] = view;
}

static void list_person(struct call *call, const char *code, Rasad__V1__ListPeopleResponse *reply)
{
    Rasad__V1__PersonRow *row = person_row(call->txn, code_id(call->txn, CODE_PERSON, code));
    if (row != NULL && person_visible(call, row, 0)) person_view(call, row, reply);
}

/* Everybody in the order they were added. */
static void list_people_at(struct call *call, uint32_t within, uint32_t after, size_t limit,
                           Rasad__V1__ListPeopleResponse *reply)
{
    struct scan scan;
    struct key from = key("u", after + 1);
    uint32_t last = 0;
    bool more = false;
    int32_t visited = 0;
    for (scan_begin(&scan, call->txn, TABLE_person, &from, 0); scan_next(&scan);) {
        more = visited++ == PEOPLE_VISITED_MAX || reply->n_people == limit;
        size_t mark = arena_mark(call->arena);
        Rasad__V1__PersonRow *row = more ? NULL : row_unpack(call->txn, scan.value, &rasad__v1__person_row__descriptor);
        if (row == NULL || refused(call) || !key_read(scan.key, "u", &last)) break;
        if (person_visible(call, row, within)) person_view(call, row, reply);
        else arena_release(call->arena, mark);
    }
    scan_end(&scan);
    const Rasad__V1__PersonRow *row = more ? person_row(call->txn, last) : NULL;
    if (row != NULL) reply->next = row->code;
}

static Rasad__V1__PersonRow *person_of_phone(struct call *call, struct slice key, struct slice value, const char *phone)
{
    char code[CODE_BYTES_MAX + 1];
    int class;
    if (!key_read(key, "bs", &class, code) || value.bytes < HASH_BYTES) return NULL;
    value.data = (const uint8_t *)value.data + HASH_BYTES; /* behind the salt */
    value.bytes -= HASH_BYTES;
    size_t mark = arena_mark(call->arena);
    const Rasad__V1__PrivateRow *private = row_unpack(call->txn, value, &rasad__v1__private_row__descriptor);
    bool same = private != NULL && phone_same(private->phone, phone);
    arena_release(call->arena, mark);
    return same ? person_row(call->txn, code_id(call->txn, CODE_PERSON, code)) : NULL;
}

/* Whoever has this number, in the order of codes; a person calls, so all are looked through. */
static void list_people_of_phone(struct call *call, const char *phone, const char *after, size_t limit,
                                 Rasad__V1__ListPeopleResponse *reply)
{
    struct scan scan;
    struct key from = key("bs", CODE_PERSON, after);
    bool more = false;
    int32_t visited = 0;
    for (scan_begin(&scan, call->txn, TABLE_private, &from, 1); scan_next(&scan) && !more;) {
        bool is_after = after[0] != '\0' && scan.key.bytes == from.n && memcmp(scan.key.data, from.bytes, from.n) == 0;
        if (is_after) continue;
        Rasad__V1__PersonRow *row = person_of_phone(call, scan.key, scan.value, phone);
        if (row != NULL && person_visible(call, row, 0)) person_view(call, row, reply);
        more = ++visited == PEOPLE_VISITED_MAX || reply->n_people == limit || refused(call);
        if (more) reply->next = text_of(arena_strdup(call->arena, (const char *)scan.key.data + 1));
    }
    scan_end(&scan);
}

void handle_list_people(struct call *call)
{
    const Rasad__V1__ListPeopleRequest *request = (const void *)call->request;
    Rasad__V1__ListPeopleResponse *reply = make(call, list_people_response);
    struct place place = {.id = 0};
    size_t limit = (size_t)page_limit(call, request->limit, 100);
    check_code_or_empty(call, "place", request->place);
    check_code_or_empty(call, "after", request->after);
    check_phone(call, "phone", request->phone);
    check_code_or_empty(call, "person", request->person);
    if (refused(call) || reply == NULL) return;
    if (request->place[0] != '\0' && !find_place(call, "place", request->place, &place)) return;
    reply->people = arena_array(call->arena, limit, sizeof *reply->people);
    if (reply->people == NULL) return;
    if (request->person[0] != '\0') list_person(call, request->person, reply);
    else if (request->phone[0] != '\0') list_people_of_phone(call, request->phone, request->after, limit, reply);
    else list_people_at(call, place.id, code_id(call->txn, CODE_PERSON, request->after), limit, reply);
    call->reply = &reply->base;
}
