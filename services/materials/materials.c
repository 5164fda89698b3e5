/* materials.c - see materials.h. */
#include "materials/materials.h"

bool check_pack(struct call *call, const char *pack, int64_t packs)
{
    if (!check_code_or_empty(call, "pack", pack)) return false;
    if (pack[0] != '\0') return check_quantity(call, "packs", packs, 1);
    if (packs == 0) return true;
    refuse_request(call, REASON_MISSING, "pack", "", "the code of the pack that was counted");
    return false;
}

bool check_price(struct call *call, int64_t price, const char *money)
{
    if (!check_code_or_empty(call, "money", money) || !check_quantity(call, "price", price, 0)) return false;
    if (price == 0 || money[0] != '\0') return true;
    refuse_request(call, REASON_MISSING, "money", "", "the code of the money the price is in");
    return false;
}

enum stage stage_or_stock(Rasad__V1__Stage stage)
{
    return stage == RASAD__V1__STAGE__STAGE_UNKNOWN ? STOCK : (enum stage)stage;
}

bool check_stage(struct call *call, Rasad__V1__Stage stage)
{
    switch ((int)stage_or_stock(stage)) {
    case STOCK:
    case MADE:
    case UNCHECKED:
    case REWORK: return true;
    default: break;
    }
    refuse_request(call, REASON_OUT_OF_RANGE, "stage", "", "stock, made, unchecked or rework");
    return false;
}

bool find_keeper(struct call *call, const char *field, const char *code, bool own, struct place *place)
{
    if (!(own ? find_own_place : find_place)(call, field, code, place)) return false;
    if (place_keeps(place)) return true;
    refuse_words(call, REASON_WRONG_KIND, field, code, "a place that holds, makes or serves goods");
    return false;
}

bool find_pack(struct call *call, const struct item *item, const char *code, int64_t packs, int64_t quantity)
{
    if (code[0] == '\0') return true;
    const Rasad__V1__ItemRow *row = item_row(call->txn, item->id);
    const Rasad__V1__Pack *pack = row != NULL ? pack_find(row->item, code) : NULL;
    if (pack == NULL) {
        refuse_words(call, REASON_UNKNOWN_CODE, "pack", code, "a pack of this item");
        return false;
    }
    if (pack->quantity == 0 || pack_holds(pack, packs) == quantity) return true;
    refuse(call, REASON_OUT_OF_RANGE, "quantity", quantity, pack_holds(pack, packs));
    return false;
}

bool find_money(struct call *call, const char *code)
{
    struct item money;
    if (code[0] == '\0') return true;
    if (!find_item(call, "money", code, &money)) return false;
    if (money.class == RASAD__V1__ITEM_CLASS__ITEM_CLASS_MONEY) return true;
    refuse_words(call, REASON_WRONG_KIND, "money", code, "an item of class money");
    return false;
}

bool find_lot(struct call *call, const struct item *item, const char *text, int64_t *lot)
{
    if (!name_parse(text, lot)) *lot = 0; /* its shape was checked before */
    if (*lot == 0) return true;
    const Rasad__V1__LotRow *row = lot_row(call->txn, *lot);
    if (row != NULL && (uint32_t)row->item == item->id) return true;
    refuse_words(call, row == NULL ? REASON_UNKNOWN_CODE : REASON_WRONG_KIND, "lot", text, "a lot of this item");
    return false;
}
