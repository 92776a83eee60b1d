#include "functions/ai-gateway/record.h"

#include "functions/ai-gateway/place.h"

/* Those that faces and options read, and no credential: what else came changes no answer. */
static const struct str kept[] = {
    STR_INIT("anthropic-version"), STR_INIT("anthropic-beta"),      STR_INIT("idempotency-key"),
    STR_INIT("x-clambda-cache"),   STR_INIT("x-clambda-cache-key"),
};

void gateway_record_start(struct ctx *cx, const struct ask *ask, const struct http_event *event)
{
    if (ask->place->recorder == NULL) {
        return;
    }
    struct http_field *fields = ARENA_ARRAY(cx->arena, struct http_field, ARRAY_LEN(kept));
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        struct str value = http_event_header(event, kept[i]);
        if (value.len > 0) {
            fields[count++] = (struct http_field){kept[i], value};
        }
    }
    llm_record_start(ask->place->recorder, &ask->caller,
                     &(struct llm_record_request){.face = str_from_cstr(ask->face->name),
                                                  .body = event->body,
                                                  .fields = fields,
                                                  .field_count = count});
}
