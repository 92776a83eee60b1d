#include "functions/refiner/broadcast.h"

#include "functions/refiner/store.h"
#include "shared/base/clock.h"
#include "shared/base/field.h"
#include "shared/log/log.h"

#include <stdlib.h>

enum {
    SEND_TIMEOUT_MS = 3000,
    MAX_ANSWER_BYTES = 64 * 1024,
    MAX_BODY_BYTES = 1024 * 1024,
    MAX_KEY_BYTES = 4096,
    ACCEPTED = 202,
};

struct broadcast {
    struct arena arena; /* holds this struct */
    struct http *http;
    struct secrets *secrets;
    struct str url; /* of the broadcast endpoint */
};

static struct str variable(const char *name)
{
    return str_trim(str_from_cstr(getenv(name)));
}

static bool url_is_fit(struct str url)
{
    return str_has_prefix(url, STR("https://")) || str_has_prefix(url, STR("http://127.0.0.1:")) ||
           str_has_prefix(url, STR("http://localhost:"));
}

enum status broadcast_new(struct ctx *cx, struct secrets *secrets, struct broadcast **broadcast)
{
    struct str base = variable("SUPABASE_URL");
    *broadcast = NULL;
    if (base.len == 0) {
        return OK;
    }
    if (!url_is_fit(base)) {
        return fail(cx, ERR_INTERNAL, "SUPABASE_URL: https:// is wanted, or this machine");
    }
    base.len -= str_has_suffix(base, STR("/")) ? 1 : 0;
    struct arena arena;
    arena_init(&arena, KIB(1));
    struct broadcast *b = ARENA_NEW(&arena, struct broadcast);
    b->url = arena_format(&arena, STR_FMT "/realtime/v1/api/broadcast", STR_ARG(base));
    b->http = http_new(NULL);
    b->secrets = secrets;
    b->arena = arena;
    *broadcast = b;
    return OK;
}

void broadcast_free(struct broadcast *broadcast)
{
    if (broadcast != NULL) {
        http_free(broadcast->http);
        struct arena arena = broadcast->arena; /* a copy: the original is in its own memory */
        arena_deinit(&arena);
    }
}

void broadcast_disconnect(struct broadcast *broadcast)
{
    if (broadcast != NULL) {
        http_close(broadcast->http);
    }
}

/* ---- sending --------------------------------------------------------------------------------- */

static enum status key_get(struct ctx *cx, const struct broadcast *broadcast, struct str *key)
{
    const struct secret *secret = NULL;
    struct str arn = variable("SUPABASE_SERVICE_ROLE_KEY_SECRET_ARN");
    *key = variable("SUPABASE_SERVICE_ROLE_KEY");
    if (key->len == 0 && arn.len > 0 && broadcast->secrets != NULL) {
        TRY(secrets_get(cx, broadcast->secrets, arn, clock_now_ms(), &secret));
        *key = str_trim(secret_reveal(secret));
    }
    bool is_key = key->len > 0 && key->len <= MAX_KEY_BYTES && field_is_visible(*key);
    return is_key ? OK
                  : fail(cx, ERR_INTERNAL, "SUPABASE_SERVICE_ROLE_KEY: none that could be one");
}

static void message_write(struct json_writer *w, struct ctx *cx, const struct outbox_event *event)
{
    json_object_begin(w);
    json_member_str(w, "topic",
                    arena_format(cx->arena, "refiner:" STR_FMT, STR_ARG(event->user_id)));
    json_member_str(w, "event", event->type);
    json_member_object(w, "payload");
    json_member_str(w, "refinerId", event->refiner_id);
    json_member_i64(w, "sequence", event->sequence);
    json_member_raw(w, "data", event->payload);
    json_object_end(w);
    json_member_bool(w, "private", true);
    json_object_end(w);
}

static enum status events_send(struct ctx *cx, const struct broadcast *broadcast,
                               const struct outbox *outbox)
{
    struct str key;
    struct http_response res;
    struct buf body = buf_in(cx->arena, MAX_BODY_BYTES);
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    json_member_array(&w, "messages");
    for (size_t i = 0; i < outbox->count; i++) {
        message_write(&w, cx, &outbox->events[i]);
    }
    json_array_end(&w);
    json_object_end(&w);
    TRY(key_get(cx, broadcast, &key));
    const struct http_field fields[] = {{STR("apikey"), key},
                                        {STR("content-type"), STR("application/json")}};
    TRY(http_send(cx, broadcast->http,
                  &(struct http_request){.url = broadcast->url,
                                         .plain_if_local = true,
                                         .fields = fields,
                                         .field_count = ARRAY_LEN(fields),
                                         .body = buf_str(&body),
                                         .timeout_ms = SEND_TIMEOUT_MS,
                                         .max_body_bytes = MAX_ANSWER_BYTES,
                                         .no_trace = true},
                  &res));
    return res.status == ACCEPTED ? OK : fail(cx, ERR_UPSTREAM, "HTTP %d", res.status);
}

static enum status flush(struct ctx *cx, const struct broadcast *broadcast, struct pg *pg)
{
    struct outbox outbox;
    TRY(outbox_claim(cx, pg, &outbox));
    if (outbox.count == 0) {
        return OK;
    }
    TRY(events_send(cx, broadcast, &outbox));
    return outbox_done(cx, pg, &outbox);
}

void broadcast_flush(struct ctx *cx, struct broadcast *broadcast, struct pg *pg)
{
    if (broadcast != NULL && flush(cx, broadcast, pg) != OK) {
        LOG(cx, LOG_WARN, "refiner_broadcast_failed", LOG_CSTR("error", cx->err.text));
        err_clear(cx); /* the events stay in the outbox */
    }
}
