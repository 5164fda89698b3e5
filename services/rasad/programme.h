/* programme.h - a programme: a directory with programme.json, which lists parts that are played in order.
 * Words:   ops/README.md has them all.
 */
#ifndef RASAD_RASAD_PROGRAMME_H
#define RASAD_RASAD_PROGRAMME_H

#include "rasad/player.h"

/* Play all parts, from the first; the world is empty before. False: stopped, or player->words says what is wrong. */
bool programme_play(struct player *player);

/* The part "facts": facts.c. */
bool facts_play(struct player *player, const cJSON *part);

/* Fields that get a number each: {"members": 1000}, in the order they are written. */
struct shares {
    size_t count;
    const char *fields[FACT_SHARES_MAX];
    int64_t totals[FACT_SHARES_MAX];
};
void shares_read(struct player *player, const cJSON *object, const ProtobufCMessageDescriptor *line,
                 struct shares *shares);

/* The set that a word of this object names. */
const struct place_set *set_read(struct player *player, const cJSON *object, const char *word);

/* A line with the constant fields of "line", in lasting memory. */
ProtobufCMessage *template_read(struct player *player, const cJSON *object, const ProtobufCMessageDescriptor *line);

#endif
