/* materials.h - checks and look-ups that several handlers of this room share. Each refuses by itself and returns whether
 * it was good. */
#ifndef RASAD_MATERIALS_MATERIALS_H
#define RASAD_MATERIALS_MATERIALS_H

#include "materials/rules.h"
#include "store/call.h"

/* Shape: a pack and its count come together. */
bool check_pack(struct call *call, const char *pack, int64_t packs);
/* Shape: a price needs its money. */
bool check_price(struct call *call, int64_t price, const char *money);
/* Shape: a stage goods can be counted or wasted in; 0 stands for stock. */
bool check_stage(struct call *call, Rasad__V1__Stage stage);
enum stage stage_or_stock(Rasad__V1__Stage stage);

/* A place with books of its own; `own`: within the caller's rights. */
bool find_keeper(struct call *call, const char *field, const char *code, bool own, struct place *place);
/* The pack belongs to the item, and so many of it are this quantity, unless it is uneven. "" is good. */
bool find_pack(struct call *call, const struct item *item, const char *pack, int64_t packs, int64_t quantity);
/* The money of a price; "" is good. */
bool find_money(struct call *call, const char *money);
/* A lot of this item; "" is good, and 0. */
bool find_lot(struct call *call, const struct item *item, const char *text, int64_t *lot);

/* real - shortfall of a stage at the place itself, by booking days, at the start or the end of a day; what this line has
 * planned already is seen. */
int64_t books_on(struct call *call, const struct place *place, enum stage stage, const struct item *item, int32_t day,
                 bool at_start);

#endif
