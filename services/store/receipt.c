/* receipt.c - the answer to a command: a pure function of its entry, so that the same request gets the same answer. */
#include "base/text.h"
#include "store/run.h"

#include <stdio.h>
#include <string.h>

static const char *lines_name(const struct command *command)
{
    for (unsigned i = 0; command != NULL && i < command->request->n_fields; i++)
        if (command->request->fields[i].label == PROTOBUF_C_LABEL_REPEATED) return command->request->fields[i].name;
    return "lines";
}

static void refused_result(struct arena *arena, const Rasad__V1__Refused *refused, const char *list,
                           Rasad__V1__LineResult *result)
{
    char have[24] = "", need[24] = "";
    if (refused->have != 0 || refused->need != 0) {
        snprintf(have, sizeof have, "%lld", (long long)refused->have);
        snprintf(need, sizeof need, "%lld", (long long)refused->need);
    }
    const char *path = refusal_path(arena, list, result->line, refused->field);
    char *have_copy = arena_strdup(arena, have), *need_copy = arena_strdup(arena, need);
    result->refusal = refusal_make(arena, (enum reason)refused->reason, result->line, path, have_copy, need_copy);
}

/* Its own, or of a correction the lot of the line corrected. */
static int64_t lot_that_came(const Rasad__V1__Event *event, int64_t name)
{
    for (size_t i = 0; i < event->n_movements; i++)
        if ((enum stage)event->movements[i]->from_stage == SUPPLIED && !event->movements[i]->undo)
            return event->movements[i]->to_lot;
    return name;
}

/* What the fact itself decided. */
static void fact_result(struct arena *arena, const Rasad__V1__Event *event, int64_t name, Rasad__V1__LineResult *result)
{
    int64_t lot = 0;
    switch ((int)event->fact_case) {
    case RASAD__V1__EVENT__FACT_CAME: lot = lot_that_came(event, name); break;
    case RASAD__V1__EVENT__FACT_OUTPUT_LOGGED: lot = event->output_logged->lot; break;
    case RASAD__V1__EVENT__FACT_HANDED_IN:
        lot = event->handed_in->lot;
        result->number = event->handed_in->number;
        break;
    case RASAD__V1__EVENT__FACT_DELIVERED:
        lot = event->delivered->lot;
        result->number = event->delivered->number;
        break;
    case RASAD__V1__EVENT__FACT_SENT: result->number = event->sent->slip; break;
    case RASAD__V1__EVENT__FACT_COUNTED: result->quantity = event->counted->variance; break;
    case RASAD__V1__EVENT__FACT_EARNED: result->quantity = event->earned->amount; break;
    case RASAD__V1__EVENT__FACT_REQUESTED: result->quantity = event->requested->approved; break;
    default: break;
    }
    result->lot = (char *)(uintptr_t)name_text(arena, lot);
}

static void stock_result(const Rasad__V1__Event *event, Rasad__V1__LineResult *result)
{
    for (size_t i = 0; i < event->n_movements; i++) {
        const Rasad__V1__Movement *m = event->movements[i];
        if ((enum stage)m->from_stage == SHORTFALL) result->shortfall += m->quantity;
        result->presumed = result->presumed || m->presumed;
    }
}

Rasad__V1__Receipt *receipt_make(struct arena *arena, const Rasad__V1__Entry *entry, const struct command *command)
{
    Rasad__V1__Receipt *receipt = (void *)message_make(arena, &rasad__v1__receipt__descriptor);
    char code[RECEIPT_CODE_TEXT_BYTES];
    if (receipt == NULL) return NULL;
    receipt_code(entry->header->sequence, code);
    receipt->sequence = entry->header->sequence;
    receipt->receipt_code = arena_strdup(arena, code);
    receipt->server_time_ms = entry->header->server_time_ms;
    receipt->lines = (void *)messages_make(arena, &rasad__v1__line_result__descriptor, entry->n_events);
    if (receipt->lines == NULL || receipt->receipt_code == NULL) return NULL;
    receipt->n_lines = entry->n_events;
    for (size_t i = 0; i < entry->n_events; i++) {
        const Rasad__V1__Event *event = entry->events[i];
        Rasad__V1__LineResult *result = receipt->lines[i];
        int64_t name = name_of(entry->header->sequence, (int32_t)i + 1);
        result->line = (int32_t)i + 1;
        result->name = (char *)(uintptr_t)name_text(arena, name);
        if (event->fact_case == RASAD__V1__EVENT__FACT_REFUSED) {
            refused_result(arena, event->refused, lines_name(command), result);
            receipt->refused++;
        } else {
            fact_result(arena, event, name, result);
            stock_result(event, result);
            receipt->accepted++;
        }
    }
    return receipt;
}
