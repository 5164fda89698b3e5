/* places.c - kinds and places: added, changed, moved.
 * Flow:    AddPlaces: place_shape -> place_draft -> event; CheckPlaces (reads.c) runs the same two and writes nothing.
 * Private: the name of a place that is a person and every phone go to the private rows; the event has a commitment.
 * Bounds:  PATH_PLACES_MAX levels; a move that makes a subtree deeper looks at PLACES_VISITED_MAX places at most.
 * Why:     a state is 371,777 groups in one file: one look-up of the parent and of the code per line, no more.
 */
#include "registry/places.h"

#include <string.h>

/* ---- kinds */

static void check_kind(struct call *call, size_t index)
{
    const Rasad__V1__AddKindsRequest *request = (const void *)call->request;
    const Rasad__V1__KindAdded *line = request->lines[index];
    check_code(call, "code", line->code);
    check_once(call, "code", line->code);
    check_names(call, "label", line->label);
    check_fault(call, "", behaviour_fault(line->behaviour));
}

static void add_kind(struct call *call, size_t index)
{
    const Rasad__V1__AddKindsRequest *request = (const void *)call->request;
    const Rasad__V1__KindAdded *line = request->lines[index];
    Rasad__V1__KindAdded *fact = make(call, kind_added);
    uint32_t id = code_id(call->txn, CODE_KIND, line->code);
    if (fact == NULL) return;
    fact->code = line->code;
    fact->label = names_given(line->label);
    fact->behaviour = line->behaviour != NULL ? line->behaviour : make(call, behaviour);
    if (id != 0) {
        Rasad__V1__KindRow *row = kind_row(call->txn, id);
        refuse_taken(call, line->code, row != NULL && message_same(call, &row->kind->base, &fact->base));
        return;
    }
    if (!room_for(call, TABLE_kind, KINDS_MAX)) return;
    event_begin(call, NULL, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_KIND_ADDED;
    call->event->kind_added = fact;
}

void handle_add_kinds(struct call *call)
{
    const Rasad__V1__AddKindsRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_kind);
    call_lines(call, request->n_lines, add_kind);
}

/* ---- a line of places */

/* Both or neither; 0, 0 is how an unknown position is stored, and lies in the sea. */
static void check_position(struct call *call, const char *latitude, const char *longitude)
{
    int32_t north = 0, east = 0;
    if (latitude[0] == '\0' && longitude[0] == '\0') return;
    if (!degrees_parse(latitude, 90, &north))
        refuse_request(call, REASON_BAD_FORMAT, "latitude", typed(call, latitude),
                       "-90 to 90 with at most 6 decimals, like 26.8467");
    else if (!degrees_parse(longitude, 180, &east))
        refuse_request(call, REASON_BAD_FORMAT, "longitude", typed(call, longitude),
                       "-180 to 180 with at most 6 decimals, like 80.9462");
    else if (north == 0 && east == 0)
        refuse_request(call, REASON_OUT_OF_RANGE, "latitude", "0, 0", "a position on land, or none");
}

static void check_outside_codes(struct call *call, const char *lgd_code, const char *gln, const char *gstin)
{
    if (lgd_code[0] != '\0' && !digits_ok(lgd_code, LGD_DIGITS_MAX))
        refuse_request(call, REASON_BAD_FORMAT, "lgd_code", typed(call, lgd_code), "1 to 10 digits");
    if (gln[0] != '\0' && !gln_ok(gln))
        refuse_request(call, REASON_BAD_FORMAT, "gln", typed(call, gln), "13 digits, the last a check digit");
    if (gstin[0] != '\0' && !gstin_ok(gstin))
        refuse_request(call, REASON_BAD_FORMAT, "gstin", typed(call, gstin),
                       "15 digits and capital letters like 09AAAFX1234K1Z4, the last a check of the others");
}

void place_shape(struct call *call, const Rasad__V1__PlaceLine *line)
{
    if (check_code(call, "code", line->code)) check_once(call, "code", line->code);
    check_code(call, "kind", line->kind);
    check_code_or_empty(call, "parent", line->parent);
    check_names(call, "name", line->name);
    check_phone(call, "phone", line->phone);
    check_position(call, line->latitude, line->longitude);
    check_outside_codes(call, line->lgd_code, line->gln, line->gstin);
    check_range(call, "register_number", line->register_number, 0, REGISTER_NUMBER_MAX);
    check_range(call, "members", line->members, 0, MEMBERS_MAX);
    check_range(call, "calendar", line->calendar, 0, RASAD__V1__CALENDAR__CALENDAR_JALALI);
    if (line->calendar != RASAD__V1__CALENDAR__CALENDAR_INHERITED && line->parent[0] != '\0')
        refuse_request(call, REASON_OUT_OF_RANGE, "calendar", "", "none: below another the calendar is the root's");
}

/* The one name of a person, in whichever language it was written. */
static char *person_name(const Rasad__V1__Names *names)
{
    static char none[] = "";
    if (names == NULL) return none;
    return names->en[0] != '\0' ? names->en : names->hi[0] != '\0' ? names->hi : names->fa;
}

static bool one_name(const Rasad__V1__Names *names)
{
    return names == NULL || (names->en[0] != '\0') + (names->hi[0] != '\0') + (names->fa[0] != '\0') <= 1;
}

static bool find_kind(struct call *call, struct draft *draft)
{
    size_t mark = arena_mark(call->arena);
    draft->place.kind = code_id(call->txn, CODE_KIND, draft->line->kind);
    Rasad__V1__KindRow *row = draft->place.kind != 0 ? kind_row(call->txn, draft->place.kind) : NULL;
    draft->place.person = row != NULL && row->kind->behaviour != NULL && row->kind->behaviour->person;
    arena_release(call->arena, mark);
    if (draft->place.kind != 0) return true;
    refuse_words(call, REASON_UNKNOWN_CODE, "kind", draft->line->kind, "the code of a kind");
    return false;
}

static const struct draft *drafted(const struct draft *earlier, size_t n, const char *code)
{
    for (size_t i = n; i > 0; i--) /* children stand near their parent */
        if (strcmp(earlier[i - 1].line->code, code) == 0) return &earlier[i - 1];
    return NULL;
}

/* Roots are for the console alone; a parent is for who may at it. */
static bool find_above(struct call *call, const char *code, struct place *parent)
{
    memset(parent, 0, sizeof *parent);
    if (code[0] != '\0') return find_own_place(call, "parent", code, parent);
    if (!call->caller.all)
        refuse_words(call, REASON_NOT_YOURS, "parent", "", "the code of a place; only the console makes roots");
    return call->caller.all;
}

static bool find_parent(struct call *call, const struct draft *earlier, size_t earlier_n, struct draft *draft)
{
    const char *code = draft->line->parent;
    const struct draft *above = code_id(call->txn, CODE_PLACE, code) == 0 ? drafted(earlier, earlier_n, code) : NULL;
    if (above == NULL) return find_above(call, code, &draft->parent);
    draft->parent = above->place;
    return !above->wrong; /* what is wrong is said once, where it is */
}

static bool names_same(const Rasad__V1__Names *a, const Rasad__V1__Names *b)
{
    if (names_empty(a) || names_empty(b)) return names_empty(a) && names_empty(b);
    return strcmp(a->en, b->en) == 0 && strcmp(a->hi, b->hi) == 0 && strcmp(a->fa, b->fa) == 0;
}

static bool private_same(struct call *call, const struct draft *draft)
{
    const Rasad__V1__PrivateRow *row = private_get(call->txn, CODE_PLACE, draft->line->code);
    const char *name = draft->place.person ? person_name(draft->line->name) : "";
    if (row == NULL) return name[0] == '\0' && draft->line->phone[0] == '\0';
    return strcmp(row->name, name) == 0 && strcmp(row->phone, draft->line->phone) == 0;
}

static bool place_same(struct call *call, uint32_t id, const struct draft *draft)
{
    const Rasad__V1__PlaceLine *line = draft->line;
    const Rasad__V1__PlaceRow *row = place_row(call->txn, id);
    if (row == NULL || row->n_parents == 0) return false;
    if (draft->parent.id == 0 && line->parent[0] != '\0') return false; /* below a draft */
    return (uint32_t)row->kind == draft->place.kind &&
           (uint32_t)row->parents[row->n_parents - 1]->place == draft->parent.id &&
           (draft->place.person || names_same(row->name, line->name)) && row->latitude_udeg == draft->latitude_udeg &&
           row->longitude_udeg == draft->longitude_udeg && row->register_number == line->register_number &&
           strcmp(row->lgd_code, line->lgd_code) == 0 && strcmp(row->gln, line->gln) == 0 &&
           strcmp(row->gstin, line->gstin) == 0 &&
           row->members == line->members && row->calendar == line->calendar && private_same(call, draft);
}

/* path[0] stays 0: it has no id yet. */
static void draft_path(struct call *call, struct draft *draft)
{
    if (draft->parent.path_n >= PATH_PLACES_MAX) {
        refuse(call, REASON_OUT_OF_RANGE, "parent", draft->parent.path_n + INT64_C(1), PATH_PLACES_MAX);
        return;
    }
    draft->place.path_n = draft->parent.path_n + 1;
    memcpy(draft->place.path + 1, draft->parent.path, draft->parent.path_n * sizeof draft->parent.path[0]);
}

/* In a person's number is the account she pays income tax by: it stays outside the journal, and is written by hand. */
static bool no_person_taxed(struct call *call, const struct place *place, const char *gstin)
{
    if (!place->person || gstin[0] == '\0') return true;
    refuse_words(call, REASON_WRONG_KIND, "gstin", "", "none: this place is a person");
    return false;
}

static void draft_name_and_code(struct call *call, struct draft *draft, bool complete)
{
    uint32_t id = code_id(call->txn, CODE_PLACE, draft->line->code);
    if (id != 0) {
        draft->present = complete && place_same(call, id, draft);
        refuse_taken(call, draft->line->code, draft->present);
    } else if (draft->place.person && !one_name(draft->line->name)) {
        refuse_words(call, REASON_OUT_OF_RANGE, "name", "", "one name: this kind is a person, who has one");
    } else {
        no_person_taxed(call, &draft->place, draft->line->gstin);
    }
}

/* Each of a line's checks may refuse: somebody who imports wants to see all that is wrong. */
static void next_refusal(struct call *call, struct draft *draft)
{
    draft->wrong |= refused(call);
    call->line_refused = false;
}

void place_draft(struct call *call, const Rasad__V1__PlaceLine *line, const struct draft *earlier, size_t earlier_n,
                 struct draft *draft)
{
    memset(draft, 0, sizeof *draft);
    draft->line = line;
    if (line->latitude[0] != '\0') {
        (void)degrees_parse(line->latitude, 90, &draft->latitude_udeg);
        (void)degrees_parse(line->longitude, 180, &draft->longitude_udeg);
    }
    bool kind = find_kind(call, draft);
    next_refusal(call, draft);
    bool parent = find_parent(call, earlier, earlier_n, draft);
    next_refusal(call, draft);
    draft_name_and_code(call, draft, kind && parent);
    next_refusal(call, draft);
    if (parent) draft_path(call, draft);
    next_refusal(call, draft);
    call->line_refused = draft->wrong;
}

static void check_place(struct call *call, size_t index)
{
    const Rasad__V1__AddPlacesRequest *request = (const void *)call->request;
    place_shape(call, request->lines[index]);
}

static void add_place(struct call *call, size_t index)
{
    const Rasad__V1__AddPlacesRequest *request = (const void *)call->request;
    const Rasad__V1__PlaceLine *line = request->lines[index];
    struct draft draft;
    place_draft(call, line, NULL, 0, &draft);
    if (draft.wrong) return;
    Rasad__V1__PlaceAdded *fact = make(call, place_added);
    static char none[] = "";
    bool person = draft.place.person;
    if (fact == NULL) return;
    fact->kind = line->kind;
    fact->parent = line->parent;
    fact->name = person ? NULL : names_given(line->name);
    if (line->phone[0] != '\0' || (person && !names_empty(line->name)))
        fact->commitment =
            private_keep(call, CODE_PLACE, line->code, person ? person_name(line->name) : none, line->phone);
    fact->latitude_udeg = draft.latitude_udeg;
    fact->longitude_udeg = draft.longitude_udeg;
    fact->register_number = line->register_number;
    fact->lgd_code = line->lgd_code;
    fact->gln = line->gln;
    fact->gstin = line->gstin;
    fact->members = line->members;
    fact->calendar = line->calendar;
    event_begin(call, NULL, NULL, call->today);
    call->event->place = line->code;
    call->event->fact_case = RASAD__V1__EVENT__FACT_PLACE_ADDED;
    call->event->place_added = fact;
}

void handle_add_places(struct call *call)
{
    const Rasad__V1__AddPlacesRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_place);
    call_lines(call, request->n_lines, add_place);
}

/* ---- changing */

static bool changes_nothing(const Rasad__V1__PlaceChange *line)
{
    bool texts = line->phone[0] != '\0' || line->latitude[0] != '\0' || line->lgd_code[0] != '\0' || line->gln[0] != '\0' ||
                 line->gstin[0] != '\0';
    return names_empty(line->name) && !texts && line->register_number == 0 && line->members == 0 && !line->close;
}

static void check_change(struct call *call, size_t index)
{
    const Rasad__V1__ChangePlacesRequest *request = (const void *)call->request;
    const Rasad__V1__PlaceChange *line = request->lines[index];
    if (check_code(call, "place", line->place)) check_once(call, "place", line->place);
    check_names(call, "name", line->name);
    check_phone(call, "phone", line->phone);
    check_position(call, line->latitude, line->longitude);
    check_outside_codes(call, line->lgd_code, line->gln, line->gstin);
    check_range(call, "register_number", line->register_number, 0, REGISTER_NUMBER_MAX);
    check_range(call, "members", line->members, 0, MEMBERS_MAX);
    if (changes_nothing(line)) refuse_request(call, REASON_MISSING, "place", line->place, "something to change");
}

/* The private row with what the line gives and what stood there before. */
static ProtobufCBinaryData private_change(struct call *call, const struct place *place,
                                          const Rasad__V1__PlaceChange *line)
{
    static char none[] = "";
    const Rasad__V1__PrivateRow *row = private_get(call->txn, CODE_PLACE, place->code);
    char *name = row != NULL ? row->name : none, *phone = row != NULL ? row->phone : none;
    if (place->person && !names_empty(line->name)) name = person_name(line->name);
    return private_keep(call, CODE_PLACE, line->place, name, line->phone[0] != '\0' ? line->phone : phone);
}

static void change_place(struct call *call, size_t index)
{
    const Rasad__V1__ChangePlacesRequest *request = (const void *)call->request;
    const Rasad__V1__PlaceChange *line = request->lines[index];
    struct place place;
    if (!find_own_place(call, "place", line->place, &place)) return;
    if (place.person && !one_name(line->name)) {
        refuse_words(call, REASON_OUT_OF_RANGE, "name", "", "one name: this place is a person, who has one");
        return;
    }
    if (!no_person_taxed(call, &place, line->gstin)) return;
    Rasad__V1__PlaceChanged *fact = make(call, place_changed);
    if (fact == NULL) return;
    if (!place.person) fact->name = names_given(line->name);
    if (line->phone[0] != '\0' || (place.person && !names_empty(line->name)))
        fact->commitment = private_change(call, &place, line);
    if (line->latitude[0] != '\0') {
        (void)degrees_parse(line->latitude, 90, &fact->latitude_udeg);
        (void)degrees_parse(line->longitude, 180, &fact->longitude_udeg);
    }
    fact->register_number = line->register_number;
    fact->lgd_code = line->lgd_code;
    fact->gln = line->gln;
    fact->gstin = line->gstin;
    fact->members = line->members;
    fact->closed = line->close;
    event_begin(call, &place, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_PLACE_CHANGED;
    call->event->place_changed = fact;
}

void handle_change_places(struct call *call)
{
    const Rasad__V1__ChangePlacesRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_change);
    call_lines(call, request->n_lines, change_place);
}

/* ---- moving */

static void check_move(struct call *call, size_t index)
{
    const Rasad__V1__MovePlacesRequest *request = (const void *)call->request;
    const Rasad__V1__PlaceMove *line = request->lines[index];
    if (check_code(call, "place", line->place)) check_once(call, "place", line->place);
    check_code_or_empty(call, "parent", line->parent);
}

/* Does the place with all below it reach past so many levels, itself the first? Looks at no more than *visits_left
 * places; below 0: there are more. */
static bool deeper_than(struct txn *txn, uint32_t place, uint32_t levels, int32_t *visits_left)
{
    struct scan scan;
    struct key from = key("u", place);
    bool deeper = levels == 0;
    if (deeper) return true;
    scan_begin(&scan, txn, TABLE_child, &from, 4);
    while (!deeper && *visits_left >= 0 && scan_next(&scan)) {
        uint32_t parent, number, child;
        if (--*visits_left < 0) break;
        deeper = key_read(scan.key, "uuu", &parent, &number, &child) &&
                 deeper_than(txn, child, levels - 1, visits_left);
    }
    scan_end(&scan);
    return deeper;
}

/* Where the place goes no deeper than it stands, all below it fits as it did before. */
static bool fits_below(struct call *call, const struct place *place, const struct place *parent)
{
    int32_t visits_left = PLACES_VISITED_MAX;
    uint32_t levels = parent->path_n < PATH_PLACES_MAX ? PATH_PLACES_MAX - parent->path_n : 0;
    if (parent->path_n + 1 <= place->path_n) return true;
    if (deeper_than(call->txn, place->id, levels, &visits_left))
        refuse(call, REASON_OUT_OF_RANGE, "parent", PATH_PLACES_MAX + INT64_C(1), PATH_PLACES_MAX);
    else if (visits_left < 0)
        refuse_words(call, REASON_OUT_OF_RANGE, "place", place->code, "a part with at most 20,000 places below it");
    return !refused(call);
}

static void move_place(struct call *call, size_t index)
{
    const Rasad__V1__MovePlacesRequest *request = (const void *)call->request;
    const Rasad__V1__PlaceMove *line = request->lines[index];
    struct place place, parent;
    bool found = find_own_place(call, "place", line->place, &place);
    if (!find_above(call, line->parent, &parent) || !found) return;
    if (place_within(&parent, place.id)) {
        refuse_words(call, REASON_LOOP, "parent", line->parent, "a place that does not stand below it");
        return;
    }
    if ((place.path_n > 1 ? place.path[1] : 0) == parent.id) {
        refuse_words(call, REASON_STATE, "parent", line->parent, "another parent than the present one");
        return;
    }
    if (!fits_below(call, &place, &parent)) return;
    Rasad__V1__PlaceMoved *fact = make(call, place_moved);
    if (fact == NULL) return;
    fact->parent = line->parent;
    event_begin(call, &place, NULL, call->today);
    call->event->fact_case = RASAD__V1__EVENT__FACT_PLACE_MOVED;
    call->event->place_moved = fact;
}

void handle_move_places(struct call *call)
{
    const Rasad__V1__MovePlacesRequest *request = (const void *)call->request;
    call_check(call, request->n_lines, check_move);
    call_lines(call, request->n_lines, move_place);
}
